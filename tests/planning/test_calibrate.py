from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import costcalc.planning.pools as pools_module
from costcalc import Registry, Usage, UsageError
from costcalc.logs import LogRecord
from costcalc.planning.backtest import Backtest, Week, backtest
from costcalc.planning.calibrate import Actual, Calibration, WorkloadCalibration, calibrate
from costcalc.planning.drafts import drafts_of, values_of
from costcalc.planning.measuring import measure, sessions_of
from costcalc.planning.numbers import Quantiles
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
    assert (steps.before, steps.after) == ("p50 10, p90 30", "p50 6, p90 22")
    assert numbers["output_tokens_per_step"].after == "50"
    assert numbers["input_tokens_per_step"].mean == pytest.approx(Decimal(210), abs=2)
    assert numbers["system_tokens"].after == "2,990"
    (one,) = found.workloads
    assert any(note.startswith("steps_per_session: P50 6 and P90 40 make") for note in one.notes)
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


def test_what_differs_within_sessions_alone_is_no_spread_of_theirs(registry: Registry) -> None:
    """Every session is answered with 20 and 80 in turn, and adds 100 and 300 in turn."""
    records: list[LogRecord] = []
    for number in range(40):
        at, prompt = MONDAY + timedelta(hours=number), 3_000
        for step in range(8):
            output = 80 if step % 2 else 20
            records.append(
                LogRecord(usage=Usage(input_tokens=prompt, output_tokens=output), model="cached",
                          at=at + timedelta(seconds=step), session=str(number))
            )  # fmt: skip
            prompt += output + (300 if step % 2 else 100)
    numbers = by_key(calibrate(plan_of(AGENT), records, registry=registry))
    assert numbers["output_tokens_per_step"].after == "50"
    assert numbers["input_tokens_per_step"].after == "186"  # 4 × 100 and 3 × 300 by 7 steps
    assert numbers["output_tokens_per_step"].mean == 50


def test_documents_of_one_session_differ_as_calls_do(registry: Registry) -> None:
    records = [
        LogRecord(usage=Usage(input_tokens=900, output_tokens=30 if number % 4 else 60),
                  model="plain", at=MONDAY + timedelta(minutes=number), session="one")
        for number in range(40)
    ]  # fmt: skip
    (calibrated,) = calibrate(plan_of(DOCS), records, registry=registry).workloads
    found = {each.key.rpartition(".")[2]: each for each in calibrated.numbers}
    assert found["output_tokens_per_document"].p90 == 60
    assert found["output_tokens_per_document"].p50 == 30


def test_a_tail_that_is_no_log_normal_one_keeps_its_mean() -> None:
    found = drafts_of(plan_of(AGENT), "agent", measure(sessions_of(month())))
    (note,) = found.notes
    assert note == (
        "steps_per_session: P50 6 and P90 40 make a mean of 18, and 10 was measured: with that mean, "
        "P90 is 22"
    )
    fitted = Quantiles(p50=Decimal(6), p90=Decimal(22))
    assert fitted.mean == pytest.approx(Decimal("10.06"), rel=Decimal("0.02"))


def test_a_mean_below_the_median_is_taken_as_it_is() -> None:
    records = [
        each
        for number in range(30)
        for each in session(number, MONDAY + timedelta(days=number),
                            steps=1 if number < 14 else 20 if number < 26 else 22)
    ]  # fmt: skip
    found = drafts_of(plan_of(AGENT), "agent", measure(sessions_of(records)))
    steps = next(each for each in found.found if each.key.endswith("steps_per_session"))
    assert (steps.p50, steps.p90, steps.value["value"]) == (20, 22, Decimal("11.4"))
    assert any(note.endswith("it is a number without a spread") for note in found.notes)


def test_days_without_a_session_count_among_the_working_days() -> None:
    half = [each for each in month() if each.at is not None and each.at.day % 2]
    found = drafts_of(plan_of(AGENT), "agent", measure(sessions_of(half)))
    volume = found.found[0]
    # 29 sessions from 7 September to 1 October, 19 working days, of two people
    sessions, days = len(sessions_of(half)), measure(sessions_of(half)).weekdays
    assert volume.mean == pytest.approx(Decimal(sessions) / days / 2, rel=Decimal("0.0001"))
    assert volume.value["low"] < volume.value["likely"] < volume.value["high"]
    every = [
        each for day in range(28) for each in session(day, MONDAY + timedelta(days=day))
    ]  # at weekends, too: 28 sessions on 20 working days
    found = drafts_of(plan_of(AGENT), "agent", measure(sessions_of(every)))
    assert found.found[0].value["value"] == Decimal("0.7")


def test_what_the_plan_multiplies_is_divided_out() -> None:
    text = (
        f"{HEAD}phases: [{{name: a, months: 1, scale: 0.25}}, {{name: b, months: 1}}]\nworkloads:"
    )
    plan = Plan.from_yaml(f"{text}{AGENT}    growth_ratio_per_month: 0.5\n")
    found = drafts_of(plan, "agent", measure(sessions_of(month())))
    # 24 days of September at a quarter, two of October at one and a half
    scale = (24 * Decimal("0.25") + 2 * Decimal("1.5")) / 26
    assert found.found[0].mean == pytest.approx(Decimal("1.25") / scale, rel=Decimal("0.0001"))
    assert "sessions_per_person_day is what the logs had, divided by 0.346154" in found.notes[0]
    none = plan.replace({"phases": None, "agent.seasons": {"2026-09": 0, "2026-10": 0}})
    found = drafts_of(none, "agent", measure(sessions_of(month())))
    assert found.notes[0] == (
        "sessions_per_person_day stays as planned: the plan has none of it on the days of the logs"
    )


def test_calls_that_were_sent_again_are_not_paid_a_third_time(registry: Registry) -> None:
    plan = plan_of(AGENT + "    retry_rate: 0.5\n")
    found = calibrate(plan, month(), registry=registry, samples=100)
    assert found.changes["workloads.agent.retry_rate"]["value"] == 0
    without = calibrate(plan_of(AGENT), month(), registry=registry, samples=100)
    assert found.workloads[0].calibrated_unit_cost == without.workloads[0].calibrated_unit_cost
    few = drafts_of(plan_of(DOCS + "    retry_rate: 0.5\n"), "docs",
                    measure(sessions_of(session(1, MONDAY))))  # fmt: skip
    assert not any(each.key.endswith("retry_rate") for each in few.found)


def test_instructions_are_not_counted_with_the_documents_again() -> None:
    plan = plan_of(DOCS + "    system_tokens: 500\n")
    records = [
        LogRecord(usage=Usage(input_tokens=3_000, output_tokens=10), model="plain", at=MONDAY)
    ]
    found = drafts_of(plan, "docs", measure(sessions_of(records)))
    assert values_of(found)["workloads.docs.input_tokens_per_document"]["value"] == 2_500
    assert (
        "input_tokens_per_document is without the 500 tokens of system_tokens, which prompts hold"
        in found.notes
    )


def _thinking(reasoning: int) -> list[LogRecord]:
    return [
        LogRecord(
            usage=Usage(input_tokens=1_000 + 300 * step, output_tokens=200, reasoning_tokens=reasoning),
            model="cached", at=MONDAY + timedelta(seconds=step), session="one",
        )
        for step in range(4)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("reasoning", "planned", "share", "step"),
    [(100, 0, "0.5", 200), (0, Decimal("0.4"), "0", 100), (0, 0, None, 100)],
)
def test_reasoning_and_what_a_step_adds_belong_together(
    reasoning: int, planned: Decimal | int, share: str | None, step: int
) -> None:
    plan = plan_of(AGENT + f"    reasoning_ratio: {planned}\n")
    values = values_of(drafts_of(plan, "agent", measure(sessions_of(_thinking(reasoning)))))
    assert values["workloads.agent.input_tokens_per_step"]["value"] == step
    found = values.get("workloads.agent.reasoning_ratio")
    assert (found and found["value"]) == (share and Decimal(share))


def test_runs_over_files_are_compared_by_the_run(registry: Registry, tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.txt").write_text("word " * 50)
    text = (
        f"{HEAD}workloads:\n  files: {{model: plain, runs_per_day: 2, files: ['*.txt'], "
        "output_tokens_per_prompt: 10}\n"
    )
    (tmp_path / "plan.yaml").write_text(text)
    plan = Plan.from_yaml(tmp_path / "plan.yaml")
    records = [
        LogRecord(usage=Usage(input_tokens=50, output_tokens=10), model="plain",
                  at=MONDAY + timedelta(days=number))
        for number in range(24)
    ]  # fmt: skip
    (one,) = calibrate(plan, records, registry=registry, samples=100).workloads
    assert (one.unit, one.unit_cost) == ("run", Decimal("0.00018"))
    assert one.unit_cost == pytest.approx(one.calibrated_unit_cost, rel=Decimal("0.2"))
    assert one.notes[0] == (
        "runs_per_day stays as planned: logs do not say which calls are one run over the files"
    )
    weeks = backtest(plan, records, registry=registry, samples=100).weeks
    assert [week.sessions for week in weeks] == [4, 2]


NOTES: dict[str, tuple[str, list[LogRecord], str]] = {
    "calls without a time, and sums": (
        AGENT,
        [
            *month(),
            LogRecord(usage=Usage(input_tokens=10**6), model="cached"),
            LogRecord(usage=Usage(input_tokens=10**6, requests=9), model="cached", at=MONDAY),
        ],
        "2 of 505 calls are without a time, or sums of several calls: they are neither measured",
    ),
    "other models": (
        AGENT,
        [*month(), *session(999, MONDAY, model="plain")],
        "calls of plain are among those measured; the plan has cached",
    ),
    "subagents": (
        AGENT,
        [
            *month(),
            LogRecord(usage=Usage(input_tokens=10), model="cached", at=MONDAY, session="1",
                      file="/p/1/subagents/agent-a.jsonl"),
        ],
        "1 of 51 sessions are those of subagents, each a conversation of its own",
    ),
    "no cache": (
        AGENT + "    cache: {mode: none}\n",
        month(),
        "the plan has no cache, and the logs have input that was read from one",
    ),
    "another cost": (
        AGENT + "    cache: {mode: none}\n",
        month(),
        "tails, compaction or waits are not as the plan has them",
    ),
    "nobody": (
        AGENT.replace("people: 2", "people: 0"),
        month(),
        "sessions_per_person_day stays as planned: the plan has no people whose sessions these",
    ),
    "no price": (
        AGENT.replace("model: cached", "model: unheard"),
        month(model="unheard"),
        "agent has no price from 2026-09-01 until 2026-11-01: unknown model 'unheard'",
    ),
    "a plan that cannot take it": (
        AGENT.replace("{steps_per_session: 60}", "{compact_at_tokens: 3_000, summary_tokens: 500}"),
        month(),
        "as planned: the plan cannot take what was measured: workloads.agent.caps.compact_at_tokens",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", NOTES)
def test_what_limits_the_figures_is_said(case: str, registry: Registry) -> None:
    workload, records, expected = NOTES[case]
    (one,) = calibrate(plan_of(workload), records, registry=registry, samples=100).workloads
    assert any(expected in note for note in one.notes), one.notes
    if case == "calls without a time, and sums":
        (alone,) = calibrate(plan_of(workload), month(), registry=registry, samples=100).workloads
        assert (one.cost, one.unit_cost) == (alone.cost, alone.unit_cost)
    assert ("cannot take" in expected) is (one.numbers[0].after is None and case != "nobody")


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


def test_a_week_without_a_price_is_left_out(registry: Registry) -> None:
    records = [*month(), *session(999, MONDAY + timedelta(days=8), model="unheard")]
    found = backtest(plan_of(AGENT), records, registry=registry, samples=100)
    assert [week.start for week in found.weeks] == [date(2026, 9, 21), date(2026, 9, 28)]
    (why,) = found.left_out
    assert why.startswith("agent 2026-09-14: 4 calls of unheard have no price")
    assert f"; left out: {why}" in str(found)


LEFT_OUT = {
    "no week has a price": (AGENT, month(model="unheard"), "146 calls of unheard have no price"),
    "the plan has no price": (
        AGENT.replace("model: cached", "model: unheard"),
        month(),
        "agent 2026-09-14, agent 2026-09-21, agent 2026-09-28: unknown model 'unheard'",
    ),
    "the plan cannot take it": (
        AGENT.replace("{steps_per_session: 60}", "{compact_at_tokens: 3_000, summary_tokens: 500}"),
        month(),
        "the plan cannot take what was measured",
    ),
}


@pytest.mark.parametrize("case", LEFT_OUT)
def test_weeks_that_cannot_be_compared_are_said(case: str, registry: Registry) -> None:
    workload, records, why = LEFT_OUT[case]
    found = backtest(plan_of(workload), records, registry=registry, samples=100)
    assert found.weeks == ()
    assert str(found).startswith("no week can be compared, so that nothing can be tested; left out")
    assert why in str(found)


@pytest.mark.parametrize("name", ["period", "phases", "budget", "defaults"])
def test_a_workload_may_be_called_as_a_key_of_the_plan(name: str, registry: Registry) -> None:
    plan = plan_of(AGENT.replace("agent:", f"{name}:"))
    assert calibrate(plan, month(), registry=registry, samples=100).workloads[0].name == name
    assert len(backtest(plan, month(), registry=registry, samples=100).weeks) == 3


def test_a_week_is_as_wide_as_the_measured_plan_says(registry: Registry) -> None:
    alike = [
        each
        for day in range(28)
        for number in range(1 + day % 2)
        for each in session(10 * day + number, MONDAY + timedelta(days=day), steps=6)
    ]
    for week in backtest(plan_of(AGENT), alike, registry=registry, samples=100).weeks:
        assert week.p90 / week.p10 < Decimal("1.05")  # its volume is known, and sessions are alike


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
