"""The bundled prices are what the reviewed snapshots say."""

from __future__ import annotations

import pytest
from snapshots import FOLDER, snapshot

from costcalc import Registry


@pytest.mark.parametrize("provider", Registry.load().providers())
def test_the_prices_of_a_provider_are_those_of_its_snapshot(provider: str) -> None:
    path = FOLDER / f"{provider}.txt"
    assert path.exists(), "a new provider: write its snapshot with 'make snapshots', and read it"
    told = path.read_text(encoding="utf-8")
    assert snapshot(Registry.load(), provider) == told, (
        "prices changed: read the difference, write them with 'make snapshots' if it is right, and "
        "say it in CHANGELOG.md under prices"
    )


def test_no_snapshot_is_left_of_a_provider_that_is_gone() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(Registry.load().providers())
