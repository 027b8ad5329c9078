"""The formats of DeepSeek, Mistral, Groq, OpenRouter, Perplexity and Cohere, and what they share."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from costcalc import ResponseUsage, Usage, UsageError


def read(body: Any, **hint: str) -> ResponseUsage:
    return Usage.from_response(body, **hint)


def texts(usage: ResponseUsage) -> str:
    return " | ".join(each.text for each in usage.assumptions)


# --- the shape that many speak -------------------------------------------------------------------

SHARED: dict[str, Any] = {"prompt_tokens": 1_000, "completion_tokens": 200, "total_tokens": 1_200}
CACHED = {
    "among the details": {"prompt_tokens_details": {"cached_tokens": 600}},
    "beside the totals (Moonshot, Together)": {"cached_tokens": 600},
    "in both": {"cached_tokens": 600, "prompt_tokens_details": {"cached_tokens": 600}},
    "a zero beside it": {"cached_tokens": 600, "prompt_tokens_details": {"cached_tokens": 0}},
}


@pytest.mark.parametrize("more", CACHED.values(), ids=CACHED)
def test_cached_tokens_are_found_under_any_of_their_names(more: dict[str, Any]) -> None:
    usage = read({**SHARED, **more})
    assert usage.disjoint() == {"input": 400, "cache_read": 600, "output": 200}
    assert usage.api == "chat"


def test_two_counts_of_one_thing_that_differ_are_refused() -> None:
    message = (
        r"^a usage of chat contradicts itself: prompt_tokens_details.cached_tokens is 500 and "
        r"cached_tokens is 600, and they are one count; say whose it is with provider= or api=,"
    )
    with pytest.raises(UsageError, match=message):
        read({**SHARED, "cached_tokens": 600, "prompt_tokens_details": {"cached_tokens": 500}})


def test_writes_are_found_where_alibaba_has_them() -> None:
    details = {"cached_tokens": 100, "cache_creation_input_tokens": 300}
    usage = read({**SHARED, "prompt_tokens_details": details}, provider="alibaba")
    assert usage.disjoint() == {"input": 600, "cache_read": 100, "cache_write": 300, "output": 200}
    assert usage.provider == "alibaba"


REASONED = {**SHARED, "completion_tokens_details": {"reasoning_tokens": 150}}


def test_the_total_says_where_reasoning_is() -> None:
    inside = {"input": 1_000, "output": 50, "reasoning": 150}
    assert read(REASONED).disjoint() == inside
    beside = {"input": 1_000, "output": 200, "reasoning": 150}
    assert read({**REASONED, "total_tokens": 1_350}).disjoint() == beside
    assert read({**REASONED, "total_tokens": 1_350}).assumptions == ()  # nobody's: no habit


def test_without_total_and_provider_reasoning_is_refused() -> None:
    body = {key: value for key, value in REASONED.items() if key != "total_tokens"}
    message = (
        r"^a usage of chat does not say enough: 150 reasoning tokens may be inside the completion "
        r"of 200 or beside it, and no total_tokens says which; say whose it is with provider="
    )
    with pytest.raises(UsageError, match=message):
        read(body)
    for provider in ("together", "fireworks", "moonshot"):
        assert read(body, provider=provider).disjoint()["output"] == 50
    beside = read({**REASONED, "total_tokens": 1_350}, provider="fireworks")
    assert beside.output_tokens == 350
    assert "chat usually counts reasoning inside the completion; the total 1,350" in texts(beside)


def test_a_hidden_part_of_a_total_is_refused() -> None:
    # the OpenAI-compatible endpoint of Gemini may leave its thoughts out of the completion
    with pytest.raises(UsageError, match="total_tokens is 109 and its parts are prompt_tokens 35,"):
        read({"prompt_tokens": 35, "completion_tokens": 12, "total_tokens": 109})


def test_a_count_that_nothing_reads_is_said() -> None:
    usage = read({**SHARED, "thinking_tokens": 40, "spare_tokens": 0, "prompt_tokens_details": {}})
    assert texts(usage) == "thinking_tokens of the usage, 40, are no count of chat: not billed"
    cached = read({**SHARED, "cached_tokens": 7}, provider="openai")
    assert texts(cached) == "cached_tokens of the usage, 7, are no count of openai-chat: not billed"


def test_a_count_that_is_not_stated_is_said_where_no_total_tells() -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": None, "total_tokens": None}
    body = {"object": "chat.completion", "usage": usage}
    (said,) = read(body).assumptions
    assert (
        said.text == "completion_tokens is not stated; what it would have cost is not in the cost"
    )
    assert read({"prompt_tokens": 10, "total_tokens": 10}).assumptions == ()


def test_a_stated_cost_of_nobody_known_is_said() -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "cost": 0.0001}
    found = read(usage)
    assert found.stated_cost is None
    (said,) = found.assumptions
    assert said.text == (
        "the usage states a cost of 0.0001, which is no field of chat; provider= says whose it is"
    )
    known = read(usage, provider="openrouter")
    assert (known.stated_cost, known.assumptions) == (Decimal("0.0001"), ())


def test_a_total_of_zero_is_none() -> None:
    assert read({**SHARED, "total_tokens": 0}).output_tokens == 200


# --- DeepSeek ------------------------------------------------------------------------------------

DEEPSEEK = {
    "prompt_tokens": 563, "prompt_cache_hit_tokens": 512, "prompt_cache_miss_tokens": 51,
    "prompt_tokens_details": {"cached_tokens": 512}, "completion_tokens": 116,
    "completion_tokens_details": {"reasoning_tokens": 60}, "total_tokens": 679,
}  # fmt: skip


def test_deepseeks_prompt_is_hits_and_misses() -> None:
    usage = read(DEEPSEEK)
    assert usage.disjoint() == {"input": 51, "cache_read": 512, "output": 56, "reasoning": 60}
    assert (usage.provider, usage.api) == ("deepseek", "deepseek-chat")
    plain = {"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10}
    assert read(plain, provider="deepseek").disjoint() == {"input": 9, "output": 1}


def test_hits_and_misses_that_are_no_prompt_are_refused() -> None:
    message = "prompt_tokens is 563, and 512 hits and 50 misses of the cache are 562; say whose"
    with pytest.raises(UsageError, match=message):
        read({**DEEPSEEK, "prompt_cache_miss_tokens": 50})


# --- Mistral -------------------------------------------------------------------------------------

MISTRAL = {
    "prompt_tokens": 70,
    "completion_tokens": 12,
    "total_tokens": 82,
    "num_cached_tokens": 69,
}


def test_mistrals_cached_tokens_are_read() -> None:
    usage = read({**MISTRAL, "service_tier": "priority"})
    assert usage.disjoint() == {"input": 1, "cache_read": 69, "output": 12}
    assert usage.provider == "mistral"
    assert usage.conditions == {"service_tier": "priority"}


def test_seconds_of_audio_are_billed_beside_the_tokens_of_a_chat() -> None:
    # the total of a prompt with audio contains the tokens that it became
    body = {
        "choices": [], "model": "voxtral-small-latest",
        "usage": {"prompt_audio_seconds": 203, "prompt_tokens": 4, "completion_tokens": 635, "total_tokens": 3264},
    }  # fmt: skip
    assert read(body).disjoint() == {"input": 4, "output": 635, "audio_second": 203}


def test_seconds_of_audio_are_all_that_a_transcription_bills() -> None:
    body = {
        "text": "…", "model": "voxtral-mini-latest",
        "usage": {"prompt_audio_seconds": 203, "prompt_tokens": 4, "completion_tokens": 635, "total_tokens": 3264},
    }  # fmt: skip
    assert read(body).disjoint() == {"audio_second": 203}
    assert (
        texts(read(body)) == "a transcription is billed by its seconds; 639 tokens are not counted"
    )


def test_mistrals_own_objects_are_read_without_what_they_leave_unset() -> None:
    models = pytest.importorskip("mistralai.client.models")
    body = {
        "id": "m-1", "object": "chat.completion", "model": "mistral-large-latest",
        "created": 1_780_000_000, "choices": [], "usage": MISTRAL,
    }  # fmt: skip
    assert read(models.ChatCompletionResponse.model_validate(body)) == read(body)


# --- Groq ----------------------------------------------------------------------------------------

GROQ = {
    "id": "chatcmpl-1", "object": "chat.completion", "created": 1_780_000_000, "choices": [],
    "model": "openai/gpt-oss-120b", "service_tier": "on_demand", "x_groq": {"id": "req_1"},
    "usage": {
        "queue_time": 0.05, "prompt_tokens": 254, "prompt_time": 0.01, "completion_tokens": 174,
        "completion_time": 0.36, "total_tokens": 428, "total_time": 0.37,
        "completion_tokens_details": {"reasoning_tokens": 147},
    },
}  # fmt: skip


def test_groq_tells_itself_by_its_times() -> None:
    for body in (GROQ, GROQ["usage"], {**GROQ, "usage": SHARED}):
        assert read(body).provider == "groq"
    assert read(GROQ).disjoint() == {"input": 254, "output": 27, "reasoning": 147}
    chat = pytest.importorskip("groq.types.chat")
    assert read(chat.ChatCompletion.model_validate(GROQ)).counts() == read(GROQ).counts()


# --- OpenRouter ----------------------------------------------------------------------------------

OPENROUTER: dict[str, Any] = {
    "id": "gen-1", "object": "chat.completion", "provider": "Anthropic",
    "model": "anthropic/claude-sonnet-4.6",
    "usage": {
        "prompt_tokens": 3_329, "completion_tokens": 53, "total_tokens": 3_382, "cost": 0.00219855,
        "is_byok": False, "prompt_tokens_details": {"cached_tokens": 3_211, "cache_write_tokens": 115, "audio_tokens": 0},
        "cost_details": {"upstream_inference_cost": None},
        "completion_tokens_details": {"reasoning_tokens": 0},
    },
}  # fmt: skip


def test_openrouter_states_what_it_charged() -> None:
    usage = read(OPENROUTER)
    assert usage.disjoint() == {"input": 3, "cache_read": 3_211, "cache_write": 115, "output": 53}
    assert usage.stated_cost == Decimal("0.00219855")
    assert (usage.provider, usage.api) == ("openrouter", "openrouter-chat")
    assert read(
        {**OPENROUTER, "usage": {**SHARED, "cost": 0.5}}, provider="openrouter"
    ).stated_cost == Decimal("0.5")


def byok(**details: Any) -> dict[str, Any]:
    return {**OPENROUTER["usage"], "is_byok": True, "cost": 0.0001, "cost_details": details}


def test_with_a_key_of_ones_own_the_charge_is_a_fee_and_no_stated_cost() -> None:
    usage = read(byok(upstream_inference_cost=0.00219855))
    assert usage.stated_cost is None
    assert texts(usage) == (
        "called with a key of your own: 0.0001 USD is OpenRouter's fee alone, and the provider "
        "bills the call, which OpenRouter puts at 0.00219855 USD"
    )
    assert texts(read(byok())).endswith("and the provider bills the call")


def test_openrouters_tier_searches_and_responses_are_read() -> None:
    more = {"service_tier": "flex", "server_tool_use": {"web_search_requests": 2}}
    usage = read({**OPENROUTER["usage"], **more})
    assert usage.conditions == {"service_tier": "flex"}
    assert (usage.units, texts(usage)) == (
        {},
        "2 web searches through OpenRouter are in its charge alone",
    )
    body = {
        "input_tokens": 10, "output_tokens": 25, "total_tokens": 35, "cost": 0.0012, "is_byok": False,
        "input_tokens_details": {"cached_tokens": 4}, "output_tokens_details": {"reasoning_tokens": 5},
    }  # fmt: skip
    usage = read(body)
    assert usage.api == "openrouter-responses"
    assert usage.disjoint() == {"input": 6, "cache_read": 4, "output": 20, "reasoning": 5}
    assert usage.stated_cost == Decimal("0.0012")


# --- Perplexity ----------------------------------------------------------------------------------

RESEARCH = {
    "prompt_tokens": 33, "completion_tokens": 11_395, "total_tokens": 11_428,
    "citation_tokens": 19_028, "num_search_queries": 21, "reasoning_tokens": 193_947,
    "search_context_size": None, "cost": {"total_cost": 0.816},
}  # fmt: skip


def test_deep_research_bills_citations_reasoning_and_searches_apart() -> None:
    found = {
        "input": 33,
        "output": 11_395,
        "reasoning": 193_947,
        "citation": 19_028,
        "web_search": 21,
    }
    for body in (RESEARCH, {"model": "sonar-deep-research", "usage": RESEARCH}):
        assert read(body).disjoint() == found
        assert read(body).stated_cost == Decimal("0.816")
        assert read(body).provider == "perplexity"


def test_the_other_models_do_not() -> None:
    usage = {**RESEARCH, "search_context_size": "low"}
    found = read({"model": "sonar-pro", "usage": usage})
    assert found.disjoint() == {"input": 33, "output": 11_395}
    assert found.conditions == {"search_context_size": "low"}
    assert texts(found) == (
        "212,975 tokens of citations and reasoning and 21 searches are billed apart for deep "
        "research alone"
    )
    plain = {**SHARED, "search_context_size": "low"}
    assert read(plain).assumptions == ()


AGENT = {
    "object": "response", "model": "perplexity/sonar",
    "usage": {
        "input_tokens": 1_000, "output_tokens": 200, "total_tokens": 1_200,
        "input_tokens_details": {"cache_creation_input_tokens": 100, "cache_read_input_tokens": 300},
        "cost": {"currency": "USD", "input_cost": 0.00025, "output_cost": 0.0005, "total_cost": 0.00575},
        "tool_calls_details": {"search_web": {"invocation": 2}, "fetch_url": {"invocation": 1}, "people_search": {"invocation": 1}, "finance_search": {"invocation": 0}},
    },
}  # fmt: skip


def test_the_agent_api_counts_its_tools() -> None:
    usage = read(AGENT)
    assert usage.api == "perplexity-responses"
    assert usage.disjoint() == {
        "input": 600, "cache_read": 300, "cache_write": 100, "output": 200, "web_search": 2, "web_fetch": 1,
    }  # fmt: skip
    assert usage.stated_cost == Decimal("0.00575")
    assert texts(usage) == "1 of people_search have no price of their own here: not billed"


# --- Cohere --------------------------------------------------------------------------------------

COHERE: dict[str, Any] = {
    "id": "c-1", "finish_reason": "COMPLETE", "message": {"role": "assistant", "content": []},
    "usage": {
        "billed_units": {"input_tokens": 431.0, "output_tokens": 661.0},
        "tokens": {"input_tokens": 2_190.0, "output_tokens": 1_257.0}, "cached_tokens": 128.0,
    },
}  # fmt: skip


def test_cohere_bills_its_billed_units() -> None:
    for body in (COHERE, COHERE["usage"]):
        usage = read(body)
        assert usage.disjoint() == {"input": 431, "output": 661}
        assert (usage.provider, usage.model) == ("cohere", None)
    v2 = pytest.importorskip("cohere.v2.types")
    assert read(v2.V2ChatResponse.model_validate(COHERE)) == read(COHERE)


def test_tokens_without_billed_units_are_refused() -> None:
    with pytest.raises(
        UsageError, match="it has tokens and no billed_units, which are what Cohere"
    ):
        read({"tokens": {"input_tokens": 5.0, "output_tokens": 1.0}})


def test_version_1_embeddings_and_rerank_have_it_in_meta() -> None:
    usage = read({"results": [], "meta": {"billed_units": {"search_units": 3}}})
    assert (usage.api, usage.units) == ("cohere-meta", {"rerank_search": 3})
    pages = read({"meta": {"billed_units": {"pages": 2.0, "images": 1.0, "classifications": 4}}})
    assert pages.units == {"image": 1, "page": 2}
    assert texts(pages) == "4 classifications have no price here: not billed"


def test_image_tokens_are_inside_where_the_split_adds_up_and_beside_where_not() -> None:
    inside = {"input_tokens": 10, "text_tokens": 4, "image_tokens": 6}
    assert read({"billed_units": inside}).disjoint() == {"input": 4, "input_image": 6}
    usage = read({"billed_units": {"input_tokens": 4, "image_tokens": 6}})
    assert usage.disjoint() == {"input": 4, "input_image": 6}
    assert texts(usage) == "6 image tokens are taken as billed beside the input tokens"
