"""From YAML to a plan: each mistake with its line and key."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from costcalc.errors import PlanError, RegistryError, UsageError, nearest_names
from costcalc.planning.numbers import Number
from costcalc.planning.plan import Plan
from costcalc.registry.documents import Document, parse_documents
from costcalc.registry.problems import dotted, problems_of, told

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

__all__ = ["load_plan", "plan_of", "replaced", "schema_text"]

_TEXT = "<text>"


def load_plan(source: str | PathLike[str]) -> Plan:
    """Return the plan of a file, or of a text where it has a line break."""
    if isinstance(source, str) and "\n" in source:
        plan, document = _parsed(source, _TEXT)
        return plan.read_from(None, document)
    try:
        path = Path(os.fspath(source))
    except TypeError:
        msg = f"a plan is a path or a text of YAML, not {type(source).__name__}"
        raise UsageError(msg, source=source) from None
    plan, document = _parsed(_read(path), str(path))
    return plan.read_from(path, document)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        msg = f"this is no UTF-8 text: {error.reason} at byte {error.start}"
    except (OSError, ValueError) as error:
        msg = (
            f"cannot read the plan: {getattr(error, 'strerror', None) or error}; write one with "
            "'costcalc plan init', or pass a text of several lines"
        )
    raise PlanError(msg, path=str(path))


def _parsed(text: str, path: str) -> tuple[Plan, Document]:
    try:
        documents = parse_documents(text, path)
    except RegistryError as error:
        raise PlanError(error.message, path=path, line=error.line, key=error.key) from None
    written = [each for each in documents if each.value is not None]
    if len(written) != 1:
        many = "nothing" if not written else f"{len(written)} documents"
        msg = f"a plan is one document with version, project, period and workloads, not {many}"
        line = written[1].line(()) if written else None
        raise PlanError(msg, path=path, line=line)
    return plan_of(written[0]), written[0]


def plan_of(document: Document) -> Plan:
    """Return the plan that a document states; `PlanError` names every mistake."""
    if not isinstance(document.value, dict):
        msg = (
            "a plan is a mapping with version, project, period and workloads, not "
            f"{document.value!r:.60}"
        )
        raise PlanError(msg, path=document.path, line=document.line(()))
    try:
        return Plan.model_validate(document.value)
    except ValidationError as error:
        problems = problems_of(document, error, _worded)
        where, message = problems[0]
        raise PlanError(
            message,
            path=document.path,
            line=document.line(where),
            key=dotted(where) or None,
            problems=told(document, problems),
        ) from None


_WORDS = {
    "missing": "{key} is missing; 'costcalc plan init' writes a plan that has every key",
    "greater_than_equal": "{said} is below {ge}, the least that it can be",
    "less_than_equal": "{said} is above {le}, the most that it can be",
    "literal_error": "{said} is not known here; write {expected}",
    "model_type": "a mapping is expected, not {said}; write it as {{key: value}}",
    "dict_type": "a mapping is expected, not {said}; write it as {{key: value}}",
    "tuple_type": "a list is expected, not {said}; write it as [one, another]",
    "string_type": "a text is expected, not {said}; put it in quotes",
    "string_too_short": "the text is empty; write some, or take the key out",
    "string_pattern_mismatch": "{said} is no code of three capitals, such as USD",
    "bool_type": "true or false is expected, not {said}",
    "too_short": "there is nothing below it; write at least one",
}
"""What pydantic reports, as a reader of plans understands it."""


def _worded(report: Any) -> str | None:
    """Return a report of pydantic's in other words; None leaves it."""
    words = _WORDS.get(report["type"])
    if words is None:
        return None
    said = f"{report['input']!r:.60}"
    return words.format_map({**report.get("ctx", {}), "said": said, "key": report["loc"][-1]})


def replaced(plan: Plan, changes: Mapping[str, Any]) -> Plan:
    """Return a plan with other values by dotted key."""
    values = plan.model_dump(exclude_unset=True)
    for key, value in changes.items():
        path = _path(plan, key)
        at: Any = values
        for part in path[:-1]:
            inside = at.get(part)
            at[part] = dict(inside) if isinstance(inside, dict) else {}  # pyright: ignore[reportUnknownArgumentType]
            at = at[part]
        plain = value.model_dump(exclude_unset=True) if isinstance(value, Number) else value
        if plain is None:
            at.pop(path[-1], None)
        else:
            at[path[-1]] = plain
    path = str(plan.source_path or _TEXT)
    try:
        found = Plan.model_validate(values)
    except ValidationError as error:
        problems = problems_of(Document(path, values, {}), error, _worded)
        listed = tuple(
            ": ".join(each for each in (dotted(at), said) if each) for at, said in problems
        )
        where, message = problems[0]
        raise PlanError(message, key=dotted(where) or None, problems=listed) from None
    return found.read_from(plan.source_path)


def _path(plan: Plan, key: str) -> list[str]:
    """Return the parts of a dotted key; that of a budget's limit keeps its dot."""
    parts = key.split(".")
    if parts[0] in plan.workloads:
        parts = ["workloads", *parts]
    if parts[0] not in Plan.model_fields:
        known = [*Plan.model_fields, *plan.workloads]
        near = nearest_names(parts[0], known, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
        msg = f"{key!r} is no key of the plan; {hint}"
        raise UsageError(msg, key=key)
    if parts[0] == "budget":
        return [*parts[:2], ".".join(parts[2:])] if parts[2:] else parts
    return parts


def schema_text() -> str:
    """Return the JSON schema of plans as text."""
    schema = Plan.model_json_schema()
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return json.dumps(schema, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
