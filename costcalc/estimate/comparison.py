"""The value of a comparison: what the same usage or session costs under several models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from costcalc.billing.cost import Assumption, Cost
from costcalc.digits import fixed
from costcalc.money import EXACT, quotient
from costcalc.sessions.session_estimate import SessionEstimate
from costcalc.values import Value, frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Comparison", "ComparisonRow", "Unpriced", "measured"]

_MUCH = 100
"""Times from which on decimals say nothing."""


@dataclass(frozen=True, slots=True)
class Unpriced(Value):
    """A model that has no place in a comparison, and why."""

    name: str
    """As it was asked for."""
    type: str
    """Name of the error's class, such as UnknownModelError."""
    message: str
    """The error as a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonRow(Value):
    """One priced model, measured by the baseline."""

    name: str
    """As it was asked for."""
    model: str
    """The model that is billed, after aliases and redirects."""
    provider: str
    """Who bills it."""
    cost: Cost
    """What it costs, in the currency of the comparison."""
    times: Decimal | None = None
    """Its total in totals of the baseline, at twelve digits; None where the baseline is free."""
    saving: Decimal | None = None
    """How much less the cheaper of the two costs, as a share of the dearer; None where both are
    free."""
    context_window: int | None = None
    """Most tokens of prompt and reply together; None is not known."""
    fits: bool | None = None
    """Whether the longest prompt and its reply are within the window, of an aggregate the mean;
    None where the window is not known."""
    session: SessionEstimate | None = None
    """The session under this model, in its own currency; None where a usage was compared."""

    @property
    def total(self) -> Decimal:
        """Cost in `currency`."""
        return self.cost.total

    @property
    def currency(self) -> str:
        """ISO 4217 code of every amount."""
        return self.cost.currency

    @property
    def hit_ratio(self) -> float | None:
        """Input of the session that is read from the cache, as a share; None without a session."""
        return None if self.session is None else self.session.hit_ratio


def measured(row: ComparisonRow, base: ComparisonRow) -> ComparisonRow:
    """Return a row with its ratios to a baseline."""
    mine, other = row.total, base.total
    share = quotient(min(mine, other), max(mine, other))
    saving = None if share is None else EXACT.subtract(Decimal(1), share)
    return replace(row, times=quotient(mine, other), saving=saving)


def _nothing() -> Mapping[str, tuple[str, ...]]:
    return frozen({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(Value):
    """What the same usage or session costs under several models, all at one instant."""

    at: datetime
    """The instant whose prices hold; of a session, when its first call is made."""
    currency: str | None
    """Currency of every row; None without rows."""
    baseline_name: str | None
    """Name of the row that the others are measured by; None without rows."""
    rows: tuple[ComparisonRow, ...]
    """The priced models, as they were named; of `cheapest`, the cheapest first."""
    failures: tuple[Unpriced, ...] = ()
    """Models that were named and have no price here; none of them counts as zero."""
    excluded: Mapping[str, tuple[str, ...]] = field(default_factory=_nothing)
    """Of `cheapest`: the candidates that are no rows, by the reason."""
    assumptions: tuple[Assumption, ...] = ()
    """What the comparison rests on and nobody said; each cost has those of its price."""

    def __post_init__(self) -> None:
        """Let nothing that a value holds be changed."""
        object.__setattr__(self, "excluded", frozen(self.excluded))

    @property
    def baseline(self) -> ComparisonRow | None:
        """The row that the others are measured by; None without rows."""
        return next((row for row in self.rows if row.name == self.baseline_name), None)

    @property
    def cheapest(self) -> ComparisonRow | None:
        """The row with the lowest total, the first of equals; None without rows."""
        return min(self.rows, key=lambda row: row.total, default=None)

    def sorted(self) -> Comparison:
        """Return the comparison with its rows by total, the cheapest first."""
        return replace(self, rows=tuple(sorted(self.rows, key=lambda row: row.total)))

    def __str__(self) -> str:
        """Return the rows as a table, and below it what is not in it."""
        return "\n".join((*_table(self.rows), *self._beside()))

    def _beside(self) -> Iterator[str]:
        if not self.rows:
            yield "no model has a price here" if self.failures else "no model is left"
        for each in self.failures:
            yield f"not priced: {each.name}: {each.message}"
        for reason, names in self.excluded.items():
            yield f"left out: {reason}: {len(names):,}"


def _table(rows: Sequence[ComparisonRow]) -> Iterator[str]:
    """Yield a line a row, the decimal points below each other."""
    totals = [f"{row.total:f}".partition(".") for row in rows]
    wide = max((len(row.name) for row in rows), default=0)
    before = max((len(whole) for whole, _, _ in totals), default=0)
    after = max((len(mark + rest) for _, mark, rest in totals), default=0)
    for row, (whole, mark, rest) in zip(rows, totals, strict=True):
        amount = f"{whole:>{before}}{mark + rest:<{after}}"
        over = "" if row.fits is not False else "  above its context window"
        yield f"{row.name:{wide}}  {amount} {row.currency}  {_said(row.times)}{over}"


def _said(times: Decimal | None) -> str:
    if times is None:
        return "–"
    return f"{fixed(times, 0 if times >= _MUCH else 2)}×"
