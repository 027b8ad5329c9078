"""The cheapest models under constraints: who stays, who is left out, and why."""

from __future__ import annotations

import warnings
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from costcalc import (
    AmbiguousModelError,
    Registry,
    Session,
    Step,
    UnknownModelError,
    Usage,
    UsageError,
)
from costcalc.estimate.capabilities import CAPABILITIES
from costcalc.estimate.cheapest import cheapest
from costcalc.estimate.comparison import Comparison
from costcalc.sessions.session import Branch

AT = "2025-09-07"
PRICES = """
provider: acme
prefixes: [ac]
checked: 2025-09-01
fees: {web_search: 5}
rules:
  - {if: {batch: true}, times: 0.5}
models:
  tiny:
    aliases: [t]
    context_window: 32_000
    max_output: 4_096
    input: 0.1
    output: 0.4
  small:
    context_window: 256_000
    max_output: 8_192
    tokenizer: o200k_base
    media: gpt-4o
    cache: {automatic: {min_tokens: 1024}}
    input: 0.20
    cache_read: 0.02
    output: 1.50
  big:
    context_window: 1_000_000
    max_output: 64_000
    media: gemini-2
    cache: {explicit: {min_tokens: 1024, ttl: {cache_write: 5m}, refresh_on_read: true}}
    input: 3
    cache_read: 0.3
    cache_write: 3.75
    output: 15
    checked: 2025-07-01
    rules:
      - {if: {service_tier: flex}, times: 0.5}
      - {if: {service_tier: priority}, times: 2}
      - {if: {service_tier: priority, batch: true}, offered: false}
  mute: {input: 1, output: 2}
  free: {input: 0, output: 0, context_window: 256_000}
  embed: {input: 0.01, context_window: 256_000}
  painter: {image: 0.04}
  leaving: {retired: 2025-12-01, input: 0.15, output: 1, context_window: 256_000}
  moved: {retired: 2025-01-01, redirects_to: big, input: 0.1, output: 1, context_window: 256_000}
  gone: {retired: 2025-01-01, input: 0.1, output: 1, context_window: 256_000}
  soon: {context_window: 256_000, prices: [{from: 2026-01-01, input: 0.1, output: 2}]}
"""
OTHERS = """
provider: yuan
currency: CNY
models:
  hua: {input: 0.7, output: 3.5, context_window: 256_000}
---
provider: reseller
resells: true
models:
  small: {maker: acme, context_window: 256_000, input: 0.20, output: 1.50}
  mini: {maker: nobody, context_window: 256_000, input: 0.5, output: 2, rules: [{if: {batch: true}, offered: false}]}
---
provider: second
resells: true
checked: 2025-09-01
models:
  mini: {maker: nobody, context_window: 256_000, input: 0.4, output: 2, input_audio: 4, output_audio: 9, output_image: 30}
"""
USAGE = Usage(input_tokens=40_000, output_tokens=1_000)
# small: 40k * 0.20 + 1k * 1.50 = 0.0095; second's mini 0.018; reseller's mini 0.022; big 0.135
SESSION = Session(
    steps=5, system_tokens=20_000, input_tokens_per_step=1_500, output_tokens_per_step=400
)


@pytest.fixture(scope="module")
def prices() -> Registry:
    return Registry.from_yaml(PRICES).overlay(Registry.from_yaml(OTHERS), name="others")


def search(prices: Registry, what: Usage | Session = USAGE, **constraints: Any) -> Any:
    call: Any = cheapest
    return call(what, **{"registry": prices, "at": AT, **constraints})


def names(found: Any) -> list[str]:
    return [row.name for row in found.rows]


def reason(found: Any, name: str) -> str | None:
    return next((why for why, left in found.excluded.items() if name in left), None)


def test_everybody_is_a_row_or_left_out_for_one_reason(prices: Registry) -> None:
    found = search(prices)
    assert [(row.name, row.total, row.times) for row in found.rows] == [
        ("acme/leaving", Decimal("0.007"), Decimal(1)),
        ("acme/small", Decimal("0.0095"), Decimal("1.35714285714")),
        ("second/mini", Decimal("0.018"), Decimal("2.57142857143")),
        ("acme/big", Decimal("0.135"), Decimal("19.2857142857")),
    ]
    assert found.excluded == {
        "context window below 41,000": ("acme/tiny",),
        "context window not known": ("acme/mute",),
        "no rate for output": ("acme/embed",),
        "no rate for input": ("acme/painter",),
        "retired by 2025-09-07": ("acme/gone", "acme/moved"),
        "no price at 2025-09-07": ("acme/soon",),
        "free": ("acme/free",),
        "priced in CNY, at no stated exchange rate": ("yuan/hua",),
        "sold elsewhere for no more": ("reseller/small", "reseller/mini"),
    }
    counted = [*names(found), *(name for left in found.excluded.values() for name in left)]
    assert sorted(counted) == sorted(f"{each.provider}/{each.id}" for each in prices.models())
    assert found.at == datetime(2025, 9, 7, tzinfo=UTC)


CONSTRAINTS: list[Any] = [
    pytest.param({"context_window": 1_000_000}, "acme/small", "context window below 1,000,000", id="a stated window"),
    pytest.param({"context_window": 0}, "acme/tiny", None, id="no window is asked for"),
    pytest.param({"context_window": 0}, "acme/mute", None, id="and one that is not known will do"),
    pytest.param({"max_output": 10_000}, "acme/small", "longest reply below 10,000", id="long replies"),
    pytest.param({"max_output": 10_000}, "second/mini", "longest reply not known", id="a limit that is not known does not pass"),
    pytest.param({"max_output": 0}, "second/mini", None, id="no reply is asked for"),
    pytest.param({"capabilities": ["images"]}, "acme/leaving", "images not stated", id="images by nothing"),
    pytest.param({"capabilities": ["images"]}, "acme/small", None, id="images by rules of media"),
    pytest.param({"capabilities": ["pdf"]}, "acme/small", None, id="pdf by rules of media"),
    pytest.param({"capabilities": ["audio"]}, "acme/small", "audio not stated", id="rules without audio"),
    pytest.param({"capabilities": ["audio"]}, "acme/big", None, id="rules with audio"),
    pytest.param({"capabilities": ["audio"]}, "second/mini", None, id="audio by its rate"),
    pytest.param({"capabilities": ["video"]}, "acme/big", None, id="video"),
    pytest.param({"capabilities": ["image-output"]}, "second/mini", None, id="makes images, with a hyphen"),
    pytest.param({"capabilities": ["audio_output"]}, "acme/big", "audio_output not stated", id="speaks"),
    pytest.param({"capabilities": ["cache"]}, "acme/leaving", "cache not stated", id="no cached rate"),
    pytest.param({"capabilities": ["automatic_cache"]}, "acme/small", None, id="caches by itself"),
    pytest.param({"capabilities": ["automatic_cache"]}, "acme/big", "no automatic_cache", id="other kinds are stated"),
    pytest.param({"capabilities": ["automatic_cache"]}, "acme/leaving", "automatic_cache not stated", id="no kind is stated"),
    pytest.param({"capabilities": ["explicit_cache"]}, "acme/big", None, id="caches what is marked"),
    pytest.param({"capabilities": ["batch"], "every_seller": True}, "reseller/mini", "no batch", id="batches are denied"),
    pytest.param({"capabilities": ["batch"]}, "second/mini", "batch not stated", id="batches are not stated"),
    pytest.param({"capabilities": ["batch"]}, "acme/leaving", None, id="batches by a rule of the provider"),
    pytest.param({"capabilities": ["batch"], "service_tier": "priority"}, "acme/big", "no batch", id="batches beside stated terms"),
    pytest.param({"capabilities": ["flex"]}, "acme/small", "flex not stated", id="a tier"),
    pytest.param({"capabilities": ["FLEX", "priority", "flex"]}, "acme/big", None, id="several"),
    pytest.param({"until": "2025-12-01"}, "acme/leaving", "retired by 2025-12-01", id="gone by the end"),
    pytest.param({"until": "2025-11-30T23:59:59Z"}, "acme/leaving", None, id="there until the last second"),
    pytest.param({"at": "2025-12-01T00:00:00.5Z"}, "acme/leaving", "retired by 2025-12-01", id="gone"),
    pytest.param({"retired_ok": True, "until": "2026-06-01"}, "acme/leaving", None, id="may retire"),
    pytest.param({"retired_ok": True}, "acme/gone", "retired by 2025-09-07", id="nothing serves it"),
    pytest.param({"retired_ok": True}, "acme/moved", "sold elsewhere for no more", id="served by another"),
    pytest.param({"max_price_age_days": 6}, "acme/small", None, id="checked in time"),
    pytest.param({"max_price_age_days": 5}, "acme/small", "price not checked since 2025-09-02", id="checked too early"),
    pytest.param({"max_price_age_days": 60}, "acme/big", "price not checked since 2025-07-09", id="a date of the model"),
    pytest.param({"max_price_age_days": 60}, "reseller/mini", "price not checked since 2025-07-09", id="nobody says when"),
    pytest.param({"max_price_age_days": 10**9}, "acme/big", None, id="any age"),
    pytest.param({"providers": ["AC"]}, "second/mini", "another provider", id="a provider by its prefix"),
    pytest.param({"providers": ["acme", "second"]}, "second/mini", None, id="two providers"),
    pytest.param({"exclude": ["Small"]}, "acme/small", "excluded by name", id="an id wherever it is sold"),
    pytest.param({"exclude": ["small"]}, "reseller/small", "excluded by name", id="a reseller too"),
    pytest.param({"exclude": ["acme/small"]}, "reseller/small", None, id="one seller only"),
    pytest.param({"exclude": ["t"], "context_window": 0}, "acme/tiny", "excluded by name", id="an alias"),
    pytest.param({"exclude": ["second"]}, "second/mini", "excluded by name", id="a provider as a whole"),
    pytest.param({"exclude": ["SMA*"]}, "reseller/small", "excluded by name", id="all ids that begin so"),
    pytest.param({"exclude": ["acme/s*"]}, "acme/small", "excluded by name", id="all of a seller that begin so"),
    pytest.param({"exclude": ["acme/s*"]}, "reseller/small", None, id="not those of others"),
    pytest.param({"free_ok": True}, "acme/free", None, id="free ones"),
    pytest.param({"every_seller": True}, "reseller/small", None, id="every seller"),
    pytest.param({"limit": 2}, "second/mini", "not among the first 2", id="a limit"),
    pytest.param({"limit": None}, "acme/big", None, id="no limit"),
    pytest.param({"batch": True}, "second/mini", "no price for batch=true", id="a term it does not know"),
    pytest.param({"batch": True}, "reseller/mini", "not sold under these conditions", id="a term it does not sell"),
    pytest.param({"currency": "USD", "rates": {"CNY": "0.1"}}, "yuan/hua", None, id="a stated rate"),
]  # fmt: skip


@pytest.mark.parametrize(("constraints", "name", "why"), CONSTRAINTS)
def test_constraints(
    prices: Registry, constraints: dict[str, Any], name: str, why: str | None
) -> None:
    found = search(prices, **constraints)
    assert reason(found, name) == why
    assert (name in names(found)) is (why is None)


def test_the_price_age_is_counted_from_the_day_it_runs(prices: Registry) -> None:
    # checked after the day that is asked for: nobody has to have checked it twice
    found = search(prices, at="2025-08-01", max_price_age_days=0)
    assert reason(found, "acme/small") is None


def test_of_equal_prices_the_makers_stands_for_all(prices: Registry) -> None:
    found = search(prices, models=["reseller/small", "small"])
    assert names(found) == ["small"]
    assert found.excluded == {"sold elsewhere for no more": ("reseller/small",)}
    dear = prices.overlay(times="1.01", provider="acme", name="dearer")
    assert names(search(dear, models=["reseller/small", "small"])) == ["reseller/small"]


def test_a_retired_name_ranks_behind_its_successor(prices: Registry) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of what is no row, nothing is warned
        found = search(prices, models=["moved", "big"], retired_ok=True)
    assert names(found) == ["big"]


def test_models_that_are_named(prices: Registry) -> None:
    found = search(prices, models=["t", "small", "mini", "nonsense"], context_window=0)
    assert names(found) == ["t", "small"]
    assert found.rows[0].model == "tiny"
    assert [(each.name, each.type) for each in found.failures] == [
        ("mini", AmbiguousModelError.__name__),
        ("nonsense", UnknownModelError.__name__),
    ]


def test_a_free_model_is_named_and_measures_nobody(prices: Registry) -> None:
    found = search(prices, free_ok=True, limit=2)
    assert [(row.name, row.times) for row in found.rows] == [
        ("acme/free", Decimal(0)), ("acme/leaving", Decimal(1)),
    ]  # fmt: skip
    (said,) = (each.text for each in found.assumptions if each.code == "free")
    assert said == "acme/free: free, within limits of use that are not known here"
    alone = search(prices, free_ok=True, models=["free"])
    assert [(row.name, row.times) for row in alone.rows] == [("free", None)]


def test_a_baseline_is_a_row_whatever_it_is(prices: Registry) -> None:
    found = search(prices, baseline="tiny", limit=1)
    assert [(row.name, row.times) for row in found.rows] == [
        ("tiny", Decimal(1)), ("acme/leaving", Decimal("1.59090909091")),
    ]  # fmt: skip
    assert reason(found, "acme/tiny") == "context window below 41,000"
    found = search(prices, baseline="small", limit=2)
    assert [(row.name, row.times) for row in found.rows][1] == ("acme/small", Decimal(1))
    found = search(prices, baseline="hua")  # and brings its currency
    assert (names(found), found.currency) == (["yuan/hua"], "CNY")
    assert reason(found, "acme/small") == "priced in USD, at no stated exchange rate"
    with pytest.raises(UnknownModelError):
        search(prices, baseline="nonsense")


def test_conversion_ranks_by_the_converted_total(prices: Registry) -> None:
    # hua: 40k * 0.7 + 1k * 3.5 = 0.0315 CNY
    found = search(prices, currency="USD", rates={"CNY": "0.25"}, limit=2)
    assert [(row.name, row.total) for row in found.rows] == [
        ("acme/leaving", Decimal("0.007")), ("yuan/hua", Decimal("0.007875")),
    ]  # fmt: skip


def test_what_a_usage_counts_it_needs(prices: Registry) -> None:
    heard = Usage(input_tokens=40_000, input_audio_tokens=10_000, output_tokens=100)
    found = search(prices, heard)
    assert names(found) == ["second/mini", "acme/big"]
    assert reason(found, "acme/small") == "audio not stated"


def test_a_reply_above_a_known_limit_does_not_fit_and_an_unknown_one_is_said(
    prices: Registry,
) -> None:
    found = search(prices, Usage(input_tokens=1_000, output_tokens=9_000))
    assert reason(found, "acme/small") == "longest reply below 9,000"
    (said,) = (each.text for each in found.assumptions if each.code == "max_output")
    assert said == (
        "the longest reply of acme/leaving, reseller/small, second/mini is not known; taken as at "
        "least 9,000 tokens"
    )
    silent = search(prices, Usage(input_tokens=1_000))
    assert [each.code for each in silent.assumptions] == ["same_tokens"]
    assert names(silent)[0] == "acme/embed"


def test_an_aggregate_is_judged_by_its_mean(prices: Registry) -> None:
    found = search(prices, Usage(input_tokens=310_000, output_tokens=9_999, requests=10))
    assert reason(found, "acme/tiny") is None
    (said,) = (each.text for each in found.assumptions if each.code == "mean_request")
    assert said.startswith("windows are compared with the mean of 10 requests, 32,000 tokens")


def test_a_session_is_ranked_by_what_its_estimate_says(prices: Registry) -> None:
    seen: list[tuple[int, int | None]] = []
    found = search(prices, SESSION, progress=lambda *pair: seen.append(pair))
    assert names(found) == ["acme/small", "acme/tiny", "acme/leaving", "second/mini", "acme/big"]
    for row in found.rows:
        assert row.session is not None
        assert row.total == SESSION.estimate(row.name, at=AT, registry=prices).total
    assert found.rows[0].total == Decimal("0.010768")
    # 20,000 + 1,500 + 9 * 1,900 of prompt, and a reply of 400
    assert reason(search(prices, SESSION.replace(steps=10)), "acme/tiny") == (
        "context window below 39,000"
    )
    assert seen[-1] == (len(prices.models()), len(prices.models()))
    assert reason(found, "acme/embed") == "no rate for output"
    assert reason(found, "acme/painter") == "no rate for input"


def test_a_session_without_replies_needs_no_rate_for_them(prices: Registry) -> None:
    quiet = Session(steps=[Step(input_tokens=10), Step(input_tokens=10)])
    assert "acme/embed" in names(search(prices, quiet))


def test_a_model_that_retires_during_a_session_is_left_out(prices: Registry) -> None:
    slow = SESSION.replace(gap="30d")
    found = search(prices, slow, exclude=["big"])
    assert reason(found, "acme/leaving") == "retired before the session ends"
    forwarded = prices.overlay(redirect={"leaving": "small"}, from_="2025-12-01", name="moved")
    found = search(forwarded, slow, exclude=["big"])
    assert reason(found, "acme/leaving") == "retired before the session ends"
    with pytest.raises(UsageError, match="lies before at=2025-09-07"):
        search(prices, slow, until="2025-09-06")


def test_a_recorded_session_is_replayed_under_its_own_model(prices: Registry) -> None:
    usages = [Usage(input_tokens=20_000, cache_read_tokens=1_000, output_tokens=100)] * 2
    found = search(prices, Session.from_usages(usages, model="small"), models=["small", "big"])
    # 2 * (19k * 0.20 + 1k * 0.02 + 100 * 1.50)
    assert found.rows[0].total == Decimal("0.00794")
    (said,) = (each.text for each in found.assumptions if each.code == "recorded")
    assert "under big its steps are simulated" in said


def test_a_session_asks_for_its_cache(prices: Registry) -> None:
    found = search(prices, SESSION.replace(cache="5m"))
    assert names(found) == ["acme/big"]
    assert reason(found, "acme/small") == "no cache '5m'"
    nobody = search(prices, SESSION.replace(cache="7m"), context_window=0)
    assert (nobody.rows, str(nobody).splitlines()[0]) == ((), "no model is left")
    assert reason(nobody, "acme/small") == "no cache '7m'"


def test_a_branch_under_a_model_of_its_own_does_not_widen_the_window(prices: Registry) -> None:
    side = Session(model="acme/big", steps=1, input_tokens_per_step=500_000)
    found = search(prices, SESSION.replace(branches=[Branch(after=1, session=side)]))
    assert "acme/small" in names(found)
    yuan = Session(model="hua", steps=1, input_tokens_per_step=10)
    found = search(prices, SESSION.replace(branches=[Branch(after=1, session=yuan)]))
    assert reason(found, "acme/small") == "priced in USD and CNY"
    lost = Session(model="nonsense", steps=1)
    found = search(prices, SESSION.replace(branches=[Branch(after=1, session=lost)]))
    assert str(reason(found, "acme/small")).startswith("unknown model 'nonsense'")


def test_candidates_warn_of_nothing_that_no_row_shows(prices: Registry) -> None:
    late = "2026-05-01"  # more than 180 days after every check
    for what in (USAGE, SESSION):
        fresh = Registry(prices.store, prices.adjustments, prices.overlays)
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            found = search(fresh, what, at=late, limit=1)
        said = {str(each.message).split(" was ")[0] for each in seen}
        assert said == {f"the price of {found.rows[0].model}"}


WRONG: list[Any] = [
    pytest.param({"what": "usage"}, "a costcalc.Usage or a costcalc.Session", id="no usage"),
    pytest.param({"what": Usage()}, "the usage counts nothing", id="an empty usage"),
    pytest.param({"capabilities": ["imagse"]}, "'imagse' is none .* nearest: images; known: images, audio", id="a capability with a typo"),
    pytest.param({"capabilities": ["smell"]}, "'smell' is none that the price files state; known: ", id="one like nothing"),
    pytest.param({"capabilities": "images"}, r"capabilities is a list of names, such as \['images'\], not 'images'", id="one name alone"),
    pytest.param({"providers": ["nobody"]}, "no prices of provider 'nobody' are known; known: acme", id="a provider with a typo"),
    pytest.param({"providers": []}, "providers is a list of names, at least one", id="no providers"),
    pytest.param({"exclude": "small"}, r"exclude is a list of names, such as \['openai'\]", id="exclude is text"),
    pytest.param({"models": []}, "models is a list of names, at least one", id="no models"),
    pytest.param({"limit": 0}, "limit is a whole number from 1 on", id="no rows"),
    pytest.param({"context_window": -1}, "context_window is a whole number", id="less than no window"),
    pytest.param({"max_output": 1.5}, "max_output is a whole number", id="half a token"),
    pytest.param({"max_price_age_days": -1}, "max_price_age_days is a whole number", id="from the future"),
    pytest.param({"until": "soon"}, "no ISO 8601", id="no instant"),
    pytest.param({"batch": 1}, "batch is True, False or None", id="batch=1"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "said"), WRONG)
def test_wrong_arguments_are_refused(
    prices: Registry, arguments: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        search(prices, **{"what": USAGE, **arguments})


def test_excluding_what_is_not_there_is_an_error(prices: Registry) -> None:
    with pytest.raises(UnknownModelError, match="'smal'"):
        search(prices, exclude=["smal"])


def test_the_kept_plans_of_a_registry_are_left_alone(prices: Registry) -> None:
    before = dict(prices.plans)
    search(prices, limit=1)
    assert len(prices.plans) <= len(before) + 1


def test_what_was_left_out_is_part_of_the_value(prices: Registry) -> None:
    found = search(prices, limit=1)
    assert Comparison.model_validate_json(found.model_dump_json()) == found
    assert "left out: not among the first 1: 3" in str(found).splitlines()


def test_capabilities_are_described() -> None:
    assert all(each.name == name and each.about for name, each in CAPABILITIES.items())


# The bundled list at past dates, whose prices do not change any more.


def test_the_cheapest_of_two_labs_in_september_2025() -> None:
    found = cheapest(
        USAGE, models=["gpt-5", "gpt-5-mini", "gpt-5-nano", "claude-sonnet-4-20250514"],
        capabilities=["images", "pdf", "batch"], at=AT,
    )  # fmt: skip
    # gpt-5-nano 0.05 and 0.40, mini 0.25 and 2, gpt-5 1.25 and 10, Sonnet 4 3 and 15
    assert [(row.name, row.total) for row in found.rows] == [
        ("gpt-5-nano", Decimal("0.0024")),
        ("gpt-5-mini", Decimal("0.012")),
        ("gpt-5", Decimal("0.06")),
        ("claude-sonnet-4-20250514", Decimal("0.135")),
    ]


def test_every_bundled_model_is_accounted_for() -> None:
    infos = Registry.load().models()
    found = cheapest(USAGE, at=AT, limit=3)
    left = [name for each in found.excluded.values() for name in each]
    assert len(left) + len(found.rows) == len(infos)
    assert not found.failures
    assert date(2025, 9, 7) == found.at.date()
    totals = [row.total for row in found.rows]
    assert totals == sorted(totals)
    assert all(totals)


def test_a_star_that_excludes_nothing_is_an_error(prices: Registry) -> None:
    with pytest.raises(UsageError, match=r"^no model's id is like 'nothing\*'; list all with"):
        cheapest(Usage(input_tokens=1), exclude=["nothing*"], registry=prices, at=AT)
