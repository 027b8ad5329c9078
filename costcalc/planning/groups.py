"""What of a plan belongs to volume, shape, cache, model or price, and plans made of two others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from costcalc.planning.plan import Plan

__all__ = ["GROUPS", "Changed", "changed_keys", "group_of", "mixed"]

GROUPS = ("volume", "shape", "cache", "model", "price")
"""How much there is, what it looks like, what is cached, who answers, and at what rates."""
_CACHE = ("cache", "user_gaps")
_MODEL = ("model", "candidates")
_PRICE = ("provider", "service_tier", "region", "batch", "conditions")
_VOLUME = ("people", "growth_ratio_per_month", "seasons", "retry_rate")
_PLAN_VOLUME = ("phases",)
_PERIOD_VOLUME = ("months", "working_days_per_month")
_DEFAULT_VOLUME = ("retry_rate",)
_SAYS_NOTHING = ("note", "basis", "source")
_COUNTED = ("sessions", "documents", "texts", "runs")
"""What volumes count, and how the keys that state them begin."""


def group_of(key: str) -> str:
    """Return the group of a workload's key, such as volume for sessions_per_month."""
    head = key.split(".", 1)[0]
    if head.split("_per_")[0] in _COUNTED or head in _VOLUME:
        return "volume"
    for group, keys in (("cache", _CACHE), ("model", _MODEL), ("price", _PRICE)):
        if head in keys:
            return group
    return "shape"


class Changed(NamedTuple):
    """One thing that two plans state differently."""

    workload: str | None
    """Whose it is; None for the plan's own."""
    key: str
    group: str
    before: Any
    """What the first plan says; None where it says nothing."""
    after: Any


def _stated(plan: Plan) -> dict[str, Any]:
    return plan.model_dump(exclude_unset=True)


def changed_keys(base: Plan, head: Plan) -> list[Changed]:
    """Return what two plans state differently, in the order of the first; workloads of both only.

    What changes no cost, such as a note, a seed or the budget, is not among it.
    """
    before, after = _stated(base), _stated(head)
    found = [
        Changed(None, ".".join(place), group, _at(before, place), _at(after, place))
        for place, group in _PLAN_KEYS
        if _at(before, place) != _at(after, place)
    ]
    for name in base.workloads:
        if name in head.workloads:
            one, other = before["workloads"][name], after["workloads"][name]
            found += [
                Changed(name, key, group_of(key), one.get(key), other.get(key))
                for key in dict.fromkeys((*one, *other))
                if key not in _SAYS_NOTHING and one.get(key) != other.get(key)
            ]
    return found


_PLAN_KEYS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("period", "start"), "price"),
    *((("period", key), "volume") for key in _PERIOD_VOLUME),
    *(((key,), "volume") for key in _PLAN_VOLUME),
    *((("defaults", key), "volume") for key in _DEFAULT_VOLUME),
    (("defaults", "shared_sigma"), "shape"),
)
"""What the plan itself states, and to which group it belongs."""


def _at(stated: Mapping[str, Any], place: Iterable[str]) -> Any:
    found: Any = stated
    for part in place:
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def mixed(base: Plan, head: Plan, groups: frozenset[str], names: Iterable[str]) -> Plan:
    """Return a plan that has some groups from the second plan and all else from the first.

    `names` are the workloads that it has, of those that both have. Raises pydantic's
    `ValidationError` where the parts do not fit together.
    """
    before, after = _stated(base), _stated(head)
    whole = {key: value for key, value in before.items() if key != "budget"}
    for place, group in _PLAN_KEYS:
        if group in groups:
            _put(whole, place, _at(after, place))
    whole["workloads"] = {
        name: dict(_mixed(before["workloads"][name], after["workloads"][name], groups))
        for name in names
    }
    whole["simulation"] = after.get("simulation", {})
    return Plan.model_validate(whole).read_from(head.source_path)


def _put(whole: dict[str, Any], place: tuple[str, ...], value: Any) -> None:
    """Write one value into nested mappings, the ones above it anew; None takes it out."""
    *above, last = place
    inside = whole
    for part in above:
        inside[part] = dict(inside.get(part) or {})
        inside = inside[part]
    if value is None:
        inside.pop(last, None)
    else:
        inside[last] = value


def _mixed(
    before: Mapping[str, Any], after: Mapping[str, Any], groups: frozenset[str]
) -> Iterator[tuple[str, Any]]:
    for key in dict.fromkeys((*before, *after)):
        chosen = after if group_of(key) in groups else before
        if key in chosen:
            yield key, chosen[key]
