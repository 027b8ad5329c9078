"""Usage: inclusive counts, checked once, and the disjoint meters that they make."""

from __future__ import annotations

import copy
import dataclasses
from types import MappingProxyType
from typing import Any

import pytest
from core_support import pickled

from costcalc import METERS, Usage, UsageError
from costcalc.usage import Counts
from costcalc.usage.usage import MAX_COUNT, UNIT_METERS


class Whole:
    """A whole number that is no int, as NumPy's are."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value


@pytest.mark.parametrize(
    ("fields", "meters"),
    [
        pytest.param({}, {}, id="nothing makes no meter"),
        pytest.param({"input_tokens": 5}, {"input": 5}, id="plain input"),
        pytest.param(
            {"input_tokens": 10, "cache_read_tokens": 4},
            {"input": 6, "cache_read": 4},
            id="cached tokens are taken out of input",
        ),
        pytest.param(
            {"input_tokens": 10, "cache_read_tokens": 10},
            {"cache_read": 10},
            id="input that is all cached has no uncached line",
        ),
        pytest.param(
            {
                "input_tokens": 100,
                "cache_read_tokens": 40,
                "cache_write_tokens": 30,
                "cache_write_1h_tokens": 10,
                "cache_write_12h_tokens": 5,
            },
            {
                "input": 30,
                "cache_read": 40,
                "cache_write": 15,
                "cache_write_1h": 10,
                "cache_write_12h": 5,
            },
            id="longer cache writes are parts of the writes",
        ),
        pytest.param(
            {
                "input_tokens": 100,
                "cache_read_tokens": 30,
                "input_audio_tokens": 20,
                "cache_read_audio_tokens": 8,
                "input_image_tokens": 15,
                "cache_read_image_tokens": 5,
                "input_video_tokens": 7,
            },
            {
                "input": 41,
                "cache_read": 17,
                "input_audio": 12,
                "input_image": 10,
                "input_video": 7,
                "cache_read_audio": 8,
                "cache_read_image": 5,
            },
            id="media are parts of input, cached media of both",
        ),
        pytest.param(
            {"input_tokens": 10, "cache_write_tokens": 10, "input_audio_tokens": 6},
            {"cache_write": 10},
            id="audio that was written to a cache counts as cache write",
        ),
        pytest.param(
            {
                "input_tokens": 10,
                "cache_write_tokens": 8,
                "input_audio_tokens": 3,
                "input_image_tokens": 3,
                "input_video_tokens": 3,
            },
            {"cache_write": 8, "input_video": 2},
            id="of several media the write contains what input has no room for",
        ),
        pytest.param(
            {
                "output_tokens": 100,
                "reasoning_tokens": 50,
                "citation_tokens": 5,
                "output_audio_tokens": 10,
                "output_image_tokens": 20,
                "output_video_tokens": 1,
            },
            {
                "output": 14,
                "reasoning": 50,
                "citation": 5,
                "output_audio": 10,
                "output_image": 20,
                "output_video": 1,
            },
            id="reasoning, citations and media are parts of output",
        ),
        pytest.param(
            {"units": {"web_search": 3, "audio_second": 90, "page": 0}},
            {"audio_second": 90, "web_search": 3},
            id="units come in the order of a receipt, zeros left out",
        ),
        pytest.param(
            {"input_tokens": MAX_COUNT}, {"input": MAX_COUNT}, id="the largest count is a count"
        ),
    ],
)
def test_fields_make_disjoint_meters(fields: dict[str, Any], meters: dict[str, int]) -> None:
    usage = Usage(**fields)
    assert usage.disjoint() == meters
    assert list(usage.disjoint()) == [name for name in METERS if name in meters]
    assert Usage.from_disjoint(
        **{name: count for name, count in meters.items() if name not in UNIT_METERS},
        units={name: count for name, count in meters.items() if name in UNIT_METERS},
    ).disjoint() == (meters)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        pytest.param(
            {"input_tokens": 5, "cache_read_tokens": 6},
            ["cache_read_tokens is 6", "input_tokens", "is 5", "Usage.from_disjoint"],
            id="cached tokens above the total are rejected",
        ),
        pytest.param(
            {"input_tokens": 5, "cache_read_tokens": 3, "cache_write_tokens": 3},
            ["cache_read_tokens + cache_write_tokens is 6", "input_tokens", "is 5"],
            id="reads and writes together above the total are rejected",
        ),
        pytest.param(
            {"input_tokens": 9, "cache_write_tokens": 5, "cache_write_1h_tokens": 6},
            ["cache_write_1h_tokens is 6", "cache_write_tokens", "is 5"],
            id="one-hour writes above all writes are rejected",
        ),
        pytest.param(
            {
                "input_tokens": 9,
                "cache_write_tokens": 5,
                "cache_write_1h_tokens": 3,
                "cache_write_12h_tokens": 3,
            },
            ["cache_write_1h_tokens + cache_write_12h_tokens is 6", "is 5"],
            id="longer writes together above all writes are rejected",
        ),
        pytest.param(
            {"output_tokens": 5, "reasoning_tokens": 6},
            ["reasoning_tokens is 6", "output_tokens", "is 5"],
            id="reasoning above output is rejected",
        ),
        pytest.param(
            {"output_tokens": 5, "reasoning_tokens": 3, "output_audio_tokens": 3},
            ["reasoning_tokens + output_audio_tokens is 6", "output_tokens", "is 5"],
            id="parts of output together above it are rejected",
        ),
        pytest.param(
            {"input_tokens": 5, "input_audio_tokens": 6},
            ["input_audio_tokens is 6", "input_tokens", "is 5"],
            id="audio above input is rejected",
        ),
        pytest.param(
            {"input_tokens": 9, "input_audio_tokens": 2, "cache_read_audio_tokens": 3},
            ["cache_read_audio_tokens is 3", "cache_read_tokens", "is 0"],
            id="cached audio without cache reads is rejected",
        ),
        pytest.param(
            {
                "input_tokens": 9,
                "cache_read_tokens": 5,
                "input_audio_tokens": 2,
                "cache_read_audio_tokens": 3,
            },
            ["cache_read_audio_tokens is 3", "input_audio_tokens", "is 2"],
            id="cached audio above all audio is rejected",
        ),
        pytest.param(
            {
                "input_tokens": 9,
                "cache_read_tokens": 5,
                "input_audio_tokens": 4,
                "cache_read_audio_tokens": 3,
                "input_image_tokens": 4,
                "cache_read_image_tokens": 3,
            },
            ["cache_read_audio_tokens + cache_read_image_tokens is 6", "cache_read_tokens"],
            id="cached media together above cache reads are rejected",
        ),
        pytest.param(
            {"input_tokens": 9, "cache_read_tokens": 8, "input_audio_tokens": 5},
            ["media and cached tokens together are above input_tokens, which is 9"],
            id="media and cache reads that do not fit into input are rejected",
        ),
    ],
)
def test_a_part_above_its_total_names_both_numbers(
    fields: dict[str, int], words: list[str]
) -> None:
    with pytest.raises(UsageError) as raised:
        Usage(**fields)
    assert [word for word in words if word not in str(raised.value)] == []


@pytest.mark.parametrize("field", ["input_tokens", "cache_write_12h_tokens", "requests"])
@pytest.mark.parametrize(
    ("count", "words"),
    [
        pytest.param(-1, "is -1; a count is not negative", id="negative"),
        pytest.param(True, "is a whole number, not the boolean True", id="boolean"),
        pytest.param(2.0, "is a whole number, not float 2.0; write 2", id="whole float"),
        pytest.param(2.5, "is a whole number, not float 2.5", id="float"),
        pytest.param(float("nan"), "is a whole number, not float nan", id="NaN"),
        pytest.param(float("inf"), "is a whole number, not float inf", id="infinity"),
        pytest.param("5", "is a whole number, not str '5'", id="text"),
        pytest.param(10**18 + 1, "is 1.000e+18, above 10**18", id="huge"),
    ],
)
def test_a_count_is_a_whole_number_within_reason(field: str, count: Any, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        Usage(**{field: count})
    assert str(raised.value).startswith(f"{field} {words}")
    assert raised.value.facts["field"] == field


def test_none_is_no_count() -> None:
    with pytest.raises(UsageError, match="input_tokens is a whole number, not NoneType None"):
        Usage(input_tokens=None)  # pyright: ignore[reportArgumentType]


def test_zero_requests_are_no_usage() -> None:
    with pytest.raises(UsageError, match="requests is 0; a usage is at least one request"):
        Usage(requests=0)


def test_other_whole_numbers_become_ints() -> None:
    given: Any = Whole(5)
    usage = Usage(input_tokens=given, output_tokens=1, units={"page": given}, requests=given)
    assert usage == Usage(input_tokens=5, output_tokens=1, units={"page": 5}, requests=5)
    assert {type(usage.input_tokens), type(usage.units["page"]), type(usage.requests)} == {int}
    assert (usage + usage).requests == 10


@pytest.mark.parametrize(
    ("units", "words"),
    [
        pytest.param({"web_serch": 1}, "unknown unit 'web_serch'; nearest: web_search", id="typo"),
        pytest.param({"zzz": 1}, "unknown unit 'zzz'; known: image, video_second", id="unlike any"),
        pytest.param({7: 1}, "unknown unit '7'; known: image", id="not text"),
        pytest.param(
            {"cache_read": 1},
            "'cache_read' is no unit; tokens are fields of Usage: cache_read_tokens=...",
            id="a token meter",
        ),
        pytest.param(
            {"output_tokens": 1},
            "'output_tokens' is no unit; tokens are fields of Usage: output_tokens=...",
            id="a token field",
        ),
        pytest.param({"page": -1}, "page is -1; a count is not negative", id="negative"),
        pytest.param({"page": True}, "page is a whole number, not the boolean True", id="boolean"),
        pytest.param({"page": 1.5}, "page is a whole number, not float 1.5", id="float"),
        pytest.param([("page", 1)], "units is a mapping of meters to counts, not list", id="list"),
        pytest.param(None, "units is a mapping of meters to counts, not NoneType", id="None"),
    ],
)
def test_units_are_checked(units: Any, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        Usage(units=units)
    assert str(raised.value).startswith(words)


@pytest.mark.parametrize(
    ("counts", "pattern"),
    [
        pytest.param({"input": -5}, r"input\w* is -5", id="negative"),
        pytest.param(
            {"input": -5, "cache_write": 10, "input_audio": 5},
            r"input\w* is -5",
            id="negative input is not hidden by media that a write could contain",
        ),
        pytest.param(
            {"cache_write": -3, "cache_write_1h": 3},
            r"cache_write",
            id="negative writes are not hidden by longer ones",
        ),
        pytest.param({"input": True}, r"input\w* is a whole number, not the bool", id="boolean"),
        pytest.param({"output": 1.0}, r"output\w* is a whole number, not float 1.0", id="float"),
        pytest.param({"input": "5"}, r"input\w* is a whole number, not str '5'", id="text"),
        pytest.param({"output": None}, r"output\w* is a whole number, not NoneType", id="None"),
    ],
)
def test_disjoint_counts_are_checked_as_they_were_given(
    counts: dict[str, Any], pattern: str
) -> None:
    with pytest.raises(UsageError, match=pattern):
        Usage.from_disjoint(**counts)


def test_disjoint_counts_become_inclusive_totals() -> None:
    usage = Usage.from_disjoint(
        input=1,
        cache_read=2,
        cache_write=4,
        cache_write_1h=8,
        cache_write_12h=16,
        input_audio=32,
        input_image=64,
        input_video=128,
        cache_read_audio=256,
        cache_read_image=512,
        output=1_024,
        reasoning=2_048,
        citation=4_096,
        output_audio=8_192,
        output_image=16_384,
        output_video=32_768,
        units={"page": 7},
        requests=3,
    )
    assert usage == Usage(
        input_tokens=1_023,
        cache_read_tokens=770,
        cache_write_tokens=28,
        cache_write_1h_tokens=8,
        cache_write_12h_tokens=16,
        input_audio_tokens=288,
        input_image_tokens=576,
        input_video_tokens=128,
        cache_read_audio_tokens=256,
        cache_read_image_tokens=512,
        output_tokens=64_512,
        reasoning_tokens=2_048,
        citation_tokens=4_096,
        output_audio_tokens=8_192,
        output_image_tokens=16_384,
        output_video_tokens=32_768,
        units={"page": 7},
        requests=3,
    )


def test_addition_adds_every_count() -> None:
    numbers = {
        field.name: number
        for number, field in enumerate(dataclasses.fields(Usage), 1)
        if field.name not in {"units", "requests"}
    }
    whole = {**numbers, "input_tokens": 1_000, "output_tokens": 1_000, "cache_write_tokens": 100}
    whole |= {"cache_read_tokens": 100, "input_audio_tokens": 100, "input_image_tokens": 100}
    one = Usage(**whole, units={"page": 1, "web_search": 2})
    other = Usage(**whole, units={"page": 4, "image": 8})
    both = one + other
    assert {name: getattr(both, name) for name in whole} == {
        name: 2 * count for name, count in whole.items()
    }
    assert both.units == {"image": 8, "web_search": 2, "page": 5}
    assert both == other + one


@pytest.mark.parametrize(
    ("requests", "expected"),
    [
        pytest.param([None, None], 2, id="None counts as one request"),
        pytest.param([1, None], 2, id="one and None"),
        pytest.param([10, 5], 15, id="aggregates"),
        pytest.param([None], None, id="one usage alone stays one request"),
    ],
)
def test_addition_adds_requests(requests: list[int | None], expected: int | None) -> None:
    assert (
        sum(
            (Usage(input_tokens=1, requests=each) for each in requests[1:]),
            start=Usage(input_tokens=1, requests=requests[0]),
        ).requests
        == expected
    )


def test_usages_sum_from_zero() -> None:
    assert sum([Usage(input_tokens=1), Usage(input_tokens=2)]) == Usage(input_tokens=3, requests=2)


@pytest.mark.parametrize("other", [1, 0.5, "1", None, {"input_tokens": 1}])
def test_a_usage_adds_up_with_usages_only(other: Any) -> None:
    with pytest.raises(TypeError):
        Usage() + other
    with pytest.raises(TypeError):
        other + Usage()


def test_a_sum_above_the_largest_count_is_refused() -> None:
    with pytest.raises(UsageError, match="input_tokens is 2.000e\\+18"):
        Usage(input_tokens=MAX_COUNT) + Usage(input_tokens=MAX_COUNT)


@pytest.mark.parametrize(
    ("usage", "ratio"),
    [
        pytest.param(Usage(), None, id="unknown without input"),
        pytest.param(Usage(input_tokens=4), 0.0, id="nothing read"),
        pytest.param(Usage(input_tokens=4, cache_read_tokens=1), 0.25, id="a quarter"),
        pytest.param(Usage(input_tokens=4, cache_read_tokens=4), 1.0, id="all"),
    ],
)
def test_the_hit_ratio_is_weighted_by_tokens(usage: Usage, ratio: float | None) -> None:
    assert usage.hit_ratio == ratio


@pytest.mark.parametrize(
    "twin", [pickled, copy.copy, copy.deepcopy], ids=lambda each: each.__name__
)
def test_copies_are_equal_and_still_priceable(twin: Any) -> None:
    usage = Usage(input_tokens=9, cache_read_tokens=4, units={"page": 2}, requests=3)
    other = twin(usage)
    assert other == usage
    assert hash(other) == hash(usage)
    assert other.disjoint() == {"input": 5, "cache_read": 4, "page": 2}
    assert (other.prompt2, other.output2) == (6, 0)
    assert type(other.units) is Counts


def test_a_usage_is_frozen() -> None:
    usage = Usage(input_tokens=1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        usage.input_tokens = 2  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(AttributeError, match="'Usage' object has no attribute 'tokens'"):
        usage.tokens  # noqa: B018 # pyright: ignore[reportAttributeAccessIssue]


def test_a_usage_does_not_follow_the_mapping_that_it_was_made_from() -> None:
    units = {"page": 1}
    usage = Usage(units=units)
    parts = usage.disjoint()
    units["page"] = 9
    parts["page"] = 9
    assert usage.units == {"page": 1}
    assert usage.disjoint() == {"page": 1}
    assert Usage(units=MappingProxyType(units)).units == {"page": 9}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda units: units.__setitem__("page", 9), id="an item set"),
        pytest.param(lambda units: units.__delitem__("page"), id="an item deleted"),
        pytest.param(lambda units: units.__ior__({"page": 9}), id="a mapping merged in"),
        pytest.param(lambda units: units.clear(), id="clear"),
        pytest.param(lambda units: units.pop("page"), id="pop"),
        pytest.param(lambda units: units.popitem(), id="popitem"),
        pytest.param(lambda units: units.setdefault("image", 1), id="setdefault"),
        pytest.param(lambda units: units.update(page=9), id="update"),
    ],
)
def test_units_cannot_change(change: Any) -> None:
    usage = Usage(units={"page": 1})
    with pytest.raises(TypeError, match="the units of a usage cannot change"):
        change(usage.units)
    assert usage.units == {"page": 1}


def test_equal_counts_are_equal_and_hash_alike() -> None:
    one = Usage(input_tokens=1, units={"page": 1, "image": 2})
    other = Usage(units={"image": 2, "page": 1}, input_tokens=1)
    assert one == other
    assert len({one, other, Usage(input_tokens=1)}) == 2


def test_a_replaced_field_is_checked_again() -> None:
    usage = dataclasses.replace(Usage(input_tokens=9, cache_read_tokens=4), input_tokens=5)
    assert usage.disjoint() == {"input": 1, "cache_read": 4}
    with pytest.raises(UsageError, match="cache_read_tokens is 4"):
        dataclasses.replace(usage, input_tokens=3)
