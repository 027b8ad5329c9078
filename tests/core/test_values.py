"""Values: what every public result can do: dump, validate, describe itself, stay as it is."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from core_support import NOW, pickled, registry
from pydantic import BaseModel, TypeAdapter, ValidationError

from costcalc import Assumption, Cost, LineItem, ModelInfo, Period, PriceRecord, RateCard, Usage

PRICES = registry(
    """
    provider: lab
    source: https://lab/prices
    checked: 2026-11-20
    note: list prices
    cache: {explicit: {min_tokens: 5, ttl: {cache_write: 5m}}, automatic: {}}
    fees: {web_search: 10}
    rules: [{if: {region: us}, times: 1.1}]
    models:
      m:
        name: Model M
        aliases: [em]
        maker: farm
        context_window: 1_000
        max_output: 10
        tokenizer: o200k
        output_tokens_per_second: 92.5
        retired: 2027-01-01
        redirects_to: n
        note: soon gone
        prices: [{from: 2025-01-01, input: 0.20}, {from: 2026-01-01, input: 0.10, output: 3}]
      n: {input: 1}
    """
)
USAGE = Usage(
    input_tokens=2_000, cache_read_tokens=5, units={"web_search": 2, "page": 0}, output_tokens=7
)
COST = PRICES.overlay(times=2, rates={"m": {"page": 1}})


def priced() -> Cost:
    from costcalc import price

    return price("em", USAGE, registry=COST, at=NOW, region="us")


VALUES: list[Any] = [
    USAGE,
    Usage(),
    priced(),
    priced() + priced() * Decimal("0.5"),
    priced().lines[0],
    LineItem("input", Decimal("0.5"), 1, Decimal(2), Decimal(1)),
    priced().assumptions[0],
    Assumption("redirect", "text", Decimal("1.50")),
    priced().period,
    Period(None, datetime(2026, 1, 1, tzinfo=UTC)),
    PRICES.model("m"),
    PRICES.model("n"),
    PRICES.history("m")[0],
    PRICES.rate_card("m", at=NOW, region="us"),
]
KINDS = [Usage, Cost, LineItem, Assumption, Period, ModelInfo, PriceRecord, RateCard]
each_value = pytest.mark.parametrize(
    "value", VALUES, ids=[f"{type(each).__name__} {n}" for n, each in enumerate(VALUES)]
)
each_kind = pytest.mark.parametrize("kind", KINDS, ids=[each.__name__ for each in KINDS])


def test_every_kind_of_value_is_tested() -> None:
    assert {type(each) for each in VALUES} == set(KINDS)


@each_value
def test_a_value_survives_its_own_dump(value: Any) -> None:
    kind = type(value)
    assert kind.model_validate(value) == value
    assert kind.model_validate(value.model_dump()) == value
    assert kind.model_validate_json(value.model_dump_json()) == value
    assert kind.model_validate_json(value.model_dump_json().encode()) == value
    assert kind.model_validate_json(value.model_dump_json()).model_dump_json() == (
        value.model_dump_json()
    )


@each_value
def test_a_dump_has_the_fields_and_nothing_else(value: Any) -> None:
    names = [field.name for field in dataclasses.fields(value)]
    assert list(value.model_dump()) == names
    assert list(json.loads(value.model_dump_json())) == names
    assert list(value.model_dump(include={names[0]})) == names[:1]
    assert value.model_dump_json(indent=2).startswith("{\n  ")


@each_value
def test_a_value_survives_copies_and_pickles(value: Any) -> None:
    assert pickled(value) == value
    assert dataclasses.replace(value) == value


@each_value
def test_unknown_keys_are_refused(value: Any) -> None:
    data = {**json.loads(value.model_dump_json()), "colour": "red"}
    kind = type(value)
    with pytest.raises(ValidationError, match="colour"):
        kind.model_validate_json(json.dumps(data))
    with pytest.raises(ValidationError, match="colour"):
        kind.model_validate({**value.model_dump(), "colour": "red"})


@each_value
def test_a_value_is_frozen(value: Any) -> None:
    name = dataclasses.fields(value)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, name, None)
    with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
        value.colour = "red"
    assert not hasattr(value, "__dict__")


@each_value
def test_a_value_describes_itself(value: Any) -> None:
    kind = type(value)
    schema = kind.model_json_schema()
    assert schema["title"] == kind.__name__
    assert set(schema["properties"]) == {field.name for field in dataclasses.fields(kind)}
    assert schema["additionalProperties"] is False
    assert kind.model_json_schema(mode="serialization")["type"] == "object"


@each_value
def test_a_value_is_a_field_of_a_pydantic_model(value: Any) -> None:
    kind: Any = type(value)
    holder: Any = type(
        "Holder", (BaseModel,), {"__annotations__": {"one": kind, "many": list[kind]}}
    )
    held = holder(one=value, many=[value])
    assert held.one == value
    assert holder.model_validate(held.model_dump()) == held
    assert holder.model_validate_json(held.model_dump_json()) == held
    assert TypeAdapter(kind).validate_python(value.model_dump()) == value
    assert "one" in holder.model_json_schema()["properties"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param({"input_tokens": "5"}, "input_tokens", id="text is no count"),
        pytest.param({"input_tokens": 5.0}, "input_tokens", id="a float is no count"),
        pytest.param({"input_tokens": True}, "input_tokens", id="a boolean is no count"),
        pytest.param({"input_tokens": None}, "input_tokens", id="null is no count"),
        pytest.param({"input_tokens": -1}, "a count is not negative", id="negative"),
        pytest.param({"input_tokens": 1, "cache_read_tokens": 2}, "above input_tokens", id="a part above its total"),
        pytest.param({"units": {"web_serch": 1}}, "nearest: web_search", id="an unknown unit"),
        pytest.param({"units": {"page": "1"}}, "units", id="a unit as text"),
        pytest.param({"requests": 0}, "requests is 0", id="no requests"),
        pytest.param({"requests": True}, "requests", id="a boolean number of requests"),
        pytest.param([], "Usage", id="a list"),
    ],
)  # fmt: skip
def test_a_wrong_usage_is_a_validation_error(data: Any, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Usage.model_validate(data)
    with pytest.raises(ValidationError, match=words):
        Usage.model_validate_json(json.dumps(data))
    with pytest.raises(ValidationError, match=words):
        TypeAdapter(Usage).validate_python(data)


def test_a_validated_usage_is_whole() -> None:
    usage = Usage.model_validate_json(
        '{"input_tokens": 9, "cache_read_tokens": 4, "units": {"page": 2}}'
    )
    assert usage.disjoint() == {"input": 5, "cache_read": 4, "page": 2}
    assert hash(usage) == hash(Usage(input_tokens=9, cache_read_tokens=4, units={"page": 2}))


@each_kind
def test_a_value_is_not_made_of_nothing(kind: Any) -> None:
    if kind is Usage:
        assert kind.model_validate({}) == Usage()
        return
    with pytest.raises(ValidationError):
        kind.model_validate({})


@pytest.mark.parametrize("name", ["rates", "why", "conditions"])
def test_what_a_result_holds_does_not_reach_the_registry(name: str) -> None:
    card = PRICES.rate_card("m", at=NOW, region="us")
    before = dict(getattr(card, name))
    with contextlib.suppress(AttributeError, TypeError):  # it cannot even be tried
        getattr(card, name).clear()
    assert getattr(PRICES.rate_card("m", at=NOW, region="us"), name) == before


def test_what_a_model_holds_does_not_reach_the_registry() -> None:
    before = PRICES.model("m").model_dump_json()
    info = PRICES.model("m")
    cache: Any = info.cache
    rates: Any = info.prices[0].rates
    for change in (cache["explicit"]["ttl"].clear, cache["explicit"].clear,
                   cache.clear, rates.clear):  # fmt: skip
        with contextlib.suppress(AttributeError, TypeError):
            change()
    assert PRICES.model("m").model_dump_json() == before


@each_value
def test_equal_values_hash_alike(value: Any) -> None:
    assert hash(value) == hash(dataclasses.replace(value))
