"""How a shape of bills is told and read: tables by their columns, documents by their fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from costcalc.errors import UsageError
from costcalc.logs.bills.bill import Pile
from costcalc.money import as_decimal

__all__ = ["Document", "Table", "amount_of", "day_of", "entries", "instant_of", "text_of"]

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose columns are known."""

    name: str
    source: str
    """Where the shape was read."""
    provider: str | None
    needed: frozenset[str]
    """Columns that it is told by."""
    columns: Mapping[str, str]
    """The column of `amount`, `day`, `model` and the like, which a user may name otherwise."""
    take: Callable[[Row, Mapping[str, str], Pile], None]
    """Adds a row."""


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON document whose fields are known."""

    name: str
    source: str
    """Where the shape was read."""
    provider: str | None
    fits: Callable[[Row], bool]
    """Whether an entry of the document's `data` is of this shape."""
    take: Callable[[Row, Pile], None]
    """Adds an entry."""


def text_of(row: Row, name: str | None) -> str | None:
    """Return a cell or field as text; None where it is empty."""
    found = row.get(name) if name else None
    said = "" if found is None else str(found).strip()
    return said or None


def amount_of(row: Row, name: str) -> Decimal:
    """Return an amount; a sign of dollars and commas between thousands are left out."""
    said = row.get(name)
    if isinstance(said, str):
        said = said.strip().replace("$", "").replace(",", "")
    try:
        return as_decimal(said, f"the amount {name}")
    except UsageError as error:
        msg = f"{name} is {row.get(name)!r}, and an amount of a bill is a decimal number"
        raise UsageError(msg, **error.facts) from None


def day_of(row: Row, name: str) -> date | datetime:
    """Return the day that a row names, as a date or an instant in UTC."""
    said = text_of(row, name) or ""
    try:
        return date.fromisoformat(said)
    except ValueError:
        return instant_of(row, name)


def instant_of(row: Row, name: str) -> datetime:
    """Return the instant that a row names, in UTC: seconds since 1970 or ISO text."""
    said = text_of(row, name) or ""
    try:
        if said.isascii() and said.isdigit():
            return datetime.fromtimestamp(int(said), UTC)
        found = datetime.fromisoformat(said.removesuffix(" UTC"))  # as BigQuery writes it
    except (ValueError, OverflowError, OSError):
        msg = f"{name} is {said!r}, and a time of a bill is ISO 8601 text or seconds since 1970"
        raise UsageError(msg, field=name) from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def entries(bucket: Row, name: str = "results") -> list[Row]:
    """Return the objects of a list within an object."""
    found = bucket.get(name)
    if not isinstance(found, list) or not all(isinstance(each, Mapping) for each in found):  # pyright: ignore[reportUnknownVariableType]
        msg = f"{name} is a list of objects in this export, not {type(found).__name__}"
        raise UsageError(msg, field=name)
    return found  # pyright: ignore[reportUnknownVariableType]
