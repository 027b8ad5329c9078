from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from decimal import ROUND_UP, Context, Inexact, localcontext
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from costcalc import (
    MissingExtraError,
    Registry,
    Usage,
    UsageError,
    break_even,
    hit_ratio_curve,
)
from costcalc.report.chart import Chart, chart

AT = "2026-11-20"
USAGE = Usage(input_tokens=1_000_000, output_tokens=100_000, requests=20)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
KINDS = ["curve", "session", "sessions", "break-even", "stored", "history", "histories"]


@pytest.fixture(scope="module")
def charts(registry: Registry, session: Any) -> dict[str, Chart]:
    models = ["small", "plain", "dear"]
    return {
        "curve": chart(hit_ratio_curve(models, USAGE, at=AT, registry=registry)),
        "session": chart(session("small", misses=[3])),
        "sessions": chart([session(model) for model in models]),
        "break-even": chart(break_even("small", at=AT, registry=registry)),
        "stored": chart(break_even("storing", at=AT, registry=registry)),
        "history": chart(registry.model("small"), at=AT),
        "histories": chart([registry.model("old"), registry.model("leaving")], at=AT),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_of_every_kind(charts: dict[str, Chart], kind: str) -> None:
    small, large = charts[kind].png(scale=1), charts[kind].png()
    assert small.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = (int.from_bytes(small[at : at + 4]) for at in (16, 20))
    assert 600 < width < 1_400
    assert 300 < height < 1_100
    assert abs(int.from_bytes(large[16:20]) - 2 * width) <= 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_drawing_of_every_kind_says_what_the_chart_says(
    charts: dict[str, Chart], kind: str, rows: Any
) -> None:
    found = charts[kind]
    drawn = found.svg()
    words = " ".join(re.sub(r"<[^>]+>", " ", drawn).split())
    for part in (found.title, found.source.replace("&", "&amp;"), found.notes[0][:60]):
        assert " ".join(part.split()) in words
    for row in rows(found, "text"):
        assert " ".join(row.get("text", "").split()) in words


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_result_is_the_same_chart_byte_for_byte(
    charts: dict[str, Chart], kind: str, registry: Registry
) -> None:
    found = charts[kind]
    assert found.svg() == found.svg()
    assert found.html() == found.html()
    again = chart(hit_ratio_curve(["small", "plain", "dear"], USAGE, at=AT, registry=registry))
    assert again == charts["curve"]


@pytest.mark.parametrize("kind", ["curve", "session", "sessions", "break-even", "history"])
def test_nothing_depends_on_the_decimals_of_the_caller(
    charts: dict[str, Chart], kind: str, registry: Registry, session: Any
) -> None:
    text = charts[kind].text()
    with localcontext(Context(prec=1, rounding=ROUND_UP, traps=[Inexact])):
        assert charts[kind].text() == text
        made: dict[str, Any] = {
            "curve": lambda: hit_ratio_curve(["small", "plain", "dear"], USAGE, at=AT, registry=registry),
            "session": lambda: session("small", misses=[3]),
            "sessions": lambda: [session(model) for model in ("small", "plain", "dear")],
            "break-even": lambda: break_even("small", at=AT, registry=registry),
            "history": lambda: registry.model("small"),
        }  # fmt: skip
        again = chart(made[kind](), at=AT if kind == "history" else None)
    assert again == charts[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_loads_nothing_from_anywhere(charts: dict[str, Chart], kind: str) -> None:
    page = charts[kind].html()
    head = page[: page.index('<script type="module">')]
    assert not re.search(r"<link|@import|url\(|(src|href)\s*=", head, re.IGNORECASE)
    assert not re.search(r"<script[^>]*\ssrc=", page)
    assert not re.search(r"""import\s*\(?\s*['"]https?:""", page)
    assert f"<title>{charts[kind].title}</title>" in page
    assert "prefers-color-scheme: dark" in page
    spec = re.search(r'id="spec">(.*?)</script>', page, re.DOTALL)
    assert spec is not None
    assert json.loads(spec[1]) == charts[kind].spec


@pytest.mark.skipif(CHROMIUM is None, reason="needs a browser")
@pytest.mark.parametrize("width", [360, 1000], ids=["narrow", "wide"])
def test_names_without_room_beside_lines_stand_in_a_legend(
    charts: dict[str, Chart], tmp_path: Path, width: int
) -> None:
    found = charts["session"]
    path = tmp_path / "page.html"
    head = f"<head><style>body {{ width: {width}px }}</style>"
    path.write_text(found.html().replace("<head>", head, 1), encoding="utf-8")
    assert CHROMIUM is not None
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1200,900",
        f"--user-data-dir={tmp_path / 'profile'}",
        "--host-resolver-rules=MAP * ~NOTFOUND",  # no network
        "--virtual-time-budget=4000", "--dump-dom", path.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    drawn = done.stdout.partition("<footer>")[0]
    (panel, *_) = found.spec["vconcat"][0]["concat"]
    names = [row["text"] for row in panel["layer"][-1]["data"]["values"]]
    assert names
    legend = re.search(r'<ul class="names"[^>]*>(.*?)</ul>', drawn, re.DOTALL)
    assert (legend is not None) is (width == 360)
    svg = re.search(r'<svg[^>]*class="marks"[^>]*width="(\d+)', drawn)
    assert svg is not None
    assert int(svg[1]) <= width
    for name in names:
        assert drawn.count(name) >= 1
    if legend is not None:
        assert re.findall(r"</svg>([^<]*)</li>", legend[1]) == names
        assert len(set(re.findall(r'stroke="(#\w+)"', legend[1]))) == len(names)


def test_a_page_holds_text_of_any_kind(charts: dict[str, Chart]) -> None:
    from dataclasses import replace

    bad = '</script><script>alert("x")</script>'
    found = replace(
        charts["curve"], title=bad, notes=(bad,), source=bad, spec_json=json.dumps({"title": bad})
    )
    page = found.html()
    assert "<script>alert" not in page
    assert page.count("</script>") == 3


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("width", [40, 80, 120])
def test_text_is_as_wide_as_it_may_be(
    charts: dict[str, Chart],
    kind: str,
    width: int,
    ascii_only: bool,  # noqa: FBT001
) -> None:
    text = charts[kind].text(width, ascii_only=ascii_only)
    assert text.isascii() is ascii_only or not ascii_only
    assert text.replace("\n", " ").startswith(charts[kind].title[:30])
    plain = [line for line in text.split("\n") if not re.match(r"[a-z•*█▓▒░#=.-] ", line)]
    assert max(map(len, plain)) <= max(width, 56)


def test_a_chart_is_its_text(charts: dict[str, Chart]) -> None:
    assert str(charts["curve"]) == charts["curve"].text(80)


def test_a_specification_can_be_changed_and_the_chart_stays(charts: dict[str, Chart]) -> None:
    charts["curve"].spec["title"] = "mine"
    assert charts["curve"].spec["title"] != "mine"
    assert charts["curve"].spec["$schema"].endswith("/vega-lite/v5.json")


def test_a_chart_is_a_value(charts: dict[str, Chart]) -> None:
    for found in charts.values():
        assert Chart.model_validate_json(found.model_dump_json()) == found
        assert hash(found)


SUFFIXES = [
    ("a.png", b"\x89PNG"),
    ("a.SVG", b"<svg"),
    ("a.html", b"<!DOCTYPE html>"),
    ("a.json", b"{\n"),
]


@pytest.mark.parametrize(("name", "start"), SUFFIXES, ids=[name for name, _ in SUFFIXES])
def test_a_chart_is_saved_by_its_suffix(
    charts: dict[str, Chart], tmp_path: Path, name: str, start: bytes
) -> None:
    saved = charts["session"].save(str(tmp_path / name))
    assert saved == tmp_path / name
    assert saved.read_bytes().startswith(start)
    assert os.listdir(tmp_path) == [name]


def test_saved_json_is_the_specification(charts: dict[str, Chart], tmp_path: Path) -> None:
    saved = charts["curve"].save(tmp_path / "chart.json")
    assert json.loads(saved.read_text("utf-8")) == charts["curve"].spec


def test_a_file_that_is_replaced_keeps_its_rights(charts: dict[str, Chart], tmp_path: Path) -> None:
    new = charts["curve"].save(tmp_path / "new.json")
    (tmp_path / "plain").write_text("")
    assert new.stat().st_mode == (tmp_path / "plain").stat().st_mode
    new.chmod(0o600)
    charts["curve"].save(new)
    assert new.stat().st_mode & 0o777 == 0o600


NAMES = [("a.pdf", "ends in '.pdf'"), ("chart", "ends in 'none of them'")]


@pytest.mark.parametrize(("name", "said"), NAMES, ids=[name for name, _ in NAMES])
def test_an_unknown_suffix_names_the_four(
    charts: dict[str, Chart], tmp_path: Path, name: str, said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        charts["curve"].save(tmp_path / name)
    assert ".png, .svg, .html or .json" in str(caught.value)
    assert said in str(caught.value)


def test_a_folder_that_is_missing_is_named(charts: dict[str, Chart], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no folder '.*missing'; make it first"):
        charts["curve"].save(tmp_path / "missing" / "a.json")


@pytest.mark.parametrize("failing", ["replace", "chmod"])
def test_a_failure_leaves_the_old_file_and_nothing_beside(
    charts: dict[str, Chart], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    old = tmp_path / "a.json"
    old.write_text("old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, failing, fail)
    with pytest.raises(UsageError, match="No space left on device; name another place"):
        charts["curve"].save(old)
    monkeypatch.undo()
    assert old.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_folder_that_takes_no_files_is_said(
    charts: dict[str, Chart], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tempfile

    def fail(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", fail)
    with pytest.raises(UsageError, match="Permission denied; name another place"):
        charts["curve"].save(tmp_path / "a.json")


@pytest.mark.parametrize("call", ["png", "svg", "html"])
def test_without_the_extra_pictures_say_what_to_install_and_text_works(
    charts: dict[str, Chart], monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    from costcalc.report import rendering

    rendering._script.cache_clear()
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(MissingExtraError) as caught:
        getattr(charts["curve"], call)()
    assert f"a chart as {call.upper()} needs the package 'vl-convert-python'" in str(caught.value)
    assert "pip install 'costcalc[plot]'" in str(caught.value)
    assert charts["curve"].text()
    assert charts["curve"].spec


@pytest.mark.parametrize("installed", [True, False])
def test_a_notebook_shows_the_drawing_or_else_the_text(
    charts: dict[str, Chart],
    monkeypatch: pytest.MonkeyPatch,
    installed: bool,  # noqa: FBT001
) -> None:
    from costcalc.report import rendering

    if not installed:
        monkeypatch.setattr(rendering, "_PACKAGE", "no_such_renderer")
    shown = charts["curve"]._repr_mimebundle_(include=None)
    assert shown["text/plain"] == charts["curve"].text()
    assert ("image/svg+xml" in shown) is installed


@pytest.mark.parametrize("scale", [0, -1, 11, True, "2", float("nan")])
def test_a_scale_that_is_none_is_refused(charts: dict[str, Chart], scale: Any) -> None:
    with pytest.raises(UsageError, match="scale is a number above 0 and at most 10, not"):
        charts["curve"].png(scale)


WRONG = [
    ("a text", "text", "not str"),
    ("nothing", None, "not NoneType"),
    ("an empty list", [], "not list of nothing"),
    ("a list of others", [1, "a"], "not list of int and str"),
]


@pytest.mark.parametrize(
    ("what", "said"), [each[1:] for each in WRONG], ids=[each[0] for each in WRONG]
)
def test_what_cannot_be_drawn_is_said_with_what_can(what: Any, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        chart(what)
    assert said in str(caught.value)
    assert "make one with hit_ratio_curve, break_even, Session.estimate" in str(caught.value)


def test_results_of_two_kinds_share_no_chart(registry: Registry, session: Any) -> None:
    with pytest.raises(UsageError, match="not list of ModelInfo and SessionEstimate"):
        chart([session("small"), registry.model("small")])


def test_an_argument_that_would_change_nothing_is_refused(registry: Registry, session: Any) -> None:
    curve = hit_ratio_curve("small", USAGE, at=AT, registry=registry)
    cases: list[tuple[Any, dict[str, Any], str]] = [
        (curve, {"at": AT}, "at='2026-11-20' says nothing about the chart of a HitRatioCurve"),
        (session("small"), {"log": True}, "log=True says nothing about the chart of one Session"),
        ([session("small"), session("plain")], {"total": True}, "total=True says nothing"),
        (break_even("small", at=AT, registry=registry), {"log": False}, "chart of a BreakEven"),
        (registry.model("small"), {"total": True}, "chart of a ModelInfo"),
    ]
    for what, stated, said in cases:
        with pytest.raises(UsageError, match=said):
            chart(what, **stated)


def test_one_session_in_a_list_is_one_session(session: Any) -> None:
    assert chart([session("small")]) == chart(session("small"))


def test_more_notes_than_have_room_are_counted() -> None:
    from costcalc.report.naming import few

    assert few(["a", "b", "a", "c", "d"]) == ("a", "b", "c", "d")
    assert few(["a", "b", "c", "d", "e"]) == ("a", "b", "c", "and 2 more assumptions of the result")


def test_the_look_in_grey_has_steps_of_lightness() -> None:
    from costcalc.report.theme import config

    def grey(color: str) -> float:
        red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
        return 0.299 * red + 0.587 * green + 0.114 * blue

    parts = [grey(color) for color in config()["range"]["ordinal"]]
    lines = [grey(color) for color in config()["range"]["category"]]
    assert parts == sorted(parts)
    assert min(after - before for before, after in pairwise(parts)) > 25
    assert lines == sorted(lines)
    assert lines[-1] < 160  # on white
    assert min(grey(color) for color in config(dark=True)["range"]["category"]) > 120


def test_no_two_of_twelve_series_look_alike() -> None:
    from costcalc.report import spec

    series = [f"m{number}" for number in range(30)]
    patterns = spec.dash(series)["scale"]["range"]
    looks = {(number % 6, tuple(pattern)) for number, pattern in enumerate(patterns)}
    assert len(looks) == 30
    assert spec.dash(series[:3])["scale"]["range"][0] == [1, 0]


def test_text_and_specification_load_neither_the_renderer_nor_pydantic() -> None:
    code = "import sys, costcalc.report.chart; print({'vl_convert', 'pydantic'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_a_picture_has_no_points_that_only_answer_a_pointer(charts: dict[str, Chart]) -> None:
    assert 'opacity="0"' not in charts["curve"].svg()
    assert '"opacity":0,' in charts["curve"].spec_json
