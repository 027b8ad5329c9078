"""A tree of an agent's logs as Claude Code writes them, and what it costs, worked out on the way.

200,000 lines with usage in 800 files: streamed duplicates with partial counts before the final
ones, forks and subagents that begin with copies of another session's lines, both lives of a cache,
fast mode, several models, and tool results in between, some of which quote usage themselves. All is
drawn from one seed, so that two trees of a seed are the same to the byte. The total is summed in
rational arithmetic from rates written down here, by nothing that it is to judge.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

__all__ = ["FILES", "RECORDS", "Tree", "build"]

RECORDS, FILES = 200_000, 800
_PER_FILE = RECORDS // FILES
_SEED = 20_260_901
_BEGIN = datetime(2026, 9, 1, tzinfo=UTC)
_DAYS = 60
_HEADER = "tree.json"
_FORM = 5
"""Number of this form of the tree; a kept tree of another form is made anew."""

# Dollars a million tokens, 2026-09 and 2026-10: input, cache read, 5-minute write, 1-hour write,
# output. https://platform.claude.com/docs/en/about-claude/pricing, read 2026-10-29. Fast mode of
# Opus 4.8 doubles them, `inference_geo: us` makes them 1.1 times as much, a web search is $10 a
# thousand.
_RATES = {
    "claude-opus-4-8": (5_000, 500, 6_250, 10_000, 25_000),
    "claude-opus-5": (5_000, 500, 6_250, 10_000, 25_000),
    "claude-sonnet-4-6": (3_000, 300, 3_750, 6_000, 15_000),
    "claude-haiku-4-5-20251001": (1_000, 100, 1_250, 2_000, 5_000),
}
_MODELS, _WEIGHTS = list(_RATES), (40, 15, 35, 10)
_PER = 10**9
"""Rates above are thousandths of a dollar for a million tokens."""
_FAST, _GEOGRAPHY = Fraction(2), Fraction(11, 10)
_SEARCH = Fraction(1, 100)


@dataclass
class Tree:
    """Where the logs are, and what is in them."""

    path: Path
    records: int = 0
    """Lines with usage."""
    lines: int = 0
    """All lines."""
    calls: int = 0
    """Model calls: what is left when copies and partial lines are."""
    size: int = 0
    """Bytes."""
    total: Fraction = field(default_factory=Fraction)
    """What they cost, in dollars."""
    searches: Fraction = field(default_factory=Fraction)
    """Part of it: web searches."""
    geography: Fraction = field(default_factory=Fraction)
    """Part of it: what `inference_geo: us` adds."""


@dataclass
class _Call:
    """One model call: what its lines say, the last one in full."""

    message: str
    request: str
    model: str
    at: datetime
    counts: tuple[int, int, int, int, int]
    """Uncached input, read, written for 5 minutes, for 1 hour, output."""
    fast: bool
    us: bool
    searches: int
    lines: int
    """Content blocks, a line each."""

    def price(self) -> tuple[Fraction, Fraction, Fraction]:
        """Return what it costs, its searches, and what its geography adds."""
        units = sum(
            count * rate for count, rate in zip(self.counts, _RATES[self.model], strict=True)
        )
        tokens = Fraction(units, _PER) * (_FAST if self.fast else 1)
        added = tokens * (_GEOGRAPHY - 1) if self.us else Fraction(0)
        searches = self.searches * _SEARCH
        return tokens + added + searches, searches, added


class _Maker:
    """Draws sessions and writes them."""

    def __init__(self, path: Path, random: Random) -> None:
        self.tree = Tree(path)
        self._random = random
        self._texts = list(_texts(random))
        self._parents: list[tuple[str, Path, list[_Call]]] = []

    def file(self, number: int) -> None:
        """Write one file: mostly a session of its own, at times a fork or a subagent's."""
        random = self._random
        session = self._uuid()
        folder = self.tree.path / "projects" / f"-home-dev-project-{number % 40:02}"
        path, copied, side = folder / f"{session}.jsonl", [], False
        if number % 10 == 7:  # noqa: PLR2004 - one in ten
            copied = random.choice(self._parents)[2][:40]
        elif number % 10 > 7 and self._parents:  # noqa: PLR2004 - two in ten
            session, parent, calls = random.choice(self._parents)
            path = parent / session / "subagents" / f"agent-{random.getrandbits(32):08x}.jsonl"
            copied, side = calls[:8], True
        at = _BEGIN + timedelta(seconds=random.randrange(_DAYS * 86_400))
        written = 0
        lines: list[str] = []
        calls: list[_Call] = []
        for call in copied:
            written += self._write(lines, call, session, side, _PER_FILE - written)
        while written < _PER_FILE:
            at += timedelta(milliseconds=random.randrange(1_500, 90_000))
            call = self._call(at, _PER_FILE - written)
            calls.append(call)
            written += self._write(lines, call, session, side, call.lines)
            self._count(call)
        if not side:
            self._parents.append((session, folder, calls))
        path.parent.mkdir(parents=True, exist_ok=True)
        text = "\n".join(lines) + "\n"
        data = text.encode()
        path.write_bytes(data)
        self.tree.size += len(data)
        self.tree.lines += len(lines)
        self.tree.records += written

    def _call(self, at: datetime, room: int) -> _Call:
        random = self._random
        model = random.choices(_MODELS, _WEIGHTS)[0]
        written = int(random.expovariate(1 / 3_000))
        long = self._chance(40)
        counts = (
            random.choice((1, 3, 4, 6, 10, random.randrange(12, 900))),
            random.randrange(8_000, 190_000) if self._chance(93) else 0,
            0 if long else written,
            written if long else 0,
            int(random.expovariate(1 / 450)) + 1,
        )
        return _Call(
            message=f"msg_01{self._text_id(22)}",
            request=f"req_011C{self._text_id(20)}",
            model=model,
            at=at,
            counts=counts,
            fast=model == "claude-opus-4-8" and self._chance(10),
            us=model != "claude-haiku-4-5-20251001" and self._chance(2),
            searches=random.randrange(1, 4) if not random.randrange(200) else 0,
            lines=min(room, random.choices((1, 2, 3, 4), (30, 40, 20, 10))[0]),
        )

    def _count(self, call: _Call) -> None:
        total, searches, added = call.price()
        self.tree.calls += 1
        self.tree.total += total
        self.tree.searches += searches
        self.tree.geography += added

    def _write(self, lines: list[str], call: _Call, session: str, side: bool, most: int) -> int:  # noqa: FBT001 - a private helper
        """Append the lines of a call, no more than there is room for; return how many."""
        blocks = min(call.lines, most)
        partial = self._chance(70)
        for block in range(blocks):
            whole = not partial or block == blocks - 1
            lines.append(self._assistant(call, session, side=side, block=block, whole=whole))
            if self._chance(45):
                lines.append(self._tool_result(call, session, side))
        return blocks

    def _assistant(
        self,
        call: _Call,
        session: str,
        *,
        side: bool,
        block: int,
        whole: bool,
    ) -> str:
        fresh, read, short, long, output = call.counts
        shown = output if whole else min(output, 1 + block * 3)
        text = self._random.choice(self._texts)[: self._length(500)]
        usage = (
            f'{{"input_tokens":{fresh},"cache_creation_input_tokens":{short + long},'
            f'"cache_read_input_tokens":{read},"cache_creation":{{"ephemeral_5m_input_tokens":'
            f'{short},"ephemeral_1h_input_tokens":{long}}},"output_tokens":{shown},'
            f'"service_tier":"standard","inference_geo":"{"us" if call.us else "not_available"}",'
            f'"server_tool_use":{{"web_search_requests":{call.searches},"web_fetch_requests":0}},'
            f'"speed":"{"fast" if call.fast else "standard"}"}}'
        )
        return (
            f'{self._head(session, side)},"message":{{"model":"{call.model}","id":"{call.message}",'
            f'"type":"message","role":"assistant","content":[{{"type":"text","text":'
            f'{_json(text)}}}],"stop_reason":null,"stop_sequence":null,"usage":{usage}}},'
            f'"requestId":"{call.request}","type":"assistant","uuid":"{self._uuid()}",'
            f'"timestamp":"{_stamp(call.at, block)}"}}'
        )

    def _tool_result(self, call: _Call, session: str, side: bool) -> str:  # noqa: FBT001 - a private helper
        text = _json(self._random.choice(self._texts)[: self._length(2_000)])
        return (
            f'{self._head(session, side)},"type":"user","message":{{"role":"user","content":['
            f'{{"tool_use_id":"toolu_01{self._text_id(22)}","type":"tool_result","content":{text},'
            f'"is_error":false}}]}},"uuid":"{self._uuid()}","timestamp":"{_stamp(call.at, 900)}",'
            f'"toolUseResult":{{"stdout":{text},"stderr":"","interrupted":false}}}}'
        )

    def _head(self, session: str, side: bool) -> str:  # noqa: FBT001 - a private helper
        return (
            f'{{"parentUuid":"{self._uuid()}","isSidechain":{str(side).lower()},"userType":'
            f'"external","cwd":"/home/dev/project","sessionId":"{session}","version":"2.1.40",'
            f'"gitBranch":"main"'
        )

    def _chance(self, percent: int) -> bool:
        return self._random.randrange(100) < percent

    def _length(self, mean: int) -> int:
        return min(int(self._random.expovariate(1 / mean)), _LONGEST)

    def _uuid(self) -> str:
        text = f"{self._random.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def _text_id(self, length: int) -> str:
        return "".join(self._random.choices(_LETTERS, k=length))


_LETTERS = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_LONGEST = 30_000


def _stamp(at: datetime, more: int) -> str:
    moment = at + timedelta(milliseconds=more)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def _json(text: str) -> str:
    """Return JSON text as JavaScript writes it, signs beyond ASCII as they are."""
    return json.dumps(text, ensure_ascii=False)


def _texts(random: Random) -> Iterator[str]:
    """Iterate over texts to cut contents from: code, prose, logs that quote usage."""
    words = [
        "the",
        "cache",
        "holds",
        "what",
        "a",
        "prompt",
        "began",
        "with",
        "until",
        "its",
        "life",
        "ends",
        "return",
        "value",
        "for",
        "each",
        "row",
        "def",
        "class",
        "import",
        "self",
        "None",
        "True",
        "if",
        "not",
        "in",
        "range",
        "len",
        "of",
        "a",
        "session",
        "and",
        "its",
        "steps",
        "größe",
        "–",
        "×",
        "async",
        "await",
        "const",
        "function",
        "export",
        "=>",
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        ";",
        ",",
        ".",
        ":",
        "/",
        "\\",
        '"',
        "'",
        "\t",
    ]
    quoted = (
        '{"type":"assistant","message":{"usage":{"input_tokens":9,"output_tokens":99999}},'
        '"requestId":"req_quoted"}'
    )
    for _ in range(40):
        lines = [
            quoted if not random.randrange(50) else " ".join(random.choices(words, k=9))
            for _ in range(700)
        ]
        yield "\n".join(lines)


def build(path: Path) -> Tree:
    """Return the tree at a path, from what is there or made now."""
    header = path / _HEADER
    if header.is_file():
        said = json.loads(header.read_text(encoding="utf-8"))
        if said.pop("form") == _FORM:
            return _restored(path, said)
    maker = _Maker(path, Random(_SEED))  # noqa: S311 - a benchmark, no secret
    for number in range(FILES):
        maker.file(number)
    data: dict[str, Any] = {"form": _FORM}
    for name in Tree.__dataclass_fields__:
        if name != "path":
            value = getattr(maker.tree, name)
            data[name] = str(value) if isinstance(value, Fraction) else value
    header.write_text(json.dumps(data), encoding="utf-8")
    return maker.tree


def _restored(path: Path, said: dict[str, Any]) -> Tree:
    amounts = ("total", "searches", "geography")
    facts: dict[str, Any] = {k: Fraction(v) if k in amounts else v for k, v in said.items()}
    return Tree(path, **facts)


if __name__ == "__main__":
    print(build(Path(sys.argv[1])))
