from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc import Registry, Session
from costcalc.planning.attribution import shares

RATES = """
provider: acme
models:
  before: {input: 0.20, cache_read: 0.02, output: 1.50, cache: {automatic: {caches_output: false}}}
  after: {input: 1.25, cache_read: 0.20, output: 2.50, cache: {automatic: {caches_output: false}}}
"""


def test_the_parts_of_a_session_whose_model_length_shape_and_cache_all_change() -> None:
    # From T=40, u=1,200, eps=.03 at 0.20/0.02/1.50 to T=50, u=1,500, eps=.05 at 1.25/0.20/2.50.
    registry = Registry.from_yaml(RATES)

    def cost(changes: frozenset[str]) -> Fraction:
        def pick(name: str, before: Any, after: Any) -> Any:
            return after if name in changes else before

        session = Session(
            model=pick("price", "before", "after"),
            steps=pick("steps", 40, 50),
            system_tokens=15_000,
            input_tokens_per_step=pick("shape", 1_200, 1_500),
            output_tokens_per_step=350,
            miss_ratio=pick("cache", "0.03", "0.05"),
        )
        return Fraction(session.closed_form(at="2026-09-01", registry=registry).total)

    found = shares(("price", "steps", "shape", "cache"), cost)
    assert found == {
        "price": Fraction("0.6203880675"),
        "steps": Fraction("0.1449671375"),
        "shape": Fraction("0.053493525"),
        "cache": Fraction("0.03077313"),
    }
    assert sum(found.values()) == Fraction("0.84962186")
    before, after = cost(frozenset()), cost(frozenset(found))
    assert (before, after) == (Fraction("0.08155089"), Fraction("0.93117275"))


@given(st.integers(0, 4), st.data())
def test_parts_sum_to_the_whole_and_are_the_mean_over_all_orders(
    count: int, data: st.DataObject
) -> None:
    names = tuple("abcd"[:count])
    amounts = st.fractions(min_value=-1_000, max_value=1_000)
    values: dict[frozenset[str], Fraction] = {}

    def value(some: frozenset[str]) -> Fraction:
        assert some not in values, "each set is asked for once"
        values[some] = data.draw(amounts)
        return values[some]

    found = shares(names, value)
    assert sum(found.values()) == values[frozenset(names)] - values[frozenset()]
    orders = list(permutations(names))
    for name in names:
        added = [
            values[frozenset(order[: order.index(name) + 1])]
            - values[frozenset(order[: order.index(name)])]
            for order in orders
        ]
        assert found[name] == sum(added, Fraction(0)) / len(orders)


@pytest.mark.parametrize("times", [Fraction(2), Fraction(1, 3)])
def test_a_change_alone_is_the_whole_difference(times: Fraction) -> None:
    found = shares(("price",), lambda some: Fraction(7) * (times if some else 1))
    assert found == {"price": 7 * times - 7}
