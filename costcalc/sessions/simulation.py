"""A session, call by call: the context grows, the cache serves what it still holds."""

from __future__ import annotations

from random import Random

from costcalc.errors import UsageError
from costcalc.sessions.caches import Stored, cache_of
from costcalc.sessions.calls import Call
from costcalc.sessions.checks import RECORDED, check_compaction
from costcalc.sessions.lines import Line
from costcalc.sessions.moves import moves_of
from costcalc.sessions.prices import Prices

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from costcalc.caching.policy import CachePolicy
    from costcalc.registry.rates import Card
    from costcalc.registry.registry import Registry
    from costcalc.sessions.moves import Move
    from costcalc.sessions.session import Session
    from costcalc.usage.usage import Usage

__all__ = ["Simulation"]

_UNUSED = Random(0)  # noqa: S311 - a simulation, no secret
"""What nothing is drawn from: to seed one for each session takes as long as some of its calls."""


class Simulation:
    """A session under one model and its terms, looked up once for any number of runs."""

    def __init__(
        self, session: Session, model: str, terms: Mapping[str, Any], registry: Registry, start: int
    ) -> None:
        self.session = session
        self.start = start
        self.prices = Prices(model, session.cache, terms, registry)
        self._moves = moves_of(session)
        self._misses = frozenset(session.misses)
        self._miss_ratio = float(session.miss_ratio)  # what is drawn is a float
        self._warm_start_ratio = float(session.warm_start_ratio)
        self._unstable = bool(
            session.edits
            or session.misses
            or session.miss_ratio
            or any(move.dropped or move.unchanged is not None for move in self._moves)
        )
        self._branches = [
            (branch, _beside(branch.session, model, terms, registry, start))
            for branch in session.branches
        ]
        self._draws = bool(self._miss_ratio or self._warm_start_ratio or self._branches)

    @property
    def first(self) -> tuple[Card, CachePolicy]:
        """The rates and the cache that the session begins under."""
        card = self.prices.card(self.start, 0, 0)
        return card, self.prices.policy(card)

    def calls(self, seed: int) -> Iterator[Call]:
        """Iterate over the calls of one run; the seed decides what is drawn."""
        random = Random(seed) if self._draws else _UNUSED  # noqa: S311 - a simulation, no secret
        yield from self._run(self._begin(self.start, random), random, "")

    def _begin(self, now: int, random: Random) -> Line:
        """Return a new line; other sessions have cached its system prompt as often as they do."""
        session, prices = self.session, self.prices
        system, ratio = session.system_tokens, self._warm_start_ratio
        policy = prices.policy(prices.card(now, 0, 0))
        line = Line(cache_of(policy), now, system, system)
        if ratio and random.random() < ratio and policy.cached(system):
            line.cache.warm(system, now)
        return line

    def _fork(self, parent: Line) -> Line:
        """Return a line that goes on from another one."""
        card = self.prices.card(parent.now, 0, 0)
        line = parent.fork(self.prices.policy(card), card)
        limit = self.session.compact_at
        if limit is not None:
            check_compaction(limit, line.system + (self.session.summary_tokens or 0))
        return line

    def _run(self, line: Line, random: Random, label: str) -> Iterator[Call]:
        session = self.session
        branches = {branch.after for branch, _ in self._branches}
        limit, last = session.compact_at, len(self._moves)
        replayed = session.cache == RECORDED
        for number, move in enumerate(self._moves, 1):
            if line.begun and move.gap:
                line.wait(move.gap)
            if replayed and move.usage is not None:
                yield self._replayed(line, move, move.usage, label)
                continue
            if move.dropped:
                _drop(line, move, number)
            if self._unstable:
                self._disturb(line, move, number, random)
            card = self._adopt(line, line.carried + move.transient + move.input, move.output)
            if isinstance(line.cache, Stored):
                yield from self._create(line, line.cache, label)
            yield self._call(line, move, card, label)
            if number in branches:
                yield from self._branch(line, number, random, label)
            if limit is not None and line.carried > limit and number < last:
                yield self._compact(line, label)

    def _replayed(self, line: Line, move: Move, usage: Usage, label: str) -> Call:
        line.begun = True
        card = self.prices.card(line.now, usage.input_tokens, usage.output_tokens)
        return Call(
            self.prices, card.under(usage.reasoning_tokens), move.kind, label, line.now,
            usage.input_tokens, usage.cache_read_tokens, usage.cache_write_tokens, None,
            usage.output_tokens, usage.reasoning_tokens, usage.units, None, usage,
        )  # fmt: skip

    def _adopt(self, line: Line, context: int, output: int) -> Card:
        """Return the card of a call, which may bring another cache policy, or another model."""
        card = line.card
        if (
            card is None
            or not card.start <= line.now < card.end
            or not card.low <= 2 * context < card.high
            or not card.output_low <= 2 * output < card.output_high
        ):
            card = self.prices.card(line.now, context, output)
            line.serve(card, self.prices.policy(card))
        return card

    def _disturb(self, line: Line, move: Move, number: int, random: Random) -> None:
        """Let an edit cut the cached prefix, or a draw lose it; a stored one is never lost."""
        session, cache = self.session, line.cache
        unchanged = session.edits.get(number, move.unchanged)
        same = max(line.carried, line.failed)
        if cache.cut(same if unchanged is None else min(unchanged, same)):
            line.reason = "edited"
        if not line.begun:
            return
        drawn = self._miss_ratio > 0 and random.random() < self._miss_ratio
        if (drawn or number in self._misses) and not isinstance(cache, Stored):
            cache.lose()
            line.reason = "routing"

    def _call(self, line: Line, move: Move, card: Card, label: str) -> Call:
        """Send one prompt, and keep what the next one finds."""
        cache, carried, at = line.cache, line.carried, line.now
        policy = cache.policy
        context = carried + move.transient + move.input
        read = line.read()
        miss = line.missed(context, read) if read < carried else None
        # an explicit mark stands before what the next prompt will not have
        kept = carried if move.transient else context
        marked = kept if policy.kind == "explicit" else context
        written = 0
        if policy.write_meter is not None:
            written = max(0, policy.cached(marked) - read)
        line.begun = True
        line.now += self.prices.writing(card, move.output)
        if move.failed:
            cache.keep(line.system, marked, line.idle)
            line.failed, line.reason = context, None
        else:
            _grow(line, move, context, kept)
        return Call(
            self.prices, card.under(move.reasoning), move.kind, label, at, context, read, written,
            policy.write_meter, move.output, move.reasoning, move.units, miss,
        )  # fmt: skip

    def _create(self, line: Line, cache: Stored, label: str) -> Iterator[Call]:
        """Make the object of a stored cache, where none lives and the system prompt is long enough.

        Storage is billed for the life that was set, even if the object is deleted before its end.
        """
        policy, system = cache.policy, line.system
        if line.read() or not policy.cached(system):
            return
        billed = system if policy.creation_billed is not False else 0
        card = self.prices.card(line.now, billed, 0)
        units = {"cache_storage": system * (policy.ttl or 0)}
        reason = "ttl" if cache.expired else (line.reason or "first")
        cache.warm(system, line.now)
        line.reason = None
        yield Call(
            self.prices, card, "creation", label, line.now, billed, 0, 0, None, 0, 0, units, reason
        )

    def _branch(self, line: Line, number: int, random: Random, label: str) -> Iterator[Call]:
        """Run what starts after a step; the main line waits for the longest."""
        longest = 0
        for place, (branch, simulation) in enumerate(self._branches, 1):
            if branch.after != number:
                continue
            for twin in range(1, branch.count + 1):
                name = f"{label}{place}" + (f".{twin}" if branch.count > 1 else "")
                start = (
                    simulation._fork(line)  # noqa: SLF001 - of this class
                    if branch.fork
                    else simulation._begin(line.now, random)  # noqa: SLF001 - of this class
                )
                yield from simulation._run(start, random, f"{name}/")  # noqa: SLF001 - of this class
                longest = max(longest, start.now - line.now)
        line.wait(longest)

    def _compact(self, line: Line, label: str) -> Call:
        """Have the conversation summarised, and begin again from there."""
        summary, context, at = self.session.summary_tokens or 0, line.carried, line.now
        card = self._adopt(line, context, summary)
        cache = line.cache
        policy = cache.policy
        read = line.read()
        miss = line.missed(context, read)
        written = 0  # a mark would write what no later prompt begins with
        if policy.kind == "automatic":
            if policy.write_meter is not None:
                written = max(0, policy.cached(context) - read)
            cache.keep(line.system, context, line.idle)
            line.reason = None
        elif read or miss == "below_min":
            line.reason = None
        else:
            line.reason = miss  # nothing came in: the next call finds no more
        if cache.cut(line.system):
            line.reason = "compacted"
        line.carried = line.system + summary
        line.now += self.prices.writing(card, summary)
        return Call(
            self.prices, card, "compaction", label, at, context, read, written, policy.write_meter,
            summary, 0, {}, miss,
        )  # fmt: skip


def _beside(
    session: Session, model: str, terms: Mapping[str, Any], registry: Registry, start: int
) -> Simulation:
    """Return the simulation of a branch: another model is looked up by its own name alone."""
    if session.model is None:
        return Simulation(session, model, terms, registry, start)
    return Simulation(session, session.model, {**terms, "provider": None}, registry, start)


def _drop(line: Line, move: Move, number: int) -> None:
    """Take tokens from the end of the conversation."""
    there = line.carried - line.system
    if move.dropped > there:
        msg = (
            f"step {number} drops {move.dropped:,} tokens, and the conversation after the system "
            f"prompt has {there:,}"
        )
        raise UsageError(msg, step=number, dropped_tokens=move.dropped)
    line.carried -= move.dropped


def _grow(line: Line, move: Move, context: int, kept: int) -> None:
    """Let the conversation grow by a step, and keep what the next prompt finds."""
    cache = line.cache
    policy = cache.policy
    shown = move.output - move.reasoning
    if line.failed:
        line.failed = 0
        cache.cut(kept)
    if policy.caches_output and not move.transient:
        kept += shown
    line.carried += move.input + shown
    if policy.whole_prompts and move.transient:  # no later prompt begins with all of this one
        line.reason = "edited" if policy.cached(context) else None
        return
    cache.keep(line.system, kept, line.idle)
    line.reason = None
