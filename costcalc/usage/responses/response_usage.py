"""The usage that a response states, with everything else in it that decides a price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from costcalc.assumptions import Assumption
from costcalc.registry.conditions import as_text, is_neutral
from costcalc.usage.counts import Counts
from costcalc.usage.usage import Usage
from costcalc.values import frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

__all__ = ["ResponseUsage"]

_MODEL = "model"
_SUMMED = "summed"
_UNSAID = "none"
"""The value of a condition that a call does not have."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ResponseUsage(Usage):
    """A `Usage` as a response states it: whose, when, how it was served, and what was charged.

    `price` takes its conditions from here; what the caller states stands above them. The counts are
    inclusive, whatever the provider's own are. A sum has the counts of all, parts included, and
    what all of them have in common; where they differ in what decides a price, `mixed` says so, and
    `price` refuses the sum until it is stated.
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
    mixed: Mapping[str, tuple[str, ...]] = field(default_factory=Counts)
    """Of a sum, what its calls differ in: conditions, or `model`, and their values; else empty."""

    def __post_init__(self) -> None:
        """Check the counts, and let nothing that a value holds be changed."""
        Usage.__post_init__(self)
        object.__setattr__(self, "conditions", frozen(dict(self.conditions)))
        object.__setattr__(self, "parts", tuple(self.parts))
        object.__setattr__(self, "assumptions", tuple(self.assumptions))
        object.__setattr__(self, "mixed", frozen(dict(self.mixed)))

    def __add__(self, other: object) -> Usage:
        """Add what was consumed in all, parts included."""
        return _sum(self, other) if isinstance(other, Usage) else NotImplemented

    def __radd__(self, other: object) -> Usage:
        """Let `sum()` begin at 0, and a plain usage come first."""
        return _sum(self, other) if isinstance(other, Usage) else Usage.__radd__(self, other)

    def counts(self) -> Usage:
        """Return the counts alone, parts left out."""
        return Usage(**{name: getattr(self, name) for name in Usage.__dataclass_fields__})

    def whole(self) -> Usage:
        """Return the counts with those of every part: what was consumed, under any model."""
        found = self.counts()
        for part in self.parts:
            found += part.whole()
        return found


def _sum(one: ResponseUsage, other: Usage) -> Usage:
    """Return the counts of both with what decides their price; a plain usage where nothing does."""
    wholes = [each.whole() if getattr(each, "parts", ()) else each for each in (one, other)]
    counts = Usage.__add__(*wholes)
    calls = [*_calls(one), *_calls(other)]
    served = [_served(each) for each in calls]
    known = {_MODEL: _distinct(each.get(_MODEL, ()) for each in served)}
    for key in dict.fromkeys(key for each in served for key in each if key != _MODEL):
        known[key] = _distinct(each.get(key, (_UNSAID,)) for each in served)
    shared = {key: each[0] for key, each in known.items() if len(each) == 1}
    at, assumptions = _last(one, other)
    if at is None and not any(known.values()):
        return counts
    sellers = {each.provider for each in calls if isinstance(each, ResponseUsage)}
    return ResponseUsage(
        **{name: getattr(counts, name) for name in Usage.__dataclass_fields__},
        model=shared.pop(_MODEL, None),
        provider=next(iter(sellers)) if len(sellers) == 1 else None,
        at=at,
        conditions=shared,
        assumptions=assumptions,
        mixed={key: _texts(each) for key, each in known.items() if len(each) > 1},
    )


def _distinct(values: Iterable[tuple[Any, ...]]) -> tuple[Any, ...]:
    """Return different values once each; those of one text are the same."""
    found: dict[str, Any] = {}
    for each in values:
        for value in each:
            found.setdefault(as_text(value), value)
    return tuple(found.values())


def _texts(values: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(each if isinstance(each, str) else as_text(each) for each in values)


def _calls(usage: Usage) -> Iterator[Usage]:
    """Iterate over a usage and what stands within it."""
    yield usage
    if isinstance(usage, ResponseUsage):
        for part in usage.parts:
            yield from _calls(part)


def _served(usage: Usage) -> dict[str, tuple[Any, ...]]:
    """Return what decides the price of a call, or of an earlier sum: values by condition."""
    if not isinstance(usage, ResponseUsage):
        return {}
    found: dict[str, tuple[Any, ...]] = {
        key: (value,) for key, value in usage.conditions.items() if not is_neutral(value)
    }
    if usage.model is not None:
        found[_MODEL] = (usage.model,)
    return {**found, **usage.mixed}


def _last(one: ResponseUsage, other: Usage) -> tuple[datetime | None, tuple[Assumption, ...]]:
    """Return when the later of two was made, and that its time is taken for both."""
    if not isinstance(other, ResponseUsage) or one.at is None or other.at is None:
        return None, ()
    summed = [each for usage in (one, other) for each in usage.assumptions if each.code == _SUMMED]
    if one.at == other.at and not summed:
        return one.at, ()
    at = max(one.at, other.at)
    text = f"calls of several times were added up; all are priced as at the last, {at.isoformat()}"
    return at, (Assumption(_SUMMED, text),)
