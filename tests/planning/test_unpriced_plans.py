"""What of a plan has no price is never 0: not within a limit, not a saving, and no driver."""

from __future__ import annotations

import pickle
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from costcalc import Registry, UsageError
from costcalc.planning.budget import Verdict
from costcalc.planning.diff import diff
from costcalc.planning.differences import PlanDiff
from costcalc.planning.drivers import Drivers, drivers
from costcalc.planning.forecast import Forecast, coverage_of
from costcalc.planning.plan import Plan
from costcalc.planning.what_if import at_hit_ratios, what_if

D = Decimal
LAB = Registry.from_yaml(
    """
provider: lab
models:
  m: {input: 1, output: 4}
  ended: {retired: 2026-02-15, input: 1, output: 4}
  free: {input: 0, output: 0}
"""
)


pytestmark = pytest.mark.usefixtures("small_pools")


def plan_of(papers: str = "m", notes: str = "m", *, many: int = 100, budget: str = "") -> Plan:
    """Return a plan of two months, in which a paper and a note cost $1: 200, and 20."""
    return Plan.from_yaml(
        f"""
version: 1
project: demo
period: {{start: 2026-01-01, months: 2}}
simulation: {{samples: 100, seed: 1}}
defaults: {{shared_sigma: 0}}
workloads:
  papers:
    model: lab/{papers}
    people: 2
    sessions_per_person_month: {many // 2}
    turns_per_session: 1
    user_tokens_per_turn: 1_000_000
    output_tokens_per_turn: 0
    cache: {{mode: none}}
    caps: {{cost_per_month_usd: 100_000}}
  notes:
    model: lab/{notes}
    documents_per_month: 10
    input_tokens_per_document: 1_000_000
    output_tokens_per_document: 0
    cache: {{mode: none}}
{budget}
"""
    )


def forecast(*models: str, **more: Any) -> Forecast:
    return plan_of(*models, **more).forecast(registry=LAB)


def compared(base: Plan, head: Plan, **more: Any) -> PlanDiff:
    return diff(base, head, registry=LAB, **more)


def driven(*models: str) -> Drivers:
    return drivers(plan_of(*models), samples=100, registry=LAB)


@pytest.mark.parametrize(
    ("parts", "whole"),
    [(["whole"], "whole"), (["none", "none"], "none"), (["none", "whole"], "part"),
     (["part", "part"], "part"), (["whole", "part"], "part")],
)  # fmt: skip
def test_a_whole_is_covered_as_its_parts_are(parts: list[str], whole: str) -> None:
    assert coverage_of(parts) == whole


# forecast


def test_a_workload_without_a_price_says_so_and_makes_the_total_a_lower_bound() -> None:
    found = forecast("nobody")
    papers, notes = found.workloads["papers"], found.workloads["notes"]
    assert (papers.coverage, notes.coverage, found.coverage) == ("none", "whole", "part")
    assert (papers.lower_bound, notes.lower_bound, found.lower_bound) == (True, False, True)
    assert (papers.caps, papers.per_person, papers.hit_ratio) == ((), None, None)
    assert found.per_person is not None
    assert [each.coverage for each in found.months] == ["part", "part"]
    assert [each.cumulative.coverage for each in papers.months] == ["none", "none"]
    assert found.missing == "papers"
    assert str(found) == (
        "demo: at least 20.00 USD expected, P50 at least 20.00, P90 at least 20.00; no price is "
        "known of papers"
    )
    assert Forecast.model_validate_json(found.model_dump_json()) == found
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - our own bytes


def test_a_project_without_any_price_is_not_priced() -> None:
    found = forecast("nobody", "nothing")
    assert (found.coverage, found.per_person) == ("none", None)
    assert str(found) == "demo: not priced; no price is known of papers, notes"
    with pytest.raises(UsageError, match="no quantile is known of what has no price"):
        found.quantile("0.9")


def test_a_workload_that_is_retired_in_the_middle_is_a_lower_bound_from_then_on() -> None:
    found = forecast("ended")
    assert [each.coverage for each in found.months] == ["whole", "part"]
    assert [each.cumulative.coverage for each in found.months] == ["whole", "part"]
    assert found.workloads["papers"].coverage == "part"
    assert 140 < found.workloads["papers"].mean < 160  # 100 papers, and half of 100
    assert found.missing == "papers from 2026-02-15 until 2026-03-01"


def test_no_reserve_covers_what_has_no_price() -> None:
    found = forecast("ended")
    assert found.quantile("0.9") == found.p90
    with pytest.raises(UsageError, match="no reserve covers what has no price"):
        found.reserve("0.9")
    assert found.workloads["notes"].reserve("0.9") == 0


def test_a_project_with_all_prices_is_told_as_it_is() -> None:
    found = forecast()
    assert (found.coverage, found.lower_bound, found.missing) == ("whole", False, "")
    assert str(found).startswith("demo: 220.00 USD expected; half of all runs cost no more than")


# budget


@pytest.mark.parametrize(
    ("papers", "limit", "word", "actual", "text"),
    [
        pytest.param("nobody", "papers.p90_usd: 9", "not checked", None,
                     "papers: P90 is not known, so that 9 USD was not checked: nothing of it has a "
                     "price", id="of what is not known at all"),
        pytest.param("nobody", "p90_usd: 30", "not checked", "20",
                     "demo: P90 is at least 20.00, so that 30 USD was not checked: some has no price",
                     id="that what is known keeps"),
        pytest.param("nobody", "p90_usd: 19", "over", "20",
                     "demo: P90 is at least 20.00, above 19 USD",
                     id="that what is known exceeds already"),
        pytest.param("nobody", "notes.p90_usd: 20", "within", "20",
                     "notes: P90 20.00 is within 20 USD", id="of what has a price"),
        pytest.param("m", "p90_usd: 220", "within", "220", "demo: P90 220.00 is within 220 USD",
                     id="where all has a price"),
    ],
)  # fmt: skip
def test_a_limit(papers: str, limit: str, word: str, actual: str | None, text: str) -> None:
    verdict = forecast(papers, budget=f"budget: {{fail: {{{limit}}}}}").check()
    (finding,) = verdict.findings
    assert (finding.word, finding.text) == (word, text)
    assert finding.actual == (None if actual is None else D(actual))
    assert finding.checked == (word != "not checked")
    assert (verdict.exit_code, verdict.word) == (
        (3, "unpriced") if papers != "m" else (0, "within")
    )
    assert (verdict.reserve is None) == (papers != "m")
    assert Verdict.model_validate_json(verdict.model_dump_json()) == verdict


def test_a_limit_that_warns_has_a_word_of_its_own() -> None:
    verdict = forecast(budget="budget: {warn: {mean_usd: 1}}").check()
    assert (verdict.word, verdict.findings[0].word) == ("warning", "warning")


def test_the_verdict_says_what_has_no_price_and_what_is_over_all_the_same() -> None:
    verdict = forecast("nobody", budget="budget: {fail: {p90_usd: 19}}").check()
    assert str(verdict).startswith("unpriced: papers has no price from 2026-01-01")
    assert str(verdict).endswith("; demo: P90 is at least 20.00, above 19 USD")


INCREASE = {"fail": {"increase_percent": 10}}


@pytest.mark.parametrize(
    ("base", "head", "level", "text"),
    [
        pytest.param(("nobody",), ("m",), "unpriced", "increase of at most 10% was not checked: "
                     "some of the plan to compare with has no price", id="over what is not known"),
        pytest.param(("m",), ("nobody",), "unpriced", "increase of at most 10% was not checked: "
                     "some of the plan has no price", id="that looks like a saving"),
        pytest.param(("m",), ("nobody", "nothing"), "unpriced", "increase of at most 10% was not "
                     "checked: nothing of the plan has a price", id="of nothing that is known"),
        pytest.param(("free", "free"), ("nobody",), "unpriced",
                     "mean rose from 0 to at least 20.00 USD", id="over what was free"),
        pytest.param(("free", "m"), ("ended", "m"), "unpriced", "above 10%",
                     id="that what is known exceeds already"),
    ],
)  # fmt: skip
def test_an_increase(base: Any, head: Any, level: str, text: str) -> None:
    verdict = forecast(*head).check(INCREASE, forecast(*base))
    (finding,) = verdict.findings
    assert verdict.level == level
    assert finding.text.endswith(text)
    assert finding.exceeded == ("was not checked" not in text)
    assert not finding.text.startswith("mean changes by -")


def test_a_base_without_a_price_counts_only_where_an_increase_is_limited() -> None:
    head, base = forecast(), forecast("nobody")
    verdict = head.check(INCREASE, base)
    assert (verdict.level, verdict.exit_code) == ("unpriced", 3)
    assert verdict.unpriced[0].startswith("in the plan to compare with, papers has no price")
    assert verdict.reserve == 0
    assert head.check({"fail": {"p90_usd": 500}}, base).level == "ok"


# diff


@pytest.mark.parametrize(
    ("base", "head", "text"),
    [
        pytest.param("m", "nobody", "demo: 220.00 USD to at least 20.00 USD; the change is not "
                     "known, since some of papers has no price; the rest changes by +0.00 USD",
                     id="in the second plan"),
        pytest.param("nobody", "m", "demo: at least 20.00 USD to 200.00 USD; the change is not "
                     "known, since some of papers has no price; the rest changes by +0.00 USD",
                     id="in the first plan"),
    ],
)  # fmt: skip
def test_no_difference_is_claimed_of_what_has_no_price(base: str, head: str, text: str) -> None:
    steps: list[tuple[int, int | None]] = []
    found = compared(
        plan_of(base), plan_of(head, many=90), progress=lambda *each: steps.append(each)
    )
    assert (found.change, found.change_ratio, found.known_change) == (None, None, 0)
    assert (found.unknown, found.unknown_parts) == (("papers",), ("volume", "model"))
    assert set(found.parts.values()) == {D(0)}
    papers, notes = found.workloads
    assert (papers.name, papers.status, papers.change, papers.parts) == (
        "papers", "changed", None, {},
    )  # fmt: skip
    assert (notes.status, notes.change) == ("same", 0)
    assert len(found.unpriced) == 1
    assert str(found) == text
    assert steps[-1] == (4, 4)
    assert PlanDiff.model_validate_json(found.model_dump_json()) == found


def test_what_else_changes_is_known() -> None:
    head = plan_of("nobody").replace({"notes.documents_per_month": 20})
    found = compared(plan_of(), head)
    assert (found.change, found.known_change, found.parts["volume"]) == (None, 20, 20)
    assert str(found).endswith("; the rest changes by +20.00 USD")


def test_what_is_the_same_in_both_plans_changes_nothing_whatever_it_costs() -> None:
    head = plan_of("nobody").replace({"notes.documents_per_month": 20})
    found = compared(plan_of("nobody"), head)
    assert (found.change, found.change_ratio, found.unknown) == (20, None, ())
    assert str(found) == (
        "demo: at least 20.00 USD to at least 40.00 USD, +20.00, most of it volume (+20.00)"
    )


def test_nothing_is_known_where_nothing_has_a_price() -> None:
    found = compared(plan_of("nobody", "nothing"), plan_of("nothing", "nobody"))
    assert str(found) == (
        "demo: not priced to not priced; the change is not known, since some of papers, notes has "
        "no price"
    )


def test_a_workload_that_is_new_has_no_difference_without_a_price() -> None:
    whole = plan_of("nobody").model_dump(exclude_unset=True)
    del whole["workloads"]["papers"]
    found = compared(Plan.model_validate(whole), plan_of("nobody"))
    assert [(each.name, each.status, each.change) for each in found.workloads] == [
        ("papers", "added", None), ("notes", "same", 0),
    ]  # fmt: skip
    assert found.unknown_parts == ("volume",)


def test_what_is_priced_on_some_days_has_no_difference_either() -> None:
    found = compared(plan_of("ended"), plan_of("ended", many=200))
    assert (found.change, found.unknown_parts) == (None, ("volume",))


def test_only_a_mixture_without_a_price_leaves_the_difference_known() -> None:
    base = plan_of("ended").replace({"period.months": 1})
    head = plan_of("m").replace({"period.months": 1, "period.start": date(2026, 3, 1)})
    found = compared(base, head)
    assert (found.change, found.unknown, found.unpriced) == (0, (), ())
    assert found.notes[0].startswith("papers: model and price change together and count as model")


def test_what_if_the_model_had_a_price() -> None:
    found = what_if(plan_of("nobody"), {"papers.model": "lab/m"}, registry=LAB)
    assert (found.change, found.total) == (None, 220)


# drivers


def test_drivers_say_what_has_no_price_and_do_not_vary_it() -> None:
    found = driven("nobody")
    assert (found.coverage, found.base) == ("part", 20)
    assert [(each.workload, each.model) for each in found.unpriced] == [("papers", "lab/nobody")]
    assert {each.key.split(".")[1] for each in found.drivers} == {"notes", "lab/m"}
    assert str(found) == (
        "of what has a price, the strongest driver is notes: documents per month: halved and "
        "doubled, the total goes from at least 10.00 USD to at least 40.00 USD; measure it first"
    )


def test_nothing_drives_a_project_without_a_price() -> None:
    found = driven("nobody", "nothing")
    assert (found.coverage, found.drivers) == ("none", ())
    assert [each.workload for each in found.unpriced] == ["papers", "notes"]
    assert str(found) == "what moves the bill is not known: nothing of it has a price"


def test_a_free_workload_beside_one_without_a_price_moves_nothing() -> None:
    assert str(driven("nobody", "free")) == "nothing of what has a price moves the bill"


def test_a_workload_that_is_retired_in_the_middle_is_varied_as_far_as_it_has_a_price() -> None:
    found = driven("ended")
    assert found.coverage == "part"
    assert "workloads.papers.sessions_per_person_month" in {each.key for each in found.drivers}


def test_the_hit_ratio_of_what_has_no_price_is_not_known() -> None:
    with pytest.raises(UsageError, match="the hit ratio of papers is not known: unknown model"):
        at_hit_ratios(plan_of("nobody"), {"papers": "0.5"}, registry=LAB)
