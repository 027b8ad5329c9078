"""Overlays: what-if as a value, named in every result, and the base stays as it is."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from core_support import MILLION, assumed, codes, cost, lab, pickled, rates, registry, total

from costcalc import (
    NoPriceError,
    Registry,
    RegistryError,
    RetiredModelError,
    UnknownConditionError,
    UnknownModelError,
    Usage,
    UsageError,
)

YAML = """
provider: lab
source: https://lab/prices
prefixes: [the-lab]
fees: {web_search: 10, page: 4}
rules: [{if: {region: us}, times: 1.1}]
cache: {automatic: {min_tokens: 1024}}
models:
  m:
    aliases: [em]
    prices:
      - {from: 2025-01-01, input: 1, cache_read: 0.1, output: 2, image: 3, cache_storage: 5}
      - {from: 2026-01-01, input: 2, cache_read: 0.2, output: 4, image: 6, cache_storage: 5,
         rules: [{if: {prompt_tokens: ">1m"}, input: 9}, {if: {batch: true}, times: 0.5}]}
  n: {input: 7, output: 8}
  old: {input: 1, retired: 2026-06-01}
  moved-1: {input: 11, aliases: [{id: latest, until: 2026-01-01}]}
  moved-2: {input: 12, aliases: [{id: latest, from: 2026-01-01}]}
  abroad: {input: 20, aliases: [{id: us.abroad, conditions: {region: us}}]}
---
provider: shop
resells: true
fees: {web_search: 20}
models:
  m: {input: 100, maker: lab}
  n: {input: 101, maker: lab}
"""
ALL = Usage(
    input_tokens=2,
    cache_read_tokens=1,
    output_tokens=1,
    units={"image": 1, "cache_storage": 1, "web_search": 1},
)


@pytest.fixture(scope="module")
def base() -> Registry:
    return Registry.from_yaml(YAML)


@pytest.mark.parametrize(
    ("options", "words", "expected"),
    [
        pytest.param(
            {"times": "1.2"},
            "times 1.2",
            {"input": "2.4", "cache_read": "0.24", "output": "4.8", "image": "7.2"},
            id="a factor touches tokens and media",
        ),
        pytest.param(
            {"times": {"input": "0.5", "web_search": 2}},
            "input times 0.5, web_search times 2",
            {"input": "1", "web_search": "20"},
            id="a map touches the meters that it names",
        ),
        pytest.param(
            {"markup": "0.055"},
            "markup 0.055 on everything",
            {
                "input": "2.11",
                "cache_read": "0.211",
                "output": "4.22",
                "image": "6.33",
                "cache_storage": "5.275",
                "web_search": "10.55",
            },
            id="a markup touches fees and storage too",
        ),
        pytest.param(
            {"markup": "-0.1"},
            "markup -0.1 on everything",
            {
                "input": "1.8",
                "cache_read": "0.18",
                "output": "3.6",
                "image": "5.4",
                "cache_storage": "4.5",
                "web_search": "9",
            },
            id="a discount on the whole bill",
        ),
        pytest.param(
            {"times": 0},
            "times 0",
            {"input": "0", "cache_read": "0", "output": "0", "image": "0"},
            id="tokens for free",
        ),
        pytest.param(
            {"rates": {"m": {"input": "1.5", "web_search": 0}}},
            "m at input 1.5, web_search 0",
            {"input": "1.5", "web_search": "0"},
            id="other rates",
        ),
        pytest.param(
            {"rates": {"em": {"output": Decimal(3)}}},
            "em at output 3",
            {"output": "3"},
            id="other rates by an alias",
        ),
        pytest.param(
            {"times": 2, "markup": 1, "rates": {"m": {"input": 5}}},
            "times 2; markup 1 on everything; m at input 5",
            {
                "input": "20",
                "cache_read": "0.8",
                "output": "16",
                "image": "24",
                "cache_storage": "10",
                "web_search": "20",
            },
            id="all together",
        ),
        pytest.param(
            {"times": 2, "models": ["m"]},
            "times 2 for m",
            {"input": "4", "cache_read": "0.4", "output": "8", "image": "12"},
            id="one model",
        ),
        pytest.param(
            {"times": 2, "models": "em"},
            "times 2 for m",
            {"input": "4", "cache_read": "0.4", "output": "8", "image": "12"},
            id="one model as text",
        ),
        pytest.param({"times": 2, "models": ["n"]}, "times 2 for n", {}, id="another model"),
        pytest.param({"times": 2, "provider": "shop"}, "times 2 for shop", {}, id="another seller"),
        pytest.param(
            {"times": {"input": 2}, "provider": "the-lab"},
            "input times 2 for the-lab",
            {"input": "4"},
            id="a seller by another spelling",
        ),
    ],
)
def test_an_overlay_changes_rates_and_names_itself(
    base: Registry, options: dict[str, Any], words: str, expected: dict[str, str]
) -> None:
    before = rates(cost(base, ALL))
    over = base.overlay(**options)
    priced = cost(over, ALL)
    changed = {meter: rate for meter, rate in rates(priced).items() if rate != before[meter]}
    assert changed == {meter: Decimal(rate) for meter, rate in expected.items()}
    assert assumed(priced, "overlay") == f"prices of an overlay: {words}"
    assert f"assumed  prices of an overlay: {words}"[:80] in priced.explain().replace(
        "\n           ", " "
    )
    assert over.rate_card("m", provider="lab").assumptions == (f"prices of an overlay: {words}",)
    assert rates(cost(base, ALL)) == before


def test_the_base_does_not_change(base: Registry) -> None:
    before = (base.version, repr(base), base.models(), total(base, ALL))
    for options in ({"times": 2}, {"aliases": {"x": "m"}}, {"rates": {"m": {"input": 5}}},
                    {"redirect": {"m": "n"}}, {"other": "provider: lab\nmodels: {m: {input: 1}}\n"}):  # fmt: skip
        total(base.overlay(**options))
    assert (base.version, repr(base), base.models(), total(base, ALL)) == before
    with pytest.raises(UnknownModelError):
        total(base, model="x")


def test_versions_tell_overlays_apart(base: Registry) -> None:
    options: list[dict[str, Any]] = [
        {"times": 2},
        {"times": 3},
        {"times": {"input": 2}},
        {"markup": 1},
        {"times": 2, "from_": "2026-01-01"},
        {"times": 2, "models": ["m"], "provider": "lab"},
        {"times": 2, "models": ["m"], "provider": "shop"},
        {"times": 2, "provider": "lab"},
        {"rates": {"m": {"input": 1}}},
        {"rates": {"m": {"input": 1}}, "provider": "shop"},
        {"redirect": {"m": "n"}},
        {"redirect": {"m": "n"}, "provider": "shop"},
        {"aliases": {"x": "m"}},
        {"other": "provider: lab\nmodels: {m: {input: 1}}\n"},
        {"other": "provider: lab\nmodels: {m: {input: 2}}\n"},
    ]
    versions = [base.overlay(**each).version for each in options]
    assert len({*versions, base.version}) == len(options) + 1
    assert versions == [Registry.from_yaml(YAML).overlay(**each).version for each in options]
    assert cost(base.overlay(times=2)).registry_version == versions[0]


def test_an_overlay_has_a_name(base: Registry) -> None:
    over = base.overlay(times="0.8", name="our contract")
    assert assumed(cost(over), "overlay") == "prices of an overlay: our contract: times 0.8"
    assert repr(over) == f"<Registry {over.version}, 1 overlays>"


def test_overlays_stack_and_all_are_named(base: Registry) -> None:
    over = base.overlay(times=2).overlay(markup="0.5")
    assert total(over) == 6
    assert [each.text for each in cost(over, model="lab/m").assumptions] == [
        "prices of an overlay: times 2",
        "prices of an overlay: markup 0.5 on everything",
    ]


def test_an_overlay_multiplies_after_the_providers_rules(base: Registry) -> None:
    over = base.overlay(times="1.2")
    (line,) = cost(over, Usage(input_tokens=2_000_000), region="us", batch=True).lines
    assert line.rate == Decimal("5.94")
    assert (
        line.why == "prompt_tokens >1m, × 1.1 region=us, × 0.5 batch=true, × 1.2 overlay times 1.2"
    )


def test_absolute_rules_hold_over_replaced_rates(base: Registry) -> None:
    over = base.overlay(rates={"m": {"input": "1.5"}})
    assert rates(cost(over, Usage(input_tokens=1_000_000)))["input"] == Decimal("1.5")
    assert rates(cost(over, Usage(input_tokens=1_000_001)))["input"] == 9


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        pytest.param({}, [5, 5, 5, 5, 5], id="always"),
        pytest.param({"from_": "2025-07-01"}, [1, 5, 5, 5, 5], id="from a day"),
        pytest.param({"until": "2025-07-01"}, [5, 1, 1, 2, 2], id="until a day"),
        pytest.param({"from_": "2025-07-01", "until": "2026-02-01"}, [1, 5, 5, 5, 2], id="between"),
        pytest.param({"from_": date(2026, 1, 1)}, [1, 1, 1, 5, 5], id="from a date"),
        pytest.param(
            {"until": datetime(2026, 1, 1, tzinfo=UTC)}, [5, 5, 5, 2, 2], id="until an instant"
        ),
        pytest.param({"until": "2025-01-01"}, [1, 1, 1, 2, 2], id="over before it begins"),
    ],
)
@pytest.mark.parametrize(
    "change",
    [{"rates": {"m": {"input": 5}}}, {"times": {"input": 5}}],
    ids=["rates", "factor"],
)
def test_an_overlay_holds_for_a_time(
    base: Registry, change: dict[str, Any], window: dict[str, Any], expected: list[int]
) -> None:
    over = base.overlay(**change, **window)
    instants = ["2025-06-30T23:59:59Z", "2025-07-01", "2025-12-31", "2026-01-01", "2026-02-01"]
    if "times" in change:
        plain = [1, 1, 1, 2, 2]
        expected = [now if now == was else 5 * was
                    for now, was in zip(expected, plain, strict=True)]  # fmt: skip
    assert [total(over, at=at) for at in instants + instants[::-1]] == expected + expected[::-1]
    with pytest.raises(NoPriceError):
        total(over, at="2024-12-31")


def test_history_shows_where_an_overlay_cuts(base: Registry) -> None:
    over = base.overlay(rates={"m": {"input": 5}}, from_="2025-07-01", until="2026-02-01")
    assert [(each.start and each.start.date().isoformat(), each.rates["input"])
            for each in over.history("m", provider="lab")] == [
        ("2025-01-01", 1), ("2025-07-01", 5), ("2026-01-01", 5), ("2026-02-01", 2),
    ]  # fmt: skip
    assert [each.rates["input"] for each in base.history("m", provider="lab")] == [1, 2]


def test_a_window_reads_as_words(base: Registry) -> None:
    over = base.overlay(times=2, from_="2025-07-01", until="2026-02-01T12:00:00Z", models=["n"])
    assert over.overlays[0][1] == (
        "prices of an overlay: times 2 for n from 2025-07-01 until 2026-02-01T12:00:00Z"
    )


def test_new_names_for_models_that_are_there(base: Registry) -> None:
    over = base.overlay(aliases={"arn:aws:my/deployment": "m", "Mine": "shop/n"})
    assert total(over, model="ARN:aws:my/deployment") == 2
    assert total(over, model="mine") == 101
    assert total(over, model="lab/arn:aws:my/deployment") == 2
    assert codes(cost(over, model="mine")) == ["overlay"]
    assert over.model("mine").id == "n"


@pytest.mark.parametrize(("at", "rate"), [("2025-12-31", 11), ("2026-01-01", 12)])
def test_a_new_name_for_a_name_that_moves_moves_with_it(base: Registry, at: str, rate: int) -> None:
    over = base.overlay(aliases={"mine": "latest"})
    assert total(over, model="mine", at=at) == total(base, model="latest", at=at) == rate


def test_a_new_name_for_a_name_that_implies_a_condition_implies_it_too(base: Registry) -> None:
    over = base.overlay(aliases={"mine": "us.abroad"})
    assert total(over, model="mine") == total(base, model="us.abroad") == 22


@pytest.mark.parametrize("alias", ["m", "M", "em"])
def test_a_new_name_that_is_there_already_is_refused(base: Registry, alias: str) -> None:
    with pytest.raises(RegistryError, match="is a name already; choose another, or use redirect="):
        base.overlay(aliases={alias: "lab/m"})


def test_a_name_of_a_model_can_be_given_to_another_without_losing_its_other_names(
    base: Registry,
) -> None:
    try:
        over = base.overlay(aliases={"n": "lab/m"})
    except RegistryError:
        return  # refused is fine; lost is not
    assert total(over, model="lab/n") == 2


def test_a_model_moves_to_another(base: Registry) -> None:
    over = base.overlay(redirect={"lab/m": "shop/n"}, from_="2026-02-01")
    assert total(over, model="em", at="2026-01-31") == 2
    priced = cost(over, model="em", at="2026-02-01")
    assert (priced.provider, priced.model, priced.total) == ("shop", "n", 101)
    assert codes(priced) == ["redirect", "overlay"]
    assert total(over, model="shop/m") == 100


def test_a_redirect_without_a_day_holds_always_and_without_a_warning(base: Registry) -> None:
    over = base.overlay(redirect={"lab/m": "lab/n"})
    assert total(over, at="2020-01-01") == 7
    assert over.model("m").redirects_to == "lab/n"


def test_a_redirect_that_ends_is_refused_or_ends(base: Registry) -> None:
    try:
        over = base.overlay(redirect={"lab/m": "lab/n"}, until="2026-02-01")
    except (RegistryError, UsageError):
        return
    assert total(over, at="2026-01-31") == 7
    assert total(over, at="2026-02-01") == 2


def test_another_list_merges_over_the_base(base: Registry) -> None:
    over = base.overlay(
        """
        provider: lab
        fees: {web_search: 1}
        rules: [{if: {region: eu}, times: 3}]
        models:
          m: {input: 50, aliases: [mine]}
          fresh: {input: 60}
        """.replace("\n        ", "\n")
    )
    search = Usage(units={"web_search": 1_000})
    paper = Usage(units={"page": 1_000})
    assert (total(over), total(over, model="mine"), total(over, model="em")) == (50, 50, 50)
    assert total(over, model="fresh") == 60
    assert (total(over, search), total(over, paper)) == (1, 4)
    assert (total(over, search, "lab/n"), total(base, search, "lab/n")) == (1, 10)
    assert total(over, model="fresh", region="eu") == 180
    assert total(over, model="lab/n", region="us") == total(base, model="lab/n", region="us")
    assert total(over, model="shop/m") == 100
    with pytest.raises(UnknownConditionError):
        total(over, model="fresh", region="us")
    with pytest.raises(NoPriceError if total(over, at="2020-01-01") != 50 else UnknownModelError):
        total(over, model="nothing")
    assert assumed(cost(over), "overlay").startswith("prices of an overlay: YAML text ")


def test_rules_of_the_base_hold_for_the_models_of_a_list_that_states_none(base: Registry) -> None:
    over = base.overlay("provider: lab\nmodels: {fresh: {input: 60}}\n")
    assert total(over, model="fresh", region="us") == 66
    assert total(over, region="us") == Decimal("2.2")
    assert over.model("fresh").cache == {"automatic": {"min_tokens": 1_024}}


def test_another_list_may_be_a_file_or_a_registry(base: Registry, tmp_path: Path) -> None:
    text = "provider: lab\nmodels: {m: {input: 50}}\n"
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    other = Registry.from_yaml(text)
    assert [total(base.overlay(each)) for each in (text, file, str(file), other)] == [50] * 4
    assert assumed(cost(base.overlay(file)), "overlay") == (
        f"prices of an overlay: {file} {other.version}"
    )
    assert assumed(cost(base.overlay(other)), "overlay") == (
        f"prices of an overlay: another registry {other.version}"
    )
    assert base.overlay(text).version == base.overlay(other).version == base.overlay(file).version


def test_changes_of_another_registry_touch_its_own_models_only(base: Registry) -> None:
    other = registry("provider: farm\nmodels: {sheep: {input: 1}}\n").overlay(times=3)
    over = base.overlay(other)
    assert total(over, model="sheep") == 3
    assert total(over) == 2
    assert "times 3" in assumed(cost(over, model="sheep"), "overlay")


def test_changes_of_the_base_do_not_touch_a_list_laid_over_it(base: Registry) -> None:
    over = base.overlay(times=3).overlay("provider: farm\nmodels: {sheep: {input: 1}}\n")
    assert total(over) == 6
    assert total(over, model="sheep") == 1


def test_calendars_of_both_lists_are_known(base: Registry) -> None:
    calendars = "provider: farm\ncalendars:\n  fair: {{zone: UTC, dates: [{day}]}}\nmodels:\n  {name}: {{input: 1, rules: [{{if: {{not_holiday: fair}}, times: 2}}]}}\n"
    one = Registry.from_yaml(calendars.format(day="2026-01-01", name="sheep"))
    over = base.overlay(one)
    assert total(over, model="sheep", at="2026-01-01") == 1
    assert total(over, model="sheep", at="2026-01-02") == 2


GONE = """
provider: lab
models:
  older: {input: 1, retired: 2026-03-01, redirects_to: old}
  old: {input: 2, retired: 2026-06-01, redirects_to: new}
  new: {input: 3}
"""
IDLE = "has no effect on what is billed as new; change that one's rates instead"


@pytest.mark.parametrize(
    ("change", "at", "rate", "said"),
    [
        pytest.param({"rates": {"old": {"input": 9}}}, "2026-05-01", 9, None, id="while it was sold"),
        pytest.param({"rates": {"old": {"input": 9}}}, "2026-07-01", 3, f"the overlay of old {IDLE}",
                     id="rates of what is retired"),
        pytest.param({"times": 2, "models": ["old"]}, "2026-07-01", 3, f"the overlay of old {IDLE}",
                     id="a factor on what is retired"),
        pytest.param({"times": 2, "models": ["old", "older"]}, "2026-07-01", 3,
                     f"the overlay of older and old {IDLE}", id="a factor on two of them"),
        pytest.param({"times": 2, "models": ["old", "new"]}, "2026-07-01", 6, None,
                     id="a factor on what is billed, too"),
        pytest.param({"times": 2}, "2026-07-01", 6, None, id="a factor on all"),
        pytest.param({"redirect": {"old": "new"}}, "2026-07-01", 3, None, id="a move"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::costcalc.RedirectWarning")
def test_an_overlay_of_what_is_billed_as_another_says_that_it_has_no_effect(
    change: dict[str, Any], at: str, rate: int, said: str | None
) -> None:
    laid = registry(GONE).overlay(**change)
    priced = cost(laid, MILLION, "older", at)
    assert priced.total == rate
    texts = [each.text for each in priced.assumptions if each.code == "overlay"]
    assert texts[:-1] == ([] if said is None else [said])


def test_retirement_is_not_undone_by_other_rates(base: Registry) -> None:
    over = base.overlay(rates={"old": {"input": 5}})
    assert total(over, model="old", at="2026-05-31") == 5
    with pytest.raises(RetiredModelError) as raised:
        total(over, model="old")
    assert raised.value.last_price == {"input": 5}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param({}, "an overlay needs other, times, markup, rates, aliases or redirect",
                     id="nothing"),
        pytest.param({"name": "mine"}, "an overlay needs other", id="a name only"),
        pytest.param({"times": {}}, "", id="an empty map of factors"),
        pytest.param({"times": "-1"}, "a factor is not negative, as -1 is; half price is '0.5'",
                     id="a negative factor"),
        pytest.param({"times": 1.2}, "a factor is a Decimal, an int or decimal text, not float 1.2",
                     id="a float"),
        pytest.param({"times": True}, "a factor is a Decimal", id="a boolean"),
        pytest.param({"times": "much"}, "a factor 'much' is no decimal number", id="a word"),
        pytest.param({"times": {"inptu": 2}}, "unknown meter 'inptu'; nearest: input",
                     id="a factor on an unknown meter"),
        pytest.param({"times": {"zzz": 2}}, "unknown meter 'zzz'; known: input, cache_read",
                     id="a factor on a meter unlike any"),
        pytest.param({"times": {"input": 0.5}}, "a factor is a Decimal", id="a float in a map"),
        pytest.param({"markup": 0.1}, "a markup is a Decimal", id="a float as markup"),
        pytest.param({"markup": "-1.5"}, "", id="a markup that would pay the caller"),
        pytest.param({"rates": {"m": {"input": -1}}}, "the rate of input is -1; a rate is not "
                     "negative", id="a negative rate"),
        pytest.param({"rates": {"m": {"input": 1.5}}}, "the rate of input is a Decimal",
                     id="a float as rate"),
        pytest.param({"rates": {"m": {"inptu": 1}}}, "unknown meter 'inptu'", id="a rate of nothing"),
        pytest.param({"rates": {"m": "1.5"}}, "", id="a rate without a meter"),
        pytest.param({"aliases": {"": "m"}}, "an alias of 'm' is empty", id="an empty alias"),
        pytest.param({"times": 2, "provider": "labb"}, "unknown provider 'labb'; nearest: lab",
                     id="an unknown provider"),
        pytest.param({"times": 2, "provider": "zzz"}, "unknown provider 'zzz'",
                     id="a provider unlike any"),
        pytest.param({"times": 2, "from_": "2026-02-01", "until": "2026-01-01"}, "not after",
                     id="a window that ends before it begins"),
        pytest.param({"times": 2, "from_": "2026-02-01T12:00:00"}, "has no time zone",
                     id="a naive start"),
        pytest.param({"other": "nowhere.yaml"}, "cannot read the price file", id="a missing file"),
        pytest.param({"other": "provider: lab\n"}, "models: field required", id="a broken list"),
        pytest.param({"other": 5}, "", id="no list at all"),
    ],
)  # fmt: skip
def test_a_broken_overlay_is_refused(base: Registry, options: dict[str, Any], words: str) -> None:
    with pytest.raises((RegistryError, UsageError)) as raised:
        base.overlay(**options)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"times": 2, "models": ["nope"]}, id="a factor"),
        pytest.param({"rates": {"nope": {"input": 1}}}, id="rates"),
        pytest.param({"aliases": {"x": "nope"}}, id="an alias"),
        pytest.param({"redirect": {"nope": "m"}}, id="a redirect from it"),
        pytest.param({"redirect": {"m": "nope"}}, id="a redirect to it"),
    ],
)
def test_an_overlay_of_an_unknown_model_is_refused(base: Registry, options: dict[str, Any]) -> None:
    with pytest.raises(UnknownModelError, match="unknown model 'nope'"):
        base.overlay(**options)


def test_a_provider_limits_rates_and_redirects(base: Registry) -> None:
    over = base.overlay(rates={"m": {"input": 5}}, provider="shop")
    assert (total(over, model="lab/m"), total(over, model="shop/m")) == (2, 5)
    over = base.overlay(redirect={"m": "lab/n"}, provider="SHOP")
    assert (total(over, model="lab/m"), total(over, model="shop/m")) == (2, 7)
    over = base.overlay(times=2, provider="SHOP")
    assert (total(over, model="lab/m"), total(over, model="shop/m")) == (2, 200)


def test_a_factor_on_a_meter_without_its_own_rate_is_ignored() -> None:
    over = lab("input: 1").overlay(times={"cache_read": "0.1"})
    assert total(over, Usage(input_tokens=1_000_000, cache_read_tokens=1_000_000)) == 1


def test_what_the_caller_passed_may_change_afterwards(base: Registry) -> None:
    changed: dict[str, dict[str, Any]] = {"m": {"input": 5}}
    names = {"mine": "m"}
    over = base.overlay(rates=changed, aliases=names, times={"output": 2})
    changed["m"]["input"] = 99
    names["other"] = "m"
    assert total(over, model="mine") == 5


@pytest.mark.parametrize(
    "twin", [pickled, copy.copy, copy.deepcopy], ids=["pickle", "copy", "deep"]
)
def test_an_overlay_survives_copies(base: Registry, twin: Any) -> None:
    over = base.overlay(
        "provider: farm\nmodels: {sheep: {input: 1}}\n",
        times=2,
        rates={"n": {"input": 3}},
        redirect={"old": "m"},
        aliases={"mine": "m"},
        from_="2026-01-01",
    )
    total(over)
    other: Registry = twin(over)
    assert (other.version, other.overlays) == (over.version, over.overlays)
    for name in ("m", "lab/n", "old", "mine", "sheep"):
        assert cost(other, model=name) == cost(over, model=name)


def test_the_same_line_under_list_and_overlay_stands_apart(base: Registry) -> None:
    both = cost(base, MILLION) + cost(base.overlay(times=2), MILLION)
    assert [(line.rate, line.why) for line in both.lines] == [(2, ""), (4, "× 2 overlay times 2")]
    assert both.registry_version is None


def test_a_rate_of_an_overlay_says_why_it_is_not_the_published_one(base: Registry) -> None:
    (line,) = cost(base.overlay(rates={"m": {"input": 5}})).lines
    assert "overlay" in line.why
