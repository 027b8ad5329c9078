"""Spans of traces: their attributes by name, whatever packs them, and calls within calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from costcalc import instants
from costcalc.errors import UsageError
from costcalc.logs.calls import FaultyCall
from costcalc.usage.responses import fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from costcalc.logs.calls import Call, Calls

__all__ = ["Span", "add_call", "flattened", "otlp_span", "otlp_spans"]


@dataclass(frozen=True, slots=True)
class Span:
    """A span of a trace."""

    trace: str
    name: str
    """Its own id."""
    parent: str
    """The id of the span around it; empty where there is none."""
    at: int | None
    """When it began, in microseconds since 1970."""
    attributes: dict[str, Any]
    """By full name, with dots."""
    service: str | None = None
    """The service that it was recorded in."""


_KINDS = ("stringValue", "intValue", "doubleValue", "boolValue")
_NANOSECONDS = 1_000
"""In a microsecond."""


def otlp_spans(document: Any) -> Iterator[tuple[Any, str | None]]:
    """Iterate over the spans of an OTLP/JSON document, each with the service it was recorded in."""
    for resource in fields.items(document, "resourceSpans"):
        named = _attributes(fields.value(resource, "resource")).get("service.name")
        service = named if isinstance(named, str) else None
        for scope in fields.items(resource, "scopeSpans|instrumentationLibrarySpans"):
            for span in fields.items(scope, "spans"):
                yield span, service


def otlp_span(span: Any, service: str | None) -> Span:
    """Return a span of OTLP/JSON, whose 64-bit integers are text.

    https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
    """
    nanoseconds = fields.count(span, "startTimeUnixNano")
    return Span(
        trace=fields.text(span, "traceId") or "",
        name=fields.text(span, "spanId") or "",
        parent=fields.text(span, "parentSpanId") or "",
        at=_instant(nanoseconds),
        attributes=_attributes(span),
        service=service,
    )


def _instant(nanoseconds: int) -> int | None:
    """Return an instant in microseconds; 0 is none. `UsageError` for one beyond all calendars."""
    at = nanoseconds // _NANOSECONDS
    try:
        instants.to_datetime(at)
    except OverflowError:
        msg = f"its time {nanoseconds:,} is no number of nanoseconds since 1970 in any calendar"
        raise UsageError(msg, at=nanoseconds) from None
    return at or None


def _attributes(node: Any) -> dict[str, Any]:
    """Return attributes from a list of keys with typed values."""
    found: dict[str, Any] = {}
    for each in fields.items(node, "attributes"):
        value = fields.value(each, "value")
        kind = next((kind for kind in _KINDS if fields.has(value, kind)), None)
        if kind is not None:
            found[fields.text(each, "key") or ""] = fields.value(value, kind)
    return found


def flattened(node: Any, before: str = "") -> dict[str, Any]:
    """Return attributes by full name, from objects within objects."""
    found: dict[str, Any] = {}
    if isinstance(node, Mapping):
        for key, value in node.items():
            name = f"{before}{key}"
            if isinstance(value, Mapping):
                found.update(flattened(value, f"{name}."))
            else:
                found[name] = value
    return found


def add_call(calls: Calls, span: Span, call: Call) -> None:
    """Keep a span's call, once; a call around another one of its model repeats that one's counts.

    Two instrumentations of one call make spans within each other.
    """
    name = call.shelf.format
    key, around = (name, span.trace, span.name), (name, span.trace, span.parent)
    model = call.shelf.terms[0]
    within: dict[Any, set[str]] = calls.memory.setdefault((name, "within"), {})
    if span.parent and not isinstance(call, FaultyCall):  # which says not what it counted
        within.setdefault(around, set()).add(model)
        outer = calls.found.get(around)
        if outer is not None and _is_same(outer.shelf.terms[0], model):
            del calls.found[around]
            calls.duplicates += 1
    if any(_is_same(model, each) for each in within.get(key, ())):
        calls.duplicates += 1
        return
    calls.add(key, call)


def _is_same(left: str, right: str) -> bool:
    """Return whether two ids may be one model's: as it was asked for, and with its date."""
    left, right = (each.rpartition("/")[2] for each in (left, right))
    return left.startswith(right) or right.startswith(left)
