"""`costcalc show`: what is known about one model, and the rates that hold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from costcalc.cli.counts import parse_count
from costcalc.cli.groups import command
from costcalc.cli.options import ConditionOptions, ModelArgument, OutputOptions, ProviderOption
from costcalc.cli.outcome import DONE, say_error
from costcalc.errors import NoPriceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from costcalc.cli.tables import Screen
    from costcalc.registry.cards import ModelInfo, RateCard

__all__ = ["app"]

app = typer.Typer(add_completion=False, rich_markup_mode="rich")


@command(app)
def show(
    model: ModelArgument,
    provider: ProviderOption = None,
    *,
    terms: ConditionOptions,
    prompt_tokens: Annotated[
        str | None,
        typer.Option(
            "--prompt-tokens",
            show_default=False,
            metavar="COUNT",
            help="Input of one request: long context.",
            rich_help_panel="When and how",
        ),
    ] = None,
    output_tokens: Annotated[
        str | None,
        typer.Option(
            "--output-tokens",
            show_default=False,
            metavar="COUNT",
            help="Output of one request.",
            rich_help_panel="When and how",
        ),
    ] = None,
    every: Annotated[
        bool,
        typer.Option(
            "--all",
            show_default=False,
            help="All price lists with their rules.",
            rich_help_panel="Output",
        ),
    ] = False,
    form: OutputOptions,
) -> int:
    """Show one model: its rates now or at a time, under conditions, and what is known of it.

    costcalc show grok-4.3 --prompt-tokens 300k --region us
    costcalc show grok-code-fast-1 --at 2025-09-07
    costcalc show deepseek-chat --all
    """
    registry = form.registry()
    info = registry.model(model, provider=provider)
    card: RateCard | None = None
    failure: NoPriceError | None = None
    try:
        card = registry.rate_card(
            model,
            provider=provider,
            prompt_tokens=parse_count(prompt_tokens or "0", "--prompt-tokens"),
            output_tokens=parse_count(output_tokens or "0", "--output-tokens"),
            **terms.terms(),
        )
    except NoPriceError as error:  # what is known of the model is an answer still
        failure = error
    if form.json:
        from costcalc.cli.data import print_json

        print_json({"model": info, "rate_card": card})
    else:
        _print(info, card, every=every)
    return DONE if failure is None else say_error(failure, as_json=form.json)


def _print(info: ModelInfo, card: RateCard | None, *, every: bool) -> None:
    from costcalc.cli.tables import Screen

    screen = Screen()
    name = f", {info.name}" if info.name and info.name != info.id else ""
    screen.print(f"{info.id} ({info.provider}){name}", style="bold")
    said = () if card is None else card.notes
    screen.facts(each for each in _about(info) if each[1] not in said)
    if card is not None:
        screen.print()
        _print_card(screen, card, info)
    if every:
        _print_lists(screen, info)


def _counting(info: ModelInfo) -> Iterator[tuple[str, str]]:
    if info.tokenizer:
        yield "counting", info.tokenizer
    if info.media:
        yield "media", f"counted by the rules of {info.media}"


def _about(info: ModelInfo) -> Iterator[tuple[str, str]]:
    """Iterate over what is known about a model beside its rates."""
    from costcalc.cli import amounts

    if info.aliases:
        yield "aliases", ", ".join(info.aliases)
    if info.maker and info.maker != info.provider:
        yield "maker", info.maker
    if info.context_window:
        yield "window", f"{info.context_window:,} tokens"
    if info.max_output:
        yield "output", f"at most {info.max_output:,} tokens"
    yield from _counting(info)
    if info.output_tokens_per_second:
        yield "speed", f"about {info.output_tokens_per_second:f} output tokens a second"
    for kind, policy in (info.cache or {}).items():
        yield "cache", ", ".join([kind, *_policy(policy or {})])
    if info.retired:
        gone = info.retired <= datetime.now(UTC)
        yield "retired" if gone else "retires", f"{amounts.moment(info.retired)}{_after(info)}"
    if info.note:
        yield "note", info.note


def _after(info: ModelInfo) -> str:
    if info.redirects_to:
        return f"; from then on served, and billed, as {info.redirects_to}"
    return f"; its provider recommends {info.replacement}" if info.replacement else ""


def _policy(policy: Any) -> Iterator[str]:
    """Iterate over what a cache policy says, in words."""
    for key, value in policy.items():
        if key == "min_tokens":
            yield f"from {value:,} tokens"
        elif key == "increment":
            yield f"in steps of {value:,}"
        elif key == "max_breakpoints":
            yield f"at most {value} breakpoints"
        elif key == "ttl":
            lives = (f"{life} ({meter})" for meter, life in value.items())
            yield f"lives {', '.join(lives)}"
        elif key == "refresh_on_read":
            yield "a read renews it" if value else "a read does not renew it"
        elif key == "caches_output":
            yield "replies are cached too" if value else "replies are not cached"
        else:
            yield f"{key.replace('_', ' ')}: {str(value).lower()}"


def _print_card(screen: Screen, card: RateCard, info: ModelInfo) -> None:
    from costcalc.cli import amounts
    from costcalc.cli.price import window
    from costcalc.cli.tables import Column, Grid
    from costcalc.meters import METERS

    stated = ", ".join(f"{key}={value}" for key, value in card.conditions.items())
    same = (card.model, card.provider) == (info.id, info.provider)
    served = "" if same else f"of {card.model} ({card.provider}) "
    under = f", {stated}" if stated else ""
    screen.print(f"rates {served}at {amounts.moment(card.at)}{under}", style="bold")
    explained = bool(card.why)
    grid = Grid(
        Column("meter"), Column("rate", right=True), Column("per"),
        *([Column("why", prose=True, style="dim")] if explained else []),
    )  # fmt: skip
    rates = amounts.aligned([amounts.rate(each, card.currency) for each in card.rates.values()])
    for meter, rate in zip(card.rates, rates, strict=True):
        grid.add(meter, rate, METERS[meter].unit, *([card.why.get(meter, "")] if explained else []))
    screen.print()
    grid.show(screen)
    screen.print()
    checked = f", checked {card.checked}" if card.checked else ""
    screen.facts(
        [
            ("price", window(card.start, card.until)),
            *([("source", f"{card.source}{checked}")] if card.source else []),
            *(("assumed", text) for text in card.assumptions),
            *(("note", note) for note in card.notes),
        ]
    )


def _print_lists(screen: Screen, info: ModelInfo) -> None:
    from costcalc.cli import amounts
    from costcalc.cli.price import window

    for record in info.prices:
        screen.print()
        screen.print(window(record.start, record.until), style="bold")
        rates = (
            f"{name} {amounts.rate(each, info.currency)}" for name, each in record.rates.items()
        )
        checked = f", checked {record.checked}" if record.checked else ""
        screen.facts(
            [
                ("rates", ", ".join(rates)),
                *(("rule", rule) for rule in record.rules),
                *([("source", f"{record.source}{checked}")] if record.source else []),
                *(("note", note) for note in record.notes if note != info.note),
            ]
        )
