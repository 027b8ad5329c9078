"""What part of a prompt a cache serves: minimum, increment, ratio and prefix."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costcalc import ModelInfo, RateCard, TokenCount, UsageError
from costcalc.estimate.cached import Cached, Hit, Point, cached_part

AUTOMATIC = {"automatic": {"min_tokens": 1_024, "increment": 128}}
EXPLICIT = {"explicit": {"min_tokens": 2_048}}
PROMPT = TokenCount(5_000, 4_000, 6_000, "calibrated", "t")


def found(
    cache: Any = None,
    count: TokenCount = PROMPT,
    *,
    prefix: TokenCount | None = None,
    marked: bool = False,
    priced: bool = True,
    **stated: Any,
) -> Cached:
    info = ModelInfo(provider="lab", id="m", cache=cache)
    rates = {"input": Decimal(2)} | ({"cache_read": Decimal("0.2")} if priced else {})
    card = RateCard(
        model="m", provider="lab", currency="USD", at=datetime(2026, 1, 1, tzinfo=UTC),
        start=None, until=None, rates=rates, why={}, conditions={},
    )  # fmt: skip
    return cached_part(count, info, card, Hit(**stated), prefix, marked=marked)


def counted(tokens: int, low: int, high: int) -> TokenCount:
    return TokenCount(tokens, low, high, "calibrated", "t")


# the expected point, the low ones, the high ones: input and its cached part
PARTS: dict[str, tuple[dict[str, Any], list[list[tuple[int, int]]], tuple[str, ...]]] = {
    "nothing stated, nothing cached": ({}, [[(5_000, 0)], [(4_000, 0)], [(6_000, 0)]], ()),
    "a stated number is kept where the provider has no policy": (
        {"tokens": 3_000}, [[(5_000, 3_000)], [(4_000, 3_000)], [(6_000, 3_000)]], (),
    ),
    "none stated outright": (
        {"tokens": 0, "cache": AUTOMATIC}, [[(5_000, 0)], [(4_000, 0)], [(6_000, 0)]], (),
    ),
    "a prompt is no shorter than its stated part": (
        {"tokens": 4_500}, [[(5_000, 4_500)], [(4_500, 4_500)], [(6_000, 4_500)]], (),
    ),
    "a part above the likely prompt is all of it": (
        {"tokens": 5_500, "cache": AUTOMATIC},
        [[(5_000, 5_000)], [(5_000, 5_000)], [(6_000, 5_000)]], (),
    ),
    "a prefix has a range of its own": (
        {"prefix": counted(2_000, 1_500, 2_500)},
        [[(5_000, 2_000)], [(4_000, 1_500)], [(6_000, 2_500), (5_999, 2_499)]], (),
    ),
    "a prefix is no longer than its prompt": (
        {"prefix": counted(5_003, 4_002, 6_004)},
        [[(5_000, 5_000)], [(4_000, 4_000)], [(6_000, 6_000), (5_999, 5_999)]], (),
    ),
    "an automatic cache rounds down to its increment": (
        {"tokens": 1_300, "cache": AUTOMATIC},
        [[(5_000, 1_280)], [(4_000, 1_280)], [(6_000, 1_280)]], ("cache_increment",),
    ),
    "the minimum itself is cached": (
        {"tokens": 1_024, "cache": AUTOMATIC},
        [[(5_000, 1_024)], [(4_000, 1_024)], [(6_000, 1_024)]], (),
    ),
    "one token below the minimum nothing is": (
        {"tokens": 1_023, "cache": AUTOMATIC}, [[(5_000, 0)], [(4_000, 0)], [(6_000, 0)]],
        ("cache_minimum",),
    ),
    "a prefix that reaches the minimum may be cheaper than a shorter one": (
        {"prefix": counted(1_000, 900, 1_100), "cache": AUTOMATIC},
        [[(5_000, 0)], [(4_000, 0), (4_124, 1_024)], [(6_000, 1_024), (5_923, 0)]],
        ("cache_minimum",),
    ),
    "a prefix that fills a step may be cheaper than a shorter one": (
        {"prefix": counted(1_400, 1_300, 1_500), "cache": AUTOMATIC},
        [[(5_000, 1_280)], [(4_000, 1_280), (4_108, 1_408)], [(6_000, 1_408), (5_907, 1_280)]],
        ("cache_increment",),
    ),
    "a prefix of an exact size has one size": (
        {"prefix": counted(1_300, 1_300, 1_300), "cache": AUTOMATIC},
        [[(5_000, 1_280)], [(4_000, 1_280)], [(6_000, 1_280)]], ("cache_increment",),
    ),
    "a prefix below the minimum throughout": (
        {"prefix": counted(500, 400, 600), "cache": EXPLICIT},
        [[(5_000, 0)], [(4_000, 0)], [(6_000, 0), (5_999, 0)]], ("cache_minimum",),
    ),
    "an explicit cache has a minimum, and no increment": (
        {"tokens": 2_100, "cache": EXPLICIT},
        [[(5_000, 2_100)], [(4_000, 2_100)], [(6_000, 2_100)]], (),
    ),
    "what is read is read from the automatic cache where there are both": (
        {"tokens": 1_024, "cache": {**AUTOMATIC, **EXPLICIT}},
        [[(5_000, 1_024)], [(4_000, 1_024)], [(6_000, 1_024)]], (),
    ),
    "a write is one to the explicit cache": (
        {"tokens": 1_024, "use": "write", "cache": {**AUTOMATIC, **EXPLICIT}},
        [[(5_000, 0)], [(4_000, 0)], [(6_000, 0)]], ("cache_minimum",),
    ),
    "so is what a request marks": (
        {"prefix": counted(1_024, 1_024, 1_024), "marked": True, "use": "read",
         "cache": {**AUTOMATIC, **EXPLICIT}},
        [[(5_000, 0)], [(4_000, 0)], [(6_000, 0)]], ("cache_minimum",),
    ),
    "a policy without a rule is no other kind's": (
        {"tokens": 1_024, "cache": {"automatic": {}, **EXPLICIT}},
        [[(5_000, 1_024)], [(4_000, 1_024)], [(6_000, 1_024)]], (),
    ),
    "a ratio is a share of each end, in whole tokens": (
        {"ratio": "0.9"}, [[(5_000, 4_500)], [(4_000, 3_600)], [(6_000, 5_400)]], (),
    ),
    "a ratio of half a token goes to the even neighbour": (
        {"ratio": "0.5", "count": counted(5, 5, 5)}, [[(5, 2)], [(5, 2)], [(5, 2)]], (),
    ),
    "a ratio of everything": (
        {"ratio": 1.0}, [[(5_000, 5_000)], [(4_000, 4_000)], [(6_000, 6_000)]], (),
    ),
    "a ratio of a prompt that is too short to be cached is nothing": (
        {"ratio": "0.9", "cache": AUTOMATIC, "count": counted(500, 500, 500)},
        [[(500, 0)], [(500, 0)], [(500, 0)]], ("cache_minimum",),
    ),
    "a ratio of a prompt that may be too short is believed, and said": (
        {"ratio": "0.9", "cache": AUTOMATIC, "count": counted(1_000, 900, 1_100)},
        [[(1_000, 900)], [(900, 810)], [(1_100, 990)]], ("cache_minimum",),
    ),
    "a ratio of zero needs no excuse": (
        {"ratio": 0, "cache": AUTOMATIC, "count": counted(500, 500, 500)},
        [[(500, 0)], [(500, 0)], [(500, 0)]], (),
    ),
    "a model without a cache rate pays in full": (
        {"ratio": "0.9", "priced": False}, [[(5_000, 0)], [(4_000, 0)], [(6_000, 0)]],
        ("no_cache",),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("stated", "points", "codes"), PARTS.values(), ids=PARTS)
def test_the_cached_part(
    stated: dict[str, Any], points: list[list[tuple[int, int]]], codes: tuple[str, ...]
) -> None:
    part = found(**stated)
    expected, low, high = ([Point(*each) for each in end] for end in points)
    assert [part.expected] == expected
    assert list(part.low) == low
    assert list(part.high) == high
    assert tuple(each.code for each in part.assumptions) == codes


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(0, 700), min_size=3, max_size=3).map(sorted),
    st.integers(0, 500),
    st.sampled_from([0, 1, 100, 128, 300]),
    st.sampled_from([1, 64, 100, 128]),
    st.sampled_from([(1, 10), (9, 10), (0, 1), (10, 10)]),
)
def test_no_prefix_within_its_range_costs_less_or_more(
    sizes: list[int], rest: int, least: int, increment: int, rates: tuple[int, int]
) -> None:
    low, size, high = sizes
    read, plain = rates
    cache = {"automatic": {"min_tokens": least, "increment": increment}}
    count = counted(size + rest, low + rest, high + rest)
    part = found(cache, count, prefix=counted(size, low, high))

    def cost(point: Point) -> int:
        return read * point.cached + plain * (point.input - point.cached)

    every = [
        cost(Point(each + rest, each - each % increment if each >= least else 0))
        for each in range(low, high + 1)
    ]
    assert min(map(cost, part.low)) == min(every)
    assert max(map(cost, part.high)) == max(every)
    assert min(every) <= cost(part.expected) <= max(every)


def test_a_prefix_below_the_minimum_is_said_with_both_numbers() -> None:
    (said,) = found(AUTOMATIC, tokens=1_000).assumptions
    assert said.text == (
        "a prefix of 1,000 tokens is below the 1,024 that lab caches for m: nothing is cached"
    )
    (said,) = found(AUTOMATIC, prefix=counted(1_000, 900, 1_100)).assumptions
    assert said.text == (
        "a prefix of 900 to 1,100 tokens may be below the 1,024 that lab caches for m: "
        "whether it is cached is not sure"
    )


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "two ways to say it": (
        {"tokens": 1, "ratio": "0.5"}, "cached_tokens and hit_ratio say the same thing in two ways",
    ),
    "a ratio above one": ({"ratio": "1.1"}, "hit_ratio 1.1 is above 1"),
    "a negative number": ({"tokens": -1}, "cached_tokens -1 is no count"),
    "a truth value": ({"tokens": True}, "cached_tokens True is no count"),
    "a fraction": ({"tokens": 1.5}, "cached_tokens 1.5 is no count"),
    "more than the prompt": ({"tokens": 6_001}, "6,001 is above the prompt's 6,000 tokens"),
    "a use that no cache has": ({"use": "delete"}, "cache 'delete' is no use of a cache"),
    "an empty use": ({"use": ""}, "cache '' is no use of a cache"),
}  # fmt: skip


@pytest.mark.parametrize(("stated", "message"), WRONG.values(), ids=WRONG)
def test_what_no_cache_can_do_is_refused(stated: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        found(**stated)
