"""LiteLLM's spend logs: a row a request, exported from its database or its API.

The table `LiteLLM_SpendLogs` of https://github.com/BerriAI/litellm (1.109.1), as JSON, lines of
JSON or CSV, and the answer of `/spend/logs`. Counts are inclusive; details stand in `metadata`, a
JSON text. `cache_hit` is LiteLLM's own cache and no prompt cache: its answers cost nothing. `spend`
is what LiteLLM worked out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from costcalc.errors import UsageError
from costcalc.logs.calls import moment_of
from costcalc.logs.documents import embedded, rows
from costcalc.logs.entries import Entries
from costcalc.logs.faults import NoCallError
from costcalc.logs.format import Fact, Format
from costcalc.logs.sellers import sold
from costcalc.usage.responses import fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from costcalc.logs.calls import Calls
    from costcalc.logs.files import LogFile
    from costcalc.usage.responses.response_usage import ResponseUsage

__all__ = ["FORMAT"]

_NAME = "litellm"
_COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")
_CACHED = ("cache_read_input_tokens", "cache_creation_input_tokens")
_OWN_CACHE = "answers of LiteLLM's own cache are not billed, and not among the calls"
_FAILED = "requests that failed are not billed, and not among the calls"
_EXCLUSIVE = (
    "a row counts more cached tokens than prompt tokens, as LiteLLM did for Anthropic's own API "
    "(BerriAI/litellm#23342), so its prompt is taken without them"
)


def _read(file: LogFile, calls: Calls) -> None:
    entries = Entries(_NAME, file, calls)
    for number, row in rows(file):
        try:
            _take(row, file, calls, number)
        except NoCallError as error:
            file.skip(number, str(error))
        except UsageError as error:
            _add_fault(row, entries, number, error)


def _add_fault(row: Mapping[str, Any], entries: Entries, number: int, error: UsageError) -> None:
    """Count a request whose row contradicts itself, or says not what was counted."""
    name = fields.text(row, "request_id")
    entries.fault(
        number, error, None if name is None else (_NAME, name), id=name,
        model=fields.text(row, "model"), provider=fields.text(row, "custom_llm_provider"),
        at=fields.value(row, "startTime"), session=fields.text(row, "session_id"),
        project=_project(row),
    )  # fmt: skip


def _take(row: Any, file: LogFile, calls: Calls, number: int) -> None:
    """Add the call of a row, if it is one that was billed."""
    if not isinstance(row, Mapping):
        msg = f"a row is an object with counts, not {type(row).__name__}"
        raise NoCallError(msg)
    if not fields.has(row, "call_type"):
        msg = "it has no call_type, as every row of spend logs has"
        raise NoCallError(msg)
    spend = fields.amount(row, "spend") or None
    if (fields.text(row, "cache_hit") or "").lower() == "true":
        calls.note("unbilled", _OWN_CACHE)
        return
    metadata = embedded(row.get("metadata"))
    usage = _usage(row, metadata, calls)
    if not usage.metered:
        status = fields.text(row, "status") or fields.text(metadata, "status")
        if spend is not None:
            msg = f"it states a spend of {spend:f} USD and no tokens to price"
            raise UsageError(msg, spend=spend)
        if status == "failure":
            calls.note("unbilled", _FAILED)
        return
    model, provider = sold(usage.model or "", usage.provider, calls)
    call = calls.take(
        replace(usage, stated_cost=None), model=model, provider=provider, format=_NAME,
        file=file.path, line=number, at=moment_of(fields.value(row, "startTime")),
        session=fields.text(row, "session_id"),
        project=_project(row), stated=spend,
    )  # fmt: skip
    call.id = fields.text(row, "request_id")
    if call.id is None:
        calls.add_alone(call)
    else:
        calls.add((_NAME, call.id), call)


def _project(row: Mapping[str, Any]) -> str | None:
    return fields.text(row, "team_id") or fields.text(row, "user")


def _usage(row: Mapping[str, Any], metadata: Any, calls: Calls) -> ResponseUsage:
    """Return the usage of the provider where the row has it, else its columns."""
    from costcalc.usage.responses.litellm import LITELLM
    from costcalc.usage.responses.reading import read_response

    whole = embedded(fields.value(metadata, "usage_object"))
    model = fields.text(row, "model")
    seller = fields.text(row, "custom_llm_provider")
    if isinstance(whole, Mapping) and whole and not fields.has(whole, "prompt_tokens"):
        return read_response({"model": model, "usage": whole}, seller)
    more = embedded(fields.value(metadata, "additional_usage_values"))
    columns = {name: fields.count(row, name) for name in _COUNTS}
    usage = dict(whole or {**(more or {}), **columns})
    cached = sum(fields.count(usage, name) for name in _CACHED)
    prompt = fields.count(usage, "prompt_tokens")
    if cached > prompt:
        calls.note("cached_beside", _EXCLUSIVE)
        usage["prompt_tokens"] = prompt + cached
        usage["total_tokens"] = None
    response = {"model": model, "_hidden_params": {"custom_llm_provider": seller}}
    return LITELLM.read(response, usage)


FORMAT = Format(
    name=_NAME,
    title="LiteLLM spend logs",
    read=_read,
    marks=((b"request_id", b"call_type", b"spend"),),
    suffixes=(".json", ".jsonl", ".csv"),
    facts=(
        Fact(
            "stated_cost",
            "LiteLLM's spend is worked out from its own prices and no seller's charge; it stands "
            "beside what the list prices come to",
        ),
    ),
)
