"""Price files checked one by one and together, with every finding at its line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from costcalc.cli.standard_input import STANDARD_INPUT, utf8_text
from costcalc.errors import RegistryError
from costcalc.registry.documents import parse_documents
from costcalc.registry.loading import load_files, load_text, read_price_files, read_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costcalc.registry.store import Entries

__all__ = ["Checked", "File", "Problem", "check_files"]

_LOCATED = re.compile(
    r"(?P<path>.+?):(?P<line>\d+): (?:(?P<key>[^\s:]+): )?(?P<message>.+)", re.DOTALL
)


@dataclass(frozen=True)
class Problem:
    """One finding."""

    text: str
    """As it is printed: path:line: key: what and why."""
    path: str | None
    line: int | None
    key: str | None
    message: str


@dataclass(frozen=True)
class File:
    """One price file that was checked."""

    path: str
    valid: bool
    models: int
    prices: int


@dataclass(frozen=True)
class Checked:
    """All files and all findings."""

    valid: bool
    files: tuple[File, ...]
    problems: tuple[Problem, ...]


def check_files(names: Sequence[str]) -> Checked:
    """Check each file alone, and the files of a folder together: they make one registry."""
    folders = {name: _files(Path(name)) for name in names}
    paths = list(dict.fromkeys(path for files in folders.values() for path in files))
    loaded, problems = _each(paths)
    for files in folders.values():
        if len(files) > 1 and all(path in loaded for path in files):
            try:
                load_files(files)
            except RegistryError as error:
                problems += error.problems
    texts = tuple(dict.fromkeys(problems))
    checked = tuple(_file(path, loaded.get(path)) for path in paths)
    return Checked(not texts, checked, tuple(_problem(text) for text in texts))


def _files(path: Path) -> list[Path]:
    """Return the price files of a folder, or the file."""
    if not path.is_dir():
        return [path]
    found = read_price_files(path)
    if not found:
        raise RegistryError("there are no price files (*.yaml) in this folder", path=str(path))
    return found


def _each(paths: Sequence[Path]) -> tuple[dict[Path, Entries], list[str]]:
    """Return the files that are valid alone, and the problems of the others."""
    calendars = _bundled_calendars()
    loaded: dict[Path, Entries] = {}
    failed: dict[Path, RegistryError] = {}
    texts: dict[Path, str] = {}
    for path in paths:  # once, since a pipe has nothing the second time
        try:
            texts[path] = _text(path)
        except RegistryError as error:
            failed[path] = error
    for _ in range(2):  # once more where a rule names a calendar that a later file defines
        for path, text in texts.items():
            if path not in loaded:
                try:
                    loaded[path] = _loaded(text, str(path), dict(calendars))
                except RegistryError as error:
                    failed[path] = error
                else:
                    failed.pop(path, None)
                    calendars.update(loaded[path].calendars)
    return loaded, [each for path in paths if path in failed for each in failed[path].problems]


def _loaded(text: str, path: str, calendars: dict[str, Any]) -> Entries:
    """Return what a price file holds; one without any content holds no prices, and is a mistake."""
    found = load_text(text, path, calendars)
    if not any(found.records()) and not any(each.value for each in parse_documents(text, path)):
        return load_text(text, path)  # which says so where no calendars of others are beside it
    return found


def _text(path: Path) -> str:
    """Return the text of a price file, or of standard input."""
    return utf8_text(RegistryError) if str(path) == STANDARD_INPUT else read_text(path)


def _bundled_calendars() -> dict[str, Any]:
    """Return the calendars that price files may name; none where the bundled list is broken."""
    from costcalc.registry.bundled import bundled

    try:
        store = bundled().store
    except RegistryError:
        return {}  # perhaps it is the bundled files that are checked
    return {name: store.calendar(name) for name in store.calendar_names()}


def _file(path: Path, entries: Entries | None) -> File:
    records = list(entries.records()) if entries is not None else []
    prices = sum(len(record["prices"]) for record in records)
    return File(str(path), entries is not None, len(records), prices)


def _problem(text: str) -> Problem:
    match = _LOCATED.fullmatch(text)
    if match is None:
        return Problem(text, None, None, None, text)
    return Problem(text, match["path"], int(match["line"]), match["key"], match["message"])
