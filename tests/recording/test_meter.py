"""What a run has spent: sums, budgets before and after a call, blocks within blocks, threads."""

from __future__ import annotations

import asyncio
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from decimal import Decimal
from typing import Any

import pytest

from costcalc import (
    BudgetExceededError,
    BudgetWarning,
    Cost,
    CurrencyMismatchError,
    Meter,
    Registry,
    UnknownModelError,
    UnpricedWarning,
    Usage,
    UsageError,
    estimate_prompt,
    price,
)
from costcalc.recording.meter import current_meter
from costcalc.recording.recorded import lower_bound

PRICES = Registry.from_yaml(
    """
provider: lab
models:
  small: {input: 1, cache_read: 0.1, output: 4}
  big: {input: 10, output: 40}
"""
)
YUAN = Registry.from_yaml("provider: east\ncurrency: CNY\nmodels: {silk: {input: 1, output: 2}}")
CALL = Usage(input_tokens=100_000, output_tokens=25_000)  # 0.2 under small, 2 under big
RESPONSE = {
    "object": "chat.completion",
    "model": "small",
    "usage": {"prompt_tokens": 100_000, "completion_tokens": 25_000, "total_tokens": 125_000},
}


def meter(budget: Any = None, **options: Any) -> Meter:
    return Meter(budget, registry=PRICES, model="small", **options)


def test_a_meter_adds_up_usages_responses_and_costs() -> None:
    found = meter()
    assert (found.total, found.cost, found.usage) == (0, None, None)
    assert found.record(CALL).total == Decimal("0.2")
    found.record(CALL, model="big")
    found.record(RESPONSE, provider="lab")
    found.record(price("small", CALL, registry=PRICES))
    assert found.total == Decimal("2.6")
    assert found.calls == 4
    assert found.left is None
    assert found.usage == CALL + CALL + CALL
    assert found.cost is not None
    assert found.cost.total == found.total
    assert {line.model for line in found.cost.lines} == {"small", "big"}
    assert str(found) == "this run: 2.6 USD for 4 calls"


def test_a_sum_of_many_calls_stays_exact_and_small() -> None:
    found = meter()
    for _ in range(1_000):
        found.record(Usage(input_tokens=1, output_tokens=0))
    assert found.total == Decimal("0.001")
    assert found.cost is not None
    assert len(found.cost.lines) == 1
    assert found.cost.lines[0].quantity == 1_000


def test_a_call_above_the_budget_is_recorded_and_raises() -> None:
    found = meter("0.30", name="the nightly run")
    found.record(CALL)
    assert (found.budget, found.left) == (Decimal("0.30"), Decimal("0.1"))
    with pytest.raises(BudgetExceededError) as caught:
        found.record(CALL)
    assert str(caught.value) == (
        "the budget of the nightly run is 0.30 USD, and 0.4 is spent; the last call is recorded, "
        "make no other or raise the budget"
    )
    assert (caught.value.spent, caught.value.budget) == (Decimal("0.4"), Decimal("0.30"))
    assert (found.total, found.left, found.calls) == (Decimal("0.4"), Decimal("-0.1"), 2)
    assert str(found) == "the nightly run: 0.4 USD for 2 calls, of a budget of 0.30"


def test_just_the_budget_is_within_it() -> None:
    found = meter("0.4")
    found.record(CALL)
    found.record(CALL)
    assert found.left == 0


def test_a_meter_that_warns_does_so_once() -> None:
    found = meter("0.1", over="warn")
    with pytest.warns(BudgetWarning, match="this run has spent 0.2 of a budget of 0.1"):
        found.record(CALL)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found.record(CALL)
    assert found.calls == 2


def test_a_share_of_the_budget_warns_before_it_is_spent() -> None:
    found = meter(1, warn_at="50%")
    found.record(CALL)
    found.record(CALL)
    with pytest.warns(BudgetWarning, match=r"this run has spent 0.6 of 1; 0.4 is left"):
        found.record(CALL)


EXPECTED = [
    ("an amount", Decimal("0.11")),
    ("text", "0.11"),
    ("a cost", price("small", Usage(input_tokens=110_000), registry=PRICES)),
    (
        "the high end of an estimate",
        estimate_prompt(
            "small",
            "x",
            output_tokens={"low": 10, "likely": 20, "high": 100_000},
            registry=PRICES,
        ),
    ),
]


@pytest.mark.parametrize("expected", [each for _, each in EXPECTED], ids=[n for n, _ in EXPECTED])
def test_a_call_that_would_exceed_the_budget_is_refused_before_it_is_made(expected: Any) -> None:
    found = meter("0.3")
    found.record(CALL)
    found.check("0.1")
    with pytest.raises(BudgetExceededError, match=r"0.2 is spent, and a call of 0\.") as caught:
        found.check(expected)
    assert "it was not recorded" in str(caught.value)
    assert caught.value.expected is not None
    assert found.total == Decimal("0.2")


def test_a_meter_that_warns_warns_before_a_call_too() -> None:
    found = meter("0.3", over="warn")
    with pytest.warns(BudgetWarning, match="0 is spent, and a call of 0.5 would exceed it"):
        found.check("0.5")
    meter().check(10**9)  # no budget, nothing to exceed


def test_a_spent_budget_is_told_without_a_call() -> None:
    found = meter("0.3")
    found.record(CALL)
    found.check()
    with pytest.raises(BudgetExceededError):
        found.record(CALL)
    with pytest.raises(BudgetExceededError, match="0.4 is spent; the last call is recorded"):
        found.check()


def test_an_inner_block_counts_for_the_outer_one() -> None:
    with meter("1", name="the run") as run:
        assert current_meter() is run
        with meter("0.3", name="the step") as step:
            assert current_meter() is step
            step.record(CALL)
            with pytest.raises(BudgetExceededError, match="the budget of the step is 0.3"):
                step.record(CALL)
        assert current_meter() is run
        run.record(CALL)
    assert current_meter() is None
    assert (step.total, run.total) == (Decimal("0.4"), Decimal("0.6"))
    with pytest.raises(BudgetExceededError):  # what was begun in the block may end after it
        step.record(Cost(total=Decimal(0), currency="USD", lines=()))
    assert (step.calls, run.calls) == (3, 4)
    with step, pytest.raises(BudgetExceededError):  # entered anew, it counts for what is around now
        step.record(Cost(total=Decimal(0), currency="USD", lines=()))
    assert (step.calls, run.calls) == (4, 4)


def test_an_inner_call_can_exceed_the_outer_budget() -> None:
    with meter("0.3", name="the run") as run, meter(name="the step") as step:
        step.record(CALL)
        with pytest.raises(BudgetExceededError, match="the budget of the run"):
            step.check("0.2")
        with pytest.raises(BudgetExceededError, match="the budget of the run"):
            step.record(CALL)
    assert step.total == run.total == Decimal("0.4")


def test_a_meter_is_entered_once_at_a_time() -> None:
    run = meter()
    with (
        run,
        meter(),
        pytest.raises(UsageError, match="this run is entered already; make another Meter"),
        run,
    ):
        pass
    with run:
        assert current_meter() is run


def test_of_several_exceeded_budgets_the_outermost_speaks() -> None:
    with meter("0.3", name="the run") as run, meter("0.1", name="the step") as step:
        with pytest.raises(BudgetExceededError, match="the budget of the step"):
            step.record(CALL)
        with pytest.raises(BudgetExceededError, match="the budget of the run"):
            step.record(CALL)
    assert (step.calls, run.calls) == (2, 2)


def test_blocks_may_change_places() -> None:
    one, two = meter(name="one"), meter(name="two")
    with one, two:
        two.record(CALL)
    with two, one:
        one.record(CALL)
    two.record(CALL)
    assert (one.calls, two.calls) == (2, 3)


def test_a_block_of_another_currency_is_refused() -> None:
    with (
        meter() as run,
        pytest.raises(CurrencyMismatchError),
        Meter(currency="CNY"),
    ):
        pass
    assert current_meter() is None
    assert run.calls == 0


def test_a_block_may_be_left_in_another_context() -> None:
    run = meter()
    copy_context().run(run.__enter__)
    run.__exit__(None, None, None)
    with run:
        assert current_meter() is run


def test_a_late_task_still_counts_for_the_blocks_it_was_begun_in() -> None:
    async def call(begun: asyncio.Event) -> None:
        await begun.wait()
        found = current_meter()
        assert found is not None
        with found:  # its own block again, which is not around itself
            found.record(CALL)

    async def run() -> tuple[Decimal, Decimal]:
        left = asyncio.Event()
        with meter(name="the run") as whole:
            with meter(name="the step") as step:
                task = asyncio.create_task(call(left))
            step.record(CALL)
        left.set()
        await task
        return step.total, whole.total

    assert asyncio.run(run()) == (Decimal("0.4"), Decimal("0.4"))


def test_tasks_feed_the_meter_around_them() -> None:
    async def call(name: str) -> Decimal:
        async with meter(name=name) as own:
            await asyncio.sleep(0)
            found = current_meter()
            assert found is not None
            assert found is own
            found.record(CALL)
            await asyncio.sleep(0)
            return own.total

    async def run() -> Meter:
        async with meter() as whole:
            totals = await asyncio.gather(*(call(str(number)) for number in range(20)))
        assert set(totals) == {Decimal("0.2")}
        return whole

    assert asyncio.run(run()).total == Decimal(4)


def test_threads_lose_nothing() -> None:
    found = meter()

    def work(_: int) -> None:
        for _ in range(50):
            found.record(CALL)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert found.calls == 400
    assert found.total == Decimal(80)
    assert found.cost is not None
    assert found.cost.total == Decimal(80)


def test_what_a_hook_cannot_price_is_kept_and_said_once_for_a_model() -> None:
    with meter() as outer:
        found = meter()
        with found:
            with pytest.warns(UnpricedWarning, match="a lower bound: unknown model 'nobody'"):
                assert found.note(CALL, model="nobody") is None
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                assert found.note(CALL, model="nobody") is None
            with pytest.warns(UnpricedWarning, match="no usage of a known format"):
                assert found.note({"object": "list", "data": []}) is None
            with pytest.warns(UnpricedWarning, match="cannot add CNY to USD"):
                assert found.note(CALL, model="silk", registry=YUAN) is None
            assert found.note(CALL) is not None
    first = found.unpriced[0]
    assert (first.model, first.usage, first.calls) == ("nobody", CALL + CALL, 2)
    assert isinstance(first.error, UnknownModelError)
    assert first.error.__traceback__ is None  # it would keep the response alive
    assert [(each.model, each.calls) for each in found.unpriced[1:]] == [("small", 1), ("silk", 1)]
    assert found.unpriced == outer.unpriced
    assert found.total == Decimal("0.2")
    assert str(found) == "this run: 0.2 USD for one call; a lower bound: 4 without a price"


def test_a_response_says_its_own_model_before_the_meter_does() -> None:
    found = meter()
    assert found.record({**RESPONSE, "model": "big"}).total == Decimal(2)
    assert found.note({**RESPONSE, "model": "big"}, provider=None, asked="small") is not None
    assert found.note({**RESPONSE, "model": "big"}, model="small") is not None
    assert found.note({**RESPONSE, "model": None}, asked="big") is not None
    assert found.note({**RESPONSE, "model": None}) is not None
    assert found.total == Decimal("6.4")
    with pytest.warns(UnpricedWarning, match="unknown model 'nobody'"):
        found.note({**RESPONSE, "model": "nobody"})
    with pytest.warns(
        UnpricedWarning, match="unknown model 'no one'"
    ):  # another model, another time
        found.note({**RESPONSE, "model": "no one"}, api="chat")
    assert [each.model for each in found.unpriced] == ["nobody", "no one"]
    assert found.unpriced[0].usage == CALL


def test_unreadable_calls_of_one_model_are_kept_together() -> None:
    found = meter()
    with pytest.warns(UnpricedWarning):
        found.note({}, asked="odd")
    found.note({}, asked="odd")
    assert [(each.model, each.usage, each.calls) for each in found.unpriced] == [("odd", None, 2)]


def test_a_warning_points_at_the_line_that_recorded() -> None:
    found = meter("0.1", over="warn")
    with pytest.warns(BudgetWarning) as caught:
        found.record(CALL)
    assert caught[0].filename == __file__


def test_what_is_recorded_by_hand_without_a_price_raises() -> None:
    found = meter()
    with pytest.raises(UnknownModelError):
        found.record(CALL, model="nobody")
    with pytest.raises(CurrencyMismatchError):
        found.record(CALL, model="silk", registry=YUAN)
    with pytest.raises(UsageError, match=r"a Usage names no model; say it: meter.record\(usage"):
        Meter().record(CALL)
    assert (found.total, found.calls) == (0, 0)


def test_what_is_recorded_without_a_price_is_kept_before_it_raises() -> None:
    """Whoever catches the error has made the call all the same."""
    with meter() as outer, meter() as found:
        for _ in range(2):
            with suppress(UnknownModelError):
                found.record(CALL, model="nobody")
        with suppress(UsageError):
            found.record({}, model="odd")
        with suppress(CurrencyMismatchError):
            found.record(CALL, model="silk", registry=YUAN)
        found.record(CALL)
    missed = [(each.model, each.usage, each.calls) for each in found.unpriced]
    assert missed == [("nobody", CALL + CALL, 2), ("odd", None, 1), ("silk", CALL, 1)]
    assert found.unpriced == outer.unpriced
    assert str(found) == "this run: 0.2 USD for one call; a lower bound: 4 without a price"
    error = found.unpriced[0].error
    assert (error.__traceback__, error.__context__) == (None, None)  # they keep the response alive
    assert str(error).startswith("unknown model 'nobody'")


def test_a_call_above_the_budget_is_no_call_without_a_price() -> None:
    found = meter("0.1")
    with pytest.raises(BudgetExceededError):
        found.record(CALL)
    assert found.unpriced == ()


def test_a_budget_in_another_currency() -> None:
    found = Meter("1", currency="CNY", registry=YUAN)
    found.record(CALL, model="silk")
    assert found.total == Decimal("0.15")
    with pytest.raises(CurrencyMismatchError):
        found.check(price("small", CALL, registry=PRICES))


BAD = [
    ({"over": "stop"}, "over is 'raise' or 'warn', not 'stop'"),
    ({"budget": 0.5}, "a budget is a Decimal, an int or decimal text, not float 0.5; write '0.5'"),
    ({"budget": "-1"}, "a budget is an amount from 0 on, not '-1'"),
    ({"budget": "much"}, "a budget 'much' is no decimal number"),
    ({"warn_at": "50%"}, "warn_at '50%' is a share of the budget; state budget=, too"),
    ({"budget": 1, "warn_at": 80}, "warn_at 80 is above 1"),
]


@pytest.mark.parametrize(("options", "said"), BAD, ids=[said for _, said in BAD])
def test_wrong_budgets_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        Meter(**options)
    assert str(caught.value).startswith(said)


def test_the_cost_says_what_it_is_without() -> None:
    found = meter("0.25", warn_at="50%")
    with pytest.warns(UnpricedWarning):
        found.note(CALL, model="nobody")
    with pytest.warns(BudgetWarning, match="is left, less what calls without a price have cost"):
        found.note(CALL)
    with pytest.warns(UnpricedWarning):
        found.note({"object": "list", "data": []}, model="")
    said = ("lower_bound", "2 calls have no price, and the total is without: nobody, small")
    for _ in range(2):  # it is said once, however often it is asked for
        cost = found.cost
        assert cost is not None
        assert [(each.code, each.text) for each in cost.assumptions] == [said]
        assert said[1] in cost.explain()


def test_the_cost_of_priced_calls_alone_says_nothing_more() -> None:
    found = meter()
    with pytest.warns(UnpricedWarning):
        found.miss(UsageError("unknown"))
    assert found.cost is None
    assert [each.text for each in lower_bound(found.unpriced)] == [
        "1 call has no price, and the total is without: a model without a name"
    ]
    assert lower_bound(()) == ()


def test_a_call_without_a_price_can_stop_the_run() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", UnpricedWarning)
        with pytest.raises(UnpricedWarning, match="unknown model 'nobody'"):
            meter().note(CALL, model="nobody")
