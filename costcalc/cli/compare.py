"""`costcalc compare`: the same usage under several models, against a baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from costcalc.cli.comparison import UnpricedError, failures_of, in_options
from costcalc.cli.completion import complete_model
from costcalc.cli.counts import parse_pairs
from costcalc.cli.groups import command
from costcalc.cli.options import ConditionOptions, TableOptions, UsageOptions
from costcalc.cli.outcome import DONE, NothingFoundError, say_error
from costcalc.cli.price import currency_of
from costcalc.cli.search_options import SearchOptions
from costcalc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from costcalc.estimate.comparison import Comparison
    from costcalc.usage.usage import Usage

__all__ = ["app"]

app = typer.Typer(add_completion=False, rich_markup_mode="rich")

_SORTS = ("total", "given")


@command(app)
def compare(
    models: Annotated[
        list[str] | None,
        typer.Argument(
            show_default=False,
            metavar="MODEL",
            help="Ids, aliases or provider/model.",
            autocompletion=complete_model,
        ),
    ] = None,
    *,
    usage: UsageOptions,
    terms: ConditionOptions,
    search: SearchOptions,
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
    costcalc compare --cheapest --input 40k --output 1k --window 200k --needs images,batch
    """
    form.check()
    search.check()
    if sort not in _SORTS:
        msg = f"--sort {sort!r} is no order; write {' or '.join(_SORTS)}"
        raise UsageError(msg, sort=sort)
    if search.cheapest and sort == "given":
        raise UsageError("--sort given is for models as typed; --cheapest sorts by total")
    if not models and not search.cheapest:
        msg = (
            "missing argument 'MODEL': name the models to compare, or search for the cheapest ones "
            "with --cheapest; see 'costcalc compare --help'"
        )
        raise UsageError(msg)
    currency, rates = _exchange(to, rate)
    arguments = {**terms.terms(), "registry": form.registry(), "baseline": baseline,
                 "currency": currency, "rates": rates}  # fmt: skip
    try:
        if search.cheapest:
            found = _cheapest(usage.usage(), models, {**arguments, **search.constraints()})
        else:
            found = _compared(usage.usage(), models or (), arguments)
    except UsageError as error:
        raise UsageError(in_options(str(error)), **error.facts) from None
    found = found if sort == "given" else found.sorted()
    _print(found, form, searched=search.cheapest)
    return _ended(found, form)


def _compared(usage: Usage, models: Sequence[str], arguments: dict[str, Any]) -> Comparison:
    """Return the comparison, be it without rows: a table shows what failed, too."""
    from costcalc.estimate.compare import compared
    from costcalc.estimate.terms import Offer, Terms

    named = {name: arguments[name] for name in _NAMED}
    exchange = arguments["currency"], arguments["rates"]
    terms = Terms.of(usage, arguments["registry"], arguments["at"], named, *exchange)
    baseline = arguments["baseline"]
    base = None if baseline is None else Offer(baseline, baseline)
    offers = [Offer(name, name) for name in dict.fromkeys(models)]
    return compared(usage, offers, terms, baseline=base)[0]


_NAMED = ("service_tier", "batch", "region", "conditions")


def _cheapest(usage: Usage, models: Sequence[str] | None, arguments: dict[str, Any]) -> Comparison:
    from costcalc.estimate.cheapest import cheapest

    return cheapest(usage, models=models or None, **arguments)


def _ended(found: Comparison, form: TableOptions) -> int:
    """Return the exit code; say which named models have no price, or that none is left."""
    if found.failures:
        unpriced = UnpricedError.of(failures_of(found), len(found.rows))
        return say_error(unpriced, as_json=form.json)
    if not found.rows:
        msg = "no model is left; loosen a constraint, or see what was left out with --json"
        return say_error(NothingFoundError(msg), as_json=form.json)
    return DONE


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


def _print(found: Comparison, form: TableOptions, *, searched: bool) -> None:
    if form.json:
        from costcalc.cli.comparison import data_of
        from costcalc.cli.data import print_json

        print_json(data_of(found, searched=searched))
        return
    from costcalc.cli import comparison_table as table

    if form.csv:
        table.print_csv_of(found)
    elif form.markdown:
        table.print_markdown(found, searched=searched)
    else:
        table.print_table(found, searched=searched)
