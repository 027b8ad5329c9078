"""Tools as models see them: written into the prompt as TypeScript, as JSON lines or in tags.

OpenAI's form was found by comparing prompts with the API's counts
(https://github.com/hmarr/openai-chat-tokens, MIT); its harmony format publishes the same one
(https://cookbook.openai.com/articles/openai-harmony). For the example of OpenAI's cookbook it gives
the 105 tokens that gpt-4 billed and the 101 that gpt-4o did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from costcalc.tokens.contents.fields import compact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from costcalc.tokens.content import Tool

__all__ = ["declaration", "openai_line", "render", "tagged_line"]

_DEEPEST = 40
_PLAIN = {
    "string": "string",
    "number": "number",
    "integer": "number",
    "boolean": "boolean",
    "null": "null",
}


def render(tools: Iterable[Tool]) -> str:
    """Return functions as the TypeScript namespace that OpenAI's models are shown.

    What has no plain type is `any`: references, unions and what nests without end.
    """
    lines = ["namespace functions {", ""]
    for tool in tools:
        if tool.description:
            lines.append(f"// {tool.description}")
        lines.extend((*_signature(tool), ""))
    lines.append("} // namespace functions")
    return "\n".join(lines)


def _signature(tool: Tool) -> list[str]:
    if tool.kind == "custom":  # https://platform.openai.com/docs/guides/function-calling
        return [f"type {tool.name} = (FREEFORM) => any;"]
    inner = _properties(tool.parameters or {}, 0, frozenset())
    if not inner:
        return [f"type {tool.name} = () => any;"]
    return [f"type {tool.name} = (_: {{", *inner, "}) => any;"]


def _properties(schema: Mapping[str, Any], indent: int, around: frozenset[int]) -> list[str]:
    """Return the properties of an object, a line each and one for a description."""
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return []
    required = schema.get("required")
    needed = () if isinstance(required, str) or not isinstance(required, Sequence) else required
    lines: list[str] = []
    for name, value in properties.items():
        within: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        description = within.get("description")
        if isinstance(description, str) and description:
            lines.append(f"// {description}")
        mark = "" if name in needed else "?"
        lines.append(f"{name}{mark}: {_type(within, indent, around)},")
    return [" " * indent + line for line in lines]


def _type(schema: Any, indent: int, around: frozenset[int]) -> str:
    """Return the type of one value; `around` are the schemas that it stands in."""
    if not isinstance(schema, Mapping) or id(schema) in around or len(around) > _DEEPEST:
        return "any"
    values = schema.get("enum")
    if isinstance(values, Sequence) and not isinstance(values, str) and values:
        return " | ".join(compact(each, "an enum") for each in values)
    around |= {id(schema)}
    kind = schema.get("type")
    kind = kind.lower() if isinstance(kind, str) else ""  # Gemini writes STRING
    if kind == "array":
        return f"{_type(schema.get('items'), indent, around)}[]"
    if kind == "object":
        return "\n".join(("{", *_properties(schema, indent + 2, around), "}"))
    return _PLAIN.get(kind, "any")


def declaration(tool: Tool) -> dict[str, Any]:
    """Return the fields of a function that models are shown: what it has of the three."""
    shown: dict[str, Any] = {"name": tool.name}
    if tool.description:
        shown["description"] = tool.description
    if tool.parameters is not None:
        shown["parameters"] = tool.parameters
    return shown


def openai_line(tool: Tool, *, spaced: bool = True) -> str:
    """Return a function as chat templates write it: OpenAI's JSON, a line each."""
    whole = {"type": "function", "function": declaration(tool)}
    return compact(whole, f"tool {tool.name}", spaced=spaced)


def tagged_line(tool: Tool) -> str:
    """Return a function as Claude is shown it: JSON in a tag.

    With this form, the 403 tokens of Anthropic's own example are 313 of its system prompt for
    tools, 74 of this line and 16 of the message
    (https://platform.claude.com/docs/en/build-with-claude/token-counting; ctok 1.3.0).
    """
    said = {
        "description": tool.description,
        "name": tool.name,
        "parameters": tool.parameters or {},
    }
    return f"<function>{compact(said, f'tool {tool.name}', spaced=True)}</function>"
