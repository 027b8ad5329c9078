from __future__ import annotations

import gzip
import io
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from logs_support import claude_line, write

from costcalc import UsageError, logs
from costcalc.logs import files as files_module
from costcalc.logs import places as places_module
from costcalc.logs.formats import FORMATS, format_named, format_within
from costcalc.logs.places import homes, places
from costcalc.logs.reading import read_calls


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    write(tmp_path / "logs" / "a.jsonl", claude_line("msg_1"))
    write(tmp_path / "logs" / "deep" / "b.JSONL", claude_line("msg_2"))
    write(tmp_path / "logs" / "notes.txt", b"no log")
    return tmp_path / "logs"


def _names(paths: Any) -> list[str]:
    return [os.path.basename(each) for each in places(paths, [].append)[0]]


def test_a_folder_is_searched_at_every_depth(tree: Path) -> None:
    assert _names(tree) == ["a.jsonl", "b.JSONL"]


def test_a_glob_and_several_paths(tree: Path) -> None:
    assert _names([str(tree / "*.jsonl"), tree / "deep"]) == ["a.jsonl", "b.JSONL"]
    assert _names(str(tree / "**" / "*.txt")) == ["notes.txt"]


def test_bytes_and_home_are_paths(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tree))
    assert _names([os.fsencode(tree / "a.jsonl"), "~/a.jsonl"]) == ["a.jsonl"]


def test_a_link_is_no_second_file(tree: Path) -> None:
    (tree / "c.jsonl").symlink_to(tree / "a.jsonl")
    os.link(tree / "a.jsonl", tree / "d.jsonl")
    assert _names(tree) == ["a.jsonl", "b.JSONL"]


def test_a_link_to_a_folder_is_followed_once(tree: Path, tmp_path: Path) -> None:
    write(tmp_path / "synced" / "c.jsonl", claude_line("msg_3"))
    (tree / "deep" / "there").symlink_to(tmp_path / "synced")
    (tree / "deep" / "back").symlink_to(tree)
    assert _names(tree) == ["a.jsonl", "b.JSONL", "c.jsonl"]


def test_a_folder_that_cannot_be_searched_is_said(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.scandir

    def scandir(path: str) -> Any:
        if str(path).endswith("deep"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    reading = logs.read(tree).reading
    assert reading is not None
    assert [str(each) for each in reading.skips] == [
        f"{tree / 'deep'}: it cannot be searched: Permission denied"
    ]


def test_a_link_to_nothing_is_said(tree: Path) -> None:
    (tree / "c.jsonl").symlink_to(tree / "gone")
    records = logs.read(tree)
    assert records.reading is not None
    assert (len(records), records.reading.skipped) == (2, 1)


@pytest.mark.parametrize(
    ("path", "message"),
    [("gone", "there is no file or folder 'gone'"), ("*.gone", "nothing matches '*.gone'")],
    ids=["a path", "a glob"],
)
def test_what_is_not_there_is_an_error(path: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        logs.read(path)
    assert str(caught.value).startswith(message)


def test_files_that_did_not_change_may_be_left_out(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.utime(tree / "a.jsonl", (1_000, 1_000))
    (tree / "gone.jsonl").symlink_to(tree / "nowhere")
    monkeypatch.setattr(
        sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b'{"model":"m","input_tokens":1}'))
    )
    records = read_calls([tree, "-"], modified=2_000.0)
    assert [os.path.basename(each.file) for each in records] == ["standard input", "b.JSONL"]


def test_claude_code_is_found_where_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        write(tmp_path / name / "projects" / "p" / "a.jsonl", claude_line(f"msg_{name}"))
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", f"{tmp_path / 'one'}, {tmp_path / 'two'}")
    assert len(logs.read()) == 2


@pytest.mark.parametrize("folder", [".claude", ".config/claude"])
def test_claude_code_is_found_at_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write(tmp_path / folder / "projects" / "p" / "a.jsonl", claude_line())
    assert homes(["claude-code"]) == [str(tmp_path / folder / "projects")]
    assert homes(["usage-lines"]) == []
    assert len(logs.read()) == 1


def test_a_machine_without_agents_says_where_it_looked() -> None:
    with pytest.raises(
        UsageError, match="no agent's logs are on this machine; looked for .*Claude Code: "
    ):
        logs.read()


def test_a_file_system_without_numbers_counts_every_path(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blind = SimpleNamespace(st_dev=0, st_ino=0)
    monkeypatch.setattr(
        places_module, "os", SimpleNamespace(**{**vars(os), "stat": lambda _: blind})
    )
    assert len(places([tree / "a.jsonl", tree / "deep" / "b.JSONL"], [].append)[0]) == 2


def test_a_file_that_is_no_log_is_an_error_when_it_was_named(tree: Path) -> None:
    with pytest.raises(UsageError, match="notes.txt is no log of a known format"):
        logs.read(tree / "notes.txt")


def test_a_file_of_a_folder_that_is_no_log_is_counted(tree: Path) -> None:
    write(tree / "other.jsonl", {"colour": "red"})
    write(tree / "empty.jsonl")
    reading = logs.read(tree).reading
    assert reading is not None
    assert (reading.files, reading.other_files) == (2, 1)
    assert reading.others == (str(tree / "other.jsonl"),)


def test_the_journal_of_a_workflow_repeats_its_agents_and_is_left_out(tree: Path) -> None:
    folder = tree / "s1" / "subagents" / "workflows" / "w"
    write(folder / "agent-1.jsonl", claude_line("msg_3"))
    journal = write(folder / "journal.jsonl", {"usage": {"input_tokens": 9, "output_tokens": 9}})
    records = logs.read(tree)
    assert records.reading is not None
    assert (len(records), records.reading.others) == (3, (str(journal),))
    assert len(logs.read(journal)) == 1  # somebody asks for it


def test_a_format_can_be_named(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.jsonl",
        {"message": {"id": "m", "model": "plain", "usage": {"output_tokens": 1}}},
    )
    assert len(logs.read(path, format="claude-code")) == 1


@pytest.mark.parametrize(
    ("name", "hint"),
    [("claude", "nearest: claude-code"), ("xyz", "known: ")],
    ids=["a near one", "another"],
)
def test_a_format_that_is_none_is_an_error(name: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        format_named(name)
    assert hint in str(caught.value)


def test_formats_have_names_of_their_own() -> None:
    names = [each.name for each in FORMATS]
    assert len(set(names)) == len(names)
    assert [format_named(name).name for name in names] == names


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes among files")
def test_a_pipe_of_a_folder_is_no_file(tree: Path) -> None:
    """To open it would wait for somebody who writes to it."""
    os.mkfifo(tree / "pipe.jsonl")
    assert _names(tree) == ["a.jsonl", "b.JSONL"]


BEGINNINGS = [
    ("junk", bytes(range(11, 256)) * 400),
    ("a line of no end", b'{"type":"user","message":"' + b"x" * 300_000 + b'"}'),
    ("a line that is too long to keep", b"x" * 50_000),
]


@pytest.mark.parametrize(
    "beginning", [case[1] for case in BEGINNINGS], ids=[case[0] for case in BEGINNINGS]
)
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_an_agents_log_is_read_however_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beginning: bytes, ending: str
) -> None:
    if set(beginning) == {ord("x")}:
        monkeypatch.setattr(files_module, "LONGEST_LINE", 40_000)
        monkeypatch.setattr(files_module, "_BLOCK", 20_000)
        monkeypatch.setattr(files_module, "_HEAD", 20_000)
    path = write(tmp_path / "a.jsonl", beginning, b"\n", claude_line("msg_1"), claude_line("msg_2"))
    if ending:
        (tmp_path / f"a.jsonl{ending}").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    assert len(logs.read(tmp_path)) == 2


def test_a_file_that_no_agent_wrote_is_none_by_what_stands_in_its_middle(tmp_path: Path) -> None:
    junk = b"x" * 100_000 + b"\n"
    write(tmp_path / "a.json", junk, claude_line())
    write(tmp_path / "b.jsonl", junk, {"model": "plain", "input_tokens": 5})
    reading = logs.read(tmp_path).reading
    assert reading is not None
    assert (reading.files, reading.other_files) == (0, 2)
    (tmp_path / "b.jsonl").unlink()
    assert format_within(str(tmp_path / "b.jsonl")) is None  # it is gone meanwhile


def test_a_database_whose_writes_lie_beside_it_has_changed(tree: Path) -> None:
    os.utime(tree / "a.jsonl", (1_000, 1_000))
    write(tree / "a.jsonl-wal", b"x")
    assert len(read_calls(tree / "a.jsonl", modified=2_000.0)) == 1
