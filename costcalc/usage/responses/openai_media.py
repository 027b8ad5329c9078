"""OpenAI's formats of media: images, transcriptions, speech, realtime sessions.

https://developers.openai.com/api/reference and the types of the openai SDK 3.57. But for realtime,
these bodies name no model.
"""

from __future__ import annotations

from math import ceil

from costcalc.usage.responses import fields
from costcalc.usage.responses.api import Api

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.usage.responses.api import Draft

__all__ = [
    "DURATION",
    "IMAGES",
    "REALTIME",
    "SPEECH",
    "TRANSCRIPTION",
    "split_cached_media",
    "whole_seconds",
]


def split_cached_media(draft: Draft) -> None:
    """Say how cached tokens and media meet, where a usage has both and does not say it itself."""
    counts = draft.counts
    read = counts["cache_read_tokens"]
    audio = counts.get("input_audio_tokens", 0)
    image = counts.get("input_image_tokens", 0)
    if not read or not (audio or image):
        return
    fresh = counts["input_tokens"] - counts.get("cache_write_tokens", 0)
    over = min(max(0, read + audio + image - fresh), read)
    counts["cache_read_audio_tokens"] = min(over, audio)
    counts["cache_read_image_tokens"] = min(over - counts["cache_read_audio_tokens"], image)
    but = f", but for {over:,} that the counts leave no other room for" if over else ""
    draft.assume(
        f"the usage does not say how many of its {read:,} cached tokens are audio or images; "
        f"taken as text{but}"
    )


def _refine_images(draft: Draft) -> None:
    """Take all output for image tokens where it is not split, and an SVG's author as a part."""
    if not fields.has(draft.usage, "output_tokens_details"):
        draft.counts["output_image_tokens"] = draft.counts["output_tokens"]
    author = fields.value(draft.response, "svg_usage")
    if author is not None:
        draft.parts.append(_SVG.read(author, author, draft.provider))


IMAGES = Api(
    name="openai-images",
    provider="openai",
    marks=("input_tokens_details.image_tokens", "output_tokens_details.image_tokens"),
    signs={"type": "image_generation.completed"},
    counts={
        "input_tokens": "input_tokens",
        "input_image_tokens": "input_tokens_details.image_tokens",
        "cache_read_tokens": "cached_tokens",
        "cache_read_image_tokens": "cached_tokens_details.cached_image_tokens",
        "output_tokens": "output_tokens",
        "output_image_tokens": "output_tokens_details.image_tokens",
    },
    total="total_tokens",
    summed="input_tokens + output_tokens",
    refine=_refine_images,
)
_SVG = Api(
    name="openai-images",
    provider="openai",
    counts={
        "input_tokens": "input_tokens",
        "output_tokens": "output_tokens",
        "reasoning_tokens": "reasoning_tokens",
    },
    total="total_tokens",
    summed="input_tokens + output_tokens",
)

TRANSCRIPTION = Api(
    name="openai-transcription",
    provider="openai",
    signs={"usage.type": "tokens", "type": "tokens"},
    counts={
        "input_tokens": "input_tokens",
        "input_audio_tokens": "input_token_details.audio_tokens",
        "output_tokens": "output_tokens",
    },
    total="total_tokens",
    summed="input_tokens + output_tokens",
)


def whole_seconds(draft: Draft, path: str) -> int:
    """Return the seconds at a path, rounded up to whole ones where they are not, which is said."""
    stated = fields.amount(draft.usage, path)
    if stated is None:
        return 0
    whole = ceil(stated)
    if whole != stated:
        draft.assume(f"{stated:f} seconds of audio are taken as {whole} whole ones")
    return whole


def _refine_duration(draft: Draft) -> None:
    draft.add_unit("audio_second", whole_seconds(draft, "seconds"))


DURATION = Api(
    name="openai-duration",
    provider="openai",
    marks=("type & seconds",),
    counts={},
    refine=_refine_duration,
)
"""A transcription that is billed by the length of the audio."""


def _refine_speech(draft: Draft) -> None:
    draft.counts["output_audio_tokens"] = draft.counts["output_tokens"]


SPEECH = Api(
    name="openai-speech",
    provider="openai",
    signs={"type": "speech.audio.done"},
    counts={"input_tokens": "input_tokens", "output_tokens": "output_tokens"},
    total="total_tokens",
    summed="input_tokens + output_tokens",
    refine=_refine_speech,
)
"""The last event of streamed speech; what is not streamed states no usage."""


def _refine_realtime(draft: Draft) -> None:
    if not fields.has(draft.usage, "input_token_details.cached_tokens_details"):
        split_cached_media(draft)


REALTIME = Api(
    name="openai-realtime",
    provider="openai",
    marks=("input_token_details.cached_tokens", "output_token_details.text_tokens"),
    signs={"object": "realtime.response"},
    counts={
        "input_tokens": "input_tokens",
        "input_audio_tokens": "input_token_details.audio_tokens",
        "input_image_tokens": "input_token_details.image_tokens",
        "cache_read_tokens": "input_token_details.cached_tokens",
        "cache_read_audio_tokens": "input_token_details.cached_tokens_details.audio_tokens",
        "cache_read_image_tokens": "input_token_details.cached_tokens_details.image_tokens",
        "output_tokens": "output_tokens",
        "output_audio_tokens": "output_token_details.audio_tokens",
    },
    total="total_tokens",
    summed="input_tokens + output_tokens",
    refine=_refine_realtime,
)
