"""A difference of two plans for people: its parts, the workloads, what was changed."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from costcalc.cli.plan_table import cents
from costcalc.cli.tables import Column, Grid, Screen
from costcalc.planning.parts import apportioned, share_of
from costcalc.planning.wording import at_least, bounded
from costcalc.report.bars import bar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costcalc.planning.differences import PlanDiff, WorkloadDiff
    from costcalc.planning.forecast import Forecast

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
    before, after = (
        "not priced"
        if each.coverage == "none"
        else at_least(cents(each.mean, currency), each.coverage)
        for each in (found.base, found.head)
    )
    change = _signed(found.known_change, currency)
    if found.change is None:
        names = ", ".join(found.unknown)
        rest = f"; the rest changes by {change}" if _has_rest(found) else ""
        change = f"change not known, since some of {names} has no price{rest}"
    return f"{found.project}: {change}{percent}, from {before} to {after} expected"


def _has_rest(found: PlanDiff) -> bool:
    return len(found.unknown) < len(found.workloads)


def _signed(amount: Decimal, currency: str) -> str:
    text = cents(amount, currency)
    return f"+{text}" if amount > 0 else text


def _change_of(each: WorkloadDiff, currency: str) -> str:
    return "not known" if each.change is None else _signed(each.change, currency)


def _whole(amount: Decimal) -> Decimal:
    return Decimal(f"{amount:.2f}")


def _rounded(parts: Mapping[str, Decimal], change: Decimal) -> dict[str, Decimal]:
    """Return parts in cents that sum to the change in cents."""
    exact = {name: Fraction(amount) for name, amount in parts.items()}
    return apportioned(exact, _whole(change), _CENTS)


def _parts(found: PlanDiff, screen: Screen | None) -> Grid:
    """Return what each group adds; in cents that sum to the whole."""
    shown = _rounded(found.parts, found.known_change)
    most = max(abs(each) for each in found.parts.values())

    def grid(width: int) -> Grid:
        made = Grid(
            Column("part"), Column("what it is", fold=True), Column("change", right=True),
            Column("of before", right=True), *([Column("")] if width else []),
        )  # fmt: skip
        for name, amount in shown.items():
            share = share_of(found.parts[name], found.before)
            text = _signed(amount, found.currency)
            if name in found.unknown_parts:
                text = f"{text} known" if amount else "not known"
            if found.base.lower_bound or name in found.unknown_parts:
                share = None
            drawn = bar(abs(found.parts[name]), most, width, ascii_only=_is_ascii(screen))
            made.add(
                name, _MEANING[name], text,
                "–" if share is None else f"{share:+.1%}", *([drawn] if width else []),
            )  # fmt: skip
        ratio = found.change_ratio
        total = _signed(_whole(found.known_change), found.currency)
        if found.change is None:
            made.add("known", "", total, "–", *([""] if width else []))
            total = "not known"
        made.add(
            "total", "", total,
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
            each.name, each.status, _end(found.base, each.name, each.before),
            _end(found.head, each.name, each.after), _change_of(each, found.currency),
            largest if each.change else "–", style="" if each.is_known else "red",
        )  # fmt: skip
    return grid


def _end(found: Forecast, name: str, amount: Decimal) -> str:
    """Return what a workload costs in one of the plans; nothing where that has it not."""
    there = found.workloads.get(name)
    return bounded(cents(amount, found.currency), "whole" if there is None else there.coverage)


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
    ends = (found.base, found.head)
    shown = (
        f"{name.upper()} "
        + " to ".join(bounded(cents(getattr(each, name), currency), each.coverage) for each in ends)
        for name in ("p50", "p90", "p95")
    )
    return f"{'; '.join(shown)} ({found.head.samples:,} runs, seed {found.head.seed})"
