"""One run of pytest: its instant, its file of pins, and what is said and written at its end."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from costcalc.errors import CostcalcError, UsageError
from costcalc.registry.current import current
from costcalc.testing.ending import Ending
from costcalc.testing.freshness import check_touched
from costcalc.testing.frozen import FrozenRegistry
from costcalc.testing.lock_file import read_lock
from costcalc.testing.locking import FIX, Findings, Judge, modes_of
from costcalc.testing.pins import stated_at
from costcalc.testing.pricing import Pricing
from costcalc.testing.settings import instant_of, settings_of, warn_unfrozen
from costcalc.testing.touches import pins_touched

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from costcalc.registry.registry import Registry

__all__ = ["Suite", "is_ci"]


def is_ci() -> bool:
    """Return whether this runs where nobody reviews what is written: `CI` or `BUILD_NUMBER`."""
    stated = (os.environ.get(name, "") for name in ("CI", "BUILD_NUMBER"))
    return any(each.strip().lower() not in {"", "0", "false"} for each in stated)


@dataclass(slots=True, eq=False)
class Suite:
    """What a run knows of prices and pins, and what its tests found of them."""

    at: datetime
    """The instant of the prices, where a marker does not say another."""
    whose: str
    """Who chose it, in words; empty where nobody did."""
    today: date
    """The calendar's day, read once."""
    config: pytest.Config
    lock: Judge | None
    """The file of pins; None where it was not asked for."""
    refused: str = ""
    """What was asked for and is not done, where CI is set."""
    found: Findings = field(default_factory=Findings)
    said: list[str] = field(default_factory=list[str])
    """What is said at the end."""
    failed: list[str] = field(default_factory=list[str])
    """Why the run fails, whatever its tests did."""

    @classmethod
    def of(cls, config: pytest.Config, started: float) -> Suite:
        """Return the suite of a run that began at an instant, in seconds since 1970.

        Raises pytest's `UsageError` for wrong options or files.
        """
        try:
            return cls._of(config, datetime.fromtimestamp(started, UTC))
        except CostcalcError as error:
            raise pytest.UsageError(str(error)) from None

    @classmethod
    def _of(cls, config: pytest.Config, now: datetime) -> Suite:
        settings = settings_of(config.rootpath)
        stated, whose = settings.as_of, "by as_of in pyproject.toml"
        fix = FIX
        asked = config.option.costcalc_as_of
        if asked is not None:
            # the file is of the project's day, which this run leaves for once
            fix = fix.replace(" ", f" --costcalc-as-of={asked} ") if stated is None else _MOVE + fix
            stated, whose = asked, "by --costcalc-as-of"
        try:
            at = now if stated is None else instant_of(stated, now=now)
        except UsageError as error:  # what a file says was looked at when it was read
            msg = f"--costcalc-as-of: {error}"
            raise UsageError(msg) from None
        modes = modes_of(config.option.costcalc_pins)
        refused = ""
        judge = None
        if settings.has_pins or modes:
            name = _beside(settings.pins, config.invocation_params.dir)
            if modes and is_ci():
                refused = f"{name} is not written where CI is set, whatever --costcalc-pins says"
                modes = frozenset[str]()
            judge = Judge(read_lock(settings.pins, name), modes, name, now.date(), whose, fix)
        return cls(at, "" if stated is None else whose, now.date(), config, judge, refused)

    # --- one test -------------------------------------------------------------------------------

    def pricing(self, node: pytest.Item) -> Pricing:
        """Return the prices of one test: the suite's, or those that its markers say."""
        at, whose = self.at, self.whose
        marks = _closest_first(node)
        stated = next((found for m in marks if (found := _at_of(m)) is not None), None)
        node.stash[_DAY] = None if stated is None else stated_at(stated)
        if stated is not None:
            at, whose = instant_of(stated), "by its marker"
        elif not whose:
            warn_unfrozen("as_of in [tool.costcalc] or --costcalc-as-of")
        base = _with_overlays(current(), marks)
        return Pricing(FrozenRegistry(base, at), whose or "today", self.today, self.found.notices)

    def judge(self, node: pytest.Item, pricing: Pricing) -> None:
        """Fail a test by what it touched; our own frames would tell its reader nothing."""
        try:
            self._judge(node, pricing)
        except CostcalcError as error:
            failed = str(error)
        else:
            return
        pytest.fail(failed, pytrace=False)  # out here, or pytest would show the error as its cause

    def _judge(self, node: pytest.Item, pricing: Pricing) -> None:
        """Hold what a test touched against the file of pins, and against its freshness marker."""
        for mark in node.iter_markers("price_freshness"):
            check_touched(pricing, **_freshness(mark))
        if self.lock is None or any(_changes_of(mark) for mark in node.iter_markers("pricing")):
            return  # a what-if is no price that anybody has to review
        touched = pins_touched(pricing.registry, node.stash[_DAY], self.today)
        self.lock.judge(touched, pricing.registry, self.found)

    def explain(self, node: pytest.Item, pricing: Pricing, failure: Exception) -> None:
        """Say beside a test's own failure which prices have moved under it; modes count here, too.

        A pin that the test states itself has said so already.
        """
        try:
            self._judge(node, pricing)
        except CostcalcError as error:
            failure.add_note(str(error))

    # --- the run --------------------------------------------------------------------------------

    def finish(self, session: pytest.Session, stopped: str) -> bool:
        """Write what the modes allow, and return whether the run fails by its pins.

        `stopped` says that it did not come to its end; empty where it did.
        """
        if self.lock is None:
            return False
        reporter: Any = self.config.pluginmanager.get_plugin("terminalreporter")
        partial = self.found.partial or _narrowed(self.config, self.lock.lock.path)
        partial = partial or stopped
        if session.exitstatus != pytest.ExitCode.OK:
            partial = partial or "not every test passed"
        skipped = reporter.stats.get("skipped", ()) if reporter else ()
        if any(isinstance(report, pytest.CollectReport) for report in skipped):
            partial = partial or "some files were skipped as they were collected"
        ending = Ending(self.lock, self.found, partial)
        capture: Any = self.config.pluginmanager.get_plugin("capturemanager")
        if capture:
            capture.suspend(in_=True)  # pytest takes a test's input away, and has not given it back
        failed = ending.run(
            allow_unused=self.config.option.costcalc_allow_unused,
            write=reporter.write if reporter else print,
            asks=_can_ask(),
        )
        self.said, self.failed = ending.said, ending.failed
        return failed

    def report(self, reporter: Any) -> None:
        """Say what was found and written."""
        lines = [self.refused] if self.refused else []
        lines += self.said
        if lines or self.failed or self.found.notices:
            reporter.section("prices")
            for line in lines:
                reporter.line(line)
            for line in self.failed:
                reporter.line(line, red=True)
            for line in self.found.notices:
                reporter.line(f"later: {line}", yellow=True)


_DAY: pytest.StashKey[str | None] = pytest.StashKey()
"""The day that a test's marker says, as its pins state it; None where it is the suite's."""
_MOVE = "move as_of in pyproject.toml, then "


def _beside(path: Path, folder: Path) -> str:
    """Return a path as somebody in a folder would write it."""
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def _closest_first(node: pytest.Item) -> list[pytest.Mark]:
    """Return the markers `pricing` of a test, what pytest.param(..., marks=) says first.

    pytest puts that behind what the function says for all its cases.
    """
    marks = list(node.iter_markers("pricing"))
    case: list[pytest.Mark] = getattr(getattr(node, "callspec", None), "marks", [])
    return sorted(marks, key=lambda mark: all(mark is not each for each in case))


def _at_of(mark: pytest.Mark) -> Any:
    if len(mark.args) > 1:
        msg = f"the marker 'pricing' takes one instant, not {', '.join(map(repr, mark.args))}"
        raise UsageError(msg)
    return mark.kwargs.get("at", mark.args[0] if mark.args else None)


def _changes_of(mark: pytest.Mark) -> dict[str, Any]:
    """Return the what-if of a marker, as arguments of `overlay`."""
    found = {key: each for key, each in mark.kwargs.items() if key not in {"at", "overlay"}}
    other = mark.kwargs.get("overlay")
    return found if other is None else {"other": other, **found}


def _with_overlays(base: Registry, marks: Sequence[pytest.Mark]) -> Registry:
    """Return a registry with the what-ifs of markers, the outermost first."""
    for changes in (_changes_of(mark) for mark in reversed(marks)):
        try:
            base = base.overlay(**changes) if changes else base
        except TypeError as error:
            msg = f"the marker 'pricing' takes at=, and what Registry.overlay takes: {error}"
            raise UsageError(msg) from None
    return base


_FRESHNESS = ("days", "models")


def _freshness(mark: pytest.Mark) -> dict[str, Any]:
    found = {**dict(zip(_FRESHNESS, mark.args, strict=False)), **mark.kwargs}
    if len(mark.args) > len(_FRESHNESS) or not found.keys() <= {*_FRESHNESS}:
        said = ", ".join([*map(repr, mark.args), *(f"{k}={v!r}" for k, v in mark.kwargs.items())])
        msg = f"price_freshness({said}) takes days= and models="
        raise UsageError(msg)
    return found


_SHOWS = ("collectonly", "setuponly", "showfixtures", "show_fixtures_per_test", "cacheshow")
"""Options of pytest that show something instead of running tests."""


def _narrowed(config: pytest.Config, pins: Path) -> str:
    """Return why a run leaves tests out by its command line; empty where it does not."""
    option = config.option
    if any(getattr(option, name, None) for name in _SHOWS):
        return "the run runs no tests"
    if getattr(option, "lf", False) or option.ignore or option.ignore_glob:
        return "the run leaves files out"
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return ""
    folders = [config.invocation_params.dir / arg for arg in config.args]
    if any(pins.is_relative_to(os.path.realpath(each)) for each in folders):
        return ""
    return "the run was given other paths than the pins' folder"


def _can_ask() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()
