from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest

import costcalc.cli.tables as tables_module

if TYPE_CHECKING:
    from cli_support import Cli


def rows(csv_text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_text)))


def test_show_tells_what_is_known_and_the_rates(cli: Cli) -> None:
    said = cli.ok("show", "small", "--at", "2025-09-07")
    for part in (
        "small (acme), Acme Small\n",
        "aliases   tiny\n",
        "window    256,000 tokens\n",
        "output    at most 8,192 tokens\n",
        "counting  o200k_base\n",
        "media     counted by the rules of gpt-4o\n",
        "speed     about 92 output tokens a second\n",
        "cache     automatic, from 1,024 tokens, a read renews it, in steps of 128,\n",
        "lives 5m (cache_write), 1h (cache_write_1h), a read does not\n",
        "at most 4 breakpoints, creation billed: unknown\n",
        "rates at 2025-09-07\n",
        "cache_read  $0.02  1M tokens\n",
        "price    from 2025-09-01 until 2098-01-01\n",
    ):
        assert part in said
    assert said.count("a note on small") == 1


def test_show_under_conditions_says_why(cli: Cli) -> None:
    said = cli.ok("show", "big", "--prompt-tokens", "300k", "--output-tokens", "1", "--batch")
    assert "rates at" in said
    assert ", batch=true\n" in said
    assert "$15.00  1M tokens  × 0.5 batch=true, × 2" in said


def test_show_all_lists_every_period_with_its_rules(cli: Cli) -> None:
    said = cli.ok("show", "small", "--all")
    assert "from 2025-01-01 until 2025-09-01\nrates   input $0.40, cache_read $0.04" in said
    assert "from 2098-01-01 until further notice\n" in said
    assert "rule    region=us: × 1.1\n        batch=true: × 0.5\n" in said


def test_show_of_a_redirected_model_names_the_one_that_is_billed(cli: Cli) -> None:
    ended = cli("show", "old")
    assert ended.code == 0
    assert "from then on served, and billed, as small" in ended.out
    assert "rates of small (acme) at" in ended.out
    assert "warning: old was retired" in ended.err


def test_show_of_a_model_that_is_gone_tells_what_is_known_and_exits_3(cli: Cli) -> None:
    ended = cli("show", "gone")
    assert ended.code == 3
    assert "retired  2026-01-01; its provider recommends big\n" in ended.out
    assert ended.err.startswith("costcalc: model 'gone' (acme) was retired at 2026-01-01")
    assert "retired  2026-01-01\n" in cli("show", "dead").out


def test_a_retirement_to_come_is_no_retirement_yet(cli: Cli) -> None:
    assert "retires  2098-01-01\n" in cli.ok("show", "leaving")
    assert cli.ok("history", "leaving").endswith("retires 2098-01-01\n")
    assert "current" in cli.ok("models", "leaving")


def test_show_of_files_that_say_little(cli: Cli) -> None:
    said = cli.ok("show", "acme-small-hosted", "--all")
    assert said.startswith("acme-small-hosted (bare)\nmaker  acme\n")
    assert "source" not in said
    assert "replies are cached too" in " ".join(cli.ok("show", "replies").split())


def test_show_as_json(cli: Cli) -> None:
    data = cli.json("show", "small", "--at", "2025-09-07")
    assert data["model"]["id"] == "small"
    assert data["rate_card"]["rates"]["output"] == "1.50"
    ended = cli("show", "gone", "--json")
    assert (ended.code, ended.data["rate_card"]) == (3, None)
    assert ended.error["type"] == "RetiredModelError"


def test_models_are_a_table_by_provider(cli: Cli) -> None:
    said = cli.ok("models", "--at", "2025-09-07")
    assert said.splitlines()[0].split() == [
        "id", "provider", "input", "cache", "read", "output", "window", "status",
    ]  # fmt: skip
    small = next(line for line in said.splitlines() if line.startswith("small "))
    assert small.split() == ["small", "acme", "$0.20", "$0.02", "$1.50", "256k", "current"]
    assert "from 2098-05-05 12:30Z" in said
    assert "2.00 CNY" in said
    assert said.endswith("18 models; rates per 1M tokens at 2025-09-07\n")


def ids(data: Any) -> list[str]:
    return [each["id"] for each in data["models"]]


FILTERS = [
    (("tin",), ["small"]),
    (("--provider", "yuan"), ["hua", "shared"]),
    (("--retired",), ["dead", "gone", "old"]),
    (("sma", "--current", "--sort", "id"), ["acme-small-hosted", "small"]),
    (("--sort", "input", "--limit", "3"), ["free", "small", "dead"]),
    (("--sort", "output", "--limit", "2"), ["free", "small"]),
    (("--provider", "yuan", "--limit", "0"), []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "found"), FILTERS, ids=[" ".join(options) for options, _ in FILTERS]
)
def test_models_are_chosen_and_sorted(cli: Cli, options: tuple[str, ...], found: list[str]) -> None:
    assert ids(cli.json("models", *options)) == found


def test_models_without_the_rate_and_in_other_currencies_come_last(cli: Cli) -> None:
    found = ids(cli.json("models", "--sort", "input"))
    assert found.index("big") < found.index("hua") < found.index("voice")


def test_models_as_csv_and_markdown(cli: Cli) -> None:
    small = rows(cli.ok("models", "small", "--csv", "--at", "2025-09-07"))[0]
    assert (small["id"], small["input"], small["status"]) == ("small", "0.20", "current")
    assert small["retired"] == ""
    assert cli.ok("models", "--limit", "0", "--csv") == "\n"
    lines = cli.ok("models", "small", "--markdown").splitlines()
    assert lines[0] == "| id | provider | input | cache read | output | window | status |"
    assert lines[1] == "| --- | --- | ---: | ---: | ---: | ---: | --- |"
    assert "shown" not in lines


def test_models_say_how_many_they_left_out(cli: Cli) -> None:
    assert "2 of 18 models; rates" in cli.ok("models", "--limit", "2")


MODELS_WRONG = [
    (4, ("--retired", "--current"), "--retired and --current exclude each other"),
    (4, ("--sort", "price"), "--sort 'price' is no order; write id, input, output"),
    (4, ("--json", "--csv"), "--json and --csv exclude each other"),
    (4, ("--limit", "x"), "--limit 'x' is no count"),
    (4, ("--provider", "x"), "no prices of provider 'x' are known"),
    (3, ("zzz",), "no model matches 'zzz' with these options"),
    (3, ("--provider", "bare", "--retired"), "no model is there with these options"),
]


@pytest.mark.parametrize(
    ("code", "options", "said"), MODELS_WRONG, ids=[" ".join(each[1]) for each in MODELS_WRONG]
)
def test_models_refuse(cli: Cli, code: int, options: tuple[str, ...], said: str) -> None:
    ended = cli("models", *options)
    assert ended.code == code
    assert said in ended.err


def test_ids_are_whole_in_a_pipe_and_folded_in_a_narrow_terminal(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert "acme-small-hosted  bare" in cli.ok("models", "hosted")
    monkeypatch.setattr(tables_module.Console, "is_terminal", property(lambda _: True))
    folded = cli.ok("models", "hosted")
    assert "acme-small-h" in folded
    assert "osted" in folded
    assert "…" not in folded


def test_history_is_a_table_and_a_chart(cli: Cli) -> None:
    said = cli.ok("history", "small")
    assert "2025-01-01  2025-09-01  past       $0.40" in said
    assert "2098-01-01  –           announced  $0.10" in said
    assert "input, per 1M tokens\n $0.40 ┤" in said
    assert "output, per 1M tokens" in said
    assert "╌" in said
    assert "▲ now" in said


def test_history_in_ascii(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    original = tables_module.Screen.__init__

    def ascii_screen(screen: tables_module.Screen) -> None:
        original(screen)
        screen.ascii_only = True

    monkeypatch.setattr(tables_module.Screen, "__init__", ascii_screen)
    assert "^ now" in cli.ok("history", "small")
    assert "x 1.1 region=us" in cli.ok("price", "small", "--input", "1", "--region", "us")


def test_history_without_a_change_has_no_chart(cli: Cli) -> None:
    assert "▲ now" not in cli.ok("history", "big")
    assert "▲ now" not in cli.ok("history", "voice")
    assert "per 1M" not in cli.ok("history", "gone")


def test_history_names_the_retirement(cli: Cli) -> None:
    assert cli.ok("history", "old").endswith("retired 2026-01-01; served, and billed, as small\n")
    assert cli.ok("history", "gone").endswith("retired 2026-01-01\n")


def test_history_of_gaps_leaves_them_empty(cli: Cli) -> None:
    said = cli.ok("history", "gaps")
    assert "–           2025-01-01  past    $2.00   $4.00" in said
    assert "~$4.10 ┤" in said


def test_history_as_json(cli: Cli) -> None:
    data = cli.json("history", "small")
    assert [each["status"] for each in data["prices"]] == ["past", "current", "announced"]
    assert data["prices"][1]["rates"]["output"] == "1.50"
    assert data["currency"] == "USD"


def test_history_shows_every_meter_that_changed(cli: Cli) -> None:
    assert cli.ok("history", "steady").splitlines()[2].split() == [
        "from", "until", "status", "input", "output", "cache", "write",
    ]  # fmt: skip
    assert "▲ now" not in cli.ok("history", "steady")
