"""Plans in tests: within their budget, no dearer than a base, at the frozen prices."""

from __future__ import annotations

import unittest
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from plugin_support import PRICES, Project

import costcalc.planning.pools as pools_module
from costcalc import BudgetWarning, Plan, Registry, SessionRuns, UsageError, diff
from costcalc.errors import PlanError
from costcalc.planning.budget import Budget
from costcalc.testing import (
    CostUnder,
    IsUSD,
    PriceAssertions,
    assert_cost_under,
    assert_no_cost_regression,
    assert_within_budget,
    freeze,
)

LAB = Registry.from_yaml(PRICES)
WINTER = freeze("2026-02-15", registry=LAB).registry  # input 0.40, output 3
# A month: 1,000 × 4,000 × 0.20 / 1M = 0.80 of input, 1,000 × 100 × 1.50 / 1M = 0.15 of output.
TEXT = """
version: 1
project: demo
period: {start: 2026-09-01, months: 2}
simulation: {samples: 100, seed: 1}
defaults: {shared_sigma: 0}
workloads:
  docs:
    model: small
    documents_per_month: 1_000
    input_tokens_per_document: 4_000
    output_tokens_per_document: 100
"""
PLAN = Plan.from_yaml(TEXT)  # 1.90
SPREAD = PLAN.replace({"defaults.shared_sigma": Decimal("0.3")})
MORE = PLAN.replace({"docs.documents_per_month": 2_000, "docs.input_tokens_per_document": 3_000})
DEAD = PLAN.replace({"docs.model": "dead"})
FREE = PLAN.replace({"docs.documents_per_month": 0})
SMALL = PLAN.replace({"docs.documents_per_month": 1})  # 0.0019
DEAD_SAID = "docs has no price from 2026-09-01 until 2026-11-01: model 'dead' (lab) was retired at"


class Winter(PriceAssertions, unittest.TestCase):
    as_of = "2026-02-15"
    prices = LAB


@pytest.fixture(autouse=True)
def small_pools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools_module, "_FEWEST", 64)
    monkeypatch.setattr(pools_module, "_MOST", 64)


def limits(level: str = "fail", **stated: Any) -> dict[str, Any]:
    return {level: stated}


def failed(check: Any, *plans: Any, registry: Registry | None = LAB, **terms: Any) -> str:
    with pytest.raises(AssertionError) as caught:
        check(*plans, registry=registry, **terms)
    return str(caught.value)


def test_a_plan_within_its_budget_passes(tmp_path: Path) -> None:
    budget = limits(mean_usd="1.90")  # just as much
    assert assert_within_budget(PLAN, budget, registry=LAB).level == "ok"
    own = Budget.model_validate(limits(mean_usd=Decimal("1.90")))
    assert assert_within_budget(TEXT, own, registry=LAB).level == "ok"
    path = tmp_path / "plan.yaml"
    path.write_text(f"{TEXT}\nbudget: {{fail: {{docs.p90_usd: 2}}}}\n")
    for each in (path, str(path)):
        assert [found.text for found in assert_within_budget(each, registry=LAB).findings] == [
            "docs: P90 1.90 is within 2 USD"
        ]


def test_a_plan_above_its_budget_shows_every_limit_and_the_reserve() -> None:
    budget = {
        "fail": {"p90_usd": "1.50", "docs.mean_usd": 3, "increase_percent": 5},
        "warn": {"mean_usd": 1},
    }
    assert failed(assert_within_budget, PLAN, budget) == (
        "demo: the plan exceeds its budget\n"
        "  over         demo: P90 1.90 is above 1.50 USD\n"
        "  not checked  increase of at most 5% was not checked: there is no plan to compare\n"
        "  within       docs: MEAN 1.90 is within 3 USD\n"
        "  warning      demo: MEAN 1.90 is above 1 USD\n"
        "  reserve      0.00 USD above the mean of 1.90 covers nine runs in ten"
    )


def test_the_reserve_is_that_of_the_draws_that_were_asked_for() -> None:
    forecast = SPREAD.forecast(200, 7, registry=LAB)
    reserve = forecast.reserve("0.9")
    assert reserve > Decimal("0.1")
    text = failed(assert_within_budget, SPREAD, limits(mean_usd=1), samples=200, seed=7)
    assert text.endswith(
        f"\n  reserve      {reserve:.2f} USD above the mean of {forecast.mean:.2f} covers nine runs "
        "in ten"
    )


def test_a_warning_passes_and_is_told_unless_the_test_is_strict() -> None:
    text = (
        "demo: the plan exceeds a limit that warns\n"
        "  warning      demo: MEAN 1.90 is above 1 USD\n"
        "  reserve      0.00 USD above the mean of 1.90 covers nine runs in ten"
    )
    budget = limits("warn", mean_usd=1)
    with pytest.warns(BudgetWarning) as told:
        verdict = assert_within_budget(PLAN, budget, registry=LAB)
    assert verdict.level == "warn"
    assert str(told[0].message) == text
    assert told[0].filename == __file__
    assert failed(assert_within_budget, PLAN, budget, strict=True) == text
    assert assert_within_budget(PLAN, limits(mean_usd=2), strict=True, registry=LAB).level == "ok"


def test_a_plan_without_a_price_fails_whatever_its_budget() -> None:
    text = failed(assert_within_budget, DEAD, limits(mean_usd=9))
    assert text.startswith(
        f"demo: some of the plan has no price, so that no total holds\n  unpriced     {DEAD_SAID}"
    )
    assert text.endswith(
        "\n  not checked  demo: MEAN is not known, so that 9 USD was not checked: nothing of it has "
        "a price"  # and no reserve either
    )


@pytest.mark.parametrize("limit", ["increase_percent", "mean_usd"])
def test_a_base_without_a_price_fails_whatever_the_limit(limit: str) -> None:
    text = failed(assert_within_budget, PLAN, limits(**{limit: 9}), base=DEAD)
    assert f"  unpriced     in the plan to compare with, {DEAD_SAID}" in text
    assert text.count(DEAD_SAID) == 1


def test_an_increase_is_held_against_a_base() -> None:
    budget = limits(increase_percent=5)
    assert assert_within_budget(PLAN, budget, base=TEXT, registry=LAB).level == "ok"
    text = failed(assert_within_budget, MORE, budget, base=PLAN)
    assert "\n  over         mean changes by +57.9%, above 5%\n" in text


@pytest.mark.parametrize(
    ("budget", "hint"),
    [(None, "state one in the plan"), ({}, "give budget="), (limits(increase_percent=5), "base=")],
    ids=["the plan states none", "an empty one", "an increase with nothing to compare"],
)
def test_a_test_that_could_not_fail_is_refused(budget: Any, hint: str) -> None:
    with pytest.raises(
        UsageError, match=rf"^demo: there is no limit to hold the plan to; .*{hint}"
    ):
        assert_within_budget(PLAN, budget, registry=LAB)


@pytest.mark.parametrize(
    ("budget", "why"),
    [
        (
            {"fail": {"mean_usd": 1.5}},
            r"^budget.fail.mean_usd: a number is expected, not 1.5; write",
        ),
        ({"fail": {"mean_usd": "much"}}, "mean_usd 'much' is no decimal number"),
        ({"fail": {"chat.p90_usd": 1}}, "there is no workload 'chat'"),
        ({"fail": 3}, "^budget.fail: a mapping is expected, not 3"),
    ],
    ids=["a float", "no number", "an unknown workload", "no limits"],
)
def test_a_budget_that_is_none_is_refused(budget: Any, why: str) -> None:
    with pytest.raises((PlanError, UsageError), match=why):
        assert_within_budget(PLAN, budget, registry=LAB)


def test_what_is_no_plan_is_refused() -> None:
    with pytest.raises(PlanError, match="cannot read the plan"):
        assert_within_budget("nowhere.yaml", registry=LAB)


def test_a_plan_that_is_not_much_dearer_passes() -> None:
    assert assert_no_cost_regression(PLAN, TEXT, max_increase=0, registry=LAB).change == 0
    assert assert_no_cost_regression(MORE, PLAN, max_increase="0%", registry=LAB).known_change < 0
    found = assert_no_cost_regression(PLAN, MORE, max_increase="60%", registry=LAB)
    assert found == diff(PLAN, MORE, registry=LAB)
    tenth = PLAN.replace({"docs.documents_per_month": 1_100})
    assert_no_cost_regression(PLAN, tenth, registry=LAB)  # just as much as is allowed


def test_a_regression_shows_what_it_is_made_of() -> None:
    rest = (
        "  volume   +1.70 USD\n"
        "  shape    -0.60 USD\n"
        "  changed  docs: documents_per_month 1,000 → 2,000 (volume)\n"
        "  changed  docs: input_tokens_per_document 4,000 → 3,000 (shape)\n"
        "  accept   if that is right, let it be the base, or raise max_increase"
    )
    assert failed(assert_no_cost_regression, PLAN, MORE) == (
        "demo: the mean rises by 57.89%, from 1.90 to 3.00 USD; at most 10% more is allowed\n"
        f"{rest}"
    )
    assert failed(assert_no_cost_regression, PLAN, MORE, metric="p90", max_increase=0.5) == (
        "demo: P90 rises by 57.89%, from 1.90 to 3.00 USD; at most 50% more is allowed\n"
        f"  mean     1.90 to 3.00 USD, made of\n{rest}"
    )


def test_workloads_that_are_new_or_gone_are_named_and_so_is_what_holds_for_all() -> None:
    stated = PLAN.model_dump(exclude_unset=True)
    docs = stated["workloads"]["docs"]
    stated["workloads"] = {"notes": {**docs, "documents_per_month": 3_000}}
    stated["period"] = {**stated["period"], "months": 1}
    text = failed(assert_no_cost_regression, PLAN, Plan.model_validate(stated))
    assert text.splitlines()[1:-1] == [
        "  volume   +0.95 USD",
        "  changed  period.months 2 → 1 (volume)",
        "  added    notes: +2.85 USD",
        "  removed  docs: -1.90 USD",
    ]


def test_small_amounts_show_two_digits() -> None:
    tiny = SMALL.replace({"docs.output_tokens_per_document": 200})
    assert failed(assert_no_cost_regression, SMALL, tiny).splitlines()[:2] == [
        "demo: the mean rises by 15.79%, from 0.00190 to 0.00220 USD; at most 10% more is allowed",
        "  shape    +0.00030 USD",
    ]


def test_nothing_may_come_of_a_plan_that_was_free() -> None:
    text = failed(assert_no_cost_regression, FREE, PLAN, max_increase="900%")
    assert text.startswith("demo: the mean rises from 0.00 to 1.90 USD; at most 900% more is allow")


def test_prices_of_another_day_are_price() -> None:
    terms: Any = {"registry": WINTER, "base_registry": freeze("2026-04-01", registry=LAB).registry}
    assert failed(assert_no_cost_regression, PLAN, PLAN, **terms).splitlines()[:3] == [
        "demo: the mean rises by 100.00%, from 1.90 to 3.80 USD; at most 10% more is allowed",
        "  price    +1.90 USD",
        "  note     the plans are priced by different lists: that is part of price",
    ]


def test_plans_without_a_price_cannot_be_compared() -> None:
    for base, head in ((PLAN, DEAD), (DEAD, PLAN), (DEAD, DEAD)):
        text = failed(assert_no_cost_regression, base, head)
        first, *rest = text.splitlines()
        assert first == "demo: some of the plans has no price, so that nothing can be compared"
        assert [each.startswith(f"  unpriced  {DEAD_SAID}") for each in rest] == [True]


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ({"metric": "median"}, "metric is one of mean, p50, p80, p90, p95, not 'median'"),
        ({"max_increase": 10}, "max_increase 10 is a share, and would be 1000%; write '10%' for"),
        ({"max_increase": "10"}, "is a share, and would be 1000%; write '10%' for per cent"),
        ({"max_increase": "-5%"}, "max_increase '-5%' is negative"),
    ],
    ids=["an unknown metric", "a share above one", "the same as text", "a negative share"],
)
def test_a_comparison_that_cannot_be_meant_is_refused(terms: Any, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        assert_no_cost_regression(PLAN, PLAN, registry=LAB, **terms)


def test_unittest_holds_plans_at_its_frozen_prices() -> None:
    case = Winter()
    assert case.assertWithinBudget(PLAN, limits(mean_usd="3.80")).level == "ok"
    with pytest.raises(AssertionError, match="demo: MEAN 3.80 is above 3.79 USD"):
        case.assertWithinBudget(PLAN, limits(mean_usd="3.79"))
    with pytest.warns(BudgetWarning) as told:
        case.assertWithinBudget(PLAN, limits("warn", mean_usd=1))
    assert told[0].filename == __file__
    assert case.assertNoCostRegression(PLAN, PLAN).total == Decimal("3.80")
    with pytest.raises(AssertionError, match=r"P90 rises by 57.89%, from 3.80 to 6.00 USD"):
        case.assertNoCostRegression(PLAN, MORE, max_increase="50%", metric="p90")
    with pytest.raises(AssertionError, match="price    \\+1.90 USD"):
        case.assertNoCostRegression(PLAN, PLAN, base_registry=LAB)


RUNS = SessionRuns(
    currency="USD",
    totals=tuple(map(Decimal, ("0.1", "0.2", "0.3", "0.4", "0.5"))),
    calls=5,
    input_tokens=50,
    cache_read_tokens=0,
    output_tokens=5,
)


def test_a_forecast_is_under_a_cap_by_its_mean_or_a_percentile() -> None:
    forecast = SPREAD.forecast(registry=LAB)
    p90 = forecast.quantile("0.9")
    assert forecast.mean < p90
    assert forecast == CostUnder(forecast.mean)
    assert forecast == IsUSD(forecast.mean)
    assert forecast != CostUnder(forecast.mean, percentile=90)
    assert forecast == CostUnder(p90, percentile=90)
    assert forecast != CostUnder(p90, percentile=91)
    docs = forecast.workloads["docs"]
    assert docs == CostUnder(docs.mean)
    assert docs != CostUnder(docs.mean, percentile=90)
    assert forecast.months[0] == CostUnder(forecast.months[0].mean)
    assert_cost_under(forecast, forecast.mean)
    assert CostUnder("2", percentile=90).described() == "CostUnder('2', percentile=90)"


@pytest.mark.parametrize(
    ("wanted", "what", "why"),
    [
        (CostUnder(1), PLAN, "1.9 USD is 0.9 (90.00%) above the cap of 1"),
        (CostUnder(1, percentile=80), PLAN, "its P80 of 1.9 USD is 0.9 (90.00%) above the cap of"),
        (CostUnder(2, percentile=80, currency="CNY"), PLAN, "it is 1.9 USD, not in CNY"),
        (CostUnder(9), DEAD, f"nobody knows what it costs: {DEAD_SAID}"),
        (CostUnder(9, percentile=90), DEAD, f"nobody knows what it costs: {DEAD_SAID}"),
    ],
    ids=["its mean", "its percentile", "its currency", "no price", "no price of a percentile"],
)
def test_a_forecast_that_is_not_under_a_cap_says_why(
    wanted: CostUnder, what: Plan, why: str
) -> None:
    said = wanted.mismatch(what.forecast(registry=LAB))
    assert said is not None
    assert said.startswith(why)


@pytest.mark.parametrize("percentile", [None, 90])
def test_a_workload_without_a_price_is_under_no_cap(percentile: int | None) -> None:
    part = DEAD.forecast(registry=LAB).workloads["docs"]
    said = CostUnder(9, percentile=percentile).mismatch(part)
    assert said is not None
    assert said.startswith(f"nobody knows what it costs: {DEAD_SAID}")


def test_sessions_are_under_a_cap_together_or_by_a_percentile_of_one() -> None:
    runs = RUNS
    assert runs == CostUnder("1.5")
    assert CostUnder("1.4").mismatch(runs) == "1.5 USD is 0.1 (7.14%) above the cap of 1.4"
    assert runs == CostUnder("0.3", percentile=50)
    assert CostUnder("0.4", percentile=90).mismatch(runs) == (
        "its P90 of 0.5 USD is 0.1 (25.00%) above the cap of 0.4"
    )
    assert runs.mean == CostUnder("0.3")


@pytest.mark.parametrize("percentile", [0, 101, 0.9, "90%", True])
def test_a_percentile_is_a_whole_number(percentile: Any) -> None:
    with pytest.raises(UsageError, match="percentile is a whole number from 1 to 100, such as 90"):
        CostUnder("2", percentile=percentile)


def test_a_percentile_and_an_end_are_not_both_stated() -> None:
    with pytest.raises(UsageError, match="state end= of an estimate, or percentile= of a forecast"):
        CostUnder("2", end="high", percentile=90)


def test_a_single_amount_has_no_percentiles() -> None:
    why = "Decimal has no percentiles; compare a forecast, or a session's runs"
    assert CostUnder("2", percentile=90).mismatch(Decimal(1)) == why


def test_pytest_holds_plans_at_the_prices_of_its_fixture(project: Project) -> None:
    budget = "\nbudget: {fail: {mean_usd: 2}, warn: {p50_usd: 1}}\n"
    (project.path / "plan.yaml").write_text(TEXT + budget)
    project.test(
        """
        from costcalc.testing import CostUnder, assert_no_cost_regression, assert_within_budget

        def test_frozen(pricing):
            assert_within_budget("plan.yaml")

        @pytest.mark.pricing(at="2026-04-01")
        def test_later(pricing):
            assert_within_budget("plan.yaml")

        def test_dearer(pricing):
            plan = costcalc.Plan.from_yaml("plan.yaml")
            assert_no_cost_regression(plan, plan.replace({"docs.documents_per_month": 1_200}))

        def test_matcher(pricing):
            forecast = costcalc.Plan.from_yaml("plan.yaml").forecast()
            assert forecast == CostUnder("2", percentile=90)
        """
    )
    text = project.run(passed=1, failed=3, warnings=1)
    for line in (
        "E   AssertionError: demo: the plan exceeds its budget",
        "E     over         demo: MEAN 3.80 is above 2 USD",
        "E     warning      demo: P50 3.80 is above 1 USD",
        "E     reserve      0.00 USD above the mean of 3.80 covers nine runs in ten",
        "E     volume   +0.76 USD",
        "E   AssertionError: assert <Forecast 3.8 USD mean> == CostUnder('2', percentile=90)",
        "E     its P90 of 3.8 USD is 1.8 (90.00%) above the cap of 2",
        "    warning      demo: P50 1.90 is above 1 USD",
    ):
        assert line in text.splitlines(), text
    assert "plans.py" not in text.replace("test_plans", "").replace("plan.yaml", "")
