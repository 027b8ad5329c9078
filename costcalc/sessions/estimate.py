"""From a session to its estimate: each call priced, added up, and compared with no cache at all."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from time import time_ns

from costcalc import instants
from costcalc.billing.cost import Assumption, added
from costcalc.errors import CostcalcError, UsageError
from costcalc.money import EXACT, ZERO, normal
from costcalc.registry.current import check_registry, current
from costcalc.sessions.prices import moment_of
from costcalc.sessions.session import RECORDED, Session
from costcalc.sessions.session_estimate import LedgerStep, SessionEstimate
from costcalc.sessions.simulation import Simulation
from costcalc.usage.usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime
    from typing import Any

    from costcalc.registry.registry import Registry
    from costcalc.sessions.calls import Call

__all__ = ["Terms", "estimate_session", "simulation_of"]

_SECONDS = Context(prec=15, rounding=ROUND_HALF_EVEN)
_SUMMED = (
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_1h_tokens",
    "cache_write_12h_tokens",
    "reasoning_tokens",
)
_MEDIA = (
    "input_audio_tokens",
    "input_image_tokens",
    "input_video_tokens",
    "output_audio_tokens",
    "output_image_tokens",
    "output_video_tokens",
)


@dataclass(frozen=True, slots=True)
class Terms:
    """When, under what conditions and at whose prices a session runs."""

    provider: str | None = None
    at: datetime | date | str | None = None
    service_tier: str | None = None
    batch: bool | None = None
    region: str | None = None
    conditions: Mapping[str, str | bool | int | None] | None = None
    registry: Registry | None = None

    def named(self) -> dict[str, Any]:
        """Return what `price` takes beside model, usage, instant and registry."""
        return {
            "provider": self.provider,
            "service_tier": self.service_tier,
            "batch": self.batch,
            "region": self.region,
            "conditions": self.conditions,
        }


def simulation_of(
    session: Session, model: str | None, terms: Terms, clock: int | None = None
) -> Simulation:
    """Return the simulation of a session; under another model a recorded one is simulated anew.

    It begins when the terms say, or the session, or else now, which `clock` says in microseconds.
    """
    name = session.model if model is None else model
    if name is None:
        msg = "the session names no model; write Session(model=...) or estimate('gpt-5')"
        raise UsageError(msg)
    registry = current() if terms.registry is None else terms.registry
    check_registry(registry)
    if session.cache == RECORDED and not _is_own(session.model, name, registry):
        session = session.replace(cache=None)
    now = time_ns() // 1000 if clock is None else clock
    at = session.at if terms.at is None else terms.at
    start = now if at is None else instants.parse(at)
    return Simulation(session, name, terms.named(), registry, start)


def _is_own(recorded: str | None, name: str, registry: Registry) -> bool:
    """Return whether a name means the model of a recording, or the recording states none."""
    if recorded is None or recorded == name:
        return True
    with suppress(CostcalcError):
        return registry.model(recorded) == registry.model(name)
    return False


def estimate_session(session: Session, model: str | None, terms: Terms) -> SessionEstimate:
    """Return what a session costs, simulated call by call."""
    simulation = simulation_of(session, model, terms)
    calls = list(simulation.calls(session.seed))
    steps: list[LedgerStep] = []
    running, uncached = ZERO, ZERO
    for index, call in enumerate(calls, 1):
        row = _row(call, index, running)
        running = row.running
        # what is read and written is no more than plain input without a cache
        plain = call.uncached() if _is_cached(call) else row.cost.total
        uncached = EXACT.add(uncached, plain)
        steps.append(row)
    card, policy = simulation.first
    return SessionEstimate(
        model=card.tariff.model,
        provider=card.tariff.provider,
        at=instants.to_datetime(simulation.start),
        policy=policy,
        cost=added([step.cost for step in steps]),
        steps=tuple(steps),
        usage=_summed(calls, steps),
        hit_ratio=_hit_ratio(steps),
        peak_context=max(step.context for step in steps),
        context_window=card.tariff.window,
        exceeded=tuple(step.index for step in steps if step.over_window),
        seconds=_seconds(simulation.start, calls),
        uncached=normal(uncached),
        assumptions=_assumptions(simulation, steps),
    )


def _is_cached(call: Call) -> bool:
    return bool(call.read or call.write or call.kind == "creation")


def _row(call: Call, index: int, before: Decimal) -> LedgerStep:
    at = moment_of(call.at)
    usage = call.usage()
    cost = call.prices.price(call.card, usage, at)
    window = call.card.tariff.window
    return LedgerStep(
        index=index,
        kind=call.kind,
        branch=call.branch,
        at=at,
        context=call.context,
        usage=usage,
        cost=cost,
        miss=call.miss,
        over_window=window is not None and call.context + call.output > window,
        running=normal(EXACT.add(before, cost.total)),
    )


def _hit_ratio(steps: Iterable[LedgerStep]) -> float | None:
    read = sum(step.read for step in steps)
    whole = sum(step.usage.input_tokens for step in steps)
    return read / whole if whole else None


def _summed(calls: list[Call], steps: list[LedgerStep]) -> Usage:
    """Return the sum of usages; simulated ones have few fields, which are summed at one go."""
    usages = [step.usage for step in steps]
    if any(call.recorded is not None for call in calls):
        return sum(usages[1:], usages[0])
    counts = {name: sum(getattr(usage, name) for usage in usages) for name in _SUMMED}
    units: dict[str, int] = {}
    for usage in usages:
        for name, count in usage.units.items():
            units[name] = units.get(name, 0) + count
    return Usage(**counts, units=units, requests=len(usages))


def _seconds(start: int, calls: list[Call]) -> Decimal | None:
    """Return the time until the last reply ends; None where a speed is not known."""
    longest = ZERO
    for call in calls:
        if call.kind == "creation":  # which writes nothing
            continue
        speed = call.prices.speed(call.card)
        if speed is None:
            return None
        writing = _SECONDS.divide(Decimal(call.output * speed[1]), Decimal(speed[0]))
        waited = Decimal(call.at - start).scaleb(-6, _SECONDS)
        longest = max(longest, _SECONDS.add(waited, writing))
    return longest


def _assumptions(simulation: Simulation, steps: list[LedgerStep]) -> tuple[Assumption, ...]:
    """Return what the simulation rests on and nobody said."""
    session = simulation.session
    card, policy = simulation.first
    model = card.tariff.model
    found: list[Assumption] = []
    if session.cache == RECORDED:
        return ()
    if not policy.stated:
        text = (
            f"{model} has a rate for cached input and no stated cache policy; taken as automatic, "
            "without a minimum, and as never expiring"
        )
        found.append(Assumption("cache_policy", text))
    if policy.kind == "none" and session.cache is None:
        text = (
            f"{model} ({card.tariff.provider}) has no cache with a price: all input is paid in full"
        )
        found.append(Assumption("no_cache", text))
    return (
        *found,
        *_about_media(session),
        *_about_draws(session, steps),
        *_about_storage(simulation, steps),
    )


def _about_media(session: Session) -> Iterable[Assumption]:
    """Say where sound or images were recorded, of which a simulation knows the tokens only."""
    moves = () if isinstance(session.steps, int) else session.steps
    usages = [step.usage for step in moves if step.usage is not None]
    media = sum(any(getattr(usage, name) for name in _MEDIA) for usage in usages)
    if media:
        text = (
            f"{media:,} of {len(usages):,} recorded calls have sound, images or video, whose "
            "tokens are simulated as text"
        )
        yield Assumption("recorded_media", text)


def _about_draws(session: Session, steps: list[LedgerStep]) -> Iterable[Assumption]:
    if session.miss_ratio:
        missed = sum(step.miss == "routing" for step in steps)
        text = (
            f"{missed} of {len(steps):,} calls were drawn to miss the cache, at a probability of "
            f"{session.miss_ratio:f} with seed {session.seed}; another seed draws others"
        )
        yield Assumption("cache_misses", text)
    if 0 < session.warm_start_ratio < 1:
        text = (
            "whether others have cached the system prompt was drawn, at a probability of "
            f"{session.warm_start_ratio:f} with seed {session.seed}; another may draw otherwise"
        )
        yield Assumption("cache_start", text)
    shortest = [step for step in steps if step.miss == "below_min"]
    if shortest:
        verb = "has" if len(shortest) == 1 else "have"
        text = (
            f"{len(shortest):,} of {len(steps):,} calls {verb} too short a prefix to be cached: "
            "nothing of it is read"
        )
        yield Assumption("cache_minimum", text)


def _about_storage(simulation: Simulation, steps: list[LedgerStep]) -> Iterable[Assumption]:
    policy = simulation.first[1]
    if policy.kind != "stored":
        return
    made = sum(step.kind == "creation" for step in steps)
    text = (
        f"the system prompt of {simulation.session.system_tokens:,} tokens is stored "
        f"{_times(made)}, for {policy.ttl or 0:,} seconds that are billed even if it is deleted "
        "before; the rest of each prompt is paid in full"
    )
    yield Assumption("stored_cache", text)
    if policy.creation_billed == "unknown":
        text = "whether the creation of the stored cache is billed is not known; taken as billed"
        yield Assumption("stored_cache", text)


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"
