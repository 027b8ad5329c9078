"""`costcalc plan schema`: the grammar of plans, for editors."""

from __future__ import annotations

import sys

import typer

from costcalc.cli.groups import command
from costcalc.cli.outcome import DONE

__all__ = ["app"]

app = typer.Typer(add_completion=False, rich_markup_mode="rich")


@command(app)
def schema() -> int:
    """Print the JSON schema of plans, for editors.

    costcalc plan schema > plan.schema.json
    """
    from costcalc.planning.plan import Plan

    sys.stdout.write(Plan.schema_text())
    return DONE
