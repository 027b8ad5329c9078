"""Sizes that counting needs, read from files: pixels, pages with their text, seconds.

A file is a path or its bytes; of a path only what is needed is read, and nothing is ever fetched.
The packages that know the formats are the extra `costcalc[files]`, imported when one is needed.
"""

from __future__ import annotations

import io
import os
from contextlib import contextmanager
from importlib import import_module

from costcalc.errors import TokenizerUnavailableError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from typing import Any, BinaryIO

    File = bytes | os.PathLike[str]

__all__ = ["audio_seconds", "image_size", "pdf_pages", "pdf_text"]

_INSTEAD = {
    "an image": "Image(width, height)",
    "a PDF": "Document(pages, text)",
    "sound": "Audio(seconds) or Video(seconds)",
}


def image_size(file: File) -> tuple[int, int]:
    """Return width and height of an image in pixels, as it is shown.

    Reads PNG, JPEG (turned as its EXIF says), GIF, WebP of all three kinds, AVIF and HEIC, and what
    else imagesize knows. Raises `UsageError` for any other file.
    """
    library = _library("imagesize", "the size of an image file")
    with _opened(file) as (stream, name), _readable(name, "an image"):
        # an open stream, not a name: imagesize would fetch a name that is a URL
        width, height = library.get(stream)
        if width <= 0 or height <= 0:
            raise UsageError(_nothing(name, "width and height", "an image"))
    return round(width), round(height)


def pdf_pages(file: File) -> int:
    """Return the number of pages of a PDF; `UsageError` where it is damaged or locked."""
    library = _library("pypdf", "the pages of a PDF file")
    with _opened(file) as (stream, name), _readable(name, "a PDF"):
        pages = len(library.PdfReader(stream).pages)
        if not pages:
            raise UsageError(_nothing(name, "pages", "a PDF"))
    return pages


def pdf_text(file: File) -> Iterator[str]:
    """Yield the text of each page of a PDF, empty for a page that is only a picture.

    The file stays open until the last page was taken; errors are those of `pdf_pages`.
    """
    library = _library("pypdf", "the text of a PDF file")
    with _opened(file) as (stream, name):
        with _readable(name, "a PDF"):
            pages = library.PdfReader(stream).pages
            count = len(pages)
        for number in range(count):
            with _readable(name, "a PDF", f" at page {number + 1}"):
                text: str = pages[number].extract_text()
            yield text


def audio_seconds(file: File) -> float:
    """Return the duration of a sound file, or of the sound track of an MP4, in seconds.

    Reads MP3, WAV, OGG, OPUS, FLAC, M4A, MP4, WMA and AIFF. Raises `UsageError` for any other file.
    """
    library = _library("tinytag", "the duration of a sound file")
    with _opened(file) as (stream, name), _readable(name, "sound"):
        path = None if isinstance(file, bytes) else os.fspath(file)
        tag = library.TinyTag.get(path, file_obj=stream, tags=False, duration=True)
        seconds: float | None = tag.duration
        if not seconds or seconds < 0:
            raise UsageError(_nothing(name, "duration", "sound"))
    return seconds


def _library(package: str, what: str) -> Any:
    try:
        return import_module(package)
    except ImportError as error:
        reason = f"the package {package!r} cannot be imported ({error})"
        remedy = "pip install 'costcalc[files]', or give the number yourself"
        raise TokenizerUnavailableError(what, reason, remedy) from None


@contextmanager
def _opened(file: object) -> Generator[tuple[BinaryIO, str], None, None]:
    """Open bytes or a path for reading, with words that name it."""
    if isinstance(file, bytes):
        yield io.BytesIO(file), f"the file of {len(file):,} bytes"
        return
    if not isinstance(file, os.PathLike):
        msg = f"a file is its bytes or a path such as pathlib.Path('a.png'), not {file!r:.60}"
        raise UsageError(msg, kind=type(file).__name__)
    name = repr(os.fspath(file))
    try:
        stream = open(file, "rb")  # noqa: SIM115 - closed below, after the caller's block
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        msg = f"cannot read {name}: {reason}; give an existing file, or its bytes"
        raise UsageError(msg, path=name) from None
    with stream:
        yield stream, name


@contextmanager
def _readable(name: str, what: str, where: str = "") -> Generator[None, None, None]:
    """Turn whatever a package raises about a file into a `UsageError` that names it."""
    try:
        yield
    except UsageError:
        raise
    except Exception as error:  # noqa: BLE001 - parsers of damaged files raise all sorts of things
        reason = str(error) or type(error).__name__
        msg = (
            f"cannot read {name} as {what}{where}: {reason:.200}; give costcalc.{_INSTEAD[what]} "
            "instead"
        )
        raise UsageError(msg, file=name, error=type(error).__name__) from None


def _nothing(name: str, size: str, what: str) -> str:
    return f"no {size} of {what} could be read from {name}; give costcalc.{_INSTEAD[what]} instead"
