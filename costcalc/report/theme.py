"""How charts look: colours that stay apart in grey, type, and both for light and dark pages."""

from __future__ import annotations

from typing import Any

__all__ = ["DASHES", "config"]

DASHES = ([1, 0], [8, 3], [2, 2], [9, 3, 2, 3], [5, 2], [12, 3, 2, 3, 2, 3])
"""Patterns of lines, by the order of the series: where colours are few or grey, these tell."""

_LIGHT = {
    "ink": "#1b1f27",
    "soft": "#5a6170",
    "grid": "#e6e8ec",
    "page": "#ffffff",
    "alarm": "#b3261e",
    # Each lighter than the one before, none too light for a line on white.
    "lines": ["#07263d", "#9b1d35", "#1f7a5c", "#7568c9", "#d9742b", "#4fb0d4"],
    "parts": ["#1a2744", "#94301f", "#37a898", "#edc255", "#e4e0ee"],
}
_DARK = {
    "ink": "#eceff4",
    "soft": "#a6adbb",
    "grid": "#2b313c",
    "page": "#14181f",
    "alarm": "#ff8a80",
    "lines": ["#e3ecff", "#ff8f9f", "#62d2a4", "#a79bf5", "#f0914a", "#46a9d6"],
    "parts": ["#5670b0", "#d9674f", "#43b8a8", "#f2cc6b", "#f4f1fa"],
}


def config(*, dark: bool = False, font: str = "sans-serif") -> dict[str, Any]:
    """Return the look of a chart, as Vega-Lite's `config`."""
    look = _DARK if dark else _LIGHT
    return {
        "background": look["page"],
        "font": font,
        "padding": 12,
        "axis": {
            "domainColor": look["soft"],
            "gridColor": look["grid"],
            "labelColor": look["soft"],
            "labelFontSize": 11,
            "tickColor": look["soft"],
            "titleColor": look["soft"],
            "titleFontSize": 11,
            "titleFontWeight": "normal",
            "titlePadding": 8,
        },
        "axisX": {"grid": False},
        "axisY": {"domain": False, "ticks": False, "labelPadding": 6},
        "concat": {"spacing": 22},
        "legend": {"labelColor": look["ink"], "titleColor": look["soft"]},
        "line": {"strokeWidth": 2, "strokeCap": "butt", "strokeJoin": "round"},
        "range": {"category": look["lines"], "ordinal": look["parts"]},
        "style": {
            "alarm": {"color": look["alarm"]},
            "caption": {"color": look["soft"], "fontSize": 11},
            "end": {"color": look["ink"], "fontSize": 11.5},
            "halo": {"stroke": look["page"], "strokeWidth": 0.6},
            "note": {"color": look["soft"], "fontSize": 10.5},
            "thin": {"color": look["soft"], "strokeWidth": 0.8},
        },
        "title": {
            "anchor": "start",
            "color": look["ink"],
            "fontSize": 15,
            "fontWeight": "bold",
            "frame": "bounds",
            "lineHeight": 19,
            "offset": 14,
            "subtitleColor": look["soft"],
            "subtitleFontSize": 12,
            "subtitleLineHeight": 16,
            "subtitlePadding": 5,
        },
        "view": {"stroke": None},
    }
