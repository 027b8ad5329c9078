"""Fields of untyped content: read with their place, so that an error can name it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from costcalc.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

__all__ = [
    "DEEPEST",
    "as_list",
    "as_mapping",
    "as_text",
    "check_depth",
    "compact",
    "first",
    "is_object",
    "kind_of",
    "shown",
    "text_at",
]

DEEPEST = 40
"""Levels of parts within parts that are read; APIs allow two or three."""
_MOST_SHOWN = 60


def shown(value: object) -> str:
    """Return a value for a message, short however large it is."""
    from reprlib import repr as short

    try:
        return short(value)
    except ValueError:  # a number of more digits than Python writes
        return f"a {type(value).__name__} of thousands of digits"


def check_depth(depth: int, place: str) -> None:
    """Refuse what nests deeper than any request, such as what holds itself."""
    if depth > DEEPEST:
        msg = (
            f"{place[:_MOST_SHOWN]}... lies more than {DEEPEST} levels deep; APIs allow two or "
            "three, so it may hold itself"
        )
        raise UsageError(msg, place=place)


def as_mapping(value: Any, place: str, expected: str) -> Mapping[str, Any]:
    """Return a mapping, or what an SDK object says of itself."""
    if isinstance(value, Mapping):
        return value
    if not isinstance(value, type):
        for method in ("model_dump", "to_dict"):
            if callable(getattr(value, method, None)):
                found = _dumped(value, method, place)
                if isinstance(found, Mapping):
                    return found
    msg = f"{place} is {expected}, not {type(value).__name__} {shown(value)}"
    raise UsageError(msg, place=place)


def _dumped(value: Any, method: str, place: str) -> Any:
    options: dict[str, bool] = {}
    if hasattr(type(value), "__pydantic_serializer__"):
        options = {"exclude_none": True, "warnings": False}  # SDKs fill models past validation
    try:
        return getattr(value, method)(**options)
    except Exception as error:
        msg = (
            f"{place} cannot be read: {method}() of its {type(value).__name__} fails with "
            f"{type(error).__name__}: {error}"
        )
        raise UsageError(msg, place=place) from error


def is_object(value: Any) -> bool:
    """Return whether a value is a mapping or an SDK object that can say itself as one."""
    return isinstance(value, Mapping) or (
        not isinstance(value, type)
        and any(callable(getattr(value, method, None)) for method in ("model_dump", "to_dict"))
    )


def kind_of(fields: Mapping[str, Any]) -> str | None:
    """Return the `type` that a mapping states."""
    kind = fields.get("type")
    return kind if isinstance(kind, str) else None


def as_list(value: Any, place: str, expected: str) -> Sequence[Any]:
    """Return a list or a tuple; text is neither."""
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
        return value
    msg = f"{place} is {expected}, not {type(value).__name__} {shown(value)}"
    raise UsageError(msg, place=place)


def as_text(value: Any, place: str) -> str:
    """Return a text."""
    if isinstance(value, str):
        return value
    msg = f"{place} is text, not {type(value).__name__} {shown(value)}"
    raise UsageError(msg, place=place)


def text_at(fields: Mapping[str, Any], key: str, place: str) -> str:
    """Return the text that a field must hold."""
    if fields.get(key) is None:
        held = ", ".join(str(each) for each in fields if fields[each] is not None)
        msg = f"{place} has no {key!r}; it has {held or 'no fields'}"
        raise UsageError(msg, place=place)
    return as_text(fields[key], f"{place}.{key}")


def first(fields: Mapping[str, Any], keys: Iterable[str]) -> tuple[str, Any]:
    """Return the first of some keys that holds something, and what it holds."""
    for key in keys:
        if fields.get(key) is not None:
            return key, fields[key]
    return "", None


def compact(value: Any, place: str, *, spaced: bool = False) -> str:
    """Return a value as one line of JSON text."""
    import json

    separators = None if spaced else (",", ":")
    try:
        return json.dumps(value, ensure_ascii=False, separators=separators, default=_plain)
    except (TypeError, ValueError, RecursionError) as error:
        msg = f"{place} is no JSON: {error}"
        raise UsageError(msg, place=place) from error


def _plain(value: Any) -> Any:
    """Return what JSON can say of an SDK object within JSON."""
    if is_object(value):
        return dict(as_mapping(value, type(value).__name__, "an object"))
    msg = f"{type(value).__name__} {shown(value)} has no JSON form"
    raise TypeError(msg)
