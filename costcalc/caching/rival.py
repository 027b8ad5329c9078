"""The price at which another model costs the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from costcalc.billing.cost import Cost
from costcalc.digits import fixed
from costcalc.errors import CurrencyMismatchError, UsageError
from costcalc.estimate.stated import shown
from costcalc.meters import METERS
from costcalc.money import from_fraction
from costcalc.values import Value, frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from costcalc.registry.registry import Registry
    from costcalc.sessions.session import Session
    from costcalc.usage.usage import Usage

__all__ = ["Rival", "rival_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival(Value):
    """Two models on the same usage or session, and what the other one would have to cost."""

    model: str
    """The model itself."""
    against: str
    """The other model."""
    currency: str
    """ISO 4217 code of every amount."""
    total: Decimal
    """What the model itself costs."""
    against_total: Decimal
    """What the other one costs."""
    factor: Decimal | None
    """The other's whole price list times this costs the same; None where it is free."""
    rates: Mapping[str, Decimal | None]
    """By meter, the other's rate at which both cost the same, all its other rates as they are; None
    where even nothing for that meter would not do."""

    def __post_init__(self) -> None:
        """Let nothing that a value holds be changed."""
        object.__setattr__(self, "rates", frozen(self.rates))

    def __str__(self) -> str:
        """Return it as a sentence."""
        if self.against_total == self.total:
            return f"{self.against} and {self.model} cost the same, {self.total:f} {self.currency}"
        verb = "wins" if self.against_total < self.total else "loses"
        head = (
            f"{self.against} {verb} against {self.model}, {self.against_total:f} to {self.total:f} "
            f"{self.currency}"
        )
        if self.factor is None:
            return f"{head}: nothing is cheaper than free"
        said = [f"at {_short(self.factor)}× its price list"]
        said += [
            f"with {meter.replace('_', ' ')} at {_short(rate)} per {METERS[meter].unit}"
            for meter, rate in self.rates.items()
            if rate is not None
        ]
        return f"{head}; it costs the same {' or '.join(said)}, all else as it is"


def _short(number: Decimal) -> str:
    """Return a number at four digits, without an exponent."""
    places = max(0, 3 - number.adjusted()) if number else 0
    return fixed(number, places)


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
    if session is not None:
        from costcalc.sessions.session import Session

        if not isinstance(session, Session):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
            msg = f"session is a costcalc.Session, not {shown(session)}"
            raise UsageError(msg, session=session)
    others = {**terms, "provider": None}  # the seller of one model need not sell the other
    mine = _cost(model, usage, session, terms, registry)
    theirs = _cost(against, usage, session, others, registry)
    if mine.currency != theirs.currency:
        raise CurrencyMismatchError(mine.currency, theirs.currency)
    return Rival(
        model=mine.model or model,
        against=theirs.model or against,
        currency=mine.currency,
        total=mine.total,
        against_total=theirs.total,
        factor=from_fraction(Fraction(mine.total) / Fraction(theirs.total))
        if theirs.total
        else None,
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
        amount = sum(Fraction(line.amount) for line in lines)
        left = Fraction(mine.total) - Fraction(theirs.total) + amount
        found[meter] = from_fraction(left / quantity) if left >= 0 else None
    return found
