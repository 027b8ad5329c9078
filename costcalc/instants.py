"""Instants: what a caller or a price file may write, as whole microseconds since 1970 in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from costcalc.errors import UsageError

__all__ = [
    "DAY",
    "FIRST",
    "FOREVER",
    "HOUR",
    "NEVER",
    "from_datetime",
    "parse",
    "to_datetime",
    "to_text",
]

HOUR = 3_600_000_000
"""Microseconds of an hour."""
DAY = 24 * HOUR
"""Microseconds of a day."""
NEVER = -(10**30)
"""Before every instant, and below every count."""
FOREVER = 10**30
"""After every instant, and above every count."""

_parsed: dict[str, int] = {}  # the same few dates are asked for again and again
_MOST_PARSED = 1_024
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
FIRST = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LAST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND


def from_datetime(moment: datetime) -> int:
    """Return an aware datetime as microseconds; a naive one is a `UsageError`."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        msg = f"{_zoneless(moment)} or datetime(..., tzinfo=timezone.utc)"
        raise UsageError(msg, at=moment)
    micros = (moment - _EPOCH) // _MICROSECOND
    if not FIRST <= micros <= _LAST:
        msg = f"{moment.isoformat()} lies outside the years 1 to 9999 in UTC"
        raise UsageError(msg, at=moment)
    return micros


def parse(at: datetime | date | str) -> int:
    """Return the instant of an aware datetime, a date (00:00 UTC) or ISO 8601 text.

    Raises `UsageError` for naive times and for anything else.
    """
    if isinstance(at, str):
        found = _parsed.get(at)
        if found is None:
            if len(_parsed) >= _MOST_PARSED:
                _parsed.clear()
            found = _parsed[at] = _parse_text(at)
        return found
    if isinstance(at, datetime):
        return from_datetime(at)
    if isinstance(at, date):  # pyright: ignore[reportUnnecessaryIsInstance] - callers may be untyped
        return from_datetime(datetime(at.year, at.month, at.day, tzinfo=UTC))
    msg = f"an instant is an aware datetime, a date or ISO text, not {type(at).__name__} {at!r}"
    raise UsageError(msg, at=at)


def _parse_text(text: str) -> int:
    said = text.strip()
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        msg = f"{text!r} is no ISO 8601 date or time; write '2025-09-07' or '2025-09-07T12:00:00Z'"
        raise UsageError(msg, at=text) from None
    if moment.tzinfo is None:
        if not _is_date(said):
            raise UsageError(f"{_zoneless(moment)}, which is UTC", at=text)
        moment = moment.replace(tzinfo=UTC)  # a bare date is its first instant in UTC
    return from_datetime(moment)


def _zoneless(moment: datetime) -> str:
    said = moment.isoformat()
    return f"{said} has no time zone, so it names no instant; add one: '{said}Z'"


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def to_datetime(micros: int) -> datetime:
    """Return microseconds as an aware datetime in UTC."""
    return _EPOCH + timedelta(microseconds=micros)


def to_text(micros: int) -> str:
    """Return microseconds as ISO text in UTC: a date where it is midnight, else with `Z`."""
    moment = to_datetime(micros)
    if micros % DAY == 0:
        return moment.date().isoformat()
    return moment.isoformat().replace("+00:00", "Z")
