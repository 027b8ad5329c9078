from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from costcalc import Registry, UsageError
from costcalc.report.chart import chart

NOW = "2026-11-20"


def ms(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)


def drawn(layers: Any, found: Any, panel: str, *, coming: bool = False) -> list[tuple[int, float]]:
    return [
        (row["x"], row["y"])
        for layer in layers(found)
        if layer["panel"].startswith(panel)
        and layer["mark"] == {"type": "line", **({"strokeDash": [3, 3]} if coming else {})}
        for row in layer["data"]["values"]
    ]


def test_prices_are_steps_solid_until_now_and_dashed_after(registry: Registry, layers: Any) -> None:
    found = chart(registry.model("small"), at=NOW)
    assert drawn(layers, found, "input") == [
        (ms("2025-01-01"), 4), (ms("2025-09-01"), 4), (ms("2025-09-01"), 2), (ms(NOW), 2),
    ]  # fmt: skip
    coming = drawn(layers, found, "input", coming=True)
    assert coming[:5] == [
        (ms(NOW), 2), (ms(NOW), 2), (ms("2027-03-01"), 2), (ms("2027-03-01"), 1), coming[4],
    ]  # fmt: skip
    assert "dashed: announced, or until further notice" in found.notes[0]


def test_there_is_a_panel_for_each_meter_with_exact_rates(registry: Registry, rows: Any) -> None:
    found = chart(registry.model("small"), at=NOW)
    panels = [view["title"]["text"] for view in found.spec["vconcat"][0]["concat"]]
    assert panels == [f"{name}, per 1M tokens" for name in ("input", "cache read", "output")]
    tips = rows(found, "point", "output")
    assert (tips[0]["exact"], tips[0]["from"], tips[0]["until"], tips[0]["source"]) == (
        "$20.00", "2025-01-01", "2025-09-01", "https://acme.example/prices",
    )  # fmt: skip
    assert [row["text"] for row in rows(found, "text", "output") if "text" in row] == ["$10.00"]


def test_a_gap_cuts_the_line_and_retirement_ends_it(
    registry: Registry, layers: Any, rows: Any
) -> None:
    found = chart([registry.model("old"), registry.model("leaving")], at=NOW)
    ends = {
        (row["run"], row["x"]) for row in rows(found, "line", "output") if row["series"] == "old"
    }
    assert {(1, ms("2026-01-01")), (2, ms("2026-02-01")), (2, ms("2026-05-15"))} < ends
    crosses = [
        row
        for layer in layers(found)
        if layer["mark"].get("shape", "").startswith("M") and layer["panel"].startswith("output")
        for row in layer["data"]["values"]
    ]
    assert {(row["series"], row["x"], row["y"]) for row in crosses} == {
        ("old", ms("2026-05-15"), 5), ("leaving", ms("2027-02-01"), 2),
    }  # fmt: skip
    assert [row["text"] for row in rows(found, "text", "input") if "text" in row] == [
        "old  $3.00, retired", "leaving  $1.00, retires",
    ]  # fmt: skip
    assert found.notes[1:] == (
        "old retired 2026-05-15, then served and billed as small; leaving retires 2027-02-01",
        "not known since when: the first price of old",
    )
    assert found.source == "prices of acme.example, the invoice, checked 2026-11-01"


def test_a_price_that_has_ended_is_nowhere_dashed(registry: Registry, layers: Any) -> None:
    found = chart(registry.model("old"), at=NOW)
    assert not drawn(layers, found, "output", coming=True)
    assert "dashed" not in found.text()


def test_a_price_after_its_model_retired_is_not_drawn(registry: Registry, layers: Any) -> None:
    gone = replace(registry.model("small"), retired=datetime(2025, 6, 1, tzinfo=UTC))
    found = chart(gone, at=NOW)
    assert drawn(layers, found, "input") == [(ms("2025-01-01"), 4), (ms("2025-06-01"), 4)]


def test_a_model_of_two_sellers_is_named_with_each(registry: Registry, rows: Any) -> None:
    other = replace(registry.model("plain", provider="yuan"), currency="USD")
    found = chart([registry.model("plain", provider="acme"), other], at=NOW)
    names = [row["series"] for row in rows(found, "text", "input") if "text" in row]
    assert names == ["acme/plain", "yuan/plain"]
    assert found.title == "Prices of 2 models by date, as known on 2026-11-20"
    with pytest.raises(UsageError, match="USD and CNY do not share an axis"):
        chart([registry.model("small"), registry.model("hua")], at=NOW)


def test_a_meter_that_only_one_model_has_is_drawn_for_that_one(
    registry: Registry, rows: Any
) -> None:
    found = chart([registry.model("small"), registry.model("plain")], at=NOW)
    assert {row["series"] for row in rows(found, "line", "cache read")} == {"small"}
    assert "plain cache read" not in found.text()


def test_prices_that_differ_thirtyfold_share_a_logarithmic_axis(registry: Registry) -> None:
    found = chart([registry.model("plain"), registry.model("dear")], at=NOW)
    headings = [view["title"]["text"] for view in found.spec["vconcat"][0]["concat"]]
    assert headings == [
        "input, per 1M tokens, logarithmic", "cache read, per 1M tokens",
        "output, per 1M tokens, logarithmic",
    ]  # fmt: skip


def test_what_is_not_tokens_is_drawn_by_its_own_unit(registry: Registry) -> None:
    found = chart(registry.model("voice"), at=NOW)
    assert found.spec["vconcat"][0]["concat"][0]["title"]["text"] == "audio second, per hour"
    assert "audio second, per hour: $0.36, unchanged" in found.text()


FORMATS = [
    ("plain", "2026-11-20", "%Y-%m-%d"),
    ("small", "2026-11-20", "%b %Y"),
    ("small", "2050-01-01", "%Y"),
]


@pytest.mark.parametrize(("model", "at", "written"), FORMATS, ids=[each[2] for each in FORMATS])
def test_days_are_written_as_short_as_they_stay_apart(
    registry: Registry, layers: Any, model: str, at: str, written: str
) -> None:
    last = [
        layer
        for layer in layers(chart(registry.model(model), at=at))
        if layer["panel"].startswith("output")
    ]
    assert last[1]["encoding"]["x"]["axis"]["format"] == written
    assert last[1]["encoding"]["x"]["scale"]["type"] == "utc"


def test_prices_of_several_sources_say_when_they_were_checked(registry: Registry) -> None:
    model = registry.model("plain")
    day = model.prices[0].checked
    assert day is not None
    later = replace(model.prices[0], checked=day.replace(day=9), source=None)
    bare = replace(model, prices=(replace(later, checked=None),))
    assert chart(bare, at=NOW).source == "prices as their files state them"
    both = chart([model, replace(model, id="other", prices=(later,))], at=NOW)
    assert both.source == "prices of acme.example, checked 2026-11-01 to 2026-11-09"


def test_a_model_without_prices_is_refused(registry: Registry) -> None:
    with pytest.raises(UsageError, match=r"plain \(acme\) has no price to draw"):
        chart(replace(registry.model("plain"), prices=()))


def test_now_is_now_unless_it_is_said(registry: Registry) -> None:
    before = datetime.now(UTC).date()
    title = chart(registry.model("small")).title
    assert title.removeprefix("Prices of small by date, as known on ") in {
        f"{before}", f"{datetime.now(UTC).date()}",
    }  # fmt: skip


def test_text_steps_stay_within_the_width(registry: Registry) -> None:
    text = chart([registry.model("small"), registry.model("old")], at=NOW).text(70)
    assert max(map(len, text.split("\n"))) <= 70
    assert "now ▲" in text
    one, other = (
        chart(registry.model("voice"), at=NOW).text(70),
        chart(registry.model("plain"), at=NOW).text(70),
    )
    assert "\n\n\n" not in one + other
    lines = other.split("\n")
    assert any(a.startswith("input") and b.startswith("output") for a, b in pairwise(lines))
