"""Estimates for people: facts of one model, a table of several, Markdown, or CSV."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from costcalc.cli import amounts
from costcalc.cli.held import left_out_facts
from costcalc.cli.tables import Column, Grid, Screen, print_csv
from costcalc.estimate.estimate import Estimate
from costcalc.estimate.fit import VERDICTS
from costcalc.report.bars import bar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from costcalc.cli.estimation import Estimation, Row

__all__ = ["print_csv_of", "print_markdown", "print_table"]

_BAR = (6, 24)  # columns of a bar: below the first it says nothing, above the second no more
_GAP = 2
_MOST_REASONS = 5
_MINUTE = 60


def print_table(found: Estimation) -> None:
    """Print the estimates to a terminal."""
    screen = Screen()
    room = screen.width - _grid(found, screen, 0).natural_width() - _GAP
    several = len(found.rows) > 1
    width = min(room, _BAR[1]) if several and room >= _BAR[0] else 0
    _grid(found, screen, width).show(screen)
    screen.print()
    screen.facts(_facts(found))


def print_markdown(found: Estimation) -> None:
    """Print the estimates as a Markdown table, with the unpriced models below."""
    sys.stdout.write(_grid(found, None, 0).markdown())
    for failure in found.failures:
        sys.stdout.write(f"\nNot priced: {failure}\n")


def print_csv_of(found: Estimation) -> None:
    """Print the estimates as CSV, unpriced models with their reason."""
    head = [
        "model", "provider", "name", "input", "input_low", "input_high", "method", "output",
        "output_low", "output_high", "total", "low", "high", "currency", "ratio", "fit", "unpriced",
    ]  # fmt: skip
    from costcalc.cli.data import jsonable

    rows: list[Any] = []
    for row in found.rows:
        each = row.estimate
        cells = [
            each.model, each.provider, row.name, *row.input, row.method, *row.output, each.total,
            each.low.total, each.high.total, each.currency, row.ratio, row.fit, None,
        ]  # fmt: skip
        rows.append(jsonable(cells))
    blank = [None] * (len(head) - 4)
    rows += [[None, None, each.name, *blank, each.message] for each in found.failures]
    print_csv(head, rows)


def _grid(found: Estimation, screen: Screen | None, width: int) -> Grid:
    """Return the table; with bars of a width where it is not 0."""
    several = len(found.rows) + len(found.failures) > 1
    grid = Grid(
        Column("model", fold=True), Column("input", right=True), Column("output", right=True),
        Column("cost", right=True), Column("range", right=True),
        *([Column("times", right=True)] if several else []), Column("fits"),
        *([Column("")] if width else []),
    )  # fmt: skip
    most: dict[str, Decimal] = {}
    for row in found.rows:
        each = row.estimate
        most[each.currency] = max(each.total, most.get(each.currency, each.total))
    ascii_only = screen is not None and screen.ascii_only
    for row in found.rows:
        each = row.estimate
        cost, low, high = amounts.rounded(
            [each.total, each.low.total, each.high.total], each.currency
        )
        span = "" if low == high else f"{low} to {high}"
        drawn = bar(each.total, most[each.currency], width, ascii_only=ascii_only)
        grid.add(
            _name(row), _count(row.input), _count(row.output), cost, span,
            *([amounts.ratio(row.ratio)] if several else []), _verdict(row),
            *([drawn] if width else []),
            style="" if row.fit == VERDICTS[0] else "yellow",
        )  # fmt: skip
    for failure in found.failures:
        rest = ["", "", "not priced", "", *([""] if several else []), "", *([""] if width else [])]
        grid.add(failure.name, *rest, style="bold red")
    return grid


def _verdict(row: Row) -> str:
    return {"fits": "yes", "may not fit": "maybe not", "does not fit": "no"}.get(row.fit, row.fit)


def _count(counts: tuple[int, int, int]) -> str:
    expected, low, high = counts
    return f"{expected:,}" if low == high else f"{low:,}–{high:,}"


def _name(row: Row) -> str:
    """Return the model that is billed, behind its provider where the caller named that."""
    model = row.estimate.model
    return f"{row.estimate.provider}/{model}" if "/" in row.name and "/" not in model else model


def _facts(found: Estimation) -> Iterator[tuple[str, str]]:
    for row in found.rows[:1]:
        each = row.estimate
        if isinstance(each, Estimate):
            yield "cost", _calls(each.calls, "this prompt") + f", at {amounts.moment(each.at)}"
            yield "output", each.output.basis
        else:
            text = _calls(each.calls, amounts.counted(each.prompts, "prompt"))
            yield "cost", f"{text}, at {amounts.moment(each.at)}"
    for row in found.rows:
        yield from _own(row, several=len(found.rows) > 1)
    yield from left_out_facts(found.left_out)
    for failure in found.failures:
        yield "unpriced", f"{failure.name}: {failure.message}"
    said: dict[str, dict[str, None]] = {}
    for row in found.rows:
        for assumption in row.assumptions:
            said.setdefault(assumption.text, {})[_name(row)] = None
    for text, names in said.items():
        plain = any(name in text for name in names) or len(names) == len(found.rows)
        yield "assumed", text if plain else f"{', '.join(names)}: {text}"


def _calls(calls: int, what: str) -> str:
    return f"one call with {what}" if calls == 1 else f"{calls:,} calls with {what}"


def _own(row: Row, *, several: bool) -> Iterator[tuple[str, str]]:
    each = row.estimate
    head = f"{_name(row)}: " if several else ""
    if isinstance(each, Estimate) and each.seconds is not None and each.output.expected:
        seconds = each.seconds
        span = (
            ""
            if seconds.low == seconds.high
            else f" ({_time(seconds.low)} to {_time(seconds.high)})"
        )
        yield "writes for", f"{head}{_time(seconds.expected)}{span} at its typical speed"
    reasons = list(row.reasons())
    for reason in reasons[:_MOST_REASONS]:
        yield "limits", head + reason
    if len(reasons) > _MOST_REASONS:
        yield "limits", f"{head}and {len(reasons) - _MOST_REASONS:,} more; --json has all of them"


def _time(seconds: Decimal) -> str:
    """Return a duration as people say it: 0.4 s, 12 s, 3 min 20 s."""
    if seconds < 10:  # noqa: PLR2004 - below it a tenth matters
        return f"{seconds:.1f} s"
    whole = int(seconds.to_integral_value())
    if whole < _MINUTE:
        return f"{whole} s"
    return f"{whole // _MINUTE} min {whole % _MINUTE} s"
