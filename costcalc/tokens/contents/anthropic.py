"""Anthropic's content blocks.

https://platform.claude.com/docs/en/api/messages
"""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.errors import UsageError
from costcalc.tokens.content import Text, Thinking, ToolResult, ToolUse, Unseen
from costcalc.tokens.contents.fields import as_mapping, compact, text_at
from costcalc.tokens.contents.media import by_type, decoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from costcalc.tokens.content import Part

    Inner = Callable[[Any, str], tuple[Part, ...]]
    Reader = Callable[[Mapping[str, Any], str, Inner], tuple[Part, ...]]

__all__ = ["READERS"]

_SOURCES = "base64, text, content, url, file"


def _source(fields: Mapping[str, Any], place: str, family: str, inner: Inner) -> tuple[Part, ...]:
    """Return what the source of an image or a document holds."""
    expected = f"a mapping with a type: {_SOURCES}"
    source = as_mapping(fields.get("source"), f"{place}.source", expected)
    place = f"{place}.source"
    kind = source.get("type")
    if kind == "base64":
        data = decoded(source.get("data"), f"{place}.data")
        return (by_type(text_at(source, "media_type", place), data, place),)
    if kind == "text":
        return (Text(text_at(source, "data", place)),)
    if kind == "content":
        return inner(source.get("content"), f"{place}.content")
    if kind in ("url", "file"):
        return (by_type(family, None, place),)
    msg = f"{place} has the type {kind!r}; known: {_SOURCES}"
    raise UsageError(msg, place=place, type=kind)


def _image(fields: Mapping[str, Any], place: str, inner: Inner) -> tuple[Part, ...]:
    return _source(fields, place, "image/*", inner)


def _document(fields: Mapping[str, Any], place: str, inner: Inner) -> tuple[Part, ...]:
    said = [fields[key] for key in ("title", "context") if fields.get(key) is not None]
    return (
        *(part for text in said for part in inner(text, place)),
        *_source(fields, place, "application/pdf", inner),
    )


def _tool_use(fields: Mapping[str, Any], place: str, _: Inner) -> tuple[Part, ...]:
    given = fields.get("input")
    if not isinstance(given, str | Mapping):
        given = {} if given is None else as_mapping(given, f"{place}.input", "a mapping")
    return (ToolUse(text_at(fields, "name", place), given),)


def _tool_result(fields: Mapping[str, Any], place: str, inner: Inner) -> tuple[Part, ...]:
    return (ToolResult(inner(fields.get("content"), f"{place}.content")),)


def _thinking(fields: Mapping[str, Any], place: str, _: Inner) -> tuple[Part, ...]:
    thought = fields.get("thinking")
    said = "" if thought is None else text_at(fields, "thinking", place)
    # without its text, a block is known by the signature alone, which carries it encrypted
    unseen = 0 if said else len(str(fields.get("signature") or ""))
    return (Thinking(said, unseen),)


def _redacted(fields: Mapping[str, Any], place: str, _: Inner) -> tuple[Part, ...]:
    return (Thinking("", len(text_at(fields, "data", place))),)


def _search_result(fields: Mapping[str, Any], place: str, inner: Inner) -> tuple[Part, ...]:
    said = [fields[key] for key in ("title", "source") if fields.get(key) is not None]
    return (
        *(part for text in said for part in inner(text, place)),
        *inner(fields.get("content"), f"{place}.content"),
    )


def _found(fields: Mapping[str, Any], place: str, _: Inner) -> tuple[Part, ...]:
    """Return a web page that a search found: its text is encrypted."""
    said = [str(fields[key]) for key in ("title", "url", "page_age") if fields.get(key)]
    hidden = fields.get("encrypted_content")
    page = (
        ()
        if hidden is None
        else (Unseen("web page", len(text_at(fields, "encrypted_content", place))),)
    )
    return (Text("\n".join(said)), *page)


def _fetched(fields: Mapping[str, Any], place: str, inner: Inner) -> tuple[Part, ...]:
    return (
        Text(str(fields.get("url") or "")),
        *inner(fields.get("content"), f"{place}.content"),
    )


def _output(fields: Mapping[str, Any], place: str, _: Inner) -> tuple[Part, ...]:
    """Return what a tool of the provider gave, as the JSON that the block is."""
    said = {key: each for key, each in fields.items() if key != "type"}
    return (Text(compact(said, place)),)


def _reference(fields: Mapping[str, Any], place: str, _: Inner) -> tuple[Part, ...]:
    return (Text(text_at(fields, "tool_name", place)),)


def _upload(fields: Mapping[str, Any], place: str, _: Inner) -> tuple[Part, ...]:
    return (Text(text_at(fields, "file_id", place)),)  # the file goes to the container


def _compaction(fields: Mapping[str, Any], place: str, inner: Inner) -> tuple[Part, ...]:
    return inner(fields.get("content"), f"{place}.content")


READERS: dict[str, Reader] = {
    "image": _image,
    "document": _document,
    "tool_use": _tool_use,
    "server_tool_use": _tool_use,
    "mcp_tool_use": _tool_use,
    "thinking": _thinking,
    "redacted_thinking": _redacted,
    "search_result": _search_result,
    "web_search_result": _found,
    "web_fetch_result": _fetched,
    "tool_reference": _reference,
    "container_upload": _upload,
    "compaction": _compaction,
    **dict.fromkeys(
        (
            "tool_result", "mcp_tool_result", "web_search_tool_result", "web_fetch_tool_result",
            "code_execution_tool_result", "bash_code_execution_tool_result",
            "text_editor_code_execution_tool_result", "tool_search_tool_result",
            "advisor_tool_result",
        ),
        _tool_result,
    ),
    **dict.fromkeys(
        (
            "code_execution_result", "encrypted_code_execution_result",
            "bash_code_execution_result", "text_editor_code_execution_view_result",
            "text_editor_code_execution_create_result",
            "text_editor_code_execution_str_replace_result",
            "code_execution_output", "bash_code_execution_output",
            "tool_search_tool_search_result", "advisor_result",
            "web_search_tool_result_error", "web_fetch_tool_result_error",
            "code_execution_tool_result_error", "bash_code_execution_tool_result_error",
            "text_editor_code_execution_tool_result_error", "tool_search_tool_result_error",
            "advisor_tool_result_error",
        ),
        _output,
    ),
}  # fmt: skip
"""What reads a block, by its `type`; plain text is read as OpenAI's."""
