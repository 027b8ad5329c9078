"""The kept way from a call's arguments to its rate card: one dict look-up and two comparisons."""

from __future__ import annotations

from contextlib import suppress

from costcalc import instants
from costcalc.errors import (
    NoPriceError,
    RedirectWarning,
    RegistryError,
    RetiredModelError,
    StalePriceWarning,
    UnknownModelError,
)
from costcalc.registry.conditions import as_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from costcalc.registry.names import Resolved, Target
    from costcalc.registry.rates import Card, Tariff
    from costcalc.registry.registry import Registry

__all__ = ["STALE_AFTER_DAYS", "Plan", "retirement"]

STALE_AFTER_DAYS = 180
"""Days after which an open-ended price that nobody checked again is called stale."""

_MOST_REDIRECTS = 8


class Plan:
    """A name under stated conditions; it keeps the last card, which the next call mostly needs.

    Cards are built whole and published by one assignment, so that threads need no lock.
    """

    __slots__ = ("_cards", "_conditions", "_registry", "_resolved", "last")

    last: Card | None

    def __init__(
        self, registry: Registry, resolved: Resolved, conditions: Mapping[str, str]
    ) -> None:
        self._registry = registry
        self._resolved = resolved
        self._conditions = conditions
        self._cards: list[Card] = []
        self.last = None

    def card(self, at: int, prompt: int, output: int) -> Card:
        """Return the card that holds at an instant for a size in half-tokens."""
        for card in self._cards:
            if (
                card.start <= at < card.end
                and card.low <= prompt < card.high
                and card.output_low <= output < card.output_high
            ):
                self.last = card
                return card
        card = self._build(at, prompt, output)
        if len(self._cards) >= _MOST_CARDS:
            self._cards = []
        self._cards = [*self._cards, card]
        self.last = card
        return card

    def _build(self, at: int, prompt: int, output: int) -> Card:
        target = self._resolved.target(at)
        assumed: list[tuple[str, str]] = list(self._resolved.assumed)
        start, end = target.start, target.end
        tariff = self._registry.tariff(target.record)
        conditions = _implied(target, self._conditions, assumed)
        redirects: list[Tariff] = []
        while (leaves := retirement(tariff.record)) is not None:
            if at < leaves:
                end = min(end, leaves)
                break
            start = max(start, leaves)
            moves: int = tariff.record.get("moves_from", instants.FOREVER)
            if at >= moves:
                start = max(start, moves)
            else:
                end = min(end, moves)
            successor = self._successor(tariff, at)
            redirects.append(tariff)
            if len(redirects) > _MOST_REDIRECTS:
                names = list(dict.fromkeys(each.model for each in redirects))
                chain = " -> ".join([*names, names[0]])
                raise RegistryError(f"redirects go round in a circle: {chain}")
            assumed += successor.assumed
            target = successor.target(at)
            start, end = max(start, target.start), min(end, target.end)
            conditions = _implied(target, conditions, assumed)
            tariff = self._registry.tariff(target.record)
        card = tariff.card(at, prompt, output, conditions)
        card.narrow(start, end)
        self._say_redirects(card, redirects, at, assumed)
        self._say_stale(card, at, assumed)
        assumed += self._registry.overlays
        card.assumed = (*assumed, *card.assumed)
        return card

    def _successor(self, tariff: Tariff, at: int) -> Resolved:
        record = tariff.record
        served_by = record["moves_to"] if _moved(record, at) else record.get("redirects_to")
        if served_by is not None:
            try:
                return self._registry.resolve_beside(served_by, tariff.provider)
            except UnknownModelError as error:
                error.hint = f"{tariff.model} is served by it since {record.get('retired', 'ever')}"
                raise
        retired = instants.parse(record["retired"])
        rates: Mapping[str, Any] = tariff.lists[-1].rates
        with suppress(NoPriceError):  # else no price list reached it: the newest is the last price
            rates = tariff.price_list(retired - 1).rates
        raise RetiredModelError(
            tariff.model,
            tariff.provider,
            instants.to_text(at - at % 1_000_000),
            record["retired"],
            rates,
            record.get("replacement"),
        )

    def _say_redirects(
        self, card: Card, redirects: list[Tariff], at: int, assumed: list[tuple[str, str]]
    ) -> None:
        if not redirects:
            return
        served = card.tariff
        card.notes = tuple(
            dict.fromkeys((*(n for each in redirects for n in each.lists[-1].note), *card.notes))
        )
        idle = [each.model for each in redirects if each.adjusted and not served.adjusted]
        if idle:
            text = (
                f"the overlay of {' and '.join(idle)} has no effect on what is billed as "
                f"{served.model}; change that one's rates instead"
            )
            assumed.append(("overlay", text))
        first = redirects[0]
        record = first.record
        if _moved(record, at):
            assumed.append(("redirect", f"{first.model} is priced as {served.model}"))
            return
        text = (
            f"{first.model} was retired at {record['retired']}; priced as {served.model}, "
            "which serves it"
        )
        dispute = record.get("redirect_disputed")
        if dispute:
            card.disputed = (dispute["to"], dispute["source"], text)
        else:
            assumed.append(("redirect", text))
        warning = f"{text}; call {served.model} by its own id"
        card.warnings = (*card.warnings, (RedirectWarning, warning))

    def _say_stale(self, card: Card, at: int, assumed: list[tuple[str, str]]) -> None:
        period = card.period
        if period.checked is None or period.end != instants.FOREVER:
            return
        stale = instants.parse(period.checked) + STALE_AFTER_DAYS * instants.DAY
        if at < stale:
            card.narrow(instants.NEVER, stale)
            return
        card.narrow(stale, instants.FOREVER)
        model = card.tariff.model
        text = f"the price of {model} was last checked on {period.checked}"
        assumed.append(("stale", text))
        warning = (
            f"{text}, more than {STALE_AFTER_DAYS} days before the call; compare it with "
            f"{period.source or 'its source'}"
        )
        card.warnings = (*card.warnings, (StalePriceWarning, warning))


_MOST_CARDS = 32


def retirement(record: dict[str, Any]) -> int | None:
    """Return the instant from which an id is not served as itself, an overlay's move included."""
    found = [instants.parse(record["retired"])] if "retired" in record else []
    if "moves_to" in record:
        found.append(record["moves_from"])
    return min(found, default=None)


def _moved(record: dict[str, Any], at: int) -> bool:
    """Return whether an overlay has moved a model by an instant."""
    return "moves_to" in record and at >= record["moves_from"]


def _implied(
    target: Target, stated: Mapping[str, str], assumed: list[tuple[str, str]]
) -> Mapping[str, str]:
    """Return the stated conditions over those that the name implies."""
    if not target.conditions:
        return stated
    implied = {key: as_text(value) for key, value in target.conditions.items()}
    for key, value in implied.items():
        if stated.get(key, value) != value:
            text = f"the name implies {key}={value}; priced with the stated {key}={stated[key]}"
            assumed.append(("condition", text))
    return {**implied, **stated}
