"""A reconciliation for people and programs: rows that differ, reasons with money, what remains."""

from __future__ import annotations

import sys
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from costcalc.cli import amounts
from costcalc.cli.tables import Column, Grid, Screen, print_csv
from costcalc.logs.reconciliation import added

if TYPE_CHECKING:
    from collections.abc import Iterator

    from costcalc.logs.reconciliation import Reconciliation, ReconciliationRow

__all__ = ["data_of", "print_csv_of", "print_markdown", "print_table"]

_NO_MODEL = "(all models)"
_MOST = 40
"""Rows of a table in a terminal: a month of one model, say."""


def print_table(found: Reconciliation) -> None:
    """Print the reconciliation to a terminal."""
    screen = Screen()
    grid, left_out = _grid(found, _MOST)
    grid.show(screen)
    screen.print()
    if found.explanations or found.unexplained_rows:
        _reasons(found).show(screen)
        screen.print()
    screen.facts(_facts(found, left_out))


def print_markdown(found: Reconciliation) -> None:
    """Print both tables in Markdown, and below them what limits them."""
    sys.stdout.write(_grid(found, None)[0].markdown())
    if found.explanations or found.unexplained_rows:
        sys.stdout.write(f"\n{_reasons(found).markdown()}")
    for label, text in _facts(found, 0):
        sys.stdout.write(f"\n{label}: {text}\n")


def print_csv_of(found: Reconciliation) -> None:
    """Print the rows as CSV, amounts exact."""
    from costcalc.cli.data import jsonable

    head = [
        "day", "model", "item", "requests", "logged", "billed", "difference", "unexplained",
        "reason", "currency",
    ]  # fmt: skip
    rows = (
        jsonable(
            [
                row.day, row.model, row.item, row.requests, row.logged, row.billed, row.difference,
                row.unexplained, row.reason, found.currency,
            ]
        )
        for row in found.rows
    )  # fmt: skip
    print_csv(head, rows)


def data_of(found: Reconciliation) -> dict[str, Any]:
    """Return the reconciliation as data: the outcome first, every amount exact."""
    return {
        "outcome": found.outcome,
        "logged": found.logged,
        "billed": found.billed,
        "difference": found.difference,
        "share": found.share,
        "unexplained": found.unexplained,
        "unexplained_rows": found.unexplained_rows,
        "tolerance": found.tolerance,
        "currency": found.currency,
        "explanations": found.explanations,
        "rows": [_data(row) for row in found.rows],
        "kind": found.kind,
        "since": found.since,
        "until": found.until,
        "timezone": found.timezone,
        "outside": found.outside,
        "others": found.others,
        "unpriced": [
            {"model": each.model, "requests": each.requests, "quantities": each.quantities}
            for each in found.unpriced
        ],
        "assumptions": found.assumptions,
    }


def _data(row: ReconciliationRow) -> dict[str, Any]:
    return {
        "day": row.day,
        "model": row.model,
        "item": row.item,
        "requests": row.requests,
        "logged": row.logged,
        "billed": row.billed,
        "difference": row.difference,
        "share": row.share,
        "unexplained": row.unexplained,
        "meters": row.meters,
        "reason": row.reason,
    }


def _grid(found: Reconciliation, most: int | None) -> tuple[Grid, int]:
    """Return the rows that differ, the sum of all last, and how many did not fit."""
    differing = [row for row in found.rows if row.difference]
    shown = differing[:most]
    by_day = any(row.day for row in found.rows)
    grid = Grid(
        *([Column("day")] if by_day else []), Column("model", fold=True),
        *(Column(name, right=True) for name in ("logs", "bill", "difference", "share")),
        Column("reason"),
    )  # fmt: skip
    texts = [
        amounts.rounded([getattr(each, name) for each in (*shown, found)], found.currency)
        for name in ("logged", "billed", "difference")
    ]
    for number, row in enumerate(shown):
        cells = [column[number] for column in texts]
        day = [row.day or "(no day)"] if by_day else []
        reason = row.reason or "unexplained"
        grid.add(
            *day, row.model or row.item or _NO_MODEL, *cells, _share(row.share), reason,
            style="" if row.reason else "bold red",
        )  # fmt: skip
    day = ["all"] if by_day else []
    first = "" if by_day else "all"
    grid.add(*day, first, *(column[-1] for column in texts), _share(found.share), "", style="bold")
    return grid, len(differing) - len(shown)


def _share(share: Decimal | None) -> str:
    return "–" if share is None else f"{share:+.1%}"


def _reasons(found: Reconciliation) -> Grid:
    """Return the reasons with what each accounts for, what remains last."""
    grid = Grid(
        Column("reason"), Column("amount", right=True), Column("rows", right=True),
        Column("why", prose=True),
    )  # fmt: skip
    values = [*(each.amount for each in found.explanations), found.unexplained]
    *texts, rest = amounts.rounded(values, found.currency)
    for each, text in zip(found.explanations, texts, strict=True):
        grid.add(each.code, text, f"{each.rows:,}", each.text)
    count = sum(1 for row in found.rows if row.unexplained)
    style = "bold red" if found.outcome == "unexplained" else "bold"
    grid.add("unexplained", rest, f"{count:,}", _by_meter(found), style=style)
    return grid


def _by_meter(found: Reconciliation) -> str:
    """Say what remains by meter, of rows of which the bill says it."""
    sums: dict[str, Decimal] = {}
    for row in found.rows:
        for meter, amount in row.meters.items():
            sums[meter] = added((sums.get(meter, amounts.ZERO), amount))
    said = [
        f"{meter} {amounts.exact(each, found.currency)}" for meter, each in sums.items() if each
    ]
    return f"by meter: {', '.join(said)}" if said else ""


def _facts(found: Reconciliation, left_out: int) -> Iterator[tuple[str, str]]:
    """Iterate over what stands below the tables."""
    if left_out:
        yield "rows", f"{left_out:,} more differ; see --csv or --json for all of them"
    logs, bill, gap = (
        amounts.exact(each, found.currency)
        for each in (found.logged, found.billed, found.difference)
    )
    yield "result", f"{_OUTCOMES[found.outcome]}: logs {logs}, bill {bill}, difference {gap}"
    limit = amounts.exact(found.tolerance, found.currency)
    rest = amounts.exact(found.unexplained_rows, found.currency)
    yield "remains", f"{rest} row by row, without signs; {limit} is tolerated"
    yield "bill", f"{found.kind}, {_span(found)}"
    if found.outside:
        text = amounts.exact(found.outside, found.currency)
        yield "outside", f"{text} of the logs are of days that are not compared"
    if found.others:
        text = amounts.exact(found.others, found.currency)
        yield "others", f"{text} of the logs are of other sellers than the bill's"
    for each in found.unpriced:
        calls = amounts.counted(each.requests, "call")
        yield "unpriced", f"{each.model or '(no model)'}: {calls}: {each.reason}"
    for each in found.assumptions:
        yield "assumed", each.text


_OUTCOMES = {
    "agrees": "they agree",
    "explained": "every difference is explained",
    "unexplained": "a difference is not explained",
    "no_calls": "there is no call to compare with the bill",
}


def _span(found: Reconciliation) -> str:
    """Say which days are compared, and whose."""
    if found.since is None and found.until is None:
        return "all that the logs have"
    first = f"from {found.since}" if found.since else "from the beginning"
    end = f" to {found.until - timedelta(days=1)}" if found.until else ""
    return f"days {first}{end}, of {found.timezone}"
