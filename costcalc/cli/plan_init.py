"""`costcalc plan init`: a first plan, with comments."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from costcalc.cli.groups import command
from costcalc.cli.held import printable
from costcalc.cli.outcome import DONE
from costcalc.cli.plan_options import option
from costcalc.errors import UsageError

__all__ = ["app"]

app = typer.Typer(add_completion=False, rich_markup_mode="rich")

_DECEMBER = 12


@command(app)
def init(
    path: Annotated[str, typer.Argument(metavar="FILE", help="Where; - prints it.")] = "plan.yaml",
    *,
    size: Annotated[
        str,
        typer.Option(
            "--size", metavar="SIZE",
            help="small: one developer and a prototype; medium: ten times that; large: a hundred.",
        ),
    ] = "small",
    project: Annotated[
        str | None, typer.Option(
            "--project", metavar="NAME", show_default=False,
            help="Name of the project; that of the folder unless given.",
        ),
    ] = None,
    start: Annotated[
        str | None,
        option("--start", "DATE", "First day; that of the next month unless given.", "Options"),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", show_default=False, help="Replace a file that is there."),
    ] = False,
) -> int:  # fmt: skip
    """Write a first plan with comments: what each number is, and where it comes from.

    costcalc plan init
    costcalc plan init --size medium --project atlas --start 2026-09-01
    """
    from costcalc.planning.starters import starter

    first = _next_month(datetime.now(UTC).date()) if start is None else _day(start)
    printed = path == "-"  # standard output
    target = Path("plan.yaml" if printed else path)
    name = project if project is not None else target.absolute().parent.name or "project"
    text = starter(size, project=name, start=first, file=printable(str(target)))
    try:
        content = text.encode()
    except UnicodeEncodeError:
        msg = f"the project's name {name!r} is no text; name it with --project"
        raise UsageError(msg, value=name) from None
    if printed:
        sys.stdout.write(text)
        return DONE
    if target.exists() and not force:
        msg = f"{path!r} is there already; name another file, or replace it with --force"
        raise UsageError(msg, path=path)
    from costcalc.replacing import replacing

    with replacing(target) as file:
        file.write(content)
    shown = printable(str(target))
    sys.stdout.write(
        f"wrote {shown}: a {size} plan from {first} on\n"
        f"next: put your own numbers in, then costcalc plan check {shown}\n"
    )
    return DONE


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        msg = f"--start {text!r} is no date; write it like 2026-09-01"
        raise UsageError(msg, value=text) from None


def _next_month(today: date) -> date:
    years, month = divmod(today.month, _DECEMBER)
    return date(today.year + years, month + 1, 1)
