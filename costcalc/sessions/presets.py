"""Typical sessions by name, each number with where it comes from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from dataclasses import fields as fields_of
from decimal import Decimal
from functools import cache
from pathlib import Path

from costcalc.errors import UsageError, nearest_names
from costcalc.estimate.outputs import as_whole
from costcalc.sessions.session import Session
from costcalc.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Preset", "PresetField", "preset", "presets"]

_UNITS = {
    "steps": "calls",
    "system_tokens": "tokens",
    "input_tokens_per_step": "tokens",
    "output_tokens_per_step": "tokens",
    "transient_tokens_per_step": "tokens",
    "gap": "seconds",
    "miss_ratio": "share",
}
"""The fields that a preset may state, and what they count."""
_OF_STEPS = ("input_tokens_per_step", "output_tokens_per_step", "transient_tokens_per_step", "gap")
"""Those that a list of steps says itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetField(Value):
    """One number of a preset, and why it is what it is."""

    name: str
    """The field of `Session`."""
    value: int | Decimal
    """What it is set to."""
    unit: str
    """What the value counts: calls, tokens, seconds or share."""
    basis: str
    """measured, derived from what was measured, or assumed."""
    source: str | None
    """Title of what says so; None where nobody does."""
    url: str | None
    """Where it stands."""
    date: dt.date | None
    """When it was published, or read where it has no date of its own."""
    note: str
    """How the value follows from the source, and what it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset(Value):
    """A typical session: its numbers, what they are typical of, and how to replace them."""

    name: str
    """What `Session.preset` takes."""
    about: str
    """What kind of session it is."""
    kind: str
    """median, mean or P90: what of many sessions it is. A budget multiplies means."""
    calibration: str
    """How to put your own numbers in its place."""
    fields: tuple[PresetField, ...]
    """Its numbers; what is not among them is as `Session` has it by default."""

    def session(self, model: str | None = None, **changes: Any) -> Session:
        """Return the session, with some fields changed.

        Steps that are listed outright say their own counts and gaps, so that the preset's are left
        out. Raises `UsageError` for a field that a session has not.
        """
        known = [each.name for each in fields_of(Session)]
        for name in changes:
            if name not in known:
                near = nearest_names(name, known)
                hint = f"nearest: {', '.join(near)}" if near else f"it has: {', '.join(known)}"
                msg = f"a session has no field {name!r}; {hint}"
                raise UsageError(msg, field=name)
        stated: dict[str, Any] = {each.name: each.value for each in self.fields}
        if as_whole(changes.get("steps", 1)) is None:
            stated = {name: stated[name] for name in stated if name not in _OF_STEPS}
        return Session(model=model, **{**stated, **changes})


def presets() -> tuple[Preset, ...]:
    """Return every preset, the shortest session first."""
    return tuple(_loaded().values())


def preset(name: str) -> Preset:
    """Return the preset of a name; `UsageError` with the nearest names where there is none."""
    found = _loaded().get(name)
    if found is None:
        near = nearest_names(str(name), _loaded())
        hint = f"nearest: {', '.join(near)}; " if near else ""
        msg = f"unknown preset {name!r}; {hint}known: {', '.join(_loaded())}"
        raise UsageError(msg, preset=name)
    return found


@cache
def _loaded() -> dict[str, Preset]:
    """Read the presets; only who asks for one pays for YAML."""
    from costcalc.registry.documents import parse_documents

    path = Path(__file__).with_name("presets.yaml")
    (document,) = parse_documents(path.read_text(encoding="utf-8"), path.name)
    sources = document.value["sources"]
    return {
        name: Preset(
            name=name,
            about=stated["about"],
            kind=stated["kind"],
            calibration=stated["calibration"],
            fields=tuple(_field(sources, key, each) for key, each in stated["fields"].items()),
        )
        for name, stated in document.value["presets"].items()
    }


def _field(sources: dict[str, Any], name: str, stated: dict[str, Any]) -> PresetField:
    source: dict[str, Any] = sources[stated["source"]] if "source" in stated else {}
    return PresetField(
        name=name,
        value=stated["value"],
        unit=_UNITS[name],
        basis=stated["basis"],
        source=source.get("title"),
        url=source.get("url"),
        date=dt.date.fromisoformat(source["date"]) if source else None,
        note=stated["note"],
    )
