"""What a model can do, as far as its price file and its rules of media state it; nothing else.

A file states what a model has, and seldom what it lacks: so an answer is yes, no, or not stated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from costcalc.errors import CostcalcError, NotOfferedError, UsageError, nearest_names
from costcalc.tokens.media import rules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal
    from typing import Any

    from costcalc.registry.cards import ModelInfo
    from costcalc.usage.usage import Usage

    Answer = bool | None

__all__ = ["CAPABILITIES", "Capability", "Known", "capabilities_of", "implied_by"]


@dataclass(frozen=True, slots=True)
class Known:
    """What the registry states of one model at one instant."""

    info: ModelInfo
    rates: Mapping[str, Decimal]
    """Rates by meter, under the stated conditions."""
    cache: Mapping[str, Any] | None
    """Cache policy by kind; None where the files state none."""
    ask: Callable[[dict[str, Any]], object]
    """Looks up the rates under other conditions, or raises."""


@dataclass(frozen=True, slots=True)
class Capability:
    """Something that can be required of a model, and how the registry says it."""

    name: str
    """What a caller writes."""
    about: str
    """What it means."""
    read: Callable[[Known], Answer]
    """True, False where the files deny it, None where they do not state it."""


def _reads(kind: str, meter: str | None = None) -> Callable[[Known], Answer]:
    """Return whether the rules of media count a kind of content, or a meter of it has a rate."""

    def read(known: Known) -> Answer:
        name = known.info.media
        counted = name is not None and kind in rules(name).facts
        return True if counted or meter in known.rates else None

    return read


def _bills(*meters: str) -> Callable[[Known], Answer]:
    """Return whether any of some meters has a rate of its own."""
    return lambda known: True if any(meter in known.rates for meter in meters) else None


def _caches(kind: str) -> Callable[[Known], Answer]:
    """Return whether a kind of cache is stated; a file that states kinds states all of them."""

    def read(known: Known) -> Answer:
        if known.cache is None:
            return None
        return kind in known.cache and "cache_read" in known.rates

    return read


def _sells(**conditions: Any) -> Callable[[Known], Answer]:
    """Return whether there is a price under a condition."""

    def read(known: Known) -> Answer:
        try:
            known.ask(conditions)
        except NotOfferedError:
            return False
        except CostcalcError:
            return None
        return True

    return read


CAPABILITIES = {
    each.name: each
    for each in (
        Capability("images", "reads images", _reads("image", "input_image")),
        Capability("audio", "hears audio", _reads("audio", "input_audio")),
        Capability("video", "sees video", _reads("video", "input_video")),
        Capability("pdf", "reads PDF files as they are", _reads("document")),
        Capability("image_output", "makes images", _bills("output_image", "image")),
        Capability("audio_output", "speaks, billed by the token", _bills("output_audio")),
        Capability("video_output", "makes video", _bills("output_video", "video_second")),
        Capability("cache", "has a price for cached input", _bills("cache_read")),
        Capability("automatic_cache", "caches by itself", _caches("automatic")),
        Capability("explicit_cache", "caches what the request marks", _caches("explicit")),
        Capability("batch", "has a price in batches", _sells(batch=True)),
        Capability("flex", "has a flex tier", _sells(service_tier="flex")),
        Capability("priority", "has a priority tier", _sells(service_tier="priority")),
    )
}
"""Every capability that can be required, by name."""

_IMPLIED = {
    "input_image_tokens": "images",
    "input_audio_tokens": "audio",
    "input_video_tokens": "video",
    "output_image_tokens": "image_output",
    "output_audio_tokens": "audio_output",
    "output_video_tokens": "video_output",
}
"""What a usage needs: without it a meter would be billed at the rate of text."""


def capabilities_of(names: Iterable[str]) -> tuple[Capability, ...]:
    """Return capabilities by name, with `-` or `_`; `UsageError` for one that nobody states."""
    found: list[Capability] = []
    for name in names:
        key = name.strip().lower().replace("-", "_")
        if key not in CAPABILITIES:
            near = nearest_names(key, CAPABILITIES)
            hint = f"nearest: {', '.join(near)}; " if near else ""
            msg = (
                f"capability {name!r} is none that the price files state; {hint}known: "
                f"{', '.join(CAPABILITIES)}"
            )
            raise UsageError(msg, capability=name)
        found.append(CAPABILITIES[key])
    return tuple(dict.fromkeys(found))


def implied_by(usage: Usage) -> tuple[str, ...]:
    """Return the capabilities that a usage needs by what it counts."""
    return tuple(name for count, name in _IMPLIED.items() if getattr(usage, count))
