"""Which of two lives of a cache is cheaper in a session that grows.

With a life i that costs `w_i` to write and misses a share `e_i` of the later steps, a session whose
prompts have `I` tokens together and `L_T` at the end costs, in input rates,
`w_i L_T + (r + e_i (w_i - r)) (I - L_T)`. So the longer life wins where
`e_s (w_s - r) - e_l (w_l - r) > (w_l - w_s) L_T / (I - L_T)`: it costs more to write, once for each
token, and saves where a wait would have ended the shorter one. `L_T / (I - L_T)` falls with the
steps, as about 2/T.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from costcalc.caching.policy import CachePolicy, duration
from costcalc.digits import percent
from costcalc.errors import UsageError
from costcalc.estimate.stated import share, shown
from costcalc.money import from_fraction
from costcalc.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from costcalc.caching.uses import CacheBreakEven

__all__ = ["Lifetimes", "lifetimes_of"]

_MOST_STEPS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes(Value):
    """A shorter and a longer life of one kind of cache."""

    short: CachePolicy
    """The shorter life."""
    long: CachePolicy
    """The longer life."""
    short_weight: Decimal
    """What a miss of the shorter life costs, in input rates: w - r."""
    long_weight: Decimal
    """What a miss of the longer life costs."""
    extra_write: Decimal
    """What the longer life costs more to write."""
    short_misses: Decimal | None = None
    """Share of later steps that miss under the shorter life; None where it was not stated."""
    long_misses: Decimal | None = None
    """The same under the longer life."""
    steps: int | None = None
    """Fewest steps of a session with which the longer life is cheaper; None where none are, or
    where no misses were stated."""
    last_prompt: int | None = None
    """Tokens of the last prompt of such a session."""

    def __str__(self) -> str:
        """Return when the longer life is cheaper, as a sentence."""
        one, other = (duration(each.ttl or 0) for each in (self.short, self.long))
        head = f"{one} or {other}, {self.short.kind} cache"
        if self.short_misses is None or self.long_misses is None:
            return (
                f"{head}: {other} is cheaper where {self.short_weight:f} × misses({one}) − "
                f"{self.long_weight:f} × misses({other}) > {self.extra_write:f} × last prompt ÷ "
                "(all prompts − last prompt)"
            )
        head += (
            f": with {percent(self.short_misses, 2)} misses at {one} and "
            f"{percent(self.long_misses, 2)} at {other}"
        )
        if self.steps is None or self.last_prompt is None:
            return f"{head}, {one} is cheaper however long the session"
        return (
            f"{head}, {other} is cheaper from {self.steps:,} steps on, with a last prompt of "
            f"{self.last_prompt:,} tokens"
        )


def lifetimes_of(
    caches: Iterable[CacheBreakEven],
    system: int,
    growth: int | None,
    misses: Mapping[str, Decimal | float | str] | None,
) -> tuple[Lifetimes, ...]:
    """Return every pair of neighbouring lives of one kind of cache.

    `misses` is the share of later steps that miss, by life: {"5m": "2.2%", "1h": "0.39%"}; with it
    `growth`, the tokens that a session grows by in each step after the first, is needed.
    """
    if misses is not None and growth is None:
        msg = "miss_ratios compares lives over a session that grows; say growth_tokens, too"
        raise UsageError(msg, miss_ratios=misses)
    if not isinstance(misses, Mapping | None):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
        msg = f"miss_ratios maps lives to shares, as {{'5m': '2%'}}, not {shown(misses)}"
        raise UsageError(msg, miss_ratios=misses)
    stated = {life: share(each, f"misses of {life}") for life, each in (misses or {}).items()}
    found: list[Lifetimes] = []
    known: dict[str, None] = {}
    for one, other in pairwise(caches):
        if one.policy.kind != other.policy.kind or one.policy.kind == "stored":
            continue
        names = [duration(each.policy.ttl or 0) for each in (one, other)]
        known.update(dict.fromkeys(names))
        if one.input_rate:  # else nothing has a price to compare
            shares = [stated.get(name) for name in names]
            found.append(_pair(one, other, shares, system, growth))
    _check_lives(stated, known)
    return tuple(found)


def _check_lives(stated: Mapping[str, Decimal], known: Mapping[str, None]) -> None:
    """Refuse a life that the model has not, and one that stands alone."""
    for life in stated:
        if life not in known:
            lives = f"its lives are {' and '.join(known)}" if known else "it has no two lives"
            msg = f"miss_ratios names {life!r}, of which the model has no cache; {lives}"
            raise UsageError(msg, miss_ratios=dict(stated))
    missing = [life for life in known if life not in stated]
    if stated and missing:
        msg = f"miss_ratios compares two lives; say the misses of {' and '.join(missing)}, too"
        raise UsageError(msg, miss_ratios=dict(stated))


def _pair(
    one: CacheBreakEven,
    other: CacheBreakEven,
    misses: list[Decimal | None],
    system: int,
    growth: int | None,
) -> Lifetimes:
    plain, read = Fraction(one.input_rate), Fraction(one.read_rate)
    short = (Fraction(one.write_rate) - read) / plain
    long = (Fraction(other.write_rate) - read) / plain
    before, after = misses
    steps = None
    if before is not None and after is not None and growth is not None:
        gain = Fraction(before) * short - Fraction(after) * long
        steps = _fewest(gain, long - short, system, growth)
    return Lifetimes(
        short=one.policy,
        long=other.policy,
        short_weight=from_fraction(short),
        long_weight=from_fraction(long),
        extra_write=from_fraction(long - short),
        short_misses=before,
        long_misses=after,
        steps=steps,
        last_prompt=None if steps is None or growth is None else system + (steps - 1) * growth,
    )


def _fewest(gain: Fraction, extra: Fraction, system: int, growth: int) -> int | None:
    """Return the fewest steps with which what is gained exceeds the extra price of writing.

    All prompts together over the last one rise with the steps, so that the answer can be bisected.
    """

    def wins(steps: int) -> bool:
        last = system + (steps - 1) * growth
        rest = steps * system + growth * steps * (steps - 1) // 2 - last
        return gain * rest > extra * last

    high = 1
    while not wins(high):
        high *= 2
        if high > _MOST_STEPS:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if wins(middle) else (middle, high)
    return high
