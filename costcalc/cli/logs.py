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
from costcalc.cli.options import TableOptions
from costcalc.cli.outcome import DONE, say_error, say_warning
from costcalc.errors import CostcalcError, UsageError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from costcalc.logs.report import LogReport

__all__ = ["UnpricedLogsError", "app", "day_of"]

app = typer.Typer(add_completion=False, rich_markup_mode="rich")

_SECONDS = "5"


class UnpricedLogsError(CostcalcError, LookupError):
    """Calls of logs that have no price."""

    def __init__(self, models: Sequence[str], requests: int, of: int) -> None:
        super().__init__()
        self.models = tuple(models)
        self.requests = requests
        names = ", ".join(repr(name) for name in models)
        self.message = (
            f"{requests:,} of {of:,} calls have no price, and the total is without them: {names}; "
            "add their prices in your own file with --pricing"
        )


@dataclass(frozen=True, kw_only=True)
class LogOptions:
    """Which calls count, and how they are priced."""

    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by", show_default=False, metavar="NAME",
            help="day (the default), week, month, year, model, provider, session, project, format "
            "or file; several with commas.",
        ),
    ] = None  # fmt: skip
    since: Annotated[
        str | None,
        typer.Option(
            "--since", show_default=False, metavar="TIME",
            help="First day or time that counts: 2026-09-01, today, yesterday, 7d.",
        ),
    ] = None  # fmt: skip
    until: Annotated[
        str | None,
        typer.Option(
            "--until", show_default=False, metavar="TIME",
            help="First day or time that does not count any more.",
        ),
    ] = None  # fmt: skip
    timezone: Annotated[
        str,
        typer.Option(
            "--timezone", metavar="ZONE", help="Whose days: UTC, local, Europe/Berlin, …"
        ),
    ] = "UTC"  # fmt: skip
    as_model: Annotated[
        str | None,
        typer.Option(
            "--as", show_default=False, metavar="MODEL",
            help="Price every call as if this model had answered it.",
            autocompletion=complete_model,
        ),
    ] = None  # fmt: skip
    format: Annotated[
        str | None,
        typer.Option(
            "--format", show_default=False, metavar="NAME",
            help="Read every file in this format; else it is told by its content.",
        ),
    ] = None  # fmt: skip

    def terms(self) -> dict[str, Any]:
        """Return the arguments of `logs.price`."""
        names = [name.strip() for each in self.by or () for name in each.split(",")]
        return {
            "by": names or "day",
            "since": day_of(self.since, self.timezone),
            "until": day_of(self.until, self.timezone),
            "timezone": self.timezone,
            "as_model": self.as_model,
            "format": self.format,
        }


def day_of(said: str | None, timezone: str) -> Any:
    """Return a day or time; `today`, `yesterday` and `7d` are days of the time zone."""
    if said is None:
        return None
    text = said.strip().lower()
    back = {"today": 0, "yesterday": 1}.get(text)
    if back is None and text.endswith("d") and text[:-1].isdigit():
        back = int(text[:-1])
    if back is None:
        return said
    from datetime import UTC, date, datetime, timedelta

    from costcalc.logs.periods import Zone

    today = Zone(timezone).labels("day")(int(datetime.now(UTC).timestamp() * 1_000_000))
    try:
        return date.fromisoformat(today) - timedelta(days=back)
    except OverflowError:
        msg = f"{said!r} is before the year 1"
        raise UsageError(msg, at=said) from None


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
    watch: Annotated[
        bool,
        typer.Option("--watch", show_default=False, help="Keep showing today, or --since."),
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
    costcalc logs --focus september.csv --account acme --since 2026-09-01
    costcalc logs reconcile --bill cost_report.json

    Exit code 1 is a warning: there was no log to read. 3 is calls without a price.
    """
    form.check()
    export.check(watch=watch)
    if watch:
        if form.json or form.csv or form.markdown:
            raise UsageError("--watch shows a table; leave --json, --csv and --markdown out")
        from costcalc.cli.logs_watch import seconds_of, watch_logs

        return watch_logs(paths or None, which.terms(), form.registry(), seconds_of(every))
    report = _report(paths or None, export.terms(which.terms()), form)
    written = export.write(report)
    _print(report, form)
    export.say(written, form)
    if report.unpriced:
        names = list(dict.fromkeys(each.model for each in report.unpriced))
        missing = sum(each.requests for each in report.unpriced)
        return say_error(UnpricedLogsError(names, missing, report.requests), as_json=form.json)
    if report.reading is not None and not report.reading.formats:
        text = (
            "no log of a known format was read, and a total of nothing says nothing; name other "
            "files, or the format with --format NAME"
        )
        return say_warning(text, "NoLogsWarning", as_json=form.json)
    return DONE


def _report(paths: Any, terms: dict[str, Any], form: TableOptions) -> LogReport:
    """Return the report, with a bar of the bytes that are read."""
    from costcalc.cli.progress import progress
    from costcalc.logs.pricing import price

    registry = form.registry()
    with progress("reading logs", 100) as advance:
        shown = 0

        def show(done: int, whole: int | None) -> None:
            nonlocal shown
            share = 100 * done // whole if whole else 0
            advance(share - shown)
            shown = share

        with _uncollected():
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
