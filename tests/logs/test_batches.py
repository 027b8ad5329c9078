"""Results of batches: what succeeded at the batch's rate, what did not for nothing."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from costcalc.logs import LogRecords, price, read

CHAT: dict[str, Any] = {
    "id": "chatcmpl-1", "object": "chat.completion", "created": 1_785_578_400, "model": "gpt-4o-2024-08-06",
    "usage": {"prompt_tokens": 2_006, "completion_tokens": 300, "total_tokens": 2_306,
              "prompt_tokens_details": {"cached_tokens": 1_920}},
}  # fmt: skip
EMBEDDING = {
    "object": "list",
    "model": "text-embedding-3-small",
    "usage": {"prompt_tokens": 1_000, "total_tokens": 1_000},
}
MESSAGE: dict[str, Any] = {
    "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-6", "stop_reason": "end_turn",
    "usage": {"input_tokens": 504, "cache_creation_input_tokens": 123, "cache_read_input_tokens": 1_000,
              "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 23},
              "output_tokens": 97, "service_tier": "batch"},
}  # fmt: skip


def result(
    body: Any,
    own: str = "a",
    name: str | None = "batch_req_1",
    status: int = 200,
    error: Any = None,
) -> dict[str, Any]:
    """Return a line of OpenAI's."""
    response = (
        None if body is None else {"status_code": status, "request_id": "req_1", "body": body}
    )
    return {"id": name, "custom_id": own, "response": response, "error": error}


def message(kind: str = "succeeded", own: str = "a", **found: Any) -> dict[str, Any]:
    """Return a line of Anthropic's."""
    return {"custom_id": own, "result": {"type": kind, **found}}


def read_of(folder: Path, *rows: Any) -> LogRecords:
    folder.mkdir(exist_ok=True)
    file = folder / "results.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return read(file)


def said(records: LogRecords) -> list[str]:
    assert records.reading is not None
    return [each.text for each in records.reading.assumptions if each.code == "unbilled"]


FAILED = result({"error": {"message": "too many"}}, "b", "batch_req_2", 429)
EXPIRED = result(None, "c", "batch_req_3", error={"code": "batch_expired", "message": "…"})

# Each: what it shows; the lines; how many calls; how many that are not billed.
OPENAI: list[tuple[str, tuple[Any, ...], int, int]] = [
    ("a request that was answered", (result(CHAT),), 1, 0),
    ("what was refused is not billed", (result(CHAT), FAILED), 1, 1),
    ("what expired is not billed", (EXPIRED, result(CHAT)), 1, 1),
    ("a line that is there twice is one", (result(CHAT), result(CHAT)), 1, 0),
    ("a custom id may come in two batches", (result(CHAT), result(CHAT, name="batch_req_9")), 2, 0),
    ("embeddings have no completion", (result(EMBEDDING),), 1, 0),
]


@pytest.mark.parametrize(
    ("rows", "calls", "unbilled"), [case[1:] for case in OPENAI], ids=[case[0] for case in OPENAI]
)
def test_results_of_openai(
    rows: tuple[Any, ...], calls: int, unbilled: int, tmp_path: Path
) -> None:
    for number, order in enumerate(permutations(rows)):
        records = read_of(tmp_path / str(number), *order)
        assert len(records) == calls
        assert len(said(records)) == bool(unbilled)
        assert {each.format for each in records} == {"openai-batch"}
        assert all(dict(each.conditions) == {"batch": True} for each in records)


def test_a_batch_of_openai_costs_half(tmp_path: Path) -> None:
    records = read_of(tmp_path, result(CHAT), FAILED, EXPIRED)
    assert said(records) == [
        "2 calls: requests of a batch that failed, expired or were cancelled are not billed, and not among the calls"
    ]
    assert str(records[0].at) == "2026-08-01 10:00:00+00:00"
    # 86 × 1.25 + 1,920 × 1.25 + 300 × 5: OpenAI lists no lower batch rate for cached tokens
    assert price(records).total == Decimal("0.0040075")


def test_without_an_id_of_its_own_a_result_is_its_custom_id_within_the_file(tmp_path: Path) -> None:
    rows = [result(CHAT, own, None) for own in ("a", "b", "a")]
    for row in rows:
        row["response"]["request_id"] = None
    assert len(read_of(tmp_path, *rows)) == 2


def test_a_response_without_usage_is_a_call_of_unknown_cost(tmp_path: Path) -> None:
    records = read_of(tmp_path, result({**CHAT, "usage": None}, "b"), result(CHAT))
    assert len(records) == 1
    assert records.reading is not None
    (fault,) = records.reading.faults
    assert (fault.line, records.reading.calls, records.reading.skipped) == (1, 2, 0)
    assert "null, which is unknown and not zero" in fault.reason
    (missing,) = price(records).unpriced
    assert (missing.requests, missing.quantities) == (1, {})


ANTHROPIC: list[tuple[str, tuple[Any, ...], int, int]] = [
    ("a request that succeeded", (message(message=MESSAGE),), 1, 0),
    ("what errored, was cancelled or expired is not billed",
     (message("errored", "b", error={}), message("canceled", "c"), message(message=MESSAGE), message("expired", "d")), 1, 3),
    ("a line that is there twice is one", (message(message=MESSAGE), message(message=MESSAGE)), 1, 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "calls", "unbilled"),
    [case[1:] for case in ANTHROPIC],
    ids=[case[0] for case in ANTHROPIC],
)
def test_results_of_anthropic(
    rows: tuple[Any, ...], calls: int, unbilled: int, tmp_path: Path
) -> None:
    for number, order in enumerate(permutations(rows)):
        records = read_of(tmp_path / str(number), *order)
        assert len(records) == calls
        assert len(said(records)) == bool(unbilled)
        assert {each.format for each in records} == {"anthropic-batch"}


def test_a_batch_of_anthropic_halves_the_rates_of_its_cache_too(tmp_path: Path) -> None:
    records = read_of(tmp_path, message(message=MESSAGE))
    # half of 504 × 3 + 1,000 × 0.30 + 100 × 3.75 + 23 × 6 + 97 × 15
    assert price(records).total == Decimal("0.00189")


def test_a_message_without_usage_is_a_call_of_unknown_cost(tmp_path: Path) -> None:
    records = read_of(
        tmp_path, message(message={**MESSAGE, "id": None, "usage": None}), message(message=MESSAGE)
    )
    assert len(records) == 1
    assert records.reading is not None
    assert (records.reading.faulty, records.reading.skipped) == (1, 0)


@pytest.mark.parametrize(
    "row", [result(CHAT), message(message=MESSAGE)], ids=["openai", "anthropic"]
)
def test_a_line_of_something_else_is_not_taken_for_a_request_of_nothing(
    row: Any, tmp_path: Path
) -> None:
    records = read_of(tmp_path, row, {"note": "custom_id"})
    assert len(records) == 1
    assert said(records) == []
    assert records.reading is not None
    assert [each.reason for each in records.reading.skips] == [
        "it is no result of a batch: it has no custom_id"
    ]


ROUTED: dict[str, Any] = {
    "id": "gen-1", "object": "chat.completion", "created": 1_785_578_400, "model": "openai/gpt-4o-mini",
    "usage": {"prompt_tokens": 1_000, "completion_tokens": 10, "total_tokens": 1_010, "cost": 0.001,
              "is_byok": False, "cost_details": {}},
}  # fmt: skip
GATEWAY = "called through openrouter: the maker's list price, without the gateway's own fee"


@pytest.mark.parametrize(
    ("row", "total"),
    [
        pytest.param(result(ROUTED), "0.000078", id="a batch's result"),
        pytest.param({"response": ROUTED}, "0.000156", id="a response in a line"),
        pytest.param(
            {"response": ROUTED, "provider": "openrouter"}, "0.000156", id="as it is said"
        ),
        pytest.param({"response": {**ROUTED, "model": "gpt-4o-mini"}}, "0.000156", id="a bare id"),
    ],
)
def test_what_openrouter_passed_on_is_priced_as_its_maker_sells_it(
    tmp_path: Path, row: dict[str, Any], total: str
) -> None:
    report = price(read_of(tmp_path, row))
    assert (report.total, report.unpriced) == (Decimal(total), ())
    assert report.stated == Decimal("0.001")
    assert GATEWAY in [each.text for each in report.assumptions]


def test_a_prefix_says_whose_a_line_is_whatever_its_shape(tmp_path: Path) -> None:
    row = {"response": {**CHAT, "model": "azure/gpt-4o"}}
    assert read_of(tmp_path, row)[0].provider is None
