"""Output tokens before they exist: a number, a range, quantiles, or a ratio to the input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from operator import index

from costcalc.errors import UsageError
from costcalc.money import as_decimal
from costcalc.usage.usage import MAX_COUNT
from costcalc.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["OutputTokens", "as_ratio", "as_whole", "output_ratio", "output_tokens"]

_CONTEXT = Context(prec=40, rounding=ROUND_HALF_EVEN)
_Z90 = Decimal("1.2815515655446004")
"""The 90th percentile of the standard normal distribution."""
_SHAPES = "a number, (low, high), {'low':, 'likely':, 'high':} or {'p50':, 'p90':}"
_KEYS = {
    frozenset(("low", "high")),
    frozenset(("low", "likely", "high")),
    frozenset(("p50", "p90")),
}


@dataclass(frozen=True, slots=True)
class OutputTokens(Value):
    """How many tokens a reply will have: the expected number and a range around it."""

    expected: int
    """What many such replies average to; their sum is what a budget needs."""
    low: int
    """Lower end: the stated one, or the 10th percentile of the distribution."""
    high: int
    """Upper end: the stated one, or the 90th percentile of the distribution."""
    basis: str
    """What it was made from."""


@dataclass(frozen=True, slots=True)
class _Spread:
    """The same before it is whole tokens: what a ratio to the input multiplies."""

    expected: Decimal
    low: Decimal
    high: Decimal
    basis: str


def output_tokens(stated: Any) -> OutputTokens:
    """Return the output tokens that a caller stated.

    A number is itself. `(low, high)` expects the middle. `low`, `likely` and `high` expect the mean
    of a PERT distribution, (low + 4 likely + high) / 6. `p50` and `p90` are quantiles of a
    log-normal distribution, whose mean p50 exp(σ²/2) with σ = ln(p90/p50)/1.2816 is expected and
    whose 10th percentile is p50²/p90.

    Raises `UsageError` for anything else, and where the numbers are out of order.
    """
    spread = _spread(stated, "output_tokens", _whole)
    return OutputTokens(
        _rounded(spread.expected, ROUND_HALF_EVEN),
        _rounded(spread.low, ROUND_FLOOR),
        _rounded(spread.high, ROUND_CEILING),
        spread.basis,
    )


def output_ratio(stated: Any, tokens: int, low: int, high: int) -> OutputTokens:
    """Return the output tokens of a ratio to input tokens, and of the input's range.

    The ratio has the shapes that `output_tokens` takes. Raises `UsageError` as it does.
    """
    spread = _spread(stated, "output_ratio", as_ratio)

    def times(ratio: Decimal, count: int, rounding: str) -> int:
        return _rounded(_CONTEXT.multiply(ratio, Decimal(count)), rounding)

    return OutputTokens(
        times(spread.expected, tokens, ROUND_HALF_EVEN),
        times(spread.low, low, ROUND_FLOOR),
        times(spread.high, high, ROUND_CEILING),
        f"{spread.basis} of the input",
    )


def as_ratio(value: Any, what: str) -> Decimal:
    """Return a ratio from 0 on, of a decimal, a whole number, text such as '0.9' or '90%'.

    A float is read as its shortest text, as no money passes through a ratio of counts.
    """
    if isinstance(value, float):
        value = float.__repr__(value)  # NumPy's floats have a repr of their own
    percent = isinstance(value, str) and value.strip().endswith("%")
    number = as_decimal(value.strip()[:-1] if percent else value, what)
    if number < 0:
        msg = f"{what} {value!r} is negative; a ratio is 0 or more, such as '0.9' or '90%'"
        raise UsageError(msg, value=value)
    return _CONTEXT.scaleb(number, -2) if percent else number


def as_whole(value: Any) -> int | None:
    """Return a whole number of any kind, NumPy's too, as an int; None for anything else."""
    try:
        return None if isinstance(value, bool) else index(value)
    except TypeError:
        return None


def _whole(value: Any, what: str) -> Decimal:
    number = as_whole(value)
    if number is None or not 0 <= number <= MAX_COUNT:
        msg = f"{what} {value!r} is no count from 0 to 10**18; write {_SHAPES}"
        raise UsageError(msg, value=value)
    return Decimal(number)


def _spread(stated: Any, what: str, read: Any) -> _Spread:
    """Return what was stated in any of the shapes; `read` checks one number."""
    if isinstance(stated, Mapping):
        return _named(stated, what, read)
    if isinstance(stated, tuple | list):
        pair = 2
        if len(stated) != pair:
            msg = f"{what} {stated!r} has {len(stated)} numbers; write {_SHAPES}"
            raise UsageError(msg, value=stated)
        return _named({"low": stated[0], "high": stated[1]}, what, read)
    number = read(stated, what)
    basis = "as stated" if what == "output_tokens" else f"{number:f}×"
    return _Spread(number, number, number, basis)


def _named(stated: Mapping[str, Any], what: str, read: Any) -> _Spread:
    keys = frozenset(stated)
    if keys not in _KEYS:
        said = ", ".join(repr(key) for key in stated) or "no keys"
        msg = f"{what} with {said} is not known; write {_SHAPES}"
        raise UsageError(msg, value=stated)
    order = [key for key in ("low", "p50", "likely", "high", "p90") if key in keys]
    numbers = [read(stated[key], f"{what}[{key!r}]") for key in order]
    for (one, less), (other, more) in zip(
        zip(order, numbers, strict=True), zip(order[1:], numbers[1:], strict=True), strict=False
    ):
        if less > more:
            msg = f"{what}: {one} {less:f} is above {other} {more:f}; put them in order"
            raise UsageError(msg, value=stated)
    basis = ", ".join(f"{key} {number:f}" for key, number in zip(order, numbers, strict=True))
    if "p50" in keys:
        return _log_normal(numbers[0], numbers[1], what, basis)
    low, high = numbers[0], numbers[-1]
    if "likely" in keys:
        weighted = _CONTEXT.fma(Decimal(4), numbers[1], _CONTEXT.add(low, high))
        return _Spread(_CONTEXT.divide(weighted, Decimal(6)), low, high, basis)
    return _Spread(_CONTEXT.divide(_CONTEXT.add(low, high), Decimal(2)), low, high, basis)


def _log_normal(median: Decimal, p90: Decimal, what: str, basis: str) -> _Spread:
    """Return mean, 10th and 90th percentile of the log-normal with this median and percentile."""
    if not median:
        msg = f"{what}: p50 is 0, and a log-normal distribution has a median above 0; use low, high"
        raise UsageError(msg, p50=median, p90=p90)
    sigma = _CONTEXT.divide(_CONTEXT.ln(_CONTEXT.divide(p90, median)), _Z90)
    half_variance = _CONTEXT.divide(_CONTEXT.multiply(sigma, sigma), Decimal(2))
    mean = _CONTEXT.multiply(median, _CONTEXT.exp(half_variance))
    low = _CONTEXT.divide(_CONTEXT.multiply(median, median), p90)
    return _Spread(mean, low, p90, basis)


def _rounded(number: Decimal, rounding: str) -> int:
    if number > MAX_COUNT:
        msg = f"output of {number:.3E} tokens is no estimate; a count goes to 10**18"
        raise UsageError(msg, value=number)
    return int(number.to_integral_value(rounding=rounding))
