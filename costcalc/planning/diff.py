"""What a change of a plan does to its expected cost, and why: volume, shape, cache, model, price.

Both plans are forecast with the same draws, and so is every mixture of the two that has some of the
groups from one and the rest from the other. Each group gets the mean of what it adds over all
orders of adding them; the parts sum to the whole exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from pydantic import ValidationError

from costcalc.errors import CostcalcError, CurrencyMismatchError
from costcalc.money import EXACT, ZERO, normal
from costcalc.planning.attribution import shares, subsets
from costcalc.planning.differences import Change, PlanDiff, WorkloadDiff
from costcalc.planning.engine import Course, forecast_of
from costcalc.planning.forecast import Forecast
from costcalc.planning.groups import GROUPS, Changed, changed_keys, mixed
from costcalc.planning.mixtures import Mixtures
from costcalc.planning.parts import apportioned, unpriced_in
from costcalc.planning.plan import Plan
from costcalc.planning.wording import said
from costcalc.planning.workloads import Prompts
from costcalc.registry.current import current

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.registry.registry import Registry

    Progress = Callable[[int, int | None], None]

__all__ = ["diff"]

_TOGETHER = (("cache", "model"), ("model", "price"), ("cache", "model", "price"))
"""Groups that are taken as one where a mixture of the two plans is none, or has no price."""


def diff(
    base: Plan,
    head: Plan,
    *,
    samples: int | None = None,
    seed: int | None = None,
    registry: Registry | None = None,
    base_registry: Registry | None = None,
    progress: Progress | None = None,
) -> PlanDiff:
    """Return what changes from one plan to another, in expected cost.

    Samples and seed are those of the second plan if left out, for both. `base_registry` has the
    prices of the first plan where they are not the same; the difference is part of price.
    `progress` is called with how many forecasts are done, and of how many. A workload that only one
    plan has is volume. Of one that has no price in either, no difference is claimed unless it is
    the same in both. Raises what `Plan.forecast` raises.
    """
    work = _Work(base, head, samples, seed, registry, base_registry)
    return work.result(progress)


class _Work:
    """Two plans while they are compared."""

    def __init__(
        self,
        base: Plan,
        head: Plan,
        samples: int | None,
        seed: int | None,
        registry: Registry | None,
        base_registry: Registry | None,
    ) -> None:
        self.base, self.head = base, head
        self._prices = current() if registry is None else registry
        self._base_prices = self._prices if base_registry is None else base_registry
        self._samples = head.simulation.samples if samples is None else samples
        self._seed = head.simulation.seed if seed is None else seed
        self.changed = changed_keys(base, head)
        self.both = [name for name in base.workloads if name in head.workloads]
        self.notes: list[str] = []
        self._other_prices = _identity(self._prices) != _identity(self._base_prices)
        if self._other_prices:
            self.notes.append("the plans are priced by different lists: that is part of price")

    def _forecast(self, plan: Plan, registry: Registry, known: dict[str, Course]) -> Forecast:
        return forecast_of(plan, self._samples, self._seed, registry, None, known)

    def _is_same(self, name: str) -> bool:
        """Return whether the sessions and runs of a workload are those of the first plan, too."""
        workload = self.head.workloads[name]
        # files that are named alike are others where they lie beside another plan
        aside = isinstance(workload, Prompts) and self.base.source_path != self.head.source_path
        return workload == self.base.workloads[name] and not aside and not self._groups(name)

    def result(self, progress: Progress | None) -> PlanDiff:
        groups = {name: self._groups(name) for name in self.both}
        whole = 2 + sum(2 ** len(each) - 2 for each in groups.values() if each)
        step = _steps(progress, whole)
        known: dict[str, Course] = {}
        before = self._forecast(self.base, self._base_prices, known)
        known = {name: known[name] for name in self.both if self._is_same(name)}
        step()
        after = self._forecast(self.head, self._prices, known)
        step()
        if before.currency != after.currency:
            raise CurrencyMismatchError(before.currency, after.currency)
        parts: dict[str, Mapping[str, Fraction]] = {}
        for name, each in groups.items():
            if not each:
                continue
            if self._is_known(name, before, after):
                parts[name] = self._parts(name, each, before, after, step)
            else:
                for _ in range(2 ** len(each) - 2):
                    step()  # of a mixture that has no price either
        workloads = self._workloads(before, after, parts)
        return PlanDiff(
            project=self.head.project,
            currency=after.currency,
            base=before,
            head=after,
            parts=self._sums(workloads),
            workloads=workloads,
            changes=tuple(map(_change, self.changed)),
            notes=(*self.notes, *unpriced_in(before, after)),
            unknown_parts=self._unknown_parts(workloads),
        )

    def _is_known(self, name: str, before: Forecast, after: Forecast) -> bool:
        """Return whether a difference can be claimed of a workload."""
        found = [each.workloads[name] for each in (before, after) if name in each.workloads]
        same = len(found) > 1 and self._is_same(name)
        return same or not any(each.lower_bound for each in found)

    def _groups(self, name: str) -> list[str]:
        """Return the groups in which anything changed for a workload."""
        found = {each.group for each in self.changed if each.workload in {None, name}}
        if self._other_prices:
            found.add("price")
        return [group for group in GROUPS if group in found]

    def _parts(
        self,
        name: str,
        groups: Sequence[str],
        before: Forecast,
        after: Forecast,
        step: Callable[[], None],
    ) -> dict[str, Fraction]:
        """Return what each group adds to a workload."""
        ends = before.workloads[name].mean, after.workloads[name].mean
        reason = ""
        for bundle in _bundles(groups):
            rest = {group: (group,) for group in groups if group not in bundle}
            together = {_name_of(bundle): bundle} if bundle else {}
            try:
                found = self._attributed(name, {**rest, **together}, ends, step)
            except (CostcalcError, ValidationError) as error:
                reason = reason or str(error).splitlines()[0]
            else:
                if bundle:
                    self.notes.append(
                        f"{name}: {' and '.join(bundle)} change together and count as "
                        f"{_name_of(bundle)}, since a mixture of the two plans is none: {reason}"
                    )
                return found
        raise AssertionError  # pragma: no cover - all groups together need no mixture

    def _attributed(
        self,
        name: str,
        bundles: Mapping[str, tuple[str, ...]],
        ends: tuple[Decimal, Decimal],
        step: Callable[[], None],
    ) -> dict[str, Fraction]:
        """Return the same, where some groups may change together only."""
        nothing, *between, whole = subsets(tuple(bundles))
        cases: list[tuple[Plan, Registry]] = []
        for some in between:
            chosen = frozenset(group for each in some for group in bundles[each])
            prices = self._prices if "price" in chosen else self._base_prices
            cases.append((mixed(self.base, self.head, chosen, [name]), prices))
        means = Mixtures(name, self._samples, self._seed).means(cases, step)
        known = dict(zip(between, means, strict=True))
        known[nothing], known[whole] = ends
        return shares(tuple(bundles), lambda some: Fraction(known[some]))

    def _workloads(
        self, before: Forecast, after: Forecast, parts: Mapping[str, Mapping[str, Fraction]]
    ) -> tuple[WorkloadDiff, ...]:
        found: list[WorkloadDiff] = []
        for name in dict.fromkeys((*before.workloads, *after.workloads)):
            one = before.workloads[name].mean if name in before.workloads else ZERO
            other = after.workloads[name].mean if name in after.workloads else ZERO
            change = normal(EXACT.subtract(other, one))
            known = self._is_known(name, before, after)
            if name not in before.workloads or name not in after.workloads:
                status = "removed" if name in before.workloads else "added"
                own = {"volume": Fraction(change)} if known else {}
            else:
                own = parts.get(name, {})
                status = "changed" if own or not known else "same"
            exact = apportioned(own, change) if own else {}
            found.append(
                WorkloadDiff(
                    name=name,
                    status=status,
                    before=one,
                    after=other,
                    parts={group: exact[group] for group in GROUPS if group in exact},
                    is_known=known,
                )
            )
        # what is not known stands first: it may be the most
        return tuple(
            sorted(
                found,
                key=lambda each: (each.change is None, (each.change or ZERO).copy_abs()),
                reverse=True,
            )
        )

    def _unknown_parts(self, workloads: Iterable[WorkloadDiff]) -> tuple[str, ...]:
        """Return the groups in which anything changes whose difference is not known."""
        found: set[str] = set()
        for each in workloads:
            if not each.is_known:
                found.update(self._groups(each.name) if each.name in self.both else ("volume",))
        return tuple(group for group in GROUPS if group in found)

    def _sums(self, workloads: Sequence[WorkloadDiff]) -> dict[str, Decimal]:
        """Return the parts of all whose difference is known."""
        found: dict[str, Decimal] = dict.fromkeys(GROUPS, ZERO)
        for each in workloads:
            for group, amount in each.parts.items():
                found[group] = EXACT.add(found[group], amount)
        return {name: normal(amount) for name, amount in found.items()}


def _identity(registry: Registry) -> tuple[str, int | None]:
    """Return what tells prices apart: their version, and the instant at which they are frozen."""
    return registry.version, getattr(registry, "instant", None)


def _bundles(groups: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Iterate over groups that may change together only: none, some, and at last all."""
    yield ()
    yield from (each for each in _TOGETHER if set(each) < set(groups))
    yield tuple(groups)


def _name_of(bundle: Sequence[str]) -> str:
    """Return as what a bundle counts: the model where it is part of it, else the first."""
    return "model" if "model" in bundle else bundle[0]


def _steps(progress: Progress | None, whole: int) -> Callable[[], None]:
    """Return what counts a forecast that is done, at most as many as were reckoned with."""
    done = 0

    def step() -> None:
        nonlocal done
        done = min(done + 1, whole)
        if progress is not None:
            progress(done, whole)

    return step


def _change(each: Changed) -> Change:
    return Change(
        workload=each.workload,
        key=each.key,
        group=each.group,
        before=said(each.before),
        after=said(each.after),
    )
