"""The numbers of a plan: what they average to, their quantiles, and what is no number."""

from __future__ import annotations

from decimal import Decimal
from math import exp, log
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from costcalc.planning.numbers import (
    Z90,
    Fixed,
    Number,
    PerRun,
    PerRunShare,
    PerSession,
    Quantiles,
    Range,
    quantile_of_normal,
    six_digits,
)
from costcalc.planning.pert import pert_quantile

SESSION: TypeAdapter[Any] = TypeAdapter(PerSession)
RUN: TypeAdapter[Any] = TypeAdapter(PerRun)
SHARE: TypeAdapter[Any] = TypeAdapter(PerRunShare)
D = Decimal


@pytest.mark.parametrize(
    ("stated", "mean", "ends", "said"),
    [
        pytest.param(5, "5", ("5", "5"), "5", id="a number is itself"),
        pytest.param(D("0.20"), "0.20", ("0.20", "0.20"), "0.20", id="digits are kept"),
        pytest.param({"value": 5}, "5", ("5", "5"), "5", id="a number written as a mapping"),
        pytest.param({"low": 2, "likely": 4, "high": 8}, "4.333333", ("2", "8"),
                     "2 to 8, likely 4", id="a range averages to PERT's mean"),
        pytest.param({"low": 3, "likely": 3, "high": 3}, "3", ("3", "3"), "3 to 3, likely 3",
                     id="a range of one number"),
        # the mean of a log-normal: 16 exp(sigma² / 2) with sigma = ln(140 / 16) / 1.2816
        pytest.param({"p50": 16, "p90": 140}, "67.014124", ("1.828571", "140"), "P50 16, P90 140",
                     id="quantiles average to far more than the median"),
        pytest.param({"p50": 7, "p90": 7}, "7", ("7", "7"), "P50 7, P90 7",
                     id="quantiles that are equal"),
    ],
)  # fmt: skip
def test_a_number_knows_its_mean_and_its_ends(
    stated: Any, mean: str, ends: tuple[str, str], said: str
) -> None:
    number: Number = SESSION.validate_python(stated)
    places = D("0.000001")
    assert number.mean.quantize(places) == D(mean).quantize(places)
    assert tuple(end.quantize(places) for end in number.ends) == tuple(
        D(end).quantize(places) for end in ends
    )
    assert number.largest() == number.ends[1]
    assert str(number) == said
    assert SESSION.validate_python(number) is number
    assert SESSION.validate_python(number.model_dump()) == number
    twice = number.times(D(2))
    assert twice.mean.quantize(places) == (2 * number.mean).quantize(places)


@pytest.mark.parametrize(
    ("share", "value"), [("0.5", "900"), ("0.9", "3000"), ("0.1", "270"), ("0.99", "8003")]
)
def test_quantiles_that_were_given_come_back(share: str, value: str) -> None:
    # 8003 = 900 (3000 / 900)^(2.3263 / 1.2816)
    number = Quantiles(p50=D(900), p90=D(3000))
    assert number.quantile(float(share)) == pytest.approx(float(value), rel=1e-3)


def test_sigma_is_that_of_the_logarithm() -> None:
    # a published fit: session costs of $0.61 and $13.4 have sigma 2.41
    number = Quantiles(p50=D("0.61"), p90=D("13.4"))
    assert number.sigma == pytest.approx(log(13.4 / 0.61) / Z90)
    assert round(number.sigma, 2) == 2.41
    assert float(number.mean) == pytest.approx(0.61 * exp(number.sigma**2 / 2))


def test_a_draw_of_exactly_nothing_has_a_quantile() -> None:
    assert quantile_of_normal(0.0) == quantile_of_normal(2.0**-54) < -8


@pytest.mark.parametrize(
    ("mode", "cases"),
    [
        # likely in the middle: beta(3, 3), whose distribution function is 10x³ - 15x⁴ + 6x⁵
        ("0.5", [("0", "0"), ("0.5", "0.5"), ("0.103515625", "0.25"), ("0.896484375", "0.75")]),
        # likely at the end: beta(1, 5), whose quantile is 1 - (1 - u)^(1/5)
        ("0", [("0.5", "0.129449"), ("0.9", "0.369043")]),
        ("1", [("0.5", "0.870551"), ("0.1", "0.630957"), ("1", "1")]),
    ],
)
def test_the_quantiles_of_pert_are_those_of_its_beta_distribution(
    mode: str, cases: list[tuple[str, str]]
) -> None:
    for share, value in cases:
        assert pert_quantile(float(mode), float(share)) == pytest.approx(float(value), abs=2e-4)


def test_a_range_is_drawn_between_its_ends_and_averages_to_its_mean() -> None:
    number = Range(low=D(8000), likely=D(20000), high=D(45000))
    drawn = [number.quantile((at + 0.5) / 1000) for at in range(1000)]
    assert drawn == sorted(drawn)
    assert 8000 < drawn[0] < drawn[-1] < 45000
    assert sum(drawn) / 1000 == pytest.approx(float(number.mean), rel=1e-4)
    assert all(each == six_digits(each) for each in drawn)
    assert Range(low=D(3), likely=D(3), high=D(3)).quantile(0.7) == 3.0


def test_a_fixed_number_has_one_quantile() -> None:
    assert Fixed(value=D("2.5")).quantile(0.01) == Fixed(value=D("2.5")).quantile(0.99) == 2.5


@pytest.mark.parametrize(
    ("beside", "basis"),
    [
        pytest.param({}, "assumed", id="without a source it is assumed"),
        pytest.param({"source": "our logs of 2026-08"}, "measured", id="with one it is measured"),
        pytest.param({"source": "a guess in a meeting", "basis": "assumed"}, "assumed",
                     id="what is said of it holds"),
    ],
)  # fmt: skip
def test_a_number_says_what_it_rests_on(beside: dict[str, str], basis: str) -> None:
    number: Number = RUN.validate_python({"low": 1, "likely": 2, "high": 3, **beside})
    assert number.stated_basis() == basis
    assert number.source == beside.get("source")


@pytest.mark.parametrize(
    ("adapter", "stated", "words"),
    [
        pytest.param(SESSION, 1.5, "not 1.5; write Decimal('1.5'), since a float", id="a float is not exact"),
        pytest.param(SESSION, "5", "not the text '5'; write 5, without quotes, signs or units", id="a text"),
        pytest.param(SESSION, "$5.50", "write 5.50, without quotes, signs or units", id="dollars"),
        pytest.param(SESSION, "5%", "write 0.05, or 5 where the key ends in percent", id="percent"),
        pytest.param(SESSION, "1,234.5", "write 1234.5, without separators", id="separators"),
        pytest.param(SESSION, "1e15", "write it out: 1000000000000000", id="an exponent"),
        pytest.param(SESSION, "1.5M", "write it out: 1500000", id="millions"),
        pytest.param(SESSION, "2.5e-3", "write it out: 0.0025", id="a negative exponent"),
        pytest.param(SESSION, "1e999", "write a plain number", id="an endless exponent"),
        pytest.param(SESSION, "5 USD", "write 5, without quotes, signs or units", id="a code"),
        pytest.param(SESSION, "900 tokens", "write 900, without", id="a unit"),
        pytest.param(SESSION, "%", "write a plain number, such as 0.03", id="no digits"),
        pytest.param(SESSION, True, "not True", id="a boolean"),
        pytest.param(SESSION, None, "not nothing", id="nothing"),
        pytest.param(SESSION, D("NaN"), "finite and not negative", id="no number"),
        pytest.param(SESSION, -1, "finite and not negative, not -1", id="a negative number"),
        pytest.param(SESSION, 10**16, "above 10**15", id="a number beyond any plan"),
        pytest.param(SESSION, {"p50": 3}, "p90 is missing beside p50", id="one quantile"),
        pytest.param(SESSION, {"low": 3}, "likely and high is missing beside low", id="one end"),
        pytest.param(SESSION, {"source": "a"}, "a number with no keys", id="only a source"),
        pytest.param(SESSION, {"mean": 3}, "a number with mean is not known", id="another key"),
        pytest.param(SESSION, {"p50": 0, "p90": 1}, "p50 is 0", id="a median of nothing"),
        pytest.param(SESSION, {"p50": 2, "p90": 1}, "p50 2 is above p90 1", id="wrong way round"),
        pytest.param(SESSION, {"low": 2, "likely": 1, "high": 3}, "are not in order",
                     id="likely outside"),
        pytest.param(RUN, {"p50": 2, "p90": 3}, "varies from session to session",
                     id="quantiles where one number holds for a run"),
        pytest.param(SHARE, {"low": 0, "likely": 0, "high": 2}, "2 is above 1", id="no share"),
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused(adapter: TypeAdapter[Any], stated: Any, words: str) -> None:
    with pytest.raises(ValidationError) as raised:
        adapter.validate_python(stated)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [('"0.20"', "0.20"), ("0.03", "0.03"), ("7", "7"), ('{"value": "1.5"}', "1.5")],
)
def test_json_states_a_number_by_its_digits(text: str, value: str) -> None:
    assert RUN.validate_json(text) == Fixed(value=D(value))


@pytest.mark.parametrize("text", ['"lots"', '"-1"', "null", "true"])
def test_what_is_no_number_in_json_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        RUN.validate_json(text)


def test_editors_are_offered_the_forms_that_hold() -> None:
    session, share = SESSION.json_schema(), SHARE.json_schema()
    assert [set(form.get("required", ())) for form in session["anyOf"]] == [
        set(), {"value"}, {"low", "likely", "high"}, {"p50", "p90"},
    ]  # fmt: skip
    assert share["anyOf"][0] == {"type": "number", "minimum": 0, "maximum": 1}
    assert len(share["anyOf"]) == 3


def test_the_kinds_of_number_share_what_they_do() -> None:
    for ask in (
        lambda: Number().mean,
        lambda: Number().ends,
        lambda: Number().quantile(0.5),
        lambda: Number().times(D(1)),
    ):
        with pytest.raises(NotImplementedError):
            ask()
