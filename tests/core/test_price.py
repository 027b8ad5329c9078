"""`price`: the right rates for an instant and a size, and every assumption said."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal, localcontext
from typing import Any

import pytest
from core_support import (
    MILLION,
    NOW,
    assumed,
    codes,
    cost,
    lab,
    mtok,
    rates,
    registry,
    ruled,
    total,
)

from costcalc import METERS, NoPriceError, Registry, UnpricedMeterError, Usage, UsageError, price
from costcalc.billing import price as billing_price

TEXT_METERS = [name for name, each in METERS.items() if each.per == 1_000_000 and each.scaled]


def test_the_first_example() -> None:
    prices = lab("input: 0.20, cache_read: 0.02, output: 1.50, from: 2025-08-28")
    usage = Usage(input_tokens=1_000_000, cache_read_tokens=600_000, output_tokens=100_000)
    priced = price("m", usage, at="2025-09-07", registry=prices)
    assert str(priced.total) == "0.242"
    assert [(line.meter, line.quantity, line.per, str(line.rate), str(line.amount), line.unit)
            for line in priced.lines] == [
        ("input", 400_000, 1_000_000, "0.20", "0.08", "1M tokens"),
        ("cache_read", 600_000, 1_000_000, "0.02", "0.012", "1M tokens"),
        ("output", 100_000, 1_000_000, "1.50", "0.15", "1M tokens"),
    ]  # fmt: skip
    assert billing_price is price


@pytest.mark.parametrize(
    ("meter", "quantity", "rate", "amount"),
    [
        pytest.param("web_search", 3, "10", "0.03", id="calls are per thousand"),
        pytest.param("page", 1, "2", "0.002", id="pages are per thousand"),
        pytest.param("image", 2, "0.04", "0.08", id="images are each"),
        pytest.param("video_second", 8, "0.10", "0.8", id="video is per second"),
        pytest.param("gb_day", 5, "0.10", "0.5", id="storage of files is per day"),
        pytest.param("character", 21_500, "15", "0.3225", id="characters are per million"),
        pytest.param(
            "audio_second", 7, "0.36", "0.0007", id="audio is per hour, exact where finite"
        ),
        pytest.param(
            "audio_second", 1, "1", "0.000277777777777778", id="audio is rounded at 18 places"
        ),
        pytest.param("audio_second", 3_600, "0.36", "0.36", id="an hour of audio"),
        pytest.param("container_second", 90, "0.05", "0.00125", id="containers are per hour"),
        pytest.param(
            "cache_storage", 3_600_000_000, "4.50", "4.5", id="storage is per million token-hours"
        ),
        pytest.param("cache_storage", 1, "1", "0.000000000277777778", id="a token for a second"),
    ],
)
def test_units_have_their_own_grain(meter: str, quantity: int, rate: str, amount: str) -> None:
    priced = cost(lab(f"{meter}: {rate}"), Usage(units={meter: quantity}))
    assert priced.total == Decimal(amount)
    (line,) = priced.lines
    assert (line.meter, line.quantity, line.rate, line.amount) == (
        meter,
        quantity,
        Decimal(rate),
        Decimal(amount),
    )
    assert (line.per, line.unit) == (METERS[meter].per, METERS[meter].unit)


def test_several_rounded_meters_round_one_by_one() -> None:
    prices = lab("audio_second: 1, container_second: 1, session_second: 1")
    usage = Usage(units={"audio_second": 1, "container_second": 1, "session_second": 1})
    priced = cost(prices, usage)
    assert priced.total == 3 * Decimal("0.000277777777777778")
    assert priced.total == sum(line.amount for line in priced.lines)


def test_nothing_costs_nothing() -> None:
    priced = cost(lab("input: 1"), Usage())
    assert (priced.total, priced.lines) == (0, ())
    assert str(priced.total) == "0"


def test_free_is_known_and_missing_is_not() -> None:
    prices = lab("input: 0, output: 1, cache_write: 0")
    priced = cost(prices, Usage(input_tokens=5, cache_write_tokens=2, cache_read_tokens=1))
    assert [(line.meter, line.amount) for line in priced.lines] == [
        ("input", 0),
        ("cache_read", 0),
        ("cache_write", 0),
    ]
    assert str(priced.total) == "0"
    with pytest.raises(UnpricedMeterError) as raised:
        cost(prices, Usage(input_tokens=1, units={"page": 1}))
    assert (raised.value.meter, raised.value.known) == ("page", ("input", "cache_write", "output"))


@pytest.mark.parametrize("meter", [name for name, each in METERS.items() if each.parent is None])
def test_a_meter_without_rate_and_parent_is_never_zero(meter: str) -> None:
    other = "output" if meter == "input" else "input"
    field = {"input": "input_tokens", "output": "output_tokens"}.get(meter)
    usage = Usage(**{field: 1}) if field else Usage(units={meter: 1})
    for _ in range(2):
        with pytest.raises(UnpricedMeterError, match=f"no rate for meter '{meter}'"):
            cost(lab(f"{other}: 1"), usage)


@pytest.mark.parametrize(
    ("meter", "stated", "said"),
    [
        pytest.param("cache_read", "input", False, id="cache reads are billed as input"),
        pytest.param("cache_write", "input", False, id="cache writes are billed as input"),
        pytest.param("reasoning", "output", False, id="reasoning is billed as output"),
        pytest.param("cache_write_1h", "cache_write", True, id="one-hour writes as writes"),
        pytest.param("cache_write_12h", "cache_write", True, id="twelve-hour writes as writes"),
        pytest.param("cache_write_1h", "input", True, id="one-hour writes as input"),
        pytest.param("input_audio", "input", True, id="audio as input"),
        pytest.param("input_image", "input", True, id="images as input"),
        pytest.param("input_video", "input", True, id="video as input"),
        pytest.param("cache_read_audio", "cache_read", True, id="cached audio as cache reads"),
        pytest.param("cache_read_image", "cache_read", True, id="cached images as cache reads"),
        pytest.param("cache_read_image", "input", True, id="cached images as input"),
        pytest.param("citation", "output", True, id="citations as output"),
        pytest.param("output_audio", "output", True, id="audio replies as output"),
        pytest.param("output_image", "output", True, id="images as output"),
        pytest.param("output_video", "output", True, id="video as output"),
    ],
)
def test_a_meter_without_a_rate_takes_its_parents(meter: str, stated: str, said: bool) -> None:  # noqa: FBT001
    prices = ruled("{if: {region: us}, times: 2}", rates=f"{stated}: 3")
    usage = Usage.from_disjoint(**{meter: 1_000_000})
    priced = cost(prices, usage, region="us")
    (line,) = priced.lines
    assert (line.meter, line.rate, line.amount) == (meter, 6, 6)
    assert line.why == f"the rate of {stated}, × 2 region=us"
    if said:
        assert assumed(priced, "fallback") == (
            f"m has no rate for {meter}; billed at the rate of {stated}"
        )
    else:
        assert priced.assumptions == ()
    assert cost(prices, usage).lines[0].why == f"the rate of {stated}"


def test_a_rate_of_its_own_is_no_fallback() -> None:
    prices = lab(", ".join(f"{name}: {n}" for n, name in enumerate(TEXT_METERS, 1)))
    usage = Usage.from_disjoint(
        **{name: 1_000_000 for name in TEXT_METERS if name != "character"},
        units={"character": 1_000_000},
    )
    priced = cost(prices, usage)
    assert rates(priced) == {name: n for n, name in enumerate(TEXT_METERS, 1)}
    assert (priced.total, priced.assumptions) == (sum(range(1, len(TEXT_METERS) + 1)), ())


PERIODS = registry(
    """
    provider: lab
    source: https://lab/prices
    checked: 2026-11-20
    note: of the lab
    models:
      m:
        prices:
          - {from: 2025-01-01, until: 2025-06-01, input: 1, source: https://lab/old, checked: 2025-02-03}
          - {from: 2025-07-01T16:00:00Z, input: 2, note: of the period}
          - {from: 2026-01-01, input: 3}
      open:
        prices: [{input: 7, until: 2025-06-01}, {from: 2025-06-01, input: 8}]
      until: {input: 5, until: 2025-06-01}
    """
)


@pytest.mark.parametrize(
    ("model", "at", "rate"),
    [
        pytest.param("m", "2025-01-01", 1, id="first instant"),
        pytest.param("m", "2025-05-31T23:59:59.999999Z", 1, id="last instant"),
        pytest.param("m", "2025-07-01T16:00:00Z", 2, id="first instant after a gap"),
        pytest.param("m", "2025-12-31T23:59:59.999999Z", 2, id="until the next begins"),
        pytest.param("m", "2026-01-01", 3, id="an open period"),
        pytest.param("m", "2099-01-01", 3, id="far ahead"),
        pytest.param("open", "0001-01-01", 7, id="a start that is not known"),
        pytest.param("open", "2025-06-01", 8, id="its end"),
        pytest.param("until", "2025-05-31", 5, id="one closed period in one line"),
    ],
)
def test_the_period_of_the_instant_holds(model: str, at: str, rate: int) -> None:
    if at == "2099-01-01":
        with pytest.warns(UserWarning, match="last checked"):
            assert total(PERIODS, model=model, at=at) == rate
    else:
        assert total(PERIODS, model=model, at=at) == rate


@pytest.mark.parametrize(
    ("model", "at", "reason"),
    [
        pytest.param("m", "2024-12-31T23:59:59Z", "its prices begin on 2025-01-01; ask for that day "
                     "or later", id="before the first"),
        pytest.param("m", "2025-06-01", "its price ended at 2025-06-01 and the next begins at "
                     "2025-07-01T16:00:00Z; ask for an instant within a period", id="in a gap"),
        pytest.param("until", "2025-06-01", "its last price ended at 2025-06-01; see 'costcalc "
                     "history until', or add the new price in your own file", id="after the last"),
    ],
)  # fmt: skip
def test_an_instant_without_a_period_has_no_price(model: str, at: str, reason: str) -> None:
    with pytest.raises(NoPriceError) as raised:
        total(PERIODS, model=model, at=at)
    error = raised.value
    assert (error.model, error.provider, error.at, error.reason) == (model, "lab", at, reason)


def test_alternating_instants_do_not_disturb_each_other() -> None:
    days = ["2025-05-31", "2025-07-02", "2026-06-01"]
    assert [total(PERIODS, at=at) for at in days * 3 + days[::-1]] == [1, 2, 3] * 3 + [3, 2, 1]


def test_a_price_says_what_it_rests_on() -> None:
    first = cost(PERIODS, at="2025-02-01")
    assert (first.model, first.provider, first.currency) == ("m", "lab", "USD")
    assert first.at == datetime(2025, 2, 1, tzinfo=UTC)
    assert (first.source, first.checked) == ("https://lab/old", date(2025, 2, 3))
    assert first.notes == ("of the lab",)
    assert first.registry_version == PERIODS.version
    assert first.stated is None
    assert first.period is not None
    assert (first.period.start, first.period.until) == (
        datetime(2025, 1, 1, tzinfo=UTC),
        datetime(2025, 6, 1, tzinfo=UTC),
    )
    second = cost(PERIODS, at="2025-08-01")
    assert (second.source, second.checked) == ("https://lab/prices", date(2026, 11, 20))
    assert second.notes == ("of the lab", "of the period")
    third = cost(PERIODS, at="2026-02-01").period
    assert third is not None
    assert (str(third), third.until) == ("from 2026-01-01 00:00Z until further notice", None)
    assert str(cost(PERIODS, model="open", at="2025-02-01").period) == (
        "from the beginning until 2025-06-01 00:00Z"
    )


@pytest.mark.parametrize(
    "at",
    [
        pytest.param(datetime(2025, 2, 1, 12, tzinfo=UTC), id="datetime"),
        pytest.param("2025-02-01T12:00:00Z", id="text"),
        pytest.param("2025-02-01T13:00:00+01:00", id="text in another zone"),
    ],
)
def test_an_instant_may_be_written_in_several_ways(at: Any) -> None:
    assert price("m", MILLION, at=at, registry=PERIODS).at == datetime(2025, 2, 1, 12, tzinfo=UTC)
    assert price("m", MILLION, at=date(2025, 2, 1), registry=PERIODS).at == datetime(
        2025, 2, 1, tzinfo=UTC
    )


def test_a_naive_instant_is_an_error() -> None:
    for _ in range(2):
        with pytest.raises(UsageError, match="has no time zone"):
            price("m", MILLION, at="2025-02-01T12:00:00", registry=PERIODS)


def test_no_instant_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime(2025, 7, 2, 3, 4, 5, 6, tzinfo=UTC)
    nanoseconds = round(moment.timestamp()) * 10**9 + 6_999
    module = sys.modules["costcalc.billing.price"]  # the package's attribute is the function
    monkeypatch.setattr(module, "time_ns", lambda: nanoseconds)
    priced = price("m", MILLION, registry=PERIODS)
    assert (priced.at, priced.total) == (moment, 2)


@pytest.mark.parametrize("usage", [None, {"input_tokens": 1}, 5, "1M"])
def test_a_usage_is_a_usage(usage: Any) -> None:
    with pytest.raises(UsageError, match=r"usage is a costcalc\.Usage, not .*; build one"):
        price("m", usage, registry=PERIODS, at="2025-02-01")


def test_a_registry_is_a_registry() -> None:
    prices: Any = "prices.yaml"
    with pytest.raises(UsageError, match="registry"):
        price("m", MILLION, registry=prices, at=NOW)


def test_a_usage_of_a_derived_class_is_one() -> None:
    class Mine(Usage):
        """A usage with a name of its own."""

    assert total(PERIODS, Mine(input_tokens=1_000_000), at="2025-02-01") == 1


TIERED = ruled(
    '{if: {prompt_tokens: ">200"}, times: 2}', '{if: {output_tokens: ">=50"}, output: 9}'
)


@pytest.mark.parametrize(
    ("usage", "rate_in", "rate_out"),
    [
        pytest.param(Usage(input_tokens=200, output_tokens=49), 1, 2, id="one request at the edge"),
        pytest.param(Usage(input_tokens=201, output_tokens=50), 2, 18, id="one request above it"),
        pytest.param(
            Usage(input_tokens=201, output_tokens=50, requests=1), 2, 18, id="one request said"
        ),
        pytest.param(
            Usage(input_tokens=2_000, output_tokens=490, requests=10), 1, 2, id="mean at the edge"
        ),
        pytest.param(
            Usage(input_tokens=2_001, output_tokens=499, requests=10),
            2,
            4,
            id="a mean between two whole numbers is above the lower",
        ),
        pytest.param(
            Usage(input_tokens=1_999, output_tokens=500, requests=10),
            1,
            9,
            id="and below the upper, and at the edge the tier begins",
        ),
        pytest.param(
            Usage(input_tokens=10**18, output_tokens=10**18, requests=10**16),
            1,
            9,
            id="a huge aggregate of small requests",
        ),
    ],
)
def test_tiers_are_judged_on_one_request(usage: Usage, rate_in: int, rate_out: int) -> None:
    for _ in range(2):
        assert rates(cost(TIERED, usage)) == {"input": rate_in, "output": rate_out}
        cost(TIERED, Usage(input_tokens=1, output_tokens=1))


def test_an_aggregate_says_that_the_mean_was_taken() -> None:
    priced = cost(TIERED, Usage(input_tokens=2_001, output_tokens=499, requests=10))
    assert assumed(priced, "mean_request") == (
        "10 requests: prompt_tokens and output_tokens of one request is taken as the mean, 200.1 "
        "in and 49.9 out; price them one by one where sizes differ"
    )
    assert cost(TIERED, Usage(input_tokens=2_001)).assumptions == ()
    assert cost(lab("input: 1"), Usage(input_tokens=2_001, requests=10)).assumptions == ()


def test_one_request_above_the_context_window_is_an_assumption() -> None:
    prices = lab("input: 1, context_window: 1_000")
    assert cost(prices, Usage(input_tokens=1_000)).assumptions == ()
    assert cost(prices, Usage(input_tokens=1_001, requests=1)).assumptions == ()
    assert cost(prices, Usage(input_tokens=1_001, requests=2)).assumptions == ()
    assert assumed(cost(prices, Usage(input_tokens=1_001)), "context_window") == (
        "1,001 input tokens, above the context window of 1,000, are priced as one request; say "
        "requests= for an aggregate"
    )


@pytest.mark.parametrize(
    ("tokens", "requests", "said"),
    [
        pytest.param(544_000, 2, "272,000", id="a whole mean"),
        pytest.param(544_001, 2, "272,000.5", id="half a token above the threshold is seen"),
        pytest.param(2_000_250, 1_000, "2,000.25", id="no zeros at the end"),
        pytest.param(1_000_001, 1_000_000, "1.000001", id="a millionth"),
        pytest.param(816_001, 3, "272,000 1/3", id="a mean without end is a fraction"),
        pytest.param(6, 4_000_000, "0 3/2000000", id="nor is a small one rounded away"),
    ],
)
def test_the_mean_is_said_exactly(tokens: int, requests: int, said: str) -> None:
    priced = cost(TIERED, Usage(input_tokens=tokens, requests=requests))
    with localcontext() as context:
        context.prec = 2
        assert f"the mean, {said} in and 0 out;" in assumed(priced, "mean_request")


AUDIO = lab("audio_second: 0.36, minimum: {audio_second: 10}")
GRAINS = lab(
    "audio_second: 3.6, page: 1, minimum: {audio_second: 10}, round_up: {audio_second: 15}"
)


@pytest.mark.parametrize(
    ("prices", "seconds", "requests", "billed"),
    [
        pytest.param(AUDIO, 3, None, 10, id="below the minimum"),
        pytest.param(AUDIO, 10, None, 10, id="at the minimum"),
        pytest.param(AUDIO, 11, None, 11, id="above the minimum"),
        pytest.param(AUDIO, 25, 3, 30, id="each request of an aggregate has the minimum"),
        pytest.param(AUDIO, 0, None, 0, id="no audio at all"),
        pytest.param(GRAINS, 1, None, 15, id="rounded up to the grain"),
        pytest.param(GRAINS, 15, None, 15, id="a whole grain"),
        pytest.param(GRAINS, 16, None, 30, id="the next grain"),
        pytest.param(GRAINS, 1, 2, 20, id="the minimum of two requests above the grain"),
    ],
)
def test_minimum_and_grain_are_billed(
    prices: Registry, seconds: int, requests: int | None, billed: int
) -> None:
    priced = cost(prices, Usage(units={"audio_second": seconds}, requests=requests))
    assert [line.quantity for line in priced.lines] == [billed] * bool(billed)
    assert priced.total == sum(line.quantity * line.rate for line in priced.lines) / 3_600
    if billed != seconds:
        said = f"audio_second: {billed} units are billed for {seconds}, by minimum or rounding up"
        if requests:
            said += " of an aggregate; the single requests may be rounded up further"
        assert assumed(priced, "billing_grain") == said
    elif requests is None:
        assert priced.assumptions == ()


@pytest.mark.parametrize(
    ("prices", "seconds"),
    [
        pytest.param(AUDIO, 25, id="the single requests may be below the minimum"),
        pytest.param(GRAINS, 30, id="the single requests may be rounded up"),
    ],
)
def test_a_grain_of_an_aggregate_is_never_silent(prices: Registry, seconds: int) -> None:
    priced = cost(prices, Usage(units={"audio_second": seconds}, requests=2))
    assert priced.lines[0].quantity == seconds
    assert codes(priced) == ["billing_grain"]


FEE = lab("input: 1, request: 5")


@pytest.mark.parametrize(
    ("usage", "calls"),
    [
        pytest.param(Usage(input_tokens=1), 1, id="one request"),
        pytest.param(Usage(input_tokens=1, requests=7), 7, id="an aggregate"),
        pytest.param(Usage(), 1, id="a request without tokens"),
    ],
)
def test_each_request_carries_the_request_fee(usage: Usage, calls: int) -> None:
    priced = cost(FEE, usage)
    assert priced.total == mtok("1", usage.input_tokens) + Decimal(5) * calls / 1_000
    assert assumed(priced, "request_fee") == (
        f"each of {calls} requests carries the model's request fee"
    )


@pytest.mark.parametrize("calls", [0, 3])
def test_requests_that_are_counted_are_taken_as_counted(calls: int) -> None:
    priced = cost(FEE, Usage(input_tokens=1_000_000, units={"request": calls}, requests=9))
    assert priced.total == 1 + Decimal(5) * calls / 1_000
    assert priced.assumptions == ()
    assert sum(line.amount for line in priced.lines) == priced.total


def test_an_allowance_is_named_and_not_deducted() -> None:
    prices = lab("web_search: 10, input: 1, allowance: {web_search: 1 000 a day are free}")
    priced = cost(prices, Usage(units={"web_search": 5}))
    assert priced.total == Decimal("0.05")
    assert assumed(priced, "allowance") == "web_search: 1 000 a day are free; not deducted here"
    assert cost(prices).assumptions == ()


def test_the_callers_decimal_context_does_not_matter(hostile_context: None) -> None:
    del hostile_context
    prices = ruled(
        "{if: {region: us}, times: 1.10101}",
        '{if: {prompt_tokens: ">100k"}, times: 2.5}',
        rates="input: 1.23456, cache_read: 0.123456, output: 9.87654, audio_second: 0.77777, "
        "request: 1.2345",
    )
    usage = Usage(
        input_tokens=123_456_789,
        cache_read_tokens=98_765_432,
        output_tokens=87_654_321,
        units={"audio_second": 7_654_321},
    )
    priced = cost(prices, usage, region="us")
    # by fractions: 24691357 × 1.23456 + 98765432 × 0.123456 + 87654321 × 9.87654, times 2.752525,
    # over a million; 7654321 × 0.77777 × 2.752525 over 3600; 1.2345 over a thousand
    assert str(priced.total) == EXPECTED
    assert str(priced.lines[0].rate) == "3.398157264"
    assert priced.explain()


def _expected() -> str:
    with localcontext() as context:
        context.prec = 100
        factor = Decimal("1.10101") * Decimal("2.5")
        tokens = (
            (
                24_691_357 * Decimal("1.23456")
                + 98_765_432 * Decimal("0.123456")
                + 87_654_321 * Decimal("9.87654")
            )
            * factor
            / 1_000_000
        )
        hours = 7_654_321 * Decimal("0.77777") * factor / 3_600
        rounded = hours.quantize(Decimal("1e-18"))
        return f"{(tokens + rounded + Decimal('0.0012345')).normalize():f}"


EXPECTED = _expected()


def test_threads_that_share_a_registry_get_their_own_answers() -> None:
    prices = registry(
        """
        provider: lab
        models:
          m:
            prices:
              - {input: 1, rules: [{if: {prompt_tokens: ">10"}, times: 10}]}
              - {from: 2026-01-01, input: 2, rules: [{if: {prompt_tokens: ">10"}, times: 10}]}
        """
    )
    cases = [
        (at, tokens, rate * (10 if tokens > 10 else 1) * tokens)
        for at, rate in (("2025-01-01", 1), ("2026-01-01", 2))
        for tokens in (10, 11)
    ]
    start = threading.Barrier(8)

    def work(number: int) -> list[tuple[str, int]]:
        start.wait()
        wrong: list[tuple[str, int]] = []
        for turn in range(2_000):
            at, tokens, millionths = cases[(turn + number) % 4]
            found = cost(prices, Usage(input_tokens=tokens), at=at)
            if found.total * 1_000_000 != millionths or found.lines[0].quantity != tokens:
                wrong.append((at, tokens))
        return wrong

    with ThreadPoolExecutor(8) as pool:
        assert [each for found in pool.map(work, range(8)) for each in found] == []


def test_the_memory_of_cards_is_bounded_and_right() -> None:
    sizes = [10 * n for n in range(1, 61)]
    prices = ruled(*(f'{{if: {{prompt_tokens: ">{size}"}}, input: {size}}}' for size in sizes))
    for _ in range(2):
        for size in (*sizes, *sizes[::-1]):
            usage = Usage(input_tokens=size + 1)
            assert rates(cost(prices, usage))["input"] == size


def test_a_cost_is_right_when_its_lines_are_read_later() -> None:
    first = cost(TIERED, Usage(input_tokens=200))
    second = cost(TIERED, Usage(input_tokens=201))
    assert (first.lines[0].rate, second.lines[0].rate) == (1, 2)
    assert (first.total, second.total) == (mtok("1", 200), mtok("2", 201))


def test_rates_of_any_length_are_exact() -> None:
    prices = lab("input: 0.000000000001, output: 999999999, cache_read: 123456.123456789012")
    usage = Usage(input_tokens=10**18, cache_read_tokens=7, output_tokens=10**18)
    # the output, then 0.999999999999999993 of input and 0.864192864197523084 of cache reads
    assert str(total(prices, usage)) == "999999999000000000001.864192864197523077"


def test_other_currencies_are_kept() -> None:
    prices = registry("provider: zhipu\ncurrency: CNY\nmodels: {glm: {input: 8}}\n")
    assert (cost(prices, model="glm").currency, total(prices, model="glm")) == ("CNY", 8)
