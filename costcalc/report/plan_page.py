"""The page of a forecast: figures, charts, what-if and assumptions, all in one file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from costcalc.report import legend

__all__ = ["Knob", "Panel", "Sheet", "Tile", "plan_page"]

_KINDS = {"#": "n", "=": "t"}
_FEW = 3  # columns that a narrow window has room for
_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f27; --soft: #5a6170; --page: #fff; --line: #e6e8ec;
  --card: #f6f7f9; --good: #1f7a5c; --warn: #8a5a00; --bad: #b3261e; --accent: #0f6e84; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eceff4; --soft: #a6adbb; --page: #14181f; --line: #2b313c; --card: #1b212b;
    --good: #62d2a4; --warn: #f2cc6b; --bad: #ff8a80; --accent: #5cc3d8; }
}
* { box-sizing: border-box; }
body { background: var(--page); color: var(--ink); font: 15px/1.45 system-ui, sans-serif;
  margin: 0 auto; max-width: 1080px; padding: 24px 20px 48px; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 4px; text-wrap: balance; }
h2 { font-size: 1.05rem; margin: 34px 0 4px; }
p { margin: 0 0 6px; max-width: 76ch; }
.soft, footer, figcaption, caption { color: var(--soft); font-size: 0.86rem; }
.lead { font-size: 1.05rem; margin: 10px 0 14px; }
.tiles { display: grid; gap: 10px; grid-template-columns: repeat(auto-fit, minmax(118px, 1fr));
  margin: 14px 0; padding: 0; }
.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: 10px 12px; }
.tiles dt { color: var(--soft); font-size: 0.8rem; }
.tiles dd { font-size: 1.25rem; font-variant-numeric: tabular-nums; font-weight: 600; margin: 0; }
.tiles small { color: var(--soft); display: block; font-size: 0.78rem; font-weight: 400; }
.verdict { border-left: 4px solid; border-radius: 4px; background: var(--card); margin: 14px 0;
  padding: 10px 14px; }
.verdict ul { margin: 4px 0 0; padding-left: 18px; }
.verdict strong { text-transform: uppercase; letter-spacing: 0.04em; }
.within { border-color: var(--good); } .within strong { color: var(--good); }
.warning { border-color: var(--warn); } .warning strong { color: var(--warn); }
.over, .unpriced { border-color: var(--bad); } .over strong, .unpriced strong { color: var(--bad); }
figure { margin: 6px 0 0; }
.chart { overflow-x: auto; width: 100%; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.88rem; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: 6px 10px 6px 0; text-align: left;
  vertical-align: top; }
th { color: var(--soft); font-weight: 600; }
td.n, th.n { font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap; }
td a { color: var(--accent); }
td.s { overflow-wrap: break-word; } td.t { white-space: nowrap; }
.many { min-width: 620px; }
#whatif { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  margin-top: 10px; padding: 12px 14px; }
.knob { align-items: center; border-bottom: 1px solid var(--line); display: grid; gap: 4px 18px;
  grid-template-columns: minmax(120px, 1.2fr) 2fr 2fr minmax(84px, auto); padding: 8px 0; }
.knob label { color: var(--soft); display: grid; font-size: 0.8rem; gap: 0 8px;
  grid-template-columns: 1fr auto; }
.knob output, #whole { font-variant-numeric: tabular-nums; font-weight: 600; color: var(--ink); }
.knob > output { text-align: right; }
input[type=range] { accent-color: var(--accent); grid-column: 1 / -1; margin: 2px 0; width: 100%; }
.sum { align-items: baseline; display: flex; flex-wrap: wrap; gap: 4px 14px; margin-top: 10px; }
.sum b { font-size: 1.25rem; } .sum button { margin-left: auto; }
button { background: none; border: 1px solid var(--soft); border-radius: 6px; color: var(--ink);
  cursor: pointer; font: inherit; font-size: 0.86rem; padding: 4px 12px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
@media (max-width: 620px) {
  .knob { grid-template-columns: 1fr auto; }
  .knob label { grid-column: 1 / -1; } .knob > output { grid-column: 2; grid-row: 1; }
}
@media print { #whatif, .whatif { display: none; } body { max-width: none; } }
"""


@dataclass(frozen=True)
class Tile:
    """One figure at the top."""

    label: str
    amount: str
    note: str


@dataclass(frozen=True)
class Panel:
    """A chart with its heading; `name` is its place in the page."""

    name: str
    heading: str
    about: str
    chart: Any


@dataclass(frozen=True)
class Sheet:
    """A table; columns that begin with '#' stand to the right, those with '=' do not wrap.

    A cell that is an address is a link.
    """

    heading: str
    about: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Knob:
    """One workload of the what-if, in numbers of the page's program: none is a bill."""

    name: str
    model: str
    input: float
    """Tokens of its input."""
    fresh: float
    """What one of them costs that is not read from a cache, the writing of caches included."""
    read: float
    """What one costs that is read."""
    rest: float
    """What all else costs."""
    ratio: float
    """The hit ratio that the forecast found."""
    cached: bool
    """Whether anything is read from a cache at all."""
    coverage: str = "whole"
    """How much of it has a price: whole, part or none."""


def plan_page(
    title: str,
    lead: str,
    said: Sequence[str],
    tiles: Sequence[Tile],
    verdict: tuple[str, str, Sequence[str]] | None,
    panels: Sequence[Panel],
    knobs: Sequence[Knob],
    sheets: Sequence[Sheet],
    footer: str,
    data: dict[str, Any],
    looks: dict[str, Any],
    script: str,
) -> str:
    """Return the page; no part of it is loaded from anywhere."""
    specs = "".join(
        f'<script type="application/json" id="spec-{each.name}">{_safe(each.chart.spec_json)}'
        "</script>\n"
        for each in panels
    )
    program = script.replace("</script", "<\\/script")
    notes = "".join(f'<p class="soft">{escape(each)}</p>\n' for each in said)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="costcalc">
<title>{escape(title)}</title>
<style>{_STYLE}{legend.STYLE}</style>
</head>
<body>
<header>
<h1>{escape(title)}</h1>
<p class="lead">{escape(lead)}</p>
{notes}</header>
<main>
{_verdict(verdict)}{_tiles(tiles)}{"".join(map(_panel, panels))}{_what_if(knobs)}{
        "".join(map(_sheet, sheets))
    }</main>
<footer>{escape(footer)}</footer>
{specs}<script type="application/json" id="looks">{_safe(json.dumps(looks))}</script>
<script type="application/json" id="plan">{_safe(json.dumps(data))}</script>
<script type="module">{program}</script>
</body>
</html>
"""


def _safe(data: str) -> str:
    """Return JSON that cannot end the element it stands in."""
    return data.replace("<", "\\u003c")


def _verdict(verdict: tuple[str, str, Sequence[str]] | None) -> str:
    if verdict is None:
        return ""
    kind, sentence, lines = verdict
    items = "".join(f"<li>{escape(each)}</li>" for each in lines)
    return (
        f'<section class="verdict {kind}"><strong>{escape(kind)}</strong> {escape(sentence)}'
        f"<ul>{items}</ul></section>\n"
    )


def _tiles(tiles: Sequence[Tile]) -> str:
    found = "".join(
        f"<div><dt>{escape(each.label)}</dt><dd>{escape(each.amount)}"
        f"<small>{escape(each.note)}</small></dd></div>"
        for each in tiles
    )
    return f'<dl class="tiles">{found}</dl>\n'


def _panel(panel: Panel) -> str:
    text = panel.chart.text(96)
    return f"""<section>
<h2>{escape(panel.heading)}</h2>
<p class="soft">{escape(panel.about)}</p>
<figure><div class="chart" data-spec="spec-{panel.name}" role="img" aria-label="{
        escape(panel.heading)
    }"></div>
<details><summary class="soft">The chart as text</summary><div class="wide"><pre>{
        escape(text)
    }</pre></div></details></figure>
</section>
"""


def _what_if(knobs: Sequence[Knob]) -> str:
    lines = "".join(_knob(number, each) for number, each in enumerate(knobs))
    return f"""<section class="whatif">
<h2>What if?</h2>
<p class="soft">Volume multiplies what a workload costs. A hit ratio moves input between the rate of
the cache and the rate of what is not cached. All else stays as planned, so this is a sketch: change
the plan and forecast it for a figure.</p>
<form id="whatif">
{lines}<div class="sum">expected <b id="whole"></b>
<span id="change" class="soft" role="status"></span>
<button type="reset">As planned</button></div>
</form>
</section>
"""


def _knob(number: int, knob: Knob) -> str:
    hits = round(knob.ratio * 1000)
    off = "" if knob.cached else " disabled"
    still = " disabled" if knob.coverage == "none" else ""
    name = escape(knob.name)
    return f"""<div class="knob" data-workload="{number}"><span><b>{
        name
    }</b><br><span class="soft">{escape(knob.model)}</span></span>
<label>volume <output data-of="volume"></output><input type="range" name="volume" min="0" max="300"
 step="5" value="100" aria-label="volume of {name}"{still}></label>
<label>hit ratio <output data-of="hits"></output><input type="range" name="hits" min="0" max="1000"
 step="1" value="{hits}" aria-label="hit ratio of {name}"{off}></label>
<output data-of="amount"></output></div>
"""


def _sheet(sheet: Sheet) -> str:
    kinds = [_KINDS.get(each[:1], "s") for each in sheet.columns]
    head = "".join(
        f"<th class={kind} scope=col>{escape(each.lstrip('#='))}</th>"
        for each, kind in zip(sheet.columns, kinds, strict=True)
    )
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td class={kind}>{_cell(cell)}</td>" for cell, kind in zip(row, kinds, strict=True)
        )
        + "</tr>\n"
        for row in sheet.rows
    )
    many = " class=many" if len(kinds) > _FEW else ""
    return f"""<section>
<h2>{escape(sheet.heading)}</h2>
<p class="soft">{escape(sheet.about)}</p>
<div class="wide"><table{many}><thead><tr>{head}</tr></thead><tbody>
{rows}</tbody></table></div>
</section>
"""


def _cell(text: str) -> str:
    """Return a cell; what is an address and nothing else is a link."""
    if text.startswith(("https://", "http://")) and " " not in text:
        shown = text.split("//", 1)[1].rstrip("/")
        return f'<a href="{escape(text)}">{escape(shown)}</a>'
    return escape(text)
