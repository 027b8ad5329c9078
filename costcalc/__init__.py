"""Exact, explained costs of LLM calls.

`price` prices a `Usage` at the rates that held when it ran; a `Registry` holds the rates; every
`Cost` says what it rests on. Names are loaded when they are first used, so that importing the
package costs next to nothing.
"""

from __future__ import annotations

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.billing.cost import Assumption, Cost, LineItem, Period
    from costcalc.billing.price import price
    from costcalc.errors import (
        AmbiguousModelError,
        CostcalcError,
        CurrencyMismatchError,
        NoPriceError,
        NotOfferedError,
        RedirectWarning,
        RegistryError,
        RetiredModelError,
        StalePriceWarning,
        UnknownConditionError,
        UnknownModelError,
        UnpricedMeterError,
        UsageError,
    )
    from costcalc.meters import METERS, Meter
    from costcalc.registry.cards import ModelInfo, PriceRecord, RateCard
    from costcalc.registry.current import use
    from costcalc.registry.registry import Registry
    from costcalc.usage.usage import Usage

__all__ = [  # noqa: RUF022 - grouped as a reader needs them, not sorted
    # pricing
    "price",
    "Usage",
    "Cost",
    "LineItem",
    "Assumption",
    "Period",
    # the registry
    "Registry",
    "use",
    "ModelInfo",
    "PriceRecord",
    "RateCard",
    "METERS",
    "Meter",
    # errors and warnings
    "CostcalcError",
    "UnknownModelError",
    "AmbiguousModelError",
    "NoPriceError",
    "NotOfferedError",
    "RetiredModelError",
    "UnpricedMeterError",
    "UnknownConditionError",
    "UsageError",
    "RegistryError",
    "CurrencyMismatchError",
    "RedirectWarning",
    "StalePriceWarning",
    "__version__",
]

_HOMES = {
    "costcalc.billing.price": ("price",),
    "costcalc.usage.usage": ("Usage",),
    "costcalc.billing.cost": ("Cost", "LineItem", "Assumption", "Period"),
    "costcalc.registry.registry": ("Registry",),
    "costcalc.registry.current": ("use",),
    "costcalc.registry.cards": ("ModelInfo", "PriceRecord", "RateCard"),
    "costcalc.meters": ("METERS", "Meter"),
    "costcalc.errors": (
        "CostcalcError", "UnknownModelError", "AmbiguousModelError", "NoPriceError",
        "NotOfferedError", "RetiredModelError", "UnpricedMeterError", "UnknownConditionError",
        "UsageError", "RegistryError", "CurrencyMismatchError", "RedirectWarning",
        "StalePriceWarning",
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
