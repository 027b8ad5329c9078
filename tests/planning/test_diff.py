from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc import CurrencyMismatchError, Registry, UsageError
from costcalc.errors import PlanError
from costcalc.planning import engine
from costcalc.planning.diff import diff
from costcalc.planning.differences import PlanDiff
from costcalc.planning.groups import GROUPS, group_of
from costcalc.planning.parts import apportioned, share_of
from costcalc.planning.plan import Plan
from costcalc.planning.wording import label_of, plain, said

PRICES = """
provider: acme
rules: [{if: {batch: true}, times: 0.5}, {if: {service_tier: flex}, offered: false}]
models:
  plain: {input: 1, output: 4}
  dear: {input: 3, output: 8, cache: {explicit: {ttl: {cache_write: 5m}}}, cache_read: 0.3}
  free: {input: 0, output: 0}
---
provider: single
models:
  alone: {input: 2, output: 5}
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
    documents_per_month: 1_000
    input_tokens_per_document: 4_000
    output_tokens_per_document: 100
  notes:
    model: plain
    documents_per_month: 100
    input_tokens_per_document: 1_000
    output_tokens_per_document: 100
    shared_sigma: 0
    note: all of it
"""

run_course = engine._run


pytestmark = pytest.mark.usefixtures("small_pools")


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.from_yaml(PRICES)


@pytest.fixture(scope="module")
def base() -> Plan:
    return Plan.from_yaml(PLAN)


def summed(found: PlanDiff) -> Decimal:
    return sum(found.parts.values(), Decimal(0))


CHANGES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "more documents": ({"docs.documents_per_month": 2_000}, {"volume"}),
    "more months": ({"period.months": 3}, {"volume"}),
    "phases": ({"phases": [{"name": "pilot", "months": 2, "scale": 0.5}]}, {"volume"}),
    "retries": ({"defaults.retry_rate": "0.5"}, {"volume"}),
    "longer documents": ({"docs.input_tokens_per_document": 8_000}, {"shape"}),
    "another model": ({"docs.model": "dear"}, {"model"}),
    "a batch": ({"docs.batch": True}, {"price"}),
    "all at once": (
        {
            "docs.documents_per_month": 2_000,
            "docs.input_tokens_per_document": 8_000,
            "docs.model": "dear",
            "docs.batch": True,
            "docs.cache": {"mode": "model", "warm_start_ratio": "0.5"},
            "docs.system_tokens": 3_000,
        },
        set(GROUPS),
    ),
}


@pytest.mark.parametrize("case", CHANGES)
def test_parts_are_what_changed_and_sum_to_the_change_exactly(
    case: str, base: Plan, registry: Registry
) -> None:
    changes, expected = CHANGES[case]
    decimals = {
        key: Decimal(value) if key == "defaults.retry_rate" else value
        for key, value in changes.items()
    }
    if case == "phases":
        decimals["phases"] = [{"name": "pilot", "months": 2, "scale": Decimal("0.5")}]
    if case == "all at once":
        decimals["docs.cache"] = {"mode": "model", "warm_start_ratio": Decimal("0.5")}
    seen: list[tuple[int, int | None]] = []
    found = diff(
        base, base.replace(decimals), registry=registry, progress=lambda *at: seen.append(at)
    )
    assert {name for name, amount in found.parts.items() if amount} == expected
    assert summed(found) == found.change == found.head.mean - found.base.mean != 0
    for each in found.workloads:
        assert sum(each.parts.values(), Decimal(0)) == each.change
    assert [done for done, _ in seen] == list(range(1, len(seen) + 1))
    assert seen[-1][0] == seen[-1][1]
    assert PlanDiff.model_validate_json(found.model_dump_json()) == found


def with_files(folder: Path, text: str) -> Plan:
    folder.mkdir()
    (folder / "ask.txt").write_text(text)
    (folder / "plan.yaml").write_text(
        f"{PLAN}  ask: {{model: plain, runs: 5, files: [ask.txt], output_tokens_per_prompt: 9}}\n"
    )
    return Plan.from_yaml(folder / "plan.yaml")


@pytest.mark.parametrize(
    ("changes", "runs"),
    [
        pytest.param({}, 3, id="nothing is forecast twice where nothing changes"),
        pytest.param({"docs.model": "dear"}, 4, id="the workload that changes is"),
        pytest.param({"notes.note": "some"}, 4, id="so is one with another note"),
        pytest.param({"budget.fail.p90_usd": 5, "simulation.seed": 7}, 3, id="the seed is one's"),
        pytest.param({"defaults.max_price_age_days": 1}, 3, id="notices are each plan's own"),
        pytest.param({"defaults.shared_sigma": Decimal("0.2")}, 6, id="all are where all change"),
        pytest.param({"period.months": 3}, 6, id="all are in another period"),
    ],
)
def test_what_does_not_change_is_forecast_once_and_all_is_as_by_itself(
    changes: dict[str, Any],
    runs: int,
    tmp_path: Path,
    registry: Registry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    base = with_files(tmp_path / "one", "What is it?")
    head = base.replace(changes)
    seed = head.simulation.seed
    alone = [each.forecast(seed=seed, registry=registry) for each in (base, head)]
    ran: list[str] = []

    def run(course: Any, *others: Any) -> None:
        ran.append(course.sampler.name)
        run_course(course, *others)

    monkeypatch.setattr(engine, "_run", run)
    found = diff(base, head, registry=registry)
    assert [found.base, found.head] == alone
    assert len(ran) == runs


def test_files_beside_another_plan_are_counted_there(tmp_path: Path, registry: Registry) -> None:
    base = with_files(tmp_path / "one", "What is it?")
    head = with_files(tmp_path / "two", "What is it, and what does it cost?")
    found = diff(base, head, registry=registry)
    assert found.head == head.forecast(registry=registry)
    assert found.head.workloads["ask"].mean > found.base.workloads["ask"].mean


def test_other_prices_are_those_of_every_workload(base: Plan, registry: Registry) -> None:
    dearer = registry.overlay(times={"input": "2"})
    found = diff(base, base, registry=dearer, base_registry=registry)
    assert found.head == base.forecast(registry=dearer)
    assert found.base == base.forecast(registry=registry)


def test_equal_plans_do_not_differ(base: Plan, registry: Registry) -> None:
    other = base.replace({"notes.note": "some of it", "simulation.seed": 1, "budget": {}})
    found = diff(base, other, registry=registry)
    assert (found.change, found.changes, set(found.parts.values())) == (0, (), {Decimal(0)})
    assert {each.status for each in found.workloads} == {"same"}
    assert str(found) == "demo: 9.08 to 9.08 USD, +0.00 (+0.0%)".replace(
        "9.08", f"{found.total:,.2f}"
    )


def test_a_workload_that_only_one_has_is_volume(base: Plan, registry: Registry) -> None:
    without = Plan.from_yaml(PLAN.partition("  notes:")[0])
    added, removed = (diff(*pair, registry=registry) for pair in ((without, base), (base, without)))
    for found, status in ((added, "added"), (removed, "removed")):
        (one,) = [each for each in found.workloads if each.name == "notes"]
        assert (one.status, one.parts) == (status, {"volume": one.change})
        assert found.parts["volume"] == found.change
    assert added.known_change == -removed.known_change > 0


def test_what_was_changed_is_listed_as_people_write_it(base: Plan, registry: Registry) -> None:
    other = base.replace({
        "docs.documents_per_month": {"low": 1, "likely": 2, "high": 3},
        "docs.batch": True,
        "period.start": "2026-10-01",
    })  # fmt: skip
    found = diff(base, other, registry=registry)
    assert [(each.workload, each.key, each.group, each.before, each.after)
            for each in found.changes] == [
        (None, "period.start", "price", "2026-09-01", "2026-10-01"),
        ("docs", "documents_per_month", "volume", "1,000", "low 1, likely 2, high 3"),
        ("docs", "batch", "price", "–", "true"),
    ]  # fmt: skip


def test_other_prices_are_price(base: Plan, registry: Registry) -> None:
    dearer = registry.overlay(times="1.5")
    found = diff(base, base, base_registry=registry, registry=dearer)
    assert found.parts["price"] == found.change
    assert found.change == pytest.approx(found.before / 2, abs=Decimal("0.000002"))
    assert found.notes == ("the plans are priced by different lists: that is part of price",)
    assert found.change_ratio == Decimal("0.5")
    assert "most of it price (+" in str(found)


def test_from_nothing_there_is_no_ratio(base: Plan, registry: Registry) -> None:
    free = base.replace({"docs.model": "free", "notes.model": "free"})
    found = diff(free, base, registry=registry)
    assert found.change_ratio is None
    assert re.match(r"demo: 0\.00 to [\d.]+ USD, \+[\d.]+, most of it model", str(found))


def test_what_cannot_be_mixed_changes_together(base: Plan, registry: Registry) -> None:
    # plain has no explicit cache, so that its model and cache cannot change one after the other
    other = base.replace({"docs.model": "dear", "docs.cache": {"mode": "explicit"}})
    found = diff(base, other, registry=registry)
    assert found.parts["model"] == found.change
    assert found.parts["cache"] == 0
    assert found.notes[0].startswith("docs: cache and model change together and count as model")


def test_what_has_no_price_is_said(base: Plan, registry: Registry) -> None:
    other = base.replace({"docs.model": "nothing", "docs.batch": True})
    found = diff(base, other, registry=registry)
    assert any("docs has no price from 2026-09-01" in note for note in found.notes)
    assert summed(found) == found.known_change


def test_another_kind_of_workload_counts_as_one_change(base: Plan, registry: Registry) -> None:
    chat = Plan.from_yaml(
        PLAN.partition("  docs:")[0]
        + """
  docs:
    model: dear
    sessions_per_month: 100
    turns_per_session: 2
    user_tokens_per_turn: 100
    output_tokens_per_turn: 100
"""
    )
    found = diff(base, chat, registry=registry)
    assert {each.name: each.status for each in found.workloads} == {
        "docs": "changed",
        "notes": "removed",
    }
    (docs,) = [each for each in found.workloads if each.name == "docs"]
    assert docs.parts == {"model": docs.change}
    assert found.notes[0].startswith("docs: volume and shape and model change together")


def test_growth_of_a_kind_counts_as_its_first_group(base: Plan, registry: Registry) -> None:
    texts = Plan.from_yaml(
        PLAN.partition("  docs:")[0]
        + "  docs: {model: plain, texts_per_month: 100, tokens_per_text: 10}\n"
    )
    found = diff(base, texts, registry=registry)
    (docs,) = [each for each in found.workloads if each.name == "docs"]
    assert docs.parts == {"volume": docs.change}


def test_currencies_do_not_mix(base: Plan, registry: Registry) -> None:
    other = base.replace({"docs.model": "hua", "notes.model": "hua", "currency": "CNY"})
    with pytest.raises(CurrencyMismatchError):
        diff(base, other, registry=registry)


@given(
    st.dictionaries(
        st.sampled_from(GROUPS), st.fractions(min_value=-10_000, max_value=10_000), min_size=1
    ),
    st.integers(0, 6),
    st.integers(-(10**9), 10**9),
)
def test_rounded_parts_sum_to_the_whole_and_none_is_off_by_more_than_one_unit(
    parts: dict[str, Fraction], places: int, rest: int
) -> None:
    unit = Fraction(1, 10**places)
    exact = sum(parts.values(), Fraction(0))
    whole = Decimal(round(exact / unit)).scaleb(-places)
    found = apportioned(parts, whole, places)
    assert sum(found.values(), Decimal(0)) == whole
    for name, amount in found.items():
        assert abs(Fraction(amount) - parts[name]) <= unit
    beyond = whole + Decimal(rest).scaleb(-12)  # a rest below the last place goes to the largest
    assert sum(apportioned(parts, beyond, places).values(), Decimal(0)) == beyond


KEYS = {
    "people": "volume", "sessions_per_person_day": "volume", "documents": "volume",
    "texts_per_day": "volume", "runs": "volume", "growth_ratio_per_month": "volume",
    "retry_rate": "volume", "steps_per_session": "shape", "tokens_per_text": "shape",
    "caps.steps_per_session": "shape", "cache.miss_ratio": "cache", "user_gaps": "cache",
    "candidates": "model", "conditions": "price", "provider": "price",
}  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_each_key_belongs_to_a_group(key: str) -> None:
    assert group_of(key) == KEYS[key]


TEXTS: dict[str, tuple[Any, str]] = {
    "nothing": (None, "–"),
    "a flag": (False, "false"),
    "a number with its zeros": (Decimal("1200.50"), "1,200.5"),
    "a number as it is kept": ({"value": Decimal(3), "source": None}, "3"),
    "a list": ([{"name": "pilot", "months": 1}, "x"], "name pilot, months 1; x"),
}


@pytest.mark.parametrize("case", TEXTS)
def test_values_are_said_as_they_are_written(case: str) -> None:
    value, expected = TEXTS[case]
    assert said(value) == expected


def test_numbers_of_a_plan_are_said_too(base: Plan) -> None:
    number = base.number("docs.documents_per_month")
    assert (said(number), plain(number)) == ("1,000", Decimal(1000))
    assert label_of("docs.cache.miss_ratio") == "docs: cache miss ratio"
    assert label_of("workloads.docs.cache.miss_ratio") == "docs: cache miss ratio"
    assert label_of("defaults.retry_rate") == "all workloads: retry rate"
    assert label_of("workloads.defaults.retry_rate") == "defaults: retry rate"


def test_a_share_of_nothing_is_none() -> None:
    assert share_of(Decimal(1), Decimal(0)) is None
    assert share_of(Decimal(1), Decimal(3)) == Decimal("0.333333")


def test_a_plan_that_is_none_is_refused_before_anything_is_forecast(base: Plan) -> None:
    with pytest.raises((PlanError, UsageError)):
        base.replace({"docs.documents_per_month": "many"})


def test_what_a_whole_is_beyond_its_parts_goes_to_the_largest() -> None:
    parts = {"one": Fraction(1), "other": Fraction(-3)}
    assert apportioned(parts, Decimal("5.5"), 2) == {"one": 1, "other": Decimal("4.5")}
