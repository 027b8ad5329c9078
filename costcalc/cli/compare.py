"""`costcalc compare`: the same usage under several models, against a baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from costcalc.cli.comparison import Comparison, Terms, UnpricedError
from costcalc.cli.completion import complete_model
from costcalc.cli.counts import parse_pairs
from costcalc.cli.groups import command
from costcalc.cli.options import ConditionOptions, TableOptions, UsageOptions
from costcalc.cli.outcome import DONE, say_error
from costcalc.cli.price import currency_of
from costcalc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["app"]

app = typer.Typer(add_completion=False, rich_markup_mode="rich")

_SORTS = ("total", "given")


@command(app)
def compare(
    models: Annotated[
        list[str],
        typer.Argument(
            show_default=False,
            metavar="MODEL",
            help="Ids, aliases or provider/model.",
            autocompletion=complete_model,
        ),
    ],
    usage: UsageOptions,
    terms: ConditionOptions,
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline",
            show_default=False,
            metavar="MODEL",
            help="Compare with this one; else with the cheapest.",
            autocompletion=complete_model,
        ),
    ] = None,
    *,
    sort: Annotated[
        str, typer.Option("--sort", metavar="KEY", help="total or given (as typed).")
    ] = "total",
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            show_default=False,
            metavar="CUR",
            help="Convert to this currency.",
            rich_help_panel="Output",
        ),
    ] = None,
    rate: Annotated[
        list[str] | None,
        typer.Option(
            "--rate",
            show_default=False,
            metavar="CUR=RATE",
            help="Units of it for one CUR; a bare number is for USD. Repeatable.",
            rich_help_panel="Output",
        ),
    ] = None,
    form: TableOptions,
) -> int:
    """Price the same usage under several models, and say how many times dearer each is.

    costcalc compare --input 40k --cached 30k --output 1k gpt-5 grok-code-fast-1
    costcalc compare --input 9k --at 2025-09-01 --baseline gpt-5 o3 gpt-5-mini
    """
    form.check()
    if sort not in _SORTS:
        msg = f"--sort {sort!r} is no order; write {' or '.join(_SORTS)}"
        raise UsageError(msg, sort=sort)
    found = Comparison.of(
        models,
        usage.usage(),
        baseline,
        Terms(form.registry(), terms.terms(), *_exchange(to, rate)),
        keep_order=sort == "given",
    )
    _print(found, form)
    if not found.failures:
        return DONE
    return say_error(UnpricedError.of(found.failures, len(found.rows)), as_json=form.json)


def _exchange(to: str | None, rates: Sequence[str] | None) -> tuple[str | None, dict[str, str]]:
    """Return the currency to convert to, and the rate of each currency."""
    if (to is None) != (not rates):
        raise UsageError("--to and --rate belong together: --to EUR --rate USD=0.92")
    if to is None:
        return None, {}
    pairs = [each if "=" in each else f"USD={each}" for each in rates or ()]
    return currency_of(to), {
        name.upper(): value for name, value in parse_pairs(pairs, "--rate", "USD=0.92").items()
    }


def _print(found: Comparison, form: TableOptions) -> None:
    if form.json:
        from costcalc.cli.data import print_json

        print_json(found.data())
        return
    from costcalc.cli import comparison_table as table

    if form.csv:
        table.print_csv_of(found)
    elif form.markdown:
        table.print_markdown(found)
    else:
        table.print_table(found)
