"""LlamaIndex: the provider's own response within its own, and what its handler has counted.

The code of https://github.com/run-llama/llama_index (llama-index-core 0.14.25): `ChatResponse.raw`
and `TokenCountingHandler`.
"""

from __future__ import annotations

from costcalc.usage.responses import fields
from costcalc.usage.responses.api import Api

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from costcalc.usage.responses.api import Draft

__all__ = ["EVENT", "HANDLER", "KWARGS", "raw_of"]


def raw_of(body: Any) -> Any:
    """Return the provider's own response in a response of LlamaIndex; None in anything else."""
    if not fields.has(body, "raw") or not fields.has(body, "message|text"):
        return None
    raw = fields.value(body, "raw")
    stated = any(fields.has(raw, path) for path in ("usage", "usageMetadata|usage_metadata"))
    return raw if stated else None


def _refine(draft: Draft) -> None:
    """Say what the counts are: a handler counts by its own tokenizer what it finds no usage for."""
    calls = len(fields.items(draft.usage, "llm_token_counts"))
    if calls > 1:
        draft.requests = calls
    draft.assume(
        "LlamaIndex counts prompt and completion only: cached tokens are billed as input, and a "
        "call that stated no usage as its tokenizer counts it; the raw response says more"
    )
    embedded = fields.count(draft.usage, "total_embedding_token_count")
    if embedded:
        draft.assume(
            f"{embedded:,} tokens of embeddings are another model's and not in these counts"
        )


HANDLER = Api(
    name="llamaindex-handler",
    marks=("prompt_llm_token_count",),
    counts={
        "input_tokens": "prompt_llm_token_count",
        "output_tokens": "completion_llm_token_count",
    },
    total="total_llm_token_count",
    summed="prompt_llm_token_count + completion_llm_token_count",
    refine=_refine,
)
EVENT = Api(
    name="llamaindex-event",
    marks=("prompt_token_count & completion_token_count",),
    counts={"input_tokens": "prompt_token_count", "output_tokens": "completion_token_count"},
    total="total_token_count",
    summed="prompt_token_count + completion_token_count",
    refine=_refine,
)
KWARGS = Api(
    name="llamaindex-response",
    usage="additional_kwargs",
    marks=(),
    signs={"additional_kwargs.prompt_tokens": "*"},
    counts={"input_tokens": "prompt_tokens", "output_tokens": "completion_tokens"},
    total="total_tokens",
    summed="prompt_tokens + completion_tokens",
    refine=_refine,
)
"""What a response says where its raw one is not kept."""
