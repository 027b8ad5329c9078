"""What a run says and does as a whole: reviews at a terminal, markers that do nothing, warnings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from plugin_support import PLUGIN

if TYPE_CHECKING:
    from plugin_support import Project

_OUTER = {"CI", "BUILD_NUMBER", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT"}
"""What a run within this one must not take for its own."""


PRICES = """\
provider: acme
source: https://acme.example/prices
checked: 2099-01-01
models:
  swift: {input: 0.50, output: 2}
  old: {retired: 2026-02-01, redirects_to: swift, input: 1, output: 2}
"""
PIN = """\
- model: acme/swift
  rates:
    input: 0.40
    output: 2
"""
TEST = """\
import costcalc
def test_swift(pricing):
    costcalc.price("swift", costcalc.Usage(input_tokens=1))
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project with own prices, one of them pinned at what it was."""
    (tmp_path / "pyproject.toml").write_text(
        '[tool.costcalc]\npricing = "prices.yaml"\nas_of = "2026-04-01"\npins = "pins.yaml"\n'
    )
    (tmp_path / "prices.yaml").write_text(PRICES)
    (tmp_path / "pins.yaml").write_text(PIN)
    (tmp_path / "test_it.py").write_text(TEST)
    return tmp_path


def at_a_terminal(folder: Path, keys: bytes, *arguments: str) -> tuple[int, str]:
    """Run pytest as somebody who types keys; return how it ended, and what was seen."""
    pytest.importorskip("termios", reason="a pseudo-terminal")
    ours, theirs = os.openpty()
    os.write(ours, keys)
    environment = {k: v for k, v in os.environ.items() if k not in _OUTER}
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *PLUGIN, *arguments],
        stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder,
        env={**environment, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "TERM": "dumb"},
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    while True:
        try:
            more = os.read(ours, 4096)
        except OSError:  # how a terminal says on Linux that nobody is there any more
            break
        if not more:
            break
        seen += more
    os.close(ours)
    return process.wait(timeout=60), seen.decode()


@pytest.mark.parametrize("capture", ["--capture=fd", "--capture=sys", "-s"])
def test_review_asks_at_a_terminal_however_pytest_captures(shop: Path, capture: str) -> None:
    code, seen = at_a_terminal(shop, b"y\n", "--costcalc-pins=review", capture)
    assert "fix it? [y/N]" in seen
    assert "pins.yaml: 1 fixed; review it like code" in seen
    assert "1 passed" in seen
    assert code == 0
    assert "input: 0.50" in (shop / "pins.yaml").read_text()


def test_what_is_not_accepted_fails_the_run_and_says_so(shop: Path) -> None:
    code, seen = at_a_terminal(shop, b"n\n", "--costcalc-pins=review")
    assert "FAILED fix was not accepted" in seen
    assert code == 1
    assert (shop / "pins.yaml").read_text() == PIN


def test_a_moved_price_is_said_once(project: Project) -> None:
    project.pin("- model: lab/small\n  rates: {input: 0.30}\n")
    project.test("def test_small(pricing): costcalc.price('small', U)")
    out = project.run(failed=1)
    assert out.count("  input  $0.30  $0.40") == 1
    assert "During handling" not in out


def test_a_run_of_another_day_says_how_its_moves_are_accepted(project: Project) -> None:
    project.pin("- model: lab/small\n  rates: {input: 0.40, cache_read: 0.04, output: 3}\n")
    project.test("def test_small(pricing): costcalc.price('small', U)")
    project.run(passed=1)
    out = project.run("--costcalc-as-of=2026-04-01", failed=1)
    assert "  accept   move as_of in pyproject.toml, then pytest --costcalc-pins=fix, and" in out
    project.configure("")
    out = project.run("--costcalc-as-of=2026-04-01", failed=1)
    assert "  accept   pytest --costcalc-as-of=2026-04-01 --costcalc-pins=fix, and review" in out


def run_apart(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a process of its own, as somebody at a terminal does."""
    outer = {key: each for key, each in os.environ.items() if key not in _OUTER}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *PLUGIN, *arguments],
        capture_output=True, check=False, cwd=folder, encoding="utf-8", timeout=60,
        env={**outer, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )  # fmt: skip


LEFT = """\
import costcalc, pytest
def test_swift(pricing):
    costcalc.price("swift", costcalc.Usage(input_tokens=1))
"""
STOPS = {
    "a test": "def test_stop(): pytest.exit('enough', returncode=0)\n",
    "the last teardown": (
        "@pytest.fixture\ndef stop():\n    yield\n    pytest.exit('enough', returncode=0)\n"
        "def test_stop(stop): pass\n"
    ),
    "the collection": (
        "def pytest_collection_modifyitems(): pytest.exit('enough', returncode=0)\n"
    ),
}


@pytest.mark.parametrize("test", STOPS.values(), ids=STOPS)
@pytest.mark.parametrize("mode", ["", "trim"])
def test_a_run_that_is_stopped_judges_no_pin_unused_whatever_its_exit_code(
    shop: Path, mode: str, test: str
) -> None:
    pins = PIN.replace("0.40", "0.50") + PIN.replace("acme/swift", "acme/unused")
    (shop / "pins.yaml").write_text(pins)
    (shop / "test_it.py").write_text(LEFT + test)
    (shop / "conftest.py").write_text("import pytest\n" + test if "def pytest_" in test else "")
    done = run_apart(shop, f"--costcalc-pins={mode}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no test rests on" not in done.stdout
    assert ("no pin is trimmed: the run was stopped" in done.stdout) is bool(mode)
    assert (shop / "pins.yaml").read_text() == pins


def test_what_was_edited_while_the_tests_ran_stays(project: Project) -> None:
    project.pin("- model: lab/small\n  rates: {input: 0.30}\n")
    project.test(
        """
        import pathlib
        def test_small(pricing):
            costcalc.price('small', U)
            pins = pathlib.Path(__file__).with_name("price_pins.yaml")
            pins.write_text(
                "# of another run\\n- model: lab/big\\n  rates: {input: 3}\\n\\n"
                "- model: lab/small\\n  rates: {input: 0.30}  # mine\\n"
            )
        """
    )
    project.run("--costcalc-pins=fix", passed=1)
    text = project.pins.read_text()
    assert "# of another run\n- model: lab/big\n" in text
    assert "input: 0.40" in text
    assert "# mine" in text


def test_an_edit_that_broke_the_file_is_not_written_over(project: Project) -> None:
    project.test(
        """
        import pathlib
        def test_small(pricing):
            costcalc.price('small', U)
            pathlib.Path(__file__).with_name("price_pins.yaml").write_text("- model: lab/big\\n")
        """
    )
    out = project.run("--costcalc-pins=create", passed=1)
    assert project.code == 1
    assert "FAILED tests/price_pins.yaml is not written: tests/price_pins.yaml:1: a pin" in out
    assert project.pins.read_text() == "- model: lab/big\n"


LACKING = {
    "pricing": ("@pytest.mark.pricing(at='2026-04-01')", "the marker 'pricing' needs the fixture"),
    "freshness": ("@pytest.mark.price_freshness(days=3)", "price_freshness needs the fixture"),
}


@pytest.mark.parametrize(("marker", "said"), LACKING.values(), ids=LACKING.keys())
def test_a_marker_of_a_test_without_prices_fails_it(
    project: Project, marker: str, said: str
) -> None:
    project.test(f"{marker}\ndef test_it(): pass\n")
    assert said in project.run(failed=1)


def test_a_marker_of_a_module_is_for_its_tests_that_have_prices(project: Project) -> None:
    project.test(
        """
        pytestmark = pytest.mark.pricing(at="2026-04-01")
        def test_without(): pass

        @pytest.mark.pricing
        def test_of_our_price_list(): pass

        def test_with(pricing): pricing.pin("small", input="0.20")
        def test_asking(request):
            request.getfixturevalue("pricing").pin("small", input="0.20")
        """
    )
    project.run(passed=4)


def test_a_test_that_asks_for_prices_while_it_runs_is_judged(project: Project) -> None:
    project.pin("- model: lab/small\n  rates: {input: 0.30}\n")
    project.test(
        """
        def test_asking(request):
            request.getfixturevalue("pricing")
            costcalc.price("small", U)
        """
    )
    assert "the price of lab/small moved" in project.run(failed=1)


MARKERS = {
    "a what-if that is none": ("pricing(tims='0.5')", "takes at=, and what Registry.overlay takes:"),
    "two instants": ("pricing('2026-04-01', 'x')", "takes one instant, not '2026-04-01', 'x'"),
    "an unknown word": ("price_freshness(day=3)", "price_freshness(day=3) takes days= and models="),
    "too much": ("price_freshness(3, 'small', 4)", "takes days= and models="),
}  # fmt: skip


@pytest.mark.parametrize(("marker", "said"), MARKERS.values(), ids=MARKERS.keys())
def test_a_marker_that_cannot_be_says_why(project: Project, marker: str, said: str) -> None:
    project.test(f"@pytest.mark.{marker}\ndef test_it(pricing): costcalc.price('small', U)\n")
    assert said in project.run()
    assert project.code == 1


def test_a_wrong_instant_of_the_run_names_its_option(project: Project) -> None:
    assert "ERROR: --costcalc-as-of: 'soon' is no ISO 8601" in project.run("--costcalc-as-of=soon")


def test_a_program_that_uses_prices_may_start_pytest(tmp_path: Path) -> None:
    """pytest wants to rewrite a plugin's modules, and warns of those it comes too late for."""
    (tmp_path / "test_it.py").write_text("def test_it(): pass\n")
    program = (
        "import costcalc.pytest_plugin, pytest, sys\n"
        "sys.exit(pytest.main(['-q', '-p', 'costcalc.pytest_plugin', 'test_it.py']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True, check=False, cwd=tmp_path, encoding="utf-8", timeout=60,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "cannot be rewritten; costcalc" not in done.stdout


def test_a_suite_whose_warnings_are_errors_gets_none_from_us(shop: Path) -> None:
    (shop / "pins.yaml").write_text(PIN.replace("0.40", "0.50"))
    (shop / "test_it.py").write_text(
        TEST + "def test_fixed(pricing):\n"
        "    pricing.pin('old', at='2026-01-01', input='1')\n"
        "    costcalc.price('swift', costcalc.Usage(input_tokens=1), at='2026-01-01')\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "pytest", "-q", *PLUGIN, "--strict-markers"],
        capture_output=True, check=False, cwd=shop, encoding="utf-8", timeout=60,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout
    assert "arning" not in done.stdout
