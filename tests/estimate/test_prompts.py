"""Many prompts: what files and folders hold, and the sum of their estimates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from costcalc import (
    Estimates,
    Prompt,
    Registry,
    UsageError,
    count_tokens,
    estimate_prompt,
    estimate_prompts,
    read_prompts,
)

HELLO = [{"role": "user", "content": "Hello"}]


def lines(path: Path, *values: Any) -> Path:
    path.write_text("".join(f"{json.dumps(value)}\n" for value in values))
    return path


LINES: dict[str, tuple[Any, str, Any]] = {
    "a text": ("Hello", "p.jsonl:1", "Hello"),
    "messages": (HELLO, "p.jsonl:1", HELLO),
    "a request": ({"model": "m", "messages": HELLO}, "p.jsonl:1", {"model": "m", "messages": HELLO}),
    "one message": (HELLO[0], "p.jsonl:1", HELLO[0]),
    "a request of OpenAI's batch": (
        {"custom_id": "r-1", "method": "POST", "body": {"messages": HELLO}},
        "p.jsonl:1 (r-1)", {"messages": HELLO},
    ),
    "a request of Anthropic's batch": (
        {"custom_id": "r-2", "params": {"messages": HELLO}}, "p.jsonl:1 (r-2)", {"messages": HELLO},
    ),
    "a request of Gemini's batch": (
        {"key": "r-3", "request": {"contents": [{"parts": [{"text": "Hello"}]}]}},
        "p.jsonl:1 (r-3)", {"contents": [{"parts": [{"text": "Hello"}]}]},
    ),
    "a record with a prompt": ({"id": "7", "prompt": "Hello"}, "p.jsonl:1 (7)", "Hello"),
    "a record with a text": ({"id": 7, "text": "Hello"}, "p.jsonl:1", "Hello"),
    "a record with a list of parts": (
        {"content": [{"type": "text", "text": "Hello"}]}, "p.jsonl:1",
        [{"type": "text", "text": "Hello"}],
    ),
    "a text with a system prompt and tools beside it": (
        {"prompt": "Hello", "system": "Be kind.", "tools": [{"name": "f"}], "answer": 4},
        "p.jsonl:1",
        {"messages": HELLO, "system": "Be kind.", "tools": [{"name": "f"}]},
    ),
    "a system prompt alone": ({"system": "Be kind."}, "p.jsonl:1", {"system": "Be kind."}),
    "messages that are null beside a prompt": (
        {"messages": None, "prompt": "Hello"}, "p.jsonl:1", "Hello",
    ),
    "a conversation with items that have a type alone": (
        [*HELLO, {"type": "function_call", "name": "f", "arguments": "{}"}], "p.jsonl:1",
        [*HELLO, {"type": "function_call", "name": "f", "arguments": "{}"}],
    ),
    "a text to be embedded, which has no frame": (
        {"custom_id": "e", "url": "/v1/embeddings", "body": {"input": ["Hello", "you"]}},
        "p.jsonl:1 (e)", ["Hello", "you"],
    ),
    "a name that would upset a terminal": (
        {"id": "\x1b[31m", "prompt": "Hello"}, "p.jsonl:1 ('\\x1b[31m')", "Hello",
    ),
    "a record with a question": ({"question": "Why?", "answer": 4}, "p.jsonl:1", "Why?"),
}  # fmt: skip


@pytest.mark.parametrize(("line", "name", "content"), LINES.values(), ids=LINES)
def test_a_line_holds_a_prompt(tmp_path: Path, line: Any, name: str, content: Any) -> None:
    path = lines(tmp_path / "p.jsonl", line)
    (found,) = read_prompts(path)
    assert found.name == name.replace("p.jsonl", str(path))
    assert found.content == content


def test_blank_lines_and_a_byte_order_mark_are_no_prompts(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_bytes(b'\xef\xbb\xbf"one"\n\n   \n"two"\n')
    assert [each.name for each in read_prompts(path)] == [f"{path}:1", f"{path}:4"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_says_the_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "p.jsonl"
    path.write_bytes('"naïve"\r\n\r\n"two"\r\n'.encode(encoding))
    assert [each.content for each in read_prompts(path)] == ["naïve", "two"]


JSON: dict[str, tuple[Any, list[str], list[Any]]] = {
    "one request": ({"messages": HELLO}, [""], [{"messages": HELLO}]),
    "messages": (HELLO, [""], [HELLO]),
    "a list of prompts": (["a", {"prompt": "b"}], ["[1]", "[2]"], ["a", "b"]),
    "no prompts": ([], [], []),
}


@pytest.mark.parametrize(("value", "names", "contents"), JSON.values(), ids=JSON)
def test_a_json_file_holds_one_request_or_many(
    tmp_path: Path, value: Any, names: list[str], contents: list[Any]
) -> None:
    path = tmp_path / "p.json"
    path.write_text(json.dumps(value))
    found = list(read_prompts(str(path)))
    assert [each.name for each in found] == [f"{path}{name}" for name in names]
    assert [each.content for each in found] == contents


def test_a_folder_holds_its_files_in_order(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("b")
    (tmp_path / "a").mkdir()
    lines(tmp_path / "a" / "p.jsonl", "one", "two")
    (tmp_path / ".hidden").write_text("no")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("no")
    assert [(each.name, each.content) for each in read_prompts(tmp_path)] == [
        ("a/p.jsonl:1", "one"),
        ("a/p.jsonl:2", "two"),
        ("b.txt", tmp_path / "b.txt"),
    ]


WRONG: dict[str, tuple[str, str, str]] = {
    "no JSON": ("p.jsonl", '"a"\n{oops\n', "p.jsonl:2: this is not JSON: Expecting"),
    "nested too deeply": ("p.jsonl", "[" * 200_000, "p.jsonl:1: this is not JSON: nested too deep"),
    "a number": ("p.jsonl", "7\n", "p.jsonl:1: a prompt is text or an object, not 7"),
    "a list that is no messages": ("p.jsonl", "[1]\n", "p.jsonl:1: a prompt is text or an object"),
    "an object without a prompt": ("p.json", '{"a": 1}', "p.json: no prompt in an object with 'a'"),
    "an empty object": ("p.json", "{}", "p.json: no prompt in an object with no keys"),
    "a number of too many digits": ("p.jsonl", "1" * 5_000, "p.jsonl:1: this is not JSON: Exceeds"),
    "a prompt that is a list": (
        "p.json",
        '{"prompt": ["a"]}',
        "p.json: 'prompt' is list and no prompt; write text or a",
    ),
    "items without a turn": (
        "p.jsonl",
        '[{"type": "reasoning"}]',
        "p.jsonl:1: a prompt is text or an object, not",
    ),
    "an embedding of nothing": (
        "p.json",
        '{"url": "/v1/embeddings", "body": {"input": null}}',
        "'input' is NoneType and",
    ),
}


@pytest.mark.parametrize(("name", "text", "message"), WRONG.values(), ids=WRONG)
def test_what_holds_no_prompt_is_named_with_its_line(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        list(read_prompts(path))


@pytest.mark.parametrize("path", ["a\0b.jsonl", f"{'a' * 5_000}.jsonl"])
def test_a_name_that_no_file_can_have_is_said(path: str) -> None:
    with pytest.raises(UsageError, match="cannot be read: "):
        list(read_prompts(path))


@pytest.mark.parametrize("path", [5, None, b"p.jsonl"])
def test_what_is_no_path_is_refused(path: Any) -> None:
    with pytest.raises(
        UsageError, match="prompts are read from the path of a file or a folder, not"
    ):
        list(read_prompts(path))


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        list(read_prompts(tmp_path / "p.jsonl"))


def test_the_sum_of_prompts_is_the_sum_of_their_costs(tmp_path: Path) -> None:
    texts = [f"Tell me {number} facts about Rust." for number in range(600)]
    path = lines(tmp_path / "p.jsonl", *texts)
    terms: dict[str, Any] = {"at": "2026-10-01", "output_tokens": (10, 30), "calls": 2}
    found = estimate_prompts("gpt-5", read_prompts(path), **terms)
    alone = [estimate_prompt("gpt-5", text, **terms) for text in texts]
    assert found.total == sum(each.total for each in alone)
    assert found.low.total == sum(each.low.total for each in alone)
    assert found.high.total == sum(each.high.total for each in alone)
    assert found.total == sum(line.amount for line in found.cost.lines)
    assert (found.prompts, found.calls) == (600, 1_200)
    assert found.input_tokens == sum(count_tokens(text, "gpt-5").tokens for text in texts)
    assert (found.output_tokens, found.output_low, found.output_high) == (12_000, 6_000, 18_000)
    assert found.method == "exact"
    assert found.misfits == ()


def test_prompts_that_do_not_fit_are_named() -> None:
    texts = ["short", "word " * 20_000]
    found = estimate_prompts("gpt-4", texts, output_tokens=10, at="2026-09-01")
    (misfit,) = found.misfits
    assert misfit.name == "prompt 2"
    assert misfit.fit.verdict == "does not fit"


def test_what_is_assumed_is_said_once_with_how_often() -> None:
    found = estimate_prompts(
        "gpt-5", ["one", "two", "three"], output_tokens=1, hit_ratio="0.5", at="2026-10-01"
    )
    (said,) = found.assumptions
    assert said.code == "cache_minimum"
    assert said.text.endswith("nothing is cached (and so for 3 prompts)")
    assert found.currency == "USD"
    (once,) = estimate_prompts(
        "gpt-5", ["one"], output_tokens=1, hit_ratio="0.5", at="2026-10-01"
    ).assumptions
    assert once.text.endswith("nothing is cached")


def test_how_they_were_counted_is_said_of_their_sum() -> None:
    found = estimate_prompts("claude-opus-5", ["one", "two words"], output_tokens=1)
    (said,) = found.assumptions
    assert said.code == "token_count"
    assert f"counted as {found.input_low} to {found.input_high} tokens, likely" in said.text
    assert found.method == "calibrated"


@pytest.mark.filterwarnings("ignore::costcalc.RedirectWarning")
def test_what_prices_assume_of_many_calls_is_said_once_with_its_sum() -> None:
    texts = ["word " * number for number in range(1, 301)]
    terms: dict[str, Any] = {"at": "2026-06-01", "output_tokens": 10}
    found = estimate_prompts("grok-code-fast-1", texts, calls=3, **terms)
    alone = [estimate_prompt("grok-code-fast-1", text, **terms).cost for text in texts]
    (said,) = found.cost.assumptions
    totals = [each.assumptions[0].total for each in alone]
    assert said.total == 3 * sum(total for total in totals if total is not None)
    assert said.text == alone[0].assumptions[0].text.replace(
        f"{totals[0]:f} USD", f"{said.total:f} USD"
    )
    (maker,) = estimate_prompts(
        "deepseek-v4-pro", texts, output_tokens=1, at="2026-10-01"
    ).cost.assumptions
    assert maker.code == "maker"


def test_whether_all_fit_is_said() -> None:
    lab = Registry.from_yaml(
        "provider: lab\nmodels: {small: {input: 1, output: 1, context_window: 100,"
        " tokenizer: o200k_base}, plain: {input: 1, output: 1, tokenizer: o200k_base}}\n"
    )
    for model, texts, verdict in (
        ("small", ["one", "two"], "fits"),
        ("plain", ["one", "two"], "unknown"),
        ("small", ["one", "word " * 95], "may not fit"),
        ("small", ["word " * 101, "word " * 95], "does not fit"),
    ):
        found = estimate_prompts(model, texts, output_tokens=(0, 10), registry=lab)
        assert found.verdict == verdict
    assert len(found.misfits) == 2


def test_the_estimates_of_many_survive_json() -> None:
    found = estimate_prompts("gpt-4", ["one", "word " * 9_000], output_tokens=1, at="2026-09-01")
    assert Estimates.model_validate_json(found.model_dump_json()) == found
    assert Estimates.model_validate(found.model_dump()) == found
    assert Estimates.model_json_schema()["properties"]["misfits"]


def test_a_prompt_that_cannot_be_counted_is_named(tmp_path: Path) -> None:
    broken = [{"role": "user", "content": [{"type": "imag"}]}]
    with pytest.raises(UsageError, match=r"^prompt 2: messages\[0\].content\[0\] has the type"):
        estimate_prompts("gpt-5", ["fine", broken], output_tokens=1)
    path = lines(tmp_path / "p.jsonl", "fine", broken)
    with pytest.raises(UsageError, match=r"p.jsonl:2: messages\[0\].content\[0\] has the type"):
        estimate_prompts("gpt-5", read_prompts(path), output_tokens=1)
    (tmp_path / "b.bin").write_bytes(b"PK\0\0")
    with pytest.raises(UsageError, match=f"^{tmp_path}/b.bin: this is no text"):
        estimate_prompts("gpt-5", read_prompts(tmp_path), output_tokens=1)


ONE: dict[str, Any] = {
    "a text": "Hello",
    "a request": {"messages": HELLO},
    "a path": Path("p.jsonl"),
    "bytes": b"Hello",
    "a prompt": Prompt("a", "Hello"),
    "nothing": None,
    "a number": 5,
}


@pytest.mark.parametrize("prompts", ONE.values(), ids=ONE)
def test_what_is_not_many_is_refused(prompts: Any) -> None:
    with pytest.raises(UsageError, match="prompts is many contents, such as a list of texts"):
        estimate_prompts("gpt-5", prompts, output_tokens=1)


def test_no_prompts_have_no_estimate() -> None:
    with pytest.raises(UsageError, match="there is no prompt to estimate"):
        estimate_prompts("gpt-5", [], output_tokens=1)
