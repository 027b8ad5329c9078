"""Sums and multiples of costs whose assumptions speak of all calls, not of each one."""

from __future__ import annotations

from dataclasses import replace

from costcalc.billing.cost import Assumption
from costcalc.money import EXACT, normal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from costcalc.billing.cost import Cost

__all__ = ["of_calls", "summed"]


def of_calls(cost: Cost, calls: int) -> Cost:
    """Return the cost of so many calls, and what they would cost under another reading."""
    if calls == 1:
        return cost
    product = cost * calls
    said = tuple(
        each if each.total is None else _at(each, each.total, EXACT.multiply(each.total, calls))
        for each in cost.assumptions
    )
    return product if said == cost.assumptions else replace(product, assumptions=said)


def summed(costs: Sequence[Cost]) -> Cost:
    """Return the sum of costs; what they assume alike is said once, with the sum of its totals."""
    found: dict[tuple[str, str], Assumption] = {}
    for each in [each for cost in costs for each in cost.assumptions]:
        key = each.code, _without_total(each)
        known = found.get(key)
        if known is None or known.total is None or each.total is None:
            found[key] = each
        else:
            found[key] = _at(known, known.total, EXACT.add(known.total, each.total))
    bare = [replace(cost, assumptions=()) if cost.assumptions else cost for cost in costs]
    total = sum(bare[1:], bare[0])
    return replace(total, assumptions=tuple(found.values())) if found else total


def _said(total: Decimal) -> str:
    """Return a total as a bill writes it into the text of an assumption."""
    return f", {total:f} "


def _without_total(assumption: Assumption) -> str:
    total = assumption.total
    return assumption.text if total is None else assumption.text.replace(_said(total), ", ", 1)


def _at(assumption: Assumption, before: Decimal, after: Decimal) -> Assumption:
    """Return an assumption with another total, in its text too."""
    total = normal(after)
    text = assumption.text.replace(_said(before), _said(total), 1)
    return Assumption(assumption.code, text, total)
