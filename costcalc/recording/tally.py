"""What calls came to: costs and usage added up, and beside them the calls without a price."""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import RLock

from costcalc.billing.cost import Cost, added
from costcalc.money import EXACT, ZERO, normal
from costcalc.recording.recorded import lower_bound, sum_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.errors import CostcalcError
    from costcalc.usage.usage import Usage

__all__ = ["Tally", "Unpriced"]

_MOST_KEPT = 256
"""Costs that are kept apart before they are merged; what is kept does not grow with the calls."""


@dataclass(frozen=True, slots=True)
class Unpriced:
    """Calls of one model that have no price, and why."""

    model: str | None
    """The model that was called, where it is known."""
    usage: Usage | None
    """What they used together, as far as that could be read."""
    error: CostcalcError
    """Why the first of them has no price; the others have none for a reason of the same kind."""
    calls: int = 1
    """How many they are."""


class Tally:
    """Sums of calls; several threads and tasks may add to them at once."""

    def __init__(self) -> None:
        self.total = ZERO
        """What was spent; a lower bound where `unpriced` is not empty."""
        self.calls = 0
        """How many calls were added; those in `unpriced` are not."""
        self.usage: Usage | None = None
        """Sum of what was used, where calls said so; None where none did."""
        self._costs: list[Cost] = []
        self._unpriced: dict[tuple[str | None, type], Unpriced] = {}
        self._lock = RLock()

    def add(self, cost: Cost, usage: Usage | None) -> None:
        """Add a call that has a price."""
        with self._lock:
            self._costs.append(cost)
            if len(self._costs) >= _MOST_KEPT:
                self._costs = [added(self._costs)]
            self.total = normal(EXACT.add(self.total, cost.total))
            self.calls += 1
            self.usage = sum_of(self.usage, usage)

    def miss(self, call: Unpriced) -> None:
        """Add a call that has none, to those of its model and kind of error."""
        key = (call.model, type(call.error))
        with self._lock:
            found = self._unpriced.get(key)
            if found is not None:
                usage = sum_of(found.usage, call.usage)
                call = replace(found, usage=usage, calls=found.calls + 1)
            self._unpriced[key] = call

    @property
    def unpriced(self) -> tuple[Unpriced, ...]:
        """Calls that have no price, by model and kind of error."""
        with self._lock:
            return tuple(self._unpriced.values())

    @property
    def cost(self) -> Cost | None:
        """Sum of all calls, with what it leaves out among its assumptions; None before a first."""
        with self._lock:
            if not self._costs:
                return None
            whole = added(self._costs)
            self._costs = [whole]
            said = lower_bound(self.unpriced)
            return replace(whole, assumptions=(*whole.assumptions, *said)) if said else whole
