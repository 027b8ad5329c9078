"""Lines of amounts as plain text: a letter for each, and its name where it ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import floor
from string import ascii_letters

from costcalc.report.scales import Scale, apart, linear, logarithmic
from costcalc.values import Value

__all__ = ["Line", "Plot", "plot_lines"]

_HEIGHT = 12  # lines of a plot, if its names need no more
_HAIR = 1e-9  # of a row, so that rounding does not put two names into one
_NARROWEST = 20  # columns of a plot; where fewer are left, the names stand below


@dataclass(frozen=True, slots=True, kw_only=True)
class Line(Value):
    """One line of a plot."""

    name: str
    """What stands where it ends."""
    points: tuple[tuple[Decimal, Decimal], ...]
    """From left to right: where, and how much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot(Value):
    """Lines over one axis."""

    heading: str
    """What the amounts are."""
    lines: tuple[Line, ...]
    """In the order of their letters."""
    across: tuple[str, str, str]
    """Below the axis: its first value, what it is, and its last value."""
    currency: str
    """ISO 4217 code of the amounts."""
    is_log: bool = False
    """Whether equal distances are equal factors."""
    marks: tuple[tuple[Decimal, Decimal], ...] = ()
    """Points that are marked, such as a break-even."""

    def scale(self) -> Scale:
        """Return the axis of the amounts."""
        found = [amount for line in self.lines for _, amount in line.points]
        return logarithmic(min(found), max(found)) if self.is_log else linear(max(found))


def plot_lines(plot: Plot, width: int, *, ascii_only: bool) -> list[str]:
    """Return the lines of a plot."""
    scale = plot.scale()
    letters = _letters(len(plot.lines), ascii_only=ascii_only)
    names = [f"{sign} {line.name}" for sign, line in zip(letters, plot.lines, strict=True)]
    ticks = dict(zip(scale.ticks, scale.labels(plot.currency), strict=True))
    edge = max(map(len, ticks.values())) + 1
    beside = width - edge - 2 - max(map(len, names)) - 2
    columns = beside if beside >= _NARROWEST else max(_NARROWEST, width - edge - 2)
    rows = max(_HEIGHT, len(names)) if beside >= _NARROWEST else _HEIGHT
    canvas = _canvas(plot, scale, letters, columns, rows, ascii_only=ascii_only)
    written = _written(scale, ticks, rows)
    ends = _ends(plot, scale, names, rows) if beside >= _NARROWEST else {}
    axis, side = "||" if ascii_only else "┤│"
    lines = [plot.heading]
    for row, drawn in enumerate(canvas):
        sign = axis if row in written else side
        text = f"{written.get(row, ''):>{edge}} {sign}{''.join(drawn)}  {ends.get(row, '')}"
        lines.append(text.rstrip())
    foot = "+-" if ascii_only else "└─"
    lines.append(f"{' ' * (edge + 1)}{foot[0]}{foot[1] * columns}")
    first, middle, last = plot.across
    under = f"{first}{middle:^{max(1, columns - len(first) - len(last))}}{last}"
    lines.append(f"{' ' * (edge + 2)}{under}".rstrip())
    return lines if ends else [*lines, "", *names]


def _written(scale: Scale, ticks: Mapping[Decimal, str], rows: int) -> dict[int, str]:
    """Return the tick of each row; the nearest, where several share one."""

    def distance(tick: Decimal) -> float:
        place = scale.place(tick)
        return abs(rows - 1 - place * (rows - 1) - _row(place, rows))

    return {
        _row(scale.place(tick), rows): ticks[tick]
        for tick in sorted(ticks, key=distance, reverse=True)
    }


def _letters(count: int, *, ascii_only: bool) -> str:
    """Return a sign for each line: letters, as far as there are any."""
    if count == 1:
        return "*" if ascii_only else "•"
    return ascii_letters[:count].ljust(count, "#")


def _row(place: float, rows: int) -> int:
    return rows - 1 - floor(place * (rows - 1) + 0.5)


def _ends(plot: Plot, scale: Scale, names: Sequence[str], rows: int) -> dict[int, str]:
    """Return the name of each line in the row where it ends, or in the next that is free."""
    places = [scale.place(line.points[-1][1]) for line in plot.lines]
    moved = apart(places, (1 + _HAIR) / (rows - 1))
    return {_row(place, rows): name for place, name in zip(moved, names, strict=True)}


def _canvas(
    plot: Plot, scale: Scale, letters: str, columns: int, rows: int, *, ascii_only: bool
) -> list[list[str]]:
    """Return the signs of every line, the first on top."""
    across = [where for line in plot.lines for where, _ in line.points]
    first, last = min(across), max(across)
    canvas = [[" "] * columns for _ in range(rows)]
    step = (last - first) / (columns - 1)
    middle = columns // 2
    places = [first + step * number for number in range(columns)] if step else [first]
    for sign, line in zip(reversed(letters), reversed(plot.lines), strict=True):
        before: int | None = None
        for number, where in enumerate(places, 0 if step else middle):
            amount = _at(line.points, where)
            if amount is not None:
                row = _row(scale.place(amount), rows)
                for between in _passed(before, row):
                    canvas[between][number] = sign
                before = row
    for where, amount in plot.marks:
        number = int((where - first) / step) if step else middle
        canvas[_row(scale.place(amount), rows)][number] = "X" if ascii_only else "◆"
    return canvas


def _passed(before: int | None, row: int) -> range:
    """Return the rows of one column: all that a steep line passes."""
    if before is None or before == row:
        return range(row, row + 1)
    return range(row, before) if row < before else range(before + 1, row + 1)


def _at(points: Sequence[tuple[Decimal, Decimal]], where: Decimal) -> Decimal | None:
    """Return the amount of a line at a place between its points; None outside."""
    for number, (right, amount) in enumerate(points):
        if right >= where:
            left, before = points[number - 1] if number else (right, amount)
            if number == 0 and right > where:
                return None
            if right == where:
                return amount
            return before + (amount - before) * (where - left) / (right - left)
    return None
