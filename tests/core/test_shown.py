"""A retired id warns once, and again as soon as somebody changes what warnings do."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pytest

from costcalc import RedirectWarning, Registry, Usage, price
from costcalc.registry import shown

USAGE = Usage(input_tokens=1_000)
YAML = """
provider: lab
models:
  old: {input: 1, retired: 2025-01-01, redirects_to: new}
  new: {input: 2}
"""


@pytest.fixture
def ask() -> Callable[[], object]:
    """Return a call that prices the retired id of one registry, always at the same line."""
    prices = Registry.from_yaml(YAML)
    return lambda: price("old", USAGE, registry=prices)


def test_a_caught_block_of_its_own_hears_the_warning_again(ask: Callable[[], object]) -> None:
    for _ in range(3):
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("default")
            ask()
            ask()
        assert [each.category for each in found] == [RedirectWarning]


@pytest.mark.parametrize("action", ["always", "error"])
def test_a_filter_that_is_set_later_has_its_say(ask: Callable[[], object], action: str) -> None:
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("default")
        ask()
        ask()
        assert len(found) == 1
        warnings.simplefilter(action, RedirectWarning)  # pyright: ignore[reportArgumentType] - a table of actions
        for times in (1, 2):
            if action == "error":
                with pytest.raises(RedirectWarning):
                    ask()
            else:
                ask()
                assert len(found) == 1 + times


@pytest.mark.parametrize(
    ("filters", "asked"),
    [
        pytest.param([("default", Warning)], 1, id="shown once, it is not asked about again"),
        pytest.param([("ignore", Warning)], 1, id="ignored, it is not asked about again"),
        pytest.param([("always", Warning)], 3, id="wanted always, it is shown each time"),
        pytest.param(
            [("always", Warning), ("ignore", RedirectWarning)],
            3,
            id="where another filter wants all of its kind, Python's machinery decides",
        ),
        pytest.param(
            [("always", DeprecationWarning), ("ignore", RedirectWarning)],
            1,
            id="a filter for other kinds is no matter",
        ),
    ],
)
def test_the_machinery_is_asked_as_seldom_as_can_be(
    ask: Callable[[], object],
    monkeypatch: pytest.MonkeyPatch,
    filters: list[tuple[str, type[Warning]]],
    asked: int,
) -> None:
    calls: list[str] = []
    real = warnings.warn_explicit

    def counted(text: str, *args: object, **options: object) -> None:
        calls.append(text)
        real(text, *args, **options)  # pyright: ignore[reportArgumentType, reportCallIssue] - passed on

    monkeypatch.setattr(warnings, "warn_explicit", counted)
    with warnings.catch_warnings(record=True):
        warnings.resetwarnings()
        for action, kind in filters:
            warnings.simplefilter(action, kind)  # pyright: ignore[reportArgumentType] - a table of actions
        for _ in range(3):
            ask()
    assert len(calls) == asked


def test_where_filters_belong_to_a_context_the_machinery_is_always_asked(
    ask: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown, "_BY_CONTEXT", True)
    calls: list[object] = []
    monkeypatch.setattr(warnings, "warn_explicit", lambda *args, **_: calls.append(args))  # pyright: ignore[reportUnknownArgumentType, reportUnknownLambdaType] - a stand-in
    for _ in range(3):
        ask()
    assert len(calls) == 3


def test_many_retired_ids_are_kept_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "_MOST", 2)
    names = [f"old-{number}" for number in range(5)]
    models = "".join(f"  {name}: {{input: 1, retired: 2025-01-01, redirects_to: new}}\n"
                     for name in names)  # fmt: skip
    prices = Registry.from_yaml(f"provider: lab\nmodels:\n{models}  new: {{input: 2}}\n")
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("default")
        for name in names * 3:
            price(name, USAGE, registry=prices)
    assert len(found) == 5
