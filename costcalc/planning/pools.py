"""Simulated sessions of a workload, from which the runs of a project draw.

What nobody knows yet is drawn once per run. A run can draw only from sessions that were simulated
under its own draws, so there are *worlds*: draws of all ranges that shape a session, one in each of
as many equal strata, those of a workload together as a net. Every run lies in one world and draws
its sessions from there. Where sessions differ by quantiles, each world needs hundreds of them, and
there are 32; else a few are enough, and there are 256. A workload whose shape has no range needs
one world only.

Tokens and steps are drawn once for a session, as a net over all sessions of a workload and over
those of each world; waits and retries are drawn for each step. The draws are the same for every
price list, so that a change of prices is seen without noise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, NamedTuple

from costcalc.instants import DAY
from costcalc.planning.draws import shuffled, strata, stream
from costcalc.planning.nets import net
from costcalc.planning.numbers import Fixed, Number, Quantiles, Range
from costcalc.planning.tally import Tally
from costcalc.sessions.moves import Move
from costcalc.sessions.session import Session
from costcalc.sessions.simulation import Simulation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from random import Random

    from costcalc.planning.epochs import Epoch
    from costcalc.planning.plan import Plan
    from costcalc.planning.workloads import WorkloadBase
    from costcalc.registry.registry import Registry
    from costcalc.sessions.calls import Call

__all__ = ["MOST_STEPS", "WORLDS", "Item", "Pool", "Sampler"]

WORLDS = 256
"""Draws of the ranges that shape sessions, where these do not differ by quantiles as well."""
_COARSE = 32
"""The same where they do; it divides `WORLDS`, so that a run lies in one of either."""
MOST_STEPS = 20_000
"""Steps at which a session without a cap ends."""
_CALLS = 400_000
"""Calls that are simulated for a workload, about."""
_ALIKE = 256
"""Sessions of a world that differ in when they begin only."""
_FEWEST, _MOST = 2_048, 16_384
"""Sessions that are simulated for a workload."""
_CHANCES = ("share_of_steps", "warm_start_ratio", "miss_ratio", "retry_rate")
"""Numbers that are probabilities."""
_STEPS = ("steps_per_session", "turns_per_session")
_VOLUME_ONLY = frozenset(("people", "growth_ratio_per_month"))


class Part(NamedTuple):
    """A session."""

    system: int
    moves: list[Move]
    within: int | None
    """Steps that the cap leaves; None where it is not reached."""


@dataclass(slots=True)
class Item:
    """One session, or one run over all files: its parts are sessions of their own."""

    parts: list[Part]
    share: float
    """Where in an epoch it begins."""
    hour: float
    """Where in a day it begins."""
    seed: int
    """What its warm start and its cache misses are drawn from."""


@dataclass(slots=True)
class Pool:
    """What the sessions of one world cost under one price list."""

    costs: list[int] = field(default_factory=list)
    """Cost of each, in 10**-12 of the currency."""
    tally: Tally = field(default_factory=Tally)
    """Their sums."""
    beyond_steps: int = 0
    """What the cap of steps saves on all of them."""
    beyond_cost: int = 0
    """What the cap of a session's cost saves on all of them."""
    reached_steps: int = 0
    """How many reach the cap of steps."""
    reached_cost: int = 0
    """How many reach the cap of cost."""


def _varies(key: str, number: Number) -> bool:
    """Return whether a number makes the sessions of one world differ."""
    if isinstance(number, Quantiles):
        return True
    if key.endswith(_CHANCES):
        return isinstance(number, Range) or number.mean not in (0, 1)
    if key.endswith(_STEPS):
        return isinstance(number, Fixed) and number.value % 1 != 0
    return "units_per_step." in key and (isinstance(number, Range) or number.mean % 1 != 0)


class Sampler:
    """Draws the sessions of one workload, and simulates them under a price list."""

    def __init__(self, plan: Plan, name: str, seed: int, files: tuple[int, ...]) -> None:
        self.plan = plan
        self.name = name
        self.workload: WorkloadBase = plan.workloads[name]
        self.files = files
        self._seed = seed
        self._numbers = self._shape_numbers()
        kinds = {type(number) for number in self._numbers.values()}
        self.worlds = (_COARSE if Quantiles in kinds else WORLDS) if Range in kinds else 1
        self.size = max(1, self._sessions() // self.worlds)
        self._dimensions = self._drawn_together()
        self._values = self._drawn_worlds()
        self._columns = self._drawn_columns()
        self.drawn: Mapping[int, Sequence[Item]] | None = None
        """Sessions by world that were drawn before, for a workload of the same shape."""

    def _shape_numbers(self) -> dict[str, Number]:
        """Return the numbers that shape a session, by the keys that their draws are named after."""
        volume = {*self.workload.volume_numbers(), *_VOLUME_ONLY}
        found = {
            f"workloads.{self.name}.{key}": number
            for key, number in self.workload.numbers().items()
            if key not in volume and key != "retry_rate"
        }
        key = self.plan.retry_key(self.name)
        return {**found, key: self.plan.number(key)}

    def _sessions(self) -> int:
        """Return how many sessions are simulated: fewer where they are long, a power of two."""
        if not any(_varies(key, number) for key, number in self._numbers.items()):
            return _ALIKE * min(self.worlds, _COARSE)
        steps = float(self.workload.shape.steps[1].mean) * max(1, len(self.files))
        wanted = min(max(_CALLS / max(steps, 1.0), _FEWEST), _MOST)
        return 1 << floor(wanted).bit_length() - 1

    def _drawn_together(self) -> dict[str, int]:
        """Return the dimensions of a net by key: first what matters most, as these are the best."""
        shape = self.workload.shape
        pairs = (shape.steps, shape.input, shape.output, shape.transient, shape.system)
        return {f"workloads.{self.name}.{key}": at for at, (key, _) in enumerate(pairs) if key}

    def _drawn_worlds(self) -> list[dict[str, float]]:
        """Return the value of every number that is no distribution over sessions, by world."""
        found: list[dict[str, float]] = [{} for _ in range(self.worlds)]
        for key, number in self._numbers.items():
            if isinstance(number, Quantiles):
                continue
            if isinstance(number, Range):
                values = [number.quantile(u) for u in self._by_world(key)]
            else:
                values = [number.quantile(0.5)] * self.worlds
            for world, value in zip(found, values, strict=True):
                world[key] = value
        return found

    def _by_world(self, key: str) -> list[float]:
        """Return where in its distribution a range lies, by world; equal keys draw the same."""
        random = stream(self._seed, key, "worlds")
        dimension = self._dimensions.get(key)
        if dimension is None:
            # what workloads share has as many draws in all of them
            many = _COARSE if key.startswith("defaults.") else self.worlds
            return strata(many, random) * (self.worlds // many)
        drawn = net(dimension, self.worlds, random)
        # in an order of its own, or ranges of two workloads would have to do with each other
        order = shuffled(range(self.worlds), stream(self._seed, self.name, "order"))
        return [drawn[at] for at in order]

    def _drawn_columns(self) -> dict[str, list[list[float]]]:
        """Return the quantiles of every number that varies, by world and session."""
        found: dict[str, list[list[float]]] = {}
        for key, number in self._numbers.items():
            if key.endswith(_STEPS) and not isinstance(number, Quantiles):
                if _varies(key, number):
                    found[key] = self._between(key)
                continue
            if not isinstance(number, Quantiles) or key.endswith("user_gaps.minutes"):
                continue
            found[key] = [[number.quantile(u) for u in each] for each in self._by_session(key)]
        return found

    def _between(self, key: str) -> list[list[float]]:
        """Return the steps of sessions that have 2.4 on average: 2 mostly, and often enough 3."""
        return [
            [float(floor(values[key] + share)) for share in shares]
            for values, shares in zip(self._values, self._by_session(key), strict=True)
        ]

    def _by_session(self, key: str) -> list[list[float]]:
        """Return where in their distributions the sessions lie, by world.

        Strata lie over all worlds, and those of one world over all of the distribution.
        """
        random = stream(self._seed, key, "sessions")
        drawn = net(self._dimensions[key], self.worlds * self.size, random)
        return [drawn[at : at + self.size] for at in range(0, len(drawn), self.size)]

    def _value(self, key: str, world: int, at: int) -> float:
        full = f"workloads.{self.name}.{key}"
        column = self._columns.get(full)
        return self._values[world].get(full, 0.0) if column is None else column[world][at]

    def items(self, world: int) -> Iterator[Item]:
        """Iterate over the sessions of a world."""
        if self.drawn is not None:
            yield from self.drawn[world]
            return
        starts = strata(self.size, stream(self._seed, self.name, "starts", world))
        hours = strata(self.size, stream(self._seed, self.name, "hours", world))
        misses = stream(self._seed, self.name, "misses", world)
        inputs = self.files or (None,)
        drawn = self._draws_steps(world)
        for at in range(self.size):
            # to seed a generator takes as long as to simulate some calls
            random = stream(self._seed, self.name, "steps", world, at) if drawn else None
            parts = [self._part(world, at, tokens, random) for tokens in inputs]
            yield Item(parts, starts[at], hours[at], int(misses.random() * 2**53))

    def _part(self, world: int, at: int, tokens: int | None, random: Random | None) -> Part:
        """Return one session; `tokens` are those of a file."""
        shape = self.workload.shape

        def whole(pair: tuple[str, Number]) -> int:
            return floor(self._value(pair[0], world, at) + 0.5) if pair[0] else 0

        steps = min(max(1, whole(shape.steps)), MOST_STEPS)
        output = whole(shape.output)
        share = self._value(shape.reasoning[0], world, at) if shape.reasoning[0] else 0.0
        new, passing = whole(shape.input) if tokens is None else tokens, whole(shape.transient)
        if shape.once:  # a mark stands behind the instructions, not behind what nobody reads again
            new, passing = 0, new
        move = Move(new, output, floor(output * share + 0.5), passing, 0, {})
        cap = self.workload.caps_plan.steps_per_session
        moves = self._moves(move, steps, world, random)
        return Part(whole(shape.system), moves, None if cap is None or steps <= cap else cap)

    def _draws_steps(self, world: int) -> bool:
        """Return whether anything is drawn for each step of a session."""
        retry = self._values[world][self.plan.retry_key(self.name)]
        share = self._value("user_gaps.share_of_steps", world, 0)
        return bool(retry or share or self.workload.units_per_step)

    def _moves(self, move: Move, steps: int, world: int, random: Random | None) -> list[Move]:
        """Return the calls of a session: with waits, and with those that fail and come again."""
        if random is None:
            return [move] * steps
        values = self._values[world]
        retry = values[self.plan.retry_key(self.name)]
        gaps = self.workload.gaps
        share = self._value("user_gaps.share_of_steps", world, 0)
        fees = [(meter, self._value(f"units_per_step.{meter}", world, 0))
                for meter in self.workload.units_per_step]  # fmt: skip
        draw = random.random
        found: list[Move] = []
        for step in range(1, steps + 1):
            sent = move
            if gaps is not None and step > 1 and draw() < share:
                sent = sent._replace(gap=self._wait(gaps.minutes, world, draw()))
            if fees:
                counts = {meter: floor(many + draw()) for meter, many in fees}
                sent = sent._replace(units={name: each for name, each in counts.items() if each})
            if retry and draw() < retry:  # what failed is paid, and sent again at once
                found.append(sent._replace(kind="failed", failed=True))
                sent = sent._replace(gap=0)
            found.append(sent)
        return found

    def _wait(self, minutes: Number, world: int, share: float) -> int:
        """Return a wait in microseconds, whole seconds."""
        if isinstance(minutes, Quantiles):
            drawn = minutes.quantile(share)
        else:
            drawn = self._value("user_gaps.minutes", world, 0)
        return floor(min(drawn, 5_000_000.0) * 60 + 0.5) * 1_000_000

    def simulate(
        self,
        epoch: Epoch,
        world: int,
        model: str,
        registry: Registry,
        step: Callable[[], None],
    ) -> Pool:
        """Return the sessions of a world as they cost in an epoch."""
        replay = _Replay(self, world, model, registry, epoch.start)
        pool = Pool()
        for item in self.items(world):
            replay.add(pool, item, _start(epoch, item))
            step()
        return pool


def _start(epoch: Epoch, item: Item) -> int:
    """Return when a session begins: on a day of the epoch, at any hour of it."""
    somewhere = epoch.start + floor((epoch.end - epoch.start) * item.share)
    found = somewhere - somewhere % DAY + floor(DAY * item.hour)
    return found if epoch.start <= found < epoch.end else somewhere


class _Replay(Simulation):
    """The simulation of a workload, whose sessions differ in their moves."""

    def __init__(
        self, sampler: Sampler, world: int, model: str, registry: Registry, start: int
    ) -> None:
        workload = sampler.workload
        values = sampler._values[world]  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - of this module
        prefix = f"workloads.{sampler.name}.cache."
        caps = workload.caps_plan
        session = Session(
            steps=1,
            cache=workload.cache_plan.choice,
            warm_start_ratio=values[f"{prefix}warm_start_ratio"],
            miss_ratio=values[f"{prefix}miss_ratio"],
            compact_at=caps.compact_at_tokens,
            summary_tokens=caps.summary_tokens,
        )
        super().__init__(session, model, workload.terms, registry, start)
        self._misses_drawn = bool(session.miss_ratio)
        self._caps = caps

    def add(self, pool: Pool, item: Item, start: int) -> None:
        """Simulate one item, and add what it costs to a pool."""
        limit = self._caps.cost_per_session_usd
        total = 0
        for number, part in enumerate(item.parts):
            calls = self._begun(part, start, item.seed + number)
            if limit is None and part.within is None:
                total += pool.tally.add(calls)
                continue
            kept, saved = self._capped(pool, calls, part.within)
            total += kept
            pool.beyond_steps += saved
            pool.reached_steps += part.within is not None
        pool.costs.append(total)

    def _begun(self, part: Part, start: int, seed: int) -> Iterator[Call]:
        if part.system != self.session.system_tokens:
            at, summary = self._caps.compact_at_tokens, self._caps.summary_tokens
            if at is not None and at <= part.system + (summary or 0):
                at = summary = None  # a summary would not make it shorter
            self.session = self.session.replace(
                system_tokens=part.system, compact_at=at, summary_tokens=summary
            )
        self._moves = part.moves
        self._unstable = self._misses_drawn
        self.start = start
        return self.calls(seed)

    def _capped(self, pool: Pool, calls: Iterator[Call], within: int | None) -> tuple[int, int]:
        """Return what a session costs within its caps, and what the cap of steps saves."""
        limit = self._caps.cost_per_session_usd
        inside = _Until(calls, within)
        if limit is None:
            return pool.tally.add(inside), Tally().add(inside.rest())
        most = floor(Fraction(limit) * 10**12)
        total = 0
        for call in inside:
            beyond = total >= most
            total += (Tally() if beyond else pool.tally).add((call,))
        kept = min(total, most)
        pool.reached_cost += kept < total
        pool.beyond_cost += total - kept
        return kept, Tally().add(inside.rest())


class _Until:
    """The calls within so many steps, or all; what comes after is the rest."""

    def __init__(self, calls: Iterator[Call], steps: int | None) -> None:
        self._calls = calls
        self._steps = steps
        self._next: Call | None = None

    def __iter__(self) -> Iterator[Call]:
        done = 0
        for call in self._calls:
            if done == self._steps:  # also what is summarised for the next step
                self._next = call
                return
            done += call.kind == "step"
            yield call

    def rest(self) -> Iterator[Call]:
        """Iterate over what was not within."""
        if self._next is not None:
            yield self._next
            yield from self._calls
