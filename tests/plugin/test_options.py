"""The plugin beside other plugins, and what it costs a suite that does not use it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from plugin_support import PLUGIN

import costcalc
import costcalc.testing

if TYPE_CHECKING:
    from plugin_support import Project

_OUTER = {"CI", "BUILD_NUMBER", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT"}
"""What a run within this one must not take for its own."""


ROOT = Path(costcalc.__file__).parent.parent
PRICED = """\
[tool.costcalc]
as_of = "2026-02-15"
pricing = "prices.yaml"
"""
LAB = """\
provider: lab
checked: 2099-01-01
models:
  small: {input: 1, output: 2}
  big: {input: 3, output: 4}
"""


def run(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a folder as a process of its own."""
    inherited = {k: v for k, v in os.environ.items() if k not in _OUTER}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        capture_output=True, check=False, cwd=path, encoding="utf-8", timeout=120,
        env={**inherited, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )  # fmt: skip


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(PRICED)
    (tmp_path / "prices.yaml").write_text(LAB)
    (tmp_path / "tests").mkdir()
    for name in ("small", "big"):
        (tmp_path / "tests" / f"test_{name}.py").write_text(
            "import costcalc\n"
            f"def test_{name}(pricing):\n"
            f"    assert costcalc.price('lab/{name}', costcalc.Usage(input_tokens=1)).total\n"
        )
    return tmp_path


def test_a_suite_that_does_not_use_it_imports_next_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "import sys\n"
        "def pytest_unconfigure():\n"
        "    print('LOADED', sorted(m for m in sys.modules if m.startswith('costcalc')))\n"
    )
    (tmp_path / "test_it.py").write_text("def test_it(): pass\n")
    done = run(tmp_path, *PLUGIN, "-s")
    assert done.returncode == 0, done.stderr
    loaded = done.stdout.split("LOADED", 1)[1]
    for heavy in ("registry", "billing", "testing.suite", "testing.spending'", "pricing"):
        assert f"costcalc.{heavy}" not in loaded


def test_it_can_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_it(pricing): pass\n")
    done = run(tmp_path, "-p", "no:costcalc")
    assert "fixture 'pricing' not found" in done.stdout


def test_it_may_be_named_where_it_is_installed_too(tmp_path: Path) -> None:
    about = tmp_path / "pytest_costcalc-0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: pytest-costcalc\nVersion: 0\n")
    (about / "entry_points.txt").write_text("[pytest11]\ncostcalc = costcalc.pytest_plugin\n")
    (tmp_path / "test_it.py").write_text(
        "import costcalc.testing\ndef test_it(pricing): assert pricing\n"
    )
    inherited = {k: v for k, v in os.environ.items() if k not in _OUTER}
    for named in ((), PLUGIN):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:langsmith_plugin",
             "--costcalc-as-of=2026-11-01", *named],
            capture_output=True, check=False, cwd=tmp_path, encoding="utf-8", timeout=120,
            env={**inherited, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])},
        )  # fmt: skip
        assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_its_entry_point_is_left_out_only_where_it_was_named() -> None:
    from costcalc import pytest_plugin

    for name, blocked in (("costcalc", []), ("costcalc.pytest_plugin", ["costcalc"])):
        manager = pytest.PytestPluginManager()
        manager.register(pytest_plugin, name)
        pytest_plugin.pytest_addoption(pytest.Parser(_ispytest=True), manager)
        assert [each for each in ("costcalc",) if manager.is_blocked(each)] == blocked


def test_the_markers_and_options_are_listed(tmp_path: Path) -> None:
    done = run(tmp_path, *PLUGIN, "--markers")
    assert "@pytest.mark.pricing(at=None, overlay=None, **changes): " in done.stdout
    assert "@pytest.mark.price_freshness(days=60, models=()): " in done.stdout
    helped = run(tmp_path, *PLUGIN, "--help").stdout
    for option in ("--costcalc-as-of", "--costcalc-pins", "--costcalc-allow-unused"):
        assert option in helped


def test_workers_report_to_the_controller_who_writes(suite: Path) -> None:
    workers = (*PLUGIN, "-p", "xdist.plugin", "-n", "2")
    done = run(suite, *workers, "--costcalc-pins=create")
    assert "tests/price_pins.yaml: 2 created; review it like code" in done.stdout, done.stdout
    pins = suite / "tests" / "price_pins.yaml"
    assert [line for line in pins.read_text().splitlines() if line.startswith("- ")] == [
        "- model: lab/big", "- model: lab/small",
    ]  # fmt: skip
    assert run(suite, *workers).returncode == 0
    pins.write_text(pins.read_text().replace("input: 3", "input: 2"))
    moved = run(suite, *workers)
    assert moved.returncode == 1
    assert "the price of lab/big moved" in moved.stdout
    fixed = run(suite, *workers, "--costcalc-pins=fix")
    assert (fixed.returncode, "1 fixed" in fixed.stdout) == (0, True)
    (suite / "tests" / "test_big.py").unlink()
    unused = run(suite, *workers)
    assert unused.returncode == 1
    assert "FAILED tests/price_pins.yaml: no test rests on 1 pin" in unused.stdout
    narrowed = run(suite, *workers, "-k", "nothing or small")
    assert narrowed.returncode == 1  # nothing with prices was left out
    (suite / "tests" / "test_big.py").write_text("def test_big(pricing): pass\n")
    assert run(suite, *workers, "-k", "small").returncode == 0
    trimmed = run(suite, *workers, "--costcalc-pins=trim")
    assert "1 trimmed" in trimmed.stdout
    assert "lab/big" not in pins.read_text()


def test_pins_of_a_worker_that_crashed_are_not_taken_for_unused(suite: Path) -> None:
    """A rerun of its test passes, so that the run passes, and knows less than the tests did."""
    pytest.importorskip("pytest_rerunfailures")
    options = (*PLUGIN, "-p", "xdist.plugin", "-n", "1", "-p", "pytest_rerunfailures")
    (suite / "tests" / "test_small.py").write_text(
        "import costcalc, os, pathlib\n"
        "def test_priced(pricing):\n"
        "    costcalc.price('small', costcalc.Usage(input_tokens=1))\n"
        "def test_crash():\n"
        "    mark = pathlib.Path('crashed')\n"
        "    if os.environ.get('PYTEST_XDIST_WORKER') and not mark.exists():\n"
        "        mark.touch()\n"
        "        os._exit(3)\n"
    )
    assert run(suite, *PLUGIN, "--costcalc-pins=create").returncode == 0
    done = run(suite, *options, "--reruns", "1", "--costcalc-pins=trim")
    assert "no pin is trimmed: " in done.stdout, done.stdout
    assert "lab/small" in (suite / "tests" / "price_pins.yaml").read_text()


def test_a_worker_that_crashed_makes_a_run_partial(project: Project) -> None:
    project.pin("- model: lab/small\n  rates: {input: 0.40}\n")
    (project.path / "conftest.py").write_text(
        "import types\n"
        "from costcalc import pytest_plugin\n"
        "def pytest_runtestloop(session):\n"
        "    node = types.SimpleNamespace(config=session.config)\n"
        "    pytest_plugin.pytest_testnodedown(node, 'crashed')\n"
        "    return True\n"
    )
    project.test("def test_nothing(): pass")
    out = project.run("--costcalc-pins=trim")
    assert "no pin is trimmed: a worker crashed" in out


def test_names_load_when_they_are_used() -> None:
    for name in costcalc.testing.__all__:
        assert getattr(costcalc.testing, name).__name__ == name
    assert dir(costcalc.testing) == sorted(costcalc.testing.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = costcalc.testing.nothing  # pyright: ignore[reportAttributeAccessIssue] - on purpose


def test_the_first_tests_of_its_page_pass(tmp_path: Path) -> None:
    checkout = Path(__file__).parents[2]
    page = (checkout / "pytest-costcalc" / "README.md").read_text(encoding="utf-8")
    (tmp_path / "test_page.py").write_text(page.split("```python\n")[1].split("```")[0])
    done = run(tmp_path, *PLUGIN, "-W", "error")
    assert "2 passed" in done.stdout, done.stdout
