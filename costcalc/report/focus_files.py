"""FOCUS datasets as files: CSV with exact decimal text, or Parquet with 38-digit decimals."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sized
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path

from costcalc.billing.cost import Cost
from costcalc.errors import MissingExtraError, UsageError
from costcalc.money import EXACT, ZERO, normal
from costcalc.replacing import replacing
from costcalc.report.focus import charges_of, rows_of, terms_of
from costcalc.report.focus_charge import Charge
from costcalc.report.focus_columns import FOCUS_VERSION
from costcalc.values import Frozen, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator
    from typing import IO, Any

    from costcalc.logs.report import LogReport
    from costcalc.report.focus import FocusRow
    from costcalc.report.focus_columns import FocusColumn

    Progress = Callable[[int, int | None], None]

__all__ = ["FocusFile", "write_focus"]

_EVERY = 1_000
"""Charges between two calls of `progress`."""
_BATCH = 20_000
"""Rows of a Parquet row group: as many as are held at once."""
_DIGITS, _PLACES = 38, 18
"""The decimals of a Parquet file: those of decimal128."""


class _Sums(Frozen):
    """Sums by currency that cannot change after they are made."""

    __slots__ = ()
    _what = "the sums of a file"


@dataclass(frozen=True, slots=True, kw_only=True)
class FocusFile(Value):
    """What was written: how much, and the sums of it by currency."""

    path: str
    """The file."""
    version: str
    """Version of the specification that it follows."""
    charges: int
    """Costs that were read."""
    rows: int
    """Rows that were written."""
    list_cost: Mapping[str, Decimal]
    """Sum of ListCost by currency."""
    contracted_cost: Mapping[str, Decimal]
    """Sum of ContractedCost by currency: without adjustments, what the costs sum to."""
    billed_cost: Mapping[str, Decimal]
    """Sum of BilledCost by currency."""

    def __post_init__(self) -> None:
        """Let nothing that a value holds be changed."""
        for name in ("list_cost", "contracted_cost", "billed_cost"):
            object.__setattr__(self, name, _Sums(getattr(self, name)))


def write_focus(
    path: str | os.PathLike[str],
    costs: Iterable[Cost | Charge] | Cost | Charge | LogReport,
    *,
    billing_account_id: str,
    billing_account_name: str | None = None,
    version: str = FOCUS_VERSION,
    billed: str = "priced",
    charge_period: str = "day",
    progress: Progress | None = None,
) -> FocusFile:
    """Write the FOCUS rows of costs into a file, and return how much and what it sums to.

    The name decides: `.csv` has every amount as exact decimal text, `.parquet` (extra `parquet`)
    as decimal128 with 18 places. Costs are read one by one, so that any number of them needs the
    memory of a few; the file is whole or not there. `progress` is called with how many costs are
    done, and of how many where that is known. The rest is as in `focus_rows`.

    Raises `UsageError` for what FOCUS has no row for, an amount that Parquet cannot hold exactly,
    and a place that cannot be written; `MissingExtraError` without what writes Parquet.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in _WRITERS:
        msg = f"a FOCUS file ends in {' or '.join(_WRITERS)}, not in {target.suffix!r}: {target}"
        raise UsageError(msg, path=str(target))
    terms = terms_of(billing_account_id, billing_account_name, version, billed, charge_period)
    whole = (
        1 if isinstance(costs, Cost | Charge) else len(costs) if isinstance(costs, Sized) else None
    )
    tally = _Tally(progress, whole)
    rows = (
        row
        for charge in tally.charges(charges_of(costs))
        for row in tally.rows(rows_of(charge, terms))
    )
    with replacing(target) as file:
        _WRITERS[suffix](file, rows, terms.columns, version)
    return tally.file(str(target), version)


class _Tally:
    """Charges and rows as they go by, with their sums."""

    def __init__(self, progress: Progress | None, whole: int | None) -> None:
        self._progress = progress
        self._whole = whole
        self._charges = self._rows = 0
        self._sums: dict[str, dict[str, Decimal]] = {
            "ListCost": {}, "ContractedCost": {}, "BilledCost": {},
        }  # fmt: skip

    def charges(self, charges: Iterable[Charge]) -> Iterator[Charge]:
        for charge in charges:
            yield charge
            self._charges += 1
            if self._progress is not None and self._charges % _EVERY == 0:
                self._progress(self._charges, self._whole)
        if self._progress is not None and (self._charges % _EVERY or not self._charges):
            self._progress(self._charges, self._whole)

    def rows(self, rows: Iterable[FocusRow]) -> Iterator[FocusRow]:
        for row in rows:
            self._rows += 1
            currency: Any = row["BillingCurrency"]
            for name, sums in self._sums.items():
                amount: Any = row[name]
                sums[currency] = EXACT.add(sums.get(currency, ZERO), amount)
            yield row

    def file(self, path: str, version: str) -> FocusFile:
        listed, contracted, billed = (
            {currency: normal(amount) for currency, amount in sums.items()}
            for sums in self._sums.values()
        )
        return FocusFile(
            path=path,
            version=version,
            charges=self._charges,
            rows=self._rows,
            list_cost=listed,
            contracted_cost=contracted,
            billed_cost=billed,
        )


def _write_csv(
    file: IO[bytes], rows: Iterable[FocusRow], columns: tuple[FocusColumn, ...], _version: str
) -> None:
    text = TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(column.name for column in columns)
    amounts = [place for place, column in enumerate(columns) if column.kind == "decimal"]
    times = [place for place, column in enumerate(columns) if column.kind == "time"]
    writer.writerows(_cells(row, amounts, times) for row in rows)
    text.flush()
    text.detach()


def _cells(row: FocusRow, amounts: list[int], times: list[int]) -> list[Any]:
    """Return a row as FOCUS writes it; an empty field is null."""
    cells: list[Any] = [*row.values()]
    for place in amounts:
        if cells[place] is not None:
            text = format(cells[place], "f")
            # a column of whole numbers would be read as integers, and FOCUS has decimals only
            cells[place] = text if "." in text else f"{text}.0"
    for place in times:
        if cells[place] is not None:
            cells[place] = _time(cells[place])
    return cells


@lru_cache(maxsize=1_024)
def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"


def _write_parquet(
    file: IO[bytes], rows: Iterable[FocusRow], columns: tuple[FocusColumn, ...], version: str
) -> None:
    arrow, parquet = _arrow("pyarrow"), _arrow("pyarrow.parquet")
    kinds = {
        "decimal": arrow.decimal128(_DIGITS, _PLACES),
        "time": arrow.timestamp("us", tz="UTC"),
    }
    schema = arrow.schema(
        [
            arrow.field(column.name, kinds.get(column.kind, arrow.string()), column.nullable)
            for column in columns
        ],
        metadata={"FocusVersion": version},
    )
    with parquet.ParquetWriter(file, schema) as writer:
        for batch in _batches(rows):
            writer.write_table(_table(arrow, schema, batch))


def _table(arrow: Any, schema: Any, batch: list[FocusRow]) -> Any:
    arrays: list[Any] = []
    for field in schema:
        values = [row[field.name] for row in batch]
        try:
            arrays.append(arrow.array(values, type=field.type))
        except arrow.ArrowInvalid:
            wide = next(each for each in values if isinstance(each, Decimal) and not _fits(each))
            msg = (
                f"{field.name} {wide:f} has more digits than the {_DIGITS}, {_PLACES} of them "
                "after the point, that a Parquet decimal holds; write .csv, which has them all"
            )
            raise UsageError(msg, column=field.name, value=wide) from None
    return arrow.Table.from_arrays(arrays, schema=schema)


def _fits(number: Decimal) -> bool:
    """Return whether a decimal of a Parquet file holds a number exactly."""
    scaled = EXACT.scaleb(number, _PLACES)
    return scaled == scaled.to_integral_value() and abs(scaled) < 10**_DIGITS


def _batches(rows: Iterable[FocusRow]) -> Iterator[list[FocusRow]]:
    batch: list[FocusRow] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _arrow(module: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        otherwise = "write .csv, which needs nothing"
        raise MissingExtraError("writing Parquet", "pyarrow", "parquet", otherwise, error) from None


_WRITERS = {".csv": _write_csv, ".parquet": _write_parquet}
