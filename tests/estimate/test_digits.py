"""Figures in sentences round half-even, whatever the caller's decimal context does."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_FLOOR, ROUND_HALF_UP, ROUND_UP, Decimal, localcontext
from typing import Any

import pytest

from costcalc import Registry, Usage, UsageError, break_even, compare
from costcalc.caching.claims import implied_by_hit_ratio
from costcalc.estimate.digits import fixed, percent

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
    ("number", "places", "shown"),
    [("2.5", 0, "2"), ("3.5", 0, "4"), ("1234.5650", 2, "1,234.56"), ("0", 2, "0.00")],
)
def test_a_number_rounds_half_even(number: str, places: int, shown: str) -> None:
    with localcontext() as context:
        context.rounding = ROUND_HALF_UP
        assert fixed(Decimal(number), places) == shown


def test_a_share_is_in_percent() -> None:
    assert (percent(Decimal("0.96649"), 2), percent(Decimal("0.0005"))) == ("96.65%", "0.0%")
