"""Both sides of a reconciliation, cell by cell: a day and a model, or what else a bill charges."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from costcalc.errors import CostcalcError
from costcalc.logs.reconciliation import added
from costcalc.meters import METERS
from costcalc.money import EXACT, ZERO, normal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from costcalc.billing.cost import LineItem
    from costcalc.logs.bills.bill import Bill, BillRow
    from costcalc.logs.report import LogReport
    from costcalc.registry.registry import Registry

Key = tuple["str | None", "str | None", "str | None"]
"""Day, model, and what is charged beside models."""

__all__ = ["BY", "Cell", "Key", "Names", "cells_of"]

BY = ("day", "model", "provider")
"""What a report must be by to be held against any bill."""


@dataclass(slots=True)
class Cell:
    """What logs and bill have for one key: (day, model, item)."""

    logged: Decimal = ZERO
    billed: Decimal = ZERO
    amounts: int = 0
    """Amounts of the bill."""
    requests: int = 0
    unpriced: int = 0
    """Calls without a price."""
    lines: list[LineItem] = field(default_factory=list["LineItem"])
    quantities: dict[str, int] = field(default_factory=dict[str, int])
    meters: dict[str, Decimal] = field(default_factory=dict[str, Decimal])
    """What the bill charges by meter, where it says so."""
    reason: str | None = None

    @property
    def difference(self) -> Decimal:
        """What the bill has more."""
        return EXACT.subtract(self.billed, self.logged)

    def by_meter(self) -> dict[str, Decimal]:
        """Return the difference by meter; empty unless the bill says all of it by meter."""
        found = dict(self.meters)
        if not found or added(found.values()) != self.billed:
            return {}
        for line in self.lines:
            found[line.meter] = EXACT.subtract(found.get(line.meter, ZERO), line.amount)
        return {name: normal(found[name]) for name in METERS if found.get(name)}


class Names:
    """The models of bills as the registry names them, so that both sides name one model alike."""

    def __init__(self, registry: Registry, provider: str | None) -> None:
        self._registry = registry
        self._provider = provider
        self._kept: dict[tuple[str, date | None], str] = {}
        self._shown: dict[str, str] | None = None

    def model(self, said: str, day: date | None) -> str:
        """Return the id that is billed on a day; what is not known stays as it is written."""
        key = (said, day)
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = self._found(said, day)
        return found

    def _found(self, said: str, day: date | None) -> str:
        for name, provider in ((said, self._provider), (self._called(said), self._provider)):
            try:
                info = self._registry.model(name, provider=provider)
            except CostcalcError:
                continue
            gone = info.retired is not None and day is not None and info.retired.date() <= day
            if gone and info.redirects_to:
                return self._found(info.redirects_to, day)
            return info.id
        return said

    def _called(self, said: str) -> str:
        """Return the id of a name for people, such as Claude Opus 5."""
        if self._shown is None:
            models = self._registry.models(provider=self._provider)
            self._shown = {each.name.lower(): each.id for each in models if each.name}
        return self._shown.get(said.lower(), said)


def cells_of(
    report: LogReport, bill: Bill, rows: Iterable[BillRow], names: Names, sellers: frozenset[str]
) -> tuple[dict[Key, Cell], Decimal]:
    """Return the cells of a report and a bill's rows, and what other sellers' calls cost."""
    cells: dict[Key, Cell] = {}
    fees = {row.meter for row in bill.rows if row.model is None and row.meter is not None}
    for row in rows:
        day = row.day.isoformat() if bill.by_day and row.day is not None else None
        model = None if row.model is None else names.model(row.model, row.day)
        item = row.item or (row.meter if bill.by_model and model is None else None)
        cell = cells.setdefault((day, model, item), Cell())
        cell.billed = EXACT.add(cell.billed, row.amount)
        cell.amounts += 1
        if row.meter is not None:
            cell.meters[row.meter] = EXACT.add(cell.meters.get(row.meter, ZERO), row.amount)
    billed = {key[1] for key in cells}
    others = ZERO
    for each in report.rows:
        said = dict(zip(report.by, each.key, strict=True))
        if sellers and not _is_sold(said, sellers, billed):
            others = EXACT.add(others, each.total or ZERO)
            continue
        day = said["day"] if bill.by_day else None
        model = said["model"] if bill.by_model else None
        cell = cells.setdefault((day, model, None), Cell())
        cell.requests += each.requests
        cell.unpriced += each.unpriced
        for meter, count in each.quantities.items():
            cell.quantities[meter] = cell.quantities.get(meter, 0) + count
        for line in () if each.cost is None else each.cost.lines:
            own = line.meter in fees and bill.by_model
            target = cells.setdefault((day, None, line.meter), Cell()) if own else cell
            target.logged = EXACT.add(target.logged, line.amount)
            target.lines.append(line)
    return _kept(cells), others


def _is_sold(
    said: Mapping[str, str | None], sellers: frozenset[str], billed: set[str | None]
) -> bool:
    """Return whether a bill can have a row's calls; without a known seller if it has the model."""
    if said["provider"] is not None:
        return said["provider"] in sellers
    return billed == {None} or said["model"] in billed


def _kept(cells: dict[Key, Cell]) -> dict[Key, Cell]:
    """Return the cells that say something, in the order of days, models and items."""
    order = sorted(cells, key=lambda key: [(part is None, part or "") for part in key])
    return {
        key: cells[key]
        for key in order
        if cells[key].logged or cells[key].billed or cells[key].unpriced
    }
