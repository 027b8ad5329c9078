"""The throw-away environment: this checkout as a wheel, and the peers, each at its stated version.

It stands in `build/bench`. The wheel is built anew in every run, so that what is measured is the
checkout with its compiled prices; peers are installed once.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
import venv
from importlib.metadata import distributions
from pathlib import Path

__all__ = [
    "FOLDER",
    "INSTALL",
    "ROOT",
    "build_wheel",
    "installed_notes",
    "is_inside",
    "pip",
    "plugin_wheel",
    "prepare",
    "wheel",
]

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "bench"
_VENV = FOLDER / "venv"
_WHEELS = FOLDER / "wheel"
_NOTES = FOLDER / "peers.json"
_ABSENT = "not installed"
INSTALL = ("install", "--quiet", "--disable-pip-version-check", "--no-input")


def is_inside() -> bool:
    """Tell whether this is the throw-away environment's own interpreter."""
    return Path(sys.prefix).resolve() == _VENV.resolve()


def prepare() -> Path:
    """Make the environment as it should be, and return its interpreter."""
    python = _VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        _say("making build/bench/venv")
        venv.create(_VENV, with_pip=True, clear=True)
        _NOTES.unlink(missing_ok=True)
    _install_checkout(python)
    _install_peers(python)
    return python


def installed_notes() -> dict[str, str]:
    """Return what went other than plainly when peers were installed, by requirement."""
    return {name: note for name, note in _read_notes().items() if note}


def _read_notes() -> dict[str, str]:
    try:
        return json.loads(_NOTES.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def build_wheel(python: Path) -> None:
    """Build the wheels of this checkout anew, with the pip of an interpreter."""
    for old in _WHEELS.glob("*.whl"):
        old.unlink()
    sources = (str(ROOT), str(ROOT / "pytest-costcalc"))
    problem = pip(python, "wheel", "--quiet", "--no-deps", "--wheel-dir", str(_WHEELS), *sources)
    if problem:
        sys.exit(f"the wheels of this checkout cannot be built:\n{problem}")


def wheel() -> Path:
    """Return the wheel that was built last."""
    return next(_WHEELS.glob("costcalc-*.whl"))


def plugin_wheel() -> Path:
    """Return the wheel of the pytest plugin's entry point."""
    return next(_WHEELS.glob("pytest_costcalc-*.whl"))


def _install_checkout(python: Path) -> None:
    _say("building and installing the wheel of this checkout")
    build_wheel(python)
    built = str(wheel())
    problem = pip(python, *INSTALL, built) or pip(
        python, *INSTALL, "--force-reinstall", "--no-deps", built
    )
    if problem:
        sys.exit(f"the wheel of this checkout cannot be installed:\n{problem}")


def _install_peers(python: Path) -> None:
    """Install the peers that are not there yet, one by one, so that one's trouble is its own."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted: list[str] = project["dependency-groups"]["bench"]
    known = _read_notes()
    notes = {name: note for name, note in known.items() if name in wanted and _there(note)}
    for requirement in wanted:
        if requirement not in notes:
            _say(f"installing {requirement}")
            notes[requirement] = _install_peer(python, requirement)
            _NOTES.write_text(json.dumps(notes, indent=2), encoding="utf-8")


def _there(note: str) -> bool:
    return not note.startswith(_ABSENT)


def _install_peer(python: Path, requirement: str) -> str:
    """Install one peer; return a note where it did not go plainly.

    An index may lag behind and lack a dependency's newest release, which has no part in prices.
    Then the peer is installed alone, and what it needs as far as it can be had.
    """
    if not pip(python, *INSTALL, requirement):
        return ""
    problem = pip(python, *INSTALL, "--no-deps", requirement)
    if problem:
        return f"{_ABSENT}: {problem.splitlines()[-1][:160]}"
    loosened: list[str] = []
    for needed in _needs(requirement):
        if pip(python, *INSTALL, needed):
            name = re.split(r"[^\w.\[\],-]", needed, maxsplit=1)[0]
            loosened.append(needed if not pip(python, *INSTALL, name) else f"{needed} (missing)")
    return f"installed without the bound of {', '.join(loosened)}" if loosened else ""


def _needs(requirement: str) -> list[str]:
    """Return the requirements, extras aside, of a peer that is installed."""
    name = requirement.partition("==")[0]
    site = [str(path) for path in _VENV.glob("lib/python*/site-packages")]
    site += [str(_VENV / "Lib" / "site-packages")]
    needs = (each.requires or [] for each in distributions(name=name, path=site))
    return [each for found in needs for each in found if "extra ==" not in each]


def pip(python: Path, *arguments: str) -> str:
    """Run pip of an interpreter; return nothing if it went well, else what it said."""
    done = subprocess.run(
        [str(python), "-m", "pip", *arguments],
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    if done.returncode == 0:
        return ""
    return done.stderr.strip() or f"pip ended with {done.returncode}"


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)
