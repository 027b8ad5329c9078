"""What is to be said of a session, as labelled sentences."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from costcalc.cli import amounts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from costcalc.cli.sessions import Told
    from costcalc.sessions.closed_form import ClosedForm
    from costcalc.sessions.presets import Preset
    from costcalc.sessions.runs import SessionRuns
    from costcalc.sessions.session import Session
    from costcalc.sessions.session_estimate import LedgerStep, SessionEstimate

__all__ = ["facts", "missed", "rows_said", "share"]

_MINUTE = 60
_HOUR = 3_600
_NAMED = 6  # rows of the ledger that a sentence names one by one
_MISSES = {"below_min": "too short", "ttl": "expired", "model": "other model"}


def missed(step: LedgerStep) -> str:
    """Return why a call read less than it could, in a word or two."""
    return _MISSES.get(step.miss or "", step.miss or "")


def share(ratio: float | None) -> str:
    """Return a ratio as a percentage."""
    return amounts.share(None if ratio is None else Decimal(str(round(ratio, 6))))


def facts(told: Told, *, folded: int) -> Iterator[tuple[str, str]]:
    """Iterate over what is known of a session, as labelled sentences."""
    found = told.estimate
    when = amounts.moment(found.at)
    yield "session", f"{amounts.counted(len(found.steps), 'call')} of {found.model} from {when} on"
    if told.preset is not None:
        yield "preset", _about_preset(told.preset)
    yield "cache", _about_cache(found)
    yield "saved", _about_saving(found)
    if told.spread is not None:
        yield "spread", _about_spread(told.spread, told.session.seed)
    yield from _about_growth(found)
    yield "context", _about_window(found)
    yield "takes", _about_time(told.session, found)
    if told.formula is not None:
        yield "formula", _about_formula(told.formula)
    if folded:
        yield "ledger", f"{folded:,} like calls are folded; --csv and --json list each of them"
    for failure in told.failures:
        yield "unpriced", f"{failure.name}: {failure.message}"
    for text, models in _assumed(told).items():
        head = "" if len(told.rows) == 1 else f"{', '.join(models)}: "
        yield "assumed", f"{head}{text}"


def _assumed(told: Told) -> dict[str, list[str]]:
    """Return every assumption once, with the models that it is about."""
    found: dict[str, list[str]] = {}
    for row in told.rows:
        each = row.estimate
        for text in dict.fromkeys(one.text for one in (*each.assumptions, *each.cost.assumptions)):
            found.setdefault(text, []).append(each.model)
    return found


_KINDS = {
    "mean": "mean counts of many sessions",
    "median": "medians of many sessions; a budget multiplies means, which lie far above",
    "P90": "a length that nine in ten sessions stay below; a budget multiplies means",
}


def _about_preset(preset: Preset) -> str:
    return f"{preset.name}: {_KINDS[preset.kind]}; sources: --presets --preset {preset.name}"


def _about_cache(found: SessionEstimate) -> str:
    if found.policy.kind == "none":
        return "none: every token is paid in full"
    misses = {reason: count for reason, count in found.misses.items() if reason != "first"}
    named = ", ".join(f"{count:,} ({_MISSES.get(name, name)})" for name, count in misses.items())
    said = f"; misses: {named}" if named else ""
    return f"{found.policy}; hit ratio {share(found.hit_ratio)} of all input tokens{said}"


def _about_saving(found: SessionEstimate) -> str:
    without, saved = amounts.rounded([found.uncached, abs(found.saved)], found.currency)
    if not found.saved:
        return f"nothing: {without} without a cache"
    if found.saved < 0:
        return f"nothing: caching costs {saved} more than no cache, which is {without}"
    return f"{saved} of {without} without a cache, {share(found.saved_ratio)}"


def _about_spread(runs: SessionRuns, seed: int) -> str:
    if runs.totals[0] == runs.totals[-1]:
        (each,) = amounts.rounded([runs.mean], runs.currency)
        return f"none: each of {amounts.counted(runs.runs, 'run')} costs {each}"
    mean, p50, p90, p95 = amounts.rounded([runs.mean, runs.p50, runs.p90, runs.p95], runs.currency)
    return (
        f"mean {mean}, P50 {p50}, P90 {p90}, P95 {p95} over {runs.runs:,} runs, hit ratio "
        f"{share(runs.hit_ratio)}; the table is the run of seed {seed}"
    )


def _about_growth(found: SessionEstimate) -> Iterator[tuple[str, str]]:
    """Say how calls become dearer as the conversation grows."""
    calls = [step for step in found.steps if step.kind == "step"]
    if len(calls) == 1:
        return
    shown = {"the first call costs": calls[0], "the second": calls[1], "the last": calls[-1]}
    if calls[1] is calls[-1]:
        del shown["the last"]
    costs = amounts.rounded([step.cost.total for step in shown.values()], found.currency)
    said = ", ".join(f"{name} {cost}" for name, cost in zip(shown, costs, strict=True))
    steps = {later.context - call.context for call, later in pairwise(calls)}
    if len(steps) == 1:
        more = f"each prompt is {steps.pop():,} tokens longer than the one before"
    else:
        more = f"prompts have {calls[0].context:,} to {found.peak_context:,} tokens"
    yield "growth", f"{said}; {more}"


def rows_said(rows: Sequence[int]) -> tuple[str, int]:
    """Return rows of the ledger as a subject, and how many it is: calls 94 to 300."""
    number = len(rows)
    if number == 1:
        return f"call {rows[0]:,}", 1
    if rows[-1] - rows[0] == number - 1:
        return f"calls {rows[0]:,} to {rows[-1]:,}", number
    if number <= _NAMED:
        return f"calls {', '.join(f'{each:,}' for each in rows)}", number
    return f"{number:,} calls from call {rows[0]:,} on", number


def _about_window(found: SessionEstimate) -> str:
    longest = f"longest prompt {found.peak_context:,} tokens"
    if found.context_window is None:
        return f"{longest}; the context window is not known"
    window = f"{longest}, window {found.context_window:,}"
    if not found.exceeded:
        return window
    rows, number = rows_said(found.exceeded)
    return f"{window}; {rows} {'exceeds' if number == 1 else 'exceed'} it with the reply"


def _about_time(session: Session, found: SessionEstimate) -> str:
    """Return how long the session takes: what is waited for, and what is written."""
    gap = session.gap
    waits = sum(gap[1:], timedelta()) if isinstance(gap, tuple) else gap * (session.length - 1)
    waited = Decimal(waits // timedelta(microseconds=1)).scaleb(-6)
    if found.seconds is None:
        unknown = f"the speed of {found.model} is not listed"
        return f"{_time(waited)} of waits; {unknown}" if waited else f"not known: {unknown}"
    written = f"{_time(found.seconds - waited)} of writing at the model's typical speed"
    return f"{_time(found.seconds)}: {_time(waited)} of waits, {written}" if waited else written


def _about_formula(formula: ClosedForm) -> str:
    (total,) = amounts.rounded([formula.total], formula.currency)
    same = f"without {_listed(formula.differs)}" if formula.differs else "the same"
    most = f"; hit ratio at most {share(formula.ceiling)}" if formula.ceiling else ""
    return f"{total}, {same}{most}"


def _listed(names: Sequence[str]) -> str:
    """Return names as a list in a sentence: a, b and c."""
    return " and ".join([*([", ".join(names[:-1])] if names[1:] else []), names[-1]])


def _time(seconds: Decimal) -> str:
    """Return a duration as people say it: 12 s, 3 min 20 s, 2 h 5 min."""
    whole = int(seconds.to_integral_value())
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR:,} h {whole % _HOUR // _MINUTE} min"
