"""A session's calls as a chart shows them: what is billed by kind, many calls as one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from costcalc.meters import METERS
from costcalc.money import EXACT, ZERO, normal
from costcalc.report.amounts import counted
from costcalc.report.scales import nice_count
from costcalc.sessions.session_estimate import LedgerStep

__all__ = ["COMPACTION", "OVER", "PARTS", "Calls", "grouped", "part_of", "parts_in", "size_of"]

PARTS: tuple[str, ...] = ("plain input", "cache write", "cache read", "output", "storage and fees")
"""What a bill is made of, from the foot of a stack to its head."""
_ROOTS = {
    "cache_read": "cache read",
    "cache_write": "cache write",
    "input": "plain input",
    "output": "output",
}
_MISSES = {
    "ttl": "miss: expired",
    "edited": "miss: edited",
    "below_min": "miss: too short",
    "routing": "miss: routing",
    "compacted": "miss: compacted",
    "model": "miss: other model",
}
OVER = "above the window"
COMPACTION = "compaction"


@dataclass(frozen=True)
class Calls:
    """Calls that are drawn as one."""

    first: int
    """Number of the first of them."""
    last: int
    """Number of the last."""
    amounts: dict[str, Decimal]
    """What they cost, by part."""
    running: dict[str, Decimal]
    """The same for all calls so far."""
    events: Counter[str]
    """What happened at them, and how often."""

    @property
    def name(self) -> str:
        """Their numbers."""
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"

    @property
    def total(self) -> Decimal:
        """What they cost."""
        return _sum(self.amounts)

    @property
    def so_far(self) -> Decimal:
        """What all calls so far cost."""
        return _sum(self.running)

    def said(self) -> str:
        """Return what happened at them, as words."""
        return "; ".join(
            name if count == 1 else f"{name} ×{count}" for name, count in self.events.items()
        )


def _sum(amounts: dict[str, Decimal]) -> Decimal:
    total = ZERO
    for amount in amounts.values():
        total = EXACT.add(total, amount)
    return normal(total)


def part_of(meter: str) -> str:
    """Return the part of a bill that a meter belongs to."""
    at: str | None = meter
    while at is not None:
        if at in _ROOTS:
            return _ROOTS[at]
        at = METERS[at].parent
    return PARTS[-1]


def _events_of(step: LedgerStep) -> tuple[str, ...]:
    """Return what a reader should see at a call; that the first finds no cache is no event."""
    found: list[str] = []
    if step.kind == COMPACTION:
        found.append(COMPACTION)
    if step.miss in _MISSES:
        found.append(_MISSES[step.miss])
    if step.over_window:
        found.append(OVER)
    return tuple(found)


def grouped(steps: Sequence[LedgerStep], most: int) -> tuple[Calls, ...]:
    """Return the calls, so many together that there are at most `most`; they sum to the session.

    How many are together is 1, 2, 5, 10, 20, …, so that a reader can name them.
    """
    size = nice_count(-(-len(steps) // most))
    found: list[Calls] = []
    running = dict.fromkeys(PARTS, ZERO)
    for start in range(0, len(steps), size):
        chunk = steps[start : start + size]
        amounts = dict.fromkeys(PARTS, ZERO)
        for step in chunk:
            for line in step.cost.lines:
                part = part_of(line.meter)
                amounts[part] = EXACT.add(amounts[part], line.amount)
        running = {part: EXACT.add(running[part], amounts[part]) for part in PARTS}
        events = Counter(event for step in chunk for event in _events_of(step))
        found.append(Calls(start + 1, start + len(chunk), amounts, running, events))
    return tuple(found)


def parts_in(calls: Sequence[Calls]) -> tuple[str, ...]:
    """Return the parts that cost anything, in the order of a stack; one at least."""
    last = calls[-1].running
    return tuple(part for part in PARTS if last[part]) or PARTS[:1]


def size_of(calls: Sequence[Calls]) -> str:
    """Return how many calls are drawn as one: call, or 20 calls."""
    size = calls[0].last - calls[0].first + 1
    return "call" if size == 1 else counted(size, "call")
