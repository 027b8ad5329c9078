"""Frameworks that keep the provider's own usage beside theirs: what it says is what is billed."""

from __future__ import annotations

from costcalc.errors import UsageError
from costcalc.usage.usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from costcalc.usage.responses.api import Draft
    from costcalc.usage.responses.response_usage import ResponseUsage

__all__ = ["TOKENS", "take_raw"]

TOKENS = tuple(name for name in Usage.__dataclass_fields__ if name.endswith("_tokens"))
"""Fields of a usage that count tokens."""


def take_raw(draft: Draft, raw: Any) -> bool:
    """Take everything from a provider's own usage; False, with a reason, where it is unreadable."""
    from costcalc.usage.responses.reading import read_response  # it reads the frameworks as well

    try:
        read = read_response(raw, draft.provider)
    except UsageError as error:
        draft.assume(
            f"the provider's own usage is not readable, so {draft.api}'s is taken: {error}"
        )
        return False
    _compare(draft, read)
    draft.counts = {name: getattr(read, name) for name in TOKENS}
    draft.units = dict(read.units)
    draft.conditions = {**read.conditions, **draft.conditions}
    draft.parts = list(read.parts)
    draft.assumptions += read.assumptions
    draft.stated_cost = read.stated_cost
    draft.requests = read.requests
    draft.model = draft.model or read.model
    draft.provider = draft.provider or read.provider
    draft.summed = ""  # the total is the framework's, and may leave out what it left out
    return True


def _compare(draft: Draft, own: ResponseUsage) -> None:
    """Say so where a framework counts otherwise than the provider, in any way that it may count.

    It may have parts in its totals or not, and cached tokens and reasoning beside them.
    """
    whole = own.whole()
    cached = own.cache_read_tokens + own.cache_write_tokens
    for name, beside in (("input_tokens", cached), ("output_tokens", own.reasoning_tokens)):
        said, mine = draft.counts[name], getattr(own, name)
        if said not in {0, mine, mine - beside, getattr(whole, name)}:
            draft.assume(
                f"{draft.api} counts {said:,} {name.replace('_', ' ')}, and the provider's own "
                f"usage {mine:,}; the latter are billed"
            )
