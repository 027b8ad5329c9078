"""Expected costs without a simulation: by formula where that knows the case, else from few runs.

Whoever varies one number after the other needs many means and no distribution.
"""

from __future__ import annotations

import warnings
from fractions import Fraction
from typing import TYPE_CHECKING

from costcalc.errors import RedirectWarning, StalePriceWarning, UnknownModelError
from costcalc.money import from_fraction
from costcalc.planning.closed_form import unit_mean, volume_mean
from costcalc.planning.epochs import epochs_of
from costcalc.planning.files import counted_files
from costcalc.planning.parts import part_of
from costcalc.planning.workloads import Prompts
from costcalc.sessions.prices import Prices

if TYPE_CHECKING:
    from decimal import Decimal

    from costcalc.planning.plan import Plan
    from costcalc.registry.registry import Registry

__all__ = ["expected_means"]

_PLACES = 6


def expected_means(
    plan: Plan, *, samples: int, seed: int | None = None, registry: Registry
) -> dict[str, Decimal]:
    """Return what each workload costs on average.

    A workload that the formula does not know is forecast with so many runs. Raises the errors of
    `Plan.forecast`.
    """
    found: dict[str, Decimal] = {}
    for name in plan.workloads:
        with warnings.catch_warnings():  # a forecast says it in its own notices
            warnings.simplefilter("ignore", RedirectWarning)
            warnings.simplefilter("ignore", StalePriceWarning)
            mean = _by_formula(plan, name, registry)
        if mean is None:
            part = part_of(plan, [name])
            mean = part.forecast(samples, seed, registry=registry).workloads[name].mean
        found[name] = mean
    return found


def _by_formula(plan: Plan, name: str, registry: Registry) -> Decimal | None:
    """Return the mean by formula, each month at the prices that hold in it."""
    workload = plan.workloads[name]
    if workload.caps_plan.cost_per_month_usd is not None:
        return None
    months = plan.period.split(plan.phases)
    try:
        prices = Prices(workload.chosen, workload.cache_plan.choice, workload.terms, registry)
    except UnknownModelError:  # a forecast says so, and has the rest
        return None
    files: tuple[int, ...] = ()
    if isinstance(workload, Prompts):
        files = tuple(each.tokens for each in counted_files(plan, name, workload, registry))
    volumes = list(volume_mean(plan, name))
    total = Fraction(0)
    for epoch in epochs_of(prices, months[0].start, months[-1].end):
        if epoch.card is None:
            continue
        unit = unit_mean(plan, name, prices, epoch.card, epoch.start, files)
        if unit is None:
            return None
        for month, many in zip(months, volumes, strict=True):
            inside = min(epoch.end, month.end) - max(epoch.start, month.start)
            if inside > 0:
                total += Fraction(many) * Fraction(inside, month.end - month.start) * Fraction(unit)
    return from_fraction(total, _PLACES)
