"""The meter that hooks see during a test run: it passes on what they note to whose turn it is.

A meter is current by a context variable, and an asynchronous test runs in a copy of the context
that its fixtures began in, maybe tests ago. So one meter is entered once, and turns to the recorder
of each test and each phase.
"""

# ruff: noqa: SLF001 - a feed is a Meter that stands for another one
from __future__ import annotations

from costcalc.recording.meter import Meter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal
    from typing import Any

    from costcalc.billing.cost import Cost
    from costcalc.errors import BudgetExceededError
    from costcalc.recording.tally import Unpriced
    from costcalc.usage.usage import Usage

__all__ = ["Feed"]


class Feed(Meter):
    """A meter that keeps nothing itself: everything goes to the one that it is turned to."""

    def __init__(self) -> None:
        super().__init__(name="this run")
        self.turn_to(None)

    def turn_to(self, meter: Meter | None) -> None:
        """Pass on to a meter from here on; to None, to one that nobody reads."""
        self.to = Meter(name="between tests") if meter is None else meter
        self.currency = self.to.currency

    def _with_own(self, terms: Mapping[str, Any]) -> dict[str, Any]:
        return self.to._with_own(terms)

    def _priced(self, found: Cost | Usage, model: str | None, terms: Mapping[str, Any]) -> Cost:
        return self.to._priced(found, model, terms)

    def _keep(self, cost: Cost, usage: Usage | None) -> None:
        self.to._keep(cost, usage)

    def _keep_unpriced(self, call: Unpriced) -> None:
        self.to._keep_unpriced(call)

    def _judged(self) -> BudgetExceededError | None:
        return self.to._judged()

    def _foresee(self, amount: Decimal) -> None:
        self.to._foresee(amount)
