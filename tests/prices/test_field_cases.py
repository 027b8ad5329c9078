"""Calls that existing tools mispriced come out right, to the last digit."""

from __future__ import annotations

import warnings
from decimal import Decimal

import pytest
from field_cases import CASES, FieldCase

from costcalc import Cost, Registry, Usage, price

# The rule that a report with rates of its own speaks of: a tier on the whole request.
OWN_RULES = {"own-tiered": '[{if: {prompt_tokens: "<=200k"}, input: 1}]'}


def priced(case: FieldCase) -> Cost:
    usage = Usage.model_validate(case.usage)
    if not case.rates:
        with warnings.catch_warnings(action="ignore"):
            return price(case.model, usage, at=case.at, conditions=case.conditions)
    rates = ", ".join(f"{meter}: {rate}" for meter, rate in case.rates.items())
    rules = OWN_RULES.get(case.model, "[]")
    registry = Registry.from_yaml(
        f"provider: report\nmodels:\n  {case.model}: {{{rates}, rules: {rules}}}\n"
    )
    return price(case.model, usage, registry=registry)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.id}: not {case.mistake}")
def test_a_mispriced_call_comes_out_right(case: FieldCase) -> None:
    cost = priced(case)
    assert cost.total == Decimal(case.right)
    assert not case.wrong or cost.total != Decimal(case.wrong)
    assert sum(line.amount for line in cost.lines) == cost.total
