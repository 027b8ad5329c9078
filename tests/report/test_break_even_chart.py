from __future__ import annotations

from typing import Any

import pytest

from costcalc import BreakEven, Registry, break_even
from costcalc.report.chart import chart

AT = "2026-11-20"


def found(registry: Registry, model: str, **changes: Any) -> BreakEven:
    return break_even(model, at=AT, registry=registry, **changes)


def test_each_line_is_the_cost_by_uses(registry: Registry, rows: Any) -> None:
    each = found(registry, "small")
    drawn = {(row["series"], row["x"]): row for row in rows(chart(each), "line")}
    five, hour = each.caches
    for uses in range(1, 11):
        assert drawn["no cache", uses]["y"] == float(each.uncached_cost(uses))
        assert drawn["explicit cache, 5m", uses]["y"] == float(five.cost(uses))
        assert drawn["explicit cache, 1h", uses]["y"] == float(hour.cost(uses))
    assert len(drawn) == 30
    assert drawn["explicit cache, 5m", 2]["exact"] == "$0.054"


def test_the_break_even_points_are_marked_and_named(registry: Registry, rows: Any) -> None:
    each = found(registry, "small")
    marks = [row for row in rows(chart(each), "point") if "said" in row]
    assert [(row["x"], row["said"]) for row in marks] == [
        (float(each.caches[0].uses or 0), "explicit cache, 5m: pays from use 2"),
        (float(each.caches[1].uses or 0), "explicit cache, 1h: pays from use 3"),
    ]
    for row, cache in zip(marks, each.caches, strict=True):
        below = float(cache.cost(1)) + (row["x"] - 1) * float(cache.cost(2) - cache.cost(1))
        assert row["y"] == pytest.approx(below)  # where the two lines meet


def test_each_life_of_a_stored_cache_has_a_panel_in_which_its_point_is_seen(
    registry: Registry, layers: Any, rows: Any
) -> None:
    each = found(registry, "storing")
    drawn = chart(each)
    panels = dict.fromkeys(layer["panel"] for layer in layers(drawn))
    assert list(panels) == [
        "cost by number of uses",
        "cost by uses within the 15m of a stored cache",
        "cost by uses within the 1h of a stored cache",
        "cost by uses within the 1d of a stored cache",
    ]
    for panel, cache in zip(panels, each.caches, strict=True):
        (mark,) = [row for row in rows(drawn, "point", panel) if "said" in row]
        last = max(row["x"] for row in rows(drawn, "line", panel))
        assert 1 <= mark["x"] == float(cache.uses or 0) < last * 0.7
    assert len(rows(drawn, "line", "cost by uses within the 1d")) <= 2 * 62
    assert "storage $0.0225 for 15m, $0.09 for 1h, $2.16 for 1d" in drawn.notes[0]
    assert drawn.spec["vconcat"][0]["columns"] == 2


def test_a_stored_cache_alone_needs_no_other_panel(registry: Registry, layers: Any) -> None:
    only = registry.overlay(
        Registry.from_yaml(
            "provider: acme\nmodels:\n  kept: {input: 1, cache_read: 0.1, output: 2, "
            "cache_storage: 1, cache: {explicit: {min_tokens: 100, creation_billed: false}}}\n"
        )
    )
    drawn = chart(found(only, "kept", lives=("1h",)))
    assert {layer["panel"] for layer in layers(drawn)} == {
        "cost by uses within the 1h of a stored cache"
    }
    assert drawn.spec["vconcat"][0]["columns"] == 1


def test_a_cache_that_saves_nothing_never_pays(registry: Registry, rows: Any) -> None:
    drawn = chart(found(registry, "flat"))
    assert [row["text"] for row in rows(drawn, "text")] == [
        "no cache", "automatic cache: never pays",
    ]  # fmt: skip
    assert not [row for row in rows(drawn, "point") if "said" in row]


@pytest.mark.parametrize(("model", "tokens"), [("plain", 20_000), ("small", 99), ("free", 500)])
def test_without_a_cache_for_the_prefix_one_line_is_left(
    registry: Registry, rows: Any, model: str, tokens: int
) -> None:
    drawn = chart(found(registry, model, prefix_tokens=tokens))
    assert {row["series"] for row in rows(drawn, "line")} == {"no cache"}
    assert "has no cache for such a prefix" in drawn.notes[0]
    assert drawn.title == (
        f"When caching a prefix of {tokens:,} tokens pays with {model}, at the prices of 2026-11-20"
    )


def test_the_point_stands_in_the_text_too(registry: Registry) -> None:
    text = chart(found(registry, "small")).text(80, ascii_only=True)
    assert text.count("X") == 2
    assert "b explicit cache, 5m: pays from use 2" in text
    assert text.isascii()
