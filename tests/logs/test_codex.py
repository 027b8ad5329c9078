"""Codex rollouts: running totals, forks and subagents that repeat them, tiers, compactions."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import costcalc
from costcalc.logs import LogRecords, price, read
from costcalc.logs.codex import FORMAT
from costcalc.usage.responses.response_usage import ResponseUsage

Counts = tuple[int, int, int, int]
"""Input, cached, output, reasoning."""


def counts(each: Counts) -> dict[str, int]:
    names = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_output_tokens")
    return {**dict(zip(names, each, strict=True)), "total_tokens": each[0] + each[2]}


def meta(thread: str, at: str | None = "2026-09-01T10:00:00.000Z", **more: Any) -> dict[str, Any]:
    payload = {"id": thread, "cwd": "/home/me/app", "model_provider": "openai", **more}
    return {"timestamp": at, "type": "session_meta", "payload": payload}


def model(name: str) -> dict[str, Any]:
    return {
        "timestamp": "2026-09-01T10:00:01.000Z",
        "type": "turn_context",
        "payload": {"model": name},
    }


def event(
    total: Counts | None, last: Counts | None, at: str = "2026-09-01T10:00:05.000Z"
) -> dict[str, Any]:
    info = {
        "total_token_usage": None if total is None else counts(total),
        "last_token_usage": None if last is None else counts(last),
    }
    return {"timestamp": at, "type": "event_msg", "payload": {"type": "token_count", "info": info}}


def message(kind: str, **payload: Any) -> dict[str, Any]:
    return {"timestamp": "2026-09-01T10:00:06.000Z", "type": kind, "payload": payload}


def text_of(*rows: Any) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in rows)


def read_of(folder: Path, *files: str) -> LogRecords:
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(files):
        (folder / f"rollout-{number}.jsonl").write_text(text, encoding="utf-8")
    return read(folder)


def totals(records: LogRecords) -> Counts:
    usages = [each.usage.whole() for each in records if isinstance(each.usage, ResponseUsage)]
    return (
        sum(each.input_tokens for each in usages), sum(each.cache_read_tokens for each in usages),
        sum(each.output_tokens for each in usages), sum(each.reasoning_tokens for each in usages),
    )  # fmt: skip


def notes(records: LogRecords) -> str:
    assert records.reading is not None
    return " | ".join(f"{each.code}: {each.text}" for each in records.reading.assumptions)


A: Counts = (1_000, 0, 100, 40)
B: Counts = (1_500, 900, 200, 0)
A_B: Counts = (2_500, 900, 300, 40)
C: Counts = (2_000, 1_400, 50, 10)
A_B_C: Counts = (4_500, 2_300, 350, 50)
START = (meta("t1"), model("gpt-5.3-codex"))

# Each: what it shows; the lines; their totals; how many calls.
CASES: list[tuple[str, str, Counts, int]] = [
    ("each event adds what its running total grew by", text_of(*START, event(A, A), event(A_B, B)), A_B, 2),
    ("an event that repeats the running total is no call",
     text_of(*START, event(A, A), event(A, A), event(A, None), event(A_B, B)), A_B, 2),
    ("an event of rate limits alone has no counts",
     text_of(*START, message("event_msg", type="token_count", info=None), event(A, A)), A, 1),
    ("a running total without last counts is enough", text_of(*START, event(A, None), event(A_B, None)), A_B, 2),
    ("last counts without a running total are enough",
     text_of(*START, event(None, A), event(None, B, "2026-09-01T10:00:09.000Z")), A_B, 2),
    ("a running total that falls was reset, and the last counts are the call",
     text_of(*START, event(A_B, A_B), event(A, A)), (3_500, 900, 400, 80), 2),
    ("after a reset without last counts the running total is the call",
     text_of(*START, event(A_B, A_B), event(A, None)), (3_500, 900, 400, 80), 2),
    ("what came before the first event of a file is not counted", text_of(*START, event(A_B, B)), B, 1),
    ("a running total that jumps is taken whole", text_of(*START, event(A, A), event(A_B_C, C)), A_B_C, 2),
    ("a running total that was begun anew may be above the one before", text_of(*START, event(A, A), event(A_B, A_B)),
     (3_500, 900, 400, 80), 2),
    ("one that comes late is in the ones before", text_of(*START, event(A, A), event(A_B, B), event(A, A), event(A_B_C, C)), A_B_C, 3),
    ("a line that was appended to a cut one is read",
     text_of(*START, event(A, A)) + json.dumps(event(A_B, B))[:150] + text_of(event(A_B, B)), A_B, 2),
    ("an event without any tokens is no call", text_of(*START, event((0, 0, 0, 0), (0, 0, 0, 0)), event(A, A)), A, 1),
    ("a context that is counted anew without a call adds nothing",
     text_of(*START, event(A, A), event(A, (0, 0, 0, 0)), event(A_B, B)), A_B, 2),
    ("blank lines, other lines and cut ones lose nothing else",
     text_of(*START, event(A, A)) + '\n{"type": "event_msg", "payload": {"type": "token_count", "in\n'
     + text_of(message("response_item", type="message", content='say "token_count"'), event(A_B, B)), A_B, 2),
    ("a nameless thread is its file", text_of(model("gpt-5.3-codex"), meta("", cwd=None), event(A, A)), A, 1),
    ("settings of the usual tier change nothing",
     text_of(*START, message("event_msg", type="thread_settings_applied", thread_settings={"service_tier": "default"}),
             event(A, A)), A, 1),
    ("other events, and settings without a tier, change nothing",
     text_of(*START, message("event_msg", type="agent_message", text="token_count"), message("response_item", name="token_count"), message("world_state", name="token_count"),
             message("event_msg", type="thread_settings_applied", thread_settings={}), event(A, A)), A, 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected", "calls"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_running_totals(text: str, expected: Counts, calls: int, tmp_path: Path) -> None:
    records = read_of(tmp_path, text)
    assert totals(records) == expected
    assert len(records) == calls
    assert {each.format for each in records} == {"codex"}


def test_reasoning_is_a_part_of_the_output_and_not_billed_twice(tmp_path: Path) -> None:
    """junhoyeo/tokscale#1142: 4.9559216 where it is added once more."""
    heavy: Counts = (16_845_360, 16_358_912, 63_820, 24_882)
    assert read_of(tmp_path, text_of(*START, event(heavy, heavy)))
    assert price(tmp_path).total == Decimal("4.6075736")


def test_a_resumed_thread_bills_what_it_adds(tmp_path: Path) -> None:
    """multica-ai/multica#5568: the running total was billed once more."""
    first, more = (1_000, 0, 100, 0), (800, 700, 65, 0)
    rows = [event(first, first), event((1_800, 700, 165, 0), more, "2026-09-02T10:00:00.000Z")]
    assert read_of(tmp_path, text_of(meta("t1"), model("gpt-5"), *rows))
    assert price(tmp_path, since="2026-09-02").total == Decimal("0.0008625")


def test_a_call_says_where_it_belongs(tmp_path: Path) -> None:
    (record,) = read_of(tmp_path, text_of(*START, event(A, A)))
    assert (record.model, record.provider, record.session, record.project) == (
        "gpt-5.3-codex", "openai", "t1", "/home/me/app",
    )  # fmt: skip
    assert record.at is not None
    assert record.at.isoformat() == "2026-09-01T10:00:05+00:00"
    assert record.line == 3


def test_a_jump_of_the_running_total_is_said(tmp_path: Path) -> None:
    records = read_of(tmp_path, text_of(*START, event(A, A), event(A_B_C, C)))
    assert "running_total: a thread's running total grew by more than its last call" in notes(
        records
    )


def test_the_tier_that_was_asked_for_is_taken_and_said(tmp_path: Path) -> None:
    tier = message(
        "event_msg", type="thread_settings_applied", thread_settings={"service_tier": "fast"}
    )
    flex = message(
        "event_msg", type="thread_settings_applied", thread_settings={"service_tier": "flex"}
    )
    records = read_of(tmp_path, text_of(*START, tier, event(A, A), flex, event(A_B, B)))
    assert [dict(each.conditions) for each in records] == [
        {"service_tier": "priority"},
        {"service_tier": "flex"},
    ]
    assert "asked_tier: 2 calls: Codex logs state the service tier that was asked for" in notes(
        records
    )


def test_written_tokens_are_a_part_of_the_input(tmp_path: Path) -> None:
    """Newer logs have them: getagentseal/codeburn#1075."""
    row = event(None, A)
    row["payload"]["info"]["last_token_usage"]["cache_write_input_tokens"] = 300
    (record,) = read_of(tmp_path, text_of(*START, row))
    assert (record.usage.input_tokens, record.usage.cache_write_tokens) == (1_000, 300)


def test_a_part_above_its_total_is_a_call_without_a_price(tmp_path: Path) -> None:
    records = read_of(
        tmp_path,
        text_of(*START, event((10, 20, 1, 0), (10, 20, 1, 0)), event((1_510, 920, 201, 0), B)),
    )
    assert totals(records) == B
    assert records.reading is not None
    (skip,) = records.reading.faults
    assert (skip.line, records.reading.calls) == (3, 2)
    assert (
        "20 tokens read from a cache, 0 written to it and 0 of sound are more than the 10"
        in skip.reason
    )


def test_reasoning_above_the_output_is_a_call_without_a_price(tmp_path: Path) -> None:
    records = read_of(tmp_path, text_of(*START, event(None, (10, 0, 1, 5))))
    assert records.reading is not None
    (skip,) = records.reading.faults
    assert skip.reason.startswith(
        "5 reasoning tokens and 0 of sound are more than the 1 of the output"
    )


@pytest.mark.parametrize(
    ("cached", "expected"),
    [(None, 0), ("600", 600), (600.0, 600)],
    ids=["null", "text", "with a point"],
)
def test_counts_may_be_null_or_written_otherwise(
    cached: Any, expected: int, tmp_path: Path
) -> None:
    row = event(None, A)
    row["payload"]["info"]["last_token_usage"]["cached_input_tokens"] = cached
    (record,) = read_of(tmp_path, text_of(*START, row))
    assert record.usage.cache_read_tokens == expected


def test_counts_that_are_no_object_count_nothing_and_are_said(tmp_path: Path) -> None:
    row = event(A, A)
    row["payload"]["info"]["total_token_usage"] = [1, 2]
    records = read_of(tmp_path, text_of(*START, event(A, A), row, event(A_B, B)))
    assert (totals(records), len(records)) == (A_B, 2)
    assert records.reading is not None
    assert [each.reason for each in records.reading.skips] == [
        "its usage is [1, 2], and no object with counts; the next running total has it"
    ]


LONG: Counts = (100_000, 0, 100, 0)
JUMPS = [
    ("the last call is one and the rest is of its size", (500_000, 0, 200, 0), (100_000, 0, 50, 0),
     [(100_000, None), (300_000, 3)], "grew by more than its last call counts"),
    ("a rest that is no longer than the last call is one", (180_000, 0, 150, 0), (60_000, 0, 20, 0),
     [(60_000, None), (20_000, None)], "grew by more than its last call counts"),
    ("a rest without input is one", (200_000, 0, 250, 0), (100_000, 0, 20, 0),
     [(100_000, None), (0, None)], "grew by more than its last call counts"),
    ("a growth without the last call is taken whole", (500_000, 0, 110, 0), (100_000, 0, 50, 0),
     [(400_000, 4)], "grew by other counts than its last call's"),
    ("a rest that cannot be is taken whole", (500_000, 200_000, 200, 0), (250_000, 0, 50, 0),
     [(400_000, 2)], "grew by other counts than its last call's"),
    ("a last call without input says no size, and Codex's window does", (700_000, 0, 200, 0), (0, 0, 50, 0),
     [(0, None), (600_000, 3)], "grew by more than its last call counts"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("total", "last", "calls", "said"),
    [case[1:] for case in JUMPS],
    ids=[case[0] for case in JUMPS],
)
def test_a_total_that_grew_by_several_calls(
    total: Counts, last: Counts, calls: list[tuple[int, int | None]], said: str, tmp_path: Path
) -> None:
    """A price by prompt size is judged on single requests, never on what several add up to."""
    records = read_of(tmp_path, text_of(*START, event(LONG, LONG), event(total, last)))
    assert totals(records) == total
    record = records[1]
    found = [(each.usage.input_tokens, each.usage.requests) for each in (record, *record.parts)]
    assert found == calls
    assert said in notes(records)


def test_no_tier_of_long_prompts_is_taken_for_a_growth_of_several_calls(tmp_path: Path) -> None:
    row = event((500_000, 0, 200, 0), (100_000, 0, 50, 0))
    records = read_of(tmp_path, text_of(meta("t1"), model("gpt-5.5"), event(LONG, LONG), row))
    report = price(records)
    assert {line.rate for line in report.cost.lines} == {5, 30}  # type: ignore[union-attr]
    assert (report.total, report.requests) == (Decimal("2.506"), 5)
    assert sum(costcalc.price(each.model, each.usage).total for each in records) == report.total


def test_an_event_that_no_running_total_follows_is_a_call_without_a_price(tmp_path: Path) -> None:
    row = event(A, A)
    row["payload"]["info"]["total_token_usage"] = [1, 2]
    text = text_of(*START, event(A, A), row)
    fork = text_of(
        meta("t2", forked_from_id="t1"), meta("t1"), model("gpt-5.3-codex"), event(A, A), row
    )
    records = read_of(tmp_path, text, fork)
    assert records.reading is not None
    assert (len(records), records.reading.faulty, records.reading.skipped) == (1, 1, 0)
    (missing,) = price(records, by="model").unpriced
    assert (missing.model, missing.provider, missing.requests) == ("gpt-5.3-codex", "openai", 1)
    assert "its usage is [1, 2]" in missing.reason


def test_what_codex_says_of_a_request_or_a_thread_may_contradict_itself(tmp_path: Path) -> None:
    strange = message("token_usage_record", response_id="r", usage=[1])
    turns = [
        {"type": "turn.completed", "usage": 5},
        {"type": "turn.completed", "usage": counts((5, 9, 1, 0))},
    ]
    compacted = text_of(*START, request("resp_1", (5, 9, 1, 0)), DONE)
    records = read_of(
        tmp_path,
        text_of(*START, strange),
        compacted,
        *(text_of({"type": "thread.started", "thread_id": "t9"}, each) for each in turns),
    )
    assert records.reading is not None
    assert [each.reason for each in records.reading.skips] == [
        "its usage is [1], and no object with counts"
    ]
    first, second = (each.reason for each in records.reading.faults)
    assert first.startswith("9 tokens read from a cache")
    assert second == "its usage is 5, and no object with counts"


def test_the_calls_of_codex_exec_are_no_single_long_prompt(tmp_path: Path) -> None:
    read_of(tmp_path, run("t9", (1_000_000, 0, 100, 0)))
    report = price(tmp_path, as_model="gpt-5.5")
    assert (report.total, report.requests) == (Decimal("5.003"), 4)


def test_more_tokens_than_a_call_can_have_have_no_price(tmp_path: Path) -> None:
    many = 9 * 10**17
    records = read_of(tmp_path, text_of(*START, event(None, (many, 0, many, 0)), event(None, A)))
    assert totals(records) == A
    assert records.reading is not None
    assert records.reading.faults[0].reason.startswith("it counts 1.800e+18 tokens")


def test_a_model_that_the_log_does_not_name_is_loud_and_not_free(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(text_of(meta("t1"), event(A, A)), encoding="utf-8")
    report = price(tmp_path)
    assert report.total is None
    (missing,) = report.unpriced
    assert (missing.model, missing.requests, missing.input_tokens) == ("", 1, 1_000)


# --- forks and subagents ---

PARENT = text_of(*START, event(A, A), event(A_B, B))
STAMP, LATER = "2026-09-02T12:00:00.000Z", "2026-09-02T12:01:00.000Z"
SAME, MODEL = "2026-09-02T12:00:00.030Z", model("gpt-5.3-codex")
FORK = text_of(
    meta("t2", STAMP, forked_from_id="t1"), meta("t1", STAMP), MODEL,
    event(A, A, STAMP), event(A_B, B, SAME), event(A_B_C, C, LATER),
)  # fmt: skip
SPAWNED = text_of(
    meta("t3", STAMP, source={"subagent": {"thread_spawn": {"parent_thread_id": "t1"}}}), MODEL,
    event(A, A), event(A_B, B), event(A_B_C, C, LATER),
)  # fmt: skip
D: Counts = (300, 0, 30, 0)
A_B_D: Counts = (2_800, 900, 330, 40)
A_B_C_D: Counts = (4_800, 2_300, 380, 50)
NESTED = text_of(
    meta("t4", "2026-09-03T12:00:00.000Z", forked_from_id="t2"), MODEL,
    event(A, A), event(A_B, B), event(A_B_C, C, LATER), event(A_B_C_D, D, "2026-09-03T12:00:09.000Z"),
)  # fmt: skip
CUT = text_of(
    meta("t5", STAMP, parent_thread_id="t1"), MODEL, event(A_B, B, SAME), event(A_B_D, D, LATER)
)
FRESH = text_of(meta("t6", STAMP, parent_thread_id="t1"), MODEL, event(D, D, LATER))
FRESH_TOO = text_of(meta("t8", STAMP, parent_thread_id="t1"), MODEL, event(D, D, LATER))
ALONE = text_of(meta("t7"), MODEL, event(A, A))
TIMELESS = text_of(
    meta("t9", None, forked_from_id="t1"),
    MODEL,
    event(A, A, ""),
    event(A_B, B, ""),
    event(A_B_C, C, ""),
)
SLOW = text_of(
    meta("t10", STAMP, forked_from_id="t1"),
    MODEL,
    event(A, A, STAMP),
    event(A_B, B, LATER),
    event(A_B_C, C, LATER),
)
SLOWER = text_of(
    meta("t11", STAMP, forked_from_id="t10"), MODEL, event(A, A, LATER), event(A_B, B, LATER)
)
TWICE: Counts = (6_500, 3_700, 400, 60)

INHERITED = text_of(
    meta("t12", STAMP, forked_from_id="t1"), MODEL, event(A_B, (0, 0, 0, 0), STAMP), event(A_B_C, C, LATER),
)  # fmt: skip

FAMILIES: list[tuple[str, tuple[str, ...], Counts, int]] = [
    ("a fork repeats its parent with the time of the fork", (PARENT, FORK), A_B_C, 3),
    ("a subagent repeats its parent with its times", (PARENT, SPAWNED), A_B_C, 3),
    ("a fork may write no times at all", (PARENT, TIMELESS), A_B_C, 3),
    ("two of a family may have calls of the same size", (PARENT, FORK, SPAWNED), TWICE, 4),
    ("so may two whose parent is gone", (FORK, SPAWNED), TWICE, 4),
    ("a fork may take over its parent's total alone", (PARENT, INHERITED), A_B_C, 3),
    ("a fork of a fork repeats both", (PARENT, FORK, NESTED), A_B_C_D, 4),
    ("a fork that repeats its ancestors slowly is found out", (PARENT, SLOW, SLOWER), A_B_C, 3),
    ("a fork may repeat the last turns alone", (PARENT, CUT), A_B_D, 3),
    ("a subagent without its parent's history has calls of its own", (PARENT, FRESH), A_B_D, 3),
    ("so have two of them, of the same size", (PARENT, FRESH, FRESH_TOO), (3_100, 900, 360, 40), 4),
    ("forks of a parent that is gone keep its calls, once", (FORK, CUT), A_B_C_D, 4),
    ("threads that are no family may have the same counts", (PARENT, ALONE), (3_500, 900, 400, 80), 3),
    ("a thread in two folders is one", (PARENT, PARENT), A_B, 2),
    ("a fork in two folders is one", (FORK, PARENT, FORK), A_B_C, 3),
]  # fmt: skip


@pytest.mark.parametrize(
    ("files", "expected", "calls"),
    [case[1:] for case in FAMILIES],
    ids=[case[0] for case in FAMILIES],
)
def test_families_in_any_order(
    files: tuple[str, ...], expected: Counts, calls: int, tmp_path: Path
) -> None:
    for number, order in enumerate(permutations(files)):
        records = read_of(tmp_path / str(number), *order)
        assert totals(records) == expected
        assert len(records) == calls


def test_a_repeated_call_keeps_its_first_time(tmp_path: Path) -> None:
    for number, order in enumerate(permutations((PARENT, FORK, NESTED))):
        records = read_of(tmp_path / str(number), *order)
        days = sorted(str(each.at)[:10] for each in records)
        assert days == ["2026-09-01", "2026-09-01", "2026-09-02", "2026-09-03"]


def test_a_repeated_call_of_a_parent_that_is_gone_has_no_time(tmp_path: Path) -> None:
    """The fork's is not the call's: ccusage/ccusage#1371."""
    assert [each.at is None for each in read_of(tmp_path / "forked", FORK)] == [True, True, False]
    assert [each.at is None for each in read_of(tmp_path / "spawned", SPAWNED)] == [
        False,
        False,
        False,
    ]
    report = price(tmp_path / "forked", since="2026-09-02")
    assert report.requests == 1
    assert "2 calls state no time" in " ".join(each.text for each in report.assumptions)


def test_repetitions_are_counted(tmp_path: Path) -> None:
    records = read_of(tmp_path, PARENT, FORK)
    assert records.reading is not None
    assert records.reading.duplicates == 2


@settings(max_examples=40, deadline=None)  # files are written, however slow the disk
@given(
    steps=st.lists(st.tuples(*(st.integers(0, 500),) * 4), min_size=1, max_size=6),
    own=st.lists(st.tuples(*(st.integers(1, 500),) * 4), min_size=1, max_size=3),
    cut=st.integers(0, 6),
    flip=st.booleans(),
)
def test_a_fork_adds_its_own_calls_only(
    steps: list[Counts],
    own: list[Counts],
    cut: int,
    *,
    flip: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Whatever was called, wherever two forked and did the same, and whichever file comes first."""

    def whole(each: Counts) -> Counts:
        fresh, cached, answer, reasoning = each
        return fresh + cached, cached, answer + reasoning, reasoning

    def added(left: Counts, right: Counts) -> Counts:
        a, b, c, d = (x + y for x, y in zip(left, right, strict=True))
        return a, b, c, d

    def events(begin: Counts, calls: list[Counts], at: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for call in calls:
            begin = added(begin, call)
            rows.append(event(begin, call, at))
        return rows

    calls, mine = [whole(each) for each in steps], [whole(each) for each in own]
    assume(calls[cut : cut + 1] != mine[:1])  # nothing would tell it from the parent's next call
    before, none = calls[:cut], (0, 0, 0, 0)
    at_fork: Counts = none
    for call in before:
        at_fork = added(at_fork, call)
    parent = text_of(*START, *events(none, calls, "2026-09-01T10:00:05.000Z"))
    forks = [
        text_of(meta(thread, STAMP, forked_from_id="t1"), MODEL, *events(none, before, time), *events(at_fork, mine, LATER))
        for thread, time in (("t2", STAMP), ("t3", "2026-09-01T10:00:05.000Z"))
    ]  # fmt: skip
    files = [*forks, parent] if flip else [parent, *forks]
    records = read_of(tmp_path_factory.mktemp("logs"), *files)
    expected: Counts = none
    for call in (*calls, *mine, *mine):
        expected = added(expected, call)
    assert totals(records) == expected


# --- compactions ---


def request(response: str, usage: Counts, thread: Counts | None = None) -> dict[str, Any]:
    record: dict[str, Any] = {"response_id": response, "usage": counts(usage)}
    if thread is not None:
        record["thread_token_usage"] = counts(thread)
    return message("token_usage_record", **record)


DONE = message("compacted", message="", compaction_response_id="resp_1")
COMPACTIONS: list[tuple[str, str, Counts, int]] = [
    ("a compaction beside the running total is a call",
     text_of(*START, event(A, A), request("resp_1", D), DONE, event(A_B, B)), (2_800, 900, 330, 40), 3),
    ("one that the next total has is not counted twice",
     text_of(*START, event(A, A), request("resp_1", D), DONE, event(A_B_D, B)), (2_800, 900, 330, 40), 3),
    ("one that an event counts is that event's",
     text_of(*START, event(A, A), request("resp_1", B), event(A_B, B), DONE), A_B, 2),
    ("one that the running total of its record shows is in it",
     text_of(*START, event(A, A), request("resp_1", D, A_B), event(A_B, B), DONE), A_B, 2),
    ("one whose record comes after the running total that has it is in it",
     text_of(*START, event(A, A), event(A_B, B), request("resp_1", B, A_B), DONE), A_B, 2),
    ("the marker may stand before the counts",
     text_of(*START, event(A, A), DONE, request("resp_1", D), event(A_B, B)), (2_800, 900, 330, 40), 3),
    ("a compaction may be said after further calls",
     text_of(*START, request("resp_1", D), event(A, A), DONE, event(A_B, B)), (2_800, 900, 330, 40), 3),
    ("a request that compacts nothing is in the running total",
     text_of(*START, request("resp_1", A, A), event(A, A)), A, 1),
    ("a compaction without a model's request has no counts",
     text_of(*START, event(A, A), message("compacted", message="")), A, 1),
    ("a record without an id or counts is no call",
     text_of(*START, message("token_usage_record"), message("token_usage_record", response_id="r"), event(A, A)), A, 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected", "calls"),
    [case[1:] for case in COMPACTIONS],
    ids=[case[0] for case in COMPACTIONS],
)
def test_compactions(text: str, expected: Counts, calls: int, tmp_path: Path) -> None:
    records = read_of(tmp_path, text)
    assert totals(records) == expected
    assert len(records) == calls


def test_a_compaction_that_a_fork_repeats_is_one(tmp_path: Path) -> None:
    first = text_of(*START, event(A, A), request("resp_1", D), DONE)
    fork = text_of(meta("t2", STAMP, forked_from_id="t1"), event(A, A), request("resp_1", D), DONE)
    assert len(read_of(tmp_path, first, fork)) == 2


# --- codex exec ---


def run(thread: str, *sums: Counts) -> str:
    turns = [{"type": "turn.completed", "usage": counts(each)} for each in sums]
    return text_of({"type": "thread.started", "thread_id": thread}, *turns)


def test_codex_exec_states_a_running_total(tmp_path: Path) -> None:
    """A resumed thread counts on: multica-ai/multica#5568."""
    for number, order in enumerate(permutations((run("t9", A), run("t9", A_B)))):
        records = read_of(tmp_path / str(number), *order)
        assert totals(records) == A_B
        assert "no model: its calls are taken as of 272,000 tokens" in notes(records)
    assert price(tmp_path / "0", as_model="gpt-5.3-codex").total == Decimal("0.0071575")


@pytest.mark.parametrize("turn", [{"type": "turn.completed"}, {"type": "turn.failed", "error": {}}])
def test_a_turn_without_usage_counts_nothing(turn: dict[str, Any], tmp_path: Path) -> None:
    assert len(read_of(tmp_path, run("t9") + text_of(turn))) == 0


def test_a_thread_with_a_file_of_its_own_is_read_there(tmp_path: Path) -> None:
    for number, order in enumerate(permutations((run("t1", A_B), PARENT))):
        records = read_of(tmp_path / str(number), *order)
        assert totals(records) == A_B
        assert len(records) == 2


# --- places ---


def test_a_thread_lies_where_codex_home_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CODEX_HOME", str(tmp_path))
    assert FORMAT.homes() == [str(tmp_path / "sessions"), str(tmp_path / "archived_sessions")]
    monkeypatch.delenv("CODEX_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert FORMAT.homes()[0] == str(tmp_path / ".codex" / "sessions")


@pytest.mark.parametrize("rows", [START, (event(A, A),)], ids=["by its thread", "by its events"])
def test_it_is_told_by_its_lines(rows: tuple[Any, ...]) -> None:
    fits: Callable[[bytes], bool] = FORMAT.fits
    assert fits(text_of(*rows).encode())
    assert not fits(b'{"usage": {"input_tokens": 1}}\n')
