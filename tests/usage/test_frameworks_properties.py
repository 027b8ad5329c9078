"""Whatever was consumed, rendered as Anthropic, Google, Amazon or a framework says it, is read back.

The renderers are written from the formats' own documentation and know nothing of the readers. Each
says how its format relates the counts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costcalc.errors import UsageError
from costcalc.usage.responses.reading import read_response
from costcalc.usage.usage import Usage

sizes = st.one_of(st.integers(0, 3), st.integers(0, 300_000), st.integers(0, 10**12))

CACHED = ("input", "cache_read", "output")
WRITTEN = (*CACHED, "cache_write", "cache_write_1h")
THINKING = (*WRITTEN, "reasoning")
AUDIO = ("input_audio", "output_audio")


def usages(meters: tuple[str, ...]) -> st.SearchStrategy[Usage]:
    """Draw a usage of some meters."""
    counts = st.fixed_dictionaries(dict.fromkeys(meters, sizes))
    return counts.map(lambda found: Usage.from_disjoint(**found))


def anthropic(u: Usage) -> dict[str, Any]:
    """Anthropic: input, reads and writes exclude each other; thinking is a part of the output."""
    return {
        "input_tokens": u.input_tokens - u.cache_read_tokens - u.cache_write_tokens,
        "cache_read_input_tokens": u.cache_read_tokens,
        "cache_creation_input_tokens": u.cache_write_tokens,
        "cache_creation": {
            "ephemeral_5m_input_tokens": u.cache_write_tokens - u.cache_write_1h_tokens,
            "ephemeral_1h_input_tokens": u.cache_write_1h_tokens,
        },
        "output_tokens": u.output_tokens,
        "output_tokens_details": {"thinking_tokens": u.reasoning_tokens},
    }


def message(u: Usage) -> dict[str, Any]:
    """A whole message."""
    whole = {"type": "message", "model": "claude-opus-4-8", "stop_reason": "end_turn"}
    return {**whole, "usage": anthropic(u)}


def message_stream(u: Usage) -> list[dict[str, Any]]:
    """A message in events: a placeholder of an output first, totals last."""
    begun = {**anthropic(u), "output_tokens": 1, "output_tokens_details": None}
    start = {**message(u), "stop_reason": None, "usage": begun}
    last = {key: count for key, count in anthropic(u).items() if key.startswith("output")}
    return [
        {"type": "message_start", "message": start},
        {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 1}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": last},
    ]


def session(u: Usage) -> dict[str, Any]:
    """Managed agents: writes stand in their split alone."""
    usage = anthropic(u)
    del usage["cache_creation_input_tokens"]
    return {**usage, "active_seconds": 0}


def google(u: Usage) -> dict[str, Any]:
    """Gemini: cached tokens are a part of the prompt, thoughts stand beside the candidates."""
    return {
        "promptTokenCount": u.input_tokens,
        "cachedContentTokenCount": u.cache_read_tokens,
        "candidatesTokenCount": u.output_tokens - u.reasoning_tokens,
        "thoughtsTokenCount": u.reasoning_tokens,
        "totalTokenCount": u.input_tokens + u.output_tokens,
        "promptTokensDetails": [
            {"modality": "TEXT", "tokenCount": 1},  # details need not sum
            {"modality": "AUDIO", "tokenCount": u.input_audio_tokens},
            {"modality": "IMAGE", "tokenCount": u.input_image_tokens},
        ],
        "cacheTokensDetails": [
            {"modality": "AUDIO", "tokenCount": u.cache_read_audio_tokens},
            {"modality": "IMAGE", "tokenCount": u.cache_read_image_tokens},
        ],
        "candidatesTokensDetails": [
            {"modality": "AUDIO", "tokenCount": u.output_audio_tokens},
            {"modality": "IMAGE", "tokenCount": u.output_image_tokens},
            {"modality": "VIDEO", "tokenCount": u.output_video_tokens},
        ],
    }


def google_stream(u: Usage) -> list[dict[str, Any]]:
    """Gemini in chunks: each has the totals so far."""
    first = {"promptTokenCount": u.input_tokens, "totalTokenCount": u.input_tokens}
    return [{"usageMetadata": first}, {"usageMetadata": google(u)}, {"candidates": []}]


def google_chat(u: Usage) -> dict[str, Any]:
    """Gemini in OpenAI's shape: thoughts are in the total and nowhere else."""
    usage = {
        "prompt_tokens": u.input_tokens,
        "completion_tokens": u.output_tokens - u.reasoning_tokens,
        "total_tokens": u.input_tokens + u.output_tokens,
        "prompt_tokens_details": {"cached_tokens": u.cache_read_tokens},
    }
    return {"object": "chat.completion", "model": "gemini-2.5-pro", "usage": usage}


def interactions(u: Usage) -> dict[str, Any]:
    """Gemini's interactions: as generateContent, under other names."""
    return {
        "totalInputTokens": u.input_tokens,
        "totalCachedTokens": u.cache_read_tokens,
        "totalOutputTokens": u.output_tokens - u.reasoning_tokens,
        "totalThoughtTokens": u.reasoning_tokens,
        "totalTokens": u.input_tokens + u.output_tokens,
    }


def converse(u: Usage) -> dict[str, Any]:
    """Bedrock: input, reads and writes exclude each other, and the total is the sum of all."""
    return {
        "inputTokens": u.input_tokens - u.cache_read_tokens - u.cache_write_tokens,
        "outputTokens": u.output_tokens,
        "totalTokens": u.input_tokens + u.output_tokens,
        "cacheReadInputTokens": u.cache_read_tokens,
        "cacheReadInputTokenCount": u.cache_read_tokens,
        "cacheWriteInputTokens": u.cache_write_tokens,
        "cacheDetails": [
            {"ttl": "1h", "inputTokens": u.cache_write_1h_tokens},
            {"ttl": "5m", "inputTokens": u.cache_write_tokens - u.cache_write_1h_tokens},
        ],
    }


def litellm(u: Usage) -> dict[str, Any]:
    """LiteLLM: inclusive, writes and reads under several names each."""
    split = {
        "ephemeral_5m_input_tokens": u.cache_write_tokens - u.cache_write_1h_tokens,
        "ephemeral_1h_input_tokens": u.cache_write_1h_tokens,
    }
    return {
        "prompt_tokens": u.input_tokens,
        "completion_tokens": u.output_tokens,
        "total_tokens": u.input_tokens + u.output_tokens,
        "prompt_tokens_details": {
            "cached_tokens": u.cache_read_tokens,
            "cache_write_tokens": u.cache_write_tokens,
            "cache_creation_tokens": u.cache_write_tokens,
            "cache_creation_token_details": split,
            "audio_tokens": u.input_audio_tokens,
        },
        "completion_tokens_details": {
            "reasoning_tokens": u.reasoning_tokens,
            "audio_tokens": u.output_audio_tokens,
        },
        "cache_read_input_tokens": u.cache_read_tokens,
        "cache_creation_input_tokens": u.cache_write_tokens,
    }


def langchain(u: Usage, tier: str = "") -> dict[str, Any]:
    """LangChain: inclusive; the split replaces the sum of writes; a tier stands before a name."""
    return {
        "input_tokens": u.input_tokens,
        "output_tokens": u.output_tokens,
        "total_tokens": u.input_tokens + u.output_tokens,
        "input_token_details": {
            f"{tier}cache_read": u.cache_read_tokens,
            "cache_creation": 0,
            f"{tier}cache_creation": 0,
            "ephemeral_5m_input_tokens": u.cache_write_tokens - u.cache_write_1h_tokens,
            "ephemeral_1h_input_tokens": u.cache_write_1h_tokens,
            "audio": u.input_audio_tokens,
            **({tier[:-1]: u.input_tokens - u.cache_read_tokens} if tier else {}),
        },
        "output_token_details": {
            f"{tier}reasoning": u.reasoning_tokens,
            "audio": u.output_audio_tokens,
        },
    }


def pydantic_ai(u: Usage) -> dict[str, Any]:
    """Pydantic AI: inclusive, as here."""
    return {
        "input_tokens": u.input_tokens,
        "cache_read_tokens": u.cache_read_tokens,
        "cache_write_tokens": u.cache_write_tokens,
        "cache_write_1h_tokens": u.cache_write_1h_tokens,
        "input_audio_tokens": u.input_audio_tokens,
        "cache_audio_read_tokens": 0,
        "output_tokens": u.output_tokens,
        "output_reasoning_tokens": u.reasoning_tokens,
        "output_audio_tokens": u.output_audio_tokens,
        "audio_seconds": 0.0,
        "cost": None,
    }


def vercel(u: Usage) -> dict[str, Any]:
    """The AI SDK from version 6 on: inclusive, without the life of a cache."""
    fresh = u.input_tokens - u.cache_read_tokens - u.cache_write_tokens
    return {
        "inputTokens": u.input_tokens,
        "inputTokenDetails": {
            "noCacheTokens": fresh,
            "cacheReadTokens": u.cache_read_tokens,
            "cacheWriteTokens": u.cache_write_tokens,
        },
        "outputTokens": u.output_tokens,
        "outputTokenDetails": {"reasoningTokens": u.reasoning_tokens},
        "totalTokens": u.input_tokens + u.output_tokens,
    }


MEDIA = (
    "input_image", "cache_read_audio", "cache_read_image", "output_image", "output_video",
)  # fmt: skip
SHAPES: dict[str, tuple[Callable[[Usage], Any], tuple[str, ...]]] = {
    "anthropic": (anthropic, THINKING),
    "anthropic, whole": (message, THINKING),
    "anthropic, in events": (message_stream, THINKING),
    "anthropic, a session": (session, THINKING),
    "gemini": (google, (*CACHED, "reasoning", *AUDIO, *MEDIA)),
    "gemini, in chunks": (google_stream, (*CACHED, "reasoning", *AUDIO, *MEDIA)),
    "gemini, in OpenAI's shape": (google_chat, (*CACHED, "reasoning")),
    "gemini, an interaction": (interactions, (*CACHED, "reasoning")),
    "bedrock": (converse, WRITTEN),
    "litellm": (litellm, (*THINKING, *AUDIO)),
    "langchain": (langchain, (*THINKING, *AUDIO)),
    "langchain, flex": (lambda u: langchain(u, "flex_"), (*THINKING, *AUDIO)),
    "langchain, priority": (lambda u: langchain(u, "priority_"), (*THINKING, *AUDIO)),
    "pydantic-ai": (pydantic_ai, (*THINKING, *AUDIO)),
    "vercel": (vercel, (*CACHED, "cache_write", "reasoning")),
    "vercel, Anthropic's within": (lambda u: {**vercel(u), "raw": anthropic(u)}, THINKING),
    "vercel, Gemini's within": (lambda u: {**vercel(u), "raw": google(u)}, (*CACHED, "reasoning")),
}
"""How each shape is written, and the meters that it has."""


@pytest.mark.parametrize(("render", "meters"), SHAPES.values(), ids=list(SHAPES))
@settings(deadline=None)
@given(data=st.data())
def test_what_a_shape_says_is_read_back(
    render: Callable[[Usage], Any], meters: tuple[str, ...], data: st.DataObject
) -> None:
    usage = data.draw(usages(meters))
    assert read_response(render(usage)).counts() == usage


TOTALLED = ["gemini", "bedrock", "litellm", "langchain", "vercel"]


@pytest.mark.parametrize("shape", TOTALLED)
@settings(deadline=None)
@given(data=st.data(), off=st.integers(-5, 5).filter(bool))
def test_a_total_that_is_off_is_refused(shape: str, data: st.DataObject, off: int) -> None:
    render, meters = SHAPES[shape]
    raw = render(data.draw(usages(meters)))
    name = next(
        key for key in raw if key.lower().replace("_", "") in {"totaltokens", "totaltokencount"}
    )
    if raw[name] + off <= 0:  # a total of 0 is none
        return
    raw[name] += off
    with pytest.raises(UsageError, match="contradicts itself"):
        read_response(raw)


@settings(deadline=None)
@given(data=st.data())
def test_iterations_are_billed_once_and_all(data: st.DataObject) -> None:
    """A response is its serving iterations, and beside them its compactions and advice."""
    drawn = data.draw(st.lists(st.tuples(st.booleans(), usages(WRITTEN)), min_size=1, max_size=4))
    served = [usage for serves, usage in drawn if serves]
    beside = [usage for serves, usage in drawn if not serves]
    top = sum(served, Usage(requests=1))
    kinds = [
        {"type": "message" if serves else "compaction", **anthropic(usage)}
        for serves, usage in drawn
    ]
    body = {
        "type": "message",
        "model": "claude-opus-4-8",
        "usage": {**anthropic(top), "iterations": kinds},
    }
    found = read_response(body).whole()
    whole = sum([*served, *beside], Usage(requests=1))
    assert found.disjoint() == whole.disjoint()
