"""xAI's formats: chat completions and gRPC count reasoning beside the completion, responses inside.

https://docs.x.ai/developers/cost-tracking: a tick is 10**-10 US dollars, and the charge is that of
the request with its tools. https://docs.x.ai/developers/pricing: what a call of each tool costs.
"""

from __future__ import annotations

from dataclasses import replace

from costcalc.money import EXACT, normal
from costcalc.usage.responses import fields
from costcalc.usage.responses.api import Api, moment
from costcalc.usage.responses.openai import CHAT as OPENAI_CHAT
from costcalc.usage.responses.openai import RESPONSES as OPENAI_RESPONSES
from costcalc.usage.responses.shared import place_reasoning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from decimal import Decimal
    from typing import Any

    from costcalc.usage.responses.api import Draft

__all__ = ["CHAT", "GRPC", "MEDIA", "RESPONSES"]

_METERS = {
    "web_search": "web_search",
    "x_search": "x_search",
    "code_interpreter": "code_execution",
    "code_execution": "code_execution",
    "file_search": "file_search",
    "collections_search": "file_search",
    "attachment_search": "attachment_search",
    "document_search": "attachment_search",
}
"""By tool, as it is called in either API, the meter of its calls."""
_BY_TOKENS = {"mcp", "view_image", "view_x_video"}
"""Tools whose calls cost their tokens alone."""
_LONG = 128_000
"""The least size of a request from which any Grok model has cost more."""


def _read_charge(draft: Draft) -> None:
    """Take the charge that every response states."""
    if fields.has(draft.usage, "cost_in_usd_ticks|costInUsdTicks"):
        ticks = fields.count(draft.usage, "cost_in_usd_ticks|costInUsdTicks")
        draft.stated_cost = _dollars(ticks)


def _dollars(ticks: int) -> Decimal:
    from decimal import Decimal

    return normal(EXACT.scaleb(Decimal(ticks), -10))


def _read_tool(draft: Draft, tool: str, calls: int) -> None:
    if tool in _METERS:
        draft.add_unit(_METERS[tool], calls)
    elif calls and tool not in _BY_TOKENS:
        draft.assume(f"{calls:,} of {tool} have no price of their own here: not billed")


def _read_sources(draft: Draft) -> None:
    sources = fields.count(draft.usage, "num_sources_used|numSourcesUsed")
    if sources:
        draft.assume(f"{sources:,} sources of the live search have no price here: not billed")


def _refine_chat(draft: Draft) -> None:
    place_reasoning(draft, outside=True)
    _read_charge(draft)
    _read_sources(draft)


CHAT = replace(
    OPENAI_CHAT,
    name="xai-chat",
    provider="xai",
    marks=("prompt_tokens & num_sources_used", "prompt_tokens & cost_in_usd_ticks"),
    signs={},
    refine=_refine_chat,
)


def _refine_responses(draft: Draft) -> None:
    _read_charge(draft)
    _read_sources(draft)
    details = fields.entries(draft.usage, "server_side_tool_usage_details")
    for key in details:
        _read_tool(draft, key.removesuffix("_calls"), fields.count(details, key))
    context = fields.count(draft.usage, "context_details.input_tokens")
    read = draft.counts["input_tokens"]
    if context and context < read and read >= _LONG:
        draft.assume(
            f"{read:,} input tokens are the sum of several calls of a model with its tools, the "
            f"last of {context:,}; a price by size of request is taken for the sum"
        )


RESPONSES = replace(
    OPENAI_RESPONSES,
    name="xai-responses",
    provider="xai",
    marks=(
        "input_tokens & num_sources_used",
        "input_tokens & cost_in_usd_ticks",
        "server_side_tool_usage_details",
    ),
    signs={},
    refine=_refine_responses,
)


def _refine_grpc(draft: Draft) -> None:
    reasoning = draft.counts["reasoning_tokens"]
    total = fields.count(draft.usage, "total_tokens|totalTokens")
    outside = "prompt_tokens|promptTokens + completion_tokens|completionTokens"
    draft.counts["output_tokens"] += reasoning
    draft.summed = f"{outside} + reasoning_tokens|reasoningTokens"
    if reasoning and total == fields.total(draft.usage, outside):
        draft.counts["output_tokens"] -= reasoning
        draft.summed = outside
        draft.assume(f"the total {total:,} says that {reasoning:,} reasoning tokens are inside")
    _read_charge(draft)
    _read_sources(draft)
    for tool in fields.items(draft.usage, "server_side_tools_used|serverSideToolsUsed"):
        name = _enumerated(draft.usage, "server_side_tools_used", tool)
        _read_tool(draft, name.removeprefix("SERVER_SIDE_TOOL_").lower(), 1)
    message = fields.value(draft.response, "proto") or draft.response
    draft.model = fields.text(message, "model")
    seconds = fields.count(message, "created.seconds")
    if seconds:
        draft.at = moment(draft, seconds)
    tier = fields.value(message, "service_tier|serviceTier")
    if tier:
        named = _enumerated(message, "service_tier", tier)
        draft.conditions["service_tier"] = named.removeprefix("SERVICE_TIER_").lower()


def _enumerated(message: Any, field: str, found: Any) -> str:
    """Return the name of a value of an enumeration, which a protobuf message holds as a number."""
    descriptor = getattr(message, "DESCRIPTOR", None)
    if descriptor is None or not isinstance(found, int):
        return str(found)
    values = descriptor.fields_by_name[field].enum_type.values_by_number
    return str(values[found].name) if found in values else str(found)


GRPC = Api(
    name="xai-grpc",
    provider="xai",
    marks=(
        "cached_prompt_text_tokens|cachedPromptTextTokens",
        "prompt_text_tokens|promptTextTokens",
    ),
    counts={
        "input_tokens": "prompt_tokens|promptTokens",
        "cache_read_tokens": "cached_prompt_text_tokens|cachedPromptTextTokens",
        "output_tokens": "completion_tokens|completionTokens",
        "reasoning_tokens": "reasoning_tokens|reasoningTokens",
    },
    total="total_tokens|totalTokens",
    refine=_refine_grpc,
)
"""The messages of the xai SDK 1.21, and their JSON."""


def _refine_media(draft: Draft) -> None:
    _read_charge(draft)
    draft.add_unit("image", len(fields.items(draft.response, "data")))
    if fields.has(draft.response, "video.duration"):
        draft.add_unit("video_second", fields.count(draft.response, "video.duration"))


MEDIA = Api(
    name="xai-media",
    provider="xai",
    marks=("cost_in_usd_ticks & !prompt_tokens & !input_tokens",),
    counts={},
    refine=_refine_media,
)
"""Images and videos, whose usage is the charge alone."""
