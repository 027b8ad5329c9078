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
    assert ended.err == "costcalc: 2 of 3 models not priced: 'nonsense', 'soon'\n"


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


SEARCH = ("compare", "--cheapest", "--input", "100k", "--output", "1k", "--at", "2025-09-07")
# small: 100k * 0.20 + 1k * 1.50 = 0.0215; steady, leaving and the like have no known window


def test_the_cheapest_models_are_searched_where_none_is_named(cli: Cli) -> None:
    data = cli.json(*SEARCH)
    assert [(each["name"], each["total"], each["ratio"]) for each in data["results"]] == [
        ("acme/small", "0.0215", "1")
    ]
    assert data["results"][0]["context_window"] == 256_000
    assert data["results"][0]["fits"] is True
    assert data["baseline"] == "small"
    assert data["excluded"]["context window below 101,000"] == ["acme/free"]
    assert "acme/gaps" in data["excluded"]["no price at 2025-09-07"]


def test_a_search_as_a_table_says_what_was_left_out(cli: Cli) -> None:
    lines = cli.ok(*SEARCH, "--window", "0", "--limit", "2", "--baseline", "big").splitlines()
    assert lines[0].split() == ["model", "input", "output", "total", "times", "saving", "window"]
    assert lines[2].split()[:7] == [
        "acme/small", "$0.20", "$1.50", "$0.0215", "0.0683×", "93.2%", "256k",
    ]  # fmt: skip
    assert lines[3].split()[0] == "acme/dead"
    assert lines[4].split()[:6] == ["big", "$3.00", "$15.00", "$0.3150", "1.00×", "–"]
    said = " ".join(" ".join(lines).split())
    assert "left out 9 models: not among the first 2" in said
    assert "1 model: free (acme/free)" in said
    assert "the longest reply of acme/dead is not known" in said


CONSTRAINTS = [
    (("--needs", "images,batch", "--max-output", "8k"), ["acme/small"]),
    (("--needs", "pdf", "--needs", "cache"), ["acme/small"]),
    (("--provider-in", "acme, yuan", "--without", "small", "--window", "0", "--limit", "1"), ["acme/dead"]),
    (("--window", "0", "--free", "--limit", "1"), ["acme/free"]),
    (("--window", "0", "--until", "2098-06-01", "--limit", "2"), ["acme/small", "acme/replies"]),
    (("--window", "0", "--until", "2098-06-01", "--retired", "--limit", "2"), ["acme/small", "acme/dead"]),
    (("--max-age", "60d"), ["acme/small"]),
    (("shared", "yuan/shared", "--window", "0", "--every-seller", "--to", "USD", "--rate", "CNY=0.1"), ["yuan/shared", "shared"]),
    (("shared", "yuan/shared", "--window", "0", "--to", "USD", "--rate", "CNY=0.1"), ["yuan/shared"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "names"), CONSTRAINTS, ids=[" ".join(each) for each, _ in CONSTRAINTS]
)
def test_constraints_of_a_search(cli: Cli, options: tuple[str, ...], names: list[str]) -> None:
    assert [each["name"] for each in cli.json(*SEARCH, *options)["results"]] == names


def test_no_model_left_is_exit_3_with_the_reasons(cli: Cli) -> None:
    ended = cli(*SEARCH, "--window", "1M")
    assert ended.code == 3
    assert "context window below 1,000,000" in ended.out
    assert "baseline" not in ended.out
    assert ended.err == (
        "costcalc: no model is left; loosen a constraint, or see what was left out with --json\n"
    )
    assert cli(*SEARCH, "--window", "1M", "--json").data["results"] == []


def test_a_named_candidate_that_means_nothing_is_exit_3(cli: Cli) -> None:
    ended = cli(*SEARCH, "small", "nonsense", "--json")
    assert (ended.code, ended.data["unpriced"][0]["model"]) == (3, "nonsense")
    assert [each["name"] for each in ended.data["results"]] == ["small"]


def test_a_search_in_markdown_and_csv(cli: Cli) -> None:
    said = cli.ok(*SEARCH, "--markdown")
    assert said.startswith("| model | input | output | total | times | saving | window |")
    assert "\nLeft out: 1 model: context window below 101,000 (acme/free)\n" in said
    assert cli.ok(*SEARCH, "--csv").splitlines()[1].startswith("small,acme,acme/small,")


WRONG_SEARCHES = [
    ("nothing to compare and no search", CALL, "missing argument 'MODEL': name the models"),
    ("a constraint without a search", (*CALL, "small", "--free", "--max-age", "3"), "--free and --max-age is for a search; add --cheapest"),
    ("an order of names", (*SEARCH, "--sort", "given"), "--sort given is for models as typed"),
    ("a capability with a typo", (*SEARCH, "--needs", "imagse"), "nearest: images"),
    ("an age that is none", (*SEARCH, "--max-age", "old"), "--max-age 'old' is no number of days"),
    ("a window that is none", (*SEARCH, "--window", "big"), "--window 'big' is no count"),
    ("a provider with a typo", (*SEARCH, "--provider-in", "acne"), "no prices of provider 'acne'"),
    ("a baseline at no rate", (*SEARCH, "--baseline", "hua", "--to", "EUR", "--rate", "1"), "'hua' is not priced in EUR: its price is 0.208 CNY; say the exchange rate too: --rate CNY=..."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "said"),
    [each[1:] for each in WRONG_SEARCHES],
    ids=[each[0] for each in WRONG_SEARCHES],
)
def test_a_wrong_search_exits_4(cli: Cli, line: tuple[str, ...], said: str) -> None:
    assert said in cli.fails(4, *line)


def test_what_does_not_fit_a_window_is_said(cli: Cli) -> None:
    said = cli.ok("compare", "--input", "900", "--output", "100", "free", "small")
    assert "too long  prompt and reply are above the window of free, 999 tokens" in said
    said = cli.ok("compare", "--input", "1k", "free", "small")
    assert "too long" not in said
    assert "above the context window of 999" in " ".join(said.split())


def test_the_same_counts_under_other_tokenizers_are_an_assumption(cli: Cli) -> None:
    said = cli.ok(*CALL, "small", "big")
    assert "their tokenizers differ or are not known" in " ".join(said.split())
    assert cli.json(*CALL, "small", "big")["assumptions"][0]["code"] == "same_tokens"
    assert cli.json(*CALL, "small")["assumptions"] == []
