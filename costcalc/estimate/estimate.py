"""The value of an estimate: a cost with a low and a high, and everything that it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from costcalc.billing.cost import Assumption, Cost
from costcalc.estimate.fit import Fit
from costcalc.estimate.outputs import OutputTokens
from costcalc.tokens.token_count import TokenCount
from costcalc.values import Value

__all__ = ["Estimate", "Seconds", "counted_how"]


@dataclass(frozen=True, slots=True)
class Seconds(Value):
    """How long the model writes, at its typical speed; the wait before it is not in it."""

    expected: Decimal
    """Seconds for the expected output."""
    low: Decimal
    """Seconds for its low end."""
    high: Decimal
    """Seconds for its high end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate(Value):
    """What calls with one prompt will cost, and everything that the figure rests on."""

    model: str
    """The model that is billed, after aliases and redirects."""
    provider: str
    """Who bills it."""
    at: datetime
    """The instant whose prices hold."""
    calls: int
    """How many calls the costs are for."""
    input: TokenCount
    """Input tokens of one call."""
    output: OutputTokens
    """Output tokens of one call."""
    cost: Cost
    """Cost at the expected tokens: what many such calls average to."""
    low: Cost
    """Least cost within the ranges of input and output, where every call is there."""
    high: Cost
    """Most cost within them; of many calls, that all are there is far less likely."""
    fit: Fit
    """Whether prompt and reply fit the model."""
    seconds: Seconds | None
    """Time that one call writes; None where the model's speed is not known."""
    assumptions: tuple[Assumption, ...] = ()
    """What it rests on that the caller did not say; the costs have those of their prices."""

    @property
    def total(self) -> Decimal:
        """Expected cost in the currency of `cost`."""
        return self.cost.total

    @property
    def currency(self) -> str:
        """ISO 4217 code of every amount."""
        return self.cost.currency

    def __str__(self) -> str:
        """Return the figure as a sentence."""
        low, high = self.low.total, self.high.total
        span = f", {low:f} to {high:f}" if low != high else ""
        calls = "one call" if self.calls == 1 else f"{self.calls:,} calls"
        return (
            f"{calls} of {self.model}: {self.total:f} {self.currency}{span} "
            f"({self.input.tokens:,} tokens in, {self.input.method}; "
            f"{self.output.expected:,} out, {self.output.basis}; {self.fit.verdict})"
        )


def counted_how(model: str, count: TokenCount) -> tuple[Assumption, ...]:
    """Return what a reader must know about an input count that is not exact."""
    if count.method == "exact":
        return ()
    text = (
        f"input of {model} is counted as {count.low:,} to {count.high:,} tokens, likely "
        f"{count.tokens:,}: {count.method}, tokenizer {count.tokenizer}"
    )
    return (Assumption("token_count", text),)
