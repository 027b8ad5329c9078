from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from logs_support import write

from costcalc import Registry, logs

AT = "2026-09-01T10:00:00Z"
PLAIN = {"model": "plain", "at": AT, "input_tokens": 1000, "output_tokens": 100}
CHAT = {
    "id": "chatcmpl-1", "object": "chat.completion", "model": "plain", "created": 1_788_256_800,
    "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100},
}  # fmt: skip
ANTHROPIC = {
    "id": "msg_1", "type": "message", "model": "plain",
    "usage": {"input_tokens": 600, "cache_read_input_tokens": 400, "output_tokens": 100},
}  # fmt: skip

ROWS = [
    ("counts by the names of Usage", PLAIN, "0.0045"),
    ("counts under usage", {"model": "plain", "usage": {"input_tokens": 1000, "output_tokens": 100}}, "0.0045"),
    ("a part of the input", {**PLAIN, "cache_read_tokens": 400}, "0.00342"),
    ("a total that agrees", {**PLAIN, "total_tokens": 1100}, "0.0045"),
    ("a unit", {**PLAIN, "web_search": 3}, "0.0345"),
    ("several requests", {**PLAIN, "requests": 2}, "0.0045"),
    ("a response of chat", CHAT, "0.0045"),
    ("a response with columns beside it", {"response": CHAT, "session": "s"}, "0.0045"),
    ("a response whose input excludes the cache", ANTHROPIC, "0.00342"),
    ("another model than the response says", {"model": "dated", "response": CHAT}, "0.006"),
    ("a provider that names the format", {"provider": "acme", "model": "plain", "usage": {"prompt_tokens": 1000, "completion_tokens": 100}}, "0.0045"),
    ("conditions", {**PLAIN, "batch": True}, "0.00225"),
    ("a tier", {**PLAIN, "service_tier": "fast"}, "0.009"),
    ("a tier without effect", {**PLAIN, "service_tier": "default"}, "0.0045"),
    ("a tier that nobody knows", {**PLAIN, "service_tier": "gold"}, "0.0045"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "cost"), [pytest.param(*case, id=name) for name, *case in ROWS])
def test_a_row_costs(tmp_path: Path, prices: Registry, row: Any, cost: str) -> None:
    report = logs.price(write(tmp_path / "a.jsonl", row), registry=prices)
    assert (report.total, report.unpriced, report.requests > 0) == (Decimal(cost), (), True)


TIMES = [
    ("seconds", 1_788_256_800, "2026-09-01 10:00:00+00:00"),
    ("milliseconds", 1_788_256_800_500, "2026-09-01 10:00:00.500000+00:00"),
    ("a date", "2026-09-01", "2026-09-01 00:00:00+00:00"),
    ("a zone", "2026-09-01T10:00:00+05:30", "2026-09-01 04:30:00+00:00"),
    ("none, which is UTC", "2026-09-01 10:00:00", "2026-09-01 10:00:00+00:00"),
    ("an empty text", "", "None"),
]


@pytest.mark.parametrize(("at", "moment"), [pytest.param(*case, id=name) for name, *case in TIMES])
def test_a_time_is_read(tmp_path: Path, at: Any, moment: str) -> None:
    (record,) = logs.read(write(tmp_path / "a.jsonl", {**PLAIN, "at": at}))
    assert str(record.at) == moment


def test_columns_stand_in_the_record(tmp_path: Path) -> None:
    row = {
        **PLAIN,
        "session_id": "s",
        "project": "p",
        "id": "x",
        "provider": "acme",
        "region": "us",
    }
    (record,) = logs.read(write(tmp_path / "a.jsonl", row))
    found = (record.session, record.project, record.id, record.provider, dict(record.conditions))
    assert found == ("s", "p", "x", "acme", {"region": "us"})


def test_a_response_says_when_it_was_made(tmp_path: Path) -> None:
    (record,) = logs.read(write(tmp_path / "a.jsonl", {"response": CHAT}))
    assert (str(record.at), record.id) == ("2026-09-01 10:00:00+00:00", "chatcmpl-1")


def test_a_row_with_an_id_counts_once(tmp_path: Path, prices: Registry) -> None:
    rows = [
        {**PLAIN, "id": "a"},
        {**PLAIN, "id": "a", "output_tokens": 200},
        {**PLAIN, "id": "a"},
        PLAIN,
        PLAIN,
    ]
    write(tmp_path / "a.jsonl", *rows)
    report = logs.price(write(tmp_path / "b.jsonl", rows[0]).parent, registry=prices)
    assert (report.requests, report.output_tokens) == (3, 400)


REFUSED = [
    ("no object", b"[1]\n", "a row is an object with counts, not list"),
    ("no JSON", b'{"usage": \n', "it is no valid JSON"),
    ("a nest without an end", b'{"usage":' + b"[" * 100_000 + b"\n", "it is no valid JSON"),
    ("no counts", {"colour": "red", "usage": {}}, "no usage of a known format"),
    ("a usage that is null", {"colour": "red", "usage": None}, "usage of the response is null"),
]  # fmt: skip


FAULTY = [
    ("counts that are null", {"usage": {"words": None}}, "are null, which is unknown and not zero"),
    ("counts of no known format", {"usage": {"words": 5}}, "no usage of a known format"),
    ("a count by another name", {**PLAIN, "cached_tokens": 4}, "'cached_tokens' is no count that is known"),
    ("a count by a near name", {**PLAIN, "cache_reads_tokens": 4}, "nearest: cache_read_tokens"),
    ("a total that disagrees", {**PLAIN, "total_tokens": 5}, "total_tokens is 5, and input_tokens and output_tokens are 1,100"),
    ("a part above its total", {**PLAIN, "cache_read_tokens": 4000}, "cache_read_tokens is 4000, above input_tokens"),
    ("no requests", {**PLAIN, "requests": 0}, "requests is 0"),
    ("a count that is none", {**PLAIN, "output_tokens": "many"}, "output_tokens of the response is 'many'"),
    ("a time that is none", {**PLAIN, "at": "soon"}, "its time 'soon' is no ISO 8601 text"),
    ("a time that is a boolean", {**PLAIN, "at": True}, "its time True is no ISO"),
    ("a time that is no number", b'{"model":"m","at":NaN,"input_tokens":1}\n', "its time nan is no ISO"),
    ("a time without an end", b'{"model":"m","at":-Infinity,"input_tokens":1}\n', "its time -inf is no ISO"),
    ("a time beyond all calendars", {**PLAIN, "at": 10**18}, "its time 1000000000000000000 is no ISO"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "why"), [pytest.param(*case, id=name) for name, *case in FAULTY])
def test_a_row_that_contradicts_itself_is_a_call_without_a_price(
    tmp_path: Path, row: Any, why: str, prices: Registry
) -> None:
    path = write(tmp_path / "a.jsonl", PLAIN, row, PLAIN)
    report = logs.price(path, registry=prices)
    assert report.reading is not None
    assert (report.requests, report.reading.calls, report.reading.skipped) == (3, 3, 0)
    (fault,), (missing,) = report.reading.faults, report.unpriced
    assert why in fault.reason
    assert (missing.requests, missing.reason) == (1, str(fault))
    assert len(logs.read(path)) == 2


@pytest.mark.parametrize(("row", "why"), [pytest.param(*case, id=name) for name, *case in REFUSED])
def test_a_row_that_cannot_be_read_is_skipped_alone(tmp_path: Path, row: Any, why: str) -> None:
    records = logs.read(write(tmp_path / "a.jsonl", PLAIN, row, b"\n", PLAIN))
    assert records.reading is not None
    assert (len(records), records.reading.skipped) == (2, 1)
    assert why in records.reading.skips[0].reason


DOCUMENTS = [
    ("a list", json.dumps([PLAIN, PLAIN]), 2),
    ("a list on several lines", json.dumps([PLAIN, PLAIN, PLAIN], indent=2), 3),
    ("one object on several lines", json.dumps(PLAIN, indent=2), 1),
]


@pytest.mark.parametrize(
    ("text", "count"), [pytest.param(*case, id=name) for name, *case in DOCUMENTS]
)
def test_a_document_is_read_whole(tmp_path: Path, text: str, count: int) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    records = logs.read(path, format="usage-lines")
    assert [record.line for record in records] == list(range(1, count + 1))


def test_a_document_that_is_cut_off_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([PLAIN, PLAIN])[:-5])
    reading = logs.read(path).reading
    assert reading is not None
    assert (reading.calls, reading.skips[0].line) == (0, None)


HEADER = "model,at,input_tokens,cache_read_tokens,output_tokens,session"
TABLES = [
    ("commas", f"{HEADER}\nplain,{AT},1000,400,100,s\n", "0.00342"),
    ("semicolons", f"{HEADER}\nplain,{AT},1000,,100,s\n".replace(",", ";"), "0.0045"),
    ("tabs", f"{HEADER}\nplain,{AT},1000,,100,s\n".replace(",", "\t"), "0.0045"),
    ("text in quotes, on two lines", f'{HEADER}\nplain,{AT},1000,,100,"a\nb"\n', "0.0045"),
    ("spaces", f"{HEADER.replace(',', ' , ')}\n plain , {AT} , 1000,, 100 ,s\n", "0.0045"),
    ("a cell of spaces", f"{HEADER}\nplain,{AT},1000,  ,100,s\n", "0.0045"),
    ("other columns", f"{HEADER},note\nplain,{AT},1000,,100,s,hello\n", "0.0045"),
    ("a sign of UTF-8", f"\ufeff{HEADER}\r\nplain,{AT},1000,,100,s\r\n", "0.0045"),
    ("a long cell", f"{HEADER}\nplain,{AT},1000,,100,{'s' * 200_000}\n", "0.0045"),
    ("units and a batch", "model,output_tokens,web_search,batch\nplain,100,2,true\n", "0.02075"),
    ("no batch", "model,output_tokens,batch\nplain,100,false\n", "0.0015"),
]


@pytest.mark.parametrize(("text", "cost"), [pytest.param(*case, id=name) for name, *case in TABLES])
def test_a_table_costs(tmp_path: Path, prices: Registry, text: str, cost: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode())
    report = logs.price(tmp_path, registry=prices)
    assert (report.total, report.requests) == (Decimal(cost), 1)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (
            f"plain,{AT},many,,100,s",
            "input_tokens of the response is 'many', and a count is a whole",
        ),
        (f"plain,{AT},-5,,100,s", "input_tokens of the response is '-5', and a count is a whole"),
        (f"plain,{AT},5", "the row has other columns than the header"),
        (f"plain,{AT},5,,5,s,t", "the row has other columns than the header"),
    ],
    ids=["no number", "a negative one", "fewer columns", "more columns"],
)
def test_a_row_of_a_table_that_cannot_be_read_is_skipped_alone(
    tmp_path: Path, row: str, why: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{HEADER}\n{row}\nplain,{AT},1000,,100,s\n")
    records = logs.read(path)
    assert records.reading is not None
    assert len(records) == 1
    (skip,) = (*records.reading.skips, *records.reading.faults)
    assert (skip.line, why in skip.reason) == (2, True)


BROKEN = [
    ("lines whose first was cut off", b'{"model":"plain",\n', b"\n", b""),
    ("a list that was cut off", b"[\n", b",\n", b'{"model":"pl'),
]


@pytest.mark.parametrize(
    ("before", "between", "after"), [pytest.param(*case, id=name) for name, *case in BROKEN]
)
def test_what_is_whole_of_a_broken_document_is_read(
    tmp_path: Path, before: bytes, between: bytes, after: bytes
) -> None:
    row = json.dumps(PLAIN).encode()
    inner = b'  {"input_tokens":7}\n{"model":\n'
    records = logs.read(write(tmp_path / "a.jsonl", before + (row + between) * 3 + inner + after))
    assert records.reading is not None
    assert (len(records), records.reading.skipped) == (3, 1)


def test_json_that_begins_with_a_columns_name_is_no_table(tmp_path: Path) -> None:
    text = b'{"input_tokens_":1,"input_tokens ":2}\n[1]\n{"model":"plain","input_tokens":"9"}\n'
    records = logs.read(write(tmp_path / "a.csv", text), format="usage-table")
    assert records.reading is not None
    assert (len(records), records.reading.skipped) == (1, 2)
