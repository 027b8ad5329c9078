"""Caches for people: what they cost, what a hit ratio is worth, break-evens; Markdown, or CSV."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from costcalc.caching.uses import ordinal
from costcalc.cli import amounts
from costcalc.cli.tables import Column, Grid, Screen, print_csv
from costcalc.money import quotient
from costcalc.report.bars import bar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from costcalc.caching.hit_ratio import HitRatioPoint
    from costcalc.caching.uses import CacheBreakEven
    from costcalc.cli.caches import ModelTold, Told

__all__ = ["print_csv_of", "print_markdown", "print_table"]

_BAR = 30  # columns of a bar
_USES = 10
"""Uses of a prefix whose cost stands beside each cache."""


def print_table(told: Told) -> None:
    """Print everything to a terminal."""
    screen = Screen()
    for grid in _grids(told, screen):
        grid.show(screen)
        screen.print()
    screen.facts(_facts(told))


def print_markdown(told: Told) -> None:
    """Print everything as Markdown tables and sentences."""
    sys.stdout.write("\n".join(grid.markdown() for grid in _grids(told, None)))
    sys.stdout.writelines(f"\n{label}: {text}\n" for label, text in _facts(told))


def print_csv_of(told: Told) -> None:
    """Print the curve as CSV, a model and ratio a row, unpriced models with their reason."""
    from costcalc.cli.data import jsonable

    head = ["model", "provider", "ratio", "total", "per_million", "currency", "reason", "unpriced"]
    rows = [
        jsonable(
            [
                point.model, point.provider, point.ratio, point.total, point.per_million,
                told.curve.currency, point.reason or None, None,
            ]
        )
        for point in told.curve.points
    ]  # fmt: skip
    blank = [None] * 6
    print_csv(head, [*rows, *([each.name, *blank, each.message] for each in told.failures)])


def _grids(told: Told, screen: Screen | None) -> Iterator[Grid]:
    """Return the table of caches, and that of what a million tokens cost by hit ratio."""
    if told.models:
        yield _caches(told)
    if told.curve.points:  # down for one model, across for several
        yield _down(told, screen) if len(told.curve.models) == 1 else _across(told)


def _caches(told: Told) -> Grid:
    """Return what no cache and every cache of a model costs, and from which use on it pays."""
    every = [cache for each in told.models for cache in each.break_even.caches]
    stored = any(cache.policy.kind == "stored" for cache in every)
    size = told.models[0].break_even.prefix_tokens
    grid = Grid(
        Column("model", fold=True), Column("cache"), Column("input", right=True),
        Column("write", right=True), Column("read", right=True),
        *([Column("storage", right=True)] if stored else []), Column("pays from"),
        Column(f"{_USES} uses of {amounts.size(size)}", right=True),
    )  # fmt: skip
    rates = _rates(every)
    for each in told.models:
        found = each.break_even
        costs = [found.uncached_cost(_USES), *(cache.cost(_USES) for cache in found.caches)]
        plain, *cached = amounts.rounded(costs, found.currency)
        rate = amounts.rate(found.input_rate, found.currency)
        grid.add(each.label, "none", rate, *([""] * (4 if stored else 3)), plain)
        for cache, cost in zip(found.caches, cached, strict=True):
            write, read, kept = next(rates)
            storage = [kept] if stored else []
            grid.add("", str(cache.policy), "", write, read, *storage, _pays(cache), cost)
    return grid


def _rates(caches: Sequence[CacheBreakEven]) -> Iterator[tuple[str, str, str]]:
    """Return write, read and storage of every cache, aligned; a free write is plain input."""
    writes, reads = (
        amounts.aligned([amounts.rate(rate, cache.currency) for cache, rate in pairs])
        for pairs in (
            [(cache, cache.write_rate) for cache in caches],
            [(cache, cache.read_rate) for cache in caches],
        )
    )
    kept = amounts.aligned(
        [
            amounts.rate(cache.storage, cache.currency) if cache.policy.kind == "stored" else ""
            for cache in caches
        ]
    )
    return zip(writes, reads, kept, strict=True)


def _pays(cache: CacheBreakEven) -> str:
    if cache.too_short:
        return f"never: below {cache.policy.min_tokens:,}"
    return "never" if cache.whole_uses is None else f"{ordinal(cache.whole_uses)} use"


def _down(told: Told, screen: Screen | None) -> Grid:
    points, currency = told.curve.points, told.curve.currency
    first, most = points[0], max(point.total for point in points)
    grid = Grid(
        Column("hit ratio", right=True), Column("per 1M tokens", right=True),
        *([] if _is_mix(told) else [Column("all of it", right=True)]),
        Column(f"of {first.ratio:.1%}", right=True), *([Column("")] if screen else []),
    )  # fmt: skip
    costs = amounts.rounded([point.per_million for point in points], currency)
    totals = amounts.rounded([point.total for point in points], currency)
    for point, cost, total in zip(points, costs, totals, strict=True):
        drawn = bar(point.total, most, _BAR, ascii_only=screen is not None and screen.ascii_only)
        grid.add(
            f"{point.ratio:.1%}", cost, *([] if _is_mix(told) else [total]),
            amounts.share(quotient(point.total, first.total)), *([drawn] if screen else []),
            style=_style(point),
        )  # fmt: skip
    return grid


def _is_mix(told: Told) -> bool:
    """Return whether a mix is priced, whose number of tokens says nothing."""
    return any(each.code == "mix" for each in told.curve.assumptions)


def _across(told: Told) -> Grid:
    curve = told.curve
    shares = sorted({point.ratio for point in curve.points})
    grid = Grid(
        Column("per 1M tokens at", fold=True),
        *(Column(f"{share:.1%}", right=True) for share in shares),
    )
    costs = iter(amounts.rounded([point.per_million for point in curve.points], curve.currency))
    for model in curve.models:
        grid.add(model, *(next(costs) for _ in shares))
    return grid


def _style(point: HitRatioPoint) -> str:
    return "yellow" if point.reason else ""


def _facts(told: Told) -> Iterator[tuple[str, str]]:
    if told.curve.points:
        yield "priced", _about_usage(told)
        yield from _worth(told)
    for each in told.models:
        alone = len(told.curve.models) == 1
        for label, text in _about(each, alone=alone):
            yield label, text if alone else f"{each.label}: {text}"
    for failure in told.failures:
        yield "unpriced", f"{failure.name}: {failure.message}"
    yield from _assumed(told)


def _about_usage(told: Told) -> str:
    usage = told.curve.usage
    mix = next((each.text for each in told.curve.assumptions if each.code == "mix"), None)
    requests = amounts.counted(usage.requests or 1, "request")
    said = f"{usage.input_tokens:,} tokens in and {usage.output_tokens:,} out, in {requests}"
    return f"{mix or said}; at {amounts.moment(told.curve.at)}"


def _worth(told: Told) -> Iterator[tuple[str, str]]:
    """Say what the last step of hit ratio before one that cannot be moves the bill by."""
    for model in told.curve.models:
        sure = [point for point in told.curve.of(model) if not point.reason]
        if len(sure) < 2 or not sure[-2].total:  # noqa: PLR2004 - a step has two ends
            continue
        before, after = sure[-2:]
        change = quotient(abs(before.total - after.total), before.total)
        verb = "less" if after.total <= before.total else "more"
        head = "" if len(told.curve.models) == 1 else f"{model}: "
        span = f"from {before.ratio:.1%} to {after.ratio:.1%}"
        yield "worth", f"{head}{span}, the bill is {amounts.share(change)} {verb}"


def _about(each: ModelTold, *, alone: bool) -> Iterator[tuple[str, str]]:
    """Return what is known of one model, a sentence each."""
    found = each.break_even
    if alone:
        for cache in found.caches:
            yield "cache", str(cache)
    for pair in found.lifetimes:
        if pair.short_misses is not None:
            yield "life", str(pair)
    if found.compaction is not None:
        yield "compact", str(found.compaction).removeprefix("compaction: ")
    if found.rival is not None:
        yield "rival", str(found.rival)
    if each.claim is not None:
        yield "claim", str(each.claim)
        first = f"a first prompt of {found.prefix_tokens:,} tokens"
        yield "claim", f"the shape: {first}, and {each.growth:,} more in each step"


def _assumed(told: Told) -> Iterator[tuple[str, str]]:
    """Return what nobody said, each thing once."""
    texts = [each.text for each in told.curve.assumptions if each.code != "mix"]
    texts += [point.reason for point in told.curve.points if point.reason]
    texts += [each.text for model in told.models for each in model.break_even.assumptions]
    for text in dict.fromkeys(texts):
        yield "assumed", text
