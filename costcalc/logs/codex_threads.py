"""Codex threads and what they share: a fork repeats the counts of the thread it comes from.

A fork, or a subagent that was given its parent's history, writes the parent's events once more into
its own file, with their own times or all at the moment of the fork: ccusage/ccusage#897, #950,
#1370, #1460 at https://github.com/ccusage/ccusage. What tells an event is its running total and its
last call's counts. Two subagents may have calls of the same size (junhoyeo/tokscale#679): what a
thread did after it forked is one with an event of its ancestors only.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.logs.calls import Call, Calls

__all__ = ["Threads"]

_KEY = ("codex", "threads")


@dataclass(slots=True)
class _Event:
    """An event that was kept."""

    key: Hashable
    """In the table of calls."""
    thread: str | None
    """Whose it is; None while it is known from repetitions alone."""


class Threads:
    """The families of all threads that were read, in whatever order their files came."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._families: dict[str, str] = {}
        self._parents: dict[str, set[str]] = {}
        self._events: dict[str, dict[Hashable, list[_Event]]] = {}
        """By the family's name, its events by their counts."""
        self._told: set[str] = set()
        """Threads whose own files were read, call by call."""

    @classmethod
    def of(cls, calls: Calls) -> Threads:
        """Return the threads of a reading."""
        return calls.memory.setdefault(_KEY, cls(calls))

    def _family(self, thread: str) -> str:
        while thread in self._families:
            thread = self._families[thread]
        return thread

    def relate(self, thread: str, parent: str) -> None:
        """Say that a thread comes from another one; what both have is one event from now on."""
        self._parents.setdefault(thread, set()).add(parent)
        kept, left = self._family(parent), self._family(thread)
        if kept == left:
            return
        self._families[left] = kept
        events = self._events.setdefault(kept, {})
        for counts, found in self._events.pop(left, {}).items():
            own = events.setdefault(counts, [])
            for each in found:
                first = self._match(own, each.thread)
                if first is None:
                    own.append(each)
                else:
                    self._merge(first, each.thread, self._calls.found.pop(each.key))

    def add(self, thread: str, counts: Hashable, call: Call, *, repeats: bool) -> bool:
        """Keep an event's call, once; return whether it was not there.

        `repeats` says that the event stands where a fork repeats its parent.
        """
        self._drop_sum(thread)
        owner = None if repeats else thread
        events = self._events.setdefault(self._family(thread), {}).setdefault(counts, [])
        first = self._match(events, owner)
        if first is not None:
            self._merge(first, owner, call)
            return False
        key = ("codex", thread, counts)
        events.append(_Event(key, owner))
        self._calls.found[key] = call
        return True

    def _match(self, events: list[_Event], thread: str | None) -> _Event | None:
        """Return the event that one of a thread is, the surest first."""
        sure = (each for each in events if each.thread == thread)
        related = (each for each in events if self._are_one(each.thread, thread))
        return next(sure, None) or next(related, None)

    def _are_one(self, left: str | None, right: str | None) -> bool:
        if left is None or right is None:
            return True
        return self._descends(left, right) or self._descends(right, left)

    def _descends(self, thread: str, other: str) -> bool:
        """Return whether a thread comes from another one, through any between."""
        seen: set[str] = set()
        known = [thread]
        while known:
            seen.add(known[-1])
            known += self._parents.get(known.pop(), set()) - seen
            if other in known:
                return True
        return False

    def _merge(self, event: _Event, thread: str | None, call: Call) -> None:
        """Note that an event is there once more: the greatest counts and the first time hold."""
        before = self._calls.found[event.key]
        times = [each.moment for each in (before, call) if each.moment is not None]
        self._calls.add(event.key, call)
        self._calls.found[event.key].at = min(times, default=None)
        event.thread = event.thread or thread

    def add_sum(self, thread: str, call: Call) -> None:
        """Keep the greatest that `codex exec` said of a thread, unless its own file was read."""
        if thread in self._told:
            self._calls.duplicates += 1
        else:
            self._calls.add(("codex", thread), call)

    def _drop_sum(self, thread: str) -> None:
        if thread not in self._told:
            self._told.add(thread)
            if self._calls.found.pop(("codex", thread), None) is not None:
                self._calls.duplicates += 1
