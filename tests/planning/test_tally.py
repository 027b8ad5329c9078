"""Amounts as whole numbers of 10**-12: where they are rounded, and how."""

from __future__ import annotations

from decimal import Decimal

import pytest

from costcalc import Registry, Session
from costcalc.planning.tally import Tally, amount_of
from costcalc.sessions.simulation import Simulation

START = 1_767_225_600_000_000  # 2026-01-01


def tally_of(rates: str, **fields: int) -> tuple[int, Tally]:
    """Return what a session costs at some rates, and its sums."""
    prices = Registry.from_yaml(f"provider: lab\nmodels: {{m: {{{rates}}}}}\n")
    session = Session(steps=2, cache="none", **fields)
    found = Tally()
    total = found.add(Simulation(session, "lab/m", {}, prices, START).calls(0))
    return total, found


@pytest.mark.parametrize(
    ("amount", "by", "rounded"),
    [
        (1_500_000_000_000, 1, "1.5"),
        (1_000_000_500_000, 1, "1"),  # a tie goes to the even digit
        (1_000_001_500_000, 1, "1.000002"),
        (1_000_000_500_001, 1, "1.000001"),
        (10**12, 3, "0.333333"),
        (2 * 10**12, 3, "0.666667"),
        (0, 7, "0"),
    ],
)
def test_an_amount_has_six_places(amount: int, by: int, rounded: str) -> None:
    assert amount_of(amount, by) == Decimal(rounded)


@pytest.mark.parametrize(
    ("rate", "pico"),
    [
        # the second prompt contains the first: three tokens in all
        pytest.param("0.20", 600_000, id="a usual rate is exact"),
        pytest.param("0.0000001", 0, id="0.3 of the grain"),
        pytest.param("0.0000005", 2, id="1.5 of the grain, a tie to the even number"),
        pytest.param("0.000000166666", 0, id="just below half"),
        pytest.param("0.000000166667", 1, id="just above half"),
        pytest.param("0.0000015", 4, id="4.5 of the grain, a tie to the even number"),
    ],
)
def test_a_session_is_rounded_once(rate: str, pico: int) -> None:
    total, found = tally_of(f"input: {rate}, output: 1", input_tokens_per_step=1)
    assert found.tokens == {"input": 3}
    assert total == found.amounts["input"] == pico
    assert found.calls == 2


def test_what_is_not_sold_by_the_token_is_kept_as_fees() -> None:
    total, found = tally_of("input: 1, output: 1, request: 5", input_tokens_per_step=1000)
    # 3,000 tokens and two requests at $5 a thousand
    assert total == 13_000_000_000 == found.amounts["fees"]


def test_calls_above_the_context_window_are_counted() -> None:
    _, found = tally_of("context_window: 1500, input: 1, output: 1", input_tokens_per_step=1000)
    assert (found.over, found.input) == (1, 3000)
