"""What a price file may say: the grammar as closed models, and the source of its JSON schema.

The sentences below each field are what editors show and what the reference prints.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    create_model,
    model_validator,
)

from costcalc import instants
from costcalc.errors import nearest_names
from costcalc.meters import METERS
from costcalc.registry import conditions as conds
from costcalc.registry.closed import Closed
from costcalc.registry.scalars import (
    Comparison,
    Count,
    Currency,
    Day,
    Duration,
    Factor,
    Grain,
    Instant,
    MeterName,
    Name,
    ProviderId,
    Rate,
    Text,
    Value,
    Values,
    check_order,
)

__all__ = [
    "Alias",
    "CachePolicy",
    "Calendar",
    "Condition",
    "Model",
    "Period",
    "PriceFile",
    "Rule",
    "schema_text",
]


class _Sourced(Closed):
    """Where numbers were read; inherited downwards and shown in every result."""

    source: Text | None = None
    """Page on which these numbers were read."""
    checked: Instant | None = None
    """Day on which somebody last compared these numbers with the source."""
    note: Text | None = None
    """What a reader of a bill should know; shown in every result."""


class _Grained(Closed):
    """The grains in which quantities are billed."""

    minimum: dict[MeterName, Count] | None = None
    """Least quantity that a request which has any is billed for, by meter, in base units."""
    round_up: dict[MeterName, Grain] | None = None
    """Grain to which a request's quantity is rounded up, by meter, in base units."""


if TYPE_CHECKING:

    class _Rates(_Sourced):
        """Rates by meter."""

else:
    _Rates = create_model(
        "_Rates",
        __base__=_Sourced,
        **{
            each.name: (
                Rate | None,
                Field(None, description=f"Price of {each.about}, per {each.unit}."),
            )
            for each in METERS.values()
        },
    )


class Condition(BaseModel):
    """When a rule holds: all keys must hold, and a list means any of its values."""

    model_config = ConfigDict(extra="allow", frozen=True, use_attribute_docstrings=True)
    prompt_tokens: Comparison | list[Comparison] | None = None
    """All input tokens of one request, cached included, such as ">272k" or ">=200k"."""
    output_tokens: Comparison | list[Comparison] | None = None
    """Output tokens of one request, such as "<=0.2k"."""
    service_tier: Values | None = None
    """Tier that served the request, such as flex or [priority, fast]."""
    batch: bool | None = None
    """Whether the request ran in a batch."""
    region: Values | None = None
    """Region or data residency that the request was bound to."""
    channel: Values | None = None
    """Sales channel of a promotion, such as partner tools."""
    hours: Text | list[Text] | None = None
    """UTC windows "01:00-04:00", start inclusive; one that wraps belongs to its first day."""
    days: Text | list[Text] | None = None
    """Weekdays in UTC, such as mon-fri or [sat, sun]."""
    not_holiday: Text | None = None
    """Calendar on whose holidays, in its own zone, the rule does not hold."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        known = type(self).model_fields
        for key in self.model_fields_set:
            said = (self.model_extra or {}).get(key, getattr(self, key, None))
            if said is None or said == []:
                msg = f"condition {key!r} has no value; write one, or take the key out"
                raise ValueError(msg)
        for key, value in (self.model_extra or {}).items():
            if not all(isinstance(each, str | int) for each in conds.as_list(value)):
                msg = f"the value of condition {key!r} is text, a whole number, true or false"
                raise ValueError(msg)
            if not re.fullmatch(r"[a-z][a-z0-9_]*", key):
                msg = f"condition key {key!r} is not lower_snake_case"
                raise ValueError(msg)
            near = nearest_names(key, known, 1, alike=0.85)
            if near:
                msg = f"unknown condition {key!r}; did you mean {near[0]!r}?"
                raise ValueError(msg)
        for window in conds.as_list(self.hours):
            conds.parse_hours(window)
        conds.parse_days(self.days)
        return self


class Rule(_Grained, _Rates):
    """Conditions with other rates, grains or factors, or word that this is not sold."""

    when: Condition = Field(alias="if")
    """When the rule holds."""
    times: Factor | dict[MeterName, Factor] | None = None
    """Factor on all token and media meters, or on exactly the meters that it names."""
    offered: Literal[False] | None = None
    """`false`: this combination is not sold."""
    from_: Instant | None = Field(None, alias="from")
    """First instant of the rule."""
    until: Instant | None = None
    """First instant after the rule."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        rates = any(getattr(self, name) is not None for name in METERS)
        changes = rates or self.times is not None or bool(self.minimum or self.round_up)
        if not changes and self.offered is None:
            msg = "a rule needs rates, 'times', 'minimum', 'round_up' or 'offered: false'"
            raise ValueError(msg)
        if self.offered is False and changes:
            msg = "a combination that is not offered has no rates"
            raise ValueError(msg)
        check_order(self.from_, self.until)
        return self


class _CacheKind(Closed):
    min_tokens: Count | None = None
    """Shortest prompt prefix that is cached; absent means 0."""
    ttl: (
        dict[Literal["cache_read", "cache_write", "cache_write_1h", "cache_write_12h"], Duration]
        | None
    ) = None
    """Life by cache meter (`cache_read` where writes are free); absent means it never expires."""
    refresh_on_read: bool | None = None
    """Whether a read starts the life anew."""


class AutomaticCache(_CacheKind):
    """A cache that the provider fills by itself."""

    increment: Count | None = None
    """Grain in which a prefix is cached beyond the minimum, in tokens."""
    caches_output: bool | None = None
    """Whether replies are cached too."""
    whole_prompts: bool | None = None
    """Whether a prompt is found again only where a later one begins with all of it; absent means
    that any part which two prompts begin with is found."""


class ExplicitCache(_CacheKind):
    """A cache that the caller asks for."""

    max_breakpoints: Count | None = None
    """How many prefixes one request can mark."""
    creation_billed: bool | Literal["unknown"] | None = None
    """Whether creating an entry is billed at the input rate, where no write meter is."""


class CachePolicy(Closed):
    """How prompts are cached, by kind; merged key by key, and null takes a kind away."""

    automatic: AutomaticCache | None = None
    """The cache that needs no request."""
    explicit: ExplicitCache | None = None
    """The cache with breakpoints, or a named cache object."""


class Period(_Grained, _Rates):
    """A dated price list: rates that hold from an instant until another."""

    from_: Instant | None = Field(None, alias="from")
    """First instant of these rates; only a first period may leave it out, its start is unknown."""
    until: Instant | None = None
    """First instant after these rates; absent, they hold until the next period."""
    rules: tuple[Rule, ...] = ()
    """What changes the rates, in order: the last absolute rate wins, all factors multiply."""
    cache: CachePolicy | None = None
    """What differs from the model's cache policy."""
    allowance: dict[MeterName, Text] | None = None
    """What is free for a time, by meter, in words: named in results, never deducted."""


class Alias(Closed):
    """Another name of the model, for a time or under implied conditions."""

    id: Name
    """The other name."""
    from_: Instant | None = Field(None, alias="from")
    """First instant at which the name means this model."""
    until: Instant | None = None
    """First instant at which it no longer does."""
    conditions: dict[str, Value] | None = None
    """Conditions that the name implies, such as a region."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        check_order(self.from_, self.until)
        return self


class Dispute(Closed):
    """The other reading of a redirect."""

    to: Name
    """The id that the other reading names."""
    source: Text
    """Who says so."""


class Model(Period):
    """One id that a provider bills."""

    name: Text | None = None
    """Name for people."""
    aliases: tuple[Name | Alias, ...] = ()
    """Other exact names of the id."""
    maker: ProviderId | None = None
    """The provider that makes the model, where it is not this one."""
    context_window: Annotated[int, Field(strict=True, gt=0)] | None = None
    """Most tokens that input and output may have together."""
    max_output: Annotated[int, Field(strict=True, gt=0)] | None = None
    """Most output tokens of one request."""
    tokenizer: Text | None = None
    """Name of the vocabulary or calibration that counts its tokens; null takes the file's away."""
    media: Text | None = None
    """Name of the rules that count its images, audio, video and PDF; null takes the file's away."""
    output_tokens_per_second: Rate | None = None
    """Typical speed, for durations only."""
    retired: Instant | None = None
    """Instant from which the id is no longer served as itself."""
    redirects_to: Name | None = None
    """The id that serves it, and bills it, after it retired."""
    redirect_disputed: Dispute | None = None
    """The other reading of the redirect, where sources differ."""
    replacement: Name | None = None
    """The id that the provider recommends instead, where it serves nothing itself."""
    prices: tuple[Period, ...] = ()
    """The dated price lists, oldest first; without it the model's own rates are one open period."""

    @model_validator(mode="after")
    def _one_way_to_say_prices(self) -> Self:
        own = sorted((self.model_fields_set & _PERIOD_KEYS) - _SHARED_KEYS)
        if self.prices and own:
            said = ", ".join(each.rstrip("_") for each in own)
            msg = f"{said} stands beside 'prices'; move it into a period"
            raise ValueError(msg)
        if not self.prices and not own:
            msg = "a model needs rates, or 'prices' with periods"
            raise ValueError(msg)
        if (self.redirects_to or self.replacement) and not self.retired:
            msg = "'redirects_to' and 'replacement' need 'retired'"
            raise ValueError(msg)
        if self.redirect_disputed and not self.redirects_to:
            msg = "'redirect_disputed' needs 'redirects_to'"
            raise ValueError(msg)
        _check_periods(self.prices)
        check_order(self.from_, self.until)
        return self


_SHARED_KEYS = {"source", "checked", "note", "cache"}
_PERIOD_KEYS = set(Period.model_fields)


def _check_periods(periods: tuple[Period, ...]) -> None:
    """Refuse price lists that overlap, stand out of order or begin at an unknown instant."""
    end: int | None = None
    start: int | None = None
    for number, period in enumerate(periods, 1):
        if number > 1 and period.from_ is None:
            msg = f"period {number} needs 'from'; only the first may have no known start"
            raise ValueError(msg)
        begin = instants.parse(period.from_) if period.from_ else None
        if begin is not None and start is not None and begin <= start:
            msg = f"period {number} from {period.from_} does not come after the one before it"
            raise ValueError(msg)
        if begin is not None and end is not None and begin < end:
            msg = (
                f"period {number} from {period.from_} overlaps the one before it, "
                f"which holds until {instants.to_text(end)}"
            )
            raise ValueError(msg)
        end = instants.parse(period.until) if period.until else None
        if end is not None and begin is not None and end <= begin:
            msg = f"period {number}: until {period.until} is not after from {period.from_}"
            raise ValueError(msg)
        start = begin


class Calendar(_Sourced):
    """Public holidays: dates in a time zone, and how far they are known."""

    zone: Text
    """IANA time zone in which the dates are days, such as Asia/Shanghai."""
    dates: tuple[Day, ...]
    """The holidays, each a date."""
    until: Day | None = None
    """First day for which the holidays are not yet published."""


class PriceFile(_Grained, _Sourced):
    """One provider's prices; its grains are those of its fees."""

    provider: ProviderId
    """Id of the provider."""
    name: Text | None = None
    """Name for people."""
    currency: Currency = "USD"
    """Currency of every rate in the file (ISO 4217); never converted."""
    prefixes: tuple[ProviderId, ...] = ()
    """Other spellings of the provider before a model id, such as x-ai in x-ai/grok-4.3."""
    resells: bool = False
    """True where the models are other labs' and carry their `maker`."""
    cache: CachePolicy | None = None
    """Cache policy of all its models."""
    tokenizer: Text | None = None
    """What counts the tokens of its models that have a rate of `input` and name none themselves."""
    media: Text | None = None
    """Rules that count the media of its models that have a rate of `input` and name none."""
    fees: dict[MeterName, Rate] = Field(default_factory=dict)
    """Rates of fee meters for all its models."""
    rules: tuple[Rule, ...] = ()
    """Rules for every model, applied before a period's own."""
    calendars: dict[str, Calendar] = Field(default_factory=dict)
    """Holiday calendars that the rules name."""
    models: dict[Name, Model]
    """The models by id."""


class CalendarFile(_Sourced):
    """Calendars that several providers need."""

    calendars: dict[str, Calendar]
    """The calendars by name."""


def schema_text() -> str:
    """Return the JSON schema of a price file, for editors: `pricing/schema.json`."""
    schema = TypeAdapter[PriceFile | CalendarFile](PriceFile | CalendarFile).json_schema()
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A price file of costcalc",
    }
    return json.dumps({**head, **schema}, indent=2, ensure_ascii=False) + "\n"
