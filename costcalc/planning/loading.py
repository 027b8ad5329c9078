"""From YAML to a plan: each mistake with its line and key."""

from __future__ import annotations

import json
import os
import re
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from costcalc.errors import PlanError, RegistryError, UsageError, nearest_names
from costcalc.planning.numbers import SHARED_SCHEMAS, Number
from costcalc.planning.plan import ContradictionsError, Plan
from costcalc.registry.documents import Document, parse_documents
from costcalc.registry.problems import dotted, problems_of, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from os import PathLike

__all__ = ["load_plan", "plan_error", "plan_of", "replaced", "schema_text"]

Place = tuple[int | str, ...]
_TEXT = "<text>"


def load_plan(source: str | PathLike[str], name: str = _TEXT) -> Plan:
    """Return the plan of a file, or of a text where it has a line break; `name` is the text's."""
    if isinstance(source, str) and "\n" in source:
        plan, document = _parsed(source, name)
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
        problems = _mistakes(document, error)
        where, message = problems[0]
        raise PlanError(
            message,
            path=document.path,
            line=document.line(where),
            key=dotted(where) or None,
            problems=told(document, problems),
        ) from None


_UNKNOWN = re.compile(r"unknown key '.*'; (?:did you mean '(?P<near>[^']+)'\?|known: )")
"""How the base of every grammar reports a key that it does not define."""


def _mistakes(document: Document, error: ValidationError) -> list[tuple[Place, str]]:
    """Return every mistake of a document, in the order of its lines.

    A mapping with an unknown key is not looked at any further. So it is read again with the key as
    it was meant, or without it where no name is near, until no key is unknown.
    """
    found: dict[tuple[Place, str], None] = {}
    meant = Document(document.path, deepcopy(document.value), dict(document.lines))
    written: dict[Place, Place] = {}
    while True:
        problems = problems_of(meant, error, _worded)
        unknown = False
        for where, message in problems:
            known = _UNKNOWN.match(message)
            if known is not None:
                unknown = True
                _mend(meant, where, known["near"], written)
            found[_as_written(where, written), message] = None
        for place, message in _others(error):
            found[_as_written(place, written), message] = None
        if not unknown:
            break
        try:
            Plan.model_validate(meant.value)
        except ValidationError as another:
            error = another
        else:
            break
    return sorted(found, key=lambda each: document.line(each[0]))


def _others(error: ValidationError) -> Iterator[tuple[Place, str]]:
    """Yield what contradicts something else beside the first that does."""
    for report in error.errors():
        reason = report.get("ctx", {}).get("error")
        for other in reason.others if isinstance(reason, ContradictionsError) else ():
            yield (*report["loc"], *other.key), str(other)


def _mend(meant: Document, where: Place, near: str | None, written: dict[Place, Place]) -> None:
    """Give a key the name that was meant, once, or take it out."""
    *above, key = where
    inside = meant.value
    for part in above:
        inside = inside[part]
    value = inside.pop(key)
    if near is None or near in inside or where in written:
        return
    inside[near] = value
    new = (*above, near)
    written[new] = where
    for place, line in list(meant.lines.items()):
        if place[: len(where)] == where:
            meant.lines[*new, *place[len(where) :]] = line


def _as_written(where: Place, written: Mapping[Place, Place]) -> Place:
    """Return a place with the keys that the file has."""
    for size in range(1, len(where) + 1):
        if where[:size] in written:
            where = (*written[where[:size]], *where[size:])
    return where


def plan_error(error: ValidationError, values: Any) -> PlanError:
    """Return the error that says what is wrong with values that stand in no file."""
    problems = problems_of(Document(_TEXT, values, {}), error, _worded)
    listed = tuple(": ".join(each for each in (dotted(at), said) if each) for at, said in problems)
    where, message = problems[0]
    return PlanError(message, key=dotted(where) or None, problems=listed)


_WORDS = {
    "missing": "{key} is missing; 'costcalc plan init' writes a plan that has every key",
    "greater_than_equal": "{said} is below {ge}, the least that it can be",
    "less_than_equal": "{said} is above {le}, the most that it can be",
    "literal_error": "{said} is not known here; write {expected}",
    "model_type": "a mapping is expected, not {said}; write it as {{key: value}}",
    "dict_type": "a mapping is expected, not {said}; write it as {{key: value}}",
    "tuple_type": "a list is expected, not {said}; write it as [one, another]",
    "string_type": "a text is expected, not {said}; put it in quotes",
    "one": "a text is expected, not {said}; write one of them",
    "string_too_short": "the text is empty; write some, or take the key out",
    "string_pattern_mismatch": "{said} is no code of three capitals, such as USD",
    "bool_type": "true or false is expected, not {said}",
    "too_short": "there is nothing below it; write at least one",
}
"""What pydantic reports, as a reader of plans understands it."""


def _worded(report: Any) -> str | None:
    """Return a report of pydantic's in other words; None leaves it."""
    several = report["type"] == "string_type" and isinstance(report["input"], list)
    words = _WORDS.get("one" if several else report["type"])
    if words is None:
        return None
    said = "nothing" if report["input"] is None else f"{report['input']!r:.60}"
    return words.format_map(
        {**report.get("ctx", {}), "said": said, "key": "".join(map(str, report["loc"][-1:]))}
    )


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
    try:
        found = Plan.model_validate(values)
    except ValidationError as error:
        raise plan_error(error, values) from None
    return found.read_from(plan.source_path)


def _path(plan: Plan, key: str) -> list[str]:
    """Return the parts of a dotted key; that of a budget's limit keeps its dot.

    The plan's own keys come first: a workload may be called `budget`, or `workloads`.
    """
    parts = key.split(".")
    if parts[0] not in Plan.model_fields and parts[0] in plan.workloads:
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


def _shared(schema: Any) -> Any:
    """Return a schema that refers to each kind of number instead of repeating it."""
    if isinstance(schema, list):
        return [_shared(each) for each in schema]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(schema, dict):
        return schema
    stated: dict[str, Any] = schema
    for name, number in SHARED_SCHEMAS.items():
        many = len(number["anyOf"])
        if stated.get("anyOf", [])[:many] == number["anyOf"]:
            refers = {"$ref": f"#/$defs/{name}"}
            rest = [refers, *stated["anyOf"][many:]]
            others = {key: each for key, each in stated.items() if key != "anyOf"}
            return {**others, **(refers if len(rest) == 1 else {"anyOf": rest})}
    # a chat with passages is of two kinds to a schema, which oneOf would refuse
    return {"anyOf" if key == "oneOf" else key: _shared(each) for key, each in stated.items()}


def schema_text() -> str:
    """Return the JSON schema of plans as text."""
    schema = _shared(Plan.model_json_schema())
    schema["$defs"].update(SHARED_SCHEMAS)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(schema, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
