"""Sessions against figures that were worked out elsewhere, to the last digit shown."""

from __future__ import annotations

from decimal import Decimal

import pytest

from costcalc import Registry, Session, estimate_runs

LAUNCH = "2025-09-07"
SHAPE = {
    "system_tokens": 20_000,
    "input_tokens_per_step": 1_500,
    "output_tokens_per_step": 400,
}


@pytest.mark.parametrize(
    ("steps", "tokens", "last", "ratio", "in_steps", "cost"),
    [
        (1, 21_500, 21_500, "0", "0", "0.004900"),
        (2, 44_900, 23_400, ".4788", ".4761", "0.006310"),
        (5, 126_500, 29_100, ".7700", ".7670", "0.010768"),
        (10, 300_500, 38_600, ".8715", ".8694", "0.018958"),
        (20, 791_000, 57_600, ".9272", ".9256", "0.038188"),
        (50, 3_402_500, 114_600, ".9663", ".9654", "0.118678"),
        (100, 11_555_000, 209_600, ".9819", ".9813", "0.328828"),
    ],
)
def test_a_session_grows_with_the_square_of_its_steps(
    steps: int, tokens: int, last: int, ratio: str, in_steps: str, cost: str
) -> None:
    session = Session(model="grok-code-fast-1", steps=steps, **SHAPE)
    found = session.estimate(at=LAUNCH)
    formula = session.closed_form(at=LAUNCH)
    assert found.total == formula.total == Decimal(cost)
    assert found.usage.input_tokens == formula.input_tokens == tokens
    assert found.peak_context == formula.final_context == last
    assert round(Decimal(str(found.hit_ratio)), 4) == Decimal(ratio)
    quantised = session.estimate("gpt-5", at=LAUNCH)  # from 1,024 on, in steps of 128
    assert round(Decimal(str(quantised.hit_ratio)), 4) == Decimal(in_steps)


@pytest.mark.untraced
def test_the_closed_form_with_misses_is_what_many_runs_average_to() -> None:
    session = Session(model="claude-sonnet-4-20250514", steps=50, miss_ratio="0.05", **SHAPE)
    formula = session.closed_form(at=LAUNCH)
    assert round(formula.total, 4) == Decimal("2.2833")
    # 60,000 sessions simulated elsewhere averaged to 2.2821 ± 0.0016; 1,500 have 0.0101 at that rate
    runs = estimate_runs(session, 1_500, at=LAUNCH)
    assert abs(runs.mean - formula.total) < Decimal("0.0202")
    assert formula.hit_ratio is not None
    assert abs((runs.hit_ratio or 0) - formula.hit_ratio) < 0.002
    # the hit ratio is the ceiling, less its misses
    assert formula.ceiling is not None
    assert abs(formula.hit_ratio - 0.95 * formula.ceiling) < 1e-12


def test_a_claimed_hit_ratio_takes_steps() -> None:
    # 90 % needs 14 steps of this shape without a miss, and 21 with one in 33
    for miss, steps in (("0", 14), ("0.03", 21)):
        ratios = [
            Session(model="grok-code-fast-1", steps=each, miss_ratio=miss, **SHAPE)
            .closed_form(at=LAUNCH)
            .hit_ratio
            for each in (steps - 1, steps)
        ]
        assert [ratio is not None and ratio >= 0.9 for ratio in ratios] == [False, True]


@pytest.mark.parametrize("steps", [1, 2, 5, 10, 20, 50, 100])
def test_the_ceiling_of_a_hit_ratio_lies_within_one_and_two_steps_of_all(steps: int) -> None:
    ceiling = Session(model="grok-code-fast-1", steps=steps, **SHAPE).closed_form(at=LAUNCH).ceiling
    assert ceiling is not None
    assert 1 - 2 / steps <= ceiling <= 1 - 1 / steps + 1e-12


def test_increments_lose_half_of_themselves_at_every_step() -> None:
    session = Session(model="grok-code-fast-1", steps=100, **SHAPE)
    whole = session.estimate(at=LAUNCH).usage.cache_read_tokens
    grained = session.estimate("gpt-5", at=LAUNCH).usage.cache_read_tokens
    assert 55 < (whole - grained) / 99 < 72  # (128 - 1) / 2 = 63.5


def test_a_warm_start_saves_the_difference_of_a_write_and_a_read() -> None:
    session = Session(model="claude-sonnet-4-20250514", steps=50, **SHAPE)
    cold = session.estimate(at=LAUNCH)
    warm = session.replace(warm_start_ratio=1)
    # 20,000 tokens at 0.30 instead of 3.75 a million
    assert cold.total - warm.estimate(at=LAUNCH).total == Decimal("0.069")
    half = session.replace(warm_start_ratio="0.5").closed_form(at=LAUNCH)
    assert cold.total - half.total == Decimal("0.0345")
    assert warm.closed_form(at=LAUNCH).differs == ()
    assert half.differs == ("drawn start",)


@pytest.mark.parametrize(("warm", "ratio"), [(0, 0.23), (1, 0.33)])
def test_passages_before_the_question_cap_the_hit_ratio_of_retrieval(
    warm: int, ratio: float
) -> None:
    session = Session(
        model="grok-code-fast-1",
        steps=3,
        system_tokens=1_800,
        transient_tokens_per_step=3_500,
        input_tokens_per_step=150,
        output_tokens_per_step=350,
        warm_start_ratio=warm,
    )
    found = session.estimate(at=LAUNCH)
    assert round(found.hit_ratio or 0, 2) == ratio
    assert found.hit_ratio == session.closed_form(at=LAUNCH).hit_ratio


CACHES_OUTPUT = """
provider: keeper
cache: {automatic: {caches_output: true}}
models:
  keeper-1: {input: 1, cache_read: 0.1, cache_write: 2, output: 4}
"""


def test_a_cache_that_keeps_replies_reads_them_too() -> None:
    session = Session(model="keeper-1", steps=10, **SHAPE)
    found = session.estimate(registry=Registry.from_yaml(CACHES_OUTPUT))
    # all but the static prefix and what is new of each step: W = S + T u
    assert found.usage.input_tokens - found.usage.cache_read_tokens == 20_000 + 10 * 1_500


OPUS = """
provider: anthropic
cache: {explicit: {ttl: {cache_write: 5m}, refresh_on_read: true}}
models:
  opus: {input: 5, cache_read: 0.5, cache_write: 6.25, output: 25}
"""


def test_compaction_of_a_long_session_saves_four_fifths() -> None:
    prices = Registry.from_yaml(OPUS)
    session = Session(
        model="opus",
        steps=400,
        system_tokens=20_000,
        input_tokens_per_step=1_300,
        output_tokens_per_step=400,
    )
    replies = 400 * 400 * Decimal(25) / 10**6
    plain = session.estimate(registry=prices).total - replies
    assert round(plain, 1) == Decimal("76.1")
    # a summary of 3,000 tokens every 16 steps
    compact = session.replace(compact_at=20_000 + 3_000 + 16 * 1_700 - 1, summary_tokens=3_000)
    found = compact.estimate(registry=prices)
    assert sum(step.kind == "compaction" for step in found.steps) in {23, 24, 25}
    assert round(found.total - replies, 1) == Decimal("14.2")


@pytest.mark.parametrize(
    ("model", "at", "reads"),
    [
        # https://developers.openai.com/api/docs/guides/prompt-caching: from GPT-5.6 on one breakpoint
        # at the newest message, so that passages before it leave nothing to find
        pytest.param("gpt-5.5", "2026-07-01", [0, 1_792, 2_176], id="any part, in steps of 128"),
        pytest.param("gpt-6.2-astra", "2026-11-20", [0, 0, 0], id="whole prompts alone"),
        pytest.param("claude-sonnet-5", "2026-11-20", [0, 1_800, 2_300], id="what is marked"),
    ],
)
def test_retrieved_passages_cut_the_prefix_as_each_cache_does(
    model: str, at: str, reads: list[int]
) -> None:
    session = Session(
        model=model, steps=3, system_tokens=1_800, input_tokens_per_step=150,
        output_tokens_per_step=350, transient_tokens_per_step=3_500,
    )  # fmt: skip
    assert [step.read for step in session.estimate(at=at).steps] == reads


@pytest.mark.filterwarnings("ignore::costcalc.RedirectWarning")
@pytest.mark.parametrize(
    ("model", "at", "reads"),
    [
        # https://api-docs.deepseek.com/guides/kv_cache: the end of the output is kept, too, since V4
        pytest.param("deepseek-chat", "2026-04-01", [0, 5_952, 7_296], id="V3.2 keeps the prompt"),
        pytest.param("deepseek-chat", "2026-05-01", [0, 6_272, 7_552], id="V4 keeps the reply"),
        pytest.param("deepseek-v4-pro", "2026-05-01", [0, 6_272, 7_552], id="V4 Pro does"),
        pytest.param("deepseek-flash", "2026-11-20", [0, 6_272, 7_552], id="V4.1 Flash does"),
    ],
)
def test_deepseek_keeps_replies_since_its_fourth_version(
    model: str, at: str, reads: list[int]
) -> None:
    session = Session(
        model=model, steps=3, system_tokens=5_000, input_tokens_per_step=1_000,
        output_tokens_per_step=300,
    )  # fmt: skip
    assert [step.read for step in session.estimate(at=at).steps] == reads
