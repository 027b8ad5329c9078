"""The billable dimensions: one table, the source of `Usage` and of the price grammar."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

__all__ = ["METERS", "PER_MILLION", "MeterInfo"]

PER_MILLION: Final = 1_000_000
_PER_HOUR: Final = 3_600
_PER_THOUSAND: Final = 1_000


class MeterInfo:
    """One billable dimension.

    `per` is the number of base units that a rate is stated for, `unit` its name on a receipt,
    `parent` the meter whose rate applies where this one has none. `silent` says that providers
    really bill the parent's rate, so that the fall-back is no assumption. `scaled` says that a
    bare factor (batch, tier, region) multiplies it; fees and storage are multiplied by name only.
    """

    __slots__ = ("about", "name", "parent", "per", "scaled", "silent", "unit")

    def __init__(
        self,
        name: str,
        per: int,
        unit: str,
        about: str,
        *,
        parent: str | None = None,
        silent: bool = False,
        scaled: bool = True,
    ) -> None:
        self.name = name
        self.per = per
        self.unit = unit
        self.about = about
        self.parent = parent
        self.silent = silent
        self.scaled = scaled

    def __repr__(self) -> str:
        return f"MeterInfo({self.name!r}, per={self.per}, unit={self.unit!r})"


def _tokens(name: str, about: str, parent: str | None = None, *, silent: bool = False) -> MeterInfo:
    return MeterInfo(name, PER_MILLION, "1M tokens", about, parent=parent, silent=silent)


def _fee(name: str, about: str, per: int = _PER_THOUSAND, unit: str = "1k calls") -> MeterInfo:
    return MeterInfo(name, per, unit, about, scaled=False)


# The order is that of a receipt: what goes in, what comes out, media, fees.
METERS: Final[dict[str, MeterInfo]] = {
    each.name: each
    for each in (
        _tokens("input", "uncached input tokens"),
        _tokens("cache_read", "input tokens read from the prompt cache", "input", silent=True),
        _tokens("cache_write", "tokens written to the cache, shortest life", "input", silent=True),
        _tokens("cache_write_1h", "tokens written to the cache for 1 hour", "cache_write"),
        _tokens("cache_write_12h", "tokens written to the cache for 12 hours", "cache_write"),
        _tokens("input_audio", "uncached audio input tokens", "input"),
        _tokens("input_image", "uncached image input tokens", "input"),
        _tokens("input_video", "uncached video input tokens", "input"),
        _tokens("cache_read_audio", "audio tokens read from the cache", "cache_read"),
        _tokens("cache_read_image", "image tokens read from the cache", "cache_read"),
        _tokens("output", "output tokens"),
        _tokens("reasoning", "reasoning (thinking) output tokens", "output", silent=True),
        _tokens("citation", "citation tokens", "output"),
        _tokens("output_audio", "audio output tokens", "output"),
        _tokens("output_image", "image output tokens", "output"),
        _tokens("output_video", "video output tokens", "output"),
        MeterInfo("image", 1, "image", "images generated"),
        MeterInfo("video_second", 1, "second", "seconds of video generated"),
        MeterInfo("audio_second", _PER_HOUR, "hour", "seconds of audio; the rate is per hour"),
        MeterInfo("character", PER_MILLION, "1M characters", "characters spoken or translated"),
        _fee(
            "cache_storage",
            "token-seconds kept in an explicit cache; the rate is per 1M token-hours",
            PER_MILLION * _PER_HOUR,
            "1M token-hours",
        ),
        _fee("web_search", "web searches"),
        _fee("x_search", "searches of X"),
        _fee("file_search", "searches of files or collections"),
        _fee("attachment_search", "searches of attached files"),
        _fee("web_fetch", "web pages fetched"),
        _fee("code_execution", "code execution calls"),
        _fee("maps_grounding", "grounding calls on maps"),
        _fee("rerank_search", "rerank searches"),
        _fee("request", "requests, where each carries a fee", unit="1k requests"),
        _fee("text_message", "text messages in a voice session", unit="1k messages"),
        _fee("page", "document pages", unit="1k pages"),
        _fee(
            "container_second",
            "seconds of a code container; the rate is per hour",
            _PER_HOUR,
            "hour",
        ),
        _fee(
            "session_second",
            "seconds of a live or agent session; the rate is per hour",
            _PER_HOUR,
            "hour",
        ),
        _fee("gb_day", "gigabyte-days of file storage", 1, "GB-day"),
    )
}
"""Every meter by name, in the order of a receipt."""
