"""`costcalc plan report`: one page for those who decide, which works offline."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from costcalc.cli.groups import command
from costcalc.cli.outcome import DONE, UNPRICED
from costcalc.cli.plan_options import (
    PlanArgument,
    RunOptions,
    forecast_shown,
    option,
    read_plan,
    shown,
)
from costcalc.cli.standard_input import STANDARD_INPUT
from costcalc.errors import UsageError

if TYPE_CHECKING:
    from costcalc.planning.forecast import Forecast

__all__ = ["app"]

app = typer.Typer(add_completion=False, rich_markup_mode="rich")


@command(app)
def report(
    path: PlanArgument = "plan.yaml",
    *,
    out: Annotated[
        str | None,
        option("--out", "FILE", "The page; beside the plan, ending in .html, unless given.",
               "Output"),
    ] = None,
    charts: Annotated[
        str | None,
        option("--charts", "FOLDER", "Write fan, workloads and drivers as PNG, too.", "Output"),
    ] = None,
    form: RunOptions,
) -> int:  # fmt: skip
    """Write a forecast as one HTML file: fan, workloads, drivers, what-if, numbers and sources.

    The forecast and its verdict are printed, too. Exit code 3: some of it has no price.

    costcalc plan report plan.yaml
    costcalc plan report plan.yaml --out budget.html --charts pictures/
    """
    runs = form.runs()
    if form.markdown:
        msg = "the report is a page; 'costcalc plan forecast --markdown' prints Markdown"
        raise UsageError(msg)
    if path == STANDARD_INPUT and out is None:
        raise UsageError("there is no file to write the page beside; name the page with --out")
    page = None if out is None else _page(out)
    plan = read_plan(path)
    target = page or Path(path).with_suffix(".html")
    found = forecast_shown(plan, **runs)
    from costcalc.planning.drivers import drivers
    from costcalc.report.plan_report import save_charts, save_plan_html

    with shown("finding what moves the bill") as progress:
        moved = drivers(plan, seed=found.seed, registry=runs["registry"], progress=progress)
    written = [save_plan_html(found, moved, target)]
    if charts is not None:
        written += save_charts(found, moved, charts)
    _print(found, written, as_json=form.json)
    return UNPRICED if found.unpriced else DONE


def _page(out: str) -> Path:
    target = Path(out)
    if target.suffix.lower() not in {".html", ".htm"}:
        msg = f"the page is HTML, and {out!r} ends in {target.suffix or 'nothing'!r}"
        raise UsageError(f"{msg}; name a file that ends in .html", path=out)
    return target


def _print(found: Forecast, written: list[Path], *, as_json: bool) -> None:
    if as_json:
        from costcalc.cli.plan_data import print_plan_json

        print_plan_json(
            {
                "total": None if found.coverage == "none" else found.total,
                "currency": found.currency,
                "files": [str(each) for each in written],
                "unpriced": found.unpriced,
            }
        )
        return
    from costcalc.cli import plan_table as table

    table.print_table(found, ledger=False)
    sys.stdout.write("\n")
    table.print_verdict(found.check(), found, [("report", str(each)) for each in written])
