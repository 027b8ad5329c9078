"""Values of a YAML text written anew, with every comment and every other line as it was.

Only the characters of a value are replaced, at the place where YAML's own reader found it. A
comment behind a value keeps its column where there is room.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import yaml

from costcalc.errors import UsageError
from costcalc.money import text_of

__all__ = ["as_yaml", "rewritten"]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./+-]*")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
_ALIAS = re.compile(r"\s*:\s*(\*[^\s,\]}]+)")
_TAIL = re.compile(r"([^\r\n#\"']*?)([ \t]+)#")
_COMMENT = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|(?<!\S)(#[^\r\n]*))""")

Place = tuple[str, ...]


def as_yaml(value: Any) -> str:
    """Return a value as YAML in one line; numbers without an exponent."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{as_yaml(key)}: {as_yaml(value[key])}" for key in value) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(as_yaml, value))}]"
    if isinstance(value, bool | None):
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, Decimal | int):
        return text_of(Decimal(value))
    text = str(value)
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def rewritten(text: str, changes: Mapping[str, Any]) -> str:
    """Return the text with other values; keys are dotted paths, `workloads.chat.people`.

    A mapping changes the keys it has in common with the one that stands there, and where the keys
    differ it takes its place. A key that is missing is added at the end of its mapping. Raises
    `UsageError` for a path through something that is no mapping, and for a value that stands at an
    anchor, which others share.
    """
    for path, value in changes.items():
        text = _changed(text, tuple(path.split(".")), value)
    return text


def _changed(text: str, place: Place, value: Any) -> str:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if root is None:
        gap = "" if not text or text.endswith("\n") else "\n"
        return f"{text}{gap}{as_yaml(place[0])}: {as_yaml(_nested(place[1:], value))}\n"
    node: Any = root
    for depth, part in enumerate(place):
        if not isinstance(node, yaml.MappingNode):
            said = ".".join(place[:depth]) or "the file"
            msg = f"cannot write {'.'.join(place)}: {said} is no mapping; change {said} itself"
            raise UsageError(msg, key=".".join(place))
        pair = next((pair for pair in node.value if pair[0].value == part), None)
        if pair is None:
            return _with_new(text, node, part, _nested(place[depth + 1 :], value))
        key, node = pair
        if node.start_mark.index < key.end_mark.index:  # an alias: what it names stands before
            found = _alias(text, key)
            whole = _with(yaml.safe_load(text), place, value, depth + 1)
            return _put(text, found.start(1), found.end(1), as_yaml(whole))
    return _replaced(text, node, place, value)


def _nested(place: Place, value: Any) -> Any:
    for part in reversed(place):
        value = {part: value}
    return value


def _with(whole: Any, place: Place, value: Any, depth: int) -> Any:
    """Return what an alias stood for, with the change in it."""
    for part in place[:depth]:
        whole = whole[part]
    if depth == len(place):
        return value
    changed = dict(whole)
    changed[place[depth]] = _with(whole[place[depth]], place[depth + 1 :], value, 0)
    return changed


def _replaced(text: str, node: Any, place: Place, value: Any) -> str:
    """Return the text with another value at a node."""
    if text[node.start_mark.index] == "&":
        msg = (
            f"{'.'.join(place)} in line {node.start_mark.line + 1} is an anchor that other places "
            "share; write the value out at each of them"
        )
        raise UsageError(msg, key=".".join(place))
    if isinstance(node, yaml.MappingNode) and isinstance(value, Mapping):
        known = {key.value for key, _ in node.value}
        if known == set(value):
            for key, each in value.items():
                text = _changed(text, (*place, key), each)
            return text
    written = as_yaml(value)
    if isinstance(node, yaml.CollectionNode):
        return _collection_replaced(text, node, written)
    return _put(text, node.start_mark.index, node.end_mark.index, written)


def _collection_replaced(text: str, node: Any, written: str) -> str:
    """Return the text with a value in one line, and the comments of what it replaces below it."""
    start, end = node.start_mark.index, _end(node)
    stop = _line_end(text, end)
    said = _comments(text[start:end])
    behind = text[end:stop]
    if not node.flow_style:  # it began below its key, and now stands beside it
        key_end = text.rindex(":", 0, start) + 1
        behind, _, below = text[key_end:start].partition("\n")
        said = [*_comments(below), *said, *_comments(text[end:stop])]
        start, written = key_end, f" {written}"
    elif not said:
        return _put(text, start, end, written)
    margin = _newline(text) + " " * node.start_mark.column
    comments = "".join(margin + each for each in said)
    return f"{text[:start]}{written}{behind.rstrip()}{comments}{text[stop:]}"


def _comments(text: str) -> list[str]:
    """Return the comments of a piece of YAML; a sign within quotes begins none."""
    return [found[1].rstrip() for found in _COMMENT.finditer(text) if found[1]]


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _line_end(text: str, start: int) -> int:
    """Return where a line ends, before its break."""
    stop = text.find("\n", start)
    stop = len(text) if stop < 0 else stop
    return stop - (text[start:stop].endswith("\r"))


def _end(node: Any) -> int:
    """Return where the last character of a node stands; a block's own mark is past its comments."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return node.end_mark.index


def _put(text: str, start: int, end: int, written: str) -> str:
    """Return the text with a part replaced; a comment behind it stays in its column."""
    tail = _TAIL.match(text, end)
    if tail is None:
        return f"{text[:start]}{written}{text[end:]}"
    before = len(tail[2])
    room = max(min(before, 2), before - (len(written) - (end - start)))
    return f"{text[:start]}{written}{tail[1]}{' ' * room}{text[tail.end() - 1 :]}"


def _with_new(text: str, node: Any, key: str, value: Any) -> str:
    """Return the text with one more key in a mapping."""
    pair = f"{as_yaml(key)}: {as_yaml(value)}"
    if not node.value:
        return _put(text, node.start_mark.index, node.end_mark.index, f"{{{pair}}}")
    end = _end_of_value(text, node.value[-1])
    if node.flow_style:
        return _put(text, end, end, f", {pair}")
    stop = _line_end(text, end)
    margin = _newline(text) + " " * node.start_mark.column
    return f"{text[:stop]}{margin}{pair}{text[stop:] or _newline(text)}"


def _end_of_value(text: str, pair: Any) -> int:
    """Return where the value of a key ends, be it an alias."""
    key, value = pair
    if value.start_mark.index >= key.end_mark.index:
        return len(text[: _end(value)].rstrip())
    return _alias(text, key).end(1)


def _alias(text: str, key: Any) -> re.Match[str]:
    found = _ALIAS.match(text, key.end_mark.index)
    assert found is not None  # noqa: S101 - for the type checker
    return found
