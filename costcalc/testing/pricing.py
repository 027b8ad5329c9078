"""The prices of a test: frozen at one instant, and pinned."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from costcalc.errors import CostcalcError, UsageError
from costcalc.registry.conditions import as_text
from costcalc.registry.current import current, use
from costcalc.testing.frozen import FrozenRegistry
from costcalc.testing.moves import effect, expired_text, later, moved_text
from costcalc.testing.pins import (
    Pin,
    PinError,
    as_share,
    card_of,
    day_of,
    has_expired,
    instant_text,
    moved_rates,
    rates_of,
)
from costcalc.testing.settings import NOW, instant_of
from costcalc.usage.usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal
    from types import TracebackType
    from typing import Any, Self

    from costcalc.billing.cost import Cost
    from costcalc.estimate.estimate import Estimate
    from costcalc.registry.cards import RateCard
    from costcalc.registry.current import Use
    from costcalc.registry.registry import Registry

__all__ = ["Pricing", "freeze"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Pricing:
    """Prices frozen at one instant: what `pytest`'s fixture `pricing` is.

    Within `with pricing:`, or a test that has the fixture, code that names no registry gets these
    prices, whatever time it states or does not state.
    """

    registry: FrozenRegistry
    """The prices as they stood at `at`."""
    whose: str = ""
    """Who chose the instant, in words."""
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    """The calendar's day; pins expire by it."""
    notices: list[str] = field(default_factory=list[str], repr=False)
    """What is known of later moves of pinned prices."""
    _uses: list[Use] = field(default_factory=list["Use"], repr=False)

    @property
    def at(self) -> datetime:
        """The instant whose prices hold."""
        return self.registry.at

    def __repr__(self) -> str:
        return f"<Pricing at {instant_text(self.at)}{self.whose and ' '}{self.whose}>"

    def __enter__(self) -> Self:
        """Let these prices hold in this process, where no registry is named."""
        self._uses.append(use(self.registry))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the prices before hold again."""
        with self._uses.pop():
            pass  # what was entered holds no longer in the process

    def price(self, model: str, usage: Usage, **terms: Any) -> Cost:
        """Return the cost of a usage at these prices; terms and errors are those of `price`.

        `at` asks the prices of another instant, which are not frozen.
        """
        from costcalc.billing.price import price

        if terms.get("at") is not None:
            return price(model, usage, registry=self.registry.base, **terms)
        terms = {**terms, "at": self.at}
        cost = price(model, usage, registry=self.registry, **terms)
        self.registry.touch_cost(cost)
        return cost

    def rate_card(self, model: str, **terms: Any) -> RateCard:
        """Return the rates of a model; terms and errors are those of `Registry.rate_card`."""
        registry = self.registry if terms.get("at") is None else self.registry.base
        return registry.rate_card(model, **terms)

    def estimate(self, model: str, content: Any, **terms: Any) -> Estimate:
        """Return what a prompt will cost; terms and errors are those of `estimate_prompt`."""
        from costcalc.estimate.prompt import estimate_prompt

        if terms.get("at") is not None:
            return estimate_prompt(model, content, registry=self.registry.base, **terms)
        terms = {**terms, "at": self.at}
        found = estimate_prompt(model, content, registry=self.registry, **terms)
        self.registry.touch_cost(found.cost)
        return found

    def pin(  # noqa: PLR0913 - what the pin holds, and the terms of price()
        self,
        model: str,
        *,
        at: datetime | date | str | None = None,
        rel: Decimal | int | str = 0,
        until: date | str | None = None,
        reason: str | None = None,
        usage: Usage | None = None,
        provider: str | None = None,
        service_tier: str | None = None,
        batch: bool | None = None,
        region: str | None = None,
        conditions: Mapping[str, str | bool | int | None] | None = None,
        prompt_tokens: int = 0,
        output_tokens: int = 0,
        **rates: Decimal | int | str,
    ) -> RateCard:
        """Hold the rates of a model to be these, as they are billed; return its rate card.

        `rel` is the share by which each may differ, such as '2%'. `at` holds another instant than
        the suite's; 'now' is today's. `until` is the day from which the pin fails until somebody
        looks at it again, `reason` what a failure says beside it. `usage` is a call whose cost a
        failure compares; it also chooses the context tier, as `prompt_tokens` and `output_tokens`
        do. The rest are terms of `price`.

        Raises `PinError`, an `AssertionError`, where a rate is another or the pin has expired, and
        what `price` raises.
        """
        __tracebackhide__ = True
        stated = {"service_tier": service_tier, "batch": batch, "region": region}
        both = stated.keys() & (conditions or {}).keys()
        twice = sorted(key for key in both if stated[key] is not None)
        if twice:
            msg = f"condition {twice[0]!r} is stated twice: as an argument and in conditions="
            raise UsageError(msg, condition=twice[0])
        said = {**stated, **(conditions or {})}
        if usage is not None and not isinstance(usage, Usage):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
            msg = f"usage is a costcalc.Usage, not {type(usage).__name__}"
            raise UsageError(msg, usage=usage)
        held = Pin(
            model=model,
            rates=rates_of(rates),
            provider=provider,
            conditions={key: as_text(each) for key, each in said.items() if each is not None},
            prompt_tokens=prompt_tokens,
            output_tokens=output_tokens,
            tolerance=as_share(rel, "rel"),
            expires=None if until is None else day_of(until),
            reason=reason,
            at=None if at is None else instant_text(instant_of(at)),
        )
        return _Check(self, held, usage).run()


class _Check:
    """One pin against the prices, now that they are asked for."""

    def __init__(self, pricing: Pricing, pin: Pin, usage: Usage | None) -> None:
        self._pricing = pricing
        self._pin = pin
        self._usage = usage
        frozen = pricing.registry
        # a registry of its own: what a test pins itself needs no line in the lock file
        self._registry = FrozenRegistry(frozen.base, pin.at or frozen.at)

    def run(self) -> RateCard:
        """Return the rate card, or raise what is not as it is pinned."""
        __tracebackhide__ = True
        pin, pricing = self._pin, self._pricing
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a redirect that moves a price is said as a move
            card = card_of(pin, self._registry, usage=self._usage)
            moved = moved_rates(pin, card)
            if moved:
                raise PinError(self._text(card, moved), pin, moved)
        if has_expired(pin, pricing.today):
            fix = "state a later until=, or none, once you have compared the price"
            raise PinError(expired_text(pin, fix), pin)
        notice = later(pin, pricing.registry.base, self._registry.at)
        if notice is not None and notice not in pricing.notices:
            pricing.notices.append(notice)
        return card_of(pin, self._registry, usage=self._usage)

    def _text(self, card: RateCard, moved: Any) -> str:
        pin = self._pin
        rates = {**pin.rates, **{each.meter: each.rate for each in moved}}
        said = ", ".join(f'{name}="{each:f}"' for name, each in rates.items() if each is not None)
        gone = ", ".join(name for name, each in rates.items() if each is None)
        steps = [f"pin {said}"] if said else []
        steps += [f"leave out {gone}" if said else "remove the pin"] if gone else []
        whose = self._pricing.whose if pin.at is None else "by at="
        fix = f"if that is right, {', and '.join(steps)}"
        usage = self._effect(card)
        return moved_text(pin, moved, card, self._registry, whose=whose, fix=fix, usage=usage)

    def _effect(self, card: RateCard) -> str:
        """Return what the move does to the usage; empty where none was named."""
        if self._usage is None:
            return ""
        from costcalc.billing.price import price

        pin = self._pin
        try:
            cost = price(
                pin.model,
                self._usage,
                provider=pin.provider,
                conditions=pin.conditions,
                registry=self._registry,
            )
        except CostcalcError as error:  # that the price moved is to be said all the same
            return str(error)
        return effect(pin, card, cost)


def freeze(
    at: datetime | date | str,
    *,
    registry: Registry | None = None,
    overlay: Any = None,
    whose: str = "",
    today: date | None = None,
    **changes: Any,
) -> Pricing:
    """Return prices frozen at an instant, for tests without pytest.

    `at` is a date, an aware datetime, ISO text or 'now'. `registry` is whose prices; None is the
    one that holds here. `overlay` and the rest are a what-if over it, as in `Registry.overlay`.
    """
    base = current() if registry is None else registry
    if overlay is not None or changes:
        base = base.overlay(overlay, **changes)
    frozen = FrozenRegistry(base, instant_of(at))
    asked = isinstance(at, str) and at.strip().lower() == NOW
    said = whose or ("today" if asked else "")
    return Pricing(frozen, said, datetime.now(UTC).date() if today is None else today)
