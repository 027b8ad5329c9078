"""What a run says of its costs: the dearest tests, the ceiling, reports for other tools."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from spending_support import Run, runner

from costcalc.testing.spent import Spent, broken, dearest, table, totals

pytest_plugins = ["pytester"]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(pytester, monkeypatch)


SUITE = """
@pytest.fixture
def warm():
    call()

def test_fixture(warm): call()
def test_two(): call(); call(); call()
def test_one(): call()
def test_small(cost_recorder):
    cost_recorder.record(costcalc.Usage(output_tokens=1), model="grok-code-fast-1")
def test_none(): pass
"""


CEILING_BROKEN = (
    "FAILED --max-cost 0.5: the suite cost 0.8100015 USD, 0.3100015 above; dearest: "
    "test_it.py::test_two 0.405, test_it.py::test_fixture 0.27, test_it.py::test_one 0.135"
)


def test_the_dearest_tests_are_listed_like_durations(run: Run) -> None:
    found = run(SUITE, "--costs=3")
    found.assert_outcomes(passed=5)
    found.stdout.fnmatch_lines(
        [
            "*= dearest 3 tests =*",
            "0.405 USD  test_it.py::test_two  (3 calls)",
            "0.27  USD  test_it.py::test_fixture  (2 calls, 0.135 of it in fixtures)",
            "0.135 USD  test_it.py::test_one  (one call)",
            "0.8100015 USD in all, by 4 tests; one of them is not shown",
        ],
        consecutive=True,
    )
    assert found.ret == 0


SHOWN = {
    "--costs=0": ["*= dearest tests =*", "0.405     USD  *test_two*", "*test_fixture*", "*test_one*", "0.0000015 USD  *test_small*", "0.8100015 USD in all, by 4 tests"],
    "--costs=5 --costs-min=0.2": ["*= dearest 5 tests =*", "*test_two*", "*test_fixture*", "* in all, by 4 tests; 2 of them are not shown"],
    "--costs=1 -q --no-header --color=no": ["*= dearest test =*", "0.405 USD  test_it.py::test_two  (3 calls)", "*3 of them are not shown", "5 passed in *"],
    "--costs=5 -k none": ["*= dearest 5 tests =*", "no test spent anything"],
    "--costs=5 --costs-min=1": ["*= dearest 5 tests =*", "0.8100015 USD in all, by 4 tests; 4 of them are not shown"],
}  # fmt: skip


@pytest.mark.parametrize(("options", "lines"), SHOWN.items(), ids=SHOWN.keys())
def test_what_is_shown(run: Run, options: str, lines: list[str]) -> None:
    found = run(SUITE, *options.split())
    assert found.ret == 0
    found.stdout.fnmatch_lines(lines, consecutive=True)


def test_without_the_option_nothing_is_said(run: Run) -> None:
    found = run("def test(cost_recorder): cost_recorder.record(RESPONSE)\n")
    found.assert_outcomes(passed=1)
    assert "USD" not in found.stdout.str()


def test_a_call_without_a_price_is_listed_and_fails_no_test_that_is_only_shown(run: Run) -> None:
    found = run("def test(): call(model='gpt-unheard-of'); call()\n", "--costs=5")
    found.assert_outcomes(passed=1, warnings=1)
    found.stdout.fnmatch_lines(
        ["0.135 USD  test_it.py::test  (one call, one call of gpt-unheard-of without a price)"]
    )


def test_a_suite_above_its_ceiling_fails_and_names_the_dearest(run: Run) -> None:
    found = run(SUITE, "--max-cost", "0.5")
    found.assert_outcomes(passed=5)
    assert found.ret == pytest.ExitCode.TESTS_FAILED
    found.stdout.fnmatch_lines([CEILING_BROKEN])


def test_a_suite_that_keeps_its_ceiling_says_what_it_cost(run: Run) -> None:
    found = run(SUITE, "--max-cost", "0.8100015")
    assert found.ret == 0
    found.stdout.fnmatch_lines(["the suite cost 0.8100015 USD of --max-cost 0.8100015"])


def test_a_suite_that_spends_nothing_keeps_every_ceiling(run: Run) -> None:
    found = run("def test(): pass\n", "--max-cost", "0")
    assert found.ret == 0
    found.stdout.fnmatch_lines(["the suite cost 0 USD of --max-cost 0"])


def test_a_suite_that_fails_keeps_its_own_exit_code(run: Run) -> None:
    found = run("def test(): call(); raise KeyboardInterrupt\n", "--max-cost", "0.1", apart=True)
    assert found.ret == pytest.ExitCode.INTERRUPTED


def test_under_a_ceiling_a_call_without_a_price_fails_its_test_and_the_run(run: Run) -> None:
    found = run("def test(): call(model='gpt-unheard-of')\n", "--max-cost", "5")
    found.assert_outcomes(failed=1, warnings=1)
    found.stdout.fnmatch_lines(
        [
            "this test made one call of 'gpt-unheard-of' without a price, *",
            "FAILED --max-cost 5: one call without a price, in test_it.py::test",
        ]
    )


def test_under_a_ceiling_an_error_that_a_test_catches_is_a_call_without_a_price(run: Run) -> None:
    tests = """
def test():
    with costcalc.Meter() as meter, pytest.raises(LookupError):
        meter.record(USAGE, model="gpt-unheard-of")
    with pytest.raises(LookupError):
        current_meter().record(USAGE, model="gpt-unheard-of")
"""
    found = run(tests, "--max-cost", "5")
    found.assert_outcomes(failed=1)
    found.stdout.fnmatch_lines(
        [
            "this test made 2 calls of 'gpt-unheard-of' without a price, *",
            "FAILED --max-cost 5: 2 calls without a price, in test_it.py::test",
        ]
    )


def test_under_a_ceiling_a_fixtures_call_without_a_price_fails_the_run(run: Run) -> None:
    tests = """
@pytest.fixture
def warm(): call(model="gpt-unheard-of")

def test(warm): pass
"""
    found = run(tests, "--max-cost", "5")
    found.assert_outcomes(passed=1, warnings=1)
    assert found.ret == pytest.ExitCode.TESTS_FAILED
    found.stdout.fnmatch_lines(
        ["FAILED --max-cost 5: one call without a price, in test_it.py::test"]
    )


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("--max-cost", "much"), "*--max-cost 'much' is no decimal number; write it like '0.20'"),
        (("--max-cost=-1",), "*--max-cost is an amount from 0 on, not -1"),
        (("--costs=3", "--costs-min=few"), "*--costs-min 'few' is no decimal number*"),
        (("--costs=-1",), "*--costs is a number of tests from 0 on, not -1"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, tuple) else "",
)
def test_an_option_that_is_no_amount_is_a_usage_error(
    run: Run, options: tuple[str, ...], text: str
) -> None:
    found = run(SUITE, *options)
    assert found.ret == pytest.ExitCode.USAGE_ERROR
    found.stderr.fnmatch_lines([text])


def test_junit_has_the_cost_of_each_test(run: Run, pytester: pytest.Pytester) -> None:
    tests = SUITE + "def test_own(record_property): record_property('mine', 1)\n"
    run(tests, "--costs=1", "--junitxml=out.xml")
    cases = {
        case.attrib["name"]: {each.attrib["name"]: each.attrib["value"] for each in case.iter("property")}
        for case in ET.parse(Path(pytester.path) / "out.xml").iter("testcase")  # noqa: S314 - pytest wrote it
    }  # fmt: skip
    assert cases["test_fixture"] == {
        "cost": "0.27", "cost_currency": "USD", "cost_calls": "2", "cost_attempts": "1",
        "cost_unpriced": "0",
    }  # fmt: skip
    assert cases["test_small"]["cost"] == "0.0000015"
    assert cases["test_none"]["cost"] == "0"
    assert cases["test_own"]["mine"] == "1"


FLAKY = """
tries = []

@pytest.mark.max_cost("0.135")
@pytest.mark.flaky(reruns=3)
def test_flaky():
    tries.append(call())
    assert len(tries) == 3
"""


def test_every_attempt_costs_and_each_is_held_against_the_cap_alone(
    run: Run, pytester: pytest.Pytester
) -> None:
    pytest.importorskip("pytest_rerunfailures")
    found = run(
        FLAKY, "-p", "pytest_rerunfailures", "--costs=5", "--max-cost=0.4", "--junitxml=out.xml"
    )
    assert found.parseoutcomes() == {"passed": 1, "rerun": 2}
    assert found.ret == pytest.ExitCode.TESTS_FAILED
    found.stdout.fnmatch_lines(
        [
            "0.405 USD  test_it.py::test_flaky  (3 calls, 3 attempts)",
            "FAILED --max-cost 0.4: the suite cost 0.405 USD, 0.005 above; dearest: test_it.py::test_fl*",
        ]
    )
    said = (pytester.path / "out.xml").read_text()
    assert said.count('name="cost" value="0.405"') == 1


def test_what_a_recorder_cannot_keep_in_one_currency_is_said(run: Run) -> None:
    tests = """
PRICES = costcalc.Registry.from_yaml(
    "provider: east\\ncurrency: CNY\\nmodels: {silk: {input: 1, output: 2}}"
)

@pytest.mark.max_cost("2", currency="CNY")
def test_silk(cost_recorder):
    cost_recorder.record(USAGE, model="silk", registry=PRICES)

def test_dollars(): call()
"""
    found = run(tests, "--costs=5", "--max-cost=5")
    found.assert_outcomes(passed=2)
    assert found.ret == pytest.ExitCode.TESTS_FAILED
    found.stdout.fnmatch_lines(
        [
            "1.2   CNY  test_it.py::test_silk  (one call)",
            "0.135 USD  test_it.py::test_dollars  (one call)",
            "1.2 CNY and 0.135 USD in all, by 2 tests",
            "FAILED --max-cost 5: 1.2 CNY cannot be held against a ceiling in USD",
        ],
        consecutive=True,
    )


# --- caps that tests share -----------------------------------------------------------------------

FEATURES = """
search = pytest.mark.max_cost("0.3", together="search")
PRICES = costcalc.Registry.from_yaml(
    "provider: east\\ncurrency: CNY\\nmodels: {silk: {input: 1, output: 2}}"
)

@search
@pytest.mark.max_cost("0.2")
def test_one(): call()

@search
def test_two(cost_recorder): call()

@pytest.mark.max_cost("1.2", currency="CNY", together="import")
def test_three(cost_recorder): cost_recorder.record(USAGE, model="silk", registry=PRICES)
"""


def test_tests_of_one_name_keep_their_cap_together(run: Run) -> None:
    found = run(FEATURES, "--costs=1")
    assert (found.parseoutcomes(), found.ret) == ({"passed": 3}, 0)
    found.stdout.fnmatch_lines(
        [
            "one test of 'import' cost 1.2 CNY of max_cost 1.2",
            "2 tests of 'search' cost 0.27 USD of max_cost 0.3",
        ],
        consecutive=True,
    )
    assert "search" not in run(FEATURES).stdout.str()


def test_tests_of_one_name_fail_the_run_together_and_not_each(run: Run) -> None:
    found = run(FEATURES + "@search\ndef test_four(): call()\n")
    assert (found.parseoutcomes(), found.ret) == ({"passed": 4}, pytest.ExitCode.TESTS_FAILED)
    found.stdout.fnmatch_lines(
        ["FAILED max_cost 0.3 of 'search': 3 tests cost 0.405 USD, 0.105 above; dearest: *"]
    )


def test_a_shared_cap_and_a_ceiling_are_held_each(run: Run) -> None:
    tests = FEATURES.partition('@pytest.mark.max_cost("1.2"')[0].replace("0.3", "0.1")
    found = run(tests, "--max-cost=0.2")
    found.stdout.fnmatch_lines(
        [
            "FAILED max_cost 0.1 of 'search': 2 tests cost 0.27 USD, 0.17 above; dearest: *",
            "FAILED --max-cost 0.2: the suite cost 0.27 USD, 0.07 above; dearest: *",
        ]
    )


def test_tests_of_one_name_that_state_two_amounts_fail_the_run(run: Run) -> None:
    found = run(
        FEATURES + '@pytest.mark.max_cost("0.4", together="search")\ndef test_x(): call()\n'
    )
    assert found.ret == pytest.ExitCode.TESTS_FAILED
    found.stdout.fnmatch_lines(
        ["FAILED max_cost 0.3 and 0.4 of 'search': tests of one name state one amount"]
    )


def test_caps_of_one_test_are_in_one_currency(run: Run) -> None:
    found = run(
        FEATURES + '@search\n@pytest.mark.max_cost("1", currency="CNY")\ndef test_x(): pass\n'
    )
    found.assert_outcomes(passed=3, errors=1)
    found.stdout.fnmatch_lines(["max_cost is in CNY and in USD; state one currency"])


# --- the values ----------------------------------------------------------------------------------


def spent(test: str, total: str, **facts: object) -> Spent:
    return Spent.model_validate({"test": test, "total": total, **facts})


SOME = [spent("a", "0.5", calls=1), spent("b", "12", calls=3, attempts=2), spent("c", "0")]


def test_values_travel_as_text() -> None:
    one = spent("a", "0.0000001", fixtures="0.1", calls=2, unpriced=1, models=("x", "y"))
    one = replace(one, together={"search": Decimal("0.30")})
    said = one.as_text()
    assert said["total"] == "0.0000001"
    assert said["together"] == {"search": "0.30"}
    assert Spent.from_text(said) == one
    assert str(one) == "2 calls, 0.1 of it in fixtures, one call of x, y without a price"


def test_points_stand_below_each_other() -> None:
    assert table(SOME, 0, Decimal(0)) == [
        "12   USD  b  (3 calls, 2 attempts)",
        " 0.5 USD  a  (one call)",
        "12.5 USD in all, by 2 tests",
    ]


def test_the_dearest_come_first_and_the_same_by_name() -> None:
    same = [spent("z", "1"), spent("y", "1"), *SOME]
    assert [each.test for each in dearest(same)] == ["b", "y", "z", "a", "c"]


def test_a_ceiling_is_kept_up_to_its_last_digit() -> None:
    assert [str(each) for each in totals(SOME)] == ["12.5 USD"]
    assert broken(SOME, Decimal("12.5"), "USD") is None
    found = broken(SOME, Decimal("12.49"), "USD")
    assert found == "the suite cost 12.5 USD, 0.01 above; dearest: b 12, a 0.5, c 0"
