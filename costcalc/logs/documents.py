"""Rows of exports: objects a line, the entries of one JSON document, or the rows of a CSV table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress

from costcalc.logs.files import LONGEST_LINE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from costcalc.logs.files import LogFile

__all__ = ["embedded", "objects", "parsed", "rows"]


def rows(file: LogFile, within: str = "data") -> Iterator[tuple[int, Any]]:
    """Iterate over the rows of an export with their numbers.

    What cannot be read is skipped, and said. A row of a table has its cells that are not empty, as
    text. The answer of an API has its rows under `within`.
    """
    if file.head.lstrip()[:1] not in {b"{", b"["}:
        yield from _table(file)
        return
    for number, found in objects(file):
        inner = found.get(within) if isinstance(found, Mapping) else None
        if isinstance(inner, list):
            yield from enumerate(inner, 1)
        else:
            yield number, found


def objects(file: LogFile) -> Iterator[tuple[int, Any]]:
    """Iterate over JSON values, one a line or the entries of one list, with their numbers."""
    if _is_document(file.head.lstrip()):
        whole = file.whole()
        found = parsed(file, None, whole)
        if found is not None:
            yield from enumerate(found if isinstance(found, list) else [found], 1)
        else:
            yield from _remaining(whole)
        return
    for number, line in file.lines():
        if line.strip():
            found = parsed(file, number, line)
            if found is not None:
                yield number, found


def _remaining(broken: bytes) -> Iterator[tuple[int, Any]]:
    """Iterate over the lines of a document that is none which are whole objects for themselves.

    Lines of a log whose first was cut off, and entries of a list that was. What is indented is a
    part of something else.
    """
    for number, line in enumerate(broken.split(b"\n"), 1):
        if line.startswith(b"{"):
            with suppress(ValueError, RecursionError):
                yield number, json.loads(line.rstrip(b" \t\r,"))


def _is_document(head: bytes) -> bool:
    """Return whether a file is one document: a list, or an object on several lines."""
    first, end, _ = head.partition(b"\n")
    first = first.rstrip()
    return head[:1] == b"[" or (bool(end) and first[-1:] in {b"{", b"[", b",", b":"})


def parsed(file: LogFile, number: int | None, text: bytes) -> Any:
    """Return a JSON value; None where it is none, which is said.

    Where a line was cut off and the next one was appended to it, the value is that of the next.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        file.skip(number, f"it is no valid JSON: {error}")
        return None if number is None else _appended(text)


def _appended(line: bytes) -> Any:
    """Return what follows a cut line on the same one: it begins as that does, if it is there.

    The key that lines begin with cannot stand within a text, where its quotes would be escaped.
    """
    begin = line[: line.find(b'"', len(b'{"')) + 1]
    place = line.rfind(begin)
    if not begin or not place:
        return None
    try:
        return json.loads(line[place:])
    except (ValueError, RecursionError):
        return None


def _table(file: LogFile) -> Iterator[tuple[int, dict[str, str]]]:
    """Iterate over the rows of a table; its cells may be as long as a line of a log."""
    import csv

    first = file.head.partition(b"\n")[0].decode(errors="replace")
    table = csv.DictReader(file.text(), delimiter=max(",;\t", key=first.count))
    before = csv.field_size_limit(LONGEST_LINE)
    try:
        while True:
            try:
                row = next(table, None)
            except csv.Error as error:
                file.skip(table.line_num, f"it is no row of a table: {error}")
                continue
            if row is None:
                return
            if None in row or None in row.values():
                file.skip(table.line_num, "the row has other columns than the header")
                continue
            yield table.line_num, {name: cell for name, cell in row.items() if cell}
    finally:
        csv.field_size_limit(before)


def embedded(stated: Any) -> Any:
    """Return a value that may be JSON text, as tables and some databases write objects."""
    if isinstance(stated, str) and stated[:1] in {"{", "["}:
        try:
            return json.loads(stated)
        except (ValueError, RecursionError):
            return None
    return stated
