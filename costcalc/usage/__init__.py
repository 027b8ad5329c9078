"""What a request, or an aggregate of requests, consumed."""

from __future__ import annotations

from costcalc.usage.counts import Counts
from costcalc.usage.usage import Usage

__all__ = ["Counts", "Usage"]
