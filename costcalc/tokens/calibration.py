"""Counts for families without a public vocabulary: a public one's count times measured ratios.

A calibration holds, for each class of content, how many tokens a family has for one token of a
base vocabulary: what to expect, and a range for nine in ten documents. Those that come with
costcalc were measured with tokenizers of the families; `Calibration.fit` makes one from bills.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from math import ceil, floor, sqrt

from costcalc.errors import UsageError, nearest_names
from costcalc.tokens.token_count import METHODS, TokenPart
from costcalc.values import Value, frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, Self

__all__ = [
    "CHARACTERS",
    "DIGITS",
    "Calibration",
    "Ratio",
    "base_count",
    "bundled",
    "bundled_names",
    "by_characters",
    "token_shares",
]

CHARACTERS = "characters"
"""Base of a calibration whose ratios are tokens for one character; and the name of ours."""
DIGITS = ("grouped", "single")
"""How a vocabulary has digits: up to three in one token, as o200k_base, or each by itself."""

_BUNDLED = os.path.join(os.path.dirname(__file__), "calibrations.yaml")
_DIGITS = re.compile("[0-9]{1,3}")
_UNMEASURED = 0.2  # share of a text in classes without a ratio that makes a count a guess


@dataclass(frozen=True, slots=True)
class Ratio(Value):
    """Tokens of a family for one token of the base vocabulary, in content of one class."""

    mean: Decimal
    """What to expect."""
    low: Decimal
    """The least that long documents have, but for one in twenty."""
    high: Decimal
    """The most that long documents have, but for one in twenty."""
    spread: Decimal = Decimal(1)
    """Tokens by which a text may be off beside that, times the square root of its tokens."""

    def __post_init__(self) -> None:
        """Refuse ratios that are no numbers, or not in order."""
        for name in ("mean", "low", "high", "spread"):
            value = getattr(self, name)
            if not isinstance(value, Decimal) or not value.is_finite() or value < 0:
                msg = f"the {name} of a ratio is a Decimal of 0 or more, not {value!r}"
                raise UsageError(msg, value=value)
        if self.mean == 0 or not self.low <= self.mean <= self.high:
            msg = (
                f"a ratio is above 0 and stands between its low and its high, not {self.mean} "
                f"between {self.low} and {self.high}"
            )
            raise UsageError(msg, mean=self.mean)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration(Value):
    """How a family's tokens follow from those of a base vocabulary, class by class."""

    name: str
    """Name of the family, or one of your own."""
    pooled: Ratio
    """Ratio for content of a class that was not measured."""
    classes: dict[str, Ratio] = field(default_factory=dict[str, Ratio])
    """Ratios by class of content; `costcalc.tokens.classes.CLASSES` are the names."""
    base: str = "o200k_base"
    """Vocabulary that is counted; or characters."""
    digits: str = "grouped"
    """One of `DIGITS`: `single` adds what the base saves by grouping digits."""
    overhead: int = 0
    """Tokens that each request had beside its text; `count` leaves them out."""
    method: str = "calibrated"
    """One of `METHODS`, what a count is worth."""
    documents: int = 0
    """How many documents were measured."""
    measured: str = ""
    """What told the true counts, with its version."""
    source: str | None = None
    """Where that is published."""
    checked: date | None = None
    """Day on which it was measured."""
    note: str = ""
    """What to know about it."""

    def __post_init__(self) -> None:
        """Freeze the classes; refuse a method or a way of digits that is unknown."""
        for what, value, known in (
            ("method", self.method, METHODS[1:]),
            ("digits", self.digits, DIGITS),
        ):
            if value not in known:
                msg = f"{what} of a calibration is {' or '.join(known)}, not {value!r}"
                raise UsageError(msg, value=value)
        if not isinstance(self.name, str) or not self.name.strip():  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
            msg = f"a calibration has a name, such as 'our tickets', not {self.name!r}"
            raise UsageError(msg, name=self.name)
        object.__setattr__(self, "classes", frozen(self.classes))

    def count(self, text: str, *, base_tokens: int | None = None) -> TokenPart:
        """Return the tokens of a text; `base_tokens` is its count in the base, where it is known.

        The deviations of one class are taken to go the same way throughout a text, so ranges of
        its parts add up; only what varies from word to word evens out.
        """
        total = base_count(text, self.base, self.digits, base_tokens)
        least = 1 if text else 0  # no tokenizer has none for a text
        expected = below = above = noise = unmeasured = 0.0
        shares = token_shares(text, self.base)
        for name, share in shares.items():
            ratio = self.classes.get(name)
            if ratio is None:
                ratio = self.pooled
                unmeasured += share
            base = total * share
            mean = float(ratio.mean)
            expected += base * mean
            below += base * (mean - float(ratio.low))
            above += base * (float(ratio.high) - mean)
            noise += base * float(ratio.spread) ** 2
        return TokenPart(
            what="text",
            tokens=max(least, round(expected)),
            low=max(least, floor(expected - sqrt(below * below + noise))),
            high=max(least, ceil(expected + sqrt(above * above + noise))),
            method="heuristic" if unmeasured > _UNMEASURED else self.method,
            note=self._note(shares, expected / total if total else 0.0),
        )

    def _note(self, shares: dict[str, float], ratio: float) -> str:
        if not shares:
            return ""
        named = ", ".join(sorted(shares, key=shares.__getitem__, reverse=True)[:3])
        tool = f"; {self.measured}" if self.measured else ""
        return f"{self.base} × {ratio:.3g} for {named}{tool}"

    @classmethod
    def fit(
        cls,
        pairs: Iterable[tuple[str, int] | Mapping[str, Any]],
        *,
        name: str,
        base: str = "o200k_base",
        coverage: float | Decimal = 0.9,
        overhead: int | str = 0,
        digits: str = "grouped",
        checked: date | None = None,
        note: str = "",
    ) -> Self:
        """Return a calibration of your own from texts and the input tokens they were billed for.

        A pair is `(text, tokens)` or a mapping with these keys. A class of content gets a ratio of
        its own where two documents or more are of it, the rest a pooled one. `overhead` is what
        each request had beside its text: a number of tokens, or "fit" to find it together with the
        ratios. Ranges hold for a new document like those given, with probability `coverage`; few
        documents make them wide.
        """
        from costcalc.tokens.fitting import fitted

        return cls(
            **fitted(pairs, base, coverage, overhead, digits),
            name=name,
            base=base,
            digits=digits,
            measured="your own bills",
            checked=checked,
            note=note,
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the calibration as YAML; an existing file is replaced at once or not at all."""
        from costcalc.tokens.calibration_files import save

        save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Return the calibration of a YAML file; `RegistryError` names what is wrong, and where."""
        from costcalc.tokens.calibration_files import load

        return cls(**load(path))


def bundled(name: str) -> Calibration:
    """Return a calibration that comes with costcalc, read at its first use."""
    try:
        return _read_bundled(name)
    except KeyError:
        from costcalc.tokens.vocabularies import VOCABULARIES

        known = (*VOCABULARIES, *bundled_names())  # as tokenizer= takes both
        near = nearest_names(str(name), known, alike=0.4)
        named = f"; nearest: {', '.join(map(repr, near))}" if near else ""
        msg = f"there is no tokenizer {name!r}{named}; known: {', '.join(known)}"
        raise UsageError(msg, name=name) from None


def bundled_names() -> tuple[str, ...]:
    """Return the names of the calibrations that come with costcalc."""
    return tuple(_sections())


def by_characters(text: str) -> TokenPart:
    """Return a guess from the characters of a text, for where no vocabulary can be read."""
    return bundled(CHARACTERS).count(text)


@cache
def _sections() -> dict[str, str]:
    """Return the text of each bundled calibration; one is parsed when it is asked for."""
    with open(_BUNDLED, encoding="utf-8") as file:
        sections = file.read().split("\n---\n")[1:]
    return {section.partition("\n")[0].removeprefix("name: "): section for section in sections}


@cache
def _read_bundled(name: str) -> Calibration:
    from costcalc.tokens.calibration_files import parsed

    return Calibration(**parsed(_sections()[name], _BUNDLED))


@cache
def _tokens_per_character() -> dict[str, float]:
    """Return the usual tokens of a character by class; the pooled number is that of no class."""
    found = bundled(CHARACTERS)
    ratios = {**found.classes, "": found.pooled}
    return {name: float(ratio.mean) for name, ratio in ratios.items()}


def token_shares(text: str, base: str) -> dict[str, float]:
    """Return the share of each class in the base tokens of a text."""
    from costcalc.tokens.classes import composition

    weights: dict[str, float] = composition(text)
    if base != CHARACTERS:
        usual = _tokens_per_character()
        weights = {
            name: characters * usual.get(name, usual[""]) for name, characters in weights.items()
        }
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


def _split_digits(text: str) -> float:
    """Return how many tokens more a text has where each digit is one; an estimate for long ones."""
    from costcalc.tokens.classes import samples

    more = 0.0
    for sample, stands_for in samples(text):
        groups = _DIGITS.findall(sample)
        if groups:
            more += (sum(map(len, groups)) - len(groups)) * stands_for / len(sample)
    return more


def base_count(text: str, base: str, digits: str, known: int | None = None) -> float:
    """Return the base tokens of a text, with its digits as the family has them."""
    if known is None:
        known = len(text) if base == CHARACTERS else _counter(base)(text)
    elif isinstance(known, bool) or not isinstance(known, int) or known < 0:  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
        msg = f"base_tokens is a whole number of tokens, 0 or more, not {known!r}"
        raise UsageError(msg, base_tokens=known)
    return known + (_split_digits(text) if digits == "single" else 0.0)


def _counter(base: str) -> Callable[[str], int]:
    from costcalc.tokens.text import counter

    return counter(base)
