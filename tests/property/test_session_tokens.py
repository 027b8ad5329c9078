"""What a cache serves, token by token: simulated sessions equal an oracle of common prefixes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cache
from random import Random
from typing import TYPE_CHECKING, TypeVar

import pytest
import session_tokens as oracle
from hypothesis import given, settings
from hypothesis import strategies as st

from costcalc import Registry, Session, SessionEstimate, Step, estimate_sessions
from costcalc.money import EXACT

if TYPE_CHECKING:
    from typing import Any

T = TypeVar("T")
Pick = Callable[[Sequence[T]], T]

START = datetime(2025, 9, 7, 12, tzinfo=UTC)
SECOND = oracle.SECOND
HOUR = 3_600 * SECOND
LIVES = (36, 360, 3_600)
SPEEDS = (None, 1, 50, 80)
PRICE_FILES = 160

pytestmark = [
    pytest.mark.filterwarnings("ignore::costcalc.RedirectWarning"),
    pytest.mark.untraced,  # it is the oracle that counts here
]


# price files


def drawn_policy(random: Random, kind: str, life: int) -> oracle.Policy:
    """Draw the cache of one price list; a stored one lives as long as the caller says."""
    if kind == "none":
        return oracle.Policy("none")
    least = random.choice((0, 0, 1, 64, 100, 250))
    if kind == "stored":
        return oracle.Policy("stored", life, least, creation_billed=random.random() < 0.7)
    write = random.choice((None, "cache_write", "cache_write_1h"))
    ttl = random.choice(LIVES) if write or random.random() < 0.5 else None
    grain = random.choice((1, 1, 7, 64)) if kind == "automatic" else 1
    refreshed = random.random() < 0.6
    keeps = kind == "automatic" and random.random() < 0.3
    whole = kind == "automatic" and random.random() < 0.4
    return oracle.Policy(kind, ttl, least, grain, refreshed, keeps, write, whole=whole)


def drawn_rates(random: Random, policy: oracle.Policy) -> dict[str, str]:
    """Draw the rates of one price list: what its cache needs, and few digits of each."""
    meters = ["input", "output", "reasoning"]
    if policy.kind != "none":
        meters += ["cache_read"]
    if policy.write is not None:
        meters += ["cache_write", policy.write]
    if policy.kind == "stored":
        meters += ["cache_storage"]
    return {
        meter: random.choice(("0", "0.02", "0.125", "1.25", "3", "0.3333"))
        for meter in dict.fromkeys(meters)
    }


@cache
def drawn_prices(number: int) -> tuple[oracle.Prices, Registry]:
    """Draw the prices of one id, and the registry that states them: one of many, by number."""
    random = Random(number)  # noqa: S311 - draws of a test
    life = random.choice(LIVES)
    kinds = ("automatic", "explicit", "stored", "explicit", "automatic")
    kind = kinds[number % len(kinds)]
    speed = random.choice(SPEEDS)
    starts = [0, *sorted(random.sample((10 * SECOND, 250 * SECOND, HOUR, 6 * HOUR), number % 3))]
    periods: list[oracle.Period] = []
    for place, start in enumerate(starts):
        successor = place > 0 and random.random() < 0.5
        model = "successor" if successor or (place and periods[-1].model != "model") else "model"
        other = kind != "stored" and random.random() < 0.3
        now = random.choice(("none", "automatic", "explicit")) if other else kind
        policy = drawn_policy(random, now, life)
        rates = drawn_rates(random, policy)
        times = {"input": "2", "cache_read": "2", "cache_write": "2", "output": "1.5"}
        size = random.choice((120, 300))
        tier = (random.choice((">", ">=")), size, times) if random.random() < 0.4 else None
        periods.append(oracle.Period(start, model, rates, tier, policy))
    return oracle.Prices(tuple(periods), speed), Registry.from_yaml(price_file(periods, speed))


def price_file(periods: list[oracle.Period], speed: int | None) -> str:
    """Return the price file of some periods; where the model changes, the first was retired."""
    lines = ["provider: acme", "models:"]
    for name in dict.fromkeys(each.model for each in periods):
        own = [each for each in periods if each.model == name]
        lines.append(f"  {name}:")
        if speed is not None:
            lines.append(f"    output_tokens_per_second: {speed}")
        gone = next((each for each in periods if each.model != name), None)
        if name == "model" and gone is not None:
            lines += [f"    retired: {instant(gone.start)}", "    redirects_to: successor"]
        lines.append("    prices:")
        for place, each in enumerate(own):
            begin = f"from: {instant(each.start)}, " if place else ""
            lines.append(f"      - {{{begin}{stated(each)}}}")
    return "\n".join(lines) + "\n"


def stated(period: oracle.Period) -> str:
    """Return what a price list says: rates, a tier, a cache."""
    said = [f"{meter}: {rate}" for meter, rate in period.rates.items()]
    if period.tier is not None:
        operator, size, times = period.tier
        factors = ", ".join(f"{meter}: {each}" for meter, each in times.items())
        rule = f'{{if: {{prompt_tokens: "{operator}{size}"}}, times: {{{factors}}}}}'
        said.append(f"rules: [{rule}]")
    if period.policy.kind != "none":
        said.append(f"cache: {stated_cache(period.policy)}")
    return ", ".join(said)


def stated_cache(policy: oracle.Policy) -> str:
    kind = "explicit" if policy.kind == "stored" else policy.kind
    parts = [f"min_tokens: {policy.least}"] if policy.least else []
    if policy.grain > 1:
        parts.append(f"increment: {policy.grain}")
    if policy.refreshed:
        parts.append("refresh_on_read: true")
    if policy.keeps_replies:
        parts.append("caches_output: true")
    if policy.whole:
        parts.append("whole_prompts: true")
    if policy.ttl is not None:
        parts.append(f"ttl: {{{policy.write or 'cache_read'}: {policy.ttl}s}}")
    if policy.kind == "stored":
        parts.append(f"creation_billed: {str(policy.creation_billed).lower()}")
    return f"{{{kind}: {{{', '.join(parts)}}}}}"


def instant(micros: int) -> str:
    return (START + timedelta(microseconds=micros)).strftime("%Y-%m-%dT%H:%M:%SZ")


# sessions

GAPS = (0, 0, 0, 1, 20, 36, 37, 180, 360, 361, 3_600, 3_601, 14_400)
SIZES = (0, 0, 1, 13, 40, 64, 90)


def drawn_talk(pick: Pick[Any]) -> oracle.Talk:
    """Draw a session: short, so that each token can be a number, and odd in every way."""
    system = pick((0, 30, 64, 99, 100, 130, 250))
    compact = pick((None, None, system + 60, system + 200))
    calm, stable, even = pick((False, True)), pick((False, True)), pick((False, False, True))
    turns: list[oracle.Turn] = []
    talked = system
    for number in range(1, pick(range(1, 10)) + 1):
        if even and turns:
            turn = turns[0]
        else:
            output = pick(SIZES)
            turn = oracle.Turn(
                new=pick(SIZES),
                output=output,
                reasoning=min(output, pick((0, 0, 5, 40))),
                transient=pick((0, 0, 0, 25)),
                gap=0 if calm else pick(GAPS) * SECOND + pick((0, 0, 1)),
            )
            if not stable and number > 1:
                turn = disturbed(turn, talked - system, pick)
        turns.append(turn)
        talked += turn.new + turn.output - turn.reasoning - turn.dropped
        if compact is not None and talked > compact:
            talked = system + 50
    return oracle.Talk(tuple(turns), system, pick((False, False, True)), compact, 50)


def disturbed(turn: oracle.Turn, said: int, pick: Pick[Any]) -> oracle.Turn:
    """Let a step drop, edit or miss something."""
    changes: dict[str, Any] = {}
    match pick(("", "", "", "dropped", "unchanged", "missed")):
        case "dropped":
            changes = {"dropped": min(said, pick((1, 13, 40, 10_000)))}
        case "unchanged":
            changes = {"unchanged": pick((0, 29, 64, 110, 160, 300, 10_000))}
        case "missed":
            changes = {"missed": True}
        case _:
            pass
    return oracle.Turn(**{**vars(turn), **changes})


def session_of(talk: oracle.Talk, prices: oracle.Prices, *, listed: bool) -> Session:
    """Return the session that a drawn one is, as a list of steps or in columns."""
    policy = prices.periods[0].policy
    common: dict[str, Any] = {
        "model": "model",
        "system_tokens": talk.system,
        "cache": f"{policy.ttl}s" if policy.kind == "stored" else None,
        "misses": [n for n, turn in enumerate(talk.turns, 1) if turn.missed],
        "warm_start_ratio": int(talk.warm),
        "compact_at": talk.compact_at,
        "summary_tokens": None if talk.compact_at is None else talk.summary,
    }
    if listed or any(turn.dropped for turn in talk.turns):
        steps = [
            Step(
                input_tokens=turn.new,
                output_tokens=turn.output,
                reasoning_tokens=turn.reasoning,
                transient_tokens=turn.transient,
                gap=timedelta(microseconds=turn.gap),
                unchanged_tokens=turn.unchanged,
                dropped_tokens=turn.dropped,
            )
            for turn in talk.turns
        ]
        return Session(steps=steps, **common)
    turns = talk.turns
    return Session(
        steps=len(turns),
        input_tokens_per_step=[turn.new for turn in turns],
        output_tokens_per_step=lambda step: turns[step - 1].output,
        reasoning_tokens_per_step=tuple(turn.reasoning for turn in turns),
        transient_tokens_per_step=[turn.transient for turn in turns],
        gap=[timedelta(microseconds=turn.gap) for turn in turns],
        edits={n: each.unchanged for n, each in enumerate(turns, 1) if each.unchanged is not None},
        **common,
    )


def check(number: int, talk: oracle.Talk, *, listed: bool) -> None:
    """Compare a session with the oracle: every count, reason and amount of every row."""
    prices, registry = drawn_prices(number)
    session = session_of(talk, prices, listed=listed)
    found = session.estimate(at=START, registry=registry)
    expected = oracle.Oracle(prices, talk).rows
    assert [shown(row) for row in found.steps] == [
        (row.kind, row.at, row.context, row.read, row.written, row.output, row.cost)
        for row in expected
    ]
    for row, other in zip(found.steps, expected, strict=True):
        assert row.miss in (other.reasons or {None}), row
    assert Fraction(found.total) == sum(row.cost for row in expected)
    assert Fraction(found.uncached) == sum(row.uncached for row in expected)
    check_ledger(found)
    runs = estimate_sessions([session], at=START, registry=registry)
    assert runs.totals == (found.total,)
    assert (runs.calls, runs.hit_ratio) == (len(found.steps), found.hit_ratio)


def shown(row: Any) -> tuple[Any, ...]:
    at = (row.at - START) // timedelta(microseconds=1)
    cost = Fraction(row.cost.total)
    return row.kind, at, row.context, row.read, row.written, row.output, cost


def check_ledger(found: SessionEstimate) -> None:
    """Check what holds of every estimate, whatever was simulated."""
    running = EXACT.create_decimal(0)
    for index, row in enumerate(found.steps, 1):
        assert row.index == index
        assert row.read + row.written + row.fresh == row.context == row.usage.input_tokens
        assert min(row.read, row.written, row.fresh) >= 0
        running = EXACT.add(running, row.cost.total)
        assert row.running == running
    assert running == found.total == found.cost.total
    assert found.usage == sum((row.usage for row in found.steps[1:]), found.steps[0].usage)
    whole = sum(row.context for row in found.steps)
    read = sum(row.read for row in found.steps)
    assert found.hit_ratio == (read / whole if whole else None)
    assert found.peak_context == max(row.context for row in found.steps)
    assert found.saved == found.uncached - found.total
    assert sum(found.misses.values()) == sum(row.miss is not None for row in found.steps)


@pytest.mark.parametrize("part", range(6))
def test_two_thousand_sessions_equal_an_oracle_that_counts_tokens(part: int) -> None:
    for seed in range(part, 2_000, 6):
        random = Random(seed)  # noqa: S311 - draws of a test
        number = random.randrange(PRICE_FILES)
        try:
            check(number, drawn_talk(random.choice), listed=bool(seed % 2))
        except Exception as error:
            error.add_note(f"seed {seed}, price file {number}")
            raise


@settings(max_examples=150, deadline=None)
@given(number=st.integers(0, PRICE_FILES - 1), data=st.data())
def test_a_session_equals_an_oracle_that_counts_tokens(number: int, data: st.DataObject) -> None:
    talk = drawn_talk(lambda options: data.draw(st.sampled_from(options)))
    check(number, talk, listed=data.draw(st.booleans()))
