"""`costcalc estimate`: a prompt or many, under one model or several."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from costcalc.cli.estimate import parse_output
from costcalc.errors import UsageError

if TYPE_CHECKING:
    from cli_support import Cli

TEXT = "The quick brown fox jumps over the lazy dog.\n" * 500
AT = ("--at", "2025-10-01")
# 5,001 tokens of o200k_base; small takes 0.20 and 1.50, big 3 and 15


@pytest.fixture
def prompt(tmp_path: Path) -> str:
    path = tmp_path / "prompt.txt"
    path.write_text(TEXT)
    return str(path)


@pytest.fixture
def many(tmp_path: Path) -> str:
    path = tmp_path / "many.jsonl"
    path.write_text("".join(f"{json.dumps(TEXT)}\n" for _ in range(3)))
    return str(path)


def test_one_prompt_under_one_model(cli: Cli, prompt: str) -> None:
    data = cli.json("estimate", prompt, "-m", "small", "--output", "1k", *AT)
    tokens = data["input"]["tokens"]
    assert data["total"] == data["low_total"] == data["high_total"]
    assert float(data["total"]) == pytest.approx((tokens * 0.20 + 1_000 * 1.50) / 1e6)
    assert data["cost"]["total"] == data["total"]
    assert data["fit"]["verdict"] == "fits"
    out = cli.ok("estimate", prompt, "-m", "small", "--output", "1k", *AT)
    assert "cost        one call with this prompt, at 2025-10-01" in out
    assert "writes for  11 s at its typical speed" in out
    assert "times" not in out


def test_a_range_shows_both_ends(cli: Cli, prompt: str) -> None:
    out = cli.ok("estimate", prompt, "-m", "small", "--output", "100-60k", *AT)
    assert "100–60,000" in out
    assert " to $0.09" in out
    assert "maybe not" in out
    assert "limits" in out
    assert "(1.1 s to 10 min 52 s)" in out


def test_several_models_cheapest_first(cli: Cli, prompt: str) -> None:
    args = ("estimate", prompt, "-m", "big", "-m", "small", "-m", "hua", "--output", "1k", *AT)
    data = cli.json(*args)
    assert [each["model"] for each in data["results"]] == ["small", "big", "hua"]
    assert data["results"][0]["ratio"] == "1"
    assert data["results"][2]["ratio"] == "1"  # no rate of exchange is guessed
    assert data["unpriced"] == []
    out = cli.ok(*args)
    assert out.splitlines()[0].split()[-2:] == ["times", "fits"]
    assert "assumed" in out  # how big is counted


def test_a_wide_terminal_shows_bars(cli: Cli, prompt: str) -> None:
    args = ("estimate", prompt, "-m", "big", "-m", "small", "--output", "1k", *AT)
    assert "█" in cli(*args, env={"COLUMNS": "140"}).out
    assert "█" not in cli(*args, env={"COLUMNS": "60"}).out


def test_a_model_without_a_price_is_named_and_the_others_shown(cli: Cli, prompt: str) -> None:
    args = ("estimate", prompt, "-m", "small", "-m", "dead", "--output", "1k")
    ended = cli(*args, "--json")
    assert ended.code == 3
    assert [each["model"] for each in ended.data["results"]] == ["small"]
    assert ended.data["unpriced"][0]["model"] == "dead"
    assert ended.error["message"] == "1 of 2 models not priced: 'dead'"
    assert "not priced" in cli(*args).out
    assert "\nNot priced: " in cli(*args, "--markdown").out
    rows = list(csv.DictReader(io.StringIO(cli(*args, "--csv").out)))
    assert rows[1]["name"] == "dead"
    assert "retired" in rows[1]["unpriced"]
    assert "retired" in cli.fails(3, "estimate", prompt, "-m", "dead", "--output", "1k")


def test_models_that_all_fail_are_all_named(cli: Cli, prompt: str) -> None:
    ended = cli("estimate", prompt, "-m", "dead", "-m", "gone", "--output", "1k")
    assert ended.code == 3
    assert ended.out.count("not priced") == 2
    assert "retired" in cli.fails(
        3, "estimate", prompt, "-m", "dead", "-m", "dead", "--output", "1k"
    )


def test_a_condition_that_one_model_has_not_does_not_stop_the_others(cli: Cli, prompt: str) -> None:
    args = ("estimate", prompt, "-m", "small", "-m", "hua", "--output", "1", "--batch", *AT)
    ended = cli(*args, "--json")
    assert [each["model"] for each in ended.data["results"]] == ["small"]
    assert ended.data["unpriced"][0]["error"]["type"] == "UnknownConditionError"


def test_a_prompt_that_cannot_be_counted_is_named(cli: Cli, many: str) -> None:
    path = Path(many)
    path.write_text('{"messages": [{"role": "user", "content": [{"type": "imag"}]}]}\n')
    args = ("-m", "small", "--output", "1", *AT)
    assert cli.fails(4, "estimate", many, *args).startswith(f"{many}:1: messages[0].content[0] has")
    path.write_text(f'"Hello"\n{path.read_text()}')
    assert cli.fails(4, "estimate", many, *args).startswith(f"{many}:2: messages[0].content[0] has")


def test_a_model_without_a_known_window_fits_no_better_with_many(cli: Cli, many: str) -> None:
    path = Path(many)
    for lines in ('"Hello"\n', '"Hello"\n"you"\n'):
        path.write_text(lines)
        out = cli.ok("estimate", many, "-m", "big", "--output", "1", *AT)
        assert out.splitlines()[2].split()[-1] == "unknown"


def test_what_a_folder_left_out_is_said(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "b.bin").write_bytes(b"PK\0\0")
    args = ("estimate", str(tmp_path), "--text", "--output", "1", *AT)
    said = " ".join(cli.ok(*args, "-m", "small").split())
    assert f"left out {tmp_path}/b.bin: no text" in said
    assert cli.json(*args, "-m", "small")["left_out"] == [f"{tmp_path}/b.bin"]
    assert cli.json(*args, "-m", "small", "-m", "big")["left_out"] == [f"{tmp_path}/b.bin"]


def test_nothing_to_estimate_is_said(cli: Cli, tmp_path: Path) -> None:
    said = cli.fails(4, "estimate", str(tmp_path), "-m", "small", "--output", "1", *AT)
    assert said.startswith(f"there is nothing to count in '{tmp_path}'; name files that hold text")


def test_a_name_with_its_provider_is_shown_so(cli: Cli, prompt: str) -> None:
    args = ("-m", "acme/small", "-m", "big", "--output", "1k", *AT)
    assert "acme/small" in cli.ok("estimate", prompt, *args)


def test_many_prompts_have_one_total(cli: Cli, many: str) -> None:
    one = cli.json("estimate", many, "-m", "small", "--output", "200-2k", "--calls", "10", *AT)
    assert one["prompts"] == 3
    assert one["calls"] == 30
    assert one["low_total"] < one["total"] < one["high_total"]
    out = cli.ok("estimate", many, "-m", "small", "--output", "200-2k", "--calls", "10", *AT)
    assert "30 calls with 3 prompts, at 2025-10-01" in out


def test_prompts_that_do_not_fit_are_named_up_to_five(cli: Cli, many: str) -> None:
    path = Path(many)
    path.write_text(path.read_text() * 2)
    out = cli.ok("estimate", many, "-m", "free", "--output", "1", *AT)
    assert "6 too large" in out
    said = " ".join(out.split())
    assert said.count("above the context window of 999") == 5
    assert "and 1 more; --json has all of them" in said
    path.write_text('"Hello"\n"Hello"\n')
    out = cli.ok("estimate", many, "-m", "free", "--output", "1-2k", *AT)
    assert "2 may not fit" in out


def test_a_file_of_lines_can_be_taken_as_one_text(cli: Cli, many: str) -> None:
    data = cli.json("estimate", many, "-m", "small", "--output", "0", "--text", *AT)
    assert "prompts" not in data


def test_the_cached_part(cli: Cli, prompt: str) -> None:
    args = ("estimate", prompt, "-m", "small", "--output", "0", *AT)
    half = cli.json(*args, "--hit-ratio", "50%")
    lines = {line["meter"]: line["quantity"] for line in half["cost"]["lines"]}
    assert abs(lines["cache_read"] - lines["input"]) <= 1
    some = cli.json(*args, "--cached-tokens", "2k")
    lines = {line["meter"]: line["quantity"] for line in some["cost"]["lines"]}
    assert lines["cache_read"] == 1_920  # in steps of 128
    assert some["assumptions"][0]["code"] == "cache_increment"
    assert "cache='write' says" in cli.fails(4, *args, "--cache", "write")


OUTPUTS: dict[str, tuple[str, dict[str, Any]]] = {
    "a number": ("1.5k", {"output_tokens": 1_500}),
    "a range": ("200-2k", {"output_tokens": (200, 2_000)}),
    "a range with dots": (" 200..2k ", {"output_tokens": (200, 2_000)}),
    "quantiles": ("p50=600,p90=2k", {"output_tokens": {"p50": 600, "p90": 2_000}}),
    "three points": (
        "low=1,likely=2,high=3", {"output_tokens": {"low": 1, "likely": 2, "high": 3}},
    ),
    "a share of the input": ("30%", {"output_ratio": Decimal("0.30")}),
    "a share with a space": ("30 %", {"output_ratio": Decimal("0.30")}),
    "a range of shares": ("30%-50%", {"output_ratio": (Decimal("0.30"), Decimal("0.50"))}),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), OUTPUTS.values(), ids=OUTPUTS)
def test_an_output_is_written_in_one_word(text: str, expected: dict[str, Any]) -> None:
    assert parse_output(text) == expected


WRONG_OUTPUTS = (
    "",
    "many",
    "1-2-3",
    "p50=x",
    "-5",
    "1.5",
    "1.2.3%",
    "30%-5",
    "low=1",
    "p50=1,p50=2",
)


@pytest.mark.parametrize("text", WRONG_OUTPUTS)
def test_an_output_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="^--output"):
        parse_output(text)


WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "no model": (("--output", "1"), "say for which model to estimate"),
    "no output": (("-m", "small"), "say how long the reply is: --output 800"),
    "two forms at once": (
        ("-m", "small", "--output", "1", "--csv", "--markdown"), "--csv and --markdown exclude each other",
    ),
    "a ratio that is none": (
        ("-m", "small", "--output", "1", "--hit-ratio", "half"), "--hit-ratio 'half' is no decimal",
    ),
    "numbers out of order": (
        ("-m", "small", "--output", "9-2"), "low 9 is above high 2; put them in order",
    ),
    "a wrong argument is said once, not for each model": (
        ("-m", "small", "-m", "big", "--output", "1", "--hit-ratio", "2"), "hit_ratio 2 is above 1",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("args", "message"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_estimated_is_said(
    cli: Cli, prompt: str, args: tuple[str, ...], message: str
) -> None:
    assert message in cli.fails(4, "estimate", prompt, *args, *AT)
