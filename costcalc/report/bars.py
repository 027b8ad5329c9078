"""Bars of plain text: one value, or several that stand one behind the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from costcalc.values import Value

__all__ = ["Stack", "StackRow", "bar", "stack_lines"]

_EIGHTHS = "▏▎▍▌▋▊▉█"
_FILLS = "█▓▒░▪"
_PLAIN_FILLS = "#=-.:"
_NARROWEST = 12  # columns of a bar


def bar(value: Decimal, most: Decimal, width: int, *, ascii_only: bool) -> str:
    """Return a bar whose full width is the largest value; what is not zero is always seen."""
    if not value or not most:
        return ""
    eighths = max(1, int((value * width * 8 / most).to_integral_value()))
    whole, rest = divmod(eighths, 8)
    if ascii_only:
        return "#" * max(1, whole)
    return "█" * whole + (_EIGHTHS[rest - 1] if rest else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class StackRow(Value):
    """One bar, its parts in the order of the stack's keys."""

    label: str
    """What stands before it."""
    amounts: tuple[Decimal, ...]
    """Length of each part."""
    text: str
    """Its whole length as text."""
    note: str = ""
    """What stands behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack(Value):
    """Bars with the same parts, below each other."""

    heading: str
    """What the bars are of."""
    keys: tuple[str, ...]
    """What the parts are, with their figures."""
    rows: tuple[StackRow, ...]
    """From top to bottom."""


def stack_lines(stack: Stack, width: int, *, ascii_only: bool) -> list[str]:
    """Return the lines of stacked bars, what each fill means below."""
    fills = _PLAIN_FILLS if ascii_only else _FILLS
    labels = max(len(row.label) for row in stack.rows)
    texts = max(len(row.text) for row in stack.rows)
    notes = max(len(row.note) for row in stack.rows)
    room = width - labels - texts - 4
    inside = room - notes - 2 if notes else room
    beside = inside >= _NARROWEST
    room = max(_NARROWEST, inside if beside else room)
    most = max(sum(row.amounts) for row in stack.rows)
    lines = [stack.heading]
    for row in stack.rows:
        drawn = _stacked(row.amounts, most, room, fills)
        note = f"{drawn:<{room}}  {row.note}" if row.note and beside else drawn
        lines.append(f"{row.label:<{labels}}  {row.text:>{texts}}  {note}".rstrip())
        if row.note and not beside:
            lines.append(f"{' ' * labels}  {row.note}")
    lines.append("")
    return lines + [f"{fill} {key}" for fill, key in zip(fills, stack.keys, strict=False)]


def _stacked(amounts: Sequence[Decimal], most: Decimal | int, room: int, fills: str) -> str:
    """Return one bar; the ends of its parts are rounded, so that the whole has its true length."""
    if not most:
        return ""
    drawn, end = "", Decimal(0)
    for amount, fill in zip(amounts, fills, strict=False):
        end += amount
        drawn += fill * (int((end * room / most).to_integral_value()) - len(drawn))
    return drawn
