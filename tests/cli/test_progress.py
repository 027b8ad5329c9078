"""The progress bar: in a terminal alone, and nothing of it remains."""

from __future__ import annotations

import io

import pytest

from costcalc.cli.progress import progress, tracked


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_how_much_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", Terminal())
    import sys

    assert list(tracked("abc", "counting letters", 3)) == ["a", "b", "c"]
    assert isinstance(sys.stderr, Terminal)
    assert "counting letters" in sys.stderr.getvalue()
    with progress("nothing", None) as advance:
        advance(1)


def test_a_pipe_sees_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(tracked("abc", "counting letters", 3)) == ["a", "b", "c"]
    assert capsys.readouterr().err == ""
