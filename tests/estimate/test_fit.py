"""Whether a prompt and its reply fit: the limits, certain and uncertain."""

from __future__ import annotations

import pytest

from costcalc import ModelInfo, OutputTokens, TokenCount
from costcalc.estimate.fit import fit


def counted(tokens: int, low: int, high: int) -> TokenCount:
    return TokenCount(tokens, low, high, "exact" if low == high else "calibrated", "t")


def replied(expected: int, low: int, high: int) -> OutputTokens:
    return OutputTokens(expected, low, high, "as stated")


CASES: dict[str, tuple[TokenCount, OutputTokens, int | None, int | None, str, tuple[str, ...]]] = {
    "room for both": (counted(900, 800, 1_000), replied(50, 20, 100), 2_000, 100, "fits", ()),
    "exactly full is full, not over": (
        counted(900, 900, 900), replied(100, 100, 100), 1_000, 100, "fits", (),
    ),
    "over at the high end alone": (
        counted(900, 800, 1_000), replied(50, 20, 100), 1_050, 100, "may not fit",
        ("input and output together are 820 to 1,100 tokens, maybe above the context window of 1,050",),
    ),
    "over at the low end, too": (
        counted(900, 800, 1_000), replied(50, 20, 100), 700, 100, "does not fit",
        ("input and output together are 820 to 1,100 tokens, above the context window of 700",),
    ),
    "a reply above the output limit": (
        counted(10, 10, 10), replied(200, 200, 200), 1_000, 100, "does not fit",
        ("output is 200 tokens, above the output limit of 100",),
    ),
    "a reply that may pass the output limit": (
        counted(10, 10, 10), replied(80, 50, 200), None, 100, "may not fit",
        ("output is 50 to 200 tokens, maybe above the output limit of 100",),
    ),
    "both limits are named, the worse decides": (
        counted(900, 800, 1_000), replied(50, 20, 300), 1_050, 10, "does not fit",
        (
            "input and output together are 820 to 1,300 tokens, maybe above the context window of 1,050",
            "output is 20 to 300 tokens, above the output limit of 10",
        ),
    ),
    "without a known window nobody can say": (
        counted(10, 10, 10), replied(5, 5, 5), None, 100, "unknown", (),
    ),
    "without an output limit the window decides": (
        counted(10, 10, 10), replied(5, 5, 5), 100, None, "fits", (),
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("count", "output", "window", "most", "verdict", "reasons"), CASES.values(), ids=CASES
)
def test_a_verdict_names_the_limit(
    count: TokenCount,
    output: OutputTokens,
    window: int | None,
    most: int | None,
    verdict: str,
    reasons: tuple[str, ...],
) -> None:
    info = ModelInfo(provider="p", id="m", context_window=window, max_output=most)
    found = fit(info, count, output)
    assert (found.verdict, found.reasons) == (verdict, reasons)
    assert found.tokens == count.tokens + output.expected
    assert found.high == count.high + output.high
