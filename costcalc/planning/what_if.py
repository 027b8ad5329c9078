"""A plan with other numbers, models, hit ratios or prices, beside the plan as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from costcalc.digits import percent
from costcalc.errors import UsageError
from costcalc.estimate.stated import share
from costcalc.money import EXACT, from_fraction
from costcalc.planning.diff import diff
from costcalc.planning.parts import part_of
from costcalc.registry.current import current

if TYPE_CHECKING:
    from costcalc.planning.differences import PlanDiff
    from costcalc.planning.plan import Plan
    from costcalc.registry.registry import Registry

    Progress = Callable[[int, int | None], None]

__all__ = ["at_hit_ratios", "changed", "what_if"]

_SAMPLES = 1_000
_PLACES = 6
_TRIES = 12
_CLOSE = 0.002
"""Within what a hit ratio is called reached."""


def what_if(
    plan: Plan,
    changes: Mapping[str, Any] | None = None,
    *,
    hit_ratios: Mapping[str, Decimal | float | str] | None = None,
    prices: Registry | None = None,
    samples: int | None = None,
    seed: int | None = None,
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> PlanDiff:
    """Return what a plan would cost otherwise, and what each group of changes adds.

    `changes` are other values by dotted key; a text such as "x2", "+20%" or "-50%" scales the
    number that stands there. `hit_ratios` are by workload, and are reached by missed caches, since
    a hit ratio is no number of a plan but follows from it. `prices` is a registry that holds
    instead, such as `registry.overlay(times={"cache_read": "0.5"}, from_="2026-10-01")`.

    Raises `UsageError` for a hit ratio that the shape of the sessions does not allow.
    """
    own = current() if registry is None else registry
    head = changed(plan, changes or {})
    head = at_hit_ratios(head, hit_ratios or {}, registry=own if prices is None else prices)
    return diff(
        plan, head, samples=samples, seed=seed, registry=own if prices is None else prices,
        base_registry=own, progress=progress,
    )  # fmt: skip


def changed(plan: Plan, changes: Mapping[str, Any]) -> Plan:
    """Return the plan with other values; what scales a number is a text such as x2 or +20%."""
    return plan.replace({key: _value(plan, key, value) for key, value in changes.items()})


def _value(plan: Plan, key: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    factor = _factor(value.strip())
    if factor is None:
        return value
    return plan.number(key).times(factor)


def _factor(text: str) -> Decimal | None:
    """Return the factor that a text such as x2, +20% or -50% states; None where it is none."""
    number = text[1:].removesuffix("%")
    if (
        not number
        or not set(number) <= set("0123456789.")
        or number.count(".") > 1
        or number == "."
    ):
        return None
    if text[0] in "x×" and not text.endswith("%"):
        return Decimal(number)
    if text[0] in "+-" and text.endswith("%"):
        part = EXACT.scaleb(Decimal(number), -2)
        if text[0] == "-" and part > 1:
            msg = f"{text} is more than there is; take at most -100%"
            raise UsageError(msg, value=text)
        return (EXACT.add if text[0] == "+" else EXACT.subtract)(Decimal(1), part)
    return None


def at_hit_ratios(
    plan: Plan,
    hit_ratios: Mapping[str, Decimal | float | str],
    *,
    samples: int = _SAMPLES,
    registry: Registry | None = None,
) -> Plan:
    """Return the plan with caches missed so often that workloads have the hit ratios.

    Raises `UsageError` for a workload that has no cache, and for a ratio above what its sessions
    can have.
    """
    prices = current() if registry is None else registry
    for name, stated in hit_ratios.items():
        target = share(stated, f"the hit ratio of {name}")
        plan = plan.replace(
            {f"workloads.{name}.cache.miss_ratio": _misses(plan, name, target, samples, prices)}
        )
    return plan


def _misses(plan: Plan, name: str, target: Decimal, samples: int, registry: Registry) -> Decimal:
    """Return the share of misses at which a workload has a hit ratio, by false position."""
    if name not in plan.workloads:
        msg = f"there is no workload {name!r}; known: {', '.join(plan.workloads)}"
        raise UsageError(msg, workload=name)
    part = part_of(plan, [name])

    def ratio(misses: Fraction) -> float:
        """Return the hit ratio at a share of misses; what has no price has none that is known."""
        changes = {f"workloads.{name}.cache.miss_ratio": from_fraction(misses, _PLACES)}
        found = part.replace(changes).forecast(samples, registry=registry).workloads[name]
        if found.coverage == "none":
            msg = f"the hit ratio of {name} is not known: {found.unpriced[0].reason}"
            raise UsageError(msg, workload=name)
        return found.hit_ratio or 0.0

    low, high = Fraction(0), Fraction(1)
    most, least = ratio(low), ratio(high)
    if float(target) > most + _CLOSE:
        msg = (
            f"{name} has a hit ratio of at most {most:.1%} without a missed cache, by the shape of "
            f"its sessions, and {percent(target)} is above it; make sessions longer or the new "
            "input of a step shorter"
        )
        raise UsageError(msg, workload=name, target=target)
    if float(target) < least - _CLOSE:
        msg = (
            f"{name} has a hit ratio of at least {least:.1%} where every later step misses, since "
            f"others keep its system prompt warm, and {percent(target)} is below it; lower "
            f"{name}.cache.warm_start_ratio as well"
        )
        raise UsageError(msg, workload=name, target=target)
    misses, found = Fraction(0), most
    for _ in range(_TRIES):
        if abs(found - float(target)) > _CLOSE and most > least:
            # nearly a straight line: what is missed is not read
            misses = low + (high - low) * Fraction((most - float(target)) / (most - least))
            found = ratio(misses)
            if found > float(target):
                low, most = misses, found
            else:
                high, least = misses, found
    return from_fraction(misses, _PLACES)
