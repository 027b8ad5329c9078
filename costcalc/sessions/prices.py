"""One model's rates and cache policies under the terms of a session, looked up once."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

from costcalc import instants
from costcalc.billing.price import price
from costcalc.caching.policy import policy_of
from costcalc.errors import UnknownConditionError, UsageError
from costcalc.registry.cards import cache_of as stated_cache
from costcalc.sessions.checks import RECORDED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    from costcalc.billing.cost import Cost
    from costcalc.caching.policy import CachePolicy
    from costcalc.registry.plans import Plan
    from costcalc.registry.rates import Card, PriceList, Tariff
    from costcalc.registry.registry import Registry
    from costcalc.usage.usage import Usage

__all__ = ["Prices", "moment_of"]

_SECOND = 1_000_000
_NAMES = ("provider", "service_tier", "batch", "region", "conditions")
_KIND = "cache_kind"
"""The condition by which a few providers price cached tokens by the kind of cache."""


class Prices:
    """What a session pays at each instant and size, and what its cache does meanwhile."""

    __slots__ = ("_cache", "_kinds", "_plan", "_policies", "_speeds", "_terms", "model", "registry")

    def __init__(
        self, model: str, cache: str | None, terms: Mapping[str, Any], registry: Registry
    ) -> None:
        self.model = model
        self.registry = registry
        self._cache = cache
        self._terms = dict(terms)
        self._plan = self._plan_of(self._terms)
        self._kinds = self._terms_by_kind()
        self._policies: dict[PriceList, CachePolicy] = {}
        self._speeds: dict[Tariff, tuple[int, int] | None] = {}

    def _plan_of(self, terms: Mapping[str, Any]) -> Plan:
        return self.registry.plan(self.model, *(terms.get(name) for name in _NAMES))

    def _terms_by_kind(self) -> dict[str, Any] | None:
        """Return the terms under an explicit cache; None where kinds do not matter or are stated.

        What was recorded is billed as `price` does, which is not told the kind of cache.
        """
        stated: dict[str, Any] = self._terms.get("conditions") or {}
        if self._cache == RECORDED or _KIND in stated:
            return None
        return {**self._terms, "conditions": {**stated, _KIND: "explicit"}}

    def card(self, at: int, prompt: int, output: int) -> Card:
        """Return the rates of a call at an instant, by the tokens of its prompt and reply."""
        card = self._plan.card(at, 2 * prompt, 2 * output)
        if self._kinds is not None and self.policy(card).kind == "explicit":
            with suppress(UnknownConditionError):
                card = self._plan_of(self._kinds).card(at, 2 * prompt, 2 * output)
        if card.warnings:
            self.registry.warn(card)
        return card

    def policy(self, card: Card) -> CachePolicy:
        """Return the cache policy that holds with a card."""
        period = card.period
        found = self._policies.get(period)
        if found is None:
            kinds = stated_cache(self.registry, card)
            said = f"{card.tariff.model} ({card.tariff.provider})"
            chosen = None if self._cache == RECORDED else self._cache
            found = self._policies[period] = policy_of(kinds, card.rates, chosen, said)
        return found

    def price(self, card: Card, usage: Usage, at: datetime) -> Cost:
        """Return the cost of a usage on one of the cards."""
        special = self._kinds is not None and _KIND in card.conditions
        terms = self._kinds if special and self._kinds is not None else self._terms
        return price(self.model, usage, at=at, registry=self.registry, **terms)

    def speed(self, card: Card) -> tuple[int, int] | None:
        """Return the typical output tokens per second as a fraction; None where it is not known."""
        tariff = card.tariff
        if tariff not in self._speeds:
            stated = tariff.record.get("output_tokens_per_second")
            self._speeds[tariff] = Decimal(stated).as_integer_ratio() if stated else None
        return self._speeds[tariff]

    def writing(self, card: Card, output: int) -> int:
        """Return the microseconds that a reply takes to write; 0 where the speed is not known."""
        speed = self.speed(card)
        return 0 if speed is None else output * _SECOND * speed[1] // speed[0]


def moment_of(micros: int) -> datetime:
    """Return an instant; `UsageError` for one that no calendar has."""
    try:
        return instants.to_datetime(micros)
    except OverflowError:
        msg = "the session runs beyond the year 9999; its waits or replies are too long"
        raise UsageError(msg) from None
