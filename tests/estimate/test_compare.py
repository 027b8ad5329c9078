"""One usage or one session under several models: exact ratios, failures, one instant."""

from __future__ import annotations

import pickle
import warnings
from datetime import UTC, datetime
from decimal import ROUND_UP, Context, Decimal, Inexact, localcontext
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc import (
    CostcalcError,
    RedirectWarning,
    Registry,
    Session,
    Step,
    UnknownModelError,
    Usage,
    UsageError,
)
from costcalc.estimate.compare import compare
from costcalc.estimate.comparison import Comparison, ComparisonRow
from costcalc.usage.responses.response_usage import ResponseUsage

AT = "2025-09-07"
PRICES = """
provider: acme
checked: 2099-01-01
models:
  small: {input: 0.20, cache_read: 0.02, output: 1.50, context_window: 256_000, tokenizer: o200k_base}
  big: {input: 3, cache_read: 0.3, output: 15, context_window: 110_000, tokenizer: o200k_base}
  third: {input: 0.6, output: 4.5, context_window: 256_000}
  free: {input: 0, output: 0}
  voice: {audio_second: 0.36}
  old: {input: 9, output: 9, retired: 2025-01-01, redirects_to: small}
  soon: {prices: [{from: 2030-01-01, input: 1, output: 2}]}
  sold: {input: 1, output: 2, rules: [{if: {batch: true}, times: 0.5}]}
"""
OTHERS = """
provider: yuan
currency: CNY
models:
  hua: {input: 2, output: 8}
  shared: {input: 5, output: 6, maker: acme}
---
provider: reseller
models:
  shared: {input: 7, output: 9, maker: acme}
"""
USAGE = Usage(input_tokens=100_000, cache_read_tokens=90_000, output_tokens=1_000)
# small: 10k * 0.20 + 90k * 0.02 + 1k * 1.50 = 0.0053; big: 10k * 3 + 90k * 0.3 + 1k * 15 = 0.072
SESSION = Session(
    steps=5, system_tokens=20_000, input_tokens_per_step=1_500, output_tokens_per_step=400
)


@pytest.fixture(scope="module")
def prices() -> Registry:
    return Registry.from_yaml(PRICES).overlay(Registry.from_yaml(OTHERS), name="others")


def names(found: Comparison) -> list[str]:
    return [row.name for row in found.rows]


def test_rows_stand_as_named_and_the_cheapest_is_the_baseline(prices: Registry) -> None:
    found = compare(USAGE, ["big", "small", "acme/third"], at=AT, registry=prices)
    assert [(row.name, row.model, row.provider, row.total, row.times) for row in found.rows] == [
        ("big", "big", "acme", Decimal("0.072"), Decimal("13.5849056604")),
        ("small", "small", "acme", Decimal("0.0053"), Decimal(1)),
        ("acme/third", "third", "acme", Decimal("0.0645"), Decimal("12.1698113208")),
    ]
    assert found.baseline is found.rows[1] is found.cheapest
    assert found.rows[0].saving == 1 - Decimal("0.0736111111111")
    assert found.rows[1].saving == 0
    assert (found.at, found.currency) == (datetime(2025, 9, 7, tzinfo=UTC), "USD")
    assert names(found.sorted()) == ["small", "acme/third", "big"]
    assert found.sorted().baseline == found.baseline


def test_a_stated_baseline_measures_the_cheaper_ones_below_one(prices: Registry) -> None:
    found = compare(USAGE, ["small", "BIG"], baseline="big", at=AT, registry=prices)
    assert names(found) == ["small", "BIG"]
    assert [row.times for row in found.rows] == [Decimal("0.0736111111111"), Decimal(1)]


def test_a_baseline_that_was_not_named_is_added_in_front(prices: Registry) -> None:
    found = compare(USAGE, iter(["small", "small"]), baseline="big", at=AT, registry=prices)
    assert names(found) == ["big", "small"]


def test_a_free_baseline_has_no_multiples(prices: Registry) -> None:
    found = compare(Usage(input_tokens=9), ["free", "small"], at=AT, registry=prices)
    assert [(row.times, row.saving) for row in found.rows] == [(None, None), (None, Decimal(1))]


def test_a_model_without_a_price_stops_no_other_and_is_never_zero(prices: Registry) -> None:
    seen: list[tuple[int, int | None]] = []
    found = compare(
        USAGE, ["nonsense", "small", "voice", "soon"], at=AT, registry=prices,
        progress=lambda done, of: seen.append((done, of)),
    )  # fmt: skip
    assert names(found) == ["small"]
    assert [(each.name, each.type) for each in found.failures] == [
        ("nonsense", "UnknownModelError"),
        ("voice", "UnpricedMeterError"),
        ("soon", "NoPriceError"),
    ]
    assert "no rate for meter 'input'" in found.failures[1].message
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_no_price_at_all_is_the_first_error_with_the_others_as_notes(prices: Registry) -> None:
    with pytest.raises(UnknownModelError, match="'smal'") as caught:
        compare(USAGE, ["smal", "soon"], at=AT, registry=prices)
    assert caught.value.nearest[0] == "small"
    (note,) = caught.value.__notes__
    assert note.startswith("soon has no price either: no price for 'soon' (acme) at 2025-09-07")


def test_a_baseline_without_a_price_is_an_error(prices: Registry) -> None:
    with pytest.raises(UnknownModelError, match="'nonsense'"):
        compare(USAGE, ["small"], baseline="nonsense", at=AT, registry=prices)


def test_all_models_are_priced_at_one_instant(prices: Registry) -> None:
    found = compare(USAGE, ["small", "big"], registry=prices)
    assert {row.cost.at for row in found.rows} == {found.at}


def test_the_terms_hold_for_all(prices: Registry) -> None:
    found = compare(USAGE, ["sold", "small"], batch=True, at=AT, registry=prices)
    assert (names(found), found.failures[0].type) == (["sold"], "UnknownConditionError")
    assert found.rows[0].total == Decimal("0.051")
    found = compare(USAGE, ["shared"], provider="reseller", at=AT, registry=prices)
    assert (found.rows[0].provider, found.rows[0].total) == ("reseller", Decimal("0.709"))


def test_a_redirect_warns_and_names_the_model_that_is_billed(prices: Registry) -> None:
    with pytest.warns(RedirectWarning, match="old was retired"):
        found = compare(USAGE, ["old", "big"], at=AT, registry=prices)
    assert (found.rows[0].name, found.rows[0].model) == ("old", "small")
    assert found.rows[0].context_window == 256_000


CURRENCIES: list[Any] = [
    pytest.param(("hua",), {}, "CNY", {"hua": "0.208"}, id="one currency needs no rate"),
    pytest.param(("small", "hua"), {}, "USD", {"small": "0.0053"}, id="no rate is guessed"),
    pytest.param(
        ("small", "hua"), {"baseline": "hua"}, "CNY", {"hua": "0.208"},
        id="a baseline brings its currency",
    ),
    pytest.param(
        ("small", "hua"), {"currency": "USD", "rates": {"CNY": "0.14"}}, "USD",
        {"small": "0.0053", "hua": "0.02912"}, id="converted at the stated rate",
    ),
    pytest.param(
        ("small", "hua"), {"currency": "EUR", "rates": {"USD": "0.9"}}, "EUR",
        {"small": "0.00477"}, id="a rate that is missing leaves the model out",
    ),
    pytest.param(
        ("small", "hua"), {"currency": "CNY", "rates": {"USD": 7}}, "CNY",
        {"small": "0.0371", "hua": "0.208"}, id="what is in it already needs no rate",
    ),
    pytest.param(("small", "hua"), {"currency": "USD"}, "USD", {"small": "0.0053"}, id="no rates"),
]  # fmt: skip


@pytest.mark.parametrize(("models", "options", "currency", "totals"), CURRENCIES)
def test_currencies(
    prices: Registry,
    models: tuple[str, ...],
    options: dict[str, Any],
    currency: str,
    totals: dict[str, str],
) -> None:
    found = compare(USAGE, models, at=AT, registry=prices, **options)
    assert found.currency == currency
    assert {row.name: row.total for row in found.rows} == {
        name: Decimal(total) for name, total in totals.items()
    }
    assert {row.currency for row in found.rows} == {currency}
    assert len(found.rows) + len(found.failures) == len(models)


def test_another_currency_says_how_to_state_the_rate(prices: Registry) -> None:
    (failure,) = compare(USAGE, ["small", "hua"], at=AT, registry=prices).failures
    assert failure.message == (
        "its price is 0.208 CNY, and no exchange rate is guessed; say one: currency='USD', "
        "rates={'CNY': '...'}"
    )
    with pytest.raises(UsageError, match=r"0.208 CNY; say the exchange rate too: rates={'CNY': "):
        compare(USAGE, ["hua"], at=AT, registry=prices, currency="USD")


WRONG: list[Any] = [
    pytest.param("cost", ["small"], {}, "a costcalc.Usage or a costcalc.Session", id="no usage"),
    pytest.param(USAGE, "small", {}, "models is a list of names", id="one name alone"),
    pytest.param(USAGE, 7, {}, r"models is a list of names, such as \['gpt-5'\], not 7", id="a number"),
    pytest.param(USAGE, ["small"], {"baseline": 7}, "baseline is the name of a model, such as 'gpt-5', not 7", id="a baseline that is a number"),
    pytest.param(USAGE, ["small"], {"currency": "EUR", "rates": "0.9"}, "rates maps currencies to exchange rates, as {'USD': '0.86'}, not '0.9'", id="a rate alone"),
    pytest.param(USAGE, [], {}, "at least one", id="no names"),
    pytest.param(USAGE, [["small"]], {}, "models is a list of names", id="a list of lists"),
    pytest.param(USAGE, ["small"], {"registry": {}}, "registry is a costcalc.Registry", id="dict"),
    pytest.param(USAGE, ["small"], {"rates": {"CNY": 1}}, "say which: currency", id="rates alone"),
    pytest.param(USAGE, ["small"], {"currency": "eur"}, "ISO 4217 code", id="small letters"),
    pytest.param(
        USAGE, ["small"], {"currency": "EUR", "rates": {"USD": 0.9}}, "a float is not exact",
        id="a rate that is a float",
    ),
    pytest.param(
        USAGE, ["small"], {"currency": "EUR", "rates": {"USD": 0}},
        "the rate of USD is EUR for one USD and positive, not 0", id="a rate of nothing",
    ),
    pytest.param(USAGE, ["small"], {"batch": 1}, "batch is True, False or None", id="batch=1"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "models", "options", "said"), WRONG)
def test_what_is_no_comparison_is_refused(
    prices: Registry, what: Any, models: Any, options: dict[str, Any], said: str
) -> None:
    call: Any = compare
    with pytest.raises(UsageError, match=said):
        call(what, models, **{"registry": prices, "at": AT, **options})


FITS: list[Any] = [
    pytest.param({"input_tokens": 100_000, "output_tokens": 10_000}, True, id="exactly full"),
    pytest.param({"input_tokens": 100_000, "output_tokens": 10_001}, False, id="one token over"),
    pytest.param({"input_tokens": 1_100_000, "requests": 10}, True, id="ten of them"),
    pytest.param({"input_tokens": 1_100_001, "requests": 10}, False, id="a mean just above"),
]


@pytest.mark.parametrize(("counts", "fits"), FITS)
def test_a_request_fits_with_its_reply(
    prices: Registry,
    counts: dict[str, int],
    fits: bool,  # noqa: FBT001 - the expectation
) -> None:
    found = compare(Usage(**counts), ["big", "sold"], at=AT, registry=prices)
    assert [row.fits for row in found.rows] == [fits, None]
    assert ("above its context window" in str(found)) is not fits


def test_different_tokenizers_are_said(prices: Registry) -> None:
    for models, said in (
        (["small", "big"], []),
        (["small", "third"], ["same_tokens"]),
        (["third", "sold"], ["same_tokens"]),
        (["third"], []),
    ):
        found = compare(USAGE, models, at=AT, registry=prices)
        assert [each.code for each in found.assumptions] == said, models


def test_a_session_is_simulated_under_each_model(prices: Registry) -> None:
    found = compare(SESSION, ["small", "third", "big"], at=AT, registry=prices)
    assert [row.total for row in found.rows] == [
        SESSION.estimate(name, at=AT, registry=prices).total for name in ("small", "third", "big")
    ]
    # 126,500 tokens of input of which 97,400 are read: small as in the closed form
    assert found.rows[0].total == Decimal("0.010768")
    assert found.rows[0].hit_ratio == pytest.approx(97_400 / 126_500)
    assert [row.session.policy.kind for row in found.rows if row.session] == [
        "automatic", "none", "automatic",
    ]  # fmt: skip
    assert compare(USAGE, ["small"], at=AT, registry=prices).rows[0].hit_ratio is None


def test_a_session_that_outgrows_a_window_is_named(prices: Registry) -> None:
    long = SESSION.replace(steps=60)
    found = compare(long, ["big", "small", "sold"], at=AT, registry=prices)
    assert [row.fits for row in found.rows] == [False, True, None]
    assert str(found).splitlines()[0].endswith("above its context window")


def test_a_session_that_no_cache_suits_is_a_failure(prices: Registry) -> None:
    found = compare(SESSION.replace(cache="automatic"), ["small", "third"], at=AT, registry=prices)
    assert (names(found), found.failures[0].type) == (["small"], "UsageError")
    assert "has no cache 'automatic'" in found.failures[0].message


def test_a_session_begins_when_it_says(prices: Registry) -> None:
    dated = SESSION.replace(at="2025-03-01")
    assert compare(dated, ["small"], registry=prices).at == datetime(2025, 3, 1, tzinfo=UTC)
    assert compare(dated, ["small"], at=AT, registry=prices).at == datetime(2025, 9, 7, tzinfo=UTC)


def test_a_recorded_session_is_replayed_under_its_own_model_only(prices: Registry) -> None:
    usages = [USAGE, Usage(input_tokens=102_000, output_tokens=1_000)]
    recorded = Session.from_usages(usages, model="small")
    found = compare(recorded, ["small", "big"], at=AT, registry=prices)
    assert found.rows[0].total == Decimal("0.0053") + Decimal("0.0219")
    (said,) = (each.text for each in found.assumptions if each.code == "recorded")
    assert "under big its steps are simulated" in said
    for session, models in ((recorded, ["small"]), (Session.from_usages(usages), ["small", "big"])):
        found = compare(session, models, at=AT, registry=prices)
        assert [each.code for each in found.assumptions] == []


def test_a_response_is_compared_by_its_counts_alone(prices: Registry) -> None:
    when = datetime(2025, 3, 1, tzinfo=UTC)
    part = ResponseUsage(output_tokens=1_000, model="big")
    response = ResponseUsage(
        input_tokens=1_000, model="small", at=when, conditions={"batch": True}, parts=(part,)
    )
    found = compare(response, ["big"], registry=prices)
    assert (found.rows[0].total, found.at) == (Decimal("0.018"), when)
    (said,) = (each.text for each in found.assumptions if each.code == "response_conditions")
    assert said == (
        "the response says batch=true; models are compared by its counts alone, under the "
        "conditions that are stated"
    )
    both = response + ResponseUsage(input_tokens=1, at=when, conditions={"service_tier": "default"})
    mixed = compare(both, ["big"], registry=prices)
    assert "the response says batch=true or none; models" in mixed.assumptions[-1].text
    for stated in ({"batch": False}, {"conditions": {"batch": False}}):
        told = compare(response, ["big"], registry=prices, **stated)  # type: ignore[arg-type]
        assert [each.code for each in told.assumptions] == []

    class Odd(Usage):
        """A usage of somebody's own."""

    assert compare(Odd(input_tokens=1), ["big"], at=AT, registry=prices).rows[0].total


def test_it_reads_as_a_table(prices: Registry) -> None:
    said = str(compare(USAGE, ["big", "small", "soon"], at=AT, registry=prices)).splitlines()
    assert said[:2] == ["big    0.072  USD  13.58×", "small  0.0053 USD  1.00×"]
    assert said[2].startswith("not priced: soon: no price for 'soon' (acme)")
    many = compare(Usage(input_tokens=9), ["big", "free"], baseline="big", at=AT, registry=prices)
    assert str(many) == "big   0.000027 USD  1.00×\nfree  0        USD  0.00×"
    free = compare(Usage(input_tokens=9), ["big", "free"], at=AT, registry=prices)
    assert str(free).splitlines()[0] == "big   0.000027 USD  –"
    dear = compare(Usage(output_tokens=1000, input_tokens=9), ["big", "x"], at=AT, registry=wide())
    assert str(dear).splitlines()[0].endswith("  150,000×")


def wide() -> Registry:
    return Registry.from_yaml(
        "provider: a\nmodels:\n  big: {input: 0, output: 15}\n  x: {input: 0, output: 0.0001}\n"
    )


def test_a_comparison_without_rows_says_so() -> None:
    empty = Comparison(
        at=datetime(2025, 9, 7, tzinfo=UTC), currency=None, baseline_name=None, rows=()
    )
    assert (empty.baseline, empty.cheapest, str(empty)) == (None, None, "no model is left")


def test_it_is_a_value(prices: Registry) -> None:
    for what in (USAGE, SESSION):
        found = compare(what, ["small", "big", "nonsense"], at=AT, registry=prices)
        assert Comparison.model_validate_json(found.model_dump_json()) == found
        assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - of our own making
        with pytest.raises((AttributeError, TypeError)):
            found.excluded["x"] = ()  # type: ignore[index]
    assert ComparisonRow.model_json_schema()["properties"]["times"]


def test_nothing_is_warned_of_twice(prices: Registry) -> None:
    fresh = Registry(prices.store, prices.adjustments, prices.overlays)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("default")
        compare(USAGE, ["old", "acme/old"], baseline="old", at=AT, registry=fresh)
    assert len(seen) == 1


COUNTS = st.integers(0, 10**7)


@given(
    st.builds(Usage, input_tokens=COUNTS, output_tokens=COUNTS), st.sampled_from(["small", "big"])
)
def test_times_the_baseline_is_the_total_at_twelve_digits(usage: Usage, baseline: str) -> None:
    prices = Registry.from_yaml(PRICES)
    found = compare(usage, ["small", "big", "third"], baseline=baseline, at=AT, registry=prices)
    assert found.baseline is not None
    base = Fraction(found.baseline.total)
    for row in found.rows:
        if not base:
            assert row.times is None
            continue
        assert row.times is not None
        error = abs(Fraction(row.times) * base - Fraction(row.total))
        assert error <= Fraction(row.total) * Fraction(5, 10**12)
        assert row.saving is not None
        dear = max(base, Fraction(row.total))
        spared = abs(base - Fraction(row.total))
        assert abs(Fraction(row.saving) * dear - spared) <= dear * Fraction(5, 10**13)


def test_nothing_depends_on_the_decimals_of_the_caller(prices: Registry) -> None:
    found = compare(USAGE, ["small", "big"], at=AT, registry=prices)
    with localcontext(Context(prec=1, rounding=ROUND_UP, traps=[Inexact])):
        assert compare(USAGE, ["small", "big"], at=AT, registry=prices) == found


def test_the_launch_prices_of_autumn_2025() -> None:
    # https://x.ai/news/grok-code-fast-1: 0.20 in, 0.02 cached, 1.50 out; gpt-5: 1.25, 0.125, 10
    found = compare(USAGE, ["gpt-5", "grok-code-fast-1"], at=AT)
    assert [row.total for row in found.rows] == [Decimal("0.03375"), Decimal("0.0053")]
    assert found.rows[0].times == Decimal("6.36792452830")


def test_every_error_is_one_of_ours(prices: Registry) -> None:
    with pytest.raises(CostcalcError):
        compare(Session(steps=[Step(input_tokens=1)]), ["nonsense"], registry=prices)
