"""`costcalc cache`: what caches cost, from when they pay, what a hit ratio is worth."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli_support import Cli

AT = ("--at", "2026-06-01")
PRICES = """
provider: lab
models:
  two-lives:
    {input: 3, cache_read: 0.3, cache_write: 3.75, cache_write_1h: 6, output: 15, context_window: 1000000,
     cache: {explicit: {min_tokens: 1024, ttl: {cache_write: 5m, cache_write_1h: 1h}, refresh_on_read: true}}}
  stored:
    {input: 1.25, cache_read: 0.125, cache_storage: 4.5, output: 10,
     cache: {automatic: {}, explicit: {creation_billed: true, ttl: {cache_read: 1h}}}}
  plain: {input: 2, cache_read: 1, output: 4, cache: {automatic: {}}}
  uncached: {input: 2, output: 4}
  useless: {input: 2, cache_read: 2, output: 4, cache: {automatic: {}}}
  nothing: {input: 0, cache_read: 0, output: 0, cache: {automatic: {}}}
  vectors: {input: 1}
  shared: {input: 7, cache_read: 1, output: 9}
"""


@pytest.fixture
def lab(tmp_path: Path) -> tuple[str, ...]:
    path = tmp_path / "lab.yaml"
    path.write_text(PRICES)
    return ("--pricing", str(path), *AT)


def test_one_model_its_caches_and_what_a_hit_ratio_is_worth(cli: Cli, lab: tuple[str, ...]) -> None:
    out = cli.ok("cache", "two-lives", *lab, env={"COLUMNS": "100"})
    head = out.splitlines()
    assert head[0].split() == ["model", "cache", "input", "write", "read", "pays", "from", "10", "uses", "of", "20k"]  # fmt: skip
    assert head[2].split() == ["two-lives", "none", "$3.00", "$0.600"]
    assert head[3].split("  ")[-1].strip() == "$0.129"
    assert "explicit cache, 5m         $3.75  $0.30  2nd use" in head[3]
    assert "explicit cache, 1h         $6.00  $0.30  3rd use" in head[4]
    # 0.9 × 0.30 + 0.1 × 3.75 + 15 ÷ 100, over 1.01
    assert "    90.0%         $0.787    25.2%  ███████▋" in out
    assert "worth    from 95.0% to 98.0%, the bill is 16.6% less" in out
    assert "cache    explicit cache, 5m: a write costs 1.25× and a read 0.1× plain input" in out
    assert "two-lives bills writes: what is not read is written" in out
    assert "all of it" not in out  # a mix has no number of tokens of its own


def test_several_models_stand_below_each_other(cli: Cli, lab: tuple[str, ...]) -> None:
    out = cli.ok(
        "cache", "two-lives", "stored", "uncached", "lab/two-lives", *lab, env={"COLUMNS": "100"}
    )
    assert out.count("two-lives  none") == 1
    assert "per 1M tokens at    0.0%   50.0%   80.0%   90.0%   95.0%   98.0%" in out
    assert "stored cache, 15m" in out
    assert "storage" in out.splitlines()[0]
    assert "two-lives: from 95.0% to 98.0%, the bill is 16.6% less" in out
    assert "uncached (lab) has no rate for cached input: all is paid in full" in out
    assert "uncached: from" not in out


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("uncached", "uncached  none"),
        ("useless", "never"),
        ("nothing", "$0.00"),
    ],
)
def test_a_model_whose_cache_saves_nothing(
    cli: Cli, lab: tuple[str, ...], model: str, says: str
) -> None:
    assert says in cli.ok("cache", model, *lab)


def test_a_prefix_that_is_too_short(cli: Cli, lab: tuple[str, ...]) -> None:
    out = cli.ok("cache", "two-lives", "--prefix", "500", *lab)
    assert "never: below 1,024" in out
    assert "10 uses of 500" in out


def test_a_usage_has_its_whole_cost_beside_that_of_a_million(
    cli: Cli, lab: tuple[str, ...]
) -> None:
    args = ("cache", "plain", "--input", "1M", "--output", "10k", "--requests", "20", *lab)
    out = cli.ok(*args, "--ratios", "0,50%,99%")
    assert "priced   1,000,000 tokens in and 10,000 out, in 20 requests; at 2026-06-01" in out
    assert "    50.0%          $1.52      $1.54    75.5%" in out
    assert "worth    from 0.0% to 50.0%, the bill is 24.5% less" in out  # 99 % cannot be
    assert "20 requests that fill a cache themselves read at most 19 of 20 tokens" in out


def test_a_dearer_step_says_so(cli: Cli, lab: tuple[str, ...]) -> None:
    out = cli.ok("cache", "two-lives", "--ratios", "0,5%", *lab)
    assert "worth    from 0.0% to 5.0%, the bill is 18.3% more" in out


def test_lives_compaction_and_claims_are_sentences(cli: Cli, lab: tuple[str, ...]) -> None:
    args = ("cache", "two-lives", "--growth", "2k", *lab)
    wide = {"COLUMNS": "300"}
    out = cli.ok(*args, "--misses", "5m=2.2%, 1h=0.39%", "--summary", "3k", env=wide)
    assert (
        "life     5m or 1h, explicit cache: with 2.20% misses at 5m and 0.39% at 1h, 1h is cheaper from 77 steps on"
        in out
    )
    assert "compact  a summary of 3,000 tokens is best every 14 steps, above 50,999 tokens" in out
    out = cli.ok(*args, "--claim", "90%", "--steps", "40", "--miss-ratio", "3%", env=wide)
    assert (
        "claim    a hit ratio of 90.0% takes at least 21 steps of this shape (14 to 28 for others)"
        in out
    )
    assert "40 steps have 95.8% without a miss, and 90.0% with 6.1% of misses" in out
    assert "the shape: a first prompt of 20,000 tokens, and 2,000 more in each step" in out
    assert "life " not in cli.ok(*args, env=wide)


def test_a_prefix_below_what_a_step_adds_is_the_first_prompt_too(
    cli: Cli, lab: tuple[str, ...]
) -> None:
    args = (
        "cache",
        "two-lives",
        "--prefix",
        "1500",
        "--growth",
        "2k",
        "--claim",
        "50%",
        "--steps",
        "3",
    )
    (found,) = cli.json(*args, *lab)["results"]
    assert found["claim"]["ceiling"] == (1_500 + 3_500) / (1_500 + 3_500 + 5_500)


def test_beside_others_a_model_without_two_lives_is_not_asked_which(
    cli: Cli, lab: tuple[str, ...]
) -> None:
    args = ("--growth", "2k", "--misses", "5m=2.2%,1h=0.39%", *lab)
    out = cli.ok("cache", "plain", "two-lives", *args, env={"COLUMNS": "200"})
    assert "life     two-lives: 5m or 1h" in out
    assert "it has no two lives" in cli.fails(4, "cache", "plain", *args)


def test_against_another_model(cli: Cli, lab: tuple[str, ...]) -> None:
    usage = ("--input", "1M", "--output", "0", "--requests", "10")
    out = cli.ok("cache", "plain", "--against", "two-lives", *usage, *lab, env={"COLUMNS": "200"})
    assert (
        "rival    two-lives loses against plain, 3 to 2 USD; it costs the same at 0.6667× its price list"
        in out
    )


def test_lives_of_a_stored_cache(cli: Cli, lab: tuple[str, ...]) -> None:
    found = cli.json("cache", "stored", "--lives", "15m,24h", *lab)
    caches = found["results"][0]["break_even"]["caches"]
    assert [each["whole_uses"] for each in caches] == [2, 3, 98]


def test_json_has_exact_amounts_and_totals_in_its_points(cli: Cli, lab: tuple[str, ...]) -> None:
    args = ("cache", "plain", "--input", "1M", "--output", "10k", "--ratios", "0,50%", *lab)
    found = cli.json(*args)
    assert list(found) == ["at", "currency", "curve", "results", "unpriced"]
    assert [each["total"] for each in found["curve"]["points"]] == ["2.04", "1.54"]
    assert found["results"][0]["name"] == "plain"
    assert found["results"][0]["claim"] is None
    assert found["unpriced"] == []


def test_csv_is_the_curve(cli: Cli, lab: tuple[str, ...]) -> None:
    ended = cli("cache", "plain", "nobody", "--ratios", "0,50%", "--csv", *lab)
    rows = list(csv.DictReader(io.StringIO(ended.out)))
    assert [(each["model"], each["ratio"]) for each in rows] == [
        ("plain", "0"),
        ("plain", "0.5"),
        ("nobody", ""),
    ]
    assert abs(Decimal(rows[1]["per_million"]) - Decimal(rows[1]["total"]) / 101) < Decimal("1e-17")
    assert "unknown model" in rows[2]["unpriced"]
    assert ended.code == 3


def test_markdown_has_both_tables_and_the_sentences(cli: Cli, lab: tuple[str, ...]) -> None:
    for models in (["two-lives"], ["two-lives", "plain"]):
        out = cli.ok("cache", *models, "--markdown", *lab)
        assert out.startswith(
            "| model | cache | input | write | read | pays from | 10 uses of 20k |\n"
        )
        assert "\npriced: 100 tokens in for one out" in out
    out = cli("cache", "nobody", "noone", "--markdown", *lab).out
    assert out.startswith("\nunpriced: nobody: unknown model")


def test_a_model_without_a_price_stops_no_other(cli: Cli, lab: tuple[str, ...]) -> None:
    ended = cli("cache", "plain", "nobody", "hua", *lab)
    assert ended.code == 3
    assert "unpriced  nobody: unknown model 'nobody'" in ended.out
    assert "hua: its price is in CNY, and no exchange rate is guessed" in ended.out
    assert ended.err == "costcalc: 2 of 3 models not priced: 'nobody', 'hua'\n"
    assert cli("cache", "nobody", "noone", *lab).code == 3
    assert "unknown model" in cli.fails(3, "cache", "nobody", *lab)
    assert cli("cache", "nobody", "noone", "--chart", "-", *lab).code == 3


def test_a_model_that_cannot_summarise_stops_no_other(cli: Cli, lab: tuple[str, ...]) -> None:
    args = ("--input", "1M", "--growth", "2k", "--summary", "3k", *lab)
    ended = cli("cache", "plain", "vectors", *args)
    assert ended.code == 3
    assert ["vectors", *["$1.00"] * 6] in [line.split() for line in ended.out.splitlines()]
    assert "unpriced  vectors: 'vectors' (lab) has no rate for meter 'output'" in ended.out
    assert "has no rate for meter 'output'" in cli.fails(3, "cache", "vectors", *args)


def test_one_model_of_two_sellers_stands_twice(cli: Cli, lab: tuple[str, ...]) -> None:
    out = cli.ok("cache", "lab/shared", "acme/shared", *lab, env={"COLUMNS": "120"})
    assert "lab/shared" in out
    assert "acme/shared" in out


def test_a_chart_in_the_terminal_or_in_a_file(
    cli: Cli, lab: tuple[str, ...], tmp_path: Path
) -> None:
    out = cli.ok("cache", "plain", "--chart", "-", *lab)
    assert "cache hit ratio" in out
    out = cli.ok("cache", "two-lives", "--chart", "-", "--by-uses", *lab)
    assert "cost by number of uses" in out
    assert "automatic cache: it saves nothing" in cli.ok(
        "cache", "nothing", "--chart", "-", "--by-uses", *lab
    )
    path = tmp_path / "curve.json"
    ended = cli("cache", "plain", "--chart", str(path), *lab)
    assert (ended.code, ended.err) == (0, f"costcalc: wrote {path}\n")
    every = path.read_text()
    cli.ok("cache", "plain", "--ratios", "0,50%", "--chart", "-", *lab)
    assert cli("cache", "plain", "--ratios", "0,50%", "--chart", str(path), *lab).code == 0
    assert len(path.read_text()) < len(every)  # else a line for each per cent is drawn


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--misses", "5m=2%,1h=1%"), "--misses compares lives over a session that grows; say --growth, too"),
        (("--misses", "5m", "--growth", "9"), "--misses '5m' is no pair; write it like --misses 5m=2.2%,1h=0.39%"),
        (("--summary", "9"), "--summary asks how often to summarise what grows; say --growth, too"),
        (("--lives", "soon"), "--lives are durations such as '15m', '1h' or '1d', and 'soon' is none"),
        (("--prefix", "0"), "--prefix is a whole number from 1 on, not 0"),
        (("--prompt", "0"), "--mix '100' and --prompt 0 are above 0"),
        (("--mix", "0"), "--mix '0' and --prompt 20000 are above 0"),
        (("--mix", "9", "--input", "9"), "--mix and a usage exclude each other; keep --mix, or --input and --output"),
        (("--ratios", "0,200%"), "a hit ratio is the cached share of all input tokens, from 0 to 1, not '200%'"),
        (("--claim", "90%"), "--claim asks how a session grows; say what each step adds: --growth 2k"),
        (("--steps", "9"), "--steps belongs to a claimed hit ratio; say which, too: --claim 90%"),
        (("--miss-ratio", "9%"), "--miss-ratio belongs to a claimed hit ratio; say which, too: --claim 90%"),
        (("--claim", "90%", "--growth", "9", "--steps", "0"), "--steps is a whole number from 1 on, not 0"),
        (("--against", "plain"), "say on what two-lives and plain are compared: --input and --output"),
        (("--by-uses",), "--by-uses draws the break-even of one model; name one, and --chart FILE"),
        (("plain", "--by-uses", "--chart", "-"), "--by-uses draws the break-even of one model"),
        (("--chart", "-", "--json"), ""),
        (("--csv", "--markdown"), "--csv and --markdown exclude each other; keep one"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_a_sentence_in_the_words_of_the_options(
    cli: Cli, lab: tuple[str, ...], args: tuple[str, ...], words: str
) -> None:
    ended = cli("cache", "two-lives", *args, *lab)
    assert (ended.code, ended.out) == (4, "")
    assert words in ended.err


def test_the_help_has_examples(cli: Cli) -> None:
    out = cli.ok("cache", "--help")
    assert "costcalc cache claude-sonnet-4-6 gpt-5 grok-4.3 --mix 100" in out
