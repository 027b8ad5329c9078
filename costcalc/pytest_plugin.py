"""The pytest plugin: options, markers, fixtures, and hooks that hand over to `costcalc.testing`.

A suite that does not use it pays for importing this module and for nothing else. Nothing asserts
here, so pytest need not rewrite it: PYTEST_DONT_REWRITE.
"""

from __future__ import annotations

import sys
import time

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from typing import Any

    from costcalc.testing.pricing import Pricing
    from costcalc.testing.spending import CostRecorder
    from costcalc.testing.spending_plugin import Spending
    from costcalc.testing.suite import Suite

# without a type at run time: to subscript a key of pytest's costs more than to make it
PARTIAL: pytest.StashKey[str] = pytest.StashKey()
"""Why not all tests with prices ran and passed."""
STARTED: pytest.StashKey[float] = pytest.StashKey()
"""When the run began, in seconds since 1970: a test, or its fixture, may set the clock."""
SUITE: pytest.StashKey[Suite] = pytest.StashKey()
"""What this run knows of prices and pins, once it was asked for."""
_DONE: pytest.StashKey[bool] = pytest.StashKey()
"""There where all tests had their turn, and nothing stopped the run."""
_PRICING: pytest.StashKey[Pricing] = pytest.StashKey()
_LACKS: pytest.StashKey[str] = pytest.StashKey()

_NAME = "costcalc"
"""Name of the entry point."""
_SPENDING = "costcalc-spending"
_PRICES = "costcalc-prices"
_RECORDED = ("pricing", "cost_recorder")
"""The fixtures of a test that has a cap, whether it asks for them or not."""
_FRESHNESS = "price_freshness"
_MARKERS = (
    (
        "pricing(at=None, overlay=None, **changes): the instant of this test's prices, and a "
        "what-if over them, as in Registry.overlay"
    ),
    (
        "price_freshness(days=60, models=()): fail where a price that this test touches, or one of "
        "the models, was checked longer ago; for nightly jobs"
    ),
    (
        "max_cost(amount, *, together=None, currency='USD'): what this test may spend; it fails "
        "where its calls cost more, or have no price. With together, a name, all tests of that "
        "name share it"
    ),
)


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add the options."""
    if pluginmanager.get_name(sys.modules[__name__]) != _NAME:
        pluginmanager.set_blocked(_NAME)  # loaded with -p: its entry point would be an error
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
    group.addoption(
        "--max-cost", metavar="USD", default=None,
        help="fail the run where its tests spend more than this together, or make a call that has "
        "no price",
    )  # fmt: skip
    group.addoption(
        "--costs", metavar="N", type=int, default=None,
        help="show the N tests that spent most (N=0 for all)",
    )  # fmt: skip
    group.addoption(
        "--costs-min", metavar="AMOUNT", default="0",
        help="least amount of a test that --costs shows (default: 0)",
    )  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers, and refuse options that cannot be."""
    for line in _MARKERS:
        config.addinivalue_line("markers", line)
    option = config.option
    if option.costcalc_pins is not None or option.costcalc_as_of is not None:
        suite = suite_of(config)
        if option.costcalc_as_of is not None:
            from costcalc.testing.settings import TOLD

            told = suite.at, suite.whose
            TOLD.append(told)
            config.add_cleanup(lambda: TOLD.remove(told))
    # reports of other processes may say what their tests spent
    gathers = getattr(option, "dist", "no") != "no" and not hasattr(config, "workerinput")
    if option.max_cost is not None or option.costs is not None or gathers:
        spending_of(config)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Give tests that have a cap their recorder, and take up the work where a test has prices."""
    parent: object = None
    above = set[str]()
    for item in session.items:
        if item.parent is not parent:  # tests of one file or class follow each other
            parent = item.parent
            above = {mark.name for node in item.listchain()[:-1] for mark in node.own_markers}
        marks = above
        if item.own_markers:
            marks = above.union(mark.name for mark in item.own_markers)
        names: list[str] = getattr(item, "fixturenames", [])
        if "max_cost" in marks or "cost_recorder" in names:
            names += [name for name in _RECORDED if name not in names]
            spending_of(item.config)
        if "pricing" in names:
            _watch_prices(item.config)
        elif marks and (lacks := _lacking(item, marks)):
            item.stash[_LACKS] = f"{lacks} needs the fixture 'pricing'; take it"


def _lacking(item: pytest.Item, marks: set[str]) -> str | None:
    """Return which marker of a test does nothing, as the test has no prices."""
    if _FRESHNESS in marks:
        return _FRESHNESS
    # that of a class or a module is for those of its tests that have them, and one that states
    # nothing may be a label of somebody else's
    for mark in item.own_markers:
        if mark.name == "pricing" and (mark.args or mark.kwargs):
            return "the marker 'pricing'"
    return None


def suite_of(config: pytest.Config) -> Suite:
    """Return what this run knows of prices and pins; made when it is first asked for."""
    found = config.stash.get(SUITE, None)
    if found is None:
        from costcalc.testing.suite import Suite

        _watch_prices(config)
        found = config.stash[SUITE] = Suite.of(config, config.stash[STARTED])
    return found


def spending_of(config: pytest.Config) -> Spending:
    """Return what records the costs of this run; registered when it is first asked for."""
    found = config.pluginmanager.get_plugin(_SPENDING)
    if found is None:
        from costcalc.testing.spending_plugin import Spending

        found = Spending(config)
        config.pluginmanager.register(found, _SPENDING)
    return found


def _watch_prices(config: pytest.Config) -> None:
    if not config.pluginmanager.has_plugin(_PRICES):
        from costcalc.testing import prices_plugin

        config.stash[STARTED] = time.time()
        config.pluginmanager.register(prices_plugin, _PRICES)


@pytest.fixture
def pricing(request: pytest.FixtureRequest) -> Iterator[Pricing]:
    """Prices frozen at the suite's instant; within the test they hold everywhere."""
    found = request.node.stash[_PRICING] = _pricing_of(request)
    with found:
        yield found


def _pricing_of(request: pytest.FixtureRequest) -> Pricing:
    """Return a test's prices; what project or marker state wrong fails it, without our frames."""
    from costcalc.errors import CostcalcError

    try:
        return suite_of(request.config).pricing(request.node)
    except (CostcalcError, pytest.UsageError) as error:
        failed = str(error)
    pytest.fail(failed, pytrace=False)  # out here, or pytest would show the error as its cause


@pytest.fixture
def cost_recorder(request: pytest.FixtureRequest, pricing: Pricing) -> CostRecorder:
    """Return what adds up the test's calls at the prices of `pricing`; clients' hooks feed it."""
    return spending_of(request.config).recorder(request.node, pricing)


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
    """Judge what a test touched as its call ends; where it failed, say what has moved beside it.

    It stands here, as a test may ask for the fixture while it runs.
    """
    try:
        result = yield
    except Exception as error:
        if _PRICING in item.stash:
            suite_of(item.config).explain(item, item.stash[_PRICING], error)
        raise
    if _PRICING in item.stash:
        suite_of(item.config).judge(item, item.stash[_PRICING])
    elif _LACKS in item.stash:
        pytest.fail(item.stash[_LACKS], pytrace=False)
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None, Any, Any]:
    """Look for tests that are left out without a word, as plugins do that split a suite."""
    before = list(items)
    result = yield
    if len(items) < len(before):
        kept = {id(item) for item in items}
        pytest_deselected([item for item in before if id(item) not in kept])
    return result


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Remember that a run is not whole, where a test with prices is left out."""
    left_out = next((item for item in items if has_prices(item)), None)
    if left_out is not None:
        left_out.config.stash.setdefault(PARTIAL, "some tests with prices were deselected")


def has_prices(item: pytest.Item) -> bool:
    """Return whether a test may use pins; a check of freshness that names its models does not."""
    if "pricing" not in getattr(item, "fixturenames", ()) and not is_recorded(item):
        return False
    mark = item.get_closest_marker(_FRESHNESS)
    return mark is None or not (mark.kwargs.get("models") or len(mark.args) > 1)


def is_recorded(item: pytest.Item) -> bool:
    """Return whether a test is recorded whatever the options of the run."""
    if "cost_recorder" in getattr(item, "fixturenames", ()):
        return True
    return item.get_closest_marker("max_cost") is not None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, Any, Any]:
    """Remember that a run came to its end; `pytest.exit` may stop one with any exit code."""
    result = yield
    session.config.stash[_DONE] = True
    return result


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take over what a worker of pytest-xdist has found; one that crashed has reported nothing."""
    found = getattr(node, "workeroutput", {}).get("costcalc_pins")
    if found is not None:
        suite_of(node.config).found.merge(found)
    if error is not None:
        node.config.stash.setdefault(PARTIAL, "a worker crashed")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over to the controller, or write the file of pins and fail for those not used."""
    config = session.config
    ran = session.exitstatus == pytest.ExitCode.OK
    if SUITE not in config.stash and not (ran and _has_pins(config)):
        return
    suite = suite_of(config)
    stopped = "" if _DONE in config.stash else "the run was stopped"
    suite.found.partial = suite.found.partial or config.stash.get(PARTIAL, "")
    output = getattr(config, "workeroutput", None)
    if output is not None:
        suite.found.partial = suite.found.partial or stopped
        output["costcalc_pins"] = suite.found.data()
    elif suite.finish(session, stopped) and ran:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _has_pins(config: pytest.Config) -> bool:
    """Return whether a project may have pinned prices, at the cost of a look."""
    try:
        return b"[tool.costcalc" in (config.rootpath / "pyproject.toml").read_bytes()
    except OSError:
        return False
