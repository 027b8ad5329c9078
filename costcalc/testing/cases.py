"""Assertions on costs for unittest, and as plain functions for anything else."""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager
from decimal import Decimal

from costcalc.billing.cost import Cost
from costcalc.billing.price import price
from costcalc.errors import UsageError
from costcalc.testing.explanations import cost_lines
from costcalc.testing.matchers import CostUnder, IsAmount
from costcalc.testing.spending import CostRecorder, max_cost
from costcalc.usage.usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from datetime import date, datetime
    from typing import Any, ClassVar

    from costcalc.planning.budget import Budget, Verdict
    from costcalc.planning.differences import PlanDiff
    from costcalc.registry.cards import RateCard
    from costcalc.registry.registry import Registry
    from costcalc.testing.plans import AnyPlan
    from costcalc.testing.pricing import Pricing

    Number = Decimal | int | str

__all__ = ["PriceAssertions", "assert_cost_under", "assert_price", "assert_within"]


def assert_price(
    model: str,
    usage: Usage,
    expected: Number,
    *,
    rel: Number | float | None = None,
    abs: Number | None = None,  # noqa: A002 - as in pytest.approx
    **terms: Any,
) -> Cost:
    """Fail unless a usage costs what is expected; return its cost.

    `rel`, a share such as '1%', and `abs`, an amount, say how far off it may be. Terms, such as
    `at`, and errors are those of `price`.
    """
    __tracebackhide__ = True
    cost = price(model, usage, **terms)
    _hold(IsAmount(expected, rel=rel, abs=abs), cost, f"{model}: ")
    return cost


def assert_cost_under(what: Any, cap: Number, *, end: str = "total", currency: str = "USD") -> None:
    """Fail where something costs more than a cap; what costs just as much passes.

    `what` is a `Cost`, an estimate, a session's estimate, a meter or an amount. Of an estimate the
    expected total counts, or with `end='high'` the most it may come to.
    """
    __tracebackhide__ = True
    _hold(CostUnder(cap, end=end, currency=currency), what)


def assert_within(
    what: Any,
    expected: Number,
    *,
    rel: Number | float | None = None,
    abs: Number | None = None,  # noqa: A002 - as in pytest.approx
    currency: str = "USD",
) -> None:
    """Fail unless something costs about what is expected: within 1%, unless you say how near.

    `what` is a `Cost`, an estimate, a session's estimate, a meter or an amount.
    """
    __tracebackhide__ = True
    _hold(IsAmount(approx=expected, rel=rel, abs=abs, currency=currency), what)


def _hold(wanted: IsAmount | CostUnder, what: Any, subject: str = "") -> None:
    """Raise `AssertionError` with why an amount is not as wanted, and with its lines."""
    __tracebackhide__ = True
    why = wanted.mismatch(what)
    if why is None:
        return
    cost = what if isinstance(what, Cost) else getattr(what, "cost", None)
    lines = cost_lines(cost) if isinstance(cost, Cost) else []
    raise AssertionError("\n".join([f"{subject}{why}", *lines]))


class PriceAssertions:
    """What pytest's fixtures give, as methods for a `unittest.TestCase`.

        class SearchCosts(PriceAssertions, unittest.TestCase):
            as_of = "2025-09-07"

    `as_of` is the instant of all its prices, 'now' for today's; None is that of
    `--costcalc-as-of` where pytest runs it, or of `[tool.costcalc] as_of` in the nearest
    `pyproject.toml`, else today's with a warning. `prices` is whose prices they are; None is the
    list that holds where the test runs.

    From `setUp` to the last cleanup they hold for code that names no registry, too. `setUpClass`
    runs before, at the prices that hold without the case. It stands before `TestCase` among the
    bases; `UsageError` otherwise, as nothing would be frozen.
    """

    as_of: ClassVar[datetime | date | str | None] = None
    prices: ClassVar[Registry | None] = None
    _pricing: Pricing | None = None

    def __init_subclass__(cls, **options: Any) -> None:
        """Refuse an order of bases in which nothing would be frozen."""
        super().__init_subclass__(**options)
        bases = list(cls.__mro__)
        runner = next((each for each in bases if _is_unittest(each)), None)
        if runner is not None and bases.index(runner) < bases.index(PriceAssertions):
            rest = (each.__name__ for each in cls.__bases__ if each is not PriceAssertions)
            order = ", ".join([PriceAssertions.__name__, *rest])
            raise UsageError(
                f"the prices of {cls.__name__} would not be frozen; put PriceAssertions before "
                f"the test case: class {cls.__name__}({order})"
            )

    def run(self, *result: Any, **stated: Any) -> Any:
        """Run the test as `TestCase` does, with the prices frozen."""
        with _frozen_from_set_up(self):
            return super().run(*result, **stated)  # type: ignore[misc] - of the TestCase beside it

    def debug(self) -> None:
        """Run the test without collecting errors, with the prices frozen."""
        with _frozen_from_set_up(self):
            super().debug()  # type: ignore[misc] - of the TestCase beside it

    @property
    def pricing(self) -> Pricing:
        """The frozen prices of this test, as the fixture `pricing` has them."""
        if self._pricing is None:
            self._pricing = _frozen(self.as_of, self.prices)
        return self._pricing

    def assertPrice(  # noqa: N802 - as unittest names its assertions
        self,
        model: str,
        usage: Usage,
        expected: Number,
        *,
        rel: Number | float | None = None,
        abs: Number | None = None,  # noqa: A002 - as in pytest.approx
        **terms: Any,
    ) -> Cost:
        """Fail unless a usage costs what is expected at the frozen prices; return its cost."""
        cost = self.pricing.price(model, usage, **terms)
        _hold(IsAmount(expected, rel=rel, abs=abs), cost, f"{model}: ")
        return cost

    def assertCostUnder(  # noqa: N802 - as unittest names its assertions
        self, what: Any, cap: Number, *, end: str = "total", currency: str = "USD"
    ) -> None:
        """Fail where something costs more than a cap, as `assert_cost_under` does."""
        assert_cost_under(what, cap, end=end, currency=currency)

    def assertCostWithin(  # noqa: N802 - as unittest names its assertions
        self,
        what: Any,
        expected: Number,
        *,
        rel: Number | float | None = None,
        abs: Number | None = None,  # noqa: A002 - as in pytest.approx
        currency: str = "USD",
    ) -> None:
        """Fail unless something costs about what is expected, as `assert_within` does."""
        assert_within(what, expected, rel=rel, abs=abs, currency=currency)

    def assertPinned(self, model: str, **pin: Any) -> RateCard:  # noqa: N802 - as above
        """Fail unless the rates of a model are these; arguments are those of `Pricing.pin`."""
        return self.pricing.pin(model, **pin)

    def assertWithinBudget(  # noqa: N802 - as unittest names its assertions
        self,
        plan: AnyPlan,
        budget: Budget | Mapping[str, Any] | None = None,
        *,
        base: AnyPlan | None = None,
        strict: bool = False,
        samples: int | None = None,
        seed: int | None = None,
    ) -> Verdict:
        """Fail where a plan exceeds its budget at the frozen prices: `assert_within_budget`."""
        from costcalc.testing.plans import judged

        return judged(plan, budget, base, strict, (samples, seed), self.pricing.registry)

    def assertNoCostRegression(  # noqa: N802 - as unittest names its assertions
        self,
        base: AnyPlan,
        head: AnyPlan,
        *,
        max_increase: Number | float = "10%",
        metric: str = "mean",
        **terms: Any,
    ) -> PlanDiff:
        """Fail where a plan is dearer than another, as `assert_no_cost_regression` does."""
        from costcalc.testing.plans import assert_no_cost_regression

        frozen: dict[str, Any] = {"registry": self.pricing.registry, **terms}
        return assert_no_cost_regression(
            base, head, max_increase=max_increase, metric=metric, **frozen
        )

    def assertMaxCost(  # noqa: N802 - as unittest names its assertions
        self, cap: Number, *, currency: str = "USD"
    ) -> AbstractContextManager[CostRecorder]:
        """Fail where the block costs more than a cap at the frozen prices: `with self....`."""
        return self._capped(cap, currency)

    @contextmanager
    def _capped(self, cap: Number, currency: str) -> Generator[CostRecorder]:
        pricing = self.pricing
        with (
            pricing,
            max_cost(cap, at=pricing.at, registry=pricing.registry, currency=currency) as recorder,
        ):
            yield recorder


def _is_unittest(base: type) -> bool:
    """Return whether a class is the standard library's and runs tests."""
    return base.__module__.partition(".")[0] == "unittest" and "run" in vars(base)


@contextmanager
def _frozen_from_set_up(case: Any) -> Generator[None]:
    """Let the prices of a case be frozen from its `setUp` on.

    So a mistake in `as_of` is an error of the test, a skipped test needs no prices, and a `setUp`
    that forgets its super() loses nothing.
    """
    own = case.setUp

    def set_up() -> None:
        case.enterContext(case.pricing)
        own()

    case.setUp = set_up
    try:
        yield
    finally:
        case.setUp = own


def _frozen(as_of: datetime | date | str | None, prices: Registry | None) -> Pricing:
    from pathlib import Path

    from costcalc.testing.pricing import freeze
    from costcalc.testing.settings import NOW, TOLD, settings_of, warn_unfrozen

    if as_of is not None:
        return freeze(as_of, registry=prices, whose="by the test case's as_of")
    if TOLD:
        at, whose = TOLD[-1]
        return freeze(at, registry=prices, whose=whose)
    found = settings_of(Path.cwd())
    if found.as_of is None:
        warn_unfrozen("as_of in the test case or in [tool.costcalc]")
    whose = "" if found.as_of is None else "by [tool.costcalc] as_of"
    return freeze(found.as_of or NOW, registry=prices, whose=whose)
