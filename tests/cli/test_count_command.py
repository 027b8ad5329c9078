"""`costcalc count`: files, folders and prompts, for one model or several."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from costcalc import Calibration, count_tokens
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


def test_standard_input_is_a_minus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(TEXT))
    assert list(sources(["-"], prompts=False)) == [("standard input", TEXT)]


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
