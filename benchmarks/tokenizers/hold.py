"""Choose the documents that the tests hold aside: `python hold.py MEASURED`.

They come from the half that no ratio was fitted to, from sources whose licence lets their text be
passed on, a few of each class and length, chosen by a digest of the text and by nothing else.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import families

from costcalc.tokens.classes import content_class

__all__ = ["main"]

FREE = frozenset(
    {
        "django", "django-docs", "stdlib", "synthetic", "udhr",
        *(f"npm-{name}" for name in (
            "axios", "bootstrap", "chart.js", "commander", "docsify", "eslint",
            "eslint-plugin-unicorn", "express", "lodash", "marked", "react", "socket.io",
            "vue", "webpack", "zod",
        )),
    }
)  # fmt: skip
"""Sources under MIT, BSD or PSF licences, of our own, or of the United Nations."""
_MANY = {20: 2, 100: 3, 400: 3, 2_000: 1}
"""Documents of each length from one class."""
_MORE = {2_000: 3, 8_000: 1}
_COMMON = frozenset({"code", "csv", "english", "json", "markdown"})
"""Classes that give `_MORE` long documents."""
_ADDRESS = re.compile(r"@(?!example\.)\w+\.\w")  # people's addresses stay where they are
_COLUMNS = ("o200k_base", *(family.name for family in families.FAMILIES))


def main(measured: Path) -> None:
    """Write the corpus of the tests anew."""
    found: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    sources: dict[str, set[str]] = defaultdict(set)
    with measured.open(encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            sources[record["kind"]].add(record["source"])
            free = record["source"] in FREE and not _ADDRESS.search(record["text"])
            if record["aside"] and free:
                found[content_class(record["text"]), record["length"]].append(record)
    folder = Path(__file__).parents[2] / "tests" / "tokens" / "corpus"
    number = 0
    with (
        (folder / "documents.jsonl").open("w", encoding="utf-8") as documents,
        (folder / "counts.tsv").open("w", encoding="utf-8") as counts,
    ):
        counts.write("\t".join(("id", *_COLUMNS)) + "\n")
        for (name, length), records in sorted(found.items()):
            most = _MANY.get(length, 0)
            if name in _COMMON:
                most = max(most, _MORE.get(length, 0))
            for record in _chosen(records, most, sources):
                number += 1
                told = {"id": number, "class": name, "length": length}
                told |= {key: record[key] for key in ("source", "kind", "text")}
                documents.write(json.dumps(told, ensure_ascii=False) + "\n")
                row = (number, *(record["counts"][column] for column in _COLUMNS))
                counts.write("\t".join(map(str, row)) + "\n")
    print(f"{number} documents")


def _chosen(
    records: list[dict[str, Any]], most: int, sources: dict[str, set[str]]
) -> list[dict[str, Any]]:
    """Return documents in the order of their digests, of as many kinds and sources as there are.

    As in fitting, a language that has but one source counts for little.
    """
    ordered = sorted(records, key=lambda each: hashlib.sha256(each["text"].encode()).digest())
    taken: Counter[str] = Counter()
    ranked: list[tuple[int, int]] = []
    for at, record in enumerate(ordered):
        source, kind = record["source"], record["kind"]
        ranked.append((taken[source] + 2 * taken[kind] + 2 * (sources[kind] == {"udhr"}), at))
        taken.update((source, kind))
    return [ordered[at] for _, at in sorted(ranked)[:most]]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
