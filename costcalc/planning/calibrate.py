"""Logs instead of guesses: what a plan assumed beside what happened, and the plan with the latter.

Each number of a workload that logs can measure is measured: steps, what a step adds, replies,
waits, sessions a day, hit ratio. The plan with these numbers is forecast again, and what one
session costs then is compared with what the calls of the log really cost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING, Any

from costcalc.digits import fixed
from costcalc.errors import CostcalcError, PlanError, UsageError
from costcalc.money import EXACT, ZERO, divide, normal, quotient, to_places
from costcalc.planning.drafts import drafts_of, values_of
from costcalc.planning.files import counted_files
from costcalc.planning.measuring import Measured, is_single, measure, sessions_of
from costcalc.planning.parts import part_of, unpriced_in
from costcalc.planning.what_if import at_hit_ratios
from costcalc.planning.wording import said
from costcalc.planning.workloads import Prompts
from costcalc.registry.current import current
from costcalc.values import Value, frozen

if TYPE_CHECKING:
    from costcalc.logs.records import LogRecord
    from costcalc.planning.forecast import WorkloadForecast
    from costcalc.planning.plan import Plan
    from costcalc.registry.registry import Registry

    Progress = Callable[[int, int | None], None]

__all__ = [
    "Actual", "Calibration", "WorkloadCalibration", "assigned", "calibrate", "cost_of", "fitting",
    "units_of",
]  # fmt: skip

_LEAST = 10
"""Sessions from which on their quantiles are put into a plan."""
_ONE = Decimal(1)
_FAR = Decimal("0.25")
"""By how much a session of the measured plan may cost something else than those of the log."""
_SAMPLES = 1_000
_SIX = Context(prec=6, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actual(Value):
    """One number as it was planned, and as it was measured."""

    key: str
    """The dotted key of the plan."""
    planned: Decimal
    """What the plan's number averages to."""
    mean: Decimal
    """What was measured, on average."""
    p50: Decimal | None
    """Median of what was measured; None for a ratio of totals."""
    p90: Decimal | None
    """90th percentile of what was measured."""
    count: int
    """How often it was measured."""
    before: str
    """What the plan says."""
    after: str | None
    """What would stand there instead; None where it stays."""

    @property
    def times(self) -> Decimal | None:
        """The measured mean in planned ones; None where 0 was planned."""
        return quotient(self.mean, self.planned)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadCalibration(Value):
    """One workload as it was planned, and as logs have it."""

    name: str
    """Its name in the plan."""
    unit: str
    """What is counted: session, document or text."""
    measured: Measured
    """What the logs hold."""
    numbers: tuple[Actual, ...]
    """Planned beside measured."""
    cost: Decimal
    """What the calls of the log cost, at the prices of their days; a lower bound where some has no
    price."""
    unit_cost: Decimal
    """The same by session, document or text."""
    planned_unit_cost: Decimal
    """What one costs by the plan."""
    calibrated_unit_cost: Decimal
    """What one costs by the plan with the measured numbers: its distance to the cost of the log is
    what the simulation does not know."""
    hit_ratio: float | None
    """Input of the log that was read from a cache, as a share."""
    planned_hit_ratio: float | None
    """The same by the plan."""
    notes: tuple[str, ...] = ()
    """What limits the figures."""
    cost_coverage: str = "whole"
    """How much of the calls has a price: whole, part or none; then their costs are 0 because they
    are not known."""
    planned_coverage: str = "whole"
    """The same of the workload as it is planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration(Value):
    """A plan beside what really happened."""

    project: str
    """Name of the project."""
    currency: str
    """ISO 4217 code of every amount."""
    workloads: tuple[WorkloadCalibration, ...]
    """Those of which the logs have calls."""
    changes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Values for the plan by dotted key: what `rewritten` and `Plan.replace` take."""
    calls: int = 0
    """Calls of the logs."""
    unassigned: int = 0
    """Those of models that no workload has."""

    def __post_init__(self) -> None:
        """Let nothing that a value holds be changed."""
        object.__setattr__(self, "changes", frozen(dict(self.changes)))


def calibrate(
    plan: Plan,
    records: Iterable[LogRecord],
    *,
    workload: str | None = None,
    least: int = _LEAST,
    samples: int = _SAMPLES,
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> Calibration:
    """Return a plan beside what logs say, and the numbers that logs would put into it.

    `records` are those of `costcalc.logs.read`. A call belongs to the workload whose model it
    called; all belong to `workload` if that is given, and to the only one of a plan. A workload
    with fewer than `least` sessions is compared and stays as planned. `progress` is called with how
    many workloads are done, and of how many.

    Raises `UsageError` where no call belongs to the plan, and where it is not clear to which of two
    workloads.
    """
    prices = current() if registry is None else registry
    whole = list(records)
    by_name = assigned(plan, whole, workload, prices)
    found: list[WorkloadCalibration] = []
    changes: dict[str, Any] = {}
    for number, (name, own) in enumerate(by_name.items(), 1):
        one, new = _one(plan, name, own, least, samples, prices)
        found.append(one)
        changes.update(new)
        if progress is not None:
            progress(number, len(by_name))
    return Calibration(
        project=plan.project,
        currency=plan.currency,
        workloads=tuple(found),
        changes=changes,
        calls=len(whole),
        unassigned=len(whole) - sum(map(len, by_name.values())),
    )


def assigned(
    plan: Plan, records: Sequence[LogRecord], workload: str | None, registry: Registry
) -> dict[str, list[LogRecord]]:
    """Return the calls of each workload, in the order of the plan; `UsageError` where none is."""
    if workload is not None and workload not in plan.workloads:
        msg = f"there is no workload {workload!r}; known: {', '.join(plan.workloads)}"
        raise UsageError(msg, workload=workload)
    found: dict[str, list[LogRecord]] = {name: [] for name in plan.workloads}
    if workload is not None or len(found) == 1:
        found[workload or next(iter(found))] = list(records)
    else:
        _by_model(plan, records, registry, found)
    if not any(found.values()):
        called = ", ".join(sorted({each.model or "no model" for each in records})[:5])
        planned = ", ".join(dict.fromkeys(each.chosen for each in plan.workloads.values()))
        msg = (
            f"no call of the logs is of a model of the plan: they have {called or 'no calls'}, and "
            f"the plan {planned}; say whose they are with workload=, or --workload"
        )
        raise UsageError(msg)
    return {name: own for name, own in found.items() if own}


def _by_model(
    plan: Plan,
    records: Sequence[LogRecord],
    registry: Registry,
    found: Mapping[str, list[LogRecord]],
) -> None:
    owners: dict[str, list[str]] = {}
    for name, each in plan.workloads.items():
        owners.setdefault(_id(each.chosen, each.provider, registry), []).append(name)
    known: dict[tuple[str, str | None], str] = {}
    for record in records:
        called = (record.model, record.provider)
        if called not in known:
            known[called] = _id(*called, registry)
        names = owners.get(known[called], [])
        if len(names) > 1:
            msg = (
                f"{' and '.join(names)} both use {record.model}, so that its calls could be of "
                "either; say whose they are with workload=, or --workload"
            )
            raise UsageError(msg, model=record.model)
        if names:
            found[names[0]].append(record)


def _id(model: str, provider: str | None, registry: Registry) -> str:
    """Return the id that a name means; the name itself where nothing is known of it."""
    try:
        return registry.model(model, provider=provider).id
    except CostcalcError:
        return model


def cost_of(records: Iterable[LogRecord], registry: Registry) -> tuple[Decimal, tuple[str, ...]]:
    """Return what calls cost, and what of them has no price."""
    from costcalc.logs.pricing import price

    found = price(list(records), registry=registry)
    notes = tuple(
        f"{each.requests:,} calls of {each.model or 'no model'} have no price and are not in the "
        f"cost: {each.reason}"
        for each in found.unpriced
    )
    return found.total or ZERO, notes


def _one(
    plan: Plan,
    name: str,
    records: Sequence[LogRecord],
    least: int,
    samples: int,
    registry: Registry,
) -> tuple[WorkloadCalibration, dict[str, Any]]:
    sessions = sessions_of(records)
    measured = measure(sessions)
    part = part_of(plan, [name])
    forecast = part.forecast(samples, registry=registry)
    planned = forecast.workloads[name]
    drafts = drafts_of(part, name, measured)
    notes = [*_said_of(part, name, records, measured, registry), *drafts.notes]
    changes: dict[str, Any] = {}
    if measured.sessions < least:
        notes.insert(
            0, f"{measured.sessions} are too few to plan with, {least} are enough: as planned"
        )
    else:
        changes, why = fitting(part, values_of(drafts))
        notes[:0] = [f"as planned: {why}"] if why else []
    if changes and planned.hit_ratio is not None and not forecast.unpriced:
        changes |= _misses(part, name, changes, measured, registry, notes)
    after = part.replace(changes).forecast(samples, registry=registry).workloads[name]
    cost, unpriced = cost_of((record for each in sessions for record in each), registry)
    units = units_of(part, name, sessions, registry)
    numbers = [
        Actual(
            key=draft.key, planned=draft.planned, mean=draft.mean, p50=draft.p50, p90=draft.p90,
            count=draft.number, before=draft.before,
            after=said(_bare(draft.value)) if changes and draft.value is not None else None,
        )
        for draft in drafts.found
    ]  # fmt: skip
    unit_cost = quotient(cost, units) or ZERO
    cost_coverage = "whole"
    if unpriced:
        cost_coverage = "part" if cost else "none"
    unpriced = (*unpriced, *unpriced_in(forecast))
    if changes and not unpriced:
        notes += _distance(unit_cost, after)
    found = WorkloadCalibration(
        name=name,
        unit=planned.unit,
        measured=measured,
        numbers=tuple(numbers),
        cost=cost,
        unit_cost=_short(unit_cost),
        planned_unit_cost=_short(planned.unit_cost),
        calibrated_unit_cost=_short(after.unit_cost),
        hit_ratio=measured.hit_ratio,
        planned_hit_ratio=planned.hit_ratio,
        notes=(*notes, *unpriced),
        cost_coverage=cost_coverage,
        planned_coverage=planned.coverage,
    )
    return found, changes


def fitting(part: Plan, changes: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Return changes that a plan can take: all, or none and why."""
    try:
        part.replace(changes)
    except PlanError as error:
        return {}, f"the plan cannot take what was measured: {error}"
    return changes, ""


def units_of(
    part: Plan, name: str, sessions: Sequence[Sequence[LogRecord]], registry: Registry
) -> Decimal:
    """Return how many sessions, documents, texts or runs there are in logs."""
    workload = part.workloads[name]
    if workload.unit == "session":
        return Decimal(len(sessions))
    calls = Decimal(sum(map(len, sessions)))
    if not isinstance(workload, Prompts):
        return calls
    return divide(calls, len(counted_files(part, name, workload, registry)))


def _said_of(
    part: Plan,
    name: str,
    records: Sequence[LogRecord],
    measured: Measured,
    registry: Registry,
) -> Iterator[str]:
    """Say what of the records is measured, and what is not as the plan has it."""
    workload = part.workloads[name]
    left = sum(not is_single(each) for each in records)
    if left:
        yield (
            f"{left:,} of {len(records):,} calls are without a time, or sums of several calls: "
            "they are neither measured nor in the cost"
        )
    own = _id(workload.chosen, workload.provider, registry)
    models = {(each.model, each.provider) for each in records}
    others = sorted({each[0] or "no model" for each in models if _id(*each, registry) != own})
    if others:
        yield f"calls of {', '.join(others[:5])} are among those measured; the plan has {own}"
    if measured.subagents:
        yield (
            f"{measured.subagents:,} of {measured.sessions:,} sessions are those of subagents, "
            "each a conversation of its own"
        )
    if measured.cache_read_tokens and workload.cache_plan.mode == "none":
        yield "the plan has no cache, and the logs have input that was read from one"


def _distance(actual: Decimal, after: WorkloadForecast) -> Iterator[str]:
    """Say where the plan with measured numbers costs something else than the log did."""
    times = quotient(after.unit_cost, actual)
    if times and EXACT.subtract(times, _ONE).copy_abs() > _FAR:
        yield (
            f"with the measured numbers a {after.unit} costs {fixed(times, 2)} times what it did: "
            "tails, compaction or waits are not as the plan has them, so that its total will be "
            "off as much"
        )


def _misses(
    part: Plan,
    name: str,
    changes: Mapping[str, Any],
    measured: Measured,
    registry: Registry,
    notes: list[str],
) -> dict[str, Any]:
    """Return the share of missed caches at which the measured numbers have the log's hit ratio."""
    if part.workloads[name].cache_plan.mode == "none" or measured.hit_ratio is None:
        return {}
    key = f"workloads.{name}.cache.miss_ratio"
    target = f"{measured.hit_ratio:.4f}"
    try:
        found = at_hit_ratios(part.replace(changes), {name: target}, registry=registry)
    except UsageError as error:
        notes.append(f"the hit ratio of the log is not reached: {error}")
        return {}
    share = found.workloads[name].cache_plan.miss_ratio.mean
    return {key: to_places(share, 3)}


def _bare(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value without where it is from."""
    return {key: each for key, each in value.items() if key != "source"}


def _short(amount: Decimal) -> Decimal:
    """Return an amount at six digits: what one session costs is no bill."""
    return normal(_SIX.plus(amount))
