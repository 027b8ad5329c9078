"""Estimates of the same prompts under several models, in rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from costcalc.cli import amounts
from costcalc.cli.comparison import UnpricedError
from costcalc.estimate.estimate import Estimate
from costcalc.estimate.fit import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from costcalc.billing.cost import Assumption
    from costcalc.errors import CostcalcError
    from costcalc.estimate.prompts import Estimates

__all__ = ["Estimation", "Row"]


@dataclass(frozen=True)
class Row:
    """One model: its estimate, and how many times the cheapest it is."""

    name: str
    """As it was asked for."""
    estimate: Estimate | Estimates
    ratio: Decimal | None
    """Its total in totals of the cheapest; None where that is free or in another currency."""

    @property
    def input(self) -> tuple[int, int, int]:
        """Input tokens of one call of each prompt: expected, low, high."""
        each = self.estimate
        if isinstance(each, Estimate):
            return each.input.tokens, each.input.low, each.input.high
        return each.input_tokens, each.input_low, each.input_high

    @property
    def output(self) -> tuple[int, int, int]:
        """Output tokens of one call of each prompt: expected, low, high."""
        each = self.estimate
        if isinstance(each, Estimate):
            return each.output.expected, each.output.low, each.output.high
        return each.output_tokens, each.output_low, each.output_high

    @property
    def method(self) -> str:
        """How the input was counted, the weakest of its parts."""
        each = self.estimate
        return each.input.method if isinstance(each, Estimate) else each.method

    @property
    def fit(self) -> str:
        """Whether all of it fits, in a word or two."""
        each = self.estimate
        if isinstance(each, Estimate):
            return each.fit.verdict
        if not each.misfits:
            return each.verdict
        sure = sum(misfit.fit.verdict == VERDICTS[2] for misfit in each.misfits)
        return f"{sure} too large" if sure else f"{len(each.misfits)} may not fit"

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        """What the estimate rests on, and what its price rests on."""
        return (*self.estimate.assumptions, *self.estimate.cost.assumptions)

    def reasons(self) -> Iterator[str]:
        """Iterate over what does not surely fit, and why."""
        each = self.estimate
        if isinstance(each, Estimate):
            yield from each.fit.reasons
            return
        for misfit in each.misfits:
            for reason in misfit.fit.reasons:
                yield f"{misfit.name}: {reason}"

    def data(self) -> dict[str, Any]:
        """Return the row as data, its total first."""
        each = self.estimate
        return {
            "name": self.name,
            "total": each.total,
            "low_total": each.low.total,
            "high_total": each.high.total,
            "currency": each.currency,
            "ratio": self.ratio,
            **{name: getattr(each, name) for name in each.__dataclass_fields__},
        }


@dataclass(frozen=True)
class Estimation:
    """The rows, cheapest first, and the models that could not be priced."""

    rows: tuple[Row, ...]
    failures: tuple[UnpricedError, ...]
    left_out: tuple[str, ...] = ()
    """Files of folders that are no text."""

    @classmethod
    def of(
        cls,
        found: Sequence[tuple[str, Any]],
        failures: Sequence[tuple[str, CostcalcError]],
        left_out: Sequence[str] = (),
    ) -> Estimation:
        """Return the rows of estimates by name, with ratios to the cheapest of each currency."""
        ordered = sorted(found, key=lambda pair: (pair[1].currency != "USD", pair[1].total))
        least: dict[str, Decimal] = {}
        for _, each in ordered:
            least.setdefault(each.currency, each.total)
        rows = [
            Row(name, each, amounts.quotient(each.total, least[each.currency]))
            for name, each in ordered
        ]
        named = [UnpricedError(name, str(error), type(error).__name__) for name, error in failures]
        return cls(tuple(rows), tuple(named), tuple(left_out))

    def data(self) -> dict[str, Any]:
        """Return everything as data; one model's is the row alone."""
        left_out = {"left_out": self.left_out} if self.left_out else {}
        if len(self.rows) == 1 and not self.failures:
            return {**self.rows[0].data(), **left_out}
        return {
            "results": [row.data() for row in self.rows],
            "unpriced": [each.data() for each in self.failures],
            **left_out,
        }
