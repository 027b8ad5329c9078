"""Minima and grains of fees: in which steps a container, a session or another fee is billed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from core_support import assumed, codes, cost, lab, registry, ruled, total

from costcalc import Registry, Usage

HOUR = "fees: {container_second: 36}"  # a hundredth a second
FILE = lab("input: 1", top=f"{HOUR}\nminimum: {{container_second: 300}}")
STEPS = lab("input: 1", top=f"{HOUR}\nround_up: {{container_second: 60}}")
BOTH = lab(
    "input: 1",
    top=f"{HOUR}\nminimum: {{container_second: 300}}\nround_up: {{container_second: 60}}",
)


def seconds(count: int, requests: int | None = None) -> Usage:
    return Usage(units={"container_second": count}, requests=requests)


@pytest.mark.parametrize(
    ("prices", "used", "billed"),
    [
        pytest.param(FILE, 0, 0, id="no container has no minimum"),
        pytest.param(FILE, 1, 300, id="a second costs the minimum"),
        pytest.param(FILE, 300, 300, id="the minimum itself"),
        pytest.param(FILE, 301, 301, id="above the minimum each second counts"),
        pytest.param(STEPS, 1, 60, id="a second is a minute"),
        pytest.param(STEPS, 60, 60, id="a minute is a minute"),
        pytest.param(STEPS, 61, 120, id="the second minute has begun"),
        pytest.param(BOTH, 61, 300, id="the minimum outweighs the grain"),
        pytest.param(BOTH, 301, 360, id="the grain above the minimum"),
    ],
)
@pytest.mark.parametrize("requests", [None, 1, 40])
def test_a_fee_has_a_minimum_and_a_grain(
    prices: Registry, used: int, billed: int, requests: int | None
) -> None:
    priced = cost(prices, seconds(used, requests))
    assert priced.total == Decimal(billed) / 100  # once: not each of 40 requests had a container
    assert [line.quantity for line in priced.lines] == [billed] * bool(billed)
    assert codes(priced) == ["billing_grain"] * bool(billed)


@pytest.mark.parametrize(
    ("used", "requests", "said"),
    [
        pytest.param(
            60, None,
            "container_second: 60 units, taken as one use, are billed as 300, by minimum or "
            "rounding up; of several uses each has its own",
            id="one request",
        ),
        pytest.param(
            1_200, 4_000,
            "container_second: 1,200 units of 4,000 requests, taken as one use, are billed as "
            "1,200, by minimum or rounding up; of several uses each has its own",
            id="an aggregate, though nothing was rounded",
        ),
    ],
)  # fmt: skip
def test_that_seconds_are_taken_as_one_use_is_said(
    used: int, requests: int | None, said: str
) -> None:
    assert assumed(cost(BOTH, seconds(used, requests)), "billing_grain") == said


def test_tokens_beside_a_grained_fee_are_billed_as_they_are() -> None:
    usage = Usage(input_tokens=1_000_000, units={"container_second": 1})
    assert total(BOTH, usage) == 4
    assert codes(cost(BOTH, Usage(input_tokens=7))) == []


@pytest.mark.parametrize(
    ("model", "billed"),
    [
        pytest.param("input: 1", 300, id="the file's, where the model has none"),
        pytest.param("input: 1, minimum: {container_second: 0}", 1, id="the model's above the file's"),
        pytest.param(
            "input: 1, minimum: {container_second: 10}, rules: "
            "[{if: {}, minimum: {container_second: 20}}, {if: {}, minimum: {container_second: 30}}]",
            30, id="the last rule's above the model's",
        ),
        pytest.param(
            "input: 1, rules: [{if: {batch: true}, minimum: {container_second: 20}}]",
            300, id="no rule that does not hold",
        ),
    ],
)  # fmt: skip
def test_the_nearest_minimum_holds(model: str, billed: int) -> None:
    prices = lab(model, top=f"{HOUR}\nminimum: {{container_second: 300}}")
    assert total(prices, seconds(1)) == Decimal(billed) / 100


@pytest.mark.parametrize(
    ("at", "billed"),
    [
        pytest.param("2026-06-01T23:59:59Z", 1_200, id="the last second of sessions"),
        pytest.param("2026-06-02", 60, id="the first second of minutes"),
    ],
)
def test_a_grain_of_a_rule_has_its_dates(at: str, billed: int) -> None:
    prices = lab(
        "input: 1",
        top=f"""
{HOUR}
rules:
  - {{if: {{}}, until: 2026-06-02, round_up: {{container_second: 1200}}}}
  - {{if: {{}}, from: 2026-06-02, round_up: {{container_second: 60}}}}""",
    )
    assert total(prices, seconds(1), at=at) == Decimal(billed) / 100


def test_a_rule_may_round_tokens_up_for_every_request() -> None:
    prices = ruled("{if: {batch: true}, minimum: {input: 1_000_000}}")
    usage = Usage(input_tokens=4, requests=3)
    assert total(prices, usage) == Decimal("0.000004")
    assert total(prices, usage, batch=True) == 3


def test_a_fee_for_calls_is_rounded_up_on_the_slow_way_and_on_each_call_again() -> None:
    prices = lab("input: 1, web_search: 10, round_up: {web_search: 5}")
    usage = Usage(input_tokens=1_000_000, units={"web_search": 6})
    assert [total(prices, usage) for _ in range(2)] == [Decimal("1.1")] * 2


def test_a_layer_keeps_the_grains_of_the_one_below() -> None:
    above = registry("""
        provider: lab
        models: {n: {input: 2}}
    """)
    laid = FILE.overlay(above)
    assert total(laid, seconds(1), "m") == total(laid, seconds(1), "n") == 3


def test_grains_stand_among_the_rules_of_a_price_list_with_their_dates() -> None:
    prices = lab(
        "prices: [{until: 2026-01-01, input: 1}, {from: 2026-01-01, input: 2, minimum: {input: 5}}]",
        top=f"""
{HOUR}
minimum: {{container_second: 300}}
rules: [{{if: {{}}, until: 2026-01-01, round_up: {{container_second: 1200}}}},
        {{if: {{batch: true}}, from: 2026-02-01, offered: false}}]""",
    )
    old, new = prices.model("m").prices
    assert old.rules == (
        "container_second at least 300",
        "always until 2026-01-01: container_second rounded up to 1,200",
    )
    assert new.rules == (
        "container_second at least 300",
        "input at least 5",
        "batch=true from 2026-02-01: not offered",
    )
