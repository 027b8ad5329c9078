"""The file of pins beside a run of pytest: check, create, fix, trim, review, CI, xdist."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from plugin_support import PLUGIN, without_days

from costcalc import Registry, Usage, UsageError
from costcalc.testing import Pin, freeze
from costcalc.testing.ending import Ending
from costcalc.testing.lock_file import LockFile
from costcalc.testing.locking import Findings, Judge, modes_of, refreshed
from costcalc.testing.suite import is_ci
from costcalc.testing.touches import pins_touched

if TYPE_CHECKING:
    from plugin_support import Project

SMALL = """
# ours
- model: lab/small
  rates:
    input: 0.40
    cache_read: 0.04
    output: 3
  reason: what we sell
"""
OLD = SMALL.replace("0.40", "0.30")
BIG = """
- model: lab/big
  rates: {input: 3, output: 15}
"""
TEST = """
def test_small(pricing):
    assert costcalc.price("small", U).total
"""


def prices(out: str) -> list[str]:
    """Return what the summary says of prices."""
    lines = out.splitlines()
    start = next((n for n, line in enumerate(lines) if line.strip("= ") == "prices"), None)
    assert start is not None, out
    found: list[str] = []
    for line in lines[start + 1 :]:
        if line.startswith("=" * 8):
            break
        found += [line] if line else []
    return found


def test_a_suite_without_a_file_pins_nothing(project: Project) -> None:
    project.test(TEST)
    assert "= prices =" not in project.run(passed=1)
    assert not project.pins.exists()


def test_create_writes_what_the_suite_touched(project: Project) -> None:
    project.test(
        """
        def test_them(pricing):
            costcalc.price("small", U)
            costcalc.price("lab/small", U, batch=True)
            pricing.price("SMALL", costcalc.Usage(input_tokens=1, units={"web_search": 1}))
            pricing.pin("big", input="3")
            pricing.price("big", costcalc.Usage(input_tokens=300_000))

        @pytest.mark.pricing(at="2026-04-01")
        def test_of_another_day(pricing):
            costcalc.price("small", U)

        @pytest.mark.pricing(times="2")
        def test_of_a_what_if(pricing):
            costcalc.price("unchecked", U)
        """
    )
    out = project.run("--costcalc-pins=create", passed=3)
    assert prices(out)[0] == "tests/price_pins.yaml: 4 created; review it like code"
    text = without_days(project.pins.read_text())
    assert text.split("\n\n", 1)[1] == CREATED.lstrip("\n")
    assert "prices" not in project.run(passed=3).replace("prices by", "") or project.code == 0
    assert project.code == 0
    assert without_days(project.pins.read_text()) == text


CREATED = """
- model: lab/big
  prompt_tokens: 200_001
  rates:
    input: 6
    output: 30
  source: https://lab.example/prices
  checked: 2099-01-15
  pinned_on: DAY

- model: lab/small
  rates:
    input: 0.40
    cache_read: 0.04
    output: 3
    web_search: 5
  source: https://lab.example/prices
  checked: 2099-01-15
  pinned_on: DAY

- model: lab/small
  at: 2026-04-01
  rates:
    input: 0.20
    cache_read: 0.02
    output: 1.50
  source: https://lab.example/march
  checked: 2099-03-02
  pinned_on: DAY

- model: lab/small
  conditions: {batch: true}
  rates:
    input: 0.2
    cache_read: 0.02
    output: 1.5
  source: https://lab.example/prices
  checked: 2099-01-15
  pinned_on: DAY
"""


def test_a_price_that_is_not_pinned_fails_the_test_that_touches_it(project: Project) -> None:
    project.pin(BIG)
    project.test(TEST + "\ndef test_big(pricing): costcalc.price('big', U)\n")
    project.test("def test_small_too(pricing): costcalc.price('small', U)", "test_other")
    project.pin(
        BIG.replace("input: 3, output: 15", "input: 6, output: 30").replace(
            "rates", "prompt_tokens: 200_001\n  rates"
        )
    )
    out = project.run(passed=1, failed=2)
    assert "the price of lab/small is not pinned in tests/price_pins.yaml" in out
    assert "  is       input 0.40, cache_read 0.04, output 3" in out
    assert "  accept   pytest --costcalc-pins=create" in out


def test_a_moved_price_fails_and_says_what_to_do(project: Project) -> None:
    project.pin(OLD)
    project.test(TEST)
    out = project.run(failed=1)
    assert "costcalc/testing" not in out
    for line in (
        "the price of lab/small moved",
        "  input  $0.30  $0.40  +33.3%  1M tokens",
        "  reason   what we sell",
        "  accept   pytest --costcalc-pins=fix, and review tests/price_pins.yaml",
    ):
        assert line in out
    assert project.pins.read_text() == OLD.lstrip()


def test_a_pin_of_an_instant_says_so(project: Project) -> None:
    project.pin(OLD.replace("  rates", "  at: 2026-01-15\n  rates"))
    project.test("@pytest.mark.pricing(at='2026-01-15')" + TEST)
    out = project.run(failed=1)
    assert "  at       2026-01-15 by its pin in tests/price_pins.yaml" in out


DATED = '@pytest.mark.pricing(at="2026-02-15")' + TEST


def test_a_day_that_a_marker_says_stands_in_its_pin_though_it_is_the_suites(
    project: Project,
) -> None:
    project.test(DATED)
    project.run("--costcalc-pins=create", passed=1)
    assert "- model: lab/small\n  at: 2026-02-15\n" in project.pins.read_text()
    for options in ((), ("--costcalc-as-of=now",), ("--costcalc-as-of=2026-03-05", "-m", "")):
        project.run(*options, passed=1)
        assert project.code == 0
    project.configure('as_of = "2026-03-05"')
    project.run("--costcalc-pins=fix,create,trim", passed=1)
    assert "at: 2026-02-15" in project.pins.read_text()


def test_a_file_that_pins_such_a_day_without_saying_it_still_holds(project: Project) -> None:
    project.pin(SMALL)
    project.test(DATED)
    for options in ((), ("--costcalc-as-of=2026-03-05",), ("--costcalc-pins=fix,trim",)):
        project.run(*options, passed=1)
        assert project.code == 0
    assert project.pins.read_text() == SMALL.lstrip()


DAYLESS = {
    "it holds another price": SMALL.replace("0.40", "0.20"),
    "it lacks a meter": SMALL.replace("    cache_read: 0.04\n", ""),
}


@pytest.mark.parametrize("text", DAYLESS.values(), ids=DAYLESS.keys())
def test_a_pin_of_the_suites_day_does_not_stand_for_a_markers_where(
    project: Project, text: str
) -> None:
    project.pin(text)
    project.test(DATED)
    out = project.run(failed=1)
    assert "the price of lab/small, at 2026-02-15 is not pinned in tests/price_pins.yaml" in out


def test_create_lets_a_pin_say_its_day_and_keeps_what_a_reviewer_added(project: Project) -> None:
    project.pin(SMALL)
    project.test(DATED)
    out = project.run("--costcalc-pins=create", passed=1)
    assert prices(out)[0] == "tests/price_pins.yaml: 1 created; review it like code"
    assert "no test rests on 1 pin; remove it with --costcalc-pins=trim" in out
    project.run("--costcalc-pins=trim", passed=1)
    text = project.pins.read_text()
    assert text.count("- model: lab/small") == text.count("  at: 2026-02-15\n") == 1
    assert '  reason: "what we sell"\n' in text


def test_a_marker_that_says_now_pins_the_prices_of_each_day(project: Project) -> None:
    project.test('@pytest.mark.pricing(at="NOW")' + TEST)
    project.run("--costcalc-pins=create", passed=1)
    assert "- model: lab/small\n  at: now\n  rates:\n    input: 0.20\n" in project.pins.read_text()
    project.run(passed=1)
    assert project.code == 0
    project.pin(SMALL.replace("  rates", "  at: now\n  rates"))
    out = project.run("--costcalc-as-of=2026-02-20", failed=1)
    assert "the price of lab/small, at now moved" in out
    assert "by its pin in tests/price_pins.yaml" in out
    assert "  accept   pytest --costcalc-pins=fix, and review" in out


def test_the_marker_of_a_parameter_is_the_closest(project: Project) -> None:
    project.test(
        """
        @pytest.mark.pricing(at="2026-01-15", times="2")
        @pytest.mark.parametrize(
            "day", ["01-15", pytest.param("03-05", marks=pytest.mark.pricing(at="2026-03-05"))]
        )
        def test_days(pricing, day):
            assert f"{pricing.at:%m-%d}" == day
            assert str(pricing.rate_card("small").rate("input")) in ("0.8", "0.4")
        """
    )
    project.run(passed=2)


FAILING = """
def test_small(pricing):
    assert str(costcalc.price("small", U).total) == "0.3"
"""


def test_a_test_that_fails_by_itself_says_what_moved_beside_it(project: Project) -> None:
    project.pin(OLD)
    project.test(FAILING)
    out = project.run(failed=1)
    assert "AssertionError: assert '0.4' == '0.3'" in out
    assert "E   the price of lab/small moved\nE     meter    was     is  change" in out
    project.pin(SMALL)
    assert "small moved" not in project.run(failed=1)
    project.test("def test_it(): raise ValueError('ours')")
    assert "small moved" not in project.run(failed=1)


def test_fix_writes_what_a_failing_test_touched(project: Project) -> None:
    project.pin(OLD)
    project.test(FAILING)
    out = project.run("--costcalc-pins=fix", failed=1)
    assert prices(out)[0] == "tests/price_pins.yaml: 1 fixed; review it like code"
    assert "input: 0.40" in project.pins.read_text()


def test_fix_rewrites_what_moved_and_keeps_the_rest(project: Project) -> None:
    project.pin(OLD)
    project.test(TEST)
    out = project.run("--costcalc-pins=fix", passed=1)
    assert prices(out)[0] == "tests/price_pins.yaml: 1 fixed; review it like code"
    text = project.pins.read_text()
    assert text.startswith(SMALL.lstrip().removesuffix("  reason: what we sell\n"))
    assert "  reason: what we sell\n" in text
    before = project.pins.stat().st_mtime_ns
    project.run("--costcalc-pins=fix", passed=1)
    assert project.pins.stat().st_mtime_ns == before


SEARCH = """
def test_search(pricing):
    pricing.price("small", costcalc.Usage(units={"web_search": 1}))
"""


def test_create_adds_a_meter_to_a_pin(project: Project) -> None:
    project.pin(SMALL)
    project.test(TEST + SEARCH)
    out = project.run(passed=1, failed=1)
    assert "  is       web_search 5" in out
    out = project.run("--costcalc-pins=create", passed=2)
    assert prices(out)[0] == "tests/price_pins.yaml: 1 created; review it like code"
    assert "    output: 3\n    web_search: 5\n  reason: " in project.pins.read_text()
    project.run(passed=2)


def test_meters_that_come_with_a_move_are_part_of_the_fix(project: Project) -> None:
    project.pin(OLD)
    project.test(TEST + SEARCH + TEST.replace("test_small", "test_again"))
    assert "is not pinned" not in project.run(failed=3)
    out = project.run("--costcalc-pins=fix", passed=3)
    assert prices(out)[0] == "tests/price_pins.yaml: 1 fixed; review it like code"
    assert "input: 0.40" in project.pins.read_text()
    assert "web_search: 5" in project.pins.read_text()
    project.run(passed=3)


def test_a_tolerance_lets_a_price_move_and_fix_leaves_it(project: Project) -> None:
    text = OLD.replace("  reason", "  tolerance: 34%\n  reason").lstrip()
    project.pin(text)
    project.test(TEST)
    project.run("--costcalc-pins=fix", passed=1)
    assert project.pins.read_text() == text


def test_an_expired_pin_fails_until_somebody_looks(project: Project) -> None:
    project.pin(SMALL + "  expires: 2026-01-01\n")
    project.test(TEST)
    out = project.run("--costcalc-pins=fix", failed=1)
    assert "the pin of lab/small expired on 2026-01-01: look at it again" in out
    assert "set a later day in tests/price_pins.yaml, or none" in out


def test_a_pin_expires_by_the_calendar_where_a_test_sets_the_clock(project: Project) -> None:
    project.pin(SMALL.replace("reason: what we sell", "expires: 2026-02-14"))
    project.test(
        f"""
        import datetime

        @pytest.fixture(autouse=True)
        def clock(monkeypatch):  # as freezegun and time-machine do
            class Past(datetime.datetime):
                @classmethod
                def now(cls, tz=None):
                    return cls(2020, 1, 1, tzinfo=tz)
            from costcalc.testing import suite
            monkeypatch.setattr(suite, "datetime", Past)

        {TEST.strip().replace(chr(10), chr(10) + " " * 8)}
        """
    )
    assert "the pin of lab/small expired on 2026-02-14" in project.run(failed=1)


def test_unused_pins_fail_a_whole_run(project: Project) -> None:
    project.pin(SMALL + BIG)
    project.test(TEST)
    out = project.run(passed=1)
    assert project.code == 1
    assert prices(out)[:2] == [
        (
            "FAILED tests/price_pins.yaml: no test rests on 1 pin; remove it with "
            "--costcalc-pins=trim, or let it pass with --costcalc-allow-unused:"
        ),
        "  lab/big",
    ]
    project.run("--costcalc-allow-unused", passed=1)
    assert project.code == 0


def test_pins_are_unused_where_no_test_has_prices_at_all(project: Project) -> None:
    project.pin(SMALL)
    project.test("def test_nothing(): pass")
    assert "  lab/small" in prices(project.run(passed=1))
    assert project.code == 1


def test_trim_removes_them(project: Project) -> None:
    project.pin(SMALL + BIG)
    project.test(TEST)
    out = project.run("--costcalc-pins=trim", passed=1)
    assert prices(out)[0] == "tests/price_pins.yaml: 1 trimmed; review it like code"
    assert project.pins.read_text() == SMALL.lstrip()


def test_them_are_several(project: Project) -> None:
    project.pin(SMALL + BIG)
    project.test("def test_nothing(): pass")
    assert "no test rests on 2 pins; remove them with" in prices(project.run(passed=1))[0]


NARROWED = {
    "by name": (("-k", "small"), "some tests with prices were deselected"),
    "to a test": (("tests/test_it.py::test_small",), "the run was given other paths than"),
    "to another folder": (("tests/sub",), "the run was given other paths than the pins' folder"),
    "by a file left out": (("--ignore=tests/test_other.py",), "the run leaves files out"),
}  # fmt: skip


@pytest.mark.parametrize(("options", "why"), NARROWED.values(), ids=NARROWED.keys())
def test_a_run_that_is_narrowed_judges_no_pin_unused(
    project: Project, options: tuple[str, ...], why: str
) -> None:
    project.pin(SMALL + BIG)
    project.test(TEST)
    project.test(
        "def test_big(pricing): costcalc.price('big', costcalc.Usage(input_tokens=1))", "test_other"
    )
    (project.path / "tests" / "sub").mkdir()
    (project.path / "tests" / "sub" / "test_sub.py").write_text("def test_sub(): pass\n")
    project.run(*options)
    assert project.code == 0
    assert f"no pin is trimmed: {why}" in " ".join(
        prices(project.run("--costcalc-pins=trim", *options))
    )
    assert "lab/big" in project.pins.read_text()


@pytest.mark.parametrize(
    "option",
    ["--collect-only", "--setup-only", "--setup-plan", "--fixtures", "--fixtures-per-test"],
)
def test_what_only_shows_tests_judges_and_trims_nothing(project: Project, option: str) -> None:
    project.pin(SMALL + BIG)
    project.test(TEST)
    project.run(option)
    assert project.code == 0
    out = project.run(option, "--costcalc-pins=trim")
    assert "no pin is trimmed: the run runs no tests" in prices(out)
    assert project.pins.read_text() == (SMALL + BIG).lstrip()


def test_the_cache_is_shown_without_a_word_of_pins(project: Project) -> None:
    project.pin(SMALL)
    result = project.pytester.runpytest_inprocess(*PLUGIN, "--cache-show")
    assert result.ret == 0
    assert "price_pins" not in result.stdout.str()


@pytest.mark.parametrize("path", ["tests", ".", "{path}"])
def test_a_run_of_the_pins_folder_is_whole(project: Project, path: str) -> None:
    project.pin(SMALL + BIG)
    project.test(TEST)
    project.run(path.format(path=project.path), passed=1)
    assert project.code == 1


@pytest.mark.parametrize("ending", ["assert False", "pytest.skip('no key')"])
def test_a_test_that_does_not_pass_may_be_the_one_that_uses_a_pin(
    project: Project, ending: str
) -> None:
    project.pin(SMALL + BIG)
    project.test(f"{TEST}\ndef test_big(pricing):\n    {ending}\n")
    out = project.run("--costcalc-pins=trim")
    assert "no pin is trimmed: some tests with prices did not pass" in prices(out)


def test_a_file_that_is_skipped_as_it_is_collected_may_hold_the_test_that_uses_a_pin(
    project: Project,
) -> None:
    project.pin(SMALL + BIG)
    project.test(TEST)
    project.test("pytest.importorskip('nothing_of_this_name')\n", "test_other")
    assert "no test rests on" not in project.run(passed=1, skipped=1)
    assert project.code == 0
    out = project.run("--costcalc-pins=trim")
    assert "no pin is trimmed: some files were skipped as they were collected" in prices(out)


def test_a_test_that_a_plugin_drops_makes_a_run_partial(project: Project) -> None:
    project.pin(SMALL + BIG)
    project.test(f"{TEST}\ndef test_big(pricing): costcalc.price('big', U)\n")
    conftest = "def pytest_collection_modifyitems(items): items[:] = items[:1]\n"
    (project.path / "conftest.py").write_text(conftest)
    out = project.run("--costcalc-pins=trim", passed=1)
    assert "no pin is trimmed: some tests with prices were deselected" in prices(out)


def test_a_failure_elsewhere_makes_a_run_partial(project: Project) -> None:
    project.pin(SMALL + BIG)
    project.test(f"{TEST}\ndef test_other(): assert False\n")
    assert "no pin is trimmed: not every test passed" in prices(project.run("--costcalc-pins=trim"))


def test_another_test_left_out_does_not_matter(project: Project) -> None:
    project.pin(SMALL + BIG)
    project.test(f"{TEST}\ndef test_other(): assert False\n")
    project.run("-k", "small")
    assert project.code == 1


@pytest.mark.parametrize("mode", ["create", "fix", "trim", "review"])
def test_ci_never_writes_and_says_so(
    project: Project, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    project.pin(OLD + BIG)
    project.test(TEST)
    out = project.run(f"--costcalc-pins={mode}", failed=1)
    assert prices(out)[0] == (
        "tests/price_pins.yaml is not written where CI is set, whatever --costcalc-pins says"
    )
    assert project.pins.read_text() == (OLD + BIG).lstrip()


@pytest.mark.parametrize(
    ("value", "ci"), [("1", True), ("true", True), ("", False), ("false", False), ("0", False)]
)
def test_what_counts_as_ci(monkeypatch: pytest.MonkeyPatch, value: str, ci: bool) -> None:  # noqa: FBT001 - a column
    monkeypatch.delenv("BUILD_NUMBER", raising=False)
    monkeypatch.setenv("CI", value)
    assert is_ci() is ci
    monkeypatch.delenv("CI")
    monkeypatch.setenv("BUILD_NUMBER", value)
    assert is_ci() is ci


def test_review_without_a_terminal_shows_all_and_writes_nothing(project: Project) -> None:
    project.pin(OLD + BIG)
    project.test(f"{TEST}\ndef test_new(pricing): costcalc.price('unchecked', U)\n")
    out = project.run("--costcalc-pins=review", passed=2)
    assert project.code == 1
    assert "1 pin to create:" in out
    assert "+- model: lab/unchecked" in out
    assert "1 pin to fix:" in out
    assert "-    input: 0.30\n+    input: 0.40" in out
    assert "1 pin to trim:" in out
    assert prices(out)[0] == "FAILED review asks on a terminal only; nothing is written"
    assert project.pins.read_text() == (OLD + BIG).lstrip()


def test_review_of_what_is_right_passes(project: Project) -> None:
    project.pin(SMALL)
    project.test(TEST)
    project.run("--costcalc-pins=review", passed=1)
    assert project.code == 0


def reviewed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: list[str]
) -> tuple[Ending, bool, LockFile]:
    path = tmp_path / "pins.yaml"
    path.write_text((OLD + BIG).lstrip())
    from costcalc.testing.lock_file import read_lock

    lock = read_lock(path)
    small, _ = lock.pins
    found = Findings(used={small.key(): small})
    found.fixed[small.key()] = Pin(
        model=small.model, rates={**small.rates, "input": Decimal("0.4")}
    )
    new = Pin(model="lab/new", rates={"input": Decimal(1)})
    found.new[new.key()] = new
    judge = Judge(lock, frozenset({"review"}), "pins.yaml", freeze("now").today, "")
    replies = iter(answers)

    def answer(_: str) -> str:
        reply = next(replies)
        if reply == "^D":
            raise EOFError
        return reply

    monkeypatch.setattr("builtins.input", answer)
    ending = Ending(judge, found, "")
    failed = ending.run(allow_unused=False, write=lambda _: None, asks=True)
    return ending, failed, read_lock(path)


def test_review_writes_what_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ending, failed, lock = reviewed(tmp_path, monkeypatch, ["y", "YES", "y"])
    assert (failed, ending.said) == (
        False,
        ["pins.yaml: 1 created, 1 fixed, 1 trimmed; review it like code"],
    )
    assert [pin.model for pin in lock.pins] == ["lab/new", "lab/small"]


def test_review_leaves_what_is_not_accepted_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ending, failed, lock = reviewed(tmp_path, monkeypatch, ["", "y", "^D"])
    assert (failed, ending.said) == (True, ["pins.yaml: 1 fixed; review it like code"])
    assert ending.failed == ["FAILED create and trim was not accepted"]
    assert [pin.model for pin in lock.pins] == ["lab/big", "lab/small"]


def test_a_file_that_cannot_be_written_fails_and_says_so(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: LockFile) -> None:
        raise UsageError("the disk is full")

    monkeypatch.setattr(LockFile, "write", refuse)
    project.test(TEST)
    out = project.run("--costcalc-pins=create", passed=1)
    assert prices(out)[0] == "FAILED tests/price_pins.yaml is not written: the disk is full"
    assert project.code == 1


def test_marks_of_a_merge_are_said_before_anything_is_read_or_written(project: Project) -> None:
    text = f"{SMALL.lstrip()}<<<<<<< HEAD\n{BIG}=======\n>>>>>>> theirs\n"
    project.pin(text)
    project.test(TEST)
    out = project.run("--costcalc-pins=fix,trim")
    assert "price_pins.yaml:8: a merge has left '<<<<<<<' here; keep one side, and remove" in out
    assert (project.code, project.pins.read_text()) == (4, text)


def test_the_file_may_stand_elsewhere(project: Project) -> None:
    project.configure('as_of = "2026-02-15"\npins = "prices/pins.yaml"')
    project.test(TEST)
    project.run(failed=1)
    project.run("--costcalc-pins=create", passed=1)
    assert (project.path / "prices" / "pins.yaml").is_file()
    project.run(passed=1)


def test_a_file_outside_the_folder_is_named_whole(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("elsewhere") / "pins.yaml"
    project.configure(f'as_of = "2026-02-15"\npins = "{path.as_posix()}"')
    project.test(TEST)
    assert f"{path}: 1 created" in prices(project.run("--costcalc-pins=create", passed=1))[0]


def test_a_broken_file_is_said_once_and_plainly(project: Project) -> None:
    project.pin("- model: lab/small\n")
    project.test(TEST)
    out = project.run("--costcalc-pins=fix")
    assert "ERROR: tests/price_pins.yaml:1: a pin states its rates; add it" in out
    assert project.code == 4


def test_a_broken_file_fails_each_test_with_a_line_and_none_of_our_frames(project: Project) -> None:
    project.pin("- model: lab/small\n")
    project.test(TEST)
    out = project.run(errors=1)
    assert "tests/price_pins.yaml:1: a pin states its rates; add it" in out
    assert "suite.py" not in out


def test_later_moves_of_pins_are_said(project: Project) -> None:
    project.pin(SMALL)
    project.test(f"{TEST}\ndef test_again(pricing): costcalc.price('small', U)\n")
    assert prices(project.run(passed=2)) == [
        "later: lab/small moves on 2026-03-01: input 0.40 → 0.20, cache_read 0.04 → 0.02, output 3 → 1.50"
    ]


def test_terminals_ask_and_pipes_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    from costcalc.testing import suite

    for tty in (True, False):
        monkeypatch.setattr(sys, "stdin", type("In", (), {"isatty": lambda _, tty=tty: tty})())
        monkeypatch.setattr(sys, "stdout", type("Out", (), {"isatty": lambda _: True})())
        assert suite._can_ask() is tty


def test_without_a_terminal_reporter_or_capture_it_prints(project: Project) -> None:
    project.pin(OLD)
    project.test(TEST)
    options = (*PLUGIN, "-p", "no:terminal", "-p", "no:capture", "--costcalc-pins=review")
    result = project.pytester.runpytest_inprocess(*options)
    assert result.ret == 1
    assert "1 pin to fix:" in result.stdout.str()


def test_names_are_spelled_with_their_provider() -> None:
    prices_ = Registry.from_yaml(
        "provider: one\nprefixes: [uno]\nmodels:\n  a: {input: 1, aliases: [Latest]}\n  one/b: {input: 2}\n"
    )
    pricing = freeze("2026-02-15", registry=prices_)
    usage = Usage(input_tokens=1)
    for name in ("a", "ONE/A", "uno/a", "latest", "one/b", "a-2026-01-01", "one:a"):
        pricing.price(name, usage)
    touched = pins_touched(pricing.registry, None, pricing.today)
    assert [pin.model for pin in touched] == ["one/a", "one/Latest", "one/b", "one:a"]


def test_another_currency_is_pinned() -> None:
    yuan = Registry.from_yaml("provider: east\ncurrency: CNY\nmodels: {silk: {input: 1}}")
    pricing = freeze("2026-02-15", registry=yuan)
    pricing.price("silk", Usage(input_tokens=1))
    ((pin, card),) = pins_touched(pricing.registry, None, pricing.today).items()
    assert pin.currency == "CNY"
    assert refreshed(pin, card, pricing.today).currency == "CNY"


def test_a_refreshed_pin_drops_meters_without_a_rate_but_not_all(lab: Registry) -> None:
    card = freeze("2026-02-15", registry=lab).rate_card("big")
    day = freeze("now").today
    pin = Pin(model="big", rates={"image": Decimal(1), "input": Decimal(2)})
    assert refreshed(pin, card, day).rates == {"input": Decimal(3)}
    alone = Pin(model="big", rates={"image": Decimal(1)})
    assert refreshed(alone, card, day) is alone


def test_modes_may_be_several() -> None:
    assert modes_of(" create, fix,") == {"create", "fix"}
    assert modes_of(None) == frozenset()


def test_findings_of_workers_add_up() -> None:
    one, other = Findings(notices=["a"]), Findings(notices=["a", "b"], partial="why")
    pin = Pin(model="m", rates={"input": Decimal("0.10")})
    fee = Pin(model="m", rates={"web_search": Decimal(5)})
    one.new[pin.key()] = pin
    other.new[fee.key()] = fee
    other.used[pin.key()] = pin
    one.merge(other.data())
    assert one.new[pin.key()].rates == {"input": Decimal("0.10"), "web_search": Decimal(5)}
    assert (one.used, one.notices, one.partial) == ({pin.key(): pin}, ["a", "b"], "why")


def test_a_sum_of_costs_touches_fees_wherever_they_may_be(lab: Registry) -> None:
    pricing = freeze("2026-02-15", registry=lab)
    search = Usage(input_tokens=1, units={"web_search": 1})
    cost = pricing.price("small", Usage(input_tokens=1)) + pricing.price("big", search)
    pricing.registry.touch_cost(cost)
    pins = pins_touched(pricing.registry, None, pricing.today)
    assert {pin.model: "web_search" in pin.rates for pin in pins} == {
        "lab/small": False, "lab/big": True,
    }  # fmt: skip


def test_a_worker_hands_its_findings_to_the_controller(project: Project) -> None:
    project.test(TEST)
    (project.path / "conftest.py").write_text(
        "import json, pathlib\n"
        "def pytest_configure(config):\n"
        "    config.workeroutput = {}\n"
        "def pytest_unconfigure(config):\n"
        "    pathlib.Path('found.json').write_text(json.dumps(config.workeroutput))\n"
    )
    project.run("--costcalc-pins=create", passed=1)
    assert not project.pins.exists()
    (project.path / "conftest.py").write_text(
        "import json, pathlib, types\n"
        "from costcalc import pytest_plugin\n"
        "def pytest_runtestloop(session):\n"
        "    found = json.loads(pathlib.Path('found.json').read_text())\n"
        "    node = types.SimpleNamespace(config=session.config, workeroutput=found)\n"
        "    pytest_plugin.pytest_testnodedown(node, None)\n"
        "    return True\n"
    )
    out = project.run("--costcalc-pins=create")
    assert prices(out)[0] == "tests/price_pins.yaml: 1 created; review it like code"
    assert "input: 0.40" in project.pins.read_text()
