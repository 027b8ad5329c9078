"""A report on logs for people: a table with its sum, Markdown, or CSV, and what limits it."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import TYPE_CHECKING

from costcalc.cli import amounts
from costcalc.cli.tables import Column, Grid, Screen, print_csv
from costcalc.logs.projects import labels

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from costcalc.logs.report import LogReport, LogRow, Tokens

__all__ = [
    "cost_cell", "cost_cells", "key_cells", "print_csv_of", "print_markdown", "print_table",
]  # fmt: skip

_NOTHING = "(none)"
"""What stands for a session, project or time that the log does not say."""
_FEW = 5
"""Skipped lines that are named one by one."""


def print_table(report: LogReport) -> None:
    """Print the report to a terminal."""
    screen = Screen()
    if report.rows:
        _grid(report).show(screen)
        screen.print()
    screen.facts(_facts(report))


def print_markdown(report: LogReport) -> None:
    """Print the report as a Markdown table, and below it what limits it."""
    sys.stdout.write(_grid(report).markdown())
    for label, text in _facts(report):
        sys.stdout.write(f"\n{label}: {text}\n")


def print_csv_of(report: LogReport) -> None:
    """Print the rows as CSV, amounts exact."""
    from costcalc.cli.data import jsonable

    head = [
        *report.by, "requests", "unpriced", "input_tokens", "cache_read_tokens",
        "cache_write_tokens", "output_tokens", "saved", "total", "currency",
    ]  # fmt: skip
    print_csv(
        head,
        (
            jsonable(
                [
                    *row.key, row.requests, row.unpriced, row.input_tokens, row.cache_read_tokens,
                    row.cache_write_tokens, row.output_tokens, row.saved, row.total,
                    report.currency,
                ]
            )
            for row in report.rows
        ),
    )  # fmt: skip


def _grid(report: LogReport) -> Grid:
    """Return the table, the sum last."""
    rows = report.rows
    grid = Grid(
        *(Column(name, fold=True) for name in report.by),
        *(Column(name, right=True) for name in _COLUMNS), Column("cost", right=True),
    )  # fmt: skip
    *costs, whole = cost_cells(report)
    for key, row, cost in zip(key_cells(report, _NOTHING), rows, costs, strict=True):
        grid.add(*key, *_counts(row, row.requests), cost, style=_style(row))
    if len(rows) > 1:
        blank = [""] * (len(report.by) - 1)
        grid.add("all", *blank, *_counts(report, report.requests), whole, style="bold")
    return grid


_COLUMNS = ("calls", "input", "cache read", "cache write", "output", "hit ratio")


def _counts(tokens: Tokens, requests: int) -> list[str]:
    ratio = tokens.hit_ratio
    return [
        f"{requests:,}", amounts.size(tokens.input_tokens), amounts.size(tokens.cache_read_tokens),
        amounts.size(tokens.cache_write_tokens), amounts.size(tokens.output_tokens),
        amounts.share(None if ratio is None else Decimal(str(ratio))),
    ]  # fmt: skip


def key_cells(report: LogReport, nothing: str) -> list[list[str]]:
    """Return what each row is by; a project that is a path is shown by its last part."""
    keys = [[part or nothing for part in row.key] for row in report.rows]
    if "project" in report.by:
        place = report.by.index("project")
        shown = labels(key[place] for key in keys)
        for key in keys:
            key[place] = shown[key[place]]
    return keys


def cost_cells(report: LogReport) -> list[str]:
    """Return the cost of every row and of all, with a sign where calls are missing from it."""
    costs = [*(row.total for row in report.rows), report.total]
    known = iter(amounts.rounded([each for each in costs if each is not None], report.currency))
    totals = [None if each is None else next(known) for each in costs]
    missing = [row.unpriced for row in report.rows]
    missing.append(sum(each.requests for each in report.unpriced))
    return [cost_cell(*each) for each in zip(totals, missing, strict=True)]


def cost_cell(total: str | None, lost: int) -> str:
    """Return a cost with a sign where some of its calls are missing from it; None is of none."""
    if total is None:
        return "not priced"
    return f"≥ {total}" if lost else total


def _style(row: LogRow) -> str:
    return "bold red" if row.unpriced else ""


def _facts(report: LogReport) -> Iterator[tuple[str, str]]:
    """Iterate over what stands below the table: the sum, what is missing, what it rests on."""
    whole = report.total
    total = None if whole is None else amounts.exact(whole, report.currency)
    missing = sum(each.requests for each in report.unpriced)
    yield "total", f"{cost_cell(total, missing)}{_window(report)}{_missing(missing)}"
    yield from _unpriced(report)
    if report.saved:
        saved = amounts.exact(abs(report.saved), report.currency)
        yield "caching", f"saved {saved}" if report.saved > 0 else f"added {saved} to the bill"
    if report.stated is not None:
        calls = amounts.counted(report.stated_requests, "call")
        yield "stated", f"{amounts.exact(report.stated, 'USD')} by the logs themselves, {calls}"
    yield from _reading(report)
    for each in report.assumptions:
        yield "assumed", each.text


def _window(report: LogReport) -> str:
    """Say when the calls were made, and whose days these are."""
    if report.first is None or report.last is None:
        return _outside(report)
    first, last = f"{report.first:%Y-%m-%d %H:%M}", f"{report.last:%Y-%m-%d %H:%M}"
    days = "" if report.timezone == "UTC" else f"; days are those of {report.timezone}"
    return f", calls from {first} to {last} UTC{days}"


def _outside(report: LogReport) -> str:
    """Say that there are calls, where the window has none of them."""
    calls = 0 if report.reading is None else report.reading.calls
    if not calls or report.requests or (report.since is None and report.until is None):
        return ""
    said = (
        "the call that was read lies" if calls == 1 else f"the {calls:,} calls that were read lie"
    )
    return f"; {said} outside of --since and --until"


def _missing(calls: int) -> str:
    """Say how many calls the total is without."""
    return f"; without {amounts.counted(calls, 'call')} of no known cost" if calls else ""


def _unpriced(report: LogReport) -> Iterator[tuple[str, str]]:
    """Iterate over what has no price, and where the records stand that contradict themselves."""
    for each in report.unpriced:
        said = amounts.counted(each.requests, "call")
        if each.quantities:  # nothing is known of what a faulty record counts
            said += (
                f", {amounts.size(each.input_tokens)} in, {amounts.size(each.output_tokens)} out"
            )
        yield "unpriced", f"{each.model or '(no model)'}: {said}: {each.reason}"
    if report.reading is not None:
        named = {each.reason for each in report.unpriced}
        others = [each for each in map(str, report.reading.faults) if each not in named]
        first = len(report.reading.faults) - len(others)
        if first:  # else they lie outside of the window
            yield from _few("unpriced", report.reading.faulty - first, others)


def _reading(report: LogReport) -> Iterator[tuple[str, str]]:
    read = report.reading
    if read is None:
        return
    formats = ", ".join(f"{count:,} of {name}" for name, count in read.formats.items())
    others = amounts.counted(read.other_files, "other file")
    more = f"; no log in {others}" if read.other_files else ""
    files = f"{amounts.counted(read.files, 'file')} ({formats})" if formats else "no file"
    calls, repeated = (
        amounts.counted(read.calls, "call"),
        amounts.counted(read.duplicates, "repeated line"),
    )
    said = f"{files}, {calls}, each once; {repeated}{more}"
    yield "read", said
    if read.skipped:
        yield from _few("skipped", read.skipped, [str(each) for each in read.skips])


def _few(label: str, number: int, said: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Iterate over the first of many, and how many more there are."""
    for each in said[:_FEW]:
        yield label, each
    if number > _FEW:
        yield label, f"{number - _FEW:,} more; see --json for the first hundred"
