"""Prices as they stood at one instant: whatever a call's time, the same price."""

from __future__ import annotations

from costcalc import instants
from costcalc.registry.plans import Plan
from costcalc.registry.registry import Registry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from typing import Any

    from costcalc.billing.cost import Cost
    from costcalc.registry.cards import RateCard
    from costcalc.registry.names import Resolved
    from costcalc.registry.rates import Card

__all__ = ["FrozenRegistry", "Touched"]


class Touched:
    """A rate card that somebody asked a frozen registry for: the name, the conditions, the card."""

    __slots__ = ("card", "conditions", "fees", "resolved")

    def __init__(self, resolved: Resolved, conditions: Mapping[str, str], card: Card) -> None:
        self.resolved = resolved
        self.conditions = conditions
        self.card = card
        self.fees: set[str] = set()
        """Meters of the whole provider that were billed; the model's own are always touched."""


class FrozenRegistry(Registry):
    """A registry in which one instant's prices hold for ever.

    Code under test asks for the price of now; here it gets the price of the frozen instant, and a
    time that it states itself changes nothing either. Everything else is as in the registry behind
    it, the version included. It remembers which rate cards were asked for.
    """

    __slots__ = ("_base", "_touched", "instant")

    instant: int
    """The instant, in microseconds since 1970."""

    def __init__(self, base: Registry, at: datetime | date | str) -> None:
        super().__init__(base.store, base.adjustments, base.overlays)
        self._base = base.base if isinstance(base, FrozenRegistry) else base
        # parsed once for all tests: an instant changes nothing in them
        self._tariffs = self._base._tariffs  # noqa: SLF001 - of the class above
        self.instant = instants.parse(at)
        self._touched: list[Touched] = []

    @property
    def base(self) -> Registry:
        """The registry behind this one, in which time passes."""
        return self._base

    @property
    def at(self) -> datetime:
        """The instant."""
        return instants.to_datetime(self.instant)

    @property
    def touched(self) -> tuple[Touched, ...]:
        """The rate cards that were asked for, in order, each once."""
        return tuple(self._touched)

    def __repr__(self) -> str:
        return f"<FrozenRegistry {self.version} at {instants.to_text(self.instant)}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._base, self.at)

    def overlay(self, *other: Any, **changes: Any) -> FrozenRegistry:
        """Return a frozen registry with a what-if over this one; see `Registry.overlay`."""
        return type(self)(self._base.overlay(*other, **changes), self.at)

    def rate_card(
        self, model: str, *, at: datetime | date | str | None = None, **terms: Any
    ) -> RateCard:
        """Return the rates that hold at the frozen instant; see `Registry.rate_card`."""
        if at is not None:
            instants.parse(at)  # what is no instant is refused here, too
        return super().rate_card(model, at=self.at, **terms)

    def plan(self, *call: Any, **terms: Any) -> Plan:
        """Return the plan of a call; its cards are remembered."""
        plan = super().plan(*call, **terms)
        plan.asked = True  # pyright: ignore[reportAttributeAccessIssue] - every plan here is frozen
        return plan

    def planned(self, resolved: Resolved, conditions: Mapping[str, str]) -> Plan:
        """Return a plan whose cards are those of the frozen instant."""
        return _FrozenPlan(self, resolved, conditions)

    def touch(self, resolved: Resolved, conditions: Mapping[str, str], card: Card) -> None:
        """Remember a card that was asked for."""
        if all(each.card is not card for each in self._touched):
            self._touched.append(Touched(resolved, conditions, card))

    def touch_cost(self, cost: Cost) -> None:
        """Remember which fees of a provider a cost billed, on the cards that were asked for."""
        billed = {(line.provider, line.model, line.meter) for line in cost.lines}
        bill = getattr(cost, "_bill", None)  # a sum of costs has none
        for each in self._touched:
            if bill is not None and bill[1] is not each.card:
                continue
            tariff = each.card.tariff
            for meter in each.card.rates:
                if (tariff.provider, tariff.model, meter) in billed:
                    each.fees.add(meter)


class _FrozenPlan(Plan):
    """A plan that looks at the frozen instant only, so that its cards hold at all times."""

    __slots__ = ("asked",)

    _registry: FrozenRegistry
    asked: bool
    """Whether a call asked for it, and not another reading of a redirect."""

    def __init__(
        self, registry: FrozenRegistry, resolved: Resolved, conditions: Mapping[str, str]
    ) -> None:
        super().__init__(registry, resolved, conditions)
        self.asked = False

    def card(self, at: int, prompt: int, output: int) -> Card:  # noqa: ARG002 - frozen
        """Return the card of the frozen instant for a size in half-tokens."""
        card = super().card(self._registry.instant, prompt, output)
        card.start, card.end = instants.NEVER, instants.FOREVER
        if self.asked:
            self._registry.touch(self._resolved, self._conditions, card)
        return card
