"""From a model's price lists to the one rate card that holds: at an instant, under conditions.

The five steps of resolution: the period that holds the instant; absolute rates of matching rules,
the last one winning per meter; all matching factors multiplied; a meter without a rate takes its
parent's; and a condition on `prompt_tokens` counts all input, cached included.
"""

from __future__ import annotations

from copy import copy
from decimal import Decimal

from costcalc import instants
from costcalc.errors import NoPriceError, NotOfferedError, UnknownConditionError, UnpricedMeterError
from costcalc.instants import FOREVER, NEVER
from costcalc.meters import METERS
from costcalc.money import EXACT, normal
from costcalc.registry import conditions as conds
from costcalc.registry.rules import Rule, comparison_cuts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from costcalc.registry.rules import Moment

__all__ = ["Card", "PriceList", "Tariff"]


class PriceList:
    """One period of a model, parsed: when it holds, its rates and the rules that change them."""

    __slots__ = (
        "allowance",
        "cache",
        "checked",
        "end",
        "labels",
        "minimum",
        "note",
        "rates",
        "round_up",
        "rules",
        "source",
        "start",
    )

    def __init__(
        self, record: dict[str, Any], inherited: dict[str, Any], rules: list[Rule]
    ) -> None:
        self.start = instants.parse(record["from"]) if "from" in record else NEVER
        self.end = instants.parse(record["until"]) if "until" in record else FOREVER
        self.rates = {name: Decimal(text) for name, text in record["rates"].items()}
        self.labels: dict[str, str] = {}  # why a rate is not the published one
        self.rules = rules
        self.source: str | None = record.get("source", inherited.get("source"))
        self.checked: str | None = record.get("checked", inherited.get("checked"))
        notes = dict.fromkeys((inherited.get("note"), record.get("note")))
        self.note = tuple(note for note in notes if note)
        self.cache: dict[str, Any] | None = record.get("cache")
        self.minimum: dict[str, int] = record.get("minimum", {})
        self.round_up: dict[str, int] = record.get("round_up", {})
        self.allowance: dict[str, str] = record.get("allowance", {})

    def with_rates(
        self, rates: dict[str, Decimal], start: int, end: int, label: str
    ) -> list[PriceList]:
        """Return this list cut into at most three, with other rates in the middle."""
        first, last = max(start, self.start), min(end, self.end)
        if first >= last:
            return [self]
        pieces = [
            (self.start, first, self.rates),
            (first, last, {**self.rates, **rates}),
            (last, self.end, self.rates),
        ]
        found = [self._piece(*piece) for piece in pieces if piece[0] < piece[1]]
        for each in found:
            if each.start == first:
                each.labels = {**self.labels, **dict.fromkeys(rates, label)}
        return found

    def _piece(self, start: int, end: int, rates: dict[str, Decimal]) -> PriceList:
        piece = copy(self)
        piece.start, piece.end, piece.rates = start, end, rates
        return piece


class Tariff:
    """All that one provider asks for one model: its price lists, with the provider's fees."""

    __slots__ = (
        "adjusted",
        "currency",
        "fees",
        "lists",
        "minimum",
        "model",
        "provider",
        "record",
        "round_up",
        "window",
    )

    def __init__(
        self, record: dict[str, Any], seller: dict[str, Any], lists: list[PriceList]
    ) -> None:
        self.record = record
        self.provider: str = record["provider"]
        self.model: str = record["id"]
        self.currency: str = record["currency"]
        self.window: int | None = record.get("context_window")
        self.fees = {name: Decimal(text) for name, text in seller["fees"].items()}
        self.minimum: dict[str, int] = seller.get("minimum", {})
        self.round_up: dict[str, int] = seller.get("round_up", {})
        self.lists = lists
        self.adjusted = False
        """Whether an overlay has changed the rates of this model, named."""

    def price_list(self, at: int) -> PriceList:
        """Return the price list that holds an instant; `NoPriceError` where none does."""
        for each in self.lists:
            if each.start <= at < each.end:
                return each
        raise NoPriceError(self.model, self.provider, _said(at), self._gap(at))

    def _gap(self, at: int) -> str:
        first, last = self.lists[0], self.lists[-1]
        if at < first.start:
            return f"its prices begin on {instants.to_text(first.start)}; ask for that day or later"
        if at >= last.end:
            return (
                f"its last price ended at {instants.to_text(last.end)}; see 'costcalc history "
                f"{self.model}', or add the new price in your own file"
            )
        ended = max(each.end for each in self.lists if each.end <= at)
        begins = min(each.start for each in self.lists if each.start > at)
        return (
            f"its price ended at {instants.to_text(ended)} and the next begins at "
            f"{instants.to_text(begins)}; ask for an instant within a period"
        )

    def replace_rates(self, rates: dict[str, Decimal], start: int, end: int, label: str) -> None:
        """Let other standard rates hold from an instant until another; periods are cut there."""
        lists: list[PriceList] = []
        for each in self.lists:
            lists += each.with_rates(rates, start, end, label)
        self.lists = lists

    def card(self, at: int, prompt: int, output: int, conditions: Mapping[str, str]) -> Card:
        """Return the rate card at an instant, for a request of a size, under stated conditions.

        `prompt` and `output` are half-tokens: twice the count, so that the mean of an aggregate
        compares exactly with `>` and `>=`.
        """
        period = self.price_list(at)
        rules = [rule for rule in period.rules if rule.start <= at < rule.end]
        moment: Moment = (at, prompt, output, conditions)
        matching = [rule for rule in rules if rule.matches(moment)]
        for rule in matching:
            if rule.offered is False:
                reason = f"{self.provider} does not sell {rule.label}; leave a condition out"
                raise NotOfferedError(self.model, self.provider, _said(at), reason)
        # what is only named as not sold has no price, so alone it is unknown
        self._check_known([rule for rule in rules if rule.offered is None], conditions)
        card = Card(self, period, matching)
        card.conditions = conditions
        if _THINKING not in conditions:
            card.think(self._thought(card, rules, moment))
        for rule in rules:
            if rule.known_until is not None and at >= rule.known_until:
                day = instants.to_text(rule.known_until)
                text = f"the public holidays from {day} on are not known; no day is taken as one"
                card.assumed = (("calendar", text),)
        card.bound(at, prompt, output, period.rules)
        return card

    def _thought(self, card: Card, rules: list[Rule], moment: Moment) -> Card | None:
        """Return the card of a request that proves to have thought; None where it is the same."""
        if not any(_YES in rule.plain.get(_THINKING, ()) for rule in rules):
            return None
        at, prompt, output, conditions = moment
        proven = {**conditions, _THINKING: _YES}
        matching = [rule for rule in rules if rule.matches((at, prompt, output, proven))]
        if any(rule.offered is False for rule in matching):
            return None
        thought = Card(self, card.period, matching)
        thought.conditions = proven
        same = all(getattr(thought, each) == getattr(card, each) for each in _BILLED)
        return None if same else thought

    def _check_known(self, rules: list[Rule], conditions: Mapping[str, str]) -> None:
        for key, value in conditions.items():
            known_value = any(value in rule.plain.get(key, ()) for rule in rules)
            if not known_value and not conds.is_neutral(value):
                known: dict[str, set[str]] = {}
                for rule in rules:
                    for name, values in rule.plain.items():
                        known.setdefault(name, set()).update(values)
                listed = {name: tuple(sorted(values)) for name, values in sorted(known.items())}
                raise UnknownConditionError(key, value, self.model, self.provider, listed)


class Card:
    """The rates that hold in one window of time and request size, ready for exact sums.

    `ints` are rates per base unit as whole numbers of 10**-`places`; a meter that is not in it is
    resolved, or refused, when it is first used. `minimum` and `round_up` are the grains of billed
    quantities. `thought` is the card of a request with reasoning tokens, where the prices differ by
    whether the model thought and nobody stated it; `unthought` leads back. Such a `reasoning` is
    not in `ints` either.

    Grains of tokens and media make a card `slow`, as a request fee does: its prices are no plain
    sums of products. Those of fees do not, since few calls have any; such a meter is just not in
    `ints`.
    """

    __slots__ = (
        "assumed",
        "conditions",
        "disputed",
        "end",
        "heads",
        "high",
        "ints",
        "low",
        "minimum",
        "notes",
        "output_high",
        "output_low",
        "period",
        "places",
        "rates",
        "round_up",
        "scale",
        "slow",
        "start",
        "tariff",
        "thought",
        "unit",
        "unthought",
        "warnings",
        "why",
    )

    def __init__(self, tariff: Tariff, period: PriceList, matching: list[Rule]) -> None:
        self.tariff = tariff
        self.period = period
        self.why: dict[str, str] = dict(period.labels)
        self.rates = self._absolute({**tariff.fees, **period.rates}, matching)
        self._multiply(matching)
        notes = dict.fromkeys((*period.note, *(rule.note for rule in matching)))
        self.notes = tuple(note for note in notes if note)
        self.assumed: tuple[tuple[str, str], ...] = ()
        self.disputed: tuple[str, str, str] | None = None
        self.warnings: tuple[tuple[type[Warning], str], ...] = ()
        self.conditions: Mapping[str, str] = {}
        self.heads: dict[str, tuple[int, Decimal, str, str]] = {}
        self.thought: Card | None = None
        self.unthought: Card | None = None
        self.minimum = {**tariff.minimum, **period.minimum}
        self.round_up = {**tariff.round_up, **period.round_up}
        for rule in matching:
            self.minimum.update(rule.minimum)
            self.round_up.update(rule.round_up)
        grained = {*self.minimum, *self.round_up}
        self.slow = "request" in self.rates or any(METERS[name].scaled for name in grained)
        self._integers(grained)
        self.start, self.end = NEVER, FOREVER
        self.low, self.high = NEVER, FOREVER
        self.output_low, self.output_high = NEVER, FOREVER

    def _absolute(self, rates: dict[str, Decimal], matching: list[Rule]) -> dict[str, Decimal]:
        for rule in matching:
            for name, rate in rule.rates.items():
                rates[name] = rate
                self.why[name] = rule.label
        return rates

    def _multiply(self, matching: list[Rule]) -> None:
        for name, rate in self.rates.items():
            product = rate
            for rule in matching:
                factor = rule.factor(name)
                if factor is not None and factor != 1:
                    product = normal(EXACT.multiply(product, factor))
                    reason = f"× {factor:f} {rule.label}"
                    self.why[name] = f"{self.why[name]}, {reason}" if name in self.why else reason
            self.rates[name] = product

    def _integers(self, grained: set[str]) -> None:
        """Scale the rates to whole numbers per base unit, where that is finite.

        Grained fees are left out, so that a plain sum of products never takes one for such.
        """
        places = 0
        finite: dict[str, tuple[Decimal, int]] = {}
        for name, rate in self.rates.items():
            zeros = _ZEROS.get(METERS[name].per)
            if zeros is not None and (METERS[name].scaled or name not in grained):
                exponent = rate.as_tuple().exponent
                own = zeros - exponent if isinstance(exponent, int) else zeros
                places = max(places, own)
                finite[name] = (rate, zeros)
        self.places = places
        self.scale = 10**places
        self.unit = Decimal((0, (1,), -places))
        self.ints = {
            name: int(EXACT.scaleb(rate, places - zeros)) for name, (rate, zeros) in finite.items()
        }

    def amount(self, units: int) -> Decimal:
        """Return a sum of quantities times `ints` as a decimal without trailing zeros."""
        whole, rest = divmod(units, self.scale)
        if rest:
            return EXACT.normalize(EXACT.multiply(units, self.unit))
        return Decimal(whole)

    def resolve(self, name: str) -> tuple[Decimal, str]:
        """Return the rate of a meter and the meter that states it; `UnpricedMeterError` if none."""
        at: str | None = name
        while at is not None:
            if at in self.rates:
                return self.rates[at], at
            at = METERS[at].parent
        known = tuple(self.rates)
        raise UnpricedMeterError(name, self.tariff.model, self.tariff.provider, known)

    def head(self, name: str) -> tuple[int, Decimal, str, str]:
        """Return what a line of a meter begins with: per, rate, unit, and why that rate."""
        found = self.heads.get(name)
        if found is None:
            rate, stated = self.resolve(name)
            why = self.why.get(stated, "")
            if stated != name:
                why = f"the rate of {stated}{', ' if why else ''}{why}"
            meter = METERS[name]
            found = self.heads[name] = (meter.per, rate, meter.unit, why)
        return found

    def integer(self, name: str) -> int | None:
        """Return the whole-number rate of a meter, its parent's if need be; None if not finite."""
        _, stated = self.resolve(name)
        if stated not in self.ints or (self.thought is not None and name == _PROOF):
            return None
        found = self.ints[name] = self.ints[stated]
        return found

    def think(self, thought: Card | None) -> None:
        """Take the card that holds instead for a request which has reasoning tokens, if any."""
        if thought is not None:
            self.thought, thought.unthought = thought, self
            self.ints.pop(_PROOF, None)

    def under(self, reasoning: int) -> Card:
        """Return the card of a request with a number of reasoning tokens: they prove thinking."""
        thought = self.thought
        if thought is None or not reasoning:
            return self
        if not thought.assumed:  # what was said of this card, by now, holds for it too
            thought.assumed = self.assumed
            thought.disputed, thought.warnings = self.disputed, self.warnings
            thought.notes = tuple(dict.fromkeys((*self.notes, *thought.notes)))
            thought.start, thought.end = self.start, self.end
            thought.low, thought.high = self.low, self.high
            thought.output_low, thought.output_high = self.output_low, self.output_high
        return thought

    def bound(self, at: int, prompt: int, output: int, rules: list[Rule]) -> None:
        """Narrow the window in which this card holds to the nearest changes around a request."""
        moments = [self.period.start, self.period.end]
        for rule in rules:
            moments += rule.changes(at)
        self.start, self.end = _around(at, moments)
        self.low, self.high = _around(prompt, comparison_cuts(rules, "prompt_tokens"))
        self.output_low, self.output_high = _around(output, comparison_cuts(rules, "output_tokens"))

    def narrow(self, start: int, end: int) -> None:
        """Narrow the window of time further."""
        self.start = max(self.start, start)
        self.end = min(self.end, end)


_BILLED = ("rates", "minimum", "round_up")
_THINKING, _YES, _PROOF = "thinking", "true", "reasoning"
_ZEROS = {10**zeros: zeros for zeros in range(10)}


def _around(value: int, cuts: list[int]) -> tuple[int, int]:
    """Return the nearest cut at or below a value, and the nearest above it."""
    below = [cut for cut in cuts if cut <= value]
    above = [cut for cut in cuts if cut > value]
    return max(below, default=NEVER), min(above, default=FOREVER)


def _said(at: int) -> str:
    """Return an instant for a message, without fractions of a second."""
    return instants.to_text(at - at % 1_000_000)
