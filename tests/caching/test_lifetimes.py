"""5 minutes or 1 hour: against sessions that are simulated call by call."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costcalc import Registry, Session, UsageError
from costcalc.caching.break_even import break_even
from costcalc.caching.lifetimes import Lifetimes

AT = "2026-06-01"
MODEL = "claude-sonnet-4-6"
# shares of later steps that miss, of two agents: 10.8 % of steps are started by a user, who waits
# longer than 5 minutes in 20.4 % and 30.2 % of them, than an hour in 3.6 % and 5.1 %
# (arXiv 2606.30560)
CLAUDE = {"5m": Decimal("0.022"), "1h": Decimal("0.0039")}
CODEX = {"5m": Decimal("0.033"), "1h": Decimal("0.0055")}


def of_lives(misses: dict[str, Decimal], growth: int = 2_000) -> Lifetimes:
    (found,) = break_even(MODEL, at=AT, growth_tokens=growth, miss_ratios=misses).lifetimes
    return found


def bill(steps: int, life: str, missed: Decimal) -> Decimal:
    """Return what a session's input costs in expectation, by the closed form of `Session`."""
    session = Session(  # its first prompt has 20,000 tokens
        model=MODEL, steps=steps, system_tokens=18_000, input_tokens_per_step=2_000, cache=life,
        miss_ratio=missed,
    )  # fmt: skip
    return session.closed_form(at=AT).total


@pytest.mark.parametrize(("misses", "steps"), [(CLAUDE, 77), (CODEX, 49)])
def test_an_hour_pays_in_long_sessions_only(misses: dict[str, Decimal], steps: int) -> None:
    found = of_lives(misses)
    assert found.steps == steps
    assert found.last_prompt == 18_000 + steps * 2_000
    for number in (steps - 1, steps):
        dearer = bill(number, "1h", misses["1h"]) >= bill(number, "5m", misses["5m"])
        assert dearer == (number < steps)


def test_the_shares_of_misses_are_those_of_the_waits() -> None:
    waits = {"5m": ("0.204", "0.302"), "1h": ("0.036", "0.051")}
    for life, shares in waits.items():
        for misses, waited in zip((CLAUDE, CODEX), shares, strict=True):
            assert (
                round(Decimal("0.108") * Decimal(waited), 3 if life == "5m" else 4) == misses[life]
            )


@pytest.mark.parametrize(("misses", "saved"), [(CLAUDE, 16), (CODEX, 12)])
def test_five_minutes_save_a_part_of_short_sessions(misses: dict[str, Decimal], saved: int) -> None:
    short, long = bill(20, "5m", misses["5m"]), bill(20, "1h", misses["1h"])
    assert round((1 - short / long) * 100) == saved


def test_the_weights_are_those_of_the_formula() -> None:
    (found,) = break_even(MODEL, at=AT).lifetimes
    weights = (found.short_weight, found.long_weight, found.extra_write)
    assert weights == (Decimal("1.15"), Decimal("1.9"), Decimal("0.75"))
    assert found.steps is found.last_prompt is None
    assert str(found) == (
        "5m or 1h, explicit cache: 1h is cheaper where 1.15 × misses(5m) − 1.9 × misses(1h) > 0.75 "
        "× last prompt ÷ (all prompts − last prompt)"
    )


def test_the_answers_as_sentences() -> None:
    head = "5m or 1h, explicit cache: with 2.20% misses at 5m and "
    assert str(of_lives(CLAUDE)) == (
        f"{head}0.39% at 1h, 1h is cheaper from 77 steps on, with a last prompt of 172,000 tokens"
    )
    never = of_lives({**CLAUDE, "1h": Decimal("0.014")})
    assert never.steps is None
    assert str(never) == f"{head}1.40% at 1h, 5m is cheaper however long the session"


shares = st.integers(0, 100).map(lambda number: Decimal(number) / 1_000)


@settings(max_examples=60, deadline=None)
@given(
    before=shares, after=shares, growth=st.integers(1, 20_000), system=st.integers(1, 50_000),
    writes=st.tuples(st.integers(100, 300), st.integers(100, 300)), read=st.integers(0, 99),
)  # fmt: skip
def test_fewest_steps_are_those_that_counting_finds(
    before: Decimal, after: Decimal, growth: int, system: int, writes: tuple[int, int], read: int
) -> None:
    short, long = sorted(writes)
    registry = Registry.from_yaml(
        "provider: lab\ncache: {explicit: {ttl: {cache_write: 5m, cache_write_1h: 1h}}}\nmodels:\n"
        f"  m: {{input: 1, cache_read: {read / 100}, cache_write: {short / 100}, "
        f"cache_write_1h: {long / 100}, output: 1}}\n"
    )
    (found,) = break_even(
        "m", prefix_tokens=system, growth_tokens=growth, registry=registry, at=AT,
        miss_ratios={"5m": before, "1h": after},
    ).lifetimes  # fmt: skip
    assert found.steps == counted(
        (Fraction(short, 100), Fraction(before)), (Fraction(long, 100), Fraction(after)),
        Fraction(read, 100), system, growth,
    ) or (found.steps is not None and found.steps >= 400)  # fmt: skip


def counted(
    one: tuple[Fraction, Fraction], other: tuple[Fraction, Fraction], read: Fraction, system: int,
    growth: int,
) -> int | None:  # fmt: skip
    """Price every step under both lives, and return the first after which the other is cheaper."""
    costs = [Fraction(0), Fraction(0)]
    for step in range(1, 400):
        before, prompt = system + (step - 2) * growth, system + (step - 1) * growth
        for place, (write, missed) in enumerate((one, other)):
            if step == 1:
                costs[place] += write * prompt
            else:
                hit = read * before + write * growth
                costs[place] += (1 - missed) * hit + missed * write * prompt
        if costs[1] < costs[0]:
            return step
    return None


def test_a_wait_that_only_the_longer_life_survives_is_one_miss_of_the_shorter() -> None:
    # simulated: ten steps, before the sixth a wait of ten minutes
    gaps = [timedelta(minutes=10 if step == 6 else 0) for step in range(1, 11)]
    session = Session(
        model=MODEL, steps=10, system_tokens=20_000, input_tokens_per_step=2_000, gap=gaps,
        cache="5m",
    )  # fmt: skip
    waited = session.estimate(at=AT)
    assert waited.misses == {"first": 1, "ttl": 1}
    assert session.replace(cache="1h").estimate(at=AT).misses == {"first": 1}
    found = of_lives(CLAUDE)
    straight = session.replace(gap=timedelta(0)).estimate(at=AT)
    # the prompt before is written again instead of read, at w - r of 3 dollars a million
    assert waited.total - straight.total == found.short_weight * 3 * 30_000 / 10**6


def test_lives_that_are_never_cheaper_or_always() -> None:
    registry = Registry.from_yaml(
        "provider: lab\ncache: {explicit: {ttl: {cache_write: 5m, cache_write_1h: 1h}}}\nmodels:\n"
        "  m: {input: 1, cache_read: 0.1, cache_write: 2, cache_write_1h: 1.5, output: 1}\n"
        "  free: {input: 0, cache_read: 0, cache_write: 0, output: 1}\n"
    )
    misses = {"5m": 0, "1h": 0}
    (found,) = break_even(
        "m", growth_tokens=10, miss_ratios=misses, registry=registry, at=AT
    ).lifetimes
    assert found.steps == 1  # a longer life that is cheaper to write
    free = break_even("free", growth_tokens=10, miss_ratios=misses, registry=registry, at=AT)
    assert free.lifetimes == ()


def test_each_kind_of_cache_has_lives_of_its_own() -> None:
    found = break_even("gpt-5.6-sol", at="2026-08-01").lifetimes
    assert [each.short.kind for each in found] == ["automatic", "explicit"]


@pytest.mark.parametrize(
    ("model", "options", "words"),
    [
        (MODEL, {"miss_ratios": {"5m": "2%", "1h": "1%"}}, "say growth_tokens, too"),
        (MODEL, {"miss_ratios": {"2h": "2%"}, "growth_tokens": 9},
         "miss_ratios names '2h', of which the model has no cache; its lives are 5m and 1h"),
        (MODEL, {"miss_ratios": {"5m": "2%"}, "growth_tokens": 9}, "say the misses of 1h, too"),
        (MODEL, {"miss_ratios": {"5m": "200%", "1h": 0}, "growth_tokens": 9}, "misses of 5m '200%' is above 1"),
        ("gpt-5", {"miss_ratios": {"5m": "2%"}, "growth_tokens": 9},
         "miss_ratios names '5m', of which the model has no cache; it has no two lives"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(
    model: str, options: dict[str, object], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        break_even(model, at=AT, **options)
