"""One simulated model call: its tokens, the usage that is billed, and what it adds to a sum."""

from __future__ import annotations

from dataclasses import dataclass, replace

from costcalc.billing.bill import total_of
from costcalc.caching.measured import UNCACHED
from costcalc.money import ZERO
from costcalc.usage.usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal
    from typing import Any

    from costcalc.registry.rates import Card
    from costcalc.sessions.prices import Prices

__all__ = ["Call"]


@dataclass(slots=True)
class Call:
    """One model call as it was simulated; tokens."""

    prices: Prices
    """By whose model and terms it is billed."""
    card: Card
    kind: str
    branch: str
    at: int
    """Instant of the call, in microseconds since 1970."""
    context: int
    """All input."""
    read: int
    write: int
    meter: str | None
    """Meter of what is written."""
    output: int
    reasoning: int
    units: Mapping[str, int]
    miss: str | None
    recorded: Usage | None = None

    def usage(self) -> Usage:
        """Return what is billed."""
        if self.recorded is not None:
            return self.recorded
        counts: dict[str, Any] = {}
        if self.write:
            counts = {"cache_write_tokens": self.write, f"{self.meter}_tokens": self.write}
        return Usage(
            input_tokens=self.context,
            output_tokens=self.output,
            cache_read_tokens=self.read,
            reasoning_tokens=self.reasoning,
            units=self.units,
            requests=1,
            **counts,
        )

    def amount(self) -> tuple[int, Decimal]:
        """Return what is billed, for sums: whole units of the card, and what has no such form."""
        card = self.card
        if card.slow or self.units or self.recorded is not None:
            return 0, total_of(card, self.usage())
        whole = 0
        parts = (
            ("input", self.context - self.read - self.write),
            ("cache_read", self.read),
            (self.meter, self.write),
            ("output", self.output - self.reasoning),
            ("reasoning", self.reasoning),
        )
        ints = card.ints
        for meter, tokens in parts:
            if tokens:
                if meter not in ints:
                    return 0, total_of(card, self.usage())  # which resolves it, or refuses
                whole += tokens * ints[meter]
        return whole, ZERO

    def uncached(self) -> Decimal:
        """Return what the call costs without any cache, whose creation is then nothing."""
        if self.kind == "creation":
            return ZERO
        if self.recorded is not None:
            return total_of(self.card, replace(self.recorded, **UNCACHED))
        plain = Usage(
            input_tokens=self.context,
            output_tokens=self.output,
            reasoning_tokens=self.reasoning,
            units=self.units,
            requests=1,
        )
        return total_of(self.card, plain)
