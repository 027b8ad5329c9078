"""What the tests of spending share: a project with calls to record, and runs of pytest in it."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pytest

import costcalc
import costcalc.testing
from costcalc.testing import accounts, explanations, feed, spent, suite

__all__ = ["HEAD", "Run", "runner"]

Run = Callable[..., pytest.RunResult]

# what a run in this process imports is forgotten after it; its classes would be others in the next
LOADED = [
    *(accounts, explanations, feed, spent, suite),
    *(getattr(home, name) for home in (costcalc, costcalc.testing) for name in home.__all__),
]

HEAD = """
import pytest
import costcalc
from costcalc.recording.meter import current_meter

USAGE = costcalc.Usage(
    input_tokens=1_000_000, cache_read_tokens=600_000, output_tokens=100_000, requests=40
)  # 0.242 under grok-code-fast-1 on the day below
RESPONSE = {
    "object": "chat.completion", "model": "gpt-5", "created": 1790000000,
    "usage": {"prompt_tokens": 100_000, "completion_tokens": 1_000, "total_tokens": 101_000},
}  # 0.135


def call(**changes):
    # what a client's hook does
    return current_meter().note({**RESPONSE, **changes})

"""


def runner(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return what runs pytest over tests, as of a day; in this process unless `apart`."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("COLUMNS", "120")
    for name in ("CI", "BUILD_NUMBER", "PYTEST_ADDOPTS", "COSTCALC_PRICING"):
        monkeypatch.delenv(name, raising=False)
    pytester.makepyprojecttoml('[tool.costcalc]\nas_of = "2025-09-07"\n')

    def started(tests: str, *args: str, apart: bool = False) -> pytest.RunResult:
        pytester.makepyfile(test_it=HEAD + tests)
        if apart:
            return pytester.runpytest_subprocess("-p", "costcalc.pytest_plugin", *args)
        with warnings.catch_warnings():
            warnings.resetwarnings()  # those of this run are not the project's
            return pytester.runpytest_inprocess("-p", "costcalc.pytest_plugin", *args)

    return started
