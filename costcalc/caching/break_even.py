"""When the caches of a model pay, and what else its rates decide: lives, compaction, rivals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from costcalc.billing.cost import Assumption
from costcalc.caching.compaction import Compaction, compaction_of
from costcalc.caching.lifetimes import Lifetimes, lifetimes_of
from costcalc.caching.policy import policies_of, seconds_of
from costcalc.caching.rival import Rival, rival_of
from costcalc.caching.uses import CacheBreakEven, cache_break_even, ordinal, rate_of
from costcalc.errors import NoPriceError, UnknownConditionError, UsageError
from costcalc.estimate.stated import count, listed
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
_LIVES = (900, 3_600, 86_400)
"""Lives for which a stored cache is worked out where the caller names none: 15 minutes to a day."""


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
    """How often a growing conversation is best summarised; None where no summary was stated, or
    where reading again costs nothing."""
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
        head = (
            f"{self.model} ({self.provider}) at {self.at:%Y-%m-%d}: a prefix of "
            f"{self.prefix_tokens:,} tokens, plain input at {self.input_rate:f} {self.currency} "
            "per million"
        )
        said: list[object] = [head, *self.caches]
        if not self.caches:
            said.append("it has no cache with a price")
        said += self.lifetimes
        said += [each for each in (self.compaction, self.rival) if each is not None]
        said += [f"assumed: {each.text}" for each in self.assumptions]
        return "\n".join(str(each) for each in said)

    def __str__(self) -> str:
        """Return from which use on each cache pays, as a sentence."""
        prefix = f"{self.model}, {self.prefix_tokens:,} tokens"
        if not self.caches:
            return f"{prefix}: no cache with a price"
        said = [f"{each.policy} {_pays(each.whole_uses)}" for each in self.caches]
        return f"{prefix}: {', '.join(said)}"


def _pays(uses: int | None) -> str:
    return "never pays" if uses is None else f"pays from the {ordinal(uses)} use on"


def break_even(  # noqa: PLR0913 - what is asked beside the terms of price()
    model: str,
    *,
    prefix_tokens: int = _PREFIX,
    lives: Sequence[str] | None = None,
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
    one is cheaper, where the prefix is the first prompt and each later one has `growth_tokens`
    more. Those with `summary_tokens` ask for the best interval of compaction. `against` names
    another model, and `usage` or `session` what both are compared on. The rest are terms of
    `price`, and so are the errors; a model without a cache has no break-evens, and is none.
    """
    size = count(prefix_tokens, "prefix_tokens", least=1)
    if growth_tokens is not None:
        growth_tokens = count(growth_tokens, "growth_tokens", least=1)
    seconds = None if lives is None else _seconds(lives)
    prices = current() if registry is None else registry
    check_registry(prices)
    terms: dict[str, Any] = {
        "provider": provider, "at": at, "service_tier": service_tier, "batch": batch,
        "region": region, "conditions": conditions,
    }  # fmt: skip
    card = prices.rate_card(model, **terms, prompt_tokens=size)
    terms["at"] = card.at  # one instant for everything
    cards = {"explicit": _explicit_card(prices, model, terms, card, size)}
    caches = tuple(
        cache_break_even(cards.get(policy.kind, card), policy, size)
        for policy in policies_of(card, _LIVES if seconds is None else seconds)
    )
    lifetimes = lifetimes_of(caches, size, growth_tokens, miss_ratios)
    compaction = compaction_of(card, size, growth_tokens, summary_tokens)
    longest = [each.last_prompt for each in lifetimes if each.last_prompt is not None]
    longest += [] if compaction is None else [compaction.compact_at]
    return BreakEven(
        model=card.model,
        provider=card.provider,
        currency=card.currency,
        at=card.at,
        prefix_tokens=size,
        input_rate=rate_of(card, "input"),
        caches=caches,
        lifetimes=lifetimes,
        compaction=compaction,
        rival=rival_of(model, against, usage, session, terms, prices),
        assumptions=(
            *(Assumption("rate_card", text) for text in card.assumptions),
            *_about_caches(card, caches),
            *_about_lives(card, caches, lives),
            *_about_reading(card, compaction, summary_tokens),
            *_about_size(prices, model, terms, card, max(longest, default=size)),
        ),
    )


def _seconds(lives: Sequence[str]) -> list[int]:
    """Return the lives of a stored cache in seconds; one alone may be written as text."""
    found: list[int] = []
    for life in [lives] if isinstance(lives, str) else listed(lives, "lives"):
        seconds = seconds_of(life) if isinstance(life, str) else None
        if seconds is None:
            msg = f"lives are durations such as '15m', '1h' or '1d', and {life!r} is none"
            raise UsageError(msg, lives=life)
        found.append(seconds)
    return found


def _explicit_card(
    registry: Registry, model: str, terms: Mapping[str, Any], card: RateCard, size: int
) -> RateCard:
    """Return the rates of an explicit cache, where they depend on the kind of cache."""
    stated: dict[str, Any] = dict(terms["conditions"] or {})
    if "cache_kind" in stated or "explicit" not in (card.cache or {}):
        return card
    special: dict[str, Any] = {**terms, "conditions": {**stated, "cache_kind": "explicit"}}
    with suppress(UnknownConditionError):
        return registry.rate_card(model, **special, prompt_tokens=size)
    return card


def _about_caches(card: RateCard, caches: tuple[CacheBreakEven, ...]) -> list[Assumption]:
    """Return what nobody said of the caches, each thing once."""
    found: list[Assumption] = []
    if any(each.policy.creation_billed == "unknown" for each in caches):
        text = "whether the creation of the stored cache is billed is not known; taken as billed"
        found.append(Assumption("stored_cache", text))
    if any(not each.policy.stated for each in caches):
        text = f"no cache policy of {card.model} is stated; taken as automatic and never expiring"
        found.append(Assumption("cache_policy", text))
    return found


def _about_lives(
    card: RateCard, caches: tuple[CacheBreakEven, ...], lives: Sequence[str] | None
) -> list[Assumption]:
    if lives is None or any(each.policy.kind == "stored" for each in caches):
        return []
    text = f"{card.model} has no cache that is stored by the hour, and lives say nothing here"
    return [Assumption("lives", text)]


def _about_reading(
    card: RateCard, compaction: Compaction | None, summary_tokens: int | None
) -> list[Assumption]:
    if summary_tokens is None or compaction is not None:
        return []
    text = f"{card.model} reads a conversation again at no cost, so that no summary ever pays"
    return [Assumption("compaction", text)]


def _about_size(
    registry: Registry, model: str, terms: Mapping[str, Any], card: RateCard, longest: int
) -> list[Assumption]:
    """Say where prompts grow beyond what the rates, or the model, are for."""
    found: list[Assumption] = []
    try:
        rates = registry.rate_card(model, **terms, prompt_tokens=longest).rates
    except NoPriceError:  # not sold so long
        rates = None
    if rates != card.rates:
        text = (
            f"prompts grow to {longest:,} tokens, for which {card.model} has "
            f"{'no price' if rates is None else 'other rates'}; all is worked out at the rates of "
            "the prefix"
        )
        found.append(Assumption("tier", text))
    window = registry.model(card.model, provider=card.provider).context_window
    if window is not None and longest > window:
        text = f"prompts of {longest:,} tokens are above the {window:,} that {card.model} takes"
        found.append(Assumption("context_window", text))
    return found
