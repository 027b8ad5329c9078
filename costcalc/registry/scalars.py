"""The scalars of the price grammar: what a rate, an instant, a duration or a name may look like."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema

from costcalc import instants
from costcalc.errors import UsageError
from costcalc.meters import METERS
from costcalc.money import EXACT
from costcalc.registry import conditions as conds

__all__ = [
    "CacheMeter",
    "Comparison",
    "Count",
    "Currency",
    "Day",
    "Duration",
    "Factor",
    "Grain",
    "Instant",
    "MeterName",
    "Name",
    "ProviderId",
    "Rate",
    "Text",
    "Value",
    "Values",
    "check_order",
]

_MAX_PLACES = 12  # a rate with more decimals is float dust, not a price
_MAX_RATE = 10**9


def _amount(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        said = f"the text {value!r}" if isinstance(value, str) else repr(value)
        msg = f"a rate is a plain number, not {said}; write it without quotes, such as 0.20"
        raise ValueError(msg)  # noqa: TRY004 - pydantic turns ValueError into its own report
    number = Decimal(value)
    if not number.is_finite() or number < 0:
        msg = f"a rate is finite and not negative, not {value}; free is written 0"
        raise ValueError(msg)
    exponent = EXACT.normalize(number).as_tuple().exponent
    if isinstance(exponent, int) and -exponent > _MAX_PLACES:
        msg = f"{value} has more than {_MAX_PLACES} decimals: float dust? Write the published rate"
        raise ValueError(msg)
    if number > _MAX_RATE:
        msg = f"{value} is no price per unit; rates are per million tokens, per 1k calls, per hour"
        raise ValueError(msg)
    return number


def _instant(value: Any) -> Any:
    if not isinstance(value, str):
        msg = f"{value!r} is no date or instant; write 2026-05-15 or 2026-05-15T19:00:00Z"
        raise ValueError(msg)  # noqa: TRY004 - pydantic turns ValueError into its own report
    try:
        return instants.to_text(instants.parse(value))
    except UsageError as error:
        raise ValueError(str(error)) from None


def check_order(first: str | None, last: str | None) -> None:
    """Refuse a window that ends before it begins."""
    if first and last and instants.parse(last) <= instants.parse(first):
        msg = f"until {last} is not after from {first}"
        raise ValueError(msg)


def _day(value: Any) -> Any:
    text = _instant(value)
    if "T" in text:
        msg = f"{text} is an instant; a holiday is a date, such as 2026-10-01"
        raise ValueError(msg)
    return text


def _duration(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"[1-9]\d*[smhd]", value):
        msg = f"{value!r} is no duration; write 30s, 5m, 1h or 1d"
        raise ValueError(msg)
    return value


def _comparison(value: Any) -> Any:
    conds.parse_comparison(value)
    return value


Rate = Annotated[
    Decimal, BeforeValidator(_amount), WithJsonSchema({"type": "number", "minimum": 0})
]
Factor = Rate
Instant = Annotated[
    str,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "description": "a date (00:00Z) or an instant with zone"}),
]
Day = Annotated[str, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Duration = Annotated[str, BeforeValidator(_duration)]
Comparison = Annotated[
    str,
    BeforeValidator(_comparison),
    WithJsonSchema({"type": "string", "pattern": r"^(>=?|<=?)\s*\d[\d_.]*[km]?$"}),
]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^\S+$")]
ProviderId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
Text = Annotated[str, StringConstraints(min_length=1)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Count = Annotated[int, Field(strict=True, ge=0)]
Grain = Annotated[int, Field(strict=True, gt=0)]
if TYPE_CHECKING:
    MeterName = str
else:
    MeterName = Literal[tuple(METERS)]  # the table of meters is the type
CacheMeter = Literal["cache_read", "cache_write", "cache_write_1h", "cache_write_12h"]
Value = str | bool | int
Values = Value | list[Value]
