"""`costcalc cache`: what a model's cache costs, from when on it pays, what a hit ratio is worth."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated, Any

import typer

from costcalc.cli.charts import check_chart, put_chart
from costcalc.cli.completion import complete_model
from costcalc.cli.counts import parse_count, parse_pairs
from costcalc.cli.groups import command
from costcalc.cli.options import ConditionOptions, ProviderOption, TableOptions, UsageOptions
from costcalc.cli.outcome import DONE, say_error
from costcalc.errors import UsageError

if TYPE_CHECKING:
    from costcalc.cli.caches import Question, Told

__all__ = ["CacheOptions", "app"]

app = typer.Typer(add_completion=False, rich_markup_mode="rich")

_MIX = "100"
_PANELS = ("What is priced", "Break-evens", "A claimed hit ratio")


def _option(option: str, metavar: str, about: str, panel: int) -> Any:
    return typer.Option(
        option, show_default=False, metavar=metavar, help=about, rich_help_panel=_PANELS[panel]
    )


@dataclass(frozen=True, kw_only=True)
class CacheOptions:
    """What is asked of a cache, as it is typed."""

    mix: Annotated[
        str | None,
        _option(
            "--mix", "RATIO", "Input tokens for one of output, where no usage is given; 100.", 0
        ),
    ] = None
    prompt: Annotated[
        str | None,
        _option("--prompt", "TOKENS", "Input of each request of a mix, for tiers; 20k.", 0),
    ] = None
    ratios: Annotated[
        str | None,
        _option("--ratios", "SHARES", "Hit ratios: 0,50%,80%,90%,95%,98% unless given.", 0),
    ] = None
    prefix: Annotated[
        str | None, _option("--prefix", "TOKENS", "Length of the prefix that is cached; 20k.", 1)
    ] = None
    lives: Annotated[
        str | None,
        _option("--lives", "TIMES", "Lives of a cache stored by the hour: 15m,1h,1d.", 1),
    ] = None
    growth: Annotated[
        str | None, _option("--growth", "TOKENS", "What each step adds to the prompt.", 1)
    ] = None
    misses: Annotated[
        str | None,
        _option(
            "--misses", "SHARES", "Later steps that miss, by life: 5m=2.2%,1h=0.39%; asks which.", 1
        ),
    ] = None
    summary: Annotated[
        str | None,
        _option("--summary", "TOKENS", "Length of a summary; asks how often to summarise.", 1),
    ] = None
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            show_default=False,
            metavar="MODEL",
            help="At what price this model would win, on --input and --output.",
            rich_help_panel=_PANELS[1],
            autocompletion=complete_model,
        ),
    ] = None
    claim: Annotated[
        str | None,
        _option("--claim", "SHARE", "A hit ratio; asks how many steps it takes with --growth.", 2),
    ] = None
    steps: Annotated[
        str | None, _option("--steps", "COUNT", "Steps of a session that is said to have it.", 2)
    ] = None
    miss_ratio: Annotated[
        str | None, _option("--miss-ratio", "SHARE", "Later steps whose cache is gone: 3%.", 2)
    ] = None

    def question(self) -> Question:
        """Return what is asked; `UsageError` in the words of the options where it cannot be."""
        from costcalc.cli.caches import Question

        self._check_claim()
        return Question(
            mix=self.mix or _MIX,
            prompt=_count(self.prompt, "--prompt"),
            ratios=None if self.ratios is None else self.ratios.split(","),
            prefix=_count(self.prefix, "--prefix"),
            lives=None if self.lives is None else [each.strip() for each in self.lives.split(",")],
            growth=_count(self.growth, "--growth"),
            misses=None
            if self.misses is None
            else parse_pairs(self.misses.split(","), "--misses", "5m=2.2%,1h=0.39%"),
            summary=_count(self.summary, "--summary"),
            against=self.against,
            claim=self.claim,
            steps=_count(self.steps, "--steps"),
            miss_ratio=self.miss_ratio or "0",
        )

    def _check_claim(self) -> None:
        if self.claim is None:
            stated = [name for name in ("steps", "miss_ratio") if getattr(self, name) is not None]
            if stated:
                msg = (
                    f"--{stated[0].replace('_', '-')} belongs to a claimed hit ratio; say which, "
                    "too: --claim 90%"
                )
                raise UsageError(msg)
        elif self.growth is None:
            msg = "--claim asks how a session grows; say what each step adds: --growth 2k"
            raise UsageError(msg, claim=self.claim)


def _count(text: str | None, option: str) -> int | None:
    return None if text is None else parse_count(text, option)


@command(app)
def cache(
    models: Annotated[
        list[str],
        typer.Argument(
            show_default=False,
            metavar="MODEL",
            help="Ids, aliases or provider/model.",
            autocompletion=complete_model,
        ),
    ],
    asked: CacheOptions,
    usage: UsageOptions,
    terms: ConditionOptions,
    provider: ProviderOption = None,
    *,
    chart: Annotated[
        str | None,
        typer.Option(
            "--chart",
            show_default=False,
            metavar="FILE",
            help="Draw the cost by hit ratio: .html, .png, .svg, .json, or - for the terminal.",
            rich_help_panel="Output",
        ),
    ] = None,
    by_uses: Annotated[
        bool,
        typer.Option(
            "--by-uses",
            show_default=False,
            help="Draw the cost by number of uses of the prefix instead; of one model.",
            rich_help_panel="Output",
        ),
    ] = False,
    form: TableOptions,
) -> int:
    """Say what a cache costs, from which use on it pays, and what a hit ratio is worth.

    costcalc cache claude-sonnet-4-6 gpt-5 grok-4.3 --mix 100
    costcalc cache grok-4.3 --input 1M --output 10k --requests 50 --ratios 0,90%,95%
    costcalc cache claude-opus-5 --growth 2k --misses 5m=2.2%,1h=0.39% --summary 3k
    costcalc cache gemini-2.5-pro --prefix 50k --lives 15m,1h,1d --chart uses.html --by-uses
    costcalc cache gpt-5 --claim 90% --growth 2k --steps 40 --miss-ratio 3%
    """
    form.check()
    check_chart(chart, form)
    if by_uses and (chart is None or len(models) > 1):
        msg = "--by-uses draws the break-even of one model; name one, and --chart FILE"
        raise UsageError(msg, option="--by-uses")
    if asked.mix is not None and _is_stated(usage):
        raise UsageError(
            "--mix and a usage exclude each other; keep --mix, or --input and --output"
        )
    from costcalc.cli.caches import curve_of, tell

    question = asked.question()
    priced = usage.usage() if _is_stated(usage) else None
    stated, registry = {"provider": provider, **terms.terms()}, form.registry()
    told = tell(models, question, priced, stated, registry)
    _print(told, form)
    if chart is not None and told.models:
        stated = {**stated, "at": told.curve.at, "registry": registry}
        names = [each.name for each in told.models]
        line = told.models[0].break_even if by_uses else None
        from costcalc.report.chart import chart as chart_of

        curve = line or curve_of(names, question, priced, stated, finely=True)
        put_chart(chart_of(curve), chart)
    return DONE if not told.failures else say_error(told.failure(), as_json=form.json)


def _is_stated(usage: UsageOptions) -> bool:
    return any(getattr(usage, each.name) for each in fields(usage))


def _print(told: Told, form: TableOptions) -> None:
    from costcalc.cli import cache_table as table

    if form.json:
        from costcalc.cli.data import print_json

        print_json(told.data())
    elif form.csv:
        table.print_csv_of(told)
    elif form.markdown:
        table.print_markdown(told)
    else:
        table.print_table(told)
