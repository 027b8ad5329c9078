"""Fields of a response by path, whatever it is made of: a mapping, an SDK's object, a message.

A path is names with dots between them; a bar stands between two spellings of one name. A sum of
paths has plus signs: `candidatesTokenCount|candidates_token_count + thoughtsTokenCount`.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from math import isfinite

from costcalc.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "amount",
    "count",
    "entries",
    "faults",
    "has",
    "items",
    "named",
    "text",
    "total",
    "value",
]


@cache
def _paths(spec: str) -> tuple[tuple[tuple[str, ...], ...], ...]:
    """Return the paths of a sum, each as the spellings of every name."""
    paths = (path.strip().split(".") for path in spec.split("+"))
    return tuple(tuple(tuple(name.split("|")) for name in names) for names in paths)


def value(node: Any, path: str) -> Any:
    """Return what stands at a path; None where nothing does."""
    (names,) = _paths(path)
    return _at(node, names)


def _at(node: Any, names: tuple[tuple[str, ...], ...]) -> Any:
    for spellings in names:
        # most responses are plain dicts, and asking what else is a mapping takes time
        mapping = type(node) is dict or isinstance(node, Mapping)
        read = node.get if mapping else _Attributes(node).get
        for name in spellings:
            found = read(name)
            if found is not None:
                break
        else:
            return None
        node = found
    return node


_ABSENT = {"NoneType", "Unset"}
"""Types of what is not there; Mistral's SDK has one of its own."""


class _Attributes:
    """The fields of an object; of a protobuf message those that it was sent with."""

    __slots__ = ("has_field", "node")

    def __init__(self, node: Any) -> None:
        self.node = node
        self.has_field = getattr(node, "HasField", None)

    def get(self, name: str) -> Any:
        found = getattr(self.node, name, None)
        if type(found).__name__ in _ABSENT:
            return None
        if self.has_field is None:
            return found
        try:
            return found if self.has_field(name) else None
        except ValueError:  # lists and plain numbers of a message are always there
            return found


def has(node: Any, path: str) -> bool:
    """Return whether something stands at a path."""
    return value(node, path) is not None


def named(node: Any, path: str) -> bool:
    """Return whether a response has the first field of a path at all, be it null."""
    ((spellings, *_),) = _paths(path)
    if isinstance(node, Mapping):
        return any(name in node for name in spellings)
    return any(hasattr(node, name) for name in spellings)


def count(node: Any, path: str) -> int:
    """Return the count at a path; 0 where there is none.

    Whole floats count, since Cohere writes 12.0, and digits do: JSON of protobuf writes 64-bit
    integers as text.
    """
    return _whole(value(node, path), path)


def total(node: Any, spec: str) -> int:
    """Return the sum of the counts at the paths of a sum."""
    return sum(
        _whole(_at(node, names), ".".join(spellings[0] for spellings in names))
        for names in _paths(spec)
    )


_DIGITS = 19
"""Digits of the largest count that there can be; beyond some thousands no text becomes an int."""


def _finite(found: float | Decimal) -> bool:
    return found.is_finite() if isinstance(found, Decimal) else isfinite(found)


def _whole(found: Any, path: str) -> int:
    if found is None:
        return 0
    if type(found) is int and found >= 0:
        return found
    if isinstance(found, float | Decimal) and _finite(found) and found >= 0 and int(found) == found:
        return int(found)
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) <= _DIGITS:
        return int(found)
    msg = f"{path} of the response is {found!r}, and a count is a whole number from 0 on"
    raise UsageError(msg, field=path, value=found)


def faults(node: Mapping[Any, Any]) -> list[str]:
    """Return what is wrong with the counts of tokens that stand in a mapping, in words."""
    found: list[str] = []
    for name, each in node.items():
        if isinstance(name, str) and "token" in name.lower() and not isinstance(each, Mapping):
            try:
                _whole(each, name)
            except UsageError as error:
                found.append(error.message)
    return found


def text(node: Any, path: str) -> str | None:
    """Return the text at a path, of an enumeration its value; None where there is none."""
    found = value(node, path)
    if found is None or found == "":
        return None
    inner = getattr(found, "value", found)
    return str(inner)


_MAGNITUDE = 50
"""The largest power of ten that is still an amount of money; beyond it no arithmetic is exact."""


def amount(node: Any, path: str) -> Decimal | None:
    """Return the amount of money at a path, from its shortest text; None where there is none.

    Raises `UsageError` for what is no finite number from 0 on.
    """
    found = value(node, path)
    if found is None:
        return None
    if not isinstance(found, bool) and isinstance(found, int | float | Decimal | str):
        try:
            money = Decimal(str(found))
        except ArithmeticError:
            money = Decimal("NaN")
        if money.is_finite() and money >= 0 and abs(money.adjusted()) <= _MAGNITUDE:
            return money
    msg = f"{path} of the response is {found!r}, and a stated cost is a finite amount from 0 on"
    raise UsageError(msg, field=path, value=found)


def entries(node: Any, path: str) -> dict[str, Any]:
    """Return what stands at a path by name, of a mapping or an SDK's object; empty without any.

    The empty path is the node itself.
    """
    found = value(node, path) if path else node
    if not isinstance(found, Mapping):
        found = getattr(found, "__dict__", {})
    return {str(name): each for name, each in found.items()}


def items(node: Any, path: str) -> list[Any]:
    """Return the entries of the list at a path; none where there is no list."""
    found = value(node, path)
    if found is None or isinstance(found, str | bytes | Mapping):
        return []
    try:
        return list(found)  # a list of protobuf has no __iter__
    except TypeError:
        return []
