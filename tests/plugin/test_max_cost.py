"""What a test may spend: the recorder, the marker, and the verdict as the test's call ends."""

from __future__ import annotations

import pytest
from spending_support import Run, runner

pytest_plugins = ["pytester"]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(pytester, monkeypatch)


def test_a_test_that_costs_more_than_its_cap_fails_with_its_lines(run: Run) -> None:
    found = run(
        """
@pytest.mark.max_cost("0.2")
def test_over(cost_recorder):
    cost_recorder.record(USAGE, model="grok-code-fast-1")
"""
    )
    found.assert_outcomes(failed=1)
    found.stdout.fnmatch_lines(
        [
            "this test cost 0.242 USD for one call, 0.042 more than its max_cost of 0.2",
            "  grok-code-fast-1 (xai) at 2025-09-07",
            "    input       400,000 × 0.20 / 1M tokens = 0.08",
            "    cache_read  600,000 × 0.02 / 1M tokens = 0.012",
            "    output      100,000 × 1.50 / 1M tokens = 0.15",
            "spend less, or raise the cap",
            "FAILED test_it.py::test_over - Failed: this test cost 0.242 USD*",
        ],
        consecutive=False,
    )


PASSES = {
    "a test that costs just as much": """
@pytest.mark.max_cost("0.242")
def test(cost_recorder):
    cost = cost_recorder.record(USAGE, model="grok-code-fast-1")
    assert cost.total == cost_recorder.total == cost_recorder.cost.total
    assert cost_recorder.left == 0
    assert f"{cost.at:%Y-%m-%d}" == "2025-09-07"
""",
    "a test that is not capped": """
def test(cost_recorder):
    cost_recorder.record(USAGE, model="grok-code-fast-1")
    assert cost_recorder.budget is None
""",
    "the closest of several caps": """
@pytest.mark.max_cost("0.1")
class TestIt:
    @pytest.mark.max_cost("0.3")
    def test(self, cost_recorder):
        cost_recorder.record(USAGE, model="grok-code-fast-1")
""",
    "the cap of a parameter, which is closest of all": """
@pytest.mark.max_cost("0.1")
@pytest.mark.parametrize("calls", [pytest.param(2, marks=pytest.mark.max_cost("0.27"))])
def test(calls):
    for _ in range(calls):
        call()
""",
    "a class whose test makes no call": """
@pytest.mark.max_cost("0.1")
class TestIt:
    def test(self): pass
""",
    "a cap in another currency": """
PRICES = costcalc.Registry.from_yaml(
    "provider: east\\ncurrency: CNY\\nmodels: {silk: {input: 1, output: 2}}"
)

@pytest.mark.max_cost("1.2", currency="CNY")
def test(cost_recorder):
    cost_recorder.record(USAGE, model="silk", registry=PRICES)
    assert f"{cost_recorder.total} {cost_recorder.currency}" == "1.2 CNY"
""",
    "a response, whatever time it states": """
def test(cost_recorder):
    cost = cost_recorder.record(RESPONSE)
    assert f"{cost.total} {cost.at:%Y-%m-%d}" == "0.135 2025-09-07"
""",
    "prices of the test's own marker": """
@pytest.mark.pricing(at="2025-09-07", times="0.5")
def test(cost_recorder):
    assert str(cost_recorder.record(USAGE, model="grok-code-fast-1").total) == "0.121"
""",
    "prices of a fixture that a project overrides": """
@pytest.fixture
def pricing():
    from costcalc.testing import freeze
    with freeze("2025-09-07", times="0.5") as found:
        yield found

@pytest.mark.max_cost("0.07")
def test():
    assert str(call().total) == "0.0675"
""",
    "what a meter of the test's own sees as well": """
@pytest.mark.max_cost("0.135")
def test(cost_recorder):
    with costcalc.Meter("1") as mine:
        mine.record(RESPONSE)
    assert mine.total == cost_recorder.total
""",
    "a recorder entered as a block, and counted once": """
@pytest.mark.max_cost("0.135")
def test(cost_recorder):
    with cost_recorder:
        cost_recorder.record(RESPONSE)
    assert cost_recorder.calls == 1
""",
    "a fixture that uses the test's recorder": """
@pytest.fixture
def begun(cost_recorder):
    cost_recorder.record(RESPONSE)

@pytest.mark.max_cost("0.27")
def test(begun, cost_recorder):
    call()
    assert cost_recorder.calls == 2
""",
    "a recorder that is asked for by name": """
def test(request):
    recorder = request.getfixturevalue("cost_recorder")
    recorder.record(RESPONSE)
    assert recorder.calls == 1
""",
    "what fixtures spend by hooks is not the test's": """
@pytest.fixture
def warm():
    call()
    yield
    call()

@pytest.mark.max_cost("0.135")
def test(warm, cost_recorder):
    call()
    assert cost_recorder.calls == 1
""",
    "an expected failure that costs too much": """
@pytest.mark.xfail
@pytest.mark.max_cost("0.1")
def test_dear():
    call()

def test(): pass
""",
    "a test without any recorder": """
def test():
    assert current_meter() is None
""",
}


@pytest.mark.parametrize("tests", PASSES.values(), ids=PASSES.keys())
def test_passes(run: Run, tests: str) -> None:
    found = run(tests, "-W", "error")
    assert found.parseoutcomes().get("passed") == 1
    assert not found.parseoutcomes().keys() & {"failed", "errors", "warnings"}


FAILS = {
    "a client's calls above the cap, without any fixture": (
        """
@pytest.mark.max_cost("0.2")
def test():
    call(); call()
""",
        "this test cost 0.27 USD for 2 calls, 0.07 more than its max_cost of 0.2",
    ),
    "calls above the cap within a meter of the test's own": (
        """
@pytest.mark.max_cost("0.1")
def test():
    with costcalc.Meter("1"):
        call()
""",
        "this test cost 0.135 USD for one call, 0.035 more than its max_cost of 0.1",
    ),
    "a call without a price": (
        """
@pytest.mark.max_cost("5")
@pytest.mark.filterwarnings("ignore::costcalc.UnpricedWarning")
def test():
    call(model="gpt-unheard-of"); call(model="gpt-unheard-of")
""",
        "this test made 2 calls of 'gpt-unheard-of' without a price*: unknown model 'gpt-unhe*",
    ),
    "a call without a price where only the recorder was asked for": (
        """
@pytest.mark.filterwarnings("ignore::costcalc.UnpricedWarning")
def test(cost_recorder):
    call(model="gpt-unheard-of")
""",
        "this test made one call of 'gpt-unheard-of' without a price, *",
    ),
    "a call without a price whose error it catches": (
        """
@pytest.mark.max_cost("5")
def test(cost_recorder):
    cost_recorder.record(USAGE, model="grok-code-fast-1")
    try:
        cost_recorder.record(USAGE, model="gpt-unheard-of")
    except Exception:
        pass
""",
        "this test made one call of 'gpt-unheard-of' without a price*: unknown model 'gpt-unhe*",
    ),
    "an unknown model that is recorded": (
        """
def test(cost_recorder):
    cost_recorder.record(USAGE, model="gpt-unheard-of")
""",
        "E *costcalc.errors.UnknownModelError: unknown model 'gpt-unheard-of'*",
    ),
    "a failure of its own, which stands": (
        """
@pytest.mark.max_cost("0.1")
def test():
    call()
    assert 1 == 2
""",
        "E *assert 1 == 2",
    ),
    "a call that is checked before it is made": (
        """
@pytest.mark.max_cost("0.1")
def test():
    current_meter().check("0.2")
""",
        "E *BudgetExceededError: the budget of this test is 0.1 USD, *, and a call of 0.2 would *",
    ),
}


@pytest.mark.parametrize(("tests", "text"), FAILS.values(), ids=FAILS.keys())
def test_fails(run: Run, tests: str, text: str) -> None:
    found = run(tests)
    found.assert_outcomes(failed=1)
    found.stdout.fnmatch_lines([text])


WRONG = {
    "0.05": "max_cost is a Decimal, an int or decimal text, not float 0.05; write '0.05' in quotes*",
    "": "max_cost() takes one amount, such as '0.05', and together= and currency=",
    '"1", "2"': "max_cost('1', '2') takes one amount, such as '0.05', and together= and currency=",
    '"1", unit="USD"': "max_cost('1', unit='USD') takes one amount, such as '0.05', and together= and currency=",
    '"-1"': "max_cost is an amount from 0 on, not '-1'",
    '"much"': "max_cost 'much' is no decimal number*",
    '"1", currency="usd"': "max_cost: currency is a code such as 'USD', not 'usd'",
    '"1", currency=5': "max_cost: currency is a code such as 'USD', not 5",
    '"1", together=""': "max_cost: together is a name that tests share, not ''",
    '"1", together=3': "max_cost: together is a name that tests share, not 3",
}  # fmt: skip


@pytest.mark.parametrize(("said", "text"), WRONG.items(), ids=WRONG.keys())
def test_a_cap_that_is_none_is_an_error_before_the_test_runs(
    run: Run, said: str, text: str
) -> None:
    found = run(f"@pytest.mark.max_cost({said})\ndef test(): raise SystemExit")
    found.assert_outcomes(errors=1)
    found.stdout.fnmatch_lines([text])


def test_a_cap_on_a_test_that_makes_no_call_is_warned_of(run: Run) -> None:
    found = run('@pytest.mark.max_cost("0.05")\ndef test(): pass\n')
    found.assert_outcomes(passed=1, warnings=1)
    found.stdout.fnmatch_lines(
        ["*test_it.py::test has a max_cost, and no call was recorded: watch*"]
    )


def test_without_a_day_a_capped_test_warns_that_prices_are_those_of_today(
    run: Run, pytester: pytest.Pytester
) -> None:
    pytester.makepyprojecttoml("")
    found = run('@pytest.mark.max_cost("5")\ndef test(cost_recorder): call()\n')
    found.assert_outcomes(passed=1, warnings=1)
    found.stdout.fnmatch_lines(["*UnfrozenPricesWarning*"])


def test_a_project_that_forbids_unknown_marks_knows_this_one(run: Run) -> None:
    found = run('@pytest.mark.max_cost("1")\ndef test(): call()\n', "--strict-markers")
    found.assert_outcomes(passed=1)
    assert "max_cost(amount" in run("", "--markers").stdout.str()


def test_doctests_and_unittest_cases_are_held_too(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest

        def pytest_collection_modifyitems(items):
            for item in items:
                if not item.get_closest_marker("max_cost"):
                    item.add_marker(pytest.mark.max_cost("0.1"))
        """
    )
    found = run(
        '''
import unittest

class Case(unittest.TestCase):
    @pytest.mark.max_cost("0.2")
    def test_dear(self):
        call(); call()

    @pytest.mark.max_cost("0.2")
    def test_cheap(self):
        call()

    def test_wrong(self):
        call()
        self.fail("on its own")

def documented():
    """
    >>> call() is None
    False
    """
''',
        "--doctest-modules",
    )
    found.assert_outcomes(failed=3, passed=1)
    found.stdout.fnmatch_lines(
        [
            "this test cost 0.135 USD for one call, 0.035 more than its max_cost of 0.1",
            "this test cost 0.27 USD for 2 calls, 0.07 more than its max_cost of 0.2",
            "*AssertionError: on its own",
        ]
    )


def test_markers_of_classes_hold_for_their_own_tests_whatever_stands_beside(run: Run) -> None:
    found = run(
        """
class TestFree:
    def test_first(self): pass

@pytest.mark.max_cost("0.1")
class TestCapped:
    def test_one(self): call()

    @pytest.mark.slow
    def test_two(self): call()

    class TestWithin:
        def test_three(self): call()

    def test_four(self): call()

@pytest.mark.price_freshness
class TestFresh:
    def test_lacks(self): call()

class TestFreeAgain:
    def test_last(self): pass

    @pytest.mark.max_cost("0.1")
    def test_capped(self): call()

def test_free(): pass
""",
        "-W",
        "ignore::pytest.PytestUnknownMarkWarning",
        "-rfp",
    )
    found.assert_outcomes(failed=6, passed=3)
    said = found.stdout.str()
    free = ("TestFree::test_first", "TestFreeAgain::test_last", "test_free")
    capped = ("one", "two", "TestWithin::test_three", "four")
    for name in free:
        assert f"PASSED test_it.py::{name}" in said
    for name in capped:
        assert f"::{name if '::' in name else f'test_{name}'} - Failed: this test cost" in said
    assert "TestFreeAgain::test_capped - Failed: this test cost" in said
    assert "TestFresh::test_lacks - Failed: price_freshness needs the fixture" in said


ASYNC = """
@pytest.fixture
def anyio_backend(): return "asyncio"

@pytest.fixture(scope="module")
def anyio_backend_of_all(): return "asyncio"

@pytest.fixture
async def session():
    yield "open"  # its task, with its context, serves the test's body

@pytest.mark.anyio
@pytest.mark.max_cost("0.135")
async def test_first(session, cost_recorder):
    call()
    assert cost_recorder.calls == 1

@pytest.mark.anyio
@pytest.mark.max_cost("0.1")
async def test_dear(session):
    call()

@pytest.mark.anyio
@pytest.mark.max_cost("0.27")
async def test_tasks(session, cost_recorder):
    import asyncio
    async def ask(): call()
    await asyncio.gather(ask(), ask())
    assert cost_recorder.calls == 2
"""


def test_asynchronous_tests_are_held_whatever_task_they_run_in(run: Run) -> None:
    found = run(ASYNC, "-p", "anyio")
    found.assert_outcomes(passed=2, failed=1)
    found.stdout.fnmatch_lines(["this test cost 0.135 USD for one call, 0.035 more than its max_*"])


def test_one_event_loop_for_a_module_feeds_each_test_its_own(run: Run) -> None:
    found = run(
        ASYNC.replace("@pytest.fixture\n", '@pytest.fixture(scope="module")\n'), "-p", "anyio"
    )
    found.assert_outcomes(passed=2, failed=1)


def test_a_watched_client_feeds_the_test_that_calls_it(run: Run) -> None:
    pytest.importorskip("openai")
    found = run(
        """
httpx = pytest.importorskip("httpx2")
import openai

BODY = {
    "id": "chat-1", "object": "chat.completion", "created": 1790000000, "model": "gpt-5",
    "choices": [{"index": 0, "finish_reason": "stop",
                 "message": {"role": "assistant", "content": "hi"}}],
    "usage": {"prompt_tokens": 100_000, "completion_tokens": 1_000, "total_tokens": 101_000},
}

@pytest.fixture(scope="module")
def client():
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=BODY))
    return costcalc.watch(
        openai.OpenAI(api_key="none", http_client=httpx.Client(transport=transport))
    )

def ask(client):
    client.chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": "hello"}])

@pytest.mark.max_cost("0.135")
def test_one(client): ask(client)

@pytest.mark.max_cost("0.135")
def test_two(client): ask(client); ask(client)
"""
    )
    found.assert_outcomes(passed=1, failed=1)
    found.stdout.fnmatch_lines(["this test cost 0.27 USD for 2 calls, 0.135 more than*"])


CAPPED = """
@pytest.mark.max_cost("0.2")
def test_capped(): call()

def test_other(): pass
"""


def test_what_a_capped_test_touches_stands_in_the_file_of_pins(
    run: Run, pytester: pytest.Pytester
) -> None:
    pins = pytester.path / "tests" / "price_pins.yaml"
    assert run(CAPPED, "--costcalc-pins=create").ret == 0
    assert "gpt-5" in pins.read_text(encoding="utf-8")
    assert run(CAPPED).ret == 0
    assert run(CAPPED, "-k", "other").ret == 0  # a run that leaves it out cannot say it is unused
    assert run("def test(): pass\n").ret == pytest.ExitCode.TESTS_FAILED  # nothing uses it
