"""The mean of a workload by formula, beside that of the runs: a check, made in another way.

The expected cost of a session is the sum over its steps of the probability that it gets so far,
times what that step costs on average. Nothing is drawn: the conversation grows by the mean of what
is new, a cache that is gone with probability e is read with probability 1 - e, and the distribution
of the number of steps is that of its two quantiles. Only where the conversation is summarised does
its growth have to be followed for short and long steps apart, since summaries make the cost bend.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import product
from math import ceil, log
from statistics import NormalDist
from typing import TYPE_CHECKING

from costcalc.caching.policy import CachePolicy
from costcalc.instants import FOREVER
from costcalc.meters import METERS
from costcalc.money import EXACT, ZERO, divide, from_fraction
from costcalc.planning.numbers import Fixed, Number, Quantiles, quantile_of_normal, six_digits
from costcalc.planning.pools import MOST_STEPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from costcalc.planning.epochs import Epoch
    from costcalc.planning.plan import Plan
    from costcalc.registry.rates import Card
    from costcalc.sessions.prices import Prices

__all__ = ["unit_mean", "volume_mean", "workload_mean"]

_PLACES = 6
"""Decimals of a mean, as of every amount of a forecast."""
_NORMAL = NormalDist()
_BINS, _FEW, _LONG = 8, 4, 500
_FINE, _FINEST = 32, 256
_NEGLIGIBLE = 1e-7


@dataclass(slots=True)
class _Means:
    """The mean numbers of a session."""

    system: float
    new: float
    passing: float
    made: float
    hidden: float
    retry: float
    warm: float
    miss: float
    """Probability that a call finds no cache, whenever it comes."""
    eps: float
    """Probability that a later step finds no cache, by chance or after a wait."""
    compact_at: int | None
    summary: int


def survival(number: Number, most: int) -> list[float]:
    """Return the probability that a session has step 1, step 2 and so on, up to a cap."""
    if isinstance(number, Quantiles):
        mu, sigma = log(float(number.p50)), number.sigma
        found: list[float] = [1.0]
        for step in range(2, most + 1):
            at = log(step - 0.5) - mu  # what is drawn is rounded
            reach = (1 - _NORMAL.cdf(at / sigma)) if sigma else float(at <= 0)
            if reach < _NEGLIGIBLE:
                break
            found.append(reach)
        return found
    if isinstance(number, Fixed):  # 2.4 steps: two of five sessions have the third one
        steps = float(number.value)
        return [1.0, *(min(steps - step, 1.0) for step in range(1, min(ceil(steps), most)))]
    shares = [(at + 0.5) / 256 for at in range(256)]
    drawn = sorted(max(1, int(number.quantile(u) + 0.5)) for u in shares)
    longest = min(drawn[-1], most)
    return [sum(each >= step for each in drawn) / 256 for step in range(1, longest + 1)]


def _bins(number: Number, parts: int) -> list[tuple[float, float]]:
    """Return equally likely parts of a distribution: the mean of each, and its probability."""
    if isinstance(number, Fixed) or parts == 1:
        return [(float(number.mean), 1.0)]
    if not isinstance(number, Quantiles):
        return [(number.quantile((at + 0.5) / parts), 1 / parts) for at in range(parts)]
    mean, sigma = float(number.mean), number.sigma
    cuts = [quantile_of_normal(at / parts) for at in range(1, parts)]
    below = [0.0, *(_NORMAL.cdf(cut - sigma) for cut in cuts), 1.0]
    return [(mean * (below[at + 1] - below[at]) * parts, 1 / parts) for at in range(parts)]


def unit_mean(
    plan: Plan, name: str, prices: Prices, card: Card, at: int, files: tuple[int, ...]
) -> Decimal | None:
    """Return the expected cost of one session; None where the formula does not know the case."""
    workload = plan.workloads[name]
    shape, caps = workload.shape, workload.caps_plan
    policy = prices.policy(card)
    if policy.kind == "stored" or caps.cost_per_session_usd is not None or card.slow:
        return None
    timed = any(rule.hours or rule.days or rule.holidays for rule in card.period.rules)
    if workload.units_per_step or timed or (card.thought is not None and shape.reasoning[1].mean):
        return None
    retry = float(plan.number(plan.retry_key(name)).mean)
    most = min(caps.steps_per_session or MOST_STEPS, MOST_STEPS)
    reach = survival(shape.steps[1], most)
    warm = float(workload.cache_plan.warm_start_ratio.mean)
    eps = _eps(plan, name, policy)
    parts = 1
    if caps.compact_at_tokens is not None or card.high != FOREVER:  # the cost bends
        parts = _FEW if len(reach) > _LONG else _BINS
    news, mades = _bins(shape.input[1], parts), _bins(shape.output[1], parts)
    if files:
        news = [(float(each), 1.0) for each in files]
    many = min(parts, _FEW)
    if parts == 1 and policy.kind != "none" and len(reach) <= _LONG:
        many = _FINE  # below its least size a cache has nothing
    systems = _bins(shape.system[1], many)
    limit, summary = caps.compact_at_tokens, caps.summary_tokens or 0
    expected = _Expected(prices, policy, card, at)
    for (new, first), (made, second), (system, third) in product(news, mades, systems):
        means = _Means(
            system=system,
            new=0 if shape.once else new,
            passing=new if shape.once else float(shape.transient[1].mean),
            made=made,
            hidden=made * float(shape.reasoning[1].mean),
            retry=retry,
            warm=warm,
            miss=float(workload.cache_plan.miss_ratio.mean),
            eps=eps,
            compact_at=limit if limit and limit > system + summary else None,
            summary=summary,
        )
        expected.add(means, reach, first * second * third)
    return expected.amount()


def _eps(plan: Plan, name: str, policy: CachePolicy) -> float:
    """Return the probability that a later step finds no cache."""
    workload = plan.workloads[name]
    kept = 1.0 - float(workload.cache_plan.miss_ratio.mean)
    gaps = workload.gaps
    if gaps is not None and policy.ttl is not None:
        limit = policy.ttl / 60
        minutes = gaps.minutes
        if isinstance(minutes, Quantiles) and minutes.sigma:
            z = (log(limit) - log(float(minutes.p50))) / minutes.sigma
            longer = 1 - _NORMAL.cdf(z)
        else:  # of a range some waits are longer, whichever side its mean is on
            longer = sum(share for wait, share in _bins(minutes, _FINEST) if wait > limit)
        kept *= 1 - float(gaps.share_of_steps.mean) * longer
    return 1 - kept


class _Expected:
    """Expected tokens by rate card and meter, which are priced at the end."""

    def __init__(self, prices: Prices, policy: CachePolicy, card: Card, at: int) -> None:
        self._prices = prices
        self._policy = policy
        self._card = card
        self._at = at
        self._tokens: dict[tuple[Card, str], float] = {}

    def add(self, means: _Means, reach: list[float], weight: float) -> None:
        """Add a session: what its steps cost, each as often as it is reached."""
        policy = self._policy
        lost = policy.whole_prompts and means.passing > 0  # no later prompt begins with all of one
        prefix = carried = means.system
        kept = means.warm
        for number, probability in enumerate(reach):
            often = weight * probability
            if number and means.compact_at is not None and carried > means.compact_at:
                prefix = self._compact(means, prefix, carried, often)
                carried = means.system + means.summary
            if number:
                kept = (kept if lost else 1) * (1 - means.eps)
            end = self._step(means, prefix, carried, kept, often)
            prefix = means.system if lost else end
            carried += means.new + means.made - means.hidden

    def _step(
        self, means: _Means, prefix: float, carried: float, kept: float, often: float
    ) -> float:
        """Add one step and its retries, and return what the next one finds in the cache."""
        policy = self._policy
        context = carried + means.passing + means.new
        card = self._at_size(context, means.made)
        kept_end = carried if means.passing else context
        marked = kept_end if policy.kind == "explicit" else context
        read = kept * self._cached(min(prefix, carried))
        again = (1 - means.miss) * self._cached(marked)  # the same prompt finds all of itself
        written = rest = 0.0
        if policy.write_meter is not None:
            written = max(0.0, self._cached(marked) - read)
            rest = max(0.0, self._cached(marked) - again)
        for times, found, new in ((1.0, read, written), (means.retry, again, rest)):
            self._put(card, "cache_read", often * times * found)
            self._put(card, policy.write_meter or "input", often * times * new)
            self._put(card, "input", often * times * (context - found - new))
            self._put(card, "output", often * times * (means.made - means.hidden))
            self._put(card, "reasoning", often * times * means.hidden)
        if policy.caches_output and not means.passing:
            kept_end += means.made - means.hidden
        return kept_end

    def _compact(self, means: _Means, prefix: float, carried: float, often: float) -> float:
        """Add a summary, and return what the next step finds in the cache."""
        card = self._at_size(carried, means.summary)
        read = self._cached(min(prefix, carried))
        written = 0.0
        if self._policy.kind == "automatic" and self._policy.write_meter:
            written = max(0.0, self._cached(carried) - read)
        self._put(card, "cache_read", often * read)
        self._put(card, self._policy.write_meter or "input", often * written)
        self._put(card, "input", often * (carried - read - written))
        self._put(card, "output", often * means.summary)
        return 0.0 if self._policy.whole_prompts else means.system

    def _cached(self, tokens: float) -> float:
        """Return how much of a prefix is cached; a partial increment is lost on average by half."""
        policy = self._policy
        if policy.kind == "none" or tokens < policy.min_tokens:
            return 0.0
        return max(float(policy.min_tokens), tokens - (policy.increment - 1) / 2)

    def _at_size(self, context: float, made: float) -> Card:
        card, size = self._card, 2 * context
        if not card.low <= size < card.high:
            card = self._card = self._prices.card(self._at, int(context), int(made))
        return card

    def _put(self, card: Card, meter: str, tokens: float) -> None:
        if tokens:
            key = (card, meter)
            self._tokens[key] = self._tokens.get(key, 0.0) + tokens

    def amount(self) -> Decimal:
        """Return the expected cost."""
        total = ZERO
        for (card, meter), tokens in self._tokens.items():
            rate, _ = card.resolve(meter)
            many = Decimal(repr(six_digits(tokens)))
            total = EXACT.add(total, divide(EXACT.multiply(rate, many), METERS[meter].per))
        return total


def volume_mean(plan: Plan, name: str) -> Iterator[float]:
    """Yield how many sessions each month has on average."""
    workload = plan.workloads[name]
    months = plan.period.split(plan.phases)
    work = float(plan.period.working_days_per_month)
    numbers = workload.volume_numbers()
    growth = numbers["growth_ratio_per_month"]
    drawn = {key: float(number.mean) for key, number in numbers.items()}
    shares = [(at + 0.5) / 64 for at in range(64)]
    for month in months:
        total = 0.0
        for share in shares:
            drawn["growth_ratio_per_month"] = growth.quantile(share)
            total += workload.per_month(drawn, month, len(months), work)
        yield total / len(shares)


def workload_mean(
    plan: Plan, name: str, prices: Prices, epochs: Iterable[Epoch], files: tuple[int, ...]
) -> Decimal | None:
    """Return the mean of a workload, each month at the prices that hold in it.

    None is a workload that the formula does not know.
    """
    months = plan.period.split(plan.phases)
    volumes = list(volume_mean(plan, name))
    total = Fraction(0)
    for epoch in epochs:
        if epoch.card is None:
            continue
        unit = unit_mean(plan, name, prices, epoch.card, epoch.start, files)
        if unit is None:
            return None
        for month, many in zip(months, volumes, strict=True):
            inside = min(epoch.end, month.end) - max(epoch.start, month.start)
            if inside > 0:
                total += Fraction(many) * Fraction(inside, month.end - month.start) * Fraction(unit)
    return from_fraction(total, _PLACES)
