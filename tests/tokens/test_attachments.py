"""Files of a prompt: text in chunks, images, sounds and documents by their suffix, or refused."""

from __future__ import annotations

import io
import struct
import wave
import zlib
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfWriter

from costcalc import (
    Audio,
    Document,
    Image,
    TokenPart,
    UsageError,
    Video,
    count_tokens,
)
from costcalc.tokens import attachments
from costcalc.tokens.attachments import counted, is_medium, opened


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IEND", b"")


def wav(seconds: int) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(b"\0\0" * 8_000 * seconds)
    return made.getvalue()


def pdf(pages: int) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(612, 792)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def words(text: str) -> TokenPart:
    size = len(text.split())
    return TokenPart(what="text", tokens=size, low=size, high=size, method="exact")


def test_an_image_file_is_its_size(tmp_path: Path) -> None:
    path = tmp_path / "a.PNG"
    path.write_bytes(png(1_024, 1_024))
    assert opened(path) == Image(1_024, 1_024)
    assert count_tokens(path, "gpt-4o").tokens == 765


def test_a_sound_file_is_its_length(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav(2))
    assert opened(path) == Audio(2.0)
    assert count_tokens(path, "gemini-2.5-pro").tokens == 64


def test_a_video_file_is_its_length(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("costcalc.tokens.files.audio_seconds", lambda _: 60.0)
    assert opened(tmp_path / "a.mp4") == Video(60.0)


def test_a_pdf_is_its_pages_and_their_text(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(2))
    assert opened(path) == Document(2, "\n")


def test_any_other_file_is_text(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("Hello world")
    assert "".join(opened(path)) == "Hello world"  # type: ignore[arg-type]
    assert "".join(opened(io.StringIO("Hello"))) == "Hello"  # type: ignore[arg-type]
    assert "".join(opened(io.BytesIO(b""))) == ""  # type: ignore[arg-type]


REFUSED: dict[str, tuple[str, bytes, str]] = {
    "zeros are no text": ("a.bin", b"PK\0\0", "a.bin: this is no text, it has zero bytes"),
    "an image that is none": (
        "a.png",
        b"no",
        "no width and height of an image could be read from .*a.png",
    ),
}


@pytest.mark.parametrize(("name", "data", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_refused(
    tmp_path: Path, name: str, data: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UsageError, match=message):
        opened(tmp_path / name)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a.txt: cannot be read: No such file or directory; give"):
        opened(tmp_path / "a.txt")


MEDIA: dict[str, tuple[Any, str, int]] = {
    "an image by its bytes": (Image(data=png(1_024, 1_024)), "gpt-4o", 765),
    "an image by its size": (Image(1_024, 1_024, "low"), "gpt-4o", 85),
    "a sound by its bytes": (Audio(data=wav(2)), "gemini-2", 64),
    "a sound by its length": (Audio(1.5), "gemini-2", 48),
    "a video by its length": (Video(60), "gemini-2", 15_780),
    "a document by its pages": (Document(3, ""), "gemini-2", 774),
    "a document by its bytes": (Document(data=pdf(3)), "gemini-2", 774),
}


@pytest.mark.parametrize(("medium", "media", "tokens"), MEDIA.values(), ids=MEDIA)
def test_a_medium_counts_by_its_rules(medium: Any, media: str, tokens: int) -> None:
    assert counted(medium, media, "m", words).tokens == tokens


class Stream:
    """An open file that fails in its own way."""

    def __init__(self, found: object) -> None:
        self.found = found

    def read(self, _: int) -> Any:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


BROKEN: dict[str, tuple[Any, str]] = {
    "a file that was closed": (ValueError("I/O operation on closed file"), "on closed file; open it"),
    "a disk that fails": (OSError(5, "Input/output error"), "the stream: cannot be read: Input/out"),
    "text in another encoding than said": (
        UnicodeDecodeError("utf-8", b"\xe9", 0, 1, "invalid"), "can't decode byte 0xe9",
    ),
    "neither text nor bytes": (5, "the stream: cannot be read: "),
}  # fmt: skip


@pytest.mark.parametrize(("found", "message"), BROKEN.values(), ids=BROKEN)
def test_a_stream_that_fails_is_said(found: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        count_tokens(Stream(found), "gpt-5")


@pytest.mark.parametrize("name", ["a\0b", "a\ud800b", "a" * 5_000])
def test_a_name_that_no_file_can_have_is_said(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        opened(Path(name))


def test_what_is_a_medium_is_told_by_the_suffix() -> None:
    assert is_medium("a/b.PNG")
    assert not is_medium("a.png/b")


def unsure(text: str) -> TokenPart:
    size = len(text.split())
    return TokenPart(what="text", tokens=size, low=size - 5, high=size + 9, method="calibrated")


def test_the_range_of_a_documents_text_is_in_that_of_the_document() -> None:
    paper = Document(1, "word " * 100)
    sure, found = counted(paper, "gpt-4o", "m", words), counted(paper, "gpt-4o", "m", unsure)
    assert (found.tokens, found.low, found.high) == (sure.tokens, sure.low - 5, sure.high + 9)
    assert found.method == "heuristic"
    free = counted(paper, "gemini-3", "m", unsure)
    assert free == counted(paper, "gemini-3", "m", words)


def test_a_document_of_unread_text_has_a_wide_range() -> None:
    part = counted(Document(1), "gpt-4o", "m", words)
    assert part.low < part.high
    assert "its text is not counted" in part.note


UNKNOWN: dict[str, tuple[Any, str]] = {
    "a sound of unknown length": (Audio(), r"say it: costcalc.Audio\(seconds=...\)"),
    "a video of unknown length": (Video(), r"say it: costcalc.Video\(seconds=...\)"),
    "a document of unknown size": (Document(), r"say them: costcalc.Document\(pages=...\)"),
}


@pytest.mark.parametrize(("medium", "message"), UNKNOWN.values(), ids=UNKNOWN)
def test_a_size_that_nobody_can_know_is_asked_for(medium: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        counted(medium, "gemini-2", "m", words)


def test_an_image_of_unknown_size_is_everything_that_it_can_be() -> None:
    part = counted(Image(), "gpt-4o", "m", words)
    assert part.method == "heuristic"
    assert part.low < part.high


def test_a_model_without_rules_counts_no_image() -> None:
    with pytest.raises(UsageError, match="model 'm' has no known rule for images"):
        counted(Image(1, 1), None, "m", words)


def test_every_suffix_has_a_reader() -> None:
    table: dict[str, Any] = vars(attachments)["_SUFFIXES"]
    assert all(suffix.startswith(".") and callable(kind) for suffix, kind in table.items())
