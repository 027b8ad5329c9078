from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli_support import Cli

from costcalc.cli import reconcile_table

M = 1_000_000
BILL = """\
day,what,usd
2026-08-31,big,1.00
2026-09-01,big,6.00
2026-09-01,voice,2.00
2026-09-02,big,3.25
"""
COLUMNS = ("--column", "amount=usd", "--column", "day=day", "--column", "model=what")


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def _write(path: Path, *rows: dict[str, Any]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    _write(
        tmp_path / "usage.jsonl",
        *(
            {"model": "big", "at": at, "input_tokens": tokens, "requests": 100}
            for at, tokens in (
                ("2026-09-01T10:00:00Z", 2 * M),
                ("2026-09-02T10:00:00Z", M),
                ("2026-09-03T10:00:00Z", M),
            )
        ),
    )
    # a request of more than 200k tokens costs twice as much, so these are many
    rows = (tmp_path / "usage.jsonl").read_text().replace("000000}", '000000, "requests": 100}')
    (tmp_path / "usage.jsonl").write_text(rows)
    (tmp_path / "bill.csv").write_text(BILL)
    return ["usage.jsonl", "--bill", "bill.csv", *COLUMNS]


TABLE = """\
day         model   logs    bill  difference   share  reason
─────────────────────────────────────────────────────────────────
2026-08-31  big    $0.00   $1.00       $1.00       –  no_logs
2026-09-01  voice  $0.00   $2.00       $2.00       –  only_billed
2026-09-02  big    $3.00   $3.25       $0.25   +8.3%  unexplained
all                $9.00  $12.25       $3.25  +36.1%
"""


def test_a_table_has_what_differs_why_and_what_remains(cli: Cli, paths: list[str]) -> None:
    ended = cli("logs", "reconcile", *paths)
    assert (ended.code, ended.err) == (2, "")
    table, reasons, facts = ended.out.split("\n\n")
    assert f"{table}\n" == TABLE
    assert [line.split()[:3] for line in reasons.splitlines() if not line.startswith(" ")][2:] == [
        ["only_billed", "$2.00", "1"], ["no_logs", "$1.00", "1"], ["unexplained", "$0.25", "1"],
    ]  # fmt: skip
    said = " ".join(facts.split())
    for text in (
        "result a difference is not explained: logs $9.00, bill $12.25, difference $3.25",
        "remains $0.25 row by row, without signs; $0.01 is tolerated",
        "bill table, days from 2026-08-31 to 2026-09-02, of UTC",
        "outside $3.00 of the logs are of days that are not compared",
    ):
        assert text in said


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--tolerance", "0.25"], 1),
        (["--tolerance", "3%"], 1),
        (["--tolerance", "2%"], 2),
        (["--since", "2026-09-01", "--until", "2026-09-02"], 1),
        (["--since", "36500d", "--until", "today", "--tolerance", "1"], 1),
        (["--tolerance", "4"], 0),
    ],
)
def test_the_exit_code_says_what_remains(
    cli: Cli, paths: list[str], options: list[str], code: int
) -> None:
    assert cli("logs", "reconcile", *paths, *options).code == code


def test_an_invoice_that_agrees(cli: Cli, paths: list[str]) -> None:
    found = cli.ok("logs", "reconcile", paths[0], "--total", "12.004", "--provider", "acme")
    assert "result   they agree: logs $12.00, bill $12.004, difference $0.004" in found
    assert "bill     invoice, all that the logs have" in found
    since = cli.ok("logs", "reconcile", paths[0], "--total", "3", "--since", "2026-09-03")
    assert "bill     invoice, days from 2026-09-03, of UTC" in since
    until = cli.ok("logs", "reconcile", paths[0], "--total", "6", "--until", "2026-09-02")
    assert "bill     invoice, days from the beginning to 2026-09-01, of UTC" in until


def test_an_invoice_in_another_currency(cli: Cli, paths: list[str]) -> None:
    said = cli.fails(4, "logs", "reconcile", paths[0], "--total", "10", "--currency", "EUR")
    assert "name it with exchange=, or --exchange: USD for one EUR" in said
    found = cli.ok(
        "logs", "reconcile", paths[0], "--total", "10", "--currency", "EUR", "--exchange", "1.2"
    )
    assert "assumed  the bill is in EUR, converted at 1.2 USD for one" in found


def test_data_and_csv_are_exact(cli: Cli, paths: list[str]) -> None:
    ended = cli("logs", "reconcile", *paths, "--json")
    assert ended.code == 2
    assert {key: ended.data[key] for key in ("outcome", "logged", "billed", "unexplained")} == {
        "outcome": "unexplained", "logged": "9", "billed": "12.25", "unexplained": "0.25",
    }  # fmt: skip
    assert ended.data["explanations"][0]["code"] == "only_billed"
    assert ended.data["rows"][3]["share"] == "0.0833333333333"
    rows = cli("logs", "reconcile", *paths, "--csv").out.splitlines()
    assert rows[0] == (
        "day,model,item,requests,logged,billed,difference,unexplained,reason,currency"
    )
    assert rows[1:3] == [
        "2026-08-31,big,,0,0,1,1,0,no_logs,USD", "2026-09-01,big,,100,6,6,0,0,,USD",
    ]  # fmt: skip


def test_markdown_has_both_tables(cli: Cli, paths: list[str]) -> None:
    found = cli("logs", "reconcile", *paths, "--markdown").out
    assert "| 2026-09-02 | big | $3.00 | $3.25 | $0.25 | +8.3% | unexplained |\n" in found
    assert "| only_billed | $2.00 | 1 | the logs have no call of voice: other" in found
    agreed = cli.ok("logs", "reconcile", paths[0], "--total", "12", "--markdown")
    assert agreed.startswith("| model | logs | bill | difference | share | reason |\n")
    assert "unexplained" not in agreed


def test_calls_without_a_price_end_in_3(cli: Cli, paths: list[str], tmp_path: Path) -> None:
    row = {"model": "nobodys", "at": "2026-09-01T10:00:00Z", "input_tokens": 10}
    with (tmp_path / "usage.jsonl").open("a") as file:
        file.write(f"{json.dumps(row)}\n{json.dumps(row | {'model': ''})}\n")
    ended = cli("logs", "reconcile", paths[0], "--total", "12")
    assert ended.code == 3
    assert "unpriced  nobodys: 1 call: unknown model 'nobodys'" in ended.out
    assert "(no model): 1 call: the model name is empty" in ended.out
    data = cli("logs", "reconcile", paths[0], "--total", "12", "--json").data
    assert data["unpriced"][0]["quantities"] == {"input": 10}


def test_calls_of_other_sellers_are_said(cli: Cli, paths: list[str], tmp_path: Path) -> None:
    row = {"model": "acme-small-hosted", "at": "2026-09-01", "input_tokens": M}
    with (tmp_path / "usage.jsonl").open("a") as file:
        file.write(f"{json.dumps(row)}\n")
    found = cli.ok("logs", "reconcile", paths[0], "--total", "12", "--provider", "acme")
    assert "others   $1.00 of the logs are of other sellers than the bill's" in found


def test_what_remains_is_said_by_meter(cli: Cli, paths: list[str], tmp_path: Path) -> None:
    table = "day,what,usd,kind\n2026-09-01,big,6.00,input\n2026-09-02,big,3.00,input\n"
    (tmp_path / "kinds.csv").write_text(f"{table}2026-09-01,big,1.25,output\n")
    options = ["--bill", "kinds.csv", *COLUMNS, "--column", "meter=kind"]
    ended = cli("logs", "reconcile", paths[0], *options)
    assert ended.code == 2
    assert "by meter: output $1.25" in ended.out
    data = cli("logs", "reconcile", paths[0], *options, "--json").data
    assert data["rows"][0]["meters"] == {"output": "1.25"}


def test_a_long_table_names_how_many_more_differ(
    cli: Cli, paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile_table, "_MOST", 1)
    found = cli("logs", "reconcile", *paths).out
    assert "rows     2 more differ; see --csv or --json for all of them" in found


NO_CALLS = [
    pytest.param(["empty.jsonl", "--bill", "bill.csv", *COLUMNS], id="the logs are empty"),
    pytest.param(["empty.jsonl", "--total", "3"], id="the logs of an invoice are empty"),
    pytest.param(["usage.jsonl", "--total", "3", "--since", "2027-01-01"], id="on other days"),
    pytest.param(["usage.jsonl", "--total", "3", "--provider", "yuan"], id="of other sellers"),
]


@pytest.mark.parametrize("line", NO_CALLS)
@pytest.mark.usefixtures("paths")
def test_without_any_call_nothing_is_explained(cli: Cli, tmp_path: Path, line: list[str]) -> None:
    (tmp_path / "empty.jsonl").touch()
    ended = cli("logs", "reconcile", *line)
    assert ended.code == 2
    assert "result   there is no call to compare with the bill: logs $0.00, bill " in ended.out
    assert ended.err.startswith("costcalc: warning: no call of the logs is of the bill's days and")
    ended = cli("logs", "reconcile", *line, "--json")
    assert (ended.code, ended.data["outcome"]) == (2, "no_calls")
    assert json.loads(ended.err)["warning"]["type"] == "NoCallsWarning"


def test_a_bill_of_charges_alone_needs_no_call(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").touch()
    head = "BilledCost,BillingCurrency,ChargePeriodStart,ChargePeriodEnd,ChargeCategory\n"
    row = "10,USD,2026-09-01T00:00:00Z,2026-09-02T00:00:00Z,Purchase\n"
    (tmp_path / "bill.csv").write_text(head + row)
    ended = cli("logs", "reconcile", "empty.jsonl", "--bill", "bill.csv", "--provider", "acme")
    assert (ended.code, ended.err) == (1, "")
    (tmp_path / "bill.csv").write_text(head + row.replace("10,", "0,"))
    cli.ok("logs", "reconcile", "empty.jsonl", "--bill", "bill.csv", "--provider", "acme")


def test_a_row_without_a_day_and_a_charge_without_a_model(
    cli: Cli, paths: list[str], tmp_path: Path
) -> None:
    focus = (
        "BilledCost,BillingCurrency,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,x_Model\n"
        "12,USD,2026-09-01T00:00:00Z,2026-10-01T00:00:00Z,Usage,big\n"
        "2.4,USD,2026-09-01T00:00:00Z,2026-10-01T00:00:00Z,Tax,\n"
    )
    (tmp_path / "focus.csv").write_text(focus)
    ended = cli("logs", "reconcile", paths[0], "--bill", "focus.csv")
    assert ended.code == 1
    assert "\nTax     $0.00   $2.40       $2.40       –  charges\n" in ended.out


def test_the_word_is_a_command_and_a_folder_of_its_name_is_a_path(
    cli: Cli, paths: list[str], tmp_path: Path
) -> None:
    (tmp_path / "reconcile").mkdir()
    (tmp_path / "usage.jsonl").rename(tmp_path / "reconcile" / "usage.jsonl")
    assert cli.json("logs", "./reconcile")["total"] == "12"
    assert cli.json("logs", "--by", "model", "reconcile")["total"] == "12"
    assert cli.ok("logs", "reconcile", "./reconcile", "--total", "12")
    assert "Usage: costcalc logs reconcile [OPTIONS] [PATH]" in cli.ok(
        "logs", "reconcile", "--help"
    )
    del paths


WRONG = [
    ([], "name one bill: --bill FILE, or --total AMOUNT for an invoice"),
    (["--bill", "bill.csv", "--total", "3"], "name one bill: --bill FILE, or --total AMOUNT"),
    (["--bill", "bill.csv"], "bill.csv is no bill of a known shape"),
    (["--bill", "bill.csv", "--column", "cost=usd"], "a column of a bill cannot be 'cost'"),
    (["--bill", "nowhere.csv"], "cannot read the bill 'nowhere.csv': No such file"),
    (["--total", "much"], "the total of an invoice 'much' is no decimal number"),
    (["--total", "3", "--tolerance", "x"], "a tolerance 'x' is no decimal number"),
    (["--total", "3", "--json", "--csv"], "--json and --csv exclude each other"),
    (["--total", "3", "--provder", "x"], "no such option: --provder"),
]


@pytest.mark.parametrize(("options", "message"), WRONG, ids=[" ".join(each) for each, _ in WRONG])
def test_wrong_input_is_a_sentence(
    cli: Cli, paths: list[str], options: list[str], message: str
) -> None:
    ended = cli("logs", "reconcile", paths[0], *options)
    assert (ended.code, ended.out) == (4, "")
    assert message in ended.err


def test_a_bar_is_told_the_bytes_that_are_read(
    cli: Cli, paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    moved: list[tuple[int, int | None]] = []

    class Bar:
        def __enter__(self) -> Any:
            return lambda *step: moved.append(step)

        def __exit__(self, *_: object) -> None:
            return None

    monkeypatch.setattr("costcalc.cli.progress.bytes_read", lambda _: Bar())
    cli.ok("logs", "reconcile", paths[0], "--total", "12")
    size = Path(paths[0]).stat().st_size
    assert moved == [(size, size)]


# --- costcalc logs --focus ------------------------------------------------------------------------


def test_logs_are_exported_by_day_and_agree_with_themselves(
    cli: Cli, paths: list[str], tmp_path: Path
) -> None:
    found = cli.ok("logs", paths[0], "--by", "model", "--focus", "out.csv", "--account", "acme")
    assert found.endswith("focus  out.csv: 3 rows of FOCUS 1.3, $12.00\n")
    assert found.startswith("day         model")
    assert cli.ok("logs", "reconcile", paths[0], "--bill", "out.csv").count("they agree") == 1
    cli.json("logs", paths[0], "--by", "month", "--focus", "month.csv", "--account", "acme")
    assert "2026-10-01T00:00:00Z" in (tmp_path / "month.csv").read_text()


def test_an_export_of_nothing_is_empty(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("")
    found = cli("logs", "empty.jsonl", "--focus", "out.csv", "--account", "acme")
    assert found.code == 1
    assert found.out.endswith("focus  out.csv: 0 rows of FOCUS 1.3, empty\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--focus", "a.csv"], "--focus needs --account: FOCUS has no row without the account"),
        (["--account", "a"], "--account is of --focus FILE"),
        (["--focus", "a.csv", "--account", "a", "--watch"], "--watch writes no file"),
        (["--focus", "a.txt", "--account", "a"], "a FOCUS file ends in .csv or .parquet"),
        (["--focus", "a.csv", "--account", " "], "billing_account_id is the account"),
    ],
)
def test_half_an_export_is_refused(
    cli: Cli, paths: list[str], options: list[str], message: str
) -> None:
    assert message in cli.fails(4, "logs", paths[0], *options)
