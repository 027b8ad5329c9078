"""Results of Anthropic's message batches.

https://platform.claude.com/docs/en/build-with-claude/batch-processing: a line a request, in any
order. Only what succeeded is billed, at half the price, which multiplies with that of the cache.
"""

from __future__ import annotations

from costcalc.logs.batches import NO_RESULT, add_result, say_unbilled
from costcalc.logs.documents import objects
from costcalc.logs.format import Format
from costcalc.usage.responses import fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.logs.calls import Calls
    from costcalc.logs.files import LogFile

__all__ = ["FORMAT"]

_NAME = "anthropic-batch"


def _read(file: LogFile, calls: Calls) -> None:
    for number, row in objects(file):
        own = fields.text(row, "custom_id")
        if own is None:
            file.skip(number, NO_RESULT)
            continue
        if fields.text(row, "result.type") != "succeeded":
            say_unbilled(calls)
            continue
        name = fields.text(row, "result.message.id") or file.path
        add_result(row, calls, _NAME, file, number, (name, own))


FORMAT = Format(
    name=_NAME,
    title="results of an Anthropic batch",
    read=_read,
    marks=tuple(
        (b'"custom_id"', b'"result"', f'"{kind}"'.encode())
        for kind in ("succeeded", "errored", "canceled", "expired")
    ),
    suffixes=(".jsonl",),
)
