"""The result: an exact sum, its lines, and everything that was assumed on the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from costcalc.assumptions import Assumption
from costcalc.errors import CurrencyMismatchError, UsageError
from costcalc.meters import METERS
from costcalc.money import EXACT, ZERO, as_decimal, normal
from costcalc.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

__all__ = ["Assumption", "Cost", "LineItem", "Period", "added", "compute_with", "line_item"]


@dataclass(frozen=True, slots=True)
class Period(Value):
    """The dated price list that held; None is an open or unknown end."""

    start: datetime | None
    """First instant of the rates."""
    until: datetime | None
    """First instant after them."""

    def __str__(self) -> str:
        first = f"{self.start:%Y-%m-%d %H:%MZ}" if self.start else "the beginning"
        last = f"{self.until:%Y-%m-%d %H:%MZ}" if self.until else "further notice"
        return f"from {first} until {last}"


@dataclass(frozen=True, slots=True)
class LineItem(Value):
    """One meter's share of a cost: `quantity` × `rate` ÷ `per` = `amount`."""

    meter: str
    """Name of the meter."""
    quantity: int | Decimal
    """Billed base units; a whole number, unless a cost was multiplied by a fraction."""
    per: int
    """Base units that the rate is stated for."""
    rate: Decimal
    """Price of `per` units, in the cost's currency."""
    amount: Decimal
    """Exact share of the total, in the cost's currency."""
    unit: str = ""
    """Name of `per` units, such as 1M tokens."""
    why: str = ""
    """Why this rate and not the published standard one; empty where it is."""
    provider: str | None = None
    """Who bills it."""
    model: str | None = None
    """The model that is billed."""

    def key(self) -> tuple[Any, ...]:
        """Return what lines of a sum are kept apart by."""
        return self.provider, self.model, self.meter, self.per, self.rate, self.why


(
    _set_meter,
    _set_quantity,
    _set_per,
    _set_rate,
    _set_amount,
    _set_unit,
    _set_why,
    _set_provider,
    _set_model,
) = [LineItem.__dict__[name].__set__ for name in LineItem.__slots__]


def line_item(
    meter: str,
    quantity: int,
    per: int,
    rate: Decimal,
    amount: Decimal,
    unit: str,
    why: str,
    provider: str,
    model: str,
) -> LineItem:
    """Return a line past the frozen constructor, at half its cost."""
    line = object.__new__(LineItem)
    _set_meter(line, meter)
    _set_quantity(line, quantity)
    _set_per(line, per)
    _set_rate(line, rate)
    _set_amount(line, amount)
    _set_unit(line, unit)
    _set_why(line, why)
    _set_provider(line, provider)
    _set_model(line, model)
    return line


class _Lazy:
    """Slots that a priced cost fills when they are first read."""

    __slots__ = ("_bill",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost(_Lazy, Value):
    """What a usage costs, exactly, with every cent explained.

    `sum(line.amount for line in cost.lines) == cost.total` always holds. Costs add up (`+`,
    `sum()`), keeping lines apart by provider, model, meter and rate, and multiply by whole numbers
    and decimals. They are frozen; a cost that is validated from data must sum, too.

    `str(cost)` is a sentence, `f"{cost:.2f}"` the total rounded half-even, and `explain()` the
    whole receipt.
    """

    total: Decimal
    """Exact sum of the lines."""
    currency: str
    """ISO 4217 code of every amount; never converted unless you ask with `to`."""
    lines: tuple[LineItem, ...]
    """One line a meter, in the order of a receipt; meters without quantity have none."""
    model: str | None = None
    """The model that is billed, after aliases and redirects; None in a sum of several."""
    provider: str | None = None
    """Who bills it; None in a sum of several."""
    at: datetime | None = None
    """Instant that the price was asked for; None in a sum of several."""
    period: Period | None = None
    """The dated price list that held."""
    source: str | None = None
    """Where the rates were read."""
    checked: date | None = None
    """Day on which somebody last compared them with the source."""
    assumptions: tuple[Assumption, ...] = ()
    """What the price rests on that the caller did not say."""
    notes: tuple[str, ...] = ()
    """What the price list says beside these rates."""
    stated: Decimal | None = None
    """The seller's own figure, where there is one."""
    registry_version: str | None = None
    """Version of the registry that priced it."""

    def __post_init__(self) -> None:
        """Refuse lines that do not sum to the total."""
        found = _sum(line.amount for line in self.lines)
        if found != self.total:
            msg = f"the lines sum to {found:f}, not to the total {self.total:f}"
            raise UsageError(msg, total=self.total)

    def __getattr__(self, name: str) -> Any:
        # a priced cost has its total at once, and the rest when somebody asks
        if name in _FIELDS:
            found = _compute[name](self._bill)
            _setters[name](self, found)
            return found
        msg = f"{type(self).__name__!r} object has no attribute {name!r}"
        raise AttributeError(msg, name=name, obj=self)

    def __add__(self, other: object) -> Cost:
        """Add two costs of one currency; `CurrencyMismatchError` otherwise."""
        return added((self, other)) if isinstance(other, Cost) else NotImplemented

    def __radd__(self, other: object) -> Cost:
        """Let `sum()` begin at 0."""
        return self if other == 0 and not isinstance(other, Cost) else NotImplemented

    def __mul__(self, times: object) -> Cost:
        """Multiply quantities and amounts by a whole number or a decimal."""
        if isinstance(times, bool) or not isinstance(times, int | Decimal):
            return NotImplemented
        factor = as_decimal(times, "the factor of a cost")
        if factor < 0:
            msg = f"a cost cannot be multiplied by {times}; a factor is not negative"
            raise UsageError(msg, times=times)
        if factor == 1:
            return self
        return self._with_lines(
            lambda line: {
                "quantity": _whole(EXACT.multiply(Decimal(line.quantity), factor)),
                "amount": normal(EXACT.multiply(line.amount, factor)),
            },
            stated=None if self.stated is None else normal(EXACT.multiply(self.stated, factor)),
            assumptions=tuple(
                each
                if each.total is None
                else _reading(each, each.total, EXACT.multiply(each.total, factor))
                for each in self.assumptions
            ),
        )

    __rmul__ = __mul__

    def to(self, currency: str, *, rate: Decimal | int | str) -> Cost:
        """Return this cost in another currency; `rate` is that currency's units for one of ours."""
        if not (isinstance(currency, str) and len(currency) == 3 and currency.isupper()):  # noqa: PLR2004 # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
            msg = f"a currency is its ISO 4217 code, such as 'EUR', not {currency!r}"
            raise UsageError(msg, currency=currency)
        factor = as_decimal(rate, "an exchange rate")
        if factor <= 0:
            msg = f"an exchange rate is positive, not {rate}"
            raise UsageError(msg, rate=rate)
        text = f"converted at {factor:f} {currency} for one {self.currency}"
        return self._with_lines(
            lambda line: {
                "rate": normal(EXACT.multiply(line.rate, factor)),
                "amount": normal(EXACT.multiply(line.amount, factor)),
            },
            stated=None if self.stated is None else normal(EXACT.multiply(self.stated, factor)),
            currency=currency,
            assumptions=(
                *(_converted(each, factor) for each in self.assumptions),
                Assumption("conversion", text),
            ),
        )

    def _with_lines(self, change: Callable[[LineItem], dict[str, Any]], **facts: Any) -> Cost:
        from dataclasses import replace

        lines = tuple(replace(line, **change(line)) for line in self.lines)
        return replace(self, lines=lines, total=_sum(line.amount for line in lines), **facts)

    def __str__(self) -> str:
        """Return total, models and time as a sentence: 0.242 USD: grok-4.3 (xai) at 2025-09-07."""
        from costcalc.billing.receipt import sentence

        return sentence(self)

    def __format__(self, spec: str) -> str:
        """Return the total in a decimal's format, such as `.2f`, rounded half-even; empty is `str`.

        Raises `UsageError` for what is no such format.
        """
        if not spec:
            return str(self)
        from costcalc.billing.receipt import formatted

        return formatted(self.total, spec)

    def explain(self) -> str:
        """Return a readable receipt: every line with its arithmetic, and all that was assumed."""
        from costcalc.billing.receipt import receipt

        return receipt(self)


_FIELDS = frozenset(Cost.__dataclass_fields__)
_setters: dict[str, Any] = {name: Cost.__dict__[name].__set__ for name in _FIELDS}
_compute: dict[str, Callable[[Any], Any]] = {}


def compute_with(fields: dict[str, Callable[[Any], Any]]) -> None:
    """Say what computes the fields of a priced cost; the bill does so when it is imported."""
    _compute.update(fields)


def _sum(amounts: Any) -> Decimal:
    total = ZERO
    for amount in amounts:
        total = EXACT.add(total, amount)
    return normal(total)


def _whole(quantity: Decimal) -> int | Decimal:
    return int(quantity) if quantity.as_integer_ratio()[1] == 1 else normal(quantity)


def added(costs: Sequence[Cost]) -> Cost:
    """Return the sum of one or more costs, lines kept by provider, model, meter and rate."""
    first = costs[0]
    merged: dict[tuple[Any, ...], list[Any]] = {}
    for cost in costs:
        if cost.currency != first.currency:
            raise CurrencyMismatchError(first.currency, cost.currency)
        for line in cost.lines:
            kept = merged.get(line.key())
            if kept is None:
                merged[line.key()] = [line, line.quantity, line.amount]
            else:
                kept[1] = _plus(kept[1], line.quantity)
                kept[2] = EXACT.add(kept[2], line.amount)
    order = {name: place for place, name in enumerate(METERS)}
    lines = sorted(
        (_with_sums(*each) for each in merged.values()),
        key=lambda line: (
            line.provider or "",
            line.model or "",
            order.get(line.meter, len(order)),
            line.meter,
            line.per,
            line.rate,
            line.why,
        ),
    )
    stated = [cost.stated for cost in costs]
    return Cost(
        total=_sum(line.amount for line in lines),
        currency=first.currency,
        lines=tuple(lines),
        assumptions=_all_assumptions(costs),
        notes=tuple(dict.fromkeys(note for cost in costs for note in cost.notes)),
        stated=_sum(stated) if None not in stated else None,
        **{
            name: getattr(first, name)
            if all(getattr(cost, name) == getattr(first, name) for cost in costs)
            else None
            for name in (
                "model",
                "provider",
                "at",
                "period",
                "source",
                "checked",
                "registry_version",
            )
        },
    )


def _all_assumptions(costs: Sequence[Cost]) -> tuple[Assumption, ...]:
    """Return every assumption once; another reading's total is that of the whole sum."""
    found: dict[tuple[str, str], Assumption] = {}
    for cost in costs:
        for each in cost.assumptions:
            found.setdefault(_key(each), each)
    return tuple(
        each
        if each.total is None
        else _reading(each, each.total, _sum(_read(cost, key) for cost in costs))
        for key, each in found.items()
    )


def _read(cost: Cost, key: tuple[str, str]) -> Decimal:
    """Return the total of a cost as an assumption reads it; its own where it has none such."""
    totals = (each.total for each in cost.assumptions if _key(each) == key)
    return next((total for total in totals if total is not None), cost.total)


def _key(assumption: Assumption) -> tuple[str, str]:
    """Return what tells assumptions apart: a bill writes the total of another reading into it."""
    text, total = assumption.text, assumption.total
    return assumption.code, text if total is None else text.replace(_said(total), ", ", 1)


def _reading(assumption: Assumption, before: Decimal, after: Decimal) -> Assumption:
    """Return an assumption whose other reading has another total, in its text too."""
    total = normal(after)
    text = assumption.text.replace(_said(before), _said(total), 1)
    return Assumption(assumption.code, text, total)


def _converted(assumption: Assumption, factor: Decimal) -> Assumption:
    """Return an assumption in another currency; its text stays in the one that it names."""
    total = assumption.total
    if total is None:
        return assumption
    return Assumption(assumption.code, assumption.text, normal(EXACT.multiply(total, factor)))


def _said(total: Decimal) -> str:
    return f", {total:f} "


def _plus(one: int | Decimal, other: int | Decimal) -> int | Decimal:
    if isinstance(one, int) and isinstance(other, int):
        return one + other
    return EXACT.add(Decimal(one), Decimal(other))


def _with_sums(line: LineItem, quantity: int | Decimal, amount: Decimal) -> LineItem:
    from dataclasses import replace

    if quantity == line.quantity and amount == line.amount:
        return line
    whole = quantity if isinstance(quantity, int) else _whole(quantity)
    return replace(line, quantity=whole, amount=normal(amount))
