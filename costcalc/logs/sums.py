"""Calls added up by rate card and by what a report is by, each sum priced once.

A card's price of a usage is a sum of products, so that the price of a sum is the sum of the prices,
to the last digit. Where it is not (minima, grains, fees a request, rates without an end) every
call is priced by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from costcalc import instants
from costcalc.billing.cost import Cost, added
from costcalc.caching.measured import UNCACHED
from costcalc.errors import (
    CostcalcError,
    CurrencyMismatchError,
    UnpricedMeterError,
    UsageError,
)
from costcalc.logs.calls import Call, FaultyCall
from costcalc.logs.cards import Cards
from costcalc.logs.report import Unpriced
from costcalc.money import EXACT, ZERO
from costcalc.usage.usage import MAX_COUNT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from costcalc.logs.calls import Terms
    from costcalc.logs.grouping import Group, Grouping
    from costcalc.registry.rates import Card
    from costcalc.registry.registry import Registry
    from costcalc.usage.usage import Usage

__all__ = ["Lane", "Row", "Sums"]

_CHUNK = 1_000
"""Costs that are added at once, where every call has its own."""


@dataclass(slots=True)
class Row:
    """What a row of a report adds up."""

    costs: list[Cost] = field(default_factory=list[Cost])
    saved: Decimal = ZERO
    requests: int = 0
    unpriced: int = 0
    quantities: dict[str, int] = field(default_factory=dict[str, int])

    def count(self, requests: int, meters: Iterable[str], counts: Iterable[int]) -> None:
        """Add what was counted."""
        self.requests += requests
        for name, count in zip(meters, counts, strict=True):
            if count:
                self.quantities[name] = self.quantities.get(name, 0) + count

    def add(self, cost: Cost, saved: Decimal) -> None:
        """Add what was priced."""
        self.costs.append(cost)
        if len(self.costs) >= _CHUNK:
            self.costs = [added(self.costs)]
        self.saved = EXACT.add(self.saved, saved)

    def cost(self, currency: str) -> Cost | None:
        """Return all of it; None where there are calls, and none has a price."""
        if self.costs:
            return added(self.costs)
        return None if self.unpriced else Cost(total=ZERO, currency=currency, lines=())


class Lane:
    """Calls of one shape that were served alike and belong to the same rows, but for their time."""

    __slots__ = ("belongs", "cards", "meters", "terms")

    def __init__(self, terms: Terms, meters: tuple[str, ...], belongs: Group, cards: Cards) -> None:
        self.terms = terms
        self.meters = meters
        self.belongs = belongs
        self.cards = cards


class _Slot:
    """Calls of one lane, one card and one period."""

    __slots__ = ("at", "calls", "card", "lane", "times")

    def __init__(self, lane: Lane, card: Card, times: Group, at: int) -> None:
        self.lane = lane
        self.card = card
        self.times = times
        self.at = at
        """An instant at which the card holds."""
        self.calls: list[Call] = []


class Sums:
    """All calls of a report while they are added up."""

    def __init__(self, registry: Registry, model: str | None, grouping: Grouping, now: int) -> None:
        self._registry = registry
        self._model = model
        self._grouping = grouping
        self._now = now
        self._cards: dict[Terms, Cards] = {}
        self._lanes: dict[object, Lane] = {}
        self._slots: dict[object, _Slot] = {}
        self._failed: dict[tuple[str, str | None, str], tuple[CostcalcError, Row]] = {}
        self.rows: dict[Group, Row] = {}
        self.currency = "USD"

    def lane(self, call: Call) -> Lane:
        """Return the lane of a call."""
        shelf = call.shelf
        belongs = self._grouping.belongs(shelf)
        key = (shelf.terms, shelf.meters, belongs)
        found = self._lanes.get(key)
        if found is None:
            cards = self._cards.get(shelf.terms)
            if cards is None:
                cards = Cards(shelf.terms, self._registry, self._model)
                self._cards[shelf.terms] = cards
            found = self._lanes[key] = Lane(shelf.terms, shelf.meters, belongs, cards)
        return found

    def add_hour(self, lane: Lane, begin: int, calls: Sequence[Call]) -> None:
        """Add calls that were made within an hour: together, where nothing changes in it."""
        end = begin + instants.HOUR
        times = self._grouping.times(begin)
        if self._grouping.times(end - 1) == times:
            try:
                lane.cards.card(calls[0], begin)
            except CostcalcError:
                card = None
            else:
                card = lane.cards.whole(begin, end)
            if card is not None:
                self._slot(lane, card, times, begin).calls.extend(calls)
                return
        for call in calls:
            self.add(lane, call, call.moment)

    def add(self, lane: Lane, call: Call, at: int | None) -> None:
        """Add one call that was made at an instant; None is now."""
        times = self._grouping.times(at)
        moment = self._now if at is None else at
        fault = UsageError(str(call.fault)) if isinstance(call, FaultyCall) else None
        try:
            card = lane.cards.card(call, moment)
        except CostcalcError as error:
            self._fail(lane, times, call, fault or error)
            return
        if fault is None:
            self._slot(lane, card, times, moment).calls.append(call)
        else:
            self._fail(lane, times, call, fault, card)

    def _slot(self, lane: Lane, card: Card, times: Group, at: int) -> _Slot:
        key = (lane, card, times)
        found = self._slots.get(key)
        if found is None:
            found = self._slots[key] = _Slot(lane, card, times, at)
        return found

    def close(self) -> None:
        """Price every sum."""
        self.currency = self._most_used()
        for slot in self._slots.values():
            currency = slot.card.tariff.currency
            if currency != self.currency:
                error = CurrencyMismatchError(self.currency, currency)
                for call in slot.calls:
                    self._fail(slot.lane, slot.times, call, error, slot.card)
            else:
                self._close_slot(slot)

    def _most_used(self) -> str:
        """Return the currency of most calls; what is billed in another one cannot be added."""
        used: dict[str, int] = {}
        for slot in self._slots.values():
            name = slot.card.tariff.currency
            used[name] = used.get(name, 0) + len(slot.calls)
        return max(used, key=lambda name: used[name], default=self.currency)

    def _close_slot(self, slot: _Slot) -> None:
        single = [call for call in slot.calls if call.requests is None]
        if single:
            whole = Call(single[0].shelf, single[0].at, _summed(single), 0)
            whole.requests = len(single)
            if _is_plain(slot.card, whole):
                self._price(slot, whole, mean=False)
                single = []
        apart = [*single, *(call for call in slot.calls if call.requests is not None)]
        for call in apart:
            try:
                self._price(slot, call, mean=True)
            except CostcalcError as error:
                self._fail(slot.lane, slot.times, call, error, slot.card)

    def _price(self, slot: _Slot, call: Call, *, mean: bool) -> None:
        """Add the cost of a call, or of a sum, which has no mean that anything rests on."""
        lane, card = slot.lane, slot.card
        usage, moment = call.usage(), instants.to_datetime(slot.at)
        cost = lane.cards.price(card, usage, moment)
        saved = ZERO
        if usage.cache_read_tokens or usage.cache_write_tokens:
            plain = lane.cards.price(card, _uncached(usage), moment)
            saved = EXACT.subtract(plain.total, cost.total)
        kept = tuple(each for each in cost.assumptions if mean or each.code != "mean_request")
        said = lane.cards.said[card]
        if said or kept != cost.assumptions:
            cost = replace(cost, assumptions=(*kept, *said))
        tariff = card.tariff
        row = self._row(lane, slot.times, tariff.model, tariff.provider)
        row.count(call.requests or 1, lane.meters, call.counts)
        row.add(cost, saved)

    def _row(self, lane: Lane, times: Group, model: str, provider: str | None) -> Row:
        key = self._grouping.key(lane.belongs, times, model, provider)
        return self.rows.setdefault(key, Row())

    def _fail(
        self, lane: Lane, times: Group, call: Call, error: CostcalcError, card: Card | None = None
    ) -> None:
        """Count a call that has no price; where its model has one, in the row of that."""
        model, provider = lane.cards.model, lane.cards.provider
        if card is not None:
            model, provider = card.tariff.model, card.tariff.provider
        key = (model, provider, type(error).__name__)
        requests = call.requests or 1
        row = self._row(lane, times, model, provider)
        row.unpriced += requests
        for each in (self._failed.setdefault(key, (error, Row()))[1], row):
            each.count(requests, lane.meters, call.counts)

    def unpriced(self) -> tuple[Unpriced, ...]:
        """Return what has no price, by model and kind of reason, the most tokens first."""
        found = [
            Unpriced(
                model=model, provider=provider, reason=str(error), error=kind,
                requests=row.requests, quantities=row.quantities,
            )
            for (model, provider, kind), (error, row) in self._failed.items()
        ]  # fmt: skip
        return tuple(sorted(found, key=lambda each: -sum(each.quantities.values())))


def _summed(calls: Sequence[Call]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*[call.counts for call in calls], strict=True)))


def _uncached(usage: Usage) -> Usage:
    return replace(usage, **UNCACHED)


def _is_plain(card: Card, call: Call) -> bool:
    """Return whether a card's price of a sum is a plain sum of products."""
    if card.slow or call.tokens > MAX_COUNT:
        return False
    used = (name for name, count in zip(call.shelf.meters, call.counts, strict=True) if count)
    try:
        return all(card.integer(name) is not None for name in used)
    except UnpricedMeterError:
        return False
