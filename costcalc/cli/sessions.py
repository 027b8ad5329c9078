"""What `costcalc session` tells: the estimate, its formula, its spread, and other models."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from costcalc.cli import amounts
from costcalc.cli.comparison import UnpricedError
from costcalc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from decimal import Decimal

    from costcalc.registry.registry import Registry
    from costcalc.sessions.closed_form import ClosedForm
    from costcalc.sessions.presets import Preset
    from costcalc.sessions.runs import SessionRuns
    from costcalc.sessions.session import Session
    from costcalc.sessions.session_estimate import SessionEstimate

__all__ = ["Row", "Told", "tell"]

_RUNS = 1_000
_LONG = 10_000
"""Calls of a session that take a moment to price one by one."""


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
    preset: Preset | None = None
    """What the session was made from."""

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
        if self.preset is not None:
            found["preset"] = self.preset
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
    preset: Preset | None = None,
) -> Told:
    """Return what a session costs, under its model and under others."""
    at = datetime.now(UTC) if terms["at"] is None else terms["at"]
    terms = {**terms, "at": at, "registry": registry}
    with _seen(session):
        estimate = session.estimate(**terms)
        rows, failures = _rows(session, estimate, others, terms)
    try:
        formula = session.closed_form(**terms)
    except UsageError:  # steps that differ have no formula
        formula = None
    spread = _drawn(session, terms, runs)
    return Told(session, estimate, formula, spread, rows, failures, preset)


@contextmanager
def _seen(session: Session) -> Generator[None]:
    """Show that a long session is being simulated."""
    if session.length < _LONG:
        yield
        return
    from costcalc.cli.progress import progress

    with progress(f"simulating {session.length:,} calls", None):
        yield


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
    if not others:
        return tuple(rows), ()
    from costcalc.estimate.compare import priced_each
    from costcalc.estimate.terms import Offer, Terms

    rest = ("provider", "at", "registry")  # another model is looked up by its own name alone
    named = {name: value for name, value in terms.items() if name not in rest}
    offers = [Offer(name, name) for name in dict.fromkeys(others)]
    shared = Terms.of(session, terms["registry"], terms["at"], named)
    found, errors = priced_each(session, offers, shared)
    for row in found:
        assert row.session is not None  # noqa: S101 - for the type checker
        same = row.currency == first.currency
        times = amounts.quotient(row.total, first.total) if same else None
        rows.append(Row(row.name, row.session, times))
    failures = (UnpricedError(name, str(error), type(error).__name__) for name, error in errors)
    return tuple(rows), tuple(failures)
