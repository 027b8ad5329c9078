"""Bills: what providers, gateways and clouds export about what they charged, one reader a shape.

`read_bill` reads a file; `invoice` is a bill that is known by its total alone.
"""

from __future__ import annotations

from costcalc.logs.bills.bill import Bill, BillRow, invoice
from costcalc.logs.bills.reading import read_bill

__all__ = ["Bill", "BillRow", "invoice", "read_bill"]
