"""A plan under other models: what each costs, whether it can do the work, when it would win."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from costcalc.errors import CostcalcError, UsageError
from costcalc.estimate.stated import listed
from costcalc.money import quotient
from costcalc.planning.parts import part_of
from costcalc.registry.current import current
from costcalc.values import Value

if TYPE_CHECKING:
    from costcalc.planning.forecast import WorkloadForecast
    from costcalc.planning.plan import Plan
    from costcalc.registry.registry import Registry

    Progress = Callable[[int, int | None], None]

__all__ = ["PlanComparison", "PlanRow", "Refused", "cheapest_plan", "compare_plan"]

_HINDERS = ("retirement", "context_window")
"""Warnings of a forecast for which a model is not taken as the cheapest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow(Value):
    """One workload under one model."""

    workload: str
    """Its name in the plan."""
    name: str
    """The model as it was named."""
    model: str
    """The model that is billed, after aliases and redirects."""
    provider: str
    """Who bills it."""
    mean: Decimal
    """Expected cost of the workload over the whole project."""
    p50: Decimal
    """Half of all runs cost no more."""
    p90: Decimal
    """Nine in ten cost no more."""
    hit_ratio: float | None
    """Input that is read from the cache, as a share; None without input."""
    times: Decimal | None
    """Its mean in means of the planned model; None where that is free, or has no price."""
    breaks_even_at: Decimal | None
    """Factor on all its prices at which it costs what the planned model does: below 1 it must
    become cheaper to win. None where it is free, or the planned model has no price."""
    is_base: bool
    """Whether it is the planned model."""
    concerns: tuple[str, ...] = ()
    """Why it may not be able to do the work: retired meanwhile, prompts above its window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(Value):
    """A model without a price for a workload."""

    workload: str
    """Its name in the plan."""
    name: str
    """The model as it was named."""
    reason: str
    """Why there is none."""
    error: str
    """Name of the error's type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanComparison(Value):
    """Workloads under several models, each workload's cheapest first."""

    project: str
    """Name of the project."""
    currency: str
    """ISO 4217 code of every amount."""
    samples: int
    """Runs of each forecast."""
    seed: int
    """What all draws began from."""
    rows: tuple[PlanRow, ...]
    """Workload by workload in the order of the plan, the cheapest model first."""
    failures: tuple[Refused, ...]
    """Models without a price."""
    registry_version: str
    """Digest of the prices."""

    def of(self, workload: str) -> tuple[PlanRow, ...]:
        """Return the rows of a workload, the cheapest first."""
        return tuple(row for row in self.rows if row.workload == workload)

    def best(self, workload: str) -> PlanRow:
        """Return the cheapest row of a workload that nothing speaks against.

        Raises `UsageError` where there is none.
        """
        for row in self.of(workload):
            if not row.concerns:
                return row
        msg = f"no model is left for {workload}: each is retired meanwhile, or too small"
        raise UsageError(msg, workload=workload)


def compare_plan(
    plan: Plan,
    models: Sequence[str] | None = None,
    *,
    workload: str | None = None,
    samples: int | None = None,
    seed: int | None = None,
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> PlanComparison:
    """Return what the workloads of a plan cost under other models, all else as planned.

    `models` are those of each workload's `candidates` if left out. `workload` is the only one that
    is compared. A model without a price stands in `failures`, the planned one, too: then nothing is
    in its means. `progress` is called with how many
    forecasts are done, and of how many. Raises `UsageError` where there is nothing to compare.
    """
    prices = current() if registry is None else registry
    samples = plan.simulation.samples if samples is None else samples
    seed = plan.simulation.seed if seed is None else seed
    chosen = _chosen(plan, models, workload)
    whole = sum(map(len, chosen.values()))
    rows: list[PlanRow] = []
    failures: list[Refused] = []
    done = 0
    for name, named in chosen.items():
        own: list[PlanRow] = []
        base: WorkloadForecast | None = None
        for model in named:
            try:
                part = part_of(plan, [name]).replace({f"workloads.{name}.model": model})
                found = part.forecast(samples, seed, registry=prices)
            except CostcalcError as error:
                if model == plan.workloads[name].chosen:
                    raise
                failures.append(_refused(name, model, error))
                found = None
            if found is not None and found.unpriced:
                failures.append(_refused(name, model, UsageError(found.unpriced[0].reason)))
            elif found is not None:
                if model == plan.workloads[name].chosen:
                    base = found.workloads[name]
                concerns = [each.text for each in found.warnings if each.code in _HINDERS]
                own.append(_row(model, found.workloads[name], base, concerns))
            done += 1
            if progress is not None:
                progress(done, whole)
        rows += sorted(own, key=lambda each: each.mean)
    return PlanComparison(
        project=plan.project,
        currency=plan.currency,
        samples=samples,
        seed=seed,
        rows=tuple(rows),
        failures=tuple(failures),
        registry_version=prices.version,
    )


def cheapest_plan(
    plan: Plan,
    models: Sequence[str] | None = None,
    *,
    samples: int | None = None,
    seed: int | None = None,
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> tuple[Plan, PlanComparison]:
    """Return the plan with the cheapest model for each workload, and the comparison it is from.

    A model that is retired while the project runs, or whose context window is too small, is not
    taken. Whether a cheaper model does the work as well is not in any price list.
    """
    found = compare_plan(
        plan, models, samples=samples, seed=seed, registry=registry, progress=progress
    )
    best = {f"workloads.{row.workload}.model": found.best(row.workload).name for row in found.rows}
    return plan.replace(best), found


def _chosen(plan: Plan, models: Sequence[str] | None, workload: str | None) -> dict[str, list[str]]:
    """Return the models of each workload that is compared, the planned one first."""
    if workload is not None and workload not in plan.workloads:
        msg = f"there is no workload {workload!r}; known: {', '.join(plan.workloads)}"
        raise UsageError(msg, workload=workload)
    given = None if models is None else list(listed(models, "models"))
    found: dict[str, list[str]] = {}
    for name, stated in plan.workloads.items():
        others = stated.candidates if given is None else given
        if workload in {None, name} and others:
            found[name] = list(dict.fromkeys((stated.chosen, *others)))
    if not found:
        msg = (
            "there are no models to compare; name some after the plan, or state them in a "
            "workload, as candidates: [openai/gpt-5-mini, google/gemini-2.5-flash]"
        )
        raise UsageError(msg)
    return found


def _refused(workload: str, name: str, error: CostcalcError) -> Refused:
    return Refused(workload=workload, name=name, reason=str(error), error=type(error).__name__)


def _row(
    name: str, found: WorkloadForecast, base: WorkloadForecast | None, concerns: Sequence[str]
) -> PlanRow:
    return PlanRow(
        workload=found.name,
        name=name,
        model=found.model,
        provider=found.provider,
        mean=found.mean,
        p50=found.p50,
        p90=found.p90,
        hit_ratio=found.hit_ratio,
        times=None if base is None else quotient(found.mean, base.mean),
        breaks_even_at=None if base is None else quotient(base.mean, found.mean),
        is_base=found is base,
        concerns=tuple(concerns),
    )
