"""Counting plain text in a public vocabulary: tiktoken's own ids, whatever the text is.

Two things stand around tiktoken. A guard keeps long runs of whitespace from its regular
expressions, which fail at them with an exception that `except Exception` does not catch
(openai/tiktoken#15, #245, #400). And counting reads the length of the buffer that the encoder
fills, instead of making a Python integer of each token.
"""

from __future__ import annotations

import re
from array import array
from functools import cache
from itertools import chain

from costcalc.errors import TokenizerUnavailableError, UsageError
from costcalc.tokens.vocabularies import encoding, ranks, vocabulary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tiktoken import Encoding
    from typing_extensions import Buffer

    Fill = Callable[[str, frozenset[str]], Buffer]

__all__ = ["BREAKS", "SPACES", "GuardedEncoder", "count", "counter", "encode"]

SPACES = (
    "\t\v\f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""Whitespace as the patterns have it, `BREAKS` aside; Python's own has U+001C to U+001F too."""
BREAKS = "\r\n"
"""The whitespace that some patterns treat in a way of its own."""

LONGEST_RUN = 900_000
"""From this length on, runs of whitespace are kept from tiktoken, which fails at 1,000,000."""

_SHORT = 300  # the ids of shorter texts are had faster as a list than as a buffer
_ID_BYTES = 4
_NO_SPECIALS: frozenset[str] = frozenset()
_SAMPLE = "It's 1,234 tokens.\n  \u4e16\u754c"


def encode(name: str, text: str) -> list[int]:
    """Return the ids of a text; what looks like a special token is text like any other."""
    return _encoder(name).encode(text)


def count(name: str, text: str) -> int:
    """Return how many tokens a text has; what looks like a special token is text."""
    return _encoder(name).count(text)


def counter(name: str) -> Callable[[str], int]:
    """Return the function that counts a text in a vocabulary; it builds the encoding now."""
    return _encoder(name).count


_encoders: dict[str, GuardedEncoder] = {}


def _encoder(name: str) -> GuardedEncoder:
    found = _encoders.get(name)
    if found is None:
        # vocabularies that differ in special tokens alone have the same ids for plain text
        base = vocabulary(name).base
        found = _encoders[name] = _encoders.get(base) or GuardedEncoder(base)
        _encoders[base] = found
    return found


class GuardedEncoder:
    """An encoding of tiktoken that takes every text; ids are its own wherever it has any."""

    count: Callable[[str], int]
    """Return how many tokens a text has. A function and no method, as it is called most."""

    def __init__(self, name: str, longest: int = LONGEST_RUN) -> None:
        self.name = name
        self.longest = longest
        encoder = encoding(name)
        self._fill = _fill(encoder)
        self._ids_of_run = _ids_of_run(encoder, name)
        split = vocabulary(name).split
        # r50k's pattern has no branch of its own for line breaks
        self._spaces = SPACES + BREAKS if split == "r50k" else SPACES
        self._solid = re.compile(f"[^{self._spaces}]")
        self._ends_safe = split != "o200k"  # the others have a branch for the end of the text
        self.count = self._counter(encoder)

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text."""
        return list(chain.from_iterable(self._parts(text)))

    def _counter(self, encoder: Encoding) -> Callable[[str], int]:
        # what Encoding.encode_ordinary calls, without its handling of surrogates
        core = getattr(encoder, "_core_bpe", None)
        short = getattr(core, "encode_ordinary", encoder.encode_ordinary)
        fill, longest = self._fill, self.longest
        few = min(_SHORT, longest)

        def counted(text: str) -> int:
            try:
                size = len(text)
                if size < few:
                    return len(short(text))
                if size < longest:
                    return len(bytes(fill(text, _NO_SPECIALS))) // _ID_BYTES
            except BaseException as error:
                if not _is_refusal(error):
                    raise
            return sum(map(len, self._parts(text)))

        return counted

    def _ids(self, text: str) -> Sequence[int]:
        try:
            filled = self._fill(text, _NO_SPECIALS)
        except UnicodeEncodeError:
            # as Encoding.encode does: halves of a pair are joined, lone ones become U+FFFD
            whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            filled = self._fill(whole, _NO_SPECIALS)
        return memoryview(bytes(filled)).cast("I")

    def _parts(self, text: str) -> Iterator[Sequence[int]]:
        """Yield the ids of a text, a part of it at a time."""
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance] - callers may be untyped
            msg = f"tokens are counted in a str, not in {type(text).__name__}; decode it first"
            raise UsageError(msg, text=text)
        try:
            done = 0
            for start, end in self._pieces(text):
                yield self._ids(text[done:start])
                yield self._ids_of_run(text[start:end])
                done = end
            yield self._ids(text[done:])
        except BaseException as error:
            if not _is_refusal(error):
                raise
            reason = f"tiktoken fails at this text of {len(text):,} characters: {error}"
            raise TokenizerUnavailableError(self.name, reason, "count it in parts") from error

    def _pieces(self, text: str) -> Iterator[tuple[int, int]]:
        r"""Find the long runs that `\s+(?!\S)` would take, as far as it makes them one piece.

        This branch of the patterns keeps a state for each character of the run, and the engine has
        room for 1,000,000. Its piece is the run but for the last character, which goes with what
        follows; a run that ends the text is a piece whole. Before a line break, and in some
        patterns at the end of the text, an earlier branch takes the run, which keeps no states.
        """
        for start, end in self._runs(text):
            after = text[end : end + 1]
            if after:
                if after not in BREAKS:
                    yield start, end - 1
            elif not self._ends_safe:
                yield start, end

    def _runs(self, text: str) -> Iterator[tuple[int, int]]:
        """Find whitespace of at least the longest length, without reading the text.

        A run of n characters has one whose position is a multiple of n, so few positions are
        looked at: a regular expression over all of the text takes a third of the time of counting.
        """
        step, end = self.longest, 0
        for probe in range(step - 1, len(text), step):
            if probe < end or text[probe] not in self._spaces:
                continue
            # the run cannot hold the position that was looked at before, or it would reach here
            first = probe - step + 1
            start = first + len(text[first:probe].rstrip(self._spaces))
            solid = self._solid.search(text, probe)
            end = solid.start() if solid else len(text)
            if end - start >= step:
                yield start, end


def _is_refusal(error: BaseException) -> bool:
    """Tell an error of the extension; its panic is no `Exception`, and known by name alone."""
    return isinstance(error, TypeError | ValueError) or type(error).__name__ == "PanicException"


def _fill(encoder: Encoding) -> Fill:
    """Return the function that writes the ids of a text, as 32-bit numbers, into a buffer.

    `Encoding.encode_to_numpy` reads the same buffer; a private attribute leads to it without numpy.
    Where that is gone or gives something else, the public method has the same ids. In both a
    failure of the engine is a ValueError, where `encode_ordinary` panics. The buffer's own shape is
    wrong in tiktoken 0.14 (it counts bytes, not ids), so only its bytes are read.
    """

    def listed(text: str, _: frozenset[str]) -> Buffer:
        return array("I", encoder.encode(text, disallowed_special=()))

    core = getattr(encoder, "_core_bpe", None)
    fill: Fill = getattr(core, "encode_to_tiktoken_buffer", listed)
    try:
        same = bytes(fill(_SAMPLE, _NO_SPECIALS)) == bytes(listed(_SAMPLE, _NO_SPECIALS))
    except (TypeError, ValueError):
        return listed
    return fill if same else listed


def _ids_of_run(encoder: Encoding, name: str) -> Callable[[str], Sequence[int]]:
    """Return the function that gives the ids of a text that is one piece.

    Its public equal is an encoding whose pattern takes everything. That is as dear to build as the
    first one, so it is for a tiktoken without the private method alone.
    """
    private: Callable[[str], Sequence[int]] | None = getattr(encoder, "_encode_single_piece", None)
    if private is not None:
        return private

    @cache
    def taking_all() -> Encoding:
        from tiktoken import Encoding

        return Encoding(name, pat_str=r"(?s:.+)", mergeable_ranks=ranks(name), special_tokens={})

    return lambda text: taking_all().encode_ordinary(text)
