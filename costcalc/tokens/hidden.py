"""Prompts that providers add for tools, and the size of the tools that they define themselves.

Anthropic publishes the tokens of the system prompt that tools bring along, by model
(https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview, pricing). The figures were
346 and 313 for most models until 2026; requests recorded in 2025 and 2026
(https://github.com/pydantic/pydantic-ai) show 310 for Claude 4.5 where no newer feature is asked
for and the published 496 elsewhere, so the older figure is the lower end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BuiltIn", "ToolPrompt", "built_in", "tool_prompt"]


@dataclass(frozen=True, slots=True)
class ToolPrompt:
    """The system prompt that tools bring along."""

    auto: int
    """Where the model may choose."""
    forced: int
    """Where it must call a tool."""
    low: int
    high: int
    """Least and most for `auto`."""
    rule: str = "Anthropic's published system prompt for tools"
    method: str = "calibrated"


def _published(auto: int, forced: int, low: int | None = None) -> ToolPrompt:
    return ToolPrompt(auto, forced, auto - 2 if low is None else low, auto + 2)


# https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-tool-use.html
# has the older models
_PROMPTS: Mapping[str, ToolPrompt] = {
    "3-opus": _published(530, 281),
    "3-sonnet": _published(159, 235),
    "3-haiku": _published(264, 340),
    "3-5-haiku": _published(264, 355),
    "3-5-sonnet-20240620": _published(294, 261),
    "3-5-sonnet": _published(346, 313, 313),
    "3-7-sonnet": _published(346, 313, 313),
    "opus-4": _published(313, 315),
    "opus-4-0": _published(313, 315),
    "sonnet-4": _published(313, 315),
    "sonnet-4-0": _published(313, 315),
    "opus-4-1": _published(313, 315),
    "opus-4-5": _published(496, 588, 308),
    "sonnet-4-5": _published(496, 588, 308),
    "haiku-4-5": _published(496, 588, 308),
    "opus-4-6": _published(497, 589, 308),
    "sonnet-4-6": _published(497, 589, 308),
    "opus-4-7": _published(675, 804),
    "opus-4-8": _published(290, 410),
    "sonnet-5": _published(354, 474),
    "opus-5": _published(286, 406),
    "sonnet-5-5": ToolPrompt(289, 409, 284, 294, "found in a recorded request"),
}
_OTHER = "the system prompt for tools of the nearest models"
_FAMILIES: Mapping[str, ToolPrompt] = {
    "claude-3": ToolPrompt(496, 588, 159, 530, _OTHER, "heuristic"),
    "claude-4.7": _PROMPTS["opus-4-7"],
    "claude-4.8": ToolPrompt(290, 410, 280, 360, _OTHER, "heuristic"),
}
_NAME = re.compile(
    "|".join(sorted(map(re.escape, _PROMPTS), key=len, reverse=True)).join(
        (r"(?:^|[-./])(", r")(?!-\d{1,2}(?!\d))")
    )
)


def tool_prompt(family: str, model: str | None) -> ToolPrompt | None:
    """Return the prompt that tools bring along; None where there is none of its own."""
    if family not in _FAMILIES:
        return None
    found = _NAME.search(model.lower().replace(".", "-")) if model else None
    return _PROMPTS[found[1]] if found else _FAMILIES[family]


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A tool that the provider defines itself."""

    tokens: int
    low: int
    high: int
    rule: str
    method: str = "calibrated"


_BASH = "https://platform.claude.com/docs/en/agents-and-tools/tool-use/bash-tool"
_EDITOR = "https://platform.claude.com/docs/en/agents-and-tools/tool-use/text-editor-tool"
_COMPUTER = "https://platform.claude.com/docs/en/agents-and-tools/tool-use/computer-use-tool"
_GROWN = "the size for older models, grown as that of bash did"
_SIZES: Mapping[str, Mapping[str, BuiltIn]] = {
    "claude-3": {
        "bash_": BuiltIn(244, 240, 248, _BASH),
        "text_editor_": BuiltIn(700, 690, 730, _EDITOR),
        "computer_": BuiltIn(735, 680, 900, _COMPUTER),
    },
    "claude-4.7": {
        "bash_": BuiltIn(325, 320, 330, _BASH),
        # nothing is published of these two here; the older sizes, grown as those of bash grew
        "text_editor_": BuiltIn(900, 690, 1_000, _GROWN, "heuristic"),
        "computer_": BuiltIn(980, 680, 1_300, _GROWN, "heuristic"),
    },
}
_UNPUBLISHED = BuiltIn(500, 30, 4_000, "no published size", "heuristic")


def built_in(kind: str, family: str) -> BuiltIn:
    """Return the size of a tool that the provider defines, a wide range where it is not known."""
    sizes = _SIZES.get("claude-4.7" if family == "claude-4.8" else family, {})
    for prefix, size in sizes.items():
        if kind.startswith(prefix):
            return size
    return _UNPUBLISHED
