"""Whole sessions by lengths: branches, forks, draws, fees, sizes of replies, and the clock.

Written in rational arithmetic from what the pages say and not from the engine; `session_tokens`
says the same of one line token by token.

Prices and caches are the plain data that a test draws; the session itself is read by its fields.
Where several causes explain at once why a cache served less than it could, any of them is right.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from math import floor
from random import Random
from typing import TYPE_CHECKING, Any

from costcalc import Step

if TYPE_CHECKING:
    from costcalc import Session

MICRO = timedelta(microseconds=1)
SECOND = 10**6
PARENT = {
    "cache_read": "input",
    "cache_write": "input",
    "cache_write_1h": "cache_write",
    "reasoning": "output",
}
FEES = {"request": 1_000, "web_search": 1_000, "cache_storage": 3_600 * 10**6}


@dataclass(frozen=True)
class CacheData:
    """The cache of a model, as its price file states it."""

    kind: str = "none"
    meter: str | None = None
    ttl: int | None = None
    least: int = 0
    grain: int = 1
    refresh: bool = False
    replies: bool = False
    billed: bool | str = True

    def fits(self, tokens: int) -> int:
        """Return q(x) = 0 if x < m else m + g ⌊(x - m) / g⌋."""
        if self.kind == "none" or tokens < self.least:
            return 0
        return self.least + self.grain * floor(Fraction(tokens - self.least, self.grain))


@dataclass(frozen=True)
class ModelData:
    """A model from an instant on: rates, rules on sizes, speed and cache."""

    name: str
    rates: dict[str, int | float]
    cache: CacheData
    long_prompt: tuple[int, int | float] | None = None
    """Above so many input tokens every token costs so many times as much."""
    long_reply: tuple[int, int | float] | None = None
    """The same for output tokens."""
    speed: int | float | None = None
    serves_from: datetime | None = None


@dataclass
class Row:
    """One call, and the reasons that explain what the cache did not serve."""

    kind: str
    branch: str
    at: datetime
    context: int
    read: int
    written: int
    output: int
    reasons: frozenset[str]
    cost: Fraction
    plain: Fraction


@dataclass
class Entry:
    """A prefix that a cache holds, and when it was last of use."""

    length: int
    touched: int


@dataclass
class Line:
    """A chain of calls while it runs."""

    now: datetime
    cache: CacheData
    system: int
    entries: list[Entry] = field(default_factory=list)
    """What the cache holds, shortest first."""
    until: datetime | None = None
    """When a stored object ends."""
    idle: int = 0
    carried: int = 0
    begun: bool = False
    model: str | None = None
    causes: set[str] = field(default_factory=set)
    """What took something from the cache since the last call."""
    dead: list[int] = field(default_factory=list)
    """Prefixes that were idle for too long and would be there else."""


def cost_of(model: ModelData, parts: dict[str, int], context: int, output: int) -> Fraction:
    """Return what quantities cost; an amount without a last digit is rounded at 10**-18."""
    factor = Fraction(1)
    for limit, size in ((model.long_prompt, context), (model.long_reply, output)):
        if limit is not None and size > limit[0]:
            factor *= Fraction(str(limit[1]))
    total = Fraction(0)
    for meter, quantity in parts.items():
        name = meter
        while name not in model.rates and name in PARENT:
            name = PARENT[name]
        rate = Fraction(str(model.rates.get(name, 0)))
        fee = meter in FEES
        total += _grain(quantity * rate * (1 if fee else factor) / FEES.get(meter, 10**6))
    return total


def _grain(amount: Fraction) -> Fraction:
    rest = amount.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return amount if rest == 1 else Fraction(round(amount * 10**18), 10**18)


class Oracle:
    """One run of a session, with all that branches off it, while models follow each other."""

    def __init__(self, session: Session, models: list[ModelData], start: datetime) -> None:
        self.models = models
        self.rows: list[Row] = []
        self.random = Random(session.seed)  # noqa: S311 - the draws of the simulation
        self.end: Fraction | None = Fraction(0)
        self.start = start
        self.run(session, Line(start, self.serving(start).cache, session.system_tokens), "")

    def serving(self, now: datetime) -> ModelData:
        """Return the model that serves at an instant."""
        return [m for m in self.models if m.serves_from is None or m.serves_from <= now][-1]

    @property
    def total(self) -> Fraction:
        return sum((row.cost for row in self.rows), Fraction(0))

    @property
    def uncached(self) -> Fraction:
        return sum((row.plain for row in self.rows), Fraction(0))

    def run(self, session: Session, line: Line, label: str) -> None:
        steps = steps_of(session)
        if not line.begun:
            line.carried = line.system
            self._warm(session, line)
        for number, step in enumerate(steps, 1):
            if line.begun:
                _wait(line, step.gap)
            line.carried -= step.dropped_tokens
            self._serve(line)
            self._disturb(session, line, step, number)
            if line.cache.kind == "stored":
                self._store(line, label)
            self._call(line, step, label)
            self._branch(session, line, number, label)
            if session.compact_at is not None and number < len(steps):
                self._compact(session, line, label)

    def _warm(self, session: Session, line: Line) -> None:
        ratio, system = session.warm_start_ratio, line.system
        warm = ratio > 0 and self.random.random() < float(ratio)
        if warm and line.cache.fits(system):
            line.entries = [Entry(system, line.idle)]
            line.until = _life(line)

    def _serve(self, line: Line) -> None:
        """Let the model that serves now take over, and what was idle for too long go."""
        model = self.serving(line.now)
        if (line.model is not None and line.model != model.name) or (
            model.cache.kind != line.cache.kind
        ):
            line.entries, line.dead = [], []
            line.causes.add("model")
        line.model, line.cache = model.name, model.cache
        line.dead += [each.length for each in line.entries if self._is_over(line, each)]
        line.entries = [each for each in line.entries if not self._is_over(line, each)]

    def _is_over(self, line: Line, entry: Entry) -> bool:
        if line.cache.ttl is None:
            return False
        if line.cache.kind == "stored":
            assert line.until is not None
            return line.now > line.until
        return line.idle - entry.touched > line.cache.ttl * SECOND

    def _disturb(self, session: Session, line: Line, step: Step, number: int) -> None:
        """Let an edit cut what is held, and a miss lose it."""
        same = session.edits.get(number, step.unchanged_tokens)
        same = line.carried if same is None else min(same, line.carried)
        if _cut(line, same) or any(length > same for length in line.dead):
            line.causes.add("edited")
        if not line.begun:
            return
        drawn = session.miss_ratio > 0 and self.random.random() < float(session.miss_ratio)
        if (drawn or number in session.misses) and line.cache.kind != "stored":
            line.entries = []
            line.causes.add("routing")

    def _store(self, line: Line, label: str) -> None:
        system = line.system
        if line.entries or not line.cache.fits(system):
            return
        billed = system if line.cache.billed is not False else 0
        parts = {
            "input": billed,
            "cache_storage": system * (line.cache.ttl or 0),
            "request": 1,
        }
        cost = cost_of(self.serving(line.now), parts, billed, 0)
        why = frozenset(line.causes | ({"ttl"} if line.dead else set()) or {"first"})
        self.rows.append(Row("creation", label, line.now, billed, 0, 0, 0, why, cost, Fraction(0)))
        line.entries, line.until = [Entry(system, 0)], _life(line)
        line.causes, line.dead = set(), []

    def _find(self, line: Line, system: int) -> int:
        """Return what of the next prompt is read, and let a read prolong its life."""
        best = line.entries[-1] if line.entries else None
        if best is None:
            return 0
        found = line.cache.fits(best.length) if line.cache.kind == "automatic" else best.length
        if found and line.cache.refresh:
            best.touched = line.idle
            for each in line.entries:
                if each.length == system:
                    each.touched = line.idle
        return found

    def _keep(self, line: Line, system: int, length: int) -> None:
        """Take in a prompt; what is there already keeps its life."""
        if line.cache.kind == "automatic" and [each.length for each in line.entries] != [length]:
            line.entries = [Entry(length, line.idle)] if length else []
        if line.cache.kind == "explicit":
            there = {each.length for each in line.entries}
            new = {size for size in (system, length) if line.cache.fits(size)} - there
            line.entries += [Entry(size, line.idle) for size in new]
            line.entries.sort(key=lambda each: each.length)

    def _reasons(self, line: Line, context: int, read: int) -> frozenset[str]:
        cache, found = line.cache, set(line.causes)
        if read == line.carried:
            return frozenset()
        if any(length > read for length in line.dead):
            found.add("ttl")
        if cache.kind == "none":
            return frozenset()
        if (line.system if cache.kind == "stored" else context) < cache.least:
            return frozenset({"below_min"})
        if not found and not read:
            found.add("below_min" if line.begun else "first")
        return frozenset(found)

    def _call(self, line: Line, step: Step, label: str) -> None:
        context = line.carried + step.transient_tokens + step.input_tokens
        read = self._find(line, line.system)
        reasons = self._reasons(line, context, read)
        shown = step.output_tokens - step.reasoning_tokens
        stays = line.carried if step.transient_tokens else context
        written = self._written(line, stays, context, read)
        units = dict(step.units)
        parts = {"output": shown, "reasoning": step.reasoning_tokens, "request": 1, **units}
        self._add(line, step.kind, label, (context, read, written, step.output_tokens), reasons,
                  parts)  # fmt: skip
        if line.cache.replies and not step.transient_tokens:
            stays += shown
        self._keep(line, line.system, stays)
        line.carried += step.input_tokens + shown
        line.begun = True
        self._write(line, step.output_tokens)

    def _written(self, line: Line, stays: int, context: int, read: int) -> int:
        """Return what is written at a price: an explicit mark stands before transient text."""
        cache = line.cache
        if cache.kind == "none" or cache.meter is None:
            return 0
        return max(0, cache.fits(stays if cache.kind == "explicit" else context) - read)

    def _add(
        self,
        line: Line,
        kind: str,
        label: str,
        tokens: tuple[int, int, int, int],
        reasons: frozenset[str],
        rest: dict[str, int],
    ) -> None:
        context, read, written, output = tokens
        model = self.serving(line.now)
        write = line.cache.meter or "cache_write"
        parts = {"input": context - read - written, "cache_read": read, write: written, **rest}
        cost = cost_of(model, parts, context, output)
        plain = cost_of(model, {"input": context, **rest}, context, output)
        self.rows.append(
            Row(kind, label, line.now, context, read, written, output, reasons, cost, plain)
        )
        line.causes = set()
        line.dead = [length for length in line.dead if length <= read]

    def _write(self, line: Line, output: int) -> None:
        speed = self.serving(line.now).speed
        if speed is None:
            self.end = None
            return
        seconds = Fraction(output) / Fraction(str(speed))
        if self.end is not None:
            begun = Fraction((line.now - self.start) // MICRO, SECOND)
            self.end = max(self.end, begun + seconds)
        line.now += floor(seconds * SECOND) * MICRO

    def _branch(self, session: Session, line: Line, number: int, label: str) -> None:
        """Run what starts after a step; all of it starts at once, and the last one ends the wait."""
        ends = [line.now]
        for place, branch in enumerate(session.branches, 1):
            for twin in range(branch.count if branch.after == number else 0):
                name = f"{label}{place}.{twin + 1}/" if branch.count > 1 else f"{label}{place}/"
                own = Line(line.now, self.serving(line.now).cache, branch.session.system_tokens)
                if branch.fork:
                    own = Line(line.now, line.cache, line.system, begun=True)
                    own.entries = [Entry(each.length, each.touched) for each in line.entries]
                    own.until, own.idle = line.until, line.idle
                    own.carried, own.model = line.carried, line.model
                self.run(branch.session, own, name)
                ends.append(own.now)
        _wait(line, max(ends) - line.now)

    def _compact(self, session: Session, line: Line, label: str) -> None:
        """Have the conversation summarised, and go on from the summary."""
        assert session.compact_at is not None
        summary, system, context = session.summary_tokens or 0, line.system, line.carried
        if context <= session.compact_at:
            return
        self._serve(line)
        read = self._find(line, system)
        reasons = self._reasons(line, context, read)
        before = line.causes, line.dead
        written = self._written(line, 0, context, read) if line.cache.kind == "automatic" else 0
        self._add(line, "compaction", label, (context, read, written, summary), reasons,
                  {"output": summary, "request": 1})  # fmt: skip
        if line.cache.kind == "automatic":
            self._keep(line, system, context)
        elif not line.entries:
            line.causes, line.dead = before  # nothing came in: the next call finds none as well
        if _cut(line, system):
            line.causes = {"compacted"}
        line.carried = system + summary
        self._write(line, summary)


def _wait(line: Line, gap: timedelta) -> None:
    line.now += gap
    line.idle += gap // MICRO


def _life(line: Line) -> datetime | None:
    return None if line.cache.ttl is None else line.now + timedelta(seconds=line.cache.ttl)


def _cut(line: Line, same: int) -> bool:
    """Keep what is unchanged: of an automatic cache the beginning, of others whole entries."""
    before = [each.length for each in line.entries]
    if line.cache.kind == "automatic":
        for each in line.entries:
            each.length = min(each.length, same)
    line.entries = [each for each in line.entries if 0 < each.length <= same]
    return [each.length for each in line.entries] != before


def steps_of(session: Session) -> list[Step]:
    """Return a session's steps one by one."""
    if not isinstance(session.steps, int):
        return list(session.steps)

    def of(value: Any, place: int) -> Any:
        return value[place] if isinstance(value, tuple) else value

    return [
        Step(
            input_tokens=of(session.input_tokens_per_step, place),
            output_tokens=of(session.output_tokens_per_step, place),
            reasoning_tokens=of(session.reasoning_tokens_per_step, place),
            transient_tokens=of(session.transient_tokens_per_step, place),
            gap=of(session.gap, place),
            units=session.units_per_step,
        )
        for place in range(session.steps)
    ]
