"""How much of a prompt is read from a cache, or written to one, as its provider really does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN

from costcalc.billing.cost import Assumption
from costcalc.errors import UsageError
from costcalc.estimate.outputs import as_ratio, as_whole
from costcalc.money import EXACT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from decimal import Decimal
    from typing import Any

    from costcalc.registry.cards import ModelInfo, RateCard
    from costcalc.tokens.token_count import TokenCount

__all__ = ["CACHE_USES", "Cached", "Hit", "Point", "cached_part"]

CACHE_USES = ("read", "write", "write_1h")
"""What a call does with the cached prefix: read it, or write it for 5 minutes or for an hour."""


@dataclass(frozen=True, slots=True)
class Hit:
    """What a caller says of the cached part; at most one of the first three is stated."""

    prefix: Any = None
    tokens: int | None = None
    ratio: Any = None
    use: str | None = None

    def __post_init__(self) -> None:
        """Refuse a part that is stated in two ways, and a use that no cache has."""
        if self.use is not None and self.use not in CACHE_USES:
            uses = ", ".join(map(repr, CACHE_USES))
            msg = f"cache {self.use!r} is no use of a cache; write one of {uses}"
            raise UsageError(msg, cache=self.use)
        if len(self.stated) > 1:
            msg = f"{' and '.join(self.stated)} say the same thing in two ways; keep one"
            raise UsageError(msg, stated=self.stated)

    @property
    def stated(self) -> tuple[str, ...]:
        """The arguments by which the cached part is stated."""
        named = {
            "cached_prefix": self.prefix,
            "cached_tokens": self.tokens,
            "hit_ratio": self.ratio,
        }
        return tuple(name for name, each in named.items() if each is not None)

    @property
    def writes(self) -> bool:
        """Whether the call writes the cache."""
        return self.use not in (None, "read")


@dataclass(frozen=True, slots=True)
class Point:
    """A size that a prompt can have, and how much of it is cached then."""

    input: int
    cached: int


@dataclass(frozen=True, slots=True)
class Cached:
    """The cached part of one prompt, at the expected count and where it costs least and most."""

    expected: Point
    low: tuple[Point, ...]
    """The least that the prompt costs is its cost at one of these."""
    high: tuple[Point, ...]
    """The most is its cost at one of these."""
    assumptions: tuple[Assumption, ...] = ()


def cached_part(
    count: TokenCount,
    info: ModelInfo,
    card: RateCard,
    hit: Hit,
    prefix: TokenCount | None = None,
    *,
    marked: bool = False,
) -> Cached:
    """Return the part of a prompt that its cache serves or takes in.

    `prefix` is the count of what the caller stated, or what the request marked, as its beginning. A
    prefix below the provider's minimum is not cached, and what is above is cached in the provider's
    increments; both are said in the assumptions. Raises `UsageError` where the part is larger than
    the prompt.
    """
    if prefix is None and hit.tokens is None and hit.ratio is None:
        return _none(count)
    if "cache_read" not in card.rates:
        return _none(count, _no_cache(info))
    policy = _policy(info, explicit=marked or hit.writes)
    if hit.ratio is not None:
        return _of_ratio(as_ratio(hit.ratio, "hit_ratio"), count, policy)
    if prefix is not None:
        return _of_prefix(prefix, count, policy)
    return _of_tokens(_checked(hit.tokens, count), count, policy)


def _none(count: TokenCount, *said: Assumption) -> Cached:
    expected, low, high = (Point(each, 0) for each in (count.tokens, count.low, count.high))
    return Cached(expected, (low,), (high,), said)


@dataclass(frozen=True, slots=True)
class _Policy:
    """From how many tokens on a provider caches a prefix of a model, and in what steps."""

    model: str
    provider: str
    least: int
    increment: int

    def part(self, size: int) -> int:
        """Return how much of a prefix of this size is cached."""
        return size - size % self.increment if size >= self.least else 0

    def whole(self, size: int) -> int:
        """Return the next size of which all is cached, as far as the increment goes."""
        return -(-size // self.increment) * self.increment

    def below(self, what: str, size: int) -> Assumption:
        """Say that something is too short to be cached."""
        text = (
            f"{what} of {size:,} tokens is below the {self.least:,} that {self.provider} caches "
            f"for {self.model}: nothing is cached"
        )
        return Assumption("cache_minimum", text)

    def near(self, what: str, count: TokenCount) -> Assumption:
        """Say that nobody can know whether something is cached."""
        text = (
            f"{what} of {count.low:,} to {count.high:,} tokens may be below the {self.least:,} "
            f"that {self.provider} caches for {self.model}: whether it is cached is not sure"
        )
        return Assumption("cache_minimum", text)

    def stepped(self, size: int, part: int) -> tuple[Assumption, ...]:
        """Say how much of a prefix is cached, where that is not all."""
        if part in (0, size):
            return ()
        text = (
            f"{self.model} caches in steps of {self.increment:,} tokens: {part:,} of the prefix's "
            f"{size:,} are cached"
        )
        return (Assumption("cache_increment", text),)


def _policy(info: ModelInfo, *, explicit: bool) -> _Policy:
    """Return the policy of the automatic cache, or of the one that a request marks or writes."""
    kinds: Mapping[str, Any] = info.cache or {}
    first, second = ("explicit", "automatic") if explicit else ("automatic", "explicit")
    stated = kinds.get(first, kinds.get(second)) or {}
    least, increment = stated.get("min_tokens") or 0, stated.get("increment") or 1
    return _Policy(info.id, info.provider, least, increment)


def _of_ratio(ratio: Decimal, count: TokenCount, policy: _Policy) -> Cached:
    if ratio > 1:
        msg = f"hit_ratio {ratio} is above 1; it is the cached share of all input tokens"
        raise UsageError(msg, hit_ratio=ratio)
    if ratio and count.high < policy.least:
        return _none(count, policy.below("the whole prompt", count.high))

    def point(tokens: int) -> Point:
        product = EXACT.multiply(ratio, tokens)  # a whole number times a stated ratio is exact
        return Point(tokens, int(product.to_integral_value(rounding=ROUND_HALF_EVEN)))

    unsure = bool(ratio) and count.low < policy.least
    said = (policy.near("the whole prompt", count),) if unsure else ()
    return Cached(point(count.tokens), (point(count.low),), (point(count.high),), said)


def _of_tokens(size: int, count: TokenCount, policy: _Policy) -> Cached:
    """Return the part of a stated size: a prompt that holds it cannot be shorter."""
    part = min(policy.part(size), count.tokens)
    low = max(count.low, min(size, count.tokens))
    said = policy.stepped(size, part) if size <= count.tokens else ()
    if size and not part:
        said = (policy.below("a prefix", size),)
    return Cached(Point(count.tokens, part), (Point(low, part),), (Point(count.high, part),), said)


def _checked(stated: Any, count: TokenCount) -> int:
    tokens = as_whole(stated)
    if tokens is None or tokens < 0:
        msg = f"cached_tokens {stated!r} is no count; it is a whole number from 0 on"
        raise UsageError(msg, cached_tokens=stated)
    if tokens > count.high:
        msg = (
            f"cached_tokens {tokens:,} is above the prompt's {count.high:,} tokens, and it is a "
            "part of them"
        )
        raise UsageError(msg, cached_tokens=tokens, input_tokens=count.tokens)
    return tokens


def _of_prefix(prefix: TokenCount, count: TokenCount, policy: _Policy) -> Cached:
    """Return the part of a counted prefix.

    One token more can make a prompt cheaper: where it reaches the minimum, or fills a step. So the
    cost is least at the low end or at the first such size above it, and most at the high end or
    just below the last such size.
    """
    size, low, high = (
        min(prefix.tokens, count.tokens), min(prefix.low, count.low), min(prefix.high, count.high),
    )  # fmt: skip
    least = policy.least
    cheap = {low, least, policy.whole(low), policy.whole(least)}
    dear = {high, least - 1, high - high % policy.increment - 1}
    said = policy.stepped(size, policy.part(size))
    if low < least <= high:
        said = (policy.near("a prefix", prefix),)
    elif size and size < least:
        said = (policy.below("a prefix", size),)
    return Cached(
        Point(count.tokens, policy.part(size)),
        tuple(
            Point(count.low + each - low, policy.part(each))
            for each in sorted(cheap)
            if low <= each <= high
        ),
        tuple(
            Point(count.high - high + each, policy.part(each))
            for each in sorted(dear, reverse=True)
            if low <= each <= high
        ),
        said,
    )


def _no_cache(info: ModelInfo) -> Assumption:
    text = f"{info.id} ({info.provider}) has no rate for cached input: all input is priced in full"
    return Assumption("no_cache", text)
