"""Plans: kinds of workload, volumes, months and phases, changes, the schema."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from costcalc import PlanError, Registry, UsageError
from costcalc.planning.numbers import Fixed, Quantiles, Range
from costcalc.planning.period import Period
from costcalc.planning.plan import Plan
from costcalc.planning.what_if import at_hit_ratios
from costcalc.planning.workload import WorkloadBase

D = Decimal
HEAD = "version: 1\nproject: atlas\nperiod: {start: 2026-01-31, months: 4}\n"
SHAPES = {
    "agent": "steps_per_session: 9, input_tokens_per_step: 1, output_tokens_per_step: 2",
    "chat": "turns_per_session: 9, user_tokens_per_turn: 1, output_tokens_per_turn: 2",
    "rag": "turns_per_session: 9, user_tokens_per_turn: 1, output_tokens_per_turn: 2, "
    "transient_tokens_per_turn: 7",
    "documents": "input_tokens_per_document: 1, output_tokens_per_document: 2",
    "embeddings": "tokens_per_text: 1",
    "prompts": "files: [a.txt], output_tokens_per_prompt: 2",
}
UNITS = {"documents": "documents", "embeddings": "texts", "prompts": "runs"}


def plan_of(workload: str, *, top: str = "") -> Plan:
    """Return a plan with one workload, `part`, whose keys stand in a flow mapping."""
    return Plan.from_yaml(f"{HEAD}{top}\nworkloads:\n  part: {{model: lab/m, {workload}}}\n")


@pytest.mark.parametrize("kind", SHAPES)
def test_a_workload_is_of_the_kind_that_its_keys_say(kind: str) -> None:
    volume = f"{UNITS.get(kind, 'sessions')}: 100"
    by_keys = plan_of(f"{volume}, {SHAPES[kind]}").workloads["part"]
    assert by_keys.kind == kind
    assert by_keys == plan_of(f"kind: {kind}, {volume}, {SHAPES[kind]}").workloads["part"]
    assert by_keys.unit == UNITS.get(kind, "sessions").removesuffix("s")
    assert by_keys.chosen == "lab/m"


def test_candidates_stand_for_a_model() -> None:
    text = (
        f"{HEAD}workloads:\n  part: {{candidates: [lab/n, lab/m], sessions: 1, {SHAPES['chat']}}}\n"
    )
    assert Plan.from_yaml(text).workloads["part"].chosen == "lab/n"


@pytest.mark.parametrize(
    ("start", "days"),
    [
        pytest.param("2026-01-01", [31, 28, 31, 30], id="from the first"),
        pytest.param("2026-01-31", [28, 31, 30, 31], id="the 31st is the last of a shorter month"),
        pytest.param("2026-11-15", [30, 31, 31, 28], id="over a turn of the year"),
        pytest.param("2028-02-29", [29, 31, 30, 31], id="from a leap day"),
    ],
)
def test_months_begin_on_the_day_that_the_project_does(start: str, days: list[int]) -> None:
    months = Period(start=start, months=4).split(())
    assert [month.days for month in months] == days
    assert months[0].label == start
    assert [one.end for one in months[:-1]] == [other.start for other in months[1:]]
    assert {month.scale for month in months} == {D(1)}


def test_a_start_is_a_date_of_any_form() -> None:
    assert Period(start=date(2026, 9, 1), months=1) == Period(start="2026-09-01", months=1)
    with pytest.raises(ValidationError, match="is no date"):
        Period(start=20260901, months=1)


def test_phases_give_their_months_a_part_of_the_volumes() -> None:
    plan = plan_of(f"sessions: 1, {SHAPES['chat']}",
                   top="phases: [{name: pilot, months: 1, scale: 0.4}, {name: run, months: 3}]")  # fmt: skip
    months = plan.period.split(plan.phases)
    assert [(month.phase, month.scale) for month in months] == [
        ("pilot", D("0.4")), ("run", D(1)), ("run", D(1)), ("run", D(1)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "volume", "per_month"),
    [
        # months of 28, 31, 30 and 31 days, 21 working days
        ("chat", "sessions_per_month: 100", [100, 100, 100, 100]),
        ("chat", "sessions_per_day: 2", [56, 62, 60, 62]),
        ("chat", "sessions_per_working_day: 2", [42, 42, 42, 42]),
        ("chat", "sessions: 100", [25, 25, 25, 25]),
        ("chat", "people: 3, sessions_per_person_day: 2", [126, 126, 126, 126]),
        ("chat", "people: 3, sessions_per_person_month: 10", [30, 30, 30, 30]),
        # people that no volume counts are for amounts per person
        ("chat", "people: 3, sessions_per_month: 10", [10, 10, 10, 10]),
        ("chat", "sessions_per_month: 100, growth_ratio_per_month: 0.5", [100, 150, 225, 337.5]),
        ("chat", "sessions_per_month: 100, seasons: {2026-02: 0.5, '2026-03-31': 2}",
         [100, 50, 200, 100]),
        ("documents", "documents_per_night: 10", [280, 310, 300, 310]),
        ("documents", "documents_per_day: 10", [280, 310, 300, 310]),
        ("documents", "documents_per_working_day: 10", [210, 210, 210, 210]),
        ("documents", "documents_per_month: 10", [10, 10, 10, 10]),
        ("documents", "documents: 10", [2.5, 2.5, 2.5, 2.5]),
        ("embeddings", "texts_per_day: 10", [280, 310, 300, 310]),
        ("embeddings", "texts_per_month: 10", [10, 10, 10, 10]),
        ("embeddings", "texts: 10", [2.5, 2.5, 2.5, 2.5]),
        ("prompts", "runs: 2", [0.5, 0.5, 0.5, 0.5]),
        ("prompts", "runs_per_month: 2", [2, 2, 2, 2]),
        ("prompts", "runs_per_day: 2", [56, 62, 60, 62]),
        ("prompts", "runs_per_working_day: 2", [42, 42, 42, 42]),
    ],
)  # fmt: skip
def test_a_volume_by_month(kind: str, volume: str, per_month: list[float]) -> None:
    plan = plan_of(f"{volume}, {SHAPES[kind]}")
    workload = plan.workloads["part"]
    drawn = {key: float(number.mean) for key, number in workload.volume_numbers().items()}
    months = plan.period.split(plan.phases)
    assert [workload.per_month(drawn, month, 4, 21.0) for month in months] == pytest.approx(
        per_month
    )


FULL = (
    "people: 4, sessions_per_person_day: {low: 1, likely: 2, high: 3}, steps_per_session: "
    "{p50: 4, p90: 9}, system_tokens: 100, input_tokens_per_step: 5, output_tokens_per_step: 6, "
    "reasoning_ratio: 0.5, user_gaps: {share_of_steps: 0.1, p50_minutes: 1, p90_minutes: 9}, "
    "cache: {mode: explicit, ttl_minutes: 5, warm_start_ratio: 0.5}, units_per_step: "
    "{web_search: 0.2}, retry_rate: 0.01"
)


def test_every_number_has_a_key() -> None:
    plan = plan_of(FULL)
    own = [key.removeprefix("workloads.part.") for key in plan.numbers()]
    assert own == [
        "defaults.retry_rate", "sessions_per_person_day", "people", "growth_ratio_per_month",
        "steps_per_session", "system_tokens", "input_tokens_per_step", "transient_tokens_per_step",
        "output_tokens_per_step", "reasoning_ratio", "user_gaps.share_of_steps",
        "user_gaps.minutes", "cache.warm_start_ratio", "cache.miss_ratio",
        "units_per_step.web_search", "retry_rate",
    ]  # fmt: skip
    assert plan.number("part.people") == plan.number("workloads.part.people") == Fixed(value=D(4))
    assert plan.retry_key("part") == "workloads.part.retry_rate"
    for key, number in plan.numbers().items():  # every one of them can be replaced by itself
        assert plan.replace({key: number}).number(key) == number


def test_a_plan_survives_a_dump() -> None:
    plan = plan_of(FULL, top="budget: {warn: {p50_usd: 5, part.p90_usd: 7}}")
    assert Plan.model_validate(plan.model_dump()) == plan
    assert Plan.model_validate_json(plan.model_dump_json()) == plan
    parts = {name: plan.workloads[name] for name in plan.workloads}
    assert plan.model_copy(update={"workloads": parts}) == plan
    assert Plan.model_validate({**plan.model_dump(), "workloads": parts}) == plan


def test_replacing_leaves_the_plan_as_it_was() -> None:
    plan = plan_of(FULL, top="budget: {fail: {p90_usd: 5}}")
    other = plan.replace(
        {
            "part.people": Range(low=D(1), likely=D(2), high=D(3)),
            "part.caps.steps_per_session": 7,
            "workloads.part.input_tokens_per_step": {"p50": 3, "p90": 9},
            "part.cache": None,
            "budget.fail.part.p90_usd": 9,
            "budget.warn.mean_usd": 4,
        },
        project="other",
    )
    workload = other.workloads["part"]
    assert other.project == "other"
    assert other.number("part.people") == Range(low=D(1), likely=D(2), high=D(3))
    assert other.number("part.input_tokens_per_step") == Quantiles(p50=D(3), p90=D(9))
    assert workload.caps_plan.steps_per_session == 7
    assert workload.cache_plan.mode == "model"
    assert [each.key for each in other.budget.thresholds] == ["p90_usd", "part.p90_usd", "mean_usd"]
    assert plan == plan_of(FULL, top="budget: {fail: {p90_usd: 5}}")
    assert other.replace({"budget": {}}).budget.thresholds == ()


KEYS_AS_NAMES = """
version: 1
project: demo
period: {start: 2026-09-01, months: 1}
workloads:
  workloads: {model: a, documents: 1, input_tokens_per_document: 9, output_tokens_per_document: 9}
  budget: {model: b, documents: 2, input_tokens_per_document: 9, output_tokens_per_document: 9}
  docs: {model: c, documents: 3, input_tokens_per_document: 9, output_tokens_per_document: 9}
"""


@pytest.mark.parametrize("name", ["workloads", "budget", "docs"])
def test_a_workload_may_be_called_as_a_key_of_the_plan(name: str) -> None:
    plan = Plan.from_yaml(KEYS_AS_NAMES)
    found = plan.replace({f"workloads.{name}.documents": 7})
    assert [each for each in plan.workloads if found.workloads[each] != plan.workloads[each]] == [
        name
    ]
    assert found.number(f"workloads.{name}.documents").mean == 7


def test_the_plan_s_own_keys_come_before_a_workload_of_their_name() -> None:
    plan = Plan.from_yaml(KEYS_AS_NAMES)
    assert plan.replace({"budget.fail.p90_usd": 5}).budget.fail.p90_usd == 5
    assert plan.replace({"docs.documents": 7}).number("docs.documents").mean == 7
    for key in ("workloads.documents", "budget.documents"):
        with pytest.raises(PlanError, match=f"^{key}: "):
            plan.replace({key: 7})
        with pytest.raises(UsageError, match=f"no number '{key}'; did you mean 'workloads"):
            plan.number(key)


def test_a_hit_ratio_is_reached_whatever_a_workload_is_called() -> None:
    plan = Plan.from_yaml(
        """
        version: 1
        project: demo
        period: {start: 2026-09-01, months: 1}
        workloads:
          workloads: {model: a, sessions: 9, steps_per_session: 5, system_tokens: 3_000,
            input_tokens_per_step: 100, output_tokens_per_step: 50}
        """
    )
    prices = "provider: acme\ncache: {automatic: {}}\nmodels:\n  a: {input: 2, cache_read: 1, output: 3}\n"
    found = at_hit_ratios(
        plan, {"workloads": "0.5"}, samples=100, registry=Registry.from_yaml(prices)
    )
    assert 0 < found.workloads["workloads"].cache_plan.miss_ratio.mean < 1


def test_a_plan_remembers_its_file(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(f"{HEAD}workloads:\n  part: {{model: lab/m, {FULL}}}\n", encoding="utf-8")
    plan = Plan.from_yaml(str(path))
    assert plan.source_path == path == plan.replace(project="b").source_path
    error = plan.error("why", "workloads.part.people")
    assert str(error) == f"{path}:5: workloads.part.people: why"
    # what was replaced stands in no line
    assert str(plan.replace(project="b").error("why", "project")) == f"{path}: project: why"


@pytest.mark.parametrize(
    ("cache", "choice"),
    [
        ("{}", None),
        ("{mode: none}", "none"),
        ("{mode: automatic}", "automatic"),
        ("{mode: explicit}", "explicit"),
        ("{mode: explicit, ttl_minutes: 5}", "5m"),
        ("{mode: explicit, ttl_minutes: 60}", "1h"),
        ("{ttl_minutes: 90}", "90m"),
    ],
)
def test_a_cache_is_chosen_as_a_session_takes_it(cache: str, choice: str | None) -> None:
    workload = plan_of(f"sessions: 1, {SHAPES['agent']}, cache: {cache}").workloads["part"]
    assert workload.cache_plan.choice == choice


@pytest.mark.parametrize(
    ("workload", "top", "sigma"),
    [
        pytest.param("sessions: 1", "", "0.3", id="without a range"),
        pytest.param("sessions: {low: 1, likely: 2, high: 3}", "", "0", id="with a range"),
        pytest.param("sessions: 1", "defaults: {retry_rate: {low: 0, likely: 0.1, high: 0.2}}",
                     "0.3", id="a range of the defaults is no range of the workload"),
        pytest.param("sessions: 1", "defaults: {shared_sigma: 0.2}", "0.2", id="the defaults say"),
        pytest.param("sessions: 1, shared_sigma: 0", "defaults: {shared_sigma: 0.2}", "0",
                     id="the workload says"),
    ],
)  # fmt: skip
def test_sessions_of_a_run_share_a_factor(workload: str, top: str, sigma: str) -> None:
    plan = plan_of(f"{workload}, {SHAPES['chat']}", top=top)
    assert plan.shared_sigma(plan.workloads["part"]) == D(sigma)


def test_a_workload_without_a_shape_is_none() -> None:
    with pytest.raises(NotImplementedError):
        _ = WorkloadBase.model_construct().shape


def test_the_schema_describes_every_key_of_the_example() -> None:
    schema: dict[str, Any] = json.loads(Plan.schema_text())
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    agent = schema["$defs"]["Agent"]["properties"]
    assert agent["steps_per_session"]["description"] == "Model calls of a session."
    assert "p50_minutes" in schema["$defs"]["Gaps"]["properties"]
    assert all(
        "description" in described
        for definition in schema["$defs"].values()
        for key, described in definition.get("properties", {}).items()
        if key not in {"p50_minutes", "p90_minutes"} and "basis" not in definition["properties"]
    )


def test_the_schema_states_each_kind_of_number_once() -> None:
    text = Plan.schema_text()
    assert len(text) < 60_000
    assert text.count('"p50": {') == 1
    schema: dict[str, Any] = json.loads(text)
    agent = schema["$defs"]["Agent"]["properties"]
    assert agent["input_tokens_per_step"]["$ref"] == "#/$defs/PerSession"
    assert agent["people"]["anyOf"] == [{"$ref": "#/$defs/PerRun"}, {"type": "null"}]


def test_a_workload_may_be_of_two_kinds_to_the_schema() -> None:
    schema: dict[str, Any] = json.loads(Plan.schema_text())
    kinds = schema["properties"]["workloads"]["additionalProperties"]["anyOf"]
    assert {"$ref": "#/$defs/Chat"} in kinds  # without kind it is a rag as well, if it has passages
    assert {"$ref": "#/$defs/Rag"} in kinds
    assert "oneOf" not in Plan.schema_text()
