"""Pins in tests: what holds, what moved, and what a failure says."""

from __future__ import annotations

import pickle
import sys
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

import costcalc
from costcalc import CostcalcError, Registry, Usage, UsageError
from costcalc.testing import Pin, PinError, Pricing, freeze
from costcalc.testing.moves import later
from costcalc.testing.pins import moved_rates

if TYPE_CHECKING:
    from plugin_support import Project

CALL = Usage(input_tokens=2_000_000, cache_read_tokens=1_000_000, output_tokens=100_000)
SMALL = {"input": "0.40", "cache_read": "0.04", "output": "3"}


def at(day: str, registry: Registry) -> Pricing:
    return freeze(day, registry=registry, whose="by me", today=date(2026, 2, 20))


def said(pricing: Pricing, model: str, **pin: Any) -> list[str]:
    """Return the lines of what a pin fails with."""
    with pytest.raises(PinError) as caught:
        pricing.pin(model, **pin)
    assert isinstance(caught.value, AssertionError)
    return str(caught.value).splitlines()


def test_a_pin_that_holds_returns_the_rate_card(lab: Registry) -> None:
    card = at("2026-02-15", lab).pin("lab/small", **SMALL)
    assert card.source == "https://lab.example/prices"


def test_a_moved_price_says_was_is_since_source_and_effect(lab: Registry) -> None:
    pricing = at("2026-04-01", lab)
    assert said(pricing, "small", **SMALL, usage=CALL, reason="the budget rests on it") == [
        "the price of small moved",
        "  meter         was     is  change        per",
        "  input       $0.40  $0.20    -50%  1M tokens",
        "  cache_read  $0.04  $0.02    -50%  1M tokens",
        "  output      $3.00  $1.50    -50%  1M tokens",
        "  since    2026-03-01",
        "  source   https://lab.example/march, checked 2099-03-02",
        "  at       2026-04-01 by me",
        "  usage    $0.74 → $0.37 (-50%)",
        "  reason   the budget rests on it",
        '  accept   if that is right, pin input="0.20", cache_read="0.02", output="1.50"',
    ]


def test_only_what_moved_is_shown(lab: Registry) -> None:
    lines = said(at("2026-04-01", lab), "small", input="0.20", output="1.6")
    assert lines[2] == "  output  $1.60  $1.50   -6.2%  1M tokens"
    assert lines[-1] == '  accept   if that is right, pin input="0.20", output="1.50"'


def test_a_price_that_was_free_has_no_percentage(lab: Registry) -> None:
    lines = said(
        at("2026-04-01", lab), "big", input="0", usage=Usage(output_tokens=0, input_tokens=10)
    )
    assert lines[2].split() == ["input", "$0.00", "$3.00", "1M", "tokens"]
    assert "  usage    $0.00 → $0.00003" in lines


def test_a_meter_without_a_rate_is_a_move(lab: Registry) -> None:
    lines = said(at("2026-04-01", lab), "big", image="0.04", input="3")
    assert lines[2].split() == ["image", "$0.04", "no", "rate", "image"]
    assert lines[-1] == '  accept   if that is right, pin input="3", and leave out image'
    alone = said(at("2026-04-01", lab), "big", image="0.04")
    assert alone[-1] == "  accept   if that is right, remove the pin"


def test_a_usage_without_a_price_does_not_hide_the_move(lab: Registry) -> None:
    usage = Usage(input_tokens=10, units={"image": 1})
    lines = said(at("2026-04-01", lab), "big", input="2", usage=usage)
    assert lines[0] == "the price of big moved"
    assert [each for each in lines if each.startswith("  usage    'big' (lab) has no rate for")]


def test_rates_in_another_currency_are_others() -> None:
    prices = Registry.from_yaml("provider: east\ncurrency: CNY\nmodels: {silk: {input: 1}}\n")
    card = at("2026-04-01", prices).rate_card("silk")
    pin = Pin(model="silk", rates={"input": Decimal(1), "image": Decimal(1)}, currency="USD")
    one, other = moved_rates(pin, card)
    assert (one.was, one.rate, one.currency, one.change()) == (1, 1, "USD", "")
    assert (other.rate, other.currency) == (None, None)
    assert moved_rates(Pin(model="silk", rates={"input": Decimal(1)}), card) == ()


def test_a_redirect_to_another_currency_is_noticed() -> None:
    prices = Registry.from_yaml(
        "provider: west\nmodels:\n"
        "  wool: {retired: 2026-03-01, redirects_to: silk, input: 1, image: 1}\n"
    ).overlay(Registry.from_yaml("provider: east\ncurrency: CNY\nmodels: {silk: {input: 1}}\n"))
    rates = {"input": Decimal(1), "image": Decimal(1)}
    pin = Pin(model="wool", rates=rates, currency="USD")
    assert later(pin, prices, freeze("2026-01-01").at) == (
        "wool moves on 2026-03-01: input 1 USD → 1 CNY, image 1 → no rate"
    )


def test_a_redirected_model_says_as_what_it_is_billed(lab: Registry) -> None:
    lines = said(at("2026-02-15", lab), "old", input="1", output="2")
    assert "  billed   as small (lab)" in lines
    assert "  since    2026-02-01" in lines


def test_a_redirect_that_moves_nothing_warns(lab: Registry) -> None:
    with pytest.warns(costcalc.RedirectWarning):
        at("2026-02-15", lab).pin("old", input="0.40")


def test_rules_are_in_the_pinned_rate_and_in_the_message(lab: Registry) -> None:
    pricing = at("2026-04-01", lab)
    pricing.pin("small", input="0.10", batch=True)
    pricing.pin("unchecked", input="1.1", region="us")
    pricing.pin("small", input="0.10", conditions={"batch": True, "region": None})
    lines = said(pricing, "small", input="0.20", batch=True)
    assert lines[0] == "the price of small, batch=true moved"
    assert "  why      × 0.5 batch=true" in lines


def test_a_price_without_a_known_start_or_source_says_so() -> None:
    bare = Registry.from_yaml("provider: p\nmodels:\n  m: {input: 1, output: 2}\n")
    lines = said(at("2026-02-15", bare), "m", input="2")
    assert lines[3:5] == ["  since    the beginning", "  source   none stated"]


def test_the_tier_is_that_of_the_tokens_or_the_usage(lab: Registry) -> None:
    pricing = at("2026-04-01", lab)
    pricing.pin("big", input="3")
    pricing.pin("big", input="6", prompt_tokens=200_001)
    pricing.pin("big", input="6", usage=Usage(input_tokens=300_000))
    lines = said(pricing, "big", input="3", prompt_tokens=300_000, output_tokens=5)
    assert lines[0] == "the price of big, 300,000 tokens in, 5 tokens out moved"


def test_a_meter_pays_its_parents_rate_and_moves_with_it(lab: Registry) -> None:
    pricing = at("2026-04-01", lab)
    pricing.pin("big", cache_read="3", reasoning="15")
    usage = Usage(input_tokens=100_000, cache_read_tokens=100_000)
    assert "  usage    $0.20 → $0.30 (+50%)" in said(pricing, "big", input="2", usage=usage)
    own = Usage(input_tokens=1_000_000, cache_read_tokens=1_000_000)
    # the cached tokens of this model have a rate of their own, which nobody pinned
    assert "  usage    $0.02 → $0.02 (+0%)" in said(pricing, "small", input="2", usage=own)


TOLERANCES = [("2%", True), ("0.02", True), (Decimal("0.02"), True), ("1.9%", False), (0, False)]


@pytest.mark.parametrize(("rel", "holds"), TOLERANCES)
def test_a_rate_may_differ_by_a_tolerance(lab: Registry, rel: Any, holds: bool) -> None:  # noqa: FBT001 - a column
    pricing = at("2026-04-01", lab)
    if holds:
        pricing.pin("big", input="3.0612", rel=rel)
    else:
        said(pricing, "big", input="3.0612", rel=rel)


def test_a_pin_expires_by_the_calendar_not_by_the_frozen_instant(lab: Registry) -> None:
    pricing = at("2030-01-01", lab)
    pricing.pin("big", input="3", until="2026-02-21")
    assert said(pricing, "big", input="3", until=date(2026, 2, 20), reason="contract") == [
        "the pin of big expired on 2026-02-20: look at it again",
        "  reason   contract",
        "  accept   state a later until=, or none, once you have compared the price",
    ]


def test_a_pin_may_hold_another_instant(lab: Registry) -> None:
    pricing = at("2026-02-15", lab)
    pricing.pin("small", input="0.20", at="2026-04-01")
    lines = said(pricing, "small", input="0.40", at="2026-04-01")
    assert lines[0] == "the price of small, at 2026-04-01 moved"
    assert "  at       2026-04-01 by at=" in lines


def test_a_pin_may_name_its_provider(lab: Registry) -> None:
    pricing = at("2026-04-01", lab)
    pricing.pin("small", provider="lab", input="0.20")
    assert said(pricing, "small", provider="lab", input="1")[0] == "the price of lab/small moved"


def test_known_later_moves_are_noticed_once(lab: Registry) -> None:
    pricing = at("2026-01-15", lab)
    for _ in range(2):
        pricing.pin("small", **SMALL)
    for model in ("dead", "gone", "ended"):
        pricing.pin(model, input="1")
    pricing.pin("old", input="1", output="2")
    pricing.pin("big", input="3")
    assert pricing.notices == [
        "small moves on 2026-03-01: input 0.40 → 0.20, cache_read 0.04 → 0.02, output 3 → 1.50",
        "dead is retired on 2026-02-01",
        "gone is retired on 2026-02-01; its provider recommends small",
        "ended has no price from 2026-02-01 on",
        "old moves on 2026-02-01: input 1 → 0.40, output 2 → 3",
    ]


def test_a_look_ahead_leaves_no_trace_in_the_prices_it_looks_at(lab: Registry) -> None:
    """A warning names where a price was first asked for, which is no pin's look ahead."""
    at("2026-01-15", lab).pin("old", input="1", output="2")
    line = sys._getframe().f_lineno + 2
    with pytest.warns(costcalc.RedirectWarning) as caught:
        costcalc.price("old", CALL, at="2026-02-15", registry=lab)
    assert [each.lineno for each in caught] == [line]


def test_a_later_list_without_a_meter_is_noticed() -> None:
    prices = Registry.from_yaml(
        "provider: p\nmodels:\n  m:\n    prices:\n"
        "      - {until: 2026-03-01, input: 1, image: 0.04}\n"
        "      - {from: 2026-03-01, until: 2026-04-01, input: 1, image: 0.04}\n"
        "      - {from: 2026-04-01, input: 1}\n"
    )
    pin = Pin(model="m", rates={"image": Decimal("0.04")})
    assert (
        later(pin, prices, freeze("2026-01-01").at) == "m moves on 2026-04-01: image 0.04 → no rate"
    )


WRONG = {
    "no rate": ({}, "a pin holds at least one rate"),
    "an unknown meter": ({"imput": "1"}, "'imput' is no meter, nor an option of a pin; nearest: input"),
    "nothing like a meter": ({"zzz": "1"}, "known: input, cache_read"),
    "a float": ({"input": 0.2}, "the rate of input is a Decimal, an int or decimal text"),
    "a negative rate": ({"input": "-1"}, "the rate of input is -1; a rate is not negative"),
    "a negative tolerance": ({"input": 1, "rel": "-1%"}, "rel is -1%; it is a share from 0 on"),
    "a tolerance of 200%": ({"input": 1, "rel": 2}, "rel is 2, as a share 200%; write '2%', or '200%'"),
    "a tolerance of 100%": ({"input": 1, "rel": "1"}, "rel is 1, as a share 100%; write '1%', or '100%'"),
    "no usage": ({"input": 1, "usage": 5}, "usage is a costcalc.Usage, not int"),
    "no tolerance": ({"input": 1, "rel": "much"}, "rel 'much' is no decimal number"),
    "no day": ({"input": 1, "until": "soon"}, "'soon' is no ISO 8601"),
    "no instant": ({"input": 1, "at": "soon"}, "'soon' is no ISO 8601"),
    "a condition twice": ({"input": 1, "batch": True, "conditions": {"batch": True}}, "condition 'batch' is stated twice"),
}  # fmt: skip


@pytest.mark.parametrize(("pin", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_pin_that_cannot_be_says_why(lab: Registry, pin: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        at("2026-04-01", lab).pin("small", **pin)


@pytest.mark.parametrize("model", ["smal", "dead"])
def test_what_has_no_price_is_the_error_of_price(lab: Registry, model: str) -> None:
    with pytest.raises(LookupError):
        at("2026-04-01", lab).pin(model, input="1")


def test_a_failure_is_an_error_with_facts(lab: Registry) -> None:
    with pytest.raises(PinError) as caught:
        at("2026-04-01", lab).pin("small", input="0.40")
    error = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - of our own making
    assert issubclass(PinError, CostcalcError)
    (moved,) = error.moved
    assert (moved.meter, moved.was, moved.rate) == ("input", Decimal("0.40"), Decimal("0.20"))
    assert error.pin.model == "small"
    assert str(error) == str(caught.value)


def test_a_pin_is_a_value() -> None:
    pin = Pin(model="m", rates={"input": Decimal("0.10")}, conditions={"batch": "true"})
    assert Pin.model_validate_json(pin.model_dump_json()) == pin
    assert pin.label() == "m, batch=true"


def test_pytest_shows_the_move_and_not_our_code(project: Project) -> None:
    project.test(
        """
        @pytest.mark.pricing(at="2026-04-01")
        def test_moved(pricing):
            pricing.pin("small", input="0.40")

        def test_holds(pricing):
            pricing.pin("small", input="0.40")
        """
    )
    out = project.run(passed=1, failed=1)
    assert "E     input  $0.40  $0.20    -50%  1M tokens" in out
    assert "costcalc/testing/pricing.py" not in out
    assert "later: small moves on 2026-03-01: input 0.40 → 0.20" in out
