from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from functools import cache
from itertools import pairwise

import pytest

import costcalc.planning.pools as pools_module
from costcalc import Registry, UsageError
from costcalc.planning.forecast import Forecast
from costcalc.planning.plan import Plan
from costcalc.planning.starters import CHECKED, SIZES, starter

START = dt.date(2026, 12, 1)


def text_of(size: str) -> str:
    return starter(size, project="atlas", start=START)


@cache
def forecast_of(size: str) -> Forecast:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pools_module, "_CALLS", 20_000)
        patch.setattr(pools_module, "_FEWEST", 512)
        patch.setattr(pools_module, "_MOST", 512)
        return Plan.from_yaml(text_of(size)).forecast(500, registry=Registry.load())


@pytest.mark.untraced
@pytest.mark.parametrize("size", SIZES)
def test_each_size_is_a_plan_within_its_own_budget(size: str) -> None:
    found = forecast_of(size)
    assert found.check().level == "ok"
    assert found.unpriced == ()
    # current models at current prices: nothing to warn a newcomer about
    assert {notice.code for notice in found.warnings} <= {"price_change"}
    bases = {entry.key: entry for entry in found.ledger}
    steps = bases["workloads.coding_agent.steps_per_session"]
    assert (steps.basis, steps.source) == ("measured", "TraceLab, arXiv 2606.30560, 2026-06-29")


@pytest.mark.untraced
def test_a_developer_costs_what_is_published() -> None:
    # 13 USD on an active day and 150 to 250 USD a month, says Claude Code's own documentation.
    found = forecast_of("medium").workloads["coding_agent"]
    days = Decimal(21) * Decimal("2.4")  # a pilot of 0.4 and two whole months
    assert 11 <= found.mean / 10 / days <= 15
    assert found.per_person is not None
    assert 150 <= found.per_person <= 250


def test_each_size_has_ten_times_the_volume_of_the_one_before() -> None:
    plans = [Plan.from_yaml(text_of(size)) for size in SIZES]
    for one, next_one in pairwise(plans):
        for key in ("coding_agent.people", "rag_chat.sessions_per_month",
                    "nightly_batch.documents_per_night"):  # fmt: skip
            assert next_one.number(key).ends == tuple(10 * each for each in one.number(key).ends)
        assert one.number("coding_agent.steps_per_session") == next_one.number(
            "coding_agent.steps_per_session"
        )


@pytest.mark.parametrize("size", SIZES)
def test_every_line_fits_a_screen_and_names_what_it_is_for(size: str) -> None:
    text = starter(size, project="atlas", start=START, file="budget.yaml")
    assert max(map(len, text.splitlines())) <= 100
    assert f"# A {size} one: {SIZES[size].about}" in text
    assert "costcalc plan check budget.yaml" in text
    assert f"# Calibration rule ({CHECKED}):" in text
    assert "$" not in text


@pytest.mark.parametrize("name", ["atlas", 'say "x": y', "two\nlines ", "yes", "2026", "π"])
def test_a_project_may_be_called_anything(name: str) -> None:
    plan = Plan.from_yaml(starter("small", project=name, start=START))
    assert plan.project == " ".join(name.split())
    assert plan.period.start == START


FAULTS = {
    ("smal", "atlas"): "there is no size 'smal'; did you mean 'small'?",
    ("x", "atlas"): "there is no size 'x'; known: small, medium, large",
    ("small", " \n"): "the name of the project is empty; take one such as atlas",
}


@pytest.mark.parametrize("given", FAULTS)
def test_what_is_no_size_or_name_is_said(given: tuple[str, str]) -> None:
    with pytest.raises(UsageError, match=re.escape(FAULTS[given])):
        starter(given[0], project=given[1], start=START)
