"""The presets of sessions for people: their numbers, and why; Markdown, or CSV."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from costcalc.cli.session_options import OPTIONS, in_words
from costcalc.cli.tables import Column, Grid, Screen, print_csv

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from costcalc.sessions.presets import Preset, PresetField

__all__ = ["print_csv_of", "print_markdown", "print_table"]


def print_table(presets: Sequence[Preset]) -> None:
    """Print the presets to a terminal: several side by side, or one with all its reasons."""
    screen = Screen()
    marks = _marks(presets)
    grid = _grid(presets[0], marks) if len(presets) == 1 else _overview(presets, marks)
    grid.show(screen)
    screen.print()
    screen.facts([*_facts(presets), *_sources(presets, marks)])


def print_markdown(presets: Sequence[Preset]) -> None:
    """Print the same as Markdown."""
    marks = _marks(presets)
    grid = _grid(presets[0], marks) if len(presets) == 1 else _overview(presets, marks)
    sys.stdout.write(grid.markdown())
    sys.stdout.writelines(f"\n{label}: {text}\n" for label, text in _facts(presets))
    sys.stdout.writelines(f"\n{mark} {text}\n" for mark, text in _sources(presets, marks))


def print_csv_of(presets: Sequence[Preset]) -> None:
    """Print the presets as CSV, a number a row."""
    from costcalc.cli.data import jsonable

    head = ["preset", "kind", "field", "value", "unit", "basis", "source", "url", "date", "note"]
    rows = [
        jsonable(
            [
                preset.name, preset.kind, each.name, each.value, each.unit, each.basis, each.source,
                each.url, each.date, each.note,
            ]
        )
        for preset in presets
        for each in preset.fields
    ]  # fmt: skip
    print_csv(head, rows)


_KINDS = {
    "mean": "means of many sessions: what a budget multiplies",
    "median": "medians of many sessions: a typical one, and too little for a budget, as few long "
    "sessions cost most",
    "P90": "the length that nine in ten sessions stay below: for limits, too much for a budget",
}
_SIGNS = {"measured": "", "derived": "~", "assumed": "*"}
"""What stands before a number, by its basis."""
_BARE = str.maketrans("", "", "[]")


def _facts(presets: Sequence[Preset]) -> Iterator[tuple[str, str]]:
    if len(presets) > 1:
        yield "signs", "~ derived from what was measured, * assumed; the others are measured"
        yield "budgets", "multiply means; few long sessions cost most, and medians know none"
        yield "reasons", "costcalc session --presets --preset NAME says why each number is so"
    for each in presets if len(presets) == 1 else ():
        yield "preset", f"{each.name}: {each.about}"
        yield "made of", _KINDS[each.kind]
        yield "adapt", in_words(each.calibration)


_COLUMNS = ("steps", "system_tokens", "input_tokens_per_step", "output_tokens_per_step")
"""What every preset states."""


def _overview(presets: Sequence[Preset], marks: dict[str, str]) -> Grid:
    """Return the presets side by side."""
    grid = Grid(
        Column("preset"), Column("kind"), *(Column(_word(name), right=True) for name in _COLUMNS),
        Column("from"), Column("also", prose=True),
    )  # fmt: skip
    for preset in presets:
        stated = {each.name: f"{_SIGNS[each.basis]}{_value(each)}" for each in preset.fields}
        cells = [stated[name] for name in _COLUMNS]
        also = [
            f"{_word(each.name)} {stated[each.name]}"
            for each in preset.fields
            if each.value and each.name not in _COLUMNS
        ]
        used = sorted({marks[each.source] for each in preset.fields if each.source})
        grid.add(
            preset.name, preset.kind, *cells, " ".join(used).translate(_BARE), ", ".join(also)
        )  # fmt: skip
    return grid


def _word(name: str) -> str:
    """Return an option without its dashes."""
    return OPTIONS[name].removeprefix("--")


def _grid(preset: Preset, marks: dict[str, str]) -> Grid:
    grid = Grid(
        Column("option"), Column("value", right=True), Column("basis"), Column("why", prose=True)
    )
    for each in preset.fields:
        mark = f" {marks[each.source]}" if each.source else ""
        grid.add(OPTIONS[each.name], _value(each), each.basis, f"{in_words(each.note)}{mark}")
    return grid


def _value(field: PresetField) -> str:
    if field.unit == "share":
        return f"{field.value:%}"
    return f"{field.value:,}{'s' if field.unit == 'seconds' else ''}"


def _marks(presets: Sequence[Preset]) -> dict[str, str]:
    """Return the mark of each source, numbered as they come."""
    titles = [each.source for preset in presets for each in preset.fields if each.source]
    return {title: f"[{number}]" for number, title in enumerate(dict.fromkeys(titles), 1)}


def _sources(presets: Sequence[Preset], marks: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Iterate over the sources under their marks."""
    found = {each.source: each for preset in presets for each in preset.fields}
    for title, mark in marks.items():
        yield mark, f"{title}; {found[title].date}, {found[title].url}"
