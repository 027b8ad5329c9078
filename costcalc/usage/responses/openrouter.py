"""OpenRouter's formats: those of OpenAI, with what it charged.

https://openrouter.ai/docs/cookbook/administration/usage-accounting: `cost` is charged to the
account; with a key of one's own at the provider it is OpenRouter's fee alone.
"""

from __future__ import annotations

from dataclasses import replace

from costcalc.usage.responses import fields
from costcalc.usage.responses.openai import CHAT as OPENAI_CHAT
from costcalc.usage.responses.openai import RESPONSES as OPENAI_RESPONSES
from costcalc.usage.responses.openai import read_tier
from costcalc.usage.responses.openai_media import split_cached_media
from costcalc.usage.responses.shared import place_reasoning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.usage.responses.api import Draft

__all__ = ["CHAT", "RESPONSES", "read_own_key"]


def read_own_key(draft: Draft) -> None:
    """Take the charge for no cost of the call, where a key of one's own was used for it."""
    charged = draft.stated_cost
    if charged is None or fields.value(draft.usage, "is_byok") is not True:
        return
    draft.stated_cost = None
    upstream = fields.amount(draft.usage, "cost_details.upstream_inference_cost")
    said = "" if upstream is None else f", which OpenRouter puts at {upstream:f} USD"
    draft.assume(
        f"called with a key of your own: {charged:f} USD is OpenRouter's fee alone, and the "
        f"provider bills the call{said}"
    )


def _refine(draft: Draft) -> None:
    tier = fields.text(draft.usage, "service_tier")
    if tier is not None:
        draft.conditions["service_tier"] = tier
    read_tier(draft)
    split_cached_media(draft)
    read_own_key(draft)
    searches = fields.count(draft.usage, "server_tool_use.web_search_requests")
    if searches:
        draft.assume(f"{searches:,} web searches through OpenRouter are in its charge alone")


def _refine_chat(draft: Draft) -> None:
    place_reasoning(draft, outside=False)
    _refine(draft)


CHAT = replace(
    OPENAI_CHAT,
    name="openrouter-chat",
    provider="openrouter",
    marks=("prompt_tokens & is_byok", "prompt_tokens & cost_details"),
    signs={},
    cost="cost",
    refine=_refine_chat,
)
RESPONSES = replace(
    OPENAI_RESPONSES,
    name="openrouter-responses",
    provider="openrouter",
    marks=("input_tokens & is_byok", "input_tokens & cost_details"),
    signs={},
    cost="cost",
    refine=_refine,
)
