"""What a meter may spend, and what happens where a call goes beyond it."""

from __future__ import annotations

from costcalc.errors import BudgetExceededError, BudgetWarning, UsageError
from costcalc.estimate.stated import share
from costcalc.money import EXACT, as_decimal, normal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from decimal import Decimal

    from costcalc.recording.tally import Tally
    from costcalc.recording.warned import Warned

__all__ = ["Limit"]


class Limit:
    """A budget, or none: held once a call is made, and before one is.

    `over` is what happens where it is exceeded, raise or warn; `warn_at` is a share of it from
    which on it warns before. Raises `UsageError` for what cannot be held.
    """

    def __init__(
        self,
        budget: Decimal | int | str | None,
        over: str,
        warn_at: Decimal | float | str | None,
        warned: Warned,
    ) -> None:
        if over not in {"raise", "warn"}:
            msg = f"over is 'raise' or 'warn', not {over!r}"
            raise UsageError(msg, over=over)
        self.budget = None if budget is None else as_decimal(budget, "a budget")
        if self.budget is not None and self.budget < 0:
            msg = f"a budget is an amount from 0 on, not {budget!r}"
            raise UsageError(msg, budget=budget)
        self._raises = over == "raise"
        self._warns_from = self._share(warn_at)
        self._warned = warned

    def _share(self, warn_at: Decimal | float | str | None) -> Decimal | None:
        if warn_at is None:
            return None
        if self.budget is None:
            msg = f"warn_at {warn_at!r} is a share of the budget; state budget=, too"
            raise UsageError(msg, warn_at=warn_at)
        return EXACT.multiply(self.budget, share(warn_at, "warn_at"))

    def left(self, spent: Decimal) -> Decimal | None:
        """Return what is left, below 0 where it is exceeded; None without a budget."""
        return None if self.budget is None else normal(EXACT.subtract(self.budget, spent))

    def judged(self, tally: Tally, name: str, currency: str) -> BudgetExceededError | None:
        """Return the error of a budget that is exceeded, or warn as was asked."""
        budget, spent = self.budget, tally.total
        if budget is None:
            return None
        if spent > budget:
            if self._raises:
                return BudgetExceededError(spent, budget, currency, name=name, expected=None)
            self._warn("over", f"{name} has spent {spent:f} of a budget of {budget:f}")
        elif self._warns_from is not None and spent >= self._warns_from:
            left = EXACT.subtract(budget, spent)
            bound = "" if not tally.unpriced else ", less what calls without a price have cost"
            self._warn("near", f"{name} has spent {spent:f} of {budget:f}; {left:f} is left{bound}")
        return None

    def foresee(self, amount: Decimal, spent: Decimal, name: str, currency: str) -> None:
        """Raise or warn where a call of an amount would exceed the budget."""
        budget = self.budget
        if budget is None or EXACT.add(spent, amount) <= budget:
            return
        error = BudgetExceededError(spent, budget, currency, name=name, expected=amount or None)
        if self._raises:
            raise error
        self._warn("before", str(error))

    def _warn(self, key: str, text: str) -> None:
        self._warned.once(key, text, BudgetWarning)
