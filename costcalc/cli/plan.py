"""`costcalc plan`: the budget before a project, as a file that can be reviewed and checked."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer

from costcalc.cli.groups import Group

__all__ = ["app"]

_COMMANDS = (
    "init",
    "check",
    "forecast",
    "report",
    "drivers",
    "what-if",
    "compare",
    "diff",
    "calibrate",
    "schema",
)
"""Names of the commands; each is the `app` of a module plan_NAME beside this one."""


class _Commands(Group):
    """The commands; only the one that is called is imported."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - typer's own call
        """Return the names of the commands, in the order of their help."""
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - typer's own call
        """Return one command."""
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"costcalc.cli.plan_{cmd_name.replace('-', '_')}")
        found = typer.main.get_command(module.app)
        found.name = cmd_name
        return found


app = typer.Typer(cls=_Commands, add_completion=False, rich_markup_mode="rich")


@app.callback(invoke_without_command=True)
def plan(context: typer.Context) -> None:
    """Forecast what a project will cost, check its budget, and say what moves it.

    A plan is a YAML file; 'costcalc plan init' writes one with comments.
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
