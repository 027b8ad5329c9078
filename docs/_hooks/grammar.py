"""Writes tables into the reference, from the code that they describe.

A page says `<!-- keys: Model -->` where the table of that model's keys belongs.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from pydantic import BaseModel

from costcalc.meters import METERS
from costcalc.registry import schema
from costcalc.usage import usage

_MARK = re.compile(r"<!-- keys: (\w+)(?: without (\w+))? -->")
_TYPES = {"string": "text", "integer": "whole number", "boolean": "true, false", "number": "number"}


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace the marks of a page by tables."""
    markdown = markdown.replace("<!-- fields of a usage -->", _fields())
    return _MARK.sub(lambda mark: _table(getattr(schema, mark[1]), mark[2]), markdown)


def _fields() -> str:
    rows = ["| field | contained in | what it counts that its parts do not |", "|---|---|---|"]
    for field, (meter, totals) in usage._PARTS.items():
        inside = ", ".join(f"`{total}`" for total in totals) or "–"
        rows.append(f"| `{field}` | {inside} | `{meter}`: {METERS[meter].about} |")
    rows.append("| `units` | – | a mapping: what is not tokens, by meter and in base units |")
    rows.append("| `requests` | – | how many requests the counts add up; `None` is one |")
    return "\n".join(rows)


def _table(model: type[BaseModel], without: str | None) -> str:
    described = model.model_json_schema(by_alias=True)
    left_out = set(METERS)
    if without:
        base = getattr(schema, without)
        left_out |= {field.alias or name for name, field in base.model_fields.items()}
    needed = set(described.get("required", ()))
    rows = ["| key | value | meaning |", "|---|---|---|"]
    for name, field in described["properties"].items():
        if name in left_out:
            continue
        key = f"`{name}`" + (" (required)" if name in needed else "")
        about = field.get("description", "").replace("\n", " ")
        rows.append(f"| {key} | {_value(field)} | {about} |")
    if set(METERS) & set(described["properties"]) and not without:
        rows.append("| a meter | rate | Price of one unit of it; see [meters](#meters). |")
    return "\n".join(rows)


def _value(field: dict[str, Any]) -> str:
    """Return the type of a key in words."""
    if "anyOf" in field:
        said = dict.fromkeys(_value(each) for each in field["anyOf"] if each.get("type") != "null")
        return " or ".join(said)
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return f"[{_words(name)}](#{_words(name).replace(' ', '-')})"
    if "const" in field:
        return f"`{str(field['const']).lower()}`"
    if "enum" in field:
        return ", ".join(f"`{each}`" for each in field["enum"])
    if "oneOf" in field or field.get("type") == "array":
        inner = field.get("items", {})
        return f"list of {_value(inner)}" if inner else "list"
    if field.get("type") == "object":
        named = list(field.get("patternProperties", {}).values())
        inner = named[0] if named else field.get("additionalProperties")
        return f"mapping to {_value(inner)}" if isinstance(inner, dict) else "mapping"
    if "instant" in field.get("description", "") and field.get("type") == "string":
        return "date or instant"
    if field.get("type") == "number":
        return "rate"
    return _TYPES.get(field.get("type", ""), "value")


def _words(name: str) -> str:
    """Return the heading of a model: `CachePolicy` as cache policy."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
