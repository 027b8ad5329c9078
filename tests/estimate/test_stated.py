"""Counts, waits and shares as callers state them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from costcalc import UsageError
from costcalc.estimate.stated import count, listed, share, shown, wait

SECOND = timedelta(seconds=1)
WAITS: dict[str, tuple[Any, timedelta]] = {
    "seconds": (90, 90 * SECOND),
    "a fraction of a second": (0.3, timedelta(milliseconds=300)),
    "an exact fraction": (Decimal("0.000001"), timedelta(microseconds=1)),
    "below a microsecond is nothing": (Decimal("0.0000009"), timedelta(0)),
    "a timedelta": (timedelta(hours=1), timedelta(hours=1)),
    "a time with its unit": ("90s", 90 * SECOND),
    "two units": ("1h30m", timedelta(minutes=90)),
    "all units": ("1d1h1m1s1ms", timedelta(days=1, hours=1, minutes=1, seconds=1, milliseconds=1)),
    "spaces around it": (" 5m ", timedelta(minutes=5)),
    "a fraction of a unit": ("1.5m", 90 * SECOND),
    "the longest": ("3660d", timedelta(days=3_660)),
}


@pytest.mark.parametrize(("stated", "expected"), WAITS.values(), ids=WAITS)
def test_a_wait_is_what_it_says(stated: Any, expected: timedelta) -> None:
    assert wait(stated, "gap") == expected


NO_WAITS: dict[str, Any] = {
    "negative seconds": -1,
    "no number": float("nan"),
    "for ever": float("inf"),
    "longer than the universe": 1e300,
    "a number of thousands of digits": 10**5_000,
    "an exponent of millions": Decimal("1e9999999"),
    "an exponent of minus millions": Decimal("1e-9999999"),
    "a signal": Decimal("sNaN"),
    "a truth": True,
    "nothing": None,
    "a bare number as text": "90",
    "a unit alone": "m",
    "a unit nobody knows": "3w",
    "a negative time": "-5m",
    "text around it": "about 5m",
    "a space within it": "1h 30m",
    "no text": "",
    "two that are too long together": "3000d3000d",
    "more digits than can be read": "9" * 5_000 + "s",
    "negative timedelta": timedelta(microseconds=-1),
    "a day too long": timedelta(days=3_661),
}


@pytest.mark.parametrize("stated", NO_WAITS.values(), ids=NO_WAITS)
def test_what_is_no_wait_is_refused_and_shown_no_longer_than_a_line(stated: Any) -> None:
    with pytest.raises(UsageError) as caught:
        wait(stated, "gap")
    said = (
        f"gap {shown(stated)} is no wait; write seconds, a timedelta, or text such as '90s', '5m' or "
        "'1h30m', up to ten years"
    )
    assert str(caught.value) == said
    assert len(said) < 200


def test_a_long_value_is_cut_where_it_is_shown() -> None:
    assert shown("x" * 200) == f"'{'x' * 79}…"
    assert shown(10**5_000) == "a very long number"
    assert shown(3) == "3"


@pytest.mark.usefixtures("hostile_context")
def test_a_wait_does_not_depend_on_the_callers_decimals() -> None:
    assert wait(Decimal("1234.567891"), "gap") == timedelta(seconds=1_234, microseconds=567_891)
    assert wait("1234.567891s", "gap") == timedelta(seconds=1_234, microseconds=567_891)


@pytest.fixture
def hostile_context() -> Any:
    import decimal

    traps = [decimal.Inexact, decimal.Rounded, decimal.FloatOperation]
    with decimal.localcontext(decimal.Context(prec=3, traps=traps)):
        yield


def test_a_count_is_any_whole_number_from_its_least_on() -> None:
    class Whole:
        def __index__(self) -> int:
            return 7

    assert count(Whole(), "steps") == 7
    assert count(10**18, "steps") == 10**18
    with pytest.raises(UsageError, match="^steps is a whole number from 1 on, not 0$"):
        count(0, "steps", least=1)


def test_a_share_may_be_written_in_percent() -> None:
    assert share("3%", "miss_ratio") == Decimal("0.03")
    assert share(0.25, "miss_ratio") == Decimal("0.25")
    assert share(1, "miss_ratio") == 1


@pytest.mark.parametrize("value", ["abc", b"abc", {1: 2}, 3, None])
def test_what_is_no_list_is_refused(value: Any) -> None:
    with pytest.raises(UsageError, match="^misses is a list, not "):
        listed(value, "misses")


def test_a_list_is_anything_that_can_be_gone_through() -> None:
    assert listed((each for each in range(3)), "misses") == (0, 1, 2)
    assert listed({5}, "misses") == (5,)
