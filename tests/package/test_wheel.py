"""The package as a user gets it: built, installed from its wheel, tried outside the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from importlib.metadata import distribution, distributions
from pathlib import Path

import pytest

from costcalc.registry.bundled import compile_folder

ROOT = Path(__file__).parents[2]

FIRST_EXAMPLE = """
import sys, costcalc
usage = costcalc.Usage(input_tokens=1_000_000, cache_read_tokens=600_000, output_tokens=100_000)
cost = costcalc.price("grok-code-fast-1", usage, at="2025-09-07")
print(costcalc.__file__, cost.total, len(cost.lines), *sorted(HEAVY & set(sys.modules)))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist, and the wheel from the sdist."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    (found,) = out.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel alone, into a folder of its own."""
    folder = tmp_path_factory.mktemp("site")
    pip("install", "--no-index", "--target", str(folder), str(wheel))
    return folder


def pip(*arguments: str) -> None:
    """Run pip; what it installs comes without what that depends on."""
    command = [sys.executable, "-m", "pip", *arguments, "--quiet", "--no-deps"]
    subprocess.run(command, check=True, capture_output=True)


def run_outside(site: Path, code: str) -> str:
    """Run code in a fresh interpreter that knows the installed wheel and not the checkout."""
    environment = {**os.environ, "PYTHONPATH": str(site)}
    environment.pop("COSTCALC_PRICING", None)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=site.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_installed_wheel_prices_the_first_example_with_light_imports(site: Path) -> None:
    heavy = {"pydantic", "yaml", "tiktoken", "socket", "ssl", "importlib.metadata", "pathlib"}
    printed = run_outside(site, f"HEAVY = {heavy!r}\n{FIRST_EXAMPLE}")
    assert printed == f"{site / 'costcalc' / '__init__.py'} 0.242 3"


def test_the_wheel_carries_the_prices_that_the_yaml_states(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        compiled = archive.read("costcalc/registry/prices.tsv").decode()
        names = archive.namelist()
    assert compiled == compile_folder(ROOT / "pricing")
    assert "costcalc/py.typed" in names
    assert not [name for name in names if name.startswith(("tests/", "pricing/"))]


def test_the_installed_wheel_answers_look_ups_and_overlays_without_any_yaml(site: Path) -> None:
    code = """
import costcalc
registry = costcalc.Registry.load()
assert len(registry.models()) > 500
over = registry.overlay(times="1.2")
usage = costcalc.Usage(input_tokens=1_000_000)
print(costcalc.price("gpt-5", usage, registry=over, at="2025-09-07").total, registry.version)
"""
    total, version = run_outside(site, code).split()
    assert total == "1.5"
    assert version


def test_a_schema_of_the_wheel_reads_a_price_file_of_ones_own(site: Path) -> None:
    code = r"""
import costcalc
registry = costcalc.Registry.from_yaml(
    "provider: acme\nmodels:\n  m: {input: 1, rules: [{times: 2, "
    "if: {not_holiday: cn, hours: '01:00-02:00'}}]}\n"
)
usage = costcalc.Usage(input_tokens=1_000_000)
print(
    costcalc.price("m", usage, at="2026-11-23T01:30:00Z", registry=registry).total,
    costcalc.price("m", usage, at="2026-10-01T01:30:00Z", registry=registry).total,
)
"""
    assert run_outside(site, code) == "2 1"


def test_the_wheel_carries_the_vocabularies_with_their_notice(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    data = {name for name in names if name.startswith("costcalc/tokens/data/")}
    assert data == {
        f"costcalc/tokens/data/{name}" for name in ("NOTICE", "cl100k.gz", "o200k.gz", "p50k.gz")
    }
    licences = {name.split("/licenses/")[1] for name in names if ".dist-info/licenses/" in name}
    assert licences == {"LICENSE", "costcalc/tokens/data/NOTICE"}


def test_the_installed_wheel_counts_and_estimates(site: Path) -> None:
    code = """
import costcalc
counts = [costcalc.count_tokens("Hello world", model) for model in ("gpt-5", "claude-opus-5")]
image = costcalc.count_tokens(costcalc.Image(1024, 1024), "gpt-4o")
estimate = costcalc.estimate_prompt("gpt-5", "Hello world", output_tokens=100, at="2025-09-07")
print(counts[0].tokens, counts[1].method, image.tokens, estimate.total)
"""
    assert run_outside(site, code) == "2 calibrated 765 0.0010025"


PLUGIN = ("costcalc", "costcalc.pytest_plugin")


def plugins(*path: str) -> dict[str, list[tuple[str, str]]]:
    """Return which distributions in folders have pytest plugins, and their names and modules."""
    found = {
        each.name: [(e.name, e.value) for e in each.entry_points.select(group="pytest11")]
        for each in distributions(path=list(path))
    }
    return {name: entries for name, entries in found.items() if entries}


def test_the_plugin_comes_with_a_distribution_of_its_own(site: Path, tmp_path: Path) -> None:
    """pytest reads the list of files of whatever has a plugin, and ours are hundreds."""
    assert plugins(str(site)) == {}
    source = str(ROOT / "pytest-costcalc")
    pip("install", "--no-build-isolation", "--no-index", "--target", str(tmp_path), source)
    assert plugins(str(tmp_path)) == {"pytest-costcalc": [PLUGIN]}
    ((_, files),) = [(each.name, each.files or []) for each in distributions(path=[str(tmp_path)])]
    assert not [str(each) for each in files if each.suffix == ".py"]


def test_a_checkout_that_is_installed_to_be_edited_has_the_plugin() -> None:
    assert plugins(str(Path(distribution("costcalc").locate_file("."))))["costcalc"] == [PLUGIN]
