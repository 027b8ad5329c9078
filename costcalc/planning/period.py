"""When a project runs: its months, and its phases with how much of each volume they have."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, NamedTuple, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from costcalc import instants
from costcalc.planning.numbers import Amount
from costcalc.registry.closed import Closed
from costcalc.registry.problems import MistakeError
from costcalc.registry.scalars import Text

__all__ = ["Month", "Period", "Phase", "Whole"]

_YEAR = 12
_MOST_MONTHS = 120
_LAST_YEAR = 9999


def _day(value: Any) -> Any:
    if isinstance(value, datetime) or not isinstance(value, str | date):
        msg = f"{value!r} is no date; write 2026-09-01"
        raise ValueError(msg)  # noqa: TRY004 - pydantic turns ValueError into its own report
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        msg = f"{value!r} is no date; write 2026-09-01"
        raise ValueError(msg) from None


def _whole(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int):
        said = f"{value!r:.60}" if isinstance(value, str) else f"{value}"
        plain = isinstance(value, str) and value.isascii() and value.isdigit()
        hint = f"{value}, without quotes" if plain else "one, such as 3"
        msg = f"{said} is no whole number; write {hint}"
        raise ValueError(msg)  # noqa: TRY004 - pydantic turns ValueError into its own report
    return value


Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Whole = Annotated[int, BeforeValidator(_whole)]


class Month(NamedTuple):
    """One month of a project, which begins on the day of the month that the project does."""

    number: int
    """From 0 on."""
    start: int
    """First instant, in microseconds since 1970."""
    end: int
    """First instant after it."""
    days: int
    """Calendar days."""
    scale: Decimal
    """How much of each volume it has."""
    phase: str | None
    """Name of its phase."""

    @property
    def label(self) -> str:
        """Return its first day."""
        return instants.to_datetime(self.start).date().isoformat()


class Phase(Closed):
    """A stretch of months with a part of the volumes."""

    name: Text
    """What the phase is called."""
    months: Annotated[Whole, Field(ge=1, le=_MOST_MONTHS)]
    """How many months it lasts."""
    scale: Amount = Decimal(1)
    """How much of each volume it has: 0.4 is four tenths."""


class Period(Closed):
    """When the project begins, and how long it lasts."""

    start: Day
    """First day, at 00:00 UTC."""
    months: Annotated[Whole, Field(ge=1, le=_MOST_MONTHS)]
    """How many months it lasts."""
    working_days_per_month: Annotated[Amount, Field(le=31)] = Decimal(21)
    """Days on which people work, for volumes that are stated by day."""

    @model_validator(mode="after")
    def _check_end(self) -> Self:
        if self.start.year + (self.start.month - 1 + self.months) // _YEAR > _LAST_YEAR:
            msg = f"{self.start} and {self.months} months are beyond {_LAST_YEAR}; begin earlier"
            raise MistakeError(msg, "start")
        return self

    def split(self, phases: tuple[Phase, ...]) -> tuple[Month, ...]:
        """Return the months, with the scale of the phase that each of them is in."""
        scales = [(each.scale, each.name) for each in phases for _ in range(each.months)]
        found: list[Month] = []
        for number in range(self.months):
            first, after = self._first(number), self._first(number + 1)
            scale, name = scales[number] if scales else (Decimal(1), None)
            start, end = (
                instants.from_datetime(datetime(each.year, each.month, each.day, tzinfo=UTC))
                for each in (first, after)
            )
            found.append(Month(number, start, end, (after - first).days, scale, name))
        return tuple(found)

    def _first(self, number: int) -> date:
        """Return the first day of a month; the 31st is the last day of a shorter one."""
        years, month = divmod(self.start.month - 1 + number, _YEAR)
        year = self.start.year + years
        last = monthrange(year, month + 1)[1]
        return date(year, month + 1, min(self.start.day, last))
