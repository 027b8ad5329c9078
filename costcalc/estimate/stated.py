"""What a caller may state as counts, waits and shares, as exact values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from itertools import islice

from costcalc.errors import UsageError
from costcalc.estimate.outputs import as_ratio, as_whole
from costcalc.money import EXACT
from costcalc.usage.usage import MAX_COUNT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TypeAlias, TypeVar

    Wait: TypeAlias = timedelta | int | float | Decimal | str
    T = TypeVar("T")
    PerStep: TypeAlias = T | Sequence[T] | Callable[[int], T]

__all__ = ["count", "listed", "per_step", "share", "shown", "wait"]

_ZERO = timedelta(0)
_LONGEST = timedelta(days=3_660)
"""Ten years; beyond it a wait is no gap in a session but a mistake."""
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")
_MOST_MICROS = _LONGEST // timedelta(microseconds=1)
_MOST_SHOWN = 80
"""Characters of a value that a message repeats."""
_MICROS = {"ms": 1_000, "s": 10**6, "m": 60 * 10**6, "h": 3_600 * 10**6, "d": 86_400 * 10**6}


def count(value: Any, name: str, *, least: int = 0) -> int:
    """Return a whole number from `least` on; `UsageError` for anything else."""
    number = as_whole(value)
    if number is None or number < least:
        hint = ""
        if isinstance(value, float) and value.is_integer() and value >= least:
            hint = f"; write {int(value)}"
        msg = f"{name} is a whole number from {least} on, not {shown(value)}{hint}"
        raise UsageError(msg, field=name, value=value)
    if number > MAX_COUNT:
        raise UsageError(f"{name} is above 10**18; that is no count but a mistake", field=name)
    return number


def shown(value: Any) -> str:
    """Return a value for a message, cut where it is long."""
    try:
        text = repr(value)
    except ValueError:  # a number of thousands of digits
        return "a very long number"
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def listed(value: Any, name: str) -> tuple[Any, ...]:
    """Return a sequence as a tuple; `UsageError` for what is none."""
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise UsageError(f"{name} is a list, not {shown(value)}", field=name, value=value)
    return tuple(value)


def wait(value: Any, name: str) -> timedelta:
    """Return a wait stated as seconds, a `timedelta`, or text such as '90s' or '1h30m'."""
    found: timedelta | None = None
    if isinstance(value, timedelta):
        found = value
    elif isinstance(value, str):
        found = _spoken(value.strip())
    elif isinstance(value, float):
        found = _micros(float.__repr__(value), "s")
    elif isinstance(value, Decimal) or as_whole(value) is not None:
        found = _micros(value, "s")
    if found is None or not _ZERO <= found <= _LONGEST:
        msg = (
            f"{name} {shown(value)} is no wait; write seconds, a timedelta, or text such as '90s', "
            "'5m' or '1h30m', up to ten years"
        )
        raise UsageError(msg, field=name, value=value)
    return found


def _spoken(text: str) -> timedelta | None:
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    whole = _ZERO
    for number, unit in parts:
        found = _micros(number, unit)
        if found is None:
            return None
        whole += found
    return whole if whole <= _LONGEST else None


def _micros(value: Any, unit: str) -> timedelta | None:
    """Return so many of a unit, to the microsecond; None where that is no time or too long."""
    try:
        micros = EXACT.multiply(Decimal(value), Decimal(_MICROS[unit]))
        return timedelta(microseconds=int(micros)) if 0 <= micros <= _MOST_MICROS else None
    except ArithmeticError:  # not finite, or of hundreds of digits
        return None


def share(value: Any, name: str) -> Decimal:
    """Return a ratio from 0 to 1."""
    ratio = as_ratio(value, name)
    if ratio > 1:
        msg = f"{name} {shown(value)} is above 1; it is a share from 0 to 1, such as '0.03' or '3%'"
        raise UsageError(msg, field=name, value=value)
    return ratio


def per_step(value: Any, name: str, steps: int, read: Callable[[Any, str], Any]) -> Any:
    """Return one value for every step: one for all, or a tuple of one each.

    `value` is one value, a sequence with one for each step, or a function that is called with the
    number of each step from 1 on, now and never again.
    """
    if callable(value):
        return tuple(read(value(step), f"{name} of step {step}") for step in range(1, steps + 1))
    if isinstance(value, str | bytes | timedelta) or not hasattr(value, "__iter__"):
        return read(value, name)
    if isinstance(value, Mapping):
        msg = f"{name} is a number, a list with one for each step or a function, not {shown(value)}"
        raise UsageError(msg, field=name, value=value)
    each = list(islice(value, steps + 1))  # what is endless is too long
    if len(each) != steps:
        some = f"more than {steps}" if len(each) > steps else len(each)
        msg = f"{name} has {some} values for {steps} steps; write one for each, or one for all"
        raise UsageError(msg, field=name, value=value)
    return tuple(read(one, f"{name} of step {step}") for step, one in enumerate(each, 1))
