from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

import costcalc.planning.pools as pools_module
from costcalc import Registry, Session
from costcalc.planning.drivers import Driver, Drivers, drivers
from costcalc.planning.plan import Plan

PRICES = """
provider: acme
models:
  small: {input: 2, cache_read: 0.2, output: 10, cache: {automatic: {}}}
  plain: {input: 1, output: 4}
  free: {input: 0, output: 0}
  searching: {input: 1, output: 4, web_search: 5}
"""
HEAD = """
version: 1
project: demo
period: {start: 2026-09-01, months: 2}
simulation: {samples: 200, seed: 1}
"""
DOCUMENTS = """
  docs:
    model: plain
    documents_per_month: {low: 100, likely: 200, high: 600}
    input_tokens_per_document: {p50: 4000, p90: 9000}
    output_tokens_per_document: 100
    cache: {mode: none}
"""
CHAT = """
  chat:
    model: small
    sessions_per_month: 1000
    turns_per_session: 4
    user_tokens_per_turn: 100
    output_tokens_per_turn: 200
    system_tokens: 1000
    user_gaps: {share_of_steps: 0.75, p50_minutes: 1, p90_minutes: 5}
    cache: {warm_start_ratio: 0.8}
"""


@pytest.fixture(autouse=True)
def small_pools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools_module, "_FEWEST", 64)
    monkeypatch.setattr(pools_module, "_MOST", 128)


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.from_yaml(PRICES)


def plan_of(*workloads: str, head: str = HEAD) -> Plan:
    return Plan.from_yaml(f"{head}workloads:{''.join(workloads)}")


def found(plan: Plan, registry: Registry, **more: Any) -> dict[str, Driver]:
    return {each.key: each for each in drivers(plan, registry=registry, **more).drivers}


def test_a_range_is_taken_at_its_ends_and_other_numbers_are_halved_and_doubled(
    registry: Registry,
) -> None:
    by_key = found(plan_of(DOCUMENTS), registry)
    volume = by_key["workloads.docs.documents_per_month"]
    # (100 + 4 × 200 + 600) / 6 = 250 documents a month are planned
    assert (volume.basis, volume.ends) == ("range", ("100", "600"))
    assert volume.low_change == Decimal("-0.6")
    assert volume.high_change == Decimal("1.4")
    assert volume.label == "docs: documents per month"
    output = by_key["workloads.docs.output_tokens_per_document"]
    assert (output.basis, output.ends) == ("factor", ("halved", "doubled"))
    part = Decimal("0.0004") * 250 * 2  # 100 tokens at 4 dollars a million
    assert output.low == output.base - part / 2
    assert output.high == output.base + part
    tokens = by_key["workloads.docs.input_tokens_per_document"]
    rest = tokens.base - part
    assert abs(tokens.high - tokens.base - rest) <= Decimal("0.000002")
    assert by_key["prices.plain.output"].high == output.high


def test_the_strongest_comes_first_and_one_sentence_names_it(registry: Registry) -> None:
    result = drivers(plan_of(DOCUMENTS), registry=registry)
    swings = [each.swing for each in result.drivers]
    assert swings == sorted(swings, reverse=True)
    assert str(result) == (
        "the strongest driver is docs: documents per month: from 100 to 600, the total goes from "
        f"{result.drivers[0].low:,.2f} USD to {result.drivers[0].high:,.2f} USD; narrow it down first"
    )
    assert Drivers.model_validate_json(result.model_dump_json()) == result


def test_shares_are_not_doubled_beyond_all(registry: Registry) -> None:
    by_key = found(plan_of(CHAT), registry)
    assert by_key["workloads.chat.cache.warm_start_ratio"].ends == ("halved", "1")
    assert by_key["workloads.chat.user_gaps.share_of_steps"].ends == ("halved", "1")
    assert by_key["workloads.chat.user_gaps.minutes"].basis == "factor"
    assert "workloads.chat.growth_ratio_per_month" not in by_key  # it is 0: nothing to scale


def test_a_cache_that_never_misses_is_tried_with_one_miss_in_ten(registry: Registry) -> None:
    missed = found(plan_of(CHAT), registry)["workloads.chat.cache.miss_ratio"]
    assert (missed.basis, missed.ends) == ("misses", ("none", "10%"))
    assert missed.low == missed.base < missed.high
    assert missed.label == "chat: missed caches"
    assert "workloads.docs.cache.miss_ratio" not in found(plan_of(DOCUMENTS), registry)


def test_what_all_workloads_share_is_varied_for_all(registry: Registry) -> None:
    head = f"{HEAD}defaults: {{retry_rate: 0.1}}\n"
    own = DOCUMENTS.replace("docs:", "own:") + "    retry_rate: 0\n"
    more = DOCUMENTS.replace("docs:", "more:")
    both, one = plan_of(DOCUMENTS, more, head=head), plan_of(DOCUMENTS, own, head=head)
    retry = found(both, registry)["defaults.retry_rate"]
    assert retry.label == "all workloads: retry rate"
    assert retry.high_change == Decimal("0.090909")  # 1.2 / 1.1
    half = found(one, registry)["defaults.retry_rate"].high_change
    assert half == Decimal("0.047619")  # (1.2 + 1) / (1.1 + 1)
    assert "defaults.retry_rate" not in found(plan_of(own, head=head), registry)


def test_what_the_formula_does_not_know_is_forecast(registry: Registry) -> None:
    fees = DOCUMENTS.replace("plain", "searching") + "    units_per_step: {web_search: 2}\n"
    seen: list[tuple[int, int | None]] = []
    by_key = found(plan_of(fees), registry, samples=100, progress=lambda *at: seen.append(at))
    fee = Decimal(2 * 250 * 2) * 5 / 1_000
    change = (
        by_key["workloads.docs.units_per_step.web_search"].high
        - by_key["workloads.docs.units_per_step.web_search"].base
    )
    assert change == pytest.approx(fee, rel=Decimal("0.05"))
    assert seen[-1][0] == seen[-1][1] == len(by_key)


def test_a_free_plan_is_moved_by_nothing(registry: Registry) -> None:
    result = drivers(plan_of(DOCUMENTS.replace("plain", "free")), registry=registry)
    assert str(result) == "nothing moves the bill: it is 0 whatever the numbers are"
    assert result.drivers[0].low_change is None
    assert result.drivers[0].high_change is None


@pytest.mark.parametrize(
    ("basis", "said"),
    [
        ("range", "from 1 to 9, the total goes from 1.00 USD to 9.00 USD; narrow it down first"),
        ("misses", "from 1 to 9, the total goes from 1.00 USD to 9.00 USD; measure it first"),
        (
            "factor",
            "halved and doubled, the total goes from 1.00 USD to 9.00 USD; measure it first",
        ),
    ],
)
def test_the_sentence_says_what_to_do_next(basis: str, said: str) -> None:
    one = Driver(
        key="k", label="a: b", basis=basis, ends=("1", "9"), low=Decimal(1), high=Decimal(9),
        base=Decimal(5),
    )  # fmt: skip
    result = Drivers(project="p", currency="USD", base=Decimal(5), drivers=(one,))
    assert str(result) == f"the strongest driver is a: b: {said}"


TORNADO = {
    "steps 20 to 80": ({"steps": 20}, {"steps": 80}, "-58/+174"),
    "tool results halved and doubled": (
        {"input_tokens_per_step": 600},
        {"input_tokens_per_step": 2_400},
        "-20/+41",
    ),
    "output halved and doubled": (
        {"output_tokens_per_step": 175},
        {"output_tokens_per_step": 700},
        "-19/+37",
    ),
    "misses from none to one in ten": ({"miss_ratio": 0}, {"miss_ratio": "0.1"}, "-12/+28"),
    "static prefix 8k to 30k": ({"system_tokens": 8_000}, {"system_tokens": 30_000}, "-10/+22"),
}


@pytest.mark.parametrize("case", TORNADO)
def test_one_session_moves_as_worked_out_by_hand(case: str) -> None:
    # One session of grok-code-fast-1 at its rates of 2025: T=40, S=15k, u=1,200, o=350, 3% misses.
    rates = "{input: 0.20, cache_read: 0.02, output: 1.50, cache: {automatic: {}}}"
    registry = Registry.from_yaml(f"provider: acme\nmodels:\n  coder: {rates}\n")
    usual: dict[str, Any] = {
        "model": "coder", "steps": 40, "system_tokens": 15_000, "input_tokens_per_step": 1_200,
        "output_tokens_per_step": 350, "miss_ratio": "0.03",
    }  # fmt: skip

    def total(changes: dict[str, Any]) -> Decimal:
        session = Session(**{**usual, **changes})
        return session.closed_form(at="2026-09-01", registry=registry).total

    low, high, expected = TORNADO[case]
    base = total({})
    assert base == Decimal("0.08155089")
    one = Driver(
        key=case, label=case, basis="factor", ends=("", ""), low=total(low), high=total(high),
        base=base,
    )  # fmt: skip
    assert f"{one.low_change:+.0%}/{one.high_change:+.0%}".replace("%", "") == expected


def test_prices_of_a_model_that_several_sell_are_not_varied() -> None:
    twins = Registry.from_yaml(
        "provider: one\nmodels: {twin: {input: 1, output: 4}}\n---\n"
        "provider: other\nmodels: {twin: {input: 2, output: 5}}\n"
    )
    text = DOCUMENTS.replace("model: plain", "model: twin\n    provider: other")
    by_key = found(plan_of(text), twins)
    assert "workloads.docs.documents_per_month" in by_key
    assert not [key for key in by_key if key.startswith("prices.")]
