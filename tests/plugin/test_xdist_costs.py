"""Costs of a run under pytest-xdist: summed by the controller, judged by the worker."""

from __future__ import annotations

import pytest
from spending_support import Run, runner

pytest.importorskip("xdist")

pytest_plugins = ["pytester"]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(pytester, monkeypatch)


SUITE = """
@pytest.mark.parametrize("number", range(4))
def test_some(number):
    for _ in range(number):
        call()

@pytest.mark.max_cost("0.2")
def test_dear(cost_recorder):
    call(); call()
"""


def test_workers_judge_and_the_controller_adds_up(run: Run, pytester: pytest.Pytester) -> None:
    found = run(
        SUITE, "-p", "xdist", "-n", "2", "--costs=2", "--max-cost=1", "--junitxml=out.xml",
        apart=True,
    )  # fmt: skip
    found.assert_outcomes(passed=4, failed=1)
    found.stdout.fnmatch_lines(
        [
            "this test cost 0.27 USD for 2 calls, 0.07 more than its max_cost of 0.2",
            "*= dearest 2 tests =*",
            "0.405 USD  test_it.py::test_some?3?  (3 calls)",
            "0.27  USD  test_it.py::test_dear  (2 calls)",
            "1.08 USD in all, by 4 tests; 2 of them are not shown",
            "FAILED --max-cost 1: the suite cost 1.08 USD, 0.08 above; dearest: *",
        ]
    )
    assert 'name="cost" value="0.405"' in (pytester.path / "out.xml").read_text()


def test_a_ceiling_that_only_all_workers_together_break_fails_the_run(run: Run) -> None:
    tests = """
@pytest.mark.max_cost("0.5", together="search")
@pytest.mark.parametrize("number", range(4))
def test_one(number): call()
"""
    found = run(tests, "-p", "xdist", "-n", "2", "--max-cost=0.5", apart=True)
    found.assert_outcomes(passed=4)
    assert found.ret == pytest.ExitCode.TESTS_FAILED
    found.stdout.fnmatch_lines(
        [
            "FAILED max_cost 0.5 of 'search': 4 tests cost 0.54 USD, 0.04 above; *",
            "FAILED --max-cost 0.5: the suite cost 0.54 USD, 0.04 above; *",
        ]
    )


def test_the_same_tests_on_several_workers_cost_several_times(run: Run) -> None:
    found = run(
        "def test(): call()\n", "-p", "xdist", "--dist=each", "--tx=2*popen", "--max-cost=1",
        apart=True,
    )  # fmt: skip
    found.assert_outcomes(passed=2)
    found.stdout.fnmatch_lines(["the suite cost 0.27 USD of --max-cost 1"])


def test_what_a_worker_spent_before_it_crashed_counts(run: Run) -> None:
    tests = """
import os

def test_a(): call()
def test_b(): os._exit(1)
"""
    found = run(
        tests, "-p", "xdist", "-n", "1", "--max-cost=1", "--costs=1", "--max-worker-restart=0",
        apart=True,
    )  # fmt: skip
    found.stdout.fnmatch_lines(["0.135 USD  test_it.py::test_a  (one call)"])


def test_reruns_on_workers_cost_too(run: Run) -> None:
    pytest.importorskip("pytest_rerunfailures")
    tests = """
tries = []

@pytest.mark.flaky(reruns=2)
@pytest.mark.max_cost("0.2")
def test_flaky():
    tries.append(call())
    assert len(tries) == 2
"""
    found = run(
        tests, "-p", "xdist", "-p", "pytest_rerunfailures", "-n", "1", "--costs=1", apart=True
    )
    found.stdout.fnmatch_lines(["0.27 USD  test_it.py::test_flaky  (2 calls, 2 attempts)"])
    assert found.ret == 0


def test_a_worker_leaves_caps_that_are_shared_to_the_controller(
    run: Run, pytester: pytest.Pytester
) -> None:
    pytester.makeconftest("def pytest_configure(config): config.workerinput = {}")
    found = run("def test(): call()\n", "--max-cost=0")
    assert (found.parseoutcomes(), found.ret) == ({"passed": 1}, 0)
