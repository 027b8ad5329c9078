"""Codex rollouts: running totals of a thread, repeated by every fork and subagent.

`$CODEX_HOME/sessions/YYYY/MM/DD/rollout-*.jsonl`, finished ones in `archived_sessions`. A call is
what an event adds to the thread's running total; reasoning is a part of the output, cached and
written tokens are parts of the input. The lines are `RolloutItem` of https://github.com/openai/codex
(codex-rs); the traps were met at https://github.com/ccusage/ccusage (issues 897, 950, 1370, 1460)
and https://github.com/junhoyeo/tokscale (issues 297, 1142, 1146). `codex exec --json` writes a
thread's running total alone, without a model.
"""

from __future__ import annotations

import os

from costcalc.errors import UsageError
from costcalc.logs.calls import moment_of
from costcalc.logs.codex_threads import Threads
from costcalc.logs.documents import parsed
from costcalc.logs.entries import Entries, disjoint
from costcalc.logs.faults import fault_of
from costcalc.logs.format import API_EQUIVALENT, LOWER_BOUND, Fact, Format
from costcalc.usage.responses import fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from costcalc.logs.calls import Call, Calls
    from costcalc.logs.entries import Counts
    from costcalc.logs.files import LogFile

    Raw = tuple[int, int, int, int, int]

__all__ = ["FORMAT"]

_NAME = "codex"
_TOLD = (
    b'"token_count"', b'"turn_context"', b'"session_meta"', b'"thread_settings_applied"',
    b'"token_usage_record"', b'"compacted"', b'"thread.started"', b'"turn.completed"',
)  # fmt: skip
"""What a line of use has, be it a type or a value of some text."""
_BULK, _BEGINNING = b'"response_item"', 128
"""The type of most lines, which hold what was said; it stands at their beginning."""
_COUNTED = (
    "input_tokens", "cached_input_tokens", "cache_write_input_tokens", "output_tokens",
    "reasoning_output_tokens",
)  # fmt: skip
_NONE: Raw = (0, 0, 0, 0, 0)
_USUAL = {None, "default", "standard", "auto"}
"""Tiers that change no price."""
_PARENTS = (
    "forked_from_id", "parent_thread_id", "source.subagent.thread_spawn.parent_thread_id",
)  # fmt: skip
_PAUSE = 1_000_000
"""Microseconds without an event that end a repetition: it takes tens of milliseconds to write, and
a call takes seconds (rust/adapters/codex of ccusage/ccusage measured both)."""
_ASKED = (
    "Codex logs state the service tier that was asked for, not the one that served; the tier is "
    "taken from there"
)
_WINDOW = 272_000
"""Input tokens that a request of Codex has at most, unless its settings say otherwise: the window
of its models, `CONTEXT_WINDOW_272K` of codex-rs."""
_JUMPED = (
    "a thread's running total grew by more than its last call counts; the rest is taken as calls "
    "of that one's size, as nothing says how many they were, nor how long"
)
_OTHER = (
    "a thread's running total grew by other counts than its last call's; what it grew by is taken "
    "as calls of that one's size, as nothing says how many they were, nor how long"
)
_SUMMED = (
    "`codex exec` states a thread's running total, and no model: its calls are taken as of "
    f"{_WINDOW:,} tokens, Codex's window, as nothing says how many they were, nor how long"
)


def _read(file: LogFile, calls: Calls) -> None:
    reader = _Reader(file, calls)
    for number, line in file.lines():
        if _BULK not in line[:_BEGINNING] and any(mark in line for mark in _TOLD):
            try:
                reader.take(number, parsed(file, number, line))
            except UsageError as error:
                file.skip(number, str(error))
    reader.end()


def _raw(usage: Any) -> Raw | None:
    """Return counts as Codex states them; None where there are none."""
    if usage is None:
        return None
    if not isinstance(usage, dict):
        msg = f"its usage is {usage!r}, and no object with counts"
        raise UsageError(msg, usage=usage)
    found = [usage.get(name, 0) for name in _COUNTED]
    if not all(type(each) is int and each >= 0 for each in found):
        found = [fields.count(usage, name) for name in _COUNTED]
    read, cached, written, output, reasoning = found
    return read, cached, written, output, reasoning


def _less(left: Raw, right: Raw) -> Raw:
    """Return a difference of counts."""
    (a, b, c, d, e), (v, w, x, y, z) = left, right
    return a - v, b - w, c - x, d - y, e - z


def _counts(raw: Raw) -> Counts:
    read, cached, written, output, reasoning = raw
    return disjoint(
        input_tokens=read, cache_read=cached, cache_write=written, output_tokens=output,
        reasoning=reasoning,
    )  # fmt: skip


class _Reader:
    """Reads one file, which is one thread, with what it repeats of others before."""

    def __init__(self, file: LogFile, calls: Calls) -> None:
        self._entries = Entries(_NAME, file, calls)
        self._calls = calls
        self._threads = Threads.of(calls)
        self._thread = file.path
        self._named = self._forked = False
        self._begin: int | None = None
        self._repeated: int | None = None
        """When it forked, and when the last event stands that it repeats."""
        self._project: str | None = None
        self._provider: str | None = None
        self._model = ""
        self._tier: str | None = None
        self._total = _NONE
        self._begun = False
        self._totals: set[Raw] = set()
        """Every running total of the file so far."""
        self._compactions: set[str] = set()
        self._open: dict[str, tuple[int, int | None, Raw, Raw | None]] = {}
        """Requests whose counts stand in a record of their own, not yet in the running total."""
        self._latest: str | None = None
        """The last of them."""
        self._beside = _NONE
        """What was counted beside the running total since its last event."""
        self._unread: list[tuple[int, UsageError, Any, Any]] = []
        """Events without counts that can be read, which the next running total has."""

    def take(self, number: int, row: Any) -> None:
        """Take what a line says; `UsageError` where it contradicts itself."""
        payload = fields.value(row, "payload")
        kind = fields.text(row, "type")
        if kind == "session_meta":
            self._take_thread(row, payload)
        elif kind == "turn_context":
            self._model = fields.text(payload, "model") or self._model
        elif kind == "token_usage_record":
            self._take_request(number, row, payload)
        elif kind == "compacted":
            self._take_compaction(fields.text(payload, "compaction_response_id"))
        elif kind == "event_msg":
            if fields.text(payload, "type") == "token_count":
                self._take_event(number, row, fields.value(payload, "info"))
            elif fields.text(payload, "type") == "thread_settings_applied":
                self._tier = fields.text(payload, "thread_settings.service_tier") or self._tier
        elif kind == "thread.started":
            self._thread = fields.text(row, "thread_id") or self._thread
        elif kind == "turn.completed":
            self._take_sum(number, fields.value(row, "usage"))

    def _take_thread(self, row: Any, meta: Any) -> None:
        """Take which thread this is; the ones that it repeats stand below."""
        thread = fields.text(meta, "id")
        if thread is None:
            return
        if not self._named:
            self._named, self._thread = True, thread
            self._project = fields.text(meta, "cwd")
            self._provider = fields.text(meta, "model_provider")
            self._begin = self._repeated = moment_of(fields.value(row, "timestamp"))
        for other in (thread, *(fields.text(meta, path) for path in _PARENTS)):
            if other not in {None, self._thread}:
                self._forked = True
                self._threads.relate(self._thread, str(other))

    def _repeats(self, at: int | None) -> bool:
        """Return whether a fork repeats an event: they stand first, without a pause."""
        if self._forked and at is not None and self._repeated is not None:
            self._forked = at <= self._repeated + _PAUSE
            self._repeated = max(at, self._repeated)
        return self._forked

    def _take_event(self, number: int, row: Any, info: Any) -> None:
        stated = fields.value(row, "timestamp")
        try:
            total = _raw(fields.value(info, "total_token_usage"))
            last = _raw(fields.value(info, "last_token_usage"))
            at = moment_of(stated)
        except UsageError as error:
            self._unread.append((number, error, stated, info))
            return
        if total is None and last is None:
            return  # of rate limits alone
        if total is None:
            self._keep(number, at, last or _NONE, (at, last))
            return
        for lost, error, _, _ in self._unread:
            self._entries.file.skip(lost, f"{error}; the next running total has it")
        self._unread.clear()
        if total in self._totals:
            return  # as it was, or one of before that comes late: the total has it
        self._totals.add(total)
        added, begun = _less(total, self._total), self._begun
        self._total, self._begun = total, True
        self._settle(total, last)
        jump = None
        if last is not None and (any(last) or not begun):
            # what came before a file's first event stands in another file, or beside;
            # a total that is the last call's was begun anew, be it above the one before
            begun = begun and total != last and min(added) >= 0
            if not begun or added == _sum(last, self._beside):
                added = last
            jump = last if added != last else None
        elif min(added) < 0:
            added = total
        self._beside = _NONE
        self._keep(number, at, added, (total, last), jump)

    def _keep(
        self, number: int, at: int | None, raw: Raw, event: Any, last: Raw | None = None
    ) -> None:
        """Keep the call of an event, and say what it rests on; `last` where that is not all."""
        repeats = self._repeats(at)
        if not any(raw):
            return
        if repeats and at is not None and self._begin is not None and at >= self._begin:
            at = None  # the time of the fork, and not the call's
        try:
            call = self._calls_of(number, at, raw, last)
        except UsageError as error:
            self._lose(number, error, at, event)
            return
        if not self._threads.add(self._thread, event, call, repeats=repeats):
            return
        if last is not None:
            self._calls.note("running_total", _JUMPED if call.parts else _OTHER)
        self._say_tier()

    def _calls_of(self, number: int, at: int | None, raw: Raw, last: Raw | None) -> Call:
        """Return the last call of what a total grew by, and the rest as a part of it.

        Where the growth does not contain that call, it is taken whole, as calls of that size.
        """
        if last is None:
            return self._call(number, at, raw)
        rest, most = _less(raw, last), last[0] or _WINDOW
        if not (_is_sound(last) and _is_sound(rest)):
            return self._call(number, at, raw, most=most)
        call = self._call(number, at, last)
        call.parts = (self._call(number, at, rest, most=most),)
        call.shelf.special = True
        return call

    def _lose(self, number: int, error: UsageError, at: Any, event: Any) -> None:
        """Count a call whose event contradicts itself; forks repeat it word for word."""
        self._entries.fault(
            number, error, (_NAME, "fault", repr(event)), model=self._model, at=at,
            provider=self._provider or "openai", session=self._thread, project=self._project,
        )  # fmt: skip

    def end(self) -> None:
        """Count the calls of the last events, where no running total has them."""
        for event in self._unread:
            self._lose(*event)

    def _say_tier(self) -> None:
        if self._tier not in _USUAL:
            self._calls.note("asked_tier", _ASKED)

    def _call(
        self, number: int, at: int | None, raw: Raw, response: str | None = None, most: int = 0
    ) -> Call:
        """Return the call of counts, or calls of `most` tokens of input each."""
        conditions: dict[str, str | bool] = {}
        if self._tier not in _USUAL:
            conditions["service_tier"] = "priority" if self._tier == "fast" else str(self._tier)
        return self._entries.call(
            number, _counts(raw), model=self._model, provider=self._provider or "openai", at=at,
            session=self._thread, project=self._project, id=response, conditions=conditions,
            requests=_fewest(raw, most) if most else None,
        )  # fmt: skip

    def _take_request(self, number: int, row: Any, record: Any) -> None:
        """Keep the counts of a request until it is known whether the running total has them."""
        response, usage = fields.text(record, "response_id"), _raw(fields.value(record, "usage"))
        if response is None or usage is None:
            return
        running = _raw(fields.value(record, "thread_token_usage"))
        if running is not None and running == self._total:
            return  # the running total has it already
        at = moment_of(fields.value(row, "timestamp"))
        self._open[response] = (number, at, usage, running)
        self._latest = response
        if response in self._compactions:
            self._compact(response)

    def _settle(self, total: Raw, last: Raw | None) -> None:
        """Drop the last request where the running total has it."""
        _, _, usage, running = self._open.get(self._latest or "", (0, None, None, None))
        if usage is not None and (usage == last or running == total):
            del self._open[self._latest or ""]

    def _take_compaction(self, response: str | None) -> None:
        if response is not None:
            self._compactions.add(response)
            self._compact(response)

    def _compact(self, response: str) -> None:
        """Keep a request that compacted the thread and that the running total leaves out."""
        kept = self._open.pop(response, None)
        if kept is not None:
            number, at, usage, _ = kept
            self._beside = _sum(self._beside, usage)
            try:
                call = self._call(number, at, usage, response)
            except UsageError as error:
                self._lose(number, error, at, response)
                return
            self._calls.add((_NAME, "", response), call)
            self._say_tier()

    def _take_sum(self, number: int, usage: Any) -> None:
        if usage is None:
            return
        call: Call
        try:
            raw = _raw(usage) or _NONE
            call = self._entries.call(
                number, _counts(raw), model="", session=self._thread,
                requests=_fewest(raw, _WINDOW),
            )  # fmt: skip
        except UsageError as error:
            call = fault_of(
                self._entries.file, number, error, self._calls, format=_NAME, session=self._thread
            )  # fmt: skip
        else:
            self._calls.note("running_total", _SUMMED)
        self._threads.add_sum(self._thread, call)


def _sum(left: Raw, right: Raw) -> Raw:
    """Return a sum of counts."""
    (a, b, c, d, e), (v, w, x, y, z) = left, right
    return a + v, b + w, c + x, d + y, e + z


def _is_sound(raw: Raw) -> bool:
    """Return whether counts can be those of calls: no part above its total."""
    read, cached, written, output, reasoning = raw
    return min(raw) >= 0 and cached + written <= read and reasoning <= output


def _fewest(raw: Raw, most: int) -> int | None:
    """Return how few calls of `most` tokens of input have counts; None for one."""
    calls = -(-raw[0] // most)
    return calls if calls > 1 else None


def _homes() -> list[str]:
    root = os.environ.get("CODEX_HOME") or os.path.expanduser("~/.codex")
    return [os.path.join(root, "sessions"), os.path.join(root, "archived_sessions")]


FORMAT = Format(
    name=_NAME,
    title="Codex",
    read=_read,
    marks=(
        (b'"session_meta"', b'"payload"'),
        (b'"turn_context"', b'"payload"'),
        (b'"event_msg"', b'"payload"'),
        (b'"thread.started"', b'"thread_id"'),
        (b'"turn.completed"', b'"cached_input_tokens"'),
    ),
    homes=_homes,
    facts=(
        Fact("api_equivalent", API_EQUIVALENT, "Codex's"),
        Fact(
            "lower_bound",
            LOWER_BOUND,
            "Codex's",
            "calls whose counts never reached the log are not in it, and what tools of the API "
            "cost stands nowhere",
        ),
    ),
)
