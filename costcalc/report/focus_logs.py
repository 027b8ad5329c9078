"""The report of logs as charges: each of its rows with its day, session and project."""

from __future__ import annotations

from datetime import date, timedelta

from costcalc import instants
from costcalc.errors import UsageError
from costcalc.logs.periods import PERIODS, Zone
from costcalc.report.focus_charge import Charge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from costcalc.logs.report import LogReport

__all__ = ["charges_of_report"]

_TAGS = ("format", "file")


def charges_of_report(report: LogReport) -> Iterator[Charge]:
    """Iterate over the rows of a report as charges; calls without a price are in none.

    Raises `UsageError` for a report that is by no day, week, month or year, or has calls without
    a time.
    """
    width = next((name for name in PERIODS if name in report.by), None)
    if width is None:
        msg = (
            f"a report by {', '.join(report.by)} says not when its calls were made; price the logs "
            "by day too: costcalc.logs.price(..., by=['day', 'session'])"
        )
        raise UsageError(msg, by=report.by)
    zone = Zone(report.timezone)
    for row in report.rows:
        if row.cost is None or not row.cost.lines:  # nothing of it has a price
            continue
        key = dict(zip(report.by, row.key, strict=True))
        label = key[width]
        if label is None:
            msg = (
                f"{row.requests:,} calls have no time, and FOCUS has no row without one; leave "
                "them out with since=, such as the day of your first call"
            )
            raise UsageError(msg, requests=row.requests)
        start, end = _window(zone, width, label)
        yield Charge(
            row.cost,
            start=start,
            end=end,
            session=key.get("session"),
            project=key.get("project"),
            tags={f"log_{name}": key[name] for name in _TAGS if key.get(name)},
        )


def _window(zone: Zone, width: str, label: str) -> tuple[datetime, datetime]:
    """Return the instants of a day, week, month or year of a zone."""
    if width == "day":
        first = date.fromisoformat(label)
        after = first + timedelta(days=1)
    elif width == "week":
        first = date.fromisoformat(label)  # 2026-W36 is its Monday
        after = first + timedelta(days=7)
    elif width == "month":
        first = date.fromisoformat(f"{label}-01")
        after = (first + timedelta(days=32)).replace(day=1)
    else:
        first = date.fromisoformat(f"{label}-01-01")
        after = first.replace(year=first.year + 1)
    start, end = (instants.to_datetime(zone.instant(each)) for each in (first, after))
    return start, end
