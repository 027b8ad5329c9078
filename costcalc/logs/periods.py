"""Days, weeks, months and years of instants, in a time zone."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, tzinfo

from costcalc import instants
from costcalc.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PERIODS", "Zone"]

PERIODS = ("day", "week", "month", "year")
_QUARTER = instants.HOUR // 4
"""Offsets of zones are whole quarters of an hour, so that no day begins within one."""


class Zone:
    """A time zone by its name: that of the IANA's data, `UTC`, or `local` for the machine's own."""

    def __init__(self, timezone: str | tzinfo | None = None) -> None:
        self.name = "UTC" if timezone is None else str(timezone)
        self._zone = (
            _zone_of(self.name) if timezone is None or isinstance(timezone, str) else timezone
        )

    def labels(self, period: str) -> Callable[[int], str]:
        """Return what names the day, week, month or year of an instant, such as 2026-09-01."""
        write = _WRITERS[period]
        kept: dict[int, str] = {}

        def label(at: int) -> str:
            quarter = at // _QUARTER
            found = kept.get(quarter)
            if found is None:
                moment = instants.to_datetime(quarter * _QUARTER)
                with suppress(OverflowError):  # the first or last day of all calendars
                    moment = moment.astimezone(self._zone)
                found = kept[quarter] = write(moment)
            return found

        return label

    def instant(self, stated: datetime | date | str) -> int:
        """Return an instant in microseconds: a date is its beginning here, as is a time of a clock.

        Raises `UsageError` for what is no date or time.
        """
        moment = _parsed(stated) if isinstance(stated, str) else stated
        if not isinstance(moment, datetime):
            moment = datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001 - placed below
        if moment.tzinfo is None:
            moment = self._placed(moment)
        return instants.from_datetime(moment)

    def _placed(self, moment: datetime) -> datetime:
        """Return a time without a zone as a clock of this one shows it."""
        if self._zone is not None:
            return moment.replace(tzinfo=self._zone)
        try:
            return moment.astimezone()
        except (ValueError, OverflowError, OSError):
            msg = f"{moment.isoformat()} lies outside the years of this machine's clock"
            raise UsageError(msg, at=moment) from None


def _zone_of(name: str) -> tzinfo | None:
    """Return the zone of a name; None is the machine's own."""
    if name == "UTC":
        return UTC
    if name == "local":
        return None
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        msg = (
            f"there is no time zone {name!r}; name one as the IANA does, such as 'Europe/Berlin', "
            "or say UTC or local"
        )
        raise UsageError(msg, timezone=name) from None


def _parsed(text: str) -> datetime | date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        msg = f"{text!r} is no ISO 8601 date or time; write '2025-09-07' or '2025-09-07T12:00'"
        raise UsageError(msg, at=text) from None


def _week(moment: datetime) -> str:
    year, week, _ = moment.isocalendar()
    return f"{year:04}-W{week:02}"


_WRITERS: dict[str, Callable[[datetime], str]] = {
    "day": lambda moment: moment.date().isoformat(),
    "week": _week,
    "month": lambda moment: moment.date().isoformat()[: len("2026-09")],
    "year": lambda moment: f"{moment.year:04}",
}
