"""`costcalc logs --watch` for programs and pipes: a line for what has changed, once it has."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from costcalc.cli import amounts
from costcalc.cli.data import print_json_line
from costcalc.cli.logs_data import data_of
from costcalc.cli.logs_table import cost_cell, key_cells
from costcalc.cli.tables import Screen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from costcalc.logs.report import LogReport

__all__ = ["Changes"]

_BETWEEN = "  "


class Changes:
    """What was told so far."""

    def __init__(self) -> None:
        self._told: LogReport | None = None

    def show(self, report: LogReport, *, as_json: bool) -> None:
        """Print what no report before has said; nothing where that is nothing."""
        before = self._told
        if before is not None and _content(before) == _content(report):
            return
        self._told = report
        at = datetime.now(UTC).replace(microsecond=0)
        if as_json:
            print_json_line({**data_of(report), "at": at})
            return
        screen = Screen()
        for fields in _lines(report, before):
            line = _BETWEEN.join((f"{at:%Y-%m-%dT%H:%M:%SZ}", *fields))
            sys.stdout.write(f"{screen.text(line)}\n")
        sys.stdout.flush()


def _content(report: LogReport) -> Any:
    """Return what counts as a change: files that hold no other calls than before are none."""
    return report.since, report.rows, report.unpriced


def _lines(report: LogReport, before: LogReport | None) -> Iterator[list[str]]:
    """Iterate over the rows that changed, the sum last where there are several rows."""
    if not report.rows:
        yield [f"no call yet, since {report.since:%Y-%m-%d %H:%M} UTC"]
        return
    known = {row.key: row for row in before.rows} if before is not None else {}
    missing = _missing(report)
    for key, row in zip(key_cells(report, "(none)"), report.rows, strict=True):
        alone = len(report.rows) == 1
        if alone or row != known.get(row.key):
            cells = _cells(row, row.unpriced, report.currency)
            yield [*key, *cells, *(missing if alone else [])]
    if len(report.rows) > 1:
        unpriced = sum(each.requests for each in report.unpriced)
        yield ["all", *_cells(report, unpriced, report.currency), *missing]


def _cells(counted: Any, unpriced: int, currency: str) -> list[str]:
    """Return what a row, or all of them, cost and hold, each with its word."""
    ratio = counted.hit_ratio
    total = None if counted.total is None else amounts.exact(counted.total, currency)
    return [
        cost_cell(total, unpriced),
        amounts.counted(counted.requests, "call"),
        f"{amounts.size(counted.input_tokens)} in",
        f"{amounts.size(counted.output_tokens)} out",
        *([] if ratio is None else [f"hit ratio {ratio:.1%}"]),
    ]


def _missing(report: LogReport) -> list[str]:
    """Return what the cost is without."""
    models = ", ".join(each.model or "(no model)" for each in report.unpriced)
    return [f"without a price: {models}"] if models else []
