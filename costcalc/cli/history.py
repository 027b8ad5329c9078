"""`costcalc history`: every dated price list of a model, as a table and a chart."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from costcalc.cli.groups import command
from costcalc.cli.options import ModelArgument, OutputOptions, ProviderOption
from costcalc.cli.outcome import DONE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from costcalc.cli.tables import Screen
    from costcalc.registry.cards import ModelInfo, PriceRecord

__all__ = ["app"]

app = typer.Typer(add_completion=False, rich_markup_mode="rich")

_CHARTED = ("input", "output")
_WIDEST = 100  # columns; a longer line of time says no more


@command(app)
def history(model: ModelArgument, provider: ProviderOption = None, *, form: OutputOptions) -> int:
    """Show every dated price list of a model, announced ones included, and how its rates moved.

    costcalc history deepseek-chat
    costcalc history grok-code-fast-1 --json
    """
    info = form.registry().model(model, provider=provider)
    now = datetime.now(UTC)
    if form.json:
        from costcalc.cli.data import jsonable, print_json

        prices = [{**jsonable(each), "status": _status(each, now)} for each in info.prices]
        head = {"model": info.id, "provider": info.provider, "currency": info.currency}
        retired = {"retired": info.retired, "redirects_to": info.redirects_to}
        print_json({**head, **retired, "prices": prices})
    else:
        _print(info, now)
    return DONE


def _status(record: PriceRecord, now: datetime) -> str:
    if record.start is not None and record.start > now:
        return "announced"
    return "past" if record.until is not None and record.until <= now else "current"


def _print(info: ModelInfo, now: datetime) -> None:
    from costcalc.cli import amounts
    from costcalc.cli.tables import Screen

    screen = Screen()
    screen.print(f"{info.id} ({info.provider}), prices by date", style="bold")
    screen.print()
    _print_table(screen, info, now)
    if info.retired is not None:
        after = f"; served, and billed, as {info.redirects_to}" if info.redirects_to else ""
        screen.print()
        verb = "retired" if info.retired <= now else "retires"
        screen.print(f"{verb} {amounts.moment(info.retired)}{after}", style="dim")
    if len(info.prices) > 1:
        for meter in _CHARTED:
            _print_chart(screen, info, meter, now)


def _print_table(screen: Screen, info: ModelInfo, now: datetime) -> None:
    from costcalc.cli import amounts
    from costcalc.cli.tables import Column, Grid

    meters = list(dict.fromkeys(_meters(info.prices)))
    grid = Grid(
        Column("from"), Column("until"), Column("status"),
        *(Column(meter.replace("_", " "), right=True) for meter in meters),
    )  # fmt: skip
    columns = [
        amounts.aligned(
            [
                amounts.rate(record.rates[meter], info.currency) if meter in record.rates else "–"
                for record in info.prices
            ]
        )
        for meter in meters
    ]
    for number, record in enumerate(info.prices):
        status = _status(record, now)
        style = {"current": "bold", "announced": "italic"}.get(status, "")
        cells = (column[number] for column in columns)
        first, last = amounts.moment(record.start), amounts.moment(record.until)
        grid.add(first, last, status, *cells, style=style)
    grid.show(screen)


def _meters(records: Sequence[PriceRecord]) -> Iterator[str]:
    """Iterate over the meters worth a column: the usual ones, and every one that changed."""
    for record in records:
        for meter, rate in record.rates.items():
            changed = any(each.rates.get(meter) != rate for each in records)
            if meter in {"input", "cache_read", "output"} or changed:
                yield meter


def _print_chart(screen: Screen, info: ModelInfo, meter: str, now: datetime) -> None:
    from costcalc.cli import amounts
    from costcalc.cli.charts import Step, steps

    parts = [
        Step(record.start, record.until, record.rates[meter])
        for record in info.prices
        if meter in record.rates
    ]
    if len({part.value for part in parts}) < 2:  # noqa: PLR2004 - one value is no movement
        return
    labels = amounts.aligned([amounts.rate(part.value, info.currency) for part in parts])
    screen.print()
    screen.print(f"{meter}, per 1M tokens")
    width = min(screen.width, _WIDEST)
    for line in steps(parts, labels, now, width, ascii_only=screen.ascii_only):
        screen.print(line)
