"""The prices that a suite touched beside the file that pins them: what is new, moved, unused."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from costcalc.errors import UsageError, nearest_names
from costcalc.money import text_of
from costcalc.testing.moves import block, expired_text, later, moved_text
from costcalc.testing.pins import Pin, PinError, has_expired, moved_rates

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import date

    from costcalc.registry.cards import RateCard
    from costcalc.testing.frozen import FrozenRegistry
    from costcalc.testing.lock_file import LockFile

__all__ = ["FIX", "MODES", "Findings", "Judge", "changed", "modes_of", "refreshed"]

FIX = "pytest --costcalc-pins=fix"
"""How to accept prices that moved."""
MODES = ("create", "fix", "trim", "review")
"""What may be done to the file: add pins, accept moved prices, remove unused pins, or ask."""


def modes_of(stated: str | None) -> frozenset[str]:
    """Return modes from an option; `UsageError` names the nearest for one that is none."""
    found = frozenset(each.strip() for each in (stated or "").split(",") if each.strip())
    for each in sorted(found - {*MODES}):
        near = nearest_names(each, MODES)
        hint = f"nearest: {near[0]}" if near else f"known: {', '.join(MODES)}"
        raise UsageError(f"--costcalc-pins={each} is no mode; {hint}", mode=each)
    return found


@dataclass(slots=True)
class Findings:
    """What the tests of a run, or of one worker, found; it travels as plain data."""

    used: dict[Any, Pin] = field(default_factory=dict[Any, Pin])
    """Pins of the file that a test rests on, by key."""
    new: dict[Any, Pin] = field(default_factory=dict[Any, Pin])
    """Prices that are not pinned, or not all of their meters."""
    fixed: dict[Any, Pin] = field(default_factory=dict[Any, Pin])
    """Pins whose prices moved, as they are now."""
    notices: list[str] = field(default_factory=list[str])
    """What is known of later moves."""
    partial: str = ""
    """Why not all tests with prices ran and passed; empty where they did."""

    def data(self) -> dict[str, Any]:
        """Return it as plain data."""
        kinds = {name: getattr(self, name) for name in ("used", "new", "fixed")}
        data: dict[str, Any] = {
            name: [pin.model_dump_json() for pin in kind.values()] for name, kind in kinds.items()
        }
        return {**data, "notices": list(self.notices), "partial": self.partial}

    def merge(self, data: Mapping[str, Any]) -> None:
        """Take over what another worker found."""
        for name in ("used", "new", "fixed"):
            kind: dict[Any, Pin] = getattr(self, name)
            for text in data[name]:
                pin = Pin.model_validate_json(text)
                kind[pin.key()] = joined(kind[pin.key()], pin) if pin.key() in kind else pin
        self.notices += [each for each in data["notices"] if each not in self.notices]
        self.partial = self.partial or data["partial"]


def joined(one: Pin, other: Pin) -> Pin:
    """Return a pin with the rates of two, such as of two tests that use different fees."""
    return replace(other, rates={**one.rates, **other.rates})


def refreshed(pin: Pin, card: RateCard, today: date) -> Pin:
    """Return a pin at the rates that hold, its reviewer's words kept."""
    rates = dict(pin.rates)
    for each in moved_rates(pin, card):
        if each.rate is None:
            del rates[each.meter]
        else:
            rates[each.meter] = each.rate
    if not rates:
        return pin  # nothing is left to hold; a person has to say what the pin is for
    facts = {"source": card.source, "checked": card.checked, "pinned_on": today}
    return replace(pin, rates=rates, currency=card.currency, **facts)


@dataclass(frozen=True, slots=True)
class Judge:
    """The file of pins, and what may be done to it."""

    lock: LockFile
    modes: frozenset[str]
    name: str
    """The path of the file, as messages say it."""
    today: date
    whose: str
    """Who chose the instant, in words."""
    fix: str = FIX
    """How to accept moved prices."""

    def judge(
        self, touched: Mapping[Pin, RateCard], registry: FrozenRegistry, found: Findings
    ) -> None:
        """Add what one test touched to the findings; `PinError` names all that no mode allows."""
        problems: list[PinError] = []
        for pin, card in touched.items():
            held = self.lock.find(pin)
            dayless = self._dayless(pin, card) if held is None else None
            if dayless is not None and not self.modes & {"create", "review"}:
                held = dayless
            if held is None:
                whole = pin if dayless is None else replace(dayless, at=pin.at)
                problems += self._missing(pin, whole, found)
                continue
            found.used[held.key()] = held
            lacking = {name: rate for name, rate in pin.rates.items() if name not in held.rates}
            whole = replace(held, rates={**held.rates, **lacking})
            if moved_rates(held, card):
                # what a new price list has beside it is part of the same move
                problems += self._moved(held, whole, card, registry, found)
            elif lacking:
                problems += self._missing(replace(pin, rates=lacking), whole, found)
            else:
                self._foresee(held, registry, found)
            problems += self._expired(held)
        if problems:
            raise PinError(
                "\n".join(each.message for each in problems),
                problems[0].pin,
                tuple(rate for each in problems for rate in each.moved),
            )

    def _dayless(self, pin: Pin, card: RateCard) -> Pin | None:
        """Return the pin of the suite's day that holds the price of a test's own day, too.

        Files have such pins where both days were one when they were written.
        """
        held = None if pin.at is None else self.lock.find(replace(pin, at=None))
        if held is None or not held.rates.keys() >= pin.rates.keys() or moved_rates(held, card):
            return None
        return held

    def _missing(self, pin: Pin, whole: Pin, found: Findings) -> Iterable[PinError]:
        if self.modes & {"create", "review"}:
            earlier = found.new.get(pin.key())
            found.new[pin.key()] = whole if earlier is None else joined(earlier, whole)
            return
        rates = ", ".join(f"{name} {text_of(rate)}" for name, rate in pin.rates.items())
        accept = ["accept   pytest --costcalc-pins=create"]
        head = f"the price of {pin.label()} is not pinned in {self.name}"
        yield PinError(block(head, [f"is       {rates}", *accept]), pin)

    def _moved(
        self, held: Pin, whole: Pin, card: RateCard, registry: FrozenRegistry, found: Findings
    ) -> Iterable[PinError]:
        if self.modes & {"fix", "review"}:
            now = refreshed(whole, card, self.today)
            earlier = found.fixed.get(held.key())
            found.fixed[held.key()] = now if earlier is None else joined(earlier, now)
            return
        moved = moved_rates(held, card)
        whose, how = self.whose, self.fix
        if held.at is not None:  # the project's day has no part in it
            whose, how = f"by its pin in {self.name}", FIX
        fix = f"{how}, and review {self.name}"
        text = moved_text(held, moved, card, registry, whose=whose, fix=fix)
        yield PinError(text, held, moved)

    def _foresee(self, held: Pin, registry: FrozenRegistry, found: Findings) -> None:
        notice = later(held, registry.base, registry.at)
        if notice is not None and notice not in found.notices:
            found.notices.append(notice)

    def _expired(self, held: Pin) -> Iterable[PinError]:
        if has_expired(held, self.today):
            fix = f"set a later day in {self.name}, or none, once you have compared the price"
            yield PinError(expired_text(held, fix), held)

    def unused(self, found: Findings) -> tuple[Pin, ...]:
        """Return the pins that no test rests on."""
        return tuple(pin for pin in self.lock.pins if pin.key() not in found.used)


def changed(
    lock: LockFile, found: Findings, modes: Collection[str], unused: Iterable[Pin]
) -> LockFile:
    """Return a file with the findings that some modes allow."""
    if "create" in modes:
        for pin in found.new.values():
            lock = lock.put(pin)
    if "fix" in modes:
        for pin in found.fixed.values():
            now = lock.find(pin)
            lock = lock.put(pin if now is None else joined(now, pin))
    if "trim" in modes:
        lock = lock.without(pin.key() for pin in unused)
    return lock
