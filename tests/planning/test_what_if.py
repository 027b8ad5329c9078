from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

import costcalc.planning.pools as pools_module
from costcalc import PlanError, Registry, UsageError
from costcalc.planning.comparison import PlanComparison, cheapest_plan, compare_plan
from costcalc.planning.plan import Plan
from costcalc.planning.what_if import at_hit_ratios, changed, what_if

PRICES = """
provider: acme
models:
  plain: {input: 1, output: 4, context_window: 100_000}
  cached: {input: 2, cache_read: 0.2, output: 4, cache: {automatic: {}}}
  cheap: {input: 0.5, output: 2}
  tiny: {input: 0.1, output: 0.1, context_window: 1_000}
  leaving: {retired: 2026-10-01, redirects_to: cheap, input: 0.2, output: 1}
  ended: {retired: 2026-10-01, input: 0.2, output: 1}
---
provider: yuan
currency: CNY
models:
  hua: {input: 2, output: 8}
"""
PLAN = """
version: 1
project: demo
period: {start: 2026-09-01, months: 2}
simulation: {samples: 100, seed: 1}
workloads:
  docs:
    model: plain
    candidates: [cheap]
    documents_per_month: 1_000
    input_tokens_per_document: {p50: 4_000, p90: 8_000}
    output_tokens_per_document: 100
  chat:
    model: cached
    sessions_per_month: 100
    turns_per_session: 8
    system_tokens: 1_000
    user_tokens_per_turn: 200
    output_tokens_per_turn: 100
"""


@pytest.fixture(autouse=True)
def small_pools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools_module, "_FEWEST", 64)
    monkeypatch.setattr(pools_module, "_MOST", 64)


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.from_yaml(PRICES)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return Plan.from_yaml(PLAN)


SCALES = {
    "x2": "2000", "×0.5": "500", "+20%": "1200", "-50%": "500", "-100%": "0", "+0.5%": "1005",
}  # fmt: skip


@pytest.mark.parametrize("text", SCALES)
def test_a_text_scales_the_number_that_stands_there(text: str, plan: Plan) -> None:
    found = changed(plan, {"docs.documents_per_month": text})
    assert found.number("docs.documents_per_month").mean == Decimal(SCALES[text])


def test_a_number_is_itself(plan: Plan) -> None:
    found = changed(plan, {"docs.documents_per_month": 7, "chat.cache.miss_ratio": Decimal("0.1")})
    assert found.number("docs.documents_per_month").mean == 7


def test_both_quantiles_are_scaled(plan: Plan) -> None:
    found = changed(plan, {"docs.input_tokens_per_document": "x2"})
    assert str(found.number("docs.input_tokens_per_document")) == "P50 8000, P90 16000"


@pytest.mark.parametrize("text", ["x", "2x", "+20", "x5%", "20%", "x1.2.3", "x.", "-", ""])
def test_other_texts_are_taken_as_they_are(text: str, plan: Plan) -> None:
    assert changed(plan, {"docs.model": f"m{text}"}).workloads["docs"].chosen == f"m{text}"
    with pytest.raises(ValueError, match=r"documents_per_month"):
        changed(plan, {"docs.documents_per_month": text})


def test_less_than_nothing_is_refused(plan: Plan) -> None:
    with pytest.raises(UsageError, match="-120% is more than there is"):
        changed(plan, {"docs.documents_per_month": "-120%"})


def test_a_change_is_a_difference_with_its_parts(plan: Plan, registry: Registry) -> None:
    found = what_if(plan, {"docs.documents_per_month": "+50%"}, registry=registry)
    assert found.parts["volume"] == found.known_change > 0
    assert found.head.workloads["chat"] == found.base.workloads["chat"]


def test_other_prices_from_a_day_on(plan: Plan, registry: Registry) -> None:
    dearer = registry.overlay(times=2, from_="2026-10-01")
    found = what_if(plan, prices=dearer, registry=registry)
    assert found.parts["price"] == found.change
    before, after = (each.months for each in (found.base, found.head))
    # a month's mean is rounded so that all sum to the whole
    assert after[0].mean == pytest.approx(before[0].mean, abs=Decimal("0.000001"))
    assert after[1].mean == pytest.approx(2 * before[1].mean, rel=Decimal("0.005"))


def test_a_hit_ratio_is_reached_by_missed_caches(plan: Plan, registry: Registry) -> None:
    most = plan.forecast(registry=registry).workloads["chat"].hit_ratio
    assert most is not None
    for ratio in ("20%", "40%", "65%"):
        found = at_hit_ratios(plan, {"chat": ratio}, samples=100, registry=registry)
        reached = found.forecast(registry=registry).workloads["chat"].hit_ratio
        assert reached == pytest.approx(float(ratio[:-1]) / 100, abs=0.005)
    found = at_hit_ratios(plan, {"chat": "50%"}, samples=100, registry=registry)
    reached = found.forecast(registry=registry).workloads["chat"].hit_ratio
    assert reached == pytest.approx(0.5, abs=0.02)
    assert most > 0.7
    dearer = what_if(plan, hit_ratios={"chat": "50%"}, registry=registry)
    assert dearer.parts["cache"] == dearer.known_change > 0


RATIOS: dict[str, tuple[str, Any, str]] = {
    "above what the shape allows": ("chat", "99%", "chat has a hit ratio of at most"),
    "no ratio": ("chat", "120%", "the hit ratio of chat '120%' is above 1"),
    "a workload that there is not": (
        "chap",
        "50%",
        "there is no workload 'chap'; known: docs, chat",
    ),
}


@pytest.mark.parametrize("case", RATIOS)
def test_a_hit_ratio_that_cannot_be_is_said(case: str, plan: Plan, registry: Registry) -> None:
    name, ratio, message = RATIOS[case]
    with pytest.raises(UsageError, match=re.escape(message)):
        at_hit_ratios(plan, {name: ratio}, samples=100, registry=registry)


def test_a_warm_cache_sets_a_least_ratio(plan: Plan, registry: Registry) -> None:
    warm = plan.replace({"chat.cache.warm_start_ratio": 1, "chat.turns_per_session": 1})
    with pytest.raises(UsageError, match="chat has a hit ratio of at least"):
        at_hit_ratios(warm, {"chat": 0}, samples=100, registry=registry)


def test_models_are_compared_the_cheapest_first(plan: Plan, registry: Registry) -> None:
    seen: list[tuple[int, int | None]] = []
    found = compare_plan(
        plan, ["cheap", "tiny", "hua", "nothing", "ended"], workload="docs", registry=registry,
        progress=lambda *at: seen.append(at),
    )  # fmt: skip
    assert [row.name for row in found.rows] == ["tiny", "cheap", "plain"]
    assert [row.is_base for row in found.rows] == [False, False, True]
    tiny, cheap, _ = found.rows
    near = Decimal("0.000001")  # means are rounded to six places
    assert cheap.times == pytest.approx(cheap.mean / found.rows[2].mean, abs=near)
    assert cheap.times == pytest.approx(Decimal("0.5"), abs=near)
    assert cheap.breaks_even_at == pytest.approx(2, abs=near)
    assert "context window" in tiny.concerns[0]
    assert {each.name: each.error for each in found.failures} == {
        "hua": "PlanError", "nothing": "UsageError", "ended": "UsageError",
    }  # fmt: skip
    assert seen == [(number, 6) for number in range(1, 7)]
    assert found.best("docs").name == "cheap"
    assert PlanComparison.model_validate_json(found.model_dump_json()) == found


def test_candidates_are_compared_where_no_model_is_named(plan: Plan, registry: Registry) -> None:
    found = compare_plan(plan, registry=registry)
    assert [(row.workload, row.name) for row in found.rows] == [
        ("docs", "cheap"),
        ("docs", "plain"),
    ]


def test_the_cheapest_model_that_nothing_speaks_against(plan: Plan, registry: Registry) -> None:
    found, compared = cheapest_plan(plan, ["cheap", "tiny", "leaving"], registry=registry)
    assert [each.chosen for each in found.workloads.values()] == ["cheap", "cheap"]
    assert len(compared.rows) == 8
    assert {row.name for row in compared.rows if row.concerns} == {"tiny", "leaving"}


def test_no_model_may_be_left(plan: Plan, registry: Registry) -> None:
    only = plan.replace({"docs.model": "tiny", "docs.candidates": ["tiny"]})
    with pytest.raises(UsageError, match="no model is left for docs"):
        compare_plan(only, registry=registry).best("docs")


NOTHING: dict[str, tuple[dict[str, Any], str]] = {
    "no models": ({"models": []}, "there are no models to compare"),
    "no such workload": ({"workload": "dogs"}, "there is no workload 'dogs'; known: docs, chat"),
    "one text": ({"models": "cheap"}, "models is a list"),
}


@pytest.mark.parametrize("case", NOTHING)
def test_what_cannot_be_compared_is_said(case: str, plan: Plan, registry: Registry) -> None:
    arguments, message = NOTHING[case]
    with pytest.raises(UsageError, match=re.escape(message)):
        compare_plan(plan, **arguments, registry=registry)


def test_a_planned_model_without_a_price_is_no_row(plan: Plan, registry: Registry) -> None:
    found = compare_plan(plan.replace({"docs.model": "nothing"}), registry=registry)
    assert [(row.name, row.times, row.breaks_even_at, row.is_base) for row in found.rows] == [
        ("cheap", None, None, False)
    ]
    assert [(each.workload, each.name) for each in found.failures] == [("docs", "nothing")]


def test_a_planned_model_of_another_currency_is_an_error(plan: Plan, registry: Registry) -> None:
    with pytest.raises(PlanError, match="a model is priced in CNY"):
        compare_plan(plan.replace({"docs.model": "hua"}), registry=registry)
