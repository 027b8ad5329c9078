"""Budgets: limits as the plan writes them, and the verdict on a forecast."""

from __future__ import annotations

import pickle
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from costcalc import Registry
from costcalc.errors import CurrencyMismatchError, PlanError, UsageError
from costcalc.planning.budget import Budget, Verdict
from costcalc.planning.forecast import Forecast
from costcalc.planning.plan import Plan

D = Decimal
LAB = Registry.from_yaml(
    "provider: lab\nmodels: {m: {input: 1, output: 4}, free: {input: 0, output: 0}}\n"
)


def forecast(documents: int, budget: str = "", model: str = "lab/m") -> Forecast:
    """Return the forecast of documents that cost $1 each, without chance."""
    return Plan.from_yaml(
        f"""
version: 1
project: atlas
period: {{start: 2026-01-01, months: 1}}
defaults: {{shared_sigma: 0}}
workloads:
  papers:
    model: {model}
    documents: {documents}
    input_tokens_per_document: 1000000
    output_tokens_per_document: 0
{budget}
"""
    ).forecast(100, registry=LAB)


@pytest.mark.parametrize(
    ("budget", "level", "code", "said"),
    [
        pytest.param("", "ok", 0, "within: the plan states no budget", id="no budget"),
        pytest.param("budget: {warn: {p50_usd: 100}}", "ok", 0, "within: every limit is kept",
                     id="exactly the limit is within"),
        pytest.param("budget: {warn: {p50_usd: 99.99}}", "warn", 1,
                     "warning: atlas: P50 100.00 is above 99.99 USD", id="a warning"),
        pytest.param("budget: {fail: {papers.p90_usd: 50}, warn: {mean_usd: 60}}", "fail", 2,
                     "over: papers: P90 100.00 is above 50 USD; atlas: MEAN 100.00 is above 60 USD",
                     id="over beats a warning"),
        pytest.param("budget: {fail: {p80_usd: 200, p95_usd: 200, increase_percent: 10}}", "ok", 0,
                     "within: every limit is kept", id="an increase over nothing is not checked"),
    ],
)  # fmt: skip
def test_a_verdict_is_what_a_pipeline_acts_on(
    budget: str, level: str, code: int, said: str
) -> None:
    verdict = forecast(100, budget).check()
    assert (verdict.level, verdict.exit_code, str(verdict)) == (level, code, said)
    assert verdict.reserve == 0
    assert Verdict.model_validate_json(verdict.model_dump_json()) == verdict
    assert pickle.loads(pickle.dumps(verdict)) == verdict  # noqa: S301 - our own bytes


@pytest.mark.parametrize(
    ("before", "after", "percent", "exceeded", "said"),
    [
        pytest.param(100, 110, "10", 0, "mean changes by +10.0%, within 10%", id="as allowed"),
        pytest.param(100, 111, "11", 1, "mean changes by +11.0%, above 10%", id="more"),
        pytest.param(100, 50, "-50", 0, "mean changes by -50.0%, within 10%", id="less"),
        pytest.param(3, 4, "33.333333", 1, "mean changes by +33.3%, above 10%", id="a third"),
        pytest.param(0, 4, None, 1, "mean rose from 0 to 4.00 USD", id="from nothing"),
        pytest.param(0, 0, "0", 0, "mean changes by +0.0%, within 10%", id="nothing from nothing"),
    ],
)  # fmt: skip
def test_an_increase_is_measured_against_another_forecast(
    before: int, after: int, percent: str | None, exceeded: int, said: str
) -> None:
    head = forecast(after, "budget: {fail: {increase_percent: 10}}")
    (finding,) = head.check(base=forecast(before)).findings
    assert finding.actual == (None if percent is None else D(percent))
    assert (finding.exceeded, finding.text) == (exceeded, said)
    (unchecked,) = head.check().findings
    assert (unchecked.actual, unchecked.exceeded) == (None, False)
    assert unchecked.text.startswith("increase of at most 10% was not checked")


def test_another_budget_can_be_checked() -> None:
    found = forecast(100, "budget: {fail: {p90_usd: 1}}")
    assert found.check({"warn": {"mean_usd": 5}}).level == "warn"
    assert found.check(Budget()).level == "ok"
    with pytest.raises(
        UsageError, match="the budget names workload 'chat', and the plan has papers"
    ):
        found.check({"warn": {"chat.mean_usd": 5}})
    assert found.check({"warn": {"mean_usd": "5.50"}}).findings[0].threshold.limit == D("5.5")


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        pytest.param({"warn": {"p51_usd": 5}}, "warn.p51_usd: 'p51_usd' is no limit; write one",
                     id="no limit"),
        pytest.param({"warn": {"p50_usd": "5,000"}}, "warn.p50_usd: a number is expected, not the "
                     "text '5,000'; write 5000, without separators", id="no number"),
        pytest.param({"warn": {"p50_usd": 5.5}}, "warn.p50_usd: a number is expected, not 5.5; "
                     "write Decimal('5.5'), since a float is not exact", id="a float"),
        pytest.param({"fial": {}}, "fial: unknown key 'fial'; did you mean 'fail'?", id="a key"),
        pytest.param({"warn": {"p50_usd": 6}, "fail": {"p50_usd": 5}}, "warn.p50_usd: warn 6 is "
                     "above fail 5, so that it would never warn; make it the smaller one",
                     id="a warning that comes too late"),
        pytest.param(3, "a mapping is expected, not 3; write {fail: {p90_usd: 7500}}", id="a number"),
    ],
)  # fmt: skip
def test_what_is_no_budget_is_an_error_of_a_plan(stated: Any, told: str) -> None:
    with pytest.raises(PlanError) as raised:
        forecast(1).check(stated)
    assert str(raised.value).startswith(told)


def test_an_increase_is_measured_in_one_currency() -> None:
    found = forecast(1)
    other = replace(found, currency="EUR")
    with pytest.raises(CurrencyMismatchError, match="cannot add EUR to USD"):
        found.check(base=other)


def test_what_has_no_price_is_neither_within_nor_over() -> None:
    found = forecast(100, "budget: {fail: {p90_usd: 1}, warn: {p90_usd: 1}}", model="lab/unknown")
    verdict = found.check()
    assert (verdict.level, verdict.exit_code) == ("unpriced", 3)
    assert verdict.exceeded == ()
    assert str(verdict).startswith(
        "unpriced: papers has no price from 2026-01-01 until 2026-02-01: unknown model 'lab/unknown'"
    )


def test_limits_stand_in_the_order_of_their_metrics() -> None:
    budget = Budget.model_validate(
        {"warn": {"a.p50_usd": 3}, "fail": {"p95_usd": 2, "mean_usd": 1, "increase_percent": 9}}
    )
    said: list[tuple[str, str, Any]] = [
        (each.level, each.key, each.limit) for each in budget.thresholds
    ]
    assert said == [
        ("fail", "mean_usd", 1), ("fail", "p95_usd", 2), ("fail", "increase_percent", 9),
        ("warn", "a.p50_usd", 3),
    ]  # fmt: skip
