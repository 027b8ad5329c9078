"""Prices in tests: frozen at one day, pinned, and held against budgets.

pytest's plugin of this package rests on it; everything works without pytest, too. Names are loaded
when they are first used.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.testing.cases import (
        PriceAssertions,
        assert_cost_under,
        assert_price,
        assert_within,
    )
    from costcalc.testing.freshness import StaleError, assert_fresh
    from costcalc.testing.frozen import FrozenRegistry
    from costcalc.testing.matchers import CostUnder, IsAmount, IsCheaperThan, IsCost, IsUSD
    from costcalc.testing.pins import MovedRate, Pin, PinError
    from costcalc.testing.plans import assert_no_cost_regression, assert_within_budget
    from costcalc.testing.pricing import Pricing, freeze
    from costcalc.testing.settings import UnfrozenPricesWarning
    from costcalc.testing.spending import CostRecorder, max_cost

__all__ = [
    "CostRecorder",
    "CostUnder",
    "FrozenRegistry",
    "IsAmount",
    "IsCheaperThan",
    "IsCost",
    "IsUSD",
    "MovedRate",
    "Pin",
    "PinError",
    "PriceAssertions",
    "Pricing",
    "StaleError",
    "UnfrozenPricesWarning",
    "assert_cost_under",
    "assert_fresh",
    "assert_no_cost_regression",
    "assert_price",
    "assert_within",
    "assert_within_budget",
    "freeze",
    "max_cost",
]

_HOMES = {
    "costcalc.testing.pricing": ("Pricing", "freeze"),
    "costcalc.testing.frozen": ("FrozenRegistry",),
    "costcalc.testing.pins": ("MovedRate", "Pin", "PinError"),
    "costcalc.testing.freshness": ("StaleError", "assert_fresh"),
    "costcalc.testing.settings": ("UnfrozenPricesWarning",),
    "costcalc.testing.matchers": ("CostUnder", "IsAmount", "IsCheaperThan", "IsCost", "IsUSD"),
    "costcalc.testing.plans": ("assert_no_cost_regression", "assert_within_budget"),
    "costcalc.testing.spending": ("CostRecorder", "max_cost"),
    "costcalc.testing.cases": (
        "PriceAssertions", "assert_cost_under", "assert_price", "assert_within",
    ),
}  # fmt: skip
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    home = _HOME.get(name)
    if home is None:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from importlib import import_module

    found = getattr(import_module(home), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
