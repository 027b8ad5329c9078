"""What a page does where the names at the ends of lines have no room: a legend below the chart."""

from __future__ import annotations

__all__ = ["SCRIPT", "STYLE"]

SCRIPT = """
function withoutNames(panels, config) {
  const names = [];
  const ends = (panel) => panel.layer.find((each) => each.mark.style === "end" && each.mark.dx);
  const several = panels.concat.filter(ends).length > 1;
  for (const panel of panels.concat) {
    const named = ends(panel);
    if (!named) continue;
    const scale = (of) => panel.layer.map((each) => each.encoding[of]?.scale)
      .find((each) => each?.domain);
    const colors = scale("color"), dashes = scale("strokeDash");
    for (const { series, text } of named.data.values) {
      const place = (of) => of?.domain.indexOf(series) ?? -1;
      const range = colors && config.range[colors.range ?? "category"];
      names.push({
        text: several ? `${panel.title.text}: ${text}` : text,
        color: range?.[place(colors) % range.length],
        dash: dashes?.range[place(dashes)]?.join(" "),
        area: colors?.range === "ordinal",
      });
    }
    panel.layer = panel.layer.filter((each) => each !== named && !each.mark.x2Offset);
  }
  return names;
}
function legend(place, names) {
  const of = place.dataset.spec ?? place.id;
  place.parentElement.querySelector(`.names[data-of="${of}"]`)?.remove();
  if (!names.length) return;
  const list = document.createElement("ul");
  list.className = "names";
  list.dataset.of = of;
  for (const { text, color, dash, area } of names) {
    const line = document.createElement("li");
    if (color) {
      line.innerHTML = '<svg width="26" height="10" aria-hidden="true"><line x2="26" y1="5" y2="5"/></svg>';
      const mark = line.querySelector("line");
      mark.setAttribute("stroke", color);
      mark.setAttribute("stroke-width", area ? 10 : 2.5);
      mark.setAttribute("stroke-dasharray", dash ?? "");
    }
    line.append(text);
    list.append(line);
  }
  place.after(list);
}
"""  # noqa: E501 - a line of markup
"""`withoutNames` takes them out of panels and returns them; `legend` writes them below a chart."""

STYLE = """
.names { color: var(--ink); font-size: 0.82rem; list-style: none; margin: 0 0 10px; padding: 0; }
.names svg { margin-right: 8px; vertical-align: baseline; }
"""
