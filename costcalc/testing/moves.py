"""A moved price in words: was, is, since when, from where, and what it does to a usage."""

from __future__ import annotations

import warnings
from decimal import Decimal
from typing import TYPE_CHECKING

from costcalc.errors import CostcalcError, RetiredModelError
from costcalc.meters import METERS
from costcalc.money import EXACT, ZERO, divide, normal, text_of
from costcalc.report.amounts import exact, moment, rate
from costcalc.testing.frozen import FrozenRegistry
from costcalc.testing.pins import MovedRate, card_of, moved_rates

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from costcalc.billing.cost import Cost, LineItem
    from costcalc.registry.cards import RateCard
    from costcalc.registry.registry import Registry
    from costcalc.testing.pins import Pin

__all__ = ["billed_since", "block", "expired_text", "later", "moved_text", "table"]

_INDENT = "  "


def table(rows: Sequence[Sequence[str]], *, left: int = 1) -> list[str]:
    """Return rows as lines whose cells stand below each other, the first `left` to the left."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines: list[str] = []
    for row in rows:
        cells = zip(row, widths, strict=True)
        placed = (
            cell.ljust(width) if n < left else cell.rjust(width)
            for n, (cell, width) in enumerate(cells)
        )
        lines.append("  ".join(placed).rstrip())
    return lines


def block(head: str, lines: Iterable[str]) -> str:
    """Return a sentence with lines indented below it."""
    return "\n".join([head, *(f"{_INDENT}{line}".rstrip() for line in lines)])


def _facts(pairs: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{label:<8} {text}" for label, text in pairs]


def moved_text(
    pin: Pin,
    moved: Sequence[MovedRate],
    card: RateCard,
    registry: Registry,
    *,
    whose: str,
    fix: str,
    usage: str = "",
) -> str:
    """Return what has moved, since when, from where, what it does to a usage, how to accept it."""
    rows = [("meter", "was", "is", "change", "per")]
    for each in moved:
        now = "no rate" if each.rate is None else rate(each.rate, card.currency)
        row = (each.meter, rate(each.was, each.currency or card.currency), now, each.change())
        rows.append((*row, METERS[each.meter].unit))
    lines = [*table(rows), *_facts(_about(pin, card, registry, whose))]
    lines += _facts([("usage", usage)] if usage else [])
    lines += _facts([("reason", pin.reason)] if pin.reason else [])
    return block(f"the price of {pin.label()} moved", [*lines, *_facts([("accept", fix)])])


def _about(pin: Pin, card: RateCard, registry: Registry, whose: str) -> Iterable[tuple[str, str]]:
    served, since = billed_since(pin, card, registry)
    if served:
        yield "billed", f"as {served}"
    yield "since", since
    why = dict.fromkeys(card.why.get(meter, "") for meter in pin.rates)
    yield from (("why", each) for each in why if each)
    checked = f", checked {card.checked}" if card.checked else ""
    yield "source", f"{card.source or 'none stated'}{checked}"
    yield "at", f"{moment(card.at)} {whose}".rstrip()


def billed_since(pin: Pin, card: RateCard, registry: Registry) -> tuple[str, str]:
    """Return which other model a card bills, empty where it is the pin's, and since when it holds.

    The redirect of a retired model holds since it retired, whenever its successor's price began.
    """
    info = registry.model(pin.model, provider=pin.provider)
    served = (card.provider, card.model) != (info.provider, info.id)
    edges = [card.start, info.retired if served else None]
    since = max((each for each in edges if each is not None), default=None)
    other = f"{card.model} ({card.provider})" if served else ""
    return other, "the beginning" if since is None else moment(since)


def effect(pin: Pin, card: RateCard, cost: Cost) -> str:
    """Return what the move does to a usage: its cost at the pinned rates, and now."""
    was = normal(_sum(_was(pin, card, line) for line in cost.lines))
    change = MovedRate("", was, cost.total).change()
    said = f" ({change})" if change else ""
    return f"{exact(was, cost.currency)} → {exact(cost.total, cost.currency)}{said}"


def _was(pin: Pin, card: RateCard, line: LineItem) -> Decimal:
    """Return the amount of a line at the rate that is pinned, or that its parent is pinned at."""
    meter: str | None = line.meter
    while meter is not None and meter not in pin.rates and meter not in card.rates:
        meter = METERS[meter].parent
    rate_then = pin.rates.get(meter or "", line.rate)
    return divide(EXACT.multiply(rate_then, Decimal(line.quantity)), line.per)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    total = ZERO
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total


def expired_text(pin: Pin, fix: str) -> str:
    """Return that a pin needs looking at, and how to go on."""
    lines = _facts(
        [*([("reason", pin.reason)] if pin.reason else []), ("accept", fix)],
    )
    return block(f"the pin of {pin.label()} expired on {pin.expires}: look at it again", lines)


def later(pin: Pin, registry: Registry, at: datetime) -> str | None:
    """Return how the price of a pin moves after an instant, as far as that is known now."""
    for moves in _edges(pin, registry, at):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                # of a registry of its own: this one would take the pin's line as the place of
                # warnings that are raised in earnest later
                card = card_of(pin, FrozenRegistry(registry, moves))
        except RetiredModelError as error:
            use = f"; its provider recommends {error.replacement}" if error.replacement else ""
            return f"{pin.label()} is retired on {moment(moves)}{use}"
        except CostcalcError:
            return f"{pin.label()} has no price from {moment(moves)} on"
        moved = moved_rates(pin, card)
        if moved:
            said = ", ".join(_move(each, card) for each in moved)
            return f"{pin.label()} moves on {moment(moves)}: {said}"
    return None


def _move(moved: MovedRate, card: RateCard) -> str:
    was, now = text_of(moved.was), "no rate" if moved.rate is None else text_of(moved.rate)
    if moved.currency is not None:
        was, now = f"{was} {moved.currency}", f"{now} {card.currency}"
    return f"{moved.meter} {was} → {now}"


def _edges(pin: Pin, registry: Registry, at: datetime) -> list[datetime]:
    """Return the known instants after one at which another price list or model takes over."""
    info = registry.model(pin.model, provider=pin.provider)
    starts = [edge for each in info.prices for edge in (each.start, each.until)]
    return sorted({edge for edge in (*starts, info.retired) if edge is not None and edge > at})
