"""`costcalc count`: files, folders and prompts, for one model or several."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from costcalc import Calibration, UsageError, count_tokens
from costcalc.cli.held import Held

if TYPE_CHECKING:
    from cli_support import Cli

TEXT = "The quick brown fox jumps over the lazy dog.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "b.md").write_text(TEXT * 3)
    (tmp_path / "more" / "c.bin").write_bytes(b"\x89PNG\0\0")
    (tmp_path / ".hidden").write_text(TEXT)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text(TEXT)
    return tmp_path


def test_a_file_is_counted(cli: Cli, folder: Path) -> None:
    out = cli.ok("count", str(folder / "a.txt"), "--model", "small")
    assert out.splitlines()[0].split() == ["file", "tokens", "range", "method"]
    assert out.splitlines()[2].split()[-2:] == ["10", "exact"]
    assert "total" not in out


def test_a_folder_is_counted_without_hidden_files_and_what_is_no_text(
    cli: Cli, folder: Path
) -> None:
    data = cli.json("count", str(folder), "--model", "small")
    assert [(Path(each["file"]).name, each["tokens"]) for each in data["results"]] == [
        ("a.txt", 10), ("b.md", 30),
    ]  # fmt: skip
    (total,) = data["totals"]
    assert total == {
        "model": "small", "tokens": 40, "low": 40, "high": 40, "method": "exact",
        "tokenizer": "o200k_base",
    }  # fmt: skip
    assert "total  " in cli.ok("count", str(folder), "--model", "small")


def test_what_cannot_be_opened_is_left_out_of_a_folder(cli: Cli, folder: Path) -> None:
    (folder / "broken").symlink_to(folder / "nowhere")
    assert len(cli.json("count", str(folder), "--model", "small")["results"]) == 2


def test_several_models_stand_beside_each_other(cli: Cli, folder: Path) -> None:
    out = cli.ok("count", str(folder / "a.txt"), "-m", "small", "-m", "big")
    lines = out.splitlines()
    assert lines[0].split() == ["file", "model", "tokens", "range", "method"]
    assert "heuristic" in out  # nobody said how big counts
    assert " to " in out
    assert "\ntext  " in out  # why that range


def test_a_model_that_is_not_known_does_not_stop_the_others(cli: Cli, folder: Path) -> None:
    ended = cli("count", str(folder / "a.txt"), "-m", "small", "-m", "smal", "--json")
    assert ended.code == 3
    assert [each["model"] for each in ended.data["totals"]] == ["small"]
    assert ended.error["type"] == "UnknownModelError"
    alone = cli.fails(3, "count", str(folder / "a.txt"), "-m", "smal")
    assert "unknown model 'smal'" in alone


def test_what_a_folder_left_out_is_said(
    cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    (folder / "wide.txt").write_bytes(TEXT.encode("utf-16"))
    (folder / "paper.pdf").write_bytes(b"%PDF-1.7")
    os.mkfifo(folder / "pipe")
    data = cli.json("count", ".", "--model", "small")
    assert [each["file"] for each in data["results"]] == ["./a.txt", "./wide.txt", "./more/b.md"]
    assert data["left_out"] == ["./paper.pdf", "./pipe", "./more/c.bin"]
    out = cli.ok("count", ".", "--model", "small")
    assert "\nleft out  ./paper.pdf, ./pipe, ./more/c.bin: no text" in out
    for number in range(4):
        (folder / f"{number}.png").write_bytes(b"")
    said = " ".join(cli.ok("count", ".", "--model", "small").split())
    assert "left out ./0.png, ./1.png, ./2.png, ./3.png, ./paper.pdf and 2 more files: no" in said


def test_a_name_that_would_upset_a_terminal_is_quoted(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[31m\nb.txt"
    path.write_text(TEXT)
    (tmp_path / "\x1b.bin").write_bytes(b"\0")
    out = cli.ok("count", str(tmp_path), "-m", "small")
    assert "\x1b" not in out
    assert r"/a\x1b[31m\nb.txt'" in out
    data = cli.json("count", str(tmp_path), "-m", "small")
    assert data["results"][0]["file"] == str(path)


def test_a_folder_without_text_is_no_zero(cli: Cli, folder: Path) -> None:
    (folder / "a.txt").unlink()
    (folder / "more" / "b.md").unlink()
    said = cli.fails(4, "count", str(folder), "--model", "small")
    assert "there is nothing to count in" in said
    assert "c.bin, which is no text; name files that hold text" in said
    (folder / "more" / "c.bin").unlink()
    assert f"in '{folder}'; name files" in cli.fails(4, "count", str(folder), "--model", "small")


@pytest.mark.parametrize("damaged", [PermissionError, OSError])
def test_a_file_of_somebody_else_is_left_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch, damaged: type[OSError]
) -> None:
    def refusing(*_: object) -> None:
        raise damaged

    monkeypatch.setattr("builtins.open", refusing)
    with pytest.raises(UsageError, match="there is nothing to count"):
        Held.of([str(folder)], prompts=False)


class Piped:
    """Standard input as a process has it: text over bytes."""

    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


STDIN: dict[str, tuple[Any, str]] = {
    "text": (io.StringIO(TEXT), TEXT),
    "line breaks stay what they are": (Piped(b"a\r\n\r\nb"), "a\r\n\r\nb"),
    "what is not UTF-8 is replaced": (Piped(b"caf\xe9"), "caf\ufffd"),
    "a byte order mark is no text": (Piped(b"\xff\xfea\0"), "a"),
}


@pytest.mark.parametrize(("stdin", "text"), STDIN.values(), ids=STDIN)
def test_standard_input_is_a_minus(monkeypatch: pytest.MonkeyPatch, stdin: Any, text: str) -> None:
    monkeypatch.setattr("sys.stdin", stdin)
    (found,) = Held.of(["-"], prompts=False).prompts
    assert (found.name, found.content) == ("standard input", text)


WRONG_STDIN: dict[str, tuple[Any, list[str], str]] = {
    "named twice": (
        io.StringIO(TEXT),
        ["-", "a.txt", "-"],
        "- is standard input, which can be read",
    ),
    "closed": (None, ["-"], "standard input is closed; name a file instead of -"),
    "no text": (Piped(b"PK\0\0"), ["-"], "standard input: this is no text, it has zero bytes"),
}


@pytest.mark.parametrize(("stdin", "paths", "message"), WRONG_STDIN.values(), ids=WRONG_STDIN)
def test_a_standard_input_that_cannot_be_read_is_said(
    monkeypatch: pytest.MonkeyPatch, stdin: Any, paths: list[str], message: str
) -> None:
    monkeypatch.setattr("sys.stdin", stdin)
    with pytest.raises(UsageError, match=message):
        Held.of(paths, prompts=False)


def test_a_model_named_twice_is_counted_once_and_a_file_twice(cli: Cli, folder: Path) -> None:
    path = str(folder / "a.txt")
    data = cli.json("count", path, path, "-m", "small", "-m", "small")
    assert [each["tokens"] for each in data["results"]] == [10, 10]
    assert [each["tokens"] for each in data["totals"]] == [20]
    assert cli.ok("count", path, path, "-m", "small").split()[-3:] == ["total", "20", "exact"]


def test_a_model_without_a_rule_does_not_stop_the_others(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    path = tmp_path / "p.jsonl"
    image = {"type": "image_url", "image_url": {"url": "https://a.example/b.png"}}
    path.write_text(
        f'"Hello"\n{json.dumps({"messages": [{"role": "user", "content": [image]}]})}\n'
    )
    ended = cli("count", str(path), "--prompts", "-m", "big", "-m", "small", "--json")
    assert ended.code == 4
    assert {each["model"] for each in ended.data["results"]} == {"small"}
    assert ended.error["message"].startswith(f"{path}:2: model 'big' has no known rule for images")


def test_nothing_is_shown_where_every_model_failed(cli: Cli, folder: Path) -> None:
    ended = cli("count", str(folder / "a.txt"), "-m", "smal", "-m", "bigg")
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.count("unknown model") == 2


def test_a_prompt_that_cannot_be_counted_is_named(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text('"Hello"\n{"messages": [{"role": "user", "content": [{"type": "imag"}]}]}\n')
    said = cli.fails(4, "count", str(path), "--prompts", "-m", "small", "-m", "big")
    assert said.startswith(f"{path}:2: messages[0].content[0] has the type 'imag'")


def test_no_more_than_five_ways_of_counting_are_said(cli: Cli) -> None:
    samples = Path(__file__).parents[1] / "tokens" / "samples"
    out = cli.ok("count", str(samples), "--tokenizer", "claude-3")
    notes = out.split("\n\n")[-1].splitlines()
    assert len(notes) == 6
    assert re.search(r"and in \d+ more ways; --json has all of them$", notes[-1])


def test_prompts_are_counted_one_by_one(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    hello = [{"role": "user", "content": "Hello"}]
    path.write_text(f"{json.dumps('Hello')}\n{json.dumps({'id': 'x', 'messages': hello})}\n")
    data = cli.json("count", str(path), "--prompts", "--model", "small")
    assert [each["file"] for each in data["results"]] == [f"{path}:1", f"{path}:2 (x)"]
    assert data["results"][0]["tokens"] == 1
    assert data["results"][1]["tokens"] > 1
    assert {part["what"] for part in data["results"][1]["parts"]} == {"text", "frame"}
    whole = cli.json("count", str(path), "--model", "small")
    assert [each["file"] for each in whole["results"]] == [str(path)]


def test_a_tokenizer_replaces_the_models(cli: Cli, folder: Path, tmp_path: Path) -> None:
    data = cli.json("count", str(folder / "a.txt"), "--tokenizer", "cl100k_base")
    assert data["totals"][0]["tokenizer"] == "cl100k_base"
    pairs = [(TEXT * number, 15 * number) for number in range(1, 30)]
    path = tmp_path / "mine.yaml"
    Calibration.fit(pairs, name="mine").save(path)
    data = cli.json("count", str(folder / "a.txt"), "--tokenizer", str(path), "-m", "small")
    (total,) = data["totals"]
    assert (total["tokenizer"], total["method"]) == ("mine", "calibrated")
    assert total["low"] <= 15 <= total["high"]


def test_csv_and_markdown(cli: Cli, folder: Path) -> None:
    out = cli.ok("count", str(folder), "-m", "small", "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["tokens"] for row in rows] == ["10", "30"]
    assert rows[0]["tokenizer"] == "o200k_base"
    out = cli.ok("count", str(folder), "-m", "small", "--markdown")
    assert out.startswith("| file | tokens | range | method |\n| --- | ---: |")


def test_a_count_is_that_of_the_library(cli: Cli, folder: Path) -> None:
    data = cli.json("count", str(folder / "more" / "b.md"), "-m", "small", "-m", "big")
    for each in data["results"]:
        assert each["tokens"] == count_tokens(TEXT * 3, each["model"]).tokens


WRONG: dict[str, tuple[tuple[str, ...], int, str]] = {
    "no model": (("a.txt",), 4, "say for which model to count"),
    "no such file": (("b.txt", "-m", "small"), 4, "b.txt: cannot be read: No such file"),
    "a file that is no text": (
        ("more/c.bin", "-m", "small"), 4, "this is no text, it has zero bytes",
    ),
    "an unknown vocabulary": (("a.txt", "--tokenizer", "o201k"), 4, "o201k"),
    "two forms at once": (
        ("a.txt", "-m", "small", "--csv", "--markdown"), 4, "--csv and --markdown exclude each other",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("args", "code", "message"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_counted_is_said(
    cli: Cli,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    args: tuple[str, ...],
    code: int,
    message: str,
) -> None:
    monkeypatch.chdir(folder)
    ended = cli("count", *args)
    assert ended.code == code
    assert message in ended.err
