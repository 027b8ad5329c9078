"""Claude Code's logs: a line a content block, copied by every fork and side branch.

`~/.claude/projects/<project>/<session>.jsonl`, subagents in folders below. A call stands in as many
lines as its reply has blocks; the first ones may have the counts of the stream's beginning, so that
the line with the most tokens is the whole one. Resumed sessions and forks copy the lines of others
into files of their own, subagents those of their parent: a call is its message id and request id,
wherever it stands. https://code.claude.com/docs/en/settings has the folders; the traps were met at
https://github.com/ccusage/ccusage, in its issues 835, 866, 899, 901 and 938.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from costcalc.errors import UsageError
from costcalc.logs.calls import HOUR_OF_STAMP, STAMP, Call, moment_of
from costcalc.logs.documents import parsed
from costcalc.logs.faults import fault_of
from costcalc.logs.format import API_EQUIVALENT, LOWER_BOUND, Fact, Format
from costcalc.logs.projects import claude_project
from costcalc.usage.responses import fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable
    from typing import Any

    from costcalc.logs.calls import Calls, Shelf
    from costcalc.logs.claude_lines import Line, Usage
    from costcalc.logs.files import LogFile

__all__ = ["FORMAT"]

_NAME = "claude-code"
_MARK = b'"usage"'
_METERS = (
    "input", "cache_read", "cache_write", "cache_write_1h", "output", "reasoning", "web_search",
)  # fmt: skip
_NO_CALL = "<synthetic>"
"""The model of what Claude Code answered itself."""
_LONG_CONTEXT = "[1m]"
"""What it appends to a model's id where the window is a million tokens."""
_FREE = frozenset({"web_fetch"})
"""What is counted and costs nothing, at no seller and under no other model."""
_NO_COUNTS = "its usage has no counts"
_UNDECIDED = (
    "a message id stands beside two request ids, in no side branch: taken as two calls, since "
    "nothing tells a call that was written twice from two"
)


def _read(file: LogFile, calls: Calls) -> None:
    reader = _Reader(file, calls)
    try:
        from costcalc.logs.claude_lines import Unusual, decode
    except ImportError:  # msgspec is of an extra
        from costcalc.logs.claude_plain import Unusual, decode
    take = reader.take
    for number, line in file.lines(_MARK):
        try:
            taken = take(number, decode(line))
        except (Unusual, ValueError, RecursionError):  # as are `UsageError` and bytes of no text
            taken = False
        if not taken:
            reader.take_slowly(number, line)


class _Reader:
    """Reads one file; the table of calls is that of all files."""

    def __init__(self, file: LogFile, calls: Calls) -> None:
        self._file = file
        self._calls = calls
        self._found = calls.found
        self._hours = calls.hours
        self._folder = _folder(file.path)
        self._projects: dict[str | None, str] = {}
        """By session: where the agent works moves, its project does not."""
        self._shelves: dict[Any, Shelf] = {}

    def take(self, number: int, row: Line) -> bool:
        """Add a call from a decoded line; False where only the long way can read it."""
        message = row.message
        if message is None or message.usage is None:
            return row.data is None or _MARK not in row.data
        usage, model = message.usage, message.model
        counts = _counts(usage)
        if counts is None or row.stated:
            return False
        at = row.timestamp
        if at is None or len(at) != STAMP or at[-1] != "Z" or at[:HOUR_OF_STAMP] not in self._hours:
            at = self._calls.stamped(at)
        searched = counts[-1] > 0
        key = (model, row.session, usage.service_tier, usage.inference_geo, usage.speed, searched)
        shelf = self._shelves.get(key)
        if shelf is None:
            if model is None or model == _NO_CALL:
                return False
            shelf = self._shelf(model, row, usage, searched=searched)
            self._shelves[key] = shelf
        name = message.id
        call = Call(shelf, at, counts, number, name, row.request, row.side is True)
        if name is None or name in self._found:
            self._take_again(call)
        else:
            self._found[name] = call
        return True

    def _shelf(self, model: str, row: Line, usage: Usage, *, searched: bool) -> Shelf:
        found = _conditions(usage.service_tier, usage.inference_geo, usage.speed)
        return self._calls.shelf(
            model=_bare(model), meters=_METERS, format=_NAME, file=self._file.path,
            conditions={**found, **_channel(found, searched=searched)}, session=row.session,
            project=self._project(row.session, row.cwd),
        )  # fmt: skip

    def _project(self, session: str | None, cwd: str | None) -> str:
        """Return the project of a session: by where its first call was made, else the folder."""
        if not cwd:
            return self._projects.get(session, self._folder)
        return self._projects.setdefault(session, claude_project(cwd, self._folder))

    def _take_again(self, call: Call) -> None:
        """Add a call that other lines may have told of; the most complete one counts.

        Its time is the earliest that a line states, whichever comes first here.
        """
        key, before = self._before(call)
        if before is None:
            self._found[key] = call
            return
        self._calls.duplicates += 1
        if _is_loose(before) and not _is_loose(call):
            before.request, before.copied = call.request, False
        before.at = _earlier(before, call)
        if sum(call.counts) > sum(before.counts):
            call.request, call.copied, call.at = before.request, before.copied, before.at
            self._found[key] = call

    def _before(self, call: Call) -> tuple[Hashable, Call | None]:
        """Return the key of a call, and what stands there already.

        The message id alone is a call where either line stands in a side branch or has no request
        id; else the request id has to be the same. Once another line has told it, it is known.
        """
        found, message, request = self._found, call.id, call.request
        if message is None and request is None:
            return (_NAME, object()), None
        key = (_NAME, message, request)
        if message is None or key in found:
            return key, found.get(key)
        before = found.get(message)
        if before is None or before.request == request or _is_loose(before) or _is_loose(call):
            return message, before
        self._calls.note("undecided", _UNDECIDED)
        return key, None

    def take_slowly(self, number: int, line: bytes) -> None:
        """Add a call from a line of any shape; a line that is none is skipped, and said.

        One that contradicts itself is a call all the same, until another line tells of it.
        """
        row = parsed(self._file, number, line)
        holder, side = _holder(row)
        message = fields.value(holder, "message")
        usage = fields.value(message, "usage")
        if usage is None or fields.text(message, "model") == _NO_CALL:
            return
        known = isinstance(usage, Mapping) and fields.has(message, "model")
        if not known and not _is_counted(usage):
            self._file.skip(number, _NO_COUNTS)
            return
        session = fields.text(row, "sessionId")
        call: Call
        try:
            call = self._read(number, row, holder, message)
        except UsageError as error:
            call = fault_of(
                self._file, number, error, self._calls, format=_NAME,
                model=_bare(fields.text(message, "model")), at=_at(holder, row), session=session,
                project=self._project(session, fields.text(row, "cwd")),
                id=fields.text(message, "id"),
            )  # fmt: skip
        call.request = fields.text(holder, "requestId") or fields.text(row, "requestId")
        call.copied = side
        self._take_again(call)

    def _read(self, number: int, row: Any, holder: Any, message: Any) -> Call:
        """Return the call of a line of any shape; `UsageError` where it contradicts itself."""
        from costcalc.usage.responses.anthropic import MESSAGES

        model, usage = _bare(fields.text(message, "model")), fields.value(message, "usage")
        if not _is_counted(usage):
            raise UsageError(_NO_COUNTS, usage=usage)
        read = MESSAGES.read({**message, "model": model}, usage)
        paid = {name: count for name, count in read.units.items() if name not in _FREE}
        session = fields.text(row, "sessionId")
        return self._calls.take(
            replace(read, units=paid), model=model, format=_NAME, file=self._file.path, line=number,
            at=moment_of(_at(holder, row)), session=session,
            project=self._project(session, fields.text(row, "cwd")),
            conditions=_channel(read.conditions, searched="web_search" in paid),
            stated=fields.amount(row, "costUSD") or None,
        )  # fmt: skip


def _is_counted(usage: Any) -> bool:
    return fields.has(usage, "input_tokens") or fields.has(usage, "output_tokens")


def _at(holder: Any, row: Any) -> Any:
    return fields.value(holder, "timestamp") or fields.value(row, "timestamp")


def _is_loose(call: Call) -> bool:
    """Return whether nothing but its message id says which call a line tells of."""
    return call.copied or call.request is None


def _earlier(left: Call, right: Call) -> int | str | None:
    """Return the earlier time of two lines; None where neither states one."""
    if isinstance(left.at, str) and isinstance(right.at, str):
        return min(left.at, right.at)  # stamps are of one length
    times = [each.moment for each in (left, right) if each.moment is not None]
    return min(times, default=None)


def _counts(usage: Usage) -> tuple[int, ...] | None:
    """Return the counts of a usage; None where they need more than subtracting."""
    fresh, output = usage.input_tokens, usage.output_tokens or 0
    if fresh is None:  # it may have no counts at all, which is not zero
        return None
    written, long, thinking, searches = usage.cache_creation_input_tokens or 0, 0, 0, 0
    split, tools, details = usage.cache_creation, usage.server_tool_use, usage.output_tokens_details
    if split is not None:
        long = split.ephemeral_1h_input_tokens or 0
        if (split.ephemeral_5m_input_tokens or 0) + long > written:
            return None
    if tools is not None:
        searches = tools.web_search_requests or 0
    if details is not None:
        thinking = details.thinking_tokens or 0
    if thinking > output:
        return None
    if usage.iterations and [each.type for each in usage.iterations] != ["message"]:
        return None
    return (
        fresh, usage.cache_read_input_tokens or 0, written - long, long,
        output - thinking, thinking, searches,
    )  # fmt: skip


def _holder(row: Any) -> tuple[Any, bool]:
    """Return what holds the message of a line, and whether that is in a side branch.

    A line of progress has it within: a subagent's message, which that one's file has, too.
    """
    inner = fields.value(row, "data.message")
    if fields.has(inner, "message"):
        return inner, True
    return row, fields.value(row, "isSidechain") is True


def _conditions(tier: str | None, region: str | None, speed: str | None) -> dict[str, Any]:
    """Return what changes the rates, as the reader of responses does."""
    found: dict[str, Any] = {"region": region} if region else {}
    if tier == "batch":
        found["batch"] = True
    elif tier:
        found["service_tier"] = tier
    if speed == "fast":
        found["service_tier"] = speed
    return found


def _channel(conditions: Mapping[str, Any], *, searched: bool) -> dict[str, Any]:
    """Return the channel where a price may depend on it.

    That of Anthropic's fast mode once did, and so did that of searches at DeepSeek.
    """
    fast = conditions.get("service_tier") == "fast"
    return {"channel": _NAME} if fast or searched else {}


def _bare(model: str | None) -> str:
    return (model or "").removesuffix(_LONG_CONTEXT)


def _folder(path: str) -> str:
    """Return the name of a project's folder: the one below `projects`, else the file's own."""
    folders = os.path.normpath(os.path.abspath(path)).split(os.sep)[:-1]
    if "projects" in folders[:-1]:
        return folders[len(folders) - folders[::-1].index("projects")]
    return folders[-1]


def _homes() -> list[str]:
    """Return the folders that Claude Code's settings name, else those that it uses by itself."""
    stated = os.environ.get("CLAUDE_CONFIG_DIR", "")
    roots = [os.path.expanduser(each.strip()) for each in stated.split(",") if each.strip()]
    if not roots:
        config = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
        roots = [os.path.expanduser("~/.claude"), os.path.join(config, "claude")]
    return [os.path.join(root, "projects") for root in roots]


FORMAT = Format(
    name=_NAME,
    title="Claude Code",
    read=_read,
    marks=(
        (b'"parentUuid"',),
        (b'"leafUuid"',),
        (b'"isSidechain"',),
        (b'"file-history-snapshot"',),
        (b'"queue-operation"',),
        (b'"requestId"', b'"message"', b'"usage"'),
        (b'"sessionId"', b'"message"', b'"usage"'),
    ),
    homes=_homes,
    beside=("*/subagents/*/journal.jsonl",),  # what a workflow's agents came to, all together
    facts=(
        Fact("api_equivalent", API_EQUIVALENT, "Claude Code's"),
        Fact(
            "lower_bound",
            LOWER_BOUND,
            "Claude Code's",
            "some versions kept only the counts of a reply's beginning, and files are deleted "
            "after 30 days (cleanupPeriodDays)",
        ),
    ),
)
