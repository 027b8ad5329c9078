from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cli_support import Cli
from rich.console import Console

from costcalc import Registry, UsageError
from costcalc import logs as library
from costcalc.cli import logs_table, logs_watch
from costcalc.cli.app import app
from costcalc.cli.logs_watch import Watch, seconds_of


@pytest.fixture(autouse=True)
def nobody_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)


def _line(name: str, at: str, model: str = "big", **more: Any) -> str:
    usage = {"input_tokens": 1000, "cache_read_input_tokens": 9000, "output_tokens": 200}
    message = {"id": name, "model": model, "usage": {**usage, **more}}
    row = {
        "parentUuid": None,
        "sessionId": "s1",
        "requestId": name,
        "timestamp": at,
        "message": message,
    }
    return json.dumps(row) + "\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "projects" / "-home-me"
    folder.mkdir(parents=True)
    (folder / "a.jsonl").write_text(
        _line("a", "2026-09-01T10:00:00.000Z")
        + _line("a", "2026-09-01T10:00:01.000Z")
        + _line("b", "2026-09-02T10:00:00.000Z", model="small")
    )
    return tmp_path / "projects"


TABLE = """\
day         calls  input  cache read  cache write  output  hit ratio      cost
──────────────────────────────────────────────────────────────────────────────
2026-09-01      1    10k          9k            0     200      90.0%  $0.00870
2026-09-02      1    10k          9k            0     200      90.0%  $0.00068
all             2    20k         18k            0     400      90.0%  $0.00938

total    $0.00938, calls from 2026-09-01 10:00 to 2026-09-02 10:00 UTC
caching  saved $0.02592
read     1 file (1 of claude-code), 2 calls, each once; 1 repeated line
"""


def test_a_table_has_its_sum_and_what_limits_it(cli: Cli, tree: Path) -> None:
    found = cli.ok("logs", str(tree))
    assert found.startswith(TABLE)
    assert "assumed  Claude Code's logs do not say who pays" in found


def test_json_has_the_total_first(cli: Cli, tree: Path) -> None:
    data = cli.json("logs", str(tree), "--by", "model,session")
    assert next(iter(data.items())) == ("total", "0.00938")
    assert data["rows"][0] | {"quantities": 0, "hit_ratio": 0} == {
        "model": "big", "session": "s1", "total": "0.0087", "requests": 1, "unpriced": 0,
        "input_tokens": 10_000, "cache_read_tokens": 9000, "cache_write_tokens": 0,
        "output_tokens": 200, "hit_ratio": 0, "quantities": 0, "saved": "0.0243",
    }  # fmt: skip
    assert data["rows"][0]["quantities"] == {"input": 1000, "cache_read": 9000, "output": 200}
    assert data["reading"]["duplicates"] == 1


def test_csv_is_exact(cli: Cli, tree: Path) -> None:
    lines = cli.ok("logs", str(tree), "--csv", "--by", "project").splitlines()
    assert lines[0].startswith("project,requests,unpriced,input_tokens,")
    assert lines[1:] == ["-home-me,2,0,20000,18000,0,400,0.02592,0.00938,USD"]


def test_markdown_is_a_table_with_what_limits_it(cli: Cli, tree: Path) -> None:
    found = cli.ok("logs", str(tree), "--markdown", "--by", "month", "--by", "model")
    assert found.startswith("| month | model | calls | input |")
    assert "| 2026-09 | big | 1 | 10k |" in found
    assert "| all |  | 2 | 20k |" in found
    assert "\ntotal: $0.00938, calls from" in found


def test_what_has_no_price_is_loud(cli: Cli, tree: Path) -> None:
    lines = [
        _line("c", "2026-09-02T11:00:00.000Z", "gone-model"),
        _line("d", "2026-09-03T11:00:00.000Z", ""),
    ]
    (tree / "b.jsonl").write_text("".join(lines))
    ended = cli("logs", str(tree))
    assert ended.code == 3
    assert "2026-09-02      2    20k" in ended.out
    assert "≥ $0.00068" in ended.out
    assert "2026-09-03      1    10k" in ended.out
    assert "not priced" in ended.out
    assert "unpriced  gone-model: 1 call, 10k in, 200 out: unknown model 'gone-model'" in ended.out
    assert "(no model)" in ended.out
    assert ended.err.startswith(
        "costcalc: 2 of 4 calls have no price, and the total is without them: 'gone-model', ''"
    )
    data = cli("logs", str(tree), "--json").data
    assert data["unpriced"][0]["error"]["type"] == "UnknownModelError"


def test_a_line_that_was_skipped_is_named(cli: Cli, tree: Path) -> None:
    with (tree / "-home-me" / "a.jsonl").open("a") as file:
        file.write('{"parentUuid":null,"message":{"usage":{')
    found = " ".join(cli.ok("logs", str(tree)).split())
    assert "a.jsonl:4: it is no valid JSON" in found
    assert "more; see --json" not in found


def test_a_report_of_records_says_nothing_of_files(
    tree: Path, registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    records = list(library.read(tree))
    logs_table.print_table(library.price(records, registry=registry))
    found = capsys.readouterr().out
    assert "total    $0.00938" in found
    assert "each once" not in found


def test_one_row_is_its_own_sum(cli: Cli, tree: Path) -> None:
    assert "\nall" not in cli.ok("logs", str(tree), "--by", "year")


def test_nothing_in_the_window_is_no_error(cli: Cli, tree: Path) -> None:
    found = cli.ok("logs", str(tree), "--since", "2030-01-01", "--timezone", "Europe/Berlin")
    assert found.startswith("total    $0.00; the 2 calls that were read lie outside of --since and")


def test_days_are_those_of_a_zone(cli: Cli, tree: Path) -> None:
    found = cli.ok("logs", str(tree), "--timezone", "Pacific/Auckland")
    assert "days are those of Pacific/Auckland" in " ".join(found.split())


def test_calls_as_another_model(cli: Cli, tree: Path) -> None:
    data = cli.json("logs", str(tree), "--as", "big")
    assert data["total"] == "0.0174"


def test_costs_of_the_logs_themselves_and_what_was_skipped_are_said(
    cli: Cli, tmp_path: Path
) -> None:
    row = '{"model":"big","at":"2026-09-01","input_tokens":1000,"cache_write_tokens":1000}\n'
    stated = _line("a", "2026-09-01T10:00:00.000Z").replace("{", '{"costUSD": 0.5, ', 1)
    (tmp_path / "a.jsonl").write_text(row + "junk\n" * 7)
    (tmp_path / "b.jsonl").write_text(stated)
    (tmp_path / "c.jsonl").write_text('{"colour":"red"}\n')
    found = " ".join(cli.ok("logs", str(tmp_path)).split())
    assert "stated $0.50 by the logs themselves, 1 call" in found
    assert "; no log in 1 other file" in found
    assert f"skipped {tmp_path / 'a.jsonl'}:2: it is" in found
    assert "2 more; see --json for the first hundred" in found
    assert "(none)" in cli.ok("logs", str(tmp_path), "--by", "session")


def test_writes_that_cost_more_than_they_saved_are_said(cli: Cli, tmp_path: Path) -> None:
    usage = {"input_tokens": 0, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 1000}
    (tmp_path / "own.yaml").write_text(
        "provider: acme\nmodels:\n  big: {input: 1, cache_write: 2, output: 1}\n"
    )
    (tmp_path / "a.jsonl").write_text(_line("a", "2026-09-01T10:00:00.000Z", **usage))
    found = cli.ok("logs", str(tmp_path), "--pricing", str(tmp_path / "own.yaml"))
    assert "caching  added $0.001 to the bill" in found


def test_no_file_but_named_records(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("")
    ended = cli("logs", str(tmp_path))
    assert ended.code == 1
    assert "read   no file, 0 calls" in ended.out
    assert ended.err.startswith("costcalc: warning: no log of a known format was read, and a total")


WRONG = [
    (["--by", "hour"], "a report cannot be by 'hour'"),
    (["--since", "soon"], "'soon' is no ISO 8601 date or time"),
    (["--since", "999999999d"], "'999999999d' is before the year 1"),
    (["--timezone", "Mars"], "there is no time zone 'Mars'"),
    (["--format", "xyz"], "'xyz' is no format of a log"),
    (["--json", "--csv"], "--json and --csv exclude each other"),
    (["--watch", "--json"], "--watch shows a table"),
    (["--watch", "--every", "never"], "--every is a number of seconds"),
]


@pytest.mark.parametrize(("options", "message"), WRONG, ids=[" ".join(each) for each, _ in WRONG])
def test_wrong_input_is_a_sentence(cli: Cli, tree: Path, options: list[str], message: str) -> None:
    ended = cli("logs", str(tree), *options)
    assert (ended.code, ended.out) == (4, "")
    assert message in ended.err


def test_no_logs_on_the_machine_is_a_sentence(cli: Cli) -> None:
    assert cli.fails(4, "logs").startswith("no agent's logs are on this machine")


@pytest.mark.parametrize(
    ("since", "count"),
    [("today", 1), ("Yesterday", 2), ("1d", 2), ("3d", 3)],
)
def test_days_can_be_counted_back(cli: Cli, tmp_path: Path, since: str, count: int) -> None:
    # the moment is now, so that today is the test's own day
    now = datetime.now(UTC)
    moments = [now - timedelta(days=back) for back in (0, 1, 3)]
    lines = [_line(str(n), f"{at:%Y-%m-%dT%H:%M:%S}.000Z") for n, at in enumerate(moments)]
    (tmp_path / "a.jsonl").write_text("".join(lines))
    assert cli.json("logs", str(tmp_path), "--since", since)["requests"] == count


def test_a_bar_is_told_the_bytes_that_are_read(
    cli: Cli, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved: list[tuple[int, int | None]] = []

    class Bar:
        def __enter__(self) -> Any:
            return lambda *step: moved.append(step)

        def __exit__(self, *_: object) -> None:
            return None

    monkeypatch.setattr("costcalc.cli.progress.bytes_read", lambda _: Bar())
    (tree / "b.jsonl").write_text((tree / "-home-me" / "a.jsonl").read_text())
    cli.ok("logs", str(tree))
    size = (tree / "b.jsonl").stat().st_size
    assert moved == [(size, 2 * size), (2 * size, 2 * size)]


def test_standard_input_has_no_share(cli: Cli, tree: Path) -> None:
    data = (tree / "-home-me" / "a.jsonl").read_bytes()
    result = cli._runner.invoke(app, ["logs", "-", "--json"], input=data)
    assert json.loads(result.stdout)["total"] == "0.00938"


# --- watching -------------------------------------------------------------------------------------


def _shown(view: Any) -> str:
    console = Console(width=100, file=io.StringIO())
    console.print(view)
    file: Any = console.file
    return file.getvalue()


@pytest.fixture
def today(tmp_path: Path) -> Path:
    path = tmp_path / "home" / ".claude" / "projects" / "p" / "a.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text(_line("a", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.000Z"))
    return path


TERMS: dict[str, Any] = {
    "by": "model", "since": None, "until": None, "timezone": "UTC", "as_model": None, "format": None,
}  # fmt: skip


def test_a_watch_shows_today_and_what_came_in(today: Path, registry: Registry) -> None:
    watch = Watch(None, TERMS, registry)
    first = watch.refresh()
    assert "big" in _shown(first)
    assert "last call" in _shown(first)
    assert watch.refresh() is first  # nothing has changed
    with today.open("a") as file:
        file.write(_line("b", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.000Z", "gone-model"))
    second = _shown(watch.refresh())
    assert "1 call without a price: gone-model" in second
    assert "not priced" in second


def test_a_watch_from_a_day_on_leaves_older_files_out(
    tmp_path: Path, today: Path, registry: Registry
) -> None:
    old = tmp_path / "home" / ".claude" / "projects" / "p" / "old.jsonl"
    old.write_text(_line("z", "2026-01-01T00:00:00.000Z"))
    os.utime(old, (1_000, 1_000))
    (old.parent / "gone.jsonl").symlink_to(tmp_path / "nowhere")
    watch = Watch([today.parent], {**TERMS, "since": "2026-01-02"}, registry)
    assert "no call yet" not in _shown(watch.refresh())
    today.write_text("")
    assert "no call yet" in _shown(watch.refresh())


@pytest.mark.usefixtures("today")
def test_watching_ends_when_somebody_stops_it(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def pauses() -> Iterator[None]:
        yield
        raise KeyboardInterrupt

    waited = pauses()
    seconds: list[float] = []

    def sleep(number: float) -> None:
        seconds.append(number)
        next(waited)

    monkeypatch.setattr(logs_watch.time, "sleep", sleep)
    ended = cli("logs", "--watch", "--every", "2.5", "--by", "model")
    assert (ended.code, seconds) == (0, [2.5, 2.5])
    assert "big" in ended.out


@pytest.mark.parametrize("text", ["0.5", "nan", "inf", "x", "90000"])
def test_seconds_are_from_one_to_a_day(text: str) -> None:
    with pytest.raises(UsageError, match="--every is a number of seconds"):
        seconds_of(text)


def test_a_watch_says_what_it_shows_and_what_is_missing(today: Path, registry: Registry) -> None:
    with today.open("a") as file:
        file.write('{"parentUuid":null,"message":{"usage"')
    shown = _shown(Watch(None, TERMS, registry).refresh())
    assert f", since {datetime.now(UTC):%Y-%m-%d} 00:00 UTC; Ctrl-C ends it" in shown
    assert "what the API would charge, whoever pays, a lower bound" in shown
    assert "1 skipped; 'costcalc logs' says what" in shown


def test_a_watch_of_a_machine_without_logs_says_where_it_looked(cli: Cli) -> None:
    assert cli.fails(4, "logs", "--watch").startswith("no agent's logs are on this machine")


def test_a_watch_of_rows_says_nothing_of_who_pays(tmp_path: Path, registry: Registry) -> None:
    path = tmp_path / "usage.jsonl"
    path.write_text(
        f'{{"model":"big","at":"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}","output_tokens":5}}\n'
    )
    assert "whoever pays" not in _shown(Watch([path], TERMS, registry).refresh())


# --- projects -------------------------------------------------------------------------------------


@pytest.fixture
def apart(tmp_path: Path) -> Path:
    for place in ("a/api", "b/api", "b/web"):
        folder = tmp_path / "logs" / place
        folder.mkdir(parents=True)
        row = json.loads(_line(place, "2026-09-01T10:00:00.000Z"))
        (folder / "s.jsonl").write_text(
            json.dumps({**row, "sessionId": place, "cwd": f"/{place}"}) + "\n"
        )
    return tmp_path / "logs"


def test_tables_show_what_tells_projects_apart(cli: Cli, apart: Path) -> None:
    found = cli.ok("logs", str(apart), "--by", "project")
    assert [line.split()[0] for line in found.splitlines()[2:6]] == ["a/api", "b/api", "web", "all"]
    assert "| a/api " in cli.ok("logs", str(apart), "--by", "project", "--markdown")


def test_data_has_the_whole_path_of_a_project(cli: Cli, apart: Path) -> None:
    found = cli.json("logs", str(apart), "--by", "project")
    assert [row["project"] for row in found["rows"]] == ["/a/api", "/b/api", "/b/web"]
    table = cli.ok("logs", str(apart), "--by", "model,project", "--csv")
    assert table.splitlines()[1].startswith("big,/a/api,")


# --- one window for all that reads logs -----------------------------------------------------------


def test_logs_and_reconcile_have_the_same_window(cli: Cli) -> None:
    def panel(*command: str) -> str:
        return cli.ok(*command, "--help").partition(" Which calls ")[2].partition("╰")[0]

    assert panel("logs") == panel("logs", "reconcile")
    for name in ("--since", "--until", "--timezone", "--format"):
        assert name in panel("logs")


@pytest.mark.parametrize(
    ("files", "window", "said"),
    [
        pytest.param("ab", "2027-01-01", "the 2 calls that were read lie outside", id="several"),
        pytest.param("a", "2027-01-01", "the call that was read lies outside", id="one"),
        pytest.param("", "2027-01-01", None, id="no call"),
        pytest.param("ab", None, None, id="no window"),
    ],
)
def test_a_window_without_calls_says_that_there_are_some(
    cli: Cli, tmp_path: Path, files: str, window: str | None, said: str | None
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        "".join(_line(name, "2026-09-01T10:00:00.000Z") for name in files)
        or '{"parentUuid":null,"sessionId":"s1"}\n'
    )
    found = cli.ok("logs", str(path), *(() if window is None else ("--since", window)))
    flat = " ".join(found.split())
    assert (said is not None) == ("outside of --since and --until" in flat)
    if said is not None:
        assert f"total $0.00; {said} of --since and --until" in flat


def test_a_format_that_no_file_has_is_a_warning(cli: Cli, tree: Path) -> None:
    path = str(tree / "-home-me" / "a.jsonl")
    assert cli("logs", path, "--format", "claude-code").code == 0
    ended = cli("logs", path, "--format", "codex")
    assert ended.code == 1
    assert "warning: no call was read as codex, and a total of nothing says nothing" in ended.err
