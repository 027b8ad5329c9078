"""What a grammar says against a file, as `path:line: key: what and why`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import ValidationError

    from costcalc.registry.documents import Document

__all__ = ["MistakeError", "dotted", "problems_of", "told"]

Place = tuple[int | str, ...]


class MistakeError(ValueError):
    """What contradicts something else in a mapping, and the key below it where that stands."""

    def __init__(self, message: str, *key: int | str) -> None:
        super().__init__(message)
        self.key = key


def dotted(where: Place) -> str:
    """Return a place as one key."""
    return ".".join(str(part) for part in where)


def told(document: Document, problems: list[tuple[Place, str]]) -> tuple[str, ...]:
    """Return each problem with its file, line and key."""
    return tuple(
        f"{document.path}:{document.line(place)}: "
        + ": ".join(each for each in (dotted(place), said) if each)
        for place, said in problems
    )


def problems_of(
    document: Document, error: ValidationError, word: Callable[[Any], str | None] | None = None
) -> list[tuple[Place, str]]:
    """Return place and message of each mistake, once, in the order of the file.

    `word` may say one of pydantic's reports in other words. Where a value may have several forms
    pydantic reports each that it is not; the report that reaches deepest, or is one of ours, is the
    one that helps.
    """
    found: list[tuple[Place, str]] = []
    ours = sorted(error.errors(), key=lambda each: each["type"] != "value_error")
    places = [_place(document, _loc(each), missing=each["type"] == "missing") for each in ours]
    for where, each in zip(places, ours, strict=True):
        deeper = any(len(other) > len(where) and other[: len(where)] == where for other in places)
        if not deeper and all(where != place for place, _ in found):
            message = (word and word(each)) or each["msg"].removeprefix("Value error, ")
            found.append((where, message[:1].lower() + message[1:]))
    return sorted(found, key=lambda each: document.line(each[0]))


def _loc(report: Any) -> Place:
    """Return where pydantic found a mistake, and the key that one of ours names below it."""
    reason = report.get("ctx", {}).get("error")
    return (*report["loc"], *(reason.key if isinstance(reason, MistakeError) else ()))


def _place(document: Document, loc: Place, *, missing: bool) -> Place:
    """Return the part of pydantic's location that stands in the file (it names union arms too)."""
    where: Place = ()
    value: Any = document.value
    for part in loc:
        inside: Any = value
        known = (
            part in inside
            if isinstance(value, dict)
            else isinstance(value, list) and isinstance(part, int) and part < len(value)
        )
        if known:
            value = inside[part]
            where = (*where, part)
    return (*where, loc[-1]) if missing else where
