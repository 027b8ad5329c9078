"""Images, sounds, videos and documents of a prompt: opened, measured, counted by their rules."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from costcalc.errors import UsageError
from costcalc.tokens.content import Audio, Document, Image, Video
from costcalc.tokens.media import MediaRules, rules
from costcalc.tokens.token_count import METHODS, TokenPart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Medium = Image | Audio | Video | Document

__all__ = ["counted", "is_medium", "opened"]


def opened(source: Any, name: str = "the stream") -> Iterator[str] | Medium:
    """Return a file as what it holds: text in chunks, or by its suffix an image, sound, or PDF.

    `name` is what errors call an open file. Raises `UsageError` for what cannot be read, and for a
    file that is no text.
    """
    from costcalc.tokens.streams import read

    if not isinstance(source, os.PathLike):
        return _text(_readable(read(source), name, "open it anew, in mode 'rb'"), name)
    path = os.fsdecode(source)
    kind = _SUFFIXES.get(_suffix(path))
    if kind is not None:
        return kind(source)
    return _text(_readable(read(path), path, "give an existing file, or the text itself"), path)


def is_medium(path: str) -> bool:
    """Return whether a file is taken for an image, a sound, a video or a document."""
    return _suffix(path) in _SUFFIXES


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def _readable(chunks: Iterator[str], name: str, remedy: str) -> Iterator[str]:
    """Yield chunks; what keeps them from being read is a `UsageError` that names the file."""
    try:
        yield from chunks
    except (OSError, TypeError, ValueError, AttributeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        msg = f"{name}: cannot be read: {reason}; {remedy}"
        raise UsageError(msg, path=name) from error


def _image(path: Any) -> Image:
    from costcalc.tokens.files import image_size

    return Image(*image_size(path))


def _audio(path: Any) -> Audio:
    from costcalc.tokens.files import audio_seconds

    return Audio(audio_seconds(path))


def _video(path: Any) -> Video:
    from costcalc.tokens.files import audio_seconds

    return Video(audio_seconds(path))


def _pdf(path: Any) -> Document:
    from costcalc.tokens.files import pdf_pages, pdf_text

    return Document(pdf_pages(path), "\n".join(pdf_text(path)))


_SUFFIXES: dict[str, Callable[[Any], Medium]] = {
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff"), _image),
    **dict.fromkeys((".avif", ".heic"), _image),
    **dict.fromkeys((".mp3", ".wav", ".flac", ".ogg", ".opus", ".m4a", ".aac", ".wma"), _audio),
    **dict.fromkeys((".mp4", ".mov", ".m4v"), _video),
    ".pdf": _pdf,
}


def _text(chunks: Iterator[str], name: str) -> Iterator[str]:
    """Return the chunks of a text; bytes of an image or an archive are refused by their zeros."""
    first = next(chunks, "")
    if "\0" in first:
        msg = (
            f"{name}: this is no text, it has zero bytes; an image, sound or PDF needs its usual "
            "suffix, or is given as costcalc.Image, Audio or Document"
        )
        raise UsageError(msg, path=name)
    return chain((first,), chunks)


def counted(
    medium: Any, media: str | None, model: str | None, text: Callable[[str], TokenPart]
) -> TokenPart:
    """Return the tokens of one medium by a model's rules, its size read from its bytes if need be.

    `media` names the model's set of rules and `text` counts what stands on pages. Raises
    `UsageError` where the model has no rule for it, or where nobody can know its length.
    """
    found = rules(media, model=model)
    if isinstance(medium, Image):
        return found.image(*_image_size(medium), medium.detail)
    if isinstance(medium, Audio):
        return found.audio(_length(medium, "a sound", "Audio"))
    if isinstance(medium, Video):
        return found.video(_length(medium, "a video", "Video"), medium.detail, medium.fps)
    return _document(medium, found, text)


def _image_size(image: Image) -> tuple[int | None, int | None]:
    if image.width is None and image.data is not None:
        from costcalc.tokens.files import image_size

        return image_size(image.data)
    return image.width, image.height


def _length(medium: Audio | Video, what: str, kind: str) -> float:
    if medium.seconds is not None:
        return medium.seconds
    if medium.data is None:
        msg = f"the length of {what} is not known; say it: costcalc.{kind}(seconds=...)"
        raise UsageError(msg)
    from costcalc.tokens.files import audio_seconds

    return audio_seconds(medium.data)


def _document(document: Document, found: MediaRules, text: Callable[[str], TokenPart]) -> TokenPart:
    pages, said = document.pages, document.text
    if document.data is not None:
        from costcalc.tokens.files import pdf_pages, pdf_text

        pages = pdf_pages(document.data) if pages is None else pages
        said = "\n".join(pdf_text(document.data)) if said is None else said
    if pages is None:
        msg = "the pages of a document are not known; say them: costcalc.Document(pages=...)"
        raise UsageError(msg)
    if said is None:
        return found.document(pages)
    counted = text(said)
    part = found.document(pages, counted.tokens)
    return replace(
        part,
        low=min(part.low, found.document(pages, counted.low).low),
        high=max(part.high, found.document(pages, counted.high).high),
        method=max(part.method, counted.method, key=METHODS.index),
    )
