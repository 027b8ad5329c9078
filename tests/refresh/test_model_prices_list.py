"""model-prices' snapshot: timelines, modes, schedules, and what is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from costcalc.errors import RegistryError
from costcalc.refresh import model_prices
from costcalc.refresh.listing import EVERY_MODEL, condition_text

if TYPE_CHECKING:
    from pathlib import Path

    from costcalc.refresh.listing import Listing

D = Decimal
CUT = datetime(2026, 4, 30, 4, tzinfo=UTC)
RISE = datetime(2026, 12, 1, tzinfo=UTC)
SEEN = datetime(2026, 10, 22, tzinfo=UTC)


def only(listings: tuple[Listing, ...], model: str, conditions: str = "") -> list[Listing]:
    return [
        each
        for each in listings
        if each.model == model and condition_text(each.conditions) == conditions
    ]


@pytest.mark.parametrize(
    ("conditions", "start", "until", "rates"),
    [
        pytest.param(
            "", None, CUT, {"input": D(2), "output": D(6)},
            id="the first interval has no start",
        ),
        pytest.param(
            "", CUT, RISE,
            {
                "input": D("1.25"), "cache_read": D("0.2"), "cache_write": D("1.5"),
                "output": D("2.5"), "cache_write_1h": D("2.5"),
            },
            id="an interval ends where the next begins, and its times are in UTC",
        ),
        pytest.param(
            "prompt_tokens >200k", CUT, RISE, {"input": D("2.5"), "output": D(5)},
            id="a tier holds above its size, with the rates that it names alone",
        ),
        pytest.param(
            "", RISE, None, {"input": D(3), "output": D(5)},
            id="an announced price is an interval like any other",
        ),
        pytest.param(
            "batch", SEEN, None, {"input": D("0.6"), "output": D("1.2")},
            id="derived batch rates are free of float dust",
        ),
        pytest.param(
            "thinking", None, None, {"input": D("1.25"), "output": D(8)},
            id="thinking is a condition",
        ),
        pytest.param(
            "service_tier fast", None, None, {"input": D("2.5"), "output": D(5)},
            id="any other mode is a service tier",
        ),
    ],
)  # fmt: skip
def test_one_interval_becomes_one_listing(
    model_prices_listings: tuple[Listing, ...],
    conditions: str,
    start: datetime | None,
    until: datetime | None,
    rates: dict[str, Decimal],
) -> None:
    found = [
        each for each in only(model_prices_listings, "lark-1", conditions) if each.start == start
    ]
    assert [(each.until, each.rates) for each in found if each.offered] == [(until, rates)]


def test_what_stands_beside_an_interval_is_kept(
    model_prices_listings: tuple[Listing, ...],
) -> None:
    first, cut, rise = only(model_prices_listings, "lark-1")
    assert first.first_seen == datetime(2026, 3, 21, 16, 56, 37, tzinfo=UTC)
    assert (first.dated_by, first.sources) == (
        "models.dev commit",
        ("https://commits.example.com/2",),
    )
    assert cut.dated_by == "documented"
    assert cut.comments == ("models.dev alone: input 2, output 6; >200k input 4",)
    assert cut.facts.aliases == ("lark-one", "lark-1-lab")
    assert rise.comments == (), "a correction of the date alone is no other price"


def test_a_mode_that_is_not_sold_says_so(model_prices_listings: tuple[Listing, ...]) -> None:
    before, _ = only(model_prices_listings, "lark-1", "batch")
    assert (before.offered, before.until, before.rates) == (False, SEEN, {})


def test_a_linked_model_is_named(model_prices_listings: tuple[Listing, ...]) -> None:
    (fast,) = only(model_prices_listings, "lark-1", "service_tier fast")
    assert fast.comments == ("models.dev alone: not offered", "priced as lark-1-fast")


def test_zero_is_no_rate(model_prices_listings: tuple[Listing, ...]) -> None:
    (gone,) = only(model_prices_listings, "lark-0")
    assert (gone.rates, gone.zeros) == ({}, ("input", "output"))
    assert gone.facts.deprecation == "removed"


def test_openai_keeps_its_dearer_cache_for_twelve_hours(
    model_prices_listings: tuple[Listing, ...],
) -> None:
    (finch,) = only(model_prices_listings, "finch")
    assert finch.rates["cache_write_12h"] == D(25)
    assert "cache_write_1h" not in finch.rates


def test_a_schedule_is_a_factor_on_every_model(
    model_prices_listings: tuple[Listing, ...],
) -> None:
    _, peak, later = [
        each
        for each in model_prices_listings
        if each.model == EVERY_MODEL and each.provider == "xai"
    ]
    assert peak.times == D(2)
    assert peak.start == datetime(2026, 8, 16, 16, tzinfo=UTC)
    assert peak.conditions == {
        "hours": ("01:00-04:00", "06:00-24:00"),
        "days": "mon-fri",
        "not_holiday": "cn",
    }
    assert peak.comments[0] == "Announced in July."
    assert "2026-10-01 2026-10-02" in peak.comments[1]
    assert (later.times, later.comments) == (D(3), ()), "an unknown calendar has no dates to show"
    assert later.conditions == {"hours": ("01:00-04:00",), "not_holiday": "mars"}


def test_an_off_peak_schedule_names_its_models(
    model_prices_listings: tuple[Listing, ...],
) -> None:
    (quiet,) = only(model_prices_listings, "lark-0", "hours 16:30-00:30")
    assert quiet.times == D("0.5")
    assert quiet.until == datetime(2025, 9, 5, 16, tzinfo=UTC)


def test_a_providers_remarks_are_its_own(model_prices_listings: tuple[Listing, ...]) -> None:
    remarks = next(
        each
        for each in model_prices_listings
        if each.model == EVERY_MODEL and each.provider == "xai"
    )
    assert remarks.comments == (
        "models.dev of 2026-10-23T18:58:46Z, updated 2026-10-26T18:46:35Z",
        "subscription Lark Pro: $20 a month",
        "lark-club has no price per token, estimated as xai/lark-1: it is sold by subscription",
    )


@pytest.mark.parametrize(
    ("snapshot", "said"),
    [
        pytest.param([], "the file: expected an object", id="no object"),
        pytest.param({"schema": 2}, "a snapshot of schema 1, found 2", id="a newer schema"),
        pytest.param({"schema": 1}, "prices: expected an object, found None", id="no prices"),
        pytest.param(
            {"schema": 1, "prices": {"xai": {"lark": {"standard": {}}}}},
            "xai/lark.standard: expected an array",
            id="a timeline that is no array",
        ),
        pytest.param(
            {"schema": 1, "prices": {"xai": {"lark": {"standard": [{"start": "soon"}]}}}},
            "an ISO 8601 time, found 'soon'",
            id="a start that is no time",
        ),
        pytest.param(
            {"schema": 1, "prices": {"xai": {"lark": {"standard": [{"start": 1}]}}}},
            "expected text, found 1",
            id="a start that is no text",
        ),
        pytest.param(
            {"schema": 1, "prices": {"xai": {"lark": {"standard": [{"rates": {"input": True}}]}}}},
            "expected a number, found True",
            id="a rate that is no number",
        ),
    ],
)
def test_anything_but_such_a_snapshot_is_refused(tmp_path: Path, snapshot: Any, said: str) -> None:
    path = tmp_path / "snapshot.json"
    path.write_text(json.dumps(snapshot), encoding="utf-8")
    with pytest.raises(RegistryError) as raised:
        model_prices.read(path)
    assert said in str(raised.value)
    assert raised.value.path == str(path)
