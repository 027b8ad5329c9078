"""What a test rests on: each rate card that it asked a frozen registry for, as a pin."""

from __future__ import annotations

from costcalc.registry.cards import RateCard, rate_card
from costcalc.testing.pins import Pin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import date

    from costcalc.registry.rates import Card
    from costcalc.testing.frozen import FrozenRegistry, Touched

__all__ = ["card_touched", "pins_touched"]


def pins_touched(registry: FrozenRegistry, at: str | None, today: date) -> dict[Pin, RateCard]:
    """Return the prices that were asked for as pins of today, each with its rate card.

    `at` is the instant that the pins state; None where it is the suite's, which moves. A pin holds
    the model's own meters, and of the fees of its provider those that were billed.
    """
    found: dict[Pin, RateCard] = {}
    for each in registry.touched:
        card = card_touched(registry, each)
        own = _own(each.card) | each.fees
        pin = Pin(
            model=_spelled(registry, each),
            at=at,
            conditions=each.conditions,
            prompt_tokens=_least(each.card.low),
            output_tokens=_least(each.card.output_low),
            currency=card.currency,
            rates={name: rate for name, rate in card.rates.items() if name in own},
            source=card.source,
            checked=card.checked,
            pinned_on=today,
        )
        found[pin] = card
    return found


def card_touched(registry: FrozenRegistry, touched: Touched) -> RateCard:
    """Return the public form of a card that was asked for, without its warnings again."""
    sizes = (_least(touched.card.low), _least(touched.card.output_low))
    plan = registry.planned(touched.resolved, touched.conditions)
    card = plan.card(registry.instant, 2 * sizes[0], 2 * sizes[1])
    card.warnings = ()  # whoever asked has had them
    return rate_card(registry, plan, registry.at, *sizes)


def _own(card: Card) -> set[str]:
    """Return the meters whose rates are the model's own, not its provider's fees."""
    return {
        name for name in card.rates if name not in card.tariff.fees or name in card.period.rates
    }


def _least(half_tokens: int) -> int:
    """Return the fewest whole tokens of a window of sizes that begins at some half-tokens."""
    return max(0, -(-half_tokens // 2))


def _spelled(registry: FrozenRegistry, touched: Touched) -> str:
    """Return the name as `provider/model`, so that one model has one pin however it is called.

    A name of another kind, such as one behind a gateway, stays as it is.
    """
    name = touched.resolved.name
    record = touched.resolved.target(registry.instant).record
    provider: str = record["provider"]
    known = {each.lower(): each for each in (record["id"], *(a["id"] for a in record["aliases"]))}
    own = known.get(name.lower())
    head, _, rest = name.partition("/")
    seller = registry.store.provider(head.lower())
    if own is None and seller is not None and seller["id"] == provider:
        own = known.get(rest.lower())
    if own is None:
        return name
    return own if own.lower().startswith(f"{provider}/") else f"{provider}/{own}"
