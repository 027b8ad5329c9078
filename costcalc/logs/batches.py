"""What the results of batches have in common: a response in each line, and what is not billed."""

from __future__ import annotations

from costcalc import instants

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable
    from typing import Any

    from costcalc.logs.calls import Calls

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
    file: str,
    line: int,
    key: Hashable,
) -> None:
    """Add the call of a line; `UsageError` where its response has no usage."""
    from costcalc.usage.responses.reading import read_response

    usage = read_response(row)
    at = None if usage.at is None else instants.from_datetime(usage.at)
    call = calls.take(
        usage, model=usage.model or "", provider=usage.provider, format=format, file=file,
        line=line, at=at,
    )  # fmt: skip
    calls.add((format, key), call)


def say_unbilled(calls: Calls) -> None:
    """Count a request that costs nothing."""
    calls.note("unbilled", _UNBILLED)
