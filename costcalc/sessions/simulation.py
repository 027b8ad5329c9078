"""A session, call by call: the context grows, the cache serves what it still holds.

The clock has two hands. Prices hold at instants, which advance by waits and by writing; a cache
dies of idleness, which is the wait between a reply and the next call.
"""

from __future__ import annotations

import copy
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random

from costcalc.billing.bill import total_of
from costcalc.caching.measured import UNCACHED
from costcalc.caching.policy import CachePolicy, policy_of
from costcalc.errors import UnknownConditionError, UsageError
from costcalc.money import ZERO
from costcalc.registry.cards import cache_of as stated_cache
from costcalc.sessions.caches import Automatic, Cache, Stored, cache_of
from costcalc.sessions.moves import moves_of
from costcalc.sessions.session import RECORDED
from costcalc.usage.usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from costcalc.registry.plans import Plan
    from costcalc.registry.rates import Card, PriceList, Tariff
    from costcalc.registry.registry import Registry
    from costcalc.sessions.moves import Move
    from costcalc.sessions.session import Session

__all__ = ["Call", "Simulation"]

_SECOND = 1_000_000


@dataclass(slots=True)
class Call:
    """One model call as it was simulated; tokens."""

    simulation: Simulation
    """Whose model and terms it is billed by."""
    card: Card
    kind: str
    branch: str
    at: int
    """Instant of the call, in microseconds since 1970."""
    context: int
    """All input."""
    read: int
    write: int
    output: int
    reasoning: int
    units: Mapping[str, int]
    miss: str | None
    recorded: Usage | None = None

    def usage(self) -> Usage:
        """Return what is billed."""
        if self.recorded is not None:
            return self.recorded
        counts: dict[str, Any] = {}
        if self.write:
            meter = self.simulation.policy_at(self.card).write_meter
            counts["cache_write_tokens"] = self.write
            if meter != "cache_write":
                counts[f"{meter}_tokens"] = self.write
        return Usage(
            input_tokens=self.context,
            output_tokens=self.output,
            cache_read_tokens=self.read,
            reasoning_tokens=self.reasoning,
            units=self.units,
            requests=1,
            **counts,
        )

    def amount(self) -> tuple[int, Decimal]:
        """Return what is billed, for sums: whole units of the card, and what has no such form."""
        card = self.card
        if card.slow or self.units or self.recorded is not None:
            return 0, total_of(card, self.usage())
        plain = self.output - self.reasoning
        fresh = self.context - self.read - self.write
        parts = (("input", fresh), ("cache_read", self.read), ("output", plain))
        ints = card.ints
        whole = 0
        for meter, tokens in parts:
            if tokens:
                whole += tokens * (ints[meter] if meter in ints else _unit(card, meter))
        if self.write:
            meter = self.simulation.policy_at(card).write_meter or "input"
            whole += self.write * _unit(card, meter)
        if self.reasoning:
            whole += self.reasoning * _unit(card, "reasoning")
        return whole, ZERO

    def uncached_usage(self) -> Usage:
        """Return what would be billed without a cache; its creation is nothing."""
        if self.kind == "creation":
            return Usage(requests=1)
        if self.recorded is not None:
            return replace(self.recorded, **UNCACHED)
        return Usage(
            input_tokens=self.context,
            output_tokens=self.output,
            reasoning_tokens=self.reasoning,
            units=self.units,
            requests=1,
        )


@dataclass(slots=True)
class _Line:
    """The main line of a session, or a branch of it, while it is simulated."""

    cache: Cache
    now: int
    idle: int = 0
    carried: int = 0
    """Tokens that the next prompt begins with."""
    card: Card | None = None
    """The rates of the call before, which mostly hold on."""
    begun: bool = False
    reason: str | None = None
    """Why the next call finds less than it could."""


class Simulation:
    """A session under one model and its terms, looked up once for any number of runs."""

    def __init__(
        self, session: Session, model: str, terms: Mapping[str, Any], registry: Registry, start: int
    ) -> None:
        self.session = session
        self.model = model
        self.registry = registry
        self.terms: dict[str, Any] = dict(terms)
        self.start = start
        self._policies: dict[PriceList, CachePolicy] = {}
        self._moves = moves_of(session)
        self._unstable = bool(
            session.edits
            or session.misses
            or session.miss_ratio
            or any(move.dropped or move.unchanged is not None for move in self._moves)
        )
        self._speeds: dict[Tariff, tuple[int, int] | None] = {}
        self._plan = self._planned()
        self._branches = [
            (branch, self._beside(branch.session, start)) for branch in session.branches
        ]

    def _planned(self) -> Plan:
        """Return the plan; where the price depends on the kind of cache, under that kind."""
        plan = self._plan_of(self.terms)
        kind = self.policy_at(plan.card(self.start, 0, 0)).kind
        stated: dict[str, Any] = self.terms.get("conditions") or {}
        if kind == "explicit" and "cache_kind" not in stated:
            terms = {**self.terms, "conditions": {**stated, "cache_kind": kind}}
            with suppress(UnknownConditionError):
                special = self._plan_of(terms)
                special.card(self.start, 0, 0)
                self.terms = terms
                return special
        return plan

    def _plan_of(self, terms: Mapping[str, Any]) -> Plan:
        names = ("provider", "service_tier", "batch", "region", "conditions")
        return self.registry.plan(self.model, *(terms.get(name) for name in names))

    def _beside(self, session: Session, start: int) -> Simulation:
        """Return the simulation of a branch: another model is looked up by its own name alone."""
        if session.model is None:
            return Simulation(session, self.model, self.terms, self.registry, start)
        terms = {**self.terms, "provider": None}
        return Simulation(session, session.model, terms, self.registry, start)

    @property
    def plan(self) -> Plan:
        """The way from an instant and a size to the rates."""
        return self._plan

    def policy_at(self, card: Card) -> CachePolicy:
        """Return the cache policy that holds with a card."""
        period = card.period
        found = self._policies.get(period)
        if found is None:
            kinds = stated_cache(self.registry, card)
            said = f"{card.tariff.model} ({card.tariff.provider})"
            wish = self.session.cache
            chosen = None if wish == RECORDED else wish
            found = self._policies[period] = policy_of(kinds, card.rates, chosen, said)
        return found

    def calls(self, seed: int) -> Iterator[Call]:
        """Iterate over the calls of one run; the seed decides what is drawn."""
        policy = self.policy_at(self._plan.card(self.start, 0, 0))
        line = _Line(cache_of(policy), self.start)
        yield from self._run(line, Random(seed), "")  # noqa: S311 - a simulation, no secret

    def _run(self, line: _Line, random: Random, label: str) -> Iterator[Call]:
        session = self.session
        if not line.begun:
            line.carried = session.system_tokens
            self._warm(line, random)
        branches = {branch.after for branch, _ in self._branches}
        compacts = session.compact_at is not None
        last = len(self._moves)
        for number, move in enumerate(self._moves, 1):
            if line.begun and move.gap:
                line.idle += move.gap
                line.now += move.gap
            if move.usage is not None and session.cache == RECORDED:
                yield self._replayed(line, move, move.usage, label)
                continue
            carried = self._carried(line, move, number)
            if self._unstable:
                self._disturb(line, move, number, carried, random)
            card, policy = self._adopt(line, carried + move.transient + move.input, move.output)
            if policy.kind == "stored":
                yield from self._create(line, label)
            yield self._call(line, move, carried, card, label)
            if number in branches:
                yield from self._branch(line, number, random, label)
            if compacts and number < last:
                yield from self._compact(line, label)

    def _carried(self, line: _Line, move: Move, number: int) -> int:
        """Return what a prompt begins with: the conversation, less what is dropped."""
        if not move.dropped:
            return line.carried
        system = self.session.system_tokens
        if move.dropped > line.carried - system:
            msg = (
                f"step {number} drops {move.dropped:,} tokens, and the conversation after the "
                f"system prompt has {line.carried - system:,}"
            )
            raise UsageError(msg, step=number, dropped_tokens=move.dropped)
        return line.carried - move.dropped

    def _warm(self, line: _Line, random: Random) -> None:
        """Let other sessions have cached the system prompt, as often as they do."""
        ratio = self.session.warm_start_ratio
        if ratio and (ratio == 1 or random.random() < ratio):
            system = self.session.system_tokens
            if isinstance(line.cache, Stored):
                line.cache.create(system, line.now)
            else:
                line.cache.keep(system, system, line.idle)

    def _replayed(self, line: _Line, move: Move, usage: Usage, label: str) -> Call:
        line.begun = True
        card = self._plan.card(line.now, usage.prompt2, usage.output2)
        return Call(
            self, card, move.kind, label, line.now, usage.input_tokens, usage.cache_read_tokens,
            usage.cache_write_tokens, usage.output_tokens, usage.reasoning_tokens, usage.units,
            None, usage,
        )  # fmt: skip

    def _call(self, line: _Line, move: Move, carried: int, card: Card, label: str) -> Call:
        """Send one prompt, and keep what the next one finds."""
        cache = line.cache
        policy = cache.policy
        context = carried + move.transient + move.input
        read = cache.read(carried, line.now if policy.kind == "stored" else line.idle)
        miss = None
        if read < carried or line.reason is not None:
            miss = _reason(line, context, read)
        # an explicit mark stands before what the next prompt will not have
        kept = carried if move.transient else context
        written = 0
        if policy.write_meter is not None:
            marked = kept if policy.kind == "explicit" else context
            written = max(0, policy.cached(marked) - read)
        shown = move.output - move.reasoning
        line.carried = carried + move.input + shown
        if policy.caches_output and not move.transient:
            kept += shown
        cache.keep(self.session.system_tokens, kept, line.idle)
        at = line.now
        line.begun, line.reason = True, None
        line.now += self._writing(card, move.output)
        return Call(
            self, card, move.kind, label, at, context, read, written, move.output, move.reasoning,
            move.units, miss,
        )  # fmt: skip

    def _adopt(self, line: _Line, context: int, output: int) -> tuple[Card, CachePolicy]:
        """Return the card of a call and its policy; another model begins with an empty cache."""
        card = line.card
        prompt, reply = 2 * context, 2 * output
        if (
            card is not None
            and card.start <= line.now < card.end
            and card.low <= prompt < card.high
            and card.output_low <= reply < card.output_high
        ):
            return card, line.cache.policy
        card = self._plan.card(line.now, prompt, reply)
        policy = self.policy_at(card)
        before = line.cache.policy
        moved = line.card is not None and card.tariff.model != line.card.tariff.model
        if moved or policy.kind != before.kind:
            line.cache = cache_of(policy)
            line.reason = "model"
        line.cache.policy = policy
        line.card = card
        return card, policy

    def _disturb(self, line: _Line, move: Move, number: int, carried: int, random: Random) -> None:
        """Let an edit cut the cached prefix, or a draw lose it; a stored one is never lost."""
        session, cache = self.session, line.cache
        unchanged = session.edits.get(number, move.unchanged)
        if cache.cut(carried if unchanged is None else min(unchanged, carried)):
            line.reason = "edited"
        if not line.begun:
            return
        ratio = session.miss_ratio
        drawn = bool(ratio) and random.random() < ratio
        if (drawn or number in session.misses) and not isinstance(cache, Stored):
            cache.lose()
            line.reason = "routing"

    def _create(self, line: _Line, label: str) -> Iterator[Call]:
        """Make the object of a stored cache, where none lives and the system prompt is long enough.

        Storage is billed for the life that was set, even if the object is deleted before its end.
        """
        cache = line.cache
        assert isinstance(cache, Stored)  # noqa: S101 - for the type checker
        policy, system = cache.policy, self.session.system_tokens
        if cache.read(system, line.now) or not policy.cached(system) or not system:
            return
        card = self._plan.card(line.now, 2 * system, 0)
        billed = system if policy.creation_billed is not False else 0
        units = {"cache_storage": system * (policy.ttl or 0)}
        reason = "ttl" if cache.expired else (line.reason or "first")
        yield Call(self, card, "creation", label, line.now, billed, 0, 0, 0, 0, units, reason)
        cache.create(system, line.now)
        line.reason = None

    def _branch(self, line: _Line, number: int, random: Random, label: str) -> Iterator[Call]:
        """Run what starts after a step; the main line waits for the longest."""
        longest = 0
        for place, (branch, simulation) in enumerate(self._branches, 1):
            if branch.after != number:
                continue
            for twin in range(1, branch.count + 1):
                name = f"{label}{place}" + (f".{twin}" if branch.count > 1 else "")
                same = simulation.model == self.model
                start = simulation.begin(line, fork=branch.fork, same_model=same)
                yield from simulation._run(start, random, f"{name}/")  # noqa: SLF001 - of this class
                longest = max(longest, start.now - line.now)
        line.idle += longest
        line.now += longest

    def begin(self, parent: _Line, *, fork: bool, same_model: bool) -> _Line:
        """Return the state in which a branch begins."""
        policy = self.policy_at(self._plan.card(parent.now, 0, 0))
        line = _Line(cache_of(policy), parent.now)
        if fork:
            line.carried, line.begun = parent.carried, True
            line.idle = parent.idle
            line.reason = "first"
            if same_model and parent.cache.policy.kind == policy.kind:
                line.cache, line.card = copy.deepcopy(parent.cache), parent.card
                line.reason = None
        return line

    def _compact(self, line: _Line, label: str) -> Iterator[Call]:
        """Have the conversation summarised where it is too long, and begin again from there."""
        session = self.session
        if line.carried <= (session.compact_at or 0):
            return
        summary, system = session.summary_tokens or 0, session.system_tokens
        card, policy = self._adopt(line, line.carried, summary)
        clock = line.now if isinstance(line.cache, Stored) else line.idle
        read = line.cache.read(line.carried, clock)
        written = 0  # a mark would write what no later prompt begins with
        if isinstance(line.cache, Automatic) and policy.write_meter is not None:
            written = max(0, policy.cached(line.carried) - read)
        miss = _reason(line, line.carried, read)
        yield Call(
            self, card, "compaction", label, line.now, line.carried, read, written, summary, 0, {},
            miss,
        )  # fmt: skip
        line.now += self._writing(card, summary)
        line.reason = "compacted" if line.cache.cut(system) else None
        line.carried = system + summary

    def _writing(self, card: Card, output: int) -> int:
        """Return the microseconds that a reply takes to write; 0 where the speed is not known."""
        tariff = card.tariff
        if tariff not in self._speeds:
            speed = speed_of(card)
            self._speeds[tariff] = None if speed is None else speed.as_integer_ratio()
        ratio = self._speeds[tariff]
        return 0 if ratio is None else output * _SECOND * ratio[1] // ratio[0]


def _unit(card: Card, meter: str) -> int:
    """Return the whole-number rate of a meter of tokens, its parent's if need be."""
    found = card.ints.get(meter)
    return found if found is not None else card.integer(meter) or 0


def speed_of(card: Card) -> Decimal | None:
    """Return the typical output tokens per second of the model that a card bills."""
    speed = card.tariff.record.get("output_tokens_per_second")
    return Decimal(speed) if speed else None


def _reason(line: _Line, context: int, read: int) -> str | None:
    """Return why a call read less than it could; None where it did not."""
    policy = line.cache.policy
    if policy.kind == "none":
        return None
    if context < policy.min_tokens:
        return "below_min"
    if line.cache.expired:
        return "ttl"
    if line.reason is not None:
        return line.reason
    if read:
        return None
    return "below_min" if line.begun else "first"
