"""Where public lists agree on a standard rate, and where a majority of them stands against ours.

A list is evidence and not truth: two that agree may have copied one mistake, and the one that
stands alone may be the first to know. A difference is a reason to read the provider's page.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Protocol

from costcalc.meters import METERS
from costcalc.refresh.alignment import align

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from costcalc.refresh.alignment import AlignedModel
    from costcalc.refresh.listing import Listing

__all__ = [
    "TOLERANCE",
    "Agreement",
    "Camp",
    "Drift",
    "MissingModel",
    "OurRates",
    "RateDifference",
    "consensus",
    "drift",
    "standard_rates",
]

TOLERANCE: Final = Decimal("0.01")
"""The share by which two rates may differ and still agree: lists round to a cent or two digits."""
_ENOUGH: Final = 2
"""As many lists must know a model, or agree on a rate, before it is worth a report."""


class OurRates(Protocol):
    """What tells our own standard rates, so that drift needs to know nothing of the registry."""

    def __call__(self, provider: str, model: str, at: datetime, /) -> Mapping[str, Decimal] | None:
        """Return rates by meter; empty where we know the model but price none then; else `None`."""
        ...


@dataclass(frozen=True, slots=True)
class Camp:
    """The lists that agree on one rate, and that rate as most of them write it."""

    rate: Decimal
    lists: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the lists say of one meter of one model, largest camp first.

    `divided` names lists that contradict themselves, with rows of one id at different rates.
    """

    provider: str
    model: str
    meter: str
    camps: tuple[Camp, ...]
    divided: tuple[str, ...] = ()

    @property
    def is_unanimous(self) -> bool:
        """Return whether at least two lists state the rate and none differs."""
        return len(self.camps) == 1 and len(self.camps[0].lists) >= _ENOUGH and not self.divided

    @property
    def majority(self) -> Camp | None:
        """Return the camp of at least two lists that outnumbers all others, if there is one."""
        voters = sum(len(camp.lists) for camp in self.camps) + len(self.divided)
        if self.camps and len(self.camps[0].lists) >= _ENOUGH:
            return self.camps[0] if 2 * len(self.camps[0].lists) > voters else None
        return None


@dataclass(frozen=True, slots=True)
class RateDifference:
    """A rate at which a majority of the lists stands against ours; `ours` is `None` if unstated."""

    provider: str
    model: str
    meter: str
    ours: Decimal | None
    theirs: Camp
    others: tuple[Camp, ...]


@dataclass(frozen=True, slots=True)
class MissingModel:
    """A model that two lists or more know and we do not; `deprecation` is what one says of it."""

    provider: str
    model: str
    lists: tuple[str, ...]
    deprecation: str | None


@dataclass(frozen=True, slots=True)
class Drift:
    """How the lists differ from our prices at an instant; `compared` counts the majority rates."""

    differences: tuple[RateDifference, ...]
    missing: tuple[MissingModel, ...]
    compared: int


def standard_rates(listings: Iterable[Listing], at: datetime) -> dict[str, Decimal]:
    """Return one list's rates without conditions at an instant; the last statement wins."""
    found: dict[str, Decimal] = {}
    for each in listings:
        if each.is_standard and each.holds(at):
            found.update(each.rates)
    return found


def consensus(
    listings: Iterable[Listing], at: datetime, *, tolerance: Decimal = TOLERANCE
) -> tuple[Agreement, ...]:
    """Return, for every model and meter that a list prices at an instant, which lists agree."""
    return tuple(
        agreement for model in align(listings) for agreement in _agreements(model, at, tolerance)
    )


def drift(
    listings: Iterable[Listing],
    ours: OurRates,
    at: datetime,
    *,
    providers: Iterable[str] | None = None,
    tolerance: Decimal = TOLERANCE,
) -> Drift:
    """Return where a majority of the lists stands against our rates, and which models we lack.

    `providers` limits the comparison to those that we price; without it, all are compared.
    """
    wanted = None if providers is None else frozenset(providers)
    differences: list[RateDifference] = []
    missing: list[MissingModel] = []
    compared = 0
    for model in align(listings):
        if wanted is not None and model.provider not in wanted:
            continue
        rates = _ours(model, ours, at)
        if rates is None:
            missing += _missing(model)
            continue
        found = list(_agreements(model, at, tolerance)) if rates else []
        compared += sum(each.majority is not None for each in found)
        differences += _differences(found, rates, tolerance)
    return Drift(tuple(differences), tuple(missing), compared)


def _agreements(model: AlignedModel, at: datetime, tolerance: Decimal) -> Iterator[Agreement]:
    stated: dict[str, dict[str, Decimal]] = {}
    divided: dict[str, set[str]] = {}
    for name, listings in model.evidence().items():
        for row in _rows(listings):
            for meter, rate in standard_rates(row, at).items():
                first = stated.setdefault(meter, {}).setdefault(name, rate)
                if not _near(first, rate, tolerance):
                    divided.setdefault(meter, set()).add(name)
    for meter in sorted(stated):
        split = divided.get(meter, set())
        votes = {name: rate for name, rate in stated[meter].items() if name not in split}
        camps = _camps(votes, tolerance)
        yield Agreement(model.provider, model.key, meter, camps, tuple(sorted(split)))


def _rows(listings: Iterable[Listing]) -> Iterable[list[Listing]]:
    """Return a list's statements by its own rows, as several rows may share one compared id."""
    rows: dict[str, list[Listing]] = {}
    for each in listings:
        rows.setdefault(each.listed_as, []).append(each)
    return rows.values()


def _near(one: Decimal, other: Decimal, tolerance: Decimal) -> bool:
    return abs(one - other) <= tolerance * max(abs(one), abs(other))


def _camps(votes: Mapping[str, Decimal], tolerance: Decimal) -> tuple[Camp, ...]:
    """Return the votes grouped: each group's rates all lie near its lowest one."""
    groups: list[list[tuple[Decimal, str]]] = []
    for rate, name in sorted((rate, name) for name, rate in votes.items()):
        if groups and _near(groups[-1][0][0], rate, tolerance):
            groups[-1].append((rate, name))
        else:
            groups.append([(rate, name)])
    groups.sort(key=len, reverse=True)
    return tuple(
        Camp(
            Counter(rate for rate, _ in group).most_common(1)[0][0],
            tuple(sorted(name for _, name in group)),
        )
        for group in groups
    )


def _ours(model: AlignedModel, ours: OurRates, at: datetime) -> Mapping[str, Decimal] | None:
    """Return our rates under the first of the lists' spellings that we know."""
    said = (ours(model.provider, model_id, at) for model_id in (*model.ids, model.key))
    return next((rates for rates in said if rates is not None), None)


def _missing(model: AlignedModel) -> Iterator[MissingModel]:
    known = model.known_to
    if len(known) >= _ENOUGH:
        gone = (each.facts.deprecation for own in model.listed.values() for each in own)
        deprecation = next((said for said in gone if said), None)
        yield MissingModel(model.provider, model.ids[0], known, deprecation)


def _differences(
    agreements: Iterable[Agreement], rates: Mapping[str, Decimal], tolerance: Decimal
) -> Iterator[RateDifference]:
    for each in agreements:
        theirs = each.majority
        if theirs is None:
            continue
        mine = _effective(each.meter, rates)
        if mine is None or not _near(mine, theirs.rate, tolerance):
            others = tuple(camp for camp in each.camps if camp is not theirs)
            yield RateDifference(each.provider, each.model, each.meter, mine, theirs, others)


def _effective(meter: str, rates: Mapping[str, Decimal]) -> Decimal | None:
    """Return the rate of a meter or of the nearest meter that it falls back to, if we have one."""
    name: str | None = meter
    while name is not None:
        if name in rates:
            return rates[name]
        known = METERS.get(name)
        name = known.parent if known else None
    return None
