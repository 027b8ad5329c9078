"""OpenCode's messages: databases and files, forks that copy them, costs that are estimates."""

from __future__ import annotations

import gzip
import json
import sqlite3
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from costcalc.logs import LogRecords, price, read
from costcalc.logs.opencode import FORMAT


def message(
    name: str | None = "msg_1", created: int = 1_788_256_800_000, **more: Any
) -> dict[str, Any]:
    """Return a message of 1,000 tokens in, 600 of them from the cache, and 300 out."""
    row: dict[str, Any] = {
        "id": name, "sessionID": "ses_1", "role": "assistant", "modelID": "claude-sonnet-4-6", "providerID": "anthropic",
        "time": {"created": created, "completed": created + 5_000}, "path": {"cwd": "/home/me/app/src", "root": "/home/me/app"},
        "cost": 0, "tokens": {"input": 300, "output": 200, "reasoning": 100, "cache": {"read": 600, "write": 100}},
    }  # fmt: skip
    return {**row, **more}


def database(path: Path, *rows: dict[str, Any], table: str = "message", wal: bool = False) -> Path:
    """Make a database of messages as OpenCode 1 and 2 do."""
    connection = sqlite3.connect(path)
    if wal:
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE part (id TEXT)")
    if table == "message":
        connection.execute(
            "CREATE TABLE message (id TEXT, session_id TEXT, time_created INTEGER, data TEXT)"
        )
    else:
        connection.execute(
            "CREATE TABLE session_message (id TEXT, session_id TEXT, type TEXT, time_created INTEGER, data TEXT)"
        )
    for row in rows:
        data = {key: value for key, value in row.items() if key not in {"id", "sessionID"}}
        values = [row["id"], row["sessionID"], row["time"]["created"], json.dumps(data)]
        if table == "message":
            connection.execute("INSERT INTO message VALUES (?, ?, ?, ?)", values)
        else:
            values.insert(2, "assistant")
            connection.execute("INSERT INTO session_message VALUES (?, ?, ?, ?, ?)", values)
    connection.commit()
    connection.close()
    return path


def files(folder: Path, *rows: dict[str, Any]) -> Path:
    """Write messages as older versions did, one a file."""
    for number, row in enumerate(rows):
        path = folder / "ses_1" / f"msg_{number}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(row, indent=2), encoding="utf-8")
    return folder


def counted(records: LogRecords) -> tuple[int, int, int, int, int]:
    usages = [each.usage for each in records]
    return (
        sum(each.input_tokens for each in usages), sum(each.cache_read_tokens for each in usages),
        sum(each.cache_write_tokens for each in usages), sum(each.output_tokens for each in usages),
        sum(each.reasoning_tokens for each in usages),
    )  # fmt: skip


ONE = (1_000, 600, 100, 300, 100)
TWO = (2_000, 1_200, 200, 600, 200)
LATER = 1_788_256_900_000
UNFINISHED = message(
    time={"created": 1_788_256_800_000}, tokens={"input": 300, "output": 1, "cache": {"read": None}}
)

# Each: what it shows; the messages; their totals; how many calls.
CASES: list[tuple[str, list[dict[str, Any]], tuple[int, int, int, int, int], int]] = [
    ("all counts exclude each other", [message()], ONE, 1),
    ("every message is a call", [message(), message("msg_2", LATER)], TWO, 2),
    ("a message that is there twice is one", [message(), message()], ONE, 1),
    ("a copy in a fork has another id and the same times", [message(), message("msg_9", sessionID="ses_2")], ONE, 1),
    ("a copy that was taken while the message streamed is less of it", [UNFINISHED, message()], ONE, 1),
    ("a fork's copy of it is found through the finished one", [message("msg_9"), UNFINISHED, message()], ONE, 1),
    ("two agents may begin at once", [message(), message("msg_2", tokens={"input": 5, "output": 5})], (1_005, 600, 100, 305, 100), 2),
    ("messages of users and without tokens are no calls",
     [message(), message("msg_2", role="user"), message("msg_3", tokens=None), message("msg_4", tokens={"input": 0})], ONE, 1),
    ("an empty cache may be null", [message(tokens={"input": 7, "output": 3, "cache": {"read": None, "write": 0}})], (7, 0, 0, 3, 0), 1),
]  # fmt: skip


@pytest.mark.parametrize("kind", ["message", "session_message", "files"])
@pytest.mark.parametrize(
    ("rows", "expected", "calls"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_messages(
    rows: list[dict[str, Any]],
    expected: tuple[int, int, int, int, int],
    calls: int,
    kind: str,
    tmp_path: Path,
) -> None:
    for number, order in enumerate(permutations(rows)):
        place = tmp_path / str(number)
        place.mkdir()
        source = (
            files(place, *order)
            if kind == "files"
            else database(place / "opencode.db", *order, table=kind)
        )
        records = read(source)
        assert counted(records) == expected
        assert len(records) == calls
        if kind == "session_message":
            assert {each.format for each in records} == {"opencode"}


def test_repeated_messages_are_counted(tmp_path: Path) -> None:
    records = read(database(tmp_path / "a.db", message("msg_9"), UNFINISHED, message()))
    assert records.reading is not None
    assert records.reading.duplicates == 2


def test_messages_of_several_databases_are_one_each(tmp_path: Path) -> None:
    """A channel's own database has calls of its own; a backup has none."""
    database(tmp_path / "opencode.db", message(), message("msg_2", LATER))
    database(tmp_path / "opencode-dev.db", message("msg_3", LATER + 7))
    database(tmp_path / "opencode-backup.db", message())
    files(tmp_path / "storage" / "message", message("msg_2", LATER))
    records = read(tmp_path)
    assert len(records) == 3
    assert counted(records) == (3_000, 1_800, 300, 900, 300)


def test_a_message_says_where_it_belongs(tmp_path: Path) -> None:
    (record,) = read(database(tmp_path / "opencode.db", message()))
    assert (record.model, record.provider, record.session, record.project, record.id) == (
        "claude-sonnet-4-6", "anthropic", "ses_1", "/home/me/app", "msg_1",
    )  # fmt: skip
    assert str(record.at) == "2026-09-01 10:00:00+00:00"
    (older,) = read(files(tmp_path / "old", message(path={"cwd": "/home/me"})))
    assert older.project == "/home/me"
    # 300 × 3 + 600 × 0.3 + 100 × 3.75 + 300 × 15
    assert price(tmp_path).total == Decimal("0.005955")


def test_a_model_may_stand_in_an_object(tmp_path: Path) -> None:
    row = message(model={"id": "gpt-5.2", "providerID": "openai"})
    del row["modelID"], row["providerID"]
    (record,) = read(database(tmp_path / "opencode.db", row, table="session_message"))
    assert (record.model, record.provider) == ("gpt-5.2", "openai")
    del row["model"]
    (record,) = read(database(tmp_path / "other.db", row))
    assert (record.model, record.provider) == ("", None)


def test_a_cost_of_nothing_is_unknown_and_another_one_an_estimate(tmp_path: Path) -> None:
    """ccusage/ccusage#1348."""
    records = read(database(tmp_path / "a.db", message(), message("msg_2", LATER, cost=0.0123)))
    assert [each.stated_cost for each in records] == [None, Decimal("0.0123")]


@pytest.mark.parametrize(
    ("provider", "model", "sold"),
    [
        (
            "openrouter",
            "anthropic/claude-sonnet-4.6",
            ("openrouter/anthropic/claude-sonnet-4.6", None),
        ),
        ("openrouter", "openrouter/auto", ("openrouter/auto", None)),
        ("github-copilot", "claude-sonnet-4.6", ("claude-sonnet-4.6", None)),
        ("zai-coding-plan", "glm-4.7", ("glm-4.7", "zai")),
        ("LMStudio", "some-model", ("some-model", "lmstudio")),
        (None, "gpt-5.2", ("gpt-5.2", None)),
    ],
)
def test_who_bills(
    provider: str | None, model: str, sold: tuple[str, str | None], tmp_path: Path
) -> None:
    (record,) = read(database(tmp_path / "a.db", message(providerID=provider, modelID=model)))
    assert (record.model, record.provider) == sold


def test_a_subscription_that_states_no_prices_is_said(tmp_path: Path) -> None:
    records = read(database(tmp_path / "a.db", message(providerID="github-copilot")))
    assert records.reading is not None
    assert "seller" in [each.code for each in records.reading.assumptions]


@pytest.mark.parametrize(
    ("total", "output", "code"),
    [
        (1_300, 300, None),
        (1_200, 200, "within the output"),
        (9, 300, "is not the sum"),
        (None, 300, "taken beside it"),
    ],
    ids=["beside the output", "within it", "streaming", "without a total"],
)
def test_the_total_says_where_reasoning_is(
    total: int | None, output: int, code: str | None, tmp_path: Path
) -> None:
    """OpenCode took it out of the output in 1.3.16: anomalyco/opencode#21047."""
    records = read(
        database(tmp_path / "a.db", message(tokens={**message()["tokens"], "total": total}))
    )
    assert counted(records) == (1_000, 600, 100, output, 100)
    assert records.reading is not None
    said = [each.text for each in records.reading.assumptions if each.code == "response"]
    assert len(said) == (code is not None)
    assert (code or "") in "".join(said)


def reasons(records: LogRecords) -> list[str]:
    assert records.reading is not None
    return [f"{each.line}: {each.reason}" for each in records.reading.skips]


def test_what_cannot_be_read_is_skipped_and_said(tmp_path: Path) -> None:
    broken = message("msg_2", tokens={"input": -1})
    place = database(tmp_path / "a.db", broken, message())
    connection = sqlite3.connect(place)
    connection.execute("INSERT INTO message VALUES ('msg_8', 's', 0, '{\"role\": ')")
    connection.execute("INSERT INTO message VALUES ('msg_9', 's', 0, NULL)")
    connection.execute("INSERT INTO message VALUES ('msg_10', 's', 0, '[]')")
    connection.commit()
    connection.close()
    records = read(place)
    assert len(records) == 1
    second, third = reasons(records)
    assert records.reading is not None
    (first,) = records.reading.faults
    assert (
        str(first)
        == f"{place}: input of the response is -1, and a count is a whole number from 0 on"
    )
    assert second.startswith("None: message 'msg_8' is no valid JSON")
    assert third.startswith("None: message 'msg_9' is no valid JSON")


def test_a_database_is_read_where_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = database(tmp_path / "opencode.db", message()).read_bytes()
    (tmp_path / "opencode.db.gz").write_bytes(gzip.compress(whole))
    (said,) = reasons(read(tmp_path / "opencode.db.gz"))
    assert said == "None: a database is read where it lies: not compressed, nor from standard input"
    (tmp_path / "cut.db").write_bytes(whole[:5_000])
    (said,) = reasons(read(tmp_path / "cut.db"))
    assert said.startswith("None: the database cannot be read further: ")
    other = tmp_path / "other.db"
    sqlite3.connect(other).execute("CREATE TABLE bookmarks (id TEXT)").connection.close()
    assert reasons(read(other)) == ["None: it is a database without messages of OpenCode"]

    class Input:
        buffer = (tmp_path / "opencode.db").open("rb")

    with Input.buffer:
        monkeypatch.setattr("sys.stdin", Input)
        assert reasons(read("-")) == [
            "None: a database is read where it lies: not compressed, nor from standard input"
        ]


def test_a_database_with_a_log_of_writes_is_read_and_left_alone(tmp_path: Path) -> None:
    place = database(tmp_path / "opencode.db", message(), wal=True)
    before = place.read_bytes()
    open_one = sqlite3.connect(place)  # OpenCode is running, and has not moved its last writes
    row = message("msg_2", LATER)
    open_one.execute("INSERT INTO message VALUES ('msg_2', 'ses_1', 0, ?)", [json.dumps(row)])
    open_one.commit()
    assert len(read(place)) == 2
    assert place.read_bytes() == before
    open_one.close()


def test_a_message_without_an_id_or_an_end_is_a_call_of_its_own(tmp_path: Path) -> None:
    row = message(None, time={"created": 1_788_256_800_000})
    assert len(read(files(tmp_path, row, row))) == 2
    done = message(None)
    assert len(read(files(tmp_path / "done", done, done))) == 1


def test_messages_lie_where_xdg_data_home_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    root = tmp_path / "opencode"
    root.mkdir()
    (root / "opencode-dev.db").touch()
    names = ["opencode.db", "opencode-dev.db"]
    assert FORMAT.homes() == [
        *(str(root / name) for name in names),
        str(root / "storage" / "message"),
    ]
    monkeypatch.delenv("XDG_DATA_HOME")
    assert FORMAT.homes()[0].endswith(str(Path(".local", "share", "opencode", "opencode.db")))


def test_a_message_whose_end_is_no_time_is_read(tmp_path: Path) -> None:
    odd = message("msg_2", time={"created": 1_788_256_800_000, "completed": {}})
    assert len(read(files(tmp_path, message(), odd, odd))) == 2
