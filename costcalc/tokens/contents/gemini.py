"""Gemini's contents and parts, in camel case as on the wire and in snake case as in its SDK.

https://ai.google.dev/api/caching#Content
"""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.errors import UsageError
from costcalc.tokens.content import Text, Thinking, ToolResult, ToolUse
from costcalc.tokens.contents.fields import as_mapping, compact, first, shown, text_at
from costcalc.tokens.contents.media import by_type, decoded, remote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from costcalc.tokens.content import Part

    Inner = Callable[[Any, str], tuple[Part, ...]]

__all__ = ["KEYS", "both", "detail_of", "is_part", "part"]


def both(camel: str) -> tuple[str, str]:
    """Return a key in both spellings: inlineData, inline_data."""
    snake = "".join(f"_{each.lower()}" if each.isupper() else each for each in camel)
    return camel, snake


KEYS = (
    "text", "inlineData", "fileData", "functionCall", "functionResponse", "executableCode",
    "codeExecutionResult",
)  # fmt: skip
"""Keys that tell a part; each also in snake case."""
_SPELLINGS = {spelling: key for key in KEYS for spelling in both(key)}


def is_part(fields: Mapping[str, Any]) -> bool:
    """Return whether a mapping is one of Gemini's parts."""
    return (
        "type" not in fields and "role" not in fields and any(key in _SPELLINGS for key in fields)
    )


def part(fields: Mapping[str, Any], place: str, inner: Inner) -> tuple[Part, ...]:
    """Return what a part says; one that holds nothing is refused."""
    spelling, held = first(fields, _SPELLINGS)
    if not spelling:
        msg = f"{place} holds nothing: {', '.join(map(str, fields))} are empty"
        raise UsageError(msg, place=place)
    key = _SPELLINGS[spelling]
    if key == "text":
        said = text_at(fields, "text", place)
        return (Thinking(said) if fields.get("thought") is True else Text(said),)
    where = f"{place}.{spelling}"
    data = as_mapping(held, where, "a mapping")
    return _READERS[key](data, fields, where, inner)


def _inline(
    data: Mapping[str, Any], fields: Mapping[str, Any], place: str, _: Inner
) -> tuple[Part, ...]:
    kind = first(data, both("mimeType"))[1]
    if not isinstance(kind, str):
        msg = f"{place} has no mimeType, such as 'image/png'"
        raise UsageError(msg, place=place)
    content = decoded(data.get("data"), f"{place}.data")
    return (by_type(kind, content, place, detail=_detail(fields, place), fps=_fps(fields)),)


def _filed(
    data: Mapping[str, Any], fields: Mapping[str, Any], place: str, _: Inner
) -> tuple[Part, ...]:
    uri = str(first(data, both("fileUri"))[1] or "")
    kind = str(first(data, both("mimeType"))[1] or "")
    return (remote(uri, kind, place, detail=_detail(fields, place), fps=_fps(fields)),)


def _fps(fields: Mapping[str, Any]) -> Any:
    """Return the frames a second that the part asks to look at."""
    asked = first(fields, both("videoMetadata"))[1]
    return asked.get("fps") if isinstance(asked, Mapping) else None


def detail_of(level: Any, place: str) -> str | None:
    """Return the resolution that a media_resolution asks for."""
    if isinstance(level, Mapping):
        level = level.get("level")
    if level is None:
        return None
    asked = str(getattr(level, "value", level)).upper().removeprefix("MEDIA_RESOLUTION_").lower()
    if asked == "unspecified":
        return None
    if asked not in ("low", "medium", "high", "ultra_high"):
        msg = (
            f"{place} asks for {shown(level)}; a media_resolution is low, medium, high, ultra_high"
        )
        raise UsageError(msg, place=place)
    return asked


def _detail(fields: Mapping[str, Any], place: str) -> str | None:
    return detail_of(first(fields, both("mediaResolution"))[1], place)


def _called(
    data: Mapping[str, Any], _fields: Mapping[str, Any], place: str, _: Inner
) -> tuple[Part, ...]:
    arguments = data.get("args")
    given = {} if arguments is None else as_mapping(arguments, f"{place}.args", "a mapping")
    return (ToolUse(text_at(data, "name", place), given),)


def _answered(
    data: Mapping[str, Any], _fields: Mapping[str, Any], place: str, inner: Inner
) -> tuple[Part, ...]:
    said = {"name": data.get("name"), "response": data.get("response")}
    media = inner(data.get("parts"), f"{place}.parts")
    return (ToolResult((Text(compact(said, place)), *media)),)


def _code(
    data: Mapping[str, Any], _fields: Mapping[str, Any], place: str, _: Inner
) -> tuple[Part, ...]:
    return (Text(text_at(data, "code", place)),)


def _ran(
    data: Mapping[str, Any], _fields: Mapping[str, Any], _place: str, _: Inner
) -> tuple[Part, ...]:
    return (Text(str(data.get("output") or "")),)


_READERS: dict[str, Callable[..., tuple[Part, ...]]] = {
    "inlineData": _inline,
    "fileData": _filed,
    "functionCall": _called,
    "functionResponse": _answered,
    "executableCode": _code,
    "codeExecutionResult": _ran,
}
