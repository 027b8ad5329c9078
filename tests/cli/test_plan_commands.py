"""`costcalc plan`: every command of it, in all its forms."""

from __future__ import annotations

import json
import os
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import costcalc.cli.plan_init as init_module
import costcalc.planning.pools as pools_module
from costcalc import PlanError
from costcalc.cli.plan_options import read_plan

if TYPE_CHECKING:
    from cli_support import Cli

# small takes 0.20, 0.02 for what is cached, and 1.50; big 3, 0.3 and 15
PLAN = """\
version: 1
project: demo
period: {start: 2025-10-01, months: 2}
simulation: {samples: 200, seed: 1}
workloads:
  docs:           # read at night
    model: small
    documents_per_month: {low: 1_000, likely: 2_000, high: 6_000}
    input_tokens_per_document: 10_000  # a guess
    output_tokens_per_document: 1_000
    cache: {mode: none}
  chat:
    model: small
    people: 1
    sessions_per_person_month: 100
    turns_per_session: {p50: 4, p90: 9}
    system_tokens: 2_000
    user_tokens_per_turn: 100
    output_tokens_per_turn: 50
    caps: {steps_per_session: 12}
budget:
  warn: {p50_usd: 50}
  fail: {p90_usd: 80, increase_percent: 10}
"""


@pytest.fixture(autouse=True)
def small_pools(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pools_module, "_CALLS", 2_000)
    monkeypatch.setattr(pools_module, "_FEWEST", 64)
    monkeypatch.setattr(pools_module, "_MOST", 64)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def plan(tmp_path: Path) -> str:
    return written(tmp_path / "plan.yaml", PLAN)


def written(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_group_lists_its_commands(cli: Cli) -> None:
    said = cli.ok("plan")
    for name in ("init", "check", "forecast", "report", "drivers", "what-if", "compare", "diff",
                 "calibrate", "schema"):  # fmt: skip
        assert f" {name} " in said
    assert "unknown command 'forcast'; nearest: forecast" in cli.fails(4, "plan", "forcast")


def test_a_forecast_is_a_table_of_workloads_and_months(cli: Cli, plan: str) -> None:
    said = cli.ok("plan", "forecast", plan)
    first, *rest = said.splitlines()
    assert re.fullmatch(
        r"demo, 2025-10-01 to 2025-12-01: \$\d\d\.\d\d expected, nine runs in ten at most "
        r"\$\d\d\.\d\d",
        first,
    )
    assert rest[1].split() == [
        "workload",
        "units",
        "each",
        "hits",
        "expected",
        "P50",
        "P80",
        "P90",
        "P95",
    ]
    for part in (
        "per person  ", "a month, 1 person", "models      docs: acme/small",
        "caps        chat: steps_per_session 12 is reached by", "of 200 runs (seed 1)",
        "are assumed; --ledger lists all", "2025-10  –", "2025-11  –",
    ):  # fmt: skip
        assert part in said, part
    assert "docs.input_tokens_per_document" not in said
    ledger = cli.ok("plan", "forecast", plan, "--ledger")
    assert re.search(r"docs\.input_tokens_per_document\s+10000\s+assumed", ledger)
    assert "https://acme.example/prices" in ledger


def test_the_forecast_of_the_same_seed_is_the_same_to_the_byte(cli: Cli, plan: str) -> None:
    once, again = (cli.ok("plan", "forecast", plan, "--json") for _ in range(2))
    assert once == again
    data = json.loads(once)
    assert data["total"] == data["mean"]
    assert set(data["workloads"]) == {"docs", "chat"}
    for name in ("mean", "p50", "p80", "p90", "p95"):
        assert Decimal(data[name]) > 0
        assert isinstance(data["workloads"]["docs"][name], str)
    other = cli.json("plan", "forecast", plan, "--seed", "2", "--samples", "300")
    assert (other["seed"], other["samples"]) == (2, 300)
    assert other["mean"] != data["mean"]


def test_a_forecast_as_markdown(cli: Cli, plan: str) -> None:
    said = cli.ok("plan", "forecast", plan, "--markdown", "--ledger")
    assert said.startswith("**demo, 2025-10-01 to 2025-12-01: $")
    assert "| workload | units |" in said
    assert "| number |" not in cli.ok("plan", "forecast", plan, "--markdown")
    assert "- reserve: $" in said
    assert "| number | value | basis | source | checked |" in said


def test_a_forecast_draws_its_fan(cli: Cli, plan: str, tmp_path: Path) -> None:
    said = cli.ok("plan", "forecast", plan, "--chart", "-")
    assert "spend up to the end of each month, USD" in said
    ended = cli("plan", "forecast", plan, "--chart", str(tmp_path / "fan.json"))
    assert ended.code == 0
    assert ended.err.endswith("fan.json\n")
    said = cli("plan", "forecast", plan, "--chart", "-", "--json").error["message"]
    assert "prints to the terminal" in said


PHASES = "phases: [{name: pilot, months: 1, scale: 0.5}, {name: build, months: 1}]\n"


def test_small_and_large_amounts_and_phases(cli: Cli, tmp_path: Path) -> None:
    text = PLAN.replace("workloads:", f"{PHASES}workloads:").replace("2025-10-01", "2025-10-15")
    large = text.replace("people: 1\n", "people: 2.5\n").replace("high: 6_000", "high: 9_000_000")
    said = cli.ok("plan", "forecast", written(tmp_path / "large.yaml", large))
    assert re.search(r"\ntotal +\$\d,\d{3} ", said)  # thousands have no cents
    assert re.search(r"2025-10-15  pilot ×0\.5 ", said)
    assert re.search(r"2025-11-15  build ", said)
    assert "2.5 people" in said
    assert re.search(r"chat .*\$0\.0\d+ ", said)
    plain = cli("plan", "forecast", str(tmp_path / "large.yaml"), env={"PYTHONIOENCODING": "ascii"})
    assert plain.code == 0


def test_a_free_workload_and_no_hits(cli: Cli, tmp_path: Path) -> None:
    text = PLAN.partition("  chat:")[0].replace(
        "input_tokens_per_document: 10_000", "input_tokens_per_document: 0"
    )
    said = cli.ok(
        "plan", "forecast", written(tmp_path / "free.yaml", text.replace("small", "free"))
    )
    assert re.search(r"docs .* – +\$0\.00 ", said)
    assert "per person" not in said
    assert "caps" not in said


def test_the_default_is_the_plan_of_the_folder(cli: Cli, plan: str) -> None:
    assert cli.ok("plan", "forecast") == cli.ok("plan", "forecast", plan)


UNPRICED = PLAN.replace("model: small\n    documents", "model: gone\n    documents")


def test_what_has_no_price_ends_with_3(cli: Cli, tmp_path: Path) -> None:
    path = written(tmp_path / "gone.yaml", UNPRICED.replace("2025-10-01", "2026-01-01"))
    ended = cli("plan", "forecast", path)
    assert ended.code == 3
    assert "unpriced    docs has no price from 2026-01-01" in ended.out
    assert cli("plan", "report", path, "--out", str(tmp_path / "x.html")).code == 3
    checked = cli("plan", "check", path)
    assert checked.code == 3
    assert re.match(
        r"unpriced: some of the project has no price; demo is expected to cost at least \$\d\.\d\d, "
        r"P90 at least \$",
        checked.out,
    )
    assert re.search(r"fail: p90_usd +≥ \$\d\.\d\d +\$80\.00 +not checked\n", checked.out)
    assert "reserve   not known, since some of the project has no price" in checked.out
    assert "unpriced  docs has no price" in checked.out
    assert "covers" not in cli("plan", "check", path, "--reserve", "95%").out
    low = written(
        tmp_path / "low.yaml", UNPRICED.replace("2025-10", "2026-01").replace("80", "0.1")
    )
    checked = cli("plan", "check", low)
    assert "no price, and 1 limit is exceeded already; demo is" in checked.out
    assert re.search(r"fail: p90_usd +≥ \$\d\.\d\d +\$0\.10 +over\n", checked.out)


@pytest.fixture
def some(tmp_path: Path) -> str:
    """A plan with a price for chat and none for docs."""
    return written(tmp_path / "some.yaml", PLAN.replace("model: small", "model: unheard", 1))


@pytest.fixture
def none(tmp_path: Path) -> str:
    """A plan without any price."""
    return written(tmp_path / "none.yaml", PLAN.replace("model: small", "model: unheard"))


AMOUNT = re.compile(r"\$0(\.0+)?(?![\d.])")


def test_the_row_of_what_has_no_price_is_no_zero(cli: Cli, some: str) -> None:
    said = cli("plan", "forecast", some).out
    assert re.match(
        r"demo, .*: at least \$\d\.\d\d expected, P90 at least \$\d\.\d\d; no price is known of docs\n",
        said,
    )
    assert re.search(r"\ndocs +– +– +– +not priced +– +– +– +–\n", said)
    assert re.search(r"\nchat +\d+ sessions +\$0\.\d+ +[\d.]+% +\$\d\.\d\d ", said)
    assert re.search(r"\ntotal( +≥ \$\d\.\d\d){5}\n", said)
    assert re.search(r"\n2025-10 +–( +≥ \$\d\.\d\d){7}\n", said)
    assert re.search(r"reserve +not known, since some of the project has no price\n", said)
    assert re.search(r"per person +at least \$\d\.\d\d a month, 1 person\n", said)
    assert not AMOUNT.search(said)


def test_a_project_without_any_price_has_no_amount(cli: Cli, none: str, tmp_path: Path) -> None:
    for command in ("forecast", "check", "drivers"):
        ended = cli("plan", command, none)
        assert ended.code == 3
        assert not AMOUNT.search(ended.out), command
    said = cli("plan", "forecast", none, "--chart", str(tmp_path / "fan.png"))
    assert (said.code, (tmp_path / "fan.png").exists()) == (3, False)
    assert said.out.splitlines()[0].endswith(": not priced; no price is known of docs, chat")
    assert re.search(r"\n2025-10 +– +not priced( +–){4} +not priced +not priced\n", said.out)
    checked = cli("plan", "check", none).out
    assert checked.startswith("unpriced: nothing of the project has a price\n")
    page = str(tmp_path / "page.html")
    data = json.loads(cli("plan", "report", none, "--out", page, "--json").out)
    assert (data["total"], len(data["unpriced"])) == (None, 2)


def test_what_is_not_known_is_null_in_json(cli: Cli, some: str, none: str) -> None:
    data = json.loads(cli("plan", "forecast", some, "--json").out)
    docs, chat = data["workloads"]["docs"], data["workloads"]["chat"]
    for name in ("mean", "p10", "p50", "p95", "units", "calls", "unit_cost", "unit_p90",
                 "percentiles", "per_person", "hit_ratio"):  # fmt: skip
        assert docs[name] is None, name
    assert (docs["coverage"], chat["coverage"], data["coverage"]) == ("none", "whole", "part")
    assert docs["months"][0]["mean"] is docs["months"][1]["cumulative"]["p90"] is None
    assert Decimal(data["months"][0]["cumulative"]["mean"]) > 0
    assert data["total"] == data["mean"] == chat["mean"]
    assert [each["workload"] for each in data["unpriced"]] == ["docs"]
    data = json.loads(cli("plan", "forecast", none, "--json").out)
    assert (data["total"], data["p90"], data["per_person"]) == (None, None, None)
    data = json.loads(cli("plan", "check", none, "--json").out)
    assert (data["total"], data["mean"], data["reserve"]) == (None, None, None)
    data = json.loads(cli("plan", "check", some, "--json").out)
    finding = next(each for each in data["findings"] if each["key"] == "p90_usd")
    assert (finding["checked"], finding["lower_bound"], finding["exceeded"]) == (False, True, False)


def test_drivers_name_what_has_no_price_and_end_with_3(cli: Cli, some: str, none: str) -> None:
    ended = cli("plan", "drivers", some)
    said = " ".join(ended.out.split())
    assert ended.code == 3
    assert "driver of what has a price, the strongest driver is chat: " in said
    assert "as planned at least $" in said
    assert "unpriced docs has no price from 2025-10-01" in said
    assert "unknown model 'unheard'" in said
    assert "docs:" not in said
    data = json.loads(cli("plan", "drivers", some, "--json").out)
    assert [each["model"] for each in data["unpriced"]] == ["unheard"]
    ended = cli("plan", "drivers", none, "--chart", "-")
    assert "driver      what moves the bill is not known: nothing of it has a price" in ended.out
    assert "as planned  not priced" in ended.out
    data = json.loads(cli("plan", "drivers", none, "--json").out)
    assert (data["total"], data["coverage"], data["drivers"]) == (None, "none", [])


def test_an_unknown_model_is_no_saving(cli: Cli, plan: str, some: str, none: str) -> None:
    ended = cli("plan", "diff", plan, some)
    assert ended.code == 3
    assert re.match(
        r"demo: change not known, since some of docs has no price; the rest changes by \$0\.00, from "
        r"\$\d+\.\d\d to at least \$\d\.\d\d expected\n",
        ended.out,
    )
    assert re.search(r"\nmodel +which model answers +not known +–", ended.out)
    assert re.search(r"\nknown +\$0\.00 +–", ended.out)
    assert re.search(r"\ntotal +not known +–", ended.out)
    assert re.search(r"\ndocs +changed +\$\d+\.\d\d +not priced +not known +–\n", ended.out)
    assert re.search(r"P50 \$\d+\.\d\d to ≥ \$\d\.\d\d;", ended.out)
    data = json.loads(cli("plan", "diff", some, plan, "--json").out)
    docs = data["workloads"]["docs"]
    assert (docs["before"], docs["change"], docs["parts"]) == (None, None, {})
    assert (data["change"], data["change_ratio"], data["known_change"]) == (None, None, "0")
    assert (data["unknown_parts"], len(data["unpriced"])) == (["model"], 1)
    ended = cli("plan", "diff", none, none)
    assert ended.out.startswith("demo: $0.00, from not priced to not priced expected\n")
    ended = cli("plan", "what-if", none, "--set", "docs.model=free", "--set", "chat.people=3")
    assert ended.code == 3
    head = ended.out.splitlines()[0]
    assert head.startswith(
        "demo: change not known, since some of docs, chat has no price, from not"
    )
    assert re.search(r"\nvolume .* not known +–", ended.out)


def test_what_is_known_of_a_part_is_said(cli: Cli, plan: str, some: str) -> None:
    text = Path(some).read_text(encoding="utf-8").replace("people: 1", "people: 2")
    head = written(Path(some).with_name("head.yaml"), text.replace("6_000", "7_000"))
    said = cli("plan", "diff", plan, head).out
    assert re.search(r"\nvolume .* \+\$\d\.\d\d known +–", said)


VERDICTS = {
    "within": ("{p50_usd: 50}", "{p90_usd: 80}", 0, "within: the budget is kept; demo is expected"),
    "no budget": ("{}", "{}", 0, "within: the plan states no budget; demo"),
    "one limit that warns": (
        "{p50_usd: 1}",
        "{p90_usd: 80}",
        1,
        "warning: 1 limit that warns is exceeded",
    ),
    "two that warn": (
        "{p50_usd: 1, p80_usd: 1}",
        "{}",
        1,
        "warning: 2 limits that warn are exceeded",
    ),
    "over": ("{p50_usd: 1}", "{p90_usd: 0.001}", 2, "over: 2 limits are exceeded"),
    "over by one": ("{}", "{docs.p90_usd: 0.5}", 2, "over: 1 limit is exceeded"),
}


@pytest.mark.parametrize("case", VERDICTS)
def test_a_verdict_is_an_exit_code(case: str, cli: Cli, tmp_path: Path) -> None:
    warn, fail, code, sentence = VERDICTS[case]
    text = f"{PLAN.partition('budget:')[0]}budget: {{warn: {warn}, fail: {fail}}}\n"
    path = written(tmp_path / "plan.yaml", text)
    ended = cli("plan", "check", path)
    assert (ended.code, ended.err) == (code, "")
    assert ended.out.startswith(sentence)
    assert "above the expected cost covers 9 runs in 10" in ended.out
    data = json.loads(cli("plan", "check", path, "--json").out)
    assert data["exit_code"] == code
    assert cli("plan", "check", path, "--markdown").out.startswith(f"**{sentence}")


def test_the_reserve_for_any_share(cli: Cli, plan: str) -> None:
    said = cli.ok("plan", "check", plan, "--reserve", "99%")
    assert re.search(r"\$[\d.]+ covers 99% of the runs", said)
    message = cli.fails(4, "plan", "check", plan, "--reserve", "120%")
    assert message == "--reserve is a share of the runs from 0% to 100%, not '120%'"
    message = cli.fails(4, "plan", "check", plan, "--reserve", "most")
    assert message == "--reserve 'most' is no decimal number; write it like '0.20'"


def test_an_increase_needs_a_plan_to_compare_with(cli: Cli, plan: str, tmp_path: Path) -> None:
    said = " ".join(cli.ok("plan", "check", plan).split())
    assert "not checked without a plan to compare with; run 'git show main:./plan.yaml >" in said
    assert f"costcalc plan check {plan} --base base.yaml'" in said
    grown = written(tmp_path / "grown.yaml", PLAN.replace("high: 6_000", "high: 9_000"))
    ended = cli("plan", "check", grown, "--base", plan)
    assert ended.code == 2
    assert re.search(r"fail: increase_percent +\+\d\d\.\d% +10% +over", ended.out)
    assert "not checked" not in ended.out
    same = cli.ok("plan", "check", plan, "--base", plan)
    assert re.search(r"fail: increase_percent +\+0\.0% +10% +within", same)


def test_warnings_of_the_forecast_stand_beside_the_verdict(cli: Cli, tmp_path: Path) -> None:
    text = PLAN.replace("model: small\n    documents", "model: old\n    documents")
    path = written(tmp_path / "old.yaml", text.replace("2025-10-01", "2025-12-01"))
    said = " ".join(cli("plan", "check", path).out.split())
    assert "warning docs: old" in said
    assert "small" in said


MISTAKES = {
    "an unknown key": (
        PLAN.replace("project: demo", "projekt: demo"),
        r"plan\.yaml:2: projekt: unknown key 'projekt'; did you mean 'project'\?\n",
    ),
    "no YAML": ("a: [\n", r"plan\.yaml:\d: this is not valid YAML"),
}


@pytest.mark.parametrize("case", MISTAKES)
@pytest.mark.parametrize("command", ["check", "forecast", "report", "drivers", "what-if", "compare",
                                     "calibrate"])  # fmt: skip
def test_a_mistake_has_its_line(case: str, command: str, cli: Cli, tmp_path: Path) -> None:
    text, expected = MISTAKES[case]
    written(tmp_path / "plan.yaml", text)
    more = {"what-if": ("--times", "2"), "compare": ("plan.yaml",)}.get(command, ())
    ended = cli("plan", command, *more)
    assert (ended.code, ended.out) == (4, "")
    assert re.search(expected, ended.err), ended.err
    assert not ended.err.startswith("costcalc")


def test_a_plan_that_is_not_there(cli: Cli) -> None:
    ended = cli("plan", "check")
    assert ended.code == 4
    assert "plan.yaml: cannot read the plan: No such file or directory" in ended.err
    assert "costcalc plan init" in ended.err


OPTIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "no samples": (("check", "--samples", "0"), "--samples '0' draws nothing"),
    "samples that are none": (("check", "--samples", "many"), "--samples 'many' is no count"),
    "a report in Markdown": (("report", "--markdown"), "the report is a page"),
    "a report that is no page": (("report", "--out", "x.pdf"), "the page is HTML, and 'x.pdf' ends in '.pdf'"),
    "a report without suffix": (("report", "--out", "x"), "ends in 'nothing'; name a file"),
    "nothing changes": (("what-if",), "nothing changes; say what"),
    "a model without prices": (("what-if", "--of", "small"), "--of limits other prices"),
    "a day without prices": (("what-if", "--from", "2026-01-01"), "--from limits other prices"),
    "two factors": (("what-if", "--times", "2", "--times", "3"), "--times is one factor on all prices"),
    "no such redirect": (("what-if", "--becomes", "nothing=small"), "unknown model 'nothing'"),
    "no such key": (("what-if", "--set", "dogs.people=1"), "'dogs.people' is no key of the plan; did you mean 'docs'"),
    "no value": (("what-if", "--set", "docs.people"), "--set 'docs.people' is no pair"),
    "a wrong value": (("what-if", "--set", "docs.documents_per_month=many"), "workloads.docs.documents_per_month"),
    "one plan": (("diff", "plan.yaml"), "there is no plan to compare 'plan.yaml' with; run 'git show main:./plan.yaml > base.yaml' and 'costcalc plan diff base.yaml plan.yaml'"),
    "one plan of standard input": (("diff", "-"), "run 'git show main:./plan.yaml > base.yaml' and 'costcalc plan diff base.yaml plan.yaml'"),
    "what is read cannot be written": (("calibrate", "-", "--write"), "--write and --out rewrite a file; name it instead of -"),
    "no models": (("compare", "plan.yaml"), "there are no models to compare"),
    "two places": (("calibrate", "--write", "--out", "x"), "--write and --out exclude each other"),
    "no day": (("calibrate", "--since", "monday"), "--since 'monday' is no day; write it like 2026-09-01"),
    "no size": (("init", "x.yaml", "--size", "huge"), "there is no size 'huge'"),
    "no start": (("init", "x.yaml", "--start", "soon"), "--start 'soon' is no date"),
    "a plan that is there": (("init",), "'plan.yaml' is there already; name another file, or replace it with --force"),
}  # fmt: skip


@pytest.mark.usefixtures("plan")
@pytest.mark.parametrize("case", OPTIONS)
def test_what_cannot_be_asked_is_said(case: str, cli: Cli) -> None:
    args, message = OPTIONS[case]
    code = 3 if "unknown model" in message else 4
    assert message in cli.fails(code, "plan", *args)


def test_two_forms_exclude_each_other(cli: Cli, plan: str) -> None:
    ended = cli("plan", "check", plan, "--json", "--markdown")
    assert ended.error["message"] == "--json and --markdown exclude each other; keep one"


def test_a_cap_of_a_month_has_no_formula(cli: Cli, tmp_path: Path) -> None:
    text = PLAN.replace("{steps_per_session: 12}", "{cost_per_month_usd: 1}")
    said = cli.ok("plan", "forecast", written(tmp_path / "plan.yaml", text))
    assert "formula" not in said
    assert "cost_per_month_usd 1 is reached by" in said


def test_an_unknown_command_is_none() -> None:
    import typer

    from costcalc.cli.plan import app

    group: Any = typer.main.get_command(app)
    assert group.get_command(None, "nothing") is None


def test_a_first_plan_is_written_and_can_be_checked(cli: Cli, tmp_path: Path) -> None:
    said = cli.ok("plan", "init", "--start", "2026-09-01", "--project", "atlas")
    assert said == (
        "wrote plan.yaml: a small plan from 2026-09-01 on\n"
        "next: put your own numbers in, then costcalc plan check plan.yaml\n"
    )
    text = (tmp_path / "plan.yaml").read_text()
    assert "\nproject: atlas\n" in text
    assert cli.ok("plan", "init", "-", "--start", "2026-09-01", "--project", "atlas") == text
    forced = cli.ok("plan", "init", "--force", "--size", "large")
    assert "a large plan" in forced
    assert f"project: {json.dumps(tmp_path.name)}" in (tmp_path / "plan.yaml").read_text() or (
        f"project: {tmp_path.name}" in (tmp_path / "plan.yaml").read_text()
    )


@pytest.mark.parametrize(
    ("day", "first"), [("2026-11-27", "2026-12-01"), ("2026-12-31", "2027-01-01")]
)
def test_a_project_begins_next_month(day: str, first: str) -> None:
    from datetime import date

    assert init_module._next_month(date.fromisoformat(day)) == date.fromisoformat(first)


def test_drivers_are_ranked_and_one_sentence_says_it(cli: Cli, plan: str) -> None:
    said = cli.ok("plan", "drivers", plan)
    lines = said.splitlines()
    assert lines[0].split() == ["driver", "low", "high", "total", "to", "change"]
    assert lines[2].startswith("docs: documents per month ")
    flat = " ".join(said.split())
    assert "driver the strongest driver is docs: documents per month: from 1,000 to 6,000" in flat
    assert "expected, by formula" in flat
    data = cli.json("plan", "drivers", plan, "--samples", "100", "--seed", "3")
    assert data["drivers"][0]["key"] == "workloads.docs.documents_per_month"
    assert data["sentence"].startswith("the strongest driver")
    assert cli.ok("plan", "drivers", plan, "--markdown").startswith("| driver | low | high |")
    assert "between the two ends" in cli.ok("plan", "drivers", plan, "--chart", "-")


def test_few_columns_leave_the_bars_out_and_many_drivers_are_cut(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docs = PLAN.partition("  docs:")[2].partition("  chat:")[0]
    more = "".join(f"  docs{number}:{docs}" for number in range(4))
    path = written(tmp_path / "many.yaml", PLAN.replace("  docs:", f"{more}  docs:"))
    said = cli.ok("plan", "drivers", path)
    assert re.search(r"left out +\d+ weaker drivers; --json has all", said)
    monkeypatch.setenv("COLUMNS", "60")
    assert "█" not in cli.ok("plan", "drivers", path)
    free = PLAN.partition("  chat:")[0].replace("small", "free")
    empty = cli.ok("plan", "drivers", written(tmp_path / "free.yaml", free))
    assert "nothing moves the bill" in empty


def test_a_what_if_says_which_part_does_what(cli: Cli, plan: str) -> None:
    said = cli.ok(
        "plan", "what-if", plan, "--set", "docs.documents_per_month=x2", "--set", "docs.model=big"
    )
    assert re.match(r"demo: \+\$\d+\.\d\d \(\+\d[\d,.]*%\), from \$\d+\.\d\d to \$", said)
    for part in ("volume", "shape", "cache", "model", "price", "total"):
        assert re.search(rf"^{part} ", said, re.MULTILINE)
    assert (
        "docs.documents_per_month  volume  low 1,000, likely 2,000, high 6,000  low 2,000" in said
    )
    amounts = [Decimal(each.replace(",", "")) for each in
               re.findall(r"^(?:volume|shape|cache|model|price) .*? [+]?\$([\d,.]+) ", said, re.MULTILINE)]  # fmt: skip
    total = re.search(r"^total +\+\$([\d,.]+)", said, re.MULTILINE)
    assert total is not None
    assert sum(amounts) == Decimal(total[1].replace(",", ""))  # to the cent
    comment = cli.ok("plan", "what-if", plan, "--set", "docs.model=big", "--markdown")
    assert comment.startswith("### demo: +$")


PRICES: dict[str, tuple[tuple[str, ...], str]] = {
    "all prices": (("--times", "2"), "price"),
    "one meter of one model": (("--times", "output=2", "--of", "small"), "price"),
    "from a day on": (("--times", "2", "--from", "2025-11-01"), "price"),
    "another model behind the name": (("--becomes", "small=big", "--from", "2025-11-01"), "price"),
    "a hit ratio": (
        (
            "--hit-ratio",
            "chat=0%",
        ),
        "cache",
    ),
    "quoted text": (
        (
            "--set",
            "docs.model='big'",
        ),
        "model",
    ),
    "a mapping": (
        (
            "--set",
            "chat.turns_per_session={p50: 8, p90: 12}",
        ),
        "shape",
    ),
    "an odd text": (
        (
            "--set",
            "docs.note=a: b",
        ),
        "",
    ),
}


@pytest.mark.parametrize("case", PRICES)
def test_other_prices_and_ratios(case: str, cli: Cli, plan: str) -> None:
    args, part = PRICES[case]
    data = cli.json("plan", "what-if", plan, *args)
    moved = {name for name, amount in data["parts"].items() if Decimal(amount)}
    assert moved == ({part} if part else set())
    assert sum(map(Decimal, data["parts"].values())) == Decimal(data["change"])


def test_a_difference_for_a_pull_request(cli: Cli, plan: str, tmp_path: Path) -> None:
    text = PLAN.replace("10_000  # a guess", "12_000").replace("  chat:", "  talk:")
    head = written(tmp_path / "head.yaml", text)
    said = cli.ok("plan", "diff", plan, head)
    assert re.search(r"^talk +added ", said, re.MULTILINE)
    assert re.search(r"^chat +removed ", said, re.MULTILINE)
    comment = cli.ok("plan", "diff", plan, head, "--markdown")
    assert comment.startswith("### demo: +$")
    assert "<details><summary>What was changed</summary>" in comment
    assert "| docs.input_tokens_per_document | shape | 10,000 | 12,000 |" in comment
    assert re.search(r"P50 \$[\d.]+ to \$[\d.]+; P90 .* \(200 runs, seed 1\)", comment)
    data = cli.json("plan", "diff", plan, head)
    assert data["workloads"]["talk"]["status"] == "added"
    assert sum(map(Decimal, data["parts"].values())) == Decimal(data["change"])
    same = cli.ok("plan", "diff", plan, plan)
    assert "demo: $0.00 (+0.0%)" in same
    assert "what was changed" not in cli.ok("plan", "diff", plan, plan, "--markdown").lower()


def test_a_minus_is_a_plan_of_standard_input(cli: Cli, plan: str) -> None:
    other = PLAN.replace("10_000  # a guess", "12_000")
    from_file = cli("plan", "diff", written(Path(plan).parent / "base.yaml", other), plan)
    assert cli("plan", "diff", "-", plan, stdin=other) == from_file
    forecast = cli("plan", "forecast", "-", stdin=PLAN)
    assert forecast == cli("plan", "forecast", plan)
    wrong = cli("plan", "check", "-", stdin=PLAN.replace("version: 1", "version: 2"))
    assert wrong.code == 4
    assert wrong.err.startswith("-:1: version: ")


WRONG_MINUS = [
    pytest.param(["diff", "-", "-"], PLAN, "can be read once", id="two plans of a diff"),
    pytest.param(["check", "-", "--base", "-"], PLAN, "can be read once", id="a plan and its base"),
    pytest.param(
        ["calibrate", "-", "--from", "-"], PLAN, "can be read once", id="a plan and its logs"
    ),
    pytest.param(["report", "-"], PLAN, "name the page with --out", id="a page beside no file"),
    pytest.param(["check", "-"], b"\xff\xfe\n", "-: this is no UTF-8 text: ", id="no text"),
    pytest.param(["check", "-"], "", "-: a plan is one document", id="an empty one"),
]


@pytest.mark.parametrize(("line", "stdin", "said"), WRONG_MINUS)
def test_a_minus_that_is_no_plan_is_a_sentence(
    cli: Cli, line: list[str], stdin: str | bytes, said: str
) -> None:
    ended = cli("plan", *line, stdin=stdin)
    assert (ended.code, ended.out) == (4, "")
    assert said in ended.err


class WriteOnly:
    """A standard input that cannot be read."""

    def read(self) -> str:
        raise OSError("it is written to")


@pytest.mark.parametrize(
    ("stdin", "said"),
    [
        pytest.param(None, "-: standard input is closed; name a file instead of -", id="closed"),
        pytest.param(
            WriteOnly(),
            "-: standard input cannot be read: it is written to; name a file",
            id="only written to",
        ),
    ],
)
def test_a_standard_input_without_anything_to_read_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, stdin: Any, said: str
) -> None:
    monkeypatch.setattr("sys.stdin", stdin)
    with pytest.raises(PlanError) as caught:
        read_plan("-")
    assert str(caught.value) == said


@pytest.mark.skipif(os.name == "nt", reason="no file of such a name can be there")
def test_a_plan_has_a_name_that_a_text_can_hold(cli: Cli, tmp_path: Path) -> None:
    odd = "a\nb.yaml"
    said = cli.ok("plan", "init", odd, "--start", "2026-09-01", "--project", "atlas")
    assert said.startswith("wrote 'a\\nb.yaml': ")
    assert read_plan(str(tmp_path / odd)).project == "atlas"
    lone = cli.fails(4, "plan", "init", "lone.yaml", "--project", "\udcff")
    assert lone == "the project's name '\\udcff' is no text; name it with --project"
    assert not (tmp_path / "lone.yaml").exists()


def test_no_name_is_no_plan(cli: Cli) -> None:
    for name in ("report", "forecast"):
        assert ": cannot read the plan: " in cli("plan", name, "").err
    assert "run 'git show main:./plan.yaml" in cli.fails(4, "plan", "diff", "")


def test_prices_of_its_own_for_the_plan_as_it_was(cli: Cli, plan: str, own_prices: Path) -> None:
    data = cli.json("plan", "diff", plan, plan, "--base-pricing", str(own_prices))
    assert Decimal(data["parts"]["price"]) == Decimal(data["change"]) < 0
    assert "> the plans are priced by different lists" in cli.ok(
        "plan", "diff", plan, plan, "--base-pricing", str(own_prices), "--markdown"
    )


def test_a_difference_of_what_has_no_price_ends_with_3(cli: Cli, plan: str, tmp_path: Path) -> None:
    head = written(tmp_path / "gone.yaml", PLAN.replace("model: small", "model: unheard", 1))
    assert cli("plan", "diff", plan, head).code == 3
    free = written(tmp_path / "free.yaml", PLAN.replace("model: small", "model: free"))
    ended = cli("plan", "diff", free, plan)
    assert ended.code == 0
    assert re.match(r"demo: \+\$[\d.]+, from \$0\.00 to", ended.out)
    assert cli("plan", "what-if", plan, "--set", "docs.model=unheard").code == 3


def test_a_planned_model_without_a_price_is_compared_with_nothing(cli: Cli, some: str) -> None:
    ended = cli("plan", "compare", some, "small", "--workload", "docs")
    assert ended.code == 3
    said = " ".join(ended.out.split())
    assert "cheapest docs: acme/small; the planned model has no price to compare with" in said
    assert "not priced docs, unheard: unknown model 'unheard'" in said


def test_models_are_compared_under_the_plan(cli: Cli, plan: str) -> None:
    ended = cli("plan", "compare", plan, "big", "free", "unheard", "--workload", "docs")
    assert ended.code == 3
    rows = [line.split()[:2] for line in ended.out.splitlines()[2:6]]
    assert rows == [
        ["docs", "acme/free"],
        ["docs", "acme/small"],
        ["docs", "acme/big"],
        ["docs", "unheard"],
    ]
    assert "*" in ended.out  # free has a window of 999 tokens
    assert "not priced" in ended.out
    assert "cheapest" not in ended.out  # the planned model is, of those that nothing speaks against
    cheaper = cli.ok("plan", "compare", plan, "leaving", "toll", "steady", "--workload", "docs")
    assert "cheapest" not in cheaper
    dear = PLAN.replace("model: small", "model: big")
    path = written(Path("dear.yaml"), dear)
    saving = cli.ok("plan", "compare", path, "small", "--workload", "docs")
    assert re.search(r"cheapest +docs: acme/small, which saves \$\d", saving)
    forced = written(Path("free.yaml"), PLAN.replace("model: small", "model: free"))
    assert "cheapest" not in cli.ok("plan", "compare", forced, "free", "--workload", "docs")
    data = cli.json("plan", "compare", plan, "big")
    assert [row["name"] for row in data["workloads"]["docs"]] == ["small", "big"]
    assert cli.ok("plan", "compare", plan, "big", "--markdown").startswith("| workload | model |")


def test_a_report_is_one_page_and_pictures(cli: Cli, plan: str, tmp_path: Path) -> None:
    said = cli.ok("plan", "report", plan, "--charts", str(tmp_path / "pictures"))
    assert said.startswith("demo, 2025-10-01 to 2025-12-01: $")
    assert "\nwithin: the budget is kept; demo" in said
    assert re.search(rf"^report +{re.escape(str(tmp_path / 'plan.html'))}$", said, re.MULTILINE)
    assert {path.name for path in (tmp_path / "pictures").iterdir()} == {
        "drivers.png", "fan.png", "workloads.png",
    }  # fmt: skip
    data = cli.json("plan", "report", plan, "--out", str(tmp_path / "other.htm"))
    assert data["files"] == [str(tmp_path / "other.htm")]
    assert "What demo will cost" in (tmp_path / "other.htm").read_text(encoding="utf-8")


def test_the_schema_is_json(cli: Cli) -> None:
    assert "workloads" in json.loads(cli.ok("plan", "schema"))["properties"]


def _log(path: Path, model: str = "small") -> str:
    lines: list[str] = []
    for day in range(28):
        for number in range(2):
            for step in range(2 + (day + number) % 4):
                usage = {"input_tokens": 100 + 10 * day, "cache_creation_input_tokens": 0,
                         "cache_read_input_tokens": 2_000 + 200 * step if step else 0,
                         "output_tokens": 40}  # fmt: skip
                identity = f"{day}-{number}-{step}"
                lines.append(json.dumps({
                    "type": "assistant", "sessionId": f"{day}-{number}", "uuid": identity,
                    "requestId": identity, "cwd": "/p",
                    "timestamp": f"2025-10-{day + 1:02}T10:{number}0:{step:02}.000Z",
                    "message": {"id": identity, "role": "assistant", "model": model, "usage": usage},
                }))  # fmt: skip
    return written(path, "".join(f"{line}\n" for line in lines))


def test_logs_go_into_the_plan_and_comments_stay(cli: Cli, plan: str, tmp_path: Path) -> None:
    log = _log(tmp_path / "log.jsonl")
    args = ("plan", "calibrate", plan, "--from", log, "--workload", "chat", "--samples", "100")
    said = cli.ok(*args)
    assert said.startswith("chat: 56 sessions, 196 calls, 2025-10-01 to 2025-10-28, $")
    assert re.search(
        r"^turns_per_session +[\d.]+ +3\.5 +[\d.]+× +3 +5 +p50 3, p90 5", said, re.MULTILINE
    )
    assert re.search(r"^2025-10-20 +chat +14 ", said, re.MULTILINE)
    assert "weeks lie between P10 and P90" in " ".join(said.split())
    assert "would change; --write puts them in" in said
    assert Path(plan).read_text() == PLAN
    copy = tmp_path / "copy.yaml"
    ended = cli(*args, "--out", str(copy))
    assert (ended.code, ended.err) == (0, f"costcalc: wrote {copy}: 5 measured numbers\n")
    new = copy.read_text()
    assert "# read at night" in new
    assert "# a guess" in new
    assert "turns_per_session: {p50: 3, p90: 5, source:" in new
    assert cli(*args, "--write").code == 0
    assert Path(plan).read_text() == new
    assert cli.ok("plan", "check", plan)
    data = cli.json(*args)
    assert data["backtest"]["weeks"][0]["workload"] == "chat"
    assert data["workloads"][0]["name"] == "chat"
    assert cli.ok(*args, "--markdown").startswith("**chat: 56 sessions")


@pytest.mark.parametrize(
    ("planned", "logged", "headline", "cost", "fields"),
    [
        pytest.param("small", "unheard", ", not priced", "what a session cost is not known; $",
                     ("cost", "unit_cost"), id="of the log"),
        pytest.param("unheard", "small", ", $0.", "; not priced by the plan",
                     ("planned_unit_cost", "calibrated_unit_cost"), id="of the plan"),
    ],
)  # fmt: skip
def test_a_calibration_has_no_cost_of_what_has_no_price(
    planned: str, logged: str, headline: str, cost: str, fields: tuple[str, str], cli: Cli,
    tmp_path: Path,
) -> None:  # fmt: skip
    path = written(tmp_path / "plan.yaml", PLAN.replace("model: small", f"model: {planned}"))
    log = _log(tmp_path / "log.jsonl", logged)
    args = ("plan", "calibrate", path, "--from", log, "--workload", "chat", "--samples", "100")
    first, *_ = cli(*args).out.splitlines()
    assert headline in first
    assert cost in " ".join(cli(*args).out.split())
    (found,) = json.loads(cli(*args, "--json").out)["workloads"]
    assert {name for name, value in found.items() if name.endswith("cost") and value is None} == {
        *fields
    }


def test_days_of_a_log_that_count(cli: Cli, plan: str, tmp_path: Path) -> None:
    log = _log(tmp_path / "log.jsonl")
    args = ("plan", "calibrate", plan, "--from", log, "--workload", "chat", "--samples", "100")
    ended = cli(
        *args, "--since", "2025-10-02", "--until", "2025-10-04", "--out", str(tmp_path / "x")
    )
    assert ended.out.startswith("chat: 4 sessions, ")
    assert "4 are too few to plan with" in ended.out
    assert "as planned" in ended.out
    assert "nothing was measured that the plan could take" in ended.err
    assert not (tmp_path / "x").exists()
    assert (
        "no week has 10 sessions before it" in cli(*args, "--since", "2025-10-28", "--markdown").out
    )


def test_calls_that_belong_nowhere_are_said(cli: Cli, tmp_path: Path) -> None:
    text = PLAN.replace("model: small\n    people", "model: big\n    people")
    log = _log(tmp_path / "log.jsonl", "big")
    other = _log(tmp_path / "other.jsonl", "free").replace("x", "x")
    path = written(tmp_path / "plan.yaml", text)
    Path(other).write_text(Path(other).read_text().replace('"id": "', '"id": "o'))
    said = cli.ok("plan", "calibrate", path, "--from", log, "--from", other, "--samples", "100")
    assert re.search(
        r"left out +196 of 392 calls are of models that no workload has", " ".join(said.split())
    )


def test_a_shape_of_calls_without_input_has_no_hit_ratio(
    cli: Cli, plan: str, tmp_path: Path
) -> None:
    usage: dict[str, Any] = {"input_tokens": 0, "cache_creation_input_tokens": 0,
                             "cache_read_input_tokens": 0, "output_tokens": 4}  # fmt: skip
    line = {"type": "assistant", "sessionId": "1", "uuid": "1", "requestId": "1", "cwd": "/p",
            "timestamp": "2025-10-01T10:00:00.000Z",
            "message": {"id": "1", "role": "assistant", "model": "small", "usage": usage}}  # fmt: skip
    log = written(tmp_path / "log.jsonl", json.dumps(line) + "\n")
    said = cli.ok(
        "plan", "calibrate", plan, "--from", log, "--workload", "docs", "--samples", "100"
    )
    assert "hit ratio" not in said


def test_shorter_prompts_are_said(cli: Cli, plan: str, tmp_path: Path) -> None:
    text = (
        Path(_log(tmp_path / "log.jsonl"))
        .read_text()
        .replace('"cache_read_input_tokens": 2400', '"cache_read_input_tokens": 1')
    )
    log = written(tmp_path / "log.jsonl", text)
    said = cli.ok(
        "plan", "calibrate", plan, "--from", log, "--workload", "chat", "--samples", "100"
    )
    assert re.search(
        r"shorter +\d+ calls had a shorter prompt than the one before", " ".join(said.split())
    )
