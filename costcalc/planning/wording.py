"""Numbers and keys of a plan as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from costcalc.money import normal
from costcalc.planning.numbers import Number

__all__ = ["at_least", "bounded", "label_of", "plain", "said"]

_FIXED = {"value"}


def plain(value: Any) -> Any:
    """Return what a plan states as its YAML would: a bare number where it is one, no empty keys."""
    if isinstance(value, Number):
        value = value.model_dump(exclude_unset=True)
    if isinstance(value, Mapping):
        stated = {key: plain(each) for key, each in value.items() if each is not None}
        return stated["value"] if set(stated) == _FIXED else stated
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return normal(value) if isinstance(value, Decimal) else value


def said(value: Any) -> str:
    """Return what a plan states as one text; a dash where it states nothing."""
    value = plain(value)
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal | int):
        return f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {said(each)}" for key, each in value.items())
    if isinstance(value, list):
        return "; ".join(map(said, value))
    return str(value)


def bounded(amount: str, coverage: str) -> str:
    """Return an amount of a table: ≥ $5.00 where some of it has no price, else that it has none."""
    return {"whole": amount, "part": f"≥ {amount}"}.get(coverage, "not priced")


def at_least(amount: str, coverage: str) -> str:
    """Return an amount of a sentence: at least $5.00 where some of it has no price."""
    return amount if coverage == "whole" else f"at least {amount}"


def label_of(key: str) -> str:
    """Return a dotted key for a reader: coding_agent: steps per session."""
    parts = key.split(".")
    if parts[0] == "workloads":
        parts = parts[1:]
    elif parts[0] == "defaults":
        parts = ["all workloads", *parts[1:]]
    name, *rest = parts
    return f"{name}: {' '.join(rest).replace('_', ' ')}"
