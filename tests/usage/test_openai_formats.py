"""OpenAI's formats: chat completions, responses with their tools, media, realtime, batches.

The bodies are those of https://developers.openai.com/api/reference and of the openai SDK's types.
"""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from costcalc import ResponseUsage, Usage, UsageError

CHAT: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1_750_000_000,
    "model": "gpt-4o-2024-08-06",
    "service_tier": "default",
    "choices": [],
    "usage": {
        "prompt_tokens": 2006,
        "completion_tokens": 300,
        "total_tokens": 2306,
        "prompt_tokens_details": {
            "cached_tokens": 1920, "cache_write_tokens": 0, "audio_tokens": 0, "image_tokens": None,
            "text_tokens": None,
        },
        "completion_tokens_details": {
            "reasoning_tokens": 0, "audio_tokens": 0, "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0, "text_tokens": None,
        },
    },
}  # fmt: skip
RESPONSE: dict[str, Any] = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1_784_000_000.5,
    "model": "gpt-5.6-sol",
    "service_tier": "default",
    "status": "completed",
    "output": [],
    "parallel_tool_calls": True,
    "tool_choice": "auto",
    "tools": [],
    "usage": {
        "input_tokens": 4020,
        "input_tokens_details": {"cache_write_tokens": 4012, "cached_tokens": 0},
        "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 2},
        "total_tokens": 4025,
    },
}


def read(body: Any, **hint: str) -> ResponseUsage:
    return Usage.from_response(body, **hint)


def texts(usage: ResponseUsage) -> str:
    return " | ".join(each.text for each in usage.assumptions)


def test_a_chat_completion_is_read_whole() -> None:
    usage = read(CHAT)
    assert usage.counts() == Usage(input_tokens=2006, cache_read_tokens=1920, output_tokens=300)
    assert usage.model == "gpt-4o-2024-08-06"
    assert usage.at == datetime(2025, 6, 15, 15, 6, 40, tzinfo=UTC)
    assert usage.id == "chatcmpl-1"
    assert usage.conditions == {"service_tier": "default"}
    assert usage.assumptions == ()


def test_a_body_that_many_speak_is_nobodys_until_it_is_said_whose() -> None:
    assert (read(CHAT).provider, read(CHAT).api) == (None, "chat")
    assert (read(RESPONSE).provider, read(RESPONSE).api) == (None, "responses")
    named = read(CHAT, provider="OpenAI")
    assert (named.provider, named.api) == ("openai", "openai-chat")
    assert read(RESPONSE, provider="azure").provider == "azure"


def test_a_usage_alone_is_read_as_the_whole_response_is() -> None:
    for body in (CHAT, RESPONSE):
        assert read(body["usage"]).counts() == read(body).counts()
        assert read(body["usage"], provider="openai").counts() == read(body).counts()


def test_the_sdks_objects_are_read_as_their_dicts_are() -> None:
    chat = pytest.importorskip("openai.types.chat")
    responses = pytest.importorskip("openai.types.responses")
    completion = chat.ChatCompletion.model_validate(CHAT)
    assert read(completion) == read(CHAT)
    assert read(completion.usage) == read(CHAT["usage"])
    assert read(responses.Response.model_validate(RESPONSE)) == read(RESPONSE)


def test_others_bodies_are_told_in_the_sdks_objects_too() -> None:
    completion_usage = pytest.importorskip("openai.types").CompletionUsage
    more = {"num_sources_used": 0, "cost_in_usd_ticks": 5}
    usage = read(completion_usage.model_validate({**CHAT["usage"], **more}))
    assert (usage.provider, str(usage.stated_cost)) == ("xai", "5E-10")
    more = {"cost": 0.5, "is_byok": False}
    usage = read(completion_usage.model_validate({**CHAT["usage"], **more}))
    assert (usage.provider, str(usage.stated_cost)) == ("openrouter", "0.5")


def test_a_stated_prediction_and_a_prompts_images_stay_in_their_totals() -> None:
    details = {"rejected_prediction_tokens": 40, "accepted_prediction_tokens": 10}
    body = {
        "prompt_tokens": 100, "completion_tokens": 60, "total_tokens": 160,
        "completion_tokens_details": details, "prompt_tokens_details": {"image_tokens": 50},
    }  # fmt: skip
    assert read(body, provider="openai").disjoint() == {"input": 100, "output": 60}


def test_sound_is_apart_from_text() -> None:
    body = {
        "prompt_tokens": 100, "completion_tokens": 60, "total_tokens": 160,
        "prompt_tokens_details": {"audio_tokens": 70},
        "completion_tokens_details": {"audio_tokens": 45},
    }  # fmt: skip
    found = {"input": 30, "input_audio": 70, "output": 15, "output_audio": 45}
    assert read(body, provider="openai").disjoint() == found


def test_cached_sound_that_the_counts_leave_no_room_for_is_said() -> None:
    body = {
        "prompt_tokens": 100, "completion_tokens": 0, "total_tokens": 100,
        "prompt_tokens_details": {"audio_tokens": 70, "cached_tokens": 50},
    }  # fmt: skip
    usage = read(body, provider="openai")
    assert usage.disjoint() == {"cache_read": 30, "input_audio": 50, "cache_read_audio": 20}
    assert "does not say how many of its 50 cached tokens are audio or images" in texts(usage)


TIERS = [
    ("default", "default"), ("flex", "flex"), ("priority", "priority"), ("fast", "priority"),
    ("ultrafast", "ultrafast"), ("scale", "scale"),
]  # fmt: skip


@pytest.mark.parametrize(("served", "tier"), TIERS, ids=[served for served, _ in TIERS])
def test_the_tier_is_the_one_that_served(served: str, tier: str) -> None:
    for body in (CHAT, RESPONSE):
        assert read({**body, "service_tier": served}).conditions == {"service_tier": tier}
        assert read({**body, "service_tier": None}).conditions == {}


def test_a_model_that_always_searches_is_billed_a_search() -> None:
    usage = read({**CHAT, "model": "gpt-4o-search-preview-2025-03-11"})
    assert usage.units == {"web_search": 1}
    assert "searches the web for every answer" in texts(usage)
    assert read({**CHAT, "model": "gpt-5-search-api"}, provider="openai").units == {"web_search": 1}


def test_writes_of_twelve_hours_are_apart() -> None:
    details = {
        "cache_write_tokens": 300, "cached_tokens": 100,
        "cache_write_tokens_details": {"ttl_30m_tokens": 200, "ttl_12h_tokens": 100},
    }  # fmt: skip
    body = {"input_tokens": 500, "input_tokens_details": details, "output_tokens": 1}
    found = {
        "input": 100,
        "cache_read": 100,
        "cache_write": 200,
        "cache_write_12h": 100,
        "output": 1,
    }
    assert read(body).disjoint() == found


SEARCHES = [
    ("three searches", [{"action": {"type": "search"}}] * 3, 3),
    ("a search of the first kind", [{}], 1),
    (
        "reading pages is free",
        [{"action": {"type": "open_page"}}, {"action": {"type": "find_in_page"}}],
        0,
    ),
]


@pytest.mark.parametrize(
    ("calls", "searches"), [case[1:] for case in SEARCHES], ids=[case[0] for case in SEARCHES]
)
def test_web_searches_are_counted_in_the_output(calls: list[dict[str, Any]], searches: int) -> None:
    output = [{"type": "web_search_call", **call} for call in calls]
    assert read({**RESPONSE, "output": output}).units.get("web_search", 0) == searches


def test_the_tool_usage_outranks_the_output() -> None:
    output = [{"type": "web_search_call", "action": {"type": "search"}}] * 3
    tools = {"web_search": {"num_requests": 2}}
    assert read({**RESPONSE, "output": output, "tool_usage": tools}).units == {"web_search": 2}


def test_the_preview_of_web_search_is_a_condition_where_it_searched() -> None:
    body = {**RESPONSE, "tools": [{"type": "web_search_preview"}]}
    assert "web_search_tool" not in read(body).conditions
    body["output"] = [{"type": "web_search_call", "action": {"type": "search"}}]
    assert read(body).conditions["web_search_tool"] == "preview"


def test_file_searches_are_counted_and_containers_are_said() -> None:
    output = [
        {"type": "file_search_call"},
        {"type": "file_search_call"},
        {"type": "code_interpreter_call", "container_id": "c1"},
        {"type": "code_interpreter_call", "container_id": "c1"},
        {"type": "message"},
    ]
    usage = read({**RESPONSE, "output": output})
    assert usage.units == {"file_search": 2}
    assert "1 code container(s) ran; their time, which is billed, is not in the" in texts(usage)


IMAGE_GEN = {
    "input_tokens": 80, "input_tokens_details": {"image_tokens": 50, "text_tokens": 30},
    "output_tokens": 272, "total_tokens": 352,
    "output_tokens_details": {"image_tokens": 272, "text_tokens": 0},
}  # fmt: skip


def test_the_image_model_within_a_response_is_a_part() -> None:
    usage = read(
        {
            **RESPONSE,
            "tools": [{"type": "image_generation", "model": "gpt-image-2"}],
            "tool_usage": {"image_gen": IMAGE_GEN, "web_search": {"num_requests": 0}},
        }
    )
    (part,) = usage.parts
    assert part.model == "gpt-image-2"
    assert part.disjoint() == {"input": 30, "input_image": 50, "output_image": 272}
    assert usage.whole().input_tokens == 4020 + 80


def test_an_image_model_that_is_not_named_is_said_and_not_billed() -> None:
    usage = read({**RESPONSE, "tool_usage": {"image_gen": IMAGE_GEN}})
    assert usage.parts == ()
    assert "80 tokens in and 272 out of an image model that the response does not" in texts(usage)
    made = read({**RESPONSE, "output": [{"type": "image_generation_call"}]})
    assert "1 image(s) were made by an image model, whose tokens the response does" in texts(made)


def test_an_image_tool_that_made_nothing_is_not_mentioned() -> None:
    nothing = dict.fromkeys(("input_tokens", "output_tokens", "total_tokens"), 0)
    usage = read({**RESPONSE, "tool_usage": {"image_gen": nothing}})
    assert (usage.parts, usage.assumptions) == ((), ())


IMAGES = {"created": 1_780_000_000, "data": [{}], "usage": IMAGE_GEN}


def test_images_bill_text_and_image_tokens() -> None:
    usage = read(IMAGES)
    assert usage.api == "openai-images"
    assert usage.disjoint() == {"input": 30, "input_image": 50, "output_image": 272}
    bare = {key: value for key, value in IMAGE_GEN.items() if key != "output_tokens_details"}
    event = {"type": "image_generation.completed", "usage": bare}
    assert read(event).disjoint() == usage.disjoint()


def test_text_beside_an_image_is_plain_output() -> None:
    split = {**IMAGE_GEN, "output_tokens_details": {"image_tokens": 200, "text_tokens": 72}}
    assert read(split).disjoint()["output"] == 72


def test_the_author_of_an_svg_is_a_part() -> None:
    author = {
        "input_tokens": 10, "output_tokens": 90, "reasoning_tokens": 40, "total_tokens": 100,
        "model": "gpt-6-sol",
    }  # fmt: skip
    (part,) = read({**IMAGES, "svg_usage": author}).parts
    assert part.model == "gpt-6-sol"
    assert part.disjoint() == {"input": 10, "output": 50, "reasoning": 40}


def test_a_transcription_is_billed_by_tokens_or_by_seconds() -> None:
    tokens = {
        "type": "tokens", "input_tokens": 14, "output_tokens": 45, "total_tokens": 59,
        "input_token_details": {"text_tokens": 4, "audio_tokens": 10},
    }  # fmt: skip
    for body in ({"text": "…", "usage": tokens}, tokens):
        assert read(body).api == "openai-transcription"
        assert read(body).disjoint() == {"input": 4, "input_audio": 10, "output": 45}
    for seconds, whole in ((9, 9), (9.0, 9), (9.2, 10)):
        usage = read({"text": "…", "usage": {"type": "duration", "seconds": seconds}})
        assert usage.units == {"audio_second": whole}
        assert bool(usage.assumptions) is (seconds != whole)
    assert texts(read({"type": "duration", "seconds": 9.2})) == (
        "9.2 seconds of audio are taken as 10 whole ones"
    )


def test_a_transcription_of_unknown_length_is_refused() -> None:
    with pytest.raises(
        UsageError, match="^no usage of a known format is in a response of type, seconds;"
    ):
        read({"type": "duration", "seconds": None})


def test_the_sdks_transcription_is_read() -> None:
    audio = pytest.importorskip("openai.types.audio")
    body = {"text": "…", "usage": {"type": "duration", "seconds": 4.0}}
    assert read(audio.Transcription.model_validate(body)).units == {"audio_second": 4}


def test_speech_is_output_of_sound() -> None:
    tokens = {"input_tokens": 14, "output_tokens": 101, "total_tokens": 115}
    usage = read({"type": "speech.audio.done", "usage": tokens})
    assert usage.disjoint() == {"input": 14, "output_audio": 101}


REALTIME: dict[str, Any] = {
    "total_tokens": 253, "input_tokens": 132, "output_tokens": 121,
    "input_token_details": {
        "text_tokens": 89, "audio_tokens": 23, "image_tokens": 20, "cached_tokens": 64,
        "cached_tokens_details": {"text_tokens": 50, "audio_tokens": 8, "image_tokens": 6},
    },
    "output_token_details": {"text_tokens": 30, "audio_tokens": 91},
}  # fmt: skip


def test_a_realtime_response_tells_every_modality_cached_and_not() -> None:
    done = {
        "type": "response.done",
        "response": {"object": "realtime.response", "id": "resp_1", "usage": REALTIME},
    }
    found = {
        "input": 39, "cache_read": 50, "input_audio": 15, "input_image": 14, "cache_read_audio": 8,
        "cache_read_image": 6, "output": 30, "output_audio": 91,
    }  # fmt: skip
    for body in (done, done["response"], REALTIME):
        assert read(body).disjoint() == found
        assert read(body).api == "openai-realtime"
    assert read(done).id == "resp_1"
    realtime = pytest.importorskip("openai.types.realtime")
    assert read(realtime.RealtimeResponse.model_validate(done["response"])).disjoint() == found


def test_realtime_without_the_modalities_of_its_cache_is_said() -> None:
    details: dict[str, Any] = {**REALTIME["input_token_details"], "cached_tokens_details": None}
    usage = read({**REALTIME, "input_token_details": details})
    assert usage.cache_read_audio_tokens + usage.cache_read_image_tokens == 0
    assert texts(usage).endswith("audio or images; taken as text")


BATCH = {
    "id": "batch_1", "object": "batch", "created_at": 1_784_000_000, "completed_at": 1_784_003_600,
    "model": "gpt-5", "request_counts": {"total": 3, "completed": 2, "failed": 1},
    "usage": {
        "input_tokens": 900, "input_tokens_details": {"cached_tokens": 400}, "output_tokens": 60,
        "output_tokens_details": {"reasoning_tokens": 50}, "total_tokens": 960,
    },
}  # fmt: skip


def test_a_batch_is_an_aggregate_of_its_requests() -> None:
    usage = read(BATCH)
    assert usage.conditions == {"batch": True}
    assert usage.requests == 2
    assert usage.at == datetime.fromtimestamp(1_784_003_600, UTC)
    assert usage.disjoint() == {"input": 500, "cache_read": 400, "output": 10, "reasoning": 50}
    assert read({**BATCH, "request_counts": None}).requests is None


def test_a_line_of_a_batchs_results_is_its_body_at_the_batch_price() -> None:
    line = {"custom_id": "q-1", "response": {"status_code": 200, "body": CHAT}, "error": None}
    usage = read(line)
    assert usage.conditions == {"service_tier": "default", "batch": True}
    assert usage.counts() == read(CHAT).counts()


def test_everything_within_a_line_of_a_batch_ran_in_the_batch() -> None:
    response = {
        **RESPONSE,
        "tools": [{"type": "image_generation", "model": "gpt-image-2"}],
        "tool_usage": {"image_gen": {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}},
    }
    usage = read({"custom_id": "q-1", "response": {"status_code": 200, "body": response}})
    assert [dict(part.conditions) for part in usage.parts] == [{"batch": True}]


FAILED: list[tuple[dict[str, Any], str]] = [
    ({"response": None, "error": {"code": "batch_expired"}}, "failed with batch_expired"),
    ({"response": None, "error": {"message": "lost"}}, "failed"),
    ({"response": {"status_code": 400, "body": {"error": {}}}}, "failed with status 400"),
    ({"response": {"status_code": 500, "body": CHAT}, "error": None}, "failed with status 500"),
    ({"result": {"type": "errored", "error": {"type": "error"}}}, "is errored"),
    ({"result": {"type": "expired"}}, "is expired"),
]


@pytest.mark.parametrize(("line", "how"), FAILED, ids=[how for _, how in FAILED])
def test_what_failed_in_a_batch_is_not_billed(line: dict[str, Any], how: str) -> None:
    message = f"^the request q-1 of the batch {how}, and is not billed$"
    with pytest.raises(UsageError, match=message):
        read({"custom_id": "q-1", **line})


def test_a_line_of_a_batch_that_says_nothing_is_no_response() -> None:
    with pytest.raises(
        UsageError, match="no usage of a known format is in a response of custom_id"
    ):
        read({"custom_id": "q-1"})


def test_runs_of_assistants_write_their_details_without_an_s() -> None:
    # the shape of a run recorded in the tests of azure-ai-evaluation, with a count in it:
    # https://github.com/Azure/azure-sdk-for-python
    run = {
        "object": "thread.run", "model": "gpt-4o",
        "usage": {
            "prompt_tokens": 845, "completion_tokens": 57, "total_tokens": 902,
            "prompt_token_details": {"cached_tokens": 512},
        },
    }  # fmt: skip
    for hint in ({}, {"provider": "openai"}, {"provider": "azure"}):
        assert read(run, **hint).disjoint() == {"input": 333, "cache_read": 512, "output": 57}


@pytest.mark.parametrize("name", ["cache_read_input_tokens", "cache_creation_input_tokens"])
def test_a_hint_does_not_turn_a_message_into_a_response(name: str) -> None:
    message = {"type": "message", "usage": {"input_tokens": 10, name: 90, "output_tokens": 5}}
    with pytest.raises(UsageError, match=f"{name} are Anthropic's, which stand beside the input"):
        read(message, provider="openai")


def test_embeddings_have_no_completion() -> None:
    body = {
        "object": "list", "model": "text-embedding-3-small",
        "data": [{"object": "embedding"}], "usage": {"prompt_tokens": 8, "total_tokens": 8},
    }  # fmt: skip
    assert read(body).disjoint() == {"input": 8}
    assert read(body).api == "embeddings"
    assert read(body["usage"]).disjoint() == {"input": 8}
    assert read(body, provider="openai").provider == "openai"


def test_the_last_event_of_a_stream_is_the_response_in_it() -> None:
    assert read({"type": "response.completed", "response": RESPONSE}) == read(RESPONSE)
    event = SimpleNamespace(type="response.incomplete", response=RESPONSE)
    assert read(event) == read(RESPONSE)
