"""Charts of commands: where they go, and what they exclude."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from costcalc.errors import UsageError

if TYPE_CHECKING:
    from costcalc.cli.options import TableOptions

__all__ = ["check_chart", "draw"]

_TEXT = ("-", "text")
"""What `--chart` takes for a chart in the terminal."""


def check_chart(path: str | None, form: TableOptions) -> None:
    """Refuse two things on standard output."""
    stated = next((name for name in ("json", "csv", "markdown") if getattr(form, name)), None)
    if path in _TEXT and stated is not None:
        msg = f"--chart {path} prints to the terminal and --{stated} does, too; name a file"
        raise UsageError(msg, option="--chart")


def draw(what: Any, path: str) -> None:
    """Save a chart, or print its terminal form; where the file is, is said on standard error."""
    from costcalc.report.chart import chart

    found = chart(what)
    if path in _TEXT:
        from costcalc.cli.tables import Screen

        screen = Screen()
        screen.print()
        screen.print(found.text(screen.width, ascii_only=screen.ascii_only))
        return
    typer.echo(f"costcalc: wrote {found.save(path)}", err=True)
