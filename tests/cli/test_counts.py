from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc import UsageError
from costcalc.cli.counts import parse_count, parse_pairs

GOOD = [
    ("0", 0),
    ("1000", 1_000),
    (" 7 ", 7),
    ("20_000", 20_000),
    ("1,000", 1_000),
    ("12,345,678", 12_345_678),
    ("600k", 600_000),
    ("600K", 600_000),
    ("1M", 1_000_000),
    ("1.5k", 1_500),
    ("0.25m", 250_000),
    ("2B", 2_000_000_000),
    ("1,000k", 1_000_000),
    ("3.0", 3),
]
BAD = [
    "", " ", "abc", "-5", "+5", "1e6", "1,5k", "1,00", "1__0", "_1", "1_", ".5k", "1.k", "k", "1kk",
    "1 000", "0x10", "nan", "inf", "١٢", "1" * 50, "[red]",
]  # fmt: skip


@pytest.mark.parametrize(("text", "count"), GOOD, ids=[f"{text!r} is a count" for text, _ in GOOD])
def test_counts(text: str, count: int) -> None:
    assert parse_count(text, "--input") == count


@pytest.mark.parametrize("text", BAD, ids=[f"{text!r} is no count" for text in BAD])
def test_what_is_no_count_is_refused_by_name(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--input .* is no count; write it like 1000"):
        parse_count(text, "--input")


def test_a_fraction_of_a_token_is_refused() -> None:
    with pytest.raises(UsageError, match=r"--input '1.0005k' is 1000.5000, .* whole number"):
        parse_count("1.0005k", "--input")


@given(st.integers(0, 10**18))
def test_every_way_to_write_a_number_is_the_same_number(number: int) -> None:
    for text in (str(number), f"{number:,}", f"{number:_}"):
        assert parse_count(text, "--input") == number


@given(st.text(max_size=60))
def test_any_text_is_a_count_or_a_usage_error(text: str) -> None:
    try:
        count = parse_count(text, "--input")
    except UsageError:
        return
    assert count >= 0


def test_pairs_keep_their_order_and_may_hold_an_equals_sign() -> None:
    assert parse_pairs(["b=1", "a = x=y"], "--unit", "a=1") == {"b": "1", "a": "x=y"}
    assert parse_pairs(None, "--unit", "a=1") == {}


@pytest.mark.parametrize("text", ["", "a", "a=", "=1", " = "])
def test_half_a_pair_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no pair; write it like --unit web_search=3"):
        parse_pairs([text], "--unit", "web_search=3")


def test_a_name_said_twice_is_refused() -> None:
    with pytest.raises(UsageError, match="--unit says 'a' twice"):
        parse_pairs(["a=1", "a=2"], "--unit", "a=1")
