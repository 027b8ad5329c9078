"""An agent's logs priced beside ccusage's native program: `python benchmarks/logs.py`.

Both read the same 200,000 lines with usage in 800 files, in turn, each in a fresh process with its
start in it: what is compared is the processor time of the whole process and its children, and the
most memory that it held. A total counts only when it is right, so both totals stand beside the one
that was summed in rational arithmetic while the tree was made.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import log_tree

__all__ = ["BARS", "Logs", "as_data", "as_text", "judged", "measure"]

_ROOT = Path(__file__).resolve().parent.parent
_FOLDER = _ROOT / "build" / "bench"
_CCUSAGE = "ccusage@20.0.24"
_MOST_RUNS = 10
_TIMEOUT = 300
_NEEDED = ("typer", "rich", "msgspec")
"""What the extra `cli` brings; without it the command does not run, or not as it is meant to."""
_OURS, _THEIRS, _ALONE = "costcalc", "ccusage", "ccusage, one thread"

BARS = {"CPU": 1.0, "memory": 1.0}
"""At most, of what ccusage takes on the same tree."""

Say = Callable[[str], None]


@dataclass
class Run:
    """What one process took."""

    cpu: float
    """Seconds of the processor, children included."""
    memory: float
    """Most bytes in memory."""


@dataclass
class Logs:
    """Runs of every contestant, and the totals they gave."""

    tree: log_tree.Tree | None = None
    runs: dict[str, list[Run]] = field(default_factory=dict[str, list[Run]])
    totals: dict[str, str] = field(default_factory=dict[str, str])
    failed: dict[str, str] = field(default_factory=dict[str, str])
    """Why a contestant did not run."""


def measure(runs: int, say: Say) -> Logs:
    """Measure both on the tree, in turn."""
    found = Logs()
    say("logs: making the tree")
    found.tree = log_tree.build(_FOLDER / "log-tree")
    programs = _programs(found, say)
    for name in list(programs):
        say(f"logs: rehearsing {name}")
        try:
            _, found.totals[name] = _run(name, programs[name], found.tree)
        except (subprocess.SubprocessError, ValueError, KeyError) as error:
            found.failed[name] = _short(error)
            del programs[name]
    for run in range(min(runs, _MOST_RUNS)):
        say(f"logs: run {run + 1} of {min(runs, _MOST_RUNS)}")
        names = list(programs)
        place = run % max(1, len(names))
        for name in names[place:] + names[:place]:
            took, _ = _run(name, programs[name], found.tree)
            found.runs.setdefault(name, []).append(took)
    _check(found)
    return found


def _programs(found: Logs, say: Say) -> dict[str, list[str]]:
    """Return the command line of every contestant that is here."""
    assert found.tree is not None  # noqa: S101 - made by the caller
    programs: dict[str, list[str]] = {}
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        say(f"logs: installing {', '.join(missing)}")
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", *missing], check=False,
            capture_output=True,
        )  # fmt: skip
    logs = str(found.tree.path / "projects")
    programs[_OURS] = [sys.executable, "-m", "costcalc", "logs", logs, "--json"]
    native = _native(found, say)
    if native is not None:
        report = [native, "claude", "daily", "--offline", "--json", "--mode", "calculate"]
        programs[_THEIRS] = report
        programs[_ALONE] = [*report, "--single-thread"]
    return programs


def _native(found: Logs, say: Say) -> str | None:
    """Return ccusage's native program; None, with the reason noted, where it cannot be had."""
    folder = _FOLDER / "ccusage"
    pattern = "node_modules/@ccusage/*/bin/ccusage*"
    npm = shutil.which("npm")
    if not list(folder.glob(pattern)) and npm is not None:
        say(f"logs: installing {_CCUSAGE}")
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [npm, "install", "--silent", "--prefix", str(folder), _CCUSAGE], check=False,
            capture_output=True, timeout=_TIMEOUT,
        )  # fmt: skip
    programs = list(folder.glob(pattern))
    if not programs:
        why = "npm is not here" if npm is None else f"npm cannot install {_CCUSAGE}"
        found.failed[_THEIRS] = why
        return None
    programs[0].chmod(0o755)
    return str(programs[0])


# A small process starts the contestant: what a child held is told no lower than what its parent
# held when it forked.
_LAUNCHER = """
import os, resource, sys
out = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
child = os.fork()
if not child:
    os.dup2(out, 1)
    os.execv(sys.argv[2], sys.argv[2:])
_, status, used = os.wait4(child, 0)
print(os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss)
"""


def _run(name: str, command: list[str], tree: log_tree.Tree) -> tuple[Run, str]:
    """Run a contestant; return what it took, and its total as text."""
    given = {**os.environ, "CLAUDE_CONFIG_DIR": str(tree.path), "HOME": tempfile.gettempdir()}
    given.pop("COSTCALC_PRICING", None)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(out), *command],
            capture_output=True, check=True, cwd=folder, encoding="utf-8", env=given,
            timeout=_TIMEOUT,
        )  # fmt: skip
        code, cpu, memory = done.stdout.split()[-3:]
        if code != "0":
            lines = done.stderr.strip().splitlines()
            msg = lines[-1] if lines else f"exit code {code}"
            raise ValueError(msg)
        data = json.loads(out.read_text(encoding="utf-8"), parse_float=str)
    total = data["total"] if name == _OURS else data["totals"]["totalCost"]
    kilo = 1 if sys.platform == "darwin" else 1024
    return Run(float(cpu), float(memory) * kilo), str(total)


def _check(found: Logs) -> None:
    """Refuse to compare where our own total is not the exact one."""
    assert found.tree is not None  # noqa: S101 - made by the caller
    if _OURS in found.totals and Fraction(found.totals[_OURS]) != found.tree.total:
        msg = f"{found.totals[_OURS]} is not what the tree costs, {found.tree.total}"
        raise AssertionError(msg)


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:100] or type(error).__name__


# --- what it came to ------------------------------------------------------------------------------


def judged(found: Logs) -> Iterator[tuple[str, float, tuple[float, float]]]:
    """Iterate over what has a bar: what, at most, and the ratio of minima and of medians."""
    for what, pick in (("CPU", _cpu), ("memory", _memory)):
        ratio = _ratio(found, _THEIRS, pick)
        if ratio is not None:
            yield f"200,000 lines of logs, {what} ÷ ccusage", BARS[what], ratio


def _cpu(run: Run) -> float:
    return run.cpu


def _memory(run: Run) -> float:
    return run.memory


def _ratio(found: Logs, name: str, pick: Callable[[Run], float]) -> tuple[float, float] | None:
    if _OURS not in found.runs or name not in found.runs:
        return None
    ours, theirs = (list(map(pick, found.runs[each])) for each in (_OURS, name))
    return min(ours) / min(theirs), median(ours) / median(theirs)


def as_text(found: Logs) -> str:
    """Return the findings as plain text."""
    tree = found.tree
    if tree is None:
        return "  not measured"
    head = (
        f"  {tree.records:,} lines with usage of {tree.lines:,} in {log_tree.FILES} files, "
        f"{tree.size / 2**20:,.0f} MiB: {tree.calls:,} calls"
    )
    lines = [head, f"  {'':<22}{'CPU':>10}{'ours ÷':>10}{'memory':>12}{'ours ÷':>10}  total"]
    for name, runs in found.runs.items():
        cpu, memory = min(map(_cpu, runs)), min(map(_memory, runs)) / 2**20
        cells = [f"{cpu:.2f} s", "", f"{memory:.0f} MiB", ""]
        if name != _OURS:
            for place, pick in ((1, _cpu), (3, _memory)):
                ratio = _ratio(found, name, pick)
                cells[place] = f"{ratio[0]:.2f}" if ratio else "–"
        widths = (10, 10, 12, 10)
        row = "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
        lines.append(f"  {name:<22}{row}  {found.totals[name]}")
    lines += [f"  {line}" for line in _about_totals(found, tree)]
    lines += [f"  {name}: {reason}" for name, reason in found.failed.items()]
    return "\n".join(lines)


def _about_totals(found: Logs, tree: log_tree.Tree) -> Iterator[str]:
    """Say what is right, and by what the other total differs."""
    yield f"{_dollars(tree.total)} is exact, by rational arithmetic"
    if _THEIRS not in found.totals:
        return
    gap = tree.total - Fraction(found.totals[_THEIRS])
    known = tree.searches + tree.geography
    said = (
        f"ccusage is {_dollars(gap)} below it: it leaves out web searches, "
        f"{_dollars(tree.searches)}, and what inference_geo us adds, {_dollars(tree.geography)}; "
        f"the rest, {float(gap - known):.1e}, is its floating point"
    )
    yield said


def _dollars(amount: Fraction) -> str:
    return f"${float(amount):,.6f}"


def as_data(found: Logs) -> dict[str, Any]:
    """Return the findings as JSON data."""
    tree = found.tree
    return {
        "expected": None if tree is None else str(tree.total),
        "totals": found.totals,
        "failed": found.failed,
        "runs": {
            name: {"cpu_seconds": list(map(_cpu, runs)), "memory_bytes": list(map(_memory, runs))}
            for name, runs in found.runs.items()
        },
    }


def main() -> int:
    """Measure by the costcalc that is importable."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else _MOST_RUNS
    found = measure(runs, lambda text: print(text, file=sys.stderr))
    print(as_text(found))
    for what, limit, (least, middle) in judged(found):
        print(f"  {what}: {least:.2f} (medians {middle:.2f}), at most {limit:g}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
