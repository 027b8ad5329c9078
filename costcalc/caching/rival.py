"""The price at which another model costs the same."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from costcalc.billing.cost import Cost
from costcalc.errors import CurrencyMismatchError, UsageError
from costcalc.money import ZERO, normal
from costcalc.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from costcalc.registry.registry import Registry
    from costcalc.sessions.session import Session
    from costcalc.usage.usage import Usage

__all__ = ["Rival", "rival_of"]

_PLACES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival(Value):
    """Two models on the same usage or session, and what the other one would have to cost."""

    model: str
    """The model itself."""
    against: str
    """The other model."""
    total: Decimal
    """What the model itself costs."""
    against_total: Decimal
    """What the other one costs."""
    factor: Decimal | None
    """The other's whole price list times this costs the same; None where it is free."""
    rates: dict[str, Decimal | None]
    """By meter, the other's rate at which both cost the same, all its other rates as they are; None
    where even nothing for that meter would not do."""

    def __str__(self) -> str:
        """Return it as a sentence."""
        if self.factor is None:
            return f"against {self.against}, which is free: nothing is cheaper"
        verb = "wins" if self.against_total < self.total else "would win"
        said = ", ".join(
            f"{meter.replace('_', ' ')} at {rate:f}"
            for meter, rate in self.rates.items()
            if rate is not None
        )
        alone = f"; or with {said}, each alone" if said else ""
        return (
            f"against {self.against}: {self.total:f} against {self.against_total:f}; it {verb} "
            f"below {float(self.factor):.3g}× of its price list{alone}"
        )


def rival_of(
    model: str,
    against: str | None,
    usage: Usage | None,
    session: Session | None,
    terms: Mapping[str, Any],
    registry: Registry,
) -> Rival | None:
    """Return the comparison; None where no other model is named."""
    if against is None:
        if usage is None and session is None:
            return None
        msg = "say against which model: break_even(..., against='gpt-5', usage=...)"
        raise UsageError(msg)
    if (usage is None) == (session is None):
        msg = f"say on what {model} and {against} are compared: a usage or a session, one of them"
        raise UsageError(msg, against=against)
    others = {**terms, "provider": None}  # the seller of one model need not sell the other
    mine = _cost(model, usage, session, terms, registry)
    theirs = _cost(against, usage, session, others, registry)
    if mine.currency != theirs.currency:
        raise CurrencyMismatchError(mine.currency, theirs.currency)
    return Rival(
        model=mine.model or model,
        against=theirs.model or against,
        total=mine.total,
        against_total=theirs.total,
        factor=_decimal(Fraction(mine.total) / Fraction(theirs.total)) if theirs.total else None,
        rates=_rates(mine, theirs),
    )


def _cost(
    model: str,
    usage: Usage | None,
    session: Session | None,
    terms: Mapping[str, Any],
    registry: Registry,
) -> Cost:
    if session is not None:
        return session.estimate(model, **terms, registry=registry).cost
    from costcalc.billing.price import price

    assert usage is not None  # noqa: S101 - the caller checked that one of them is
    return price(model, usage, **terms, registry=registry)


def _rates(mine: Cost, theirs: Cost) -> dict[str, Decimal | None]:
    """Return the rate of each meter of tokens by which the other's total becomes this one's."""
    found: dict[str, Decimal | None] = {}
    for meter in dict.fromkeys(line.meter for line in theirs.lines):
        lines = [line for line in theirs.lines if line.meter == meter]
        quantity = sum(Fraction(line.quantity) / line.per for line in lines)
        amount = sum((line.amount for line in lines), ZERO)
        left = Fraction(mine.total) - Fraction(theirs.total) + Fraction(amount)
        found[meter] = _decimal(left / quantity) if left >= 0 and quantity else None
    return found


def _decimal(number: Fraction) -> Decimal:
    return normal(Decimal(round(number * 10**_PLACES)).scaleb(-_PLACES))
