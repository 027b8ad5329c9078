"""What a reader of logs can do, where the readers of responses advise who calls them."""

from __future__ import annotations

from costcalc.usage.responses.api import AS_WHOSE, AT, OF_CLOUD, WHOSE

__all__ = ["advised"]

_ADVICE = {
    WHOSE: "in a line of your own say who bills under 'provider', or write its counts as a line "
    "of usage",
    AS_WHOSE: "in a line of your own, 'provider' says whose it is",
    OF_CLOUD: "in a line of your own, 'provider' and 'model' say how it is billed",
    AT: "in a line of your own, 'at' says when it was",
}
"""By what to do with a call in Python, what to do with a line of a log."""


def advised(text: str) -> str:
    """Return what a reader of responses said, with advice that holds for a log."""
    for call, line in _ADVICE.items():
        text = text.replace(call, line)
    return text
