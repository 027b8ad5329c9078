"""Prices in rational arithmetic, written from the rules on the page and not from the engine.

The oracle works on the plain data that the strategies draw, with `Fraction` and `datetime` only.
"""

from __future__ import annotations

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


@dataclass
class RuleData:
    """One rule as drawn."""

    prompt: tuple[str, int] | None = None
    tier: str | None = None
    batch: bool | None = None
    hours: tuple[str, str] | None = None
    days: frozenset[int] | None = None
    rates: dict[str, str] = field(default_factory=dict)
    times: str | dict[str, str] | None = None


@dataclass
class PeriodData:
    """One price list as drawn."""

    start: datetime | None
    rates: dict[str, str]
    rules: list[RuleData]


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
    cost = Fraction(0)
    for meter, quantity in ask.quantities.items():
        if quantity:
            name = meter
            while name not in rates:
                name = PARENT[name]
            cost += Fraction(quantity) * rates[name] / PER.get(meter, 1_000_000)
    return cost


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
