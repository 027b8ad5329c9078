"""Where `--chart` puts a chart, and what it excludes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from costcalc.errors import UsageError

if TYPE_CHECKING:
    from costcalc.cli.options import OutputOptions
    from costcalc.report.chart import Chart

__all__ = ["check_chart", "put_chart"]

_TEXT = ("-", "text")
"""What `--chart` takes for a chart in the terminal."""
_FORMS = ("json", "csv", "markdown")


def check_chart(path: str | None, form: OutputOptions) -> None:
    """Refuse two things on standard output."""
    stated = next((name for name in _FORMS if getattr(form, name, False)), None)
    if path in _TEXT and stated is not None:
        msg = f"--chart {path} prints to the terminal and --{stated} does, too; name a file"
        raise UsageError(msg, option="--chart")


def put_chart(found: Chart, path: str) -> None:
    """Save a chart, or print its terminal form; where the file is, is said on standard error."""
    if path in _TEXT:
        from costcalc.cli.tables import Screen

        screen = Screen()
        screen.print()
        screen.print(found.text(screen.width, ascii_only=screen.ascii_only))
        return
    typer.echo(f"costcalc: wrote {found.save(path)}", err=True)
