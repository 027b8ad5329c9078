"""Logs of agents, batches and gateways: what was called, each call once, and what it cost.

`read` returns the calls of files, folders or the places where agents keep their logs; `price`
returns what they cost by day, model, session or project, to the last digit.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.logs.pricing import price
    from costcalc.logs.reading import read
    from costcalc.logs.records import LogRecord, LogRecords, Reading, Skip
    from costcalc.logs.report import LogReport, LogRow, Unpriced

__all__ = [
    "LogRecord", "LogRecords", "LogReport", "LogRow", "Reading", "Skip", "Unpriced", "price",
    "read",
]  # fmt: skip

_HOMES = {
    "read": "reading",
    "price": "pricing",
    "LogRecord": "records",
    "LogRecords": "records",
    "Reading": "records",
    "Skip": "records",
    "LogReport": "report",
    "LogRow": "report",
    "Unpriced": "report",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from importlib import import_module

    found = getattr(import_module(f"costcalc.logs.{home}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
