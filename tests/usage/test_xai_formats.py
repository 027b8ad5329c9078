"""xAI's formats: reasoning beside the completion in two and inside it in one, ticks, tools.

https://docs.x.ai/developers/cost-tracking; the records with their charges are those of
Wei-Shaw/sub2api#5771.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from costcalc import ResponseUsage, Usage, UsageError

CHAT: dict[str, Any] = {
    "prompt_tokens": 10_120, "completion_tokens": 1_499, "total_tokens": 14_428,
    "prompt_tokens_details": {"text_tokens": 10_120, "audio_tokens": 0, "image_tokens": 0, "cached_tokens": 128},
    "completion_tokens_details": {"reasoning_tokens": 2_809, "audio_tokens": 0},
    "num_sources_used": 0, "cost_in_usd_ticks": 232_856_000,
}  # fmt: skip
FOUND = Usage(
    input_tokens=10_120, cache_read_tokens=128, output_tokens=4_308, reasoning_tokens=2_809
)


def read(body: Any, **hint: str) -> ResponseUsage:
    return Usage.from_response(body, **hint)


def texts(usage: ResponseUsage) -> str:
    return " | ".join(each.text for each in usage.assumptions)


def test_chat_counts_reasoning_beside_the_completion() -> None:
    for body in (CHAT, {"model": "grok-4.20", "usage": CHAT}):
        usage = read(body)
        assert usage.counts() == FOUND
        assert (usage.provider, usage.api) == ("xai", "xai-chat")
        assert usage.stated_cost == Decimal("0.0232856")
        assert usage.assumptions == ()


def test_a_total_that_has_reasoning_inside_outranks_the_habit_and_is_said() -> None:
    usage = read({**CHAT, "completion_tokens": 4_308})
    assert usage.counts() == FOUND
    assert texts(usage) == (
        "xai-chat usually counts reasoning beside the completion; the total 14,428 says that 2,809 "
        "are inside it"
    )


def test_without_a_total_reasoning_is_beside() -> None:
    assert read({**CHAT, "total_tokens": None}).counts() == FOUND
    bare = {key: value for key, value in CHAT.items() if "_t" in key and key != "total_tokens"}
    assert read(bare, provider="xai").counts() == FOUND


def test_a_total_that_is_neither_is_refused() -> None:
    message = r"^a usage of xai-chat contradicts itself: total_tokens is 14,000 and its parts are"
    with pytest.raises(UsageError, match=message):
        read({**CHAT, "total_tokens": 14_000})


def test_no_reasoning_is_no_question() -> None:
    body = {**CHAT, "completion_tokens_details": None, "total_tokens": 11_619}
    assert read(body).disjoint() == {"input": 9_992, "cache_read": 128, "output": 1_499}


def test_the_charge_is_exact_down_to_a_tick() -> None:
    assert read({**CHAT, "cost_in_usd_ticks": 1}).stated_cost == Decimal("0.0000000001")
    assert read({**CHAT, "cost_in_usd_ticks": 0}).stated_cost == 0
    assert read({**CHAT, "cost_in_usd_ticks": None}).stated_cost is None
    assert f"{read({**CHAT, 'cost_in_usd_ticks': 10**10}).stated_cost:f}" == "1"


def test_sources_of_the_live_search_are_said() -> None:
    assert "12 sources of the live search have no price" in texts(
        read({**CHAT, "num_sources_used": 12})
    )


RESPONSE: dict[str, Any] = {
    "object": "response",
    "model": "grok-4.3",
    "usage": {
        "input_tokens": 36_361,
        "input_tokens_details": {"cached_tokens": 192},
        "output_tokens": 1_252,
        "output_tokens_details": {"reasoning_tokens": 763},
        "total_tokens": 37_613,
        "num_sources_used": 0,
        "num_server_side_tools_used": 0,
        "cost_in_usd_ticks": 483_796_500,
    },
}


def with_usage(**more: Any) -> dict[str, Any]:
    return {**RESPONSE, "usage": {**RESPONSE["usage"], **more}}


def test_responses_count_reasoning_inside_the_output() -> None:
    usage = read(RESPONSE)
    assert usage.counts() == Usage(
        input_tokens=36_361, cache_read_tokens=192, output_tokens=1_252, reasoning_tokens=763
    )
    assert (usage.provider, usage.api) == ("xai", "xai-responses")
    assert read(RESPONSE["usage"]).api == "xai-responses"


TOOLS = {
    "web_search_calls": "web_search",
    "x_search_calls": "x_search",
    "code_interpreter_calls": "code_execution",
    "file_search_calls": "file_search",
    "document_search_calls": "attachment_search",
}


@pytest.mark.parametrize(("field", "meter"), TOOLS.items(), ids=TOOLS)
def test_calls_of_tools_are_units(field: str, meter: str) -> None:
    details = {**dict.fromkeys(TOOLS, 0), "mcp_calls": 0, field: 3}
    usage = read(with_usage(server_side_tool_usage_details=details))
    assert usage.units == {meter: 3}
    assert usage.assumptions == ()
    as_object = SimpleNamespace(**details)
    assert read(with_usage(server_side_tool_usage_details=as_object)).units == {meter: 3}


def test_tools_that_cost_their_tokens_alone_are_not_mentioned() -> None:
    usage = read(with_usage(server_side_tool_usage_details={"mcp_calls": 4}))
    assert (usage.units, usage.assumptions) == ({}, ())


def test_what_has_no_price_is_said() -> None:
    details = {"x_posts_fetched": 20, "image_generation_calls": 1}
    usage = read(with_usage(server_side_tool_usage_details=details))
    assert texts(usage) == (
        "20 of x_posts_fetched have no price of their own here: not billed | "
        "1 of image_generation have no price of their own here: not billed"
    )


def test_a_sum_of_calls_that_may_be_in_a_dearer_tier_is_said() -> None:
    usage = read(
        with_usage(
            input_tokens=210_000, total_tokens=211_252, context_details={"input_tokens": 60_000}
        )
    )
    assert "210,000 input tokens are the sum of several calls of a model with its tools" in texts(
        usage
    )
    assert read(with_usage(context_details={"input_tokens": 6_000})).assumptions == ()


GRPC = {
    "promptTokens": 10_120, "completionTokens": 1_499, "reasoningTokens": 2_809,
    "totalTokens": 14_428, "promptTextTokens": 10_120, "cachedPromptTextTokens": 128,
    "serverSideToolsUsed": ["SERVER_SIDE_TOOL_X_SEARCH", "SERVER_SIDE_TOOL_MCP", "SERVER_SIDE_TOOL_X_SEARCH"],
    "costInUsdTicks": "232856000",
}  # fmt: skip


def test_json_of_a_message_is_read_with_its_numbers_in_quotes() -> None:
    body = {
        "id": "x-1", "model": "grok-4.20", "created": "2026-07-01T00:00:00Z", "usage": GRPC,
        "serviceTier": "SERVICE_TIER_PRIORITY",
    }  # fmt: skip
    usage = read(body)
    assert usage.api == "xai-grpc"
    assert usage.disjoint() == {**FOUND.disjoint(), "x_search": 2}
    assert usage.stated_cost == Decimal("0.0232856")
    assert (usage.model, usage.id) == ("grok-4.20", "x-1")
    assert usage.at == datetime(2026, 7, 1, tzinfo=UTC)
    assert usage.conditions == {"service_tier": "priority"}


def test_messages_that_count_reasoning_inside_are_told_by_their_total() -> None:
    usage = read({**GRPC, "completionTokens": 4_308})
    assert usage.counts() == Usage(
        **{**FOUND.model_dump(exclude={"units", "requests"}), "units": {"x_search": 2}}
    )
    assert texts(usage) == "the total 14,428 says that 2,809 reasoning tokens are inside"
    with pytest.raises(
        UsageError,
        match="totalTokens is 14,000 and its parts are promptTokens 10,120, completionTokens 1,499, reason",
    ):
        read({**GRPC, "totalTokens": 14_000})


def test_the_sdks_messages_are_read_with_what_they_were_sent_with() -> None:
    chat_pb2 = pytest.importorskip("xai_sdk.proto").chat_pb2
    usage_pb2 = pytest.importorskip("xai_sdk.proto").usage_pb2
    tools = GRPC["serverSideToolsUsed"]
    sent = usage_pb2.SamplingUsage(
        prompt_tokens=10_120, completion_tokens=1_499, reasoning_tokens=2_809, total_tokens=14_428,
        prompt_text_tokens=10_120, cached_prompt_text_tokens=128, server_side_tools_used=tools,
        cost_in_usd_ticks=232_856_000,
    )  # fmt: skip
    message = chat_pb2.GetChatCompletionResponse(
        id="x-1", model="grok-4.20", usage=sent, service_tier=2
    )
    message.created.FromSeconds(1_782_864_000)  # 2026-07-01
    response = pytest.importorskip("xai_sdk.chat").Response(message, 0)
    for body in (message, response):
        usage = read(body)
        assert usage.disjoint() == {**FOUND.disjoint(), "x_search": 2}
        assert usage.stated_cost == Decimal("0.0232856")
        assert (usage.model, usage.id) == ("grok-4.20", "x-1")
        assert usage.at == datetime(2026, 7, 1, tzinfo=UTC)
        assert usage.conditions == {"service_tier": "priority"}


def test_a_message_without_charge_or_usage_says_neither() -> None:
    chat_pb2 = pytest.importorskip("xai_sdk.proto").chat_pb2
    usage_pb2 = pytest.importorskip("xai_sdk.proto").usage_pb2
    sent = usage_pb2.SamplingUsage(prompt_tokens=10, completion_tokens=1)
    usage = read(chat_pb2.GetChatCompletionResponse(usage=sent))
    assert (usage.stated_cost, usage.model, usage.at, usage.conditions) == (None, None, None, {})
    with pytest.raises(UsageError, match="^the usage of the response is null, which is unknown"):
        read(chat_pb2.GetChatCompletionResponse())


def test_an_enumeration_of_a_message_is_told_by_its_descriptor() -> None:
    values = {3: SimpleNamespace(name="SERVER_SIDE_TOOL_CODE_EXECUTION")}
    kind = SimpleNamespace(enum_type=SimpleNamespace(values_by_number=values))
    descriptor = SimpleNamespace(fields_by_name={"server_side_tools_used": kind})
    message = SimpleNamespace(
        prompt_text_tokens=9,
        prompt_tokens=9,
        completion_tokens=1,
        server_side_tools_used=[3, 4],
        DESCRIPTOR=descriptor,
    )
    usage = read(message)
    assert usage.units == {"code_execution": 1}
    assert texts(usage) == "1 of 4 have no price of their own here: not billed"
    assert "1 of 3 have no price" in texts(read({**GRPC, "serverSideToolsUsed": [3]}))


def test_a_value_that_the_sdk_does_not_know_yet_is_told_by_its_number() -> None:
    chat_pb2 = pytest.importorskip("xai_sdk.proto").chat_pb2
    usage_pb2 = pytest.importorskip("xai_sdk.proto").usage_pb2
    sent = usage_pb2.SamplingUsage(prompt_tokens=10, server_side_tools_used=[99])
    usage = read(chat_pb2.GetChatCompletionResponse(usage=sent))
    assert texts(usage) == "1 of 99 have no price of their own here: not billed"


def test_images_and_videos_state_their_charge_alone() -> None:
    ticks = {"cost_in_usd_ticks": 400_000_000}
    images = read({"data": [{"url": "…"}, {"url": "…"}], "usage": ticks})
    assert (images.api, images.units) == ("xai-media", {"image": 2})
    assert images.stated_cost == Decimal("0.04")
    video = read(
        {"video": {"url": "…", "duration": 6}, "usage": ticks, "model": "grok-imagine-video"}
    )
    assert (video.units, video.model) == ({"video_second": 6}, "grok-imagine-video")


def test_a_message_beyond_the_last_year_has_no_time_and_says_so() -> None:
    message = {"model": "grok-4.3", "created": {"seconds": 10**17}}
    usage = {"prompt_tokens": 10, "prompt_text_tokens": 10, "completion_tokens": 5}
    found = read({"proto": message, "usage": usage})
    assert found.at is None
    assert "so it is not taken; say when it was with at=" in found.assumptions[0].text
