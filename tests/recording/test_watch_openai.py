"""Clients of the real OpenAI SDK, watched; a transport in the process stands in for the network."""

from __future__ import annotations

import asyncio
import gc
import json
import warnings
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

openai = pytest.importorskip("openai")
httpx = pytest.importorskip("httpx2")

from pydantic import BaseModel  # noqa: E402 - after what may be skipped

from costcalc import (  # noqa: E402
    BudgetExceededError,
    Meter,
    Registry,
    UnpricedWarning,
    UsageError,
    watch,
)

PRICES = Registry.from_yaml(
    """
provider: openai
models:
  small: {input: 1, cache_read: 0.1, output: 4, aliases: [small-1]}
"""
)
SELLERS = Registry.from_yaml("provider: xai\nmodels: {small: {input: 1, output: 4}}").overlay(
    Registry.from_yaml("provider: azure\nmodels: {small: {input: 2, output: 8}}")
)
ASK: Any = {"model": "small", "messages": [{"role": "user", "content": "hello"}]}
USAGE = {"prompt_tokens": 100_000, "completion_tokens": 25_000, "total_tokens": 125_000}
CHAT: dict[str, Any] = {
    "id": "chat-1",
    "object": "chat.completion",
    "created": 1757203200,
    "model": "small-1",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": '{"word": "hi"}'},
        }
    ],
    "usage": USAGE,
}
RESPONSE: dict[str, Any] = {
    "id": "resp-1",
    "object": "response",
    "created_at": 1757203200,
    "model": "small-1",
    "status": "completed",
    "output": [
        {
            "id": "msg-1",
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": '{"word": "hi"}', "annotations": []}],
        }
    ],
    "parallel_tool_calls": True,
    "tool_choice": "auto",
    "tools": [],
    "usage": {
        "input_tokens": 100_000,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 25_000,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 125_000,
    },
}
EMBEDDING = {
    "object": "list",
    "model": "small-1",
    "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}],
    "usage": {"prompt_tokens": 200_000, "total_tokens": 200_000},
}
IMAGE = {
    "created": 1757203200,
    "data": [{"b64_json": ""}],
    "usage": {
        "input_tokens": 100_000,
        "input_tokens_details": {"text_tokens": 100_000, "image_tokens": 0},
        "output_tokens": 25_000,
        "total_tokens": 125_000,
    },
}
ANSWERS = {
    "/chat/completions": CHAT,
    "/responses": RESPONSE,
    "/embeddings": EMBEDDING,
    "/images/generations": IMAGE,
}


class Word(BaseModel):
    word: str


def chunks(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a stream of chat completions or of responses sends."""
    if "messages" not in body:
        begun = {**RESPONSE, "status": "in_progress", "usage": None, "output": []}
        return [
            {"type": "response.created", "sequence_number": 0, "response": begun},
            {"type": "response.completed", "sequence_number": 1, "response": RESPONSE},
        ]
    chunk = {key: CHAT[key] for key in ("id", "created", "model")}
    chunk["object"] = "chat.completion.chunk"
    sent = [
        {**chunk, "choices": [{"index": 0, "delta": {"role": "assistant", "content": "hi"}}]},
        {**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    ]
    if (body.get("stream_options") or {}).get("include_usage"):
        sent.append({**chunk, "choices": [], "usage": USAGE})
    if body.get("user") == "breaks":
        sent.insert(int(body["seed"]), {"error": {"message": "overloaded"}})
    return sent


def answer(request: Any) -> Any:
    """Answer a request as the API would."""
    path = request.url.path.partition("/v1")[2] or request.url.path.rpartition("/openai")[2]
    if request.method == "GET":
        return httpx.Response(200, json=RESPONSE)
    if path == "/audio/speech":
        return httpx.Response(200, content=b"sound")
    body = json.loads(request.content)
    if body.get("user") == "fails":
        return httpx.Response(400, json={"error": {"message": "no"}})
    if body.get("stream"):
        lines = [f"event: {e.get('type')}\ndata: {json.dumps(e)}\n\n" for e in chunks(body)]
        sent = "".join(lines) + "data: [DONE]\n\n"
        return httpx.Response(200, text=sent, headers={"content-type": "text/event-stream"})
    found = ANSWERS["/" + path.strip("/").partition("?")[0].removeprefix("deployments/small/")]
    if body.get("user") == "cut":
        cut = {**CHAT["choices"][0], "finish_reason": "length"}
        found = {**found, "choices": [cut]}
    if body.get("user") == "waits":
        found = {**found, "status": "queued", "usage": None, "output": []}
    if body.get("user") == "stranger":
        found = {**found, "model": "nobody"}
    return httpx.Response(200, json=found)


def client(**options: Any) -> Any:
    transport = httpx.MockTransport(answer)
    return openai.OpenAI(api_key="x", http_client=httpx.Client(transport=transport), **options)


def later(**options: Any) -> Any:
    transport = httpx.MockTransport(answer)
    return openai.AsyncOpenAI(
        api_key="x", http_client=httpx.AsyncClient(transport=transport), **options
    )


def meter(budget: Any = None, **options: Any) -> Meter:
    return Meter(budget, registry=PRICES, **options)


STREAMED = {"stream": True, "stream_options": {"include_usage": True}}


def by_helper(api: Any, **options: Any) -> None:
    with api.chat.completions.stream(**ASK, **options) as stream:
        for _ in stream:
            pass


def by_response_helper(api: Any) -> None:
    with api.responses.stream(model="small", input="hello") as stream:
        stream.until_done()
        assert stream.get_final_response().id == "resp-1"


CALLS = {
    "a chat": lambda api: api.chat.completions.create(**ASK),
    "a parsed chat": lambda api: api.chat.completions.parse(**ASK, response_format=Word),
    "a response": lambda api: api.responses.create(model="small", input="hello"),
    "a parsed response": lambda api: api.responses.parse(
        model="small", input="hello", text_format=Word
    ),
    "an embedding": lambda api: api.embeddings.create(model="small", input="hello"),
    "an image": lambda api: api.images.generate(model="small", prompt="a cat"),
    "a streamed chat": lambda api: list(api.chat.completions.create(**ASK, **STREAMED)),
    "a streamed response": lambda api: list(
        api.responses.create(model="small", input="hello", stream=True)
    ),
    "a chat by the helper for streams": lambda api: by_helper(
        api, stream_options={"include_usage": True}
    ),
    "a response by the helper for streams": by_response_helper,
    "a raw response": lambda api: api.chat.completions.with_raw_response.create(**ASK).parse(),
    "a raw response parsed twice": lambda api: [
        (raw := api.chat.completions.with_raw_response.create(**ASK)).parse(),
        raw.parse(to=dict[str, Any]),
    ],
    "a raw stream": lambda api: list(
        api.chat.completions.with_raw_response.create(**ASK, **STREAMED).parse()
    ),
    "a call below the methods": lambda api: api.post(
        "/chat/completions", cast_to=object, body={**ASK}
    ),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_every_way_to_call_is_noted_once(call: Any) -> None:
    with meter() as found:
        call(watch(client()))
    assert (found.calls, found.total, found.unpriced) == (1, Decimal("0.2"), ())
    assert found.cost is not None
    assert {line.model for line in found.cost.lines} == {"small"}


async def listed(stream: Any) -> list[Any]:
    return [event async for event in stream]


async def helped(api: Any) -> None:
    async with api.chat.completions.stream(**ASK, stream_options={"include_usage": True}) as stream:
        await stream.until_done()


async def raw(api: Any) -> None:
    (await api.chat.completions.with_raw_response.create(**ASK)).parse()


async def streamed(api: Any) -> None:
    async with api.chat.completions.with_streaming_response.create(**ASK) as response:
        assert (await response.parse()).id == "chat-1"


async def chat_stream(api: Any) -> None:
    stream = await api.chat.completions.create(**ASK, **STREAMED)
    assert isinstance(stream, openai.AsyncStream)
    assert len(await listed(stream)) == 3


async def nexts(api: Any) -> None:
    async with await api.chat.completions.create(**ASK, **STREAMED) as stream:
        for _ in range(3):
            await anext(stream)
        with pytest.raises(StopAsyncIteration):
            await anext(stream)


LATER = {
    "a chat": lambda api: api.chat.completions.create(**ASK),
    "a parsed response": lambda api: api.responses.parse(
        model="small", input="hello", text_format=Word
    ),
    "an embedding": lambda api: api.embeddings.create(model="small", input="hello"),
    "a streamed chat": chat_stream,
    "a stream event by event": nexts,
    "a chat by the helper for streams": helped,
    "a raw response": raw,
    "a response that is read later": streamed,
}


@pytest.mark.parametrize("call", LATER.values(), ids=LATER)
def test_every_asynchronous_way_to_call_is_noted_once(call: Any) -> None:
    async def run() -> Meter:
        async with meter() as found:
            await call(watch(later()))
        return found

    found = asyncio.run(run())
    assert (found.calls, found.total, found.unpriced) == (1, Decimal("0.2"), ())


def test_what_a_caller_gets_is_what_the_sdk_returns() -> None:
    api = client()
    assert watch(api) is api
    with meter():
        answered = api.chat.completions.create(**ASK)
        stream = api.chat.completions.create(**ASK, **STREAMED)
        raw = api.chat.completions.with_raw_response.create(**ASK)
        parsed = api.chat.completions.parse(**ASK, response_format=Word)
    assert answered == client().chat.completions.create(**ASK)
    assert isinstance(stream, openai.Stream)
    assert list(stream) == list(client().chat.completions.create(**ASK, **STREAMED))
    assert raw.headers["content-type"] == "application/json"
    assert parsed.choices[0].message.parsed == Word(word="hi")


def test_outside_of_all_blocks_nothing_is_noted() -> None:
    found = meter()
    watch(client()).chat.completions.create(**ASK)
    assert found.calls == 0


def test_a_meter_that_is_given_notes_instead_of_the_one_around() -> None:
    own = meter()
    api = watch(client(), own)
    with meter() as around:
        api.chat.completions.create(**ASK)
    api.chat.completions.create(**ASK)
    assert (own.calls, around.calls) == (2, 0)


def test_a_stream_is_noted_by_the_meter_it_was_begun_under() -> None:
    api = watch(client())
    with meter() as run:
        with meter() as step:
            stream = api.chat.completions.create(**ASK, **STREAMED)
        with meter() as other:
            assert len(list(stream)) == 3
    assert (run.calls, step.calls, other.calls) == (1, 1, 0)


def test_a_client_that_is_watched_twice_obeys_the_last() -> None:
    first, second = meter(), meter()
    api = watch(watch(client(), first), second)
    api.chat.completions.create(**ASK)
    assert (first.calls, second.calls) == (0, 1)


def test_copies_of_a_client_and_calls_that_cost_nothing_are_left_alone() -> None:
    api = watch(client())
    with meter() as found:
        api.with_options(max_retries=0).chat.completions.create(**ASK)
        api.responses.retrieve("resp-1")
    assert (found.calls, found.unpriced) == (0, ())


def test_an_error_of_the_api_passes_and_nothing_is_noted() -> None:
    with meter() as found, pytest.raises(openai.BadRequestError):
        watch(client()).chat.completions.create(**ASK, user="fails")
    assert (found.calls, found.unpriced) == (0, ())


def test_a_call_that_the_sdk_cannot_parse_is_billed_all_the_same() -> None:
    with meter() as found, pytest.raises(openai.LengthFinishReasonError):
        watch(client()).chat.completions.parse(**ASK, response_format=Word, user="cut")
    assert found.total == Decimal("0.2")


def test_a_budget_raises_out_of_the_call() -> None:
    api = watch(client())
    with meter("0.3") as found:
        api.chat.completions.create(**ASK)
        with pytest.raises(BudgetExceededError):
            api.chat.completions.create(**ASK)
        stream = api.chat.completions.create(**ASK, **STREAMED)
        with pytest.raises(BudgetExceededError):
            list(stream)
    assert found.calls == 3


def test_a_budget_raises_out_of_an_asynchronous_call() -> None:
    async def run() -> int:
        api = watch(later())
        async with meter("0.1") as found:
            with pytest.raises(BudgetExceededError):
                await api.chat.completions.create(**ASK)
            stream = await api.chat.completions.create(**ASK, **STREAMED)
            with pytest.raises(BudgetExceededError):
                await listed(stream)
        return found.calls

    assert asyncio.run(run()) == 2


def test_a_model_without_a_price_warns_and_the_call_goes_on() -> None:
    api = watch(client())
    with meter() as found:
        with pytest.warns(UnpricedWarning, match="unknown model 'nobody'"):
            assert api.chat.completions.create(**ASK, user="stranger").id == "chat-1"
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            api.chat.completions.create(**ASK, user="stranger")
    assert [(each.model, each.calls) for each in found.unpriced] == [("nobody", 2)]


def test_a_sound_that_states_no_usage_is_not_taken_for_free() -> None:
    api = watch(client())
    with meter() as found, pytest.warns(UnpricedWarning):
        sound = api.audio.speech.create(model="small", voice="alloy", input="hello")
    assert sound.read() == b"sound"
    assert [each.model for each in found.unpriced] == ["small"]


def test_a_response_in_the_background_is_not_taken_for_free() -> None:
    with (
        meter() as found,
        pytest.warns(UnpricedWarning, match="the response is queued and states no"),
    ):
        watch(client()).responses.create(
            model="small", input="hello", background=True, user="waits"
        )
    found.record(client().responses.retrieve("resp-1"), provider="openai")
    assert (len(found.unpriced), found.total) == (1, Decimal("0.2"))


def test_a_stream_without_usage_says_how_to_have_it() -> None:
    with meter() as found, pytest.warns(UnpricedWarning, match="'include_usage': True"):
        assert len(list(watch(client()).chat.completions.create(**ASK, stream=True))) == 2
    assert [each.model for each in found.unpriced] == ["small"]


def test_a_stream_that_is_closed_early_is_not_taken_for_free() -> None:
    api = watch(client())
    with meter() as found:
        stream = api.chat.completions.create(**ASK, **STREAMED)
        next(stream)
        with pytest.warns(UnpricedWarning, match="none of the 1 events of the stream"):
            stream.close()
        stream.close()
        with api.chat.completions.create(**ASK, **STREAMED):
            pass  # not even begun
        for _ in api.chat.completions.create(**ASK, **STREAMED):
            break
        gc.collect()
    assert sum(each.calls for each in found.unpriced) == 3


def test_an_asynchronous_stream_that_is_closed_early_is_not_taken_for_free() -> None:
    async def run() -> Meter:
        with meter() as found:
            stream = await watch(later()).chat.completions.create(**ASK, **STREAMED)
            await anext(stream)
            await stream.close()
        return found

    with pytest.warns(UnpricedWarning, match="none of the 1 events of the stream"):
        found = asyncio.run(run())
    assert sum(each.calls for each in found.unpriced) == 1


def test_a_stream_that_is_read_and_closed_is_noted_once() -> None:
    with meter() as found:
        with watch(client()).chat.completions.create(**ASK, **STREAMED) as stream:
            assert len(list(stream)) == 3
        assert next(stream, None) is None
    assert (found.calls, found.unpriced) == (1, ())


BROKEN = [(0, 0), (1, 1)]


@pytest.mark.parametrize(
    ("place", "missed"),
    BROKEN,
    ids=["before the first event nothing is billed", "after it something is"],
)
def test_an_error_within_a_stream_passes(place: int, missed: int) -> None:
    with meter() as found, warnings.catch_warnings():
        warnings.simplefilter("ignore", UnpricedWarning)
        stream = watch(client()).chat.completions.create(
            **ASK, **STREAMED, user="breaks", seed=place
        )
        with pytest.raises(openai.APIError, match="overloaded"):
            list(stream)
    assert (found.calls, len(found.unpriced)) == (0, missed)


def test_an_error_within_an_asynchronous_stream_passes() -> None:
    async def run() -> Meter:
        with meter() as found:
            stream = await watch(later()).chat.completions.create(
                **ASK, **STREAMED, user="breaks", seed=0
            )
            with pytest.raises(openai.APIError, match="overloaded"):
                await listed(stream)
        return found

    found = asyncio.run(run())
    assert (found.calls, found.unpriced) == (0, ())


def test_a_stream_of_another_make_is_passed_on_and_missed() -> None:
    class Stream:
        def __iter__(self) -> Any:
            return iter([1])

        def __next__(self) -> int:
            raise StopIteration

    made = Stream()
    api = client()
    api.request = lambda _, options, **__: options.post_parser(made)
    watch(api)
    with meter() as found, pytest.warns(UnpricedWarning, match="a Stream cannot be seen"):
        got = api.post("/chat/completions", cast_to=object, body=ASK)
    assert got is made
    assert found.unpriced[0].model == "small"


def test_a_raw_response_that_is_read_by_hand_is_not_seen() -> None:
    with meter() as found:
        api = watch(client())
        assert api.chat.completions.with_raw_response.create(**ASK).text
        with api.chat.completions.with_streaming_response.create(**ASK) as response:
            assert list(response.iter_lines())
    assert (found.calls, found.unpriced) == (0, ())


def test_threads_are_noted_by_the_meter_that_is_given() -> None:
    found = meter()
    api = watch(client(), found)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: api.chat.completions.create(**ASK), range(40)))
    assert (found.calls, found.total) == (40, Decimal(8))


def test_tasks_are_noted_by_the_meters_around_them() -> None:
    async def run() -> tuple[Meter, list[Meter]]:
        api = watch(later())

        async def step() -> Meter:
            async with meter() as own:
                await api.chat.completions.create(**ASK)
                await listed(await api.chat.completions.create(**ASK, **STREAMED))
            return own

        async with meter() as whole:
            steps = await asyncio.gather(*(step() for _ in range(10)))
        return whole, steps

    whole, steps = asyncio.run(run())
    assert [each.calls for each in steps] == [2] * 10
    assert whole.calls == 20


def test_the_host_says_whose_counts_they_are() -> None:
    thought = {**USAGE, "completion_tokens_details": {"reasoning_tokens": 1_000}}
    thought["total_tokens"] = 126_000  # xAI counts what was thought beside what was said

    def of_xai(_: Any) -> Any:
        return httpx.Response(200, json={**CHAT, "model": "small", "usage": thought})

    api = openai.OpenAI(
        api_key="x",
        base_url="https://api.x.ai/v1",
        http_client=httpx.Client(transport=httpx.MockTransport(of_xai)),
    )
    with Meter(registry=SELLERS) as found:
        watch(api).chat.completions.create(**ASK)
    assert found.usage is not None
    assert (found.usage.output_tokens, found.total) == (26_000, Decimal("0.204"))


def test_azure_bills_under_the_model_of_the_response_and_not_the_deployment() -> None:
    def of_azure(_: Any) -> Any:
        return httpx.Response(200, json={**CHAT, "model": "small"})

    api = openai.AzureOpenAI(
        api_key="x",
        api_version="2024-10-21",
        azure_endpoint="https://ours.example",
        http_client=httpx.Client(transport=httpx.MockTransport(of_azure)),
    )
    with Meter(registry=SELLERS) as found:
        watch(api).chat.completions.create(**{**ASK, "model": "our-deployment"})
    assert found.total == Decimal("0.4")
    assert found.cost is not None
    assert found.cost.lines[0].provider == "azure"


SOLD = [
    ("stated for the client", {}, {"provider": "azure"}, "azure"),
    ("by its host", {}, {}, "openai"),
    ("stated for the meter", {"base_url": "http://localhost:1/v1"}, {}, "xai"),
]


@pytest.mark.parametrize(
    ("options", "stated", "seller"), [case[1:] for case in SOLD], ids=[case[0] for case in SOLD]
)
def test_who_sells(options: dict[str, Any], stated: dict[str, Any], seller: str) -> None:
    said = f"unknown model 'small-1' of provider '{seller}'"
    with Meter(registry=SELLERS, provider="xai"), pytest.warns(UnpricedWarning, match=said):
        watch(client(**options), **stated).chat.completions.create(**ASK)


def test_a_call_is_held_against_the_budget_before_it_is_sent() -> None:
    sent: list[Any] = []

    def count(request: Any) -> Any:
        sent.append(request)
        return answer(request)

    api = openai.OpenAI(api_key="x", http_client=httpx.Client(transport=httpx.MockTransport(count)))
    with meter("1") as found:
        watch(api, check=True)
        with pytest.raises(BudgetExceededError, match="a call of 4.0"):
            api.chat.completions.create(**ASK, max_completion_tokens=1_000_000)
        api.chat.completions.create(**ASK, max_completion_tokens=100_000)
        api.embeddings.create(model="small", input="hello")
    assert (len(sent), found.calls) == (2, 2)


class Derived(openai.OpenAI):  # pyright: ignore[reportUntypedBaseClass] - what importorskip returns is Any
    pass


def test_a_class_derived_from_a_client_is_one() -> None:
    api = Derived(api_key="x", http_client=httpx.Client(transport=httpx.MockTransport(answer)))
    with meter() as found:
        watch(api).chat.completions.create(**ASK)
    assert found.calls == 1


WRONG = [object(), client().chat, openai]


@pytest.mark.parametrize("thing", WRONG, ids=["an object", "a resource", "the module"])
def test_what_is_no_client_is_refused(thing: Any) -> None:
    with pytest.raises(UsageError, match=r"is no client of openai or anthropic; record its respo"):
        watch(thing)


REGIONAL = Registry.from_yaml(
    """
provider: openai
models:
  small: {input: 1, output: 4, aliases: [small-1], rules: [{if: {region: [us, eu]}, times: 1.1}]}
"""
)


@pytest.mark.parametrize(
    ("host", "prices", "total", "said"),
    [
        pytest.param("eu.api.openai.com", REGIONAL, "0.22", None, id="a region with a rule"),
        pytest.param("api.openai.com", REGIONAL, "0.2", None, id="none"),
        pytest.param("ca.api.openai.com", REGIONAL, "0.2", "region=ca", id="another region"),
        pytest.param("eu.api.openai.com", PRICES, "0.2", "region=eu", id="a model without a rule"),
    ],
)
def test_a_regional_host_decides_the_price(
    host: str, prices: Registry, total: str, said: str | None
) -> None:
    transport = httpx.Client(transport=httpx.MockTransport(answer))
    api = openai.OpenAI(api_key="x", base_url=f"https://{host}/v1", http_client=transport)
    with Meter("1", registry=prices) as found:
        watch(api, check=True).chat.completions.create(**ASK)
    assert (found.total, found.unpriced) == (Decimal(total), ())
    assert found.cost is not None
    told = [each.text for each in found.cost.assumptions if each.code == "read_condition"]
    assert [said in text for text in told if said] == ([] if said is None else [True])
