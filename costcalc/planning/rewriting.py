"""Values of a YAML text written anew, with every comment and every other line as it was.

Only the characters of a value are replaced, at the place where YAML's own reader found it. A
comment behind a value keeps its column where there is room. What comes out is read again: a text
that says anything else than was asked for is refused, so that no form of YAML can be spoilt.
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
_BETWEEN = r"(?:\s|(?<=\s)#[^\r\n]*)*"
_COLON = re.compile(_BETWEEN + ":")
_ALIAS = re.compile(f"{_BETWEEN}:{_BETWEEN}" + r"(\*[^\s,\]}]+)")
_TAIL = re.compile(r"([^\r\n#\"']*?)([ \t]+)#")
_COMMENT = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|(?<!\S)(#[^\r\n]*))""")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_SPACE = " \t\r\n"
_TAG = "tag:yaml.org,2002:"

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
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return '"' + _UNSAFE.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text) + '"'


def rewritten(text: str, changes: Mapping[str, Any]) -> str:
    """Return the text with other values; keys are dotted paths, `workloads.chat.people`.

    A mapping changes the keys of the one that stands there and adds its others; where that has a
    key of its own, it takes its place. A key that is missing is added at the end of its mapping.
    Raises `UsageError` for a path through something that is no mapping, for a value that stands at
    an anchor, which others share, and for a form of YAML that cannot be changed in its place.
    """
    new = text
    for path, value in changes.items():
        new = _changed(new, tuple(path.split(".")), value)
    _check(text, new, changes)
    return new


def _roots(text: str) -> list[Any]:
    """Return the documents of a text as nodes; a tab is a space, which some readers insist on."""
    try:
        return list(yaml.compose_all(text.replace("\t", " "), Loader=yaml.SafeLoader))
    except yaml.YAMLError as error:
        said = " ".join(str(error).split())
        raise UsageError(f"cannot write into this YAML: {said}; write it by hand") from None


def _root(text: str) -> Any:
    """Return the document that says something; None where none does."""
    return next((root for root in _roots(text) if not _empty(root)), None)


def _empty(node: Any) -> bool:
    return node.tag == f"{_TAG}null"


def _check(before: str, after: str, changes: Mapping[str, Any]) -> None:
    """Refuse a text that says anything else than the one before with the changes."""
    expected = _data(_root(_ended(before)))
    if not isinstance(expected[1], dict):  # nothing is said there yet
        expected = ("", {})
    for path, value in changes.items():
        wanted = _data(_root(f"value: {as_yaml(value)}\n"))[1]["value"]
        *above, last = path.split(".")
        at = expected[1]
        for part in above:
            if not isinstance(at.get(part, ("", ""))[1], dict):
                at[part] = ("", {})
            at = at[part][1]
        at[last] = wanted
    try:
        found = _data(_root(_ended(after)))
    except UsageError:
        found = None
    if found is None or found[1] != expected[1]:
        keys = ", ".join(changes)
        msg = (
            f"cannot write {keys} in place: an anchor, or the form of YAML around it, would make "
            f"other values change as well; write {'it' if len(changes) == 1 else 'them'} by hand"
        )
        raise UsageError(msg, key=keys)


def _ended(text: str) -> str:
    """Return a text with an end of its last line, which a new key behind it brings."""
    return text if text.endswith("\n") else f"{text}\n"


def _data(node: Any) -> tuple[str, Any]:
    """Return what a node says: kind and content, with merged keys among its own."""
    if isinstance(node, yaml.MappingNode):
        return "", {key: _data(value) for key, (_, value) in _pairs(node).items()}
    if isinstance(node, yaml.SequenceNode):
        return "", [_data(each) for each in node.value]
    return ("", "") if node is None or _empty(node) else (node.tag, node.value)


def _pairs(node: Any) -> dict[str, tuple[Any, Any]]:
    """Return the pairs of a mapping by key, those it merges behind its own."""
    own: dict[str, tuple[Any, Any]] = {}
    merged: dict[str, tuple[Any, Any]] = {}
    for key, value in node.value:
        if key.tag == f"{_TAG}merge":
            for each in [value] if isinstance(value, yaml.MappingNode) else value.value:
                merged = {**_pairs(each), **merged}
        else:
            own[key.value] = (key, value)
    return {**merged, **own}


def _changed(text: str, place: Place, value: Any) -> str:
    root = _root(text)
    if root is None:
        new = f"{as_yaml(place[0])}: {as_yaml(_nested(place[1:], value))}\n"
        return f"{_ended(text)}{new}" if text else new
    node, key = root, None
    for depth, part in enumerate(place):
        if key is not None and _empty(node):
            return _replaced(text, key, node, place[:depth], _nested(place[depth:], value))
        if not isinstance(node, yaml.MappingNode):
            raise _no_mapping(place, depth)
        pair = next((pair for pair in node.value if pair[0].value == part), None)
        if pair is None:
            merged = _pairs(node).get(part)
            new = _nested(place[depth + 1 :], value)
            if merged is None or depth + 1 == len(place):
                return _with_new(text, node, part, as_yaml(new))
            return _with_new(text, node, part, _whole(merged[1], place, depth + 1, value))
        key, node = pair
        if node.start_mark.index < key.end_mark.index:  # an alias: what it names stands before
            found = _alias(text, key)
            whole = _whole(node, place, depth + 1, value)
            return _put(text, found.start(1), found.end(1), whole)
    return _replaced(text, key, node, place, value)


def _no_mapping(place: Place, depth: int) -> UsageError:
    said = ".".join(place[:depth]) or "the file"
    msg = f"cannot write {'.'.join(place)}: {said} is no mapping; change {said} itself"
    return UsageError(msg, key=".".join(place))


def _nested(place: Place, value: Any) -> Any:
    for part in reversed(place):
        value = {part: value}
    return value


def _whole(node: Any, place: Place, depth: int, value: Any) -> str:
    """Return a node that stands elsewhere in one line, with a change of what is below it."""
    if depth == len(place):
        return as_yaml(value)
    if not isinstance(node, yaml.MappingNode):
        raise _no_mapping(place, depth)
    found = {name: (_flow(key), each) for name, (key, each) in _pairs(node).items()}
    parts = {name: f"{key}: {_flow(each)}" for name, (key, each) in found.items()}
    part = place[depth]
    new = (
        _whole(found[part][1], place, depth + 1, value)
        if part in found
        else as_yaml(_nested(place[depth + 1 :], value))
    )
    parts[part] = f"{as_yaml(part)}: {new}"
    return "{" + ", ".join(parts.values()) + "}"


def _flow(node: Any) -> str:
    """Return a node in one line: texts in quotes where they need them, all else as it stands."""
    if isinstance(node, yaml.MappingNode):
        pairs = (f"{_flow(key)}: {_flow(value)}" for key, value in _pairs(node).values())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(node, yaml.SequenceNode):
        return f"[{', '.join(map(_flow, node.value))}]"
    return as_yaml(node.value) if node.tag == f"{_TAG}str" else node.value or "null"


def _replaced(text: str, key: Any, node: Any, place: Place, value: Any) -> str:
    """Return the text with another value at a node."""
    start, end = node.start_mark.index, _end(text, node)
    if text[start : start + 1] == "&":
        msg = (
            f"{'.'.join(place)} in line {node.start_mark.line + 1} is an anchor that other places "
            "share; write the value out at each of them"
        )
        raise UsageError(msg, key=".".join(place))
    if isinstance(node, yaml.MappingNode) and isinstance(value, Mapping):
        known = {key.value for key, _ in node.value}
        if known and known <= set(value):
            for name, each in value.items():
                text = _changed(text, (*place, name), each)
            return text
    written = as_yaml(value)
    if start == end:  # nothing stands behind the key, in brackets maybe not even a colon
        colon = "" if start > key.end_mark.index else ":"
        return _put(text, start, end, f"{colon} {written}")
    if isinstance(node, yaml.CollectionNode):
        return _collection_replaced(text, key, node, written)
    if _is_block_text(node):
        head = _comments(text[start : _line_end(text, start)])
        written += "".join(f"  {each}" for each in head)
    return _put(text, start, end, written)


def _collection_replaced(text: str, key: Any, node: Any, written: str) -> str:
    """Return the text with a value in one line, and the comments of what it replaces below it."""
    start, end = node.start_mark.index, _end(text, node)
    stop = _line_end(text, end)
    said = _comments(text[start:end])
    behind = text[end:stop]
    if not node.flow_style:  # it began below its key, and now stands beside it
        key_end = _found(_COLON, text, key).end()
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


def _end(text: str, node: Any) -> int:
    """Return where the last character of a node stands; a block's own mark is past its comments."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        return _end_of_value(text, node.value[-1])
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        end = _end(text, node.value[-1])  # of an alias it is the end of what that names
        inside = end > node.start_mark.index
        return end if inside else len(text[: node.end_mark.index].rstrip(_SPACE))
    end = node.end_mark.index
    return len(text[:end].rstrip(_SPACE)) if _is_block_text(node) else end


def _is_block_text(node: Any) -> bool:
    """Return whether a node is a text below its key, behind | or >."""
    return isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}


def _put(text: str, start: int, end: int, written: str) -> str:
    """Return the text with a part replaced; a comment behind it stays in its column."""
    tail = _TAIL.match(text, end)
    if tail is None:
        return f"{text[:start]}{written}{text[end:]}"
    before = len(tail[2])
    room = max(min(before, 2), before - (len(written) - (end - start)))
    return f"{text[:start]}{written}{tail[1]}{' ' * room}{text[tail.end() - 1 :]}"


def _with_new(text: str, node: Any, key: str, value: str) -> str:
    """Return the text with one more key in a mapping."""
    pair = f"{as_yaml(key)}: {value}"
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
    if value.start_mark.index < key.end_mark.index:
        return _alias(text, key).end(1)
    return len(text[: _end(text, value)].rstrip(_SPACE))


def _alias(text: str, key: Any) -> re.Match[str]:
    return _found(_ALIAS, text, key)


def _found(pattern: re.Pattern[str], text: str, key: Any) -> re.Match[str]:
    """Return what stands behind a key."""
    found = pattern.match(text, key.end_mark.index)
    assert found is not None  # noqa: S101 - for the type checker
    return found
