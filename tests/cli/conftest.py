from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # the tests share `cli_support`

import pytest
from cli_support import OTHERS, PRICES, Cli

import costcalc.registry.bundled as bundled_module
import costcalc.registry.current as current_module
from costcalc import Registry


@pytest.fixture
def registry() -> Registry:
    return Registry.from_yaml(PRICES).overlay(Registry.from_yaml(OTHERS), name="test")


@pytest.fixture
def cli(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """A command line over a small list of prices, away from the bundled one and its dates."""
    monkeypatch.setattr(bundled_module, "_loaded", registry)
    monkeypatch.setattr(current_module, "_configured", registry)
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("NO_COLOR", "FORCE_COLOR", "COSTCALC_PRICING", "TERM", "_COSTCALC_COMPLETE"):
        monkeypatch.delenv(name, raising=False)
    return Cli()


@pytest.fixture
def own_prices(tmp_path: Path) -> Path:
    path = tmp_path / "own.yaml"
    path.write_text("provider: acme\nmodels:\n  small: {input: 100, output: 200}\n")
    return path
