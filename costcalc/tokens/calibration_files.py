"""Calibrations as YAML: read with the line of every mistake, written for people to read."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from datetime import date
from decimal import Decimal

from costcalc.errors import RegistryError, UsageError, nearest_names
from costcalc.tokens.calibration import Calibration, Ratio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from costcalc.registry.documents import Document

__all__ = ["load", "parsed", "save", "text_of"]

_TEXTS = ("name", "base", "digits", "method", "measured", "source", "note")
_COUNTS = ("documents", "overhead")
_KEYS = (*_TEXTS, *_COUNTS, "checked", "pooled", "classes")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")
_NOT_TEXT = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})  # to YAML 1.1
_FORM = "[mean, low, high] or [mean, low, high, spread]"
_HEADER = """\
# How many tokens a family has for one token of the base vocabulary, by class of content, as
# [mean, low, high, spread]: nine in ten long documents lie between low and high; shorter ones
# may be off by the spread, times the square root of their tokens, beside that.
"""


def load(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the fields of the calibration in a file; `RegistryError` for what is none."""
    name = _path(path)
    try:
        with open(name, encoding="utf-8") as file:
            text = file.read()
    except UnicodeDecodeError as error:
        msg = f"this is no UTF-8 text: {error.reason} at byte {error.start}"
        raise RegistryError(msg, path=name) from None
    except (OSError, ValueError) as error:
        msg = f"cannot read the calibration: {getattr(error, 'strerror', None) or error}"
        raise RegistryError(msg, path=name) from None
    return parsed(text, name)


def _path(path: Any) -> str:
    if not isinstance(path, str | os.PathLike):
        msg = f"a calibration is a YAML file at a path such as 'ours.yaml', not {path!r:.60}"
        raise UsageError(msg, path=path)
    return os.fsdecode(path)


def parsed(text: str, path: str) -> dict[str, Any]:
    """Return the fields of the one calibration in a YAML text."""
    from costcalc.registry.documents import parse_documents

    documents = parse_documents(text, path)
    if len(documents) != 1 or not isinstance(documents[0].value, dict):
        msg = "a calibration is one mapping with 'name', 'pooled' and 'classes'"
        raise RegistryError(msg, path=path, line=1)
    return _Reader(documents[0]).fields()


class _Reader:
    """Reads one document; each mistake is told with its place."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._value: dict[str, Any] = document.value

    def _fail(self, message: str, *where: str) -> RegistryError:
        document = self._document
        key = ".".join(where) or None
        return RegistryError(message, path=document.path, line=document.line(where), key=key)

    def fields(self) -> dict[str, Any]:
        """Return the fields of a calibration; it checks what one value alone can be."""
        for key in self._value:
            if key not in _KEYS:
                near = nearest_names(key, _KEYS)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise self._fail(f"unknown key{hint}", key)
        for key in ("name", "pooled"):
            if key not in self._value:
                raise self._fail(f"a calibration needs {key!r}")
        fields = {key: self._field(key, value) for key, value in self._value.items()}
        try:
            Calibration(**fields)
        except UsageError as error:
            raise self._fail(str(error)) from None
        return fields

    def _field(self, key: str, value: Any) -> Any:
        if key in _TEXTS:
            return self._text(key, value)
        if key in _COUNTS:
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise self._fail(f"a whole number of 0 or more stands here, not {value!r}", key)
            return value
        if key == "checked":
            return self._day(value)
        if key == "pooled":
            return self._ratio(value, key)
        if not isinstance(value, dict):
            raise self._fail(f"classes map a class of content to its ratio, not {value!r:.60}", key)
        return {name: self._ratio(ratio, key, name) for name, ratio in value.items()}

    def _text(self, key: str, value: Any) -> str:
        if not isinstance(value, str) or (key == "name" and not value.strip()):
            raise self._fail(f"text stands here, not {value!r}", key)
        return value

    def _day(self, value: Any) -> date:
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            msg = f"a day stands here, such as 2026-11-24, not {value!r}"
            raise self._fail(msg, "checked") from None

    def _ratio(self, value: Any, *where: str) -> Ratio:
        numbers = value if isinstance(value, list) else []
        whole = all(isinstance(each, int | Decimal) for each in numbers)
        if not 3 <= len(numbers) <= 4 or not whole or any(each is True for each in numbers):  # noqa: PLR2004 - as the form has it
            raise self._fail(f"a ratio is {_FORM}, plain numbers, not {value!r:.60}", *where)
        try:
            return Ratio(*map(Decimal, numbers))
        except UsageError as error:
            raise self._fail(str(error), *where) from None


def save(calibration: Calibration, path: str | os.PathLike[str]) -> None:
    """Write a calibration beside its place, then move it there; a symbolic link stays one."""
    target = _path(path)
    try:
        place = os.path.realpath(target)
        part = f"{place}.{os.getpid()}.part"
        try:
            with open(part, "w", encoding="utf-8", newline="\n") as file:
                file.write(_HEADER + text_of(calibration))
            os.replace(part, place)
        finally:
            with suppress(OSError):
                os.unlink(part)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        msg = f"cannot write the calibration to {target!r}: {reason}"
        raise UsageError(msg, path=target) from error


def text_of(calibration: Calibration) -> str:
    """Return a calibration as YAML, which reads back as the same value."""
    lines: list[str] = []
    for key in (*_TEXTS, "checked", *_COUNTS):
        value = getattr(calibration, key)
        if value not in (None, "", 0):
            lines.append(f"{key}: {_quoted(value) if isinstance(value, str) else value}")
    lines.append(f"pooled: {_listed(calibration.pooled)}")
    if calibration.classes:
        lines.append("classes:")
        lines += [
            f"  {_quoted(name)}: {_listed(ratio)}" for name, ratio in calibration.classes.items()
        ]
    return "\n".join(lines) + "\n"


def _listed(ratio: Ratio) -> str:
    numbers = (ratio.mean, ratio.low, ratio.high, ratio.spread)
    return f"[{', '.join(f'{number:f}' for number in numbers)}]"


def _quoted(text: str) -> str:
    """Return text as YAML: a name as it is, anything else in quotes."""
    if _NAME.fullmatch(text) and text.lower() not in _NOT_TEXT:
        return text
    marks = {'"': '\\"', "\\": "\\\\"}
    return f'"{"".join(marks.get(each) or _escaped(each) for each in text)}"'


def _escaped(character: str) -> str:
    if character.isprintable() and character != "\ufeff":
        return character
    return f"\\U{ord(character):08X}"
