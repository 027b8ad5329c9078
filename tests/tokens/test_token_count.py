"""The value that counting gives: sums, the weakest method, and its words."""

from __future__ import annotations

import pytest

from costcalc import TokenCount, TokenPart


def exact_count(tokens: int, tokenizer: str) -> TokenCount:
    return TokenCount(tokens, tokens, tokens, "exact", tokenizer)


def part(tokens: int, method: str = "exact", spread: int = 0) -> TokenPart:
    low, high = tokens - spread, tokens + spread
    return TokenPart(what="text", tokens=tokens, low=low, high=high, method=method)


METHODS: dict[str, tuple[tuple[str, ...], str]] = {
    "exact parts are exact": (("exact", "exact"), "exact"),
    "one calibrated part makes it calibrated": (("exact", "calibrated"), "calibrated"),
    "one heuristic part makes it heuristic": (("heuristic", "calibrated"), "heuristic"),
    "nothing is exactly nothing": ((), "exact"),
}


@pytest.mark.parametrize(("methods", "expected"), METHODS.values(), ids=METHODS)
def test_the_weakest_method_holds(methods: tuple[str, ...], expected: str) -> None:
    parts = [part(10, method, spread=2) for method in methods]
    found = TokenCount.of(parts, "o200k_base")
    assert found.method == expected
    assert found.tokens == 10 * len(parts)
    assert (found.low, found.high) == (8 * len(parts), 12 * len(parts))
    assert TokenCount.summed([TokenCount.of([each], "o200k_base") for each in parts]) == (
        TokenCount(found.tokens, found.low, found.high, expected, "o200k_base" if parts else "")
    )


def test_a_sum_names_every_tokenizer_once() -> None:
    counts = [exact_count(1, "a"), exact_count(2, "b"), exact_count(3, "a")]
    assert TokenCount.summed(counts) == TokenCount(6, 6, 6, "exact", "a, b")


def test_a_count_is_a_number_and_a_sentence() -> None:
    assert int(exact_count(1_234, "t")) == 1_234
    assert str(exact_count(1, "t")) == "1 token (exact)"
    assert str(exact_count(1_234, "t")) == "1,234 tokens (exact)"
    spread = TokenCount.of([part(1_234, "calibrated", spread=100)], "t")
    assert str(spread) == "1,234 tokens (calibrated, 1,134 to 1,334)"


def test_a_count_survives_json() -> None:
    found = TokenCount.of([part(3)], "t")
    assert TokenCount.model_validate_json(found.model_dump_json()) == found
