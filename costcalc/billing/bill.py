"""What a priced cost says when it is asked: its lines, where its rates come from, what was assumed.

A bill is the tuple of registry, card, usage and instant that a cost keeps; nothing here is computed
before somebody reads it, but for totals of meters that have no finite rate per unit.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from math import gcd

from costcalc import instants
from costcalc.billing.cost import Assumption, LineItem, Period, line_item
from costcalc.errors import CostcalcError
from costcalc.meters import METERS
from costcalc.money import EXACT, ZERO, divide, normal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from costcalc.registry.rates import Card
    from costcalc.registry.registry import Registry
    from costcalc.usage.usage import Usage

    Bill = tuple[Registry, Card, Usage, int]

__all__ = ["FIELDS", "total_of"]

_DECIMALS = 6
"""Most decimals of a mean; one that has more is said as a fraction."""


def total_of(card: Card, usage: Usage) -> Decimal:
    """Return the exact total of a usage on a card; `UnpricedMeterError` for one without rate."""
    return _total(card.under(usage.reasoning_tokens), usage)


def _total(card: Card, usage: Usage) -> Decimal:
    ints = card.ints
    if not (card.slow or usage.units) and all(meter in ints for meter, _ in usage.metered):
        return card.amount(sum(quantity * ints[meter] for meter, quantity in usage.metered))
    total = ZERO
    for meter, quantity in _billed(card, usage):
        total = EXACT.add(total, _amount(card, meter, quantity))
    return normal(total)


def _billed(card: Card, usage: Usage) -> Iterable[tuple[str, int]]:
    """Return the quantities that are billed; mostly those that were used."""
    if card.slow or (usage.units and (card.minimum or card.round_up)):
        return _grained(card, usage)
    return usage.metered


def _grained(card: Card, usage: Usage) -> Iterator[tuple[str, int]]:
    """Iterate over the quantities that are billed: after minima and grains, fees included.

    Each request of an aggregate has the minimum of a meter of tokens or media. It need not have
    had a fee: of that the minimum is billed once.
    """
    requests = usage.requests or 1
    minimum, round_up = card.minimum, card.round_up
    for meter, quantity in usage.metered:
        grain = round_up.get(meter, 1)
        least = minimum.get(meter, 0) * (requests if METERS[meter].scaled else 1)
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
    for name, quantity in _billed(card, usage):
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
    if card.unthought is not None:
        found.append(_proven(card, card.unthought, usage))
    found += _about_requests(card, usage)
    for meter, quantity in _billed(card, usage):
        found += _about_meter(card, usage, meter, quantity)
    return tuple(found)


def _proven(card: Card, unthought: Card, usage: Usage) -> Assumption:
    """Say what reasoning tokens prove; of an aggregate, that at least one request thought."""
    requests = usage.requests or 1
    text = "reasoning tokens prove thinking mode: priced with thinking=true"
    if requests == 1:
        return Assumption("condition", text)
    least = _total(unthought, usage)
    text += (
        f", all of {requests:,} requests; if those that thought had no answer beside, {least:f} "
        f"{card.tariff.currency} at the least"
    )
    return Assumption("condition", text, least)


def _about_requests(card: Card, usage: Usage) -> Iterator[Assumption]:
    window = card.tariff.window
    if usage.requests is not None and usage.requests > 1:
        keys = dict.fromkeys(key for rule in card.period.rules for key in rule.compared)
        if keys:
            text = (
                f"{usage.requests} requests: {' and '.join(keys)} of one request is taken as the "
                f"mean, {_mean(usage.input_tokens, usage.requests)} in and "
                f"{_mean(usage.output_tokens, usage.requests)} out; price them one by one where "
                "sizes differ"
            )
            yield Assumption("mean_request", text)
    elif usage.requests is None and window is not None and usage.input_tokens > window:
        text = (
            f"{usage.input_tokens:,} input tokens, above the context window of {window:,}, are "
            "priced as one request; say requests= for an aggregate"
        )
        yield Assumption("context_window", text)


def _mean(total: int, requests: int) -> str:
    """Return a mean exactly, since a threshold may lie a part of a token away: 272,000 1/3."""
    whole, rest = divmod(total, requests)
    if not rest:
        return f"{whole:,}"
    decimals, more = divmod(rest * 10**_DECIMALS, requests)
    if more:
        common = gcd(rest, requests)
        return f"{whole:,} {rest // common}/{requests // common}"
    return f"{whole:,}." + f"{decimals:0{_DECIMALS}d}".rstrip("0")


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
    if name in card.minimum or name in card.round_up:
        yield from _about_grain(usage, name, quantity)
    if name in card.period.allowance:
        text = f"{name}: {card.period.allowance[name]}; not deducted here"
        yield Assumption("allowance", text)


def _about_grain(usage: Usage, name: str, quantity: int) -> Iterator[Assumption]:
    """Say what a minimum or a rounding made of a quantity, and what it was taken for."""
    counted = usage.disjoint().get(name, quantity)
    several = (usage.requests or 1) > 1
    if quantity == counted and not several and METERS[name].scaled:
        return
    if METERS[name].scaled:
        text = f"{name}: {quantity:,} units are billed for {counted:,}, by minimum or rounding up"
        if several:
            text += " of an aggregate; the single requests may be rounded up further"
    else:  # a request may have had several containers, and several requests one
        whose = f" of {usage.requests:,} requests" if several else ""
        text = (
            f"{name}: {counted:,} units{whose}, taken as one use, are billed as {quantity:,}, by "
            "minimum or rounding up; of several uses each has its own"
        )
    yield Assumption("billing_grain", text)


def _disputed(bill: Bill, other: str, source: str, text: str) -> Assumption:
    """Name the other reading of a redirect, with its total."""
    registry, card, usage, at = bill
    total = None
    try:
        resolved = registry.resolve_beside(other, card.tariff.provider)
        stated = (card.unthought or card).conditions
        theirs = registry.planned(resolved, stated).card(at, usage.prompt2, usage.output2)
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
