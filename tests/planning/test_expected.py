from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from costcalc import Registry
from costcalc.planning.expected import expected_means
from costcalc.planning.plan import Plan

PRICES = """
provider: acme
models:
  plain: {input: 1, output: 4}
  changing:
    prices:
      - {until: 2026-10-01, input: 1, output: 4}
      - {from: 2026-10-01, input: 2, output: 8}
  leaving: {retired: 2026-10-01, input: 1, output: 4}
"""
PLAN = """
version: 1
project: demo
period: {start: 2026-09-01, months: 2}
simulation: {samples: 100, seed: 1}
workloads:
  docs:
    model: plain
    documents_per_month: 1_000
    input_tokens_per_document: 4_000
    output_tokens_per_document: 100
    cache: {mode: none}
"""
MONTH = Decimal("4.4")  # 1,000 documents of 4,000 tokens at 1 dollar and 100 at 4


pytestmark = pytest.mark.usefixtures("small_pools")


CASES = {
    "one price": ("plain", 2 * MONTH),
    "a price that doubles in the second month": ("changing", 3 * MONTH),
    "a model that is retired after the first month costs nothing after it": ("leaving", MONTH),
}


@pytest.mark.parametrize("case", CASES)
def test_the_mean_by_formula(case: str) -> None:
    model, expected = CASES[case]
    plan = Plan.from_yaml(PLAN.replace("plain", model))
    found = expected_means(plan, samples=100, registry=Registry.from_yaml(PRICES))
    assert found == {"docs": expected}


def test_a_cap_of_a_month_is_no_case_for_the_formula() -> None:
    plan = Plan.from_yaml(f"{PLAN}    shared_sigma: 0\n    caps: {{cost_per_month_usd: 3}}\n")
    found = expected_means(plan, samples=100, registry=Registry.from_yaml(PRICES))
    assert found == {"docs": 6}


def test_prompts_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    (tmp_path / "one.txt").write_text("a prompt of a few words")
    shape = "runs_per_month: 1_000\n    files: [one.txt]\n    output_tokens_per_prompt: 100\n"
    path.write_text(f"{PLAN.partition('    documents_per_month')[0]}    {shape}")
    plan = Plan.from_yaml(path)
    found = expected_means(plan, samples=100, registry=Registry.from_yaml(PRICES))
    replies = Decimal("0.8")  # 2,000 of 100 tokens at 4 dollars
    assert replies + Decimal("0.008") <= found["docs"] <= replies + Decimal("0.04")
