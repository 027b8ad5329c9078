"""Fields by path: mappings, objects and messages alike, and what a count or an amount may be."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from types import SimpleNamespace
from typing import Any

import pytest

from costcalc import UsageError
from costcalc.usage.responses import fields

BODY = {"usage": {"prompt_tokens": 7, "details": {"cached": 3, "none": None}}, "model": "m"}
OBJECT = SimpleNamespace(
    usage=SimpleNamespace(prompt_tokens=7, details=SimpleNamespace(cached=3, none=None)), model="m"
)
MIXED = SimpleNamespace(usage=BODY["usage"], model="m")
NODES = pytest.mark.parametrize("node", [BODY, OBJECT, MIXED], ids=["mapping", "object", "mixed"])


class Tier(Enum):
    FLEX = "flex"


@NODES
def test_a_path_leads_through_mappings_and_objects_alike(node: Any) -> None:
    assert fields.value(node, "usage.details.cached") == 3
    assert fields.value(node, "usage.details.none") is None
    assert fields.value(node, "usage.nothing.cached") is None
    assert fields.has(node, "model")
    assert not fields.has(node, "models")


@NODES
def test_the_first_spelling_that_is_there_is_taken(node: Any) -> None:
    assert fields.count(node, "usage.promptTokens|prompt_tokens") == 7


@NODES
def test_a_sum_adds_what_is_there(node: Any) -> None:
    assert fields.total(node, "usage.prompt_tokens + usage.details.cached + usage.more") == 10


@NODES
def test_a_field_that_is_null_is_named_though_it_is_not_there(node: Any) -> None:
    assert fields.named(node, "usage.anything")
    assert not fields.named(node, "meta")
    assert fields.named({"usage": None}, "usage")
    assert fields.named(SimpleNamespace(usage=None), "meta|usage")


COUNTS = [
    (None, 0),
    (0, 0),
    (12, 12),
    (12.0, 12),
    (Decimal(12), 12),
    ("123", 123),  # JSON of protobuf: https://protobuf.dev/programming-guides/json/
]


@pytest.mark.parametrize(("value", "count"), COUNTS, ids=[f"{value!r}" for value, _ in COUNTS])
def test_a_count_is_a_whole_number_however_it_is_written(value: object, count: int) -> None:
    found = fields.count({"a": value}, "a")
    assert found == count
    assert type(found) is int


BAD_COUNTS = [
    -1,
    -1.0,
    12.5,
    True,
    False,
    float("nan"),
    float("inf"),
    "12.0",
    "-3",
    "",
    "١٢",
    "1" * 5_000,  # beyond what Python turns into an int
    Decimal("NaN"),
    Decimal("sNaN"),
    Decimal("Infinity"),
    Decimal("0.5"),
    [],
    {},
]


@pytest.mark.parametrize("value", BAD_COUNTS, ids=[f"{value!r:.20}" for value in BAD_COUNTS])
def test_what_is_no_count_is_refused_by_its_path(value: object) -> None:
    message = r"^a\.b of the response is .*, and a count is a whole number from 0 on$"
    with pytest.raises(UsageError, match=message) as caught:
        fields.count({"a": {"b": value}}, "a.b")
    assert caught.value.facts["field"] == "a.b"
    with pytest.raises(UsageError, match=r"^a\.b of the response"):
        fields.total({"a": {"b": value}}, "c + a|x.b|y")


TEXTS = [("m", "m"), ("", None), (None, None), (Tier.FLEX, "flex"), (3, "3")]


@pytest.mark.parametrize(("value", "text"), TEXTS, ids=[f"{value!r}" for value, _ in TEXTS])
def test_text_is_that_of_an_enumeration_too(value: object, text: str | None) -> None:
    assert fields.text({"a": value}, "a") == text


AMOUNTS = [
    (0.00219855, "0.00219855"),
    (7e-05, "0.00007"),
    (0, "0"),
    (Decimal("0.10"), "0.10"),
    ("0.5", "0.5"),
]


@pytest.mark.parametrize(("value", "amount"), AMOUNTS, ids=[f"{value!r}" for value, _ in AMOUNTS])
def test_an_amount_is_that_of_its_shortest_text(value: object, amount: str) -> None:
    assert fields.amount({"a": value}, "a") == Decimal(amount)


def test_no_amount_is_none_and_not_zero() -> None:
    assert fields.amount({"a": None}, "a") is None
    assert fields.amount({}, "a.b") is None


@pytest.mark.parametrize(
    "value",
    [True, -0.1, float("nan"), float("inf"), "free", [], {}, "NaN", "1e999", "1e-999"],
    ids=repr,
)
def test_what_is_no_amount_is_refused(value: object) -> None:
    with pytest.raises(UsageError, match="a stated cost is a finite amount from 0 on$"):
        fields.amount({"a": value}, "a")


ITEMS: list[tuple[object, list[object]]] = [
    ([1, 2], [1, 2]),
    ((1,), [1]),
    (None, []),
    ("text", []),
    (b"bytes", []),
    ({"a": 1}, []),
    (3, []),
]


@pytest.mark.parametrize(("value", "items"), ITEMS, ids=[f"{value!r}" for value, _ in ITEMS])
def test_items_are_those_of_a_list(value: object, items: list[object]) -> None:
    assert fields.items({"a": value}, "a") == items


class Message:
    """A protobuf message as Python sees it: every field is there, and it says which was sent."""

    sent = 0
    unsent = 0
    numbers = (1, 2)

    def HasField(self, name: str) -> bool:  # noqa: N802 - protobuf's name
        if name == "numbers":
            raise ValueError(name)
        return name == "sent"


class Unset:
    """What Mistral's SDK has in fields that were not sent."""

    def __bool__(self) -> bool:
        return False


def test_what_a_message_was_not_sent_with_is_not_there() -> None:
    assert fields.value(Message(), "sent") == 0
    assert fields.value(Message(), "unsent") is None
    assert fields.items(Message(), "numbers") == [1, 2]
    assert fields.value(Message(), "nothing") is None
    assert not fields.has(SimpleNamespace(a=Unset()), "a")


def test_entries_are_those_of_a_mapping_or_an_object() -> None:
    assert fields.entries({"a": {"x": 1}}, "a") == {"x": 1}
    assert fields.entries({"a": SimpleNamespace(x=1)}, "a") == {"x": 1}
    assert fields.entries({"a": None}, "a") == {}
    assert fields.entries({}, "a") == {}
