"""What the calls of simulated sessions add up to: amounts and tokens by meter, whole and exact."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

from costcalc.billing.bill import total_of
from costcalc.money import EXACT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from costcalc.registry.rates import Card
    from costcalc.sessions.calls import Call

__all__ = ["PLACES", "Tally", "amount_of"]

PLACES = 12
"""Amounts are whole numbers of 10**-12 of the currency: each session's exact cost, rounded once."""
_UNIT = 10**PLACES


def amount_of(number: int, by: int = 1) -> Decimal:
    """Return an amount, divided by a count, as a decimal at six places."""
    micros = 10 ** (PLACES - 6) * by
    whole, rest = divmod(number, micros)
    if 2 * rest > micros or (2 * rest == micros and whole % 2):
        whole += 1
    return EXACT.scaleb(Decimal(whole), -6)


class Tally:
    """Sums over calls, kept by meter."""

    __slots__ = ("amounts", "calls", "input", "over", "read", "tokens")

    def __init__(self) -> None:
        self.calls = 0
        self.input = 0
        self.read = 0
        self.over = 0
        """Calls above the context window."""
        self.tokens: dict[str, int] = {}
        self.amounts: dict[str, int] = {}

    def add(self, calls: Iterable[Call]) -> int:
        """Add calls, and return what they cost."""
        total = 0
        batch: list[Call] = []
        card: Card | None = None
        meter: str | None = None
        for call in calls:
            if call.card is not card or call.meter != meter:
                total += self._together(batch)
                batch = []
                card, meter = call.card, call.meter
            batch.append(call)
        return total + self._together(batch)

    def _together(self, batch: list[Call]) -> int:
        """Price calls on one card, which are summed before."""
        if not batch:
            return 0
        first = batch[0]
        card = first.card
        window = card.tariff.window or 0
        fresh = read = write = output = reasoning = total = 0
        self.calls += len(batch)
        for call in batch:
            context = call.context
            self.input += context
            if window and context + call.output > window:
                self.over += 1
            if card.slow or call.units:
                total += self._whole(card, call)
                continue
            fresh += context - call.read - call.write
            read += call.read
            write += call.write
            output += call.output - call.reasoning
            reasoning += call.reasoning
        return total + self._flush(card, first.meter, fresh, read, write, output, reasoning)

    def _flush(
        self,
        card: Card,
        meter: str | None,
        fresh: int,
        read: int,
        write: int,
        output: int,
        reasoning: int,
    ) -> int:
        """Price what came together on one card."""
        self.read += read
        total = 0
        parts = (
            ("input", fresh),
            ("cache_read", read),
            (meter or "cache_write", write),
            ("output", output),
            ("reasoning", reasoning),
        )
        for name, tokens in parts:
            if tokens:
                rate = card.ints.get(name)
                if rate is None:
                    rate = card.integer(name)
                amount = _scaled(tokens * (rate or 0), card.places)
                self.tokens[name] = self.tokens.get(name, 0) + tokens
                self.amounts[name] = self.amounts.get(name, 0) + amount
                total += amount
        return total

    def _whole(self, card: Card, call: Call) -> int:
        """Price a call that has fees, minima or grains, meter by meter where that is possible."""
        usage = call.usage()
        amount = _rounded(total_of(card, usage))
        self.read += call.read
        rest = amount
        for name, quantity in usage.metered:
            self.tokens[name] = self.tokens.get(name, 0) + quantity
            rate = None if card.slow else card.integer(name)
            if rate is not None:
                part = _scaled(quantity * rate, card.places)
                self.amounts[name] = self.amounts.get(name, 0) + part
                rest -= part
        if rest:
            self.amounts["fees"] = self.amounts.get("fees", 0) + rest
        return amount


def _scaled(units: int, places: int) -> int:
    """Return whole units of 10**-places as whole units of 10**-12, rounded half-even."""
    if places <= PLACES:
        return units * 10 ** (PLACES - places)
    whole, rest = divmod(units, by := 10 ** (places - PLACES))
    return whole + (2 * rest > by or (2 * rest == by and whole % 2 == 1))


def _rounded(amount: Decimal) -> int:
    scaled = EXACT.multiply(amount, Decimal(_UNIT))
    return int(scaled.to_integral_value(rounding=ROUND_HALF_EVEN))
