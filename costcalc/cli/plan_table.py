"""A forecast for people: figures, workloads, months, and what they rest on."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import TYPE_CHECKING

from costcalc.cli import amounts
from costcalc.cli.tables import Column, Grid, Screen
from costcalc.money import normal
from costcalc.planning.wording import at_least, bounded
from costcalc.report.amounts import signed
from costcalc.report.bars import bar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from costcalc.planning.budget import Verdict
    from costcalc.planning.forecast import Forecast, Spread, WorkloadForecast

__all__ = [
    "NO_RESERVE",
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
_UNPRICED = {
    "whole": "some of the plan to compare with has no price",
    "part": "some of the project has no price",
    "none": "nothing of the project has a price",
}
"""What the verdict says, by how much of the project has a price."""
NO_RESERVE = "not known, since some of the project has no price"
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
    when = f"{found.project}, {first} to {last}"
    mean, most = (cents(each, found.currency) for each in (found.mean, found.p90))
    if found.coverage == "none":
        return f"{when}: not priced; no price is known of {found.missing}"
    if found.lower_bound:
        missing = f"no price is known of {found.missing}"
        return f"{when}: at least {mean} expected, P90 at least {most}; {missing}"
    return f"{when}: {mean} expected, nine runs in ten at most {most}"


def _row(spread: Spread, found: Forecast) -> list[str]:
    if spread.coverage == "none":
        return ["not priced", *("–" for _ in _FIGURES[1:])]
    return [bounded(_shown(getattr(spread, name), found), spread.coverage) for name in _FIGURES]


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
            known = each.coverage != "none"
            made.add(
                each.name, _units(each), cents(each.unit_cost, found.currency) if known else "–",
                _hits(each), *_row(each, found), *([drawn] if width else []),
                style="" if known else "red",
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
    if each.coverage == "none":  # they have not been drawn
        return "–"
    return bounded(amounts.counted(round(each.units), each.unit), each.coverage)


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
            *(
                bounded(_shown(each, found), month.cumulative.coverage)
                for each in (month.cumulative.mean, month.cumulative.p90)
            ),
        )  # fmt: skip
    return grid


def _phase(name: str | None, scale: Decimal, screen: Screen | None) -> str:
    times = "x" if screen is not None and screen.ascii_only else "×"
    if name is None:
        return "–"
    return name if scale == 1 else f"{name} {times}{scale:f}"


def _facts(found: Forecast) -> Iterator[tuple[str, str]]:
    currency = found.currency
    reserve = NO_RESERVE
    if not found.lower_bound:
        eight, nine = (cents(found.reserve(share), currency) for share in ("0.8", "0.9"))
        reserve = f"{eight} above the expected cost covers 8 runs in 10, {nine} covers 9"
    yield "reserve", reserve
    if found.per_person is not None and found.people is not None:
        each_one = at_least(cents(found.per_person, currency), found.coverage)
        yield "per person", f"{each_one} a month, {people_said(found.people)}"
    for each in found.workloads.values():
        yield "models", f"{each.name}: {each.billed}"
    for each in found.workloads.values():
        yield from _about(each, currency)
    if found.closed_form_mean is not None:
        yield (
            "formula",
            (
                f"{at_least(cents(found.closed_form_mean, currency), found.coverage)} expected by "
                f"formula, beside {cents(found.mean, currency)} of {found.samples:,} runs (seed "
                f"{found.seed})"
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
        amount = at_least(cents(each.per_person, currency), each.coverage)
        yield "per person", f"{each.name}: {amount} a month"
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
    exceeded = f"{amounts.counted(over, 'limit')} {'is' if over == 1 else 'are'} exceeded"
    what = {
        "ok": "the budget is kept" if verdict.findings else "the plan states no budget",
        "warn": f"{amounts.counted(over, 'limit')} that warns is exceeded",
        "fail": exceeded,
        "unpriced": _UNPRICED[forecast.coverage] + (f", and {exceeded} already" if over else ""),
    }[verdict.level]
    if verdict.level == "warn" and over > 1:
        what = f"{over} limits that warn are exceeded"
    if forecast.coverage == "none":
        return f"{verdict.word}: {what}"
    expected, most = (
        at_least(cents(each, currency), forecast.coverage) for each in (forecast.mean, forecast.p90)
    )
    at_most = f"P90 {most}" if forecast.lower_bound else f"nine runs in ten at most {most}"
    return f"{verdict.word}: {what}; {forecast.project} is expected to cost {expected}, {at_most}"


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
            actual = bounded(actual, "part" if each.lower_bound else "whole")
        style = {"over": "bold red", "warning": "yellow"}.get(each.word, "")
        grid.add(f"{threshold.level}: {threshold.key}", actual, limit, each.word, style=style)
    return grid


def _verdict_facts(verdict: Verdict, forecast: Forecast) -> Iterator[tuple[str, str]]:
    reserve = NO_RESERVE
    if verdict.reserve is not None:
        amount = cents(verdict.reserve, verdict.currency)
        reserve = f"{amount} above the expected cost covers 9 runs in 10"
    yield "reserve", reserve
    for text in verdict.unpriced:
        yield "unpriced", text
    for notice in forecast.warnings:
        yield "warning", notice.text
