"""Exact money: decimals from text, arithmetic that rounds nowhere unless it says so.

All arithmetic runs in contexts of its own, so that a caller's `decimal.getcontext()` changes
nothing. The exact context raises instead of rounding.
"""

from __future__ import annotations

from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)

from costcalc.errors import UsageError

__all__ = ["EXACT", "ZERO", "as_decimal", "divide", "normal", "text_of"]

EXACT = Context(
    prec=400,
    rounding=ROUND_HALF_EVEN,
    Emin=-999_999,
    Emax=999_999,
    traps=[Inexact, InvalidOperation, DivisionByZero, Overflow],
)
"""Context whose operations are exact or raise."""
ZERO = Decimal(0)

_WIDE = Context(prec=400, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero])
_GRAIN = Decimal(1).scaleb(-18)


def as_decimal(value: object, what: str) -> Decimal:
    """Return an exact decimal of a `Decimal`, an `int` or decimal text.

    Raises `UsageError` for floats, booleans, text that is no number, and what is not finite.
    """
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        number = Decimal(value)
    elif isinstance(value, str):
        try:
            number = Decimal(value.strip())
        except DecimalException:
            msg = f"{what} {value!r} is no decimal number; write it like '0.20'"
            raise UsageError(msg, value=value) from None
    else:
        msg = f"{what} is a Decimal, an int or decimal text, not {type(value).__name__} {value!r}"
        if isinstance(value, float):
            msg += f"; write '{value}' in quotes, a float is not exact"
        raise UsageError(msg, value=value)
    if not number.is_finite():
        msg = f"{what} {value!r} is not finite"
        raise UsageError(msg, value=value)
    return number


def normal(number: Decimal) -> Decimal:
    """Return a decimal without trailing zeros and without an exponent: 100, not 1E+2."""
    short = EXACT.normalize(number)
    return EXACT.quantize(short, Decimal(1)) if _has_exponent(short) else short


def _has_exponent(number: Decimal) -> bool:
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent > 0


def divide(number: Decimal, by: int) -> Decimal:
    """Return a quotient: exact where it is finite, else rounded half-even at 10**-18."""
    odd = by
    for prime in (2, 5):
        while odd % prime == 0:
            odd //= prime
    if odd == 1 or number.as_integer_ratio()[0] % odd == 0:  # what is left divides: finite
        return normal(EXACT.divide(number, Decimal(by)))
    return normal(_WIDE.quantize(_WIDE.divide(number, Decimal(by)), _GRAIN))


def text_of(number: Decimal) -> str:
    """Return decimal text without an exponent, digits as they were written."""
    return f"{number:f}"
