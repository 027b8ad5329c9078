"""From what a user names to files: paths, folders, globs, standard input, or where agents log."""

from __future__ import annotations

import os
from collections.abc import Iterable
from glob import glob, has_magic

from costcalc.errors import UsageError
from costcalc.logs.files import COMPRESSED, STANDARD_INPUT
from costcalc.logs.formats import FORMATS
from costcalc.logs.records import Skip

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

__all__ = ["homes", "places"]


def places(paths: Any, skipped: Callable[[Skip], None]) -> tuple[list[str], set[str]]:
    """Return the files that paths lead to, sorted, and those of them that were named themselves.

    A folder is searched at every depth for files with the ending of a log, compressed or not; one
    that cannot be searched is skipped, and said. `UsageError` for a path where nothing is.
    """
    given = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    found: set[str] = set()
    named: set[str] = set()
    for each in given:
        path = os.fspath(each)
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if path == STANDARD_INPUT:
            named.add(path)
            continue
        path = os.path.expanduser(path)
        matching = [path] if os.path.exists(path) else _matching(path)
        for one in matching:
            if os.path.isdir(one):
                found.update(_below(one, skipped))
            else:
                named.add(one)
    return _once(sorted(found | named)), named


def _matching(pattern: str) -> list[str]:
    """Return what a glob matches; `UsageError` where that is nothing."""
    found = glob(pattern, recursive=True) if has_magic(pattern) else []
    if not found:
        what = "nothing matches" if has_magic(pattern) else "there is no file or folder"
        msg = f"{what} {pattern!r}; name a log, a folder of logs, or '-' for standard input"
        raise UsageError(msg, path=pattern)
    return found


def _below(folder: str, skipped: Callable[[Skip], None]) -> Iterator[str]:
    """Iterate over the files of a folder, at every depth and behind links, that end as logs do."""

    def refused(error: OSError) -> None:
        skipped(Skip(str(error.filename), None, f"it cannot be searched: {error.strerror}"))

    endings = tuple({suffix for each in FORMATS for suffix in each.suffixes})
    seen: set[Any] = set()
    for root, folders, files in os.walk(folder, onerror=refused, followlinks=True):
        key = _identity(root)
        if key in seen:  # a link that leads back
            folders.clear()
            continue
        seen.add(key)
        for name in files:
            bare, ending = os.path.splitext(name.lower())
            path = os.path.join(root, name)
            if (bare if ending in COMPRESSED else name.lower()).endswith(endings) and (
                os.path.isfile(path) or not os.path.exists(path)  # what is not there is said
            ):
                yield path


def _once(paths: list[str]) -> list[str]:
    """Return files without those that are another one by a link, or were named in two ways."""
    seen: set[Any] = set()
    found: list[str] = []
    for path in paths:
        key = _identity(path)
        if key not in seen:
            seen.add(key)
            found.append(path)
    return found


def _identity(path: str) -> Any:
    """Return what tells a file from others: its number where it has one, else its path."""
    try:
        stat = os.stat(path)
    except OSError:
        return path  # opening it says why
    return (stat.st_dev, stat.st_ino) if stat.st_ino else path


def homes(formats: Iterable[str] = ()) -> list[str]:
    """Return the places where agents keep their logs on this machine, those that are there."""
    wanted = set(formats)
    found = [
        place
        for each in FORMATS
        if not wanted or each.name in wanted
        for place in each.homes()
        if os.path.exists(place) or (has_magic(place) and glob(place))
    ]
    return list(dict.fromkeys(found))
