"""Every total equals rational arithmetic, whatever the price file, the usage and the context."""

from __future__ import annotations

import decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import price_lists, requests, to_yaml

from costcalc import Cost, Registry, Usage, price
from costcalc.registry.bundled import from_yaml
from costcalc.registry.store import CompiledStore, compiled_text

if TYPE_CHECKING:
    from oracle import PeriodData, Request, RuleData

    Drawn = tuple[list[PeriodData], list[RuleData], dict[str, str]]

pytestmark = pytest.mark.untraced  # it is the oracle that counts here


def usage_of(ask: Request) -> Usage:
    tokens = dict(ask.quantities)
    searches = tokens.pop("web_search")
    return Usage.from_disjoint(**tokens, units={"web_search": searches}, requests=ask.requests)


def known_to(drawn: Drawn, ask: Request) -> Request:
    """State only conditions that the period or the provider's rules know."""
    periods, provider_rules, _ = drawn
    holding = [each for each in periods if each.start is None or each.start <= ask.at][-1]
    rules = [*provider_rules, *holding.rules]
    tiers = sorted({rule.tier for rule in rules if rule.tier})
    ask.tier = tiers[ask.quantities["output"] % len(tiers)] if tiers else None
    ask.batch = any(rule.batch for rule in rules) and ask.quantities["input"] % 2 == 0
    return ask


def priced(registry: Registry, ask: Request) -> Cost:
    return price(
        "model-1",
        usage_of(ask),
        at=ask.at,
        service_tier=ask.tier,
        batch=ask.batch or None,
        registry=registry,
    )


@settings(max_examples=300, deadline=None)
@given(drawn=price_lists(), asks=st.lists(requests(), min_size=1, max_size=6))
def test_every_total_equals_rational_arithmetic_and_the_sum_of_its_lines(
    drawn: Drawn, asks: list[Request]
) -> None:
    registry = Registry.from_yaml(to_yaml(*drawn))
    for ask in asks:  # one registry: what an earlier call kept must not change a later one
        cost = priced(registry, known_to(drawn, ask))
        assert Fraction(cost.total) == oracle.total(*drawn, ask)
        assert sum(Fraction(line.amount) for line in cost.lines) == Fraction(cost.total)
        for line in cost.lines:
            assert Fraction(line.quantity) * Fraction(line.rate) / line.per == Fraction(line.amount)


@settings(max_examples=100, deadline=None)
@given(drawn=price_lists(), asks=st.lists(requests(), min_size=2, max_size=5), data=st.data())
def test_the_order_of_addition_does_not_matter(
    drawn: Drawn, asks: list[Request], data: st.DataObject
) -> None:
    registry = Registry.from_yaml(to_yaml(*drawn))
    costs = [priced(registry, known_to(drawn, ask)) for ask in asks]
    shuffled = data.draw(st.permutations(costs))
    one, other = sum(costs[1:], costs[0]), sum(shuffled[1:], shuffled[0])
    assert one.total == other.total
    assert set(one.lines) == set(other.lines)
    assert sum(Fraction(line.amount) for line in one.lines) == Fraction(one.total)
    assert Fraction(one.total) == sum(Fraction(cost.total) for cost in costs)


@settings(max_examples=100, deadline=None)
@given(drawn=price_lists(), ask=requests())
def test_the_decimal_context_of_the_caller_does_not_matter(drawn: Drawn, ask: Request) -> None:
    registry = Registry.from_yaml(to_yaml(*drawn))
    ask = known_to(drawn, ask)
    plain = priced(registry, ask)
    narrow = decimal.Context(prec=2, rounding=decimal.ROUND_UP, traps=[decimal.Inexact])
    with decimal.localcontext(narrow):
        fresh = Registry.from_yaml(to_yaml(*drawn))
        cost = priced(fresh, ask)
        assert (cost.total, cost.lines) == (plain.total, plain.lines)
        twice = cost + cost
        assert twice.lines == (cost * 2).lines
    assert Fraction(twice.total) == 2 * Fraction(plain.total)


@settings(max_examples=100, deadline=None)
@given(drawn=price_lists(), ask=requests())
def test_the_compiled_form_prices_like_the_yaml(drawn: Drawn, ask: Request) -> None:
    text = to_yaml(*drawn)
    compiled = Registry(CompiledStore(compiled_text(from_yaml(text)).encode()))
    ask = known_to(drawn, ask)
    one, other = priced(compiled, ask), priced(Registry.from_yaml(text), ask)
    assert one == other


@given(ask=requests())
def test_a_usage_is_the_sum_of_its_disjoint_meters(ask: Request) -> None:
    usage = usage_of(ask)
    assert usage.disjoint() == {name: count for name, count in ask.quantities.items() if count}
    assert usage + usage == usage_of(
        oracle.Request(
            {name: 2 * count for name, count in ask.quantities.items()},
            ask.at,
            requests=2 * (ask.requests or 1),
        )
    )


@settings(max_examples=100, deadline=None)
@given(drawn=price_lists(), ask=requests(), times=st.integers(0, 10**6))
def test_a_multiplied_cost_is_the_cost_of_that_many(drawn: Drawn, ask: Request, times: int) -> None:
    cost = priced(Registry.from_yaml(to_yaml(*drawn)), known_to(drawn, ask))
    assert Fraction((cost * times).total) == times * Fraction(cost.total)
