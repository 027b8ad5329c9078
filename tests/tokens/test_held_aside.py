"""Measured ratios on documents that nothing was fitted to: the true number lies in the range.

The corpus was chosen, and its counts told by the families' own tokenizers, with the scripts of
benchmarks/tokenizers; corpus/README.md says where its texts come from. Nobody may fit to it, nor
change a bound here because a number moved: measure anew, and see why.
"""

from __future__ import annotations

import json
from collections import defaultdict
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from costcalc.tokens import text
from costcalc.tokens.calibration import bundled, bundled_names, by_characters
from costcalc.tokens.classes import CLASSES, content_class
from costcalc.tokens.token_count import TokenPart

CORPUS = Path(__file__).parent / "corpus"
BASE = "o200k_base"


@cache
def documents() -> list[dict[str, Any]]:
    with (CORPUS / "documents.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@cache
def counts() -> dict[str, list[int]]:
    head, *rows = (CORPUS / "counts.tsv").read_text(encoding="utf-8").splitlines()
    columns = zip(*(map(int, row.split("\t")) for row in rows), strict=True)
    return {name: list(column) for name, column in zip(head.split("\t"), columns, strict=True)}


FAMILIES = [name for name in bundled_names() if name not in {"characters", "unknown"}]
SINCE_2024 = [name for name in FAMILIES if name not in {"llama-2", "mistral-v1", "mistral-v3"}]


@cache
def parts(family: str) -> list[TokenPart]:
    calibration = bundled(family)
    return [
        calibration.count(each["text"], base_tokens=base)
        for each, base in zip(documents(), counts()[BASE], strict=True)
    ]


def held(family: str, true: str | None = None) -> list[bool]:
    """Return, for each document, whether the range of a family holds a true count."""
    return [
        part.low <= number <= part.high
        for part, number in zip(parts(family), counts()[true or family], strict=True)
    ]


def share(found: list[bool]) -> float:
    return sum(found) / len(found)


def test_the_table_is_of_these_documents() -> None:
    assert counts()["id"] == [each["id"] for each in documents()]
    assert counts()[BASE] == [text.count(BASE, each["text"]) for each in documents()]
    assert set(counts()) == {"id", BASE, *FAMILIES}
    assert {content_class(each["text"]) for each in documents()} == set(CLASSES)


@pytest.mark.parametrize("family", FAMILIES)
def test_nine_in_ten_true_counts_lie_in_the_range(family: str) -> None:
    assert share(held(family)) >= 0.9


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("length", [20, 100, 400, 2_000])
def test_the_range_holds_for_every_length(family: str, length: int) -> None:
    found = [
        holds
        for holds, each in zip(held(family), documents(), strict=True)
        if each["length"] == length
    ]
    assert share(found) >= 0.85


@pytest.mark.parametrize("name", CLASSES)
def test_the_range_holds_for_every_class(name: str) -> None:
    by_family: dict[str, list[bool]] = defaultdict(list)
    for family in FAMILIES:
        for holds, each in zip(held(family), documents(), strict=True):
            if each["class"] == name:
                by_family[family].append(holds)
    assert share([holds for found in by_family.values() for holds in found]) >= 0.75
    # seven to thirteen documents a class and family, which tell no more than this
    assert all(share(found) > 0.5 for found in by_family.values())


COMMON = ("english", "code", "json", "markdown", "csv")


@pytest.mark.parametrize("family", FAMILIES)
def test_the_range_holds_for_the_commonest_contents(family: str) -> None:
    found = [
        holds
        for holds, each in zip(held(family), documents(), strict=True)
        if each["class"] in COMMON
    ]
    assert share(found) >= 0.85


@pytest.mark.parametrize("family", SINCE_2024)
def test_the_unknown_family_covers_each_that_is_known(family: str) -> None:
    assert share(held("unknown", family)) >= 0.9


WIDTHS = {
    "claude-3": 0.36, "claude-4.7": 0.45, "claude-4.8": 0.45, "gemini": 0.3, "deepseek-v3": 0.25,
    "tekken": 0.25, "mistral-v1": 0.4, "mistral-v3": 0.4, "llama-2": 0.4, "llama-3": 0.25,
    "qwen-3": 0.25, "qwen-3.5": 0.25, "glm-4": 0.25, "kimi-k2": 0.3, "kimi-k3": 0.3,
}  # fmt: skip
"""Median widths of long documents, as shares; these documents are harder than usual ones, as each
of nearly sixty classes has as many."""


@pytest.mark.parametrize("family", FAMILIES)
def test_the_range_is_of_use(family: str) -> None:
    widths = [
        (part.high - part.low) / part.tokens
        for part, each in zip(parts(family), documents(), strict=True)
        if each["length"] >= 400
    ]
    assert median(widths) <= WIDTHS[family]


ERRORS = {"claude-3": 0.07, "claude-4.7": 0.1, "gemini": 0.07, "deepseek-v3": 0.06}
"""Medians of the errors of documents of 400 characters and more; 0.05 for other families."""


@pytest.mark.parametrize("family", ["claude-3", "claude-4.7", "gemini", "deepseek-v3", "tekken",
                                    "llama-3", "qwen-3", "qwen-3.5", "glm-4", "kimi-k2"])  # fmt: skip
def test_the_likely_number_is_near(family: str) -> None:
    errors = [
        abs(part.tokens - number) / number
        for part, number, each in zip(parts(family), counts()[family], documents(), strict=True)
        if each["length"] >= 400
    ]
    assert median(errors) <= ERRORS.get(family, 0.05)
    flat = sum(counts()[family]) / sum(counts()[BASE])
    alike = [
        abs(base * flat - number) / number
        for base, number, each in zip(counts()[BASE], counts()[family], documents(), strict=True)
        if each["length"] >= 400
    ]
    assert median(errors) < 0.6 * median(alike)  # one ratio for all content does worse


def test_a_guess_from_characters_holds_too() -> None:
    found = [
        part.low <= number <= part.high
        for part, number in zip(
            (by_characters(each["text"]) for each in documents()), counts()[BASE], strict=True
        )
    ]
    assert share(found) >= 0.9
