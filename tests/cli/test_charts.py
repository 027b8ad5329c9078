from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from costcalc.report.bars import bar
from costcalc.report.timeline import Step, steps

D = Decimal


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


BARS = [
    ("10", 4, False, "████"), ("5", 4, False, "██"), ("1", 4, False, "▍"),
    ("0.0001", 4, False, "▏"),
    ("0", 4, False, ""), ("10", 4, True, "####"), ("0.0001", 4, True, "#"), ("10", 0, False, "▏"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "width", "ascii_only", "drawn"),
    BARS,
    ids=[f"{value} of 10 in {width} is {drawn!r}" for value, width, _, drawn in BARS],
)
def test_bars(value: str, width: int, ascii_only: bool, drawn: str) -> None:  # noqa: FBT001
    assert bar(D(value), D(10), width, ascii_only=ascii_only) == drawn


def test_there_is_no_bar_where_all_are_free() -> None:
    assert bar(D(0), D(0), 9, ascii_only=False) == ""


PARTS = [
    Step(day("2025-01-01"), day("2025-06-01"), D(1)),
    Step(day("2025-06-01"), day("2025-09-01"), D(4)),
    Step(day("2025-09-01"), None, D(2)),
]
LABELS = ["$1", "$4", "$2"]


def test_a_chart_rises_falls_and_dots_what_is_to_come() -> None:
    lines = steps(PARTS, LABELS, day("2025-11-01"), 44, ascii_only=False)
    assert lines == [
        " $4 ┤                  ┌──────────┐",
        "    │                  │          │",
        " $2 ┤                  │          └──────╌╌╌",
        " $1 ┤──────────────────┘",
        "    │",
        "    └" + "─" * 39,
        "                                    now ▲",
        "     2025-01-01                   2025-11-26",
    ]


def test_a_chart_in_ascii() -> None:
    lines = steps(PARTS, LABELS, day("2025-11-01"), 44, ascii_only=True)
    assert lines[0] == " $4 |                  +----------+"
    assert lines[2].endswith("+------...")
    assert all(line.isascii() for line in lines)


def test_a_gap_is_empty_and_an_unknown_start_begins_before_the_first_date() -> None:
    parts = [Step(None, day("2025-02-01"), D(2)), Step(day("2025-08-01"), day("2025-12-01"), D(2))]
    lines = steps(parts, ["2.00", "2.00"], day("2025-10-01"), 60, ascii_only=True)
    assert lines[0].startswith(" 2.00 |----")
    assert "-    " in lines[0]
    assert lines[-1].split() == ["2025-01-06", "2025-12-01"]


def test_values_that_share_a_line_are_marked_as_about() -> None:
    parts = [
        Step(day("2025-01-01"), day("2025-02-01"), D("4.1")),
        Step(day("2025-02-01"), None, D(4)),
    ]
    assert steps(parts, ["4.1", "4.0"], day("2025-03-01"), 50, ascii_only=True)[0].startswith(
        "~4.1"
    )


def test_what_was_always_free_lies_on_the_ground() -> None:
    parts = [Step(None, day("2025-02-01"), D(0)), Step(day("2025-02-01"), None, D(0))]
    lines = steps(parts, ["0", "0"], day("2025-03-01"), 10, ascii_only=True)
    assert lines[4].startswith(" 0 |---")
