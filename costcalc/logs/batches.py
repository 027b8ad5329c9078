"""What the results of batches have in common: a response in each line, and what is not billed."""

from __future__ import annotations

from costcalc import instants
from costcalc.errors import UsageError
from costcalc.logs.faults import fault_of
from costcalc.usage.responses import fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable
    from typing import Any

    from costcalc.logs.calls import Call, Calls
    from costcalc.logs.files import LogFile

__all__ = ["NO_RESULT", "add_result", "say_unbilled"]

NO_RESULT = "it is no result of a batch: it has no custom_id"

_UNBILLED = (
    "requests of a batch that failed, expired or were cancelled are not billed, and not among the "
    "calls"
)


def add_result(
    row: Any,
    calls: Calls,
    format: str,  # noqa: A002 - the public word
    file: LogFile,
    line: int,
    key: Hashable,
) -> None:
    """Add the call of a line, whose request succeeded and is billed, whatever its usage says."""
    call: Call
    try:
        call = _call(row, calls, format, file.path, line)
    except UsageError as error:
        body = fields.value(row, "response.body") or fields.value(row, "result.message")
        call = fault_of(
            file, line, error, calls, format=format, model=fields.text(body, "model"),
            at=fields.value(body, "created|created_at"), id=fields.text(body, "id"),
        )  # fmt: skip
    calls.add((format, key), call)


def _call(row: Any, calls: Calls, format: str, file: str, line: int) -> Call:  # noqa: A002 - the public word
    from costcalc.usage.responses.reading import read_response

    usage = read_response(row)
    at = None if usage.at is None else instants.from_datetime(usage.at)
    return calls.take(
        usage, model=usage.model or "", provider=usage.provider, format=format, file=file,
        line=line, at=at,
    )  # fmt: skip


def say_unbilled(calls: Calls) -> None:
    """Count a request that costs nothing."""
    calls.note("unbilled", _UNBILLED)
