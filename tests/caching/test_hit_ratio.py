"""A usage at another hit ratio: tokens, bills, curves, and what speaks against a ratio."""

from __future__ import annotations

from datetime import datetime
from decimal import Context, Decimal, Inexact, Rounded, localcontext
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costcalc import Cost, Registry, UnknownModelError, Usage, UsageError, price
from costcalc.caching.hit_ratio import HitRatioCurve, at_hit_ratio, hit_ratio_curve
from costcalc.caching.repriced import with_hit_ratio

AT = "2026-06-01"
LAB = """
provider: lab
models:
  plain: {input: 1, cache_read: 0.1, output: 4, cache: {automatic: {}}}
  media: {input: 1, cache_read: 0.1, input_audio: 8, cache_read_audio: 2, output: 4}
  writes: {input: 1, cache_read: 0.1, cache_write: 1.25, output: 4, cache: {explicit: {ttl: {cache_write: 5m}}}}
  hourly: {input: 1, cache_read: 0.1, cache_write_1h: 2, cache_write: 1.25, output: 4,
           cache: {explicit: {ttl: {cache_write_1h: 1h}}}}
  grained: {input: 1, cache_read: 0.1, output: 4, cache: {automatic: {min_tokens: 1024, increment: 128}}}
  uncached: {input: 1, output: 4}
  tiered: {input: 1, cache_read: 0.1, output: 4, cache: {automatic: {}},
           rules: [{if: {prompt_tokens: ">200k"}, times: 2}]}
"""
YUAN = "provider: yuan\ncurrency: CNY\nmodels:\n  hua: {input: 2, cache_read: 1, output: 8}\n"
OTHER = "provider: other\nmodels:\n  plain: {input: 3, cache_read: 1, output: 8, maker: lab}\n"
REGISTRY = (
    Registry.from_yaml(LAB)
    .overlay(Registry.from_yaml(YUAN), name="yuan")
    .overlay(Registry.from_yaml(OTHER), name="other")
)
RATES = REGISTRY.rate_card("plain", at=AT).rates


def at_ratio(model: str, usage: Usage, ratio: Any, **options: Any) -> Cost:
    return at_hit_ratio(model, usage, ratio, registry=REGISTRY, at=AT, **options)


def curve_of(models: Any, usage: Usage | None = None, **options: Any) -> HitRatioCurve:
    return hit_ratio_curve(models, usage, registry=REGISTRY, at=AT, **options)


def quantities(cost: Cost) -> dict[str, Decimal]:
    return {line.meter: Decimal(line.quantity) for line in cost.lines}


@pytest.mark.parametrize(
    ("tokens", "ratio", "read"),
    [
        pytest.param(1_000, "90%", 900, id="a share"),
        pytest.param(1_000, 0.9, 900, id="a float is its shortest text"),
        pytest.param(5, "50%", 2, id="half of five is two, half-even"),
        pytest.param(7, "50%", 4, id="half of seven is four, half-even"),
        pytest.param(1_000, 0, 0, id="nothing"),
        pytest.param(1_000, 1, 1_000, id="everything"),
        pytest.param(0, "50%", 0, id="no input"),
        pytest.param(10**18, "0.123456789012345678", 123_456_789_012_345_678, id="more tokens than anybody has"),
    ],
)  # fmt: skip
def test_a_share_of_all_input_is_read(tokens: int, ratio: Any, read: int) -> None:
    usage = with_hit_ratio(Usage(input_tokens=tokens), Decimal(str(ratio).rstrip("%")) / (100 if "%" in str(ratio) else 1), RATES)  # fmt: skip
    assert (usage.cache_read_tokens, usage.input_tokens) == (read, tokens)
    found = quantities(at_ratio("plain", Usage(input_tokens=tokens), ratio))
    assert found.get("cache_read", 0) == read
    assert found.get("input", 0) == tokens - read


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    """Draw counts that exclude each other; some media may stand within the writes."""
    counts = st.one_of(st.integers(0, 9), st.integers(0, 10**6))
    names = (
        "input", "cache_read", "cache_write", "cache_write_1h", "cache_write_12h", "input_audio",
        "input_image", "input_video", "cache_read_audio", "cache_read_image", "output", "reasoning",
    )  # fmt: skip
    stated = {name: draw(counts) if draw(st.booleans()) else 0 for name in names}
    usage = Usage.from_disjoint(**stated, requests=draw(st.none() | st.integers(1, 5)))
    inside = usage.cache_write_tokens if draw(st.booleans()) else 0
    if not inside:
        return usage
    fields = {name: getattr(usage, name) for name in usage.__dataclass_fields__}
    return Usage(**{**fields, "input_audio_tokens": fields["input_audio_tokens"] + inside})


ratios = st.one_of(
    st.sampled_from([Decimal(0), Decimal("0.5"), Decimal(1)]),
    st.integers(0, 10**6).map(lambda number: Decimal(number) / 10**6),
)
rates = st.sampled_from(
    [{}, {"cache_read_audio": Decimal(1)}, {"cache_read_audio": Decimal(1), "cache_read_image": Decimal(1)}]
)  # fmt: skip
TOTALS = ("input_tokens", "output_tokens", "reasoning_tokens", "requests", "units")


@settings(max_examples=400, deadline=None)
@given(usage=usages(), ratio=ratios, rates=rates)
def test_totals_are_kept_and_every_usage_is_valid(
    usage: Usage, ratio: Decimal, rates: dict[str, Decimal]
) -> None:
    found = with_hit_ratio(usage, ratio, rates)  # an impossible usage would raise
    assert [getattr(found, name) for name in TOTALS] == [getattr(usage, name) for name in TOTALS]
    whole = Fraction(ratio) * usage.input_tokens
    assert abs(found.cache_read_tokens - whole) <= Fraction(1, 2)
    if found.cache_read_tokens == usage.cache_read_tokens:
        assert found == usage
        return
    unread = usage.input_tokens - usage.cache_read_tokens
    rest = found.input_tokens - found.cache_read_tokens
    if unread:  # what is not read is written as much as it was before
        share = Fraction(usage.cache_write_tokens * rest, unread)
        assert abs(found.cache_write_tokens - share) <= Fraction(1, 2)
    for name in ("cache_write_1h_tokens", "cache_write_12h_tokens"):
        part = Fraction(
            getattr(usage, name) * found.cache_write_tokens, max(1, usage.cache_write_tokens)
        )
        assert abs(getattr(found, name) - part) <= Fraction(3, 2)
    for kind in ("audio", "image"):
        if f"cache_read_{kind}" in rates:
            stated = getattr(usage, f"input_{kind}_tokens")
            assert getattr(found, f"input_{kind}_tokens") == stated
            assert abs(getattr(found, f"cache_read_{kind}_tokens") - ratio * stated) <= Decimal(
                "1.5"
            )
        else:
            assert getattr(found, f"cache_read_{kind}_tokens") == 0


@settings(deadline=None)
@given(usage=usages())
def test_at_its_own_ratio_a_usage_costs_what_it_costs(usage: Usage) -> None:
    if not usage.input_tokens:
        return
    ratio = Decimal(usage.cache_read_tokens) / usage.input_tokens
    registry = Registry.from_yaml(
        "provider: lab\nmodels: {m: {input: 1, cache_read: 0.1, cache_write: 1.25, output: 2}}"
    )
    found = at_hit_ratio("m", usage, ratio, registry=registry, at=AT)
    assert found.total == price("m", usage, registry=registry, at=AT).total


@settings(deadline=None)
@given(
    tokens=st.integers(0, 10**7), written=st.integers(0, 10**7), first=ratios, second=ratios,
    model=st.sampled_from(["plain", "writes", "hourly", "tiered", "grained"]),
)  # fmt: skip
def test_a_higher_ratio_never_costs_more(
    tokens: int, written: int, first: Decimal, second: Decimal, model: str
) -> None:
    usage = Usage(input_tokens=tokens + written, cache_write_tokens=written, output_tokens=3)
    low, high = (at_ratio(model, usage, ratio).total for ratio in sorted([first, second]))
    # whole tokens: a token more may be written where one less is read
    assert high <= low + Decimal("0.000002")


def test_what_is_not_read_is_written_in_the_proportion_of_the_usage() -> None:
    usage = Usage(
        input_tokens=1_000, cache_read_tokens=600, cache_write_tokens=300, cache_write_1h_tokens=100
    )
    found = with_hit_ratio(usage, Decimal(0), RATES)
    assert (found.cache_write_tokens, found.cache_write_1h_tokens) == (750, 250)
    found = with_hit_ratio(usage, Decimal("0.9"), RATES)
    assert (found.cache_write_tokens, found.cache_write_1h_tokens) == (75, 25)
    assert with_hit_ratio(usage, Decimal(1), RATES).cache_write_tokens == 0


def test_two_lives_that_round_up_are_no_more_than_what_is_written() -> None:
    usage = Usage(
        input_tokens=6, cache_write_tokens=6, cache_write_1h_tokens=3, cache_write_12h_tokens=3
    )
    found = with_hit_ratio(usage, Decimal("0.5"), RATES)
    lives = found.cache_write_1h_tokens, found.cache_write_12h_tokens
    assert (found.cache_write_tokens, lives) == (3, (2, 1))


def test_media_are_read_at_their_own_rate_or_else_as_text() -> None:
    usage = Usage(
        input_tokens=1_000, input_audio_tokens=400, input_image_tokens=200, input_video_tokens=100
    )
    found = quantities(at_ratio("media", usage, "50%"))
    assert found == {
        "input": 150, "cache_read": 300, "input_audio": 200, "input_image": 100, "input_video": 50,
        "cache_read_audio": 200,
    }  # fmt: skip
    # 500 read, of which 200 are audio at a rate of their own; image and video have none


def test_a_tier_is_judged_on_the_whole_prompt() -> None:
    usage = Usage(input_tokens=200_001)
    assert at_ratio("tiered", usage, 1).total == 2 * 200_001 * Decimal("0.1") / 10**6
    split = Usage(input_tokens=200_001, requests=2)
    assert at_ratio("tiered", split, 1).total == 200_001 * Decimal("0.1") / 10**6


@pytest.mark.parametrize(
    ("model", "usage", "ratio", "code", "words"),
    [
        pytest.param("grained", Usage(input_tokens=1_000), "10%", "cache_minimum",
                     "a prompt of 1,000 tokens is below the 1,024 from which on lab caches for grained: nothing of it is read",
                     id="a short prompt"),
        pytest.param("grained", Usage(input_tokens=10_000, requests=20), "10%", "cache_minimum",
                     "prompts have 500 tokens on average, below the 1,024 from which on lab caches for grained: "
                     "only longer ones among them are read", id="short prompts on average"),
        pytest.param("grained", Usage(input_tokens=1_100), "95%", "cache_minimum",
                     "a prompt of 1,100 tokens is cached in steps of 128 for grained: at most 1,024 of it are read",
                     id="increments"),
        pytest.param("plain", Usage(input_tokens=10_000, requests=10), "91%", "hit_ratio_ceiling",
                     "10 requests that fill a cache themselves read at most 9 of 10 tokens of their input: 91.0% takes "
                     "more of them, or a cache that others have filled", id="too few requests"),
        pytest.param("uncached", Usage(input_tokens=10), "50%", "no_cache",
                     "uncached (lab) has no rate for cached input: all is paid in full", id="no cache"),
        pytest.param("writes", Usage(input_tokens=10), "50%", "cache_writes",
                     "writes bills writes, and the usage has none: what is not read is plain input",
                     id="writes that nobody said"),
    ],
)  # fmt: skip
def test_what_speaks_against_a_ratio(
    model: str, usage: Usage, ratio: str, code: str, words: str
) -> None:
    assert [
        each.text for each in at_ratio(model, usage, ratio).assumptions if each.code == code
    ] == [words]


@pytest.mark.parametrize(
    ("model", "usage", "ratio"),
    [
        pytest.param("grained", Usage(input_tokens=1_000), 0, id="nothing is read"),
        pytest.param("grained", Usage(input_tokens=1_100), "90%", id="within the increments"),
        pytest.param("grained", Usage(input_tokens=1_100, requests=1), "93%", id="one request of many before"),
        pytest.param("plain", Usage(input_tokens=10_000, requests=10), "90%", id="just as many requests"),
        pytest.param("writes", Usage(input_tokens=10, cache_write_tokens=5), "50%", id="writes that were said"),
    ],
)  # fmt: skip
def test_what_nothing_speaks_against(model: str, usage: Usage, ratio: Any) -> None:
    said = {each.code for each in at_ratio(model, usage, ratio).assumptions}
    assert not said & {"cache_minimum", "hit_ratio_ceiling", "no_cache", "cache_writes"}


def test_without_a_rate_for_cached_input_a_usage_stays_as_it_is() -> None:
    assert at_ratio("uncached", Usage(input_tokens=1_000), "90%").total == Decimal("0.001")


def test_a_curve_has_a_point_for_each_model_and_ratio() -> None:
    usage = Usage(input_tokens=900_000, output_tokens=100_000, requests=100)
    found = curve_of(["plain", "uncached"], usage, ratios=["50%", 0, "0.5"])
    assert found.models == ("plain", "uncached")
    assert [point.ratio for point in found.points] == [0, Decimal("0.5")] * 2
    for point in found.of("plain"):
        cost = at_ratio("plain", usage, point.ratio)
        assert (point.total, point.per_million) == (cost.total, cost.total)
    assert [point.reason for point in found.of("uncached")] == [
        "", "uncached (lab) has no rate for cached input: all is paid in full",
    ]  # fmt: skip
    assert (found.currency, found.usage) == ("USD", usage)
    assert HitRatioCurve.model_validate_json(found.model_dump_json()) == found


def test_a_curve_is_drawn_in_steps_of_five_percent() -> None:
    found = curve_of("plain", input_output_ratio=100)
    assert [point.ratio * 100 for point in found.points] == list(range(0, 101, 5))
    assert found.usage == Usage(input_tokens=10**8, output_tokens=10**6, requests=5_000)
    assert (
        found.assumptions[0].text == "100 tokens in for one out, in requests of about 20,000 tokens"
    )


def test_a_mix_of_long_prompts_has_their_price() -> None:
    short, long = (
        curve_of("tiered", input_output_ratio=1, prompt_tokens=size, ratios=[0]).points[0].total
        for size in (200_000, 250_000)
    )
    assert long == 2 * short


@pytest.mark.parametrize(("model", "rate"), [("writes", "1.25"), ("hourly", "2")])
def test_what_a_mix_does_not_read_is_written_where_writes_have_a_price(
    model: str, rate: str
) -> None:
    found = curve_of(model, input_output_ratio=10, ratios=[0, "50%"])
    none, half = (point.total for point in found.points)
    output = Decimal(4)
    assert none == 10 + output  # no cache at all
    assert half == 5 * Decimal(rate) + 5 * Decimal("0.1") + output
    (said,) = (each.text for each in found.assumptions if each.code == "cache_writes")
    assert said.startswith(
        f"{model} bills writes: what is not read is written to its explicit cache, "
    )


def test_a_curve_falls_below_no_cache_where_a_break_even_says() -> None:
    even = Decimal("0.25") / Decimal("1.15")  # (w - 1) / (w - r) = 21.7 %
    shares = [0, even - Decimal("0.001"), even + Decimal("0.001")]
    none, below, above = (
        point.total for point in curve_of("writes", input_output_ratio=10, ratios=shares).points
    )
    assert above < none < below


def test_the_same_model_of_two_sellers_is_two_lines_and_named_twice_one() -> None:
    found = curve_of(["plain", "lab/plain", "other/plain"], input_output_ratio=1, ratios=[0])
    assert found.models == ("lab/plain", "other/plain")
    assert [point.provider for point in found.of("plain")] == ["lab", "other"]
    assert len(found.of("other/plain")) == 1


def test_a_model_without_a_price_is_a_failure_beside_the_others() -> None:
    found = curve_of(["nobody", "plain", "hua"], input_output_ratio=1, ratios=[0])
    assert found.models == ("plain",)
    assert found.failures[0][0] == "nobody"
    assert "unknown model" in found.failures[0][1]
    assert found.failures[1] == ("hua", "its price is in CNY, and no exchange rate is guessed")
    with pytest.raises(UnknownModelError):
        curve_of("nobody", input_output_ratio=1)
    nothing = curve_of(["nobody", "nothing"], input_output_ratio=1)
    assert (nothing.points, nothing.currency, len(nothing.failures)) == ((), "", 2)


def test_now_is_one_instant() -> None:
    found = hit_ratio_curve("plain", input_output_ratio=1, registry=REGISTRY)
    assert found.at.tzinfo is not None
    assert at_hit_ratio("plain", found.usage, 0, registry=REGISTRY).total == found.points[0].total


@pytest.mark.parametrize(
    ("call", "words"),
    [
        pytest.param(lambda: at_ratio("plain", Usage(), "101%"), "from 0 to 1, not '101%'", id="above one"),
        pytest.param(lambda: at_ratio("plain", Usage(), "-1"), "negative", id="below zero"),
        pytest.param(lambda: at_ratio("plain", {"input_tokens": 1}, 0), "usage is a costcalc.Usage, not dict", id="no usage"),
        pytest.param(lambda: at_hit_ratio("plain", Usage(), 0, registry="prices.yaml"), "registry", id="no registry"),
        pytest.param(lambda: at_hit_ratio("gpt-5", Usage(), 0, at=datetime(2026, 6, 1)), "2026", id="a naive time"),  # noqa: DTZ001 - it is what is refused
        pytest.param(lambda: curve_of([]), "name at least one", id="no models"),
        pytest.param(lambda: curve_of(7), "models is a list, not 7", id="models that are a number"),
        pytest.param(lambda: curve_of(["plain", 7]), "models is a list of names, not of 7", id="a model that is a number"),
        pytest.param(lambda: curve_of([["plain"]]), "models is a list of names, not of", id="a model that is a list"),
        pytest.param(lambda: curve_of("plain", input_output_ratio=1, ratios="50%"), "ratios is a list, not '50%'", id="one ratio"),
        pytest.param(lambda: curve_of("plain", input_output_ratio=1, ratios=0.5), "ratios is a list, not 0.5", id="ratios that are a number"),
        pytest.param(lambda: curve_of("plain"), "a usage, or input_output_ratio=100", id="nothing to price"),
        pytest.param(lambda: curve_of("plain", Usage(input_tokens=1), input_output_ratio=1), "a usage, or", id="both"),
        pytest.param(lambda: curve_of("plain", Usage(units={"web_search": 1})), "has no tokens", id="no tokens"),
        pytest.param(lambda: curve_of(["plain", "hua"], 7), "usage is a costcalc.Usage, not int", id="a number"),
        pytest.param(lambda: curve_of("plain", Usage(input_tokens=1), ratios=[]), "ratios is empty", id="no ratios"),
        pytest.param(lambda: curve_of("plain", input_output_ratio=0), "above 0, such as 100 and 20_000", id="no input"),
        pytest.param(lambda: curve_of("plain", input_output_ratio=1, prompt_tokens=0), "above 0", id="empty requests"),
        pytest.param(lambda: curve_of("plain", input_output_ratio=1, prompt_tokens="2k"), "above 0", id="no number"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(call: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        call()


def test_nothing_depends_on_the_decimals_of_the_caller() -> None:
    usage = Usage(input_tokens=123_456_789, cache_write_tokens=12_345, output_tokens=77, requests=7)
    stated = at_ratio("writes", usage, "0.123456789")
    with localcontext(Context(prec=3, traps=[Inexact, Rounded])):
        assert at_ratio("writes", usage, "0.123456789").total == stated.total
        assert "7 requests" in at_ratio("plain", usage, "0.99").assumptions[-1].text
