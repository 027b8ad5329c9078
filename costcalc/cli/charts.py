"""Charts of the command line: where `--chart` puts one, and the bars beside its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costcalc.report.bars import bar
from costcalc.report.timeline import Step, steps

if TYPE_CHECKING:
    from costcalc.report.chart import Chart

__all__ = ["Step", "bar", "put_chart", "steps"]

_TEXT = ("-", "text")
"""What `--chart` takes for a chart in the terminal."""


def put_chart(found: Chart, path: str, *, as_json: bool) -> None:
    """Save a chart, or print its terminal form; where the file is, is said on standard error."""
    import typer

    if path in _TEXT:
        if as_json:
            from costcalc.errors import UsageError

            msg = f"--chart {path} prints to the terminal and --json does, too; name a file"
            raise UsageError(msg, option="--chart")
        from costcalc.cli.tables import Screen

        screen = Screen()
        screen.print()
        screen.print(found.text(screen.width, ascii_only=screen.ascii_only))
        return
    saved = found.save(path)
    typer.echo(f"costcalc: wrote {saved}", err=True)
