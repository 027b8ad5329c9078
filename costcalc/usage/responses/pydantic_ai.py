"""Pydantic AI's usages of requests and runs: inclusive, with costs that it works out itself.

https://pydantic.dev/docs/ai/api/usage/ and the types of https://github.com/pydantic/pydantic-ai
(2.68.0): `RequestUsage`, `RunUsage` and `ModelResponse`.
"""

from __future__ import annotations

from decimal import Decimal
from math import ceil

from costcalc.assumptions import Assumption
from costcalc.usage.responses import fields
from costcalc.usage.responses.api import Api

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.usage.responses.api import Draft

__all__ = ["PYDANTIC_AI"]

_SELLERS = {
    "openai": "openai",
    "anthropic": "anthropic",
    "google": "google",
    "google-gla": "google",
    "google-cloud": "vertex",
    "google-vertex": "vertex",
    "xai": "xai",
    "grok": "xai",
    "deepseek": "deepseek",
    "mistral": "mistral",
    "groq": "groq",
    "cohere": "cohere",
}
"""Sellers by Pydantic AI's name of a provider; of any other the model's id says whose it is."""


def _refine(draft: Draft) -> None:
    usage, response = draft.usage, draft.response
    requests = fields.count(usage, "requests")
    if requests > 1:
        draft.requests = requests
    if draft.model is None:
        draft.model = fields.text(response, "response.model_name")  # a run's last response
    if draft.provider is None:
        seller = fields.text(response, "canonical_system") or fields.text(response, "provider_name")
        draft.provider = _SELLERS.get(seller or "")
    _read_seconds(draft)
    missing = fields.count(usage, "unmeasured_requests")
    if missing and not any(draft.counts.values()):
        raise draft.unclear(f"{missing:,} requests stated none, which is unknown and not zero")
    if missing:
        draft.assume(f"{missing:,} requests stated no usage; what they cost is not in it")
    cost = fields.amount(usage, "cost")
    if cost is not None:
        draft.assumptions.append(
            Assumption(
                "response",
                f"Pydantic AI has {cost:f} USD from prices of its own, or from a gateway; it is "
                "kept apart",
                cost,
            )
        )


def _read_seconds(draft: Draft) -> None:
    """Take audio that is billed by its length, in whole seconds."""
    seconds = fields.amount(draft.usage, "audio_seconds") or Decimal(0)
    whole = ceil(seconds)
    if whole != seconds:
        draft.assume(f"{seconds:f} seconds of audio are billed as {whole:,}")
    draft.add_unit("audio_second", whole)


PYDANTIC_AI = Api(
    name="pydantic-ai",
    marks=("?cache_audio_read_tokens", "?output_reasoning_tokens", "?unmeasured_requests"),
    signs={"kind": "response"},
    counts={
        "input_tokens": "input_tokens|request_tokens",
        "cache_read_tokens": "cache_read_tokens",
        "cache_write_tokens": "cache_write_tokens",
        "cache_write_1h_tokens": "cache_write_1h_tokens",
        "input_audio_tokens": "input_audio_tokens",
        "cache_read_audio_tokens": "cache_audio_read_tokens",
        "output_tokens": "output_tokens|response_tokens",
        "reasoning_tokens": "output_reasoning_tokens",
        "output_audio_tokens": "output_audio_tokens",
    },
    units={"web_search": "web_searches"},
    model="model_name",
    id="provider_response_id",
    created="timestamp",
    refine=_refine,
)
