"""What a priced cost says when it is asked: its lines, where its rates come from, what was assumed.

A bill is the tuple of registry, card, usage and instant that a cost keeps; nothing here is computed
before somebody reads it, but for totals of meters that have no finite rate per unit.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from costcalc import instants
from costcalc.billing.cost import Assumption, LineItem, Period, line_item
from costcalc.errors import CostcalcError
from costcalc.meters import METERS
from costcalc.money import EXACT, ZERO, divide, normal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from costcalc.registry.rates import Card
    from costcalc.registry.registry import Registry
    from costcalc.usage.usage import Usage

    Bill = tuple[Registry, Card, Usage, int]

__all__ = ["FIELDS", "total_of"]


def total_of(card: Card, usage: Usage) -> Decimal:
    """Return the exact total of a usage on a card; `UnpricedMeterError` for one without rate."""
    total = ZERO
    for meter, quantity in _billed(card, usage):
        total = EXACT.add(total, _amount(card, meter, quantity))
    return normal(total)


def _billed(card: Card, usage: Usage) -> Iterator[tuple[str, int]]:
    """Iterate over the quantities that are billed: after minima and grains, fees included."""
    if not card.slow:
        yield from usage.metered
        return
    requests = usage.requests or 1
    minimum, round_up = card.period.minimum, card.period.round_up
    for meter, quantity in usage.metered:
        grain = round_up.get(meter, 1)
        least = minimum.get(meter, 0) * requests
        yield meter, max(-(-quantity // grain) * grain, least)
    if "request" in card.rates and "request" not in usage.units:
        yield "request", requests


def _amount(card: Card, meter: str, quantity: int) -> Decimal:
    rate = card.ints.get(meter) or card.integer(meter)
    if rate is not None:
        return card.amount(quantity * rate)
    return divide(EXACT.multiply(card.resolve(meter)[0], quantity), METERS[meter].per)


def _lines(bill: Bill) -> tuple[LineItem, ...]:
    _, card, usage, _ = bill
    provider, model = card.tariff.provider, card.tariff.model
    found: list[LineItem] = []
    for name, quantity in _billed(card, usage) if card.slow else usage.metered:
        per, rate, unit, why = card.head(name)
        amount = _amount(card, name, quantity)
        found.append(line_item(name, quantity, per, rate, amount, unit, why, provider, model))
    return tuple(found)


def _period(bill: Bill) -> Period:
    period = bill[1].period
    return Period(
        None if period.start == instants.NEVER else instants.to_datetime(period.start),
        None if period.end == instants.FOREVER else instants.to_datetime(period.end),
    )


def _checked(bill: Bill) -> date | None:
    checked = bill[1].period.checked
    return date.fromisoformat(checked[:10]) if checked else None


def _assumptions(bill: Bill) -> tuple[Assumption, ...]:
    _, card, usage, _ = bill
    found: list[Assumption] = []
    if card.disputed is not None:
        found.append(_disputed(bill, *card.disputed))
    found += [Assumption(code, text) for code, text in card.assumed]
    found += _about_requests(card, usage)
    for meter, quantity in _billed(card, usage):
        found += _about_meter(card, usage, meter, quantity)
    return tuple(found)


def _about_requests(card: Card, usage: Usage) -> Iterator[Assumption]:
    window = card.tariff.window
    if (usage.requests or 1) > 1:
        keys = dict.fromkeys(key for rule in card.period.rules for key in rule.compared)
        if keys:
            text = (
                f"{usage.requests} requests: {' and '.join(keys)} of one request is taken as the "
                f"mean, {usage.prompt2 // 2:,} in and {usage.output2 // 2:,} out; price them one "
                "by one where sizes differ"
            )
            yield Assumption("mean_request", text)
    elif usage.requests is None and window is not None and usage.input_tokens > window:
        text = (
            f"{usage.input_tokens:,} input tokens, above the context window of {window:,}, are "
            "priced as one request; say requests= for an aggregate"
        )
        yield Assumption("context_window", text)


def _about_meter(card: Card, usage: Usage, name: str, quantity: int) -> Iterator[Assumption]:
    """Say what was assumed of one billed meter."""
    chain = [name]
    while chain[-1] not in card.rates:
        chain.append(METERS[chain[-1]].parent or "")
    if any(not METERS[each].silent for each in chain[:-1]):
        text = f"{card.tariff.model} has no rate for {name}; billed at the rate of {chain[-1]}"
        yield Assumption("fallback", text)
    if name == "request" and name not in usage.units:
        text = f"each of {quantity:,} requests carries the model's request fee"
        yield Assumption("request_fee", text)
    counted = usage.disjoint().get(name, quantity)
    grained = name in card.period.minimum or name in card.period.round_up
    if quantity != counted or (grained and (usage.requests or 1) > 1):
        text = f"{name}: {quantity:,} units are billed for {counted:,}, by minimum or rounding up"
        if (usage.requests or 1) > 1:
            text += " of an aggregate; the single requests may be rounded up further"
        yield Assumption("billing_grain", text)
    if name in card.period.allowance:
        text = f"{name}: {card.period.allowance[name]}; not deducted here"
        yield Assumption("allowance", text)


def _disputed(bill: Bill, other: str, source: str, text: str) -> Assumption:
    """Name the other reading of a redirect, with its total."""
    registry, card, usage, at = bill
    total = None
    try:
        resolved = registry.resolve_beside(other, card.tariff.provider)
        theirs = registry.planned(resolved, card.conditions).card(at, usage.prompt2, usage.output2)
        total = total_of(theirs, usage)
        said = f"{total:f} {theirs.tariff.currency}"
    except CostcalcError as error:
        said = f"which has no price here: {error}"
    whole = f"{text}; disputed: another reading bills it as {other}, {said} ({source})"
    return Assumption("redirect", whole, total)


FIELDS: dict[str, Callable[[Bill], Any]] = {
    "currency": lambda bill: bill[1].tariff.currency,
    "lines": _lines,
    "model": lambda bill: bill[1].tariff.model,
    "provider": lambda bill: bill[1].tariff.provider,
    # a frozen registry prices at its own instant
    "at": lambda bill: instants.to_datetime(getattr(bill[0], "instant", bill[3])),
    "period": _period,
    "source": lambda bill: bill[1].period.source,
    "checked": _checked,
    "assumptions": _assumptions,
    "notes": lambda bill: bill[1].notes,
    "stated": lambda _: None,
    "registry_version": lambda bill: bill[0].version,
}
"""What computes each field of a priced cost, when somebody reads it."""
