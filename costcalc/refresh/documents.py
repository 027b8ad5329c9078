"""The files of public lists: a wheel or one data file, and what to say when it is neither."""

from __future__ import annotations

import json
import zipfile
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from costcalc.errors import RegistryError

if TYPE_CHECKING:
    import os
    from collections.abc import Generator

__all__ = [
    "Json",
    "UnexpectedError",
    "as_array",
    "as_number",
    "as_object",
    "as_text",
    "instant",
    "json_object",
    "reading",
    "text_of",
    "whole",
]

Json: TypeAlias = "bool | int | Decimal | str | list[Json] | dict[str, Json] | None"
"""A JSON value whose fractions are decimals."""


class UnexpectedError(Exception):
    """A list says something that its reader does not know; `reading` adds the file's name."""

    def __init__(self, message: str, *, key: str | None = None, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.key = key
        self.line = line


@contextmanager
def reading(path: str | os.PathLike[str]) -> Generator[None]:
    """Turn what goes wrong while a list is read into a `RegistryError` that names the file."""
    try:
        yield
    except UnexpectedError as error:
        raise RegistryError(
            error.message, path=str(path), line=error.line, key=error.key
        ) from error
    except (OSError, UnicodeDecodeError, zipfile.BadZipFile) as error:
        msg = f"cannot read this price list: {error}; give the wheel or its data file"
        raise RegistryError(msg, path=str(path)) from error


def text_of(path: str | os.PathLike[str], member: str) -> str:
    """Return the text of a list: the file itself, or the member of a wheel that ends so."""
    if not zipfile.is_zipfile(path):
        return Path(path).read_text("utf-8")
    with zipfile.ZipFile(path) as wheel:
        found = [name for name in wheel.namelist() if name.endswith(member)]
        if not found:
            msg = f"this wheel has no {member!r}; expected the wheel of that list"
            raise UnexpectedError(msg)
        return wheel.read(found[0]).decode("utf-8")


def json_object(text: str) -> dict[str, Json]:
    """Return the JSON object that a text holds, fractions as decimals of their digits."""
    try:
        found: Json = json.loads(text, parse_float=Decimal)
    except json.JSONDecodeError as error:
        msg = f"expected JSON, but {error.msg}"
        raise UnexpectedError(msg, line=error.lineno) from error
    return as_object(found, "the file")


def as_object(value: Json, key: str) -> dict[str, Json]:
    """Return a value that must be an object."""
    return value if isinstance(value, dict) else _refuse(value, "an object", key)


def as_array(value: Json, key: str) -> list[Json]:
    """Return a value that must be an array."""
    return value if isinstance(value, list) else _refuse(value, "an array", key)


def as_text(value: Json, key: str) -> str:
    """Return a value that must be text."""
    return value if isinstance(value, str) else _refuse(value, "text", key)


def as_number(value: Json, key: str) -> Decimal:
    """Return a value that must be a number, as a decimal."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Decimal(value)
    return _refuse(value, "a number", key)


def _refuse(value: Json, wanted: str, key: str) -> NoReturn:
    msg = f"expected {wanted}, found {value!r:.60}"
    raise UnexpectedError(msg, key=key)


def whole(value: Json) -> int | None:
    """Return a count of tokens, or nothing where a list has none or a remark instead."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return int(value)


def instant(value: Json, key: str) -> datetime | None:
    """Return an ISO time as an aware datetime in UTC, `None` as it is; without a zone it is UTC."""
    if value is None:
        return None
    text = as_text(value, key)
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        msg = f"expected an ISO 8601 time, found {text!r}"
        raise UnexpectedError(msg, key=key) from error
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
