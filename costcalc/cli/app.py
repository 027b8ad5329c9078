"""The application: its commands by name, each imported when it is called."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer

from costcalc.cli.groups import Group
from costcalc.cli.outcome import finish

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["app", "run"]

_COMMANDS = (
    "price",
    "show",
    "models",
    "history",
    "compare",
    "count",
    "estimate",
    "session",
    "cache",
    "logs",
    "plan",
    "pins",
    "registry",
)
"""Names of the commands, and of the modules beside this one whose `app` they are."""


class _Commands(Group):
    """The commands; only the one that is called is imported."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - typer's own call
        """Return the names of the commands, in the order of their help."""
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - typer's own call
        """Return one command."""
        if cmd_name not in _COMMANDS:
            return None
        found = typer.main.get_command(import_module(f"costcalc.cli.{cmd_name}").app)
        found.name = cmd_name
        return found

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that the arguments name; `logs reconcile` is one of its own."""
        if args[:2] == ["logs", "reconcile"]:
            found = typer.main.get_command(import_module("costcalc.cli.reconcile").app)
            found.name = "logs reconcile"
            return found.name, found, args[2:]
        return super().resolve_command(ctx, args)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        *more: Any,
        **options: Any,
    ) -> Any:
        """Run one command line; every end of it is an exit code of ours."""
        if os.environ.get("_COSTCALC_COMPLETE"):
            return super().main(args, prog_name, *more, **options)
        given = list(sys.argv[1:] if args is None else args)
        sys.exit(finish(lambda: self._called(given, prog_name), as_json="--json" in given))

    def _called(self, args: list[str], prog_name: str | None) -> int:
        with self.make_context(prog_name or "costcalc", list(args)) as context:
            return self.invoke(context) or 0


app = typer.Typer(cls=_Commands, rich_markup_mode="rich", pretty_exceptions_enable=False)


def _say_version(value: bool) -> None:  # noqa: FBT001 - typer's own call
    if value:
        from costcalc import __version__

        typer.echo(f"costcalc {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def costcalc(
    context: typer.Context,
    *,
    version: Annotated[  # noqa: ARG001 - its callback answers
        bool,
        typer.Option("--version", help="Print the version.", callback=_say_version, is_eager=True),
    ] = False,
) -> None:
    """Say what LLM calls cost: exactly, on the day they ran, with every cent explained."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def run() -> int:
    """Run the command line of this process; it ends by `SystemExit`."""
    return typer.main.get_command(app).main(prog_name="costcalc")
