"""A forecast for people: figures, workloads, months, and what they rest on."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import TYPE_CHECKING

from costcalc.cli import amounts
from costcalc.cli.tables import Column, Grid, Screen
from costcalc.money import normal
from costcalc.report.amounts import signed
from costcalc.report.bars import bar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from costcalc.planning.budget import Verdict
    from costcalc.planning.forecast import Forecast, Spread, WorkloadForecast

__all__ = [
    "cents",
    "people_said",
    "print_markdown",
    "print_table",
    "print_verdict",
    "verdict_markdown",
]

_BAR = (6, 24)
_GAP = 2
_NO_CENTS = 1_000
_FIGURES = ("mean", "p50", "p80", "p90", "p95")
_HEADS = ("expected", "P50", "P80", "P90", "P95")
_WORDS = {"ok": "within", "warn": "warning", "fail": "over", "unpriced": "unpriced"}
_STYLES = {"ok": "bold green", "warn": "bold yellow", "fail": "bold red", "unpriced": "bold red"}


def cents(amount: Decimal, currency: str) -> str:
    """Return an amount at two decimals; what is less than a cent at three digits."""
    if amount and abs(amount) < Decimal("0.01"):
        return amounts.rounded([amount], currency)[0]
    return amounts.exact(Decimal(f"{amount:.2f}"), currency)


def _shown(amount: Decimal, found: Forecast) -> str:
    """Return an amount of a table; without cents where the whole is thousands."""
    if found.mean < _NO_CENTS or (amount and abs(amount) < 1):
        return cents(amount, found.currency)
    return signed(f"{amount:,.0f}", found.currency)


def print_table(found: Forecast, *, ledger: bool) -> None:
    """Print the forecast to a terminal."""
    screen = Screen()
    screen.print(_headline(found), "bold")
    screen.print()
    _workloads(found, screen).show(screen)
    screen.print()
    _months(found, screen).show(screen)
    screen.print()
    screen.facts(_facts(found))
    if ledger:
        screen.print()
        _ledger(found).show(screen)


def print_markdown(found: Forecast, *, ledger: bool) -> None:
    """Print the forecast as Markdown."""
    parts = [f"**{_headline(found)}**\n\n", _workloads(found, None).markdown(), "\n"]
    parts += [_months(found, None).markdown(), "\n"]
    parts += [f"- {label}: {text}\n" for label, text in _facts(found)]
    if ledger:
        parts += ["\n", _ledger(found).markdown()]
    sys.stdout.write("".join(parts))


def _headline(found: Forecast) -> str:
    first, last = found.start.date(), found.months[-1].until.date()
    return (
        f"{found.project}, {first} to {last}: {cents(found.mean, found.currency)} expected, "
        f"nine runs in ten at most {cents(found.p90, found.currency)}"
    )


def _row(spread: Spread, found: Forecast) -> list[str]:
    return [_shown(getattr(spread, name), found) for name in _FIGURES]


def _workloads(found: Forecast, screen: Screen | None) -> Grid:
    """Return the workloads and their sum; with bars where the terminal has room."""
    rows = list(found.workloads.values())

    def grid(width: int) -> Grid:
        made = Grid(
            Column("workload"), Column("units", right=True),
            Column("each", right=True), Column("hits", right=True),
            *(Column(head, right=True) for head in _HEADS), *([Column("")] if width else []),
        )  # fmt: skip
        most = max((each.mean for each in rows), default=Decimal(0))
        for each in rows:
            drawn = bar(each.mean, most, width, ascii_only=screen is None or screen.ascii_only)
            made.add(
                each.name, _units(each), cents(each.unit_cost, found.currency),
                _hits(each), *_row(each, found), *([drawn] if width else []),
            )  # fmt: skip
        made.add(
            "total", "", "", "", *_row(found, found), *([""] if width else []),
            style="bold",
        )  # fmt: skip
        return made

    if screen is None:
        return grid(0)
    room = screen.width - grid(0).natural_width() - _GAP
    return grid(min(room, _BAR[1]) if room >= _BAR[0] else 0)


def _units(each: WorkloadForecast) -> str:
    number = round(each.units)
    return amounts.counted(number, each.unit)


def _hits(each: WorkloadForecast) -> str:
    return "–" if each.hit_ratio is None else f"{each.hit_ratio:.1%}"


def _months(found: Forecast, screen: Screen | None) -> Grid:
    """Return the months, and what is spent up to the end of each."""
    grid = Grid(
        Column("month"), Column("phase"), *(Column(head, right=True) for head in _HEADS),
        Column("up to then", right=True), Column("its P90", right=True),
    )  # fmt: skip
    for month in found.months:
        grid.add(
            f"{month.start:%Y-%m}" if month.start.day == 1 else month.month,
            _phase(month.phase, month.scale, screen), *_row(month, found),
            _shown(month.cumulative.mean, found),
            _shown(month.cumulative.p90, found),
        )  # fmt: skip
    return grid


def _phase(name: str | None, scale: Decimal, screen: Screen | None) -> str:
    times = "x" if screen is not None and screen.ascii_only else "×"
    if name is None:
        return "–"
    return name if scale == 1 else f"{name} {times}{scale:f}"


def _facts(found: Forecast) -> Iterator[tuple[str, str]]:
    currency = found.currency
    yield (
        "reserve",
        (
            f"{cents(found.reserve('0.8'), currency)} above the expected cost covers 8 runs in 10, "
            f"{cents(found.reserve('0.9'), currency)} covers 9"
        ),
    )
    if found.per_person is not None and found.people is not None:
        yield (
            "per person",
            (f"{cents(found.per_person, currency)} a month, {people_said(found.people)}"),
        )
    for each in found.workloads.values():
        yield "models", f"{each.name}: {each.billed}"
    for each in found.workloads.values():
        yield from _about(each, currency)
    if found.closed_form_mean is not None:
        yield (
            "formula",
            (
                f"{cents(found.closed_form_mean, currency)} expected by formula, beside "
                f"{cents(found.mean, currency)} of {found.samples:,} runs (seed {found.seed})"
            ),
        )
    for part in found.unpriced:
        yield "unpriced", f"{part}; no total holds it"
    for notice in found.warnings:
        yield "warning", notice.text
    for assumption in found.assumptions:
        yield "assumed", assumption.text
    guessed = sum(entry.basis == "assumed" for entry in found.ledger)
    yield (
        "numbers",
        (f"{guessed} of {len(found.ledger)} are assumed; --ledger lists all with their sources"),
    )


def people_said(people: Decimal) -> str:
    """Return how many people: 1 person, 5 people, 2.5 people."""
    return "1 person" if people == 1 else f"{normal(people):,f} people"


def _about(each: WorkloadForecast, currency: str) -> Iterator[tuple[str, str]]:
    if each.per_person is not None:
        yield "per person", f"{each.name}: {cents(each.per_person, currency)} a month"
    for cap in each.caps:
        yield (
            "caps",
            (
                f"{each.name}: {cap.key} {cap.limit:,f} is reached by {cap.reached_ratio:.1%} and "
                f"saves {cents(cap.saved, currency)}"
            ),
        )


def _ledger(found: Forecast) -> Grid:
    grid = Grid(
        Column("number", fold=True), Column("value", fold=True), Column("basis"),
        Column("source", fold=True), Column("checked"),
    )  # fmt: skip
    for entry in found.ledger:
        grid.add(
            entry.key.removeprefix("workloads."), entry.value, entry.basis, entry.source or "–",
            entry.checked or "–",
        )  # fmt: skip
    return grid


def print_verdict(verdict: Verdict, forecast: Forecast, more: Sequence[tuple[str, str]]) -> None:
    """Print a verdict to a terminal: one line, then every limit."""
    screen = Screen()
    screen.print(_verdict_line(verdict, forecast), _STYLES[verdict.level])
    screen.print()
    if verdict.findings:
        _findings(verdict).show(screen)
        screen.print()
    screen.facts([*_verdict_facts(verdict, forecast), *more])


def verdict_markdown(verdict: Verdict, forecast: Forecast, more: Sequence[tuple[str, str]]) -> str:
    """Return a verdict as Markdown."""
    parts = [f"**{_verdict_line(verdict, forecast)}**\n\n"]
    if verdict.findings:
        parts += [_findings(verdict).markdown(), "\n"]
    parts += [f"- {label}: {text}\n" for label, text in (*_verdict_facts(verdict, forecast), *more)]
    return "".join(parts)


def _verdict_line(verdict: Verdict, forecast: Forecast) -> str:
    currency = verdict.currency
    over = len(verdict.exceeded)
    what = {
        "ok": "the budget is kept" if verdict.findings else "the plan states no budget",
        "warn": f"{amounts.counted(over, 'limit')} that warns is exceeded",
        "fail": f"{amounts.counted(over, 'limit')} is exceeded"
        if over == 1
        else f"{over} limits are exceeded",
        "unpriced": "some of the project has no price, so that no total holds",
    }[verdict.level]
    if verdict.level == "warn" and over > 1:
        what = f"{over} limits that warn are exceeded"
    expected, most = (cents(each, currency) for each in (forecast.mean, forecast.p90))
    return (
        f"{_WORDS[verdict.level]}: {what}; {forecast.project} is expected to cost {expected}, nine "
        f"runs in ten at most {most}"
    )


def _findings(verdict: Verdict) -> Grid:
    grid = Grid(
        Column("limit"), Column("is", right=True), Column("may be", right=True), Column("verdict"),
    )  # fmt: skip
    for each in verdict.findings:
        threshold = each.threshold
        is_share = threshold.metric == "increase_percent"
        limit = f"{threshold.limit:f}%" if is_share else cents(threshold.limit, verdict.currency)
        if each.actual is None:
            actual = "–"
        else:
            actual = f"{each.actual:+.1f}%" if is_share else cents(each.actual, verdict.currency)
        over = "over" if threshold.level == "fail" else "warning"
        word = over if each.exceeded else "not checked" if each.actual is None else "within"
        style = {"over": "bold red", "warning": "yellow"}.get(word, "")
        grid.add(f"{threshold.level}: {threshold.key}", actual, limit, word, style=style)
    return grid


def _verdict_facts(verdict: Verdict, forecast: Forecast) -> Iterator[tuple[str, str]]:
    yield (
        "reserve",
        (f"{cents(verdict.reserve, verdict.currency)} above the expected cost covers 9 runs in 10"),
    )
    for text in verdict.unpriced:
        yield "unpriced", text
    for notice in forecast.warnings:
        yield "warning", notice.text
