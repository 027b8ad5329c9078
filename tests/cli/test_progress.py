"""The progress bar: in a terminal alone, and nothing of it remains."""

from __future__ import annotations

import io

import pytest

from costcalc.cli.progress import bytes_read, progress, tracked


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


def _seen(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    seen = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", seen)
    return seen


def test_a_count_says_of_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = _seen(monkeypatch)
    with progress("counting", 1_200) as advance:
        advance(1_100)
    assert "1,100 of 1,200" in seen.getvalue()


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        pytest.param([(500_000, 2_000_000), (1_500_000, 2_000_000)], "1.5/2.0 MB", id="of all"),
        pytest.param([(1_500_000, None)], "1.5/? MB", id="of a pipe"),
    ],
)
def test_reading_says_its_bytes(
    monkeypatch: pytest.MonkeyPatch, steps: list[tuple[int, int | None]], said: str
) -> None:
    seen = _seen(monkeypatch)
    with bytes_read("reading logs") as show:
        for done, whole in steps:
            show(done, whole)
    assert said in seen.getvalue()


def test_a_pipe_does_not_see_what_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    with bytes_read("reading logs") as show:
        show(1, 2)
    assert capsys.readouterr().err == ""
