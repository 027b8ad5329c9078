"""The four measurements: fresh starts, memory, warm calls, and exactness.

Whatever is compared is run in turn (A B A B ...), so that a machine's ups and downs fall on all
alike; of each series the minimum and the median are kept.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fractions import Fraction
from itertools import repeat
from statistics import median
from time import perf_counter
from typing import Any

from cases import CASES, Call, Case
from peers import GENAI_PRICES, OURS, PEERS, CannotExpressError, Peer

__all__ = [
    "BARE",
    "SCENARIOS",
    "Answer",
    "Scenario",
    "Series",
    "Starts",
    "exactness",
    "loaded",
    "memory",
    "starts",
    "warm",
]

BARE = "bare interpreter"
_TIMEOUT = 120
_BATCH_SECONDS = 0.004
_LEAST_CALLS = 3
_ROUNDING = Fraction(1, 10**9)
_WIDTH = 100

Say = Callable[[str], None]


@dataclass(frozen=True)
class Series:
    """What one contestant took, run by run; or why it could not run."""

    values: tuple[float, ...] = ()
    failed: str = ""
    total: str = ""

    @property
    def least(self) -> float:
        """Smallest value."""
        return min(self.values)

    @property
    def middle(self) -> float:
        """Median value."""
        return median(self.values)


def loaded(say: Say) -> dict[str, str]:
    """Import every library here; return the versions of those that came, and why others did not."""
    found: dict[str, str] = {}
    for peer in PEERS:
        say(f"importing {peer.distribution}")
        try:
            with _quiet():
                peer.load()
            found[peer.distribution] = peer.version
        except Exception as error:  # noqa: BLE001 - a peer's trouble is a finding, not ours
            found[peer.distribution] = f"missing: {_short(error)}"
    return found


@contextmanager
def _quiet() -> Generator[None]:
    """Keep what libraries print away from the report; warnings are raised, and shown to nobody."""
    shown = warnings.showwarning
    warnings.showwarning = lambda *_, **__: None
    try:
        with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
            yield
    finally:
        warnings.showwarning = shown


def _short(error: BaseException) -> str:
    said = error.args[0] if isinstance(error, KeyError) and error.args else error
    text = f"{type(error).__name__}: {' '.join(str(said).split())}"
    return f"{text[:_WIDTH]} …" if len(text) > _WIDTH else text


# --- fresh processes ------------------------------------------------------------------------------


@dataclass
class Starts:
    """Wall and processor seconds of fresh processes, by contestant."""

    wall: dict[str, Series] = field(default_factory=dict[str, Series])
    cpu: dict[str, Series] = field(default_factory=dict[str, Series])


def starts(runs: int, say: Say) -> Starts:
    """Time fresh processes that import a library and price one call, the bare one first."""
    programs = {BARE: "", **{each.distribution: each.first_price for each in PEERS}}
    wall: dict[str, list[float]] = {name: [] for name in programs}
    cpu: dict[str, list[float]] = {name: [] for name in programs}
    failed = _rehearse(programs, say)
    for run in range(runs):
        say(f"first price in a fresh process, run {run + 1} of {runs}")
        for name in _running(programs, failed):
            before, used = perf_counter(), _children_seconds()
            _run(programs[name])
            wall[name].append(perf_counter() - before)
            cpu[name].append(_children_seconds() - used)
    return Starts(_series(wall, failed), _series(cpu, failed))


def memory(runs: int, say: Say) -> dict[str, Series]:
    """Return the peak resident bytes of fresh processes after a first price."""
    programs = {BARE: _PEAK, **{each.distribution: each.first_price + _PEAK for each in PEERS}}
    found: dict[str, list[float]] = {name: [] for name in programs}
    failed = _rehearse(programs, say)
    for run in range(runs):
        say(f"memory after the first price, run {run + 1} of {runs}")
        for name in _running(programs, failed):
            found[name].append(float(_run(programs[name]).split()[-1]))
    return _series(found, failed)


# The process says its own peak: what its parent is told may count the parent's memory at the fork.
_PEAK = """
try:
    with open("/proc/self/status", "rb") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith(b"VmHWM")) * 1024
except OSError:
    import resource, sys
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak *= 1 if sys.platform == "darwin" else 1024
print(peak)
"""


def _rehearse(programs: dict[str, str], say: Say) -> dict[str, str]:
    """Run each program once, so that all have their bytecode; return those that fail, and why."""
    failed: dict[str, str] = {}
    for name, program in programs.items():
        say(f"rehearsing {name}")
        try:
            _run(program)
        except subprocess.CalledProcessError as error:
            lines = (error.stderr or "").strip().splitlines()
            failed[name] = lines[-1][:_WIDTH] if lines else f"exit code {error.returncode}"
        except subprocess.TimeoutExpired:
            failed[name] = f"took more than {_TIMEOUT} seconds"
    return failed


def _running(programs: dict[str, str], failed: dict[str, str]) -> list[str]:
    return [name for name in programs if name not in failed]


def _run(program: str) -> str:
    """Run a program in a fresh process of its own, away from this folder's modules."""
    given = {name: value for peer in PEERS for name, value in peer.environment.items()}
    done = subprocess.run(
        [sys.executable, "-I", "-c", program],
        capture_output=True,
        check=True,
        cwd=tempfile.gettempdir(),
        encoding="utf-8",
        env={**os.environ, **given},
        timeout=_TIMEOUT,
    )
    return done.stdout


def _children_seconds() -> float:
    """Return the processor seconds of all children that ended."""
    times = os.times()
    with suppress(ImportError):  # finer, where there is one
        import resource

        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime
    return times.children_user + times.children_system


def _series(values: dict[str, list[float]], failed: dict[str, str]) -> dict[str, Series]:
    return {name: Series(tuple(each), failed.get(name, "")) for name, each in values.items()}


# --- warm calls -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scenario:
    """Calls that are priced in turn, again and again, in one process."""

    name: str
    calls: tuple[Call, ...]
    how: str = "total"
    bar: float | None = None


def _call(model: str, at: str | None = None, provider: str = "xai") -> Call:
    return Call(
        provider=provider,
        model=model,
        at=datetime.fromisoformat(at).replace(tzinfo=UTC) if at else None,
        input_tokens=10_000,
        cache_read_tokens=8_000,
        output_tokens=500,
    )


_TOTAL_BAR, _LINES_BAR = 0.12, 0.3
_CODE_FAST, _CODE_FAST_THEN = _call("grok-code-fast-1"), _call("grok-code-fast-1", "2025-09-07")
_PERIODS = tuple(_call("gpt-5.6-sol", day, "openai") for day in ("2026-08-20", "2026-08-22"))
_THOUSAND = 1_000

SCENARIOS = (
    Scenario("total: grok-code-fast-1, a retired id", (_CODE_FAST,), bar=_TOTAL_BAR),
    Scenario("total: the same, at= a day it was sold", (_CODE_FAST_THEN,), bar=_TOTAL_BAR),
    Scenario("total: grok-4.3, which has a context tier", (_call("grok-4.3"),), bar=_TOTAL_BAR),
    Scenario("total: gpt-4.1-mini", (_call("gpt-4.1-mini", None, "openai"),), bar=_TOTAL_BAR),
    Scenario("total: two periods in turn, at=", _PERIODS),
    Scenario("lines read: grok-code-fast-1, at=", (_CODE_FAST_THEN,), "lines", _LINES_BAR),
    Scenario("lines read: gpt-4.1-mini", (_call("gpt-4.1-mini", None, "openai"),), "lines",
             _LINES_BAR),
    Scenario("usage built and total: grok-4.3", (_call("grok-4.3"),), "usage"),
)  # fmt: skip


def warm(rounds: int, say: Say) -> list[tuple[Scenario, dict[str, Series]]]:
    """Time calls of libraries that are loaded, batch by batch in turn."""
    scenarios = list(SCENARIOS)
    with _quiet():
        many = _shared_calls()
        if many:
            scenarios.append(Scenario(f"total: {len(many):,} models in turn", many))
        found: list[tuple[Scenario, dict[str, Series]]] = []
        for scenario in scenarios:
            say(f"warm: {scenario.name}")
            found.append((scenario, _warm(scenario, rounds)))
    return found


def _shared_calls() -> tuple[Call, ...]:
    """Return calls of models that ours and genai-prices know by the same exact id, 1,000 at most.

    Both must give a total for a plain call; a model of images alone has none.
    """
    try:
        theirs = GENAI_PRICES.models()
        names = GENAI_PRICES.providers
        both = [
            Call(provider=provider, model=model, input_tokens=10_000, output_tokens=500)
            for provider, model in OURS.models()
            if (names.get(provider, provider), model) in theirs
        ]
    except Exception:  # noqa: BLE001 - without the peer there is nothing to share
        return ()
    priced = [call for call in both if _prices(call)]
    count = min(len(priced), _THOUSAND)
    return tuple(priced[i * len(priced) // count] for i in range(count))


def _prices(call: Call) -> bool:
    try:
        return all(each.pricer(call)() is not None for each in (OURS, GENAI_PRICES))
    except Exception:  # noqa: BLE001 - it has no price here, and is not timed
        return False


def _warm(scenario: Scenario, rounds: int) -> dict[str, Series]:
    batches: dict[str, Callable[[], float]] = {}
    found: dict[str, Series] = {}
    for peer in PEERS:
        if len(scenario.calls) > len(_PERIODS) and peer not in (OURS, GENAI_PRICES):
            continue
        try:
            if not peer.takes_dates and any(call.at for call in scenario.calls):
                found[peer.distribution] = Series(failed="takes no date")
                continue
            pricers = [peer.pricer(call, how=scenario.how) for call in scenario.calls]
            total = str(pricers[0]())
            batches[peer.distribution] = _batch(pricers)
            found[peer.distribution] = Series(total=total)
        except Exception as error:  # noqa: BLE001 - a peer's refusal is a finding
            found[peer.distribution] = Series(failed=_short(error))
    values: dict[str, list[float]] = {name: [] for name in batches}
    for _ in range(rounds):
        for name, batch in batches.items():
            values[name].append(batch())
    for name, each in values.items():
        found[name] = replace(found[name], values=tuple(each))
    return found


def _batch(pricers: Sequence[Callable[[], object]]) -> Callable[[], float]:
    """Return a function that times one batch of calls and returns the seconds of one call."""
    for _ in range(_LEAST_CALLS):
        _time(pricers, 1)
    rounds = max(1, int(_BATCH_SECONDS / _time(pricers, 1)))
    return lambda: _time(pricers, rounds) / (rounds * len(pricers))


def _time(pricers: Sequence[Callable[[], object]], rounds: int) -> float:
    gc.collect(0)
    gc.disable()  # as timeit has it: another's garbage is nobody's fault
    try:
        if len(pricers) == 1:
            price = pricers[0]
            before = perf_counter()
            for _ in repeat(None, rounds):
                price()
            return perf_counter() - before
        before = perf_counter()
        for _ in repeat(None, rounds):
            for price in pricers:
                price()
        return perf_counter() - before
    finally:
        gc.enable()


# --- exactness ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What one library said of one case."""

    verdict: str
    """`exact`, `float` (right but for binary rounding), `wrong`, `refused`, `cannot`, `missing`."""
    detail: str = ""
    off: float | None = None
    """Share by which a wrong answer is off: 0.1 is 10 % too much."""


def exactness(say: Say) -> list[tuple[Case, dict[str, Answer]]]:
    """Price every case with every library that can express it."""
    say("exactness")
    with _quiet():
        return [
            (case, {peer.distribution: _answer(peer, case) for peer in PEERS}) for case in CASES
        ]


def _answer(peer: Peer, case: Case) -> Answer:
    try:
        peer.load()
    except Exception as error:  # noqa: BLE001 - a peer's trouble is a finding
        return Answer("missing", _short(error))
    try:
        if case.past and not peer.takes_dates:
            return Answer("cannot", "a price of the past")
        said = peer.pricer(case.call)()
    except CannotExpressError as error:
        return Answer("cannot", str(error))
    except Exception as error:  # noqa: BLE001 - a peer's refusal is a finding
        return Answer("refused", _short(error))
    return _judge(said, case.expected)


def _judge(said: Any, expected: Fraction) -> Answer:
    # the shortest text of a float is what it was meant to say
    found = Fraction(str(said))
    if found == expected:
        return Answer("exact", str(said))
    off = (found - expected) / expected
    if abs(off) < _ROUNDING:
        return Answer("float", str(said))
    return Answer("wrong", str(said), float(off))
