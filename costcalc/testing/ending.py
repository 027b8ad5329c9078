"""The end of a run: what is written to the file of pins, what is shown, and whether it fails."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from costcalc.errors import CostcalcError
from costcalc.report.amounts import counted
from costcalc.testing.lock_file import read_lock
from costcalc.testing.locking import changed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from costcalc.testing.lock_file import LockFile
    from costcalc.testing.locking import Findings, Judge
    from costcalc.testing.pins import Pin

__all__ = ["Ending", "difference"]

_DONE = {"create": "created", "fix": "fixed", "trim": "trimmed"}


def difference(before: LockFile, after: LockFile, name: str) -> str:
    """Return what a file says differently, as a unified diff; empty where nothing does."""
    one = before.text().splitlines(keepends=True) if before.entries else []
    other = after.text().splitlines(keepends=True)
    return "".join(difflib.unified_diff(one, other, name, name, n=2))


class Ending:
    """Ends a run: `said` is what its summary says, `failed` why the run fails by its pins."""

    def __init__(self, judge: Judge, found: Findings, partial: str) -> None:
        self._judge = judge
        self._found = found
        self._partial = partial
        unused = judge.unused(found)
        self._unused: tuple[Pin, ...] = () if partial else unused
        self.said: list[str] = []
        self.failed: list[str] = []
        if partial and unused and "trim" in judge.modes:
            self.said.append(f"no pin is trimmed: {partial}")

    def run(self, *, allow_unused: bool, write: Callable[[str], object], asks: bool) -> bool:
        """Write what is allowed, and return whether the run fails by its pins."""
        modes = set(self._judge.modes)
        reviewed = "review" in modes
        if reviewed:
            modes = self._reviewed(write, asks=asks)
        self._write(modes)
        if self._unused and not ("trim" in modes or allow_unused or reviewed):
            self.failed += self._unused_lines()
        return bool(self.failed)

    def _counts(self) -> dict[str, int]:
        found = self._found
        counts = {"create": found.new, "fix": found.fixed, "trim": self._unused}
        return {mode: len(each) for mode, each in counts.items() if each}

    def _reviewed(self, write: Callable[[str], object], *, asks: bool) -> set[str]:
        """Show each kind of change, and return those that were accepted."""
        taken: set[str] = set()
        counts = self._counts()
        lock = self._judge.lock
        for mode, count in counts.items():
            after = changed(lock, self._found, {mode}, self._unused)
            write(f"\n\n{counted(count, 'pin')} to {mode}:\n\n")
            write(difference(lock, after, self._judge.name))
            if asks and _answer(f"\n{mode} {'it' if count == 1 else 'them'}? [y/N] "):
                taken.add(mode)
        left = [mode for mode in counts if mode not in taken]
        if counts and not asks:
            self.failed.append("FAILED review asks on a terminal only; nothing is written")
        elif left:
            self.failed.append(f"FAILED {' and '.join(left)} was not accepted")
        return taken

    def _write(self, modes: set[str]) -> None:
        """Write the file where it changes."""
        if not modes:
            return
        name, path = self._judge.name, self._judge.lock.path
        try:
            lock = read_lock(path, name)  # somebody may have edited it while the tests ran
            after = changed(lock, self._found, modes, self._unused)
            if after.entries == lock.entries:
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            after.write()
        except (CostcalcError, OSError) as error:
            self.failed.append(f"FAILED {name} is not written: {error}")
            return
        counts = self._counts()
        parts = (f"{counts[each]} {_DONE[each]}" for each in _DONE if each in modes & counts.keys())
        self.said.append(f"{name}: {', '.join(parts)}; review it like code")

    def _unused_lines(self) -> Iterator[str]:
        number = len(self._unused)
        it = "it" if number == 1 else "them"
        yield (
            f"FAILED {self._judge.name}: no test rests on {counted(number, 'pin')}; remove {it} "
            f"with --costcalc-pins=trim, or let {it} pass with --costcalc-allow-unused:"
        )
        yield from (f"  {pin.label()}" for pin in self._unused)


def _answer(question: str) -> bool:
    try:
        return input(question).strip().lower() in {"y", "yes"}
    except (EOFError, KeyboardInterrupt):
        return False
