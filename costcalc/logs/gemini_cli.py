"""Gemini CLI's chats: a document a session, or a line a message, written anew as it grows.

`chats` in the folder of each project below `~/.gemini/tmp`; subagents in folders below. A message
is written again when its counts or tools come in, and a resumed session is copied into a file of
the new kind: a call is its message's id, and its counts come once. `input` is the whole prompt,
thoughts and the results of tools stand beside. The writer is `chatRecordingService.ts` of
https://github.com/google-gemini/gemini-cli.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from glob import glob

from costcalc.errors import UsageError
from costcalc.logs.calls import moment_of
from costcalc.logs.documents import objects
from costcalc.logs.entries import Entries, disjoint
from costcalc.logs.format import API_EQUIVALENT, LOWER_BOUND, Fact, Format
from costcalc.usage.responses import fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from costcalc.logs.calls import Calls
    from costcalc.logs.entries import Counts
    from costcalc.logs.files import LogFile

__all__ = ["FORMAT"]

_NAME = "gemini-cli"
_ROOT = ".project_root"
"""The file in a project's folder that says where the project lies."""
_LONGEST_PATH = 4096
_EXCLUSIVE = (
    "the total of a message counts cached tokens beside the input, so its input is taken without "
    "them"
)


def _read(file: LogFile, calls: Calls) -> None:
    entries = Entries(_NAME, file, calls)
    session: str | None = None
    project = _project(file.path)
    for number, found in objects(file):
        session = fields.text(found, "sessionId") or session
        for place, message in _messages(number, found):
            _take(message, entries, (session, project), place)


def _messages(number: int, found: Any) -> Iterator[tuple[int, Any]]:
    """Iterate over the messages of a document, of a line that sets them all, or a line's own."""
    whole, anew = fields.value(found, "messages"), fields.value(found, "$set.messages")
    if isinstance(whole, list):
        yield from enumerate(whole, 1)
    elif isinstance(anew, list):
        yield from ((number, message) for message in anew)
    else:
        yield number, found


def _take(
    message: Any, entries: Entries, belongs: tuple[str | None, str | None], number: int
) -> None:
    """Add the call of a message, if it is one with counts."""
    tokens = fields.value(message, "tokens")
    if fields.text(message, "type") != "gemini" or not isinstance(tokens, Mapping):
        return
    calls, model = entries.calls, fields.text(message, "model") or ""
    name, at, (session, project) = (
        fields.text(message, "id"),
        fields.value(message, "timestamp"),
        belongs,
    )
    known: dict[str, Any] = {
        "model": model, "provider": "google" if model.startswith("gemini") else None,
        "session": session, "project": project, "id": name,
    }  # fmt: skip
    key = None if name is None else (_NAME, name)
    try:
        counts = _counts(tokens, calls)
        if not any(counts):
            return
        call = entries.call(number, counts, at=moment_of(at), **known)
    except UsageError as error:
        entries.fault(number, error, key, at=at, **known)
        return
    if key is None:
        calls.add_alone(call)
    else:
        calls.add(key, call)


def _counts(tokens: Any, calls: Calls) -> Counts:
    """Return the counts; the total says whether cached tokens stand inside the input."""
    cached, stated = fields.count(tokens, "cached"), fields.count(tokens, "total")
    prompt = fields.total(tokens, "input + tool")
    output = fields.total(tokens, "output + thoughts")
    if stated and stated != prompt + output:
        if stated != prompt + cached + output:
            msg = (
                f"its total is {stated:,} tokens, and input, tool, output and thoughts are "
                f"{prompt + output:,}"
            )
            raise UsageError(msg, total=stated)
        calls.note("cached_beside", _EXCLUSIVE)
        prompt += cached
    return disjoint(
        input_tokens=prompt, cache_read=cached, output_tokens=output,
        reasoning=fields.count(tokens, "thoughts"),
    )  # fmt: skip


def _project(path: str) -> str | None:
    """Return the path of a project, where the folder that Gemini CLI has for it says it.

    Else that folder, which is the project's name, or a hash of its path.
    """
    folders = os.path.normpath(os.path.abspath(path)).split(os.sep)
    if "chats" not in folders[1:]:
        return None
    own = folders[: folders.index("chats")]
    return _root(os.sep.join(own)) or own[-1]


def _root(folder: str) -> str | None:
    try:
        with open(os.path.join(folder, _ROOT), encoding="utf-8") as file:
            return file.read(_LONGEST_PATH).strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def _homes() -> list[str]:
    home = os.environ.get("GEMINI_CLI_HOME") or os.path.expanduser("~")
    root = os.path.join(home, ".gemini", "tmp")
    return sorted(glob(os.path.join(root, "*", "chats"))) or [os.path.join(root, "*", "chats")]


FORMAT = Format(
    name=_NAME,
    title="Gemini CLI",
    read=_read,
    marks=(
        (b'"sessionId"', b'"projectHash"'),
        (b'"type"', b'"gemini"', b'"tokens"', b'"thoughts"'),
    ),
    suffixes=(".json", ".jsonl"),
    homes=_homes,
    facts=(
        Fact("api_equivalent", API_EQUIVALENT, "Gemini CLI's"),
        Fact(
            "lower_bound",
            LOWER_BOUND,
            "Gemini CLI's",
            "a message without counts is not in it, and deleted sessions are gone",
        ),
    ),
)
