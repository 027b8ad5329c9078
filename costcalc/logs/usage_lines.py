"""Plain logs: a usage or a provider's response a line, or a list of them in one document."""

from __future__ import annotations

from costcalc.logs.documents import objects
from costcalc.logs.format import Format
from costcalc.logs.rows import add_row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.logs.calls import Calls
    from costcalc.logs.files import LogFile

__all__ = ["FORMAT"]

_NAME = "usage-lines"


def _read(file: LogFile, calls: Calls) -> None:
    for number, row in objects(file):
        add_row(row, calls, _NAME, file, number)


FORMAT = Format(
    name=_NAME,
    title="lines of usage",
    read=_read,
    marks=(
        (b'"usage"',),
        (b'"input_tokens"',),
        (b'"output_tokens"',),
        (b'"prompt_tokens"',),
        (b'"inputTokens"',),
        (b'"usageMetadata"',),
        (b'"usage_metadata"',),
    ),
    suffixes=(".jsonl", ".json", ".ndjson"),
)
