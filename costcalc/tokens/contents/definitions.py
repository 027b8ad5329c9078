"""Tools, the choice among them and the form of the answer, in any provider's shape."""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.errors import UsageError
from costcalc.tokens.content import Schema, Tool, ToolChoice
from costcalc.tokens.contents.fields import (
    as_list,
    as_mapping,
    as_text,
    check_depth,
    first,
    shown,
    text_at,
)
from costcalc.tokens.contents.gemini import both

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["choice_of", "schema_of", "tools_of"]

_PARAMETERS = (
    "parameters", "input_schema", "inputSchema", *both("parametersJsonSchema"),
)  # fmt: skip
_DECLARATIONS = both("functionDeclarations")
_GEMINI = (
    "googleSearch", "googleSearchRetrieval", "googleMaps", "codeExecution", "urlContext",
    "fileSearch", "computerUse", "enterpriseWebSearch", "retrieval", "mcpServers",
)  # fmt: skip
_GEMINI_TOOLS = {spelling: key for key in _GEMINI for spelling in both(key)}
_KINDS = "function declarations of OpenAI, Anthropic or Gemini, and their built-in tools by 'type'"


def tools_of(value: Any, place: str, depth: int = 0) -> tuple[Tool, ...]:
    """Return the tools of a request; what the provider defines itself is kept by its type."""
    if isinstance(value, Mapping):
        value = [value]
    return tuple(
        tool
        for index, each in enumerate(as_list(value, place, "a list of tools"))
        for tool in _tools(each, f"{place}[{index}]", depth)
    )


def _tools(value: Any, place: str, depth: int) -> tuple[Tool, ...]:
    if isinstance(value, Tool):
        return (value,)
    if callable(value) and not hasattr(value, "model_dump"):
        msg = f"{place} is a Python object, {shown(value)}; give its declaration as a mapping"
        raise UsageError(msg, place=place)
    fields = as_mapping(value, place, f"one of {_KINDS}")
    kind = fields.get("type")
    key, declarations = first(fields, _DECLARATIONS)
    if key:
        return (*_declared(declarations, f"{place}.{key}"), *_built_in(fields))
    if kind is None and not any(key in fields for key in _PARAMETERS) and _built_in(fields):
        return _built_in(fields)
    if kind == "namespace":
        check_depth(depth, place)
        return tools_of(fields.get("tools"), f"{place}.tools", depth + 1)
    if kind in ("function", "custom", None):
        held = fields.get("function") or fields.get("custom")
        where = place if held is None else f"{place}.{kind or 'function'}"
        return (_function(fields if held is None else held, where, kind or "function"),)
    kind = as_text(kind, f"{place}.type")
    name = fields.get("name")
    return (
        Tool(
            name if isinstance(name, str) else kind,
            kind=kind,
            cached=fields.get("cache_control") is not None,
        ),
    )


def _declared(value: Any, place: str) -> tuple[Tool, ...]:
    """Return the functions that Gemini keeps in one tool."""
    listed = as_list(value, place, "a list of declarations")
    return tuple(_function(each, f"{place}[{index}]") for index, each in enumerate(listed))


def _built_in(fields: Mapping[str, Any]) -> tuple[Tool, ...]:
    """Return the tools that Gemini names by a key."""
    found = (
        _GEMINI_TOOLS[key]
        for key, each in fields.items()
        if key in _GEMINI_TOOLS and each is not None
    )
    return tuple(Tool(name, kind=name) for name in found)


def _function(value: Any, place: str, kind: str = "function") -> Tool:
    if isinstance(value, str):
        msg = f"{place} is text {shown(value)}; a tool is a mapping with a name"
        raise UsageError(msg, place=place)
    fields = as_mapping(value, place, "a mapping with a name")
    name = text_at(fields, "name", place)
    description = fields.get("description")
    key, parameters = first(fields, (*_PARAMETERS, "format"))
    if parameters is not None:
        parameters = as_mapping(parameters, f"{place}.{key}", "a JSON schema")
    # Anthropic's own functions may say that they are custom; OpenAI's custom tools take free text
    free = kind == "custom" and key in ("", "format")
    return Tool(
        name,
        "" if description is None else as_text(description, f"{place}.description"),
        parameters,
        "custom" if free else "function",
        fields.get("cache_control") is not None,
    )


_MODES = {"auto": "auto", "none": "none", "required": "any", "any": "any", "validated": "auto"}


def choice_of(value: Any, place: str) -> ToolChoice | None:
    """Return whether the request makes the model call a tool."""
    if value is None or isinstance(value, ToolChoice):
        return value
    if isinstance(value, str):
        return ToolChoice(_mode(value, place))
    fields = as_mapping(value, place, "auto, none, required, any or a mapping")
    key, config = first(fields, both("functionCallingConfig"))
    if key:
        return _configured(as_mapping(config, f"{place}.{key}", "a mapping with a mode"), place)
    return _stated(fields, place)


def _configured(fields: Mapping[str, Any], place: str) -> ToolChoice:
    """Return the choice of Gemini's functionCallingConfig."""
    mode = fields.get("mode")
    names = first(fields, both("allowedFunctionNames"))[1] or ()
    found = _mode(str(getattr(mode, "value", mode or "auto")).lower(), place)
    names = as_list(names, f"{place}.allowedFunctionNames", "a list of names")
    only = as_text(names[0], place) if found == "any" and len(names) == 1 else None
    return ToolChoice(found if only is None else "tool", only)


def _stated(fields: Mapping[str, Any], place: str) -> ToolChoice | None:
    """Return the choice of OpenAI's and Anthropic's mappings."""
    kind = fields.get("type")
    if kind == "allowed_tools":
        held = fields.get("allowed_tools")
        return ToolChoice(_mode((held if isinstance(held, Mapping) else fields).get("mode"), place))
    if not fields:
        return None
    if isinstance(kind, str) and kind in _MODES:
        return ToolChoice(_MODES[kind])
    held = fields.get("function") or fields.get("custom") or fields
    called = as_mapping(held, f"{place}.function", "a mapping with a name").get("name")
    if called is None and kind is None:
        return ToolChoice(_mode(fields.get("mode"), place))
    return ToolChoice("tool", as_text(kind if called is None else called, f"{place}.name"))


def _mode(value: Any, place: str) -> str:
    mode = _MODES.get(value) if isinstance(value, str) else None
    if mode is None:
        msg = f"{place} is {shown(value)}; a tool choice is auto, none, required, any or a tool"
        raise UsageError(msg, place=place)
    return mode


def schema_of(value: Any, place: str, depth: int = 0) -> Schema | None:
    """Return the form that the answer must have; None where it is text."""
    if value is None or isinstance(value, Schema):
        return value
    if isinstance(value, type) and hasattr(value, "model_json_schema"):
        return Schema(value.model_json_schema(), value.__name__)
    fields = as_mapping(value, place, "a response format or a JSON schema")
    if "format" in fields and "type" not in fields:
        check_depth(depth, place)
        return schema_of(fields["format"], f"{place}.format", depth + 1)
    kind = fields.get("type")
    if kind == "json_schema":
        held = fields.get("json_schema")
        return _named(fields if held is None else held, f"{place}.json_schema")
    if kind == "text" or not fields:
        return None
    return Schema(None if kind == "json_object" else fields)


def _named(value: Any, place: str) -> Schema:
    fields = as_mapping(value, place, "a mapping with a schema")
    schema = as_mapping(fields.get("schema"), f"{place}.schema", "a JSON schema")
    said = [fields.get(key) for key in ("name", "description")]
    name, description = ("" if each is None else as_text(each, place) for each in said)
    return Schema(schema, name, description)
