"""The usage of one call with a counted prompt: which tokens are text, media, read and written."""

from __future__ import annotations

from costcalc.usage.usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from costcalc.estimate.cached import Hit, Point
    from costcalc.registry.cards import RateCard
    from costcalc.tokens.token_count import TokenCount

__all__ = ["usage_of"]

_MEDIA = ("input_audio", "input_image", "input_video")
_READ = {"input_audio": "cache_read_audio_tokens", "input_image": "cache_read_image_tokens"}
"""Where cached media are counted by themselves; cached video is cached input like text."""


def usage_of(
    count: TokenCount,
    prefix: TokenCount | None,
    point: Point,
    reply: int,
    hit: Hit,
    card: RateCard,
    end: str,
) -> Usage:
    """Return the usage of one call at one point; `end` is the field of a count that holds there.

    Media that have a rate of their own are counted by themselves. Of a stated prefix, what is
    cached are its own media; of a share, the same share of each; of a number of tokens, text first.
    """
    own = _media(count, card, end)
    held = _held(own, point, _wished(own, prefix, point, hit, card, end))
    kinds: dict[str, Any] = {}
    if not hit.writes:
        kinds["cache_read_tokens"] = point.cached
        for meter, tokens in held.items():
            if meter in _READ:
                kinds[_READ[meter]] = tokens
            else:
                own[meter] -= tokens
    elif "cache_write" in card.rates:  # elsewhere a write is plain input
        kinds["cache_write_tokens"] = point.cached
        if hit.use == "write_1h":
            kinds["cache_write_1h_tokens"] = point.cached
        own = {meter: tokens - held[meter] for meter, tokens in own.items()}
    kinds.update((f"{meter}_tokens", tokens) for meter, tokens in own.items())
    return Usage(input_tokens=point.input, output_tokens=reply, requests=1, **kinds)


def _media(count: TokenCount, card: RateCard, end: str) -> dict[str, int]:
    """Return the tokens of each medium whose rate is not that of text."""
    return {
        meter: sum(getattr(part, end) for part in count.parts if f"input_{part.what}" == meter)
        for meter in _MEDIA
        if meter in card.rates  # what has no rate of its own is billed as input
    }


def _wished(
    own: Mapping[str, int],
    prefix: TokenCount | None,
    point: Point,
    hit: Hit,
    card: RateCard,
    end: str,
) -> Mapping[str, int]:
    """Return how much of each medium stands in the cached part by what the caller said."""
    if prefix is not None:
        return _media(prefix, card, end)
    if hit.ratio is not None and point.input:
        return {meter: tokens * point.cached // point.input for meter, tokens in own.items()}
    return {}


def _held(own: Mapping[str, int], point: Point, wished: Mapping[str, int]) -> dict[str, int]:
    """Return how much of each medium is cached: as wished, as far as the sums allow."""
    held: dict[str, int] = {}
    left = point.cached
    for meter, tokens in own.items():
        held[meter] = min(wished.get(meter, 0), tokens, left)
        left -= held[meter]
    over = left - (point.input - sum(own.values()))  # more than there is text
    for meter, tokens in own.items():
        more = max(0, min(over, tokens - held[meter]))
        held[meter] += more
        over -= more
    return held
