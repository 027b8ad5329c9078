"""The runs of a project: in each one all volumes are drawn, and the sessions that they mean.

A run lies in one world, so that the ranges that shape its sessions are shared by all of them. Its
volumes are drawn from strata, so that the mean over all runs is near to that of the ranges.
"""

from __future__ import annotations

from math import exp, floor
from typing import TYPE_CHECKING

from costcalc.planning.draws import shuffled, strata, stream
from costcalc.planning.numbers import Range, quantile_of_normal, six_digits
from costcalc.planning.sums import Sums

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from costcalc.planning.epochs import Epoch
    from costcalc.planning.period import Month
    from costcalc.planning.plan import Plan
    from costcalc.planning.pools import Pool, Sampler

    Costs = Mapping[tuple[int, int], Sequence[int]]

__all__ = ["Runs", "overlaps_of", "run_together", "run_workload", "worlds_of_runs"]

_PARTS = 10**6


class Runs:
    """What every run of one workload comes to."""

    __slots__ = ("capped", "counts", "months", "saved")

    def __init__(self, samples: int, months: int) -> None:
        self.months: list[list[int]] = [[0] * samples for _ in range(months)]
        """Cost by month and run, in 10**-12 of the currency."""
        self.counts: dict[tuple[int, int], int] = {}
        """Sessions of all runs by epoch and world."""
        self.saved = 0
        """What the cap of a month saves in all runs."""
        self.capped = 0
        """Months of all runs that reach it."""

    @property
    def totals(self) -> list[int]:
        """Cost by run."""
        return [sum(each) for each in zip(*self.months, strict=True)]


def worlds_of_runs(samples: int, worlds: int, seed: int) -> list[int]:
    """Return in which world each run lies: the same for all workloads."""
    return shuffled([run % worlds for run in range(samples)], stream(seed, "worlds"))


def _volumes(plan: Plan, name: str, samples: int, seed: int) -> dict[str, list[float]]:
    """Return what each number of a volume is in each run."""
    found: dict[str, list[float]] = {}
    for key, number in plan.workloads[name].volume_numbers().items():
        if isinstance(number, Range):
            shares = strata(samples, stream(seed, f"workloads.{name}.{key}", "runs"))
            found[key] = [number.quantile(share) for share in shares]
        else:
            found[key] = [number.quantile(0.5)] * samples
    return found


def _by_month(
    plan: Plan, name: str, months: Sequence[Month], samples: int, seed: int
) -> list[list[float]]:
    """Return how many sessions each month has in each run."""
    workload = plan.workloads[name]
    volumes = _volumes(plan, name, samples, seed)
    work = float(plan.period.working_days_per_month)
    drawn = [{key: values[run] for key, values in volumes.items()} for run in range(samples)]
    return [
        [workload.per_month(each, month, len(months), work) for each in drawn] for month in months
    ]


def _factors(plan: Plan, name: str, samples: int, seed: int) -> list[int] | None:
    """Return the factor that a run's sessions share, in millionths; its mean is 1."""
    sigma = float(plan.shared_sigma(plan.workloads[name]))
    if not sigma:
        return None
    shares = strata(samples, stream(seed, f"workloads.{name}", "shared"))
    drawn = (six_digits(exp(sigma * quantile_of_normal(u) - sigma * sigma / 2)) for u in shares)
    return [floor(each * _PARTS + 0.5) for each in drawn]


def overlaps_of(epochs: Sequence[Epoch], month: Month) -> list[tuple[int, float]]:
    """Return the priced epochs of a month, each with its share of it."""
    whole = month.end - month.start
    found: list[tuple[int, float]] = []
    for number, epoch in enumerate(epochs):
        inside = min(epoch.end, month.end) - max(epoch.start, month.start)
        if inside > 0 and epoch.card is not None:
            found.append((number, inside / whole))
    return found


def run_workload(
    sampler: Sampler,
    epochs: Sequence[Epoch],
    pools: dict[tuple[int, int], Pool],
    months: Sequence[Month],
    worlds: Sequence[int],
    seed: int,
    step: Callable[[], None],
) -> Runs:
    """Return what a workload costs in every run, drawn from the pools of its epochs and worlds."""
    costs = {key: pool.costs for key, pool in pools.items()}
    overlaps = [overlaps_of(epochs, month) for month in months]
    plans = [sampler.plan]
    (found,) = run_together(
        plans, sampler.name, sampler.worlds, [costs], overlaps, months, worlds, seed, step
    )
    return found


class _After:
    """What happens to the cost of a month under one plan: the shared factor, and the cap."""

    def __init__(self, plan: Plan, name: str, samples: int, months: int, seed: int) -> None:
        limit = plan.workloads[name].caps_plan.cost_per_month_usd
        self._most = None if limit is None else floor(limit * 10**12)
        self._factors = _factors(plan, name, samples, seed)
        self.runs = Runs(samples, months)

    def put(self, month: int, run: int, total: int) -> None:
        """Take the cost of the sessions of one month in one run."""
        if self._factors is not None:
            total = (total * self._factors[run] + _PARTS // 2) // _PARTS
        if self._most is not None and total > self._most:
            self.runs.saved += total - self._most
            self.runs.capped += 1
            total = self._most
        self.runs.months[month][run] = total


def _packed(
    costs: Sequence[Costs], many: Sequence[Sequence[float]]
) -> tuple[Mapping[tuple[int, int], Sequence[int]], int]:
    """Return the costs of a session under several plans as one whole number, and its bits a plan.

    Sums of such numbers are the sums of each plan beside each other, as long as none is longer than
    its bits.
    """
    most = max((max(each) for one in costs for each in one.values()), default=0)
    sessions = floor(max(max(each) for each in many)) + 1_000  # each epoch may round one up
    bits = (most * sessions).bit_length() + 1
    if len(costs) == 1:
        return costs[0], bits
    found: dict[tuple[int, int], Sequence[int]] = {}
    for key in costs[0]:
        columns = zip(*(one[key] for one in costs), strict=True)
        found[key] = [sum(cost << bits * at for at, cost in enumerate(row)) for row in columns]
    return found, bits


def run_together(
    plans: Sequence[Plan],
    name: str,
    many_worlds: int,
    costs: Sequence[Costs],
    overlaps: Sequence[Sequence[tuple[int, float]]],
    months: Sequence[Month],
    worlds: Sequence[int],
    seed: int,
    step: Callable[[], None],
) -> list[Runs]:
    """Return what a workload costs in every run under plans of the same volumes.

    They draw the same sessions, so that these are drawn once; `costs` has those of each plan's
    pools, which are equally large.
    """
    samples = len(worlds)
    many = _by_month(plans[0], name, months, samples, seed)
    packed, bits = _packed(costs, many)
    ends = [_After(plan, name, samples, len(months), seed) for plan in plans]
    counts: dict[tuple[int, int], int] = {}
    sums: dict[tuple[int, int], Sums] = {}
    mask = (1 << bits) - 1
    random = stream(seed, f"workloads.{name}", "sums")
    draw = random.random
    for run in range(samples):
        world = worlds[run] % many_worlds
        for month, parts in enumerate(overlaps):
            total = 0
            for epoch, share in parts:
                wanted = many[month][run] * share
                count = floor(wanted + draw())
                key = (epoch, world)
                if key not in sums:
                    reach = floor(4 * wanted) + 1
                    sums[key] = Sums(packed[key], reach, stream(seed, name, *key))
                total += sums[key].draw(count, random)
                counts[key] = counts.get(key, 0) + count
            for end in ends:
                end.put(month, run, total & mask)
                total >>= bits
        step()
    for end in ends:
        end.runs.counts = counts
    return [end.runs for end in ends]
