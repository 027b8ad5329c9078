"""Names behind gateways and resellers' spellings: a price is passed on only where one is known."""

from __future__ import annotations

import gc
import pickle

import pytest
from core_support import MILLION, NOW, cost

import costcalc
from costcalc import METERS, Registry, UnknownModelError, Usage, UsageError, price
from costcalc.registry import current as settings
from costcalc.registry import registry as registry_module
from costcalc.values import frozen

SHOPS = Registry.from_yaml(
    """
provider: lab
models:
  m: {input: 3}
  gift: {input: 0, output: 0}
---
provider: shop
resells: true
models:
  lab/m: {input: 5, maker: lab}
  lab/only-here: {input: 7, maker: lab}
"""
)


def test_a_gateway_passes_the_makers_price_on_and_says_so() -> None:
    priced = cost(SHOPS, model="openrouter/lab/m")
    assert priced.total == 3
    assert [each.code for each in priced.assumptions] == ["maker", "gateway"]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("openrouter/gift", id="a free list is no gateway's price"),
        pytest.param("openrouter/lab/only-here", id="a reseller's price is no maker's"),
        pytest.param("openrouter/nothing", id="an unknown model"),
    ],
)
def test_a_gateway_without_a_makers_price_is_unknown(name: str) -> None:
    with pytest.raises(UnknownModelError):
        cost(SHOPS, model=name)


def test_a_makers_model_that_is_also_a_resellers_id_says_so() -> None:
    priced = cost(SHOPS, model="lab/m")
    assert priced.total == 3
    assert "is an id of shop too; priced as lab's" in priced.assumptions[0].text
    assert cost(SHOPS, model="lab/m", provider="shop").total == 5
    assert cost(SHOPS, model="shop/lab/m").total == 5


def test_blocks_that_nobody_kept_do_not_pile_up() -> None:
    before = settings._held[:]
    try:
        for _ in range(50):
            costcalc.use(SHOPS)
        gc.collect()
        kept = costcalc.use(SHOPS)
        held = settings._held
        assert len(held) <= len(before) + 3
        with kept:
            assert price("m", MILLION, at=NOW).total == 3
    finally:
        settings._held[:] = before


def test_kept_price_lists_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_module, "_MOST_PLANS", 1)
    for _ in range(2):
        assert [cost(SHOPS, model=name).total for name in ("m", "shop/lab/m", "gift")] == [3, 5, 0]


@pytest.mark.parametrize("currency", ["", "eur", "EURO"])
def test_a_currency_is_its_code(currency: str) -> None:
    with pytest.raises(UsageError, match="a currency is its ISO 4217 code, such as 'EUR'"):
        cost(SHOPS, model="m").to(currency, rate="0.9")


def test_small_things_read_well() -> None:
    assert repr(METERS["input"]) == "MeterInfo('input', per=1000000, unit='1M tokens')"
    assert repr(Usage(input_tokens=5, units={"page": 1})) == (
        "Usage(input_tokens=5, units={'page': 1})"
    )
    assert frozen({"a": [1, {"b": 2}]}) == {"a": (1, {"b": 2})}
    rates = SHOPS.rate_card("m").rates
    assert pickle.loads(pickle.dumps(rates)) == rates  # noqa: S301 - of our own making


def test_small_amounts_serialise_without_an_exponent() -> None:
    priced = cost(SHOPS, Usage(input_tokens=1), model="m")
    assert '"total":"0.000003"' in priced.model_dump_json()
    tiny = priced * 1 + cost(SHOPS, Usage(input_tokens=0), model="m")
    assert "E-" not in tiny.to("EUR", rate="0.0001").model_dump_json()
