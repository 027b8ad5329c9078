"""Tools that OpenAI runs within a response: searches, containers, images of another model.

What is billed comes from `tool_usage` where a response has it, else from the items of its output.
https://developers.openai.com/api/docs/guides/tools-web-search: of the actions of a web search call
only `search` is charged, opening and reading a page are not.
"""

from __future__ import annotations

from dataclasses import replace

from costcalc.usage.responses import fields
from costcalc.usage.responses.openai_media import IMAGES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from costcalc.usage.responses.api import Draft

__all__ = ["read_tools"]


def read_tools(draft: Draft) -> None:
    """Count the tools of a response, and read what other models did for it."""
    calls: dict[str, list[Any]] = {}
    for item in fields.items(draft.response, "output"):
        calls.setdefault(fields.text(item, "type") or "", []).append(item)
    draft.add_unit("web_search", _searches(draft, calls.get("web_search_call", [])))
    draft.add_unit("file_search", len(calls.get("file_search_call", [])))
    tools = {fields.text(each, "type"): each for each in fields.items(draft.response, "tools")}
    if draft.units["web_search"] and "web_search_preview" in tools:
        draft.conditions["web_search_tool"] = "preview"
    containers = {
        fields.text(call, "container_id") for call in calls.get("code_interpreter_call", [])
    }
    if containers:
        draft.assume(
            f"{len(containers)} code container(s) ran; their time, which is billed, is not in the "
            "response: add units={'container_second': ...}"
        )
    _read_images(draft, tools.get("image_generation"), calls.get("image_generation_call", []))


def _searches(draft: Draft, calls: list[Any]) -> int:
    """Return the searches that are charged."""
    if fields.has(draft.response, "tool_usage.web_search"):
        return fields.count(draft.response, "tool_usage.web_search.num_requests")
    actions = [fields.text(call, "action.type") or "search" for call in calls]
    return actions.count("search")


def _read_images(draft: Draft, tool: Any, calls: list[Any]) -> None:
    """Read the tokens of the image model as a part of its own."""
    usage = fields.value(draft.response, "tool_usage.image_gen")
    if usage is None:
        if calls:
            draft.assume(
                f"{len(calls)} image(s) were made by an image model, whose tokens the response "
                "does not state: not billed here"
            )
        return
    part = IMAGES.read({}, usage, draft.provider)
    if not part.metered:
        return
    model = fields.text(tool, "model") if tool is not None else None
    if model is None:
        draft.assume(
            f"{part.input_tokens:,} tokens in and {part.output_tokens:,} out of an image model "
            "that the response does not name are not billed here"
        )
        return
    draft.parts.append(replace(part, model=model, at=draft.at))
