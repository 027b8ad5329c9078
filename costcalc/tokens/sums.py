"""Sums of counts, with the range they lie in and how they were found."""

from __future__ import annotations

from costcalc.tokens.token_count import METHODS, TokenPart

__all__ = ["Sum"]


class Sum:
    """A sum of counts, as sure as the least sure of them."""

    __slots__ = ("high", "low", "method", "notes", "tokens")

    def __init__(self, method: str = "exact") -> None:
        self.tokens = self.low = self.high = 0
        self.method = method
        self.notes: dict[str, None] = {}
        """What was noted, each once, in order."""

    def add(self, part: TokenPart, times: int = 1) -> None:
        """Add a count, some times."""
        self.tokens += part.tokens * times
        self.low += part.low * times
        self.high += part.high * times
        self.less_sure(part.method)
        if part.note:
            self.notes[part.note] = None

    def add_all(self, other: Sum) -> None:
        """Add another sum, with what was noted on its way."""
        self.tokens += other.tokens
        self.low += other.low
        self.high += other.high
        self.less_sure(other.method)
        self.notes.update(other.notes)

    def plain(self, tokens: int, *, low: int = 0, high: int = 0) -> None:
        """Add tokens, of which there may be fewer or more."""
        self.tokens += tokens
        self.low += tokens - low
        self.high += tokens + high

    def note(self, rule: str, method: str) -> None:
        """Note a rule by which something was counted."""
        self.notes[rule] = None
        self.less_sure(method)

    def less_sure(self, method: str) -> None:
        """Take over a method where it is weaker."""
        self.method = max(self.method, method, key=METHODS.index)

    def part(self, what: str, note: str = "") -> TokenPart:
        """Return the sum; `note` stands before what was noted on the way."""
        return TokenPart(
            what=what,
            tokens=max(self.tokens, 0),
            low=max(min(self.low, self.tokens), 0),
            high=max(self.high, self.tokens, 0),
            method=self.method,
            note="; ".join((*([note] if note else []), *self.notes)),
        )
