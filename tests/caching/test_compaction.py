"""How often to summarise: against sessions that are simulated call by call."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costcalc import Registry, Session, UsageError
from costcalc.caching.break_even import break_even
from costcalc.caching.compaction import Compaction

AT = "2026-06-01"
SYSTEM, GROWTH, SUMMARY, REPLY = 20_000, 1_700, 3_000, 400
PRICES = """
provider: lab
cache: {explicit: {ttl: {cache_write: 5m}, refresh_on_read: true}}
models:
  m: {input: 5, cache_read: 0.5, cache_write: 6.25, output: 25}
  uncached: {input: 5, output: 25}
  free: {input: 5, cache_read: 0, output: 25}
"""
REGISTRY = Registry.from_yaml(PRICES)


def best(model: str = "m", registry: Registry = REGISTRY, **options: int) -> Compaction:
    stated = {
        "prefix_tokens": SYSTEM,
        "growth_tokens": GROWTH,
        "summary_tokens": SUMMARY,
        **options,
    }
    found = break_even(model, registry=registry, at=AT, **stated).compaction
    assert found is not None
    return found


def simulated(every: int, steps: int = 400) -> Decimal:
    """Return what a session costs that is summarised every so many steps."""
    session = Session(
        model="m", steps=steps, system_tokens=SYSTEM, input_tokens_per_step=GROWTH - REPLY,
        output_tokens_per_step=REPLY, compact_at=SYSTEM + SUMMARY + every * GROWTH - 1,
        summary_tokens=SUMMARY,
    )  # fmt: skip
    return session.estimate(registry=REGISTRY, at=AT).total


def test_the_best_interval_of_a_coding_session() -> None:
    found = best()
    assert round(found.interval, 1) == Decimal("15.7")
    assert found.whole_interval == 16
    assert found.tolerance == (13, 19)
    costs = {every: simulated(every) for every in range(10, 25)}
    assert min(costs, key=lambda every: costs[every]) == 16
    # the whole bill, replies included, moves less than its input: 13 to 20 steps are within 1 %
    near = [every for every, total in costs.items() if total <= costs[16] * Decimal("1.01")]
    assert near == [*range(13, 21)]
    replies = 400 * REPLY * Decimal(25) / 10**6
    near = [
        each
        for each, total in costs.items()
        if total - replies <= (costs[16] - replies) * Decimal("1.01")
    ]
    assert near == [*range(13, 20)]


def test_over_four_hundred_steps_it_saves_four_fifths() -> None:
    replies = 400 * REPLY * Decimal(25) / 10**6
    assert round(simulated(best().whole_interval) - replies, 1) == Decimal("14.2")
    assert round(simulated(1_000) - replies, 1) == Decimal("76.1")


def test_the_stated_size_begins_a_cycle_after_as_many_steps() -> None:
    found = best()
    session = Session(
        model="m", steps=100, system_tokens=SYSTEM, input_tokens_per_step=GROWTH,
        compact_at=found.compact_at, summary_tokens=SUMMARY,
    )  # fmt: skip
    rows = session.estimate(registry=REGISTRY, at=AT).steps
    ends = [place for place, row in enumerate(rows) if row.kind == "compaction"]
    assert {end - start - 1 for start, end in pairwise(ends)} == {16}
    # a cycle, from one summary to the next, costs what the value says
    cycle = rows[ends[2]].running - rows[ends[1]].running
    assert cycle == found.cost_per_step * 16


sizes = st.integers(1, 30_000)


@settings(max_examples=60, deadline=None)
@given(
    system=sizes, growth=st.integers(50, 30_000), summary=sizes, read=st.integers(1, 100),
    write=st.integers(100, 200), made=st.integers(0, 1_000),
)  # fmt: skip
def test_no_other_interval_is_cheaper(
    system: int, growth: int, summary: int, read: int, write: int, made: int
) -> None:
    registry = Registry.from_yaml(
        "provider: lab\ncache: {explicit: {ttl: {cache_write: 5m}}}\nmodels:\n  m: {input: 1, "
        f"cache_read: {read / 100}, cache_write: {write / 100}, output: {made / 100}}}\n"
    )
    found = best(
        registry=registry, prefix_tokens=system, growth_tokens=growth, summary_tokens=summary
    )

    def per_step(steps: int) -> Fraction:
        """Add up the calls of a cycle."""
        r, w, p_out = Fraction(read, 100), Fraction(write, 100), Fraction(made, 100)
        total, held, context = Fraction(0), system, system + summary
        for _ in range(steps):
            context += growth
            total += r * held + w * (context - held)
            held = context
        return (total + r * held + p_out * summary) / steps

    low, high = found.tolerance
    least = per_step(found.whole_interval)
    assert abs(Fraction(found.cost_per_step) * 10**6 - least) < Fraction(1, 10**9)
    assert least <= per_step(found.whole_interval + 1)
    assert per_step(low) <= least * Fraction(101, 100) >= per_step(high)
    assert per_step(high + 1) > least * Fraction(101, 100)
    if found.whole_interval > 1:
        assert least < per_step(found.whole_interval - 1)
    if low > 1:
        assert per_step(low - 1) > least * Fraction(101, 100)


def test_without_a_cache_reading_again_is_plain_input() -> None:
    # every step sends all of it at 5 dollars: summaries pay far sooner
    assert best("uncached").whole_interval < best().whole_interval


def test_it_is_a_sentence() -> None:
    assert str(best()) == (
        "compaction: a summary of 3,000 tokens is best every 16 steps, above 50,199 tokens; 13 to "
        "19 steps cost at most 1% more, replies apart"
    )
    assert str(best("uncached", growth_tokens=200_000, summary_tokens=1, prefix_tokens=1)) == (
        "compaction: a summary of 1 tokens is best every step, above 200,001 tokens; no other "
        "interval costs at most 1% more, replies apart"
    )


def test_what_is_read_again_for_nothing_is_never_summarised() -> None:
    found = break_even("free", growth_tokens=9, summary_tokens=9, registry=REGISTRY, at=AT)
    assert found.compaction is None
    assert found.assumptions[-1].text == (
        "free reads a conversation again at no cost, so that no summary ever pays"
    )


def test_no_summary_is_no_question() -> None:
    assert break_even("m", growth_tokens=9, registry=REGISTRY, at=AT).compaction is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"summary_tokens": 9}, "say growth_tokens, too"),
        ({"summary_tokens": 0, "growth_tokens": 9}, "summary_tokens is a whole number from 1 on"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, int], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        break_even("m", registry=REGISTRY, at=AT, **options)
