"""Prices during a session: tiers by request, changes as the clock goes on, redirects, storage."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from costcalc import (
    Branch,
    RedirectWarning,
    Registry,
    RetiredModelError,
    Session,
    SessionEstimate,
    UsageError,
    estimate_runs,
)

AT = "2026-03-01T00:00:00Z"


def estimate(text: str, *, at: str = AT, **fields: Any) -> SessionEstimate:
    return Session(model="m", **fields).estimate(at=at, registry=Registry.from_yaml(text))


TIERS = """
provider: lab
models:
  m:
    input: 2
    cache_read: 0.5
    output: 10
    cache: {automatic: {}}
    rules: [{if: {prompt_tokens: "OP200k"}, times: {input: 2, cache_read: 2, output: 1.5}}]
"""


@pytest.mark.parametrize(
    ("operator", "dear"), [(">", [False, False, True]), (">=", [False, True, True])]
)
def test_a_tier_is_judged_on_all_tokens_of_a_prompt_and_reprices_the_whole_call(
    operator: str, dear: list[bool]
) -> None:
    found = estimate(
        TIERS.replace("OP", operator),
        steps=3,
        input_tokens_per_step=99_000,
        output_tokens_per_step=2_000,
    )
    assert [row.context for row in found.steps] == [99_000, 200_000, 301_000]
    mtok = Decimal(10**6)
    for row, is_dear, (read, fresh) in zip(
        found.steps, dear, [(0, 99_000), (99_000, 101_000), (200_000, 101_000)], strict=True
    ):
        factor, out = (2, 15) if is_dear else (1, 10)
        expected = factor * (read * Decimal("0.5") + fresh * 2) / mtok + 2_000 * out / mtok
        assert row.cost.total == expected


def test_a_price_that_changes_in_mid_session_holds_for_the_later_calls_and_keeps_the_cache() -> (
    None
):
    found = estimate(
        """
        provider: lab
        cache: {automatic: {}}
        models:
          m:
            prices:
              - {input: 1, cache_read: 0.1, output: 2}
              - {from: 2026-03-01T00:02:00Z, input: 3, cache_read: 0.3, output: 2}
        """,
        steps=4, system_tokens=1_000_000, gap="1m",
    )  # fmt: skip
    assert [row.cost.total for row in found.steps] == [
        Decimal(1), Decimal("0.1"), Decimal("0.3"), Decimal("0.3"),
    ]  # fmt: skip
    assert [row.miss for row in found.steps] == ["first", None, None, None]
    assert found.cost.period is None
    assert found.uncached == 8  # 1 + 1 + 3 + 3


HOURS = """
provider: lab
cache: {automatic: {}}
models:
  m:
    {input: 1, cache_read: 0.1, output: 2, rules: [{if: {hours: "01:00-04:00"}, times: 2}]}
"""


def test_a_session_goes_through_the_hours_of_the_day() -> None:
    found = estimate(
        HOURS, at="2026-03-01T00:00:00Z", steps=6, input_tokens_per_step=10**6, gap="1h"
    )
    factors = [1, 2, 2, 2, 1, 1]
    for number, (row, factor) in enumerate(zip(found.steps, factors, strict=True)):
        assert row.cost.total == factor * (1 + number * Decimal("0.1"))


def test_the_hours_of_deepseek_are_those_of_its_price_list() -> None:
    # its busy hours, Monday to Friday: https://api-docs.deepseek.com/quick_start/pricing
    session = Session(model="deepseek-flash", steps=4, system_tokens=64_000, gap="1h")
    found = session.estimate(at="2026-11-10T02:30:00Z")  # a Tuesday
    hit = Decimal("0.003") * 64_000 / 10**6
    assert found.steps[0].cost.total == 2 * Decimal("0.15") * 64_000 / 10**6
    assert [row.cost.total for row in found.steps[1:]] == [2 * hit, hit, hit]
    assert session.estimate(at="2026-11-14T02:30:00Z").steps[1].cost.total == hit  # a Saturday


RETIRED = """
provider: lab
cache: {automatic: {}}
models:
  m: {input: 1, cache_read: 0.1, output: 2, retired: 2026-03-01T00:02:00Z, redirects_to: next}
  next: {input: 3, cache_read: 0.5, output: 6}
"""


def test_a_redirect_in_mid_session_bills_the_successor_whose_cache_is_empty() -> None:
    with pytest.warns(RedirectWarning, match="m was retired at 2026-03-01T00:02:00Z"):
        found = estimate(RETIRED, steps=4, system_tokens=10**6, gap="1m")
    assert [row.cost.model for row in found.steps] == ["m", "m", "next", "next"]
    assert [row.miss for row in found.steps] == ["first", None, "model", None]
    assert found.total == 1 + Decimal("0.1") + 3 + Decimal("0.5")
    assert (found.model, found.cost.model) == ("m", None)


def test_many_runs_and_a_formula_warn_of_a_redirect_too() -> None:
    session = Session(model="m", steps=1, system_tokens=10)
    for way in (
        lambda prices: estimate_runs(session, 2, at="2026-03-02", registry=prices),
        lambda prices: session.closed_form(at="2026-03-02", registry=prices),
    ):
        with pytest.warns(RedirectWarning, match="call next by its own id"):
            assert way(Registry.from_yaml(RETIRED)).currency == "USD"


def test_a_session_cannot_outlive_its_model_without_a_successor() -> None:
    text = RETIRED.replace(", redirects_to: next", "").replace(
        "input: 1", "replacement: next, input: 1"
    )
    assert estimate(text, steps=2, gap="1m").total == 0
    with pytest.raises(RetiredModelError, match="no price at 2026-03-01T00:02:00Z"):
        estimate(text, steps=3, gap="1m")


STORED = """
provider: lab
models:
  m:
    input: 2
    cache_read: 0.2
    cache_storage: 4.5
    output: 10
    cache: {explicit: {min_tokens: 1000, ttl: {cache_read: 1h}, creation_billed: BILLED}}
"""


@pytest.mark.parametrize(("billed", "paid"), [("true", 2), ("false", 0), ("unknown", 2)])
def test_a_stored_cache_is_created_read_and_paid_for_by_the_hour(billed: str, paid: int) -> None:
    found = estimate(
        STORED.replace("BILLED", billed), steps=3, system_tokens=10**6, input_tokens_per_step=10**5
    )
    assert [row.kind for row in found.steps] == ["creation", "step", "step", "step"]
    creation, *steps = found.steps
    assert creation.cost.total == paid + Decimal("4.5")  # a million tokens for an hour
    assert (creation.miss, creation.fresh) == ("first", 10**6 if paid else 0)
    # what grows is not in the object, and is paid in full every time
    assert [row.read for row in steps] == [10**6] * 3
    assert [row.fresh for row in steps] == [10**5, 2 * 10**5, 3 * 10**5]
    assert found.total == paid + Decimal("4.5") + 3 * Decimal("0.2") + Decimal("1.2")
    assert found.uncached == 3 * 2 + Decimal("1.2")
    texts = [each.text for each in found.assumptions]
    assert texts[0] == (
        "the system prompt of 1,000,000 tokens is stored once, for 3,600 seconds that are billed even "
        "if it is deleted before; the rest of each prompt is paid in full"
    )
    unknown = "whether the creation of the stored cache is billed is not known; taken as billed"
    assert texts[1:] == ([unknown] if billed == "unknown" else [])


def test_a_stored_cache_is_made_anew_when_it_ends_whether_it_was_read_or_not() -> None:
    text = STORED.replace("BILLED", "true")
    found = estimate(text, steps=4, system_tokens=2_000, gap="31m")
    assert [(row.kind, row.miss) for row in found.steps] == [
        ("creation", "first"), ("step", None), ("step", None), ("creation", "ttl"), ("step", None), ("step", None),
    ]  # fmt: skip
    assert "is stored 2 times" in found.assumptions[0].text
    shorter = estimate(text, steps=4, system_tokens=2_000, gap="31m", cache="15m")
    assert sum(row.kind == "creation" for row in shorter.steps) == 4


def test_a_stored_cache_needs_a_system_prompt_that_is_long_enough() -> None:
    found = estimate(STORED.replace("BILLED", "true"), steps=2, system_tokens=999)
    assert [(row.kind, row.miss) for row in found.steps] == [("step", "below_min")] * 2
    warm = estimate(
        STORED.replace("BILLED", "true"), steps=2, system_tokens=999, warm_start_ratio=1
    )
    assert warm.total == found.total


def test_a_stored_cache_that_others_made_is_only_read() -> None:
    found = estimate(
        STORED.replace("BILLED", "true"), steps=1, system_tokens=10**6, warm_start_ratio=1
    )
    assert [(row.kind, row.cost.total) for row in found.steps] == [("step", Decimal("0.2"))]


def test_nobody_but_the_caller_knows_how_long_a_stored_cache_without_a_life_lives() -> None:
    text = STORED.replace("BILLED", "true").replace("ttl: {cache_read: 1h}, ", "")
    with pytest.raises(UsageError) as caught:
        estimate(text, steps=1)
    assert str(caught.value) == (
        "the cache of m (lab) is stored and billed by the hour; say for how long: cache='1h'"
    )
    assert estimate(text, steps=1, cache="2h").policy.ttl == 7_200


def test_gemini_stores_a_prefix_for_the_life_that_is_asked_for() -> None:
    # 1.25 in, 0.125 cached, 4.50 a million tokens and hour: https://ai.google.dev/gemini-api/docs/pricing
    session = Session(model="gemini-2.5-pro", steps=6, system_tokens=100_000, cache="15m")
    found = session.estimate(at="2026-02-01")
    stored = Decimal("4.5") / 4
    assert found.total == (Decimal("1.25") + stored + 6 * Decimal("0.125")) / 10
    assert found.uncached == 6 * Decimal("1.25") / 10


KINDS = """
provider: lab
cache: {automatic: {}, explicit: {ttl: {cache_write: 5m}}}
models:
  m:
    prices:
      - input: 10
        cache_read: 2
        cache_write: 12.5
        output: 0
        rules: [{if: {cache_kind: implicit}, times: {cache_read: 1}}, {if: {cache_kind: explicit}, times: {cache_read: 0.5}}]
      - {from: 2026-03-01T00:02:00Z, input: 10, cache_read: 3, cache_write: 12.5, output: 0}
  other: {input: 1, output: 0}
"""


def test_a_price_by_the_kind_of_cache_is_that_of_the_kind_that_is_used() -> None:
    fields: dict[str, Any] = {"steps": 2, "system_tokens": 10**6}
    assert estimate(KINDS, **fields).steps[1].cost.total == 2
    assert estimate(KINDS, **fields, cache="explicit").steps[1].cost.total == 1
    prices = Registry.from_yaml(KINDS)
    session = Session(model="m", **fields, cache="explicit")
    stated = session.estimate(at=AT, conditions={"cache_kind": "implicit"}, registry=prices)
    assert stated.steps[1].cost.total == 2
    runs = estimate_runs(session, 1, at=AT, registry=prices)
    assert runs.total == session.estimate(at=AT, registry=prices).total


def test_the_kind_of_cache_is_named_only_where_it_makes_a_price() -> None:
    # neither the next price list nor the other model knows the condition
    beside = Branch(after=1, session=Session(model="other", steps=1, input_tokens_per_step=10**6))
    found = estimate(
        KINDS, steps=3, system_tokens=10**6, gap="1m", cache="explicit", branches=[beside]
    )
    assert [row.cost.total for row in found.steps] == [Decimal("12.5"), 1, 1, 3]


def test_a_session_cannot_run_beyond_the_calendar() -> None:
    with pytest.raises(UsageError, match="the session runs beyond the year 9999"):
        estimate(HOURS, at="9990-01-01", steps=3, gap="3650d")


def test_the_clock_begins_where_the_session_says_unless_the_call_says_otherwise() -> None:
    session = Session(model="m", steps=1, at="2026-03-01T02:00:00Z")
    prices = Registry.from_yaml(HOURS)
    assert session.estimate(registry=prices).at.hour == 2
    assert session.estimate(at="2026-03-01T05:00:00Z", registry=prices).at.hour == 5
    now = Session(model="m", steps=1).estimate(registry=prices)
    assert now.at.year >= 2025
