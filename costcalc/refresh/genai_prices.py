"""The reader of genai-prices: its `data.py`, a module of literal constructors.

Rates are decimals per million tokens, thousand calls or hour already. Three habits of the list
matter: of several prices of a model the last whose constraint holds wins, and where none holds
the first; start dates are UTC dates, so a change at 16:00Z stands hours off; a tier holds above
its `start`, so xAI's inclusive 200k is written 199999.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from costcalc.refresh.documents import UnexpectedError, reading, text_of
from costcalc.refresh.listing import EVERY_MODEL, Facts, Listing
from costcalc.refresh.literals import Record, assigned
from costcalc.refresh.matching import Clause
from costcalc.refresh.providers import our_provider

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from costcalc.refresh.listing import Condition
    from costcalc.refresh.literals import Value
    from costcalc.refresh.matching import Kind

    Items = tuple[tuple[str, Condition], ...]

__all__ = ["NAME", "read"]

NAME: Final = "genai-prices"
"""The list's name in results."""

_METERS: Final[dict[str, str]] = {
    "input_mtok": "input",
    "cache_read_mtok": "cache_read",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_1h",
    "output_mtok": "output",
    "output_reasoning_mtok": "reasoning",
    "output_citation_mtok": "citation",
    "input_audio_mtok": "input_audio",
    "input_image_mtok": "input_image",
    "input_video_mtok": "input_video",
    "cache_audio_read_mtok": "cache_read_audio",
    "cache_image_read_mtok": "cache_read_image",
    "output_audio_mtok": "output_audio",
    "output_image_mtok": "output_image",
    "output_video_mtok": "output_video",
    "input_mchars": "character",
    # Two names of one price: the hours of audio put in, and the older sum of both directions.
    "audio_hours": "audio_second",
    "input_audio_hours": "audio_second",
    "input_document_kpages": "page",
    "input_annotated_document_kpages": "page",
    "input_text_messages_kcount": "text_message",
    "web_searches_kcount": "web_search",
    "social_searches_kcount": "x_search",
    "storage_searches_kcount": "file_search",
    "code_executions_kcount": "code_execution",
    "rerank_searches_kcount": "rerank_search",
    "requests_kcount": "request",
}
"""The list's price keys and our meters; both state the same number of units."""

_KEY_CONDITIONS: Final[dict[str, tuple[str, Condition]]] = {
    "input_annotated_document_kpages": ("annotated", True)
}

_WHEN: Final[dict[tuple[str, str], tuple[str, Condition]]] = {
    ("processing", "batch"): ("batch", True),
    ("speed", "fast"): ("service_tier", "fast"),
    ("route", "mistral/eu"): ("region", "eu"),
}
"""Request contexts that we call otherwise; any other keeps its key and value."""

_DATED: Final = "a date in UTC"

_CLAUSES: Final[dict[str, tuple[Kind, str]]] = {
    "ClauseEquals": ("equals", "equals"),
    "ClauseStartsWith": ("starts_with", "starts_with"),
    "ClauseEndsWith": ("ends_with", "ends_with"),
    "ClauseContains": ("contains", "contains"),
    "ClauseRegex": ("regex", "regex"),
    "ClauseOr": ("or", "or_"),
    "ClauseAnd": ("and", "and_"),
}

_URL: Final = re.compile(r"https?://[^\s,;)\"'`]+[^\s,;.:)\"'`]")


def read(path: str | os.PathLike[str]) -> tuple[Listing, ...]:
    """Return what a genai-prices wheel, or its `data.py`, states.

    Raises `RegistryError`, with file and line, where it is not such a list.
    """
    with reading(path):
        providers = assigned(text_of(path, "genai_prices/data.py"), "providers")
        if not isinstance(providers, list):
            msg = f"expected a list of Provider(...), found {providers!r:.60}"
            raise UnexpectedError(msg, key="providers")
        return tuple(
            listing for each in providers for listing in _provider(_record(each, "Provider"))
        )


def _record(value: Value, name: str) -> Record:
    if isinstance(value, Record) and value.name == name:
        return value
    line = value.line if isinstance(value, Record) else None
    msg = f"expected {name}(...), found {value!r:.60}"
    raise UnexpectedError(msg, line=line)


def _provider(record: Record) -> Iterator[Listing]:
    listed = record.text("id")
    urls = [each for each in record.items("pricing_urls") if isinstance(each, str)]
    remarks = tuple(
        " ".join(record.text(key).split())
        for key in ("description", "price_comments")
        if record.fields.get(key)
    )
    # One maker's separate endpoint is a provider of its own in the list and a condition in ours.
    extra: dict[str, Condition] = {"api": "decisions"} if listed == "openai-decisions" else {}
    yield Listing(
        list_name=NAME,
        provider=our_provider(listed, EVERY_MODEL),
        model=EVERY_MODEL,
        listed_as=listed,
        conditions=extra,
        sources=tuple(urls),
        comments=remarks,
    )
    for each in record.items("models"):
        yield from _model(_record(each, "ModelInfo"), listed, extra)


def _model(record: Record, listed: str, extra: dict[str, Condition]) -> Iterator[Listing]:
    model = record.text("id")
    comment = record.text("price_comments") if record.fields.get("price_comments") else ""
    base = Listing(
        list_name=NAME,
        provider=our_provider(listed, model),
        model=model,
        listed_as=f"{listed}/{model}",
        conditions=extra,
        facts=_facts(record, model),
        sources=tuple(dict.fromkeys(_URL.findall(comment))),
        comments=(" ".join(comment.split()),) if comment else (),
    )
    prices = record.fields.get("prices")
    if isinstance(prices, list):
        yield from _periods(base, [_record(each, "ConditionalPrice") for each in prices])
    else:
        yield from _flat(base, _record(prices, "ModelPrice"))
    for each in record.items("price_variants"):
        yield from _variant(base, _record(each, "PriceVariant"))


def _facts(record: Record, model: str) -> Facts:
    match = _clause(record.fields.get("match"))
    window = record.fields.get("context_window")
    return Facts(
        name=record.text("name") if record.fields.get("name") else None,
        aliases=tuple(name for name in match.names() if name != model),
        match=match,
        context_window=window if isinstance(window, int) else None,
        deprecation="deprecated" if record.fields.get("deprecated") else None,
    )


def _clause(value: Value) -> Clause:
    if not isinstance(value, Record) or value.name not in _CLAUSES:
        msg = f"expected a match clause, one of {', '.join(_CLAUSES)}, found {value!r:.60}"
        raise UnexpectedError(msg, key="match")
    kind, key = _CLAUSES[value.name]
    if kind in {"or", "and"}:
        return Clause(kind, parts=tuple(_clause(each) for each in value.items(key)))
    text = value.text(key)
    if kind == "regex":
        try:
            re.compile(text)
        except re.error:
            value.refuse(key, "a regular expression")
    return Clause(kind, text)


def _periods(base: Listing, prices: list[Record]) -> Iterator[Listing]:
    """Yield one listing a price; it ends where a later entry with a start date takes over."""
    starts = [_start(each) for each in prices]
    for index, record in enumerate(prices):
        period = replace(
            base,
            # The first price also holds where none does, whatever its constraint says.
            start=starts[index] if index else None,
            until=min((start for start in starts[index + 1 :] if start), default=None),
            first_seen=starts[index],
            dated_by=_DATED if starts[index] else None,
            conditions={**base.conditions, **_hours(record)},
        )
        yield from _flat(period, _record(record.fields.get("prices"), "ModelPrice"))


def _variant(base: Listing, record: Record) -> Iterator[Listing]:
    """Yield a price that a request's context selects; one without rates says nothing."""
    when = record.fields.get("when")
    if not isinstance(when, dict):
        record.refuse("when", "a mapping")
    said = ((key, str(value)) for key, value in when.items())
    start = _start(record)
    variant = replace(
        base,
        start=start,
        dated_by=_DATED if start else None,
        conditions={
            **base.conditions,
            **dict(_WHEN.get(each, each) for each in said),
            **_hours(record),
        },
    )
    price = _record(record.fields.get("prices"), "ModelPrice")
    if price.fields:
        yield from _flat(variant, price)


def _constraint(record: Record) -> Record | None:
    found = record.fields.get("constraint")
    known = {"StartDateConstraint", "TimeOfDateConstraint"}
    if found is not None and not (isinstance(found, Record) and found.name in known):
        record.refuse("constraint", " or ".join(sorted(known)))
    return found


def _start(record: Record) -> datetime | None:
    found = _constraint(record)
    if found is None or found.name != "StartDateConstraint":
        return None
    day = found.fields.get("start_date")
    if not isinstance(day, date):
        found.refuse("start_date", "a date")
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _hours(record: Record) -> dict[str, Condition]:
    found = _constraint(record)
    if found is None or found.name != "TimeOfDateConstraint":
        return {}
    first, last = found.fields.get("start_time"), found.fields.get("end_time")
    if not isinstance(first, time) or not isinstance(last, time):
        found.refuse("start_time", "times of day as start_time and end_time")
    return {"hours": f"{first:%H:%M}-{last:%H:%M}"}


def _flat(base: Listing, price: Record) -> Iterator[Listing]:
    """Yield the base rates, then one listing for each tier and each other condition of a price."""
    rates: dict[Items, dict[str, Decimal]] = {(): {}}
    unmapped: dict[str, str] = {}
    for key, value in price.fields.items():
        meter = _METERS.get(key)
        own = (_KEY_CONDITIONS[key],) if key in _KEY_CONDITIONS else ()
        for condition, rate in _tiers(price, key, value):
            if meter is None:
                unmapped[" ".join((key, *(str(said) for _, said in condition)))] = str(rate)
            else:
                rates.setdefault(own + condition, {})[meter] = rate
    for conditions, found in rates.items():
        if not (found or unmapped) and len(rates) > 1:
            continue  # a price with conditions only, such as that of annotated pages
        yield replace(
            base,
            conditions={**base.conditions, **dict(conditions)},
            rates=found,
            unmapped={} if conditions else unmapped,
        )


def _tiers(price: Record, key: str, value: Value) -> Iterator[tuple[Items, Decimal]]:
    """Yield the conditions and the rate of a price: one, or a base and what holds above a start."""
    if isinstance(value, Decimal):
        yield (), value
        return
    tiered = _record(value, "TieredPrices")
    base = tiered.fields.get("base")
    if not isinstance(base, Decimal):
        price.refuse(key, "a Decimal, or tiers of them")
    yield (), base
    for each in tiered.items("tiers"):
        tier = _record(each, "Tier")
        start, rate = tier.fields.get("start"), tier.fields.get("price")
        if not isinstance(start, int) or not isinstance(rate, Decimal):
            tier.refuse("price", "a whole number as start and a Decimal")
        yield (("prompt_tokens", _above(start)),), rate


def _above(start: int) -> str:
    """Return 'more than start' as our conditions write it; 199999 is how the list says >=200k."""
    if (start + 1) % 1000 == 0:
        return f">={(start + 1) // 1000}k"
    return f">{start // 1000}k" if start % 1000 == 0 else f">{start}"
