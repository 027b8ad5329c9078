"""What moves the bill most: one number of the plan at a time, at its low and at its high end.

A range is taken at the ends that the plan states. A number that is known, or that varies from
session to session, is halved and doubled, and so are the prices of output and of cached input: what
it would cost to be wrong by a factor of two. All other numbers stay as they are, and so do the
draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from costcalc.digits import fixed, percent
from costcalc.money import EXACT, normal
from costcalc.planning.expected import epochs_by_workload, expected_means
from costcalc.planning.forecast import UnpricedPart, coverage_of
from costcalc.planning.numbers import Fixed, Number, Quantiles, Range
from costcalc.planning.parts import part_of, share_of
from costcalc.planning.plan import Plan
from costcalc.planning.results import unpriced_of
from costcalc.planning.wording import at_least, label_of, said
from costcalc.registry.current import current
from costcalc.values import Value

if TYPE_CHECKING:
    from costcalc.registry.registry import Registry

    Progress = Callable[[int, int | None], None]

__all__ = ["Driver", "Drivers", "drivers"]

_SAMPLES = 1_000
_HALF, _TWICE, _ONE = Decimal("0.5"), Decimal(2), Decimal(1)
_SHARES = ("ratio", "rate", "share_of_steps")
"""How keys end that are shares, which cannot be doubled beyond 1."""
_MISSES = Decimal("0.1")
"""Up to what share of missed caches is looked where the plan takes none."""
_METERS = {"output": "output price", "cache_read": "cached price"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver(Value):
    """One number, and what the plan costs with it at two ends."""

    key: str
    """The dotted key of the plan, or prices.MODEL.METER."""
    label: str
    """The same for a reader."""
    basis: str
    """range: the ends are stated; factor: halved and doubled; misses: none, and one in ten."""
    ends: tuple[str, str]
    """What the number was set to."""
    low: Decimal
    """Expected cost with the number at its low end."""
    high: Decimal
    """Expected cost with the number at its high end."""
    base: Decimal
    """Expected cost as planned."""

    @property
    def swing(self) -> Decimal:
        """How far the two lie apart."""
        return EXACT.subtract(self.high, self.low).copy_abs()

    @property
    def low_change(self) -> Decimal | None:
        """Change at the low end, as a share of the plan's cost; None where that is free."""
        return share_of(EXACT.subtract(self.low, self.base), self.base)

    @property
    def high_change(self) -> Decimal | None:
        """Change at the high end, as a share of the plan's cost; None where that is free."""
        return share_of(EXACT.subtract(self.high, self.base), self.base)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drivers(Value):
    """The numbers of a plan by how much they move its expected cost.

    What has no price is in no amount, and none of its numbers is varied: where `unpriced` is not
    empty, amounts are lower bounds, and changes are shares of what has a price.
    """

    project: str
    """Name of the project."""
    currency: str
    """ISO 4217 code of every amount."""
    base: Decimal
    """Expected cost as planned."""
    drivers: tuple[Driver, ...]
    """The strongest first."""
    unpriced: tuple[UnpricedPart, ...] = ()
    """What has no price."""
    coverage: str = "whole"
    """How much of the plan has a price: whole, part or none."""

    def __str__(self) -> str:
        """Return what moves the bill most, as one sentence."""
        return self.sentence(lambda amount: f"{fixed(amount, 2)} {self.currency}")

    def sentence(self, written: Callable[[Decimal], str]) -> str:
        """Return what moves the bill most, with amounts as `written` puts them."""
        moving = [each for each in self.drivers if each.swing]
        if not moving:
            if self.coverage == "none":
                return "what moves the bill is not known: nothing of it has a price"
            if self.unpriced:
                return "nothing of what has a price moves the bill"
            return "nothing moves the bill: it is 0 whatever the numbers are"
        first = moving[0]
        how = "halved and doubled"
        if first.basis != "factor":
            how = f"from {first.ends[0]} to {first.ends[1]}"
        worth = "narrow it down first" if first.basis == "range" else "measure it first"
        low, high = (at_least(written(each), self.coverage) for each in (first.low, first.high))
        of = "of what has a price, " if self.unpriced else ""
        return (
            f"{of}the strongest driver is {first.label}: {how}, the total goes from {low} to "
            f"{high}; {worth}"
        )


class _Case(NamedTuple):
    """A number that is varied."""

    key: str
    label: str
    basis: str
    workloads: tuple[str, ...]
    """What it touches."""
    ends: tuple[str, str]
    low: Mapping[str, Any]
    """Changes of the plan, or factors of meters, at the low end."""
    high: Mapping[str, Any]
    model: str | None = None
    """Whose prices are changed instead of the plan."""


def drivers(
    plan: Plan,
    *,
    samples: int = _SAMPLES,
    seed: int | None = None,
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> Drivers:
    """Return the numbers of a plan by how far they move its expected cost.

    `samples` runs are forecast where the formula does not know a workload; `seed` is the plan's if
    left out. `progress` is called with how many ends are done, and of how many.
    Raises what `Plan.forecast` raises.
    """
    prices = current() if registry is None else registry
    work = _Work(plan, samples, plan.simulation.seed if seed is None else seed, prices)
    epochs = epochs_by_workload(plan, prices)
    coverages = {
        name: coverage_of("none" if each.card is None else "whole" for each in found)
        for name, found in epochs.items()
    }
    cases = list(_cases(plan, prices, [name for name, each in coverages.items() if each != "none"]))
    found: list[Driver] = []
    for number, case in enumerate(cases, 1):
        found.append(work.driver(case))
        if progress is not None:
            progress(number, len(cases))
    return Drivers(
        project=plan.project,
        currency=plan.currency,
        base=work.base,
        drivers=tuple(sorted(found, key=lambda each: (each.swing.copy_negate(), each.key))),
        unpriced=tuple(part for name in epochs for part in unpriced_of(plan, name, epochs[name])),
        coverage=coverage_of(coverages.values()),
    )


class _Work:
    """A plan while its numbers are varied."""

    def __init__(self, plan: Plan, samples: int, seed: int, registry: Registry) -> None:
        self._plan, self._samples, self._registry = plan, samples, registry
        self.seed = seed
        self._means = self._expected(plan, registry)
        self.base = _sum(self._means.values())

    def _expected(self, plan: Plan, registry: Registry) -> dict[str, Decimal]:
        return expected_means(plan, samples=self._samples, seed=self.seed, registry=registry)

    def driver(self, case: _Case) -> Driver:
        """Return a number with what the plan costs at its ends."""
        low, high = self._total(case, case.low), self._total(case, case.high)
        return Driver(
            key=case.key, label=case.label, basis=case.basis, ends=case.ends, low=low, high=high,
            base=self.base,
        )  # fmt: skip

    def _total(self, case: _Case, end: Mapping[str, Any]) -> Decimal:
        """Return the cost of the workloads that a number touches, and of the rest as planned."""
        part, prices = part_of(self._plan, case.workloads), self._registry
        if case.model is None:
            part = part.replace(end)
        else:
            prices = prices.overlay(times=end, models=[case.model])
        return _sum({**self._means, **self._expected(part, prices)}.values())


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    total = Decimal(0)
    for each in amounts:
        total = EXACT.add(total, each)
    return normal(total)


def _cases(plan: Plan, registry: Registry, priced: Sequence[str]) -> Iterator[_Case]:
    for key, number in plan.numbers().items():
        names = tuple(name for name in _touched(plan, key) if name in priced)
        if names:
            yield from _number_cases(plan, key, number, names)
    models: dict[str, list[str]] = {}
    for name in priced:
        models.setdefault(plan.workloads[name].chosen, []).append(name)
    for model, names in models.items():
        if not _is_known(model, registry):
            continue
        short = model.rpartition("/")[2]
        for meter, price in _METERS.items():
            yield _Case(
                f"prices.{model}.{meter}", f"{short}: {price}", "factor", tuple(names),
                ("halved", "doubled"), {meter: _HALF}, {meter: _TWICE}, model,
            )  # fmt: skip


def _is_known(model: str, registry: Registry) -> bool:
    try:
        registry.model(model)
    except LookupError:  # not there, or sold by several: a workload then names its provider
        return False
    return True


def _touched(plan: Plan, key: str) -> tuple[str, ...]:
    parts = key.split(".")
    if parts[0] == "workloads":
        return (parts[1],)
    return tuple(name for name in plan.workloads if plan.retry_key(name) == key)


def _number_cases(plan: Plan, key: str, number: Number, names: tuple[str, ...]) -> Iterator[_Case]:
    label = label_of(key)
    if isinstance(number, Range):
        ends = (said(number.low), said(number.high))
        yield _Case(key, label, "range", names, ends, {key: number.low}, {key: number.high})
    elif isinstance(number, Quantiles):
        low, high = {key: number.times(_HALF)}, {key: number.times(_TWICE)}
        yield _Case(key, label, "factor", names, ("halved", "doubled"), low, high)
    elif number.mean:
        twice = EXACT.multiply(number.mean, _TWICE)
        high = min(twice, _ONE) if key.endswith(_SHARES) else twice
        doubled = "doubled" if high == twice else said(high)
        low = normal(EXACT.multiply(number.mean, _HALF))
        yield _Case(
            key, label, "factor", names, ("halved", doubled), {key: low}, {key: normal(high)}
        )
    elif key.endswith("cache.miss_ratio") and plan.workloads[names[0]].cache_plan.mode != "none":
        ends = ("none", percent(_MISSES, 0))
        yield _Case(
            key, f"{names[0]}: missed caches", "misses", names, ends,
            {key: Fixed(value=Decimal(0))}, {key: _MISSES},
        )  # fmt: skip
