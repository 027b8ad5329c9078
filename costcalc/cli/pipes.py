"""Standard output and error whose readers may leave early: what nobody reads is lost, no verdict.

`costcalc plan check 2>&1 | head -1` ends with the code of the check, not with that of a pipe.
"""

from __future__ import annotations

import os
import select
import sys
from contextlib import contextmanager
from io import BufferedWriter, FileIO, StringIO, TextIOWrapper
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator

    from typing_extensions import Buffer

__all__ = ["is_read", "outlasting"]


class _Pipe(FileIO):
    """A descriptor that leads nowhere as soon as it takes no more."""

    def __init__(self, descriptor: int, *, forgiving: bool) -> None:
        super().__init__(descriptor, "wb", closefd=False)
        self.is_open = True
        """Whether what is written still arrives."""
        self._forgiving = forgiving

    def write(self, data: Buffer, /) -> int:
        """Write, or lose what nobody reads; a full disk is an error where that can be said."""
        try:
            return super().write(data)
        except OSError as error:
            self.is_open = False
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            if not self._forgiving and not isinstance(error, BrokenPipeError):
                raise
            return memoryview(data).nbytes


@contextmanager
def outlasting(name: str) -> Generator[None]:
    """Let a command run to its end though `stdout`, or `stderr`, is closed, or read no more.

    Raises `OSError` for standard output that cannot be written, as to a full disk; where standard
    error cannot, there is nobody to tell.
    """
    before = getattr(sys, name)
    lasting = _lasting(before, forgiving=name == "stderr")
    setattr(sys, name, lasting)
    try:
        yield
    finally:
        setattr(sys, name, before)
        lasting.flush()


def is_read(stream: Any) -> bool:
    """Return whether somebody still reads what is written to a stream, as far as one can know."""
    buffer = getattr(stream, "buffer", None)
    pipe = getattr(buffer, "raw", buffer)
    if not isinstance(pipe, _Pipe):
        return True
    if pipe.is_open and hasattr(select, "poll"):
        poll = select.poll()
        poll.register(pipe, 0)  # a reader that left is told without being asked for
        return not poll.poll(0)
    return pipe.is_open


def _lasting(stream: Any, *, forgiving: bool) -> Any:
    if stream is None:
        return StringIO()
    try:
        if stream.isatty():
            return stream
        pipe = _Pipe(stream.fileno(), forgiving=forgiving)
    except (AttributeError, OSError, ValueError):  # it is none of the system's
        return stream
    stream.flush()
    form: dict[str, Any] = {"encoding": stream.encoding, "errors": stream.errors}
    if getattr(stream, "write_through", False):  # nothing is kept back beside standard error
        return TextIOWrapper(pipe, **form, write_through=True)  # pyright: ignore[reportArgumentType] - as Python makes its own, unbuffered
    lines = getattr(stream, "line_buffering", False)
    return TextIOWrapper(BufferedWriter(pipe), **form, line_buffering=lines)
