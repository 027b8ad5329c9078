"""One model call of a session, as a caller states it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from costcalc.errors import UsageError
from costcalc.estimate.stated import count, shown, wait
from costcalc.usage.counts import Counts
from costcalc.usage.usage import Usage
from costcalc.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.estimate.stated import Wait

__all__ = ["Step"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Value):
    """One model call: what is new in its prompt, and what comes back.

    `Usage` checks what is billed; here stands what the next prompt begins with. Raises `UsageError`
    for counts that are none, and for reasoning above the output.
    """

    _strict_integers = True

    input_tokens: int = 0
    """New input that stays in the conversation: a message, or the results of tools."""
    output_tokens: int = 0
    """All output that is billed, reasoning included."""
    reasoning_tokens: int = 0
    """Part of the output that is billed and not sent again."""
    transient_tokens: int = 0
    """Input before the new one that is in this prompt only, such as retrieved passages."""
    gap: timedelta = timedelta(0)
    """Wait between the reply before and this call; without meaning at the first step."""
    unchanged_tokens: int | None = None
    """Leading tokens that are as they were, where something was edited; None is all of them."""
    dropped_tokens: int = 0
    """Tokens that are taken from the end of the conversation before this call."""
    units: Mapping[str, int] = field(default_factory=Counts)
    """What the call uses that is not tokens, by meter: `{"web_search": 1}`."""
    kind: str = "step"
    """What the ledger calls it, such as user or tool."""
    usage: Usage | None = None
    """What was recorded, where the step was really made."""

    if TYPE_CHECKING:  # what a caller may write is more than what the fields hold

        def __init__(
            self,
            *,
            input_tokens: int = 0,
            output_tokens: int = 0,
            reasoning_tokens: int = 0,
            transient_tokens: int = 0,
            gap: Wait = ...,
            unchanged_tokens: int | None = None,
            dropped_tokens: int = 0,
            units: Mapping[str, int] = ...,
            kind: str = "step",
            usage: Usage | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        """Check the counts."""
        for name in ("input_tokens", "output_tokens", "reasoning_tokens", "transient_tokens",
                     "dropped_tokens"):  # fmt: skip
            object.__setattr__(self, name, count(getattr(self, name), name))
        object.__setattr__(self, "gap", wait(self.gap, "gap"))
        if self.unchanged_tokens is not None:
            object.__setattr__(
                self, "unchanged_tokens", count(self.unchanged_tokens, "unchanged_tokens")
            )
        if self.reasoning_tokens > self.output_tokens:
            msg = (
                f"reasoning_tokens is {self.reasoning_tokens}, above output_tokens which contains "
                f"it and is {self.output_tokens}"
            )
            raise UsageError(msg, reasoning_tokens=self.reasoning_tokens)
        object.__setattr__(self, "units", Usage(units=self.units).units)
        if not isinstance(self.kind, str):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
            msg = f"kind is a word such as 'user' or 'tool', not {shown(self.kind)}"
            raise UsageError(msg, kind=self.kind)
        if self.kind == "creation":
            msg = (
                "kind 'creation' is what the ledger calls the making of a stored cache; say another"
            )
            raise UsageError(msg, kind=self.kind)
        if self.usage is not None and not isinstance(self.usage, Usage):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
            msg = f"usage is a costcalc.Usage or None, not {shown(self.usage)}"
            raise UsageError(msg, usage=self.usage)
