"""What a public list states about a model: a `Listing`, in our meters and units."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from costcalc.refresh.numbers import plain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal

    from costcalc.refresh.matching import Clause

    Condition = str | bool | tuple[str, ...]
    Conditions = Mapping[str, Condition]

__all__ = ["EVERY_MODEL", "Facts", "Listing", "condition_text", "rates_text"]

EVERY_MODEL: Final = "*"
"""The model of a listing that a list states for a whole provider: a rule or a remark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a list says of a model beside its prices; `None` and empty are unstated.

    `context_window`, `max_output` and `min_cache_tokens` are in tokens. `aliases` are exact other
    ids; `match` is the list's own clause, which may match by prefix and so is weaker evidence.
    `deprecation` is a date or a word, as the list has it.
    """

    name: str | None = None
    mode: str | None = None
    aliases: tuple[str, ...] = ()
    match: Clause | None = None
    context_window: int | None = None
    max_output: int | None = None
    min_cache_tokens: int | None = None
    deprecation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One price statement of one list: these rates, in `[start, until)`, under these conditions.

    `provider` is our id and `listed_as` the list's own key; `model` is the id without the key's
    gateway prefix. A `start` of `None` is the list's earliest period, whose true start it does not
    know; `first_seen` is then, and wherever a list dates by observation, when it first had the
    rates, and `dated_by` how it knows. `rates` are per unit of our meters and without a condition's
    other meters; `times` is a factor on whatever else holds. `zeros` are meters listed as 0 where
    the list writes 0 for unknown too, and `unmapped` are prices for which we have no meter, as
    listed. `offered` is false where the list says that the combination is not sold.
    """

    list_name: str
    provider: str
    model: str
    listed_as: str
    start: datetime | None = None
    until: datetime | None = None
    first_seen: datetime | None = None
    dated_by: str | None = None
    conditions: Conditions = field(default_factory=dict[str, "Condition"])
    rates: Mapping[str, Decimal] = field(default_factory=dict[str, "Decimal"])
    times: Decimal | None = None
    offered: bool = True
    zeros: tuple[str, ...] = ()
    unmapped: Mapping[str, str] = field(default_factory=dict[str, str])
    facts: Facts = field(default_factory=Facts)
    sources: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()

    def holds(self, at: datetime) -> bool:
        """Return whether the instant lies in `[start, until)`."""
        return (self.start is None or self.start <= at) and (self.until is None or at < self.until)

    def begins_after(self, at: datetime) -> bool:
        """Return whether the statement is about the future of an instant."""
        return self.start is not None and self.start > at

    @property
    def is_standard(self) -> bool:
        """Return whether this is a price without conditions."""
        return self.offered and not self.conditions and self.times is None


def condition_text(conditions: Conditions) -> str:
    """Return conditions as one readable text, such as 'batch, prompt_tokens >200k'."""
    return ", ".join(_one_condition(key, value) for key, value in sorted(conditions.items()))


def _one_condition(key: str, value: Condition) -> str:
    if value is True:
        return key
    if isinstance(value, tuple):
        return f"{key} {'|'.join(value)}"
    return f"{key} {value}"


def rates_text(listing: Listing) -> str:
    """Return rates, factor, zeros and unmapped prices as one text, numbers exact."""
    parts = [f"{meter} {plain(rate)}" for meter, rate in listing.rates.items()]
    if listing.times is not None:
        parts.append(f"times {plain(listing.times)}")
    parts += [f"{meter} 0 (unstated or free)" for meter in listing.zeros]
    parts += [f"{key}={value}" for key, value in listing.unmapped.items()]
    if not listing.offered:
        parts.append("not offered")
    return ", ".join(parts) or "no rates"
