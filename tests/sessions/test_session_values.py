"""Sessions and their estimates as values: equal, frozen, and the same after any journey."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import FrozenInstanceError
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from costcalc import (
    Branch,
    CachePolicy,
    ClosedForm,
    LedgerStep,
    Registry,
    Session,
    SessionEstimate,
    SessionRuns,
    Step,
    Usage,
    estimate_runs,
)

PRICES = Registry.from_yaml("""
provider: lab
cache: {explicit: {ttl: {cache_write: 5m}, refresh_on_read: true}}
models:
  m: {input: 0.3333, cache_read: 0.0000001, cache_write: 0.5, output: 2, output_tokens_per_second: 7}
""")
EVEN = Session(
    model="m",
    steps=3,
    system_tokens=2_000,
    input_tokens_per_step=lambda step: 100 * step,
    output_tokens_per_step=[7, 8, 9],
    reasoning_tokens_per_step=2,
    units_per_step={},
    gap=["1m", 301, timedelta(milliseconds=5)],
    cache="5m",
    miss_ratio="3%",
    misses=[3, 2, 3],
    warm_start_ratio=0.25,
    seed=11,
    edits={2: 1_500},
    compact_at=9_000,
    summary_tokens=100,
    branches=[
        Branch(after=1, session=Session(steps=1, gap="1h30m"), fork=True),
        Branch(after=2, session=Session(steps=2, units_per_step={"web_search": 2}), count=3),
    ],
    at="2026-03-01T08:00:00+02:00",
)
LISTED = Session(
    steps=[
        Step(input_tokens=5, gap="90s", kind="user", units={"web_search": 1}),
        Step(
            unchanged_tokens=2,
            dropped_tokens=1,
            output_tokens=9,
            reasoning_tokens=3,
            transient_tokens=4,
        ),
    ],
)
REPLAYED = Session.from_usages(
    [Usage(input_tokens=50, cache_read_tokens=10), Usage(input_tokens=60, requests=1)],
    model="m",
    at=["2026-03-01", "2026-03-02"],
)
PLAIN = EVEN.replace(
    branches=(), units_per_step={}, input_tokens_per_step=10, output_tokens_per_step=9
)
VALUES: dict[str, Any] = {
    "a session with everything": EVEN,
    "a list of steps": LISTED,
    "a replay": REPLAYED,
    "a step": LISTED.steps[0],  # pyright: ignore[reportIndexIssue] - it is a tuple here
    "a branch": EVEN.branches[1],
    "an estimate": PLAIN.estimate(registry=PRICES),
    "an estimate of a replay": REPLAYED.estimate(registry=PRICES),
    "a row of a ledger": PLAIN.estimate(registry=PRICES).steps[1],
    "runs": estimate_runs(PLAIN, 7, registry=PRICES),
    "a closed form": PLAIN.closed_form(registry=PRICES),
    "a policy": PLAIN.estimate(registry=PRICES).policy,
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_a_value_is_the_same_after_any_journey(value: Any) -> None:
    kind = type(value)
    assert kind.model_validate(value.model_dump()) == value
    assert kind.model_validate(value.model_dump(mode="json")) == value
    assert kind.model_validate_json(value.model_dump_json()) == value
    assert pickle.loads(pickle.dumps(value)) == value  # noqa: S301 - made here
    assert copy.deepcopy(value) == value
    schema = kind.model_json_schema()  # sessions contain sessions, and stand among definitions
    assert "properties" in schema or schema["$ref"] == f"#/$defs/{kind.__name__}"


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_a_value_does_not_change(value: Any) -> None:
    field = next(iter(value.__dataclass_fields__))
    with pytest.raises(FrozenInstanceError):
        setattr(value, field, None)


def test_a_session_costs_the_same_after_a_journey() -> None:
    again = Session.model_validate_json(EVEN.model_dump_json())
    overlay = PRICES.overlay(rates={"m": {"web_search": "10"}})
    assert again.estimate(registry=overlay) == EVEN.estimate(registry=overlay)


def test_equal_sessions_are_equal_however_they_are_written() -> None:
    one = Session(steps=2, gap=60, miss_ratio="50%", misses=(2, 2), at="2026-03-01")
    other = Session(steps=2, gap="1m", miss_ratio=0.5, misses=[2], at="2026-03-01T00:00:00Z")
    assert one == other
    assert one != other.replace(seed=1)


def test_sessions_may_stand_in_a_set() -> None:
    assert len({EVEN, LISTED, REPLAYED, EVEN.replace()}) == 3


def test_fields_hold_exact_and_frozen_values() -> None:
    assert EVEN.miss_ratio == Decimal("0.03")
    assert EVEN.misses == (2, 3)
    assert EVEN.gap == (timedelta(minutes=1), timedelta(seconds=301), timedelta(milliseconds=5))
    assert EVEN.input_tokens_per_step == (100, 200, 300)
    assert EVEN.at is not None
    assert EVEN.at.isoformat() == "2026-03-01T06:00:00+00:00"
    for mapping in (EVEN.edits, EVEN.units_per_step):
        with pytest.raises(TypeError, match="cannot change"):
            mapping[1] = 2  # pyright: ignore[reportIndexIssue] - what is refused


def test_a_session_reads_as_plain_json() -> None:
    data = json.loads(EVEN.model_dump_json())
    assert data["miss_ratio"] == "0.03"
    assert data["gap"] == ["PT1M", "PT5M1S", "PT0.005S"]
    assert data["edits"] == {"2": 1_500}
    assert data["branches"][1]["session"]["units_per_step"] == {"web_search": 2}
    assert data["at"] == "2026-03-01T06:00:00Z"


def test_amounts_are_decimal_strings_without_an_exponent() -> None:
    found = json.loads(PLAIN.estimate(registry=PRICES).model_dump_json())
    amounts = [found["uncached"], found["cost"]["total"], found["steps"][0]["running"]]
    assert all(isinstance(each, str) and "E" not in each for each in amounts)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (Session, {"steps": "3"}),
        (Session, {"steps": 2, "system_tokens": 1.0}),
        (Session, {"steps": 2, "gap": "-PT1M"}),
        (Session, {"steps": 2, "surprise": 1}),
        (Step, {"input_tokens": "5"}),
        (Branch, {"after": 1}),
        (SessionEstimate, {}),
        (LedgerStep, {}),
        (SessionRuns, {"totals": [1.5]}),
        (ClosedForm, {}),
        (CachePolicy, {"kind": "automatic", "min_tokens": "a"}),
    ],
)
def test_wrong_data_is_refused_as_pydantic_users_expect(kind: Any, data: dict[str, Any]) -> None:
    from pydantic import ValidationError

    with pytest.raises(ValidationError):
        kind.model_validate(data)
