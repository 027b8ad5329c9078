"""Sessions that were really made: replayed to the last digit, or simulated otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from costcalc import Registry, Session, Usage, estimate_sessions, price
from costcalc.money import EXACT

TIMES = [datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=each) for each in (0, 1, 7, 8, 70)]
PRICES = Registry.from_yaml("""
provider: lab
models:
  m:
    context_window: 50_000
    output_tokens_per_second: 100
    cache: {explicit: {ttl: {cache_write: 5m, cache_write_1h: 1h}, refresh_on_read: true}}
    prices:
      - input: 1
        cache_read: 0.1
        cache_write: 1.25
        cache_write_1h: 2
        output: 3
        reasoning: 4
        input_audio: 7
        cache_read_audio: 0.7
        request: 0.5
        rules: [{if: {prompt_tokens: ">11k"}, times: 2}]
      - from: 2026-03-01T00:05:00Z
        input: 1.5
        cache_read: 0.3
        cache_write: 1.25
        output: 3
        output_audio: 9
        input_image: 2.5
        web_search: 10
        rules: [{if: {prompt_tokens: ">40k"}, times: 2}]
  bare: {input: 4, output: 5, web_search: 10}
""")
USAGES = [
    Usage(input_tokens=10_000, cache_write_tokens=9_000, cache_write_1h_tokens=9_000, output_tokens=700,
          reasoning_tokens=200),
    Usage(input_tokens=12_000, cache_read_tokens=9_000, cache_write_tokens=2_900, output_tokens=50,
          input_audio_tokens=1_000, cache_read_audio_tokens=400, requests=1),
    Usage(input_tokens=45_000, cache_read_tokens=12_000, output_tokens=900, output_audio_tokens=300,
          units={"web_search": 3}),
    Usage(input_tokens=9_500, cache_read_tokens=9_000, input_image_tokens=400),
    Usage(output_tokens=3),
]  # fmt: skip


def test_a_replay_costs_what_its_usages_cost_to_the_last_digit() -> None:
    session = Session.from_usages(USAGES, model="m", at=TIMES)
    found = session.estimate(registry=PRICES)
    each = [
        price("m", usage, at=at, registry=PRICES) for usage, at in zip(USAGES, TIMES, strict=True)
    ]
    assert [row.cost for row in found.steps] == each
    assert [row.at for row in found.steps] == TIMES
    assert found.cost == sum(each[1:], each[0])
    assert found.usage == sum(USAGES[1:], USAGES[0])
    assert found.usage.input_audio_tokens == 1_000
    assert estimate_sessions([session], registry=PRICES).totals == (found.total,)
    assert (found.peak_context, found.exceeded) == (45_000, ())
    assert found.hit_ratio == 30_000 / 76_500
    assert (found.misses, found.assumptions) == ({}, ())
    assert found.seconds == Decimal("4200.03")
    plain = [
        Usage(input_tokens=10_000, output_tokens=700, reasoning_tokens=200),
        Usage(input_tokens=12_000, input_audio_tokens=1_000, output_tokens=50),
        Usage(
            input_tokens=45_000, output_tokens=900, output_audio_tokens=300, units={"web_search": 3}
        ),
        Usage(input_tokens=9_500, input_image_tokens=400),
        Usage(output_tokens=3),
    ]
    without = Decimal(0)
    for usage, at in zip(plain, TIMES, strict=True):
        without = EXACT.add(without, price("m", usage, at=at, registry=PRICES).total)
    assert found.uncached == without


@pytest.mark.untraced
def test_a_thousand_drawn_replays_cost_what_their_usages_cost() -> None:
    for seed in range(1_000):
        random = Random(seed)  # noqa: S311 - draws of a test
        usages: list[Usage] = []
        for _ in range(random.randint(1, 6)):
            given, made = random.randint(0, 60_000), random.randint(0, 900)
            read = random.randint(0, given)
            usages.append(
                Usage(
                    input_tokens=given,
                    cache_read_tokens=read,
                    cache_write_tokens=random.randint(0, given - read),
                    output_tokens=made,
                    reasoning_tokens=random.randint(0, made),
                    units={},
                )
            )
        gaps = [random.choice([0, 1, 100, 299, 301, 4_000]) for _ in usages]
        moments = [TIMES[0] + timedelta(seconds=sum(gaps[:n])) for n in range(len(usages))]
        found = Session.from_usages(usages, model="m", at=moments).estimate(registry=PRICES)
        expected = Decimal(0)
        for usage, at in zip(usages, moments, strict=True):
            expected = EXACT.add(expected, price("m", usage, at=at, registry=PRICES).total)
        assert found.total == expected


def test_a_replay_begins_when_it_was_recorded_unless_the_call_says_otherwise() -> None:
    session = Session.from_usages(USAGES[:1], model="m", at=["2026-03-01T00:06:00Z"])
    assert session.estimate(registry=PRICES).cost.lines[0].rate == Decimal("1.5")
    assert session.estimate(at="2026-03-01", registry=PRICES).cost.lines[0].rate == 1


def test_another_model_is_simulated_with_its_own_cache() -> None:
    session = Session.from_usages(USAGES, model="m", at=TIMES)
    found = session.estimate("bare", registry=PRICES)
    assert [row.context for row in found.steps] == [usage.input_tokens for usage in USAGES]
    assert [row.output for row in found.steps] == [usage.output_tokens for usage in USAGES]
    assert (found.hit_ratio, str(found.policy)) == (0, "no cache")
    assert [(each.code, each.text) for each in found.assumptions][1:] == [
        (
            "recorded_media",
            "3 of 5 recorded calls have sound, images or video, whose tokens are simulated as text",
        )
    ]
    again = session.replace(cache=None).estimate(registry=PRICES)
    assert [row.context for row in again.steps] == [usage.input_tokens for usage in USAGES]
    assert [row.miss for row in again.steps] == [None, None, "ttl", "edited", None]


@pytest.mark.parametrize(
    ("name", "reads"),
    [("lab/m", 9_000), ("gone", 0)],
    ids=["the same model by another name is replayed", "another one is simulated"],
)
def test_a_recording_is_replayed_under_its_own_model(name: str, reads: int) -> None:
    usages = [Usage(input_tokens=10_000, cache_read_tokens=9_000)]
    prices = PRICES.overlay(aliases={"gone": "bare"})
    session = Session.from_usages(usages, model="m", at=TIMES[:1])
    assert session.estimate(name, registry=prices).steps[0].read == reads
    # a name that the registry does not know, too
    lost = session.replace(model="nobody knows")
    assert lost.estimate(name, registry=prices).steps[0].read == 0


def test_usages_of_no_stated_model_are_replayed_under_any() -> None:
    session = Session.from_usages(USAGES[:1])
    for model in ("m", "bare"):
        found = session.estimate(model, at="2026-03-01", registry=PRICES)
        assert found.total == price(model, USAGES[0], at="2026-03-01", registry=PRICES).total


GROWTH: dict[str, tuple[list[tuple[int, int, int]], int, list[tuple[int, int]]]] = {
    # (input, read, output) of each call; system prompt; (new, dropped) of each step
    "a prompt that holds prompt and reply before": (
        [(100, 0, 20), (150, 100, 5)], 0, [(100, 0), (30, 0)],
    ),
    "a reply that was not sent again": ([(100, 0, 20), (110, 100, 5)], 0, [(100, 0), (10, 20)]),
    "a shorter prompt keeps what the cache served": (
        [(100, 0, 20), (80, 60, 5)], 0, [(100, 0), (20, 60)],
    ),
    "a shorter prompt of which nothing was cached keeps the system prompt": (
        [(100, 0, 20), (80, 0, 5)], 40, [(60, 0), (40, 80)],
    ),
    "a system prompt is not new": ([(100, 0, 20)], 40, [(60, 0)]),
}  # fmt: skip


@pytest.mark.parametrize(("calls", "system", "steps"), GROWTH.values(), ids=GROWTH)
def test_what_a_recorded_prompt_has_more_is_new(
    calls: list[tuple[int, int, int]], system: int, steps: list[tuple[int, int]]
) -> None:
    usages = [Usage(input_tokens=i, cache_read_tokens=r, output_tokens=o) for i, r, o in calls]
    session = Session.from_usages(usages, model="m", system_tokens=system)
    found: Any = session.steps
    assert [(step.input_tokens, step.dropped_tokens) for step in found] == steps
    anew = session.replace(cache=None).estimate(at="2026-03-01", registry=PRICES)
    assert [row.context for row in anew.steps] == [usage.input_tokens for usage in usages]


def test_a_real_session_is_replayed_with_the_prices_of_its_days() -> None:
    # Sonnet 4 cost twice as much above 200k tokens: https://claude.com/pricing#api
    usages = [Usage(input_tokens=tokens, cache_read_tokens=tokens // 2, cache_write_tokens=tokens // 4,
                    cache_write_1h_tokens=tokens // 8, output_tokens=1_000) for tokens in (8_000, 240_000)]  # fmt: skip
    at = ["2025-09-07", "2025-09-08"]
    found = Session.from_usages(usages, model="claude-sonnet-4-20250514", at=at).estimate()
    one, other = (
        price("claude-sonnet-4-20250514", u, at=a) for u, a in zip(usages, at, strict=True)
    )
    assert found.total == EXACT.add(one.total, other.total)
