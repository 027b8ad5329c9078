"""The page of a chart: title, chart, source and the same as text, all in one file."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from costcalc.report import legend
from costcalc.report.spec import AXIS_ROOM

__all__ = ["SNIPPET", "page"]

_DRAW = """
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const spec = read("spec"), looks = read("looks"), place = document.getElementById("chart");
const dark = window.matchMedia("(prefers-color-scheme: dark)");
function draw(less = 0) {
  let { columns, reserved } = spec.usermeta.costcalc;
  const config = dark.matches ? looks.dark : looks.light;
  const panels = structuredClone(spec.vconcat[0]);
  const width = place.clientWidth - 24;
  const names = width - reserved >= LEAST ? [] : withoutNames(panels, config);
  if (names.length) reserved = AXIS;
  legend(place, names);
  const beside = width / columns - reserved >= LEAST ? columns : 1;
  const room = Math.max(LEAST, Math.floor((width - 22 * (beside - 1)) / beside - reserved));
  const plot = room - less;
  panels.columns = beside;
  panels.concat.forEach((each) => { each.width = plot; });
  const whole = { $schema: spec.$schema, config, ...panels };
  vegaEmbed(place, whole, {
    actions: { export: true, source: false, compiled: false, editor: false },
    downloadFileName: "costcalc", renderer: "svg",
    tooltip: { theme: dark.matches ? "dark" : "light" },
  }).then(() => {  // an axis may have wider labels than most
    const over = place.querySelector("svg.marks").clientWidth - place.clientWidth;
    if (names.length && !less && over > 0) draw(over);
  });
}
dark.addEventListener("change", () => draw());
window.addEventListener("resize", lodashDebounce(() => draw(), 120));
draw();
"""
SNIPPET = f"{legend.SCRIPT}const LEAST = 240, AXIS = {AXIS_ROOM};{_DRAW}"

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f27; --soft: #5a6170; --page: #fff; --line: #e6e8ec; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eceff4; --soft: #a6adbb; --page: #14181f; --line: #2b313c; }
}
body { background: var(--page); color: var(--ink); font: 15px/1.45 system-ui, sans-serif;
  margin: 0 auto; max-width: 1100px; padding: 24px 20px; }
h1 { font-size: 1.25rem; line-height: 1.3; margin: 0 0 6px; text-wrap: balance; }
p, footer { color: var(--soft); font-size: 0.85rem; margin: 0 0 4px; }
#chart { margin: 14px 0; overflow-x: auto; width: 100%; }
#text { border-top: 1px solid var(--line); color: var(--soft); font-size: 0.85rem;
  margin-top: 16px; padding-top: 10px; }
summary { cursor: pointer; }
pre { color: var(--ink); font: 12px/1.25 ui-monospace, monospace; overflow-x: auto; }
"""


def page(chart: Any, looks: dict[str, Any], script: str) -> str:
    """Return the page; no part of it is loaded from anywhere."""
    notes = "".join(f"<p>{escape(note)}</p>\n" for note in chart.notes)
    text = chart.text(100)
    program = script.replace("</script", "<\\/script")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="costcalc">
<title>{escape(chart.title)}</title>
<style>{_STYLE}{legend.STYLE}</style>
</head>
<body>
<h1>{escape(chart.title)}</h1>
{notes}<div id="chart" role="img" aria-label="{escape(chart.title)}"></div>
<footer>{escape(chart.source)}</footer>
<details id="text"><summary>The chart as text</summary>
<pre>{escape(text)}</pre></details>
<script type="application/json" id="spec">{_safe(chart.spec_json)}</script>
<script type="application/json" id="looks">{_safe(json.dumps(looks))}</script>
<script type="module">{program}</script>
</body>
</html>
"""


def _safe(data: str) -> str:
    """Return JSON that cannot end the element it stands in."""
    return data.replace("<", "\\u003c")
