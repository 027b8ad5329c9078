"""The made-up lists that the tests of `costcalc.refresh` read."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from costcalc.refresh import genai_prices, litellm, model_prices
from costcalc.refresh.listing import Listing

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture(scope="session")
def at() -> datetime:
    """An instant at which every sample has prices in force."""
    return datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def samples() -> Path:
    return SAMPLES


@pytest.fixture(scope="session")
def genai_listings() -> tuple[Listing, ...]:
    return genai_prices.read(SAMPLES / "genai_prices_data.txt")


@pytest.fixture(scope="session")
def model_prices_listings() -> tuple[Listing, ...]:
    return model_prices.read(SAMPLES / "model_prices_snapshot.json")


@pytest.fixture(scope="session")
def litellm_listings() -> tuple[Listing, ...]:
    return litellm.read(SAMPLES / "litellm_prices.json")


@pytest.fixture(scope="session")
def all_listings(
    genai_listings: tuple[Listing, ...],
    model_prices_listings: tuple[Listing, ...],
    litellm_listings: tuple[Listing, ...],
) -> tuple[Listing, ...]:
    return genai_listings + model_prices_listings + litellm_listings
