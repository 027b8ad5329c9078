"""Usage: inclusive token counts with their subsets, checked once, and the meters they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import compress
from operator import attrgetter, index

from costcalc.errors import UsageError, nearest_names
from costcalc.meters import METERS
from costcalc.usage.counts import Counts
from costcalc.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from costcalc.usage.responses.response_usage import ResponseUsage

__all__ = ["MAX_COUNT", "UNIT_METERS", "Usage"]

MAX_COUNT = 10**18
"""Largest count; beyond it a number is no usage but a mistake."""

# (field, meter, the totals that contain it): the disjoint parts of DESIGN's table of meters.
_PARTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "input_tokens": ("input", ()),
    "cache_read_tokens": ("cache_read", ("input_tokens",)),
    "cache_write_tokens": ("cache_write", ("input_tokens",)),
    "cache_write_1h_tokens": ("cache_write_1h", ("cache_write_tokens",)),
    "cache_write_12h_tokens": ("cache_write_12h", ("cache_write_tokens",)),
    "input_audio_tokens": ("input_audio", ("input_tokens",)),
    "input_image_tokens": ("input_image", ("input_tokens",)),
    "input_video_tokens": ("input_video", ("input_tokens",)),
    "cache_read_audio_tokens": ("cache_read_audio", ("cache_read_tokens", "input_audio_tokens")),
    "cache_read_image_tokens": ("cache_read_image", ("cache_read_tokens", "input_image_tokens")),
    "output_tokens": ("output", ()),
    "reasoning_tokens": ("reasoning", ("output_tokens",)),
    "citation_tokens": ("citation", ("output_tokens",)),
    "output_audio_tokens": ("output_audio", ("output_tokens",)),
    "output_image_tokens": ("output_image", ("output_tokens",)),
    "output_video_tokens": ("output_video", ("output_tokens",)),
}
_TOKEN_FIELDS = tuple(_PARTS)
_TOKEN_METERS = frozenset(meter for meter, _ in _PARTS.values())
UNIT_METERS = tuple(name for name in METERS if name not in _TOKEN_METERS)
"""Meters that stand in `units`: everything that is not counted in tokens of a prompt or reply."""


class _Computed:
    """Slots of what a usage computes once, when it is made."""

    __slots__ = ("metered", "output2", "prompt2")

    metered: tuple[tuple[str, int], ...]
    """Disjoint meters with their quantities, none of them zero."""
    prompt2: int
    """Twice the input tokens of one request, or the mean of them: what rules compare."""
    output2: int
    """Twice the output tokens of one request, or the mean of them."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Usage(_Computed, Value):
    """The counts of one request, or of an aggregate of requests; every field is a total.

    The conventions are those of OpenTelemetry's GenAI attributes: `cache_read_tokens` and
    `cache_write_tokens` are parts of `input_tokens`, `reasoning_tokens` is a part of
    `output_tokens`, and so on. Counts that exclude each other go through `Usage.from_disjoint`.
    `units` holds what is not tokens, by meter and in base units: `{"web_search": 3}`,
    `{"audio_second": 90}`. `requests=None` is one request, and context tiers apply to it.

    Raises `UsageError` for counts that are negative, no whole numbers or above 10**18, for a part
    above its total, and for unknown units.
    """

    _strict_integers = True

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cache_write_1h_tokens: int = 0
    cache_write_12h_tokens: int = 0
    reasoning_tokens: int = 0
    citation_tokens: int = 0
    input_audio_tokens: int = 0
    input_image_tokens: int = 0
    input_video_tokens: int = 0
    cache_read_audio_tokens: int = 0
    cache_read_image_tokens: int = 0
    output_audio_tokens: int = 0
    output_image_tokens: int = 0
    output_video_tokens: int = 0
    units: Mapping[str, int] = field(default_factory=Counts)
    requests: int | None = None

    def __post_init__(self) -> None:
        """Check the counts and keep their disjoint parts."""
        counts = _counts(self)
        if {*map(type, counts)} != _INTS or min(counts) < 0 or max(counts) > MAX_COUNT:
            counts = self._checked()
        _set_metered(self, _parts(*counts) + self._units())
        requests = self.requests
        if requests is None or (type(requests) is int and requests == 1):
            _set_prompt2(self, 2 * self.input_tokens)
            _set_output2(self, 2 * self.output_tokens)
        else:
            requests = _whole("requests", requests)
            object.__setattr__(self, "requests", requests)
            if requests == 0:
                msg = "requests is 0; a usage is at least one request, or None for one"
                raise UsageError(msg, requests=0)
            _set_prompt2(self, _mean2(self.input_tokens, requests))
            _set_output2(self, _mean2(self.output_tokens, requests))

    def __getattr__(self, name: str) -> Any:
        # unpickled and copied instances have their fields only
        if name in _Computed.__slots__:
            self.__post_init__()
            return object.__getattribute__(self, name)
        msg = f"{type(self).__name__!r} object has no attribute {name!r}"
        raise AttributeError(msg, name=name, obj=self)

    def _checked(self) -> tuple[int, ...]:
        """Turn other whole numbers (NumPy's, say) into ints, and refuse what is none."""
        for name in _TOKEN_FIELDS:
            object.__setattr__(self, name, _whole(name, getattr(self, name)))
        return _counts(self)

    def _units(self) -> tuple[tuple[str, int], ...]:
        units = self.units
        if not units and type(units) is Counts:
            return ()
        if not isinstance(units, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
            msg = f"units is a mapping of meters to counts, not {type(units).__name__} {units!r}"
            raise UsageError(msg, units=units)
        for name in units:
            if name not in UNIT_METERS:
                raise UsageError(_unknown_unit(str(name)), units=name)
        counts = Counts({name: _whole(name, units[name]) for name in UNIT_METERS if name in units})
        object.__setattr__(self, "units", counts)
        return tuple((name, count) for name, count in counts.items() if count)

    @classmethod
    def from_disjoint(  # noqa: PLR0913 - one argument a meter
        cls,
        *,
        input: int = 0,  # noqa: A002 - the meter's name
        cache_read: int = 0,
        cache_write: int = 0,
        cache_write_1h: int = 0,
        cache_write_12h: int = 0,
        input_audio: int = 0,
        input_image: int = 0,
        input_video: int = 0,
        cache_read_audio: int = 0,
        cache_read_image: int = 0,
        output: int = 0,
        reasoning: int = 0,
        citation: int = 0,
        output_audio: int = 0,
        output_image: int = 0,
        output_video: int = 0,
        units: Mapping[str, int] | None = None,
        requests: int | None = None,
    ) -> Usage:
        """Return a usage from counts by meter that exclude each other, as Anthropic states them."""
        for name, count in locals().copy().items():
            if name in _TOKEN_METERS:
                _whole(name, count)  # a sum could hide a count that is none
        read = cache_read + cache_read_audio + cache_read_image
        write = cache_write + cache_write_1h + cache_write_12h
        media = input_audio + input_image + input_video
        made = output_audio + output_image + output_video
        return cls(
            input_tokens=input + read + write + media,
            cache_read_tokens=read,
            cache_write_tokens=write,
            cache_write_1h_tokens=cache_write_1h,
            cache_write_12h_tokens=cache_write_12h,
            input_audio_tokens=input_audio + cache_read_audio,
            input_image_tokens=input_image + cache_read_image,
            input_video_tokens=input_video,
            cache_read_audio_tokens=cache_read_audio,
            cache_read_image_tokens=cache_read_image,
            output_tokens=output + reasoning + citation + made,
            reasoning_tokens=reasoning,
            citation_tokens=citation,
            output_audio_tokens=output_audio,
            output_image_tokens=output_image,
            output_video_tokens=output_video,
            units=Counts(units or {}),
            requests=requests,
        )

    @staticmethod
    def from_response(
        body: Any, *, provider: str | None = None, api: str | None = None
    ) -> ResponseUsage:
        """Return the usage of a provider's response, or of its usage object alone.

        `body` is a mapping or an SDK's object. The format tells itself where it can; `provider`
        (such as xai) or `api` (such as xai-chat) says it where it cannot, and outranks.

        Raises `UsageError` for what has no usage, contradicts itself or could be read two ways.
        """
        from costcalc.usage.responses.reading import read_response

        return read_response(body, provider, api)

    def __repr__(self) -> str:
        stated = ((name, getattr(self, name)) for name in self.__dataclass_fields__)
        said = ", ".join(f"{name}={value!r}" for name, value in stated if value)
        return f"{type(self).__name__}({said})"

    def disjoint(self) -> dict[str, int]:
        """Return the quantity of every meter that is not zero; they exclude each other."""
        return dict(self.metered)

    @property
    def hit_ratio(self) -> float | None:
        """Share of input tokens that were read from a cache; None without input."""
        return self.cache_read_tokens / self.input_tokens if self.input_tokens else None

    def __add__(self, other: object) -> Usage:
        """Add counts and requests; None counts as one request."""
        if not isinstance(other, Usage):
            return NotImplemented
        counts = {
            name: mine + theirs
            for name, mine, theirs in zip(_TOKEN_FIELDS, _counts(self), _counts(other), strict=True)
        }
        units = Counts(self.units).plus(other.units)
        requests = (self.requests or 1) + (other.requests or 1)
        return Usage(**counts, units=units, requests=requests)

    def __radd__(self, other: object) -> Usage:
        """Let `sum()` begin at 0."""
        return self if other == 0 else NotImplemented


_INTS = {int}
_counts: Any = attrgetter(*_TOKEN_FIELDS)
_set_metered: Any = _Computed.__dict__["metered"].__set__
_set_prompt2: Any = _Computed.__dict__["prompt2"].__set__
_set_output2: Any = _Computed.__dict__["output2"].__set__


def _mean2(total: int, requests: int) -> int:
    """Return twice the mean, rounded to the odd number between two whole tokens.

    So that `> n` and `>= n` compare with the mean itself: twice a whole mean is even, and any mean
    between two whole numbers compares as the one odd number between their doubles.
    """
    whole, rest = divmod(total, requests)
    return 2 * whole + (rest > 0)


def _whole(name: str, value: object) -> int:
    """Return a count as an int; `UsageError` for what is no whole number or out of range."""
    if isinstance(value, bool):
        raise UsageError(f"{name} is a whole number, not the boolean {value}", field=name)
    try:
        count = index(value)  # pyright: ignore[reportArgumentType] - the question is whether it can
    except TypeError:
        hint = ""
        if isinstance(value, float) and value.is_integer():
            hint = f"; write {int(value)}"
        msg = f"{name} is a whole number, not {type(value).__name__} {value!r}{hint}"
        raise UsageError(msg, field=name) from None
    if count < 0:
        raise UsageError(f"{name} is {count}; a count is not negative", field=name)
    if count > MAX_COUNT:
        said = f"{count:.3e}" if count < 10**300 else "a number of over 300 digits"
        msg = f"{name} is {said}, above 10**18; that is no count of tokens"
        raise UsageError(msg, field=name)
    return count


def _unknown_unit(name: str) -> str:
    for token_field, (meter, _) in _PARTS.items():
        if name in {meter, token_field}:
            return f"{name!r} is no unit; tokens are fields of Usage: {token_field}=..."
    near = nearest_names(name, UNIT_METERS)
    hint = f"nearest: {', '.join(near)}" if near else f"known: {', '.join(UNIT_METERS)}"
    return f"unknown unit {name!r}; {hint}"


def _above(part: str, count: int, total: str, most: int) -> UsageError:
    msg = (
        f"{part} is {count}, above {total} which contains it and is {most}; fields of Usage are "
        "inclusive totals, and counts that exclude each other go through Usage.from_disjoint(...)"
    )
    return UsageError(msg, field=part, total=total)


def _parts(*counts: int) -> tuple[tuple[str, int], ...]:
    """Return the disjoint meters of the token fields, without those that are zero."""
    (
        given, read, write, write_1h, write_12h, audio, image, video, read_audio, read_image,
        made, reasoning, citation, made_audio, made_image, made_video,
    ) = counts  # fmt: skip
    fresh = given - read - write
    short = write - write_1h - write_12h
    plain = made - reasoning
    if audio or image or video or read_audio or read_image:
        fresh, read, audio, image, video = _media(
            fresh, read, write, audio, image, video, read_audio, read_image
        )
    if citation or made_audio or made_image or made_video:
        plain -= citation + made_audio + made_image + made_video
    if fresh < 0 or short < 0 or plain < 0 or read < 0 or audio < 0 or image < 0:
        raise _contradiction(dict(zip(_TOKEN_FIELDS, counts, strict=True)))
    quantities = (
        fresh, read, short, write_1h, write_12h, audio, image, video, read_audio, read_image,
        plain, reasoning, citation, made_audio, made_image, made_video,
    )  # fmt: skip
    return tuple(zip(compress(_METERS, quantities), filter(None, quantities), strict=True))


_METERS = tuple(meter for meter, _ in _PARTS.values())


def _media(
    fresh: int, read: int, write: int, audio: int, image: int, video: int,
    read_audio: int, read_image: int,
) -> tuple[int, int, int, int, int]:  # fmt: skip
    """Take media out of text input and out of cache reads.

    Media that were written to a cache count as cache write: where the parts exceed the input, the
    excess is media that the write contains.
    """
    audio -= read_audio
    image -= read_image
    read -= read_audio + read_image
    fresh -= audio + image + video
    if -write <= fresh < 0:
        taken: list[int] = []
        for count in (audio, image, video):
            inside = min(max(count, 0), -fresh)
            fresh += inside
            taken.append(count - inside)
        audio, image, video = taken
    return fresh, read, audio, image, video


def _contradiction(counts: dict[str, int]) -> UsageError:
    """Say which part is above its total, or which parts together are."""
    for part, (_, totals) in _PARTS.items():
        for total in totals:
            if counts[part] > counts[total]:
                return _above(part, counts[part], total, counts[total])
    for total, parts in _SIBLINGS.items():
        count = sum(counts[part] for part in parts)
        if count > counts[total]:
            stated = [part for part in parts if counts[part]]
            return _above(" + ".join(stated), count, total, counts[total])
    msg = (
        "media and cached tokens together are above input_tokens, which is "
        f"{counts['input_tokens']}; say how much of the media was cached with "
        "cache_read_audio_tokens or cache_read_image_tokens"
    )
    return UsageError(msg, field="input_tokens")


_SIBLINGS = {
    "cache_write_tokens": ("cache_write_1h_tokens", "cache_write_12h_tokens"),
    "cache_read_tokens": ("cache_read_audio_tokens", "cache_read_image_tokens"),
    "input_tokens": ("cache_read_tokens", "cache_write_tokens"),
    "output_tokens": (
        "reasoning_tokens", "citation_tokens", "output_audio_tokens", "output_image_tokens",
        "output_video_tokens",
    ),
}  # fmt: skip
