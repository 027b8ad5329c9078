"""What a model must be to count as a candidate, and in a few words why one is none.

What the registry does not state never passes: a window that is not known is not one that is large
enough.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fnmatch import fnmatchcase

from costcalc import instants
from costcalc.errors import (
    CostcalcError,
    CurrencyMismatchError,
    NoPriceError,
    NotOfferedError,
    RetiredModelError,
    UnknownConditionError,
    UnpricedMeterError,
    UsageError,
)
from costcalc.estimate.capabilities import Capability, Known, capabilities_of
from costcalc.estimate.stated import count
from costcalc.registry.names import resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence
    from datetime import datetime

    from costcalc.registry.cards import ModelInfo
    from costcalc.registry.registry import Registry

__all__ = ["Constraints", "Sellers", "reason_of"]


@dataclass(frozen=True, slots=True)
class Sellers:
    """Whose models count, and which of them do not."""

    providers: frozenset[str] | None
    """Ids of the providers; None is all."""
    barred: Container[tuple[str, str]]
    """Models that the caller excluded, by provider and id."""

    @classmethod
    def of(
        cls, registry: Registry, providers: Iterable[str] | None, exclude: Sequence[str]
    ) -> Sellers:
        """Return them; a name that means nothing is an error, lest it exclude nothing."""
        found = None if providers is None else frozenset(_seller(registry, p) for p in providers)
        infos = registry.models() if exclude else ()
        barred: set[tuple[str, str]] = set()
        for name in exclude:
            barred |= _barred(registry, infos, name)
        return cls(found, barred)

    def refusal(self, info: ModelInfo) -> str | None:
        """Return why a model does not count; None where it does."""
        if self.providers is not None and info.provider not in self.providers:
            return "another provider"
        return "excluded by name" if (info.provider, info.id) in self.barred else None


def _seller(registry: Registry, name: str) -> str:
    found = registry.store.provider(name.lower())
    if found is None:
        known = ", ".join(registry.providers())
        msg = f"no prices of provider {name!r} are known; known: {known}"
        raise UsageError(msg, provider=name)
    return found["id"]


def _barred(registry: Registry, infos: Iterable[ModelInfo], name: str) -> set[tuple[str, str]]:
    """Return what a name excludes: a provider's models, an id wherever it is sold, or one model.

    A star stands for any letters of an id, with its provider before it or without.
    """
    if "*" in name:
        return _matching(infos, name)
    seller = registry.store.provider(name.lower())
    if seller is not None:
        return {(info.provider, info.id) for info in infos if info.provider == seller["id"]}
    found = {(info.provider, info.id) for info in infos if info.id.lower() == name.lower()}
    if not found:
        targets = resolve(registry.store, name).targets
        found = {(each.record["provider"], each.record["id"]) for each in targets}
    return found


def _matching(infos: Iterable[ModelInfo], pattern: str) -> set[tuple[str, str]]:
    wanted = pattern.lower()
    found = {
        (info.provider, info.id)
        for info in infos
        for name in (info.id.lower(), f"{info.provider}/{info.id}".lower())
        if fnmatchcase(name, wanted)
    }
    if not found:
        msg = f"no model's id is like {pattern!r}; list all with 'costcalc models'"
        raise UsageError(msg, exclude=pattern)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraints:
    """What a model must be and have."""

    context_window: int = 0
    """Least tokens of prompt and reply together; 0 asks for none."""
    max_output: int | None = None
    """Least tokens that one reply may have; None asks for none."""
    output: int = 0
    """Tokens of the longest reply: a stated limit below it is too little."""
    capabilities: tuple[Capability, ...] = ()
    """What it must be able to do."""
    until: int
    """Instant at which it must still be served."""
    retired_ok: bool = False
    """Whether it may retire before."""
    checked: date | None = None
    """Day before which its price must not have been checked last; None asks for none."""

    @classmethod
    def of(
        cls,
        need: tuple[int, int],
        at: int,
        *,
        context_window: int | None,
        max_output: int | None,
        capabilities: Iterable[str],
        retired_ok: bool,
        until: datetime | date | str | None,
        max_price_age_days: int | None,
    ) -> Constraints:
        """Return checked constraints; what is not stated is what the usage needs by itself."""
        end = at if until is None else instants.parse(until)
        if end < at:
            msg = f"until={until!r} lies before at={instants.to_text(at)}; it is the last instant"
            raise UsageError(msg, until=until)
        oldest = None
        if max_price_age_days is not None:
            days = count(max_price_age_days, "max_price_age_days")
            oldest = instants.to_datetime(at).date() - timedelta(days=min(days, _LONGEST))
        window = need[0] if context_window is None else count(context_window, "context_window")
        return cls(
            context_window=window,
            max_output=None if max_output is None else count(max_output, "max_output"),
            output=need[1],
            capabilities=capabilities_of(capabilities),
            until=end,
            retired_ok=retired_ok,
            checked=oldest,
        )

    def retired(self, info: ModelInfo, end: int) -> str | None:
        """Return that a model is not served until an instant; None where it is."""
        if self.retired_ok or info.retired is None:
            return None
        gone = instants.from_datetime(info.retired)
        if gone <= self.until:
            return _retired_by(self.until)
        return _WITHIN if gone <= end else None

    def refusal(self, known: Known, checked: date | None) -> str | None:
        """Return the first thing that a model lacks; None where it lacks nothing."""
        return next(self._lacks(known, checked), None)

    def _lacks(self, known: Known, checked: date | None) -> Iterator[str]:
        window, longest = known.info.context_window, known.info.max_output
        if self.context_window and window is None:
            yield "context window not known"
        if window is not None and window < self.context_window:
            yield f"context window below {self.context_window:,}"
        least = self.output if self.max_output is None else self.max_output
        if self.max_output and longest is None:
            yield "longest reply not known"
        if longest is not None and longest < least:
            yield f"longest reply below {least:,}"
        for each in self.capabilities:
            answer = each.read(known)
            if not answer:
                yield f"{each.name} not stated" if answer is None else f"no {each.name}"
        if self.checked is not None and (checked is None or checked < self.checked):
            yield f"price not checked since {self.checked}"


_SECOND = 1_000_000
_WITHIN = "retired before the session ends"
_LONGEST = 365_000
"""Days of a thousand years, beyond which dates end."""


def _retired_by(at: int) -> str:
    return f"retired by {instants.to_text(at - at % _SECOND)}"


def reason_of(error: CostcalcError, at: int) -> str:
    """Return in a few words why a model has no price, the same for all of whom it is true.

    Raises the error again where it is of the call and not of the model.
    """
    match error:
        case RetiredModelError():
            said = _WITHIN if instants.parse(error.retired) > at else _retired_by(at)
        case NotOfferedError():
            said = "not sold under these conditions"
        case NoPriceError():
            said = f"no price at {instants.to_text(at - at % _SECOND)}"
        case UnknownConditionError():
            said = f"no price for {error.key}={error.value}"
        case UnpricedMeterError():
            said = f"no rate for {error.meter}"
        case CurrencyMismatchError():
            said = f"priced in {error.one} and {error.other}"
        case UsageError() if {"cache", "model"} <= error.facts.keys():
            said = f"no cache {error.facts['cache']!r}"
        case UsageError():
            raise error
        case _:
            said = str(error)
    return said
