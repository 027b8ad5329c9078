"""What a run has spent so far, against a budget."""

from __future__ import annotations

from contextlib import suppress
from contextvars import ContextVar
from threading import Lock

from costcalc.billing.cost import Cost
from costcalc.billing.price import price
from costcalc.billing.responses import price_response
from costcalc.errors import CostcalcError, CurrencyMismatchError, UnpricedWarning, UsageError
from costcalc.recording.limit import Limit
from costcalc.recording.recorded import amount_of, as_served, frameless, model_of, read, usage_of
from costcalc.recording.tally import Tally, Unpriced
from costcalc.recording.warned import Warned
from costcalc.usage.responses.response_usage import ResponseUsage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextvars import Token
    from decimal import Decimal
    from types import TracebackType
    from typing import Any, Self

    from costcalc.errors import BudgetExceededError
    from costcalc.registry.registry import Registry
    from costcalc.usage.usage import Usage

__all__ = ["Meter", "Unpriced", "current_meter"]

_entered: ContextVar[Meter | None] = ContextVar("costcalc_meter", default=None)


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
        self.name = name
        self.currency = currency
        self._warned = Warned()
        self._limit = Limit(budget, over, warn_at, self._warned)
        self._tally = Tally()
        self._terms: dict[str, Any] = {"provider": provider, "registry": registry}
        self._model = model
        self._around: tuple[Meter, ...] = ()
        self._tokens: list[Token[Meter | None]] = []
        self._entering = Lock()

    # --- recording --------------------------------------------------------------------------------

    def record(self, what: Any, *, model: str | None = None, **terms: Any) -> Cost:
        """Add a call and return its cost.

        `what` is a response or its stream's events, a `Usage`, or a `Cost` that is known already.
        `model` and the other terms are those of `price_response`. Raises what these raise, once the
        call stands in `unpriced`, and `BudgetExceededError` once it is added.
        """
        terms = self._with_own(terms)
        found = None
        try:
            found = read(what, terms)
            cost = self._priced(found, model, terms)
            self._check_currency(cost.currency)
        except CostcalcError as error:
            # it was made all the same, and whoever calls may let the error pass
            named = model or model_of(found) or self._model
            self._keep_missed(Unpriced(named, usage_of(found), frameless(error)))
            raise
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
        self._tally.add(cost, usage)

    def _judged(self) -> BudgetExceededError | None:
        """Return the error of a budget that is exceeded, or warn as was asked."""
        return self._limit.judged(self._tally, self.name, self.currency)

    def miss(
        self, error: CostcalcError, *, model: str | None = None, usage: Usage | None = None
    ) -> None:
        """Keep a call that has no price, here and in the meters around, and warn once per model."""
        self._keep_missed(Unpriced(model, usage, frameless(error)))
        text = f"a call is not priced, and the total is a lower bound: {error}"
        self._warned.once(f"unpriced {model} {type(error).__name__}", text, UnpricedWarning)

    def _keep_missed(self, call: Unpriced) -> None:
        for meter in (self, *self._around):
            meter._keep_unpriced(call)  # noqa: SLF001 - of this class

    def _keep_unpriced(self, call: Unpriced) -> None:
        self._tally.miss(call)

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
        self._limit.foresee(amount, self._tally.total, self.name, self.currency)

    # --- what it came to --------------------------------------------------------------------------

    @property
    def budget(self) -> Decimal | None:
        """What may be spent; None without a budget."""
        return self._limit.budget

    @property
    def total(self) -> Decimal:
        """What was spent; a lower bound where `unpriced` is not empty."""
        return self._tally.total

    @property
    def left(self) -> Decimal | None:
        """What is left of the budget, below 0 where it is exceeded; None without one."""
        return self._limit.left(self.total)

    @property
    def calls(self) -> int:
        """How many calls were added; those in `unpriced` are not."""
        return self._tally.calls

    @property
    def usage(self) -> Usage | None:
        """Sum of what was used, where calls said so; None where none did."""
        return self._tally.usage

    @property
    def unpriced(self) -> tuple[Unpriced, ...]:
        """Calls that have no price, by model and kind of error."""
        return self._tally.unpriced

    @property
    def cost(self) -> Cost | None:
        """Sum of all calls, lines apart by model, meter and rate; None before the first.

        What calls without a price leave out stands among its assumptions.
        """
        return self._tally.cost

    def __str__(self) -> str:
        """Return what it came to, as a sentence."""
        calls = "one call" if self.calls == 1 else f"{self.calls:,} calls"
        said = f"{self.name}: {self.total:f} {self.currency} for {calls}"
        if self.budget is not None:
            said += f", of a budget of {self.budget:f}"
        missed = sum(each.calls for each in self.unpriced)
        return f"{said}; a lower bound: {missed:,} without a price" if missed else said

    # --- as a block -------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        """Let the hooks of this context feed this meter, and what it records the meter around."""
        outer = _entered.get()
        if outer is not None:
            outer._check_currency(self.currency)  # noqa: SLF001 - of this class
        with self._entering:
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
