"""Sizes read from files: tiny images, PDFs and sounds, made here byte by byte."""

from __future__ import annotations

import io
import struct
import sys
import wave
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from costcalc import TokenizerUnavailableError, UsageError
from costcalc.tokens.files import audio_seconds, image_size, pdf_pages, pdf_text

if TYPE_CHECKING:
    from collections.abc import Callable


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))
        )

    head = struct.pack(">LLBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(b"\0" * (width + 1) * height)
    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0;"


def jpeg(width: int, height: int, turned: int = 1) -> bytes:
    orientation = struct.pack("<HHLHH", 0x0112, 3, 1, turned, 0)
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0" + orientation + b"\0\0\0\0"
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\0"
    return b"\xff\xd8" + segment + frame + b"\xff\xd9"


def webp(kind: bytes, payload: bytes) -> bytes:
    chunk = kind + struct.pack("<L", len(payload)) + payload
    return b"RIFF" + struct.pack("<L", 4 + len(chunk)) + b"WEBP" + chunk


def webp_lossy(width: int, height: int) -> bytes:
    head = b"\x30\x01\0\x9d\x01\x2a" + struct.pack("<HH", width, height)
    return webp(b"VP8 ", head + b"\0" * 10)


def webp_lossless(width: int, height: int) -> bytes:
    bits = (width - 1) | ((height - 1) << 14)
    return webp(b"VP8L", b"\x2f" + struct.pack("<L", bits) + b"\0" * 11)


def webp_extended(width: int, height: int) -> bytes:
    sides = struct.pack("<L", width - 1)[:3] + struct.pack("<L", height - 1)[:3]
    return webp(b"VP8X", b"\0\0\0\0" + sides)


def box(kind: bytes, payload: bytes, *, version: int | None = None) -> bytes:
    head = b"" if version is None else struct.pack(">L", version)
    return struct.pack(">L4s", 8 + len(head) + len(payload), kind) + head + payload


def heif(brand: bytes, width: int, height: int) -> bytes:
    size = box(b"ispe", struct.pack(">LL", width, height), version=0)
    which = box(b"ipma", struct.pack(">LHBB", 1, 1, 1, 1), version=0)
    item = box(b"infe", struct.pack(">HH", 1, 0) + b"av01\0", version=0x02000000)
    meta = box(b"hdlr", b"\0\0\0\0pict" + b"\0" * 13, version=0)
    meta += box(b"pitm", struct.pack(">H", 1), version=0)
    meta += box(b"iinf", struct.pack(">H", 1) + item, version=0)
    meta += box(b"iprp", box(b"ipco", size) + which)
    return box(b"ftyp", brand + b"\0\0\0\0mif1" + brand) + box(b"meta", meta, version=0)


def pdf(*texts: str) -> bytes:
    """Return a PDF with one line of text on each page."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(texts)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(texts)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, text in enumerate(texts):
        drawn = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET" if text else "q Q"
        font = "/Resources << /Font << /F1 3 0 R >> >>"
        page = f"/Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] {font}"
        objects.append(f"<< {page} /Contents {5 + 2 * number} 0 R >>")
        objects.append(f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream")
    made = b"%PDF-1.4\n"
    places: list[int] = []
    for number, each in enumerate(objects, 1):
        places.append(len(made))
        made += f"{number} 0 obj\n{each}\nendobj\n".encode()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    tail = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    tail += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(made)}\n%%EOF\n"
    return made + tail.encode()


def sound(seconds: float, rate: int = 8_000) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"\0\0" * int(seconds * rate))
    return made.getvalue()


IMAGES: dict[str, bytes] = {
    "PNG": png(300, 200),
    "GIF": gif(300, 200),
    "JPEG": jpeg(300, 200),
    "a JPEG that EXIF turns": jpeg(200, 300, turned=6),
    "WebP, lossy": webp_lossy(300, 200),
    "WebP, lossless": webp_lossless(300, 200),
    "WebP, extended": webp_extended(300, 200),
    "AVIF": heif(b"avif", 300, 200),
    "HEIC": heif(b"heic", 300, 200),
}


@pytest.mark.parametrize("kind", IMAGES)
def test_an_image_says_its_pixels(kind: str) -> None:
    assert image_size(IMAGES[kind]) == (300, 200)


def test_a_file_is_read_by_its_path(tmp_path: Path) -> None:
    picture, paper, noise = tmp_path / "a.png", tmp_path / "b.pdf", tmp_path / "c.wav"
    picture.write_bytes(png(30, 20))
    paper.write_bytes(pdf("one", "two"))
    noise.write_bytes(sound(0.5))
    assert image_size(picture) == (30, 20)
    assert pdf_pages(paper) == 2
    assert list(pdf_text(paper)) == ["one", "two"]
    assert audio_seconds(noise) == 0.5


def test_a_pdf_gives_its_pages_and_their_text() -> None:
    made = pdf("Hello world", "", "third")
    assert pdf_pages(made) == 3
    assert list(pdf_text(made)) == ["Hello world", "", "third"]


def test_text_comes_page_by_page() -> None:
    pages = pdf_text(pdf("one", "two"))
    assert next(pages) == "one"
    pages.close()  # type: ignore[attr-defined]


def test_a_sound_says_its_seconds() -> None:
    assert audio_seconds(sound(1.25)) == 1.25


def locked() -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter()
    writer.append(PdfReader(io.BytesIO(pdf("secret"))))
    writer.encrypt("pass", algorithm="RC4-128")
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


DAMAGED: list[tuple[str, Callable[[bytes], object], bytes, str]] = [
    ("no image", image_size, b"plain text", "no width and height of an image could be read"),
    (
        "an empty image",
        image_size,
        b"",
        "could be read from the file of 0 bytes; give costcalc.Image",
    ),
    ("a cut image", image_size, png(3, 2)[:18], "could be read from the file of 18 bytes"),
    (
        "a JPEG that breaks off",
        image_size,
        jpeg(3, 2)[:-12],
        "of an image could be read|as an image",
    ),
    ("an image without pixels", image_size, gif(0, 5), "no width and height of an image"),
    ("no PDF", pdf_pages, b"plain text", "cannot read the file of 10 bytes as a PDF: "),
    ("an empty PDF", pdf_pages, b"", "cannot read the file of 0 bytes as a PDF: "),
    ("a PDF without pages", pdf_pages, pdf(), "no pages of a PDF could be read"),
    ("a locked PDF", pdf_pages, locked(), "as a PDF: .*decrypted"),
    ("the text of a locked PDF", lambda file: list(pdf_text(file)), locked(), "as a PDF: "),
    ("the text of no PDF", lambda file: list(pdf_text(file)), b"x" * 99, "of 99 bytes as a PDF"),
    ("no sound", audio_seconds, b"plain text", "cannot read the file of 10 bytes as sound: "),
    ("an empty sound", audio_seconds, sound(0), "no duration of sound could be read"),
    ("a cut sound", audio_seconds, sound(1)[:30], "of sound could be read|as sound"),
]


@pytest.mark.parametrize(
    ("read", "data", "message"), [each[1:] for each in DAMAGED], ids=[each[0] for each in DAMAGED]
)
def test_a_file_that_is_none_says_which_and_why(
    read: Callable[[bytes], object], data: bytes, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        read(data)


def test_a_page_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from pypdf import PageObject

    def fails(_: object) -> str:
        raise RecursionError

    monkeypatch.setattr(PageObject, "extract_text", fails)
    with pytest.raises(UsageError, match="as a PDF at page 1: RecursionError"):
        list(pdf_text(pdf("one")))


def test_an_error_names_the_path(tmp_path: Path) -> None:
    path = tmp_path / "not.png"
    path.write_bytes(b"text")
    with pytest.raises(
        UsageError, match=r"no width and height of an image could be read from '.*not\.png'"
    ):
        image_size(path)


@pytest.mark.parametrize("read", [image_size, pdf_pages, audio_seconds])
def test_a_path_that_is_not_there_is_an_error(
    read: Callable[[Path], object], tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=r"cannot read '.*gone': No such file or directory"):
        read(tmp_path / "gone")
    with pytest.raises(UsageError, match="cannot read '.*': .*null"):
        read(Path("nul\0l"))


@pytest.mark.parametrize("file", ["https://example.com/a.png", 5, None])
def test_a_name_is_no_file_and_nothing_is_fetched(file: object) -> None:
    with pytest.raises(UsageError, match="a file is its bytes or a path such as"):
        image_size(file)


@pytest.mark.parametrize(
    ("package", "read"),
    [
        ("imagesize", image_size),
        ("pypdf", pdf_pages),
        ("pypdf", lambda file: next(pdf_text(file))),
        ("tinytag", audio_seconds),
    ],
)
def test_a_package_that_is_not_installed_is_named_with_the_extra(
    package: str, read: Callable[[bytes], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(TokenizerUnavailableError, match=f"package '{package}'") as caught:
        read(b"")
    assert caught.value.remedy.startswith("pip install 'costcalc[files]'")
