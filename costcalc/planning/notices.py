"""What a reader should know before believing a forecast: changes of price, old prices, windows."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from decimal import Decimal
from math import log
from statistics import NormalDist
from typing import TYPE_CHECKING

from costcalc import instants
from costcalc.assumptions import Assumption
from costcalc.digits import fixed, percent
from costcalc.errors import RedirectWarning, StalePriceWarning
from costcalc.money import EXACT, quotient, text_of
from costcalc.planning.forecast import Notice
from costcalc.planning.numbers import Quantiles, Range
from costcalc.planning.pools import MOST_STEPS
from costcalc.registry.plans import retirement

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from costcalc.planning.engine import Course
    from costcalc.planning.epochs import Epoch
    from costcalc.planning.forecast import WorkloadForecast
    from costcalc.planning.plan import Plan
    from costcalc.planning.pools import Sampler
    from costcalc.registry.rates import Card

__all__ = ["assumptions_of", "notices_of", "unwarned"]

_ONE = Decimal(1)
_FAR = Decimal("0.1")
"""Difference between mean and formula, as a share, from which a notice says so."""
_LOST = 0.0001
"""Share of all steps from which on a notice says that they are cut."""
_RARE = 1_000
"""One call in so many above the context window is no reason to say anything."""


@contextmanager
def unwarned() -> Generator[None]:
    """Keep quiet of redirects and old prices, which a forecast says in its own notices."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RedirectWarning)
        warnings.simplefilter("ignore", StalePriceWarning)
        yield


def notices_of(
    plan: Plan, courses: Mapping[str, Course], found: Mapping[str, WorkloadForecast]
) -> tuple[Notice, ...]:
    """Return the notices of all workloads, in the order of the plan."""
    listed: list[Notice] = []
    for name, course in courses.items():
        listed += _begins(name, course)
        listed += _changes(plan, name, course)
        listed += _old(plan, name, course)
        listed += _windows(name, course)
        listed += _cut(plan, name)
        listed += _formula(found[name], course.sampler)
    return tuple(listed)


def _begins(name: str, course: Course) -> Iterator[Notice]:
    """Say where a model is retired before the project begins."""
    first = course.epochs[0]
    if first.card is not None:
        disputed = first.card.disputed
        texts = [text for code, text in first.card.assumed if code == "redirect"]
        if disputed is not None:
            texts.append(f"{disputed[2]}; disputed: another reading bills it as {disputed[0]}")
        for text in texts:
            at = instants.to_datetime(first.start)
            yield Notice(code="redirect", text=f"{name}: {text}", workload=name, at=at)


def _cost(course: Course, number: int) -> int:
    """Return what the sessions of all worlds cost together under one price list."""
    return sum(sum(pool.costs) for (epoch, _), pool in course.pools.items() if epoch == number)


def _changes(plan: Plan, name: str, course: Course) -> Iterator[Notice]:
    """Say where one price list follows another, and what that does to a session."""
    unit = plan.workloads[name].unit
    pairs = zip(course.epochs, course.epochs[1:], strict=False)
    for number, (before, after) in enumerate(pairs, 1):
        at = instants.to_datetime(after.start)
        code, what = _what(before, after)
        change = ""
        if before.card is not None and after.card is not None:
            old, new = _cost(course, number - 1), _cost(course, number)
            if old == new and code == "price_change":
                continue  # of something that the workload does not use
            if old:
                change = f"; a {unit} then costs {new / old:.2f} times as much"
        yield Notice(code=code, text=f"{name}: {what}{change}", workload=name, at=at)


def _what(before: Epoch, after: Epoch) -> tuple[str, str]:
    day = instants.to_text(after.start)
    old, new = before.card, after.card
    if new is None:
        gone = "" if old is None else f"{old.tariff.model} has no price from {day}: "
        return ("retirement" if "retired" in after.reason else "price_change"), gone + after.reason
    if old is None:
        return "price_change", f"{new.tariff.model} has a price from {day} on"
    if old.tariff is not new.tariff:
        retired = _retired(old)
        gone = f"{old.tariff.model} is retired on {day}" if retired else f"from {day}"
        return "retirement", f"{gone}, and {new.tariff.model} is billed instead"
    return "price_change", f"the prices of {new.tariff.model} change on {day}"


def _retired(card: Card) -> bool:
    return retirement(card.tariff.record) is not None


def _old(plan: Plan, name: str, course: Course) -> Iterator[Notice]:
    """Say where a price was compared with its source long before the project begins."""
    most = plan.defaults.max_price_age_days
    seen: set[str] = set()
    for epoch in course.epochs:
        card = epoch.card
        if card is None or card.period.checked is None or card.period.end != instants.FOREVER:
            continue
        age = (course.epochs[0].start - instants.parse(card.period.checked)) // instants.DAY
        model = card.tariff.model
        if age > most and model not in seen:
            seen.add(model)
            text = (
                f"{name}: the price of {model} was last checked on {card.period.checked[:10]}, "
                f"{age} days before the project begins; compare it with "
                f"{card.period.source or 'its source'}"
            )
            yield Notice(code="old_price", text=text, workload=name)


def _windows(name: str, course: Course) -> Iterator[Notice]:
    """Say where conversations outgrow the context window of the model."""
    over = sum(pool.tally.over for pool in course.pools.values())
    calls = sum(pool.tally.calls for pool in course.pools.values())
    if over * _RARE > calls:
        workload = course.sampler.workload
        remedy = "make them smaller"
        if hasattr(workload, "user_gaps"):  # a conversation
            remedy = (
                "set caps.steps_per_session, or caps.compact_at_tokens with caps.summary_tokens"
            )
        card = next(epoch.card for epoch in course.epochs if epoch.card is not None)
        text = (
            f"{name}: {over / calls:.1%} of the calls are above the context window of "
            f"{card.tariff.window or 0:,} tokens and would fail; {remedy}"
        )
        yield Notice(code="context_window", text=text, workload=name)


def _cut(plan: Plan, name: str) -> Iterator[Notice]:
    """Say where the steps of a session have a tail that is not simulated."""
    workload = plan.workloads[name]
    key, steps = workload.shape.steps
    cap = workload.caps_plan.steps_per_session
    short = cap is not None and cap <= MOST_STEPS
    if short or not isinstance(steps, Quantiles) or not steps.sigma:
        return
    most, mean = float(MOST_STEPS), float(steps.mean)
    place = log(most / float(steps.p50)) / steps.sigma
    sessions = NormalDist().cdf(-place)
    lost = NormalDist().cdf(steps.sigma - place) - sessions * most / mean  # E[(X - most)+] / E[X]
    if lost >= _LOST:
        text = (
            f"{name}: one session in {1 / sessions:,.0f} would have more than {MOST_STEPS:,} steps "
            f"and is cut there, which leaves {lost:.2%} of all steps out; set "
            f"caps.steps_per_session to at most {MOST_STEPS:,}, or a smaller p90 of {key}"
        )
        yield Notice(code="cut_steps", text=text, workload=name)


def _formula(found: WorkloadForecast, sampler: Sampler) -> Iterator[Notice]:
    """Say where the formula is far from the runs."""
    formula, mean = found.closed_form_mean, found.mean
    times = quotient(mean, formula) if formula else None
    off = None if times is None else EXACT.subtract(times, _ONE)
    if formula and off is not None and off.copy_abs() > _FAR:
        why = "so heavy a tail needs a cap"
        if isinstance(sampler.workload.shape.steps[1], Range):
            why = f"so wide a range of steps has {sampler.worlds} draws only; narrow it"
        text = (
            f"{found.name}: the mean of the runs is {percent(off, 0, '+')} from the formula, "
            f"{fixed(mean, 2)} and {fixed(formula, 2)}; {why}"
        )
        yield Notice(code="closed_form", text=text, workload=found.name)


def assumptions_of(plan: Plan, courses: Mapping[str, Course]) -> tuple[Assumption, ...]:
    """Return what the forecast rests on and the plan does not say."""
    found: dict[tuple[str, str], None] = {}
    for name, course in courses.items():
        for code, text in _assumed(plan, name, course):
            found[code, text] = None
    return tuple(Assumption(code, text) for code, text in found)


def _assumed(plan: Plan, name: str, course: Course) -> Iterator[tuple[str, str]]:
    workload = plan.workloads[name]
    for epoch in course.epochs:
        if epoch.card is not None and course.prices is not None:
            yield from epoch.card.assumed
            if epoch.card.disputed is not None:
                other, source, text = epoch.card.disputed
                yield (
                    "redirect",
                    f"{text}; disputed: another reading bills it as {other} ({source})",
                )
            policy = course.prices.policy(epoch.card)
            if not policy.stated:
                model = epoch.card.tariff.model
                text = (
                    f"{model} has a rate for cached input and no stated cache policy; taken as "
                    "automatic, without a minimum, and as never expiring"
                )
                yield "cache_policy", text
    if workload.model is None:
        text = f"{name} names candidates and no model; {workload.chosen}, the first, is forecast"
        yield "candidate", text
    sigma = plan.shared_sigma(workload)
    if sigma and workload.shared_sigma is None and plan.defaults.shared_sigma is None:
        text = (
            f"{name} has no range, so all its sessions of a run share a factor of mean 1 and "
            f"sigma {text_of(sigma)}; set shared_sigma, or write ranges for what is not known"
        )
        yield "shared_sigma", text
    retry = plan.number(plan.retry_key(name))
    if retry.largest():
        yield "retries", "a call that fails is paid in full, and once more when it is sent again"
    if workload.gaps is None and workload.cache_plan.mode != "none" and _long(workload):
        text = f"{name} states no user_gaps: no session waits until its cache is gone"
        yield "no_gaps", text


def _long(workload: object) -> bool:
    return getattr(workload, "kind", "") in {"agent", "chat", "rag"}
