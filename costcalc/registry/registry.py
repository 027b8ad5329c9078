"""The registry: every price that is known, and the look-ups on it."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike

from costcalc.errors import UsageError
from costcalc.registry.conditions import as_text
from costcalc.registry.names import resolve
from costcalc.registry.plans import Plan
from costcalc.registry.rates import PriceList, Tariff
from costcalc.registry.rules import Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime
    from decimal import Decimal
    from typing import Any

    from costcalc.registry.cards import ModelInfo, PriceRecord, RateCard
    from costcalc.registry.names import Resolved
    from costcalc.registry.overlays import Adjustment
    from costcalc.registry.rates import Card
    from costcalc.registry.shown import Shown
    from costcalc.registry.store import Store

__all__ = ["Registry"]

_MOST_PLANS = 1_024


class Registry:
    """An immutable set of prices: providers, models, dated periods and rules.

    `Registry.load()` is the bundled list, `Registry.from_yaml` a file of your own, and `overlay`
    gives another registry that differs from this one.
    """

    __slots__ = (
        "__weakref__",
        "_adjustments",
        "_shown",
        "_store",
        "_tariffs",
        "_version",
        "overlays",
        "plans",
    )

    overlays: tuple[tuple[str, str], ...]
    """What overlays changed, as (code, text) pairs; they stand in every result."""
    plans: dict[Any, Plan]
    """The kept ways from a call's arguments to its card; a cache, not for use outside."""

    def __init__(
        self,
        store: Store,
        adjustments: tuple[Adjustment, ...] = (),
        overlays: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self._store = store
        self._adjustments = adjustments
        self.overlays = overlays
        self.plans = {}
        self._tariffs: dict[tuple[str, str], Tariff] = {}
        self._shown: Shown | None = None
        self._version: str | None = None

    @classmethod
    def load(cls) -> Registry:
        """Return the bundled prices; every call returns the same object."""
        from costcalc.registry.bundled import bundled

        return bundled()

    @classmethod
    def from_yaml(cls, path_or_text: str | PathLike[str]) -> Registry:
        """Return the prices of one YAML file, or of YAML text, alone.

        A `PathLike`, or a string without a newline, is a path; a string with newlines is text.
        Raises `RegistryError` with file, line and key where the grammar is broken.
        """
        from costcalc.registry.bundled import from_yaml

        return cls(from_yaml(path_or_text))

    @property
    def version(self) -> str:
        """Digest of the prices and of every overlay on them: equal versions, equal bills."""
        if self._version is None:
            self._version = self._store.digest
            if self._adjustments:
                from costcalc.registry.store import digest_of

                said = "; ".join(repr(each) for each in self._adjustments)
                self._version = digest_of(f"{self._store.digest}: {said}")
        return self._version

    def __repr__(self) -> str:
        over = f", {len(self.overlays)} overlays" if self.overlays else ""
        return f"<Registry {self.version}{over}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._store, self._adjustments, self.overlays)

    def overlay(
        self,
        other: Registry | str | PathLike[str] | None = None,
        *,
        times: Decimal | int | str | Mapping[str, Decimal | int | str] | None = None,
        markup: Decimal | int | str | None = None,
        rates: Mapping[str, Mapping[str, Decimal | int | str]] | None = None,
        aliases: Mapping[str, str] | None = None,
        redirect: Mapping[str, str] | None = None,
        models: Iterable[str] | None = None,
        provider: str | None = None,
        from_: datetime | date | str | None = None,
        until: datetime | date | str | None = None,
        name: str | None = None,
    ) -> Registry:
        """Return a new registry with a what-if over this one, which stays as it is.

        `other` (a registry, a path or YAML text) is merged over it: a model of the same provider
        and id is replaced, all else adds up. `times` is a factor on token and media meters, or by
        meter name. `markup` is a share on the whole bill, fees included, such as '0.055' for a
        gateway. `rates` replaces standard rates: `{"gpt-5": {"input": "1.00"}}`; rules then apply
        as the provider states them. `aliases` maps new names to models, `redirect` maps a model to
        the one that serves it from `from_` on. `models` and `provider` limit `times` and `markup`;
        `from_` and `until` limit `times`, `markup` and `rates`. `name` is what results call it.

        Raises `UnknownModelError` for a model that is not there, `RegistryError` for the rest.
        """
        from costcalc.registry.overlays import overlaid

        return overlaid(
            self,
            other,
            times=times,
            markup=markup,
            rates=rates,
            aliases=aliases,
            redirect=redirect,
            models=models,
            provider=provider,
            from_=from_,
            until=until,
            name=name,
        )

    def model(self, name: str, *, provider: str | None = None) -> ModelInfo:
        """Return what is known about one model; the errors are those of `price`."""
        from costcalc.registry.cards import model_info

        return model_info(self, resolve(self._store, name, provider))

    def models(
        self, search: str | None = None, *, provider: str | None = None, retired: bool | None = None
    ) -> tuple[ModelInfo, ...]:
        """Return the models, sorted by provider and id.

        `search` keeps those with the text in id, alias or name; `retired` keeps those that are
        (True) or are not (False) retired now.
        """
        from costcalc.registry.cards import model_infos

        return model_infos(self, search, provider, retired=retired)

    def providers(self) -> tuple[str, ...]:
        """Return the ids of the providers, sorted."""
        return tuple(self._store.providers())

    def rate_card(
        self,
        model: str,
        *,
        provider: str | None = None,
        at: datetime | date | str | None = None,
        service_tier: str | None = None,
        batch: bool | None = None,
        region: str | None = None,
        conditions: Mapping[str, str | bool | int | None] | None = None,
        prompt_tokens: int = 0,
        output_tokens: int = 0,
    ) -> RateCard:
        """Return the rates that hold for one model at one instant under given conditions.

        `prompt_tokens` (all input, cached included) and `output_tokens` choose the context tier.
        The errors are those of `price`.
        """
        from costcalc.registry.cards import rate_card

        plan = self.plan(model, provider, service_tier, batch, region, conditions)
        return rate_card(self, plan, at, prompt_tokens, output_tokens)

    def history(self, model: str, *, provider: str | None = None) -> tuple[PriceRecord, ...]:
        """Return every dated price list of one model, oldest first, announced ones included."""
        from costcalc.registry.cards import history

        return history(self, resolve(self._store, model, provider))

    # What follows serves the other rooms of the package, not its users.

    @property
    def store(self) -> Store:
        """The records behind this registry."""
        return self._store

    @property
    def adjustments(self) -> tuple[Adjustment, ...]:
        """The factors and rates of overlays."""
        return self._adjustments

    def plan(
        self,
        model: str,
        provider: str | None,
        service_tier: str | None,
        batch: bool | None,  # noqa: FBT001 - a condition like its neighbours, passed by position
        region: str | None,
        conditions: Mapping[str, str | bool | int | None] | None,
    ) -> Plan:
        """Return the plan of a call, from the kept ones or built now."""
        if batch is not None and not isinstance(batch, bool):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
            msg = f"batch is True, False or None, not {batch!r}"
            raise UsageError(msg, batch=batch)
        key: tuple[Any, ...] = (model, provider, service_tier, batch, region)
        if conditions:
            key = (*key, _sorted_text(conditions))
        try:
            plan = self.plans.get(key)
        except TypeError:
            msg = f"model, provider and conditions are text, not {key[:5]!r}"
            raise UsageError(msg) from None
        if plan is None:
            stated = _stated(service_tier, batch, region, conditions or {})
            plan = self.planned(resolve(self._store, model, provider), stated)
            if len(self.plans) >= _MOST_PLANS:
                self.plans.clear()
            self.plans[key] = plan
        return plan

    def planned(self, resolved: Resolved, conditions: Mapping[str, str]) -> Plan:
        """Return a new plan of a name under stated conditions; a frozen registry has its own."""
        return Plan(self, resolved, conditions)

    def resolve_beside(self, name: str, provider: str) -> Resolved:
        """Resolve the target of a redirect: a model of the same provider, or of another."""
        entry = self._store.find(name.lower())
        kinds = ("models", "aliases")
        beside = entry and any(
            each["provider"] == provider for kind in kinds for each in entry.get(kind, ())
        )
        return resolve(self._store, name, provider if beside else None)

    def tariff(self, record: dict[str, Any]) -> Tariff:
        """Return the parsed prices of a model's record, overlays applied."""
        key = (record["provider"], record["id"])
        kept = self._tariffs.get(key)
        if kept is not None:
            return kept
        concerned = [each for each in self._adjustments if each.concerns(record)]
        seller = self._store.seller_of(record)
        for adjustment in concerned:
            record = adjustment.redirected(record)
        rules = self._rules(seller["rules"])
        lists: list[PriceList] = []
        for period in record["prices"]:
            parsed = PriceList(period, record, rules + self._rules(period.get("rules", ())))
            lists.append(parsed)
        tariff = Tariff(record, seller, lists)
        for adjustment in concerned:
            adjustment.apply(tariff)
        if len(self._tariffs) >= _MOST_PLANS:
            self._tariffs.clear()
        self._tariffs[key] = tariff
        return tariff

    def _rules(self, records: Iterable[dict[str, Any]]) -> list[Rule]:
        found: list[Rule] = []
        for record in records:
            calendar = record["if"].get("not_holiday")
            found.append(Rule(record, self._store.calendar(calendar[0]) if calendar else None))
        return found

    def warn(self, card: Card) -> None:
        """Raise the warnings of a card, shown once per model and where it was first priced."""
        shown = self._shown
        if shown is None:
            from costcalc.registry.shown import Shown

            shown = self._shown = Shown()
        shown.warn(card)


def _sorted_text(conditions: object) -> tuple[tuple[str, str | None], ...]:
    """Return conditions as a key of the kept plans; None is not the text 'none'."""
    if not isinstance(conditions, Mapping):
        msg = f"conditions is a mapping of keys to values, not {conditions!r}"
        raise UsageError(msg, conditions=conditions)
    pairs = ((str(key), None if v is None else as_text(v)) for key, v in conditions.items())
    return tuple(sorted(pairs, key=lambda pair: pair[0]))


def _stated(
    service_tier: str | None,
    batch: object,
    region: str | None,
    conditions: Mapping[str, str | bool | int | None],
) -> dict[str, str]:
    """Return the stated conditions as text by key; a key named twice is a `UsageError`."""
    named = {"service_tier": service_tier, "batch": batch, "region": region}
    found = {key: as_text(value) for key, value in named.items() if value is not None}
    for key, value in conditions.items():
        if key in _SIZES:
            msg = f"{key} comes from the usage and the instant; it cannot be stated as a condition"
            raise UsageError(msg, condition=key)
        if key in found:
            msg = f"condition {key!r} is stated twice: as an argument and in conditions="
            raise UsageError(msg, condition=key)
        if value is not None:
            found[str(key)] = as_text(value)
    return found


_SIZES = frozenset({"prompt_tokens", "output_tokens", "hours", "days", "not_holiday"})
