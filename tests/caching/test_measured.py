"""The hit ratio of what was recorded, weighted by tokens, and what it saved."""

from __future__ import annotations

from decimal import ROUND_UP, Context, Decimal, Inexact, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costcalc import NoPriceError, Registry, Usage, UsageError, price
from costcalc.caching.measured import MeasuredHitRatio, measure_hit_ratio

AT = "2026-06-01"
SMALL = Usage(input_tokens=1_000)
LARGE = Usage(input_tokens=100_000, cache_read_tokens=99_000, output_tokens=50)
LAB = Registry.from_yaml(
    "provider: lab\nmodels:\n  m: {input: 1, cache_read: 0.1, cache_write: 2, input_audio: 4, "
    "output: 10, web_search: 1000, rules: [{if: {prompt_tokens: '>50k'}, times: 2}]}\n"
)


def test_a_ratio_is_weighted_by_tokens_not_by_steps() -> None:
    found = measure_hit_ratio([SMALL, LARGE])
    assert round((found.hit_ratio or 0) * 100, 1) == 98.0
    mean = sum(each.hit_ratio or 0 for each in (SMALL, LARGE)) / 2
    assert round(mean * 100, 1) == 49.5
    assert (found.usages, found.fresh, found.output_tokens) == (2, 2_000, 50)
    assert found.prefix_efficiency == 99_000 / 2_000
    assert found.cost is found.uncached is found.saved is found.saved_ratio is None
    assert found.saved_input_ratio is None


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    read, write, fresh = (draw(st.integers(0, 10**6)) for _ in range(3))
    return Usage.from_disjoint(
        input=fresh, cache_read=read, cache_write=write, output=draw(st.integers(0, 9))
    )


@settings(deadline=None)
@given(held=st.lists(usages(), max_size=5))
def test_a_ratio_is_never_above_one_and_the_parts_are_the_whole(held: list[Usage]) -> None:
    found = measure_hit_ratio(held)
    assert found.fresh + found.read + found.written == found.input_tokens
    if found.hit_ratio is None:
        assert not found.input_tokens
        assert found.prefix_efficiency is None
        return
    assert 0 <= found.hit_ratio <= 1
    if found.prefix_efficiency is None:
        assert found.hit_ratio == 1
    else:
        ratio = found.hit_ratio
        assert found.prefix_efficiency == pytest.approx(ratio / (1 - ratio), rel=1e-6)


def test_what_caching_saved_at_each_usages_own_size() -> None:
    found = measure_hit_ratio([SMALL, LARGE], "m", at=AT, registry=LAB)
    assert found.cost is not None
    assert found.cost.total == sum(
        (price("m", each, at=AT, registry=LAB).total for each in (SMALL, LARGE)), Decimal(0)
    )
    # only the large one is above 50,000 tokens
    assert found.uncached == Decimal("0.001") + 2 * Decimal("0.1") + 2 * Decimal("0.0005")
    assert found.uncached_input == Decimal("0.001") + 2 * Decimal("0.1")
    assert found.saved == 2 * 99_000 * Decimal("0.9") / 10**6
    assert found.saved_ratio == pytest.approx(0.1782 / 0.202)
    assert found.saved_input_ratio == pytest.approx(0.1782 / 0.201)


def test_a_high_ratio_can_cost_more_than_no_cache() -> None:
    often = Usage.from_disjoint(cache_read=5_000, cache_write=5_000)
    found = measure_hit_ratio(often, "m", at=AT, registry=LAB)
    assert found.hit_ratio == 0.5
    assert found.saved == Decimal("-0.0005")
    assert (found.saved_ratio or 0) < 0


def test_media_are_input_and_searches_are_not() -> None:
    usage = Usage(
        input_tokens=1_000, input_audio_tokens=400, cache_read_tokens=300, output_tokens=1,
        units={"web_search": 1},
    )  # fmt: skip
    found = measure_hit_ratio(usage, "m", at=AT, registry=LAB)
    assert found.uncached_input == Decimal("0.0006") + Decimal("0.0016")
    assert found.uncached == Decimal("0.0022") + Decimal("1.00001")


def test_nothing_recorded_is_no_ratio() -> None:
    found = measure_hit_ratio([], "m", registry=LAB)
    assert found.usages == 0
    assert found.hit_ratio is found.cost is None


def test_what_was_free_saved_no_share() -> None:
    free = Registry.from_yaml("provider: lab\nmodels: {m: {input: 0, output: 0}}")
    found = measure_hit_ratio(SMALL, "m", registry=free, at=AT)
    assert found.saved == 0
    assert found.saved_ratio is found.saved_input_ratio is None


DATED = Registry.from_yaml(
    "provider: lab\nmodels: {m: {prices: [{until: 2026-01-01, input: 2, output: 1}, "
    "{from: 2026-01-01, input: 1, output: 1}]}}"
)


def test_each_usage_has_the_price_of_its_day() -> None:
    found = measure_hit_ratio([SMALL, SMALL], "m", at=["2025-05-01", "2026-05-01"], registry=DATED)
    assert found.uncached == Decimal("0.003")
    one = measure_hit_ratio([SMALL, SMALL], "m", at="2025-05-01", registry=DATED)
    assert one.uncached == Decimal("0.004")
    now = measure_hit_ratio(SMALL, "m", registry=DATED)
    assert now.uncached == Decimal("0.001")


@pytest.mark.parametrize(
    ("held", "at", "words"),
    [
        ([SMALL], ["2026-05-01", "2026-05-02"], "usages: 1, instants in at: 2; write one instant for each"),
        ([SMALL, {"input_tokens": 3}], None, "usage 2 is a costcalc.Usage, not"),
        (7, None, "^usages is a list, not 7$"),
        ([SMALL, SMALL], 20260501, "^at is a list, not 20260501$"),
    ],
)  # fmt: skip
def test_what_cannot_be_measured_is_refused(held: object, at: object, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        measure_hit_ratio(held, "m", at=at, registry=LAB)


def test_instants_may_come_one_by_one() -> None:
    days = (f"2025-05-0{day}" for day in (1, 2))
    found = measure_hit_ratio([SMALL, SMALL], "m", at=days, registry=DATED)
    assert found.uncached == Decimal("0.004")


def test_nothing_depends_on_the_decimals_of_the_caller() -> None:
    found = measure_hit_ratio([SMALL, LARGE], "m", at=AT, registry=LAB)
    ratios = found.saved_ratio, found.saved_input_ratio
    with localcontext(Context(prec=1, rounding=ROUND_UP, traps=[Inexact])):
        assert (found.saved_ratio, found.saved_input_ratio) == ratios


def test_the_errors_are_those_of_price() -> None:
    with pytest.raises(NoPriceError):
        measure_hit_ratio(SMALL, "grok-4.3", at="2020-01-01")


def test_a_measurement_survives_json() -> None:
    found = measure_hit_ratio([SMALL, LARGE], "m", at=AT, registry=LAB)
    assert MeasuredHitRatio.model_validate_json(found.model_dump_json()) == found
