"""The tables of a forecast's page, and how amounts stand in them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from costcalc.digits import fixed
from costcalc.planning.wording import bounded
from costcalc.report.amounts import counted, signed
from costcalc.report.plan_page import Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from costcalc.planning.forecast import Forecast, Spread, WorkloadForecast

__all__ = ["money", "month_names", "sheets", "shown"]

_WHOLE = 100  # from here on cents say nothing in a sentence


def money(amount: Decimal, currency: str) -> str:
    """Return an amount with its sign, without cents where they say nothing."""
    places = 0 if amount.copy_abs() >= _WHOLE else 2
    return signed(fixed(amount, places), currency)


def shown(spread: Spread, figure: str, currency: str) -> str:
    """Return a figure of a forecast: $5.00, or ≥ $5.00, or that it is not priced."""
    return bounded(money(getattr(spread, figure), currency), spread.coverage)


def month_names(found: Forecast) -> list[str]:
    """Return months as 2026-09; one that the plan enters within it as it names it."""
    return [f"{each.start:%Y-%m}" if each.start.day == 1 else each.month for each in found.months]


def sheets(found: Forecast) -> Iterator[Sheet]:
    """Iterate over the tables."""
    currency = found.currency
    yield Sheet(
        "Workloads",
        "Over the whole project. The percentiles of parts do not sum to those of the whole.",
        ("=workload", "model", "#volume", "#each", "#hit ratio", "#expected", "#P50", "#P90"),
        tuple(
            (
                each.name, each.billed,
                *_volume(each, currency),
                "–" if each.hit_ratio is None else f"{each.hit_ratio:.1%}",
                *(shown(each, figure, currency) for figure in ("mean", "p50", "p90")),
            )
            for each in found.workloads.values()
        ),
    )  # fmt: skip
    yield Sheet(
        "Months",
        "What each month costs, and what is spent up to its end.",
        ("=month", "phase", "#expected", "#P50", "#P90", "#up to then", "#its P90"),
        tuple(
            (
                label, each.phase or "–",
                *(shown(each, figure, currency) for figure in ("mean", "p50", "p90")),
                *(shown(each.cumulative, figure, currency) for figure in ("mean", "p90")),
            )
            for label, each in zip(month_names(found), found.months, strict=True)
        ),
    )  # fmt: skip
    caps = [(each.name, cap) for each in found.workloads.values() for cap in each.caps]
    if caps:
        yield Sheet(
            "Caps",
            "How often each limit is reached, and what it saves on average.",
            ("workload", "cap", "#limit", "#reached by", "#saves"),
            tuple(
                (name, cap.key, f"{cap.limit:,f}", f"{cap.reached_ratio:.1%}",
                 money(cap.saved, currency))
                for name, cap in caps
            ),
        )  # fmt: skip
    yield Sheet(
        "Numbers and sources",
        "Measured: a source says it. Assumed: nobody does. Derived: computed from the others.",
        ("number", "value", "=basis", "source", "=checked"),
        tuple(
            (
                entry.key.removeprefix("workloads."), entry.value, entry.basis,
                entry.source or "–", entry.checked or "–",
            )
            for entry in found.ledger
        ),
    )  # fmt: skip
    yield Sheet(
        "Assumptions",
        "What was taken to hold because the plan does not say.",
        ("assumption",),
        tuple((each.text,) for each in found.assumptions),
    )


def _volume(each: WorkloadForecast, currency: str) -> tuple[str, str]:
    """Return how many units a workload has and what one costs; nothing where none was drawn."""
    if each.coverage == "none":
        return "–", "–"
    units = bounded(counted(round(each.units), each.unit), each.coverage)
    return units, _each(each, currency)


def _each(each: WorkloadForecast, currency: str) -> str:
    if each.unit_cost and each.unit_cost < Decimal("0.1"):
        return signed(fixed(each.unit_cost, 5), currency)
    return money(each.unit_cost, currency)
