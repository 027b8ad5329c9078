"""What pytest does for prices, once a test of the run has any."""

from __future__ import annotations

import pytest

from costcalc.pytest_plugin import PARTIAL, SUITE, has_prices

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["pytest_runtest_makereport", "pytest_terminal_summary"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
    call: pytest.CallInfo[None],  # noqa: ARG001 - pytest's own call
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember that a run is not whole, where a test with prices did not pass."""
    report = yield
    if not report.passed and has_prices(item):
        item.config.stash.setdefault(PARTIAL, "some tests with prices did not pass")
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what was found of prices, and what was written."""
    suite = config.stash.get(SUITE, None)
    if suite is not None:
        suite.report(terminalreporter)
