"""`costcalc plan calibrate --write`: files of every form stay what they are but for the numbers."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import costcalc.planning.pools as pools_module

if TYPE_CHECKING:
    from cli_support import Cli

PLAN = """version: 1   # of the grammar
project: demo
period: {start: 2025-10-01, months: 2}
simulation: {samples: 100, seed: 1}

workloads:
  chat:
    model: small
    people: 5
    sessions_per_person_day: 4           # a guess
    turns_per_session: {p50: 6, p90: 20}
    system_tokens: 500
    user_tokens_per_turn: &tokens {p50: 60, p90: 200}
    output_tokens_per_turn:
      p50: 250   # half
      p90: 600
    note: |
      p50: 1  # no comment
"""
PRICES = """
provider: acme
models:
  small: {input: 1, cache_read: 0.1, output: 5, cache: {automatic: {ttl: {cache_read: 5m}}}}
"""
START = datetime(2025, 10, 1, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def small_pools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools_module, "_FEWEST", 64)
    monkeypatch.setattr(pools_module, "_MOST", 64)


def written(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def log(path: Path, model: str = "small", days: int = 14) -> str:
    """Write sessions of two to five calls, two a day; one in seven goes on after midnight."""
    lines: list[str] = []
    for day in range(days):
        for number in range(2):
            late = timedelta(hours=13, minutes=59, seconds=58) if day % 7 == 3 else timedelta()
            for step in range(2 + (day + number) % 4):
                usage = {"input_tokens": 100 + 10 * day, "cache_read_input_tokens": 200 * step,
                         "output_tokens": 40 + day}  # fmt: skip
                name = f"{day}-{number}-{step}-{model}"
                at = START + timedelta(days=day, seconds=step) + late
                lines.append(json.dumps({
                    "type": "assistant", "sessionId": f"{day}-{number}", "uuid": name,
                    "requestId": name, "cwd": "/p", "timestamp": f"{at:%Y-%m-%dT%H:%M:%S}.000Z",
                    "message": {"id": name, "role": "assistant", "model": model, "usage": usage},
                }))  # fmt: skip
    return written(path, "".join(f"{line}\n" for line in lines))


@pytest.fixture
def run(cli: Cli, tmp_path: Path) -> Callable[..., str]:
    """Calibrate a plan with the logs, and return what is said beside the figures."""
    prices = written(tmp_path / "prices.yaml", PRICES)
    logs = log(tmp_path / "log.jsonl")

    def calibrated(*args: str, code: int = 0) -> str:
        ended = cli("plan", "calibrate", *args, "--from", logs, "--pricing", prices)
        assert ended.code == code, ended.err
        return ended.err

    return calibrated


FORMS: dict[str, Callable[[str], bytes]] = {
    "as it is": lambda text: text.encode(),
    "breaks of Windows": lambda text: text.replace("\n", "\r\n").encode(),
    "a mark of the byte order": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "no last break": lambda text: text.removesuffix("\n").encode(),
    "documents": lambda text: f"---\n{text}---\n".encode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_file_keeps_its_form_and_a_second_time_changes_nothing(
    form: str, run: Callable[..., str], tmp_path: Path
) -> None:
    text = PLAN.replace("&tokens ", "")
    plain, other = tmp_path / "plain.yaml", tmp_path / "other.yaml"
    plain.write_bytes(text.encode())
    other.write_bytes(FORMS[form](text))
    run(str(plain), "--write")
    said = run(str(other), "--write")
    assert re.fullmatch(rf"costcalc: wrote {re.escape(str(other))}: \d measured numbers\n", said)
    new = plain.read_text()
    for part in ("# of the grammar", "# a guess", "# half", "      p50: 1  # no comment\n"):
        assert part in new
    assert other.read_bytes() == FORMS[form](new)
    run(str(other), "--write")
    assert other.read_bytes() == FORMS[form](new)


def test_a_plan_of_one_line_is_written(run: Callable[..., str], tmp_path: Path) -> None:
    text = (
        "{version: 1, project: demo, period: {start: 2025-10-01, months: 2}, workloads: {chat: "
        "{model: small, sessions_per_day: 4, turns_per_session: 3, user_tokens_per_turn: 9, "
        "output_tokens_per_turn: 5}}}"
    )
    path = written(tmp_path / "plan.yaml", text)
    run(path, "--write")
    new = Path(path).read_text()
    assert "\n" not in new
    assert "turns_per_session: {p50: 3, p90: 5, source: " in new


def test_a_link_stays_a_link(run: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target = tmp_path / "real" / "plan.yaml"
    target.write_text(PLAN.replace("&tokens ", ""))
    link = tmp_path / "plan.yaml"
    link.symlink_to("real/plan.yaml")
    run(str(link), "--write")
    assert link.is_symlink()
    assert "source: " in target.read_text()


def test_what_cannot_be_written_leaves_the_file(
    run: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "plan.yaml", PLAN)
    said = run(path, "--write", code=4)
    assert "user_tokens_per_turn in line 13 is an anchor that other places share" in said
    assert Path(path).read_text() == PLAN
    text = PLAN.replace("&tokens ", "")
    path = written(tmp_path / "plan.yaml", text)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    said = run(path, "--write", code=4)
    assert f"cannot write '{path}': No space left on device" in said
    assert Path(path).read_text() == text
    assert not list(tmp_path.glob(".plan.yaml.*"))
    assert "there is no folder" in run(path, "--out", str(tmp_path / "none" / "x"), code=4)


def test_days_count_whole_sessions_by_their_beginning(
    cli: Cli, run: Callable[..., str], tmp_path: Path
) -> None:
    path = written(tmp_path / "plan.yaml", PLAN)
    run(path)
    args = ("plan", "calibrate", path, "--from", str(tmp_path / "log.jsonl"), "--pricing",
            str(tmp_path / "prices.yaml"))  # fmt: skip
    whole = cli.json(*args)["workloads"][0]["measured"]
    before = cli.json(*args, "--until", "2025-10-05")["workloads"][0]["measured"]
    after = cli.json(*args, "--since", "2025-10-05")["workloads"][0]["measured"]
    for key in ("sessions", "calls", "input_tokens"):
        assert before[key] + after[key] == whole[key]
    assert (before["sessions"], before["last"], after["first"]) == (8, "2025-10-05", "2025-10-05")


def test_one_call_without_a_price_stops_nothing(cli: Cli, tmp_path: Path) -> None:
    path = written(tmp_path / "plan.yaml", PLAN.replace("&tokens ", ""))
    prices = written(tmp_path / "prices.yaml", PRICES)
    logs = (log(tmp_path / "a.jsonl"), log(tmp_path / "b.jsonl", "unheard", 9))
    args = ("plan", "calibrate", path, "--from", logs[0], "--from", logs[1], "--pricing", prices)
    ended = cli(*args, "--write")
    assert ended.code == 0
    said = " ".join(ended.out.split())
    assert re.search(r"\d+ calls of unheard have no price and are not in the cost", said)
    assert "calls of unheard are among those measured; the plan has small" in said
    assert "left out: chat 2025-10-06: " in said
    assert re.match(r"chat: \d+ sessions, \d+ calls, [-\d]+ to [-\d]+, ≥ \$", ended.out)
    assert "source: " in Path(path).read_text()
