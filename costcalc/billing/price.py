"""The one call that everything leads to: `price(model, usage)`."""

from __future__ import annotations

from time import time_ns

from costcalc import instants
from costcalc.billing.bill import FIELDS, total_of
from costcalc.billing.cost import Cost, compute_with
from costcalc.registry.current import check_registry, current
from costcalc.registry.registry import Registry
from costcalc.usage.usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from typing import Any

__all__ = ["price"]

compute_with(FIELDS)
_new = object.__new__
_set_total: Any = Cost.__dict__["total"].__set__
_set_bill: Any = Cost.__mro__[1].__dict__["_bill"].__set__


def price(
    model: str,
    usage: Usage,
    *,
    provider: str | None = None,
    at: datetime | date | str | None = None,
    service_tier: str | None = None,
    batch: bool | None = None,
    region: str | None = None,
    conditions: Mapping[str, str | bool | int | None] | None = None,
    registry: Registry | None = None,
) -> Cost:
    """Return the exact cost of a usage, at the price that held when it ran.

    `model` is an exact id, an alias or `provider/model`; `provider` names the seller where several
    sell the id. `at` is the time of the call: an aware datetime, a date (00:00 UTC) or ISO text;
    None is now. `service_tier` is the tier that served the call, `batch` whether it ran in a batch,
    `region` the region or residency it was bound to, and `conditions` holds every other key. A
    usage that was read from a response brings its own conditions and time; those stated here stand
    above them.
    `registry` is whose prices; None is the one that `costcalc.use` set, or the bundled one.

    Raises `UnknownModelError`, `AmbiguousModelError`, `NoPriceError` (with `RetiredModelError`),
    `UnpricedMeterError`, `UnknownConditionError` and `UsageError`. Warns `RedirectWarning` where a
    retired id was priced as its successor, and `StalePriceWarning` where a price is long unchecked.
    """
    prices = registry if registry is not None else current()
    if conditions or not (batch is None or batch is True or batch is False):  # 1 == True as a key
        check_registry(prices)
        plan = prices.plan(model, provider, service_tier, batch, region, conditions)
    else:
        try:
            plan = prices.plans[model, provider, service_tier, batch, region]
        except (KeyError, TypeError, AttributeError):
            check_registry(prices)
            plan = prices.plan(model, provider, service_tier, batch, region, None)
    if type(usage) is not Usage:
        from costcalc.billing.responses import price_derived

        return price_derived(
            model, usage, provider, at, service_tier, batch, region, conditions, registry
        )
    moment = time_ns() // 1000 if at is None else instants.parse(at)
    prompt, output = usage.prompt2, usage.output2
    card = plan.last
    if (
        card is None
        or not card.start <= moment < card.end
        or not card.low <= prompt < card.high
        or not card.output_low <= output < card.output_high
    ):
        card = plan.card(moment, prompt, output)
    if card.warnings:
        prices.warn(card)
    cost = _new(Cost)
    if card.slow:  # minima and fees a request: not a plain sum of products
        card = card.under(usage.reasoning_tokens)
        _set_total(cost, total_of(card, usage))
    else:
        total = 0
        ints = card.ints
        try:
            for meter, quantity in usage.metered:
                total += quantity * ints[meter]
        except KeyError:
            card = card.under(usage.reasoning_tokens)
            _set_total(cost, total_of(card, usage))
        else:
            _set_total(cost, card.amount(total))
    _set_bill(cost, (prices, card, usage, moment))
    return cost
