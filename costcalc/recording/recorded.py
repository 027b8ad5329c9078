"""What a meter can record: a cost, a usage, or a response that is read first."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from costcalc.assumptions import Assumption
from costcalc.billing.cost import Cost
from costcalc.errors import CurrencyMismatchError
from costcalc.money import as_decimal
from costcalc.usage.responses.response_usage import ResponseUsage
from costcalc.usage.usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from costcalc.errors import CostcalcError
    from costcalc.recording.tally import Unpriced

__all__ = [
    "amount_of", "as_served", "frameless", "lower_bound", "model_of", "read", "sum_of", "usage_of",
]  # fmt: skip


def read(what: Any, terms: dict[str, Any]) -> Cost | Usage:
    """Return what is recorded as something that has a price; `api` is taken out of the terms."""
    api = terms.pop("api", None)
    if isinstance(what, Cost | Usage):
        return what
    from costcalc.usage.responses.reading import read_response

    return read_response(what, terms["provider"], api)


def as_served(found: Cost | Usage, served: Mapping[str, str | bool]) -> Cost | Usage:
    """Return a response's usage as it was served, its parts too; what it states itself holds."""
    if not served or not isinstance(found, ResponseUsage):
        return found
    return replace(
        found,
        conditions={**served, **found.conditions},
        parts=tuple(as_served(part, served) for part in found.parts),
    )


def frameless(error: CostcalcError) -> CostcalcError:
    """Return an error again, without its traceback.

    That would keep every frame on the way, and with them the whole response.
    """
    kept = type(error).__new__(type(error))
    vars(kept).update(vars(error))  # `copy` would look for the nearest names of an unknown one
    return kept


def lower_bound(unpriced: Sequence[Unpriced]) -> tuple[Assumption, ...]:
    """Say what a total is without; nothing where every call has a price."""
    if not unpriced:
        return ()
    calls = sum(each.calls for each in unpriced)
    names = ", ".join(dict.fromkeys(each.model or "a model without a name" for each in unpriced))
    said = f"{calls:,} {'call has' if calls == 1 else 'calls have'} no price"
    return (Assumption("lower_bound", f"{said}, and the total is without: {names}"),)


def model_of(found: Cost | Usage | None) -> str | None:
    """Return the model that a response names."""
    return found.model if isinstance(found, ResponseUsage) else None


def usage_of(found: Cost | Usage | None) -> Usage | None:
    """Return what was used, where it is known."""
    if isinstance(found, ResponseUsage):
        return found.whole()
    return found if isinstance(found, Usage) else None


def sum_of(first: Usage | None, second: Usage | None) -> Usage | None:
    """Return what was used together, as far as it is known."""
    if first is None or second is None:
        return first or second
    return first + second


def amount_of(expected: Any, currency: str) -> Decimal:
    """Return the amount of what is expected: of an estimate, its high end."""
    high = getattr(expected, "high", expected)
    if hasattr(high, "total"):
        if high.currency != currency:
            raise CurrencyMismatchError(currency, high.currency)
        return high.total
    return as_decimal(high, "an expected cost")
