"""From usage and rate card to an exact, explained cost."""

from __future__ import annotations

from costcalc.billing.cost import Assumption, Cost, LineItem, Period
from costcalc.billing.price import price

__all__ = ["Assumption", "Cost", "LineItem", "Period", "price"]
