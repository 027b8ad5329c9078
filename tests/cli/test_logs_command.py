from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
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
from costcalc.cli.logs_watch import Watch, seconds_of, view_of


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


@pytest.mark.parametrize("name", ["nonsense", ""], ids=["of no model", "of no name"])
def test_a_total_of_nothing_that_has_a_price_is_not_zero(cli: Cli, tree: Path, name: str) -> None:
    ended = cli("logs", str(tree), "--as", name)
    assert ended.code == 3
    assert "total     not priced, calls from 2026-09-01 10:00 to 2026-09-02 10:00 UTC" in ended.out
    assert "$" not in ended.out
    ended = cli("logs", str(tree), "--as", name, "--json")
    assert (ended.code, ended.data["total"], ended.data["rows"][0]["total"]) == (3, None, None)
    assert (ended.data["lines"], ended.data["registry_version"]) == ([], None)


def test_calls_whose_record_contradicts_itself_have_no_price_and_are_named(
    cli: Cli, tree: Path
) -> None:
    times = [f"2026-09-02T11:00:0{n}.000Z" for n in range(8)]
    wrong = [_line(at, at, input_tokens=-1) for at in times]
    path = tree / "b.jsonl"
    path.write_text("".join(wrong))
    ended = cli("logs", str(tree), "--by", "model")
    assert ended.code == 3
    shown = " ".join(ended.out.split())
    assert "big 9 10k 9k 0 200 90.0% ≥ $0.00870" in shown
    assert "total ≥ $0.00938, calls" in shown
    assert "; without 8 calls of no known cost" in shown
    assert f"unpriced big: 8 calls: {path}:1: input_tokens of the response is -1" in shown
    assert f"{path}:2: input" in shown
    assert f"{path}:6: input" in shown
    assert f"{path}:7: input" not in shown
    assert "2 more; see --json for the first hundred" in shown
    assert "skipped" not in shown
    said = "8 of 10 calls have no price, and the total is without them: 8 contradict themselves"
    assert f"{said}, such as {path}:1: input_tokens" in ended.err
    assert "--pricing" not in ended.err
    ended = cli("logs", str(tree), "--json")
    assert (ended.data["reading"]["faulty"], len(ended.data["reading"]["faults"])) == (8, 8)
    assert ended.data["unpriced"][0]["quantities"] == {}
    earlier = cli.ok("logs", str(tree), "--until", "2026-09-02")
    assert "unpriced" not in earlier


def test_calls_without_a_price_have_their_reasons_side_by_side(cli: Cli, tree: Path) -> None:
    at = "2026-09-02T11:00:00.000Z"
    lines = [_line("c", at, "gone-model"), _line("d", at, input_tokens=-1)]
    (tree / "b.jsonl").write_text("".join(lines))
    ended = cli("logs", str(tree), "--json")
    assert (ended.code, ended.error["models"]) == (3, ["gone-model"])
    assert (ended.error["requests"], ended.error["faulty"]) == (2, 1)
    assert ended.error["message"].startswith(
        "2 of 4 calls have no price, and the total is without them: 'gone-model'; add their "
        "prices in your own file with --pricing; 1 contradict themselves, such as "
    )


def test_a_row_without_a_priced_call_has_empty_cells(cli: Cli, tree: Path) -> None:
    (tree / "b.jsonl").write_text(_line("c", "2026-09-02T11:00:00.000Z", "gone-model"))
    lines = cli("logs", str(tree), "--csv", "--by", "model").out.splitlines()
    assert lines[-1] == "gone-model,1,1,10000,9000,0,200,,,USD"


@pytest.mark.parametrize(
    ("paths", "code"), [((), 4), (("notes",), 1)], ids=["no agent's logs", "no log among the files"]
)
def test_the_help_says_how_it_ends_where_there_is_nothing_to_read(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paths: tuple[str, ...], code: int
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes").mkdir()
    assert cli("logs", *paths).code == code
    said = " ".join(cli.ok("logs", "--help").split())
    assert "Exit code 1 is a warning: no log is among the files." in said
    assert "4 is wrong input, also where no agent's logs are on this machine." in said


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
    (["--watch", "--csv"], "--watch shows lines or --json; leave --csv and --markdown out"),
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
    assert "big" in _shown(view_of(first))
    assert "last call" in _shown(view_of(first))
    assert watch.refresh() is first  # nothing has changed
    with today.open("a") as file:
        file.write(_line("b", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.000Z", "gone-model"))
    second = _shown(view_of(watch.refresh()))
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
    assert "no call yet" not in _shown(view_of(watch.refresh()))
    today.write_text("")
    assert "no call yet" in _shown(view_of(watch.refresh()))


class Pauses:
    """Stands in for `time.sleep`: one step a pause, and Ctrl-C after the last."""

    def __init__(self, *steps: Callable[[], object]) -> None:
        self.seconds: list[float] = []
        self._steps = iter(steps)

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        step = next(self._steps, None)
        if step is None:
            raise KeyboardInterrupt
        step()


def _nothing() -> None:
    """Let nothing happen."""


def _said_again(path: Path, name: str, model: str = "big") -> Callable[[], object]:
    """Return what adds a call to a log, now."""

    def add() -> None:
        with path.open("a") as file:
            file.write(_line(name, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.000Z", model))

    return add


@pytest.mark.usefixtures("today")
def test_watching_ends_when_somebody_stops_it(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses = Pauses(_nothing)
    monkeypatch.setattr(logs_watch.time, "sleep", pauses)
    monkeypatch.setattr(logs_watch, "_is_screen", lambda: True)
    ended = cli("logs", "--watch", "--every", "2.5", "--by", "model")
    assert (ended.code, pauses.seconds) == (0, [2.5, 2.5])
    assert "big" in ended.out


def test_a_terminal_that_can_be_printed_over_is_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not logs_watch._is_screen()
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert logs_watch._is_screen()
    monkeypatch.setenv("TERM", "dumb")
    assert not logs_watch._is_screen()


def test_a_watch_into_a_pipe_is_a_line_for_each_row_that_changed(
    cli: Cli, today: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = [
        _said_again(today, "b", "small"),
        lambda: today.write_text(f"{today.read_text()}\n"),  # no call, and so no line
        _said_again(today, "c", "small"),
        _said_again(today, "d", "gone-model"),
        lambda: today.write_text(""),
    ]
    monkeypatch.setattr(logs_watch.time, "sleep", Pauses(*steps))
    ended = cli("logs", "--watch", "--by", "model")
    assert (ended.code, ended.err) == (0, "")
    lines = [line.split("  ", 1) for line in ended.out.splitlines()]
    assert all(datetime.fromisoformat(at).tzinfo is not None for at, _ in lines)
    one = "10k in  200 out  hit ratio 90.0%"
    assert [said for _, said in lines[:-1]] == [
        f"big  $0.0087  1 call  {one}",
        f"small  $0.00068  1 call  {one}",
        "all  $0.00938  2 calls  20k in  400 out  hit ratio 90.0%",
        "small  $0.00136  2 calls  20k in  400 out  hit ratio 90.0%",
        "all  $0.01006  3 calls  30k in  600 out  hit ratio 90.0%",
        f"gone-model  not priced  1 call  {one}",
        "all  ≥ $0.01006  4 calls  40k in  800 out  hit ratio 90.0%  without a price: gone-model",
    ]
    assert lines[-1][1].startswith("no call yet, since ")


def test_a_watch_of_one_row_needs_no_sum(
    cli: Cli, today: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {"model": "", "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "output_tokens": 5}
    path = today.parent / "usage.jsonl"
    path.write_text(f"{json.dumps(row)}\n")
    monkeypatch.setattr(logs_watch.time, "sleep", Pauses())
    ended = cli("logs", str(path), "--watch", "--by", "session")
    (line,) = ended.out.splitlines()
    assert line.endswith("Z  (none)  not priced  1 call  0 in  5 out  without a price: (no model)")


def test_a_watch_as_json_is_a_report_a_line(
    cli: Cli, today: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs_watch.time, "sleep", Pauses(_nothing, _said_again(today, "b")))
    monkeypatch.setattr(logs_watch, "_is_screen", lambda: True)
    ended = cli("logs", "--watch", "--json")
    assert (ended.code, ended.err) == (0, "")
    first, second = [json.loads(line) for line in ended.out.splitlines()]
    assert [first["total"], second["total"]] == ["0.0087", "0.0174"]
    assert next(iter(first)) == "total"
    assert datetime.fromisoformat(first["at"]) <= datetime.fromisoformat(second["at"])


@pytest.mark.usefixtures("today")
def test_a_watch_ends_when_nobody_reads_it(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs_watch, "is_read", lambda _: False)
    monkeypatch.setattr(logs_watch.time, "sleep", Pauses(_nothing))
    ended = cli("logs", "--watch", "--by", "model")
    assert (ended.code, len(ended.out.splitlines())) == (0, 1)


@pytest.mark.parametrize("text", ["0.5", "nan", "inf", "x", "90000"])
def test_seconds_are_from_one_to_a_day(text: str) -> None:
    with pytest.raises(UsageError, match="--every is a number of seconds"):
        seconds_of(text)


def test_a_watch_says_what_it_shows_and_what_is_missing(today: Path, registry: Registry) -> None:
    with today.open("a") as file:
        file.write('{"parentUuid":null,"message":{"usage"')
    shown = _shown(view_of(Watch(None, TERMS, registry).refresh()))
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
    assert "whoever pays" not in _shown(view_of(Watch([path], TERMS, registry).refresh()))


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
