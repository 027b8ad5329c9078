"""What a test spends, and what it may: the recorder of one test, and its verdict."""

from __future__ import annotations

from contextlib import contextmanager
from decimal import Decimal

from costcalc.money import EXACT
from costcalc.recording.meter import Meter
from costcalc.testing.amounts import Amount, calls_of, plain
from costcalc.testing.feed import Feed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from datetime import date, datetime
    from typing import Any, Self

    from costcalc.billing.cost import Cost
    from costcalc.errors import BudgetExceededError
    from costcalc.registry.registry import Registry
    from costcalc.usage.usage import Usage

    Terms = tuple[Registry | None, datetime | date | str | None]

__all__ = ["CostRecorder", "max_cost", "unpriced_text", "verdict"]


class CostRecorder(Meter):
    """Adds up what a test spends, at the prices of one instant.

    It is a `Meter`: `record(usage, model=...)` adds a call, the hooks of this package feed it, and
    `total`, `cost`, `calls` and `left` say what it came to. To go over `budget` raises nothing, as
    a test is judged when it ends; `check` and `costcalc.watch(client, check=True)` raise before a
    call that would go over it.
    """

    def __init__(
        self,
        budget: Decimal | int | str | None = None,
        *,
        at: datetime | date | str | None = None,
        registry: Registry | None = None,
        currency: str = "USD",
        name: str = "this test",
    ) -> None:
        super().__init__(budget, currency=currency, name=name)
        self._asked: Callable[[], Terms] = lambda: (registry, at)

    def price_by(self, asked: Callable[[], Terms]) -> None:
        """Take registry and instant from a function, called when a first call is priced."""
        self._asked = asked

    def _prices(self) -> Terms:
        found = self._asked()
        self._asked = lambda: found
        return found

    def _with_own(self, terms: Mapping[str, Any]) -> dict[str, Any]:
        stated = super()._with_own(terms)
        if stated["registry"] is None:
            stated["registry"] = self._prices()[0]
        return stated

    def _priced(self, found: Cost | Usage, model: str | None, terms: Mapping[str, Any]) -> Cost:
        return super()._priced(found, model, {"at": self._prices()[1], **terms})

    def _judged(self) -> BudgetExceededError | None:
        return None

    def __enter__(self) -> Self:
        """Let the hooks of this context feed this recorder, and what is around it."""
        entered = super().__enter__()
        # what is recorded here would come back from a feed that is turned to this recorder
        self._around = tuple(
            each for each in self._around if not (isinstance(each, Feed) and each.to is self)
        )
        return entered


def verdict(recorder: CostRecorder, cap: str) -> str | None:
    """Return why a test fails for what it spent; None where it does not.

    A call without a price fails too: nobody knows then whether the cap was kept. `cap` is what the
    cap is called.
    """
    if recorder.unpriced:
        return unpriced_text(recorder)
    budget, cost = recorder.budget, recorder.cost
    if budget is None or cost is None or recorder.total <= budget:
        return None
    from costcalc.testing.explanations import cost_lines

    above = plain(EXACT.subtract(recorder.total, budget))
    summary = (
        f"{recorder.name} cost {Amount(recorder.total, recorder.currency)} for "
        f"{calls_of(recorder.calls)}, {above} more than {cap} of {budget:f}"
    )
    return "\n".join([summary, *cost_lines(cost), "spend less, or raise the cap"])


def unpriced_text(meter: Meter) -> str:
    """Return that a meter saw calls without a price, of which models, and what to do."""
    calls = sum(each.calls for each in meter.unpriced)
    models = sorted({repr(each.model) for each in meter.unpriced if each.model})
    of = f" of {', '.join(models)}" if models else ""
    return (
        f"{meter.name} made {calls_of(calls)}{of} without a price, so that nobody knows what it "
        f"cost: {meter.unpriced[0].error}"
    )


@contextmanager
def max_cost(
    amount: Decimal | int | str,
    *,
    at: datetime | date | str | None = None,
    registry: Registry | None = None,
    currency: str = "USD",
    name: str = "this block",
) -> Generator[CostRecorder]:
    """Fail with `AssertionError` where a block, or a decorated function, costs more than `amount`.

    It counts what hooks see within the block, and what the recorder that it hands out is told by
    `record`. Prices are those of `registry` and `at`; without `at`, those of now. A block that
    raises something keeps its own error.
    """
    with CostRecorder(amount, at=at, registry=registry, currency=currency, name=name) as recorder:
        yield recorder
    failed = verdict(recorder, "its cap")
    if failed is not None:
        raise AssertionError(failed)
