"""The registry: look-ups of models, rate cards and histories."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from core_support import NOW, cost, pickled, registry

from costcalc import (
    AmbiguousModelError,
    NoPriceError,
    Registry,
    RegistryError,
    UnknownConditionError,
    UnknownModelError,
    Usage,
    UsageError,
)

PRICES = registry(
    """
    provider: lab
    prefixes: [the-lab]
    source: https://lab/prices
    checked: 2026-11-20
    note: of the lab
    cache:
      automatic: {min_tokens: 1_024, increment: 128}
      explicit: {min_tokens: 10, ttl: {cache_write: 5m}}
    fees: {web_search: 10, page: 4}
    rules: [{if: {region: us}, times: 1.1}]
    models:
      one:
        name: Model One
        aliases: [uno, {id: eins, from: 2026-01-01}]
        context_window: 1_000
        max_output: 10
        tokenizer: o200k
        media: pictures
        output_tokens_per_second: 92.5
        retired: 2026-06-01T12:00:00Z
        redirects_to: two
        note: the first
        cache: {explicit: {min_tokens: 20}, automatic: null}
        prices:
          - {from: 2025-01-01, until: 2025-06-01, input: 0.20, source: https://lab/old, checked: 2025-01-02}
          - {from: 2025-07-01, input: 0.10, page: 5, note: cheaper, rules: [{if: {batch: true}, times: 0.5}]}
      two: {input: 1, output: 2}
      Three: {input: 3, retired: 2099-01-01, replacement: two}
      gone: {input: 1, aliases: [{id: past, until: 2020-01-01}]}
    ---
    provider: shop
    resells: true
    currency: EUR
    models:
      one: {input: 9, maker: lab}
      own: {input: 8, rules: [{if: {prompt_tokens: ">=100"}, times: 2}, {if: {output_tokens: ">5"}, times: 3}]}
    """
)


def test_a_model_says_what_is_known() -> None:
    info = PRICES.model("uno")
    assert (info.provider, info.id, info.name, info.maker) == ("lab", "one", "Model One", "lab")
    assert info.aliases == ("uno", "eins")
    assert (info.currency, info.context_window, info.max_output) == ("USD", 1_000, 10)
    assert (info.tokenizer, info.media) == ("o200k", "pictures")
    assert info.output_tokens_per_second == Decimal("92.5")
    assert info.cache == {"explicit": {"min_tokens": 20, "ttl": {"cache_write": "5m"}}}
    assert info.retired == datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert (info.redirects_to, info.replacement, info.note) == ("two", None, "the first")
    assert info.prices == PRICES.history("lab/one")


def test_a_model_without_more_says_less() -> None:
    info = PRICES.model("own")
    assert (info.maker, info.name, info.aliases, info.currency) == (None, None, (), "EUR")
    assert (info.cache, info.retired, info.tokenizer, info.media) == (None, None, None, None)
    assert PRICES.model("two").cache == {
        "automatic": {"min_tokens": 1_024, "increment": 128},
        "explicit": {"min_tokens": 10, "ttl": {"cache_write": "5m"}},
    }
    assert PRICES.model("three").replacement == "two"


@pytest.mark.parametrize(
    ("name", "provider", "seller"),
    [
        ("one", None, "lab"),
        ("one", "shop", "shop"),
        ("ONE", "the-lab", "lab"),
        ("shop/one", None, "shop"),
        ("one-2025-01-01", None, "lab"),
        ("past", None, "lab"),
        ("eins", None, "lab"),
    ],
)
def test_a_model_is_found_by_every_name(name: str, provider: str | None, seller: str) -> None:
    assert PRICES.model(name, provider=provider).provider == seller
    assert PRICES.history(name, provider=provider) == PRICES.model(name, provider=provider).prices


def test_a_name_that_moves_shows_what_it_means_now(monkeypatch: pytest.MonkeyPatch) -> None:
    prices = registry(
        """
        provider: lab
        models:
          a: {input: 1, aliases: [{id: latest, until: 2026-01-01}]}
          b: {input: 2, aliases: [{id: latest, from: 2026-01-01, until: 2027-01-01}]}
        """
    )
    for year, model in [(2025, "a"), (2026, "b"), (2027, "b")]:
        moment = int(datetime(year, 6, 1, tzinfo=UTC).timestamp()) * 10**9
        monkeypatch.setattr("costcalc.registry.cards.time_ns", lambda moment=moment: moment)
        assert prices.model("latest").id == model
        assert len(prices.history("latest")) == 1


@pytest.mark.parametrize(
    ("name", "provider", "error"),
    [
        ("four", None, UnknownModelError),
        ("", None, UnknownModelError),
        ("two", "shop", UnknownModelError),
        ("two", "nobody", UnknownModelError),
        (None, None, UsageError),
    ],
)
def test_an_unknown_model_is_an_error(
    name: Any, provider: str | None, error: type[Exception]
) -> None:
    for look_up in (PRICES.model, PRICES.history, PRICES.rate_card):
        with pytest.raises(error):
            look_up(name, provider=provider)


def test_an_ambiguous_model_is_an_error() -> None:
    prices = PRICES.overlay("provider: farm\nresells: true\nmodels: {own: {input: 1}}\n")
    with pytest.raises(AmbiguousModelError):
        prices.model("own")


ALL = [
    ("lab", "gone"),
    ("lab", "one"),
    ("lab", "Three"),
    ("lab", "two"),
    ("shop", "one"),
    ("shop", "own"),
]


@pytest.mark.parametrize(
    ("search", "options", "found"),
    [
        pytest.param(None, {}, ALL, id="all"),
        pytest.param("", {}, ALL, id="an empty search"),
        pytest.param("o", {}, [each for each in ALL if each[1] != "Three"], id="part of an id"),
        pytest.param("THREE", {}, [ALL[2]], id="in other case"),
        pytest.param("model o", {}, [ALL[1]], id="part of a name for people"),
        pytest.param("UNO", {}, [ALL[1]], id="an alias"),
        pytest.param("past", {}, [ALL[0]], id="an alias of the past"),
        pytest.param("zzz", {}, [], id="nothing"),
        pytest.param(None, {"provider": "shop"}, ALL[4:], id="one provider"),
        pytest.param(None, {"provider": "The-Lab"}, ALL[:4], id="another spelling of a provider"),
        pytest.param("one", {"provider": "shop"}, [ALL[4]], id="both"),
        pytest.param(None, {"retired": True}, [ALL[1]], id="retired"),
        pytest.param(None, {"retired": False}, [ALL[0], *ALL[2:]], id="not retired"),
    ],
)
def test_models_are_searched(
    monkeypatch: pytest.MonkeyPatch,
    search: str | None,
    options: dict[str, Any],
    found: list[tuple[str, str]],
) -> None:
    monkeypatch.setattr("costcalc.registry.cards.time_ns", lambda: 1_795_435_200 * 10**9)
    assert [(each.provider, each.id) for each in PRICES.models(search, **options)] == found


@pytest.mark.parametrize("value", [5, b"gpt", [], object()])
def test_models_are_searched_by_text_only(value: Any) -> None:
    with pytest.raises(UsageError, match=f"^search is text, not {type(value).__name__} "):
        PRICES.models(value)
    with pytest.raises(UsageError, match=f"^provider is text, not {type(value).__name__} "):
        PRICES.models(provider=value)


def test_an_unknown_provider_of_models_is_an_error() -> None:
    with pytest.raises(
        UsageError, match="no prices of provider 'nobody' are known; known: lab, shop"
    ):
        PRICES.models(provider="nobody")
    assert PRICES.providers() == ("lab", "shop")


def test_a_model_that_an_overlay_retires_is_listed_as_retired() -> None:
    moved = PRICES.overlay(redirect={"two": "own"})
    assert "two" in [each.id for each in moved.models(retired=True)]
    assert "two" not in [each.id for each in moved.models(retired=False)]


def test_history_is_every_dated_price_list() -> None:
    first, second = PRICES.history("one", provider="lab")
    assert (first.start, first.until) == (
        datetime(2025, 1, 1, tzinfo=UTC),
        datetime(2025, 6, 1, tzinfo=UTC),
    )
    assert dict(first.rates) == {"input": Decimal("0.20"), "web_search": 10, "page": 4}
    assert (first.source, first.checked) == ("https://lab/old", date(2025, 1, 2))
    assert (first.rules, first.notes) == (("region=us: × 1.1",), ("the first",))
    assert (second.start, second.until) == (datetime(2025, 7, 1, tzinfo=UTC), None)
    assert dict(second.rates) == {"input": Decimal("0.10"), "web_search": 10, "page": 5}
    assert (second.source, second.checked) == ("https://lab/prices", date(2026, 11, 20))
    assert second.rules == ("region=us: × 1.1", "batch=true: × 0.5")
    assert second.notes == ("the first", "cheaper")
    (only,) = PRICES.history("two")
    assert (only.start, only.until) == (None, None)
    assert list(only.rates) == ["input", "output", "web_search", "page"]


def test_a_rate_card_has_the_rates_that_hold() -> None:
    card = PRICES.rate_card("one", provider="lab", at="2026-01-01", region="us", batch=True)
    assert (card.model, card.provider, card.currency) == ("one", "lab", "USD")
    assert card.at == datetime(2026, 1, 1, tzinfo=UTC)
    assert (card.start, card.until) == (datetime(2025, 7, 1, tzinfo=UTC), None)
    assert dict(card.rates) == {"input": Decimal("0.055"), "web_search": 10, "page": 5}
    assert dict(card.why) == {"input": "× 1.1 region=us, × 0.5 batch=true"}
    assert dict(card.conditions) == {"region": "us", "batch": "true"}
    assert (card.source, card.checked) == ("https://lab/prices", date(2026, 11, 20))
    assert (card.assumptions, card.notes) == ((), ("the first", "cheaper"))
    assert card.rate("input") == card.rate("cache_read") == card.rate("cache_write_1h")
    for meter in ("output", "reasoning", "nonsense"):
        with pytest.raises(KeyError, match=meter):
            card.rate(meter)


@pytest.mark.parametrize(
    ("sizes", "rate"),
    [
        ({}, 8),
        ({"prompt_tokens": 99}, 8),
        ({"prompt_tokens": 100}, 16),
        ({"output_tokens": 6}, 24),
        ({"prompt_tokens": 100, "output_tokens": 6}, 48),
    ],
)
def test_a_rate_card_is_for_a_size(sizes: dict[str, int], rate: int) -> None:
    card = PRICES.rate_card("own", at=NOW, **sizes)
    usage = Usage(
        input_tokens=sizes.get("prompt_tokens", 0) or 1, output_tokens=sizes.get("output_tokens", 0)
    )
    assert card.rates["input"] == rate
    if "output_tokens" not in sizes:
        assert cost(PRICES, usage, "own").lines[0].rate == rate


@pytest.mark.parametrize("size", [-1, 1.5, "300k", True, None])
def test_the_size_of_a_rate_card_is_a_count(size: Any) -> None:
    with pytest.raises(UsageError):
        PRICES.rate_card("own", at=NOW, prompt_tokens=size)


def test_a_rate_card_without_an_instant_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("costcalc.registry.cards.time_ns", lambda: 1_767_225_600 * 10**9 + 5)
    assert PRICES.rate_card("own").at == datetime(2026, 1, 1, tzinfo=UTC)


def test_a_rate_card_fails_as_a_price_does() -> None:
    with pytest.raises(NoPriceError, match="its prices begin on 2025-01-01"):
        PRICES.rate_card("lab/one", at="2024-01-01", region="mars")
    with pytest.raises(UnknownConditionError):
        PRICES.rate_card("own", at=NOW, region="mars")
    with pytest.raises(UsageError, match="no time zone"):
        PRICES.rate_card("own", at="2026-01-01T00:00:00")


def test_rates_of_a_card_explain_a_price() -> None:
    card = PRICES.rate_card("two", at=NOW, region="us")
    usage = Usage(input_tokens=7, output_tokens=9, units={"web_search": 1})
    for line in cost(PRICES, usage, "two", region="us").lines:
        assert (line.rate, line.why) == (card.rates[line.meter], card.why.get(line.meter, ""))


def test_a_version_names_the_prices() -> None:
    text = "provider: lab\nmodels: {m: {input: 1}}\n"
    one = Registry.from_yaml(text)
    assert one.version == Registry.from_yaml(text).version
    assert one.version != Registry.from_yaml(text.replace("1", "2")).version
    assert repr(one) == f"<Registry {one.version}>"
    assert cost(one).registry_version == one.version
    assert Registry.load().version == Registry.load().store.digest


@pytest.mark.parametrize(
    "twin", [pickled, copy.copy, copy.deepcopy], ids=["pickle", "copy", "deep"]
)
def test_a_registry_survives_copies(twin: Any) -> None:
    cost(PRICES, model="two")
    other: Registry = twin(PRICES)
    assert other.version == PRICES.version
    assert other.models() == PRICES.models()
    assert cost(other, model="two") == cost(PRICES, model="two")


def test_the_bundled_list_survives_a_pickle() -> None:
    other = pickled(Registry.load())
    assert other.version == Registry.load().version
    assert len(other.models()) == len(Registry.load().models()) > 100


COUNTED = """
    provider: lab
    tokenizer: new
    media: eyes
    models:
      latest: {input: 1, output: 2}
      first: {input: 1, tokenizer: old, media: null}
      unknown: {tokenizer: null, prices: [{input: 1, until: 2025-01-01}, {from: 2025-01-01, input: 2}]}
      painter: {image: 3}
      writer: {prices: [{output: 1, until: 2025-01-01}, {from: 2025-01-01, input: 2}]}
"""


@pytest.mark.parametrize(
    ("model", "tokenizer", "media"),
    [
        pytest.param("latest", "new", "eyes", id="a model has its file's"),
        pytest.param("first", "old", None, id="its own wins, and null takes the file's away"),
        pytest.param("unknown", None, "eyes", id="a tokenizer alone can be unknown"),
        pytest.param("painter", None, None, id="a model that bills no input tokens has none"),
        pytest.param("writer", "new", "eyes", id="a model that once bills input tokens has it"),
    ],
)
def test_a_model_is_counted_by_its_own_or_by_its_files(
    model: str, tokenizer: str | None, media: str | None
) -> None:
    info = registry(COUNTED).model(model)
    assert (info.tokenizer, info.media) == (tokenizer, media)
    listed = {each.id: each for each in registry(COUNTED).models()}
    assert listed[model] == info


def test_what_counts_a_file_holds_for_its_own_models() -> None:
    own = registry("provider: lab\nmodels: {mine: {input: 1}, latest: {input: 5}}")
    laid = registry(COUNTED).overlay(own)
    assert laid.model("mine").tokenizer == "new"  # as the file beneath says of its provider
    stated = registry("provider: lab\ntokenizer: other\nmodels: {mine: {input: 1}}")
    laid = registry(COUNTED).overlay(stated)
    assert (laid.model("mine").tokenizer, laid.model("mine").media) == ("other", "eyes")
    assert (laid.model("latest").tokenizer, laid.model("first").tokenizer) == ("new", "old")


@pytest.mark.parametrize("line", ["tokenizer: 5", "media: [a]", 'tokenizer: ""'])
def test_what_counts_is_a_name(line: str) -> None:
    with pytest.raises(RegistryError, match=line.split(":", maxsplit=1)[0]):
        registry(f"provider: lab\n{line}\nmodels: {{m: {{input: 1}}}}")
    with pytest.raises(RegistryError, match=line.split(":", maxsplit=1)[0]):
        registry(f"provider: lab\nmodels: {{m: {{input: 1, {line}}}}}")
