"""Budgets that are held against a request before it is sent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from costcalc import BudgetExceededError, Meter, Registry
from costcalc.recording.ahead import most

PRICES = Registry.from_yaml(
    """
provider: openai
rules:
  - {if: {service_tier: flex}, times: 0.5}
models:
  free-prompt: {input: 0, output: 1, max_output: 2_000_000, tokenizer: o200k_base}
  free-reply: {input: 1, cache_read: 1, cache_write: 10, cache_write_1h: 100, output: 0, tokenizer: o200k_base,
    cache: {explicit: {min_tokens: 0, ttl: {cache_write: 5m, cache_write_1h: 1h}}}}
  open-ended: {input: 0, output: 1, tokenizer: o200k_base}
"""
)
HELLO = [{"role": "user", "content": "hello"}]
REPLIES: list[tuple[str, dict[str, Any], str]] = [
    ("a chat's limit", {"messages": HELLO, "max_completion_tokens": 1_000_000}, "1"),
    ("a response's", {"input": "hello", "max_output_tokens": 1_000_000}, "1"),
    ("a message's, or an older chat's", {"messages": HELLO, "max_tokens": 1_000_000}, "1"),
    ("the model's own without one", {"messages": HELLO}, "2"),
    ("none counts as none", {"messages": HELLO, "max_tokens": None}, "2"),
    ("several replies", {"messages": HELLO, "max_tokens": 1_000_000, "n": 3}, "3"),
    ("a tier", {"messages": HELLO, "service_tier": "flex"}, "1"),
    ("a tier that the API chooses", {"messages": HELLO, "service_tier": "auto"}, "2"),
    ("an unknown model", {"messages": HELLO, "model": "nobody"}, "0"),
    ("a request that cannot be counted", {"messages": 7}, "0"),
    ("a reply without any limit", {"messages": HELLO, "model": "open-ended"}, "0"),
]


@pytest.mark.parametrize(
    ("request_", "amount"), [case[1:] for case in REPLIES], ids=[case[0] for case in REPLIES]
)
def test_the_longest_reply_counts(request_: dict[str, Any], amount: str) -> None:
    found = most(request_, "free-prompt", "openai", PRICES)
    assert getattr(found, "total", found) == Decimal(amount)


def marked(*marks: dict[str, str]) -> list[dict[str, Any]]:
    texts = [{"type": "text", "text": "word " * 2_000, "cache_control": mark} for mark in marks]
    return [{"role": "user", "content": texts}]


SHORT, LONG = {"type": "ephemeral"}, {"type": "ephemeral", "ttl": "1h"}


def test_what_is_marked_for_a_cache_is_taken_to_be_written_to_it() -> None:
    def cost(messages: list[dict[str, Any]]) -> Decimal:
        found = most({"messages": messages}, "free-reply", "openai", PRICES)
        return Decimal(getattr(found, "total", found))

    plain = cost([{"role": "user", "content": "word " * 2_000}])
    assert plain > 0
    assert cost(marked(SHORT)) > 9 * plain
    assert cost(marked(LONG)) > 90 * plain
    assert cost(marked(SHORT, LONG)) > 90 * 2 * plain


def test_the_prompt_is_counted_and_the_budget_held_against_it() -> None:
    found = Meter("0.001", registry=PRICES, model="free-reply")
    found.check_request({"messages": HELLO})
    with pytest.raises(BudgetExceededError, match="this run is 0.001 USD, 0 is spent, and a call"):
        found.check_request({"messages": [{"role": "user", "content": "word " * 2_000}]})
    assert found.calls == 0
    Meter(registry=PRICES).check_request({"model": "free-reply", "messages": HELLO})
    Meter("0").check_request({})  # nothing names a model: the hook will say so after the call


@pytest.mark.parametrize(
    ("region", "total"),
    [("eu", "1.1"), ("ca", "1"), (None, "1")],
    ids=["a region with a rule", "another region", "none"],
)
def test_a_region_decides_what_a_request_may_cost(region: str | None, total: str) -> None:
    prices = Registry.from_yaml(
        "provider: openai\nmodels:\n  m: {input: 0, output: 1, max_output: 1_000_000, tokenizer: o200k_base, "
        "rules: [{if: {region: eu}, times: 1.1}]}\n"
    )
    found = most({"model": "m", "messages": []}, None, None, prices, region)
    assert found != 0
    assert found.total == Decimal(total)  # type: ignore[union-attr]


def test_a_condition_of_the_model_that_is_not_known_is_no_estimate() -> None:
    prices = Registry.from_yaml(
        "provider: openai\nmodels:\n  m: {input: 1, output: 1, max_output: 10, tokenizer: o200k_base}\n"
    )
    request = {"model": "m", "messages": [], "service_tier": "flex"}
    assert most(request, None, None, prices, "eu") == 0
