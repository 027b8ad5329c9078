"""The chart of one session: its cost so far by what is billed, each call, and what happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.errors import UsageError
from costcalc.money import ZERO
from costcalc.report import spec
from costcalc.report.amounts import counted, exact, quotient, rounded, share, size
from costcalc.report.bars import Stack, StackRow
from costcalc.report.calls import PARTS, Calls, grouped, parts_in, size_of
from costcalc.report.naming import day, few, in_short, source_line
from costcalc.report.scales import Scale, linear, whole_ticks
from costcalc.sessions.session_estimate import SessionEstimate

__all__ = ["about_session", "session_figure"]

_MOST_BARS = 250
_MOST_ROWS = 15  # bars in a terminal
_HEIGHT = 230
_BARS_HEIGHT = 90
_EVENT_HEIGHT = 15
_EVENT_ROOM = 62  # pixels that the names of events take more than amounts do


def session_figure(found: SessionEstimate) -> spec.Figure:
    """Return the figure of a session."""
    if not found.steps:
        raise UsageError("the session has no calls to draw; give it a step")
    calls = grouped(found.steps, _MOST_BARS)
    parts = parts_in(calls)
    ends = _ends(found, calls, parts)
    domain = [0.5, len(found.steps) + 0.5]
    events = list(dict.fromkeys(name for each in calls for name in each.events))
    views = [
        _so_far(found, calls, parts, ends, domain),
        _each(found, calls, parts, domain, has_axis=not events),
    ]
    if events:
        views.append(_events(calls, events, domain))
    total = in_short(found.total, found.currency)
    title = (
        f"{counted(len(found.steps), 'call')} of {' and '.join(found.models)} cost {total}, at the "
        f"prices of {day(found.at)}"
    )
    notes = few([about_session(found), *(each.text for each in found.assumptions)])
    return spec.Figure(
        title=title,
        notes=notes,
        source=source_line(found.at, found.cost.registry_version),
        views=views,
        drawings=(_stack(found, parts, ends),),
        reserved=spec.room_for(end.text for end in ends) + (_EVENT_ROOM if events else 0),
    )


def about_session(found: SessionEstimate) -> str:
    """Return the cache of a session, what it is worth, and the longest prompt."""
    hits = "" if found.hit_ratio is None else f", hit ratio {found.hit_ratio:.1%}"
    without = f"; {in_short(found.uncached, found.currency)} without a cache"
    if found.policy.kind == "none":
        hits = without = ""
    window = "" if found.context_window is None else f", window {size(found.context_window)}"
    over = f", {counted(len(found.exceeded), 'call')} above" if found.exceeded else ""
    longest = f"longest prompt {size(found.peak_context)} tokens{window}{over}"
    return f"{found.policy}{hits}{without}; {longest}"


def _ends(found: SessionEstimate, calls: Sequence[Calls], parts: Sequence[str]) -> list[spec.End]:
    """Return the name of each area, with its amount and its share of all."""
    scale = linear(found.total)
    ends: list[spec.End] = []
    low = ZERO
    for part in parts:
        amount = calls[-1].running[part]
        middle = scale.place(low) + (scale.place(low + amount) - scale.place(low)) / 2
        of_all = quotient(amount, found.total)
        said = f"{part}  {in_short(amount, found.currency)}"
        text = said if of_all is None else f"{said} · {share(of_all)}"
        ends.append(spec.End(part, calls[-1].last + 0.5, middle, text))
        low += amount
    return ends


def _rows(
    calls: Sequence[Calls], parts: Sequence[str], currency: str, *, so_far: bool
) -> list[dict[str, Any]]:
    """Return the ends of each part of each bar, exact until here."""
    rows: list[dict[str, Any]] = []
    for each in calls:
        low = ZERO
        for part in parts:
            amount = (each.running if so_far else each.amounts)[part]
            rows.append(
                {
                    "series": part,
                    "x": each.first - 0.5,
                    "x2": each.last + 0.5,
                    "low": float(low),
                    "y": float(low + amount),
                    "calls": each.name,
                    "exact": exact(amount, currency),
                    "all": exact(each.so_far if so_far else each.total, currency),
                    "said": each.said() or "–",
                }
            )
            low += amount
    return rows


def _so_far(
    found: SessionEstimate,
    calls: Sequence[Calls],
    parts: Sequence[str],
    ends: Sequence[spec.End],
    domain: Sequence[float],
) -> dict[str, Any]:
    scale = linear(found.total)
    x = spec.across("x", domain, None, labels=False, ticks=False)
    y = spec.amounts_axis("y", scale, found.currency)
    palette = spec.color(PARTS, parts=True)
    rows = _rows(calls, parts, found.currency, so_far=True)
    end = [{**row, "x": row["x2"]} for row in rows[-len(parts) :]]
    area = {"type": "area", "style": "halo", "interpolate": "step-after"}
    tips = {"calls": "call", "series": "for", "exact": "so far", "all": "in all"}
    layers = [
        spec.layer(area, [*rows, *end], x=x, y=y, y2={"field": "low"}, color=palette),
        spec.hover(rows, tips, x=x, y=y),
        *spec.ends(ends, scale, x, y, palette, height=_HEIGHT),
    ]
    return spec.view("cost so far, by what is billed", layers, height=_HEIGHT)


def _each(
    found: SessionEstimate,
    calls: Sequence[Calls],
    parts: Sequence[str],
    domain: Sequence[float],
    *,
    has_axis: bool,
) -> dict[str, Any]:
    scale = linear(max(each.total for each in calls))
    title, axis = _axis(calls, shown=has_axis)
    x = spec.across("x", domain, title, **axis)
    y = spec.amounts_axis("y", scale, found.currency)
    y["axis"] = {**y["axis"], **_sparse(scale, found.currency)}
    rows = [
        row for row in _rows(calls, parts, found.currency, so_far=False) if row["y"] > row["low"]
    ]
    tips = {"calls": "call", "series": "for", "exact": "cost", "all": "the call", "said": "note"}
    tooltip = [{"field": field, "title": title} for field, title in tips.items()]
    bars = spec.layer(
        {"type": "bar", "style": "halo" if len(calls) <= _MOST_BARS // 3 else "plain"},
        rows, x=x, x2={"field": "x2"}, y=y, y2={"field": "low"},
        color=spec.color(PARTS, parts=True), tooltip=tooltip,
    )  # fmt: skip
    return spec.view(f"cost of each {size_of(calls)}", [bars], height=_BARS_HEIGHT)


def _axis(calls: Sequence[Calls], *, shown: bool) -> tuple[str | None, dict[str, Any]]:
    """Return the title and the keys of the axis of calls, which only the lowest panel shows."""
    if not shown:
        return None, {"labels": False, "ticks": False}
    return "call", {"format": ",d", "values": whole_ticks(1, calls[-1].last)}


def _sparse(scale: Scale, currency: str) -> dict[str, Any]:
    """Return every other tick, for a low panel."""
    labels = dict(zip(scale.ticks, scale.labels(currency), strict=True))
    kept = scale.ticks[::2]
    ticks = [float(tick) for tick in kept]
    texts = [labels[tick] for tick in kept]
    return {"values": ticks, "labelExpr": f"{texts}[indexof({ticks}, datum.value)]"}


def _events(
    calls: Sequence[Calls], names: Sequence[str], domain: Sequence[float]
) -> dict[str, Any]:
    """Return the panel of what happened: a row for each kind of event, a mark for each call."""
    title, axis = _axis(calls, shown=True)
    x = spec.across("x", domain, title, **axis)
    y = {
        "field": "event",
        "type": "nominal",
        "scale": {"domain": list(names)},
        "axis": {"title": None, "grid": True, "domain": False, "ticks": False},
    }
    rows = [
        {
            "x": (each.first + each.last) / 2,
            "event": name,
            "calls": each.name,
            "count": count,
        }
        for each in calls
        for name, count in each.events.items()
    ]
    shapes = ["triangle-down", "diamond", "circle", "square", "cross", "triangle-up", "stroke"]
    tooltip = [{"field": "event", "title": "event"}, {"field": "calls", "title": "call"},
               {"field": "count", "title": "times"}]  # fmt: skip
    shape = {
        "field": "event",
        "type": "nominal",
        "scale": {"domain": list(names), "range": shapes[: len(names)]},
        "legend": None,
    }
    mark = {"type": "point", "filled": True, "size": 42, "style": "alarm", "opacity": 1}
    points = spec.layer(mark, rows, x=x, y=y, shape=shape, tooltip=tooltip)
    return spec.view("what happened", [points], height=_EVENT_HEIGHT * len(names))


def _stack(found: SessionEstimate, parts: Sequence[str], ends: Sequence[spec.End]) -> Stack:
    calls = grouped(found.steps, _MOST_ROWS)
    texts = rounded([each.so_far for each in calls], found.currency)
    return Stack(
        heading="cost so far, by what is billed",
        keys=tuple(end.text for end in ends),
        rows=tuple(
            StackRow(
                label=f"call{'s' if each.last > each.first else ''} {each.name}",
                amounts=tuple(each.running[part] for part in parts),
                text=text,
                note=each.said(),
            )
            for each, text in zip(calls, texts, strict=True)
        ),
    )
