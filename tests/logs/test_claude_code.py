from __future__ import annotations

import json
import sys
from collections.abc import Callable
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from logs_support import claude_line, write

from costcalc import Registry, logs

Line = Callable[..., dict[str, Any]]


@pytest.fixture(params=["msgspec", "json"])
def decoder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of decoding: typed, and without the extra."""
    if request.param == "json":
        monkeypatch.setitem(sys.modules, "costcalc.logs.claude_lines", None)
    else:
        pytest.importorskip("msgspec")
    return request.param


def _iteration(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, **more}


# model, usage, what it costs at the bundled prices of 2026-09-01
COSTS = [
    ("counts that exclude each other", "claude-sonnet-4-6",
     {"input_tokens": 504, "cache_creation_input_tokens": 123, "output_tokens": 97,
      "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 23}}, "0.00348"),
    ("cache reads", "claude-sonnet-4-6", {"input_tokens": 0, "cache_read_input_tokens": 10_000, "output_tokens": 0}, "0.003"),
    ("a split of zeros beside a total is 5 minutes", "claude-sonnet-4-6",
     {"input_tokens": 0, "cache_creation_input_tokens": 1000, "output_tokens": 0,
      "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}}, "0.00375"),
    ("the rest of a smaller split is 5 minutes", "claude-sonnet-4-6",
     {"input_tokens": 0, "cache_creation_input_tokens": 1000, "output_tokens": 0,
      "cache_creation": {"ephemeral_5m_input_tokens": 300, "ephemeral_1h_input_tokens": 200}}, "0.0042"),
    ("of a larger split the total is the one that is wrong", "claude-sonnet-4-6",
     {"input_tokens": 0, "cache_creation_input_tokens": 100, "output_tokens": 0,
      "cache_creation": {"ephemeral_5m_input_tokens": 300, "ephemeral_1h_input_tokens": 200}}, "0.002325"),
    ("web searches", "claude-sonnet-4-6", {"server_tool_use": {"web_search_requests": 10}}, "0.1045"),
    ("geography", "claude-opus-4-8", {"output_tokens": 1000, "inference_geo": "us"}, "0.033"),
    ("no geography to speak of", "claude-opus-4-8", {"output_tokens": 1000, "inference_geo": "not_available"}, "0.03"),
    ("a batch", "claude-opus-4-8", {"output_tokens": 1000, "service_tier": "batch"}, "0.015"),
    ("the standard tier", "claude-opus-4-8", {"output_tokens": 1000, "service_tier": "standard"}, "0.03"),
    ("fast mode", "claude-opus-4-8", {"output_tokens": 1000, "speed": "fast"}, "0.06"),
    ("fast mode and geography", "claude-opus-4-8",
     {"output_tokens": 1000, "speed": "fast", "inference_geo": "us"}, "0.066"),
    ("a speed of null", "claude-opus-4-8", {"output_tokens": 1000, "speed": None}, "0.03"),
    ("a speed that nobody knows is read the long way", "claude-opus-4-8", {"output_tokens": 1000, "speed": "slow"}, "0.03"),
    ("thinking is part of the output", "claude-opus-4-8",
     {"output_tokens": 1000, "output_tokens_details": {"thinking_tokens": 400}}, "0.03"),
    ("a model with a long context", "claude-opus-4-8[1m]", {"output_tokens": 1000}, "0.03"),
    ("one iteration is the call itself", "claude-opus-4-8",
     {"output_tokens": 1000, "iterations": [_iteration("message", input_tokens=1000, output_tokens=1000)]}, "0.03"),
    ("no iterations", "claude-opus-4-8", {"output_tokens": 1000, "iterations": []}, "0.03"),
    ("a compaction is billed beside the call", "claude-sonnet-4-6",
     {"input_tokens": 180, "output_tokens": 8, "iterations": [
         {"type": "compaction", "input_tokens": 100, "output_tokens": 82, "cache_creation_input_tokens": 55_096},
         _iteration("message", input_tokens=180, output_tokens=8)]}, "0.2088"),
    ("an advisor at its own model", "claude-sonnet-5",
     {"input_tokens": 2390, "output_tokens": 121, "iterations": [
         _iteration("message", input_tokens=1128, output_tokens=60),
         _iteration("advisor_message", model="claude-opus-4-8", input_tokens=2518, output_tokens=22),
         _iteration("message", input_tokens=1262, output_tokens=61)]}, "0.01913"),
    ("a compaction of a model with a long context", "claude-sonnet-4-6[1m]",
     {"input_tokens": 180, "output_tokens": 8, "iterations": [
         {"type": "compaction", "input_tokens": 100, "output_tokens": 82, "cache_creation_input_tokens": 55_096},
         _iteration("message", input_tokens=180, output_tokens=8)]}, "0.2088"),
    ("an advisor does not share the speed of the call", "claude-opus-4-8",
     {"output_tokens": 1000, "speed": "fast", "iterations": [
         _iteration("message", input_tokens=1000, output_tokens=1000),
         _iteration("advisor_message", model="claude-opus-5", input_tokens=1000, output_tokens=1000)]}, "0.09"),
]  # fmt: skip


@pytest.mark.usefixtures("decoder")
@pytest.mark.parametrize(
    ("model", "usage", "cost"), [pytest.param(*case, id=name) for name, *case in COSTS]
)
def test_a_line_costs(tmp_path: Path, model: str, usage: dict[str, Any], cost: str) -> None:
    path = write(tmp_path / "a.jsonl", claude_line(model=model, **usage))
    report = logs.price(path)
    assert (report.total, report.unpriced) == (Decimal(cost), ())
    assert report.reading is not None
    assert report.reading.skipped == 0


def _tokens(path: Path, prices: Registry) -> tuple[int, int, int]:
    """Return calls, lines that repeat, and output."""
    report = logs.price(path, registry=prices)
    assert report.reading is not None
    return report.requests, report.reading.duplicates, report.output_tokens


PARTIAL, WHOLE = {"output_tokens": 3}, {"output_tokens": 300}
MERGED = [
    ("the beginning of a stream, then all of it", [claude_line(**PARTIAL), claude_line(**WHOLE)], (1, 1, 300)),
    ("all of it, then its beginning", [claude_line(**WHOLE), claude_line(**PARTIAL)], (1, 1, 300)),
    ("the same twice", [claude_line(**WHOLE), claude_line(**WHOLE)], (1, 1, 300)),
    ("a fork with the same ids", [claude_line(**WHOLE), claude_line(session="s2", **WHOLE)], (1, 1, 300)),
    ("a side branch with a request of its own",
     [claude_line(**WHOLE), claude_line(request="req_2", side=True, **WHOLE)], (1, 1, 300)),
    ("the side branch first", [claude_line(request="req_2", side=True, **PARTIAL), claude_line(**WHOLE)], (1, 1, 300)),
    ("a line without a request", [claude_line(request=None, **PARTIAL), claude_line(**WHOLE)], (1, 1, 300)),
    ("two requests under one message id", [claude_line(**WHOLE), claude_line(request="req_2", **WHOLE)], (2, 0, 600)),
    ("each of them twice",
     [claude_line(**WHOLE), claude_line(request="req_2", **PARTIAL), claude_line(request="req_2", **WHOLE)], (2, 1, 600)),
    ("no message id, one request", [claude_line(None, **WHOLE), claude_line(None, **WHOLE)], (1, 1, 300)),
    ("no id at all", [claude_line(None, None, **WHOLE), claude_line(None, None, **WHOLE)], (2, 0, 600)),
    ("what Claude Code answered itself", [claude_line(model="<synthetic>", **WHOLE), claude_line("msg_2", **WHOLE)], (1, 0, 300)),
    ("a result that quotes the usage of an agent",
     [claude_line(**WHOLE), {"type": "user", "message": {"role": "user"}, "toolUseResult": {"usage": {"output_tokens": 9}}}], (1, 0, 300)),
    ("a subagent's progress",
     [{"type": "progress", "sessionId": "s1", "timestamp": "2026-09-01T10:00:00Z", "data": {"type": "agent_progress", "message": {
         "requestId": "req_9", "message": {"id": "msg_1", "model": "plain", "usage": {"input_tokens": 1000, "output_tokens": 5}}}}},
      claude_line(**WHOLE)], (1, 1, 300)),
    ("data of another shape", [{"type": "progress", "data": {"usage": 1}, "message": {"role": "user"}}, claude_line(**WHOLE)], (1, 0, 300)),
]  # fmt: skip


@pytest.mark.usefixtures("decoder")
@pytest.mark.parametrize(
    ("rows", "expected"), [pytest.param(*case, id=name) for name, *case in MERGED]
)
@pytest.mark.parametrize("apart", [False, True], ids=["in one file", "in a file each"])
def test_a_call_counts_once(
    tmp_path: Path,
    prices: Registry,
    rows: list[Any],
    expected: tuple[int, int, int],
    apart: bool,  # noqa: FBT001 - a case
) -> None:
    if apart:
        for number, row in enumerate(rows):
            write(tmp_path / "projects" / "p" / f"{number}.jsonl", row)
    else:
        write(tmp_path / "projects" / "p" / "a.jsonl", *rows)
    assert _tokens(tmp_path, prices) == expected


EARLY, LATE = "2026-09-01T10:00:00.000Z", "2026-09-01T11:00:00.000Z"
TIMES = [
    ("of two stamps", (EARLY, LATE, LATE)),
    ("of a stamp and another text", (LATE, "2026-09-01T12:00:00+02:00", LATE)),
    ("where a line has none", (None, EARLY, LATE)),
]


@pytest.mark.usefixtures("decoder")
@pytest.mark.parametrize("times", [case[1] for case in TIMES], ids=[case[0] for case in TIMES])
@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_a_call_has_its_earliest_time_and_its_most_complete_counts(
    tmp_path: Path, times: tuple[str | None, ...], order: tuple[int, ...]
) -> None:
    lines = [claude_line(at=at, **counts) for at, counts in zip(times, (PARTIAL, PARTIAL, WHOLE), strict=True)]  # fmt: skip
    write(tmp_path / "a.jsonl", *(lines[place] for place in order))
    (record,) = logs.read(tmp_path)
    assert f"{record.at:%H:%M}" == "10:00"
    assert record.usage.output_tokens == 300


@pytest.mark.usefixtures("decoder")
def test_copies_without_a_time_have_none(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", claude_line(at=None), claude_line(at=None, **WHOLE))
    assert [each.at for each in logs.read(tmp_path)] == [None]


@pytest.mark.usefixtures("decoder")
def test_a_side_branch_and_a_line_without_a_request_are_the_call_in_any_order(
    tmp_path: Path, prices: Registry
) -> None:
    """The request of the call's own lines tells them, wherever a copy stood before."""
    lines = (
        claude_line(**PARTIAL), claude_line(**WHOLE), claude_line(request="req_2", side=True, **WHOLE),
        claude_line(request=None, **PARTIAL),
    )  # fmt: skip
    for number, order in enumerate(permutations(lines)):
        path = write(tmp_path / f"{number}.jsonl", *order)
        assert _tokens(path, prices) == (1, 3, 300)


@pytest.mark.usefixtures("decoder")
@pytest.mark.parametrize("iterations", [[], [_iteration("message", input_tokens=1)] * 2])
def test_what_is_fetched_is_free_under_any_model(
    tmp_path: Path, prices: Registry, iterations: list[Any]
) -> None:
    tools = {"web_search_requests": 0, "web_fetch_requests": 3}
    path = write(tmp_path / "a.jsonl", claude_line(server_tool_use=tools, iterations=iterations))
    report = logs.price(path, registry=prices)
    assert (report.total, report.unpriced) == (Decimal("0.0045"), ())


def test_a_line_that_was_appended_to_a_cut_one_is_read(tmp_path: Path, prices: Registry) -> None:
    cut = json.dumps(claude_line("msg_2"))[:90].encode()
    path = write(tmp_path / "a.jsonl", claude_line(), cut, claude_line("msg_3"), b'{"usage":{"')
    assert _tokens(path, prices) == (2, 0, 200)
    reading = logs.read(path).reading
    assert reading is not None
    assert [each.line for each in reading.skips] == [2, 3]


def test_two_requests_under_one_message_are_said(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", claude_line(), claude_line(request="req_2"))
    said = {each.code: each.text for each in logs.read(tmp_path).reading.assumptions}  # type: ignore[union-attr]
    assert said["undecided"].startswith("a message id stands beside two request ids")


@pytest.mark.usefixtures("decoder")
@pytest.mark.parametrize(
    ("change", "stated", "at"),
    [
        ({"costUSD": 0.25}, "0.25", "2026-09-01 10:00:00"),
        ({"costUSD": 0}, None, "2026-09-01 10:00:00"),
        ({"timestamp": "2026-09-01T12:00:00+02:00"}, None, "2026-09-01 10:00:00"),
        ({"timestamp": "2026-09-01T10:00:00.5Z"}, None, "2026-09-01 10:00:00.500000"),
        ({"timestamp": None}, None, None),
    ],
    ids=["a cost", "a cost of 0 is none", "a time of another zone", "a short time", "no time"],
)
def test_a_record_has(
    tmp_path: Path, change: dict[str, Any], stated: str | None, at: str | None
) -> None:
    write(tmp_path / "projects" / "-home-me" / "s.jsonl", claude_line(more=change))
    (record,) = logs.read(tmp_path)
    assert record.stated_cost == (None if stated is None else Decimal(stated))
    assert (None if record.at is None else str(record.at)[: len(at or "")]) == at
    assert (record.session, record.project, record.format) == ("s1", "-home-me", "claude-code")
    assert (record.id, record.line, record.model) == ("msg_1", 1, "plain")


FAULTY = [
    ("a time that is none", claude_line(at="yesterday"), "its time 'yesterday' is no ISO 8601 text"),
    ("an hour that no clock has", claude_line(at="2026-09-01T99:00:00.000Z"), "is no ISO 8601 text"),
    ("a count that is none", claude_line(input_tokens=-1), "input_tokens of the response is -1"),
    ("a count beyond all counts", claude_line(input_tokens=10**19), "above 10**18"),
    ("more thinking than output", claude_line(output_tokens_details={"thinking_tokens": 999}), "reasoning_tokens is 999"),
    ("counts that are too many together", claude_line(input_tokens=9 * 10**17, cache_read_input_tokens=9 * 10**17),
     "above 10**18"),
    ("a usage without counts", claude_line(input_tokens=None, output_tokens=None), "its usage has no counts"),
]  # fmt: skip


@pytest.mark.usefixtures("decoder")
@pytest.mark.parametrize(("row", "why"), [pytest.param(*case, id=name) for name, *case in FAULTY])
def test_a_line_that_contradicts_itself_is_a_call_without_a_price(
    tmp_path: Path, row: Any, why: str, prices: Registry
) -> None:
    write(tmp_path / "a.jsonl", claude_line("msg_0"), row)
    write(tmp_path / "b.jsonl", claude_line("msg_2"))
    report = logs.price(tmp_path, registry=prices, by=["model", "session", "project"])
    assert report.reading is not None
    (fault,) = report.reading.faults
    assert (report.requests, report.reading.faulty, report.reading.skipped) == (3, 1, 0)
    assert why in fault.reason
    (missing,) = report.unpriced
    assert (missing.model, missing.requests, missing.error) == ("plain", 1, "UsageError")
    assert missing.reason.startswith(f"{tmp_path / 'a.jsonl'}:2: ")
    assert [(each.unpriced, each.total) for each in report.rows] == [(1, Decimal("0.009"))]


@pytest.mark.usefixtures("decoder")
@pytest.mark.parametrize("order", [1, -1], ids=["before", "after"])
def test_a_sound_line_about_the_same_call_takes_the_place_of_a_faulty_one(
    tmp_path: Path, order: int, prices: Registry
) -> None:
    lines = [claude_line(input_tokens=-1), claude_line()][::order]
    report = logs.price(write(tmp_path / "a.jsonl", *lines), registry=prices)
    assert (report.total, report.requests, report.unpriced) == (Decimal("0.0045"), 1, ())
    assert report.reading is not None
    assert (report.reading.faulty, report.reading.duplicates) == (0, 1)


SKIPPED = [
    ("bytes that are no text", b'{"parentUuid":null,"message":{"id":"\xff","usage":{"input_tokens":1}}}\n', "it is no valid JSON"),
    ("a broken line", b'{"message":{"usage":{"input_tokens":\n', "it is no valid JSON"),
    ("a line without an end", b'{"parentUuid":null,"message":{"usage"', "it is no valid JSON"),
    ("a nest without an end", b'{"usage":' + b"[" * 100_000 + b"\n", "it is no valid JSON"),
    ("a usage that is none", {"parentUuid": None, "message": {"usage": 5}}, "its usage has no counts"),
    ("junk", b"\x00\xff\xfe\n", "it is cut off, or no JSON object"),
    ("a line that was cut before its counts", b'{"type":"assistant","message":{"co', "it is cut off"),
]  # fmt: skip


@pytest.mark.usefixtures("decoder")
@pytest.mark.parametrize(("row", "why"), [pytest.param(*case, id=name) for name, *case in SKIPPED])
def test_a_line_that_cannot_be_read_loses_itself_alone(
    tmp_path: Path, row: Any, why: str, prices: Registry
) -> None:
    write(tmp_path / "a.jsonl", claude_line("msg_0"), row)
    write(tmp_path / "b.jsonl", claude_line("msg_2"))
    report = logs.price(tmp_path, registry=prices)
    assert report.reading is not None
    (skip,) = report.reading.skips
    assert (report.requests, report.reading.skipped) == (2, 1)
    assert why in skip.reason
    assert str(skip).startswith(f"{tmp_path / 'a.jsonl'}:2: ")


ODD = [
    ("no object", b'["usage"]\n', 0),
    ("a message that is none", {"message": "usage", "usage": 1}, 0),
    ("a time that is a number", claude_line("m", at=None, more={"timestamp": 1_788_256_800}), 1),
    ("a side that is no boolean", claude_line("m", more={"isSidechain": "no"}), 1),
    ("an iteration that is no object", claude_line("m", iterations=[5]), 1),
    ("counts that are null", claude_line("m", input_tokens=None, cache_read_input_tokens=None), 1),
    ("details that are null", claude_line("m", cache_creation=None, server_tool_use=None), 1),
    ("a whole float", claude_line("m", input_tokens=5.0), 1),
    ("data that is text", claude_line("m", more={"data": "x"}), 1),
]  # fmt: skip


@pytest.mark.usefixtures("decoder")
@pytest.mark.parametrize(("row", "calls"), [pytest.param(*case, id=name) for name, *case in ODD])
def test_an_unusual_line_is_read_the_long_way(tmp_path: Path, row: Any, calls: int) -> None:
    records = logs.read(write(tmp_path / "a.jsonl", claude_line(), row))
    assert len(records) == 1 + calls


def test_a_minute_that_no_clock_has_is_taken_for_its_hour(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", claude_line(at="2026-09-01T10:77:00.000Z"))
    pytest.importorskip("msgspec")
    (record,) = logs.read(tmp_path)
    assert str(record.at) == "2026-09-01 10:00:00+00:00"


def test_spaces_between_the_tokens_of_json_change_nothing(tmp_path: Path, prices: Registry) -> None:
    path = write(tmp_path / "a.jsonl", claude_line(), separators=(", ", " : "))
    assert _tokens(path, prices) == (1, 0, 100)


def test_a_model_of_no_name_is_unpriced_and_not_free(tmp_path: Path, prices: Registry) -> None:
    path = write(tmp_path / "a.jsonl", claude_line(model=None))
    report = logs.price(path, registry=prices, by="model")
    (missing,) = report.unpriced
    assert (missing.model, missing.input_tokens, report.total) == ("", 1000, None)
    assert (report.rows[0].key, report.rows[0].cost, report.rows[0].saved) == ((None,), None, None)


def test_what_kind_of_figures_these_are_is_said(tmp_path: Path, prices: Registry) -> None:
    path = write(tmp_path / "a.jsonl", claude_line())
    codes = [each.code for each in logs.price(path, registry=prices).assumptions]
    assert codes[:2] == ["api_equivalent", "lower_bound"]


def test_fast_mode_of_a_model_that_no_longer_sells_it_is_unpriced(tmp_path: Path) -> None:
    line = claude_line(model="claude-opus-4-8", at="2026-12-01T10:00:00.000Z", speed="fast")
    report = logs.price(write(tmp_path / "a.jsonl", line))
    assert [(each.model, each.error) for each in report.unpriced] == [
        ("claude-opus-4-8", "NotOfferedError")
    ]


def test_a_promotion_of_claude_code_alone_is_seen(tmp_path: Path) -> None:
    # half of fast mode's sixfold until 2026-02-17: https://code.claude.com/docs/en/fast-mode
    line = claude_line(
        model="claude-opus-4-6", at="2026-02-10T10:00:00.000Z", output_tokens=1000, speed="fast"
    )
    assert logs.price(write(tmp_path / "a.jsonl", line)).total == Decimal("0.09")


@pytest.mark.parametrize(
    ("day", "searches", "total"),
    [
        pytest.param("2026-10-20", 3, "0.001", id="free for this client"),
        pytest.param("2026-11-05", 3, None, id="at the list price later"),
        pytest.param("2026-10-20", 0, "0.001", id="none"),
    ],
)
@pytest.mark.usefixtures("decoder")
def test_searches_at_deepseek_are_billed_as_by_this_client(
    tmp_path: Path, day: str, searches: int, total: str | None
) -> None:
    # https://api-docs.deepseek.com/quick_start/pricing: free by Claude Code until 2026-11-01
    usage = {
        "input_tokens": 0,
        "output_tokens": 0,
        "server_tool_use": {"web_search_requests": searches},
    }
    line = claude_line(model="deepseek-flash", at=f"{day}T12:00:00.000Z", **usage)
    report = logs.price(write(tmp_path / "a.jsonl", line))
    free = total is not None
    assert report.unpriced == ()
    assert (report.total == 0) is free
