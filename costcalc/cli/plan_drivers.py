"""`costcalc plan drivers`: which number moves the bill most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from costcalc.cli.charts import check_chart, put_chart
from costcalc.cli.groups import command
from costcalc.cli.outcome import DONE, UNPRICED
from costcalc.cli.plan_options import PlanArgument, RunOptions, option, read_plan, shown

if TYPE_CHECKING:
    from costcalc.planning.drivers import Drivers

__all__ = ["app"]

app = typer.Typer(add_completion=False, rich_markup_mode="rich")


@command(app)
def drivers(
    path: PlanArgument = "plan.yaml",
    *,
    chart: Annotated[
        str | None,
        option(
            "--chart", "FILE", "Draw them: .html, .png, .svg, .json, or - for the terminal.",
            "Output",
        ),
    ] = None,
    form: RunOptions,
) -> int:  # fmt: skip
    """Say which number of a plan moves the bill most: one at a time, at its low and high end.

    Exit code 3: some of the project has no price, and no amount holds it.

    costcalc plan drivers plan.yaml
    costcalc plan drivers plan.yaml --chart tornado.png
    """
    check_chart(chart, form)
    runs = {name: value for name, value in form.runs().items() if value is not None}
    plan = read_plan(path)
    from costcalc.planning.drivers import drivers as found_of

    with shown("finding what moves the bill") as progress:
        found = found_of(plan, progress=progress, **runs)
    _print(found, form)
    if chart is not None and found.coverage != "none":
        from costcalc.report.plan_report import tornado_of

        put_chart(tornado_of(found), chart)
    return UNPRICED if found.unpriced else DONE


def _print(found: Drivers, form: RunOptions) -> None:
    if form.json:
        from costcalc.cli.plan_data import drivers_data, print_plan_json

        print_plan_json(drivers_data(found))
        return
    from costcalc.cli import plan_study_table as table

    if form.markdown:
        table.print_drivers_markdown(found)
    else:
        table.print_drivers(found)
