"""Conditions of rules: comparisons, hours, days and plain values, parsed once and compared fast."""

from __future__ import annotations

from costcalc import instants

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "as_list",
    "as_text",
    "is_neutral",
    "parse_comparison",
    "parse_days",
    "parse_hours",
]

_NEUTRAL = frozenset(
    {"", "standard", "default", "auto", "on_demand", "global", "not_available", "false", "none"}
)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_MINUTES = 24 * 60
_SUFFIX = {"k": 1_000, "m": 1_000_000}


def as_list(value: Any) -> list[Any]:
    """Return the alternatives of a condition: a list as it is, one value as a list of it."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def as_text(value: object) -> str:
    """Return the form in which condition values are compared: lower-case text."""
    return str(value).lower()


def is_neutral(value: object) -> bool:
    """Return whether a value means the standard price, whatever the key."""
    return value is None or as_text(value) in _NEUTRAL


def parse_comparison(text: object) -> tuple[str, int]:
    """Return operator and number of tokens of text such as '>272k'; `k` is 1,000, `m` a million."""
    said = str(text).replace(" ", "").replace("_", "")
    operator = said[: 2 if said[1:2] == "=" else 1]
    number = said[len(operator) :].lower()
    factor = _SUFFIX.get(number[-1:], 1)
    whole, _, part = (number if factor == 1 else number[:-1]).partition(".")
    digits = whole + part
    if operator in {">", ">=", "<", "<="} and digits.isascii() and digits.isdigit():
        tokens, rest = divmod(int(digits) * factor, 10 ** len(part))
        if rest == 0:
            return operator, tokens
    msg = f'{text!r} is no comparison; write ">272k", ">=200k" or "<=0.2k", in quotes'
    raise ValueError(msg)


def _minutes(text: str) -> int | None:
    hour, colon, minute = text.partition(":")
    digits = hour + minute
    if colon and digits.isascii() and digits.isdigit() and len(hour) == len(minute) == len("00"):
        total = int(hour) * 60 + int(minute)
        if minute < "60" and total <= _DAY_MINUTES:
            return total
    return None


def parse_hours(text: object) -> tuple[int, int]:
    """Return start and end, in microseconds of a UTC day, of text such as '16:30-00:30'.

    The end is exclusive; one that is not after the start wraps to the next day.
    """
    first, _, last = str(text).partition("-")
    start, end = _minutes(first.strip()), _minutes(last.strip())
    if start is None or end is None or start in {end, _DAY_MINUTES}:
        msg = f'{text!r} is no window of hours; write "16:30-00:30", in UTC and in quotes'
        raise ValueError(msg)
    minute = instants.HOUR // 60
    return start * minute, end * minute


def parse_days(value: object) -> frozenset[int]:
    """Return the weekdays, Monday 0, of 'mon-fri' or a list; none means every day."""
    found: set[int] = set()
    for each in as_list(value):
        first, dash, last = str(each).lower().partition("-")
        if first not in _DAYS or (dash and last not in _DAYS):
            msg = f"{each!r} is no weekday; write mon-fri, or [sat, sun]"
            raise ValueError(msg)
        start = _DAYS.index(first)
        count = (_DAYS.index(last) - start) % 7 if dash else 0
        found.update((start + i) % 7 for i in range(count + 1))
    return frozenset(found) or frozenset(range(7))
