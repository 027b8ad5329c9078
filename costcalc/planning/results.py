"""What the runs of a project come to: spreads, means by meter, caps, notices and the ledger.

The mean of each workload is rounded to six places, and all others are made of these: the months of
a workload sum to it, the project is the sum of its workloads, and so is each of its months.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from costcalc import instants
from costcalc.money import EXACT, from_fraction, normal
from costcalc.planning.closed_form import workload_mean
from costcalc.planning.forecast import (
    CapEffect,
    Forecast,
    MonthForecast,
    Spread,
    UnpricedPart,
    WorkloadForecast,
    coverage_of,
)
from costcalc.planning.ledger import ledger_of
from costcalc.planning.notices import assumptions_of, notices_of
from costcalc.planning.parts import apportioned
from costcalc.planning.tally import PLACES, amount_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from costcalc.planning.engine import Course
    from costcalc.planning.epochs import Epoch
    from costcalc.planning.period import Month
    from costcalc.planning.plan import Plan
    from costcalc.planning.pools import Pool
    from costcalc.planning.samples import Runs
    from costcalc.registry.registry import Registry

__all__ = ["covered", "forecast_from", "unpriced_of"]

_LEVELS = {"p10": 10, "p50": 50, "p80": 80, "p90": 90, "p95": 95}
_INPUT = ("input", "cache_read", "cache_write", "cache_write_1h", "cache_write_12h")


def _rank(ordered: Sequence[int], percent: int) -> int:
    """Return the least of the values that so many percent of them do not exceed."""
    return ordered[max(0, -(-percent * len(ordered) // 100) - 1)]


def _spread(values: Sequence[int]) -> dict[str, Decimal]:
    """Return mean and percentiles of amounts, for the fields of a spread."""
    ordered = sorted(values)
    found = {name: amount_of(_rank(ordered, level)) for name, level in _LEVELS.items()}
    return {"mean": amount_of(sum(ordered), len(ordered)), **found}


def _distribution(values: Sequence[int]) -> dict[str, object]:
    ordered = sorted(values)
    percentiles = tuple(amount_of(_rank(ordered, percent)) for percent in range(101))
    return {**_spread(ordered), "percentiles": percentiles}


def covered(epochs: Iterable[Epoch], start: int, end: int) -> str:
    """Return how much of a stretch of time has a price: whole, part or none."""
    return coverage_of(
        "none" if each.card is None else "whole"
        for each in epochs
        if each.start < end and each.end > start
    )


def _months(
    months: Sequence[Month],
    costs: Sequence[Sequence[int]],
    means: Sequence[Decimal],
    coverages: Sequence[str],
) -> tuple[MonthForecast, ...]:
    """Return month by month what it costs, with these means, and what it comes to so far."""
    found: list[MonthForecast] = []
    so_far = [0] * len(costs[0])
    mean = Decimal(0)
    for number, (month, amounts, each) in enumerate(zip(months, costs, means, strict=True)):
        so_far = [one + other for one, other in zip(so_far, amounts, strict=True)]
        mean = EXACT.add(mean, each)
        found.append(
            MonthForecast(
                start=instants.to_datetime(month.start),
                until=instants.to_datetime(month.end),
                scale=month.scale,
                phase=month.phase,
                cumulative=Spread(
                    coverage=coverage_of(coverages[: number + 1]),
                    **{**_spread(so_far), "mean": mean},
                ),
                coverage=coverages[number],
                **{**_spread(amounts), "mean": each},
            )
        )
    return tuple(found)


def forecast_from(
    plan: Plan,
    courses: Mapping[str, Course],
    months: Sequence[Month],
    samples: int,
    seed: int,
    registry: Registry,
) -> Forecast:
    """Return the forecast of a plan whose workloads have run."""
    found = {name: _workload(plan, name, each, months) for name, each in courses.items()}
    runs = [each.runs for each in courses.values() if each.runs is not None]
    by_month = [
        [sum(each) for each in zip(*(run.months[month.number] for run in runs), strict=True)]
        for month in months
    ]
    totals = [sum(each) for each in zip(*by_month, strict=True)]
    formulas = [each.closed_form_mean for each in found.values()]
    people = max((each.people for each in found.values() if each.people is not None), default=None)
    spread = {**_distribution(totals), "mean": _total(each.mean for each in found.values())}
    monthly = [
        _total(each.months[month.number].mean for each in found.values()) for month in months
    ]
    coverages = [
        coverage_of(each.months[month.number].coverage for each in found.values())
        for month in months
    ]
    any_priced = coverage_of(coverages) != "none"
    epochs = {name: each.epochs for name, each in courses.items()}
    files = {name: each.counted for name, each in courses.items()}
    return Forecast(
        project=plan.project,
        currency=plan.currency,
        start=instants.to_datetime(months[0].start),
        until=instants.to_datetime(months[-1].end),
        samples=samples,
        seed=seed,
        closed_form_mean=_sum_of(formulas),
        workloads=found,
        months=_months(months, by_month, monthly, coverages),
        coverage=coverage_of(coverages),
        people=people,
        per_person=_per_person(totals, people, len(months)) if any_priced else None,
        ledger=ledger_of(plan, epochs, files, found),
        assumptions=assumptions_of(plan, courses),
        warnings=notices_of(plan, courses, found),
        unpriced=tuple(part for each in found.values() for part in each.unpriced),
        thresholds=plan.budget.thresholds,
        registry_version=registry.version,
        **spread,  # pyright: ignore[reportArgumentType] - the fields of a spread
    )


def _monthly(costs: Sequence[Sequence[int]], mean: Decimal) -> list[Decimal]:
    """Return the means of the months, rounded so that they sum to the mean of all exactly."""
    samples = len(costs[0])
    exact = {str(at): Fraction(sum(each), samples * 10**PLACES) for at, each in enumerate(costs)}
    return list(apportioned(exact, mean, 6).values())


def _total(amounts: Iterable[Decimal]) -> Decimal:
    total = Decimal(0)
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total


def _sum_of(amounts: Sequence[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return normal(_total(known)) if len(known) == len(amounts) else None


def _per_person(totals: Sequence[int], people: Decimal | None, months: int) -> Decimal | None:
    """Return the mean of what the runs cost by person and month."""
    if not people:
        return None
    mean = Fraction(sum(totals), len(totals) * months * 10**12)
    return from_fraction(mean / Fraction(people), 6)


def unpriced_of(plan: Plan, name: str, epochs: Iterable[Epoch]) -> tuple[UnpricedPart, ...]:
    """Return what of a workload has no price."""
    return tuple(
        UnpricedPart(
            workload=name,
            model=plan.workloads[name].chosen,
            start=instants.to_datetime(epoch.start),
            until=instants.to_datetime(epoch.end),
            reason=epoch.reason,
        )
        for epoch in epochs
        if epoch.card is None
    )


class _Weights:
    """Means over the runs of what the pools hold: each weighs as often as it was drawn from."""

    def __init__(self, course: Course, runs: Runs, samples: int) -> None:
        self._pools = course.pools
        self._counts = runs.counts
        self._per = samples * course.sampler.size

    def mean(self, value: Callable[[Pool], int]) -> Fraction:
        """Return the mean over the runs of a sum over a pool's sessions."""
        total = sum(value(self._pools[key]) * many for key, many in self._counts.items())
        return Fraction(total, self._per)

    def names(self, value: Callable[[Pool], Mapping[str, int]]) -> list[str]:
        """Return the keys of a mapping of the pools, in the order in which they first stand."""
        return list(dict.fromkeys(key for pool in self._pools.values() for key in value(pool)))


def _workload(plan: Plan, name: str, course: Course, months: Sequence[Month]) -> WorkloadForecast:
    workload, runs = plan.workloads[name], course.runs
    assert runs is not None  # noqa: S101 - it has run
    totals = runs.totals
    samples = len(totals)
    weights = _Weights(course, runs, samples)
    units = Fraction(sum(runs.counts.values()), samples)
    whole = weights.mean(lambda pool: sum(pool.costs))
    tokens = {
        key: from_fraction(weights.mean(lambda pool, key=key: pool.tally.tokens.get(key, 0)), 3)
        for key in weights.names(lambda pool: pool.tally.tokens)
    }
    amounts = {
        key: _money(weights.mean(lambda pool, key=key: pool.tally.amounts.get(key, 0)))
        for key in weights.names(lambda pool: pool.tally.amounts)
    }
    read = weights.mean(lambda pool: pool.tally.read)
    sent = weights.mean(lambda pool: pool.tally.input)
    costs = sorted(cost for pool in course.pools.values() for cost in pool.costs)
    people = getattr(workload, "people", None)
    card = next((epoch.card for epoch in course.epochs if epoch.card is not None), None)
    by_month = [covered(course.epochs, month.start, month.end) for month in months]
    return WorkloadForecast(
        name=name,
        kind=getattr(workload, "kind", ""),
        model=workload.chosen if card is None else card.tariff.model,
        provider="" if card is None else card.tariff.provider,
        unit=workload.unit,
        closed_form_mean=_closed_form(plan, name, course),
        units=from_fraction(units, 3),
        calls=from_fraction(weights.mean(lambda pool: pool.tally.calls), 3),
        tokens=tokens,
        amounts=amounts,
        hit_ratio=float(read / sent) if sent else None,
        unit_cost=_money(whole / units) if units else Decimal(0),
        unit_p50=amount_of(_rank(costs, 50)) if costs else Decimal(0),
        unit_p90=amount_of(_rank(costs, 90)) if costs else Decimal(0),
        people=None if people is None else normal(people.mean),
        per_person=None
        if card is None or people is None
        else _per_person(totals, people.mean, len(months)),
        caps=_caps(plan, name, weights, runs, units, samples * len(months)) if card else (),
        unpriced=unpriced_of(plan, name, course.epochs),
        coverage=coverage_of(by_month),
        months=_months(
            months,
            runs.months,
            _monthly(runs.months, amount_of(sum(totals), samples)),
            by_month,
        ),
        **_distribution(totals),  # pyright: ignore[reportArgumentType] - the fields of a spread
    )


def _money(amount: Fraction) -> Decimal:
    return from_fraction(amount / 10**12, 6)


def _caps(
    plan: Plan, name: str, weights: _Weights, runs: Runs, units: Fraction, month_runs: int
) -> tuple[CapEffect, ...]:
    """Return what each cap of a workload saves."""
    caps = plan.workloads[name].caps_plan
    found: list[CapEffect] = []
    samples = month_runs // len(runs.months)

    def add(key: str, limit: Decimal, reached: Fraction, saved: Fraction) -> None:
        effect = CapEffect(key=key, limit=limit, reached_ratio=float(reached), saved=_money(saved))
        found.append(effect)

    if caps.steps_per_session is not None:
        often = weights.mean(lambda pool: pool.reached_steps)
        saved = weights.mean(lambda pool: pool.beyond_steps)
        add("steps_per_session", Decimal(caps.steps_per_session), often / (units or 1), saved)
    if caps.cost_per_session_usd is not None:
        often = weights.mean(lambda pool: pool.reached_cost)
        saved = weights.mean(lambda pool: pool.beyond_cost)
        add("cost_per_session_usd", caps.cost_per_session_usd, often / (units or 1), saved)
    if caps.cost_per_month_usd is not None:
        often, saved = Fraction(runs.capped, month_runs), Fraction(runs.saved, samples)
        add("cost_per_month_usd", caps.cost_per_month_usd, often, saved)
    return tuple(found)


def _closed_form(plan: Plan, name: str, course: Course) -> Decimal | None:
    """Return the mean by formula, each month at the prices that hold in it."""
    workload, prices = plan.workloads[name], course.prices
    if prices is None or workload.caps_plan.cost_per_month_usd is not None:
        return None
    files = tuple(each.tokens for each in course.counted)
    return workload_mean(plan, name, prices, course.epochs, files)
