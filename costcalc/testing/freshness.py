"""Freshness: whether somebody has compared a price with its source lately."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from costcalc.errors import CostcalcError, UsageError
from costcalc.registry.current import current
from costcalc.testing.moves import block, table
from costcalc.testing.touches import card_touched

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from costcalc.registry.cards import RateCard
    from costcalc.registry.registry import Registry
    from costcalc.testing.pricing import Pricing

__all__ = ["StaleError", "assert_fresh", "check_touched"]


class StaleError(CostcalcError, AssertionError):
    """Nobody has compared a price with its source for too long; a test fails by it."""

    def __init__(self, message: str, stale: Mapping[str, date | None], days: int) -> None:
        super().__init__()
        self.message = message
        self.stale = dict(stale)
        self.days = days


def assert_fresh(
    models: str | Iterable[str],
    *,
    days: int = 60,
    registry: Registry | None = None,
    today: date | None = None,
    **terms: Any,
) -> None:
    """Raise `StaleError` unless the prices of models were checked in the last `days`.

    Terms are those of `Registry.rate_card`. A price that has ended cannot change any more, so it
    is always fresh; one whose file does not say when it was checked never is.
    """
    __tracebackhide__ = True
    prices = current() if registry is None else registry
    names = (models,) if isinstance(models, str) else tuple(models)
    _check([prices.rate_card(name, **terms) for name in names], days, today)


def check_touched(pricing: Pricing, days: int = 60, models: Iterable[str] = ()) -> None:
    """Raise `StaleError` unless what a test touched, and some models, were checked lately."""
    registry = pricing.registry
    cards = [card_touched(registry, each) for each in registry.touched]
    # looked up behind the frozen prices, which would take them for the test's own, to be pinned
    names = (models,) if isinstance(models, str) else models
    cards += [registry.base.rate_card(name, at=pricing.at) for name in names]
    if not cards:
        msg = (
            "price_freshness looks at the prices that a test touches, and this one touches none; "
            "name some: @pytest.mark.price_freshness(days=60, models=['gpt-5'])"
        )
        raise UsageError(msg)
    _check(cards, days, pricing.today)


def _check(cards: Iterable[RateCard], days: int, today: date | None) -> None:
    __tracebackhide__ = True
    if type(days) is not int or days < 0:
        msg = f"days is a whole number from 0 on, not {days!r}"
        raise UsageError(msg, days=days)
    day = datetime.now(UTC).date() if today is None else today
    stale: dict[str, RateCard] = {}
    for card in cards:
        ended = card.until is not None and card.until.date() <= day
        if not ended and (card.checked is None or (day - card.checked).days > days):
            stale[f"{card.provider}/{card.model}"] = card
    if not stale:
        return
    rows = [("model", "checked", "source")]
    for name, card in stale.items():
        rows.append((name, str(card.checked or "never"), card.source or "none stated"))
    head = (
        f"the prices below were not checked in the last {days} days; compare each with its source "
        "and set checked in its price file, or update costcalc"
    )
    text = block(head, table(rows, left=3))
    raise StaleError(text, {name: card.checked for name, card in stale.items()}, days)
