"""What logged lines cost at other rates of their model: under a condition, or of another life."""

from __future__ import annotations

import re
from fractions import Fraction

from costcalc.errors import CostcalcError
from costcalc.money import from_fraction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from costcalc.billing.cost import LineItem
    from costcalc.registry.cards import RateCard
    from costcalc.registry.registry import Registry

__all__ = ["conditions_of", "moved_lives", "priced_under", "rate_of"]

_PLACES = 18
_RULE = re.compile(r"(batch|service_tier|region)=([^,:]+): ")
"""A rule as a registry says it, of one condition that a log may be silent about."""


def conditions_of(registry: Registry, lines: Iterable[LineItem]) -> list[str]:
    """Return the conditions that change rates of the lines' models, such as batch=true."""
    found: dict[str, None] = {}
    for model, provider in dict.fromkeys((line.model, line.provider) for line in lines):
        try:
            info = registry.model(model or "", provider=provider)
        except CostcalcError:
            continue
        for rule in (rule for period in info.prices for rule in period.rules):
            said = _RULE.match(rule)
            if said is not None:
                found.update((f"{said[1]}={value}", None) for value in said[2].split("|"))
    return list(found)


def priced_under(
    lines: Sequence[LineItem], registry: Registry, day: str | None, said: str, *, undone: bool
) -> Decimal | None:
    """Return what lines cost under a condition, such as batch=true, or without it.

    A line's rate moves by the ratio of two rate cards, so that tiers and own prices stay. None
    where there is no such price, and where nothing moves.
    """
    key, _, value = said.partition("=")
    stated: dict[str, str | bool] = {key: True if value == "true" else value}
    total, moved = Fraction(0), False
    for line in lines:
        amount = Fraction(line.amount)
        if (said in line.why) is undone:
            plain = rate_of(registry, line, day, line.meter)
            other = rate_of(registry, line, day, line.meter, stated)
            if plain is None or other is None:
                return None
            before, after = (other, plain) if undone else (plain, other)
            if before and before != after:
                amount, moved = amount * Fraction(after) / Fraction(before), True
        total += amount
    return from_fraction(total, _PLACES) if moved else None


def moved_lives(
    lines: Sequence[LineItem], registry: Registry, day: str | None, source: str, target: str
) -> tuple[Decimal, int] | None:
    """Return what lines cost with the writes of one life at the rate of another, and how many.

    None where nothing moves.
    """
    total, tokens = Fraction(0), 0
    for line in lines:
        amount = Fraction(line.amount)
        if line.meter == source:
            before, after = (
                rate_of(registry, line, day, source),
                rate_of(registry, line, day, target),
            )
            if not before or after is None:
                return None
            amount, tokens = (
                amount * Fraction(after) / Fraction(before),
                tokens + int(line.quantity),
            )
        total += amount
    return (from_fraction(total, _PLACES), tokens) if tokens else None


def rate_of(
    registry: Registry,
    line: LineItem,
    day: str | None,
    meter: str,
    stated: dict[str, str | bool] | None = None,
) -> Decimal | None:
    """Return a meter's rate of a line's model on a day; None without one."""
    try:
        card: RateCard = registry.rate_card(
            line.model or "", provider=line.provider, at=day, conditions=dict(stated or {})
        )
        return card.rate(meter)
    except (CostcalcError, KeyError):
        return None
