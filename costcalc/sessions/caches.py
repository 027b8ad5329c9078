"""The state of a prompt cache during a session: what of a prompt it holds, and for how long.

Times are microseconds. A cache hears of the prompts that are sent in their order; it knows lengths
and not words, since within a session a prompt begins as the one before it did.
"""

from __future__ import annotations

from copy import copy as shallow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

    from costcalc.caching.policy import CachePolicy

__all__ = ["Automatic", "Cache", "Explicit", "Stored", "WholePrompts", "cache_of"]

_MICROS = 1_000_000


class Cache:
    """No cache at all, and what all caches have in common."""

    __slots__ = ("expired", "policy")

    def __init__(self, policy: CachePolicy) -> None:
        self.policy = policy
        self.expired = False
        """Whether the last `read` found an entry whose life had ended."""

    def life(self) -> int | None:
        """Return for how long an entry lives; None is for ever."""
        return None if self.policy.ttl is None else self.policy.ttl * _MICROS

    def is_over(self, touched: int, now: int) -> bool:
        """Return whether the life of an entry has ended that was last used then."""
        life = self.life()
        return life is not None and now - touched > life

    def read(self, now: int) -> int:  # noqa: ARG002 - no cache holds nothing
        """Return how much the next prompt reads; what it does not begin with was cut before."""
        return 0

    def keep(self, system: int, length: int, now: int) -> None:
        """Take in a prompt up to a length, of which the system prompt is marked too."""

    def warm(self, system: int, now: int) -> None:  # noqa: ARG002 - nobody was idle yet
        """Hold a system prompt that is long enough, before the first prompt is sent."""
        self.keep(system, system, 0)

    def suits(self, policy: CachePolicy) -> bool:
        """Return whether it can go on under a policy: one of its own kind."""
        mine = self.policy
        return (policy.kind, policy.whole_prompts) == (mine.kind, mine.whole_prompts)

    def copy(self, policy: CachePolicy) -> Self:
        """Return a cache that holds the same, under a policy of its kind."""
        other = shallow(self)
        other.policy = policy
        return other

    def cut(self, same: int) -> bool:  # noqa: ARG002 - no cache holds nothing
        """Let go of what lies behind so many unchanged tokens; return whether there was any."""
        return False

    def lose(self) -> None:
        """Let go of everything."""


class Automatic(Cache):
    """A cache that needs no asking: it holds the prompt before, in steps of its increment."""

    __slots__ = ("_prefix", "_touched")

    def __init__(self, policy: CachePolicy) -> None:
        super().__init__(policy)
        self._prefix = 0
        self._touched = 0

    def read(self, now: int) -> int:
        """Return how much is read."""
        self.expired = bool(self._prefix) and self.is_over(self._touched, now)
        if self.expired:
            self._prefix = 0
        found = self.policy.cached(self._prefix)
        if found and self.policy.refresh_on_read:
            self._touched = now
        return found

    def keep(self, system: int, length: int, now: int) -> None:  # noqa: ARG002 - nothing is marked
        """Take in a prompt; what is in it already keeps its life."""
        if length != self._prefix:
            self._prefix = length
            self._touched = now

    def cut(self, same: int) -> bool:
        """Let go of the end."""
        gone = self._prefix > same
        if gone:
            self._prefix = same
        return gone

    def lose(self) -> None:
        """Let go of everything."""
        self._prefix = 0


class Explicit(Cache):
    """A cache of marked prefixes: only what ended at a mark is found again.

    Each request marks its system prompt and its end, so that after an edit an earlier end is still
    found: https://platform.claude.com/docs/en/build-with-claude/prompt-caching
    """

    __slots__ = ("_ends", "_system")

    def __init__(self, policy: CachePolicy) -> None:
        super().__init__(policy)
        self._ends: list[list[int]] = []
        """Ascending lengths, each with the instant of its last use."""
        self._system = 0

    def read(self, now: int) -> int:
        """Return the longest marked prefix that is alive."""
        ends = self._ends
        self.expired = False
        while ends and self.is_over(ends[-1][1], now):
            ends.pop()
            self.expired = True
        found = self.policy.cached(ends[-1][0]) if ends else 0
        if found and self.policy.refresh_on_read:
            ends[-1][1] = now
            if ends[0][0] == self._system:  # every request marks it too
                ends[0][1] = now
        return found

    def keep(self, system: int, length: int, now: int) -> None:
        """Write the marked prefixes that are not there, or not any more."""
        ends = self._ends
        self._system = system
        if ends and ends[0][0] == system and self.is_over(ends[0][1], now):
            del ends[0]
        if self.policy.cached(system) and (not ends or ends[0][0] > system):
            ends.insert(0, [system, now])
        if self.policy.cached(length) and (not ends or ends[-1][0] < length):
            ends.append([length, now])

    def copy(self, policy: CachePolicy) -> Self:
        """Return a cache that holds the same."""
        other = super().copy(policy)
        other._ends = [list(end) for end in self._ends]  # noqa: SLF001 - of this class
        return other

    def cut(self, same: int) -> bool:
        """Let go of what ends behind the unchanged tokens."""
        before = len(self._ends)
        while self._ends and self._ends[-1][0] > same:
            self._ends.pop()
        return len(self._ends) < before

    def lose(self) -> None:
        """Let go of everything."""
        self._ends.clear()


class WholePrompts(Explicit):
    """An automatic cache that marks the end of each prompt by itself, and nothing else.

    A prompt that goes on otherwise before such an end finds nothing of it:
    https://developers.openai.com/api/docs/guides/prompt-caching
    """

    __slots__ = ()

    def keep(self, system: int, length: int, now: int) -> None:  # noqa: ARG002 - it is not marked
        """Write the end of a prompt, where it is not there."""
        super().keep(length, length, now)


class Stored(Cache):
    """An object that holds the system prompt, made for a stated time that reads do not prolong.

    No routing misses it.
    """

    __slots__ = ("_ends_at", "_size")

    def __init__(self, policy: CachePolicy) -> None:
        super().__init__(policy)
        self._size = 0
        self._ends_at: int | None = None

    def warm(self, system: int, now: int) -> None:
        """Make the object."""
        life = self.life()
        self._size = system
        self._ends_at = None if life is None else now + life

    def read(self, now: int) -> int:
        """Return the size of the object while it lives."""
        self.expired = bool(self._size) and self._ends_at is not None and now > self._ends_at
        if self.expired:
            self._size = 0
        return self._size

    def cut(self, same: int) -> bool:
        """Let go of an object that no prompt begins with any more."""
        gone = self._size > same
        if gone:
            self._size = 0
        return gone


_KINDS = {"none": Cache, "automatic": Automatic, "explicit": Explicit, "stored": Stored}


def cache_of(policy: CachePolicy) -> Cache:
    """Return an empty cache with a policy."""
    kind = WholePrompts if policy.whole_prompts else _KINDS[policy.kind]
    return kind(policy)
