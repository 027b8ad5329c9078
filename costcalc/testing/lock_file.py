"""The file of pinned prices: read with its lines, and rewritten line by line.

Only lines that change are written anew, so that comments, order of keys and everything a reviewer
added by hand stay as they are. Pins stand sorted, a rate on each line.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from costcalc.errors import RegistryError, UsageError
from costcalc.registry.documents import parse_documents
from costcalc.testing.lock_grammar import pin_of
from costcalc.testing.lock_text import rewritten, written

if TYPE_CHECKING:
    from collections.abc import Iterable

    from costcalc.testing.pins import Pin

__all__ = ["HEADER", "LockFile", "read_lock"]

HEADER = (
    "# Prices that the tests rest on, as they are billed, in USD unless a pin says otherwise.",
    "# pytest compares them on every run; --costcalc-pins=create, fix or trim writes them.",
    "# Add reason, tolerance (2%) or expires (a day) to a pin by hand: they stay, as do comments.",
)
_ITEM = re.compile(r"( *)- +(?=\S)")
_CONFLICT = re.compile(r"(<{7}|\|{7}|={7}|>{7})( |$)")
"""What git leaves at the lines that two branches have changed."""
_REWRITTEN = ("rates", "currency", "source", "checked", "pinned_on")
"""What a rewrite changes; the rest of a pin is its reviewer's."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A pin with the lines that state it."""

    pin: Pin
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LockFile:
    """The pins of a file, with its text."""

    path: Path
    header: tuple[str, ...] = HEADER
    entries: tuple[_Entry, ...] = field(default=(), repr=False)
    newline: str = "\n"
    """What ends a line of the file, which a checkout may have chosen."""

    @property
    def pins(self) -> tuple[Pin, ...]:
        """The pins, in the order of the file."""
        return tuple(each.pin for each in self.entries)

    def find(self, pin: Pin) -> Pin | None:
        """Return the pin of the same model under the same conditions."""
        return next((each for each in self.pins if each.key() == pin.key()), None)

    def put(self, pin: Pin) -> LockFile:
        """Return the file with a pin added, or rewritten where there is one of its key."""
        entries = list(self.entries)
        for number, entry in enumerate(entries):
            if entry.pin.key() == pin.key():
                entries[number] = _Entry(pin, _changed(entry.lines, pin))
                return replace(self, entries=tuple(entries))
        return replace(self, entries=(*entries, _Entry(pin, written(pin))))

    def without(self, keys: Iterable[object]) -> LockFile:
        """Return the file without the pins of some keys."""
        gone = set(keys)
        return replace(self, entries=tuple(e for e in self.entries if e.pin.key() not in gone))

    def text(self) -> str:
        """Return what the file says."""
        entries = sorted(self.entries, key=lambda each: each.pin.key())
        blocks = (self.header, *(each.lines for each in entries))
        return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"

    def write(self) -> None:
        """Write the file, whole or not at all; `UsageError` where it cannot be."""
        from costcalc.replacing import replacing

        text = self.text()
        if not _says(text, self.pins):
            msg = (
                f"{str(self.path)!r} has a form that cannot be changed line by line; let each pin "
                "begin with '- model: …', and leave out anchors"
            )
            raise UsageError(msg, path=str(self.path))
        if self.path.exists() and not os.access(self.path, os.W_OK):  # replacing it asks nobody
            msg = f"{str(self.path)!r} may be read only; let it be written, or name another place"
            raise UsageError(msg, path=str(self.path))
        with replacing(self.path) as file:
            file.write(text.replace("\n", self.newline).encode())


def read_lock(path: Path, name: str | None = None) -> LockFile:
    """Return a file of pins; one that is not there has none. `name` is its path in messages.

    Raises `RegistryError` with file, line and key where it says what it cannot.
    """
    try:
        raw = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return LockFile(path)
    except (OSError, UnicodeDecodeError) as error:
        msg = f"cannot read the file of pinned prices: {error}"
        raise RegistryError(msg, path=name or str(path)) from None
    text = raw.replace("\r\n", "\n")
    newline = "\r\n" if 2 * raw.count("\r\n") > raw.count("\n") else "\n"
    return replace(_parsed(text, path, name or str(path)), newline=newline)


def _changed(lines: tuple[str, ...], pin: Pin) -> tuple[str, ...]:
    """Return the lines of a pin with what moved; all anew where they have another form."""
    found = rewritten(lines, pin)
    if _says("\n".join(found), (pin,)):
        return found
    above = (line for line in lines if line.startswith("#"))
    return (*above, *written(pin))


def _says(text: str, pins: Iterable[Pin]) -> bool:
    """Return whether a text states pins, as far as a rewrite changes them."""
    try:
        found = _parsed(text, Path(), "").pins
    except RegistryError:
        return False
    return _stated(found) == _stated(pins)


def _stated(pins: Iterable[Pin]) -> dict[object, object]:
    usual = (replace(pin, currency=pin.currency or "USD") for pin in pins)
    return {pin.key(): [getattr(pin, name) for name in _REWRITTEN] for pin in usual}


def _parsed(text: str, path: Path, name: str) -> LockFile:
    for number, line in enumerate(text.splitlines(), 1):
        if _CONFLICT.match(line):
            msg = f"a merge has left {line[:7]!r} here; keep one side, and remove the marks"
            raise RegistryError(msg, path=name, line=number)
    documents = parse_documents(text, name)
    value = documents[0].value if documents else None
    if value is None or value == []:
        said = [line for line in text.splitlines() if line.startswith("#")]
        return LockFile(path, tuple(said))
    if len(documents) > 1 or not isinstance(value, list):
        msg = "this is one list of pins, each beginning with '- model: …'"
        raise RegistryError(msg, path=name, line=1)
    lines = text.splitlines()
    starts = [documents[0].line((number,)) - 1 for number in range(len(value))]
    pins: list[Pin] = []
    seen: dict[object, int] = {}
    for number, start in enumerate(starts):
        if not _ITEM.match(lines[start]):
            msg = "write each pin as a list item that begins with '- model: …' on a line of its own"
            raise RegistryError(msg, path=name, line=start + 1)
        pin = pin_of(documents[0], number)
        if pin.key() in seen:
            msg = f"{pin.label()} is pinned already in line {seen[pin.key()]}; keep one"
            raise RegistryError(msg, path=name, line=start + 1)
        seen[pin.key()] = start + 1
        pins.append(pin)
    firsts = [_first(lines, start) for start in starts]
    ends = [*firsts[1:], len(lines)]
    blocks = [_trimmed(lines[a:b]) for a, b in zip(firsts, ends, strict=True)]
    entries = tuple(_Entry(pin, block) for pin, block in zip(pins, blocks, strict=True))
    return LockFile(path, _trimmed(lines[: firsts[0]]), entries)


def _first(lines: list[str], start: int) -> int:
    """Return where the comment that stands directly above a pin begins; it goes with the pin.

    What is indented further belongs to the pin before, and may be text of it.
    """
    mark = lines[start].index("-")
    while start and lines[start - 1][: mark + 1].lstrip().startswith("#"):
        start -= 1
    return start


def _trimmed(lines: list[str]) -> tuple[str, ...]:
    return tuple("\n".join(lines).rstrip().splitlines())
