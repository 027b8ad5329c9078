"""Counting text: tiktoken's ids for every text that it takes, and a count for those it does not."""

from __future__ import annotations

import re
import sys
from array import array
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costcalc.errors import TokenizerUnavailableError, UsageError
from costcalc.tokens import text as module
from costcalc.tokens.text import (
    BREAKS,
    LONGEST_RUN,
    SPACES,
    GuardedEncoder,
    count,
    counter,
    encode,
)
from costcalc.tokens.vocabularies import VOCABULARIES, encoding

if TYPE_CHECKING:
    from collections.abc import Callable

BASES = ("o200k_base", "cl100k_base", "p50k_base", "r50k_base")
SAMPLES = {
    each.stem: each.read_text(encoding="utf-8")
    for each in sorted(Path(__file__).with_name("samples").glob("*.txt"))
} | {
    "python": Path(__file__).read_text(encoding="utf-8"),
    "emoji": "\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467\U0001f1f0\U0001f1f7 \u2764\ufe0f\n"
    * 40,
    "json": '{"id": 12345, "tags": ["a", "b"], "ratio": 0.25, "path": "C:\\\\x\\n"}\n' * 40,
    "windows": "one\r\n\r\n  two\t\tthree \r\n" * 40,
}
every_base = pytest.mark.parametrize("name", BASES)

# One character, or a few, of each kind that the patterns tell apart.
KINDS = [
    "a", "B", "\u01c5", "\u6f22", "\u0e01", "\u0301", "1", "\u0663", "'", "'s", "'LL", "'\u017f", "/", "!",
    "_", "\U0001f600", "\u200d", "\x1c", "\u3002", "<|endoftext|>",
]  # fmt: skip
WHITESPACE = [*SPACES, *BREAKS, "\r\n"]
soup = st.lists(
    st.sampled_from(KINDS)
    | st.sampled_from(WHITESPACE)
    | st.sampled_from(" \n\t")
    | st.builds(str.__mul__, st.sampled_from(WHITESPACE), st.integers(2, 50)),
    max_size=30,
).map("".join)
slices = st.builds(
    lambda sample, start, size: sample[start : start + size],
    st.sampled_from(list(SAMPLES.values())),
    st.integers(0, 400),
    st.integers(0, 400),
)
texts = soup | slices | st.builds(lambda one, other: one + other, slices, soup) | st.text()

guarded: dict[tuple[str, int], GuardedEncoder] = {}


def guard(name: str, longest: int) -> GuardedEncoder:
    if (name, longest) not in guarded:
        guarded[name, longest] = GuardedEncoder(name, longest)
    return guarded[name, longest]


# --- the ids of tiktoken --------------------------------------------------------------------------


@every_base
@pytest.mark.parametrize("sample", SAMPLES)
def test_real_text_has_tiktokens_ids(sample: str, name: str) -> None:
    text = SAMPLES[sample]
    expected = encoding(name).encode_ordinary(text)
    assert len(text) > 400
    assert encode(name, text) == expected
    assert count(name, text) == len(expected)
    assert encoding(name).decode(encode(name, text)) == text


@every_base
@given(text=texts)
@settings(max_examples=150, deadline=None)
def test_any_text_has_tiktokens_ids(name: str, text: str) -> None:
    expected = encoding(name).encode_ordinary(text)
    assert encode(name, text) == expected
    assert count(name, text) == len(expected)


@pytest.mark.parametrize("name", VOCABULARIES)
def test_every_vocabulary_counts_as_its_own_encoding_does(name: str) -> None:
    text = SAMPLES["english"] + "<|start|>   <|fim_prefix|>\n        x"
    expected = encoding(name).encode_ordinary(text)
    assert encode(name, text) == expected
    assert counter(name)(text) == len(expected)


def test_vocabularies_that_differ_in_special_tokens_alone_share_one_counter() -> None:
    assert counter("o200k_harmony") is counter("o200k_base")
    assert counter("p50k_edit") is counter("p50k_base")
    assert counter("gpt2") is counter("r50k_base")
    assert len({counter(name) for name in VOCABULARIES}) == len(BASES)


@every_base
@pytest.mark.parametrize("size", [0, 1, 298, 299, 300, 301, 5_000])
def test_the_change_from_list_to_buffer_cannot_be_seen(size: int, name: str) -> None:
    text = (SAMPLES["russian"] * 5)[:size]
    assert len(text) == size
    assert count(name, text) == len(encoding(name).encode_ordinary(text))


@every_base
@pytest.mark.parametrize("around", ["", "x" * 400], ids=["alone", "in a long text"])
@pytest.mark.parametrize("special", ["<|endoftext|>", "<|endofprompt|>", "<|fim_prefix|>"])
def test_a_special_token_in_a_text_is_text(special: str, around: str, name: str) -> None:
    text = f"{around}{special}{around}"
    ids = encode(name, text)
    assert len(ids) == count(name, text)
    assert not set(ids) & set(VOCABULARIES[name].special_tokens.values())
    assert encoding(name).decode(ids) == text


@every_base
@pytest.mark.parametrize("around", ["", "x" * 400], ids=["alone", "in a long text"])
@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("\ud800", "\ufffd"),
        ("a\udfff b", "a\ufffd b"),
        ("\udc00\ud800", "\ufffd\ufffd"),
        ("\ud83d\ude00", "\U0001f600"),
        ("\ufeff\ud800", "\ufeff\ufffd"),
    ],
    ids=["a half", "another half", "halves in the wrong order", "a pair in halves", "after a mark"],
)
def test_halves_of_surrogates_count_as_tiktoken_has_them(
    broken: str, whole: str, around: str, name: str
) -> None:
    text = f"{around}{broken}{around}"
    expected = encoding(name).encode_ordinary(f"{around}{whole}{around}")
    assert encode(name, text) == expected == encoding(name).encode_ordinary(text)
    assert count(name, text) == len(expected)


@pytest.mark.parametrize("text", [None, 5, b"text", [], ["text"], b"x" * 500], ids=repr)
def test_what_is_no_text_is_refused(text: Any) -> None:
    for call in (count, encode):
        with pytest.raises(UsageError, match="counted in a str, not in"):
            call("r50k_base", text)


def test_an_unknown_vocabulary_is_refused() -> None:
    with pytest.raises(UsageError, match="nearest: 'gpt2'"):
        counter("gpt-2")


# --- the guard ------------------------------------------------------------------------------------


@every_base
@pytest.mark.parametrize("longest", [2, 3, 7, 40])
@given(text=texts)
@settings(max_examples=60, deadline=None)
def test_the_guard_changes_no_id(name: str, longest: int, text: str) -> None:
    expected = encoding(name).encode_ordinary(text)
    assert guard(name, longest).encode(text) == expected
    assert guard(name, longest).count(text) == len(expected)


@every_base
def test_the_guard_changes_no_id_of_any_short_text_of_all_kinds(name: str) -> None:
    kinds = ["a", "\u6f22", "1", "!", "/", "'s", " ", "\n", "\r", "\u3000"]
    for size in range(1, 5):
        for characters in product(kinds, repeat=size):
            text = "".join(characters)
            assert guard(name, 2).encode(text) == encoding(name).encode_ordinary(text), repr(text)


@every_base
@given(text=texts, longest=st.integers(2, 12))
@settings(max_examples=60, deadline=None)
def test_long_runs_are_found_without_reading_the_text(name: str, text: str, longest: int) -> None:
    spaces = SPACES + BREAKS if name in ("p50k_base", "r50k_base") else SPACES
    expected = re.finditer(f"(?<![{spaces}])[{spaces}]{{{longest},}}", text)
    assert list(guard(name, longest)._runs(text)) == [each.span() for each in expected]


def test_whitespace_is_what_unicode_has() -> None:
    import unicodedata

    # White_Space of PropList.txt: the separators, and six control characters
    separators = {
        character
        for character in map(chr, range(sys.maxunicode + 1))
        if unicodedata.category(character) in ("Zs", "Zl", "Zp")
    }
    assert set(SPACES + BREAKS) == separators | set("\t\n\v\f\r\x85")
    assert len(SPACES + BREAKS) == len(set(SPACES + BREAKS))


RUN = 1_001_000  # one character more than 1,000,000 is what tiktoken fails at


@every_base
@pytest.mark.parametrize("after", ["", "x", "\n"], ids=["at the end", "a letter", "a line break"])
def test_a_run_longer_than_tiktoken_takes_has_the_ids_of_its_pieces(after: str, name: str) -> None:
    run = " \f\t" * (RUN // 3)
    encoder = encoding(name)
    try:
        expected = encoder.encode(f"before{run}{after}", disallowed_special=())
    except ValueError:
        # a piece without the run's last character, which goes with the letter after it
        kept = run[:-1] if after else run
        expected = [
            *encoder.encode_ordinary("before"),
            *encoder._encode_single_piece(kept),
            *encoder.encode_ordinary(run[len(kept) :] + after),
        ]
    assert encode(name, f"before{run}{after}") == expected


def test_several_long_runs_keep_the_text_between_them() -> None:
    text = "one" + "\n" * RUN + "two" + " \f" * RUN + "three" + "\n" * RUN
    ids = encode("r50k_base", text)
    assert encoding("r50k_base").decode(ids) == text
    assert count("r50k_base", text) == len(ids)


HOSTILE = {
    "spaces": " ", "letters": "a", "signs": "^", "digits": "7", "joiners": "\u200d",
    "emoji": "\U0001f600", "Han": "\u6f22", "special tokens": "<|endoftext|>",
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_a_megabyte_of_anything_is_counted(what: str) -> None:
    unit = HOSTILE[what]
    text = unit * (1_048_576 // len(unit))
    part = text[: len(text) // 16]
    # where a text is the same all through, only its ends can differ
    assert abs(count("o200k_base", text) - 16 * count("o200k_base", part)) <= 16


# --- an extension that does not do as expected ----------------------------------------------------


class PanicException(BaseException):
    """What a panic is to Python: no `Exception`."""


class Core:
    """The inner object of an encoding, with one method replaced."""

    def __init__(self, **methods: Callable[..., Any]) -> None:
        self.__dict__.update(methods)


class Fake:
    """An encoding that fails, or lacks what is private."""

    def __init__(self, error: BaseException | None = None, core: object = None) -> None:
        self.error = error
        if core is not None:
            self._core_bpe = core

    def encode_ordinary(self, text: str) -> list[int]:
        if self.error is not None:
            raise self.error
        return encoding("p50k_base").encode_ordinary(text)

    def encode(self, text: str, *, disallowed_special: tuple[str, ...]) -> list[int]:
        assert disallowed_special == ()
        if self.error is not None and text != module._SAMPLE:
            raise self.error
        return encoding("p50k_base").encode(text, disallowed_special=())


def with_encoding(fake: object, monkeypatch: pytest.MonkeyPatch, longest: int) -> GuardedEncoder:
    monkeypatch.setattr(module, "encoding", lambda _: fake)
    return GuardedEncoder("p50k_base", longest)


@pytest.mark.parametrize("size", [3, 1_000], ids=["a short text", "a long text"])
@pytest.mark.parametrize("error", [PanicException("stack"), ValueError("stack")], ids=repr)
def test_a_failure_of_the_extension_is_an_error_of_ours(
    error: BaseException, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = with_encoding(Fake(error), monkeypatch, LONGEST_RUN)
    for call in (encoder.count, encoder.encode):
        with pytest.raises(
            TokenizerUnavailableError, match=f"this text of {size:,} characters"
        ) as it:
            call("x" * size)
        assert it.value.__cause__ is error


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError(), SystemExit(3)], ids=repr)
def test_what_is_not_the_extensions_passes(
    error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = with_encoding(Fake(error), monkeypatch, LONGEST_RUN)
    for call in (encoder.count, encoder.encode):
        with pytest.raises(type(error)):
            call("text")


def wrong_type(text: str, allowed: frozenset[str]) -> Any:
    raise TypeError(text, allowed)


@pytest.mark.parametrize(
    "core",
    [
        None,
        Core(),
        Core(encode_to_tiktoken_buffer=wrong_type),
        Core(encode_to_tiktoken_buffer=lambda *_: b"\1\2\3\4"),
        Core(encode_to_tiktoken_buffer=lambda *_: array("Q", [1, 2])),
    ],
    ids=["gone", "without a buffer", "with other arguments", "with other ids", "with wide ids"],
)
def test_without_its_private_parts_tiktoken_gives_the_same_ids(
    core: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = with_encoding(Fake(core=core), monkeypatch, 7)
    text = SAMPLES["vietnamese"] + " " * 40 + "x" + "\n" * 40
    expected = encoding("p50k_base").encode_ordinary(text)
    assert encoder.encode(text) == expected
    for size in (3, 200, len(text)):
        assert encoder.count(text[:size]) == len(encoding("p50k_base").encode_ordinary(text[:size]))


def test_the_installed_tiktoken_counts_by_its_buffer() -> None:
    fast: Any = encoding("p50k_base")._core_bpe
    assert guard("p50k_base", 7)._fill == fast.encode_to_tiktoken_buffer


PUBLIC = module._ids_of_run(Fake(), "p50k_base")  # pyright: ignore[reportArgumentType]


@given(run=st.text(SPACES + BREAKS, min_size=1, max_size=200))
@settings(max_examples=60, deadline=None)
def test_the_public_way_to_encode_one_piece_gives_the_ids_of_the_private_one(run: str) -> None:
    private = module._ids_of_run(encoding("p50k_base"), "p50k_base")
    assert PUBLIC(run) == private(run)
