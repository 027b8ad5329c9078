"""Each pin of a file beside the price that holds."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from costcalc.errors import CostcalcError, RegistryError
from costcalc.testing.frozen import FrozenRegistry
from costcalc.testing.lock_file import read_lock
from costcalc.testing.locking import refreshed
from costcalc.testing.moves import billed_since, later
from costcalc.testing.pins import card_of, has_expired, moved_rates
from costcalc.testing.settings import instant_of, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from costcalc.registry.cards import RateCard
    from costcalc.registry.registry import Registry
    from costcalc.testing.lock_file import LockFile
    from costcalc.testing.pins import MovedRate, Pin

__all__ = ["PinState", "States", "states_of"]


@dataclass(frozen=True, slots=True)
class PinState:
    """One pin, and what holds."""

    pin: Pin
    status: str
    """What it is: holds, moved, expired or no price."""
    card: RateCard | None = None
    """The rates that hold; None where there are none."""
    moved: tuple[MovedRate, ...] = ()
    """The rates that are not as they are pinned."""
    error: str | None = None
    """Why there is no price."""
    later: str | None = None
    """How it moves later, as far as that is known."""
    billed: str = ""
    """As what it is billed, and since when."""
    expired: bool = False
    """Whether somebody has to look at it again, moved or not."""


@dataclass(frozen=True, slots=True)
class States:
    """Every pin of a file, at one instant."""

    lock: LockFile
    name: str
    at: datetime
    today: date
    pins: tuple[PinState, ...]

    def bad(self) -> tuple[PinState, ...]:
        """Return the pins that need somebody."""
        return tuple(each for each in self.pins if each.status != "holds")

    def refreshed(self) -> LockFile:
        """Return the file with what moved at the rates that hold."""
        lock = self.lock
        for each in self.pins:
            if each.moved and each.card is not None:
                lock = lock.put(refreshed(each.pin, each.card, self.today))
        return lock

    def data(self) -> dict[str, Any]:
        """Return it as data."""
        return {"path": self.name, "at": self.at, "pins": [_data(each) for each in self.pins]}


def _data(state: PinState) -> dict[str, Any]:
    pin, card = state.pin, state.card
    rates = {name: _rate(card, name) for name in pin.rates}
    read = pin if card is None else card
    return {
        "model": pin.model, "conditions": pin.conditions, "at": pin.at, "status": state.status,
        "pinned": pin.rates, "rates": None if card is None else rates,
        "moved": [each.meter for each in state.moved], "expired": state.expired,
        "error": state.error, "later": state.later, "reason": pin.reason,
        "tolerance": pin.tolerance, "expires": pin.expires, "pinned_on": pin.pinned_on,
        "source": read.source, "checked": read.checked,
    }  # fmt: skip


def _rate(card: RateCard | None, meter: str) -> Any:
    try:
        return None if card is None else card.rate(meter)
    except KeyError:
        return None


def states_of(path: str | None, at: str | None, registry: Registry) -> States:
    """Return the pins of a file, or of the project here, at an instant or at the project's.

    Raises `RegistryError` where there is no such file, or it says what it cannot.
    """
    settings = settings_of(Path.cwd())
    file = settings.pins if path is None else Path(path)
    if not file.is_file():
        msg = "there is no file of pinned prices; make it with 'pytest --costcalc-pins=create'"
        raise RegistryError(msg, path=_beside(file))
    now = datetime.now(UTC)
    stated = at if at is not None else settings.as_of
    instant = now if stated is None else instant_of(stated, now=now)
    name = _beside(file)
    lock = read_lock(file, name)
    states = tuple(_states(lock, registry, instant, now))
    return States(lock, name, instant, now.date(), states)


def _beside(file: Path) -> str:
    here = Path.cwd()
    return file.relative_to(here).as_posix() if file.is_relative_to(here) else str(file)


def _states(lock: LockFile, registry: Registry, at: datetime, now: datetime) -> Iterator[PinState]:
    for pin in lock.pins:
        frozen = FrozenRegistry(registry, at if pin.at is None else instant_of(pin.at, now=now))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what they say stands in the table
                card = card_of(pin, frozen)
        except CostcalcError as error:
            yield PinState(pin, "no price", error=str(error))
            continue
        moved = moved_rates(pin, card)
        expired = has_expired(pin, now.date())
        yield PinState(
            pin,
            "moved" if moved else "expired" if expired else "holds",
            card,
            moved,
            later=None if moved else later(pin, frozen.base, frozen.at),
            billed=_billed(*billed_since(pin, card, frozen)),
            expired=expired,
        )


def _billed(other: str, since: str) -> str:
    return f"billed as {other} since {since}" if other else f"billed since {since}"
