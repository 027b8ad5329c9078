"""Reasoning tokens prove that a model thought, where its price depends on that."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from core_support import assumed, codes, cost, lab, rates, ruled, total

from costcalc import Registry, Usage

HYBRID = lab("input: 1, output: 2, reasoning: 8, rules: [{if: {thinking: true}, output: 8}]")
THOUGHT = Usage(output_tokens=1_000_000, reasoning_tokens=250_000)


@pytest.mark.parametrize(
    ("usage", "stated", "right"),
    [
        pytest.param(THOUGHT, {}, "8", id="reasoning tokens prove it"),
        pytest.param(THOUGHT, {"thinking": True}, "8", id="stated"),
        pytest.param(THOUGHT, {"thinking": False}, "3.5", id="stated otherwise"),
        pytest.param(THOUGHT, {"thinking": None}, "8", id="stated as nothing"),
        pytest.param(Usage(output_tokens=1_000_000), {}, "2", id="no reasoning, no proof"),
        pytest.param(Usage(output_tokens=1_000_000), {"thinking": True}, "8", id="stated alone"),
    ],
)
def test_the_answer_of_a_request_that_thought_costs_the_rate_of_thinking(
    usage: Usage, stated: dict[str, Any], right: str
) -> None:
    for _ in range(2):  # what the first call keeps must not change the second
        assert total(HYBRID, usage, conditions=stated) == Decimal(right)


def test_what_was_proven_is_said_and_shown() -> None:
    priced = cost(HYBRID, THOUGHT)
    assert rates(priced) == {"output": Decimal(8), "reasoning": Decimal(8)}
    assert priced.lines[0].why == "thinking=true"
    assert assumed(priced, "condition") == (
        "reasoning tokens prove thinking mode: priced with thinking=true"
    )
    assert codes(cost(HYBRID, THOUGHT, conditions={"thinking": True})) == []


def test_of_an_aggregate_all_requests_are_taken_to_have_thought_and_the_least_is_named() -> None:
    priced = cost(HYBRID, THOUGHT + THOUGHT)
    assert priced.total == 16
    (proven,) = (each for each in priced.assumptions if each.code == "condition")
    assert proven.total == 7
    assert proven.text == (
        "reasoning tokens prove thinking mode: priced with thinking=true, all of 2 requests; if "
        "those that thought had no answer beside, 7 USD at the least"
    )
    assert (priced * 3).assumptions[0].total == 21


@pytest.mark.parametrize(
    "prices",
    [
        pytest.param(lab("input: 1, output: 2"), id="nobody asks for it"),
        pytest.param(ruled("{if: {thinking: true}, times: {output: 1}}"), id="at the same price"),
        pytest.param(ruled("{if: {thinking: deep}, times: {output: 4}}"), id="for another value"),
        pytest.param(ruled("{if: {thinking: true}, offered: false}"), id="not sold"),
    ],
)
def test_where_thinking_changes_nothing_there_is_nothing_to_say(prices: Registry) -> None:
    priced = cost(prices, THOUGHT)
    assert (priced.total, priced.assumptions) == (2, ())


def test_a_proof_keeps_the_other_conditions_the_tier_and_what_was_assumed() -> None:
    prices = lab(
        "output: 2, rules: [{if: {thinking: true}, output: 8}, {if: {batch: true}, times: 0.5}, "
        '{if: {output_tokens: ">1m"}, times: 3}]',
        top="note: a note",
    ).overlay(times={"input": "1"})
    more = Usage(output_tokens=1_000_001, reasoning_tokens=1)
    assert total(prices, THOUGHT, batch=True) == 4
    assert total(prices, more) == Decimal("24.000024")
    for _ in range(2):
        priced = cost(prices, THOUGHT)
        assert codes(priced) == ["overlay", "condition"]
        assert priced.notes == ("a note",)


def test_a_minimum_of_those_that_thought_is_theirs() -> None:
    prices = ruled("{if: {thinking: true}, minimum: {output: 2_000_000}}")
    assert total(prices, THOUGHT) == Decimal("4.5")
    assert total(prices, Usage(output_tokens=1_000_000)) == 2


def test_a_proof_is_no_word_of_what_a_disputed_redirect_knows() -> None:
    text = (
        "provider: lab\nmodels:\n"
        "  old: {output: 1, retired: 2026-01-01, redirects_to: m, redirect_disputed: {to: n, source: x}}\n"
        "  m: {output: 2, rules: [{if: {thinking: true}, output: 8}]}\n"
        "  n: {output: 3}\n"
    )
    with pytest.warns(match="retired"):
        priced = cost(Registry.from_yaml(text), THOUGHT, "old")
    assert (priced.total, priced.assumptions[0].total) == (8, 3)
