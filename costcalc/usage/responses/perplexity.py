"""Perplexity's formats: chat completions of Sonar with its searches, responses of the Agent API.

https://docs.perplexity.ai/getting-started/pricing: citations, reasoning and searches are billed
apart for deep research alone; of the other models a request costs a fee by the size of its search
context. Reasoning and citations of deep research stand beside the completion.
"""

from __future__ import annotations

from dataclasses import replace

from costcalc.usage.responses import fields
from costcalc.usage.responses.api import Api
from costcalc.usage.responses.openai import RESPONSES as OPENAI_RESPONSES
from costcalc.usage.responses.shared import INSIDE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.usage.responses.api import Draft

__all__ = ["CHAT", "RESPONSES"]


def _refine_chat(draft: Draft) -> None:
    searched = fields.count(draft.usage, "num_search_queries")
    counts = draft.counts
    beside = counts["citation_tokens"] + counts["reasoning_tokens"]
    if "deep-research" in draft.model if draft.model else beside:
        draft.add_unit("web_search", searched)
        counts["output_tokens"] += beside
        return
    counts["citation_tokens"] = counts["reasoning_tokens"] = 0
    if beside or searched:
        draft.assume(
            f"{beside:,} tokens of citations and reasoning and {searched:,} searches are billed "
            "apart for deep research alone"
        )


CHAT = Api(
    name="perplexity-chat",
    provider="perplexity",
    marks=("search_context_size", "num_search_queries", "citation_tokens"),
    counts={
        "input_tokens": "prompt_tokens",
        "output_tokens": "completion_tokens",
        "reasoning_tokens": "reasoning_tokens",
        "citation_tokens": "citation_tokens",
    },
    total="total_tokens",
    summed=INSIDE,
    conditions={"search_context_size": "usage:search_context_size"},
    cost="cost.total_cost",
    refine=_refine_chat,
)

_TOOLS = {
    "search_web": "web_search",
    "web_search": "web_search",
    "fetch_url": "web_fetch",
}
"""By tool of the Agent API, the meter of its calls."""


def _refine_responses(draft: Draft) -> None:
    draft.take(
        "cache_write_tokens",
        "input_tokens_details.cache_write_tokens",
        "input_tokens_details.cache_creation_input_tokens",
    )
    draft.take(
        "cache_read_tokens",
        "input_tokens_details.cached_tokens",
        "input_tokens_details.cache_read_input_tokens",
    )
    for tool, calls in fields.entries(draft.usage, "tool_calls_details").items():
        number = fields.count(calls, "invocation")
        if tool in _TOOLS:
            draft.add_unit(_TOOLS[tool], number)
        elif number:
            draft.assume(f"{number:,} of {tool} have no price of their own here: not billed")


RESPONSES = replace(
    OPENAI_RESPONSES,
    name="perplexity-responses",
    provider="perplexity",
    marks=("input_tokens & cost.total_cost", "tool_calls_details"),
    signs={},
    cost="cost.total_cost",
    refine=_refine_responses,
)
