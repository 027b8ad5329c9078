"""What a hit ratio is worth: a usage repriced at a ratio, curves over ratios and models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from costcalc import instants
from costcalc.billing.cost import Assumption, Cost
from costcalc.caching.repriced import Repriced, rounded
from costcalc.errors import CostcalcError, UsageError
from costcalc.estimate.outputs import as_ratio, as_whole
from costcalc.estimate.stated import listed, shown
from costcalc.money import EXACT, ZERO, divide, normal
from costcalc.registry.current import check_registry, current
from costcalc.usage.usage import Usage
from costcalc.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import date

    from costcalc.registry.registry import Registry

__all__ = ["HitRatioCurve", "HitRatioPoint", "at_hit_ratio", "hit_ratio_curve"]

_MILLION = 10**6
_RATIOS = tuple(normal(EXACT.scaleb(Decimal(percent), -2)) for percent in range(0, 101, 5))
_PROMPT = 20_000
"""Input of one request where only a mix is stated: what a coding request has at OpenRouter."""


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
        """The models that were priced; provider/model where several sell one of them."""
        sold = dict.fromkeys((point.provider, point.model) for point in self.points)
        ids = [model for _, model in sold]
        return tuple(
            model if ids.count(model) == 1 else f"{provider}/{model}" for provider, model in sold
        )

    def of(self, model: str) -> tuple[HitRatioPoint, ...]:
        """Return the points of one model, by the id that is billed or by provider/model."""
        return tuple(
            point
            for point in self.points
            if model in {point.model, f"{point.provider}/{point.model}"}
        )


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
    written in the proportion in which the usage itself was: a ratio of 0 is a cache that is never
    found, not one that is switched off. At its own ratio a usage costs what it costs. A ratio that
    the provider's minimum or the number of requests makes impossible is priced, and said in the
    assumptions. The terms and the errors are those of `price`, with `UsageError` for a ratio above
    1.
    """
    share = _share(ratio)
    _check(usage)
    prices = _registry(registry)
    terms: dict[str, Any] = {
        "provider": provider, "at": _moment(at), "service_tier": service_tier, "batch": batch,
        "region": region, "conditions": conditions,
    }  # fmt: skip
    return Repriced(model, terms, prices, usage).cost(share)


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
    them is long. Where a model bills writes, what a mix does not read is written, as in a session
    that grows, but for a ratio of 0, which is no cache at all. `ratios` are 0 to 100 % in steps of
    five unless stated. A model that cannot be priced is a failure beside the others; if it is the
    only one, its error is raised.
    """
    names = _names(models)
    mix, assumptions = _usage(usage, input_output_ratio, prompt_tokens)
    stated = _RATIOS if ratios is None else listed(ratios, "ratios")
    shares = sorted({_share(each) for each in stated})
    if not shares:
        raise UsageError("ratios is empty; give at least one share from 0 to 1")
    prices = _registry(registry)
    moment = _moment(at)
    terms: dict[str, Any] = {
        "provider": provider, "at": moment, "service_tier": service_tier, "batch": batch,
        "region": region, "conditions": conditions,
    }  # fmt: skip
    found: list[Repriced] = []
    failures: list[tuple[str, str]] = []
    points: list[HitRatioPoint] = []
    for name in names:
        try:
            model = Repriced(name, terms, prices, mix, writes=usage is None)
            if not _is_new(model, found, name, failures):
                continue
            points += [_point(model, share, mix) for share in shares]
        except CostcalcError as error:
            if len(names) == 1:
                raise
            failures.append((name, str(error)))
            continue
        found.append(model)
    said = (each.written() for each in found)
    return HitRatioCurve(
        currency=found[0].card.currency if found else "",
        usage=mix,
        at=instants.to_datetime(instants.parse(moment)),
        points=tuple(points),
        failures=tuple(failures),
        assumptions=(*assumptions, *(each for each in said if each is not None)),
    )


def _names(models: str | Sequence[str]) -> list[str]:
    """Return the names of models, each once."""
    names = [models] if isinstance(models, str) else listed(models, "models")
    if not names:
        raise UsageError("there are no models to draw a curve for; name at least one")
    for name in names:
        if not isinstance(name, str):
            raise UsageError(f"models is a list of names, not of {shown(name)}", models=models)
    return list(dict.fromkeys(names))


def _is_new(
    model: Repriced, found: Sequence[Repriced], name: str, failures: list[tuple[str, str]]
) -> bool:
    """Return whether a model has a place beside those before it; another currency has none."""
    card = model.card
    if any((card.provider, card.model) == (each.card.provider, each.card.model) for each in found):
        return False
    if found and card.currency != found[0].card.currency:
        text = f"its price is in {card.currency}, and no exchange rate is guessed"
        failures.append((name, text))
        return False
    return True


def _point(model: Repriced, ratio: Decimal, usage: Usage) -> HitRatioPoint:
    total = model.cost(ratio).total
    doubt = model.doubt(ratio)
    return HitRatioPoint(
        model=model.card.model,
        provider=model.card.provider,
        ratio=ratio,
        total=total,
        per_million=divide(
            EXACT.multiply(total, Decimal(_MILLION)), usage.input_tokens + usage.output_tokens
        ),
        reason="" if doubt is None else doubt.text,
    )


def _usage(
    usage: Usage | None, stated: Decimal | float | str | None, prompt_tokens: int
) -> tuple[Usage, tuple[Assumption, ...]]:
    """Return the usage of a curve: the caller's, or one with a stated mix."""
    if (usage is None) == (stated is None):
        msg = "say what is priced: a usage, or input_output_ratio=100 for 100 tokens in for one out"
        raise UsageError(msg)
    if usage is not None:
        _check(usage)
        if not usage.input_tokens + usage.output_tokens:
            msg = "the usage has no tokens, and a curve is of what a million of them cost"
            raise UsageError(msg, usage=usage)
        return usage, ()
    ratio = as_ratio(stated, "input_output_ratio")
    size = as_whole(prompt_tokens)
    if ratio == ZERO or size is None or size < 1:
        msg = (
            f"input_output_ratio {stated!r} and prompt_tokens {prompt_tokens!r} are above 0, such "
            "as 100 and 20_000"
        )
        raise UsageError(msg, input_output_ratio=stated, prompt_tokens=prompt_tokens)
    tokens = rounded(EXACT.multiply(ratio, Decimal(_MILLION)))
    requests = max(1, -(-tokens // size))
    mix = Usage(input_tokens=tokens, output_tokens=_MILLION, requests=requests)
    text = f"{ratio:f} tokens in for one out, in requests of about {size:,} tokens"
    return mix, (Assumption("mix", text),)


def _check(usage: Any) -> None:
    if not isinstance(usage, Usage):
        msg = f"usage is a costcalc.Usage, not {type(usage).__name__}; build one of the counts"
        raise UsageError(msg, usage=usage)


def _share(value: Any) -> Decimal:
    ratio = as_ratio(value, "a hit ratio")
    if ratio > 1:
        msg = f"a hit ratio is the cached share of all input tokens, from 0 to 1, not {value!r}"
        raise UsageError(msg, hit_ratio=value)
    return normal(ratio)


def _registry(registry: Registry | None) -> Registry:
    found = current() if registry is None else registry
    check_registry(found)
    return found


def _moment(at: datetime | date | str | None) -> datetime | date | str:
    """Return the instant, one for everything that a call prices."""
    return datetime.now(UTC) if at is None else at
