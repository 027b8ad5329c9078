"""A calibration for people: each number planned and measured, what it costs, past weeks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costcalc.cli import amounts
from costcalc.cli.plan_table import cents
from costcalc.cli.tables import Column, Grid, Screen
from costcalc.planning.wording import bounded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from costcalc.planning.backtest import Backtest
    from costcalc.planning.calibrate import Calibration, WorkloadCalibration

__all__ = ["markdown_of", "print_calibration"]


def print_calibration(found: Calibration, tested: Backtest) -> None:
    """Print the calibration to a terminal."""
    screen = Screen()
    for each in found.workloads:
        screen.print(_headline(each, found.currency), "bold")
        screen.print()
        _numbers(each).show(screen)
        screen.print()
        screen.facts(_facts(each, found.currency))
        screen.print()
    if tested.weeks:
        _weeks(tested).show(screen)
        screen.print()
    screen.facts(_end(found, tested))


def markdown_of(found: Calibration, tested: Backtest) -> str:
    """Return the calibration as Markdown."""
    parts: list[str] = []
    for each in found.workloads:
        facts = "".join(f"- {label}: {text}\n" for label, text in _facts(each, found.currency))
        table = _numbers(each).markdown()
        parts.append(f"**{_headline(each, found.currency)}**\n\n{table}\n{facts}\n")
    if tested.weeks:
        parts.append(f"{_weeks(tested).markdown()}\n")
    parts += [f"- {label}: {text}\n" for label, text in _end(found, tested)]
    return "".join(parts)


def _headline(each: WorkloadCalibration, currency: str) -> str:
    measured = each.measured
    return (
        f"{each.name}: {amounts.counted(measured.sessions, 'session')}, "
        f"{amounts.counted(measured.calls, 'call')}, {measured.first} to {measured.last}, "
        f"{bounded(cents(each.cost, currency), each.cost_coverage)}"
    )


def _numbers(each: WorkloadCalibration) -> Grid:
    grid = Grid(
        Column("number", fold=True), Column("planned", right=True), Column("measured", right=True),
        Column("times", right=True), Column("P50", right=True), Column("P90", right=True),
        Column("would say", fold=True),
    )  # fmt: skip
    for number in each.numbers:
        grid.add(
            number.key.split(".", 2)[2], _short(number.planned), _short(number.mean),
            amounts.ratio(number.times), _short(number.p50), _short(number.p90),
            number.after or "as planned",
        )  # fmt: skip
    return grid


def _short(number: Decimal | None) -> str:
    """Return a number as planning needs it: at most three decimals."""
    if number is None:
        return "–"
    text = f"{number:,.0f}" if abs(number) >= 100 else f"{number:,.3f}"  # noqa: PLR2004
    return text.rstrip("0").rstrip(".") if "." in text else text


def _facts(each: WorkloadCalibration, currency: str) -> Iterator[tuple[str, str]]:
    actual = bounded(cents(each.unit_cost, currency), each.cost_coverage)
    yield (
        "cost",
        f"a {each.unit} cost {actual}; {_by_plan(each, currency)}"
        if each.cost_coverage != "none"
        else f"what a {each.unit} cost is not known; {_by_plan(each, currency)}",
    )
    if each.hit_ratio is not None:
        planned = "none" if each.planned_hit_ratio is None else f"{each.planned_hit_ratio:.1%}"
        yield "hit ratio", f"{each.hit_ratio:.1%} of all input; {planned} by the plan"
    if each.measured.shortened:
        yield (
            "shorter",
            (
                f"{amounts.counted(each.measured.shortened, 'call')} had a shorter prompt than the "
                "one before: compaction, or another conversation"
            ),
        )
    for note in each.notes:
        yield "note", note


def _by_plan(each: WorkloadCalibration, currency: str) -> str:
    if each.planned_coverage == "none":
        return "not priced by the plan"
    planned, calibrated = (
        cents(amount, currency) for amount in (each.planned_unit_cost, each.calibrated_unit_cost)
    )
    return f"{planned} by the plan, {calibrated} by the plan with the measured numbers"


def _weeks(tested: Backtest) -> Grid:
    grid = Grid(
        Column("week of"), Column("workload"), Column("units", right=True),
        Column("cost", right=True), Column("expected", right=True), Column("P10", right=True),
        Column("P90", right=True), Column("percentile", right=True), Column(""),
    )  # fmt: skip
    for week in tested.weeks:
        figures = (week.actual, week.mean, week.p10, week.p90)
        grid.add(
            str(week.start), week.workload, f"{week.sessions:,}",
            *(cents(each, tested.currency) for each in figures),
            f"{week.percentile}", "" if week.inside else "outside",
            style="" if week.inside else "yellow",
        )  # fmt: skip
    return grid


def _end(found: Calibration, tested: Backtest) -> Iterator[tuple[str, str]]:
    yield "backtest", str(tested)
    if found.unassigned:
        calls = amounts.counted(found.calls, "call")
        text = f"{found.unassigned:,} of {calls} are of models that no workload has"
        yield "left out", text
    if found.changes:
        numbers = amounts.counted(len(found.changes), "number")
        yield "plan", f"{numbers} would change; --write puts them in, and leaves every comment"
