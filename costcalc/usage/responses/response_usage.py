"""The usage that a response states, with everything else in it that decides a price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from costcalc.assumptions import Assumption
from costcalc.usage.counts import Counts
from costcalc.usage.usage import Usage
from costcalc.values import frozen

__all__ = ["ResponseUsage"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ResponseUsage(Usage):
    """A `Usage` as a response states it: whose, when, how it was served, and what was charged.

    `price` takes its conditions from here; what the caller states stands above them. The counts are
    inclusive, whatever the provider's own are. A sum of them is a plain `Usage`, parts included.
    """

    api: str = ""
    """The wire format that it was read as, such as anthropic-messages."""
    model: str | None = None
    """Model id as the response states it; None where it states none."""
    provider: str | None = None
    """Who bills it, where the format or the caller says so."""
    at: datetime | None = None
    """When the response was made, where it says so."""
    id: str | None = None
    """The response's own id."""
    conditions: Mapping[str, str | bool] = field(default_factory=Counts)
    """What changes the rates, as it was served: service_tier, batch, region, thinking, …"""
    stated_cost: Decimal | None = None
    """What the seller says it charged, in `stated_currency`; None where it does not say."""
    stated_currency: str = "USD"
    """ISO 4217 code of the stated cost."""
    parts: tuple[ResponseUsage, ...] = ()
    """What the response bills beside its own counts: another model's, or another call's."""
    assumptions: tuple[Assumption, ...] = ()
    """What reading it rests on."""

    def __post_init__(self) -> None:
        """Check the counts, and let nothing that a value holds be changed."""
        Usage.__post_init__(self)
        object.__setattr__(self, "conditions", frozen(dict(self.conditions)))
        object.__setattr__(self, "parts", tuple(self.parts))
        object.__setattr__(self, "assumptions", tuple(self.assumptions))

    def __add__(self, other: object) -> Usage:
        """Add what was consumed in all, parts included."""
        if not isinstance(other, Usage):
            return NotImplemented
        return self.whole() + (other.whole() if isinstance(other, ResponseUsage) else other)

    def __radd__(self, other: object) -> Usage:
        """Let `sum()` begin at 0, and a plain usage come first."""
        return other + self.whole() if isinstance(other, Usage) else Usage.__radd__(self, other)

    def counts(self) -> Usage:
        """Return the counts alone, parts left out."""
        return Usage(**{name: getattr(self, name) for name in Usage.__dataclass_fields__})

    def whole(self) -> Usage:
        """Return the counts with those of every part: what was consumed, under any model."""
        found = self.counts()
        for part in self.parts:
            found += part.whole()
        return found
