"""Plans in tests: within their budget, and no dearer than another plan."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import cast

from costcalc.digits import fixed, percent_or_less
from costcalc.errors import BudgetWarning, UsageError
from costcalc.estimate.outputs import as_ratio
from costcalc.money import EXACT, as_decimal, quotient, to_places
from costcalc.planning.budget import unpriced_before
from costcalc.planning.diff import diff
from costcalc.planning.differences import PlanDiff
from costcalc.planning.parts import apportioned
from costcalc.planning.plan import Plan
from costcalc.testing.amounts import plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike
    from typing import Any

    from costcalc.planning.budget import Budget, Finding, Verdict
    from costcalc.planning.forecast import Forecast
    from costcalc.registry.registry import Registry

    AnyPlan = Plan | str | PathLike[str]

__all__ = ["assert_no_cost_regression", "assert_within_budget", "judged"]

_METRICS = ("mean", "p50", "p80", "p90", "p95")
_INCREASE = "increase_percent"


def assert_within_budget(
    plan: AnyPlan,
    budget: Budget | Mapping[str, Any] | None = None,
    *,
    base: AnyPlan | None = None,
    strict: bool = False,
    samples: int | None = None,
    seed: int | None = None,
    registry: Registry | None = None,
) -> Verdict:
    """Fail where a plan's forecast exceeds its budget, or some of it has no price.

    `plan` is a `Plan`, the path of a file, or its text; `budget` is the plan's own if left out.
    `base` is the plan that `increase_percent` compares with. A limit that only warns is told by a
    `BudgetWarning`; with `strict` it fails as well. Prices are those that hold where the test runs.
    Raises `UsageError` where nothing states a limit, and what `Plan.forecast` raises.
    """
    __tracebackhide__ = True
    return judged(plan, budget, base, strict, (samples, seed), registry)


def assert_no_cost_regression(
    base: AnyPlan,
    head: AnyPlan,
    *,
    max_increase: Decimal | str | float = "10%",
    metric: str = "mean",
    samples: int | None = None,
    seed: int | None = None,
    registry: Registry | None = None,
    base_registry: Registry | None = None,
) -> PlanDiff:
    """Fail where a plan costs more than another by a larger share than is allowed.

    `metric` is mean, p50, p80, p90 or p95. A failure says what volume, shape, cache, model and
    price add to the mean. Both plans have the same draws, and the same prices unless
    `base_registry` has those of the first. Raises what `costcalc.diff` raises.
    """
    __tracebackhide__ = True
    if metric not in _METRICS:
        raise UsageError(f"metric is one of {', '.join(_METRICS)}, not {metric!r}", metric=metric)
    most = as_ratio(max_increase, "max_increase")
    if most > 1 and "%" not in str(max_increase):
        stated = plain(EXACT.scaleb(most, 2))
        msg = (
            f"max_increase {max_increase!r} is a share, and would be {stated}%; write "
            f"'{max_increase}%' for per cent"
        )
        raise UsageError(msg, value=max_increase)
    found = diff(
        _plan_of(base), _plan_of(head),
        samples=samples, seed=seed, registry=registry, base_registry=base_registry,
    )  # fmt: skip
    unpriced = dict.fromkeys(map(str, (*found.base.unpriced, *found.head.unpriced)))
    if unpriced:
        said = f"{found.project}: some of the plans has no price, so that nothing can be compared"
        raise AssertionError("\n".join([said, *(f"  unpriced  {each}" for each in unpriced)]))
    before, after = getattr(found.base, metric), getattr(found.head, metric)
    if after > EXACT.multiply(before, EXACT.add(Decimal(1), most)):
        raise AssertionError("\n".join(_diff_lines(found, metric, before, after, most)))
    return found


def judged(
    plan: AnyPlan,
    budget: Budget | Mapping[str, Any] | None,
    base: AnyPlan | None,
    strict: bool,  # noqa: FBT001 - of the two callers
    draws: tuple[int | None, int | None],
    registry: Registry | None,
) -> Verdict:
    """Return the verdict on a plan that keeps its budget; else raise why, as its caller's."""
    __tracebackhide__ = True
    own = _plan_of(plan)
    if isinstance(budget, Mapping):
        own, budget = own.replace(budget=_exact(budget)), None
    found = own.forecast(*draws, registry=registry)
    before = None
    if base is not None:
        before = _plan_of(base).forecast(found.samples, found.seed, registry=registry)
    verdict = found.check(budget, before)
    held = [each for each in verdict.findings if _is_held(each, before)]
    if not held:
        hint = "give base=" if verdict.findings else "state one in the plan, or give budget="
        raise UsageError(f"{found.project}: there is no limit to hold the plan to; {hint}")
    unpriced = verdict.unpriced
    if before is not None and not unpriced:  # whatever the limits, the test asked to compare
        unpriced = unpriced_before(before)
    text = "\n".join(_verdict_lines(found, verdict, unpriced))
    if unpriced or verdict.level == "fail" or (strict and verdict.level == "warn"):
        raise AssertionError(text)
    if verdict.level == "warn":
        warnings.warn(text, BudgetWarning, stacklevel=3)
    return verdict


def _plan_of(source: AnyPlan) -> Plan:
    return source if isinstance(source, Plan) else Plan.from_yaml(source)


def _exact(budget: Mapping[str, Any]) -> dict[str, Any]:
    """Return a budget whose limits may be decimal text, as amounts of tests are."""
    return {level: _limits(stated) for level, stated in budget.items()}


def _limits(stated: Any) -> Any:
    if not isinstance(stated, Mapping):
        return stated  # a budget's limits, or a mistake that the plan tells
    limits = cast("Mapping[str, Any]", stated)
    return {
        key: as_decimal(limit, key) if isinstance(limit, str) else limit
        for key, limit in limits.items()
    }


def _is_held(finding: Finding, before: Forecast | None) -> bool:
    return before is not None or finding.threshold.metric != _INCREASE


def _verdict_lines(found: Forecast, verdict: Verdict, unpriced: tuple[str, ...]) -> Iterator[str]:
    """Iterate over what is wrong in one sentence, every limit, and the reserve."""
    if unpriced:
        yield f"{found.project}: some of the plan has no price, so that no total holds"
    elif verdict.level == "fail":
        yield f"{found.project}: the plan exceeds its budget"
    else:
        yield f"{found.project}: the plan exceeds a limit that warns"
    for text in unpriced:
        yield f"  unpriced     {text}"
    for each in verdict.findings:
        yield f"  {each.word:11}  {each.text}"
    if verdict.reserve is not None:
        places = _places(verdict.reserve)
        reserve, mean = (fixed(each, places) for each in (verdict.reserve, found.mean))
        covers = f"above the mean of {mean} covers nine runs in ten"
        yield f"  reserve      {reserve} {verdict.currency} {covers}"


def _diff_lines(
    found: PlanDiff, metric: str, before: Decimal, after: Decimal, most: Decimal
) -> Iterator[str]:
    """Iterate over how much dearer a plan is, what adds to it, and what was changed."""
    rise, currency = EXACT.subtract(after, before), found.currency
    share = quotient(rise, before)
    by = "" if share is None else f"by {percent_or_less(share)}, "
    name = "the mean" if metric == "mean" else metric.upper()
    places = _places(rise)
    yield (
        f"{found.project}: {name} rises {by}from {fixed(before, places)} to "
        f"{fixed(after, places)} {currency}; at most "
        f"{plain(EXACT.scaleb(most, 2))}% more is allowed"
    )
    if metric != "mean":
        means = (fixed(each, places) for each in (found.before, found.total))
        yield f"  mean     {' to '.join(means)} {currency}, made of"
    # rounded so that they sum to the change, as rounded
    parts = {group: Fraction(amount) for group, amount in found.parts.items() if amount}
    for group, amount in apportioned(parts, to_places(found.known_change, places), places).items():
        yield f"  {group:7}  {fixed(amount, places, '+')} {currency}"
    for each in found.changes:
        whose = f"{each.workload}: " if each.workload else ""
        yield f"  changed  {whose}{each.key} {each.before} → {each.after} ({each.group})"
    for each in found.workloads:
        if each.status in {"added", "removed"} and each.change is not None:
            yield f"  {each.status:7}  {each.name}: {fixed(each.change, places, '+')} {currency}"
    for note in found.notes:
        yield f"  note     {note}"
    yield "  accept   if that is right, let it be the base, or raise max_increase"


def _places(amount: Decimal) -> int:
    """Return how many decimals show two digits of an amount; cents at least."""
    return max(2, 1 - amount.adjusted()) if amount else 2
