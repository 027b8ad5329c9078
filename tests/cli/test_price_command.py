from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from costcalc import Registry, Usage, price

if TYPE_CHECKING:
    from pathlib import Path

    from cli_support import Cli

CALL = ("price", "small", "--input", "1M", "--cache-read", "600k", "--output", "100k")
DAY = ("--at", "2025-09-07")


def test_a_receipt_shows_each_line_its_basis_and_what_was_assumed(cli: Cli) -> None:
    said = cli.ok(*CALL, *DAY)
    assert said.startswith("small (acme) at 2025-09-07\n\nmeter ")
    assert "input        400,000  $0.20  1M tokens  $0.08\n" in said
    assert "cache_read   600,000  $0.02  1M tokens  $0.012\n" in said
    assert "total                                   $0.242\n" in said
    assert "price    from 2025-09-01 until 2098-01-01\n" in said
    assert "source   https://acme.example/prices, checked 2099-01-01\n" in said
    assert "assumed  prices of an overlay" in said
    assert "note     a note on small\n         halved\n" in said


def test_no_line_of_a_piped_receipt_ends_in_spaces_or_is_wider_than_80_columns(cli: Cli) -> None:
    for line in cli.ok(*CALL, *DAY, "--region", "us").splitlines():
        assert line == line.rstrip()
        assert len(line) <= 80


def test_json_is_the_cost_field_by_field_with_amounts_as_text(cli: Cli, registry: Registry) -> None:
    usage = Usage(input_tokens=1_000_000, cache_read_tokens=600_000, output_tokens=100_000)
    cost = price("small", usage, at="2025-09-07", registry=registry)
    data = cli.json(*CALL, *DAY)
    assert data == cost.model_dump(mode="json")
    assert data["total"] == "0.242"


def test_tiny_amounts_have_no_exponent_in_json(cli: Cli) -> None:
    assert cli.json("price", "small", "--input", "1")["total"] == "0.0000002"


SAME = [
    (*CALL[:-4], "--cached", "600_000", "--output", "100,000"),
    ("price", "acme/small", *CALL[2:]),
    ("price", "TINY", *CALL[2:]),
    ("price", "small", "--provider", "acme", *CALL[2:]),
]


@pytest.mark.parametrize("line", SAME, ids=["--cached", "provider/model", "alias", "--provider"])
def test_other_ways_to_say_the_same(cli: Cli, line: tuple[str, ...]) -> None:
    assert cli.json(*line, *DAY)["total"] == "0.242"


def mtok(rate: str, count: int) -> Decimal:
    return Decimal(rate) * count / 1_000_000


CONDITIONS = [
    (("--batch",), "0.121"),
    (("--tier", "priority"), "0.484"),
    (("--service-tier", "Priority"), "0.484"),
    (("--region", "us"), "0.2662"),
    (("--condition", "region=us", "--condition", "batch=true"), "0.1331"),
    (("--unit", "web_search=3"), "0.257"),
    (("--tokens", "citation=1k"), "0.242"),
    (("--cache-write", "100k"), "0.242"),
    (("--cache-write-1h", "100k"), "0.242"),
    (("--cache-write-12h", "50k", "--cache-write-1h", "50k"), "0.242"),
    (("--reasoning", "50k", "--requests", "10"), "0.242"),
    (("--to", "eur", "--rate", "0.92"), "0.22264"),
]


@pytest.mark.parametrize(
    ("options", "total"), CONDITIONS, ids=[" ".join(options) for options, _ in CONDITIONS]
)
def test_options_change_the_total(cli: Cli, options: tuple[str, ...], total: str) -> None:
    assert cli.json(*CALL, *DAY, *options)["total"] == total


def test_a_cache_write_that_was_left_out_is_the_sum_of_its_lives(cli: Cli) -> None:
    lines = cli.json(
        "price", "small", "--input", "100", "--cache-write-1h", "30", "--cache-write-12h", "20"
    )["lines"]
    assert {line["meter"]: line["quantity"] for line in lines} == {
        "input": 50, "cache_write_1h": 30, "cache_write_12h": 20,
    }  # fmt: skip


def test_a_converted_receipt_shows_the_amount_before(cli: Cli) -> None:
    said = cli.ok(*CALL, *DAY, "--to", "EUR", "--rate", "0.92")
    assert "0.22264 EUR" in said
    assert "in USD   $0.242\n" in said
    assert "converted at 0.92 EUR for one USD" in said


def test_a_zero_that_was_said_is_priced(cli: Cli) -> None:
    assert "total" in cli.ok("price", "small", "--input", "0")


def test_prices_of_your_own_are_merged_over_the_bundled_ones(cli: Cli, own_prices: Path) -> None:
    own = ("--pricing", str(own_prices))
    assert cli.json("price", "small", "--input", "1M", *own)["total"] == "100"
    data = cli.json("price", "big", "--input", "100k", *own)
    assert data["total"] == "0.3"
    assert any(each["code"] == "overlay" for each in data["assumptions"])


def test_why_a_rate_differs_stands_beside_it(cli: Cli) -> None:
    said = cli.ok("price", "big", "--input", "300k", "--unit", "web_search=1", "--region", "us")
    assert "× 1.1 region=us, × 2 prompt_tokens >200k" in " ".join(said.split())


UNKNOWN = [
    (
        "an unknown model",
        ("price", "smal", "--input", "1"),
        "unknown model 'smal'; nearest: 'small'",
    ),
    ("an empty name", ("price", "", "--input", "1"), "the model name is empty"),
    ("a name that is markup", ("price", "[red]x", "--input", "1"), "unknown model '[red]x'"),
    ("a model that is gone", ("price", "gone", "--input", "1"), "was retired at 2026-01-01"),
    ("a day before all prices", (*CALL, "--at", "2024-01-01"), "its prices begin on 2025-01-01"),
    (
        "a combination that is not sold",
        (*CALL, "--batch", "--tier", "priority"),
        "acme does not sell service_tier=priority, batch=true",
    ),
    (
        "a meter without a rate",
        ("price", "voice", "--input", "1"),
        "'voice' (acme) has no rate for",
    ),
    ("an unknown provider", (*CALL, "--provider", "x"), "no prices of provider 'x'"),
    ("a condition that is not known", (*CALL, "--tier", "gold"), "no price for service_tier=gold"),
]


@pytest.mark.parametrize(
    ("line", "said"), [each[1:] for each in UNKNOWN], ids=[each[0] for each in UNKNOWN]
)
def test_what_is_not_known_exits_3(cli: Cli, line: tuple[str, ...], said: str) -> None:
    assert said in cli.fails(3, *line)


WRONG = [
    ("no usage", ("price", "small"), "there is nothing to price; say --input"),
    ("no model", ("price",), "missing argument 'MODEL'; see 'costcalc price --help'"),
    ("a bad count", ("price", "small", "--input", "many"), "--input 'many' is no count"),
    ("a negative count", ("price", "small", "--input", "-5"), "--input '-5' is no count"),
    (
        "a naive time",
        (*CALL, "--at", "2025-09-07T12:00"),
        "has no time zone, so it names no instant; add one: '2025-09-07T12:00:00Z', which is UTC",
    ),
    ("no time", (*CALL, "--at", ""), "is no ISO 8601 date"),
    ("half a condition", (*CALL, "--condition", "us"), "--condition 'us' is no pair"),
    ("a condition said twice", (*CALL, "--region", "us", "--condition", "region=us"), "twice"),
    ("an unknown unit", (*CALL, "--unit", "websearch=1"), "unknown unit 'websearch'"),
    ("a unit that is tokens", (*CALL, "--unit", "output=1"), "'output' is no unit"),
    ("a bad unit count", (*CALL, "--unit", "web_search=x"), "--unit web_search 'x' is no count"),
    ("an unknown kind", (*CALL, "--tokens", "input_sound=1"), "nearest: input_audio"),
    ("a strange kind", (*CALL, "--tokens", "zzz=1"), "known: citation, input_audio"),
    ("a kind with an option", (*CALL, "--tokens", "cache_read=1"), "write --cache-read COUNT"),
    ("no request", (*CALL, "--requests", "0"), "requests is 0"),
    ("a huge count", ("price", "small", "--input", "9" * 30), "above 10**18"),
    ("--to alone", (*CALL, "--to", "EUR"), "--to and --rate belong together"),
    ("--rate alone", (*CALL, "--rate", "1"), "--to and --rate belong together"),
    ("a bad currency", (*CALL, "--to", "euro", "--rate", "1"), "--to 'euro' is no currency code"),
    ("a bad rate", (*CALL, "--to", "EUR", "--rate", "x"), "'x' is no decimal number"),
    ("a rate of zero", (*CALL, "--to", "EUR", "--rate", "0"), "an exchange rate is positive"),
    ("an unknown option", (*CALL, "--outptu", "1"), "no such option"),
    ("a missing file", (*CALL, "--pricing", "nowhere.yaml"), "nowhere.yaml: cannot read"),
    (
        "a part above its total",
        ("price", "small", "--input", "5", "--cached", "6"),
        "--cache-read is 6, above --input, which contains it and is 5; --input is a total",
    ),
    (
        "parts above their total",
        ("price", "small", "--input", "5k", "--cached", "3k", "--cache-write", "4k"),
        "--cache-read and --cache-write are together 7,000, above --input, which contains them",
    ),
    (
        "a part without its total",
        ("price", "small", "--tokens", "output_audio=9"),
        "--tokens output_audio is 9, above --output, which contains it and is 0",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "said"), [each[1:] for each in WRONG], ids=[each[0] for each in WRONG]
)
def test_wrong_input_exits_4(cli: Cli, line: tuple[str, ...], said: str) -> None:
    assert said in cli.fails(4, *line)


def test_a_redirect_is_warned_of_once_and_priced(cli: Cli) -> None:
    ended = cli("price", "old", "--input", "1M")
    assert ended.code == 0
    assert "small (acme) at" in ended.out
    assert ended.err.startswith("costcalc: warning: old was retired at 2026-01-01; priced as small")
    assert ended.err.count("\n") == 1


def test_a_redirect_is_warned_of_as_json_where_that_was_asked_for(cli: Cli) -> None:
    ended = cli("price", "old", "--input", "1M", "--json")
    assert ended.data["model"] == "small"
    assert json.loads(ended.err)["warning"]["type"] == "RedirectWarning"


def test_an_error_as_json_carries_its_facts(cli: Cli) -> None:
    ended = cli("price", "smal", "--input", "1", "--json")
    assert (ended.code, ended.out) == (3, "")
    assert ended.error == {
        "type": "UnknownModelError",
        "message": ended.error["message"],
        "exit_code": 3,
        "name": "smal",
        "provider": None,
        "hint": None,
        "nearest": ["small"],
    }


def test_a_usage_error_of_the_parser_as_json(cli: Cli) -> None:
    ended = cli("price", "--json")
    assert (ended.code, ended.out) == (4, "")
    assert ended.error["exit_code"] == 4
    assert ended.error["message"] == "missing argument 'MODEL'; see 'costcalc price --help'"


def test_facts_that_are_no_json_become_text(cli: Cli) -> None:
    error = cli("price", "small", "--input", "5", "--cached", "6", "--json").error
    assert (error["field"], error["total"]) == ("cache_read_tokens", "input_tokens")
    last = cli("price", "gone", "--input", "5", "--json").error["last_price"]
    assert last == {"input": "1", "output": "2"}


def test_a_price_without_a_source_says_none(cli: Cli) -> None:
    said = cli.ok("price", "acme-small-hosted", "--input", "1")
    assert "source" not in said
    assert "price    from the beginning until further notice" in said
