"""`costcalc plan forecast`: what a project will cost, as a distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from costcalc.cli.charts import check_chart, put_chart
from costcalc.cli.groups import command
from costcalc.cli.outcome import DONE, UNPRICED
from costcalc.cli.plan_options import PlanArgument, RunOptions, forecast_shown, option, read_plan

if TYPE_CHECKING:
    from costcalc.planning.forecast import Forecast

__all__ = ["app"]

app = typer.Typer(add_completion=False, rich_markup_mode="rich")


@command(app)
def forecast(
    path: PlanArgument = "plan.yaml",
    *,
    ledger: Annotated[
        bool,
        typer.Option(
            "--ledger", show_default=False, rich_help_panel="Output",
            help="List every number that the forecast rests on, with its source.",
        ),
    ] = False,
    chart: Annotated[
        str | None,
        option(
            "--chart", "FILE",
            "Draw the spend over the months: .html, .png, .svg, .json, or - for the terminal.",
            "Output",
        ),
    ] = None,
    form: RunOptions,
) -> int:  # fmt: skip
    """Forecast a plan: expected cost and percentiles, by workload and by month.

    Exit code 3: some of the project has no price, and no total holds it.

    costcalc plan forecast plan.yaml
    costcalc plan forecast plan.yaml --samples 50k --seed 7 --ledger
    costcalc plan forecast plan.yaml --json > forecast.json
    costcalc plan forecast plan.yaml --chart fan.png
    """
    check_chart(chart, form)
    runs = form.runs()
    plan = read_plan(path)
    found = forecast_shown(plan, **runs)
    _print(found, form, ledger=ledger)
    if chart is not None and found.coverage != "none":
        from costcalc.report.plan_report import fan_of

        put_chart(fan_of(found), chart)
    return UNPRICED if found.unpriced else DONE


def _print(found: Forecast, form: RunOptions, *, ledger: bool) -> None:
    if form.json:
        from costcalc.cli.plan_data import forecast_data, print_plan_json

        print_plan_json(forecast_data(found))
        return
    from costcalc.cli import plan_table as table

    if form.markdown:
        table.print_markdown(found, ledger=ledger)
    else:
        table.print_table(found, ledger=ledger)
