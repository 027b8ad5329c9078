"""The pieces that specifications are made of: axes of money, lines, names at their ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from costcalc.report.scales import Scale, apart
from costcalc.report.theme import DASHES, config

__all__ = [
    "AXIS_ROOM", "HEIGHT", "WIDTH", "End", "Figure", "across", "amounts_axis", "color", "dash",
    "ends", "hover", "layer", "room_for", "specification", "view",
]  # fmt: skip

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
WIDTH = 620
HEIGHT = 320
_NAME_HEIGHT = 15  # pixels of one name at the end of a line
_LEADER = 12  # pixels from the axis to a name
_LETTER = 7.0  # pixels of a letter, widely reckoned
AXIS_ROOM = 58
"""Pixels beside a panel that its axis of amounts takes."""
_TITLE = 8.2  # pixels of a letter of the title
_SUBTITLE = 6.2


@dataclass(frozen=True)
class Figure:
    """What a chart is made of, before it is a specification and a text."""

    title: str
    """A sentence: what is drawn, and at whose prices."""
    notes: tuple[str, ...]
    """What it rests on."""
    source: str
    """Where the prices are from."""
    views: Sequence[dict[str, Any]]
    """One for each panel."""
    drawings: tuple[Any, ...]
    """The same for a terminal."""
    columns: int = 1
    """How many panels stand side by side."""
    reserved: int = AXIS_ROOM
    """Pixels beside a panel that its axis and its names take."""


def specification(figure: Figure) -> dict[str, Any]:
    """Return the whole specification of Vega-Lite."""
    from textwrap import wrap

    wide = figure.columns * (figure.views[0]["width"] + figure.reserved)
    subtitle = [line for note in figure.notes for line in wrap(note, int(wide / _SUBTITLE))]
    panels = {"concat": list(figure.views), "columns": figure.columns, "spacing": 22}
    caption = {
        "data": {"values": [{}]},
        "width": 10,
        "height": 8,
        "mark": {
            "type": "text",
            "style": "caption",
            "align": "left",
            "x": 0,
            "text": figure.source,
        },
    }
    return {
        "$schema": SCHEMA,
        "title": {"text": wrap(figure.title, int(wide / _TITLE)), "subtitle": subtitle},
        "config": config(),
        "usermeta": {"costcalc": {"columns": figure.columns, "reserved": figure.reserved}},
        "vconcat": [panels, caption],
        "spacing": 10,
    }


def view(
    heading: str,
    layers: Iterable[Mapping[str, Any]],
    *,
    width: int = WIDTH,
    height: int = HEIGHT,
) -> dict[str, Any]:
    """Return one panel; its heading is what the amounts are."""
    title = {"text": heading, "fontSize": 12, "fontWeight": "normal", "frame": "group", "offset": 8}
    return {
        "title": title,
        "width": width,
        "height": height,
        "layer": [dict(each) for each in layers],
    }


def layer(mark: Any, rows: Sequence[Mapping[str, Any]], **encoding: Any) -> dict[str, Any]:
    """Return one layer with its data in it."""
    return {"data": {"values": list(rows)}, "mark": mark, "encoding": encoding}


def amounts_axis(field: str, scale: Scale, currency: str) -> dict[str, Any]:
    """Return the upright encoding of an amount; the labels are text, not a format of numbers."""
    ticks = [float(tick) for tick in scale.ticks]
    labels = list(scale.labels(currency))
    domain = {"domain": [float(scale.low), float(scale.top)], "nice": False}
    return {
        "field": field,
        "type": "quantitative",
        "scale": {**domain, "type": "log"} if scale.is_log else domain,
        "axis": {
            "values": ticks,
            "labelExpr": f"{labels}[indexof({ticks}, datum.value)]",
            "title": None,
        },
    }


def across(
    field: str, domain: Sequence[Any], title: str | None, *, kind: str = "quantitative", **axis: Any
) -> dict[str, Any]:
    """Return the encoding of what an axis from left to right shows."""
    return {
        "field": field,
        "type": kind,
        "scale": {"domain": list(domain), "nice": False},
        "axis": {"title": title, **axis},
    }


def color(series: Sequence[str], *, parts: bool = False) -> dict[str, Any]:
    """Return the encoding of a series by colour; the palettes are the theme's."""
    scale: dict[str, Any] = {"domain": list(series)}
    if parts:
        scale["range"] = "ordinal"
    return {"field": "series", "type": "nominal", "scale": scale, "legend": None}


def dash(series: Sequence[str]) -> dict[str, Any]:
    """Return the encoding of a series by the pattern of its line."""
    patterns = [DASHES[number % len(DASHES)] for number, _ in enumerate(series)]
    if len(series) > len(DASHES):  # one pattern more than colours would repeat both together
        patterns = [
            DASHES[(number + number // len(DASHES)) % len(DASHES)]
            for number, _ in enumerate(series)
        ]
    scale = {"domain": list(series), "range": patterns}
    return {"field": "series", "type": "nominal", "scale": scale, "legend": None}


def hover(
    rows: Sequence[Mapping[str, Any]], tips: Mapping[str, str], **encoding: Any
) -> dict[str, Any]:
    """Return a layer of points that are not seen and tell what they are."""
    tooltip = [{"field": field, "title": title} for field, title in tips.items()]
    mark = {"type": "point", "size": 140, "opacity": 0, "filled": True}
    return layer(mark, rows, **encoding, tooltip=tooltip)


@dataclass(frozen=True)
class End:
    """Where a line ends, and its name."""

    series: str
    x: Any
    place: float
    """How far up, from 0 to 1."""
    text: str


def ends(
    found: Sequence[End],
    scale: Scale,
    x: Mapping[str, Any],
    y: Mapping[str, Any],
    palette: Mapping[str, Any],
    *,
    height: int = HEIGHT,
) -> list[dict[str, Any]]:
    """Return the names of lines at the right, moved apart, each with a thread to its end."""
    moved = apart([end.place for end in found], _NAME_HEIGHT / height)
    rows = [
        {
            "series": end.series,
            "x": end.x,
            "y": scale.amount(end.place),
            "label_y": scale.amount(place),
            "text": end.text,
        }
        for end, place in zip(found, moved, strict=True)
    ]
    beside = {"value": "width"}
    right = x["scale"]["domain"][1]
    near = [row for row in rows if row["x"] == right]
    far = [row for row in rows if row["x"] != right]
    threads = [
        layer(
            {"type": "rule", "x2Offset": _LEADER, "strokeWidth": 1, **look},
            some,
            x={**x, "field": "x"},
            x2=beside,
            y={**y, "field": "y"},
            y2={"field": "label_y"},
            color=palette,
        )
        for some, look in ((near, {"opacity": 0.7}), (far, {"opacity": 0.5, "strokeDash": [1, 3]}))
        if some
    ]
    return [
        *threads,
        layer(
            {"type": "text", "style": "end", "align": "left", "dx": _LEADER + 4},
            rows,
            x=beside,
            y={**y, "field": "label_y"},
            text={"field": "text"},
        ),
    ]


def room_for(texts: Iterable[str]) -> int:
    """Return the pixels that an axis and the longest of some names take beside a panel."""
    return round(AXIS_ROOM + _LEADER + 8 + _LETTER * max(map(len, texts), default=0))


def height_for(count: int, least: int = HEIGHT) -> int:
    """Return the height of a panel in which so many names have room."""
    return max(least, (count + 1) * _NAME_HEIGHT)
