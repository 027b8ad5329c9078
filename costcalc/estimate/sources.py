"""Where prompts come from: files of requests and records, folders, one prompt after the other."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from costcalc.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from typing import Any

__all__ = ["Prompt", "named", "read_prompts"]

_LINES = (".jsonl", ".ndjson")
_ENVELOPES = ("body", "params", "request")
"""Where the batch files of OpenAI, Anthropic and Gemini keep a request."""
_EMBEDDINGS = "/embeddings"
_REQUESTS = ("messages", "contents", "input")
_TEXTS = ("prompt", "text", "content", "question")
_BESIDE = ("system", "instructions", "tools", "tool_choice", "response_format")
"""What a record may hold beside its text, under the names that a request has for it."""
_NAMES = ("custom_id", "id", "key", "name")


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt of many."""

    name: str
    """Its own id, else its file and line."""
    content: Any
    """What `count_tokens` takes."""


@contextmanager
def named(prompt: Any) -> Generator[Any]:
    """Give what a prompt holds, and name it in errors about that; a content as it is."""
    if not isinstance(prompt, Prompt):
        yield prompt
        return
    try:
        yield prompt.content
    except UsageError as error:
        said = str(error)
        path = prompt.content if isinstance(prompt.content, os.PathLike) else prompt.name
        if os.fsdecode(path) in said:  # it names its file already
            raise
        raise UsageError(f"{prompt.name}: {said}", **error.facts) from error


def read_prompts(path: str | os.PathLike[str]) -> Iterator[Prompt]:
    """Yield the prompts of a file or a folder, one after the other.

    A `.jsonl` file holds one prompt a line: a text, a request with `messages`, `contents` or
    `input`, one in the envelope of a batch file (`body`, `params`, `request`), or an object with
    `prompt`, `text`, `content` or `question`, and beside it `system` or `tools`. A `.json` file is
    one request, or a list of prompts. Any other file is one text, or one image, sound or document
    by its suffix. A folder holds files, taken in the order of their names, hidden ones left out.

    Raises `UsageError` that names file and line where a line is none of these.
    """
    if not isinstance(path, str | os.PathLike):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
        msg = f"prompts are read from the path of a file or a folder, not {type(path).__name__}"
        raise UsageError(msg, path=path)
    source = Path(os.fsdecode(path))
    try:
        is_folder = source.is_dir()
    except OSError as error:
        raise _unreadable(source, error) from None
    if is_folder:
        for each in sorted(source.rglob("*")):
            hidden = any(part.startswith(".") for part in each.relative_to(source).parts)
            if each.is_file() and not hidden:
                yield from _of_file(each, each.relative_to(source).as_posix())
        return
    yield from _of_file(source, str(source))


def _of_file(path: Path, name: str) -> Iterator[Prompt]:
    suffix = path.suffix.lower()
    if suffix in _LINES:
        yield from _of_lines(path, name)
    elif suffix == ".json":
        yield from _of_json(path, name)
    else:
        yield Prompt(name, path)


def _of_lines(path: Path, name: str) -> Iterator[Prompt]:
    with _opened(path) as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                where = f"{name}:{number}"
                yield _prompt(_parsed(line, where), where)


def _of_json(path: Path, name: str) -> Iterator[Prompt]:
    with _opened(path) as file:
        value = _parsed(file.read(), name)
    if isinstance(value, list) and not _is_messages(value):
        for number, each in enumerate(value, 1):
            yield _prompt(each, f"{name}[{number}]")
    else:
        yield _prompt(value, name)


def _opened(path: Path) -> Any:
    """Open a file as text: in UTF-8, or as its byte order mark says."""
    from costcalc.tokens.streams import encoding_of

    try:
        with path.open("rb") as file:
            encoding = encoding_of(file.read(4))
        return path.open(encoding=encoding, errors="replace")
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> UsageError:
    """Return the error of a file that cannot be read."""
    reason = getattr(error, "strerror", None) or str(error)
    return UsageError(f"{path}: cannot be read: {reason}; give an existing file", path=str(path))


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:  # a number of too many digits is a ValueError
        what = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        msg = f"{where}: this is not JSON: {what}; a plain text goes into a .txt file"
        raise UsageError(msg, where=where) from None


def _is_messages(value: list[Any]) -> bool:
    """Return whether a list is one conversation; items of a response's input have a type alone."""
    kinds = [isinstance(each, dict) and _kind(each) for each in value]
    return all(kinds) and "turn" in kinds


def _kind(item: dict[Any, Any]) -> str:
    if "role" in item or "parts" in item:
        return "turn"
    return "item" if isinstance(item.get("type"), str) else ""


def _prompt(value: Any, where: str) -> Prompt:
    """Return what one line or one file says."""
    if isinstance(value, str) or (isinstance(value, list) and _is_messages(value)):
        return Prompt(where, value)
    if not isinstance(value, dict):
        msg = f"{where}: a prompt is text or an object, not {json.dumps(value)[:60]}"
        raise UsageError(msg, where=where)
    own = next((_plain(value[key]) for key in _NAMES if _is_text(value, key)), "")
    held = next((value[key] for key in _ENVELOPES if isinstance(value.get(key), dict)), value)
    url = value.get("url")
    if isinstance(url, str) and url.endswith(_EMBEDDINGS) and held.get("input"):
        content = held["input"]  # an embedding has no frame around its text
    else:
        content = _content(held, where)
    return Prompt(f"{where} ({own})" if own else where, content)


def _content(value: dict[str, Any], where: str) -> Any:
    """Return the request that an object is, or the text that it holds."""
    if "role" in value or any(value.get(key) is not None for key in _REQUESTS):
        return value
    for key in _TEXTS:
        if _is_text(value, key) or (key == "content" and isinstance(value.get(key), list)):
            beside = {each: value[each] for each in _BESIDE if value.get(each) is not None}
            asked = {"role": "user", "content": value[key]}
            return {"messages": [asked], **beside} if beside else value[key]
    if value.get("system") is not None:
        return value
    raise UsageError(_no_prompt(value, where), where=where)


def _is_text(value: dict[str, Any], key: str) -> bool:
    return isinstance(value.get(key), str)


def _plain(name: str) -> str:
    """Return a name as it is, unless it holds what would upset a terminal."""
    return name if name.isprintable() else repr(name)


def _no_prompt(value: dict[str, Any], where: str) -> str:
    for key in (*_TEXTS, *_REQUESTS):
        if key in value:
            kind = type(value[key]).__name__
            return f"{where}: {key!r} is {kind} and no prompt; write text or a list of messages"
    keys = ", ".join(map(repr, value)) or "no keys"
    known = ", ".join(map(repr, (*_REQUESTS, *_TEXTS, *_ENVELOPES)))
    return f"{where}: no prompt in an object with {keys}; it has one of {known}"
