"""What holds of every plan: means by hand, order of quantiles, scaling, sums of parts."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from costcalc import Registry, Session
from costcalc.planning.draws import stream
from costcalc.planning.forecast import Forecast
from costcalc.planning.numbers import Quantiles, Range
from costcalc.planning.plan import Plan
from costcalc.planning.sums import Sums

D = Decimal
LAB = Registry.from_yaml(
    """
provider: lab
cache: {automatic: {min_tokens: 1024, increment: 128}}
models: {m: {input: 1.25, cache_read: 0.125, output: 10}}
"""
)
COUNTS = st.integers(0, 5_000)


@pytest.fixture(autouse=True, scope="module")
def few_sessions() -> Iterator[None]:
    """Simulate few sessions: what is shown here holds of any number."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("costcalc.planning.pools._MOST", 256)
        yield


FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def plan_of(workload: str) -> Plan:
    """Return a plan of one month with one workload."""
    return Plan.from_yaml(
        "version: 1\nproject: any\nperiod: {start: 2026-01-01, months: 1}\nworkloads:\n"
        f"  part: {{model: lab/m, {workload}}}\n"
    )


@FEW
@given(st.integers(1, 40), COUNTS, COUNTS, COUNTS, COUNTS, st.integers(1, 50))
def test_without_chance_the_forecast_is_the_session_times_its_number(
    steps: int, system: int, new: int, passing: int, made: int, many: int
) -> None:
    session = Session(
        steps=steps,
        system_tokens=system,
        input_tokens_per_step=new,
        transient_tokens_per_step=passing,
        output_tokens_per_step=made,
    )
    exact = session.estimate("lab/m", registry=LAB).cost.total
    found = plan_of(
        f"sessions: {many}, shared_sigma: 0, steps_per_session: {steps}, system_tokens: {system}, "
        f"input_tokens_per_step: {new}, transient_tokens_per_step: {passing}, "
        f"output_tokens_per_step: {made}"
    ).forecast(100, registry=LAB)
    assert abs(found.mean - many * exact) <= D("0.000001")
    assert found.p10 == found.p95


@FEW
@given(
    st.integers(1, 300),
    st.integers(1, 20),
    st.floats(0, 0.5).map(lambda number: f"{number:.3f}"),
    st.integers(0, 5),
)
def test_quantiles_are_in_order_and_parts_sum(many: int, ratio: int, sigma: str, seed: int) -> None:
    found: Forecast = plan_of(
        f"documents: {{low: {many}, likely: {2 * many}, high: {9 * many}}}, shared_sigma: {sigma}, "
        f"input_tokens_per_document: {{p50: 500, p90: {500 * ratio}}}, output_tokens_per_document: 9"
    ).forecast(100, seed, registry=LAB)
    assert list(found.percentiles) == sorted(found.percentiles)
    assert found.p10 <= found.p50 <= found.p80 <= found.p90 <= found.p95
    assert found.percentiles[0] <= found.mean <= found.percentiles[100]
    part = found.workloads["part"]
    assert part.percentiles == found.percentiles
    assert part.months[0].cumulative.mean == found.mean


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.integers(0, 10**6), st.floats(0, 1))
def test_a_range_is_drawn_between_its_ends(low: int, more: int, most: int, share: float) -> None:
    number = Range(low=D(low), likely=D(low + more), high=D(low + more + most))
    drawn = number.quantile(share)
    assert low * (1 - 1e-5) <= drawn <= (low + more + most) * (1 + 1e-5)
    assert float(number.low) <= float(number.mean) <= float(number.high)


@given(st.integers(1, 10**6), st.floats(1, 50), st.floats(0.001, 0.999), st.floats(0.001, 0.999))
def test_quantiles_rise_and_go_through_the_two_that_were_given(
    p50: int, ratio: float, one: float, other: float
) -> None:
    number = Quantiles(p50=D(p50), p90=D(p50) * D(f"{ratio:.6f}"))
    low, high = sorted((one, other))
    assert number.quantile(low) <= number.quantile(high)
    assert number.quantile(0.5) == pytest.approx(p50)
    assert number.quantile(0.9) == pytest.approx(float(number.p90))


@given(st.integers(0, 10**15), st.integers(0, 10**15), st.integers(0, 600), st.integers(0, 99))
def test_a_sum_is_between_the_least_and_the_most(
    one: int, other: int, many: int, seed: int
) -> None:
    pool, random = [one] * 9 + [other] * 7, stream(seed)
    drawn = Sums(pool, 300, random).draw(many, random)
    assert many * min(pool) <= drawn <= many * max(pool)
