"""Reading logs: find the files, tell their formats, keep every call once."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase

from costcalc.assumptions import Assumption
from costcalc.errors import UsageError
from costcalc.logs.calls import Calls, FaultyCall
from costcalc.logs.files import STANDARD_INPUT, open_log, state_of
from costcalc.logs.format import facts_of
from costcalc.logs.formats import FORMATS, format_named, format_of, format_within
from costcalc.logs.places import homes, places
from costcalc.logs.records import LogRecords, Reading, Skip

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from os import PathLike

    from costcalc.logs.format import Format

    Paths = str | PathLike[str] | Iterable[str | PathLike[str]]
    Progress = Callable[[int, int | None], None]

__all__ = ["read", "read_calls"]

_BESIDE = tuple(pattern for each in FORMATS for pattern in each.beside)
_MOST_SKIPS = 100
"""Skipped lines, and files without a log, that a reading names one by one."""


def read(
    paths: Paths | None = None,
    *,
    format: str | None = None,  # noqa: A002 - the public word
    progress: Progress | None = None,
) -> LogRecords:
    """Return the calls that logs tell of, each once.

    `paths` are files, folders, globs, or `-` for standard input, also compressed (.gz, .zst); None
    is where agents keep their logs on this machine. A file's format is told by how it begins;
    `format` names one instead. `progress` is called with the bytes done and the bytes in all.
    What cannot be read is skipped and said in `reading`, never fatal; so is a call whose record
    contradicts itself, which `price` counts among those without a price.

    Raises `UsageError` for a path where nothing is, and for a file that is no log of a known
    format and was named itself.
    """
    return read_calls(paths, format=format, progress=progress)


def read_calls(
    paths: Paths | None = None,
    *,
    format: str | None = None,  # noqa: A002 - the public word
    progress: Progress | None = None,
    modified: float | None = None,
) -> LogRecords:
    """Return the same; files that did not change since `modified` (seconds) are left out."""
    forced = None if format is None else format_named(format)
    given = homes() if paths is None else paths
    if not given:
        raise UsageError(_no_homes() if paths is None else "there is no path to read; name one")
    work = _Work(forced)
    files, named = places(given, work.skip)
    if paths is not None:  # what an agent has beside its logs is nobody's mistake
        work.named = named
    sizes = {path: _size(path) for path in files if _changed(path, modified)}
    whole = None if STANDARD_INPUT in sizes else sum(sizes.values())
    if progress is not None:
        work.told = lambda done: progress(done, whole)
    for path, size in sizes.items():
        work.read(path, size)
    return work.records()


def _changed(path: str, modified: float | None) -> bool:
    if modified is None or path == STANDARD_INPUT:
        return True
    states = state_of(path)
    return not states or any(time >= modified * 1e9 for _, time in states)


def _size(path: str) -> int:
    try:
        return 0 if path == STANDARD_INPUT else os.stat(path).st_size
    except OSError:
        return 0  # opening it says why


def _no_homes() -> str:
    places = "; ".join(
        f"{each.title}: {', '.join(each.homes())}" for each in FORMATS if each.homes()
    )
    return f"no agent's logs are on this machine; looked for {places}; name a file or a folder"


class _Work:
    """What was read so far."""

    def __init__(self, forced: Format | None) -> None:
        self.calls = Calls()
        self.size = 0
        self.named: set[str] = set()
        """Files of which it is an error that they are no log."""
        self.told: Callable[[int], None] | None = None
        """Who wants to know how many bytes are done."""
        self._forced = forced
        self._formats: dict[str, int] = {}
        self._skips: list[Skip] = []
        self._skipped = 0
        self._others: list[str] = []
        self._other_files = 0

    def read(self, path: str, size: int) -> None:
        """Read one file."""
        told, before = self.told, self.size
        self._read(path, None if told is None else lambda done: told(before + min(done, size)))
        self.size += size
        if told is not None:
            told(self.size)

    def _read(self, path: str, moved: Callable[[int], None] | None) -> None:
        with open_log(path, self.skip, moved) as file:
            if file is None or not file.head:
                return
            found = self._forced
            if found is None and not self._is_beside(path):
                found = format_of(file) or format_within(path)
            if found is not None:
                self._formats[found.name] = self._formats.get(found.name, 0) + 1
                try:
                    found.read(file, self.calls)
                except RecursionError:
                    file.skip(None, "it cannot be read further: its values are nested too deeply")
            elif path in self.named:
                known = ", ".join(each.name for each in FORMATS)
                msg = (
                    f"{file.path} is no log of a known format ({known}); say which with "
                    "format=, or --format"
                )
                raise UsageError(msg, path=path)
            else:
                self._other_files += 1
                if len(self._others) < _MOST_SKIPS:
                    self._others.append(path)

    def _is_beside(self, path: str) -> bool:
        """Return whether a file that nobody named repeats what the logs beside it have."""
        said = path.replace(os.sep, "/")
        return path not in self.named and any(fnmatchcase(said, each) for each in _BESIDE)

    def skip(self, skip: Skip) -> None:
        """Count what was not read."""
        self._skipped += 1
        if len(self._skips) < _MOST_SKIPS:
            self._skips.append(skip)

    def records(self) -> LogRecords:
        """Return the calls that are left, those whose record contradicts itself apart."""
        calls = self.calls
        if not calls.faults:
            return LogRecords(calls, self.reading([]))
        faults = [call for call in calls if isinstance(call, FaultyCall)]
        sound = [call for call in calls if not isinstance(call, FaultyCall)]
        return LogRecords(sound, self.reading(faults), faults)

    def reading(self, faults: Sequence[FaultyCall]) -> Reading:
        """Return what was read."""
        facts = facts_of(each for each in FORMATS if each.name in self._formats)
        notes = [
            Assumption(code, text if count == 1 else f"{count:,} calls: {text}")
            for (code, text), count in self.calls.notes.items()
        ]
        return Reading(
            files=sum(self._formats.values()),
            size=self.size,
            calls=len(self.calls),
            duplicates=self.calls.duplicates,
            faulty=len(faults),
            faults=tuple(call.fault for call in faults[:_MOST_SKIPS]),
            formats=self._formats,
            skipped=self._skipped,
            skips=tuple(self._skips),
            others=tuple(self._others),
            other_files=self._other_files,
            assumptions=(*facts, *notes),
        )
