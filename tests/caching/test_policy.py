"""Policies of caches: which one a choice means, what of a prefix it takes, how long it lives."""

from __future__ import annotations

from typing import Any

import pytest

from costcalc import CachePolicy, Registry, UsageError, cache_policy
from costcalc.caching.policy import NO_CACHE, duration, policies_of, policy_of, seconds_of

LAB = """
provider: lab
models:
  auto: {input: 1, cache_read: 0.1, output: 2, cache: {automatic: {min_tokens: 1024, increment: 128, caches_output: true}}}
  marked:
    input: 1
    cache_read: 0.1
    cache_write: 1.25
    output: 2
    cache: {explicit: {min_tokens: 512, ttl: {cache_write_1h: 1h, cache_write: 5m}, refresh_on_read: true}}
  both: {input: 1, cache_read: 0.1, cache_write: 2, output: 2, cache: {explicit: {ttl: {cache_write: 5m}}, automatic: {}}}
  free: {input: 1, cache_read: 0.1, output: 2, cache: {explicit: {ttl: {cache_write: 5m}}}}
  stored: {input: 1, cache_read: 0.1, cache_storage: 1, output: 2, cache: {explicit: {min_tokens: 4096, ttl: {cache_read: 1h}, creation_billed: unknown}}}
  homeless: {input: 1, cache_read: 0.1, output: 2, cache: {explicit: {creation_billed: true}}}
  whole: {input: 1, cache_read: 0.1, cache_write: 2, output: 2, cache: {automatic: {ttl: {cache_write: 30m}, whole_prompts: true}}}
  unsaid: {input: 1, cache_read: 0.1, output: 2}
  none: {input: 1, output: 2, cache: {automatic: {}}}
  empty: {input: 1, cache_read: 0.1, output: 2, cache: {automatic: null, explicit: {}}}
"""
PRICES = Registry.from_yaml(LAB)


def policy(model: str, cache: str | None = None) -> CachePolicy:
    return cache_policy(PRICES.rate_card(model, at="2026-01-01"), cache)


CHOICES: dict[str, tuple[str, str | None, CachePolicy]] = {
    "what the model does by itself": (
        "auto", None, CachePolicy(kind="automatic", min_tokens=1_024, increment=128, caches_output=True),
    ),
    "the shortest life of an explicit one": (
        "marked", None, CachePolicy(kind="explicit", write_meter="cache_write", ttl=300, min_tokens=512, refresh_on_read=True),
    ),
    "the life that is named": (
        "marked", "1h", CachePolicy(kind="explicit", write_meter="cache_write_1h", ttl=3_600, min_tokens=512, refresh_on_read=True),
    ),
    "the same life in other words": (
        "marked", "60m", CachePolicy(kind="explicit", write_meter="cache_write_1h", ttl=3_600, min_tokens=512, refresh_on_read=True),
    ),
    "one that finds whole prompts": (
        "whole", None, CachePolicy(kind="automatic", write_meter="cache_write", ttl=1_800, whole_prompts=True),
    ),
    "its automatic cache before its explicit one": ("both", None, CachePolicy(kind="automatic")),
    "the kind that is named": (
        "both", "explicit", CachePolicy(kind="explicit", write_meter="cache_write", ttl=300),
    ),
    "automatic by name": ("both", "automatic", CachePolicy(kind="automatic")),
    "a write without a price is plain input": ("free", None, CachePolicy(kind="explicit", ttl=300)),
    "none by name": ("auto", "none", NO_CACHE),
    "a stored one is explicit": (
        "stored", "explicit", CachePolicy(kind="stored", ttl=3_600, min_tokens=4_096, creation_billed="unknown"),
    ),
    "a stored one lives as long as one pays": (
        "stored", "15m", CachePolicy(kind="stored", ttl=900, min_tokens=4_096, creation_billed="unknown"),
    ),
    "a stored one without a price of storage is none": ("homeless", None, NO_CACHE),
    "a rate without a policy is taken as automatic": ("unsaid", None, CachePolicy(kind="automatic", stated=False)),
    "a policy without a rate is none": ("none", None, NO_CACHE),
    "an automatic cache that a model has not": ("empty", None, CachePolicy(kind="explicit")),
}  # fmt: skip


@pytest.mark.parametrize(("model", "cache", "expected"), CHOICES.values(), ids=CHOICES)
def test_a_choice_means_one_cache(model: str, cache: str | None, expected: CachePolicy) -> None:
    assert policy(model, cache) == expected


REFUSED: dict[str, tuple[str, Any, str]] = {
    "a life that the model does not sell": (
        "marked", "24h", "marked (lab) has no cache '24h'; it has: explicit of 5m, explicit of 1h; 'none' switches caching off",
    ),
    "a kind that the model has not": (
        "auto", "explicit", "auto (lab) has no cache 'explicit'; it has: automatic; 'none' switches caching off",
    ),
    "any cache of a model without": (
        "none", "automatic", "none (lab) has no cache 'automatic'; it has none with a price; 'none' switches caching off",
    ),
    "a word that is no cache": (
        "auto", "always", "cache 'always' is no cache; write 'none', 'automatic', 'explicit' or a life such as '5m' or '1h'",
    ),
    "a life of nothing": (
        "marked", "0m", "cache '0m' is no cache; write 'none', 'automatic', 'explicit' or a life such as '5m' or '1h'",
    ),
    "a number": ("auto", 300, "cache is None or a text such as 'none', 'automatic' or '1h', not 300"),
}  # fmt: skip


@pytest.mark.parametrize(("model", "cache", "said"), REFUSED.values(), ids=REFUSED)
def test_a_cache_that_cannot_be_is_refused(model: str, cache: Any, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        policy(model, cache)
    assert str(caught.value) == said


def test_a_stored_cache_without_a_life_needs_one() -> None:
    kinds = {"explicit": {"creation_billed": True}}
    rates = {**PRICES.rate_card("stored", at="2026-01-01").rates}
    with pytest.raises(
        UsageError, match=r"stored and billed by the hour; say for how long: cache='1h'"
    ):
        policy_of(kinds, rates, None, "m (lab)")
    with pytest.raises(UsageError, match=r"say for how long"):
        policy_of(kinds, rates, "explicit", "m (lab)")
    assert policy_of(kinds, rates, "30m", "m (lab)").ttl == 1_800


@pytest.mark.parametrize(
    ("least", "grain", "cases"),
    [
        (0, 1, {0: 0, 1: 1, 1_000: 1_000}),
        (1_024, 128, {1_023: 0, 1_024: 1_024, 1_151: 1_024, 1_152: 1_152, 21_500: 21_376}),
        (0, 64, {63: 0, 64: 64, 127: 64}),
        (100, 64, {99: 0, 163: 100, 164: 164}),
    ],
)  # fmt: skip
def test_a_prefix_is_cached_from_the_minimum_on_in_increments(
    least: int, grain: int, cases: dict[int, int]
) -> None:
    found = CachePolicy(kind="automatic", min_tokens=least, increment=grain)
    assert {tokens: found.cached(tokens) for tokens in cases} == cases
    assert NO_CACHE.cached(10**6) == 0


def test_every_cache_of_a_model_is_offered_and_a_stored_one_at_each_life() -> None:
    lives = ["15m", 3_600]
    kinds = {
        model: [str(each) for each in policies_of(PRICES.rate_card(model, at="2026-01-01"), lives)]
        for model in ("both", "marked", "stored", "none")
    }
    assert kinds == {
        "both": ["automatic cache", "explicit cache, 5m"],
        "marked": ["explicit cache, 5m", "explicit cache, 1h"],
        "stored": ["stored cache, 15m", "stored cache, 1h"],
        "none": [],
    }


@pytest.mark.parametrize("life", [0, -5, True, 1.5, None])
def test_a_life_is_text_or_whole_seconds(life: Any) -> None:
    card = PRICES.rate_card("stored", at="2026-01-01")
    with pytest.raises(UsageError) as caught:
        policies_of(card, [life])
    assert str(caught.value) == (
        f"a cache lives for whole seconds from 1 on or a time such as '1h', not {life!r}"
    )


def test_a_life_that_is_a_word_is_refused() -> None:
    with pytest.raises(UsageError, match="cache 'ever' is no cache"):
        policies_of(PRICES.rate_card("stored", at="2026-01-01"), ["ever"])


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("5m", 300), ("90m", 5_400), ("1h", 3_600), ("1d", 86_400)],
)
def test_a_duration_is_read_and_written(text: str, seconds: int) -> None:
    assert seconds_of(text) == seconds
    assert duration(seconds) == text


@pytest.mark.parametrize("text", ["", "5", "m", "05m", "5 m", "1h30m", "-5m", "1.5h", "5w"])
def test_what_is_no_duration_is_none(text: str) -> None:
    assert seconds_of(text) is None


def test_no_time_is_said_in_seconds() -> None:
    assert duration(0) == "0s"


def test_a_policy_reads_in_a_few_words() -> None:
    assert [str(policy(model)) for model in ("auto", "marked", "none")] == [
        "automatic cache", "explicit cache, 5m", "no cache",
    ]  # fmt: skip
