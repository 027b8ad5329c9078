from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
import warnings
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.core import TyperGroup

import costcalc.cli
from costcalc import RegistryError, __version__
from costcalc.cli import app as app_module
from costcalc.cli import completion, data, outcome

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


def test_a_closed_pipe_is_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with (tmp_path / "out").open("w") as out, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        assert finish(raising(BrokenPipeError())) == 0
    assert capsys.readouterr().err == ""


def told() -> int:
    sys.stdout.write("over the budget\n" * 20_000)  # more than any buffer holds
    return 2


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("buffered", [True, False], ids=["buffered", "unbuffered"])
def test_who_stops_reading_does_not_change_the_code(
    *, buffered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as out, monkeypatch.context() as patch:
        out.reconfigure(write_through=not buffered)
        patch.setattr(sys, "stdout", out)
        assert finish(told) == 2
        assert sys.stdout is out


@pytest.mark.parametrize("stream", [None, Terminal(), StringIO()], ids=["none", "tty", "no file"])
def test_a_command_has_somewhere_to_write(
    stream: StringIO | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        assert finish(told) == 2
        assert sys.stdout is stream
    assert stream is None or stream.getvalue().startswith("over the budget\nover the budget\n")


def test_a_full_disk_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with (tmp_path / "out").open("w") as out, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        assert finish(raising(OSError(28, "No space left on device"))) == 4
    assert capsys.readouterr().err == "costcalc: cannot write: No space left on device\n"


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


def test_json_is_ascii_where_the_output_has_no_more(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "out"
    with path.open("w", encoding="ascii") as out, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        data.print_json({"sign": "×", "other": {1, 2}.__class__})
    assert '"sign": "\\u00d7"' in path.read_text()


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
