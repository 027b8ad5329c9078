from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from costcalc import Branch, Session, SessionEstimate, Step, UsageError, __version__
from costcalc.meters import METERS
from costcalc.report.calls import PARTS, grouped, part_of
from costcalc.report.chart import chart

D = Decimal

PART = [
    ("input", "plain input"), ("input_audio", "plain input"), ("cache_read", "cache read"),
    ("cache_read_image", "cache read"), ("cache_write", "cache write"),
    ("cache_write_12h", "cache write"), ("output", "output"), ("reasoning", "output"),
    ("cache_storage", "storage and fees"), ("web_search", "storage and fees"),
]  # fmt: skip


@pytest.mark.parametrize(("meter", "part"), PART, ids=[meter for meter, _ in PART])
def test_every_meter_belongs_to_a_part_of_the_bill(meter: str, part: str) -> None:
    assert part_of(meter) == part
    assert all(part_of(each) in PARTS for each in METERS)


def every(chart_of: Any, layers: Any, panel: str, mark: str) -> list[dict[str, Any]]:
    return [
        row
        for layer in layers(chart_of)
        if layer["panel"].startswith(panel) and layer["mark"]["type"] == mark
        for row in layer["data"]["values"]
    ]


def test_the_areas_are_the_ledger_and_end_at_the_total(session: Any, layers: Any) -> None:
    found: SessionEstimate = session("small")
    areas = every(chart(found), layers, "cost so far", "area")
    tops = {row["x"]: row["y"] for row in areas if row["series"] == "output"}
    running = {step.index - 0.5: float(step.running) for step in found.steps}
    assert tops == {**running, len(found.steps) + 0.5: float(found.total)}
    assert {row["series"] for row in areas} == {"cache write", "cache read", "output"}


def test_the_bars_are_the_cost_of_each_call(session: Any, layers: Any) -> None:
    found: SessionEstimate = session("small")
    bars = every(chart(found), layers, "cost of each call", "bar")
    tops = {row["calls"]: row["y"] for row in bars}
    assert tops == {str(step.index): float(step.cost.total) for step in found.steps}
    assert bars[0]["all"] == f"${found.steps[0].cost.total:f}"


def test_the_title_and_notes_say_what_it_rests_on(session: Any) -> None:
    found = chart(session("small"))
    assert found.title == "4 calls of small cost $0.0135, at the prices of 2026-11-20"
    helper = Branch(after=1, session=Session(model="plain", steps=2, system_tokens=1_000))
    team = chart(session("small", branches=[helper]))
    assert team.title == "6 calls of small and plain cost $0.0155, at the prices of 2026-11-20"
    assert found.notes[0] == (
        "explicit cache, 5m, hit ratio 65.6%; $0.0232 without a cache; longest prompt 3.3k "
        "tokens, window 30k"
    )
    assert found.source.startswith(f"prices of 2026-11-20, costcalc {__version__}, registry ")
    assert "cache" not in chart(session("plain", cache="none")).notes[0].removeprefix("no cache")


def test_misses_compactions_and_prompts_above_the_window_are_marked(
    session: Any, rows: Any
) -> None:
    found = session(
        "small", steps=8, misses=[3], system_tokens=20_000, input_tokens_per_step=3_000,
        compact_at=36_000, summary_tokens=900,
    )  # fmt: skip
    drawn = chart(found)
    marks = {(row["event"], row["calls"]) for row in rows(drawn, "point", "what happened")}
    assert ("miss: routing", "3") in marks
    assert {name for name, _ in marks} == {
        "miss: routing", "miss: compacted", "compaction", "above the window",
    }  # fmt: skip
    over = {calls for name, calls in marks if name == "above the window"}
    assert over == {str(row) for row in found.exceeded}
    assert f"{len(over)} calls above" in drawn.notes[0]
    assert "miss: routing" in drawn.text()


def test_five_thousand_calls_are_drawn_together_and_still_sum(session: Any, layers: Any) -> None:
    found = session("small", steps=5_000, input_tokens_per_step=5, output_tokens_per_step=2)
    calls = grouped(found.steps, 250)
    assert (len(calls), calls[0].name, calls[-1].last) == (250, "1–20", 5_000)
    assert calls[-1].so_far == found.total
    assert sum((each.total for each in calls), D(0)) == found.total
    drawn = chart(found)
    assert len(every(drawn, layers, "cost of each 20 calls", "bar")) <= 250 * len(PARTS)
    events = next(each.events for each in calls if each.last == 5_000)
    assert events["above the window"] == 20
    assert "above the window ×" in drawn.text()


def test_a_single_call_and_a_free_one_are_charts_too(session: Any, layers: Any) -> None:
    for model, total in (("small", "$0.00"), ("free", "$0.00")):
        drawn = chart(session(model, steps=1))
        assert drawn.title.startswith(f"1 call of {model} cost {total}")
        assert layers(drawn)[0]["encoding"]["x"]["scale"]["domain"] == [0.5, 1.5]
    assert every(chart(session("free")), layers, "cost so far", "text")[0]["text"] == (
        "plain input  $0.00"
    )


def test_fees_are_a_part_of_their_own(session: Any, layers: Any) -> None:
    drawn = chart(session("searching", steps=[Step(input_tokens=9, units={"web_search": 3})]))
    ends = every(drawn, layers, "cost so far", "text")
    assert [row["series"] for row in ends] == ["plain input", "storage and fees"]
    assert ends[1]["text"] == "storage and fees  $0.015 · 93.7%"


AMOUNTS = [("tiny", "cost $0.00000000"), ("huge", "cost $9,000.00")]


@pytest.mark.parametrize(("model", "said"), AMOUNTS, ids=[model for model, _ in AMOUNTS])
def test_the_smallest_and_the_largest_amounts(session: Any, model: str, said: str) -> None:
    drawn = chart(session(model))
    assert said in drawn.title
    assert drawn.svg().startswith("<svg")


def test_another_currency_stands_beside_every_amount(session: Any, layers: Any) -> None:
    drawn = chart(session("hua"))
    assert "CNY, at the prices" in drawn.title
    assert "CNY" in layers(drawn)[0]["encoding"]["y"]["axis"]["labelExpr"]


def test_a_session_without_calls_is_refused(session: Any) -> None:
    empty = replace(session("small"), steps=())
    for what in (empty, [empty, session("plain")]):
        with pytest.raises(UsageError, match="no calls to draw; give it a step"):
            chart(what)


def test_a_session_as_text(session: Any) -> None:
    found = session("small", misses=[3])
    version = found.cost.registry_version
    assert chart(found).text(76) == "\n".join(
        [
            "4 calls of small cost $0.0183, at the prices of 2026-11-20",
            "explicit cache, 5m, hit ratio 43.8%; $0.0232 without a cache; longest prompt",
            "3.3k tokens, window 30k",
            "",
            "cost so far, by what is billed",
            "call 1  $0.00475  █████████▒▒",
            "call 2  $0.00755  ████████████▓▒▒▒▒▒",
            "call 3  $0.01530  ████████████████████████████▓▒▒▒▒▒▒▒         miss: routing",
            "call 4  $0.01834  ████████████████████████████████▓▓▒▒▒▒▒▒▒▒▒",
            "",
            "█ cache write  $0.0135 · 73.6%",
            "▓ cache read  $0.00084 · 4.6%",
            "▒ output  $0.004 · 21.8%",
            "",
            f"prices of 2026-11-20, costcalc {__version__}, registry {version}",
        ]
    )


def test_several_sessions_are_a_line_each(session: Any, rows: Any) -> None:
    found = [session("small"), session("plain"), session("small", cache="1h")]
    drawn = chart(found)
    assert drawn.title == "3 sessions of 4 calls: cost so far by call, at the prices of 2026-11-20"
    names = ["small, explicit cache, 5m", "plain", "small, explicit cache, 1h"]
    assert [row["series"] for row in rows(drawn, "text")] == names
    for name, each in zip(names, found, strict=True):
        line = [row["y"] for row in rows(drawn, "line") if row["series"] == name]
        assert line == [0, *(float(step.running) for step in each.steps)]


def test_the_same_session_twice_has_two_names(session: Any, rows: Any) -> None:
    found = [session("plain"), session("plain"), session("small")]
    names = [row["series"] for row in rows(chart(found), "text")]
    assert names == ["acme/plain, no cache", "acme/plain, no cache #2", "small"]


def test_events_have_signs_on_the_lines(session: Any, rows: Any) -> None:
    found = [
        session("small", steps=8, misses=[2], compact_at=3_000, summary_tokens=900),
        session("flat", steps=3),
        session("small", steps=3, system_tokens=29_000, cache="1h"),
    ]
    drawn = chart(found)
    shapes = {row["shape"] for row in rows(drawn, "point") if row["shape"]}
    assert shapes == {"triangle-down", "diamond", "M-1,-1L1,1M-1,1L1,-1"}
    assert drawn.notes[1].startswith("above the context window (×): small, explicit cache, 1h (2 ")
    assert drawn.title.startswith("3 sessions of up to ")
    assert "triangles" in drawn.notes[2]


def test_sessions_that_differ_thirtyfold_share_a_logarithmic_axis(
    session: Any, layers: Any
) -> None:
    found = [session("plain"), session("dear", cache="none")]
    assert layers(chart(found))[0]["encoding"]["y"]["scale"]["type"] == "log"
    assert "logarithmic" in chart(found).text()
    assert "logarithmic" not in chart(found, log=False).text()
    with pytest.raises(UsageError, match="leave out log=True"):
        chart([session("free"), session("plain")], log=True)


def test_sessions_without_input_have_no_hit_ratio(session: Any) -> None:
    steps = [Step(output_tokens=10)]
    found = chart(
        [
            session("plain", steps=steps, system_tokens=0),
            session("free", steps=steps, system_tokens=0),
        ]
    )
    assert "hit ratios" not in found.text()
    assert (
        "hit ratio"
        not in chart(session("small", steps=steps, system_tokens=0, cache="5m")).notes[0]
    )


def test_sessions_in_two_currencies_do_not_share_an_axis(session: Any) -> None:
    with pytest.raises(UsageError, match="USD and CNY do not share an axis"):
        chart([session("small"), session("hua")])


def test_prices_of_two_registries_have_no_version_in_common(session: Any, registry: Any) -> None:
    from costcalc import Session

    other = Session(model="small", steps=2, input_tokens_per_step=10, output_tokens_per_step=1)
    half = other.estimate(at="2026-11-20", registry=registry.overlay(times="0.5"))
    assert "registry" not in chart([session("small"), half]).source
