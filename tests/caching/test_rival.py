"""At what price another model wins: the price is laid over the list, and the bills compared."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costcalc import CurrencyMismatchError, Registry, Session, Usage, UsageError
from costcalc.caching.break_even import break_even
from costcalc.caching.rival import Rival

AT = "2026-06-01"
PRICES = """
provider: lab
cache: {automatic: {}}
models:
  mine: {input: 1, cache_read: 0.1, output: 4}
  dear: {input: 2, cache_read: 0.5, output: 8, web_search: 5}
  cheap: {input: 0.5, cache_read: 0.1, output: 2}
  free: {input: 0, cache_read: 0, output: 0}
---
provider: yuan
currency: CNY
models:
  hua: {input: 2, output: 8}
"""
FIRST, SECOND = PRICES.split("---")
LAB = Registry.from_yaml(FIRST).overlay(Registry.from_yaml(SECOND), name="yuan")
USAGE = Usage(input_tokens=100_000, cache_read_tokens=80_000, output_tokens=1_000)


def against(other: str, usage: Usage = USAGE) -> Rival:
    found = break_even("mine", against=other, usage=usage, registry=LAB, at=AT).rival
    assert found is not None
    return found


def test_a_dearer_rival_and_the_prices_at_which_it_would_win() -> None:
    found = against("dear")
    assert (found.total, found.against_total) == (Decimal("0.032"), Decimal("0.088"))
    assert found.factor is not None
    assert round(found.factor, 6) == Decimal("0.363636")
    # its input and its output alone: even nothing for them leaves 0.048 and 0.080
    assert found.rates == {"input": None, "cache_read": None, "output": None}
    assert str(found) == (
        "dear loses against mine, 0.088 to 0.032 USD; it costs the same at 0.3636× its price list, "
        "all else as it is"
    )


counts = st.integers(0, 10**6)


@settings(max_examples=60, deadline=None)
@given(fresh=counts, read=counts, output=st.integers(1, 10**6), search=st.integers(0, 3))
def test_at_the_stated_price_both_cost_the_same(
    fresh: int, read: int, output: int, search: int
) -> None:
    usage = Usage.from_disjoint(
        input=fresh, cache_read=read, output=output, units={"web_search": search}
    )
    base = Registry.from_yaml(FIRST.replace("output: 4}", "output: 4, web_search: 5}"))
    found = break_even("mine", against="dear", usage=usage, registry=base, at=AT).rival
    assert found is not None
    assert found.factor is not None
    assert abs(found.factor * found.against_total - found.total) < Decimal("1e-6")
    for meter, rate in found.rates.items():
        if rate is None:  # even nothing for it would not do
            rest = base.overlay(rates={"dear": {meter: "0"}})
            assert _total(usage, rest) > found.total
        else:
            even = base.overlay(rates={"dear": {meter: f"{rate:f}"}})
            assert abs(_total(usage, even) - found.total) < Decimal("1e-9")


def _total(usage: Usage, registry: Registry) -> Decimal:
    from costcalc import price

    return price("dear", usage, at=AT, registry=registry).total


@pytest.mark.parametrize(
    ("other", "usage", "sentence"),
    [
        pytest.param("cheap", Usage(input_tokens=10**6),
                     "cheap wins against mine, 0.5 to 1 USD; it costs the same at 2.000× its price list or "
                     "with input at 1.000 per 1M tokens, all else as it is", id="a cheaper one"),
        pytest.param("free", USAGE, "free wins against mine, 0 to 0.032 USD: nothing is cheaper than free", id="a free one"),
        pytest.param("mine", USAGE, "mine and mine cost the same, 0.032 USD", id="itself"),
    ],
)  # fmt: skip
def test_what_a_comparison_says(other: str, usage: Usage, sentence: str) -> None:
    assert str(against(other, usage)) == sentence


def test_against_a_free_model_there_is_no_factor() -> None:
    found = against("free")
    assert found.factor is None
    free = break_even("free", against="mine", usage=USAGE, registry=LAB, at=AT).rival
    assert free is not None
    assert free.factor == 0
    assert "at 0× its price list" in str(free)


def test_sessions_are_simulated_under_both() -> None:
    session = Session(steps=20, system_tokens=20_000, input_tokens_per_step=1_500)
    found = break_even("mine", against="dear", session=session, registry=LAB, at=AT)
    assert found.rival is not None
    assert found.rival.total == session.estimate("mine", registry=LAB, at=AT).total
    assert found.rival.against_total == session.estimate("dear", registry=LAB, at=AT).total
    assert str(found.rival) in found.explain().splitlines()


def test_the_seller_of_one_need_not_sell_the_other() -> None:
    found = break_even(
        "gpt-5", provider="openai", against="grok-4.3", usage=USAGE, at=AT
    ).rival  # fmt: skip
    assert found is not None
    assert (found.model, found.against) == ("gpt-5", "grok-4.3")


def test_no_rate_of_exchange_is_guessed() -> None:
    with pytest.raises(CurrencyMismatchError):
        against("hua")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"usage": USAGE}, "say against which model"),
        ({"against": "dear"}, "say on what mine and dear are compared"),
        ({"against": "dear", "usage": USAGE, "session": Session(steps=1)}, "one of them"),
    ],
)
def test_half_a_question_is_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        break_even("mine", registry=LAB, at=AT, **options)


def test_a_comparison_cannot_be_changed() -> None:
    found = against("dear")
    with pytest.raises(TypeError):
        found.rates["input"] = Decimal(1)  # pyright: ignore[reportIndexIssue] - what is refused
    assert Rival.model_validate_json(found.model_dump_json()) == found
