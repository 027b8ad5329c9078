"""Helicone's requests: its export tool's JSON, lines or CSV, and the answer of its API.

https://docs.helicone.ai/tools/export writes the rows of `/v1/request/query-clickhouse`. With bodies
the provider's own usage is in the row and is what counts; else Helicone's counts are, which exclude
each other. Its database keeps a cost as a whole number of 1e-9 USD (`COST_PRECISION_MULTIPLIER` of
https://github.com/Helicone/helicone).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from costcalc.errors import UsageError
from costcalc.logs.calls import moment_of
from costcalc.logs.documents import embedded, rows
from costcalc.logs.entries import Entries
from costcalc.logs.faults import NoCallError
from costcalc.logs.format import Fact, Format
from costcalc.logs.sellers import sold
from costcalc.money import EXACT
from costcalc.usage.responses import fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from costcalc.logs.calls import Call, Calls
    from costcalc.logs.entries import Counts
    from costcalc.logs.files import LogFile

__all__ = ["FORMAT"]

_NAME = "helicone"
_DONE = range(200, 300)
_NO_CACHE = "00000000-0000-0000-0000-000000000000"
"""The id of the request that answered, where none did."""
_OWN = (
    "input", "cacheDetails.cachedInput", "cacheDetails.write5m", "cacheDetails.write1h", "output",
    "thinking",
)  # fmt: skip
_BILLIONTH = Decimal("1e-9")
_OWN_CACHE = "answers of Helicone's own cache are not billed, and not among the calls"
_FAILED = "requests that failed are not billed, and not among the calls"
_EXCLUSIVE = "Helicone's cached tokens are taken to stand beside the prompt's, not within them"


def _read(file: LogFile, calls: Calls) -> None:
    entries = Entries(_NAME, file, calls)
    for number, row in rows(file):
        try:
            _take(row, entries, number)
        except NoCallError as error:
            file.skip(number, str(error))
        except UsageError as error:
            _add_fault(row, entries, number, error)


def _take(row: Any, entries: Entries, number: int) -> None:
    """Add the call of a row, if it is one that was billed."""
    calls = entries.calls
    if not isinstance(row, Mapping):
        msg = f"a row is an object with counts, not {type(row).__name__}"
        raise NoCallError(msg)
    if fields.text(row, "cache_reference_id") not in {None, _NO_CACHE}:
        calls.note("unbilled", _OWN_CACHE)
        return
    status = fields.value(row, "response_status")
    if status is not None and fields.count(row, "response_status") not in _DONE:
        calls.note("unbilled", _FAILED)
        return
    call = _of_body(row, entries, number) or _of_counts(row, entries, number)
    if call is None:
        return
    name = _name(row)
    if name is None:
        calls.add_alone(call)
    else:
        call.id = call.id or name
        calls.add((_NAME, name), call)


def _add_fault(row: Mapping[str, Any], entries: Entries, number: int, error: UsageError) -> None:
    """Count a request whose row contradicts itself, or says not what was counted."""
    name = _name(row)
    entries.fault(
        number, error, None if name is None else (_NAME, name), id=name, model=_model(row),
        provider=fields.text(row, "provider"), at=_stated_at(row), session=_session(row),
        project=fields.text(row, "request_user_id"),
    )  # fmt: skip


def _of_body(row: Mapping[str, Any], entries: Entries, number: int) -> Call | None:
    """Return the call of a provider's own response; None where there is none that can be read."""
    body = embedded(row.get("response_body"))
    if not isinstance(body, Mapping) or not body:
        return None
    from costcalc.usage.responses.reading import read_response

    try:
        usage = read_response(body)
    except UsageError:
        return None
    calls = entries.calls
    model, provider = sold(
        usage.model or _model(row), usage.provider or fields.text(row, "provider"), calls
    )
    call = calls.take(
        replace(usage, stated_cost=None), model=model, provider=provider, format=_NAME,
        file=entries.file.path, line=number, at=_at(row), session=_session(row),
        project=fields.text(row, "request_user_id"), stated=_stated(row),
    )  # fmt: skip
    call.id = None
    return call


def _of_counts(row: Mapping[str, Any], entries: Entries, number: int) -> Call | None:
    usage = fields.value(row, "usage")
    counts = _disjoint(usage) if fields.has(usage, "input") else _columns(row, entries.calls)
    if not any(counts):
        return None
    return entries.call(
        number, counts, model=_model(row), provider=fields.text(row, "provider"), at=_at(row),
        session=_session(row), project=fields.text(row, "request_user_id"), stated=_stated(row),
    )  # fmt: skip


def _disjoint(usage: Any) -> Counts:
    """Return the counts of Helicone's own usage object."""
    for name in ("image", "audio"):
        if fields.count(usage, name):
            msg = f"its usage has tokens of {name}, and says not whether they were read or made"
            raise UsageError(msg, field=name)
    counts = tuple(fields.count(usage, name) for name in _OWN)
    return (*counts, 0, 0, 0, fields.count(usage, "web_search"))


def _columns(row: Mapping[str, Any], calls: Calls) -> Counts:
    """Return the counts of a row's columns."""
    if not fields.has(row, "prompt_tokens|completion_tokens"):
        msg = "it states no counts, and has no response that does"
        raise UsageError(msg)
    fresh, read, written, output, reasoning = (
        fields.count(row, name)
        for name in (
            "prompt_tokens", "prompt_cache_read_tokens", "prompt_cache_write_tokens",
            "completion_tokens", "reasoning_tokens",
        )
    )  # fmt: skip
    if read or written:
        calls.note("cached_beside", _EXCLUSIVE)
    return fresh, read, written, 0, output, reasoning


def _model(row: Mapping[str, Any]) -> str:
    names = ("response_model", "model", "request_model", "model_override")
    return next((text for text in (fields.text(row, name) for name in names) if text), "")


def _name(row: Mapping[str, Any]) -> str | None:
    return fields.text(row, "request_id") or fields.text(row, "response_id|id")


def _stated_at(row: Mapping[str, Any]) -> Any:
    return fields.value(row, "request_created_at|created_at")


def _at(row: Mapping[str, Any]) -> int | None:
    return moment_of(_stated_at(row))


def _session(row: Mapping[str, Any]) -> str | None:
    """Return the session that a request's properties name."""
    return fields.text(embedded(row.get("request_properties")), "Helicone-Session-Id")


def _stated(row: Mapping[str, Any]) -> Decimal | None:
    """Return the cost that Helicone worked out; a whole number is one of its database's."""
    cost = fields.amount(row, "costUSD|cost_usd")
    if cost is not None:
        return cost
    kept = fields.amount(row, "cost")
    if kept is None or "." in str(row.get("cost")) or "e" in str(row.get("cost")).lower():
        return kept
    return EXACT.multiply(kept, _BILLIONTH)


FORMAT = Format(
    name=_NAME,
    title="Helicone requests",
    read=_read,
    marks=((b"response_status", b"request_created_at"), (b'"cacheDetails"',)),
    suffixes=(".json", ".jsonl", ".csv"),
    facts=(
        Fact(
            "stated_cost",
            "Helicone's costs are worked out from its own prices and no seller's charge; they "
            "stand beside what the list prices come to",
        ),
    ),
)
