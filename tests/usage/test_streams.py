"""Streams: the events of one response, read as the response that they make."""

import json
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any

import pytest

from costcalc.billing.responses import price_response
from costcalc.errors import UsageError
from costcalc.usage.responses.reading import read_response
from costcalc.usage.usage import Usage

# Anthropic

STARTED = {
    "input_tokens": 25,
    "output_tokens": 1,
    "cache_creation_input_tokens": 100,
    "cache_read_input_tokens": 50,
    "cache_creation": {"ephemeral_5m_input_tokens": 60, "ephemeral_1h_input_tokens": 40},
    "service_tier": "standard",
}


def started(usage: dict[str, Any] = STARTED, identifier: str = "msg_01") -> dict[str, Any]:
    """The event that begins a message; its output is a placeholder."""
    message = {
        "id": identifier,
        "type": "message",
        "model": "claude-sonnet-4-5",
        "stop_reason": None,
    }
    return {"type": "message_start", "message": {**message, "usage": usage}}


def changed(usage: dict[str, Any] | None, stop: str | None = "end_turn") -> dict[str, Any]:
    """The event that ends a message, or a part of it: counts are of the message so far."""
    return {"type": "message_delta", "delta": {"stop_reason": stop}, "usage": usage}


TEXT = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}}
STOP = {"type": "message_stop"}


def test_anthropics_counts_are_totals_and_never_added() -> None:
    # 1 and 15 are not 16
    plain = {"input_tokens": 25, "output_tokens": 1}
    events = [started(plain), TEXT, changed({"output_tokens": 15}), STOP]
    cost = price_response(events, at="2026-06-01")
    assert cost.total == Decimal("0.0003")
    assert cost.assumptions == ()


def test_what_an_old_delta_leaves_out_stands_as_it_began() -> None:
    found = read_response([started(), TEXT, changed({"output_tokens": 15}), STOP])
    assert found.counts() == Usage(
        input_tokens=175,
        cache_read_tokens=50,
        cache_write_tokens=100,
        cache_write_1h_tokens=40,
        output_tokens=15,
    )
    assert (found.model, found.id, found.provider) == ("claude-sonnet-4-5", "msg_01", "anthropic")
    assert found.assumptions == ()


def test_a_new_delta_counts_what_tools_brought_in() -> None:
    last = {
        "input_tokens": 900,
        "cache_creation_input_tokens": 184_457,
        "cache_read_input_tokens": 70,
        "output_tokens": 15,
        "server_tool_use": {"web_search_requests": 3},
    }
    found = read_response([started(), changed({"output_tokens": 9}, None), changed(last), STOP])
    assert (found.input_tokens, found.cache_write_tokens) == (185_427, 184_457)
    # the split is from the start and smaller: the rest lives five minutes
    assert found.cache_write_1h_tokens == 40
    assert dict(found.units) == {"web_search": 3}


def test_a_null_in_a_delta_is_no_zero() -> None:
    usage = {"output_tokens": 15, "input_tokens": None, "cache_read_input_tokens": None}
    assert read_response([started(), changed(usage)]).input_tokens == 175


def test_a_message_that_was_cut_says_so() -> None:
    found = read_response([started(), TEXT])
    assert found.output_tokens == 1
    assert "was not finished" in found.assumptions[0].text


def test_deltas_alone_are_read_with_what_they_have() -> None:
    usage = {"input_tokens": 5, "output_tokens": 15, "cache_read_input_tokens": 0}
    found = read_response([changed(usage)])
    assert (found.output_tokens, found.model) == (15, None)
    old = read_response([changed({"output_tokens": 15})])
    assert "input_tokens is not stated" in old.assumptions[0].text


def test_two_messages_are_no_stream_of_one() -> None:
    with pytest.raises(UsageError, match="2 messages .* one by one"):
        read_response([started(), changed({"output_tokens": 1}), started(identifier="msg_02")])


def test_bedrocks_chunks_of_an_invocation_are_json_in_bytes() -> None:
    events = [started(), TEXT, changed({"output_tokens": 15}), STOP]
    chunks = [{"chunk": {"bytes": json.dumps(event).encode()}} for event in events]
    assert read_response(chunks) == read_response(events)


# Chat completions in OpenAI's shape


def chunk(usage: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A chunk of a chat completion."""
    choices = [] if usage else [{"index": 0, "delta": {"content": "Hi"}}]
    whole = {
        "id": "c1",
        "object": "chat.completion.chunk",
        "model": "gpt-4o",
        "created": 1750000000,
    }
    return {**whole, "choices": choices, "usage": usage, **more}


USAGE = {
    "prompt_tokens": 2006,
    "completion_tokens": 300,
    "total_tokens": 2306,
    "prompt_tokens_details": {"cached_tokens": 1920},
}


def test_openais_last_chunk_has_the_usage_and_no_choices() -> None:
    events = [chunk(service_tier="default"), chunk(), chunk(USAGE)]
    cost = price_response(events)
    assert cost.total == Decimal("0.005615")
    found = read_response(events)
    assert (found.model, found.id) == ("gpt-4o", "c1")
    assert found.at is not None
    assert dict(found.conditions) == {"service_tier": "default"}


def test_running_totals_of_every_chunk_are_not_added() -> None:
    totals = [
        {"prompt_tokens": 9, "completion_tokens": n, "total_tokens": 9 + n} for n in (1, 2, 3)
    ]
    found = read_response([chunk(usage) for usage in totals])
    assert found.counts() == Usage(input_tokens=9, output_tokens=3)


def test_a_stream_without_usage_says_how_to_ask_for_it() -> None:
    with pytest.raises(UsageError, match="none of the 2 events") as caught:
        read_response([chunk(), chunk()])
    assert "stream_options={'include_usage': True}" in str(caught.value)


def test_groqs_older_streams_have_a_place_of_their_own() -> None:
    events = [chunk(), chunk(x_groq={"id": "r", "usage": USAGE})]
    assert read_response(events).cache_read_tokens == 1920


def test_responses_in_a_list_are_no_stream() -> None:
    with pytest.raises(UsageError, match="2 responses .* one by one"):
        read_response([chunk(USAGE), chunk(USAGE, id="c2")])


@pytest.mark.parametrize(
    "several",
    [
        [{"model": "gpt-4o", "usage": USAGE}] * 2,
        [{"type": "ai", "usage_metadata": {"input_tokens": 3, "output_tokens": 5}}] * 2,
        [{"kind": "response", "usage": {"input_tokens": 3, "output_tokens": 5}}] * 2,
    ],
    ids=["bodies without an id", "LangChain's messages", "Pydantic AI's responses"],
)
def test_the_last_of_several_responses_does_not_stand_for_all(several: list[Any]) -> None:
    with pytest.raises(UsageError, match="2 responses .* one by one"):
        read_response(several)


def test_one_response_in_a_list_is_read() -> None:
    whole = {"object": "chat.completion", "model": "gpt-4o", "usage": USAGE}
    assert read_response([whole]) == read_response(whole)


def test_lines_of_server_sent_events_are_read() -> None:
    lines = [
        ": a comment", "event: message", f"data: {json.dumps(chunk())}", "",
        f"data: {json.dumps(chunk(USAGE))}", "data: [DONE]",
    ]  # fmt: skip
    assert read_response(lines) == read_response([chunk(), chunk(USAGE)])
    assert read_response([line.encode() for line in lines]).input_tokens == 2006


@pytest.mark.parametrize("line", ["data: {", "hello", b"\xff"])
def test_text_that_is_no_event_is_refused(line: str | bytes) -> None:
    with pytest.raises(UsageError, match="no JSON"):
        read_response([line])


# Other providers


@pytest.mark.parametrize("kind", ["response.completed", "response.incomplete", "response.failed"])
def test_openais_responses_end_with_the_whole(kind: str) -> None:
    usage = {"input_tokens": 9, "output_tokens": 3, "total_tokens": 12}
    events = [
        {"type": "response.created", "response": {"id": "r1", "usage": None}},
        {"type": "response.output_text.delta", "delta": "Hi"},
        {"type": kind, "response": {"id": "r1", "object": "response", "model": "gpt-5.4", "usage": usage}},
    ]  # fmt: skip
    found = read_response(events)
    assert (found.input_tokens, found.output_tokens, found.model) == (9, 3, "gpt-5.4")
    with pytest.raises(UsageError, match="2 responses"):
        read_response([*events, *events])
    with pytest.raises(UsageError, match="none of the 2 events"):
        read_response(events[:-1])


def gemini(output: int, **more: Any) -> dict[str, Any]:
    """A chunk of Gemini's stream; its counts are of the response so far."""
    usage = {"promptTokenCount": 10, "candidatesTokenCount": output, "totalTokenCount": 10 + output}
    whole = {"modelVersion": "gemini-3.8-flash", "responseId": "r1", "usageMetadata": usage}
    return {**whole, "candidates": [{"content": {}}], **more}


def test_geminis_last_chunk_has_the_totals() -> None:
    grounding = {"webSearchQueries": ["a", "b"]}
    first = {"groundingMetadata": {"webSearchQueries": ["a"]}}
    events = [
        gemini(1, candidates=[first]),
        gemini(5, candidates=[{"groundingMetadata": grounding}]),
        gemini(9),
    ]
    found = read_response(events)
    assert (found.input_tokens, found.output_tokens) == (10, 9)
    # searches stand in whichever chunk they were made for
    assert dict(found.units) == {"web_search": 2}
    assert (found.model, found.id) == ("gemini-3.8-flash", "r1")


def test_turns_of_a_live_session_are_read_one_by_one() -> None:
    turn = {"usageMetadata": {"promptTokenCount": 5, "responseTokenCount": 2}}
    assert read_response([{"serverContent": {}}, turn]).output_tokens == 2
    with pytest.raises(UsageError, match="2 responses"):
        read_response([turn, turn])


def test_interactions_end_with_the_whole() -> None:
    whole = {"id": "i1", "model": "gemini-3.8-flash", "usage": {"total_input_tokens": 7}}
    events = [
        {"event_type": "step.delta"},
        {"event_type": "interaction.complete", "interaction": whole},
    ]
    assert read_response(events) == read_response(whole)


CONVERSE = [
    {"messageStart": {"role": "assistant"}},
    {"contentBlockDelta": {"delta": {"text": "Hi"}}},
    {"messageStop": {"stopReason": "end_turn"}},
    {
        "metadata": {
            "usage": {"inputTokens": 13, "outputTokens": 5, "totalTokens": 18},
            "metrics": {},
        }
    },
]


def test_bedrocks_stream_ends_with_metadata() -> None:
    assert read_response(CONVERSE).counts() == Usage(input_tokens=13, output_tokens=5)
    with pytest.raises(UsageError, match="2 responses"):
        read_response(CONVERSE * 2)


class EventStream:
    """What botocore calls its own stream: it can be iterated over, and no more."""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(CONVERSE)


def test_what_converse_stream_returns_is_read_whole_or_by_its_stream() -> None:
    whole = {"ResponseMetadata": {}, "stream": EventStream()}
    assert read_response(whole) == read_response(EventStream()) == read_response(CONVERSE)


def test_coheres_streams_end_with_the_usage() -> None:
    units = {"billed_units": {"input_tokens": 431.0, "output_tokens": 661.0}}
    last = [
        {"type": "content-delta", "delta": {}},
        {"type": "message-end", "delta": {"usage": units}},
    ]
    assert read_response(last).output_tokens == 661
    older = {"event_type": "stream-end", "response": {"meta": units}}
    assert read_response([{"event_type": "text-generation"}, older]).output_tokens == 661


def test_xais_sdk_gives_the_response_so_far_with_every_chunk() -> None:
    so_far = [{"object": "chat.completion", "model": "grok-4.3", "usage": None}]
    so_far.append({**so_far[0], "usage": USAGE})  # pyright: ignore[reportArgumentType]
    assert read_response([(each, {"delta": 1}) for each in so_far]).input_tokens == 2006


def test_xais_own_objects_are_read() -> None:
    proto = pytest.importorskip("xai_sdk.proto")
    chat = pytest.importorskip("xai_sdk.chat")
    usage = proto.usage_pb2.SamplingUsage(
        prompt_tokens=100, cached_prompt_text_tokens=20, completion_tokens=10, reasoning_tokens=5,
        total_tokens=115,
    )  # fmt: skip
    begun = chat.Response(proto.chat_pb2.GetChatCompletionResponse(model="grok-4.3"), 0)
    whole = proto.chat_pb2.GetChatCompletionResponse(model="grok-4.3", usage=usage)
    found = read_response([(begun, "a chunk"), (chat.Response(whole, 0), "the last")])
    assert found.disjoint() == {"input": 80, "cache_read": 20, "output": 10, "reasoning": 5}
    with pytest.raises(UsageError, match="unknown and not zero"):
        read_response([(begun, "a chunk")])


def test_mistrals_sdk_and_openais_helper_wrap_their_chunks() -> None:
    plain = read_response([chunk(), chunk(USAGE)])
    assert read_response([{"data": chunk()}, {"data": chunk(USAGE)}]) == plain
    helper = [{"type": "content.delta"}, {"type": "chunk", "chunk": chunk(USAGE)}]
    assert read_response(helper) == plain


def test_steps_of_the_ai_sdk_are_calls_of_their_own() -> None:
    step = {
        "type": "finish-step",
        "response": {"modelId": "gpt-5.4"},
        "usage": {"inputTokens": 9, "outputTokens": 3, "outputTokenDetails": {}},
    }
    finish = {"type": "finish", "totalUsage": {"inputTokens": 18, "outputTokens": 6}}
    found = read_response([{"type": "text-delta"}, step, step, finish])
    assert (found.input_tokens, found.whole().input_tokens, found.model) == (9, 18, "gpt-5.4")
    assert read_response([step, finish]).whole().input_tokens == 9


# What is a stream


def test_iterators_are_read_once() -> None:
    events = iter([chunk(), chunk(USAGE)])
    assert read_response(events).input_tokens == 2006
    with pytest.raises(UsageError, match="no events left"):
        read_response(events)


def test_no_events_are_refused() -> None:
    with pytest.raises(UsageError, match="no events left"):
        read_response([])
    with pytest.raises(UsageError, match="no events left"):
        read_response([()])


async def coming() -> AsyncIterator[dict[str, Any]]:
    """An asynchronous stream."""
    yield chunk(USAGE)


def test_an_asynchronous_stream_says_how_to_read_it() -> None:
    with pytest.raises(UsageError, match=r"\[event async for event in stream\]"):
        read_response(coming())


def test_objects_that_iterate_over_their_fields_are_no_streams() -> None:
    types = pytest.importorskip("anthropic.types")
    usage = types.Usage(input_tokens=3, output_tokens=5)
    assert dict(usage)["input_tokens"] == 3
    assert read_response(usage, provider="anthropic").output_tokens == 5


# SDKs' own objects


def test_anthropics_own_events_are_read() -> None:
    types = pytest.importorskip("anthropic.types")
    start = started()
    start["message"] |= {"role": "assistant", "content": [], "stop_sequence": None}
    events = [
        types.RawMessageStartEvent.model_validate(start),
        types.RawMessageDeltaEvent.model_validate(changed({"output_tokens": 15})),
        types.RawMessageStopEvent.model_validate(STOP),
    ]
    plain = [start, changed({"output_tokens": 15}), STOP]
    assert read_response(events) == read_response(plain)


def test_openais_own_chunks_are_read() -> None:
    chat = pytest.importorskip("openai.types.chat")
    chunks = [chat.ChatCompletionChunk.model_validate(each) for each in (chunk(), chunk(USAGE))]
    assert read_response(chunks) == read_response([chunk(), chunk(USAGE)])
    with pytest.raises(UsageError, match="none of the 1 events"):
        read_response(chunks[:1])


def test_googles_own_chunks_are_read() -> None:
    types = pytest.importorskip("google.genai.types")
    chunks = [types.GenerateContentResponse.model_validate(gemini(n)) for n in (1, 9)]
    assert read_response(chunks) == read_response([gemini(1), gemini(9)])
