"""The value that reading gives: a usage with whose, when and how, that cannot change."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from costcalc import ResponseUsage, Usage, UsageError
from costcalc.assumptions import Assumption

PART = ResponseUsage(input_tokens=5, api="x", model="n", requests=2)
USAGE = ResponseUsage(
    input_tokens=10,
    cache_read_tokens=4,
    output_tokens=3,
    units={"web_search": 1},
    api="xai-chat",
    model="m",
    provider="xai",
    at=datetime(2026, 7, 1, tzinfo=UTC),
    id="r-1",
    conditions={"service_tier": "flex", "batch": True},
    stated_cost=Decimal("0.0000000001"),
    parts=(PART,),
    assumptions=(Assumption("response", "said"),),
)


def test_it_is_a_usage_with_its_disjoint_meters() -> None:
    assert isinstance(USAGE, Usage)
    assert USAGE.disjoint() == {"input": 6, "cache_read": 4, "output": 3, "web_search": 1}
    assert USAGE.hit_ratio == 0.4
    assert repr(USAGE).startswith("ResponseUsage(input_tokens=10, ")


def test_its_counts_are_checked_as_those_of_a_usage_are() -> None:
    with pytest.raises(UsageError, match="cache_read_tokens is 4, above input_tokens"):
        ResponseUsage(input_tokens=3, cache_read_tokens=4)


def test_it_survives_json_copies_and_pickling() -> None:
    assert ResponseUsage.model_validate_json(USAGE.model_dump_json()) == USAGE
    assert ResponseUsage.model_validate(USAGE.model_dump()) == USAGE
    assert '"stated_cost":"0.0000000001"' in USAGE.model_dump_json()
    assert "conditions" in ResponseUsage.model_json_schema()["$defs"]["ResponseUsage"]["properties"]
    for again in (pickle.loads(pickle.dumps(USAGE)), copy.deepcopy(USAGE)):  # noqa: S301 - our own bytes
        assert again == USAGE
        assert again.disjoint() == USAGE.disjoint()
    assert hash(USAGE) == hash(copy.deepcopy(USAGE))


def test_nothing_in_it_can_change() -> None:
    with pytest.raises(TypeError, match="cannot change"):
        USAGE.conditions["batch"] = False  # type: ignore[index] # pyright: ignore[reportIndexIssue]
    with pytest.raises(AttributeError):
        USAGE.model = "other"  # type: ignore[misc] # pyright: ignore[reportAttributeAccessIssue]


def test_counts_leave_parts_out_and_the_whole_takes_them_in() -> None:
    assert USAGE.counts() == Usage(
        input_tokens=10, cache_read_tokens=4, output_tokens=3, units={"web_search": 1}
    )
    assert USAGE.whole().input_tokens == 15
    assert USAGE.whole().requests == 3


def test_sums_are_of_the_whole() -> None:
    plain = Usage(input_tokens=1)
    for total in (USAGE + plain, plain + USAGE):
        assert type(total) is Usage
        assert (total.input_tokens, total.requests) == (16, 4)
    assert (USAGE + USAGE).input_tokens == 30
    assert sum([USAGE, USAGE]) == USAGE + USAGE
    with pytest.raises(TypeError):
        USAGE + 1  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    with pytest.raises(TypeError):
        1 + USAGE  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
