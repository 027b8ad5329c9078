"""The columns of a FOCUS dataset: what each holds, since which version, and the words for units.

FOCUS is the FinOps Open Cost and Usage Specification. Names, types and levels are those of its
requirements model: https://focus.finops.org/focus-specification/v1-2 and v1-3, read 2026-11-27.
"""

from __future__ import annotations

from dataclasses import dataclass

from costcalc.errors import UsageError
from costcalc.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Kind = Literal["text", "decimal", "time", "json"]
    Level = Literal["mandatory", "conditional", "recommended", "custom"]

__all__ = ["FOCUS_COLUMNS", "FOCUS_VERSION", "FOCUS_VERSIONS", "FocusColumn", "columns_of", "units"]

FOCUS_VERSIONS = ("1.0", "1.1", "1.2", "1.3")
"""Versions of the specification that can be written."""
FOCUS_VERSION = "1.3"
"""The version that is written unless you name another."""


@dataclass(frozen=True, slots=True)
class FocusColumn(Value):
    """One column of a dataset."""

    name: str
    """Its ID, as the specification spells it; `x_` begins what is not of the specification."""
    kind: str
    """What it holds: text, decimal, time or json."""
    level: str
    """Whether a dataset must have it: mandatory, conditional, recommended, custom."""
    nullable: bool
    """Whether a row may be without a value."""
    since: str
    """First version of FOCUS that has it."""


def _column(
    name: str, kind: Kind, level: Level, since: str = "1.0", *, nullable: bool = True
) -> FocusColumn:
    return FocusColumn(name, kind, level, nullable, since)


def _always(name: str, kind: Kind, since: str = "1.0") -> FocusColumn:
    return FocusColumn(name, kind, "mandatory", nullable=False, since=since)


def _custom(name: str, kind: Kind = "text") -> FocusColumn:
    return FocusColumn(name, kind, "custom", nullable=True, since="1.0")


# In the order of the alphabet, with what is not of the specification last, as it recommends.
FOCUS_COLUMNS = (
    _always("BilledCost", "decimal"),
    _always("BillingAccountId", "text"),
    _column("BillingAccountName", "text", "mandatory"),
    _always("BillingCurrency", "text"),
    _always("BillingPeriodEnd", "time"),
    _always("BillingPeriodStart", "time"),
    _always("ChargeCategory", "text"),
    _column("ChargeClass", "text", "mandatory"),
    _column("ChargeDescription", "text", "mandatory"),
    _column("ChargeFrequency", "text", "recommended", nullable=False),
    _always("ChargePeriodEnd", "time"),
    _always("ChargePeriodStart", "time"),
    # null: no model provider has them, and queries for usage ask for it
    _column("CommitmentDiscountStatus", "text", "conditional"),
    _column("ConsumedQuantity", "decimal", "conditional"),
    _column("ConsumedUnit", "text", "conditional"),
    _always("ContractedCost", "decimal"),
    _column("ContractedUnitPrice", "decimal", "conditional"),
    _always("EffectiveCost", "decimal"),
    _column("HostProviderName", "text", "mandatory", "1.3"),
    _column("InvoiceId", "text", "recommended", "1.2"),
    _always("InvoiceIssuerName", "text"),
    _always("ListCost", "decimal"),
    _column("ListUnitPrice", "decimal", "conditional"),
    _column("PricingCategory", "text", "conditional"),
    _column("PricingCurrency", "text", "conditional", "1.2", nullable=False),
    _column("PricingCurrencyContractedUnitPrice", "decimal", "conditional", "1.2"),
    _column("PricingCurrencyEffectiveCost", "decimal", "conditional", "1.2", nullable=False),
    _column("PricingCurrencyListUnitPrice", "decimal", "conditional", "1.2"),
    _column("PricingQuantity", "decimal", "mandatory"),
    _column("PricingUnit", "text", "mandatory"),
    _always("ProviderName", "text"),
    _always("PublisherName", "text"),
    _column("RegionId", "text", "conditional"),
    _column("RegionName", "text", "conditional"),
    _column("ResourceId", "text", "conditional"),
    _column("ResourceName", "text", "conditional"),
    _column("ResourceType", "text", "conditional"),
    _always("ServiceCategory", "text"),
    _always("ServiceName", "text"),
    _always("ServiceProviderName", "text", "1.3"),
    _column("ServiceSubcategory", "text", "recommended", "1.1", nullable=False),
    _column("SkuId", "text", "conditional"),
    _column("SkuMeter", "text", "conditional", "1.1"),
    _column("SkuPriceDetails", "json", "conditional", "1.1"),
    _column("SkuPriceId", "text", "conditional"),
    _column("SubAccountId", "text", "conditional"),
    _column("SubAccountName", "text", "conditional"),
    _column("Tags", "json", "conditional"),
    _custom("x_Assumptions", "json"),
    _custom("x_CallId"),
    _custom("x_Model"),
    _custom("x_PriceChecked"),
    _custom("x_PricePeriodEnd", "time"),
    _custom("x_PricePeriodStart", "time"),
    _custom("x_PriceSource"),
    _custom("x_ProjectName"),
    _custom("x_Provider"),
    _custom("x_RateReason"),
    _custom("x_RegistryVersion"),
    _custom("x_SessionId"),
    _custom("x_StatedCost", "decimal"),
)
"""Every column that is written, in order.

What is left out is asked of providers with commitment discounts, capacity reservations, split
allocation, several types of accounts, virtual currencies or availability zones.
"""

# unit of a rate → the unit that is consumed, the unit that is priced
_UNITS = {
    "1M tokens": ("Tokens", "1000000 Tokens"),
    "image": ("Images", "Images"),
    "second": ("Seconds", "Seconds"),
    "hour": ("Seconds", "Hours"),
    "1M characters": ("Characters", "1000000 Characters"),
    "1M token-hours": ("Token-Seconds", "1000000 Token-Hours"),
    "1k calls": ("Requests", "1000 Requests"),
    "1k requests": ("Requests", "1000 Requests"),
    "1k messages": ("Messages", "1000 Messages"),
    "1k pages": ("Pages", "1000 Pages"),
    "GB-day": ("GB-Days", "GB-Days"),
}


def units(unit: str, per: int) -> tuple[str, str]:
    """Return the unit that is consumed and the one that is priced, of a line's unit."""
    return _UNITS.get(unit) or ("Units", "Units" if per == 1 else f"{per} Units")


def columns_of(version: str) -> tuple[FocusColumn, ...]:
    """Return the columns of a version; `UsageError` for one that cannot be written."""
    if version not in FOCUS_VERSIONS:
        msg = f"FOCUS {version!r} cannot be written; version is one of {', '.join(FOCUS_VERSIONS)}"
        raise UsageError(msg, version=version)
    return tuple(column for column in FOCUS_COLUMNS if column.since <= version)
