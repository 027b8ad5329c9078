"""A session for people: its bill, what its cache does, its ledger; Markdown, or CSV."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import TYPE_CHECKING

from costcalc.cli import amounts
from costcalc.cli.charts import bar
from costcalc.cli.tables import Column, Grid, Screen, print_csv

if TYPE_CHECKING:
    from collections.abc import Iterator

    from costcalc.cli.sessions import Told
    from costcalc.sessions.session_estimate import LedgerStep, SessionEstimate

__all__ = ["print_csv_of", "print_markdown", "print_table"]

_BAR = (6, 24)  # columns of a bar: below the first it says nothing, above the second no more
_GAP = 2
_MINUTE = 60
_HOUR = 3_600
_NAMED = 6  # rows of the ledger that a sentence names one by one


def print_table(told: Told, *, ledger: bool) -> None:
    """Print the session to a terminal."""
    screen = Screen()
    if ledger:
        _ledger(told.estimate).show(screen)
        screen.print()
    _bill(told.estimate, screen).show(screen)
    if len(told.rows) + len(told.failures) > 1:
        screen.print()
        _comparison(told, screen).show(screen)
    screen.print()
    screen.facts(_facts(told))


def print_markdown(told: Told, *, ledger: bool) -> None:
    """Print the session as Markdown tables."""
    if ledger:
        sys.stdout.write(_ledger(told.estimate).markdown() + "\n")
    sys.stdout.write(_bill(told.estimate, None).markdown())
    if len(told.rows) + len(told.failures) > 1:
        sys.stdout.write("\n" + _comparison(told, None).markdown())
    sys.stdout.writelines(f"\n{label}: {text}\n" for label, text in _facts(told))


def print_csv_of(told: Told) -> None:
    """Print the ledger as CSV, a call a row."""
    from costcalc.cli.data import jsonable

    head = ["index", "kind", "branch", "at", "context", "read", "written", "fresh", "output",
            "miss", "over_window", "total", "running", "currency"]  # fmt: skip
    rows = [
        jsonable(
            [
                step.index, step.kind, step.branch, step.at, step.context, step.read, step.written,
                step.fresh, step.output, step.miss, step.over_window, step.cost.total,
                step.running, told.estimate.currency,
            ]
        )
        for step in told.estimate.steps
    ]  # fmt: skip
    print_csv(head, rows)


def _bill(found: SessionEstimate, screen: Screen | None) -> Grid:
    """Return the receipt by meter, the total last."""
    grid = Grid(
        Column("meter"), Column("quantity", right=True), Column("rate", right=True), Column("per"),
        Column("amount", right=True), Column(""),
    )  # fmt: skip
    lines = found.cost.lines
    several = len({(line.provider, line.model) for line in lines}) > 1
    rates = amounts.aligned([amounts.rate(line.rate, found.currency) for line in lines])
    costs = amounts.rounded([*(line.amount for line in lines), found.total], found.currency)
    most = max((line.amount for line in lines), default=amounts.ZERO)
    ascii_only = screen is not None and screen.ascii_only
    for line, rate, cost in zip(lines, rates, costs, strict=False):
        name = line.meter.replace("_", " ") + (f" ({line.model})" if several else "")
        drawn = bar(line.amount, most, _BAR[1], ascii_only=ascii_only)
        grid.add(name, f"{line.quantity:,}", rate, line.unit, cost, drawn if screen else "")
    grid.add("total", "", "", "", costs[-1], "", style="bold")
    return grid


def _ledger(found: SessionEstimate) -> Grid:
    """Return every call of the session."""
    branched = any(step.branch for step in found.steps)
    grid = Grid(
        Column("#", right=True), Column("call"), *([Column("branch")] if branched else []),
        Column("context", right=True), Column("read", right=True), Column("written", right=True),
        Column("fresh", right=True), Column("output", right=True), Column("miss"),
        Column("cost", right=True), Column("so far", right=True),
    )  # fmt: skip
    costs = amounts.rounded([step.cost.total for step in found.steps], found.currency)
    running = amounts.rounded([step.running for step in found.steps], found.currency)
    for step, cost, whole in zip(found.steps, costs, running, strict=True):
        branch = [step.branch.rstrip("/")] if branched else []
        counts = (step.context, step.read, step.written, step.fresh, step.output)
        grid.add(
            str(step.index), step.kind, *branch, *(f"{each:,}" for each in counts), _missed(step),
            cost, whole, style=_style(step),
        )  # fmt: skip
    return grid


_MISSES = {"below_min": "too short", "ttl": "expired"}


def _missed(step: LedgerStep) -> str:
    return _MISSES.get(step.miss or "", step.miss or "")


def _style(step: LedgerStep) -> str:
    if step.over_window:
        return "bold red"
    return "yellow" if step.miss not in (None, "first") else ""


def _comparison(told: Told, screen: Screen | None) -> Grid:
    """Return the session under every model."""
    grid = Grid(
        Column("model", fold=True), Column("cache"), Column("hit ratio", right=True),
        Column("peak", right=True), Column("cost", right=True), Column("times", right=True),
        Column("fits"), Column(""),
    )  # fmt: skip
    most = max(row.estimate.total for row in told.rows)
    ascii_only = screen is not None and screen.ascii_only
    for row in told.rows:
        each = row.estimate
        (cost,) = amounts.rounded([each.total], each.currency)
        drawn = bar(each.total, most, _BAR[1], ascii_only=ascii_only)
        grid.add(
            each.model, str(each.policy), _share(each.hit_ratio), amounts.size(each.peak_context),
            cost, amounts.ratio(row.ratio), _fits(each), drawn if screen else "",
            style="yellow" if each.exceeded else "",
        )  # fmt: skip
    for failure in told.failures:
        grid.add(failure.name, "", "", "", "not priced", "", "", "", style="bold red")
    return grid


def _fits(found: SessionEstimate) -> str:
    if found.exceeded:
        return "no"
    return "not known" if found.context_window is None else "yes"


def _share(ratio: float | None) -> str:
    return amounts.share(None if ratio is None else Decimal(str(round(ratio, 6))))


def _facts(told: Told) -> Iterator[tuple[str, str]]:
    found = told.estimate
    when = amounts.moment(found.at)
    yield "session", f"{amounts.counted(len(found.steps), 'call')} of {found.model} from {when} on"
    yield "cache", _about_cache(found)
    yield "saved", _about_saving(found)
    if told.spread is not None:
        yield "spread", _about_spread(told)
    yield "context", _about_window(found)
    if found.seconds is not None:
        yield "takes", f"{_time(found.seconds)}, waits and writing at the model's typical speed"
    if told.formula is not None:
        yield "formula", _about_formula(told)
    for failure in told.failures:
        yield "unpriced", f"{failure.name}: {failure.message}"
    for row in told.rows:
        head = "" if len(told.rows) == 1 else f"{row.estimate.model}: "
        for each in (*row.estimate.assumptions, *row.estimate.cost.assumptions):
            yield "assumed", f"{head}{each.text}"


def _about_cache(found: SessionEstimate) -> str:
    if found.policy.kind == "none":
        return "none: every token is paid in full"
    misses = {reason: count for reason, count in found.misses.items() if reason != "first"}
    named = ", ".join(f"{count:,} {_MISSES.get(name, name)}" for name, count in misses.items())
    said = f"; misses: {named}" if named else ""
    return f"{found.policy}; hit ratio {_share(found.hit_ratio)} of all input tokens{said}"


def _about_saving(found: SessionEstimate) -> str:
    without, saved = amounts.rounded([found.uncached, abs(found.saved)], found.currency)
    if not found.saved:
        return f"nothing: {without} without a cache"
    if found.saved < 0:
        return f"nothing: caching costs {saved} more than no cache, which is {without}"
    return f"{saved} of {without} without a cache, {_share(found.saved_ratio)}"


def _about_spread(told: Told) -> str:
    runs = told.spread
    if runs is None:
        return ""
    mean, p50, p90, p95 = amounts.rounded([runs.mean, runs.p50, runs.p90, runs.p95], runs.currency)
    return (
        f"mean {mean}, P50 {p50}, P90 {p90}, P95 {p95} over {runs.runs:,} runs, hit ratio "
        f"{_share(runs.hit_ratio)}; the table is the run of seed {told.session.seed}"
    )


def _about_window(found: SessionEstimate) -> str:
    longest = f"longest prompt {found.peak_context:,} tokens"
    if found.context_window is None:
        return f"{longest}; the context window is not known"
    window = f"{longest}, window {found.context_window:,}"
    if not found.exceeded:
        return window
    rows = found.exceeded
    named = ", ".join(map(str, rows))
    if len(rows) > _NAMED:
        named = f"{rows[0]} to {rows[-1]}"
    return f"{window}; {amounts.counted(len(rows), 'call')} exceed it: {named}; compact before"


def _about_formula(told: Told) -> str:
    formula = told.formula
    if formula is None:
        return ""
    (total,) = amounts.rounded([formula.total], formula.currency)
    ceiling = _share(formula.ceiling)
    if not formula.differs:
        return f"{total}, the same; hit ratio at most {ceiling} for this shape"
    return f"{total}, without {', '.join(formula.differs)}; hit ratio at most {ceiling}"


def _time(seconds: Decimal) -> str:
    """Return a duration as people say it: 12 s, 3 min 20 s, 2 h 5 min."""
    whole = int(seconds.to_integral_value())
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR:,} h {whole % _HOUR // _MINUTE} min"
