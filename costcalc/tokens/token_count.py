"""What counting gives: a number of tokens, the range it lies in, and how it was found."""

from __future__ import annotations

from dataclasses import dataclass

from costcalc.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["METHODS", "TokenCount", "TokenPart"]

METHODS = ("exact", "calibrated", "heuristic")
"""How a count was found, best first: by the model's own public vocabulary or a published formula;
by ratios measured against a tokenizer of the family; by neither, with a wide range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPart(Value):
    """One share of a count: a text, the frame around messages, tools, an image."""

    what: str
    """What was counted: text, frame, tools, tool_choice, schema, image, audio, video, pdf."""
    tokens: int
    """The likely number."""
    low: int
    """The least that nine in ten such contents have; the number itself where it is exact."""
    high: int
    """The most that nine in ten such contents have."""
    method: str
    """One of `METHODS`."""
    note: str = ""
    """The rule or the measurement that gave it."""


@dataclass(frozen=True, slots=True)
class TokenCount(Value):
    """How many input tokens a content has for one tokenizer."""

    tokens: int
    """The likely number."""
    low: int
    """Lower end of the range; the number itself where it is exact."""
    high: int
    """Upper end of the range."""
    method: str
    """The weakest method of its parts: exact, calibrated or heuristic."""
    tokenizer: str = ""
    """The vocabulary, calibration or counter that was used."""
    parts: tuple[TokenPart, ...] = ()
    """What the number is made of; empty for one exact text."""

    def __int__(self) -> int:
        """Return the likely number."""
        return self.tokens

    def __str__(self) -> str:
        """Return the number, with its range where there is one."""
        size = "1 token" if self.tokens == 1 else f"{self.tokens:,} tokens"
        if self.low == self.high:
            return f"{size} ({self.method})"
        return f"{size} ({self.method}, {self.low:,} to {self.high:,})"

    @classmethod
    def of(cls, parts: Iterable[TokenPart], tokenizer: str) -> TokenCount:
        """Return the sum of parts; its method is the weakest of theirs."""
        held = tuple(parts)
        weakest = max((METHODS.index(part.method) for part in held), default=0)
        return cls(
            sum(part.tokens for part in held),
            sum(part.low for part in held),
            sum(part.high for part in held),
            METHODS[weakest],
            tokenizer,
            held,
        )

    @classmethod
    def summed(cls, counts: Iterable[TokenCount]) -> TokenCount:
        """Return the sum of counts, without their parts."""
        held = tuple(counts)
        weakest = max((METHODS.index(count.method) for count in held), default=0)
        names = dict.fromkeys(count.tokenizer for count in held)
        return cls(
            sum(count.tokens for count in held),
            sum(count.low for count in held),
            sum(count.high for count in held),
            METHODS[weakest],
            ", ".join(names),
        )
