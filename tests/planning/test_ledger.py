"""The ledger of a forecast: each number measured, assumed or derived, with its source."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from costcalc import Registry
from costcalc.planning.forecast import LedgerEntry
from costcalc.planning.plan import Plan

LAB = Registry.from_yaml(
    """
provider: lab
source: https://lab.example/prices
checked: 2026-01-15
cache: {automatic: {}}
rules: [{if: {batch: true}, times: 0.5}]
models:
  m:
    prices:
      - {from: 2025-01-01, until: 2026-02-01, input: 1, cache_read: 0.1, output: 4}
      - {from: 2026-02-01, input: 2, cache_read: 0.1, output: 4}
"""
)
PLAN = """
version: 1
project: atlas
period: {start: 2026-01-01, months: 2}
workloads:
  chat:
    model: lab/m
    people: {low: 2, likely: 3, high: 7}
    sessions_per_person_month: {value: 10, source: our logs of 2025-12}
    turns_per_session: {p50: 3, p90: 8, source: a guess, basis: assumed}
    user_tokens_per_turn: 50
    output_tokens_per_turn: 300
    caps: {steps_per_session: 20, cost_per_month_usd: 9.5}
  papers:
    model: lab/m
    batch: true
    documents: 10
    input_tokens_per_document: 500
    output_tokens_per_document: 0
    cache: {mode: none}
"""


@cache
def entries() -> dict[str, LedgerEntry]:
    """Return the ledger by key."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("costcalc.planning.pools._MOST", 512)
        found = Plan.from_yaml(PLAN).forecast(100, registry=LAB).ledger
    assert len({each.key for each in found}) == len(found)
    return {each.key: each for each in found}


def test_each_number_of_the_plan_says_what_it_rests_on() -> None:
    ledger = entries()
    said = {
        key.removeprefix("workloads."): (each.value, each.basis, each.source)
        for key, each in ledger.items()
        if key.startswith("workloads.") and each.basis != "derived"
    }
    assert said == {
        "chat.people": ("2 to 7, likely 3", "assumed", None),
        "chat.sessions_per_person_month": ("10", "measured", "our logs of 2025-12"),
        "chat.turns_per_session": ("P50 3, P90 8", "assumed", "a guess"),
        "chat.user_tokens_per_turn": ("50", "assumed", None),
        "chat.output_tokens_per_turn": ("300", "assumed", None),
        "chat.caps.steps_per_session": ("20", "assumed", None),
        "chat.caps.cost_per_month_usd": ("9.5", "assumed", None),
        "papers.documents": ("10", "assumed", None),
        "papers.input_tokens_per_document": ("500", "assumed", None),
        "papers.shared_sigma": ("0.3", "assumed", None),
    }


def test_each_rate_that_is_used_has_its_source() -> None:
    rates = {key: each for key, each in entries().items() if key.startswith("lab/")}
    assert {key: each.value for key, each in rates.items()} == {
        "lab/m input from 2026-01-01": "1 USD per 1M tokens",
        "lab/m cache_read from 2026-01-01": "0.1 USD per 1M tokens",
        "lab/m output from 2026-01-01": "4 USD per 1M tokens",
        "lab/m input from 2026-02-01": "2 USD per 1M tokens",
        "lab/m input from 2026-01-01, × 0.5 batch=true": "0.5 USD per 1M tokens",
        "lab/m input from 2026-02-01, × 0.5 batch=true": "1 USD per 1M tokens",
    }
    assert {(each.basis, each.source, each.checked) for each in rates.values()} == {
        ("measured", "https://lab.example/prices", "2026-01-15")
    }


def test_what_follows_is_derived() -> None:
    derived = {key: each.value for key, each in entries().items() if each.basis == "derived"}
    assert set(derived) == {
        "workloads.chat sessions", "workloads.chat hit ratio", "workloads.chat cost of a session",
        "workloads.papers documents", "workloads.papers cost of a document",
    }  # fmt: skip
    assert derived["workloads.papers documents"] == "10 on average"
    # $500 a million in halves of $1 and $2
    assert derived["workloads.papers cost of a document"].startswith("0.00037")
    assert derived["workloads.chat hit ratio"].endswith("% of the input")


def test_files_are_measured_where_the_tokenizer_is_the_models_own(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello " * 50, encoding="utf-8")
    path = tmp_path / "plan.yaml"
    for model, basis, words in (
        ("openai/gpt-4o", "measured", "counted, exact"),
        ("anthropic/claude-sonnet-4-6", "derived", "counted, calibrated"),
    ):
        path.write_text(
            "version: 1\nproject: a\nperiod: {start: 2026-03-01, months: 1}\nworkloads:\n"
            f"  part: {{model: {model}, runs: 1, files: [a.txt], output_tokens_per_prompt: 9}}\n",
            encoding="utf-8",
        )
        ledger = Plan.from_yaml(path).forecast(100).ledger
        (found,) = [each for each in ledger if each.key == "workloads.part.files a.txt"]
        assert (found.basis, found.source) == (basis, words)
        assert (" to " in found.value) == (basis == "derived")
