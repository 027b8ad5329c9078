"""All that public lists state about a provider's models, side by side for a person to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from costcalc.refresh.alignment import align
from costcalc.refresh.listing import EVERY_MODEL, condition_text, rates_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from costcalc.refresh.alignment import AlignedModel
    from costcalc.refresh.listing import Facts, Listing

__all__ = ["digest"]

_LEGEND: Final = (
    "# USD per million tokens, thousand calls, hour or piece, as the meter says. A missing rate is",
    "# unstated. '***' marks models that two lists or more know; '~' a list whose pattern alone",
    "# accepts the id. NOW and FUTURE are as of the instant above.",
)


def digest(
    listings: Iterable[Listing], at: datetime, *, provider: str | None = None
) -> Iterator[str]:
    """Yield the lines of a digest of all providers, or of one; well-known models come first."""
    chosen = [each for each in listings if provider in {None, each.provider}]
    for name in sorted({each.provider for each in chosen}):
        yield from _provider(name, [each for each in chosen if each.provider == name], at)


def _provider(name: str, listings: list[Listing], at: datetime) -> Iterator[str]:
    models = align(listings)
    known = [model for model in models if len(model.known_to) > 1]
    yield f"# {name}: {len(models)} models, {len(known)} known to two lists or more, at {_time(at)}"
    yield from _LEGEND
    for each in listings:
        if each.model == EVERY_MODEL:
            said = _statement(each, at) if each.times is not None else ""
            yield f"{each.list_name} on {each.listed_as}{said}{_links(each.sources)}"
            yield from (f"  remark: {text}" for text in each.comments)
    rare = [model for model in models if len(model.known_to) <= 1]
    for model in (*known, *rare):
        yield ""
        yield from _model(model, at)


def _model(model: AlignedModel, at: datetime) -> Iterator[str]:
    names = [*model.known_to, *(f"~{name}" for name in sorted(model.patterned))]
    mark = "*** " if len(model.known_to) > 1 else ""
    yield f"{mark}{model.key}   [{' '.join(names)}]"
    for name, listings in sorted(model.listed.items()):
        rows: dict[str, list[Listing]] = {}
        for each in listings:
            rows.setdefault(each.listed_as, []).append(each)
        for listed_as, own in rows.items():
            yield from _row(f"{name} {listed_as}", own, at)
    for name, said in sorted(model.aliased.items()):
        yield f"  {name} has it as an alias of {said[0].model!r}"
    for name, said in sorted(model.patterned.items()):
        yield f"  ~{name} matches it with {said[0].model!r} ({said[0].facts.match})"


def _row(title: str, listings: Sequence[Listing], at: datetime) -> Iterator[str]:
    """Yield a list's statements on one id; what stands beside all of them is said once."""
    first = listings[0]
    remarks = [text for text in first.comments if all(text in x.comments for x in listings)]
    links = [url for url in first.sources if all(url in x.sources for x in listings)]
    yield "  " + " | ".join((title, *_facts(first.facts))) + _links(links)
    for each in listings:
        own = [url for url in each.sources if url not in links]
        yield f"   {_statement(each, at)}{_links(own)}"
        yield from (f"      remark: {text}" for text in each.comments if text not in remarks)
    yield from (f"    remark: {text}" for text in remarks)


def _facts(facts: Facts) -> Iterator[str]:
    said = {
        "name": facts.name,
        "mode": facts.mode,
        "aliases": ", ".join(facts.aliases),
        "match": facts.match,
        "context": facts.context_window,
        "max output": facts.max_output,
        "min cache prefix": facts.min_cache_tokens,
        "deprecation": facts.deprecation,
    }
    return (f"{name} {value}" for name, value in said.items() if value)


def _statement(each: Listing, at: datetime) -> str:
    """Return one statement: when it holds, under what conditions, and its rates."""
    news = each.first_seen if each.first_seen != each.start else None
    moments = (("from", each.start), ("until", each.until), ("first seen", news))
    dates = [f"{word} {_time(moment)}" for word, moment in moments if moment]
    when = "FUTURE" if each.begins_after(at) else "NOW" if each.holds(at) else "PAST"
    head = " ".join((when, *dates, *((f"({each.dated_by})",) if each.dated_by else ())))
    conditions = f" if {condition_text(each.conditions)}" if each.conditions else ""
    return f" {head}{conditions}: {rates_text(each)}"


def _links(urls: Iterable[str]) -> str:
    return "".join(f" <{url}>" for url in urls)


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z").replace("T00:00:00Z", "")
