"""What others published about the cost of many sessions, and a reference run, found again.

The table is of agent sessions whose cost is log-normal with the median $0.61 and sigma 2.42, each
capped at $600. The parameters are those of TraceLab (arXiv 2606.30560, 2026-06-29), whose sessions
have P50 $0.61 and P99 $178.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from math import exp
from pathlib import Path
from typing import Any

import pytest

import costcalc
from costcalc import Registry
from costcalc.planning.forecast import Forecast
from costcalc.planning.numbers import Z90
from costcalc.planning.plan import Plan

pytestmark = pytest.mark.untraced  # thousands of sessions
D = Decimal


@pytest.fixture(autouse=True, scope="module")
def fewer_sessions() -> Iterator[None]:
    """Simulate half as many sessions, which is enough for what is compared here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("costcalc.planning.pools._MOST", 8192)
        yield


LAB = Registry.from_yaml("provider: lab\nmodels: {writer: {input: 0, output: 1}}\n")
P90 = round(610_000 * exp(2.42 * Z90))
EXAMPLE = Path(costcalc.__file__).parent.parent / "examples" / "plan.yaml"


def sessions(count: int, *, cap: str = "600", sigma: str = "0") -> Forecast:
    """Return what so many sessions cost: each is one reply, at a dollar a million tokens."""
    return Plan.from_yaml(
        f"""
version: 1
project: tail
period: {{start: 2026-01-01, months: 1}}
simulation: {{seed: 1}}
workloads:
  agent:
    model: lab/writer
    documents: {count}
    shared_sigma: {sigma}
    input_tokens_per_document: 0
    output_tokens_per_document: {{p50: 610000, p90: {P90}}}
    caps: {{cost_per_session_usd: {cap}}}
"""
    ).forecast(10_000, registry=LAB)


TABLE = [
    # sessions, mean, P50, P90, P95, P95 / mean, and that with a shared factor of sigma 0.3
    (20, 180, 108, 440, 639, "3.56", None),
    (100, 883, 801, 1450, 1679, "1.90", "2.14"),
    (500, 4462, 4411, 5689, 6116, "1.37", "1.71"),
    (2000, 17737, 17648, 20221, 20859, "1.18", "1.61"),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]} sessions")
def test_the_heavy_tail_table_is_found_again(row: Any) -> None:
    count, mean, p50, p90, p95, ratio, shared = row
    found = sessions(count)
    near = D("0.02") if count > 20 else D("0.06")  # 20 sessions: the table's own runs are noisy
    assert found.mean == pytest.approx(D(mean), rel=near)
    assert found.p50 == pytest.approx(D(p50), rel=near)
    assert found.p90 == pytest.approx(D(p90), rel=near)
    assert found.p95 == pytest.approx(D(p95), rel=near)
    assert found.p95 / found.mean == pytest.approx(D(ratio), rel=near)
    # the median of a session times their number is a fifteenth of what they cost
    assert 14 < found.mean / (count * D("0.61")) < 15
    if shared is not None:
        wider = sessions(count, sigma="0.3")
        assert wider.mean == pytest.approx(found.mean, rel=near)
        assert wider.p95 / wider.mean == pytest.approx(D(shared), rel=near)


@pytest.mark.parametrize(
    ("cap", "mean", "reached"),
    [("600", "8.91", "0.0022"), ("100", "6.06", "0.017"), ("25", "3.70", "0.06"),
     ("10", "2.41", "0.12")],
)  # fmt: skip
def test_a_cap_is_the_strongest_lever(cap: str, mean: str, reached: str) -> None:
    part = sessions(100, cap=cap).workloads["agent"]
    assert part.unit_cost == pytest.approx(D(mean), rel=D("0.005"))
    assert part.caps[0].reached_ratio == pytest.approx(float(reached), rel=0.06)
    assert part.caps[0].saved > 0


def test_median_and_p90_come_back_from_what_was_drawn() -> None:
    part = sessions(100, cap="1000000").workloads["agent"]
    assert part.unit_p50 == pytest.approx(D("0.61"), rel=D("0.001"))
    assert part.unit_p90 == pytest.approx(D(P90) / 1_000_000, rel=D("0.002"))


@cache
def atlas() -> Forecast:
    """Return the forecast of the example; a fixture would be traced."""
    return Plan.from_yaml(EXAMPLE).forecast(4000)


@pytest.mark.parametrize(
    ("figure", "published"),
    [("mean", 4960), ("p50", 4920), ("p80", 5810), ("p90", 6280), ("p95", 6640)],
)
def test_the_reference_run_of_the_example_is_found_again(figure: str, published: int) -> None:
    # 4,000 runs at Sonnet 3/.30/3.75/15, Flash 0.30/2.50 halved, gpt-5 1.25/.125/10, which are the
    # bundled prices of the plan's months; it had nights of 30 days a month, here they are 91
    assert getattr(atlas(), figure) == pytest.approx(D(published), rel=D("0.01"))


@pytest.mark.parametrize(
    ("name", "mean", "ratio", "retried"),
    # a prompt that is sent again finds all of itself: one in 28, of which else 38 % are found
    [
        ("coding_agent", 2380, 0.94, 0.0),
        ("rag_chat", 2480, 0.38, 0.022),
        ("nightly_summary", 92, 0.0, 0.0),
    ],
)
def test_its_workloads_and_their_hit_ratios_are_found_again(
    name: str, mean: int, ratio: float, retried: float
) -> None:
    part = atlas().workloads[name]
    assert part.mean == pytest.approx(D(mean), rel=D("0.05"))
    assert part.hit_ratio == pytest.approx(ratio + retried, abs=0.01)
    assert part.closed_form_mean == pytest.approx(part.mean, rel=D("0.01"))


def test_the_example_at_the_stated_rates_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("costcalc.planning.pools._MOST", 256)
    rates = Registry.from_yaml(
        """
provider: lab
models:
  claude-sonnet-4-6:
    cache: {explicit: {min_tokens: 1024, ttl: {cache_write: 5m}, refresh_on_read: true}}
    input: 3
    cache_read: 0.30
    cache_write: 3.75
    output: 15
  gemini-2.5-flash:
    {input: 0.30, output: 2.50, rules: [{if: {batch: true}, times: 0.5}]}
  gpt-5:
    cache: {automatic: {min_tokens: 1024, increment: 128}}
    input: 1.25
    cache_read: 0.125
    output: 10
"""
    )
    bundled = Plan.from_yaml(EXAMPLE)
    plan = bundled.replace(
        {
            "coding_agent.model": "lab/claude-sonnet-4-6",
            "nightly_summary.model": "lab/gemini-2.5-flash",
            "rag_chat.model": "lab/gpt-5",
        }
    )
    stated, mean = plan.forecast(200, registry=rates), bundled.forecast(200).mean
    assert stated.mean == pytest.approx(mean, rel=D("0.0001"))
