"""Figures in sentences round half-even, whatever the caller's decimal context does."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_FLOOR, ROUND_HALF_UP, ROUND_UP, Decimal, localcontext
from typing import Any

import pytest

from costcalc import Plan, Registry, Usage, UsageError, break_even, compare, diff
from costcalc.caching.claims import implied_by_hit_ratio
from costcalc.digits import fixed, percent, percent_or_less
from costcalc.planning.drivers import drivers
from costcalc.report import amounts
from costcalc.testing import CostUnder, assert_no_cost_regression

PRICES = Registry.from_yaml(
    """
provider: acme
cache: {explicit: {min_tokens: 0, ttl: {cache_write: 5m, cache_write_1h: 1h}}}
models:
  base: {input: 3, cache_read: 0.7, cache_write: 3.1, cache_write_1h: 4.7, output: 9}
  dear: {input: 7, cache_read: 1.1, cache_write: 9.3, cache_write_1h: 13, output: 22}
"""
)
USAGE = Usage(input_tokens=1_234_567, cache_read_tokens=98_765, output_tokens=13_579)
AT = "2026-09-01"
TERMS: dict[str, Any] = {"registry": PRICES, "at": AT}
SHAPE = {
    "system_tokens": 20_000,
    "input_tokens_per_step": 1_501,
    "output_tokens_per_step": 397,
}


def _never() -> str:
    try:
        return str(implied_by_hit_ratio("0.99987", miss_ratio="0.00123", **SHAPE))
    except UsageError as error:
        return str(error)


PLAN = Plan.from_yaml(
    """
version: 1
project: desk
period: {start: 2026-09-01, months: 1}
simulation: {samples: 100}
workloads:
  docs:
    model: acme/base
    documents: 1_007
    input_tokens_per_document: 9_701
    output_tokens_per_document: 1_431
budget: {fail: {p90_usd: 100, increase_percent: 3}}
"""
)
LONGER = PLAN.replace({"docs.output_tokens_per_document": 1_871, "budget.fail.p90_usd": 30})


def _regression() -> str:
    try:
        assert_no_cost_regression(PLAN, LONGER, max_increase="1.25%", registry=PRICES)
    except AssertionError as error:
        return str(error)
    raise AssertionError


def _verdict() -> str:
    base, head = (each.forecast(registry=PRICES) for each in (PLAN, LONGER))
    return str([each.text for each in head.check(base=base).findings])


SENTENCES: dict[str, Callable[[], str]] = {
    "a comparison": lambda: str(compare(USAGE, ["base", "dear"], **TERMS)),
    "a rival": lambda: str(break_even("base", against="dear", usage=USAGE, **TERMS).rival),
    "a break-even": lambda: break_even("base", **TERMS).explain(),
    "lives": lambda: break_even(
        "base", growth_tokens=2_000, miss_ratios={"5m": "0.0223456", "1h": "0.00394567"}, **TERMS
    ).explain(),
    "a claim": lambda: str(
        implied_by_hit_ratio("0.87654", steps=77, miss_ratio="0.00123", **SHAPE)
    ),
    "a claim that cannot be": _never,
    "a forecast": lambda: str(PLAN.forecast(registry=PRICES)),
    "what a forecast rests on": lambda: str(PLAN.forecast(registry=PRICES).ledger),
    "the numbers that move a plan": lambda: str(drivers(PLAN, samples=100, registry=PRICES)),
    "a difference of plans": lambda: str(diff(PLAN, LONGER, registry=PRICES)),
    "a budget": _verdict,
    "a regression": _regression,
    "an amount that is not what a test wants": lambda: str(
        CostUnder("0.0123456").mismatch(Decimal("0.0123987"))
    ),
    "amounts of a column": lambda: str(
        amounts.rounded([Decimal("12345.6785"), Decimal("-0.12345")], "USD")
    ),
    "an amount with all its digits": lambda: amounts.exact(Decimal("1234567.8"), "CNY"),
    "a rate": lambda: amounts.rate(Decimal("1234.5"), "USD"),
    "a ratio": lambda: amounts.ratio(Decimal("42.4567")),
    "a share of a chart": lambda: amounts.share(Decimal("0.97649")),
}


@pytest.mark.parametrize("rounding", [ROUND_UP, ROUND_FLOOR])
@pytest.mark.parametrize("said", SENTENCES.values(), ids=SENTENCES)
def test_a_sentence_is_the_same_under_any_rounding(said: Callable[[], str], rounding: str) -> None:
    usual = said()
    with localcontext() as context:
        context.rounding = rounding
        context.prec = 3
        assert said() == usual


@pytest.mark.parametrize(
    ("number", "places", "sign", "shown"),
    [
        ("2.5", 0, "", "2"), ("3.5", 0, "", "4"), ("1234.5650", 2, "", "1,234.56"),
        ("0", 2, "", "0.00"), ("0.125", 2, "+", "+0.12"), ("-0.125", 2, "+", "-0.12"),
        ("-1234.5", 0, "", "-1,234"),
    ],
)  # fmt: skip
def test_a_number_rounds_half_even(number: str, places: int, sign: str, shown: str) -> None:
    with localcontext() as context:
        context.rounding = ROUND_HALF_UP
        assert fixed(Decimal(number), places, sign) == shown


def test_a_share_is_in_percent() -> None:
    assert (percent(Decimal("0.96649"), 2), percent(Decimal("0.0005"))) == ("96.65%", "0.0%")
    assert percent(Decimal("12.345"), 0, "+") == "+1234%"


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        ("0", "0.00%"), ("0.00004999", "less than 0.01%"), ("0.00005", "0.00%"),
        ("0.00015", "0.02%"), ("0.041349", "4.13%"),
    ],
)  # fmt: skip
def test_a_share_is_said_to_be_less_than_what_shows(share: str, shown: str) -> None:
    assert percent_or_less(Decimal(share)) == shown
