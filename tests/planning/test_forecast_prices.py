"""Prices that change while a project runs: steps by month, notices, what has no price."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from costcalc import Registry
from costcalc.errors import RedirectWarning
from costcalc.planning.epochs import epochs_of
from costcalc.planning.forecast import Forecast
from costcalc.planning.plan import Plan
from costcalc.sessions.prices import Prices

D = Decimal


@pytest.fixture(autouse=True)
def few_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulate the fewest sessions."""
    monkeypatch.setattr("costcalc.planning.pools._CALLS", 1)


LAB = Registry.from_yaml(
    """
provider: lab
source: https://lab.example/prices
checked: 2026-01-15
models:
  rising:
    prices:
      - {from: 2025-01-01, until: 2026-02-01, input: 1, output: 4}
      - {from: 2026-02-01, input: 2, output: 4, web_search: 1}
  noon:
    prices:
      - {from: 2025-01-01, until: 2026-02-01T12:30:00.000001Z, input: 1, output: 4}
      - {from: 2026-02-01T12:30:00.000001Z, input: 2, output: 4}
  promoted:
    input: 1
    output: 4
    rules: [{if: {prompt_tokens: ">0"}, from: 2026-02-01, until: 2026-03-01, times: 0.5}]
  fee:
    prices:
      - {from: 2025-01-01, until: 2026-02-01, input: 1, output: 4, web_search: 1}
      - {from: 2026-02-01, input: 1, output: 4, web_search: 2}
  night:
    {input: 1, output: 4, rules: [{if: {hours: "00:00-06:00"}, times: 0.5}]}
  trial:
    prices:
      - {from: 2025-01-01, until: 2026-02-01, input: 0, output: 0}
      - {from: 2026-02-01, input: 1, output: 4}
  ending:
    {prices: [{from: 2025-01-01, until: 2026-02-01, input: 1, output: 4}]}
  coming:
    {prices: [{from: 2026-02-01, input: 1, output: 4}]}
  gone:
    retired: 2026-02-01
    replacement: rising
    prices: [{from: 2025-01-01, input: 1, output: 4}]
  moved:
    retired: 2026-02-01
    redirects_to: successor
    prices: [{from: 2025-01-01, input: 1, output: 4}]
  lost:
    retired: 2026-02-01
    redirects_to: nowhere
    prices: [{from: 2025-01-01, input: 1, output: 4}]
  successor: {input: 3, output: 4}
  old:
    {checked: 2025-01-01, input: 1, output: 4}
  cached: {input: 1, cache_read: 0.1, output: 4}
  small: {context_window: 1000, input: 1, output: 4}
"""
)


def plan_of(model: str, *, more: str = "", start: str = "2026-01-01", months: int = 3) -> Plan:
    """Return a plan with 100 documents of a million tokens a month: $100 at $1."""
    return Plan.from_yaml(
        f"""
version: 1
project: atlas
period: {{start: {start}, months: {months}}}
defaults: {{shared_sigma: 0}}
workloads:
  papers:
    model: {model}
    documents_per_month: 100
    input_tokens_per_document: 1000000
    output_tokens_per_document: 0
{more}
"""
    )


def forecast_of(model: str, **options: str) -> Forecast:
    """Return its forecast; no warning may slip out of it."""
    return plan_of(f"lab/{model}", **options).forecast(100, registry=LAB)


def by_month(found: Forecast) -> list[str]:
    """Return the mean of each month, at cents."""
    return [f"{month.mean:.2f}" for month in found.months]


@pytest.mark.parametrize(
    ("model", "months", "code", "said"),
    [
        ("rising", ["100.00", "200.00", "200.00"], "price_change",
         ("papers: the prices of rising change on 2026-02-01; a document then costs 2.00 times as "
         "much")),
        ("moved", ["100.00", "300.00", "300.00"], "retirement",
         ("papers: moved is retired on 2026-02-01, and successor is billed instead; a document then "
         "costs 3.00 times as much")),
        ("gone", ["100.00", "0.00", "0.00"], "retirement",
         "papers: gone has no price from 2026-02-01: model 'gone' (lab) was retired at 2026-02-01"),
        ("lost", ["100.00", "0.00", "0.00"], "price_change",
         "papers: lost has no price from 2026-02-01: unknown model 'nowhere'"),
        ("ending", ["100.00", "0.00", "0.00"], "price_change",
         "papers: ending has no price from 2026-02-01: no price for 'ending' (lab) at 2026-02-01"),
        ("coming", ["0.00", "100.00", "100.00"], "price_change",
         "papers: coming has a price from 2026-02-01 on"),
    ],
)  # fmt: skip
def test_a_change_shows_in_its_month_and_is_said(
    model: str, months: list[str], code: str, said: str
) -> None:
    found = forecast_of(model)
    assert by_month(found) == months
    (notice,) = found.warnings
    assert notice.code == code
    assert notice.text.startswith(said)
    assert (notice.workload, notice.at) == ("papers", datetime(2026, 2, 1, tzinfo=UTC))
    assert found.workloads["papers"].months == found.months
    formula = found.workloads["papers"].closed_form_mean
    assert formula == pytest.approx(found.mean, rel=D("0.001"))


def test_a_promotion_begins_and_ends() -> None:
    found = forecast_of("promoted")
    assert by_month(found) == ["100.00", "50.00", "100.00"]
    assert [notice.text for notice in found.warnings] == [
        f"papers: the prices of promoted change on 2026-0{month}-01; a document then costs {times} "
        "times as much"
        for month, times in ((2, "0.50"), (3, "2.00"))
    ]


def test_a_change_of_what_is_not_used_is_not_said() -> None:
    found = forecast_of("fee")
    assert by_month(found) == ["100.00", "100.00", "100.00"]
    assert found.warnings == ()
    rates = [each for each in found.ledger if each.key.startswith("lab/fee")]
    assert [each.key for each in rates] == ["lab/fee input from 2026-01-01"]


def test_a_change_within_a_day_is_found_to_the_microsecond() -> None:
    start, end = 1_767_225_600_000_000, 1_775_001_600_000_000  # 2026-01-01 and 2026-04-01
    change = 1_769_949_000_000_001
    epochs = epochs_of(Prices("lab/noon", None, {}, LAB), start, end)
    assert [(epoch.start, epoch.end) for epoch in epochs] == [(start, change), (change, end)]
    assert by_month(forecast_of("noon"))[1] != "200.00"


def test_a_month_within_which_prices_change_has_a_part_of_each() -> None:
    found = forecast_of("rising", start="2026-01-17", months="1")
    # 15 of 31 days at $1, 16 at $2; the count in each part is rounded by chance
    assert found.mean == pytest.approx(D(100 * 15 + 200 * 16) / 31, rel=D("0.01"))


def test_rules_by_the_hour_are_averaged_over_the_day() -> None:
    found = forecast_of("night")
    assert found.warnings == ()
    assert found.mean == pytest.approx(D(300) * D("0.875"), rel=D("0.002"))
    assert found.closed_form_mean is None


def test_what_has_no_price_is_in_no_total() -> None:
    found = forecast_of("gone")
    (part,) = found.unpriced
    assert found.workloads["papers"].unpriced == (part,)
    assert (part.workload, part.model) == ("papers", "lab/gone")
    assert (part.start, part.until) == (
        datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC),
    )  # fmt: skip
    assert found.check().exit_code == 3
    assert str(part).startswith(
        "papers has no price from 2026-02-01 until 2026-04-01: model 'gone'"
    )


def test_a_model_of_no_name_is_unpriced_altogether() -> None:
    found = forecast_of("nobody")
    assert found.mean == 0
    assert found.closed_form_mean is None
    part = found.workloads["papers"]
    assert (part.model, part.provider, part.hit_ratio, part.unit_cost) == (
        "lab/nobody",
        "",
        None,
        0,
    )
    assert part.billed == "lab/nobody"  # and not /lab/nobody
    assert [each.basis for each in found.ledger if "papers documents" in each.key] == []


def test_a_model_that_is_retired_before_the_project_begins() -> None:
    found = forecast_of("moved", start="2026-03-01")
    assert found.mean == 900
    assert [(each.code, each.text) for each in found.warnings] == [
        (
            "redirect",
            "papers: moved was retired at 2026-02-01; priced as successor, which serves it",
        )
    ]
    assert found.workloads["papers"].model == "successor"


def test_an_old_price_is_said_once() -> None:
    assert forecast_of("promoted", more="    note: none").warnings[0].code == "price_change"
    found = forecast_of("old")
    assert [(each.code, each.text) for each in found.warnings] == [
        ("old_price", ("papers: the price of old was last checked on 2025-01-01, 365 days before the "
         "project begins; compare it with https://lab.example/prices"))
    ]  # fmt: skip
    plan = plan_of("lab/old").replace({"defaults.max_price_age_days": 365})
    assert plan.forecast(100, registry=LAB).warnings == ()
    bare = Registry.from_yaml(
        "provider: lab\nchecked: 2025-01-01\nmodels: {old: {input: 1, output: 2}}\n"
    )
    assert plan_of("lab/old").forecast(100, registry=bare).warnings[0].text.endswith(
        "compare it with its source"
    )  # fmt: skip


def test_a_prompt_above_the_context_window_is_said() -> None:
    found = forecast_of("small")
    assert found.warnings[0].text == (
        "papers: 100.0% of the calls are above the context window of 1,000 tokens and would fail; "
        "make them smaller"
    )
    chat = Plan.from_yaml(
        """
version: 1
project: atlas
period: {start: 2026-01-01, months: 1}
workloads:
  chat:
    model: lab/small
    sessions: 10
    turns_per_session: 4
    user_tokens_per_turn: 250
    output_tokens_per_turn: 100
"""
    ).forecast(100, registry=LAB)
    assert [each.text for each in chat.warnings] == [
        (
            "chat: 50.0% of the calls are above the context window of 1,000 tokens and would fail; set "
            "caps.steps_per_session, or caps.compact_at_tokens with caps.summary_tokens"
        )
    ]


def test_what_the_forecast_takes_to_hold_is_said() -> None:
    plan = Plan.from_yaml(
        """
version: 1
project: atlas
period: {start: 2026-01-01, months: 1}
defaults: {retry_rate: 0.1}
workloads:
  chat:
    candidates: [lab/cached, lab/old]
    sessions: 10
    turns_per_session: 4
    user_tokens_per_turn: 250
    output_tokens_per_turn: 100
"""
    )
    found = plan.forecast(100, registry=LAB)
    assert [each.code for each in found.assumptions] == [
        "cache_policy", "candidate", "shared_sigma", "retries", "no_gaps",
    ]  # fmt: skip
    assert (
        "chat has no range, so all its sessions of a run share a factor of mean 1 and sigma 0.3"
        in (found.assumptions[2].text)
    )


def test_what_was_free_and_is_not_any_more_is_said_without_a_factor() -> None:
    found = forecast_of("trial")
    assert by_month(found) == ["0.00", "100.00", "100.00"]
    assert found.warnings[0].text == "papers: the prices of trial change on 2026-02-01"


GROK = """
version: 1
project: grok
period: {start: 2026-04-01, months: 3}
workloads:
  agent:
    model: grok-code-fast-1
    sessions_per_month: {low: 1000, likely: 2000, high: 3000}
    steps_per_session: {p50: 16, p90: 60}
    system_tokens: 20000
    input_tokens_per_step: 1500
    output_tokens_per_step: 400
    caps: {steps_per_session: 90}
"""


@pytest.mark.untraced
def test_a_plan_that_crosses_the_retirement_of_grok_code_fast_1_shows_the_step() -> None:
    found = Plan.from_yaml(GROK).forecast(300)
    (notice,) = found.warnings
    assert notice.code == "retirement"
    assert notice.at == datetime(2026, 5, 15, 19, tzinfo=UTC)
    assert notice.text.startswith(
        "agent: grok-code-fast-1 is retired on 2026-05-15T19:00:00Z, and grok-build-0.1 is billed "
        "instead; a session then costs "
    )
    april, may, june = (month.mean for month in found.months)
    # five to ten times as much, of which May has 16 days and 5 hours
    times = june / april
    assert 5 < times < 10
    said = D(notice.text.removesuffix(" times as much").rsplit(" ", 1)[1])
    assert said == pytest.approx(times, rel=D("0.01"))
    share = D(16 * 24 + 5) / (31 * 24)
    assert may == pytest.approx(april * (1 - share) + june * share, rel=D("0.03"))
    assert any(
        each.code == "redirect" and "another reading bills it as grok-4.3" in each.text
        for each in found.assumptions
    )


def test_a_disputed_redirect_before_the_project_begins_is_said_with_both_readings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("costcalc.planning.pools._FEWEST", 64)
    plan = Plan.from_yaml(GROK).replace({"period.start": "2026-06-01", "period.months": 1})
    found = plan.forecast(100)
    assert found.warnings[0].code == "redirect"
    assert "; disputed: another reading bills it as grok-4.3" in found.warnings[0].text


def test_a_forecast_does_not_silence_the_warnings_of_a_price(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("costcalc.planning.pools._FEWEST", 64)
    prices = Registry.load()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Plan.from_yaml(GROK).replace({"agent.caps.steps_per_session": 5}).forecast(
            100, registry=prices
        )
    with pytest.warns(RedirectWarning):
        prices.rate_card("grok-code-fast-1", at="2026-06-01")
