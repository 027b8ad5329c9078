"""A difference of two plans for people: its parts, the workloads, what was changed."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from costcalc.cli.plan_table import cents
from costcalc.cli.tables import Column, Grid, Screen
from costcalc.planning.parts import apportioned, share_of
from costcalc.report.bars import bar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costcalc.planning.diff import PlanDiff

__all__ = ["markdown_of", "print_diff"]

_BAR = (6, 24)
_GAP = 2
_CENTS = 2
_MEANING = {
    "volume": "people, sessions, documents, months, retries",
    "shape": "steps, tokens, caps",
    "cache": "cache, waits",
    "model": "which model answers",
    "price": "tier, batch, region, rates by date",
}


def print_diff(found: PlanDiff) -> None:
    """Print the difference to a terminal."""
    screen = Screen()
    screen.print(_headline(found), "bold")
    screen.print()
    _parts(found, screen).show(screen)
    screen.print()
    _workloads(found).show(screen)
    if found.changes:
        screen.print()
        _changes(found).show(screen)
    screen.print()
    screen.facts([("percentiles", _percentiles(found)), *(("note", each) for each in found.notes)])


def markdown_of(found: PlanDiff) -> str:
    """Return the difference as a comment of a pull request."""
    parts = [f"### {_headline(found)}\n\n", _parts(found, None).markdown(), "\n"]
    parts += [_workloads(found).markdown(), "\n"]
    if found.changes:
        changes = _changes(found).markdown()
        parts += [f"<details><summary>What was changed</summary>\n\n{changes}\n</details>\n\n"]
    parts.append(f"{_percentiles(found)}\n")
    parts += [f"\n> {each}\n" for each in found.notes]
    return "".join(parts)


def _headline(found: PlanDiff) -> str:
    currency = found.currency
    ratio = found.change_ratio
    percent = "" if ratio is None else f" ({ratio:+.1%})"
    return (
        f"{found.project}: {_signed(found.change, currency)}{percent}, from "
        f"{cents(found.before, currency)} to {cents(found.total, currency)} expected"
    )


def _signed(amount: Decimal, currency: str) -> str:
    text = cents(amount, currency)
    return f"+{text}" if amount > 0 else text


def _whole(amount: Decimal) -> Decimal:
    return Decimal(f"{amount:.2f}")


def _rounded(parts: Mapping[str, Decimal], change: Decimal) -> dict[str, Decimal]:
    """Return parts in cents that sum to the change in cents."""
    exact = {name: Fraction(amount) for name, amount in parts.items()}
    return apportioned(exact, _whole(change), _CENTS)


def _parts(found: PlanDiff, screen: Screen | None) -> Grid:
    """Return what each group adds; in cents that sum to the whole."""
    shown = _rounded(found.parts, found.change)
    most = max(abs(each) for each in found.parts.values())

    def grid(width: int) -> Grid:
        made = Grid(
            Column("part"), Column("what it is", fold=True), Column("change", right=True),
            Column("of before", right=True), *([Column("")] if width else []),
        )  # fmt: skip
        for name, amount in shown.items():
            share = share_of(found.parts[name], found.before)
            drawn = bar(abs(found.parts[name]), most, width, ascii_only=_is_ascii(screen))
            made.add(
                name, _MEANING[name], _signed(amount, found.currency),
                "–" if share is None else f"{share:+.1%}", *([drawn] if width else []),
            )  # fmt: skip
        ratio = found.change_ratio
        made.add(
            "total", "", _signed(_whole(found.change), found.currency),
            "–" if ratio is None else f"{ratio:+.1%}", *([""] if width else []), style="bold",
        )  # fmt: skip
        return made

    if screen is None:
        return grid(0)
    room = screen.width - grid(0).natural_width() - _GAP
    return grid(min(room, _BAR[1]) if room >= _BAR[0] else 0)


def _is_ascii(screen: Screen | None) -> bool:
    return screen is None or screen.ascii_only


def _workloads(found: PlanDiff) -> Grid:
    grid = Grid(
        Column("workload"), Column("status"), Column("before", right=True),
        Column("after", right=True), Column("change", right=True), Column("most of it"),
    )  # fmt: skip
    for each in found.workloads:
        largest = max(each.parts, key=lambda name: abs(each.parts[name]), default="–")
        grid.add(
            each.name, each.status, cents(each.before, found.currency),
            cents(each.after, found.currency), _signed(each.change, found.currency),
            largest if each.change else "–",
        )  # fmt: skip
    return grid


def _changes(found: PlanDiff) -> Grid:
    grid = Grid(
        Column("changed", fold=True), Column("part"), Column("before", fold=True),
        Column("after", fold=True),
    )  # fmt: skip
    for each in found.changes:
        key = each.key if each.workload is None else f"{each.workload}.{each.key}"
        grid.add(key, each.group, each.before, each.after)
    return grid


def _percentiles(found: PlanDiff) -> str:
    currency = found.currency
    shown = (
        f"{name.upper()} {cents(getattr(found.base, name), currency)} to "
        f"{cents(getattr(found.head, name), currency)}"
        for name in ("p50", "p90", "p95")
    )
    return f"{'; '.join(shown)} ({found.head.samples:,} runs, seed {found.head.seed})"
