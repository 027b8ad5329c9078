"""Spans of OpenTelemetry and OpenInference: inference alone, each once, by either convention."""

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

AT = "1785578400000000000"
"""2026-08-01T10:00:00Z in nanoseconds, as text."""


def attribute(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"key": name, "value": {"boolValue": value}}
    if isinstance(value, int):
        return {"key": name, "value": {"intValue": str(value)}}
    if isinstance(value, float):
        return {"key": name, "value": {"doubleValue": value}}
    return {"key": name, "value": {"stringValue": value}}


def span(
    name: str = "s1", parent: str = "", trace: str = "t1", **attributes: Any
) -> dict[str, Any]:
    """Return a span of OTLP; two underscores in a keyword stand for a dot."""
    found = {key.replace("__", "."): value for key, value in attributes.items()}
    return {"traceId": trace, "spanId": name, "parentSpanId": parent, "name": "chat", "startTimeUnixNano": AT,
            "attributes": [attribute(key, value) for key, value in found.items()]}  # fmt: skip


def call(name: str = "s1", parent: str = "", **more: Any) -> dict[str, Any]:
    """Return an inference span of 1,000 tokens in, 400 of them cached, and 200 out."""
    return span(name, parent, **{
        "gen_ai__operation__name": "chat", "gen_ai__provider__name": "openai", "gen_ai__request__model": "gpt-4o",
        "gen_ai__usage__input_tokens": 1_000, "gen_ai__usage__output_tokens": 200,
        "gen_ai__usage__cache_read__input_tokens": 400, **more,
    })  # fmt: skip


def document(*spans: dict[str, Any], scope: str = "scopeSpans") -> dict[str, Any]:
    resource = {"attributes": [attribute("service.name", "shop"), {"key": "empty", "value": {}}]}
    return {"resourceSpans": [{"resource": resource, scope: [{"spans": list(spans)}]}]}


def read_of(folder: Path, *documents: Any) -> LogRecords:
    folder.mkdir(exist_ok=True)
    file = folder / "traces.jsonl"
    file.write_text("".join(f"{json.dumps(each)}\n" for each in documents), encoding="utf-8")
    return read(file)


def counted(records: LogRecords) -> tuple[int, int, int]:
    usages = [each.usage for each in records]
    return (
        sum(each.input_tokens for each in usages), sum(each.cache_read_tokens for each in usages),
        sum(each.output_tokens for each in usages),
    )  # fmt: skip


LEGACY = span(
    gen_ai__system="anthropic", gen_ai__request__model="claude-sonnet-4-6", gen_ai__usage__prompt_tokens=1_000,
    gen_ai__usage__completion_tokens=200, gen_ai__usage__cache_read_input_tokens=400, llm__usage__total_tokens=1_200,
)  # fmt: skip
AGENT = call("agent", gen_ai__operation__name="invoke_agent")
INNER, OUTER = call("inner", "s1"), call("s1", gen_ai__response__model="gpt-4o-2024-08-06")
OTHER = call("inner", "s1", gen_ai__request__model="gpt-4o-mini-2024-07-18")

# Each: what it shows; the spans; their totals; how many calls.
CASES: list[tuple[str, list[dict[str, Any]], tuple[int, int, int], int]] = [
    ("64-bit integers are text", [call()], (1_000, 400, 200), 1),
    ("legacy names, without an operation, are known", [LEGACY], (1_000, 400, 200), 1),
    ("an agent repeats what is within it", [AGENT, call("s1", "agent")], (1_000, 400, 200), 1),
    ("tools and spans without counts are no calls",
     [span(gen_ai__operation__name="execute_tool"), span("s2", gen_ai__operation__name="chat"), call("s3")], (1_000, 400, 200), 1),
    ("a span that was exported twice is one", [call(), call()], (1_000, 400, 200), 1),
    ("spans of two traces may have one id", [call(), {**call(), "traceId": "t2"}], (2_000, 800, 400), 2),
    ("two instrumentations of one call are one", [OUTER, INNER], (1_000, 400, 200), 1),
    ("a call within a call of another model is its own", [call("s1", gen_ai__request__model="o3"), OTHER], (2_000, 800, 400), 2),
    ("calls beside each other are two", [call("s1", "agent"), call("s2", "agent")], (2_000, 800, 400), 2),
    ("cached tokens above the input stand beside it",
     [call(gen_ai__usage__input_tokens=100, gen_ai__usage__cache_creation__input_tokens=500)], (1_000, 400, 200), 1),
    ("a span with counts of nothing is no call",
     [span(gen_ai__usage__input_tokens=0, gen_ai__usage__output_tokens=0)], (0, 0, 0), 0),
    ("OpenInference within OTLP has names of its own",
     [span(openinference__span__kind="LLM", llm__model_name="gpt-4o", llm__token_count__prompt=1_000,
           llm__token_count__completion=200, llm__token_count__prompt_details__cache_read=400, llm__token_count__total=1_200),
      span("s2", openinference__span__kind="CHAIN", llm__token_count__prompt=1_000)], (1_000, 400, 200), 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("spans", "expected", "calls"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_spans_of_otlp(
    spans: list[dict[str, Any]], expected: tuple[int, int, int], calls: int, tmp_path: Path
) -> None:
    for number, order in enumerate(permutations(spans)):
        for documents in ([document(*order)], [document(each) for each in order]):
            records = read_of(tmp_path / str(number), *documents)
            assert counted(records) == expected
            assert len(records) == calls
            assert {each.format for each in records} <= {"otlp"}


def test_a_span_says_where_it_belongs(tmp_path: Path) -> None:
    more: dict[str, Any] = {
        "gen_ai__response__id": "chatcmpl-1", "gen_ai__conversation__id": "talk", "llm__cost__total": 0.5, "stream": True,
        "openai__response__service_tier": "fast", "gen_ai__usage__reasoning__output_tokens": 50,
    }  # fmt: skip
    (record,) = read_of(tmp_path, document(call(**more), scope="instrumentationLibrarySpans"))
    assert (record.model, record.provider, record.session, record.project, record.id) == (
        "gpt-4o", "openai", "talk", "shop", "chatcmpl-1",
    )  # fmt: skip
    assert str(record.at) == "2026-08-01 10:00:00+00:00"
    assert dict(record.conditions) == {"service_tier": "priority"}
    assert (record.usage.reasoning_tokens, record.stated_cost) == (50, Decimal("0.5"))


def test_a_span_costs_what_its_counts_do(tmp_path: Path) -> None:
    records = read_of(tmp_path, document(call()))
    assert records[0].session == "t1"
    assert price(records).total == Decimal("0.004")  # 600 × 2.5 + 400 × 1.25 + 200 × 10


def test_a_cost_in_another_currency_is_not_taken(tmp_path: Path) -> None:
    cost = {"gen_ai__usage__cost__amount": 0.5, "gen_ai__usage__cost__currency": "EUR"}
    assert read_of(tmp_path, document(call(**cost)))[0].stated_cost is None


@pytest.mark.parametrize(
    ("provider", "sold"),
    [
        ("x_ai", "xai"),
        ("gcp.gemini", "google"),
        ("mistral_ai", "mistral"),
        ("aws.bedrock", "bedrock"),
        ("azure.ai.openai", "azure"),
        ("azure.ai.inference", "azure"),
        ("ibm.watsonx.ai", "ibm.watsonx.ai"),
    ],
)
def test_providers_of_the_conventions_are_those_of_prices(
    provider: str, sold: str, tmp_path: Path
) -> None:
    (record,) = read_of(tmp_path, document(call(gen_ai__provider__name=provider)))
    assert record.provider == sold


def test_a_span_that_contradicts_itself_is_a_call_without_a_price(tmp_path: Path) -> None:
    bad = {**call("s3"), "startTimeUnixNano": "soon"}
    records = read_of(tmp_path, document(call(gen_ai__usage__total_tokens=5), bad, call("s2")))
    assert len(records) == 1
    assert records.reading is not None
    (first,), (second,) = (
        [each.reason for each in said] for said in (records.reading.faults, records.reading.skips)
    )
    assert first == "its total is 5 tokens, and input and output are 1,200"
    assert "startTimeUnixNano of the response is 'soon'" in second


def test_a_trace_may_be_one_document_on_many_lines(tmp_path: Path) -> None:
    for name, data in (("object", document(call())), ("list", [document(call())])):
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps(data, indent=1), encoding="utf-8")
        assert len(read(file)) == 1


def test_sound_is_a_part_of_both_sides(tmp_path: Path) -> None:
    (record,) = read_of(tmp_path, document(span(
        openinference__span__kind="LLM", llm__model_name="gpt-4o-audio-preview", llm__token_count__prompt=1_000,
        llm__token_count__completion=200, llm__token_count__prompt_details__audio=300,
        llm__token_count__completion_details__audio=120,
    )))  # fmt: skip
    usage = record.usage
    assert (usage.input_tokens, usage.input_audio_tokens) == (1_000, 300)
    assert (usage.output_tokens, usage.output_audio_tokens) == (200, 120)


# --- OpenInference ---


def exported(
    name: str = "s1", kind: str = "LLM", parent: str | None = None, **more: Any
) -> dict[str, Any]:
    """Return a span as Phoenix answers with it."""
    found: dict[str, Any] = {
        "llm.model_name": "gpt-4o", "llm.provider": "openai", "session.id": "talk", "llm.cost.total": 0.004,
        "llm.token_count.prompt": 1_000, "llm.token_count.completion": 200, "llm.token_count.total": 1_200,
        "llm.token_count.prompt_details.cache_read": 400, "llm.token_count.completion_details.reasoning": 50,
    }  # fmt: skip
    return {"id": "U3Bhbjox", "name": "chat", "span_kind": kind, "parent_id": parent, "start_time": "2026-08-01T10:00:00+00:00",
            "context": {"trace_id": "t1", "span_id": name}, "attributes": {**found, **more}}  # fmt: skip


NESTED = exported()
NESTED["attributes"] = {
    "openinference": {"span": {"kind": "LLM"}},
    "llm": {"model_name": "gpt-4o", "provider": "openai", "cost": {"total": 0.004},
            "token_count": {"prompt": 1_000, "completion": 200, "total": 1_200, "prompt_details": {"cache_read": 400},
                            "completion_details": {"reasoning": 50}}},
    "session": {"id": "talk"},
}  # fmt: skip


def table(*rows: dict[str, Any]) -> str:
    flat = [
        {"context.trace_id": row["context"]["trace_id"], "context.span_id": row["context"]["span_id"],
         "parent_id": row["parent_id"] or "", "span_kind": row["span_kind"], "start_time": row["start_time"],
         **{f"attributes.{key}": value for key, value in row["attributes"].items()}}
        for row in rows
    ]  # fmt: skip
    text = StringIO()
    writer = csv.DictWriter(text, list(flat[0]))
    writer.writeheader()
    writer.writerows(flat)
    return text.getvalue()


SOURCES: list[tuple[str, str, str]] = [
    ("an answer of the API", "json", json.dumps({"data": [exported()], "next_cursor": None})),
    ("lines", "jsonl", json.dumps(exported()) + "\n"),
    ("attributes within each other", "jsonl", json.dumps(NESTED) + "\n"),
    ("a table", "csv", table(exported())),
    (
        "a table whose counts have a point",
        "csv",
        table(exported(**{"llm.token_count.prompt": "1000.0"})),
    ),
]


@pytest.mark.parametrize(
    ("ending", "text"), [case[1:] for case in SOURCES], ids=[case[0] for case in SOURCES]
)
def test_spans_of_phoenix(ending: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / f"spans.{ending}"
    file.write_text(text, encoding="utf-8")
    (record,) = read(file)
    assert (record.format, record.model, record.provider, record.session) == (
        "openinference",
        "gpt-4o",
        "openai",
        "talk",
    )
    assert (record.usage.input_tokens, record.usage.cache_read_tokens) == (1_000, 400)
    assert (record.usage.output_tokens, record.usage.reasoning_tokens) == (200, 50)
    assert record.stated_cost == Decimal("0.004")
    assert str(record.at) == "2026-08-01 10:00:00+00:00"


def test_chains_and_agents_of_phoenix_repeat_what_is_within(tmp_path: Path) -> None:
    rows = [exported("a", "AGENT"), exported("b", "CHAIN", "a"), exported("c", "LLM", "b"), exported("d", "EMBEDDING", "b"),
            exported("e", "LLM", "c")]  # fmt: skip
    for number, order in enumerate(permutations(rows)):
        file = tmp_path / f"{number}.jsonl"
        file.write_text("".join(f"{json.dumps(row)}\n" for row in order), encoding="utf-8")
        assert len(read(file)) == 2


def test_a_row_without_its_context_or_time_is_skipped_or_read_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "spans.jsonl"
    rows = [exported(), {**exported("s2"), "start_time": "soon"}, 7]
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    records = read(file)
    assert len(records) == 1
    assert records.reading is not None
    assert "its time 'soon' is no ISO 8601 text" in records.reading.skips[0].reason


def test_attributes_of_an_unusual_kind_lose_nothing_else(tmp_path: Path) -> None:
    odd = call("s2")
    odd["attributes"][0]["value"] = {"stringValue": ["chat"]}
    late = {**call("s3"), "startTimeUnixNano": "9" * 19}
    far = {**call("s4"), "startTimeUnixNano": 10**25}
    whole = document(call(), odd, late, far)
    whole["resourceSpans"][0]["resource"]["attributes"][0]["value"] = {"stringValue": {}}
    records = read_of(tmp_path, whole)
    assert records.reading is not None
    assert [(each.project, each.at is None) for each in records] == [(None, False)] * 2
    (skip,) = records.reading.skips
    assert skip.reason.startswith("its time 10,000,000,000,000,000,000,000,000 is no number")
