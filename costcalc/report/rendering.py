"""Specifications as pictures and pages, by the renderer that the extra `plot` brings."""

from __future__ import annotations

import json
from functools import cache
from importlib import import_module
from typing import Any

from costcalc.errors import MissingExtraError
from costcalc.report.theme import config

__all__ = ["bundle", "html", "is_installed", "png", "svg"]

_PACKAGE = "vl_convert"
_VERSION = "5.20"
"""The version of Vega-Lite that is drawn with: one that every renderer since 1.7 has."""


def is_installed() -> bool:
    """Return whether the renderer is there."""
    from importlib.util import find_spec

    return find_spec(_PACKAGE) is not None


def _renderer(kind: str) -> Any:
    try:
        return import_module(_PACKAGE)
    except ImportError as error:
        what, otherwise = f"a chart as {kind}", "take .text() or .spec, which need nothing"
        raise MissingExtraError(what, "vl-convert-python", "plot", otherwise, error) from None


def png(spec: str, scale: float) -> bytes:
    """Return a picture of pixels."""
    return _renderer("PNG").vegalite_to_png(_still(spec), vl_version=_VERSION, scale=scale)


def svg(spec: str) -> str:
    """Return a picture of lines."""
    return _renderer("SVG").vegalite_to_svg(_still(spec), vl_version=_VERSION)


def _still(spec: str) -> str:
    """Return a specification without the points that only answer a pointer."""
    whole = json.loads(spec)
    for panel in whole["vconcat"][0]["concat"]:
        panel["layer"] = [each for each in panel["layer"] if each["mark"].get("opacity") != 0]
    return json.dumps(whole)


def html(chart: Any) -> str:
    """Return a page that needs nothing from elsewhere."""
    from costcalc.report.page import page

    font = "system-ui, sans-serif"
    looks = {"light": config(font=font), "dark": config(dark=True, font=font)}
    return page(chart, looks, _script())


@cache
def _script() -> str:
    from costcalc.report.page import SNIPPET

    return bundle(SNIPPET)


def bundle(snippet: str) -> str:
    """Return a program of a page with all that draws in it."""
    return _renderer("HTML").javascript_bundle(snippet, vl_version=_VERSION)
