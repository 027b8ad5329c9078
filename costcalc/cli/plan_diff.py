"""`costcalc plan diff`: what a change of a plan costs, and why."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from costcalc.cli.groups import command
from costcalc.cli.outcome import DONE, UNPRICED
from costcalc.cli.plan_options import RunOptions, option, read_plan, shown
from costcalc.cli.standard_input import STANDARD_INPUT, check_once
from costcalc.errors import UsageError

__all__ = ["app", "commands_for"]

app = typer.Typer(add_completion=False, rich_markup_mode="rich")


@command(app)
def diff(
    base: Annotated[
        str, typer.Argument(metavar="BASE", help="The plan as it was; - is standard input.")
    ],
    head: Annotated[
        str | None, typer.Argument(metavar="HEAD", help="The plan as it is.", show_default=False)
    ] = None,
    *,
    base_pricing: Annotated[
        str | None,
        option("--base-pricing", "FILE", "A price file of its own for the plan as it was."),
    ] = None,
    form: RunOptions,
) -> int:
    """Say what a change of a plan costs: volume, shape, cache, model and price, to the last digit.

    Both plans are forecast with the same draws; the parts sum to the change exactly.

    costcalc plan diff main.yaml plan.yaml --markdown > comment.md
    git show main:plan.yaml | costcalc plan diff - plan.yaml
    """
    runs = form.runs()
    if head is None:
        msg = f"there is no plan to compare {base!r} with; run {commands_for(base, 'diff')}"
        raise UsageError(msg, base=base)
    check_once((base, head))
    before, after = read_plan(base), read_plan(head)
    from costcalc.cli.completion import registry_of
    from costcalc.planning.diff import diff as compared

    prices = None if base_pricing is None else registry_of(base_pricing)
    with shown("forecasting both plans") as progress:
        found = compared(before, after, base_registry=prices, progress=progress, **runs)
    if form.json:
        from costcalc.cli.plan_data import diff_data, print_plan_json

        print_plan_json(diff_data(found))
    else:
        from costcalc.cli import plan_diff_table as table

        if form.markdown:
            sys.stdout.write(table.markdown_of(found))
        else:
            table.print_diff(found)
    return UNPRICED if found.unpriced else DONE


def commands_for(path: str, what: str) -> str:
    """Return the exact commands that compare a plan with the one of the main branch."""
    path = "plan.yaml" if path in {STANDARD_INPUT, ""} else path
    name = shlex.quote(path)
    place = shlex.quote(Path(os.path.relpath(path)).as_posix())  # as git names it from here
    fetch = f"git show main:./{place} > base.yaml"
    if what == "check":
        return f"'{fetch}' and 'costcalc plan check {name} --base base.yaml'"
    return f"'{fetch}' and 'costcalc plan diff base.yaml {name}'"
