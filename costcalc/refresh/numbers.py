"""Decimal rates out of lists that keep prices as binary floats or per single token."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import Final

__all__ = ["plain", "scaled", "tidy"]

_DUST: Final = Decimal("1e-9")
"""The relative error below which a difference is float dust and not a price."""
_DIGITS: Final = 10
"""At ten significant digits, rounding alone stays below the dust."""


def plain(value: Decimal) -> str:
    """Return a decimal as text without exponent and trailing zeros."""
    return "0" if value == 0 else f"{value.normalize():f}"


def tidy(value: Decimal) -> Decimal:
    """Return the shortest decimal within a billionth of a value, which drops float dust.

    A list that stores dollars per second as 0.00133333333333 means 4.80 an hour.
    """
    shorter = (Context(prec=digits).plus(value) for digits in range(1, _DIGITS + 1))
    found = next(each for each in shorter if abs(each - value) <= abs(value) * _DUST)
    return Decimal(plain(found))


def scaled(price: Decimal | int, factor: int) -> Decimal:
    """Return a listed price times the number of base units that our rate is stated for."""
    return tidy(Decimal(price) * factor)
