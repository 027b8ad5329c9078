"""Amounts, rates, counts and ratios as people read them; nothing here passes through a float."""

from __future__ import annotations

from datetime import UTC
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING

from costcalc.digits import fixed, percent
from costcalc.money import ZERO, normal, quotient, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = [
    "ZERO", "aligned", "counted", "exact", "moment", "quotient", "rate", "ratio", "rounded",
    "share", "signed", "size",
]  # fmt: skip

_DIGITS = 3  # significant digits of the smallest amount in a column
_CENTS = 2
_SHORT = Context(prec=_DIGITS, rounding=ROUND_HALF_EVEN)
_SIGNS = {"USD": "$"}


def signed(digits: str, currency: str) -> str:
    """Return digits with their currency: $1.20, 1.20 CNY."""
    sign = _SIGNS.get(currency)
    if sign is None:
        return f"{digits} {currency}"
    return f"-{sign}{digits[1:]}" if digits.startswith("-") else f"{sign}{digits}"


def exact(amount: Decimal, currency: str) -> str:
    """Return an amount with all its digits, at least two decimals: $0.242, 12.50 EUR."""
    return signed(_two_places(normal(amount)), currency)


def rate(amount: Decimal, currency: str) -> str:
    """Return a rate with the digits that its price list writes, at least two decimals."""
    return signed(_two_places(amount), currency)


def _two_places(amount: Decimal) -> str:
    exponent = amount.as_tuple().exponent
    short = isinstance(exponent, int) and -exponent < _CENTS
    return fixed(amount, _CENTS) if short else f"{amount:,f}"


def rounded(amounts: Sequence[Decimal], currency: str) -> list[str]:
    """Return amounts of one column with the same decimals, the smallest with three digits."""
    least = min((each for each in amounts if each), key=Decimal.copy_abs, default=Decimal(1))
    longest = max((_places(each) for each in amounts), default=0)
    places = max(_CENTS, min(longest, _DIGITS - 1 - least.adjusted()))
    return [signed(fixed(each, places), currency) for each in amounts]


def _places(amount: Decimal) -> int:
    exponent = normal(amount).as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def ratio(times: Decimal | None) -> str:
    """Return a ratio at three digits, at least one decimal: 42.5×, 1.0×, 0.035×."""
    if times is None:
        return "–"
    places = max(1, _DIGITS - 1 - times.adjusted()) if times else 1
    return f"{fixed(times, places)}×"


def share(part: Decimal | None) -> str:
    """Return a share as a percentage with one decimal: 97.6%."""
    return "–" if part is None else percent(part)


def size(tokens: int | None) -> str:
    """Return a number of tokens at three digits: 256k, 1.05M, 10.4B; a dash where not known."""
    if tokens is None:
        return "–"
    for factor, suffix in ((10**9, "B"), (10**6, "M"), (10**3, "k")):
        if tokens >= factor:
            return f"{text_of(normal(_SHORT.divide(Decimal(tokens), Decimal(factor))))}{suffix}"
    return str(tokens)


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: 1 model, 2 models."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def moment(at: datetime | None) -> str:
    """Return an instant in UTC: a date where it is midnight; a dash where there is none."""
    if at is None:
        return "–"
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%d}" if at.hour == at.minute == 0 else f"{at:%Y-%m-%d %H:%MZ}"


def aligned(texts: Sequence[str]) -> list[str]:
    """Return amounts padded on the right, so that their decimal points stand below each other."""
    tails = [len(text) - (text.find(".") if "." in text else len(text)) for text in texts]
    widest = max(tails, default=0)
    return [text + " " * (widest - tail) for text, tail in zip(texts, tails, strict=True)]
