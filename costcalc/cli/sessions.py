"""What `costcalc session` tells: the estimate, its formula, its spread, and other models."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from costcalc.cli import amounts
from costcalc.cli.comparison import UnpricedError
from costcalc.errors import CostcalcError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from costcalc.registry.registry import Registry
    from costcalc.sessions.closed_form import ClosedForm
    from costcalc.sessions.runs import SessionRuns
    from costcalc.sessions.session import Session
    from costcalc.sessions.session_estimate import SessionEstimate

__all__ = ["Row", "Told", "tell"]

_RUNS = 1_000


@dataclass(frozen=True)
class Row:
    """The same session under one model."""

    name: str
    estimate: SessionEstimate
    ratio: Decimal | None
    """Its total in totals of the first; None where that is free or in another currency."""


@dataclass(frozen=True)
class Told:
    """Everything that is known of a session."""

    session: Session
    estimate: SessionEstimate
    formula: ClosedForm | None
    """None where the steps are not alike."""
    spread: SessionRuns | None
    """How the cost spreads where something is drawn."""
    rows: tuple[Row, ...]
    """This model first, others as they were named."""
    failures: tuple[UnpricedError, ...]

    def data(self, *, ledger: bool) -> dict[str, Any]:
        """Return it as data, the total first; the ledger where it was asked for."""
        each = self.estimate
        names = [name for name in each.__dataclass_fields__ if name != "steps"]
        found: dict[str, Any] = {
            "total": each.total,
            "currency": each.currency,
            **{name: getattr(each, name) for name in names},
            "saved": each.saved,
            "saved_ratio": each.saved_ratio,
            "misses": each.misses,
            "calls": len(each.steps),
        }
        if self.formula is not None:
            found["closed_form"] = self.formula
        if self.spread is not None:
            found["spread"] = _spread(self.spread)
        if len(self.rows) + len(self.failures) > 1:
            found["results"] = [_row(row) for row in self.rows]
            found["unpriced"] = [failure.data() for failure in self.failures]
        if ledger:
            found["steps"] = [_step(step) for step in each.steps]
        return found


def _spread(runs: SessionRuns) -> dict[str, Any]:
    names = ("runs", "mean", "p50", "p80", "p90", "p95", "hit_ratio")
    return {name: getattr(runs, name) for name in names}


def _row(row: Row) -> dict[str, Any]:
    each = row.estimate
    return {
        "name": row.name,
        "model": each.model,
        "provider": each.provider,
        "total": each.total,
        "currency": each.currency,
        "ratio": row.ratio,
        "hit_ratio": each.hit_ratio,
        "saved": each.saved,
        "exceeded": len(each.exceeded),
        "assumptions": each.assumptions,
    }


def _step(step: Any) -> dict[str, Any]:
    names = ("index", "kind", "branch", "at", "context", "read", "written", "fresh", "output",
             "miss", "over_window", "running")  # fmt: skip
    return {"total": step.cost.total, **{name: getattr(step, name) for name in names}}


def tell(
    session: Session,
    terms: dict[str, Any],
    registry: Registry,
    *,
    others: Sequence[str],
    runs: int | None,
) -> Told:
    """Return what a session costs, under its model and under others."""
    at = datetime.now(UTC) if terms["at"] is None else terms["at"]
    terms = {**terms, "at": at, "registry": registry}
    estimate = session.estimate(**terms)
    try:
        formula = session.closed_form(**terms)
    except UsageError:  # steps that differ have no formula
        formula = None
    rows, failures = _rows(session, estimate, others, terms)
    return Told(session, estimate, formula, _drawn(session, terms, runs), rows, failures)


def _drawn(session: Session, terms: dict[str, Any], runs: int | None) -> SessionRuns | None:
    """Return the spread of the cost, where something is drawn or somebody asks."""
    sure = {0, 1}
    if runs is None and session.miss_ratio in sure and session.warm_start_ratio in sure:
        return None
    from costcalc.cli.progress import progress
    from costcalc.sessions.runs import estimate_runs

    number = runs or _RUNS
    with progress(f"simulating {number:,} runs", number) as advance:
        done = 0

        def show(now: int, _: int | None) -> None:
            nonlocal done
            advance(now - done)
            done = now

        return estimate_runs(session, number, progress=show, **terms)


def _rows(
    session: Session, first: SessionEstimate, others: Sequence[str], terms: dict[str, Any]
) -> tuple[tuple[Row, ...], tuple[UnpricedError, ...]]:
    """Return the session under every model; a model that has no price does not stop the others."""
    rows = [Row(session.model or first.model, first, amounts.quotient(first.total, first.total))]
    failures: list[UnpricedError] = []
    for name in dict.fromkeys(others):
        try:
            found = session.estimate(name, **{**terms, "provider": None})
        except CostcalcError as error:
            failures.append(UnpricedError(name, str(error), type(error).__name__))
            continue
        same = found.currency == first.currency
        rows.append(Row(name, found, amounts.quotient(found.total, first.total) if same else None))
    return tuple(rows), tuple(failures)
