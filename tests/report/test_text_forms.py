from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from costcalc.report.bars import Stack, StackRow, stack_lines
from costcalc.report.plot import Line, Plot, plot_lines
from costcalc.report.timeline import Step, Timeline, timeline_lines

D = Decimal


def line(name: str, *points: tuple[str, str]) -> Line:
    return Line(name=name, points=tuple((D(x), D(y)) for x, y in points))


def plot(
    *lines: Line, is_log: bool = False, marks: tuple[tuple[Decimal, Decimal], ...] = ()
) -> Plot:
    return Plot(
        heading="cost",
        lines=lines,
        across=("0", "uses", "10"),
        currency="USD",
        is_log=is_log,
        marks=marks,
    )


UP = line("up  $10.00", ("0", "0"), ("10", "10"))
DOWN = line("down  $1.00", ("0", "9"), ("5", "1"), ("10", "1"))


def test_lines_have_letters_and_names_where_they_end() -> None:
    drawn = plot_lines(plot(UP, DOWN, marks=((D(4), D(4)),)), 50, ascii_only=False)
    assert drawn == [
        "cost",
        " $10 ┤                           aa  a up  $10.00",
        "     │b                        aa",
        "  $8 ┤ bb                   aaa",
        "     │   b                aa",
        "  $6 ┤    bb           aaa",
        "     │      bb      aaa",
        "     │        b   aa",
        "  $4 ┤         aa◆",
        "     │       aa  b",
        "  $2 ┤    aaa     bb",
        "     │  aa          bbbbbbbbbbbbbbb  b down  $1.00",
        "  $0 ┤aa",
        "     └─────────────────────────────",
        "      0           uses           10",
    ]


def test_lines_in_ascii() -> None:
    drawn = plot_lines(plot(UP, marks=((D(10), D(10)),)), 50, ascii_only=True)
    assert drawn[1].endswith("X  * up  $10.00")
    assert drawn[-2] == "     +------------------------------"
    assert all(each.isascii() for each in drawn)


def test_names_stand_below_where_there_is_no_room_beside() -> None:
    drawn = plot_lines(plot(UP, line("x" * 60, ("0", "1"), ("10", "1"))), 40, ascii_only=False)
    assert drawn[-3:] == ["", "a up  $10.00", f"b {'x' * 60}"]
    assert max(map(len, drawn[:-3])) <= 40


def test_one_point_is_one_sign_in_the_middle() -> None:
    drawn = plot_lines(plot(line("one", ("5", "10")), marks=((D(5), D(0)),)), 40, ascii_only=True)
    assert drawn[1].count("*") == 2  # the point, and the sign of its name
    assert drawn[1].index("*") == drawn[12].index("X")


def test_a_line_that_begins_later_and_ends_earlier_is_not_drawn_beyond() -> None:
    drawn = plot_lines(plot(UP, line("part", ("4", "10"), ("6", "10"))), 60, ascii_only=True)
    assert drawn[1].split("|")[1].strip().startswith("bbb")
    assert 6 <= drawn[1].split("  a up")[0].count("b") <= 10


def test_equal_factors_are_equal_distances_on_a_logarithmic_axis() -> None:
    drawn = plot_lines(
        plot(line("up", ("0", "1"), ("10", "100")), is_log=True), 50, ascii_only=True
    )
    ticks = {text.split()[0]: row for row, text in enumerate(drawn) if "$" in text}
    assert ticks == {"$100": 1, "$50": 3, "$20": 5, "$10": 6, "$5": 8, "$2": 10, "$1": 12}
    assert [text.count("*") for text in drawn[1:4]] == [8, 10, 7]  # and the sign of the name


def test_as_many_lines_as_there_are_letters_and_more() -> None:
    lines = [line(f"m{number}", ("0", "1"), ("1", str(number + 1))) for number in range(54)]
    drawn = plot_lines(plot(*lines), 80, ascii_only=True)
    names = {text.split("  ")[-1].strip() for text in drawn}
    assert {f"{'#'} m53", "a m0", "Z m51"} <= names
    assert len([name for name in names if " m" in name]) == 54


ROWS = (
    StackRow(label="calls 1–2", amounts=(D(1), D(1)), text="$2.00", note="a miss"),
    StackRow(label="call 3", amounts=(D(1), D(3)), text="$4.00"),
)
STACK = Stack(heading="so far", keys=("in  $1.00", "out  $3.00"), rows=ROWS)


def test_bars_are_stacked_and_their_fills_explained() -> None:
    assert stack_lines(STACK, 46, ascii_only=False) == [
        "so far",
        "calls 1–2  $2.00  █████▓▓▓▓▓            a miss",
        "call 3     $4.00  █████▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓",
        "",
        "█ in  $1.00",
        "▓ out  $3.00",
    ]


def test_notes_stand_below_their_bars_where_it_is_narrow() -> None:
    lines = stack_lines(STACK, 36, ascii_only=True)
    assert lines[1:3] == ["calls 1–2  $2.00  ####=====", "           a miss"]


def test_what_is_free_has_no_bar() -> None:
    free = StackRow(label="call 1", amounts=(D(0),), text="$0.00")
    stack = Stack(heading="so far", keys=("in",), rows=(free,))
    assert stack_lines(stack, 40, ascii_only=False)[1] == "call 1  $0.00"


NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(("last", "moved"), [("1", False), ("2", True)])
def test_a_price_that_never_moved_is_a_sentence(last: str, moved: bool) -> None:  # noqa: FBT001
    middle = datetime(2026, 1, 1, tzinfo=UTC)
    parts = (Step(None, middle, D(1)), Step(middle, None, D(last)))
    found = Timeline(heading="input", parts=parts, labels=("$1.00", f"${last}.00"), now=NOW)
    lines = timeline_lines(found, 400, ascii_only=True)
    assert found.moved is moved
    assert (lines == ["input: $1.00, unchanged"]) is not moved
    assert max(map(len, lines)) <= 100
