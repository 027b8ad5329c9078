"""The callback for LiteLLM, in the real package: its mocked responses need no network."""

from __future__ import annotations

import asyncio
import importlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else it asks the network at import
litellm = pytest.importorskip("litellm")

from costcalc import BudgetExceededError, Meter, Registry  # noqa: E402 - after what may be skipped
from costcalc.recording.litellm import MeterCallback  # noqa: E402

# LiteLLM's own types, which pydantic remarks on when they are first built
pytestmark = pytest.mark.filterwarnings(
    "ignore:Items? .* on TypedDict class .* using the `ReadOnly` qualifier:UserWarning"
)

PRICES = Registry.from_yaml(
    "provider: openai\nmodels: {gpt-4o: {input: 1, cache_read: 0.1, output: 10}}"
)
ASK: Any = {
    "model": "openai/gpt-4o",
    "messages": [{"role": "user", "content": "hello"}],
    "mock_response": "hi",
}


@pytest.fixture
def hook() -> Iterator[Callable[..., Meter]]:
    """Give what hangs a meter into LiteLLM for one test."""

    def hung(budget: Any = None) -> Meter:
        found = Meter(budget, registry=PRICES)
        litellm.callbacks = [MeterCallback(found)]
        return found

    yield hung
    for name in (
        "callbacks",
        "success_callback",
        "failure_callback",
        "_async_success_callback",
        "_async_failure_callback",
    ):
        setattr(litellm, name, [])


def waited(found: Meter, calls: int) -> Meter:
    """Wait until the threads of LiteLLM have called back; the assertions come after."""
    for _ in range(1_000):
        if found.calls + len(found.unpriced) >= calls:
            break
        time.sleep(0.01)
    return found


def cost_of(response: Any) -> Decimal:
    usage = response.usage
    return (usage.prompt_tokens + 10 * usage.completion_tokens) / Decimal(1_000_000)


def test_a_call_is_noted(hook: Callable[..., Meter]) -> None:
    found = hook()
    answered = litellm.completion(**ASK)
    assert waited(found, 1).total == cost_of(answered) > 0
    assert found.unpriced == ()


def test_a_stream_is_noted_once_when_it_is_whole(hook: Callable[..., Meter]) -> None:
    found = hook()
    chunks = list(litellm.completion(**ASK, stream=True))
    assert len(chunks) > 1
    waited(found, 1)
    assert (found.calls, found.unpriced) == (1, ())
    assert found.total == cost_of(litellm.stream_chunk_builder(chunks, messages=ASK["messages"]))


def test_asynchronous_calls_and_streams_are_noted(hook: Callable[..., Meter]) -> None:
    found = hook()

    async def run() -> None:
        await litellm.acompletion(**ASK)
        async for _ in await litellm.acompletion(**ASK, stream=True):
            pass
        for _ in range(1_000):
            if found.calls == 2:
                break
            await asyncio.sleep(0.01)

    asyncio.run(run())
    assert (found.calls, found.unpriced) == (2, ())


def test_a_budget_is_told_before_the_next_call(hook: Callable[..., Meter]) -> None:
    found = hook("0.000001")
    litellm.completion(**ASK)
    waited(found, 1)
    with pytest.raises(BudgetExceededError):
        found.check()


def test_what_comes_from_litellms_cache_costs_nothing() -> None:
    found = Meter(registry=PRICES)
    litellm_says = {"model": "gpt-4o", "cache_hit": True}
    answered = litellm.ModelResponse(model="gpt-4o", usage={"prompt_tokens": 1_000})
    MeterCallback(found).log_success_event(litellm_says, answered, None, None)
    assert (found.calls, found.unpriced) == (0, ())
    litellm_says["cache_hit"] = False
    MeterCallback(found).log_success_event(litellm_says, answered, None, None)
    assert found.total == Decimal("0.001")


def test_without_the_package_the_hook_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "litellm.integrations.custom_logger", None)
    monkeypatch.delitem(sys.modules, "costcalc.recording.litellm")
    with pytest.raises(ImportError, match="pip install litellm"):
        importlib.import_module("costcalc.recording.litellm")
