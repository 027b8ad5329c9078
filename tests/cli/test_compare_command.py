from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli_support import Cli

CALL = ("compare", "--input", "100k", "--cache-read", "90k", "--output", "1k", "--at", "2025-09-07")
# small: 10k * 0.20 + 90k * 0.02 + 1k * 1.50 = 0.0053; big: 10k * 3 + 90k * 0.3 + 1k * 15 = 0.072


def test_totals_are_sorted_and_measured_by_the_cheapest(cli: Cli) -> None:
    data = cli.json(*CALL, "big", "small")
    assert data["baseline"] == "small"
    assert data["unpriced"] == []
    assert [(each["model"], each["total"], each["ratio"]) for each in data["results"]] == [
        ("small", "0.0053", "1"),
        ("big", "0.072", "13.5849056604"),
    ]
    assert Decimal(data["results"][1]["saving"]) == 1 - Decimal("0.0736111111111")
    assert data["results"][0]["provider"] == "acme"


def test_another_baseline(cli: Cli) -> None:
    data = cli.json(*CALL, "--baseline", "big", "small", "big")
    assert data["baseline"] == "big"
    assert [each["ratio"] for each in data["results"]] == ["0.0736111111111", "1"]


def test_a_baseline_that_was_not_named_is_added(cli: Cli) -> None:
    data = cli.json(*CALL, "--baseline", "big", "--sort", "given", "small")
    assert [each["model"] for each in data["results"]] == ["big", "small"]


def test_the_given_order_is_kept(cli: Cli) -> None:
    data = cli.json(*CALL, "--sort", "given", "big", "small", "tiny")
    assert [each["name"] for each in data["results"]] == ["big", "small", "tiny"]


def test_a_table_with_rates_times_and_bars(cli: Cli) -> None:
    lines = cli.ok(*CALL, "acme/big", "small").splitlines()
    assert lines[0].split() == [
        "model", "input", "cache", "read", "output", "total", "times", "saving",
    ]  # fmt: skip
    assert lines[2].split()[:6] == ["small", "$0.20", "$0.02", "$1.50", "$0.0053", "1.00×"]
    assert lines[3].split()[:7] == [
        "acme/big", "$3.00", "$0.30", "$15.00", "$0.0720", "13.6×", "92.6%",
    ]  # fmt: skip
    assert lines[3].endswith("█")
    assert "baseline  small; 'saving' is how much less the cheaper one of the two costs" in lines
    assert "rates     per 1M tokens, at 2025-09-07" in lines


def test_there_are_no_bars_where_there_is_no_room(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert "█" not in cli.ok(*CALL, "small", "big")


def test_unpriced_models_stand_in_the_table_with_their_reason_and_exit_3(cli: Cli) -> None:
    ended = cli(*CALL, "small", "nonsense", "soon")
    assert ended.code == 3
    assert ended.out.count("not priced") == 2
    assert "unpriced  nonsense: unknown model 'nonsense'" in ended.out
    assert "soon: no price for 'soon'" in ended.out
    assert ended.err == "costcalc: 2 of 3 models not priced: nonsense, soon\n"


def test_nothing_priced_is_a_table_still(cli: Cli) -> None:
    ended = cli(*CALL, "nonsense")
    assert ended.code == 3
    assert "not priced" in ended.out
    assert "baseline" not in ended.out
    data = cli(*CALL, "nonsense", "--json").data
    assert (data["baseline"], data["currency"], data["results"]) == (None, None, [])
    assert data["unpriced"][0]["error"]["type"] == "UnknownModelError"


def test_a_baseline_without_a_price_is_an_error(cli: Cli) -> None:
    assert "unknown model 'nonsense'" in cli.fails(3, *CALL, "--baseline", "nonsense", "small")


def test_another_currency_is_never_compared_at_a_guessed_rate(cli: Cli) -> None:
    ended = cli(*CALL, "hua", "small", "--json")
    assert ended.code == 3
    assert [each["model"] for each in ended.data["results"]] == ["small"]
    assert "its price is 0.208 CNY" in ended.data["unpriced"][0]["error"]["message"]
    assert ended.error["type"] == "UnpricedError"


def test_one_currency_needs_no_conversion(cli: Cli) -> None:
    assert cli.json(*CALL, "hua")["currency"] == "CNY"
    assert cli.json(*CALL, "hua", "yuan/shared", "--baseline", "hua")["currency"] == "CNY"


CONVERSIONS = [
    (("--to", "USD", "--rate", "CNY=0.14"), "USD", "0.02912"),
    (("--to", "cny", "--rate", "7"), "CNY", "0.208"),
    (("--to", "EUR", "--rate", "0.9", "--rate", "cny=0.125"), "EUR", "0.026"),
]


@pytest.mark.parametrize(
    ("options", "currency", "total"), CONVERSIONS, ids=[" ".join(o) for o, _, _ in CONVERSIONS]
)
def test_conversion_at_rates_that_were_said(
    cli: Cli, options: tuple[str, ...], currency: str, total: str
) -> None:
    data = cli.json(*CALL, "small", "hua", *options)
    assert data["currency"] == currency
    found = {each["model"]: each["total"] for each in data["results"]}
    assert found["hua"] == total
    assert len(found) == 2


def test_a_rate_that_is_missing_leaves_the_model_unpriced(cli: Cli) -> None:
    ended = cli(*CALL, "small", "hua", "--to", "EUR", "--rate", "0.9")
    assert ended.code == 3
    assert "say the exchange rate too: --rate CNY=..." in " ".join(ended.out.split())


WRONG = [
    ("no model", CALL, "missing argument"),
    ("no usage", ("compare", "small"), "there is nothing to price"),
    ("an unknown order", (*CALL, "small", "--sort", "x"), "--sort 'x' is no order"),
    ("--to alone", (*CALL, "small", "--to", "EUR"), "--to and --rate belong together"),
    ("--rate alone", (*CALL, "small", "--rate", "2"), "--to and --rate belong together"),
    ("half a rate", (*CALL, "small", "--to", "EUR", "--rate", "USD="), "is no pair"),
    ("two forms", (*CALL, "small", "--csv", "--markdown"), "--csv and --markdown exclude"),
]


@pytest.mark.parametrize(
    ("line", "said"), [each[1:] for each in WRONG], ids=[each[0] for each in WRONG]
)
def test_wrong_input_exits_4(cli: Cli, line: tuple[str, ...], said: str) -> None:
    assert said in cli.fails(4, *line)


def test_a_free_baseline_has_no_multiples(cli: Cli) -> None:
    lines = cli.ok("compare", "--input", "1k", "free", "small").splitlines()
    assert lines[2].split() == ["free", "$0.00", "$0.0000", "–"]
    assert lines[3].split()[:5] == ["small", "$0.20", "$0.0002", "–", "100.0%"]


def test_a_meter_that_only_one_model_bills_has_a_dash(cli: Cli) -> None:
    lines = cli.ok("compare", "--input", "10", "small", "toll").splitlines()
    assert lines[0].split() == ["model", "input", "request", "total", "times", "saving"]
    assert lines[2].split()[:4] == ["small", "$0.20", "–", "$0.000002"]


def test_a_meter_without_a_rate_leaves_the_model_unpriced(cli: Cli) -> None:
    line = ("compare", "--input", "10", "--unit", "web_search=2", "small", "acme-small-hosted")
    ended = cli(*line, "--at", "2025-09-07")
    assert ended.code == 3
    assert "acme-small-hosted: 'acme-small-hosted' (bare) has no rate" in ended.out


def test_csv_and_markdown_keep_the_unpriced(cli: Cli) -> None:
    ended = cli(*CALL, "small", "big", "nonsense", "--csv")
    found = list(csv.DictReader(io.StringIO(ended.out)))
    assert [each["total"] for each in found] == ["0.0053", "0.072", ""]
    assert found[0]["cache_read"] == "0.02"
    assert found[2]["unpriced"].startswith("unknown model 'nonsense'")
    ended = cli(*CALL, "small", "nonsense", "--markdown")
    assert ended.out.startswith("| model | input | cache read | output | total | times | saving |")
    assert "Not priced: `nonsense`: unknown model" in ended.out


def test_assumptions_name_their_models_unless_they_are_everybodys(cli: Cli) -> None:
    said = cli.ok("compare", "--input", "300k", "small", "big")
    assert "assumed   prices of an overlay" in said
    assert "small: 300,000 input tokens, above the context window" in said
    assert "shared is sold by yuan too" in cli.ok(*CALL, "shared", "small")


def test_a_redirect_of_several_rows_is_warned_of_once(cli: Cli) -> None:
    ended = cli("compare", "--input", "1k", "old", "acme/old", "big")
    assert ended.code == 0
    assert ended.err.count("costcalc: warning: old was retired") == 1
    assert ended.err.count("\n") == 1
