"""Charts of a plan: the fan over its months, its workloads, and what moves the bill."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from costcalc.digits import fixed
from costcalc.money import EXACT, ZERO
from costcalc.report import spec
from costcalc.report.amounts import rounded, signed
from costcalc.report.bars import Stack, StackRow
from costcalc.report.chart import Chart
from costcalc.report.plot import Line, Plot
from costcalc.report.scales import Scale, linear
from costcalc.report.spec import End, Figure

__all__ = ["Bar", "Limit", "Swing", "fan_chart", "split_chart", "tornado_chart"]

_BARE = 60  # pixels of the axis alone
_CENTS = 1_000  # above it cents say nothing
_ROW = 46  # pixels of a bar with its name above it
_THICK = 16
_BANDS = (("p50", "p80", 0.34), ("p80", "p90", 0.22), ("p90", "p95", 0.12))
_ONE = ("", " ", "mean")
"""The third colour of the theme, for charts of one thing."""
_TWO = ("", "high end", "low end")
_NAMES = {"mean": "mean", "p50": "P50", "p80": "P80", "p90": "P90", "p95": "P95"}


@dataclass(frozen=True)
class Limit:
    """A threshold of the budget."""

    name: str
    amount: Decimal
    alarms: bool = True


@dataclass(frozen=True)
class Bar:
    """A workload: what it costs on average, and nine times in ten at most."""

    name: str
    note: str
    mean: Decimal
    p90: Decimal
    lower_bound: bool = False
    """Whether some of it has no price, and is in neither."""


@dataclass(frozen=True)
class Swing:
    """A driver of the bill: the total at its low end and at its high end."""

    name: str
    ends: tuple[str, str]
    low: Decimal
    high: Decimal
    text: str


def _chart(figure: Figure) -> Chart:
    """Return a chart; a page in which names have no room beside it needs `bare` pixels there."""
    whole = spec.specification(figure)
    whole["usermeta"]["costcalc"]["bare"] = _BARE
    text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
    return Chart(
        title=figure.title,
        notes=figure.notes,
        source=figure.source,
        spec_json=text,
        drawings=figure.drawings,
    )


def _short(amounts: Sequence[Decimal], currency: str) -> list[str]:
    """Return amounts of one column; without cents where one of them is thousands."""
    if max(map(Decimal.copy_abs, amounts), default=0) < _CENTS:
        return rounded(amounts, currency)
    return [signed(fixed(each, 0), currency) for each in amounts]


def fan_chart(
    title: str,
    months: Sequence[str],
    series: Mapping[str, Sequence[Decimal]],
    currency: str,
    *,
    limits: Sequence[Limit] = (),
    lower_bounds: Sequence[bool] = (),
    notes: Sequence[str] = (),
    source: str = "",
) -> Chart:
    """Return the spend up to the end of each month: mean and percentiles, and the budget's limits.

    `series` has mean, p50, p80, p90 and p95, each with one amount a month. `lower_bounds` says by
    month whether something up to its end has no price; none has unless given.
    """
    least = (False, *(lower_bounds or [False] * len(months)))
    whole = {name: (ZERO, *series[name]) for name in _NAMES}
    most = max(each[-1] for each in whole.values())
    shown = [limit for limit in limits if limit.amount <= most * 2]
    scale = linear(max(most, *(each.amount for each in shown)) if shown else most)
    names = ("P95", "P90", "P80", "P50", "mean")
    last = len(months)
    shorts = _short([whole[_key(name)][-1] for name in names], currency)
    texts = {name: _bound(text, least[-1]) for name, text in zip(names, shorts, strict=True)}
    ends = [
        End(name, last, scale.place(whole[_key(name)][-1]), f"{name} {texts[name]}")
        for name in names
    ]
    ends += [
        End(limit.name, last, scale.place(limit.amount), f"{limit.name} {text}")
        for limit, text in zip(shown, _amounts(shown, currency), strict=True)
    ]
    heading = f"spend up to the end of each month, {currency}"
    view = _fan_view(months, whole, scale, ends, shown, currency, heading, least)
    drawing = Plot(
        heading=heading,
        lines=tuple(
            Line(
                name=f"{name} {texts[name]}",
                points=tuple((Decimal(at), amount) for at, amount in enumerate(whole[_key(name)])),
            )
            for name in names
        ),
        across=("start", "month", months[-1]),
        currency=currency,
    )
    room = spec.room_for(end.text for end in ends)
    return _chart(Figure(title, tuple(notes), source, [view], (drawing,), reserved=room))


def _bound(text: str, least: bool) -> str:  # noqa: FBT001 - what a month says of its amounts
    """Return an amount, as a lower bound where it is one."""
    return f"≥ {text}" if least else text


def _key(name: str) -> str:
    return name.lower()


def _amounts(limits: Sequence[Limit], currency: str) -> list[str]:
    return _short([limit.amount for limit in limits], currency)


def _fan_view(
    months: Sequence[str],
    whole: Mapping[str, Sequence[Decimal]],
    scale: Scale,
    ends: Sequence[End],
    limits: Sequence[Limit],
    currency: str,
    heading: str,
    least: Sequence[bool],
) -> dict[str, Any]:
    """Return the panel."""
    last = len(months)
    labels = ["start", *months]
    x = spec.across(
        "x", [0, last], None, values=list(range(last + 1)),
        labelExpr=f"{json.dumps(labels)}[datum.value]", labelOverlap=True,
    )  # fmt: skip
    y = spec.amounts_axis("y", scale, currency)
    rows = [
        {
            "x": at,
            "month": labels[at],
            **{name: float(amounts[at]) for name, amounts in whole.items()},
            **{
                f"{name}_text": _bound(text, least[at])
                for name, text in zip(
                    whole, _short([each[at] for each in whole.values()], currency), strict=True
                )
            },
        }
        for at in range(last + 1)
    ]
    first = spec.color(_ONE)
    layers = [
        spec.layer(
            {"type": "area", "opacity": opacity},
            rows,
            x=x,
            y={**y, "field": low},
            y2={"field": high},
            color={"datum": "mean", **_without_field(first)},
        )
        for low, high, opacity in _BANDS
    ]
    layers += [
        spec.layer(
            {"type": "line", "strokeDash": dash, "strokeWidth": width},
            rows,
            x=x,
            y={**y, "field": name},
            color={"datum": "mean", **_without_field(first)},
        )
        for name, dash, width in (("mean", [1, 0], 2.5), ("p50", [6, 3], 1.5), ("p90", [2, 2], 1.5))
    ]
    layers += [
        spec.layer(
            {"type": "rule", "style": "alarm" if limit.alarms else "thin", "strokeDash": [8, 4]},
            [{"y": float(limit.amount)}],
            y=y,
        )
        for limit in limits
    ]
    tips = {"month": "end of", **{f"{name}_text": _NAMES[name] for name in whole}}
    layers.append(spec.hover(rows, tips, x=x, y={**y, "field": "p90"}))
    layers += spec.ends(ends, scale, x, y, {"value": "#8a8f9a"})
    return spec.view(heading, layers)


def _without_field(encoding: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in encoding.items() if name != "field"}


def split_chart(
    title: str,
    bars: Sequence[Bar],
    currency: str,
    *,
    notes: Sequence[str] = (),
    source: str = "",
) -> Chart:
    """Return the workloads, the dearest first: the mean as a bar, a line up to P90."""
    ordered = sorted(bars, key=lambda each: -each.mean)
    scale = linear(max(each.p90 for each in ordered))
    means, highs = (
        [_bound(text, each.lower_bound) for text, each in zip(texts, ordered, strict=True)]
        for texts in (
            _short([each.mean for each in ordered], currency),
            _short([each.p90 for each in ordered], currency),
        )
    )
    rows = [
        {
            "y": number, "x": float(each.mean), "p90": float(each.p90), "zero": 0,
            "label": f"{each.name}  {mean}", "name": each.name, "mean": mean, "high": high,
            "note": each.note, "series": "mean",
        }
        for number, (each, mean, high) in enumerate(zip(ordered, means, highs, strict=True))
    ]  # fmt: skip
    heading = f"mean, and the line up to P90, {currency}"
    x = _sideways(scale, currency)
    tips = {"name": "workload", "mean": "mean", "high": "P90", "note": "model"}
    layers = [
        _bars(rows, x, x2="zero", height=_THICK),
        spec.layer({"type": "rule", "strokeWidth": 2, "style": "thin"}, rows, x=x,
                   x2={"field": "p90"}, y=_rows_axis(len(rows))),
        spec.layer({"type": "tick", "thickness": 2, "size": 10, "style": "thin"}, rows,
                   x={**x, "field": "p90"}, y=_rows_axis(len(rows))),
        *_labels(rows),
        spec.hover(rows, tips, x=x, y=_rows_axis(len(rows))),
    ]  # fmt: skip
    drawing = Stack(
        heading=heading,
        keys=("mean", "up to P90"),
        rows=tuple(
            StackRow(
                label=each.name,
                amounts=(each.mean, max(ZERO, each.p90 - each.mean)),
                text=mean,
                note=f"P90 {high}",
            )
            for each, mean, high in zip(ordered, means, highs, strict=True)
        ),
    )
    view = spec.view(heading, layers, height=_ROW * len(rows))
    return _chart(Figure(title, tuple(notes), source, [view], (drawing,), reserved=24))


def tornado_chart(
    title: str,
    base: Decimal,
    swings: Sequence[Swing],
    currency: str,
    *,
    notes: Sequence[str] = (),
    source: str = "",
) -> Chart:
    """Return the drivers, the strongest first: the total at each end, from the base on."""
    scale = linear(max(base, *(max(each.low, each.high) for each in swings)))
    lows = _short([each.low for each in swings], currency)
    highs = _short([each.high for each in swings], currency)
    rows = [
        {
            "y": number, "base": float(base), "label": f"{each.name}  {each.text}",
            "name": each.name, "low": f"{each.ends[0]}: {low}", "high": f"{each.ends[1]}: {high}",
            "x_low": float(each.low), "x_high": float(each.high), "change": each.text,
        }
        for number, (each, low, high) in enumerate(zip(swings, lows, highs, strict=True))
    ]  # fmt: skip
    heading = f"expected total with one number changed, {currency}"
    x = _sideways(scale, currency)
    parts = [
        {**row, "series": name, "x": row[field]}
        for row in rows
        for name, field in zip(("low end", "high end"), ("x_low", "x_high"), strict=True)
    ]
    tips = {"name": "driver", "low": "low end", "high": "high end", "change": "change"}
    layers = [
        _bars(parts, x, x2="base", height=_THICK, palette=_TWO),
        spec.layer({"type": "rule", "style": "thin"}, [{"base": float(base)}],
                   x={**x, "field": "base"}),
        *_labels(rows),
        spec.hover(parts, tips, x=x, y=_rows_axis(len(rows))),
    ]  # fmt: skip
    drawing = Stack(
        heading=heading,
        keys=("between the two ends",),
        rows=tuple(
            StackRow(
                label=each.name,
                amounts=(EXACT.subtract(each.high, each.low).copy_abs(),),
                text=each.text,
                note=f"{low} to {high}",
            )
            for each, low, high in zip(swings, lows, highs, strict=True)
        ),
    )
    view = spec.view(heading, layers, height=_ROW * len(rows))
    return _chart(Figure(title, tuple(notes), source, [view], (drawing,), reserved=24))


def _sideways(scale: Scale, currency: str) -> dict[str, Any]:
    """Return the encoding of an amount from left to right."""
    found = spec.amounts_axis("x", scale, currency)
    found["axis"] = {**found["axis"], "grid": True, "labelOverlap": True, "labelFlush": True}
    return found


def _rows_axis(count: int) -> dict[str, Any]:
    """Return the encoding of bars from top to bottom; their names stand in the plot."""
    return {
        "field": "y",
        "type": "quantitative",
        "scale": {"domain": [-0.6, count - 0.4], "reverse": True, "nice": False},
        "axis": None,
    }


def _bars(
    rows: Sequence[Mapping[str, Any]],
    x: Mapping[str, Any],
    *,
    x2: str,
    height: int,
    palette: Sequence[str] = _ONE,
) -> dict[str, Any]:
    count = 1 + max(row["y"] for row in rows)
    return spec.layer(
        {"type": "rule", "strokeWidth": height},
        rows,
        x=x,
        x2={"field": x2},
        y=_rows_axis(count),
        color=spec.color(palette),
    )


def _labels(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the names above the bars, so that a narrow window has room for both."""
    return [
        spec.layer(
            {"type": "text", "style": "end", "align": "left", "dy": -(_THICK // 2 + 8)},
            rows,
            x={"value": 0},
            y=_rows_axis(len(rows)),
            text={"field": "label"},
        )
    ]
