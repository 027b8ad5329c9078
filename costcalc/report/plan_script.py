"""What runs in the page of a forecast: charts as wide as their place, and the what-if."""

from __future__ import annotations

from costcalc.report import legend

__all__ = ["SCRIPT"]

SCRIPT = (
    legend.SCRIPT
    + """
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const looks = read("looks"), plan = read("plan");
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const LEAST = 120;
function draw() {
  for (const place of document.querySelectorAll("[data-spec]")) {
    const spec = read(place.dataset.spec);
    const { reserved, bare } = spec.usermeta.costcalc;
    const panels = structuredClone(spec.vconcat[0]);
    const config = dark.matches ? looks.dark : looks.light;
    let room = place.clientWidth - 26 - reserved;
    const names = room < 2 * LEAST ? withoutNames(panels, config) : [];
    if (names.length) room = place.clientWidth - 26 - bare;
    legend(place, names);
    panels.columns = 1;
    panels.concat.forEach((each) => {
      each.width = Math.max(LEAST, Math.floor(room));
      delete each.title;
    });
    vegaEmbed(place, { $schema: spec.$schema, config, ...panels }, {
      actions: false, renderer: "svg", tooltip: { theme: dark.matches ? "dark" : "light" },
    });
  }
}
const LANGUAGE = "en-US";
function money(amount) {
  const digits = Math.abs(amount) >= 100 ? 0 : 2;
  return new Intl.NumberFormat(LANGUAGE, {
    style: "currency", currency: plan.currency, currencyDisplay: "narrowSymbol",
    minimumFractionDigits: digits, maximumFractionDigits: digits,
  }).format(amount);
}
function bounded(amount, coverage) {
  if (coverage === "none") return "not priced";
  return (coverage === "part" ? "≥ " : "") + money(amount);
}
const percent = (share) => (share * 100).toFixed(share > 0.9 && share < 1 ? 1 : 0) + "%";
function amountOf(row, volume, ratio) {
  const input = row.input * ((1 - ratio) * row.fresh + ratio * row.read);
  return volume * (row.rest + input);
}
function tell() {
  let whole = 0;
  for (const line of document.querySelectorAll("[data-workload]")) {
    const row = plan.workloads[line.dataset.workload];
    const volume = line.querySelector("[name=volume]").value / 100;
    const slider = line.querySelector("[name=hits]");
    const moved = slider.value !== slider.defaultValue;
    const ratio = moved ? slider.value / 1000 : row.ratio;
    const amount = amountOf(row, volume, ratio);
    whole += amount;
    line.querySelector("[data-of=volume]").textContent = "×" + volume.toFixed(2);
    line.querySelector("[data-of=hits]").textContent = row.cached ? percent(ratio) : "no cache";
    line.querySelector("[data-of=amount]").textContent = bounded(amount, row.coverage);
  }
  const change = plan.mean ? whole / plan.mean - 1 : 0;
  const said = (change > 0 ? "+" : "") + (change * 100).toFixed(1) + "%";
  const of = plan.coverage === "part" ? " of what has a price" : "";
  document.getElementById("whole").textContent = bounded(whole, plan.coverage);
  document.getElementById("change").textContent =
    Math.abs(change) < 0.0005 ? "as planned" : said + of;
}
const form = document.getElementById("whatif");
form.addEventListener("input", tell);
form.addEventListener("reset", () => setTimeout(tell));
dark.addEventListener("change", draw);
window.addEventListener("resize", lodashDebounce(draw, 120));
tell();
draw();
"""
)
