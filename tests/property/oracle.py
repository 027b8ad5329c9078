"""Prices in rational arithmetic, written from the rules on the page and not from the engine.

The oracle works on the plain data that the strategies draw, with `Fraction` and `datetime` only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from fractions import Fraction

PARENT = {
    "cache_read": "input",
    "cache_write": "input",
    "cache_write_1h": "cache_write",
    "reasoning": "output",
    "input_audio": "input",
}
FEES = {"web_search"}
PER = {"web_search": 1_000}
FEE_GRAINS = {"round_up": {"web_search": 7}}
"""What every drawn provider says of its fee."""


@dataclass
class RuleData:
    """One rule as drawn."""

    prompt: tuple[str, int] | None = None
    tier: str | None = None
    batch: bool | None = None
    hours: tuple[str, str] | None = None
    days: frozenset[int] | None = None
    thinking: bool = False
    rates: dict[str, str] = field(default_factory=dict)
    times: str | dict[str, str] | None = None
    grains: dict[str, dict[str, int]] = field(default_factory=dict)


@dataclass
class PeriodData:
    """One price list as drawn."""

    start: datetime | None
    rates: dict[str, str]
    rules: list[RuleData]
    grains: dict[str, dict[str, int]] = field(default_factory=dict)


@dataclass
class Request:
    """One request as drawn: disjoint quantities and what holds when it runs."""

    quantities: dict[str, int]
    at: datetime
    tier: str | None = None
    batch: bool = False
    requests: int | None = None


def total(
    periods: list[PeriodData], provider_rules: list[RuleData], fees: dict[str, str], ask: Request
) -> Fraction:
    """Return what a request costs."""
    rates = rate_card(periods, provider_rules, fees, ask)
    grains = grains_of(periods, provider_rules, ask)
    cost = Fraction(0)
    for meter, used in ask.quantities.items():
        if used:
            name = meter
            while name not in rates:
                name = PARENT[name]
            quantity = billed(meter, used, grains, ask)
            cost += Fraction(quantity) * rates[name] / PER.get(meter, 1_000_000)
    return cost


def billed(meter: str, used: int, grains: dict[str, dict[str, int]], ask: Request) -> int:
    """Return what is billed of a quantity: whole grains, and no less than the minimum.

    Every request of an aggregate used some tokens, but perhaps no more than one had the fee.
    """
    grain = grains["round_up"].get(meter, 1)
    least = grains["minimum"].get(meter, 0) * (1 if meter in FEES else ask.requests or 1)
    return max(math.ceil(Fraction(used, grain)) * grain, least)


def grains_of(
    periods: list[PeriodData], provider_rules: list[RuleData], ask: Request
) -> dict[str, dict[str, int]]:
    """Return the minimum and the grain by meter: those of the period, then of rules in order."""
    holding = [each for each in periods if each.start is None or each.start <= ask.at][-1]
    found: dict[str, dict[str, int]] = {"minimum": {}, "round_up": {}}
    matching = [rule for rule in [*provider_rules, *holding.rules] if holds(rule, ask)]
    for stated in (FEE_GRAINS, holding.grains, *(rule.grains for rule in matching)):
        for kind, by_meter in stated.items():
            found[kind].update(by_meter)
    return found


def rate_card(
    periods: list[PeriodData], provider_rules: list[RuleData], fees: dict[str, str], ask: Request
) -> dict[str, Fraction]:
    """Return the rates after absolute rules, then after factors."""
    holding = [each for each in periods if each.start is None or each.start <= ask.at][-1]
    matching = [rule for rule in [*provider_rules, *holding.rules] if holds(rule, ask)]
    rates = {name: Fraction(text) for name, text in {**fees, **holding.rates}.items()}
    for rule in matching:
        rates.update({name: Fraction(text) for name, text in rule.rates.items()})
    for rule in matching:
        for name in rates:
            if isinstance(rule.times, dict):
                rates[name] *= Fraction(rule.times.get(name, "1"))
            elif rule.times is not None and name not in FEES:
                rates[name] *= Fraction(rule.times)
    return rates


def holds(rule: RuleData, ask: Request) -> bool:
    """Return whether every condition of a rule holds."""
    prompt = Fraction(sum(n for m, n in ask.quantities.items() if m in PROMPT), ask.requests or 1)
    if rule.prompt is not None:
        operator, size = rule.prompt
        answers = {
            ">": prompt > size,
            ">=": prompt >= size,
            "<": prompt < size,
            "<=": prompt <= size,
        }
        if not answers[operator]:
            return False
    if rule.tier is not None and rule.tier != ask.tier:
        return False
    if rule.batch is not None and rule.batch != ask.batch:
        return False
    if rule.thinking and not ask.quantities["reasoning"]:  # which prove it, as nobody states it
        return False
    return in_time(rule, ask.at)


PROMPT = {"input", "cache_read", "cache_write", "cache_write_1h", "input_audio"}


def in_time(rule: RuleData, at: datetime) -> bool:
    """Return whether an instant lies in the rule's hours, on a day of theirs."""
    if rule.hours is None:
        return rule.days is None or at.weekday() in rule.days
    for back in (0, 1):
        day = (at - timedelta(days=back)).date()
        begin = datetime.combine(day, time.fromisoformat(rule.hours[0]), UTC)
        end = datetime.combine(day, time.fromisoformat(rule.hours[1]), UTC)
        if end <= begin:
            end += timedelta(days=1)
        if begin <= at < end and (rule.days is None or day.weekday() in rule.days):
            return True
    return False
