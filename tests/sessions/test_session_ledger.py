"""The ledger of a session: what always holds of its rows, and what each one says."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from costcalc import (
    Branch,
    Registry,
    Session,
    SessionEstimate,
    Step,
    Usage,
    estimate_runs,
    estimate_sessions,
    price,
)
from costcalc.money import EXACT

AT = "2026-02-03T15:00:00Z"
LONG: dict[str, Any] = {
    "system_tokens": 20_000,
    "input_tokens_per_step": 1_500,
    "output_tokens_per_step": 400,
    "reasoning_tokens_per_step": 150,
}
SHAPES: dict[str, Session] = {
    "a plain session": Session(steps=8, **LONG),
    "a session without a cache": Session(steps=8, cache="none", **LONG),
    "pauses that outlive caches": Session(steps=8, gap=[0, 10, 301, 0, 3_601, 5, 86_401, 1], **LONG),
    "misses, known and drawn": Session(steps=12, misses=[3], miss_ratio="0.3", **LONG),
    "an edit, and a search in each call": Session(
        steps=6, edits={4: 21_000}, units_per_step={"web_search": 1}, **LONG
    ),
    "retrieved passages that come and go": Session(steps=6, transient_tokens_per_step=3_500, **LONG),
    "compaction": Session(steps=20, compact_at=40_000, summary_tokens=2_000, **LONG),
    "a subagent and two forks": Session(
        steps=6,
        branches=[
            Branch(after=2, session=Session(steps=4, system_tokens=9_000, input_tokens_per_step=300)),
            Branch(after=3, session=Session(steps=2, input_tokens_per_step=50), count=2, fork=True),
        ],
        **LONG,
    ),
    "prompts that grow into the next tier": Session(steps=9, input_tokens_per_step=40_000),
    "prompts that are too short to be cached": Session(steps=3, input_tokens_per_step=100),
    "nothing at all": Session(steps=2),
    "a list of steps": Session(
        steps=[Step(input_tokens=9_000, kind="user"), Step(output_tokens=5, gap="5m"),
               Step(dropped_tokens=3_000, unchanged_tokens=2_000, input_tokens=7)],
    ),
}  # fmt: skip
MODELS = (
    "claude-sonnet-4-5", "gpt-5", "gpt-4o", "gemini-2.5-pro", "grok-4-fast-reasoning",
    "deepseek-chat", "claude-haiku-4-5",
)  # fmt: skip


@pytest.mark.filterwarnings("ignore::costcalc.RedirectWarning")
@pytest.mark.filterwarnings("ignore::costcalc.StalePriceWarning")
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("session", SHAPES.values(), ids=SHAPES)
def test_a_ledger_adds_up_and_each_row_is_what_price_says(session: Session, model: str) -> None:
    found = session.estimate(model, at=AT)
    running, uncached = Decimal(0), Decimal(0)
    for index, row in enumerate(found.steps, 1):
        assert row.index == index
        assert row.read + row.written + row.fresh == row.context == row.usage.input_tokens
        assert min(row.read, row.written, row.fresh) >= 0
        again = price(model, row.usage, at=row.at)
        assert (row.cost.total, row.cost.lines) == (again.total, again.lines)
        plain = Usage(
            input_tokens=row.context,
            output_tokens=row.output,
            reasoning_tokens=row.usage.reasoning_tokens,
            units=row.usage.units,
            requests=1,
        )
        uncached = EXACT.add(uncached, price(model, plain, at=row.at).total)
        running = EXACT.add(running, row.cost.total)
        assert row.running == running
    assert running == found.total == sum(line.amount for line in found.cost.lines)
    assert uncached == found.uncached
    assert found.saved == uncached - running
    assert found.usage == sum((row.usage for row in found.steps[1:]), found.steps[0].usage)
    whole, read = found.usage.input_tokens, sum(row.read for row in found.steps)
    assert found.hit_ratio == (read / whole if whole else None)
    assert found.peak_context == max(row.context for row in found.steps)
    assert sum(found.misses.values()) == sum(row.miss is not None for row in found.steps)
    check_runs(found, session, model)


def check_runs(found: SessionEstimate, session: Session, model: str) -> None:
    """Compare with the way that many sessions take."""
    runs = estimate_sessions([session], model, at=AT)
    assert runs.totals == (found.total,)
    assert runs.calls == len(found.steps)
    assert runs.input_tokens == found.usage.input_tokens
    assert runs.cache_read_tokens == found.usage.cache_read_tokens
    assert runs.output_tokens == found.usage.output_tokens
    assert (runs.currency, runs.hit_ratio) == (found.currency, found.hit_ratio)


@pytest.mark.parametrize("cache", [None, "1h"])
def test_runs_agree_with_estimates_to_the_last_digit_for_every_seed(cache: str | None) -> None:
    session = Session(
        model="claude-sonnet-4-5", steps=15, miss_ratio="0.2", warm_start_ratio="0.5", seed=7,
        cache=cache, gap="2m", **LONG,
    )  # fmt: skip
    runs = estimate_runs(session, 60, at=AT)
    each = [session.replace(seed=7 + run).estimate(at=AT).total for run in range(60)]
    assert runs.totals == tuple(sorted(each))
    assert len(set(each)) > 20


def test_a_write_for_an_hour_is_billed_at_the_rate_for_an_hour() -> None:
    session = Session(model="claude-sonnet-4-5", steps=2, gap="20m", **LONG)
    short, hour = session.estimate(at=AT), session.replace(cache="1h").estimate(at=AT)
    assert [row.miss for row in short.steps] == ["first", "ttl"]
    assert [row.miss for row in hour.steps] == ["first", None]
    assert [row.usage.cache_write_1h_tokens for row in hour.steps] == [21_500, 1_750]
    rates = {line.meter: line.rate for line in hour.cost.lines}
    assert rates["cache_write_1h"] == 6
    # 23,250 written at 6, 21,500 read at 0.30, 800 out at 15 a million
    assert hour.total == Decimal("0.1395") + Decimal("0.00645") + Decimal("0.012")
    # all of both prompts written at 3.75
    assert short.total == Decimal(44_750) * Decimal("3.75") / 10**6 + Decimal("0.012")


def test_an_entry_lives_as_long_as_its_life_and_no_microsecond_longer() -> None:
    session = Session(model="claude-sonnet-4-5", steps=2, gap="5m", **LONG)
    assert session.estimate(at=AT).steps[1].miss is None
    late = session.replace(gap=timedelta(minutes=5, microseconds=1))
    assert late.estimate(at=AT).steps[1].miss == "ttl"


def test_every_request_renews_the_mark_at_the_end_of_the_system_prompt() -> None:
    session = Session(model="claude-sonnet-4-5", steps=3, gap="4m", edits={3: 20_000}, **LONG)
    found = session.estimate(at=AT)
    assert [(row.read, row.miss) for row in found.steps] == [
        (0, "first"), (21_500, None), (20_000, "edited"),
    ]  # fmt: skip


def test_a_long_reply_does_not_kill_the_cache_of_its_own_session() -> None:
    # the clock goes on while a reply is written; idleness is the wait after it
    found = lab("brief", steps=2, system_tokens=500, output_tokens_per_step=700, gap="1s")
    assert found.steps[1].at - found.steps[0].at == timedelta(seconds=101)
    assert (found.steps[1].miss, found.steps[1].read) == (None, 500)


def test_each_row_says_why_the_cache_served_less() -> None:
    session = Session(
        model="claude-sonnet-4-5",
        steps=7,
        gap=[0, 0, 400, 0, 0, 0, 0],
        edits={4: 20_500},
        misses=[5],
        compact_at=29_000,
        summary_tokens=500,
        **LONG,
    )
    found = session.estimate(at=AT)
    assert [(row.kind, row.miss) for row in found.steps] == [
        ("step", "first"), ("step", None), ("step", "ttl"), ("step", "edited"), ("step", "routing"),
        ("step", None), ("compaction", None), ("step", "compacted"),
    ]  # fmt: skip
    assert found.misses == {"first": 1, "ttl": 1, "edited": 1, "routing": 1, "compacted": 1}
    # an edit falls back on the mark at the end of the system prompt
    assert [row.read for row in found.steps] == [0, 21_500, 0, 20_000, 0, 28_500, 30_250, 20_000]


WHOLE = Registry.from_yaml("""
provider: lab
models:
  m: {input: 1, cache_read: 0.1, cache_write: 1.25, output: 2,
      cache: {automatic: {min_tokens: 200, ttl: {cache_write: 30m}, whole_prompts: true}}}
""")
PASSAGES = Step(input_tokens=100, output_tokens=50, transient_tokens=500)
PLAIN = Step(input_tokens=100, output_tokens=50)
FOUND: dict[str, tuple[dict[str, Any], list[tuple[int, int, str | None]]]] = {
    "a conversation that grows": (
        {"steps": [PLAIN] * 3}, [(0, 1_100, "first"), (1_100, 150, None), (1_250, 150, None)],
    ),
    "passages that no later prompt has": (
        {"steps": [PASSAGES] * 3}, [(0, 1_600, "first"), (0, 1_750, "edited"), (0, 1_900, "edited")],
    ),
    "passages in one prompt, and an older one before them": (
        {"steps": [PLAIN, PASSAGES, PLAIN]},
        [(0, 1_100, "first"), (1_100, 650, None), (1_100, 300, "edited")],
    ),
    "an edit behind the system prompt": (
        {"steps": [PLAIN] * 3, "edits": {3: 1_050}},
        [(0, 1_100, "first"), (1_100, 150, None), (0, 1_400, "edited")],
    ),
    "a system prompt that others cached": (
        {"steps": [PASSAGES, PASSAGES], "warm_start_ratio": 1}, [(1_000, 600, None), (1_000, 750, "edited")],
    ),
    "a wait beyond its life": (
        {"steps": [PLAIN, Step(input_tokens=100, gap="31m")]}, [(0, 1_100, "first"), (0, 1_250, "ttl")],
    ),
    "passages in prompts that are too short": (
        {"system_tokens": 0, "steps": [Step(input_tokens=9, transient_tokens=90), Step(input_tokens=300)]},
        [(0, 0, None), (0, 309, "below_min")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("fields", "rows"), FOUND.values(), ids=FOUND)
def test_a_cache_of_whole_prompts_finds_no_part_of_one(
    fields: dict[str, Any], rows: list[tuple[int, int, str | None]]
) -> None:
    found = Session(model="m", **{"system_tokens": 1_000, **fields}).estimate(at=AT, registry=WHOLE)
    assert [(row.read, row.written, row.miss) for row in found.steps] == rows


def test_a_session_names_every_model_that_is_billed() -> None:
    helper = Session(model="claude-haiku-4-5", steps=2)
    team = Session(
        model="claude-sonnet-4-5", steps=3, branches=[Branch(after=1, session=helper, count=2)]
    )
    found = team.estimate(at=AT)
    assert found.models == ("claude-sonnet-4-5", "claude-haiku-4-5")
    assert str(found).startswith("7 calls of claude-sonnet-4-5 and claude-haiku-4-5: 0 USD (")


def test_prompt_and_reply_above_the_window_are_marked() -> None:
    found = Session(
        model="claude-sonnet-4-5", steps=3, system_tokens=195_000, input_tokens_per_step=2_000,
        output_tokens_per_step=1_000,
    ).estimate(at=AT)  # fmt: skip
    assert found.context_window == 200_000
    assert found.exceeded == (2, 3)  # 201,000 with the reply, and 204,000
    assert str(found).endswith("longest prompt 203,000 tokens; 2 above the context window)")


@pytest.mark.parametrize(
    ("session", "text"),
    [
        (
            Session(model="gpt-4-turbo", steps=1, system_tokens=100),
            (
                "one call of gpt-4-turbo: 0.001 USD (no cache, hit ratio 0.0%; 0.001 without; longest "
                "prompt 100 tokens)"
            ),
        ),
        (
            Session(model="claude-sonnet-4-5", steps=2, system_tokens=10_000),
            (
                "2 calls of claude-sonnet-4-5: 0.0405 USD (explicit cache, 5m, hit ratio 50.0%; 0.06 "
                "without; longest prompt 10,000 tokens)"
            ),
        ),
        (
            Session(model="claude-sonnet-4-5", steps=2),
            (
                "2 calls of claude-sonnet-4-5: 0 USD (explicit cache, 5m, no input; 0 without; longest "
                "prompt 0 tokens)"
            ),
        ),
    ],
)
@pytest.mark.filterwarnings("ignore::costcalc.StalePriceWarning")
def test_an_estimate_reads_as_a_sentence(session: Session, text: str) -> None:
    assert str(session.estimate(at=AT)) == text


def test_saving_is_a_share_of_the_bill_without_cache_and_none_where_that_is_nothing() -> None:
    found = Session(model="claude-sonnet-4-5", steps=2, system_tokens=10_000).estimate(at=AT)
    assert (found.saved, found.saved_ratio) == (Decimal("0.0195"), 0.325)
    dearer = Session(model="claude-sonnet-4-5", steps=1, system_tokens=10_000).estimate(at=AT)
    assert (dearer.saved, dearer.saved_ratio) == (Decimal("-0.0075"), -0.25)
    nothing = Session(model="claude-sonnet-4-5", steps=1).estimate(at=AT)
    assert (nothing.saved_ratio, nothing.hit_ratio) == (None, None)


LAB = """
provider: lab
models:
  known: {input: 1, cache_read: 0.1, output: 2, output_tokens_per_second: 7}
  silent: {input: 1, output: 2}
  fee: {input: 1, output: 2, request: 5}
  brief: {input: 1, cache_read: 0.1, output: 2, output_tokens_per_second: 7,
          cache: {automatic: {ttl: {cache_read: 30s}}}}
"""


def lab(name: str, **fields: Any) -> SessionEstimate:
    return Session(model=name, **fields).estimate(at=AT, registry=Registry.from_yaml(LAB))


def test_a_session_takes_its_waits_and_the_writing_of_its_replies() -> None:
    found = lab("known", steps=3, output_tokens_per_step=10, gap="1m")
    # two waits, two replies to the microsecond below, and the last one
    assert found.seconds == Decimal("124.285713428571")
    assert lab("known", steps=1).seconds == 0
    assert lab("silent", steps=2, gap=9).seconds is None


def test_the_time_of_a_session_includes_the_branch_that_ends_last() -> None:
    slow = Branch(after=1, session=Session(steps=2, gap="1h", output_tokens_per_step=7))
    quick = Branch(after=1, session=Session(steps=1), count=3)
    found = lab("known", steps=1, branches=[slow, quick])
    assert found.seconds == 3_602
    later = lab("known", steps=2, branches=[slow, quick])
    assert later.steps[-1].at - later.steps[0].at == timedelta(hours=1, seconds=2)


def test_a_fee_for_each_request_is_charged_for_each_call() -> None:
    found = lab("fee", steps=4)
    assert found.total == found.uncached == Decimal("0.02")


ASSUMED = {
    "a rate for cached input without a policy": (
        "known", {},
        ("cache_policy", ("known has a rate for cached input and no stated cache policy; taken as "
         "automatic, without a minimum, and as never expiring")),
    ),
    "no rate for cached input": (
        "silent", {},
        ("no_cache", "silent (lab) has no cache with a price: all input is paid in full"),
    ),
    "drawn misses": (
        "known", {"miss_ratio": "1", "seed": 3},
        ("cache_misses", ("1 of 2 calls were drawn to miss the cache, at a probability of 1 with "
         "seed 3; another seed draws others")),
    ),
    "a drawn start": (
        "known",
        {"warm_start_ratio": "0.5", "seed": 3},
        (
            "cache_start",
            ("whether others have cached the system prompt was drawn, at a probability of 0.5 with seed 3; "
            "another may draw otherwise"),
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "fields", "said"), ASSUMED.values(), ids=ASSUMED)
def test_what_nobody_said_is_an_assumption(
    name: str, fields: dict[str, Any], said: tuple[str, str]
) -> None:
    found = lab(name, steps=2, system_tokens=10, **fields)
    assert said in [(each.code, each.text) for each in found.assumptions]


def test_prompts_below_the_minimum_are_an_assumption() -> None:
    found = Session(model="claude-sonnet-4-5", steps=3, system_tokens=400).estimate(at=AT)
    assert found.hit_ratio == 0
    assert [(each.code, each.text) for each in found.assumptions] == [
        (
            "cache_minimum",
            "3 of 3 calls have too short a prefix to be cached: nothing of it is read",
        )
    ]


def test_one_prompt_below_the_minimum_is_one() -> None:
    found = Session(model="claude-sonnet-4-5", steps=3, input_tokens_per_step=1_000).estimate(at=AT)
    (said,) = found.assumptions
    assert said.text == "1 of 3 calls has too short a prefix to be cached: nothing of it is read"


def test_switching_the_cache_off_is_no_assumption() -> None:
    assert lab("silent", steps=1, cache="none").assumptions == ()
