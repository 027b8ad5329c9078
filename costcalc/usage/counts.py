"""Counts of billable units by meter, as an immutable mapping."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, NoReturn

__all__ = ["Counts"]


class Counts(dict[str, int]):
    """A dict that cannot change after it is made, so that it can stand in a frozen value."""

    __slots__ = ()

    if not TYPE_CHECKING:  # to a type checker the methods of a dict are simply not there to call

        def _refuse(self, *_: object, **__: object) -> NoReturn:
            msg = "the units of a usage cannot change; make a new Usage"
            raise TypeError(msg)

        __setitem__ = __delitem__ = __ior__ = _refuse
        clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride] - immutable
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)

    def plus(self, other: Mapping[str, int]) -> Counts:
        """Return the sum by meter."""
        return Counts({name: self.get(name, 0) + other.get(name, 0) for name in {**self, **other}})
