"""Warnings that are given once of each thing, at the line outside this package that led there."""

from __future__ import annotations

import sys
import warnings
from threading import Lock

__all__ = ["Warned"]


class Warned:
    """What was warned of already."""

    def __init__(self) -> None:
        self._said: set[str] = set()
        self._lock = Lock()

    def once(self, key: str, text: str, kind: type[Warning]) -> None:
        """Warn, unless something of that key was warned of before."""
        with self._lock:
            if key in self._said:
                return
            self._said.add(key)
        warnings.warn(text, kind, stacklevel=_outside())


def _outside() -> int:
    """Return the stack level, seen from who asks, of the nearest line outside this package."""
    level, frame = 1, sys._getframe(1)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - the documented way to a caller's line
    while frame.f_back and str(frame.f_globals.get("__name__", "")).startswith("costcalc."):
        level, frame = level + 1, frame.f_back
    return level
