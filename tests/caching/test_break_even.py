"""When a cache pays: against uses that are counted one by one, in fractions."""

from __future__ import annotations

import pickle
from decimal import Decimal
from fractions import Fraction
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costcalc import Registry, UnknownModelError, UnpricedMeterError, UsageError
from costcalc.caching.break_even import BreakEven, break_even
from costcalc.caching.uses import CacheBreakEven, ordinal

AT = "2026-06-01"


def prices(model: str, cache: str = "explicit: {ttl: {cache_write: 5m}}") -> Registry:
    return Registry.from_yaml(f"provider: lab\ncache: {{{cache}}}\nmodels:\n  m: {{{model}}}\n")


def only(registry: Registry, **options: object) -> CacheBreakEven:
    (found,) = break_even("m", registry=registry, at=AT, **options).caches
    return found


def first_cheaper(found: CacheBreakEven, most: int = 10_000) -> int | None:
    """Count uses until a cache is cheaper, each priced in fractions."""
    plain, write, read = (
        Fraction(rate) * found.prefix_tokens / 10**6
        for rate in (found.input_rate, found.write_rate, found.read_rate)
    )
    stored = found.policy.kind == "stored"
    cached = write + Fraction(found.storage) if stored else Fraction(0)
    uncached = Fraction(0)
    for use in range(1, most):
        cached += write if use == 1 and not stored else read
        uncached += plain
        if cached < uncached:
            return use
    return None


@pytest.mark.parametrize(
    ("life", "uses", "whole", "probability", "pings", "bridged"),
    [
        (300, "1.28", 2, "21.7", 11, 3_600),
        (3_600, "2.11", 3, "52.6", 18, 19 * 3_600),
    ],
)
def test_a_write_of_one_and_a_quarter_pays_from_the_second_use_and_one_of_two_from_the_third(
    life: int, uses: str, whole: int, probability: str, pings: int, bridged: int
) -> None:
    caches = break_even("claude-sonnet-4-6", at=AT).caches
    (found,) = (each for each in caches if each.policy.ttl == life)
    assert found.uses is not None
    assert found.hit_probability is not None
    assert round(found.uses, 2) == Decimal(uses)
    assert found.whole_uses == whole == first_cheaper(found)
    assert round(found.hit_probability * 100, 1) == Decimal(probability)
    assert (found.pings, found.bridged) == (pings, bridged)
    # so many reads are cheaper than a miss in place of a hit, and one more is not
    read, miss = found.read_rate, found.write_rate - found.read_rate
    assert pings * read < miss <= (pings + 1) * read


@pytest.mark.parametrize(
    ("model", "life", "uses", "hourly"),
    [
        ("gemini-2.5-pro", "15m", 3, "4.0"),
        ("gemini-2.5-pro", "1h", 6, "4.0"),
        ("gemini-2.5-pro", "24h", 98, "4.0"),
        ("gemini-2.5-flash", "15m", 3, "3.7"),
        ("gemini-2.5-flash", "1h", 5, "3.7"),
        ("gemini-2.5-flash", "24h", 91, "3.7"),
    ],
)
def test_a_stored_cache_has_its_storage_to_earn(
    model: str, life: str, uses: int, hourly: str
) -> None:
    caches = break_even(model, at=AT, lives=[life], provider="google").caches
    (found,) = (each for each in caches if each.policy.kind == "stored")
    assert found.whole_uses == uses == first_cheaper(found)
    assert found.steady is not None
    assert round(found.steady, 1) == Decimal(hourly)
    assert found.pings is found.hit_probability is None


def test_ninety_uses_of_a_day_in_flash_are_exactly_even() -> None:
    found = break_even("gemini-2.5-flash", at=AT, lives="1d", provider="google")
    stored = found.caches[-1]
    assert stored.uses == 90
    assert stored.cost(90) == found.uncached_cost(90)
    assert stored.cost(91) < found.uncached_cost(91)


rates = st.integers(0, 400).map(lambda number: Decimal(number) / 100)
ttls = st.sampled_from(["", ", ttl: {cache_write: 5m}", ", ttl: {cache_write: 1h}"])


@settings(deadline=None)
@given(plain=rates, write=rates, read=rates, ttl=ttls, size=st.integers(1, 50_000))
def test_fewest_uses_are_those_that_counting_finds(
    plain: Decimal, write: Decimal, read: Decimal, ttl: str, size: int
) -> None:
    model = f"input: {plain}, cache_write: {write}, cache_read: {read}, output: 1"
    registry = prices(model, f"explicit: {{min_tokens: 1000{ttl}}}")
    found = only(registry, prefix_tokens=size)
    if size < 1_000:
        assert found.whole_uses is None
        assert found.cost(7) == break_even(
            "m", prefix_tokens=size, registry=registry
        ).uncached_cost(7)
    elif read >= plain:  # a read saves nothing, be a write as cheap as it may
        assert found.whole_uses is None
    else:
        assert found.whole_uses == first_cheaper(found)
    assert found.cost(0) == 0


@settings(deadline=None)
@given(
    plain=rates, read=rates, storage=rates, hours=st.integers(1, 48), size=st.integers(1, 50_000),
    billed=st.sampled_from(["true", "false"]),
)  # fmt: skip
def test_fewest_uses_of_a_stored_cache_are_those_that_counting_finds(
    plain: Decimal, read: Decimal, storage: Decimal, hours: int, size: int, billed: str
) -> None:
    model = f"input: {plain}, cache_read: {read}, cache_storage: {storage}, output: 1"
    registry = prices(model, f"explicit: {{creation_billed: {billed}, ttl: {{cache_read: 1h}}}}")
    found = only(registry, prefix_tokens=size, lives=[f"{hours}h"])
    counted = first_cheaper(found)
    # counting stops somewhere, and the storage's last digit is rounded
    assert found.whole_uses == counted or (counted is None and (found.whole_uses or 0) >= 10_000)


@settings(deadline=None)
@given(write=st.integers(101, 400), read=st.integers(0, 99), hits=st.fractions(0, 1))
def test_later_uses_of_which_too_few_find_the_cache_are_dearer_than_plain_input(
    write: int, read: int, hits: Fraction
) -> None:
    w, r = Fraction(write, 100), Fraction(read, 100)
    found = only(
        prices(f"input: 1, cache_write: {write / 100}, cache_read: {read / 100}, output: 1")
    )
    assert found.hit_probability is not None
    even = (w - 1) / (w - r)
    assert abs(Fraction(found.hit_probability) - even) <= Fraction(1, 2 * 10**12)
    later_use = hits * r + (1 - hits) * w  # one that misses writes again
    assert (later_use < 1) == (hits > even)


@pytest.mark.parametrize(
    ("cache", "model", "pings"),
    [
        pytest.param("automatic: {ttl: {cache_read: 5m}, refresh_on_read: true}",
                     "input: 1, cache_read: 0.1, output: 1", 8, id="a miss of free writes costs plain input"),
        pytest.param("explicit: {ttl: {cache_write: 5m}, refresh_on_read: true}",
                     "input: 1, cache_read: 0.5, cache_write: 1, output: 1", 0, id="one read is no less than a miss"),
        pytest.param("explicit: {ttl: {cache_write: 5m}}",
                     "input: 1, cache_read: 0.1, cache_write: 1.25, output: 1", None, id="reads prolong nothing"),
        pytest.param("explicit: {refresh_on_read: true}",
                     "input: 1, cache_read: 0.1, cache_write: 1.25, output: 1", None, id="entries live for ever"),
        pytest.param("explicit: {ttl: {cache_write: 5m}, refresh_on_read: true}",
                     "input: 1, cache_read: 0, cache_write: 1.25, output: 1", None, id="reads are free"),
    ],
)  # fmt: skip
def test_reads_that_keep_a_cache_alive(cache: str, model: str, pings: int | None) -> None:
    assert only(prices(model, cache)).pings == pings


@pytest.mark.parametrize(
    ("model", "cache", "sentence"),
    [
        pytest.param(
            "input: 3, cache_read: 0.3, cache_write: 3.75, output: 1",
            "explicit: {ttl: {cache_write: 5m}, refresh_on_read: true}",
            "explicit cache, 5m: a write costs 1.25× and a read 0.1× plain input; it pays from the "
            "2nd use on; in the long run, it pays where more than 21.7% of later uses find it; 11 "
            "reads just to keep it alive, for 1h in all, cost less than a miss",
            id="writes have a price",
        ),
        pytest.param(
            "input: 1, cache_read: 0.4, output: 1",
            "automatic: {ttl: {cache_read: 5m}, refresh_on_read: true}",
            "automatic cache, 5m: a write costs nothing extra, a read 0.4× plain input; it pays "
            "from the 2nd use on; one read just to keep it alive, for 10m in all, costs less than a "
            "miss",
            id="writes are free",
        ),
        pytest.param(
            "input: 1, cache_read: 1, output: 1",
            "automatic: {}",
            "automatic cache: a write costs nothing extra, a read 1× plain input; a read saves "
            "nothing, so it never pays",
            id="reads cost what input does",
        ),
        pytest.param(
            "input: 0, cache_read: 0, output: 1",
            "automatic: {}",
            "automatic cache: plain input is free; a read saves nothing, so it never pays",
            id="input is free",
        ),
        pytest.param(
            "input: 3, cache_read: 0.3, output: 1",
            "automatic: {min_tokens: 32k}",
            "automatic cache: a write costs nothing extra, a read 0.1× plain input; 20,000 tokens "
            "are below the 32,000 from which on it caches, so it never pays",
            id="the prefix is too short",
        ),
        pytest.param(
            "input: 1, cache_read: 0, cache_write: 0, output: 1",
            "explicit: {ttl: {cache_write: 5m}, refresh_on_read: true}",
            "explicit cache, 5m: a write costs 0× and a read 0× plain input; it pays from the 1st "
            "use on",
            id="all of it is free",
        ),
        pytest.param(
            "input: 1, cache_read: 0.3333, cache_storage: 4.5, output: 1",
            "explicit: {creation_billed: true, ttl: {cache_read: 1h}}",
            "stored cache, 1h: its creation costs 1×, storage 0.09 USD and a read 0.3333× plain "
            "input; it pays from the 9th use on; kept for good, it pays above 6.7 uses an hour",
            id="storage",
        ),
        pytest.param(
            "input: 1, cache_read: 0.1, cache_storage: 0, output: 1",
            "explicit: {creation_billed: false, ttl: {cache_read: 1h}}",
            "stored cache, 1h: its creation is free, storage 0 USD and a read 0.1× plain input; it "
            "pays from the 1st use on; kept for good, it pays above 0.0 uses an hour",
            id="creation is free",
        ),
    ],
)  # fmt: skip
def test_what_a_cache_says(model: str, cache: str, sentence: str) -> None:
    assert str(only(prices(model, cache.replace("32k", "32000")), lives=["1h"])) == sentence


def test_a_model_without_a_cache_has_no_break_even() -> None:
    found = break_even("m", registry=prices("input: 1, output: 2"), at=AT)
    assert found.caches == ()
    assert str(found) == "m, 20,000 tokens: no cache with a price"
    assert found.explain().splitlines() == [
        "m (lab) at 2026-06-01: a prefix of 20,000 tokens, plain input at 1 USD per million",
        "it has no cache with a price",
    ]


def test_all_of_it_as_sentences() -> None:
    found = break_even("claude-sonnet-4-6", at=AT, prefix_tokens=3_000)
    assert str(found) == (
        "claude-sonnet-4-6, 3,000 tokens: explicit cache, 5m pays from the 2nd use on, explicit "
        "cache, 1h pays from the 3rd use on"
    )
    short = break_even("claude-opus-4-6", at=AT, prefix_tokens=3_000)
    assert str(short).endswith("explicit cache, 1h never pays")
    lines = found.explain().splitlines()
    assert lines[0].startswith("claude-sonnet-4-6 (anthropic) at 2026-06-01: a prefix of 3,000")
    assert lines[1:3] == [str(each) for each in found.caches]
    assert lines[3] == str(found.lifetimes[0])


def test_the_rates_of_long_prompts_hold_for_a_long_prefix() -> None:
    rules = 'rules: [{if: {prompt_tokens: ">200k"}, times: 2}]'
    registry = prices(f"input: 3, cache_read: 0.3, cache_write: 3.75, output: 1, {rules}")
    short, long = (only(registry, prefix_tokens=size) for size in (200_000, 200_001))
    assert (short.input_rate, long.input_rate) == (Decimal(3), Decimal(6))
    assert short.whole_uses == long.whole_uses == 2


def test_an_explicit_cache_is_worked_out_at_the_rates_of_explicit_caches() -> None:
    rule = "rules: [{if: {cache_kind: explicit}, times: {cache_read: 0.5}}]"
    model = f"input: 1, cache_read: 0.2, cache_write: 1.25, output: 1, {rule}"
    both = "automatic: {}, explicit: {ttl: {cache_write: 5m}}"
    registry = prices(model, both)
    found = break_even("m", registry=registry, at=AT).caches
    assert [each.read_rate for each in found] == [Decimal("0.2"), Decimal("0.1")]
    stated = break_even("m", registry=registry, at=AT, conditions={"cache_kind": "explicit"})
    assert [each.read_rate for each in stated.caches] == [Decimal("0.1"), Decimal("0.1")]


@pytest.mark.parametrize(
    ("cache", "options", "code", "words"),
    [
        pytest.param("explicit: {creation_billed: unknown, ttl: {cache_read: 1h}}", {},
                     "stored_cache", "is billed is not known; taken as billed", id="whether creation is billed"),
        pytest.param("automatic: {}", {"lives": ["15m"]}, "lives", "stored by the hour", id="lives without a stored cache"),
        pytest.param("automatic: {}", {"prefix_tokens": 300_000}, "context_window",
                     "prompts of 300,000 tokens are above the 256,000 that m takes", id="above the window"),
        pytest.param("automatic: {}", {"growth_tokens": 100_000, "summary_tokens": 100_000}, "tier",
                     "for which m has other rates", id="growing into another tier"),
    ],
)  # fmt: skip
def test_what_nobody_said_is_said(
    cache: str, options: dict[str, object], code: str, words: str
) -> None:
    model = (
        "input: 1, cache_read: 0.1, cache_storage: 1, output: 2, context_window: 256000, "
        "rules: [{if: {prompt_tokens: '>200k'}, times: 2}]"
    )
    found = break_even("m", registry=prices(model, cache), at=AT, **options)
    assert words in next(each.text for each in found.assumptions if each.code == code)
    assert f"assumed: {found.assumptions[0].text}" in found.explain()


def test_prompts_that_grow_beyond_what_is_sold_are_said() -> None:
    model = "input: 1, cache_read: 0.1, output: 2, rules: [{if: {prompt_tokens: '>200k'}, offered: false}]"
    registry = prices(model, "automatic: {}")
    found = break_even("m", registry=registry, at=AT, growth_tokens=100_000, summary_tokens=100_000)
    assert "for which m has no price" in found.assumptions[0].text


def test_a_policy_that_nobody_stated_is_said() -> None:
    registry = Registry.from_yaml(
        "provider: lab\nmodels: {m: {input: 1, cache_read: 0.1, output: 1}}"
    )
    (said,) = break_even("m", registry=registry, at=AT).assumptions
    assert said.text == "no cache policy of m is stated; taken as automatic and never expiring"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"prefix_tokens": 0}, "prefix_tokens is a whole number from 1 on, not 0"),
        ({"growth_tokens": 1.5}, "growth_tokens is a whole number from 1 on, not 1.5"),
        ({"lives": ["soon"]}, "lives are durations such as '15m', '1h' or '1d', and 'soon' is none"),
        ({"lives": [60]}, "and 60 is none"),
        ({"lives": 60}, "lives is a list, not 60"),
        ({"miss_ratios": "2%", "growth_tokens": 9}, "miss_ratios maps lives to shares, as {'5m': '2%'}, not '2%'"),
        ({"against": "gpt-5", "session": "long"}, "session is a costcalc.Session, not 'long'"),
        ({"registry": "prices.yaml"}, "registry"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        break_even("claude-sonnet-4-6", at=AT, **options)


def test_uses_are_whole_numbers() -> None:
    found = break_even("claude-sonnet-4-6", at=AT)
    with pytest.raises(UsageError, match="uses is a whole number from 0 on, not -1"):
        found.caches[0].cost(-1)
    with pytest.raises(UsageError, match="uses is a whole number from 0 on, not 0.5"):
        found.uncached_cost(0.5)


def test_an_unknown_model_is_an_error() -> None:
    with pytest.raises(UnknownModelError):
        break_even("claude-sonet", at=AT)


@pytest.mark.parametrize(
    ("model", "options", "meter"),
    [
        pytest.param("image: 0.04", {}, "input", id="a model of images"),
        pytest.param("input: 1", {"growth_tokens": 9, "summary_tokens": 9}, "output", id="an embedding cannot summarise"),
    ],
)  # fmt: skip
def test_a_rate_that_is_missing_is_named(
    model: str, options: dict[str, object], meter: str
) -> None:
    with pytest.raises(UnpricedMeterError, match=f"has no rate for meter '{meter}'"):
        break_even("m", registry=prices(model, "automatic: {}"), at=AT, **options)


def test_a_break_even_survives_json_and_pickle() -> None:
    found = break_even(
        "claude-sonnet-4-6", at=AT, growth_tokens=2_000, summary_tokens=3_000,
        miss_ratios={"5m": "2.2%", "1h": "0.39%"},
    )  # fmt: skip
    assert BreakEven.model_validate_json(found.model_dump_json()) == found
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - of our own making


def test_ordinals() -> None:
    assert [ordinal(each) for each in (1, 2, 3, 4, 11, 12, 13, 21, 22, 98, 111, 1_002)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "98th", "111th", "1,002nd",
    ]  # fmt: skip


def test_the_cost_of_a_cache_is_what_counting_sums_to() -> None:
    for model, provider in (("claude-sonnet-4-6", None), ("gemini-2.5-pro", "google")):
        for cache in break_even(model, at=AT, provider=provider).caches:
            stored = cache.policy.kind == "stored"
            spent = Fraction(cache.storage)
            if stored:
                spent += Fraction(cache.write_rate) * cache.prefix_tokens / 10**6
            for use in count(1):
                rate = cache.write_rate if use == 1 and not stored else cache.read_rate
                spent += Fraction(rate) * cache.prefix_tokens / 10**6
                assert Fraction(cache.cost(use)) == spent
                if use == 5:
                    break
