"""What logs cost: every call once, at the prices of its day, by whatever a report is by."""

from __future__ import annotations

from time import time_ns

from costcalc import instants
from costcalc.assumptions import Assumption
from costcalc.errors import UsageError
from costcalc.logs.calls import HOUR_OF_STAMP, FaultyCall, moment_of
from costcalc.logs.grouping import Grouping, names_of
from costcalc.logs.periods import PERIODS, Zone
from costcalc.logs.reading import read_calls
from costcalc.logs.records import LogRecord, LogRecords
from costcalc.logs.report import LogReport, LogRow
from costcalc.logs.sums import Row, Sums
from costcalc.money import EXACT, ZERO, normal
from costcalc.registry.current import check_registry, current

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date, datetime, tzinfo
    from typing import Any

    from costcalc.logs.calls import Call, Shelf
    from costcalc.logs.grouping import Group
    from costcalc.logs.reading import Paths, Progress
    from costcalc.logs.sums import Lane
    from costcalc.registry.registry import Registry

__all__ = ["price"]


def price(
    source: Paths | LogRecords | Iterable[LogRecord] | None = None,
    *,
    by: str | Sequence[str] = "day",
    since: datetime | date | str | None = None,
    until: datetime | date | str | None = None,
    timezone: str | tzinfo | None = None,
    as_model: str | None = None,
    format: str | None = None,  # noqa: A002 - the public word
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> LogReport:
    """Return what logs cost, each call at the prices of its time.

    `source` is what `read` takes, or what it gave. `by` is day, week, month, year, model, provider,
    session, project, format or file, or several of them. Calls from `since` on and before `until`
    count; a date is its beginning in `timezone`, whose days these are: an IANA name, `local`, or
    None for UTC. `as_model` prices every call as if that model had answered it. Calls without a
    price, those whose record contradicts itself among them, stand in `unpriced`, and the total is
    without them.

    Raises `UsageError` for what cannot be asked, and what `read` raises.
    """
    names = names_of(by)
    zone = Zone(timezone)
    start, end = (None if each is None else zone.instant(each) for each in (since, until))
    if start is not None and end is not None and start >= end:
        msg = f"nothing lies between {since} and {until}; the end is the first instant left out"
        raise UsageError(msg, since=since, until=until)
    prices = registry if registry is not None else current()
    check_registry(prices)
    records = _records(source, format, progress)
    work = _Work(names, zone, (start, end), prices, as_model)
    work.take(records.calls)
    work.take(records.faults)
    return work.report(records)


def _records(source: Any, format: str | None, progress: Progress | None) -> LogRecords:  # noqa: A002 - the public word
    """Return records of paths, or those that were given."""
    if isinstance(source, LogRecords):
        return source
    if source is not None and not _is_path(source):
        given = list(source)
        if given and isinstance(given[0], LogRecord):
            return LogRecords.of(given)
        source = given
    return read_calls(source, format=format, progress=progress)


def _is_path(source: Any) -> bool:
    return isinstance(source, str) or hasattr(source, "__fspath__")


class _Work:
    """A report while its calls are added up."""

    def __init__(
        self,
        names: tuple[str, ...],
        zone: Zone,
        window: tuple[int | None, int | None],
        registry: Registry,
        model: str | None,
    ) -> None:
        self._names = names
        self._zone = zone
        self._window = window
        self._start = instants.NEVER if window[0] is None else window[0]
        self._end = instants.FOREVER if window[1] is None else window[1]
        self._model = model
        self._sums = Sums(registry, model, Grouping(names, zone), time_ns() // 1000)
        self._undated = self._left_out = 0
        self._moments: list[int] = []
        self._stated, self._stated_calls = ZERO, 0

    def take(self, calls: Iterable[Call]) -> None:
        """Add the calls that lie in the window, those of an hour that are alike together."""
        lanes: dict[Shelf, Lane] = {}
        hours: dict[tuple[Lane, str], list[Call]] = {}
        for call in calls:
            shelf, at = call.shelf, call.at
            lane = lanes.get(shelf)
            if lane is None:
                lane = lanes[shelf] = self._sums.lane(call)
            if type(at) is not str or shelf.special:
                self._take_alone(lane, call)
                continue
            key = (lane, at[:HOUR_OF_STAMP])
            bunch = hours.get(key)
            if bunch is None:
                hours[key] = [call]
            else:
                bunch.append(call)
        self._take_hours(hours)

    def _take_hours(self, hours: dict[tuple[Lane, str], list[Call]]) -> None:
        begins: dict[str, int] = {}
        whole: list[tuple[str, list[Call]]] = []
        for (lane, hour), calls in hours.items():
            begin = begins.get(hour)
            if begin is None:
                begin = begins[hour] = moment_of(f"{hour}:00:00Z") or 0
            if self._start <= begin and begin + instants.HOUR <= self._end:
                self._sums.add_hour(lane, begin, calls)
                whole.append((hour, calls))
            elif begin < self._end and begin + instants.HOUR > self._start:
                for call in calls:
                    self._take_alone(lane, call)
        edges = {pick((hour for hour, _ in whole), default="") for pick in (min, max)}
        for hour, calls in whole:
            if hour in edges:
                self._moments += [call.moment or 0 for call in calls]

    def _take_alone(self, lane: Lane, call: Call) -> None:
        """Add one call and its parts, if it lies in the window."""
        at = call.moment
        if at is None and self._window != (None, None):
            self._left_out += 1
            return
        if at is None:
            self._undated += not isinstance(call, FaultyCall)  # which is not priced as of any time
        elif self._start <= at < self._end:
            self._moments.append(at)
        else:
            return
        if call.stated is not None:
            self._stated = EXACT.add(self._stated, call.stated)
            self._stated_calls += 1
        self._sums.add(lane, call, at)
        for part in call.parts:
            self._sums.add(self._sums.lane(part), part, at)

    def report(self, records: LogRecords) -> LogReport:
        """Return the report."""
        sums = self._sums
        sums.close()
        rows = [_row(key, row, sums.currency) for key, row in sums.rows.items()]
        whole = Row()
        for row, made in zip(sums.rows.values(), rows, strict=True):
            if made.cost is not None:
                whole.add(made.cost, row.saved)
            whole.requests += row.requests
            whole.unpriced += row.unpriced
            for name, count in row.quantities.items():
                whole.quantities[name] = whole.quantities.get(name, 0) + count
        cost = whole.cost(sums.currency)
        return LogReport(
            by=self._names,
            rows=_sorted(rows, self._names),
            cost=cost,
            saved=None if cost is None else normal(whole.saved),
            requests=whole.requests,
            quantities=whole.quantities,
            unpriced=sums.unpriced(),
            stated=normal(self._stated) if self._stated_calls else None,
            stated_requests=self._stated_calls,
            since=_moment(self._window[0]),
            until=_moment(self._window[1]),
            first=_moment(min(self._moments, default=None)),
            last=_moment(max(self._moments, default=None)),
            timezone=self._zone.name,
            reading=records.reading,
            assumptions=(*self._said(records), *(() if cost is None else cost.assumptions)),
        )

    def _said(self, records: LogRecords) -> Iterator[Assumption]:
        """Iterate over what kind of figures these are, and what they rest on."""
        if self._model is not None:
            text = f"priced as if {self._model} had answered every call, with the same tokens"
            yield Assumption("as_model", text)
        if records.reading is not None:
            yield from records.reading.assumptions
        if self._undated:
            yield Assumption("undated", f"{_timeless(self._undated)}; priced as of now")
        if self._left_out:
            text = "so that nothing says whether in the window; left out"
            yield Assumption("undated", f"{_timeless(self._left_out)}, {text}")


def _timeless(calls: int) -> str:
    return "1 call states no time" if calls == 1 else f"{calls:,} calls state no time"


def _moment(at: int | None) -> datetime | None:
    return None if at is None else instants.to_datetime(at)


def _row(key: Group, row: Row, currency: str) -> LogRow:
    cost = row.cost(currency)
    return LogRow(
        key=key,
        cost=cost,
        saved=None if cost is None else normal(row.saved),
        requests=row.requests,
        unpriced=row.unpriced,
        quantities=row.quantities,
    )


def _sorted(rows: list[LogRow], names: tuple[str, ...]) -> tuple[LogRow, ...]:
    """Return rows in the order of time, then of what they cost, the dearest first."""

    def place(row: LogRow) -> tuple[Any, ...]:
        times = [
            (part is None, part or "") for name, part in zip(names, row.key, strict=True)
            if name in PERIODS
        ]  # fmt: skip
        return (
            *times,
            row.total is None,
            (row.total or ZERO).copy_negate(),
            [part or "" for part in row.key],
        )

    return tuple(sorted(rows, key=place))
