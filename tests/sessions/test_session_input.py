"""Wrong sessions: each is refused with a sentence that names the value and what to write."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from costcalc import Branch, Registry, Session, Step, Usage, UsageError

WAIT = "is no wait; write seconds, a timedelta, or text such as '90s', '5m' or '1h30m', up to ten years"
NAN = float("nan")
ONE = Session(steps=1)
FIELDS: dict[str, tuple[dict[str, Any], str]] = {
    "no steps": ({"steps": 0}, "steps is a whole number from 1 on, not 0"),
    "negative steps": ({"steps": -1}, "steps is a whole number from 1 on, not -1"),
    "steps as a float": ({"steps": 3.0}, "steps is a whole number from 1 on, not 3.0; write 3"),
    "half a step": ({"steps": 2.5}, "steps is a whole number from 1 on, not 2.5"),
    "steps as text": ({"steps": "3"}, "steps is a whole number from 1 on, or a list of costcalc.Step, not '3'"),
    "steps as a truth": ({"steps": True}, "steps is a whole number from 1 on, or a list of costcalc.Step, not True"),
    "an empty list of steps": ({"steps": []}, "steps is a whole number from 1 on, or a list of costcalc.Step, not []"),
    "a list with something else": ({"steps": [Step(), 3]}, "steps is a whole number from 1 on, or a list of costcalc.Step, not a list with 3"),
    "ten million steps": ({"steps": 10**7}, "steps is 10,000,000; a session has at most 1,000,000"),
    "steps beyond all count": ({"steps": 10**30}, "steps is above 10**18; that is no count but a mistake"),
    "a negative count": ({"system_tokens": -1}, "system_tokens is a whole number from 0 on, not -1"),
    "a count as a float": ({"system_tokens": 3.0}, "system_tokens is a whole number from 0 on, not 3.0; write 3"),
    "a count that is no number": ({"system_tokens": NAN}, "system_tokens is a whole number from 0 on, not nan"),
    "a truth as a count": ({"system_tokens": True}, "system_tokens is a whole number from 0 on, not True"),
    "text as a count": ({"system_tokens": "abc"}, "system_tokens is a whole number from 0 on, not 'abc'"),
    "nothing as a count": ({"system_tokens": None}, "system_tokens is a whole number from 0 on, not None"),
    "a huge count": ({"system_tokens": 10**19}, "system_tokens is above 10**18; that is no count but a mistake"),
    "too few counts": ({"input_tokens_per_step": [1, 2]}, "input_tokens_per_step has 2 values for 3 steps; write one for each, or one for all"),
    "too many counts": ({"input_tokens_per_step": [1, 2, 3, 4]}, "input_tokens_per_step has more than 3 values for 3 steps; write one for each, or one for all"),
    "counts without an end": ({"input_tokens_per_step": count()}, "input_tokens_per_step has more than 3 values for 3 steps; write one for each, or one for all"),
    "one wrong count of many": ({"input_tokens_per_step": [1, 2, -3]}, "input_tokens_per_step of step 3 is a whole number from 0 on, not -3"),
    "a function that returns text": ({"output_tokens_per_step": lambda step: "x" * step}, "output_tokens_per_step of step 1 is a whole number from 0 on, not 'x'"),
    "a function that returns a float": ({"output_tokens_per_step": lambda step: 1.0 * step}, "output_tokens_per_step of step 1 is a whole number from 0 on, not 1.0; write 1"),
    "a mapping of counts": ({"transient_tokens_per_step": {1: 2}}, "transient_tokens_per_step is a number, a list with one for each step or a function, not {1: 2}"),
    "bytes are no list of counts": ({"input_tokens_per_step": b"abc"}, "input_tokens_per_step is a whole number from 0 on, not b'abc'"),
    "reasoning above the output": ({"reasoning_tokens_per_step": 5}, "reasoning_tokens_per_step is 5 at step 1, above output_tokens_per_step, which contains it and is 0"),
    "reasoning above the output at one step": (
        {"output_tokens_per_step": [9, 9, 1], "reasoning_tokens_per_step": 5},
        "reasoning_tokens_per_step is 5 at step 3, above output_tokens_per_step, which contains it and is 1",
    ),
    "a wait that is a word": ({"gap": "abc"}, f"gap 'abc' {WAIT}"),
    "a negative wait": ({"gap": timedelta(-1)}, f"gap datetime.timedelta(days=-1) {WAIT}"),
    "one wrong wait of many": ({"gap": ["5m", "x", 1]}, f"gap of step 2 'x' {WAIT}"),
    "too few waits": ({"gap": [1]}, "gap has 1 values for 3 steps; write one for each, or one for all"),
    "a share above one": ({"miss_ratio": 2}, "miss_ratio 2 is above 1; it is a share from 0 to 1, such as '0.03' or '3%'"),
    "a share above one in percent": ({"warm_start_ratio": "150%"}, "warm_start_ratio '150%' is above 1; it is a share from 0 to 1, such as '0.03' or '3%'"),
    "a negative share": ({"miss_ratio": "-0.1"}, "miss_ratio '-0.1' is negative; a ratio is 0 or more, such as '0.9' or '90%'"),
    "a share that is no number": ({"miss_ratio": NAN}, "miss_ratio 'nan' is not finite"),
    "a miss beyond the end": ({"misses": [4]}, "misses names step 4, and the session has 3"),
    "a miss before the beginning": ({"misses": [0]}, "a step of misses is a whole number from 1 on, not 0"),
    "a miss that is not in a list": ({"misses": 2}, "misses is a list, not 2"),
    "an edit beyond the end": ({"edits": {4: 1}}, "edits names step 4, and the session has 3"),
    "an edit that keeps less than nothing": ({"edits": {1: -1}}, "edits of step 1 is a whole number from 0 on, not -1"),
    "edits without what stays": ({"edits": [1]}, "edits maps steps to the tokens that stay, as {5: 20_000}, not [1]"),
    "compaction without a summary": ({"compact_at": 100}, "compact_at and summary_tokens belong together: when, and how long the summary is"),
    "a summary without compaction": ({"summary_tokens": 5}, "compact_at and summary_tokens belong together: when, and how long the summary is"),
    "a summary of nothing": ({"compact_at": 5, "summary_tokens": 0}, "summary_tokens is a whole number from 1 on, not 0"),
    "compaction that never ends": (
        {"compact_at": 110, "summary_tokens": 50, "system_tokens": 60},
        "compact_at is 110, and system prompt and summary alone are 110; compaction would never end",
    ),
    "one branch that is not in a list": ({"branches": 5}, "branches is a list, not 5"),
    "a branch that is none": ({"branches": [ONE]}, f"branches is a list of costcalc.Branch, not of {repr(ONE)[:80]}…"),
    "a branch after the end": ({"branches": [Branch(after=4, session=ONE)]}, "branches names step 4, and the session has 3"),
    "a million subagents": (
        {"branches": [Branch(after=1, session=ONE, count=10**6)]},
        "the session and its branches make 1,000,003 calls; at most 1,000,000",
    ),
    "a cache that is no name": ({"cache": 5}, "cache is a name or None, not 5"),
    "a model that is no name": ({"model": 5}, "model is a name or None, not 5"),
    "a replay of nothing recorded": ({"cache": "recorded"}, "cache 'recorded' replays usages; make the session with Session.from_usages"),
    "a negative seed": ({"seed": -1}, "seed is a whole number from 0 on, not -1"),
    "tokens as units": ({"units_per_step": {"input": 1}}, "'input' is no unit; tokens are fields of Usage: input_tokens=..."),
    "a time without a zone": (
        {"at": datetime(2025, 1, 1)},  # noqa: DTZ001 - what is refused
        "2025-01-01T00:00:00 has no time zone, so it names no instant; add one: '2025-01-01T00:00:00Z' or datetime(..., tzinfo=timezone.utc)",
    ),
    "steps and counts for all": (
        {"steps": [Step()], "input_tokens_per_step": 5, "gap": 3},
        "each Step says its own counts and gap; leave out input_tokens_per_step and gap",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("fields", "said"), FIELDS.values(), ids=FIELDS)
def test_a_wrong_field_of_a_session_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        Session(**{"steps": 3, **fields})
    assert str(caught.value) == said


PARTS: dict[str, tuple[Callable[[], Any], str]] = {
    "a step of negative length": (lambda: Step(input_tokens=-1), "input_tokens is a whole number from 0 on, not -1"),
    "a step with an edit of a fraction": (lambda: Step(unchanged_tokens=1.5), "unchanged_tokens is a whole number from 0 on, not 1.5"),
    "a step that waits for a word": (lambda: Step(gap="soon"), f"gap 'soon' {WAIT}"),
    "a step that reasons more than it says": (
        lambda: Step(output_tokens=1, reasoning_tokens=2),
        "reasoning_tokens is 2, above output_tokens which contains it and is 1",
    ),
    "a step of no kind": (lambda: Step(kind=3), "kind is a word such as 'user' or 'tool', not 3"),
    "a step that calls itself what it is not": (
        lambda: Step(kind="creation"),
        "kind 'creation' is what the ledger calls the making of a stored cache; say another",
    ),
    "a step whose usage is none": (lambda: Step(usage=3), "usage is a costcalc.Usage or None, not 3"),
    "a branch before the first step": (lambda: Branch(after=0, session=ONE), "after is a whole number from 1 on, not 0"),
    "no branch at all": (lambda: Branch(after=1, session=ONE, count=0), "count is a whole number from 1 on, not 0"),
    "a branch without a session": (lambda: Branch(after=1, session=3), "a branch's session is a costcalc.Session, not 3"),
    "a fork that is neither true nor false": (lambda: Branch(after=1, session=ONE, fork=3), "fork is True or False, not 3"),
    "a fork with a system prompt": (
        lambda: Branch(after=1, session=Session(steps=1, system_tokens=3), fork=True),
        "a fork begins with the conversation it comes from, and its session states system_tokens=3; leave them out, or fork=False",
    ),
    "no usages": (lambda: Session.from_usages([]), "there are no usages to replay; give at least one"),
    "usages that are not in a list": (lambda: Session.from_usages(3), "usages is a list, not 3"),
    "something that is no usage": (lambda: Session.from_usages([Usage(), 3]), "usage 2 is a costcalc.Usage, not 3"),
    "a sum of usages": (
        lambda: Session.from_usages([Usage(requests=2)]),
        "usage 1 adds up 2 requests; a session is replayed from the usage of each call",
    ),
    "a prompt shorter than its system prompt": (
        lambda: Session.from_usages([Usage(input_tokens=5)], system_tokens=6),
        "usage 1 has 5 input tokens, and system_tokens, which every prompt begins with, is 6",
    ),
    "times out of order": (
        lambda: Session.from_usages([Usage(), Usage()], at=["2025-01-02", "2025-01-01"]),
        "usage 2 is earlier than the one before it; put them in order of time",
    ),
    "times for other usages": (
        lambda: Session.from_usages([Usage()], at=["2025-01-02", "2025-01-03"]),
        "at has 2 times for 1 usages; write one for each",
    ),
    "one time that is not in a list": (lambda: Session.from_usages([Usage()], at="2025-01-01"), "at is a list, not '2025-01-01'"),
    "a replay with compaction and subagents": (
        lambda: Session.from_usages([Usage()]).replace(
            compact_at=9, summary_tokens=3, branches=[Branch(after=1, session=ONE)]
        ),
        "a recorded session is replayed as it was billed, without compact_at and branches; cache=None simulates it anew",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("make", "said"), PARTS.values(), ids=PARTS)
def test_a_wrong_part_of_a_session_is_refused(make: Callable[[], Any], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        make()
    assert str(caught.value) == said


PRICES = Registry.from_yaml("provider: lab\nmodels:\n  m: {input: 1, output: 1}\n")
CALLS: dict[str, tuple[Session, dict[str, Any], str]] = {
    "no model": (ONE, {}, "the session names no model; write Session(model=...) or estimate('gpt-5')"),
    "a cache that is none": (
        Session(model="m", steps=1, cache="abc"), {},
        "cache 'abc' is no cache; write 'none', 'automatic', 'explicit' or a life such as '5m' or '1h'",
    ),
    "a cache that the model has not": (
        Session(model="m", steps=1, cache="5m"), {},
        "m (lab) has no cache '5m'; it has none with a price; 'none' switches caching off",
    ),
    "more dropped than said": (
        Session(model="m", steps=[Step(input_tokens=2), Step(dropped_tokens=3)], system_tokens=9), {},
        "step 2 drops 3 tokens, and the conversation after the system prompt has 2",
    ),
    "prompts beyond all count": (
        Session(model="m", steps=2, input_tokens_per_step=10**18), {},
        "input_tokens is 2.000e+18, above 10**18; that is no count of tokens",
    ),
    "a registry that is none": (
        Session(model="m", steps=1), {"registry": 3},
        "registry is a costcalc.Registry, not int; load a file with Registry.from_yaml(...) or Registry.load().overlay(...)",
    ),
    "an instant that is none": (
        Session(model="m", steps=1), {"at": 3}, "an instant is an aware datetime, a date or ISO text, not int 3",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("session", "terms", "said"), CALLS.values(), ids=CALLS)
def test_what_cannot_be_estimated_is_refused(
    session: Session, terms: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        session.estimate(**{"registry": PRICES, **terms})
    assert str(caught.value) == said


def test_what_a_function_raises_is_its_own_business() -> None:
    with pytest.raises(ZeroDivisionError):
        Session(steps=3, input_tokens_per_step=lambda step: 1 // (step - 1))


def test_counts_may_come_from_anything_that_is_whole_or_a_function() -> None:
    one = Session(
        steps=3, input_tokens_per_step=(5, 10, 15), gap=(each for each in ("0s", 1, "2m"))
    )
    other = Session(
        steps=3, input_tokens_per_step=lambda step: 5 * step, gap=[0, Decimal(1), "120s"]
    )
    assert one == other
    assert one.input_tokens_per_step == (5, 10, 15)
    assert one.gap == (timedelta(0), timedelta(seconds=1), timedelta(minutes=2))
