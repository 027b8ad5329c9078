"""Gemini's formats, read and priced: modalities, thoughts, tiers and searches."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from costcalc.billing.responses import price_response
from costcalc.errors import UsageError
from costcalc.usage.responses.reading import read_response
from costcalc.usage.usage import Usage


def body(
    usage: dict[str, Any], model: str | None = "gemini-2.5-pro", **more: Any
) -> dict[str, Any]:
    """A whole response of the REST API with a usage."""
    return {"modelVersion": model, "responseId": "r1", "usageMetadata": usage, **more}


def details(**counts: int) -> list[dict[str, Any]]:
    """Details by modality."""
    return [{"modality": name.upper(), "tokenCount": count} for name, count in counts.items()]


TOOLS = {
    "promptTokenCount": 17,
    "toolUsePromptTokenCount": 119,
    "candidatesTokenCount": 201,
    "thoughtsTokenCount": 213,
    "totalTokenCount": 550,
}
CACHED = {
    "promptTokenCount": 345,
    "cachedContentTokenCount": 230,
    "candidatesTokenCount": 51,
    "totalTokenCount": 396,
}
WORKED = {
    "thoughts and tools": (body(TOOLS), "2025-09-01", "0.00431"),
    "cached": (body(CACHED, "gemini-2.5-flash"), "2025-11-01", "0.0001689"),
    "the whole long request has the long rate": (
        body({"promptTokenCount": 250_000, "candidatesTokenCount": 1000, "totalTokenCount": 251_000}),
        "2025-09-01", "0.64",
    ),
    "200,000 is not above 200,000": (
        body({"promptTokenCount": 200_000, "candidatesTokenCount": 1000}), "2025-09-01", "0.26",
    ),
    "200,001 is": (
        body({"promptTokenCount": 200_001, "candidatesTokenCount": 1000}), "2025-09-01", "0.5150025",
    ),
    "flex by its traffic type": (
        body(
            {"promptTokenCount": 7, "candidatesTokenCount": 205, "trafficType": "ON_DEMAND_FLEX"},
            "gemini-3.5-flash",
        ),
        "2026-08-01", "0.00092775",
    ),
    "thoughts that OpenAI's shape hides": (
        {"object": "chat.completion", "model": "gemini-2.5-pro", "usage": {
            "prompt_tokens": 35, "completion_tokens": 12, "total_tokens": 109,
        }},
        "2025-09-01", "0.00078375",  # 35×1.25 + 74×10
    ),
}  # fmt: skip


@pytest.mark.parametrize(("response", "at", "total"), WORKED.values(), ids=list(WORKED))
def test_worked_examples(response: dict[str, Any], at: str, total: str) -> None:
    assert price_response(response, at=at).total == Decimal(total)


def test_counts_come_out_inclusive() -> None:
    found = read_response(body(TOOLS))
    assert found.counts() == Usage(input_tokens=136, output_tokens=414, reasoning_tokens=213)
    assert (found.api, found.provider, found.model, found.id, found.at) == (
        "google-generate-content", "google", "gemini-2.5-pro", "r1", None,
    )  # fmt: skip
    assert read_response(TOOLS).counts() == found.counts()


def test_what_only_vertex_states_says_that_it_is_vertex() -> None:
    found = read_response(body(TOOLS, createTime="2026-01-02T03:04:05Z"))
    assert (found.provider, found.at) == ("vertex", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    served = read_response(body({**TOOLS, "trafficType": "ON_DEMAND"}))
    assert (served.provider, dict(served.conditions)) == ("vertex", {"service_tier": "on_demand"})
    assert price_response(body({**TOOLS, "trafficType": "ON_DEMAND"}), at="2025-09-01").total == (
        Decimal("0.00431")
    )
    assert read_response(body(TOOLS), provider="vertex").provider == "vertex"


@pytest.mark.parametrize(
    ("usage", "tier"),
    [
        ({"trafficType": "ON_DEMAND_PRIORITY"}, "priority"),
        ({"trafficType": "ON_DEMAND_FLEX"}, "flex"),
        ({"trafficType": "ON_DEMAND_OFFPEAK"}, "offpeak"),
        ({"serviceTier": "priority"}, "priority"),
        ({"serviceTier": "flex"}, "flex"),
        ({"serviceTier": "standard"}, "standard"),
        ({"serviceTier": "unspecified"}, None),
        ({"trafficType": "TRAFFIC_TYPE_UNSPECIFIED"}, None),
        ({}, None),
    ],
)
def test_the_tier_that_served_is_read(usage: dict[str, str], tier: str | None) -> None:
    assert read_response(body({**TOOLS, **usage})).conditions.get("service_tier") == tier


def test_provisioned_throughput_is_priced_by_the_token_and_said() -> None:
    found = read_response(body({**TOOLS, "trafficType": "PROVISIONED_THROUGHPUT"}))
    assert not found.conditions
    assert "paid by capacity" in found.assumptions[0].text


# Modalities


def test_media_are_taken_out_of_the_details() -> None:
    usage = {
        "promptTokenCount": 1000,
        "cachedContentTokenCount": 400,
        "candidatesTokenCount": 700,
        "promptTokensDetails": details(text=100, audio=300, image=200, video=250, document=150),
        "cacheTokensDetails": details(text=50, audio=100, image=60, video=190),
        "candidatesTokensDetails": details(text=100, audio=200, image=300, video=100),
        "totalTokenCount": 1700,
    }
    assert read_response(body(usage)).disjoint() == {
        "cache_read": 240,  # text, and video, which has no rate of its own when it is cached
        "cache_read_audio": 100,
        "cache_read_image": 60,
        "input": 200,  # text and documents
        "input_audio": 200,
        "input_image": 140,
        "input_video": 60,
        "output": 100,
        "output_audio": 200,
        "output_image": 300,
        "output_video": 100,
    }


def test_media_of_tools_are_input_too() -> None:
    usage = {**TOOLS, "toolUsePromptTokensDetails": details(text=19, image=100)}
    assert read_response(body(usage)).input_image_tokens == 100


def test_a_modality_may_stand_in_several_entries() -> None:
    usage = {**TOOLS, "promptTokensDetails": [*details(audio=5), *details(audio=7)]}
    assert read_response(body(usage)).input_audio_tokens == 12


def test_details_need_not_sum_to_the_prompt() -> None:
    # a recorded live turn: 25 tokens have no detail, and the total leaves thoughts out
    usage = {
        "promptTokenCount": 522,
        "responseTokenCount": 42,
        "totalTokenCount": 564,
        "promptTokensDetails": details(text=332, audio=165),
        "responseTokensDetails": details(audio=42),
        "thoughtsTokenCount": 136,
    }
    assert read_response(usage).disjoint() == {
        "input": 357, "input_audio": 165, "output_audio": 42, "reasoning": 136,
    }  # fmt: skip


def test_a_live_total_may_have_the_thoughts() -> None:
    usage = {"promptTokenCount": 5, "responseTokenCount": 2, "thoughtsTokenCount": 3}
    assert read_response({**usage, "totalTokenCount": 10}).output_tokens == 5
    with pytest.raises(UsageError, match="contradicts itself"):
        read_response({**usage, "totalTokenCount": 11})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"usageMetadata": {"promptTokenCount": 25}}, 1),
        ({"usageMetadata": {"promptTokenCount": 25, "totalTokenCount": 25}}, 0),
        ({"usageMetadata": {"promptTokenCount": 25, "candidatesTokenCount": 0}}, 0),
        ({"usageMetadata": {"promptTokenCount": 25}, "embeddings": [{"values": []}]}, 0),
        ({"usageMetadata": {"promptTokenCount": 25, "promptTokenDetails": [{}]}}, 0),
    ],
    ids=["nothing tells", "a total tells", "a count tells", "an embedding", "an embedding's usage"],
)
def test_a_reply_that_nothing_counts_is_named(body: dict[str, Any], said: int) -> None:
    found = read_response(body, api="google-generate-content")
    text = "candidatesTokenCount is not stated; what the reply cost is not in the cost"
    assert [each.text for each in found.assumptions] == [text] * said


def test_embeddings_have_a_detail_without_its_s() -> None:
    usage = {"promptTokenCount": 260, "promptTokenDetails": details(text=2, image=258)}
    found = read_response({"embedding": {"values": []}, "usageMetadata": usage})
    assert found.disjoint() == {"input": 2, "input_image": 258}
    cost = price_response({"usageMetadata": usage}, model="gemini-embedding-2", at="2026-09-01")
    assert cost.total == Decimal("0.0000004") + Decimal("0.0001161")  # 2×0.20 + 258×0.45


@pytest.mark.parametrize(
    ("media", "disjoint"),
    [
        ({"audio": 950}, {"cache_read": 50, "cache_read_audio": 850, "input_audio": 100}),
        ({"image": 950}, {"cache_read": 50, "cache_read_image": 850, "input_image": 100}),
        ({"video": 950}, {"cache_read": 900, "input_video": 100}),
    ],
)
def test_cached_media_without_details_are_as_few_as_can_be(
    media: dict[str, int], disjoint: dict[str, int]
) -> None:
    usage = {
        "promptTokenCount": 1000,
        "cachedContentTokenCount": 900,
        "promptTokensDetails": details(**media),
    }
    found = read_response(body(usage))
    assert found.disjoint() == disjoint
    assert "850 of them at least are media" in found.assumptions[0].text


def test_cached_tokens_that_only_the_details_have_are_cached_and_said() -> None:
    # as recorded: https://github.com/googleapis/python-genai/issues/795
    usage = {
        "promptTokenCount": 4583, "candidatesTokenCount": 325, "thoughtsTokenCount": 874,
        "totalTokenCount": 5782, "cachedContentTokenCount": None,
        "promptTokensDetails": [
            {"modality": "TEXT", "tokenCount": 2777}, {"modality": "IMAGE", "tokenCount": 1806},
        ],
        "cacheTokensDetails": [
            {"modality": "TEXT", "tokenCount": 1240}, {"modality": "IMAGE", "tokenCount": 807},
        ],
    }  # fmt: skip
    found = read_response(usage)
    assert found.disjoint() == {
        "input": 1537, "cache_read": 1240, "input_image": 999, "cache_read_image": 807,
        "output": 325, "reasoning": 874,
    }  # fmt: skip
    (said,) = found.assumptions
    assert said.text == (
        "the usage counts no cached tokens, and its details have 2,047 of them; they are billed as "
        "cached"
    )


def test_cached_tokens_that_can_all_be_text_are_text() -> None:
    usage = {**CACHED, "promptTokensDetails": details(text=245, audio=100)}
    assert read_response(usage).disjoint() == {
        "input": 15, "cache_read": 230, "input_audio": 100, "output": 51,
    }  # fmt: skip


# Contradictions


def test_a_total_above_its_parts_is_refused() -> None:
    with pytest.raises(UsageError, match=r"totalTokenCount.* is 551 .* together 550"):
        read_response({**TOOLS, "totalTokenCount": 551})


def test_cached_above_the_prompt_is_refused() -> None:
    with pytest.raises(UsageError, match="cache_read_tokens is 346"):
        read_response({**CACHED, "cachedContentTokenCount": 346})


@pytest.mark.parametrize("usage", [{}, None], ids=["an empty usage", "none"])
def test_a_response_without_usage_is_refused(usage: Any) -> None:
    with pytest.raises(UsageError):
        read_response({"candidates": [], "modelVersion": "gemini-2.5-pro", "usageMetadata": usage})


# Searches


def grounded(queries: list[str], model: str, **more: Any) -> dict[str, Any]:
    """A response that was grounded in the results of searches."""
    metadata = {"webSearchQueries": queries, **more}
    return body(TOOLS, model, candidates=[{"groundingMetadata": metadata}, {"index": 1}])


def test_later_generations_are_billed_each_query() -> None:
    asked = ["", "a", "b", "a", " "]  # empty ones and repetitions are not billed
    found = read_response(grounded(asked, "gemini-3.8-flash"))
    assert dict(found.units) == {"web_search": 2}
    cost = price_response(grounded(asked, "gemini-3.8-flash"), at="2026-10-01")
    tokens = price_response(body(TOOLS, "gemini-3.8-flash"), at="2026-10-01")
    assert cost.total - tokens.total == Decimal("0.028")


def test_generations_up_to_2_5_are_billed_the_prompt() -> None:
    response = grounded(["a", "b"], "models/gemini-2.5-flash")
    assert dict(read_response(response).units) == {"web_search": 1}
    both = [{"groundingMetadata": {"webSearchQueries": ["a"]}}] * 2
    assert dict(read_response(body(TOOLS, candidates=both)).units) == {"web_search": 1}


def test_candidates_that_repeat_a_query_searched_once() -> None:
    one = {"groundingMetadata": {"webSearchQueries": ["a"]}}
    two = {"groundingMetadata": {"webSearchQueries": ["b", "a"]}}
    found = read_response(body(TOOLS, "gemini-3.8-flash", candidates=[one, two]))
    assert dict(found.units) == {"web_search": 2}


def test_grounding_without_a_query_is_not_billed() -> None:
    assert not read_response(grounded([], "gemini-3.8-flash")).units


def test_searches_of_images_are_searches() -> None:
    response = grounded(["a"], "gemini-3.1-flash-image", imageSearchQueries=["b"])
    assert dict(read_response(response).units) == {"web_search": 2}


def test_maps_are_billed_once_and_said() -> None:
    response = grounded(
        [], "gemini-3.8-flash", groundingChunks=[{"maps": {"uri": "u"}}, {"web": {}}]
    )
    found = read_response(response)
    assert dict(found.units) == {"maps_grounding": 1}
    assert "one use is billed" in found.assumptions[0].text


# OpenAI's shape


def chat(usage: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A chat completion of Google's endpoint in OpenAI's shape."""
    return {"object": "chat.completion", "model": "gemini-2.5-flash", "usage": usage, **more}


def test_hidden_thoughts_are_output_and_said() -> None:
    found = read_response(chat({"prompt_tokens": 35, "completion_tokens": 12, "total_tokens": 109}))
    assert found.counts() == Usage(input_tokens=35, output_tokens=74, reasoning_tokens=62)
    assert (found.api, found.provider) == ("google-chat", "google")
    assert "62 tokens" in found.assumptions[0].text


def test_thoughts_that_are_stated_inside_stay_inside() -> None:
    usage = {
        "prompt_tokens": 35,
        "completion_tokens": 74,
        "total_tokens": 109,
        "prompt_tokens_details": {"cached_tokens": 30},
        "completion_tokens_details": {"reasoning_tokens": 62},
    }
    found = read_response(chat(usage, service_tier="flex"))
    assert found.counts() == Usage(
        input_tokens=35, cache_read_tokens=30, output_tokens=74, reasoning_tokens=62
    )
    assert dict(found.conditions) == {"service_tier": "flex"}
    assert found.assumptions == ()


def test_vertex_states_thoughts_beside_the_completion() -> None:
    usage = {
        "prompt_tokens": 9,
        "completion_tokens": 566,
        "total_tokens": 1521,
        "completion_tokens_details": {"reasoning_tokens": 946},
        "extra_properties": {"google": {"traffic_type": "ON_DEMAND_FLEX"}},
    }
    found = read_response(chat(usage, model="google/gemini-3.1-pro-preview"))
    assert found.counts() == Usage(input_tokens=9, output_tokens=1512, reasoning_tokens=946)
    assert (found.provider, found.model) == ("vertex", "gemini-3.1-pro-preview")
    assert (dict(found.conditions), found.assumptions) == ({"service_tier": "flex"}, ())
    assert read_response(usage).provider == "vertex"


def test_a_total_below_its_parts_is_refused() -> None:
    with pytest.raises(UsageError, match="contradicts itself"):
        read_response(chat({"prompt_tokens": 35, "completion_tokens": 12, "total_tokens": 40}))


@pytest.mark.parametrize("provider", ["google", "vertex"])
@pytest.mark.parametrize("api", [None, "chat", "google-chat"])
def test_a_chat_usage_alone_takes_a_hint(provider: str, api: str | None) -> None:
    usage = {"prompt_tokens": 35, "completion_tokens": 12, "total_tokens": 109}
    found = read_response(usage, provider=provider, api=api)
    assert (found.output_tokens, found.provider) == (74, provider)


def test_a_provider_of_another_name_does_not_change_the_shape() -> None:
    assert read_response(body(TOOLS), provider="gemini").output_tokens == 414


# Interactions


def interaction(usage: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An interaction with a usage."""
    return {"id": "int_1", "model": "gemini-3.8-flash", "usage": usage, **more}


INTERACTION = {
    "total_input_tokens": 100,
    "total_cached_tokens": 40,
    "total_output_tokens": 30,
    "total_thought_tokens": 5,
    "total_tool_use_tokens": 20,
    "total_tokens": 155,
    "input_tokens_by_modality": [{"modality": "audio", "tokens": 60}],
    "cached_tokens_by_modality": [{"modality": "audio", "tokens": 40}],
    "grounding_tool_count": [
        {"type": "google_search", "count": 3},
        {"type": "google_maps", "count": 2},
        {"type": "retrieval", "count": 1},
    ],
}


def test_interactions_are_read() -> None:
    found = read_response(interaction(INTERACTION))
    assert found.disjoint() == {
        "input": 60, "input_audio": 20, "cache_read_audio": 40, "output": 30, "reasoning": 5,
        "web_search": 3, "maps_grounding": 2,
    }  # fmt: skip
    assert (found.api, found.provider, found.model) == (
        "google-interactions", "google", "gemini-3.8-flash",
    )  # fmt: skip
    assert found.assumptions == ()


def test_an_interaction_that_follows_another_says_what_is_not_known() -> None:
    found = read_response(interaction({"total_input_tokens": 11}, previous_interaction_id="int_0"))
    assert "stored history" in found.assumptions[0].text


# The SDK's own objects


def test_the_sdks_objects_are_read_as_their_json() -> None:
    types = pytest.importorskip("google.genai.types")
    usage = {
        **TOOLS,
        "trafficType": "ON_DEMAND_FLEX",
        "promptTokensDetails": details(text=10, audio=7),
    }
    response = grounded(["a", "b"], "gemini-3.8-flash") | {"usageMetadata": usage}
    found = read_response(types.GenerateContentResponse.model_validate(response))
    assert found == read_response(response)
    assert found.conditions == {"service_tier": "flex"}
    assert found.input_audio_tokens == 7
    live = types.UsageMetadata.model_validate({"promptTokenCount": 5, "responseTokenCount": 2})
    assert read_response(live).output_tokens == 2


def test_the_sdks_interactions_are_read() -> None:
    interactions = pytest.importorskip("google.genai._gaos.types.interactions")
    found = read_response(interactions.Usage.model_validate(INTERACTION))
    assert found.counts() == read_response(INTERACTION).counts()


@pytest.mark.parametrize("kept", [TOOLS, CACHED], ids=["tools and thoughts", "cached"])
def test_a_usage_that_was_kept_under_another_name_is_the_same(kept: dict[str, Any]) -> None:
    native = read_response(body(kept))
    found = read_response({"model": "gemini-2.5-pro", "usage": kept})
    assert (found.api, found.model, found.provider) == (native.api, native.model, native.provider)
    assert found.disjoint() == native.disjoint()
    assert read_response({"usage": kept}, "google").disjoint() == native.disjoint()


def test_a_null_usage_of_google_is_named_as_it_is_written() -> None:
    with pytest.raises(UsageError, match="^the usage of the response is null"):
        read_response({"model": "gemini-2.5-pro", "usage": None}, "google")
