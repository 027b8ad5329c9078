"""Plans of a few workloads, and what they cost on average: what drivers and differences ask for."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from costcalc.money import EXACT, normal
from costcalc.planning.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from costcalc.planning.forecast import Forecast

__all__ = ["apportioned", "part_of", "share_of", "unpriced_in"]

_PLACES = 12


def part_of(plan: Plan, names: Iterable[str]) -> Plan:
    """Return the plan with some of its workloads and no budget."""
    whole = plan.model_dump(exclude_unset=True)
    whole.pop("budget", None)
    whole["workloads"] = {name: whole["workloads"][name] for name in names}
    return Plan.model_validate(whole).read_from(plan.source_path)


def apportioned(
    parts: Mapping[str, Fraction], whole: Decimal, places: int = _PLACES
) -> dict[str, Decimal]:
    """Return parts as decimals that sum to the whole exactly.

    Each is rounded down, and what is left goes to those that lost most, one unit each. What the
    whole is beyond that, by roundings of its own, goes to the largest.
    """
    unit = Fraction(1, 10**places)
    floors = {name: part // unit for name, part in parts.items()}
    left = Fraction(whole) // unit - sum(floors.values())
    order = sorted(parts, key=lambda name: (floors[name] * unit - parts[name], name))
    for name in order[:left] if 0 < left <= len(order) else ():
        floors[name] += 1
    found = {name: EXACT.scaleb(Decimal(count), -places) for name, count in floors.items()}
    rest = whole
    for amount in found.values():
        rest = EXACT.subtract(rest, amount)
    if rest:
        largest = max(found, key=lambda name: found[name].copy_abs())
        found[largest] = EXACT.add(found[largest], rest)
    return {name: normal(amount) for name, amount in found.items()}


def share_of(part: Decimal, whole: Decimal) -> Decimal | None:
    """Return a part as a share of a whole to six decimals; None where that is 0."""
    if not whole:
        return None
    return EXACT.scaleb(Decimal(round(Fraction(part) / Fraction(whole) * 10**6)), -6)


def unpriced_in(*forecasts: Forecast) -> tuple[str, ...]:
    """Return what has no price in any of them, once each."""
    return tuple(dict.fromkeys(str(part) for each in forecasts for part in each.unpriced))
