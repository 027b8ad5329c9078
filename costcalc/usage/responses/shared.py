"""What many providers speak: chat completions in OpenAI's shape, with the habits that differ.

Cached tokens stand under several names (Moonshot and Together write `cached_tokens` beside the
totals, Alibaba `cache_creation_input_tokens` among the details), and reasoning is a part of the
completion for most and beside it for some. The total says which, or the provider does.
"""

from __future__ import annotations

from dataclasses import replace

from costcalc.usage.responses import fields
from costcalc.usage.responses.openai import CHAT as OPENAI_CHAT
from costcalc.usage.responses.openai import CHAT_COUNTS, read_search_model, read_tier
from costcalc.usage.responses.openai_media import split_cached_media

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.usage.responses.api import Draft

__all__ = ["CHAT", "INSIDE", "OUTSIDE", "place_reasoning", "read_cached"]

INSIDE = "prompt_tokens + completion_tokens"
"""The total where reasoning is a part of the completion."""
OUTSIDE = "prompt_tokens + completion_tokens + completion_tokens_details.reasoning_tokens"
"""The total where it stands beside it."""


def read_cached(draft: Draft) -> None:
    """Take cached tokens under any of the names that providers of this shape write."""
    draft.take(
        "cache_read_tokens",
        "prompt_tokens_details.cached_tokens",
        "prompt_token_details.cached_tokens",
        "cached_tokens",
        "prompt_cache_hit_tokens",
        "num_cached_tokens",
    )
    draft.take(
        "cache_write_tokens",
        "prompt_tokens_details.cache_write_tokens",
        "prompt_tokens_details.cache_creation_input_tokens",
    )


def place_reasoning(draft: Draft, *, outside: bool | None) -> None:
    """Put reasoning where the total says it is; where there is none, where the provider has it.

    Raises `UsageError` where neither can tell.
    """
    counts = draft.counts
    reasoning = counts["reasoning_tokens"]
    if not reasoning:
        return
    total = fields.count(draft.usage, "total_tokens")
    if total:
        known = outside
        outside = total == fields.total(draft.usage, OUTSIDE)
        if known is not None and outside is not known:
            beside = "beside" if outside else "inside"
            draft.assume(
                f"{draft.api} usually counts reasoning {'inside' if outside else 'beside'} the "
                f"completion; the total {total:,} says that {reasoning:,} are {beside} it"
            )
    elif outside is None:
        raise draft.unclear(
            f"{reasoning:,} reasoning tokens may be inside the completion of "
            f"{counts['output_tokens']:,} or beside it, and no total_tokens says which"
        )
    if outside:
        draft.summed = OUTSIDE
        counts["output_tokens"] += reasoning


def _refine(draft: Draft) -> None:
    read_tier(draft)
    read_cached(draft)
    split_cached_media(draft)
    place_reasoning(draft, outside=None if draft.provider is None else False)
    read_search_model(draft)


CHAT = replace(
    OPENAI_CHAT,
    name="chat",
    provider=None,
    marks=("prompt_tokens & completion_tokens", "prompt_tokens & total_tokens"),
    counts=CHAT_COUNTS,
    refine=_refine,
)
"""Chat completions of nobody in particular: whoever sells the model bills them."""
