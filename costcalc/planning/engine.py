"""From a plan to its forecast: price lists, pools of sessions, runs, and what they add up to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from costcalc.errors import (
    AmbiguousModelError,
    CurrencyMismatchError,
    PlanError,
    UnknownConditionError,
    UnknownModelError,
    UsageError,
)
from costcalc.estimate.stated import count
from costcalc.planning.epochs import Epoch, epochs_of
from costcalc.planning.files import CountedFile, counted_files
from costcalc.planning.notices import unwarned
from costcalc.planning.pools import MOST_STEPS, WORLDS, Pool, Sampler
from costcalc.planning.results import forecast_from
from costcalc.planning.samples import Runs, run_workload, worlds_of_runs
from costcalc.planning.workloads import Prompts
from costcalc.registry.current import check_registry, current
from costcalc.sessions.prices import Prices

if TYPE_CHECKING:
    from collections.abc import Callable

    from costcalc.planning.forecast import Forecast
    from costcalc.planning.period import Month
    from costcalc.planning.plan import Plan
    from costcalc.registry.registry import Registry

    Progress = Callable[[int, int | None], None]

__all__ = ["Course", "course_of", "forecast_of"]

_EVERY = 200
"""Sessions or runs between two calls of `progress`."""
_FEWEST = 100


@dataclass(slots=True)
class Course:
    """One workload on its way to a forecast."""

    sampler: Sampler
    prices: Prices | None
    """Rates of its model; None where no model has this name."""
    epochs: list[Epoch]
    counted: tuple[CountedFile, ...]
    pools: dict[tuple[int, int], Pool] = field(default_factory=dict)
    runs: Runs | None = None

    @property
    def sessions(self) -> int:
        """How many sessions are simulated."""
        priced = sum(epoch.card is not None for epoch in self.epochs)
        return priced * self.sampler.worlds * self.sampler.size


def forecast_of(
    plan: Plan,
    samples: int | None,
    seed: int | None,
    registry: Registry | None,
    progress: Progress | None,
    known: dict[str, Course] | None = None,
) -> Forecast:
    """Return the forecast of a plan.

    Workloads that stand in `known` have run already, with the same draws, days and prices; those
    that do not are put there.
    """
    many = count(plan.simulation.samples if samples is None else samples, "samples", least=_FEWEST)
    begin = count(plan.simulation.seed if seed is None else seed, "seed")
    prices = current() if registry is None else registry
    check_registry(prices)
    months = plan.period.split(plan.phases)
    known = {} if known is None else known
    with unwarned():
        try:
            courses = {
                name: known.get(name) or course_of(plan, name, begin, prices, months)
                for name in plan.workloads
            }
        except CurrencyMismatchError as error:
            raise _other_currency(plan, error) from None
        new = [each for each in courses.values() if each.runs is None]
        tracker = _Tracker(progress, sum(each.sessions + many for each in new))
        worlds = worlds_of_runs(many, WORLDS, begin)
        for course in new:
            _run(course, months, worlds, begin, prices, tracker.step)
        tracker.done()
        known.update(courses)
        return forecast_from(plan, courses, months, many, begin, prices)


def course_of(
    plan: Plan, name: str, seed: int, registry: Registry, months: tuple[Month, ...]
) -> Course:
    """Return a workload with its price lists; `PlanError` for terms that a model does not have."""
    workload = plan.workloads[name]
    start, end = months[0].start, months[-1].end
    key = f"workloads.{name}"
    counted: tuple[CountedFile, ...] = ()
    try:
        prices = Prices(workload.chosen, workload.cache_plan.choice, workload.terms, registry)
        epochs = epochs_of(prices, start, end)
        for epoch in epochs:
            if epoch.card is not None:
                prices.policy(epoch.card)
                _check_currency(plan, epoch)
        if isinstance(workload, Prompts):
            counted = counted_files(plan, name, workload, registry)
    except UnknownModelError as error:
        prices, epochs = None, [Epoch(start, end, None, str(error))]
    except (AmbiguousModelError, UnknownConditionError) as error:
        raise plan.error(str(error), key) from None
    except UsageError as error:  # a cache that the model does not have
        raise plan.error(str(error), f"{key}.cache") from None
    steps, number = workload.shape.steps
    if number.largest() > MOST_STEPS:
        msg = f"{number.largest():,f} steps are above {MOST_STEPS:,}, the most that are simulated"
        raise plan.error(f"{msg}; write fewer", f"{key}.{steps}")
    sampler = Sampler(plan, name, seed, tuple(each.tokens for each in counted))
    return Course(sampler, prices, epochs, counted)


def _check_currency(plan: Plan, epoch: Epoch) -> None:
    if epoch.card is not None and epoch.card.tariff.currency != plan.currency:
        raise CurrencyMismatchError(plan.currency, epoch.card.tariff.currency)


def _other_currency(plan: Plan, error: CurrencyMismatchError) -> PlanError:
    """Return the error that says where the currency of a plan is not that of its prices."""
    msg = (
        f"the plan is in {error.one}, and a model is priced in {error.other}; write currency: "
        f"{error.other} and the budget in it, or name a model that is priced in {error.one}"
    )
    return plan.error(msg, "currency")


def _run(
    course: Course,
    months: tuple[Month, ...],
    worlds: list[int],
    seed: int,
    registry: Registry,
    step: Callable[[], None],
) -> None:
    """Simulate the sessions of a workload under each price list, and run the project with them."""
    sampler = course.sampler
    for number, epoch in enumerate(course.epochs):
        if epoch.card is None:
            continue
        for world in range(sampler.worlds):
            model = sampler.workload.chosen
            course.pools[number, world] = sampler.simulate(epoch, world, model, registry, step)
    course.runs = run_workload(sampler, course.epochs, course.pools, months, worlds, seed, step)


class _Tracker:
    """Counts what is done, and says so now and then."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    def step(self) -> None:
        """Count one more."""
        self._done += 1
        if self._progress is not None and self._done % _EVERY == 0 and self._done < self._total:
            self._progress(self._done, self._total)

    def done(self) -> None:
        """Say that all is done."""
        if self._progress is not None:
            self._progress(self._total, self._total)
