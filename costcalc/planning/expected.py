"""Expected costs without a simulation: by formula where that knows the case, else from few runs.

Whoever varies one number after the other needs many means and no distribution.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from costcalc.errors import UnknownModelError
from costcalc.planning.closed_form import workload_mean
from costcalc.planning.epochs import Epoch, epochs_of
from costcalc.planning.files import counted_files
from costcalc.planning.notices import unwarned
from costcalc.planning.parts import part_of
from costcalc.planning.workloads import Prompts
from costcalc.sessions.prices import Prices

if TYPE_CHECKING:
    from decimal import Decimal

    from costcalc.planning.plan import Plan
    from costcalc.registry.registry import Registry

__all__ = ["epochs_by_workload", "expected_means"]


def expected_means(
    plan: Plan, *, samples: int, seed: int | None = None, registry: Registry
) -> dict[str, Decimal]:
    """Return what each workload costs on average.

    A workload that the formula does not know is forecast with so many runs. Raises the errors of
    `Plan.forecast`.
    """
    found: dict[str, Decimal] = {}
    for name in plan.workloads:
        with unwarned():
            mean = _by_formula(plan, name, registry)
        if mean is None:
            part = part_of(plan, [name])
            mean = part.forecast(samples, seed, registry=registry).workloads[name].mean
        found[name] = mean
    return found


def epochs_by_workload(plan: Plan, registry: Registry) -> dict[str, list[Epoch]]:
    """Return the price lists of each workload through the project; one without a card is none."""
    with unwarned():
        return {name: _epochs(plan, name, registry)[1] for name in plan.workloads}


def _epochs(plan: Plan, name: str, registry: Registry) -> tuple[Prices | None, list[Epoch]]:
    workload = plan.workloads[name]
    months = plan.period.split(plan.phases)
    start, end = months[0].start, months[-1].end
    try:
        prices = Prices(workload.chosen, workload.cache_plan.choice, workload.terms, registry)
    except UnknownModelError as error:
        return None, [Epoch(start, end, None, str(error))]
    return prices, epochs_of(prices, start, end)


def _by_formula(plan: Plan, name: str, registry: Registry) -> Decimal | None:
    """Return the mean by formula, each month at the prices that hold in it."""
    workload = plan.workloads[name]
    if workload.caps_plan.cost_per_month_usd is not None:
        return None
    prices, epochs = _epochs(plan, name, registry)
    if prices is None:  # a forecast says so, and has the rest
        return None
    files: tuple[int, ...] = ()
    if isinstance(workload, Prompts):
        files = tuple(each.tokens for each in counted_files(plan, name, workload, registry))
    return workload_mean(plan, name, prices, epochs, files)
