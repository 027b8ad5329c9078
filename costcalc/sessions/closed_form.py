"""A session as one formula: the explainer beside the simulation.

With `S` the static prefix, `u` new input per step, `o` the reply that is sent again, `a = u + o`
and `T` steps, the prompt of step t has `L_t = S + u + (t-1) a` tokens, and all prompts together
have `I = T (S + u) + a T (T-1) / 2`: input grows with the square of the steps. Step 1 writes `L_1`;
each later step reads `L_(t-1)` and writes `a`, or, where it misses, writes `L_t`. Every token is
written once, `L_T` in all, and the rest, `I - L_T`, is read or, on a miss, written again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from costcalc.errors import UsageError
from costcalc.meters import METERS
from costcalc.money import EXACT, ZERO, divide, normal
from costcalc.sessions.estimate import Terms, simulation_of
from costcalc.sessions.session import RECORDED, Session
from costcalc.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.caching.policy import CachePolicy
    from costcalc.registry.rates import Card

__all__ = ["ClosedForm", "closed_form"]

_ONE = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedForm(Value):
    """A session by formula; token counts are means where misses are drawn, and may be fractions."""

    model: str
    """The model that is billed."""
    provider: str
    """Who bills it."""
    currency: str
    """ISO 4217 code of every amount."""
    steps: int
    """T, the number of calls."""
    input_tokens: int
    """I, the tokens of all prompts."""
    final_context: int
    """L_T, the tokens of the last prompt."""
    read: Decimal
    """Tokens read from the cache."""
    written: Decimal
    """Tokens written to it at a price of their own."""
    fresh: Decimal
    """Tokens paid as plain input."""
    output_tokens: int
    """Tokens of all replies."""
    total: Decimal
    """What it costs."""
    uncached: Decimal
    """What it costs without a cache."""
    ceiling: float | None
    """Hit ratio without a miss, the highest that this shape can have: 1 - L_T / I."""
    hit_ratio: float | None
    """Hit ratio with its misses."""
    differs: tuple[str, ...] = ()
    """What the simulation knows and the formula does not; empty where both are equal."""

    @property
    def saved(self) -> Decimal:
        """What caching saves."""
        return normal(EXACT.subtract(self.uncached, self.total))


@dataclass(frozen=True, slots=True)
class _Shape:
    """A session whose steps are all alike."""

    steps: int
    system: int
    new: int
    shown: int
    transient: int

    @property
    def growth(self) -> int:
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

    def hits(self, *, output: bool) -> int:
        """Return the tokens that later steps find: the prompt before, or its unchanged part.

        Transient text stands before the new input, so that only what was before it is found.
        """
        steps = self.steps
        if self.transient:
            return (steps - 1) * self.system + self.growth * (steps - 1) * (steps - 2) // 2
        return self.input - self.last + (self.shown * (steps - 1) if output else 0)

    @property
    def marked(self) -> int:
        """Return the tokens of all prompts up to their explicit mark, before transient text."""
        if not self.transient:
            return self.input
        return self.steps * self.system + self.growth * self.steps * (self.steps - 1) // 2


def closed_form(session: Session, model: str | None, terms: Terms) -> ClosedForm:
    """Return a session by formula, at the rates of its first call."""
    shape = _shape(session)
    simulation = simulation_of(session, model, terms)
    card = simulation.plan.card(simulation.start, 0, 0)
    policy = simulation.policy_at(card)
    read, written, made = _tokens(session, shape, policy)
    whole = Decimal(shape.input)
    fresh = EXACT.subtract(EXACT.subtract(whole, read), written)
    reasoning = shape.steps * _number(session.reasoning_tokens_per_step)
    output = shape.steps * _number(session.output_tokens_per_step)
    rest: list[tuple[str, int | Decimal]] = [
        ("output", output - reasoning),
        ("reasoning", reasoning),
        *((meter, shape.steps * count) for meter, count in session.units_per_step.items()),
    ]
    stored = ("cache_storage", shape.system * (policy.ttl or 0) if policy.kind == "stored" else 0)
    cached = [("cache_read", read), (policy.write_meter or "input", written), ("input", made)]
    return ClosedForm(
        model=card.tariff.model,
        provider=card.tariff.provider,
        currency=card.tariff.currency,
        steps=shape.steps,
        input_tokens=shape.input + made,
        final_context=shape.last,
        read=normal(read),
        written=normal(written),
        fresh=normal(EXACT.add(fresh, Decimal(made))),
        output_tokens=output,
        total=_total(card, [("input", fresh), *cached, stored, *rest]),
        uncached=_total(card, [("input", whole), *rest]),
        ceiling=_ceiling(shape, policy),
        hit_ratio=float(divide(read, shape.input + made)) if shape.input else None,
        differs=_differs(session, shape, policy, card),
    )


def _tokens(session: Session, shape: _Shape, policy: CachePolicy) -> tuple[Decimal, Decimal, int]:
    """Return the tokens that are read, written, and sent to create a stored cache."""
    if policy.kind == "none":
        return ZERO, ZERO, 0
    warm = EXACT.multiply(session.warm_start_ratio, Decimal(shape.system))
    if policy.kind == "stored":
        made = 0 if policy.creation_billed is False or session.warm_start_ratio else shape.system
        return Decimal(shape.steps * shape.system), ZERO, made
    hit = EXACT.subtract(_ONE, session.miss_ratio)
    later = EXACT.multiply(hit, Decimal(shape.hits(output=policy.caches_output)))
    read = EXACT.add(later, warm)
    if policy.write_meter is None:
        return read, ZERO, 0
    marked = shape.marked if policy.kind == "explicit" else shape.input
    return read, EXACT.subtract(Decimal(marked), read), 0


def _ceiling(shape: _Shape, policy: CachePolicy) -> float | None:
    if not shape.input:
        return None
    if policy.kind == "none":
        return 0.0
    return shape.hits(output=policy.caches_output) / shape.input


def _total(card: Card, parts: list[tuple[str, int | Decimal]]) -> Decimal:
    """Return the sum of quantities at their rates."""
    total = ZERO
    for meter, quantity in parts:
        if quantity:
            amount = EXACT.multiply(card.resolve(meter)[0], Decimal(quantity))
            total = EXACT.add(total, divide(amount, METERS[meter].per))
    return normal(total)


def _shape(session: Session) -> _Shape:
    """Return the shape of a session; `UsageError` where its steps are not alike."""
    if not isinstance(session.steps, int) or session.cache == RECORDED:
        msg = "the closed form needs steps that are all alike; this session lists them: estimate()"
        raise UsageError(msg)
    made, hidden = session.output_tokens_per_step, session.reasoning_tokens_per_step
    return _Shape(
        session.steps,
        session.system_tokens,
        _number(session.input_tokens_per_step),
        _number(made) - _number(hidden),
        _number(session.transient_tokens_per_step),
    )


def _number(value: int | tuple[int, ...]) -> int:
    if isinstance(value, int):
        return value
    if len(set(value)) == 1:
        return value[0]
    msg = "the closed form needs steps that are all alike, and their counts differ: estimate()"
    raise UsageError(msg, value=value)


def _differs(session: Session, shape: _Shape, policy: CachePolicy, card: Card) -> tuple[str, ...]:
    """Return what the simulation of a session knows and the formula does not."""
    gaps = session.gap if isinstance(session.gap, tuple) else (session.gap,)
    life = None if policy.ttl is None else timedelta(seconds=policy.ttl)
    cached = policy.kind != "none"
    first = shape.system if shape.transient or policy.kind == "stored" else shape.last
    least = shape.system if policy.kind == "stored" else shape.system + shape.new
    checks = {
        "minimum": cached and min(first, least) < policy.min_tokens,
        "increment": cached and policy.increment > 1,
        "expiry": cached and life is not None and any(gap > life for gap in gaps[-shape.steps :]),
        "misses": cached and bool(session.misses),
        "drawn misses": cached and bool(session.miss_ratio or session.warm_start_ratio),
        "edits": bool(session.edits),
        "compaction": session.compact_at is not None,
        "branches": bool(session.branches),
        "tiers": 2 * shape.last >= card.high or card.slow,
    }
    return tuple(name for name, holds in checks.items() if holds)
