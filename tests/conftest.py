"""What every test may rely on: small forecasts, and no coverage of what simulates much."""

from __future__ import annotations

import sys
from collections.abc import Generator
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import pytest

import costcalc


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "untraced: coverage does not look, which makes a simulation four times as fast"
    )


def pytest_collection_finish(session: pytest.Session) -> None:
    """Import what no test has imported yet, or an untraced one might be the first to do so."""
    if sys.gettrace() is None or not any(
        item.get_closest_marker("untraced") for item in session.items
    ):
        return
    for module in walk_packages(costcalc.__path__, "costcalc."):
        if not module.name.endswith("__main__"):
            import_module(module.name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Run a test without a trace function.

    The `no_cover` of pytest-cov does not do it: a worker of pytest-xdist has two measurements, one
    inside the other, and where it stops the inner one the outer one goes on.
    """
    if item.get_closest_marker("untraced") is None:
        return (yield)
    trace = sys.gettrace()
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(trace)


@pytest.fixture
def small_pools(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw 64 sessions of a workload, whatever its volume: plenty where figures are not the point."""
    monkeypatch.setattr("costcalc.planning.pools._FEWEST", 64)
    monkeypatch.setattr("costcalc.planning.pools._MOST", 64)
