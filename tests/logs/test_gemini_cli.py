"""Gemini CLI's chats: documents and lines, messages written anew, two kinds of input."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from costcalc.logs import LogRecords, price, read
from costcalc.logs.gemini_cli import FORMAT


def tokens(**counts: int) -> dict[str, int]:
    """Return counts as the CLI keeps them, with their total."""
    found = {"input": 0, "output": 0, "cached": 0, "thoughts": 0, "tool": 0, **counts}
    found.setdefault("total", found["input"] + found["output"] + found["thoughts"] + found["tool"])
    return found


def message(
    name: str | None = "m1", kind: str = "gemini", counted: Any = None, **more: Any
) -> dict[str, Any]:
    row = {"id": name, "type": kind, "model": "gemini-2.5-pro", "timestamp": "2026-08-01T09:00:00.000Z",
           "content": "…", "tokens": counted}  # fmt: skip
    return {**row, **more}


HEAD: dict[str, Any] = {
    "sessionId": "s1",
    "projectHash": "abc",
    "startTime": "2026-08-01T08:00:00.000Z",
}
PROMPT = tokens(input=17, tool=119, output=201, thoughts=213)
CACHED = tokens(input=1_000, cached=800, output=10)


def document(*messages: Any, indent: int | None = None) -> str:
    return json.dumps({**HEAD, "messages": list(messages)}, indent=indent)


def lines(*rows: Any) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in (HEAD, *rows))


def read_of(folder: Path, *texts: str, ending: str = "jsonl") -> LogRecords:
    chats = folder / "app" / "chats"
    chats.mkdir(parents=True)
    for number, text in enumerate(texts):
        kind = (
            "json"
            if text.startswith('{"sessionId": "s1", "projectHash": "abc", "startTime"')
            and "\n" not in text
            else ending
        )
        (chats / f"session-{number}.{kind}").write_text(text, encoding="utf-8")
    return read(folder)


def counted(records: LogRecords) -> tuple[int, int, int, int]:
    usages = [each.usage for each in records]
    return (
        sum(each.input_tokens for each in usages), sum(each.cache_read_tokens for each in usages),
        sum(each.output_tokens for each in usages), sum(each.reasoning_tokens for each in usages),
    )  # fmt: skip


CASES: list[tuple[str, str, tuple[int, int, int, int], int, int]] = [
    ("a document has its messages in one object", document(message(counted=PROMPT)), (136, 0, 414, 213), 1, 0),
    ("so has one that is written on many lines", document(message(counted=PROMPT), indent=2), (136, 0, 414, 213), 1, 0),
    ("newer chats have a line a message", lines(message(counted=PROMPT)), (136, 0, 414, 213), 1, 0),
    ("a message that is written anew is one, and its counts come late",
     lines(message(), message(counted=PROMPT), message(counted=PROMPT)), (136, 0, 414, 213), 1, 1),
    ("a history that is set anew repeats its messages",
     lines(message(counted=PROMPT), {"$set": {"messages": [message(), message(counted=PROMPT)]}}, {"$set": {"summary": "…"}}),
     (136, 0, 414, 213), 1, 1),
    ("what was rewound was billed",
     lines(message(counted=PROMPT), {"$rewindTo": "m1"}, message("m2", counted=CACHED)), (1_136, 800, 424, 213), 2, 0),
    ("cached tokens are a part of the input", lines(message(counted=CACHED)), (1_000, 800, 10, 0), 1, 0),
    ("where the total has them beside, the input is without them",
     lines(message(counted=tokens(input=200, cached=800, output=10, total=1_010))), (1_000, 800, 10, 0), 1, 0),
    ("without a total the habit holds", lines(message(counted={**CACHED, "total": 0})), (1_000, 800, 10, 0), 1, 0),
    ("only the model's messages are calls",
     lines(message(kind="user", counted=PROMPT), message("m2", counted=CACHED)), (1_000, 800, 10, 0), 1, 0),
    ("messages without tokens are no calls", lines(message(counted=tokens()), message("m2", counted=[])), (0, 0, 0, 0), 0, 0),
    ("messages without an id are calls of their own",
     lines(message(None, counted=CACHED), message(None, counted=CACHED)), (2_000, 1_600, 20, 0), 2, 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected", "calls", "duplicates"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_chats(
    text: str, expected: tuple[int, int, int, int], calls: int, duplicates: int, tmp_path: Path
) -> None:
    records = read_of(tmp_path, text, ending="json" if text.startswith("{\n") else "jsonl")
    assert counted(records) == expected
    assert records.reading is not None
    assert (len(records), records.reading.duplicates) == (calls, duplicates)
    assert records.reading.formats == {"gemini-cli": 1}


def test_a_chat_costs_what_its_calls_do(tmp_path: Path) -> None:
    """A recorded call of gemini-2.5-pro at 1.25 and 10."""
    (record,) = read_of(tmp_path, lines(message(counted=PROMPT)))
    assert (record.provider, record.session, record.project, record.id) == (
        "google",
        "s1",
        "app",
        "m1",
    )
    assert price(tmp_path).total == Decimal("0.00431")


def test_a_session_that_was_resumed_stands_in_two_files(tmp_path: Path) -> None:
    old, new = (
        document(message(), message("m0", counted=CACHED)),
        lines(message(counted=PROMPT), message("m0", counted=CACHED)),
    )
    for number, order in enumerate(permutations((old, new))):
        assert counted(read_of(tmp_path / str(number), *order)) == (1_136, 800, 424, 213)


def test_a_total_that_contradicts_its_parts_is_a_call_without_a_price(tmp_path: Path) -> None:
    bad = tokens(input=200, cached=800, output=10, total=999)
    records = read_of(tmp_path, lines(message(counted=bad), message("m2", counted=CACHED)))
    assert counted(records) == (1_000, 800, 10, 0)
    assert records.reading is not None
    (skip,) = records.reading.faults
    assert (skip.line, skip.reason) == (
        2, "its total is 999 tokens, and input, tool, output and thoughts are 210",
    )  # fmt: skip


def test_input_without_its_cached_part_is_said(tmp_path: Path) -> None:
    records = read_of(
        tmp_path, lines(message(counted=tokens(input=200, cached=800, output=10, total=1_010)))
    )
    assert records.reading is not None
    assert "cached_beside" in [each.code for each in records.reading.assumptions]


def test_other_models_are_named_by_their_ids(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        lines(message(counted=CACHED, model="qwen3-coder")), encoding="utf-8"
    )
    (record,) = read(tmp_path)
    assert (record.provider, record.project) == (None, None)


def test_chats_lie_below_the_folder_of_each_project(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GEMINI_CLI_HOME", str(tmp_path))
    chats = tmp_path / ".gemini" / "tmp" / "app" / "chats"
    assert FORMAT.homes() == [str(tmp_path / ".gemini" / "tmp" / "*" / "chats")]
    chats.mkdir(parents=True)
    assert FORMAT.homes() == [str(chats)]
