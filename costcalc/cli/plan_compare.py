"""`costcalc plan compare`: the workloads of a plan under other models."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from costcalc.cli.completion import complete_model
from costcalc.cli.groups import command
from costcalc.cli.outcome import DONE, UNPRICED
from costcalc.cli.plan_options import RunOptions, option, read_plan, shown

if TYPE_CHECKING:
    from costcalc.planning.comparison import PlanComparison

__all__ = ["app"]

app = typer.Typer(add_completion=False, rich_markup_mode="rich")


@command(app)
def compare(
    path: Annotated[str, typer.Argument(metavar="FILE", help="The plan; - is standard input.")],
    models: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="MODEL", show_default=False, autocompletion=complete_model,
            help="Models to compare; each workload's candidates unless given.",
        ),
    ] = None,
    *,
    workload: Annotated[
        str | None, option("--workload", "NAME", "Only this workload; else each of them.")
    ] = None,
    form: RunOptions,
) -> int:  # fmt: skip
    """Forecast the workloads of a plan under other models, the cheapest first.

    'wins below' is the part of its list price at which a dearer model would cost the same.
    Exit code 3: a model has no price for a workload.

    costcalc plan compare plan.yaml openai/gpt-5-mini google/gemini-2.5-flash --workload rag_chat
    """
    runs = form.runs()
    plan = read_plan(path)
    from costcalc.planning.comparison import compare_plan

    with shown("forecasting each model") as progress:
        found = compare_plan(plan, models or None, workload=workload, progress=progress, **runs)
    _print(found, form)
    return UNPRICED if found.failures else DONE


def _print(found: PlanComparison, form: RunOptions) -> None:
    if form.json:
        from costcalc.cli.plan_data import comparison_data, print_plan_json

        print_plan_json(comparison_data(found))
        return
    from costcalc.cli import plan_study_table as table

    if form.markdown:
        sys.stdout.write(table.comparison_markdown(found))
    else:
        table.print_comparison(found)
