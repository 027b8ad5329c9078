"""The chart of break-evens: the cost of a prefix by its uses, without a cache and with each.

Uses count within one life of a cache that is stored, so each such life has a panel of its own; the
other caches, which uses keep alive, share one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from costcalc.caching.break_even import BreakEven, CacheBreakEven
from costcalc.caching.policy import duration
from costcalc.report import spec
from costcalc.report.amounts import exact
from costcalc.report.naming import day, distinct, few, in_short, source_line
from costcalc.report.plot import Line, Plot
from costcalc.report.scales import Scale, linear, nice_count, whole_ticks

__all__ = ["break_even_figure"]

_FEWEST = 10  # uses of a panel
_MOST_POINTS = 60
_BESIDE = 250  # pixels of a panel that has another beside it
_HEIGHT = 240
_PLAIN = "no cache"
_TIPS = {"series": "", "uses": "uses", "exact": "cost"}


@dataclass(frozen=True)
class _Panel:
    """Caches whose uses are counted alike."""

    heading: str
    uses: tuple[int, ...]
    """Where the lines are drawn."""
    series: dict[str, tuple[Decimal, ...]]
    """Cost at each of the uses."""
    marks: dict[str, tuple[Decimal, Decimal]]
    """Where each cache costs the same as none: uses, and the cost."""
    texts: dict[str, str]
    """What stands at the end of each line."""


def break_even_figure(found: BreakEven) -> spec.Figure:
    """Return the figure of break-evens."""
    caches = [each for each in found.caches if each.prefix_tokens >= each.policy.min_tokens]
    alike = [each for each in caches if each.policy.kind != "stored"]
    stored = [each for each in caches if each.policy.kind == "stored"]
    panels = [_panel(found, alike, "cost by number of uses")] if alike or not stored else []
    for each in stored:
        life = duration(each.policy.ttl or 0)
        panels.append(_panel(found, [each], f"cost by uses within the {life} of a stored cache"))
    names = list(dict.fromkeys(name for panel in panels for name in panel.series))
    columns = 1 if len(panels) == 1 else 2
    width = spec.WIDTH if columns == 1 else _BESIDE
    texts = [text for panel in panels for text in panel.texts.values()]
    tokens = f"{found.prefix_tokens:,} tokens"
    title = (
        f"When caching a prefix of {tokens} pays with {found.model}, at the prices of "
        f"{day(found.at)}"
    )
    return spec.Figure(
        title=title,
        notes=_notes(found, caches),
        source=source_line(found.at),
        views=[_view(panel, names, found.currency, width) for panel in panels],
        drawings=tuple(_plot(panel, found.currency) for panel in panels),
        columns=columns,
        reserved=spec.room_for(texts),
    )


def _panel(found: BreakEven, caches: Sequence[CacheBreakEven], heading: str) -> _Panel:
    names = distinct([[str(each.policy)] for each in caches])
    wanted = max((each.whole_uses or 0 for each in caches), default=0)
    uses = _uses(max(_FEWEST, nice_count(max(1, wanted * 3 // 2))))
    series = {_PLAIN: tuple(found.uncached_cost(number) for number in uses)}
    marks: dict[str, tuple[Decimal, Decimal]] = {}
    texts = {_PLAIN: _PLAIN}
    for name, each in zip(names, caches, strict=True):
        series[name] = tuple(each.cost(number) for number in uses)
        short = "stored" if each.policy.kind == "stored" else name
        texts[name] = f"{short}: never pays"
        if each.uses is not None and each.whole_uses is not None:
            texts[name] = f"{short}: pays from use {each.whole_uses:,}"
            at = max(Decimal(1), each.uses)
            marks[name] = (at, at * found.uncached_cost(1))
    return _Panel(heading, uses, series, marks, texts)


def _uses(last: int) -> tuple[int, ...]:
    """Return whole numbers from 1 to the last; the lines between them are straight."""
    step = max(1, -(-last // _MOST_POINTS))
    return tuple(sorted({1, *range(step, last, step), last}))


def _notes(found: BreakEven, caches: Sequence[CacheBreakEven]) -> tuple[str, ...]:
    said: list[str] = []
    kept: list[str] = []
    for each in caches:
        free = each.write_ratio is None  # as plain input is
        ratios = (
            "it saves nothing"
            if free
            else f"a write costs {each.write_ratio:f}× and a read {each.read_ratio:f}×"
        )
        if each.policy.kind != "stored":
            said.append(f"{each.policy}: {ratios}")
        elif not kept:
            said.append(f"stored cache: {ratios}")
        if each.policy.kind == "stored":
            life = duration(each.policy.ttl or 0)
            kept.append(f"{in_short(each.storage, found.currency)} for {life}")
    if kept:
        said[-1] += f", storage {', '.join(kept)}"
    if not said:
        said = [f"{found.model} ({found.provider}) has no cache for such a prefix"]
    rate = f"plain input {exact(found.input_rate, found.currency)} per 1M tokens"
    return few(["; ".join([rate, *said]), *(each.text for each in found.assumptions)])


def _view(panel: _Panel, names: Sequence[str], currency: str, width: int) -> dict[str, Any]:
    """Return one panel; `names` are the series of all panels, which share their look."""
    amounts = [amount for costs in panel.series.values() for amount in costs]
    scale = linear(max(amounts))
    ticks = whole_ticks(1, panel.uses[-1])
    x = spec.across("x", [1, panel.uses[-1]], "uses", format=",d", values=ticks)
    y = spec.amounts_axis("y", scale, currency)
    palette = spec.color(names)
    rows = [
        {
            "series": name,
            "x": number,
            "y": float(cost),
            "uses": f"{number:,}",
            "exact": exact(cost, currency),
        }
        for name, costs in panel.series.items()
        for number, cost in zip(panel.uses, costs, strict=True)
    ]
    layers = [
        spec.layer({"type": "line"}, rows, x=x, y=y, color=palette, strokeDash=spec.dash(names)),
        spec.hover(rows, _TIPS, x=x, y=y),
        *_marked(panel, x, y, palette),
        *spec.ends(_ends(panel, scale), scale, x, y, palette, height=_HEIGHT),
    ]
    return spec.view(panel.heading, layers, width=width, height=_HEIGHT)


def _marked(
    panel: _Panel, x: dict[str, Any], y: dict[str, Any], palette: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return the break-even points, each with a thread down to its number of uses."""
    rows = [
        {"series": name, "x": float(uses), "y": float(cost), "said": panel.texts[name]}
        for name, (uses, cost) in panel.marks.items()
    ]
    if not rows:
        return []
    thread = {"type": "rule", "style": "thin", "strokeDash": [2, 3]}
    point = {"type": "point", "filled": True, "size": 75, "opacity": 1}
    tooltip = [{"field": "said", "title": "break-even"}]
    return [
        spec.layer(thread, rows, x=x, y=y, y2={"datum": 0}),
        spec.layer(point, rows, x=x, y=y, color=palette, tooltip=tooltip),
    ]


def _ends(panel: _Panel, scale: Scale) -> list[spec.End]:
    last = panel.uses[-1]
    return [
        spec.End(name, last, scale.place(costs[-1]), panel.texts[name])
        for name, costs in panel.series.items()
    ]


def _plot(panel: _Panel, currency: str) -> Plot:
    return Plot(
        heading=panel.heading,
        lines=tuple(
            Line(
                name=panel.texts[name],
                points=tuple(
                    (Decimal(number), cost) for number, cost in zip(panel.uses, costs, strict=True)
                ),
            )
            for name, costs in panel.series.items()
        ),
        across=("1", "uses", f"{panel.uses[-1]:,}"),
        currency=currency,
        marks=tuple(panel.marks.values()),
    )
