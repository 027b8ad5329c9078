"""Texts that no package has enough of: tables, logs, identifiers, conversations, emoji.

Every text is made from a seed, so the same number gives the same text everywhere.
"""

# What a line of a log or a query looks like is seen best in one line, and numbers are its content.
# ruff: noqa: E501, PLR0911, PLR2004, S608

from __future__ import annotations

import base64
import json
import random
import uuid
from collections.abc import Callable, Iterator

__all__ = ["texts"]

_LENGTH = 12_000
_TEXTS = 8  # of each kind; each is a group of its own

_VOCABULARY = """
account address agent amount answer area batch billing branch budget button cache call card case
change channel check city class client code column comment commit company config contact content
context cost country course customer data date day deal delay delivery demand deploy design detail
device direction document draft driver email engine entry error event example export family feature
field figure file filter flight folder form function game garden goal group guide hand history home
hour house image index input invoice issue item job journey key label language layer letter level
library limit line link list loan local log machine manager map market meeting member memory message
method minute model module moment money month morning music name network night note notice number
object offer office option order output owner package page paper part path payment people phone
photo picture place plan point policy port post power price problem process product profile program
project prompt purchase quality quarter query question queue range rate reason record region release
report request response result review risk road role room route rule sale sample scale school screen
search season section server service session sheet shop sign site size sound source space speech
stage start state station status step stock store street student study subject summer support
surface system table target task team test text theme thing ticket time title token tool topic total
town track trade train travel tree trip type update user value version view voice wall water weather
week weight window winter word work world writer year zone
"""
_WORDS = _VOCABULARY.split()
_PEOPLE = "Ana Bruno Chen Dmitri Elena Farid Grace Hugo Ines Jonas Keiko Liam Mei Noor Olga Priya Quinn Rosa Sven Tariq"
_TOWNS = "Paris Berlin Osaka Nairobi Lima Toronto Oslo Lagos Austin Porto Seoul Quito Riga Perth"
_NAMES, _CITIES = _PEOPLE.split(), _TOWNS.split()


def texts() -> Iterator[tuple[str, int, str]]:
    """Return kind, number and text of every synthetic document."""
    for kind, make in sorted(_MAKERS.items()):
        for number in range(_TEXTS):
            draw = random.Random(f"{kind} {number}")  # noqa: S311 - repeatable
            yield kind, number, _until(_LENGTH, make(draw))


def _until(length: int, lines: Iterator[str]) -> str:
    held: list[str] = []
    size = 0
    for line in lines:
        held.append(line)
        size += len(line) + 1
        if size >= length:
            break
    return "\n".join(held)


def _forever(make: Callable[[], str]) -> Iterator[str]:
    while True:
        yield make()


def _numbers(draw: random.Random) -> Iterator[str]:
    """Columns of one number style each, as exports and sensors write them."""
    separator = draw.choice([",", ",", ";", "\t", ", "])
    styles = [draw.choice(_CELLS[:7]) for _ in range(draw.randint(2, 12))]
    if draw.random() < 0.7:
        yield separator.join(draw.choice(_WORDS) for _ in styles)
    yield from _forever(lambda: separator.join(style(draw) for style in styles))


def _mixed_table(draw: random.Random) -> Iterator[str]:
    separator = draw.choice([",", ",", ";", "\t", "|"])
    styles = [draw.choice(_CELLS) for _ in range(draw.randint(4, 12))]
    yield separator.join(
        draw.choice(_WORDS) + draw.choice(["", "_id", "_at", " 1"]) for _ in styles
    )
    yield from _forever(lambda: separator.join(style(draw) for style in styles))


_CELLS: list[Callable[[random.Random], str]] = [
    lambda draw: str(draw.randint(0, 9)),
    lambda draw: str(draw.randint(0, 10**4)),
    lambda draw: str(draw.randint(10**5, 10**9)),
    lambda draw: f"{draw.random():.{draw.randint(2, 3)}f}",
    lambda draw: f"{draw.gauss(0, 100):.6f}",
    lambda draw: f"{draw.uniform(0, 10**5):.2f}",
    lambda draw: f"20{draw.randint(10, 26)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}",
    lambda draw: _moment(draw),  # noqa: PLW0108 - it is defined below
    lambda draw: draw.choice(_NAMES),
    lambda draw: draw.choice(_CITIES),
    lambda draw: f"{draw.choice(_WORDS)} {draw.choice(_WORDS)}",
    lambda draw: draw.choice(["true", "false", "", "NULL", "yes", "no"]),
    lambda draw: f"{draw.choice(_NAMES).lower()}{draw.randint(1, 99)}@example.com",
    lambda draw: f'"{draw.choice(_CITIES)}, {draw.choice(_WORDS)}"',
    lambda draw: draw.choice(["open", "closed", "pending", "EUR", "USD", "A", "B2"]),
]


def _moment(draw: random.Random) -> str:
    day = f"20{draw.randint(19, 26)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}"
    clock = f"{draw.randint(0, 23):02}:{draw.randint(0, 59):02}:{draw.randint(0, 59):02}"
    return f"{day}{draw.choice('T ')}{clock}{draw.choice(['', 'Z', '.123', '+00:00'])}"


def _identifiers(draw: random.Random) -> Iterator[str]:
    style = draw.choice(["hex", "HEX", "uuid", "sha", "base64", "base64url", "short"])

    def one() -> str:
        data = draw.randbytes(draw.choice([8, 16, 20, 32]))
        match style:
            case "hex":
                return data.hex()
            case "HEX":
                return data.hex().upper()
            case "uuid":
                return str(uuid.UUID(bytes=draw.randbytes(16)))
            case "sha":
                return f"sha256:{draw.randbytes(32).hex()}"
            case "base64":
                return base64.b64encode(draw.randbytes(57)).decode()
            case "base64url":
                return base64.urlsafe_b64encode(draw.randbytes(32)).decode().rstrip("=")
            case _:
                return draw.randbytes(4).hex()

    separator = draw.choice(["\n", " ", ", "])
    yield from _forever(lambda: separator.join(one() for _ in range(8)))


def _base64(draw: random.Random) -> Iterator[str]:
    if draw.random() < 0.5:  # of text
        text = " ".join(draw.choice(_WORDS) for _ in range(3_000))
        raw = text.encode()
    else:
        raw = draw.randbytes(12_000)
    packed = base64.b64encode(raw).decode()
    width = draw.choice([64, 76, 10**9])
    yield from (packed[at : at + width] for at in range(0, len(packed), width))


def _logs(draw: random.Random) -> Iterator[str]:
    style = draw.choice(["nginx", "syslog", "app", "json", "key"])
    yield from _forever(lambda: _log_line(style, draw))


def _log_line(style: str, draw: random.Random) -> str:
    host = ".".join(str(draw.randint(1, 254)) for _ in range(4))
    path = "/" + "/".join(draw.choice(_WORDS) for _ in range(draw.randint(1, 4)))
    code = draw.choice([200, 200, 201, 304, 404, 500])
    words = " ".join(draw.choice(_WORDS) for _ in range(draw.randint(3, 9)))
    level = draw.choice(["INFO", "WARN", "ERROR", "DEBUG"])
    match style:
        case "nginx":
            size = draw.randint(100, 99999)
            return (
                f'{host} - - [{_moment(draw)}] "GET {path} HTTP/1.1" {code} {size} "-" "curl/8.5.0"'
            )
        case "syslog":
            name = draw.choice(_WORDS)
            return f"Nov {draw.randint(1, 30):2} 10:{draw.randint(10, 59)}:07 {name}-{draw.randint(1, 9)} {name}d[{draw.randint(99, 32000)}]: {words}"
        case "json":
            record = {
                "ts": _moment(draw),
                "level": level.lower(),
                "msg": words,
                "ms": draw.randint(1, 999),
                "path": path,
            }
            return json.dumps(record)
        case "key":
            return f'time={_moment(draw)} level={level.lower()} msg="{words}" duration={draw.random():.3f}s trace={draw.randbytes(8).hex()}'
        case _:
            return f"{_moment(draw)} {level:5} [{draw.choice(_WORDS)}.{draw.choice(_WORDS)}] {words} id={draw.randint(1, 10**6)}"


def _records(draw: random.Random) -> Iterator[str]:
    """Answers of web interfaces, compact or indented."""
    indent = draw.choice([None, None, 2, 4])
    keys = [
        f"{draw.choice(_WORDS)}{draw.choice(['', '_id', 'Name', '_at', 'Count'])}"
        for _ in range(12)
    ]
    compact = (",", ":") if indent is None and draw.random() < 0.6 else None

    def value(depth: int) -> object:
        roll = draw.random()
        if depth < 2 and roll < 0.15:
            return {draw.choice(keys): value(depth + 1) for _ in range(draw.randint(1, 4))}
        if depth < 2 and roll < 0.25:
            return [value(depth + 1) for _ in range(draw.randint(1, 4))]
        if roll < 0.35:
            return draw.choice([True, False, None])
        if roll < 0.5:
            return draw.randint(0, 10 ** draw.randint(1, 9))
        if roll < 0.6:
            return round(draw.uniform(-180, 180), draw.randint(1, 6))
        if roll < 0.65:
            return str(uuid.UUID(bytes=draw.randbytes(16)))
        return draw.choice(_CELLS[6:])(draw)

    def record() -> str:
        return json.dumps({key: value(0) for key in keys}, indent=indent, separators=compact)

    yield from _forever(record)


_ASKS = [
    "Can you help me with {a}?", "hi! quick question about the {a}", "why does my {a} fail when the {b} is empty",
    "Please summarise the {a} below in three bullet points.", "I don't understand {a}. Could you explain it like I'm five?",
    "Write a short {a} for our {b}, friendly but not too casual.", "thanks, that worked :)", "No, I meant the other {a}.",
    "What's the difference between a {a} and a {b}?", "make it shorter pls", "Could you translate this {a} into French?",
    "ok and how do I undo that?", "It's still broken... the {a} says '{b} not found'.", "Give me 5 ideas for a {a} in {city}.",
    "{name} asked me to check the {a} before {b}. What should I look at first?", "and the price?",
]  # fmt: skip
_ANSWERS = [
    "Sure! Here's how I would approach the {a}: first, look at the {b} and make sure that it's what you expect; then try again.",
    "Good question. A {a} describes what should happen, while a {b} records what did happen.",
    "It looks like the {a} isn't set. You can fix that by adding a {b} before you start, as shown below.",
    "You're right, I'm sorry about the confusion. Let me correct that: the {a} goes first, and the {b} comes after it.",
    "Here's a shorter version:\n\nHi {name},\n\nThe {a} is ready. Let me know if you'd like any changes to the {b}.\n\nBest,\n{other}",
    "There are three things to keep in mind:\n1. Every {a} needs a {b}.\n2. Don't change the {a} while it's in use.\n3. Keep a copy of your {b} somewhere safe.",
    "I'd recommend visiting {city} in spring. The weather is mild, it isn't too crowded, and most of the {a}s are open until late.",
    "That depends on the {a}. If it's small, you won't notice any difference; if it's large, it'll take a few minutes longer.",
]  # fmt: skip


def _conversation(draw: random.Random) -> Iterator[str]:
    mark = draw.choice(
        ["User: |Assistant: ", "Human: |\n\nAssistant: ", "> |", "|", "Q: |A: "]
    ).split("|")

    def fill(pattern: str) -> str:
        name, other = draw.sample(_NAMES, 2)
        a, b = draw.sample(_WORDS, 2)
        return pattern.format(a=a, b=b, city=draw.choice(_CITIES), name=name, other=other)

    turn = 0
    while True:
        yield mark[turn % 2] + fill(draw.choice(_ANSWERS if turn % 2 else _ASKS))
        turn += 1


def _keywords(draw: random.Random) -> Iterator[str]:
    """Titles, labels and searches: words without a sentence."""
    style = draw.choice([str.lower, str.title, str.capitalize, str.upper])
    most = draw.choice([2, 4, 8])
    mark = draw.choice(["", "", "- ", "* "])
    yield from _forever(
        lambda: mark + style(" ".join(draw.choice(_WORDS) for _ in range(draw.randint(1, most))))
    )


def _queries(draw: random.Random) -> Iterator[str]:
    def one() -> str:
        table, other = draw.sample(_WORDS, 2)
        columns = ", ".join(draw.sample(_WORDS, draw.randint(1, 5)))
        style = draw.randint(0, 3)
        if style == 0:
            return f"SELECT {columns} FROM {table}s WHERE {other}_id = {draw.randint(1, 9999)} ORDER BY created_at DESC LIMIT 50;"
        if style == 1:
            return f"INSERT INTO {table} ({columns}) VALUES ({draw.randint(1, 999)}, '{draw.choice(_NAMES)}', NULL, '{_moment(draw)}');"
        if style == 2:
            return f"select count(*) as n, t.{other} from {table} t left join {other} o on o.id = t.{other}_id group by t.{other} having n > {draw.randint(1, 99)};"
        return f"CREATE TABLE {table}_{other} (\n  id BIGINT PRIMARY KEY,\n  {other} VARCHAR(255) NOT NULL,\n  created_at TIMESTAMP DEFAULT NOW()\n);"

    yield from _forever(one)


def _settings(draw: random.Random) -> Iterator[str]:
    def one() -> str:
        key = draw.choice(_WORDS)
        inner = [
            f"  {draw.choice(_WORDS)}: {draw.choice(_CELLS)(draw)}"
            for _ in range(draw.randint(1, 5))
        ]
        items = [f"  - {draw.choice(_WORDS)}" for _ in range(draw.randint(1, 4))]
        return "\n".join([f"{key}:", *draw.choice([inner, items])])

    yield from _forever(one)


def _shouts(draw: random.Random) -> Iterator[str]:
    """Capitals: terms and conditions, headings, constants."""
    if draw.random() < 0.3:
        yield from _forever(lambda: "_".join(draw.sample(_WORDS, 3)).upper())
    for line in _conversation(draw):
        yield line.upper()


_EMOJI = "😀😂🤣😊😍🥰😘😜🤔🙄😴😭😡👍👎👏🙏💪🔥✨🎉🎂❤️💔💯🚀🌍🌞🌧️⚡🐶🐱🦊🌸🌳🍕🍔🍣☕🍺⚽🏀🎮🎵📷💻📱📈📌✅❌⚠️🔒🔑🕐🏠🚗✈️"


def _pictures(draw: random.Random) -> Iterator[str]:
    share = draw.choice([0.4, 0.6, 1.0])
    marks = [each for each in _EMOJI if each != "\ufe0f"]

    def one() -> str:
        return " ".join(
            "".join(draw.choice(marks) for _ in range(draw.randint(1, 4)))
            if draw.random() < share
            else draw.choice(_WORDS)
            for _ in range(20)
        )

    yield from _forever(one)


def _reviews(draw: random.Random) -> Iterator[str]:
    """Prose with an emoji here and there, as people write in chats."""
    marks = [each for each in _EMOJI if each != "\ufe0f"]
    rate = draw.choice([0.5, 1.0])
    for line in _conversation(draw):
        yield line + (
            " " + "".join(draw.choice(marks) for _ in range(draw.randint(1, 3)))
            if draw.random() < rate
            else ""
        )


def _formulas(draw: random.Random) -> Iterator[str]:
    def one() -> str:
        a, b, n = (draw.choice("abcdefghkmnpqrstuvwxyz") for _ in range(3))
        return draw.choice(
            [
                rf"Let ${a} \in \mathbb{{R}}^{{{n}}}$ and suppose that $\sum_{{i=1}}^{{{n}}} {a}_i^2 \leq {b}$.",
                rf"\begin{{equation}}\label{{eq:{a}{b}}}\frac{{\partial {a}}}{{\partial {b}}} = -\alpha \nabla {b} + \beta_{{{n}}}\end{{equation}}",
                rf"$$\int_0^\infty e^{{-{a}{b}^2}}\,d{b} = \frac{{1}}{{2}}\sqrt{{\frac{{\pi}}{{{a}}}}}$$",
                rf"By Lemma~\ref{{lem:{b}}}, the {draw.choice(_WORDS)} of ${a}_{{{n}}}$ is bounded by $\mathcal{{O}}({n} \log {n})$ \cite{{{draw.choice(_NAMES).lower()}{draw.randint(1990, 2025)}}}.",
            ]
        )

    yield from _forever(one)


def _links(draw: random.Random) -> Iterator[str]:
    def one() -> str:
        path = "/".join(draw.choice(_WORDS) for _ in range(draw.randint(1, 5)))
        query = (
            f"?{draw.choice(_WORDS)}={draw.randint(1, 10**6)}&utm_source={draw.choice(_WORDS)}"
            if draw.random() < 0.5
            else ""
        )
        return f"https://{draw.choice(['www.', 'api.', ''])}{draw.choice(_WORDS)}{draw.choice(_WORDS)}.{draw.choice(['com', 'org', 'io', 'de'])}/{path}{query}"

    yield from _forever(one)


def _patches(draw: random.Random) -> Iterator[str]:
    def one() -> str:
        name, other = draw.sample(_WORDS, 2)
        return "\n".join(
            [
                f"diff --git a/src/{name}.py b/src/{name}.py",
                f"index {draw.randbytes(4).hex()[:7]}..{draw.randbytes(4).hex()[:7]} 100644",
                f"--- a/src/{name}.py",
                f"+++ b/src/{name}.py",
                f"@@ -{draw.randint(1, 400)},7 +{draw.randint(1, 400)},9 @@ def {name}_{other}(self, {other}):",
                f"     {name} = self.{other}.get({draw.randint(0, 9)})",
                f"-    return {name} + {draw.randint(1, 99)}",
                f"+    if {name} is None:",
                f'+        raise ValueError(f"no {name} for {{{other}}}")',
                f"+    return {name} * {draw.randint(1, 99)}",
                "",
            ]
        )

    yield from _forever(one)


def _traces(draw: random.Random) -> Iterator[str]:
    def one() -> str:
        frames = [
            f'  File "/usr/lib/python3/dist-packages/{draw.choice(_WORDS)}/{draw.choice(_WORDS)}.py", line {draw.randint(1, 2000)}, in {draw.choice(_WORDS)}_{draw.choice(_WORDS)}\n    {draw.choice(_WORDS)} = self.{draw.choice(_WORDS)}({draw.choice(_WORDS)})'
            for _ in range(draw.randint(2, 8))
        ]
        return "\n".join(
            [
                "Traceback (most recent call last):",
                *frames,
                f"ValueError: {draw.choice(_WORDS)} not in {draw.choice(_WORDS)}: {draw.randint(1, 999)}",
                "",
            ]
        )

    yield from _forever(one)


def _tables(draw: random.Random) -> Iterator[str]:
    styles = [draw.choice(_CELLS) for _ in range(draw.randint(2, 6))]
    yield "| " + " | ".join(draw.choice(_WORDS) for _ in styles) + " |"
    yield "|" + " --- |" * len(styles)
    yield from _forever(lambda: "| " + " | ".join(style(draw) for style in styles) + " |")


_MAKERS: dict[str, Callable[[random.Random], Iterator[str]]] = {
    "base64": _base64,
    "capitals": _shouts,
    "chat": _conversation,
    "chat-emoji": _reviews,
    "csv-mixed": _mixed_table,
    "csv-numbers": _numbers,
    "diff": _patches,
    "emoji": _pictures,
    "identifiers": _identifiers,
    "json-records": _records,
    "keywords": _keywords,
    "latex": _formulas,
    "log": _logs,
    "md-table": _tables,
    "sql": _queries,
    "trace": _traces,
    "url": _links,
    "yaml": _settings,
}
