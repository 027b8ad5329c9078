"""Results of OpenAI's batches, and of others who write the same file.

https://developers.openai.com/api/docs/guides/batch: a line a request, in any order, with the
response or an error. What failed, expired or was cancelled is not billed; the rest at the batch's
rate.
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

_NAME = "openai-batch"
_DONE = 200


def _read(file: LogFile, calls: Calls) -> None:
    for number, row in objects(file):
        name = fields.text(row, "id") or fields.text(row, "response.request_id")
        own = fields.text(row, "custom_id")
        if own is None:
            file.skip(number, NO_RESULT)
            continue
        if fields.value(row, "response.status_code") != _DONE or fields.has(row, "error"):
            say_unbilled(calls)
            continue
        add_result(row, calls, _NAME, file, number, (name or file.path, own))


FORMAT = Format(
    name=_NAME,
    title="results of an OpenAI batch",
    read=_read,
    marks=((b'"custom_id"', b'"status_code"'), (b'"custom_id"', b'"batch_req')),
    suffixes=(".jsonl",),
)
