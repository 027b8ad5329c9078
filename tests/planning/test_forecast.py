"""Forecasts: figures by hand, the same figures for the same seed, and the value itself."""

from __future__ import annotations

import json
import pickle
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import costcalc
from costcalc import Registry
from costcalc.errors import PlanError, UsageError
from costcalc.planning.forecast import Forecast
from costcalc.planning.plan import Plan

D = Decimal
LAB = Registry.from_yaml(
    """
provider: lab
source: https://lab.example/prices
checked: 2026-01-01
cache: {explicit: {ttl: {cache_write: 5m}, refresh_on_read: true}}
fees: {web_search: 10}
rules: [{if: {batch: true}, times: 0.5}]
models:
  m: {context_window: 100_000, input: 1, cache_read: 0.1, cache_write: 1.25, output: 4}
  plain: {input: 1, output: 4}
  counted: {input: 1, output: 4, minimum: {input: 1000}}
"""
)
EURO = Registry.from_yaml("provider: eu\ncurrency: EUR\nmodels: {m: {input: 1, output: 2}}\n")
HEAD = "version: 1\nproject: atlas\nperiod: {start: 2026-01-01, months: 2}\n"
DOCUMENTS = (
    "documents_per_month: 1000, input_tokens_per_document: 900, output_tokens_per_document: 25"
)


def plan_of(
    workload: str, *, model: str = "lab/m", top: str = "defaults: {shared_sigma: 0}"
) -> Plan:
    """Return a plan of two months with one workload, `part`."""
    return Plan.from_yaml(f"{HEAD}{top}\nworkloads:\n  part: {{model: {model}, {workload}}}\n")


def forecast_of(workload: str, samples: int = 200, **options: Any) -> Forecast:
    """Return the forecast of one workload at the prices of lab."""
    return plan_of(workload, **options).forecast(samples, registry=LAB)


@pytest.mark.parametrize(
    ("workload", "mean"),
    [
        # 2,000 documents of 900 in at $1 and 25 out at $4, per million
        pytest.param(DOCUMENTS + ", cache: {mode: none}", "2.000000", id="documents"),
        pytest.param(DOCUMENTS + ", cache: {mode: none}, batch: true", "1.000000", id="in a batch"),
        pytest.param(DOCUMENTS + ", system_tokens: 100, cache: {mode: none}", "2.200000",
                     id="with instructions"),
        # the instructions are read at a tenth, and what nobody reads again is not written
        pytest.param(DOCUMENTS + ", system_tokens: 100, cache: {warm_start_ratio: 1}", "2.020000",
                     id="whose instructions are always cached"),
        pytest.param(DOCUMENTS + ", reasoning_ratio: 0.4, cache: {mode: none}", "2.000000",
                     id="with reasoning, which is billed as output"),
        pytest.param(DOCUMENTS + ", units_per_step: {web_search: 2}, cache: {mode: none}",
                     "42.000000", id="with two searches each at $10 a thousand"),
        pytest.param(DOCUMENTS + ", retry_rate: 1, cache: {mode: none}", "4.000000",
                     id="all of which fail once"),
        pytest.param("texts: 2000, tokens_per_text: 500", "1.000000", id="embeddings"),
        # 10 sessions of 3 steps: prompts of 1,100, 1,250, 1,400 tokens; 3 x 50 out
        pytest.param("sessions: 10, steps_per_session: 3, system_tokens: 1000, input_tokens_per_step:"
                     " 100, output_tokens_per_step: 50, cache: {mode: none}", "0.043500",
                     id="sessions without a cache"),
        # read 1,100 and 1,250; written 1,100, 150, 150
        pytest.param("sessions: 10, steps_per_session: 3, system_tokens: 1000, input_tokens_per_step:"
                     " 100, output_tokens_per_step: 50", "0.025850", id="sessions with a cache"),
        # every wait is longer than the cache lives: all is written anew
        pytest.param("sessions: 10, steps_per_session: 3, system_tokens: 1000, input_tokens_per_step:"
                     " 100, output_tokens_per_step: 50, user_gaps: {p50_minutes: 30, p90_minutes: 30}",
                     "0.052875", id="sessions whose cache is always gone"),
        pytest.param("sessions: 10, steps_per_session: 3, system_tokens: 1000, input_tokens_per_step:"
                     " 100, output_tokens_per_step: 50, user_gaps: {minutes: 1}", "0.025850",
                     id="sessions whose waits are short"),
        pytest.param("sessions: 10, steps_per_session: 3, system_tokens: 1000, input_tokens_per_step:"
                     " 100, output_tokens_per_step: 50, cache: {miss_ratio: 1}", "0.052875",
                     id="sessions whose cache is always missed"),
        # passages of 500 tokens stand in one prompt only, and are not written
        pytest.param("kind: rag, sessions: 10, turns_per_session: 2, user_tokens_per_turn: 100, "
                     "output_tokens_per_turn: 50, transient_tokens_per_turn: 500, cache: {mode: none}",
                     "0.017500", id="a chat over passages"),
    ],
)  # fmt: skip
def test_a_plan_without_chance_costs_what_arithmetic_says(
    workload: str, mean: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("costcalc.planning.pools._FEWEST", 64)
    monkeypatch.setattr("costcalc.planning.pools._MOST", 64)  # all of them are alike
    found = forecast_of(workload)
    assert str(found.mean) == mean
    assert found.p10 == found.p50 == found.p95 == found.mean == found.total
    assert set(found.percentiles) == {found.mean}
    part = found.workloads["part"]
    assert sum(part.amounts.values()) == found.mean
    formula = part.closed_form_mean
    assert formula is None or abs(formula - found.mean) <= D("0.000001") * found.mean


def test_what_is_not_sold_by_the_token_is_priced_by_the_call() -> None:
    found = forecast_of(DOCUMENTS, model="lab/counted")
    assert found.mean == D("2.200000")  # at least 1,000 tokens are billed of 900
    assert found.workloads["part"].closed_form_mean is None
    assert found.workloads["part"].amounts == {"fees": D("2.2")}


@pytest.fixture(scope="module")
def varied() -> Forecast:
    """Return a forecast in which everything varies."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("costcalc.planning.pools._MOST", 4096)
        return varied_plan().forecast(2000, registry=LAB)


def varied_plan() -> Plan:
    """Return its plan."""
    return Plan.from_yaml(
        HEAD
        + """
simulation: {seed: 7}
defaults: {retry_rate: {low: 0, likely: 0.02, high: 0.1}}
phases: [{name: pilot, months: 1, scale: 0.5}, {name: run, months: 1}]
workloads:
  agent:
    model: lab/m
    people: 4
    sessions_per_person_day: {low: 1, likely: 2, high: 5}
    steps_per_session: {p50: 6, p90: 20}
    system_tokens: {p50: 3000, p90: 5000}
    input_tokens_per_step: {p50: 400, p90: 900}
    output_tokens_per_step: {p50: 90, p90: 300}
    user_gaps: {share_of_steps: 0.2, p50_minutes: 1, p90_minutes: 20}
    caps: {steps_per_session: 30}
  papers:
    model: lab/plain
    documents: 3000
    input_tokens_per_document: {p50: 900, p90: 3000}
    output_tokens_per_document: 100
budget: {warn: {p50_usd: 0.01}, fail: {agent.p90_usd: 100, p95_usd: 200}}
"""
    )


def test_the_figures_of_a_seed_are_pinned(varied: Forecast) -> None:
    # golden: another Python or another machine must give the same
    assert {
        "mean": str(varied.mean),
        "p50": str(varied.p50),
        "p90": str(varied.p90),
        "agent": str(varied.workloads["agent"].mean),
        "papers p95": str(varied.workloads["papers"].p95),
    } == GOLDEN


GOLDEN = {
    "mean": "11.628864",
    "p50": "11.449428",
    "p90": "15.217106",
    "agent": "7.462620",
    "papers p95": "6.511623",
}


def test_the_mean_is_near_to_that_of_the_formula(varied: Forecast) -> None:
    for part in varied.workloads.values():
        assert part.closed_form_mean is not None
        assert part.mean == pytest.approx(part.closed_form_mean, rel=D("0.02"))
    assert varied.closed_form_mean == sum(
        part.closed_form_mean or D(0) for part in varied.workloads.values()
    )


def test_months_and_workloads_sum_to_the_whole(varied: Forecast) -> None:
    near = D("0.00001")
    assert abs(sum(month.mean for month in varied.months) - varied.mean) < near
    assert abs(sum(part.mean for part in varied.workloads.values()) - varied.mean) < near
    assert varied.months[-1].cumulative.p90 == varied.p90
    assert [month.month for month in varied.months] == ["2026-01-01", "2026-02-01"]
    assert [(month.phase, month.scale) for month in varied.months] == [
        ("pilot", D("0.5")), ("run", D(1)),
    ]  # fmt: skip
    first, second = varied.months
    assert first.mean == pytest.approx(second.mean / 2, rel=D("0.02"))
    # quantiles do not sum
    assert sum(part.p90 for part in varied.workloads.values()) > varied.p90


def test_what_a_workload_uses(varied: Forecast) -> None:
    agent, papers = varied.workloads["agent"], varied.workloads["papers"]
    # 4 people, (1 + 8 + 5) / 6 sessions a day, 21 days, 1.5 months
    assert agent.units == pytest.approx(D("294"), rel=D("0.01"))
    assert papers.units == pytest.approx(D("2250"), rel=D("0.001"))
    assert set(agent.tokens) == {"cache_read", "cache_write", "output"}
    assert set(papers.tokens) == {"input", "output"}
    assert agent.hit_ratio is not None
    assert 0.5 < agent.hit_ratio < 0.95
    assert papers.hit_ratio == 0.0
    assert agent.calls > agent.units * 6
    assert agent.unit_cost * agent.units == pytest.approx(agent.mean, rel=D("0.01"))
    assert agent.unit_p50 < agent.unit_cost < agent.unit_p90
    assert agent.people == varied.people == 4
    assert agent.per_person == pytest.approx(agent.mean / 8, rel=D("0.0001"))
    assert varied.per_person == pytest.approx(varied.mean / 8, rel=D("0.0001"))
    assert papers.people is papers.per_person is None
    (cap,) = agent.caps
    assert (cap.key, cap.limit) == ("steps_per_session", 30)
    assert 0.02 < cap.reached_ratio < 0.06  # P(steps > 30) of P50 6, P90 20: z = 1.71
    assert cap.saved > 0


def test_percentiles_and_reserves(varied: Forecast) -> None:
    assert len(varied.percentiles) == 101
    assert list(varied.percentiles) == sorted(varied.percentiles)
    assert varied.quantile("0.5") == varied.p50 == varied.quantile("50%")
    assert varied.quantile(0) == varied.percentiles[0]
    assert varied.quantile(1) == varied.percentiles[100]
    low, high = varied.percentiles[90:92]
    assert varied.quantile("0.905") == pytest.approx((low + high) / 2, abs=D("0.000001"))
    assert varied.reserve("0.9") == varied.p90 - varied.mean > 0
    with pytest.raises(UsageError, match="a quantile is a share from 0 to 1, not 2"):
        varied.quantile(2)


def test_a_forecast_is_a_value(varied: Forecast) -> None:
    text = varied.model_dump_json()
    assert Forecast.model_validate_json(text) == varied
    assert pickle.loads(pickle.dumps(varied)) == varied  # noqa: S301 - our own bytes
    dumped = json.loads(text)
    assert dumped["mean"] == str(varied.mean)
    assert {"mean", "p50", "p80", "p90", "p95", "workloads"} <= set(dumped)
    assert dumped["workloads"]["agent"]["p90"] == str(varied.workloads["agent"].p90)
    with pytest.raises(TypeError, match="cannot change"):
        varied.workloads["agent"] = varied.workloads["papers"]  # pyright: ignore[reportIndexIssue] - which is the point
    assert str(varied) == (
        f"atlas: {varied.mean:,.2f} USD expected; half of all runs cost no more than "
        f"{varied.p50:,.2f}, nine in ten no more than {varied.p90:,.2f}"
    )


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(monkeypatch: Any) -> None:
    monkeypatch.setattr("costcalc.planning.pools._MOST", 512)
    plan = plan_of("sessions: {low: 5, likely: 9, high: 30}, turns_per_session: {p50: 3, p90: 9}, "
                   "user_tokens_per_turn: {p50: 30, p90: 90}, output_tokens_per_turn: 200")  # fmt: skip
    one = plan.forecast(150, 3, registry=LAB).model_dump_json()
    assert plan.forecast(150, 3, registry=LAB).model_dump_json() == one
    assert plan.replace({"simulation": {"samples": 150, "seed": 3}}).forecast(
        registry=LAB
    ).model_dump_json() == one  # fmt: skip
    assert plan.forecast(150, 4, registry=LAB).model_dump_json() != one


def test_a_workload_more_leaves_the_others_as_they_were() -> None:
    alone = plan_of(f"{DOCUMENTS}, shared_sigma: 0.3")
    text = f"{HEAD}workloads:\n  part: {{model: lab/m, {DOCUMENTS}, shared_sigma: 0.3}}\n"
    both = Plan.from_yaml(f"{text}  more: {{model: lab/m, {DOCUMENTS}}}\n")
    one = alone.forecast(200, registry=LAB).workloads["part"]
    assert both.forecast(200, registry=LAB).workloads["part"] == one


@pytest.mark.untraced
def test_which_caches_are_warm_differs_by_seed_and_by_workload() -> None:
    one = """{model: lab/paid, documents: 100, system_tokens: 5000, input_tokens_per_document: 100,
      output_tokens_per_document: 10, shared_sigma: 0, retry_rate: 0,
      cache: {mode: automatic, warm_start_ratio: 0.5}}"""
    lab = Registry.from_yaml("""
provider: lab
models: {paid: {cache: {automatic: {}}, input: 1, cache_read: 0.1, output: 4}}
""")
    plan = Plan.from_yaml(f"""
version: 1
project: warm
period: {{start: 2026-01-01, months: 1}}
workloads:
  a: {one}
  b: {one}
""")
    found = [
        part.hit_ratio
        for seed in (1, 2)
        for part in plan.forecast(100, seed, registry=lab).workloads.values()
    ]
    assert len(set(found)) == 4
    assert found == pytest.approx([0.49] * 4, abs=0.03)  # half of 5,000 in 5,100 tokens


def test_progress_is_told_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("costcalc.planning.pools._MOST", 4096)
    told: list[tuple[int, int | None]] = []
    plan = plan_of(DOCUMENTS.replace("900", "{p50: 900, p90: 990}"))
    plan.forecast(300, registry=LAB, progress=lambda done, whole: told.append((done, whole)))
    done = [each for each, _ in told]
    assert done == sorted(set(done))
    assert len(done) > 10
    assert told[-1] == (4396, 4396)  # 4,096 sessions and 300 runs
    assert {whole for _, whole in told} == {4396}


@pytest.mark.parametrize(
    ("caps", "reached", "mean"),
    [
        # steps of 1,000 in and nothing out: 1, 3, 6, … thousand tokens; $0.021 for six steps
        pytest.param("steps_per_session: 3", 1.0, "0.060000", id="steps"),
        pytest.param("cost_per_session_usd: 0.0105", 1.0, "0.105000", id="cost of a session"),
        pytest.param("cost_per_session_usd: 1", 0.0, "0.210000", id="a cost that is not reached"),
        pytest.param("cost_per_month_usd: 0.1", 1.0, "0.200000", id="cost of a month"),
        pytest.param("cost_per_month_usd: 1", 0.0, "0.210000", id="a month that is not reached"),
        pytest.param("steps_per_session: 3, cost_per_session_usd: 0.003", 1.0, "0.030000",
                     id="the cap of a session's cost below that of its steps"),
    ],
)  # fmt: skip
def test_what_a_cap_saves(caps: str, reached: float, mean: str) -> None:
    found = forecast_of(
        "sessions: 10, steps_per_session: 6, input_tokens_per_step: 1000, output_tokens_per_step: "
        f"0, cache: {{mode: none}}, caps: {{{caps}}}"
    )
    part = found.workloads["part"]
    assert str(found.mean) == mean
    assert part.caps[0].reached_ratio == reached
    whole = D("0.21")
    assert sum(cap.saved for cap in part.caps) == whole - found.mean
    if "steps" not in caps:
        assert part.closed_form_mean is None


def test_the_calls_of_a_cap_are_counted_to_where_it_is_reached() -> None:
    # the third call reaches 0.003 of 0.006, so that the fourth is not made
    found = forecast_of("sessions: 10, steps_per_session: 6, input_tokens_per_step: 1000, "
                        "output_tokens_per_step: 0, cache: {mode: none}, "
                        "caps: {cost_per_session_usd: 0.006}")  # fmt: skip
    assert found.workloads["part"].calls == 30


def test_a_conversation_is_summarised() -> None:
    # 1,000 more a step; above 3,000 it starts anew from a summary of 500
    found = forecast_of("sessions: 2, steps_per_session: 5, input_tokens_per_step: 1000, "
                        "output_tokens_per_step: 0, cache: {mode: none}, "
                        "caps: {compact_at_tokens: 3000, summary_tokens: 500}")  # fmt: skip
    # prompts of 1,000 to 4,000, a summary of 4,000 in and 500 out, then 1,500
    assert found.mean == D("0.035") == 2 * (D("0.0155") + D("0.002"))
    assert found.workloads["part"].closed_form_mean == D("0.035")


def test_a_summary_that_would_make_no_prompt_shorter_is_not_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("costcalc.planning.pools._MOST", 64)
    # one session in ten has more than 6,000 of instructions: a summary would begin too long
    keys = ("sessions: 50, steps_per_session: 9, system_tokens: {p50: 3000, p90: 6000}, "
            "input_tokens_per_step: 1000, output_tokens_per_step: 0, cache: {mode: none}")  # fmt: skip
    found = forecast_of(f"{keys}, caps: {{compact_at_tokens: 6501, summary_tokens: 500}}")
    assert 0 < found.mean < forecast_of(keys).mean


def test_prompts_are_read_from_files_beside_the_plan(tmp_path: Path) -> None:
    (tmp_path / "prompts").mkdir()
    for name, words in (("a.txt", 100), ("b.txt", 300)):
        (tmp_path / "prompts" / name).write_text("word " * words, encoding="utf-8")
    (tmp_path / "one.md").write_text("Say hello.", encoding="utf-8")
    path = tmp_path / "plan.yaml"
    keys = "files: [one.md, 'prompts/*.txt'], runs: 4, output_tokens_per_prompt: 50"
    path.write_text(
        f"{HEAD}defaults: {{shared_sigma: 0}}\nworkloads:\n"
        f"  part: {{model: openai/gpt-5, cache: {{mode: none}}, {keys}}}\n",
        encoding="utf-8",
    )
    found = Plan.from_yaml(path).forecast(100)
    part = found.workloads["part"]
    lines = [each for each in found.ledger if " one.md" in each.key or "prompts/" in each.key]
    tokens = [int(each.value.split()[0]) for each in lines]
    assert len(tokens) == 3
    assert [each.key.split()[-1] for each in lines] == ["one.md", "prompts/a.txt", "prompts/b.txt"]
    # 4 runs over three files at $1.25 in and $10 out
    expected = 4 * (sum(tokens) * D("1.25") + 150 * 10) / 1_000_000
    assert part.mean == expected
    assert part.closed_form_mean == pytest.approx(expected, rel=D("0.0001"))
    assert (part.unit, part.units, part.calls) == ("run", 4, 12)


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ("[nothing.txt]", "workloads.part.files.0: cannot read {folder}/nothing.txt: No such file"),
        ("['*.doc']", "workloads.part.files.0: no file matches '*.doc' in {folder}"),
        ("[plan.yaml, bytes.txt]", ("workloads.part.files.1: cannot read {folder}/bytes.txt: it is "
         "no UTF-8 text")),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_told_with_its_line(
    tmp_path: Path, files: str, told: str
) -> None:
    (tmp_path / "bytes.txt").write_bytes(b"\xff")
    path = tmp_path / "plan.yaml"
    path.write_text(
        f"{HEAD}workloads:\n  part:\n    model: openai/gpt-5\n    runs: 1\n    files: {files}\n"
        "    output_tokens_per_prompt: 5\n",
        encoding="utf-8",
    )
    with pytest.raises(costcalc.CostcalcError) as raised:
        Plan.from_yaml(path).forecast(100)
    assert str(raised.value).startswith(f"{path}:8: {told.format(folder=tmp_path)}")


def test_a_text_finds_its_files_where_it_runs(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("hello", encoding="utf-8")
    keys = "files: [a.txt], runs: 1, output_tokens_per_prompt: 1"
    assert forecast_of(keys, model="openai/gpt-5", top="") is not None


def test_another_currency_is_no_dollar() -> None:
    plan = plan_of(DOCUMENTS, model="eu/m")
    with pytest.raises(PlanError) as raised:
        plan.replace(currency="CHF").forecast(100, registry=EURO)
    assert str(raised.value) == (
        "currency: the plan is in CHF, and a model is priced in EUR; write currency: EUR and the "
        "budget in it, or name a model that is priced in CHF"
    )
    with pytest.raises(PlanError, match=r"^<text>:1: currency: the plan is in USD, and"):
        plan.forecast(100, registry=EURO)  # which states none
    euro = plan.replace(currency="EUR").forecast(100, registry=EURO)
    assert euro.currency == "EUR"
    assert euro.mean == D("1.9")


@pytest.mark.parametrize(
    ("samples", "seed", "words"),
    [
        (99, 0, "samples is a whole number from 100 on"),
        (100, -1, "seed is a whole number from 0 on"),
    ],
)
def test_samples_and_seeds_that_are_none(samples: int, seed: int, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        plan_of(DOCUMENTS).forecast(samples, seed, registry=LAB)


def test_a_registry_is_one() -> None:
    with pytest.raises(UsageError, match="registry is a costcalc.Registry"):
        plan_of(DOCUMENTS).forecast(100, registry={})


def test_nothing_of_a_phase_costs_nothing() -> None:
    found = forecast_of(DOCUMENTS, top="phases: [{name: wait, months: 2, scale: 0}]")
    part = found.workloads["part"]
    assert (found.mean, part.units, part.unit_cost, part.closed_form_mean) == (0, 0, 0, 0)


def test_means_of_parts_sum_to_the_mean_of_the_whole_exactly(varied: Forecast) -> None:
    parts = varied.workloads.values()
    assert sum(part.mean for part in parts) == varied.mean == sum(m.mean for m in varied.months)
    for number, month in enumerate(varied.months):
        assert sum(part.months[number].mean for part in parts) == month.mean
        assert sum(each.mean for each in varied.months[: number + 1]) == month.cumulative.mean
    for part in parts:
        assert sum(month.mean for month in part.months) == part.mean
        assert part.months[-1].cumulative.mean == part.mean


@pytest.mark.parametrize(
    ("p90", "cap", "told"),
    [
        pytest.param(400, "", "one session in 442 would have more than 20,000 steps and is cut "
                     "there, which leaves 25.10% of all steps out; set caps.steps_per_session to "
                     "at most 20,000, or a smaller p90 of steps_per_session", id="a heavy tail"),
        pytest.param(400, "caps: {steps_per_session: 20_001}", "one session in 442",
                     id="a cap above what is simulated"),
        pytest.param(400, "caps: {steps_per_session: 2}", None, id="a cap"),
        pytest.param(30, "", None, id="a light tail"),
        pytest.param(16, "", None, id="no tail"),
    ],
)  # fmt: skip
def test_steps_that_are_cut_are_said(
    p90: int, cap: str, told: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("costcalc.planning.pools._FEWEST", 8)
    monkeypatch.setattr("costcalc.planning.pools._CALLS", 8)
    keys = (
        f"sessions: 1, steps_per_session: {{p50: 16, p90: {p90}}}, input_tokens_per_step: 1, "
        "output_tokens_per_step: 1"
    )
    found = plan_of(f"{keys}, {cap}" if cap else keys).forecast(100, registry=LAB)
    said = [each for each in found.warnings if each.code == "cut_steps"]
    assert [each.workload for each in said] == ([] if told is None else ["part"])
    assert told is None or said[0].text.startswith(f"part: {told}")
