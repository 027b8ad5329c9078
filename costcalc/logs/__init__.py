"""Logs of agents, batches and gateways: what was called, each call once, and what it cost.

`read` returns the calls of files, folders or the places where agents keep their logs; `price`
returns what they cost by day, model, session or project, to the last digit; `reconcile` holds that
against what `read_bill` reads, or an `invoice`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.logs.bills.bill import Bill, BillRow, invoice
    from costcalc.logs.bills.reading import read_bill
    from costcalc.logs.pricing import price
    from costcalc.logs.reading import read
    from costcalc.logs.reconciliation import Explanation, Reconciliation, ReconciliationRow
    from costcalc.logs.reconciling import reconcile
    from costcalc.logs.records import LogRecord, LogRecords, Reading, Skip
    from costcalc.logs.report import LogReport, LogRow, Unpriced

__all__ = [
    "Bill", "BillRow", "Explanation", "LogRecord", "LogRecords", "LogReport", "LogRow", "Reading",
    "Reconciliation", "ReconciliationRow", "Skip", "Unpriced", "invoice", "price", "read",
    "read_bill", "reconcile",
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
    "reconcile": "reconciling",
    "Reconciliation": "reconciliation",
    "ReconciliationRow": "reconciliation",
    "Explanation": "reconciliation",
    "read_bill": "bills.reading",
    "invoice": "bills.bill",
    "Bill": "bills.bill",
    "BillRow": "bills.bill",
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
