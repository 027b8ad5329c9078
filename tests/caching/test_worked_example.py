"""A model's launch, retirement and redirects by hit ratio, to the last digit that was published.

The rates are those of the bundled prices on the days named here. Mixes, tokens and tables:
arXiv 2606.30560 (TraceLab) and the leaderboard of September 2025, worked out beside this library.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from costcalc import Cost, Usage, at_hit_ratio, hit_ratio_curve, measure_hit_ratio

LAUNCH, AFTER, LATER = "2025-09-07", "2026-06-01", "2026-08-01"
RATIOS = ("0", "50%", "80%", "90%", "95%", "95.7%", "98%")
FAST = ("grok-code-fast-1", LAUNCH)
GROK = ("grok-4.3", AFTER)
BUILD = ("grok-build-0.1", AFTER)


def per_million(model: tuple[str, str], mix: int) -> list[Decimal]:
    curve = hit_ratio_curve(model[0], input_output_ratio=mix, ratios=RATIOS, at=model[1])
    assert [point.ratio for point in curve.points] == sorted(point.ratio for point in curve.points)
    return [point.per_million for point in curve.points]


@pytest.mark.parametrize(
    ("model", "mix", "expected"),
    [
        (FAST, 100, ".2129 .1238 .0703 .0525 .0436 .0423 .0382"),
        (FAST, 294, ".2044 .1147 .0609 .0430 .0340 .0327 .0286"),
        (GROK, 100, "1.2624 .7426 .4307 .3267 .2748 .2675 .2436"),
        (BUILD, 100, "1.0099 .6139 .3762 .2970 .2574 .2519 .2337"),
    ],
)
def test_dollars_per_million_tokens_by_hit_ratio(
    model: tuple[str, str], mix: int, expected: str
) -> None:
    found = [round(each, 4) for each in per_million(model, mix)]
    assert found == [Decimal(each) for each in expected.split()]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (GROK, "5.93 6.00 6.13 6.23 6.31 6.32 6.37"),
        (BUILD, "4.74 4.96 5.35 5.66 5.91 5.95 6.11"),
    ],
)
def test_how_many_times_dearer_the_same_name_became(model: tuple[str, str], expected: str) -> None:
    pairs = zip(per_million(model, 100), per_million(FAST, 100), strict=True)
    assert [round(after / before, 2) for after, before in pairs] == [
        Decimal(each) for each in expected.split()
    ]


@pytest.mark.parametrize(("mix", "ratio", "expected"), [(20, "90%", "3.8"), (294, "95.7%", "7.7")])
def test_the_multiple_depends_on_the_mix(mix: int, ratio: str, expected: str) -> None:
    before, after = (
        hit_ratio_curve(name, input_output_ratio=mix, ratios=[ratio], at=at).points[0].per_million
        for name, at in (FAST, GROK)
    )
    assert round(after / before, 1) == Decimal(expected)


def test_a_mix_is_the_formula_of_its_rates() -> None:
    for ratio, found in zip(RATIOS, per_million(FAST, 100), strict=True):
        rho = Decimal(ratio.rstrip("%")) / (100 if "%" in ratio else 1)
        parts = (1 - rho) * Decimal("0.20") + rho * Decimal("0.02") + Decimal("1.50") / 100
        assert abs(found - parts / Decimal("1.01")) < Decimal("1e-17")


@pytest.mark.parametrize(
    ("model", "ratio", "thousands"),
    [(FAST, 0, 245), (FAST, "90%", 60), (GROK, "90%", 376)],
)
def test_a_month_of_a_leaderboard(model: tuple[str, str], ratio: int | str, thousands: int) -> None:
    tokens = 1_150_000_000_000
    usage = Usage(  # a hundred in for one out, in requests below the price for long prompts
        input_tokens=tokens * 100 // 101,
        output_tokens=tokens - tokens * 100 // 101,
        requests=tokens // 20_000,
    )
    assert round(at_hit_ratio(model[0], usage, ratio, at=model[1]).total / 1_000) == thousands


# 54.9e9 tokens in, of which 95.746 % were read; 186.9e6 out; 4,265 sessions
INPUT, READ, OUTPUT, SESSIONS = 54_900_000_000, 52_564_500_000, 186_900_000, 4_265


@pytest.mark.parametrize(
    ("model", "at", "written", "cost", "session", "uncached", "saving", "shares"),
    [
        ("grok-code-fast-1", LAUNCH, 0, 1_799, "0.42", 11_260, "84.0", (26, 58, 16)),
        ("gpt-5", AFTER, 0, 11_359, "2.66", 70_494, "83.9", (26, 58, 16)),
        ("grok-4.3", AFTER, 0, 13_900, "3.26", 69_092, "79.9", (21, 76, 3)),
        ("claude-sonnet-4-6", AFTER, INPUT - READ, 27_331, "6.41", 167_504, "83.7", (32, 58, 10)),
        ("claude-opus-4-8", AFTER, INPUT - READ, 45_552, "10.68", 279_172, "83.7", (32, 58, 10)),
        ("gpt-5.6-sol", LATER, INPUT - READ, 46_486, "10.90", 280_107, "83.4", (31, 57, 12)),
    ],
)
def test_a_corpus_of_agents_under_six_price_lists(
    model: str, at: str, written: int, cost: int, session: str, uncached: int, saving: str,
    shares: tuple[int, int, int],
) -> None:  # fmt: skip
    usage = Usage(
        input_tokens=INPUT,
        cache_read_tokens=READ,
        cache_write_tokens=written,
        output_tokens=OUTPUT,
        requests=10**9,  # tiers are left out of account
    )
    found = measure_hit_ratio(usage, model, at=at)
    assert found.cost is not None
    assert found.uncached is not None
    assert round(found.cost.total) == cost
    assert round(found.cost.total / SESSIONS, 2) == Decimal(session)
    assert round(found.uncached) == uncached
    assert round(Decimal(str(found.saved_ratio)) * 100, 1) == Decimal(saving)
    read, made = (
        _amount(found.cost, meter) / found.cost.total * 100 for meter in ("cache_read", "output")
    )
    assert (round(100 - read - made), round(read), round(made)) == shares


def _amount(cost: Cost, meter: str) -> Decimal:
    return sum((line.amount for line in cost.lines if line.meter == meter), Decimal(0))


def test_measured_ratio_is_the_ceiling_of_the_shape_less_its_misses() -> None:
    # 0.609e9 tokens of context growth are what no cache can serve; 2.336e9 were not read
    growth, unread = 609_000_000, 2_336_000_000
    ceiling = 1 - Decimal(growth) / INPUT
    missed = Decimal(unread - growth) / (INPUT - growth)
    assert round(ceiling * 100, 1) == Decimal("98.9")
    assert round(missed * 100, 2) == Decimal("3.18")
    found = measure_hit_ratio(Usage(input_tokens=INPUT, cache_read_tokens=INPUT - unread))
    assert abs(Decimal(str(found.hit_ratio)) - ceiling * (1 - missed)) < Decimal("1e-12")
    assert round((found.hit_ratio or 0) * 100, 2) == 95.74  # 95.746 % with all digits of the counts
    assert round(READ / INPUT * 100, 3) == 95.746


def test_five_points_of_hit_ratio_move_the_bill_by_a_sixth() -> None:
    of = dict(zip(RATIOS, per_million(FAST, 100), strict=True))
    assert round((of["90%"] - of["95%"]) / of["90%"] * 100) == 17
