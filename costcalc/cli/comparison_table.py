"""A comparison for people: a table with bars, Markdown, or CSV."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from costcalc.cli import amounts
from costcalc.cli.comparison import failures_of
from costcalc.cli.tables import Column, Grid, Screen, print_csv
from costcalc.meters import METERS
from costcalc.report.bars import bar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from costcalc.estimate.comparison import Comparison, ComparisonRow

__all__ = ["print_csv_of", "print_markdown", "print_table"]

_BAR = (6, 30)  # columns of a bar: below the first it says nothing, above the second no more
_GAP = 2
_FEW = 3  # models that are named where they are left out


def print_table(found: Comparison, *, searched: bool) -> None:
    """Print the comparison to a terminal."""
    screen = Screen()
    room = screen.width - _grid(found, screen, 0, searched=searched).natural_width() - _GAP
    width = min(room, _BAR[1]) if room >= _BAR[0] else 0
    _grid(found, screen, width, searched=searched).show(screen)
    screen.print()
    screen.facts(_facts(found))


def print_markdown(found: Comparison, *, searched: bool) -> None:
    """Print the comparison as a Markdown table, and below it what has no row."""
    sys.stdout.write(_grid(found, None, 0, searched=searched).markdown())
    for failure in failures_of(found):
        sys.stdout.write(f"\nNot priced: `{failure.name}`: {failure.message}\n")
    for line in _left_out(found):
        sys.stdout.write(f"\nLeft out: {line}\n")


def print_csv_of(found: Comparison) -> None:
    """Print the comparison as CSV, unpriced models with their reason."""
    from costcalc.cli.data import jsonable

    meters = _meters(found)
    head = ["model", "provider", "name", *meters, "total", "currency", "ratio", "unpriced"]
    rows: list[Sequence[object]] = []
    for row in found.rows:
        rates = {line.meter: line.rate for line in row.cost.lines}
        rows.append(
            jsonable(
                [
                    row.model, row.provider, row.name, *(rates.get(meter) for meter in meters),
                    row.total, row.currency, row.times, None,
                ]
            )
        )  # fmt: skip
    blank = [None] * (len(meters) + 3)
    rows += [[None, None, each.name, *blank, each.message] for each in failures_of(found)]
    print_csv(head, rows)


def _meters(found: Comparison) -> list[str]:
    used = {line.meter for row in found.rows for line in row.cost.lines}
    return [meter for meter in METERS if meter in used]


def _grid(found: Comparison, screen: Screen | None, width: int, *, searched: bool) -> Grid:
    """Return the table; with bars of a width where it is not 0, of a search with the windows."""
    meters = _meters(found)
    grid = Grid(
        Column("model", fold=True),
        *(Column(meter.replace("_", " "), right=True) for meter in meters),
        Column("total", right=True), Column("times", right=True), Column("saving", right=True),
        *([Column("window", right=True)] if searched else []), *([Column("")] if width else []),
    )  # fmt: skip
    rates = [_rates(found, meter) for meter in meters]
    totals = amounts.rounded([row.total for row in found.rows], found.currency or "")
    most = max((row.total for row in found.rows), default=amounts.ZERO)
    for number, row in enumerate(found.rows):
        is_base = row is found.baseline
        drawn = bar(row.total, most, width, ascii_only=screen is not None and screen.ascii_only)
        grid.add(
            _name(row), *(column[number] for column in rates), totals[number],
            amounts.ratio(row.times), "" if is_base else amounts.share(row.saving),
            *([amounts.size(row.context_window)] if searched else []),
            *([drawn] if width else []), style="bold" if is_base else "",
        )  # fmt: skip
    blank = [""] * len(meters)
    more = [""] * (searched + bool(width))
    for failure in found.failures:
        grid.add(failure.name, *blank, "not priced", "", "", *more, style="bold red")
    return grid


def _rates(found: Comparison, meter: str) -> list[str]:
    texts: list[str] = []
    for row in found.rows:
        line = next((each for each in row.cost.lines if each.meter == meter), None)
        texts.append("–" if line is None else amounts.rate(line.rate, row.currency))
    return amounts.aligned(texts)


def _name(row: ComparisonRow) -> str:
    """Return the model that is billed, behind its provider where the caller named that."""
    named = "/" in row.name and "/" not in row.model
    return f"{row.provider}/{row.model}" if named else row.model


def _facts(found: Comparison) -> Iterator[tuple[str, str]]:
    if found.baseline is not None:
        name = _name(found.baseline)
        yield "baseline", f"{name}; 'saving' is how much less the cheaper one of the two costs"
    units = dict.fromkeys(METERS[meter].unit for meter in _meters(found))
    if units:
        yield "rates", f"per {', '.join(units)}, at {amounts.moment(found.at)}"
    for failure in failures_of(found):
        yield "unpriced", f"{failure.name}: {failure.message}"
    for line in _left_out(found):
        yield "left out", line
    yield from _too_long(found)
    said: dict[str, dict[str, None]] = {}
    for row in found.rows:
        for assumption in row.cost.assumptions:
            said.setdefault(assumption.text, {})[_name(row)] = None
    everybody = {_name(row) for row in found.rows}
    for text, names in said.items():
        plain = any(name in text for name in names) or set(names) == everybody
        yield "assumed", text if plain else f"{', '.join(names)}: {text}"
    for assumption in found.assumptions:
        yield "assumed", assumption.text


def _too_long(found: Comparison) -> Iterator[tuple[str, str]]:
    """Yield what does not fit, where the price itself does not say so."""
    for row in found.rows:
        said = any(assumption.code == "context_window" for assumption in row.cost.assumptions)
        if row.fits is False and not said:
            window = f"{row.context_window:,} tokens"
            yield "too long", f"prompt and reply are above the window of {_name(row)}, {window}"


def _left_out(found: Comparison) -> Iterator[str]:
    """Yield how many models a search left out for each reason, the most first; a few by name."""
    for reason, names in sorted(found.excluded.items(), key=lambda pair: -len(pair[1])):
        few = f" ({', '.join(names)})" if len(names) <= _FEW else ""
        yield f"{amounts.counted(len(names), 'model')}: {reason}{few}"
