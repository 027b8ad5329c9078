"""Whole requests: what shape a content has, and the turns, tools and forms that it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from costcalc.errors import UsageError
from costcalc.tokens.content import ROLES, Image, Message, Prompt, ToolResult, Video
from costcalc.tokens.contents import gemini, openai
from costcalc.tokens.contents.definitions import choice_of, schema_of, tools_of
from costcalc.tokens.contents.fields import (
    as_list,
    as_mapping,
    as_text,
    first,
    is_object,
    kind_of,
    shown,
)
from costcalc.tokens.contents.gemini import both
from costcalc.tokens.contents.parts import PARTS, PLAIN, content, is_part, parts_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from costcalc.tokens.content import Part

__all__ = ["prompt"]

_HOLDERS = ("messages", "input", "contents")
_SYSTEM = ("system", "instructions", *both("systemInstruction"))
_TOOLS = ("tools", "functions")
_CHOICES = ("tool_choice", *both("toolConfig"), "function_call")
_CONFIGS = (*both("generationConfig"), "config")
_FORMATTED = ("text", "output_config")
_FORMATS = (
    "response_format", *_FORMATTED, "output_format",
    *both("responseSchema"), *both("responseJsonSchema"),
)  # fmt: skip
_ELSEWHERE = ("previous_response_id", "conversation", "prompt", *both("cachedContent"))
_CONTENT = (
    "a text, a list of messages or of parts, a request with messages, input or contents, "
    "a message, a part, or an Image, Audio, Video or Document"
)


def prompt(
    value: Any, *, tools: Any, tool_choice: Any, response_format: Any, system: Any
) -> Prompt:
    """Return what a content says, and what is given beside it."""
    fields: dict[str, Any] = {}
    if not isinstance(value, PLAIN) and is_object(value):
        held = as_mapping(value, "content", _CONTENT)
        if _is_request(held):
            fields = _request(held)
            value = fields.pop("content")
    beside = {
        "system": system,
        "tools": tools,
        "tool_choice": tool_choice,
        "response_format": response_format,
    }
    for name, given in beside.items():
        if given is not None and fields.get(name) is not None:
            msg = f"{name} stands in the request and beside it; give it once"
            raise UsageError(msg, name=name)
        if fields.get(name) is None:
            fields[name] = given
    shape, messages = _turns(value, fields.pop("holder", None), framed=_framed(fields))
    if fields.get("cache_control") is not None and messages:
        last = messages[-1]
        messages = (*messages[:-1], replace(last, cached=len(last.parts)))
    if fields["system"] is not None:
        messages = (*_system(fields["system"]), *messages)
    level = gemini.detail_of(fields.get("resolution"), "mediaResolution")
    if level is not None:
        messages = tuple(replace(each, parts=_resolved(each.parts, level)) for each in messages)
    return Prompt(
        messages,
        () if fields["tools"] is None else tools_of(fields["tools"], "tools"),
        choice_of(fields["tool_choice"], "tool_choice"),
        schema_of(fields["response_format"], "response_format"),
        shape,
    )


def _framed(fields: Mapping[str, Any]) -> bool:
    return any(fields[key] is not None for key in ("system", "tools", "response_format"))


def _is_request(fields: Mapping[str, Any]) -> bool:
    """Return whether a mapping is a request; a message has a role, and a part mostly a type."""
    return not any(key in fields for key in ("role", "type", "parts")) and any(
        key in fields for key in (*_HOLDERS, *_SYSTEM, *_TOOLS, *_ELSEWHERE)
    )


def _request(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a request under the names of our keywords."""
    for key in _ELSEWHERE:
        if fields.get(key) is not None:
            msg = (
                f"{key} names content that the provider keeps, and what is not here cannot be "
                "counted; pass all messages instead"
            )
            raise UsageError(msg, key=key)
    merged: dict[str, Any] = {}
    for key in _CONFIGS:
        config = fields.get(key)
        if config is not None:
            merged.update(as_mapping(config, key, "a mapping"))
    merged.update((key, each) for key, each in fields.items() if each is not None)
    holder, held = first(merged, _HOLDERS)
    for key in _FORMATTED:  # what else these hold says how much to answer, not in what form
        stated = merged.pop(key, None)
        if stated is not None:
            merged[key] = as_mapping(stated, key, "a mapping with a format").get("format")
    return {
        "holder": holder or "messages",
        "content": held,
        "system": first(merged, _SYSTEM)[1],
        "tools": first(merged, _TOOLS)[1],
        "tool_choice": first(merged, _CHOICES)[1],
        "response_format": first(merged, _FORMATS)[1],
        "cache_control": merged.get("cache_control"),
        "resolution": first(merged, both("mediaResolution"))[1],
    }


def _turns(value: Any, holder: str | None, *, framed: bool) -> tuple[str, tuple[Message, ...]]:
    """Return the shape of a content and its turns."""
    named = holder or "content"
    if isinstance(value, bytes | bytearray | memoryview):
        msg = (
            f"{named} is bytes, which may be anything: decode text, or give "
            "costcalc.Image(data=...), Audio, Video or Document"
        )
        raise UsageError(msg, place=named)
    if value is None and framed:
        return holder or "messages", ()
    if isinstance(value, str):
        parts, _ = content(value, named)
        return holder or ("messages" if framed else "text"), (Message("user", parts),)
    if not isinstance(value, PARTS) and is_object(value):
        fields = as_mapping(value, named, _CONTENT)
        if _is_turn(fields):
            return holder or "messages", _turn(fields, named)
        if "type" not in fields and not is_part(fields):
            msg = f"{named} is {_CONTENT}; it has {', '.join(map(str, fields)) or 'no fields'}"
            raise UsageError(msg, place=named)
    elif not isinstance(value, PARTS):
        items = as_list(value, named, _CONTENT)
        if not items and holder is None and not framed:
            msg = f"{named} is an empty list; give {_CONTENT}"
            raise UsageError(msg, place=named)
        found = [_fields_of_turn(item) for item in items]
        if any(found) or not items:
            return holder or "messages", _listed(items, found, holder or "messages")
    parts, cached = content(value, named)
    message = Message("user", parts, cached=cached)
    return holder or ("messages" if framed else "parts"), (message,)


def _fields_of_turn(item: Any) -> Mapping[str, Any] | None:
    """Return what an item of a list says where it is a turn, None where it is a part."""
    if isinstance(item, PLAIN) or not is_object(item):
        return None
    fields = as_mapping(item, "content", _CONTENT)
    return fields if _is_turn(fields) else None


def _is_turn(fields: Mapping[str, Any]) -> bool:
    if "role" in fields or "parts" in fields:
        return True
    kind = kind_of(fields)
    if kind == "compaction":  # both makers have one: a block with text, or an encrypted item
        return fields.get("encrypted_content") is not None
    return kind == "message" or kind in openai.ITEMS


def _listed(items: Any, found: list[Mapping[str, Any] | None], holder: str) -> tuple[Message, ...]:
    messages: list[Message] = []
    for index, (item, fields) in enumerate(zip(items, found, strict=True)):
        place = f"{holder}[{index}]"
        if fields is None:
            msg = (
                f"{place} is {type(item).__name__} {shown(item)} among messages; a message is a "
                "mapping with a role and a content"
            )
            raise UsageError(msg, place=place)
        messages.extend(_turn(fields, place))
    return tuple(messages)


def _turn(fields: Mapping[str, Any], place: str) -> tuple[Message, ...]:
    if "role" not in fields and "parts" not in fields and kind_of(fields) != "message":
        return (openai.item(fields, place, parts_of),)
    role = _role(fields, place)
    key = "parts" if "parts" in fields else "content"
    parts, cached = content(fields.get(key), f"{place}.{key}")
    if role in ("tool", "function"):
        return (Message(role, (ToolResult(parts),), cached=1 if cached else 0),)
    more: list[Part] = []
    for other in ("refusal", "reasoning_content", "reasoning"):
        said = fields.get(other)
        if isinstance(said, str) and said:
            more.append(_other(other, said))
    calls = openai.tool_calls(fields, place)
    name = fields.get("name")
    named = None if name is None else as_text(name, f"{place}.name")
    return (Message(role, (*more, *parts, *calls), named, cached + len(more) if cached else 0),)


def _other(key: str, said: str) -> Part:
    from costcalc.tokens.content import Text, Thinking

    return Text(said) if key == "refusal" else Thinking(said)


def _role(fields: Mapping[str, Any], place: str) -> str:
    role = fields.get("role")
    if role is None and "parts" in fields:
        return "user"  # as Gemini reads it
    if role == "model":
        return "assistant"
    if role not in ROLES:
        msg = f"{place} has the role {shown(role)}; a role is {', '.join(ROLES)} or model"
        raise UsageError(msg, place=place, role=role)
    return str(role)


def _system(value: Any) -> tuple[Message, ...]:
    """Return the system prompt, which Gemini writes as a content with parts."""
    place = "system"
    if not isinstance(value, PLAIN) and is_object(value):
        fields = as_mapping(value, place, "text or blocks")
        if "parts" in fields:
            value = fields["parts"]
    parts, cached = content(value, place)
    return (Message("system", parts, cached=cached),) if parts else ()


def _resolved(parts: tuple[Part, ...], level: str) -> tuple[Part, ...]:
    """Return parts in the resolution that the whole request asks for."""
    return tuple(
        replace(part, detail=level)
        if isinstance(part, Image | Video) and part.detail is None
        else part
        for part in parts
    )
