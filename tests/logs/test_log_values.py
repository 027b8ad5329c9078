from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from logs_support import claude_line, write

import costcalc
import costcalc.logs
from costcalc import Registry, Usage, logs
from costcalc.logs import LogRecord, LogRecords, LogReport, Reading, Skip
from costcalc.logs.calls import Call, Calls
from costcalc.usage.responses.response_usage import ResponseUsage


@pytest.fixture
def report(tmp_path: Path, prices: Registry) -> LogReport:
    write(tmp_path / "a.jsonl", claude_line(), claude_line("b", "b", model="gone"), b"junk\n")
    return logs.price(tmp_path, by=["day", "model"], registry=prices)


def test_values_survive_json_and_pickle(report: LogReport, tmp_path: Path) -> None:
    record = logs.read(tmp_path)[0]
    for value in (report, report.rows[0], report.unpriced[0], report.reading, record):
        data: Any = value
        again = type(data).model_validate_json(data.model_dump_json())
        assert again == data
        assert pickle.loads(pickle.dumps(data)) == data  # noqa: S301 - our own


def test_values_cannot_be_changed(report: LogReport) -> None:
    with pytest.raises(TypeError):
        report.quantities["input"] = 1  # type: ignore[index]
    with pytest.raises(AttributeError):
        report.requests = 1  # type: ignore[misc]


def test_amounts_are_decimal_text_in_json(report: LogReport) -> None:
    data = report.model_dump(mode="json")
    assert data["rows"][0]["cost"]["total"] == "0.0045"


def test_records_are_a_sequence(tmp_path: Path) -> None:
    records = logs.read(write(tmp_path / "a.jsonl", claude_line(), claude_line("b", "b")))
    assert isinstance(records, LogRecords)
    assert [each.id for each in records] == ["msg_1", "b"]
    assert [each.id for each in records[:1]] == ["msg_1"]
    assert records[-1].id == "b"
    assert repr(records) == "<2 records of 1 files, 0 skipped>"
    assert repr(LogRecords.of(list(records))) == "<2 records>"


def test_a_record_goes_through_a_call_and_back() -> None:
    record = LogRecord(
        usage=Usage(input_tokens=9, cache_read_tokens=3, units={"web_search": 1}, requests=2),
        model="plain", provider="acme", at=datetime(2026, 9, 1, tzinfo=UTC), session="s",
        project="p", id="i", format="f", file="a.jsonl", line=3, stated_cost=Decimal(1),
        conditions={"region": "us"}, parts=(LogRecord(usage=Usage(output_tokens=1), model="m"),),
    )  # fmt: skip
    (again,) = LogRecords.of([record])
    assert replace(again, usage=record.usage) == record
    assert (again.usage.requests, again.parts[0].usage) == (
        2,
        ResponseUsage(output_tokens=1, model="m"),
    )


CONDITIONS = [
    ("fast mode", {"speed": "fast"}, {}),
    ("a batch", {"service_tier": "batch"}, {}),
    ("a region", {"inference_geo": "us"}, {}),
    ("another model within it", {"iterations": [
        {"type": "message", "input_tokens": 1000, "output_tokens": 100},
        {"type": "advisor_message", "model": "claude-opus-4-8", "input_tokens": 2518, "output_tokens": 22},
    ]}, {}),
    ("several of them", {"speed": "fast", "inference_geo": "us", "server_tool_use": {"web_search_requests": 2}}, {}),
    ("a time alone", {}, {"at": "2026-09-10T10:00:00.000Z"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("usage", "line"), [case[1:] for case in CONDITIONS], ids=[case[0] for case in CONDITIONS]
)
def test_the_usage_of_a_record_brings_everything_that_decides_its_price(
    usage: dict[str, Any], line: dict[str, Any], tmp_path: Path
) -> None:
    row = claude_line(model="claude-opus-4-8", **line, **usage)
    (record,) = logs.read(write(tmp_path / "a.jsonl", row))
    cost = costcalc.price(record.model, record.usage)
    assert cost.total == costcalc.price(record.model, record.usage, at=record.at).total
    assert cost.total == logs.price(tmp_path).total == logs.price([record]).total
    assert cost.at == record.at
    plain = costcalc.price(record.model, Usage(input_tokens=1000, output_tokens=100), at=record.at)
    assert (cost.total == plain.total) == bool(line)


def test_the_provider_of_a_record_is_whose_price_it_is(tmp_path: Path) -> None:
    row = {
        "model": "gpt-5.5",
        "at": "2026-11-01",
        "provider": "azure",
        "region": "eu",
        "input_tokens": 1000,
    }
    (record,) = logs.read(write(tmp_path / "a.jsonl", row))
    cost = costcalc.price(record.model, record.usage, provider=record.provider)
    assert (cost.provider, cost.total) == ("azure", logs.price([record]).total)
    assert "azure" in str(costcalc.price(record.model, record.usage).assumptions)


def test_a_record_takes_what_its_usage_says_and_stands_above_it(prices: Registry) -> None:
    at = datetime(2026, 9, 1, tzinfo=UTC)
    part = ResponseUsage(output_tokens=100, model="dated")
    usage = ResponseUsage(
        input_tokens=1000,
        provider="acme",
        at=at,
        conditions={"service_tier": "fast"},
        parts=(part,),
    )
    record = LogRecord(usage=usage, model="plain")
    assert (record.provider, record.at, record.conditions) == ("acme", at, {"service_tier": "fast"})
    assert [(each.model, each.at, each.usage) for each in record.parts] == [
        ("dated", at, replace(part, at=at))
    ]
    slow = replace(record, conditions={"service_tier": "standard"})
    for each, total in ((record, "0.008"), (slow, "0.005")):
        assert costcalc.price("plain", each.usage, registry=prices).total == Decimal(total)
        assert logs.price([each], registry=prices).total == Decimal(total)


def test_a_skip_is_a_place_and_a_reason() -> None:
    assert str(Skip("a.jsonl", 3, "it is none")) == "a.jsonl:3: it is none"
    assert str(Skip("a.jsonl", None, "it is none")) == "a.jsonl: it is none"


def test_only_the_first_skips_and_other_files_are_named(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", claude_line(), *[b"junk\n"] * 150)
    for number in range(120):
        write(tmp_path / f"{number}.json", {"colour": number})
    reading = logs.read(tmp_path).reading
    assert reading is not None
    assert (reading.skipped, len(reading.skips)) == (150, 100)
    assert (reading.other_files, len(reading.others)) == (120, 100)


def test_what_many_calls_rest_on_is_said_once_with_their_number(tmp_path: Path) -> None:
    split = {"ephemeral_5m_input_tokens": 9, "ephemeral_1h_input_tokens": 0}
    lines = [
        claude_line(str(n), cache_creation_input_tokens=1, cache_creation=split) for n in range(3)
    ]
    reading = logs.read(write(tmp_path / "a.jsonl", *lines)).reading
    assert reading is not None
    assert reading.assumptions[-1].text.startswith("3 calls: cache_creation has 9 tokens")


def test_of_two_calls_with_one_key_a_format_may_say_which_is_better() -> None:
    calls = Calls()
    shelf = calls.shelf(model="m", meters=("input",), format="f", file="a")
    first, second = (Call(shelf, None, (count,), 1) for count in (5, 3))
    calls.add("key", first)
    calls.add("key", second, better=lambda new, old: new.tokens < old.tokens)
    assert (list(calls), calls.duplicates, len(calls)) == ([second], 1, 1)


def test_pricing_logs_imports_nothing_heavy(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", claude_line(model="claude-opus-4-8"))
    code = (
        "import sys; from costcalc import logs; logs.price(sys.argv[1]).total; "
        "print([name for name in ('pydantic', 'yaml', 'tiktoken', 'typer', 'rich', 'sqlite3') "
        "if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_all_names_are_there() -> None:
    assert dir(costcalc.logs) == sorted(costcalc.logs.__all__)
    for name in costcalc.logs.__all__:
        assert getattr(costcalc.logs, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = costcalc.logs.nothing  # type: ignore[attr-defined]


def test_a_reading_lists_its_formats(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", claude_line())
    write(tmp_path / "b.csv", b"model,input_tokens\nplain,5\n")
    reading = logs.read(tmp_path).reading
    assert isinstance(reading, Reading)
    assert dict(reading.formats) == {"claude-code": 1, "usage-table": 1}
