"""Plans in `compare` and `cheapest`, which say their own terms."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from costcalc import Plan, Registry, UsageError, cheapest, compare
from costcalc.planning.comparison import cheapest_plan

PRICES = Registry.from_yaml(
    """
provider: lab
models:
  small: {input: 1, cache_read: 0.1, output: 4}
  big: {input: 10, cache_read: 1, output: 40}
"""
)
PLAN = Plan.from_yaml(
    """
version: 1
project: atlas
period: {start: 2026-09-01, months: 1, working_days_per_month: 20}
simulation: {samples: 100, seed: 1}
workloads:
  agent:
    model: lab/big
    candidates: [lab/small]
    people: 1
    sessions_per_person_day: 1
    steps_per_session: 3
    system_tokens: 1000
    input_tokens_per_step: 100
    output_tokens_per_step: 100
    cache: {mode: none}
"""
)


@pytest.mark.parametrize("call", [compare, cheapest], ids=["compare", "cheapest"])
def test_a_plan_is_compared_under_its_candidates(call: Any) -> None:
    found = call(PLAN, registry=PRICES)
    assert [row.name for row in found.of("agent")] == ["lab/small", "lab/big"]
    assert found.best("agent").times == Decimal("0.1")


def test_a_plan_is_compared_under_other_models() -> None:
    assert [row.name for row in compare(PLAN, ["lab/small"], registry=PRICES).rows] == [
        "lab/small", "lab/big",
    ]  # fmt: skip
    assert len(cheapest(PLAN, models=["lab/small"], registry=PRICES).rows) == 2


@pytest.mark.parametrize(
    ("call", "terms"),
    [
        (compare, {"at": "2026-09-01", "batch": True}),
        (cheapest, {"at": "2026-09-01", "batch": True}),
    ],
    ids=["compare", "cheapest"],
)
def test_terms_beside_a_plan_are_refused(call: Any, terms: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="a plan says its own terms; leave out at and batch"):
        call(PLAN, registry=PRICES, **terms)


def test_a_workload_may_be_called_as_a_key_of_the_plan() -> None:
    whole = PLAN.model_dump(exclude_unset=True)
    plan = Plan.model_validate({**whole, "workloads": {"workloads": whole["workloads"]["agent"]}})
    best, found = cheapest_plan(plan, registry=PRICES)
    assert [row.name for row in found.of("workloads")] == ["lab/small", "lab/big"]
    assert best.workloads["workloads"].chosen == "lab/small"
