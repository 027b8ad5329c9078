"""The AI SDK's usages, of versions 5 to 7: what the provider itself said is taken where it is kept.

https://ai-sdk.dev/docs/reference/ai-sdk-core/generate-text and the code of ai 6.0.326 and
@ai-sdk/anthropic 3.0.140, which sums iterations and loses the cache writes of compactions.
"""

from __future__ import annotations

from dataclasses import replace

from costcalc.usage.responses import fields
from costcalc.usage.responses.api import Api
from costcalc.usage.responses.nested import TOKENS as _TOKENS
from costcalc.usage.responses.nested import take_raw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.usage.responses.api import Draft

__all__ = ["PROVIDERS_OWN", "RESULT"]

_EXCLUSIVE = {"anthropic", "bedrock", "amazon"}
"""Sellers whose cached tokens version 5 left outside of `inputTokens`, as they do themselves."""


_WRITTEN = "providerMetadata.anthropic.cacheCreationInputTokens"
_TOTALS = ("inputTokens", "outputTokens")
_OUTSIDE = "inputTokens + outputTokens + reasoningTokens"


def _refine(draft: Draft) -> None:
    steps = fields.items(draft.response, "steps")
    if len(steps) > 1:
        _read_steps(draft, steps)
    elif not _take_raw(draft):
        _read_flat(draft)


def _take_raw(draft: Draft) -> bool:
    """Take what the provider itself said, where the SDK keeps it."""
    raw = fields.value(draft.usage, "raw")
    if raw is None:  # version 5 has it for Claude alone
        raw = fields.value(draft.response, "providerMetadata.anthropic.usage")
    if raw is not None and take_raw(draft, raw):
        return True
    missing = [name for name in _TOTALS if not fields.has(draft.usage, name)]
    if len(missing) == len(_TOTALS):
        raise draft.unclear(f"{' and '.join(_TOTALS)} are undefined, unknown and not zero")
    if missing:
        draft.assume(f"{missing[0]} is undefined; what it would have cost is not in the cost")
    return False


def _read_steps(draft: Draft, steps: list[object]) -> None:
    """Bill the steps one by one: each is a call of its own, and may be one of another model."""
    from costcalc.usage.responses.reading import read_response  # it reads this format as well

    *rest, last = [read_response(each, draft.provider, RESULT.name) for each in steps]
    draft.parts = [*rest, *last.parts]
    draft.counts = {name: getattr(last, name) for name in _TOKENS}
    draft.units = dict(last.units)
    draft.conditions = dict(last.conditions)
    draft.assumptions += last.assumptions
    draft.requests = last.requests
    draft.model = draft.model or last.model
    draft.provider = draft.provider or last.provider
    draft.summed = ""


def _read_flat(draft: Draft) -> None:
    """Read the fields of version 5, where each provider's own habit decides what contains what."""
    if any(fields.has(draft.usage, each) for each in ("inputTokenDetails", "outputTokenDetails")):
        return
    counts = draft.counts
    cached = fields.count(draft.usage, "cachedInputTokens")
    thoughts = fields.count(draft.usage, "reasoningTokens")
    counts |= {"cache_read_tokens": cached, "reasoning_tokens": thoughts}
    if cached and draft.provider is None and draft.model is None:
        raise draft.unclear(
            f"cachedInputTokens {cached:,} without inputTokenDetails are a part of inputTokens for "
            "some providers and beside them for others"
        )
    if draft.provider in _EXCLUSIVE or "claude" in (draft.model or ""):
        written = fields.count(draft.response, _WRITTEN)
        counts["cache_write_tokens"] = written
        counts["input_tokens"] += cached + written
    if thoughts and fields.count(draft.usage, "totalTokens") == fields.total(draft.usage, _OUTSIDE):
        counts["output_tokens"] += thoughts
        draft.summed = _OUTSIDE


RESULT = Api(
    name="vercel",
    usage="totalUsage|usage",
    marks=(
        "?inputTokenDetails",
        "?outputTokenDetails",
        "inputTokens & ?cachedInputTokens",
        "inputTokens & ?reasoningTokens",
    ),
    signs={"response.modelId": "*", "finishReason": "*"},
    counts={
        "input_tokens": "inputTokens",
        "cache_read_tokens": "inputTokenDetails.cacheReadTokens",
        "cache_write_tokens": "inputTokenDetails.cacheWriteTokens",
        "output_tokens": "outputTokens",
        "reasoning_tokens": "outputTokenDetails.reasoningTokens",
    },
    total="totalTokens",
    summed="inputTokens + outputTokens",
    model="response.modelId",
    id="response.id",
    created="response.timestamp",
    refine=_refine,
)


def _refine_own(draft: Draft) -> None:
    _take_raw(draft)


PROVIDERS_OWN = replace(
    RESULT,
    name="vercel-provider",
    usage="usage",
    marks=("inputTokens.total", "outputTokens.total"),
    signs={},
    counts={
        "input_tokens": "inputTokens.total",
        "cache_read_tokens": "inputTokens.cacheRead",
        "cache_write_tokens": "inputTokens.cacheWrite",
        "output_tokens": "outputTokens.total",
        "reasoning_tokens": "outputTokens.reasoning",
    },
    total="",
    refine=_refine_own,
)
"""What a provider's package hands to the SDK since version 6."""
