"""OpenAI's parts and items: chat completions and responses.

https://platform.openai.com/docs/api-reference/chat/create
https://platform.openai.com/docs/api-reference/responses/create
"""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.errors import UsageError
from costcalc.tokens.content import (
    Audio,
    Image,
    Message,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
    Unseen,
)
from costcalc.tokens.contents.fields import as_list, as_mapping, as_text, compact, first, text_at
from costcalc.tokens.contents.media import by_type, by_url, decoded, type_of_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from costcalc.tokens.content import Part

    Inner = Callable[[Any, str], tuple[Part, ...]]
    Reader = Callable[[Mapping[str, Any], str, Inner], tuple[Part, ...]]

__all__ = ["ITEMS", "READERS", "item", "tool_calls"]


def _text(fields: Mapping[str, Any], place: str, _: Inner) -> tuple[Part, ...]:
    return (Text(text_at(fields, "text", place)),)


def _refusal(fields: Mapping[str, Any], place: str, _: Inner) -> tuple[Part, ...]:
    return (Text(text_at(fields, "refusal", place)),)


def _linked(family: str) -> Reader:
    """Return the reader of parts such as {"type": "image_url", "image_url": {"url": ...}}."""

    def read(fields: Mapping[str, Any], place: str, _: Inner) -> tuple[Part, ...]:
        key = f"{family}_url"
        link = fields.get(key)
        detail = fields.get("detail")
        if isinstance(link, Mapping):
            detail = link.get("detail", detail)
            place = f"{place}.{key}"
            url = text_at(link, "url", place)
        elif link is None and fields.get("file_id") is not None:
            return (by_type(f"{family}/*", None, place, detail=detail),)
        else:
            url = text_at(fields, key, place)
        return (by_url(url, place, kind=f"{family}/*", detail=detail),)

    return read


def _audio(fields: Mapping[str, Any], place: str, _: Inner) -> tuple[Part, ...]:
    sound = as_mapping(fields.get("input_audio"), f"{place}.input_audio", "a mapping with 'data'")
    data = sound.get("data")
    return (Audio(data=decoded(data, f"{place}.input_audio.data")),)


def _file(fields: Mapping[str, Any], place: str, _: Inner) -> tuple[Part, ...]:
    held = fields
    if fields.get("file") is not None:
        place = f"{place}.file"
        held = as_mapping(fields["file"], place, "a mapping with 'file_data' or 'file_id'")
    key, source = first(held, ("file_data", "file_url", "file_id"))
    name = held.get("filename")
    kind = type_of_name(name) if isinstance(name, str) else ""
    if key == "file_data":
        data = as_text(source, f"{place}.file_data")
        if data[:5].lower() == "data:":
            return (by_url(data, f"{place}.file_data", kind=kind),)
        where = f"{place}.file_data"
        return (by_type(kind or "application/pdf", decoded(data, where), where),)
    if not key:
        msg = f"{place} has none of file_data, file_url and file_id; a file part has one of them"
        raise UsageError(msg, place=place)
    kind = kind or type_of_name(str(source)) or "application/pdf"
    return (by_type(kind, None, place),)


READERS: dict[str, Reader] = {
    "text": _text,
    "input_text": _text,
    "output_text": _text,
    "summary_text": _text,
    "reasoning_text": _text,
    "refusal": _refusal,
    "image_url": _linked("image"),
    "input_image": _linked("image"),
    "computer_screenshot": _linked("image"),
    "video_url": _linked("video"),
    "audio_url": _linked("audio"),
    "input_audio": _audio,
    "file": _file,
    "input_file": _file,
}
"""What reads a part, by its `type`."""


def tool_calls(fields: Mapping[str, Any], place: str) -> tuple[ToolUse, ...]:
    """Return the calls of an assistant's message, of the newer and the older form."""
    found: list[ToolUse] = []
    if fields.get("tool_calls") is not None:
        where = f"{place}.tool_calls"
        for index, call in enumerate(as_list(fields["tool_calls"], where, "a list of calls")):
            at = f"{where}[{index}]"
            held = as_mapping(call, at, "a call with 'function'")
            key, called = first(held, ("function", "custom"))
            if not key:
                msg = f"{at} has neither 'function' nor 'custom', which name what it calls"
                raise UsageError(msg, place=at)
            found.append(_call(as_mapping(called, f"{at}.{key}", "a mapping"), f"{at}.{key}"))
    if fields.get("function_call") is not None:
        at = f"{place}.function_call"
        found.append(_call(as_mapping(fields["function_call"], at, "a mapping"), at))
    return tuple(found)


def _call(fields: Mapping[str, Any], place: str) -> ToolUse:
    key, arguments = first(fields, ("arguments", "input"))
    if not isinstance(arguments, str | Mapping):
        arguments = "" if not key else compact(arguments, f"{place}.{key}")
    return ToolUse(text_at(fields, "name", place), arguments)


def _function_call(fields: Mapping[str, Any], place: str, _: Inner) -> Message:
    return Message("assistant", (_call(fields, place),))


def _output(fields: Mapping[str, Any], place: str, inner: Inner) -> Message:
    output = fields.get("output")
    where = f"{place}.output"
    if isinstance(output, Mapping) and "type" not in output:
        output = compact(output, where)
    return Message("tool", (ToolResult(inner(output, where)),))


def _reasoning(fields: Mapping[str, Any], place: str, inner: Inner) -> Message:
    said = [
        part.text
        for key in ("summary", "content")
        for part in inner(fields.get(key), f"{place}.{key}")
        if isinstance(part, Text)
    ]
    hidden = fields.get("encrypted_content")
    unseen = len(as_text(hidden, f"{place}.encrypted_content")) if hidden is not None else 0
    return Message("assistant", (Thinking("\n".join(said), unseen),))


def _hosted(fields: Mapping[str, Any], place: str, _: Inner) -> Message:
    """Return a call that the provider made itself, as the JSON that the item is."""
    unsent = ("id", "call_id", "status", "type", "result", "encrypted_content")
    said = {key: each for key, each in fields.items() if key not in unsent and each is not None}
    parts: list[Part] = [ToolUse(str(fields["type"]), compact(said, place))]
    if fields.get("result") is not None:  # the image that image_generation_call made
        parts.append(Image(data=decoded(fields["result"], f"{place}.result")))
    return Message("assistant", tuple(parts))


def _compaction(fields: Mapping[str, Any], place: str, _: Inner) -> Message:
    hidden = text_at(fields, "encrypted_content", place)
    return Message("assistant", (Unseen("compaction", len(hidden)),))


ITEMS: dict[str, Callable[[Mapping[str, Any], str, Inner], Message]] = {
    "function_call": _function_call,
    "custom_tool_call": _function_call,
    "function_call_output": _output,
    "custom_tool_call_output": _output,
    "computer_call_output": _output,
    "local_shell_call_output": _output,
    "shell_call_output": _output,
    "apply_patch_call_output": _output,
    "reasoning": _reasoning,
    "compaction": _compaction,
    **dict.fromkeys(
        (
            "web_search_call", "file_search_call", "code_interpreter_call", "computer_call",
            "image_generation_call", "local_shell_call", "shell_call", "apply_patch_call",
            "mcp_call", "mcp_list_tools", "mcp_approval_request", "mcp_approval_response",
        ),
        _hosted,
    ),
}  # fmt: skip
"""What reads an item of a response's input that is no message, by its `type`."""


def item(fields: Mapping[str, Any], place: str, inner: Inner) -> Message:
    """Return an item of a response's input as a turn."""
    return ITEMS[fields["type"]](fields, place, inner)
