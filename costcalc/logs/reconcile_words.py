"""How reasons of a reconciliation speak of rows: their days, their models, their factor."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from costcalc.money import normal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from costcalc.logs.reconcile_cells import Key

__all__ = ["days_of", "listed", "models_of", "runs_of", "said_of"]

_FEW = 4


def said_of(factor: Decimal) -> str:
    """Say what a factor is."""
    if factor < 1:
        return f"a discount of {normal((1 - factor) * 100):f} %"
    return f"a markup, a region or a tier of {normal((factor - 1) * 100):f} %"


def listed(names: Sequence[str], between: str = ", ") -> str:
    """Return a few names, and how many more there are."""
    said = between.join(names[:_FEW])
    return said if len(names) <= _FEW else f"{said} and {len(names) - _FEW} more"


def runs_of(keys: Sequence[Key]) -> list[list[Key]]:
    """Return rows of one model in runs of neighbouring days; rows without a day stand alone."""
    found: list[list[Key]] = []
    before = 0
    for key in sorted(keys, key=lambda key: key[0] or ""):
        day = 0 if key[0] is None else date.fromisoformat(key[0]).toordinal()
        if found and day and day == before + 1:
            found[-1].append(key)
        else:
            found.append([key])
        before = day
    return found


def days_of(keys: Sequence[Key]) -> str:
    """Return the days of some rows, in short."""
    return listed(sorted({key[0] for key in keys if key[0] is not None}))


def models_of(keys: Sequence[Key]) -> str:
    """Return the models of some rows, in short."""
    return listed(list(dict.fromkeys(key[1] for key in keys if key[1] is not None)))
