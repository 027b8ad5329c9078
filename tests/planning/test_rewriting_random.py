"""YAML of every layout that people write: what is asked for changes, and not a byte beside it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from costcalc import UsageError
from costcalc.planning.rewriting import as_yaml, rewritten

NAMES = st.sampled_from(["people", "p50", "p90", "low", "high", "cache", "steps", "a-b", "x_1"])
NUMBERS = st.one_of(
    st.integers(0, 10**6).map(str),
    st.decimals(0, 10**4, places=3).map(lambda each: f"{each:f}"),
    st.just("20_000"),
)
TEXTS = st.sampled_from(
    ["gpt-5", '"x  # y"', "'it''s # no'", '"a \\" b"', "true", "~", "2026-09-01", "a b c", "[1, 2]"]
)
VALUES = st.one_of(
    st.integers(0, 10**9),
    st.decimals(0, 10**6, places=4),
    st.fixed_dictionaries({"p50": st.integers(1, 99), "p90": st.integers(100, 10**6)}),
    st.fixed_dictionaries({"low": st.just(1), "source": st.just("logs, 2026: 5 # sessions")}),
    st.text(max_size=9).filter(lambda text: not any(map(_half, text))),
)


def _half(sign: str) -> bool:
    """Say whether a sign is half of a pair, which no text of UTF-8 has."""
    return "\ud800" <= sign <= "\udfff"


@dataclass
class Draft:
    """A YAML text while it is written: pieces, those of numbers by their path."""

    pieces: list[str | tuple[str, str]] = field(default_factory=list[Any])
    comments: int = 0
    paths: list[str] = field(default_factory=list[str])

    def text(self, changes: dict[str, str] | None = None) -> str:
        """Return the text with other numbers."""
        other = changes or {}
        return "".join(
            each if isinstance(each, str) else other.get(each[0], each[1]) for each in self.pieces
        )

    def numbers(self) -> list[str]:
        """Return the paths of the numbers."""
        return [each[0] for each in self.pieces if isinstance(each, tuple)]


@st.composite
def drafts(draw: Callable[..., Any]) -> Draft:
    """Draw a YAML text of block and flow mappings, comments, texts of several lines and gaps."""
    found = Draft()
    if draw(st.booleans()):
        found.pieces.append("# what it is\n---\n")
    _block(draw, found, (), 0)
    whole = draw(st.sampled_from(["\n", "\r\n"]))
    found.pieces = [
        each.replace("\n", whole) if isinstance(each, str) else each for each in found.pieces
    ]
    if draw(st.booleans()):
        found.pieces.insert(0, "\ufeff")
    last = found.pieces[-1]
    if isinstance(last, str) and draw(st.booleans()):
        found.pieces[-1] = last.removesuffix(whole)
    return found


def _comment(draw: Callable[..., Any], found: Draft) -> str:
    """Return a comment that is there once, or nothing."""
    if not draw(st.booleans()):
        return ""
    found.comments += 1
    gap = " " * draw(st.integers(1, 8))
    return f'{gap}# c{found.comments}: {{it\'s}} "a: b", x'


def _block(draw: Callable[..., Any], found: Draft, place: tuple[str, ...], depth: int) -> None:
    margin = "  " * depth
    for name in draw(st.lists(NAMES, min_size=1, max_size=4, unique=True)):
        if draw(st.integers(0, 3)) == 0:
            found.pieces.append(draw(st.sampled_from(["\n", f"{margin}# of the next\n"])))
        path = (*place, name)
        found.paths.append(".".join(path))
        key = draw(st.sampled_from([name, name, f'"{name}"']))
        found.pieces.append(f"{margin}{key}:")
        kind = draw(st.integers(0, 9))
        if kind <= 3:
            found.pieces += [" " * draw(st.integers(1, 3)), (".".join(path), draw(NUMBERS))]
        elif kind == 4:
            found.pieces.append(f" {draw(TEXTS)}")
        elif kind == 5:
            sign = draw(st.sampled_from(["|", ">-", "|-", ">"]))
            found.pieces.append(f" {sign}\n{margin}   x: 1  # a text\n\n{margin}   #\n")
            continue
        elif kind == 6:
            pass  # nothing at all
        elif kind == 7 and depth < 3:
            found.pieces.append(f"{_comment(draw, found)}\n")
            _block(draw, found, path, depth + 1)
            continue
        else:
            _flow(draw, found, path)
        found.pieces.append(f"{_comment(draw, found)}\n")


def _flow(draw: Callable[..., Any], found: Draft, place: tuple[str, ...]) -> None:
    inside = draw(st.sampled_from(["", " "]))
    found.pieces.append(f" {{{inside}")
    for number, name in enumerate(draw(st.lists(NAMES, max_size=3, unique=True))):
        break_ = f"\n{' ' * 9}" if draw(st.integers(0, 5)) == 0 else " "
        found.pieces.append(f",{break_}" if number else "")
        path = ".".join((*place, name))
        found.paths.append(path)
        found.pieces.append(f"{name}: ")
        found.pieces.append((path, draw(NUMBERS)) if draw(st.booleans()) else draw(TEXTS))
    found.pieces.append(f"{inside}}}")


def _even(text: str) -> str:
    """Return a text with one space before each comment, which may move."""
    return re.sub(r"[ \t]+#", " #", text)


def _said(text: str) -> Any:
    """Return what a text says, its last line ended: a key behind it does that."""
    text = text if text.endswith("\n") else f"{text}\n"
    return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - texts and mappings only


def _put(whole: Any, path: str, value: Any) -> None:
    *above, last = path.split(".")
    for part in above:
        whole = whole[part]
    whole[last] = value


@settings(deadline=None, max_examples=80)
@given(st.data(), drafts())
def test_numbers_change_and_no_other_byte(data: st.DataObject, draft: Draft) -> None:
    numbers = draft.numbers()
    text = draft.text()
    chosen = data.draw(st.lists(st.sampled_from(numbers), unique=True)) if numbers else []
    changes = {path: Decimal(data.draw(NUMBERS).replace("_", "")) for path in chosen}
    new = rewritten(text, changes)
    expected = draft.text({path: as_yaml(value) for path, value in changes.items()})
    assert _even(new) == _even(expected)
    assert rewritten(new, changes) == new


@settings(deadline=None, max_examples=120)
@given(st.data(), drafts(), VALUES)
def test_any_value_says_what_was_asked_for_and_comments_stay(
    data: st.DataObject, draft: Draft, value: Any
) -> None:
    text = draft.text()
    path = data.draw(st.sampled_from(draft.paths))
    new = rewritten(text, {path: value})
    expected = _said(text)
    _put(expected, path, _said(f"value: {as_yaml(value)}")["value"])
    assert _said(new) == expected
    for number in range(1, draft.comments + 1):
        assert f"# c{number}: " in new
    assert rewritten(new, {path: value}) == new


@settings(deadline=None, max_examples=60)
@given(st.data(), drafts(), VALUES)
def test_a_new_key_stands_with_its_neighbours(
    data: st.DataObject, draft: Draft, value: Any
) -> None:
    text = draft.text()
    path = data.draw(st.sampled_from([*draft.paths, "new"]))
    expected = _said(text)
    inside: Any = {"": expected}
    for part in ("", *path.split(".")):
        inside = inside.get(part)
    if path != "new":
        path = f"{path}.new"
        if inside == "":  # nothing stands there, or an empty text
            return
        if not isinstance(inside, dict):
            if inside != "~":
                with pytest.raises(UsageError, match="is no mapping"):
                    rewritten(text, {path: value})
            return
    new = rewritten(text, {path: value})
    _put(expected, path, _said(f"value: {as_yaml(value)}")["value"])
    assert _said(new) == expected
    assert new.count("#") == text.count("#") + as_yaml(value).count("#")


@given(st.text().filter(lambda text: not any(map(_half, text))))
def test_any_text_is_written_as_what_it_is(text: str) -> None:
    assert yaml.safe_load(f"a: {as_yaml(text)}") == {"a": text}
