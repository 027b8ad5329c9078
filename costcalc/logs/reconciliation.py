"""What holding logs against a bill gives: every difference, what explains it, and what does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from costcalc.assumptions import Assumption
from costcalc.logs.report import Unpriced
from costcalc.money import EXACT, ZERO, normal, quotient
from costcalc.values import Frozen, Value, frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Explanation", "Reconciliation", "ReconciliationRow", "added"]


def added(amounts: Iterable[Decimal]) -> Decimal:
    """Return an exact sum."""
    found = ZERO
    for amount in amounts:
        found = EXACT.add(found, amount)
    return normal(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationRow(Value):
    """One day and model, as fine as the bill goes."""

    day: str | None
    """The day, as the bill has it; None where the bill has no days."""
    model: str | None
    """The model by its id; None where the bill names none."""
    item: str | None = None
    """What is charged beside models: a tool's calls, taxes, credits."""
    logged: Decimal
    """What the logs' calls cost at list prices."""
    billed: Decimal
    """What the bill says."""
    requests: int = 0
    """Calls of the logs."""
    unexplained: Decimal = ZERO
    """The part of the difference that nothing explains."""
    meters: Mapping[str, Decimal] = field(default_factory=Frozen)
    """That part by meter, where the bill says what it charges for each."""
    reason: str | None = None
    """Code of the explanation."""

    def __post_init__(self) -> None:
        """Let nothing that a value holds be changed."""
        object.__setattr__(self, "meters", frozen(dict(self.meters)))

    @property
    def difference(self) -> Decimal:
        """What the bill has more than the logs."""
        return normal(EXACT.subtract(self.billed, self.logged))

    @property
    def share(self) -> Decimal | None:
        """The difference as a share of what the logs cost; None where they cost nothing."""
        return quotient(self.difference, self.logged)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation(Value):
    """A reason that accounts for a part of the difference, to the digit."""

    code: str
    """Stable name: rounding, time_zone, no_logs, unpriced, only_billed, only_logged, condition,
    factor, cache_ttl, tool_fee, charges."""
    amount: Decimal
    """What it accounts for: what the bill has more than the logs for this reason."""
    text: str
    """The reason as a sentence, with its arithmetic."""
    rows: int
    """How many rows it accounts for."""
    models: tuple[str, ...] = ()
    """Whose rows these are."""
    days: tuple[str, ...] = ()
    """On which days."""
    factor: Decimal | None = None
    """What the logs' cost was multiplied by, where it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation(Value):
    """Logs held against a bill: what differs, why, and what remains.

    `logged + sum(explanation amounts) + unexplained == billed`, to the last digit.
    """

    logged: Decimal
    """What the logs' calls cost at list prices, of what the bill covers."""
    billed: Decimal
    """What the bill says."""
    currency: str
    """ISO 4217 code of every amount."""
    rows: tuple[ReconciliationRow, ...]
    """By day and model, in order."""
    explanations: tuple[Explanation, ...]
    """What accounts for the difference, the most money first."""
    unexplained: Decimal
    """What nothing accounts for, signs kept: rows may cancel each other."""
    unexplained_rows: Decimal
    """The same added up row by row without signs: nothing cancels."""
    tolerance: Decimal
    """What may remain unexplained."""
    kind: str
    """Shape of the bill."""
    since: date | None
    """First day that was compared."""
    until: date | None
    """First day after."""
    timezone: str
    """Whose days those of the logs are."""
    outside: Decimal = ZERO
    """What logs outside the bill's days cost: no part of the difference."""
    others: Decimal = ZERO
    """What calls of other sellers than the bill's cost: no part of the difference."""
    unpriced: tuple[Unpriced, ...] = ()
    """Models without a price: the logs' cost is without them."""
    assumptions: tuple[Assumption, ...] = ()
    """What the comparison rests on."""

    @property
    def difference(self) -> Decimal:
        """What the bill has more than the logs."""
        return normal(EXACT.subtract(self.billed, self.logged))

    @property
    def share(self) -> Decimal | None:
        """The difference as a share of what the logs cost; None where they cost nothing."""
        return quotient(self.difference, self.logged)

    @property
    def outcome(self) -> str:
        """How it ends: agrees, explained, unexplained, no_calls.

        Rows agree where what is more than rounding lies within the tolerance, added up without
        signs. Without any call of the logs nothing is compared, whatever explains that.
        """
        if self._charged_for_calls > self.tolerance and not any(row.requests for row in self.rows):
            return "no_calls"
        if self.unexplained_rows > self.tolerance:
            return "unexplained"
        real = (abs(row.difference) for row in self.rows if row.reason != "rounding")
        return "agrees" if added(real) <= self.tolerance else "explained"

    @property
    def _charged_for_calls(self) -> Decimal:
        """What rows differ by, without signs, taxes and other charges aside."""
        aside = {"charges", "rounding"}
        return added(abs(row.difference) for row in self.rows if row.reason not in aside)
