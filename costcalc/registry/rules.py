"""Rules, parsed: when each one holds, and when that can next change."""

from __future__ import annotations

from decimal import Decimal

from costcalc import instants
from costcalc.meters import METERS
from costcalc.registry import conditions as conds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    Moment = tuple[int, int, int, Mapping[str, str]]
    """Instant, prompt and output in half-tokens, stated conditions."""

__all__ = ["Rule", "comparison_cuts", "grains_said"]

_COMPARED = ("prompt_tokens", "output_tokens")
_TIMED = ("hours", "days", "not_holiday")


class Rule:
    """One rule of a price list: what it changes, and the conditions under which it does."""

    __slots__ = (
        "compared",
        "days",
        "end",
        "holidays",
        "hours",
        "known_until",
        "label",
        "minimum",
        "note",
        "offered",
        "plain",
        "rates",
        "round_up",
        "start",
        "times",
        "wide",
    )

    def __init__(self, record: dict[str, Any], calendar: dict[str, Any] | None = None) -> None:
        when: dict[str, list[Any]] = record["if"]
        self.start = instants.parse(record["from"]) if "from" in record else instants.NEVER
        self.end = instants.parse(record["until"]) if "until" in record else instants.FOREVER
        self.compared = {
            key: [_half_cut(text) for text in when[key]] for key in _COMPARED if key in when
        }
        self.hours = [conds.parse_hours(text) for text in when.get("hours", ())]
        self.days = conds.parse_days(when["days"]) if "days" in when else None
        self.holidays: list[list[int]] = calendar["days"] if calendar else []
        self.known_until: int | None = calendar["until"] if calendar else None
        self.plain = {
            key: frozenset(conds.as_text(value) for value in values)
            for key, values in when.items()
            if key not in _COMPARED and key not in _TIMED
        }
        self.rates = {name: Decimal(text) for name, text in record.get("rates", {}).items()}
        times = record.get("times")
        self.times: Decimal | dict[str, Decimal] | None = (
            {name: Decimal(text) for name, text in times.items()}
            if isinstance(times, dict)
            else None
            if times is None
            else Decimal(times)
        )
        self.minimum: dict[str, int] = record.get("minimum", {})
        self.round_up: dict[str, int] = record.get("round_up", {})
        self.wide = bool(record.get("fees"))
        self.offered: bool | None = record.get("offered")
        self.label: str = record.get("label") or _label(when)
        self.note = _note(record.get("note"), record.get("source"), self.label)

    def __str__(self) -> str:
        head = self.label
        if self.start != instants.NEVER:
            head += f" from {instants.to_text(self.start)}"
        if self.end != instants.FOREVER:
            head += f" until {instants.to_text(self.end)}"
        if self.offered is False:
            return f"{head}: not offered"
        said = [f"{name} {rate:f}" for name, rate in self.rates.items()]
        if isinstance(self.times, dict):
            said += [f"{name} × {factor:f}" for name, factor in self.times.items()]
        elif self.times is not None:
            said.append(f"× {self.times:f}")
        said += grains_said(self.minimum, self.round_up)
        return f"{head}: {', '.join(said)}"

    def factor(self, name: str) -> Decimal | None:
        """Return what this rule multiplies a meter's rate by, or None."""
        if isinstance(self.times, dict):
            return self.times.get(name)
        return self.times if self.wide or METERS[name].scaled else None

    def matches(self, moment: Moment) -> bool:
        """Return whether all conditions hold."""
        at, prompt, output, stated = moment
        for key, values in self.plain.items():
            if stated.get(key, "false" if key == "batch" else None) not in values:
                return False
        for key, size in zip(_COMPARED, (prompt, output), strict=True):
            cuts = self.compared.get(key)
            if cuts is not None and not any((size >= cut) is above for above, cut in cuts):
                return False
        return self._in_time(at)

    def _in_time(self, at: int) -> bool:
        """Return whether hours and day hold; a window that wraps belongs to its first day."""
        if not self.hours:
            return self._on_day(at)
        clock = at % instants.DAY
        for start, end in self.hours:
            if start < end:
                if start <= clock < end and self._on_day(at):
                    return True
            elif clock >= start or clock < end:
                first = at - clock + start - (instants.DAY if clock < start else 0)
                if self._on_day(first):
                    return True
        return False

    def _on_day(self, at: int) -> bool:
        if self.days is not None and (at // instants.DAY + 3) % 7 not in self.days:
            return False  # 1970-01-01 was a Thursday
        return not any(start <= at < end for start, end in self.holidays)

    def changes(self, at: int) -> list[int]:
        """Return the instants around one at which this rule can begin or cease to hold."""
        found = [self.start, self.end]
        if self.hours or self.days is not None or self.holidays:
            midnight = at - at % instants.DAY
            clocks = {0, *(edge for window in self.hours for edge in window)}
            found += [
                midnight + day * instants.DAY + clock for day in (-1, 0, 1) for clock in clocks
            ]
            for edges in self.holidays:
                found += edges
        if self.known_until is not None:
            found.append(self.known_until)
        return found


def grains_said(minimum: Mapping[str, int], round_up: Mapping[str, int]) -> list[str]:
    """Return the grains of billed quantities in words, in base units."""
    least = [f"{name} at least {count:,}" for name, count in minimum.items()]
    return least + [f"{name} rounded up to {count:,}" for name, count in round_up.items()]


def comparison_cuts(rules: Iterable[Rule], key: str) -> list[int]:
    """Return all sizes, in half-tokens, at which a comparison of these rules changes."""
    return [cut for rule in rules for _, cut in rule.compared.get(key, ())]


def _note(note: str | None, source: str | None, label: str) -> str | None:
    """Return what a rule says beside its rates, with where it was read if that is its own."""
    if source is None:
        return note
    return f"{label}: see {source}" if note is None else f"{note} ({source})"


def _half_cut(text: str) -> tuple[bool, int]:
    """Return a comparison as (holds from the cut on, cut), the cut in half-tokens."""
    operator, tokens = conds.parse_comparison(text)
    return operator in {">", ">="}, 2 * tokens + (operator in {">", "<="})


def _label(when: Mapping[str, list[Any]]) -> str:
    parts: list[str] = []
    for key, values in when.items():
        said = "|".join(conds.as_text(value) for value in values)
        if key in _COMPARED:
            parts.append(f"{key} {said}")
        else:
            parts.append(f"{key} {said}" if key in _TIMED else f"{key}={said}")
    return ", ".join(parts) or "always"
