"""The account of one test in a pytest run: its cap, its recorders, and all its attempts."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from costcalc.errors import UsageError
from costcalc.money import EXACT, ZERO, as_decimal
from costcalc.testing.spending import CostRecorder
from costcalc.testing.spent import Spent, totals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    import pytest

    from costcalc.testing.pricing import Pricing
    from costcalc.testing.spending import Terms

__all__ = ["Account", "Caps", "bad_cap", "caps_of"]

_CODE = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Caps:
    """What a test's markers say that it may spend."""

    own: Decimal | None
    """What it may spend itself."""
    together: dict[str, Decimal]
    """What all tests of a name may spend together, by name."""
    currency: str


class Account:
    """What a test spends: in the attempt that runs, in its fixtures, and in attempts before."""

    def __init__(self, item: pytest.Item, price: Callable[[], Pricing]) -> None:
        self.item = item
        self.caps = caps_of(item)
        self.is_asked = item.get_closest_marker("max_cost") is not None
        self.attempts = 0
        self._price = price
        self._before: list[Spent] = []
        self.begin()

    def begin(self) -> None:
        """Take up an attempt, with recorders of its own."""
        if self.attempts:
            self._before.append(self._attempt())
        self.attempts += 1
        currency = self.caps.currency
        self.recorder = CostRecorder(self.caps.own, currency=currency)
        self.fixtures = CostRecorder(currency=currency, name="its fixtures")
        for each in (self.recorder, self.fixtures):
            each.price_by(self._terms)

    def _terms(self) -> Terms:
        found = getattr(self.item, "funcargs", {}).get("pricing") or self._price()
        return found.registry, found.at

    def spent(self) -> Spent:
        """Return what the test has spent so far."""
        each = [*self._before, self._attempt()]
        return replace(
            each[-1],
            total=totals(each)[0].total,
            fixtures=sum((one.fixtures for one in each), start=ZERO),
            calls=sum(one.calls for one in each),
            attempts=self.attempts,
            unpriced=sum(one.unpriced for one in each),
            models=tuple(sorted({name for one in each for name in one.models})),
        )

    def _attempt(self) -> Spent:
        meters = (self.recorder, self.fixtures)
        missed = [call for meter in meters for call in meter.unpriced]
        return Spent(
            test=self.item.nodeid,
            total=EXACT.add(self.recorder.total, self.fixtures.total),
            fixtures=self.fixtures.total,
            currency=self.recorder.currency,
            calls=sum(meter.calls for meter in meters),
            unpriced=sum(call.calls for call in missed),
            models=tuple(sorted({call.model for call in missed if call.model})),
            together=self.caps.together,
        )


def caps_of(item: pytest.Item) -> Caps:
    """Return what a test's markers say, the closest of a kind; `UsageError` where it is no cap."""
    own: Decimal | None = None
    together: dict[str, Decimal] = {}
    currencies: dict[str, None] = {}
    # pytest puts what pytest.param(..., marks=) says behind the function's own
    closest: list[pytest.Mark] = getattr(getattr(item, "callspec", None), "marks", [])
    named = (mark for mark in closest if mark.name == "max_cost")
    for mark in (*named, *item.iter_markers("max_cost")):
        amount = _amount_of(mark)
        name = mark.kwargs.get("together")
        if name is not None:
            if not isinstance(name, str) or not name.strip():
                raise UsageError(f"max_cost: together is a name that tests share, not {name!r}")
            together.setdefault(name, amount)
        elif own is None:
            own = amount
        currencies[_currency_of(mark)] = None
    if len(currencies) > 1:
        raise UsageError(f"max_cost is in {' and in '.join(currencies)}; state one currency")
    return Caps(own, together, next(iter(currencies), "USD"))


def _currency_of(mark: pytest.Mark) -> str:
    currency: object = mark.kwargs.get("currency", "USD")
    if not isinstance(currency, str) or not _CODE.fullmatch(currency):
        raise UsageError(f"max_cost: currency is a code such as 'USD', not {currency!r}")
    return currency


def _amount_of(mark: pytest.Mark) -> Decimal:
    if len(mark.args) != 1 or not mark.kwargs.keys() <= {"currency", "together"}:
        said = ", ".join([*map(repr, mark.args), *(f"{k}={v!r}" for k, v in mark.kwargs.items())])
        msg = f"max_cost({said}) takes one amount, such as '0.05', and together= and currency="
        raise UsageError(msg)
    amount = as_decimal(mark.args[0], "max_cost")
    if amount < 0:
        raise UsageError(f"max_cost is an amount from 0 on, not {mark.args[0]!r}")
    return amount


def bad_cap(item: pytest.Item) -> str | None:
    """Return why a marker of a test is no cap; None where all are, or where there is none."""
    try:
        caps_of(item)
    except UsageError as error:
        return str(error)
    return None
