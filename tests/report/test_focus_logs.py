from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from costcalc import Cost, LineItem, UsageError
from costcalc.logs.report import LogReport, LogRow
from costcalc.report.focus import focus_rows

LINE = LineItem("input", 10, 1, Decimal("0.1"), Decimal(1), "image", "", "acme", "big")
COST = Cost(total=Decimal(1), currency="USD", lines=(LINE,))
NONE = Cost(total=Decimal(0), currency="USD", lines=())


def report(by: tuple[str, ...], *keys: tuple[str | None, ...], timezone: str = "UTC") -> LogReport:
    made = tuple(LogRow(key=key, cost=COST, saved=Decimal(0), requests=3) for key in keys)
    return LogReport(
        by=by, rows=made, cost=sum([COST] * len(keys), start=NONE), saved=Decimal(0),
        requests=3 * len(keys), timezone=timezone,
    )  # fmt: skip


def rows(found: LogReport) -> list[dict[str, Any]]:
    return list(focus_rows(found, billing_account_id="org-1"))


@pytest.mark.parametrize(
    ("width", "label", "timezone", "start", "end"),
    [
        ("day", "2026-09-30", "UTC", "2026-09-30", "2026-10-01"),
        ("day", "2026-10-25", "Europe/Berlin", "2026-10-24T22:00", "2026-10-25T23:00"),
        ("week", "2026-W36", "UTC", "2026-08-31", "2026-09-07"),
        ("month", "2026-12", "UTC", "2026-12-01", "2027-01-01"),
        ("year", "2028", "UTC", "2028-01-01", "2029-01-01"),
    ],
)
def test_a_row_is_charged_in_its_period(
    width: str, label: str, timezone: str, start: str, end: str
) -> None:
    (row,) = rows(report((width,), (label,), timezone=timezone))
    assert [row[f"ChargePeriod{each}"] for each in ("Start", "End")] == [
        datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (start, end)
    ]


def test_session_project_and_file_come_along() -> None:
    by = ("session", "day", "month", "project", "format", "file")
    key = ("s", "2026-09-01", "2026-09", "p", "codex", None)
    (row,) = rows(report(by, key))
    assert (row["x_SessionId"], row["x_ProjectName"], row["Tags"]) == ("s", "p", '{"log_format": "codex"}')  # fmt: skip
    assert row["ChargePeriodEnd"] == datetime(2026, 9, 2, tzinfo=UTC)  # the narrowest


def test_the_rows_sum_to_the_report() -> None:
    found = report(("day",), ("2026-09-01",), ("2026-09-02",))
    assert sum(row["BilledCost"] for row in rows(found)) == found.total == 2


def test_a_row_without_a_price_has_no_charge() -> None:
    found = report(("day",), (None,))
    assert rows(replace(found, rows=tuple(replace(row, cost=NONE) for row in found.rows))) == []


@pytest.mark.parametrize(
    ("by", "key", "message"),
    [
        (("session",), ("s",), "by session says not when its calls were made"),
        (("day",), (None,), "3 calls have no time"),
    ],
)
def test_a_report_without_days_is_refused(by: Any, key: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        rows(report(by, key))
