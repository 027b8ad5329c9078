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
    from collections.abc import Callable, Sequence

    from costcalc.planning.epochs import Epoch
    from costcalc.planning.period import Month
    from costcalc.planning.plan import Plan
    from costcalc.planning.pools import Pool, Sampler

__all__ = ["Runs", "run_workload", "worlds_of_runs"]

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


def _factors(plan: Plan, name: str, samples: int, seed: int) -> list[int] | None:
    """Return the factor that a run's sessions share, in millionths; its mean is 1."""
    sigma = float(plan.shared_sigma(plan.workloads[name]))
    if not sigma:
        return None
    shares = strata(samples, stream(seed, f"workloads.{name}", "shared"))
    drawn = (six_digits(exp(sigma * quantile_of_normal(u) - sigma * sigma / 2)) for u in shares)
    return [floor(each * _PARTS + 0.5) for each in drawn]


def _overlaps(epochs: Sequence[Epoch], month: Month) -> list[tuple[int, float]]:
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
    plan, name, samples = sampler.plan, sampler.name, len(worlds)
    workload = sampler.workload
    volumes = _volumes(plan, name, samples, seed)
    factors = _factors(plan, name, samples, seed)
    work = float(plan.period.working_days_per_month)
    overlaps = [_overlaps(epochs, month) for month in months]
    sums: dict[tuple[int, int], Sums] = {}
    limit = workload.caps_plan.cost_per_month_usd
    most = None if limit is None else floor(limit * 10**12)
    found = Runs(samples, len(months))
    random = stream(seed, f"workloads.{name}", "sums")
    draw = random.random
    for run in range(samples):
        world = worlds[run] % sampler.worlds
        drawn = {key: values[run] for key, values in volumes.items()}
        for month, parts, costs in zip(months, overlaps, found.months, strict=True):
            many = workload.per_month(drawn, month, len(months), work)
            total = 0
            for epoch, share in parts:
                count = floor(many * share + draw())
                key = (epoch, world)
                if key not in sums:
                    reach = floor(4 * many * share) + 1
                    sums[key] = Sums(pools[key].costs, reach, stream(seed, name, *key))
                total += sums[key].draw(count, random)
                found.counts[key] = found.counts.get(key, 0) + count
            if factors is not None:
                total = (total * factors[run] + _PARTS // 2) // _PARTS
            if most is not None and total > most:
                found.saved += total - most
                found.capped += 1
                total = most
            costs[run] = total
        step()
    return found
