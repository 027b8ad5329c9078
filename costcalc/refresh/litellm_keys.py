"""litellm's price keys: which of our meters each one states, its unit, and its conditions.

A key is a price's name with suffixes: `cache_read_input_token_cost_above_200k_tokens_batches` is
the cache-read price of a batch request with more than 200k prompt tokens.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costcalc.refresh.listing import Condition

__all__ = ["Key", "parse_key", "threshold"]

_PER_MILLION: Final = 1_000_000
_PER_THOUSAND: Final = 1_000
_PER_HOUR: Final = 3_600

_TOKENS: Final[dict[str, str]] = {
    "input_cost_per_token": "input",
    "input_cost_per_token_cache_hit": "cache_read",
    "cache_read_input_token_cost": "cache_read",
    "cache_creation_input_token_cost": "cache_write",
    "cache_creation_input_token_cost_above_1hr": "cache_write_1h",
    "cache_creation_input_token_cost_above_12hr": "cache_write_12h",
    "output_cost_per_token": "output",
    "output_cost_per_reasoning_token": "reasoning",
    "citation_cost_per_token": "citation",
    "input_cost_per_audio_token": "input_audio",
    "input_cost_per_image_token": "input_image",
    "input_cost_per_video_token": "input_video",
    "cache_read_input_audio_token_cost": "cache_read_audio",
    "cache_read_input_image_token_cost": "cache_read_image",
    "output_cost_per_audio_token": "output_audio",
    "output_cost_per_image_token": "output_image",
    "output_cost_per_video_token": "output_video",
    "input_cost_per_character": "character",
    "output_cost_per_character": "character",
}
"""Prices of one token or character; ours are of a million."""

_CALLS: Final[dict[str, str]] = {
    "google_maps_grounding_cost_per_query": "maps_grounding",
    "input_cost_per_request": "request",
    "input_cost_per_text_message": "text_message",
    "ocr_cost_per_page": "page",
}
"""Prices of one call; ours are of a thousand."""

_OTHERS: Final[dict[str, tuple[str, int]]] = {
    "file_search_cost_per_1k_calls": ("file_search", 1),
    "file_search_cost_per_gb_per_day": ("gb_day", 1),
    "vector_store_cost_per_gb_per_day": ("gb_day", 1),
    "input_cost_per_audio_per_second": ("audio_second", _PER_HOUR),
    "output_cost_per_image": ("image", 1),
    "output_cost_per_video_per_second": ("video_second", 1),
}

_QUERY: Final = {"rerank": "rerank_search", "search": "web_search", "vector_store": "file_search"}
_HEARD: Final = frozenset({"audio_transcription", "audio_speech", "realtime"})
"""Modes in which a second is one of audio; in `chat` it is one of rented hardware."""

_TIER: Final = re.compile(r"_(batches|flex|priority|ultrafast|balanced|decisions)$")
_ABOVE: Final = re.compile(r"_above_(\d+k)_tokens(?=_|$)")
_DETAIL: Final = re.compile(r"_(480p|720p|768p|1080p|0\.5K|1K|2K|4K|2k|4k|512|1024|1536)$")
_INTERVAL: Final = re.compile(r"_above_(\d+s)_interval$")

_SPECIAL: Final[dict[str, tuple[str, str, Condition]]] = {
    "explicit_cache_read_input_token_cost": (
        "cache_read_input_token_cost",
        "cache_kind",
        "explicit",
    ),
    "annotation_cost_per_page": ("ocr_cost_per_page", "annotated", True),
}
"""Keys that are another key under a condition."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a key states: a meter, the units that our rate is stated for, and the conditions."""

    meter: str
    factor: int
    conditions: Mapping[str, Condition] = field(default_factory=dict[str, "Condition"])


def threshold(provider: str, tokens: str) -> str:
    """Return 'above so many tokens' as a condition: xAI counts from the boundary on."""
    return f"{'>=' if provider == 'xai' else '>'}{tokens}"


def parse_key(key: str, *, provider: str, mode: str | None) -> Key | None:
    """Return what a key states in a row of that provider (our id) and mode, or nothing."""
    conditions: dict[str, Condition] = {}
    if found := _TIER.search(key):
        key = key[: found.start()]
        conditions.update(_tier(found[1]))
    if found := _ABOVE.search(key):
        key = key[: found.start()] + key[found.end() :]
        conditions["prompt_tokens"] = threshold(provider, found[1])
    for name, pattern in (("resolution", _DETAIL), ("interval", _INTERVAL)):
        if found := pattern.search(key):
            key = key[: found.start()]
            conditions[name] = found[1].lower()
    if key in _SPECIAL:
        key, name, value = _SPECIAL[key]
        conditions[name] = value
    priced = _priced(key, mode)
    return Key(*priced, conditions) if priced else None


def _tier(word: str) -> dict[str, Condition]:
    if word == "batches":
        return {"batch": True}
    return {"api": "decisions"} if word == "decisions" else {"service_tier": word}


def _priced(key: str, mode: str | None) -> tuple[str, int] | None:
    if key in _TOKENS:
        return _TOKENS[key], _PER_MILLION
    if key in _CALLS:
        return _CALLS[key], _PER_THOUSAND
    return _OTHERS.get(key) or _by_mode(key, mode)


def _by_mode(key: str, mode: str | None) -> tuple[str, int] | None:
    """Return what the keys state that mean one thing for speech and another for video."""
    if key == "input_cost_per_query":
        return _QUERY.get(mode or "", "request"), _PER_THOUSAND
    if key == "input_cost_per_image" and mode == "image_generation":
        return "image", 1  # the list's older name for the price of a generated image
    if key in {"input_cost_per_second", "output_cost_per_second"} and mode in _HEARD:
        return "audio_second", _PER_HOUR
    if key == "output_cost_per_second" and mode == "video_generation":
        return "video_second", 1
    return None
