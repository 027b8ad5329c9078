"""`costcalc plan calibrate`: logs instead of guesses, and whether the plan would have held."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from costcalc.cli.groups import command
from costcalc.cli.outcome import DONE
from costcalc.cli.plan_options import PlanArgument, RunOptions, option, read_plan, shown
from costcalc.cli.standard_input import STANDARD_INPUT, check_once
from costcalc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from costcalc.logs.records import LogRecord, LogRecords
    from costcalc.planning.backtest import Backtest
    from costcalc.planning.calibrate import Calibration

__all__ = ["app"]

app = typer.Typer(add_completion=False, rich_markup_mode="rich")

_SAMPLES = 1_000


@command(app)
def calibrate(
    path: PlanArgument = "plan.yaml",
    *,
    logs: Annotated[
        list[str] | None,
        option("--from", "PATH", "Logs: files, folders or globs; where agents keep their logs on "
               "this machine unless given. Repeatable.", "Logs"),
    ] = None,
    workload: Annotated[
        str | None,
        option("--workload", "NAME", "Whose calls they are; else those of its model.", "Logs"),
    ] = None,
    since: Annotated[
        str | None,
        option("--since", "DAY", "First day that counts: 2026-09-01. A session counts with all its "
               "calls by the day, in UTC, on which it began.", "Logs"),
    ] = None,
    until: Annotated[
        str | None,
        option("--until", "DAY", "First day that does not count any more.", "Logs"),
    ] = None,
    write: Annotated[
        bool,
        typer.Option("--write", show_default=False, rich_help_panel="Output",
                     help="Put the measured numbers into the plan; comments stay."),
    ] = False,
    out: Annotated[
        str | None,
        option("--out", "FILE", "Put them into a copy of the plan instead.", "Output"),
    ] = None,
    form: RunOptions,
) -> int:  # fmt: skip
    """Compare a plan with logs, number by number, and put what was measured into it.

    Each week of the logs is forecast from the weeks before it, too, to see whether that holds.

    costcalc plan calibrate plan.yaml --from ~/.claude/projects --workload coding_agent
    costcalc plan calibrate plan.yaml --from logs/ --since 2026-09-01 --write
    """
    runs = form.runs()
    if write and out is not None:
        raise UsageError("--write and --out exclude each other; keep one")
    check_once((path, *(logs or ())))
    if path == STANDARD_INPUT and (write or out is not None):
        raise UsageError("--write and --out rewrite a file; name it instead of -")
    plan = read_plan(path)
    days = (_day(since, "--since"), _day(until, "--until"))
    samples = runs["samples"] or _SAMPLES
    terms: dict[str, Any] = {
        "workload": workload, "samples": samples, "registry": runs["registry"],
    }  # fmt: skip
    records = _within(_read(logs), days)
    from costcalc.planning.backtest import backtest
    from costcalc.planning.calibrate import calibrate as calibrated

    with shown("comparing with the plan") as progress:
        found = calibrated(plan, records, progress=progress, **terms)
    with shown("forecasting past weeks") as progress:
        tested = backtest(plan, records, progress=progress, **terms)
    _print(found, tested, form)
    target = path if write else out
    if target is not None:
        _write(path, target, found)
    return DONE


def _day(text: str | None, name: str) -> Any:
    from datetime import UTC, datetime

    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        msg = f"{name} {text!r} is no day; write it like 2026-09-01"
        raise UsageError(msg, value=text) from None


def _within(records: Iterable[LogRecord], days: tuple[Any, Any]) -> list[LogRecord]:
    """Return the calls that count; one without a time counts only where all do.

    Sessions are whole: half of one has a first prompt that none begins with.
    """
    from costcalc.planning.measuring import key_of

    since, until = days
    whole = list(records)
    if since is None and until is None:
        return whole
    timed = [(each, each.at, key_of(each)) for each in whole if each.at is not None]
    begun: dict[Any, Any] = {}
    for _, at, key in timed:
        begun[key] = min(at, begun.get(key, at))
    moments = ((each, at if key is None else begun[key]) for each, at, key in timed)
    return [
        each
        for each, at in moments
        if (since is None or at >= since) and (until is None or at < until)
    ]


def _read(paths: list[str] | None) -> LogRecords:
    from costcalc.logs.reading import read

    with shown("reading logs") as progress:
        return read(paths or None, progress=progress)


def _print(found: Calibration, tested: Backtest, form: RunOptions) -> None:
    if form.json:
        from costcalc.cli.plan_data import calibration_data, print_plan_json

        print_plan_json(calibration_data(found, tested))
        return
    from costcalc.cli import plan_calibrate_table as table

    if form.markdown:
        sys.stdout.write(table.markdown_of(found, tested))
    else:
        table.print_calibration(found, tested)


def _write(path: str, target: str, found: Calibration) -> None:
    """Write the plan with the measured numbers."""
    from costcalc.planning.loading import load_plan
    from costcalc.planning.rewriting import rewritten
    from costcalc.replacing import replacing

    if not found.changes:
        typer.echo("costcalc: nothing was measured that the plan could take", err=True)
        return
    text = rewritten(Path(path).read_bytes().decode(), found.changes)
    load_plan(f"{text}\n")  # a plan that is none is not written
    with replacing(Path(target)) as file:
        file.write(text.encode())
    typer.echo(f"costcalc: wrote {target}: {len(found.changes)} measured numbers", err=True)
