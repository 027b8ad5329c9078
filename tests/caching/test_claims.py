"""From a claimed hit ratio to steps and misses: against sessions that are simulated."""

from __future__ import annotations

from decimal import Context, Decimal, Inexact, localcontext
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costcalc import CachePolicy, Registry, Session, UsageError
from costcalc.caching.claims import HitRatioClaim, implied_by_hit_ratio

SHAPE = {"system_tokens": 20_000, "input_tokens_per_step": 1_500, "output_tokens_per_step": 400}
GRAINED = CachePolicy(kind="automatic", min_tokens=1_024, increment=128)


def lab(policy: CachePolicy) -> Registry:
    stated = (
        f"min_tokens: {policy.min_tokens}, increment: {policy.increment}, "
        f"caches_output: {str(policy.caches_output).lower()}"
    )
    return Registry.from_yaml(
        f"provider: lab\ncache: {{automatic: {{{stated}}}}}\n"
        "models: {m: {input: 1, cache_read: 0.1, output: 1}}\n"
    )


def simulated(steps: int, shape: dict[str, int], policy: CachePolicy) -> Fraction:
    """Return the hit ratio of a session that is simulated call by call."""
    usage = Session(model="m", steps=steps, **shape).estimate(registry=lab(policy)).usage
    return (
        Fraction(usage.cache_read_tokens, usage.input_tokens) if usage.input_tokens else Fraction(0)
    )


@pytest.mark.parametrize(("missed", "steps", "bounds"), [(0, 14, (10, 20)), ("3%", 21, (14, 28))])
def test_nine_tenths_take_some_ten_to_twenty_steps_and_few_misses(
    missed: int | str, steps: int, bounds: tuple[int, int]
) -> None:
    found = implied_by_hit_ratio("90%", miss_ratio=missed, **SHAPE)
    assert found.possible
    assert (found.steps, found.bounds) == (steps, bounds)
    assert found.ceiling is found.miss_ratio is found.stated_steps is None


shapes = st.fixed_dictionaries(
    {
        "system_tokens": st.integers(0, 30_000),
        "input_tokens_per_step": st.integers(0, 3_000),
        "output_tokens_per_step": st.integers(0, 2_000),
    }
)
policies = st.builds(
    CachePolicy,
    kind=st.just("automatic"),
    min_tokens=st.sampled_from([0, 1_024, 4_096]),
    increment=st.sampled_from([1, 128, 1_000]),
    caches_output=st.booleans(),
)


@settings(max_examples=80, deadline=None)
@given(shape=shapes, policy=policies, steps=st.integers(1, 40), claim=st.integers(0, 100))
def test_the_ceiling_is_that_of_the_simulated_session(
    shape: dict[str, int], policy: CachePolicy, steps: int, claim: int
) -> None:
    found = implied_by_hit_ratio(f"{claim}%", steps=steps, policy=policy, **shape)
    ceiling = simulated(steps, shape, policy)
    assert found.ceiling == float(ceiling)
    assert found.possible == (Fraction(claim, 100) <= ceiling)
    if found.miss_ratio is not None:
        even = (1 - Fraction(found.miss_ratio)) * ceiling
        assert abs(even - Fraction(claim, 100)) < Fraction(1, 10**9)


@settings(max_examples=60, deadline=None)
@given(shape=shapes, steps=st.integers(1, 60))
def test_every_shape_lies_between_one_less_two_and_one_less_one_over_the_steps(
    shape: dict[str, int], steps: int
) -> None:
    plain = CachePolicy(kind="automatic")
    if not shape["system_tokens"] + shape["input_tokens_per_step"]:
        return  # the first prompt is empty
    ratio = simulated(steps, shape, plain)
    assert 1 - Fraction(2, steps) <= ratio <= 1 - Fraction(1, steps)
    assert simulated(steps, shape, GRAINED) <= ratio


@settings(max_examples=80, deadline=None)
@given(
    shape=shapes, policy=policies, claim=st.integers(1, 97), missed=st.sampled_from([0, 3, 20]),
)  # fmt: skip
def test_fewest_steps_are_those_that_counting_finds(
    shape: dict[str, int], policy: CachePolicy, claim: int, missed: int
) -> None:
    found = implied_by_hit_ratio(f"{claim}%", policy=policy, miss_ratio=f"{missed}%", **shape)
    kept, wanted = 1 - Fraction(missed, 100), Fraction(claim, 100)
    assert found.steps == counted(shape, policy, wanted, kept) or (found.steps or 500) >= 500
    assert bool(found.reason) == (found.steps is None)
    if found.steps is None or policy != CachePolicy(kind="automatic") or found.bounds is None:
        return
    low, high = found.bounds
    assert low <= found.steps <= high


def counted(
    shape: dict[str, int], policy: CachePolicy, wanted: Fraction, kept: Fraction
) -> int | None:
    """Add up prompts one by one until the ratio is reached."""
    read = whole = 0
    context, held = shape["system_tokens"], 0
    for step in range(1, 500):
        context += shape["input_tokens_per_step"]
        whole += context
        read += policy.cached(held)
        if whole and kept * read >= wanted * whole:
            return step
        held = context
        context += shape["output_tokens_per_step"]
        if policy.caches_output:
            held = context
    return None


def test_increments_let_the_ratio_fall_between_two_of_them() -> None:
    # prompts of 1,100 tokens that grow by one: 1,024 are read of each until 2,024 are there
    policy = CachePolicy(kind="automatic", min_tokens=1_024, increment=1_000)
    shape = {"system_tokens": 1_099, "input_tokens_per_step": 1, "output_tokens_per_step": 0}
    ratios = [simulated(steps, shape, policy) for steps in range(1, 200)]
    best = max(ratios)
    assert ratios[-1] < best < 1
    assert implied_by_hit_ratio(
        Decimal(best.numerator * 10**9 // best.denominator).scaleb(-9), policy=policy, **shape
    ).steps == 1 + ratios.index(best)  # fmt: skip


@pytest.mark.parametrize(
    ("ratio", "options", "sentence"),
    [
        pytest.param("90%", {}, "a hit ratio of 90.0% takes at least 14 steps of this shape (10 to 20 for others)", id="a claim alone"),
        pytest.param("90%", {"steps": 50},
                     "a hit ratio of 90.0% takes at least 14 steps of this shape (10 to 20 for others); "
                     "50 steps have 96.6% without a miss, and 90.0% with 6.9% of misses", id="steps that miss some"),
        pytest.param("0", {"steps": 1},
                     "a hit ratio of 0.0% takes at least one step of this shape (1 to 1 for others); "
                     "one step has 0.0% without a miss", id="nothing is easy"),
        pytest.param("90%", {"steps": 1},
                     "a hit ratio of 90.0% cannot be: one step of this shape reads at most 0.0% of its "
                     "input; it takes 14 steps", id="one step"),
        pytest.param("90%", {"steps": 14, "miss_ratio": "3%"},
                     "a hit ratio of 90.0% cannot be: 14 steps of this shape with 3.0% of misses read at "
                     "most 87.5% of their input; it takes 21 steps", id="misses that were stated"),
        pytest.param("100%", {"steps": 20},
                     "a hit ratio of 100.0% cannot be: 20 steps of this shape read at most 92.7% of their input",
                     id="a ratio that no number of steps has"),
        pytest.param("98%", {"miss_ratio": "3%"},
                     "a hit ratio of 98.0% cannot be: with 3.0% of misses no session reads more than 97.0%",
                     id="too many misses"),
        pytest.param("100%", {}, "a hit ratio of 100.0% cannot be: not even 1,000,000 steps of this shape "
                     "read 100.0% of their input", id="everything"),
        pytest.param("50%", {"policy": CachePolicy(kind="none")},
                     "a hit ratio of 50.0% cannot be: there is no cache", id="no cache"),
        pytest.param("50%", {"policy": CachePolicy(kind="automatic", caches_output=True)},
                     "a hit ratio of 50.0% takes at least 3 steps", id="replies are cached too"),
        pytest.param("90%", {"policy": CachePolicy(kind="automatic", min_tokens=50_000)},
                     "a hit ratio of 90.0% takes at least 75 steps",
                     id="a minimum asks for more steps than shapes do whose every token is read"),
    ],
)  # fmt: skip
def test_what_a_claim_says(ratio: str, options: dict[str, object], sentence: str) -> None:
    assert str(implied_by_hit_ratio(ratio, **SHAPE, **options)) == sentence


def test_nothing_depends_on_the_decimals_of_the_caller() -> None:
    found = implied_by_hit_ratio("90%", miss_ratio="30.7%", **SHAPE)
    assert found.reason == "with 30.7% of misses no session reads more than 69.3%"
    with localcontext(Context(prec=1, traps=[Inexact])):
        assert implied_by_hit_ratio("90%", miss_ratio="30.7%", **SHAPE) == found


def test_prompts_that_never_reach_the_minimum() -> None:
    found = implied_by_hit_ratio("50%", system_tokens=100, input_tokens_per_step=0, policy=GRAINED)
    assert found.reason == "its prompts never reach the 1,024 tokens from which on they are cached"
    assert not found.possible


def test_prompts_without_a_token() -> None:
    found = implied_by_hit_ratio("50%", system_tokens=0, input_tokens_per_step=0)
    assert found.reason == "its prompts are empty"
    assert implied_by_hit_ratio("0", system_tokens=0, input_tokens_per_step=0, steps=3).ceiling == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"ratio": "110%"}, "a hit ratio '110%' is above 1"),
        ({"ratio": "-1"}, "a hit ratio '-1' is negative"),
        ({"miss_ratio": 2}, "miss_ratio 2 is above 1"),
        ({"steps": 0}, "steps is a whole number from 1 on, not 0"),
        ({"steps": 2_000_000}, "steps is 2,000,000; a session has at most 1,000,000"),
        ({"system_tokens": -1}, "system_tokens is a whole number from 0 on"),
        ({"policy": CachePolicy(kind="stored", ttl=3_600)}, "a stored cache, 1h holds the system prompt alone"),
        ({"policy": "5m"}, r"policy is what cache_policy\(rate_card\) returns, not '5m'"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(options: dict[str, object], words: str) -> None:
    stated = {"ratio": "90%", **SHAPE, **options}
    with pytest.raises(UsageError, match=words):
        implied_by_hit_ratio(stated.pop("ratio"), **stated)


def test_a_claim_survives_json() -> None:
    found = implied_by_hit_ratio("90%", steps=50, **SHAPE)
    assert HitRatioClaim.model_validate_json(found.model_dump_json()) == found
