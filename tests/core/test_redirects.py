"""Retirement: an id that is served as its successor, or by nothing."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from decimal import Decimal

import pytest
from core_support import MILLION, NOW, assumed, codes, cost, lab, registry, total

from costcalc import (
    NoPriceError,
    RedirectWarning,
    Registry,
    RegistryError,
    RetiredModelError,
    StalePriceWarning,
    UnknownConditionError,
    UnknownModelError,
    Usage,
    price,
)

YAML = """
provider: xai
fees: {web_search: 5}
models:
  code-1:
    aliases: [code]
    note: the launch model
    retired: 2026-05-15T19:00:00Z
    redirects_to: build
    redirect_disputed: {to: grok, source: https://x.ai/notice}
    prices: [{from: 2025-08-28, until: 2026-05-15T19:00:00Z, input: 0.20, output: 1.50}]
  build: {input: 1, output: 2, rules: [{if: {region: us}, times: 1.1}]}
  grok: {input: 1.25, output: 2.50, rules: [{if: {region: us}, times: 1.2}]}
  first: {input: 1, retired: 2025-01-01, redirects_to: second}
  second: {input: 2, retired: 2026-01-01, redirects_to: third}
  third: {input: 3}
  here: {input: 1, retired: 2025-01-01, redirects_to: there}
  there: {input: 1, retired: 2025-01-01, redirects_to: here}
  self: {input: 1, retired: 2025-01-01, redirects_to: self}
  lost: {input: 1, retired: 2025-01-01, redirects_to: nowhere}
  gone: {input: 1, output: 2, retired: 2025-01-01, replacement: third}
  over: {retired: 2025-01-01, prices: [{from: 2024-01-01, until: 2024-06-01, input: 7}]}
  moot:
    input: 1
    retired: 2025-01-01
    redirects_to: third
    redirect_disputed: {to: nowhere, source: https://x.ai/rumour}
  implied: {input: 1, retired: 2025-01-01, redirects_to: us.build}
  regional: {input: 1, rules: [{if: {region: us}, times: 2}], aliases: [{id: us.build, conditions: {region: us}}]}
"""

AFTER = "2026-06-01"


@pytest.fixture
def prices() -> Registry:
    return Registry.from_yaml(YAML)


@pytest.fixture
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RedirectWarning)
        yield


@pytest.mark.parametrize(
    ("at", "model", "rate"),
    [
        pytest.param("2026-05-15T18:59:59.999999Z", "code-1", "0.20", id="last instant"),
        pytest.param("2026-05-15T19:00:00Z", "build", "1", id="first instant after it"),
        pytest.param("2026-05-15T18:59:59Z", "code-1", "0.20", id="back before it"),
    ],
)
@pytest.mark.usefixtures("quiet")
def test_a_retired_id_is_priced_as_its_successor(
    prices: Registry, at: str, model: str, rate: str
) -> None:
    for name in ("code-1", "code", "xai/code-1"):
        priced = cost(prices, model=name, at=at)
        assert (priced.model, priced.total) == (model, Decimal(rate))


def test_alternating_instants_do_not_disturb_each_other(prices: Registry) -> None:
    with pytest.warns(RedirectWarning):
        found = [total(prices, model="code-1", at=at) for at in ("2026-01-01", AFTER) * 3]
    assert found == [Decimal("0.20"), Decimal(1)] * 3


def test_a_redirect_names_the_other_reading_with_its_total(prices: Registry) -> None:
    usage = Usage(input_tokens=2_000, output_tokens=500, units={"web_search": 2})
    with pytest.warns(RedirectWarning, match="code-1 was retired .* priced as build.* own id"):
        priced = cost(prices, usage, "code-1", AFTER, region="us")
    assert priced.total == Decimal("0.0033") + Decimal("0.01")
    (redirect,) = priced.assumptions
    assert redirect.code == "redirect"
    assert redirect.total == Decimal("0.0045") + Decimal("0.01")
    assert redirect.text == (
        "code-1 was retired at 2026-05-15T19:00:00Z; priced as build, which serves it; disputed: "
        "another reading bills it as grok, 0.0145 USD (https://x.ai/notice)"
    )
    assert priced.notes == ("the launch model",)
    assert redirect.text[:40] in priced.explain()


@pytest.mark.usefixtures("quiet")
def test_the_other_reading_is_billed_in_its_own_currency() -> None:
    prices = registry(
        """
        provider: lab
        models:
          m: {input: 1, retired: 2025-01-01, redirects_to: n,
              redirect_disputed: {to: zhipu/o, source: https://lab}}
          n: {input: 2}
        ---
        provider: zhipu
        currency: CNY
        models: {o: {input: 8}}
        """
    )
    assert "bills it as zhipu/o, 8 CNY (" in assumed(cost(prices), "redirect")


@pytest.mark.usefixtures("quiet")
def test_another_reading_without_a_price_says_why(prices: Registry) -> None:
    priced = cost(prices, model="moot")
    assert priced.total == 3
    assert (
        "another reading bills it as nowhere, which has no price here: unknown model 'nowhere'"
        in (assumed(priced, "redirect"))
    )
    assert priced.assumptions[0].total is None


@pytest.mark.parametrize(
    ("name", "at", "model"),
    [
        pytest.param("first", "2024-12-31", "first", id="before"),
        pytest.param("first", "2025-06-01", "second", id="one step"),
        pytest.param("first", "2026-01-01", "third", id="two steps"),
        pytest.param("second", "2025-06-01", "second", id="the middle while it lives"),
    ],
)
@pytest.mark.usefixtures("quiet")
def test_redirects_form_chains(prices: Registry, name: str, at: str, model: str) -> None:
    priced = cost(prices, model=name, at=at)
    assert priced.model == model
    if model == name:
        assert priced.assumptions == ()
    else:
        assert assumed(priced, "redirect") == (
            f"first was retired at 2025-01-01; priced as {model}, which serves it"
        )


@pytest.mark.parametrize("name", ["here", "there", "self"])
def test_a_circle_is_an_error_and_not_a_loop(prices: Registry, name: str) -> None:
    assert total(prices, model=name, at="2024-01-01") == 1
    with pytest.raises(RegistryError, match=f"redirects go round in a circle: {name} -> "):
        total(prices, model=name, at=NOW)


def test_a_missing_target_fails_when_priced_and_not_when_loaded(prices: Registry) -> None:
    assert total(prices, model="lost", at="2024-01-01") == 1
    assert prices.model("lost").redirects_to == "nowhere"
    with pytest.raises(UnknownModelError, match="unknown model 'nowhere'"):
        total(prices, model="lost", at=NOW)


@pytest.mark.usefixtures("quiet")
def test_the_conditions_that_a_target_implies_hold(prices: Registry) -> None:
    assert total(prices, model="implied", at=AFTER) == 2


@pytest.mark.usefixtures("quiet")
def test_conditions_are_judged_by_the_successor(prices: Registry) -> None:
    assert total(prices, model="code-1", at=AFTER, region="us") == Decimal("1.1")
    with pytest.raises(UnknownConditionError) as raised:
        total(prices, model="code-1", at=AFTER, region="eu")
    assert raised.value.model == "build"
    with pytest.raises(UnknownConditionError):
        total(prices, model="code-1", at="2026-01-01", region="us")


@pytest.mark.usefixtures("quiet")
def test_a_target_is_looked_for_beside_the_model_first() -> None:
    prices = registry(
        """
        provider: groq
        resells: true
        models:
          old: {input: 1, retired: 2025-01-01, redirects_to: llama}
          llama: {input: 11, maker: meta}
        ---
        provider: meta
        models:
          llama: {input: 10}
          gone: {input: 1, retired: 2025-01-01, redirects_to: alpaca}
        ---
        provider: farm
        models: {sheep: {input: 5, aliases: [alpaca]}}
        """
    )
    assert total(prices, model="old") == 11
    assert total(prices, model="gone") == 5


def test_a_retired_id_without_successor_is_an_error_with_facts(prices: Registry) -> None:
    assert total(prices, model="gone", at="2024-12-31") == 1
    with pytest.raises(RetiredModelError) as raised:
        total(prices, model="gone", at=NOW)
    error = raised.value
    assert (error.model, error.provider, error.at) == ("gone", "xai", NOW)
    assert (error.retired, error.replacement) == ("2025-01-01", "third")
    assert error.last_price == {"input": Decimal(1), "output": Decimal(2)}
    assert "its provider recommends 'third'" in str(error)
    error.last_price["input"] = Decimal(99)
    assert total(prices, model="gone", at="2024-12-31") == 1


def test_the_last_price_is_the_newest_where_no_list_reached_the_end(prices: Registry) -> None:
    with pytest.raises(RetiredModelError) as raised:
        total(prices, model="over", at=NOW)
    assert raised.value.last_price == {"input": Decimal(7)}
    with pytest.raises(NoPriceError, match="its last price ended at 2024-06-01"):
        total(prices, model="over", at="2024-07-01")


def test_the_warning_comes_once_per_model_and_registry(prices: Registry) -> None:
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("default")
        for at in (AFTER, "2026-06-02", AFTER):
            price("code-1", MILLION, at=at, registry=prices)
            price("code", MILLION, at=at, registry=prices)
            price("code-1", MILLION, at=at, registry=prices, region="us")
            prices.rate_card("code-1", at=at)
        assert [each.category for each in found] == [RedirectWarning]
        assert found[0].filename == __file__
        price("first", MILLION, at=AFTER, registry=prices)
        assert len(found) == 2
        price("code-1", MILLION, at=AFTER, registry=Registry.from_yaml(YAML))
        assert len(found) == 3


def test_a_warning_that_is_an_error_stops_every_call(prices: Registry) -> None:
    for _ in range(2):
        with pytest.raises(RedirectWarning):
            total(prices, model="code-1", at=AFTER)


@pytest.mark.usefixtures("quiet")
def test_a_rate_card_names_redirect_and_dispute(prices: Registry) -> None:
    card = prices.rate_card("code-1", at=AFTER)
    assert card.model == "build"
    assert card.assumptions == (
        (
            "code-1 was retired at 2026-05-15T19:00:00Z; priced as build, which serves it; disputed: "
            "another reading bills it as grok (https://x.ai/notice)"
        ),
    )


def test_an_overlay_moves_a_model_from_a_day_on(prices: Registry) -> None:
    moved = prices.overlay(redirect={"grok": "build"}, from_="2026-01-01")
    assert total(moved, model="grok", at="2025-12-31") == Decimal("1.25")
    priced = cost(moved, model="grok", at="2026-01-01")
    assert (priced.model, priced.total) == ("build", 1)
    assert codes(priced) == ["redirect", "overlay"]
    assert (
        assumed(priced, "overlay") == "prices of an overlay: grok served by build from 2026-01-01"
    )
    assert total(prices, model="grok", at=NOW) == Decimal("1.25")


def test_an_overlay_that_always_redirects_does_not_speak_of_the_year_one(prices: Registry) -> None:
    priced = cost(prices.overlay(redirect={"grok": "build"}), model="grok")
    assert priced.total == 1
    assert "0001" not in " ".join(each.text for each in priced.assumptions)


def test_an_overlay_settles_a_dispute(prices: Registry) -> None:
    settled = prices.overlay(redirect={"code-1": "grok"}, from_="2026-05-15T19:00:00Z")
    priced = cost(settled, model="code", at=AFTER)
    assert (priced.model, priced.total) == ("grok", Decimal("1.25"))
    assert "disputed" not in assumed(priced, "redirect")


def test_a_circle_of_overlays_is_an_error(prices: Registry) -> None:
    moved = prices.overlay(redirect={"grok": "build"}).overlay(redirect={"build": "grok"})
    with pytest.raises(RegistryError, match="circle"):
        total(moved, model="grok")


STALE = 'input: 1, checked: 2026-01-01, source: "https://lab/prices"'


@pytest.mark.parametrize(
    ("at", "stale"),
    [
        pytest.param("2026-06-29T23:59:59Z", False, id="180 days after"),
        pytest.param("2026-06-30", True, id="later"),
        pytest.param("2025-01-01", False, id="before the check"),
    ],
)
def test_an_open_price_that_nobody_checked_again_is_stale(at: str, stale: bool) -> None:  # noqa: FBT001
    prices = lab(STALE)
    if not stale:
        assert cost(prices, at=at).assumptions == ()
        return
    with pytest.warns(StalePriceWarning, match="more than 180 days .* compare it with https://lab"):
        priced = cost(prices, at=at)
    assert assumed(priced, "stale") == "the price of m was last checked on 2026-01-01"


def test_staleness_is_judged_at_each_instant(prices: Registry) -> None:
    del prices
    one = lab(STALE)
    with pytest.warns(StalePriceWarning):
        found = [codes(cost(one, at=at)) for at in ("2026-01-01", "2026-12-01") * 2]
    assert found == [[], ["stale"]] * 2


@pytest.mark.parametrize(
    "model",
    [
        pytest.param("input: 1, until: 2027-01-01, checked: 2026-01-01", id="closed period"),
        pytest.param("input: 1", id="never checked"),
    ],
)
def test_a_price_without_open_end_or_check_is_not_stale(model: str) -> None:
    assert cost(lab(model), at="2026-12-01").assumptions == ()


def test_a_stale_price_without_source_names_its_source_anyway() -> None:
    with pytest.warns(StalePriceWarning, match="compare it with its source"):
        cost(lab("input: 1, checked: 2026-01-01"), at="2026-12-01")
