"""The lines of a pin in its file: written new, or changed where a price moved and nowhere else."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from costcalc.money import EXACT, normal, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from costcalc.testing.pins import Pin

__all__ = ["rewritten", "written"]

_KEY = re.compile(
    r"(?P<quote>[\"']?)(?P<key>[\w.-]+)(?P=quote)[ \t]*:(?P<value>.*?)(?P<comment>\s+#.*)?"
)
_PLAIN = re.compile(r"[A-Za-z][\w./@+-]*(:[\w./@+-]+)*|https?://[^\s,\[\]{}'\"]+")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_MOVES = ("currency", "source", "checked", "pinned_on")
"""What changes with the rates; everything else of a pin is its reviewer's."""
_ORDER = ("currency", "rates", "source", "checked", "pinned_on")
"""Where these stand: a new one before those that follow it here."""


def written(pin: Pin) -> tuple[str, ...]:
    """Return the lines of a new pin."""
    lines: list[str] = []
    for key, text in _fields(pin):
        lines.append(f"{key}: {text}".rstrip())
        if key == "rates":
            lines += [f"  {name}: {text_of(each)}" for name, each in pin.rates.items()]
    return tuple(f"{'- ' if not number else '  '}{line}" for number, line in enumerate(lines))


def _fields(pin: Pin) -> Iterator[tuple[str, str]]:
    """Iterate over what a pin states, in the order of its file."""
    yield "model", _scalar(pin.model)
    if pin.at:
        yield "at", pin.at
    if pin.conditions:
        pairs = (f"{_scalar(key)}: {_scalar(each)}" for key, each in pin.conditions.items())
        yield "conditions", f"{{{', '.join(pairs)}}}"
    for key in ("prompt_tokens", "output_tokens"):
        if size := getattr(pin, key):
            yield key, f"{size:_}"
    yield from _moving(pin, "currency")
    yield "rates", ""
    if pin.tolerance:
        yield "tolerance", f"{normal(EXACT.scaleb(pin.tolerance, 2)):f}%"
    for key in ("expires", "reason", "source", "checked", "pinned_on"):
        yield from _moving(pin, key)


def _moving(pin: Pin, key: str) -> Iterator[tuple[str, str]]:
    value = getattr(pin, key)
    if value is not None and (key, value) != ("currency", "USD"):
        yield key, _scalar(value) if isinstance(value, str) else str(value)


def _scalar(text: str) -> str:
    """Return text as YAML: plain where nobody can misread it, else in quotes."""
    if text in {"true", "false"} or (_PLAIN.fullmatch(text) and text.lower() not in _WORDS):
        return text
    return json.dumps(text, ensure_ascii=False)


def rewritten(lines: Sequence[str], pin: Pin) -> tuple[str, ...]:
    """Return the lines of a pin with what moved written anew; comments and order stay.

    Of a form that has no line for each key they say what they said.
    """
    parts = _Parts(lines)
    parts.put_rates(pin)
    for key in _MOVES:
        value = next((text for _, text in _moving(pin, key)), None)
        parts.put(key, value)
    return parts.lines()


class _Parts:
    """The lines of one pin, by key: each with the lines that continue it."""

    def __init__(self, lines: Sequence[str]) -> None:
        start = next(n for n, line in enumerate(lines) if not line.lstrip().startswith("#"))
        item = lines[start]
        self._above = list(lines[:start])
        self._mark = item[: len(item) - len(item.lstrip(" -"))]
        self._indent = " " * len(self._mark)
        self._parts: list[tuple[str, list[str]]] = []
        for line in (item[len(self._mark) :], *(each for each in lines[start + 1 :])):
            own = line if not self._parts else line.removeprefix(self._indent)
            match = _KEY.fullmatch(own)
            if not self._parts or (match and line.startswith(self._indent)):
                self._parts.append((match["key"] if match else "", [own]))
            else:
                self._parts[-1][1].append(own)

    def lines(self) -> tuple[str, ...]:
        """Return the lines, the first one marked as a list item."""
        body = [line for _, part in self._parts for line in part]
        placed = (f"{self._indent}{line}".rstrip() for line in body[1:])
        return (*self._above, f"{self._mark}{body[0]}", *placed)

    def put(self, key: str, text: str | None) -> None:
        """Let a key say something else, at its usual place where it is new; None takes it away."""
        for number, (name, part) in enumerate(self._parts):
            if name == key:
                after = [line for line in part[1:] if line.lstrip().startswith("#")]
                self._parts[number] = (key, [*_changed(part[0], text), *after])
                return
        if text is not None:
            later = _ORDER[_ORDER.index(key) :]
            names = [name for name, _ in self._parts]
            place = next((n for n, name in enumerate(names) if name in later), len(names))
            self._parts.insert(place, (key, [f"{key}: {text}"]))

    def put_rates(self, pin: Pin) -> None:
        """Let the rates be others: a line each, or all within braces as they stood."""
        names = [name for name, _ in self._parts]
        if "rates" not in names:
            return  # all within braces
        number = names.index("rates")
        head, *below = self._parts[number][1]
        rates = {name: text_of(each) for name, each in pin.rates.items()}
        if any(_KEY.fullmatch(line.strip()) for line in below) and "{" not in head:
            self._parts[number] = ("rates", [head, *_rate_lines(below, rates)])
            return
        pairs = ", ".join(f"{name}: {text}" for name, text in rates.items())
        self._parts[number] = ("rates", _changed(head, f"{{{pairs}}}"))


def _changed(line: str, text: str | None) -> list[str]:
    """Return a line with another value; its comment stays."""
    match = _KEY.fullmatch(line)
    if text is None or match is None:
        return []
    return [f"{match['key']}: {text}{match['comment'] or ''}"]


def _rate_lines(lines: Sequence[str], rates: dict[str, str]) -> Iterator[str]:
    """Iterate over the lines of rates, each with its comment; new ones come last."""
    left = dict(rates)
    indent = "  "
    for line in lines:
        match = _KEY.fullmatch(line.strip())
        if match is None:
            yield line
            continue
        indent = line[: len(line) - len(line.lstrip())]
        if match["key"] in left:
            yield indent + _changed(line.strip(), left.pop(match["key"]))[0]
    yield from (f"{indent}{name}: {text}" for name, text in left.items())
