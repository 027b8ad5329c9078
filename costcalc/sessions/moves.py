"""The steps of a session as the simulation takes them: checked before, and light."""

from __future__ import annotations

from datetime import timedelta
from itertools import repeat
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from costcalc.sessions.session import Session
    from costcalc.usage.usage import Usage

__all__ = ["Move", "moves_of"]

_MICRO = timedelta(microseconds=1)


class Move(NamedTuple):
    """One step; tokens, and microseconds of waiting before it."""

    input: int
    output: int
    reasoning: int
    transient: int
    gap: int
    units: Mapping[str, int]
    unchanged: int | None = None
    dropped: int = 0
    kind: str = "step"
    usage: Usage | None = None
    failed: bool = False
    """Whether its reply is lost, and the next move sends the same prompt again."""


def moves_of(session: Session) -> list[Move]:
    """Return every step of the main line of a session."""
    steps = session.steps
    if not isinstance(steps, int):
        return [
            Move(
                step.input_tokens,
                step.output_tokens,
                step.reasoning_tokens,
                step.transient_tokens,
                step.gap // _MICRO,
                step.units,
                step.unchanged_tokens,
                step.dropped_tokens,
                step.kind,
                step.usage,
            )
            for step in steps
        ]
    gap = session.gap
    micros = tuple(each // _MICRO for each in gap) if isinstance(gap, tuple) else gap // _MICRO
    columns: list[Iterable[Any]] = [
        value if isinstance(value, tuple) else repeat(value, steps)
        for value in (
            session.input_tokens_per_step,
            session.output_tokens_per_step,
            session.reasoning_tokens_per_step,
            session.transient_tokens_per_step,
            micros,
        )
    ]
    units = session.units_per_step
    return [
        Move(new, made, hidden, passing, wait, units)
        for new, made, hidden, passing, wait in zip(*columns, strict=True)
    ]
