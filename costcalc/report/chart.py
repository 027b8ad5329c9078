"""Charts of results: one specification each, drawn as a picture, a page or text."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    DivisionByZero,
    InvalidOperation,
    Overflow,
    localcontext,
)
from pathlib import Path
from typing import Any

from costcalc import instants
from costcalc.caching.break_even import BreakEven
from costcalc.caching.hit_ratio import HitRatioCurve
from costcalc.errors import UsageError
from costcalc.registry.cards import ModelInfo
from costcalc.replacing import replacing
from costcalc.report.bars import Stack, stack_lines
from costcalc.report.break_even_chart import break_even_figure
from costcalc.report.history_chart import history_figure
from costcalc.report.hit_ratio_chart import hit_ratio_figure
from costcalc.report.plot import Plot, plot_lines
from costcalc.report.session_chart import session_figure
from costcalc.report.sessions_chart import sessions_figure
from costcalc.report.spec import Figure, specification
from costcalc.report.timeline import Timeline, timeline_lines
from costcalc.sessions.session_estimate import SessionEstimate
from costcalc.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import date

__all__ = ["DRAWING", "Chart", "chart"]

_SUFFIXES = (".png", ".svg", ".html", ".json")
_NARROWEST = 40
DRAWING = Context(
    prec=28,
    rounding=ROUND_HALF_EVEN,
    Emin=-999_999,
    Emax=999_999,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)
"""Context in which amounts become places, whatever the caller's own is."""
_ASCII = str.maketrans(
    {"×": "x", "–": "-", "—": "-", "·": "-", "−": "-", "…": "...", "≥": ">=", "→": ">", "’": "'"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart(Value):
    """A drawn result. Its specification and its text need no extra; pictures and pages do."""

    title: str
    """A sentence: what is drawn, and at whose prices."""
    notes: tuple[str, ...]
    """What it rests on, a sentence each."""
    source: str
    """Where the prices are from."""
    spec_json: str
    """The specification of Vega-Lite, as JSON."""
    drawings: tuple[Plot | Stack | Timeline, ...]
    """The same for a terminal, exact."""

    @property
    def spec(self) -> dict[str, Any]:
        """The specification of Vega-Lite, anew each time, so that it can be changed."""
        return json.loads(self.spec_json)

    def png(self, scale: float = 2) -> bytes:
        """Return the chart as a picture; `scale` is pixels of it for one of the screen."""
        if isinstance(scale, bool) or not isinstance(scale, int | float) or not 0 < scale <= 10:  # noqa: PLR2004 # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
            msg = f"scale is a number above 0 and at most 10, not {scale!r}; 2 is sharp on a screen"
            raise UsageError(msg, scale=scale)
        from costcalc.report.rendering import png

        return png(self.spec_json, scale)

    def svg(self) -> str:
        """Return the chart as a drawing that scales."""
        from costcalc.report.rendering import svg

        return svg(self.spec_json)

    def html(self) -> str:
        """Return a page that works without a network: as wide as its window, light or dark."""
        from costcalc.report.rendering import html

        return html(self)

    def text(self, width: int = 80, *, ascii_only: bool = False) -> str:
        """Return the chart for a terminal, so many columns wide."""
        from textwrap import wrap

        room = max(_NARROWEST, width)
        lines = wrap(self.title, room)
        for note in self.notes:
            lines += wrap(note, room)
        before = 0
        with localcontext(DRAWING):
            for drawing in self.drawings:
                drawn = _drawn(drawing, room, ascii_only=ascii_only)
                lines += drawn if before == len(drawn) == 1 else ["", *drawn]
                before = len(drawn)
        lines += ["", *wrap(self.source, room)]
        text = "\n".join(lines)
        if ascii_only:
            text = text.translate(_ASCII).encode("ascii", "replace").decode()
        return text

    def __str__(self) -> str:
        """Return the chart for a terminal of 80 columns."""
        return self.text()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the chart to a file, by its suffix: .png, .svg, .html or .json.

        A file that is there is replaced at once, or stays as it was if anything fails.
        """
        target = Path(path)
        suffix = target.suffix.lower()
        if suffix not in _SUFFIXES:
            msg = (
                f"a chart is saved as {', '.join(_SUFFIXES[:-1])} or {_SUFFIXES[-1]}, and "
                f"{os.fspath(path)!r} ends in {suffix or 'none of them'!r}; name one of the four"
            )
            raise UsageError(msg, path=os.fspath(path))
        content = self._content(suffix)
        with replacing(target) as file:
            file.write(content)
        return target

    def _content(self, suffix: str) -> bytes:
        if suffix == ".png":
            return self.png()
        if suffix == ".svg":
            return self.svg().encode()
        if suffix == ".html":
            return self.html().encode()
        return (json.dumps(self.spec, indent=2, ensure_ascii=False) + "\n").encode()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """Return what a notebook shows: the drawing where the extra is there, else the text."""
        from costcalc.report.rendering import is_installed

        found = {"text/plain": self.text()}
        if is_installed():
            found["image/svg+xml"] = self.svg()
        return found


def _drawn(drawing: Plot | Stack | Timeline, width: int, *, ascii_only: bool) -> list[str]:
    if isinstance(drawing, Plot):
        return plot_lines(drawing, width, ascii_only=ascii_only)
    if isinstance(drawing, Stack):
        return stack_lines(drawing, width, ascii_only=ascii_only)
    return timeline_lines(drawing, width, ascii_only=ascii_only)


def chart(
    what: HitRatioCurve
    | SessionEstimate
    | BreakEven
    | ModelInfo
    | Sequence[SessionEstimate]
    | Sequence[ModelInfo],
    *,
    at: datetime | date | str | None = None,
    total: bool = False,
    log: bool | None = None,
) -> Chart:
    """Return a chart of a result.

    A curve of hit ratios is a line for each model, a session its cost by call and by what is
    billed, several sessions a line each, a break-even the cost by number of uses, and one model or
    several their prices by date. `at` is the day on which prices are past or announced: now, unless
    given. `total` draws what a curve's whole usage costs and not a million of its tokens. `log`
    says whether equal distances are equal factors; else it is so where several models differ more
    than thirtyfold. Raises `UsageError` for anything else, and for models in several currencies.
    """
    with localcontext(DRAWING):
        found = _figure(what, at, total=total, log=log)
    spec = json.dumps(specification(found), ensure_ascii=False, separators=(",", ":"))
    return Chart(
        title=found.title,
        notes=found.notes,
        source=found.source,
        spec_json=spec,
        drawings=found.drawings,
    )


def _figure(what: Any, at: Any, *, total: bool, log: bool | None) -> Figure:
    """Return the figure of whatever can be drawn."""
    stated = {"at": at, "total": total or None, "log": log}
    if isinstance(what, HitRatioCurve):
        _check("a HitRatioCurve", stated, ("total", "log"))
        return hit_ratio_figure(what, total=total, log=log)
    if isinstance(what, BreakEven):
        _check("a BreakEven", stated, ())
        return break_even_figure(what)
    several: tuple[Any, ...] = tuple(what) if isinstance(what, list | tuple) else (what,)
    kinds = {type(each) for each in several}
    if kinds == {ModelInfo}:
        _check("a ModelInfo", stated, ("at",))
        now = datetime.now(UTC) if at is None else instants.to_datetime(instants.parse(at))
        return history_figure(several, now)
    if kinds != {SessionEstimate}:
        raise UsageError(_not_drawn(what, several), kind=type(what).__name__)
    if len(several) == 1:
        _check("one SessionEstimate", stated, ())
        return session_figure(several[0])
    _check("several SessionEstimates", stated, ("log",))
    return sessions_figure(several, log=log)


def _check(drawn: str, stated: dict[str, Any], takes: tuple[str, ...]) -> None:
    """Refuse an argument that would change nothing."""
    for name, value in stated.items():
        if value is not None and name not in takes:
            msg = f"{name}={value!r} says nothing about the chart of {drawn}; leave it out"
            raise UsageError(msg, argument=name)


def _not_drawn(what: Any, several: Sequence[Any]) -> str:
    given = type(what).__name__
    if isinstance(what, list | tuple):
        given += (
            f" of {' and '.join(sorted({type(each).__name__ for each in several})) or 'nothing'}"
        )
    return (
        "chart draws a HitRatioCurve, a BreakEven, SessionEstimates or ModelInfos, one or a list, "
        f"not {given}; make one with hit_ratio_curve, break_even, Session.estimate or "
        "Registry.model"
    )
