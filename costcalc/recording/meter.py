"""What a run has spent so far, against a budget."""

from __future__ import annotations

import sys
import warnings
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, replace
from decimal import Decimal
from threading import RLock

from costcalc.billing.cost import Cost, added
from costcalc.billing.price import price
from costcalc.billing.responses import price_response
from costcalc.errors import (
    BudgetExceededError,
    BudgetWarning,
    CostcalcError,
    CurrencyMismatchError,
    UnpricedWarning,
    UsageError,
)
from costcalc.estimate.stated import share
from costcalc.money import EXACT, ZERO, as_decimal, normal
from costcalc.recording.recorded import (
    amount_of,
    as_served,
    lower_bound,
    model_of,
    read,
    sum_of,
    usage_of,
)
from costcalc.usage.responses.response_usage import ResponseUsage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextvars import Token
    from types import TracebackType
    from typing import Any, Self

    from costcalc.registry.registry import Registry
    from costcalc.usage.usage import Usage

__all__ = ["Meter", "Unpriced", "current_meter"]

_MOST_KEPT = 256
"""Costs that are kept apart before they are merged; what is kept does not grow with the calls."""
_entered: ContextVar[Meter | None] = ContextVar("costcalc_meter", default=None)


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


class Meter:
    """Adds up what calls cost, and holds the sum against a budget.

    In a `with` block the hooks of this package feed it, and what an inner meter records counts for
    those around its block too. Without a block, or in another thread, hand it to the hook. Every
    method may be called from several threads and tasks at once.

    `budget` is an amount in `currency`; with `over="raise"` the call that exceeds it is recorded
    and raises `BudgetExceededError`, with `over="warn"` it warns `BudgetWarning` once. `warn_at` is
    a share of the budget at which it warns before. `model` and `registry` hold for calls that do
    not say their own, `provider` where no one else says who bills.
    """

    def __init__(
        self,
        budget: Decimal | int | str | None = None,
        *,
        over: str = "raise",
        warn_at: Decimal | float | str | None = None,
        currency: str = "USD",
        name: str = "this run",
        model: str | None = None,
        provider: str | None = None,
        registry: Registry | None = None,
    ) -> None:
        if over not in {"raise", "warn"}:
            msg = f"over is 'raise' or 'warn', not {over!r}"
            raise UsageError(msg, over=over)
        self._budget = None if budget is None else as_decimal(budget, "a budget")
        if self._budget is not None and self._budget < 0:
            msg = f"a budget is an amount from 0 on, not {budget!r}"
            raise UsageError(msg, budget=budget)
        self.name = name
        self.currency = currency
        self._raises = over == "raise"
        self._warns_from = self._share_of_budget(warn_at)
        self._terms: dict[str, Any] = {"provider": provider, "registry": registry}
        self._model = model
        self._lock = RLock()
        self._costs: list[Cost] = []
        self._total = ZERO
        self._calls = 0
        self._usage: Usage | None = None
        self._unpriced: dict[tuple[str | None, type], Unpriced] = {}
        self._said: set[str] = set()
        self._around: tuple[Meter, ...] = ()
        self._tokens: list[Token[Meter | None]] = []

    def _share_of_budget(self, warn_at: Decimal | float | str | None) -> Decimal | None:
        if warn_at is None:
            return None
        if self._budget is None:
            msg = f"warn_at {warn_at!r} is a share of the budget; state budget=, too"
            raise UsageError(msg, warn_at=warn_at)
        return EXACT.multiply(self._budget, share(warn_at, "warn_at"))

    # --- recording --------------------------------------------------------------------------------

    def record(self, what: Any, *, model: str | None = None, **terms: Any) -> Cost:
        """Add a call and return its cost.

        `what` is a response or its stream's events, a `Usage`, or a `Cost` that is known already.
        `model` and the other terms are those of `price_response`. Raises what these raise, and
        `BudgetExceededError` once the call is added.
        """
        terms = self._with_own(terms)
        found = read(what, terms)
        cost = self._priced(found, model, terms)
        self.add(cost, usage_of(found))
        return cost

    def note(
        self,
        what: Any,
        *,
        model: str | None = None,
        asked: str | None = None,
        served: Mapping[str, str | bool] | None = None,
        **terms: Any,
    ) -> Cost | None:
        """Add a call as `record` does, but let one without a price pass: for hooks in other tools.

        What cannot be priced is kept in `unpriced`, warned of once per model, and None is returned.
        A budget raises all the same. `asked` is the model that was asked for, and holds where the
        response names none. `served` are conditions that a response could state and does not, such
        as its region: one that the prices do not know is dropped, and said.
        """
        terms = self._with_own(terms)
        found = None
        try:
            found = as_served(read(what, terms), served or {})
            model = model or (None if model_of(found) else asked)
            cost = self._priced(found, model, terms)
            self._check_currency(cost.currency)
        except CostcalcError as error:
            named = model or model_of(found) or asked or self._model
            self.miss(error, model=named, usage=usage_of(found))
            return None
        self.add(cost, usage_of(found))
        return cost

    def _with_own(self, terms: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a call is priced by; what it leaves open is this meter's."""
        return {**self._terms, **{key: each for key, each in terms.items() if each is not None}}

    def _priced(self, found: Cost | Usage, model: str | None, terms: Mapping[str, Any]) -> Cost:
        if isinstance(found, Cost):
            return found
        if model is None and model_of(found) is None:
            model = self._model
        if isinstance(found, ResponseUsage):
            return price_response(found, model=model, **terms)
        if model is None:
            msg = "a Usage names no model; say it: meter.record(usage, model='gpt-5')"
            raise UsageError(msg)
        return price(model, found, **terms)

    def _check_currency(self, currency: str) -> None:
        if currency != self.currency:
            raise CurrencyMismatchError(self.currency, currency)

    def add(self, cost: Cost, usage: Usage | None = None) -> None:
        """Add a cost, to this meter and to those around it, then hold each against its budget.

        Where several are exceeded, the outermost says so.
        """
        self._check_currency(cost.currency)
        for meter in (self, *self._around):
            meter._keep(cost, usage)  # noqa: SLF001 - of this class
        exceeded: BudgetExceededError | None = None
        for meter in (self, *self._around):
            exceeded = meter._judged() or exceeded  # noqa: SLF001 - of this class
        if exceeded is not None:
            raise exceeded

    def _keep(self, cost: Cost, usage: Usage | None) -> None:
        with self._lock:
            self._costs.append(cost)
            if len(self._costs) >= _MOST_KEPT:
                self._costs = [added(self._costs)]
            self._total = normal(EXACT.add(self._total, cost.total))
            self._calls += 1
            self._usage = sum_of(self._usage, usage)

    def _judged(self) -> BudgetExceededError | None:
        """Return the error of a budget that is exceeded, or warn as was asked."""
        budget, spent = self._budget, self._total
        if budget is None:
            return None
        if spent > budget:
            if self._raises:
                return BudgetExceededError(
                    spent, budget, self.currency, name=self.name, expected=None
                )
            self._warn("over", f"{self.name} has spent {spent:f} of a budget of {budget:f}")
        elif self._warns_from is not None and spent >= self._warns_from:
            left = EXACT.subtract(budget, spent)
            bound = "" if not self._unpriced else ", less what calls without a price have cost"
            text = f"{self.name} has spent {spent:f} of {budget:f}; {left:f} is left{bound}"
            self._warn("near", text)
        return None

    def _warn(self, key: str, text: str, kind: type[Warning] = BudgetWarning) -> None:
        """Warn once of each thing, at the line outside this package that led here."""
        with self._lock:
            if key in self._said:
                return
            self._said.add(key)
        warnings.warn(text, kind, stacklevel=_outside())

    def miss(
        self, error: CostcalcError, *, model: str | None = None, usage: Usage | None = None
    ) -> None:
        """Keep a call that has no price, here and in the meters around, and warn once per model."""
        # a traceback would keep every frame on the way, and with them the whole response
        error.__traceback__ = error.__cause__ = error.__context__ = None
        for meter in (self, *self._around):
            meter._keep_unpriced(Unpriced(model, usage, error))  # noqa: SLF001 - of this class
        text = f"a call is not priced, and the total is a lower bound: {error}"
        self._warn(f"unpriced {model} {type(error).__name__}", text, UnpricedWarning)

    def _keep_unpriced(self, call: Unpriced) -> None:
        key = (call.model, type(call.error))
        with self._lock:
            found = self._unpriced.get(key)
            if found is not None:
                usage = sum_of(found.usage, call.usage)
                call = replace(found, usage=usage, calls=found.calls + 1)
            self._unpriced[key] = call

    def check(self, expected: Any = 0) -> None:
        """Hold a call that is not made yet against what is left of every budget.

        `expected` is an amount, a `Cost` or an estimate; of an estimate its high end counts. Raises
        `BudgetExceededError`, or warns, where the call would exceed a budget; without `expected`,
        where a budget is exceeded already. Nothing is set aside: calls that run at the same time
        are each held against the same rest.
        """
        amount = amount_of(expected, self.currency)
        for meter in (self, *self._around):
            meter._foresee(amount)  # noqa: SLF001 - of this class

    def check_request(
        self,
        request: Mapping[str, Any],
        *,
        provider: str | None = None,
        region: str | None = None,
    ) -> None:
        """Hold a request that is not sent yet against what is left of every budget.

        `request` is the body of a chat, a response or a message. Its prompt is counted, and the
        reply taken to be as long as it may be: as the request limits it, else as the model does.
        One that cannot be estimated passes. Raises or warns as `check` does.
        """
        from costcalc.recording.ahead import most

        terms = self._with_own({"provider": provider})
        self.check(most(request, self._model, region=region, **terms))

    def _foresee(self, amount: Decimal) -> None:
        budget, spent = self._budget, self._total
        if budget is None or EXACT.add(spent, amount) <= budget:
            return
        error = BudgetExceededError(
            spent, budget, self.currency, name=self.name, expected=amount or None
        )
        if self._raises:
            raise error
        self._warn("before", str(error))

    # --- what it came to --------------------------------------------------------------------------

    @property
    def budget(self) -> Decimal | None:
        """What may be spent; None without a budget."""
        return self._budget

    @property
    def total(self) -> Decimal:
        """What was spent; a lower bound where `unpriced` is not empty."""
        return self._total

    @property
    def left(self) -> Decimal | None:
        """What is left of the budget, below 0 where it is exceeded; None without one."""
        return None if self._budget is None else normal(EXACT.subtract(self._budget, self._total))

    @property
    def calls(self) -> int:
        """How many calls were added; those in `unpriced` are not."""
        return self._calls

    @property
    def usage(self) -> Usage | None:
        """Sum of what was used, where calls said so; None where none did."""
        return self._usage

    @property
    def unpriced(self) -> tuple[Unpriced, ...]:
        """Calls that a hook saw and that have no price, by model and kind of error."""
        with self._lock:
            return tuple(self._unpriced.values())

    @property
    def cost(self) -> Cost | None:
        """Sum of all calls, lines apart by model, meter and rate; None before the first.

        What calls without a price leave out stands among its assumptions.
        """
        with self._lock:
            if not self._costs:
                return None
            whole = added(self._costs)
            self._costs = [whole]
            said = lower_bound(self.unpriced)
            return replace(whole, assumptions=(*whole.assumptions, *said)) if said else whole

    def __str__(self) -> str:
        """Return what it came to, as a sentence."""
        calls = "one call" if self._calls == 1 else f"{self._calls:,} calls"
        said = f"{self.name}: {self._total:f} {self.currency} for {calls}"
        if self._budget is not None:
            said += f", of a budget of {self._budget:f}"
        missed = sum(each.calls for each in self.unpriced)
        return f"{said}; a lower bound: {missed:,} without a price" if missed else said

    # --- as a block -------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        """Let the hooks of this context feed this meter, and what it records the meter around."""
        outer = _entered.get()
        if outer is not None:
            outer._check_currency(self.currency)  # noqa: SLF001 - of this class
        with self._lock:
            if self._tokens:
                msg = f"{self.name} is entered already; make another Meter for the inner block"
                raise UsageError(msg, name=self.name)
            self._tokens.append(_entered.set(self))
        # it stays after the block: a call that was begun in it may end later
        around = () if outer is None else (outer, *outer._around)  # noqa: SLF001 - of this class
        self._around = tuple(each for each in around if each is not self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the hooks of this context feed the meter around again."""
        with suppress(ValueError):  # left in another context, as frameworks do: it is not set there
            _entered.reset(self._tokens.pop())

    async def __aenter__(self) -> Self:
        """Enter as `with` does."""
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave as `with` does."""
        self.__exit__(kind, error, trace)


def current_meter() -> Meter | None:
    """Return the innermost meter whose block runs in this context; None outside of all."""
    return _entered.get()


def _outside() -> int:
    """Return the stack level, seen from who asks, of the nearest line outside this package."""
    level, frame = 1, sys._getframe(1)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - the documented way to a caller's line
    while frame.f_back and str(frame.f_globals.get("__name__", "")).startswith("costcalc."):
        level, frame = level + 1, frame.f_back
    return level
