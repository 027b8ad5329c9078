from __future__ import annotations

import json
import os
import runpy
import select
import signal
import subprocess
import sys
import warnings
from datetime import datetime
from decimal import Inexact
from io import StringIO
from itertools import product
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.core import TyperGroup

import costcalc.cli
from costcalc import RegistryError, __version__
from costcalc.cli import app as app_module
from costcalc.cli import completion, data, outcome
from costcalc.cli.pipes import is_read, outlasting

if TYPE_CHECKING:
    from cli_support import Cli

COMMANDS = ("price", "show", "models", "history", "compare", "registry")


def test_help_lists_the_commands(cli: Cli) -> None:
    said = cli.ok("--help")
    assert "with every cent" in said
    assert all(f" {name} " in said for name in COMMANDS)
    assert cli.ok().strip() == said.strip()


LINES = [(name,) for name in COMMANDS] + [
    ("registry", name) for name in ("check", "schema", "version", "providers")
]


@pytest.mark.parametrize("line", LINES, ids=[" ".join(line) for line in LINES])
def test_every_help_has_a_sentence_and_an_example(cli: Cli, line: tuple[str, ...]) -> None:
    said = cli.ok(*line, "--help")
    assert f"Usage: costcalc {' '.join(line)}" in said
    if line != ("registry",):
        assert f"\n costcalc {' '.join(line)}" in said
    for text in said.splitlines():
        assert len(text) <= 80


def test_the_version(cli: Cli) -> None:
    assert cli.ok("--version") == f"costcalc {__version__}\n"


def test_an_unknown_command(cli: Cli) -> None:
    said = cli.fails(4, "prcie")
    assert said == "unknown command 'prcie'; nearest: price; see 'costcalc --help'"
    assert cli.fails(4, "--nonsense").startswith("no such option")


def test_the_group_knows_its_commands_only() -> None:
    group: Any = typer.main.get_command(app_module.app)
    assert isinstance(group, TyperGroup)
    context: Any = group.make_context("costcalc", [], resilient_parsing=True)
    assert group.get_command(context, "nonsense") is None
    assert group.resolve_command(context, ["nonsense"])[1] is None  # completion asks so


def main(monkeypatch: pytest.MonkeyPatch, *args: str) -> int:
    monkeypatch.setattr(sys, "argv", ["costcalc", *args])
    try:
        return costcalc.cli.main()
    except SystemExit as end:
        return int(end.code or 0)


@pytest.mark.usefixtures("cli")
def test_main_runs_the_arguments_of_the_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(monkeypatch, "price", "small", "--input", "1", "--json") == 0
    assert '"total"' in capsys.readouterr().out
    assert main(monkeypatch, "--version") == 0
    assert capsys.readouterr().out == f"costcalc {__version__}\n"


class Watcher:
    """Notes how Ctrl-C would end, whenever something is imported."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def find_spec(self, name: str, *_: Any) -> None:
        if name == "costcalc.cli.app":
            self.seen.append(signal.getsignal(signal.SIGINT))


@pytest.mark.usefixtures("cli")
@pytest.mark.parametrize("before", [signal.default_int_handler, signal.SIG_IGN])
def test_ctrl_c_during_the_imports_ends_the_process(
    before: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher = Watcher()
    after = signal.signal(signal.SIGINT, before)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(costcalc.cli, "app", app_module)  # is put back afterwards
            patch.delitem(sys.modules, "costcalc.cli.app")
            patch.setattr(sys, "meta_path", [watcher, *sys.meta_path])
            assert main(patch, "--help") == 0
        assert signal.getsignal(signal.SIGINT) is before
    finally:
        signal.signal(signal.SIGINT, after)
    ended_at_once = signal.SIG_DFL if before is signal.default_int_handler else before
    assert watcher.seen == [ended_at_once]


@pytest.mark.usefixtures("cli")
def test_a_thread_runs_commands_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    codes: list[int] = []
    thread = Thread(target=lambda: codes.append(main(monkeypatch, "show", "small")))
    thread.start()
    thread.join()
    assert codes == [0]
    assert capsys.readouterr().out.startswith("small (acme)")


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_a_missing_extra_is_named_with_the_command_that_installs_it(
    missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    assert main(monkeypatch, "price") == 4
    assert capsys.readouterr().err == (
        "costcalc: the command line needs an extra; install it with: pip install 'costcalc[cli]'\n"
    )


@pytest.mark.usefixtures("cli")
def test_completion_of_names(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_COSTCALC_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "costcalc price sm")
    monkeypatch.setenv("COMP_CWORD", "2")
    assert main(monkeypatch) == 0
    assert capsys.readouterr().out.split() == ["small"]
    monkeypatch.setenv("COMP_WORDS", "costcalc pr")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert main(monkeypatch) == 0
    assert capsys.readouterr().out.split() == ["price"]


class Asked:
    """What completion reads of a context: the options before the cursor."""

    def __init__(self, pricing: str | None = None) -> None:
        self.params = {"pricing": pricing}


@pytest.mark.usefixtures("cli")
def test_completion_keeps_what_was_typed_and_knows_providers(own_prices: Path) -> None:
    asked: Any = Asked()
    assert completion.complete_model(asked, "SM") == ["SMall"]
    assert completion.complete_model(asked, "acme/s") == [
        "acme/shared", "acme/small", "acme/soon", "acme/steady",
    ]  # fmt: skip
    assert completion.complete_model(asked, "nobody/s") == []
    assert completion.complete_provider(asked, "y") == ["yuan"]
    own: Any = Asked(str(own_prices))
    assert "small" in completion.complete_model(own, "")
    broken: Any = Asked("nowhere.yaml")
    assert completion.complete_model(broken, "s") == []
    assert completion.complete_provider(broken, "") == []


@pytest.mark.usefixtures("cli")
def test_colours_only_where_a_terminal_has_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def escaped(**env: str) -> bool:
        with monkeypatch.context() as patch:
            patch.delenv("NO_COLOR", raising=False)
            for name, value in env.items():
                patch.setenv(name, value)
            assert main(patch, "price", "small", "--input", "1") == 0
        return "\x1b[" in capsys.readouterr().out

    assert not escaped()
    assert escaped(FORCE_COLOR="1", TERM="xterm-256color")
    assert not escaped(FORCE_COLOR="1", TERM="dumb")


# How commands end.


def finish(call: Any, *, as_json: bool = False) -> int:
    return outcome.finish(call, as_json=as_json)


def raising(error: BaseException) -> Any:
    def call() -> int:
        raise error

    return call


def told() -> int:
    sys.stdout.write("over the budget\n" * 20_000)  # more than any buffer holds
    sys.stderr.write("a limit is exceeded\n" * 20_000)
    return 2


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("name", ["stdout", "stderr"])
@pytest.mark.parametrize("buffered", [True, False], ids=["buffered", "unbuffered"])
def test_who_stops_reading_does_not_change_the_code(
    *, name: str, buffered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as out, monkeypatch.context() as patch:
        out.reconfigure(write_through=not buffered)
        patch.setattr(sys, name, out)
        assert finish(told) == 2
        assert getattr(sys, name) is out


@pytest.mark.parametrize("name", ["stdout", "stderr"])
@pytest.mark.parametrize("made", [None, Terminal, StringIO], ids=["none", "tty", "no file"])
def test_a_command_has_somewhere_to_write(
    name: str, made: type[StringIO] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = made and made()
    with monkeypatch.context() as patch:
        patch.setattr(sys, name, stream)
        assert finish(told) == 2
        assert getattr(sys, name) is stream
    said = {"stdout": "over the budget\n", "stderr": "a limit is exceeded\n"}[name]
    assert stream is None or stream.getvalue().startswith(said * 2)


def test_a_full_disk_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    full = OSError(28, "No space left on device")
    assert finish(raising(full)) == 4
    assert capsys.readouterr().err == "costcalc: cannot write: No space left on device\n"
    assert finish(raising(full), as_json=True) == 4
    assert json.loads(capsys.readouterr().err)["error"] == {
        "type": "OSError", "message": "cannot write: No space left on device", "exit_code": 4,
    }  # fmt: skip


def test_a_file_that_fails_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert finish(raising(OSError(36, "File name too long", "xxx"))) == 4
    assert capsys.readouterr().err == (
        "costcalc: cannot read or write 'xxx': File name too long; name another file\n"
    )


def test_a_number_out_of_range_is_named(cli: Cli) -> None:
    said = cli.fails(4, "price", "small", "--input", "1", "--to", "EUR", "--rate", "1e600")
    assert said.startswith("an exchange rate '1e600' is out of range: from 10**-30 to 10**30")


def test_a_product_beyond_all_arithmetic_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert finish(raising(Inexact())) == 4
    assert capsys.readouterr().err.startswith("costcalc: a number is too large or too fine")
    assert finish(raising(Inexact()), as_json=True) == 4
    assert json.loads(capsys.readouterr().err)["error"]["type"] == "Inexact"


@pytest.mark.parametrize("at", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00"])
def test_a_time_at_the_edge_of_the_calendar_is_data(cli: Cli, at: str) -> None:
    ended = cli("show", "small", "--at", at, "--json")
    assert ended.code == 4
    assert datetime.fromisoformat(ended.error["at"]) == datetime.fromisoformat(at)


FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="there is no disk that is always full")


@needs_full
def test_what_a_full_disk_does_not_take_is_said_where_that_can_be(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with FULL.open("w") as out, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        assert finish(told) == 4
    assert capsys.readouterr().err.endswith("costcalc: cannot write: No space left on device\n")
    with FULL.open("w") as out, monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", out)
        assert finish(told) == 2


@needs_full
@pytest.mark.usefixtures("cli")
def test_a_version_that_cannot_be_written_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with FULL.open("w") as out, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        assert main(patch, "--version") == 4
    assert capsys.readouterr().err == "costcalc: cannot write: No space left on device\n"


def test_one_can_know_whether_a_pipe_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_read(StringIO())
    for buffered, polls in product((True, False), (True, False)):
        reading, writing = os.pipe()
        with os.fdopen(writing, "w") as out, monkeypatch.context() as patch:
            out.reconfigure(write_through=not buffered)
            patch.setattr(sys, "stdout", out)
            if not polls:
                patch.delattr("select.poll", raising=False)
            with outlasting("stdout"):
                assert is_read(sys.stdout)
                os.close(reading)
                assert is_read(sys.stdout) is not (polls and hasattr(select, "poll"))
                sys.stdout.write("nobody reads this\n")
                sys.stdout.flush()
                assert not is_read(sys.stdout)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), typer.Abort()], ids=["Ctrl-C", "abort"])
def test_an_interrupt_is_silent(error: BaseException, capsys: pytest.CaptureFixture[str]) -> None:
    assert finish(raising(error)) == 130
    assert capsys.readouterr().err == ""


def test_every_problem_of_a_file_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    error = RegistryError("x", problems=("a.yaml:1: one", "a.yaml:2: two"))
    assert finish(raising(error)) == 4
    assert capsys.readouterr().err == "costcalc: a.yaml:1: one\ncostcalc: a.yaml:2: two\n"


def test_a_parser_error_without_context(capsys: pytest.CaptureFixture[str]) -> None:
    assert finish(raising(typer.BadParameter("No good."))) == 4
    assert capsys.readouterr().err == ("costcalc: invalid value: No good; see 'costcalc --help'\n")


def test_a_stream_that_cannot_be_reconfigured_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdout", StringIO())
    monkeypatch.setattr(sys, "stderr", StringIO())
    assert finish(lambda: 3) == 3


def test_warnings_of_others_stay_warnings() -> None:
    def call() -> int:
        warnings.warn("of somebody else", UserWarning, stacklevel=1)
        return 0

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert finish(call) == 0
    assert [str(each.message) for each in caught] == ["of somebody else"]


@pytest.mark.parametrize(
    ("encoding", "sign", "written"),
    [
        pytest.param("utf-8", "×", "×", id="a sign in UTF-8 is itself"),
        pytest.param("ascii", "×", "\\u00d7", id="no other sign is in ASCII"),
        pytest.param("cp1252", "×", "\\u00d7", id="what Windows would write is no JSON"),
        pytest.param("utf-8", "\udcff", "\\udcff", id="a file name that is no text"),
    ],
)
def test_json_is_utf_8_or_ascii(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, encoding: str, sign: str, written: str
) -> None:
    path = tmp_path / "out"
    with path.open("w", encoding=encoding) as out, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        data.print_json({"sign": sign, "other": {1, 2}.__class__})
    text = path.read_text("utf-8")
    assert f'"sign": "{written}"' in text
    assert json.loads(text)["sign"] == sign


def test_json_that_nobody_can_read_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def call() -> int:
        data.print_json({"sign": "×"})
        return 2

    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", None)
        assert finish(call, as_json=True) == 2


def test_the_modules_run_as_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["costcalc", "--version"])
    package = Path(costcalc.__file__).parent
    for program in (package / "__main__.py", package / "cli" / "__main__.py"):
        with pytest.raises(SystemExit) as end:
            runpy.run_path(str(program), run_name="__main__")
        assert end.value.code == 0
        runpy.run_path(str(program), run_name="imported")


# As a process: what only a process shows.


def run(*args: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    import os

    return subprocess.run(
        [sys.executable, "-m", "costcalc", *args],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        env={**os.environ, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8", **(env or {})},
    )


LAUNCH = ("--input", "1M", "--cache-read", "600k", "--output", "100k", "--at", "2025-09-07")


def test_a_process_prices_the_launch_day_call_of_grok_code_fast_1() -> None:
    ended = run("price", "grok-code-fast-1", *LAUNCH)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "$0.242\n" in ended.stdout
    assert "\x1b" not in ended.stdout


def test_a_process_compares_own_prices_with_bundled_ones(own_prices: Path) -> None:
    ended = run("compare", "grok-code-fast-1", "small", *LAUNCH, "--pricing", str(own_prices))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "xai" not in ended.stdout.splitlines()[2]
    assert "495.9×" in ended.stdout  # (400k + 600k) at 100 and 100k at 200, over 0.242


def test_a_process_exits_by_kind_of_error() -> None:
    assert run("price", "no-such-model-at-all", "--input", "1").returncode == 3
    wrong = run("price", "--nonsense")
    assert (wrong.returncode, wrong.stdout) == (4, "")
    assert wrong.stderr.startswith("costcalc: ")
    assert "Traceback" not in wrong.stderr


def test_a_process_in_ascii_replaces_signs(own_prices: Path) -> None:
    ended = run("show", "small", "--pricing", str(own_prices), env={"PYTHONIOENCODING": "ascii"})
    assert ended.returncode == 0
    assert ended.stdout.isascii()
    assert "+---" in ended.stdout


def test_a_process_with_a_closed_pipe_is_silent(own_prices: Path) -> None:
    program = [sys.executable, "-m", "costcalc", "models", "--pricing", str(own_prices)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


UNREAD = [
    pytest.param("", ("compare", "m", "gone", "--input", "1"), 3, id="a warning, then an error"),
    pytest.param("", ("price", "m", "--input", "1"), 0, id="a warning"),
    pytest.param(">&- 2>&- <&-", ("show", "gone"), 3, id="an error with nothing open"),
    pytest.param(">&-", ("--version",), 0, id="a version with nothing to write to"),
]


@pytest.mark.skipif(os.name == "nt", reason="descriptors are closed in another way there")
@pytest.mark.parametrize(("closed", "line", "code"), UNREAD)
def test_a_code_outlasts_who_reads_neither_stream(
    tmp_path: Path, closed: str, line: tuple[str, ...], code: int
) -> None:
    prices = tmp_path / "old.yaml"
    prices.write_text("provider: acme\nchecked: 2020-01-01\nmodels: {m: {input: 1, output: 2}}\n")
    shell = ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-m", "costcalc"]
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        environment = {**os.environ, "COSTCALC_PRICING": str(prices)}
        ended = subprocess.run(
            [*shell, *line], stdout=pipe, stderr=pipe, check=False, env=environment
        )
    assert ended.returncode == code


OVER = """version: 1
project: demo
period: {start: 2026-09-01, months: 1}
simulation: {samples: 100}
workloads:
  docs: {model: gpt-5, documents_per_month: 9, input_tokens_per_document: 9, output_tokens_per_document: 9}
budget: {fail: {mean_usd: 0}}
"""


@pytest.mark.skipif(os.name == "nt", reason="descriptors are closed in another way there")
@pytest.mark.parametrize("output", ["a pipe that is read no more", "nothing at all"])
def test_a_verdict_outlasts_who_reads_it(tmp_path: Path, output: str) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(OVER)
    program = [sys.executable, "-m", "costcalc", "plan", "check", str(plan)]
    if output == "nothing at all":
        program = ["sh", "-c", 'exec "$@" >&-', "sh", *program]
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        ended = subprocess.run(program, stdout=pipe, stderr=subprocess.PIPE, check=False)
    assert (ended.returncode, ended.stderr) == (2, b"")


def test_all_of_a_pipe_is_read(tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(OVER)
    ended = run("plan", "check", str(plan), "--json")
    assert ended.returncode == 2
    assert json.loads(ended.stdout)["level"] == "fail"


def test_a_price_imports_neither_pydantic_nor_yaml() -> None:
    script = (
        "import sys\n"
        "from costcalc.cli import main\n"
        f"sys.argv = ['costcalc', 'price', 'grok-code-fast-1', *{LAUNCH!r}]\n"
        "try:\n    main()\n"
        "finally:\n    print(sorted({'pydantic', 'yaml', 'tiktoken'} & set(sys.modules)))\n"
    )
    warm = run("registry", "version")  # compiles the prices of a checkout, once
    assert warm.returncode == 0
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60,
        encoding="utf-8",
    )  # fmt: skip
    assert ended.stdout.splitlines()[-1] == "[]"
