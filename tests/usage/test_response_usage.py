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
        assert (total.input_tokens, total.requests, getattr(total, "parts", None)) == (16, 4, ())
    assert (USAGE + USAGE).input_tokens == 30
    assert sum([USAGE, USAGE]) == USAGE + USAGE
    with pytest.raises(TypeError):
        USAGE + 1  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]
    with pytest.raises(TypeError):
        1 + USAGE  # type: ignore[operator] # pyright: ignore[reportOperatorIssue]


def call(
    model: str | None = "m", *, at: datetime | None = None, **conditions: str | bool
) -> ResponseUsage:
    return ResponseUsage(input_tokens=5, api="x", model=model, at=at, conditions=conditions)


JULY, AUGUST = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC)
SUMS = {
    "calls that were served alike keep how": (
        [call(service_tier="fast"), call(service_tier="fast")], {"service_tier": "fast"}, {}, "m",
    ),
    "a neutral value is none": ([call(service_tier="standard"), call()], {}, {}, "m"),
    "calls of other tiers are mixed": (
        [call(service_tier="fast"), call(), call(service_tier="flex"), call(service_tier="fast")],
        {}, {"service_tier": ("fast", "none", "flex")}, "m",
    ),
    "a plain usage is not known to be a batch": (
        [call(batch=True), Usage(input_tokens=1), call(batch=True)],
        {}, {"batch": ("true", "none")}, "m",
    ),
    "a condition that comes late is mixed, too": (
        [call(), call(), call(region="us")], {}, {"region": ("none", "us")}, "m",
    ),
    "models are mixed, whatever else is shared": (
        [call(batch=True), call("n", batch=True)], {"batch": True}, {"model": ("m", "n")}, None,
    ),
    "a call that names no model may be any": ([call(), call(None)], {}, {}, "m"),
    "parts are calls": (
        [call(), ResponseUsage(input_tokens=1, model="m", parts=(PART,))],
        {}, {"model": ("m", "n")}, None,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("calls", "shared", "mixed", "model"), SUMS.values(), ids=SUMS.keys())
def test_a_sum_keeps_what_its_calls_share_and_says_what_not(
    calls: list[Usage], shared: dict[str, object], mixed: dict[str, object], model: str | None
) -> None:
    total = sum(calls)
    assert isinstance(total, ResponseUsage)
    assert (dict(total.conditions), dict(total.mixed), total.model) == (shared, mixed, model)
    assert ResponseUsage.model_validate_json(total.model_dump_json()) == total


def test_a_sum_of_what_says_nothing_is_plain() -> None:
    nameless = ResponseUsage(input_tokens=1, api="x")
    assert type(nameless + nameless) is type(nameless + Usage()) is Usage


def test_a_sum_is_of_the_seller_of_all_or_of_none() -> None:
    assert (USAGE + USAGE).provider is None  # its part is of nobody  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue]


def test_a_sum_was_made_when_its_last_call_was_and_says_so() -> None:
    alike = call(at=JULY) + call(at=JULY)
    assert isinstance(alike, ResponseUsage)
    assert (alike.at, alike.assumptions) == (JULY, ())
    for order in ([JULY, AUGUST, AUGUST], [AUGUST, AUGUST, JULY], [JULY, AUGUST, JULY]):
        total = sum(call(at=each) for each in order)
        assert isinstance(total, ResponseUsage)
        assert total.at == AUGUST
        assert [each.code for each in total.assumptions] == ["summed"]
        assert "all are priced as at the last, 2026-08-01" in total.assumptions[0].text
    for total in (call(at=JULY) + call(), call(at=JULY) + Usage()):
        assert isinstance(total, ResponseUsage)
        assert (total.at, total.assumptions) == (None, ())
