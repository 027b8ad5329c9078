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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fractions import Fraction

__all__ = [
    "EXACT",
    "HALF_EVEN",
    "ZERO",
    "as_decimal",
    "divide",
    "from_fraction",
    "normal",
    "quotient",
    "text_of",
    "to_places",
]

EXACT = Context(
    prec=400,
    rounding=ROUND_HALF_EVEN,
    Emin=-999_999,
    Emax=999_999,
    traps=[Inexact, InvalidOperation, DivisionByZero, Overflow],
)
"""Context whose operations are exact or raise."""
ZERO = Decimal(0)

HALF_EVEN = Context(prec=400, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero])
"""Context for what has no end, and for display; what it makes is rounded to places afterwards."""
_GRAIN = Decimal("1E-18")
_RATIO = Context(prec=12, rounding=ROUND_HALF_EVEN)
_MAGNITUDE, _DIGITS = 30, 100
"""Most powers of ten, and digits, of a number that is given; products of several stay exact."""
_SHOWN = 40
"""Letters of such a number that an error shows."""
_PLACES = 12
"""Decimals of a ratio that has no end."""


def as_decimal(value: object, what: str) -> Decimal:
    """Return an exact decimal of a `Decimal`, an `int` or decimal text.

    Raises `UsageError` for floats, booleans, text that is no number, what is not finite, and what
    is so large, small or long that products of it would have no exact form.
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
    if number and (abs(number.adjusted()) > _MAGNITUDE or len(number.as_tuple().digits) > _DIGITS):
        said = repr(value)
        msg = (
            f"{what} {said if len(said) < _SHOWN else said[:_SHOWN] + '…'} is out of range: from "
            f"10**-{_MAGNITUDE} to 10**{_MAGNITUDE}, with {_DIGITS} digits at most"
        )
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
    return normal(HALF_EVEN.quantize(HALF_EVEN.divide(number, Decimal(by)), _GRAIN))


def from_fraction(number: Fraction, places: int = _PLACES) -> Decimal:
    """Return a fraction as a decimal, rounded half-even where it has more places."""
    return normal(EXACT.scaleb(Decimal(round(number * 10**places)), -places))


def to_places(number: Decimal, places: int) -> Decimal:
    """Return a number with so many decimals, rounded half-even: 1.50 of 1.5 and of 1.505."""
    return HALF_EVEN.quantize(number, Decimal((0, (1,), -places)))


def quotient(amount: Decimal, base: Decimal) -> Decimal | None:
    """Return how many times a base an amount is, at twelve digits; None where the base is free."""
    return normal(_RATIO.divide(amount, base)) if base else None


def text_of(number: Decimal) -> str:
    """Return decimal text without an exponent, digits as they were written."""
    return f"{number:f}"
