"""A session for people: its bill, what its cache does, its ledger; Markdown, or CSV."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from costcalc.cli import amounts
from costcalc.cli.session_facts import facts, missed, share
from costcalc.cli.tables import Column, Grid, Screen, print_csv
from costcalc.report.bars import bar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from decimal import Decimal

    from costcalc.cli.sessions import Told
    from costcalc.sessions.session_estimate import LedgerStep, SessionEstimate

__all__ = ["print_csv_by_model", "print_csv_of", "print_markdown", "print_table"]

_BAR = (6, 24)  # columns of a bar: below the first it says nothing, above the second no more
_GAP = 2
_WHOLE = 50  # rows of a ledger that is shown whole
_FIRST, _LAST = 3, 2  # rows that stay of a stretch of like calls in a longer one


def print_table(told: Told, *, ledger: bool) -> None:
    """Print the session to a terminal."""
    screen = Screen()
    if ledger:
        _ledger(told.estimate).show(screen)
        screen.print()
    _with_bars(lambda width: _bill(told.estimate, screen, width), screen)
    if _compares(told):
        screen.print()
        _with_bars(lambda width: _comparison(told, screen, width), screen)
    screen.print()
    screen.facts(facts(told, folded=_folded(told) if ledger else 0))


def _with_bars(grid: Callable[[int], Grid], screen: Screen) -> None:
    """Show a table with bars where the terminal has room for them."""
    room = screen.width - grid(0).natural_width() - _GAP
    grid(min(room, _BAR[1]) if room >= _BAR[0] else 0).show(screen)


def _compares(told: Told) -> bool:
    return len(told.rows) + len(told.failures) > 1


def print_markdown(told: Told, *, ledger: bool) -> None:
    """Print the session as Markdown tables."""
    if ledger:
        sys.stdout.write(_ledger(told.estimate).markdown() + "\n")
    sys.stdout.write(_bill(told.estimate, None, 0).markdown())
    if _compares(told):
        sys.stdout.write("\n" + _comparison(told, None, 0).markdown())
    sys.stdout.writelines(
        f"\n{label}: {text}\n" for label, text in facts(told, folded=_folded(told) if ledger else 0)
    )


def print_csv_by_model(told: Told) -> None:
    """Print the session under every model as CSV, unpriced models with their reason."""
    from costcalc.cli.data import jsonable

    head = [
        "name", "model", "provider", "cache", "total", "currency", "ratio", "hit_ratio", "uncached",
        "peak_context", "context_window", "calls_above_window", "unpriced",
    ]  # fmt: skip
    rows = [
        jsonable(
            [
                row.name, row.estimate.model, row.estimate.provider, str(row.estimate.policy),
                row.estimate.total, row.estimate.currency, row.ratio, row.estimate.hit_ratio,
                row.estimate.uncached, row.estimate.peak_context, row.estimate.context_window,
                len(row.estimate.exceeded), None,
            ]
        )
        for row in told.rows
    ]  # fmt: skip
    blank = [None] * (len(head) - 2)
    print_csv(head, [*rows, *([each.name, *blank, each.message] for each in told.failures)])


def print_csv_of(told: Told) -> None:
    """Print the ledger as CSV, a call a row."""
    from costcalc.cli.data import jsonable

    head = ["index", "kind", "branch", "at", "context", "read", "written", "fresh", "output",
            "miss", "over_window", "total", "running", "currency"]  # fmt: skip
    rows = [
        jsonable(
            [
                step.index, step.kind, step.branch, step.at, step.context, step.read, step.written,
                step.fresh, step.output, step.miss, step.over_window, step.cost.total,
                step.running, told.estimate.currency,
            ]
        )
        for step in told.estimate.steps
    ]  # fmt: skip
    print_csv(head, rows)


def _bill(found: SessionEstimate, screen: Screen | None, width: int) -> Grid:
    """Return the receipt by meter, the total last; with bars of a width where it is not 0."""
    grid = Grid(
        Column("meter"), Column("quantity", right=True), Column("rate", right=True), Column("per"),
        Column("amount", right=True), *([Column("")] if width else []),
    )  # fmt: skip
    lines = found.cost.lines
    several = len({(line.provider, line.model) for line in lines}) > 1
    rates = amounts.aligned([amounts.rate(line.rate, found.currency) for line in lines])
    costs = amounts.rounded([*(line.amount for line in lines), found.total], found.currency)
    most = max((line.amount for line in lines), default=amounts.ZERO)
    ascii_only = screen is not None and screen.ascii_only
    for line, rate, cost in zip(lines, rates, costs, strict=False):
        name = line.meter.replace("_", " ") + (f" ({line.model})" if several else "")
        drawn = [bar(line.amount, most, width, ascii_only=ascii_only)] if width else []
        grid.add(name, f"{line.quantity:,}", rate, line.unit, cost, *drawn)
    grid.add("total", "", "", "", costs[-1], *([""] if width else []), style="bold")
    return grid


@dataclass(frozen=True)
class _Row:
    """A row of the ledger: a call, or a stretch of like ones."""

    steps: Sequence[LedgerStep]

    @property
    def cost(self) -> Decimal:
        return sum((step.cost.total for step in self.steps), amounts.ZERO)

    def cells(self, counts: Sequence[str]) -> list[str]:
        """Return what stands before the amounts, some counts of the call among it."""
        first, last = self.steps[0], self.steps[-1]
        if len(self.steps) > 1:
            span = f"{first.index:,}–{last.index:,}"
            return [span, f"{first.kind} ×{len(self.steps):,}", *("…" for _ in counts)]
        return [f"{first.index:,}", first.kind, *(f"{getattr(first, each):,}" for each in counts)]


_COUNTS = ("context", "read", "written", "fresh", "output")


def _ledger(found: SessionEstimate) -> Grid:
    """Return the calls of the session; of a long one, like calls in a row are folded.

    What is 0 or empty in every call has no column, so that narrow terminals have room.
    """
    counts = [name for name in _COUNTS if any(getattr(step, name) for step in found.steps)]
    misses = bool(found.misses)
    grid = Grid(
        Column("#", right=True), Column("call"), *(Column(name, right=True) for name in counts),
        *([Column("miss")] if misses else []), Column("cost", right=True),
        Column("so far", right=True),
    )  # fmt: skip
    rows = list(_rows(found.steps))
    costs = amounts.rounded([row.cost for row in rows], found.currency)
    running = amounts.rounded([row.steps[-1].running for row in rows], found.currency)
    for row, cost, whole in zip(rows, costs, running, strict=True):
        first = row.steps[0]
        why = [missed(first)] if misses else []
        grid.add(*row.cells(counts), *why, cost, whole, style=_style(first))
    return grid


def _folded(told: Told) -> int:
    """Return how many calls the ledger does not show one by one."""
    return sum(len(row.steps) for row in _rows(told.estimate.steps) if len(row.steps) > 1)


def _rows(steps: Sequence[LedgerStep]) -> Iterator[_Row]:
    """Iterate over the rows of a ledger."""
    whole = len(steps) <= _WHOLE
    for _, like in groupby(steps, lambda step: (step.kind, step.miss, step.over_window)):
        stretch = list(like)
        if whole or len(stretch) <= _FIRST + _LAST + 1:
            yield from (_Row([step]) for step in stretch)
            continue
        yield from (_Row([step]) for step in stretch[:_FIRST])
        yield _Row(stretch[_FIRST:-_LAST])
        yield from (_Row([step]) for step in stretch[-_LAST:])


def _style(step: LedgerStep) -> str:
    if step.over_window:
        return "bold red"
    return "yellow" if step.miss not in (None, "first") else ""


def _comparison(told: Told, screen: Screen | None, width: int) -> Grid:
    """Return the session under every model."""
    grid = Grid(
        Column("model", fold=True), Column("cache"), Column("hit ratio", right=True),
        Column("longest", right=True), Column("cost", right=True), Column("times", right=True),
        Column("fits"), *([Column("")] if width else []),
    )  # fmt: skip
    currency = told.estimate.currency
    most = max(row.estimate.total for row in told.rows if row.estimate.currency == currency)
    ascii_only = screen is not None and screen.ascii_only
    costs = _costs(told)
    for row, cost in zip(told.rows, costs, strict=True):
        each = row.estimate
        alike = each.currency == currency  # another one has no length among these
        drawn = bar(each.total, most, width, ascii_only=ascii_only) if alike else ""
        grid.add(
            each.model, str(each.policy), share(each.hit_ratio), amounts.size(each.peak_context),
            cost, amounts.ratio(row.ratio), _fits(each), *([drawn] if width else []),
            style="yellow" if each.exceeded else "",
        )  # fmt: skip
    for failure in told.failures:
        blank = ["", ""] + ([""] if width else [])
        grid.add(failure.name, "", "", "", "not priced", *blank, style="bold red")
    return grid


def _costs(told: Told) -> list[str]:
    """Return the totals with the same decimals; in another currency, with their own."""
    currency = told.estimate.currency
    same = [row.estimate.total for row in told.rows if row.estimate.currency == currency]
    said = iter(amounts.rounded(same, currency))
    return [
        next(said)
        if row.estimate.currency == currency
        else amounts.rounded([row.estimate.total], row.estimate.currency)[0]
        for row in told.rows
    ]


def _fits(found: SessionEstimate) -> str:
    if found.exceeded:
        return "no"
    return "not known" if found.context_window is None else "yes"
