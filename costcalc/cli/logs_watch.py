"""`costcalc logs --watch`: today's calls while they come in."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from costcalc.cli import amounts
from costcalc.cli.logs_changes import Changes
from costcalc.cli.logs_table import cost_cells, key_cells
from costcalc.cli.outcome import DONE
from costcalc.cli.pipes import is_read
from costcalc.errors import UsageError
from costcalc.logs.files import state_of
from costcalc.logs.periods import Zone
from costcalc.logs.places import homes, places
from costcalc.logs.pricing import price
from costcalc.logs.reading import read_calls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from costcalc.logs.report import LogReport
    from costcalc.registry.registry import Registry

__all__ = ["Watch", "seconds_of", "view_of", "watch_logs"]

_DAY_SECONDS = 86_400
_LEAST_SECONDS = 1
_MOST_ROWS = 20
_FIGURES = {
    "api_equivalent": "what the API would charge, whoever pays",
    "lower_bound": "a lower bound",
}
"""What logs are, in short, by the code of the assumption that says it in full."""


def seconds_of(text: str) -> float:
    """Return how often to look; `UsageError` for what is no time."""
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not _LEAST_SECONDS <= found <= _DAY_SECONDS:
        msg = f"--every is a number of seconds, from 1 to a day, not {text!r}"
        raise UsageError(msg, every=text)
    return found


def watch_logs(watch: Watch, seconds: float, *, as_json: bool) -> int:
    """Show what the logs cost, again and again, until somebody stops it.

    A terminal has a table that stays up to date; a pipe, a file and JSON a line a change.
    """
    try:
        if as_json or not _is_screen():
            return _print_changes(watch, seconds, as_json=as_json)
        with Live(view_of(watch.refresh()), auto_refresh=False) as live:
            while True:
                time.sleep(seconds)
                live.update(view_of(watch.refresh()), refresh=True)
    except KeyboardInterrupt:
        return DONE


def _is_screen() -> bool:
    """Return whether what is printed can be printed over."""
    return sys.stdout.isatty() and not Console().is_dumb_terminal


def _print_changes(watch: Watch, seconds: float, *, as_json: bool) -> int:
    """Print what changes until nobody reads it."""
    changes = Changes()
    while True:
        changes.show(watch.refresh(), as_json=as_json)
        if not is_read(sys.stdout):
            return DONE
        time.sleep(seconds)


class Watch:
    """The report on the logs, and what tells whether it has changed.

    Files that nobody wrote to since the window began hold no call of it, and are not read.
    """

    def __init__(self, paths: Any, terms: dict[str, Any], registry: Registry) -> None:
        self._paths = paths
        self._terms = terms
        self._registry = registry
        self._state: Any = None
        self._found: LogReport | None = None

    def refresh(self) -> LogReport:
        """Return the report as it is now; the logs are read again where a file has changed."""
        paths = self._paths if self._paths is not None else homes()
        since = self._since()
        state = (since, {path: state_of(path) for path in places(paths, lambda _: None)[0]})
        if self._found is None or state != self._state:
            self._found = self._report(since)
            self._state = state
        return self._found

    def _since(self) -> Any:
        """Return when the window begins: today, unless it was said."""
        if self._terms["since"] is not None:
            return self._terms["since"]
        now = int(datetime.now(UTC).timestamp() * 1_000_000)
        return Zone(self._terms["timezone"]).labels("day")(now)

    def _report(self, since: Any) -> LogReport:
        terms = {**self._terms, "since": since}
        begin = Zone(terms["timezone"]).instant(since) / 1_000_000
        name = terms.pop("format")
        records = read_calls(self._paths, format=name, modified=begin)
        return price(records, registry=self._registry, **terms)


def view_of(report: LogReport) -> RenderableType:
    """Return what is shown: the rows, the sum, when it was, what has no price."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in report.by:
        table.add_column(name)
    for name in ("calls", "input", "output", "hit ratio", "cost"):
        table.add_column(name, justify="right")
    *costs, whole = cost_cells(report)
    rows = zip(key_cells(report, "–"), report.rows, costs, strict=True)
    for key, row, cost in list(rows)[-_MOST_ROWS:]:
        table.add_row(*key, *_cells(row, row.requests), cost)
    blank = [""] * (len(report.by) - 1)
    table.add_row("all", *blank, *_cells(report, report.requests), whole, style="bold")
    last = "no call yet" if report.last is None else f"last call {report.last:%H:%M:%S}"
    begin = f"{last}, since {report.since:%Y-%m-%d %H:%M} UTC"
    lines: list[RenderableType] = [table, Text(f"{begin}; Ctrl-C ends it", style="dim")]
    lines += [Text(text, "dim") for text in _kinds(report)]
    lines += [
        Text(f"{amounts.counted(each.requests, 'call')} without a price: {each.model}", "red")
        for each in report.unpriced
    ]
    return Group(*lines)


def _kinds(report: LogReport) -> Iterator[str]:
    """Iterate over what kind of figures these are, and what is missing."""
    codes = {each.code for each in report.assumptions}
    said = [text for code, text in _FIGURES.items() if code in codes]
    if said:
        yield ", ".join(said)
    if report.reading is not None and report.reading.skipped:
        yield f"{report.reading.skipped:,} skipped; 'costcalc logs' says what"


def _cells(tokens: Any, requests: int) -> list[str]:
    ratio = tokens.hit_ratio
    return [
        f"{requests:,}", amounts.size(tokens.input_tokens), amounts.size(tokens.output_tokens),
        "–" if ratio is None else f"{ratio:.1%}",
    ]  # fmt: skip
