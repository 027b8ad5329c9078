"""What planning finds is the same whatever decimal context its caller works in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import ROUND_UP, Decimal, localcontext

import pytest

import costcalc.planning.pools as pools_module
from costcalc import Plan, Registry, Usage, UsageError, diff
from costcalc.logs import LogRecord
from costcalc.planning.backtest import backtest
from costcalc.planning.calibrate import calibrate
from costcalc.planning.drivers import drivers
from costcalc.planning.numbers import Quantiles, Range
from costcalc.planning.what_if import at_hit_ratios, what_if

PRICES = Registry.from_yaml(
    """
provider: acme
cache: {automatic: {ttl: {cache_read: 5m}}}
models:
  small: {input: 1.37, cache_read: 0.173, output: 9.91}
"""
)
PLAN = Plan.from_yaml(
    """
version: 1
project: desk
period: {start: 2026-09-01, months: 2}
phases: [{name: slow, months: 1, scale: 0.37}, {name: full, months: 1}]
simulation: {samples: 100}
workloads:
  code:
    model: small
    sessions_per_day: 10.7
    growth_ratio_per_month: 0.0371
    steps_per_session: {p50: 5, p90: 9}
    system_tokens: 3_001
    input_tokens_per_step: {low: 51, likely: 97, high: 211}
    output_tokens_per_step: 143
    retry_rate: 0.0173
    cache: {miss_ratio: 0.0567}
"""
)
DEARER = PLAN.replace({"code.output_tokens_per_step": 187, "code.retry_rate": Decimal("0.021")})
MONDAY = datetime(2026, 9, 7, 10, tzinfo=UTC)


def _month() -> list[LogRecord]:
    """Sessions of three weeks, of 3 to 37 calls that come at intervals of up to 43 seconds."""
    found: list[LogRecord] = []
    for number in range(60):
        at, prompt, read = MONDAY + timedelta(hours=7 * number), 3_007, 0
        for step in range(37 if number % 7 == 3 else 3 + number % 4):
            at += timedelta(seconds=4 + 13 * (step % 4))
            usage = Usage(
                input_tokens=prompt, cache_read_tokens=read, output_tokens=101 + 7 * (step % 5),
                reasoning_tokens=13,
            )  # fmt: skip
            found.append(LogRecord(usage=usage, model="small", at=at, session=str(number)))
            prompt, read = prompt + 307 + 11 * (step % 3), prompt if step % 6 else 0
    return found


def _too_high() -> str:
    try:
        return str(at_hit_ratios(PLAN, {"code": "0.98765"}, samples=100, registry=PRICES))
    except UsageError as error:
        return str(error)


FOUND: dict[str, Callable[[], str]] = {
    "a forecast": lambda: PLAN.forecast(registry=PRICES).model_dump_json(),
    "a difference": lambda: diff(PLAN, DEARER, registry=PRICES).model_dump_json(),
    "drivers": lambda: drivers(PLAN, samples=100, registry=PRICES).model_dump_json(),
    "a calibration": lambda: calibrate(PLAN, _month(), registry=PRICES).model_dump_json(),
    "a backtest": lambda: backtest(PLAN, _month(), registry=PRICES).model_dump_json(),
    "a what-if": lambda: what_if(
        PLAN, {"code.output_tokens_per_step": "+12.5%", "code.system_tokens": "-7.75%"}
    ).model_dump_json(),
    "misses at a hit ratio": lambda: at_hit_ratios(
        PLAN, {"code": "0.61"}, samples=100, registry=PRICES
    ).model_dump_json(),
    "a hit ratio that cannot be": _too_high,
    "a range": lambda: str((Range.model_validate(RANGE).mean, Range.model_validate(RANGE).ends)),
    "quantiles": lambda: str([f(Quantiles.model_validate(TAIL)) for f in QUESTIONS]),
}
RANGE = {"low": 7, "likely": 11, "high": 31}
TAIL = {"p50": 7, "p90": 29}
QUESTIONS: tuple[Callable[[Quantiles], object], ...] = (
    lambda tail: tail.mean,
    lambda tail: tail.ends,
    lambda tail: tail.sigma,
    lambda tail: tail.times(Decimal("1.37")),
)


@pytest.fixture(autouse=True)
def small_pools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools_module, "_CALLS", 2_000)
    monkeypatch.setattr(pools_module, "_FEWEST", 64)
    monkeypatch.setattr(pools_module, "_MOST", 128)


@pytest.mark.parametrize("found", FOUND.values(), ids=FOUND)
def test_a_result_is_the_same_in_any_context(found: Callable[[], str]) -> None:
    usual = found()
    with localcontext() as context:
        context.prec, context.rounding = 3, ROUND_UP
        assert found() == usual
