"""Prices of responses: their own conditions, several models in one, the seller's own figure."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from costcalc.assumptions import Assumption
from costcalc.billing.cost import Cost, added
from costcalc.billing.price import price
from costcalc.errors import CostcalcError, UnknownConditionError, UnknownModelError, UsageError
from costcalc.money import EXACT, normal
from costcalc.registry.conditions import as_text, is_neutral
from costcalc.registry.current import check_registry, current
from costcalc.registry.names import GATEWAYS, resolve
from costcalc.usage.responses import fields
from costcalc.usage.responses.apis import PROVIDERS
from costcalc.usage.responses.reading import read_response
from costcalc.usage.responses.response_usage import ResponseUsage
from costcalc.usage.usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from typing import Any

    from costcalc.registry.registry import Registry

__all__ = ["price_derived", "price_read", "price_response"]

_SAME = Decimal("1e-9")
"""The share of a stated cost below which a difference is the seller's floats, and not said."""


def price_response(
    body: Any,
    *,
    model: str | None = None,
    provider: str | None = None,
    api: str | None = None,
    at: datetime | date | str | None = None,
    service_tier: str | None = None,
    batch: bool | None = None,
    region: str | None = None,
    conditions: Mapping[str, str | bool | int | None] | None = None,
    registry: Registry | None = None,
) -> Cost:
    """Return the cost of a provider's own response, or of a usage object alone.

    `model` is needed where the response names none, and outranks the one it names. Where neither
    its shape nor `provider` nor `api` tells the format, the maker of the model does. `at` is when
    the call was made; None is the time that the response states, else now. What the response says
    of how it was served (tier, batch, region) is taken; what is stated here outranks it.
    `cost.stated` is the seller's own figure where there is one.

    Raises `UsageError` for what is no response, contradicts itself or names no model, and all that
    `price` raises.
    """
    if model is not None and not isinstance(model, str):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
        msg = f"a model name is text, not {type(model).__name__} {model!r}"
        raise UsageError(msg, model=model)
    usage = _read(body, model, provider, api, registry)
    stated = _stated(service_tier, batch, region, conditions)
    _check_sum(usage, stated)
    name = model or usage.model
    if name is None:
        msg = f"a response of {usage.api} names no model; say it: price_response(..., model='...')"
        raise UsageError(msg, api=usage.api)
    seller = provider
    if seller is None and (model is None or "/" not in model):  # 'openai/…' says whose it is
        seller = usage.provider
    sold, seller = _sold(name, seller)
    try:
        return price_read(sold, usage, seller, at, stated, registry)
    except UnknownModelError as error:
        if model is None or provider is not None or seller is None or error.name != sold:
            raise
    return price_read(name, usage, None, at, stated, registry)  # a deployment, of who has that name


def _read(
    body: Any, model: str | None, provider: str | None, api: str | None, registry: Registry | None
) -> ResponseUsage:
    """Return the usage of a response; what it leaves unclear, the maker of the model decides."""
    if isinstance(body, ResponseUsage):
        return body
    try:
        return read_response(body, provider, api)
    except UsageError as error:
        hinted = provider is not None or api is not None
        name = model or fields.text(body, "model")
        maker = None if hinted or not error.facts.get("unclear") else _maker(name, registry)
        if maker is None:
            raise
        try:
            usage = read_response(body, maker)
        except UsageError:
            raise error from None
    text = f"nothing tells the format of the response; read as {maker}'s, who makes {name}"
    return replace(usage, assumptions=(*usage.assumptions, Assumption("response", text)))


def _maker(name: str | None, registry: Registry | None) -> str | None:
    """Return the seller that a model's name means, if it makes the model and has formats."""
    if name is None:
        return None
    prices = current() if registry is None else registry
    check_registry(prices)
    try:
        record = resolve(prices.store, name).targets[-1].record
    except CostcalcError:
        return None
    seller: str = record["provider"]
    return seller if seller == record["maker"] and seller in PROVIDERS else None


def price_derived(
    model: str,
    usage: Usage,
    provider: str | None,
    at: datetime | date | str | None,
    service_tier: str | None,
    batch: bool | None,  # noqa: FBT001 - as above
    region: str | None,
    conditions: Mapping[str, str | bool | int | None] | None,
    registry: Registry | None,
) -> Cost:
    """Return the cost of a usage of a derived class, which may bring its own conditions."""
    stated = _stated(service_tier, batch, region, conditions)
    if isinstance(usage, ResponseUsage):
        return price_read(model, usage, provider, at, stated, registry)
    if not isinstance(usage, Usage):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
        msg = f"usage is a costcalc.Usage, not {type(usage).__name__}; build one from the counts"
        raise UsageError(msg, usage=usage)
    counts = Usage(**{name: getattr(usage, name) for name in Usage.__dataclass_fields__})
    return price(model, counts, provider=provider, at=at, registry=registry, **_terms(stated))


def _stated(
    service_tier: str | None,
    batch: bool | None,  # noqa: FBT001 - what price was called with
    region: str | None,
    conditions: Mapping[str, str | bool | int | None] | None,
) -> dict[str, str | bool | int | None]:
    """Return what the caller states, by condition; one that is stated twice is an error."""
    stated: dict[str, str | bool | int | None] = {
        "service_tier": service_tier,
        "batch": batch,
        "region": region,
    }
    for key, value in (conditions or {}).items():
        if stated.get(key) is not None:
            msg = f"{key} is stated twice, as {key}= and in conditions; state it once"
            raise UsageError(msg, condition=key)
        stated[key] = value
    return stated


def _sold(name: str, seller: str | None) -> tuple[str, str | None]:
    """Return name and seller as `price` takes them: a gateway stands before the name."""
    if seller is None or seller.lower() not in GATEWAYS:
        return name, seller
    prefix = f"{seller.lower()}/"
    return name if name.lower().startswith(prefix) else prefix + name, None


def price_read(
    model: str,
    usage: ResponseUsage,
    provider: str | None,
    at: datetime | date | str | None,
    stated: Mapping[str, str | bool | int | None],
    registry: Registry | None,
) -> Cost:
    """Return the cost of a usage that was read, with that of its parts."""
    _check_sum(usage, stated)
    moment = usage.at if at is None else at
    cost = _own(model, usage, provider, moment, stated, registry)
    if usage.parts:
        when = moment or cost.at
        rest = [
            price_read(_model_of(each, usage, model), each, provider, when, stated, registry)
            for each in usage.parts
        ]
        cost = added([cost, *rest])
    assumptions = (*cost.assumptions, *usage.assumptions)
    if usage.stated_cost is None:
        return replace(cost, assumptions=assumptions) if usage.assumptions else cost
    if usage.stated_currency != cost.currency or _differs(usage.stated_cost, cost.total):
        assumptions = (*assumptions, _difference(usage, usage.stated_cost, cost))
    stated_cost = usage.stated_cost if usage.stated_currency == cost.currency else None
    return replace(cost, stated=stated_cost, assumptions=assumptions)


def _check_sum(usage: ResponseUsage, stated: Mapping[str, str | bool | int | None]) -> None:
    """Refuse a sum of calls that no one price fits, but for conditions that the caller states."""
    mixed = {key: each for key, each in usage.mixed.items() if stated.get(key) is None}
    if not mixed:
        return
    said = " and in ".join(f"{key} ({', '.join(each)})" for key, each in mixed.items())
    open_ = [key for key in mixed if key != "model"]
    state = f"state {', '.join(open_)}, " if open_ and len(open_) == len(mixed) else ""
    msg = (
        f"these calls were added up and differ in {said}, so no one price is theirs; add their "
        f"costs instead, {state}or price the counts alone: usage.counts()"
    )
    raise UsageError(msg, mixed=mixed)


def _model_of(part: ResponseUsage, whole: ResponseUsage, model: str) -> str:
    """Return the model of a part: another's, or that of the response as it is priced."""
    return model if part.model in {None, whole.model} else str(part.model)


def _own(
    model: str,
    usage: ResponseUsage,
    provider: str | None,
    at: datetime | date | str | None,
    stated: Mapping[str, str | bool | int | None],
    registry: Registry | None,
) -> Cost:
    """Return the cost of the response's own counts.

    A condition that was read and that the prices do not know is dropped, and said: nobody is there
    to be asked. One that the caller stated stays an error.
    """
    mine = {key: value for key, value in stated.items() if value is not None}
    read = {key: value for key, value in usage.conditions.items() if not is_neutral(value)}
    said = [_overridden(key, read[key], mine[key]) for key in read if _differ(key, read, mine)]
    read = {key: value for key, value in read.items() if key not in mine}
    counts = usage.counts()
    while True:
        try:
            cost = price(
                model, counts, provider=provider, at=at, registry=registry,
                **_terms({**read, **mine}),
            )  # fmt: skip
        except UnknownConditionError as error:
            if error.key not in read:
                raise
            del read[error.key]
            said.append(_dropped(error))
        else:
            break
    if usage.provider not in {None, cost.provider, *GATEWAYS}:
        text = f"the response is {usage.provider}'s; priced as {cost.provider} sells {cost.model}"
        said.append(Assumption("seller", text))
    return replace(cost, assumptions=(*cost.assumptions, *said)) if said else cost


def _terms(conditions: dict[str, str | bool | int | None]) -> dict[str, Any]:
    """Return conditions as arguments of `price`."""
    own = {name: conditions.pop(name, None) for name in ("service_tier", "batch", "region")}
    return {**own, "conditions": conditions}


def _differ(key: str, read: Mapping[str, Any], mine: Mapping[str, Any]) -> bool:
    return key in mine and as_text(mine[key]) != as_text(read[key])


def _overridden(key: str, read: object, mine: object) -> Assumption:
    text = f"the response says {key}={as_text(read)}; priced as {as_text(mine)}, as was stated"
    return Assumption("overridden_condition", text)


def _dropped(error: UnknownConditionError) -> Assumption:
    text = (
        f"the response says {error.key}={error.value}, for which {error.model} ({error.provider}) "
        "has no price; priced without it"
    )
    return Assumption("read_condition", text)


def _differs(stated: Decimal, total: Decimal) -> bool:
    return abs(EXACT.subtract(stated, total)) > EXACT.multiply(stated, _SAME)


def _difference(usage: ResponseUsage, stated: Decimal, cost: Cost) -> Assumption:
    """Say how far the seller's figure is from ours."""
    text = (
        f"{usage.api} states a cost of {stated:f} {usage.stated_currency}, the price list makes it "
        f"{cost.total:f} {cost.currency}"
    )
    if usage.stated_currency == cost.currency:
        gap = normal(EXACT.subtract(stated, cost.total))
        text += f": {'+' if gap > 0 else ''}{gap:f}"
    return Assumption("stated_cost", text)
