"""Whatever was consumed, rendered as any provider states it, is read back as it was.

The renderers are written from the providers' documentation and know nothing of the readers. Each
quotes how its format relates the counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from costcalc import Usage, UsageError
from costcalc.usage.responses.apis import APIS

sizes = st.one_of(st.integers(0, 3), st.integers(0, 300_000), st.integers(0, 10**12))


@st.composite
def usages(draw: st.DrawFn, *expressed: str) -> Usage:
    """Draw a usage of input, output and the given meters."""
    meters = ("input", "output", *expressed)
    return Usage.from_disjoint(**{name: draw(sizes) for name in meters})


def chat(u: Usage, *, outside: bool = False, **more: Any) -> dict[str, Any]:
    """OpenAI: details are parts of their totals; xAI: reasoning stands beside the completion."""
    completion = u.output_tokens - (u.reasoning_tokens if outside else 0)
    return {
        "prompt_tokens": u.input_tokens,
        "completion_tokens": completion,
        "total_tokens": u.input_tokens + u.output_tokens,
        "prompt_tokens_details": {
            "cached_tokens": u.cache_read_tokens,
            "cache_write_tokens": u.cache_write_tokens,
            "audio_tokens": u.input_audio_tokens,
        },
        "completion_tokens_details": {
            "reasoning_tokens": u.reasoning_tokens,
            "audio_tokens": u.output_audio_tokens,
        },
        **more,
    }


def responses(u: Usage, **more: Any) -> dict[str, Any]:
    """OpenAI and xAI: the total is input and output, the details are parts of them."""
    written = {
        "ttl_12h_tokens": u.cache_write_12h_tokens,
        "ttl_30m_tokens": u.cache_write_tokens - u.cache_write_12h_tokens,
    }
    return {
        "input_tokens": u.input_tokens,
        "input_tokens_details": {
            "cached_tokens": u.cache_read_tokens,
            "cache_write_tokens": u.cache_write_tokens,
            "cache_write_tokens_details": written,
        },
        "output_tokens": u.output_tokens,
        "output_tokens_details": {"reasoning_tokens": u.reasoning_tokens},
        "total_tokens": u.input_tokens + u.output_tokens,
        **more,
    }


def grpc(u: Usage) -> dict[str, Any]:
    """xAI: reasoning stands beside the completion; 64-bit numbers are text in JSON."""
    return {
        "promptTokens": u.input_tokens,
        "promptTextTokens": u.input_tokens,
        "cachedPromptTextTokens": str(u.cache_read_tokens),
        "completionTokens": u.output_tokens - u.reasoning_tokens,
        "reasoningTokens": u.reasoning_tokens,
        "totalTokens": u.input_tokens + u.output_tokens,
    }


def deepseek(u: Usage) -> dict[str, Any]:
    """DeepSeek: the prompt is what hit the cache and what missed it."""
    return {
        "prompt_tokens": u.input_tokens,
        "prompt_cache_hit_tokens": u.cache_read_tokens,
        "prompt_cache_miss_tokens": u.input_tokens - u.cache_read_tokens,
        "completion_tokens": u.output_tokens,
        "completion_tokens_details": {"reasoning_tokens": u.reasoning_tokens},
        "total_tokens": u.input_tokens + u.output_tokens,
    }


def mistral(u: Usage) -> dict[str, Any]:
    """Mistral: cached tokens are a part of the prompt."""
    return {
        "prompt_tokens": u.input_tokens,
        "num_cached_tokens": u.cache_read_tokens,
        "completion_tokens": u.output_tokens,
        "total_tokens": u.input_tokens + u.output_tokens,
    }


def moonshot(u: Usage) -> dict[str, Any]:
    """Moonshot: cached tokens stand beside the totals and are a part of the prompt."""
    return {
        "prompt_tokens": u.input_tokens,
        "cached_tokens": u.cache_read_tokens,
        "completion_tokens": u.output_tokens,
        "total_tokens": u.input_tokens + u.output_tokens,
    }


def perplexity(u: Usage) -> dict[str, Any]:
    """Perplexity's deep research: reasoning and citations stand beside, and out of the total."""
    completion = u.output_tokens - u.reasoning_tokens - u.citation_tokens
    return {
        "prompt_tokens": u.input_tokens,
        "completion_tokens": completion,
        "total_tokens": u.input_tokens + completion,
        "reasoning_tokens": u.reasoning_tokens,
        "citation_tokens": u.citation_tokens,
        "search_context_size": "low",
    }


def cohere(u: Usage) -> dict[str, Any]:
    """Cohere: whole numbers as floats; what is billed is apart from what was used."""
    billed = {"input_tokens": float(u.input_tokens), "output_tokens": float(u.output_tokens)}
    used = {"input_tokens": u.input_tokens + 500.0, "output_tokens": u.output_tokens + 9.0}
    return {"usage": {"billed_units": billed, "tokens": used}}


def realtime(u: Usage) -> dict[str, Any]:
    """OpenAI: modalities are parts of the totals, and of the cached tokens."""
    read = u.cache_read_tokens - u.cache_read_audio_tokens - u.cache_read_image_tokens
    return {
        "input_tokens": u.input_tokens,
        "output_tokens": u.output_tokens,
        "total_tokens": u.input_tokens + u.output_tokens,
        "input_token_details": {
            "text_tokens": u.input_tokens - u.input_audio_tokens - u.input_image_tokens,
            "audio_tokens": u.input_audio_tokens,
            "image_tokens": u.input_image_tokens,
            "cached_tokens": u.cache_read_tokens,
            "cached_tokens_details": {
                "text_tokens": read,
                "audio_tokens": u.cache_read_audio_tokens,
                "image_tokens": u.cache_read_image_tokens,
            },
        },
        "output_token_details": {
            "text_tokens": u.output_tokens - u.output_audio_tokens,
            "audio_tokens": u.output_audio_tokens,
        },
    }


def images(u: Usage) -> dict[str, Any]:
    """OpenAI: text and image tokens on both sides."""
    return {
        "input_tokens": u.input_tokens,
        "output_tokens": u.output_tokens,
        "total_tokens": u.input_tokens + u.output_tokens,
        "input_tokens_details": {
            "text_tokens": u.input_tokens - u.input_image_tokens,
            "image_tokens": u.input_image_tokens,
        },
        "output_tokens_details": {
            "text_tokens": u.output_tokens - u.output_image_tokens,
            "image_tokens": u.output_image_tokens,
        },
    }


MEDIA = (
    "input_audio",
    "input_image",
    "cache_read",
    "cache_read_audio",
    "cache_read_image",
    "output_audio",
)
Renderer = Callable[[Usage], dict[str, Any]]
# (format, the meters that it can express, the renderer, whether it has a total that is checked)
SHAPES: dict[str, tuple[tuple[str, ...], Renderer, bool]] = {
    "chat": (("cache_read", "cache_write", "reasoning", "output_audio"), chat, True),
    "responses": (("cache_read", "cache_write", "cache_write_12h", "reasoning"), responses, True),
    "openrouter-chat": (("cache_read", "cache_write", "reasoning"), lambda u: chat(u, is_byok=False), True),
    "openrouter-responses": (("cache_read", "cache_write", "reasoning"), lambda u: responses(u, is_byok=False), True),
    "groq-chat": (("cache_read", "reasoning"), lambda u: chat(u, queue_time=0.1), True),
    "xai-chat": (("cache_read", "reasoning"), lambda u: chat(u, outside=True, num_sources_used=0), True),
    "xai-responses": (("cache_read", "reasoning"), lambda u: responses(u, num_sources_used=0), True),
    "xai-grpc": (("cache_read", "reasoning"), grpc, True),
    "deepseek-chat": (("cache_read", "reasoning"), deepseek, True),
    "mistral-chat": (("cache_read",), mistral, True),
    "chat ": (("cache_read",), moonshot, True),
    "perplexity-chat": (("reasoning", "citation"), perplexity, True),
    "cohere-chat": ((), cohere, False),
    "openai-realtime": (MEDIA, realtime, True),
    "openai-images": (("input_image", "output_image"), images, True),
}  # fmt: skip
EACH = pytest.mark.parametrize(
    "name", SHAPES, ids=[name.replace("chat ", "moonshot") for name in SHAPES]
)


@EACH
@given(data=st.data())
def test_what_was_consumed_is_read_back(name: str, data: st.DataObject) -> None:
    expressed, render, _ = SHAPES[name]
    usage = data.draw(usages(*expressed))
    read = Usage.from_response(render(usage))
    assert read.api == name.strip()
    assert read.counts() == usage
    assert read.disjoint() == usage.disjoint()


@EACH
@given(data=st.data(), more=st.integers(1, 10**6))
def test_a_total_that_its_parts_do_not_make_is_refused(
    name: str, data: st.DataObject, more: int
) -> None:
    expressed, render, checked = SHAPES[name]
    body = render(data.draw(usages(*expressed)))
    total = "totalTokens" if name == "xai-grpc" else "total_tokens"
    if not checked:
        assert total not in body
        return
    body[total] += more
    try:
        read = Usage.from_response(body)
    except UsageError as error:
        assert "contradicts itself" in str(error)  # noqa: PT017 - the other way is right too
    else:  # it is, to the token, what reasoning on the other side would make
        assert more == read.reasoning_tokens


@given(usage=usages("cache_read", "reasoning"))
def test_reasoning_is_where_the_total_says(usage: Usage) -> None:
    beside, inside = chat(usage, outside=True), chat(usage)
    for body in (beside, inside):
        for more in ({}, {"num_sources_used": 0}, {"is_byok": False}):
            assert Usage.from_response({**body, **more}).counts() == usage


LEAVES = [
    None, True, -1, 0, 5, 100, 3.0, 12.5, float("nan"), 10**30, "", "12", "flex", [], [1], {},
    {"type": "message"}, [{"type": "web_search_call"}], b"x",
]  # fmt: skip
BESIDE = (
    "output", "tools", "tool_usage.image_gen", "tool_usage.image_gen.input_tokens", "svg_usage",
    "video.duration", "data", "type", "custom_id", "response.body", "result.message", "text",
    "model", "created", "service_tier", "usage.cost", "usage.is_byok", "usage.num_sources_used",
    "usage.server_side_tools_used", "usage.server_side_tool_usage_details.x_search_calls",
    "usage.tool_calls_details.search_web", "usage.context_details.input_tokens",
    "usage.prompt_audio_seconds", "usage.iterations", "usage.service_tier",
)  # fmt: skip


def _plain(path: str) -> str:
    """Return a path in the first of its spellings."""
    return re.sub(r"\|\w+", "", path)


@st.composite
def bodies(draw: st.DrawFn) -> tuple[dict[str, Any], str]:
    """Draw what looks like a response of some format, with anything in its fields."""
    each = draw(st.sampled_from(APIS))
    specs = (*each.counts.values(), *each.units.values(), *each.marks, each.total, each.cost)
    paths = [path.strip(" !?") for spec in specs for path in re.split("[+&]", spec)]
    within = [_plain(f"{each.usage}.{path}") for path in paths if path]
    signs = {_plain(path): text for path, text in each.signs.items()}
    names = st.lists(st.sampled_from([*within, *BESIDE]), max_size=8)
    body: dict[str, Any] = {}
    for path in (*signs, *draw(names)):
        value = signs.get(path) or draw(st.one_of(st.integers(0, 9), st.sampled_from(LEAVES)))
        *outer, last = path.split(".")
        node = body
        for name in outer:
            inner = node.get(name)
            node[name] = node = {} if type(inner) is not dict else inner
        node[last] = value
    return body, each.name


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(drawn=bodies(), hinted=st.booleans())
def test_whatever_arrives_is_read_or_refused_in_our_own_words(
    drawn: tuple[dict[str, Any], str], *, hinted: bool
) -> None:
    body, name = drawn
    try:
        read = Usage.from_response(body, api=name if hinted else None)
    except UsageError as error:
        assert str(error)  # noqa: PT017 - both ways are right
    else:
        assert isinstance(read, Usage)
