"""One log format: what tells it, where it usually lies, and who reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from costcalc.assumptions import Assumption

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.logs.calls import Calls
    from costcalc.logs.files import LogFile

__all__ = ["Format"]


def _nowhere() -> list[str]:
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A log format. To add one, write a module with its `Format` and name it in `formats`."""

    name: str
    """Stable name, such as claude-code."""
    title: str
    """Who writes it, for people."""
    read: Callable[[LogFile, Calls], None]
    """Adds the calls of one file, and skips what it cannot read, saying so."""
    marks: tuple[tuple[bytes, ...], ...]
    """What tells it: in the first 64 KiB of a file stand all marks of one of these groups.

    A JSON key in its quotes cannot stand within a text, where its quotes would be escaped.
    """
    suffixes: tuple[str, ...] = (".jsonl",)
    """Endings of its files; a folder is searched for them."""
    homes: Callable[[], list[str]] = _nowhere
    """Returns the places where its files lie on this machine, be they there or not."""
    beside: tuple[str, ...] = ()
    """Patterns of paths of files that stand beside its logs and would repeat what is in them."""
    facts: tuple[Assumption, ...] = ()
    """What kind of figures these are: said whenever there are any."""

    @property
    def is_of_agents(self) -> bool:
        """Whether programs write it on this machine by themselves."""
        return self.homes is not _nowhere

    def fits(self, head: bytes) -> bool:
        """Return whether a file that begins like this is of the format."""
        return any(all(mark in head for mark in group) for group in self.marks)
