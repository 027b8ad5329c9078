from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

import costcalc.planning.pools as pools_module
from costcalc import Registry, Usage, UsageError
from costcalc.logs import LogRecord
from costcalc.planning.backtest import Backtest, Week, backtest
from costcalc.planning.calibrate import Actual, Calibration, WorkloadCalibration, calibrate
from costcalc.planning.drafts import drafts_of, values_of
from costcalc.planning.measuring import measure, sessions_of
from costcalc.planning.plan import Plan
from costcalc.planning.rewriting import rewritten

PRICES = """
provider: acme
models:
  cached:
    {input: 2, cache_read: 0.2, output: 10, aliases: [cached-latest], cache: {automatic: {ttl: {cache_read: 5m}}}}
  plain: {input: 1, output: 4}
  other: {input: 3, output: 4}
"""
HEAD = """
version: 1
project: demo
period: {start: 2026-09-01, months: 2}
simulation: {samples: 100, seed: 1}
"""
AGENT = """
  agent:          # who writes code
    model: cached
    people: 2
    sessions_per_person_day: 4     # a guess
    steps_per_session: {p50: 10, p90: 30}
    system_tokens: 2_000           # instructions
    input_tokens_per_step: {p50: 100, p90: 300}
    output_tokens_per_step: 100
    caps: {steps_per_session: 60}
"""
DOCS = """
  docs:
    model: plain
    documents_per_month: 100
    input_tokens_per_document: 1_000
    output_tokens_per_document: 10
    cache: {mode: none}
"""
MONDAY = datetime(2026, 9, 7, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def small_pools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools_module, "_CALLS", 2_000)
    monkeypatch.setattr(pools_module, "_FEWEST", 64)
    monkeypatch.setattr(pools_module, "_MOST", 128)


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.from_yaml(PRICES)


def plan_of(*workloads: str) -> Plan:
    return Plan.from_yaml(f"{HEAD}workloads:{''.join(workloads)}")


def session(number: int, at: datetime, *, steps: int = 4, model: str = "cached", wait: int = 5,
            read: bool = True, new: int = 200) -> list[LogRecord]:  # fmt: skip
    """A session whose steps each add 200 tokens to the prompt and are answered with 50."""
    found: list[LogRecord] = []
    prompt = before = 0
    for step in range(steps):
        prompt = 3_000 + new if not step else prompt + 50 + new + 10 * (step % 3)
        usage = Usage(
            input_tokens=prompt, cache_read_tokens=before if read else 0, output_tokens=50
        )
        found.append(
            LogRecord(usage=usage, model=model, at=at + timedelta(seconds=step * wait),
                      session=str(number))
        )  # fmt: skip
        before = prompt
    return found


def month(**more: Any) -> list[LogRecord]:
    """Sessions of 4 to 40 steps on twenty working days, two or three a day."""
    found: list[LogRecord] = []
    number = 0
    for day in range(28):
        at = MONDAY + timedelta(days=day)
        if at.weekday() < 5:
            for _ in range(2 + day % 2):
                number += 1
                steps = 40 if number % 8 == 0 else 4 + number % 5
                found += session(number, at + timedelta(hours=number % 7), steps=steps, **more)
    return found


def by_key(found: Calibration, workload: int = 0) -> dict[str, Actual]:
    return {each.key.split(".", 2)[2]: each for each in found.workloads[workload].numbers}


def test_a_plan_beside_its_logs(registry: Registry) -> None:
    seen: list[tuple[int, int | None]] = []
    found = calibrate(
        plan_of(AGENT),
        month(),
        registry=registry,
        samples=100,
        progress=lambda *at: seen.append(at),
    )
    numbers = by_key(found)
    sessions = numbers["sessions_per_person_day"]
    # 50 sessions on 20 days are 2.5 a day, of two people
    assert (sessions.planned, sessions.mean, sessions.times) == (
        4,
        Decimal("1.25"),
        Decimal("0.3125"),
    )
    assert sessions.after == "low 1.16, likely 1.25, high 1.34"
    steps = numbers["steps_per_session"]
    assert (steps.count, steps.p50, steps.p90) == (50, 6, 40)
    assert (steps.before, steps.after) == ("p50 10, p90 30", "p50 6, p90 40")
    assert numbers["output_tokens_per_step"].after == "50"
    assert numbers["input_tokens_per_step"].mean == pytest.approx(Decimal(210), abs=2)
    assert numbers["system_tokens"].after == "2,990"
    (one,) = found.workloads
    assert any(note.startswith("steps_per_session: P50 and P90 make a mean") for note in one.notes)
    assert (found.calls, found.unassigned, one.unit) == (sum(map(len, [month()])), 0, "session")
    assert seen == [(1, 1)]
    assert Calibration.model_validate_json(found.model_dump_json()).workloads[0].name == "agent"


def test_sessions_that_are_alike_cost_what_the_measured_plan_says(registry: Registry) -> None:
    records = [
        each
        for number in range(40)
        for each in session(number, MONDAY + timedelta(days=number), steps=6)
    ]
    (one,) = calibrate(plan_of(AGENT), records, registry=registry, samples=100).workloads
    assert one.calibrated_unit_cost == pytest.approx(one.unit_cost, rel=Decimal("0.03"))
    assert abs(one.planned_unit_cost - one.unit_cost) > one.unit_cost / 10


def test_what_was_measured_goes_into_the_file_and_comments_stay(registry: Registry) -> None:
    text = f"{HEAD}workloads:{AGENT}"
    plan = Plan.from_yaml(text)
    found = calibrate(plan, month(), registry=registry, samples=100)
    new = rewritten(text, found.changes)
    for comment in ("# who writes code", "# a guess", "# instructions"):
        assert comment in new
    assert 'source: "logs, 2026-09-07 to 2026-10-02, 50 sessions"' in new
    again = Plan.from_yaml(new)
    assert again.workloads == plan.replace(found.changes).workloads
    assert again.number("agent.steps_per_session").stated_basis() == "measured"


def test_waits_of_people_are_one_mapping(registry: Registry) -> None:
    records = month(wait=5)
    for number in range(60, 75):
        records += session(number, MONDAY + timedelta(days=number % 5), wait=60 + 60 * (number % 4))
    found = calibrate(plan_of(AGENT), records, registry=registry, samples=100)
    gaps = found.changes["workloads.agent.user_gaps"]
    assert set(gaps) == {"share_of_steps", "minutes"}
    numbers = by_key(found)
    assert numbers["user_gaps.minutes"].before == "–"
    assert numbers["user_gaps.minutes"].planned == 0
    assert numbers["user_gaps.minutes"].times is None
    stated = plan_of(AGENT + "    user_gaps: {p50_minutes: 1, p90_minutes: 2}\n")
    again = by_key(calibrate(stated, records, registry=registry, samples=100))
    assert again["user_gaps.minutes"].before == "p50 1, p90 2"


def test_few_sessions_are_compared_and_not_taken(registry: Registry) -> None:
    found = calibrate(plan_of(AGENT), session(1, MONDAY), registry=registry, samples=100)
    (one,) = found.workloads
    assert found.changes == {}
    assert one.notes[0] == "1 are too few to plan with, 10 are enough: as planned"
    assert {each.after for each in one.numbers} == {None}
    assert one.calibrated_unit_cost == one.planned_unit_cost


def test_few_days_say_nothing_of_the_volume(registry: Registry) -> None:
    records = [record for number in range(12) for record in session(number, MONDAY)]
    found = calibrate(plan_of(AGENT), records, registry=registry, samples=100)
    assert "workloads.agent.sessions_per_person_day" not in found.changes
    assert any("the logs have 1 days with sessions, and 5 are needed" in note
               for note in found.workloads[0].notes)  # fmt: skip


def test_missed_caches_are_set_so_that_the_hit_ratio_is_that_of_the_log(registry: Registry) -> None:
    records = month()
    cold = [
        LogRecord(
            usage=Usage(input_tokens=each.usage.input_tokens, output_tokens=50)
            if number % 3 == 0
            else each.usage,
            model=each.model, at=each.at, session=each.session,
        )
        for number, each in enumerate(records)
    ]  # fmt: skip
    found = calibrate(plan_of(AGENT), cold, registry=registry, samples=100)
    misses = found.changes["workloads.agent.cache.miss_ratio"]
    assert 0.2 < misses < 0.5
    (one,) = found.workloads
    assert one.hit_ratio is not None
    again = plan_of(AGENT).replace(found.changes).forecast(registry=registry)
    assert again.workloads["agent"].hit_ratio == pytest.approx(one.hit_ratio, abs=0.05)


def test_a_hit_ratio_that_the_shape_does_not_allow_is_said(registry: Registry) -> None:
    records = [
        LogRecord(usage=Usage(input_tokens=1_000, cache_read_tokens=1_000, output_tokens=5),
                  model="cached", at=MONDAY + timedelta(days=day), session=str(day))
        for day in range(12)
    ]  # fmt: skip
    found = calibrate(plan_of(AGENT), records, registry=registry, samples=100)
    assert "workloads.agent.cache.miss_ratio" not in found.changes
    assert any("the hit ratio of the log is not reached" in note
               for note in found.workloads[0].notes)  # fmt: skip


def test_each_call_belongs_to_the_workload_of_its_model(registry: Registry) -> None:
    records = [
        *month(model="cached-latest"),
        *(each for day in range(20)
          for each in session(900 + day, MONDAY + timedelta(days=day), steps=1, model="plain",
                              new=100 * day)),
        *session(99, MONDAY, model="unheard"),
        *session(98, MONDAY, model="other"),
    ]  # fmt: skip
    found = calibrate(plan_of(AGENT, DOCS), records, registry=registry, samples=100)
    assert [each.name for each in found.workloads] == ["agent", "docs"]
    assert found.unassigned == 8
    docs = by_key(found, 1)
    assert docs["documents_per_month"].mean == Decimal("30.4375")
    assert docs["input_tokens_per_document"].after == "p50 3,900, p90 4,700"
    assert found.workloads[1].unit == "document"


FAULTS: dict[str, tuple[list[LogRecord], dict[str, Any], str]] = {
    "no call of the plan": (
        session(1, MONDAY, model="other"),
        {},
        "no call of the logs is of a model of the plan: they have other, and the plan cached, plain",
    ),
    "no calls": ([], {}, "they have no calls"),
    "a workload that there is not": (
        month(),
        {"workload": "chat"},
        "there is no workload 'chat'; known: agent, docs",
    ),
    "no call with a time": (
        [LogRecord(usage=Usage(input_tokens=1), model="cached")],
        {},
        "the logs hold no call with a time",
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_logs_that_say_nothing_are_refused(case: str, registry: Registry) -> None:
    records, more, message = FAULTS[case]
    with pytest.raises(UsageError, match=re.escape(message)):
        calibrate(plan_of(AGENT, DOCS), records, registry=registry, **more)


def test_two_workloads_of_one_model_need_a_name(registry: Registry) -> None:
    plan = plan_of(AGENT, AGENT.replace("agent:", "second:"))
    with pytest.raises(UsageError, match="agent and second both use cached"):
        calibrate(plan, month(), registry=registry)
    found = calibrate(plan, month(), workload="second", registry=registry, samples=100)
    assert [each.name for each in found.workloads] == ["second"]


def test_calls_without_a_price_are_said(registry: Registry) -> None:
    records = [*month(), *session(999, MONDAY, model="unheard")]
    found = calibrate(plan_of(AGENT), records, registry=registry, samples=100)
    assert any(note.startswith("4 calls of unheard have no price and are not in the cost")
               for note in found.workloads[0].notes)  # fmt: skip


KINDS = {
    "chat": (
        (
            "\n  one: {model: plain, sessions_per_month: 9, turns_per_session: 2, "
            "user_tokens_per_turn: 5, output_tokens_per_turn: 5}\n"
        ),
        ["sessions_per_month", "turns_per_session", "system_tokens", "user_tokens_per_turn",
         "output_tokens_per_turn"],
    ),
    "rag": (
        (
            "\n  one: {model: plain, sessions_per_day: 9, turns_per_session: 2, user_tokens_per_turn: 5,"
            " output_tokens_per_turn: 5, transient_tokens_per_turn: 9}\n"
        ),
        ["sessions_per_day", "turns_per_session", "output_tokens_per_turn"],
    ),
    "embeddings": (
        "\n  one: {model: plain, texts_per_day: 9, tokens_per_text: 2}\n",
        ["texts_per_day", "tokens_per_text"],
    ),
    "a total": (
        (
            "\n  one: {model: plain, documents: 9, input_tokens_per_document: 2, "
            "output_tokens_per_document: 5}\n"
        ),
        ["input_tokens_per_document", "output_tokens_per_document"],
    ),
    "nobody": (
        (
            "\n  one: {model: plain, people: 0, sessions_per_person_day: 2, turns_per_session: 2, "
            "user_tokens_per_turn: 5, output_tokens_per_turn: 5}\n"
        ),
        ["turns_per_session", "system_tokens", "user_tokens_per_turn", "output_tokens_per_turn"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", KINDS)
def test_each_kind_has_its_keys(case: str) -> None:
    text, keys = KINDS[case]
    found = drafts_of(plan_of(text), "one", measure(sessions_of(month())))
    assert [each.key.removeprefix("workloads.one.") for each in found.found] == keys
    assert plan_of(text).replace(values_of(found))


def test_a_tail_that_is_no_log_normal_one_is_said() -> None:
    records = month() + session(500, MONDAY, steps=900)
    found = drafts_of(plan_of(AGENT), "agent", measure(sessions_of(records)))
    assert any("steps_per_session: P50 and P90 make a mean of" in note for note in found.notes)


def test_weeks_are_forecast_from_those_before(registry: Registry) -> None:
    seen: list[tuple[int, int | None]] = []
    found = backtest(
        plan_of(AGENT),
        month(),
        registry=registry,
        samples=100,
        progress=lambda *at: seen.append(at),
    )
    assert [week.start for week in found.weeks] == [
        date(2026, 9, 14), date(2026, 9, 21), date(2026, 9, 28),
    ]  # fmt: skip
    assert [week.sessions for week in found.weeks] == [13, 12, 13]
    assert seen == [(1, 3), (2, 3), (3, 3)]
    for week in found.weeks:
        assert week.p10 < week.mean < week.p90
        assert week.inside is (week.p10 <= week.actual <= week.p90)
        assert 0 <= week.percentile <= 100
    assert found.bias is not None
    assert 0.5 < found.bias < 2
    assert f"{found.inside} of 3 weeks lie between P10 and P90" in str(found)


def test_documents_are_counted_one_by_one(registry: Registry) -> None:
    records = [
        each for day in range(14) for number in range(2)
        for each in session(10 * day + number, MONDAY + timedelta(days=day), steps=1,
                            model="plain", new=10 * day)
    ]  # fmt: skip
    found = backtest(plan_of(DOCS), records, registry=registry, samples=100)
    assert [week.sessions for week in found.weeks] == [14]
    assert str(found).startswith(f"{found.inside} of 1 week lies between")


def test_a_week_without_a_price_cannot_be_compared(registry: Registry) -> None:
    records = [*month(), *session(999, MONDAY + timedelta(days=8), model="unheard")]
    with pytest.raises(UsageError, match="the week of 2026-09-14 cannot be compared: 4 calls"):
        backtest(plan_of(AGENT), records, registry=registry, samples=100)


def test_nothing_can_be_tested_in_one_week(registry: Registry) -> None:
    found = backtest(plan_of(AGENT), session(1, MONDAY), registry=registry, samples=100)
    assert (found.weeks, found.bias) == ((), None)
    assert str(found) == "no week has 10 sessions before it, so that nothing can be tested"


def test_weeks_that_cost_nothing_have_no_bias() -> None:
    week = Week(
        workload="a", start=date(2026, 9, 7), sessions=1, actual=Decimal(0), mean=Decimal(0),
        p10=Decimal(0), p90=Decimal(0), percentile=100,
    )  # fmt: skip
    assert str(Backtest(currency="USD", weeks=(week,))) == (
        "1 of 1 week lies between P10 and P90 of a forecast from the weeks before, where four in "
        "five should"
    )


def test_a_calibration_cannot_change(registry: Registry) -> None:
    found = calibrate(plan_of(AGENT), session(1, MONDAY), registry=registry, samples=100)
    assert isinstance(found.workloads[0], WorkloadCalibration)
    with pytest.raises(TypeError):
        found.changes["x"] = 1  # pyright: ignore[reportIndexIssue]
