"""Would the forecast have held? Each week of a log, forecast from the weeks before it.

How many sessions the week had is taken from the log, so that what is tested is the distribution of
their cost: four weeks in five should lie between P10 and P90.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, Any

from costcalc.errors import UsageError
from costcalc.planning.calibrate import assigned, cost_of
from costcalc.planning.drafts import drafts_of, values_of
from costcalc.planning.measuring import measure, sessions_of
from costcalc.planning.parts import part_of
from costcalc.registry.current import current
from costcalc.values import Value

if TYPE_CHECKING:
    from costcalc.logs.records import LogRecord
    from costcalc.planning.forecast import WorkloadForecast
    from costcalc.planning.plan import Plan
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
        if not self.weeks:
            return f"no week has {_LEAST} sessions before it, so that nothing can be tested"
        bias = "" if self.bias is None else f"; all together cost {self.bias:.2f} times the means"
        one = len(self.weeks) == 1
        weeks = "1 week lies" if one else f"{len(self.weeks)} weeks lie"
        return (
            f"{self.inside} of {weeks} between P10 and P90 of a forecast from the weeks before, "
            f"where four in five should{bias}"
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

    Calls belong to workloads as in `calibrate`, and the errors are the same.
    """
    prices = current() if registry is None else registry
    by_name = assigned(plan, list(records), workload, prices)
    cases = [
        (name, monday, before, week)
        for name, own in by_name.items()
        for monday, before, week in _weeks(sessions_of(own))
    ]
    found: list[Week] = []
    for number, (name, monday, before, week) in enumerate(cases, 1):
        found.append(_tested(plan, name, monday, before, week, samples, prices))
        if progress is not None:
            progress(number, len(cases))
    return Backtest(currency=plan.currency, weeks=tuple(found))


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
    part = part_of(plan, [name])
    drafts = drafts_of(part, name, measure(before))
    numbers = values_of(drafts)
    counted = len(week) if part.workloads[name].unit == "session" else sum(map(len, week))
    changes = {**numbers, **_volume(part, name, monday, counted)}
    found = part.replace(changes).forecast(samples, registry=registry).workloads[name]
    actual, unpriced = cost_of([record for each in week for record in each], registry)
    if unpriced:
        raise UsageError(f"the week of {monday} cannot be compared: {unpriced[0]}")
    return Week(
        workload=name, start=monday, sessions=counted, actual=actual, mean=found.mean,
        p10=found.p10, p90=found.p90, percentile=_percentile(found, actual),
    )  # fmt: skip


def _volume(plan: Plan, name: str, monday: date, counted: int) -> Mapping[str, Any]:
    """Return the changes that make a plan of one month with exactly so many sessions."""
    workload = plan.workloads[name]
    stated = workload.stated.key
    gone = dict.fromkeys((stated, "growth_ratio_per_month", "seasons"), None)
    whole = f"{workload.unit}s"
    return {
        "period": {"start": monday.isoformat(), "months": 1},
        "phases": None,
        **{f"{name}.{key}": value for key, value in gone.items()},
        f"workloads.{name}.{stated}": None,
        f"workloads.{name}.{whole}": counted,
    }


def _percentile(found: WorkloadForecast, actual: Decimal) -> int:
    below = sum(each <= actual for each in found.percentiles)
    return max(0, min(100, below - 1))
