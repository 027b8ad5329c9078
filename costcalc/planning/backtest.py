"""Would the forecast have held? Each week of a log, forecast from the weeks before it.

How many sessions the week had is taken from the log, so that what is tested is the distribution of
their cost: four weeks in five should lie between P10 and P90.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING

from costcalc.errors import UsageError
from costcalc.planning.calibrate import assigned, cost_of, fitting, units_of
from costcalc.planning.drafts import drafts_of, values_of
from costcalc.planning.measuring import measure, sessions_of
from costcalc.planning.parts import part_of
from costcalc.planning.plan import Plan
from costcalc.registry.current import current
from costcalc.values import Value

if TYPE_CHECKING:
    from costcalc.logs.records import LogRecord
    from costcalc.planning.forecast import WorkloadForecast
    from costcalc.registry.registry import Registry

    Progress = Callable[[int, int | None], None]

__all__ = ["Backtest", "Week", "backtest"]

_LEAST = 10
"""Sessions of the weeks before from which on a week is forecast."""
_SAMPLES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Week(Value):
    """One week of a workload, as it was and as it would have been forecast."""

    workload: str
    """Its name in the plan."""
    start: date
    """Its Monday."""
    sessions: int
    """Sessions, documents or texts that it had."""
    actual: Decimal
    """What they cost."""
    mean: Decimal
    """What the weeks before would have expected."""
    p10: Decimal
    """What one run in ten would not have exceeded."""
    p90: Decimal
    """What nine runs in ten would not have exceeded."""
    percentile: int
    """Share of the forecast's runs that cost no more than the week did, in percent."""

    @property
    def inside(self) -> bool:
        """Whether the week lies between P10 and P90."""
        return self.p10 <= self.actual <= self.p90


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest(Value):
    """How forecasts of past weeks would have held."""

    currency: str
    """ISO 4217 code of every amount."""
    weeks: tuple[Week, ...]
    """Week by week, workload by workload."""
    left_out: tuple[str, ...] = ()
    """Weeks that cannot be compared, and why."""

    @property
    def inside(self) -> int:
        """How many weeks lie between their P10 and P90."""
        return sum(week.inside for week in self.weeks)

    @property
    def bias(self) -> float | None:
        """What all weeks cost in forecast means; above 1 the forecasts were too low."""
        expected = sum((Fraction(week.mean) for week in self.weeks), Fraction(0))
        actual = sum((Fraction(week.actual) for week in self.weeks), Fraction(0))
        return float(actual / expected) if expected else None

    def __str__(self) -> str:
        """Return the result as a sentence."""
        left = f"; left out: {'; '.join(self.left_out)}" if self.left_out else ""
        if not self.weeks:
            why = "can be compared" if left else f"has {_LEAST} sessions before it"
            return f"no week {why}, so that nothing can be tested{left}"
        bias = "" if self.bias is None else f"; all together cost {self.bias:.2f} times the means"
        one = len(self.weeks) == 1
        weeks = "1 week lies" if one else f"{len(self.weeks)} weeks lie"
        return (
            f"{self.inside} of {weeks} between P10 and P90 of a forecast from the weeks before, "
            f"where four in five should{bias}{left}"
        )


def backtest(
    plan: Plan,
    records: Iterable[LogRecord],
    *,
    workload: str | None = None,
    samples: int = _SAMPLES,
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> Backtest:
    """Return how forecasts of each week of a log would have held, made from the weeks before.

    Calls belong to workloads as in `calibrate`, and the errors are the same. A week with calls that
    have no price is left out.
    """
    prices = current() if registry is None else registry
    by_name = assigned(plan, list(records), workload, prices)
    cases = [
        (name, monday, before, week)
        for name, own in by_name.items()
        for monday, before, week in _weeks(sessions_of(own))
    ]
    found: list[Week] = []
    left: dict[str, list[str]] = {}
    for number, (name, monday, before, week) in enumerate(cases, 1):
        try:
            found.append(_tested(plan, name, monday, before, week, samples, prices))
        except UsageError as error:
            left.setdefault(str(error), []).append(f"{name} {monday}")
        if progress is not None:
            progress(number, len(cases))
    return Backtest(
        currency=plan.currency, weeks=tuple(found),
        left_out=tuple(f"{', '.join(weeks)}: {why}" for why, weeks in left.items()),
    )  # fmt: skip


Sessions = Sequence[Sequence["LogRecord"]]


def _weeks(sessions: Sessions) -> Iterable[tuple[date, Sessions, Sessions]]:
    """Iterate over the weeks that have enough before them: Monday, sessions before, sessions in."""
    done = 0
    for monday, week in groupby(sessions, key=lambda each: _monday(each[0])):
        own = list(week)
        if done >= _LEAST:
            yield monday, sessions[:done], own
        done += len(own)


def _monday(record: LogRecord) -> date:
    assert record.at is not None  # noqa: S101 - `sessions_of` leaves out what has no time
    day = record.at.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def _tested(
    plan: Plan,
    name: str,
    monday: date,
    before: Sessions,
    week: Sessions,
    samples: int,
    registry: Registry,
) -> Week:
    actual, unpriced = cost_of([record for each in week for record in each], registry)
    if unpriced:
        raise UsageError(unpriced[0])
    part = part_of(plan, [name])
    numbers, why = fitting(part, values_of(drafts_of(part, name, measure(before))))
    if why:
        raise UsageError(why)
    units = units_of(part, name, week, registry)
    forecast = _of_one_month(part.replace(numbers), name, monday, units)
    result = forecast.forecast(samples, registry=registry)
    if result.unpriced:
        raise UsageError(result.unpriced[0].reason)
    found = result.workloads[name]
    return Week(
        workload=name, start=monday, sessions=round(units), actual=actual, mean=found.mean,
        p10=found.p10, p90=found.p90, percentile=_percentile(found, actual),
    )  # fmt: skip


def _of_one_month(plan: Plan, name: str, monday: date, units: Decimal) -> Plan:
    """Return a plan of one month with exactly so many sessions.

    How uncertain the volume is is no part of it; what else its sessions share is as in the plan.
    """
    workload = plan.workloads[name]
    whole = plan.model_dump(exclude_unset=True)
    whole["period"] = {"start": monday, "months": 1}
    own = dict(whole["workloads"][name])
    for key in (workload.stated.key, "growth_ratio_per_month", "seasons"):
        own.pop(key, None)
    own[f"{workload.unit}s"] = {"value": units}
    own["shared_sigma"] = plan.shared_sigma(workload)
    whole["workloads"] = {name: own}
    whole.pop("phases", None)
    return Plan.model_validate(whole).read_from(plan.source_path)


def _percentile(found: WorkloadForecast, actual: Decimal) -> int:
    below = sum(each <= actual for each in found.percentiles)
    return max(0, min(100, below - 1))
