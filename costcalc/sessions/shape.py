"""The shape of a session whose steps are all alike, and where a formula of it must fail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from costcalc.meters import METERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.caching.policy import CachePolicy
    from costcalc.registry.rates import Card
    from costcalc.sessions.session import Session
    from costcalc.sessions.simulation import Simulation

__all__ = ["Shape", "differences"]

_MICRO = timedelta(microseconds=1)
_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Shape:
    """A session whose steps are all alike."""

    steps: int
    system: int
    new: int
    output: int
    """All that is billed of a reply."""
    shown: int
    """What is sent again of it."""
    transient: int

    @property
    def growth(self) -> int:
        """Return a, by how much each prompt is longer than the one before."""
        return self.new + self.shown

    @property
    def input(self) -> int:
        """Return I."""
        steps = self.steps
        each = self.system + self.new + self.transient
        return steps * each + self.growth * steps * (steps - 1) // 2

    @property
    def last(self) -> int:
        """Return L_T."""
        return self.system + self.new + self.transient + (self.steps - 1) * self.growth

    def is_passing(self, policy: CachePolicy) -> bool:
        """Return whether no prompt is found again, since it must be whole and its end is gone."""
        return policy.whole_prompts and self.transient > 0

    def hits(self, policy: CachePolicy) -> int:
        """Return the tokens that later steps find: the prompt before, or its unchanged part.

        Transient text stands before the new input, so that only what was before it is found.
        """
        steps = self.steps
        if self.is_passing(policy):
            return 0
        if self.transient:
            return (steps - 1) * self.system + self.growth * (steps - 1) * (steps - 2) // 2
        return self.input - self.last + (self.shown * (steps - 1) if policy.caches_output else 0)

    @property
    def marked(self) -> int:
        """Return the tokens of all prompts up to their explicit mark, before transient text."""
        return self.input - self.steps * (self.transient + self.new if self.transient else 0)


def differences(shape: Shape, simulation: Simulation) -> tuple[str, ...]:
    """Return what the simulation of a session knows and the formula does not."""
    session = simulation.session
    card, policy = simulation.first
    checks = {
        **_of_the_cache(shape, session, policy),
        "expiry": _expires(shape, simulation, policy),
        "compaction": session.compact_at is not None
        and shape.steps > 1
        and shape.last - shape.new - shape.transient > session.compact_at,
        "branches": bool(session.branches),
        "tiers": 2 * shape.last >= card.high or 2 * shape.output >= card.output_high,
        "grains": _has_grains(card, session),
        "price change": simulation.start + _duration(shape, simulation, card) >= card.end,
    }
    return tuple(name for name, holds in checks.items() if holds)


def _has_grains(card: Card, session: Session) -> bool:
    """Return whether something of a session has a minimum or is rounded up, call by call."""
    used = session.units_per_step
    return any(METERS[name].scaled or name in used for name in (*card.minimum, *card.round_up))


def _of_the_cache(shape: Shape, session: Session, policy: CachePolicy) -> dict[str, bool]:
    """Return what the cache does that is no matter of lengths alone."""
    warm, miss = session.warm_start_ratio, session.miss_ratio
    stored = policy.kind == "stored"
    passing = shape.is_passing(policy)
    later = shape.steps > 1 and not stored and not (passing and not warm)
    of_use = policy.kind != "none" and (
        stored or later or bool(warm) or policy.write_meter is not None
    )
    least = shape.system
    if not (stored or warm or (shape.transient and not passing)):
        least += shape.transient + shape.new
    return {
        "minimum": of_use and least < policy.min_tokens,
        "increment": of_use and policy.increment > 1,
        "misses": of_use and later and any(step > 1 for step in session.misses),
        "drawn misses": of_use and later and 0 < miss < 1,
        "drawn start": of_use and 0 < warm < 1,
        "warm start": passing and bool(warm) and 0 < miss < 1,
        "edits": of_use and bool(session.edits),
    }


def _waits(shape: Shape, session: Session) -> list[int]:
    """Return the waits between calls, in microseconds."""
    if isinstance(session.gap, tuple):
        return [gap // _MICRO for gap in session.gap[1:]]
    return [session.gap // _MICRO] * (shape.steps - 1)


def _duration(shape: Shape, simulation: Simulation, card: Card) -> int:
    """Return the microseconds from the first call to the last."""
    writing = simulation.prices.writing(card, shape.output)
    return sum(_waits(shape, simulation.session)) + (shape.steps - 1) * writing


def _expires(shape: Shape, simulation: Simulation, policy: CachePolicy) -> bool:
    """Return whether an entry can die: by one long wait, or by many where nothing renews it."""
    passing, session = shape.is_passing(policy), simulation.session
    if policy.kind == "none" or policy.ttl is None or (passing and not session.warm_start_ratio):
        return False
    life = policy.ttl * _SECOND
    if policy.kind == "stored":
        return _duration(shape, simulation, simulation.first[0]) > life
    renewed = policy.refresh_on_read or (shape.growth > 0 and not passing)
    waits = _waits(shape, session)
    return max(waits, default=0) > life or (not renewed and sum(waits) > life)
