"""OpenAI's formats of text: chat completions, responses, embeddings, batches.

https://developers.openai.com/api/reference and the types of the openai SDK 3.57. Others speak
them too, so a response without a hint is read as the plain `chat` or `responses`, and its model's
name says who bills it.
"""

from __future__ import annotations

from dataclasses import replace

from costcalc.usage.responses import fields
from costcalc.usage.responses.api import Api
from costcalc.usage.responses.openai_media import split_cached_media
from costcalc.usage.responses.openai_tools import read_tools

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.usage.responses.api import Draft

__all__ = [
    "BATCH",
    "CHAT",
    "CHAT_COUNTS",
    "CHAT_SIGNS",
    "EMBEDDINGS",
    "RESPONSES",
    "RESPONSES_COUNTS",
    "SHARED_RESPONSES",
    "read_search_model",
    "read_tier",
]

CHAT_COUNTS = {
    "input_tokens": "prompt_tokens",
    # runs of assistants, of Azure too, write the details without their first s
    "cache_read_tokens": "prompt_tokens_details|prompt_token_details.cached_tokens",
    "cache_write_tokens": "prompt_tokens_details.cache_write_tokens",
    "input_audio_tokens": "prompt_tokens_details.audio_tokens",
    "output_tokens": "completion_tokens",
    "reasoning_tokens": "completion_tokens_details.reasoning_tokens",
    "output_audio_tokens": "completion_tokens_details.audio_tokens",
}
"""Counts of chat completions: every detail is a part of its total. Rejected tokens of a prediction
are in the completion, and billed. Images in a prompt cost what text does, so they stay in it."""
CHAT_SIGNS = {"object": "chat.completion"}
RESPONSES_COUNTS = {
    "input_tokens": "input_tokens",
    "cache_read_tokens": "input_tokens_details.cached_tokens",
    "cache_write_tokens": "input_tokens_details.cache_write_tokens",
    "cache_write_12h_tokens": "input_tokens_details.cache_write_tokens_details.ttl_12h_tokens",
    "output_tokens": "output_tokens",
    "reasoning_tokens": "output_tokens_details.reasoning_tokens",
}
"""Counts of responses; as in chat completions, every detail is a part of its total."""


def read_tier(draft: Draft) -> None:
    """Take the tier that served the call; `fast` is OpenAI's other name of `priority`."""
    if draft.conditions.get("service_tier") == "fast":
        draft.conditions["service_tier"] = "priority"


def read_search_model(draft: Draft) -> None:
    """Count the search of a model that always searches before it answers a chat.

    https://developers.openai.com/api/docs/guides/tools-web-search
    """
    if "-search-" in (draft.model or ""):
        draft.add_unit("web_search", 1)
        draft.assume(f"{draft.model} searches the web for every answer; billed as one search")


def _refine_chat(draft: Draft) -> None:
    read_tier(draft)
    split_cached_media(draft)
    read_search_model(draft)


CHAT = Api(
    name="openai-chat",
    provider="openai",
    signs=CHAT_SIGNS,
    counts=CHAT_COUNTS,
    total="total_tokens",
    summed="prompt_tokens + completion_tokens",
    watched=True,
    conditions={"service_tier": "service_tier"},
    refine=_refine_chat,
)


def _refine_responses(draft: Draft) -> None:
    for name in ("cache_read_input_tokens", "cache_creation_input_tokens"):
        if fields.count(draft.usage, name):
            raise draft.contradiction(f"{name} are Anthropic's, which stand beside the input")
    read_tier(draft)
    read_tools(draft)


RESPONSES = Api(
    name="openai-responses",
    provider="openai",
    signs={"object": "response"},
    counts=RESPONSES_COUNTS,
    total="total_tokens",
    summed="input_tokens + output_tokens",
    watched=True,
    conditions={"service_tier": "service_tier"},
    refine=_refine_responses,
)
SHARED_RESPONSES = replace(
    RESPONSES,
    name="responses",
    provider=None,
    marks=(
        "input_tokens_details.cached_tokens",
        "input_tokens_details.cache_write_tokens",
        "input_tokens & output_tokens & total_tokens",
    ),
)
"""The same without a hint: xAI, Azure, Perplexity and others answer in this shape too."""

EMBEDDINGS = Api(
    name="embeddings",
    signs={"object": "list"},
    counts={"input_tokens": "prompt_tokens"},
    total="total_tokens",
    summed="prompt_tokens + completion_tokens",
)


def _refine_batch(draft: Draft) -> None:
    draft.conditions["batch"] = True
    draft.requests = fields.count(draft.response, "request_counts.completed") or None


BATCH = Api(
    name="openai-batch",
    provider="openai",
    signs={"object": "batch"},
    counts=RESPONSES_COUNTS,
    total="total_tokens",
    summed="input_tokens + output_tokens",
    created="completed_at|finalizing_at|in_progress_at|created_at",
    refine=_refine_batch,
)
"""A whole batch, whose counts are those of all its requests (batches after 2025-09-07)."""
