"""What candidates are ranked by: a usage or a session, with the quick way to its total.

The totals are those of `price` and `Session.estimate` to the last digit, without their lines.
"""

from __future__ import annotations

from dataclasses import dataclass

from costcalc import instants
from costcalc.billing.bill import total_of
from costcalc.errors import CostcalcError, CurrencyMismatchError, UsageError
from costcalc.estimate.capabilities import implied_by
from costcalc.estimate.compare import need_of, plain_usage
from costcalc.money import EXACT, ZERO, normal
from costcalc.sessions.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal
    from typing import Any

    from costcalc.estimate.terms import Offer, Terms
    from costcalc.registry.rates import Card
    from costcalc.sessions.simulation import Simulation
    from costcalc.usage.usage import Usage

__all__ = ["SessionSubject", "Total", "UsageSubject", "subject_of"]


@dataclass(frozen=True, slots=True)
class Total:
    """What a candidate would cost."""

    amount: Decimal
    currency: str
    end: int
    """Instant of the last call."""


class UsageSubject:
    """A usage: one price each."""

    def __init__(self, usage: Usage, terms: Terms) -> None:
        self._usage = plain_usage(usage)
        self._terms = terms
        self.need = need_of(self._usage)
        self.implied = implied_by(self._usage)
        self.requests = self._usage.requests or 1
        if not self._usage.disjoint():
            msg = "the usage counts nothing, so that every model costs the same; give its tokens"
            raise UsageError(msg, usage=usage)

    def card(self, offer: Offer, **conditions: Any) -> Card:
        """Return the rates of a candidate, under other conditions where some are given."""
        named = {**self._terms.named, **conditions}
        plan = self._terms.registry.plan(offer.model, offer.provider, **named)
        return plan.card(self._terms.at, self._usage.prompt2, self._usage.output2)

    def check(self, card: Card) -> None:
        """Raise `UnpricedMeterError` where a candidate has no rate for something."""
        total_of(card, self._usage)

    def total(self, offer: Offer, card: Card) -> Total:  # noqa: ARG002 - a session needs the offer
        """Return what it would cost."""
        return Total(total_of(card, self._usage), card.tariff.currency, self._terms.at)


class SessionSubject:
    """A session: simulated under each candidate."""

    implied: tuple[str, ...] = ()
    requests = 1

    def __init__(self, session: Session, terms: Terms, offers: Iterable[Offer]) -> None:
        self._session = session
        self._terms = terms
        self.need = self._needed(offers)

    def _needed(self, offers: Iterable[Offer]) -> tuple[int, int]:
        """Return the longest prompt with its reply, and the longest reply.

        They are the same under every model; the first one that the session runs under tells them.
        """
        for offer in offers:
            try:
                calls = list(self._simulation(offer).calls(self._session.seed))
            except CostcalcError:
                continue
            own = [call for call in calls if call.prices.model == offer.model]
            return max(call.context + call.output for call in own), max(call.output for call in own)
        return 0, 0

    def _simulation(self, offer: Offer) -> Simulation:
        from costcalc.sessions.estimate import Terms as SessionTerms
        from costcalc.sessions.estimate import simulation_of

        at = instants.to_datetime(self._terms.at)
        registry = self._terms.registry
        terms = SessionTerms(provider=offer.provider, at=at, registry=registry, **self._terms.named)
        return simulation_of(self._session, offer.model, terms)

    def card(self, offer: Offer, **conditions: Any) -> Card:
        """Return the rates at the first call, under other conditions where some are given."""
        named = {**self._terms.named, **conditions}
        plan = self._terms.registry.plan(offer.model, offer.provider, **named)
        return plan.card(self._terms.at, 0, 0)

    def check(self, card: Card) -> None:
        """Raise `UnpricedMeterError` where a candidate has no rate for tokens of text."""
        for meter, tokens in zip(("input", "output"), self.need, strict=True):
            if tokens:
                card.resolve(meter)

    def total(self, offer: Offer, card: Card) -> Total:
        """Return what it would cost."""
        currency = card.tariff.currency
        total, end = ZERO, self._terms.at
        for call in self._simulation(offer).calls(self._session.seed):
            if call.card.tariff.currency != currency:
                raise CurrencyMismatchError(currency, call.card.tariff.currency)
            units, rest = call.amount()
            total = EXACT.add(total, EXACT.add(call.card.amount(units), rest))
            end = max(end, call.at)
        return Total(normal(total), currency, end)


def subject_of(
    what: Usage | Session, terms: Terms, offers: Iterable[Offer]
) -> UsageSubject | SessionSubject:
    """Return the subject of a search."""
    if isinstance(what, Session):
        return SessionSubject(what, terms, offers)
    return UsageSubject(what, terms)
