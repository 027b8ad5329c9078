"""The mean by formula: where it is exact, where it is near, and where it says that it is not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from costcalc import Registry, Session
from costcalc.planning.closed_form import survival
from costcalc.planning.numbers import Fixed, Quantiles, Range
from costcalc.planning.plan import Plan

D = Decimal


@pytest.fixture(autouse=True)
def few_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulate the fewest sessions."""
    monkeypatch.setattr("costcalc.planning.pools._CALLS", 1)
    monkeypatch.setattr("costcalc.planning.pools._ALIKE", 16)


LAB = Registry.from_yaml(
    """
provider: lab
fees: {web_search: 10}
models:
  free: {cache: {automatic: {}}, input: 1, cache_read: 0.1, output: 4}
  grain: {cache: {automatic: {min_tokens: 1024, increment: 128}}, input: 1, cache_read: 0.1, output: 4}
  reply:
    {cache: {automatic: {caches_output: true}}, input: 1, cache_read: 0.1, output: 4}
  paid:
    cache: {automatic: {ttl: {cache_write: 30m}}}
    input: 1
    cache_read: 0.1
    cache_write: 1.25
    output: 4
  whole:
    cache: {automatic: {ttl: {cache_write: 30m}, whole_prompts: true}}
    input: 1
    cache_read: 0.1
    cache_write: 1.25
    output: 4
  marked:
    cache: {explicit: {ttl: {cache_write: 5m, cache_write_1h: 1h}, refresh_on_read: true}}
    input: 1
    cache_read: 0.1
    cache_write: 1.25
    cache_write_1h: 2
    output: 4
  stored:
    cache: {explicit: {ttl: {cache_read: 1h}, creation_billed: true}}
    input: 1
    cache_read: 0.1
    cache_storage: 1
    output: 4
  tiered:
    cache: {automatic: {}}
    input: 1
    cache_read: 0.1
    output: 4
    rules: [{if: {prompt_tokens: ">20k"}, times: 2}]
  hybrid: {cache: {automatic: {}}, input: 1, cache_read: 0.1, output: 4, rules: [{if: {thinking: true}, output: 8}]}
"""
)
FIXED = "steps_per_session: 12, system_tokens: 2000, input_tokens_per_step: 700, output_tokens_per_step: 300"
DRAWN = ("steps_per_session: {p50: 8, p90: 16}, system_tokens: {p50: 2000, p90: 4000}, "
         "input_tokens_per_step: {p50: 700, p90: 2000}, output_tokens_per_step: {p50: 300, p90: 900}")  # fmt: skip
RANGED = DRAWN.replace("{p50: 8, p90: 16}", "{low: 4, likely: 9, high: 30}")


def means(
    model: str, shape: str, more: str = "", volume: str = "sessions: 1000, "
) -> tuple[Decimal, Decimal | None]:
    """Return the mean of the runs, and that of the formula."""
    found = Plan.from_yaml(
        f"""
version: 1
project: atlas
period: {{start: 2026-01-01, months: 1}}
defaults: {{shared_sigma: 0}}
workloads:
  agent: {{model: lab/{model}, {volume}{shape}{more}}}
"""
    ).forecast(400, registry=LAB)
    return found.mean, found.closed_form_mean


@pytest.mark.parametrize("model", ["free", "reply", "paid", "whole", "marked", "tiered", "hybrid"])
def test_without_chance_the_formula_is_exact(model: str) -> None:
    mean, formula = means(model, FIXED)
    session = Session(steps=12, system_tokens=2000, input_tokens_per_step=700,
                      output_tokens_per_step=300)  # fmt: skip
    assert mean == formula == 1000 * session.estimate(f"lab/{model}", registry=LAB).cost.total


@pytest.mark.parametrize("model", ["free", "reply", "paid", "whole", "marked", "tiered"])
@pytest.mark.parametrize("passages", ["", ", transient_tokens_per_step: 500"])
def test_where_every_call_is_sent_twice_the_formula_is_exact_too(model: str, passages: str) -> None:
    mean, formula = means(model, FIXED, f"{passages}, retry_rate: 1")
    assert mean == formula


@pytest.mark.parametrize(
    ("model", "first", "second", "again"),
    [
        # S 2,000, passages 500, input 700, reply 300; two steps, each sent twice: in thousands of
        # tokens, input at 1, a read at 0.1, a write at 1.25, the reply at 4
        pytest.param("free", "3.2", "0.2 + 2.2", "0.32 + 0.42", id="all of a prompt is found again"),
        pytest.param("paid", "4.0", "0.2 + 2.75", "0.32 + 0.42", id="and is not written again"),
        pytest.param("marked", "2.5 + 1.2", "0.2 + 1.25 + 1.2", "0.2 + 1.2 + 0.3 + 1.2",
                     id="behind the mark it is paid as input"),
        pytest.param("whole", "4.0", "5.25", "0.32 + 0.42", id="only the same prompt finds it"),
    ],
)  # fmt: skip
def test_a_prompt_that_is_sent_again_finds_what_the_cache_kept_of_it(
    model: str, first: str, second: str, again: str
) -> None:
    shape = FIXED.replace("12", "2") + ", transient_tokens_per_step: 500"
    mean, _ = means(model, shape, ", retry_rate: 1")
    terms = f"{first} + {second} + {again} + 4.8"  # four replies of 300 tokens
    assert mean == sum(D(term) for term in terms.split(" + "))


@pytest.mark.parametrize(
    "steps",
    [
        "1.75",
        pytest.param("2.5", marks=pytest.mark.untraced),
        pytest.param("12.125", marks=pytest.mark.untraced),
    ],
)
def test_steps_between_two_numbers_are_so_many_on_average(steps: str) -> None:
    below, share = divmod(D(steps), 1)
    mean, formula = means("free", FIXED.replace("12", steps))
    (less, _), (more, _) = (means("free", FIXED.replace("12", str(below + n))) for n in (0, 1))
    expected = less + share * (more - less)
    # which of the simulated sessions the runs draw is all that is left to chance
    assert formula == pytest.approx(expected, rel=D("0.0001"))
    assert mean == pytest.approx(expected, rel=D("0.005"))


@pytest.mark.parametrize(
    ("model", "more"),
    [
        pytest.param("free", "", id="free writes"),
        pytest.param("grain", "", id="a minimum and an increment"),
        pytest.param("reply", "", id="replies that are cached"),
        pytest.param("marked", ", cache: {mode: explicit, ttl_minutes: 60}", id="an hour"),
        pytest.param("marked", ", cache: {mode: none}", id="no cache"),
        pytest.param("marked", ", cache: {miss_ratio: 0.1, warm_start_ratio: 0.5}", id="misses"),
        pytest.param("marked", ", retry_rate: 0.2", id="retries"),
        pytest.param("paid", ", retry_rate: 0.2, transient_tokens_per_step: 500", id="passages"),
        pytest.param("marked", ", transient_tokens_per_step: 500", id="passages behind a mark"),
        pytest.param("marked", ", retry_rate: 0.2, transient_tokens_per_step: 500, cache: {miss_ratio: 0.1}",
                     id="retries of passages behind a mark, with misses"),
        pytest.param("marked", ", retry_rate: 0.2, reasoning_ratio: 0.5", id="retries of reasoning"),
        pytest.param("whole", ", retry_rate: 0.2, transient_tokens_per_step: 500, "
                     "cache: {warm_start_ratio: 0.5}", id="passages that end what is found whole"),
        pytest.param("whole", ", caps: {compact_at_tokens: 20000, summary_tokens: 800}",
                     id="summaries of what is found whole"),
        pytest.param("paid", ", caps: {compact_at_tokens: 8000, summary_tokens: 800}",
                     id="summaries that some system prompts leave no room for"),
        pytest.param("marked", ", reasoning_ratio: 0.5", id="reasoning"),
        pytest.param("paid", ", user_gaps: {share_of_steps: 0.3, p50_minutes: 9, p90_minutes: 90}",
                     id="waits"),
        pytest.param("paid", ", user_gaps: {share_of_steps: 0.3, minutes: 45}",
                     id="waits that are all alike"),
        pytest.param("paid", ", user_gaps: {share_of_steps: 0.3, p50_minutes: 45, p90_minutes: 45}",
                     id="waits whose quantiles are alike"),
        pytest.param("free", ", user_gaps: {p50_minutes: 9, p90_minutes: 90}", id="waits for ever"),
        pytest.param("paid", ", caps: {compact_at_tokens: 20000, summary_tokens: 800}",
                     id="summaries"),
        pytest.param("marked", ", caps: {compact_at_tokens: 20000, summary_tokens: 800, "
                     "steps_per_session: 40}", id="summaries and a cap"),
        pytest.param("tiered", "", id="a tier for long prompts"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("shape", [DRAWN, RANGED], ids=["varying", "a range of steps"])
@pytest.mark.untraced
def test_with_chance_it_is_within_the_error_of_sampling(model: str, shape: str, more: str) -> None:
    mean, formula = means(model, shape, more)
    assert formula is not None
    # a range of steps has 32 draws; sessions of the others are some thousands
    assert mean == pytest.approx(formula, rel=D("0.012"))


@pytest.mark.parametrize(
    ("model", "more"),
    [
        pytest.param("stored", ", cache: {mode: explicit, ttl_minutes: 60}", id="a stored cache"),
        pytest.param("free", ", units_per_step: {web_search: 0.5}", id="fees"),
        pytest.param("free", ", caps: {cost_per_session_usd: 1}", id="a cap of cost"),
        pytest.param("free", ", caps: {cost_per_month_usd: 1}", id="a cap of a month"),
        pytest.param("hybrid", ", reasoning_ratio: 0.5", id="which replies thought"),
    ],
)  # fmt: skip
def test_what_the_formula_does_not_know_has_none(
    model: str, more: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("costcalc.planning.pools._FEWEST", 64)
    mean, formula = means(model, FIXED, more)
    assert mean > 0
    assert formula is None


@pytest.mark.parametrize(
    "minutes", ["{low: 2, likely: 4, high: 12}", "{low: 1, likely: 5, high: 9}"]
)
def test_of_a_range_of_waits_some_outlive_the_cache_whatever_its_mean(minutes: str) -> None:
    mean, formula = means("marked", FIXED, f", user_gaps: {{minutes: {minutes}}}")
    assert formula is not None
    assert mean == pytest.approx(formula, rel=D("0.03"))  # 32 draws of the waits


def test_few_runs_of_a_wide_range_of_steps_are_said_to_be_far_from_the_formula() -> None:
    plan = Plan.from_yaml("""
version: 1
project: atlas
period: {start: 2026-01-01, months: 1}
workloads:
  agent:
    model: lab/free
    sessions: 1000
    system_tokens: 200
    steps_per_session: {low: 1, likely: 2, high: 400}
    input_tokens_per_step: {low: 10, likely: 20, high: 9000}
    output_tokens_per_step: 30
""")
    notices = [
        each for each in plan.forecast(100, 2, registry=LAB).warnings if each.code == "closed_form"
    ]
    assert [each.text.partition("; ")[2] for each in notices] == [
        "so wide a range of steps has 256 draws only; narrow it"
    ]


@pytest.mark.parametrize("system", ["{low: 100, likely: 600, high: 3000}", "{p50: 800, p90: 2000}"])
@pytest.mark.untraced
def test_some_system_prompts_are_too_short_for_a_cache_whatever_their_mean(system: str) -> None:
    shape = FIXED.replace("700", "40").replace("300", "20").replace("2000", system)
    mean, formula = means("grain", shape)
    assert formula is not None
    assert mean == pytest.approx(formula, rel=D("0.02"))


def test_a_range_of_input_bends_where_conversations_are_summarised() -> None:
    shape = DRAWN.replace("input_tokens_per_step: {p50: 700, p90: 2000}",
                          "input_tokens_per_step: {low: 300, likely: 700, high: 2000}")  # fmt: skip
    mean, formula = means("paid", shape, ", caps: {compact_at_tokens: 20000, summary_tokens: 800}")
    assert formula is not None
    assert mean == pytest.approx(formula, rel=D("0.02"))


@pytest.mark.parametrize(
    ("model", "cost"),
    [
        # half of the instructions are read, half written; the text is input, the reply output
        pytest.param("marked", "0.1 + 1.25 + 3 + 2", id="an explicit cache, of the instructions"),
        pytest.param("paid", "0.1 + 1.25 + 3.75 + 2", id="an automatic one, of all"),
        pytest.param("free", "0.1 + 1 + 3 + 2", id="free writes"),
    ],
)
@pytest.mark.parametrize("retry", ["", ", retry_rate: 1"])
def test_the_text_of_a_document_is_written_where_the_cache_writes_all(
    model: str, cost: str, retry: str
) -> None:
    shape = ("documents_per_month: 500, system_tokens: 4000, input_tokens_per_document: 6000, "
             "output_tokens_per_document: 1000, cache: {warm_start_ratio: 0.5}")  # fmt: skip
    mean, formula = means(model, shape, retry, volume="")
    expected = sum(D(term) for term in cost.split(" + "))
    if retry:  # in thousandths of a dollar: all of an automatic prompt is found, else the mark's
        expected += D("0.2") + (3 if model == "marked" else D("0.3")) + 2
    assert formula == expected
    assert mean == pytest.approx(expected, rel=D("0.01"))


def test_a_stored_cache_is_paid_by_the_hour() -> None:
    # made once for 2,000 tokens and an hour at $1; then 12 reads of it
    mean, _ = means("stored", FIXED, ", cache: {mode: explicit, ttl_minutes: 60}")
    session = Session(steps=12, system_tokens=2000, input_tokens_per_step=700,
                      output_tokens_per_step=300, cache="1h")  # fmt: skip
    assert mean == 1000 * session.estimate("lab/stored", registry=LAB).cost.total


@pytest.mark.parametrize(
    ("number", "most", "reach"),
    [
        (Fixed(value=D(3)), 9, [1, 1, 1]),
        (Fixed(value=D(3)), 2, [1, 1]),
        (Fixed(value=D("0.2")), 9, [1]),
        (Quantiles(p50=D(3), p90=D(3)), 9, [1, 1, 1]),
        (Range(low=D(1), likely=D(1), high=D(1)), 9, [1]),
    ],
)
def test_how_far_a_session_gets(number: Any, most: int, reach: list[float]) -> None:
    assert survival(number, most) == reach


def test_the_probabilities_of_steps_sum_to_their_mean() -> None:
    number = Quantiles(p50=D(16), p90=D(140))
    assert sum(survival(number, 100_000)) == pytest.approx(float(number.mean), rel=0.002)
    # one in ten has 140 steps or more
    assert survival(number, 400)[139] == pytest.approx(0.1, abs=0.001)
