"""Decimals as people read them, rounded half-even whatever the caller's decimal context rounds."""

from __future__ import annotations

from decimal import Decimal

from costcalc.money import to_places

__all__ = ["fixed", "percent", "percent_or_less"]

_LEAST_SHOWN = Decimal("0.00005")
"""A share below this would be printed as 0.00%."""


def fixed(number: Decimal, places: int, sign: str = "") -> str:
    """Return a number with so many decimals, its thousands apart: 1,234.50.

    `sign` is "+" where a number that is not below zero shall have one, too.
    """
    # rounded before: `format` would round as the caller's context does
    return f"{to_places(number, places):{sign},.{places}f}"


def percent(share: Decimal, places: int = 1, sign: str = "") -> str:
    """Return a share in percent with so many decimals: 96.6%; `sign` is that of `fixed`."""
    return f"{to_places(share, places + 2):{sign}.{places}%}"


def percent_or_less(share: Decimal) -> str:
    """Return a share in percent with two decimals, or that it is less than these show."""
    return percent(share, 2) if share >= _LEAST_SHOWN or not share else "less than 0.01%"
