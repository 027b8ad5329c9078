"""Mistral's chat completions and transcriptions: cached tokens and seconds of audio of its own.

The types of the mistralai SDK 3.7; the wire adds `num_cached_tokens`. Seconds are billed beside the
tokens of a chat, and alone for a transcription: https://docs.mistral.ai/inference/pricing.
"""

from __future__ import annotations

from costcalc.usage.responses import fields
from costcalc.usage.responses.api import Api
from costcalc.usage.responses.openai_media import whole_seconds
from costcalc.usage.responses.shared import INSIDE, read_cached

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.usage.responses.api import Draft

__all__ = ["CHAT"]


def _refine(draft: Draft) -> None:
    read_cached(draft)
    seconds = whole_seconds(draft, "prompt_audio_seconds")
    if not seconds:
        return
    draft.add_unit("audio_second", seconds)
    draft.summed = ""  # the total contains the tokens that the audio became, the parts do not
    if fields.has(draft.response, "text") and not fields.has(draft.response, "choices"):
        tokens = draft.counts["input_tokens"] + draft.counts["output_tokens"]
        draft.counts = dict.fromkeys(draft.counts, 0)
        draft.assume(f"a transcription is billed by its seconds; {tokens:,} tokens are not counted")


CHAT = Api(
    name="mistral-chat",
    provider="mistral",
    marks=("prompt_tokens & num_cached_tokens", "prompt_audio_seconds"),
    counts={"input_tokens": "prompt_tokens", "output_tokens": "completion_tokens"},
    total="total_tokens",
    summed=INSIDE,
    conditions={"service_tier": "usage:service_tier"},
    refine=_refine,
)
