r"""Text that comes in chunks, cut anew where the counts of the pieces add up to that of the whole.

Counts of the chunks as they are would be off by a token or so at every other cut. Where a cut is
exact follows from the patterns. They are matched from left to right and look back at nothing, so a
cut changes no id where a piece ends anyway, if what comes before has the same pieces with the text
ending there. Only `\s++$` and `\s+(?!\S)` look ahead, and both from the end of whitespace alone.
"""

from __future__ import annotations

import codecs
import os
import re

from costcalc.errors import UsageError
from costcalc.tokens.text import BREAKS, SPACES
from costcalc.tokens.vocabularies import vocabulary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import IO

__all__ = ["MOST", "TARGET", "encoding_of", "pieces", "read"]

TARGET = 256 * 1024
"""Pieces have at least so many characters, and not many more where words are as long as usual."""
MOST = 1024 * 1024
"""A piece ends here even where no exact cut was found."""

_BLOCK = 64 * 1024  # what a file is read by
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # which begins as UTF-16's does
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_SOLID = f"[^{SPACES}{BREAKS}]"
# Letters in every Unicode since 2.0, whichever the engine has: Latin, kana, Han and Hangul.
_LETTER = "[A-Za-z\u3041-\u3094\u30a1-\u30fa\u4e00-\u9fa5\uac00-\ud7a3]"
# Neither letters nor marks, nor the apostrophe of `'s`.
_AFTER_LETTER = "[0-9!-&(-/:-@\\[-`{-~\u3001\u3002\uff0c]"
# Each alternative takes one character, which is the last before the cut.
_CUTS = (
    # Whitespace that breaks no line stands first in a piece, or among other whitespace.
    f"{_SOLID}(?=[{SPACES}])",
    # A branch that takes letters takes nothing else after them but marks and `'s`.
    f"{_LETTER}(?={_AFTER_LETTER})",
)
_CUTS_AT_BREAKS = {
    # To r50k's pattern line breaks are whitespace like any other.
    "r50k": f"{_SOLID}(?=[{BREAKS}])",
    # `\s*[\r\n]` and `[^\s\p{L}\p{N}]++[\r\n]*+` take a line break and what stands before it, and
    # stop there; before the cut, where it ends the text, `\s++$` makes the same piece as the first.
    "cl100k": f"\n(?={_SOLID})",
    # So it is in o200k's, where `[^\s\p{L}\p{N}]+[\r\n/]*` takes slashes after the break, too.
    "o200k": f"\n(?!/)(?={_SOLID})",
}


def pieces(
    chunks: Iterable[str], name: str, *, target: int = TARGET, most: int = MOST
) -> Iterator[tuple[str, bool]]:
    """Cut a stream of text into pieces whose counts add up to the count of the whole.

    Yields each piece and whether the cut after it is exact; it is not where `most` characters have
    no place for an exact cut. No more is held than a chunk and a piece.
    """
    cuts = "|".join((*_CUTS, _CUTS_AT_BREAKS[vocabulary(name).split]))
    if not 0 < target <= most:
        msg = f"a piece has at least 1 and at most {most} characters, not {target}; see target="
        raise UsageError(msg, target=target, most=most)
    return _pieces(chunks, re.compile(cuts), target, most)


def _pieces(
    chunks: Iterable[str], cuts: re.Pattern[str], target: int, most: int
) -> Iterator[tuple[str, bool]]:
    held = ""
    looked = target - 1  # no character before this one can be the last of a piece
    for block in _blocks(chunks, target):
        held += block
        start = 0
        while len(held) - start > target:
            found = cuts.search(held, start + looked, start + most + 1)
            if found:
                end = found.end()
            elif len(held) - start > most:
                end = start + most
            else:
                looked = len(held) - start - 1  # the last one, whose next is not known yet
                break
            yield held[start:end], found is not None
            start, looked = end, target - 1
        held = held[start:]
    if held:
        yield held, True


def _blocks(chunks: Iterable[str], least: int) -> Iterator[str]:
    """Join small chunks, so that what is held grows by few and large steps."""
    waiting: list[str] = []
    size = 0
    for chunk in chunks:
        if not isinstance(chunk, str):  # pyright: ignore[reportUnnecessaryIsInstance] - callers may be untyped
            msg = f"a stream of text has chunks of str, not of {type(chunk).__name__}; decode them"
            raise UsageError(msg, chunk=chunk)
        waiting.append(chunk)
        size += len(chunk)
        if size >= least:
            yield "".join(waiting)
            waiting.clear()
            size = 0
    yield "".join(waiting)


def read(
    source: str | os.PathLike[str] | IO[str] | IO[bytes], encoding: str = "utf-8"
) -> Iterator[str]:
    """Read a file, by its path or open as text or bytes, a block at a time.

    Line breaks stay as they are. What cannot be decoded becomes U+FFFD. A byte order mark is no
    part of the text: instead of UTF-8 it may state UTF-16 or UTF-32, and is believed.
    """
    try:
        name = codecs.lookup(encoding).name
    except (LookupError, TypeError) as error:
        msg = f"unknown encoding {encoding!r}; name one that Python has, as utf-8 or latin-1"
        raise UsageError(msg, encoding=encoding) from error
    return _read(source, name)


def _read(source: str | os.PathLike[str] | IO[str] | IO[bytes], encoding: str) -> Iterator[str]:
    if isinstance(source, str | os.PathLike):
        with open(source, "rb") as file:
            yield from _read(file, encoding)
        return
    decoder = None
    while block := source.read(_BLOCK):
        if isinstance(block, str):
            yield block
            continue
        if decoder is None:
            decoder = _decoder(block, encoding)
        yield decoder.decode(block)
    if decoder is not None:
        yield decoder.decode(b"", final=True)


def encoding_of(first: bytes) -> str:
    """Return the encoding that a byte order mark at the beginning of a file states, or UTF-8."""
    return next((name for mark, name in _MARKS if first.startswith(mark)), "utf-8")


def _decoder(first: bytes, encoding: str) -> codecs.IncrementalDecoder:
    if encoding == "utf-8":
        encoding = encoding_of(first)
    return codecs.getincrementaldecoder(encoding)(errors="replace")
