"""A forecast as one page for those who decide, and its charts as pictures."""

from __future__ import annotations

from dataclasses import asdict
from decimal import localcontext
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from costcalc.digits import percent
from costcalc.errors import UsageError
from costcalc.money import ZERO, normal
from costcalc.planning.wording import at_least, bounded
from costcalc.replacing import replacing
from costcalc.report.amounts import exact, rounded, share
from costcalc.report.chart import DRAWING
from costcalc.report.naming import drawn_by
from costcalc.report.plan_charts import (
    Bar,
    Limit,
    Swing,
    fan_chart,
    split_chart,
    tornado_chart,
)
from costcalc.report.plan_page import Knob, Panel, Tile, plan_page
from costcalc.report.plan_sheets import money, month_names, sheets, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from os import PathLike

    from costcalc.planning.budget import Finding, Verdict
    from costcalc.planning.drivers import Driver, Drivers
    from costcalc.planning.forecast import Forecast, WorkloadForecast
    from costcalc.report.chart import Chart

__all__ = ["fan_of", "plan_html", "save_charts", "save_plan_html", "split_of", "tornado_of"]

_MOST_SWINGS = 12
_INPUT = ("input", "cache_write", "cache_write_1h", "cache_write_12h")
_READ = "cache_read"
_TILES = (
    ("expected", "mean", "mean of all runs"),
    ("P50", "p50", "half cost no more"),
    ("P80", "p80", "8 in 10 cost no more"),
    ("P90", "p90", "9 in 10 cost no more"),
    ("P95", "p95", "19 in 20 cost no more"),
)
"""Label, figure of a forecast, and what it says."""
_SAID = {
    "ok": "Every limit of the budget is kept.",
    "warn": "A limit that warns is exceeded.",
    "fail": "The budget is exceeded.",
    "unpriced": "Some of the plan has no price; limits on that are not checked.",
}


def _missing(found: Forecast) -> str:
    return f"no price is known of {found.missing}"


def _sentence(found: Drivers) -> str:
    said = found.sentence(lambda amount: money(amount, found.currency))
    return f"{said[:1].upper()}{said[1:]}"


def _source(found: Forecast) -> str:
    return f"{drawn_by(found.registry_version)}, {found.samples:,} runs"


def fan_of(found: Forecast) -> Chart:
    """Return the spend up to the end of each month, with the limits of the budget.

    Raises `UsageError` where nothing has a price.
    """
    if found.coverage == "none":
        raise UsageError(f"there is nothing to draw: {found}")
    names = ("mean", "p50", "p80", "p90", "p95")
    limits = [
        Limit(f"{each.level} {each.metric.removesuffix('_usd').upper()}", each.limit,
              alarms=each.level == "fail")
        for each in found.thresholds
        if each.workload is None and each.metric.endswith("_usd")
    ]  # fmt: skip
    mean, most = (money(each, found.currency) for each in (found.mean, found.p90))
    note = f"nine runs in ten cost at most {most}"
    if found.lower_bound:
        note = f"P90 is at least {most}; {_missing(found)}"
    with localcontext(DRAWING):
        return fan_chart(
            f"What {found.project} will cost: {at_least(mean, found.coverage)} expected",
            month_names(found),
            {name: [getattr(each.cumulative, name) for each in found.months] for name in names},
            found.currency,
            limits=limits,
            lower_bounds=[each.cumulative.lower_bound for each in found.months],
            notes=(note,),
            source=_source(found),
        )


def split_of(found: Forecast) -> Chart:
    """Return what each workload costs; `UsageError` where nothing has a price."""
    if found.coverage == "none":
        raise UsageError(f"there is nothing to draw: {found}")
    priced = [each for each in found.workloads.values() if each.coverage != "none"]
    bars = [
        Bar(each.name, each.billed, each.mean, each.p90, lower_bound=each.lower_bound)
        for each in priced
    ]
    largest = max(priced, key=lambda each: each.mean)
    with localcontext(DRAWING):
        part = largest.mean / found.mean if found.mean else ZERO
        title = f"{largest.name} is {share(part)} of what {found.project} is expected to cost"
        if found.lower_bound:
            mean = at_least(money(found.mean, found.currency), found.coverage)
            title = f"{found.project} is expected to cost {mean}"
        return split_chart(
            title,
            bars,
            found.currency,
            notes=(_missing(found),) if found.lower_bound else (),
            source=_source(found),
        )


def tornado_of(found: Drivers) -> Chart:
    """Return what moves the bill, the strongest first; `UsageError` where nothing does."""
    strongest = [each for each in found.drivers if each.swing][:_MOST_SWINGS]
    if not strongest:
        raise UsageError(f"there is nothing to draw: {found}")
    missing = ", ".join(dict.fromkeys(each.workload for each in found.unpriced))
    notes = (f"lower bounds: some of {missing} has no price",) if missing else ()
    swings = [
        Swing(each.label, each.ends, each.low, each.high, _changes(each)) for each in strongest
    ]
    with localcontext(DRAWING):
        return tornado_chart(_sentence(found), found.base, swings, found.currency, notes=notes)


def _changes(driver: Driver) -> str:
    ends = (driver.low_change, driver.high_change)
    return " / ".join("–" if each is None else percent(each, 0, "+") for each in ends)


def save_charts(found: Forecast, moved: Drivers, folder: str | PathLike[str]) -> list[Path]:
    """Write the charts as pictures into a folder, which is made if it is not there.

    One that has nothing to draw is left out.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    charts: dict[str, Chart] = {}
    if found.coverage != "none":
        charts = {"fan": fan_of(found), "workloads": split_of(found)}
    if any(each.swing for each in moved.drivers):
        charts["drivers"] = tornado_of(moved)
    return [chart.save(target / f"{name}.png") for name, chart in charts.items()]


def save_plan_html(
    found: Forecast, moved: Drivers, path: str | PathLike[str], verdict: Verdict | None = None
) -> Path:
    """Write the page; a file that is there is replaced at once, or stays if anything fails."""
    text = plan_html(found, moved, verdict)
    target = Path(path)
    with replacing(target) as file:
        file.write(text.encode())
    return target


def plan_html(found: Forecast, moved: Drivers, verdict: Verdict | None = None) -> str:
    """Return the page of a forecast: one file that needs nothing from elsewhere.

    `verdict` is that of the plan's own budget if left out.
    """
    with localcontext(DRAWING):
        return _page(found, moved, verdict)


def _page(found: Forecast, moved: Drivers, verdict: Verdict | None) -> str:
    from costcalc.report.theme import config

    font = "system-ui, sans-serif"
    knobs = [_knob(each) for each in found.workloads.values()]
    return plan_page(
        f"What {found.project} will cost",
        _lead(found, moved),
        [
            f"From {found.start.date()} until {found.until.date()}, {found.samples:,} runs.",
            *(notice.text for notice in found.warnings),
        ],
        list(_tiles(found)),
        _verdict(found.check() if verdict is None else verdict),
        list(_panels(found, moved)),
        knobs,
        list(sheets(found)),
        f"{_source(found)}, seed {found.seed}. The same plan, seed and prices give the same page.",
        {
            "currency": found.currency,
            "mean": float(found.mean),
            "coverage": found.coverage,
            "workloads": [asdict(knob) for knob in knobs],
        },
        {"light": config(font=font), "dark": config(dark=True, font=font)},
        _script(),
    )


@cache
def _script() -> str:
    from costcalc.report.plan_script import SCRIPT
    from costcalc.report.rendering import bundle

    return bundle(SCRIPT)


def _lead(found: Forecast, moved: Drivers) -> str:
    currency = found.currency
    mean, half, most = (money(each, currency) for each in (found.mean, found.p50, found.p90))
    figures = (
        f"{mean} is expected; half of all runs cost at most {half}, nine in ten at most {most}"
    )
    if found.lower_bound:
        figures = f"At least {mean} is expected, P50 at least {half}, P90 at least {most}"
        figures = f"{figures}; {_missing(found)}"
    if found.coverage == "none":
        figures = f"It is not priced: {_missing(found)}"
    return f"{figures}. {_sentence(moved)}."


def _tiles(found: Forecast) -> Iterator[Tile]:
    currency = found.currency
    for label, figure, note in _TILES:
        amount = shown(found, figure, currency)
        yield Tile(label, amount, "some has no price" if found.lower_bound else note)
    if found.lower_bound:
        yield Tile("reserve", "not known", "some has no price")
    else:
        reserve = money(found.reserve("0.9"), currency)
        yield Tile("reserve", reserve, "above expected, to cover P90")
    if found.per_person is not None and found.people is not None:
        people = "1 person" if found.people == 1 else f"{normal(found.people):,f} people"
        amount = bounded(money(found.per_person, currency), found.coverage)
        yield Tile("by person", amount, f"a month, {people}")


def _verdict(found: Verdict) -> tuple[str, str, Sequence[str]] | None:
    if not found.findings and found.level == "ok":
        return None
    lines = [_limit(each, found.currency) for each in found.findings]
    said = _SAID[found.level]
    if found.level == "unpriced" and found.exceeded:
        said += " What is known exceeds one already."
    return found.word, said, (*found.unpriced, *lines)


def _limit(found: Finding, currency: str) -> str:
    """Return a limit and what it is held against."""
    limit = found.threshold
    if limit.metric == "increase_percent":
        return found.text
    who, most = limit.workload or "the project", exact(limit.limit, currency)
    what = (
        "expected cost" if limit.metric == "mean_usd" else limit.metric.removesuffix("_usd").upper()
    )
    warns = ", a limit that warns" if limit.level == "warn" else ""
    if found.actual is None:
        return f"{who}: {what} is not known, so that {most} was not checked{warns}"
    (is_,) = rounded([found.actual], currency)
    if not found.lower_bound:
        return f"{who}: {what} {is_} is {'above' if found.exceeded else 'within'} {most}{warns}"
    if found.exceeded:
        return f"{who}: {what} is at least {is_}, above {most}{warns}"
    return f"{who}: {what} is at least {is_}, so that {most} was not checked{warns}"


def _panels(found: Forecast, moved: Drivers) -> Iterator[Panel]:
    about = (
        "Spend from the start to the end of each month. The line is the expected cost; the bands "
        "end at P80, P90 and P95. Dashed lines are limits of the budget."
    )
    if found.coverage != "none":
        yield Panel("fan", "Spend over the months", about, fan_of(found))
    if found.mean:
        about = "The bar is the expected cost over the whole project, the line goes up to P90."
        yield Panel("split", "By workload", about, split_of(found))
    if any(each.swing for each in moved.drivers):
        about = (
            "One number at a time, all else as planned: ranges at the ends that the plan states, "
            "other numbers halved and doubled. Green is the low end, red the high end."
        )
        yield Panel("drivers", "What moves the bill", about, tornado_of(moved))


def _knob(each: WorkloadForecast) -> Knob:
    """Return a workload of the what-if; at its own volume and hit ratio it gives the mean."""
    read, all_input = each.tokens.get(_READ, ZERO), ZERO
    fresh_cost = ZERO
    for meter in _INPUT:
        all_input += each.tokens.get(meter, ZERO)
        fresh_cost += each.amounts.get(meter, ZERO)
    fresh = fresh_cost / all_input if all_input else ZERO
    cached = bool(read)
    rate = each.amounts.get(_READ, ZERO) / read if read else fresh
    tokens = all_input + read
    ratio = read / tokens if tokens else ZERO
    spent = fresh_cost + each.amounts.get(_READ, ZERO)
    return Knob(
        name=each.name,
        model=each.billed,
        input=float(tokens),
        fresh=float(fresh),
        read=float(rate),
        rest=float(each.mean - spent),
        ratio=float(ratio),
        cached=cached,
        coverage=each.coverage,
    )
