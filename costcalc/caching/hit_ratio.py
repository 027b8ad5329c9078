"""What a hit ratio is worth: a usage repriced at a ratio, curves over ratios and models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from costcalc import instants
from costcalc.billing.cost import Assumption, Cost
from costcalc.billing.price import price
from costcalc.caching.policy import CachePolicy, cache_policy
from costcalc.errors import CostcalcError, UsageError
from costcalc.estimate.outputs import as_ratio, as_whole
from costcalc.money import EXACT, ZERO, divide
from costcalc.registry.current import check_registry, current
from costcalc.usage.usage import Usage
from costcalc.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import date

    from costcalc.registry.cards import RateCard
    from costcalc.registry.registry import Registry

__all__ = ["HitRatioCurve", "HitRatioPoint", "at_hit_ratio", "hit_ratio_curve"]

_MILLION = 10**6
_RATIOS = tuple(Decimal(percent).scaleb(-2) for percent in range(0, 101, 5))
_PROMPT = 20_000
"""Input of one request where only a mix is stated: what a coding request has at OpenRouter."""
_WRITES = ("cache_write_1h_tokens", "cache_write_12h_tokens")


@dataclass(frozen=True, slots=True, kw_only=True)
class HitRatioPoint(Value):
    """What a usage costs under one model at one hit ratio."""

    model: str
    """The model that is billed."""
    provider: str
    """Who bills it."""
    ratio: Decimal
    """Share of the input tokens that is read from the cache."""
    total: Decimal
    """Cost of the whole usage."""
    per_million: Decimal
    """Cost of a million of its tokens, input and output together."""
    reason: str = ""
    """Why this ratio cannot be; empty where it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HitRatioCurve(Value):
    """What a usage costs over hit ratios, under one model or several."""

    currency: str
    """ISO 4217 code of every amount."""
    usage: Usage
    """What was priced; its own cached part does not count."""
    at: datetime
    """The instant whose prices hold."""
    points: tuple[HitRatioPoint, ...]
    """By model as they were named, each from the lowest ratio to the highest."""
    failures: tuple[tuple[str, str], ...] = ()
    """Models that could not be priced, and why."""
    assumptions: tuple[Assumption, ...] = ()
    """What the curve rests on that the caller did not say."""

    @property
    def models(self) -> tuple[str, ...]:
        """The models that were priced."""
        return tuple(dict.fromkeys(point.model for point in self.points))

    def of(self, model: str) -> tuple[HitRatioPoint, ...]:
        """Return the points of one model, by the id that is billed."""
        return tuple(point for point in self.points if point.model == model)


def at_hit_ratio(
    model: str,
    usage: Usage,
    ratio: Decimal | float | str,
    *,
    provider: str | None = None,
    at: datetime | date | str | None = None,
    service_tier: str | None = None,
    batch: bool | None = None,
    region: str | None = None,
    conditions: Mapping[str, str | bool | int | None] | None = None,
    registry: Registry | None = None,
) -> Cost:
    """Return the cost of a usage as if a share of its input had been read from the cache.

    The share is of all input tokens; whole tokens, half-even. What is not read is plain input, or
    written in the proportion in which the usage itself was. A ratio that the provider's minimum or
    the number of requests makes impossible is priced, and said in the assumptions. The terms and
    the errors are those of `price`, with `UsageError` for a ratio above 1.
    """
    share = _share(ratio)
    prices = _registry(registry)
    terms: dict[str, Any] = {
        "provider": provider, "at": _moment(at), "service_tier": service_tier, "batch": batch,
        "region": region, "conditions": conditions,
    }  # fmt: skip
    return _Model(model, terms, prices, usage).cost(share)


def hit_ratio_curve(
    models: str | Sequence[str],
    usage: Usage | None = None,
    *,
    input_output_ratio: Decimal | float | str | None = None,
    prompt_tokens: int = _PROMPT,
    ratios: Iterable[Decimal | float | str] | None = None,
    provider: str | None = None,
    at: datetime | date | str | None = None,
    service_tier: str | None = None,
    batch: bool | None = None,
    region: str | None = None,
    conditions: Mapping[str, str | bool | int | None] | None = None,
    registry: Registry | None = None,
) -> HitRatioCurve:
    """Return what a usage costs at every hit ratio, under one model or several.

    Instead of a usage, `input_output_ratio` states a mix: so many input tokens for one of output,
    in requests of `prompt_tokens` each, so that no price for long prompts applies where none of
    them is long. `ratios` are 0 to 100 % in steps of five unless stated. A model that cannot be
    priced is a failure beside the others; if it is the only one, its error is raised.
    """
    names = [models] if isinstance(models, str) else list(models)
    if not names:
        raise UsageError("there are no models to draw a curve for; name at least one")
    mix, assumptions = _usage(usage, input_output_ratio, prompt_tokens)
    shares = sorted({_share(each) for each in ratios}) if ratios is not None else list(_RATIOS)
    if not shares:
        raise UsageError("ratios is empty; give at least one share from 0 to 1")
    prices = _registry(registry)
    moment = _moment(at)
    terms: dict[str, Any] = {
        "provider": provider, "at": moment, "service_tier": service_tier, "batch": batch,
        "region": region, "conditions": conditions,
    }  # fmt: skip
    points: list[HitRatioPoint] = []
    failures: list[tuple[str, str]] = []
    currency = ""
    for name in dict.fromkeys(names):
        try:
            found = _Model(name, terms, prices, mix)
            drawn = [found.point(share) for share in shares]
        except CostcalcError as error:
            if len(names) == 1:
                raise
            failures.append((name, str(error)))
            continue
        currency = currency or found.card.currency
        if found.card.currency != currency:
            text = f"its price is in {found.card.currency}, and no exchange rate is guessed"
            failures.append((name, text))
            continue
        points += drawn
    return HitRatioCurve(
        currency=currency,
        usage=mix,
        at=instants.to_datetime(instants.parse(moment)),
        points=tuple(points),
        failures=tuple(failures),
        assumptions=assumptions,
    )


class _Model:
    """One model under its terms, for any number of ratios."""

    def __init__(
        self, name: str, terms: Mapping[str, Any], registry: Registry, usage: Usage
    ) -> None:
        if not isinstance(usage, Usage):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
            msg = f"usage is a costcalc.Usage, not {type(usage).__name__}; build one of the counts"
            raise UsageError(msg, usage=usage)
        self._name, self._terms, self._registry, self._usage = name, terms, registry, usage
        requests = usage.requests or 1
        self.card: RateCard = registry.rate_card(
            name,
            **terms,
            prompt_tokens=usage.input_tokens // requests,
            output_tokens=usage.output_tokens // requests,
        )
        self._policy: CachePolicy = cache_policy(self.card)

    def cost(self, ratio: Decimal) -> Cost:
        """Return the cost at a ratio, with what makes the ratio impossible."""
        usage = self._usage
        if "cache_read" in self.card.rates:
            usage = with_hit_ratio(usage, ratio, self.card.rates)
        cost = price(self._name, usage, registry=self._registry, **self._terms)
        said = self._doubt(ratio)
        return cost if said is None else replace(cost, assumptions=(*cost.assumptions, said))

    def point(self, ratio: Decimal) -> HitRatioPoint:
        """Return the point of a curve at a ratio."""
        cost = self.cost(ratio)
        tokens = self._usage.input_tokens + self._usage.output_tokens
        doubt = self._doubt(ratio)
        return HitRatioPoint(
            model=self.card.model,
            provider=self.card.provider,
            ratio=ratio,
            total=cost.total,
            per_million=divide(EXACT.multiply(cost.total, Decimal(_MILLION)), tokens),
            reason="" if doubt is None else doubt.text,
        )

    def _doubt(self, ratio: Decimal) -> Assumption | None:
        """Say why no cache can have served such a share."""
        if not ratio:
            return None
        card, usage = self.card, self._usage
        if "cache_read" not in card.rates:
            seller = f"{card.model} ({card.provider})"
            text = f"{seller} has no rate for cached input: all is paid in full"
            return Assumption("no_cache", text)
        requests = usage.requests or 1
        mean, least = usage.input_tokens // requests, self._policy.min_tokens
        if mean < least:
            text = (
                f"prompts of {mean:,} tokens are below the {least:,} that {card.provider} caches "
                f"for {card.model}: a hit ratio of {ratio:.1%} cannot be"
            )
            return Assumption("cache_minimum", text)
        if usage.requests is not None and ratio > 1 - Decimal(1) / requests:
            text = (
                f"a session of {amount_of(requests)} whose prompts grow reads at most "
                f"{1 - Decimal(1) / requests:.1%} of its input: {ratio:.1%} takes more steps, or a "
                "cache that others have filled"
            )
            return Assumption("hit_ratio_ceiling", text)
        return None


def amount_of(requests: int) -> str:
    """Return a number of requests with its noun."""
    return "one request" if requests == 1 else f"{requests:,} requests"


def with_hit_ratio(usage: Usage, ratio: Decimal, rates: Mapping[str, Decimal]) -> Usage:
    """Return a usage of which a share of the input was read; all other totals stay as they are."""
    whole, written = usage.input_tokens, usage.cache_write_tokens
    read = _rounded(EXACT.multiply(ratio, Decimal(whole)))
    unread = whole - usage.cache_read_tokens
    rest = whole - read
    write = _proportion(written, rest, unread)
    parts = {name: _proportion(getattr(usage, name), write, written) for name in _WRITES}
    over = sum(parts.values()) - write  # rounding both up may be one too many
    if over > 0:
        parts["cache_write_12h_tokens"] -= over
    media = _media(usage, ratio, read, rates)
    return replace(usage, cache_read_tokens=read, cache_write_tokens=write, **parts, **media)


def _media(usage: Usage, ratio: Decimal, read: int, rates: Mapping[str, Decimal]) -> dict[str, int]:
    """Return the media of a usage: the same share of each is read, as text where it has no rate."""
    found: dict[str, int] = {}
    held = 0
    for kind in ("audio", "image", "video"):
        whole: int = getattr(usage, f"input_{kind}_tokens")
        part = min(_rounded(EXACT.multiply(ratio, Decimal(whole))), read - held)
        held += part
        if f"cache_read_{kind}" in rates:
            found[f"cache_read_{kind}_tokens"] = part
        else:
            whole -= part
            if kind != "video":
                found[f"cache_read_{kind}_tokens"] = 0
        found[f"input_{kind}_tokens"] = whole
    return found


def _proportion(part: int, of: int, whole: int) -> int:
    """Return part × of ÷ whole as a whole number, half-even; 0 of nothing."""
    if not whole:
        return 0
    quotient, rest = divmod(part * of, whole)
    return quotient + (2 * rest > whole or (2 * rest == whole and quotient % 2 == 1))


def _rounded(number: Decimal) -> int:
    return int(number.to_integral_value(rounding=ROUND_HALF_EVEN))


def _usage(
    usage: Usage | None, stated: Decimal | float | str | None, prompt_tokens: int
) -> tuple[Usage, tuple[Assumption, ...]]:
    """Return the usage of a curve: the caller's, or one with a stated mix."""
    if (usage is None) == (stated is None):
        msg = "say what is priced: a usage, or input_output_ratio=100 for 100 tokens in for one out"
        raise UsageError(msg)
    if usage is not None:
        return usage, ()
    ratio = as_ratio(stated, "input_output_ratio")
    size = as_whole(prompt_tokens)
    if ratio == ZERO or size is None or size < 1:
        msg = (
            f"input_output_ratio {stated!r} and prompt_tokens {prompt_tokens!r} are above 0, such "
            "as 100 and 20_000"
        )
        raise UsageError(msg, input_output_ratio=stated, prompt_tokens=prompt_tokens)
    tokens = _rounded(EXACT.multiply(ratio, Decimal(_MILLION)))
    requests = max(1, -(-tokens // size))
    mix = Usage(input_tokens=tokens, output_tokens=_MILLION, requests=requests)
    text = f"{ratio:f} tokens in for one out, in requests of about {size:,} tokens"
    return mix, (Assumption("mix", text),)


def _share(value: Any) -> Decimal:
    ratio = as_ratio(value, "a hit ratio")
    if ratio > 1:
        msg = f"a hit ratio is the cached share of all input tokens, from 0 to 1, not {value!r}"
        raise UsageError(msg, hit_ratio=value)
    return ratio


def _registry(registry: Registry | None) -> Registry:
    found = current() if registry is None else registry
    check_registry(found)
    return found


def _moment(at: datetime | date | str | None) -> datetime | date | str:
    """Return the instant, one for everything that a call prices."""
    return datetime.now(UTC) if at is None else at
