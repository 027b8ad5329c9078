"""How much of a workload a project has: sessions, documents, texts or calls, month by month."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Self

from pydantic import Field, model_validator

from costcalc.planning.numbers import Amount, Fixed, Number, PerRun
from costcalc.registry.closed import Closed
from costcalc.registry.problems import MistakeError

if TYPE_CHECKING:
    from costcalc.planning.period import Month

__all__ = ["Documents", "Runs", "Sessions", "Texts", "Volume"]


_MONTH = re.compile(r"\d{4}-\d{2}")


class Rate(NamedTuple):
    """How a volume is stated: the key, in what time, and whether it counts people."""

    key: str
    span: str
    """month, working_day, day, or project for a volume that the whole project has."""
    people: bool = False


class Volume(Closed):
    """A volume is stated by exactly one key; `growth_ratio_per_month` and `seasons` change it."""

    rates: ClassVar[tuple[Rate, ...]] = ()
    """Ways to state the volume, one of which is used."""
    unit: ClassVar[str] = ""
    """What is counted: session, document, text or run."""

    growth_ratio_per_month: PerRun = Fixed(value=Decimal(0))
    """How much more each month has than the one before: 0.1 is a tenth more."""
    seasons: dict[str, Amount] = Field(default_factory=dict)
    """Factors of single months by their first day or their month: {2026-12: 0.5}."""

    @property
    def stated(self) -> Rate:
        """The key by which the volume is stated."""
        return next(rate for rate in self.rates if getattr(self, rate.key) is not None)

    @model_validator(mode="after")
    def _check_volume(self) -> Self:
        stated = [rate for rate in self.rates if getattr(self, rate.key) is not None]
        keys = [rate.key for rate in self.rates]
        if not stated:
            msg = f"nothing says how many {self.unit}s there are; write one of {', '.join(keys)}"
            raise ValueError(msg)
        if len(stated) > 1:
            said = " and ".join(rate.key for rate in stated)
            msg = f"{said} both say how many {self.unit}s there are; keep one"
            raise MistakeError(msg, stated[1].key)
        for month in self.seasons:
            _check_month(month)
        people = getattr(self, "people", None)
        if stated[0].people and people is None:
            msg = f"{stated[0].key} counts people, and nothing says how many; add people: 5"
            raise MistakeError(msg, stated[0].key)
        return self

    def volume_numbers(self) -> dict[str, Number]:
        """Return the numbers that the volume is made of, by their keys."""
        rate = self.stated
        found: dict[str, Number] = {rate.key: getattr(self, rate.key)}
        people: Number | None = getattr(self, "people", None)
        if rate.people and people is not None:
            found["people"] = people
        found["growth_ratio_per_month"] = self.growth_ratio_per_month
        return found

    def per_month(self, drawn: dict[str, float], month: Month, months: int, work: float) -> float:
        """Return how many a month has, at drawn values of the numbers."""
        rate = self.stated
        many = drawn[rate.key]
        if rate.people:
            many *= drawn["people"]
        if rate.span == "working_day":
            many *= work
        elif rate.span == "day":
            many *= month.days
        elif rate.span == "project":
            many /= months
        growth = (1.0 + drawn["growth_ratio_per_month"]) ** month.number
        return many * growth * float(month.scale) * float(self.season(month))

    def season(self, month: Month) -> Decimal:
        """Return the factor of a month."""
        label = month.label
        return self.seasons.get(label, self.seasons.get(label[:7], Decimal(1)))


def _check_month(month: str) -> None:
    try:
        date.fromisoformat(f"{month}-01" if _MONTH.fullmatch(month) else month)
    except ValueError:
        msg = f"{month!r} is no month; write 2026-12"
        raise MistakeError(msg, "seasons", month) from None


class Sessions(Volume):
    """A volume of sessions."""

    unit: ClassVar[str] = "session"
    rates: ClassVar[tuple[Rate, ...]] = (
        Rate("sessions_per_person_day", "working_day", people=True),
        Rate("sessions_per_person_month", "month", people=True),
        Rate("sessions_per_working_day", "working_day"),
        Rate("sessions_per_day", "day"),
        Rate("sessions_per_month", "month"),
        Rate("sessions", "project"),
    )

    people: PerRun | None = None
    """How many people work with it; amounts per person divide by it."""
    sessions_per_person_day: PerRun | None = None
    """Sessions of one person on a working day."""
    sessions_per_person_month: PerRun | None = None
    """Sessions of one person in a month."""
    sessions_per_working_day: PerRun | None = None
    """Sessions of all on a working day."""
    sessions_per_day: PerRun | None = None
    """Sessions of all on a calendar day."""
    sessions_per_month: PerRun | None = None
    """Sessions of all in a month."""
    sessions: PerRun | None = None
    """Sessions of the whole project, as many each month."""


class Documents(Volume):
    """A volume of documents."""

    unit: ClassVar[str] = "document"
    rates: ClassVar[tuple[Rate, ...]] = (
        Rate("documents_per_night", "day"),
        Rate("documents_per_day", "day"),
        Rate("documents_per_working_day", "working_day"),
        Rate("documents_per_month", "month"),
        Rate("documents", "project"),
    )

    documents_per_night: PerRun | None = None
    """Documents in each night of the calendar."""
    documents_per_day: PerRun | None = None
    """Documents on each day of the calendar."""
    documents_per_working_day: PerRun | None = None
    """Documents on each working day."""
    documents_per_month: PerRun | None = None
    """Documents in a month."""
    documents: PerRun | None = None
    """Documents of the whole project, as many each month."""


class Texts(Volume):
    """A volume of texts to embed."""

    unit: ClassVar[str] = "text"
    rates: ClassVar[tuple[Rate, ...]] = (
        Rate("texts_per_day", "day"),
        Rate("texts_per_month", "month"),
        Rate("texts", "project"),
    )

    texts_per_day: PerRun | None = None
    """Texts on each day of the calendar."""
    texts_per_month: PerRun | None = None
    """Texts in a month."""
    texts: PerRun | None = None
    """Texts of the whole project, as many each month."""


class Runs(Volume):
    """A volume of runs over the same files."""

    unit: ClassVar[str] = "run"
    rates: ClassVar[tuple[Rate, ...]] = (
        Rate("runs_per_day", "day"),
        Rate("runs_per_working_day", "working_day"),
        Rate("runs_per_month", "month"),
        Rate("runs", "project"),
    )

    runs_per_day: PerRun | None = None
    """Runs over all files on each day of the calendar."""
    runs_per_working_day: PerRun | None = None
    """Runs over all files on each working day."""
    runs_per_month: PerRun | None = None
    """Runs over all files in a month."""
    runs: PerRun | None = None
    """Runs over all files in the whole project, as many each month; 1 for a one-off."""
