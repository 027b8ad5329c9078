"""What a model's prompt cache does: from which size on, in what steps, for how long, at what price.

The registry states the policy of each kind of cache; a session has one of them, or none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from costcalc.errors import UsageError
from costcalc.estimate.outputs import as_whole
from costcalc.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from costcalc.registry.cards import RateCard

__all__ = [
    "NO_CACHE",
    "CachePolicy",
    "cache_policy",
    "duration",
    "policies_of",
    "policy_of",
    "seconds_of",
]

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_KINDS = ("automatic", "explicit")
_FREE_WRITES = "cache_read"
"""The meter under which a policy states how long an entry lives whose write is plain input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CachePolicy(Value):
    """One cache of one model, as the provider runs it."""

    kind: str
    """automatic; explicit (the request marks what is cached); stored (an object with a life that
    the caller sets and pays for); or none."""
    write_meter: str | None = None
    """Meter that a written token is billed on; None is plain input."""
    ttl: int | None = None
    """Seconds that an entry lives without being used; None is for ever."""
    min_tokens: int = 0
    """Shortest prefix that is cached."""
    increment: int = 1
    """Steps in which an automatic cache grows above the minimum."""
    refresh_on_read: bool = False
    """Whether a read starts the life anew."""
    caches_output: bool = False
    """Whether the reply is cached with the prompt that it follows."""
    whole_prompts: bool = False
    """Whether an automatic cache finds a prompt only where a later one begins with all of it."""
    creation_billed: bool | str | None = None
    """Whether a stored cache's creation is billed as input: True, False or "unknown"."""
    stated: bool = True
    """Whether the price file states the policy; False is an assumption."""

    def cached(self, tokens: int) -> int:
        """Return how much of a prefix is cached: nothing below the minimum, then in increments.

        That is min + increment × floor((tokens − min) ÷ increment).
        """
        least = self.min_tokens
        if self.kind == "none" or tokens < least:
            return 0
        return tokens - (tokens - least) % self.increment

    def __str__(self) -> str:
        """Return the policy in a few words."""
        if self.kind == "none":
            return "no cache"
        life = "" if self.ttl is None else f", {duration(self.ttl)}"
        return f"{self.kind} cache{life}"


NO_CACHE = CachePolicy(kind="none")
"""Every token is paid in full."""


def cache_policy(card: RateCard, cache: str | None = None) -> CachePolicy:
    """Return the cache of a model that a choice means, at the instant of its rate card.

    None is what the model does by itself: its automatic cache, or else its explicit one at the
    shortest life. "none" switches it off; "automatic" and "explicit" name the kind; a duration such
    as "5m" or "1h" names the one that lives so long. A cache that the caller stores and pays for by
    the hour takes any duration. Raises `UsageError` where the model has no such cache.
    """
    return policy_of(card.cache, card.rates, cache, f"{card.model} ({card.provider})")


def policies_of(card: RateCard, lives: Sequence[str | int]) -> tuple[CachePolicy, ...]:
    """Return every cache of a model; one that is stored by the hour, at each of the lives.

    A life is text such as "15m" or a number of seconds. Raises `UsageError` for what is none.
    """
    seconds = [_seconds(life) for life in lives]
    found: list[CachePolicy] = []
    for each in _offered(card.cache, card.rates):
        found += [replace(each, ttl=life) for life in seconds] if each.kind == "stored" else [each]
    return tuple(found)


def policy_of(
    kinds: Mapping[str, Any] | None, rates: Mapping[str, Decimal], cache: str | None, model: str
) -> CachePolicy:
    """Return the policy that a choice means among the kinds of cache that a model has."""
    if cache is not None and not isinstance(cache, str):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
        msg = f"cache is None or a text such as 'none', 'automatic' or '1h', not {cache!r}"
        raise UsageError(msg, cache=cache)
    if cache == "none":
        return NO_CACHE
    offered = _offered(kinds, rates)
    if cache is None:
        return _timed(offered[0], model) if offered else NO_CACHE
    found = _named(offered, cache) if cache in _KINDS else _living(offered, cache)
    if found is not None:
        return _timed(found, model)
    kept = ", ".join(dict.fromkeys(_said(each) for each in offered))
    has = f"it has: {kept}" if kept else "it has none with a price"
    msg = f"{model} has no cache {cache!r}; {has}; 'none' switches caching off"
    raise UsageError(msg, cache=cache, model=model)


def _timed(policy: CachePolicy, model: str) -> CachePolicy:
    """Return a policy; `UsageError` for a stored cache whose life nobody says."""
    if policy.kind == "stored" and policy.ttl is None:
        msg = f"the cache of {model} is stored and billed by the hour; say for how long: cache='1h'"
        raise UsageError(msg, model=model)
    return policy


def _named(offered: tuple[CachePolicy, ...], kind: str) -> CachePolicy | None:
    """Return the first cache of a kind; a stored one is explicit, too."""
    return next((each for each in offered if _asked_kind(each) == kind), None)


def _living(offered: tuple[CachePolicy, ...], cache: str) -> CachePolicy | None:
    """Return the cache that lives so long, or a stored one that is made to."""
    life = _life(cache)
    for each in offered:
        if each.ttl == life:
            return each
    stored = next((each for each in offered if each.kind == "stored"), None)
    return None if stored is None else replace(stored, ttl=life)


def _offered(
    kinds: Mapping[str, Any] | None, rates: Mapping[str, Decimal]
) -> tuple[CachePolicy, ...]:
    """Return the caches of a model in the order of preference: automatic first, then shortest."""
    if "cache_read" not in rates:
        return ()
    if kinds is None:
        return (CachePolicy(kind="automatic", stated=False),)
    found: list[CachePolicy] = []
    for kind in _KINDS:
        if kind in kinds:
            found += _of_kind(kind, kinds[kind] or {}, rates)
    return tuple(found)


def _of_kind(
    kind: str, stated: Mapping[str, Any], rates: Mapping[str, Decimal]
) -> list[CachePolicy]:
    stored = "creation_billed" in stated
    if stored and "cache_storage" not in rates:
        return []
    lives = {meter: seconds_of(life) for meter, life in (stated.get("ttl") or {}).items()}
    found = [
        CachePolicy(
            kind="stored" if stored else kind,
            write_meter=None if meter == _FREE_WRITES or not _written(meter, rates) else meter,
            ttl=life,
            min_tokens=stated.get("min_tokens") or 0,
            increment=stated.get("increment") or 1,
            refresh_on_read=bool(stated.get("refresh_on_read")),
            caches_output=bool(stated.get("caches_output")),
            whole_prompts=bool(stated.get("whole_prompts")),
            creation_billed=stated.get("creation_billed"),
        )
        for meter, life in (lives or {_FREE_WRITES: None}).items()
    ]
    return sorted(found, key=lambda each: each.ttl or 0)


def _seconds(life: Any) -> int:
    """Return a life that is stated as text or as seconds."""
    if isinstance(life, str):
        return _life(life)
    seconds = as_whole(life)
    if seconds is None or seconds < 1:
        msg = f"a cache lives for whole seconds from 1 on or a time such as '1h', not {life!r}"
        raise UsageError(msg, life=life)
    return seconds


def _written(meter: str, rates: Mapping[str, Decimal]) -> bool:
    """Return whether a write has a price of its own, be it that of a shorter life."""
    return meter in rates or "cache_write" in rates


def _life(text: str) -> int:
    """Return the seconds that a cache lives."""
    life = seconds_of(text)
    if life is None:
        msg = (
            f"cache {text!r} is no cache; write 'none', 'automatic', 'explicit' or a life such as "
            "'5m' or '1h'"
        )
        raise UsageError(msg, cache=text)
    return life


def _asked_kind(policy: CachePolicy) -> str:
    return "explicit" if policy.kind == "stored" else policy.kind


def _said(policy: CachePolicy) -> str:
    life = "" if policy.ttl is None else f" of {duration(policy.ttl)}"
    return f"{_asked_kind(policy)}{life}"


def seconds_of(text: str) -> int | None:
    """Return the seconds of a duration such as 30s, 5m, 1h or 1d; None for anything else."""
    found = re.fullmatch(r"([1-9][0-9]*)([smhd])", text)
    return int(found[1]) * _UNITS[found[2]] if found else None


def duration(seconds: int) -> str:
    """Return whole seconds as the shortest duration: 300 as 5m, 5400 as 90m."""
    for unit, size in reversed(_UNITS.items()):
        if seconds % size == 0 and seconds:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
