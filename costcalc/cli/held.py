"""What the files of a command line hold: texts, or the prompts within them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

from costcalc.cli.standard_input import STANDARD_INPUT, check_once, stream
from costcalc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from costcalc.estimate.sources import Prompt

__all__ = ["Held", "left_out_facts", "printable"]

_BLOCK = 8192
_MOST_SAID = 5  # files that were left out


class Held:
    """What files hold, each with its name, and the files of folders that were left out."""

    def __init__(self, prompts: list[Prompt], left_out: list[str]) -> None:
        self.prompts = prompts
        self.left_out = left_out

    @classmethod
    def of(cls, paths: Sequence[str], *, prompts: bool) -> Held:
        """Return what files hold: each a text, or where `prompts` the prompts within them."""
        check_once(paths)
        left_out: list[str] = []
        found = list(_prompts(paths, left_out, prompts=prompts))
        if not found:
            names = ", ".join(map(repr, paths))
            more = f" but {_listed(left_out)}, which is no text" if left_out else ""
            msg = f"there is nothing to count in {names}{more}; name files that hold text"
            raise UsageError(msg, paths=tuple(paths), left_out=tuple(left_out))
        return cls(found, left_out)


def left_out_facts(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Iterate over what a reader must know about files that were left out."""
    if names:
        yield "left out", f"{_listed(names)}: no text"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_SAID:,} more files" if len(names) > _MOST_SAID else ""
    return f"{', '.join(map(printable, names[:_MOST_SAID]))}{more}"


def printable(name: str) -> str:
    """Return a name as it is, in quotes where it holds what would upset a terminal or a table."""
    return name if name.isprintable() else repr(name)


def _prompts(paths: Sequence[str], left_out: list[str], *, prompts: bool) -> Iterator[Prompt]:
    from pathlib import Path

    from costcalc.estimate.sources import Prompt, read_prompts

    for path in paths:
        if path == STANDARD_INPUT:
            yield Prompt("standard input", _standard_input())
        elif prompts:
            yield from read_prompts(path)
        elif os.path.isdir(path):
            yield from (Prompt(each, Path(each)) for each in _texts(path, left_out))
        else:
            yield Prompt(path, Path(path))


def _standard_input() -> str:
    """Return the text of standard input, whose line breaks and bytes stay what they are."""
    from costcalc.tokens.attachments import opened

    return "".join(cast("Iterator[str]", opened(stream(), "standard input")))


def _texts(path: str, left_out: list[str]) -> Iterator[str]:
    """Yield the texts of a folder, hidden files aside; `left_out` takes the files that are none."""
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        for name in sorted(each for each in names if not each.startswith(".")):
            whole = os.path.join(folder, name)
            if _is_text(whole):
                yield whole
            else:
                left_out.append(whole)


def _is_text(path: str) -> bool:
    """Return whether a file can be text: no medium by its name, and no zero bytes in UTF-8."""
    from costcalc.tokens.attachments import is_medium
    from costcalc.tokens.streams import encoding_of

    if is_medium(path) or not os.path.isfile(path):  # opening a pipe would wait for its writer
        return False
    try:
        with open(path, "rb") as file:
            first = file.read(_BLOCK)
    except OSError:
        return False  # a file of somebody else
    return b"\0" not in first or encoding_of(first) not in ("utf-8", "utf-8-sig")
