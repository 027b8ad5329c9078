"""Files of logs, however large: lines in bounded memory, none lost in silence."""

from __future__ import annotations

import codecs
import os
import sys
from contextlib import contextmanager, suppress

from costcalc.errors import MissingExtraError, UsageError
from costcalc.logs.advice import advised
from costcalc.logs.records import Skip

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from typing import Any

__all__ = ["COMPRESSED", "LONGEST_LINE", "STANDARD_INPUT", "LogFile", "open_log", "state_of"]

STANDARD_INPUT = "-"
COMPRESSED = (".gz", ".zst", ".zstd")
"""Endings of files that are read decompressed."""
LONGEST_LINE = 32 * 2**20
"""Bytes of the longest line that is read; a longer one is skipped, and said."""
_BLOCK = 2**18
_FEW, _HEAD = 2**12, 2**16
"""Bytes of the first lines, at least and at most."""
_REASON = 400
"""Letters of a reason that are kept: it may quote what it is about."""
_OPEN, _CLOSE = b"{}"
_OBJECT = b"{"
_MARK = b"\xef\xbb\xbf"  # of UTF-8, which some editors put first
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # of UTF-16, as some shells write what they save
_ZERO = b"\0"


class LogFile:
    """An open file of a log: its beginning, its lines, and what could not be read of it."""

    def __init__(
        self,
        path: str,
        stream: Any,
        skipped: Callable[[Skip], None],
        errors: tuple[type[Exception], ...] = (),
        moved: Callable[[], None] | None = None,
    ) -> None:
        self.path = path
        self._moved = moved
        self._stream = stream
        self._skipped = skipped
        self._errors = (OSError, EOFError, *errors)
        self._broken = False
        self._decoder: codecs.IncrementalDecoder | None = None
        """Of a file that is not UTF-8."""
        self._first = self._begin().removeprefix(_MARK)

    def _begin(self) -> bytes:
        """Return the first block; of a pipe, which gives what it has, as much as a head needs."""
        found = self._read(_BLOCK)
        while len(found) < _HEAD:
            more = self._read(_BLOCK)
            if not more:
                break
            found += more
        if found.startswith(_WIDE):
            self._decoder = codecs.getincrementaldecoder("utf-16")("replace")
            return self._decoder.decode(found).encode()
        return found

    @property
    def head(self) -> bytes:
        """The first lines: what a format is told by."""
        end = self._first.find(b"\n", _FEW, _HEAD)
        return self._first[: _HEAD if end < 0 else end]

    def skip(self, line: int | None, reason: str) -> None:
        """Say that a line, or the file from here on, was not read."""
        self._skipped(self.as_skip(line, reason))

    def as_skip(self, line: int | None, reason: str) -> Skip:
        """Return what is wrong with a line, with advice that holds for a log, and not too long."""
        said = advised(reason)
        return Skip(self.path, line, f"{said[:_REASON]} …" if len(said) > _REASON else said)

    def lines(self, mark: bytes = b"") -> Iterator[tuple[int, bytes]]:
        """Iterate over the lines that contain a mark, with their numbers.

        Lines are taken for JSON: one without the mark that is no object is skipped, and said. The
        last one may lack its end; it is yielded as it is. Zeros before a line, which a crash leaves
        where something else was to be written, are said, and the line is read.
        """
        number = 0
        for block in self.blocks():
            if block is None:
                number += 1
                self.skip(number, f"it is longer than {LONGEST_LINE >> 20} MiB")
                continue
            zeros = _ZERO in block
            for line in block.split(b"\n"):
                number += 1
                if zeros and line.lstrip(_ZERO)[:1] == _OBJECT != line[:1]:
                    self.skip(number, "it begins with zeros, where something was lost")
                    line = line.lstrip(_ZERO)  # noqa: PLW2901 - what is left of it
                if mark in line:
                    yield number, line
                elif line and (line[0] != _OPEN or line[-1] != _CLOSE):
                    bare = line.strip()
                    if bare and (bare[0] != _OPEN or bare[-1] != _CLOSE):
                        self.skip(number, "it is cut off, or no JSON object")

    def text(self) -> Iterator[str]:
        """Iterate over all lines as text with their ends: what a reader of tables takes."""
        for _, line in self.lines():
            yield f"{line.decode(errors='replace')}\n"

    def whole(self) -> bytes:
        """Return all that the file holds: for formats that are one document."""
        parts: list[bytes] = []
        block, self._first = self._first, b""
        while block:
            parts.append(block)
            block = self._read(_BLOCK)
        return b"".join(parts)

    def blocks(self) -> Iterator[bytes | None]:
        """Iterate over blocks of whole lines; None stands for a line that was too long to keep."""
        rest, lost = b"", False
        block, self._first = self._first, b""
        while block:
            if lost:
                _, end, block = block.partition(b"\n")
                lost = not end
            data = rest + block if rest else block
            cut = data.rfind(b"\n")
            if cut >= 0:
                yield data[:cut]
            rest = b"" if lost else data[cut + 1 :]
            if len(rest) > LONGEST_LINE:
                yield None
                rest, lost = b"", True
            block = self._read(max(_BLOCK, len(rest)))  # so that a long line is copied a few times
            if block and self._moved is not None:
                self._moved()
        if rest:
            yield rest

    def _read(self, size: int) -> bytes:
        if self._broken:
            return b""
        try:
            data = self._stream.read(size)
        except self._errors as error:
            self._broken = True
            self.skip(None, f"it cannot be read further: {error}")
            return b""
        if self._decoder is None:
            return data
        text = self._decoder.decode(data, final=not data)
        return text.encode() if text or not data else self._read(size)


@contextmanager
def open_log(
    path: str, skipped: Callable[[Skip], None], moved: Callable[[int], None] | None = None
) -> Generator[LogFile | None]:
    """Open a file, decompressed by its name; None where it cannot be opened, which is said.

    `moved` is told how many of its bytes are read, as they lie on the disk.
    """
    if path == STANDARD_INPUT:
        if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison] - it is, where it was closed
            raise UsageError("standard input is closed, so that there is nothing to read")
        yield LogFile("standard input", sys.stdin.buffer, skipped)
        return
    try:
        plain = open(path, "rb", buffering=0)  # noqa: SIM115 - closed below
    except OSError as error:
        skipped(Skip(path, None, f"it cannot be opened: {error.strerror or error}"))
        yield None
        return
    told = None if moved is None else lambda: moved(plain.tell())
    with plain:
        ending = os.path.splitext(path)[1].lower()
        if ending == ".gz":
            import zlib
            from gzip import GzipFile

            with GzipFile(fileobj=plain) as stream:
                yield LogFile(path, stream, skipped, (zlib.error,), told)
        elif ending in {".zst", ".zstd"}:
            stream, error = _zstandard(plain)
            with stream:
                yield LogFile(path, stream, skipped, (error,), told)
        else:
            yield LogFile(path, plain, skipped, moved=told)


def state_of(path: str) -> tuple[tuple[int, int], ...]:
    """Return size and time of the last change, in nanoseconds; nothing where no file is.

    Also of what SQLite keeps beside a database, until it is moved there.
    """
    found: list[tuple[int, int]] = []
    for each in (path, f"{path}-wal"):
        with suppress(OSError):
            stat = os.stat(each)
            found.append((stat.st_size, stat.st_mtime_ns))
    return tuple(found)


def _zstandard(plain: Any) -> tuple[Any, type[Exception]]:
    """Return a decompressing stream, and its error: Python's own from 3.14 on, else a package."""
    try:
        from compression import zstd  # pyright: ignore[reportMissingImports] - from Python 3.14 on

        return zstd.ZstdFile(plain), zstd.ZstdError
    except ImportError:
        pass
    try:
        import zstandard
    except ImportError as error:
        what = "reading a log that Zstandard compressed, before Python 3.14,"
        raise MissingExtraError(what, "zstandard", "logs", "decompress it first", error) from None
    reader = zstandard.ZstdDecompressor().stream_reader(plain, read_across_frames=True)
    return reader, zstandard.ZstdError
