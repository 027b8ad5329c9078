"""One log format: what tells it, where it usually lies, and who reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from costcalc.assumptions import Assumption

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.logs.calls import Calls
    from costcalc.logs.files import LogFile

__all__ = ["API_EQUIVALENT", "LOWER_BOUND", "UNTOLD", "Fact", "Format", "facts_of"]

API_EQUIVALENT = (
    "{whose} logs do not say who pays: where a subscription or a free account does, this is what "
    "the API would charge for the same calls, and no bill"
)
UNTOLD = (
    "{whose} do not say who pays, nor of batches and contracts; this is what the API would charge "
    "for the same calls. Costs that they state are an instrumentation's own"
)
LOWER_BOUND = "{whose} logs are a lower bound"


def _nowhere() -> list[str]:
    return []


@dataclass(frozen=True, slots=True)
class Fact:
    """What kind of figures the calls of a format are."""

    code: str
    """As of an assumption."""
    text: str
    """A sentence; formats that have the same one say it together."""
    whose: str = ""
    """What stands for `{whose}` in it, such as `Claude Code's`."""
    why: str = ""
    """What holds of this format alone."""


def facts_of(formats: Iterable[Format]) -> list[Assumption]:
    """Return what kind of figures the calls of some formats are, each sentence once."""
    alike: dict[tuple[str, str], list[Fact]] = {}
    for each in formats:
        for fact in each.facts:
            alike.setdefault((fact.code, fact.text), []).append(fact)
    return [
        Assumption(code, text.format(whose=_listed([fact.whose for fact in facts])) + _why(facts))
        for (code, text), facts in alike.items()
    ]


def _listed(names: list[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _why(facts: list[Fact]) -> str:
    told = [fact for fact in facts if fact.why]
    if len(facts) == 1:
        return "".join(f": {fact.why}" for fact in told)
    return "".join(f"; {fact.whose}, since {fact.why}" for fact in told)


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
    facts: tuple[Fact, ...] = ()
    """What kind of figures these are: said whenever there are any."""

    @property
    def is_of_agents(self) -> bool:
        """Whether programs write it on this machine by themselves."""
        return self.homes is not _nowhere

    def fits(self, head: bytes) -> bool:
        """Return whether a file that begins like this is of the format."""
        return any(all(mark in head for mark in group) for group in self.marks)
