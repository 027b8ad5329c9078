"""`count_tokens`: every kind of content, every kind of tokenizer, and what cannot be counted."""

from __future__ import annotations

import functools
import io
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from core_support import fresh

import costcalc
from costcalc import (
    Calibration,
    Image,
    Registry,
    TokenCount,
    TokenizerUnavailableError,
    TokenPart,
    UnknownModelError,
    UsageError,
    count_texts,
    count_tokens,
)
from costcalc.tokens import counting, streams, text
from costcalc.tokens.calibration import bundled_names
from costcalc.tokens.vocabularies import VOCABULARIES

TEXT = "The quick brown fox jumps over the lazy dog."
MESSAGES = [
    {"role": "system", "content": "You are a helpful assistant."},
    {"role": "user", "content": "What is the weather in Paris?"},
]
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get the current weather",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "description": "City name"},
                "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
            },
            "required": ["city"],
        },
    },
}
LAB = Registry.from_yaml(
    """
provider: lab
tokenizer: o200k_base
models:
  plain: {input: 1, output: 2}
  old: {input: 1, output: 2, tokenizer: cl100k_base}
  secret: {input: 1, output: 2, tokenizer: null}
  lost: {input: 1, output: 2, tokenizer: nobody-knows}
"""
)


def test_a_text_is_counted_as_it_is() -> None:
    found = count_tokens(TEXT, "gpt-5")
    assert found == TokenCount(10, 10, 10, "exact", "o200k_base")
    assert count_tokens(TEXT, "gpt-5") == found
    assert count_tokens("", "gpt-5").tokens == 0


def test_a_long_text_makes_the_same_value() -> None:
    found = count_tokens("word " * 5_000, "gpt-5")
    assert found == TokenCount(5_001, 5_001, 5_001, "exact", "o200k_base")


# 24 and 70: cookbook.openai.com/examples/how_to_count_tokens_with_tiktoken, with o200k_base
WORKED: dict[str, tuple[dict[str, Any], int]] = {
    "two messages": ({}, 24),
    "two messages and a tool": ({"tools": [WEATHER]}, 70),
    "a tool that must not be called": ({"tools": [WEATHER], "tool_choice": "none"}, 71),
}


@pytest.mark.parametrize(("request_", "tokens"), WORKED.values(), ids=WORKED)
def test_worked_examples_come_out(request_: dict[str, Any], tokens: int) -> None:
    assert count_tokens(MESSAGES, "gpt-4o", **request_).tokens == tokens
    assert count_tokens({"messages": MESSAGES, **request_}, "gpt-4o").tokens == tokens


def test_parts_sum_to_the_count() -> None:
    for model in ("gpt-4o", "gpt-5", "claude-opus-5", "gemini-2.5-pro", "grok-4.3"):
        found = count_tokens(
            [*MESSAGES, {"role": "user", "content": [{"type": "text", "text": TEXT}]}],
            model,
            tools=[WEATHER],
        )
        assert found.tokens == sum(part.tokens for part in found.parts)
        assert found.low == sum(part.low for part in found.parts)
        assert found.high == sum(part.high for part in found.parts)
        assert {part.what for part in found.parts} >= {"text", "frame", "tools"}


def test_a_system_prompt_may_stand_beside_the_messages() -> None:
    beside = count_tokens(MESSAGES[1:], "claude-opus-5", system="You are a helpful assistant.")
    within = count_tokens(MESSAGES, "claude-opus-5")
    assert beside.tokens == within.tokens


def test_an_answers_form_is_counted() -> None:
    schema = {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}}
    found = count_tokens(MESSAGES, "gpt-4o", response_format=schema)
    assert {part.what for part in found.parts} >= {"schema"}


def test_texts_and_images_stand_in_one_list() -> None:
    found = count_tokens(["Describe this:", Image(1_024, 1_024)], "gpt-4o")
    assert found.tokens == 3 + 765
    assert found.method == "exact"


METHODS: dict[str, tuple[str, str, str]] = {
    "OpenAI's vocabularies are public": ("gpt-5", "exact", "o200k_base"),
    "older ones are, too": ("gpt-3.5-turbo", "exact", "cl100k_base"),
    "Claude is calibrated": ("claude-opus-4-6", "calibrated", "claude-3"),
    "by its generation": ("claude-opus-5", "calibrated", "claude-4.8"),
    "Gemini is calibrated": ("gemini-2.5-pro", "calibrated", "gemini"),
    "of Grok nobody knows": ("grok-4.3", "heuristic", "unknown"),
}


@pytest.mark.parametrize(("model", "method", "tokenizer"), METHODS.values(), ids=METHODS)
def test_a_count_says_how_it_was_found(model: str, method: str, tokenizer: str) -> None:
    found = count_tokens(TEXT, model)
    assert (found.method, found.tokenizer) == (method, tokenizer)
    assert (found.low == found.high) == (method == "exact")


@pytest.mark.parametrize("name", [*bundled_names(), *VOCABULARIES])
def test_no_text_has_no_tokens(name: str) -> None:
    for text_ in ("hi", " ", "\n", "7", "é", "\u200d"):
        found = count_tokens(text_, tokenizer=name)
        assert 1 <= found.low <= found.tokens <= found.high
    assert count_tokens("", tokenizer=name).high == 0


def test_the_registry_says_the_tokenizer() -> None:
    assert count_tokens(TEXT, "plain", registry=LAB).tokenizer == "o200k_base"
    assert count_tokens(TEXT, "old", registry=LAB).tokenizer == "cl100k_base"
    assert count_tokens(TEXT, "secret", registry=LAB).method == "heuristic"
    with costcalc.use(LAB):
        assert count_tokens(TEXT, "old").tokenizer == "cl100k_base"
    with pytest.raises(UnknownModelError):
        count_tokens(TEXT, "old")


def test_a_tokenizer_that_nobody_knows_is_said_not_guessed() -> None:
    with pytest.raises(UsageError, match="nobody-knows"):
        count_tokens(TEXT, "lost", registry=LAB)


def test_a_provider_may_be_named() -> None:
    found = count_tokens(TEXT, "openai/gpt-oss-120b", provider="groq")
    assert found.tokenizer == "o200k_harmony"


def test_a_calibration_of_ones_own() -> None:
    pairs = [(TEXT * number, 20 * number) for number in range(1, 30)]
    mine = Calibration.fit(pairs, name="mine")
    found = count_tokens(TEXT * 4, "claude-opus-5", tokenizer=mine)
    assert found.tokenizer == "mine"
    assert found.low <= 80 <= found.high
    assert count_tokens(TEXT * 4, tokenizer=mine).tokens == found.tokens


def test_a_tokenizer_without_a_model() -> None:
    assert count_tokens(TEXT, tokenizer="r50k_base").tokenizer == "r50k_base"
    assert count_tokens(TEXT, tokenizer="gemini").method == "calibrated"
    assert count_tokens(TEXT, tokenizer=str.split).tokens == 9
    # messages get the frame of the tokenizer's family
    assert count_tokens(MESSAGES, tokenizer="o200k_base").tokens in range(20, 28)


# Many texts


@pytest.mark.parametrize("model", ["gpt-5", "claude-opus-5"])
def test_many_texts_count_as_each_alone(model: str) -> None:
    texts = [TEXT * number for number in range(20)]
    assert count_texts(iter(texts), model) == [count_tokens(each, model) for each in texts]
    assert count_texts(texts, tokenizer=len)[2].tokens == 2 * len(TEXT)
    assert count_texts([], model) == []


def test_one_text_is_not_many() -> None:
    with pytest.raises(UsageError, match="count one with count_tokens"):
        count_texts(TEXT, "gpt-5")
    for wrong in (None, 5, {"a": "b"}):
        with pytest.raises(UsageError, match="count_texts takes many texts"):
            count_texts(wrong, "gpt-5")
    with pytest.raises(UsageError, match="text 2 is bytes, and a text is a str"):
        count_texts([TEXT, b"bytes"], "gpt-5")
    with pytest.raises(UsageError, match="counting needs a model"):
        count_texts([TEXT])


# Files and streams


@pytest.mark.parametrize("model", ["gpt-5", "claude-opus-5", "grok-4.3"])
def test_a_file_counts_as_its_text(tmp_path: Path, model: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TEXT)
    alone = count_tokens(TEXT, model)
    for content in (path, io.StringIO(TEXT), io.BytesIO(TEXT.encode())):
        found = count_tokens(content, model)
        assert (found.tokens, found.low, found.high) == (alone.tokens, alone.low, alone.high)
    assert count_tokens(io.StringIO(""), model).tokens == 0


def test_a_long_file_adds_up_exactly(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    content = "".join(f"line {number}: {TEXT}\n" for number in range(20_000))
    path.write_text(content)
    assert count_tokens(path, "gpt-5").tokens == count_tokens(content, "gpt-5").tokens
    assert count_tokens(path, "gpt-5").method == "exact"


def test_a_file_beside_a_system_prompt_is_text_among_messages(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TEXT)
    found = count_tokens(path, "gpt-4o", tools=[WEATHER])
    assert found.tokens == count_tokens(TEXT, "gpt-4o", tools=[WEATHER]).tokens


def test_a_cut_within_a_word_widens_the_range(monkeypatch: pytest.MonkeyPatch) -> None:
    small = functools.partial(streams.pieces, target=1_000, most=10_001)
    monkeypatch.setattr(streams, "pieces", small)
    found = count_tokens(io.StringIO("a" * 50_000), "gpt-5")
    assert found.method == "calibrated"
    assert found.low < count_tokens("a" * 50_000, "gpt-5").tokens < found.high


def test_a_plugged_tokenizer_may_differ_at_every_cut() -> None:
    found = count_tokens(io.StringIO(f"{TEXT}\n" * 20_000), tokenizer=str.split)
    assert found.method == "calibrated"
    assert found.low < 9 * 20_000 < found.high


# What cannot be counted


WRONG: dict[str, tuple[tuple[Any, ...], dict[str, Any], str]] = {
    "neither a model nor a tokenizer": ((TEXT,), {}, "counting needs a model, or tokenizer="),
    "a model that is no name": ((TEXT, 7), {}, "model is a model's name, not 7"),
    "a list as a model": ((TEXT, []), {}, r"model is a model's name, not \[\]"),
    "a number as a content": ((7, "gpt-5"), {}, "7"),
    "bytes": ((b"Hello", "gpt-5"), {}, "bytes"),
    "a vocabulary that is none": (
        (TEXT, "gpt-5"),
        {"tokenizer": "o200k"},
        "no tokenizer 'o200k'; nearest: 'o200k_base'",
    ),
    "a registry that is none": (
        (TEXT, "gpt-5"),
        {"registry": "prices.yaml"},
        "registry is a costcalc.Registry, not str",
    ),
}


@pytest.mark.parametrize(("arguments", "options", "message"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_counted_is_refused(
    arguments: tuple[Any, ...], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        count_tokens(*arguments, **options)


# A damaged installation


def test_without_its_vocabulary_a_count_is_a_guess_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gone(name: str) -> Any:
        raise TokenizerUnavailableError(name, "its file is damaged", "install costcalc anew")

    monkeypatch.setattr(counting, "_kept", (None, {}))
    monkeypatch.setattr(text, "_encoder", gone)
    for model in ("gpt-5", "claude-opus-5"):
        found = count_tokens(TEXT, model)
        assert (found.method, found.tokenizer) == ("heuristic", "characters")
        assert found.low < 10 < found.high
    assert count_tokens(io.StringIO(TEXT), "gpt-5").method == "heuristic"
    monkeypatch.setattr(counting, "_kept", (None, {}))


# What stays as it was


def test_counters_are_kept_for_as_long_as_the_registry_is_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(counting, "_kept", (None, {}))
    monkeypatch.setattr(counting, "_MOST_KEPT", 2)
    for name in ("gpt-5", "gpt-4o", "gpt-4.1"):
        count_tokens(TEXT, name)
    registry, kept = counting._kept
    assert registry is Registry.load()
    assert set(kept) == {("gpt-4.1", None)}
    count_tokens(TEXT, "plain", registry=LAB)
    assert set(counting._kept[1]) == {("plain", None)}


def test_threads_count_alike() -> None:
    found: list[int] = []

    def work() -> None:
        found.extend(count_tokens(TEXT, name).tokens for name in ("gpt-5", "gpt-4", "gpt-5"))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [10, 10, 10] * 8


def test_counting_opens_no_socket_and_leaves_tiktoken_alone(tmp_path: Path) -> None:
    found = json.loads(
        fresh(
            """
            import json, os, socket, sys
            environment = dict(os.environ)
            opened = []
            sys.addaudithook(lambda event, _: opened.append(event) if event.startswith("socket") else None)
            import costcalc
            counts = [costcalc.count_tokens("Hello", model).tokens for model in
                      ("gpt-5", "gpt-4", "claude-opus-5", "gemini-2.5-pro", "grok-4.3")]
            counts += [costcalc.count_tokens("Hello", tokenizer=name).tokens for name in
                       ("p50k_base", "p50k_edit", "r50k_base", "o200k_harmony")]
            messages = [{"role": "user", "content": "Hello"}]
            counts.append(costcalc.count_tokens(messages, "gpt-5").tokens)
            import tiktoken.registry
            print(json.dumps([opened, min(counts) > 0, tiktoken.registry.ENCODINGS,
                              tiktoken.registry.ENCODING_CONSTRUCTORS,
                              dict(os.environ) == environment]))
            """,
            cwd=tmp_path,
        )
    )
    assert found == [[], True, {}, None, True]


def test_every_vocabulary_counts() -> None:
    for name in VOCABULARIES:
        assert count_tokens(TEXT, tokenizer=name).tokens == 10
    assert isinstance(count_tokens(MESSAGES, "gpt-5").parts[0], TokenPart)
