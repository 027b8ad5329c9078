"""Subagents and forks: what they begin with, whose cache they read, and who waits for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from costcalc import Branch, Registry, Session, SessionEstimate, UsageError

AT = "2026-03-01"
LAB = """
provider: lab
models:
  m:
    input: 1
    cache_read: 0.1
    cache_write: 1.25
    cache_write_1h: 2
    output: 2
    cache: {explicit: {ttl: {cache_write: 5m, cache_write_1h: 1h}, refresh_on_read: true}}
  twin: {input: 1, cache_read: 0.1, output: 2, cache: {automatic: {}}}
  plain: {input: 4, output: 8, aliases: [mirror]}
"""


def estimate(**fields: Any) -> SessionEstimate:
    fields = {"model": "m", "steps": 2, "system_tokens": 100, "input_tokens_per_step": 10, **fields}
    return Session(**fields).estimate(at=AT, registry=Registry.from_yaml(LAB))


def rows(found: SessionEstimate) -> list[tuple[str, int, int, str | None]]:
    return [(row.branch, row.context, row.read, row.miss) for row in found.steps]


def test_a_subagent_begins_with_a_prompt_and_a_cache_of_its_own() -> None:
    agent = Branch(after=1, session=Session(steps=2, system_tokens=50, input_tokens_per_step=5))
    assert rows(estimate(branches=[agent])) == [
        ("", 110, 0, "first"), ("1/", 55, 0, "first"), ("1/", 60, 55, None), ("", 120, 110, None),
    ]  # fmt: skip


def test_a_fork_reads_what_the_conversation_has_cached_and_leaves_it_as_it_was() -> None:
    fork = Branch(after=1, session=Session(steps=2, input_tokens_per_step=5), fork=True, count=2)
    assert rows(estimate(branches=[fork])) == [
        ("", 110, 0, "first"),
        ("1.1/", 115, 110, None), ("1.1/", 120, 115, None),
        ("1.2/", 115, 110, None), ("1.2/", 120, 115, None),
        ("", 120, 110, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("other", "reads"),
    [({"model": "twin"}, 0), ({"cache": "none"}, 0), ({"cache": "1h"}, 110), ({"model": "lab/m"}, 110)],
    ids=["another model has another cache", "no cache is no cache", "another life is the same kind",
         "the same model by another name is the same"],
)  # fmt: skip
def test_a_fork_reads_the_cache_of_the_same_model_and_kind(
    other: dict[str, Any], reads: int
) -> None:
    fork = Branch(after=1, session=Session(steps=1, input_tokens_per_step=5, **other), fork=True)
    found = estimate(branches=[fork])
    assert found.steps[1].read == reads
    assert found.steps[1].context == 115


def test_a_fork_caches_for_the_life_that_it_states_itself() -> None:
    session = Session(steps=2, input_tokens_per_step=5, cache="1h", gap="10m")
    found = estimate(branches=[Branch(after=1, session=session, fork=True)])
    # the first wait of a fork counts: the main line's entries of five minutes are an hour's here
    assert [row.usage.cache_write_1h_tokens for row in found.steps] == [0, 5, 5, 0]


def test_another_model_is_billed_at_its_own_rates() -> None:
    agent = Branch(after=2, session=Session(model="mirror", steps=1, system_tokens=10**6))
    found = estimate(branches=[agent])
    assert (found.steps[2].cost.model, found.steps[2].cost.total) == ("plain", 4)


def test_the_main_line_waits_for_the_longest_branch_and_its_cache_may_die() -> None:
    agents = [
        Branch(after=1, session=Session(steps=2, system_tokens=5, gap="2m")),
        Branch(after=1, session=Session(steps=3, system_tokens=5, gap="3m")),
    ]
    found = estimate(branches=agents)
    assert found.steps[-1].at - found.steps[0].at == timedelta(minutes=6)
    assert found.steps[-1].miss == "ttl"
    assert [row.at for row in found.steps if row.index in {2, 4}] == [found.at, found.at]


def test_branches_of_branches_say_where_they_belong() -> None:
    inner = Branch(after=1, session=Session(steps=1, system_tokens=5))
    outer = Branch(after=2, session=Session(steps=1, system_tokens=5, branches=[inner]), count=2)
    found = estimate(branches=[outer])
    assert [row.branch for row in found.steps] == ["", "", "1.1/", "1.1/1/", "1.2/", "1.2/1/"]
    session = Session(steps=2, branches=[outer])
    assert (session.length, session.calls) == (2, 6)


def test_a_fork_that_compacts_keeps_the_system_prompt_of_the_conversation() -> None:
    session = Session(steps=3, input_tokens_per_step=60, compact_at=230, summary_tokens=20)
    found = estimate(branches=[Branch(after=2, session=session, fork=True)])
    assert [(row.kind, row.context, row.read) for row in found.steps[2:]] == [
        ("step", 180, 120), ("step", 240, 180), ("compaction", 240, 240), ("step", 180, 100),
    ]  # fmt: skip


def test_a_fork_cannot_compact_below_what_it_begins_with() -> None:
    session = Session(steps=3, compact_at=120, summary_tokens=20)
    with pytest.raises(UsageError) as caught:
        estimate(branches=[Branch(after=2, session=session, fork=True)])
    assert str(caught.value) == (
        "compact_at is 120, and system prompt and summary alone are 120; compaction would never end"
    )


def test_a_fork_drops_no_more_than_was_said_since_the_system_prompt() -> None:
    from costcalc import Step

    def fork(dropped: int) -> Branch:
        return Branch(after=1, session=Session(steps=[Step(dropped_tokens=dropped)]), fork=True)

    assert estimate(branches=[fork(10)]).steps[1].context == 100
    with pytest.raises(
        UsageError, match="drops 11 tokens, and the conversation after the system prompt has 10"
    ):
        estimate(branches=[fork(11)])
