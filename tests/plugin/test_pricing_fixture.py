"""The fixture `pricing`: whose prices hold in a test, and of which instant."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

import costcalc
from costcalc import Registry, RegistryError, Usage, UsageError
from costcalc.testing import FrozenRegistry, Pricing, freeze
from costcalc.testing.settings import settings_of

if TYPE_CHECKING:
    from pathlib import Path

    from plugin_support import Project

MILLION = Usage(input_tokens=1_000_000)


@pytest.fixture
def february(lab: Registry) -> Pricing:
    return freeze("2026-02-15", registry=lab)


def test_code_under_test_gets_the_frozen_prices(february: Pricing) -> None:
    with february as entered:
        assert entered is february
        cost = costcalc.price("small", MILLION)
        assert (f"{cost.total:f}", cost.at) == ("0.4", february.at)
        assert costcalc.price("small", MILLION, at="2026-06-01").total == cost.total
    assert f"{costcalc.price('small', MILLION, at='2026-06-01').total:f}" == "0.2"


def test_a_retired_model_is_frozen_with_its_redirect(lab: Registry) -> None:
    before = freeze("2026-01-31", registry=lab)
    assert f"{before.price('old', MILLION).total:f}" == "1"
    after = freeze("2026-02-15", registry=lab)
    with pytest.warns(costcalc.RedirectWarning):
        assert f"{after.price('old', MILLION).total:f}" == "0.4"


def test_another_instant_is_asked_for_by_name(february: Pricing) -> None:
    assert f"{february.price('small', MILLION, at='2026-06-01').total:f}" == "0.2"
    assert f"{february.rate_card('small', at='2026-06-01').rates['input']:f}" == "0.20"


def test_rate_cards_and_estimates_are_of_the_instant(february: Pricing) -> None:
    card = february.rate_card("small", batch=True)
    assert (f"{card.rates['input']:f}", card.at) == ("0.2", february.at)
    assert february.registry.rate_card("small", at="2026-06-01").at == february.at
    estimate = february.estimate("small", "hello", output_tokens=1_000_000)
    assert estimate.cost.at == february.at
    assert f"{estimate.total:.2f}" == "3.00"
    later = february.estimate("small", "hello", output_tokens=1_000_000, at="2026-06-01")
    assert f"{later.total:.2f}" == "1.50"


def test_what_is_no_instant_is_refused(february: Pricing) -> None:
    with pytest.raises(UsageError, match="is no ISO 8601"):
        february.registry.rate_card("small", at="soon")


def test_a_frozen_registry_is_a_value(february: Pricing, lab: Registry) -> None:
    frozen = february.registry
    assert repr(frozen) == f"<FrozenRegistry {lab.version} at 2026-02-15>"
    assert frozen.version == lab.version
    again = pickle.loads(pickle.dumps(frozen))  # noqa: S301 - of our own making
    assert (again.version, again.at) == (frozen.version, frozen.at)
    half = frozen.overlay(times="0.5")
    assert isinstance(half, FrozenRegistry)
    assert f"{costcalc.price('small', MILLION, registry=half).total:f}" == "0.2"
    assert FrozenRegistry(frozen, "2026-06-01").base is lab


def test_it_remembers_each_card_once(february: Pricing) -> None:
    for _ in range(2):
        february.price("small", MILLION)
        february.price("small", MILLION, batch=True)
    assert [each.card.conditions for each in february.registry.touched] == [{}, {"batch": "true"}]


def test_another_reading_of_a_redirect_is_not_remembered() -> None:
    disputed = Registry.from_yaml(
        "provider: p\nmodels:\n  a: {retired: 2026-01-01, redirects_to: b, input: 1,\n"
        "    redirect_disputed: {to: c, source: https://p.example}}\n"
        "  b: {input: 2}\n  c: {input: 3}\n"
    )
    pricing = freeze("2026-02-01", registry=disputed)
    with pytest.warns(costcalc.RedirectWarning):
        cost = pricing.price("a", MILLION)
    assert "bills it as c, 3 USD" in cost.assumptions[0].text
    assert [each.card.tariff.model for each in pricing.registry.touched] == ["b"]


@pytest.mark.usefixtures("lab")
def test_freezing_takes_a_what_if_and_now() -> None:
    pricing = freeze("now", times="2", today=date(2026, 5, 1))
    assert (pricing.whose, pricing.today) == ("today", date(2026, 5, 1))
    assert abs((datetime.now(UTC) - pricing.at).days) <= 1
    assert f"{pricing.price('big', MILLION).total:f}" == "12"
    over = freeze("2026-02-15", overlay="provider: lab\nmodels: {small: {input: 9}}\n")
    assert f"{over.price('small', MILLION).total:f}" == "9"
    assert repr(over) == "<Pricing at 2026-02-15>"


def test_the_day_stands_in_pyproject(project: Project) -> None:
    project.test(
        """
        def test_february(pricing):
            assert str(costcalc.price("small", U).total) == "0.4"
            assert repr(pricing) == "<Pricing at 2026-02-15 by as_of in pyproject.toml>"
        """
    )
    project.run(passed=1)


def test_the_option_is_above_pyproject_and_a_marker_above_both(project: Project) -> None:
    project.test(
        """
        def test_april(pricing):
            assert str(costcalc.price("small", U).total) == "0.2"
            assert pricing.whose == "by --costcalc-as-of"

        @pytest.mark.pricing(at="2025-02-01")
        class TestMarked:
            def test_of_the_class(self, pricing):
                assert (str(pricing.at.date()), pricing.whose) == ("2025-02-01", "by its marker")

            @pytest.mark.pricing("2025-03-01")
            def test_of_the_function(self, pricing):
                assert str(pricing.at.date()) == "2025-03-01"

        @pytest.mark.pricing(times="2")
        @pytest.mark.pricing(overlay=costcalc.Registry.from_yaml("provider: lab\\nmodels: {small: {input: 7}}"))
        def test_what_if(pricing):
            assert str(costcalc.price("small", U).total) in {"7", "14"}
        """
    )
    project.run("--costcalc-as-of=2026-04-01", passed=4)


def test_without_a_day_it_is_today_with_a_warning(project: Project) -> None:
    project.configure("")
    project.test(
        """
        def test_today(pricing):
            assert pricing.whose == "today"
        """
    )
    assert "UnfrozenPricesWarning: no day of the prices is stated" in project.run(
        passed=1, warnings=1
    )


@pytest.mark.parametrize(
    "stated", ['as_of = "now"', "as_of = 2026-02-15", "as_of = 2026-02-15T00:00:00Z"]
)
def test_a_stated_day_does_not_warn(project: Project, stated: str) -> None:
    project.configure(stated)
    project.test("def test_it(pricing): pricing.price('small', U)")
    project.run("-W", "error::costcalc.testing.UnfrozenPricesWarning", passed=1)


WRONG = {
    "no day": ('as_of = "soon"', (), "pyproject.toml: tool.costcalc.as_of: 'soon' is no ISO 8601"),
    "no path of pins": ("pins = 3", (), "tool.costcalc.pins: pins is the path of the file of"),
    "no day as an option": ("", ("--costcalc-as-of=soon",), "'soon' is no ISO 8601 date or time"),
    "no mode": ("", ("--costcalc-pins=fixx",), "--costcalc-pins=fixx is no mode; nearest: fix"),
    "no mode at all": ("", ("--costcalc-pins=zz",), "known: create, fix, trim, review"),
}  # fmt: skip


@pytest.mark.parametrize(("table", "options", "said"), WRONG.values(), ids=WRONG.keys())
def test_what_is_stated_wrong_is_said(
    project: Project, table: str, options: tuple[str, ...], said: str
) -> None:
    project.configure(table)
    project.test("def test_it(pricing): pass")
    assert said in " ".join(project.run(*options).split())
    assert project.code != 0


def test_a_table_that_is_none_is_said(project: Project) -> None:
    (project.path / "pyproject.toml").write_text(
        "[tool]\ncostcalc = 3\n[tool.pytest.ini_options]\n"
    )
    project.test("def test_it(pricing): pass")
    assert "pyproject.toml: tool.costcalc: this is a table, not 3" in project.run(errors=1)


def test_a_pyproject_that_is_no_toml_is_said(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.costcalc]\nas_of = \n")
    with pytest.raises(RegistryError, match=r"pyproject.toml: this is not valid TOML"):
        settings_of(tmp_path)


def test_a_project_without_pyproject_has_no_settings(project: Project) -> None:
    (project.path / "pyproject.toml").unlink()
    project.test("def test_it(pricing): pass")
    project.run("--costcalc-as-of=2026-01-01", passed=1)
    project.test("def test_it(): pass")
    project.run(passed=1)
