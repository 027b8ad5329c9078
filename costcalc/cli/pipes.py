"""Standard output whose reader may leave early: what nobody reads is lost, the verdict is not.

`costcalc plan check | head -1` ends with the code of the check, not with that of a closed pipe.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from io import BufferedWriter, FileIO, StringIO, TextIOWrapper
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator

    from typing_extensions import Buffer

__all__ = ["outlasting"]


class _Pipe(FileIO):
    """A descriptor that leads nowhere as soon as nobody reads it any more."""

    def write(self, data: Buffer, /) -> int:
        """Write, or lose what cannot be written."""
        try:
            return super().write(data)
        except BrokenPipeError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            return memoryview(data).nbytes


@contextmanager
def outlasting() -> Generator[None]:
    """Let a command run to its end though its standard output is closed, or read no more."""
    before = sys.stdout
    sys.stdout = lasting = _lasting(before)
    try:
        yield
    finally:
        sys.stdout = before
        lasting.flush()


def _lasting(stream: Any) -> Any:
    if stream is None:
        return StringIO()
    try:
        if stream.isatty():
            return stream
        pipe = _Pipe(stream.fileno(), "wb", closefd=False)
    except (AttributeError, OSError, ValueError):  # it is none of the system's
        return stream
    stream.flush()
    if getattr(stream, "write_through", False):  # nothing is kept back beside standard error
        return TextIOWrapper(pipe, stream.encoding, stream.errors, write_through=True)  # pyright: ignore[reportArgumentType] - as Python makes its own, unbuffered
    return TextIOWrapper(BufferedWriter(pipe), stream.encoding, stream.errors)
