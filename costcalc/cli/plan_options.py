"""Options that the commands of `costcalc plan` share, and how they read a plan."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from costcalc.cli.counts import parse_count
from costcalc.cli.options import OutputOptions
from costcalc.cli.standard_input import STANDARD_INPUT, utf8_text
from costcalc.errors import PlanError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from costcalc.planning.forecast import Forecast
    from costcalc.planning.plan import Plan
    from costcalc.registry.registry import Registry

    Progress = Callable[[int, int | None], None]

__all__ = ["PlanArgument", "RunOptions", "forecast_shown", "option", "read_plan", "shown"]

_NAME = "plan.yaml"
"""The plan of a folder, where none is named."""

PlanArgument = Annotated[
    str,
    typer.Argument(metavar="FILE", help="The plan; - is standard input.", show_default=True),
]


def option(name: str, metavar: str, about: str, panel: str = "Forecast") -> Any:
    """Return an option that takes a text."""
    return typer.Option(
        name, show_default=False, metavar=metavar, help=about, rich_help_panel=panel
    )


@dataclass(frozen=True, kw_only=True)
class RunOptions(OutputOptions):
    """How a forecast is drawn, whose prices hold, and in what form it is printed."""

    samples: Annotated[
        str | None, option("--samples", "COUNT", "Runs to draw; the plan's own unless given.")
    ] = None
    seed: Annotated[
        str | None,
        option("--seed", "NUMBER", "What the draws begin from; the plan's own unless given."),
    ] = None
    markdown: Annotated[
        bool,
        typer.Option(
            "--markdown", show_default=False, help="Markdown, for a pull request.",
            rich_help_panel="Output",
        ),
    ] = False  # fmt: skip

    def runs(self) -> dict[str, Any]:
        """Return samples, seed and prices as arguments of `Plan.forecast`; checks the form."""
        if self.json and self.markdown:
            raise UsageError("--json and --markdown exclude each other; keep one")
        return {
            "samples": None if self.samples is None else _samples(self.samples),
            "seed": None if self.seed is None else parse_count(self.seed, "--seed"),
            "registry": self.registry(),
        }


def _samples(text: str) -> int:
    number = parse_count(text, "--samples")
    if number < 1:
        msg = f"--samples {text!r} draws nothing; take 1000 or more"
        raise UsageError(msg, option="--samples", value=text)
    return number


def read_plan(path: str) -> Plan:
    """Return the plan of a file, or of standard input; `PlanError` names every mistake in it."""
    from pathlib import Path

    from costcalc.planning.loading import load_plan

    if path != STANDARD_INPUT:
        return load_plan(Path(path))
    return load_plan(f"{utf8_text(PlanError)}\n", path)  # mistakes read -:line: as it is typed


@contextmanager
def shown(label: str) -> Generator[Progress]:
    """Show how much is done, whatever it is counted in."""
    from costcalc.cli.progress import progress

    with progress(label, 100) as advance:
        before = 0

        def show(done: int, whole: int | None) -> None:
            nonlocal before
            share = 100 * done // whole if whole else 0
            advance(share - before)
            before = share

        yield show


def forecast_shown(
    plan: Plan, *, samples: int | None, seed: int | None, registry: Registry
) -> Forecast:
    """Return the forecast of a plan, with a bar of how much is done."""
    with shown(f"forecasting {plan.project}") as progress:
        return plan.forecast(samples, seed, registry=registry, progress=progress)
