"""Axes of money: where they begin and end, their ticks, and how far up an amount stands.

Floats appear here and in the specifications only: where an amount becomes a place on a screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal
from math import exp, log

from costcalc.errors import UsageError
from costcalc.money import normal, text_of
from costcalc.report.amounts import signed

__all__ = [
    "Scale",
    "apart",
    "is_wide",
    "linear",
    "logarithmic",
    "nice_count",
    "scale_for",
    "whole_ticks",
]

_ROUGH = Context(prec=12)
_TICKS = 5
_WHOLE_TICKS = 10
_NICE = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
_DECADE = (Decimal(1), Decimal(2), Decimal(5))
_FEW_DECADES = 3  # so many have ticks at 2 and 5, too
_WIDE = 30  # times the cheapest, from which on it would lie on the ground
_MOST_PLACES = 8
_CENTS = 2
_SUFFIXES = ((Decimal(10**9), "B"), (Decimal(10**6), "M"), (Decimal(10**3), "k"))


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis of amounts."""

    low: Decimal
    """The amount at the foot of the axis."""
    top: Decimal
    """The amount at its head."""
    ticks: tuple[Decimal, ...]
    """Amounts that are written beside it."""
    is_log: bool = False
    """Whether equal distances are equal factors."""

    def place(self, amount: Decimal) -> float:
        """Return how far up an amount stands, from 0 to 1."""
        if not self.is_log:
            return float(_ROUGH.divide(amount, self.top))
        low, top = log(float(self.low)), log(float(self.top))
        return (log(float(amount)) - low) / (top - low)

    def amount(self, place: float) -> float:
        """Return the amount at a place, for what is drawn there and read nowhere."""
        if not self.is_log:
            return place * float(self.top)
        low, top = log(float(self.low)), log(float(self.top))
        return exp(low + place * (top - low))

    def labels(self, currency: str) -> tuple[str, ...]:
        """Return the ticks as text: $0.05, $1.2k, 20 CNY."""
        places = 0 if self.is_log else max(map(_places, self.ticks))
        places = max(places, _CENTS) if places else 0
        return tuple(_label(tick, places, currency) for tick in self.ticks)


def _label(tick: Decimal, places: int, currency: str) -> str:
    for factor, suffix in _SUFFIXES:
        if tick >= factor:
            return signed(f"{text_of(normal(_ROUGH.divide(tick, factor)))}{suffix}", currency)
    if not tick:
        return signed("0", currency)
    own = _places(tick)
    if own > _MOST_PLACES:
        return signed(f"{normal(tick):e}", currency)
    own = max(own, _CENTS) if own else 0
    return signed(f"{tick:.{max(places, own)}f}", currency)


def _places(amount: Decimal) -> int:
    exponent = normal(amount).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def linear(most: Decimal) -> Scale:
    """Return an axis from nothing to the largest amount."""
    if not most:
        return Scale(Decimal(0), Decimal(1), (Decimal(0),))
    step = _nice(_ROUGH.divide(most, Decimal(_TICKS)))
    count = int(_ROUGH.divide(most, step).to_integral_value(rounding=ROUND_CEILING))
    return Scale(Decimal(0), step * count, tuple(step * number for number in range(count + 1)))


def _nice(least: Decimal) -> Decimal:
    unit = Decimal(1).scaleb(least.adjusted())
    return next(unit * each for each in _NICE if unit * each >= least)


def nice_count(least: int) -> int:
    """Return the next of 1, 2, 5, 10, 20, … that is no smaller."""
    unit = 10 ** (len(str(least)) - 1)
    return next(unit * each for each in (1, 2, 5, 10) if unit * each >= least)


def whole_ticks(first: int, last: int) -> list[int]:
    """Return whole numbers for an axis: the first, and the multiples of a round number."""
    step = nice_count(-(-last // _WHOLE_TICKS))
    return sorted({first, *range(step, last + 1, step)})


def is_wide(amounts: Sequence[Decimal]) -> bool:
    """Return whether amounts differ so much that a linear axis would hide the small ones."""
    return all(amounts) and max(amounts) >= _WIDE * min(amounts)


def logarithmic(least: Decimal, most: Decimal) -> Scale:
    """Return an axis of factors between two amounts above zero."""
    first, last = least.adjusted(), most.adjusted()
    grid = [
        mantissa.scaleb(power) for power in range(first, last + 2) for mantissa in _DECADE
    ]  # fmt: skip
    low = max(each for each in grid if each <= least)
    top = min(each for each in grid if each >= most and each > low)
    inside = [each for each in grid if low <= each <= top]
    if last - first > _FEW_DECADES:
        inside = [each for each in inside if each == Decimal(1).scaleb(each.adjusted())]
    return Scale(low, top, tuple(inside), is_log=True)


def scale_for(
    amounts: Sequence[Decimal],
    compared: Sequence[Decimal],
    log: bool | None = None,  # noqa: FBT001 - as a caller of chart() states it
) -> Scale:
    """Return the axis of amounts: of factors where somebody says so, or `compared` are wide apart.

    Raises `UsageError` where that was said and something is free.
    """
    if log is None:
        log = is_wide(compared) and all(amounts)
    if log and not all(amounts):
        raise UsageError("what is free has no place on a logarithmic axis; leave out log=True")
    return logarithmic(min(amounts), max(amounts)) if log else linear(max(amounts))


def apart(places: Sequence[float], gap: float) -> list[float]:
    """Return places moved as little as possible, so that neighbours are a gap apart.

    Places are from 0 to 1; the least squares of the moves, by pooling neighbours that collide.
    """
    order = sorted(range(len(places)), key=lambda number: places[number])
    pools: list[tuple[float, int]] = []  # mean of the places less their offsets; how many
    for rank, number in enumerate(order):
        pools.append((places[number] - rank * gap, 1))
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            (one, many), (other, more) = pools[-2], pools[-1]
            pools[-2:] = [((one * many + other * more) / (many + more), many + more)]
    most = 1 - (len(places) - 1) * gap
    found = [0.0] * len(places)
    rank = 0
    for mean, many in pools:
        for _ in range(many):
            found[order[rank]] = max(0.0, min(mean, most)) + rank * gap
            rank += 1
    return found
