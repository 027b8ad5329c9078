"""A session as one formula: the explainer beside the simulation.

With `S` the static prefix, `u` new input per step, `o` the reply that is sent again, `a = u + o`
and `T` steps, the prompt of step t has `L_t = S + u + (t-1) a` tokens, and all prompts together
have `I = T (S + u) + a T (T-1) / 2`: input grows with the square of the steps. Step 1 writes `L_1`;
each later step reads `L_(t-1)` and writes `a`, or, where it misses, writes `L_t`. Every token is
written once, `L_T` in all, and the rest, `I - L_T`, is read or, on a miss, written again.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from costcalc.errors import UsageError
from costcalc.meters import METERS
from costcalc.money import EXACT, ZERO, divide, normal
from costcalc.sessions.checks import RECORDED
from costcalc.sessions.estimate import Terms, simulation_of
from costcalc.sessions.session import Session
from costcalc.sessions.shape import Shape, differences
from costcalc.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

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
    """I, the tokens of all prompts; what creates a stored cache is not among them."""
    final_context: int
    """L_T, the tokens of the last prompt."""
    read: Decimal
    """Tokens read from the cache."""
    written: Decimal
    """Tokens written to it at a price of their own."""
    fresh: Decimal
    """Tokens paid as plain input, the creation of a stored cache included."""
    output_tokens: int
    """Tokens of all replies."""
    total: Decimal
    """What it costs."""
    uncached: Decimal
    """What it costs without a cache."""
    ceiling: float | None
    """Hit ratio without a miss, the highest that this shape can have: 1 - L_T / I from cold."""
    hit_ratio: float | None
    """Hit ratio with its misses."""
    differs: tuple[str, ...] = ()
    """What the simulation knows and the formula does not; empty where both are equal."""

    @property
    def saved(self) -> Decimal:
        """What caching saves."""
        return normal(EXACT.subtract(self.uncached, self.total))


@dataclass(frozen=True, slots=True)
class _Tokens:
    """What a cache makes of the tokens of all prompts, in expectation."""

    most: Decimal = ZERO
    """What is read without a miss."""
    read: Decimal = ZERO
    written: Decimal = ZERO
    created: Decimal = ZERO
    """What a stored cache is created of."""


def closed_form(session: Session, model: str | None, terms: Terms) -> ClosedForm:
    """Return a session by formula, at the rates of its first call."""
    shape = _shape(session)
    simulation = simulation_of(session, model, terms)
    card, policy = simulation.first
    tokens = _tokens(session, shape, policy)
    made = ZERO if policy.creation_billed is False else tokens.created
    whole = Decimal(shape.input)
    fresh = EXACT.subtract(EXACT.subtract(whole, tokens.read), tokens.written)
    writing = (policy.write_meter or "input", tokens.written)
    cached = [("input", fresh), ("cache_read", tokens.read), writing]
    creation = _creation(session, policy, tokens, made)
    rest = _rest(card, session, shape)
    paid = EXACT.add(whole, made)
    return ClosedForm(
        model=card.tariff.model,
        provider=card.tariff.provider,
        currency=card.tariff.currency,
        steps=shape.steps,
        input_tokens=shape.input,
        final_context=shape.last,
        read=normal(tokens.read),
        written=normal(tokens.written),
        fresh=normal(EXACT.add(fresh, made)),
        output_tokens=shape.steps * _number(session.output_tokens_per_step),
        total=normal(EXACT.add(_total(card, [*cached, *creation]), rest)),
        uncached=normal(EXACT.add(_total(card, [("input", whole)]), rest)),
        ceiling=_ratio(tokens.most, paid),
        hit_ratio=_ratio(tokens.read, paid),
        differs=differences(shape, simulation),
    )


def _tokens(session: Session, shape: Shape, policy: CachePolicy) -> _Tokens:
    """Return the tokens that are read, written, and sent to create a stored cache."""
    if policy.kind == "none":
        return _Tokens()
    system = Decimal(shape.system)
    warm = EXACT.multiply(session.warm_start_ratio, system)
    if policy.kind == "stored":
        read = EXACT.multiply(Decimal(shape.steps), system)
        return _Tokens(read, read, created=EXACT.subtract(system, warm))
    hits = Decimal(shape.hits(policy))
    if shape.is_passing(policy):  # but what others cached is found by every step
        hits = EXACT.multiply(warm, Decimal(shape.steps - 1))
    found = EXACT.multiply(EXACT.subtract(_ONE, session.miss_ratio), hits)
    most, read = EXACT.add(hits, warm), EXACT.add(found, warm)
    if policy.write_meter is None:
        return _Tokens(most, read)
    marked = shape.marked if policy.kind == "explicit" else shape.input
    return _Tokens(most, read, EXACT.subtract(Decimal(marked), read))


def _creation(
    session: Session, policy: CachePolicy, tokens: _Tokens, made: Decimal
) -> list[tuple[str, Decimal]]:
    """Return what the creation of a stored cache is billed for."""
    if not tokens.created:
        return []
    stored = EXACT.multiply(tokens.created, Decimal(policy.ttl or 0))
    calls = EXACT.subtract(_ONE, session.warm_start_ratio)
    return [("input", made), ("cache_storage", stored), ("request", calls)]


def _rest(card: Card, session: Session, shape: Shape) -> Decimal:
    """Return what all steps cost beside their input."""
    output = _number(session.output_tokens_per_step)
    reasoning = _number(session.reasoning_tokens_per_step)
    card = card.under(int(reasoning))
    units = {"request": 1, **session.units_per_step}
    parts = [("output", output - reasoning), ("reasoning", reasoning), *units.items()]
    return EXACT.multiply(_total(card, parts), Decimal(shape.steps))


def _ratio(part: Decimal, whole: Decimal) -> float | None:
    return float(Fraction(part) / Fraction(whole)) if whole else None


def _total(card: Card, parts: Iterable[tuple[str, int | Decimal]]) -> Decimal:
    """Return the sum of quantities at their rates; a request is free where it has no fee."""
    total = ZERO
    for meter, quantity in parts:
        if quantity and (meter != "request" or meter in card.rates):
            amount = EXACT.multiply(card.resolve(meter)[0], Decimal(quantity))
            total = EXACT.add(total, divide(amount, METERS[meter].per))
    return total


def _shape(session: Session) -> Shape:
    """Return the shape of a session; `UsageError` where its steps are not alike."""
    if not isinstance(session.steps, int) or session.cache == RECORDED:
        msg = "the closed form needs steps that are all alike; this session lists them: estimate()"
        raise UsageError(msg)
    made, hidden = session.output_tokens_per_step, session.reasoning_tokens_per_step
    return Shape(
        session.steps,
        session.system_tokens,
        _number(session.input_tokens_per_step),
        _number(made),
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
