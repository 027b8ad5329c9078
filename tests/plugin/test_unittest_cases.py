"""Assertions for unittest and as plain functions: the same prices and verdicts without pytest."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import unittest
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from plugin_support import Project

import costcalc
from costcalc import Meter, Registry, Usage, UsageError, estimate_prompt
from costcalc.logs import price as price_logs
from costcalc.recording.meter import current_meter
from costcalc.testing import (
    IsCheaperThan,
    PinError,
    PriceAssertions,
    UnfrozenPricesWarning,
    assert_cost_under,
    assert_price,
    assert_within,
    max_cost,
    settings,
)

PRICES = Registry.from_yaml(
    """
provider: lab
models:
  small:
    prices:
      - {from: 2025-01-01, input: 1, cache_read: 0.1, output: 4}
      - {from: 2026-01-01, input: 2, cache_read: 0.2, output: 8}
"""
)
CALL = Usage(input_tokens=100_000, output_tokens=25_000)
TERMS: Any = {"registry": PRICES, "at": "2025-06-01"}  # 0.2
RESPONSE = {
    "object": "chat.completion",
    "model": "small",
    "usage": {"prompt_tokens": 100_000, "completion_tokens": 25_000, "total_tokens": 125_000},
}


class Lab(PriceAssertions, unittest.TestCase):
    as_of = "2025-06-01"
    prices = PRICES


@pytest.fixture
def case() -> Lab:
    return Lab()


def said(caught: pytest.ExceptionInfo[AssertionError]) -> str:
    return str(caught.value)


def test_a_price_is_as_expected(case: Lab) -> None:
    assert assert_price("small", CALL, "0.2", **TERMS).total == Decimal("0.2")
    assert assert_price("small", CALL, "0.201", rel="1%", **TERMS).model == "small"
    assert assert_price("small", CALL, "0.25", abs="0.05", **TERMS).currency == "USD"
    assert case.assertPrice("small", CALL, "0.2").at == case.pricing.at
    assert case.assertPrice("small", CALL, "0.2", at="2025-07-01").total == Decimal("0.2")
    assert case.assertPrice("small", CALL, "0.25", rel="20%").model == "small"


def test_a_price_that_is_another_shows_its_lines(case: Lab) -> None:
    text = (
        "small: 0.2 USD is 0.05 (33.33%) above 0.15\n"
        "  small (lab) at 2025-06-01\n"
        "    input   100,000 × 1 / 1M tokens = 0.1\n"
        "    output  25,000 × 4 / 1M tokens = 0.1"
    )
    with pytest.raises(AssertionError) as caught:
        assert_price("small", CALL, "0.15", **TERMS)
    assert said(caught) == text
    with pytest.raises(AssertionError) as caught:
        case.assertPrice("small", CALL, "0.15")
    assert said(caught) == text


def test_a_cap_holds_for_whatever_costs(case: Lab) -> None:
    estimate = estimate_prompt("small", "hi", output_tokens=(100, 300), **TERMS)
    meter = Meter(model="small", registry=PRICES)
    meter.record(CALL, at="2025-06-01")
    cost = case.assertPrice("small", CALL, "0.2")
    for what in (cost, meter, "0.2", Decimal("0.19")):
        assert_cost_under(what, "0.2")
        case.assertCostUnder(what, "0.2")
    assert_cost_under(estimate, estimate.total)
    with pytest.raises(AssertionError, match="above the cap of"):
        case.assertCostUnder(estimate, estimate.total, end="high")
    with pytest.raises(AssertionError) as caught:
        assert_cost_under(meter, "0.1")
    assert said(caught).splitlines()[0] == "0.2 USD is 0.1 (100.00%) above the cap of 0.1"
    assert "    input   100,000 × 1 / 1M tokens = 0.1" in said(caught)
    with pytest.raises(AssertionError, match="it is 0.2 USD, not in CNY"):
        assert_cost_under(cost, 1, currency="CNY")


def test_an_empty_meter_is_under_every_cap() -> None:
    assert_cost_under(Meter(), 0)
    with pytest.raises(AssertionError) as caught:
        assert_within(Meter(), "1")
    assert said(caught) == "0 USD is 1 (100.00%) below 1 ± 0.01"


@pytest.mark.parametrize(
    ("what", "how"),
    [("1.01", {}), ("1.1", {"rel": "10%"}), ("0.5", {"abs": "0.5"}), (1, {"rel": 0})],
    ids=["within one per cent", "within a share", "within an amount", "exactly"],
)
def test_an_amount_is_near_another(case: Lab, what: Any, how: Any) -> None:
    assert_within(what, "1", **how)
    case.assertCostWithin(what, "1", **how)


def test_what_leaves_calls_out_is_under_no_cap(case: Lab) -> None:
    meter = Meter(registry=PRICES)
    meter.record(CALL, model="small", at="2025-06-01")
    with pytest.warns(costcalc.UnpricedWarning):
        meter.note({**RESPONSE, "model": "unheard-of"})
    meter.note({**RESPONSE, "model": "unheard-of"})  # said once
    with pytest.warns(costcalc.UnpricedWarning):
        meter.note({**RESPONSE, "model": None})
    text = (
        "nobody knows what it costs: 2 calls of 'unheard-of' without a price: unknown model "
        "'unheard-of'.*; one call without a price: "
    )
    for held in (assert_cost_under, case.assertCostUnder, assert_within, case.assertCostWithin):
        with pytest.raises(AssertionError, match=text):
            held(meter, "0.2")
    with pytest.raises(UsageError, match=text):
        IsCheaperThan(meter)


def test_a_log_that_leaves_calls_out_is_under_no_cap(tmp_path: Path) -> None:
    message = {"id": "m", "usage": {"input_tokens": 1, "output_tokens": 1}}
    lines = [
        {"type": "assistant", "timestamp": "2025-06-01T00:00:00Z", "requestId": each,
         "message": {**message, "id": each, "model": each}}
        for each in ("small", "unheard-of")
    ]  # fmt: skip
    log = tmp_path / "log.jsonl"
    log.write_text("".join(f"{json.dumps(each)}\n" for each in lines))
    report = price_logs(log, by="model", registry=PRICES)
    with pytest.raises(AssertionError, match="one call of 'unheard-of' without a price: "):
        assert_cost_under(report, 1)
    with pytest.raises(AssertionError, match="nobody knows what it costs: one call without a p"):
        assert_cost_under(next(row for row in report.rows if row.key == ("unheard-of",)), 1)


def test_an_amount_that_is_not_near_says_how_far(case: Lab) -> None:
    with pytest.raises(AssertionError, match=r"1.02 is 0.02 \(2.00%\) above 1 ± 0.01"):
        assert_within("1.02", "1")
    with pytest.raises(AssertionError, match="0.5 is a float, and no exact amount"):
        case.assertCostWithin(0.5, "1")
    with pytest.raises(UsageError, match="write '0.5' in quotes"):
        assert_within("0.5", 0.5)  # type: ignore[arg-type] - refused


def test_a_pin_holds_at_the_frozen_prices(case: Lab) -> None:
    card = case.assertPinned("small", input="1", cache_read="0.1", output="4")
    assert card.rates["output"] == 4
    with pytest.raises(PinError):
        case.assertPinned("small", input="2")


class Frozen(Lab):
    """Tests that start no run of their own; pytest collects none of them."""

    __test__ = False
    as_of: Any = "2025-06-01"

    def setUp(self) -> None:
        # no super().setUp(), as in most suites
        assert costcalc.price("small", CALL).total == Decimal("0.2")
        self.addCleanup(self.holds)

    def tearDown(self) -> None:
        self.holds()

    def holds(self) -> None:
        assert costcalc.price("small", CALL).total == Decimal("0.2")

    def twice(self) -> None:
        with self.pricing:
            self.holds()
        self.holds()

    @unittest.skip("not today")
    def skipped(self) -> None:
        raise NotImplementedError


class FrozenTask(Frozen, unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        self.holds()

    async def task(self) -> None:
        await asyncio.create_task(self.later())
        await asyncio.to_thread(self.holds)

    async def later(self) -> None:
        self.holds()


class Undated(Frozen):
    as_of = "2025-13-01"


@pytest.mark.parametrize(
    ("kind", "name"),
    [(Frozen, "holds"), (Frozen, "twice"), (Frozen, "skipped"), (FrozenTask, "task")],
)
def test_code_under_test_gets_the_frozen_prices(kind: type[Frozen], name: str) -> None:
    result = unittest.TestResult()
    kind(name).run(result)
    assert (result.testsRun, result.failures, result.errors) == (1, [], [])
    if not result.skipped:
        kind(name).debug()
    with pytest.raises(costcalc.UnknownModelError):
        costcalc.price("small", CALL)


def test_a_wrong_day_is_an_error_of_the_test_and_not_of_the_run() -> None:
    result = unittest.TestResult()
    Undated("skipped").run(result)
    Undated("holds").run(result)
    ((_, text),) = result.errors
    assert "UsageError: '2025-13-01' is no ISO 8601 date or time" in text


def test_an_order_of_bases_in_which_nothing_is_frozen_is_refused() -> None:
    with pytest.raises(UsageError, match=r"class Late\(PriceAssertions, IsolatedAsyncioTestCase\)"):
        type("Late", (unittest.IsolatedAsyncioTestCase, PriceAssertions), {})
    alone = type("Alone", (PriceAssertions,), {"as_of": "2025-06-01", "prices": PRICES})
    assert alone().pricing.at.year == 2025


def test_a_block_is_held_against_its_cap(case: Lab) -> None:
    with case.assertMaxCost("0.4") as spent:
        spent.record(CALL, model="small")
        meter = current_meter()
        assert meter is not None
        assert meter is spent
        meter.note(RESPONSE)  # as a client's hook does
        assert costcalc.price("small", CALL).total == Decimal("0.2")  # frozen for all within
    assert spent.total == Decimal("0.4")
    with (
        pytest.raises(AssertionError, match="this block cost 0.2 USD for one call, 0.1 more than"),
        case.assertMaxCost("0.1") as spent,
    ):
        spent.record(CALL, model="small")


def test_a_block_without_pytest_or_unittest_is_held_too() -> None:
    with max_cost("0.2", at="2025-06-01", registry=PRICES) as spent:
        spent.record(CALL, model="small")
    with pytest.raises(AssertionError) as caught, max_cost("0.3", registry=PRICES, name="it") as it:
        it.record(CALL, model="small")
    assert said(caught).startswith("it cost 0.4 USD for one call, 0.1 more than its cap of 0.3\n")


def test_a_request_is_checked_at_the_prices_of_its_block() -> None:
    request = {"model": "small", "messages": [], "max_tokens": 1_000_000}  # 8 at least
    with max_cost("5", registry=PRICES) as spent, pytest.raises(costcalc.BudgetExceededError):
        spent.check_request(request)
    with max_cost("9", registry=PRICES) as spent:
        spent.check_request(request)


def test_a_block_that_raises_keeps_its_own_error() -> None:
    @max_cost("0", registry=PRICES)
    def fail() -> None:
        spend(1)
        raise KeyError

    with pytest.raises(KeyError):
        fail()


@max_cost("0.3", at="2025-06-01", registry=PRICES)
def spend(calls: int) -> int:
    meter = current_meter()
    assert meter is not None
    for _ in range(calls):
        meter.note(RESPONSE)
    return calls


def test_a_decorated_function_is_held_each_time() -> None:
    assert spend(1) == 1
    assert spend(1) == 1
    with pytest.raises(AssertionError, match="this block cost 0.4 USD for 2 calls, 0.1 more"):
        spend(2)


def test_a_call_without_a_price_fails_its_block() -> None:
    unnamed = {**RESPONSE, "model": None}

    @max_cost("9", registry=PRICES)
    def ask(*models: str) -> None:
        meter = current_meter()
        for model in models:
            assert meter is not None
            meter.note({**RESPONSE, "model": model})

    text = "this block made 3 calls of 'other', 'unheard-of' without a price, so that nobody knows"
    with pytest.warns(costcalc.UnpricedWarning), pytest.raises(AssertionError, match=text):
        ask("unheard-of", "other", "unheard-of")
    with (
        pytest.warns(costcalc.UnpricedWarning),
        pytest.raises(AssertionError, match="this block made one call without a price, so that"),
        max_cost("9", registry=PRICES) as spent,
    ):
        spent.note(unnamed)


def test_the_day_comes_from_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Plain(PriceAssertions, unittest.TestCase):
        prices = PRICES

    monkeypatch.chdir(tmp_path)
    project = tmp_path / "pyproject.toml"
    project.write_text('[tool.costcalc]\nas_of = "2025-06-01"\n')
    Plain().assertPrice("small", CALL, "0.2")
    assert Plain().pricing.whose == "by [tool.costcalc] as_of"
    project.write_text("")
    with pytest.warns(UnfrozenPricesWarning, match="set as_of in the test case or in"):
        Plain().assertPrice("small", CALL, "0.4")  # today's


UNDER_PYTEST = """
import unittest
from costcalc.testing import PriceAssertions

class Undated(PriceAssertions, unittest.TestCase):
    def test_prices(self):
        self.assertEqual(str(costcalc.price("small", U).total), {undated!r})
        self.assertPrice("small", U, {undated!r})
        self.assertEqual(self.pricing.whose, {whose!r})

class Dated(PriceAssertions, unittest.TestCase):
    as_of = "2025-09-07"

    def test_prices(self):
        self.assertPrice("small", U, "0.4")
"""


@pytest.mark.parametrize(
    ("options", "undated", "whose"),
    [
        ([], "0.4", "by [tool.costcalc] as_of"),
        (["--costcalc-as-of=2026-03-05"], "0.2", "by --costcalc-as-of"),
        (["--costcalc-as-of=now"], "0.2", "by --costcalc-as-of"),
        (["--costcalc-pins=create"], "0.4", "by [tool.costcalc] as_of"),
    ],
    ids=["the project's day", "the run's day", "now", "another option"],
)
def test_a_case_that_states_no_day_has_that_of_the_run_of_pytest(
    project: Project, options: list[str], undated: str, whose: str
) -> None:
    project.test(UNDER_PYTEST.format(undated=undated, whose=whose))
    project.run(*options, passed=2)
    assert settings.TOLD == []


def test_a_run_within_a_run_has_its_own_day(project: Project) -> None:
    settings.TOLD.append((datetime(2026, 2, 1, tzinfo=UTC), "by the outer run"))
    try:
        project.test(UNDER_PYTEST.format(undated="0.2", whose="by --costcalc-as-of"))
        project.run("--costcalc-as-of=2026-03-05", passed=2)
        project.test(UNDER_PYTEST.format(undated="0.4", whose="by the outer run"))
        project.run(passed=2)
    finally:
        settings.TOLD.clear()


def test_workers_have_the_day_of_their_controller(project: Project) -> None:
    pytest.importorskip("xdist")
    project.test(
        """
        import unittest
        from costcalc.testing import PriceAssertions

        class Undated(PriceAssertions, unittest.TestCase):
            def test_day(self):
                self.assertEqual(f"{self.pricing.at:%F}", "2026-03-05")
        """
    )
    project.run("-p", "xdist.plugin", "-n1", "--costcalc-as-of=2026-03-05", passed=1)


def test_unittest_runs_it(tmp_path: Path) -> None:
    (tmp_path / "test_search.py").write_text(
        """
import unittest

import costcalc
from costcalc.testing import PriceAssertions

CALL = costcalc.Usage(input_tokens=20_000, output_tokens=500)

class SearchCosts(PriceAssertions, unittest.TestCase):
    as_of = "2025-09-07"

    def setUp(self):
        self.first = costcalc.price("grok-code-fast-1", CALL).total

    def tearDown(self):
        self.assertEqual(str(self.first), "0.00475")

    def test_price(self):
        self.assertPrice("grok-code-fast-1", CALL, "0.00475")

    def test_code_under_test(self):
        self.assertEqual(str(costcalc.price("grok-code-fast-1", CALL).total), "0.00475")

    def test_cap(self):
        with self.assertMaxCost("0.004") as spent:
            spent.record(CALL, model="grok-code-fast-1")
"""
    )
    run = subprocess.run(
        [sys.executable, "-m", "unittest", "test_search"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "FAILED (failures=1)" in run.stderr
    assert (
        "AssertionError: this block cost 0.00475 USD for one call, 0.00075 more than its cap of"
        " 0.004\n  grok-code-fast-1 (xai) at 2025-09-07\n" in run.stderr
    )
