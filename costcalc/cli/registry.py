"""`costcalc registry`: price files checked, their grammar, and what the registry holds."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from costcalc.cli.groups import Group, command
from costcalc.cli.options import OutputOptions
from costcalc.cli.outcome import DONE, WRONG_INPUT

if TYPE_CHECKING:
    from costcalc.cli.checks import Checked

__all__ = ["app"]

app = typer.Typer(cls=Group, add_completion=False, rich_markup_mode="rich")
_Files = Annotated[
    list[str],
    typer.Argument(
        show_default=False,
        metavar="FILE",
        help="Price files, folders of them, or - for standard input.",
    ),
]


@app.callback(invoke_without_command=True)
def registry(context: typer.Context) -> None:
    """Check price files, print their grammar, and say what the registry holds."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@command(app)
def check(
    files: _Files,
    *,
    json: Annotated[
        bool, typer.Option("--json", show_default=False, help="The findings as JSON.")
    ] = False,
) -> int:
    """Check price files; each finding reads path:line: key: what and why.

    costcalc registry check prices.yaml
    costcalc registry check pricing/
    """
    from costcalc.cli.checks import check_files

    found = check_files(files)
    if json:
        from costcalc.cli.data import print_json

        print_json(found)
    else:
        _print_checked(found)
    return WRONG_INPUT if found.problems else DONE


def _print_checked(found: Checked) -> None:
    from costcalc.cli import amounts

    for problem in found.problems:
        sys.stderr.write(f"{problem.text}\n")
    for file in found.files:
        if file.valid:
            models = amounts.counted(file.models, "model")
            prices = amounts.counted(file.prices, "price list")
            sys.stdout.write(f"{file.path}: {models}, {prices}: ok\n")
    if found.problems:
        bad = sum(not file.valid for file in found.files)
        problems = amounts.counted(len(found.problems), "problem")
        files = amounts.counted(len(found.files), "file")
        sys.stderr.write(f"costcalc: {problems} in {bad} of {files}\n")


@command(app)
def schema() -> int:
    """Print the JSON schema of price files, for editors.

    costcalc registry schema > schema.json
    """
    from costcalc.registry.schema import schema_text

    sys.stdout.write(schema_text())
    return DONE


@command(app)
def version(*, form: OutputOptions) -> int:
    """Print the version of the prices: equal versions, equal bills.

    costcalc registry version
    costcalc registry version --pricing prices.yaml --json
    """
    from costcalc import __version__
    from costcalc.cli.data import print_json

    prices = form.registry()
    if form.json:
        overlays = [text for _, text in prices.overlays]
        print_json({"version": prices.version, "overlays": overlays, "costcalc": __version__})
    else:
        sys.stdout.write(f"{prices.version}\n")
    return DONE


@command(app)
def providers(*, form: OutputOptions) -> int:
    """List the providers: their models, and when somebody last checked their prices.

    costcalc registry providers
    """
    rows = _providers(form)
    if form.json:
        from costcalc.cli.data import print_json

        print_json({"providers": rows})
        return DONE
    from costcalc.cli.tables import Column, Grid, Screen

    screen = Screen()
    grid = Grid(
        Column("id"), Column("name", fold=True), Column("models", right=True),
        Column("current", right=True), Column("checked"),
    )  # fmt: skip
    for row in rows:
        models, current = f"{row['models']:,}", f"{row['current']:,}"
        grid.add(row["id"], row["name"] or "–", models, current, str(row["checked"] or "–"))
    grid.show(screen)
    return DONE


def _providers(form: OutputOptions) -> list[dict[str, Any]]:
    from datetime import UTC, datetime

    from costcalc.cli.models import status

    prices = form.registry()
    now = datetime.now(UTC)
    found: list[dict[str, Any]] = []
    for provider in prices.providers():
        infos = prices.models(provider=provider)
        checked = [each.checked for info in infos for each in info.prices if each.checked]
        found.append(
            {
                "id": provider,
                "name": (prices.store.provider(provider) or {}).get("name"),
                "models": len(infos),
                "current": sum(status(info, now) == "current" for info in infos),
                "checked": max(checked, default=None),
            }
        )
    return found
