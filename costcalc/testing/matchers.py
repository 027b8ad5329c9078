"""Matchers: values that stand for a range of costs on the other side of `==`.

    assert cost == IsUSD("0.0525", rel="1%")
    assert report == {"model": "gpt-5", "cost": CostUnder("2.00")}

They compare with a `Cost`, an estimate, a session's estimate, a meter, a forecast, a Decimal, an
int and decimal text, and never equal a float. One that has matched shows what it matched, so that a
diff of larger values marks only what is wrong; `mismatch(other)` says why another would not match.
"""

from __future__ import annotations

from decimal import Decimal

from costcalc.billing.cost import Cost
from costcalc.errors import UsageError, nearest_names
from costcalc.estimate.outputs import as_ratio, as_whole
from costcalc.money import EXACT, ZERO, as_decimal, normal
from costcalc.testing.amounts import Amount, amount_of, apart, percentile_of, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Number = Decimal | int | str

__all__ = ["CostUnder", "IsAmount", "IsCheaperThan", "IsCost", "IsUSD", "Matcher"]

_APPROXIMATELY = Decimal("0.01")
"""How far an amount may be from `approx` where nothing else is said: 1%, as in dirty-equals."""
_ENDS = ("total", "low", "high")
_MOST = 100


class Matcher:
    """A value that equals all that it describes; the base of those below."""

    __hash__ = None  # type: ignore[assignment] - equality with many values has no hash

    def __init__(self, **stated: object) -> None:
        self._stated = {name: each for name, each in stated.items() if each is not None}
        self._matched: tuple[object, ...] = ()

    def mismatch(self, other: Any) -> str | None:
        """Return why a value does not match, as a phrase; None where it does."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        matches = self.mismatch(other) is None
        self._matched = (other,) if matches else ()
        return matches

    def __repr__(self) -> str:
        if self._matched:
            return repr(self._matched[0])
        return self.described()

    def described(self) -> str:
        """Return the matcher as it was written."""
        stated = [
            repr(each) if name.startswith("_") else f"{name}={each!r}"
            for name, each in self._stated.items()
        ]
        return f"{type(self).__name__}({', '.join(stated)})"


class IsAmount(Matcher):
    """An amount of money: this one, one near it, or one between bounds."""

    def __init__(
        self,
        exactly: Number | None = None,
        *,
        approx: Number | None = None,
        rel: Number | float | None = None,
        abs: Number | None = None,  # noqa: A002 - as in pytest.approx
        gt: Number | None = None,
        ge: Number | None = None,
        lt: Number | None = None,
        le: Number | None = None,
        currency: str | None = None,
    ) -> None:
        """Describe an amount.

        `exactly` is the amount; with `rel`, a share such as '1%', or `abs`, an amount, it may be so
        far off, whichever is more. `approx` is the same with a `rel` of 1% unless one is stated.
        `gt`, `ge`, `lt` and `le` bound it. `currency` is compared where the other value has one.
        """
        super().__init__(
            _exactly=exactly, approx=approx, rel=rel, abs=abs, gt=gt, ge=ge, lt=lt, le=le,
            currency=currency,
        )  # fmt: skip
        self._currency = currency
        middle = exactly if approx is None else approx
        bounds = {"gt": gt, "ge": ge, "lt": lt, "le": le}
        self._bounds = {
            name: as_decimal(each, name) for name, each in bounds.items() if each is not None
        }
        if (exactly is not None and approx is not None) or (middle is None and not self._bounds):
            msg = f"{type(self).__name__} takes an amount, or approx=, or bounds such as le='0.05'"
            raise UsageError(msg)
        if middle is None and (rel is not None or abs is not None):
            msg = "rel and abs say how far from an amount another may be; state the amount, too"
            raise UsageError(msg)
        self._middle = None if middle is None else as_decimal(middle, "an amount")
        if approx is not None and rel is None and abs is None:
            rel = _APPROXIMATELY
        self._tolerance = ZERO if self._middle is None else _tolerance(self._middle, rel, abs)

    def mismatch(self, other: Any) -> str | None:
        """Return why a value is not this amount; None where it is."""
        try:
            found = amount_of(other)
        except UsageError as error:
            return str(error)
        if self._currency is not None and found.currency not in {None, self._currency}:
            return f"it is {found}, not in {self._currency}"
        if self._middle is not None:
            gap = EXACT.subtract(found.total, self._middle).copy_abs()
            if gap > self._tolerance:
                near = f" ± {plain(self._tolerance)}" if self._tolerance else ""
                return f"{found} is {apart(found.total, self._middle)} {self._middle:f}{near}"
        for name, bound in self._bounds.items():
            if not _HOLDS[name](found.total, bound):
                return f"{found} is not {_SAID[name]} {bound:f}"
        return None


class IsUSD(IsAmount):
    """An amount in US dollars: this one, one near it, or one between bounds."""

    def __init__(
        self,
        exactly: Number | None = None,
        *,
        approx: Number | None = None,
        rel: Number | float | None = None,
        abs: Number | None = None,  # noqa: A002 - as in pytest.approx
        gt: Number | None = None,
        ge: Number | None = None,
        lt: Number | None = None,
        le: Number | None = None,
    ) -> None:
        """Describe an amount, as `IsAmount` does."""
        super().__init__(
            exactly, approx=approx, rel=rel, abs=abs, gt=gt, ge=ge, lt=lt, le=le, currency="USD"
        )
        del self._stated["currency"]  # the name says it


def _greater(found: Decimal, bound: Decimal) -> bool:
    return found > bound


def _at_least(found: Decimal, bound: Decimal) -> bool:
    return found >= bound


def _less(found: Decimal, bound: Decimal) -> bool:
    return found < bound


def _at_most(found: Decimal, bound: Decimal) -> bool:
    return found <= bound


_HOLDS = {"gt": _greater, "ge": _at_least, "lt": _less, "le": _at_most}
_SAID = {"gt": "more than", "ge": "at least", "lt": "less than", "le": "at most"}


def _tolerance(
    middle: Decimal,
    rel: Number | float | None,
    abs: Number | None,  # noqa: A002 - as in pytest.approx
) -> Decimal:
    """Return how far off an amount may be."""
    least = ZERO if abs is None else as_decimal(abs, "abs")
    if least < 0:
        raise UsageError(f"abs {abs!r} is negative; it is an amount from 0 on", value=abs)
    if rel is None:
        return least
    return max(least, EXACT.multiply(middle.copy_abs(), _share(rel, "rel")))


def _share(stated: Number | float, what: str) -> Decimal:
    """Return a share; who writes 2 means 2%, and would have a matcher that holds nothing."""
    share = as_ratio(stated, what)
    if share >= 1 and "%" not in str(stated):
        percent = f"{plain(100 * share)}%"
        msg = f"{what} {stated!r} is a share, {percent}; write '{stated}%', or '{percent}'"
        raise UsageError(msg, value=stated)
    return share


class IsCheaperThan(Matcher):
    """Something that costs less than another, by a share of it where one is stated."""

    def __init__(self, other: Any, *, by: Number | float | None = None) -> None:
        """Describe what is cheaper than `other`; `by='20%'` takes at most 80% of its cost."""
        super().__init__(_other=other, by=by)
        self._other = amount_of(other)
        self._by = None if by is None else _share(by, "by")
        if self._by is not None and self._by > 1:
            msg = f"nothing is cheaper than another by {by!r} of its cost; by is at most 100%"
            raise UsageError(msg, value=by)

    def described(self) -> str:
        """Return the matcher with the other's amount, as a whole cost is long."""
        by = f", by={self._stated['by']!r}" if self._by is not None else ""
        return f"IsCheaperThan({str(self._other)!r}{by})"

    def mismatch(self, other: Any) -> str | None:
        """Return why a value is not cheaper; None where it is."""
        try:
            found = amount_of(other)
        except UsageError as error:
            return str(error)
        if None not in {found.currency, self._other.currency} and (
            found.currency != self._other.currency
        ):
            return f"{found} and {self._other} are in different currencies; convert one first"
        return self._too_dear(found) if self._by is None else self._too_near(found, self._by)

    def _too_dear(self, found: Amount) -> str | None:
        than = self._other.total
        if found.total == than:
            return f"both cost {found}"
        if found.total < than:
            return None
        return f"{found} is {apart(found.total, than)} {self._other}"

    def _too_near(self, found: Amount, by: Decimal) -> str | None:
        most = normal(EXACT.multiply(self._other.total, EXACT.subtract(Decimal(1), by)))
        if found.total <= most:
            return None
        below = f"{self._stated['by']} below {self._other}"
        return f"{found} is not at most {Amount(most, self._other.currency)}, which is {below}"


class CostUnder(Matcher):
    """Something that stays under a cap; what costs just as much stays under it, too."""

    def __init__(
        self,
        cap: Number,
        *,
        end: str = "total",
        percentile: int | None = None,
        currency: str = "USD",
    ) -> None:
        """Describe what costs at most `cap`.

        Of an estimate the expected total counts, or with `end='high'` the most it may come to. Of a
        forecast the mean counts, or with `percentile=90` what nine runs in ten stay within. Of a
        session's runs their sum counts, or a percentile of one session.
        """
        if end not in _ENDS:
            raise UsageError(f"end is one of {', '.join(_ENDS)}, not {end!r}", end=end)
        if percentile is not None and end != "total":
            msg = "state end= of an estimate, or percentile= of a forecast, not both"
            raise UsageError(msg, end=end, percentile=percentile)
        super().__init__(
            _cap=cap,
            end=end if end != "total" else None,
            percentile=percentile,
            currency=currency if currency != "USD" else None,
        )
        self._cap = as_decimal(cap, "a cap")
        self._end = end
        self._percentile = None if percentile is None else _percentile(percentile)
        self._currency = currency

    def mismatch(self, other: Any) -> str | None:
        """Return why a value is not under the cap; None where it is."""
        try:
            found = self._figure(other)
        except UsageError as error:
            return str(error)
        if found.currency not in {None, self._currency}:
            return f"it is {found}, not in {self._currency}"
        if found.total <= self._cap:
            return None
        which = "" if self._percentile is None else f"its P{self._percentile} of "
        return f"{which}{found} is {apart(found.total, self._cap)} the cap of {self._cap:f}"

    def _figure(self, other: Any) -> Amount:
        if self._percentile is None:
            return amount_of(other, self._end)
        return percentile_of(other, self._percentile)


def _percentile(stated: Any) -> int:
    """Return a percentile; 0.9 is refused, as it would be below one run in a hundred."""
    number = as_whole(stated)
    if number is None or not 1 <= number <= _MOST:
        msg = f"percentile is a whole number from 1 to {_MOST}, such as 90, not {stated!r}"
        raise UsageError(msg, percentile=stated)
    return number


class IsCost(Matcher):
    """A `Cost` whose stated fields are as described; each may be a matcher itself."""

    def __init__(
        self,
        *,
        amounts: Mapping[str, object] | None = None,
        quantities: Mapping[str, object] | None = None,
        **fields: object,
    ) -> None:
        """Describe a cost by its fields: `IsCost(total='0.242', model='grok-code-fast-1')`.

        `amounts` and `quantities` are those of meters: `amounts={'cache_read': '0.012'}`, and 0 for
        a meter that is not billed. A field that is a Decimal may be described by decimal text.
        """
        known = Cost.__dataclass_fields__
        for name in fields:
            if name not in known:
                near = nearest_names(name, known) or tuple(known)
                msg = f"a Cost has no field {name!r}; nearest: {', '.join(near)}"
                raise UsageError(msg, field=name)
        super().__init__(**fields, amounts=amounts, quantities=quantities)
        self._fields = fields
        self._meters = {"amount": amounts or {}, "quantity": quantities or {}}

    def mismatch(self, other: Any) -> str | None:
        """Return why a value is not this cost; None where it is."""
        if not isinstance(other, Cost):
            return f"it is no Cost but of type {type(other).__name__}"
        for name, wanted in self._fields.items():
            found = getattr(other, name)
            if not _same(found, wanted):
                return f"its {name} is {_shown(found)}, not {_shown(wanted)}"
        for what, by_meter in self._meters.items():
            for meter, wanted in by_meter.items():
                found = sum(
                    (Decimal(getattr(each, what)) for each in other.lines if each.meter == meter),
                    start=ZERO,
                )
                if not _same(found, wanted):
                    return f"its {what} of {meter} is {plain(found)}, not {_shown(wanted)}"
        return None


def _same(found: object, wanted: object) -> bool:
    """Return whether a field is as described; decimals compare with their text, never floats."""
    if isinstance(found, Decimal):
        if isinstance(wanted, float):
            msg = f"{wanted!r} is a float, and no exact amount; write it in quotes"
            raise UsageError(msg, value=wanted)
        if isinstance(wanted, str):
            return found == as_decimal(wanted, "an amount")
    return found == wanted


def _shown(value: object) -> str:
    return plain(value) if isinstance(value, Decimal) else repr(value)
