"""Clients of the real Anthropic SDK, watched; a transport in the process stands in for them."""

from __future__ import annotations

import asyncio
import gc
import json
import warnings
from decimal import Decimal
from typing import Any
from weakref import ref

import pytest

anthropic = pytest.importorskip("anthropic")
httpx = pytest.importorskip("httpx2")

from costcalc import (  # noqa: E402 - after what may be skipped
    BudgetExceededError,
    Meter,
    Registry,
    UnpricedWarning,
    watch,
)
from costcalc.recording import streams  # noqa: E402

PRICES = Registry.from_yaml(
    """
provider: anthropic
models:
  claude: {input: 1, cache_read: 0.1, cache_write: 1.25, cache_write_1h: 2, output: 5, max_output: 1_000}
"""
)
CLOUDS = Registry.from_yaml(
    "provider: bedrock\nmodels: {eu.anthropic.claude-v1: {input: 10, output: 50}}"
).overlay(Registry.from_yaml("provider: moonshot\nmodels: {claude: {input: 3, output: 3}}"))
ASK: Any = {"model": "claude", "max_tokens": 9, "messages": [{"role": "user", "content": "hello"}]}
COUNTS: dict[str, Any] = {
    "input_tokens": 100_000,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 1_000_000,
    "output_tokens": 20_000,
}  # 0.1 + 0.1 + 0.1
MESSAGE: dict[str, Any] = {
    "id": "msg-1",
    "type": "message",
    "role": "assistant",
    "model": "claude",
    "content": [{"type": "text", "text": "hi"}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": COUNTS,
}
BEGUN = {**MESSAGE, "content": [], "stop_reason": None, "usage": {**COUNTS, "output_tokens": 1}}
EVENTS: list[dict[str, Any]] = [
    {"type": "message_start", "message": BEGUN},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "hi"}},
    {"type": "content_block_stop", "index": 0},
    {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": None},
        "usage": {"output_tokens": 20_000},
    },
    {"type": "message_stop"},
]


def answer(request: Any) -> Any:
    """Answer a request as the API would."""
    body = json.loads(request.content)
    if request.url.path.endswith("count_tokens"):
        return httpx.Response(200, json={"input_tokens": 3})
    if body.get("system") == "fail":
        error = {"type": "error", "error": {"type": "invalid_request_error", "message": "no"}}
        return httpx.Response(400, json=error)
    if body.get("stream"):
        sent = "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in EVENTS)
        return httpx.Response(200, text=sent, headers={"content-type": "text/event-stream"})
    return httpx.Response(200, json=MESSAGE)


def client(kind: Any = anthropic.Anthropic, **options: Any) -> Any:
    options = {"api_key": "x", **options}
    return kind(http_client=httpx.Client(transport=httpx.MockTransport(answer)), **options)


def later() -> Any:
    transport = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return anthropic.AsyncAnthropic(api_key="x", http_client=transport)


def meter(budget: Any = None, **options: Any) -> Meter:
    return Meter(budget, registry=PRICES, **options)


def helped(messages: Any) -> None:
    with messages.stream(**ASK) as stream:
        assert "".join(stream.text_stream) == "hi"
        assert stream.get_final_message().id == "msg-1"


def read_later(api: Any) -> None:
    with api.messages.with_streaming_response.create(**ASK) as response:
        response.parse()


CALLS = {
    "a message": lambda api: api.messages.create(**ASK),
    "a beta message": lambda api: api.beta.messages.create(**ASK),
    "a streamed message": lambda api: list(api.messages.create(**ASK, stream=True)),
    "a message by the helper for streams": lambda api: helped(api.messages),
    "a beta message by the helper for streams": lambda api: helped(api.beta.messages),
    "a raw response": lambda api: api.messages.with_raw_response.create(**ASK),
    "a response that is read later": read_later,
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_every_way_to_call_is_noted_once(call: Any) -> None:
    with meter() as found:
        result = call(watch(client()))
        if hasattr(result, "http_response"):
            result.parse()
    assert (found.calls, found.total, found.unpriced) == (1, Decimal("0.3"), ())


async def later_stream(api: Any) -> None:
    stream = await api.messages.create(**ASK, stream=True)
    assert isinstance(stream, anthropic.AsyncStream)
    assert len([event async for event in stream]) == len(EVENTS)


async def later_helped(api: Any) -> None:
    async with api.messages.stream(**ASK) as stream:
        assert await stream.get_final_text() == "hi"


async def later_raw(api: Any) -> None:
    assert (await (await api.messages.with_raw_response.create(**ASK)).parse()).id == "msg-1"


LATER = {
    "a message": lambda api: api.messages.create(**ASK),
    "a streamed message": later_stream,
    "a message by the helper for streams": later_helped,
    "a raw response": later_raw,
}


@pytest.mark.parametrize("call", LATER.values(), ids=LATER)
def test_every_asynchronous_way_to_call_is_noted_once(call: Any) -> None:
    async def run() -> Meter:
        async with meter() as found:
            await call(watch(later()))
        return found

    found = asyncio.run(run())
    assert (found.calls, found.total, found.unpriced) == (1, Decimal("0.3"), ())


def test_a_stream_stays_the_sdks_own() -> None:
    with meter():
        stream = watch(client()).messages.create(**ASK, stream=True)
    assert isinstance(stream, anthropic.Stream)
    assert [event.type for event in stream] == [event["type"] for event in EVENTS]


def test_a_stream_that_is_closed_early_is_a_lower_bound_and_says_so() -> None:
    with meter() as found:
        with watch(client()).messages.create(**ASK, stream=True) as stream:
            next(stream)
        with watch(client()).messages.stream(**ASK) as helper:
            next(helper)
    assert found.total == 2 * Decimal("0.200005")
    assert found.cost is not None
    assert any("was not finished" in each.text for each in found.cost.assumptions)


def test_an_asynchronous_stream_that_is_closed_early_is_a_lower_bound_too() -> None:
    async def run() -> Decimal:
        async with (
            meter() as found,
            await watch(later()).messages.create(**ASK, stream=True) as stream,
        ):
            await anext(stream)
        return found.total

    assert asyncio.run(run()) == Decimal("0.200005")


def test_a_watched_stream_lives_no_longer_than_its_reader() -> None:
    with meter() as found:
        stream = watch(client()).messages.create(**ASK, stream=True)
    gc.disable()
    try:
        close, alive = stream.close, ref(stream)
        del stream
        assert alive() is None
        with pytest.warns(UnpricedWarning, match="no events"):
            close()  # there is nothing left to close, and what was never read is not taken for free
        stream = watch(client(), found).messages.create(**ASK, stream=True)
        next(stream)
        del stream  # what was begun is noted at once
    finally:
        gc.enable()
    assert found.total == Decimal("0.200005")


def test_an_asynchronous_one_lives_no_longer_either() -> None:
    async def run() -> None:
        with meter():
            stream = await watch(later()).messages.create(**ASK, stream=True)
        close, alive = stream.close, ref(stream)
        del stream
        gc.collect()
        assert alive() is None
        await close()

    with pytest.warns(UnpricedWarning, match="no events"):
        asyncio.run(run())


def test_an_error_of_the_api_passes_and_counting_costs_nothing() -> None:
    with meter() as found:
        api = watch(client())
        with pytest.raises(anthropic.BadRequestError):
            api.messages.create(**ASK, system="fail")
        api.messages.count_tokens(model="claude", messages=ASK["messages"])
    assert (found.calls, found.unpriced) == (0, ())


def test_a_budget_raises_out_of_the_call_and_is_not_tried_again() -> None:
    api = watch(client())
    with meter("0.5") as found:
        api.messages.create(**ASK)
        with pytest.raises(BudgetExceededError):
            api.messages.create(**ASK)
        with pytest.raises(BudgetExceededError):
            list(api.messages.create(**ASK, stream=True))
        with pytest.raises(BudgetExceededError):
            helped(api.messages)
    assert found.calls == 4


def test_a_cloud_bills_under_the_id_that_was_asked_for() -> None:
    pytest.importorskip("boto3")  # what the SDK signs its requests with
    api = client(
        anthropic.AnthropicBedrock,
        api_key=None,
        aws_access_key="x",
        aws_secret_key="x",  # noqa: S106 - opens nothing
        aws_region="eu-central-1",
    )
    with Meter(registry=CLOUDS) as found:
        watch(api).messages.create(**{**ASK, "model": "eu.anthropic.claude-v1"})
    assert found.unpriced == ()
    assert found.cost is not None
    assert found.cost.lines[0].model == "eu.anthropic.claude-v1"


def test_others_answer_in_anthropics_format_too() -> None:
    api = client(base_url="https://api.moonshot.ai/anthropic")
    with Meter(registry=CLOUDS) as found:
        watch(api).messages.create(**ASK)
        list(watch(api).messages.create(**ASK, stream=True))
    assert found.calls == 2
    assert found.total == 2 * Decimal("3.36")


def test_a_message_is_held_against_the_budget_before_it_is_sent() -> None:
    with meter("0.01") as found, warnings.catch_warnings():
        warnings.simplefilter("error")
        api = watch(client(), check=True)
        with pytest.raises(BudgetExceededError, match="a call of 0.05"):
            api.messages.create(**{**ASK, "max_tokens": 10_000})
    assert found.calls == 0


def test_what_is_no_stream_is_not_followed() -> None:
    assert not streams.follow({"type": "message"}, lambda _: None)
