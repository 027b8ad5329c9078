"""The page and the charts of a plan of which some has no price: no figure is more than it is."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from costcalc import Registry, UsageError
from costcalc.planning.drivers import Drivers, drivers
from costcalc.planning.forecast import Forecast
from costcalc.planning.plan import Plan
from costcalc.report.plan_report import fan_of, plan_html, save_charts, split_of, tornado_of

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
LAB = Registry.from_yaml(
    """
provider: lab
models:
  m: {input: 1, output: 4}
  ended: {retired: 2026-02-15, input: 1, output: 4}
"""
)
Told = tuple[Forecast, Drivers]


pytestmark = pytest.mark.usefixtures("small_pools")


def told(papers: str, notes: str = "m", budget: str = "") -> Told:
    """Return forecast and drivers of two months, in which a document costs $1: 200, and 20."""
    documents = "input_tokens_per_document: 1_000_000\n    output_tokens_per_document: 0"
    plan = Plan.from_yaml(
        f"""
version: 1
project: demo
period: {{start: 2026-01-01, months: 2}}
simulation: {{samples: 100, seed: 1}}
defaults: {{shared_sigma: 0}}
workloads:
  papers:
    model: lab/{papers}
    documents_per_month: 100
    {documents}
  notes:
    model: lab/{notes}
    documents_per_month: 10
    {documents}
{budget}
"""
    )
    return plan.forecast(registry=LAB), drivers(plan, samples=100, registry=LAB)


def words_of(page: str) -> str:
    body = page.partition("<body>")[2].partition("<footer>")[0]
    return html.unescape(re.sub("<[^>]+>+", "|", body))


def row_of(page: str, heading: str, name: str) -> list[str]:
    """Return the cells of a row of a table."""
    table = page.partition(f"<h2>{heading}</h2>")[2].partition("</table>")[0]
    row = next(each for each in table.split("</tr>") if f">{name}</td>" in each)
    return [html.unescape(each) for each in re.findall("<td[^>]*>(.*?)</td>", row)]


BUDGET = (
    "budget: {fail: {p90_usd: 500, mean_usd: 19, papers.p90_usd: 9}, warn: {notes.p90_usd: 30}}"
)


def test_the_verdict_of_a_page_is_unpriced_and_limits_are_not_checked() -> None:
    page = plan_html(*told("nobody", budget=BUDGET))
    words = words_of(page)
    assert '<section class="verdict unpriced"><strong>unpriced</strong> Some of the plan' in page
    assert ".unpriced { border-color" in page
    assert "What is known exceeds one already." in words
    for line in (
        "the project: P90 is at least $20.00, so that $500.00 was not checked",
        "the project: expected cost is at least $20.00, above $19.00",
        "papers: P90 is not known, so that $9.00 was not checked",
        "notes: P90 $20.00 is within $30.00, a limit that warns",
    ):
        assert f"|{line}|" in words, line


def test_the_figures_of_a_page_are_lower_bounds() -> None:
    words = words_of(page := plan_html(*told("nobody")))
    assert (
        "|At least $20.00 is expected, P50 at least $20.00, P90 at least $20.00; no price is known "
        "of papers. Of what has a price, the strongest driver is notes: "
    ) in words
    assert re.search(r"\|expected\|+≥ \$20\.00\|some has no price\|", words)
    assert re.search(r"\|reserve\|+not known\|some has no price\|", words)
    assert "exceeds one already" not in words
    assert row_of(page, "Workloads", "papers") == [
        "papers", "lab/nobody", "–", "–", "–", "not priced", "not priced", "not priced",
    ]  # fmt: skip
    assert row_of(page, "Workloads", "notes")[5:] == ["$20.00"] * 3
    assert row_of(page, "Months", "2026-01")[2:] == ["≥ $10.00"] * 5
    assert "lab/nobody: " not in words


def test_months_before_a_model_is_retired_are_what_they_are() -> None:
    page = plan_html(*told("ended"))
    assert row_of(page, "Months", "2026-01")[2:] == ["$110"] * 5
    assert all(each.startswith("≥ $") for each in row_of(page, "Months", "2026-02")[2:])
    assert row_of(page, "Workloads", "papers")[2].startswith("≥ 1")


def test_a_page_of_what_has_no_price_at_all_has_no_figure() -> None:
    found, moved = told("nobody", "nothing")
    page = plan_html(found, moved)
    words = words_of(page)
    assert (
        "|It is not priced: no price is known of papers, notes. What moves the bill is not known: "
        "nothing of it has a price.|"
    ) in words
    assert "$" not in words
    for heading in ("Spend over the months", "By workload", "What moves the bill"):
        assert f"<h2>{heading}</h2>" not in page
    assert page.count(" disabled") == 4  # no slider moves what is not known


def test_the_charts_say_that_they_are_lower_bounds() -> None:
    found, moved = told("ended")
    fan, split, tornado = fan_of(found), split_of(found), tornado_of(moved)
    assert "at least $" in fan.title
    assert fan.notes[0].endswith("; no price is known of papers from 2026-02-15 until 2026-03-01")
    assert "mean ≥ $" in fan.text(100)
    (rows,) = [
        layer["data"]["values"]
        for layer in fan.spec["vconcat"][0]["concat"][0]["layer"]
        if layer["mark"]["type"] == "point"
    ]
    assert [row["p90_text"].startswith("≥ ") for row in rows] == [False, False, True]
    assert split.title.startswith("demo is expected to cost at least $")
    assert re.search(r"papers .*≥ \$1", split.text(100))
    assert re.search(r"notes .* \$20\.00", split.text(100))
    assert tornado.notes == ("lower bounds: some of papers has no price",)


def test_a_workload_without_a_price_is_no_bar() -> None:
    chart = split_of(told("nobody")[0])
    assert "papers" not in chart.spec_json.replace("no price is known of papers", "")
    assert chart.notes == ("no price is known of papers",)


@pytest.mark.parametrize("draw", [fan_of, split_of], ids=["the fan", "the workloads"])
def test_there_is_no_chart_of_nothing(draw: Any) -> None:
    with pytest.raises(UsageError, match="there is nothing to draw: demo: not priced; no price is"):
        draw(told("nobody", "nothing")[0])


def test_there_is_no_chart_of_drivers_where_nothing_moves(tmp_path: Path) -> None:
    found, moved = told("nobody", "nothing")
    with pytest.raises(UsageError, match="there is nothing to draw: what moves the bill is not"):
        tornado_of(moved)
    assert save_charts(found, moved, tmp_path) == []


@pytest.mark.skipif(CHROMIUM is None, reason="needs a browser")
@pytest.mark.parametrize(
    ("models", "whole", "amounts"),
    [
        (("nobody", "m"), "≥ $20.00", ["not priced", "$20.00"]),
        (("nobody", "nothing"), "not priced", ["not priced", "not priced"]),
    ],
    ids=["some of it", "all of it"],
)
def test_a_browser_shows_what_is_not_known(
    models: tuple[str, str], whole: str, amounts: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "page.html"
    path.write_text(plan_html(*told(*models)), encoding="utf-8")
    assert CHROMIUM is not None
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu",
        f"--user-data-dir={tmp_path / 'profile'}", "--host-resolver-rules=MAP * ~NOTFOUND",
        "--virtual-time-budget=3000", "--dump-dom", path.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert re.findall('<output data-of="amount">(.*?)</output>', done.stdout) == amounts
    assert re.findall('<b id="whole">(.*?)</b>', done.stdout) == [whole]
    assert json.loads(re.findall('<script type="application/json" id="plan">(.*?)</script>',
                                 done.stdout)[0])["coverage"] in {"part", "none"}  # fmt: skip
