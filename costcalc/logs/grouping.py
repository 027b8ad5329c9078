"""By what a report is: which row a call stands in."""

from __future__ import annotations

from costcalc.errors import UsageError, nearest_names
from costcalc.logs.periods import PERIODS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from costcalc.logs.calls import Shelf
    from costcalc.logs.periods import Zone

    Group = tuple[str | None, ...]

__all__ = ["BY", "Grouping", "names_of"]

_BILLED = ("model", "provider")
_BELONGS = ("session", "project", "format", "file")
BY = (*PERIODS, *_BILLED, *_BELONGS)
"""What a report can be by."""


def names_of(by: str | Sequence[str]) -> tuple[str, ...]:
    """Return what a report is by; `UsageError` for what it cannot be."""
    names = tuple([by] if isinstance(by, str) else by)
    for name in names:
        if name not in BY:
            near = nearest_names(str(name), BY)
            hint = f"nearest: {', '.join(near)}" if near else f"known: {', '.join(BY)}"
            raise UsageError(f"a report cannot be by {name!r}; {hint}", by=name)
    return tuple(dict.fromkeys(names))


class Grouping:
    """The keys of rows, in parts: where calls belong, when they were made, what was billed."""

    def __init__(self, names: tuple[str, ...], zone: Zone) -> None:
        self._names = names
        self._places = [name for name in names if name in _BELONGS]
        self._periods = [name for name in names if name in PERIODS]
        self._labels = [zone.labels(name) for name in self._periods]

    def belongs(self, shelf: Shelf) -> Group:
        """Return where the calls of a shelf belong."""
        return tuple(getattr(shelf, name) for name in self._places)

    def times(self, at: int | None) -> Group:
        """Return in which periods an instant lies; None of them where there is none."""
        return tuple(None if at is None else label(at) for label in self._labels)

    def key(self, belongs: Group, times: Group, model: str, provider: str | None) -> Group:
        """Return the key of a row."""
        said = {"model": model or None, "provider": provider}
        said.update(zip(self._places, belongs, strict=True))
        said.update(zip(self._periods, times, strict=True))
        return tuple(said[name] for name in self._names)
