"""Means of plans that share their work: each is what a forecast of the plan by itself has."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from itertools import product
from typing import Any

import pytest

import costcalc.planning.mixtures as mixtures_module
from costcalc import Registry, UsageError
from costcalc.planning.attribution import subsets
from costcalc.planning.diff import diff
from costcalc.planning.groups import GROUPS, mixed
from costcalc.planning.mixtures import Mixtures
from costcalc.planning.plan import Plan
from costcalc.planning.pools import Sampler

PRICES = Registry.from_yaml("""
provider: acme
rules: [{if: {batch: true}, times: 0.5}]
models:
  plain: {input: 1, output: 4, web_search: 10}
  dear: {input: 3, output: 8, cache: {explicit: {ttl: {cache_write: 5m}}}, cache_write: 4, cache_read: 0.3}
  moving:
    prices:
      - {until: 2026-10-10, input: 1, output: 4}
      - {from: 2026-10-10, input: 2, output: 4}
---
provider: gone
models: {ending: {input: 1, output: 1, retired: 2026-10-01}}
""")
HALF = PRICES.overlay(times="0.5", provider="acme", name="half")
PLAN = """
version: 1
project: demo
period: {start: 2026-09-01, months: 2}
simulation: {samples: 150, seed: 3}
defaults: {retry_rate: {low: 0, likely: 0.1, high: 0.3}}
workloads:
  agent:
    model: plain
    sessions_per_month: {low: 10, likely: 40, high: 90}
    steps_per_session: {p50: 3, p90: 7}
    system_tokens: 2_000
    input_tokens_per_step: {low: 100, likely: 500, high: 900}
    output_tokens_per_step: {p50: 50, p90: 200}
  docs: {model: plain, documents_per_month: 90, input_tokens_per_document: 4_000,
         output_tokens_per_document: 100}
"""
WAITS = {"share_of_steps": Decimal("0.5"), "p50_minutes": 2, "p90_minutes": 30}
CHANGES: dict[str, dict[str, Any]] = {
    "every group": {
        "agent.sessions_per_month": 60, "agent.steps_per_session": {"p50": 4, "p90": 8},
        "agent.user_gaps": WAITS, "agent.model": "dear", "agent.batch": True,
    },
    "a cap of months and a shared factor": {
        "agent.sessions_per_month": 90, "agent.shared_sigma": Decimal("0.4"),
        "agent.caps": {"cost_per_month_usd": Decimal("0.2")}, "agent.model": "dear",
    },
    "another period, phases and a price that changes": {
        "period": {"start": "2026-09-20", "months": 3}, "agent.model": "moving",
        "phases": [{"name": "a", "months": 1, "scale": Decimal("0.5")}, {"name": "b", "months": 2}],
    },
    "retries, which sessions are simulated with": {
        "agent.retry_rate": Decimal("0.5"), "agent.growth_ratio_per_month": Decimal("0.5"),
        "agent.model": "dear",
    },
    "fees and misses": {
        "agent.units_per_step": {"web_search": Decimal("0.2")},
        "agent.cache": {"mode": "model", "miss_ratio": Decimal("0.2")}, "agent.batch": True,
    },
}  # fmt: skip


pytestmark = pytest.mark.usefixtures("small_pools")


def case(changes: Mapping[str, Any]) -> tuple[Plan, Plan]:
    base = Plan.from_yaml(PLAN)
    return base, base.replace(changes)


@cache
def mean_by_itself(plan: str, *, half: bool) -> Decimal:
    """Return the mean of the agent in a forecast of a plan, which is written as JSON."""
    found = Plan.model_validate_json(plan).forecast(150, 3, registry=HALF if half else PRICES)
    return found.workloads["agent"].mean


@pytest.mark.untraced
@pytest.mark.parametrize("months", [240, 4, 1], ids=["all at once", "some at once", "one by one"])
@pytest.mark.parametrize("name", CHANGES)
def test_each_mean_is_that_of_a_forecast_by_itself(
    name: str, months: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mixtures_module, "_MONTHS", months)
    base, head = case(CHANGES[name])
    cases = [
        (mixed(base, head, some, ["agent"]), prices)
        for some, prices in product(subsets(GROUPS), (PRICES, HALF))
    ]
    seen: list[None] = []
    found = Mixtures("agent", 150, 3).means(cases, lambda: seen.append(None))
    assert len(seen) == len(cases)
    for (plan, prices), mean in zip(cases, found, strict=True):
        assert mean == mean_by_itself(plan.model_dump_json(), half=prices is HALF)


def test_sessions_are_simulated_once_for_all_volumes_and_drawn_once_for_all_models(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counts = {"drawn": 0, "simulated": 0}
    drawn, simulated = Sampler.items, Sampler.simulate

    def items(self: Sampler, world: int) -> Any:
        counts["drawn"] += world == 0 and self.name == "agent" and self.drawn is None
        return drawn(self, world)

    def simulate(self: Sampler, epoch: Any, world: int, *rest: Any) -> Any:
        counts["simulated"] += world == 0 and self.name == "agent"
        return simulated(self, epoch, world, *rest)

    monkeypatch.setattr(Sampler, "items", items)
    monkeypatch.setattr(Sampler, "simulate", simulate)
    base, head = case(CHANGES["every group"])
    found = diff(base, head, registry=PRICES)
    assert set(found.parts) == set(GROUPS)
    assert all(found.parts.values())
    assert counts == {"drawn": 2 + 4, "simulated": 2 + 16}  # of both plans, and of mixtures


def test_a_mixture_without_a_price_is_an_error() -> None:
    plan = Plan.from_yaml(PLAN.replace("model: plain", "model: gone/ending"))
    with pytest.raises(UsageError, match="retired"):
        Mixtures("agent", 150, 3).means([(plan, PRICES)], lambda: None)
