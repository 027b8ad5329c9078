"""Stretches of a project within which one model's price list does not change.

A plan runs for months, in which prices may change on announced days, promotions end, and models
retire and are served by another one. Rules by the hour or the weekday are no change: sessions lie
anywhere in their epoch, and each is priced at its own time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from costcalc import instants
from costcalc.errors import NoPriceError, UnknownModelError

if TYPE_CHECKING:
    from costcalc.registry.rates import Card
    from costcalc.sessions.prices import Prices

__all__ = ["Epoch", "epochs_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Epoch:
    """A stretch of time with one price list, or with none."""

    start: int
    """First instant, in microseconds since 1970."""
    end: int
    """First instant after it."""
    card: Card | None
    """The rates at its start for the shortest prompt; None where there is no price."""
    reason: str
    """Why there is none."""


def epochs_of(prices: Prices, start: int, end: int) -> list[Epoch]:
    """Return the epochs of a model from one instant to another, in order.

    The list is asked for day by day, and a change within a day is looked for by halving.
    """
    found: list[Epoch] = []
    at = start
    while at < end:
        state, card, reason = _state(prices, at)
        until = _until(prices, state, at, end)
        found.append(Epoch(at, until, card, reason))
        at = until
    return found


def _until(prices: Prices, state: Any, same: int, end: int) -> int:
    """Return the first instant at which a state does not hold any more, or the end."""
    while same < end - 1:
        probe = min(same + instants.DAY, end - 1)
        if _state(prices, probe)[0] != state:
            return _change(prices, state, same, probe)
        same = probe
    return end


def _change(prices: Prices, state: Any, same: int, other: int) -> int:
    """Return the first instant at which a state does not hold any more."""
    while other - same > 1:
        middle = (same + other) // 2
        if _state(prices, middle)[0] == state:
            same = middle
        else:
            other = middle
    return other


def _state(prices: Prices, at: int) -> tuple[Any, Card | None, str]:
    """Return what tells one price list from another, the rates, and why there are none."""
    try:
        card = prices.card(at, 0, 0)
    except NoPriceError as error:
        return (type(error).__name__, error.reason), None, str(error)
    except UnknownModelError as error:  # the target of a redirect
        return (type(error).__name__, error.name), None, str(error)
    rules = tuple(rule for rule in card.period.rules if rule.start <= at < rule.end)
    return (card.tariff, card.period, rules), card, ""
