"""Decimals as people read them, rounded half-even whatever the caller's decimal context rounds."""

from __future__ import annotations

from fractions import Fraction

from costcalc.money import from_fraction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from decimal import Decimal

__all__ = ["fixed", "percent"]


def fixed(number: Decimal, places: int) -> str:
    """Return a number with so many decimals, its thousands apart: 1,234.50."""
    return f"{from_fraction(Fraction(number), places):,.{places}f}"


def percent(share: Decimal, places: int = 1) -> str:
    """Return a share in percent with so many decimals: 96.6%."""
    return f"{from_fraction(Fraction(share), places + 2):.{places}%}"
