"""litellm's off-peak windows, turned into the peak hours that a price rule states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from costcalc.refresh.documents import UnexpectedError, as_array, as_number, as_object, as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from costcalc.refresh.documents import Json
    from costcalc.refresh.listing import Condition

__all__ = ["peak_conditions"]

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY: Final = 24 * 60
"""Minutes of a day."""


def peak_conditions(windows: Json) -> Iterator[dict[str, Condition]]:
    """Yield the conditions of all hours that no off-peak window holds, days of a kind together.

    Windows and hours are in UTC, weekdays 1 (Monday) to 7.
    """
    quiet = [bytearray(_DAY) for _ in _DAYS]
    for each in as_array(windows, "windows"):
        window = as_object(each, "windows")
        hours = window.get("hours_utc")
        for day in as_array(window.get("weekdays"), "weekdays"):
            minutes = quiet[int(as_number(day, "weekdays")) - 1]
            for text in hours if isinstance(hours, list) else [hours]:
                _mark(minutes, as_text(text, "hours_utc"))
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, minutes in zip(_DAYS, quiet, strict=True):
        groups.setdefault(tuple(_peaks(minutes)), []).append(name)
    for hours, names in groups.items():
        if hours:
            yield _conditions(hours, names)


def _conditions(hours: tuple[str, ...], names: list[str]) -> dict[str, Condition]:
    found: dict[str, Condition] = {}
    if hours != ("00:00-24:00",):
        found["hours"] = hours
    if len(names) < len(_DAYS):
        found["days"] = "mon-fri" if tuple(names) == _DAYS[:5] else tuple(names)
    return found


def _mark(minutes: bytearray, text: str) -> None:
    """Mark a window's minutes; one that wraps midnight belongs to the same day at both ends."""
    first, _, last = text.partition("-")
    start, end = _minute(first), _minute(last)
    spans = ((start, end),) if start < end else ((start, _DAY), (0, end))
    for low, high in spans:
        minutes[low:high] = b"\1" * (high - low)


def _minute(text: str) -> int:
    hour, _, minute = text.partition(":")
    if not (hour.isdecimal() and minute.isdecimal()):
        msg = f"expected a time of day such as 16:30, found {text!r}"
        raise UnexpectedError(msg, key="hours_utc")
    return int(hour) * 60 + int(minute)


def _peaks(quiet: bytearray) -> Iterator[str]:
    start = quiet.find(0)
    while start >= 0:
        end = quiet.find(1, start)
        end = _DAY if end < 0 else end
        yield f"{_clock(start)}-{_clock(end)}"
        start = quiet.find(0, end)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
