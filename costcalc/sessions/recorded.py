"""From recorded usages to the steps of a session, to replay them or to try them otherwise."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from costcalc import instants
from costcalc.errors import UsageError
from costcalc.estimate.stated import listed, shown
from costcalc.sessions.step import Step
from costcalc.usage.usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

__all__ = ["recorded_steps"]


def recorded_steps(
    usages: Iterable[Usage], at: Sequence[datetime | date | str] | None, system_tokens: int
) -> tuple[Step, ...]:
    """Return the steps whose prompts have the recorded sizes.

    What a prompt has more than the one before, and its reply, is new input. Where it has less, the
    reply was not sent again; where it is shorter than the prompt before, what the cache served is
    taken as what stayed, and the rest as new. Raises `UsageError` for usages of several requests,
    for prompts shorter than the system prompt, and for times out of order.
    """
    held = listed(usages, "usages")
    if not held:
        raise UsageError("there are no usages to replay; give at least one")
    gaps = _gaps(at, len(held))
    found: list[Step] = []
    before, shown = system_tokens, 0  # the prompt before, and the reply that was sent again
    for number, usage in enumerate(held, 1):
        _check(usage, number, system_tokens)
        size = usage.input_tokens
        whole = before + shown
        if size >= whole:
            kept = whole
        elif size >= before:
            kept = before
        else:
            kept = max(system_tokens, min(size, usage.cache_read_tokens))
        found.append(
            Step(
                input_tokens=size - kept,
                output_tokens=usage.output_tokens,
                reasoning_tokens=usage.reasoning_tokens,
                dropped_tokens=whole - kept,
                gap=gaps[number - 1],
                units=usage.units,
                usage=usage,
            )
        )
        before, shown = size, usage.output_tokens - usage.reasoning_tokens
    return tuple(found)


def _check(usage: Usage, number: int, system_tokens: int) -> None:
    if not isinstance(usage, Usage):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
        msg = f"usage {number} is a costcalc.Usage, not {shown(usage)}"
        raise UsageError(msg, usage=usage)
    if (usage.requests or 1) > 1:
        msg = (
            f"usage {number} adds up {usage.requests} requests; a session is replayed from the "
            "usage of each call"
        )
        raise UsageError(msg, requests=usage.requests)
    if usage.input_tokens < system_tokens:
        msg = (
            f"usage {number} has {usage.input_tokens:,} input tokens, and system_tokens, which "
            f"every prompt begins with, is {system_tokens:,}"
        )
        raise UsageError(msg, system_tokens=system_tokens)


def _gaps(at: Sequence[datetime | date | str] | None, length: int) -> list[timedelta]:
    """Return the times between calls; the first has none before it."""
    if at is None:
        return [timedelta(0)] * length
    moments = [instants.parse(each) for each in listed(at, "at")]
    if len(moments) != length:
        msg = f"at has {len(moments)} times for {length} usages; write one for each"
        raise UsageError(msg, at=at)
    for number, (one, other) in enumerate(pairwise(moments), 2):
        if other < one:
            msg = f"usage {number} is earlier than the one before it; put them in order of time"
            raise UsageError(msg, at=at[number - 1])
    return [timedelta(0), *(timedelta(microseconds=b - a) for a, b in pairwise(moments))]
