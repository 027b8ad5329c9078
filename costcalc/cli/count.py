"""`costcalc count`: how many tokens files have, for one model or several."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from costcalc.cli.completion import complete_model
from costcalc.cli.groups import command
from costcalc.cli.held import Held, left_out_facts, printable
from costcalc.cli.options import TableOptions
from costcalc.cli.outcome import DONE, say_error
from costcalc.errors import CostcalcError, UnknownConditionError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from costcalc.registry.registry import Registry
    from costcalc.tokens.token_count import TokenCount

__all__ = ["FilesArgument", "ModelsOption", "app", "is_of_model", "tokenizer_of"]

app = typer.Typer(add_completion=False, rich_markup_mode="rich")

_MOST_SAID = 5  # ways of counting

FilesArgument = Annotated[
    list[str],
    typer.Argument(
        show_default=False,
        metavar="FILE",
        help="Files or folders; - is standard input.",
    ),
]
ModelsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        "-m",
        show_default=False,
        metavar="MODEL",
        help="Model id, alias or provider/model. Repeatable.",
        autocompletion=complete_model,
    ),
]
PromptsOption = Annotated[
    bool,
    typer.Option(
        "--prompts",
        show_default=False,
        help="Read .json and .jsonl as requests and prompts, not as text.",
    ),
]


@command(app)
def count(
    files: FilesArgument,
    model: ModelsOption = None,
    tokenizer: Annotated[
        str | None,
        typer.Option(
            "--tokenizer",
            show_default=False,
            metavar="NAME",
            help="Count with this vocabulary or calibration file instead of the model's.",
        ),
    ] = None,
    *,
    prompts: PromptsOption = False,
    form: TableOptions,
) -> int:
    """Count the tokens of files for one model or several, offline.

    costcalc count README.md --model gpt-5
    costcalc count docs/ -m gpt-5 -m claude-opus-4-6 -m gemini-2.5-pro
    costcalc count requests.jsonl --prompts --model gpt-5 --json
    git diff | costcalc count - --tokenizer o200k_base
    """
    form.check()
    if not model and not tokenizer:
        msg = "say for which model to count: --model gpt-5, or --tokenizer o200k_base"
        raise UsageError(msg)
    held = Held.of(files, prompts=prompts)
    counted = _counted(held, list(dict.fromkeys(model or [None])), tokenizer, form.registry())
    _print(counted, form)
    codes = [say_error(failure, as_json=form.json) for failure in counted.failures]
    return max(codes, default=DONE)


def is_of_model(error: CostcalcError) -> bool:
    """Return whether an error is one model's alone, so that the others can go on."""
    if isinstance(error, UsageError):
        return error.facts.get("model") is not None
    return isinstance(error, LookupError | UnknownConditionError)


class _Counted:
    """The counts of every file for every model, and the models that failed."""

    def __init__(self, held: Held, models: int) -> None:
        self.held = held
        self.several = models > 1
        self.rows: list[tuple[str, str, TokenCount]] = []
        self.totals: list[tuple[str, TokenCount]] = []
        self.failures: list[CostcalcError] = []


def _counted(
    held: Held, models: Sequence[str | None], tokenizer: str | None, registry: Registry
) -> _Counted:
    from costcalc.cli.progress import tracked
    from costcalc.estimate.sources import named
    from costcalc.tokens.counting import count_tokens
    from costcalc.tokens.token_count import TokenCount

    found = _Counted(held, len(models))
    plug = tokenizer_of(tokenizer)
    for model in models:
        name = model or tokenizer or ""
        own: list[tuple[str, str, TokenCount]] = []
        try:
            for each in tracked(held.prompts, f"counting for {name}", len(held.prompts)):
                with named(each) as content:
                    counted = count_tokens(content, model, tokenizer=plug, registry=registry)
                own.append((each.name, name, counted))
        except CostcalcError as error:
            if len(models) == 1 or not is_of_model(error):
                raise
            found.failures.append(error)
            continue
        found.rows += own
        found.totals.append((name, TokenCount.summed(count for _, _, count in own)))
    return found


def tokenizer_of(name: str | None) -> Any:
    """Return what `tokenizer=` takes: a name as it is, a calibration file read."""
    if name is None or not name.lower().endswith((".yaml", ".yml")):
        return name
    from costcalc.tokens.calibration import Calibration

    return Calibration.load(name)


def _print(found: _Counted, form: TableOptions) -> None:
    if form.json:
        from costcalc.cli.data import print_json

        print_json(_data(found))
        return
    from costcalc.cli.tables import print_csv

    if form.csv:
        head = ["file", "model", "tokens", "low", "high", "method", "tokenizer"]
        print_csv(head, [_cells(*row) for row in found.rows])
    elif form.markdown:
        sys.stdout.write(_grid(found).markdown())
    elif found.rows:  # else every model failed, and each says why
        from costcalc.cli.tables import Screen

        screen = Screen()
        _grid(found).show(screen)
        notes = [*_notes(found), *left_out_facts(found.held.left_out)]
        if notes:
            screen.print()
            screen.facts(notes)


def _cells(file: str, model: str, count: TokenCount) -> list[Any]:
    return [file, model, count.tokens, count.low, count.high, count.method, count.tokenizer]


def _data(found: _Counted) -> dict[str, Any]:
    names = ("file", "model", "tokens", "low", "high", "method", "tokenizer")
    rows = [
        {**dict(zip(names, _cells(*row), strict=True)), "parts": row[2].parts} for row in found.rows
    ]
    totals = [
        dict(zip(names[1:], _cells("", name, count)[1:], strict=True))
        for name, count in found.totals
    ]
    return {"totals": totals, "results": rows, "left_out": found.held.left_out}


def _grid(found: _Counted) -> Any:
    from costcalc.cli.tables import Column, Grid

    several = found.several
    grid = Grid(
        Column("file", fold=True),
        *([Column("model", fold=True)] if several else []),
        Column("tokens", right=True), Column("range", right=True), Column("method"),
    )  # fmt: skip
    for file, model, count in found.rows:
        grid.add(printable(file), *([model] if several else []), *_shown(count))
    for model, count in found.totals:
        if len(found.held.prompts) > 1:
            grid.add("total", *([model] if several else []), *_shown(count), style="bold")
    return grid


def _shown(count: TokenCount) -> tuple[str, str, str]:
    exact = count.low == count.high
    return (
        f"{count.tokens:,}", "" if exact else f"{count.low:,} to {count.high:,}", count.method,
    )  # fmt: skip


def _notes(found: _Counted) -> Iterator[tuple[str, str]]:
    """Iterate over how parts were counted, each way once and not too many of them."""
    parts = [part for _, _, count in found.rows for part in count.parts if part.note]
    ways = list(dict.fromkeys((part.what, part.note) for part in parts))
    yield from ways[:_MOST_SAID]
    if len(ways) > _MOST_SAID:
        yield "", f"and in {len(ways) - _MOST_SAID:,} more ways; --json has all of them"
