"""The costs of one usage under several models, with their ratios to a baseline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from costcalc.billing.price import price
from costcalc.cli import amounts
from costcalc.errors import CostcalcError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from costcalc.billing.cost import Cost
    from costcalc.registry.registry import Registry
    from costcalc.usage.usage import Usage

__all__ = ["Comparison", "Row", "Terms", "UnpricedError"]


class UnpricedError(CostcalcError, LookupError):
    """A model that has no place in a comparison, and why."""

    def __init__(self, name: str, message: str, kind: str | None = None) -> None:
        super().__init__()
        self.name = name
        self.message = message
        self._kind = kind or type(self).__name__

    @classmethod
    def of(cls, failures: Sequence[UnpricedError], priced: int) -> UnpricedError:
        """Return one error for all failures beside so many models that were priced."""
        names = ", ".join(each.name for each in failures)
        every = len(failures) + priced
        return cls(names, f"{len(failures)} of {every} models not priced: {names}")

    def data(self) -> dict[str, Any]:
        """Return the failure as data."""
        return {"model": self.name, "error": {"type": self._kind, "message": self.message}}


@dataclass(frozen=True)
class Terms:
    """Whose prices, under what conditions, in what currency."""

    registry: Registry
    conditions: Mapping[str, Any]
    currency: str | None
    """Currency to convert to; None is none."""
    rates: Mapping[str, str]
    """Units of that currency for one of each other."""

    def cost(self, name: str, usage: Usage) -> Cost:
        """Return the cost of a usage, converted where that was asked for."""
        cost = price(name, usage, registry=self.registry, **self.conditions)
        if self.currency is None or cost.currency == self.currency:
            return cost
        if cost.currency not in self.rates:
            msg = (
                f"its price is {amounts.exact(cost.total, cost.currency)}; say the exchange rate "
                f"too: --rate {cost.currency}=..."
            )
            raise UnpricedError(name, msg)
        return cost.to(self.currency, rate=self.rates[cost.currency])


@dataclass(frozen=True)
class Row:
    """One priced model."""

    name: str
    """As it was asked for."""
    cost: Cost
    ratio: Decimal | None
    """Its total in totals of the baseline; None where the baseline is free."""
    saving: Decimal | None
    """How much less the cheaper of the two costs, as a share of the dearer."""

    def data(self) -> dict[str, Any]:
        """Return the row as data."""
        cost = self.cost
        return {
            "name": self.name,
            "model": cost.model,
            "provider": cost.provider,
            "total": cost.total,
            "currency": cost.currency,
            "ratio": self.ratio,
            "saving": self.saving,
            "lines": cost.lines,
            "assumptions": cost.assumptions,
            "notes": cost.notes,
            "source": cost.source,
            "checked": cost.checked,
        }


@dataclass(frozen=True)
class Comparison:
    """The rows in order, the baseline, and the models that could not be priced."""

    at: datetime
    currency: str | None
    """Currency of every row; None without rows."""
    baseline: Row | None
    rows: tuple[Row, ...]
    failures: tuple[UnpricedError, ...]

    @classmethod
    def of(
        cls,
        names: Sequence[str],
        usage: Usage,
        baseline: str | None,
        terms: Terms,
        *,
        keep_order: bool,
    ) -> Comparison:
        """Return the comparison; a baseline that has no price is an error, another model a failure.

        Costs in another currency than the baseline's are failures, too: no rate is guessed.
        """
        now = datetime.now(UTC)
        stated = terms.conditions["at"]
        at = now if stated is None else stated  # one instant for all of them
        terms = Terms(terms.registry, {**terms.conditions, "at": at}, terms.currency, terms.rates)
        base = None if baseline is None else terms.cost(baseline, usage)
        if baseline is not None and baseline.lower() not in {name.lower() for name in names}:
            names = [baseline, *names]
        costs, failures = _priced(names, usage, terms)
        currency = base.currency if base is not None else _common(costs)
        costs, strangers = _of_currency(costs, currency)
        if not keep_order:
            costs.sort(key=lambda each: each[1].total)
        if base is None:
            base = min((cost for _, cost in costs), key=lambda cost: cost.total, default=None)
        rows = tuple(_row(name, cost, base) for name, cost in costs)
        found = next((row for row in rows if base is not None and _same(row, base)), None)
        moment = base.at if base is not None and base.at is not None else now
        return cls(moment, currency, found, rows, (*failures, *strangers))

    def data(self) -> dict[str, Any]:
        """Return the comparison as data."""
        return {
            "baseline": self.baseline.cost.model if self.baseline else None,
            "at": self.at,
            "currency": self.currency,
            "results": [row.data() for row in self.rows],
            "unpriced": [failure.data() for failure in self.failures],
        }


def _priced(
    names: Sequence[str], usage: Usage, terms: Terms
) -> tuple[list[tuple[str, Cost]], list[UnpricedError]]:
    """Return what could be priced, and what could not."""
    costs: list[tuple[str, Cost]] = []
    failures: list[UnpricedError] = []
    for name in names:
        try:
            costs.append((name, terms.cost(name, usage)))
        except UnpricedError as failure:
            failures.append(failure)
        except CostcalcError as error:
            failures.append(UnpricedError(name, str(error), type(error).__name__))
    return costs, failures


def _common(costs: Sequence[tuple[str, Cost]]) -> str | None:
    """Return the currency to compare in: dollars where any price is in them, else the first."""
    found = [cost.currency for _, cost in costs]
    return "USD" if "USD" in found else next(iter(found), None)


def _of_currency(
    costs: Sequence[tuple[str, Cost]], currency: str | None
) -> tuple[list[tuple[str, Cost]], list[UnpricedError]]:
    """Return the costs in a currency, and the others as failures."""
    same: list[tuple[str, Cost]] = []
    others: list[UnpricedError] = []
    for name, cost in costs:
        if cost.currency == currency:
            same.append((name, cost))
        else:
            msg = (
                f"its price is {amounts.exact(cost.total, cost.currency)}, and no exchange rate is "
                f"guessed; say one: --to {currency} --rate {cost.currency}=..."
            )
            others.append(UnpricedError(name, msg))
    return same, others


def _row(name: str, cost: Cost, base: Cost | None) -> Row:
    mine, other = cost.total, base.total if base is not None else amounts.ZERO
    share = amounts.quotient(min(mine, other), max(mine, other))
    saving = None if share is None else 1 - share
    return Row(name, cost, amounts.quotient(mine, other), saving)


def _same(row: Row, base: Cost) -> bool:
    return (row.cost.model, row.cost.provider, row.cost.total) == (
        base.model, base.provider, base.total,
    )  # fmt: skip
