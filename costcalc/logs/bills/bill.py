"""A bill: amounts by day and model, as fine as the seller's export goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from costcalc.assumptions import Assumption
from costcalc.errors import UsageError
from costcalc.money import EXACT, ZERO, as_decimal, normal
from costcalc.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Bill", "BillRow", "Pile", "checked_currency", "invoice"]

_CENTS, _MOST = 2, 12
_DAY = timedelta(days=1)
_CODE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class BillRow(Value):
    """One amount of a bill."""

    amount: Decimal
    """What was charged; negative for credits."""
    day: date | None = None
    """The day of the seller's clock; None where a row spans several."""
    model: str | None = None
    """The model as the bill names it; None for what is charged for no model."""
    meter: str | None = None
    """What was counted, where the bill says so: input, cache_read, web_search."""
    item: str | None = None
    """What is charged for, where it is no model: web_search, Tax, a line item's own words."""
    provider: str | None = None
    """Who sells it, where the bill has several sellers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill(Value):
    """What a seller charged, row by row."""

    kind: str
    """Name of the shape, such as openai-costs or focus."""
    rows: tuple[BillRow, ...]
    """The amounts."""
    currency: str = "USD"
    """ISO 4217 code of every amount."""
    provider: str | None = None
    """Whose bill it is; None where the bill does not say, or has several sellers."""
    places: int = _CENTS
    """Decimals that amounts are written with: a row may be half a unit of the last one off."""
    since: date | None = None
    """First day that the bill covers; None where it does not say."""
    until: date | None = None
    """First day after it."""
    assumptions: tuple[Assumption, ...] = ()
    """What the reading rests on."""

    @property
    def total(self) -> Decimal:
        """Exact sum of the rows."""
        found = ZERO
        for row in self.rows:
            found = EXACT.add(found, row.amount)
        return normal(found)

    @property
    def by_day(self) -> bool:
        """Whether every row names its day."""
        return bool(self.rows) and all(row.day is not None for row in self.rows)

    @property
    def by_model(self) -> bool:
        """Whether rows name models."""
        return any(row.model is not None for row in self.rows)

    @property
    def half(self) -> Decimal:
        """How far a row may be off by rounding: half a unit of its last decimal."""
        return Decimal(5).scaleb(-self.places - 1)


def invoice(
    total: Decimal | int | str, *, currency: str = "USD", provider: str | None = None
) -> Bill:
    """Return the bill of an invoice that says one total."""
    amount = as_decimal(total, "the total of an invoice")
    pile = Pile()
    pile.add(amount, checked_currency(currency))
    return pile.bill("invoice", provider)


def checked_currency(code: str) -> str:
    """Return the ISO 4217 code of a currency; some exports write it small."""
    found = code.strip().upper()
    if len(found) != _CODE or not found.isalpha():
        msg = f"a currency is its ISO 4217 code, such as 'EUR', not {code!r}"
        raise UsageError(msg, currency=code)
    return found


class Pile:
    """The rows of a bill while they are read."""

    def __init__(self) -> None:
        self._rows: dict[str, list[BillRow]] = {}
        self._first: date | None = None
        self._end: date | None = None
        self._places = _CENTS
        self._notes: dict[tuple[str, str], int] = {}

    def add(
        self,
        amount: Decimal,
        currency: str = "USD",
        start: datetime | date | None = None,
        end: datetime | date | None = None,
        **facts: Any,
    ) -> None:
        """Keep an amount of the time from `start` to `end`; a date alone is one day."""
        exponent = amount.as_tuple().exponent
        self._places = max(self._places, min(_MOST, -exponent if isinstance(exponent, int) else 0))
        day = None
        if start is not None:
            day, after = self.cover(start, end)
            day = None if after - day > _DAY else day
        row = BillRow(amount=normal(amount), day=day, **facts)
        self._rows.setdefault(currency, []).append(row)

    def cover(
        self, start: datetime | date, end: datetime | date | None = None
    ) -> tuple[date, date]:
        """Say that a time is covered, charged or not; return its first day and the one after."""
        first = _date(start)
        after = first + _DAY if end is None else _date(end)
        if isinstance(end, datetime) and (end.hour or end.minute or end.second):
            after += _DAY  # a part of a day is that day
        after = max(after, first + _DAY)
        self._first = first if self._first is None else min(first, self._first)
        self._end = after if self._end is None else max(after, self._end)
        return first, after

    def note(self, code: str, text: str) -> None:
        """Say what the reading rests on."""
        self._notes[code, text] = self._notes.get((code, text), 0) + 1

    def noted(self, code: str) -> bool:
        """Return whether something of this kind was said."""
        return any(code == said for said, _ in self._notes)

    def bill(self, kind: str, provider: str | None, currency: str | None = None) -> Bill:
        """Return the bill; `currency` chooses among several."""
        found = sorted(self._rows) or ["USD"]
        if currency is None and len(found) > 1:
            msg = (
                f"the bill has amounts in {', '.join(found)}, which do not add up; choose one with "
                "currency=, or --currency"
            )
            raise UsageError(msg, currencies=found)
        chosen = found[0] if currency is None else checked_currency(currency)
        if currency is not None and self._rows and chosen not in self._rows:
            msg = f"the bill has no amount in {chosen}; its amounts are in {', '.join(found)}"
            raise UsageError(msg, currency=chosen)
        return Bill(
            kind=kind,
            rows=tuple(self._rows.get(chosen, ())),
            currency=chosen,
            provider=provider,
            places=self._places,
            since=self._first,
            until=self._end,
            assumptions=tuple(
                Assumption(code, text if count == 1 else f"{count:,} times: {text}")
                for (code, text), count in self._notes.items()
            ),
        )


def _date(moment: datetime | date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
