from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

sys.path.insert(0, str(Path(__file__).parent))  # the tests share `plugin_support`

import pytest
from plugin_support import PRICES, Project

import costcalc.registry.bundled as bundled_module
import costcalc.registry.current as current_module
from costcalc import Registry
from costcalc.registry import loading

LOADED = (
    loading,
    import_module("costcalc.pytest_plugin"),
    *(
        import_module(f"costcalc.testing.{each.name}")
        for each in iter_modules(import_module("costcalc.testing").__path__)
    ),
)
"""What a run in this process imports is forgotten after it, and its classes are others then."""


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Registry:
    """Prices of one small lab, instead of the bundled ones and their dates."""
    registry = Registry.from_yaml(PRICES)
    monkeypatch.setattr(bundled_module, "_loaded", registry)
    monkeypatch.setattr(current_module, "_configured", registry)
    monkeypatch.setattr(current_module, "_held", [])
    return registry


@pytest.fixture
def project(
    pytester: pytest.Pytester,
    lab: Registry,  # noqa: ARG001 - whose prices hold in the project
    monkeypatch: pytest.MonkeyPatch,
) -> Project:
    """A project whose prices are those of the lab, as of a day in February 2026."""
    for name in ("CI", "BUILD_NUMBER", "PYTEST_ADDOPTS", "COSTCALC_PRICING", "PYTEST_XDIST_WORKER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    found = Project(pytester)
    found.configure()
    return found
