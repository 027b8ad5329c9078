"""Make calibrations.yaml from measured counts: `python fit.py MEASURED`.

Only documents that are not held aside are read. A class's ratio is the mean over documents that
are mostly of it; its low and high are the 4th and the 96th percentile of long ones, set wider
where few sources told them. Sources weigh alike, however many documents they gave; the languages
that nothing but the declaration of human rights has are one source of a small weight.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from math import sqrt
from pathlib import Path
from typing import Any

import families

from costcalc.tokens import calibration_files
from costcalc.tokens.calibration import CHARACTERS, Calibration, Ratio
from costcalc.tokens.classes import CLASSES, composition

__all__ = [
    "LONG",
    "TELLING",
    "Point",
    "balanced",
    "fit",
    "main",
    "mark_rare",
    "mean",
    "quantile",
    "read",
]

BASE = "o200k_base"
BEFORE_2024 = frozenset({"llama-2", "mistral-v1", "mistral-v3"})
"""Families of 32,000 tokens, too old to tell what an unknown one would be like."""
_MOSTLY = 0.75  # share of a class in a document that tells its ratio
_TAILS = 0.04
_LEAST_HALF = 0.03  # half the narrowest range, as a share
_RARE = "rare languages"  # those that only the declaration has; a source of their own
_WEIGHTS = {_RARE: 0.3}  # of sources; others have 1
_FULL = 8  # documents that give a source all its weight
_SHORT_COVERED, _EACH_COVERED = 0.93, 0.9  # of short texts, and of those of each length
_PURE = 0.85  # the same, while it is not known what the rest costs
LONG, TELLING = 2_000, 400  # characters from which a document is long, or tells a ratio
_FEWEST = 10  # long documents from which a range can be had

_DIGITS = re.compile("[0-9]{1,3}")


class Point:
    """One measured document: what it is, and its counts."""

    __slots__ = ("characters", "counts", "digits", "kind", "length", "shares", "size", "source")

    def __init__(self, record: dict[str, Any]) -> None:
        text: str = record["text"]
        groups = _DIGITS.findall(text)
        self.source: str = record["source"]
        self.kind: str = record["kind"]
        self.length: int = record["length"]
        self.counts: dict[str, int] = record["counts"]
        self.size = len(text)
        self.digits = sum(map(len, groups)) - len(groups)
        self.characters = composition(text)
        self.shares: dict[str, float] = {}

    def weigh(self, per_character: dict[str, float]) -> None:
        """Set the share of each class in the base tokens."""
        weights = {
            name: characters * per_character.get(name, per_character[""])
            for name, characters in self.characters.items()
        }
        total = sum(weights.values())
        self.shares = {name: weight / total for name, weight in weights.items()}

    def base(self, *, single: bool) -> float:
        """Return the base tokens, with digits as the family has them."""
        return self.counts[BASE] + (self.digits if single else 0)


def read(path: Path, *, aside: bool) -> list[Point]:
    """Return the documents of one half."""
    found: list[Point] = []
    with path.open(encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            if record["aside"] is aside:
                found.append(Point(record))
    return found


def main(measured: Path) -> None:
    """Write the bundled file anew."""
    points = read(measured, aside=False)
    found = fit(points)
    target = Path(calibration_files.__file__).with_name("calibrations.yaml")
    sections = [calibration_files.text_of(each) for each in found]
    target.write_text(_HEADER + "".join("---\n" + each for each in sections), encoding="utf-8")


def fit(points: Sequence[Point], only: Sequence[str] = ()) -> list[Calibration]:
    """Return all calibrations, that from characters first; or those of some families."""
    mark_rare(points)
    per_character = _per_character(points)
    for point in points:
        point.weigh(per_character)
    if only:
        return [
            _family(points, each.name, each.measured_with, each.source, each.note)
            for each in families.FAMILIES
            if each.name in only
        ]
    modern = [each.name for each in families.FAMILIES if each.name not in BEFORE_2024]
    found = [
        _family(points, each.name, each.measured_with, each.source, each.note)
        for each in families.FAMILIES
    ]
    grouped = [_ratios(points, name, single=False) for name in [*modern, "cl100k_base"]]
    characters = [_by_character(points, name) for name in [BASE, *modern]]
    return [
        _spanning(CHARACTERS, characters, points, CHARACTERS, first_is_mean=True),
        *found,
        _spanning("unknown", grouped, points, BASE, first_is_mean=False),
    ]


Ratios = dict[str, Ratio]


def _family(
    points: Sequence[Point],
    name: str,
    measured: str,
    source: str | None,
    note: str,
) -> Calibration:
    single = name in families.SINGLE_DIGITS
    ratios = _ratios(points, name, single=single)
    return Calibration(
        name=name,
        base=BASE,
        digits="single" if single else "grouped",
        measured=measured,
        source=source,
        checked=date.today(),  # noqa: DTZ011 - the day here
        documents=len(points),
        note=note,
        pooled=ratios.pop(""),
        classes=ratios,
    )


def _spanning(
    name: str, found: Sequence[Ratios], points: Sequence[Point], base: str, *, first_is_mean: bool
) -> Calibration:
    """Return ratios that span those of several families."""
    ratios: Ratios = {}
    for each in found[0]:
        own = [ratios_of[each] for ratios_of in found]
        mean = own[0].mean if first_is_mean else _round(sum(one.mean for one in own) / len(own))
        low, high = min(one.low for one in own), max(one.high for one in own)
        ratios[each] = Ratio(mean, min(low, mean), max(high, mean), max(o.spread for o in own))
    return Calibration(
        name=name,
        base=base,
        method="heuristic",
        measured=f"{len(found)} vocabularies",
        checked=date.today(),  # noqa: DTZ011 - the day here
        documents=len(points),
        note=(
            "tokens of o200k_base for a character; the range spans all families since 2024"
            if base == CHARACTERS
            else "for models whose tokenizer is not public; the range spans all families since 2024"
        ),
        pooled=ratios.pop(""),
        classes=ratios,
    )


def mark_rare(points: Sequence[Point]) -> None:
    """Make a source of their own of languages that only one source has."""
    sources: dict[str, set[str]] = defaultdict(set)
    for point in points:
        sources[point.kind].add(point.source)
    for point in points:
        if sources[point.kind] == {"udhr"}:
            point.source = _RARE


def _per_character(points: Sequence[Point]) -> dict[str, float]:
    """Return the base tokens of a character by class, from documents of hardly anything else."""
    found: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for point in points:
        name = max(point.characters, key=point.characters.__getitem__)
        if point.length >= TELLING and point.characters[name] > _PURE * point.size:
            found[name].append((point.source, point.counts[BASE] / point.size))
            found[""].append((name, point.counts[BASE] / point.size))
    return {name: mean(values) for name, values in found.items()}


def _ratios(points: Sequence[Point], family: str, *, single: bool) -> Ratios:
    """Return the ratios of a family by class; the pooled one is that of the empty name."""
    means: dict[str, float] = {}
    held: dict[str, list[Observed]] = {}
    for _ in range(3):  # what the rest of a mixed document costs is known better each time
        held = _observed(points, family, means, single=single)
        means = _means(held)
    return {name: _ratio(held[name], means[name]) for name in (*CLASSES, "") if name in means}


def _means(held: dict[str, list[Observed]]) -> dict[str, float]:
    """Return the mean of each class, from documents that are long enough to tell it."""
    long = {name: [each[:2] for each in own if each[2] >= TELLING] for name, own in held.items()}
    return {name: mean(own) for name, own in long.items() if own}


Observed = tuple[str, float, int, float]
"""Source, ratio, length and base tokens of a document."""


def _observed(
    points: Sequence[Point],
    family: str,
    means: dict[str, float],
    *,
    single: bool,
) -> dict[str, list[Observed]]:
    found: dict[str, list[Observed]] = defaultdict(list)
    for point in points:
        name = max(point.shares, key=point.shares.__getitem__)
        share = point.shares[name]
        if share < (_MOSTLY if means else _PURE):
            continue
        base = point.base(single=single)
        rest = sum(
            base * part * means.get(other, 1.0)
            for other, part in point.shares.items()
            if other != name
        )
        own = max(0.0, point.counts[family] - rest) / (base * share)
        found[name].append((point.source, own, point.length, base * share))
        found[""].append((name, point.counts[family] / base, point.length, base))
    return found


def _by_character(points: Sequence[Point], family: str) -> Ratios:
    found: dict[str, list[Observed]] = defaultdict(list)
    for point in points:
        name = max(point.characters, key=point.characters.__getitem__)
        if point.characters[name] > _PURE * point.size:
            ratio = point.counts[family] / point.size
            found[name].append((point.source, ratio, point.length, point.size))
            found[""].append((name, ratio, point.length, point.size))
    means = _means(found)
    return {name: _ratio(found[name], means[name]) for name in (*CLASSES, "") if name in means}


def _ratio(observed: Sequence[Observed], mean: float) -> Ratio:
    """Return mean, range and spread of a class."""
    long = [each[:2] for each in observed if each[2] >= LONG]
    if len(long) < _FEWEST:
        long = [each[:2] for each in observed if each[2] >= TELLING]
    held = balanced(long)
    sources = sum(weight for _, weight in held)
    # few sources, and few documents, do not tell how unlike the next will be
    wider = 1 + min(1.0, sources**-1.5) + 3 / len(long)
    tail = _TAILS * min(1.0, sources)
    low = min(quantile(held, tail), mean * (1 - _LEAST_HALF))
    high = max(quantile(held, 1 - tail), mean * (1 + _LEAST_HALF))
    low = max(0.0, mean - (mean - low) * wider)
    high = mean + (high - mean) * wider
    short = [_needed(observed, length, mean, low, high) for length in (20, 100, 400)]
    spread = max(
        quantile([each for needed in short for each in needed], _SHORT_COVERED),
        *(quantile(needed, _EACH_COVERED) for needed in short),
    )
    return Ratio(_round(mean), _round(low), _round(high), _round(max(spread, 0.3), "0.01"))


def _needed(
    observed: Sequence[Observed], length: int, mean: float, low: float, high: float
) -> list[tuple[float, float]]:
    """Return the spread that each text of a length needs beside the range of long ones."""
    needed: list[tuple[str, float]] = []
    for source, ratio, of, base in observed:
        if of == length:
            beside = base * (high - mean if ratio > mean else mean - low)
            off = max(0.0, abs(ratio - mean) * base - 0.5)  # the ends are rounded outwards
            needed.append((source, sqrt(max(0.0, off * off - beside * beside) / base)))
    return balanced(needed)


def balanced(values: Iterable[tuple[str, float]]) -> list[tuple[float, float]]:
    """Return values with weights; those of one source have 1 together, less where they are few."""
    held = list(values)
    number = Counter(source for source, _ in held)
    return [
        (value, _WEIGHTS.get(source, 1.0) * min(1.0, number[source] / _FULL) / number[source])
        for source, value in held
    ]


def mean(values: Iterable[tuple[str, float]]) -> float:
    """Return the mean of values that know their source."""
    held = balanced(values)
    return sum(value * weight for value, weight in held) / sum(weight for _, weight in held)


def quantile(weighted: Sequence[tuple[float, float]], share: float) -> float:
    """Return the value that a share of the weight does not exceed."""
    wanted = share * sum(weight for _, weight in weighted)
    reached = 0.0
    found = 0.0
    for value, weight in sorted(weighted):
        found = value
        reached += weight
        if reached >= wanted:
            break
    return found


def _round(number: float | Decimal, step: str = "0.001") -> Decimal:
    return Decimal(number).quantize(Decimal(step))


_HEADER = """\
# How many tokens families of models have for one token of a public vocabulary.
#
# Made by benchmarks/tokenizers/fit.py; do not edit. What it means, how it was measured and how far
# it is off is told in docs/explanation/token-accuracy.md.
#
# A class of content has [mean, low, high, spread]: nine in ten long documents lie between low and
# high; shorter ones may be off by the spread, times the square root of their tokens, beside that.
# `pooled` is for content of a class without a ratio. `digits: single` says that the family has each
# digit as one token, where the base has up to three in one.
"""

if __name__ == "__main__":
    main(Path(sys.argv[1]))
