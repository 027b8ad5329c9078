"""Calls whose record contradicts itself: they were made, and what they cost is not known.

A line that is no call at all is skipped; this one is counted, and has no price.
"""

from __future__ import annotations

from costcalc.errors import UsageError
from costcalc.logs.calls import FaultyCall, moment_of
from costcalc.logs.sellers import sold

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from costcalc.logs.calls import Calls
    from costcalc.logs.files import LogFile

__all__ = ["NoCallError", "fault_of"]


class NoCallError(UsageError):
    """What stands there is no call, whatever else it is."""


def fault_of(
    file: LogFile,
    line: int | None,
    error: UsageError,
    calls: Calls,
    *,
    format: str,  # noqa: A002 - the public word
    model: str | None = None,
    provider: str | None = None,
    at: Any = None,
    session: str | None = None,
    project: str | None = None,
    id: str | None = None,  # noqa: A002 - the public word
) -> FaultyCall:
    """Return a call that was made, for the row of its model and its day; `at` is as stated."""
    name, seller = sold(model or "", provider, calls)
    shelf = calls.shelf(
        model=name, meters=(), format=format, file=file.path, provider=seller, session=session,
        project=project,
    )  # fmt: skip
    shelf.special = True
    calls.faults += 1
    call = FaultyCall(shelf, _moment(at), (), line or 0, id)
    call.fault = file.as_skip(line, str(error))
    return call


def _moment(stated: Any) -> int | None:
    """Return when it was; None where that is what contradicts itself."""
    try:
        return moment_of(stated)
    except UsageError:
        return None
