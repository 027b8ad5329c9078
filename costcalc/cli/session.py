"""`costcalc session`: what a conversation or agent run costs before it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from costcalc.cli.charts import check_chart, put_chart
from costcalc.cli.comparison import UnpricedError
from costcalc.cli.completion import complete_model
from costcalc.cli.counts import parse_count
from costcalc.cli.groups import command
from costcalc.cli.options import ConditionOptions, ProviderOption, TableOptions
from costcalc.cli.outcome import DONE, say_error, say_warning
from costcalc.cli.session_options import SessionOptions, in_options, option
from costcalc.errors import UsageError

if TYPE_CHECKING:
    from costcalc.cli.sessions import Told
    from costcalc.sessions.presets import Preset

__all__ = ["app"]

app = typer.Typer(add_completion=False, rich_markup_mode="rich")
_RUNS = 1_000


@command(app)
def session(
    model: Annotated[
        str | None,
        typer.Argument(
            show_default=False,
            metavar="MODEL",
            help="Model id, alias or provider/model.",
            autocompletion=complete_model,
        ),
    ] = None,
    *,
    shape: SessionOptions,
    compare: Annotated[
        list[str] | None,
        typer.Option(
            "--compare",
            show_default=False,
            metavar="MODEL",
            help="The same session under this model, too. Repeatable.",
            rich_help_panel="Output",
            autocompletion=complete_model,
        ),
    ] = None,
    ledger: Annotated[
        bool,
        typer.Option(
            "--ledger",
            show_default=False,
            help="Show every call: what it reads, writes and costs; long ones folded.",
            rich_help_panel="Output",
        ),
    ] = False,
    presets: Annotated[
        bool,
        typer.Option(
            "--presets",
            show_default=False,
            help="List the presets, with the source of every number; --preset NAME: one of them.",
            rich_help_panel="Output",
        ),
    ] = False,
    runs: Annotated[
        str | None,
        option(
            "--runs",
            "COUNT",
            "Runs to see how far drawn misses spread the cost; 1,000 where something is drawn.",
            "Cache",
        ),
    ] = None,
    chart: Annotated[
        str | None,
        option(
            "--chart",
            "FILE",
            "Draw the cost by step: .html, .png, .svg, .json, or - for the terminal.",
            "Output",
        ),
    ] = None,
    provider: ProviderOption = None,
    terms: ConditionOptions,
    form: TableOptions,
) -> int:
    """Estimate a conversation or agent run before it happens, with its cache, step by step.

    --csv is the ledger, or with --compare a row a model.
    Exit code 1 is a warning: calls are above the model's context window.

    costcalc session claude-sonnet-4-6 --steps 40 --system 20k --input 1500 --output 400 --gap 90s
    costcalc session gpt-5.5 --preset coding-agent --ledger --chart session.html
    costcalc session claude-opus-5 --preset coding-agent-mean --cache 1h --runs 5k
    costcalc session grok-4.3 --preset chat --compare gpt-5.5 --compare gemini-2.5-pro
    costcalc session --presets
    """
    form.check()
    if presets:
        return _list(shape.typical(), form)
    if model is None:
        msg = (
            "name a model: costcalc session gpt-5.5 --preset coding-agent; --presets lists the "
            "presets"
        )
        raise UsageError(msg)
    check_chart(chart, form)
    number = _runs(runs)
    from costcalc.cli.sessions import tell

    try:
        told = tell(
            shape.session(model),
            {"provider": provider, **terms.terms()},
            form.registry(),
            others=compare or [],
            runs=number,
            preset=shape.typical(),
        )
    except UsageError as error:
        raise in_options(error) from None
    _print(told, form, ledger=ledger)
    if chart is not None:
        _draw(told, chart)
    if told.failures:
        return say_error(UnpricedError.of(told.failures, len(told.rows)), as_json=form.json)
    if told.estimate.exceeded:
        return say_warning(_above_window(told), "ContextWindowWarning", as_json=form.json)
    return DONE


def _list(preset: Preset | None, form: TableOptions) -> int:
    """Print the presets, or one of them."""
    from costcalc.cli import preset_table as table
    from costcalc.sessions.presets import presets

    shown = presets() if preset is None else (preset,)
    if form.json:
        from costcalc.cli.data import print_json

        print_json({"presets": shown})
    elif form.csv:
        table.print_csv_of(shown)
    elif form.markdown:
        table.print_markdown(shown)
    else:
        table.print_table(shown)
    return DONE


def _runs(text: str | None) -> int | None:
    if text is None:
        return None
    number = parse_count(text, "--runs")
    if number < 1:
        msg = f"--runs {text!r} is no number of runs; it is 1 or more, such as {_RUNS}"
        raise UsageError(msg, option="--runs", value=text)
    return number


def _print(told: Told, form: TableOptions, *, ledger: bool) -> None:
    from costcalc.cli import session_table as table

    if form.json:
        from costcalc.cli.data import print_json

        print_json(told.data(ledger=ledger))
    elif form.csv and not ledger and len(told.rows) + len(told.failures) > 1:
        table.print_csv_by_model(told)
    elif form.csv:
        table.print_csv_of(told)
    elif form.markdown:
        table.print_markdown(told, ledger=ledger)
    else:
        table.print_table(told, ledger=ledger)


def _above_window(told: Told) -> str:
    """Return what to do about calls that are above the context window."""
    from costcalc.cli.session_facts import rows_said

    found = told.estimate
    window = found.context_window or 0
    first = found.exceeded[0]
    rows, number = rows_said(found.exceeded)
    said = (
        f"{rows} of {found.model} {'is' if number == 1 else 'are'} above its context window of "
        f"{window:,} tokens and would be refused"
    )
    if first == 1:
        return f"{said}; send less, or take a model with a larger window"
    return (
        f"{said}; end before with --steps {first - 1}, or have the conversation summarised with "
        f"--compact-at {window * 3 // 4:,} --summary TOKENS"
    )


def _draw(told: Told, path: str) -> None:
    from costcalc.report.chart import chart

    several = [row.estimate for row in told.rows]
    put_chart(chart(several if len(several) > 1 else told.estimate), path)
