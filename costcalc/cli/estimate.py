"""`costcalc estimate`: what prompts will cost before they are sent, for one model or several."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from costcalc.cli.comparison import UnpricedError
from costcalc.cli.count import FilesArgument, ModelsOption, is_of_model, tokenizer_of
from costcalc.cli.counts import parse_count, parse_pairs
from costcalc.cli.groups import command
from costcalc.cli.held import Held
from costcalc.cli.options import ConditionOptions, ProviderOption, TableOptions
from costcalc.cli.outcome import DONE, say_error
from costcalc.errors import CostcalcError, UsageError

if TYPE_CHECKING:
    from decimal import Decimal

    from costcalc.cli.estimation import Estimation
    from costcalc.estimate.sources import Prompt
    from costcalc.registry.registry import Registry

__all__ = ["app", "parse_output"]

app = typer.Typer(add_completion=False, rich_markup_mode="rich")


def _option(option: str, metavar: str, about: str, panel: str) -> Any:
    return typer.Option(
        option, show_default=False, metavar=metavar, help=about, rich_help_panel=panel
    )


@command(app)
def estimate(
    files: FilesArgument,
    model: ModelsOption = None,
    output: Annotated[
        str | None,
        _option(
            "--output",
            "TOKENS",
            "Of one reply: 800, 200-2k, low=200,likely=600,high=2k, p50=600,p90=2k, or 30% of the "
            "input.",
            "Prompt",
        ),
    ] = None,
    cached_tokens: Annotated[
        str | None,
        _option("--cached-tokens", "COUNT", "Part of the input that is cached.", "Prompt"),
    ] = None,
    hit_ratio: Annotated[
        str | None,
        _option("--hit-ratio", "SHARE", "Cached share of the input: 0.9 or 90%.", "Prompt"),
    ] = None,
    cache: Annotated[
        str | None,
        _option(
            "--cache", "USE", "The cached part is a read (default), write or write_1h.", "Prompt"
        ),
    ] = None,
    calls: Annotated[
        str | None, _option("--calls", "COUNT", "Calls with each prompt; 1 unless given.", "Prompt")
    ] = None,
    *,
    text: Annotated[
        bool,
        typer.Option(
            "--text",
            show_default=False,
            help="Take .json and .jsonl as text, not as requests and prompts.",
            rich_help_panel="Prompt",
        ),
    ] = False,
    tokenizer: Annotated[
        str | None,
        _option("--tokenizer", "NAME", "Count with this vocabulary or calibration file.", "Prompt"),
    ] = None,
    provider: ProviderOption = None,
    terms: ConditionOptions,
    form: TableOptions,
) -> int:
    """Estimate what prompts will cost before they are sent: counted input, stated output.

    costcalc estimate prompt.txt --model gpt-5 --output 800
    costcalc estimate prompt.txt -m gpt-5 -m claude-opus-4-6 -m grok-4.3 --output 200-2k
    costcalc estimate requests.jsonl -m gpt-5-mini --output p50=400,p90=1500 --batch
    git diff | costcalc estimate - -m gpt-5 --output 10% --hit-ratio 80%
    """
    form.check()
    if not model:
        raise UsageError("say for which model to estimate: --model gpt-5; repeat it to compare")
    if output is None:
        msg = "say how long the reply is: --output 800, --output 200-2k, or --output 0 for none"
        raise UsageError(msg)
    options: dict[str, Any] = {
        **parse_output(output),
        "cached_tokens": None
        if cached_tokens is None
        else parse_count(cached_tokens, "--cached-tokens"),
        "hit_ratio": None if hit_ratio is None else _share(hit_ratio, "--hit-ratio"),
        "cache": cache,
        "calls": 1 if calls is None else parse_count(calls, "--calls"),
        "tokenizer": tokenizer_of(tokenizer),
        "provider": provider,
        **terms.terms(),
    }
    held = Held.of(files, prompts=not text)
    found = _estimated(list(dict.fromkeys(model)), held, options, form.registry())
    _print(found, form)
    if not found.failures:
        return DONE
    return say_error(UnpricedError.of(found.failures, len(found.rows)), as_json=form.json)


_RANGE = re.compile(r"(?P<low>[^-=]+?)(?:-|\.\.)(?P<high>[^-=]+)")
_SHARE = re.compile(r"[0-9.]+\s*%")
_NAMED = ({"low", "high"}, {"low", "likely", "high"}, {"p50", "p90"})


def parse_output(text: str) -> dict[str, Any]:
    """Return `--output` as arguments of `estimate_prompt`."""
    said = text.strip()
    if _SHARE.fullmatch(said):
        return {"output_ratio": _share(said)}
    if "=" in said:
        return {"output_tokens": _named(said)}
    span = _RANGE.fullmatch(said)
    if span is None:
        return {"output_tokens": parse_count(said, "--output")}
    ends = [span[each].strip() for each in ("low", "high")]
    if all(_SHARE.fullmatch(each) for each in ends):
        return {"output_ratio": tuple(map(_share, ends))}
    return {"output_tokens": tuple(parse_count(each, "--output") for each in ends)}


def _share(text: str, option: str = "--output") -> Decimal:
    from costcalc.estimate.outputs import as_ratio

    return as_ratio(text, option)


def _named(said: str) -> dict[str, int]:
    pairs = parse_pairs(said.split(","), "--output", "p50=600,p90=2k")
    if set(pairs) not in _NAMED:
        msg = (
            f"--output {said!r} names {', '.join(pairs)}; write low=200,high=2k, "
            "low=200,likely=600,high=2k or p50=600,p90=2k"
        )
        raise UsageError(msg, option="--output", value=said)
    return {name: parse_count(each, f"--output {name}") for name, each in pairs.items()}


def _estimated(
    models: list[str], held: Held, options: dict[str, Any], registry: Registry
) -> Estimation:
    """Return the estimates of every model; one that has no price does not stop the others."""
    from datetime import UTC, datetime

    from costcalc.cli.estimation import Estimation

    if options["at"] is None:
        options = {**options, "at": datetime.now(UTC)}  # one instant for all of them
    found: list[tuple[str, Any]] = []
    failures: list[tuple[str, CostcalcError]] = []
    for name in models:
        try:
            found.append((name, _one(name, held.prompts, options, registry)))
        except CostcalcError as error:
            if len(models) == 1 or not is_of_model(error):
                raise
            failures.append((name, error))
    return Estimation.of(found, failures, held.left_out)


def _one(name: str, prompts: list[Prompt], options: dict[str, Any], registry: Registry) -> Any:
    from costcalc.cli.progress import tracked
    from costcalc.estimate.prompt import estimate_prompt
    from costcalc.estimate.prompts import estimate_prompts

    if len(prompts) == 1:
        return estimate_prompt(name, prompts[0], **options, registry=registry)
    each = tracked(prompts, f"counting for {name}", len(prompts))
    return estimate_prompts(name, each, **options, registry=registry)


def _print(found: Estimation, form: TableOptions) -> None:
    if form.json:
        from costcalc.cli.data import print_json

        print_json(found.data())
        return
    from costcalc.cli import estimate_table as table

    if form.csv:
        table.print_csv_of(found)
    elif form.markdown:
        table.print_markdown(found)
    else:
        table.print_table(found)
