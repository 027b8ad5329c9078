"""What logs cost: one row a day, model, session or project, the sum, and all that limits it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from costcalc.assumptions import Assumption
from costcalc.billing.cost import Cost
from costcalc.logs.records import Reading
from costcalc.usage.counts import Counts
from costcalc.values import Value

__all__ = ["LogReport", "LogRow", "Tokens", "Unpriced"]

_INPUT = frozenset(
    {
        "input", "cache_read", "cache_write", "cache_write_1h", "cache_write_12h", "input_audio",
        "input_image", "input_video", "cache_read_audio", "cache_read_image",
    }
)  # fmt: skip
_READ = ("cache_read", "cache_read_audio", "cache_read_image")
_WRITTEN = ("cache_write", "cache_write_1h", "cache_write_12h")
_OUTPUT = (
    "output", "reasoning", "citation", "output_audio", "output_image", "output_video",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens(Value):
    """Counts by meter, which exclude each other, and their totals."""

    quantities: Mapping[str, int] = field(default_factory=Counts)
    """What was counted, by meter."""

    def __post_init__(self) -> None:
        """Let nothing that a value holds be changed."""
        object.__setattr__(self, "quantities", Counts(self.quantities))

    def _sum(self, meters: tuple[str, ...] | frozenset[str]) -> int:
        return sum(self.quantities.get(name, 0) for name in meters)

    @property
    def input_tokens(self) -> int:
        """All input, cached included."""
        return self._sum(_INPUT)

    @property
    def cache_read_tokens(self) -> int:
        """Part of the input that was read from a cache."""
        return self._sum(_READ)

    @property
    def cache_write_tokens(self) -> int:
        """Part of the input that was written to a cache."""
        return self._sum(_WRITTEN)

    @property
    def output_tokens(self) -> int:
        """All output, reasoning included."""
        return self._sum(_OUTPUT)

    @property
    def hit_ratio(self) -> float | None:
        """Input tokens that were read from a cache, as a share; None without input."""
        return self.cache_read_tokens / self.input_tokens if self.input_tokens else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow(Tokens):
    """One day, model, session, project, or whatever the report is by."""

    key: tuple[str | None, ...]
    """A value for each name in the report's `by`; None where the log does not say."""
    cost: Cost | None
    """What was priced, with its lines; None where none of the calls has a price. What has none is
    not in it, and makes it a lower bound."""
    saved: Decimal | None
    """What caching took off the bill; negative where it added to it; None as the cost is."""
    requests: int
    """Calls, those without a price included."""
    unpriced: int = 0
    """Calls without a price, which is unknown and not zero."""

    @property
    def total(self) -> Decimal | None:
        """Exact cost of what was priced; None where nothing was."""
        return None if self.cost is None else self.cost.total


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpriced(Tokens):
    """Calls of one model that have no price: what they cost is not known, and not zero.

    Nothing is known of the tokens of those whose record contradicts itself.
    """

    model: str
    """Model id as it is billed, else as the log states it; empty where it states none."""
    provider: str | None
    """Who bills it, where the log says so."""
    reason: str
    """Why the first of them has no price, of a contradiction with file and line."""
    error: str
    """Name of the error's type."""
    requests: int
    """How many calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogReport(Tokens):
    """What logs cost, exactly, each call once and at the prices of its day."""

    by: tuple[str, ...]
    """What the rows are by, such as day and model."""
    rows: tuple[LogRow, ...]
    """In the order of time, or of what they cost, the dearest first."""
    cost: Cost | None
    """Everything that was priced, with its lines and all that it rests on; None where there are
    calls, and none of them has a price."""
    saved: Decimal | None
    """What caching took off the bill; negative where it added to it; None as the cost is."""
    requests: int
    """Calls, those without a price included."""
    unpriced: tuple[Unpriced, ...] = ()
    """Calls without a price, by model, with their tokens: the total is without them."""
    stated: Decimal | None = None
    """Sum of the costs that the logs themselves state, in US dollars; None where none does."""
    stated_requests: int = 0
    """How many calls these are."""
    since: datetime | None = None
    """First instant that counts, as it was asked for."""
    until: datetime | None = None
    """First instant after."""
    first: datetime | None = None
    """When the first of the calls was made."""
    last: datetime | None = None
    """When the last of them was made."""
    timezone: str = "UTC"
    """Whose days, weeks and months."""
    reading: Reading | None = None
    """What was read and left out; None where records were given."""
    assumptions: tuple[Assumption, ...] = ()
    """What the figures rest on, and what kind of figures they are."""

    @property
    def total(self) -> Decimal | None:
        """Exact cost of everything that was priced; None where there are calls, and nothing was."""
        return None if self.cost is None else self.cost.total

    @property
    def currency(self) -> str:
        """ISO 4217 code of every amount."""
        return "USD" if self.cost is None else self.cost.currency
