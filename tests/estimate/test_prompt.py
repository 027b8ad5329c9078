"""The estimate of one prompt: exact costs at three ends, cache, fit, time, and what is refused."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import costcalc
from costcalc import Estimate, Usage, UsageError, count_tokens, estimate_prompt, price

AT = "2025-09-07"
TEXT = "The quick brown fox jumps over the lazy dog. " * 40
LIST = """\
provider: lab
cache: {explicit: {min_tokens: 100, ttl: {cache_write: 5m, cache_write_1h: 1h}}}
models:
  small: {input: 1, cache_read: 0.1, cache_write: 1.25, cache_write_1h: 2, output: 4,
          context_window: 1000, max_output: 200, tokenizer: o200k_base,
          output_tokens_per_second: 80}
  plain: {input: 1, output: 4, tokenizer: o200k_base}
  read_only: {input: 1, cache_read: 0.1, output: 4, tokenizer: o200k_base}
  heard: {input: 1, cache_read: 0.1, cache_write: 1.25, input_audio: 10, cache_read_audio: 2,
          output: 4, tokenizer: o200k_base, media: gemini-2}
  echo: {input: 1, cache_read: 0.1, input_audio: 10, output: 4, tokenizer: o200k_base,
         media: gemini-2}
  seen: {input: 1, cache_read: 0.1, input_audio: 10, input_video: 5, output: 4,
         tokenizer: o200k_base, media: gemini-2}
  steps: {input: 1, cache_read: 0.1, output: 4, tokenizer: claude-3,
          cache: {automatic: {min_tokens: 300, increment: 128}}}
  embedding: {input: 0.1, tokenizer: cl100k_base}
"""
LAB = costcalc.Registry.from_yaml(LIST)


def mtok(rate: str, tokens: int) -> Decimal:
    return Decimal(rate) * tokens / 1_000_000


def test_a_prompt_costs_its_counted_input_and_its_stated_output() -> None:
    tokens = count_tokens(TEXT, "gpt-5").tokens
    found = estimate_prompt("gpt-5", TEXT, output_tokens=800, at=AT)
    assert found.total == mtok("1.25", tokens) + mtok("10", 800)
    assert found.cost == found.low == found.high
    assert (found.model, found.provider, found.calls) == ("gpt-5", "openai", 1)
    assert found.at == datetime(2025, 9, 7, tzinfo=UTC)
    assert found.currency == "USD"
    assert found.assumptions == ()
    assert found.input == count_tokens(TEXT, "gpt-5")


def test_a_range_has_a_cost_at_each_end() -> None:
    tokens = count_tokens(TEXT, "gpt-5").tokens
    found = estimate_prompt("gpt-5", TEXT, output_tokens=(200, 1_000), calls=3, at=AT)
    for cost, output in ((found.low, 200), (found.cost, 600), (found.high, 1_000)):
        assert cost.total == 3 * (mtok("1.25", tokens) + mtok("10", output))
        assert sum(line.amount for line in cost.lines) == cost.total


def test_a_ratio_goes_with_the_input() -> None:
    tokens = count_tokens(TEXT, "gpt-5").tokens
    found = estimate_prompt("gpt-5", TEXT, output_ratio="2", at=AT)
    assert found.output.expected == 2 * tokens


def test_a_calibrated_input_has_a_range_and_says_so() -> None:
    found = estimate_prompt("claude-opus-4-1", TEXT, output_tokens=100, at=AT)
    count = found.input
    assert count.method == "calibrated"
    assert found.low.total == mtok("15", count.low) + mtok("75", 100)
    assert found.total == mtok("15", count.tokens) + mtok("75", 100)
    assert found.high.total == mtok("15", count.high) + mtok("75", 100)
    assert found.low.total < found.total < found.high.total
    (said,) = found.assumptions
    assert said.code == "token_count"
    assert said.text == (
        f"input of claude-opus-4-1 is counted as {count.low} to {count.high} tokens, "
        f"likely {count.tokens}: calibrated, tokenizer claude-3"
    )


def test_a_tokenizer_of_ones_own_is_exact() -> None:
    found = estimate_prompt(
        "claude-opus-4-1", TEXT, output_tokens=0, tokenizer=lambda text: len(text.split()), at=AT
    )
    assert found.input.tokens == 360
    assert found.total == mtok("15", 360)
    assert found.assumptions == ()


CACHED: dict[str, tuple[str, dict[str, Any], dict[str, int]]] = {
    "tokens are read": ("small", {"cached_tokens": 300}, {"input": 101, "cache_read": 300}),
    "a ratio is read": ("small", {"hit_ratio": "0.5"}, {"input": 201, "cache_read": 200}),
    "a write has its own rate": (
        "small", {"cached_tokens": 300, "cache": "write"}, {"input": 101, "cache_write": 300},
    ),
    "a write for an hour has another": (
        "small", {"cached_tokens": 300, "cache": "write_1h"},
        {"input": 101, "cache_write_1h": 300},
    ),
    "below the minimum nothing is cached": ("small", {"cached_tokens": 99}, {"input": 401}),
    "without a cache rate nothing is": ("plain", {"cached_tokens": 300}, {"input": 401}),
    "where writes have no rate they are input": (
        "read_only", {"cached_tokens": 300, "cache": "write"}, {"input": 401},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("model", "stated", "quantities"), CACHED.values(), ids=CACHED)
def test_what_is_cached_is_billed_once_and_at_its_rate(
    model: str, stated: dict[str, Any], quantities: dict[str, int]
) -> None:
    found = estimate_prompt(model, TEXT, output_tokens=0, registry=LAB, **stated)
    assert found.input.tokens == 401
    assert {line.meter: line.quantity for line in found.cost.lines} == quantities


def test_a_cached_prefix_is_counted_itself() -> None:
    prefix = TEXT[: len(TEXT) // 2]
    found = estimate_prompt("small", TEXT, cached_prefix=prefix, output_tokens=0, registry=LAB)
    read = count_tokens(prefix, "small", registry=LAB).tokens
    assert {line.meter: line.quantity for line in found.cost.lines}["cache_read"] == read


def test_cached_messages_are_the_first_ones() -> None:
    messages = [
        {"role": "system", "content": TEXT},
        {"role": "user", "content": "Why?"},
    ]
    found = estimate_prompt(
        "small", messages, cached_prefix=messages[:1], output_tokens=0, registry=LAB
    )
    read = count_tokens(messages[:1], "small", registry=LAB).tokens
    assert {line.meter: line.quantity for line in found.cost.lines}["cache_read"] == read


MARKED = {
    "system": [{"type": "text", "text": TEXT, "cache_control": {"type": "ephemeral"}}],
    "messages": [{"role": "user", "content": "Why?"}],
}


def test_tools_and_system_prompt_stand_before_cached_messages() -> None:
    messages = [{"role": "user", "content": TEXT}, {"role": "user", "content": "Why?"}]
    request: dict[str, Any] = {
        "tools": [{"name": "look", "description": TEXT}],
        "system": TEXT,
        "response_format": {"type": "object", "description": TEXT},
    }
    found = estimate_prompt(
        "small", messages, cached_prefix=messages[:1], output_tokens=0, registry=LAB, **request
    )
    request["response_format"] = None
    read = count_tokens(messages[:1], "small", registry=LAB, **request).tokens
    assert read > 3 * 400
    assert {line.meter: line.quantity for line in found.cost.lines}["cache_read"] == read
    tools = estimate_prompt(
        "small", messages, cached_prefix=[], output_tokens=0, registry=LAB, tools=request["tools"]
    )
    read = count_tokens([], "small", registry=LAB, tools=request["tools"]).tokens
    assert {line.meter: line.quantity for line in tools.cost.lines}["cache_read"] == read


@pytest.mark.parametrize(
    ("content", "prefix"), [("Hi", ""), ([{"role": "user", "content": "Hi"}], [])]
)
def test_an_empty_prefix_is_nothing(content: Any, prefix: Any) -> None:
    found = estimate_prompt("small", content, cached_prefix=prefix, output_tokens=0, registry=LAB)
    assert [line.meter for line in found.cost.lines] == ["input"]


def test_what_a_request_marks_is_cached_if_the_caller_says_how() -> None:
    plain = estimate_prompt("small", MARKED, output_tokens=0, registry=LAB)
    assert [line.meter for line in plain.cost.lines] == ["input"]
    (said, _) = plain.assumptions
    assert said.code == "no_cache"
    assert said.text.startswith(
        "the request marks what it caches, and all of it is priced as plain"
    )
    uncached = estimate_prompt("plain", MARKED, output_tokens=0, registry=LAB)
    assert [each.code for each in uncached.assumptions] == ["token_count"]
    written = estimate_prompt("small", MARKED, output_tokens=0, cache="write", registry=LAB)
    assert [line.meter for line in written.cost.lines] == ["input", "cache_write"]
    quantities = {line.meter: line.quantity for line in written.cost.lines}
    assert 401 <= quantities["cache_write"] < written.input.tokens
    beside = estimate_prompt(
        "small", "Why?", system=MARKED["system"], output_tokens=0, cache="write", registry=LAB
    )
    assert beside.cost.lines == written.cost.lines


def test_a_file_marks_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TEXT)
    for content in (path, io.StringIO(TEXT)):
        found = estimate_prompt("small", content, output_tokens=0, registry=LAB)
        assert (found.input.tokens, found.assumptions) == (401, ())


def test_sound_has_a_rate_of_its_own_where_the_model_has_one() -> None:
    content = ["Listen:", costcalc.Audio(10)]
    found = estimate_prompt("heard", content, output_tokens=0, registry=LAB)
    assert {line.meter: line.quantity for line in found.cost.lines} == {
        "input": 2, "input_audio": 320,
    }  # fmt: skip


HEARD = [{"role": "user", "content": [TEXT, costcalc.Audio(10)]}, {"role": "user", "content": "Go"}]
# 401 tokens of text, 320 of sound, 1 of text; the frame of a model that nobody measured is 11
CACHED_SOUND: dict[str, tuple[str, dict[str, Any], dict[str, int]]] = {
    "a prefix holds the sound that it holds": (
        "heard", {"cached_prefix": HEARD[:1]},
        {"input": 5, "cache_read": 408, "cache_read_audio": 320},
    ),
    "of a share, sound is cached as text is": (
        "heard", {"hit_ratio": "0.5"},
        {"input": 206, "cache_read": 207, "input_audio": 161, "cache_read_audio": 159},
    ),
    "all of it": ("heard", {"hit_ratio": 1}, {"cache_read": 413, "cache_read_audio": 320}),
    "a number of tokens is of text first": (
        "heard", {"cached_tokens": 400}, {"input": 13, "cache_read": 400, "input_audio": 320},
    ),
    "and then of sound": (
        "heard", {"cached_tokens": 500},
        {"cache_read": 413, "input_audio": 233, "cache_read_audio": 87},
    ),
    "sound that is written is no longer uncached sound": (
        "heard", {"cached_prefix": HEARD[:1], "cache": "write"}, {"input": 5, "cache_write": 728},
    ),
    "where writes have no rate sound is sound": (
        "echo", {"cached_prefix": HEARD[:1], "cache": "write"},
        {"input": 413, "input_audio": 320},
    ),
    "cached video is cached input": (
        "seen", {"hit_ratio": 1}, {"cache_read": 413, "cache_read_audio": 320},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("model", "stated", "quantities"), CACHED_SOUND.values(), ids=CACHED_SOUND)
def test_cached_sound_is_billed_once_and_at_its_rate(
    model: str, stated: dict[str, Any], quantities: dict[str, int]
) -> None:
    found = estimate_prompt(model, HEARD, output_tokens=0, registry=LAB, **stated)
    assert found.input.tokens == 733
    assert {line.meter: line.quantity for line in found.cost.lines} == quantities


def test_cached_video_has_the_rate_of_cached_input() -> None:
    found = estimate_prompt(
        "seen", ["See:", costcalc.Video(10)], output_tokens=0, hit_ratio=1, registry=LAB
    )
    assert [line.meter for line in found.cost.lines] == ["cache_read"]


def test_an_embedding_has_no_output() -> None:
    found = estimate_prompt("embedding", TEXT, output_tokens=0, registry=LAB)
    assert found.total == mtok("0.1", found.input.tokens)


def test_the_fit_is_that_of_the_model() -> None:
    assert estimate_prompt("small", "Hi", output_tokens=200, registry=LAB).fit.verdict == "fits"
    over = estimate_prompt("small", TEXT, output_tokens=(100, 700), registry=LAB)
    assert over.fit.verdict == "may not fit"
    assert len(over.fit.reasons) == 2
    unknown = estimate_prompt("plain", "Hi", output_tokens=200, registry=LAB)
    assert unknown.fit.verdict == "unknown"


def test_the_time_is_the_output_at_the_models_speed() -> None:
    found = estimate_prompt("small", "Hi", output_tokens=(40, 160), registry=LAB).seconds
    assert found is not None
    assert (found.low, found.expected, found.high) == (
        Decimal("0.5"), Decimal("1.25"), Decimal(2),
    )  # fmt: skip
    assert estimate_prompt("plain", "Hi", output_tokens=40, registry=LAB).seconds is None


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 60), st.sampled_from(["steps", "small"]),
    st.sampled_from(["prefix", "tokens", "ratio"]),
    st.sampled_from([None, "write"]),
)  # fmt: skip
def test_a_cache_keeps_low_expected_and_high_in_order(
    times: int, model: str, how: str, use: str | None
) -> None:
    prefix = "The quick brown fox. " * times
    stated: dict[str, Any] = {
        "prefix": {"cached_prefix": prefix},
        "tokens": {"cached_tokens": count_tokens(prefix, model, registry=LAB).tokens},
        "ratio": {"hit_ratio": "0.9"},
    }[how]
    found = estimate_prompt(
        model, f"{prefix}Why?", output_tokens=0, cache=use, registry=LAB, **stated
    )
    assert found.low.total <= found.total <= found.high.total


def test_a_prefix_near_the_minimum_may_not_be_cached() -> None:
    prefix = "The quick brown fox. " * 52
    found = estimate_prompt(
        "steps", f"{prefix}Why?", cached_prefix=prefix, output_tokens=0, registry=LAB
    )
    count = count_tokens(prefix, "steps", registry=LAB)
    assert count.low < 300 < count.tokens
    assert "cache_minimum" in {each.code for each in found.assumptions}
    assert [line.meter for line in found.cost.lines] == ["input", "cache_read"]
    assert [line.meter for line in found.high.lines] == ["input"]
    assert "cache_read" in [line.meter for line in found.low.lines]


def test_a_prompt_of_a_file_is_named_where_it_cannot_be_counted() -> None:
    prompt = costcalc.Prompt("p.jsonl:3", [{"role": "user", "content": [{"type": "imag"}]}])
    with pytest.raises(UsageError, match=r"^p.jsonl:3: messages\[0\].content\[0\] has the type"):
        estimate_prompt("small", prompt, output_tokens=0, registry=LAB)
    fine = costcalc.Prompt("p.jsonl:3", "Hi")
    with pytest.raises(UsageError, match="^output_tokens -1 is no count"):
        estimate_prompt("small", fine, output_tokens=-1, registry=LAB)


def test_conditions_are_those_of_a_price() -> None:
    found = estimate_prompt("gpt-5", TEXT, output_tokens=100, batch=True, at=AT)
    usage = Usage(input_tokens=found.input.tokens, output_tokens=100, requests=1)
    assert found.cost == price("gpt-5", usage, batch=True, at=AT)


def test_a_retired_model_is_counted_and_priced_as_the_one_that_serves_it() -> None:
    with pytest.warns(costcalc.RedirectWarning):
        found = estimate_prompt("grok-code-fast-1", TEXT, output_tokens=1, at="2026-06-01")
    assert found.model == "grok-build-0.1"


def test_without_a_time_it_is_now() -> None:
    before = datetime.now(UTC)
    found = estimate_prompt("plain", "Hi", output_tokens=1, registry=LAB)
    assert before <= found.at <= datetime.now(UTC)


def test_an_estimate_reads_as_a_sentence() -> None:
    found = estimate_prompt("plain", TEXT, output_tokens=(100, 300), registry=LAB, calls=2_000)
    assert str(found) == (
        "2,000 calls of plain: 2.402 USD, 1.602 to 3.202 (401 tokens in, exact; 200 out, "
        "low 100, high 300; unknown)"
    )
    one = estimate_prompt("plain", TEXT, output_tokens=100, registry=LAB)
    assert str(one) == (
        "one call of plain: 0.000801 USD (401 tokens in, exact; 100 out, as stated; unknown)"
    )


def test_an_estimate_survives_json() -> None:
    found = estimate_prompt("gpt-5", TEXT, output_tokens=(1, 9), hit_ratio="0.5", at=AT)
    assert Estimate.model_validate_json(found.model_dump_json()) == found
    assert Estimate.model_json_schema()["properties"]["cost"]


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=300),
    st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)).map(sorted),
    st.sampled_from(["gpt-5", "claude-opus-4-1", "gemini-2.5-pro", "grok-code-fast-1"]),
    st.integers(0, 100),
)
def test_low_expected_and_high_are_in_order(
    text: str, output: list[int], model: str, percent: int
) -> None:
    found = estimate_prompt(
        model, text, output_tokens=tuple(output), hit_ratio=f"{percent}%", at="2025-11-01"
    )
    assert found.low.total <= found.total <= found.high.total
    assert found.input.low <= found.input.tokens <= found.input.high


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no output": ({}, "neither of output_tokens and output_ratio is stated"),
    "two outputs": (
        {"output_tokens": 1, "output_ratio": 1}, "both of output_tokens and output_ratio",
    ),
    "no calls": ({"output_tokens": 1, "calls": 0}, "calls 0 is no number of calls"),
    "a fraction of calls": ({"output_tokens": 1, "calls": 1.5}, "calls 1.5 is no number of calls"),
    "true calls": ({"output_tokens": 1, "calls": True}, "calls True is no number of calls"),
    "a prefix that is none": (
        {"output_tokens": 1, "cached_prefix": "quick"}, "the content does not begin with",
    ),
    "a prefix of another kind": (
        {"output_tokens": 1, "cached_prefix": ["The"]}, "cached_prefix is list and the content is str",
    ),
    "a use of a cache without a cached part": (
        {"output_tokens": 1, "cache": "write"}, "none is stated or marked",
    ),
    "an empty use of a cache": ({"output_tokens": 1, "cache": ""}, "cache '' is no use of a cache"),
    "a use that no cache has": (
        {"output_tokens": 1, "cache": "drop", "hit_ratio": 1}, "cache 'drop' is no use of a cache",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("stated", "message"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_estimated_is_refused(stated: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        estimate_prompt("small", TEXT, registry=LAB, **stated)


def test_prices_come_from_a_registry() -> None:
    wrong: Any = "prices.yaml"
    with pytest.raises(UsageError, match="registry is a costcalc.Registry, not str; load a file"):
        estimate_prompt("small", TEXT, output_tokens=1, registry=wrong)


def test_a_model_that_is_not_known_is_not_estimated() -> None:
    with pytest.raises(costcalc.UnknownModelError, match="gpt-55"):
        estimate_prompt("gpt-55", TEXT, output_tokens=1)
