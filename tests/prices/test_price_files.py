"""The price files themselves: their schema, their sources, and that every name in them prices."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from pathlib import Path

import pytest

from costcalc import ModelInfo, RateCard, Registry, RetiredModelError
from costcalc.registry.schema import schema_text

FOLDER = Path(__file__).parents[2] / "pricing"
FILES = sorted(FOLDER.glob("*.yaml"))
MODELS = Registry.load().models()
IDS = {info.id for info in MODELS}
LAST_READ = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_the_schema_is_generated_from_the_grammar() -> None:
    told = (FOLDER / "schema.json").read_text(encoding="utf-8")
    assert told == schema_text(), "the grammar changed: write the schema anew with 'make schema'"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_price_file_names_its_schema_and_introduces_itself(path: Path) -> None:
    first, second, *_ = path.read_text(encoding="utf-8").splitlines()
    assert first == "# yaml-language-server: $schema=schema.json"
    assert second.startswith("#")


@pytest.mark.parametrize("info", MODELS, ids=lambda info: f"{info.provider}/{info.id}")
def test_every_price_has_a_source_and_a_day_on_which_it_was_checked(info: ModelInfo) -> None:
    for period in info.prices:
        assert period.source
        assert period.checked
        assert period.checked <= LAST_READ.date()


def card(name: str, provider: str, at: datetime) -> RateCard:
    with warnings.catch_warnings(action="ignore"):
        return Registry.load().rate_card(name, provider=provider, at=at)


@pytest.mark.parametrize("info", MODELS, ids=lambda info: f"{info.provider}/{info.id}")
def test_every_name_of_a_model_prices_now_or_says_what_to_use(info: ModelInfo) -> None:
    now = max([LAST_READ, *(p.start for p in info.prices[:1] if p.start)])
    for name in {info.id, f"{info.provider}/{info.id}"} - (IDS - {info.id}):
        if info.retired and info.retired <= now and not info.redirects_to:
            with pytest.raises(RetiredModelError) as caught:
                card(name, info.provider, now)
            assert caught.value.last_price
        else:
            assert card(name, info.provider, now).rates


@pytest.mark.parametrize("info", MODELS, ids=lambda info: f"{info.provider}/{info.id}")
def test_every_alias_leads_to_its_model(info: ModelInfo) -> None:
    registry = Registry.load()
    for alias in info.aliases:
        entry = registry.store.find(alias.lower())
        assert entry
        models = [each["model"] for each in entry.get("aliases", ())]
        assert info.id in models


@pytest.mark.parametrize(
    "info", [info for info in MODELS if info.redirects_to], ids=lambda info: info.id
)
def test_a_redirected_id_is_priced_as_its_successor(info: ModelInfo) -> None:
    assert info.retired
    served = card(info.id, info.provider, max(info.retired, LAST_READ))
    assert served.model != info.id
    assert served.assumptions
