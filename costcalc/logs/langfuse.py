"""Langfuse's observations: exports to blob storage, tables, or the answer of its API.

https://langfuse.com/docs/api-and-data-platform/features/blob-storage-export-fields has the columns,
https://langfuse.com/docs/observability/features/token-and-cost-tracking the counts: by usage type,
types exclude each other, and `total` is their sum. Their names are up to the integration that
wrote them; those of Langfuse's own models are known here, and no other one is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.errors import UsageError, nearest_names
from costcalc.logs.calls import moment_of
from costcalc.logs.documents import embedded, rows
from costcalc.logs.entries import METERS, Entries
from costcalc.logs.faults import NoCallError
from costcalc.logs.format import Fact, Format
from costcalc.logs.spans import Span, add_call
from costcalc.usage.responses import fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from costcalc.logs.calls import Calls
    from costcalc.logs.entries import Counts
    from costcalc.logs.files import LogFile

__all__ = ["FORMAT"]

_NAME = "langfuse"
_CALLS = frozenset({"GENERATION", "EMBEDDING"})
"""Types of observations whose usage is a call's; others may repeat what is within them."""
_TYPES = {
    "input": "input",
    "input_tokens": "input",
    "prompt_tokens": "input",
    "input_text": "input",
    "output": "output",
    "output_tokens": "output",
    "completion_tokens": "output",
    "output_text": "output",
    "input_cached_tokens": "cache_read",
    "input_cache_read": "cache_read",
    "cache_read_input_tokens": "cache_read",
    "input_cached_content_token_count": "cache_read",
    "cache_creation_input_tokens": "cache_write",
    "input_cache_creation": "cache_write",
    "input_cache_write_tokens": "cache_write",
    "input_cache_creation_5m": "cache_write",
    "input_cache_creation_1h": "cache_write_1h",
    "output_reasoning_tokens": "reasoning",
    "output_reasoning": "reasoning",
    "reasoning_tokens": "reasoning",
    "thoughts_token_count": "reasoning",
    "input_audio": "input_audio",
    "input_audio_tokens": "input_audio",
    "output_audio": "output_audio",
    "output_audio_tokens": "output_audio",
    "input_image": "input_image",
    "input_image_tokens": "input_image",
    "output_rejected_prediction_tokens": "output",
    "output_accepted_prediction_tokens": "output",
}
"""Meters by usage type: worker/src/constants/default-model-prices.json of langfuse/langfuse."""
_MADE = ("reasoning", "output_audio")
"""Meters of the output beside the text."""
_AT = "startTime|start_time"
_TOKENS = "TOKENS"
_WRITTEN = ("cache_creation_input_tokens", "input_cache_creation")
_SPLIT = ("input_cache_creation_5m", "input_cache_creation_1h")
_INCLUSIVE = (
    "the total of an observation is its input and output alone, so that its other counts are parts "
    "of these"
)
_REPEATED = "writes to the cache are counted in all and by their life; they are taken once"


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
    """Add the call of an observation, if it is one with counts."""
    if not isinstance(row, Mapping):
        msg = f"an observation is an object, not {type(row).__name__}"
        raise NoCallError(msg)
    kind = fields.text(row, "type")
    if kind is None:
        msg = "it has no type, as every observation has"
        raise NoCallError(msg)
    if kind.upper() not in _CALLS:
        return
    usage = embedded(fields.value(row, "usageDetails|usage_details"))
    counts = _counts(usage, entries.calls) if isinstance(usage, Mapping) and usage else _legacy(row)
    if not any(counts):
        return
    known = _known(row)
    name, at = known["id"], moment_of(fields.value(row, _AT))
    costs = {"costs": embedded(fields.value(row, "costDetails|cost_details"))}
    total = fields.value(row, "calculatedTotalCost|total_cost|totalCost")
    call = entries.call(
        number, counts, at=at, **known,
        stated=fields.amount(costs, "costs.total") or fields.amount({"total": total}, "total"),
    )  # fmt: skip
    if name is None:
        entries.calls.add_alone(call)
    else:
        parent = fields.text(row, "parentObservationId|parent_observation_id") or ""
        add_call(entries.calls, Span("", name, parent, at, {}), call)


def _add_fault(row: Mapping[str, Any], entries: Entries, number: int, error: UsageError) -> None:
    """Count an observation of a call whose usage is not known, or contradicts itself."""
    known = _known(row)
    key = None if known["id"] is None else (_NAME, "", known["id"])
    entries.fault(number, error, key, at=fields.value(row, _AT), **known)


def _known(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an observation says beside its counts, times and costs."""
    session = fields.text(row, "sessionId|session_id")
    return {
        "id": fields.text(row, "id"),
        "model": fields.text(row, "providedModelName|provided_model_name|model") or "",
        "session": session or fields.text(row, "traceId|trace_id"),
        "project": fields.text(row, "projectId|project_id"),
    }


def _counts(usage: Mapping[str, Any], calls: Calls) -> Counts:
    """Return the counts of usage types; `UsageError` for a type that is not known."""
    found = {name: fields.count(usage, name) for name in usage if name != "total"}
    found = {name: count for name, count in found.items() if count}
    split = sum(found.get(name, 0) for name in _SPLIT)
    for name in _WRITTEN:
        if split and found.get(name) == split:
            del found[name]
            calls.note("repeated", _REPEATED)
    meters: dict[str, int] = {}
    for name, count in found.items():
        meter = _TYPES.get(name)
        if meter is None:
            near = nearest_names(name, _TYPES)
            hint = f"nearest: {', '.join(near)}" if near else f"known: {', '.join(_TYPES)}"
            msg = f"{name!r} is no usage type that is known, and not priced as another one; {hint}"
            raise UsageError(msg, type=name)
        meters[meter] = meters.get(meter, 0) + count
    _check(meters, fields.count(usage, "total"), calls)
    return tuple(meters.get(name, 0) for name in METERS)


def _check(meters: dict[str, int], total: int, calls: Calls) -> None:
    """Hold the counts against the total: those that it leaves out stand within the others."""
    if total in {0, sum(meters.values())}:
        return
    fresh, output = meters.get("input", 0), meters.get("output", 0)
    made = sum(meters.get(name, 0) for name in _MADE)
    given = sum(meters.values()) - fresh - output - made
    if total != fresh + output or given > fresh or made > output:
        msg = f"its total is {total:,}, and its usage types are {sum(meters.values()):,} together"
        raise UsageError(msg, total=total)
    calls.note("response", _INCLUSIVE)
    meters["input"], meters["output"] = fresh - given, output - made


def _legacy(row: Mapping[str, Any]) -> Counts:
    """Return the counts of older exports, which have two."""
    usage = embedded(row.get("usage"))
    unit = fields.text(usage, "unit") or _TOKENS
    if unit != _TOKENS:
        msg = f"its usage is in {unit}, and not in tokens"
        raise UsageError(msg, unit=unit)
    return fields.count(usage, "input"), 0, 0, 0, fields.count(usage, "output"), 0


FORMAT = Format(
    name=_NAME,
    title="Langfuse observations",
    read=_read,
    marks=(
        (b"usageDetails", b"traceId"),
        (b"usage_details", b"trace_id"),
    ),
    suffixes=(".json", ".jsonl", ".csv"),
    facts=(
        Fact(
            "stated_cost",
            "costs that Langfuse states were ingested or worked out from its own prices; they "
            "stand beside what the list prices come to",
        ),
    ),
)
