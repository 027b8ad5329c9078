"""What a request adds beside its messages: tools, a choice among them, the form of the answer."""

from __future__ import annotations

from costcalc.tokens import tools as written
from costcalc.tokens.contents.fields import compact
from costcalc.tokens.hidden import built_in, tool_prompt
from costcalc.tokens.sums import Sum
from costcalc.tokens.token_count import TokenPart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from costcalc.tokens.content import Prompt, Schema, Tool, ToolChoice
    from costcalc.tokens.frames import Definitions, Frame

    TextCounter = Callable[[str], TokenPart]

__all__ = ["extras"]

_OWN = ("function", "custom")
_FORMS: dict[str, Callable[[Tool], str]] = {
    "tagged": written.tagged_line,
    "line": written.openai_line,
    "declaration": lambda tool: compact(written.declaration(tool), f"tool {tool.name}"),
}


def extras(
    prompt: Prompt, frame: Frame, count: TextCounter, family: str, model: str | None
) -> list[TokenPart]:
    """Return the parts that a prompt has beside its messages."""
    parts: list[TokenPart] = []
    if prompt.tools:
        parts.append(_tools(prompt, frame.definitions, count, family, model))
        choice = prompt.tool_choice
        if choice is not None and frame.definitions.form == "typescript" and choice.mode != "auto":
            parts.append(_choice(choice, count))
    if prompt.response_format is not None:
        parts.append(_schema(prompt.response_format, frame, count))
    return parts


def _tools(
    prompt: Prompt, rule: Definitions, count: TextCounter, family: str, model: str | None
) -> TokenPart:
    total = Sum("exact")
    own = [tool for tool in prompt.tools if tool.kind in _OWN]
    if own:
        _define(own, rule, total, count)
        has_system = any(message.role in ("system", "developer") for message in prompt.messages)
        total.plain(
            rule.base + (rule.beside_system if has_system else 0) + rule.each * len(own),
            low=rule.low,
            high=rule.high,
        )
        total.note(rule.rule, rule.method)
    hidden = tool_prompt(family, model)
    if hidden is not None:
        forced = prompt.tool_choice is not None and prompt.tool_choice.mode in ("any", "tool")
        size = hidden.forced if forced else hidden.auto
        total.plain(size, low=hidden.auto - hidden.low, high=hidden.high - hidden.auto)
        total.note(f"{hidden.rule}: {size}", hidden.method)
    for tool in prompt.tools:
        if tool.kind not in _OWN:
            known = built_in(tool.kind, family)
            total.plain(known.tokens, low=known.tokens - known.low, high=known.high - known.tokens)
            total.note(f"{tool.kind}: {known.rule}", known.method)
    return total.part("tools")


def _define(own: list[Tool], rule: Definitions, total: Sum, count: TextCounter) -> None:
    """Add what the functions of a request are written as."""
    fewer, more = rule.percent
    texts = [written.render(own)] if rule.form == "typescript" else map(_FORMS[rule.form], own)
    for text in texts:
        part = count(text)
        total.add(part)
        total.plain(0, low=part.tokens * fewer // 100, high=part.tokens * more // 100)


def _choice(choice: ToolChoice, count: TextCounter) -> TokenPart:
    """Return what OpenAI's tool choice adds.

    None takes 1 and a named function 7 and its name; the older functions take 4 and the name, and
    there is nothing where any function will do (https://github.com/hmarr/openai-chat-tokens). What
    it adds for Claude is part of the system prompt for tools.
    """
    total = Sum("calibrated")
    if choice.mode == "none":
        total.plain(1)
    elif choice.mode == "tool":
        total.add(count(choice.name or ""))
        total.plain(7, low=3)
    return total.part("tool_choice", "none 1, a named function 7 and its name")


def _schema(form: Schema, frame: Frame, count: TextCounter) -> TokenPart:
    """Return a guess of what the form of the answer adds: no maker publishes how it is written."""
    total = Sum("heuristic")
    if form.schema is None:
        total.plain(0, high=15)
        return total.part("schema", "that the answer is JSON")
    for text in (compact(form.schema, "response_format"), form.description):
        total.add(count(text))
    fewer, more, extra = frame.schema
    total.plain(0, low=total.tokens * fewer // 100 + extra, high=total.tokens * more // 100 + extra)
    return total.part("schema", "the schema as compact JSON; how it is written is not published")
