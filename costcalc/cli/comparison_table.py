"""A comparison for people: a table with bars, Markdown, or CSV."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from costcalc.cli import amounts
from costcalc.cli.charts import bar
from costcalc.cli.tables import Column, Grid, Screen, print_csv
from costcalc.meters import METERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from costcalc.cli.comparison import Comparison, Row

__all__ = ["print_csv_of", "print_markdown", "print_table"]

_BAR = (6, 30)  # columns of a bar: below the first it says nothing, above the second no more
_GAP = 2


def print_table(found: Comparison) -> None:
    """Print the comparison to a terminal."""
    screen = Screen()
    room = screen.width - _grid(found, screen, 0).natural_width() - _GAP
    width = min(room, _BAR[1]) if room >= _BAR[0] else 0
    _grid(found, screen, width).show(screen)
    screen.print()
    screen.facts(_facts(found))


def print_markdown(found: Comparison) -> None:
    """Print the comparison as a Markdown table, with the unpriced models below."""
    sys.stdout.write(_grid(found, None, 0).markdown())
    for failure in found.failures:
        sys.stdout.write(f"\nNot priced: `{failure.name}`: {failure.message}\n")


def print_csv_of(found: Comparison) -> None:
    """Print the comparison as CSV, unpriced models with their reason."""
    from costcalc.cli.data import jsonable

    meters = _meters(found)
    head = ["model", "provider", "name", *meters, "total", "currency", "ratio", "unpriced"]
    rows: list[Sequence[object]] = []
    for row in found.rows:
        cost = row.cost
        rates = {line.meter: line.rate for line in cost.lines}
        rows.append(
            jsonable(
                [
                    cost.model, cost.provider, row.name, *(rates.get(meter) for meter in meters),
                    cost.total, cost.currency, row.ratio, None,
                ]
            )
        )  # fmt: skip
    blank = [None] * (len(meters) + 3)
    rows += [[None, None, each.name, *blank, each.message] for each in found.failures]
    print_csv(head, rows)


def _meters(found: Comparison) -> list[str]:
    used = {line.meter for row in found.rows for line in row.cost.lines}
    return [meter for meter in METERS if meter in used]


def _grid(found: Comparison, screen: Screen | None, width: int) -> Grid:
    """Return the table; with bars of a width where it is not 0."""
    currency = found.currency or ""
    meters = _meters(found)
    grid = Grid(
        Column("model", fold=True),
        *(Column(meter.replace("_", " "), right=True) for meter in meters),
        Column("total", right=True), Column("times", right=True), Column("saving", right=True),
        *([Column("")] if width else []),
    )  # fmt: skip
    rates = [_rates(found, meter) for meter in meters]
    totals = amounts.rounded([row.cost.total for row in found.rows], currency)
    most = max((row.cost.total for row in found.rows), default=amounts.ZERO)
    for number, row in enumerate(found.rows):
        is_base = row is found.baseline
        drawn = bar(
            row.cost.total, most, width, ascii_only=screen is not None and screen.ascii_only
        )
        grid.add(
            _name(row), *(column[number] for column in rates), totals[number],
            amounts.ratio(row.ratio), "" if is_base else amounts.share(row.saving),
            *([drawn] if width else []), style="bold" if is_base else "",
        )  # fmt: skip
    blank = [""] * len(meters)
    for failure in found.failures:
        rest = ["not priced", "", "", *([""] if width else [])]
        grid.add(failure.name, *blank, *rest, style="bold red")
    return grid


def _rates(found: Comparison, meter: str) -> list[str]:
    texts: list[str] = []
    for row in found.rows:
        line = next((each for each in row.cost.lines if each.meter == meter), None)
        texts.append("–" if line is None else amounts.rate(line.rate, row.cost.currency))
    return amounts.aligned(texts)


def _name(row: Row) -> str:
    """Return the model that is billed, behind its provider where the caller named that."""
    model = row.cost.model or row.name
    return f"{row.cost.provider}/{model}" if "/" in row.name and "/" not in model else model


def _facts(found: Comparison) -> Iterator[tuple[str, str]]:
    if found.baseline is not None:
        name = _name(found.baseline)
        yield "baseline", f"{name}; 'saving' is how much less the cheaper one of the two costs"
    units = dict.fromkeys(METERS[meter].unit for meter in _meters(found))
    yield "rates", f"per {', '.join(units)}, at {amounts.moment(found.at)}"
    for failure in found.failures:
        yield "unpriced", f"{failure.name}: {failure.message}"
    said: dict[str, dict[str, None]] = {}
    for row in found.rows:
        for assumption in row.cost.assumptions:
            said.setdefault(assumption.text, {})[_name(row)] = None
    everybody = {_name(row) for row in found.rows}
    for text, names in said.items():
        plain = any(name in text for name in names) or set(names) == everybody
        yield "assumed", text if plain else f"{', '.join(names)}: {text}"
