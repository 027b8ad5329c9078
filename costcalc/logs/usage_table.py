"""Tables of usage as CSV: one call a row, columns named as `Usage` names its counts."""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.logs.documents import rows
from costcalc.logs.format import Format
from costcalc.logs.rows import COUNTS, add_row
from costcalc.usage.usage import UNIT_METERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from costcalc.logs.calls import Calls
    from costcalc.logs.files import LogFile

__all__ = ["FORMAT"]

_NAME = "usage-table"
_NUMBERS = frozenset({*COUNTS, *UNIT_METERS, "requests", "total_tokens"})


def _read(file: LogFile, calls: Calls) -> None:
    for number, row in rows(file):
        add_row(_numbers(row) if _is_of_text(row) else row, calls, _NAME, file, number)


def _is_of_text(row: Any) -> bool:
    """Return whether it is a row of a table: what is no table may begin as one by its words."""
    return isinstance(row, Mapping) and all(isinstance(each, str) for each in row.values())


def _numbers(row: Mapping[str, str]) -> dict[str, Any]:
    """Return a row with its counts as whole numbers; a cell that is none stays as it is."""
    found: dict[str, Any] = {}
    for name, cell in row.items():
        column, text = name.strip(), cell.strip()
        if column not in _NUMBERS:
            found[column] = text
        elif text.isascii() and text.isdigit():
            found[column] = int(text)
        elif text:
            found[column] = text  # which is refused as a count
    return found


FORMAT = Format(
    name=_NAME,
    title="a table of usage",
    read=_read,
    marks=((b"input_tokens",), (b"output_tokens",)),
    suffixes=(".csv", ".tsv"),
)
