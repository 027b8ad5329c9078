"""The order of files and lines changes no total, where a format keeps each call by a name of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logs_support import claude_line

from costcalc.logs import price, read

Row = dict[str, Any]


def claude(call: int, whole: int, part: int) -> Row:
    """A copy that was cut short stands in a side branch, under a request of its own."""
    side = part != whole
    request = f"r{call}-side" if side else f"r{call}"
    return claude_line(f"m{call}", request, model="claude-opus-4-8", side=side, output_tokens=part)


def gemini(call: int, whole: int, part: int) -> Row:
    counts = {
        "input": 100 + call,
        "output": part,
        "cached": 7,
        "thoughts": 3,
        "tool": 0,
        "total": 103 + call + part,
    }
    return {"id": f"m{call}", "type": "gemini", "model": "gemini-2.5-pro", "timestamp": "2026-08-01T09:00:00Z",
            "tokens": counts if part == whole else None, "sessionId": "s", "projectHash": "p"}  # fmt: skip


def opencode(call: int, whole: int, part: int) -> Row:
    time = {
        "created": 1_788_256_800_000 + call,
        **({"completed": 1_788_256_900_000} if part == whole else {}),
    }
    return {"id": f"m{call}", "sessionID": "s", "role": "assistant", "modelID": "claude-sonnet-4-6", "providerID": "anthropic",
            "time": time, "tokens": {"input": 100 + call, "output": part, "cache": {"read": 7, "write": 5}}}  # fmt: skip


def grok(call: int, whole: int, _: int) -> Row:
    counts = {
        "inputTokens": 100 + call,
        "outputTokens": whole,
        "cachedReadTokens": 7,
        "costUsdTicks": 5 + call,
    }
    update = {"sessionUpdate": "turn_completed", "usage": {"modelUsage": {"grok-4.5": counts}}}
    return {
        "timestamp": 1_788_256_800,
        "params": {"sessionId": "s", "update": update, "_meta": {"eventId": f"e{call}"}},
    }


def span(call: int, whole: int, _: int) -> Row:
    values = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", "gen_ai.provider.name": "openai",
              "gen_ai.usage.input_tokens": 100 + call, "gen_ai.usage.output_tokens": whole}  # fmt: skip
    attributes = [
        {"key": key, "value": {"stringValue": str(value)}} for key, value in values.items()
    ]
    one = {
        "traceId": "t",
        "spanId": f"s{call}",
        "startTimeUnixNano": "1785578400000000000",
        "attributes": attributes,
    }
    return {"resourceSpans": [{"scopeSpans": [{"spans": [one]}]}]}


def spend(call: int, whole: int, _: int) -> Row:
    return {"request_id": f"r{call}", "call_type": "acompletion", "spend": 0.1 + call, "model": "gpt-4o", "custom_llm_provider": "openai",
            "prompt_tokens": 100 + call, "completion_tokens": whole, "total_tokens": 100 + call + whole, "startTime": "2026-08-01T10:00:00Z"}  # fmt: skip


def observation(call: int, whole: int, _: int) -> Row:
    return {"id": f"o{call}", "traceId": "t", "type": "GENERATION", "model": "gpt-4o", "startTime": "2026-08-01T10:00:00Z",
            "usageDetails": {"input": 100 + call, "input_cached_tokens": 7, "output": whole}}  # fmt: skip


FORMATS: dict[str, Callable[[int, int, int], Row]] = {
    "claude-code": claude, "gemini-cli": gemini, "opencode": opencode, "grok-cli": grok, "otlp": span, "litellm": spend, "langfuse": observation,
}  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=40, deadline=None)  # files are written, however slow the disk
@given(
    calls=st.lists(st.integers(1, 400), min_size=1, max_size=5),
    repeats=st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=6),
    random=st.randoms(use_true_random=False),
    cut=st.integers(0, 8),
)
def test_repeated_lines_in_any_order_and_file_cost_nothing_more(
    name: str, calls: list[int], repeats: list[tuple[int, bool]], random: Any, cut: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    """Copies of a call, whole or as it was while it streamed, in two files, shuffled."""
    row = FORMATS[name]
    once = [row(number, whole, whole) for number, whole in enumerate(calls)]
    more = [
        row(number, calls[number], calls[number] if same else calls[number] - 1)
        for number, same in repeats
        if number < len(calls)
    ]
    folder = tmp_path_factory.mktemp("once")
    (folder / "a.jsonl").write_text(
        "".join(f"{json.dumps(each)}\n" for each in once), encoding="utf-8"
    )
    expected = price(folder)
    rows = [*once, *more]
    random.shuffle(rows)
    mixed = tmp_path_factory.mktemp("mixed")
    for file, part in (("b.jsonl", rows[cut:]), ("a.jsonl", rows[:cut])):
        (mixed / file).write_text(
            "".join(f"{json.dumps(each)}\n" for each in part), encoding="utf-8"
        )
    found = price(mixed)
    assert {each.format for each in read(mixed)} == {name}
    assert (found.total, found.requests, found.quantities) == (
        expected.total,
        expected.requests,
        expected.quantities,
    )
    assert found.total
