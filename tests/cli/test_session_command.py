"""`costcalc session`: what a conversation costs, in all its forms."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import costcalc.cli.progress as progress_module
import costcalc.cli.sessions as sessions_module

if TYPE_CHECKING:
    from cli_support import Cli

SHAPE = ("--steps", "4", "--system", "2k", "--input", "1000", "--output", "400")
AT = ("--at", "2025-10-01")
SMALL = ("session", "small", *SHAPE, *AT)
# small takes 0.20, 0.02 for what is cached, and 1.50; it caches from 1,024 tokens on, by 128


def mtok(rate: str, tokens: int) -> Decimal:
    return Decimal(rate) * tokens / 1_000_000


CACHED = 2_944 + 4_352 + 5_760  # 3,000, 4,400 and 5,800 in steps of 128
INPUT = 3_000 + 4_400 + 5_800 + 7_200
TOTAL = mtok("0.20", INPUT - CACHED) + mtok("0.02", CACHED) + mtok("1.50", 1_600)
UNCACHED = mtok("0.20", INPUT) + mtok("1.50", 1_600)


def without_overlay(out: str) -> str:
    """Return an output without the assumption about this test's own prices."""
    kept = [line for line in out.splitlines() if "overlay" not in line]
    return "\n".join(line for line in kept if not line.strip().startswith("e7e7"))


BILL = """\
meter       quantity   rate  per           amount
───────────────────────────────────────────────────────────────────────────
input          7,344  $0.20  1M tokens  $0.001469  ██████████████▊
cache read    13,056  $0.02  1M tokens  $0.000261  ██▋
output         1,600  $1.50  1M tokens  $0.002400  ████████████████████████
total                                   $0.004130

session  4 calls of small from 2025-10-01 on
cache    automatic cache; hit ratio 64.0% of all input tokens
saved    $0.00235 of $0.00648 without a cache, 36.3%
growth   the first call costs $0.001200, the second $0.000950, the last
         $0.001003; each prompt is 1,400 tokens longer than the one before
context  longest prompt 7,200 tokens, window 256,000
takes    4 min 47 s: 4 min 30 s of waits, 17 s of writing at the model's typical
         speed
formula  $0.00410, without increment; hit ratio at most 64.7%"""


def test_the_bill_and_what_is_to_be_said_of_it(cli: Cli) -> None:
    assert without_overlay(cli.ok(*SMALL, "--gap", "90s")) == BILL


LEDGER = """\
#  call        context   read  fresh  output  miss         cost    so far
─────────────────────────────────────────────────────────────────────────
1  step          3,000      0  3,000     400  first   $0.001200  $0.00120
2  step          4,400  2,944  1,456     400          $0.000950  $0.00215
3  compaction    4,800  4,352    448     100          $0.000327  $0.00248
4  step          3,100      0  3,100     400  edited  $0.001220  $0.00370
5  step          4,500  3,072  1,428     400          $0.000947  $0.00464
"""


def test_the_ledger_shows_every_call_and_leaves_out_what_is_always_nothing(cli: Cli) -> None:
    args = ("--ledger", "--edit", "3=1k", "--compact-at", "4k", "--summary", "100")
    assert cli.ok(*SMALL, *args).startswith(LEDGER)
    plain = cli.ok("session", "hua", *SHAPE, "--ledger").splitlines()
    assert plain[0].split() == ["#", "call", "context", "fresh", "output", "cost", "so", "far"]


def test_a_long_ledger_folds_like_calls(cli: Cli) -> None:
    args = ("session", "small", "--steps", "60", "--input", "2k", *AT, "--misses", "30", "--ledger")
    lines = cli.ok(*args).splitlines()[2:15]
    found = [(line.split()[0], line.split()[2]) for line in lines if "step ×" in line]
    assert found == [("4–27", "×24"), ("34–58", "×25")]
    rows = [line.split()[0] for line in lines]
    assert rows == ["1", "2", "3", "4–27", "28", "29", "30", "31", "32", "33", "34–58", "59", "60"]
    data = cli.json(*args)
    costs = [Decimal(step["total"]) for step in data["steps"]]
    folded = lines[3].split()
    assert folded[-2:] == [f"${round(sum(costs[3:27]), 6)}", f"${round(sum(costs[:27]), 6)}"]
    assert "49 like calls are folded; --csv and --json list each of them" in cli.ok(*args)
    whole = cli.ok("session", "small", "--steps", "50", "--input", "2k", *AT, "--ledger")
    assert "×" not in whole.split("meter")[0]


def test_json_is_exact_and_the_same_every_time(cli: Cli) -> None:
    args = (*SMALL, "--miss-ratio", "0", "--runs", "5", "--ledger", "--compare", "big")
    data = cli.json(*args)
    assert next(iter(data)) == "total"
    assert Decimal(data["total"]) == TOTAL
    assert Decimal(data["uncached"]) == UNCACHED
    assert Decimal(data["saved"]) == UNCACHED - TOTAL
    assert data["hit_ratio"] == CACHED / INPUT
    assert data["calls"] == len(data["steps"]) == 4
    assert sum(Decimal(step["total"]) for step in data["steps"]) == TOTAL
    assert [step["read"] for step in data["steps"]] == [0, 2_944, 4_352, 5_760]
    assert data["closed_form"]["differs"] == ["increment"]
    assert data["spread"]["runs"] == 5
    assert data["spread"]["mean"] == data["spread"]["p95"] == data["total"]
    assert [row["name"] for row in data["results"]] == ["small", "big"]
    assert data["unpriced"] == []
    assert cli.ok(*args, "--json") == cli.ok(*args, "--json")
    plain = cli.json(*SMALL)
    assert {"steps", "spread", "results", "preset"} & set(plain) == set()
    assert "closed_form" not in cli.json(
        "session", "small", "--steps", "2", "--input", "1k,2k", *AT
    )


def test_runs_of_one_seed_give_the_same_bytes(cli: Cli) -> None:
    args = (*SMALL, "--miss-ratio", "30%", "--seed", "7", "--runs", "40", "--json")
    assert cli.ok(*args) == cli.ok(*args)
    assert cli.ok(*args) != cli.ok(*args, "--seed", "8")


def test_csv_is_the_ledger(cli: Cli) -> None:
    rows = list(csv.DictReader(io.StringIO(cli.ok(*SMALL, "--csv"))))
    assert [row["index"] for row in rows] == ["1", "2", "3", "4"]
    assert rows[0]["miss"] == "first"
    assert Decimal(rows[-1]["running"]) == TOTAL
    assert rows[1]["read"] == "2944"


def test_csv_of_several_models_is_a_row_a_model(cli: Cli) -> None:
    ended = cli(*SMALL, "--compare", "hua", "--compare", "nix", "--csv")
    assert ended.code == 3
    small, hua, nix = csv.DictReader(io.StringIO(ended.out))
    assert Decimal(small["total"]) == TOTAL
    assert (small["cache"], small["ratio"]) == ("automatic cache", "1")
    assert (hua["currency"], hua["ratio"], hua["cache"]) == ("CNY", "", "no cache")
    assert nix["unpriced"].startswith("unknown model 'nix'")
    rows = cli(*SMALL, "--compare", "hua", "--csv", "--ledger").out.splitlines()
    assert len(rows) == 5


def test_several_models_stand_side_by_side(cli: Cli) -> None:
    args = (*SMALL, "--compare", "big", "--compare", "hua", "--compare", "nix")
    ended = cli(*args)
    assert ended.code == 3
    assert ended.err == "costcalc: 1 of 4 models not priced: 'nix'\n"
    rows = [line.split() for line in ended.out.split("\n\n")[1].splitlines()]
    assert rows[0] == ["model", "cache", "hit", "ratio", "longest", "cost", "times", "fits"]
    assert rows[2][:8] == [
        "small",
        "automatic",
        "cache",
        "64.0%",
        "7.2k",
        "$0.00413",
        "1.00×",
        "yes",
    ]
    assert rows[3][5:9] == ["$0.04995", "12.1×", "not", "known"]
    assert rows[4][4:8] == ["7.2k", "0.0536", "CNY", "–"]
    assert rows[5] == ["nix", "not", "priced"]
    said = " ".join(ended.out.split())
    assert "unpriced nix: unknown model 'nix'" in said
    assert "assumed small, big, hua: prices of an overlay" in said
    assert "hua: hua (yuan) has no cache with a price" in said
    wide = cli(*args, env={"COLUMNS": "140"}).out.split("\n\n")[1]
    assert wide.count("█" * 24) == 1  # the dearest; an amount in another currency has no bar
    assert "█" not in next(line for line in wide.splitlines() if "CNY" in line)


def test_markdown_has_the_same_tables(cli: Cli) -> None:
    out = cli.ok(*SMALL, "--markdown", "--ledger", "--compare", "big")
    assert out.startswith("| # | call | context | read | fresh | output | miss | cost | so far |\n")
    assert "| cache read | 13,056 | $0.02 | 1M tokens | $0.000261 |\n" in out
    assert "\n| small | automatic cache | 64.0% | 7.2k | $0.00413 | 1.00× | yes |\n" in out
    assert "\nsaved: $0.00235 of $0.00648 without a cache, 36.3%\n" in out
    assert cli.ok(*SMALL, "--markdown").startswith("| meter |")


LIVES = """
provider: lives
models:
  written:
    input: 1
    cache_read: 0.1
    cache_write: 1.25
    output: 2
    cache: {explicit: {ttl: {cache_write: 5m}, refresh_on_read: true}}
"""


def test_a_cache_that_expires_in_every_gap_costs_more_than_none(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "lives.yaml"
    path.write_text(LIVES)
    args = ("session", "written", *SHAPE, *AT, "--pricing", str(path))
    out = " ".join(cli.ok(*args, "--gap", "6m").split())
    assert "explicit cache, 5m; hit ratio 0.0% of all input tokens; misses: 3 (expired)" in out
    assert "saved nothing: caching costs $0.0051 more than no cache, which is $0.0236" in out
    alive = " ".join(cli.ok(*args, "--gap", "5m").split())
    assert "the same; hit ratio at most 64.7%" in alive
    assert "saved $0.0101 of $0.0236 without a cache, 42.7%" in alive


SENTENCES: dict[str, tuple[tuple[str, ...], str]] = {
    "no cache": (("small", "--cache", "none"), "cache none: every token is paid in full"),
    "caching saves nothing": (
        ("small", "--cache", "none"), "saved nothing: $0.00648 without a cache",
    ),
    "why steps found nothing": (
        ("small", "--misses", "3", "--edit", "2=100"), "misses: 1 (edited), 1 (routing)",
    ),
    "prompts below the minimum": (
        ("small", "--system", "0", "--input", "100"), "misses: 2 (too short)",
    ),
    "every run costs the same": (("small", "--runs", "3"), "spread none: each of 3 runs costs $0.00413"),
    "runs that differ": (
        ("small", "--miss-ratio", "50%", "--seed", "2"),
        "over 1,000 runs, hit ratio 32.6%; the table is the run of seed 2",
    ),
    "runs that differ in the first call": (("small", "--warm", "50%"), "over 1,000 runs"),
    "one call does not grow": (("small", "--steps", "1"), "saved nothing: $0.0012 without a cache context"),
    "two calls": (
        ("small", "--steps", "2"), "growth the first call costs $0.001200, the second $0.000950; each prompt",
    ),
    "calls that differ": (
        ("small", "--input", "1k,2k,3k,4k"),
        "prompts have 3,000 to 13,200 tokens context",
    ),
    "steps that differ have no formula": (("small", "--input", "1k,2k,3k,4k"), "speed assumed"),
    "a formula without a cache": (("hua",), "formula 0.0536 CNY, the same assumed"),
    "a formula that leaves things out": (
        ("small", "--edit", "3=9", "--misses", "4"), "without increment, misses and edits;",
    ),
    "a window that is not known": (("big",), "context longest prompt 7,200 tokens; the context window is not known"),
    "a speed that is not known": (("big",), "takes not known: the speed of big is not listed"),
    "waits alone": (("big", "--gap", "50m"), "takes 2 h 30 min of waits; the speed of big is not listed"),
    "writing alone": (("small",), "takes 17 s of writing at the model's typical speed"),
    "a wait for each step": (
        ("small", "--gap", "1h,0,90,2m"), "takes 3 min 47 s: 3 min 30 s of waits, 17 s of writing",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("args", "sentence"), SENTENCES.values(), ids=SENTENCES)
def test_a_sentence_for_everything(cli: Cli, args: tuple[str, ...], sentence: str) -> None:
    model, *rest = args
    stated = {
        **dict(zip(SHAPE[::2], SHAPE[1::2], strict=True)),
        **dict(zip(rest[::2], rest[1::2], strict=True)),
    }
    words = [word for pair in stated.items() for word in pair]
    assert sentence in " ".join(cli.ok("session", model, *words, *AT).split())


ABOVE: dict[str, tuple[tuple[str, ...], str, str]] = {
    "the last calls": (
        ("--steps", "4", "--input", "80k"), "; call 4 exceeds it with the reply",
        "call 4 of small is above its context window of 256,000 tokens and would be refused; end before with --steps 3, or have the conversation summarised with --compact-at 192,000 --summary TOKENS",
    ),
    "several in a row": (
        ("--steps", "9", "--input", "40k"), "; calls 7 to 9 exceed it with the reply",
        "calls 7 to 9 of small are above its context window of 256,000 tokens and would be refused; end before with --steps 6, or have the conversation summarised with --compact-at 192,000 --summary TOKENS",
    ),
    "the first": (
        ("--steps", "1", "--input", "300k"), "; call 1 exceeds it with the reply",
        "call 1 of small is above its context window of 256,000 tokens and would be refused; send less, or take a model with a larger window",
    ),
    "some with smaller ones between": (
        ("--steps", "8", "--input", "100k", "--compact-at", "250k", "--summary", "10k"),
        "; calls 3, 4, 7, 8 exceed it",
        "calls 3, 4, 7, 8 of small are above",
    ),
    "many with smaller ones between": (
        ("--steps", "16", "--input", "100k", "--compact-at", "250k", "--summary", "10k"),
        "calls from call 3 on exceed it",
        "10 calls from call 3 on of small are above",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("args", "fact", "warning"), ABOVE.values(), ids=ABOVE)
def test_calls_above_the_window_are_a_warning(
    cli: Cli, args: tuple[str, ...], fact: str, warning: str
) -> None:
    ended = cli("session", "small", *args, *AT)
    assert ended.code == 1
    assert fact in " ".join(ended.out.split())
    assert ended.err.startswith(f"costcalc: warning: {warning}")


def test_a_warning_is_data_with_json(cli: Cli) -> None:
    ended = cli("session", "small", "--steps", "1", "--input", "300k", *AT, "--json")
    assert (ended.code, ended.data["exceeded"]) == (1, [1])
    warning = json.loads(ended.err)["warning"]
    assert warning["type"] == "ContextWindowWarning"
    assert warning["message"].startswith("call 1 of small is above")

    args = ("session", "small", "--steps", "2", "--input", "200k", *AT, "--ledger", "--misses", "2")
    first, second = cli(*args, env={"FORCE_COLOR": "1", "TERM": "xterm"}).out.splitlines()[2:4]
    assert "\x1b[1;31m" in second  # red, for what would be refused
    assert "\x1b" not in first


def test_a_model_whose_window_is_too_small_does_not_fit(cli: Cli) -> None:
    ended = cli("session", "big", "--steps", "1", "--input", "300k", *AT, "--compare", "small")
    assert (ended.code, ended.err) == (0, "")  # the model that was asked about has no known window
    rows = ended.out.split("\n\n")[1].splitlines()
    assert [row.split()[7] for row in rows[2:]] == ["not", "no"]


def test_a_preset_says_what_it_is(cli: Cli) -> None:
    out = " ".join(cli.ok("session", "small", "--preset", "coding-agent", *AT).split())
    assert "16 calls of small" in out
    assert (
        "preset coding-agent: medians of many sessions; a budget multiplies means, which lie far "
        "above; sources: --presets --preset coding-agent"
    ) in out
    data = cli.json("session", "small", "--preset", "chat", "--steps", "9", *AT)
    assert data["calls"] == 9
    assert data["preset"]["name"] == "chat"
    assert data["preset"]["fields"][0]["value"] == 3


def test_presets_are_listed_with_their_sources(cli: Cli) -> None:
    out = cli.ok("session", "--presets")
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines()[2:] if line}
    assert rows["coding-agent"] == ["median", "~16", "~20,000", "~661", "214", "2", "6", "7"]
    assert rows["coding-agent-mean"][5:] == ["2", "7", "8", "miss-ratio"]
    assert "[1]      WildChat, table 1" in out
    assert "https://arxiv.org/abs/2405.01470" in out
    assert "~ derived from what was measured, * assumed; the others are measured" in out
    markdown = cli.ok("session", "--presets", "--markdown")
    assert (
        "| rag | mean | ~2 | *1,000 | 70 | 216 | 2 3 4 | transient ~4,000, gap *84s |" in markdown
    )
    assert "\n[1] WildChat, table 1" in markdown


def test_one_preset_is_shown_with_its_reasons(cli: Cli) -> None:
    out = " ".join(cli.ok("session", "--presets", "--preset", "coding-agent-mean").split())
    assert "--steps 84 derived 357,161 calls in 4,265 sessions [1]" in out
    assert "--gap 0s assumed pauses are in --miss-ratio; a gap" in out
    assert "--miss-ratio 3.2% derived" in out
    assert "made of means of many sessions" in out
    assert "For a budget replace --steps by" not in out  # an English word stays one
    chat = " ".join(cli.ok("session", "--presets", "--preset", "chat").split())
    assert "set --output and --reasoning for them" in chat
    markdown = cli.ok("session", "--presets", "--preset", "chat", "--markdown")
    assert markdown.startswith("| option | value | basis | why |")


def test_presets_are_data(cli: Cli) -> None:
    data = cli.json("session", "--presets")
    assert [each["name"] for each in data["presets"]][:2] == ["chat", "rag"]
    assert data["presets"][4]["fields"][-1]["value"] == "0.032"
    (only,) = cli.json("session", "--presets", "--preset", "rag")["presets"]
    assert only["name"] == "rag"
    rows = list(csv.DictReader(io.StringIO(cli.ok("session", "--presets", "--csv"))))
    assert rows[0]["field"] == "steps"
    assert rows[0]["date"] == "2024-05-02"
    assert rows[1]["source"] == ""


ERRORS: dict[str, tuple[int, str, str]] = {
    "no model": (4, "", "name a model: costcalc session gpt-5.5 --preset coding-agent; --presets lists the presets"),
    "an unknown model": (3, "smal --steps 4", "unknown model 'smal'"),
    "a retired model": (3, "dead --steps 4", "model 'dead' (acme) was retired at 2026-01-01"),
    "no length": (4, "small", "say how long the session is: --steps 40, or --preset coding-agent; see 'costcalc session --presets'"),
    "no steps": (4, "small --steps 0", "--steps is a whole number from 1 on, not 0"),
    "steps that are none": (4, "small --steps x", "--steps 'x' is no count; write it like 1000"),
    "far too many steps": (4, "small --steps 2M", "--steps is 2,000,000; a session has at most 1,000,000"),
    "an input that is none": (4, "small --steps 4 --input 1;2", "--input '1;2' is no count"),
    "as many inputs as there are no steps": (4, "small --steps 4 --input 1,2", "--input has 2 values for 4 steps; write one for each, or one for all"),
    "reasoning above the output": (4, "small --steps 4 --reasoning 9", "--reasoning is 9 at step 1, above --output, which contains it and is 0"),
    "a wait that is none": (4, "small --steps 4 --gap soon", "--gap 'soon' is no wait; write it like 90s, 5m or 1h30m, up to ten years"),
    "a wait for a step that is none": (4, "small --steps 2 --gap 1s,soon", "--gap 'soon' is no wait"),
    "a cache that is none": (4, "small --steps 4 --cache 9", "--cache '9' is no cache; write 'none', 'automatic', 'explicit' or a life"),
    "a cache of a recorded session": (4, "small --steps 4 --cache recorded", "--cache 'recorded' is for sessions that were recorded; write none, automatic, explicit or a life such as 5m or 1h"),
    "a cache that the model has not": (4, "big --steps 4 --cache 2h", "big (acme) has no cache '2h'; it has: automatic; 'none' switches caching off"),
    "a share that is none": (4, "small --steps 4 --miss-ratio lots", "--miss-ratio 'lots' is no decimal number"),
    "a share above one": (4, "small --steps 4 --warm 3", "--warm '3' is above 1; it is a share from 0 to 1, such as '0.03' or '3%'"),
    "a miss after the end": (4, "small --steps 4 --misses 2,9", "--misses names step 9, and the session has 4"),
    "an edit after the end": (4, "small --steps 4 --edit 9=1", "--edit names step 9, and the session has 4"),
    "an edit that is none": (4, "small --steps 4 --edit 9", "--edit '9' is no pair; write it like --edit 12=20k"),
    "half a compaction": (4, "small --steps 4 --compact-at 9", "--compact-at and --summary belong together: when, and how long the summary is"),
    "a compaction without end": (4, "small --steps 4 --compact-at 9 --summary 10", "--compact-at is 9, and system prompt and summary alone are 10; compaction would never end"),
    "a preset that is none": (4, "small --preset coder", "unknown preset 'coder'; known: chat, rag, task-agent"),
    "no runs": (4, "small --steps 4 --runs 0", "--runs '0' is no number of runs; it is 1 or more, such as 1000"),
    "two forms": (4, "small --steps 4 --csv --markdown", "--csv and --markdown exclude each other; keep one"),
    "a chart in the middle of CSV": (4, "small --steps 4 --csv --chart -", "--chart - prints to the terminal and --csv does, too; name a file"),
    "a time that is none": (4, "small --steps 4 --at soon", "'soon' is no ISO 8601 date or time"),
}  # fmt: skip


@pytest.mark.parametrize(("code", "args", "message"), ERRORS.values(), ids=ERRORS)
def test_errors_speak_the_words_of_the_options(
    cli: Cli, code: int, args: str, message: str
) -> None:
    assert cli.fails(code, "session", *args.split()).startswith(message)


def test_the_help_says_what_the_exit_code_means(cli: Cli) -> None:
    out = " ".join(cli.ok("session", "--help").split())
    assert "Exit code 1 is a warning: calls are above the model's context window." in out


def test_a_long_session_is_seen_to_be_simulated(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, int | None]] = []
    real = progress_module.progress

    def shown(label: str, total: int | None) -> Any:
        seen.append((label, total))
        return real(label, total)

    monkeypatch.setattr(progress_module, "progress", shown)
    monkeypatch.setattr(sessions_module, "_LONG", 4)
    cli.ok(*SMALL, "--runs", "200")
    assert seen == [("simulating 4 calls", None), ("simulating 200 runs", 200)]


def test_a_chart_is_drawn_below_the_table(cli: Cli, tmp_path: Path) -> None:
    plain = cli.ok(*SMALL)
    out = cli.ok(*SMALL, "--chart", "-")
    assert out.startswith(plain)
    assert len(out.splitlines()) > len(plain.splitlines()) + 5
    path = tmp_path / "session.json"
    ended = cli(*SMALL, "--chart", str(path), "--json")
    assert (ended.code, ended.err) == (0, f"costcalc: wrote {path}\n")
    one = json.loads(path.read_text())
    cli(*SMALL, "--compare", "big", "--chart", str(path))
    assert json.loads(path.read_text()) != one
    assert "big" in path.read_text()


def run(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the real process, over the bundled prices."""
    return subprocess.run(
        [sys.executable, "-m", "costcalc", "session", *args],
        capture_output=True, text=True, encoding="utf-8", check=False,
        env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1", **env},
    )  # fmt: skip


REAL = ("claude-sonnet-4-6", "--steps", "60", "--system", "20k", "--input", "1500",
        "--output", "400", "--gap", "90s", "--at", "2026-07-01")  # fmt: skip


def test_the_real_process_prices_a_session() -> None:
    done = run(*REAL, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    written = 21_500 + 59 * 1_900  # each token is written once
    read = sum(21_500 + 1_900 * step for step in range(59))
    data = json.loads(done.stdout)
    assert Decimal(data["total"]) == (
        mtok("3.75", written) + mtok("0.30", read) + mtok("15", 60 * 400)
    )
    assert data["policy"]["ttl"] == 300


def test_the_real_process_needs_no_more_than_ascii() -> None:
    done = run(*REAL, "--ledger", "--compare", "gpt-5.5", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert "?" not in done.stdout
    assert "step x54" in done.stdout
    assert max(len(line) for line in done.stdout.splitlines()) <= 80


def test_the_real_process_warns_and_refuses() -> None:
    above = run("claude-haiku-4-5", "--preset", "coding-agent-long", "--at", "2026-07-01")
    assert above.returncode == 1
    assert "above its context window of 200,000 tokens" in above.stderr
    wrong = run("gpt-5.5", "--steps", "4", "--gap", "soon")
    assert (wrong.returncode, wrong.stdout) == (4, "")
    assert wrong.stderr.startswith("costcalc: --gap 'soon' is no wait")
