"""`costcalc session`: what a conversation or agent run costs before it happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from costcalc.cli.comparison import UnpricedError
from costcalc.cli.completion import complete_model
from costcalc.cli.counts import parse_count, parse_pairs
from costcalc.cli.groups import command
from costcalc.cli.options import ConditionOptions, ModelArgument, ProviderOption, TableOptions
from costcalc.cli.outcome import DONE, say_error
from costcalc.errors import UsageError

if TYPE_CHECKING:
    from costcalc.cli.sessions import Told
    from costcalc.sessions.session import Session

__all__ = ["SessionOptions", "app"]

app = typer.Typer(add_completion=False, rich_markup_mode="rich")
_RUNS = 1_000
_TEXT = ("-", "text")
"""What `--chart` takes for a chart in the terminal."""


def _option(option: str, metavar: str, about: str, panel: str = "Session") -> Any:
    return typer.Option(
        option, show_default=False, metavar=metavar, help=about, rich_help_panel=panel
    )


@dataclass(frozen=True, kw_only=True)
class SessionOptions:
    """The shape of a session and its cache, as it is typed."""

    preset: Annotated[
        str | None,
        _option(
            "--preset", "NAME", "A typical session: chat, rag, coding-agent; options override it."
        ),
    ] = None
    steps: Annotated[str | None, _option("--steps", "COUNT", "How many model calls.")] = None
    system: Annotated[
        str | None, _option("--system", "TOKENS", "System prompt and tools, in every prompt.")
    ] = None
    input: Annotated[
        str | None,
        _option("--input", "TOKENS", "New input of each step: 1500, or one for each: 9k,500,500."),
    ] = None
    output: Annotated[
        str | None, _option("--output", "TOKENS", "Billed output of each step, reasoning included.")
    ] = None
    reasoning: Annotated[
        str | None, _option("--reasoning", "TOKENS", "Part of --output that is not sent again.")
    ] = None
    transient: Annotated[
        str | None,
        _option("--transient", "TOKENS", "Input of one prompt only, such as retrieved passages."),
    ] = None
    gap: Annotated[
        str | None,
        _option("--gap", "TIME", "Wait before each later step: 90s, 5m, 1h30m; 0 unless given."),
    ] = None
    edit: Annotated[
        list[str] | None,
        _option(
            "--edit",
            "STEP=TOKENS",
            "Edited before this step; so many first tokens stay. Repeatable.",
        ),
    ] = None
    compact_at: Annotated[
        str | None, _option("--compact-at", "TOKENS", "Summarise the conversation above this size.")
    ] = None
    summary: Annotated[str | None, _option("--summary", "TOKENS", "Length of such a summary.")] = (
        None
    )
    cache: Annotated[
        str | None,
        _option(
            "--cache", "CACHE", "none, automatic, explicit, or a life: 5m, 1h; else its own.",
            "Cache",
        ),
    ] = None  # fmt: skip
    miss_ratio: Annotated[
        str | None,
        _option("--miss-ratio", "SHARE", "Probability that a step finds no cache: 3%.", "Cache"),
    ] = None
    misses: Annotated[
        str | None, _option("--misses", "STEPS", "Steps that find none for certain: 4,9.", "Cache")
    ] = None
    warm: Annotated[
        str | None,
        _option("--warm", "SHARE", "Probability that the system prompt is cached before.", "Cache"),
    ] = None
    seed: Annotated[
        str | None,
        _option("--seed", "NUMBER", "What the draws begin from; 0 unless given.", "Cache"),
    ] = None

    def session(self, model: str) -> Session:
        """Return the session; `UsageError` in the words of the options where it cannot be."""
        from costcalc.sessions.session import Session

        fields = self._fields()
        if self.preset is None and self.steps is None:
            msg = (
                "say how long the session is: --steps 40, or --preset coding-agent; see 'costcalc "
                "session --help'"
            )
            raise UsageError(msg)
        try:
            if self.preset is not None:
                return Session.preset(self.preset, model=model, **fields)
            return Session(model=model, **fields)
        except UsageError as error:
            raise _in_options(error) from None

    def _fields(self) -> dict[str, Any]:
        counts = {
            "steps": self.steps,
            "system_tokens": self.system,
            "compact_at": self.compact_at,
            "summary_tokens": self.summary,
            "seed": self.seed,
        }
        found: dict[str, Any] = {
            name: parse_count(text, _OPTIONS[name])
            for name, text in counts.items()
            if text is not None
        }
        several = {
            "input_tokens_per_step": self.input,
            "output_tokens_per_step": self.output,
            "reasoning_tokens_per_step": self.reasoning,
            "transient_tokens_per_step": self.transient,
        }
        found.update(
            (name, _counts(text, _OPTIONS[name]))
            for name, text in several.items()
            if text is not None
        )
        plain = {"cache": self.cache, "miss_ratio": self.miss_ratio, "warm_start_ratio": self.warm}
        found.update((name, text) for name, text in plain.items() if text is not None)
        if self.gap is not None:
            found["gap"] = _seconds(self.gap)
        if self.misses is not None:
            found["misses"] = [parse_count(each, "--misses") for each in self.misses.split(",")]
        if self.edit:
            pairs = parse_pairs(self.edit, "--edit", "12=20k")
            found["edits"] = {
                parse_count(step, "--edit"): parse_count(kept, f"--edit {step}")
                for step, kept in pairs.items()
            }
        return found


_OPTIONS = {
    "steps": "--steps",
    "system_tokens": "--system",
    "input_tokens_per_step": "--input",
    "output_tokens_per_step": "--output",
    "reasoning_tokens_per_step": "--reasoning",
    "transient_tokens_per_step": "--transient",
    "compact_at": "--compact-at",
    "summary_tokens": "--summary",
    "miss_ratio": "--miss-ratio",
    "warm_start_ratio": "--warm",
    "seed": "--seed",
}
"""The option of each field of a session."""


def _counts(text: str, option: str) -> int | list[int]:
    """Return one count, or one for each step; a comma between thousands is none between steps."""
    try:
        return parse_count(text, option)
    except UsageError:
        if "," not in text:
            raise
    return [parse_count(each, option) for each in text.split(",")]


def _seconds(text: str) -> str | int:
    """Return a wait; a bare number is seconds."""
    said = text.strip()
    return int(said) if said.isascii() and said.isdigit() else said


def _in_options(error: UsageError) -> UsageError:
    """Return an error about fields of `Session` in the words of the options."""
    said = str(error)
    for name, option in sorted(_OPTIONS.items(), key=lambda pair: -len(pair[0])):
        said = said.replace(name, option)
    return UsageError(said, **error.facts)


@command(app)
def session(
    model: ModelArgument,
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
    *,
    ledger: Annotated[
        bool,
        typer.Option(
            "--ledger",
            show_default=False,
            help="Show every call: what it reads, writes and costs.",
            rich_help_panel="Output",
        ),
    ] = False,
    runs: Annotated[
        str | None,
        _option(
            "--runs",
            "COUNT",
            "Runs to see how far drawn misses spread the cost; 1,000 where something is drawn.",
            "Cache",
        ),
    ] = None,
    chart: Annotated[
        str | None,
        _option(
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

    costcalc session claude-sonnet-4-6 --steps 40 --system 20k --input 1500 --output 400 --gap 90s
    costcalc session gpt-5.5 --preset coding-agent --ledger --chart session.html
    costcalc session claude-opus-5 --preset coding-agent --cache 1h --miss-ratio 3%
    costcalc session grok-4.3 --preset chat --compare gpt-5.5 --compare gemini-2.5-pro
    """
    form.check()
    from costcalc.cli.sessions import tell

    told = tell(
        shape.session(model),
        {"provider": provider, **terms.terms()},
        form.registry(),
        others=compare or [],
        runs=_runs(runs),
    )
    _print(told, form, ledger=ledger)
    if chart is not None:
        _draw(told, chart, as_json=form.json)
    if not told.failures:
        return DONE
    return say_error(UnpricedError.of(told.failures, len(told.rows)), as_json=form.json)


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
    elif form.csv:
        table.print_csv_of(told)
    elif form.markdown:
        table.print_markdown(told, ledger=ledger)
    else:
        table.print_table(told, ledger=ledger)


def _draw(told: Told, path: str, *, as_json: bool) -> None:
    """Save the chart, or print its terminal form; where the file is, is said on standard error."""
    from costcalc.report.chart import chart

    found = chart(told.estimate)
    if path in _TEXT:
        if as_json:
            msg = f"--chart {path} prints to the terminal and --json does, too; name a file"
            raise UsageError(msg, option="--chart")
        from costcalc.cli.tables import Screen

        screen = Screen()
        screen.print()
        screen.print(found.text(screen.width, ascii_only=screen.ascii_only))
        return
    saved = found.save(path)
    typer.echo(f"costcalc: wrote {saved}", err=True)
