"""Why a comparison of costs failed, as pytest prints it below the assertion."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from costcalc import Assumption, LineItem, Registry, Session, Usage, price, pytest_plugin
from costcalc.testing import IsUSD
from costcalc.testing.explanations import compared_costs, cost_lines, explain

pytest_plugins = ["pytester"]

PRICES = Registry.from_yaml(
    """
provider: lab
models:
  small:
    source: https://lab.example/prices
    checked: 2026-01-01
    prices:
      - {from: 2025-01-01, input: 1, cache_read: 0.1, output: 4}
      - {from: 2026-01-01, input: 1, cache_read: 0.1, output: 5, rules: [{if: {batch: true}, times: 0.5}]}
  big: {input: 10, output: 40}
"""
)
CALL = Usage(input_tokens=100_000, cache_read_tokens=50_000, output_tokens=25_000)


def cost(model: str = "small", usage: Usage = CALL, at: str = "2026-02-01", **terms: Any) -> Any:
    return price(model, usage, registry=PRICES, at=at, **terms)


def lines(found: list[str] | None) -> str:
    assert found is not None
    return "\n".join(found)


def test_two_costs_show_the_lines_that_differ() -> None:
    longer = Usage(input_tokens=100_000, cache_read_tokens=50_000, output_tokens=25_001)
    assert lines(explain("==", cost(), cost(usage=longer))) == (
        "<Cost 0.18 USD> == <Cost 0.180005 USD>\n"
        "          left                            right\n"
        "≠ output  25,000 × 5 / 1M tokens = 0.125  25,001 × 5 / 1M tokens = 0.125005\n"
        "≠ total   0.18                            0.180005  left is 0.000005 (less than 0.01%) below\n"
        "  2 lines are the same"
    )


def test_more_verbosity_shows_all_lines() -> None:
    shorter = Usage(input_tokens=100_000, cache_read_tokens=50_000, output_tokens=24_000)
    assert lines(explain("==", cost(), cost(usage=shorter), verbose=True)) == (
        "<Cost 0.18 USD> == <Cost 0.175 USD>\n"
        "              left                              right\n"
        "  input       50,000 × 1 / 1M tokens = 0.05     the same\n"
        "  cache_read  50,000 × 0.1 / 1M tokens = 0.005  the same\n"
        "≠ output      25,000 × 5 / 1M tokens = 0.125    24,000 × 5 / 1M tokens = 0.12\n"
        "≠ total       0.18                              0.175  left is 0.005 (2.86%) above"
    )


def test_a_price_that_moved_shows_both_rates_and_periods() -> None:
    before = cost(at="2025-02-01")
    assert lines(explain("==", cost(), before)) == (
        "<Cost 0.18 USD> == <Cost 0.155 USD>\n"
        "          left                            right\n"
        "≠ output  25,000 × 5 / 1M tokens = 0.125  25,000 × 4 / 1M tokens = 0.1\n"
        "≠ total   0.18                            0.155  left is 0.025 (16.13%) above\n"
        "  2 lines are the same\n"
        "≠ at: 2026-02-01, not 2025-02-01\n"
        "≠ period: from 2026-01-01 00:00Z until further notice, "
        "not from 2025-01-01 00:00Z until 2026-01-01 00:00Z"
    )


def test_why_a_rate_holds_stands_beside_it() -> None:
    found = lines(explain("==", cost(), cost(batch=True)))
    why = cost(batch=True).lines[0].why
    assert why
    assert f"× 0.5 / 1M tokens = 0.025 ({why})" in found


def test_other_models_are_compared_by_meter_and_named() -> None:
    found = lines(explain("==", cost(), cost("big")))
    assert "≠ input       50,000 × 1 / 1M tokens = 0.05     50,000 × 10" in found
    assert "≠ model: small, not big" in found
    assert "period" not in found  # of two models it always differs


def test_sums_are_compared_by_model() -> None:
    both = cost() + cost("big")
    assert lines(explain("==", cost(), both)) == (
        "<Cost 0.18 USD> == <Cost 2.18 USD>\n"
        "                  left  right\n"
        "≠ big input       –     50,000 × 10 / 1M tokens = 0.5\n"
        "≠ big cache_read  –     50,000 × 10 / 1M tokens = 0.5"
        " (the rate of input)\n"
        "≠ big output      –     25,000 × 40 / 1M tokens = 1\n"
        "≠ total           0.18  2.18  left is 2 (91.74%) below\n"
        "  3 lines are the same\n"
        "≠ model: small, not none"
    )


def test_lines_of_one_meter_are_paired_by_what_they_share() -> None:
    mixed = cost() + cost(at="2025-02-01")  # two lines of output
    found = lines(explain("==", mixed, cost() + cost()))
    assert "≠ output  25,000 × 4 / 1M tokens = 0.1    50,000 × 5" in found
    assert "≠ output  25,000 × 5 / 1M tokens = 0.125  –" in found


def test_equal_lines_leave_the_facts_that_differ() -> None:
    other = replace(
        cost(), checked=date(2026, 3, 1), stated=Decimal("0.2"), notes=("rates of a draft",),
        assumptions=(Assumption("tier", "no tier was said"),),
    )  # fmt: skip
    assert lines(explain("==", cost(), other)) == (
        "<Cost 0.18 USD> == <Cost 0.18 USD>\n"
        "≠ stated: none, not 0.2\n"
        "≠ checked: 2026-01-01, not 2026-03-01\n"
        "≠ assumed, right only: no tier was said\n"
        "≠ note, right only: rates of a draft"
    )


def test_lines_that_differ_may_sum_to_the_same() -> None:
    one = LineItem("input", 100, 1_000_000, Decimal(4), Decimal("0.0004"), unit="1M tokens")
    two = LineItem("output", 100, 1_000_000, Decimal(4), Decimal("0.0004"))
    left, right = (replace(cost(), lines=(line,), total=Decimal("0.0004")) for line in (one, two))
    assert lines(compared_costs(left, right)) == (
        "          left                          right\n"
        "≠ input   100 × 4 / 1M tokens = 0.0004  –\n"
        "≠ output  –                             100 × 4 / 1000000 = 0.0004\n"
        "  total   0.0004                        the same"
    )  # fmt: skip


def test_costs_in_two_currencies_have_no_difference() -> None:
    found = lines(explain("==", cost(), cost().to("EUR", rate="0.5")))
    assert "≠ total       0.18 USD                          0.09 EUR\n" in found
    assert "≠ currency: USD, not EUR" in found


def test_estimates_are_compared_by_their_costs() -> None:
    def estimate(steps: int) -> Any:
        return Session(
            model="small", steps=steps, input_tokens_per_step=1_000, output_tokens_per_step=100
        ).estimate(registry=PRICES, at="2026-02-01")

    found = lines(explain("==", estimate(2), estimate(3)))
    assert found.startswith("<SessionEstimate 0.0032 USD> == <SessionEstimate 0.00501 USD>")
    assert "≠ total" in found


def test_a_matcher_says_why_on_either_side() -> None:
    near = IsUSD("0.2", rel="1%")
    why = "0.18 USD is 0.02 (10.00%) below 0.2 ± 0.002"
    assert explain("==", cost(), near) == ["<Cost 0.18 USD> == IsUSD('0.2', rel='1%')", why]
    assert explain("==", near, cost()) == ["IsUSD('0.2', rel='1%') == <Cost 0.18 USD>", why]
    assert explain("==", 0.2, IsUSD("0.2")) == [
        "0.2 == IsUSD('0.2')",
        "0.2 is a float, and no exact amount; compare a Decimal or a Cost",
    ]


@pytest.mark.parametrize(
    ("op", "left", "right"),
    [
        pytest.param("!=", cost(), cost(), id="another comparison"),
        pytest.param("==", cost(), cost(), id="equal costs"),
        pytest.param("==", Decimal("0.18"), IsUSD("0.18"), id="a matcher that matches"),
        pytest.param("==", cost(), Decimal("0.18"), id="a cost and a number"),
        pytest.param("==", SimpleNamespace(cost=cost()), cost(), id="somebody else's object"),
    ],
)
def test_what_is_not_ours_is_left_to_pytest(op: str, left: object, right: object) -> None:
    assert explain(op, left, right) is None


def test_the_lines_of_a_cost_say_whose_they_are() -> None:
    assert cost_lines(cost()) == [
        "  small (lab) at 2026-02-01",
        "    input       50,000 × 1 / 1M tokens = 0.05",
        "    cache_read  50,000 × 0.1 / 1M tokens = 0.005",
        "    output      25,000 × 5 / 1M tokens = 0.125",
    ]
    several = cost_lines(cost() + cost("big"))
    assert several[0] == "    big input         50,000 × 10 / 1M tokens = 0.5"
    free = replace(cost(), lines=(), total=Decimal(0), at=None)
    assert cost_lines(free) == ["  small (lab)"]


def test_pytest_prints_it_below_the_assertion(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("CI", raising=False)  # there pytest shows all
    pytester.makepyfile(
        """
        import costcalc
        from costcalc.testing import IsUSD

        def cost(tokens):
            usage = costcalc.Usage(input_tokens=1_000_000, output_tokens=tokens, requests=10)
            return costcalc.price("grok-code-fast-1", usage, at="2025-09-07")

        def test_two(): assert cost(100) == cost(200)
        def test_one(): assert {"cost": cost(0).total} == {"cost": IsUSD("0.3")}
        def test_matcher(): assert cost(0) == IsUSD("0.3", rel="1%")
        def test_numbers(): assert 1 == 2
        """
    )
    run = pytester.runpytest_inprocess("-p", "costcalc.pytest_plugin")
    run.assert_outcomes(failed=4)
    run.stdout.fnmatch_lines(
        [
            "E   assert <Cost 0.20015 USD> == <Cost 0.2003 USD>",
            "E               left                              right",
            "E     ≠ output  100 × 1.50 / 1M tokens = 0.00015  200 × 1.50 / 1M tokens = 0.0003",
            "E     ≠ total   0.20015                           0.2003  left is 0.00015 (0.07%) below",
            "E       one line is the same",
            "E   AssertionError: assert {'cost': Decimal('0.2')} == {'cost': IsUSD('0.3')}",
            "E   AssertionError: assert <Cost 0.2 USD> == IsUSD('0.3', rel='1%')",
            "E     0.2 USD is 0.1 (33.33%) below 0.3 ± 0.003",
            "E   assert 1 == 2",
        ]
    )


def test_a_suite_without_costs_pays_nothing_for_it(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "costcalc.billing.cost")
    assert pytest_plugin.pytest_assertrepr_compare(request.config, "==", cost(), 1) is None
