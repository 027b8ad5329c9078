"""Drivers, comparisons and calibrations of a plan for people."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import TYPE_CHECKING

from costcalc.cli import amounts
from costcalc.cli.plan_table import cents
from costcalc.cli.tables import Column, Grid, Screen
from costcalc.planning.wording import at_least, bounded
from costcalc.report.bars import bar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from costcalc.planning.comparison import PlanComparison
    from costcalc.planning.drivers import Driver, Drivers

__all__ = [
    "comparison_markdown",
    "print_comparison",
    "print_drivers",
    "print_drivers_markdown",
]

_BAR = (6, 24)
_GAP = 2
_MOST = 16  # drivers that are shown


def print_drivers(found: Drivers) -> None:
    """Print the drivers to a terminal, the strongest first, and one sentence."""
    screen = Screen()

    def grid(width: int) -> Grid:
        return _drivers(found, width, ascii_only=screen.ascii_only)

    room = screen.width - grid(0).natural_width() - _GAP
    grid(min(room, _BAR[1]) if room >= _BAR[0] else 0).show(screen)
    screen.print()
    screen.facts(_driver_facts(found))


def print_drivers_markdown(found: Drivers) -> None:
    """Print the drivers as Markdown."""
    sys.stdout.write(_drivers(found, 0, ascii_only=False).markdown())
    sys.stdout.write("".join(f"\n- {label}: {text}" for label, text in _driver_facts(found)) + "\n")


def _drivers(found: Drivers, width: int, *, ascii_only: bool) -> Grid:
    grid = Grid(
        Column("driver", fold=True), Column("low"), Column("high"), Column("total", right=True),
        Column("to", right=True), Column("change", right=True), *([Column("")] if width else []),
    )  # fmt: skip
    moving = _moving(found)[:_MOST]
    most = max((each.swing for each in moving), default=Decimal(0))
    for each in moving:
        drawn = bar(each.swing, most, width, ascii_only=ascii_only)
        low, high = (
            bounded(cents(end, found.currency), found.coverage) for end in (each.low, each.high)
        )
        grid.add(each.label, *each.ends, low, high, _changes(each), *([drawn] if width else []))
    return grid


def _moving(found: Drivers) -> Sequence[Driver]:
    return [each for each in found.drivers if each.swing]


def _changes(each: Driver) -> str:
    ends = (each.low_change, each.high_change)
    return " ".join("–" if change is None else f"{change:+.0%}" for change in ends)


def _driver_facts(found: Drivers) -> Iterator[tuple[str, str]]:
    yield "driver", found.sentence(lambda amount: cents(amount, found.currency))
    base = at_least(cents(found.base, found.currency), found.coverage)
    none = found.coverage == "none"
    yield "as planned", "not priced" if none else f"{base} expected, by formula"
    for part in found.unpriced:
        yield "unpriced", f"{part}; no total holds it"
    weaker = len(_moving(found)[_MOST:])
    if weaker:
        yield "left out", f"{amounts.counted(weaker, 'weaker driver')}; --json has all"


def print_comparison(found: PlanComparison) -> None:
    """Print a comparison to a terminal."""
    screen = Screen()
    _comparison(found).show(screen)
    screen.print()
    screen.facts(_comparison_facts(found))


def comparison_markdown(found: PlanComparison) -> str:
    """Return a comparison as Markdown."""
    facts = "".join(f"\n- {label}: {text}" for label, text in _comparison_facts(found))
    return f"{_comparison(found).markdown()}{facts}\n"


def _comparison(found: PlanComparison) -> Grid:
    grid = Grid(
        Column("workload"), Column("model", fold=True), Column("expected", right=True),
        Column("P50", right=True), Column("P90", right=True), Column("hits", right=True),
        Column("times", right=True), Column("wins below", right=True),
    )  # fmt: skip
    for row in found.rows:
        factor = row.breaks_even_at
        dearer = factor is not None and factor < 1
        grid.add(
            row.workload, f"{row.provider}/{row.model}{' *' if row.concerns else ''}",
            *(cents(each, found.currency) for each in (row.mean, row.p50, row.p90)),
            "–" if row.hit_ratio is None else f"{row.hit_ratio:.1%}", amounts.ratio(row.times),
            f"{factor:.0%}" if dearer and factor is not None else "",
            style="bold" if row.is_base else "",
        )  # fmt: skip
    for each in found.failures:
        grid.add(each.workload, each.name, "not priced", "", "", "", "", "", style="red")
    return grid


def _comparison_facts(found: PlanComparison) -> Iterator[tuple[str, str]]:
    for name in dict.fromkeys(row.workload for row in found.rows):
        base = next((row for row in found.of(name) if row.is_base), None)
        able = [row for row in found.of(name) if not row.concerns]
        if able and base is None:
            best = f"{able[0].provider}/{able[0].model}"
            yield "cheapest", f"{name}: {best}; the planned model has no price to compare with"
        elif able and base is not None and not able[0].is_base:
            saved = cents(base.mean - able[0].mean, found.currency)
            yield "cheapest", f"{name}: {able[0].provider}/{able[0].model}, which saves {saved}"
    for row in found.rows:
        for concern in row.concerns:
            yield "* concern", concern
    for each in found.failures:
        yield "not priced", f"{each.workload}, {each.name}: {each.reason}"
    yield "runs", f"{found.samples:,}, seed {found.seed}; bold is the planned model"
