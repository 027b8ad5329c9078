"""Candidates of a search: judged one by one, ranked by totals, counted where they drop out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from costcalc.errors import CostcalcError
from costcalc.estimate.capabilities import Known
from costcalc.estimate.compare import common
from costcalc.estimate.constraints import reason_of
from costcalc.estimate.terms import Offer
from costcalc.money import EXACT, ZERO, normal
from costcalc.registry.cards import cache_of
from costcalc.registry.names import resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal
    from typing import Any

    from costcalc.estimate.compare import Failure
    from costcalc.estimate.constraints import Constraints, Sellers
    from costcalc.estimate.subjects import SessionSubject, UsageSubject
    from costcalc.estimate.terms import Terms
    from costcalc.registry.cards import ModelInfo
    from costcalc.registry.rates import Card

__all__ = ["Candidate", "Search", "candidates_of"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that may do, what the registry knows of it, and what it would cost."""

    offer: Offer
    info: ModelInfo
    """Of the model that is billed: after a redirect, the successor."""
    total: Decimal = ZERO
    currency: str = ""

    def rank(self) -> tuple[Any, ...]:
        """Return what it is sorted by: the total, then the maker's own before a reseller's."""
        info = self.info
        moved = self.offer.model.lower() != info.id.lower()
        return self.total, info.maker != info.provider, moved, info.provider, info.id.lower()


def candidates_of(
    terms: Terms, names: Iterable[str] | None
) -> tuple[list[Candidate], list[Failure]]:
    """Return every model of the registry, or those that are named and the errors of the rest."""
    if names is None:
        infos = terms.registry.models()
        offers = [Offer(f"{info.provider}/{info.id}", info.id, info.provider) for info in infos]
        return [Candidate(*pair) for pair in zip(offers, infos, strict=True)], []
    found: list[Candidate] = []
    failures: list[Failure] = []
    for name in names:
        try:
            record = resolve(terms.registry.store, name).target(terms.at).record
        except CostcalcError as error:
            failures.append((name, error))
        else:
            info = terms.registry.model(record["id"], provider=record["provider"])
            found.append(Candidate(Offer(name, name), info))
    return found, failures


class Search:
    """The candidates that stay, and the names of the others by the reason."""

    def __init__(
        self,
        subject: UsageSubject | SessionSubject,
        constraints: Constraints,
        sellers: Sellers,
        terms: Terms,
    ) -> None:
        self._subject = subject
        self._constraints = constraints
        self._sellers = sellers
        self._terms = terms
        self._stay: list[Candidate] = []
        self.excluded: dict[str, list[str]] = {}

    def judge(self, candidate: Candidate) -> None:
        """Let a candidate stay, or drop it for the first reason that applies."""
        try:
            found = self._sellers.refusal(candidate.info) or self._found(candidate)
        except CostcalcError as error:
            found = reason_of(error, self._terms.at)
        if isinstance(found, str):
            self._drop(candidate, found)
        else:
            self._stay.append(found)

    def _drop(self, candidate: Candidate, reason: str) -> None:
        self.excluded.setdefault(reason, []).append(candidate.offer.name)

    def _found(self, candidate: Candidate) -> Candidate | str:
        """Return a candidate with its total, or why it is none."""
        offer, subject = candidate.offer, self._subject
        retired = self._constraints.retired(candidate.info, self._terms.at)
        if retired is not None:
            return retired
        card = subject.card(offer)
        subject.check(card)
        info = self._billed(candidate.info, card)
        known = Known(
            info,
            card.rates,
            cache_of(self._terms.registry, card),
            lambda conditions: subject.card(offer, **conditions),
        )
        checked = card.period.checked
        day = None if checked is None else date.fromisoformat(checked[:10])
        refusal = self._constraints.refusal(known, day)
        if refusal is not None:
            return refusal
        total = subject.total(offer, card)
        retired = self._constraints.retired(candidate.info, total.end)
        if retired is not None:
            return retired
        return replace(candidate, info=info, total=total.amount, currency=total.currency)

    def _billed(self, info: ModelInfo, card: Card) -> ModelInfo:
        """Return the model that a card bills, which after a redirect is another one."""
        tariff = card.tariff
        if (tariff.provider, tariff.model) == (info.provider, info.id):
            return info
        return self._terms.registry.model(tariff.model, provider=tariff.provider)

    def ranked(
        self, currency: str | None, *, free_ok: bool, every_seller: bool, most: int | None
    ) -> list[Candidate]:
        """Return those that stay, the cheapest first, in one currency."""
        stay = self._in_one_currency(currency)
        if not free_ok:
            stay = self._without(stay, lambda each: not each.total, "free")
        stay.sort(key=Candidate.rank)
        if not every_seller:
            first: dict[str, Candidate] = {}
            for each in stay:
                first.setdefault(each.info.id.lower(), each)
            stay = self._without(
                stay,
                lambda each: first[each.info.id.lower()] is not each,
                "sold elsewhere for no more",
            )
        if most is not None:
            for each in stay[most:]:
                self._drop(each, f"not among the first {most}")
            stay = stay[:most]
        return stay

    def _without(self, stay: list[Candidate], is_out: Any, reason: str) -> list[Candidate]:
        kept: list[Candidate] = []
        for each in stay:
            if is_out(each):
                self._drop(each, reason)
            else:
                kept.append(each)
        return kept

    def _in_one_currency(self, currency: str | None) -> list[Candidate]:
        """Return candidates whose total is in a currency, converted where the rate was stated."""
        target = currency or common([each.currency for each in self._stay])
        rates = self._terms.rates or {}
        found: list[Candidate] = []
        for each in self._stay:
            if each.currency == target:
                found.append(each)
            elif each.currency in rates:
                total = normal(EXACT.multiply(each.total, rates[each.currency]))
                found.append(replace(each, total=total, currency=str(target)))
            else:
                self._drop(each, f"priced in {each.currency}, at no stated exchange rate")
        return found
