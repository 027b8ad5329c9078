"""Parts of a message, of whatever shape: the one table of types, and what reads a content."""

from __future__ import annotations

from costcalc.errors import UsageError
from costcalc.tokens.content import (
    Audio,
    Document,
    Image,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
    Unseen,
    Video,
)
from costcalc.tokens.contents import anthropic, gemini, openai
from costcalc.tokens.contents.fields import (
    as_list,
    as_mapping,
    check_depth,
    is_object,
    kind_of,
    shown,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from costcalc.tokens.content import Part

__all__ = ["PARTS", "PLAIN", "READERS", "content", "is_part", "parts_of"]

PARTS = (Text, Image, Audio, Video, Document, Thinking, ToolUse, ToolResult, Unseen)
"""Parts that are typed already."""
PLAIN = (str, *PARTS)
"""What a content may hold beside mappings."""
READERS = {**openai.READERS, **anthropic.READERS}
"""What reads a part, by its `type`; Gemini's parts have none and are told by their keys."""

_COMMON = (
    "text", "image_url", "input_audio", "file", "input_text", "input_image", "input_file",
    "image", "document", "tool_use", "tool_result", "thinking",
)  # fmt: skip


def content(value: Any, place: str) -> tuple[tuple[Part, ...], int]:
    """Return the parts of a message's content, and how many its last cache breakpoint covers."""
    if value is None:
        return (), 0
    if isinstance(value, str):
        return (Text(value),), 0
    if isinstance(value, PARTS) or is_object(value):
        parts, cached = _part(value, place, 0)
        return parts, len(parts) if cached else 0
    found: list[Part] = []
    covered = 0
    expected = "text, a content part, or a list of these"
    for index, item in enumerate(as_list(value, place, expected)):
        parts, cached = _part(item, f"{place}[{index}]", 0)
        found.extend(parts)
        if cached:
            covered = len(found)
    return tuple(found), covered


def parts_of(value: Any, place: str, depth: int = 0) -> tuple[Part, ...]:
    """Return the parts of a content that stands within a part."""
    if value is None:
        return ()
    if isinstance(value, str):
        return (Text(value),)
    if isinstance(value, PARTS) or is_object(value):
        return _part(value, place, depth)[0]
    return tuple(
        part
        for index, item in enumerate(as_list(value, place, "text, a part, or a list of these"))
        for part in _part(item, f"{place}[{index}]", depth)[0]
    )


def is_part(fields: Mapping[str, Any]) -> bool:
    """Return whether a mapping is one part and no message."""
    return kind_of(fields) in READERS or gemini.is_part(fields)


def _part(value: Any, place: str, depth: int) -> tuple[tuple[Part, ...], bool]:
    """Return what one item of a content says, and whether a cache breakpoint stands on it."""
    if isinstance(value, str):
        return (Text(value),), False
    if isinstance(value, PARTS):
        return (value,), False
    check_depth(depth, place)

    def inner(within: Any, where: str) -> tuple[Part, ...]:
        return parts_of(within, where, depth + 1)

    fields = as_mapping(value, place, "a content part, a text or a media value")
    reader = READERS.get(kind_of(fields) or "")
    if reader is not None:
        return reader(fields, place, inner), fields.get("cache_control") is not None
    if gemini.is_part(fields):
        return gemini.part(fields, place, inner), False
    raise _unknown(fields, place)


def _unknown(fields: Mapping[str, Any], place: str) -> UsageError:
    kind = fields.get("type")
    if kind is None:
        msg = (
            f"{place} is no content part: it has neither a 'type' nor one of "
            f"{', '.join(gemini.KEYS)}; it has {', '.join(map(str, fields)) or 'no fields'}"
        )
        return UsageError(msg, place=place)
    from costcalc.errors import nearest_names

    near = nearest_names(str(kind), READERS)
    nearest = f"; nearest: {', '.join(near)}" if near else ""
    msg = (
        f"{place} has the type {shown(kind)}, whose tokens are not known{nearest}; known are "
        f"{', '.join(_COMMON)} and {len(READERS) - len(_COMMON)} more; leave it out, or count what "
        "it says as text"
    )
    return UsageError(msg, place=place, type=kind, known=tuple(READERS))
