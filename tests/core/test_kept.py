"""What is kept between calls (plans, cards, blocks, layers) never shows in an answer."""

from __future__ import annotations

import gc
import random
import warnings
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from core_support import cost, lab, total

import costcalc
from costcalc import CostcalcError, RedirectWarning, Registry, StalePriceWarning, Usage, price
from costcalc.registry import current as settings

YAML = """
provider: lab
checked: 2025-07-12
fees: {web_search: 10}
calendars:
  cn: {zone: Asia/Shanghai, dates: [2026-01-05, 2026-01-12], until: 2026-02-01}
rules:
  - {if: {hours: "22:30-01:15", days: mon-fri, not_holiday: cn}, times: 0.5}
  - {if: {region: us}, times: 1.1, from: 2026-01-07T12:00:00Z, until: 2026-01-20}
models:
  a:
    aliases: [{id: latest, until: 2026-01-08}, {id: eu.a, conditions: {region: us}}]
    retired: 2026-01-15T06:00:00Z
    redirects_to: latest2
    prices:
      - {from: 2026-01-01, input: 1}
      - {from: 2026-01-10T03:00:00Z, input: 2, rules: [{if: {prompt_tokens: ">100"}, times: 3}]}
  b:
    aliases: [{id: latest, from: 2026-01-08}, {id: latest2, until: 2026-01-18}]
    retired: 2026-01-25
    redirects_to: c
    input: 4
    rules: [{if: {prompt_tokens: [">=200", "<50"], output_tokens: "<=10"}, input: 9}]
  c: {input: 5, output: 1, aliases: [{id: latest2, from: 2026-01-18}]}
"""


def outcome(prices: Registry, model: str, usage: Usage, at: datetime, region: str | None) -> Any:
    try:
        priced = price(model, usage, at=at, region=region, registry=prices)
    except CostcalcError as error:
        return str(error)
    return priced.total, priced.model, priced.lines, priced.assumptions, priced.notes


@pytest.mark.parametrize(
    "overlays",
    [
        pytest.param([], id="a list"),
        pytest.param(
            [{"times": 2, "from_": "2026-01-09T01:00:00Z", "until": "2026-01-16"}], id="a factor"
        ),
        pytest.param(
            [
                {"redirect": {"a": "c"}, "from_": "2026-01-11T11:00:00Z"},
                {"rates": {"c": {"input": 7}}, "until": "2026-01-14"},
            ],
            id="a model that moves before it retires",
        ),
        pytest.param(
            [{"redirect": {"a": "c"}, "from_": "2026-01-17"}, {"redirect": {"b": "c"}}],
            id="a model that moves after it retired",
        ),
    ],
)
def test_a_used_registry_answers_as_a_fresh_one(overlays: list[dict[str, Any]]) -> None:
    def build() -> Registry:
        prices = Registry.from_yaml(YAML)
        for each in overlays:
            prices = prices.overlay(**each)
        return prices

    chance = random.Random(7)  # noqa: S311 - a fixed sequence of calls
    first = datetime(2025, 12, 31, tzinfo=UTC)
    used = build()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RedirectWarning)
        warnings.simplefilter("ignore", StalePriceWarning)
        for turn in range(1_000):
            usage = Usage(
                input_tokens=chance.choice([1, 49, 50, 100, 101, 199, 200]),
                output_tokens=chance.choice([0, 10, 11]),
            )
            model = chance.choice(["a", "latest", "eu.a", "b", "c", "latest2"])
            at = first + timedelta(
                minutes=15 * chance.randrange(3_300), microseconds=chance.choice([-1, 0, 1])
            )
            region = chance.choice([None, "us", "global"])
            found = outcome(used, model, usage, at, region)
            if turn % 20 == 0:
                assert found == outcome(build(), model, usage, at, region)


def test_blocks_that_are_bound_to_one_name_again_and_again_do_not_pile_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "_held", [])
    prices = lab("input: 1")
    block = costcalc.use(prices)
    for _ in range(9):
        block = costcalc.use(prices)
        gc.collect()  # which takes long where many packages are imported
    with block:
        assert len(vars(settings)["_held"]) <= 3


def test_a_warning_points_at_a_caller_whose_module_begins_like_ours() -> None:
    prices = lab("input: 1, checked: 2025-01-01")
    code = compile(
        'price("m", usage, at="2026-11-23", registry=prices)', "costcalculator.py", "exec"
    )
    place = {
        "__name__": "costcalculator",
        "price": price,
        "usage": Usage(input_tokens=1),
        "prices": prices,
    }
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        exec(code, place)  # noqa: S102 - a module of a caller
    assert [each.filename for each in found] == ["costcalculator.py"]


BASE = """
provider: lab
models:
  m: {input: 1, aliases: [em]}
  n: {input: 3}
"""


def test_a_name_whose_model_gave_its_id_away_is_an_answer_or_our_error() -> None:
    prices = Registry.from_yaml(BASE).overlay(
        "provider: lab\nmodels:\n  n: {input: 2, aliases: [m]}\n"
    )
    assert total(prices, model="m") == 2
    for name in ("em", "lab/em", "em-2026-01-01"):
        try:
            assert total(prices, model=name) == 2
        except CostcalcError as error:
            assert "em" in str(error)  # noqa: PT017 - one of two good ends
    assert [each.id for each in prices.models()] == ["n"]


def test_an_alias_that_became_a_model_is_that_model() -> None:
    prices = Registry.from_yaml(BASE).overlay("provider: lab\nmodels:\n  em: {input: 9}\n")
    assert (total(prices, model="em"), total(prices, model="m")) == (9, 1)


def test_one_new_name_for_two_models_is_refused() -> None:
    with pytest.raises(CostcalcError, match="name"):
        Registry.from_yaml(BASE).overlay(aliases={"x": "m", "X": "n"})


@pytest.mark.filterwarnings("ignore::costcalc.StalePriceWarning")
def test_reading_a_cost_late_does_not_depend_on_what_was_priced_since() -> None:
    prices = Registry.from_yaml(YAML)
    early = cost(prices, Usage(input_tokens=101), "a", "2026-01-12T12:00:00Z")
    for hour in range(200):
        at = (datetime(2026, 1, 2, tzinfo=UTC) + timedelta(hours=hour)).isoformat()
        cost(prices, Usage(input_tokens=1), "a", at)
    again = cost(Registry.from_yaml(YAML), Usage(input_tokens=101), "a", "2026-01-12T12:00:00Z")
    assert early == again
