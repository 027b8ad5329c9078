"""Spans of OpenInference as Phoenix exports them: JSON, or a table with a column an attribute.

https://arize.com/docs/phoenix: `GET /v1/projects/…/spans` has `context`, `parent_id` and
`attributes`; a data frame has the same names with dots between them. Traces in OTLP are read as
such, whichever convention they keep.
"""

from __future__ import annotations

from costcalc.errors import UsageError
from costcalc.logs.calls import moment_of
from costcalc.logs.documents import rows
from costcalc.logs.entries import Entries
from costcalc.logs.format import UNTOLD, Fact, Format
from costcalc.logs.span_usages import add_span
from costcalc.logs.spans import Span, flattened

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from costcalc.logs.calls import Calls
    from costcalc.logs.files import LogFile

__all__ = ["FORMAT"]

_NAME = "openinference"
_BEFORE = "attributes."


def _read(file: LogFile, calls: Calls) -> None:
    entries = Entries(_NAME, file, calls)
    for number, row in rows(file):
        try:
            add_span(entries, number, _span(flattened(row)))
        except UsageError as error:
            file.skip(number, str(error))


def _span(row: dict[str, Any]) -> Span:
    attributes = {
        name.removeprefix(_BEFORE): value for name, value in row.items() if name.startswith(_BEFORE)
    }
    attributes.setdefault("openinference.span.kind", row.get("span_kind", ""))
    return Span(
        trace=str(row.get("context.trace_id", "")),
        name=str(row.get("context.span_id", "")),
        parent=str(row.get("parent_id") or ""),
        at=moment_of(row.get("start_time")),
        attributes=attributes,
    )


FORMAT = Format(
    name=_NAME,
    title="OpenInference spans",
    read=_read,
    marks=((b"context.span_id", b"span_kind"), (b'"span_kind"', b'"context"', b'"attributes"')),
    suffixes=(".json", ".jsonl", ".csv"),
    facts=(Fact("api_equivalent", UNTOLD, "spans"),),
)
