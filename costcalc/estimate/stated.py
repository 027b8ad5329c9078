"""What a caller may state as counts, waits and shares, as exact values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal

from costcalc.errors import UsageError
from costcalc.estimate.outputs import as_ratio, as_whole
from costcalc.usage.usage import MAX_COUNT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TypeAlias, TypeVar

    Wait: TypeAlias = timedelta | int | float | Decimal | str
    T = TypeVar("T")
    PerStep: TypeAlias = T | Sequence[T] | Callable[[int], T]

__all__ = ["count", "per_step", "share", "wait"]

_ZERO = timedelta(0)
_LONGEST = timedelta(days=3_660)
"""Ten years; beyond it a wait is no gap in a session but a mistake."""
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")
_MICROS = {"ms": 1_000, "s": 10**6, "m": 60 * 10**6, "h": 3_600 * 10**6, "d": 86_400 * 10**6}


def count(value: Any, name: str, *, least: int = 0) -> int:
    """Return a whole number from `least` on; `UsageError` for anything else."""
    number = as_whole(value)
    if number is None or not least <= number <= MAX_COUNT:
        hint = ""
        if isinstance(value, float) and value.is_integer() and value >= least:
            hint = f"; write {int(value)}"
        msg = f"{name} is a whole number from {least} on, not {value!r}{hint}"
        raise UsageError(msg, field=name, value=value)
    return number


def wait(value: Any, name: str) -> timedelta:
    """Return a wait stated as seconds, a `timedelta`, or text such as '90s' or '1h30m'."""
    found: timedelta | None = None
    if isinstance(value, timedelta):
        found = value
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        try:
            found = timedelta(microseconds=int(Decimal(str(value)).scaleb(6)))
        except (ArithmeticError, ValueError):  # not finite, or far too long
            found = None
    elif isinstance(value, str):
        found = _spoken(value.strip())
    if found is None or not _ZERO <= found <= _LONGEST:
        msg = (
            f"{name} {value!r} is no wait; write seconds, a timedelta, or text such as '90s', "
            "'5m' or '1h30m', up to ten years"
        )
        raise UsageError(msg, field=name, value=value)
    return found


def _spoken(text: str) -> timedelta | None:
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    micros = sum(Decimal(number) * _MICROS[unit] for number, unit in parts)
    try:
        return timedelta(microseconds=int(micros))
    except OverflowError:
        return None


def share(value: Any, name: str) -> Decimal:
    """Return a ratio from 0 to 1."""
    ratio = as_ratio(value, name)
    if ratio > 1:
        msg = f"{name} {value!r} is above 1; it is a share from 0 to 1, such as '0.03' or '3%'"
        raise UsageError(msg, field=name, value=value)
    return ratio


def per_step(value: Any, name: str, steps: int, read: Callable[[Any, str], Any]) -> Any:
    """Return one value for every step: one for all, or a tuple of one each.

    `value` is one value, a sequence with one for each step, or a function that is called with the
    number of each step from 1 on, now and never again.
    """
    if callable(value):
        return tuple(read(value(step), f"{name} of step {step}") for step in range(1, steps + 1))
    if isinstance(value, str | timedelta) or not hasattr(value, "__iter__"):
        return read(value, name)
    if isinstance(value, Mapping):
        msg = f"{name} is a number, a list with one for each step or a function, not {value!r}"
        raise UsageError(msg, field=name, value=value)
    each = list(value)
    if len(each) != steps:
        msg = f"{name} has {len(each)} values for {steps} steps; write one for each, or one for all"
        raise UsageError(msg, field=name, value=value)
    return tuple(read(one, f"{name} of step {step}") for step, one in enumerate(each, 1))
