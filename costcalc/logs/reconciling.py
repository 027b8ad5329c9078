"""Holding logs against a bill: what they cost at list prices, and what was charged."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from datetime import timezone as fixed
from decimal import Decimal

from costcalc.assumptions import Assumption
from costcalc.errors import UsageError, nearest_names
from costcalc.logs.bills.bill import Bill
from costcalc.logs.bills.reading import SHAPES, read_bill
from costcalc.logs.pricing import price
from costcalc.logs.reading import read_calls
from costcalc.logs.reconcile_cells import BY, Names, cells_of
from costcalc.logs.reconcile_reasons import Reasons
from costcalc.logs.reconciliation import Reconciliation, ReconciliationRow, added
from costcalc.logs.records import LogRecord, LogRecords
from costcalc.logs.report import LogReport
from costcalc.money import EXACT, ZERO, as_decimal, normal
from costcalc.registry.current import check_registry, current

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from os import PathLike
    from typing import Any

    from costcalc.logs.bills.bill import BillRow
    from costcalc.logs.reading import Paths, Progress
    from costcalc.logs.reconcile_cells import Cell, Key
    from costcalc.logs.report import Unpriced
    from costcalc.registry.registry import Registry

__all__ = ["reconcile"]

_SAME_BILL = ({"amazon", "bedrock"},)
"""Providers of the registry that one bill has together."""
_HOURS = range(-12, 15)
"""Where the clocks of the world stand, in hours from UTC."""
_CENT = Decimal("0.01")


def reconcile(
    source: Paths | LogRecords | Iterable[LogRecord] | LogReport | None,
    bill: Bill | str | PathLike[str],
    *,
    since: date | str | None = None,
    until: date | str | None = None,
    timezone: str | None = None,
    provider: str | None = None,
    exchange: Decimal | int | str | None = None,
    tolerance: Decimal | int | str = _CENT,
    format: str | None = None,  # noqa: A002 - the public word
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> Reconciliation:
    """Hold logs against a bill, and name every difference with the money it accounts for.

    `source` is what `price` takes, or its report by day, model and provider. `bill` is a file that
    `bills.read_bill` knows, or a `Bill`, such as `bills.invoice("123.45")`. Days from `since` on
    and before `until` count; without them those that the bill covers. `timezone` is whose days the
    logs' are; bills of providers have those of UTC. `provider` is whose calls are compared, where
    the bill does not say. `exchange` is the logs' currency for one unit of the bill's. `tolerance`
    is what may remain unexplained: an amount, or a share of the bill such as `"0.5%"`.

    Raises `UsageError` for what cannot be compared, and what `price` and `read_bill` raise.
    """
    prices = registry if registry is not None else current()
    check_registry(prices)
    charged = bill if isinstance(bill, Bill) else read_bill(bill)
    work = _Work(charged, (_day(since), _day(until)), provider, prices)
    records = None if isinstance(source, LogReport) else _records(source, format, progress)
    report = (
        source if isinstance(source, LogReport)
        else price(records, by=BY, timezone=timezone, registry=prices, **work.window)
    )  # fmt: skip
    work.compare(report, records, exchange)
    return work.result(tolerance)


def _records(source: Any, format: str | None, progress: Progress | None) -> LogRecords:  # noqa: A002 - the public word
    """Return records: of paths, or those that were given."""
    if isinstance(source, LogRecords):
        return source
    if source is not None and not isinstance(source, str) and not hasattr(source, "__fspath__"):
        given = list(source)
        if given and isinstance(given[0], LogRecord):
            return LogRecords.of(given)
        source = given
    return read_calls(source, format=format, progress=progress)


def _day(said: date | str | None) -> date | None:
    if said is None or (isinstance(said, date) and not isinstance(said, datetime)):
        return said
    try:
        return date.fromisoformat(str(said))
    except ValueError:
        msg = f"a bill has whole days, and {str(said)!r} is none; write it like '2026-09-01'"
        raise UsageError(msg, at=said) from None


class _Work:
    """A comparison while it is made."""

    def __init__(
        self,
        bill: Bill,
        days: tuple[date | None, date | None],
        provider: str | None,
        registry: Registry,
    ) -> None:
        self._bill = bill
        self._registry = registry
        self._given = days
        start, end = days
        if start is not None and end is not None and start >= end:
            msg = f"nothing lies between {start} and {end}; the end is the first day left out"
            raise UsageError(msg, since=start, until=end)
        # a bill that spans several days in one amount cannot be cut
        self._since = start or bill.since
        self._until = end or bill.until
        self._rows = [row for row in bill.rows if self._is_asked(row)]
        self._provider = provider or bill.provider
        self._sellers = self._sellers_of()
        self._names = Names(registry, self._provider)
        self._said: list[Assumption] = list(bill.assumptions)
        self._half = bill.half

    @property
    def window(self) -> dict[str, Any]:
        """What `price` is asked for: the days that were asked for; else all, to say what is not."""
        if self._bill.by_day:
            return {"since": self._given[0], "until": self._given[1]}
        return {"since": self._since, "until": self._until}

    def _is_asked(self, row: BillRow) -> bool:
        start, end = self._given
        if not self._bill.by_day or row.day is None:
            return True
        return (start is None or row.day >= start) and (end is None or row.day < end)

    def _sellers_of(self) -> frozenset[str]:
        """Return whose calls the bill can have; empty for everybody's."""
        found = {row.provider for row in self._rows if row.provider is not None}
        if self._provider is not None:
            known = self._registry.providers()
            if self._provider not in known:
                near = nearest_names(self._provider, known)
                hint = f"nearest: {', '.join(near)}" if near else "see 'costcalc models'"
                msg = f"unknown provider {self._provider!r}; {hint}"
                raise UsageError(msg, provider=self._provider)
            found = {self._provider}
        together = (each for each in _SAME_BILL if each & found)
        return frozenset(found.union(*together))

    def compare(
        self, report: LogReport, records: LogRecords | None, exchange: Decimal | int | str | None
    ) -> None:
        """Lay both sides beside each other, and take what can be explained."""
        missing = [name for name in BY if name not in report.by]
        if missing:
            msg = (
                "a report to be held against a bill is by day, model and provider, and this one is "
                f"by {', '.join(report.by)}: price(..., by={list(BY)})"
            )
            raise UsageError(msg, by=report.by)
        self._report = report
        if self._bill.by_day and report.timezone != "UTC" and self._bill.kind in SHAPES:
            text = f"days of the logs are those of {report.timezone}, and this bill's those of UTC"
            self._said.append(Assumption("time_zone", text))
        self._exchanged(report, exchange)
        cells, self._others, self._outside = self._cells(report)
        days = [key[0] for key, cell in cells.items() if key[0] and (cell.requests or cell.logged)]
        logged_days = [row.key[report.by.index("day")] for row in report.rows]
        known = sorted(day for day in (*days, *logged_days) if day is not None)
        span = (known[0], known[-1]) if known else (None, None)
        reasons = Reasons(cells, self._half, report.currency, self._registry, span)
        reasons.rounding()
        reasons.charges()
        reasons.time_zone(self._shifted(records, reasons))
        reasons.no_logs()
        reasons.unpriced()
        reasons.missing_models()
        reasons.conditions()
        reasons.lives()
        reasons.factors()
        reasons.tool_fees()
        reasons.missing_days()
        self._reasons = reasons

    def _exchanged(self, report: LogReport, exchange: Decimal | int | str | None) -> None:
        """Bring the bill's amounts into the currency of the logs' prices."""
        bill = self._bill
        if exchange is None:
            if bill.currency != report.currency and bill.rows and report.total:
                msg = (
                    f"the bill is in {bill.currency} and the logs' prices in {report.currency}, "
                    "and no exchange rate is guessed; name it with exchange=, or --exchange: "
                    f"{report.currency} for one {bill.currency}"
                )
                raise UsageError(msg, bill=bill.currency, logs=report.currency)
            return
        rate = as_decimal(exchange, "an exchange rate")
        if rate <= 0:
            raise UsageError(f"an exchange rate is positive, not {exchange}", exchange=exchange)
        self._half = EXACT.multiply(self._half, rate)
        self._rows = [
            replace(row, amount=normal(EXACT.multiply(row.amount, rate))) for row in self._rows
        ]
        text = f"the bill is in {bill.currency}, converted at {rate:f} {report.currency} for one"
        self._said.append(Assumption("conversion", text))

    def _cells(self, report: LogReport) -> tuple[dict[Key, Cell], Decimal, Decimal]:
        """Return the cells of the compared days, what others' calls and other days cost."""
        place = report.by.index("day")
        inside, outside = [], ZERO
        for row in report.rows:
            if self._is_within(row.key[place]):
                inside.append(row)
            else:
                outside = EXACT.add(outside, row.total or ZERO)
        within = replace(report, rows=tuple(inside))
        cells, others = cells_of(within, self._bill, self._rows, self._names, self._sellers)
        return cells, others, outside

    def _is_within(self, day: str | None) -> bool:
        start, end = self._since, self._until
        if day is None:
            return start is None and end is None
        return (start is None or day >= start.isoformat()) and (
            end is None or day < end.isoformat()
        )

    def _shifted(
        self, records: LogRecords | None, reasons: Reasons
    ) -> Iterator[tuple[str, dict[Key, Cell]]]:
        """Iterate over cells with the days of other zones, where a model's might have moved."""
        if records is None or not self._bill.by_day or not self._may_be_moved(reasons):
            return
        for name, zone in self._zones():
            report = price(records, by=BY, timezone=zone, registry=self._registry, **self.window)
            yield name, self._cells(report)[0]

    def _may_be_moved(self, reasons: Reasons) -> bool:
        """Return whether days may begin at another hour: a model has more on one, less on another.

        What moved beyond the bill's days is seen on one side only, so days that are not UTC's may
        always have moved.
        """
        if self._report.timezone != "UTC" and reasons.open():
            return True
        signs: dict[str | None, set[bool]] = {}
        for key in reasons.open():
            signs.setdefault(key[1], set()).add(reasons.cells[key].difference > 0)
        return any(len(each) > 1 for each in signs.values())

    def _zones(self) -> Iterator[tuple[str, Any]]:
        if self._report.timezone != "UTC":
            yield "UTC", UTC
        for hours in _HOURS:
            if hours:
                yield f"UTC{hours:+}", fixed(timedelta(hours=hours))

    def result(self, tolerance: Decimal | int | str) -> Reconciliation:
        """Return the result."""
        cells, report = self._reasons.cells, self._report
        rows = tuple(_row(key, cell) for key, cell in cells.items())
        billed = added(row.billed for row in rows)
        unexplained = [row.unexplained for row in rows]
        return Reconciliation(
            logged=added(row.logged for row in rows),
            billed=billed,
            currency=report.currency,
            rows=rows,
            explanations=tuple(sorted(self._reasons.found, key=lambda each: -abs(each.amount))),
            unexplained=added(unexplained),
            unexplained_rows=added(map(abs, unexplained)),
            tolerance=_tolerance(tolerance, billed),
            kind=self._bill.kind,
            since=self._since,
            until=self._until,
            timezone=report.timezone,
            outside=normal(self._outside),
            others=normal(self._others),
            unpriced=tuple(each for each in report.unpriced if self._concerns(each)),
            assumptions=(*self._said, *report.assumptions),
        )

    def _concerns(self, each: Unpriced) -> bool:
        """Return whether calls without a price can be on the bill."""
        if not self._bill.by_model:
            return not self._sellers or each.provider in {None, *self._sellers}
        cells = self._reasons.cells.items()
        return any(cell.unpriced and key[1] == each.model for key, cell in cells)


def _row(key: Key, cell: Cell) -> ReconciliationRow:
    return ReconciliationRow(
        day=key[0],
        model=key[1],
        item=key[2],
        logged=normal(cell.logged),
        billed=normal(cell.billed),
        requests=cell.requests,
        unexplained=ZERO if cell.reason else normal(cell.difference),
        meters={} if cell.reason else cell.by_meter(),
        reason=cell.reason,
    )


def _tolerance(said: Decimal | int | str, billed: Decimal) -> Decimal:
    """Return a tolerance as an amount: it may be a share of the bill."""
    text = said.strip() if isinstance(said, str) else said
    share = isinstance(text, str) and text.endswith("%")
    number = as_decimal(text[:-1] if isinstance(text, str) and share else text, "a tolerance")
    if number < 0:
        raise UsageError(f"a tolerance is not negative, as {said} is", tolerance=said)
    if not share:
        return normal(number)
    return normal(EXACT.multiply(abs(billed), EXACT.scaleb(number, -2)))
