"""The same model in several lists: aligned by id, by exact alias, or only by a list's pattern."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from costcalc.refresh.listing import EVERY_MODEL
from costcalc.refresh.matching import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from costcalc.refresh.listing import Listing

    ByModel = dict[str, list[Listing]]

__all__ = ["AlignedModel", "align"]


@dataclass(frozen=True, slots=True)
class AlignedModel:
    """What each list states about one model of one provider.

    `key` is the compared form of the id, `ids` the ids as listed. A list stands under `listed` by
    its own id, under `aliased` where it names this id as another name of a model, and under
    `patterned` where only a prefix or pattern of another model accepts the id. A pattern is weak
    evidence, as it also accepts ids that its author never saw: it does not count as knowing.
    """

    provider: str
    key: str
    ids: tuple[str, ...]
    listed: Mapping[str, tuple[Listing, ...]]
    aliased: Mapping[str, tuple[Listing, ...]]
    patterned: Mapping[str, tuple[Listing, ...]]

    @property
    def known_to(self) -> tuple[str, ...]:
        """Return the lists that know the model, by its id or by an exact alias, in order."""
        return tuple(sorted({*self.listed, *self.aliased}))

    def evidence(self) -> Mapping[str, tuple[Listing, ...]]:
        """Return what the lists that know the model state about it."""
        return {**self.aliased, **self.listed}


def align(listings: Iterable[Listing]) -> tuple[AlignedModel, ...]:
    """Return every model of the listings, by provider and compared id, with what each list says."""
    found: defaultdict[str, defaultdict[str, ByModel]] = defaultdict(lambda: defaultdict(dict))
    for each in listings:
        if each.model != EVERY_MODEL:
            found[each.provider][each.list_name].setdefault(each.model, []).append(each)
    return tuple(
        model for provider in sorted(found) for model in _of_provider(provider, found[provider])
    )


def _of_provider(provider: str, lists: Mapping[str, ByModel]) -> Iterator[AlignedModel]:
    ids: defaultdict[str, list[str]] = defaultdict(list)
    for models in lists.values():
        for model in models:
            ids[normalise(model)].append(model)
    names = {name: _Names(models) for name, models in lists.items()}
    for key in sorted(ids):
        listed = {name: own for name, each in names.items() if (own := each.own(key))}
        others = {name: each for name, each in names.items() if name not in listed}
        aliased = {name: said for name, each in others.items() if (said := each.aliased(key))}
        patterned = {
            name: said
            for name, each in others.items()
            if name not in aliased and (said := each.patterned(ids[key]))
        }
        spelled = tuple(dict.fromkeys(ids[key]))
        yield AlignedModel(provider, key, spelled, listed, aliased, patterned)


class _Names:
    """One list's models of one provider, found by id, by alias and by pattern."""

    def __init__(self, models: ByModel) -> None:
        self._models = models
        self._own: defaultdict[str, list[Listing]] = defaultdict(list)
        self._aliases: dict[str, str] = {}
        for model, listings in models.items():
            self._own[normalise(model)] += listings
            for alias in listings[0].facts.aliases:
                self._aliases.setdefault(normalise(alias), model)

    def own(self, key: str) -> tuple[Listing, ...]:
        return tuple(self._own.get(key, ()))

    def aliased(self, key: str) -> tuple[Listing, ...]:
        return tuple(self._models.get(self._aliases.get(key, ""), ()))

    def patterned(self, ids: Iterable[str]) -> tuple[Listing, ...]:
        """Return the first model whose clause accepts one of the ids, as the list itself does."""
        for model_id in ids:
            for listings in self._models.values():
                match = listings[0].facts.match
                if match is not None and match.matches(model_id):
                    return tuple(listings)
        return ()
