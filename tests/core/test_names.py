"""Names: from what a caller writes to the one model it means, or an error."""

from __future__ import annotations

from typing import Any

import pytest
from core_support import NOW, assumed, codes, cost, lab, registry, total

from costcalc import (
    AmbiguousModelError,
    NoPriceError,
    Registry,
    RegistryError,
    UnknownModelError,
    UsageError,
)

LABS = registry(
    """
    provider: xai
    prefixes: [x-ai]
    models:
      grok-4.3: {input: 1, aliases: [grok-latest, Grok-Beta]}
      grok-dated-2025-01-01: {input: 2}
      grok-dated: {input: 3}
      xai/odd: {input: 4}
      odd: {input: 5}
    ---
    provider: meta
    models:
      llama-4: {input: 10}
    ---
    provider: groq
    resells: true
    models:
      llama-4: {input: 11, maker: meta}
      openai/gpt-oss: {input: 12, maker: openai}
      qwen: {input: 13, maker: alibaba}
      unsaid: {input: 14}
    ---
    provider: together
    resells: true
    prefixes: [together-ai]
    models:
      llama-4: {input: 21, maker: meta}
      qwen: {input: 22, maker: alibaba}
      unsaid: {input: 23}
      grok-latest: {input: 24, maker: xai}
    """
)


@pytest.mark.parametrize(
    ("name", "rate"),
    [
        pytest.param("grok-4.3", 1, id="exact id"),
        pytest.param("GROK-4.3", 1, id="exact id in capitals"),
        pytest.param("grok-beta", 1, id="alias in other case"),
        pytest.param("xai/grok-4.3", 1, id="provider and model"),
        pytest.param("XAI/Grok-4.3", 1, id="provider and model in other case"),
        pytest.param("xai:grok-4.3", 1, id="provider and model with a colon"),
        pytest.param("x-ai/grok-4.3", 1, id="another spelling of the provider"),
        pytest.param("xai/grok-beta", 1, id="provider and alias"),
        pytest.param("grok-dated-2025-01-01", 2, id="listed date stamp is exact"),
        pytest.param("grok-dated", 3, id="id without the date stamp"),
        pytest.param("xai/odd", 4, id="an id that is spelled with its provider comes first"),
        pytest.param("odd", 5, id="the id without it"),
        pytest.param("xai/xai/odd", 4, id="provider before an id that is spelled with it"),
        pytest.param("groq/llama-4", 11, id="a reseller named"),
        pytest.param("together-ai/llama-4", 21, id="a reseller named by its other spelling"),
        pytest.param("groq/openai/gpt-oss", 12, id="a reseller and an id with a slash"),
        pytest.param("groq/qwen", 13, id="one of several sellers"),
    ],
)
def test_a_name_means_one_model(name: str, rate: int) -> None:
    priced = cost(LABS, model=name)
    assert priced.total == rate
    assert priced.assumptions == ()


def test_a_resellers_id_that_is_spelled_with_the_makers_name_says_whose_price_it_is() -> None:
    priced = cost(LABS, model="openai/gpt-oss")
    assert priced.total == 12
    assert [each.code for each in priced.assumptions] == ["maker"]
    assert "sold by groq, which resells it" in priced.assumptions[0].text


@pytest.mark.parametrize(
    ("name", "provider", "rate"),
    [
        pytest.param("llama-4", "meta", 10, id="the maker"),
        pytest.param("llama-4", "groq", 11, id="a reseller"),
        pytest.param("llama-4", "Together-AI", 21, id="a spelling of a reseller in capitals"),
        pytest.param("groq/llama-4", "groq", 11, id="the same provider twice"),
        pytest.param("openai/gpt-oss", "groq", 12, id="an id that is spelled like another's"),
        pytest.param("grok-latest", "xai", 1, id="an alias"),
    ],
)
def test_a_provider_says_who_sells(name: str, provider: str, rate: int) -> None:
    assert total(LABS, model=name, provider=provider) == rate


@pytest.mark.parametrize(
    ("name", "provider", "rate", "others"),
    [
        pytest.param("llama-4", "meta", 10, "groq, together", id="an id"),
        pytest.param("grok-latest", "xai", 1, "together", id="an alias of the maker"),
    ],
)
def test_a_model_that_several_sell_is_its_makers(
    name: str, provider: str, rate: int, others: str
) -> None:
    priced = cost(LABS, model=name)
    assert (priced.provider, priced.total) == (provider, rate)
    assert assumed(priced, "maker") == (
        f"{name} is sold by {others} too; priced as its maker's, {provider}; provider= names another"
    )


@pytest.mark.parametrize("name", ["qwen", "unsaid", "Unsaid"])
def test_a_model_that_only_resellers_sell_is_ambiguous(name: str) -> None:
    with pytest.raises(AmbiguousModelError) as raised:
        total(LABS, model=name)
    assert raised.value.providers == ("groq", "together")


def test_two_that_both_claim_to_make_a_model_are_ambiguous() -> None:
    prices = registry("""
        provider: mine
        models: {grok-4.3: {input: 9}}
        ---
        provider: xai
        models: {grok-4.3: {input: 1}}
    """)
    with pytest.raises(AmbiguousModelError) as raised:
        total(prices, model="grok-4.3")
    assert raised.value.providers == ("mine", "xai")
    assert total(prices, model="mine/grok-4.3") == 9


MINE = "provider: mine\nmodels:\n  grok-4.3: {input: 9}\n  qwen: {input: 8, aliases: [odd]}\n"
OURS = "provider: ours\nmodels:\n  grok-4.3: {input: 7}\n"


def test_a_file_laid_over_prices_that_know_the_maker_is_no_other_maker() -> None:
    for prices in (LABS.overlay(MINE), LABS.overlay(MINE).overlay(OURS)):
        priced = cost(prices, model="grok-4.3")
        assert (priced.provider, priced.total) == ("xai", 1)
        assert "mine" in assumed(priced, "maker")
        assert (
            total(prices, model="mine/grok-4.3")
            == total(prices, model="grok-4.3", provider="mine")
            == 9
        )
        assert total(prices, model="odd") == 5  # nor for an alias of its own
        assert total(prices, model="qwen") == 8  # but where nobody below makes it


def test_of_several_files_the_lowest_knows_the_maker() -> None:
    prices = Registry.from_yaml(MINE).overlay(OURS)
    assert cost(prices, model="grok-4.3").provider == "mine"


@pytest.mark.parametrize(
    "name",
    [
        "openrouter/xai/grok-4.3",
        "OpenRouter/x-ai/grok-4.3",
        "litellm/grok-4.3",
        "litellm_proxy/xai/grok-beta",
        "vercel/xai:grok-4.3",
        "requesty/grok-4.3",
    ],
)
def test_a_gateway_passes_the_list_price_on(name: str) -> None:
    priced = cost(LABS, model=name)
    assert priced.total == 1
    gateway = name.partition("/")[0].lower()
    assert assumed(priced, "gateway") == (
        f"called through {gateway}: the maker's list price, without the gateway's own fee"
    )


def test_a_gateway_that_has_prices_of_its_own_is_a_provider() -> None:
    prices = LABS.overlay(
        "provider: openrouter\nresells: true\nmodels:\n  x-ai/grok-4.3: {input: 7, maker: xai}\n"
    )
    assert total(prices, model="openrouter/x-ai/grok-4.3") == 7
    assert codes(cost(prices, model="openrouter/x-ai/grok-4.3")) == ["overlay"]
    assert total(prices, model="x-ai/grok-4.3") == 1
    assert codes(cost(prices, model="openrouter/grok-beta")) == ["gateway", "overlay"]


@pytest.mark.parametrize(
    "name",
    [
        "grok-4.3-2025-12-31",
        "grok-4.3-20251231",
        "grok-4.3@20251231",
        "grok-4.3@2025-12-31",
        "xai/grok-4.3-20251231",
        "grok-beta-2025-12-31",
    ],
)
def test_an_unlisted_date_stamp_is_dropped_and_said(name: str) -> None:
    priced = cost(LABS, model=name)
    assert priced.total == 1
    short = name[: name.index("2025") - 1]
    assert assumed(priced, "date_stamp") == f"the dated id {name} is not listed; priced as {short}"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("grok-4.3-2025-13-01", id="no such month"),
        pytest.param("grok-4.3-2025-12-32", id="no such day"),
        pytest.param("grok-4.3-2025-1231", id="dashes by halves"),
        pytest.param("grok-4.3-202512", id="month only"),
        pytest.param("grok-4.3-20251231-v1", id="stamp not at the end"),
        pytest.param("grok-4.3-20251231\n", id="newline after it"),
        pytest.param("grok-4.320251231", id="stamp without a separator"),
        pytest.param("grok", id="prefix of an id"),
        pytest.param("grok-4.3-fast", id="id with more behind it"),
        pytest.param("a-grok-4.3", id="id with more before it"),
        pytest.param("grok-4", id="shorter version"),
        pytest.param(" grok-4.3", id="leading space"),
        pytest.param("grok-4.3\n", id="trailing newline"),
        pytest.param("xai/", id="provider without model"),
        pytest.param("xai", id="provider alone"),
        pytest.param("/grok-4.3", id="slash without provider"),
        pytest.param("xai//grok-4.3", id="two slashes"),
        pytest.param("xai/groq/llama-4", id="one provider before another"),
        pytest.param("meta/grok-4.3", id="model of another provider"),
        pytest.param("openrouter/", id="gateway without model"),
        pytest.param("openrouter:grok-4.3", id="gateway with a colon"),
        pytest.param("-2025-01-01", id="a stamp alone"),
        pytest.param("grok\t4.3", id="tab"),
        pytest.param("provider xai", id="key of the store"),
        pytest.param("\ud800", id="lone surrogate"),
        pytest.param("", id="empty"),
        pytest.param("  ", id="spaces"),
    ],
)
def test_nothing_is_guessed(name: str) -> None:
    for _ in range(2):
        with pytest.raises(UnknownModelError) as raised:
            total(LABS, model=name)
        assert raised.value.name == name
        assert name.strip() == "" or repr(name) in str(raised.value)


@pytest.mark.parametrize(
    ("name", "provider", "nearest", "hint"),
    [
        pytest.param("grok-4.4", None, ("grok-4.3",), None, id="the nearest names are named"),
        pytest.param("zzzzzz", None, (), None, id="nothing near"),
        pytest.param(
            "llama-4",
            "xai",
            (),
            "llama-4 is a name of groq, meta, together",
            id="not sold by that provider",
        ),
        pytest.param("grok-4.4", "xai", ("grok-4.3",), None, id="near is what the provider sells"),
        pytest.param(
            "xai/grok-4.4",
            None,
            ("xai/grok-4.3",),
            None,
            id="the same, spelled as it was asked for",
        ),
        pytest.param(
            "XAI/Llama-4",
            None,
            (),
            "llama-4 is a name of groq, meta, together",
            id="not sold by the provider before the model",
        ),
        pytest.param(
            "grok-4.3",
            "nobody",
            ("grok-4.3",),
            "no prices of provider 'nobody' are known; known: groq, meta, together, xai",
            id="unknown provider",
        ),
        pytest.param(
            "nobody/grok-4.3",
            None,
            ("grok-4.3",),
            "no prices of provider 'nobody' are known; known: groq, meta, together, xai",
            id="unknown provider before the model",
        ),
    ],
)
def test_an_unknown_name_says_what_is_near(
    name: str, provider: str | None, nearest: tuple[str, ...], hint: str | None
) -> None:
    with pytest.raises(UnknownModelError) as raised:
        total(LABS, model=name, provider=provider)
    error = raised.value
    assert (error.provider, error.hint) == (provider, hint)
    assert error.nearest[: len(nearest)] == nearest
    if provider == "xai":
        assert not {"llama-4", "meta/llama-4"} & set(error.nearest)
    assert hint is None or hint in str(error)


@pytest.mark.parametrize("name", [None, 4.3, b"grok-4.3", ["grok-4.3"], ("grok-4.3",), True])
def test_a_name_is_text(name: Any) -> None:
    with pytest.raises(UsageError, match="text, not"):
        total(LABS, model=name)
    with pytest.raises(UsageError, match="a model name is text, not"):
        LABS.model(name)


MOVED = registry(
    """
    provider: mistral
    models:
      large-1: {input: 1, aliases: [{id: large, until: 2025-06-01}, {id: shown, from: 2025-01-01}]}
      large-2: {input: 2, aliases: [{id: large, from: 2025-06-01, until: 2026-01-01T12:00:00Z}]}
      large-3: {input: 3, aliases: [{id: large, from: 2026-02-01}]}
      us: {input: 1, rules: [{if: {region: us}, times: 1.1}, {if: {region: eu}, times: 1.2}],
           aliases: [{id: us.m, conditions: {region: US}}]}
    """
)


@pytest.mark.parametrize(
    ("at", "rate"),
    [
        pytest.param("2020-01-01", 1, id="before all"),
        pytest.param("2025-05-31T23:59:59.999999Z", 1, id="last instant of the first"),
        pytest.param("2025-06-01", 2, id="first instant of the second"),
        pytest.param("2026-01-01T11:59:59Z", 2, id="last second of the second"),
        pytest.param("2026-02-01", 3, id="first instant of the third"),
        pytest.param("2025-06-01T00:00:00Z", 2, id="back again"),
    ],
)
def test_a_dated_alias_means_the_model_of_its_day(at: str, rate: int) -> None:
    assert total(MOVED, model="large", at=at) == rate


def test_a_name_that_means_nothing_on_a_day_has_no_price() -> None:
    with pytest.raises(NoPriceError) as raised:
        total(MOVED, model="large", at="2026-01-15")
    assert str(raised.value) == (
        "no price for 'large' (mistral) at 2026-01-15: the name means large-1 from ever until "
        "2025-06-01; large-2 from 2025-06-01 until 2026-01-01T12:00:00Z; large-3 from 2026-02-01 "
        "until ever; name the model itself"
    )
    with pytest.raises(NoPriceError, match="shown from 2025-01-01|large-1 from 2025-01-01"):
        total(MOVED, model="shown", at="2024-01-01")


@pytest.mark.parametrize(
    ("region", "rate", "said"),
    [
        pytest.param(None, "1.1", None, id="implied"),
        pytest.param("us", "1.1", None, id="stated as implied"),
        pytest.param("eu", "1.2", "region=eu", id="another stated"),
        pytest.param("global", "1", "region=global", id="the standard stated"),
    ],
)
def test_a_name_can_imply_a_condition(region: str | None, rate: str, said: str | None) -> None:
    priced = cost(MOVED, model="us.m", region=region)
    assert str(priced.total) == rate
    if said is None:
        assert priced.assumptions == ()
    else:
        assert assumed(priced, "condition") == (
            f"the name implies region=us; priced with the stated {said}"
        )


def test_an_implied_condition_that_no_rule_knows_is_an_error() -> None:
    prices = lab("input: 1, aliases: [{id: n, conditions: {region: mars}}]")
    with pytest.raises(ValueError, match="region=mars"):
        total(prices, model="n")


@pytest.mark.parametrize(
    "aliases",
    [
        pytest.param(
            ["{id: x, until: 2026-01-01}", "{id: x, from: 2025-01-01}"], id="windows overlap"
        ),
        pytest.param(
            ["{id: x, from: 2025-01-01}", "{id: x, from: 2026-01-01}"], id="both are open"
        ),
        pytest.param(["x", "{id: x, from: 2026-01-01}"], id="one is for ever"),
        pytest.param(["x", "{id: X, conditions: {region: us}}"], id="one implies a condition"),
        pytest.param(["{id: b, from: 2026-01-01}", "c"], id="one is the other's id"),
    ],
)
def test_a_name_that_means_two_models_at_once_is_refused(aliases: list[str]) -> None:
    one, other = aliases
    with pytest.raises(RegistryError, match="already|overlap"):
        Registry.from_yaml(
            f"provider: lab\nmodels:\n  a: {{input: 1, aliases: [{one}]}}\n"
            f"  b: {{input: 2, aliases: [{other}]}}\n"
        )


def test_an_alias_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(RegistryError, match="not after"):
        lab("input: 1, aliases: [{id: x, from: 2026-01-01, until: 2025-01-01}]")


def test_the_memory_of_names_is_bounded() -> None:
    names = ", ".join(f"n{number}" for number in range(2_500))
    prices = lab(f"input: 1, aliases: [{names}]")
    for number in range(2_500):
        assert total(prices, model=f"n{number}", at=NOW) == 1
    assert len(prices.plans) <= 1_024
