"""What was measured, as tables for people and as data for programs: ratios against their bars."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from importlib.metadata import version
from typing import Any

import counting
import environment
import logs
import measure
import plugin
import sessions
from cases import Case
from counting import Counting
from logs import Logs
from measure import BARE, Answer, Scenario, Series, Starts
from peers import GENAI_PRICES, OURS, PEERS
from plugin import Plugin
from sessions import Sessions

__all__ = ["Findings", "as_data", "as_text", "collect"]

_START_BAR, _MEMORY_BAR = 0.25, 0.5
_OURS, _THEIRS = OURS.distribution, GENAI_PRICES.distribution
_OTHERS = tuple(peer.distribution for peer in PEERS if peer is not OURS)
_MEMORY_RUNS, _WARM_ROUNDS_A_RUN = 5, 4
_VERDICTS = ("exact", "float", "wrong", "refused", "cannot")


@dataclass
class Findings:
    """Everything that one run found; a part that was not asked for is None."""

    versions: dict[str, str]
    runs: int
    when: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y-%m-%d}")
    starts: Starts | None = None
    memory: dict[str, Series] | None = None
    warm: list[tuple[Scenario, dict[str, Series]]] | None = None
    exactness: list[tuple[Case, dict[str, Answer]]] | None = None
    counting: Counting | None = None
    sessions: Sessions | None = None
    logs: Logs | None = None
    plugin: Plugin | None = None


def collect(parts: Sequence[str], runs: int, say: Callable[[str], None]) -> Findings:
    """Measure the parts that were asked for."""
    # fresh processes and counting first: this one is still small
    begun = measure.starts(runs, say) if "starts" in parts else None
    memory = measure.memory(min(runs, _MEMORY_RUNS), say) if "memory" in parts else None
    counted = counting.measure(runs, say) if "counting" in parts else None
    found = Findings(measure.loaded(say), runs, starts=begun, memory=memory, counting=counted)
    if counted is not None:
        found.versions["tiktoken"] = version("tiktoken")
    if "warm" in parts:
        found.warm = measure.warm(runs * _WARM_ROUNDS_A_RUN, say)
    if "exactness" in parts:
        found.exactness = measure.exactness(say)
    if "sessions" in parts:
        found.sessions = sessions.measure(runs, say)
    if "logs" in parts:
        found.logs = logs.measure(runs, say)
    if "plugin" in parts:
        found.plugin = plugin.measure(runs, say)
    say("done")
    return found


@dataclass(frozen=True)
class Ratio:
    """Ours divided by another's: of the minima, and of the medians."""

    least: float
    middle: float

    @classmethod
    def of(cls, ours: Series, other: Series, less: Series | None = None) -> Ratio | None:
        """Return the ratio of two series, a third one taken off both; None without values."""
        if not ours.values or not other.values:
            return None
        least, middle = (less.least, less.middle) if less is not None else (0.0, 0.0)
        return cls(
            (ours.least - least) / (other.least - least),
            (ours.middle - middle) / (other.middle - middle),
        )


@dataclass(frozen=True)
class Bar:
    """A limit on a ratio, and whether it holds; that of the minima decides, or its stand-in."""

    what: str
    limit: float
    ratio: Ratio | None

    @property
    def verdict(self) -> str:
        """Return pass, miss or not measured."""
        if self.ratio is None:
            return "not measured"
        return "pass" if self.ratio.least <= self.limit else "MISS"


def bars(found: Findings) -> list[Bar]:
    """Return the bars of the parts that were measured."""
    held: list[Bar] = []
    if found.starts is not None:
        for name, series in (("wall", found.starts.wall), ("CPU", found.starts.cpu)):
            ratio = Ratio.of(series[_OURS], series[_THEIRS])
            held.append(Bar(f"import and first price, {name}", _START_BAR, ratio))
    if found.memory is not None:
        memory = found.memory
        ratio = Ratio.of(memory[_OURS], memory[_THEIRS], memory[BARE])
        held.append(Bar("memory after the first price", _MEMORY_BAR, ratio))
    for scenario, series in found.warm or ():
        if scenario.bar is not None:
            ratio = Ratio.of(series[_OURS], series[_THEIRS])
            held.append(Bar(scenario.name, scenario.bar, ratio))
    held += [Bar(what, limit, Ratio(*ratio)) for what, limit, ratio in _judged(found)]
    return held


def _judged(found: Findings) -> Iterator[tuple[str, float, tuple[float, float]]]:
    """Iterate over the bars of parts that judge themselves."""
    if found.counting is not None:
        for what, limit, ratio in counting.judged(found.counting):
            yield f"counting, {what}", limit, ratio
    if found.sessions is not None:
        yield from sessions.judged(found.sessions)
    if found.logs is not None:
        yield from logs.judged(found.logs)
    if found.plugin is not None:
        yield from plugin.judged(found.plugin)


# --- for people -----------------------------------------------------------------------------------


def as_text(found: Findings) -> str:
    """Return the report as plain text."""
    sections = [_head(found)]
    if found.starts is not None:
        sections.append(_starts_text(found.starts, found.runs))
    if found.memory is not None:
        sections.append(_memory_text(found.memory))
    if found.warm is not None:
        sections.append(_warm_text(found.warm, found.runs))
    if found.exactness is not None:
        sections.append(_exactness_text(found.exactness))
    if found.counting is not None:
        title = "5. counting tokens beside bare tiktoken, in turn: costcalc's time by tiktoken's"
        sections.append(f"{title}\n\n{counting.as_text(found.counting)}")
    if found.sessions is not None:
        title = "6. sessions of 50 steps beside their calls priced one by one, in turn"
        sections.append(f"{title}\n\n{sessions.as_text(found.sessions)}")
    if found.logs is not None:
        title = "7. an agent's logs beside ccusage's native program, in turn"
        sections.append(f"{title}\n\n{logs.as_text(found.logs)}")
    if found.plugin is not None:
        title = "8. suites that do not use the pytest plugin, with costcalc installed and without"
        sections.append(f"{title}\n\n{plugin.as_text(found.plugin)}")
    sections.append(_bars_text(bars(found)))
    return "\n\n".join(sections)


def _head(found: Findings) -> str:
    system = f"{platform.python_implementation()} {platform.python_version()}, {platform.system()}"
    lines = [f"costcalc beside its peers, {found.when}, {system}"]
    lines += [f"  {name} {version}" for name, version in found.versions.items()]
    lines += [f"  {name}: {note}" for name, note in environment.installed_notes().items()]
    lines.append("Ratios are ours divided by theirs: below 1 is less time or memory.")
    return "\n".join(lines)


def _starts_text(begun: Starts, runs: int) -> str:
    rows = [["", "wall: minima", "medians", "CPU: minima", "medians"]]
    for name in (*_OTHERS, BARE):
        wall = Ratio.of(begun.wall[_OURS], begun.wall[name])
        cpu = Ratio.of(begun.cpu[_OURS], begun.cpu[name])
        rows.append([name, *_pair(wall), *_pair(cpu)])
    title = f"1. import and first price in a fresh process, {runs} runs in turn"
    return "\n".join([title, _table(rows), *_failures(begun.wall)])


def _memory_text(memory: dict[str, Series]) -> str:
    rows = [["", "minima", "medians"]]
    for name in _OTHERS:
        ratio = Ratio.of(memory[_OURS], memory[name], memory[BARE])
        rows.append([name, *_pair(ratio)])
    title = "2. peak memory after the first price, above that of a bare interpreter"
    return "\n".join([title, _table(rows), *_failures(memory)])


def _failures(series: dict[str, Series]) -> list[str]:
    return [f"  {name}: {each.failed}" for name, each in series.items() if each.failed]


def _warm_text(measured: list[tuple[Scenario, dict[str, Series]]], runs: int) -> str:
    rows = [["", f"{_THEIRS}: minima", "medians", *_OTHERS[1:]]]
    reasons: Counter[tuple[str, str]] = Counter()
    for scenario, series in measured:
        cells = [scenario.name]
        for name in _OTHERS:
            other = series.get(name, Series())
            ratio = Ratio.of(series[_OURS], other)
            mark = "" if _agree(series[_OURS], other) else " ≠"
            if name == _THEIRS:
                cells += [f"{cell}{mark}" for cell in _pair(ratio)]
            else:
                cells.append(f"{_number(ratio.least)}{mark}" if ratio else "–")
            if other.failed:
                reasons[name, other.failed] += 1
        rows.append(cells)
    title = f"3. warm calls in one process, {runs * _WARM_ROUNDS_A_RUN} batches in turn"
    legend = "  columns without a word are minima; ≠: it gives another total; –: it gives none"
    notes = [f"  {name} ({count}×): {reason}" for (name, reason), count in sorted(reasons.items())]
    return "\n".join([title, _table(rows), legend, *notes])


def _agree(ours: Series, other: Series) -> bool:
    if not ours.total or not other.total:
        return True
    mine, its = Fraction(ours.total), Fraction(other.total)
    return abs(mine - its) <= abs(mine) * Fraction(1, 10**9)


def _exactness_text(judged: list[tuple[Case, dict[str, Answer]]]) -> str:
    rows = [["", "to the last digit", "but for float", "wrong", "refused", "cannot say"]]
    for name in (_OURS, *_OTHERS):
        counts = Counter(answers[name].verdict for _, answers in judged)
        cells = ["–" if counts["missing"] else str(counts[verdict]) for verdict in _VERDICTS]
        rows.append([name, *cells])
    lines = [f"4. exactness: {len(judged)} calls that some tool once mispriced", _table(rows)]
    for name in (_OURS, *_OTHERS):
        for case, answers in judged:
            answer = answers[name]
            if answer.off is not None:
                lines.append(f"  {name} wrong by {answer.off:+.1%}: {case.name} ({case.seen_in})")
            elif name == _OURS and answer.verdict in ("refused", "cannot"):
                lines.append(f"  {name}: {case.name}: {answer.detail}")
    return "\n".join(lines)


def _bars_text(held: list[Bar]) -> str:
    rows = [["bars", "ratio", "at most", ""]]
    for bar in held:
        ratio = f"{bar.ratio.least:.3f}" if bar.ratio else "–"  # a bar may be 1.02
        rows.append([bar.what, ratio, f"{bar.limit:g}", bar.verdict])
    return _table(rows) if held else "no bars in what was measured"


def _pair(ratio: Ratio | None) -> list[str]:
    return [_number(ratio.least), _number(ratio.middle)] if ratio is not None else ["–", "–"]


def _number(value: float) -> str:
    return f"{value:.3f}" if value < 1 else f"{value:.2f}"


def _table(rows: list[list[str]]) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines: list[str] = []
    for row in rows:
        cells = [row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]
        lines.append(f"  {'  '.join(cells)}".rstrip())
    return "\n".join(lines)


# --- for programs ---------------------------------------------------------------------------------


def as_data(found: Findings) -> dict[str, Any]:
    """Return everything that was found as JSON data; seconds and bytes are this machine's."""
    data: dict[str, Any] = {
        "date": found.when,
        "python": platform.python_version(),
        "system": platform.system(),
        "versions": found.versions,
        "installed": environment.installed_notes(),
        "bars": [
            {"what": bar.what, "limit": bar.limit, "verdict": bar.verdict, **_ratio(bar.ratio)}
            for bar in bars(found)
        ],
    }
    if found.starts is not None:
        begun = found.starts
        data["starts"] = {
            name: {
                "wall_seconds": _spread(begun.wall[name]),
                "cpu_seconds": _spread(begun.cpu[name]),
            }
            for name in begun.wall
        }
    if found.memory is not None:
        data["memory_bytes"] = {name: _spread(each) for name, each in found.memory.items()}
    if found.warm is not None:
        data["warm_seconds"] = {
            scenario.name: {name: _spread(each) for name, each in series.items()}
            for scenario, series in found.warm
        }
    if found.exactness is not None:
        data["exactness"] = [_case_data(*each) for each in found.exactness]
    if found.counting is not None:
        data["counting"] = counting.as_data(found.counting)
    if found.sessions is not None:
        data["sessions"] = sessions.as_data(found.sessions)
    if found.logs is not None:
        data["logs"] = logs.as_data(found.logs)
    if found.plugin is not None:
        data["plugin"] = plugin.as_data(found.plugin)
    return data


def _ratio(ratio: Ratio | None) -> dict[str, float | None]:
    if ratio is None:
        return {"minima": None, "medians": None}
    return {"minima": ratio.least, "medians": ratio.middle}


def _spread(series: Series) -> dict[str, Any]:
    if not series.values:
        return {"failed": series.failed or "not measured"}
    said = {"total": series.total} if series.total else {}
    return {"min": series.least, "median": series.middle, "runs": len(series.values), **said}


def _case_data(case: Case, answers: dict[str, Answer]) -> dict[str, Any]:
    return {
        "case": case.name,
        "seen_in": case.seen_in,
        "expected": f"{case.expected.numerator}/{case.expected.denominator}",
        "answers": {
            name: {"verdict": each.verdict, "said": each.detail, "off": each.off}
            for name, each in answers.items()
        },
    }
