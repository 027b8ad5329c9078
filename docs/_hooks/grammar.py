"""Writes tables into the reference, from the code that they describe.

A page says `<!-- keys: Model -->` where the table of that model's keys belongs, and
`<!-- keys: plan.Agent without plan.WorkloadBase -->` for one of the models of a plan.
"""

from __future__ import annotations

import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from pydantic import BaseModel

from costcalc.meters import METERS
from costcalc.planning import budget, period, plan, workload, workloads
from costcalc.registry import schema
from costcalc.usage import usage

_MARK = re.compile(r"<!-- keys: ([\w.]+)(?: without ([\w.]+))? -->")
_PLANNING = (plan, period, workload, workloads, budget)
_TYPES = {"string": "text", "integer": "whole number", "boolean": "true, false", "number": "number"}


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace the marks of a page by tables."""
    markdown = markdown.replace("<!-- fields of a usage -->", _fields())
    return _MARK.sub(lambda mark: _table(mark[1], mark[2]), markdown)


def _model(name: str) -> type[BaseModel]:
    """Return the model that a mark names: of a price file, or with `plan.` before it of a plan."""
    prefix, _, last = name.rpartition(".")
    rooms = _PLANNING if prefix == "plan" else (schema,)
    return next(getattr(room, last) for room in rooms if hasattr(room, last))


def _fields() -> str:
    rows = ["| field | contained in | what it counts that its parts do not |", "|---|---|---|"]
    for field, (meter, totals) in usage._PARTS.items():
        inside = ", ".join(f"`{total}`" for total in totals) or "–"
        rows.append(f"| `{field}` | {inside} | `{meter}`: {METERS[meter].about} |")
    rows.append("| `units` | – | a mapping: what is not tokens, by meter and in base units |")
    rows.append("| `requests` | – | how many requests the counts add up; `None` is one |")
    return "\n".join(rows)


def _table(name: str, without: str | None) -> str:
    model, of_plan = _model(name), name.startswith("plan.")
    fields, needed = _plan_fields(model) if of_plan else _fields_of(model)
    left_out, number = ({"kind"}, "number") if of_plan else (set(METERS), "rate")
    if without:
        base = _model(without)
        left_out |= {field.alias or name for name, field in base.model_fields.items()}
    rows = ["| key | value | meaning |", "|---|---|---|"]
    for key, field in fields.items():
        if key in left_out:
            continue
        said = f"`{key}`" + (" (required)" if key in needed else "")
        rows.append(f"| {said} | {_value(field, number)} | {_about(field)} |")
    if set(METERS) & set(fields) and not without:
        rows.append("| a meter | rate | Price of one unit of it; see [meters](#meters). |")
    return "\n".join(rows)


def _fields_of(model: type[BaseModel]) -> tuple[dict[str, Any], set[str]]:
    """Return the keys of a model with their schemas, and which of them are needed."""
    described = model.model_json_schema(by_alias=True)
    return described["properties"], set(described.get("required", ()))


def _plan_fields(model: type[BaseModel]) -> tuple[dict[str, Any], set[str]]:
    """Return the same for a part of a plan, from the schema in which kinds of numbers have names.

    That schema sorts its keys; here they stand as the model has them. What all workloads have is no
    part of its own there, and read from one of them.
    """
    found = _plan_schemas()[model.__name__]["properties"]
    ordered, needed = _fields_of(model)
    return {key: found[key] for key in ordered}, needed


@cache
def _plan_schemas() -> dict[str, Any]:
    """Return the schemas of a plan and its parts by name."""
    whole = json.loads(plan.Plan.schema_text())
    kinds = whole["properties"]["workloads"]
    any_kind = {"type": "object", "additionalProperties": {"$ref": "#/$defs/Workload"}}
    whole["properties"]["workloads"] = {**any_kind, "description": kinds["description"]}
    return {"Plan": whole, "WorkloadBase": whole["$defs"]["Agent"], **whole["$defs"]}


def _about(field: dict[str, Any]) -> str:
    """Return what a key means, by itself or by the part of a plan that it holds."""
    name = field.get("$ref", "").rpartition("/")[2]
    said = field.get("description") or (name and _model(f"plan.{name}").__doc__) or ""
    return said.replace("\n", " ")


def _value(field: dict[str, Any], number: str) -> str:
    """Return the type of a key in words; `number` is what a plain number is called."""
    if "anyOf" in field:
        kinds = [each for each in field["anyOf"] if each.get("type") != "null"]
        said = dict.fromkeys(_value(each, number) for each in kinds)
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
        return f"list of {_value(inner, number)}" if inner else "list"
    if field.get("type") == "object":
        named = list(field.get("patternProperties", {}).values())
        inner = named[0] if named else field.get("additionalProperties")
        return f"mapping to {_value(inner, number)}" if isinstance(inner, dict) else "mapping"
    if field.get("format") == "date":
        return "date"
    if "instant" in field.get("description", "") and field.get("type") == "string":
        return "date or instant"
    if field.get("type") == "number":
        return number
    return _TYPES.get(field.get("type", ""), "value")


def _words(name: str) -> str:
    """Return the heading of a model: `CachePolicy` as cache policy."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
