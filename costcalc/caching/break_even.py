"""When a cache pays: after how many uses, at what probability, for how long a wait.

All follow from two ratios to the input rate: `w`, of a write, and `r`, of a read. N uses of a
prefix cost `w + (N-1) r` with a cache and `N` without. They are equal at `N* = (w - r) / (1 - r)`;
to divide `w` by `1 - r`, as is often done, counts the first use as a loss, which had to be paid
anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any

from costcalc.billing.cost import Assumption
from costcalc.caching.compaction import Compaction, compaction_of
from costcalc.caching.lifetimes import Lifetimes, lifetimes_of
from costcalc.caching.policy import CachePolicy, duration, policies_of
from costcalc.caching.rival import Rival, rival_of
from costcalc.estimate.stated import count
from costcalc.money import EXACT, normal
from costcalc.registry.current import check_registry, current
from costcalc.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import date

    from costcalc.registry.cards import RateCard
    from costcalc.registry.registry import Registry
    from costcalc.sessions.session import Session
    from costcalc.usage.usage import Usage

__all__ = ["BreakEven", "CacheBreakEven", "break_even"]

_PREFIX = 20_000
_MILLION = 10**6
_HOUR = 3_600
_LIVES = (900, 3_600, 86_400)
"""Lives for which a stored cache is worked out where the caller names none: 15 minutes to a day."""
_PLACES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheBreakEven(Value):
    """When one cache of a model pays for one prefix."""

    policy: CachePolicy
    """The cache."""
    prefix_tokens: int
    """Length of the prefix."""
    input_rate: Decimal
    """Rate of plain input, per million tokens."""
    write_rate: Decimal
    """Rate of a token that is written; plain input's where writes have no price of their own."""
    read_rate: Decimal
    """Rate of a token that is read."""
    storage: Decimal = Decimal(0)
    """What keeping the prefix for the cache's life costs, in the currency of the rates."""
    uses: Decimal | None
    """Uses at which both cost the same, N*; None where reading saves nothing."""
    whole_uses: int | None
    """Fewest uses with which the cache is cheaper."""
    hit_probability: Decimal | None
    """Probability above which a write pays that is used at most once more: (w - 1) / (w - r)."""
    pings: int | None
    """Most reads in a wait that are cheaper than writing again after it; None where writing again
    costs no more than plain input or entries live for ever."""
    bridged: int | None
    """Seconds of waiting that so many reads bridge."""
    steady: Decimal | None = None
    """Uses an hour from which on a cache that is stored for good pays: (s / p) / (1 - r)."""

    def cost(self, uses: int) -> Decimal:
        """Return what so many uses of the prefix within one life cost."""
        number = count(uses, "uses")
        if not number:
            return Decimal(0)
        reads = number if self.policy.kind == "stored" else number - 1
        per_token = EXACT.add(self.write_rate, EXACT.multiply(self.read_rate, Decimal(reads)))
        tokens = EXACT.scaleb(EXACT.multiply(per_token, Decimal(self.prefix_tokens)), -6)
        return normal(EXACT.add(tokens, self.storage))

    @property
    def write_ratio(self) -> Decimal:
        """w, the price of a write in prices of plain input."""
        return _decimal(Fraction(self.write_rate) / Fraction(self.input_rate))

    @property
    def read_ratio(self) -> Decimal:
        """r, the price of a read in prices of plain input."""
        return _decimal(Fraction(self.read_rate) / Fraction(self.input_rate))

    def __str__(self) -> str:
        """Return when it pays, as a sentence."""
        head = (
            f"{self.policy}: a write costs {self.write_ratio:f}× and a read {self.read_ratio:f}× of "
            "plain input"
        )
        if self.whole_uses is None:
            return f"{head}; it never pays"
        said = [f"{head}; it pays from use {self.whole_uses:,} on"]
        if self.storage:
            said[0] += f", storage of {self.storage:f} included"
        if self.steady is not None:
            said.append(f"kept for good, it takes {float(self.steady):.1f} uses an hour")
        if self.hit_probability:
            said.append(
                f"a write pays where a later use finds it with more than "
                f"{self.hit_probability:.1%} probability"
            )
        if self.pings and self.bridged is not None:
            said.append(
                f"up to {self.pings} reads that keep it alive, beside what else they send, are "
                f"cheaper than writing again, and bridge {duration(self.bridged)}"
            )
        return "; ".join(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakEven(Value):
    """When the caches of a model pay, and what else can be worked out from its rates."""

    model: str
    """The model that is billed."""
    provider: str
    """Who bills it."""
    currency: str
    """ISO 4217 code of every amount."""
    at: datetime
    """The instant whose prices hold."""
    prefix_tokens: int
    """Length of the prefix."""
    input_rate: Decimal
    """Rate of plain input, per million tokens."""
    caches: tuple[CacheBreakEven, ...]
    """The caches of the model, one for each life; empty where it has none with a price."""
    lifetimes: tuple[Lifetimes, ...] = ()
    """Shorter lives against longer ones."""
    compaction: Compaction | None = None
    """How often a growing conversation is best summarised; None where no growth was stated."""
    rival: Rival | None = None
    """At what price another model wins; None where none was named."""
    assumptions: tuple[Assumption, ...] = ()
    """What it rests on that the caller did not say."""

    def uncached_cost(self, uses: int) -> Decimal:
        """Return what so many uses of the prefix cost without a cache."""
        tokens = Decimal(self.prefix_tokens * count(uses, "uses"))
        return normal(EXACT.scaleb(EXACT.multiply(tokens, self.input_rate), -6))

    def explain(self) -> str:
        """Return all of it as sentences, one a line."""
        said = [str(each) for each in self.caches]
        if not said:
            said = [f"{self.model} ({self.provider}) has no cache with a price"]
        said += [str(each) for each in self.lifetimes]
        said += [str(each) for each in (self.compaction, self.rival) if each is not None]
        said += [each.text for each in self.assumptions]
        return "\n".join(said)


def break_even(  # noqa: PLR0913 - what is asked beside the terms of price()
    model: str,
    *,
    prefix_tokens: int = _PREFIX,
    lives: tuple[str, ...] | None = None,
    miss_ratios: Mapping[str, Decimal | float | str] | None = None,
    growth_tokens: int | None = None,
    summary_tokens: int | None = None,
    against: str | None = None,
    usage: Usage | None = None,
    session: Session | None = None,
    provider: str | None = None,
    at: datetime | date | str | None = None,
    service_tier: str | None = None,
    batch: bool | None = None,
    region: str | None = None,
    conditions: Mapping[str, str | bool | int | None] | None = None,
    registry: Registry | None = None,
) -> BreakEven:
    """Return when the caches of a model pay for a prefix that is used again and again.

    `prefix_tokens` chooses the price for long prompts, too. `lives` are the lives of a cache that
    is stored by the hour, such as ("15m", "24h"). `miss_ratios` says which share of later steps
    misses, by life, as {"5m": "2.2%", "1h": "0.39%"}, and asks from how many steps on the longer
    one is cheaper, where each step adds `growth_tokens`. Those with `summary_tokens` ask for the
    best interval of compaction. `against` names another model, and
    `usage` or `session` what both are compared on. The rest are terms of `price`, and so are the
    errors; a model without a cache has no break-evens, and is none.
    """
    size = count(prefix_tokens, "prefix_tokens", least=1)
    if growth_tokens is not None:
        growth_tokens = count(growth_tokens, "growth_tokens", least=1)
    prices = current() if registry is None else registry
    check_registry(prices)
    terms: dict[str, Any] = {
        "provider": provider, "at": at, "service_tier": service_tier, "batch": batch,
        "region": region, "conditions": conditions,
    }  # fmt: skip
    card = prices.rate_card(model, **terms, prompt_tokens=size)
    terms["at"] = card.at  # one instant for everything
    caches, said = _caches(card, size, lives)
    return BreakEven(
        model=card.model,
        provider=card.provider,
        currency=card.currency,
        at=card.at,
        prefix_tokens=size,
        input_rate=card.rate("input"),
        caches=caches,
        lifetimes=lifetimes_of(caches, size, growth_tokens, miss_ratios),
        compaction=compaction_of(card, size, growth_tokens, summary_tokens),
        rival=rival_of(model, against, usage, session, terms, prices),
        assumptions=(*(Assumption("rate_card", text) for text in card.assumptions), *said),
    )


def _caches(
    card: RateCard, size: int, lives: tuple[str, ...] | None
) -> tuple[tuple[CacheBreakEven, ...], tuple[Assumption, ...]]:
    """Return every cache of a model, and what nobody said of them."""
    found: list[CacheBreakEven] = []
    said: list[Assumption] = []
    for policy in policies_of(card, lives or _LIVES):
        found.append(_cache(card, policy, size))
        if size < policy.min_tokens:
            text = (
                f"{policy}: a prefix of {size:,} tokens is below the {policy.min_tokens:,} that "
                f"{card.provider} caches for {card.model}: nothing is cached"
            )
            said.append(Assumption("cache_minimum", text))
        if policy.creation_billed == "unknown":
            text = (
                "whether the creation of the stored cache is billed is not known; taken as billed"
            )
            said.append(Assumption("stored_cache", text))
        if not policy.stated:
            text = (
                f"no cache policy of {card.model} is stated; taken as automatic and never expiring"
            )
            said.append(Assumption("cache_policy", text))
    return tuple(found), tuple(dict.fromkeys(said))


def _cache(card: RateCard, policy: CachePolicy, size: int) -> CacheBreakEven:
    plain, read = card.rate("input"), card.rate("cache_read")
    write = plain if policy.write_meter is None else card.rate(policy.write_meter)
    if policy.creation_billed is False:
        write = Decimal(0)
    storage = Decimal(0)
    p, r, w = Fraction(plain), Fraction(read), Fraction(write)
    zero = Fraction(0)
    steady, kept = None, zero
    stored = policy.kind == "stored"
    if stored:
        rate = Fraction(card.rate("cache_storage"))
        kept = rate * size * (policy.ttl or 0) / (_HOUR * _MILLION)
        storage = _decimal(kept, 18)
        steady = _decimal(rate / (p - r)) if p > r else None
    # N uses cost N p without a cache; with one, w + (N - 1) r, or w + N r beside the storage
    fixed = w + kept * _MILLION / size if stored else w - r
    uses = fixed / (p - r) if p > r and size >= policy.min_tokens else None
    pings = bridged = None
    if not stored and policy.write_meter is not None and policy.ttl is not None and r:
        pings = max(0, ceil((w - r) / r) - 1)
        bridged = (pings + 1) * policy.ttl
    return CacheBreakEven(
        policy=policy,
        prefix_tokens=size,
        input_rate=plain,
        write_rate=write,
        read_rate=read,
        storage=storage,
        uses=None if uses is None else _decimal(uses),
        whole_uses=None if uses is None else max(1, floor(uses) + 1),
        hit_probability=_decimal(max(Fraction(0), (w - p) / (w - r)))
        if w > r and not stored
        else None,
        pings=pings,
        bridged=bridged,
        steady=steady,
    )


def _decimal(number: Fraction, places: int = _PLACES) -> Decimal:
    """Return a fraction as a decimal, rounded half-even where it has more places."""
    return normal(Decimal(round(number * 10**places)).scaleb(-places))
