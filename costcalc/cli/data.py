"""Results as JSON data: amounts as decimal text, instants in UTC, values field by field."""

from __future__ import annotations

import codecs
import json
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from costcalc.money import text_of

__all__ = ["jsonable", "print_json", "print_json_line"]


def jsonable(value: Any) -> Any:  # noqa: PLR0911 - a return a type
    """Return a value as plain JSON data; what JSON cannot say becomes its text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value  # a ratio is a number; amounts are no floats anywhere
    if isinstance(value, Decimal):
        return text_of(value)
    if isinstance(value, datetime):
        try:
            value = value.astimezone(UTC)
        except OverflowError:  # the first or last hours of the calendar, as somebody typed them
            return value.isoformat()
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): jsonable(each) for key, each in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list | tuple):
        return [jsonable(each) for each in value]  # pyright: ignore[reportUnknownVariableType]
    if is_dataclass(value):
        return {each.name: jsonable(getattr(value, each.name)) for each in fields(value)}
    return str(value)


def print_json(value: Any) -> None:
    """Print a value as JSON: in UTF-8, as its readers expect, or in ASCII, which every one reads.

    So it is where the output has another encoding, and where a text is none, as some file names.
    """
    data = jsonable(value)
    text = json.dumps(data, indent=2, ensure_ascii=not _is_utf8(sys.stdout))
    try:
        text.encode()
    except UnicodeEncodeError:
        text = json.dumps(data, indent=2)
    sys.stdout.write(f"{text}\n")


def _is_utf8(stream: Any) -> bool:
    encoding = getattr(stream, "encoding", None)  # a text in memory has none
    return encoding is not None and codecs.lookup(encoding).name == "utf-8"


def print_json_line(value: Any) -> None:
    """Print a value as one line of JSON, at once, for a reader of many such lines."""
    sys.stdout.write(f"{json.dumps(jsonable(value))}\n")
    sys.stdout.flush()
