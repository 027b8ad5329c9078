"""LiteLLM's responses: OpenAI's shape with every provider's details, all of it inclusive.

The types of https://github.com/BerriAI/litellm (1.109.1): `Usage` and `ModelResponse`.
"""

from __future__ import annotations

from costcalc.assumptions import Assumption
from costcalc.usage.responses import fields
from costcalc.usage.responses.anthropic import read_iterations, read_speed
from costcalc.usage.responses.api import Api
from costcalc.usage.responses.gemini import read_traffic
from costcalc.usage.responses.openrouter import read_own_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.usage.responses.api import Draft

__all__ = ["LITELLM"]

_DETAILS = "prompt_tokens_details"
_SPLIT = f"{_DETAILS}.cache_creation_token_details"
_PROVIDERS = {
    "openai": "openai",
    "anthropic": "anthropic",
    "gemini": "google",
    "xai": "xai",
    "deepseek": "deepseek",
    "mistral": "mistral",
    "groq": "groq",
    "cohere": "cohere",
    "cohere_chat": "cohere",
    "perplexity": "perplexity",
}
"""Makers by LiteLLM's name of a provider; of a reseller the model's id says whose it is."""


def _refine(draft: Draft) -> None:
    draft.take("cache_read_tokens", f"{_DETAILS}.cached_tokens", "cache_read_input_tokens")
    draft.take(
        "cache_write_tokens",
        f"{_DETAILS}.cache_write_tokens",
        f"{_DETAILS}.cache_creation_tokens",
        "cache_creation_input_tokens",
    )
    searches = (f"{_DETAILS}.web_search_requests", "server_tool_use.web_search_requests")
    draft.add_unit("web_search", max(fields.count(draft.usage, path) for path in searches))
    if draft.provider is None:
        seller = fields.text(draft.response, "_hidden_params.custom_llm_provider")
        draft.provider = _PROVIDERS.get(seller or "")
        if seller == "vertex_ai" and (draft.model or "").startswith("gemini-"):
            draft.provider = "vertex"
    read_traffic(draft)
    read_speed(draft)
    read_iterations(draft, summed=True)  # LiteLLM adds up all of them, the advisor's too
    _bound_reasoning(draft)
    _read_charge(draft)
    _keep_apart(draft)


def _read_charge(draft: Draft) -> None:
    """Take what a seller states through LiteLLM: a number of OpenRouter's, Perplexity's split."""
    split = fields.has(draft.usage, "cost.total_cost")
    draft.stated_cost = fields.amount(draft.usage, "cost.total_cost" if split else "cost")
    read_own_key(draft)


def _bound_reasoning(draft: Draft) -> None:
    """Take no more reasoning than output: LiteLLM may count it by a tokenizer of its own."""
    output = draft.counts["output_tokens"]
    reasoning = draft.counts["reasoning_tokens"]
    if reasoning > output:
        draft.assume(
            f"LiteLLM counts {reasoning:,} reasoning tokens in an output of {output:,}, by a "
            "tokenizer of its own; all of the output is taken as reasoning"
        )
        draft.counts["reasoning_tokens"] = output


def _keep_apart(draft: Draft) -> None:
    """Name the cost that LiteLLM worked out itself; it is no statement of who sells."""
    cost = fields.amount(draft.response, "_hidden_params.response_cost")
    if cost is not None:
        draft.assumptions.append(
            Assumption(
                "response",
                f"LiteLLM works out {cost:f} USD from prices of its own; no seller says so, and it "
                "is kept apart",
                cost,
            )
        )


LITELLM = Api(
    name="litellm",
    marks=(
        "prompt_tokens & ?cache_read_input_tokens",
        "prompt_tokens & ?cache_creation_input_tokens",
        f"prompt_tokens & {_DETAILS}.cache_creation_tokens",
    ),
    signs={"_hidden_params": "*"},
    counts={
        "input_tokens": "prompt_tokens",
        "cache_read_tokens": "cache_read_input_tokens",
        "cache_write_tokens": "cache_creation_input_tokens",
        "cache_write_1h_tokens": f"{_SPLIT}.ephemeral_1h_input_tokens",
        "input_audio_tokens": f"{_DETAILS}.audio_tokens",
        "output_tokens": "completion_tokens",
        "reasoning_tokens": "completion_tokens_details.reasoning_tokens",
        "output_audio_tokens": "completion_tokens_details.audio_tokens",
        "output_image_tokens": "completion_tokens_details.image_tokens",
    },
    units={"maps_grounding": f"{_DETAILS}.google_maps_grounding_requests"},
    total="total_tokens",
    summed="prompt_tokens + completion_tokens",
    conditions={
        "service_tier": "usage:service_tier",
        "traffic": "_hidden_params.provider_specific_fields.traffic_type",
        "speed": "usage:speed",
        "region": "usage:inference_geo",
    },
    refine=_refine,
)
