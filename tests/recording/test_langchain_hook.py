"""The callback for LangChain, in real chains of langchain-core with a fake model at their end."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

pytest.importorskip("langchain_core")

from langchain_core.caches import InMemoryCache
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.llms import BaseLLM
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from langchain_core.outputs import (
    ChatGeneration,
    ChatGenerationChunk,
    ChatResult,
    Generation,
    LLMResult,
)
from langchain_core.runnables import RunnableLambda

from costcalc import BudgetExceededError, Meter, Registry, UnpricedWarning
from costcalc.recording.langchain import MeterCallback

PRICES = Registry.from_yaml(
    "provider: openai\nmodels: {small: {input: 1, cache_read: 0.1, output: 4}}"
)
USAGE: Any = {
    "input_tokens": 100_000,
    "output_tokens": 25_000,
    "total_tokens": 125_000,
    "input_token_details": {"cache_read": 0},
}
META: dict[str, Any] = {"model_name": "small", "model_provider": "openai"}


class Chat(BaseChatModel):
    """A model that answers the same to everything, and several times if asked to."""

    answers: int = 1
    usage: Any = USAGE

    @property
    def _llm_type(self) -> str:
        return "fake"

    def _generate(self, messages: Any, *_: Any, **__: Any) -> ChatResult:
        del messages
        answer = AIMessage("hi", usage_metadata=self.usage, response_metadata=META)
        return ChatResult(generations=[ChatGeneration(message=answer)] * self.answers)


class Streaming(Chat):
    def _stream(self, messages: Any, *_: Any, **__: Any) -> Iterator[ChatGenerationChunk]:
        del messages
        yield ChatGenerationChunk(message=AIMessageChunk(content="h"))
        end = AIMessageChunk(content="i", usage_metadata=USAGE, response_metadata=META)
        yield ChatGenerationChunk(message=end)


class Text(BaseLLM):
    """A model that completes text, and states one usage for all prompts."""

    @property
    def _llm_type(self) -> str:
        return "fake"

    def _generate(self, prompts: list[str], *_: Any, **__: Any) -> LLMResult:
        usage = {"prompt_tokens": 100_000, "completion_tokens": 25_000, "total_tokens": 125_000}
        return LLMResult(
            generations=[[Generation(text="hi")] for _ in prompts],
            llm_output={"token_usage": usage, "model_name": "small"},
        )


def meter(budget: Any = None) -> Meter:
    return Meter(budget, registry=PRICES)


def hooked(found: Meter | None = None) -> dict[str, Any]:
    return {"callbacks": [MeterCallback(found)]}


def said(message: Any) -> str:
    return message.content


CALLS = {
    "a call": lambda config: Chat().invoke("hello", config),
    "a call that is answered twice, with one usage": lambda config: Chat(answers=2).generate(
        [[HumanMessage("hello")]], callbacks=config["callbacks"]
    ),
    "a stream": lambda config: list(Streaming().stream("hello", config)),
    "a call in a chain": lambda config: (
        RunnableLambda(lambda text: f"{text}!") | Chat() | RunnableLambda(said)
    ).invoke("hello", config),
    "an asynchronous call": lambda config: asyncio.run(Chat().ainvoke("hello", config)),
    "a call of a model of text": lambda config: Text().invoke("hello", config),
    "two prompts of a model of text, with one usage": lambda config: Text().generate(
        ["hello", "you"], callbacks=config["callbacks"]
    ),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_what_a_meter_notes_of(call: Any) -> None:
    with meter() as found:
        call(hooked())
    assert (found.calls, found.total, found.unpriced) == (1, Decimal("0.2"), ())
    own = meter()
    call(hooked(own))
    assert own.total == Decimal("0.2")


def test_every_prompt_of_a_batch_is_a_call() -> None:
    with meter() as found:
        Chat().batch(["one", "two", "three"], hooked())  # in threads, in this context
    assert (found.calls, found.total) == (3, Decimal("0.6"))


def test_an_asynchronous_stream_is_noted() -> None:
    async def run() -> Meter:
        async with meter() as found:
            assert len([each async for each in Streaming().astream("hello", hooked())]) >= 2
        return found

    assert asyncio.run(run()).total == Decimal("0.2")


def test_a_budget_stops_the_run() -> None:
    chat: Any = Chat()
    steps = chat | RunnableLambda(said) | chat | chat
    with meter("0.3") as found, pytest.raises(BudgetExceededError):
        steps.invoke("hello", hooked())
    assert found.calls == 2


def test_a_budget_stops_an_asynchronous_run() -> None:
    async def run() -> int:
        async with meter("0.1") as found:
            with pytest.raises(BudgetExceededError):
                await Chat().ainvoke("hello", hooked())
        return found.calls

    assert asyncio.run(run()) == 1


def test_what_comes_from_langchains_cache_costs_nothing() -> None:
    model = Chat(cache=InMemoryCache())
    with meter() as found:
        model.invoke("hello", hooked())
        model.invoke("hello", hooked())
    assert (found.calls, found.unpriced) == (1, ())


def test_a_message_without_usage_is_not_taken_for_free() -> None:
    with meter() as found, pytest.warns(UnpricedWarning):
        Chat(usage=None).invoke("hello", hooked())
    assert (found.calls, len(found.unpriced)) == (0, 1)


def test_outside_of_all_blocks_nothing_is_noted() -> None:
    assert Chat().invoke("hello", hooked()).content == "hi"


def test_without_the_package_the_hook_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain_core.callbacks", None)
    monkeypatch.delitem(sys.modules, "costcalc.recording.langchain")
    with pytest.raises(ImportError, match="pip install langchain-core"):
        importlib.import_module("costcalc.recording.langchain")
