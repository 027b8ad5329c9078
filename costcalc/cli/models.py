"""`costcalc models`: the models that have prices, as a table."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from costcalc import instants
from costcalc.cli.completion import complete_provider
from costcalc.cli.counts import parse_count
from costcalc.cli.groups import command
from costcalc.cli.options import TableOptions
from costcalc.cli.outcome import DONE, NothingFoundError
from costcalc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal
    from typing import Any

    from costcalc.cli.tables import Grid
    from costcalc.registry.cards import ModelInfo, PriceRecord

__all__ = ["app", "record_at", "status"]

app = typer.Typer(add_completion=False, rich_markup_mode="rich")

_SORTS = ("id", "input", "output")
_SHOWN = ("input", "cache_read", "output")


@command(app)
def models(
    search: Annotated[
        str | None,
        typer.Argument(
            show_default=False, metavar="SEARCH", help="Text in the id, an alias or the name."
        ),
    ] = None,
    provider: Annotated[
        str | None,
        typer.Option(
            "--provider",
            show_default=False,
            metavar="NAME",
            help="Of this provider only.",
            autocompletion=complete_provider,
        ),
    ] = None,
    *,
    retired: Annotated[
        bool, typer.Option("--retired", show_default=False, help="Retired ones only.")
    ] = False,
    current: Annotated[
        bool, typer.Option("--current", show_default=False, help="Without retired ones.")
    ] = False,
    at: Annotated[
        str | None,
        typer.Option(
            "--at", show_default=False, metavar="TIME", help="Rates at this time; else now."
        ),
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option(
            "--sort",
            show_default=False,
            metavar="KEY",
            help=f"{', '.join(_SORTS)}; else by provider.",
        ),
    ] = None,
    limit: Annotated[
        str | None,
        typer.Option(
            "--limit", show_default=False, metavar="COUNT", help="Show the first ones only."
        ),
    ] = None,
    form: TableOptions,
) -> int:
    """List the models with their standard rates per million tokens.

    costcalc models grok --current
    costcalc models --provider anthropic --sort output --limit 5
    """
    form.check()
    if retired and current:
        raise UsageError("--retired and --current exclude each other; keep one")
    if sort is not None and sort not in _SORTS:
        msg = f"--sort {sort!r} is no order; write {', '.join(_SORTS)}"
        raise UsageError(msg, sort=sort)
    moment = datetime.now(UTC) if at is None else instants.to_datetime(instants.parse(at))
    wanted = retired if retired or current else None
    found = form.registry().models(search, provider=provider, retired=wanted)
    if not found:
        said = f" matches {search!r}" if search else " is there"
        raise NothingFoundError(
            f"no model{said} with these options; list all with 'costcalc models'"
        )
    chosen = _sorted(found, sort, moment)
    if limit is not None:
        chosen = chosen[: parse_count(limit, "--limit")]
    _print(chosen, len(found), moment, form)
    return DONE


def record_at(info: ModelInfo, moment: datetime) -> PriceRecord | None:
    """Return the price list of a model that holds at an instant."""
    for record in info.prices:
        begun = record.start is None or record.start <= moment
        if begun and (record.until is None or moment < record.until):
            return record
    return None


def _rate(info: ModelInfo, meter: str, moment: datetime) -> Decimal | None:
    record = record_at(info, moment)
    return None if record is None else record.rates.get(meter)


def _sorted(infos: Sequence[ModelInfo], sort: str | None, moment: datetime) -> list[ModelInfo]:
    """Return models in an order; those without the rate come last."""
    if sort is None:
        return list(infos)
    if sort == "id":
        return sorted(infos, key=lambda info: info.id.lower())

    def key(info: ModelInfo) -> tuple[bool, bool, Any]:
        rate = _rate(info, sort, moment)
        return rate is None, info.currency != "USD", rate if rate is not None else 0

    return sorted(infos, key=key)


def status(info: ModelInfo, moment: datetime) -> str:
    """Return whether a model is sold at an instant, in a word or two."""
    from costcalc.cli import amounts

    if info.retired is not None and info.retired <= moment:
        return f"retired {info.retired:%Y-%m-%d}"
    if record_at(info, moment) is not None:
        return "current"
    later = [each.start for each in info.prices if each.start is not None and each.start > moment]
    return f"from {amounts.moment(min(later))}" if later else "no price"


def _print(infos: Sequence[ModelInfo], found: int, moment: datetime, form: TableOptions) -> None:
    if form.json:
        from costcalc.cli.data import print_json

        print_json({"found": found, "models": [_data(info, moment) for info in infos]})
    elif form.csv:
        from costcalc.cli.data import jsonable
        from costcalc.cli.tables import print_csv

        rows = [jsonable(_data(info, moment)) for info in infos]
        print_csv(list(rows[0]) if rows else (), [list(row.values()) for row in rows])
    elif form.markdown:
        sys.stdout.write(_grid(infos, moment).markdown())
    else:
        from costcalc.cli import amounts
        from costcalc.cli.tables import Screen

        screen = Screen()
        _grid(infos, moment).show(screen)
        screen.print()
        shown = f"{len(infos):,} of " if len(infos) < found else ""
        many = amounts.counted(found, "model")
        at = amounts.moment(moment)
        screen.print(f"{shown}{many}; rates per 1M tokens at {at}", style="dim")


def _data(info: ModelInfo, moment: datetime) -> dict[str, Any]:
    return {
        "id": info.id,
        "provider": info.provider,
        "name": info.name,
        "currency": info.currency,
        **{meter: _rate(info, meter, moment) for meter in _SHOWN},
        "context_window": info.context_window,
        "max_output": info.max_output,
        "status": status(info, moment),
        "retired": info.retired,
        "redirects_to": info.redirects_to,
    }


def _grid(infos: Sequence[ModelInfo], moment: datetime) -> Grid:
    from costcalc.cli import amounts
    from costcalc.cli.tables import Column, Grid

    grid = Grid(
        Column("id", fold=True), Column("provider"), Column("input", right=True),
        Column("cache read", right=True), Column("output", right=True),
        Column("window", right=True), Column("status"),
    )  # fmt: skip
    cells: list[list[str]] = []
    for meter in _SHOWN:
        rates = [(info.currency, _rate(info, meter, moment)) for info in infos]
        texts = ["–" if rate is None else amounts.rate(rate, money) for money, rate in rates]
        cells.append(amounts.aligned(texts))
    for number, info in enumerate(infos):
        row = (column[number] for column in cells)
        window = amounts.size(info.context_window)
        said = status(info, moment)
        style = "" if said == "current" else "dim"
        grid.add(info.id, info.provider, *row, window, said, style=style)
    return grid
