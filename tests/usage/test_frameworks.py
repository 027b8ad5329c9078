"""Shapes of frameworks: LiteLLM, LangChain, Pydantic AI, the AI SDK, LlamaIndex.

`frameworks.json` holds objects that the packages themselves made, of the versions that it names.
"""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import costcalc
from costcalc.billing.responses import price_response
from costcalc.errors import UsageError
from costcalc.usage.responses.reading import read_response
from costcalc.usage.responses.streams import whole
from costcalc.usage.usage import Usage

MADE: dict[str, Any] = json.loads(Path(__file__).with_name("frameworks.json").read_text("utf-8"))

INCLUSIVE = Usage(
    input_tokens=667,
    cache_read_tokens=40,
    cache_write_tokens=123,
    cache_write_1h_tokens=23,
    output_tokens=97,
    reasoning_tokens=30,
)
"""What the message says that every framework was given."""
SEARCHED = Usage(
    **{
        name: getattr(INCLUSIVE, name) for name in INCLUSIVE.__dataclass_fields__ if name != "units"
    },
    units={"web_search": 2},
)
RATES = costcalc.Registry.from_yaml("""
provider: acme
models:
  it: {input: 3, cache_read: 0.30, cache_write: 3.75, cache_write_1h: 6, output: 15}
""")


def shorter(response: dict[str, Any], **usage: Any) -> dict[str, Any]:
    """A response with another usage."""
    return {**response, "usage": {**response["usage"], **usage}}


# LiteLLM


def test_litellms_usage_is_inclusive() -> None:
    found = read_response(MADE["litellm_cached"])
    assert found.counts() == SEARCHED
    assert (found.api, found.provider, found.model) == ("litellm", "anthropic", "claude-sonnet-4-6")
    assert dict(found.conditions) == {"region": "us", "service_tier": "standard"}


def test_litellms_own_cost_is_kept_apart() -> None:
    found = read_response(MADE["litellm_cached"])
    assert found.stated_cost is None
    (said,) = found.assumptions
    assert "no seller says so" in said.text
    assert said.total == Decimal("0.0123")
    cost = price_response(MADE["litellm_cached"], at="2026-06-01")
    assert cost.stated is None
    assert said in cost.assumptions


def test_a_cost_that_a_provider_stated_comes_through_litellm() -> None:
    assert read_response(shorter(MADE["litellm_cached"], cost=0.02)).stated_cost == Decimal("0.02")


def test_a_cost_in_parts_comes_through_litellm_as_its_total() -> None:
    usage = {"prompt_tokens": 504, "completion_tokens": 97, "cache_read_input_tokens": 0}
    found = read_response({**usage, "cost": {"request_cost": 0.004, "total_cost": 0.005}})
    assert found.stated_cost == Decimal("0.005")


def test_a_fee_for_a_key_of_ones_own_is_no_stated_cost_through_litellm_either() -> None:
    usage = {
        "prompt_tokens": 9171, "completion_tokens": 113, "total_tokens": 9284,
        "cost": 0, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.0360795},
    }  # fmt: skip
    found = read_response({"usage": usage, "_hidden_params": {"custom_llm_provider": "openrouter"}})
    assert (found.api, found.stated_cost) == ("litellm", None)
    assert "which OpenRouter puts at 0.0360795 USD" in found.assumptions[0].text


def test_litellm_adds_all_iterations_up_and_they_are_taken_out() -> None:
    compaction = MADE["litellm_compaction"]
    assert price_response(compaction, at="2026-06-01").total == Decimal("0.2088")
    found = read_response(compaction)
    assert found.counts() == Usage(input_tokens=180, output_tokens=8)
    advisor = price_response(MADE["litellm_advisor"], at="2026-08-01")
    assert advisor.total == Decimal("0.01913")


def test_litellm_bills_a_model_that_declined_and_we_do_not() -> None:
    declined = {
        "type": "message",
        "model": "claude-fable-5",
        "input_tokens": 408,
        "output_tokens": 0,
    }
    served = {
        "type": "fallback_message",
        "model": "claude-opus-4-8",
        "input_tokens": 412,
        "output_tokens": 30,
    }
    usage = {
        "prompt_tokens": 820,
        "completion_tokens": 30,
        "total_tokens": 850,
        "cache_read_input_tokens": 0,
        "iterations": [declined, served],
    }
    found = read_response({"model": "claude-opus-4-8", "usage": usage})
    assert found.counts() == Usage(input_tokens=412, output_tokens=30)


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": 2459, "completion_tokens": 23, "cache_read_input_tokens": 2455},
        {"prompt_tokens": 2459, "completion_tokens": 23, "prompt_tokens_details": {
            "cached_tokens": 2455, "cache_creation_tokens": 0,
        }},
    ],
    ids=["a name of Anthropic's", "a name of OpenAI's"],
)  # fmt: skip
@pytest.mark.parametrize("provider", [None, "anthropic"])
def test_cached_tokens_are_not_billed_as_input(usage: dict[str, Any], provider: str | None) -> None:
    found = read_response(usage, provider=provider)
    assert found.disjoint() == {"input": 4, "cache_read": 2455, "output": 23}
    cost = price_response(
        usage, model="claude-3-5-haiku-20241022", at="2025-06-01", provider=provider
    )
    assert cost.total == Decimal("0.0002916")


def test_cached_tokens_without_a_completion_are_priced() -> None:
    usage = {"prompt_tokens": 17_111, "cache_read_input_tokens": 17_102}
    cost = price_response(usage, model="claude-haiku-4-5", at="2026-06-01")
    assert cost.total == Decimal("0.0017192")


def test_two_names_that_differ_are_a_contradiction() -> None:
    with pytest.raises(UsageError, match="they are one count"):
        read_response(shorter(MADE["litellm_cached"], cache_read_input_tokens=41))


def test_reasoning_that_litellm_counted_itself_is_no_more_than_the_output() -> None:
    details = {"reasoning_tokens": 120}
    found = read_response(shorter(MADE["litellm_cached"], completion_tokens_details=details))
    assert (found.output_tokens, found.reasoning_tokens) == (97, 97)
    assert "by a tokenizer of its own" in found.assumptions[0].text


def test_a_reseller_behind_litellm_is_told_by_the_model() -> None:
    response = {**MADE["litellm_cached"], "_hidden_params": {"custom_llm_provider": "bedrock"}}
    found = read_response(response)
    assert (found.provider, found.assumptions) == (None, ())
    hinted = read_response(response, provider="bedrock")
    assert (hinted.api, hinted.provider) == ("litellm", "bedrock")


def test_vertexs_tier_comes_through_litellm() -> None:
    hidden = {
        "custom_llm_provider": "vertex_ai",
        "provider_specific_fields": {"traffic_type": "ON_DEMAND_FLEX"},
    }
    usage = {"prompt_tokens": 7, "completion_tokens": 205, "total_tokens": 212}
    response = {"model": "gemini-3.5-flash", "usage": usage, "_hidden_params": hidden}
    found = read_response(response)
    assert (found.provider, dict(found.conditions)) == ("vertex", {"service_tier": "flex"})
    assert price_response(response, at="2026-08-01").total == Decimal("0.00092775")
    claude = read_response({**response, "model": "claude-opus-4-8"})
    assert claude.provider is None


# LangChain

EXAMPLE = {
    "input_tokens": 350,
    "output_tokens": 240,
    "total_tokens": 590,
    "input_token_details": {"audio": 10, "cache_creation": 200, "cache_read": 100},
    "output_token_details": {"audio": 10, "reasoning": 200},
}


def test_langchains_example() -> None:
    cost = price_response(EXAMPLE, model="it", registry=RATES)
    assert cost.total == Decimal("0.00453")


def test_langchains_counts_are_inclusive() -> None:
    found = read_response(EXAMPLE)
    assert found.disjoint() == {
        "input": 40, "cache_read": 100, "cache_write": 200, "input_audio": 10,
        "output": 30, "reasoning": 200, "output_audio": 10,
    }  # fmt: skip
    assert (found.api, found.provider) == ("langchain", None)


def test_the_messages_own_usage_is_taken_where_langchain_keeps_it() -> None:
    found = read_response(MADE["langchain_anthropic"])
    assert found.counts() == SEARCHED
    assert (found.api, found.provider, found.model) == (
        "langchain",
        "anthropic",
        "claude-sonnet-4-6",
    )
    assert dict(found.conditions) == {"service_tier": "standard", "region": "us"}


def test_calls_within_a_call_survive_langchain() -> None:
    part = {"type": "compaction", "input_tokens": 100, "output_tokens": 82}
    part |= {"cache_creation_input_tokens": 55_096, "cache_read_input_tokens": 0}
    raw = {"input_tokens": 180, "output_tokens": 8, "iterations": [part]}
    message = {
        "type": "ai",
        "usage_metadata": {"input_tokens": 180, "output_tokens": 8, "total_tokens": 188},
        "response_metadata": {
            "model_name": "claude-sonnet-4-6", "model_provider": "anthropic", "usage": raw,
        },
    }  # fmt: skip
    assert price_response(message, at="2026-06-01").total == Decimal("0.2088")


def test_what_cannot_be_read_of_a_provider_is_said_and_langchains_is_taken() -> None:
    message = json.loads(json.dumps(MADE["langchain_anthropic"]))
    message["response_metadata"]["usage"]["input_tokens"] = -1
    found = read_response(message)
    assert found.counts() == INCLUSIVE
    assert "is not readable, so langchain's is taken" in found.assumptions[0].text


def test_the_tier_before_a_detail_is_the_tier_and_no_count() -> None:
    found = read_response(MADE["langchain_openai_flex"])
    assert found.counts() == Usage(
        input_tokens=2006, cache_read_tokens=1920, output_tokens=300, reasoning_tokens=128
    )
    assert dict(found.conditions) == {"service_tier": "flex"}
    assert found.provider is None


def test_a_sum_of_several_tiers_is_refused() -> None:
    usage = dict(MADE["langchain_openai_flex"]["usage_metadata"])
    usage |= {"input_tokens": 2106, "total_tokens": 2406}
    with pytest.raises(UsageError, match="2,006 of 2,106 input tokens were served as flex"):
        read_response(usage)


def test_the_tier_may_stand_beside_the_usage() -> None:
    meta = {"model_provider": "openai", "model_name": "gpt-5.4", "service_tier": "priority"}
    found = read_response({"type": "ai", "usage_metadata": EXAMPLE, "response_metadata": meta})
    assert (found.provider, dict(found.conditions)) == ("openai", {"service_tier": "priority"})


def test_a_split_by_life_replaces_the_sum_of_writes() -> None:
    # written as langchain-aws does: cache_creation is 0 beside the split
    found = read_response(MADE["langchain_bedrock"])
    assert found.disjoint() == {
        "input": 3,
        "cache_write": 2000,
        "cache_write_1h": 74,
        "output": 288,
    }
    assert found.provider is None


def test_searches_of_gemini_come_through_langchain() -> None:
    found = read_response(MADE["langchain_google"])
    assert found.counts() == Usage(
        input_tokens=136, output_tokens=414, reasoning_tokens=213, units={"web_search": 1}
    )
    assert found.provider == "google"


def test_chunks_of_langchain_are_added_unlike_all_others() -> None:
    chunks = MADE["langchain_anthropic_chunks"]
    found = read_response(chunks)
    assert found.counts() == Usage(
        input_tokens=667, cache_read_tokens=40, cache_write_tokens=123, output_tokens=97
    )
    assert (found.model, found.provider) == ("claude-sonnet-4-6", "anthropic")
    half = {**chunks[1], "usage_metadata": {**EXAMPLE, "input_tokens": 0, "total_tokens": 240}}
    rest = {"input_tokens": 350, "output_tokens": 0, "total_tokens": 350, "note": None}
    twice = read_response([{**chunks[0], "usage_metadata": rest}, half])
    assert (twice.input_tokens, twice.output_tokens, twice.cache_read_tokens) == (350, 240, 100)
    with pytest.raises(UsageError, match="none of the 1 events"):
        read_response(chunks[:1])
    odd = {**chunks[1], "usage_metadata": {"input_tokens": "3 or 4"}}
    with pytest.raises(UsageError, match="a count is a whole number"):
        read_response([odd])
    mixed = [
        {**chunks[1], "usage_metadata": {"input_tokens": 3, "input_token_details": each}}
        for each in (1, {"audio": 2}, 1)
    ]
    assert read_response(mixed).disjoint() == {"input": 7, "input_audio": 2}


def test_a_message_of_langchain_without_usage_is_refused() -> None:
    with pytest.raises(UsageError):
        read_response({"type": "ai", "usage_metadata": None, "response_metadata": {}})


def test_a_hint_does_not_change_whose_shape_it_is() -> None:
    # as Anthropic's own, 350 would be without the cache
    assert read_response(EXAMPLE, provider="anthropic").input_tokens == 350


# Pydantic AI


def test_pydantic_ais_response_is_inclusive() -> None:
    found = read_response(MADE["pydantic_ai_response"])
    assert found.counts() == SEARCHED
    assert (found.api, found.provider, found.model, found.id) == (
        "pydantic-ai", "anthropic", "claude-sonnet-4-6", "msg_01",
    )  # fmt: skip
    assert found.at is not None
    assert found.stated_cost is None


def test_a_run_has_several_requests() -> None:
    found = read_response(MADE["pydantic_ai_run"])
    assert (found.requests, found.input_tokens) == (2, 667)


def test_a_result_of_a_run_names_the_model_of_its_last_response() -> None:
    result = SimpleNamespace(
        usage=MADE["pydantic_ai_run"], response=SimpleNamespace(model_name="claude-sonnet-4-6")
    )
    assert read_response(result).model == "claude-sonnet-4-6"


def test_a_cost_of_none_is_unknown_and_one_of_its_own_is_kept_apart() -> None:
    usage = {**MADE["pydantic_ai_run"], "cost": "0.01"}
    found = read_response(usage)
    assert found.stated_cost is None
    assert found.assumptions[0].total == Decimal("0.01")
    assert read_response(MADE["pydantic_ai_run"]).assumptions == ()


def test_requests_that_stated_nothing_make_a_lower_bound() -> None:
    found = read_response({**MADE["pydantic_ai_run"], "unmeasured_requests": 1})
    assert "1 requests stated no usage" in found.assumptions[0].text
    with pytest.raises(UsageError, match="unknown and not zero"):
        read_response({"input_tokens": 0, "output_tokens": 0, "unmeasured_requests": 1})


def test_audio_of_pydantic_ai_is_read_by_token_and_by_second() -> None:
    usage = {
        "input_tokens": 100,
        "input_audio_tokens": 60,
        "cache_read_tokens": 20,
        "cache_audio_read_tokens": 15,
        "output_tokens": 50,
        "output_audio_tokens": 40,
        "output_reasoning_tokens": 0,
        "audio_seconds": 1.5,
    }
    found = read_response(usage)
    assert found.disjoint() == {
        "input": 35, "cache_read": 5, "cache_read_audio": 15, "input_audio": 45,
        "output": 10, "output_audio": 40, "audio_second": 2,
    }  # fmt: skip
    assert "1.5 seconds of audio are billed as 2" in found.assumptions[0].text


@pytest.mark.parametrize(
    ("canonical", "name", "provider"),
    [
        ("google-cloud", "google", "vertex"),
        (None, "google-gla", "google"),
        (None, "bedrock", None),
        (None, None, None),
    ],
)
def test_the_seller_is_named_where_it_is_known(
    canonical: str | None, name: str | None, provider: str | None
) -> None:
    response = {
        **MADE["pydantic_ai_response"],
        "canonical_system": canonical,
        "provider_name": name,
    }
    assert read_response(response).provider == provider
    assert read_response(response, provider="openai").provider == "openai"


# The AI SDK

COMPACTION = {
    "input_tokens": 180,
    "output_tokens": 8,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 0,
    "iterations": [
        {
            "type": "compaction",
            "input_tokens": 100,
            "output_tokens": 82,
            "cache_creation_input_tokens": 55_096,
            "cache_read_input_tokens": 0,
        },
        {"type": "message", "input_tokens": 180, "output_tokens": 8},
    ],
}
SIX = {
    "inputTokens": 280,
    "inputTokenDetails": {"noCacheTokens": 280, "cacheReadTokens": 0, "cacheWriteTokens": 0},
    "outputTokens": 90,
    "outputTokenDetails": {"textTokens": 90},
    "totalTokens": 370,
    "raw": COMPACTION,
}


def test_the_providers_own_usage_is_priced_and_not_the_ai_sdks() -> None:
    # @ai-sdk/anthropic 3.0.140 sums the iterations and loses all that a compaction wrote
    assert price_response(SIX, model="claude-sonnet-4-6", at="2026-06-01").total == Decimal(
        "0.2088"
    )
    found = read_response(SIX)
    assert found.counts() == Usage(input_tokens=180, output_tokens=8)
    assert found.parts[0].cache_write_tokens == 55_096


def result(usage: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A result of generateText."""
    response = {"id": "r1", "modelId": "gpt-5.4", "timestamp": "2026-06-01T00:00:00.000Z"}
    return {"text": "Hi", "finishReason": "stop", "usage": usage, "response": response, **more}


NORMALISED = {
    "inputTokens": 1000,
    "inputTokenDetails": {"cacheReadTokens": 600, "cacheWriteTokens": 100},
    "outputTokens": 50,
    "outputTokenDetails": {"reasoningTokens": 20},
    "totalTokens": 1050,
}


def test_without_a_raw_usage_the_normalised_one_is_read() -> None:
    found = read_response(result(NORMALISED))
    assert found.disjoint() == {
        "input": 300, "cache_read": 600, "cache_write": 100, "output": 30, "reasoning": 20,
    }  # fmt: skip
    assert (found.api, found.model, found.id) == ("vercel", "gpt-5.4", "r1")
    assert found.at == datetime(2026, 6, 1, tzinfo=UTC)


def test_an_unreadable_raw_usage_is_said() -> None:
    found = read_response({**NORMALISED, "raw": {"tokens": 3}})
    assert found.input_tokens == 1000
    assert "is not readable, so vercel's is taken" in found.assumptions[0].text


OWN = {
    "input_tokens": 180, "output_tokens": 60, "cache_read_input_tokens": 20,
    "output_tokens_details": {"thinking_tokens": 10},
    "iterations": [
        {"type": "compaction", "input_tokens": 100, "output_tokens": 82},
        {"type": "message", "input_tokens": 180, "output_tokens": 60, "cache_read_input_tokens": 20},
    ],
}  # fmt: skip
OTHERS = [
    ("with the cached tokens", 200, 60, []),
    ("without them, and without reasoning", 180, 50, []),
    ("with the parts", 300, 142, []),
    ("something else", 99, 61, ["99 input tokens, and the provider's own usage 200",
                                "61 output tokens, and the provider's own usage 60"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "made", "said"), [case[1:] for case in OTHERS], ids=[case[0] for case in OTHERS]
)
def test_a_framework_that_counts_otherwise_than_the_provider_is_named(
    given: int, made: int, said: list[str]
) -> None:
    usage = {"inputTokens": given, "inputTokenDetails": {}, "outputTokens": made, "raw": OWN}
    found = read_response(usage)
    assert (found.input_tokens, found.output_tokens) == (200, 60)
    assert [each.text for each in found.assumptions] == [
        f"vercel counts {each}; the latter are billed" for each in said
    ]


def test_undefined_counts_beside_a_raw_usage_do_not_matter() -> None:
    raw = {"input_tokens": 5, "output_tokens": 7, "cache_read_input_tokens": 0}
    found = read_response({"inputTokenDetails": {}, "raw": raw})
    assert (found.input_tokens, found.output_tokens) == (5, 7)


def test_a_usage_of_undefined_counts_is_refused() -> None:
    with pytest.raises(UsageError, match="unknown and not zero"):
        read_response({"inputTokenDetails": {}, "outputTokenDetails": {}})


def test_one_undefined_count_is_said() -> None:
    found = read_response(
        {**NORMALISED, "outputTokens": None, "outputTokenDetails": {}, "totalTokens": None}
    )
    assert (found.input_tokens, found.output_tokens) == (1000, 0)
    assert "outputTokens is undefined" in found.assumptions[0].text


def test_steps_are_calls_of_their_own() -> None:
    first = result({**NORMALISED, "inputTokens": 2000, "totalTokens": 2050})
    last = result(NORMALISED)
    both = {
        **last,
        "steps": [first, last],
        "totalUsage": {"inputTokens": 3000, "outputTokens": 100},
    }
    found = read_response(both)
    assert found.input_tokens == 1000
    assert [part.input_tokens for part in found.parts] == [2000]
    assert found.whole().input_tokens == 3000
    one = read_response({**last, "steps": [last]})
    assert one.counts() == read_response(last).counts()


def test_a_step_without_usage_is_refused() -> None:
    with pytest.raises(UsageError):
        read_response({**result(NORMALISED), "steps": [{"usage": None}, result(NORMALISED)]})


FIVE = {
    "inputTokens": 1000,
    "outputTokens": 50,
    "totalTokens": 1050,
    "cachedInputTokens": 600,
}


def test_version_5_leaves_the_cache_inside_or_outside_as_the_provider_does() -> None:
    assert read_response(FIVE, provider="openai").disjoint() == {
        "input": 400, "cache_read": 600, "output": 50,
    }  # fmt: skip
    assert read_response(FIVE, provider="anthropic").disjoint() == {
        "input": 1000, "cache_read": 600, "output": 50,
    }  # fmt: skip
    assert read_response(result(FIVE)).input_tokens == 1000
    with pytest.raises(UsageError, match="say whose it is with provider="):
        read_response(FIVE)


def test_version_5_has_claudes_writes_in_the_metadata() -> None:
    response = {"modelId": "claude-sonnet-4-6"}
    metadata = {"anthropic": {"cacheCreationInputTokens": 300}}
    found = read_response({"usage": FIVE, "response": response, "providerMetadata": metadata})
    assert found.disjoint() == {
        "input": 1000, "cache_read": 600, "cache_write": 300, "output": 50,
    }  # fmt: skip
    metadata = {"anthropic": {"usage": COMPACTION}}
    raw = read_response({"usage": FIVE, "response": response, "providerMetadata": metadata})
    assert raw.parts[0].cache_write_tokens == 55_096


def test_version_5_leaves_reasoning_where_its_total_says() -> None:
    # recorded of xAI: 555 + 190 + 1057 = 1802
    usage = {"inputTokens": 555, "outputTokens": 190, "totalTokens": 1802, "reasoningTokens": 1057}
    found = read_response(usage)
    assert (found.output_tokens, found.reasoning_tokens) == (1247, 1057)
    inside = {**usage, "outputTokens": 1247}
    assert read_response(inside).output_tokens == 1247
    with pytest.raises(UsageError, match="contradicts itself"):
        read_response({**usage, "totalTokens": 1803})


def test_reasoning_of_another_shape_is_not_the_ai_sdks() -> None:
    grpc = {"promptTokens": 10, "promptTextTokens": 10, "completionTokens": 5, "reasoningTokens": 2}
    assert read_response(grpc, provider="xai").api == "xai-grpc"


def test_what_a_package_hands_to_the_ai_sdk_is_read() -> None:
    usage = {
        "inputTokens": {"total": 1000, "noCache": 300, "cacheRead": 600, "cacheWrite": 100},
        "outputTokens": {"total": 50, "text": 30, "reasoning": 20},
    }
    found = read_response(usage)
    assert found.counts() == read_response(NORMALISED).counts()
    assert found.api == "vercel-provider"
    assert read_response({**usage, "raw": COMPACTION}).parts[0].output_tokens == 82


# LlamaIndex


def test_the_raw_response_in_llamaindexs_is_read() -> None:
    found = read_response(MADE["llamaindex_response"])
    assert found.counts() == SEARCHED
    assert (found.api, found.model) == ("anthropic-messages", "claude-sonnet-4-6")


def test_without_the_raw_response_prompt_and_completion_are_all_there_is() -> None:
    found = read_response({**MADE["llamaindex_response"], "raw": None})
    assert found.counts() == Usage(input_tokens=667, output_tokens=97)
    assert "cached tokens are billed as input" in found.assumptions[0].text
    empty = read_response({**MADE["llamaindex_response"], "raw": {"text": "Hi"}})
    assert empty.counts() == found.counts()


def test_a_raw_response_that_is_nothing_of_llamaindexs_is_left_alone() -> None:
    with pytest.raises(UsageError):
        read_response({"raw": {"usage": COMPACTION}})


def test_a_handlers_counts_are_read_with_what_they_leave_out() -> None:
    handler = SimpleNamespace(
        prompt_llm_token_count=200,
        completion_llm_token_count=50,
        total_llm_token_count=250,
        total_embedding_token_count=9,
        llm_token_counts=[1, 2],
    )
    found = read_response(handler)
    assert (found.input_tokens, found.output_tokens, found.requests) == (200, 50, 2)
    assert "9 tokens of embeddings" in found.assumptions[1].text
    event = {"prompt_token_count": 120, "completion_token_count": 30, "total_token_count": 150}
    single = read_response(event)
    assert (single.input_tokens, single.requests, len(single.assumptions)) == (120, None, 1)


# Joined events


def test_events_that_say_nothing_known_are_named_by_their_fields() -> None:
    events = [{"id": "a", "usage": {"tokens": 1}}, SimpleNamespace(id="a", more=1)]
    with pytest.raises(UsageError, match="a response of id, usage, more"):
        read_response(events)
    assert len(whole(events)) == 3


# The packages' own objects


def test_langchains_own_messages_are_read() -> None:
    messages = pytest.importorskip("langchain_core.messages")
    made = {
        key: MADE["langchain_anthropic"][key]
        for key in ("content", "response_metadata", "usage_metadata")
    }
    assert read_response(messages.AIMessage(**made)) == read_response(MADE["langchain_anthropic"])
    chunks = [
        messages.AIMessageChunk(
            content="",
            usage_metadata=each["usage_metadata"],
            response_metadata=each["response_metadata"],
        )
        for each in MADE["langchain_anthropic_chunks"]
    ]
    assert (
        read_response(chunks).counts() == read_response(MADE["langchain_anthropic_chunks"]).counts()
    )
    added = read_response(chunks[0] + chunks[1])
    assert added.counts() == read_response(chunks).counts()


def test_pydantic_ais_own_usages_are_read() -> None:
    usage = pytest.importorskip("pydantic_ai.usage")
    request = usage.RequestUsage(
        input_tokens=667, cache_read_tokens=40, cache_write_tokens=123, cache_write_1h_tokens=23,
        output_tokens=97, output_reasoning_tokens=30,
    )  # fmt: skip
    assert read_response(request).counts() == INCLUSIVE
    run = usage.RunUsage(requests=2) + request
    assert read_response(run).requests == 2
    messages = pytest.importorskip("pydantic_ai.messages")
    response = messages.ModelResponse(parts=[], usage=request, model_name="claude-sonnet-4-6")
    assert read_response(response).model == "claude-sonnet-4-6"


@pytest.mark.filterwarnings("ignore")  # the package's own, while it is imported
def test_litellms_own_objects_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # it would fetch a list otherwise
    types = pytest.importorskip("litellm.types.utils")
    made = MADE["litellm_cached"]
    response = types.ModelResponse(model="claude-sonnet-4-6", usage=types.Usage(**made["usage"]))
    found = read_response(response)
    assert found.counts() == SEARCHED
    assert found.api == "litellm"


@pytest.mark.filterwarnings("ignore")
def test_llamaindexs_own_objects_are_read() -> None:
    callbacks = pytest.importorskip("llama_index.core.callbacks")
    counting = pytest.importorskip("llama_index.core.callbacks.token_counting")
    handler = callbacks.TokenCountingHandler(tokenizer=str.split)
    event = counting.TokenCountingEvent(
        prompt="p", completion="c", prompt_token_count=120, completion_token_count=30
    )
    handler.llm_token_counts.append(event)
    assert read_response(handler).counts() == Usage(input_tokens=120, output_tokens=30)
    assert read_response(event).counts() == Usage(input_tokens=120, output_tokens=30)
