"""What a result rests on and nobody said."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from costcalc.values import Value

__all__ = ["Assumption"]


@dataclass(frozen=True, slots=True)
class Assumption(Value):
    """Something that the caller did not say and the price rests on."""

    code: str
    """Stable name: redirect, stale, maker, gateway, date_stamp, condition, overlay, fallback,
    mean_request, context_window, request_fee, billing_grain, allowance, calendar, conversion;
    of estimates: token_count, no_cache, cache_minimum, cache_increment; of responses: response,
    read_condition, overridden_condition, stated_cost, seller."""
    text: str
    """What was assumed, as a sentence for people."""
    total: Decimal | None = None
    """The total under the other reading, where there is one."""
