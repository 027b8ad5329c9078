"""Media in requests: base64, data URLs, remote ones and file ids, by their MIME type."""

from __future__ import annotations

from costcalc.errors import UsageError
from costcalc.tokens.content import DETAILS, Audio, Document, Image, Text, Video
from costcalc.tokens.contents.fields import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Medium = Image | Audio | Video | Document | Text

__all__ = ["by_type", "by_url", "decoded", "remote", "type_of_name"]

_TEXTS = ("text/", "application/json", "application/xml", "application/x-yaml", "application/yaml",
          "application/javascript", "application/x-javascript", "application/x-python",
          "application/rtf", "application/csv", "application/toml", "message/")  # fmt: skip
_KINDS = "image/*, audio/*, video/*, application/pdf, text/* and JSON, XML or YAML"
_URLS = ("http://", "https://", "gs://", "s3://", "file://")
_DATA = "data:"


def decoded(data: Any, place: str) -> bytes:
    """Return the bytes of base64 text, in either of its alphabets; bytes are returned as they are.

    Gemini's SDK writes the URL-safe alphabet, the others the common one.
    """
    import binascii

    if isinstance(data, bytes):
        return data
    if not isinstance(data, str) or not data:
        msg = f"{place} is base64 text or bytes, not {type(data).__name__} {shown(data)}"
        raise UsageError(msg, place=place)
    text = data.replace("-", "+").replace("_", "/") if "-" in data or "_" in data else data
    if any(space in text for space in "\n\r"):
        text = text.replace("\n", "").replace("\r", "")
    try:
        return binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        msg = (
            f"{place} is no base64 ({error}): {shown(data)}; encode the file's bytes with "
            "base64.b64encode(data).decode()"
        )
        raise UsageError(msg, place=place) from error


def by_type(
    kind: str, data: bytes | None, place: str, *, detail: str | None = None, fps: Any = None
) -> Medium:
    """Return a medium by its MIME type; without data its size is unknown."""
    _check(detail, fps, place)
    kind = kind.lower().partition(";")[0].strip()
    family = kind.partition("/")[0]
    if family == "image":
        return Image(detail=detail, data=data)
    if family == "audio":
        return Audio(data=data)
    if family == "video":
        return Video(fps=fps, detail=detail, data=data)
    if kind == "application/pdf" or (data is None and kind.startswith(_TEXTS)):
        return Document(data=data)
    if data is not None and kind.startswith(_TEXTS):
        try:
            return Text(data.decode())
        except UnicodeDecodeError as error:
            msg = f"{place} is {kind} but no UTF-8 ({error}); decode it and send it as text"
            raise UsageError(msg, place=place) from error
    msg = (
        f"{place} has the type {kind!r}, whose tokens are not known; known: {_KINDS}; convert it, "
        "or count what it says as text"
    )
    raise UsageError(msg, place=place, type=kind)


def _check(detail: Any, fps: Any, place: str) -> None:
    """Say where a request asks for what a medium cannot have."""
    if detail is not None and detail not in DETAILS:
        msg = (
            f"{place} asks for the detail {shown(detail)}; a detail is one of {', '.join(DETAILS)}"
        )
        raise UsageError(msg, place=place)
    try:
        Video(fps=fps)
    except UsageError as error:
        msg = f"{place}: {error}"
        raise UsageError(msg, place=place) from None


def by_url(url: str, place: str, *, kind: str = "", detail: str | None = None) -> Medium:
    """Return the medium of a data URL, or of a remote one, whose size is unknown.

    `kind` is the MIME type that holds where the URL states none.
    """
    if url[:5].lower() == _DATA:
        head, comma, body = url.partition(",")
        stated = head[len(_DATA) :]
        if not comma or not stated.lower().endswith(";base64"):
            msg = (
                f"{place} is no data URL of the form 'data:image/png;base64,...': {shown(url)}; "
                "write the bytes in base64"
            )
            raise UsageError(msg, place=place)
        return by_type(
            stated[: -len(";base64")] or kind, decoded(body, place), place, detail=detail
        )
    if url.lower().startswith(_URLS):
        return by_type(kind, None, place, detail=detail)
    msg = (
        f"{place} is neither a URL nor a data URL: {shown(url)}; write base64 as "
        f"'data:{kind.replace('*', 'png')};base64,...'"
    )
    raise UsageError(msg, place=place)


_ENDINGS = {
    "pdf": "application/pdf",
    "txt": "text/plain", "md": "text/markdown", "csv": "text/csv", "html": "text/html",
    "json": "application/json", "xml": "application/xml",
    "yaml": "application/yaml", "yml": "application/yaml", "py": "text/x-python",
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif",
    "webp": "image/webp",
    "mp3": "audio/mpeg", "wav": "audio/wav", "flac": "audio/flac", "ogg": "audio/ogg",
    "m4a": "audio/mp4",
    "mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm", "mpeg": "video/mpeg",
}  # fmt: skip


def type_of_name(name: str) -> str:
    """Return the MIME type that the ending of a file's name or URL says, or an empty text."""
    path = name.partition("?")[0].partition("#")[0]
    return _ENDINGS.get(path.rpartition(".")[2].lower(), "")


def remote(
    uri: str, kind: str, place: str, *, detail: str | None = None, fps: Any = None
) -> Medium:
    """Return a medium that lies with the provider or elsewhere; its size is unknown."""
    kind = kind or type_of_name(uri)
    if not kind and ("youtube.com/" in uri or "youtu.be/" in uri):
        kind = "video/mp4"
    if not kind:
        msg = f"{place} names {shown(uri)} without its MIME type; add one, such as 'image/png'"
        raise UsageError(msg, place=place)
    return by_type(kind, None, place, detail=detail, fps=fps)
