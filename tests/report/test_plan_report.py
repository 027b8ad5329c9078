from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from dataclasses import replace
from decimal import ROUND_UP, Decimal, localcontext
from pathlib import Path
from typing import Any

import pytest

import costcalc.planning.pools as pools_module
from costcalc import Registry, __version__
from costcalc.planning.drivers import Drivers, drivers
from costcalc.planning.forecast import Forecast
from costcalc.planning.plan import Plan
from costcalc.report.plan_charts import fan_chart
from costcalc.report.plan_page import Sheet, plan_page
from costcalc.report.plan_report import (
    fan_of,
    plan_html,
    save_charts,
    save_plan_html,
    split_of,
    tornado_of,
)

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PRICES = """
provider: acme
source: https://acme.example/prices
checked: 2026-08-30
models:
  plain: {input: 1, output: 4}
  free: {input: 0, output: 0}
  cached: {input: 2, cache_read: 0.2, output: 10, cache: {automatic: {}}}
"""
PLAN = """
version: 1
project: demo
period: {start: 2026-09-01, months: 3}
simulation: {samples: 200, seed: 1}
phases: [{name: pilot, months: 1, scale: 0.5}, {name: build, months: 2}]
workloads:
  docs:
    model: plain
    documents_per_month: {low: 1_000, likely: 2_000, high: 6_000}
    input_tokens_per_document: 40_000
    output_tokens_per_document: {value: 100, source: https://acme.example/study}
    cache: {mode: none}
  chat:
    model: cached
    people: 4
    sessions_per_person_month: 1_000
    turns_per_session: {p50: 4, p90: 9}
    system_tokens: 2_000
    user_tokens_per_turn: 100
    output_tokens_per_turn: 50
    caps: {steps_per_session: 12}
budget:
  warn: {p50_usd: 500, chat.p90_usd: 900}
  fail: {p90_usd: 900, mean_usd: 90_000}
"""
FREE = """
version: 1
project: nothing
period: {start: 2026-09-15, months: 1}
simulation: {samples: 100, seed: 1}
workloads:
  docs:
    model: free
    texts_per_month: 10
    tokens_per_text: 0
"""


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.from_yaml(PRICES)


def _forecast(text: str, registry: Registry) -> tuple[Forecast, Drivers]:
    plan = Plan.from_yaml(text)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pools_module, "_CALLS", 2_000)
        patched.setattr(pools_module, "_FEWEST", 128)
        patched.setattr(pools_module, "_MOST", 128)
        return plan.forecast(registry=registry), drivers(plan, registry=registry)


@pytest.fixture(scope="module")
def demo(registry: Registry) -> tuple[Forecast, Drivers]:
    return _forecast(PLAN, registry)


@pytest.fixture(scope="module")
def page(demo: tuple[Forecast, Drivers]) -> str:
    return plan_html(*demo)


def test_a_page_is_the_same_however_its_caller_rounds(
    demo: tuple[Forecast, Drivers], page: str
) -> None:
    with localcontext() as context:
        context.prec, context.rounding = 3, ROUND_UP
        assert plan_html(*demo) == page
        charts = fan_of(demo[0]), split_of(demo[0]), tornado_of(demo[1])
    assert charts == (fan_of(demo[0]), split_of(demo[0]), tornado_of(demo[1]))


def _data(page: str, name: str) -> Any:
    found = re.search(rf'id="{name}">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_a_page_loads_nothing_from_anywhere(page: str) -> None:
    head = page[: page.index('<script type="module">')]
    assert not re.search(r"<link|@import|url\(|\ssrc\s*=", head, re.IGNORECASE)
    assert not re.search(r"<script[^>]*\ssrc=", page)
    assert not re.search(r"""import\s*\(?\s*['"]https?:""", page)
    assert "prefers-color-scheme: dark" in head
    assert page.count("</script>") == 6


def test_a_page_says_what_the_forecast_says(page: str, demo: tuple[Forecast, Drivers]) -> None:
    found, moved = demo
    words = " ".join(re.sub(r"<[^>]+>", " ", page.partition('<script type="module">')[0]).split())
    for part in (
        "What demo will cost",
        f"${found.mean:,.0f} is expected",
        "From 2026-09-01 until 2026-12-01, 200 runs.",
        str(moved)[1:60],
        "Spend over the months", "By workload", "What moves the bill", "What if?",
        "docs.output_tokens_per_document 100 measured acme.example/study –",
        "acme/plain input from 2026-09-01 1 USD per 1M tokens measured acme.example/prices 2026-08-30",
        "chat steps_per_session 12",
        "by person",
        "4 people",
    ):  # fmt: skip
        assert part in words, part


def test_the_same_forecast_is_the_same_page(page: str, demo: tuple[Forecast, Drivers]) -> None:
    assert plan_html(*demo) == page


VERDICTS = {
    "ok": ({"warn": {"p50_usd": 90_000}}, "within", "Every limit of the budget is kept."),
    "warn": ({"warn": {"p50_usd": 1}}, "warning", "A limit that warns is exceeded."),
    "fail": ({"fail": {"p50_usd": 1}}, "over", "The budget is exceeded."),
}


@pytest.mark.parametrize("case", VERDICTS)
def test_the_verdict_stands_on_the_page(case: str, demo: tuple[Forecast, Drivers]) -> None:
    budget, kind, sentence = VERDICTS[case]
    found, moved = demo
    page = plan_html(found, moved, found.check(budget))
    assert f'class="verdict {kind}"><strong>{kind}</strong> {sentence}' in page


def test_each_limit_stands_beside_its_figure(demo: tuple[Forecast, Drivers]) -> None:
    found, moved = demo
    budget = {
        "fail": {"p90_usd": 1, "increase_percent": 10},
        "warn": {"mean_usd": 90_000, "docs.p90_usd": 5},
    }
    base = replace(found, mean=found.mean / 2)
    p90, mean, docs = (
        f"{each:,.2f}" for each in (found.p90, found.mean, found.workloads["docs"].p90)
    )
    for verdict, increase in (
        (
            found.check(budget),
            "increase of at most 10% was not checked: there is no plan to compare",
        ),
        (found.check(budget, base=base), "mean changes by +100.0%, above 10%"),
    ):
        words = html.unescape(re.sub("<[^>]+>", "|", plan_html(found, moved, verdict)))
        for line in (
            f"the project: P90 ${p90} is above $1.00",
            increase,
            f"the project: expected cost ${mean} is within $90,000.00, a limit that warns",
            f"docs: P90 ${docs} is above $5.00, a limit that warns",
        ):
            assert f"|{line}|" in words, line


def test_a_page_without_caps_and_people(registry: Registry) -> None:
    text = PLAN.partition("  chat:")[0]
    page = plan_html(*_forecast(text, registry))
    assert "<h2>Caps</h2>" not in page
    assert "by person" not in page
    assert "<strong>" not in page.partition("<figure>")[0]


def test_at_its_own_volume_and_hit_ratio_the_what_if_is_the_forecast(
    page: str, demo: tuple[Forecast, Drivers]
) -> None:
    data = _data(page, "plan")
    assert data["mean"] == float(demo[0].mean)
    for row in data["workloads"]:
        mixed = (1 - row["ratio"]) * row["fresh"] + row["ratio"] * row["read"]
        mean = float(demo[0].workloads[row["name"]].mean)
        assert row["rest"] + row["input"] * mixed == pytest.approx(mean)
    docs, chat = data["workloads"]
    assert (docs["cached"], docs["ratio"], chat["cached"]) == (False, 0, True)
    assert chat["fresh"] == pytest.approx(2e-6)
    assert chat["read"] == pytest.approx(0.2e-6)


def test_a_plan_that_costs_nothing_has_a_page(registry: Registry) -> None:
    found, moved = _forecast(FREE, registry)
    page = plan_html(found, moved)
    assert "By workload" not in page
    assert "What moves the bill" not in page
    assert '<section class="verdict' not in page
    assert "<h2>Caps</h2>" not in page
    assert "by person" not in page
    assert fan_of(found).text(80)
    assert "2026-09-15" in fan_of(found).spec_json  # months that begin on another day say which


def test_text_of_any_kind_stays_text(demo: tuple[Forecast, Drivers]) -> None:
    bad = '</script><script>alert("x")</script>'
    found, moved = demo
    page = plan_html(replace(found, project=bad), moved)
    assert "<script>alert" not in page
    bare = plan_page(
        bad, bad, [bad], [], ("over", bad, [bad]), [], [],
        [Sheet(bad, bad, ("#a", "b"), ((bad, "https://a.example/<x>"),))], bad, {"a": bad}, {}, "go()",
    )  # fmt: skip
    assert "<script>alert" not in bare
    assert '<a href="https://a.example/&lt;x&gt;">a.example/&lt;x&gt;</a>' in bare


def test_charts_are_saved_as_pictures(demo: tuple[Forecast, Drivers], tmp_path: Path) -> None:
    written = save_charts(*demo, tmp_path / "pictures")
    assert [path.name for path in written] == ["fan.png", "workloads.png", "drivers.png"]
    for path in written:
        assert path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_a_page_is_saved(demo: tuple[Forecast, Drivers], page: str, tmp_path: Path) -> None:
    path = save_plan_html(*demo, tmp_path / "demo.html")
    assert path.read_text(encoding="utf-8") == page


def test_the_fan_names_every_line_and_limit(demo: tuple[Forecast, Drivers]) -> None:
    found, _ = demo
    chart = fan_of(found)
    text = chart.text(100)
    for name in ("P95", "P90", "P80", "P50", "mean"):
        assert f"{name} $" in text
    assert "fail P90 $900" in chart.spec_json
    assert "warn P50 $500" in chart.spec_json
    assert "90,000" not in chart.spec_json  # a limit far above would flatten the fan
    panel = chart.spec["vconcat"][0]["concat"][0]
    (names,) = [each for each in panel["layer"] if each["mark"].get("style") == "end"]
    assert [row["text"].split()[0] for row in names["data"]["values"]] == [
        "P95", "P90", "P80", "P50", "mean", "fail", "warn",
    ]  # fmt: skip
    (rows,) = [layer["data"]["values"] for layer in panel["layer"]
               if layer["mark"]["type"] == "point"]  # fmt: skip
    assert [row["month"] for row in rows] == ["start", "2026-09", "2026-10", "2026-11"]
    assert rows[-1]["mean"] == float(found.mean)


def test_thousands_are_written_without_cents() -> None:
    amounts = [Decimal("1234.56"), Decimal("4567.89")]
    names = ("mean", "p50", "p80", "p90", "p95")
    found = fan_chart("a fan", ["2026-09", "2026-10"], dict.fromkeys(names, amounts), "EUR")
    assert "mean 4,568 EUR" in found.text(100)


def test_workloads_stand_by_their_mean(demo: tuple[Forecast, Drivers]) -> None:
    found, _ = demo
    text = split_of(found).text(100)
    first, second = sorted(found.workloads.values(), key=lambda each: -each.mean)
    assert text.startswith(f"{first.name} is ")
    assert text.index(f"\n{first.name} ") < text.index(f"\n{second.name} ")
    assert "█ mean" in text


def test_the_tornado_has_the_strongest_first_and_at_most_twelve(
    demo: tuple[Forecast, Drivers],
) -> None:
    _, moved = demo
    many = replace(moved, drivers=moved.drivers * 3)
    layers = tornado_of(many).spec["vconcat"][0]["concat"][0]["layer"]
    rows = next(each for each in layers if each["mark"]["type"] == "text")["data"]["values"]
    assert len(rows) == 12
    assert rows[0]["label"].startswith(moved.drivers[0].label)
    free = replace(moved.drivers[0], base=Decimal(0))
    one = tornado_of(replace(moved, drivers=(free,)))
    assert "– / –" in one.text(100)


@pytest.mark.skipif(CHROMIUM is None, reason="needs a browser")
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1100, 500], ids=["wide", "narrow"])
def test_a_browser_draws_the_page_and_answers_the_sliders(
    demo: tuple[Forecast, Drivers],
    page: str,
    tmp_path: Path,
    width: int,
    dark: bool,  # noqa: FBT001
) -> None:
    # What a person does, before the browser hands back what it made of the page.
    moved = """
<script type="module">
const line = document.querySelectorAll("[data-workload]")[1];
const whole = () => document.getElementById("whole").textContent;
const out = document.createElement("p");
out.id = "seen";
const seen = { planned: whole(), change: document.getElementById("change").textContent };
const put = (name, value) => {
  line.querySelector(`[name=${name}]`).value = value;
  document.getElementById("whatif").dispatchEvent(new Event("input", { bubbles: true }));
};
put("volume", 200);
seen.volume = whole();
put("volume", 100);
put("hits", 0);
seen.cold = whole();
seen.said = document.getElementById("change").textContent;
document.getElementById("whatif").reset();
setTimeout(() => {
  seen.again = whole();
  seen.charts = document.querySelectorAll(".chart svg").length;
  seen.drawn = [...document.querySelectorAll(".chart svg")].map((each) => each.clientWidth);
  seen.place = document.querySelector(".chart").clientWidth;
  seen.body = getComputedStyle(document.body).backgroundColor;
  out.textContent = JSON.stringify(seen);
  document.body.append(out);
}, 1500);
</script>
</body>"""
    path = tmp_path / "page.html"
    before, _, after = page.rpartition("</body>")  # the program has such a text, too
    path.write_text(f"{before}{moved}{after}", encoding="utf-8")
    assert CHROMIUM is not None
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--window-size={width},2000",
        f"--blink-settings=preferredColorScheme={0 if dark else 1}",
        f"--user-data-dir={tmp_path / 'profile'}",
        "--host-resolver-rules=MAP * ~NOTFOUND",  # no network
        "--virtual-time-budget=6000", "--dump-dom", path.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    text = re.search(r'<p id="seen">(.*?)</p>', done.stdout)
    assert text is not None
    seen = json.loads(text[1])
    found = demo[0]

    def money(amount: Decimal) -> str:
        return f"${amount:,.0f}"

    assert (seen["planned"], seen["change"]) == (money(found.mean), "as planned")
    assert seen["volume"] == money(found.mean + found.workloads["chat"].mean)
    chat = found.workloads["chat"]
    colder = found.mean + chat.tokens["cache_read"] * Decimal("1.8") / 1_000_000
    assert abs(int(seen["cold"][1:].replace(",", "")) - colder) <= 1
    assert seen["said"].startswith("+")
    assert seen["again"] == seen["planned"]
    assert seen["charts"] == 3
    assert max(seen["drawn"]) <= seen["place"] + 2
    assert seen["body"] == ("rgb(20, 24, 31)" if dark else "rgb(255, 255, 255)")


def test_charts_of_a_plan_say_what_drew_them_with_which_prices(
    demo: tuple[Forecast, Drivers],
) -> None:
    found, moved = demo
    drawn = f"costcalc {__version__}, registry {found.registry_version}, 200 runs"
    assert fan_of(found).source == split_of(found).source == drawn
    assert tornado_of(moved).title.startswith("The strongest driver is ")
