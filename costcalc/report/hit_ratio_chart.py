"""The chart of a hit-ratio curve: a line for each model, faint where its cache cannot reach."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from costcalc.caching.hit_ratio import HitRatioCurve, HitRatioPoint
from costcalc.errors import UsageError
from costcalc.report import spec
from costcalc.report.amounts import counted, exact, share
from costcalc.report.naming import day, distinct, few, in_short, source_line
from costcalc.report.plot import Line, Plot
from costcalc.report.scales import Scale, scale_for

__all__ = ["hit_ratio_figure"]

_FAINT = 0.35
_TIPS = {"series": "model", "ratio": "hit ratio", "exact": "cost", "reason": "but"}


def hit_ratio_figure(curve: HitRatioCurve, *, total: bool, log: bool | None) -> spec.Figure:
    """Return the figure of a curve; of what a million tokens cost, or of the whole usage."""
    found = [_amounts(curve.of(model), total=total) for model in curve.models]
    if not found:
        failed = "; ".join(f"{name}: {why}" for name, why in curve.failures)
        msg = f"the curve has no points to draw: {failed or 'no model was priced'}"
        raise UsageError(msg)
    names = distinct([[model] for model in curve.models])
    amounts = [amount for points in found for _, amount in points]
    scale = scale_for(amounts, [points[0][1] for points in found], log)
    ends = [
        spec.End(
            name,
            float(points[-1][0].ratio),
            scale.place(points[-1][1]),
            _end(name, points[-1][1], curve),
        )
        for name, points in zip(names, found, strict=True)
    ]
    what = "cost of the whole usage" if total else "cost per million tokens, input and output"
    heading = what + (", logarithmic" if scale.is_log else "")
    title, notes = _words(curve, names, total=total)
    return spec.Figure(
        title=title,
        notes=notes,
        source=source_line(curve.at),
        views=[_view(curve, names, found, scale, ends, heading)],
        drawings=(_plot(curve, found, ends, heading, scale),),
        reserved=spec.room_for(end.text for end in ends),
    )


def _amounts(
    points: Sequence[HitRatioPoint], *, total: bool
) -> list[tuple[HitRatioPoint, Decimal]]:
    return [(point, point.total if total else point.per_million) for point in points]


def _end(name: str, amount: Decimal, curve: HitRatioCurve) -> str:
    return f"{name}  {in_short(amount, curve.currency)}"


def _words(
    curve: HitRatioCurve, names: Sequence[str], *, total: bool
) -> tuple[str, tuple[str, ...]]:
    usage = curve.usage
    what = "Cost" if total else "Cost per million tokens"
    whose = names[0] if len(names) == 1 else f"{len(names)} models"
    title = f"{what} of {whose} by cache hit ratio, at the prices of {day(curve.at)}"
    requests = f" in {counted(usage.requests, 'request')}" if usage.requests else " in one request"
    shape = f"{usage.input_tokens:,} tokens in and {usage.output_tokens:,} out{requests}"
    faint = sorted({point.reason for point in curve.points if point.reason}, key=len)
    said = [f"faint: {faint[0]}"] if len(faint) == 1 else []
    if len(faint) > 1:
        doubted = dict.fromkeys(point.model for point in curve.points if point.reason)
        said = [f"faint: hit ratios that {', '.join(doubted)} cannot reach with such requests"]
    failed = [f"not drawn: {name}: {why}" for name, why in curve.failures]
    assumed = [each.text for each in curve.assumptions if each.code != "mix"]
    return title, few([shape, *failed, *assumed, *said])


def _view(
    curve: HitRatioCurve,
    names: Sequence[str],
    found: Sequence[Sequence[tuple[HitRatioPoint, Decimal]]],
    scale: Scale,
    ends: Sequence[spec.End],
    heading: str,
) -> dict[str, Any]:
    height = spec.height_for(len(names))
    x = spec.across("x", _domain(curve), "cache hit ratio", format=".0%", tickCount=6)
    y = spec.amounts_axis("y", scale, curve.currency)
    look = {"color": spec.color(names), "strokeDash": spec.dash(names)}
    likely, faint = [], []
    rows = []
    for name, points in zip(names, found, strict=True):
        drawn = [_row(name, point, amount, curve.currency) for point, amount in points]
        sure = sum(1 for point, _ in points if not point.reason)
        likely += drawn[:sure]
        faint += drawn[max(0, sure - 1) :] if sure < len(drawn) else []
        rows += drawn
    lines = [spec.layer({"type": "line"}, likely, x=x, y=y, **look)]
    if faint:
        lines.append(spec.layer({"type": "line", "opacity": _FAINT}, faint, x=x, y=y, **look))
    single = [row for row in rows if len(found[names.index(row["series"])]) == 1]
    if single:
        lines.append(
            spec.layer(
                {"type": "point", "filled": True, "size": 70}, single, x=x, y=y, color=look["color"]
            )
        )
    lines.append(spec.hover(rows, _TIPS, x=x, y=y))
    lines += spec.ends(ends, scale, x, y, look["color"], height=height)
    return spec.view(heading, lines, height=height)


def _row(name: str, point: HitRatioPoint, amount: Decimal, currency: str) -> dict[str, Any]:
    return {
        "series": name,
        "x": float(point.ratio),
        "y": float(amount),
        "ratio": share(point.ratio),
        "exact": exact(amount, currency),
        "reason": point.reason or "–",
    }


def _domain(curve: HitRatioCurve) -> list[float]:
    ratios = [point.ratio for point in curve.points]
    low, high = min(ratios), max(ratios)
    return [float(low), float(high)] if high > low else [0.0, 1.0]


def _plot(
    curve: HitRatioCurve,
    found: Sequence[Sequence[tuple[HitRatioPoint, Decimal]]],
    ends: Sequence[spec.End],
    heading: str,
    scale: Scale,
) -> Plot:
    ratios = [point.ratio for point in curve.points]
    return Plot(
        heading=heading,
        lines=tuple(
            Line(name=end.text, points=tuple((point.ratio, amount) for point, amount in points))
            for end, points in zip(ends, found, strict=True)
        ),
        across=(share(min(ratios)), "cache hit ratio", share(max(ratios))),
        currency=curve.currency,
        is_log=scale.is_log,
    )
