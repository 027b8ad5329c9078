from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from costcalc import HitRatioCurve, Registry, Usage, UsageError, hit_ratio_curve
from costcalc.report.chart import chart

AT = "2026-11-20"
USAGE = Usage(input_tokens=1_000_000, output_tokens=100_000, requests=20)


def curve(registry: Registry, *models: str, **changes: Any) -> HitRatioCurve:
    terms: dict[str, Any] = {"usage": USAGE, "at": AT, "registry": registry, **changes}
    return hit_ratio_curve(list(models), **terms)


def test_the_points_are_those_of_the_curve(registry: Registry, rows: Any) -> None:
    found = curve(registry, "small", "plain")
    points = {(row["series"], row["x"]): row for row in rows(chart(found), "point")}
    assert len(points) == len(found.points) == 42
    for point in found.points:
        row = points[point.model, float(point.ratio)]
        assert row["y"] == float(point.per_million)
        assert row["reason"] == (point.reason or "–")
    assert points["small", 0.5]["exact"] == "$1.909090909090909091"
    assert points["small", 0.5]["ratio"] == "50.0%"


def test_the_whole_usage_is_drawn_on_request(registry: Registry, rows: Any) -> None:
    found = chart(curve(registry, "small", ratios=[0, 1]), total=True)
    assert [row["exact"] for row in rows(found, "point")] == ["$3.00", "$1.20"]
    assert found.title == "Cost of small by cache hit ratio, at the prices of 2026-11-20"
    assert "cost of the whole usage" in found.text()


def test_the_title_notes_and_source_say_what_it_rests_on(registry: Registry) -> None:
    found = chart(curve(registry, "small", "plain", "nobody", "hua"))
    assert found.title == (
        "Cost per million tokens of 2 models by cache hit ratio, at the prices of 2026-11-20"
    )
    assert found.notes[0] == "1,000,000 tokens in and 100,000 out in 20 requests"
    assert found.notes[-1].startswith("and ")
    assert found.source.startswith("prices of 2026-11-20, costcalc ")


def test_what_was_not_priced_is_said(registry: Registry) -> None:
    notes = chart(curve(registry, "plain", "hua", ratios=[0])).notes
    assert notes[-1] == ("not drawn: hua: its price is in CNY, and no exchange rate is guessed")
    many = curve(
        registry, "small", "plain", "flat", "storing", "nobody", usage=None, input_output_ratio=9
    )
    assert chart(many).notes[1].startswith("not drawn: nobody: ")  # before what is assumed


def test_ratios_that_cannot_be_are_faint_and_join_the_line(registry: Registry, layers: Any) -> None:
    lines = [
        each for each in layers(chart(curve(registry, "small"))) if each["mark"]["type"] == "line"
    ]
    solid, faint = (each["data"]["values"] for each in lines)
    assert lines[1]["mark"]["opacity"] < 1
    assert (solid[-1]["x"], [row["x"] for row in faint]) == (0.95, [0.95, 1.0])


def test_a_mix_is_one_request_in_words(registry: Registry) -> None:
    one = Usage(input_tokens=5_000, output_tokens=10)
    assert chart(curve(registry, "plain", usage=one, ratios=[0])).notes == (
        "5,000 tokens in and 10 out in one request",
    )
    assert "faint: plain (acme) has no rate" in chart(curve(registry, "plain", usage=one)).text(200)


def test_one_ratio_is_a_point_on_the_whole_axis(registry: Registry, layers: Any) -> None:
    found = chart(curve(registry, "small", ratios=["0.5"]))
    seen = [
        each
        for each in layers(found)
        if each["mark"] == {"type": "point", "filled": True, "size": 70}
    ]
    assert [row["x"] for row in seen[0]["data"]["values"]] == [0.5]
    assert seen[0]["encoding"]["x"]["scale"]["domain"] == [0.0, 1.0]


def test_names_of_many_models_do_not_overlap(registry: Registry, rows: Any, layers: Any) -> None:
    models = ["small", "plain", "dear", "searching", "flat", "storing", "leaving", "old"]
    found = chart(curve(registry, *models, at="2026-03-01", ratios=[0, 1]), log=False)
    places = sorted(row["label_y"] for row in rows(found, "text"))
    top = layers(found)[0]["encoding"]["y"]["scale"]["domain"][1]
    height = found.spec["vconcat"][0]["concat"][0]["height"]
    assert len(places) == 8
    assert all(after - before > 14.9 / height * top for before, after in pairwise(places))


def test_a_panel_grows_with_its_names(registry: Registry) -> None:
    models = [f"m{number}" for number in range(30)]
    text = "".join(f"  {model}: {{input: 1, output: 2}}\n" for model in models)
    many = registry.overlay(Registry.from_yaml(f"provider: acme\nmodels:\n{text}"))
    found = chart(curve(many, *models, ratios=[0, 1]))
    assert found.spec["vconcat"][0]["concat"][0]["height"] > 30 * 15


def test_models_that_differ_thirtyfold_share_a_logarithmic_axis(
    registry: Registry, layers: Any
) -> None:
    found = curve(registry, "plain", "dear")
    for is_log, drawn in ((True, chart(found)), (False, chart(found, log=False))):
        assert (layers(drawn)[0]["encoding"]["y"]["scale"].get("type") == "log") is is_log
        assert ("logarithmic" in drawn.text()) is is_log


def test_what_is_free_has_no_place_on_a_logarithmic_axis(registry: Registry) -> None:
    found = curve(registry, "free")
    assert "$0.00" in chart(found).text()
    with pytest.raises(UsageError, match="leave out log=True"):
        chart(found, log=True)


def test_a_curve_without_points_says_why(registry: Registry) -> None:
    with pytest.raises(UsageError, match="no points to draw: nobody: unknown model"):
        chart(curve(registry, "nobody", "noone"))
    empty = HitRatioCurve(currency="USD", usage=USAGE, at=curve(registry, "small").at, points=())
    with pytest.raises(UsageError, match="no model was priced"):
        chart(empty)
