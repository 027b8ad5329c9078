"""The pytest plugin: options, markers, fixtures, and hooks that hand over to `costcalc.testing`.

A suite that does not use it pays for importing this module and for nothing else. Nothing asserts
here, so pytest need not rewrite it: PYTEST_DONT_REWRITE.
"""

from __future__ import annotations

import sys

import pytest

from costcalc.testing import spending_plugin as spending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from typing import Any

    from costcalc.testing.pricing import Pricing
    from costcalc.testing.spending import CostRecorder
    from costcalc.testing.suite import Suite

_SUITE = pytest.StashKey["Suite"]()
_PARTIAL = pytest.StashKey[str]()
_PRICING = pytest.StashKey["Pricing"]()

_MARKERS = (
    (
        "pricing(at=None, overlay=None, **changes): the instant of this test's prices, and a "
        "what-if over them, as in Registry.overlay"
    ),
    (
        "price_freshness(days=60, models=()): fail where a price that this test touches, or one of "
        "the models, was checked longer ago; for nightly jobs"
    ),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("costcalc", "costs and pinned prices")
    group.addoption(
        "--costcalc-as-of", metavar="TIME", default=None,
        help="the instant of all prices: a date, ISO text, or 'now' for today's without a warning",
    )  # fmt: skip
    group.addoption(
        "--costcalc-pins", metavar="MODES", default=None,
        help="what may be done to the file of pinned prices: create, fix, trim, or review, which "
        "shows all and asks; several with commas. Nothing is written where CI is set",
    )  # fmt: skip
    group.addoption(
        "--costcalc-allow-unused", action="store_true", default=False,
        help="let pins pass that no test uses",
    )  # fmt: skip
    spending.add_options(group)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers, and refuse options that cannot be."""
    for line in (*_MARKERS, spending.MARKER):
        config.addinivalue_line("markers", line)
    if config.option.costcalc_pins is not None or config.option.costcalc_as_of is not None:
        suite_of(config)
    if spending.is_needed(config):
        spending.spending_of(config)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Give tests that have a cap their recorder."""
    spending.prepare(session.items)


def suite_of(config: pytest.Config) -> Suite:
    """Return what this run knows of prices and pins; made when it is first asked for."""
    found = config.stash.get(_SUITE, None)
    if found is None:
        from costcalc.testing.suite import Suite

        found = config.stash[_SUITE] = Suite.of(config)
    return found


@pytest.fixture
def pricing(request: pytest.FixtureRequest) -> Iterator[Pricing]:
    """Prices frozen at the suite's instant; within the test they hold everywhere."""
    suite = suite_of(request.config)
    found = request.node.stash[_PRICING] = suite.pricing(request.node)
    with found:
        yield found


@pytest.fixture
def cost_recorder(request: pytest.FixtureRequest, pricing: Pricing) -> CostRecorder:
    """Return what adds up the test's calls at the prices of `pricing`; clients' hooks feed it."""
    return spending.spending_of(request.config).recorder(request.node, pricing)


def pytest_assertrepr_compare(
    config: pytest.Config, op: str, left: object, right: object
) -> list[str] | None:
    """Explain a comparison of two costs, or of one with a matcher."""
    if "costcalc.billing.cost" not in sys.modules:
        return None
    from costcalc.testing.explanations import explain

    verbosity = config.get_verbosity(pytest.Config.VERBOSITY_ASSERTIONS)
    return explain(op, left, right, verbose=verbosity > 0)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Judge what a test touched as its call ends; where it failed, say what has moved beside it."""
    try:
        result = yield
    except Exception as error:
        if _PRICING in item.stash:
            suite_of(item.config).explain(item, item.stash[_PRICING], error)
        raise
    if item.get_closest_marker("price_freshness") and not _takes_prices(item):
        pytest.fail("price_freshness needs the fixture 'pricing'; take it", pytrace=False)
    if _PRICING in item.stash:
        suite_of(item.config).judge(item, item.stash[_PRICING])
    return result


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Remember that a run is not whole, where a test with prices is left out."""
    left_out = [item for item in items if _has_prices(item)]
    if left_out:
        left_out[0].config.stash.setdefault(_PARTIAL, "some tests with prices were deselected")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
    call: pytest.CallInfo[None],  # noqa: ARG001 - pytest's own call
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember that a run is not whole, where a test with prices did not pass."""
    report = yield
    if not report.passed and _has_prices(item):
        item.config.stash.setdefault(_PARTIAL, "some tests with prices did not pass")
    return report


def _takes_prices(item: pytest.Item) -> bool:
    # a test with a cap is given the fixture when collection has ended
    return "pricing" in getattr(item, "fixturenames", ()) or spending.is_recorded(item)


def _has_prices(item: pytest.Item) -> bool:
    """Return whether a test may use pins; checks of freshness are for nightly jobs anyway."""
    return _takes_prices(item) and item.get_closest_marker("price_freshness") is None


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:  # noqa: ARG001 - xdist's own call
    """Take over what a worker of pytest-xdist has found."""
    found = getattr(node, "workeroutput", {}).get("costcalc_pins")
    if found is not None:
        suite_of(node.config).found.merge(found)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over to the controller, or write the file of pins and fail for those not used."""
    config = session.config
    ran = session.exitstatus == pytest.ExitCode.OK
    if _SUITE not in config.stash and not (ran and _has_pins(config)):
        return
    suite = suite_of(config)
    suite.found.partial = suite.found.partial or config.stash.get(_PARTIAL, "")
    output = getattr(config, "workeroutput", None)
    if output is not None:
        output["costcalc_pins"] = suite.found.data()
    elif suite.finish(session) and ran:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _has_pins(config: pytest.Config) -> bool:
    """Return whether a project may have pinned prices, at the cost of a look."""
    try:
        return b"[tool.costcalc" in (config.rootpath / "pyproject.toml").read_bytes()
    except OSError:
        return False


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what was found of prices, and what was written."""
    suite = config.stash.get(_SUITE, None)
    if suite is not None:
        suite.report(terminalreporter)
