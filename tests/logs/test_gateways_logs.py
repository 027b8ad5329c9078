"""Exports of LiteLLM, Langfuse and Helicone: rows, their own caches, buckets, stated costs."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from io import StringIO
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from costcalc.logs import LogRecords, price, read

Counted = tuple[int, int, int, int, int, int]
"""Input, read, written, of these for an hour, output, reasoning."""


def counted(records: LogRecords) -> Counted:
    usages = [each.usage for each in records]
    return (
        sum(each.input_tokens for each in usages), sum(each.cache_read_tokens for each in usages),
        sum(each.cache_write_tokens for each in usages), sum(each.cache_write_1h_tokens for each in usages),
        sum(each.output_tokens for each in usages), sum(each.reasoning_tokens for each in usages),
    )  # fmt: skip


def table(*rows: dict[str, Any], separator: str = ",") -> str:
    """Return rows as a table, objects in their cells as JSON text."""
    text = StringIO()
    writer = csv.DictWriter(
        text, list(dict.fromkeys(key for row in rows for key in row)), delimiter=separator
    )
    writer.writeheader()
    for row in rows:
        cells = {
            key: json.dumps(value) if isinstance(value, dict | list) else value
            for key, value in row.items()
        }
        writer.writerow(cells)
    return text.getvalue()


def read_as(kind: str, folder: Path, *rows: Any) -> LogRecords:
    folder.mkdir(exist_ok=True)
    texts = {
        "jsonl": "".join(f"{json.dumps(row)}\n" for row in rows),
        "json": json.dumps(list(rows), indent=1),
        "answer": json.dumps({"data": list(rows), "meta": {}}),
        "csv": table(*rows) if kind == "csv" else "",
    }
    file = folder / f"export.{'json' if kind == 'answer' else kind}"
    file.write_text(texts[kind], encoding="utf-8")
    return read(file)


def notes(records: LogRecords) -> str:
    assert records.reading is not None
    return " | ".join(f"{each.code}: {each.text}" for each in records.reading.assumptions)


def reasons(records: LogRecords) -> list[str]:
    assert records.reading is not None
    return [each.reason for each in (*records.reading.skips, *records.reading.faults)]


KINDS = ["jsonl", "json", "answer", "csv"]

# --- LiteLLM ---

USAGE: dict[str, Any] = {
    "prompt_tokens": 1_000, "completion_tokens": 200, "total_tokens": 1_200,
    "prompt_tokens_details": {"cached_tokens": 400}, "completion_tokens_details": {"reasoning_tokens": 50},
}  # fmt: skip


def spent(request: str | None = "req-1", **more: Any) -> dict[str, Any]:
    """Return a row of spend logs; its metadata is JSON text, as in the database."""
    metadata = more.pop("metadata", {"status": "success", "usage_object": USAGE})
    return {
        "request_id": request, "call_type": "acompletion", "api_key": "…", "spend": 0.004, "total_tokens": 1_200,
        "prompt_tokens": 1_000, "completion_tokens": 200, "startTime": "2026-08-01T10:00:00.000Z", "model": "gpt-4o",
        "custom_llm_provider": "openai", "cache_hit": "False", "session_id": "talk", "team_id": "team", "user": "me",
        "metadata": json.dumps(metadata), "status": "success", **more,
    }  # fmt: skip


BARE = {
    "additional_usage_values": {"cache_read_input_tokens": 400, "cache_creation_input_tokens": 100}
}
ANTHROPIC_OWN = {"usage_object": {"input_tokens": 500, "cache_read_input_tokens": 400, "cache_creation_input_tokens": 100,
                                  "cache_creation": {"ephemeral_1h_input_tokens": 60}, "output_tokens": 200}}  # fmt: skip
CLAUDE = {
    "model": "claude-sonnet-4-6",
    "custom_llm_provider": "anthropic",
    "call_type": "anthropic_messages",
}

# Each: what it shows; the rows; their totals; how many calls.
SPEND: list[tuple[str, list[dict[str, Any]], Counted, int]] = [
    ("the provider's own usage is in the metadata", [spent()], (1_000, 400, 0, 0, 200, 50), 1),
    ("a request is a call, however often it was exported", [spent(), spent()], (1_000, 400, 0, 0, 200, 50), 1),
    ("an answer of LiteLLM's own cache is not billed",
     [spent(), spent("req-2", cache_hit="True", spend=0)], (1_000, 400, 0, 0, 200, 50), 1),
    ("a request that failed is not billed",
     [spent(), spent("req-2", status="failure", spend=0, prompt_tokens=0, completion_tokens=0, total_tokens=0, metadata={})],
     (1_000, 400, 0, 0, 200, 50), 1),
    ("so is one whose metadata says so, and a row of no call at all",
     [spent(), spent("req-2", status="", spend=0, prompt_tokens=0, completion_tokens=0, total_tokens=0, metadata={"status": "failure"}),
      spent("req-3", status="success", spend=0, prompt_tokens=0, completion_tokens=0, total_tokens=0, metadata={})],
     (1_000, 400, 0, 0, 200, 50), 1),
    ("a failure that used tokens was billed", [spent(status="failure")], (1_000, 400, 0, 0, 200, 50), 1),
    ("without it the columns count, with what stands beside them", [spent(metadata=BARE)], (1_000, 400, 100, 0, 200, 0), 1),
    ("without either the columns count alone", [spent(metadata={})], (1_000, 0, 0, 0, 200, 0), 1),
    ("Anthropic's own usage is read as such", [spent(metadata=ANTHROPIC_OWN, **CLAUDE)], (1_000, 400, 100, 60, 200, 0), 1),
    ("cached tokens above the prompt stand beside it",
     [spent(metadata=BARE, **{**CLAUDE, "prompt_tokens": 300, "total_tokens": 500})], (800, 400, 100, 0, 200, 0), 1),
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("rows", "expected", "calls"), [case[1:] for case in SPEND], ids=[case[0] for case in SPEND]
)
def test_spend_logs(
    rows: list[dict[str, Any]], expected: Counted, calls: int, kind: str, tmp_path: Path
) -> None:
    for number, order in enumerate(permutations(rows)):
        records = read_as(kind, tmp_path / str(number), *order)
        assert reasons(records) == []
        assert counted(records) == expected
        assert len(records) == calls
        assert {each.format for each in records} == {"litellm"}


def test_a_row_of_litellm_says_where_it_belongs(tmp_path: Path) -> None:
    records = read_as("csv", tmp_path, spent())
    (record,) = records
    assert (record.model, record.provider, record.session, record.project, record.id) == (
        "gpt-4o", "openai", "talk", "team", "req-1",
    )  # fmt: skip
    assert str(record.at) == "2026-08-01 10:00:00+00:00"
    report = price(records)
    assert (report.total, report.stated) == (Decimal("0.004"), Decimal("0.004"))
    assert read_as("jsonl", tmp_path, spent(team_id=None))[0].project == "me"


def test_what_was_not_billed_is_said(tmp_path: Path) -> None:
    rows = [spent(cache_hit="True", spend=0), spent("req-2", cache_hit="true", spend=0),
            spent("req-3", status="failure", spend=0, prompt_tokens=0, completion_tokens=0, total_tokens=0, metadata={})]  # fmt: skip
    said = notes(read_as("jsonl", tmp_path, *rows))
    assert "2 calls: answers of LiteLLM's own cache are not billed" in said
    assert "unbilled: requests that failed are not billed" in said


def test_rows_of_requests_that_cannot_be_read_have_no_price(tmp_path: Path) -> None:
    image = spent(
        "img", spend=0.04, prompt_tokens=0, completion_tokens=0, total_tokens=0, metadata={}
    )
    torn = spent("torn", metadata={"usage_object": {**USAGE, "total_tokens": 5}})
    records = read_as("json", tmp_path, spent(), image, torn, 7)
    assert records.reading is not None
    assert (len(records), records.reading.skipped, records.reading.faulty) == (1, 1, 2)
    third, first, second = reasons(records)
    assert first == "it states a spend of 0.04 USD and no tokens to price"
    assert (
        "total_tokens is 5 and its parts are prompt_tokens 1,000, completion_tokens 200" in second
    )
    assert third == "a row is an object with counts, not int"


def test_a_row_of_something_else_is_not_taken_for_a_call_of_nothing(tmp_path: Path) -> None:
    rows = [spent(), {"text": "request_id, call_type and spend"}]
    assert reasons(read_as("jsonl", tmp_path, *rows)) == [
        "it has no call_type, as every row of spend logs has"
    ]
    rows = [observation(), {"text": "usageDetails"}]
    assert reasons(read_as("jsonl", tmp_path, *rows)) == [
        "it has no type, as every observation has"
    ]
    rows = [requested(), {"response_status": 200}]
    assert reasons(read_as("jsonl", tmp_path, *rows)) == [
        "it states no counts, and has no response that does"
    ]


def test_a_spend_of_nothing_is_unknown_and_rows_without_an_id_are_calls_of_their_own(
    tmp_path: Path,
) -> None:
    records = read_as("jsonl", tmp_path, spent(None, spend=0.0), spent(None, spend=0.0))
    assert [each.stated_cost for each in records] == [None, None]


def test_metadata_may_be_an_object_or_be_torn(tmp_path: Path) -> None:
    row = {**spent(), "metadata": {"usage_object": USAGE}}
    assert counted(read_as("jsonl", tmp_path, row)) == (1_000, 400, 0, 0, 200, 50)
    row = {**spent(), "metadata": '{"usage_object": {'}
    assert counted(read_as("jsonl", tmp_path, row)) == (1_000, 0, 0, 0, 200, 0)


# --- Langfuse ---


def observation(
    name: str | None = "o1", usage: Any = None, kind: str = "GENERATION", **more: Any
) -> dict[str, Any]:
    """Return an observation as the API has it."""
    return {
        "id": name, "traceId": "t1", "type": kind, "model": "claude-sonnet-4-6", "startTime": "2026-08-01T10:00:00.000Z",
        "usageDetails": {"input": 500, "output": 200, "total": 700} if usage is None else usage,
        "costDetails": {"input": 0.0015, "total": 0.0045}, "parentObservationId": None, "projectId": "p1", **more,
    }  # fmt: skip


EXPORTED = {
    "id": "o1", "trace_id": "t1", "type": "GENERATION", "provided_model_name": "claude-sonnet-4-6", "session_id": "talk",
    "start_time": "2026-08-01 10:00:00.000000", "usage_details": {"input": 500, "output": 200, "total": 700},
    "cost_details": {}, "total_cost": 0.0045, "parent_observation_id": "", "project_id": "p1",
}  # fmt: skip

BUCKETS: list[tuple[str, dict[str, int], Counted]] = [
    ("the total is no bucket", {"input": 500, "output": 200, "total": 700}, (500, 0, 0, 0, 200, 0)),
    ("OpenAI's buckets exclude each other",
     {"input": 600, "input_cached_tokens": 400, "output": 150, "output_reasoning_tokens": 50, "total": 1_200},
     (1_000, 400, 0, 0, 200, 50)),
    ("Anthropic's do, too",
     {"input": 500, "cache_read_input_tokens": 400, "cache_creation_input_tokens": 100, "output": 200, "total": 1_200},
     (1_000, 400, 100, 0, 200, 0)),
    ("writes have lives", {"input": 500, "input_cache_creation_5m": 40, "input_cache_creation_1h": 60, "output": 200},
     (600, 0, 100, 60, 200, 0)),
    ("writes that are counted in all and by life are counted once",
     {"input": 500, "cache_creation_input_tokens": 100, "input_cache_creation_5m": 40, "input_cache_creation_1h": 60, "output": 200},
     (600, 0, 100, 60, 200, 0)),
    ("counts that the total leaves out are parts of the others",
     {"input": 1_000, "input_cache_read": 400, "output": 200, "output_reasoning": 50, "total": 1_200}, (1_000, 400, 0, 0, 200, 50)),
    ("sound that the total leaves out is a part, too",
     {"input": 1_000, "input_cache_read": 400, "input_audio_tokens": 300, "output": 200, "output_audio": 50, "total": 1_200},
     (1_000, 400, 0, 0, 200, 0)),
    ("unknown buckets of nothing are nothing", {"input": 500, "output": 200, "searches": 0}, (500, 0, 0, 0, 200, 0)),
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("usage", "expected"), [case[1:] for case in BUCKETS], ids=[case[0] for case in BUCKETS]
)
def test_buckets_of_langfuse(
    usage: dict[str, int], expected: Counted, kind: str, tmp_path: Path
) -> None:
    records = read_as(kind, tmp_path, observation(usage=usage))
    assert reasons(records) == []
    assert counted(records) == expected
    assert {each.format for each in records} == {"langfuse"}


@pytest.mark.parametrize("kind", KINDS)
def test_exports_of_langfuse_have_other_names(kind: str, tmp_path: Path) -> None:
    (record,) = read_as(kind, tmp_path, EXPORTED)
    assert (record.model, record.session, record.project, record.id) == (
        "claude-sonnet-4-6",
        "talk",
        "p1",
        "o1",
    )
    assert record.stated_cost == Decimal("0.0045")
    assert str(record.at) == "2026-08-01 10:00:00+00:00"


def test_an_observation_costs_what_its_buckets_do(tmp_path: Path) -> None:
    records = read_as("jsonl", tmp_path, observation())
    assert records[0].session == "t1"
    report = price(records)
    assert (report.total, report.stated) == (Decimal("0.0045"), Decimal("0.0045"))


def test_writes_for_an_hour_have_their_own_rate(tmp_path: Path) -> None:
    """langfuse/claude-observability-plugin#34: 0.4646875 at the rate of five minutes."""
    row = observation(usage={"input_cache_creation_1h": 37_175}, model="claude-fable-5")
    assert price(read_as("jsonl", tmp_path, row)).total == Decimal("0.7435")


def test_only_generations_and_embeddings_are_calls_and_each_once(tmp_path: Path) -> None:
    rows = [observation(), observation(), observation("a", kind="AGENT"), observation("s", kind="SPAN"),
            observation("e", kind="EMBEDDING"), observation("i", parentObservationId="o1")]  # fmt: skip
    for number, order in enumerate(permutations(rows)):
        assert len(read_as("jsonl", tmp_path / str(number), *order)) == 2


def test_older_observations_have_two_counts(tmp_path: Path) -> None:
    old = {"input": 500, "output": 200, "total": 700, "unit": "TOKENS"}
    records = read_as("jsonl", tmp_path, observation(usage={}, usage_old=None) | {"usage": old})
    assert counted(records) == (500, 0, 0, 0, 200, 0)
    rows = [observation("a", usage={}), observation(None), observation(None)]
    assert len(read_as("jsonl", tmp_path, *rows)) == 2


def test_what_langfuse_says_against_itself_has_no_price(tmp_path: Path) -> None:
    rows = [
        observation("a", {"input": 500, "output": 200, "total": 999}),
        observation("b", {"input": 500, "output": 200, "input_cached_token": 7}),
        observation("c", {"input": 500, "qqq": 7}),
        {**observation("d", {}), "usage": {"input": 5, "unit": "CHARACTERS"}},
        7,
        observation("e"),
    ]  # fmt: skip
    records = read_as("json", tmp_path, *rows)
    assert len(records) == 1
    fifth, first, second, third, fourth = reasons(records)
    assert price(records, by="model").requests == 5
    assert first == "its total is 999, and its usage types are 700 together"
    assert second.startswith("'input_cached_token' is no usage type that is known")
    assert "nearest: 'input_cached_tokens'" in second or "nearest: input_cached_tokens" in second
    assert third.startswith(
        "'qqq' is no usage type that is known, and not priced as another one; known: input"
    )
    assert fourth == "its usage is in CHARACTERS, and not in tokens"
    assert fifth == "an observation is an object, not int"


# --- Helicone ---


def requested(name: str | None = "r1", **more: Any) -> dict[str, Any]:
    """Return a row of Helicone's export."""
    return {
        "request_id": name, "response_id": f"resp-{name}", "response_status": 200, "request_created_at": "2026-08-01T10:00:00.000Z",
        "model": "gpt-4o", "provider": "OPENAI", "prompt_tokens": 600, "completion_tokens": 200, "prompt_cache_read_tokens": 400,
        "costUSD": 0.004, "request_user_id": "me", "request_properties": {"Helicone-Session-Id": "talk"}, **more,
    }  # fmt: skip


BODY = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "model": "gpt-4o-2024-08-06",
    "usage": USAGE,
}
REUSED = "11111111-1111-4111-8111-111111111111"

REQUESTS: list[tuple[str, list[dict[str, Any]], Counted, int]] = [
    ("columns exclude each other", [requested()], (1_000, 400, 0, 0, 200, 0), 1),
    ("with its body the provider's own usage counts", [requested(response_body=BODY)], (1_000, 400, 0, 0, 200, 50), 1),
    ("a body that cannot be read leaves the columns", [requested(response_body={"error": "…"})], (1_000, 400, 0, 0, 200, 0), 1),
    ("a request is a call, however often it was exported", [requested(), requested(response_body=BODY)], (1_000, 400, 0, 0, 200, 0), 1),
    ("an answer of Helicone's own cache is not billed", [requested(), requested("r2", cache_reference_id=REUSED)], (1_000, 400, 0, 0, 200, 0), 1),
    ("what failed is not billed", [requested(), requested("r2", response_status=429)], (1_000, 400, 0, 0, 200, 0), 1),
    ("a row without counts is no call",
     [requested(prompt_tokens=0, completion_tokens=0, prompt_cache_read_tokens=0)], (0, 0, 0, 0, 0, 0), 0),
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("rows", "expected", "calls"),
    [case[1:] for case in REQUESTS],
    ids=[case[0] for case in REQUESTS],
)
def test_requests_of_helicone(
    rows: list[dict[str, Any]], expected: Counted, calls: int, kind: str, tmp_path: Path
) -> None:
    records = read_as(kind, tmp_path, *rows)
    assert reasons(records) == []
    assert counted(records) == expected
    assert len(records) == calls
    assert {each.format for each in records} <= {"helicone"}


def test_a_row_of_helicone_says_where_it_belongs(tmp_path: Path) -> None:
    records = read_as(
        "csv", tmp_path, requested(), requested("r2", response_body={**BODY, "model": None})
    )
    for record, name in zip(records, ("r1", "r2"), strict=True):
        assert (record.model, record.provider, record.session, record.project, record.id) == (
            "gpt-4o", "openai", "talk", "me", name,
        )  # fmt: skip
        assert str(record.at) == "2026-08-01 10:00:00+00:00"
    report = price(records)
    assert (report.total, report.stated) == (Decimal("0.008"), Decimal("0.008"))
    assert (
        "cached_beside: Helicone's cached tokens are taken to stand beside the prompt's"
        in notes(records)
    )


@pytest.mark.parametrize(
    ("costs", "stated"),
    [
        ({"costUSD": 0.25, "cost": 1}, "0.25"),
        ({"costUSD": None, "cost": 4_000_000}, "0.004"),
        ({"costUSD": None, "cost": 0.004}, "0.004"),
        ({"costUSD": None, "cost": 4e-7}, "4E-7"),
        ({"costUSD": None, "cost": 0}, None),
        ({"costUSD": None}, None),
    ],
    ids=[
        "in dollars",
        "as the database keeps it",
        "with a point",
        "with an exponent",
        "nothing is unknown",
        "none",
    ],
)
def test_costs_of_helicone(costs: dict[str, Any], stated: str | None, tmp_path: Path) -> None:
    (record,) = read_as("jsonl", tmp_path, requested(**costs))
    assert record.stated_cost == (None if stated is None else Decimal(stated))


def test_helicones_own_usage_excludes_everything(tmp_path: Path) -> None:
    usage = {
        "input": 500,
        "output": 150,
        "thinking": 50,
        "cacheDetails": {"cachedInput": 400, "write5m": 40, "write1h": 60},
    }
    rows = [{"request_id": "r1", "created_at": "2026-08-01T10:00:00Z", "model": "claude-sonnet-4-6", "usage": usage},
            {"created_at": "2026-08-01T10:00:00Z", "model": "claude-sonnet-4-6", "usage": usage}]  # fmt: skip
    records = read_as("jsonl", tmp_path, *rows)
    assert counted(records) == (2_000, 800, 200, 120, 400, 100)
    assert [each.format for each in records] == ["helicone", "helicone"]
    usage["web_search"] = 2
    (record, _) = read_as("jsonl", tmp_path, *rows)
    assert dict(record.usage.units) == {"web_search": 2}
    usage["audio"] = 7
    assert set(reasons(read_as("jsonl", tmp_path, *rows))) == {
        "its usage has tokens of audio, and says not whether they were read or made"
    }


def test_rows_of_helicone_that_contradict_themselves_have_no_price(tmp_path: Path) -> None:
    records = read_as("json", tmp_path, requested(), 7, requested("r2", prompt_tokens=-1))
    assert len(records) == 1
    assert reasons(records) == [
        "a row is an object with counts, not int",
        "prompt_tokens of the response is -1, and a count is a whole number from 0 on",
    ]


# --- tables and documents ---


def test_tables_may_have_other_separators_long_cells_and_torn_rows(tmp_path: Path) -> None:
    file = tmp_path / "export.tsv"
    long = spent("long", messages="x" * 200_000)
    text = table(spent(messages=""), long, separator=";") + "req-9;acompletion\n"
    file.write_text(text, encoding="utf-8")
    before = csv.field_size_limit()
    records = read(file)
    assert [each.id for each in records] == ["req-1", "long"]
    assert reasons(records) == ["the row has other columns than the header"]
    assert csv.field_size_limit() == before


def test_a_cell_that_is_too_long_loses_its_row_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("costcalc.logs.documents.LONGEST_LINE", 1_000)
    file = tmp_path / "export.csv"
    file.write_text(
        table(spent(messages=""), spent("long", messages="x" * 2_000), spent("req-2", messages="")),
        encoding="utf-8",
    )
    records = read(file)
    assert [each.id for each in records] == ["req-1", "req-2"]
    assert reasons(records)[0].startswith("it is no row of a table: field larger than field limit")


def test_a_torn_document_and_torn_lines_are_said(tmp_path: Path) -> None:
    whole = json.dumps([spent()], indent=1)
    file = tmp_path / "export.json"
    file.write_text(whole[:-5], encoding="utf-8")
    (said,) = reasons(read(file))
    assert said.startswith("it is no valid JSON")
    lines = tmp_path / "export.jsonl"
    lines.write_text(
        f"{json.dumps(spent())}\n\n{{torn}}\n{json.dumps(spent('req-2'))}\n", encoding="utf-8"
    )
    records = read(lines)
    assert len(records) == 2
    assert records.reading is not None
    assert [each.line for each in records.reading.skips] == [3]
