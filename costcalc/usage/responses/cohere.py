"""Cohere's formats: what is billed stands in `billed_units`, as floats, and is less than `tokens`.

https://docs.cohere.com/reference and the types of the cohere SDK 7.3. Chat of API v2 has it in
`usage`; v1, embeddings and rerank have it in `meta`. No body names its model.
"""

from __future__ import annotations

from dataclasses import replace

from costcalc.usage.responses import fields
from costcalc.usage.responses.api import Api

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.usage.responses.api import Draft

__all__ = ["CHAT", "META"]


def _refine(draft: Draft) -> None:
    counts = draft.counts
    if not fields.has(draft.usage, "billed_units"):
        raise draft.unclear("it has tokens and no billed_units, which are what Cohere bills")
    images = counts["input_image_tokens"]
    split = fields.count(draft.usage, "billed_units.text_tokens") + images
    if images and split != counts["input_tokens"]:
        draft.assume(f"{images:,} image tokens are taken as billed beside the input tokens")
        counts["input_tokens"] += images
    classified = fields.count(draft.usage, "billed_units.classifications")
    if classified:
        draft.assume(f"{classified:,} classifications have no price here: not billed")


CHAT = Api(
    name="cohere-chat",
    provider="cohere",
    marks=("billed_units", "tokens.input_tokens"),
    counts={
        "input_tokens": "billed_units.input_tokens",
        "input_image_tokens": "billed_units.image_tokens",
        "output_tokens": "billed_units.output_tokens",
    },
    units={
        "rerank_search": "billed_units.search_units",
        "image": "billed_units.images",
        "page": "billed_units.pages",
    },
    refine=_refine,
)
META = replace(CHAT, name="cohere-meta", usage="meta", id="id|generation_id")
