"""Plans that are mixtures of two others: their means, which share most of their work.

Sessions of the same shape are drawn once for all models, simulated once for all volumes, and a run
draws from those of all models at once. Each mean is what a forecast of that plan by itself would
have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from costcalc.errors import UsageError
from costcalc.planning.engine import course_of
from costcalc.planning.notices import unwarned
from costcalc.planning.pools import WORLDS
from costcalc.planning.samples import overlaps_of, run_together, worlds_of_runs
from costcalc.planning.tally import amount_of

if TYPE_CHECKING:
    from costcalc.planning.plan import Plan
    from costcalc.planning.pools import Item, Sampler
    from costcalc.registry.registry import Registry

__all__ = ["Mixtures"]

_MONTHS = 240
"""Months of plans that are run at once, which bounds what is held in memory."""
_PASSED = frozenset(("people", "growth_ratio_per_month", "seasons", "note", "retry_rate",
                     "shared_sigma"))  # fmt: skip
"""What a workload says and its simulated sessions do not depend on; retries are looked up."""
_BILLED = frozenset(("model", "candidates", "provider", "service_tier", "region", "batch",
                     "conditions", "cache"))  # fmt: skip
"""What decides how sessions are billed, and not what is in them."""


class _Key(NamedTuple):
    """What two plans have in common where they can share work."""

    drawn: str
    """What the content of sessions is drawn from."""
    billed: tuple[str, int]
    """What else their cost depends on: model, terms, cache, days, prices."""
    volume: str
    """How many there are."""


class _Ready(NamedTuple):
    """A plan whose sessions are simulated."""

    plan: Plan
    overlaps: list[list[tuple[int, float]]]
    worlds: int
    size: int
    costs: dict[tuple[int, int], list[int]]


class Mixtures:
    """Means of one workload in plans that are alike, at the draws of its forecasts."""

    def __init__(self, name: str, samples: int, seed: int) -> None:
        self._name, self._samples, self._seed = name, samples, seed
        self._items: tuple[object, dict[int, list[Item]]] = (None, {})
        self._ready: tuple[object, _Ready | None] = (None, None)

    def means(
        self, cases: Sequence[tuple[Plan, Registry]], step: Callable[[], None]
    ) -> list[Decimal]:
        """Return the mean in each of the plans; `step` is called once for each.

        Raises the errors of `Plan.forecast`, and `UsageError` where one of them has no price.
        """
        keys = [self._key(plan, registry) for plan, registry in cases]
        together: dict[object, list[tuple[int, _Ready]]] = {}
        for at in sorted(range(len(cases)), key=keys.__getitem__):
            ready = self._simulated(*cases[at], keys[at])
            alike = keys[at].volume, str(ready.overlaps), ready.worlds, ready.size
            together.setdefault(alike, []).append((at, ready))
            step()
        found: dict[int, Decimal] = {}
        for group in together.values():
            at_once = max(1, _MONTHS // len(group[0][1].overlaps))
            for first in range(0, len(group), at_once):
                found.update(self._run(group[first : first + at_once]))
        return [found[at] for at in range(len(cases))]

    def _key(self, plan: Plan, registry: Registry) -> _Key:
        workload = plan.workloads[self._name]
        volume = {rate.key for rate in workload.rates}
        retry = plan.retry_key(self._name)
        said = f"{retry} {plan.number(retry)}"
        drawn = workload.model_dump_json(exclude={*volume, *_PASSED, *_BILLED})
        billed = workload.model_dump_json(include=set(_BILLED))
        days = plan.period.model_dump_json(exclude={"working_days_per_month"})
        many = workload.model_dump_json(include={*volume, *_PASSED})
        phases = [each.model_dump_json() for each in plan.phases]
        months = plan.period.model_dump_json()
        return _Key(
            f"{said} {drawn}", (f"{billed} {days}", id(registry)), f"{many} {months} {phases}"
        )

    def _simulated(self, plan: Plan, registry: Registry, key: _Key) -> _Ready:
        """Return a plan with what its sessions cost; those of the plan before, where they are."""
        months = plan.period.split(plan.phases)
        known, ready = self._ready
        if ready is not None and known == key[:2]:
            return ready._replace(plan=plan)
        with unwarned():  # the forecasts of both ends say it
            course = course_of(plan, self._name, self._seed, registry, months)
            for epoch in course.epochs:
                if epoch.card is None:
                    raise UsageError(epoch.reason)
            sampler = course.sampler
            self._keep_items(sampler, key.drawn)
            model = sampler.workload.chosen
            costs = {
                (number, world): sampler.simulate(epoch, world, model, registry, _nothing).costs
                for number, epoch in enumerate(course.epochs)
                for world in range(sampler.worlds)
            }
        overlaps = [overlaps_of(course.epochs, month) for month in months]
        ready = _Ready(plan, overlaps, sampler.worlds, sampler.size, costs)
        self._ready = key[:2], ready
        return ready

    def _keep_items(self, sampler: Sampler, drawn: str) -> None:
        """Let a sampler take the sessions of the one before, where they are the same."""
        alike = (drawn, sampler.worlds, sampler.size)
        if self._items[0] != alike:
            self._items = alike, {at: list(sampler.items(at)) for at in range(sampler.worlds)}
        sampler.drawn = self._items[1]

    def _run(self, group: Sequence[tuple[int, _Ready]]) -> Iterator[tuple[int, Decimal]]:
        """Yield the means of plans of the same volumes, by their number."""
        plans = [ready.plan for _, ready in group]
        first = group[0][1]
        found = run_together(
            plans,
            self._name,
            first.worlds,
            [ready.costs for _, ready in group],
            first.overlaps,
            plans[0].period.split(plans[0].phases),
            worlds_of_runs(self._samples, WORLDS, self._seed),
            self._seed,
            _nothing,
        )
        for (at, _), runs in zip(group, found, strict=True):
            yield at, amount_of(sum(runs.totals), self._samples)


def _nothing() -> None:
    """Do nothing: a part of the work says itself when it is done."""
