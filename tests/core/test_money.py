"""Money: decimals from text, sums and quotients that round nowhere unless they say so."""

from __future__ import annotations

from decimal import Decimal, Inexact
from fractions import Fraction
from typing import Any

import pytest

from costcalc import UsageError
from costcalc.money import EXACT, as_decimal, divide, from_fraction, normal, text_of


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param("0.20", "0.20", id="text keeps its digits"),
        pytest.param(" 1.5 ", "1.5", id="spaces around it"),
        pytest.param(3, "3", id="whole number"),
        pytest.param(Decimal("0.1"), "0.1", id="decimal"),
        pytest.param("-2", "-2", id="negative"),
        pytest.param("1e-7", "0.0000001", id="exponent"),
        pytest.param("0." + "1" * 60, "0." + "1" * 60, id="more digits than a context has"),
    ],
)
def test_a_number_is_read_exactly(value: Any, text: str, hostile_context: None) -> None:
    del hostile_context
    assert text_of(as_decimal(value, "a rate")) == text


@pytest.mark.parametrize(
    ("value", "words"),
    [
        pytest.param(
            0.1,
            "a rate is a Decimal, an int or decimal text, not float 0.1; "
            "write '0.1' in quotes, a float is not exact",
            id="float",
        ),
        pytest.param(True, "a rate is a Decimal, an int or decimal text, not bool True", id="bool"),
        pytest.param(None, "a rate is a Decimal, an int or decimal text, not NoneType", id="None"),
        pytest.param("abc", "a rate 'abc' is no decimal number; write it like '0.20'", id="word"),
        pytest.param("", "a rate '' is no decimal number", id="empty"),
        pytest.param("1,5", "a rate '1,5' is no decimal number", id="comma"),
        pytest.param("NaN", "a rate 'NaN' is not finite", id="NaN"),
        pytest.param("-Infinity", "a rate '-Infinity' is not finite", id="infinity"),
        pytest.param("1e31", "a rate '1e31' is out of range: from 10**-30 to", id="too large"),
        pytest.param(Decimal("1e-31"), "a rate Decimal('1E-31') is out of", id="too small"),
        pytest.param("9" * 101, f"a rate '{'9' * 39}… is out of range", id="too large and long"),
        pytest.param("0." + "3" * 101, f"a rate '0.{'3' * 37}… is out of", id="too long"),
        pytest.param(Decimal("sNaN"), "a rate Decimal('sNaN') is not finite", id="signalling NaN"),
    ],
)
def test_what_is_no_exact_number_is_refused(value: Any, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        as_decimal(value, "a rate")
    assert str(raised.value).startswith(words)
    assert raised.value.facts["value"] is value


@pytest.mark.parametrize(
    ("number", "by", "quotient"),
    [
        pytest.param("1", 8, "0.125", id="finite"),
        pytest.param("0.36", 3_600, "0.0001", id="a factor of the divisor cancels"),
        pytest.param("2.52", 3_600, "0.0007", id="seven seconds at 0.36 an hour"),
        pytest.param("0", 3_600, "0", id="zero"),
        pytest.param("7200", 3_600, "2", id="whole"),
        pytest.param("360000", 3_600, "100", id="whole without exponent"),
        pytest.param("1", 3, "0.333333333333333333", id="rounded down at 18 places"),
        pytest.param("2", 3, "0.666666666666666667", id="rounded up at 18 places"),
        pytest.param("1", 3_600, "0.000277777777777778", id="one second of an hour"),
        pytest.param("0.000000000000000003", 9, "0", id="below half a grain is nothing"),
        pytest.param("0.000000000000000006", 9, "0.000000000000000001", id="above half a grain"),
        pytest.param(
            "0." + "1" * 40, 1_000, "0.000" + "1" * 40, id="finite quotients are never rounded"
        ),
        pytest.param(
            "1" + "0" * 60, 3, "3" * 60 + "." + "3" * 18, id="huge quotients round at 18 places"
        ),
    ],
)
def test_a_quotient_rounds_only_where_it_has_no_end(
    number: str, by: int, quotient: str, hostile_context: None
) -> None:
    del hostile_context
    assert text_of(divide(Decimal(number), by)) == quotient


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1E+2", "100"),
        ("1.500", "1.5"),
        ("0E-10", "0"),
        ("0E+5", "0"),
        ("120", "120"),
        ("-0", "-0"),
    ],
)
def test_a_normal_number_has_no_trailing_zeros_and_no_exponent(
    number: str, text: str, hostile_context: None
) -> None:
    del hostile_context
    assert str(normal(Decimal(number))) == text


def test_the_exact_context_raises_where_it_would_round() -> None:
    with pytest.raises(Inexact):
        EXACT.divide(Decimal(1), Decimal(3))


@pytest.mark.parametrize(
    ("fraction", "places", "text"),
    [
        pytest.param(
            Fraction(1, 8), 12, "0.125", id="a finite one has no more digits than it needs"
        ),
        pytest.param(Fraction(2, 3), 4, "0.6667", id="an endless one is rounded"),
        pytest.param(Fraction(5, 2), 0, "2", id="half-even"),
        pytest.param(Fraction(-1, 3), 12, "-0.333333333333", id="negative"),
        pytest.param(
            Fraction(10**30 + 1), 12, f"{10**30 + 1}", id="more digits than a context has"
        ),
    ],
)
def test_a_fraction_is_a_decimal(
    fraction: Fraction, places: int, text: str, hostile_context: None
) -> None:
    del hostile_context
    assert text_of(from_fraction(fraction, places)) == text
