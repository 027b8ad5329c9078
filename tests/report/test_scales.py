from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc.report.scales import (
    apart,
    is_wide,
    linear,
    logarithmic,
    nice_count,
    whole_ticks,
)

D = Decimal

AXES = [
    ("0", "USD", "$0"),
    ("0.05", "USD", "$0 $0.01 $0.02 $0.03 $0.04 $0.05"),
    ("1.24", "USD", "$0 $0.25 $0.50 $0.75 $1.00 $1.25"),
    ("3.1", "USD", "$0 $1 $2 $3 $4"),
    ("480", "USD", "$0 $100 $200 $300 $400 $500"),
    ("5100", "USD", "$0 $2k $4k $6k"),
    ("1200", "USD", "$0 $250 $500 $750 $1k $1.25k"),
    ("1000000", "USD", "$0 $200k $400k $600k $800k $1M"),
    ("4200000000", "USD", "$0 $1B $2B $3B $4B $5B"),
    ("0.00000004", "USD", "$0 $0.00000001 $0.00000002 $0.00000003 $0.00000004"),
    ("0.000000001", "USD", "$0 $2e-10 $4e-10 $6e-10 $8e-10 $1e-9"),
    ("0.3", "CNY", "0 CNY|0.10 CNY|0.20 CNY|0.30 CNY"),
]


@pytest.mark.parametrize(
    ("most", "currency", "labels"), AXES, ids=[f"{most} {currency}" for most, currency, _ in AXES]
)
def test_an_axis_has_round_ticks_in_its_currency(most: str, currency: str, labels: str) -> None:
    scale = linear(D(most))
    assert list(scale.labels(currency)) == labels.split("|" if "|" in labels else " ")
    assert scale.top == max(scale.ticks[-1], 1 if most == "0" else 0)
    assert scale.place(D(0)) == 0
    assert scale.place(scale.top) == 1


FACTORS = [
    ("0.02", "0.9", "$0.02 $0.05 $0.10 $0.20 $0.50 $1"),
    ("3", "3", "$2 $5"),
    ("1", "1", "$1 $2"),
    ("0.0003", "80", "$0.001 $0.01 $0.10 $1 $10 $100"),
]


@pytest.mark.parametrize(
    ("least", "most", "labels"), FACTORS, ids=[f"{least} to {most}" for least, most, _ in FACTORS]
)
def test_a_logarithmic_axis_has_ticks_at_one_two_and_five(
    least: str, most: str, labels: str
) -> None:
    scale = logarithmic(D(least), D(most))
    assert list(scale.labels("USD")) == labels.split()
    assert 0 <= scale.place(D(least)) <= scale.place(D(most)) <= 1
    assert scale.amount(scale.place(D(most))) == pytest.approx(float(most))


def test_places_become_amounts_on_a_linear_axis() -> None:
    scale = linear(D(8))
    assert scale.amount(scale.place(D(3))) == pytest.approx(3)


@pytest.mark.parametrize(
    ("least", "found"), [(1, 1), (2, 2), (3, 5), (6, 10), (11, 20), (500, 500), (501, 1_000)]
)
def test_many_become_one_in_round_numbers(least: int, found: int) -> None:
    assert nice_count(least) == found


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        (1, 1, [1]),
        (1, 4, [1, 2, 3, 4]),
        (0, 25, [0, 5, 10, 15, 20, 25]),
        (1, 41, [1, 5, 10, 15, 20, 25, 30, 35, 40]),
    ],
)
def test_whole_ticks(first: int, last: int, found: list[int]) -> None:
    assert whole_ticks(first, last) == found


def test_amounts_are_wide_apart_from_thirtyfold_on_and_never_where_one_is_free() -> None:
    assert is_wide([D(30), D(1)])
    assert not is_wide([D(29), D(1)])
    assert not is_wide([D(30), D(0)])


def test_names_move_apart_around_where_their_lines_end() -> None:
    assert apart([0.5, 0.9, 0.5], 0.1) == pytest.approx([0.45, 0.9, 0.55])
    assert apart([0.0, 0.0], 0.1) == pytest.approx([0.0, 0.1])
    assert apart([1.0, 1.0], 0.1) == pytest.approx([0.9, 1.0])
    assert apart([], 0.1) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_names_never_overlap_stay_on_the_axis_and_keep_their_order(places: list[float]) -> None:
    moved = apart(places, 0.05)
    order = sorted(range(len(places)), key=lambda number: places[number])
    found = [moved[number] for number in order]
    assert all(after - before >= 0.05 - 1e-9 for before, after in pairwise(found))
    assert found[0] >= 0
    assert found[-1] <= 1 + 1e-9
