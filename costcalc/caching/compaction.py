"""How often a growing conversation is best summarised.

A conversation whose prompt is read again at every step costs more per step the longer it is; a
summary costs its writing. That is the economic order quantity: with the fixed cost K of a summary
and a cost of reading that grows by r p a per step, n* = sqrt(2 K / (r p a)).
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import isqrt

from costcalc.caching.policy import cache_policy
from costcalc.caching.uses import rate_of
from costcalc.errors import UsageError
from costcalc.estimate.stated import count
from costcalc.money import from_fraction
from costcalc.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from costcalc.registry.cards import RateCard

__all__ = ["Compaction", "compaction_of"]

_MILLION = 10**6
_PLACES = 12
_COST_PLACES = 18
_TOLERANCE = Fraction(101, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compaction(Value):
    """The interval at which a conversation is best summarised; what the summary forgets is free."""

    system_tokens: int
    """S, system prompt and tools."""
    growth_tokens: int
    """a, what the conversation grows by in each step."""
    summary_tokens: int
    """c, length of a summary."""
    interval: Decimal
    """n*, steps between summaries by the formula."""
    whole_interval: int
    """The best whole number of steps, by the cost of a whole cycle."""
    tolerance: tuple[int, int]
    """Least and greatest number of steps that cost at most one per cent more, replies apart."""
    compact_at: int
    """The size of the conversation at which so many steps are over: `Session(compact_at=...)`."""
    cost_per_step: Decimal
    """What a step costs on average at the best interval, without its reply."""

    def __str__(self) -> str:
        """Return it as a sentence."""
        low, high = self.tolerance
        every = "every step" if self.whole_interval == 1 else f"every {self.whole_interval:,} steps"
        span = f"{low:,} to {high:,} steps cost" if low < high else "no other interval costs"
        return (
            f"compaction: a summary of {self.summary_tokens:,} tokens is best {every}, above "
            f"{self.compact_at:,} tokens; {span} at most 1% more, replies apart"
        )


def compaction_of(
    card: RateCard, system: int, growth: int | None, summary: int | None
) -> Compaction | None:
    """Return the best interval; None where no summary is stated, or reading is free."""
    if summary is None:
        return None
    if growth is None:
        msg = "summary_tokens asks how often to summarise what grows; say growth_tokens, too"
        raise UsageError(msg, summary_tokens=summary)
    short = count(summary, "summary_tokens", least=1)
    policy = cache_policy(card)
    plain = Fraction(rate_of(card, "input"))
    read = plain if policy.kind in {"none", "stored"} else Fraction(rate_of(card, "cache_read"))
    write = plain if policy.write_meter is None else Fraction(rate_of(card, policy.write_meter))
    if not read:
        return None
    made = Fraction(rate_of(card, "output"))
    fixed = made * short + write * short + read * (system + short)  # K, of a million tokens
    square = 2 * fixed / (read * growth)
    interval = Fraction(isqrt(int(square * 10 ** (2 * _PLACES))), 10**_PLACES)

    def per_step(steps: int) -> Fraction:
        return _cycle(steps, system, growth, short, (read, write, made)) / steps

    best = _least(per_step, max(1, int(interval)))
    return Compaction(
        system_tokens=system,
        growth_tokens=growth,
        summary_tokens=short,
        interval=from_fraction(interval),
        whole_interval=best,
        tolerance=_within(per_step, best),
        compact_at=system + short + best * growth - 1,
        cost_per_step=from_fraction(per_step(best) / _MILLION, _COST_PLACES),
    )


def _cycle(
    steps: int, system: int, step: int, summary: int, rates: tuple[Fraction, Fraction, Fraction]
) -> Fraction:
    """Return what a cycle costs: a summary is written, steps read and grow, all is summarised.

    The first step reads the system prompt and writes the summary beside what is new, each later one
    reads what the one before wrote; the call that summarises reads all of it and writes the summary
    as output.
    """
    read, write, made = rates
    start = system + summary
    reads = system + _sum(start + step, step, steps - 1) + start + steps * step
    writes = summary + steps * step
    return read * reads + write * writes + made * summary


def _sum(first: int, step: int, terms: int) -> int:
    """Return the sum of an arithmetic progression."""
    return terms * first + step * terms * (terms - 1) // 2


def _least(cost: Callable[[int], Fraction], near: int) -> int:
    """Return where a convex function of whole numbers is least, walking downhill from near it."""
    place = near
    while place > 1 and cost(place - 1) <= cost(place):
        place -= 1
    while cost(place + 1) < cost(place):
        place += 1
    return place


def _within(cost: Callable[[int], Fraction], best: int) -> tuple[int, int]:
    """Return the least and greatest steps whose cost is within the tolerance of the best.

    The cost falls before the best and rises after it, so both ends can be bisected.
    """
    most = cost(best) * _TOLERANCE
    low = 1 + bisect_left(range(1, best), x=True, key=lambda steps: cost(steps) <= most)
    beyond = 2 * best
    while cost(beyond) <= most:
        beyond *= 2
    high = best + bisect_left(range(best, beyond), x=True, key=lambda steps: cost(steps) > most) - 1
    return low, high
