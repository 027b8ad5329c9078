"""What the registry answers to look-ups: models, rate cards and price histories, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from time import time_ns

from costcalc import instants
from costcalc.errors import NoPriceError, UsageError
from costcalc.meters import METERS
from costcalc.registry.names import Target
from costcalc.registry.plans import retirement
from costcalc.registry.rules import grains_said
from costcalc.values import Value, frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from costcalc.registry.names import Resolved
    from costcalc.registry.plans import Plan
    from costcalc.registry.rates import Card, PriceList, Tariff
    from costcalc.registry.registry import Registry

__all__ = ["ModelInfo", "PriceRecord", "RateCard"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRecord(Value):
    """One dated price list of a model, as its file states it."""

    start: datetime | None
    """First instant of the rates; None is a start that is not known."""
    until: datetime | None
    """First instant after them; None is open."""
    rates: Mapping[str, Decimal]
    """Standard rates by meter, provider-wide fees included."""
    rules: tuple[str, ...] = ()
    """What changes the rates, and in what grains quantities are billed, in words."""
    source: str | None = None
    """Where the rates were read."""
    checked: date | None = None
    """Day on which somebody last compared them with the source."""
    notes: tuple[str, ...] = ()
    """What the file says beside them."""

    def __post_init__(self) -> None:
        """Let nothing that a value holds be changed."""
        object.__setattr__(self, "rates", frozen(self.rates))


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo(Value):
    """What is known about a model, and all its prices."""

    provider: str
    """Who bills it."""
    id: str
    """The id that is billed."""
    name: str | None = None
    """Name for people."""
    maker: str | None = None
    """Who makes the model; None where a reseller's file does not say."""
    aliases: tuple[str, ...] = ()
    """Other exact names."""
    currency: str = "USD"
    """Currency of its rates."""
    context_window: int | None = None
    """Most tokens of input and output together."""
    max_output: int | None = None
    """Most output tokens of one request."""
    tokenizer: str | None = None
    """Name of the vocabulary or calibration that counts its tokens; None is not known."""
    media: str | None = None
    """Name of the rules that count its images, audio, video and PDF; None is not known."""
    output_tokens_per_second: Decimal | None = None
    """Typical speed, for durations only."""
    cache: Mapping[str, Mapping[str, object] | None] | None = None
    """Cache policy by kind, as the files state it."""
    retired: datetime | None = None
    """Instant from which the id is no longer served as itself."""
    redirects_to: str | None = None
    """The id that serves it after it retired."""
    replacement: str | None = None
    """The id that its provider recommends instead."""
    note: str | None = None
    """What its file says beside it."""
    prices: tuple[PriceRecord, ...] = ()
    """The dated price lists, oldest first."""

    def __post_init__(self) -> None:
        """Let nothing that a value holds be changed."""
        object.__setattr__(self, "cache", frozen(self.cache))


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCard(Value):
    """The rates that hold for one model at one instant under given conditions."""

    model: str
    """The model that is billed, after aliases and redirects."""
    provider: str
    """Who bills it."""
    currency: str
    """Currency of the rates."""
    at: datetime
    """The instant."""
    start: datetime | None
    """First instant of the price list that holds."""
    until: datetime | None
    """First instant after it."""
    rates: Mapping[str, Decimal]
    """Rates by meter, rules applied; a meter that is not here falls back to its parent."""
    why: Mapping[str, str]
    """By meter, why it is not the published standard rate."""
    conditions: Mapping[str, str]
    """What was stated, and what the name implied."""
    source: str | None = None
    """Where the rates were read."""
    checked: date | None = None
    """Day on which somebody last compared them with the source."""
    assumptions: tuple[str, ...] = ()
    """What the card rests on that the caller did not say."""
    notes: tuple[str, ...] = ()
    """What the file says beside the rates."""
    cache: Mapping[str, Mapping[str, object]] | None = None
    """Cache policy by kind; None where the files state none."""

    def __post_init__(self) -> None:
        """Let nothing that a value holds be changed."""
        object.__setattr__(self, "cache", frozen(self.cache))
        object.__setattr__(self, "rates", frozen(self.rates))
        object.__setattr__(self, "why", frozen(self.why))
        object.__setattr__(self, "conditions", frozen(self.conditions))

    def rate(self, meter: str) -> Decimal:
        """Return the rate of a meter, or its parent's; `KeyError` where there is none."""
        at: str | None = meter
        while at is not None:
            if at in self.rates:
                return self.rates[at]
            at = METERS[at].parent
        raise KeyError(meter)


def _edge(at: int) -> datetime | None:
    return None if abs(at) == instants.FOREVER else instants.to_datetime(at)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


def _gone(record: dict[str, Any]) -> datetime | None:
    at = retirement(record)
    return None if at is None else instants.to_datetime(max(at, instants.FIRST))


def history(registry: Registry, resolved: Resolved) -> tuple[PriceRecord, ...]:
    """Return every dated price list of what a name means now."""
    return _history(registry, _newest(resolved).record)


def _newest(resolved: Resolved) -> Target:
    now = time_ns() // 1000
    try:
        return resolved.target(now)
    except NoPriceError:
        return resolved.targets[-1]  # a look-up still shows what a name meant


def _history(registry: Registry, record: dict[str, Any]) -> tuple[PriceRecord, ...]:
    tariff = registry.tariff(record)
    return tuple(_price_record(period, tariff) for period in tariff.lists)


def _price_record(period: PriceList, tariff: Tariff) -> PriceRecord:
    rates = {**tariff.fees, **period.rates}
    grains = grains_said(
        {**tariff.minimum, **period.minimum}, {**tariff.round_up, **period.round_up}
    )
    rules = [rule for rule in period.rules if rule.start < period.end and rule.end > period.start]
    return PriceRecord(
        start=_edge(period.start),
        until=_edge(period.end),
        rates={name: rates[name] for name in METERS if name in rates},
        rules=(*grains, *map(str, rules)),
        source=period.source,
        checked=_day(period.checked),
        notes=period.note,
    )


def model_info(registry: Registry, resolved: Resolved) -> ModelInfo:
    """Return what is known about the model that a name means now."""
    return _info(registry, _newest(resolved).record)


def _info(registry: Registry, record: dict[str, Any]) -> ModelInfo:
    tariff = registry.tariff(record)
    speed = record.get("output_tokens_per_second")
    seller = registry.store.provider(record["provider"]) or {}
    return ModelInfo(
        provider=record["provider"],
        id=record["id"],
        name=record.get("name"),
        maker=record["maker"],
        aliases=tuple(alias["id"] for alias in record["aliases"]),
        currency=record["currency"],
        context_window=record.get("context_window"),
        max_output=record.get("max_output"),
        tokenizer=_counting(registry, record, "tokenizer"),
        media=_counting(registry, record, "media"),
        output_tokens_per_second=Decimal(speed) if speed else None,
        cache=merged_cache(seller.get("cache"), record.get("cache")) or None,
        retired=_gone(tariff.record),
        redirects_to=tariff.record.get("moves_to") or tariff.record.get("redirects_to"),
        replacement=record.get("replacement"),
        note=record.get("note"),
        prices=_history(registry, record),
    )


def _counting(registry: Registry, record: dict[str, Any], key: str) -> str | None:
    """Return what counts a model: its own, or its file's where it bills input tokens at all."""
    if key in record:
        return record[key]
    if all("input" not in period["rates"] for period in record["prices"]):
        return None
    return registry.store.seller_of(record).get(key)


def merged_cache(*policies: Mapping[str, Any] | None) -> dict[str, dict[str, Any]]:
    """Return cache policies merged key by key within each kind; a null kind is taken away."""
    merged: dict[str, dict[str, Any]] = {}
    for policy in policies:
        for kind, keys in (policy or {}).items():
            if keys is None:
                merged.pop(kind, None)
            else:
                merged[kind] = {**merged.get(kind, {}), **keys}
    return merged


def model_infos(
    registry: Registry, search: str | None, provider: str | None, *, retired: bool | None
) -> tuple[ModelInfo, ...]:
    """Return the models that a search keeps, sorted by provider and id."""
    for name, text in (("search", search), ("provider", provider)):
        if text is not None and not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
            msg = f"{name} is text, not {type(text).__name__} {text!r}"
            raise UsageError(msg, **{name: text})
    seller = None
    if provider is not None:
        known = registry.store.provider(provider.lower())
        if known is None:
            listed = ", ".join(registry.providers())
            msg = f"no prices of provider {provider!r} are known; known: {listed}"
            raise UsageError(msg, provider=provider)
        seller = known["id"]
    now = time_ns() // 1000
    wanted = (search or "").lower()
    found: list[ModelInfo] = []
    for record in registry.store.records():
        names = (record["id"], record.get("name") or "", *(a["id"] for a in record["aliases"]))
        retired_at = retirement(registry.tariff(record).record)
        gone = retired_at is not None and retired_at <= now
        if (
            (seller is None or record["provider"] == seller)
            and any(wanted in name.lower() for name in names)
            and (retired is None or retired == gone)
        ):
            found.append(_info(registry, record))
    return tuple(sorted(found, key=lambda info: (info.provider, info.id.lower())))


def rate_card(
    registry: Registry,
    plan: Plan,
    at: datetime | date | str | None,
    prompt_tokens: int,
    output_tokens: int,
) -> RateCard:
    """Return the public form of the card that holds."""
    moment = time_ns() // 1000 if at is None else instants.parse(at)
    prompt = _size("prompt_tokens", prompt_tokens)
    output = _size("output_tokens", output_tokens)
    card = plan.card(moment, 2 * prompt, 2 * output)
    if card.warnings:
        registry.warn(card)
    assumed = [text for _, text in card.assumed]
    if card.disputed is not None:
        other, source, text = card.disputed
        assumed.insert(0, f"{text}; disputed: another reading bills it as {other} ({source})")
    period = card.period
    return RateCard(
        model=card.tariff.model,
        provider=card.tariff.provider,
        currency=card.tariff.currency,
        at=instants.to_datetime(moment),
        start=_edge(period.start),
        until=_edge(period.end),
        rates={name: card.rates[name] for name in METERS if name in card.rates},
        why=dict(card.why),
        conditions=dict(card.conditions),
        source=period.source,
        checked=_day(period.checked),
        assumptions=tuple(assumed),
        notes=card.notes,
        cache=cache_of(registry, card),
    )


def cache_of(registry: Registry, card: Card) -> dict[str, dict[str, Any]] | None:
    """Return the cache policy that holds with a card: its provider's, its model's, its period's."""
    record = card.tariff.record
    seller = registry.store.seller_of(record)
    stated = (seller.get("cache"), record.get("cache"), card.period.cache)
    return merged_cache(*stated) if any(stated) else None


def _size(name: str, count: object) -> int:
    if type(count) is not int or count < 0:
        msg = f"{name} is a whole number of tokens, not {count!r}"
        raise UsageError(msg, field=name)
    return count
