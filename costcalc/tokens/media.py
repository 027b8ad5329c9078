"""How many tokens images, sound, video and PDF are: named rule sets, read from `media.yaml`.

Rules give an integer and, where sources differ or something is not known, the range of all their
readings. A kind of content for which a set has no rule is an error, never zero.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from math import ceil

from costcalc.errors import UsageError, nearest_names
from costcalc.tokens import images
from costcalc.tokens.pages import pages_span, text_span
from costcalc.tokens.quantities import amount, plain, whole
from costcalc.tokens.token_count import TokenPart
from costcalc.values import frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal
    from typing import Any

    Seconds = int | float | Decimal

__all__ = ["LEVELS", "MediaRules", "rule_names", "rules"]

LEVELS = ("auto", "low", "medium", "high", "ultra_high", "original")
"""Every level of detail that some provider knows; `auto` is what it does by itself."""
ASSUMED_SIZE = (1920, 1080)
"""The size that an image is taken to have where nothing is known of it."""

_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "media.yaml")
_WORDS = {"image": "images", "audio": "audio", "video": "video", "document": "PDF"}
_ROLES = ("user", "assistant")


@dataclass(frozen=True, slots=True)
class MediaRules:
    """The rules by which a model's images, sound, video and PDF become tokens."""

    name: str | None
    """Name of the set in `media.yaml`; None is no set at all, and every call an error."""
    model: str | None = None
    """The model that errors speak of."""
    facts: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The rules by kind, as the file states them."""

    def image(self, width: int | None, height: int | None, detail: str | None = None) -> TokenPart:
        """Return the tokens of an image of so many pixels, at a level of detail.

        `detail` is OpenAI's low, high, auto or original, or Gemini's media resolution; rules
        without levels ignore it. Without a size the range is all that the rule can give.
        """
        rule = self._rule("image")
        level, at = self._level(rule, detail)
        readings = _readings(rule["levels"][level])
        known = _size(width, height)
        across, down = known or ASSUMED_SIZE
        found = [_image(reading, across, down) for reading in readings]
        method, ends, said = rule["method"], set(found), f"{across:,} × {down:,} pixels{at}"
        if known is None:
            ends = {end for reading in readings for end in images.span(*_form(reading))}
            if len(ends) == 1:
                said = f"an image of any size{at}"
            else:
                method = "heuristic"
                said = (
                    f"its size is not known and taken as {said}; give width and height, or the "
                    "file itself, for the number"
                )
        return _part("image", found[0], ends, method, said, rule)

    def audio(self, seconds: Seconds, role: str | None = None) -> TokenPart:
        """Return the tokens of sound of a duration, in a turn of the user or the assistant.

        A part of a token counts as one: the product of seconds and rate is rounded up. A float is
        read as the decimal that it prints as.
        """
        rule = self._rule("audio")
        length = amount(seconds, "seconds")
        who = "user" if role is None else role
        if who not in _ROLES:
            msg = f"role is 'user' or 'assistant' for audio, not {role!r}"
            raise UsageError(msg, role=role)
        rates = rule["per_second"]
        turn = "" if "any" in rates else f" of the {who}"
        found = [ceil(length * rate) for rate in _readings(rates["any" if not turn else who])]
        said = f"{plain(length)} s{turn}"
        return _part("audio", found[0], set(found), rule["method"], said, rule)

    def video(
        self, seconds: Seconds, resolution: str | None = None, fps: Seconds | None = None
    ) -> TokenPart:
        """Return the tokens of a video of a duration, at a media resolution and a rate of frames.

        A part of a frame counts as a frame, and a part of a token of sound as a token.
        """
        rule = self._rule("video")
        length = amount(seconds, "seconds")
        rate = amount(rule["fps"] if fps is None else fps, "fps")
        if not rate:
            msg = "fps is more than 0; leave it out for the provider's own rate"
            raise UsageError(msg, fps=fps)
        level, at = self._level(rule, resolution)
        frames = ceil(length * rate)
        found = [
            frames * each["frame"] + ceil(length * each["second"])
            for each in _readings(rule["levels"][level])
        ]
        said = f"{plain(length)} s, {frames:,} frames{at}"
        return _part("video", found[0], set(found), rule["method"], said, rule)

    def document(
        self,
        pages: int,
        text_tokens: int | None = None,
        *,
        image_pages: int | None = None,
        page_size: tuple[Seconds, Seconds] | None = None,
        resolution: str | None = None,
    ) -> TokenPart:
        """Return the tokens of a PDF: its pages, and its text where that is counted.

        `text_tokens` is what the extracted text of all pages counts; without it a typical page is
        taken. `image_pages` is on how many pages a picture is drawn, `page_size` width and height
        in any unit, Letter without it, `resolution` Gemini's media resolution.
        """
        rule = self._rule("document")
        count = whole(pages, "pages", least=1)
        drawn = None if image_pages is None else whole(image_pages, "image_pages", most=count)
        level, at = self._level(rule, resolution)
        blank = text_tokens == 0
        base = pages_span(rule, level, count, drawn, page_size, blank=blank)
        text, said = text_span(rule.get("text", "counted"), count, text_tokens)
        low, likely, high = (one + other for one, other in zip(base, text, strict=True))
        method = rule["method"] if said is None else "heuristic"
        told = f"{count:,} page{'s' if count > 1 else ''}{at}{said or ''}"
        return _part("pdf", likely, {low, high}, method, told, rule)

    def _rule(self, kind: str) -> Mapping[str, Any]:
        """Return the rule of a kind; `UsageError` where there is none."""
        if kind in self.facts:
            return self.facts[kind]
        known = ", ".join(name for name, facts in _sets().items() if kind in facts)
        msg = (
            f"{self._who()} has no known rule for {_WORDS[kind]}; if it reads them, name one with "
            f"'media:' in a price file of your own (known: {known})"
        )
        raise UsageError(msg, model=self.model, media=self.name, kind=kind)

    def _who(self) -> str:
        if self.model is not None:
            return f"model {self.model!r}"
        return f"the rule set {self.name!r}" if self.name else "a model that names no rules"

    def _level(self, rule: Mapping[str, Any], stated: object) -> tuple[str, str]:
        """Return the level of detail that holds, and its words for a note."""
        levels: Mapping[str, Any] = rule.get("levels") or {"any": None}
        if stated is not None and not isinstance(stated, str):
            msg = f"detail is one of {', '.join(LEVELS)}, not {stated!r}"
            raise UsageError(msg, detail=stated)
        said = (stated or "auto").lower().removeprefix("media_resolution_")
        if said == "unspecified":
            said = "auto"
        known = LEVELS if "any" in levels else ("auto", *levels)
        if said not in known:
            near = nearest_names(said, known, 1)
            hint = f", nearest: {near[0]}" if near else ""
            msg = f"{self._who()} has no detail {stated!r}; known: {', '.join(known)}{hint}"
            raise UsageError(msg, detail=stated)
        if "any" in levels:
            return "any", "" if said == "auto" else f"; detail {said} has no effect here"
        level = rule["auto"] if said == "auto" else said
        return level, f", detail {level}"


@cache
def _sets() -> Mapping[str, Mapping[str, Any]]:
    """Return all rule sets, read once."""
    import yaml

    with open(_FILE, "rb") as file:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        return frozen(yaml.load(file, loader))  # noqa: S506 - safe either way, C is faster


def rule_names() -> tuple[str, ...]:
    """Return the names of the rule sets."""
    return tuple(_sets())


def rules(name: str | None, *, model: str | None = None) -> MediaRules:
    """Return a rule set by name; None is that of a model without one, which counts nothing.

    `model` is the model that errors speak of. Raises `UsageError` for a name that is not there.
    """
    if name is None:
        return MediaRules(None, model)
    known = _sets()
    if name not in known:
        near = nearest_names(str(name), known)
        hint = f"nearest: {', '.join(near)}" if near else f"known: {', '.join(known)}"
        of = "" if model is None else f", which model {model!r} names"
        msg = f"there is no rule set {name!r} for media{of}; {hint}"
        raise UsageError(msg, media=name)
    return MediaRules(name, model, known[name])


def _readings(stated: Any) -> tuple[Any, ...]:
    """Return the readings of a number or a rule: the likely one, then the others."""
    return stated if isinstance(stated, tuple) else (stated,)


def _form(reading: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    return reading["form"], {key: each for key, each in reading.items() if key != "form"}


def _image(reading: Mapping[str, Any], width: int, height: int) -> int:
    form, parameters = _form(reading)
    return images.count(form, parameters, width, height)


def _part(
    what: str,
    tokens: int,
    range_: Iterable[int],
    method: str,
    said: str,
    rule: Mapping[str, Any],
) -> TokenPart:
    """Return a part with its range and a note that names rule and source."""
    ends = {tokens, *range_}
    note = "; ".join(each for each in (said, rule.get("says"), rule["source"]) if each)
    return TokenPart(
        what=what, tokens=tokens, low=min(ends), high=max(ends), method=method, note=note
    )


def _size(width: object, height: object) -> tuple[int, int] | None:
    if width is None and height is None:
        return None
    if width is None or height is None:
        given, missing = ("height", "width") if width is None else ("width", "height")
        msg = f"an image has width and height; {given} is given and {missing} is not"
        raise UsageError(msg, width=width, height=height)
    return whole(width, "width", least=1), whole(height, "height", least=1)
