"""The warnings that prices have shown, so that each is shown once for a model and a registry."""

from __future__ import annotations

import sys
import warnings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from costcalc.registry.rates import Card

__all__ = ["Shown"]

_MOST = 1_024
_BY_CONTEXT = bool(getattr(sys.flags, "context_aware_warnings", False))
"""Whether filters may differ between contexts (Python 3.14), where the list alone says nothing."""


class Shown:
    """What Python's own machinery has shown, with a short way past it on the calls after.

    That way is taken only while the filters are those of when the warning was shown: whoever turns
    warnings into errors, or records them, gets each one again.
    """

    __slots__ = ("_as_were", "_cards", "_filters", "_origins", "_seen")

    def __init__(self) -> None:
        self._cards: set[Card] = set()
        """Cards that have nothing left to show."""
        self._filters: object = None
        self._as_were: list[Any] = []
        self._origins: dict[str, tuple[str, int]] = {}
        self._seen: dict[Any, Any] = {}

    def warn(self, card: Card) -> None:
        """Raise the warnings of a card, at the line outside this package that first led to it."""
        filters = warnings.filters
        if filters is not self._filters or filters != self._as_were:
            self._cards.clear()
            self._filters, self._as_were = filters, [*filters]
        elif card in self._cards:
            return
        done = not _BY_CONTEXT
        for category, text in card.warnings:
            file, line = self._origin(text)
            warnings.warn_explicit(text, category, file, line, registry=self._seen)
            done = done and ((text, category, line) in self._seen or not _always(category))
        if done:
            if len(self._cards) >= _MOST:
                self._cards.clear()
            self._cards.add(card)

    def _origin(self, text: str) -> tuple[str, int]:
        found = self._origins.get(text)
        if found is None:
            frame = sys._getframe(1)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - the documented way to a caller's line
            while frame.f_back and _is_ours(str(frame.f_globals.get("__name__", ""))):
                frame = frame.f_back
            found = self._origins[text] = (frame.f_code.co_filename, frame.f_lineno)
        return found


def _always(category: type[Warning]) -> bool:
    """Return whether a filter may want a warning each time; those that are ignored are not kept."""
    found = [each for each in warnings.filters if each[0] in {"always", "all"}]
    return any(issubclass(category, each[2]) for each in found)


def _is_ours(module: str) -> bool:
    return module == "costcalc" or module.startswith("costcalc.")
