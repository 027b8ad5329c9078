"""Whether a prompt and its reply fit a model: its context window and its output limit."""

from __future__ import annotations

from dataclasses import dataclass

from costcalc.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.estimate.outputs import OutputTokens
    from costcalc.registry.cards import ModelInfo
    from costcalc.tokens.token_count import TokenCount

__all__ = ["VERDICTS", "Fit", "fit"]

VERDICTS = ("fits", "may not fit", "does not fit", "unknown")
"""At the high end too; at the low end only; not even there; no limit is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit(Value):
    """A verdict on the limits of a model, and the numbers that it rests on."""

    verdict: str
    """One of `VERDICTS`."""
    context_window: int | None
    """Most tokens of input and output together; None where it is not known."""
    max_output: int | None
    """Most output tokens of one request; None where it is not known."""
    tokens: int
    """Expected input and output together."""
    high: int
    """The same at the high end."""
    reasons: tuple[str, ...] = ()
    """Which limit is passed, and by how much."""


def fit(info: ModelInfo, count: TokenCount, output: OutputTokens) -> Fit:
    """Return whether a counted prompt and its reply fit a model."""
    window, most = info.context_window, info.max_output
    low, high = count.low + output.low, count.high + output.high
    limits = (
        ("input and output together", low, high, window, "context window"),
        ("output", output.low, output.high, most, "output limit"),
    )
    worst = 0
    reasons: list[str] = []
    for what, least, greatest, limit, name in limits:
        if limit is None or greatest <= limit:
            continue
        certain = least > limit
        worst = max(worst, 2 if certain else 1)
        size = f"{least:,}" if least == greatest else f"{least:,} to {greatest:,}"
        reasons.append(
            f"{what} {'are' if 'and' in what else 'is'} {size} tokens, "
            f"{'above' if certain else 'maybe above'} the {name} of {limit:,}"
        )
    unknown = not reasons and window is None
    return Fit(
        verdict=VERDICTS[3 if unknown else worst],
        context_window=window,
        max_output=most,
        tokens=count.tokens + output.expected,
        high=high,
        reasons=tuple(reasons),
    )
