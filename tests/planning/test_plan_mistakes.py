"""Every kind of mistake in a plan: its line, its key, what is wrong and what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from costcalc import Registry
from costcalc.errors import PlanError, UsageError
from costcalc.planning.plan import Plan
from costcalc.planning.workloads import Agent

PLAN = """\
version: 1
project: atlas
period: {start: 2026-09-01, months: 3}
phases:
  - {name: pilot, months: 1, scale: 0.4}
  - {name: build, months: 2}
workloads:
  agent:
    model: openai/gpt-5
    people: 5
    sessions_per_person_day: 4
    steps_per_session: {p50: 16, p90: 140}
    system_tokens: 20000
    input_tokens_per_step: {p50: 900, p90: 3000}
    output_tokens_per_step: 250
    user_gaps: {share_of_steps: 0.1, p50_minutes: 1.4, p90_minutes: 20}
    cache: {mode: automatic}
    caps: {steps_per_session: 400}
  papers:
    model: openai/gpt-5
    documents: 100
    input_tokens_per_document: 5000
    output_tokens_per_document: 200
budget:
  warn: {p50_usd: 5500}
  fail: {agent.p90_usd: 7500}
"""
VERSION = "version: 1\n"
PEOPLE = "    people: 5\n"
STEPS = "    steps_per_session: {p50: 16, p90: 140}\n"
GAPS = "share_of_steps: 0.1, p50_minutes: 1.4, p90_minutes: 20"
CACHE = "    cache: {mode: automatic}\n"
CAPS = "steps_per_session: 400}"
INIT = "; 'costcalc plan init' writes a plan that has every key"
FORMS = "write a number, {low, likely, high} or {p50, p90}"
KNOWN = ", ".join(Agent.model_fields)
KINDS = "agent, chat, rag, documents, embeddings, prompts"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        # the plan itself
        (VERSION, "", "1: version: version is missing" + INIT),
        (VERSION, "version: 2\n", "1: version: 2 is not known here; write 1"),
        (VERSION, VERSION + VERSION,
         "2: 'version' stands twice in one mapping, first in line 1; keep one"),
        (VERSION, "version: [1\n", "2: this is not valid YAML: while parsing a flow sequence"),
        ("project: atlas", "project: ''",
         "2: project: the text is empty; write some, or take the key out"),
        ("project: atlas", "project: 3", "2: project: a text is expected, not 3; put it in quotes"),
        ("project: atlas", "projekt: atlas",
         "2: projekt: unknown key 'projekt'; did you mean 'project'?"),
        (VERSION, VERSION + "currency: dollars\n",
         "2: currency: 'dollars' is no code of three capitals, such as USD"),
        (VERSION, VERSION + "simulation: {samples: 10}\n",
         "2: simulation.samples: 10 is below 100, the least that it can be"),
        (VERSION, VERSION + "simulation: {samples: 2_000_000}\n",
         "2: simulation.samples: 2000000 is above 1000000, the most that it can be"),
        (VERSION, VERSION + "simulation: {seed: many}\n",
         "2: simulation.seed: 'many' is no whole number; write one, such as 3"),
        (VERSION, VERSION + "defaults: {retry_rate: {low: 0, likely: 0.5, high: 2}}\n",
         "2: defaults.retry_rate: 2 is above 1; this is a share from 0 to 1, such as 0.03"),
        (VERSION, VERSION + "defaults: 3\n",
         "2: defaults: a mapping is expected, not 3; write it as {key: value}"),
        # the period and its phases
        ("2026-09-01", "2026-13-01", "3: period.start: '2026-13-01' is no date; write 2026-09-01"),
        ("2026-09-01", "2026-09-01T10:00:00Z", "3: period.start: '2026-09-01T10:00:00Z' is no date"),
        ("2026-09-01", "2026", "3: period.start: 2026 is no date; write 2026-09-01"),
        ("start: 2026-09-01, ", "", "3: period.start: start is missing" + INIT),
        ("months: 3}", "months: 0}", "3: period.months: 0 is below 1, the least that it can be"),
        ("months: 3}", "months: 2.5}", "3: period.months: 2.5 is no whole number"),
        ("months: 3}", "months: 4}", ("4: phases: the phases last 3 months together and the period "
         "4; make them as long")),
        ("scale: 0.4", "scale: -1",
         "5: phases.0.scale: a number of a plan is finite and not negative, not -1"),
        ("scale: 0.4", "scael: 0.4", "5: phases.0.scael: unknown key 'scael'; did you mean 'scale'?"),
        ("  - {name: build, months: 2}", "  - build", ("6: phases.1: a mapping is expected, not "
         "'build'")),
        # a workload, its kind and its model
        ("  papers:\n", "  Agent 1:\n", ("19: workloads.Agent 1: 'Agent 1' is no name of a workload; "
         "write small letters, digits, _ and -")),
        ("  papers:\n    model: openai/gpt-5\n", "  papers: 3\n  others:\n    model: openai/gpt-5\n",
         "19: workloads.papers: a workload is a mapping with model, a volume and a shape, not 3"),
        ("    model: openai/gpt-5\n    people", "    people", ("8: workloads.agent: the workload "
         "names no model; write model: openai/gpt-5, or a list of candidates")),
        (CACHE, "    candidates: openai/gpt-5\n", ("17: workloads.agent.candidates: a list is "
         "expected, not 'openai/gpt-5'; write it as [one, another]")),
        (CACHE, "    kind: robot\n",
         f"17: workloads.agent.kind: 'robot' is no kind of workload; known: {KINDS}"),
        (CACHE, "    kind: agnt\n", ("17: workloads.agent.kind: 'agnt' is no kind of workload; did "
         "you mean 'agent'?")),
        (STEPS, "", (f"8: workloads.agent: nothing says what this is; write kind: {KINDS}, or one "
         "of steps_per_session,")),
        (STEPS, "    steps_per_sesion: 4\n", ("12: workloads.agent.steps_per_sesion: unknown key "
         "'steps_per_sesion'; did you mean 'steps_per_session'?")),
        ("    input_tokens_per_step: {p50: 900, p90: 3000}\n", "",
         "8: workloads.agent.input_tokens_per_step: input_tokens_per_step is missing" + INIT),
        ("input_tokens_per_document", "input_tokens_per_dokument",
         "22: workloads.papers.input_tokens_per_dokument: unknown key"),
        # its volume
        ("    sessions_per_person_day: 4\n", "", ("8: workloads.agent: nothing says how many "
         "sessions there are; write one of sessions_per_person_day,")),
        (PEOPLE, PEOPLE + "    sessions: 3\n", ("11: workloads.agent.sessions: sessions_per_person_day "
         "and sessions both say how many sessions there are; keep one")),
        (PEOPLE, "", ("10: workloads.agent.sessions_per_person_day: sessions_per_person_day counts "
         "people, and nothing says how many; add people: 5")),
        (CACHE, "    seasons: {christmas: 0.5}\n",
         "17: workloads.agent.seasons.christmas: 'christmas' is no month; write 2026-12"),
        # its numbers
        (PEOPLE, "    people: five\n", ("10: workloads.agent.people: a number is expected, not the "
         "text 'five'; write a plain number, such as 0.03")),
        (PEOPLE, "    people: true\n",
         f"10: workloads.agent.people: a number is expected, not True; {FORMS}"),
        (PEOPLE, "    people: [4, 6]\n",
         f"10: workloads.agent.people: a number is expected, not [4, 6]; {FORMS}"),
        (PEOPLE, "    people: {low: 4, high: 6}\n",
         f"10: workloads.agent.people: likely is missing beside low and high; {FORMS}"),
        (PEOPLE, "    people: {min: 4, max: 6}\n",
         f"10: workloads.agent.people: a number with min, max is not known; {FORMS}"),
        (PEOPLE, "    people: {low: 4, likely: 8, high: 6}\n", ("10: workloads.agent.people: low 4, "
         "likely 8 and high 6 are not in order; likely lies between the two")),
        (PEOPLE, "    people: {p50: 4, p90: 6}\n", ("10: workloads.agent.people: {p50, p90} varies "
         "from session to session, and this is one number for a whole run; write a number or")),
        (PEOPLE, "    people: {value: 4, source: 3}\n",
         "10: workloads.agent.people.source: a text is expected, not 3; put it in quotes"),
        (PEOPLE, "    people: {value: 4, basis: guessed}\n", ("10: workloads.agent.people.basis: "
         "'guessed' is not known here; write 'measured' or 'assumed'")),
        ("{p50: 16, p90: 140}", "{p50: 160, p90: 140}", ("12: workloads.agent.steps_per_session: p50 "
         "160 is above p90 140; the median is the smaller one")),
        ("{p50: 16, p90: 140}", "{p50: 0, p90: 140}", ("12: workloads.agent.steps_per_session: p50 "
         "is 0, and a log-normal distribution has a median above 0; write 0.1 or a mean")),
        ("{p50: 16, p90: 140}", "16 to 140", ("12: workloads.agent.steps_per_session: a number is "
         "expected, not the text '16 to 140'")),
        ("{p50: 16, p90: 140}", "1e2", ("12: workloads.agent.steps_per_session: 1e2 is text to YAML, "
         "not a number")),
        (CACHE, "    retry_rate: 3\n", "17: workloads.agent.retry_rate: 3 is above 1"),
        # waits, caches, caps, fees
        (GAPS, "share_of_steps: 10, p50_minutes: 1, p90_minutes: 2",
         "16: workloads.agent.user_gaps.share_of_steps: 10 is above 1"),
        (GAPS, "p50_minutes: 1.4", ("16: workloads.agent.user_gaps.p50_minutes: p90_minutes is "
         "missing beside p50_minutes; a wait has a median and a P90")),
        (GAPS, "p90_minutes: 1.4", ("16: workloads.agent.user_gaps.p90_minutes: p50_minutes is "
         "missing beside p90_minutes; a wait has a median and a P90")),
        (GAPS, "share_of_steps: 0.1", ("16: workloads.agent.user_gaps: p50_minutes and p90_minutes "
         "are missing; they say how long a person waits")),
        (GAPS, "p50_minutes: 14, p90_minutes: 2", ("16: workloads.agent.user_gaps: p50 14 is above "
         "p90 2; the median is the smaller one")),
        (GAPS, GAPS + ", minutes: 3", ("16: workloads.agent.user_gaps.minutes: minutes stands beside "
         "p50_minutes and p90_minutes; keep one of the two forms")),
        (CACHE, "    cache: automatic\n", ("17: workloads.agent.cache: a mapping is expected, not "
         "'automatic'; write {mode: automatic}")),
        (CACHE, "    cache: atomatic\n", ("17: workloads.agent.cache: a mapping is expected, not "
         "'atomatic'; write {mode: automatic}")),
        (CACHE, "    cache: long\n", ("17: workloads.agent.cache: a mapping is expected, not "
         "'long'; write {mode: model|explicit|automatic|none}")),
        ("mode: automatic", "mode: auto", ("17: workloads.agent.cache.mode: 'auto' is not known "
         "here; write 'model', 'explicit', 'automatic' or 'none'")),
        ("mode: automatic", "mode: automatic, ttl_minutes: 5", ("17: workloads.agent.cache.ttl_"
         "minutes: an automatic cache lives as long as the provider says; take ttl_minutes out")),
        ("mode: automatic", "mode: none, warm_start_ratio: 0.5", ("17: workloads.agent.cache.warm_"
         "start_ratio: cache mode none has no warm_start_ratio; take it out, or write another mode")),
        ("mode: automatic", "mode: none, ttl_minutes: 5", ("17: workloads.agent.cache.ttl_minutes: "
         "cache mode none has no ttl_minutes")),
        (CAPS, "steps_per_session: 0}",
         "18: workloads.agent.caps.steps_per_session: 0 is below 1, the least that it can be"),
        (CAPS, "compact_at_tokens: 100000}", ("18: workloads.agent.caps.compact_at_tokens: "
         "compact_at_tokens and summary_tokens belong together: when, and how long it is")),
        (CAPS, "summary_tokens: 100000}", ("18: workloads.agent.caps.summary_tokens: "
         "compact_at_tokens and summary_tokens belong together: when, and how long it is")),
        (CAPS, "compact_at_tokens: 20000, summary_tokens: 3000}", ("18: workloads.agent.caps.compact_"
         "at_tokens: compact_at_tokens 20,000 is not above system_tokens and summary_tokens, which "
         "are 23,000: compaction would never end")),
        (CACHE, "    batch: 1\n", "17: workloads.agent.batch: true or false is expected, not 1"),
        (CACHE, "    units_per_step: {web_serch: 1}\n", ("17: workloads.agent.units_per_step.web_"
         "serch: 'web_serch' is no meter that is billed by the call; did you mean 'web_search'?")),
        (CACHE, "    units_per_step: {input: 1}\n", ("17: workloads.agent.units_per_step.input: "
         "'input' is no meter that is billed by the call; known: web_search, x_search,")),
        (("    documents: 100\n    input_tokens_per_document: 5000\n    output_tokens_per_document: "
         "200\n"), "    runs: 1\n    files: []\n    output_tokens_per_prompt: 9\n",
         "22: workloads.papers.files: there is nothing below it; write at least one"),
        # the budget
        ("p50_usd: 5500", "p51_usd: 5500", ("25: budget.warn.p51_usd: 'p51_usd' is no limit; write "
         "one of mean_usd, p50_usd, p80_usd, p90_usd, p95_usd, increase_percent, or")),
        ("p50_usd: 5500", "p50_usd: lots",
         "25: budget.warn.p50_usd: a number is expected, not the text 'lots'"),
        ("agent.p90_usd", "agnt.p90_usd", ("26: budget.fail.agnt.p90_usd: there is no workload "
         "'agnt'; did you mean 'agent'?")),
        ("agent.p90_usd", "zzz.p90_usd", ("26: budget.fail.zzz.p90_usd: there is no workload 'zzz'; "
         "known: agent, papers")),
        ("agent.p90_usd", "agent.p99_usd", ("26: budget.fail.agent.p99_usd: 'agent.p99_usd' is no "
         "limit; write one of mean_usd")),
        ("2026-09-01", "9999-12-01", "3: period.start: 9999-12-01 and 3 months are beyond 9999"),
        ("months: 3}", "months: 3, working_days_per_month: 40}",
         "3: period.working_days_per_month: 40 is above 31, the most that it can be"),
        (PEOPLE, PEOPLE + "    kind: [agent]\n",
         "11: workloads.agent.kind: ['agent'] is no kind of workload; "),
        (PEOPLE, PEOPLE + "    shared_sigma: 40\n",
         "11: workloads.agent.shared_sigma: 40 is above 2, the most that it can be"),
        (PEOPLE, PEOPLE + "    seasons: {2026-12: 0.5}\n",
         ("11: workloads.agent.seasons.2026-12: no month of the project begins in 2026-12; it begins "
          "on 2026-09-01, and its last month on 2026-11-01")),
        (STEPS, "    steps_per_session: 0\n", ("12: workloads.agent.steps_per_session: a session "
         "has at least one step, not 0; for no sessions, make their number 0")),
        ("fail: {agent.p90_usd: 7500}", "fail: {p50_usd: 5000}", ("25: budget.warn.p50_usd: warn 5500 "
         "is above fail 5000, so that it would never warn; make it the smaller one")),
        ("budget:\n  warn: {p50_usd: 5500}\n  fail: {agent.p90_usd: 7500}\n", "budget: 7500\n",
         "24: budget: a mapping is expected, not 7500; write {fail: {p90_usd: 7500}}"),
        ("agent.p90_usd: 7500", "agent: {p80_usd: 7500}", ("26: budget.fail.agent: a limit is one "
         "number; write that of a workload as agent.p80_usd: 500")),
        ("agent.p90_usd: 7500", "agent: {p90: 7500}", ("26: budget.fail.agent: a limit is one "
         "number; write that of a workload as agent.p90_usd: 500")),
        ("{" + GAPS + "}", "5 minutes", ("16: workloads.agent.user_gaps: a mapping is expected, not "
         "5 minutes; write {minutes: 5}, or both quantiles")),
        (CACHE, "    candidates: {a: 1}\n", "17: workloads.agent.candidates: a list is expected"),
        ("    model: openai/gpt-5\n    people", "    model: [a, b]\n    people", ("9: workloads.agent."
         "model: a text is expected, not ['a', 'b']; write one of them")),
        ("system_tokens: 20000", "system_tokens: 20,000", ("13: workloads.agent.system_tokens: a "
         "number is expected, not the text '20,000'; write 20000, without separators")),
        ("system_tokens: 20000", "system_tokens: 20k", ("13: workloads.agent.system_tokens: a number "
         "is expected, not the text '20k'; write it out: 20000")),
        ("system_tokens: 20000", "system_tokens:", ("13: workloads.agent.system_tokens: a number is "
         "expected, not nothing; write a number")),
        ("months: 3}", 'months: "3"}', ("3: period.months: '3' is no whole number; write 3, without "
         "quotes")),
        ("  warn:", "  worn:", "25: budget.worn: unknown key 'worn'; did you mean 'warn'?"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_key(old: str, new: str, told: str) -> None:
    assert old in PLAN
    with pytest.raises(PlanError) as raised:
        Plan.from_yaml(PLAN.replace(old, new, 1))
    (found,) = raised.value.problems
    assert found.startswith(f"<text>:{told}")


def test_the_plan_without_a_mistake_is_read() -> None:
    plan = Plan.from_yaml(PLAN)
    assert list(plan.workloads) == ["agent", "papers"]
    assert plan.source_path is None


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = PLAN.replace("people: 5", "people: five").replace("2026-09-01", "soon")
    with pytest.raises(PlanError) as raised:
        Plan.from_yaml(text.replace("documents: 100", "documents: -1"))
    lines = [each.split(":")[1] for each in raised.value.problems]
    assert lines == ["3", "10", "21"]
    assert (raised.value.line, raised.value.key) == (3, "period.start")
    assert str(raised.value) == "\n".join(raised.value.problems)


def test_an_unknown_key_hides_no_other_mistake() -> None:
    text = PLAN.replace("project: atlas", "projekt: 3").replace(
        "{start: 2026-09-01, months: 3}", "{start: soon, monts: 0, months: 3}"
    )
    text = text.replace(PEOPLE, "    poeple: five\n    zzz: 3\n").replace("p90: 140", "p99: 140")
    with pytest.raises(PlanError) as raised:
        Plan.from_yaml(text.replace("cache: {mode: automatic}", "cache: {mod: auto}"))
    assert [each.removeprefix("<text>:") for each in raised.value.problems] == [
        "2: projekt: unknown key 'projekt'; did you mean 'project'?",
        "2: projekt: a text is expected, not 3; put it in quotes",
        "3: period.monts: unknown key 'monts'; did you mean 'months'?",
        "3: period.start: 'soon' is no date; write 2026-09-01",
        "10: workloads.agent.poeple: unknown key 'poeple'; did you mean 'people'?",
        ("10: workloads.agent.poeple: a number is expected, not the text 'five'; write a plain "
         "number, such as 0.03"),
        f"11: workloads.agent.zzz: unknown key 'zzz'; known: {KNOWN}",
        ("13: workloads.agent.steps_per_session: a number with p50, p99 is not known; write a "
         "number, {low, likely, high} or {p50, p90}"),
        "18: workloads.agent.cache.mod: unknown key 'mod'; did you mean 'mode'?",
        ("18: workloads.agent.cache.mod: 'auto' is not known here; write 'model', 'explicit', "
         "'automatic' or 'none'"),
    ]  # fmt: skip


def test_every_contradiction_is_told() -> None:
    text = PLAN.replace("months: 3}", "months: 4}").replace("agent.p90_usd", "agnt.p90_usd")
    with pytest.raises(PlanError) as raised:
        Plan.from_yaml(text.replace("p50_usd: 5500", "p50_usd: 5500, zzz.p50_usd: 1"))
    assert [each.partition(": ")[2].partition(":")[0] for each in raised.value.problems] == [
        "phases", "budget.warn.zzz.p50_usd", "budget.fail.agnt.p90_usd",
    ]  # fmt: skip


def test_a_key_that_is_meant_twice_is_taken_out() -> None:
    with pytest.raises(PlanError) as raised:
        Plan.from_yaml(PLAN.replace(PEOPLE, PEOPLE + "    poeple: five\n"))
    (found,) = raised.value.problems
    assert found.startswith("<text>:11: workloads.agent.poeple: unknown key 'poeple'; did you")


def test_the_keys_of_another_kind_are_all_told() -> None:
    with pytest.raises(PlanError) as raised:
        Plan.from_yaml(PLAN.replace(CACHE, "    kind: chat\n"))
    assert [each.split(":")[1] for each in raised.value.problems] == ["8", "12", "14", "15"]
    assert list(raised.value.problems)[1] == (
        "<text>:12: workloads.agent.steps_per_session: unknown key 'steps_per_session'; did you "
        "mean 'turns_per_session'?"
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("\n", "<text>: a plan is one document with version, project, period and "
                     "workloads, not nothing", id="nothing"),
        pytest.param("a: 1\n---\nb: 2\n", "<text>:3: a plan is one document with version, project, "
                     "period and workloads, not 2 documents", id="two documents"),
        pytest.param("- 1\n- 2\n", "<text>:1: a plan is a mapping with version, project, period and "
                     "workloads, not [1, 2]", id="a list"),
    ],
)  # fmt: skip
def test_what_is_no_plan_at_all_is_told(text: str, told: str) -> None:
    with pytest.raises(PlanError) as raised:
        Plan.from_yaml(text)
    assert str(raised.value) == told


def test_a_plan_that_cannot_be_read_is_told_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"^nowhere.yaml: cannot read the plan: No such file or "
                       "directory; write one with 'costcalc plan init'"):  # fmt: skip
        Plan.from_yaml("nowhere.yaml")
    path = tmp_path / "plan.yaml"
    path.write_bytes(b"project: \xff\n")
    with pytest.raises(PlanError, match=r"plan.yaml: this is no UTF-8 text: invalid start byte"):
        Plan.from_yaml(path)
    path.write_text(PLAN.replace("people: 5", "people: five"), encoding="utf-8")
    with pytest.raises(PlanError) as raised:
        Plan.from_yaml(path)
    assert str(raised.value).startswith(f"{path}:10: workloads.agent.people: ")


def test_a_plan_is_a_path_or_a_text() -> None:
    with pytest.raises(UsageError, match="a plan is a path or a text of YAML, not int"):
        Plan.from_yaml(3)


@pytest.mark.parametrize(
    ("beside", "told"),
    [
        pytest.param("service_tier: turbo", "<text>:19: workloads.papers: 'gpt-5' (openai) has no "
                     "price for service_tier=turbo; known conditions:", id="a tier that is not sold"),
        pytest.param("cache: {mode: explicit}", "<text>:24: workloads.papers.cache: gpt-5 (openai) "
                     "has no cache 'explicit'; it has: automatic", id="a cache it does not have"),
    ],
)  # fmt: skip
def test_terms_that_a_model_does_not_have_are_told_when_it_is_forecast(
    beside: str, told: str
) -> None:
    text = PLAN.replace(
        "output_tokens_per_document: 200", f"output_tokens_per_document: 200\n    {beside}"
    )
    with pytest.raises(PlanError) as raised:
        Plan.from_yaml(text).forecast(samples=100)
    assert str(raised.value).startswith(told)


def test_more_steps_than_are_simulated_are_told_with_their_line() -> None:
    plan = Plan.from_yaml(PLAN.replace("p90: 140", "p90: 140_000"))
    with pytest.raises(PlanError) as raised:
        plan.forecast(samples=100)
    assert str(raised.value) == (
        "<text>:12: workloads.agent.steps_per_session: 140,000 steps are above 20,000, the most "
        "that are simulated; write fewer"
    )


def test_a_model_that_several_sell_is_told_with_its_line() -> None:
    shops = [f"provider: {name}\nresells: true\nmodels: {{gpt-5: {{input: 1, output: 2}}}}\n"
             for name in ("ann", "bob")]  # fmt: skip
    prices = Registry.from_yaml(shops[0]).overlay(Registry.from_yaml(shops[1]))
    plan = Plan.from_yaml(PLAN.replace("openai/gpt-5", "gpt-5"))
    with pytest.raises(PlanError) as raised:
        plan.forecast(samples=100, registry=prices)
    assert str(raised.value).startswith(
        "<text>:8: workloads.agent: model 'gpt-5' is sold by ann, bob"
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"agent.people": -1}, "workloads.agent.people: a number of a plan is finite",
                     id="a number that is none"),
        pytest.param({"workloads.agent.cache.mode": "auto"}, "workloads.agent.cache.mode: 'auto' is "
                     "not known here", id="a word"),
        pytest.param({"agent.model": None}, "workloads.agent: the workload names no model",
                     id="a key that is needed"),
    ],
)  # fmt: skip
def test_a_change_that_leaves_no_plan_is_told(changes: dict[str, object], told: str) -> None:
    with pytest.raises(PlanError) as raised:
        Plan.from_yaml(PLAN).replace(changes)
    assert raised.value.problems[0].startswith(told)


def test_a_change_of_a_key_that_is_none_is_told() -> None:
    plan = Plan.from_yaml(PLAN)
    with pytest.raises(
        UsageError, match="'agnt.people' is no key of the plan; did you mean 'agent'"
    ):
        plan.replace({"agnt.people": 3})
    with pytest.raises(UsageError, match="'zzz' is no key of the plan; known: version, project"):
        plan.replace(zzz=3)
    with pytest.raises(UsageError, match="the plan has no number 'agent.peopel'; did you mean"):
        plan.number("agent.peopel")
    with pytest.raises(UsageError, match="the plan has no number '###'$"):
        plan.number("###")
