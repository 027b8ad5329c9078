"""Freshness: when somebody last compared a price with its source."""

from __future__ import annotations

import pickle
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from costcalc import Registry, UsageError
from costcalc.testing import Pricing, StaleError, assert_fresh, freeze
from costcalc.testing.freshness import check_touched

if TYPE_CHECKING:
    from plugin_support import Project

PRICES = Registry.from_yaml(
    """
provider: p
models:
  new: {input: 1, checked: 2026-02-01, source: https://p.example/new}
  old: {input: 1, checked: 2025-11-01}
  never: {input: 1}
  ended: {prices: [{until: 2026-02-10, input: 1, checked: 2025-01-01}]}
  ending: {prices: [{until: 2026-12-01, input: 1, checked: 2025-01-01, source: https://p.example/e}]}
"""
)
TODAY = date(2026, 2, 15)


def fresh(models: Any, **terms: Any) -> None:
    assert_fresh(models, registry=PRICES, at="2026-02-01", today=TODAY, **terms)


def test_prices_that_were_checked_lately_are_fresh() -> None:
    fresh("new", days=14)
    fresh(["new", "old"], days=106)


def test_a_price_that_has_ended_cannot_change() -> None:
    fresh("ended", days=0)


def test_a_stale_price_is_named_with_its_day_and_source() -> None:
    with pytest.raises(StaleError) as caught:
        fresh(["new", "old", "never", "ending"])
    assert str(caught.value).splitlines() == [
        (
            "the prices below were not checked in the last 60 days; compare each with its source "
            "and set checked in its price file, or update costcalc"
        ),
        "  model     checked     source",
        "  p/old     2025-11-01  none stated",
        "  p/never   never       none stated",
        "  p/ending  2025-01-01  https://p.example/e",
    ]
    error = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - of our own making
    assert error.stale == {
        "p/old": date(2025, 11, 1), "p/never": None, "p/ending": date(2025, 1, 1),
    }  # fmt: skip
    assert isinstance(error, AssertionError)


@pytest.mark.parametrize("days", [-1, "60", True])
def test_days_are_a_whole_number(days: Any) -> None:
    with pytest.raises(UsageError, match="days is a whole number from 0 on"):
        fresh("new", days=days)


@pytest.mark.usefixtures("lab")
def test_today_is_the_day_unless_it_is_said() -> None:
    assert_fresh("small", days=0)  # its file says that it will be checked in 2099
    with pytest.raises(StaleError):
        assert_fresh("never", registry=PRICES, at="2026-02-01")


@pytest.fixture
def pricing() -> Pricing:
    return freeze("2026-02-01", registry=PRICES, today=TODAY)


def test_a_test_is_held_to_what_it_touched(pricing: Pricing) -> None:
    pricing.rate_card("new")
    check_touched(pricing)
    pricing.rate_card("old")
    with pytest.raises(StaleError, match="p/old"):
        check_touched(pricing)


def test_models_may_be_named(pricing: Pricing) -> None:
    check_touched(pricing, models="new")
    with pytest.raises(StaleError, match="p/never"):
        check_touched(pricing, 60, ("new", "never"))


def test_models_that_are_named_are_no_prices_that_the_test_rests_on(pricing: Pricing) -> None:
    check_touched(pricing, models=["new", "ended"])
    assert pricing.registry.touched == ()


def test_models_that_are_named_are_looked_up_with_the_tests_what_if() -> None:
    other = "provider: p\nmodels: {mine: {input: 1, checked: 2026-02-01}}"
    check_touched(freeze("2026-02-01", registry=PRICES, overlay=other, today=TODAY), models="mine")


def test_a_test_that_touches_nothing_cannot_pass(pricing: Pricing) -> None:
    with pytest.raises(UsageError, match="this one touches none; name some"):
        check_touched(pricing)


def test_the_marker_fails_a_test_that_rests_on_a_stale_price(project: Project) -> None:
    project.configure('as_of = "2026-02-15"')
    project.test(
        """
        OLD = "provider: lab\\nmodels:\\n  stale: {input: 1, checked: 2020-01-01}\\n"

        @pytest.mark.price_freshness(days=60)
        def test_fresh(pricing):
            costcalc.price("small", U)

        @pytest.mark.price_freshness(60, ["small", "big"])
        def test_named(pricing):
            pass

        @pytest.mark.filterwarnings("ignore::costcalc.StalePriceWarning")
        @pytest.mark.pricing(overlay=OLD)
        @pytest.mark.price_freshness(days=60)
        def test_stale(pricing):
            costcalc.price("stale", U)

        @pytest.mark.price_freshness
        def test_without_the_fixture():
            pass
        """
    )
    out = project.run(passed=2, failed=2)
    assert "  lab/stale  2020-01-01  none stated" in out
    assert "price_freshness needs the fixture 'pricing'" in out


NIGHTLY = """
def test_small(pricing):
    costcalc.price("small", U)

@pytest.mark.price_freshness(days=60, models=["big", "unchecked"])
def test_fresh(pricing):
    pass
"""


def test_a_nightly_job_needs_no_pins_of_the_models_that_a_check_names(project: Project) -> None:
    project.configure('as_of = "2026-02-15"', "addopts = \"-m 'not price_freshness'\"")
    project.test(NIGHTLY)
    project.run("--costcalc-pins=create", passed=1, deselected=1)
    project.run(passed=1, deselected=1)
    assert project.code == 0
    out = project.run("--costcalc-as-of=2026-02-20", "-m", "", passed=2)
    assert (project.code, "not pinned" in out) == (0, False)


def test_a_check_that_touches_prices_itself_makes_a_run_partial_where_it_is_left_out(
    project: Project,
) -> None:
    project.configure('as_of = "2026-02-15"', "addopts = \"-m 'not price_freshness'\"")
    named = NIGHTLY.replace('(days=60, models=["big", "unchecked"])', "(60)")
    project.test(named.replace("pass", 'costcalc.price("big", U)'))
    project.run("-m", "", "--costcalc-pins=create", passed=2)
    assert "lab/big" in project.pins.read_text()
    project.run(passed=1, deselected=1)
    assert project.code == 0
    project.run("--costcalc-pins=trim", "-m", "", passed=2)
    assert "lab/big" in project.pins.read_text()
