"""Data written as Python constructors, evaluated without running any code."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, NoReturn, TypeAlias, cast

from costcalc.refresh.documents import UnexpectedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Record", "Value", "assigned"]

_Scalar: TypeAlias = int | float | str | Decimal | date | time | None
Value: TypeAlias = "_Scalar | Record | list[Value] | dict[str, Value]"
"""What a constructor's argument may be."""


@dataclass(frozen=True, slots=True)
class Record:
    """A constructor call: its name, its keyword arguments and the line where it stands."""

    name: str
    fields: Mapping[str, Value]
    line: int

    def text(self, key: str) -> str:
        """Return a field that must be text."""
        found = self.fields.get(key)
        return found if isinstance(found, str) else self.refuse(key, "text")

    def items(self, key: str) -> list[Value]:
        """Return a field that is a list; an absent one is empty."""
        found = self.fields.get(key, [])
        return found if isinstance(found, list) else self.refuse(key, "a list")

    def refuse(self, key: str, wanted: str) -> NoReturn:
        """Raise the error that this field is not what it should be."""
        msg = f"expected {wanted} as {key!r} of {self.name}, found {self.fields.get(key)!r:.60}"
        raise UnexpectedError(msg, key=key, line=self.line)


def assigned(source: str, variable: str) -> Value:
    """Return the literal that a module assigns to a variable at its top level."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        msg = f"expected Python source, but {error.msg}"
        raise UnexpectedError(msg, line=error.lineno) from error
    for statement in tree.body:
        if isinstance(statement, ast.AnnAssign):
            targets, value = [statement.target], statement.value
        elif isinstance(statement, ast.Assign):
            targets, value = statement.targets, statement.value
        else:
            continue
        named = any(isinstance(each, ast.Name) and each.id == variable for each in targets)
        if named and value is not None:
            return _evaluated(value)
    msg = f"expected the module to assign {variable!r}; it does not"
    raise UnexpectedError(msg, key=variable)


def _evaluated(node: ast.expr) -> Value:
    if isinstance(node, ast.Constant) and not isinstance(node.value, bytes | complex):
        return cast("Value", node.value)
    if isinstance(node, ast.List | ast.Tuple):
        return [_evaluated(each) for each in node.elts]
    if isinstance(node, ast.Dict):
        return _mapping(node)
    if isinstance(node, ast.Call):
        return _called(node)
    raise _refused(node)


def _mapping(node: ast.Dict) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
            raise _refused(node)
        found[key.value] = _evaluated(value)
    return found


def _called(node: ast.Call) -> Value:
    name = ast.unparse(node.func)
    build = _CONSTRUCTORS.get(name)
    if build is not None:
        try:
            return build(*(_evaluated(each) for each in node.args))
        except (TypeError, ValueError, InvalidOperation) as error:
            msg = f"expected a valid {name}, found {ast.unparse(node):.60}"
            raise UnexpectedError(msg, line=node.lineno) from error
    if node.args or not name.isidentifier() or any(each.arg is None for each in node.keywords):
        raise _refused(node)
    fields = {cast("str", each.arg): _evaluated(each.value) for each in node.keywords}
    return Record(name, fields, node.lineno)


def _decimal(text: str) -> Decimal:
    return Decimal(text)


# Times of day carry `tzinfo=datetime.UTC`; the readers take every time as UTC, so it is dropped.
_CONSTRUCTORS: dict[str, Callable[..., Value]] = {
    "Decimal": _decimal,
    "datetime.date": date,
    "datetime.time": time,
}


def _refused(node: ast.expr) -> UnexpectedError:
    msg = f"expected plain data, found {ast.unparse(node):.60}; no code of a list is run"
    return UnexpectedError(msg, line=node.lineno)
