"""From a name to the one model it means, or an error: exact ids and aliases, no prefix matching."""

from __future__ import annotations

from costcalc import instants
from costcalc.errors import AmbiguousModelError, NoPriceError, UnknownModelError, UsageError
from costcalc.registry.store import sellers_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from costcalc.registry.store import Store

__all__ = ["GATEWAYS", "Resolved", "Target", "resolve"]

GATEWAYS = frozenset({"openrouter", "litellm", "litellm_proxy", "vercel", "requesty"})
"""Gateways that pass the maker's list price on; what they add themselves is not in it."""

_DEPLOYMENTS = frozenset({"azure"})
"""Sellers that are called by the name of a deployment: a model's plain name is not theirs."""
_SAME_SELLER = {"amazon": "bedrock", "bedrock": "amazon"}
"""Price lists of one seller: Amazon's own models on Bedrock have a file of their own."""


class Target:
    """A model that a name means during a window of time, with the conditions it implies."""

    __slots__ = ("alias", "conditions", "end", "record", "start")

    def __init__(self, record: dict[str, Any], alias: dict[str, Any] | None = None) -> None:
        said = alias or {}
        self.record = record
        self.alias = {key: said[key] for key in ("from", "until", "conditions") if key in said}
        self.start = instants.parse(said["from"]) if "from" in said else instants.NEVER
        self.end = instants.parse(said["until"]) if "until" in said else instants.FOREVER
        self.conditions: dict[str, Any] = said.get("conditions", {})


class Resolved:
    """What a name means: its targets over time, and what was assumed on the way."""

    __slots__ = ("assumed", "name", "targets")

    def __init__(self, name: str, targets: list[Target], assumed: list[tuple[str, str]]) -> None:
        self.name = name
        self.targets = targets
        self.assumed = assumed

    def target(self, at: int) -> Target:
        """Return what the name means at an instant; `NoPriceError` where it means nothing."""
        for each in self.targets:
            if each.start <= at < each.end:
                return each
        windows = "; ".join(
            f"{each.record['id']} from {_edge(each.start)} until {_edge(each.end)}"
            for each in self.targets
        )
        provider: str = self.targets[0].record["provider"]
        reason = f"the name means {windows}; name the model itself"
        raise NoPriceError(self.name, provider, instants.to_text(at), reason)


def _edge(at: int) -> str:
    return "ever" if abs(at) == instants.FOREVER else instants.to_text(at)


def resolve(store: Store, name: str, provider: str | None = None) -> Resolved:
    """Return what a name means; compared without regard to case.

    Raises `UnknownModelError` with the nearest names, `AmbiguousModelError` where several
    providers sell the id and none of them makes it, `UsageError` where the name is no text.
    """
    if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
        msg = f"a model name is text, not {type(name).__name__} {name!r}"
        raise UsageError(msg, model=name)
    seller = None
    if provider is not None:
        seller = store.provider(str(provider).lower())
        if seller is None:
            hint = f"no prices of provider {provider!r} are known; known: {_listed(store)}"
            raise UnknownModelError(name, str(provider), store.names, hint)
    found = _spelled(store, name, seller["id"] if seller else None)
    if found is None:
        found = _without_date(store, name, seller["id"] if seller else None)
    if found is not None:
        return found
    raise _unknown(store, name, seller["id"] if seller else None)


def _listed(store: Store) -> str:
    return ", ".join(store.providers())


def _unknown(store: Store, name: str, seller: str | None) -> UnknownModelError:
    """Return the error: near are names of the seller that was meant, and who else has this one."""
    head, slash, rest = name.lower().partition("/")
    behind = store.provider(head) if slash and seller is None else None
    if behind is None and seller is None:
        hint = None
        if slash:
            hint = f"no prices of provider {name[: len(head)]!r} are known; known: {_listed(store)}"
        return UnknownModelError(name, None, store.names, hint)
    meant = behind["id"] if behind else seller
    prefix, key = (f"{head}/", rest) if behind else ("", name.lower())

    def names() -> Iterator[str]:
        """Iterate over the seller's names, spelled as this one is."""
        for each in store.names():
            if meant in sellers_of(store.find(each) or {}):
                yield prefix + each

    others = sorted(sellers_of(store.find(key) or {}) - {meant})
    hint = f"{key} is a name of {', '.join(others)}" if others else None
    return UnknownModelError(name, seller, names, hint)


def _spelled(store: Store, name: str, seller: str | None) -> Resolved | None:
    """Resolve an exact name, or one behind a provider or a gateway."""
    key = name.lower()
    head, mark, rest = key.partition("/")
    if not mark:
        head, mark, rest = key.partition(":")
    behind = store.provider(head) if mark and rest else None
    if behind is not None and seller in {None, behind["id"]}:
        # 'openai/gpt-5' is OpenAI's model also where a reseller's id is spelled so; an id of the
        # provider's own that is spelled with its name comes first
        found = _exact(store, name, key, behind["id"]) or _exact(store, name, rest, behind["id"])
        if found is not None:
            _say_others(store, found, key, behind["id"])
            return found
    found = _exact(store, name, key, seller)
    if found is not None:
        if mark == "/" and seller is None and not found.assumed:
            _say_others(store, found, key, None)
    elif mark == "/" and rest and head in GATEWAYS and seller is None:
        found = _spelled(store, rest, None)
        if found is not None:
            if not _passed_on(found.targets[-1].record):
                return None
            text = f"called through {head}: the maker's list price, without the gateway's own fee"
            found.assumed.append(("gateway", text))
    return found


def _say_others(store: Store, found: Resolved, key: str, named: str | None) -> None:
    """Say so where a name with a provider's prefix is, to the letter, a reseller's own id."""
    entry = store.find(key) or {}
    sellers = {record["provider"] for record in entry.get("models", ())} - {named}
    if sellers and named is not None:
        text = f"{found.name} is an id of {', '.join(sorted(sellers))} too; priced as {named}'s"
        found.assumed.append(("maker", text))
    elif found.targets[0].record["maker"] not in sellers and sellers:
        text = f"{found.name} is priced as sold by {', '.join(sorted(sellers))}, which resells it"
        found.assumed.append(("maker", text))


def _passed_on(record: dict[str, Any]) -> bool:
    """Return whether a gateway passes a price on: the maker's own, and one that is not free."""
    rates = record["prices"][-1]["rates"].values()
    return record["maker"] == record["provider"] and any(rate.strip("0.") for rate in rates)


def _exact(store: Store, name: str, key: str, seller: str | None) -> Resolved | None:
    entry = store.find(key)
    if entry is None:
        return None
    sellers: dict[str, list[Target]] = {}
    for record in entry.get("models", ()):
        sellers.setdefault(record["provider"], [Target(record)])
    for alias in entry.get("aliases", ()):
        record = _model_of(store, alias)
        if record is not None:  # else a layer above gave the model's id to another
            sellers.setdefault(alias["provider"], []).append(Target(record, alias))
    if seller is not None:
        targets = sellers.get(seller) or sellers.get(_SAME_SELLER.get(seller, seller))
        return Resolved(name, targets, []) if targets else None
    sellers = {each: sellers[each] for each in sellers if each not in _DEPLOYMENTS} or sellers
    if len(sellers) == 1:
        return Resolved(name, next(iter(sellers.values())), [])
    return _makers(name, sellers, entry.get("below", ())) if sellers else None


def _makers(name: str, sellers: dict[str, list[Target]], below: Sequence[str]) -> Resolved:
    """Return the maker's model among several sellers'.

    A file of one's own that says no maker is taken for the maker of what it lists; not so of an id
    that the prices which it is laid over know a maker of.
    """
    makers = [each for each, targets in sellers.items() if targets[0].record["maker"] == each]
    makers = [each for each in makers if each in below] or makers
    if len(makers) != 1:
        raise AmbiguousModelError(name, tuple(sorted(makers or sellers)))
    maker = makers[0]
    others = ", ".join(sorted(set(sellers) - {maker}))
    text = (
        f"{name} is sold by {others} too; priced as its maker's, {maker}; provider= names another"
    )
    return Resolved(name, sellers[maker], [("maker", text)])


def _model_of(store: Store, alias: dict[str, Any]) -> dict[str, Any] | None:
    """Return the record of the model that an alias names."""
    models = (store.find(alias["model"].lower()) or {}).get("models", ())
    return next((each for each in models if each["provider"] == alias["provider"]), None)


def _without_date(store: Store, name: str, seller: str | None) -> Resolved | None:
    """Resolve a name without its trailing date stamp, which nobody has listed."""
    import re  # a name that is not exact is rare, and `re` costs as much as a price

    stamp = re.search(r"[-@]20\d{2}(-?)(0[1-9]|1[0-2])\1(0[1-9]|[12]\d|3[01])\Z", name)
    if stamp is None:
        return None
    found = _spelled(store, name[: stamp.start()], seller)
    if found is not None:
        text = f"the dated id {name} is not listed; priced as {name[: stamp.start()]}"
        found.assumed.append(("date_stamp", text))
    return found
