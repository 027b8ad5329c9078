"""Tables and labelled facts for a terminal, a pipe, Markdown or CSV; nothing is ever cut off."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Column", "Grid", "Screen", "print_csv"]

_GAP = 2
_LEAST = 12  # columns that a folded cell keeps
_ASCII = str.maketrans({"×": "x", "–": "-", "→": ">", "−": "-", "…": "...", "≥": ">="})


class Screen:
    """Where a command prints: as wide as its terminal, in colour where the terminal has it."""

    def __init__(self) -> None:
        self._console = Console(file=sys.stdout, markup=False, highlight=False, emoji=False)
        self.width = self._console.width
        """Columns of a line; 80 where the output is no terminal."""
        self.folds = self._console.is_terminal
        """Whether long cells are folded: in a terminal; a pipe gets one line a row."""
        self.ascii_only = self._console.options.ascii_only
        """Whether the output has no signs beyond ASCII."""

    def text(self, text: str) -> str:
        """Return a text in signs that the output has."""
        return text.translate(_ASCII) if self.ascii_only else text

    def print(self, text: str = "", style: str = "") -> None:
        """Print a text as it is, long lines not broken."""
        self.render(Text(self.text(text), style=style), max(self.width, cell_len(text)))

    def render(self, renderable: Any, width: int) -> None:
        """Print something of rich at a width, be it beyond the terminal's."""
        self._console.width = width
        with self._console.capture() as captured:
            self._console.print(renderable)
        lines = captured.get().splitlines()
        sys.stdout.write("".join(f"{line.rstrip()}\n" for line in lines))

    def facts(self, facts: Iterable[tuple[str, str]]) -> None:
        """Print labelled sentences, wrapped beside their labels; addresses stay whole."""
        said = [(label, self.text(text)) for label, text in facts]
        indent = max((len(label) for label, _ in said), default=0) + _GAP
        before = ""
        for label, text in said:
            head = (label if label != before else "").ljust(indent)
            lines = wrap(
                text, max(_LEAST, self.width - indent), break_long_words=False,
                break_on_hyphens=False,
            )  # fmt: skip
            for number, line in enumerate(lines):
                start = Text(head if not number else " " * indent, style="dim")
                self.render(start.append(Text(line, style="not dim")), indent + cell_len(line))
            before = label


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    title: str
    right: bool = False
    """Whether its cells stand to the right."""
    fold: bool = False
    """Whether long cells may take several lines where a terminal is narrow."""
    prose: bool = False
    """Whether its cells are sentences, which take several lines in a pipe, too."""
    style: str = ""


class Grid:
    """A table of text."""

    def __init__(self, *columns: Column) -> None:
        self._columns = columns
        self._rows: list[tuple[Sequence[str], str]] = []

    def add(self, *cells: str, style: str = "") -> None:
        """Add a row; a cell for each column."""
        self._rows.append((cells, style))

    def natural_width(self) -> int:
        """Return the columns that the table needs where nothing is folded."""
        return sum(self._widths()) + _GAP * (len(self._columns) - 1)

    def _widths(self) -> list[int]:
        cells = [[column.title, *column_cells] for column, column_cells in self._by_column()]
        return [max(cell_len(line) for cell in each for line in cell.split("\n")) for each in cells]

    def _by_column(self) -> Iterable[tuple[Column, list[str]]]:
        for number, column in enumerate(self._columns):
            yield column, [row[number] for row, _ in self._rows]

    def show(self, screen: Screen) -> None:
        """Print the table: folded to a terminal's width, whole where it is piped."""
        widths = self._widths()
        excess = self.natural_width() - screen.width
        for number, column in enumerate(self._columns):
            if excess > 0 and (column.prose or (column.fold and screen.folds)):
                taken = max(0, min(excess, widths[number] - _LEAST))
                widths[number] -= taken
                excess -= taken
        table = Table(
            box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0),
            header_style="bold",
        )  # fmt: skip
        for column, width in zip(self._columns, widths, strict=True):
            title = _placed(column, screen.text(column.title), width)
            table.add_column(title, width=width, overflow="fold", style=column.style)
        for cells, style in self._rows:
            row = zip(self._columns, cells, widths, strict=True)
            placed = (_placed(column, screen.text(cell), width) for column, cell, width in row)
            table.add_row(*placed, style=style)
        screen.render(table, sum(widths) + _GAP * len(widths))

    def markdown(self) -> str:
        """Return the table in Markdown."""
        lines = [
            [column.title for column in self._columns],
            ["---:" if column.right else "---" for column in self._columns],
            *(row for row, _ in self._rows),
        ]
        return "".join(f"| {' | '.join(_cell(each) for each in line)} |\n" for line in lines)


def _placed(column: Column, text: str, width: int) -> Text:
    """Return a cell at its place; rich would strip the spaces that align decimal points."""
    return Text(" " * (width - cell_len(text)) + text if column.right else text)


def _cell(text: str) -> str:
    return text.strip().replace("|", "\\|").replace("\n", " ")


def print_csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows as CSV; None is an empty cell."""
    import csv

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
