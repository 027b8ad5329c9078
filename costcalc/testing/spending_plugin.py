"""What pytest does for costs: it records, judges, reports and adds up, once a run needs it.

What a test spent travels on its reports, so that the sums are the same in one process and under
pytest-xdist, where a worker that crashes loses only what it has not reported yet.
"""

from __future__ import annotations

import pytest

from costcalc.pytest_plugin import is_recorded, suite_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from decimal import Decimal
    from typing import Any

    from costcalc.testing.accounts import Account
    from costcalc.testing.pricing import Pricing
    from costcalc.testing.spending import CostRecorder
    from costcalc.testing.spent import Spent

__all__ = ["Spending"]

_ACCOUNT = pytest.StashKey["Account"]()
_PROPERTIES = ("cost", "cost_currency", "cost_calls", "cost_attempts", "cost_unpriced")
"""What a test's entry in a JUnit report says of it."""


class Spending:
    """The costs of a run: a plugin that is registered when something is recorded."""

    def __init__(self, config: pytest.Config) -> None:
        option = config.option
        self._config = config
        most = option.max_cost
        self._ceiling = None if most is None else _stated(most, "--max-cost")
        self._least = _stated(option.costs_min, "--costs-min")
        self._all = option.max_cost is not None or option.costs is not None
        if self._all and (option.costs or 0) < 0:
            raise pytest.UsageError(f"--costs is a number of tests from 0 on, not {option.costs}")
        self._spent: dict[tuple[str, str], Spent] = {}
        self._broken: list[str] = []
        self._kept: list[str] = []
        self._feed: Any = None

    # --- recording ----------------------------------------------------------------------------

    def account(self, item: pytest.Item) -> Account:
        """Return the account of a test, in an attempt that has begun."""
        found = item.stash.get(_ACCOUNT, None)
        if found is None:
            from costcalc.testing.accounts import Account, bad_cap

            wrong = bad_cap(item)
            if wrong is not None:
                pytest.fail(wrong, pytrace=False)
            found = Account(item, lambda: suite_of(self._config).pricing(item))
            item.stash[_ACCOUNT] = found
        return found

    def recorder(self, item: pytest.Item, pricing: Pricing) -> CostRecorder:
        """Return the recorder of a test that asks for it."""
        account = self.account(item)
        account.is_asked = True
        account.recorder.price_by(lambda: (pricing.registry, pricing.at))
        return account.recorder

    def _turn_to(self, meter: Any) -> None:
        """Let hooks feed a meter, from the first one that is recorded on."""
        if self._feed is None:
            from costcalc.testing.feed import Feed

            self._feed = Feed().__enter__()
        self._feed.turn_to(meter)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Open the account of a test, or a new attempt in it; a cap that is none fails here."""
        if not (self._all or is_recorded(item)):
            return
        found = item.stash.get(_ACCOUNT, None)
        if found is not None:
            found.begin()
        self._turn_to(self.account(item).fixtures)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Record a test's own calls, and judge them as they end; a failure of its own stands."""
        account = item.stash.get(_ACCOUNT, None)
        if account is None:
            return (yield)
        self._turn_to(account.recorder)
        try:
            result = yield
        finally:
            self._turn_to(account.fixtures)
        self._judge(item, account)
        return result

    def _judge(self, item: pytest.Item, account: Account) -> None:
        from costcalc.testing.spending import verdict

        if self._ceiling is None and not account.is_asked:
            return  # it is only shown
        failed = verdict(account.recorder, "its max_cost")
        if failed is not None:
            pytest.fail(failed, pytrace=False)
        if not account.recorder.calls and any(
            mark.name == "max_cost" and "together" not in mark.kwargs for mark in item.own_markers
        ):
            text = (
                f"{item.nodeid} has a max_cost, and no call was recorded: watch its client with "
                "costcalc.watch(client), or record what it uses with cost_recorder.record(...)"
            )
            item.warn(pytest.PytestWarning(text))

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_teardown(self) -> Generator[None, Any, Any]:
        """Let nothing after a test's fixtures count for it."""
        try:
            return (yield)
        finally:
            if self._feed is not None:
                self._feed.turn_to(None)

    # --- reports ------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Write what a test has spent into its report, and into its properties."""
        account = item.stash.get(_ACCOUNT, None)
        spent = None if account is None else account.spent()
        if spent is not None:
            facts = (spent.total, spent.currency, spent.calls, spent.attempts, spent.unpriced)
            kept = [each for each in item.user_properties if each[0] not in _PROPERTIES]
            new = [
                (name, f"{fact:f}" if name == "cost" else str(fact))
                for name, fact in zip(_PROPERTIES, facts, strict=True)
            ]
            item.user_properties[:] = [*kept, *new]
        report = yield
        if spent is not None:
            vars(report)["costcalc_spent"] = spent.as_text()
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take up what a report says, of this process or of a worker's."""
        said = getattr(report, "costcalc_spent", None)
        if said is not None:
            from costcalc.testing.spent import Spent

            worker = getattr(report, "worker_id", "")
            self._spent[worker, report.nodeid] = Spent.from_text(said)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a run that went above its ceiling, where all its reports are."""
        if self._feed is not None:
            self._feed.__exit__(None, None, None)
        if not hasattr(session.config, "workerinput"):
            self._hold()
        fine = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
        if self._broken and session.exitstatus in fine:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _hold(self) -> None:
        """Hold what tests spent together against the caps that they share."""
        from costcalc.testing.spent import broken, of_names, totals

        spent = list(self._spent.values())
        for name, tests in of_names(spent).items():
            caps = sorted({each.together[name] for each in tests})
            cap, currency = caps[0], tests[0].currency
            label = f"max_cost {' and '.join(f'{each:f}' for each in caps)} of {name!r}"
            who = "one test" if len(tests) == 1 else f"{len(tests):,} tests"
            why = broken(tests, cap, currency, who)
            if len(caps) > 1:
                why = "tests of one name state one amount"
            if why is not None:
                self._broken.append(f"FAILED {label}: {why}")
            else:
                self._kept.append(f"{who} of {name!r} cost {totals(tests)[0]} of max_cost {cap:f}")
        if self._ceiling is None:
            return
        why = broken(spent, self._ceiling, "USD")
        if why is not None:
            self._broken.append(f"FAILED --max-cost {self._ceiling:f}: {why}")
        else:
            sums = " and ".join(str(each) for each in totals(spent)) or "nothing"
            self._kept.append(f"the suite cost {sums} of --max-cost {self._ceiling:f}")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the dearest tests, and whether caps that tests share were kept."""
        most = self._config.option.costs
        if most is not None:
            from costcalc.testing.spent import table

            count = f"{most} " if most > 1 else ""
            title = f"dearest {count}{'test' if most == 1 else 'tests'}"
            terminalreporter.write_sep("=", title)
            for line in table(self._spent.values(), most, self._least):
                terminalreporter.write_line(line)
        for line in self._kept if self._all else ():
            terminalreporter.write_line(line)
        for line in self._broken:
            terminalreporter.write_line(line, red=True, bold=True)


def _stated(amount: str, option: str) -> Decimal:
    """Return the amount of an option; pytest's own error where it is none."""
    from costcalc.errors import UsageError
    from costcalc.money import as_decimal

    try:
        found = as_decimal(amount, option)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None
    if found < 0:
        raise pytest.UsageError(f"{option} is an amount from 0 on, not {amount}")
    return found
