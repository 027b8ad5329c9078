"""What a change of a plan does, workload by workload and group by group: the result of a diff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce

from costcalc.digits import fixed, percent
from costcalc.money import EXACT, ZERO, normal
from costcalc.planning.forecast import Forecast
from costcalc.planning.parts import share_of, unpriced_in
from costcalc.planning.wording import at_least
from costcalc.values import Value, frozen

__all__ = ["Change", "PlanDiff", "WorkloadDiff"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Value):
    """One thing that the plans state differently."""

    workload: str | None
    """Whose it is; None for the plan's own."""
    key: str
    """The key, as the plan states it."""
    group: str
    """volume, shape, cache, model or price."""
    before: str
    """What the first plan says."""
    after: str
    """What the second says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadDiff(Value):
    """What one workload adds to the difference."""

    name: str
    """Its name in the plans."""
    status: str
    """changed, added, removed or same."""
    before: Decimal
    """Its expected cost in the first plan; 0 where that has it not. A lower bound where some of it
    has no price."""
    after: Decimal
    """Its expected cost in the second plan, likewise."""
    parts: Mapping[str, Decimal]
    """What each group adds; they sum to the change exactly. Empty where that is not known."""
    is_known: bool = True
    """Whether the difference is known: all of it has a price in both plans, or it is the same."""

    def __post_init__(self) -> None:
        """Let nothing that a value holds be changed."""
        object.__setattr__(self, "parts", frozen(dict(self.parts)))

    @property
    def change(self) -> Decimal | None:
        """After less before; None where that is not known, since some of it has no price."""
        return normal(EXACT.subtract(self.after, self.before)) if self.is_known else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDiff(Value):
    """The difference of two plans' expected costs, and what it is made of."""

    project: str
    """Name of the project, as the second plan has it."""
    currency: str
    """ISO 4217 code of every amount."""
    base: Forecast
    """The first plan's forecast, with the draws of the second."""
    head: Forecast
    """The second plan's forecast."""
    parts: Mapping[str, Decimal]
    """What volume, shape, cache, model and price add; they sum to the known change exactly."""
    workloads: tuple[WorkloadDiff, ...]
    """Workload by workload, those that changed most first."""
    changes: tuple[Change, ...]
    """What the plans state differently."""
    notes: tuple[str, ...] = ()
    """What limits the figures."""
    unknown_parts: tuple[str, ...] = ()
    """Groups that also change something whose difference is not known: they may add more."""

    def __post_init__(self) -> None:
        """Let nothing that a value holds be changed."""
        object.__setattr__(self, "parts", frozen(dict(self.parts)))

    @property
    def before(self) -> Decimal:
        """Expected cost of the first plan; a lower bound where some of it has no price."""
        return self.base.mean

    @property
    def total(self) -> Decimal:
        """Expected cost of the second plan, likewise."""
        return self.head.mean

    @property
    def known_change(self) -> Decimal:
        """The difference of all workloads whose difference is known; it is that of their parts."""
        known = [each.change for each in self.workloads if each.change is not None]
        return normal(reduce(EXACT.add, known, ZERO))

    @property
    def change(self) -> Decimal | None:
        """The difference of the expected costs; None where that of a workload is not known."""
        return None if self.unknown else self.known_change

    @property
    def change_ratio(self) -> Decimal | None:
        """The same as a share of the first; None where that is free, or some has no price."""
        change = self.change
        if change is None or self.base.lower_bound:
            return None
        return share_of(change, self.before)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Names of the workloads whose difference is not known."""
        return tuple(each.name for each in self.workloads if not each.is_known)

    @property
    def unpriced(self) -> tuple[str, ...]:
        """What has no price in either plan, in sentences."""
        return unpriced_in(self.base, self.head)

    def __str__(self) -> str:
        """Return the difference as a sentence."""
        before, after = (
            "not priced"
            if each.coverage == "none"
            else at_least(f"{fixed(each.mean, 2)} {self.currency}", each.coverage)
            for each in (self.base, self.head)
        )
        if self.change is None:
            names, rest = ", ".join(self.unknown), ""
            if len(self.unknown) < len(self.workloads):
                rest = f"; the rest changes by {fixed(self.known_change, 2, '+')} {self.currency}"
            return (
                f"{self.project}: {before} to {after}; the change is not known, since some of "
                f"{names} has no price{rest}"
            )
        ratio = self.change_ratio
        how = "" if ratio is None else f" ({percent(ratio, sign='+')})"
        largest = max(self.parts, key=lambda name: self.parts[name].copy_abs())
        why = (
            f", most of it {largest} ({fixed(self.parts[largest], 2, '+')})" if self.change else ""
        )
        if not self.unpriced:
            before = fixed(self.before, 2)
        return f"{self.project}: {before} to {after}, {fixed(self.change, 2, '+')}{how}{why}"
