"""LangChain's messages: counts inclusive, the tier in the names of the details.

https://reference.langchain.com/python/langchain-core/messages/ai/UsageMetadata and the code of
langchain-core 1.8.3, langchain-openai 1.7.4 and langchain-anthropic 1.7.10.
"""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.usage.responses import fields
from costcalc.usage.responses.api import Api
from costcalc.usage.responses.gemini import add_searches
from costcalc.usage.responses.nested import take_raw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.usage.responses.api import Draft

__all__ = ["MESSAGE"]

_TIERS = ("flex", "priority")
"""Tiers that langchain-openai writes before the names of details, and alone for what is left."""
_SELLERS = {
    "openai": "openai",
    "anthropic": "anthropic",
    "google_genai": "google",
    "google_vertexai": "vertex",
    "xai": "xai",
    "deepseek": "deepseek",
    "mistralai": "mistral",
    "groq": "groq",
    "cohere": "cohere",
    "perplexity": "perplexity",
}
"""Sellers by LangChain's name of a provider; of any other the model's id says whose it is."""
_INPUT, _OUTPUT = "input_token_details", "output_token_details"


def _refine(draft: Draft) -> None:
    meta = fields.value(draft.response, "response_metadata") or {}
    if draft.provider is None:
        draft.provider = _SELLERS.get(fields.text(meta, "model_provider") or "")
    draft.model = next(
        (name for key in ("model_name", "model", "model_id") if (name := fields.text(meta, key))),
        None,
    )
    tier = fields.text(meta, "service_tier")
    # langchain-anthropic keeps the message's own usage, and loses calls within the call
    raw = fields.value(meta, "usage")
    if (
        isinstance(raw, Mapping)
        and "input_tokens" in raw
        and take_raw(draft, {**meta, "usage": raw})
    ):
        return
    _read_details(draft)
    if tier is not None:
        draft.conditions["service_tier"] = tier
    add_searches(draft, fields.value(meta, "grounding_metadata"))


def _read_details(draft: Draft) -> None:
    """Take the details, with the tier that stands before their names."""
    given = fields.entries(draft.usage, _INPUT)
    made = fields.entries(draft.usage, _OUTPUT)
    for tier in _TIERS:
        if any(name == tier or name.startswith(f"{tier}_") for name in (*given, *made)):
            draft.conditions["service_tier"] = tier
        rest = fields.count(given, tier)
        inside = rest + fields.count(given, f"{tier}_cache_read")
        if rest and inside != draft.counts["input_tokens"]:
            raise draft.unclear(
                f"{inside:,} of {draft.counts['input_tokens']:,} input tokens were served as "
                f"{tier} and the others were not; read the messages one by one"
            )
    prefixes = ("", *(f"{tier}_" for tier in _TIERS))

    def taken(details: Mapping[str, object], *names: str) -> int:
        return sum(
            fields.count(details, f"{before}{name}") for before in prefixes for name in names
        )

    long = taken(given, "ephemeral_1h_input_tokens")
    draft.counts |= {
        "cache_read_tokens": taken(given, "cache_read"),
        "cache_write_tokens": taken(given, "cache_creation", "ephemeral_5m_input_tokens") + long,
        "cache_write_1h_tokens": long,
        "input_audio_tokens": taken(given, "audio"),
        "reasoning_tokens": taken(made, "reasoning"),
        "output_audio_tokens": taken(made, "audio"),
    }


MESSAGE = Api(
    name="langchain",
    usage="usage_metadata",
    marks=(
        f"{_INPUT}.cache_read",
        f"{_INPUT}.cache_creation",
        f"{_INPUT}.audio",
        f"{_INPUT}.ephemeral_1h_input_tokens",
        f"{_INPUT}.flex",
        f"{_INPUT}.priority",
        f"{_OUTPUT}.reasoning",
        f"{_OUTPUT}.audio",
        f"{_OUTPUT}.flex",
        f"{_OUTPUT}.priority",
    ),
    signs={"type": "ai", "response_metadata": "*"},
    counts={"input_tokens": "input_tokens", "output_tokens": "output_tokens"},
    total="total_tokens",
    summed="input_tokens + output_tokens",
    refine=_refine,
)
