"""Everything that the documentation shows is true: its code, its commands, its files, its links."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest
from pages import ROOT, all_pages, blocks_of, run_page

from costcalc import METERS, Plan, Registry
from costcalc.registry import current

PAGES = all_pages()
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(autouse=True)
def own_settings(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no page see the prices of another, nor those of this machine."""
    for marker in ("max_cost", "price_freshness", "pricing"):  # of the plugin; a page shows them
        request.config.addinivalue_line("markers", f"{marker}: see costcalc.pytest_plugin")
    monkeypatch.setattr(current, "_held", [])
    monkeypatch.setattr(current, "_configured", None)
    monkeypatch.delenv("COSTCALC_PRICING", raising=False)


@pytest.mark.untraced  # pages show what other tests show, with large forecasts
@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_page_prints_what_it_shows(page: Path) -> None:
    shown = page.read_text(encoding="utf-8")
    assert run_page(page).splitlines() == shown.splitlines(), (
        "a block prints something else now; if that is right, write the outputs anew with "
        "'python tests/docs/pages.py' and read the diff"
    )


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_price_files_on_a_page_are_valid(page: Path) -> None:
    for block in blocks_of(page.read_text(encoding="utf-8")):
        whole = {"provider:", "models:"} <= {line.partition(" ")[0] for line in block.lines}
        if block.language == "yaml" and whole and not block.title.startswith("broken"):
            assert Registry.from_yaml(block.text).models(), f"{named(page)}:{block.line}"


LINK = re.compile(r"(?<!!)\[[^\]\[]+\]\((?P<target>[^)\s]+)\)")


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        if "://" in target:
            continue
        found = page.parent / path if path else page
        assert found.exists(), f"{named(page)} links to {target}"
        if anchor and found.suffix == ".md":
            assert anchor in anchors_of(found), f"{named(page)} links to {target}"


def anchors_of(page: Path) -> set[str]:
    text = page.read_text(encoding="utf-8")
    for included in re.findall(r'^--8<-- "(.+)"$', text, re.MULTILINE):
        text += (ROOT / included).read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    stated = set(re.findall(r"\{ ?#([\w-]+) ?\}", text))
    plain = (re.sub(r"[^\w\s-]", "", heading.lower()).strip() for heading in headings)
    return stated | {re.sub(r"[\s-]+", "-", heading) for heading in plain}


def test_the_table_of_meters_is_the_table_of_meters() -> None:
    text = (ROOT / "pricing" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", text, re.MULTILINE)
    assert rows == [
        (
            each.name,
            each.about,
            each.unit,
            "yes" if each.scaled else "by name",
            f"`{each.parent}`" if each.parent else "–",
        )
        for each in METERS.values()
    ]


def keys_in(schema: object) -> set[str]:
    """Return every key that a schema lets a file have, at whatever depth."""
    if isinstance(schema, list):
        return set[str]().union(*map(keys_in, cast("list[object]", schema)))
    if not isinstance(schema, dict):
        return set()
    parts = cast("dict[str, object]", schema)
    own = parts.get("properties")
    named = set(cast("dict[str, object]", own)) if isinstance(own, dict) else set[str]()
    return named.union(*map(keys_in, parts.values()))


def test_the_reference_of_plans_has_every_key() -> None:
    hook = runpy.run_path(str(ROOT / "docs" / "_hooks" / "grammar.py"))
    page = (ROOT / "docs" / "reference" / "plans.md").read_text(encoding="utf-8")
    shown = hook["on_page_markdown"](page)
    assert "<!--" not in shown
    numbers = {"low", "likely", "high", "p50", "p90", "value", "basis", "source"}
    missing = keys_in(json.loads(Plan.schema_text())) - set(re.findall(r"`(\w+)`", shown))
    assert missing <= numbers


def modules_of_the_design_page() -> list[Path]:
    """Return the paths of its table of folders; a name without a folder stands in that before it."""
    text = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    found: list[Path] = []
    for row in re.findall(r"^\| (`\S+?`.*?) \|", text.partition("## Decisions")[0], re.MULTILINE):
        folder = ROOT
        for name in re.findall(r"`([^`]+)`", row):
            if name.startswith("costcalc/"):
                folder = (ROOT / name).parent
            found.append(folder / Path(name).name)
    return found


def test_the_design_page_names_only_what_there_is() -> None:
    missing = [path for path in modules_of_the_design_page() if not any(ROOT.glob(named(path)))]
    assert not missing


def test_the_design_page_names_every_module() -> None:
    listed = {each for path in modules_of_the_design_page() for each in ROOT.glob(named(path))}
    modules = {path for path in ROOT.glob("costcalc/**/*.py") if not path.name.startswith("__")}
    untold = {path for path in modules if listed.isdisjoint((path, *path.parents))}
    assert not untold


def test_every_page_is_in_the_navigation() -> None:
    listed = set(re.findall(r"[\w/-]+\.md", (ROOT / "mkdocs.yml").read_text(encoding="utf-8")))
    pages = {page.relative_to(ROOT / "docs").as_posix() for page in (ROOT / "docs").rglob("*.md")}
    assert listed >= pages


@pytest.mark.parametrize("script", EXAMPLES, ids=named)
def test_an_example_prints_what_stands_beside_it(script: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", str(script)],
        env={"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout == script.with_suffix(".txt").read_text(encoding="utf-8")
