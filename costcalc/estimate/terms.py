"""What models are compared on: who sells them, at whose prices, when, and in what currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import time_ns

from costcalc import instants
from costcalc.errors import UsageError
from costcalc.estimate.stated import shown
from costcalc.money import as_decimal
from costcalc.registry.current import check_registry, current
from costcalc.registry.registry import Registry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal
    from typing import Any

    from costcalc.billing.cost import Cost
    from costcalc.registry.rates import Card
    from costcalc.sessions.session import Session
    from costcalc.usage.usage import Usage

__all__ = ["Offer", "Terms"]

_CODE = 3
"""Letters of a currency code."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A model as one seller sells it."""

    name: str
    """What the comparison calls it."""
    model: str
    """Exact id, alias or provider/model."""
    provider: str | None = None
    """Who bills it; None where the name says enough."""


class _Quiet(Registry):
    """The same prices, which keep their warnings to themselves and their caches apart."""

    __slots__ = ()

    def warn(self, card: Card) -> None:
        """Say nothing: what stays is priced anew, and warns then."""


@dataclass(frozen=True, slots=True)
class Terms:
    """At whose prices, when, under what conditions and in what currency."""

    registry: Registry
    at: int
    """One instant for all of them."""
    named: Mapping[str, Any]
    """What `price` takes beside model, usage, seller, instant and registry."""
    currency: str | None = None
    """Currency to convert to; None is none."""
    rates: Mapping[str, Decimal] | None = None
    """Units of that currency for one of each other."""

    def quiet(self) -> Terms:
        """Return them with prices that warn of nothing, for models that no row may show."""
        prices = self.registry
        return replace(self, registry=_Quiet(prices.store, prices.adjustments, prices.overlays))

    @classmethod
    def of(
        cls,
        what: Usage | Session,
        registry: Registry | None,
        at: datetime | date | str | None,
        named: Mapping[str, Any],
        currency: str | None = None,
        rates: Mapping[str, Decimal | int | str] | None = None,
    ) -> Terms:
        """Return checked terms; the clock is read here, once, where nothing says when it ran."""
        prices = current() if registry is None else registry
        check_registry(prices)
        begun = getattr(what, "at", None) if at is None else at
        moment = time_ns() // 1000 if begun is None else instants.parse(begun)
        return cls(prices, moment, dict(named), *_exchange(currency, rates))

    def in_currency(self, cost: Cost, name: str) -> Cost:
        """Return a cost in the stated currency; `UsageError` where its rate was not stated."""
        if self.currency is None or cost.currency == self.currency:
            return cost
        rate = (self.rates or {}).get(cost.currency)
        if rate is None:
            msg = (
                f"{name!r} is not priced in {self.currency}: its price is {cost.total:f} "
                f"{cost.currency}; say the exchange rate too: "
                f"rates={{'{cost.currency}': '...'}}"
            )
            raise UsageError(msg, currency=cost.currency, to=self.currency)
        return cost.to(self.currency, rate=rate)


def _exchange(
    currency: str | None, rates: Mapping[str, Decimal | int | str] | None
) -> tuple[str | None, Mapping[str, Decimal] | None]:
    """Return the currency to convert to and its rates, checked before anything is priced."""
    if currency is None:
        if rates:
            msg = "rates are exchange rates into a currency; say which: currency='EUR'"
            raise UsageError(msg, rates=rates)
        return None, None
    if not (isinstance(currency, str) and len(currency) == _CODE and currency.isupper()):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
        msg = f"a currency is its ISO 4217 code, such as 'EUR', not {currency!r}"
        raise UsageError(msg, currency=currency)
    if not isinstance(rates, Mapping | None):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
        msg = f"rates maps currencies to exchange rates, as {{'USD': '0.86'}}, not {shown(rates)}"
        raise UsageError(msg, rates=rates)
    found = {code: as_decimal(rate, f"the rate of {code}") for code, rate in (rates or {}).items()}
    for code, rate in found.items():
        if rate <= 0:
            msg = f"the rate of {code} is {currency} for one {code} and positive, not {rate}"
            raise UsageError(msg, currency=code, rate=rate)
    return currency, found
