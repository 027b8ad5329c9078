"""Pins: what a price is held to be, and what has moved where it is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from costcalc import instants
from costcalc.digits import percent
from costcalc.errors import CostcalcError, UsageError, nearest_names
from costcalc.meters import METERS
from costcalc.money import EXACT, ZERO, as_decimal, quotient
from costcalc.testing.settings import NOW
from costcalc.values import Value, frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from costcalc.registry.cards import RateCard
    from costcalc.registry.registry import Registry
    from costcalc.usage.usage import Usage

__all__ = [
    "MovedRate", "Pin", "PinError", "as_share", "card_of", "day_of", "has_expired", "instant_text",
    "moved_rates", "rates_of", "stated_at",
]  # fmt: skip

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin(Value):
    """A price assumption: the rates that one model is held to have, under stated conditions."""

    model: str
    """The name as it is called: an id, an alias or `provider/model`."""
    rates: Mapping[str, Decimal]
    """Rates by meter, as they are billed: rules applied, a missing meter at its parent's rate."""
    provider: str | None = None
    """Who bills it, where the name does not say."""
    at: str | None = None
    """The instant of its prices, or `now`, where it is not the suite's."""
    conditions: Mapping[str, str] | None = None
    """What the call states: a tier, a batch, a region."""
    prompt_tokens: int = 0
    """Input of one request, where a longer one costs another rate."""
    output_tokens: int = 0
    """Output of one request, where a longer one costs another rate."""
    currency: str | None = None
    """Currency of the rates; None does not ask. In another one no rate is what it was."""
    tolerance: Decimal = ZERO
    """Share by which a rate may differ: 0.01 is one percent."""
    expires: date | None = None
    """First day on which somebody has to look at it again."""
    reason: str | None = None
    """Why it matters."""
    source: str | None = None
    """Where the rates were read."""
    checked: date | None = None
    """Day on which they were last compared with the source."""
    pinned_on: date | None = None
    """Day on which the pin was written."""

    def __post_init__(self) -> None:
        """Let nothing that a value holds be changed."""
        object.__setattr__(self, "rates", frozen(dict(self.rates)))
        object.__setattr__(self, "conditions", frozen(dict(self.conditions or {})))

    def key(self) -> tuple[Any, ...]:
        """Return what tells pins of one file apart, and sorts them."""
        conditions = tuple(sorted((self.conditions or {}).items()))
        size = (self.prompt_tokens, self.output_tokens)
        return self.model.lower(), self.provider or "", conditions, size, self.at or ""

    def label(self) -> str:
        """Return the name with everything that is stated beside it."""
        said = [f"{key}={value}" for key, value in (self.conditions or {}).items()]
        said += [f"{self.prompt_tokens:,} tokens in"] if self.prompt_tokens else []
        said += [f"{self.output_tokens:,} tokens out"] if self.output_tokens else []
        said += [f"at {self.at}"] if self.at else []
        name = f"{self.provider}/{self.model}" if self.provider else self.model
        return ", ".join([name, *said])


@dataclass(frozen=True, slots=True)
class MovedRate(Value):
    """A rate that is not what a pin holds it to be."""

    meter: str
    """Name of the meter."""
    was: Decimal
    """The rate that is pinned."""
    rate: Decimal | None
    """The rate that holds; None where the model has none any more."""
    currency: str | None = None
    """Currency of the rate that is pinned, where it is not that of the rate that holds."""

    def change(self) -> str:
        """Return by how much it moved, as a signed percentage; empty where there is no base."""
        if self.rate is None or self.currency is not None:
            return ""
        times = quotient(self.rate, self.was)
        if times is None:
            return ""
        moved = EXACT.subtract(times, Decimal(1))
        return percent(moved, sign="+").replace(".0%", "%")


class PinError(CostcalcError, AssertionError):
    """A price is not what a pin holds it to be, or a pin needs looking at; a test fails by it."""

    def __init__(self, message: str, pin: Pin, moved: tuple[MovedRate, ...] = ()) -> None:
        super().__init__()
        self.message = message
        self.pin = pin
        self.moved = moved


def rates_of(stated: Mapping[str, Any]) -> dict[str, Decimal]:
    """Return stated rates as decimals, in the order of a receipt; `UsageError` for what is none."""
    if not stated:
        msg = "a pin holds at least one rate; say it: pricing.pin('gpt-5', input='1.25')"
        raise UsageError(msg)
    found: dict[str, Decimal] = {}
    for meter, value in stated.items():
        if meter not in METERS:
            near = nearest_names(meter, METERS)
            hint = f"nearest: {', '.join(near)}" if near else f"known: {', '.join(METERS)}"
            raise UsageError(f"{meter!r} is no meter, nor an option of a pin; {hint}", meter=meter)
        rate = as_decimal(value, f"the rate of {meter}")
        if rate < 0:
            raise UsageError(f"the rate of {meter} is {value}; a rate is not negative", rate=value)
        found[meter] = rate
    return {name: found[name] for name in METERS if name in found}


def as_share(stated: object, what: str) -> Decimal:
    """Return a share from text such as `2%`, or a decimal below 1; `UsageError` otherwise."""
    if isinstance(stated, str) and stated.strip().endswith("%"):
        share = EXACT.divide(as_decimal(stated.strip()[:-1], what), _HUNDRED)
    else:
        share = as_decimal(stated, what)
        if share >= 1:  # who writes 2 means 2%, and would have a pin that holds nothing
            whole = percent(share, 0)
            msg = f"{what} is {stated}, as a share {whole}; write '{stated}%', or '{whole}'"
            raise UsageError(msg, share=stated)
    if share < 0:
        raise UsageError(f"{what} is {stated}; it is a share from 0 on, such as '2%'", share=stated)
    return share


def card_of(
    pin: Pin, registry: Registry, at: datetime | str | None = None, usage: Usage | None = None
) -> RateCard:
    """Return the rate card that a pin speaks of; the errors are those of `price`."""
    size = (pin.prompt_tokens, pin.output_tokens)
    if usage is not None and size == (0, 0):
        size = (usage.prompt2 // 2, usage.output2 // 2)
    return registry.rate_card(
        pin.model,
        provider=pin.provider,
        at=at,
        conditions=pin.conditions,
        prompt_tokens=size[0],
        output_tokens=size[1],
    )


def moved_rates(pin: Pin, card: RateCard) -> tuple[MovedRate, ...]:
    """Return the rates of a card that are not what a pin holds them to be."""
    found: list[MovedRate] = []
    other = pin.currency not in {None, card.currency}
    for meter, was in pin.rates.items():
        try:
            rate = card.rate(meter)
        except KeyError:
            found.append(MovedRate(meter, was, None))
            continue
        off = abs(EXACT.subtract(rate, was))
        if other or off > EXACT.multiply(was, pin.tolerance):
            found.append(MovedRate(meter, was, rate, pin.currency if other else None))
    return tuple(found)


def has_expired(pin: Pin, today: date) -> bool:
    """Return whether somebody has to look at a pin again; the calendar's day decides."""
    return pin.expires is not None and today >= pin.expires


def instant_text(at: datetime) -> str:
    """Return an instant as a pin states it: a date where it is midnight in UTC."""
    return instants.to_text(instants.from_datetime(at))


def stated_at(at: datetime | date | str) -> str:
    """Return an instant as a pin states it; `now` stays what it is, the day of each run."""
    if isinstance(at, str) and at.strip().lower() == NOW:
        return NOW
    return instants.to_text(instants.parse(at))


def day_of(day: date | str) -> date:
    """Return a day from a date or ISO text; `UsageError` for anything else."""
    return instants.to_datetime(instants.parse(day)).date()
