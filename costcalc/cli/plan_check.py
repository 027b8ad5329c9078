"""`costcalc plan check`: whether a plan keeps its budget, as an exit code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from costcalc.cli.groups import command
from costcalc.cli.plan_options import PlanArgument, RunOptions, forecast_shown, option, read_plan
from costcalc.cli.standard_input import check_once
from costcalc.errors import UsageError

if TYPE_CHECKING:
    from costcalc.planning.budget import Verdict
    from costcalc.planning.forecast import Forecast

__all__ = ["app"]

app = typer.Typer(add_completion=False, rich_markup_mode="rich")


@command(app)
def check(
    path: PlanArgument = "plan.yaml",
    *,
    base: Annotated[
        str | None,
        option("--base", "FILE", "The plan as it was, which increase_percent compares with."),
    ] = None,
    reserve: Annotated[
        str | None,
        option("--reserve", "SHARE", "Also say what covers this share of the runs: 95%."),
    ] = None,
    form: RunOptions,
) -> int:
    """Check a plan against its budget, for people and for pipelines.

    Exit codes: 0 within, 1 a limit that warns is exceeded, 2 over, 3 something has no price,
    4 the plan is not valid; each mistake reads path:line: key: what and why.

    costcalc plan check plan.yaml
    costcalc plan check plan.yaml --base main.yaml --markdown
    costcalc plan check plan.yaml --reserve 95%
    """
    runs = form.runs()
    check_once((path, base))
    if reserve is not None:
        _check_share(reserve)
    plan = read_plan(path)
    before = None if base is None else read_plan(base)
    found = forecast_shown(plan, **runs)
    again: dict[str, Any] = {**runs, "samples": found.samples, "seed": found.seed}
    verdict = found.check(base=None if before is None else forecast_shown(before, **again))
    more = [("increase", _without_base(path))] if _lacks_base(verdict) and base is None else []
    more += [] if reserve is None else [("reserve", _reserve(found, reserve))]
    if form.json:
        from costcalc.cli.plan_data import print_plan_json, verdict_data

        print_plan_json(verdict_data(verdict, found))
    else:
        from costcalc.cli import plan_table as table

        if form.markdown:
            sys.stdout.write(table.verdict_markdown(verdict, found, more))
        else:
            table.print_verdict(verdict, found, more)
    return verdict.exit_code


def _check_share(text: str) -> None:
    """Refuse what is no share before a forecast takes its time."""
    from costcalc.estimate.outputs import as_ratio

    if not 0 <= as_ratio(text, "--reserve") <= 1:
        msg = f"--reserve is a share of the runs from 0% to 100%, not {text!r}"
        raise UsageError(msg, value=text)


def _reserve(found: Forecast, share: str) -> str:
    from costcalc.cli.plan_table import NO_RESERVE, cents

    if found.lower_bound:
        return NO_RESERVE
    return f"{cents(found.reserve(share), found.currency)} covers {share} of the runs"


def _lacks_base(verdict: Verdict) -> bool:
    return any(each.threshold.metric == "increase_percent" for each in verdict.findings)


def _without_base(path: str) -> str:
    """Return what to run for a plan to compare with."""
    from costcalc.cli.plan_diff import commands_for

    return f"not checked without a plan to compare with; run {commands_for(path, 'check')}"
