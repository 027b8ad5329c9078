"""Rows of plain usage, one a call: counts as `Usage` or a provider names them, and columns."""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.errors import UsageError, nearest_names
from costcalc.logs.calls import moment_of
from costcalc.logs.faults import fault_of
from costcalc.registry.names import GATEWAYS
from costcalc.usage.responses import fields
from costcalc.usage.responses.response_usage import ResponseUsage
from costcalc.usage.usage import UNIT_METERS, Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from costcalc.logs.calls import Call, Calls
    from costcalc.logs.files import LogFile

__all__ = ["COUNTS", "add_row"]

COUNTS = tuple(name for name in Usage.__dataclass_fields__ if name.endswith("_tokens"))
"""Columns of counts, as `Usage` has them."""
_AT = "at|timestamp|created_at|created|time"
_SESSION, _PROJECT = "session|session_id|sessionId", "project|project_id"
_CONDITIONS = ("service_tier", "batch", "region")


def add_row(row: Any, calls: Calls, format: str, file: LogFile, line: int) -> None:  # noqa: A002 - the public word
    """Add the call of a row; one that is none is skipped, and said.

    The counts stand in the row itself, under `usage`, or in a provider's response under `response`.
    A row with an id is one call wherever it stands.
    """
    if not isinstance(row, Mapping):
        file.skip(line, f"a row is an object with counts, not {type(row).__name__}")
        return
    body = fields.value(row, "response")
    body = body if isinstance(body, Mapping) else row
    try:
        call = _call(row, body, calls, format, file.path, line)
    except UsageError as error:
        if not _is_call(body, error):
            file.skip(line, str(error))
            return
        call = fault_of(
            file, line, error, calls, format=format,
            model=fields.text(row, "model") or fields.text(body, "model"),
            provider=fields.text(row, "provider"), at=_at(row, body),
            session=fields.text(row, _SESSION), project=fields.text(row, _PROJECT),
            id=fields.text(row, "id") or fields.text(body, "id"),
        )  # fmt: skip
    if call.id is None:
        calls.add_alone(call)
    else:
        calls.add((format, call.id), call)


def _call(
    row: Mapping[str, Any],
    body: Mapping[str, Any],
    calls: Calls,
    format: str,  # noqa: A002 - the public word
    file: str,
    line: int,
) -> Call:
    """Return the call of a row; `UsageError` where it is none, or contradicts itself."""
    provider = fields.text(row, "provider")
    usage = _usage(body, provider)
    model = fields.text(row, "model") or usage.model or ""
    call = calls.take(
        usage, model=model, format=format, file=file, line=line, at=moment_of(_at(row, body)),
        provider=provider or _seller(model, usage),
        session=fields.text(row, _SESSION), project=fields.text(row, _PROJECT),
        conditions=_conditions(row),
    )  # fmt: skip
    call.id = fields.text(row, "id") or usage.id
    return call


def _at(row: Mapping[str, Any], body: Mapping[str, Any]) -> Any:
    stated = fields.value(row, _AT)
    return fields.value(body, _AT) if stated is None else stated


def _is_call(body: Mapping[str, Any], error: UsageError) -> bool:
    """Return whether a row that cannot be read states a usage, be it of no known format."""
    if "body" not in error.facts:  # which says that none was found
        return True
    counts = fields.value(body, "usage")
    return isinstance(counts, Mapping) and bool(counts)


def _seller(model: str, usage: ResponseUsage) -> str | None:
    """Return who bills where no column says it: a model's prefix stands over its response's shape.

    A gateway writes such names itself: there the shape says what the prefix does not.
    """
    shaped = usage.provider
    return None if "/" in model and shaped not in GATEWAYS else shaped


def _conditions(row: Any) -> dict[str, str | bool]:
    """Return the conditions that stand in columns."""
    found: dict[str, str | bool] = {}
    for key in _CONDITIONS:
        said = fields.text(row, key)
        if said is not None:
            found[key] = said.lower() in {"true", "1", "yes"} if key == "batch" else said
    return found


def _usage(body: Any, provider: str | None) -> ResponseUsage:
    """Return the usage of a response, or of counts by the names of `Usage`."""
    from costcalc.usage.responses.apis import APIS
    from costcalc.usage.responses.reading import read_response

    counts = fields.value(body, "usage")
    counts = counts if isinstance(counts, Mapping) else body
    named = any(name in counts for name in (*COUNTS, *UNIT_METERS))
    if named and not _strange(counts) and not any(isinstance(v, Mapping) for v in counts.values()):
        return _plain(counts)
    if named and not any(api.fits(body, counts) for api in APIS):
        return _plain(counts)  # which names the count that is not known
    return read_response(body, provider)


def _strange(row: Mapping[str, Any]) -> list[str]:
    """Return the counts of a row that `Usage` does not have."""
    known = {*COUNTS, "total_tokens"}
    return [name for name in row if name.endswith("_tokens") and name not in known]


def _plain(row: Mapping[str, Any]) -> ResponseUsage:
    """Return a usage from counts by the names of `Usage`, which are inclusive."""
    unknown = _strange(row)
    if unknown:
        near = nearest_names(unknown[0], COUNTS)
        hint = f"nearest: {', '.join(near)}" if near else "counts are named as in costcalc.Usage"
        raise UsageError(f"{unknown[0]!r} is no count that is known; {hint}", field=unknown[0])
    counts: dict[str, Any] = {name: fields.count(row, name) for name in COUNTS if name in row}
    stated = fields.count(row, "total_tokens")
    total = counts.get("input_tokens", 0) + counts.get("output_tokens", 0)
    if stated and stated != total:
        msg = f"total_tokens is {stated:,}, and input_tokens and output_tokens are {total:,}"
        raise UsageError(msg, total=stated, parts=total)
    units = {name: fields.count(row, name) for name in UNIT_METERS if name in row}
    requests = fields.count(row, "requests") if fields.has(row, "requests") else None
    return ResponseUsage(**counts, units=units, requests=requests, api="usage")
