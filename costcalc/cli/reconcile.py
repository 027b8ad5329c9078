"""`costcalc logs reconcile`: logs held against a bill, and what explains the difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from costcalc.cli.counts import parse_pairs
from costcalc.cli.groups import command
from costcalc.cli.options import TableOptions, WindowOptions
from costcalc.cli.outcome import DONE, UNPRICED, WARNING, say_warning
from costcalc.errors import UsageError

if TYPE_CHECKING:
    from costcalc.logs.bills.bill import Bill
    from costcalc.logs.reconciliation import Reconciliation

__all__ = ["UNEXPLAINED", "app"]

app = typer.Typer(add_completion=False, rich_markup_mode="rich")

UNEXPLAINED = 2
"""More remains than the tolerance, or nothing could be compared."""
_NO_CALLS = (
    "no call of the logs is of the bill's days and sellers, so that nothing is compared; name logs "
    "that have some, as files, folders or globs before --bill or --total; 'costcalc logs PATH --by "
    "day,provider' says what is in them"
)


@dataclass(frozen=True, kw_only=True)
class BillOptions:
    """The bill, and how it is read."""

    bill: Annotated[
        list[str] | None,
        typer.Option(
            "--bill", show_default=False, metavar="FILE",
            help="OpenAI's or Anthropic's cost export or report, OpenRouter's activity, a FOCUS "
            "table, or a table of yours with --column. Repeatable: the pages of one answer.",
        ),
    ] = None  # fmt: skip
    total: Annotated[
        str | None,
        typer.Option(
            "--total", show_default=False, metavar="AMOUNT",
            help="Instead of a file: the total of an invoice.",
        ),
    ] = None  # fmt: skip
    currency: Annotated[
        str | None,
        typer.Option(
            "--currency", show_default=False, metavar="CODE",
            help="Currency of --total or of a table without one; chooses where a bill has several.",
        ),
    ] = None  # fmt: skip
    exchange: Annotated[
        str | None,
        typer.Option(
            "--exchange", show_default=False, metavar="RATE",
            help="The prices' currency for one unit of the bill's.",
        ),
    ] = None  # fmt: skip
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column", show_default=False, metavar="WHAT=NAME",
            help="A table's column: amount=Cost, day=Date, model=SKU, currency=, meter=. "
            "Repeatable.",
        ),
    ] = None  # fmt: skip
    provider: Annotated[
        str | None,
        typer.Option(
            "--provider", show_default=False, metavar="NAME",
            help="Whose bill it is, where it does not say; others' calls are left out.",
        ),
    ] = None  # fmt: skip

    def read(self) -> Bill:
        """Return the bill."""
        if bool(self.bill) == (self.total is not None):
            raise UsageError("name one bill: --bill FILE, or --total AMOUNT for an invoice")
        if self.total is not None:
            from costcalc.logs.bills.bill import invoice

            return invoice(self.total, currency=self.currency or "USD", provider=self.provider)
        from costcalc.logs.bills.reading import read_bill

        columns = parse_pairs(self.column, "--column", "amount=Cost")
        return read_bill(
            self.bill or (), columns=columns, currency=self.currency, provider=self.provider
        )


@dataclass(frozen=True, kw_only=True)
class CompareOptions:
    """What may differ."""

    tolerance: Annotated[
        str,
        typer.Option(
            "--tolerance", metavar="AMOUNT",
            help="What may remain unexplained: an amount, or a share of the bill such as 0.5%.",
        ),
    ] = "0.01"  # fmt: skip


@command(app)
def reconcile(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            show_default=False,
            metavar="PATH",
            help="Logs: files, folders, globs; none is where agents keep theirs on this machine.",
        ),
    ] = None,
    *,
    bill: BillOptions,
    window: WindowOptions,
    which: CompareOptions,
    form: TableOptions,
) -> int:
    """Hold logs against a bill: every difference, and the money that each reason accounts for.

    costcalc logs reconcile --bill cost_report.json
    costcalc logs reconcile usage.jsonl --bill costs.csv --tolerance 0.5%
    costcalc logs reconcile --total 123.45 --since 2026-09-01 --until 2026-10-01

    Without --since and --until the days of the bill are compared.

    Exit codes: 0 agrees, 1 every difference is explained, 2 more than the tolerance is not or
    there is no call to compare, 3 calls have no price, 4 wrong input.
    """
    form.check()
    found = _found(paths or None, bill, {**window.terms(), "tolerance": which.tolerance}, form)
    _print(found, form)
    if found.outcome == "no_calls":
        say_warning(_NO_CALLS, "NoCallsWarning", as_json=form.json)
    if found.unpriced:
        return UNPRICED
    return {"agrees": DONE, "explained": WARNING}.get(found.outcome, UNEXPLAINED)


def _found(
    paths: Any, bill: BillOptions, terms: dict[str, Any], form: TableOptions
) -> Reconciliation:
    """Return the reconciliation, with a bar of the bytes that are read."""
    from costcalc.cli.progress import bytes_read
    from costcalc.logs.reconciling import reconcile as held

    charged, registry = bill.read(), form.registry()
    with bytes_read("reading logs") as show:
        return held(
            paths, charged, provider=bill.provider, exchange=bill.exchange, registry=registry,
            progress=show, **terms,
        )  # fmt: skip


def _print(found: Reconciliation, form: TableOptions) -> None:
    if form.json:
        from costcalc.cli.data import print_json
        from costcalc.cli.reconcile_table import data_of

        print_json(data_of(found))
        return
    from costcalc.cli import reconcile_table as table

    if form.csv:
        table.print_csv_of(found)
    elif form.markdown:
        table.print_markdown(found)
    else:
        table.print_table(found)
