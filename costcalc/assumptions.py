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
    """Stable name, such as:

    * of prices: redirect, stale, maker, gateway, date_stamp, condition, overlay, fallback,
      mean_request, context_window, request_fee, billing_grain, allowance, calendar, conversion;
    * of estimates and sessions: token_count, no_cache, cache_minimum, cache_increment,
      cache_policy, cache_misses, cache_start, cache_writes, stored_cache, recorded_media;
    * of hit ratios and break-evens: mix, hit_ratio_ceiling, lives, tier, compaction, rate_card;
    * of comparisons: same_tokens, recorded, response_conditions, max_output, free;
    * of responses and logs: response, read_condition, overridden_condition, stated_cost, seller,
      unbilled, running_total, asked_tier, cached_beside, repeated, stated_charge, api_equivalent,
      lower_bound, summed;
    * of bills: bill_scope, byok, service_category, time_zone, conversion.
    """
    text: str
    """What was assumed, as a sentence for people."""
    total: Decimal | None = None
    """The total under the other reading, where there is one."""
