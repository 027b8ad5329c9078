"""Many sessions: their sum, their mean, how they spread, and how far they are."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from costcalc import (
    CurrencyMismatchError,
    Registry,
    Session,
    SessionRuns,
    UnpricedMeterError,
    UsageError,
    estimate_runs,
    estimate_sessions,
)

PRICES = Registry.from_yaml("""
provider: lab
models:
  m: {input: 1, cache_read: 0.1, output: 2, web_search: 10}
  bare: {output: 2}
""").overlay(
    Registry.from_yaml("provider: abroad\ncurrency: CNY\nmodels:\n  yuan: {input: 7, output: 14}\n")
)


def runs(*totals: str) -> SessionRuns:
    return SessionRuns(
        currency="USD", totals=tuple(map(Decimal, totals)), calls=1, input_tokens=8,
        cache_read_tokens=2, output_tokens=0,
    )  # fmt: skip


def test_a_sum_a_mean_and_quantiles() -> None:
    found = runs("1", "2", "3", "4", "5", "6", "7", "8", "9", "15")
    assert (found.runs, found.total, found.mean) == (10, 60, 6)
    assert (found.p50, found.p80, found.p90, found.p95) == (5, 8, 9, 15)
    assert [found.quantile(share) for share in (0, "0.01", "10%", "0.1000001", 1)] == [
        1,
        1,
        1,
        2,
        15,
    ]
    assert found.hit_ratio == 0.25


def test_a_mean_without_a_last_digit_is_rounded_at_the_18th() -> None:
    assert runs("1", "1", "2").mean == Decimal("1.333333333333333333")


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (1.5, "a quantile is a share from 0 to 1, not 1.5"),
        (-1, "a quantile -1 is negative; a ratio is 0 or more, such as '0.9' or '90%'"),
        ("most", "a quantile 'most' is no decimal number; write it like '0.20'"),
    ],
)
def test_a_quantile_is_a_share(share: Any, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        runs("1").quantile(share)
    assert str(caught.value) == said


def test_sessions_of_all_kinds_add_up() -> None:
    sessions = [
        Session(model="m", steps=2, system_tokens=1_000),
        Session(model="m", steps=1, units_per_step={"web_search": 1}),
        Session(model="m", steps=1),
    ]
    found = estimate_sessions(sessions, registry=PRICES)
    assert found.totals == (Decimal(0), Decimal("0.0011"), Decimal("0.01"))
    assert (found.calls, found.input_tokens, found.cache_read_tokens) == (4, 2_000, 1_000)
    assert found.hit_ratio == 0.5
    assert estimate_sessions(sessions[1:], registry=PRICES).hit_ratio is None


def test_sessions_that_say_no_time_begin_at_one_instant(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(10**18, 2 * 10**18, 10**17))  # three years from one look to the next
    monkeypatch.setattr("costcalc.sessions.runs.time_ns", lambda: next(clock))
    prices = Registry.from_yaml(
        "provider: lab\nmodels:\n  m: {prices: [{input: 1, output: 1}, {from: 2002-01-01, input: 5, output: 1}]}\n"
    )
    session = Session(model="m", steps=1, input_tokens_per_step=10**6)
    dated = session.replace(at="2002-01-01")
    found = estimate_sessions([session, dated, session], registry=prices)
    assert found.totals == (1, 1, 5)


@pytest.mark.parametrize(
    ("kind", "calls"),
    [(list, [(100, 250), (200, 250), (250, 250)]), (iter, [(100, None), (200, None)])],
    ids=["of how many, where that is known", "how many so far, where it is not"],
)
def test_progress_is_told_every_hundred(kind: Any, calls: list[tuple[int, int | None]]) -> None:
    sessions = kind([Session(model="m", steps=1)] * 250)
    told: list[tuple[int, int | None]] = []
    estimate_sessions(
        sessions,
        registry=PRICES,
        progress=lambda *said: told.append(said),
    )
    assert told == calls


def test_progress_of_runs_ends_with_all_of_them() -> None:
    told: list[tuple[int, int | None]] = []
    session = Session(model="m", steps=1)
    estimate_runs(session, 120, registry=PRICES, progress=lambda *said: told.append(said))
    assert told == [(100, 120), (120, 120)]


def test_runs_are_the_same_every_time_and_differ_by_seed() -> None:
    session = Session(model="m", steps=20, system_tokens=900, miss_ratio="0.3")
    found = estimate_runs(session, 40, registry=PRICES)
    assert found == estimate_runs(session, 40, registry=PRICES)
    assert found != estimate_runs(session.replace(seed=1), 40, registry=PRICES)
    longer = estimate_runs(session, 41, registry=PRICES)
    added = longer.total - found.total
    assert added == session.replace(seed=40).estimate(registry=PRICES).total


REFUSED: dict[str, tuple[Any, type[Exception], str]] = {
    "no sessions": (
        lambda: estimate_sessions([], registry=PRICES), UsageError,
        "there are no sessions to estimate; give at least one",
    ),
    "no runs": (
        lambda: estimate_runs(Session(model="m", steps=1), 0, registry=PRICES), UsageError,
        "runs is a whole number from 1 on, not 0",
    ),
    "two currencies": (
        lambda: estimate_sessions(
            [Session(model=name, steps=1) for name in ("m", "yuan")], registry=PRICES
        ),
        CurrencyMismatchError, "cannot add CNY to USD",
    ),
    "a meter without a rate": (
        lambda: estimate_runs(Session(model="bare", steps=1, system_tokens=1), 1, registry=PRICES),
        UnpricedMeterError, "'bare' (lab) has no rate for meter 'input'",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("make", "kind", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_added_up_is_refused(make: Any, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind) as caught:
        make()
    assert said in str(caught.value)


@pytest.mark.usefixtures("hostile_context")
def test_nothing_depends_on_the_callers_decimals() -> None:
    session = Session(
        model="m", steps=9, system_tokens=123_456, output_tokens_per_step=7, miss_ratio="0.21",
        warm_start_ratio="0.4", gap="1.234567s",
    )  # fmt: skip
    found = session.estimate(registry=PRICES)
    assert estimate_runs(session, 1, registry=PRICES).total == found.total
    formula = session.closed_form(registry=PRICES)
    assert formula.saved > 0
    assert found.saved_ratio is not None


@pytest.fixture
def hostile_context() -> Any:
    import decimal

    traps = [decimal.Inexact, decimal.Rounded, decimal.FloatOperation]
    with decimal.localcontext(decimal.Context(prec=3, traps=traps)):
        yield
