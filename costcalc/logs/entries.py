"""Calls of formats that count in a way of their own: from inclusive counts to a call of the table.

The counts of an agent's log are few and always the same, so no usage is made for each of them.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import compress

from costcalc.errors import UsageError
from costcalc.logs.calls import Call
from costcalc.logs.faults import fault_of
from costcalc.logs.sellers import sold
from costcalc.usage.usage import MAX_COUNT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from typing import Any

    from costcalc.logs.calls import Calls
    from costcalc.logs.files import LogFile

__all__ = ["METERS", "Counts", "Entries", "disjoint"]

METERS = (
    "input", "cache_read", "cache_write", "cache_write_1h", "output", "reasoning", "input_audio",
    "output_audio", "input_image", "web_search",
)  # fmt: skip
"""What agents and gateways count, by meters that exclude each other."""
Counts = tuple[int, ...]
"""Counts of these meters, or of the first of them."""


def disjoint(
    *,
    input_tokens: int,
    output_tokens: int,
    cache_read: int = 0,
    cache_write: int = 0,
    reasoning: int = 0,
    input_audio: int = 0,
    output_audio: int = 0,
) -> Counts:
    """Return counts that exclude each other, from inclusive ones.

    Raises `UsageError` for a part above its total.
    """
    fresh = input_tokens - cache_read - cache_write - input_audio
    if fresh < 0:
        msg = (
            f"{cache_read:,} tokens read from a cache, {cache_write:,} written to it and "
            f"{input_audio:,} of sound are more than the {input_tokens:,} of the input that they "
            "are said to be part of"
        )
        raise UsageError(msg, input_tokens=input_tokens)
    answer = output_tokens - reasoning - output_audio
    if answer < 0:
        msg = (
            f"{reasoning:,} reasoning tokens and {output_audio:,} of sound are more than the "
            f"{output_tokens:,} of the output that they are said to be part of"
        )
        raise UsageError(msg, output_tokens=output_tokens)
    return fresh, cache_read, cache_write, 0, answer, reasoning, input_audio, output_audio


class Entries:
    """Makes the calls of one file, and those of which it is not known what they counted."""

    def __init__(self, format: str, file: LogFile, calls: Calls) -> None:  # noqa: A002 - the public word
        self.format = format
        self.file = file
        self.calls = calls

    def call(
        self,
        line: int,
        counts: Counts,
        *,
        model: str,
        provider: str | None = None,
        at: int | None = None,
        session: str | None = None,
        project: str | None = None,
        id: str | None = None,  # noqa: A002 - the public word
        conditions: Mapping[str, str | bool] | None = None,
        stated: Decimal | None = None,
        requests: int | None = None,
    ) -> Call:
        """Return a call of counts that exclude each other; a stated cost of 0 is unknown.

        Raises `UsageError` for more than any call can have.
        """
        if sum(counts) > MAX_COUNT:
            msg = f"it counts {Decimal(sum(counts)):.3e} tokens, and no call has above 10**18"
            raise UsageError(msg)
        name, seller = sold(model, provider, self.calls)
        shelf = self.calls.shelf(
            model=name, meters=tuple(compress(METERS, counts)), format=self.format,
            file=self.file.path, provider=seller, conditions=conditions, session=session,
            project=project,
        )  # fmt: skip
        call = Call(shelf, at, tuple(filter(None, counts)), line, id)
        call.stated = stated or None
        call.requests = requests
        if call.stated is not None or requests is not None:
            shelf.special = True
        return call

    def fault(
        self, line: int | None, error: UsageError, key: Hashable | None = None, **known: Any
    ) -> None:
        """Count a call whose record contradicts itself; `known` is what `fault_of` takes.

        A `key` tells it from others, and from a sound record of the same call.
        """
        call = fault_of(self.file, line, error, self.calls, format=self.format, **known)
        if key is None:
            self.calls.add_alone(call)
        else:
            self.calls.add(key, call)
