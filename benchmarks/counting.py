"""Counting tokens beside bare tiktoken: `python benchmarks/counting.py`.

tiktoken has no peer here but itself: `count_tokens` asks it, and what is measured is what stands
around it. All have the same vocabulary and run in turn, by small batches and in processor time, so
that a busy machine weighs on all alike; of each batch the minimum and the median are kept.
"""

from __future__ import annotations

import base64
import gc
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any, NamedTuple

import costcalc
from costcalc.tokens.vocabularies import VOCABULARIES, encoding, ranks

__all__ = ["BARS", "Counting", "Race", "Ratio", "as_data", "as_text", "judged", "measure"]

ROOT = Path(__file__).resolve().parent.parent
_MODEL, _VOCABULARY = "gpt-4o", "o200k_base"
_LONG, _LONG_TEXTS = 100_000, 10
_SHORT, _SHORT_TEXTS, _BATCH = (100, 200), 2_000, 100
_HOSTILE = 1_200_000
_FIRST = {"gpt-4o": "o200k_base", "gpt-4": "cl100k_base"}
_MOST_STARTS, _MOST_RUNS, _ROUNDS_A_RUN = 5, 10, 2

BARS = {"first": 1.2, "long": 1.05, "short": 1.05}
"""At most, of a process that counts once, of long texts, of many short ones."""

Say = Callable[[str], None]


class Ratio(NamedTuple):
    """Ours divided by another's: of the sums of the batches' minima, and of their medians."""

    least: float
    middle: float


@dataclass
class Race:
    """Seconds of contestants that ran in turn, run by run, and in a run batch by batch."""

    seconds: dict[str, list[list[float]]] = field(default_factory=dict[str, list[list[float]]])

    def least(self, contestant: str) -> float:
        """Return the sum of the batches' minima."""
        return sum(map(min, zip(*self.seconds[contestant], strict=True)))

    def middle(self, contestant: str) -> float:
        """Return the sum of the batches' medians."""
        return sum(map(median, zip(*self.seconds[contestant], strict=True)))

    def ratio(self, ours: str, other: str) -> Ratio:
        """Return how much one took of what another took."""
        return Ratio(self.least(ours) / self.least(other), self.middle(ours) / self.middle(other))


@dataclass(frozen=True)
class Outcome:
    """What a hostile text came to: seconds, and tokens or a failure."""

    ours: float
    tokens: int
    bare: float
    said: str


@dataclass
class Counting:
    """Everything that was found: races by part and by what was counted, and hostile texts."""

    races: dict[str, dict[str, Race]] = field(default_factory=dict[str, dict[str, Race]])
    hostile: dict[str, Outcome] = field(default_factory=dict[str, Outcome])


def measure(runs: int, say: Say) -> Counting:
    """Measure all parts, in at most ten runs; fresh processes first: this one is still small."""
    runs = min(runs, _MOST_RUNS)
    with tempfile.TemporaryDirectory() as folder:
        first = _starts(min(runs, _MOST_STARTS), Path(folder), say)
    found = Counting({"first": first, "long": {}, "short": {}})
    for kind, text in _texts().items():
        say(f"counting: {kind}")
        found.races["long"][kind] = _in_turn(_split(text), _LONG_CONTESTANTS, runs, 1)
        found.races["short"][kind] = _in_turn(
            _cut(text), _CONTESTANTS, runs * _ROUNDS_A_RUN, _BATCH
        )
    for what, unit in _UNITS.items():
        say(f"counting {_HOSTILE:,} characters: {what}")
        found.hostile[what] = _outcome(unit * (_HOSTILE // len(unit)))
    return found


# --- texts ----------------------------------------------------------------------------------------


def _texts() -> dict[str, str]:
    """Return a million characters of each kind, what there is of it again and again."""
    samples = ROOT / "tests" / "tokens" / "samples"
    found = {
        "English": _joined(ROOT, "docs/**/*.md"),
        "Python": _joined(ROOT, "costcalc/**/*.py"),
        "JSON": _records(),
        **{
            name: _joined(samples, f"{name.lower()}.txt")
            for name in ("Chinese", "Russian", "Hindi")
        },
    }
    wanted = _LONG * _LONG_TEXTS
    return {kind: text * (wanted // len(text) + 1) for kind, text in found.items()}


def _joined(folder: Path, pattern: str) -> str:
    text = "".join(each.read_text(encoding="utf-8") for each in sorted(folder.glob(pattern)))
    return text.replace("<|", "<")  # `encode` refuses what looks like a special token


def _records() -> str:
    chance = random.Random(7)  # noqa: S311 - no secret
    records = (
        {"id": number, "name": f"user {number}", "score": chance.random(), "tags": ["a", "b"]}
        for number in range(4_000)
    )
    return json.dumps(list(records), indent=1)


def _split(text: str) -> list[str]:
    return [text[number * _LONG : (number + 1) * _LONG] for number in range(_LONG_TEXTS)]


def _cut(text: str) -> list[str]:
    chance = random.Random(11)  # noqa: S311 - no secret
    starts = (chance.randrange(len(text) - _SHORT[1]) for _ in range(_SHORT_TEXTS))
    return [text[start : start + chance.randint(*_SHORT)] for start in starts]


# --- in one process -------------------------------------------------------------------------------

Contestant = Callable[[list[str]], list[Any]]


def _count_texts(texts: list[str]) -> list[costcalc.TokenCount]:
    return costcalc.count_texts(texts, _MODEL)


def _count_tokens(texts: list[str]) -> list[int]:
    count_tokens = costcalc.count_tokens
    return [count_tokens(text, _MODEL).tokens for text in texts]


def _encode_ordinary(texts: list[str]) -> list[int]:
    encode_ordinary = encoding(_VOCABULARY).encode_ordinary
    return [len(encode_ordinary(text)) for text in texts]


def _encode(texts: list[str]) -> list[int]:
    encode = encoding(_VOCABULARY).encode
    return [len(encode(text)) for text in texts]


_CONTESTANTS: dict[str, Contestant] = {
    "count_texts": _count_texts,
    "count_tokens": _count_tokens,
    "encode_ordinary": _encode_ordinary,
    "encode": _encode,
}
_LONG_CONTESTANTS = {name: _CONTESTANTS[name] for name in ("count_tokens", "encode_ordinary")}


def _in_turn(texts: list[str], contestants: dict[str, Contestant], runs: int, size: int) -> Race:
    expected = _encode_ordinary(texts)
    for name, count in contestants.items():  # a rehearsal, too
        if list(map(int, count(texts))) != expected:
            msg = f"{name} and encode_ordinary count differently"
            raise RuntimeError(msg)
    batches = [texts[start : start + size] for start in range(0, len(texts), size)]
    names = list(contestants)
    race = Race({name: [] for name in names})
    for run in range(runs):
        first = run % len(names)  # who reads a batch first brings it into the processor's cache
        order = names[first:] + names[:first]
        for name in names:
            race.seconds[name].append([])
        with _no_collection():
            for batch in batches:
                for name in order:
                    before = process_time()
                    contestants[name](batch)
                    race.seconds[name][-1].append(process_time() - before)
    return race


@contextmanager
def _no_collection() -> Generator[None]:
    """Keep the garbage collector off, as `timeit` has it."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


_UNITS = {
    "spaces": " ", "tabs": "\t", "wide spaces": "\u3000", "line breaks": "\n", "letters": "a",
    "signs": "^", "digits": "7", "joiners": "\u200d", "emoji": "\U0001f600", "Han": "\u6f22",
    "special tokens": "<|endoftext|>", "words": "word ",
}  # fmt: skip


def _outcome(text: str) -> Outcome:
    before = process_time()
    tokens = costcalc.count_tokens(text, _MODEL).tokens
    ours, before = process_time() - before, process_time()
    try:
        # of tiktoken's methods the one that fails without a panic
        same = len(encoding(_VOCABULARY).encode(text, disallowed_special=())) == tokens
        said = "the same" if same else "another count"
    except ValueError as error:
        said = type(error).__name__
    return Outcome(ours, tokens, process_time() - before, said)


# --- fresh processes ------------------------------------------------------------------------------

_PRINT = "\nimport time; print(count, time.process_time())"
_FIRST_OURS = "from costcalc import count_tokens\ncount = count_tokens('hello world', {!r}).tokens"
_FIRST_BARE = """
import os
os.environ["TIKTOKEN_CACHE_DIR"] = {!r}
import tiktoken
count = len(tiktoken.get_encoding({!r}).encode_ordinary("hello world"))"""
_FIRST_PLAIN = """
import gzip, tiktoken
from costcalc.tokens import vocabularies
wanted = vocabularies.VOCABULARIES[{!r}]
with gzip.open(vocabularies.DATA + "/" + wanted.packed) as file:
    data = file.read()
tokens, place = {{}}, wanted.packed_tokens
for rank, length in zip(wanted.ranks, data):
    tokens[data[place : place + length]] = rank
    place += length
encoding = tiktoken.Encoding("plain", pat_str=wanted.pattern, mergeable_ranks=tokens,
                             special_tokens=dict(wanted.special_tokens))
count = len(encoding.encode_ordinary("hello world"))"""


_FRESH = ("costcalc", "tiktoken", "plain")


def _starts(runs: int, cache: Path, say: Say) -> dict[str, Race]:
    """Time fresh processes that count once; tiktoken reads from a cache that has its files."""
    found: dict[str, Race] = {}
    for model, name in _FIRST.items():
        _seed(cache, name)
        programs = (
            _FIRST_OURS.format(model),
            _FIRST_BARE.format(str(cache), name),
            _FIRST_PLAIN.format(name),
        )
        for program in programs:  # a rehearsal, so that all have their bytecode
            _seconds(program)
        race = found[f"{model}, {name}"] = Race({each: [] for each in _FRESH})
        for run in range(runs):
            say(f"first count in a fresh process, {name}, run {run + 1} of {runs}")
            for each, program in zip(_FRESH, programs, strict=True):
                race.seconds[each].append([_seconds(program)])
    return found


def _seed(cache: Path, name: str) -> None:
    text = b"".join(
        b"%b %d\n" % (base64.b64encode(token), rank) for token, rank in ranks(name).items()
    )
    url = VOCABULARIES[name].url.encode()
    (cache / hashlib.sha1(url, usedforsecurity=False).hexdigest()).write_bytes(text)


def _seconds(program: str) -> float:
    """Return the processor seconds of a fresh process, interpreter included, as it states them."""
    place = str(Path(costcalc.__file__).parent.parent)  # the wheel's in `make bench`, else ours
    code = f"import sys; sys.path.insert(0, {place!r})\n{program}{_PRINT}"
    done = subprocess.run(
        [sys.executable, "-I", "-c", code],
        capture_output=True,
        check=True,
        cwd=tempfile.gettempdir(),
        env={name: value for name, value in os.environ.items() if not name.startswith("COSTCALC_")},
        text=True,
    )
    return float(done.stdout.split()[-1])


# --- report ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Table:
    """A table of ratios; the bar is that of its first column."""

    part: str
    title: str
    columns: dict[str, tuple[str, str]]
    has_bar: bool = True


_TABLES = (
    _Table(
        "first",
        "first count in a fresh process, interpreter included, beside tiktoken reading its own\n"
        "cache, and beside the plainest unpacking of the file that costcalc ships",
        {"÷ tiktoken": ("costcalc", "tiktoken"), "÷ plain": ("costcalc", "plain")},
    ),
    _Table(
        "long",
        f"{_LONG_TEXTS} texts of {_LONG:,} characters: count_tokens, beside"
        " len(encode_ordinary(text))",
        {"count_tokens": ("count_tokens", "encode_ordinary")},
    ),
    _Table(
        "short",
        f"{_SHORT_TEXTS:,} texts of {_SHORT[0]} to {_SHORT[1]} characters: count_texts of all, and"
        " count_tokens of each,\nbeside [len(encode_ordinary(text)) for text in texts]",
        {
            "count_texts": ("count_texts", "encode_ordinary"),
            "count_tokens": ("count_tokens", "encode_ordinary"),
        },
    ),
    _Table(
        "short",
        "the same texts, beside [len(encode(text)) for text in texts]",
        {"count_texts": ("count_texts", "encode"), "count_tokens": ("count_tokens", "encode")},
        has_bar=False,
    ),
)


def judged(found: Counting) -> Iterator[tuple[str, float, Ratio]]:
    """Yield what has a bar, the bar, and the ratio that is held against it."""
    for table in _TABLES:
        if table.has_bar:
            ours, other = next(iter(table.columns.values()))
            for what, race in found.races[table.part].items():
                yield f"{table.part}: {what}", BARS[table.part], race.ratio(ours, other)


def as_text(found: Counting) -> str:
    """Return the report as plain text."""
    return "\n\n".join([*(_table_text(each, found) for each in _TABLES), _hostile_text(found)])


def _table_text(table: _Table, found: Counting) -> str:
    bar = BARS[table.part] if table.has_bar else None
    title = table.title if bar is None else f"{table.title} (bar: {bar:g})"
    heads = [f"{name:>17}  medians" for name in table.columns]
    lines = [title, f"  {'':<20}{''.join(heads)}"]
    for what, race in found.races[table.part].items():
        ratios = [race.ratio(*pair) for pair in table.columns.values()]
        cells = [f"{each.least:>17.3f} {each.middle:>8.3f}" for each in ratios]
        missed = "  MISS" if bar is not None and ratios[0].least > bar else ""
        lines.append(f"  {what:<20}{''.join(cells)}{missed}")
    return "\n".join(lines)


def _hostile_text(found: Counting) -> str:
    lines = [
        f"hostile texts of {_HOSTILE:,} characters, processor seconds",
        f"  {'':<20} costcalc     tokens  tiktoken",
    ]
    lines += [
        f"  {what:<20} {each.ours:>8.2f} {each.tokens:>10,} {each.bare:>9.2f}  {each.said}"
        for what, each in found.hostile.items()
    ]
    return "\n".join(lines)


def as_data(found: Counting) -> dict[str, Any]:
    """Return what was found as JSON data; seconds are this machine's."""
    data: dict[str, Any] = {
        part: {
            what: {
                name: {"min": race.least(name), "median": race.middle(name), "runs": len(runs)}
                for name, runs in race.seconds.items()
            }
            for what, race in races.items()
        }
        for part, races in found.races.items()
    }
    data["hostile"] = {
        what: {"seconds": each.ours, "tokens": each.tokens, "bare": each.bare, "said": each.said}
        for what, each in found.hostile.items()
    }
    return data


def main() -> int:
    """Measure what is importable here: an installed package, or the checkout beside this file."""
    print(as_text(measure(_MOST_RUNS, lambda text: print(f"  {text}", file=sys.stderr))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
