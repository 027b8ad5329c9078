"""A rate over time as plain text: steps, with what is to come dotted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from costcalc.values import Value

__all__ = ["Step", "Timeline", "steps", "timeline_lines"]

_HEIGHT = 5  # lines of a chart of steps
_NARROWEST = 24  # columns: room for two dates
_WIDEST = 100  # columns; a longer line of time says no more


@dataclass(frozen=True, slots=True)
class Step(Value):
    """A value that holds from one instant until another; None is open."""

    start: datetime | None
    until: datetime | None
    value: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline(Value):
    """How one value moved."""

    heading: str
    """What the value is."""
    parts: tuple[Step, ...]
    """From the first to the last."""
    labels: tuple[str, ...]
    """The value of each part as text."""
    now: datetime
    """What comes after it is announced."""

    @property
    def moved(self) -> bool:
        """Whether it ever was another."""
        return len({part.value for part in self.parts}) > 1


def timeline_lines(line: Timeline, width: int, *, ascii_only: bool) -> list[str]:
    """Return the lines of a chart of steps; one sentence where nothing moved."""
    if not line.moved:
        return [f"{line.heading}: {line.labels[0].strip()}, unchanged"]
    room = min(width, _WIDEST)
    return [line.heading, *steps(line.parts, line.labels, line.now, room, ascii_only=ascii_only)]


@dataclass(frozen=True)
class _Signs:
    flat: str
    future: str
    up: tuple[str, str]
    """Left-below and right-above corners of a rise, `╯╭`-like, as bottom and top."""
    down: tuple[str, str]
    side: str
    axis: str
    corner: str
    now: str


_UNICODE = _Signs("─", "╌", ("┘", "┌"), ("└", "┐"), "│", "┤", "└", "▲")
_PLAIN = _Signs("-", ".", ("+", "+"), ("+", "+"), "|", "|", "+", "^")


def steps(
    parts: Sequence[Step], labels: Sequence[str], now: datetime, width: int, *, ascii_only: bool
) -> list[str]:
    """Return the lines of a chart: value over time, announced times dotted, `now` marked below.

    `labels` are the values as text, one for each part; they stand beside the axis.
    """
    signs = _PLAIN if ascii_only else _UNICODE
    edge = max(len(label) for label in labels) + 1
    columns = max(_NARROWEST, width - edge - 2)
    first, last = _span(parts, now)
    times = [first + (last - first) * column / (columns - 1) for column in range(columns)]
    most = max(part.value for part in parts)
    rows = [_row(_at(parts, time), most) for time in times]
    future = [time > now for time in times]
    canvas = _drawn(rows, future, signs)
    named = _named(parts, labels, most)
    lines = [
        f"{named.get(row, ''):>{edge}} {signs.axis if row in named else signs.side}"
        f"{''.join(canvas[row])}".rstrip()
        for row in range(_HEIGHT)
    ]
    floor = f"{' ' * (edge + 1)}{signs.corner}{signs.flat * columns}"
    return [*lines, floor, *_axis(first, last, now, columns, edge, signs)]


def _named(parts: Sequence[Step], labels: Sequence[str], most: Decimal) -> dict[int | None, str]:
    """Return the label of each line; the highest value's, with `~`, where several share it."""
    found: dict[int | None, str] = {}
    for part, label in sorted(zip(parts, labels, strict=True), key=lambda each: each[0].value):
        row = _row(part.value, most)
        before = found.get(row, label)
        found[row] = label if before == label else f"~{label}"
    return found


def _span(parts: Sequence[Step], now: datetime) -> tuple[datetime, datetime]:
    """Return the first and last instant of a chart: all that is dated, and now."""
    dated = [each for part in parts for each in (part.start, part.until) if each is not None]
    first, last = min([*dated, now]), max([*dated, now])
    margin = max((last - first) / 12, timedelta(days=1))
    if parts[0].start is None:
        first -= margin
    return first, last + margin if parts[-1].until is None else last


def _at(parts: Sequence[Step], time: datetime) -> Decimal | None:
    for part in parts:
        if (part.start is None or part.start <= time) and (part.until is None or time < part.until):
            return part.value
    return None


def _row(value: Decimal | None, most: Decimal) -> int | None:
    """Return the line of a value, the highest first; zero is the lowest."""
    if value is None:
        return None
    share = value / most if most else Decimal(0)
    return _HEIGHT - 1 - int((share * (_HEIGHT - 1)).to_integral_value())


def _drawn(rows: Sequence[int | None], future: Sequence[bool], signs: _Signs) -> list[list[str]]:
    canvas = [[" "] * len(rows) for _ in range(_HEIGHT)]
    before: int | None = None
    for column, row in enumerate(rows):
        if row is None:
            pass
        elif before is None or before == row:
            canvas[row][column] = signs.future if future[column] else signs.flat
        else:
            left, right = signs.up if row < before else signs.down
            low, high = max(row, before), min(row, before)
            for between in range(high + 1, low):
                canvas[between][column] = signs.side
            canvas[before][column], canvas[row][column] = left, right
            if row > before:
                canvas[before][column], canvas[row][column] = right, left
        before = row
    return canvas


def _axis(
    first: datetime, last: datetime, now: datetime, columns: int, edge: int, signs: _Signs
) -> list[str]:
    """Return the line of dates, with `now` between them where there is room."""
    line = [" "] * columns
    start, end = f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}"
    line[: len(start)] = start
    line[-len(end) :] = end
    place = round((columns - 1) * ((now - first) / (last - first)))
    mark = f"{signs.now} now"
    if place + len(mark) > columns:  # at the right end it is said before the sign
        mark = f"now {signs.now}"
        place -= len(mark) - 1
    pad = " " * (edge + 2)
    under = " " * place + mark
    return [f"{pad}{under}", f"{pad}{''.join(line)}".rstrip()]
