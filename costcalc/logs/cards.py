"""From logged calls to their rate card: at their time, for their size, as they were served."""

from __future__ import annotations

from functools import cache

from costcalc.assumptions import Assumption
from costcalc.billing.price import price
from costcalc.errors import UnknownConditionError
from costcalc.instants import FOREVER, NEVER
from costcalc.usage.usage import UNIT_METERS, Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from costcalc.billing.cost import Cost
    from costcalc.logs.calls import Call, Terms
    from costcalc.registry.rates import Card
    from costcalc.registry.registry import Registry

    Conditions = dict[str, str | bool | int | None]

__all__ = ["Cards"]

_OWN = frozenset({"channel"})
"""Conditions that a reader adds of its own: where no price knows them, nothing is lost."""


class Cards:
    """The rate cards of calls that share their terms; it keeps the last, which the next one needs.

    A condition that the log states and the prices do not know is dropped, and said: nobody is there
    to be asked.
    """

    def __init__(self, terms: Terms, registry: Registry, model: str | None) -> None:
        self.model, self.provider = (terms[0], terms[1]) if model is None else (model, None)
        self._conditions: Conditions = dict(terms[2])
        self._registry = registry
        self._last: Card | None = None
        self._sized = True
        self._known: dict[Card, Conditions] = {}
        self.said: dict[Card, tuple[Assumption, ...]] = {}
        """What was assumed for a card, beside its own assumptions."""

    def whole(self, begin: int, end: int) -> Card | None:
        """Return the card of every call within two instants; None where they may differ.

        Of the last card only: the caller asks for one of the calls first.
        """
        last = self._last
        if last is None or self._sized or not last.start <= begin or not end <= last.end:
            return None
        return last

    def card(self, call: Call, at: int) -> Card:
        """Return the card of a call at an instant; raises what `price` raises."""
        last = self._last
        if last is not None and last.start <= at < last.end and not self._sized:
            return last
        prompt, output = _sizes(call)
        if (
            last is None
            or not last.start <= at < last.end
            or not last.low <= prompt < last.high
            or not last.output_low <= output < last.output_high
        ):
            last = self._last = self._found(at, prompt, output)
            sizes = last.low, last.high, last.output_low, last.output_high
            self._sized = sizes != (NEVER, FOREVER, NEVER, FOREVER)
        return last

    def _found(self, at: int, prompt: int, output: int) -> Card:
        conditions = dict(self._conditions)
        said: list[Assumption] = []
        while True:
            plan = self._registry.plan(self.model, self.provider, None, None, None, conditions)
            try:
                card = plan.card(at, prompt, output)
            except UnknownConditionError as error:
                if error.key not in conditions:
                    raise
                del conditions[error.key]
                if error.key not in _OWN:
                    said.append(_dropped(error))
            else:
                self._known[card] = conditions
                self.said[card] = tuple(said)
                return card

    def price(self, card: Card, usage: Usage, at: datetime) -> Cost:
        """Return the cost of a usage on one of the cards."""
        return price(
            self.model, usage, provider=self.provider, at=at, conditions=self._known[card],
            registry=self._registry,
        )  # fmt: skip


def _sizes(call: Call) -> tuple[int, int]:
    """Return twice the input and twice the output of a call, or of the mean of those it adds up."""
    if call.requests is not None:
        usage = call.usage()
        return usage.prompt2, usage.output2
    inputs, outputs = _places(call.shelf.meters)
    counts = call.counts
    return 2 * sum(counts[place] for place in inputs), 2 * sum(counts[place] for place in outputs)


@cache
def _places(meters: tuple[str, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return where input and output stand among meters."""
    kinds: dict[int, Usage] = {}
    for place, name in enumerate(meters):
        if name not in UNIT_METERS:
            one: dict[str, Any] = {name: 1}
            kinds[place] = Usage.from_disjoint(**one)
    return (
        tuple(place for place, kind in kinds.items() if kind.input_tokens),
        tuple(place for place, kind in kinds.items() if kind.output_tokens),
    )


def _dropped(error: UnknownConditionError) -> Assumption:
    text = (
        f"the log says {error.key}={error.value}, for which {error.model} ({error.provider}) has "
        "no price; priced without it"
    )
    return Assumption("read_condition", text)
