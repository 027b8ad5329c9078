from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from logs_support import PRICES, claude_line, write

import costcalc
from costcalc import Registry, Usage, UsageError, logs
from costcalc.logs import LogRecord, LogReport

AT = datetime(2026, 9, 1, 10, tzinfo=UTC)


def _record(model: str = "plain", at: datetime | None = AT, **more: Any) -> LogRecord:
    usage = more.pop("usage", None) or Usage(input_tokens=1000, output_tokens=100)
    return LogRecord(usage=usage, model=model, at=at, **more)


def _keys(report: LogReport) -> list[tuple[str | None, ...]]:
    return [row.key for row in report.rows]


BY = [
    ("day", {}, ["2026-08-31", "2026-09-01"]),
    ("week", {}, ["2026-W36"]),
    ("month", {}, ["2026-08", "2026-09"]),
    ("year", {}, ["2026"]),
    ("day", {"timezone": "Europe/Berlin"}, ["2026-09-01"]),
    ("day", {"timezone": "Asia/Kolkata"}, ["2026-09-01"]),
    ("day", {"timezone": timezone(timedelta(hours=-11))}, ["2026-08-31"]),
    ("model", {}, ["plain"]),
    ("provider", {}, ["acme"]),
    ("session", {}, ["s1"]),
    ("project", {}, ["p"]),
    ("format", {}, ["claude-code"]),
]


@pytest.mark.parametrize(("by", "terms", "keys"), BY)
@pytest.mark.parametrize("stamped", [True, False], ids=["stamps", "records"])
def test_rows_are_by(
    tmp_path: Path,
    prices: Registry,
    by: str,
    terms: dict[str, Any],
    keys: list[str],
    stamped: bool,  # noqa: FBT001 - a case
) -> None:
    write(
        tmp_path / "projects" / "p" / "a.jsonl",
        claude_line("m1", at="2026-08-31T23:59:59.999Z"),
        claude_line("m2", at="2026-09-01T00:00:00.000Z"),
    )
    source: Any = tmp_path if stamped else list(logs.read(tmp_path))
    report = logs.price(source, by=by, registry=prices, **terms)
    assert [key for (key,) in _keys(report)] == keys
    assert sum(row.total or 0 for row in report.rows) == report.total == Decimal("0.009")
    assert (report.requests, report.input_tokens) == (2, 2000)


@pytest.mark.filterwarnings("ignore::costcalc.StalePriceWarning")
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/New_York", "local"])
@pytest.mark.parametrize("at", ["0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"])
def test_the_ends_of_the_calendar_have_a_day(
    tmp_path: Path, prices: Registry, zone: str, at: str
) -> None:
    report = logs.price(
        write(tmp_path / "a.jsonl", claude_line(at=at)), timezone=zone, registry=prices
    )
    assert report.requests == 1
    assert len(report.rows[0].key[0] or "") == len("2026-09-01")


def test_sums_beyond_all_counts_are_priced_call_by_call(prices: Registry) -> None:
    large = Usage(input_tokens=9 * 10**17)
    report = logs.price([_record(usage=large), _record(usage=large)], registry=prices)
    assert (report.total, report.input_tokens) == (Decimal(5_400_000_000_000), 18 * 10**17)


def test_a_day_may_begin_within_an_hour(tmp_path: Path, prices: Registry) -> None:
    lines = [claude_line(at, at=f"2026-09-01T{at}:00.000Z") for at in ("18:29", "18:30", "18:31")]
    report = logs.price(
        write(tmp_path / "a.jsonl", *lines), timezone="Asia/Kolkata", registry=prices
    )
    assert [(row.key, row.requests) for row in report.rows] == [
        (("2026-09-01",), 1), (("2026-09-02",), 2),
    ]  # fmt: skip


def test_local_days_are_those_of_the_machine(prices: Registry) -> None:
    report = logs.price([_record()], timezone="local", registry=prices)
    assert (_keys(report), report.timezone) == ([(f"{AT.astimezone():%Y-%m-%d}",)], "local")


def test_several_keys_make_a_table_by_time_then_cost(prices: Registry) -> None:
    records = [
        _record(session="small"),
        _record(session="large", usage=Usage(input_tokens=9000)),
        _record(session="early", at=AT - timedelta(days=1)),
        _record(session=None, at=None),
    ]
    report = logs.price(records, by=("day", "session", "day"), registry=prices)
    assert report.by == ("day", "session")
    assert _keys(report) == [
        ("2026-08-31", "early"), ("2026-09-01", "large"), ("2026-09-01", "small"), (None, None),
    ]  # fmt: skip


WINDOWS = [
    ({"since": "2026-09-01"}, ["b", "c", "d"]),
    ({"since": date(2026, 9, 1), "until": "2026-09-02"}, ["b", "c"]),
    ({"since": "2026-09-01T10:30"}, ["c", "d"]),
    ({"until": "2026-09-01T10:30:00Z"}, ["a", "b"]),
    ({"since": "2026-09-01", "timezone": "America/New_York"}, ["b", "c", "d"]),
    ({"since": "2026-09-01T06:30", "timezone": "America/New_York"}, ["c", "d"]),
    ({"since": AT, "until": AT + timedelta(microseconds=1)}, ["b"]),
    ({"since": "2027-01-01"}, []),
]


@pytest.mark.parametrize(("window", "sessions"), WINDOWS)
@pytest.mark.parametrize("stamped", [True, False], ids=["stamps", "records"])
def test_calls_of_a_window_count(
    tmp_path: Path,
    prices: Registry,
    window: dict[str, Any],
    sessions: list[str],
    stamped: bool,  # noqa: FBT001 - a case
) -> None:
    times = {"a": "2026-08-31T10:00:00.000Z", "b": "2026-09-01T10:00:00.000Z",
             "c": "2026-09-01T10:30:00.000Z", "d": "2026-09-02T00:00:00.000Z"}  # fmt: skip
    write(
        tmp_path / "a.jsonl",
        *(claude_line(key, key, at=at, session=key) for key, at in times.items()),
    )
    source: Any = tmp_path if stamped else list(logs.read(tmp_path))
    report = logs.price(source, by="session", registry=prices, **window)
    assert [key for (key,) in _keys(report)] == sessions
    moments = [datetime.fromisoformat(times[key]) for key in sessions]
    assert (report.first, report.last) == (min(moments, default=None), max(moments, default=None))


def test_a_local_window_is_read_off_the_machines_clock(prices: Registry) -> None:
    naive = AT.astimezone().replace(tzinfo=None).isoformat()
    report = logs.price([_record()], since=naive, timezone="local", registry=prices)
    assert (report.requests, report.since) == (1, AT)


ERRORS = [
    ({"by": "days"}, "a report cannot be by 'days'; nearest: day"),
    ({"by": ["day", "xyz"]}, "a report cannot be by 'xyz'; known: day, week"),
    ({"since": "2026-09-02", "until": "2026-09-01"}, "nothing lies between 2026-09-02 and 2026-09-01"),
    ({"since": "soon"}, "'soon' is no ISO 8601 date or time"),
    ({"timezone": "Mars/Base"}, "there is no time zone 'Mars/Base'"),
    ({"timezone": "../zone"}, "there is no time zone '../zone'"),
    ({"since": "0001-01-01", "timezone": "Asia/Kolkata"}, "0001-01-01T00:00:00+05:53:28 lies outside"),
    ({"registry": "mine"}, "registry is a costcalc.Registry, not str"),
    ({"as_model": ""}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("terms", "message"), ERRORS[:-1])
def test_what_cannot_be_asked_is_an_error(terms: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        logs.price([_record()], **terms)
    assert str(caught.value).startswith(message)


def test_a_time_outside_the_machines_calendar_is_an_error() -> None:
    class Clock(datetime):
        def astimezone(self, tz: Any = None) -> Any:
            raise OverflowError(tz)

    with pytest.raises(UsageError, match="lies outside the years of this machine's clock"):
        logs.price([_record()], since=Clock(1, 1, 1), timezone="local")


def test_no_path_is_an_error() -> None:
    with pytest.raises(UsageError, match="there is no path to read"):
        logs.price([])


def test_prices_are_those_of_the_time_of_each_call(tmp_path: Path, prices: Registry) -> None:
    # the price halves at half past ten
    lines = [
        claude_line("a", "a", model="dated", at="2026-09-01T10:29:59.999Z"),
        claude_line("b", "b", model="dated", at="2026-09-01T10:30:00.000Z"),
        claude_line("c", "c", model="dated", at="2026-09-01T11:00:00.000Z"),
        claude_line("d", "d", model="dated", at="2025-12-31T11:00:00.000Z"),
    ]
    report = logs.price(write(tmp_path / "a.jsonl", *lines), registry=prices)
    assert report.total == Decimal("0.006") + 2 * Decimal("0.003")
    assert [(each.error, each.requests) for each in report.unpriced] == [("NoPriceError", 1)]
    assert [(row.requests, row.unpriced) for row in report.rows] == [(1, 1), (3, 0)]


def test_a_context_tier_is_judged_on_each_call(tmp_path: Path, prices: Registry) -> None:
    lines = [
        claude_line(str(n), model="tiered", input_tokens=count, output_tokens=0)
        for n, count in enumerate([100_000, 100_001, 60_000, 60_000])
    ]
    report = logs.price(write(tmp_path / "a.jsonl", *lines), registry=prices)
    assert report.total == Decimal("0.22") + 5 * Decimal("0.100001")
    assert report.cost is not None
    assert not report.cost.assumptions


def test_a_fee_a_request_and_rates_without_an_end_are_priced_call_by_call(prices: Registry) -> None:
    records = [
        *(_record("toll") for _ in range(3)),
        *(_record("voice", usage=Usage(units={"audio_second": 7, "container_second": 1})) for _ in range(3)),
    ]  # fmt: skip
    alone = [
        costcalc.price(each.model, each.usage, at=AT, registry=prices).total for each in records
    ]
    assert logs.price(records, registry=prices).total == sum(alone)


def test_many_calls_that_are_priced_alone_are_added_in_parts(
    prices: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("costcalc.logs.sums._CHUNK", 2)
    report = logs.price([_record("toll") for _ in range(7)], registry=prices)
    assert report.total == 7 * Decimal("0.0062")
    assert report.cost is not None
    assert [line.quantity for line in report.cost.lines] == [7000, 700, 7]


def test_aggregates_keep_their_mean(prices: Registry) -> None:
    usage = Usage(input_tokens=150_000, requests=2)
    report = logs.price([_record("tiered", usage=usage), _record("tiered")], registry=prices)
    assert (report.total, report.requests) == (Decimal("0.1515"), 3)
    assert [each.code for each in report.assumptions] == ["mean_request"]


def test_a_meter_without_a_rate_is_unpriced_where_it_is_used(prices: Registry) -> None:
    records = [_record(usage=Usage(input_tokens=10, units={"page": 1})), _record()]
    report = logs.price(records, registry=prices)
    assert (report.total, report.requests) == (Decimal("0.0045"), 2)
    assert [each.error for each in report.unpriced] == ["UnpricedMeterError"]


def test_models_without_a_price_are_listed_the_most_tokens_first(prices: Registry) -> None:
    records = [
        _record("nothing"), _record("gpt-x", provider="acme"), _record("nothing"), _record("sold_out"),
    ]  # fmt: skip
    report = logs.price(records, by="model", registry=prices)
    found = [(each.model, each.provider, each.error, each.requests) for each in report.unpriced]
    assert found == [
        ("nothing", None, "UnknownModelError", 2),
        ("gpt-x", "acme", "UnknownModelError", 1),
        ("sold_out", None, "RetiredModelError", 1),
    ]
    assert report.unpriced[0].reason.startswith("unknown model 'nothing'")
    assert (report.total, report.cost, report.saved, report.currency) == (None, None, None, "USD")


def test_another_currency_cannot_be_added_and_is_said() -> None:
    both = Registry.from_yaml(PRICES.partition("---")[0]).overlay(
        Registry.from_yaml(PRICES.partition("---")[2])
    )
    report = logs.price([_record(), _record(), _record("hua")], registry=both)
    assert (report.total, report.currency) == (Decimal("0.009"), "USD")
    assert [(each.model, each.error) for each in report.unpriced] == [
        ("hua", "CurrencyMismatchError")
    ]
    assert logs.price([_record("hua")], registry=both).currency == "CNY"


def test_a_condition_that_prices_do_not_know_is_dropped_and_said(prices: Registry) -> None:
    records = [_record(conditions={"service_tier": "gold"}), _record(conditions={"channel": "x"})]
    report = logs.price(records, registry=prices)
    assert report.total == Decimal("0.009")
    assert [each.text for each in report.assumptions] == [
        "the log says service_tier=gold, for which plain (acme) has no price; priced without it"
    ]


def test_a_condition_that_a_name_implies_stays_an_error() -> None:
    own = Registry.from_yaml(
        "provider: acme\nmodels:\n  m: {aliases: [{id: eu.m, conditions: {region: eu}}], input: 1}\n"
    )
    report = logs.price([_record("eu.m", usage=Usage(input_tokens=1))], registry=own)
    assert [each.error for each in report.unpriced] == ["UnknownConditionError"]


def test_calls_can_be_priced_as_if_another_model_had_answered(prices: Registry) -> None:
    records = [_record("nothing", provider="nobody"), _record("dated")]
    report = logs.price(records, by="model", as_model="plain", registry=prices)
    assert (_keys(report), report.total) == ([("plain",)], Decimal("0.009"))
    assert report.assumptions[0].text.startswith("priced as if plain had answered every call")


def test_calls_without_a_time_are_priced_as_of_now_and_left_out_of_windows(
    prices: Registry,
) -> None:
    records = [_record("dated", at=None), _record("dated", at=None)]
    report = logs.price(records, registry=prices)
    assert (_keys(report), report.total) == ([(None,)], Decimal("0.006"))
    assert report.assumptions[0].text == "2 calls state no time; priced as of now"
    report = logs.price(records, since="2026-01-01", registry=prices)
    assert (report.requests, report.rows) == (0, ())
    assert report.assumptions[0].text.startswith("2 calls state no time, so that nothing says")
    report = logs.price(records[:1], registry=prices)
    assert report.assumptions[0].text == "1 call states no time; priced as of now"


def test_stated_costs_stand_beside_ours(prices: Registry) -> None:
    records = [_record(stated_cost=Decimal("0.1")), _record(stated_cost=Decimal("0.02")), _record()]
    report = logs.price(records, registry=prices)
    assert (report.stated, report.stated_requests) == (Decimal("0.12"), 2)
    assert logs.price([_record()], registry=prices).stated is None


def test_what_caching_saved_is_exact(prices: Registry) -> None:
    usage = Usage(
        input_tokens=1000, cache_read_tokens=600, cache_write_tokens=300, cache_write_1h_tokens=100
    )
    report = logs.price([_record(usage=usage)], registry=prices)
    # 600 × (3 − 0.3) − 200 × (3.75 − 3) − 100 × (6 − 3), a million
    assert report.saved == Decimal("0.00117")
    assert (report.hit_ratio, report.rows[0].saved) == (0.6, report.saved)
    assert (report.cache_read_tokens, report.cache_write_tokens) == (600, 300)
    assert (
        logs.price([_record(usage=Usage(units={"web_search": 1}))], registry=prices).hit_ratio
        is None
    )


def test_parts_are_billed_beside_their_call(prices: Registry) -> None:
    record = _record(parts=[_record("dated", at=None, session="other")], session="s")
    report = logs.price([record], by="model", registry=prices)
    assert {row.key[0]: row.total for row in report.rows} == {
        "plain": Decimal("0.0045"), "dated": Decimal("0.006"),
    }  # fmt: skip


def _draw(random_: random.Random) -> LogRecord:
    read, written, fresh = (random_.randrange(60_000) for _ in range(3))
    usage = Usage(
        input_tokens=read + written + fresh,
        cache_read_tokens=read,
        cache_write_tokens=written,
        cache_write_1h_tokens=random_.randrange(written + 1),
        output_tokens=random_.randrange(5_000),
        units=random_.choice([{}, {}, {"web_search": 2}, {"audio_second": random_.randrange(99)}]),
    )
    model = random_.choice(["plain", "dated", "tiered", "toll", "voice"])
    if "audio_second" in usage.units:
        model = "voice"
    at = datetime(2026, 8, 31, tzinfo=UTC) + timedelta(
        milliseconds=random_.randrange(3 * 86_400_000)
    )
    conditions = random_.choice([{}, {"service_tier": "fast"}, {"batch": True}])
    return _record(model, at, usage=usage, conditions=conditions, session=random_.choice("abc"))


def test_a_total_is_the_sum_of_all_prices_to_the_last_digit(prices: Registry) -> None:
    random_ = random.Random(7)  # noqa: S311 - drawn cases
    records = [_draw(random_) for _ in range(600)]
    alone = [
        costcalc.price(
            each.model, each.usage, at=each.at, conditions=each.conditions, registry=prices
        ).total
        for each in records
    ]
    for by in ("day", "session", ["week", "model"], "provider"):
        report = logs.price(records, by=by, registry=prices)
        assert report.unpriced == ()
        assert report.total == sum(alone)
        assert sum(row.total or 0 for row in report.rows) == report.total
        assert report.cost is not None
        assert sum(line.amount for line in report.cost.lines) == report.total


def test_a_file_is_priced_as_its_records_are(tmp_path: Path, prices: Registry) -> None:
    random_ = random.Random(3)  # noqa: S311 - drawn cases
    lines = [
        claude_line(
            f"msg_{n}", f"req_{n}", model=random_.choice(["plain", "dated", "tiered", "gone"]),
            at=f"2026-09-01T{random_.randrange(24):02}:{random_.randrange(60):02}:00.000Z",
            session=random_.choice("ab"), input_tokens=random_.randrange(99_000),
            cache_read_input_tokens=random_.randrange(9_000), output_tokens=random_.randrange(500),
            speed=random_.choice(["fast", "standard"]),
        )
        for n in range(300)
    ]  # fmt: skip
    records = logs.read(write(tmp_path / "a.jsonl", *lines))
    whole = logs.price(records, by=["session", "model"], registry=prices)
    single = logs.price(list(records), by=["session", "model"], registry=prices)
    assert whole.rows == single.rows
    assert (whole.total, whole.saved, whole.unpriced) == (
        single.total,
        single.saved,
        single.unpriced,
    )


def test_progress_is_told_in_bytes(tmp_path: Path, prices: Registry) -> None:
    first = write(tmp_path / "a.jsonl", claude_line())
    second = write(tmp_path / "b.jsonl", claude_line("msg_2"))
    seen: list[tuple[int, int | None]] = []
    logs.price(tmp_path, registry=prices, progress=lambda *done: seen.append(done))
    sizes = [path.stat().st_size for path in (first, second)]
    assert seen == [(sizes[0], sum(sizes)), (sum(sizes), sum(sizes))]


def test_several_paths_are_a_source(tmp_path: Path, prices: Registry) -> None:
    paths = [write(tmp_path / name, claude_line(name)) for name in ("a.jsonl", "b.jsonl")]
    assert logs.price(paths, registry=prices).requests == 2


def test_the_registry_in_use_is_asked_where_none_is_given(prices: Registry) -> None:
    with costcalc.use(prices):
        assert logs.price([_record()]).total == Decimal("0.0045")
