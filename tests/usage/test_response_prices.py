"""What responses cost: to the last digit of published bills, at the terms that served them."""

from __future__ import annotations

import warnings
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

import costcalc
from costcalc import Cost, Registry, ResponseUsage, Usage, UsageError, price, price_response
from costcalc.assumptions import Assumption

XAI_CHAT = {
    "prompt_tokens": 10_120, "completion_tokens": 1_499, "total_tokens": 14_428,
    "prompt_tokens_details": {"cached_tokens": 128},
    "completion_tokens_details": {"reasoning_tokens": 2_809},
}  # fmt: skip
XAI_SEARCHES = {
    "input_tokens": 21_365, "input_tokens_details": {"cached_tokens": 10_496}, "output_tokens": 3_646,
    "total_tokens": 25_011, "server_side_tool_usage_details": {"x_search_calls": 8},
    "cost_in_usd_ticks": 648_004_500,
}  # fmt: skip
SOL = {
    "input_tokens": 4_020,
    "input_tokens_details": {"cache_write_tokens": 4_012, "cached_tokens": 0},
    "output_tokens": 5,
}
OPENROUTER: dict[str, Any] = {
    "id": "gen-1", "object": "chat.completion", "model": "anthropic/claude-sonnet-4.6",
    "created": 1_772_600_000,  # 2026-03-04
    "usage": {
        "prompt_tokens": 3_329, "completion_tokens": 53, "total_tokens": 3_382, "cost": 0.00219855,
        "is_byok": False, "prompt_tokens_details": {"cached_tokens": 3_211, "cache_write_tokens": 115},
    },
}  # fmt: skip

# (what, model, at, body, total in USD): rates are the bundled ones of the day. xAI's are the records
# of Wei-Shaw/sub2api#5771 and end at the tick of their charge.
WORKED: list[tuple[str, str, str, dict[str, Any], str]] = [
    ("a cached prompt of gpt-4o", "gpt-4o", "2026-08-01",
     {"prompt_tokens": 2_006, "completion_tokens": 300, "total_tokens": 2_306,
      "prompt_tokens_details": {"cached_tokens": 1_920}}, "0.005615"),
    ("a cache written by gpt-5.6-sol", "gpt-5.6-sol", "2026-08-20T23:59:59Z", SOL, "0.025265"),
    ("the same after its price fell", "gpt-5.6-sol", "2026-08-21", SOL, "0.020192"),
    ("reasoning beside the completion", "grok-4.20", "2026-07-01", XAI_CHAT, "0.0232856"),
    ("reasoning inside the output", "grok-4.3", "2026-07-01",
     {"input_tokens": 36_361, "input_tokens_details": {"cached_tokens": 192}, "output_tokens": 1_252,
      "output_tokens_details": {"reasoning_tokens": 763}, "total_tokens": 37_613,
      "cost_in_usd_ticks": 483_796_500}, "0.04837965"),
    ("eight searches of X", "grok-4.3", "2026-07-01", XAI_SEARCHES, "0.06480045"),
    ("DeepSeek before its new prices", "deepseek-v4-flash", "2026-08-16T15:59:59Z",
     {"prompt_tokens": 563, "prompt_cache_hit_tokens": 512, "prompt_cache_miss_tokens": 51,
      "completion_tokens": 116, "completion_tokens_details": {"reasoning_tokens": 60},
      "total_tokens": 679}, "0.0000410536"),
    ("Mistral with all but one token cached", "mistral-large-latest", "2026-08-01",
     {"prompt_tokens": 70, "completion_tokens": 12, "total_tokens": 82, "num_cached_tokens": 69}, "0.00002195"),
    ("Groq", "openai/gpt-oss-120b", "2026-08-01",
     {"prompt_tokens": 254, "completion_tokens": 174, "total_tokens": 428, "queue_time": 0.1,
      "completion_tokens_details": {"reasoning_tokens": 147}}, "0.0001425"),
    ("what Cohere bills, not its tokens", "command-a-03-2025", "2026-08-01",
     {"billed_units": {"input_tokens": 431.0, "output_tokens": 661.0},
      "tokens": {"input_tokens": 2_190.0, "output_tokens": 1_257.0}}, "0.0076875"),
    ("a cached prompt through OpenRouter", "anthropic/claude-sonnet-4.6", "2026-08-01",
     OPENROUTER["usage"], "0.00219855"),
    ("deep research of Perplexity", "sonar-deep-research", "2026-08-01",
     {"prompt_tokens": 33, "completion_tokens": 11_395, "total_tokens": 11_428,
      "citation_tokens": 19_028, "num_search_queries": 21, "reasoning_tokens": 193_947}, "0.816123"),
    # calls that programs mispriced in public: laravel/ai#846, anomalyco/opencode#17566
    ("a cache written by gpt-5.6-luna", "gpt-5.6-luna", "2026-11-20",
     {"input_tokens": 18_014, "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 18_011}}, "0.00450335"),
    ("reasoning that is not billed twice", "openai/gpt-5.4-pro", "2026-11-20",
     {"prompt_tokens": 14_746, "completion_tokens": 1_944, "total_tokens": 16_690,
      "completion_tokens_details": {"reasoning_tokens": 1_360}}, "0.7923"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("model", "at", "body", "total"),
    [case[1:] for case in WORKED],
    ids=[case[0] for case in WORKED],
)
def test_worked_bills_come_out_to_the_last_digit(
    model: str, at: str, body: dict[str, Any], total: str
) -> None:
    cost = price_response(body, model=model, at=at)
    assert cost.total == Decimal(total)
    assert sum(line.amount for line in cost.lines) == cost.total
    assert (
        price(cost.model or "", Usage.from_response(body), provider=cost.provider, at=at).total
        == cost.total
    )


def codes(cost: Cost) -> list[str]:
    return [each.code for each in cost.assumptions]


def text(cost: Cost, code: str) -> str:
    (found,) = [each.text for each in cost.assumptions if each.code == code]
    return found


# --- the model, the seller, the time -------------------------------------------------------------

CHAT: dict[str, Any] = {
    "object": "chat.completion", "model": "gpt-4o", "created": 1_780_272_000,  # 2026-06-01
    "usage": {"prompt_tokens": 1_000, "completion_tokens": 100, "total_tokens": 1_100},
}  # fmt: skip
SMALL = "0.0035"  # 1,000 × 2.50 and 100 × 10


def test_a_response_brings_its_model_and_its_time() -> None:
    cost = price_response(CHAT)
    assert (cost.provider, cost.model, cost.total) == ("openai", "gpt-4o", Decimal(SMALL))
    assert f"{cost.at:%Y-%m-%d}" == "2026-06-01"
    assert cost.stated is None
    assert cost.assumptions == ()


def test_what_the_caller_states_outranks_them() -> None:
    cost = price_response(CHAT, model="gpt-4o-mini", at="2026-07-01")
    assert cost.model == "gpt-4o-mini"
    assert f"{cost.at:%Y-%m-%d}" == "2026-07-01"


def test_a_response_without_a_model_needs_one() -> None:
    message = r"^a response of cohere-chat names no model; say it: price_response\(\.\.\., model='\.\.\.'\)$"
    with pytest.raises(UsageError, match=message):
        price_response({"usage": {"billed_units": {"input_tokens": 1.0}}})


def test_a_usage_that_was_read_is_priced_as_its_response_is() -> None:
    usage = Usage.from_response(CHAT)
    assert price_response(usage) == price_response(CHAT)
    assert price("gpt-4o", usage) == price_response(CHAT)
    assert price("gpt-4o", usage).at == usage.at


def test_price_takes_the_conditions_and_the_charge_of_a_response() -> None:
    body = {**CHAT, "model": "gpt-5", "service_tier": "flex"}
    flex = price("gpt-5", Usage.from_response(body), at="2026-06-01")
    assert flex.total == price("gpt-5", Usage.from_response(CHAT), at="2026-06-01").total / 2
    charged = price("grok-4.3", Usage.from_response(XAI_SEARCHES), at="2026-07-01")
    assert charged.stated == charged.total == Decimal("0.06480045")


def test_other_derived_usages_are_priced_by_their_counts() -> None:
    class Mine(Usage):
        pass

    mine = Mine(input_tokens=1_000, output_tokens=100)
    assert price("gpt-4o", mine, at="2026-06-01", batch=True).total == Decimal(SMALL) / 2


def test_the_seller_of_a_response_is_whose_price_it_is() -> None:
    body = {**CHAT, "model": "openai/gpt-oss-120b", "usage": {**CHAT["usage"], "queue_time": 0.1}}
    assert price_response(body, at="2026-08-01").provider == "groq"


def test_another_sellers_price_is_said() -> None:
    usage = Usage.from_response(CHAT, provider="fireworks")
    cost = price("gpt-4o", usage)
    assert text(cost, "seller") == "the response is fireworks's; priced as openai sells gpt-4o"
    with pytest.raises(
        costcalc.UnknownModelError, match="no prices of provider 'fireworks' are known"
    ):
        price_response(usage)
    assert price_response(usage, model="openai/gpt-4o").total == Decimal(SMALL)
    assert price_response(usage, provider="openai").total == Decimal(SMALL)


def test_azures_own_prices_are_taken_where_a_file_has_them() -> None:
    prices = Registry.from_yaml(
        "provider: azure\nmodels:\n  my-deployment: {input: 3, output: 12}\n"
    )
    cost = price_response(CHAT, provider="azure", model="my-deployment", registry=prices)
    assert (cost.provider, cost.total) == ("azure", Decimal("0.0042"))
    assert cost.assumptions == ()


def test_a_gateways_call_costs_what_the_maker_lists() -> None:
    cost = price_response(OPENROUTER)
    assert (cost.provider, cost.model) == ("anthropic", "claude-sonnet-4-6")
    assert cost.stated == cost.total == Decimal("0.00219855")
    assert codes(cost) == ["gateway"]
    assert price_response(CHAT, provider="openrouter", model="openai/gpt-4o").total == Decimal(
        SMALL
    )
    named = price_response(CHAT, provider="OpenRouter", model="openrouter/openai/gpt-4o")
    assert codes(named) == ["gateway"]


# --- the terms that served -----------------------------------------------------------------------

TIERS = [
    ("flex halves", "gpt-5", "flex", "0.5"),
    ("priority doubles", "gpt-5", "priority", "2"),
    ("fast is priority", "gpt-5", "fast", "2"),
    ("ultrafast is six times", "gpt-5.6-sol", "ultrafast", "6"),
    ("default is the list price", "gpt-5", "default", "1"),
    ("auto is too", "gpt-5", "auto", "1"),
]


@pytest.mark.parametrize(
    ("model", "tier", "times"), [case[1:] for case in TIERS], ids=[case[0] for case in TIERS]
)
def test_the_tier_that_served_is_billed(model: str, tier: str, times: str) -> None:
    body = {**CHAT, "model": model, "service_tier": tier}
    standard = price_response({**CHAT, "model": model}, at="2026-11-01")
    cost = price_response(body, at="2026-11-01")
    assert cost.total == standard.total * Decimal(times)
    assert cost.assumptions == ()


# calls that a program billed at the standard tier (BerriAI/litellm#37046) or at twice instead of two
# and a half times (ding113/claude-code-hub#1191)
IGNORED = [
    ("gpt-4o-mini", 9, 0, 2, "priority", "0.00000425"),
    ("gpt-4.1", 9, 0, 1, "priority", "0.0000455"),
    ("gpt-4.1-mini", 9, 0, 1, "priority", "0.0000091"),
    ("gpt-5.5", 209_179, 204_160, 536, "fast", "0.3581375"),
]


@pytest.mark.parametrize(
    ("model", "prompt", "cached", "completion", "tier", "total"),
    IGNORED,
    ids=[case[0] for case in IGNORED],
)
def test_tiers_that_programs_ignored_are_billed(
    model: str, prompt: int, cached: int, completion: int, tier: str, total: str
) -> None:
    usage = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": cached},
    }
    body = {"object": "chat.completion", "model": model, "service_tier": tier, "usage": usage}
    assert price_response(body, at="2026-07-01").total == Decimal(total)


def test_a_tier_of_xai_is_read_too() -> None:
    standard = price_response(
        {"model": "grok-4.3", "usage": XAI_CHAT}, provider="xai", at="2026-07-01"
    )
    body = {"model": "grok-4.3", "usage": XAI_CHAT, "service_tier": "priority"}
    assert price_response(body, provider="xai", at="2026-07-01").total == 2 * standard.total


def test_a_tier_without_a_price_is_dropped_and_said() -> None:
    cost = price_response({**CHAT, "service_tier": "scale"})
    assert cost.total == Decimal(SMALL)
    assert text(cost, "read_condition") == (
        "the response says service_tier=scale, for which gpt-4o (openai) has no price; priced "
        "without it"
    )


def test_a_stated_condition_outranks_what_was_read_and_is_said() -> None:
    body = {**CHAT, "model": "gpt-5", "service_tier": "flex"}
    cost = price_response(body, service_tier="priority", at="2026-11-01")
    assert cost.total == price_response({**CHAT, "model": "gpt-5"}, at="2026-11-01").total * 2
    assert text(cost, "overridden_condition") == (
        "the response says service_tier=flex; priced as priority, as was stated"
    )
    same = price_response(body, service_tier="FLEX", at="2026-11-01")
    assert "overridden_condition" not in codes(same)
    default = price("gpt-5", Usage.from_response(body), service_tier="default", at="2026-11-01")
    assert default.total == price_response({**CHAT, "model": "gpt-5"}, at="2026-11-01").total


def test_a_stated_condition_that_is_unknown_stays_an_error() -> None:
    for call in (
        lambda: price_response(CHAT, conditions={"speed": "warp"}),
        lambda: price("gpt-4o", Usage.from_response(CHAT), conditions={"speed": "warp"}),
    ):
        with pytest.raises(costcalc.UnknownConditionError, match="speed"):
            call()


def test_a_condition_is_stated_once() -> None:
    message = "^batch is stated twice, as batch= and in conditions; state it once$"
    with pytest.raises(UsageError, match=message):
        price_response(CHAT, batch=True, conditions={"batch": False})
    assert price_response(CHAT, conditions={"batch": True}).total == Decimal(SMALL) / 2


def test_a_batch_line_costs_the_batch_price() -> None:
    line = {"custom_id": "q-1", "response": {"status_code": 200, "body": CHAT}, "error": None}
    assert price_response(line).total == Decimal(SMALL) / 2


def test_the_time_of_day_of_a_response_decides() -> None:
    usage = {"prompt_tokens": 1_000, "completion_tokens": 0, "total_tokens": 1_000}
    body = {"model": "deepseek-flash", "usage": usage}
    off, peak = (
        price_response({**body, "created": f"2026-11-20T{hour}:00Z"}, provider="deepseek").total
        for hour in ("05:59", "06:00")  # a Friday
    )
    assert (off, peak) == (Decimal("0.00015"), Decimal("0.0003"))


def test_a_context_tier_is_judged_by_the_request() -> None:
    body = {"prompt_tokens": 200_000, "completion_tokens": 0, "total_tokens": 200_000}
    below = {"prompt_tokens": 199_999, "completion_tokens": 0, "total_tokens": 199_999}
    totals = [
        price_response(each, model="grok-4.3", provider="xai", at="2026-07-01").total for each in (below, body)
    ]  # fmt: skip
    assert totals == [Decimal("0.24999875"), Decimal("0.5")]  # xAI's threshold is inclusive


def test_search_context_sizes_are_fees_of_perplexity() -> None:
    usage = {
        "prompt_tokens": 24,
        "completion_tokens": 2_681,
        "total_tokens": 2_705,
        "search_context_size": "low",
    }
    cost = price_response(
        {"model": "sonar-pro", "usage": {**usage, "cost": {"total_cost": 0.04629}}}, at="2026-06-01"
    )
    # 24 × 3 + 2,681 × 15, and 0.006 for the request: https://docs.perplexity.ai/docs/sonar/quickstart
    assert cost.total == Decimal("0.046287")
    assert text(cost, "stated_cost").endswith("0.046287 USD: +0.000003")


# --- the seller's figure -------------------------------------------------------------------------


def charged(cost: float | str) -> Cost:
    usage = {**CHAT["usage"], "cost": cost, "is_byok": False}
    return price_response({**CHAT, "model": "openai/gpt-4o", "usage": usage})


def test_a_stated_cost_stands_beside_ours_with_the_gap() -> None:
    cost = charged(0.0185)
    assert (cost.total, cost.stated) == (Decimal(SMALL), Decimal("0.0185"))
    assert text(cost, "stated_cost") == (
        "openrouter-chat states a cost of 0.0185 USD, the price list makes it 0.0035 USD: +0.015"
    )
    assert text(charged(0.0001), "stated_cost").endswith(": -0.0034")


def test_the_noise_of_floats_is_no_gap() -> None:
    for same in (0.0035, 0.0034999999999999996, "0.0035"):
        cost = charged(same)
        assert "stated_cost" not in codes(cost)
        assert cost.stated == Decimal(str(same))


def test_a_stated_zero_is_a_statement() -> None:
    cost = charged(0)
    assert cost.stated == 0
    assert text(cost, "stated_cost").endswith(": -0.0035")


@pytest.mark.parametrize("value", [True, -1, float("nan"), float("inf"), "free"], ids=repr)
def test_a_stated_cost_that_is_none_is_refused(value: Any) -> None:
    with pytest.raises(
        UsageError, match="^cost of the response is .*, and a stated cost is a finite"
    ):
        charged(value)


def test_a_stated_cost_in_another_currency_is_said_and_not_compared() -> None:
    prices = Registry.from_yaml(
        "provider: lab\ncurrency: EUR\nmodels:\n  m: {input: 1, output: 2}\n"
    )
    usage = ResponseUsage(input_tokens=10, api="lab-chat", model="m", stated_cost=Decimal(1))
    cost = price_response(usage, registry=prices)
    assert cost.stated is None
    assert text(cost, "stated_cost") == (
        "lab-chat states a cost of 1 USD, the price list makes it 0.00001 EUR"
    )


# --- parts ---------------------------------------------------------------------------------------


def test_parts_are_billed_under_their_own_model() -> None:
    part = ResponseUsage(
        input_tokens=1_000,
        api="x",
        model="gpt-4o-mini",
        assumptions=(Assumption("response", "said"),),
    )
    usage = ResponseUsage(input_tokens=1_000, api="x", model="gpt-4o", parts=(part, part))
    cost = price_response(usage, at="2026-06-01")
    assert cost.total == Decimal("0.0025") + 2 * Decimal("0.00015")
    assert [line.model for line in cost.lines] == ["gpt-4o", "gpt-4o-mini"]
    assert codes(cost) == ["response"]
    unnamed = ResponseUsage(input_tokens=1_000, api="x")
    again = ResponseUsage(input_tokens=1_000, api="x", parts=(unnamed,))
    assert price("gpt-4o", again, at="2026-06-01").total == Decimal("0.005")


def test_a_model_that_is_stated_holds_for_the_parts_of_the_response_itself() -> None:
    prices = Registry.from_yaml(
        "provider: ours\nmodels: {deployed: {input: 1, output: 2}, claude-opus-4-8: {input: 5, output: 25}}"
    )
    compaction = {"type": "compaction", "input_tokens": 100, "output_tokens": 82}
    advisor = {
        "type": "advisor_message",
        "model": "claude-opus-4-8",
        "input_tokens": 7,
        "output_tokens": 3,
    }
    served = {"type": "message", "input_tokens": 180, "output_tokens": 8}
    body = {
        "type": "message", "model": "claude-sonnet-5",
        "usage": {"input_tokens": 180, "output_tokens": 8, "iterations": [compaction, served, advisor]},
    }  # fmt: skip
    for model in ("deployed", "ours/deployed"):
        cost = price_response(body, model=model, registry=prices)
        # 280 × 1 and 90 × 2 of the deployment, 7 × 5 and 3 × 25 of the advisor
        assert cost.total == Decimal("0.00046") + Decimal("0.00011")
        assert {line.model for line in cost.lines} == {"deployed", "claude-opus-4-8"}


def test_a_deployment_is_found_by_its_name_whoever_the_response_looks_like() -> None:
    prices = Registry.from_yaml("provider: ours\nmodels: {deployed: {input: 1, output: 2}}")
    body = {"type": "message", "model": "claude-sonnet-5", "usage": {"input_tokens": 10, "output_tokens": 5}}  # fmt: skip
    cost = price_response(body, model="deployed", registry=prices)
    assert cost.total == Decimal("0.00002")
    assert text(cost, "seller") == "the response is anthropic's; priced as ours sells deployed"
    with pytest.raises(costcalc.UnknownModelError, match="^unknown model 'deployd'; nearest"):
        price_response(body, model="deployd", registry=prices)
    with pytest.raises(costcalc.UnknownModelError, match="of provider 'anthropic'"):
        price_response(body, registry=prices)
    with pytest.raises(costcalc.UnknownModelError, match="of provider 'anthropic'"):
        price_response(body, model="deployed", provider="anthropic", registry=prices)


def test_a_model_is_named_by_text() -> None:
    model: Any = 5
    with pytest.raises(UsageError, match="^a model name is text, not int 5$"):
        price_response(CHAT, model=model)


def test_a_part_keeps_its_own_conditions_and_time() -> None:
    part = ResponseUsage(input_tokens=1_000, api="x", conditions={"batch": True})
    usage = ResponseUsage(input_tokens=1_000, api="x", model="gpt-4o", parts=(part,))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", costcalc.StalePriceWarning)  # priced now
        assert price_response(usage).total == Decimal("0.00375")


def test_a_sum_is_priced_as_its_calls_were_or_not_at_all() -> None:
    fast = ResponseUsage(
        input_tokens=1_000, model="claude-opus-4-6", conditions={"service_tier": "fast"}
    )
    plain = ResponseUsage(input_tokens=1_000, model="claude-opus-4-6")

    def total(usage: Usage, **terms: Any) -> Decimal:
        return costcalc.price("claude-opus-4-6", usage, at="2026-05-01", **terms).total

    assert total(fast + fast) == 2 * total(fast) == 12 * total(plain)
    with pytest.raises(UsageError) as caught:
        total(fast + plain)
    assert str(caught.value) == (
        "these calls were added up and differ in service_tier (fast, none), so no one price is "
        "theirs; add their costs instead, state service_tier, or price the counts alone: "
        "usage.counts()"
    )
    assert total(fast + plain, service_tier="fast") == 2 * total(fast)
    assert total((fast + plain).counts()) == 2 * total(plain)  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue]
    other = ResponseUsage(input_tokens=1_000, model="gpt-5")
    for priced in (partial(total, plain + other), partial(price_response, plain + other)):
        with pytest.raises(
            UsageError, match=r"differ in model \(claude-opus-4-6, gpt-5\), so no one"
        ):
            priced()
    with pytest.raises(
        UsageError, match=r"in model \(.*\) and in service_tier \(.*; add their costs instead, or"
    ):
        total(fast + other)


def test_an_image_within_a_response_is_billed_by_the_image_model() -> None:
    image = {
        "input_tokens": 80, "input_tokens_details": {"image_tokens": 50, "text_tokens": 30},
        "output_tokens": 272, "total_tokens": 352, "output_tokens_details": {"image_tokens": 272, "text_tokens": 0},
    }  # fmt: skip
    body = {
        "object": "response", "model": "gpt-5.6-sol", "created_at": 1_787_270_400,  # 2026-08-21
        "usage": SOL, "tools": [{"type": "image_generation", "model": "gpt-image-2"}],
        "tool_usage": {"image_gen": image, "web_search": {"num_requests": 2}},
    }  # fmt: skip
    cost = price_response(body)
    # gpt-image-2: 30 × 5 + 50 × 8 + 272 × 30 per million; two searches at 10 per thousand
    assert cost.total == Decimal("0.020192") + Decimal("0.00871") + Decimal("0.02")


def test_what_is_no_usage_is_refused_as_before() -> None:
    message = r"^usage is a costcalc.Usage, not dict; build one from the counts$"
    with pytest.raises(UsageError, match=message):
        price("gpt-4o", CHAT["usage"], at="2026-06-01")


UNTOLD = {
    "prompt_tokens": 14_746,
    "completion_tokens": 1_944,
    "completion_tokens_details": {"reasoning_tokens": 1_360},
}
"""Anomalyco/opencode#17566: reasoning inside the completion, and no total that says so."""
BARE = {"input_tokens": 1_000, "output_tokens": 100}


@pytest.mark.parametrize(
    ("body", "model", "maker", "total"),
    [
        pytest.param(UNTOLD, "gpt-5.4-pro", "openai", "0.7923", id="reasoning of OpenAI is inside"),
        pytest.param({"usage": UNTOLD, "model": "gpt-5.4-pro"}, None, "openai", "0.7923",
                     id="the response names the model"),
        pytest.param({"usage": UNTOLD}, "openai/gpt-5.4-pro", "openai", "0.7923",
                     id="a name behind its provider"),
        pytest.param(UNTOLD, "grok-4.3", "xai", "0.0266925", id="reasoning of xAI is beside"),
        pytest.param(BARE, "claude-opus-5", "anthropic", "0.0075", id="two counts of Anthropic"),
        pytest.param(BARE, "gpt-5.5", "openai", "0.008", id="two counts of OpenAI"),
    ],
)  # fmt: skip
def test_what_a_response_leaves_unclear_the_maker_of_the_model_decides(
    body: dict[str, Any], model: str | None, maker: str, total: str
) -> None:
    cost = price_response(body, model=model, at="2026-11-01")
    assert (cost.total, cost.provider) == (Decimal(total), maker)
    named = model or body["model"]
    text = f"nothing tells the format of the response; read as {maker}'s, who makes {named}"
    assert Assumption("response", text) in cost.assumptions


@pytest.mark.parametrize(
    ("body", "options", "said"),
    [
        pytest.param(UNTOLD, {"model": "gpt-oss-120b"}, "does not say enough", id="resold only"),
        pytest.param(BARE, {"model": "qwen-plus"}, "no usage of a known", id="no format of its own"),
        pytest.param(BARE, {"model": "gpt-99"}, "no usage of a known", id="an unknown model"),
        pytest.param(BARE, {}, "no usage of a known", id="no model"),
        pytest.param({"a": 1}, {"model": "gpt-5.5"}, "no usage of a known", id="no usage"),
        pytest.param({**UNTOLD, "total_tokens": 1}, {"model": "gpt-5.4-pro"}, "contradicts itself",
                     id="a contradiction"),
        pytest.param(UNTOLD, {"model": "gpt-5.4-pro", "api": "chat"}, "does not say enough",
                     id="a format that was named"),
    ],
)  # fmt: skip
def test_where_no_maker_can_decide_the_response_is_refused(
    body: dict[str, Any], options: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        price_response(body, at="2026-11-01", **options)


def test_the_maker_is_looked_up_in_the_prices_that_are_given() -> None:
    mine = Registry.from_yaml("provider: openai\nmodels:\n  my-own: {input: 1, output: 2}\n")
    assert price_response(BARE, model="my-own", registry=mine).total == Decimal("0.0012")
