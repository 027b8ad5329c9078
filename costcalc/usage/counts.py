"""Counts of billable units by meter, as an immutable mapping."""

from __future__ import annotations

from costcalc.values import Frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Counts"]


class Counts(Frozen):
    """Counts by meter that cannot change after they are made."""

    __slots__ = ()
    _what = "the units of a usage"

    def plus(self, other: Mapping[str, int]) -> Counts:
        """Return the sum by meter."""
        return Counts({name: self.get(name, 0) + other.get(name, 0) for name in {**self, **other}})
