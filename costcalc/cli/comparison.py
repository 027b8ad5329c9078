"""What `costcalc compare` tells: a comparison as data, and its failures in the words of options."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from costcalc.errors import CostcalcError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costcalc.estimate.comparison import Comparison, ComparisonRow

__all__ = ["UnpricedError", "data_of", "failures_of", "in_options"]

_ARGUMENTS = (
    (re.compile(r"currency='(\w+)', rates=\{'(\w+)': '\.\.\.'\}"), r"--to \1 --rate \2=..."),
    (re.compile(r"rates=\{'(\w+)': '\.\.\.'\}"), r"--rate \1=..."),
)
"""Arguments as messages of the library write them, and the options that they are here."""


class UnpricedError(CostcalcError, LookupError):
    """A model that has no place in a comparison, and why."""

    def __init__(self, name: str, message: str, kind: str | None = None) -> None:
        super().__init__()
        self.name = name
        self.message = message
        self._kind = kind or type(self).__name__

    @classmethod
    def of(cls, failures: Sequence[UnpricedError], priced: int) -> UnpricedError:
        """Return one error for all failures beside so many models that were priced."""
        names = ", ".join(each.name for each in failures)
        quoted = ", ".join(repr(each.name) for each in failures)
        every = len(failures) + priced
        return cls(names, f"{len(failures)} of {every} models not priced: {quoted}")

    def data(self) -> dict[str, Any]:
        """Return the failure as data."""
        return {"model": self.name, "error": {"type": self._kind, "message": self.message}}


def failures_of(found: Comparison) -> tuple[UnpricedError, ...]:
    """Return the models that have no price, in the words of the options."""
    return tuple(
        UnpricedError(each.name, in_options(each.message), each.type) for each in found.failures
    )


def in_options(message: str) -> str:
    """Return a message of the library with options where it names arguments."""
    for pattern, option in _ARGUMENTS:
        message = pattern.sub(option, message)
    return message


def data_of(found: Comparison, *, searched: bool) -> dict[str, Any]:
    """Return a comparison as data; of a search also what was left out."""
    excluded: dict[str, Any] = {"excluded": found.excluded} if searched else {}
    return {
        "baseline": found.baseline.model if found.baseline else None,
        "at": found.at,
        "currency": found.currency,
        "results": [_row(row) for row in found.rows],
        "unpriced": [failure.data() for failure in failures_of(found)],
        **excluded,
        "assumptions": found.assumptions,
    }


def _row(row: ComparisonRow) -> dict[str, Any]:
    cost = row.cost
    return {
        "name": row.name,
        "model": row.model,
        "provider": row.provider,
        "total": row.total,
        "currency": row.currency,
        "ratio": row.times,
        "saving": row.saving,
        "context_window": row.context_window,
        "fits": row.fits,
        "lines": cost.lines,
        "assumptions": cost.assumptions,
        "notes": cost.notes,
        "source": cost.source,
        "checked": cost.checked,
    }
