"""Suites that do not use the pytest plugin, with and without it: `python benchmarks/plugin.py`.

Two environments hold the same releases of pytest and of what costcalc needs; one of them holds
costcalc and the plugin as well, from the wheels of this checkout. The same suite runs in both, in
turn, each time in a fresh process with its bytecode compiled: what is compared is the processor
time of the whole process. Where valgrind is found it counts the instructions of one run each, which
no other program disturbs.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import environment

__all__ = ["BARS", "Plugin", "as_data", "as_text", "judged", "measure"]

_FOLDER = environment.FOLDER / "plugin"
_TEMPORARY = _FOLDER / "tmp"
_RELEASE = f"{sys.version_info[0]}.{sys.version_info[1]}"
_BARE, _WITH = "without", "with costcalc"
_OURS = ("costcalc ", "pytest-costcalc ")
_PAIRS_A_RUN = 4
_TIMEOUT = 600
_SMALLEST, _TOOL = "the smallest suite: one test", "a suite of a tool: 300 tests in 30 files"

BARS = {_TOOL: 1.02}
"""At most, of the processor time without costcalc."""

_ONE = "def test_one():\n    pass\n"
_PART = '''\
import json
import pathlib

import pydantic
import pytest
import yaml

TEXT = """
name: part {number}
workers: 4
endpoints:
  - {{path: /search, timeout: 2.5}}
  - {{path: /answers, timeout: 30}}
"""


class Endpoint(pydantic.BaseModel):
    path: str
    timeout: float = 10


class Settings(pydantic.BaseModel):
    name: str
    workers: int = 1
    endpoints: list[Endpoint] = []


@pytest.fixture
def settings():
    return Settings.model_validate(yaml.safe_load(TEXT))


@pytest.mark.parametrize("workers", range(5))
def test_settings_are_read_again_as_they_were_written(settings, workers):
    changed = settings.model_copy(update={{"workers": workers}})
    assert Settings.model_validate_json(changed.model_dump_json()) == changed


def test_a_part_has_its_name(settings):
    assert settings.name == "part {number}"


def test_endpoints_are_written_as_json(settings):
    assert json.loads(settings.model_dump_json())["endpoints"][0]["path"] == "/search"


def test_a_timeout_is_a_number():
    with pytest.raises(pydantic.ValidationError):
        Endpoint(path="/", timeout="soon")


def test_settings_are_kept_in_a_file(settings, tmp_path):
    kept = tmp_path / "settings.yaml"
    kept.write_text(yaml.safe_dump(settings.model_dump()))
    assert Settings.model_validate(yaml.safe_load(kept.read_text())) == settings


def test_a_part_stands_in_its_file():
    assert pathlib.Path(__file__).stem == "test_part_{number}"
'''
_SUITES = {
    _SMALLEST: {"test_one.py": _ONE},
    _TOOL: {f"test_part_{number}.py": _PART.format(number=number) for number in range(1, 31)},
}

Say = Callable[[str], None]


@dataclass
class Suite:
    """What one suite took, without costcalc and with it."""

    cpu: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    """Seconds of the processor, run by run."""
    instructions: dict[str, int] = field(default_factory=dict[str, int])
    """Of one run; empty without valgrind."""


@dataclass
class Plugin:
    """Every suite by its name."""

    suites: dict[str, Suite] = field(default_factory=dict[str, Suite])
    pytest: str = ""
    """Its version, the same in both environments."""
    failed: str = ""
    """Why nothing was measured; empty where something was."""


def measure(runs: int, say: Say) -> Plugin:
    """Measure every suite with the wheel that `environment` has built."""
    found = Plugin()
    if sys.platform == "win32":
        found.failed = "Windows does not tell the processor time of a process that has ended"
        return found
    _TEMPORARY.mkdir(parents=True, exist_ok=True)
    pythons = _environments(found, say)
    for name, files in _SUITES.items():
        folder = _FOLDER / ("one" if name == _SMALLEST else "tool")
        _write(folder, files)
        found.suites[name] = _measured(name, folder, pythons, runs * _PAIRS_A_RUN, say)
    return found


def _measured(name: str, folder: Path, pythons: dict[str, Path], pairs: int, say: Say) -> Suite:
    suite = Suite()
    for python in pythons.values():
        for _ in range(2):  # the first run writes bytecode, the second looks up what it left
            _cpu(python, folder)
    names = list(pythons)
    for pair in range(pairs):
        say(f"plugin: {name}, pair {pair + 1} of {pairs}")
        for each in names if pair % 2 else reversed(names):
            suite.cpu.setdefault(each, []).append(_cpu(pythons[each], folder))
    valgrind = shutil.which("valgrind")
    if valgrind is not None:
        for each in names:
            say(f"plugin: {name}, instructions {each}")
            suite.instructions[each] = _instructions(valgrind, pythons[each], folder)
    return suite


# --- environments and suites ----------------------------------------------------------------------


def _environments(found: Plugin, say: Say) -> dict[str, Path]:
    """Return the interpreters of both environments, which differ by costcalc alone."""
    pythons = {_BARE: _made("bare", say), _WITH: _made("with", say)}
    project = tomllib.loads((environment.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    _install(pythons[_BARE], "pytest", *project["project"]["dependencies"])
    releases = _releases(pythons[_BARE])
    _install(pythons[_WITH], *releases)
    wheels = (str(environment.wheel()), str(environment.plugin_wheel()))
    _install(pythons[_WITH], "--no-deps", "--force-reinstall", *wheels)
    if [each for each in _releases(pythons[_WITH]) if not each.startswith(_OURS)] != releases:
        msg = f"the environments differ by more than costcalc; remove {_FOLDER}"
        raise AssertionError(msg)
    if "max_cost(" not in _markers(pythons[_WITH]) or "max_cost(" in _markers(pythons[_BARE]):
        msg = f"the plugin must be in one environment and not in the other; remove {_FOLDER}"
        raise AssertionError(msg)
    found.pytest = next(each for each in releases if each.startswith("pytest==")).split("==")[1]
    return pythons


def _made(name: str, say: Say) -> Path:
    folder = _FOLDER / f"{name}-{_RELEASE}"
    python = folder / "bin" / "python"
    if not python.exists():
        say(f"plugin: making {folder.relative_to(environment.ROOT)}")
        venv.create(folder, with_pip=True, clear=True)
    return python


def _install(python: Path, *what: str) -> None:
    problem = environment.pip(python, *environment.INSTALL, *what)
    if problem:
        sys.exit(f"{python} cannot install {' '.join(what)}:\n{problem}")


def _releases(python: Path) -> list[str]:
    command = [str(python), "-m", "pip", "freeze", "--disable-pip-version-check"]
    done = subprocess.run(command, capture_output=True, check=True, encoding="utf-8")
    return sorted(done.stdout.splitlines())


def _markers(python: Path) -> str:
    """Return the markers that pytest knows, which tell whether the plugin is there."""
    command = [str(python), "-m", "pytest", "-c", os.devnull, "--markers"]  # none of our options
    done = subprocess.run(
        command, capture_output=True, check=True, cwd=_TEMPORARY, encoding="utf-8", env=_clean()
    )
    return done.stdout


def _write(folder: Path, files: dict[str, str]) -> None:
    """Write a suite where it differs, so that its bytecode stays."""
    folder.mkdir(parents=True, exist_ok=True)
    # a folder of its own for pytest: this project's options are not the suite's
    for name, text in {"pytest.ini": "[pytest]\n", **files}.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


# --- one run --------------------------------------------------------------------------------------


def _clean(**more: str) -> dict[str, str]:
    """Return the variables of a run, without those that change what Python or pytest does."""
    ours = ("PYTHON", "PYTEST", "COSTCALC_")
    kept = {name: each for name, each in os.environ.items() if not name.startswith(ours)}
    # pytest clears up what earlier runs left in its folder; those of other suites are not ours
    return {**kept, "PYTEST_DEBUG_TEMPROOT": str(_TEMPORARY), **more}


def _cpu(python: Path, folder: Path) -> float:
    """Run a suite; return the processor's seconds of the process and its children."""
    process = subprocess.Popen(
        [str(python), "-m", "pytest"], cwd=folder, env=_clean(), stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        msg = f"the suite in {folder} fails under {python}"
        raise AssertionError(msg)
    return used.ru_utime + used.ru_stime


def _instructions(valgrind: str, python: Path, folder: Path) -> int:
    """Return how many instructions one run of a suite takes."""
    done = subprocess.run(
        [
            valgrind, "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null",
            str(python), "-m", "pytest",
        ],
        capture_output=True, check=True, cwd=folder, encoding="utf-8", timeout=_TIMEOUT,
        env=_clean(PYTHONHASHSEED="0"),
    )  # fmt: skip
    told = re.search(r"I\s+refs:\s+([\d,]+)", done.stderr)
    if told is None:
        msg = f"valgrind counted nothing: {done.stderr[-200:]}"
        raise ValueError(msg)
    return int(told[1].replace(",", ""))


# --- what it came to ------------------------------------------------------------------------------


def judged(found: Plugin) -> Iterator[tuple[str, float, tuple[float, float]]]:
    """Iterate over what has a bar: what, at most, and the deciding ratio beside that of medians.

    Both runs of a pair share what the machine does meanwhile, so the median of their ratios decides
    and not the minima: one lucky run is worth more than the two hundredths that are looked for.
    """
    for name, suite in found.suites.items():
        if name in BARS:
            yield f"{name}, CPU with ÷ without", BARS[name], (_paired(suite), _medians(suite))
            if suite.instructions:
                counted = _counted(suite)
                yield "the same, instructions", BARS[name], (counted, counted)


def _paired(suite: Suite) -> float:
    pairs = zip(suite.cpu[_WITH], suite.cpu[_BARE], strict=True)
    return median(ours / bare for ours, bare in pairs)


def _medians(suite: Suite) -> float:
    return median(suite.cpu[_WITH]) / median(suite.cpu[_BARE])


def _counted(suite: Suite) -> float:
    return suite.instructions[_WITH] / suite.instructions[_BARE]


def as_text(found: Plugin) -> str:
    """Return the findings as plain text."""
    if found.failed:
        return f"  {found.failed}"
    heads = (_BARE, _WITH, "more", "÷, in pairs", "medians", "instructions")
    widths = (11, 15, 11, 13, 10, 15)
    lines = [_row(f"medians of CPU, pytest {found.pytest}", heads, widths)]
    for name, suite in found.suites.items():
        bare, ours = median(suite.cpu[_BARE]) * 1e3, median(suite.cpu[_WITH]) * 1e3
        cells = (
            f"{bare:.0f} ms",
            f"{ours:.0f} ms",
            f"{ours - bare:+.1f} ms",
            f"{_paired(suite):.3f}",
            f"{_medians(suite):.3f}",
            f"{_counted(suite):.3f}" if suite.instructions else "–",
        )
        lines.append(_row(name, cells, widths))
    return "\n".join(lines)


def _row(name: str, cells: tuple[str, ...], widths: tuple[int, ...]) -> str:
    row = "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
    return f"  {name:<42}{row}"


def as_data(found: Plugin) -> dict[str, Any]:
    """Return the findings as JSON data."""
    return {
        "pytest": found.pytest,
        "failed": found.failed,
        "suites": {
            name: {"cpu_seconds": suite.cpu, "instructions": suite.instructions}
            for name, suite in found.suites.items()
        },
    }


def main() -> int:
    """Measure the wheel of this checkout under the Python that runs this."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    environment.build_wheel(Path(sys.executable))
    found = measure(runs, lambda text: print(text, file=sys.stderr))
    print(as_text(found))
    for what, limit, (ratio, middle) in judged(found):
        print(f"  {what}: {ratio:.3f} (medians {middle:.3f}), at most {limit:g}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
