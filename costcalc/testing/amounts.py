"""Amounts as a test meets them: what something costs, and how far two amounts are apart."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from costcalc.digits import percent_or_less
from costcalc.errors import UsageError
from costcalc.money import EXACT, as_decimal, normal, quotient

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "Amount", "amount_of", "apart", "calls_of", "percentile_of", "plain",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum of money; a bare number has no currency."""

    total: Decimal
    currency: str | None = None

    def __str__(self) -> str:
        """Return the digits, and the currency where there is one."""
        return f"{self.total:f} {self.currency}" if self.currency else f"{self.total:f}"


def amount_of(what: Any, end: str = "total") -> Amount:
    """Return what something costs; `UsageError` for a float and for what is no amount.

    `what` is a `Cost`, an estimate, a session's estimate, a meter, a forecast, a Decimal, an int or
    decimal text. `end` is the figure that counts where there are several: total, low or high.
    """
    found = what if end == "total" else getattr(what, end, what)
    _check_priced(found)
    for figure in ("total", "mean"):  # a workload's forecast has no more than a mean
        number = getattr(found, figure, None)
        if isinstance(number, Decimal):
            return Amount(normal(number), getattr(found, "currency", None))
    if isinstance(found, float):
        msg = f"{found!r} is a float, and no exact amount; compare a Decimal or a Cost"
        raise UsageError(msg, value=found)
    if isinstance(found, bool) or not isinstance(found, Decimal | int | str):
        shown = repr(found) if len(repr(found)) < 80 else type(found).__name__  # noqa: PLR2004 - what fits on a line
        msg = f"{shown} is no amount; compare a Cost, an estimate, a Decimal or decimal text"
        raise UsageError(msg, value=found)
    return Amount(normal(as_decimal(found, "an amount")))


def percentile_of(what: Any, percentile: int) -> Amount:
    """Return a percentile of what a forecast, one of its workloads, or a session's runs cost."""
    quantile = getattr(what, "quantile", None)
    if quantile is None:
        msg = f"{type(what).__name__} has no percentiles; compare a forecast, or a session's runs"
        raise UsageError(msg, value=what)
    _check_priced(what)
    share = EXACT.scaleb(Decimal(percentile), -2)
    return Amount(normal(quantile(share)), getattr(what, "currency", None))


def _check_priced(what: Any) -> None:
    """Refuse what leaves something out; its total would be a lower bound."""
    left_out = getattr(what, "unpriced", ())
    if left_out:
        raise UsageError(f"nobody knows what it costs: {_without_price(left_out)}", value=what)


def _without_price(left_out: Any) -> str:
    """Return what has no price: parts of a plan, calls of a meter or of a log, or their number."""
    if isinstance(left_out, int):
        return f"{calls_of(left_out)} without a price"
    said: list[str] = []
    for each in left_out:
        calls = getattr(each, "calls", None) or getattr(each, "requests", None)
        if calls is None:  # a part of a plan says it in a sentence
            said.append(str(each))
            continue
        of = f" of {each.model!r}" if each.model else ""
        why = getattr(each, "reason", each.error)
        said.append(f"{calls_of(calls)}{of} without a price: {why}")
    return "; ".join(said)


def calls_of(number: int) -> str:
    """Return a number of calls in words."""
    return "one call" if number == 1 else f"{number:,} calls"


def apart(found: Decimal, wanted: Decimal) -> str:
    """Return how far an amount is from another, in money and per cent: 0.01 (4.13%) above."""
    gap = EXACT.subtract(found, wanted)
    share = quotient(gap.copy_abs(), wanted.copy_abs())
    said = "" if share is None else f" ({percent_or_less(share)})"
    return f"{plain(gap.copy_abs())}{said} {'above' if gap > 0 else 'below'}"


def plain(number: Decimal) -> str:
    """Return the digits of a number, without an exponent and without trailing zeros."""
    return f"{normal(number):f}"
