"""Output tokens before they exist: the shapes that a caller may state, and what each means."""

from __future__ import annotations

import decimal
import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc import OutputTokens, UsageError
from costcalc.estimate.outputs import as_ratio, output_ratio, output_tokens

SHAPES: dict[str, tuple[Any, tuple[int, int, int]]] = {
    "a number is itself": (800, (800, 800, 800)),
    "none is zero": (0, (0, 0, 0)),
    "of a range the middle is expected": ((200, 800), (500, 200, 800)),
    "a half goes to the even neighbour": ((0, 5), (2, 0, 5)),
    "low and high by name are the same range": ({"high": 800, "low": 200}, (500, 200, 800)),
    "low, likely and high expect the mean of a PERT distribution": (
        {"low": 100, "likely": 300, "high": 2_000}, (550, 100, 2_000),
    ),
    "two quantiles expect the mean of a log-normal, above its median": (
        {"p50": 800, "p90": 2_400}, (1_155, 266, 2_400),
    ),
    "equal quantiles are a number": ({"p50": 800, "p90": 800}, (800, 800, 800)),
}  # fmt: skip


@pytest.mark.parametrize(("stated", "expected"), SHAPES.values(), ids=SHAPES)
def test_a_shape_means_what_it_says(stated: Any, expected: tuple[int, int, int]) -> None:
    found = output_tokens(stated)
    assert (found.expected, found.low, found.high) == expected


def test_a_log_normal_has_the_mean_of_its_formula() -> None:
    sigma = math.log(2_400 / 800) / 1.2815515655446004
    assert output_tokens({"p50": 800, "p90": 2_400}).expected == round(800 * math.exp(sigma**2 / 2))


@given(
    st.integers(1, 10**9).flatmap(lambda p50: st.tuples(st.just(p50), st.integers(p50, 20 * p50)))
)
def test_the_mean_of_quantiles_lies_above_the_median(quantiles: tuple[int, int]) -> None:
    p50, p90 = quantiles
    found = output_tokens({"p50": p50, "p90": p90})
    assert found.low <= p50 <= found.expected
    assert found.high == p90


@given(st.lists(st.integers(0, 10**18), min_size=3, max_size=3).map(sorted))
def test_a_range_holds_what_is_expected_of_it(numbers: list[int]) -> None:
    low, likely, high = numbers
    found = output_tokens({"low": low, "likely": likely, "high": high})
    assert found.low == low <= found.expected <= high == found.high


RATIOS: dict[str, tuple[Any, tuple[int, int, int]]] = {
    "decimal text": ("0.3", (300, 270, 330)),
    "a percentage": ("30%", (300, 270, 330)),
    "a float is read as its text": (0.3, (300, 270, 330)),
    "a range of ratios spans both ranges": (("0.1", "0.5"), (300, 90, 550)),
    "quantiles of a ratio": ({"p50": "0.3", "p90": "1"}, (466, 81, 1_100)),
    "a ratio above one": (2, (2_000, 1_800, 2_200)),
}


@pytest.mark.parametrize(("stated", "expected"), RATIOS.values(), ids=RATIOS)
def test_a_ratio_multiplies_the_input(stated: Any, expected: tuple[int, int, int]) -> None:
    found = output_ratio(stated, 1_000, 900, 1_100)
    assert (found.expected, found.low, found.high) == expected
    assert found.basis.endswith("of the input")


WRONG: dict[str, tuple[Any, str]] = {
    "a negative number": (-1, "output_tokens -1 is no count from 0 to 10.* write a number"),
    "a fraction": (1.5, "output_tokens 1.5 is no count"),
    "a truth value": (True, "output_tokens True is no count"),
    "nothing": (None, "output_tokens None is no count"),
    "text": ("800", "output_tokens '800' is no count"),
    "too many tokens": (10**18 + 1, "output_tokens 1000000000000000001 is no count"),
    "three numbers without names": ((1, 2, 3), r"output_tokens \(1, 2, 3\) has 3 numbers"),
    "names that nobody knows": ({"mean": 3}, "output_tokens with 'mean' is not known"),
    "no names": ({}, "output_tokens with no keys is not known"),
    "a range that goes down": ((800, 200), "low 800 is above high 200; put them in order"),
    "a likely above the high": (
        {"low": 1, "likely": 9, "high": 5}, "likely 9 is above high 5",
    ),
    "a median of zero": ({"p50": 0, "p90": 9}, "p50 is 0, and a log-normal"),
    "a distribution without bounds": ({"p50": 1, "p90": 10**18}, r"output of 1.323E\+227 tokens"),
    "a member that is no count": ({"low": 1, "high": "x"}, r"output_tokens\['high'\] 'x'"),
}  # fmt: skip


@pytest.mark.parametrize(("stated", "message"), WRONG.values(), ids=WRONG)
def test_what_is_no_output_is_refused(stated: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        output_tokens(stated)


WRONG_RATIOS: dict[str, tuple[Any, str]] = {
    "a negative ratio": ("-0.1", "hit_ratio '-0.1' is negative"),
    "a word": ("half", "hit_ratio 'half' is no decimal number"),
    "no number": (float("nan"), "hit_ratio 'nan' is not finite"),
    "a truth value": (True, "hit_ratio is a Decimal"),
    "a percentage without a number": ("%", "hit_ratio '' is no decimal number"),
    "an exponent beyond all bounds": (
        "1e999999999%",
        "hit_ratio '1e999999999' is out of range",
    ),
    "one below all bounds": ("1e-101", "hit_ratio '1e-101' is out of range"),
    "digits without end": (f"0.{'1' * 500}", "with 100 digits at most"),
}


@pytest.mark.parametrize(("stated", "message"), WRONG_RATIOS.values(), ids=WRONG_RATIOS)
def test_what_is_no_ratio_is_refused(stated: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        as_ratio(stated, "hit_ratio")


def test_the_callers_decimal_context_changes_nothing() -> None:
    with decimal.localcontext() as context:
        context.prec = 3
        context.traps[decimal.Inexact] = True
        assert output_tokens((10**9, 10**9 + 2)).expected == 10**9 + 1
        assert output_tokens({"p50": 800, "p90": 2_400}).expected == 1_155
        assert as_ratio("12.3456%", "ratio") == Decimal("0.123456")


class Whole:
    """A whole number of another kind, such as NumPy's."""

    def __init__(self, *numbers: int) -> None:
        self.numbers = numbers

    def __index__(self) -> int:
        if len(self.numbers) != 1:
            message = "only integer scalar arrays can be converted to a scalar index"
            raise TypeError(message)
        return self.numbers[0]


class Real(float):
    """A float with a repr of its own, such as NumPy's."""

    def __repr__(self) -> str:
        return f"np.float64({float(self)})"


def test_numbers_of_other_kinds_are_read() -> None:
    assert output_tokens(Whole(5)).expected == 5
    with pytest.raises(UsageError, match="is no count"):
        output_tokens(Whole(1, 2))
    assert as_ratio(Real(0.5), "ratio") == Decimal("0.5")


def test_a_basis_is_written_without_exponents() -> None:
    assert output_ratio("1e5%", 10, 10, 10).basis == "1000× of the input"
    assert output_ratio(("0.0000001", "1e2"), 10, 10, 10).basis == (
        "low 0.0000001, high 100 of the input"
    )


def test_output_tokens_survive_json() -> None:
    found = output_tokens((200, 800))
    assert OutputTokens.model_validate_json(found.model_dump_json()) == found
