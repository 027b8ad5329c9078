from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from costcalc import (
    METERS,
    Cost,
    CurrencyMismatchError,
    LineItem,
    Registry,
    Usage,
    UsageError,
    price,
)
from costcalc.report.focus import focus_rows
from costcalc.report.focus_charge import Charge
from costcalc.report.focus_columns import FOCUS_COLUMNS, FOCUS_VERSIONS, columns_of, units
from costcalc.report.focus_names import service_of

PRICES = """
provider: openai
source: https://openai.example/prices
checked: 2026-11-01
rules:
  - {if: {batch: true}, times: 0.5}
  - {if: {prompt_tokens: ">200k"}, input: 5}
models:
  small: {input: 2, cache_read: 0.2, output: 10, web_search: 10, container_second: 0.10}
  dated: {prices: [{from: 2026-01-01, until: 2027-01-01, input: 1, output: 3}, {from: 2027-01-01, input: 2, output: 6}]}
"""
OTHER = "provider: acme\nmodels: {big: {input: 1, output: 4}}\n"
AT = "2026-11-20T12:34:56.789Z"
USAGE = Usage(
    input_tokens=250_001, cache_read_tokens=50_000, output_tokens=1_001, reasoning_tokens=7,
    units={"web_search": 3, "container_second": 100},
)  # fmt: skip
Priced = Callable[..., Cost]


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.from_yaml(PRICES).overlay(Registry.from_yaml(OTHER), name="ours")


@pytest.fixture(scope="module")
def priced(registry: Registry) -> Priced:
    def make(usage: Usage = USAGE, model: str = "small", at: Any = AT, **options: Any) -> Cost:
        return price(model, usage, at=at, registry=registry, **options)

    return make


def rows(costs: Any, **options: Any) -> list[dict[str, Any]]:
    return list(focus_rows(costs, **{"billing_account_id": "org-1", **options}))


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def summed(found: list[dict[str, Any]], column: str) -> Decimal:
    return sum((row[column] for row in found), Decimal(0))


def test_a_cost_has_one_row_for_each_line_and_they_sum_to_it(priced: Priced) -> None:
    cost = priced(batch=True)
    found = rows(cost)
    assert [row["SkuMeter"] for row in found] == [line.meter for line in cost.lines]
    for column in ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"):
        assert summed(found, column) == cost.total
    assert cost.total > 0


def test_a_row_says_all_that_a_line_says(priced: Priced) -> None:
    row = rows(priced(batch=True), billing_account_name="Acme", charge_period="call")[0]
    said = {name: value for name, value in row.items() if value is not None}
    assert said == {
        "BilledCost": Decimal("0.5000025"),
        "BillingAccountId": "org-1",
        "BillingAccountName": "Acme",
        "BillingCurrency": "USD",
        "BillingPeriodEnd": instant("2026-12-01"),
        "BillingPeriodStart": instant("2026-11-01"),
        "ChargeCategory": "Usage",
        "ChargeDescription": "small input: 200,001 at 2.5 for 1M tokens (prompt_tokens >200k, batch=true)",
        "ChargeFrequency": "Usage-Based",
        "ChargePeriodEnd": instant("2026-11-20T12:34:57"),
        "ChargePeriodStart": instant("2026-11-20T12:34:56"),
        "ConsumedQuantity": Decimal(200_001),
        "ConsumedUnit": "Tokens",
        "ContractedCost": Decimal("0.5000025"),
        "ContractedUnitPrice": Decimal("2.5"),
        "EffectiveCost": Decimal("0.5000025"),
        "HostProviderName": "OpenAI",
        "InvoiceIssuerName": "OpenAI",
        "ListCost": Decimal("0.5000025"),
        "ListUnitPrice": Decimal("2.5"),
        "PricingCategory": "Standard",
        "PricingCurrency": "USD",
        "PricingCurrencyContractedUnitPrice": Decimal("2.5"),
        "PricingCurrencyEffectiveCost": Decimal("0.5000025"),
        "PricingCurrencyListUnitPrice": Decimal("2.5"),
        "PricingQuantity": Decimal("0.200001"),
        "PricingUnit": "1000000 Tokens",
        "ProviderName": "OpenAI",
        "PublisherName": "OpenAI",
        "ServiceCategory": "AI and Machine Learning",
        "ServiceName": "OpenAI API",
        "ServiceProviderName": "OpenAI",
        "ServiceSubcategory": "Generative AI",
        "SkuId": "openai/small/input",
        "SkuMeter": "input",
        "SkuPriceDetails": '{"x_Provider": "openai", "x_Model": "small", "x_Meter": "input", "x_Tier": "prompt_tokens >200k, batch=true"}',
        "SkuPriceId": "openai/small/input (prompt_tokens >200k, batch=true)",
        "x_Assumptions": row["x_Assumptions"],
        "x_Model": "small",
        "x_PriceChecked": "2026-11-01",
        "x_PriceSource": "https://openai.example/prices",
        "x_Provider": "openai",
        "x_RateReason": "prompt_tokens >200k, × 0.5 batch=true",
        "x_RegistryVersion": row["x_RegistryVersion"],
    }  # fmt: skip


def test_assumptions_are_a_json_list(priced: Priced) -> None:
    cost = priced()
    found = json.loads(rows(cost)[0]["x_Assumptions"])
    assert found == [f"{each.code}: {each.text}" for each in cost.assumptions]
    assert found


@pytest.mark.parametrize("options", [{}, {"batch": True}], ids=["standard", "batch"])
def test_unit_prices_times_quantities_are_the_costs(
    priced: Priced, options: dict[str, Any]
) -> None:
    for row in rows(priced(**options)):
        for cost in ("List", "Contracted"):
            gap = row[f"{cost}UnitPrice"] * row["PricingQuantity"] - row[f"{cost}Cost"]
            # a quotient without an end, such as 100 seconds as hours, has 18 places
            assert abs(gap) <= Decimal("1e-18")
            assert gap == 0 or row["SkuMeter"] == "container_second"


def test_the_id_of_a_price_is_the_same_before_and_after_it_changes(priced: Priced) -> None:
    usage = Usage(input_tokens=10)
    before, after = (
        rows(priced(usage, "dated", at))[0] for at in ("2026-12-31", "2027-01-01")
    )  # fmt: skip
    assert before["ListUnitPrice"] != after["ListUnitPrice"]
    assert before["SkuPriceId"] == after["SkuPriceId"] == "openai/dated/input"
    assert before["SkuPriceDetails"] == after["SkuPriceDetails"]
    assert (before["x_PricePeriodStart"], before["x_PricePeriodEnd"]) == (
        instant("2026-01-01"), instant("2027-01-01"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("why", "price_id"),
    [
        ("", "acme/big/reasoning"),
        ("the rate of output", "acme/big/reasoning"),
        ("the rate of output, × 1.5 prompt_tokens >272k, × 0.5 batch=true",
         "acme/big/reasoning (prompt_tokens >272k, batch=true)"),
        ("× 2 service_tier=fast", "acme/big/reasoning (service_tier=fast)"),
        ("service_tier=fast, × 0.5 batch=true", "acme/big/reasoning (service_tier=fast, batch=true)"),
        ("× 0.5 batch=true, × 0.85 overlay times 0.85 for a, b", "acme/big/reasoning (batch=true)"),
        ("overlay big at input 1.0, output 2", "acme/big/reasoning"),
    ],
)  # fmt: skip
def test_the_id_of_a_price_has_its_tier_and_no_amount(why: str, price_id: str) -> None:
    line = LineItem("reasoning", 1, 1, Decimal(1), Decimal(1), "image", why, "acme", "big")
    assert rows(Cost(total=Decimal(1), currency="USD", lines=(line,), at=instant("2026-01-01")))[0][
        "SkuPriceId"
    ] == price_id  # fmt: skip


@pytest.mark.parametrize(
    ("width", "start", "end"),
    [
        ("call", "2026-12-31T23:59:59", "2027-01-01T00:00:00"),
        ("hour", "2026-12-31T23:00:00", "2027-01-01T00:00:00"),
        ("day", "2026-12-31", "2027-01-01"),
        ("month", "2026-12-01", "2027-01-01"),
    ],
)
def test_a_cost_is_charged_in_the_period_of_its_instant(
    priced: Priced, width: str, start: str, end: str
) -> None:
    row = rows(priced(at="2027-01-01T01:59:59.999+02:00"), charge_period=width)[0]
    assert (row["ChargePeriodStart"], row["ChargePeriodEnd"]) == (instant(start), instant(end))
    assert row["BillingPeriodEnd"] == instant("2027-01-01")


def test_a_stated_period_and_a_stated_bill_hold(priced: Priced) -> None:
    charge = Charge(
        priced(), start="2026-11-03", end="2026-11-04T00:00:00.5Z",
        billing_start="2026-10-15", billing_end="2026-11-15",
    )  # fmt: skip
    row = rows(charge)[0]
    assert [row[f"{each}Period{end}"] for each in ("Charge", "Billing") for end in ("Start", "End")] == [
        instant("2026-11-03"), instant("2026-11-04T00:00:01"), instant("2026-10-15"), instant("2026-11-15"),
    ]  # fmt: skip
    whole = replace(charge, end=instant("2026-11-04"))
    assert rows(whole)[0]["ChargePeriodEnd"] == instant("2026-11-04")


def test_a_charge_brings_what_a_bill_knows(priced: Priced) -> None:
    charge = Charge(
        priced(), billing_account_id="other", sub_account_id="proj_1", resource_id="dep-1",
        resource_name="ours", resource_type="Deployment", region_id="eu", invoice_id="inv-1",
        invoice_issuer="Reseller", service_provider="Seller", host_provider="Host",
        publisher="Maker", service_name="Models", call="resp_1", session="s", project="p",
        tags={"team": "search", "beta": True, "level": 2, "none": None},
    )  # fmt: skip
    row = rows(charge, billing_account_name="Acme")[0]
    assert {name: row[name] for name in _BROUGHT} == _BROUGHT


_BROUGHT = {
    "BillingAccountId": "other", "BillingAccountName": None, "SubAccountId": "proj_1",
    "SubAccountName": "proj_1", "ResourceId": "dep-1", "ResourceName": "ours",
    "ResourceType": "Deployment", "RegionId": "eu", "RegionName": "eu", "InvoiceId": "inv-1",
    "InvoiceIssuerName": "Reseller", "ServiceProviderName": "Seller", "ProviderName": "Seller",
    "HostProviderName": "Host", "PublisherName": "Maker", "ServiceName": "Models",
    "x_CallId": "resp_1", "x_SessionId": "s", "x_ProjectName": "p",
    "Tags": '{"beta": true, "level": 2, "none": null, "team": "search"}',
}  # fmt: skip


def test_a_name_without_an_id_and_empty_text_are_null(priced: Priced) -> None:
    charge = Charge(
        priced(), sub_account_name="x", resource_name="x", resource_type="x", region_name="x",
        session="", invoice_id="",
    )  # fmt: skip
    row = rows(charge, billing_account_name="")[0]
    assert [row[name] for name in (
        "BillingAccountName", "SubAccountId", "SubAccountName", "ResourceId", "ResourceName",
        "ResourceType", "RegionId", "RegionName", "x_SessionId", "InvoiceId", "Tags",
    )] == [None] * 11  # fmt: skip


def test_what_a_subscription_covers_is_billed_at_nothing(priced: Priced) -> None:
    cost = priced()
    found = rows(cost, billed="nothing")
    assert summed(found, "BilledCost") == summed(found, "EffectiveCost") == 0
    assert summed(found, "ListCost") == summed(found, "ContractedCost") == cost.total
    # a charge of its own decides above the export
    assert summed(rows(Charge(cost, billed="priced"), billed="nothing"), "BilledCost") == cost.total


@pytest.mark.parametrize("gap", ["0.01", "-0.01", "0"])
def test_the_sellers_own_figure_is_reached_by_an_adjustment(priced: Priced, gap: str) -> None:
    cost = priced()
    stated = cost.total + Decimal(gap)
    found = rows(replace(cost, stated=stated), billed="stated")
    assert summed(found, "BilledCost") == stated
    assert [row["x_StatedCost"] for row in found] == [stated, *[None] * (len(found) - 1)]
    assert len(found) == len(cost.lines) + (gap != "0")
    if gap != "0":
        last = found[-1]
        assert (last["ChargeCategory"], last["BilledCost"], last["ServiceProviderName"]) == (
            "Adjustment", Decimal(gap), "OpenAI",
        )  # fmt: skip
        assert last["SkuId"] is last["PricingQuantity"] is last["ConsumedQuantity"] is None


def test_a_figure_for_nothing_that_was_counted_is_an_adjustment_alone() -> None:
    cost = Cost(total=Decimal(0), currency="USD", lines=(), provider="acme", model="big", at=instant("2026-01-01"), stated=Decimal("0.3"))  # fmt: skip
    (row,) = rows(cost, billed="stated")
    assert (row["BilledCost"], row["x_StatedCost"], row["x_Model"]) == (Decimal("0.3"), Decimal("0.3"), "big")  # fmt: skip
    assert rows(cost) == []


def test_without_a_figure_of_the_seller_the_price_is_billed(priced: Priced) -> None:
    cost = priced()
    assert summed(rows(cost, billed="stated"), "BilledCost") == cost.total


def test_prices_of_your_own_stand_beside_the_published_ones(registry: Registry) -> None:
    own = registry.overlay(times="0.8", name="contract")
    cost, published = (
        price("small", USAGE, at=AT, registry=each) for each in (own, registry)
    )  # fmt: skip
    found = rows(Charge(cost, list_cost=published))
    assert summed(found, "ListCost") == published.total > cost.total
    assert summed(found, "BilledCost") == summed(found, "ContractedCost") == cost.total
    assert found[0]["ListUnitPrice"] * Decimal("0.8") == found[0]["ContractedUnitPrice"]


def test_several_costs_and_charges_come_in_their_order(priced: Priced) -> None:
    one, other = priced(), priced(model="big", usage=Usage(input_tokens=5))
    found = rows(iter([one, Charge(other, session="s")]))
    assert [row["x_Provider"] for row in found] == ["openai"] * len(one.lines) + ["acme"]
    assert (found[-1]["x_SessionId"], found[-1]["ServiceName"]) == ("s", "acme")


def test_a_sum_needs_a_period_and_keeps_its_lines(priced: Priced) -> None:
    both = priced() + priced(at="2026-11-21")
    with pytest.raises(UsageError, match="no charge period; say it with"):
        rows(both)
    found = rows(Charge(both, start="2026-11-01", end="2026-12-01"))
    assert summed(found, "BilledCost") == both.total
    assert found[0]["x_PricePeriodStart"] is None


@pytest.mark.parametrize(
    ("version", "without", "with_"),
    [
        ("1.0", {"SkuMeter", "InvoiceId", "ServiceProviderName"}, {"ListCost", "Tags"}),
        ("1.1", {"InvoiceId", "PricingCurrency", "HostProviderName"}, {"SkuMeter", "ServiceSubcategory"}),
        ("1.2", {"HostProviderName", "ServiceProviderName"}, {"InvoiceId", "PricingCurrency"}),
        ("1.3", set[str](), {"HostProviderName", "ServiceProviderName", "ProviderName", "PublisherName"}),
    ],
)  # fmt: skip
def test_a_version_has_its_own_columns(
    priced: Priced, version: str, without: set[str], with_: set[str]
) -> None:
    names = list(rows(priced(), version=version)[0])
    assert names == [column.name for column in columns_of(version)]
    assert not without & {*names}
    assert with_ <= {*names}


def test_columns_stand_in_order_with_ours_last() -> None:
    names = [column.name for column in FOCUS_COLUMNS]
    for one, other in pairwise(names):
        assert (one.startswith("x_"), one) < (other.startswith("x_"), other)
    assert {column.since for column in FOCUS_COLUMNS} == {*FOCUS_VERSIONS}
    assert all(column.name.startswith("x_") == (column.level == "custom") for column in FOCUS_COLUMNS)  # fmt: skip


def test_no_row_is_without_what_must_not_be_null(priced: Priced) -> None:
    stated = replace(priced(), stated=Decimal(1))
    needed = [column.name for column in FOCUS_COLUMNS if not column.nullable]
    for row in rows([stated, Charge(stated, billed="stated")]):
        assert [name for name in needed if row[name] is None] == []


@pytest.mark.parametrize("meter", METERS.values(), ids=list(METERS))
def test_every_meter_has_units_of_its_own(meter: Any) -> None:
    consumed, priced_by = units(meter.unit, meter.per)
    assert consumed != "Units"
    number, _, name = priced_by.rpartition(" ")
    many = int(number or 1)
    seconds = {"Seconds": ("Hours", 3600), "Token-Seconds": ("Token-Hours", 3600)}
    named, scale = seconds.get(consumed, (consumed, 1)) if name != consumed else (consumed, 1)
    assert (name, many * scale) == (named, meter.per)


@pytest.mark.parametrize(
    ("unit", "per", "expected"),
    [("", 1, ("Units", "Units")), ("dozen", 12, ("Units", "12 Units"))],
)
def test_another_unit_is_a_unit(unit: str, per: int, expected: tuple[str, str]) -> None:
    assert units(unit, per) == expected


def test_a_line_without_model_and_unit_has_a_row() -> None:
    line = LineItem("seat", 2, 1, Decimal(3), Decimal(6), provider="acme")
    (row,) = rows(Charge(Cost(total=Decimal(6), currency="EUR", lines=(line,)), start="2026-01-01", end="2026-02-01"))  # fmt: skip
    assert (row["SkuId"], row["ChargeDescription"], row["BillingCurrency"]) == (
        "acme/seat", "seat: 2 at 3 for 1", "EUR",
    )  # fmt: skip


def test_a_line_without_provider_takes_the_charges() -> None:
    line = LineItem("seat", 2, 1, Decimal(3), Decimal(6))
    charge = Charge(Cost(total=Decimal(6), currency="USD", lines=(line,), at=instant("2026-01-01")))  # fmt: skip
    with pytest.raises(UsageError, match="say who sold it with"):
        rows(charge)
    (row,) = rows(replace(charge, service_provider="Seller"))
    assert (row["ServiceName"], row["x_Provider"], row["SkuId"]) == ("Seller", None, "seat")


def test_providers_that_are_not_known_name_themselves() -> None:
    assert service_of("acme") == ("acme", "acme")
    assert service_of("bedrock") == ("Amazon Web Services", "Amazon Bedrock")


WRONG = [
    ({"billing_account_id": ""}, "is the account that is billed, not ''"),
    ({"billing_account_id": 7}, "is the account that is billed, not 7"),
    ({"version": "2.0"}, "version is one of 1.0, 1.1, 1.2, 1.3"),
    ({"billed": "free"}, "billed is one of priced, stated, nothing, not 'free'"),
    ({"charge_period": "week"}, "charge_period is one of call, hour, day, month"),
]


@pytest.mark.parametrize(("options", "message"), WRONG, ids=[str(each[0]) for each in WRONG])
def test_what_an_export_cannot_be_is_said_at_once(
    priced: Priced, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        focus_rows(priced(), **{"billing_account_id": "org-1", **options})


CHARGES = [
    ({"start": "2026-01-01"}, "start and end, or neither; end is missing"),
    ({"billing_end": "2026-01-01"}, "billing_start is missing"),
    ({"start": "2026-01-02", "end": "2026-01-01"}, "is not after start 2026-01-02"),
    ({"start": datetime(2026, 1, 1), "end": "2026-01-02"}, "has no time zone"),  # noqa: DTZ001 - the mistake
    ({"billed": "free"}, "billed is one of"),
    ({"resource_id": "dep-1"}, "resource 'dep-1' needs a type"),
    ({"tags": {"a": {"b": 1}}}, "tag 'a' is {'b': 1}; a value is text"),
    ({"tags": {"a": float("nan")}}, "tag 'a' is nan"),
    ({"tags": {" ": 1}}, "the key of a tag is text that is not empty, not ' '"),
    ({"tags": {1: 1}}, "the key of a tag is text that is not empty, not 1"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "message"), CHARGES, ids=[str(each[0]) for each in CHARGES])
def test_a_charge_checks_itself(priced: Priced, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Charge(priced(), **fields)


@pytest.mark.parametrize("costs", [5, "text", None], ids=str)
def test_only_costs_are_exported(costs: Any) -> None:
    with pytest.raises(
        UsageError, match="what is exported are costs or costcalc.Charge values, not"
    ):
        rows(costs)


def test_a_usage_is_to_be_priced_first() -> None:
    with pytest.raises(UsageError, match="not a Usage; price it first"):
        rows([USAGE])


def test_a_list_cost_is_of_the_same_usage_and_currency(priced: Priced) -> None:
    cost = priced()
    with pytest.raises(UsageError, match="list_cost is of another usage than cost"):
        rows(Charge(cost, list_cost=priced(Usage(input_tokens=1))))
    with pytest.raises(CurrencyMismatchError):
        rows(Charge(cost, list_cost=cost.to("EUR", rate="0.9")))


def test_one_figure_of_several_sellers_is_refused(priced: Priced) -> None:
    both = priced() + priced(model="big", usage=Usage(input_tokens=5))
    with pytest.raises(
        UsageError, match=r"of several sellers \(acme, openai\); export their costs one"
    ):
        rows(replace(both, stated=Decimal(9), at=instant("2026-01-01")), billed="stated")


def test_a_charge_is_a_value(priced: Priced) -> None:
    charge = Charge(priced(), start="2026-11-20", end=instant("2026-11-20") + timedelta(hours=1), tags={"a": 1})  # fmt: skip
    assert Charge.model_validate_json(charge.model_dump_json()) == charge
    with pytest.raises(TypeError, match="the tags of a charge cannot change"):
        charge.tags["a"] = 2  # pyright: ignore[reportIndexIssue] - the mistake
