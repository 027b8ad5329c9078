"""Sessions simulated beside their calls priced by hand: `python benchmarks/sessions.py`.

No peer simulates a session. What a program does without it is to work out by itself what each call
reads, writes and sends, and to price them one by one: that second half alone is the measure. The
fifty usages are ready before the clock runs; costcalc also grows the context, asks the cache, and
adds up. All run in turn, the garbage collector off, so that a busy machine weighs on all alike.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from statistics import median
from time import perf_counter, process_time
from typing import Any

import costcalc

__all__ = ["BARS", "Sessions", "as_data", "as_text", "judged", "measure"]

_STEPS, _SESSIONS, _BATCH, _MOST_RUNS = 50, 10_000, 100, 10
_AT = "2025-09-07T00:00Z"
_SHAPE: dict[str, Any] = {
    "system_tokens": 20_000,
    "input_tokens_per_step": 1_500,
    "output_tokens_per_step": 400,
}
_MODELS = {"grok-code-fast-1": "x-ai", "gpt-5": "openai", "claude-sonnet-4-20250514": "anthropic"}
"""What is measured, with genai-prices' name of who sells it."""
_LEDGER, _MANY, _BY_HAND = "estimate", "estimate_sessions", "genai-prices"

BARS = {_LEDGER: 2.0, _MANY: 0.25}
"""At most, beside fifty prices by hand: of a session with its ledger, which prices each call twice,
with its cache and without, and of one among many."""

Say = Callable[[str], None]


@dataclass
class Sessions:
    """Processor seconds of one session by model and contestant, run by run, and of ten thousand."""

    seconds: dict[str, dict[str, list[float]]] = field(
        default_factory=dict[str, dict[str, list[float]]]
    )
    failed: str = ""
    """Why nothing stands beside costcalc; empty where it does."""
    whole: float = 0
    """Wall seconds of ten thousand sessions of fifty steps with drawn misses."""
    total: str = ""
    """What these cost together, in dollars."""
    checked: int = 0
    """How many of them were priced again call by call in rational arithmetic."""


def measure(runs: int, say: Say) -> Sessions:
    """Measure one session under each model, then ten thousand."""
    found = Sessions()
    peer = _peer(found)
    for model, seller in _MODELS.items():
        say(f"sessions: {model}")
        contestants = _contestants(model, seller, peer)
        found.seconds[model] = _in_turn(contestants, min(runs, _MOST_RUNS))
    say(f"sessions: {_SESSIONS:,} of {_STEPS} steps")
    _ten_thousand(found)
    return found


def _peer(found: Sessions) -> Any:
    try:
        import genai_prices  # pyright: ignore[reportMissingImports] - in the throw-away environment
    except ImportError as error:
        found.failed = f"genai-prices is not installed: {error}"
        return None
    return genai_prices


def _contestants(model: str, seller: str, peer: Any) -> dict[str, Callable[[], int]]:
    """Return what is timed; each returns how many sessions it did."""
    session = costcalc.Session(model=model, steps=_STEPS, **_SHAPE)
    many = [session.replace(seed=number, miss_ratio="3%") for number in range(_BATCH)]
    usages = [step.usage for step in session.estimate(at=_AT).steps]

    def ledger() -> int:
        return len(session.estimate(at=_AT).steps) // _STEPS

    def all_at_once() -> int:
        return costcalc.estimate_sessions(many, at=_AT).runs

    found: dict[str, Callable[[], int]] = {_LEDGER: ledger, _MANY: all_at_once}
    if peer is not None:
        theirs = [
            peer.Usage(
                input_tokens=usage.input_tokens,
                cache_read_tokens=usage.cache_read_tokens,
                cache_write_tokens=usage.cache_write_tokens,
                output_tokens=usage.output_tokens,
            )
            for usage in usages
        ]

        def by_hand() -> int:
            sum(peer.calc_price(each, model, provider_id=seller).total_price for each in theirs)
            return 1

        found[_BY_HAND] = by_hand
    return found


def _in_turn(contestants: dict[str, Callable[[], int]], runs: int) -> dict[str, list[float]]:
    """Return processor seconds of one session, run by run; who begins changes."""
    names = list(contestants)
    for name in names:
        contestants[name]()  # what is looked up once
    found: dict[str, list[float]] = {name: [] for name in names}
    for run in range(runs):
        place = run % len(names)
        for name in names[place:] + names[:place]:
            gc.collect()
            gc.disable()
            try:
                before = process_time()
                done = contestants[name]()
                found[name].append((process_time() - before) / done)
            finally:
                gc.enable()
    return found


def _ten_thousand(found: Sessions) -> None:
    """Simulate ten thousand sessions; price some of them again, call by call, in rationals."""
    base = costcalc.Session(model="claude-sonnet-4-20250514", steps=_STEPS, **_SHAPE)
    held = [base.replace(seed=number, miss_ratio="3%") for number in range(_SESSIONS)]
    before = perf_counter()
    spread = costcalc.estimate_sessions(held, at=_AT)
    found.whole = perf_counter() - before
    found.total = f"{spread.total:f}"
    totals = set(spread.totals)
    for session in held[:: _SESSIONS // 20]:
        estimate = session.estimate(at=_AT)
        exact = sum((_rational(step.usage) for step in estimate.steps), Fraction(0))
        if Fraction(estimate.total) != exact or estimate.total not in totals:
            msg = f"a session of seed {session.seed} is not exact: {estimate.total} and {exact}"
            raise AssertionError(msg)
        found.checked += 1


def _rational(usage: costcalc.Usage) -> Fraction:
    """Return what a call costs at 3, 0.30, 3.75 and 15 a million tokens."""
    fresh = usage.input_tokens - usage.cache_read_tokens - usage.cache_write_tokens
    read, written = usage.cache_read_tokens, usage.cache_write_tokens
    units = fresh * 300 + read * 30 + written * 375 + usage.output_tokens * 1_500
    return Fraction(units, 10**8)


# --- what it came to ------------------------------------------------------------------------------


def judged(found: Sessions) -> Iterator[tuple[str, float, tuple[float, float]]]:
    """Iterate over what has a bar: what, at most, and the worst ratio of minima and of medians."""
    for name, limit in BARS.items():
        ratios = [each for each in (_ratio(found, model, name) for model in found.seconds) if each]
        if ratios:
            what = f"sessions, {name} ÷ {_STEPS} prices by hand"
            yield what, limit, (max(each[0] for each in ratios), max(each[1] for each in ratios))


def _ratio(found: Sessions, model: str, name: str) -> tuple[float, float] | None:
    seconds = found.seconds[model]
    if _BY_HAND not in seconds:
        return None
    ours, theirs = seconds[name], seconds[_BY_HAND]
    return min(ours) / min(theirs), median(ours) / median(theirs)


def as_text(found: Sessions) -> str:
    """Return the findings as plain text."""
    lines = [f"  {'':<28}{'one session':>14}{'÷ by hand':>12}{'of many':>12}{'÷ by hand':>12}"]
    for model, seconds in found.seconds.items():
        cells: list[str] = []
        for name in (_LEDGER, _MANY):
            ratio = _ratio(found, model, name)
            cells += [f"{min(seconds[name]) * 1e3:.2f} ms", f"{ratio[0]:.2f}" if ratio else "–"]
        widths = (14, 12, 12, 12)
        row = "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
        lines.append(f"  {model:<28}{row}")
    lines.append(
        f"  {_SESSIONS:,} sessions of {_STEPS} steps with drawn misses: {found.whole:.1f} s, "
        f"{found.total} dollars; {found.checked} of them checked in rational arithmetic"
    )
    if found.failed:
        lines.append(f"  {found.failed}")
    return "\n".join(lines)


def as_data(found: Sessions) -> dict[str, Any]:
    """Return the findings as JSON data."""
    return {
        "seconds": found.seconds,
        "failed": found.failed,
        "ten_thousand_seconds": found.whole,
        "ten_thousand_total": found.total,
        "checked": found.checked,
    }


def main() -> int:
    """Measure by the costcalc that is importable."""
    print(as_text(measure(_MOST_RUNS, lambda text: print(text, file=sys.stderr))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
