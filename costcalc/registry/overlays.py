"""What-if as a value: factors, markups, rates, aliases and redirects over a registry."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from costcalc import instants
from costcalc.errors import RegistryError, UsageError, nearest_names
from costcalc.meters import METERS
from costcalc.money import EXACT, as_decimal, text_of
from costcalc.registry.names import resolve
from costcalc.registry.registry import Registry
from costcalc.registry.rules import Rule
from costcalc.registry.store import Entries, LayeredStore, holds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime
    from os import PathLike
    from typing import Any

    from costcalc.registry.rates import Tariff
    from costcalc.registry.store import Store

    Number = Decimal | int | str

__all__ = ["Adjustment", "overlaid"]


class Adjustment:
    """One change of an overlay: to whom it applies, and what it does to their price lists."""

    __slots__ = ("models", "provider", "rates", "redirect", "rule", "store")

    def __init__(
        self,
        store: Store,
        *,
        rule: dict[str, Any] | None = None,
        rates: tuple[dict[str, Decimal], int, int, str] | None = None,
        redirect: tuple[str, int] | None = None,
        models: frozenset[tuple[str, str]] | None = None,
        provider: str | None = None,
    ) -> None:
        self.store = store
        self.rule = rule
        self.rates = rates
        self.redirect = redirect
        self.models = models
        self.provider = provider

    def __repr__(self) -> str:
        models = sorted(self.models) if self.models is not None else None
        parts = (self.rule, self.rates, self.redirect, models, self.provider, self.store.digest)
        return f"Adjustment{parts!r}"

    def concerns(self, record: dict[str, Any]) -> bool:
        """Return whether a record is in its scope, and in the prices that it was laid over."""
        if self.provider is not None and record["provider"] != self.provider:
            return False
        if self.models is not None and (record["provider"], record["id"]) not in self.models:
            return False
        return holds(self.store, record)

    def redirected(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return a record that moves to another model, or the same record."""
        if self.redirect is None:
            return record
        target, start = self.redirect
        return {**record, "moves_to": target, "moves_from": start}

    def apply(self, tariff: Tariff) -> None:
        """Change the price lists of a freshly parsed tariff."""
        if self.models is not None and self.redirect is None:
            tariff.adjusted = True
        if self.rates is not None:
            tariff.replace_rates(*self.rates)
        if self.rule is not None:
            for period in tariff.lists:
                period.rules = [*period.rules, Rule(self.rule)]


def overlaid(
    base: Registry,
    other: Registry | str | PathLike[str] | None,
    *,
    times: Number | Mapping[str, Number] | None,
    markup: Number | None,
    rates: Mapping[str, Mapping[str, Number]] | None,
    aliases: Mapping[str, str] | None,
    redirect: Mapping[str, str] | None,
    models: Iterable[str] | None,
    provider: str | None,
    from_: datetime | date | str | None,
    until: datetime | date | str | None,
    name: str | None,
) -> Registry:
    """Return a registry with a what-if over another; see `Registry.overlay`."""
    builder = _Builder(base, from_, until)
    if other is not None:
        builder.merge(other)
    if aliases:
        builder.alias(aliases)
    scope = builder.scope(models, provider)
    if times is not None:
        builder.factor(times, scope, provider)
    if markup is not None:
        builder.markup(markup, scope, provider)
    for model, changed in (rates or {}).items():
        builder.rates(model, changed, provider)
    for model, target in (redirect or {}).items():
        builder.redirect(model, target, provider)
    if not builder.said:
        msg = "an overlay needs other, times, markup, rates, aliases or redirect"
        raise RegistryError(msg)
    said = f"{name}: {'; '.join(builder.said)}" if name else "; ".join(builder.said)
    overlay = ("overlay", f"prices of an overlay: {said}")
    return Registry(
        builder.store, (*base.adjustments, *builder.adjustments), (*base.overlays, overlay)
    )


class _Builder:
    """Collects the layers and adjustments of one overlay, and the words that name them."""

    def __init__(
        self,
        base: Registry,
        from_: datetime | date | str | None,
        until: datetime | date | str | None,
    ) -> None:
        self._base = base
        self.store = base.store
        self.adjustments: list[Adjustment] = []
        self.said: list[str] = []
        self._start = instants.parse(from_) if from_ is not None else None
        self._end = instants.parse(until) if until is not None else None
        self._window: dict[str, str] = {}
        if self._start is not None and self._end is not None and self._end <= self._start:
            msg = f"until {instants.to_text(self._end)} is not after from_"
            raise RegistryError(msg, key="until")
        words: list[str] = []
        if self._start is not None:
            self._window["from"] = instants.to_text(self._start)
            words.append(f"from {self._window['from']}")
        if self._end is not None:
            self._window["until"] = instants.to_text(self._end)
            words.append(f"until {self._window['until']}")
        self._when = "".join(f" {word}" for word in words)

    def merge(self, other: Registry | str | PathLike[str]) -> None:
        """Lay another registry over the store."""
        registry = other if isinstance(other, Registry) else Registry.from_yaml(other)
        self.store = LayeredStore(registry.store, self.store)
        self.adjustments += registry.adjustments
        what = "another registry" if isinstance(other, Registry) else str(other)
        if "\n" in what:
            what = "YAML text"
        inner = "".join(f" ({text})" for _, text in registry.overlays)
        self.said.append(f"{what} {registry.store.digest}{inner}")

    def alias(self, aliases: Mapping[str, str]) -> None:
        """Add names for models that are there."""
        entries = Entries()
        for alias, model in aliases.items():
            if not str(alias).strip():
                raise RegistryError(f"an alias of {model!r} is empty")
            key = str(alias).lower()
            if self.store.find(key) is not None or entries.find(key) is not None:
                msg = f"the alias {alias!r} is a name already; choose another, or use redirect="
                raise RegistryError(msg, key=str(alias))
            for target in resolve(self.store, model).targets:
                said = {"id": alias, **target.alias}
                entries.add_alias(target.record["provider"], target.record["id"], said)
            self.said.append(f"{alias} means {model}")
        self.store = LayeredStore(entries, self.store)

    def scope(
        self, models: Iterable[str] | None, provider: str | None
    ) -> frozenset[tuple[str, str]] | None:
        """Return the models to which factors are limited."""
        if provider is not None and self.store.provider(provider.lower()) is None:
            near = nearest_names(provider, self.store.providers())
            hint = f"; nearest: {', '.join(near)}" if near else ""
            raise RegistryError(f"unknown provider {provider!r}{hint}", key="provider")
        if models is None:
            return None
        if isinstance(models, str):
            models = [models]
        return frozenset(key for each in models for key in self._keys(each, provider))

    def _keys(self, model: str, provider: str | None) -> Iterable[tuple[str, str]]:
        targets = resolve(self.store, model, provider).targets
        return [(each.record["provider"], each.record["id"]) for each in targets]

    def factor(
        self, times: Number | Mapping[str, Number], scope: Any, provider: str | None
    ) -> None:
        """Multiply rates by one factor, or by one a meter."""
        if not isinstance(times, Mapping):
            number = _factor(times)
            what: Any = text_of(number)
            words = f"times {what}"
        else:
            what = {_meter(name): text_of(_factor(each)) for name, each in times.items()}
            if not what:
                raise RegistryError("times is an empty mapping; name a meter and its factor")
            words = ", ".join(f"{name} times {each}" for name, each in what.items())
        words = f"{words}{self._of(scope, provider)}{self._when}"
        rule = {"if": {}, "times": what, "label": f"overlay {words}", **self._window}
        self._adjust(words, rule, scope, provider)

    def markup(self, share: Number, scope: Any, provider: str | None) -> None:
        """Multiply everything, fees included, by one plus a share."""
        whole = EXACT.add(Decimal(1), as_decimal(share, "a markup"))
        if whole < 0:
            raise UsageError(f"a markup of {share} would pay the caller; the least is -1")
        factor = text_of(whole)
        words = f"markup {share} on everything{self._of(scope, provider)}{self._when}"
        rule = {
            "if": {},
            "times": factor,
            "fees": True,
            "label": f"overlay {words}",
            **self._window,
        }
        self._adjust(words, rule, scope, provider)

    def _adjust(self, words: str, rule: dict[str, Any], scope: Any, provider: str | None) -> None:
        seller = self.store.provider(provider.lower()) if provider else None
        self.adjustments.append(
            Adjustment(
                self.store, rule=rule, models=scope, provider=seller["id"] if seller else None
            )
        )
        self.said.append(words)

    @staticmethod
    def _of(scope: frozenset[tuple[str, str]] | None, provider: str | None) -> str:
        if scope is not None:
            return f" for {', '.join(sorted(model for _, model in scope))}"
        return f" for {provider}" if provider else ""

    def rates(self, model: str, changed: Mapping[str, Number], provider: str | None) -> None:
        """Replace standard rates of one model."""
        parsed: dict[str, Decimal] = {}
        if not isinstance(changed, Mapping) or not changed:  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
            msg = f"rates of {model!r} are a mapping of meters to rates, not {changed!r}"
            raise RegistryError(msg, key=str(model))
        for name, value in changed.items():
            rate = as_decimal(value, f"the rate of {name}")
            if rate < 0:
                raise UsageError(f"the rate of {name} is {value}; a rate is not negative")
            parsed[_meter(name)] = rate
        start = self._start if self._start is not None else instants.NEVER
        end = self._end if self._end is not None else instants.FOREVER
        keys = frozenset(self._keys(model, provider))
        rates = ", ".join(f"{name} {text_of(rate)}" for name, rate in parsed.items())
        said = f"{model} at {rates}{self._when}"
        change = (parsed, start, end, f"overlay {said}")
        self.adjustments.append(Adjustment(self.store, rates=change, models=keys))
        self.said.append(said)

    def redirect(self, model: str, target: str, provider: str | None) -> None:
        """Let one model be served, and billed, by another."""
        if self._end is not None:
            raise RegistryError("a redirect has no end; leave until out", key="until")
        resolve(self.store, target)
        keys = frozenset(self._keys(model, provider))
        start = self._start if self._start is not None else instants.NEVER
        self.adjustments.append(Adjustment(self.store, redirect=(target, start), models=keys))
        self.said.append(f"{model} served by {target}{self._when}")


def _factor(value: Number) -> Decimal:
    factor = as_decimal(value, "a factor")
    if factor < 0:
        raise UsageError(f"a factor is not negative, as {value} is; half price is '0.5'")
    return factor


def _meter(name: str) -> str:
    if name in METERS:
        return name
    near = nearest_names(name, METERS)
    hint = f"nearest: {', '.join(near)}" if near else f"known: {', '.join(METERS)}"
    raise RegistryError(f"unknown meter {name!r}; {hint}", key=name)
