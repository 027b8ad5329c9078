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
from math import ceil

from costcalc.caching.policy import CachePolicy
from costcalc.digits import percent
from costcalc.errors import UsageError
from costcalc.estimate.stated import count, share, shown
from costcalc.money import EXACT, from_fraction
from costcalc.values import Value

__all__ = ["HitRatioClaim", "implied_by_hit_ratio"]

_MOST_STEPS = 1_000_000
_PLAIN = CachePolicy(kind="automatic")
"""A cache of every token, for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HitRatioClaim(Value):
    """What a claimed hit ratio implies for sessions of one shape."""

    ratio: Decimal
    """The claimed share of input tokens that is read from the cache."""
    possible: bool
    """Whether a session of this shape can have it, with as many steps and misses as were stated."""
    steps: int | None
    """Fewest steps with which it can, at the stated share of misses; None where none do."""
    bounds: tuple[int, int] | None
    """Steps below which no shape has it, and from which on every shape does, where every token of
    a prompt can be read; None where no number of steps is enough, or where replies are cached, too.
    """
    stated_steps: int | None
    """As many steps as were stated."""
    ceiling: float | None
    """Hit ratio of the stated steps without a miss; None where none were stated."""
    miss_ratio: Decimal | None
    """Share of later steps that miss, by which a session of the stated steps has just this ratio;
    None where no steps were stated or they are too few."""
    reason: str = ""
    """Why it cannot be; empty where it can."""

    def __str__(self) -> str:
        """Return it as a sentence."""
        if self.reason:
            return f"a hit ratio of {percent(self.ratio)} cannot be: {self.reason}"
        said = f"a hit ratio of {percent(self.ratio)} takes at least {_steps(self.steps or 1)}"
        # a minimum or an increment can ask for more than what holds where every token is read
        if self.bounds is not None and (self.steps or 1) <= self.bounds[1]:
            low, high = self.bounds
            said += f" of this shape ({low:,} to {high:,} for others)"
        if self.stated_steps is None or self.ceiling is None:
            return said
        verb = "has" if self.stated_steps == 1 else "have"
        said += f"; {_steps(self.stated_steps)} {verb} {self.ceiling:.1%} without a miss"
        if self.miss_ratio:
            said += f", and {percent(self.ratio)} with {percent(self.miss_ratio)} of misses"
        return said


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
    later steps whose cache is gone. Raises `UsageError` for ratios outside 0 to 1, for counts that
    are none, and for a stored cache, which holds the system prompt alone.
    """
    cache = _PLAIN if policy is None else policy
    if not isinstance(cache, CachePolicy):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
        msg = f"policy is what cache_policy(rate_card) returns, not {shown(policy)}"
        raise UsageError(msg, policy=policy)
    if cache.kind == "stored":
        msg = (
            f"a {cache} holds the system prompt alone and does not grow with a session; see what "
            "Session(...).estimate() says of its hit ratio"
        )
        raise UsageError(msg, policy=cache)
    shape = _Shape(
        count(system_tokens, "system_tokens"),
        count(input_tokens_per_step, "input_tokens_per_step"),
        count(output_tokens_per_step, "output_tokens_per_step"),
        cache,
    )
    claim = share(ratio, "a hit ratio")
    missed = share(miss_ratio, "miss_ratio")
    wanted, kept = Fraction(claim), 1 - Fraction(missed)
    fewest = shape.fewest(wanted, kept)
    bounds = None if cache.caches_output else _bounds(wanted, kept)
    if steps is None:
        return HitRatioClaim(
            ratio=claim,
            possible=fewest is not None,
            steps=fewest,
            bounds=bounds,
            stated_steps=None,
            ceiling=None,
            miss_ratio=None,
            reason="" if fewest is not None else shape.why_never(claim, missed),
        )
    number = count(steps, "steps", least=1)
    if number > _MOST_STEPS:
        msg = f"steps is {number:,}; a session has at most {_MOST_STEPS:,}"
        raise UsageError(msg, steps=steps)
    ceiling = shape.ratio(number)
    possible = wanted <= ceiling * kept
    return HitRatioClaim(
        ratio=claim,
        possible=possible,
        steps=fewest,
        bounds=bounds,
        stated_steps=number,
        ceiling=float(ceiling),
        miss_ratio=from_fraction(1 - wanted / ceiling) if ceiling and wanted <= ceiling else None,
        reason="" if possible else _why_not(number, ceiling * kept, missed, fewest),
    )


def _bounds(wanted: Fraction, kept: Fraction) -> tuple[int, int] | None:
    """Return the steps T of kept (1 - 1/T) and of kept (1 - 2/T) that reach a ratio."""
    if not wanted:
        return 1, 1
    if wanted >= kept:
        return None
    unread = 1 - wanted / kept
    return ceil(1 / unread), ceil(2 / unread)


def _why_not(steps: int, ratio: Fraction, missed: Decimal, fewest: int | None) -> str:
    verb = "reads" if steps == 1 else "read"
    where = f" with {percent(missed)} of misses" if missed else ""
    more = "" if fewest is None else f"; it takes {_steps(fewest)}"
    return (
        f"{_steps(steps)} of this shape{where} {verb} at most {float(ratio):.1%} of "
        f"{'its' if steps == 1 else 'their'} input{more}"
    )


def _steps(number: int) -> str:
    return "one step" if number == 1 else f"{number:,} steps"


@dataclass(frozen=True, slots=True)
class _Shape:
    system: int
    new: int
    reply: int
    policy: CachePolicy

    @property
    def first(self) -> int:
        """Return the tokens of the first prompt."""
        return self.system + self.new

    @property
    def growth(self) -> int:
        """Return what each prompt has more than the one before."""
        return self.new + self.reply

    def found(self, prompt: int) -> int:
        """Return what the step after a prompt of so many tokens reads."""
        return self.policy.cached(prompt + (self.reply if self.policy.caches_output else 0))

    def whole(self, steps: int) -> int:
        """Return the tokens of all prompts."""
        return steps * self.first + self.growth * steps * (steps - 1) // 2

    def ratio(self, steps: int) -> Fraction:
        """Return the hit ratio without a miss: what later steps find of the prompts before."""
        whole = self.whole(steps)
        last = self.first + (steps - 1) * self.growth
        if not whole:
            return Fraction(0)
        if not self.growth:
            return Fraction(self.found(last) * (steps - 1), whole)
        return Fraction(sum(map(self.found, range(self.first, last, self.growth))), whole)

    def fewest(self, wanted: Fraction, kept: Fraction) -> int | None:
        """Return the fewest steps whose ratio, with misses, is as high as wanted.

        Where every token can be read the ratio rises with the steps; increments make it fall and
        rise between two of them, so that every step counts.
        """
        if not wanted:
            return 1
        if wanted > kept or self.policy.kind == "none":
            return None
        goal = wanted / kept
        top, bottom = goal.numerator, goal.denominator
        found = whole = 0
        prompt = self.first
        for step in range(1, _MOST_STEPS + 1):
            whole += prompt
            if found * bottom >= top * whole and whole:
                return step
            found += self.found(prompt)
            prompt += self.growth
        return None

    def why_never(self, claim: Decimal, missed: Decimal) -> str:
        """Say why no session of this shape has a ratio."""
        if self.policy.kind == "none":
            return "there is no cache"
        most = EXACT.subtract(Decimal(1), missed)
        if claim > most:
            return f"with {percent(missed)} of misses no session reads more than {percent(most)}"
        if not self.first + self.growth:
            return "its prompts are empty"
        if not self.found(self.first + _MOST_STEPS * self.growth):
            return (
                f"its prompts never reach the {self.policy.min_tokens:,} tokens from which on they "
                "are cached"
            )
        return f"not even {_MOST_STEPS:,} steps of this shape read {percent(claim)} of their input"
