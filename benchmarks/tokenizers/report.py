"""Write the tables of docs/explanation/token-accuracy.md: `python report.py MEASURED`.

All figures are of documents that no ratio was fitted to. Sources weigh alike in them, as when
ratios are fitted; the range counts as right where it holds the true number, ends included.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from math import ceil, floor, sqrt
from pathlib import Path
from statistics import fmean

import families
import fit
from fit import BASE, Point

from costcalc.tokens.calibration import CHARACTERS, Calibration, Ratio, bundled
from costcalc.tokens.classes import CLASSES

__all__ = ["main"]

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "token-accuracy.md"
_SHOWN = ("claude-3", "claude-4.7", "gemini", "deepseek-v3", "tekken", "llama-3", "qwen-3",
          "qwen-3.5", "glm-4", "kimi-k2")  # fmt: skip
_SAME = {"claude-4.8": "claude-4.7", "kimi-k3": "kimi-k2"}
_ALL = [each.name for each in families.FAMILIES if each.name not in _SAME]
_RIVALS = ("claude-3", "claude-4.7", "gemini", "deepseek-v3", "llama-3", "qwen-3.5")

Estimate = tuple[int, int, int]
Judged = tuple[str, float, float, bool]
"""Source, error and width as shares of the true number, and whether the range holds it."""


def main(measured: Path) -> None:
    """Write the tables into the page, between their marks."""
    aside, fitted = fit.read(measured, aside=True), fit.read(measured, aside=False)
    usual = bundled(CHARACTERS)
    per_character = {name: float(ratio.mean) for name, ratio in usual.classes.items()}
    per_character[""] = float(usual.pooled.mean)
    for points in (aside, fitted):
        fit.mark_rare(points)
        for point in points:
            point.weigh(per_character)
    tables = {
        "ratios": _ratios(),
        "families": _families(aside, _elsewhere(fitted, aside)),
        "classes": _classes(aside),
        "rivals": _rivals(aside, fitted),
        "characters": _guesses(aside),
    }
    text = PAGE.read_text(encoding="utf-8")
    for name, lines in tables.items():
        marks = re.compile(rf"(?<=<!-- table: {name} -->\n).*?(?=<!-- end -->)", re.DOTALL)
        text = marks.sub("".join(f"{line}\n" for line in lines), text, count=1)
    PAGE.write_text(text, encoding="utf-8")


def _estimate(calibration: Calibration, point: Point) -> Estimate:
    """Return what `Calibration.count` gives; the shares of classes are known already."""
    total = point.base(single=calibration.digits == "single")
    expected = below = above = noise = 0.0
    for name, share in point.shares.items():
        ratio = calibration.classes.get(name, calibration.pooled)
        base, mean = total * share, float(ratio.mean)
        expected += base * mean
        below += base * (mean - float(ratio.low))
        above += base * (float(ratio.high) - mean)
        noise += base * float(ratio.spread) ** 2
    low = max(0, floor(expected - sqrt(below * below + noise)))
    return round(expected), low, ceil(expected + sqrt(above * above + noise))


def _judged(
    points: Iterable[Point], name: str, estimate: Callable[[Point], Estimate]
) -> list[Judged]:
    found: list[Judged] = []
    for point in points:
        true = point.counts[name]
        if true:
            tokens, low, high = estimate(point)
            error, width = abs(tokens - true) / true, (high - low) / true
            found.append((point.source, error, width, low <= true <= high))
    return found


def _with(name: str) -> Callable[[Point], Estimate]:
    calibration = bundled(name)
    return lambda point: _estimate(calibration, point)


def _covered(judged: Sequence[Judged]) -> float:
    return fit.mean((source, float(holds)) for source, _, _, holds in judged)


def _at(judged: Sequence[Judged], share: float, column: int = 1) -> float:
    values = [(each[0], float(each[column])) for each in judged]
    return fit.quantile(fit.balanced(values), share)


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"


def _errors(judged: Sequence[Judged]) -> str:
    """Return the median and the 95th percentile of the errors."""
    return f"{100 * _at(judged, 0.5):.1f} / {_percent(_at(judged, 0.95))}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def _ratios() -> list[str]:
    head = ["tokens for 100 of o200k_base", *_SHOWN]
    held = [bundled(name).classes for name in _SHOWN]
    return _table(
        head,
        (
            [
                name,
                *(_spelled(own[name]) for own in held),
            ]
            for name in CLASSES
        ),
    )


def _spelled(ratio: Ratio) -> str:
    return f"{100 * ratio.mean:.0f} ({100 * ratio.low:.0f}–{100 * ratio.high:.0f})"


def _elsewhere(fitted: Sequence[Point], aside: Sequence[Point]) -> dict[str, float]:
    """Return the coverage on sources that ratios were not fitted to, each in its turn."""
    found: dict[str, list[Judged]] = defaultdict(list)
    rooms = sorted({_room(point.source) for point in fitted})
    for room in rooms:
        print(f"  without {room}", file=sys.stderr, flush=True)
        rest = [point for point in fitted if _room(point.source) != room]
        other = [
            point
            for point in (*fitted, *aside)
            if _room(point.source) == room and point.length >= fit.TELLING
        ]
        for calibration in fit.fit(rest, only=_ALL):
            known = [point for point in other if set(point.shares) <= set(calibration.classes)]
            judged = _judged(known, calibration.name, lambda p, c=calibration: _estimate(c, p))
            found[calibration.name] += [(room, *each[1:]) for each in judged]
    return {name: _covered(judged) for name, judged in found.items()}


def _room(source: str) -> str:
    """Return the source that packages of one registry are together."""
    return "npm" if source.startswith("npm-") else source


def _families(aside: Sequence[Point], elsewhere: dict[str, float]) -> list[str]:
    head = ["family", "20", "100", "400", "2,000", "8,000", "new source", "error", "p95", "width"]
    rows: list[list[str]] = []
    for name in [*_ALL, "unknown"]:
        row = [name]
        for length in (20, 100, 400, 2_000, 8_000):
            points = [point for point in aside if point.length == length]
            row.append(_percent(_covered(_all_judged(points, name))))
        long = _all_judged([point for point in aside if point.length >= fit.LONG], name)
        row.append(_percent(elsewhere[name]) if name in elsewhere else "–")
        row += [
            f"{100 * _at(long, 0.5):.1f}",
            _percent(_at(long, 0.95)),
            _percent(_at(long, 0.5, 2)),
        ]
        rows.append(row)
    return _table(head, rows)


def _all_judged(points: Sequence[Point], name: str) -> list[Judged]:
    """Judge a family; the unknown one by each family since 2024 in turn."""
    if name != "unknown":
        return _judged(points, name, _with(name))
    modern = [family for family in _ALL if family not in fit.BEFORE_2024]
    return [each for family in modern for each in _judged(points, family, _with(name))]


def _classes(aside: Sequence[Point]) -> list[str]:
    head = ["class", "documents", "covered", "least of a family", "error", "p95"]
    by_class: dict[str, list[Point]] = defaultdict(list)
    for point in aside:
        by_class[max(point.shares, key=point.shares.__getitem__)].append(point)
    rows: list[list[str]] = []
    for name in CLASSES:
        own = by_class[name]
        judged = {family: _judged(own, family, _with(family)) for family in _ALL}
        covered = {family: _covered(each) for family, each in judged.items()}
        least = min(covered, key=covered.__getitem__)
        long = [point for point in own if point.length >= fit.TELLING]
        errors = [_judged(long, family, _with(family)) for family in _ALL]
        rows.append([
            name, str(len(own)), _percent(fmean(covered.values())),
            f"{_percent(covered[least])} ({least})",
            f"{100 * fmean(_at(each, 0.5) for each in errors):.1f}",
            _percent(fmean(_at(each, 0.95) for each in errors)),
        ])  # fmt: skip
    return _table(head, rows)


def _rivals(aside: Sequence[Point], fitted: Sequence[Point]) -> list[str]:
    head = [
        "family",
        "by class",
        "one ratio",
        "as English",
        "o200k_base as it is",
        "characters / 4",
    ]
    long = [point for point in aside if point.length >= fit.TELLING]
    rows: list[list[str]] = []
    for name in _RIVALS:
        base = [
            (p.source, p.counts[name] / p.counts[BASE]) for p in fitted if p.length >= fit.TELLING
        ]
        flat = fit.mean(base)
        english = float(bundled(name).classes["english"].mean)
        ways: list[Callable[[Point], Estimate]] = [
            _with(name),
            lambda point, ratio=flat: (round(point.counts[BASE] * ratio), 0, 0),
            lambda point, ratio=english: (round(point.counts[BASE] * ratio), 0, 0),
            lambda point: (point.counts[BASE], 0, 0),
            lambda point: (round(point.size / 4), 0, 0),
        ]
        judged = [_judged(long, name, way) for way in ways]
        rows.append([name, *map(_errors, judged)])
    return _table(head, rows)


def _guesses(aside: Sequence[Point]) -> list[str]:
    """Return how a guess from characters does, against o200k_base itself."""
    calibration = bundled(CHARACTERS)
    rows: list[list[str]] = []
    for length in (20, 100, 400, 2_000, 8_000):
        points = [point for point in aside if point.length == length]
        by_class = _judged(points, BASE, lambda point: _by_characters(calibration, point))
        quarter = _judged(points, BASE, lambda point: (round(point.size / 4), 0, 0))
        rows.append([
            f"{length:,}", _percent(_covered(by_class)),
            _errors(by_class), _errors(quarter),
        ])  # fmt: skip
    return _table(["characters", "covered", "by class", "characters / 4"], rows)


def _by_characters(calibration: Calibration, point: Point) -> Estimate:
    expected = below = above = noise = 0.0
    for name, characters in point.characters.items():
        ratio = calibration.classes.get(name, calibration.pooled)
        mean = float(ratio.mean)
        expected += characters * mean
        below += characters * (mean - float(ratio.low))
        above += characters * (float(ratio.high) - mean)
        noise += characters * float(ratio.spread) ** 2
    low = max(0, floor(expected - sqrt(below * below + noise)))
    return round(expected), low, ceil(expected + sqrt(above * above + noise))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
