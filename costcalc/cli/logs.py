"""`costcalc logs`: what agents and batches have cost, by day, model, session or project."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from costcalc.cli.completion import complete_model
from costcalc.cli.groups import command
from costcalc.cli.logs_focus import ExportOptions
from costcalc.cli.options import TableOptions, WindowOptions
from costcalc.cli.outcome import DONE, say_error, say_warning
from costcalc.errors import CostcalcError, UsageError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from costcalc.logs.report import LogReport, Unpriced

__all__ = ["UnpricedLogsError", "app"]

app = typer.Typer(add_completion=False, rich_markup_mode="rich")

_SECONDS = "5"


class UnpricedLogsError(CostcalcError, LookupError):
    """Calls of logs that have no price."""

    def __init__(self, unpriced: Sequence[Unpriced], of: int) -> None:
        super().__init__()
        faults = [each for each in unpriced if each.error == UsageError.__name__]
        models = [each.model for each in unpriced if each not in faults]
        self.models = tuple(dict.fromkeys(models))
        self.requests = sum(each.requests for each in unpriced)
        self.faulty = sum(each.requests for each in faults)
        reasons: list[str] = []
        if models:
            names = ", ".join(repr(name) for name in self.models)
            reasons.append(f"{names}; add their prices in your own file with --pricing")
        if faults:
            reasons.append(f"{self.faulty:,} contradict themselves, such as {faults[0].reason}")
        self.message = (
            f"{self.requests:,} of {of:,} calls have no price, and the total is without them: "
            f"{'; '.join(reasons)}"
        )


@dataclass(frozen=True, kw_only=True)
class LogOptions:
    """By what calls are added up, and as whose they are priced."""

    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by", show_default=False, metavar="NAME",
            help="day (the default), week, month, year, model, provider, session, project, format "
            "or file; several with commas.",
        ),
    ] = None  # fmt: skip
    as_model: Annotated[
        str | None,
        typer.Option(
            "--as", show_default=False, metavar="MODEL",
            help="Price every call as if this model had answered it.",
            autocompletion=complete_model,
        ),
    ] = None  # fmt: skip

    def terms(self) -> dict[str, Any]:
        """Return the arguments of `logs.price`."""
        names = [name.strip() for each in self.by or () for name in each.split(",")]
        return {
            "by": names or "day",
            "as_model": self.as_model,
        }


@command(app)
def logs(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            show_default=False,
            metavar="PATH",
            help="Files, folders, globs, or - for standard input, also .gz and .zst; none is where "
            "agents keep their logs on this machine.",
        ),
    ] = None,
    *,
    which: LogOptions,
    window: WindowOptions,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch",
            show_default=False,
            help="Keep showing today, or --since: a table in a terminal, else a line a change.",
        ),
    ] = False,
    every: Annotated[
        str, typer.Option("--every", metavar="SECONDS", help="How often --watch looks again.")
    ] = _SECONDS,
    export: ExportOptions,
    form: TableOptions,
) -> int:
    """Say what logged calls have cost: every call once, at the prices of its day.

    costcalc logs
    costcalc logs --by project,model --since 2026-09-01
    costcalc logs batch_output.jsonl.gz --by model --json
    costcalc logs --watch --json | jq --unbuffered -r .total
    costcalc logs --focus september.csv --account acme --since 2026-09-01
    costcalc logs reconcile --bill cost_report.json

    Exit code 1 is a warning: no log is among the files. 3 is calls without a price. 4 is wrong
    input, also where no agent's logs are on this machine.
    """
    form.check()
    export.check(watch=watch)
    terms = {**which.terms(), **window.terms()}
    if watch:
        if form.csv or form.markdown:
            raise UsageError("--watch shows lines or --json; leave --csv and --markdown out")
        from costcalc.cli.logs_watch import Watch, seconds_of, watch_logs

        watch_of = Watch(paths or None, terms, form.registry())
        return watch_logs(watch_of, seconds_of(every), as_json=form.json)
    report = _report(paths or None, export.terms(terms), form)
    written = export.write(report)
    _print(report, form)
    export.say(written, form)
    if report.unpriced:
        error = UnpricedLogsError(report.unpriced, report.requests)
        return say_error(error, as_json=form.json)
    nothing = _nothing(report, window.format)
    return DONE if nothing is None else say_warning(nothing, "NoLogsWarning", as_json=form.json)


def _nothing(report: LogReport, name: str | None) -> str | None:
    """Return what to do where there was nothing to read; None where there was."""
    read = report.reading
    if read is not None and not read.formats:
        return (
            "no log of a known format was read, and a total of nothing says nothing; name other "
            "files, or the format with --format NAME"
        )
    if read is not None and not read.calls and name is not None:
        return (
            f"no call was read as {name}, and a total of nothing says nothing; leave --format out, "
            "and the content of each file says its format"
        )
    return None


def _report(paths: Any, terms: dict[str, Any], form: TableOptions) -> LogReport:
    """Return the report, with a bar of the bytes that are read."""
    from costcalc.cli.progress import bytes_read
    from costcalc.logs.pricing import price

    registry = form.registry()
    with bytes_read("reading logs") as show, _uncollected():
        return price(paths, registry=registry, progress=show, **terms)


@contextmanager
def _uncollected() -> Generator[None]:
    """Let no collector look for circles among millions of calls: there are none."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _print(report: LogReport, form: TableOptions) -> None:
    if form.json:
        from costcalc.cli.data import print_json
        from costcalc.cli.logs_data import data_of

        print_json(data_of(report))
        return
    from costcalc.cli import logs_table as table

    if form.csv:
        table.print_csv_of(report)
    elif form.markdown:
        table.print_markdown(report)
    else:
        table.print_table(report)
