"""`costcalc price`: what a request costs, as a receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from costcalc.cli.groups import command
from costcalc.cli.options import (
    ConditionOptions,
    ModelArgument,
    OutputOptions,
    ProviderOption,
    UsageOptions,
)
from costcalc.cli.outcome import DONE
from costcalc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from costcalc.billing.cost import Cost

__all__ = ["app"]

app = typer.Typer(add_completion=False, rich_markup_mode="rich")


@command(app)
def price(
    model: ModelArgument,
    usage: UsageOptions,
    provider: ProviderOption = None,
    *,
    terms: ConditionOptions,
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
        str | None,
        typer.Option(
            "--rate",
            show_default=False,
            metavar="RATE",
            help="Units of it for one of the price's currency.",
            rich_help_panel="Output",
        ),
    ] = None,
    form: OutputOptions,
) -> int:
    """Price a request, or an aggregate of requests, and print the receipt.

    costcalc price grok-code-fast-1 --input 1M --cached 600k --at 2025-09-07
    costcalc price gpt-5 --input 20k --output 2k --batch --to EUR --rate 0.92
    costcalc price xai/grok-4.3 --input 300k --unit web_search=3 --json
    """
    if (to is None) != (rate is None):
        raise UsageError("--to and --rate belong together: --to EUR --rate 0.92")
    from costcalc.billing.price import price as price_of

    cost = price_of(
        model, usage.usage(), provider=provider, registry=form.registry(), **terms.terms()
    )
    final = cost if to is None or rate is None else cost.to(currency_of(to), rate=rate)
    if form.json:
        from costcalc.cli.data import print_json

        print_json(final)
    else:
        _show(final, cost)
    return DONE


def currency_of(text: str) -> str:
    """Return a currency code in capitals; `UsageError` where it is none."""
    code = text.strip().upper()
    if not (len(code) == 3 and code.isascii() and code.isalpha()):  # noqa: PLR2004 - ISO 4217
        msg = f"--to {text!r} is no currency code; write three letters, such as EUR"
        raise UsageError(msg, currency=text)
    return code


def _show(cost: Cost, before: Cost) -> None:
    from costcalc.cli import amounts
    from costcalc.cli.tables import Column, Grid, Screen

    screen = Screen()
    screen.print(f"{cost.model} ({cost.provider}) at {amounts.moment(cost.at)}", style="bold")
    screen.print()
    rates = [amounts.rate(line.rate, cost.currency) for line in cost.lines]
    sums = [amounts.exact(line.amount, cost.currency) for line in cost.lines]
    *sums, total = amounts.aligned([*sums, amounts.exact(cost.total, cost.currency)])
    explained = any(line.why for line in cost.lines)
    columns = [
        Column("meter"), Column("quantity", right=True), Column("rate", right=True),
        Column("per"), Column("amount", right=True),
        *([Column("why", prose=True, style="dim")] if explained else []),
    ]  # fmt: skip
    grid = Grid(*columns)
    for line, rate, amount in zip(cost.lines, amounts.aligned(rates), sums, strict=True):
        why = [line.why] if explained else []
        grid.add(line.meter, f"{line.quantity:,}", rate, line.unit, amount, *why)
    rest = [""] if explained else []
    grid.add("total", "", "", "", total, *rest, style="bold")
    grid.show(screen)
    screen.print()
    screen.facts(_basis(cost, before))


def _basis(cost: Cost, before: Cost) -> Iterator[tuple[str, str]]:
    """Iterate over what the cost rests on, as labelled sentences."""
    from costcalc.cli import amounts

    if cost.currency != before.currency:
        yield f"in {before.currency}", amounts.exact(before.total, before.currency)
    held = cost.period
    yield "price", window(held and held.start, held and held.until)
    if cost.source:
        yield "source", cost.source + (f", checked {cost.checked}" if cost.checked else "")
    for assumption in cost.assumptions:
        yield "assumed", assumption.text
    for note in cost.notes:
        yield "note", note


def window(start: Any, until: Any) -> str:
    """Return a window of time in words."""
    from costcalc.cli import amounts

    first = f"from {amounts.moment(start)}" if start else "from the beginning"
    return f"{first} until {amounts.moment(until) if until else 'further notice'}"
