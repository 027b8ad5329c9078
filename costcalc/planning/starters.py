"""A first plan in three sizes: commented, with where each number comes from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from string import Template

from costcalc.errors import UsageError, nearest_names

__all__ = ["SIZES", "Size", "starter"]

CHECKED = "2026-11-27"
"""When the sources of the starters were last read."""


@dataclass(frozen=True)
class Size:
    """How much of everything a first plan has."""

    about: str
    """Who has that much."""
    people: int
    """People with a coding agent."""
    times: int
    """Chats and documents, in those of the small size."""
    warn: int
    """Limit of the median in US dollars that warns."""
    fail: int
    """Limit of the P90 in US dollars that must be kept."""


SIZES = {
    "small": Size("one developer, and a prototype with its first users.", 1, 1, 800, 1_150),
    "medium": Size("a team of ten, and a product with users.", 10, 10, 8_000, 11_500),
    "large": Size("a company with a hundred developers.", 100, 100, 80_000, 115_000),
}
"""By name; each is ten times the one before."""
_CHATS, _DOCUMENTS = (200, 500, 1_200), (20, 50, 120)


def starter(size: str, *, project: str, start: dt.date, file: str = "plan.yaml") -> str:
    """Return the YAML of a first plan.

    `file` is what its comments call it. Raises `UsageError` for a size that there is not, and for a
    name of the project that no line can hold.
    """
    found = SIZES.get(size)
    if found is None:
        near = nearest_names(size, SIZES)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(SIZES)}"
        raise UsageError(f"there is no size {size!r}; {hint}", size=size)
    from costcalc.planning.rewriting import as_yaml

    name = " ".join(project.split())
    if not name:
        raise UsageError("the name of the project is empty; take one such as atlas")
    text = Path(__file__).with_name("starter.yaml").read_text(encoding="utf-8")
    low, likely, high = (each * found.times for each in _CHATS)
    few, some, many = (each * found.times for each in _DOCUMENTS)
    return Template(text).substitute(
        project=as_yaml(name), size=size, about=found.about, checked=CHECKED, file=file,
        start=start.isoformat(), seed=f"{start:%Y%m%d}", people=found.people, chats_low=low,
        chats=likely, chats_high=high, documents_low=few, documents=some, documents_high=many,
        warn=found.warn, fail=found.fail,
    )  # fmt: skip
