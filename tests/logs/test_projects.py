"""Projects by their folder: one project is one row, whichever agents worked for it, and where."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from logs_support import claude_line, write

from costcalc import logs
from costcalc.logs.projects import claude_project, labels

FOLDER = "-home-me-my-app"
APP = "/home/me/my_app"
PATHS = [
    ("the project itself", APP, FOLDER, APP),
    ("a folder below", f"{APP}/src/lib", FOLDER, APP),
    ("another folder", "/srv/other", FOLDER, "/srv/other"),
    ("a neighbour whose name begins alike", "/home/me/my_app2", FOLDER, "/home/me/my_app2"),
    ("a worktree", f"{APP}/.claude/worktrees/x", f"{FOLDER}--claude-worktrees-x", APP),
    ("below a worktree", f"{APP}/.claude/worktrees/x/src", f"{FOLDER}--claude-worktrees-x", APP),
    ("a worktree that a session moved to", f"{APP}/.claude/worktrees/x", FOLDER, APP),
    ("a worktree beside it", "/home/me/my_app-x", "-home-me-my-app-x", "/home/me/my_app-x"),
    ("Windows", r"C:\me\app\src", "C--me-app", r"C:\me\app"),
    ("a worktree on Windows", r"C:\me\app\.claude\worktrees\x", "elsewhere", r"C:\me\app"),
]


@pytest.mark.parametrize(
    ("cwd", "folder", "project"), [each[1:] for each in PATHS], ids=[each[0] for each in PATHS]
)
def test_a_project_is_where_its_sessions_begin(cwd: str, folder: str, project: str) -> None:
    assert claude_project(cwd, folder) == project


LABELS = [
    ("the last part", {APP: "my_app", "/srv/web": "web"}),
    ("as many as tell two apart", {"/a/x/api": "x/api", "/a/y/api": "y/api", "/b/web": "web"}),
    ("all of it beside a longer one", {"/api": "api", "/x/api": "x/api"}),
    ("apart from a name", {"api": "api", "/x/api": "x/api"}),
    ("a name with a slash is no path", {"team/api": "team/api"}),
    ("a drive", {r"C:\me\app": "app", "C:/me/web": "web"}),
    ("the root", {"/": "/"}),
]


@pytest.mark.parametrize("shown", [each[1] for each in LABELS], ids=[each[0] for each in LABELS])
def test_a_path_is_shown_by_what_tells_it_apart(shown: dict[str, str]) -> None:
    assert labels(shown) == shown


@pytest.fixture(params=["msgspec", "json"])
def decoder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of decoding: typed, and without the extra."""
    if request.param == "json":
        monkeypatch.setitem(sys.modules, "costcalc.logs.claude_lines", None)
    else:
        pytest.importorskip("msgspec")
    return request.param


def _projects(tmp_path: Path) -> list[str | None]:
    return [each.project for each in logs.read(tmp_path)]


@pytest.mark.usefixtures("decoder")
def test_a_session_that_moves_stays_with_its_project(tmp_path: Path) -> None:
    first, second = (
        claude_line(f"m{number}", f"r{number}", more={"cwd": cwd})
        for number, cwd in enumerate([f"{APP}/src", "/srv/x"])
    )
    third = claude_line("m2", "r2", model="small", more={"cwd": "/srv/x"})
    unusual = claude_line("m3", "r3", more={"cwd": "/srv/x", "costUSD": 1})
    nowhere = claude_line("m4", "r4", speed="fast")
    write(tmp_path / "projects" / FOLDER / "a.jsonl", first, second, third, unusual, nowhere)
    assert _projects(tmp_path) == [APP] * 5


@pytest.mark.usefixtures("decoder")
def test_sessions_of_one_file_have_projects_of_their_own(tmp_path: Path) -> None:
    rows = [
        claude_line(f"m{number}", f"r{number}", session=f"s{number}", more={"cwd": cwd})
        for number, cwd in enumerate(["/a/api", "/b/web", None])
    ]
    write(tmp_path / "kept" / "all.jsonl", *rows)
    assert _projects(tmp_path) == ["/a/api", "/b/web", "kept"]


def test_gemini_cli_says_where_a_project_lies(tmp_path: Path) -> None:
    row = {
        "id": "m1", "type": "gemini", "model": "gemini-2.5-pro",
        "tokens": {"input": 10, "output": 1, "cached": 0, "thoughts": 0, "tool": 0, "total": 11},
    }  # fmt: skip
    head = {"sessionId": "s1", "projectHash": "abc"}
    for name in ("my-app", "bare", "bytes"):
        write(tmp_path / name / "chats" / "session-1.jsonl", head, {**row, "id": name})
    (tmp_path / "my-app" / ".project_root").write_text(f"{APP}\n", encoding="utf-8")
    (tmp_path / "bytes" / ".project_root").write_bytes(b"\xff")
    assert _projects(tmp_path) == ["bare", "bytes", APP]
