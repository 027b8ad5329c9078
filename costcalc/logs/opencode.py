"""OpenCode's messages: rows of a database, before 2026 a file each; forks copy them under new ids.

`opencode.db` in `$XDG_DATA_HOME/opencode` (a development build has `opencode-<channel>.db`), older
ones in `storage/message/<session>/msg_*.json`. All counts exclude each other. A fork copies the
messages of its session with new ids and the same times (junhoyeo/tokscale#446,
anomalyco/opencode#31032), and a backup has the same ids: a call is its id, or its times, model and
counts. The writers are `session/message-v2.ts` and `storage/db.ts` of
https://github.com/anomalyco/opencode.
"""

from __future__ import annotations

import json
import os
from contextlib import closing
from glob import glob

from costcalc.errors import UsageError
from costcalc.logs.calls import moment_of
from costcalc.logs.documents import objects
from costcalc.logs.entries import Entries
from costcalc.logs.faults import fault_of
from costcalc.logs.format import API_EQUIVALENT, Fact, Format
from costcalc.usage.responses import fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator
    from typing import Any

    from costcalc.logs.calls import Call, Calls
    from costcalc.logs.files import LogFile

__all__ = ["FORMAT"]

_NAME = "opencode"
_DATABASE = b"SQLite format 3\0"
_TABLES = {
    "message": "SELECT id, session_id, NULL, data FROM message",
    "session_message": (
        "SELECT id, session_id, time_created, data FROM session_message WHERE type = 'assistant'"
    ),
}
"""Where messages stand, in OpenCode 1 and 2."""
_INSIDE = (
    "the total of a message has its reasoning within the output, as OpenCode had it before 1.3.16"
)
_BESIDE = (
    "no total says whether reasoning is in the output; it is taken beside it, as OpenCode counts "
    "since 1.3.16 (anomalyco/opencode#21047)"
)
_UNFINISHED = (
    "the total of a message is not the sum of its counts, as while it streams; the counts are taken"
)


def _read(file: LogFile, calls: Calls) -> None:
    reader = _Reader(file, calls)
    if not file.head.startswith(_DATABASE):
        for number, message in objects(file):
            reader.take(number, message)
        return
    for name, session, created, data in _messages(file):
        reader.take_row(name, session, created, data)


def _messages(file: LogFile) -> Iterator[tuple[Any, Any, Any, Any]]:
    """Iterate over id, session, time and JSON of the messages of a database; nothing is written."""
    if not _is_plain(file.path):
        file.skip(None, "a database is read where it lies: not compressed, nor from standard input")
        return
    import sqlite3
    from pathlib import Path

    place = Path(file.path).absolute().as_uri()
    try:
        with closing(sqlite3.connect(f"{place}?mode=ro", uri=True)) as database:
            found = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
            tables = {name for (name,) in found} & set(_TABLES)
            if not tables:
                file.skip(None, "it is a database without messages of OpenCode")
            for table in sorted(tables):
                yield from database.execute(_TABLES[table])
    except sqlite3.Error as error:
        file.skip(None, f"the database cannot be read further: {error}")


def _is_plain(path: str) -> bool:
    """Return whether a database lies there as it is."""
    try:
        with open(path, "rb") as file:
            return file.read(len(_DATABASE)) == _DATABASE
    except OSError:
        return False


class _Reader:
    """Adds the messages of one file."""

    def __init__(self, file: LogFile, calls: Calls) -> None:
        self._file = file
        self._calls = calls
        self._entries = Entries(_NAME, file, calls)
        self._keys: dict[Hashable, Hashable] = calls.memory.setdefault(_NAME, {})
        """Keys in the table of calls, by a message's id and by what its copies share with it."""

    def take_row(self, name: Any, session: Any, created: Any, data: Any) -> None:
        """Add the call of a row, if its message is one of a model."""
        try:
            message = json.loads(data)
        except (TypeError, ValueError, RecursionError) as error:
            self._file.skip(None, f"message {name!r} is no valid JSON: {error}")
            return
        if isinstance(message, dict):
            stated = fields.value(message, "time.created")
            times = {**fields.entries(message, "time"), "created": stated or created}
            row = {"role": "assistant", **message, "id": name, "sessionID": session, "time": times}
            self.take(0, row)

    def take(self, number: int, message: Any) -> None:
        """Add the call of a message, if it is one of a model."""
        tokens = fields.value(message, "tokens")
        if fields.text(message, "role") != "assistant" or tokens is None:
            return
        try:
            call = self._call(number, message, tokens)
        except UsageError as error:
            call = fault_of(
                self._file, number or None, error, self._calls, format=_NAME,
                at=fields.value(message, "time.created"), **_known(message),
            )  # fmt: skip
        if call is not None:
            self._add(call, message)

    def _call(self, number: int, message: Any, tokens: Any) -> Call | None:
        fresh, read, written, output, reasoning = (
            fields.count(tokens, name)
            for name in ("input", "cache.read", "cache.write", "output", "reasoning")
        )
        counts = fresh, read, written, 0, output, reasoning
        if not any(counts):
            return None
        stated = fields.count(tokens, "total")
        if reasoning and stated == sum(counts) - reasoning and reasoning <= output:
            counts = fresh, read, written, 0, output - reasoning, reasoning
            self._calls.note("response", _INSIDE)
        elif stated not in {0, sum(counts)}:
            self._calls.note("response", _UNFINISHED)
        elif reasoning and not stated:
            self._calls.note("response", _BESIDE)
        return self._entries.call(
            number, counts, at=moment_of(fields.value(message, "time.created")),
            stated=fields.amount(message, "cost"), **_known(message),
        )  # fmt: skip

    def _add(self, call: Call, message: Any) -> None:
        """Keep a call once: messages that share an id, or times and counts, are one."""
        begun, done = (fields.text(message, f"time.{name}") for name in ("created", "completed"))
        names: list[Hashable] = [] if call.id is None else [call.id]
        if done is not None:
            names.append((begun, done, call.shelf.terms, call.shelf.meters, call.counts))
        if not names:
            self._calls.add_alone(call)
            return
        known = {self._keys[name]: None for name in names if name in self._keys}
        key, *others = known or [(_NAME, names[0])]
        self._calls.add(key, call)
        for other in others:
            self._calls.add(key, self._calls.found.pop(other))
            moved = [name for name, kept in self._keys.items() if kept == other]
            self._keys.update(dict.fromkeys(moved, key))
        self._keys.update(dict.fromkeys(names, key))


def _known(message: Any) -> dict[str, Any]:
    """Return what a message says beside its counts and times."""
    model = fields.text(message, "modelID") or fields.text(message, "model.id|modelID")
    return {
        "model": model or "",
        "provider": fields.text(message, "providerID") or fields.text(message, "model.providerID"),
        "session": fields.text(message, "sessionID"),
        "project": fields.text(message, "path.root") or fields.text(message, "path.cwd"),
        "id": fields.text(message, "id"),
    }


def _homes() -> list[str]:
    data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    root = os.path.join(data, "opencode")
    channels = sorted(glob(os.path.join(root, "opencode-*.db")))
    return [os.path.join(root, "opencode.db"), *channels, os.path.join(root, "storage", "message")]


FORMAT = Format(
    name=_NAME,
    title="OpenCode",
    read=_read,
    marks=((_DATABASE,), (b'"sessionID"', b'"providerID"', b'"modelID"')),
    suffixes=(".json", ".db"),
    homes=_homes,
    facts=(
        Fact("api_equivalent", API_EQUIVALENT, "OpenCode's"),
        Fact(
            "stated_cost",
            "costs that OpenCode's logs state are its own estimates, and one of 0 is unknown",
        ),
    ),
)
