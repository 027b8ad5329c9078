"""Count every document with every tokenizer: `python measure.py SOURCES RESULT`.

RESULT becomes JSON lines, one document each, with its text and its counts. Counting takes a
quarter of an hour, nearly all of it for Claude.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import corpus
import families

from costcalc.tokens import text as base

__all__ = ["counts_of", "main"]


@cache
def _counter(name: str) -> Callable[[str], int]:
    (found,) = [each for each in families.FAMILIES if each.name == name]
    return found.load()


def counts_of(text: str) -> dict[str, int]:
    """Return the counts of one text, by base vocabulary and by family."""
    counts = {name: base.count(name, text) for name in ("o200k_base", "cl100k_base")}
    for family in families.FAMILIES:
        # one vocabulary in another frame, as its package has it
        same = "claude-4.7" if family.name == "claude-4.8" else family.name
        counts[family.name] = counts[same] if same in counts else _counter(same)(text)
    return counts


def _line(document: corpus.Document) -> str:
    record: dict[str, Any] = {
        "source": document.source,
        "group": document.group,
        "kind": document.kind,
        "length": document.length,
        "aside": document.held_aside,
        "text": document.text,
        "counts": counts_of(document.text),
    }
    return json.dumps(record, ensure_ascii=False)


def _check_digits() -> None:
    single = frozenset(
        each.name
        for each in families.FAMILIES
        if _counter(each.name)("a 123456789") - _counter(each.name)("a 1") == len("23456789")
    )
    if single != families.SINGLE_DIGITS:
        msg = f"families with single digits are {sorted(single)}"
        raise ValueError(msg)


def main(sources: Path, result: Path) -> None:
    """Write the counts of all documents, and say where two carriers of one vocabulary differ."""
    _check_digits()
    found = list(corpus.documents(sources))
    with result.open("w", encoding="utf-8") as file, ProcessPoolExecutor() as pool:
        for number, line in enumerate(pool.map(_line, found, chunksize=50)):
            file.write(line + "\n")
            if number % 2_000 == 0:
                print(f"  {number} of {len(found)}", file=sys.stderr, flush=True)
    for name, load in families.SECOND.items():
        first, second = _counter(name), load()
        unlike = sum(first(each.text) != second(each.text) for each in found[::20])
        print(f"{name}: another carrier differs on {unlike} of {len(found[::20])} documents")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
