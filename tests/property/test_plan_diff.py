"""What holds of the difference of any two plans: parts sum to the whole, and say what changed."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from costcalc import Registry
from costcalc.cli.plan_data import diff_data, print_plan_json
from costcalc.cli.plan_diff_table import markdown_of, print_diff
from costcalc.planning.diff import diff
from costcalc.planning.differences import PlanDiff
from costcalc.planning.groups import GROUPS, mixed
from costcalc.planning.plan import Plan

pytestmark = pytest.mark.untraced  # it is the oracle that counts here
D = Decimal
LAB = Registry.from_yaml(
    """
provider: lab
rules: [{if: {batch: true}, times: 0.5}]
models:
  small: {input: 1, cache_read: 0.25, output: 5, cache: {automatic: {min_tokens: 256, ttl: {cache_read: 5m}}}}
  marked: {input: 3, cache_read: 0.3, cache_write: 3.75, output: 15, cache: {explicit: {ttl: {cache_write: 5m}}}}
  dated:
    prices:
      - {from: 2025-01-01, until: 2026-02-10, input: 2, output: 8}
      - {from: 2026-02-10, input: 4.1, output: 7}
"""
)
FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
GRAIN = D("1e-9")
"""Parts are rounded to twelve places, each once."""


@pytest.fixture(autouse=True, scope="module")
def few_sessions() -> Iterator[None]:
    """Simulate few sessions: what is shown here holds of any number."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("costcalc.planning.pools._FEWEST", 32)
        patch.setattr("costcalc.planning.pools._MOST", 32)
        patch.setattr("costcalc.planning.pools._ALIKE", 4)
        yield


def _range(most: int) -> st.SearchStrategy[Any]:
    """Draw a number, or a range."""
    numbers = st.integers(1, most)
    ends = st.lists(numbers, min_size=3, max_size=3).map(sorted)
    ranges = ends.map(lambda each: dict(zip(("low", "likely", "high"), each, strict=True)))
    return st.one_of(numbers, ranges)


def _varied(most: int) -> st.SearchStrategy[Any]:
    """Draw a number, a range, or two quantiles."""
    pairs = st.tuples(st.integers(1, most), st.integers(1, 5))
    return st.one_of(
        _range(most), pairs.map(lambda each: {"p50": each[0], "p90": each[0] * each[1]})
    )


SHARES = st.sampled_from([D(0), D("0.25"), D(1)])
KEYS: dict[str, dict[str, dict[str, st.SearchStrategy[Any]]]] = {
    "docs": {
        "volume": {"documents_per_month": _range(900)},
        "shape": {
            "input_tokens_per_document": _varied(3_000),
            "output_tokens_per_document": _varied(300),
            "system_tokens": st.sampled_from([0, 1_500]),
        },
        "cache": {"cache": st.fixed_dictionaries({"warm_start_ratio": SHARES})},
        "model": {"model": st.sampled_from(["small", "marked", "dated"])},
        "price": {"batch": st.booleans()},
    },
    "agent": {
        "volume": {"sessions_per_month": _range(50), "growth_ratio_per_month": SHARES},
        "shape": {
            "steps_per_session": _varied(5),
            "input_tokens_per_step": _varied(900),
            "output_tokens_per_step": _varied(200),
        },
        "cache": {
            "cache": st.fixed_dictionaries({"miss_ratio": SHARES}),
            "user_gaps": st.just({"share_of_steps": D("0.5"), "minutes": 9}),
        },
        "model": {"model": st.sampled_from(["small", "marked", "dated"])},
        "price": {"batch": st.booleans()},
    },
}
"""Keys of two kinds of workloads, by the group that they belong to."""


@st.composite
def workloads(draw: Callable[..., Any]) -> dict[str, Any]:
    """Draw a workload, as a plan states it."""
    groups = KEYS[draw(st.sampled_from(sorted(KEYS)))]
    found = {key: draw(value) for each in groups.values() for key, value in each.items()}
    if draw(st.booleans()):
        found.pop("cache")
    return found


@st.composite
def plans(draw: Callable[..., Any], names: str = "abc", most: int = 2) -> dict[str, Any]:
    """Draw a plan of a few workloads."""
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=most, unique=True))
    return {
        "version": 1,
        "project": "any",
        "period": {"start": "2026-01-01", "months": draw(st.integers(1, 3))},
        "simulation": {"samples": 100, "seed": draw(st.integers(0, 3))},
        "defaults": {"retry_rate": draw(SHARES)},
        "workloads": {name: draw(workloads()) for name in chosen},
    }


@st.composite
def pairs(draw: Callable[..., Any]) -> tuple[Plan, Plan]:
    """Draw two plans: mostly one and some changes of it, so that workloads are in both."""
    base = draw(plans())
    head = draw(plans())
    for name, workload in head["workloads"].items():
        other = base["workloads"].get(name)
        if other is not None and draw(st.integers(0, 3)):
            kept = _kind(other)
            chosen = draw(st.lists(st.sampled_from(GROUPS), max_size=3, unique=True))
            new = {key: draw(each) for group in chosen for key, each in KEYS[kept][group].items()}
            head["workloads"][name] = {**other, **new}
        else:
            head["workloads"][name] = workload
    return Plan.model_validate(base), Plan.model_validate(head)


def _kind(workload: Mapping[str, Any]) -> str:
    return "docs" if "documents_per_month" in workload else "agent"


def compared(base: Plan, head: Plan) -> PlanDiff:
    return diff(base, head, samples=100, registry=LAB)


@FEW
@given(pairs())
def test_parts_sum_to_the_change_of_each_workload_and_of_all(pair: tuple[Plan, Plan]) -> None:
    found = compared(*pair)
    assert sum(found.parts.values(), D(0)) == found.change == found.total - found.before
    assert set(found.parts) == set(GROUPS)
    assert {each.name for each in found.workloads} == {*pair[0].workloads, *pair[1].workloads}
    for each in found.workloads:
        assert sum(each.parts.values(), D(0)) == each.change == each.after - each.before
    assert sum((each.after - each.before for each in found.workloads), D(0)) == found.change
    for group, amount in found.parts.items():
        own = sum((each.parts.get(group, D(0)) for each in found.workloads), D(0))
        assert abs(own - amount) <= GRAIN
    assert found.base == pair[0].forecast(100, pair[1].simulation.seed, registry=LAB)
    assert found.head == pair[1].forecast(100, registry=LAB)


@FEW
@given(plans())
def test_a_plan_does_not_differ_from_itself(stated: dict[str, Any]) -> None:
    plan = Plan.model_validate(stated)
    found = compared(plan, Plan.model_validate(stated))
    assert (found.change, set(found.parts.values()), found.changes) == (0, {D(0)}, ())
    assert {each.status for each in found.workloads} == {"same"}


@FEW
@given(pairs())
def test_the_way_back_is_the_way_there_with_the_other_sign(pair: tuple[Plan, Plan]) -> None:
    base, head = pair[0], pair[1].replace({"simulation": pair[0].simulation.model_dump()})
    there, back = compared(base, head), compared(head, base)
    assert there.change == there.known_change == -back.known_change
    assert len(there.changes) == len(back.changes)
    for group in GROUPS:
        assert abs(there.parts[group] + back.parts[group]) <= GRAIN, group


@FEW
@given(st.data(), plans(most=1), st.sampled_from(GROUPS))
def test_what_changes_one_group_only_is_all_of_that_group(
    data: st.DataObject, stated: dict[str, Any], group: str
) -> None:
    base = Plan.model_validate(stated)
    ((name, workload),) = stated["workloads"].items()
    new = {key: data.draw(each) for key, each in KEYS[_kind(workload)][group].items()}
    head = Plan.model_validate({**stated, "workloads": {name: {**workload, **new}}})
    found = compared(base, head)
    assert {each.group for each in found.changes} <= {group}
    expected = dict.fromkeys(GROUPS, D(0)) | {group: found.change}
    assert dict(found.parts) == expected


def by_forecasts(base: Plan, head: Plan, name: str, groups: list[str]) -> dict[str, Fraction]:
    """Return Shapley's values the long way: a forecast a mixture, and every order one by one."""
    means: dict[frozenset[str], Fraction] = {}
    for size in range(len(groups) + 1):
        for some in map(frozenset, combinations(groups, size)):
            plan = mixed(base, head, some, [name])
            found = plan.forecast(100, head.simulation.seed, registry=LAB)
            means[some] = Fraction(found.workloads[name].mean)
    orders = list(permutations(groups))
    return {
        group: sum(
            (
                means[frozenset((*order[: order.index(group)], group))]
                - means[frozenset(order[: order.index(group)])]
                for order in orders
            ),
            Fraction(0),
        )
        / len(orders)
        for group in groups
    }


@FEW
@given(pairs())
def test_each_part_is_the_mean_over_all_orders_of_whole_forecasts(pair: tuple[Plan, Plan]) -> None:
    base, head = pair
    found = compared(base, head)
    both = [each for each in found.workloads if each.status == "changed"]
    assume(both and not found.notes)
    for each in both:
        groups = [name for name in GROUPS if name in each.parts]
        expected = by_forecasts(base, head, each.name, groups)
        for group, amount in each.parts.items():
            assert abs(Fraction(amount) - expected[group]) <= Fraction(GRAIN), (each.name, group)


@FEW
@given(plans(most=1), plans(names="xyz"))
def test_what_only_one_plan_has_is_volume(one: dict[str, Any], other: dict[str, Any]) -> None:
    base = Plan.model_validate(one)
    head = Plan.model_validate({**one, "workloads": {**one["workloads"], **other["workloads"]}})
    found = compared(base, head)
    added = [each for each in found.workloads if each.status == "added"]
    assert {each.name for each in added} == set(other["workloads"])
    assert all((each.before, dict(each.parts)) == (0, {"volume": each.after}) for each in added)
    ((name, workload),) = one["workloads"].items()
    renamed = Plan.model_validate({**one, "workloads": {"renamed": workload}})
    moved = compared(base, renamed)
    assert {each.name: each.status for each in moved.workloads} == {
        name: "removed", "renamed": "added",
    }  # fmt: skip
    assert dict(moved.parts) == dict.fromkeys(GROUPS, D(0)) | {"volume": moved.change}


def printed(what: Callable[[], None]) -> str:
    """Return what is printed to a terminal of UTF-8."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with redirect_stdout(stream):
        what()
    stream.seek(0)
    return stream.read()


_MONEY = re.compile(r"[-+]?\$[\d,]+\.\d+")


def _amounts(lines: list[str]) -> dict[str, D]:
    """Return the change that each row of a table of parts states, in dollars."""
    found: dict[str, D] = {}
    for line in lines:
        name = line.strip("| *").split(" ")[0]
        money = _MONEY.search(line)
        if name in {*GROUPS, "total"} and money is not None and name not in found:
            found[name] = D(money[0].replace("$", "").replace(",", "").replace("+", ""))
    return found


@FEW
@given(pairs())
def test_a_table_markdown_and_json_say_the_same(pair: tuple[Plan, Plan]) -> None:
    found = compared(*pair)
    screen = printed(lambda: print_diff(found))
    data = json.loads(printed(lambda: print_plan_json(diff_data(found))))
    parts = {name: D(amount) for name, amount in data["parts"].items()}
    assert parts == dict(found.parts)
    assert D(data["change"]) == sum(parts.values())
    for each in found.workloads:
        said = data["workloads"][each.name]
        assert sum(map(D, said["parts"].values()), D(0)) == D(said["change"]) == each.change
    shown = _amounts(screen.splitlines())
    assert set(shown) == {*GROUPS, "total"}
    assert shown == _amounts(markdown_of(found).splitlines())
    assert sum((shown[name] for name in GROUPS), D(0)) == shown["total"]
    assert shown["total"] == D(f"{found.change:.2f}")
    for name, amount in parts.items():
        assert abs(shown[name] - amount) <= D("0.02")
