"""Many sessions at once: what they cost together, and how their costs spread."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from time import time_ns

from costcalc.errors import CurrencyMismatchError, UsageError
from costcalc.estimate.outputs import as_ratio
from costcalc.estimate.stated import count
from costcalc.money import EXACT, ZERO, divide, normal
from costcalc.sessions.estimate import Terms, simulation_of
from costcalc.sessions.session import Session
from costcalc.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from costcalc.registry.rates import Card
    from costcalc.registry.registry import Registry
    from costcalc.sessions.simulation import Simulation

    Progress = Callable[[int, int | None], None]

__all__ = ["SessionRuns", "estimate_runs", "estimate_sessions"]

_EVERY = 100
"""Runs between two calls of `progress`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRuns(Value):
    """What many sessions cost: their sum, their mean, and how they spread."""

    currency: str
    """ISO 4217 code of every amount."""
    totals: tuple[Decimal, ...]
    """Cost of each session, ascending."""
    calls: int
    """Model calls of all sessions."""
    input_tokens: int
    """Input of all sessions."""
    cache_read_tokens: int
    """Part of the input that was read from the cache."""
    output_tokens: int
    """Output of all sessions."""

    @property
    def runs(self) -> int:
        """How many sessions."""
        return len(self.totals)

    @property
    def total(self) -> Decimal:
        """What they cost together, exactly."""
        found = ZERO
        for each in self.totals:
            found = EXACT.add(found, each)
        return normal(found)

    @property
    def mean(self) -> Decimal:
        """What one costs on average: what a budget multiplies."""
        return divide(self.total, self.runs)

    @property
    def p50(self) -> Decimal:
        """Half of them cost no more."""
        return self.quantile("0.5")

    @property
    def p80(self) -> Decimal:
        """Eight in ten cost no more."""
        return self.quantile("0.8")

    @property
    def p90(self) -> Decimal:
        """Nine in ten cost no more."""
        return self.quantile("0.9")

    @property
    def p95(self) -> Decimal:
        """All but one in twenty cost no more."""
        return self.quantile("0.95")

    def quantile(self, share: Decimal | float | str) -> Decimal:
        """Return the least of the costs that such a share of the sessions does not exceed."""
        ratio = as_ratio(share, "a quantile")
        if ratio > 1:
            msg = f"a quantile is a share from 0 to 1, not {share!r}"
            raise UsageError(msg, share=share)
        rank = EXACT.multiply(ratio, self.runs).to_integral_value(rounding=ROUND_CEILING)
        return self.totals[max(0, int(rank) - 1)]

    @property
    def hit_ratio(self) -> float | None:
        """Input tokens of all that were read from the cache, as a share; None without input."""
        return self.cache_read_tokens / self.input_tokens if self.input_tokens else None


class _Sum:
    """Costs and counts while they add up."""

    def __init__(self) -> None:
        self.currency = ""
        self.totals: list[Decimal] = []
        self.calls = self.input = self.read = self.output = 0

    def add(self, simulation: Simulation, seed: int) -> None:
        """Run one session and add what it costs."""
        whole: dict[Card, int] = {}
        total = ZERO
        for call in simulation.calls(seed):
            units, rest = call.amount()
            card = call.card
            if units:
                whole[card] = whole.get(card, 0) + units
            elif rest:
                total = EXACT.add(total, rest)
            self.calls += 1
            self.input += call.context
            self.read += call.read
            self.output += call.output
            if card.tariff.currency != self.currency:
                self._price_in(card.tariff.currency)
        for card, units in whole.items():
            total = EXACT.add(total, card.amount(units))
        self.totals.append(normal(total))

    def _price_in(self, currency: str) -> None:
        if self.currency:
            raise CurrencyMismatchError(self.currency, currency)
        self.currency = currency

    def result(self) -> SessionRuns:
        """Return the value."""
        if not self.totals:
            raise UsageError("there are no sessions to estimate; give at least one")
        return SessionRuns(
            currency=self.currency,
            totals=tuple(sorted(self.totals)),
            calls=self.calls,
            input_tokens=self.input,
            cache_read_tokens=self.read,
            output_tokens=self.output,
        )


def estimate_sessions(
    sessions: Iterable[Session],
    model: str | None = None,
    *,
    progress: Progress | None = None,
    provider: str | None = None,
    at: datetime | date | str | None = None,
    service_tier: str | None = None,
    batch: bool | None = None,
    region: str | None = None,
    conditions: Mapping[str, str | bool | int | None] | None = None,
    registry: Registry | None = None,
) -> SessionRuns:
    """Return what many sessions cost, each simulated once with its own seed.

    `progress` is called with how many are done, and of how many where that is known. The rest is as
    in `Session.estimate`; sessions that do not say when they begin do so at the same instant.
    """
    terms = Terms(provider, at, service_tier, batch, region, conditions, registry)
    whole = len(sessions) if isinstance(sessions, list | tuple) else None
    clock = time_ns() // 1000
    found = _Sum()
    for number, session in enumerate(sessions, 1):
        found.add(simulation_of(session, model, terms, clock), session.seed)
        if progress is not None and (number % _EVERY == 0 or number == whole):
            progress(number, whole)
    return found.result()


def estimate_runs(
    session: Session,
    runs: int,
    model: str | None = None,
    *,
    progress: Progress | None = None,
    provider: str | None = None,
    at: datetime | date | str | None = None,
    service_tier: str | None = None,
    batch: bool | None = None,
    region: str | None = None,
    conditions: Mapping[str, str | bool | int | None] | None = None,
    registry: Registry | None = None,
) -> SessionRuns:
    """Return how the cost of one session spreads over many runs of it.

    What differs between runs is what is drawn: misses and the warm start. Run number i has the
    session's seed plus i, counted from 0, so that the same call gives the same figures.
    """
    number = count(runs, "runs", least=1)
    terms = Terms(provider, at, service_tier, batch, region, conditions, registry)
    simulation = simulation_of(session, model, terms)
    found = _Sum()
    for run in range(number):
        found.add(simulation, session.seed + run)
        if progress is not None and ((run + 1) % _EVERY == 0 or run + 1 == number):
            progress(run + 1, number)
    return found.result()
