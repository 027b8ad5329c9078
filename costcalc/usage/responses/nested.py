"""Frameworks that keep the provider's own usage beside theirs: what it says is what is billed."""

from __future__ import annotations

from costcalc.errors import UsageError
from costcalc.usage.usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from costcalc.usage.responses.api import Draft

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
