from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli_support import Cli


@pytest.mark.parametrize("suffix", [".html", ".png", ".svg", ".json"])
def test_history_saves_a_chart_and_says_where(cli: Cli, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"prices{suffix}"
    ended = cli("history", "small", "--chart", str(path))
    assert (ended.code, ended.err) == (0, f"costcalc: wrote {path}\n")
    assert path.stat().st_size > 1_000
    assert "small (acme), prices by date" in ended.out
    assert "per 1M tokens\n" not in ended.out


@pytest.mark.parametrize("where", ["-", "text"])
def test_history_draws_in_the_terminal(cli: Cli, where: str) -> None:
    said = cli.ok("history", "small", "--chart", where)
    assert "Prices of small by date, as known on " in said
    assert "cache read, per 1M tokens\n $0.04 ┤" in said


def test_history_as_json_with_a_chart_in_a_file(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "prices.json"
    ended = cli("history", "small", "--json", "--chart", str(path))
    assert ended.data["model"] == "small"
    assert json.loads(path.read_text("utf-8"))["vconcat"]


def test_history_as_json_prints_no_chart(cli: Cli) -> None:
    ended = cli("history", "small", "--json", "--chart", "-")
    assert ended.code == 4
    assert (
        ended.error["message"]
        == "--chart - prints to the terminal and --json does, too; name a file"
    )


def test_history_says_what_cannot_be_drawn(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = cli("history", "small", "--chart", str(tmp_path / "prices.pdf"))
    assert ended.code == 4
    assert "saved as .png, .svg, .html or .json" in ended.err
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    ended = cli("history", "small", "--chart", str(tmp_path / "prices.png"))
    assert ended.code == 4
    assert "pip install 'costcalc[plot]'" in ended.err
