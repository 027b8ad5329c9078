"""Results as JSON data: amounts as decimal text, instants in UTC, values field by field."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from costcalc.money import text_of

__all__ = ["jsonable", "print_json"]


def jsonable(value: Any) -> Any:  # noqa: PLR0911 - a return a type
    """Return a value as plain JSON data; what JSON cannot say becomes its text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value  # a ratio is a number; amounts are no floats anywhere
    if isinstance(value, Decimal):
        return text_of(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
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
    """Print a value as JSON, in ASCII where the output cannot hold its signs."""
    data = jsonable(value)
    text = json.dumps(data, indent=2, ensure_ascii=False)
    try:
        text.encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        text = json.dumps(data, indent=2)
    sys.stdout.write(f"{text}\n")
