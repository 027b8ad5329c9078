"""The formula of a session: its figures, what it refuses, and what it says of itself."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from costcalc import Registry, Session, Step, Usage, UsageError

AT = "2026-03-01"
PRICES = Registry.from_yaml("""
provider: lab
models:
  m: {input: 1, cache_read: 0.1, cache_write: 1.25, output: 2,
      cache: {explicit: {ttl: {cache_write: 5m}, min_tokens: 50, refresh_on_read: true}}}
  whole: {input: 1, cache_read: 0.1, cache_write: 1.25, output: 2,
          cache: {automatic: {ttl: {cache_write: 30m}, min_tokens: 50, whole_prompts: true}}}
  fee: {input: 1, output: 2, request: 3, audio_second: 0.36}
  stored: {input: 1, cache_read: 0.1, cache_storage: 0.36, output: 2,
           cache: {explicit: {ttl: {cache_read: 1h}, creation_billed: true}}}
""")
SHAPE: dict[str, Any] = {
    "steps": 4,
    "system_tokens": 100,
    "input_tokens_per_step": 10,
    "output_tokens_per_step": 5,
}


def test_a_formula_states_every_figure() -> None:
    found = Session(model="m", **SHAPE).closed_form(at=AT, registry=PRICES)
    assert (found.model, found.provider, found.currency, found.steps) == ("m", "lab", "USD", 4)
    # prompts of 110, 125, 140, 155: all but the last are read once more
    assert (found.input_tokens, found.final_context, found.output_tokens) == (530, 155, 20)
    assert (found.read, found.written, found.fresh) == (375, 155, 0)
    assert found.total == (375 * Decimal("0.1") + 155 * Decimal("1.25") + 40) / 10**6
    assert found.uncached == Decimal("0.00057")
    assert found.saved == found.uncached - found.total
    assert found.ceiling == found.hit_ratio == 375 / 530
    assert found.differs == ()


def test_fees_and_units_are_those_of_every_call() -> None:
    session = Session(model="fee", units_per_step={"audio_second": 7, "request": 2}, **SHAPE)
    found = session.closed_form(at=AT, registry=PRICES)
    assert found.total == session.estimate(at=AT, registry=PRICES).total
    plain = Session(model="fee", steps=3).closed_form(at=AT, registry=PRICES)
    assert plain.total == Decimal("0.009")
    assert (plain.hit_ratio, plain.ceiling) == (None, None)


GRAINED = Registry.from_yaml("""
provider: lab
fees: {container_second: 36, page: 10}
minimum: {container_second: 300}
models:
  m: {input: 1, output: 2}
  hybrid: {input: 1, output: 2, reasoning: 8, rules: [{if: {thinking: true}, output: 8}]}
""")


@pytest.mark.parametrize(
    ("units", "differs"),
    [
        pytest.param({}, (), id="a minimum of what is not used changes nothing"),
        pytest.param({"page": 2}, (), id="nor does a fee without one"),
        pytest.param({"container_second": 60}, ("grains",), id="each call's minimum is not known"),
    ],
)
def test_a_formula_knows_which_minimum_it_does_not_know(
    units: dict[str, int], differs: tuple[str, ...]
) -> None:
    session = Session(model="m", units_per_step=units, **SHAPE)
    found = session.closed_form(at=AT, registry=GRAINED)
    assert found.differs == differs
    estimated = session.estimate(at=AT, registry=GRAINED).total
    assert estimated == found.total + (Decimal(4 * 240) / 100 if differs else 0)


@pytest.mark.parametrize("reasoning", [0, 2])
def test_replies_that_thought_are_priced_as_such(reasoning: int) -> None:
    session = Session(model="hybrid", reasoning_tokens_per_step=reasoning, **SHAPE)
    found = session.closed_form(at=AT, registry=GRAINED)
    assert found.total == session.estimate(at=AT, registry=GRAINED).total
    assert found.total == Decimal(found.input_tokens + 20 * (8 if reasoning else 2)) / 10**6
    assert found.differs == ()


def test_a_stored_cache_is_created_once() -> None:
    found = Session(model="stored", **SHAPE).closed_form(at=AT, registry=PRICES)
    assert (found.read, found.written, found.fresh, found.input_tokens) == (400, 0, 230, 530)
    storage = Decimal("0.36") * 100 / 10**6
    assert found.total == (230 + 40 + 40) / Decimal(10**6) + storage
    assert found.hit_ratio == 400 / 630


PASSING: dict[str, tuple[dict[str, Any], int, tuple[str, ...]]] = {
    "nothing of a prompt that ends in passages is found": ({}, 0, ()),
    "nor can a life end in which nothing is found": ({"gap": "1h"}, 0, ()),
    "nor a miss take what is not there": ({"misses": [2], "miss_ratio": "0.5"}, 0, ()),
    "what others cached is found by every step": ({"warm_start_ratio": 1}, 400, ()),
    "until its life ends, which nothing renews": (
        {"warm_start_ratio": 1, "gap": "11m"}, 400, ("expiry",),
    ),
    "until a drawn miss": (
        {"warm_start_ratio": 1, "miss_ratio": "0.5"}, 250, ("drawn misses", "warm start"),
    ),
    "a first prompt at the minimum": ({"system_tokens": 0, "input_tokens_per_step": 20}, 0, ()),
    "a first prompt below the minimum": (
        {"system_tokens": 0, "input_tokens_per_step": 19}, 0, ("minimum",),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("fields", "read", "names"), PASSING.values(), ids=PASSING)
def test_passages_leave_a_cache_of_whole_prompts_nothing_to_find(
    fields: dict[str, Any], read: int, names: tuple[str, ...]
) -> None:
    session = Session(model="whole", transient_tokens_per_step=30, **{**SHAPE, **fields})
    found = session.closed_form(at=AT, registry=PRICES)
    assert (found.read, found.differs) == (read, names)
    assert found.read + found.written == found.input_tokens
    if not names:
        assert found.total == session.estimate(at=AT, registry=PRICES).total


DIFFERS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "a system prompt below the minimum that others cached": (
        {"system_tokens": 45, "warm_start_ratio": 1}, ("minimum",),
    ),
    "a first prompt below the minimum": ({"system_tokens": 39}, ("minimum",)),
    "a first prompt at the minimum": ({"system_tokens": 40}, ()),
    "without a cache no minimum": ({"system_tokens": 39, "cache": "none"}, ()),
    "a wait as long as the cache lives": ({"gap": "5m"}, ()),
    "a wait longer than the cache lives": ({"gap": "301s"}, ("expiry",)),
    "a wait before the first call is none": ({"gap": ["1h", 0, 0, 0]}, ()),
    "a wait before another call": ({"gap": [0, 0, 0, "1h"]}, ("expiry",)),
    "without a cache no expiry": ({"gap": "1h", "cache": "none"}, ()),
    "a miss at the first step": ({"misses": [1]}, ()),
    "a miss at another": ({"misses": [2]}, ("misses",)),
    "misses that are drawn": ({"miss_ratio": "0.1"}, ("drawn misses",)),
    "misses that are certain": ({"miss_ratio": 1}, ()),
    "a start that is drawn": ({"warm_start_ratio": "0.1"}, ("drawn start",)),
    "an edit": ({"edits": {2: 60}}, ("edits",)),
    "compaction that comes": ({"compact_at": 144, "summary_tokens": 9}, ("compaction",)),
    "compaction that never comes": ({"compact_at": 145, "summary_tokens": 9}, ()),
    "several at once": ({"misses": [2], "edits": {2: 60}, "gap": "9m"}, ("misses", "edits", "expiry")),
}  # fmt: skip


@pytest.mark.parametrize(("fields", "names"), DIFFERS.values(), ids=DIFFERS)
def test_a_formula_names_what_it_does_not_know(
    fields: dict[str, Any], names: tuple[str, ...]
) -> None:
    session = Session(model="m", **{**SHAPE, **fields})
    found = session.closed_form(at=AT, registry=PRICES)
    assert found.differs == names
    if not names:
        assert found.total == session.estimate(at=AT, registry=PRICES).total


def test_counts_of_single_steps_that_are_all_alike_are_one_number() -> None:
    session = Session(model="m", **{**SHAPE, "input_tokens_per_step": [10] * 4})
    expected = Session(model="m", **SHAPE).closed_form(at=AT, registry=PRICES)
    assert session.closed_form(at=AT, registry=PRICES) == expected


REFUSED: dict[str, tuple[Session, str]] = {
    "a list of steps": (
        Session(model="m", steps=[Step()]),
        "the closed form needs steps that are all alike; this session lists them: estimate()",
    ),
    "a replay": (
        Session.from_usages([Usage()], model="m"),
        "the closed form needs steps that are all alike; this session lists them: estimate()",
    ),
    "counts that differ": (
        Session(model="m", steps=2, input_tokens_per_step=[1, 2]),
        "the closed form needs steps that are all alike, and their counts differ: estimate()",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("session", "said"), REFUSED.values(), ids=REFUSED)
def test_a_formula_needs_steps_that_are_alike(session: Session, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        session.closed_form(at=AT, registry=PRICES)
    assert str(caught.value) == said
