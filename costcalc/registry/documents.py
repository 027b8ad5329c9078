"""YAML text as plain values, each with its line: exact numbers, no silent YAML 1.1 surprises.

Numbers become `int` or `Decimal` from their own text and never pass through a float. What YAML 1.1
would quietly turn into something else is an error that says what to write instead: duplicate keys,
`16:30` (a base-60 number), `010` (octal), `yes` and `no` (booleans), `1e-6` (a string), ids that
look like numbers or dates.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import yaml

from costcalc.errors import RegistryError

__all__ = ["Document", "parse_documents"]

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9_]*)")
_FRACTION = re.compile(r"[-+]?([0-9][0-9_]*)?\.[0-9_]*([eE][-+][0-9]+)?")
_LOOKS_NUMERIC = re.compile(r"[-+]?(\d[\d_]*)?\.?\d+([eE][-+]?\d+)?")

_LONGEST = 20
"""Digits of a number up to which a message writes it out."""

Path = tuple[str | int, ...]


class Document:
    """One YAML document: its plain `value`, and the line of every key and item by its path."""

    __slots__ = ("lines", "path", "value")

    def __init__(self, path: str, value: Any, lines: dict[Path, int]) -> None:
        self.path = path
        self.value = value
        self.lines = lines

    def line(self, where: Path) -> int:
        """Return the line of a path, or of the nearest place above it that was written."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)


def parse_documents(text: str, path: str) -> list[Document]:
    """Return the documents of a YAML text; `RegistryError` with file and line for broken ones."""
    try:
        nodes = list(yaml.compose_all(text, Loader=_Loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(each for each in (error.context, error.problem) if each)
        hint = ""
        if mark is not None and re.search(r":\s*>=?\s*\d", _line_of(text, mark.line)):
            hint = '; quote comparisons: prompt_tokens: ">200k"'
        msg = f"this is not valid YAML: {what}{hint}"
        raise RegistryError(msg, path=path, line=mark.line + 1 if mark else None) from None
    except yaml.YAMLError as error:
        msg = f"this is not valid YAML: {error}"
        raise RegistryError(msg, path=path) from None
    found: list[Document] = []
    for node in nodes:
        lines: dict[Path, int] = {}
        value = _Reader(path, lines).read(node, ())
        found.append(Document(path, value, lines))
    return found


def _line_of(text: str, number: int) -> str:
    lines = text.splitlines()
    return lines[number] if number < len(lines) else ""


class _Reader:
    """Turns the nodes of one document into plain values."""

    def __init__(self, path: str, lines: dict[Path, int]) -> None:
        self._path = path
        self._lines = lines
        self._open: list[Any] = []

    def _fail(self, node: Any, where: Path, message: str) -> RegistryError:
        key = ".".join(str(each) for each in where) or None
        return RegistryError(message, path=self._path, line=node.start_mark.line + 1, key=key)

    def read(self, node: Any, where: Path) -> Any:
        self._lines[where] = node.start_mark.line + 1
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, where)
        if any(each is node for each in self._open):
            raise self._fail(node, where, "an anchor stands within itself; write it out")
        self._open.append(node)
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, where)
            return [self.read(each, (*where, i)) for i, each in enumerate(node.value)]
        finally:
            self._open.pop()

    def _mapping(self, node: Any, where: Path) -> dict[str, Any]:
        own: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _TAG + "merge":
                self._merge(merged, value_node, where)
                line = key_node.start_mark.line + 1
                self._lines.update({(*where, key): line for key in merged if key not in own})
                continue
            key = self._key(key_node, where)
            if key in own:
                first = self._lines[(*where, key)]
                msg = f"{key!r} stands twice in one mapping, first in line {first}; keep one"
                raise self._fail(key_node, where, msg)
            own[key] = self.read(value_node, (*where, key))
            self._lines[(*where, key)] = key_node.start_mark.line + 1
        return {**merged, **own}

    def _merge(self, merged: dict[str, Any], node: Any, where: Path) -> None:
        for each in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            # what is merged stands elsewhere; its place here is that of '<<'
            value = _Reader(self._path, {}).read(each, where)
            if not isinstance(value, dict):
                raise self._fail(node, where, "'<<' merges mappings only")
            for key, item in value.items():  # pyright: ignore[reportUnknownVariableType]
                merged.setdefault(key, item)  # pyright: ignore[reportUnknownArgumentType]

    def _key(self, node: Any, where: Path) -> str:
        if not isinstance(node, yaml.ScalarNode) or node.tag != _TAG + "str":
            if not isinstance(node, yaml.ScalarNode):
                raise self._fail(node, where, "the key is a list or mapping; quote it")
            msg = f'the key {node.value} is no text to YAML; quote it: "{node.value}"'
            raise self._fail(node, where, msg)
        return node.value

    def _scalar(self, node: Any, where: Path) -> Any:
        text: str = node.value
        match node.tag.removeprefix(_TAG):
            case "null":
                return None
            case "bool":
                if text not in {"true", "false"}:
                    msg = f"{text} is a boolean to YAML; write true or false, or quote the text"
                    raise self._fail(node, where, msg)
                return text == "true"
            case "int" | "float":
                return self._number(node, where)
            case "str" if not node.style and _LOOKS_NUMERIC.fullmatch(text):
                instead = f'write {_plain(text)}, or "{text}" if text'
                raise self._fail(node, where, f"{text} is text to YAML, not a number; {instead}")
            case "str" | "timestamp":
                return text
            case other:
                raise self._fail(node, where, f"the YAML tag {other!r} has no meaning here")

    def _number(self, node: Any, where: Path) -> int | Decimal:
        text: str = node.value
        if _INTEGER.fullmatch(text):
            return int(text.replace("_", ""))
        if _FRACTION.fullmatch(text):
            return Decimal(text.replace("_", ""))
        if ":" in text:
            msg = f'{text} is a base-60 number to YAML; quote times of day: "{text}"'
        else:
            msg = f"{text} is no plain decimal number; write it as 8, 0.25 or 256_000"
        raise self._fail(node, where, msg)


def _plain(text: str) -> str:
    """Return how a number with an exponent is written out; hostile ones are not."""
    number = Decimal(text.replace("_", ""))
    return f"{number:f}" if abs(number.adjusted()) <= _LONGEST else "it without an exponent"
