"""Rules: every kind of condition, and what a rule that matches does to the rates."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from core_support import (
    MILLION,
    NOW,
    assumed,
    codes,
    cost,
    lab,
    mtok,
    rates,
    registry,
    ruled,
    total,
)

from costcalc import (
    NotOfferedError,
    Registry,
    RegistryError,
    UnknownConditionError,
    UnpricedMeterError,
    Usage,
    UsageError,
    price,
)
from costcalc.registry.rules import Rule


@pytest.mark.parametrize(
    ("rule", "conditions", "rate"),
    [
        pytest.param("{if: {service_tier: flex}, times: 0.5}", {"service_tier": "flex"}, "0.5",
                     id="tier"),
        pytest.param("{if: {service_tier: Flex}, times: 0.5}", {"service_tier": "FLEX"}, "0.5",
                     id="tier in other case"),
        pytest.param("{if: {service_tier: flex}, times: 0.5}", {}, "1", id="tier not stated"),
        pytest.param("{if: {service_tier: [fast, flex]}, times: 3}", {"service_tier": "flex"}, "3",
                     id="any of several tiers"),
        pytest.param("{if: {batch: true}, times: 0.5}", {"batch": True}, "0.5", id="batch"),
        pytest.param("{if: {batch: true}, times: 0.5}", {"batch": False}, "1", id="no batch"),
        pytest.param("{if: {batch: true}, times: 0.5}", {}, "1", id="batch not stated"),
        pytest.param("{if: {batch: false}, times: 2}", {}, "2", id="a call is no batch by itself"),
        pytest.param("{if: {batch: false}, times: 2}", {"batch": False}, "2", id="no batch stated"),
        pytest.param("{if: {region: [us, eu]}, times: 1.1}", {"region": "eu"}, "1.1", id="region"),
        pytest.param("{if: {channel: partner}, input: 0}", {"conditions": {"channel": "partner"}},
                     "0", id="channel"),
        pytest.param("{if: {thinking: true}, times: 4}", {"conditions": {"thinking": True}}, "4",
                     id="free key with a boolean"),
        pytest.param("{if: {thinking: true}, times: 4}", {"conditions": {"thinking": "True"}}, "4",
                     id="boolean written as text"),
        pytest.param("{if: {level: 2}, times: 4}", {"conditions": {"level": 2}}, "4",
                     id="free key with a number"),
        pytest.param("{if: {level: 2}, times: 4}", {"conditions": {"level": "2"}}, "4",
                     id="number written as text"),
        pytest.param("{if: {resolution: [2k, 4k]}, times: 4}", {"conditions": {"resolution": "4K"}},
                     "4", id="free key with a list"),
        pytest.param("{if: {region: us, batch: true}, times: 7}", {"region": "us", "batch": True},
                     "7", id="all keys hold"),
        pytest.param("{if: {region: us, batch: true}, times: 7}", {"region": "us"}, "1",
                     id="one key of two holds"),
        pytest.param("{if: {}, times: 3}", {}, "3", id="no condition is always"),
        pytest.param("{if: {batch: true}, times: 0.5}", {"conditions": {"batch": True}}, "0.5",
                     id="a named condition among the others"),
    ],
)  # fmt: skip
def test_a_condition_holds(rule: str, conditions: dict[str, Any], rate: str) -> None:
    assert total(ruled(rule), **conditions) == Decimal(rate)


@pytest.mark.parametrize(
    ("comparison", "edge", "at_edge", "above", "below"),
    [
        pytest.param('">272k"', 272_000, 1, 9, 1, id="above, in thousands"),
        pytest.param('">=200k"', 200_000, 9, 9, 1, id="at or above"),
        pytest.param('"<1m"', 1_000_000, 1, 1, 9, id="below, in millions"),
        pytest.param('"<=0.2k"', 200, 9, 1, 9, id="at or below, with a fraction"),
        pytest.param('"> 1_000"', 1_000, 1, 9, 1, id="plain number with space and underscore"),
        pytest.param('">=1.5K"', 1_500, 9, 9, 1, id="capital suffix"),
    ],
)
@pytest.mark.parametrize("key", ["prompt_tokens", "output_tokens"])
def test_sizes_are_compared(
    key: str, comparison: str, edge: int, at_edge: int, above: int, below: int
) -> None:
    prices = ruled(f"{{if: {{{key}: {comparison}}}, times: 9}}", rates="input: 1, output: 1")
    field = {"prompt_tokens": "input_tokens", "output_tokens": "output_tokens"}[key]
    for count, factor in [(edge, at_edge), (edge + 1, above), (edge - 1, below), (edge, at_edge)]:
        usage = Usage(**{field: count})
        assert total(prices, usage) == factor * mtok("1", count)


def test_prompt_tokens_are_all_input_and_units_are_none() -> None:
    prices = ruled('{if: {prompt_tokens: ">=10"}, times: 2}', rates="input: 1, page: 1")
    whole = Usage(
        input_tokens=10,
        cache_read_tokens=3,
        cache_write_tokens=3,
        input_audio_tokens=3,
        units={"page": 5_000},
    )
    assert rates(cost(prices, whole))["input"] == 2
    assert total(prices, Usage(input_tokens=9, units={"page": 1_000})) == mtok("1", 9) + 1


def test_any_of_several_comparisons_holds() -> None:
    prices = ruled('{if: {prompt_tokens: ["<10", ">=20"]}, times: 2}')
    found = [rates(cost(prices, Usage(input_tokens=n)))["input"] for n in (9, 10, 19, 20)]
    assert found == [2, 1, 1, 2]


def test_sizes_of_both_kinds_make_a_grid() -> None:
    prices = ruled(
        '{if: {prompt_tokens: "<=100", output_tokens: "<=10"}, input: 1}',
        '{if: {prompt_tokens: "<=100", output_tokens: ">10"}, input: 2}',
        '{if: {prompt_tokens: ">100", output_tokens: "<=10"}, input: 3}',
        '{if: {prompt_tokens: ">100", output_tokens: ">10"}, input: 4}',
        rates="input: 9, output: 1",
    )
    sizes = [(100, 10, 1), (100, 11, 2), (101, 10, 3), (101, 11, 4)]
    for order in permutations(sizes):
        for given, made, rate in order:
            usage = Usage(input_tokens=given, output_tokens=made)
            assert rates(cost(prices, usage))["input"] == rate


# 2026-11-23 is a Monday.
NIGHT = '{if: {hours: "16:30-00:30"}, times: 0.5}'
WORKDAY_NIGHT = '{if: {hours: "16:30-00:30", days: mon-fri}, times: 0.5}'
TWO_WINDOWS = '{if: {hours: ["01:00-04:00", "06:00-10:00"], days: [Mon, tue]}, times: 0.5}'


@pytest.mark.parametrize(
    ("rule", "at", "rate"),
    [
        pytest.param(NIGHT, "2026-11-23T16:29:59.999999Z", "1", id="before the window"),
        pytest.param(NIGHT, "2026-11-23T16:30:00Z", "0.5", id="its first instant"),
        pytest.param(NIGHT, "2026-11-24T00:00:00Z", "0.5", id="midnight within it"),
        pytest.param(NIGHT, "2026-11-24T00:29:59.999999Z", "0.5", id="its last instant"),
        pytest.param(NIGHT, "2026-11-24T00:30:00Z", "1", id="the first instant after it"),
        pytest.param(NIGHT, "2026-11-23T17:30:00+01:00", "0.5", id="in another zone"),
        pytest.param(WORKDAY_NIGHT, "2026-11-20T23:00:00Z", "0.5", id="Friday night"),
        pytest.param(WORKDAY_NIGHT, "2026-11-21T00:10:00Z", "0.5",
                     id="Saturday's small hours belong to Friday"),
        pytest.param(WORKDAY_NIGHT, "2026-11-21T17:00:00Z", "1", id="Saturday night"),
        pytest.param(WORKDAY_NIGHT, "2026-11-23T00:10:00Z", "1",
                     id="Monday's small hours belong to Sunday"),
        pytest.param(WORKDAY_NIGHT, "2026-11-23T16:30:00Z", "0.5", id="Monday night"),
        pytest.param(TWO_WINDOWS, "2026-11-23T00:59:59Z", "1", id="before the first window"),
        pytest.param(TWO_WINDOWS, "2026-11-23T01:00:00Z", "0.5", id="first of two windows"),
        pytest.param(TWO_WINDOWS, "2026-11-23T04:00:00Z", "1", id="between two windows"),
        pytest.param(TWO_WINDOWS, "2026-11-24T09:59:59Z", "0.5", id="second of two windows"),
        pytest.param(TWO_WINDOWS, "2026-11-25T09:00:00Z", "1", id="not on that day"),
        pytest.param("{if: {days: sat}, times: 2}", "2026-11-21T23:59:59Z", "2", id="one day"),
        pytest.param("{if: {days: sat}, times: 2}", "2026-11-22T00:00:00Z", "1", id="the next day"),
        pytest.param("{if: {days: fri-mon}, times: 2}", "2026-11-22", "2", id="days round the week"),
        pytest.param("{if: {days: fri-mon}, times: 2}", "2026-11-24", "1", id="outside of them"),
        pytest.param("{if: {days: [sat, mon-tue]}, times: 2}", "2026-11-24", "2",
                     id="days and spans of days"),
        pytest.param('{if: {hours: "00:00-24:00"}, times: 2}', "2026-11-23T23:59:59Z", "2",
                     id="all day"),
        pytest.param('{if: {hours: "22:00-00:00"}, times: 2}', "2026-11-23T23:59:59Z", "2",
                     id="until midnight"),
        pytest.param('{if: {hours: "22:00-00:00"}, times: 2}', "2026-11-24T00:00:00Z", "1",
                     id="midnight is not before midnight"),
        pytest.param("{if: {days: thu}, times: 2}", "1969-12-25", "2", id="a Thursday before 1970"),
    ],
)  # fmt: skip
def test_hours_and_days_are_utc(rule: str, at: str, rate: str) -> None:
    assert total(ruled(rule), at=at) == Decimal(rate)


@pytest.mark.parametrize("rule", [NIGHT, WORKDAY_NIGHT, TWO_WINDOWS])
def test_kept_cards_do_not_leak_into_other_hours(rule: str) -> None:
    days = range(20, 26)
    instants = [f"2026-11-{day}T{hour:02d}:{minute}:00Z" for day in days for hour in range(24)
                for minute in ("00", "29", "30")]  # fmt: skip
    kept = ruled(rule)
    shuffled = instants[::7] + instants[::-1] + instants[::11] + instants
    found = [total(kept, at=at) for at in shuffled]
    expected = {at: total(ruled(rule), at=at) for at in instants[::5]}
    assert [(at, rate) for at, rate in zip(shuffled, found, strict=True)
            if expected.get(at, rate) != rate] == []  # fmt: skip


HOLIDAYS = """
provider: lab
calendars:
  cn: {zone: Asia/Shanghai, dates: [2026-10-01, 2026-10-02], until: 2027-01-01}
  ny: {zone: America/New_York, dates: [2026-11-01]}
  utc: {zone: UTC, dates: [2026-10-01]}
  unknown: {zone: UTC, dates: [], until: 2026-10-01}
models:
  cn: {input: 1, rules: [{if: {not_holiday: cn}, times: 2}]}
  ny: {input: 1, rules: [{if: {not_holiday: ny}, times: 2}]}
  night: {input: 1, rules: [{if: {hours: "22:00-02:00", not_holiday: utc}, times: 2}]}
  abroad: {input: 1, rules: [{if: {hours: "22:00-02:00", not_holiday: cn}, times: 2}]}
  peak: {input: 1, rules: [{if: {hours: "01:00-04:00", days: mon-fri, not_holiday: cn}, times: 2}]}
  unknown: {input: 1, rules: [{if: {not_holiday: unknown}, times: 2}]}
"""


@pytest.mark.parametrize(
    ("model", "at", "rate"),
    [
        pytest.param("cn", "2026-09-30T15:59:59Z", 2, id="before it in Shanghai"),
        pytest.param("cn", "2026-09-30T16:00:00Z", 1, id="its first instant in Shanghai"),
        pytest.param("cn", "2026-10-01T16:00:00Z", 1, id="the second day"),
        pytest.param("cn", "2026-10-02T15:59:59Z", 1, id="its last second in Shanghai"),
        pytest.param("cn", "2026-10-02T16:00:00Z", 2, id="after it in Shanghai"),
        pytest.param("ny", "2026-11-01T03:59:59Z", 2, id="before a day of 25 hours"),
        pytest.param("ny", "2026-11-01T04:00:00Z", 1, id="first instant of a day of 25 hours"),
        pytest.param("ny", "2026-11-02T04:59:59Z", 1, id="its 25th hour"),
        pytest.param("ny", "2026-11-02T05:00:00Z", 2, id="after a day of 25 hours"),
        pytest.param("night", "2026-09-30T23:00:00Z", 2, id="the night before a holiday"),
        pytest.param("night", "2026-10-01T01:00:00Z", 2,
                     id="a holiday's small hours belong to the day before"),
        pytest.param("night", "2026-10-01T23:00:00Z", 1, id="a holiday's night"),
        pytest.param("night", "2026-10-02T01:00:00Z", 1, id="whose small hours belong to it"),
        pytest.param("night", "2026-10-02T22:00:00Z", 2, id="the night after"),
        pytest.param("abroad", "2026-09-30T22:30:00Z", 1, id="a night that is a holiday there"),
        pytest.param("abroad", "2026-10-01T01:30:00Z", 1, id="and stays one until it ends"),
        pytest.param("abroad", "2026-10-02T22:30:00Z", 2, id="a night that is none there"),
        pytest.param("abroad", "2026-10-03T01:30:00Z", 2, id="and stays none until it ends"),
        pytest.param("peak", "2026-09-30T02:00:00Z", 2, id="a working day"),
        pytest.param("peak", "2026-10-01T02:00:00Z", 1, id="a holiday on a weekday"),
        pytest.param("peak", "2026-10-03T02:00:00Z", 1, id="a Saturday"),
    ],
)  # fmt: skip
def test_holidays_are_days_in_their_own_zone(model: str, at: str, rate: int) -> None:
    kept = Registry.from_yaml(HOLIDAYS)
    assert total(kept, model=model, at=at) == rate
    total(kept, model=model, at="2026-10-01T12:00:00Z")
    assert total(kept, model=model, at=at) == rate


@pytest.mark.parametrize("model", ["cn", "unknown"])
def test_holidays_that_are_not_published_yet_are_an_assumption(model: str) -> None:
    prices = Registry.from_yaml(HOLIDAYS)
    until = {"cn": "2026-12-31T16:00:00Z", "unknown": "2026-10-01"}[model]
    for _ in range(2):
        assert cost(prices, model=model, at="2026-09-01").assumptions == ()
        assert assumed(cost(prices, model=model, at="2027-06-01"), "calendar") == (
            f"the public holidays from {until} on are not known; no day is taken as one"
        )


def test_a_calendar_of_the_bundled_list_is_known() -> None:
    prices = lab("input: 1, rules: [{if: {not_holiday: cn}, times: 2}]")
    assert total(prices, at="2026-10-01T06:00:00Z") == 1
    assert total(prices, at="2026-10-10T06:00:00Z") == 2


def test_a_calendar_that_no_file_defines_is_refused() -> None:
    with pytest.raises(RegistryError) as raised:
        lab("input: 1, rules: [{if: {not_holiday: atlantis}, times: 2}]")
    assert str(raised.value).startswith(
        "<text>:4: models.m.rules.0.if.not_holiday: there is no calendar 'atlantis'; known: "
    )


def test_a_rule_holds_from_and_until() -> None:
    prices = ruled("{if: {region: us}, times: 3, from: 2026-01-01, until: 2026-02-01T12:00:00Z}")
    for _ in range(2):
        assert total(prices, at="2026-01-01", region="us") == 3
        assert total(prices, at="2026-02-01T11:59:59Z", region="us") == 3
        assert total(prices, at="2026-02-01T12:00:00Z") == 1
    for outside in ("2025-12-31T23:59:59Z", "2026-02-01T12:00:00Z"):
        with pytest.raises(UnknownConditionError, match="known conditions: none"):
            total(prices, at=outside, region="us")


def test_the_last_absolute_rate_wins_per_meter() -> None:
    prices = ruled(
        "{if: {region: us}, input: 10, output: 20}",
        "{if: {batch: true}, input: 5}",
        rates="input: 1, output: 2",
    )
    usage = Usage(input_tokens=1, output_tokens=1)
    assert rates(cost(prices, usage, region="us", batch=True)) == {"input": 5, "output": 20}
    why = {line.meter: line.why for line in cost(prices, usage, region="us", batch=True).lines}
    assert why == {"input": "batch=true", "output": "region=us"}


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_all_factors_multiply_after_all_absolute_rates(order: tuple[int, ...]) -> None:
    rules = [
        "{if: {region: us}, times: 1.1}",
        "{if: {batch: true}, times: 0.5}",
        "{if: {service_tier: fast}, input: 6}",
    ]
    prices = ruled(*(rules[each] for each in order))
    priced = cost(prices, region="us", batch=True, service_tier="fast")
    assert priced.total == Decimal("3.3")
    (line,) = priced.lines
    assert {"service_tier=fast", "× 1.1 region=us", "× 0.5 batch=true"} == {*line.why.split(", ")}


def test_provider_rules_come_before_a_models_own() -> None:
    prices = lab(
        "input: 1, output: 1, rules: [{if: {region: us}, input: 3}, {if: {batch: true}, times: 10}]",
        top="rules: [{if: {region: us}, input: 2, output: 2}, {if: {batch: true}, times: 0.5}]",
    )
    usage = Usage(input_tokens=1, output_tokens=1)
    assert rates(cost(prices, usage, region="us")) == {"input": 3, "output": 2}
    assert rates(cost(prices, usage, batch=True)) == {"input": 5, "output": 5}


def test_a_factor_touches_tokens_and_media_and_never_fees_or_storage() -> None:
    prices = ruled(
        "{if: {batch: true}, times: 0.5}",
        rates="input: 1, image: 4, audio_second: 8, character: 2, web_search: 10, "
        "container_second: 6, gb_day: 3, cache_storage: 5, request: 7",
    )
    usage = Usage(
        input_tokens=1,
        units={
            "image": 1,
            "audio_second": 1,
            "character": 1,
            "cache_storage": 1,
            "web_search": 1,
            "container_second": 1,
            "gb_day": 1,
        },
    )
    assert rates(cost(prices, usage, batch=True)) == {
        "input": Decimal("0.5"),
        "image": 2,
        "audio_second": 4,
        "character": 1,
        "cache_storage": 5,
        "web_search": 10,
        "container_second": 6,
        "gb_day": 3,
        "request": 7,
    }


def test_a_map_touches_exactly_the_meters_that_it_names() -> None:
    prices = ruled(
        "{if: {batch: true}, times: {input: 0.5, web_search: 3, cache_storage: 2}}",
        rates="input: 1, cache_read: 0.1, output: 2, web_search: 10, cache_storage: 5",
    )
    usage = Usage(
        input_tokens=2,
        cache_read_tokens=1,
        output_tokens=1,
        units={"web_search": 1, "cache_storage": 1},
    )
    assert rates(cost(prices, usage, batch=True)) == {
        "input": Decimal("0.5"),
        "cache_read": Decimal("0.1"),
        "output": 2,
        "cache_storage": 10,
        "web_search": 30,
    }


@pytest.mark.parametrize(
    ("times", "rate"),
    [
        pytest.param("{cache_read: 0.1}", "1", id="a factor on a meter without a rate is ignored"),
        pytest.param("{input: 0.5}", "0.5", id="the parent's rate is taken as it stands"),
        pytest.param("{input: 0.5, cache_read: 0.1}", "0.5", id="and is not multiplied twice"),
        pytest.param("{page: 2}", "1", id="a meter that is not there at all"),
    ],
)
def test_a_map_is_ignored_for_a_meter_without_a_rate_of_its_own(times: str, rate: str) -> None:
    prices = ruled(f"{{if: {{batch: true}}, times: {times}}}", rates="input: 1")
    cached = Usage(input_tokens=1_000_000, cache_read_tokens=1_000_000)
    assert total(prices, cached, batch=True) == Decimal(rate)
    with pytest.raises(UnpricedMeterError):
        total(prices, Usage(units={"page": 1}), batch=True)


def test_a_rule_can_price_a_meter_that_is_unpriced_without_it() -> None:
    prices = ruled("{if: {batch: true}, page: 3}", rates="input: 1")
    assert total(prices, Usage(units={"page": 1_000}), batch=True) == 3
    with pytest.raises(UnpricedMeterError):
        total(prices, Usage(units={"page": 1_000}))


def test_a_combination_that_is_not_offered_has_no_price() -> None:
    prices = ruled(
        "{if: {service_tier: fast}, times: 2}",
        '{if: {service_tier: fast, prompt_tokens: ">100"}, offered: false}',
        "{if: {region: mars}, offered: false}",
    )
    assert total(prices, Usage(input_tokens=100), service_tier="fast") == mtok("2", 100)
    assert total(prices, Usage(input_tokens=101)) == mtok("1", 101)
    for _ in range(2):
        with pytest.raises(NotOfferedError) as raised:
            total(prices, Usage(input_tokens=101), service_tier="fast")
        assert str(raised.value) == (
            f"no price for 'm' (lab) at {NOW}: lab does not sell prompt_tokens >100, "
            "service_tier=fast; leave a condition out"
        )
    with pytest.raises(NotOfferedError, match="region=mars"):
        total(prices, region="mars")


def test_what_is_only_named_as_not_sold_is_unknown_alone() -> None:
    prices = ruled("{if: {region: us, batch: true}, offered: false}")
    with pytest.raises(UnknownConditionError):
        total(prices, region="us")
    with pytest.raises(NotOfferedError):
        total(prices, region="us", batch=True)


@pytest.mark.parametrize(
    ("conditions", "key", "value"),
    [
        pytest.param({"region": "mars"}, "region", "mars", id="unknown value"),
        pytest.param({"service_tier": "flex"}, "service_tier", "flex", id="unknown named key"),
        pytest.param({"batch": True}, "batch", "true", id="batch without a batch price"),
        pytest.param({"conditions": {"colour": "red"}}, "colour", "red", id="unknown free key"),
        pytest.param({"conditions": {"Region": "us"}}, "Region", "us", id="key in other case"),
        pytest.param({"conditions": {"thinking": 0}}, "thinking", "0", id="zero is a value"),
        pytest.param({"region": " us"}, "region", " us", id="a space is part of a value"),
        pytest.param({"region": "us", "conditions": {"level": 5}}, "level", "5", id="one of two"),
    ],
)
def test_an_unknown_condition_is_an_error(conditions: dict[str, Any], key: str, value: str) -> None:
    prices = ruled(
        "{if: {region: [us, eu]}, times: 2}",
        '{if: {level: [1, 2], hours: "01:00-02:00"}, times: 3}',
    )
    for _ in range(2):
        with pytest.raises(UnknownConditionError) as raised:
            total(prices, **conditions)
        error = raised.value
        assert (error.key, error.value, error.model, error.provider) == (key, value, "m", "lab")
        assert error.known == {"level": ("1", "2"), "region": ("eu", "us")}


@pytest.mark.parametrize(
    "value",
    [None, False, "", "standard", "Default", "auto", "on_demand", "GLOBAL", "not_available", "none",
     "false"],
)  # fmt: skip
@pytest.mark.parametrize("key", ["service_tier", "region", "anything"])
def test_a_neutral_value_never_raises(key: str, value: Any) -> None:
    prices = ruled("{if: {region: us}, times: 2}")
    assert total(prices, conditions={key: value}) == 1
    if key != "anything":
        assert total(prices, **{key: value}) == 1


def test_none_is_not_stated_and_none_as_text_is() -> None:
    prices = ruled("{if: {thinking: none}, times: 3}")
    for _ in range(2):
        assert total(prices, conditions={"thinking": None}) == 1
        assert total(prices, conditions={"thinking": "none"}) == 3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param(
            {"region": "us", "conditions": {"region": "us"}},
            "condition 'region' is stated twice: as an argument and in conditions=",
            id="a condition stated twice",
        ),
        pytest.param(
            {"batch": False, "conditions": {"batch": None}},
            "condition 'batch' is stated twice",
            id="stated twice, once as None",
        ),
        pytest.param(
            {"batch": "yes"}, "batch is True, False or None, not 'yes'", id="batch as text"
        ),
        pytest.param(
            {"conditions": {"prompt_tokens": 5}},
            "prompt_tokens comes from the usage and the instant",
            id="a size",
        ),
        pytest.param({"conditions": {"hours": "01:00-02:00"}}, "hours comes from", id="hours"),
        pytest.param(
            {"conditions": {"not_holiday": "cn"}}, "not_holiday comes from", id="holidays"
        ),
        pytest.param({"region": ["us"]}, "model, provider and conditions are text", id="a list"),
        pytest.param({"provider": {}}, "model, provider and conditions are text", id="a mapping"),
        pytest.param({"conditions": ["region"]}, "conditions is a mapping", id="no mapping"),
        pytest.param({"conditions": "region=us"}, "conditions is a mapping", id="text"),
    ],
)
def test_conditions_are_checked(options: dict[str, Any], words: str) -> None:
    prices = ruled("{if: {region: us}, times: 2}", "{if: {batch: true}, times: 2}")
    with pytest.raises(UsageError) as raised:
        total(prices, **options)
    assert words in str(raised.value)


def test_a_batch_that_is_no_boolean_is_judged_alike_before_and_after_one_that_is() -> None:
    def outcome(prices: Registry, batch: Any) -> Any:
        try:
            return total(prices, batch=batch)
        except UsageError as error:
            return str(error)

    prices = ruled("{if: {batch: true}, times: 0.5}")
    before = outcome(prices, 1)
    assert outcome(prices, True) == Decimal("0.5")  # noqa: FBT003
    assert outcome(prices, 1) == before


def test_conditions_may_come_in_any_order() -> None:
    prices = ruled(
        "{if: {a: x}, times: 2}", "{if: {b: y}, times: 3}", "{if: {batch: true}, times: 5}"
    )
    assert total(prices, conditions={"a": "x", "b": "y"}) == 6
    assert total(prices, conditions={"b": "Y", "a": "X"}) == 6
    assert total(prices, batch=True, conditions={"b": "y"}) == 15
    assert total(prices, conditions={"batch": True, "b": "y"}) == 15
    assert total(prices) == 1


def test_a_period_comes_before_its_conditions() -> None:
    prices = lab("input: 1, from: 2026-01-01")
    with pytest.raises(LookupError, match="its prices begin on 2026-01-01"):
        price("m", MILLION, at="2025-01-01", region="mars", registry=prices)


def test_the_notes_of_matching_rules_reach_the_user() -> None:
    prices = lab(
        "input: 1, note: own, rules: [{if: {batch: true}, times: 2, note: batches}]",
        top="note: all",
    )
    assert cost(prices, batch=True).notes == ("own", "batches")
    assert cost(prices).notes == ("own",)


@pytest.mark.parametrize(
    ("record", "text"),
    [
        ({"if": {}, "times": "2"}, "always: × 2"),
        ({"if": {"region": ["us", "eu"]}, "times": {"input": "2"}}, "region=us|eu: input × 2"),
        ({"if": {"prompt_tokens": [">1k"]}, "rates": {"input": "2"}}, "prompt_tokens >1k: input 2"),
        ({"if": {"hours": ["01:00-02:00"]}, "offered": False}, "hours 01:00-02:00: not offered"),
        ({"if": {}, "times": "2", "label": "overlay"}, "overlay: × 2"),
    ],
)
def test_a_rule_reads_as_words(record: dict[str, Any], text: str) -> None:
    assert str(Rule(record)) == text


def test_a_factor_of_one_is_no_reason() -> None:
    (line,) = cost(ruled("{if: {region: us}, times: 1}"), region="us").lines
    assert (line.rate, line.why) == (1, "")


def test_rules_of_every_period_are_their_own() -> None:
    prices = registry(
        """
        provider: lab
        rules: [{if: {region: us}, times: 10}]
        models:
          m:
            prices:
              - {input: 1, rules: [{if: {batch: true}, times: 0.5}]}
              - {from: 2026-01-01, input: 2, rules: [{if: {service_tier: flex}, times: 0.25}]}
        """
    )
    assert total(prices, at="2025-12-31", batch=True, region="us") == 5
    assert total(prices, at="2026-01-01", service_tier="flex", region="us") == 5
    with pytest.raises(UnknownConditionError):
        total(prices, at="2026-01-01", batch=True)
    with pytest.raises(UnknownConditionError):
        total(prices, at="2025-12-31", service_tier="flex")


def test_a_calendar_assumption_stands_beside_no_other() -> None:
    priced = cost(Registry.from_yaml(HOLIDAYS), model="cn", at="2027-06-01")
    assert codes(priced) == ["calendar"]


SOURCED: dict[str, tuple[str, str]] = {
    "a source alone": ("source: https://lab/batch", "batch=true: see https://lab/batch"),
    "a note alone": ("note: half", "half"),
    "a note and its source": ("note: half, source: https://lab/batch", "half (https://lab/batch)"),
}


@pytest.mark.parametrize(("said", "note"), SOURCED.values(), ids=SOURCED)
def test_where_a_rule_was_read_reaches_the_cost(said: str, note: str) -> None:
    prices = ruled(f"{{if: {{batch: true}}, times: 0.5, {said}}}")
    assert cost(prices, batch=True).notes == (note,)
    assert cost(prices).notes == ()
