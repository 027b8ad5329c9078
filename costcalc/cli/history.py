"""`costcalc history`: every dated price list of a model, as a table and a chart."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from costcalc.cli.charts import check_chart, put_chart
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


@command(app)
def history(
    model: ModelArgument,
    chart: Annotated[
        str | None,
        typer.Option(
            "--chart",
            show_default=False,
            metavar="FILE",
            help="Draw the prices by date: .html, .png, .svg, .json, or - for the terminal.",
            rich_help_panel="Output",
        ),
    ] = None,
    provider: ProviderOption = None,
    *,
    form: OutputOptions,
) -> int:
    """Show every dated price list of a model, announced ones included, and how its rates moved.

    costcalc history deepseek-chat
    costcalc history deepseek-chat --chart prices.html
    costcalc history grok-code-fast-1 --json
    """
    info = form.registry().model(model, provider=provider)
    check_chart(chart, form)
    now = datetime.now(UTC)
    if form.json:
        from costcalc.cli.data import jsonable, print_json

        prices = [{**jsonable(each), "status": _status(each, now)} for each in info.prices]
        head = {"model": info.id, "provider": info.provider, "currency": info.currency}
        retired = {"retired": info.retired, "redirects_to": info.redirects_to}
        print_json({**head, **retired, "prices": prices})
    else:
        _print(info, now, has_charts=chart is None)
    if chart is not None:
        from costcalc.report.chart import chart as chart_of

        put_chart(chart_of(info, at=now), chart)
    return DONE


def _status(record: PriceRecord, now: datetime) -> str:
    if record.start is not None and record.start > now:
        return "announced"
    return "past" if record.until is not None and record.until <= now else "current"


def _print(info: ModelInfo, now: datetime, *, has_charts: bool) -> None:
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
    if has_charts:
        _print_charts(screen, info, now)


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


def _print_charts(screen: Screen, info: ModelInfo, now: datetime) -> None:
    from costcalc.report.history_chart import timelines
    from costcalc.report.timeline import timeline_lines

    for line in timelines(info, _CHARTED, now):
        if line.moved:
            screen.print()
            for text in timeline_lines(line, screen.width, ascii_only=screen.ascii_only):
                screen.print(text)
