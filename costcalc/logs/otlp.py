"""Traces in OTLP/JSON, as the OpenTelemetry Collector's file exporter writes them."""

from __future__ import annotations

from costcalc.errors import UsageError
from costcalc.logs.documents import objects
from costcalc.logs.entries import Entries
from costcalc.logs.format import UNTOLD, Fact, Format
from costcalc.logs.span_usages import add_span
from costcalc.logs.spans import otlp_span, otlp_spans

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.logs.calls import Calls
    from costcalc.logs.files import LogFile

__all__ = ["FORMAT"]

_NAME = "otlp"


def _read(file: LogFile, calls: Calls) -> None:
    entries = Entries(_NAME, file, calls)
    for number, document in objects(file):
        for span, service in otlp_spans(document):
            try:
                add_span(entries, number, otlp_span(span, service))
            except UsageError as error:
                file.skip(number, str(error))


FORMAT = Format(
    name=_NAME,
    title="OpenTelemetry traces",
    read=_read,
    marks=((b'"resourceSpans"',),),
    suffixes=(".json", ".jsonl"),
    facts=(Fact("api_equivalent", UNTOLD, "traces"),),
)
