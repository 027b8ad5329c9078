"""Random price files, usages and requests, as plain data and as the YAML that states them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import yaml
from hypothesis import strategies as st
from oracle import FEE_GRAINS, PeriodData, Request, RuleData

METERS: tuple[str, ...] = (
    "input",
    "cache_read",
    "cache_write",
    "cache_write_1h",
    "input_audio",
    "output",
    "reasoning",
)
TIERS = ("flex", "priority")
SIZES = (1_000, 128_000, 200_000)
DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_digits = st.integers(0, 10**9).map(lambda n: f"{n // 10**6}.{n % 10**6:06d}")
rates = st.one_of(st.sampled_from(["0.20", "0.02", "1.50", "3", "0"]), _digits)
factors = st.sampled_from(["0.5", "2", "1.1", "0.125", "1.75", "6", "1"])
minutes = st.integers(0, 1439).map(lambda n: f"{n // 60:02d}:{n % 60:02d}")


_whole = st.dictionaries(
    st.sampled_from(["input", "cache_read", "reasoning", "web_search"]),
    st.sampled_from([1, 3, 1_000]),
    min_size=1,
    max_size=2,
)
grains = st.dictionaries(st.sampled_from(["minimum", "round_up"]), _whole, max_size=2)


@st.composite
def rules(draw: st.DrawFn) -> RuleData:
    """Draw one rule."""
    rule = RuleData()
    names = ["prompt", "tier", "batch", "hours", "days", "thinking"]
    kinds = draw(st.sets(st.sampled_from(names), max_size=3))
    rule.thinking = "thinking" in kinds
    if "prompt" in kinds:
        rule.prompt = (draw(st.sampled_from([">", ">=", "<", "<="])), draw(st.sampled_from(SIZES)))
    if "tier" in kinds:
        rule.tier = draw(st.sampled_from(TIERS))
    if "batch" in kinds:
        rule.batch = True
    if "hours" in kinds:
        first, last = draw(st.tuples(minutes, minutes).filter(lambda pair: pair[0] != pair[1]))
        rule.hours = (first, last)
    if "days" in kinds:
        rule.days = frozenset(draw(st.sets(st.integers(0, 6), min_size=1)))
    match draw(st.sampled_from(["rates", "times", "map"])):
        case "rates":
            rule.rates = draw(
                st.dictionaries(st.sampled_from(METERS), rates, min_size=1, max_size=3)
            )
        case "times":
            rule.times = draw(factors)
        case _:
            meters = st.sampled_from([*METERS, "web_search"])
            rule.times = draw(st.dictionaries(meters, factors, min_size=1, max_size=3))
    if draw(st.booleans()):
        rule.grains = draw(grains)
    return rule


@st.composite
def price_lists(draw: st.DrawFn) -> tuple[list[PeriodData], list[RuleData], dict[str, str]]:
    """Draw the periods of one model, and its provider's rules and fees."""
    count = draw(st.integers(1, 3))
    starts: list[datetime | None] = [None]
    starts += [datetime(2025, 1 + 4 * n, 3, 16, tzinfo=UTC) for n in range(1, count)]
    periods: list[PeriodData] = []
    for start in starts:
        own = draw(st.dictionaries(st.sampled_from(METERS), rates, max_size=5))
        own |= {"input": draw(rates), "output": draw(rates)}
        more = draw(st.just({}) | grains)
        periods.append(PeriodData(start, own, draw(st.lists(rules(), max_size=4)), more))
    return periods, draw(st.lists(rules(), max_size=2)), {"web_search": draw(rates)}


counts = st.one_of(st.integers(0, 3), st.integers(0, 300_000), st.integers(0, 10**12))


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Draw what was consumed, and when."""
    quantities = {meter: draw(counts) for meter in (*METERS, "web_search")}
    if draw(st.booleans()):  # land exactly on and around the thresholds
        quantities = {**dict.fromkeys(quantities, 0), "output": quantities["output"]}
        quantities["input"] = draw(st.sampled_from(SIZES)) + draw(st.integers(-1, 1))
    at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=draw(st.integers(0, 86_400 * 365)))
    return Request(quantities, at, requests=draw(st.none() | st.integers(1, 7)))


def to_yaml(periods: list[PeriodData], provider_rules: list[RuleData], fees: dict[str, str]) -> str:
    """Return the price file of drawn data, rates as plain numbers."""
    document = {
        "provider": "acme",
        "fees": fees,
        **FEE_GRAINS,
        "rules": [_rule(rule) for rule in provider_rules],
        "models": {
            "model-1": {
                "prices": [
                    {
                        **({"from": period.start.isoformat()} if period.start else {}),
                        **period.rates,
                        **period.grains,
                        "rules": [_rule(rule) for rule in period.rules],
                    }
                    for period in periods
                ]
            }
        },
    }
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False)


class _Dumper(yaml.SafeDumper):
    """Writes decimal text as plain numbers, as people write rates."""


def _text(dumper: Any, text: str) -> Any:
    tag = "str"
    if text.replace(".", "", 1).isdigit():
        tag = "float" if "." in text else "int"
    return dumper.represent_scalar(
        f"tag:yaml.org,2002:{tag}", text, style='"' if tag == "str" else None
    )


_Dumper.add_representer(str, _text)


def _rule(rule: RuleData) -> dict[str, Any]:
    when: dict[str, Any] = {}
    if rule.prompt is not None:
        when["prompt_tokens"] = f"{rule.prompt[0]}{rule.prompt[1]}"
    if rule.tier is not None:
        when["service_tier"] = rule.tier
    if rule.batch is not None:
        when["batch"] = rule.batch
    if rule.hours is not None:
        when["hours"] = "-".join(rule.hours)
    if rule.thinking:
        when["thinking"] = True
    if rule.days is not None:
        when["days"] = [DAY_NAMES[day] for day in sorted(rule.days)]
    said: dict[str, Any] = {"if": when, **rule.rates, **rule.grains}
    if rule.times is not None:
        said["times"] = rule.times
    return said
