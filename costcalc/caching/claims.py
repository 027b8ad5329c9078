"""From a claimed hit ratio to the shape of a session that could have it.

The hit ratio of a session is an output of its shape: without a miss it is `1 - L_T / I`, with `L_T`
the last prompt and `I` all prompts together, and a share `e` of missed steps takes that share of it
away. For every shape it lies between `1 - 2/T` and `1 - 1/T`, so that "over 90 %" alone says only
that a session has ten to twenty steps and few misses.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from costcalc.caching.policy import CachePolicy
from costcalc.estimate.stated import count, share
from costcalc.values import Value

__all__ = ["HitRatioClaim", "implied_by_hit_ratio"]

_MOST_STEPS = 1_000_000
_PLAIN = CachePolicy(kind="automatic")
"""A cache of every token, for ever."""
_DIGITS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class HitRatioClaim(Value):
    """What a claimed hit ratio implies for sessions of one shape."""

    ratio: Decimal
    """The claimed share of input tokens that is read from the cache."""
    possible: bool
    """Whether a session of this shape can have it."""
    steps: int | None
    """Fewest steps with which it can, at the stated share of misses; None where none do."""
    ceiling: float | None
    """Hit ratio without a miss of as many steps as were stated; None where none were."""
    miss_ratio: Decimal | None
    """Share of later steps that miss, by which a session of the stated steps has just this ratio;
    None where no steps were stated or they are too few."""
    reason: str = ""
    """Why it cannot be; empty where it can."""


def implied_by_hit_ratio(
    ratio: Decimal | float | str,
    *,
    system_tokens: int,
    input_tokens_per_step: int,
    output_tokens_per_step: int = 0,
    steps: int | None = None,
    miss_ratio: Decimal | float | str = 0,
    policy: CachePolicy | None = None,
) -> HitRatioClaim:
    """Return what a claimed hit ratio implies for sessions that grow by the same in each step.

    `output_tokens_per_step` is what of the reply is sent again. With `policy` (of `cache_policy`)
    its minimum and increment count; without, every token can be read. `miss_ratio` is the share of
    later steps whose cache is gone. Raises `UsageError` for ratios outside 0 to 1 and for counts
    that are none.
    """
    shape = _Shape(
        count(system_tokens, "system_tokens"),
        count(input_tokens_per_step, "input_tokens_per_step"),
        count(output_tokens_per_step, "output_tokens_per_step"),
        _PLAIN if policy is None else policy,
    )
    claim = share(ratio, "a hit ratio")
    missed = share(miss_ratio, "miss_ratio")
    wanted, kept = Fraction(claim), 1 - Fraction(missed)
    fewest = shape.fewest(wanted, kept)
    if steps is None:
        reason = "" if fewest is not None else shape.why_never(claim, missed)
        return HitRatioClaim(
            ratio=claim,
            possible=fewest is not None,
            steps=fewest,
            ceiling=None,
            miss_ratio=None,
            reason=reason,
        )
    number = count(steps, "steps", least=1)
    ceiling = shape.ratio(number)
    possible = wanted <= ceiling
    reason = ""
    if not possible:
        reason = (
            f"{number:,} steps of this shape read at most {float(ceiling):.1%} of their input"
            + (f"; {claim:.1%} takes {fewest:,} steps" if fewest is not None else "")
        )
    return HitRatioClaim(
        ratio=claim,
        possible=possible,
        steps=fewest,
        ceiling=float(ceiling),
        miss_ratio=_decimal(1 - wanted / ceiling) if possible and ceiling else None,
        reason=reason,
    )


@dataclass(frozen=True, slots=True)
class _Shape:
    system: int
    new: int
    reply: int
    policy: CachePolicy

    def ratio(self, steps: int) -> Fraction:
        """Return the hit ratio without a miss: what later steps find of the prompts before."""
        growth = self.new + self.reply
        first = self.system + self.new
        whole = steps * first + growth * steps * (steps - 1) // 2
        if not whole or self.policy.kind == "none":
            return Fraction(0)
        return Fraction(self._read(steps - 1, first, growth), whole)

    def _read(self, prompts: int, first: int, growth: int) -> int:
        """Return what is cached of so many prompts, each longer than the one before by `growth`."""
        least, grain = self.policy.min_tokens, self.policy.increment
        skipped = 0
        if first < least:  # prompts that are too short to be cached
            skipped = prompts if not growth else min(prompts, -(-(least - first) // growth))
        long = prompts - skipped
        if long <= 0:
            return 0
        start = first + skipped * growth
        whole = long * start + growth * long * (long - 1) // 2
        return whole - _remainders(long, start - least, growth, grain)

    def fewest(self, wanted: Fraction, kept: Fraction) -> int | None:
        """Return the fewest steps whose ratio, with misses, is as high as wanted.

        The ratio of a long session rises with its steps, but for the grain of an increment: so the
        steps are doubled until it is reached, bisected, and walked back over what the grain hides.
        """
        if wanted == 0:
            return 1
        high = 2
        while self.ratio(high) * kept < wanted:
            if high >= _MOST_STEPS:
                return None
            high *= 2
        low = high // 2  # not enough
        while high - low > 1:
            middle = (low + high) // 2
            if self.ratio(middle) * kept >= wanted:
                high = middle
            else:
                low = middle
        return high

    def why_never(self, claim: Decimal, missed: Decimal) -> str:
        """Say why no session of this shape has a ratio."""
        if claim > 1 - missed:
            return f"with {missed:.1%} of misses no session reads more than {1 - missed:.1%}"
        if not self.ratio(_MOST_STEPS):
            return (
                f"its prompts never reach the {self.policy.min_tokens:,} tokens from which on they "
                "are cached"
            )
        return f"not even {_MOST_STEPS:,} steps of this shape read {claim:.1%} of their input"


def _remainders(terms: int, start: int, growth: int, grain: int) -> int:
    """Return the sum of (start + i × growth) mod grain for i below terms.

    The remainders repeat after `grain` terms at the latest.
    """
    if grain == 1:
        return 0
    cycle = [(start + place * growth) % grain for place in range(min(terms, grain))]
    rounds, rest = divmod(terms, grain)
    if not rounds:
        return sum(cycle)
    return rounds * sum(cycle) + sum(cycle[:rest])


def _decimal(number: Fraction) -> Decimal:
    """Return a fraction as a decimal of twelve places, half-even."""
    scaled = round(number * 10**_DIGITS)
    return Decimal(scaled).scaleb(-_DIGITS).normalize()
