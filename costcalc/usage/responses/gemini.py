"""Gemini's formats: media by modality, thoughts beside the reply, searches; native and OpenAI's.

https://ai.google.dev/api/generate-content#UsageMetadata; what Vertex AI adds to it, and
interactions: the types of https://github.com/googleapis/python-genai (3.6.1).
"""

from __future__ import annotations

from costcalc.usage.responses import fields
from costcalc.usage.responses.api import Api

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from costcalc.usage.responses.api import Draft

__all__ = ["CHAT", "GENERATE", "INTERACTIONS", "add_searches", "read_traffic"]

_PROMPT = "promptTokenCount|prompt_token_count"
_TOOLS = "toolUsePromptTokenCount|tool_use_prompt_token_count"
_LIVE = "responseTokenCount|response_token_count"
_REPLY = f"candidatesTokenCount|candidates_token_count|{_LIVE}"
_THOUGHTS = "thoughtsTokenCount|thoughts_token_count"
_TOTAL = "totalTokenCount|total_token_count"
_REPLIES = (_TOTAL, _REPLY, _THOUGHTS)
"""What tells how long the reply is, be it nothing: a count of 0 may be left out beside a total."""
_DETAILS = {
    # embeddings have a detail without its s
    "prompt": "promptTokensDetails|prompt_tokens_details|promptTokenDetails|prompt_token_details|"
    "inputTokensByModality|input_tokens_by_modality",
    "tools": "toolUsePromptTokensDetails|tool_use_prompt_tokens_details|"
    "toolUseTokensByModality|tool_use_tokens_by_modality",
    "cached": "cacheTokensDetails|cache_tokens_details|"
    "cachedTokensByModality|cached_tokens_by_modality",
    "reply": "candidatesTokensDetails|candidates_tokens_details|"
    "responseTokensDetails|response_tokens_details|"
    "outputTokensByModality|output_tokens_by_modality",
}
_GROUNDING = "groundingMetadata|grounding_metadata"
_QUERIES = ("webSearchQueries|web_search_queries", "imageSearchQueries|image_search_queries")
_PER_PROMPT = ("gemini-1", "gemini-2")
"""Generations that are billed a grounded prompt; later ones are billed each of their queries:
https://ai.google.dev/gemini-api/docs/google-search"""

_VERTEX_CHAT = "extra_properties.google"
"""What Vertex AI adds to a usage of OpenAI's shape."""
_TIERS = {
    "on_demand_priority": "priority",
    "on_demand_flex": "flex",
    "on_demand_offpeak": "offpeak",
    "unspecified": "",
    "traffic_type_unspecified": "",
}


def _refine(draft: Draft) -> None:
    _read_media(draft)
    read_traffic(draft)
    candidates = fields.items(draft.response, "candidates")
    add_searches(draft, *(fields.value(each, _GROUNDING) for each in candidates))
    if not (_embedded(draft) or any(fields.has(draft.usage, each) for each in _REPLIES)):
        draft.assume("candidatesTokenCount is not stated; what the reply cost is not in the cost")
    if fields.has(draft.usage, _LIVE) and _without_thoughts(draft):
        draft.summed = ""
    if draft.provider is None:
        # neither is supported in the Gemini API, by the comments of the SDK's types
        cloud = "trafficType|traffic_type"
        vertex = fields.has(draft.usage, cloud) or fields.has(
            draft.response, "createTime|create_time"
        )
        draft.provider = "vertex" if vertex else "google"


def _embedded(draft: Draft) -> bool:
    """Return whether the response is an embedding, which has no reply."""
    return fields.has(draft.response, "embedding|embeddings") or fields.has(
        draft.usage, "promptTokenDetails|prompt_token_details"
    )


def _without_thoughts(draft: Draft) -> bool:
    """Return whether a total is the sum of all but the thoughts, as in recorded live sessions."""
    said = fields.count(draft.usage, _TOTAL)
    return said == fields.total(draft.usage, f"{_PROMPT} + {_TOOLS} + {_REPLY}")


def _by_modality(usage: Any, kind: str) -> dict[str, int]:
    """Return the counts of a list of details by modality."""
    found: dict[str, int] = {}
    for each in fields.items(usage, _DETAILS[kind]):
        name = (fields.text(each, "modality") or "").lower()
        found[name] = found.get(name, 0) + fields.count(each, "tokenCount|token_count|tokens")
    return found


def _read_media(draft: Draft) -> None:
    """Take audio, images and video out of the details; text and documents are what is left.

    Details need not sum to their total. Cached video has no rate of its own anywhere.
    """
    prompt = _by_modality(draft.usage, "prompt")
    tools = _by_modality(draft.usage, "tools")
    cached = _by_modality(draft.usage, "cached")
    reply = _by_modality(draft.usage, "reply")
    counts = draft.counts
    for name in ("audio", "image", "video"):
        counts[f"input_{name}_tokens"] = prompt.get(name, 0) + tools.get(name, 0)
        counts[f"output_{name}_tokens"] = reply.get(name, 0)
    counts["cache_read_audio_tokens"] = cached.get("audio", 0)
    counts["cache_read_image_tokens"] = cached.get("image", 0)
    counts["input_video_tokens"] -= min(cached.get("video", 0), counts["input_video_tokens"])
    detailed = sum(cached.values())
    if detailed and not counts["cache_read_tokens"]:
        draft.assume(
            f"the usage counts no cached tokens, and its details have {detailed:,} of them; they "
            "are billed as cached"
        )
        counts["cache_read_tokens"] = detailed
    if not cached:
        _share_cache(draft)


def _share_cache(draft: Draft) -> None:
    """Take as few media as cached as there can be, where the cached tokens have no details."""
    counts = draft.counts
    media = ("audio", "image", "video")
    excess = counts["cache_read_tokens"] - counts["input_tokens"]
    excess += sum(counts[f"input_{name}_tokens"] for name in media)
    if counts["cache_read_tokens"] == 0 or excess <= 0:
        return
    draft.assume(
        f"the cached tokens have no details, and {excess:,} of them at least are media; no more "
        "are taken as such"
    )
    for name in media:
        taken = min(excess, counts[f"input_{name}_tokens"])
        excess -= taken
        if name == "video":
            counts["input_video_tokens"] -= taken
        else:
            counts[f"cache_read_{name}_tokens"] = taken


def read_traffic(draft: Draft) -> None:
    """Take the tier from the traffic type of Vertex AI, or the service tier of the Gemini API."""
    traffic = draft.conditions.pop("traffic", None)
    tier = str(draft.conditions.pop("service_tier", None) or traffic or "").lower()
    if tier == "provisioned_throughput":
        draft.assume(
            "provisioned throughput served the call, which is paid by capacity and not by the "
            "token; priced as if it were not"
        )
        return
    tier = _TIERS.get(tier, tier)
    if tier:
        draft.conditions["service_tier"] = tier


def add_searches(draft: Draft, *groundings: Any) -> None:
    """Count the searches of a response: unique queries; empty ones are not billed.

    Chunks of a stream may repeat what others have said.
    """
    queries = {
        str(query)
        for grounding in groundings
        for path in _QUERIES
        for query in fields.items(grounding, path)
        if query
    }
    _add_grounding(draft, "web_search", len([query for query in queries if query.strip()]))
    chunks = [
        chunk
        for grounding in groundings
        for chunk in fields.items(grounding, "groundingChunks|grounding_chunks")
    ]
    if any(fields.has(each, "maps") for each in chunks):
        _add_grounding(draft, "maps_grounding", 1)
        draft.assume(
            "Google Maps grounded the reply; one use is billed, since the response does not state "
            "how many there were"
        )


def _add_grounding(draft: Draft, meter: str, number: int) -> None:
    model = (draft.model or "").lower().rpartition("/")[2]
    draft.add_unit(meter, min(number, 1) if model.startswith(_PER_PROMPT) else number)


GENERATE = Api(
    name="google-generate-content",
    usage="usageMetadata|usage_metadata|usage",  # as many keep it, beside their name of the model
    marks=(_PROMPT, _TOTAL),
    counts={
        "input_tokens": f"{_PROMPT} + {_TOOLS}",
        "cache_read_tokens": "cachedContentTokenCount|cached_content_token_count",
        "output_tokens": f"{_REPLY} + {_THOUGHTS}",
        "reasoning_tokens": _THOUGHTS,
    },
    total=_TOTAL,
    summed=f"{_PROMPT} + {_TOOLS} + {_REPLY} + {_THOUGHTS}",
    conditions={
        "traffic": "usage:trafficType|traffic_type",
        "service_tier": "usage:serviceTier|service_tier",
    },
    model="modelVersion|model_version|model",
    id="responseId|response_id",
    created="createTime|create_time",
    refine=_refine,
)


def _refine_interaction(draft: Draft) -> None:
    _read_media(draft)
    meters = {"google_search": "web_search", "google_maps": "maps_grounding"}
    for each in fields.items(draft.usage, "groundingToolCount|grounding_tool_count"):
        meter = meters.get((fields.text(each, "type") or "").lower())
        if meter is not None:
            _add_grounding(draft, meter, fields.count(each, "count"))
    if fields.has(draft.response, "previousInteractionId|previous_interaction_id"):
        draft.assume(
            "the interaction follows another; what its stored history costs is billed as stated "
            "here, and Google does not say whether that is all"
        )


_INTERACTION = {
    "input": "totalInputTokens|total_input_tokens",
    "tools": "totalToolUseTokens|total_tool_use_tokens",
    "output": "totalOutputTokens|total_output_tokens",
    "thoughts": "totalThoughtTokens|total_thought_tokens",
}
INTERACTIONS = Api(
    name="google-interactions",
    provider="google",
    marks=(_INTERACTION["input"],),
    counts={
        "input_tokens": f"{_INTERACTION['input']} + {_INTERACTION['tools']}",
        "cache_read_tokens": "totalCachedTokens|total_cached_tokens",
        "output_tokens": f"{_INTERACTION['output']} + {_INTERACTION['thoughts']}",
        "reasoning_tokens": _INTERACTION["thoughts"],
    },
    total="totalTokens|total_tokens",
    summed=" + ".join(_INTERACTION.values()),
    refine=_refine_interaction,
)


def _refine_chat(draft: Draft) -> None:
    """Take what the total has above prompt and completion as thoughts, which are billed as output.

    Vertex AI states them beside the completion, and the Gemini API may state them nowhere.
    """
    read_traffic(draft)
    if fields.has(draft.usage, _VERTEX_CHAT):
        draft.provider = draft.provider or "vertex"
        draft.model = (draft.model or "").removeprefix("google/") or None
    draft.provider = draft.provider or "google"
    total = fields.count(draft.usage, "total_tokens")
    hidden = total - draft.counts["input_tokens"] - draft.counts["output_tokens"]
    stated = draft.counts["reasoning_tokens"]
    if hidden <= 0:  # thoughts are a part of the completion
        return
    if hidden != stated:
        draft.assume(
            f"total_tokens has {hidden:,} tokens that are in neither prompt nor completion; they "
            "are taken as thoughts, and billed as output"
        )
    draft.counts["output_tokens"] += hidden
    draft.counts["reasoning_tokens"] = hidden
    draft.summed = ""


CHAT = Api(
    name="google-chat",
    marks=(f"prompt_tokens & {_VERTEX_CHAT}",),
    signs={"model": "gemini-*"},
    counts={
        "input_tokens": "prompt_tokens",
        "cache_read_tokens": "prompt_tokens_details.cached_tokens",
        "output_tokens": "completion_tokens",
        "reasoning_tokens": "completion_tokens_details.reasoning_tokens",
    },
    total="total_tokens",
    summed="prompt_tokens + completion_tokens",
    conditions={
        "service_tier": "service_tier",
        "traffic": f"usage:{_VERTEX_CHAT}.traffic_type",
    },
    refine=_refine_chat,
)
