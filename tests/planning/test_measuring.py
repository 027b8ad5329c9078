from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from costcalc import Usage, UsageError
from costcalc.logs import LogRecord
from costcalc.planning.measuring import Measured, Sample, is_single, measure, sessions_of

START = datetime(2026, 9, 1, 10, tzinfo=UTC)


def call(minutes: float, tokens: int, output: int, read: int = 0, **more: Any) -> LogRecord:
    usage = Usage(input_tokens=tokens, cache_read_tokens=read, output_tokens=output)
    return LogRecord(**{
        "usage": usage, "model": "small", "at": START + timedelta(minutes=minutes),
        "session": "one", **more,
    })  # fmt: skip


def sample(count: int, mean: str, p50: str, p90: str, error: str = "0") -> Sample:
    numbers = (Decimal(each) for each in (mean, p50, p90, error))
    return Sample(count=count, **dict(zip(("mean", "p50", "p90", "error"), numbers, strict=True)))


def measured(*records: LogRecord) -> Measured:
    return measure(sessions_of(records))


def test_a_session_is_what_its_calls_are() -> None:
    found = measured(
        call(0, 1_000, 100),
        call(0.1, 1_400, 50, 1_000),  # 300 new beside the reply
        call(3.1, 1_650, 80, 1_400),  # 200 new, after three minutes
        call(3.2, 1_750, 90, 1_650),  # 20 new
    )
    assert (found.sessions, found.calls, found.active_days) == (1, 4, 1)
    assert (found.first, found.last) == (date(2026, 9, 1), date(2026, 9, 1))
    assert found.samples["steps"] == sample(1, "4", "4", "4")
    new = found.samples["input_tokens_per_step"]
    assert (new.count, new.p50, new.p90) == (3, Decimal(173), Decimal(173))
    assert new.mean == Decimal("173.333333333333333333")
    assert found.samples["system_tokens"].p50 == 827  # the first prompt less a step's mean input
    assert found.samples["output_tokens_per_step"].mean == 80
    assert found.samples["reply"] == replace(
        found.samples["output_tokens_per_step"], p50=Decimal(80), p90=Decimal(100)
    )
    assert found.samples["wait_minutes"] == sample(1, "3", "3", "3")
    assert found.user_share == Decimal("0.333")
    assert found.hit_ratio == 4_050 / 5_800
    assert found.shortened == 0


def test_calls_are_ordered_by_time_and_sessions_by_their_beginning() -> None:
    late, early = call(9, 20, 1), call(1, 10, 1)
    other = call(0, 5, 1, session="two")
    assert sessions_of([late, early, other]) == [[other], [early, late]]


def test_a_session_is_one_of_its_project_and_a_call_without_one_is_alone() -> None:
    mine, yours = call(0, 1, 1, project="a"), call(1, 1, 1, project="b")
    alone, lonely = call(2, 1, 1, session=None), call(3, 1, 1, session=None)
    assert sessions_of([mine, yours, alone, lonely]) == [[mine], [yours], [alone], [lonely]]


def test_a_call_without_a_time_has_no_place_in_an_order() -> None:
    assert sessions_of([call(0, 1, 1, at=None)]) == []


def test_a_prompt_that_became_shorter_adds_nothing_and_is_counted() -> None:
    found = measured(call(0, 9_000, 10), call(0.1, 2_000, 10), call(0.2, 2_100, 10))
    assert found.shortened == 1
    assert found.samples["input_tokens_per_step"] == sample(1, "90", "90", "90")


def test_less_growth_than_the_reply_adds_nothing() -> None:
    found = measured(call(0, 1_000, 500), call(0.1, 1_200, 10))
    assert found.samples["input_tokens_per_step"].mean == 0


def test_single_calls_are_all_input() -> None:
    found = measured(call(0, 500, 5, session="a"), call(1, 700, 7, session="b"))
    assert found.samples["input_tokens_per_step"].p90 == 700
    assert found.samples["system_tokens"].mean == 0
    assert "wait_minutes" not in found.samples
    assert found.user_share == 0


def test_days_are_those_on_which_a_session_began() -> None:
    found = measured(
        call(0, 1, 1, session="a"),
        call(24 * 60, 1, 1, session="a"),  # goes on the next day
        call(1, 1, 1, session="b"),
        call(48 * 60, 1, 1, session="c"),
    )
    assert found.active_days == 2
    assert found.samples["sessions_per_day"] == sample(2, "1.5", "1", "2", "0.8225")
    assert found.samples["calls_per_day"] == sample(3, "1.333333333333333333", "1", "2", "0.548333")
    assert found.last == date(2026, 9, 3)


def test_subagents_are_conversations_beside_their_parent() -> None:
    side = {"file": "/p/one/subagents/agent-1.jsonl"}
    found = measured(
        call(0, 50_000, 100, file="/p/one.jsonl"),
        call(0.1, 3_000, 10, **side),
        call(0.2, 3_200, 10, file=r"C:\p\one\subagents\agent-2.jsonl"),
        call(0.3, 3_110, 10, **side),
        call(0.4, 50_400, 100, file="/p/one.jsonl"),
    )
    assert (found.sessions, found.subagents, found.shortened) == (3, 2, 0)
    assert found.samples["input_tokens_per_step"] == sample(2, "200", "100", "300", "164.5")


def test_a_sum_of_several_calls_is_no_call() -> None:
    several = LogRecord(
        usage=Usage(input_tokens=900, output_tokens=9, requests=3), model="small", at=START
    )
    assert sessions_of([several, call(0, 5, 1)]) == [[call(0, 5, 1)]]
    assert not is_single(several)


def test_reasoning_is_no_part_of_what_is_sent_again() -> None:
    def thinking(minutes: float, tokens: int) -> LogRecord:
        usage = Usage(input_tokens=tokens, output_tokens=500, reasoning_tokens=400)
        return LogRecord(
            usage=usage, model="small", at=START + timedelta(minutes=minutes), session="one"
        )

    found = measured(thinking(0, 1_000), thinking(0.1, 1_150))  # 100 of the reply, and 50 new
    assert found.samples["input_tokens_per_step"].mean == 50
    assert found.reasoning_ratio == Decimal("0.8")
    assert measured(call(0, 10, 0)).reasoning_ratio == 0


@pytest.mark.parametrize(
    ("minutes", "weekdays"), [((0,), 1), ((0, 7 * 1440), 6), ((0, 5 * 1440), 4), ((4 * 1440,), 1)]
)
def test_weekdays_are_those_from_the_first_day_to_the_last(
    minutes: tuple[int, ...], weekdays: int
) -> None:
    found = measured(*(call(each, 1, 1, session=str(each)) for each in minutes))
    assert found.weekdays == weekdays  # from a Tuesday on; a Saturday alone counts as one


def test_no_input_has_no_hit_ratio() -> None:
    assert measured(call(0, 0, 1)).hit_ratio is None


@pytest.mark.parametrize(
    ("p50", "p90", "varies"), [("1", "2", True), ("2", "2", False), ("0", "2", False)]
)
def test_two_quantiles_make_a_distribution_where_they_differ(
    p50: str,
    p90: str,
    varies: bool,  # noqa: FBT001
) -> None:
    assert sample(9, "1", p50, p90).varies is varies


def test_quantiles_are_numbers_that_were_measured() -> None:
    records = [call(number, 10 * number, 1, session=str(number)) for number in range(1, 11)]
    found = measured(*records).samples["input_tokens_per_step"]
    assert (found.p50, found.p90, found.mean) == (Decimal(50), Decimal(90), Decimal(55))


def test_what_steps_have_varies_as_the_means_of_their_sessions_do() -> None:
    """Nine steps of 100 and 300 in turn, and one session of a step that has 600."""
    steps = [call(number, 0, 300 if number % 2 else 100, session="a") for number in range(9)]
    found = measured(*steps, call(20, 0, 600, session="b")).samples
    assert found["output_tokens_per_step"].mean == found["reply"].mean == Decimal(230)
    of_sessions, of_calls = found["output_tokens_per_step"], found["reply"]
    assert (of_sessions.p50, of_sessions.p90) == (Decimal(189), Decimal(189))
    assert (of_calls.p50, of_calls.p90) == (Decimal(100), Decimal(300))


def test_a_mean_of_a_session_is_rounded_to_the_even_token() -> None:
    found = measured(call(0, 0, 2), call(1, 0, 3), call(2, 0, 3, session="b")).samples
    assert found["output_tokens_per_step"].p50 == 2


def test_nothing_can_be_measured_where_nothing_is() -> None:
    with pytest.raises(UsageError, match=re.escape("no call with a time")):
        measure([])


def test_what_was_measured_is_a_value() -> None:
    found = measured(call(0, 10, 1), call(5, 30, 1))
    assert Measured.model_validate_json(found.model_dump_json()) == found
    with pytest.raises(TypeError):
        found.samples["steps"] = found.samples["wait_minutes"]  # pyright: ignore[reportIndexIssue]
