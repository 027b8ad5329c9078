"""DeepSeek's chat completions: the prompt is what hit the cache and what missed it.

https://api-docs.deepseek.com/guides/kv_cache
"""

from __future__ import annotations

from dataclasses import replace

from costcalc.usage.responses import fields
from costcalc.usage.responses.openai import CHAT as OPENAI_CHAT
from costcalc.usage.responses.shared import read_cached

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.usage.responses.api import Draft

__all__ = ["CHAT"]


def _refine(draft: Draft) -> None:
    read_cached(draft)
    draft.taken.add("prompt_cache_miss_tokens")
    hit = fields.count(draft.usage, "prompt_cache_hit_tokens")
    miss = fields.count(draft.usage, "prompt_cache_miss_tokens")
    prompt = draft.counts["input_tokens"]
    if fields.has(draft.usage, "prompt_cache_miss_tokens") and hit + miss != prompt:
        raise draft.contradiction(
            f"prompt_tokens is {prompt:,}, and {hit:,} hits and {miss:,} misses of the cache are "
            f"{hit + miss:,}"
        )


CHAT = replace(
    OPENAI_CHAT,
    name="deepseek-chat",
    provider="deepseek",
    marks=("prompt_cache_hit_tokens", "prompt_cache_miss_tokens"),
    signs={},
    refine=_refine,
)
