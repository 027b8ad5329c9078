"""Nets: draws of several numbers that fill their common space evenly."""

from __future__ import annotations

from itertools import combinations, product
from math import exp
from statistics import fmean, pstdev

import pytest

from costcalc import Registry
from costcalc.planning.draws import strata, stream
from costcalc.planning.nets import DIMENSIONS, _places, net
from costcalc.planning.plan import Plan


def points(count: int, seed: int) -> list[tuple[float, ...]]:
    """Return points of a net whose dimensions are scrambled apart."""
    return list(zip(*(net(at, count, stream(seed, at)) for at in range(DIMENSIONS)), strict=True))


def fullest(found: list[tuple[float, float]], across: int, down: int) -> int:
    """Return how many points lie in that of all equal boxes which has the most."""
    boxes = [(int(x * across), int(y * down)) for x, y in found]
    return max(boxes.count(each) for each in set(boxes))


def test_places_are_those_that_sobol_publishes() -> None:
    # the first eight points, in eighths, before scrambling
    assert [_places(at, 3) for at in range(3)] == [
        (0, 4, 2, 6, 1, 5, 3, 7),
        (0, 4, 6, 2, 5, 1, 3, 7),
        (0, 4, 6, 2, 3, 7, 5, 1),
    ]


def test_the_sequence_of_a_net_is_pinned() -> None:
    # another Python, or another machine, must draw the same
    drawn = net(2, 4, stream(20260901, "agent"))
    assert drawn == [
        0.3516881226283953,
        0.9668985589022491,
        0.6242672110390022,
        0.04222233671067588,
    ]


@pytest.mark.parametrize("dimension", range(DIMENSIONS))
@pytest.mark.parametrize("count", [1, 2, 64])
def test_one_draw_lies_in_each_stratum(dimension: int, count: int) -> None:
    drawn = net(dimension, count, stream(1, "net"))
    assert sorted(int(each * count) for each in drawn) == list(range(count))


@pytest.mark.parametrize("dimension", range(DIMENSIONS))
@pytest.mark.parametrize("first", [0, 16, 48])
def test_a_block_of_a_net_has_its_strata_too(dimension: int, first: int) -> None:
    block = net(dimension, 64, stream(1, "net"))[first : first + 16]
    assert sorted(int(each * 16) for each in block) == list(range(16))


@pytest.mark.parametrize("seed", range(4))
def test_the_first_two_numbers_fill_every_box(seed: int) -> None:
    found = [(x, y) for x, y, *_ in points(64, seed)]
    assert [fullest(found, 1 << k, 64 >> k) for k in range(7)] == [1] * 7


@pytest.mark.parametrize(
    ("one", "other"), [pair for pair in combinations(range(DIMENSIONS), 2) if pair != (0, 1)]
)
def test_any_two_numbers_meet_everywhere(one: int, other: int) -> None:
    found = [(each[one], each[other]) for each in points(256, 1)]
    boxes = {(int(x * 8), int(y * 8)) for x, y in found}
    assert boxes == set(product(range(8), repeat=2))
    assert fullest(found, 8, 8) == 256 // 64


def test_a_mean_is_right_and_its_error_a_small_part_of_that_of_strata() -> None:
    def of_net(seed: int) -> float:
        return fmean(exp(2 * x + 2 * y + z) for x, y, z, *_ in points(64, seed))

    def of_strata(seed: int) -> float:
        columns = [strata(64, stream(seed, at)) for at in range(3)]
        return fmean(exp(2 * x + 2 * y + z) for x, y, z in zip(*columns, strict=True))

    exact = ((exp(2) - 1) / 2) ** 2 * (exp(1) - 1)
    nets, others = ([one(seed) for seed in range(200)] for one in (of_net, of_strata))
    assert pstdev(nets) < pstdev(others) / 4
    assert fmean(nets) == pytest.approx(exact, abs=4 * pstdev(nets) / 200**0.5)


def test_another_seed_hardly_moves_the_mean_of_a_forecast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("costcalc.planning.pools._FEWEST", 256)
    monkeypatch.setattr("costcalc.planning.pools._MOST", 256)
    lab = Registry.from_yaml("provider: lab\nmodels: {writer: {input: 1, output: 4}}\n")
    plan = Plan.from_yaml(
        """
version: 1
project: atlas
period: {start: 2026-01-01, months: 1}
workloads:
  agent:
    model: lab/writer
    shared_sigma: 0
    sessions: 1000
    steps_per_session: {p50: 2, p90: 8}
    input_tokens_per_step: {p50: 600, p90: 1200}
    output_tokens_per_step: {p50: 200, p90: 400}
    caps: {steps_per_session: 20}
"""
    )
    found = [plan.forecast(100, seed, registry=lab) for seed in range(8)]
    means = [float(each.mean) for each in found]
    # 256 sessions: strata of each number alone leave 6 %, independent draws 15 %
    assert pstdev(means) < 0.03 * fmean(means)
    assert fmean(means) == pytest.approx(float(found[0].closed_form_mean or 0), rel=0.02)
