"""The value of an estimated session: its cost, and a ledger that sums to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from costcalc.billing.cost import Assumption, Cost
from costcalc.caching.policy import CachePolicy
from costcalc.money import EXACT, normal
from costcalc.usage.usage import Usage
from costcalc.values import Value

__all__ = ["LedgerStep", "SessionEstimate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerStep(Value):
    """One call of a session: what it sent, what of that was cached, and what it costs."""

    index: int
    """Row of the ledger, from 1 on."""
    kind: str
    """step, or what the step says of itself; compaction; or creation, of a stored cache."""
    branch: str
    """Where it belongs, such as 1/ or 2.3/; empty for the main line."""
    at: datetime
    """When the call is made, and at whose prices."""
    context: int
    """Tokens of the prompt."""
    usage: Usage
    """What is billed."""
    cost: Cost
    """What it costs."""
    miss: str | None
    """Why the cache served less than it could: first, ttl, edited, below_min, routing, compacted,
    or model where another one took over; None where it did not, or where there is no cache."""
    over_window: bool
    """Whether prompt and reply are more than the context window."""
    running: Decimal
    """Cost of the session up to and with this call."""

    @property
    def read(self) -> int:
        """Tokens read from the cache."""
        return self.usage.cache_read_tokens

    @property
    def written(self) -> int:
        """Tokens written to the cache at a price of their own."""
        return self.usage.cache_write_tokens

    @property
    def fresh(self) -> int:
        """Tokens paid as plain input."""
        return self.usage.input_tokens - self.read - self.written

    @property
    def output(self) -> int:
        """Tokens of the reply, reasoning included."""
        return self.usage.output_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEstimate(Value):
    """What a session costs, with a ledger by call that sums to it exactly."""

    model: str
    """The model that is billed, after aliases and redirects."""
    provider: str
    """Who bills it."""
    at: datetime
    """When the first call is made."""
    policy: CachePolicy
    """The cache that was simulated, as it is at the first call."""
    cost: Cost
    """Sum of all calls."""
    steps: tuple[LedgerStep, ...]
    """The ledger, in the order of the calls."""
    usage: Usage
    """Sum of all usages."""
    hit_ratio: float | None
    """Input tokens that were read from the cache, as a share of all; None without input."""
    peak_context: int
    """Tokens of the longest prompt."""
    context_window: int | None
    """Most tokens of prompt and reply together; None is not known."""
    exceeded: tuple[int, ...]
    """Rows of the ledger that are above the context window."""
    seconds: Decimal | None
    """How long the session takes: its waits, and the writing at the model's typical speed; None
    where the speed is not known."""
    uncached: Decimal
    """What the same calls cost without any cache."""
    assumptions: tuple[Assumption, ...] = ()
    """What the simulation rests on and nobody said; the cost has those of its prices."""

    @property
    def total(self) -> Decimal:
        """Cost in `currency`."""
        return self.cost.total

    @property
    def currency(self) -> str:
        """ISO 4217 code of every amount."""
        return self.cost.currency

    @property
    def models(self) -> tuple[str, ...]:
        """Every model that is billed, in the order of their first calls."""
        return tuple(dict.fromkeys(str(step.cost.model) for step in self.steps))

    @property
    def saved(self) -> Decimal:
        """What caching saves; negative where it costs more than it saves."""
        return normal(EXACT.subtract(self.uncached, self.cost.total))

    @property
    def saved_ratio(self) -> float | None:
        """The same as a share of the bill without cache, output included; None where that is 0."""
        return float(Fraction(self.saved) / Fraction(self.uncached)) if self.uncached else None

    @property
    def misses(self) -> dict[str, int]:
        """How many calls found less in the cache than they could, by reason."""
        found: dict[str, int] = {}
        for step in self.steps:
            if step.miss is not None:
                found[step.miss] = found.get(step.miss, 0) + 1
        return found

    def __str__(self) -> str:
        """Return the figure as a sentence."""
        hits = "no input" if self.hit_ratio is None else f"hit ratio {self.hit_ratio:.1%}"
        calls = "one call" if len(self.steps) == 1 else f"{len(self.steps):,} calls"
        whose = " and ".join(self.models or (self.model,))
        over = f"; {len(self.exceeded)} above the context window" if self.exceeded else ""
        return (
            f"{calls} of {whose}: {self.total:f} {self.currency} ({self.policy}, {hits}; "
            f"{self.uncached:f} without; longest prompt {self.peak_context:,} tokens{over})"
        )
