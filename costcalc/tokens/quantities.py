"""Arguments that are quantities: whole numbers, and amounts read exactly as they print."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from costcalc.errors import UsageError

__all__ = ["amount", "plain", "whole"]


def whole(number: object, name: str, *, least: int = 0, most: int | None = None) -> int:
    """Return a whole number within its limits; `UsageError` for anything else."""
    if type(number) is not int or number < least or (most is not None and number > most):
        limits = f"from {least}" if most is None else f"from {least} to {most:,}"
        msg = f"{name} is a whole number {limits}, not {number!r}"
        raise UsageError(msg, **{name: number})
    return number


def amount(number: object, name: str) -> Fraction:
    """Return a number of 0 or more, a float as the decimal that it prints as."""
    if isinstance(number, bool) or not isinstance(number, int | float | Decimal):
        msg = f"{name} is a number, not {number!r}"
        raise UsageError(msg, **{name: number})
    value = Decimal(float.__repr__(number)) if isinstance(number, float) else Decimal(number)
    if not value.is_finite() or value < 0:
        msg = f"{name} is finite and not negative, not {number}"
        raise UsageError(msg, **{name: number})
    return Fraction(value)


def plain(value: Fraction) -> str:
    """Return an amount as people write it, to six digits."""
    return f"{value.numerator:,}" if value.denominator == 1 else f"{float(value):,g}"
