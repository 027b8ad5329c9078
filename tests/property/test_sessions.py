"""Whole sessions, branches and draws included, equal rational arithmetic call by call."""

from __future__ import annotations

import json
from dataclasses import replace as _with
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from session_oracle import CacheData, ModelData, Oracle

from costcalc import Branch, Registry, Session, Step

START = datetime(2025, 9, 7, tzinfo=UTC)

pytestmark = pytest.mark.filterwarnings("ignore::costcalc.RedirectWarning")

rates = st.sampled_from([1, 2, 3.5, 0.25, 0.1, 1.25, 7])
tokens = st.sampled_from([0, 1, 7, 16, 99, 100, 101, 128, 250, 700]) | st.integers(0, 900)
waits = st.sampled_from([0, 1, 59, 60, 61, 120, 300, 301, 3_600]) | st.integers(0, 400)


@st.composite
def caches(draw: st.DrawFn) -> CacheData:
    kind = draw(
        st.sampled_from(["none", "automatic", "automatic", "explicit", "explicit", "stored"])
    )
    if kind == "none":
        return CacheData()
    least = draw(st.sampled_from([0, 0, 100, 256]))
    ttl = draw(st.sampled_from([None, 60, 300, 3_600]))
    if kind == "stored":
        billed = draw(st.sampled_from([True, False, "unknown"]))
        return CacheData(kind, ttl=ttl or 300, least=least, billed=billed)
    meter = draw(st.sampled_from([None, "cache_write", "cache_write_1h"]))
    return CacheData(
        kind,
        meter=meter if ttl else None,
        ttl=ttl,
        least=least,
        grain=draw(st.sampled_from([1, 1, 16, 128])) if kind == "automatic" else 1,
        refresh=draw(st.booleans()),
        replies=kind == "automatic" and draw(st.booleans()),
    )


@st.composite
def models(draw: st.DrawFn, *, name: str = "m") -> ModelData:
    cache = draw(caches())
    given_rates: dict[str, int | float] = {"input": draw(rates), "output": draw(rates)}
    if cache.kind != "none":
        given_rates["cache_read"] = draw(rates)
    if cache.meter is not None:
        given_rates["cache_write"] = draw(rates)
    if cache.meter == "cache_write_1h" and draw(st.booleans()):
        given_rates["cache_write_1h"] = draw(rates)
    if cache.kind == "stored":
        given_rates["cache_storage"] = draw(rates)
    for meter in ("reasoning", "request"):
        if draw(st.integers(0, 3)) == 0:
            given_rates[meter] = draw(rates)
    given_rates["web_search"] = 10
    tier = st.none() | st.tuples(st.sampled_from([500, 1_500]), st.sampled_from([2, 1.5]))
    return ModelData(
        name,
        given_rates,
        cache,
        long_prompt=draw(tier),
        long_reply=draw(st.none() | st.tuples(st.sampled_from([100, 300]), st.sampled_from([3]))),
        speed=draw(st.sampled_from([None, None, 7, 12.5, 100])),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[ModelData]:
    """Draw one model, or two of which the other takes over within the session.

    The second is either the same at other prices or the one that serves a retired id.
    """
    first = draw(models())
    if draw(st.integers(0, 2)):
        return [first]
    later = START + timedelta(seconds=draw(st.sampled_from([1, 60, 300, 1_000])))
    if draw(st.booleans()):
        second = draw(models(name="successor"))
    else:
        own = {meter: draw(rates) for meter in first.rates if meter != "web_search"}
        own = {**own, "web_search": 10}
        second = ModelData(
            "m", own, first.cache, first.long_prompt, first.long_reply, speed=first.speed
        )
        if first.cache.kind == "automatic" and first.cache.meter is None and draw(st.booleans()):
            least, ttl = draw(st.sampled_from([0, 64])), draw(st.sampled_from([None, 120]))
            second = _with(second, cache=_with(first.cache, least=least, ttl=ttl))
    return [first, _with(second, serves_from=later)]


@st.composite
def sessions(draw: st.DrawFn, *, depth: int = 1, fork: bool = False) -> Session:
    system = 0 if fork else draw(tokens)
    fields: dict[str, Any] = {
        "system_tokens": system,
        "seed": draw(st.integers(0, 99)),
        "miss_ratio": draw(st.sampled_from(["0", "0", "0.3", "1"])),
        "warm_start_ratio": draw(st.sampled_from(["0", "0", "0.5", "1"])),
    }
    if draw(st.integers(0, 3)) == 0:
        summary = draw(st.integers(1, 200))
        limit = (700 if fork else system) + summary + draw(st.sampled_from([201, 250, 400, 1_500]))
        fields |= {"summary_tokens": summary, "compact_at": limit}
    if draw(st.booleans()):
        steps = draw(st.lists(_steps(), min_size=1, max_size=6))
        kept = fields.get("summary_tokens")
        length, fields["steps"] = len(steps), _without_overdrafts(steps, kept)
    else:
        length = fields["steps"] = draw(st.integers(1, 7))
        fields |= draw(_counts(length))
    numbers = st.integers(1, length)
    if draw(st.integers(0, 3)) == 0:
        fields["misses"] = draw(st.lists(numbers, max_size=3))
    if draw(st.integers(0, 3)) == 0:
        fields["edits"] = draw(st.dictionaries(numbers, tokens, max_size=2))
    if depth:
        fields["branches"] = draw(st.lists(_branches(length, depth - 1), max_size=2))
    return Session(**fields)


@st.composite
def _steps(draw: st.DrawFn) -> Step:
    output = draw(tokens)
    return Step(
        input_tokens=draw(tokens),
        output_tokens=output,
        reasoning_tokens=draw(st.integers(0, output)),
        transient_tokens=draw(st.just(0) | tokens),
        gap=draw(waits),
        unchanged_tokens=draw(st.none() | st.none() | tokens),
        dropped_tokens=draw(st.sampled_from([0, 0, 0, 1, 40, 200])),
        units=draw(st.sampled_from([{}, {}, {"web_search": 2}])),
        kind=draw(st.sampled_from(["step", "user", "tool"])),
    )


def _without_overdrafts(steps: list[Step], summary: int | None) -> list[Step]:
    """Drop no more than the conversation surely has, which a summary may have shortened."""
    there, found = 0, list[Step]()
    for step in steps:
        dropped = min(step.dropped_tokens, there)
        found.append(_with(step, dropped_tokens=dropped))
        there += step.input_tokens + step.output_tokens - step.reasoning_tokens - dropped
        there = there if summary is None else min(there, summary)
    return found


@st.composite
def _counts(draw: st.DrawFn, length: int) -> dict[str, Any]:
    def some(each: st.SearchStrategy[Any]) -> Any:
        return draw(each | st.lists(each, min_size=length, max_size=length))

    output = some(tokens)
    least = min(output) if isinstance(output, list) else output
    return {
        "input_tokens_per_step": some(tokens),
        "output_tokens_per_step": output,
        "reasoning_tokens_per_step": draw(st.sampled_from([0, least // 2, least])),
        "transient_tokens_per_step": some(st.just(0)) if draw(st.booleans()) else some(tokens),
        "gap": some(waits),
        "units_per_step": draw(st.sampled_from([{}, {"web_search": 1}])),
    }


@st.composite
def _branches(draw: st.DrawFn, length: int, depth: int) -> Branch:
    fork = draw(st.booleans())
    return Branch(
        after=draw(st.integers(1, length)),
        session=draw(sessions(depth=depth, fork=fork)),
        count=draw(st.sampled_from([1, 1, 2])),
        fork=fork,
    )


def registry_of(history: list[ModelData]) -> Registry:
    """Return a registry with a history of one name, as a price file states it."""
    first, last = history[0], history[-1]
    said: dict[str, Any] = {"m": {**_stated(first), "prices": [_prices(first)]}}
    if last.name != first.name:
        assert last.serves_from is not None
        said[last.name] = {**_stated(last), "prices": [_prices(last)]}
        said["m"] |= {"retired": last.serves_from.isoformat(), "redirects_to": last.name}
    elif last is not first:
        assert last.serves_from is not None
        said["m"]["prices"].append({"from": last.serves_from.isoformat(), **_prices(last)})
    return Registry.from_yaml(json.dumps({"provider": "lab", "models": said}, indent=1))


def _stated(model: ModelData) -> dict[str, Any]:
    return {} if model.speed is None else {"output_tokens_per_second": model.speed}


def _cache(cache: CacheData) -> dict[str, Any]:
    """Return what a period says of its cache; what a model says would be merged into it."""
    if cache.kind == "none":
        return {}
    policy: dict[str, Any] = {"min_tokens": cache.least}
    if cache.kind == "stored":
        policy |= {"creation_billed": cache.billed}
    else:
        policy |= {"refresh_on_read": cache.refresh}
    if cache.kind == "automatic":
        policy |= {"increment": cache.grain, "caches_output": cache.replies}
    if cache.ttl is not None:
        policy["ttl"] = {cache.meter or "cache_read": f"{cache.ttl}s"}
    return {"cache": {"automatic" if cache.kind == "automatic" else "explicit": policy}}


def _prices(model: ModelData) -> dict[str, Any]:
    rules = [
        {"if": {key: f">{limit[0]}"}, "times": limit[1]}
        for key, limit in (
            ("prompt_tokens", model.long_prompt),
            ("output_tokens", model.long_reply),
        )
        if limit is not None
    ]
    return {**model.rates, **_cache(model.cache), "rules": rules}


@settings(max_examples=400, deadline=None)
@given(history=histories(), session=sessions())
def test_a_session_is_what_the_pages_say_call_by_call(
    history: list[ModelData], session: Session
) -> None:
    registry = registry_of(history)
    expected = Oracle(session, history, START)
    found = session.estimate("m", at=START, registry=registry)
    for row, right in zip(found.steps, expected.rows, strict=True):
        assert (row.kind, row.branch, row.at) == (right.kind, right.branch, right.at)
        assert (row.context, row.read, row.written, row.output) == (
            right.context, right.read, right.written, right.output,
        )  # fmt: skip
        assert (row.miss is None) == (not right.reasons), row
        assert row.miss is None or row.miss in right.reasons
        assert Fraction(row.cost.total) == right.cost
        event(f"{found.policy.kind}: {row.miss}")
    assert Fraction(found.total) == expected.total
    assert Fraction(found.uncached) == expected.uncached
    if expected.end is None:
        assert found.seconds is None
    else:
        assert found.seconds is not None
        assert abs(Fraction(found.seconds) - expected.end) <= Fraction(1, 10**6)
