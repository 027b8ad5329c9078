"""From a session to its estimate: each call priced, added up, and compared with no cache at all."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from time import time_ns

from costcalc import instants
from costcalc.billing.cost import Assumption, added
from costcalc.billing.price import price
from costcalc.errors import UsageError
from costcalc.money import EXACT, ZERO, normal
from costcalc.registry.current import check_registry, current
from costcalc.sessions.session import RECORDED, Session
from costcalc.sessions.session_estimate import LedgerStep, SessionEstimate
from costcalc.sessions.simulation import Call, Simulation, speed_of
from costcalc.usage.usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime
    from typing import Any

    from costcalc.billing.cost import Cost
    from costcalc.registry.registry import Registry

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


def simulation_of(session: Session, model: str | None, terms: Terms) -> Simulation:
    """Return the simulation of a session; under another model a recorded one is simulated anew."""
    name = session.model if model is None else model
    if name is None:
        msg = "the session names no model; write Session(model=...) or estimate('gpt-5')"
        raise UsageError(msg)
    if session.cache == RECORDED and model is not None and model != session.model:
        session = session.replace(cache=None)
    registry = current() if terms.registry is None else terms.registry
    check_registry(registry)
    start = time_ns() // 1000 if terms.at is None else instants.parse(terms.at)
    return Simulation(session, name, terms.named(), registry, start)


def estimate_session(session: Session, model: str | None, terms: Terms) -> SessionEstimate:
    """Return what a session costs, simulated call by call."""
    simulation = simulation_of(session, model, terms)
    calls = list(simulation.calls(session.seed))
    first = simulation.plan.card(simulation.start, 0, 0)
    steps: list[LedgerStep] = []
    running, uncached = ZERO, ZERO
    for call in calls:
        usage = call.usage()
        cost = _price(call, usage)
        running = EXACT.add(running, cost.total)
        # what is read and written is no more than plain input without a cache
        plain = _price(call, call.uncached_usage()).total if _is_cached(call) else cost.total
        uncached = EXACT.add(uncached, plain)
        steps.append(_row(call, len(steps) + 1, usage, cost, normal(running)))
    last = calls[-1]
    return SessionEstimate(
        model=first.tariff.model,
        provider=first.tariff.provider,
        at=instants.to_datetime(simulation.start),
        policy=simulation.policy_at(first),
        cost=added([step.cost for step in steps]),
        steps=tuple(steps),
        usage=_summed([step.usage for step in steps]),
        hit_ratio=_hit_ratio(steps),
        peak_context=max(step.context for step in steps),
        context_window=first.tariff.window,
        exceeded=tuple(step.index for step in steps if step.over_window),
        seconds=_seconds(simulation, last),
        uncached=normal(uncached),
        assumptions=_assumptions(simulation, steps),
    )


def _price(call: Call, usage: Usage) -> Cost:
    simulation = call.simulation
    at = instants.to_datetime(call.at)
    return price(simulation.model, usage, at=at, registry=simulation.registry, **simulation.terms)


def _is_cached(call: Call) -> bool:
    return bool(call.read or call.write or call.kind == "creation")


def _row(call: Call, index: int, usage: Usage, cost: Cost, running: Decimal) -> LedgerStep:
    window = call.card.tariff.window
    return LedgerStep(
        index=index,
        kind=call.kind,
        branch=call.branch,
        at=instants.to_datetime(call.at),
        context=call.context,
        usage=usage,
        cost=cost,
        miss=call.miss,
        over_window=window is not None and call.context + call.output > window,
        running=running,
    )


def _hit_ratio(steps: Iterable[LedgerStep]) -> float | None:
    read = sum(step.read for step in steps)
    whole = sum(step.usage.input_tokens for step in steps)
    return read / whole if whole else None


def _summed(usages: list[Usage]) -> Usage:
    """Return the sum of simulated usages, which have few fields, at one go."""
    if any(usage.parts and usage.requests != 1 for usage in usages):
        return sum(usages[1:], usages[0])
    counts = {name: sum(getattr(usage, name) for usage in usages) for name in _SUMMED}
    units: dict[str, int] = {}
    for usage in usages:
        for name, count in usage.units.items():
            units[name] = units.get(name, 0) + count
    return Usage(**counts, units=units, requests=len(usages))


def _seconds(simulation: Simulation, last: Call) -> Decimal | None:
    """Return the time from the first call to the end of the last reply."""
    speed = speed_of(last.card)
    if speed is None:
        return None
    waited = Decimal(last.at - simulation.start).scaleb(-6)
    return _SECONDS.add(waited, _SECONDS.divide(Decimal(last.output), speed))


def _assumptions(simulation: Simulation, steps: list[LedgerStep]) -> tuple[Assumption, ...]:
    """Return what the simulation rests on and nobody said."""
    session = simulation.session
    card = simulation.plan.card(simulation.start, 0, 0)
    policy = simulation.policy_at(card)
    model = card.tariff.model
    found: list[Assumption] = []
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
    return (*found, *_about_draws(session, steps), *_about_storage(simulation, steps))


def _about_draws(session: Session, steps: list[LedgerStep]) -> Iterable[Assumption]:
    if session.miss_ratio:
        missed = sum(step.miss == "routing" for step in steps)
        text = (
            f"{missed} of {len(steps):,} calls were drawn to miss the cache, at a probability of "
            f"{session.miss_ratio:f} with seed {session.seed}; another seed draws others"
        )
        yield Assumption("cache_misses", text)
    shortest = [step for step in steps if step.miss == "below_min"]
    if shortest:
        text = (
            f"{len(shortest):,} of {len(steps):,} calls have too short a prefix to be cached: "
            "nothing of it is read"
        )
        yield Assumption("cache_minimum", text)


def _about_storage(simulation: Simulation, steps: list[LedgerStep]) -> Iterable[Assumption]:
    policy = simulation.policy_at(simulation.plan.card(simulation.start, 0, 0))
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
