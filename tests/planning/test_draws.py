"""Draws that are the same everywhere, and sums of many sessions from a pool."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist, mean, pvariance

import pytest

from costcalc.planning.draws import shuffled, strata, stream
from costcalc.planning.numbers import quantile_of_normal, six_digits
from costcalc.planning.sums import Sums


def test_a_stream_is_that_of_its_name() -> None:
    one, same = stream(1, "agent", "steps"), stream(1, "agent", "steps")
    assert [one.random() for _ in range(3)] == [same.random() for _ in range(3)]
    others = [stream(2, "agent", "steps"), stream(1, "agent", "waits"), stream(1, "agent")]
    assert len({one.random(), *(each.random() for each in others)}) == 4


def test_the_sequence_of_a_stream_is_pinned() -> None:
    # another Python, or another machine, must draw the same
    assert stream(20260901, "agent").random() == 0.7947469628015893
    assert shuffled(range(8), stream(0, "a")) == [1, 6, 4, 7, 3, 0, 2, 5]


def test_shuffling_keeps_every_item_and_its_source() -> None:
    items = tuple(range(100))
    found = shuffled(items, stream(0, "items"))
    assert sorted(found) == list(items) != found
    assert items == tuple(range(100))


def test_one_draw_lies_in_each_stratum() -> None:
    drawn = strata(1000, stream(0, "strata"))
    assert sorted(int(each * 1000) for each in drawn) == list(range(1000))
    assert mean(drawn) == pytest.approx(0.5, abs=1e-4)
    assert drawn != sorted(drawn)


@pytest.mark.parametrize(
    ("number", "six"), [(1 / 3, 0.333333), (123456.7, 123457.0), (0.0, 0.0), (1e-7 / 3, 3.33333e-8)]
)
def test_six_digits_hide_the_last_ones(number: float, six: float) -> None:
    assert six_digits(number) == six == six_digits(number * (1 + 2.0**-52))


def test_quantiles_of_the_normal_distribution_round_alike_everywhere() -> None:
    # what is drawn is rounded to whole tokens or six digits; here: how far from a tie that is
    drawn = [quantile_of_normal((at + 0.5) / 4096) for at in range(4096)]
    assert [round(each, 4) for each in drawn[:3]] == [-3.6683, -3.3771, -3.234]
    assert NormalDist().cdf(drawn[100]) == pytest.approx(100.5 / 4096)


# a pool with a heavy tail, in whole units
POOL = [round(100 * (1 + at % 7) ** 3) for at in range(256)]


@pytest.mark.parametrize("count", [0, 1, 15, 16, 17, 255, 4096, 5000])
def test_a_sum_has_the_mean_and_the_spread_of_so_many_draws(count: int) -> None:
    random = stream(7, "sums", count)
    sums = Sums(POOL, 5000, stream(7, "levels"))
    drawn = [sums.draw(count, random) for _ in range(3000)]
    expected, variance = count * mean(POOL), count * pvariance(POOL)
    assert mean(drawn) == pytest.approx(expected, abs=5 * sqrt(variance / 3000))
    assert pvariance(drawn) == pytest.approx(variance, rel=0.15)


def test_sums_may_be_longer_than_what_was_prepared() -> None:
    sums = Sums(POOL, 10, stream(7, "levels"))
    random = stream(7, "long")
    drawn = [sums.draw(400, random) for _ in range(2000)]
    assert mean(drawn) == pytest.approx(400 * mean(POOL), rel=0.01)


def test_sums_far_longer_than_what_was_prepared_prepare_more() -> None:
    sums = Sums([2, 2, 2, 2], 1, stream(7, "levels"))
    assert sums.draw(10**15 + 7, stream(1, "draws")) == 2 * 10**15 + 14  # one by one: for years
    assert sums.draw(5, stream(1, "draws")) == 10


def test_prepared_sums_keep_the_mean_of_a_large_pool_exactly() -> None:
    pool = list(range(8192))
    sums = Sums(pool, 300, stream(1, "large"))
    levels = sums._levels
    assert [len(each) for each in levels] == [8192, 4096, 4096]
    assert [sum(each) * 8192 // len(each) // sum(pool) for each in levels] == [1, 16, 256]
    assert sum(levels[2]) * 2 == 256 * sum(pool)
