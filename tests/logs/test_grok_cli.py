"""Grok CLI's sessions: a line a turn, by model, with xAI's charge."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from costcalc.logs import LogRecords, price, read
from costcalc.logs.grok_cli import FORMAT


def usage(
    read_in: int = 1_000, cached: int = 400, out: int = 200, thought: int = 50, **more: Any
) -> dict[str, Any]:
    return {"inputTokens": read_in, "cachedReadTokens": cached, "outputTokens": out,
            "reasoningTokens": thought, "totalTokens": read_in + out, **more}  # fmt: skip


def turn(
    counted: Any, event: str | None = "evt-1", kind: str = "turn_completed", **meta: Any
) -> dict[str, Any]:
    return {
        "timestamp": 1_788_256_800, "method": "_x.ai/session/update",
        "params": {
            "sessionId": "s1", "update": {"sessionUpdate": kind, "usage": counted},
            "_meta": {"eventId": event, "totalTokens": 90_000, **meta},
        },
    }  # fmt: skip


ONE = usage(modelUsage={"grok-4.5-build": usage(costUsdTicks=25_200_000)})
TWO = usage(modelUsage={"grok-4.5": usage(), "grok-4.3": usage(10, 0, 5, 0)})


def read_of(folder: Path, *rows: Any) -> LogRecords:
    file = folder / "sessions" / "%2Fhome%2Fme%2Fapp" / "s1" / "updates.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return read(folder)


CASES: list[tuple[str, tuple[Any, ...], int, int, int]] = [
    ("a turn counts by model", (turn(ONE),), 1, 1_000, 200),
    ("two models of a turn are two calls", (turn(TWO),), 2, 1_010, 205),
    ("a turn that was written twice is one", (turn(ONE), turn(ONE)), 1, 1_000, 200),
    (
        "without an id of its own a turn is its time and counts",
        (turn(ONE, None), turn(ONE, None)),
        1,
        1_000,
        200,
    ),
    ("without models the counts of the turn are taken", (turn(usage()),), 1, 1_000, 200),
    (
        "other updates are no calls",
        (turn(ONE, kind="turn_completed_soon"), turn(None), turn(ONE, "evt-2")),
        1,
        1_000,
        200,
    ),
    (
        "models that are no object are none",
        (turn(usage(modelUsage=True)), turn(ONE, "evt-2")),
        2,
        2_000,
        400,
    ),
    ("a turn without tokens is no call", (turn(usage(0, 0, 0, 0)),), 0, 0, 0),
]


@pytest.mark.parametrize(
    ("rows", "calls", "read_in", "out"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_turns(rows: tuple[Any, ...], calls: int, read_in: int, out: int, tmp_path: Path) -> None:
    for number, order in enumerate(permutations(rows)):
        records = read_of(tmp_path / str(number), *order)
        assert len(records) == calls
        assert sum(each.usage.input_tokens for each in records) == read_in
        assert sum(each.usage.output_tokens for each in records) == out


def test_the_charge_stands_beside_the_list_price(tmp_path: Path) -> None:
    """600 at 2, 400 read at 0.30, 200 at 6: the ticks of a turn without a promotion."""
    (record,) = read_of(tmp_path, turn(ONE))
    assert (record.model, record.provider, record.session, record.project, record.id) == (
        "grok-4.5", "xai", "s1", "/home/me/app", "evt-1",
    )  # fmt: skip
    assert record.usage.reasoning_tokens == 50
    assert record.stated_cost == Decimal("0.00252")
    report = price(tmp_path)
    assert (report.total, report.stated) == (Decimal("0.00252"), Decimal("0.00252"))


def test_a_turn_without_ticks_states_nothing(tmp_path: Path) -> None:
    (record,) = read_of(tmp_path, turn(usage(modelUsage={"grok-4.5": usage()})))
    assert record.stated_cost is None


@pytest.mark.parametrize(
    ("counted", "reason"),
    [
        (usage(totalTokens=90_000), "totalTokens is 90,000, and input and output are 1,200"),
        (usage(modelUsage={"grok-4.5": 7}), "the usage of 'grok-4.5' is no object with counts"),
        (
            usage(10, 20),
            "20 tokens read from a cache, 0 written to it and 0 of sound are more than the 10",
        ),
    ],
    ids=["a total beside its parts", "no object", "more cached than there is"],
)
def test_what_contradicts_itself_is_a_call_without_a_price(
    counted: Any, reason: str, tmp_path: Path
) -> None:
    records = read_of(tmp_path, turn(counted), turn(ONE))
    assert len(records) == 1
    assert records.reading is not None
    (skip,) = records.reading.faults
    assert skip.line == 1
    assert reason in skip.reason


def test_a_cut_line_loses_nothing_else(tmp_path: Path) -> None:
    read_of(tmp_path, turn(ONE))
    (file,) = tmp_path.rglob("*.jsonl")
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole + whole[:300], encoding="utf-8")
    records = read(tmp_path)
    assert len(records) == 1
    assert records.reading is not None
    assert records.reading.skips[0].reason.startswith("it is no valid JSON")


def test_a_long_turn_may_be_many_prompts_and_is_said(tmp_path: Path) -> None:
    long = usage(300_000, 0, 10, 0)
    records = read_of(tmp_path, turn(long), turn(long))
    assert records.reading is not None
    texts = [each.text for each in records.reading.assumptions if each.code == "running_total"]
    assert texts == [
        "a turn adds up its calls and says not how many; a price by prompt size is judged on the sum"
    ]


def test_a_turn_that_says_how_many_calls_it_was_has_their_mean(tmp_path: Path) -> None:
    many = usage(modelUsage={"grok-4.5": usage(400_000, 0, 1_000, 0, modelCalls=4)})
    records = read_of(
        tmp_path, turn(many), turn(usage(modelUsage={"grok-4.5": usage(modelCalls=1)}), "evt-2")
    )
    assert [each.usage.requests for each in records] == [4, None]
    assert records.reading is not None
    assert "running_total" not in [each.code for each in records.reading.assumptions]


def test_a_turn_may_be_named_by_its_prompt(tmp_path: Path) -> None:
    row = turn(ONE, None)
    row["params"]["update"]["prompt_id"] = "p-1"
    assert read_of(tmp_path, row, row)[0].id == "p-1"


def test_times_of_the_agent_come_first(tmp_path: Path) -> None:
    (record,) = read_of(tmp_path, turn(ONE, agentTimestampMs=1_788_256_800_250))
    assert str(record.at) == "2026-09-01 10:00:00.250000+00:00"


def test_a_file_elsewhere_has_no_project(tmp_path: Path) -> None:
    file = tmp_path / "updates.jsonl"
    file.write_text(json.dumps(turn(ONE)), encoding="utf-8")
    assert read(file)[0].project is None


def test_sessions_lie_where_grok_home_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GROK_HOME", str(tmp_path))
    assert FORMAT.homes() == [str(tmp_path / "sessions")]
    monkeypatch.delenv("GROK_HOME")
    assert FORMAT.homes()[0].endswith("sessions")
