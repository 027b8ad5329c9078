"""The chart of several sessions: the cost so far of each, a line for a model."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from costcalc.errors import UsageError
from costcalc.money import ZERO
from costcalc.report import spec
from costcalc.report.amounts import counted, exact
from costcalc.report.calls import COMPACTION, OVER, Calls, grouped
from costcalc.report.naming import day, distinct, few, in_short, one_currency, source_line
from costcalc.report.plot import Line, Plot
from costcalc.report.scales import Scale, scale_for, whole_ticks
from costcalc.sessions.session_estimate import SessionEstimate

__all__ = ["sessions_figure"]

_MOST_POINTS = 120
_TIPS = {"series": "session", "calls": "up to call", "exact": "so far", "said": "note"}


def sessions_figure(found: Sequence[SessionEstimate], *, log: bool | None) -> spec.Figure:
    """Return the figure of sessions, such as the same one under other models."""
    if not all(each.steps for each in found):
        raise UsageError("one of the sessions has no calls to draw; give it a step")
    currency = one_currency([each.currency for each in found])
    names = distinct(
        [
            [
                each.model,
                f"{each.model}, {each.policy}",
                f"{each.provider}/{each.model}, {each.policy}",
            ]
            for each in found
        ]
    )
    calls = [grouped(each.steps, _MOST_POINTS) for each in found]
    amounts = [part.so_far for each in calls for part in each]
    scale = scale_for(amounts, [each[-1].so_far for each in calls], log)
    ends = [
        spec.End(
            name, each[-1].last, scale.place(each[-1].so_far),
            f"{name}  {in_short(each[-1].so_far, currency)}",
        )
        for name, each in zip(names, calls, strict=True)
    ]  # fmt: skip
    heading = "cost so far" + (", logarithmic" if scale.is_log else "")
    lengths = sorted({len(each.steps) for each in found})
    said = counted(lengths[-1], "call")
    title = (
        f"{len(found)} sessions of {'' if len(lengths) == 1 else 'up to '}{said}: cost so far by "
        f"call, at the prices of {day(found[0].at)}"
    )
    registries = {each.cost.registry_version for each in found}
    return spec.Figure(
        title=title,
        notes=_notes(found, names),
        source=source_line(found[0].at, registries.pop() if len(registries) == 1 else None),
        views=[_view(names, calls, scale, ends, heading, currency)],
        drawings=(_plot(calls, ends, heading, currency, scale),),
        reserved=spec.room_for(end.text for end in ends),
    )


def _notes(found: Sequence[SessionEstimate], names: Sequence[str]) -> tuple[str, ...]:
    hits = [
        f"{name} {each.hit_ratio:.1%}"
        for name, each in zip(names, found, strict=True)
        if each.hit_ratio is not None
    ]
    said = [f"hit ratios: {', '.join(hits)}"] if hits else []
    over = [
        f"{name} ({counted(len(each.exceeded), 'call')})"
        for name, each in zip(names, found, strict=True)
        if each.exceeded
    ]
    if over:
        said.append(f"above the context window (×): {', '.join(over)}")
    signs = "triangles: the cache served less than it could; diamonds: compaction"
    if any(name for each in found for name in each.misses if name != "first"):
        said.append(signs)
    assumed = dict.fromkeys(each.text for one in found for each in one.assumptions)
    return few([*said, *assumed])


def _view(
    names: Sequence[str],
    calls: Sequence[Sequence[Calls]],
    scale: Scale,
    ends: Sequence[spec.End],
    heading: str,
    currency: str,
) -> dict[str, Any]:
    height = spec.height_for(len(names))
    last = max(each[-1].last for each in calls)
    x = spec.across("x", [0, last], "call", format=",d", values=whole_ticks(0, last))
    y = spec.amounts_axis("y", scale, currency)
    palette = spec.color(names)
    rows: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    for name, each in zip(names, calls, strict=True):
        if not scale.is_log:
            lines.append({"series": name, "x": 0, "y": 0})
        drawn = [_row(name, part, currency) for part in each]
        lines += drawn
        rows += drawn
    marked = [row for row in rows if row["shape"]]
    layers = [
        spec.layer({"type": "line"}, lines, x=x, y=y, color=palette, strokeDash=spec.dash(names)),
        spec.hover(rows, _TIPS, x=x, y=y),
    ]
    if marked:
        shape = {"field": "shape", "type": "nominal", "scale": None}
        mark = {"type": "point", "size": 44, "strokeWidth": 1.5, "opacity": 1}
        layers.append(spec.layer(mark, marked, x=x, y=y, color=palette, shape=shape))
    layers += spec.ends(ends, scale, x, y, palette, height=height)
    return spec.view(heading, layers, height=height)


def _row(name: str, part: Calls, currency: str) -> dict[str, Any]:
    return {
        "series": name,
        "x": part.last,
        "y": float(part.so_far),
        "calls": f"{part.last:,}",
        "exact": exact(part.so_far, currency),
        "said": part.said() or "–",
        "shape": _shape(part),
    }


def _shape(part: Calls) -> str | None:
    """Return the sign of what happened at calls; the gravest, where it is several."""
    if not part.events:
        return None
    if OVER in part.events:
        return "M-1,-1L1,1M-1,1L1,-1"
    return "diamond" if COMPACTION in part.events else "triangle-down"


def _plot(
    calls: Sequence[Sequence[Calls]],
    ends: Sequence[spec.End],
    heading: str,
    currency: str,
    scale: Scale,
) -> Plot:
    start = () if scale.is_log else ((ZERO, ZERO),)
    return Plot(
        heading=heading,
        lines=tuple(
            Line(
                name=end.text,
                points=(*start, *((Decimal(part.last), part.so_far) for part in each)),
            )
            for end, each in zip(ends, calls, strict=True)
        ),
        across=("1" if scale.is_log else "0", "call", f"{max(each[-1].last for each in calls):,}"),
        currency=currency,
        is_log=scale.is_log,
    )
