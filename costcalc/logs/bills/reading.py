"""Reading bills: told by their columns or fields, or a table whose columns are named."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from decimal import Decimal
from io import StringIO
from pathlib import Path

from costcalc.errors import UsageError, nearest_names
from costcalc.logs.bills.anthropic import ANALYTICS, CONSOLE, COST_REPORT
from costcalc.logs.bills.bill import Bill, Pile, checked_currency
from costcalc.logs.bills.focus import FOCUS
from costcalc.logs.bills.openai import COSTS, COSTS_TABLE
from costcalc.logs.bills.openrouter import ACTIVITY, ACTIVITY_TABLE
from costcalc.logs.bills.shapes import Table, amount_of, day_of, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from os import PathLike
    from typing import Any

    from costcalc.logs.bills.shapes import Document, Row

__all__ = ["COLUMNS", "SHAPES", "read_bill"]

_TABLES = (COSTS_TABLE, CONSOLE, ACTIVITY_TABLE, FOCUS)
_DOCUMENTS = (COSTS, COST_REPORT, ANALYTICS, ACTIVITY)
SHAPES = tuple(each.name for each in (*_TABLES, *_DOCUMENTS))
"""Names of the shapes that are known."""
COLUMNS = ("amount", "day", "model", "currency", "meter")
"""What a user may name the column of."""


def read_bill(
    path: str | PathLike[str] | Iterable[str | PathLike[str]],
    *,
    columns: Mapping[str, str] | None = None,
    currency: str | None = None,
    provider: str | None = None,
) -> Bill:
    """Return the bill of a file, or of several that are its pages.

    A file is JSON, or a table with a header; its shape is told by its fields or columns. `columns`
    names those of a table that is not known, or others of one that is: `amount`, `day`, `model`,
    `currency` and `meter`. `currency` is that of amounts beside which none stands, or chooses among
    several. `provider` is whose bill it is.

    Raises `UsageError` for a file that is no bill of a known shape, and for what cannot be an
    amount, a day or a currency: a bill that is read in part is none.
    """
    paths = [path] if isinstance(path, str) or hasattr(path, "__fspath__") else list(path)  # type: ignore[arg-type]
    if not paths:
        raise UsageError("a bill is one file or more, and none is named")
    named = _checked(columns or {})
    work = _Work(named, currency)
    for each in paths:
        work.read(Path(each))  # type: ignore[arg-type]
    return work.bill(provider)


def _checked(columns: Mapping[str, str]) -> dict[str, str]:
    for name in columns:
        if name not in COLUMNS:
            near = nearest_names(name, COLUMNS)
            hint = f"nearest: {', '.join(near)}" if near else f"known: {', '.join(COLUMNS)}"
            raise UsageError(f"a column of a bill cannot be {name!r}; {hint}", column=name)
    return dict(columns)


class _Work:
    """A bill while its files are read."""

    def __init__(self, columns: dict[str, str], currency: str | None) -> None:
        self._columns = columns
        self._currency = currency
        self._pile = Pile()
        self._shape: Table | Document | None = None
        self._open = self._pages = 0

    def read(self, path: Path) -> None:
        text = _text(path)
        head = text.lstrip()[:1]
        where = str(path)
        if head in {"{", "["}:
            self._document(text, where)
        else:
            self._table(text, where)

    def bill(self, provider: str | None) -> Bill:
        shape = self._shape
        if self._pages and self._open == self._pages:
            msg = (
                "the export says that more pages follow (has_more); fetch them with its next_page "
                "and name every file, since a part of a bill is no bill"
            )
            raise UsageError(msg)
        kind = "table" if shape is None else shape.name
        whose = provider or (None if shape is None else shape.provider)
        return self._pile.bill(kind, whose, self._currency)

    def _same(self, shape: Table | Document, where: str) -> None:
        """Refuse files of several shapes: their periods and sellers would be mixed."""
        if self._shape is not None and shape is not self._shape:
            msg = (
                f"{where} is {shape.name} and the file before it {self._shape.name}; hold one bill "
                "at a time against the logs"
            )
            raise UsageError(msg, path=where)
        self._shape = shape

    def _document(self, text: str, where: str) -> None:
        if self._columns:
            named = ", ".join(f"{name}={column}" for name, column in self._columns.items())
            msg = f"{where} is JSON, which has no columns to name; leave {named} out"
            raise UsageError(msg, path=where)
        try:
            found = json.loads(text, parse_float=Decimal)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{where} is no valid JSON: {error}", path=where) from None
        for page in found if isinstance(found, list) else [found]:
            whole = page.get("data") if isinstance(page, Mapping) else None
            if isinstance(whole, list):
                self._pages += 1
                self._open += bool(page.get("has_more"))
            rows: list[Any] = whole if isinstance(whole, list) else [page]
            for number, row in enumerate(rows, 1):
                self._entry(row, f"{where}, entry {number}")

    def _entry(self, row: Any, where: str) -> None:
        shape = next(
            (each for each in _DOCUMENTS if isinstance(row, Mapping) and each.fits(row)),  # pyright: ignore[reportUnknownArgumentType]
            None,
        )
        if shape is None:
            raise _unknown(where)
        self._same(shape, where)
        try:
            shape.take(row, self._pile)
        except UsageError as error:
            raise UsageError(f"{where}: {error}", **error.facts) from None

    def _table(self, text: str, where: str) -> None:
        first = text.partition("\n")[0]
        table = csv.DictReader(StringIO(text), delimiter=max(",;\t", key=first.count))
        header = [name.strip() for name in table.fieldnames or ()]
        shape = next((each for each in _TABLES if each.needed <= set(header)), None)
        if shape is None and "amount" in self._columns:
            shape = _PLAIN
        if shape is None:
            raise _unknown(where)
        self._same(shape, where)
        columns = {**shape.columns, **self._columns}
        self._check_header(columns, header, where)
        for cells in table:
            row = {str(name).strip(): cell for name, cell in cells.items() if name is not None}
            if None in cells or None in cells.values():
                msg = f"{where}:{table.line_num}: the row has other columns than the header"
                raise UsageError(msg, path=where)
            try:
                self._row(shape, row, columns)
            except UsageError as error:
                raise UsageError(f"{where}:{table.line_num}: {error}", **error.facts) from None

    def _row(self, shape: Table, row: Row, columns: Mapping[str, str]) -> None:
        if shape is not _PLAIN or text_of(row, columns.get("currency")):
            shape.take(row, columns, self._pile)
        else:
            shape.take(
                {**row, "": self._currency or "USD"}, {**columns, "currency": ""}, self._pile
            )

    def _check_header(self, columns: Mapping[str, str], header: Sequence[str], where: str) -> None:
        """Refuse a column that a user named and the table does not have."""
        for name in self._columns:
            if columns[name] not in header:
                near = nearest_names(columns[name], header)
                hint = f"nearest: {', '.join(near)}" if near else f"it has {', '.join(header)}"
                msg = f"{where} has no column {columns[name]!r} for {name}; {hint}"
                raise UsageError(msg, path=where, column=columns[name])


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        msg = f"{path} is no text; a bill is a JSON document or a table as CSV"
        raise UsageError(msg, path=str(path)) from None
    except OSError as error:
        msg = f"cannot read the bill {str(path)!r}: {error.strerror or error}"
        raise UsageError(msg, path=str(path)) from None


def _unknown(where: str) -> UsageError:
    msg = (
        f"{where} is no bill of a known shape ({', '.join(SHAPES)}); name the columns of a table "
        "with columns=, or --column amount=NAME --column day=NAME --column model=NAME"
    )
    return UsageError(msg, path=where)


def _take_plain(row: Row, columns: Mapping[str, str], pile: Pile) -> None:
    day = day_of(row, columns["day"]) if "day" in columns else None
    pile.add(
        amount_of(row, columns["amount"]), checked_currency(str(row[columns["currency"]])), day,
        model=text_of(row, columns.get("model")), meter=text_of(row, columns.get("meter")),
    )  # fmt: skip


_PLAIN = Table(
    name="table",
    source="",
    provider=None,
    needed=frozenset(),
    columns={},
    take=_take_plain,
)
