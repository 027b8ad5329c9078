"""FOCUS rows of priced usage: one for each line of a cost, as every bill of a cloud has them.

A row says what the line says, in the words of the FinOps Open Cost and Usage Specification
(https://focus.finops.org).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from costcalc.billing.cost import Cost
from costcalc.errors import CurrencyMismatchError, UsageError
from costcalc.money import EXACT, ZERO, divide, normal
from costcalc.report.focus_charge import (
    CHARGE_PERIODS,
    Charge,
    check_billed,
    month_of,
    period_of,
    tags_text,
)
from costcalc.report.focus_columns import FOCUS_COLUMNS, FOCUS_VERSION, columns_of, units
from costcalc.report.focus_names import service_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from costcalc.billing.cost import LineItem
    from costcalc.logs.report import LogReport
    from costcalc.report.focus_columns import FocusColumn

FocusRow = dict[str, str | Decimal | datetime | None]
"""A row: every column of the version with text, an amount, an instant in UTC, or nothing."""

__all__ = ["FocusRow", "Terms", "charges_of", "focus_rows", "rows_of", "terms_of"]

_COSTS = (
    "BilledCost", "ContractedCost", "EffectiveCost", "ListCost", "PricingCurrencyEffectiveCost",
)  # fmt: skip
_EMPTY: FocusRow = dict.fromkeys([column.name for column in FOCUS_COLUMNS])
_FACTOR = re.compile(r"(?:^|, )× [\d.]+ ")
_FALLBACK = re.compile(r"the rate of \w+(?:, )?")


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for every row of an export."""

    columns: tuple[FocusColumn, ...]
    absent: tuple[str, ...]
    billing_account_id: str
    billing_account_name: str | None
    billed: str
    charge_period: str


def terms_of(
    billing_account_id: str,
    billing_account_name: str | None,
    version: str,
    billed: str,
    charge_period: str,
) -> Terms:
    """Return what holds for every row, checked."""
    if not isinstance(billing_account_id, str) or not billing_account_id.strip():  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
        msg = (
            f"billing_account_id is the account that is billed, not {billing_account_id!r}; FOCUS "
            "has no row without it: name your organisation at the provider"
        )
        raise UsageError(msg, billing_account_id=billing_account_id)
    check_billed(billed)
    if charge_period not in CHARGE_PERIODS:
        msg = f"charge_period is one of {', '.join(CHARGE_PERIODS)}, not {charge_period!r}"
        raise UsageError(msg, charge_period=charge_period)
    columns = columns_of(version)
    absent = tuple(column.name for column in FOCUS_COLUMNS if column not in columns)
    return Terms(columns, absent, billing_account_id, billing_account_name, billed, charge_period)


def focus_rows(
    costs: Iterable[Cost | Charge] | Cost | Charge | LogReport,
    *,
    billing_account_id: str,
    billing_account_name: str | None = None,
    version: str = FOCUS_VERSION,
    billed: str = "priced",
    charge_period: str = "day",
) -> Iterator[FocusRow]:
    """Return the FOCUS rows of costs, one for each line, as they are asked for.

    `costs` are costs, charges (costs with account, project, tags and the like), both mixed, one
    alone, or the report of `costcalc.logs.price`. A row is a dict of every column of the version,
    in order: text, `Decimal`, a datetime in UTC, or None.

    `billed` says what stands in BilledCost: `priced` is the price; `stated` is the seller's own
    figure where there is one, its difference from the price in a row of its own; `nothing` is 0,
    for usage that a subscription covers or that another bill has. `charge_period` is how wide the
    period of a cost is that says when it was made: call (a second), hour, day or month, in UTC.

    Raises `UsageError` for what FOCUS has no row for.
    """
    terms = terms_of(billing_account_id, billing_account_name, version, billed, charge_period)
    return (row for charge in charges_of(costs) for row in rows_of(charge, terms))


def charges_of(costs: Any) -> Iterator[Charge]:
    """Iterate over costs as charges."""
    if isinstance(costs, Cost | Charge):
        costs = (costs,)
    elif hasattr(costs, "by") and hasattr(costs, "rows"):
        from costcalc.report.focus_logs import charges_of_report

        costs = charges_of_report(costs)
    if not isinstance(costs, Iterable) or isinstance(costs, str | bytes):
        msg = f"what is exported are costs or costcalc.Charge values, not {type(costs).__name__}"
        raise UsageError(msg, costs=costs)
    for each in costs:
        if isinstance(each, Charge):
            yield each
        elif isinstance(each, Cost):
            yield Charge(each)
        else:
            msg = (
                "what is exported are costs or costcalc.Charge values, not a "
                f"{type(each).__name__}; price it first"
            )
            raise UsageError(msg, cost=each)


def rows_of(charge: Charge, terms: Terms) -> Iterator[FocusRow]:
    """Iterate over the rows of one charge."""
    cost = charge.cost
    billed = charge.billed or terms.billed
    shared = _shared(charge, terms)
    first: dict[str, Any] = {"x_StatedCost": cost.stated}
    for line, listed in zip(cost.lines, _listed(charge), strict=True):
        yield _row(terms, shared, _names(charge, line.provider), _line(line, listed, billed), first)
        first = {}
    if billed == "stated" and cost.stated is not None and cost.stated != cost.total:
        yield _row(terms, shared, _adjustment(charge, cost.stated), first)


def _row(terms: Terms, *parts: dict[str, Any]) -> FocusRow:
    """Return a row of every column of the version, in order."""
    row = dict(_EMPTY)
    for part in parts:
        row.update(part)
    for name in terms.absent:
        del row[name]
    return row


def _shared(charge: Charge, terms: Terms) -> dict[str, Any]:
    """Return what is the same in every row of a charge."""
    cost = charge.cost
    start, end = period_of(charge, terms.charge_period)
    month = month_of(start)
    own = charge.billing_account_id
    return {
        "BillingAccountId": own or terms.billing_account_id,
        "BillingAccountName": charge.billing_account_name
        or (None if own else terms.billing_account_name or None),
        "BillingCurrency": cost.currency,
        "BillingPeriodStart": charge.billing_start or month[0],
        "BillingPeriodEnd": charge.billing_end or month[1],
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        "ChargePeriodStart": start,
        "ChargePeriodEnd": end,
        "InvoiceId": charge.invoice_id or None,
        "PricingCurrency": cost.currency,
        **_named("Region", charge.region_id, charge.region_name or charge.region_id),
        **_named("Resource", charge.resource_id, charge.resource_name),
        "ResourceType": charge.resource_type if charge.resource_id else None,
        "ServiceCategory": "AI and Machine Learning",
        "ServiceSubcategory": "Generative AI",
        **_named(
            "SubAccount", charge.sub_account_id, charge.sub_account_name or charge.sub_account_id
        ),
        "Tags": tags_text(charge.tags),
        **_custom(charge),
    }


def _named(what: str, known: str | None, name: str | None) -> dict[str, Any]:
    """Return an id and a name; the specification has no name without an id, and no empty text."""
    return {f"{what}Id": known or None, f"{what}Name": (name or None) if known else None}


def _custom(charge: Charge) -> dict[str, Any]:
    """Return the columns that are ours."""
    cost = charge.cost
    period = cost.period
    texts = [f"{each.code}: {each.text}" for each in cost.assumptions]
    return {
        "x_Assumptions": json.dumps(texts, ensure_ascii=False) if texts else None,
        "x_CallId": charge.call or None,
        "x_PriceChecked": None if cost.checked is None else cost.checked.isoformat(),
        "x_PricePeriodStart": None if period is None else period.start,
        "x_PricePeriodEnd": None if period is None else period.until,
        "x_PriceSource": cost.source,
        "x_ProjectName": charge.project or None,
        "x_RegistryVersion": cost.registry_version,
        "x_SessionId": charge.session or None,
    }


def _names(charge: Charge, provider: str | None) -> dict[str, Any]:
    """Return who provides, hosts, makes and bills it; the specification wants every name."""
    if provider is None and charge.service_provider is None:
        msg = (
            "a line without a provider has no FOCUS row; say who sold it with "
            "costcalc.Charge(cost, service_provider='...')"
        )
        raise UsageError(msg)
    seller, service = ("", "") if provider is None else service_of(provider)
    name = charge.service_provider or seller
    return {
        "HostProviderName": charge.host_provider or name,
        "InvoiceIssuerName": charge.invoice_issuer or name,
        "ProviderName": name,
        "PublisherName": charge.publisher or name,
        "ServiceName": charge.service_name or service or name,
        "ServiceProviderName": name,
        "x_Provider": provider,
    }


def _line(line: LineItem, listed: LineItem, billed: str) -> dict[str, Any]:
    """Return what a line says: quantities, unit prices and costs, none of them rounded."""
    charged = ZERO if billed == "nothing" else line.amount
    consumed, priced = units(line.unit, line.per)
    quantity = Decimal(line.quantity)
    return {
        **_sku(line.provider, line.model, line.meter, line.why),
        "BilledCost": charged,
        "ChargeDescription": _description(line),
        "ConsumedQuantity": quantity,
        "ConsumedUnit": consumed,
        "ContractedCost": line.amount,
        "ContractedUnitPrice": line.rate,
        "EffectiveCost": charged,
        "ListCost": listed.amount,
        "ListUnitPrice": listed.rate,
        "PricingCategory": "Standard",
        "PricingCurrencyContractedUnitPrice": line.rate,
        "PricingCurrencyEffectiveCost": charged,
        "PricingCurrencyListUnitPrice": listed.rate,
        "PricingQuantity": divide(quantity, line.per),
        "PricingUnit": priced,
        "x_Model": line.model,
        "x_RateReason": line.why or None,
    }


@lru_cache(maxsize=4_096)
def _sku(provider: str | None, model: str | None, meter: str, why: str) -> dict[str, Any]:
    """Return the ids of what is sold, and of its price.

    A SKU has one meter. The id of its price holds the tier that it is sold at, such as a long
    prompt or a batch; amounts and dates are no part of it, so that it is the same over time.
    """
    sku = "/".join(each for each in (provider, model, meter) if each)
    tier = _tier(why)
    details = {"x_Provider": provider, "x_Model": model, "x_Meter": meter, "x_Tier": tier or None}
    known = {key: value for key, value in details.items() if value is not None}
    return {
        "SkuId": sku,
        "SkuMeter": meter,
        "SkuPriceId": f"{sku} ({tier})" if tier else sku,
        "SkuPriceDetails": json.dumps(known, ensure_ascii=False),
    }


def _tier(why: str) -> str:
    """Return the conditions of a rate: no factors, no prices of one's own, not whose rate it is."""
    reasons = _FACTOR.split(_FALLBACK.sub("", why))
    return ", ".join(each for each in reasons if each and not each.startswith("overlay "))


def _description(line: LineItem) -> str:
    what = f"{line.model} {line.meter}" if line.model else line.meter
    tier = _tier(line.why)
    arithmetic = f"{line.quantity:,} at {line.rate:f} for {line.unit or line.per}"
    return f"{what}: {arithmetic}{f' ({tier})' if tier else ''}"


def _listed(charge: Charge) -> tuple[LineItem, ...]:
    """Return the lines at published prices, each beside its own."""
    cost, published = charge.cost, charge.list_cost
    if published is None:
        return cost.lines
    if published.currency != cost.currency:
        raise CurrencyMismatchError(cost.currency, published.currency)
    if [*map(_what, cost.lines)] != [*map(_what, published.lines)]:
        msg = (
            "list_cost is of another usage than cost: price the same usage of the same model "
            "twice, at your prices and at the published ones"
        )
        raise UsageError(msg)
    return published.lines


def _what(line: LineItem) -> tuple[Any, ...]:
    return line.provider, line.model, line.meter, line.quantity, line.per


def _adjustment(charge: Charge, stated: Decimal) -> dict[str, Any]:
    """Return the row of what the seller's own figure has more or less than the price."""
    cost = charge.cost
    providers = {cost.provider, *(line.provider for line in cost.lines)} - {None}
    if len(providers) > 1:
        msg = (
            f"the seller's figure {stated:f} is of several sellers "
            f"({', '.join(sorted(map(str, providers)))}); export their costs one by one"
        )
        raise UsageError(msg, stated=stated)
    gap = normal(EXACT.subtract(stated, cost.total))
    text = f"the seller's own figure {stated:f} against the price {cost.total:f}"
    return {
        **_names(charge, next(iter(providers), None)),
        **dict.fromkeys(_COSTS, gap),
        "ChargeCategory": "Adjustment",
        "ChargeDescription": text,
        "x_Model": cost.model,
    }
