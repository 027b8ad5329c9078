"""The reader of model-prices: its compiled `snapshot.json`, models.dev's history with corrections.

Rates are dollars per million tokens, as floats. The first interval of a timeline has no start and
also covers every earlier time; when the list first had those rates is `first_seen`. A start that
is "documented" comes from a cited source; one that is a "models.dev commit" usually lags the
provider's change by days. A mode is a service tier or a condition, and `batch` is derived: a
factor times the standard rates. Zero may mean unknown, so it is no rate.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from costcalc.refresh.documents import (
    UnexpectedError,
    as_array,
    as_number,
    as_object,
    as_text,
    instant,
    json_object,
    reading,
    text_of,
)
from costcalc.refresh.listing import EVERY_MODEL, Facts, Listing, rates_text
from costcalc.refresh.numbers import plain, tidy
from costcalc.refresh.providers import our_provider

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from costcalc.refresh.documents import Json
    from costcalc.refresh.listing import Condition

    Object = Mapping[str, Json]

__all__ = ["NAME", "read"]

NAME: Final = "model-prices"
"""The list's name in results."""

_SCHEMA: Final = 1
_METERS: Final = ("input", "cache_read", "cache_write", "output")
_DAY: Final = "24:00"

_MODES: Final[dict[str, dict[str, Condition]]] = {
    "standard": {},
    "batch": {"batch": True},
    "thinking": {"thinking": True},
}
"""Modes that are no service tier."""

_LONG_WRITE: Final = {"openai": "cache_write_12h"}
"""The meter of the list's one-hour factor, where the provider's longer cache life is another."""


def read(path: str | os.PathLike[str]) -> tuple[Listing, ...]:
    """Return what a model-prices wheel, or its `snapshot.json`, states.

    Raises `RegistryError`, with file and key, where it is not such a list.
    """
    with reading(path):
        snapshot = json_object(text_of(path, "model_prices/snapshot.json"))
        if snapshot.get("schema") != _SCHEMA:
            msg = f"expected a snapshot of schema {_SCHEMA}, found {snapshot.get('schema')!r}"
            raise UnexpectedError(msg, key="schema")
        return tuple(_snapshot(snapshot))


def _objects(value: Json, key: str) -> list[dict[str, Json]]:
    return [as_object(each, key) for each in as_array(value, key)]


def _snapshot(snapshot: Object) -> Iterator[Listing]:
    schedules = as_object(snapshot.get("schedules", {}), "schedules")
    calendars = as_object(schedules.get("holidays", {}), "holidays")
    aliases = _aliases(snapshot)
    statuses = as_object(snapshot.get("status", {}), "status")
    rules = _objects(schedules.get("schedule", []), "schedule")
    for provider, models in as_object(snapshot.get("prices"), "prices").items():
        yield _remarks(snapshot, provider)
        status = as_object(statuses.get(provider, {}), f"status.{provider}")
        for model, modes in as_object(models, provider).items():
            facts = Facts(
                aliases=tuple(aliases[provider, model]),
                deprecation=next(iter(_texts(status, model)), None),
            )
            base = Listing(
                list_name=NAME,
                provider=our_provider(provider, model),
                model=model,
                listed_as=f"{provider}/{model}",
                facts=facts,
            )
            yield from _modes(base, as_object(modes, base.listed_as))
        for rule in rules:
            if rule.get("provider") == provider:
                yield from _schedule(rule, provider, calendars)


def _modes(base: Listing, modes: Object) -> Iterator[Listing]:
    for mode in sorted(modes, key=lambda name: (name != "standard", name)):
        key = f"{base.listed_as}.{mode}"
        yield from _timeline(base, mode, _objects(modes[mode], key), key)


def _aliases(snapshot: Object) -> defaultdict[tuple[str, str], list[str]]:
    """Return each model's other names: the list's aliases, and the names its lab uses."""
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    named = as_object(snapshot.get("aliases", {}), "aliases")
    for alias, target in as_object(named.get("models", {}), "aliases.models").items():
        provider, _, model = as_text(target, alias).partition("/")
        found[provider, model].append(alias)
    for provider, names in as_object(snapshot.get("bases", {}), "bases").items():
        for alias, model in as_object(names, f"bases.{provider}").items():
            found[provider, as_text(model, alias)].append(alias)
    return found


def _remarks(snapshot: Object, provider: str) -> Listing:
    """Return what the list says of a provider: its age, subscription plans, unpriced models."""
    history = as_object(snapshot.get("models_dev", {}), "models_dev")
    comments = [
        f"models.dev of {history.get('committed_at')}, updated {snapshot.get('updated_at')}"
    ]
    for plan in _objects(snapshot.get("plans", []), "plans"):
        if plan.get("provider") == provider:
            price = plain(as_number(plan.get("usd_per_month"), "usd_per_month"))
            comments.append(f"subscription {plan.get('name')}: ${price} a month")
    comments += [
        f"{each.get('model')} has no price per token, estimated as {each.get('like')}: "
        f"{each.get('reason')}"
        for each in _objects(snapshot.get("estimates", []), "estimates")
        if each.get("provider") == provider
    ]
    return Listing(
        list_name=NAME,
        provider=our_provider(provider, EVERY_MODEL),
        model=EVERY_MODEL,
        listed_as=provider,
        comments=tuple(comments),
    )


def _schedule(rule: Object, provider: str, calendars: Object) -> Iterator[Listing]:
    """Yield a time-of-day rule: a factor in peak hours, or one a model in off-peak hours."""
    key = f"schedule.{provider}"
    base = Listing(
        list_name=NAME,
        provider=our_provider(provider, EVERY_MODEL),
        model=EVERY_MODEL,
        listed_as=provider,
        start=instant(rule.get("valid_from"), key),
        until=instant(rule.get("valid_until"), key),
        dated_by="documented",
        sources=_texts(rule, "source"),
        comments=(*_texts(rule, "note"), *_calendar(rule, calendars)),
    )
    if "off_peak_hours_utc" in rule:
        hours = _hours(rule["off_peak_hours_utc"], key)
        for model, factor in as_object(rule.get("off_peak_multiplier"), key).items():
            yield replace(
                base,
                model=model,
                listed_as=f"{provider}/{model}",
                conditions={"hours": hours},
                times=tidy(as_number(factor, key)),
            )
        return
    conditions: dict[str, Condition] = {"hours": _hours(rule.get("peak_hours_utc"), key)}
    if rule.get("weekdays_only"):
        conditions["days"] = "mon-fri"
    if rule.get("holidays"):
        conditions["not_holiday"] = str(rule["holidays"])
    factor = tidy(as_number(rule.get("peak_multiplier"), key))
    yield replace(base, conditions=conditions, times=factor)


def _texts(found: Object, *keys: str) -> tuple[str, ...]:
    said = (found.get(key) for key in keys)
    return tuple(" ".join(each.split()) for each in said if isinstance(each, str))


def _calendar(rule: Object, calendars: Object) -> tuple[str, ...]:
    name = rule.get("holidays")
    if not isinstance(name, str) or name not in calendars:
        return ()
    calendar = as_object(calendars[name], f"holidays.{name}")
    dates = as_array(calendar.get("dates"), f"holidays.{name}.dates")
    span = f"UTC offset {calendar.get('utc_offset_hours')} h, to {calendar.get('covers_through')}"
    said = f"holidays {name}, {span} <{calendar.get('source')}>: {' '.join(map(str, dates))}"
    return (said,)


def _hours(windows: Json, key: str) -> tuple[str, ...]:
    found: list[str] = []
    for each in as_array(windows, key):
        first, last = (as_text(clock, key) for clock in as_array(each, key))
        found.append(f"{first}-{_DAY if last == '00:00' else last}")
    return tuple(found)


def _timeline(
    base: Listing, mode: str, intervals: list[dict[str, Json]], key: str
) -> Iterator[Listing]:
    """Yield a mode's intervals, each until the next one's start, with their context tiers."""
    conditions = _MODES.get(mode, {"service_tier": mode})
    starts: list[datetime | None] = [instant(each.get("start"), key) for each in intervals]
    for each, start, until in zip(intervals, starts, [*starts[1:], None], strict=True):
        period = replace(base, start=start, until=until, conditions=conditions)
        yield from _interval(period, each, key)


def _interval(period: Listing, interval: Object, key: str) -> Iterator[Listing]:
    recorded = _recorded(period, interval, key)
    if interval.get("rates") is None:
        yield replace(period, offered=False, comments=recorded)
        return
    stated = as_object(interval["rates"], key)
    dated = replace(
        period,
        first_seen=instant(stated.get("valid_from"), key),
        dated_by=next(iter(_texts(stated, "valid_from_basis")), None),
        sources=_texts(stated, "source"),
    )
    standard, *tiers = _priced(dated, stated, key)
    linked = stated.get("model")
    via = (f"priced as {linked}",) if isinstance(linked, str) else ()
    yield replace(standard, comments=recorded + via)
    yield from tiers


def _recorded(period: Listing, interval: Object, key: str) -> tuple[str, ...]:
    """Return what models.dev alone had, where the list corrects its rates."""
    if "recorded" not in interval:
        return ()
    said = interval["recorded"]
    recorded = [] if said is None else list(_priced(period, as_object(said, key), key))
    now = interval.get("rates")
    if now is not None and _same(recorded, list(_priced(period, as_object(now, key), key))):
        return ()  # the correction is of the source or the date alone
    texts = (f"{each.conditions.get('prompt_tokens', '')} {rates_text(each)}" for each in recorded)
    return (f"models.dev alone: {'; '.join(map(str.strip, texts)) or 'not offered'}",)


def _same(one: list[Listing], other: list[Listing]) -> bool:
    return [(each.conditions, each.rates, each.zeros) for each in one] == [
        (each.conditions, each.rates, each.zeros) for each in other
    ]


def _priced(period: Listing, stated: Object, key: str) -> Iterator[Listing]:
    """Yield an interval's rates, then those of its tiers, which hold above a prompt size."""
    multiple = stated.get("cache_write_1h_multiple")
    for tier in ({}, *_objects(stated.get("tiers", []), key)):
        conditions = dict(period.conditions)
        if tier:
            above = as_number(tier.get("above"), key)
            conditions["prompt_tokens"] = f">{plain(above / 1000)}k"
        found = {
            meter: tidy(as_number(said, key))
            for meter in _METERS
            if (said := (tier or stated).get(meter)) is not None
        }
        rates = {meter: rate for meter, rate in found.items() if rate}
        if multiple is not None and "input" in rates and "cache_write" in rates:
            # The factor stands with models that take no cache writes too; there it says nothing.
            rates[_long_write(period)] = tidy(rates["input"] * as_number(multiple, key))
        zeros = tuple(meter for meter, rate in found.items() if not rate)
        yield replace(period, conditions=conditions, rates=rates, zeros=zeros)


def _long_write(period: Listing) -> str:
    return _LONG_WRITE.get(period.provider, "cache_write_1h")
