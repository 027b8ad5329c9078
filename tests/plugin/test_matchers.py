"""Matchers: what they equal, what they do not, and what they say of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from costcalc import Cost, Meter, Registry, Session, Usage, UsageError, estimate_prompt, price
from costcalc.testing import CostUnder, IsAmount, IsCheaperThan, IsCost, IsUSD
from costcalc.testing.matchers import Matcher

PRICES = Registry.from_yaml(
    """
provider: lab
models:
  small: {input: 1, cache_read: 0.1, output: 4}
  big: {input: 10, output: 40}
  free: {input: 0, output: 0}
"""
)
YUAN = Registry.from_yaml("provider: east\ncurrency: CNY\nmodels: {silk: {input: 1, output: 2}}")
CALL = Usage(input_tokens=100_000, output_tokens=25_000)
COST = price("small", CALL, registry=PRICES, at="2026-01-01")  # 0.2
DEAR = price("big", CALL, registry=PRICES, at="2026-01-01")  # 2
FREE = price("free", CALL, registry=PRICES, at="2026-01-01")
SILK = price("silk", CALL, registry=YUAN, at="2026-01-01")  # 0.15 CNY
ESTIMATE = estimate_prompt("small", "word " * 100, output_tokens=(100, 300), registry=PRICES)
SESSION = Session(
    model="small", steps=2, input_tokens_per_step=1_000, output_tokens_per_step=100
).estimate(registry=PRICES)


def recorded() -> Meter:
    meter = Meter(model="small", registry=PRICES)
    meter.record(CALL)
    return meter


EQUAL = {
    "a cost of this amount": (COST, IsUSD("0.2")),
    "a Decimal": (Decimal("0.20"), IsUSD("0.2")),
    "decimal text, as JSON has it": ("0.2000", IsUSD("0.2")),
    "a whole number": (2, IsUSD(2)),
    "a meter": (recorded(), IsUSD("0.2")),
    "a session's estimate": (SESSION, IsUSD(SESSION.total)),
    "an estimate": (ESTIMATE, IsUSD(ESTIMATE.total)),
    "an amount at the edge of rel": (Decimal("0.202"), IsUSD("0.2", rel="1%")),
    "an amount at the edge of abs": (Decimal("0.19"), IsUSD("0.2", abs="0.01")),
    "the wider of rel and abs": (Decimal("0.21"), IsUSD("0.2", rel="1%", abs="0.01")),
    "approx is within one per cent": (Decimal("0.198"), IsUSD(approx="0.2")),
    "approx with an abs of its own": (Decimal("0.3"), IsUSD(approx="0.2", abs="0.1")),
    "approx with a rel of its own": (Decimal("0.3"), IsUSD(approx="0.2", rel="50%")),
    "bounds, both open": (COST, IsUSD(gt="0.1", lt="0.3")),
    "bounds, both closed": (COST, IsUSD(ge="0.2", le="0.2")),
    "an amount in the currency that is named": (SILK, IsAmount("0.15", currency="CNY")),
    "an amount in any currency": (SILK, IsAmount("0.15")),
    "a negative amount": (Decimal("-0.2"), IsUSD("-0.2", rel="1%")),
    "cheaper than another cost": (COST, IsCheaperThan(DEAR)),
    "cheaper by a share": (COST, IsCheaperThan(DEAR, by="90%")),
    "cheaper than a bare amount": (COST, IsCheaperThan("0.21")),
    "under a cap": (COST, CostUnder("0.21")),
    "just at a cap": (COST, CostUnder("0.2")),
    "the high end under a cap": (ESTIMATE, CostUnder(ESTIMATE.high.total, end="high")),
    "a cost without ends": (COST, CostUnder("0.2", end="high")),
    "a cap in its currency": (SILK, CostUnder("0.15", currency="CNY")),
    "fields of a cost": (COST, IsCost(total="0.2", model="small", provider="lab")),
    "a field as a matcher": (COST, IsCost(total=IsUSD(approx="0.2"))),
    "a field as a Decimal": (COST, IsCost(total=Decimal("0.20"))),
    "amounts of meters": (COST, IsCost(amounts={"input": "0.1", "output": Decimal("0.1")})),
    "quantities of meters": (COST, IsCost(quantities={"input": 100_000, "cache_read": 0})),
}  # fmt: skip


@pytest.mark.parametrize(("value", "matcher"), EQUAL.values(), ids=EQUAL.keys())
def test_a_matcher_equals(value: object, matcher: Matcher) -> None:
    assert matcher.mismatch(value) is None
    assert value == matcher
    assert matcher == value


UNEQUAL = {
    "an amount above": (COST, IsUSD("0.1"), "0.2 USD is 0.1 (100.00%) above 0.1"),
    "an amount below": (COST, IsUSD("0.3"), "0.2 USD is 0.1 (33.33%) below 0.3"),
    "a hair beside it": (Decimal("0.20000001"), IsUSD("0.2"), "0.20000001 is 0.00000001 (less than 0.01%) above 0.2"),
    "an amount where nothing is expected": (COST, IsUSD(0), "0.2 USD is 0.2 above 0"),
    "beyond a tolerance": (Decimal("0.21"), IsUSD("0.2", rel="1%"), "0.21 is 0.01 (5.00%) above 0.2 ± 0.002"),
    "a float": (0.2, IsUSD("0.2"), "0.2 is a float, and no exact amount; compare a Decimal or a Cost"),
    "a boolean": (True, IsUSD(1), "True is no amount; compare a Cost, an estimate, a Decimal or decimal text"),
    "text that is no number": ("much", IsUSD(1), "an amount 'much' is no decimal number; write it like '0.20'"),
    "something long": (["x" * 99], IsUSD(1), "list is no amount; compare a Cost, an estimate, a Decimal or decimal text"),
    "another currency": (SILK, IsUSD("0.15"), "it is 0.15 CNY, not in USD"),
    "not more than": (COST, IsUSD(gt="0.2"), "0.2 USD is not more than 0.2"),
    "not at least": (COST, IsUSD(ge="0.3"), "0.2 USD is not at least 0.3"),
    "not less than": (COST, IsUSD(lt="0.2"), "0.2 USD is not less than 0.2"),
    "not at most": (COST, IsUSD(le="0.1"), "0.2 USD is not at most 0.1"),
    "dearer": (DEAR, IsCheaperThan(COST), "2 USD is 1.8 (900.00%) above 0.2 USD"),
    "as dear": (COST, IsCheaperThan(COST), "both cost 0.2 USD"),
    "not cheaper by as much": (COST, IsCheaperThan("0.21", by="20%"), "0.2 USD is not at most 0.168, which is 20% below 0.21"),
    "cheaper in another currency": (COST, IsCheaperThan(SILK), "0.2 USD and 0.15 CNY are in different currencies; convert one first"),
    "a float that is cheaper": (0.1, IsCheaperThan(COST), "0.1 is a float, and no exact amount; compare a Decimal or a Cost"),
    "above a cap": (COST, CostUnder("0.1"), "0.2 USD is 0.1 (100.00%) above the cap of 0.1"),
    "a high end above a cap": (ESTIMATE, CostUnder(0, end="high"), f"{ESTIMATE.high.total:f} USD is {ESTIMATE.high.total:f} above the cap of 0"),
    "a cap in another currency": (SILK, CostUnder("1"), "it is 0.15 CNY, not in USD"),
    "a float under a cap": (0.1, CostUnder(1), "0.1 is a float, and no exact amount; compare a Decimal or a Cost"),
    "another total": (COST, IsCost(total="0.3"), "its total is 0.2, not '0.3'"),
    "another model": (COST, IsCost(model="big"), "its model is 'small', not 'big'"),
    "another amount of a meter": (COST, IsCost(amounts={"input": "0.2"}), "its amount of input is 0.1, not '0.2'"),
    "another quantity of a meter": (COST, IsCost(quantities={"output": 1}), "its quantity of output is 25000, not 1"),
    "no cost at all": (Decimal("0.2"), IsCost(total="0.2"), "it is no Cost but of type Decimal"),
}  # fmt: skip


@pytest.mark.parametrize(("value", "matcher", "why"), UNEQUAL.values(), ids=UNEQUAL.keys())
def test_a_matcher_does_not_equal(value: object, matcher: Matcher, why: str) -> None:
    assert value != matcher
    assert matcher != value
    assert matcher.mismatch(value) == why


SHOWN = {
    "IsUSD('0.0525', rel='1%')": IsUSD("0.0525", rel="1%"),
    "IsUSD(approx='0.0525')": IsUSD(approx="0.0525"),
    "IsUSD(gt='0.01', le='0.05')": IsUSD(gt="0.01", le="0.05"),
    "IsAmount(3, currency='CNY')": IsAmount(3, currency="CNY"),
    "CostUnder('2.00')": CostUnder("2.00"),
    "CostUnder('2.00', end='high', currency='CNY')": CostUnder("2.00", end="high", currency="CNY"),
    "IsCheaperThan('2 USD', by='20%')": IsCheaperThan(DEAR, by="20%"),
    "IsCheaperThan('2 USD')": IsCheaperThan(DEAR),
    "IsCost(total='0.2', amounts={'input': '0.1'})": IsCost(total="0.2", amounts={"input": "0.1"}),
}  # fmt: skip


@pytest.mark.parametrize(("text", "matcher"), SHOWN.items(), ids=SHOWN.keys())
def test_a_matcher_shows_what_was_written(text: str, matcher: Matcher) -> None:
    assert repr(matcher) == text


def test_a_matcher_that_has_matched_shows_what_it_matched() -> None:
    near = IsUSD(approx="0.2")
    assert Decimal("0.201") == near
    assert repr(near) == "Decimal('0.201')"
    assert Decimal("0.3") != near
    assert repr(near) == "IsUSD(approx='0.2')"


WRONG: dict[str, tuple[Any, str]] = {
    "no amount": (IsUSD, "IsUSD takes an amount, or approx=, or bounds such as le='0.05'"),
    "two amounts": (lambda: IsUSD("1", approx="1"), "IsUSD takes an amount, or approx="),
    "a tolerance of nothing": (lambda: IsUSD(le=1, rel="1%"), "state the amount, too"),
    "a float amount": (lambda: IsUSD(0.2), "write '0.2' in quotes"),  # type: ignore[arg-type] - refused
    "a negative tolerance": (lambda: IsUSD("1", abs="-1"), "abs '-1' is negative"),
    "a negative share": (lambda: IsUSD("1", rel="-1%"), "rel '-1%' is negative"),
    "a share that is no share": (lambda: IsUSD("1", rel=2), "rel 2 is a share, 200%; write '2%', or '200%'"),
    "cheaper by more than all": (lambda: IsCheaperThan("1", by="200%"), "by is at most 100%"),
    "cheaper by a number of per cent": (lambda: IsCheaperThan("1", by=20), "write '20%', or '2000%'"),
    "cheaper than a float": (lambda: IsCheaperThan(0.2), "0.2 is a float"),
    "an unknown end": (lambda: CostUnder(1, end="top"), "end is one of total, low, high, not 'top'"),
    "a float cap": (lambda: CostUnder(0.2), "write '0.2' in quotes"),  # type: ignore[arg-type] - refused
    "an unknown field": (lambda: IsCost(modle="x"), "a Cost has no field 'modle'; nearest: model"),
    "a field like none": (lambda: IsCost(zzz="x"), "a Cost has no field 'zzz'; nearest: total, "),
    "a float field": (lambda: IsCost(total=0.2) == COST, "0.2 is a float, and no exact amount; write it in quotes"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_matcher_refuses(make: Any, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        make()
    assert message in str(caught.value)


def test_a_tolerance_may_be_wide_where_it_says_so() -> None:
    assert Decimal(3) == IsUSD("1", rel="200%")
    assert Decimal(0) == IsCheaperThan("1", by="100%")


def test_a_matcher_has_no_hash() -> None:
    with pytest.raises(TypeError):
        hash(IsUSD("1"))


def test_the_base_describes_nothing() -> None:
    with pytest.raises(NotImplementedError):
        Matcher().mismatch(1)


def test_a_matcher_stands_within_larger_values() -> None:
    found = {"model": "small", "cost": COST, "share": 0.5}
    assert found == {"model": "small", "cost": IsUSD("0.2"), "share": 0.5}
    assert [IsUSD(0), CostUnder(1)] == [FREE, COST]
    assert isinstance(found["cost"], Cost)
