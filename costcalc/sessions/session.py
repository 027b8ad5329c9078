"""A conversation or agent run before it happens: what is sent, what comes back, what is cached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from costcalc import instants
from costcalc.errors import UsageError
from costcalc.estimate.outputs import as_whole
from costcalc.estimate.stated import count, listed, per_step, share, shown, wait
from costcalc.sessions.checks import (
    MOST_STEPS,
    RECORDED,
    check_compaction,
    check_names,
    check_reasoning,
    check_recorded,
    edits_of,
    step_of,
)
from costcalc.sessions.step import Step
from costcalc.usage.counts import Counts
from costcalc.usage.usage import Usage
from costcalc.values import Value, frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import date
    from typing import Any

    from costcalc.estimate.stated import PerStep, Wait
    from costcalc.registry.registry import Registry
    from costcalc.sessions.closed_form import ClosedForm
    from costcalc.sessions.session_estimate import SessionEstimate

__all__ = ["RECORDED", "Branch", "Session"]

_PER_STEP = (
    "input_tokens_per_step",
    "output_tokens_per_step",
    "reasoning_tokens_per_step",
    "transient_tokens_per_step",
)


def _no_edits() -> Mapping[int, int]:
    return frozen({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch(Value):
    """A session that starts within another: a subagent, or a fork of the conversation.

    The main line waits for it, and what it reports back is part of the next step's input.
    """

    _strict_integers = True

    after: int
    """Number of the step after which it starts."""
    session: Session
    """What it does; without a model of its own it has that of the main line."""
    count: int = 1
    """How many like it run side by side."""
    fork: bool = False
    """Whether it begins with the conversation so far, whose cache it reads."""

    def __post_init__(self) -> None:
        """Check the numbers."""
        if not isinstance(self.session, Session):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
            msg = f"a branch's session is a costcalc.Session, not {shown(self.session)}"
            raise UsageError(msg, session=self.session)
        object.__setattr__(self, "after", count(self.after, "after", least=1))
        object.__setattr__(self, "count", count(self.count, "count", least=1))
        if self.fork is not True and self.fork is not False:
            raise UsageError(f"fork is True or False, not {shown(self.fork)}", fork=self.fork)
        if self.fork and self.session.system_tokens:
            msg = (
                f"a fork begins with the conversation it comes from, and its session states "
                f"system_tokens={self.session.system_tokens}; leave them out, or fork=False"
            )
            raise UsageError(msg, system_tokens=self.session.system_tokens)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session(Value):
    """A chain of model calls whose prompts share a growing prefix.

    Each step sends the conversation so far and what is new, and its reply joins the conversation.
    Counts per step are one number for all, a sequence with one for each, or a function of the
    step's number (1, 2, …), which is called when the session is made. `steps` can be a list of
    `Step`s instead; then they say all of it.

    `cache` is None for what the model does by itself (its automatic cache, else its explicit one at
    the shortest life), "none", "automatic", "explicit", or a life such as "5m" or "1h".

    Raises `UsageError` for counts that are none and for parts that contradict each other.
    """

    _strict_integers = True

    model: str | None = None
    """Exact id, alias or provider/model; `estimate` can name another."""
    steps: int | tuple[Step, ...]
    """How many calls, or each of them."""
    system_tokens: int = 0
    """System prompt and tools: what every prompt begins with."""
    input_tokens_per_step: int | tuple[int, ...] = 0
    """New input that stays in the conversation: a message, or the results of tools."""
    output_tokens_per_step: int | tuple[int, ...] = 0
    """All output that is billed, reasoning included."""
    reasoning_tokens_per_step: int | tuple[int, ...] = 0
    """Part of the output that is billed and not sent again."""
    transient_tokens_per_step: int | tuple[int, ...] = 0
    """Input before the new one that is in one prompt only, such as retrieved passages."""
    units_per_step: Mapping[str, int] = field(default_factory=Counts)
    """What each call uses that is not tokens, by meter: `{"web_search": 1}`."""
    gap: timedelta | tuple[timedelta, ...] = timedelta(0)
    """Wait between a reply and the next call; longer than the cache lives, and it is gone."""
    cache: str | None = None
    """Which cache is used."""
    miss_ratio: Decimal = Decimal(0)
    """Probability that a later step finds no cache though it should: routing, eviction."""
    misses: tuple[int, ...] = ()
    """Numbers of the steps that find none for certain."""
    warm_start_ratio: Decimal = Decimal(0)
    """Probability that the system prompt is cached already, by other sessions."""
    seed: int = 0
    """What the draws of misses and of the warm start begin from."""
    edits: Mapping[int, int] = field(default_factory=_no_edits)
    """Leading tokens that are as they were, by the number of the step before which the rest of
    the conversation was edited."""
    compact_at: int | None = None
    """Tokens of the conversation above which it is summarised before the next step."""
    summary_tokens: int | None = None
    """Length of such a summary."""
    branches: tuple[Branch, ...] = ()
    """Subagents and forks."""
    at: datetime | None = None
    """When the first call is made; `estimate` can name another instant. None is now."""

    if TYPE_CHECKING:  # what a caller may write is more than what the fields hold

        def __init__(  # noqa: PLR0913 - one argument a field
            self,
            *,
            model: str | None = None,
            steps: int | Sequence[Step],
            system_tokens: int = 0,
            input_tokens_per_step: PerStep[int] = 0,
            output_tokens_per_step: PerStep[int] = 0,
            reasoning_tokens_per_step: PerStep[int] = 0,
            transient_tokens_per_step: PerStep[int] = 0,
            units_per_step: Mapping[str, int] = ...,
            gap: PerStep[Wait] = ...,
            cache: str | None = None,
            miss_ratio: Decimal | float | str = ...,
            misses: Iterable[int] = (),
            warm_start_ratio: Decimal | float | str = ...,
            seed: int = 0,
            edits: Mapping[int, int] = ...,
            compact_at: int | None = None,
            summary_tokens: int | None = None,
            branches: Sequence[Branch] = (),
            at: datetime | date | str | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        """Check every field, and turn it into what it holds."""
        put = object.__setattr__
        put(self, "system_tokens", count(self.system_tokens, "system_tokens"))
        put(self, "seed", count(self.seed, "seed"))
        check_names(self)
        if self.at is not None:
            put(self, "at", instants.to_datetime(instants.parse(self.at)))
        if as_whole(self.steps) is None and not isinstance(self.steps, float):
            self._check_list()
            return
        put(self, "steps", count(self.steps, "steps", least=1))
        if self.length > MOST_STEPS:
            msg = f"steps is {self.length:,}; a session has at most {MOST_STEPS:,}"
            raise UsageError(msg, steps=self.steps)
        for name in _PER_STEP:
            put(self, name, per_step(getattr(self, name), name, self.length, count))
        put(self, "gap", per_step(self.gap, "gap", self.length, wait))
        put(self, "units_per_step", Usage(units=self.units_per_step).units)
        check_reasoning(self)
        self._check_rest()

    def _check_list(self) -> None:
        """Check a session whose steps are given outright."""
        given: Any = self.steps
        steps: tuple[Any, ...] = tuple(given) if isinstance(given, list | tuple) else ()
        other = [shown(each) for each in steps if not isinstance(each, Step)]
        if not steps or other:
            said = f"a list with {other[0]}" if other else shown(given)
            msg = f"steps is a whole number from 1 on, or a list of costcalc.Step, not {said}"
            raise UsageError(msg, steps=given)
        stated = [name for name in (*_PER_STEP, "units_per_step", "gap") if getattr(self, name)]
        if stated:
            msg = f"each Step says its own counts and gap; leave out {' and '.join(stated)}"
            raise UsageError(msg, stated=stated)
        object.__setattr__(self, "steps", steps)
        self._check_rest()

    def _check_rest(self) -> None:
        put = object.__setattr__
        for name in ("miss_ratio", "warm_start_ratio"):
            put(self, name, share(getattr(self, name), name))
        misses = {step_of(self, "misses", each) for each in listed(self.misses, "misses")}
        put(self, "misses", tuple(sorted(misses)))
        put(self, "edits", frozen(edits_of(self, self.edits)))
        self._check_branches()
        self._check_compaction()
        if self.cache == RECORDED:
            check_recorded(self)

    def _check_branches(self) -> None:
        branches = listed(self.branches, "branches")
        for branch in branches:
            if not isinstance(branch, Branch):
                msg = f"branches is a list of costcalc.Branch, not of {shown(branch)}"
                raise UsageError(msg, branches=self.branches)
            step_of(self, "branches", branch.after)
        object.__setattr__(self, "branches", branches)
        if self.calls > MOST_STEPS:
            msg = f"the session and its branches make {self.calls:,} calls; at most {MOST_STEPS:,}"
            raise UsageError(msg, calls=self.calls)

    def _check_compaction(self) -> None:
        if (self.compact_at is None) != (self.summary_tokens is None):
            msg = "compact_at and summary_tokens belong together: when, and how long the summary is"
            raise UsageError(msg, compact_at=self.compact_at, summary_tokens=self.summary_tokens)
        if self.compact_at is None:
            return
        put = object.__setattr__
        put(self, "summary_tokens", count(self.summary_tokens, "summary_tokens", least=1))
        put(self, "compact_at", count(self.compact_at, "compact_at"))
        check_compaction(self.compact_at, self.system_tokens + (self.summary_tokens or 0))

    @property
    def length(self) -> int:
        """How many steps the main line has."""
        return self.steps if isinstance(self.steps, int) else len(self.steps)

    @property
    def calls(self) -> int:
        """How many calls it makes with all its branches, compaction not counted."""
        return self.length + sum(each.count * each.session.calls for each in self.branches)

    def replace(self, **changes: Any) -> Session:
        """Return the session with other fields."""
        from dataclasses import replace

        return replace(self, **changes)

    @classmethod
    def from_usages(
        cls,
        usages: Iterable[Usage],
        *,
        model: str | None = None,
        at: Sequence[datetime | date | str] | None = None,
        system_tokens: int = 0,
    ) -> Session:
        """Return a session whose steps were recorded, in their order.

        It is replayed as it was billed, to the last digit; `replace(cache=None)` simulates it
        instead, and `estimate` under another model does, too. `at` is when each call was made; what
        lies between two calls is taken as wait.
        `system_tokens` is the part of every prompt that no step changes.
        """
        from costcalc.sessions.recorded import recorded_steps

        steps = recorded_steps(usages, at, count(system_tokens, "system_tokens"))
        return cls(
            model=model,
            steps=steps,
            system_tokens=system_tokens,
            cache=RECORDED,
            at=at[0] if at else None,
        )

    @classmethod
    def preset(cls, name: str, *, model: str | None = None, **changes: Any) -> Session:
        """Return a typical session, such as "coding-agent", with some fields changed.

        `costcalc.sessions.presets.presets()` says where each number comes from.
        """
        from costcalc.sessions.presets import preset

        return preset(name).session(model, **changes)

    def estimate(
        self,
        model: str | None = None,
        *,
        provider: str | None = None,
        at: datetime | date | str | None = None,
        service_tier: str | None = None,
        batch: bool | None = None,
        region: str | None = None,
        conditions: Mapping[str, str | bool | int | None] | None = None,
        registry: Registry | None = None,
    ) -> SessionEstimate:
        """Return what the session costs, simulated step by step.

        `at` is when the first call is made, if not when the session says; later ones follow by
        their gaps, at the prices that hold then. The terms are those of `price`, and so are the
        errors.
        """
        from costcalc.sessions.estimate import Terms, estimate_session

        terms = Terms(provider, at, service_tier, batch, region, conditions, registry)
        return estimate_session(self, model, terms)

    def closed_form(
        self,
        model: str | None = None,
        *,
        provider: str | None = None,
        at: datetime | date | str | None = None,
        service_tier: str | None = None,
        batch: bool | None = None,
        region: str | None = None,
        conditions: Mapping[str, str | bool | int | None] | None = None,
        registry: Registry | None = None,
    ) -> ClosedForm:
        """Return the same as one formula: the explainer beside the simulation.

        It knows no tiers, minima, increments, expiry, edits, compaction or branches, and equals the
        simulation where there are none; with misses, in expectation. Raises `UsageError` where the
        steps differ from each other.
        """
        from costcalc.sessions.closed_form import closed_form
        from costcalc.sessions.estimate import Terms

        terms = Terms(provider, at, service_tier, batch, region, conditions, registry)
        return closed_form(self, model, terms)
