from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc.cli import amounts

D = Decimal
EXACT = [
    ("0.242", "USD", "$0.242"),
    ("12.5", "USD", "$12.50"),
    ("3", "USD", "$3.00"),
    ("0", "USD", "$0.00"),
    ("1E-9", "USD", "$0.000000001"),
    ("1E+3", "USD", "$1,000.00"),
    ("-1.5", "USD", "-$1.50"),
    ("0.2178", "EUR", "0.2178 EUR"),
]


@pytest.mark.parametrize(("amount", "currency", "text"), EXACT, ids=[each[2] for each in EXACT])
def test_exact_amounts_have_all_their_digits(amount: str, currency: str, text: str) -> None:
    assert amounts.exact(D(amount), currency) == text


def test_a_rate_keeps_the_digits_of_its_list() -> None:
    assert amounts.rate(D("0.20"), "USD") == "$0.20"
    assert amounts.rate(D("0.0750"), "USD") == "$0.0750"
    assert amounts.rate(D(15), "CNY") == "15.00 CNY"


COLUMNS = [
    (["0.053", "2.25", "1.9"], ["$0.053", "$2.250", "$1.900"]),
    (["0.0000123456", "1"], ["$0.0000123", "$1.0000000"]),
    (["1234.5", "1234567.8"], ["$1,234.50", "$1,234,567.80"]),
    (["0", "5"], ["$0.00", "$5.00"]),
    (["0"], ["$0.00"]),
    ([], []),
]


@pytest.mark.parametrize(("given_amounts", "texts"), COLUMNS, ids=[str(b) for _, b in COLUMNS])
def test_a_column_has_equal_decimals(given_amounts: list[str], texts: list[str]) -> None:
    assert amounts.rounded([D(each) for each in given_amounts], "USD") == texts


@given(st.lists(st.decimals(D("1e-15"), D("1e9"), allow_nan=False, places=15), min_size=1))
def test_what_is_not_free_never_reads_as_zero(column: list[Decimal]) -> None:
    paid = [each for each in column if each]
    for text in amounts.rounded(paid, "USD"):
        assert D(text.lstrip("$").replace(",", "")) > 0


RATIOS = [
    ("42.4528", "42.5×"), ("1", "1.00×"), ("0.0353", "0.0353×"), ("1234.56", "1,234.6×"),
    ("0", "0.0×"), (None, "–"),
]  # fmt: skip


@pytest.mark.parametrize(("ratio", "text"), RATIOS, ids=[each[1] for each in RATIOS])
def test_ratios_have_three_digits(ratio: str | None, text: str) -> None:
    assert amounts.ratio(None if ratio is None else D(ratio)) == text


def test_quotients_are_decimals_of_twelve_digits() -> None:
    assert amounts.quotient(D(1), D(3)) == D("0.333333333333")
    assert amounts.quotient(D(6), D(3)) == D(2)
    assert amounts.quotient(D(1), D(0)) is None


def test_shares_are_percentages() -> None:
    assert amounts.share(D("0.976")) == "97.6%"
    assert amounts.share(None) == "–"


SIZES = [
    (None, "–"), (999, "999"), (8_192, "8.19k"), (131_072, "131k"), (256_000, "256k"),
    (1_048_576, "1.05M"), (10_000_000, "10M"), (10_400_000_000, "10.4B"),
]  # fmt: skip


@pytest.mark.parametrize(("tokens", "text"), SIZES, ids=[each[1] for each in SIZES])
def test_sizes_are_short(tokens: int | None, text: str) -> None:
    assert amounts.size(tokens) == text


def test_moments_are_dates_or_minutes_in_utc() -> None:
    assert amounts.moment(None) == "–"
    assert amounts.moment(datetime(2025, 9, 7, tzinfo=UTC)) == "2025-09-07"
    tokyo = timezone(timedelta(hours=9))
    assert amounts.moment(datetime(2025, 9, 7, 3, 30, 5, tzinfo=tokyo)) == "2025-09-06 18:30Z"


def test_decimal_points_stand_below_each_other() -> None:
    assert amounts.aligned(["$0.08", "$0.012", "–"]) == ["$0.08 ", "$0.012", "–    "]
    assert amounts.aligned(["5.00 CNY", "$1.00"]) == ["5.00 CNY", "$1.00    "]
    assert amounts.aligned([]) == []
