"""What clouds add to a maker's list: surcharges by region, profiles, deployments and their names."""

from __future__ import annotations

from decimal import Decimal

import pytest

from costcalc import (
    NoPriceError,
    NotOfferedError,
    Registry,
    RetiredModelError,
    UnknownConditionError,
    UnknownModelError,
    Usage,
    price,
    price_response,
)

NOW = "2026-11-23T12:00:00Z"
SONNET = "anthropic.claude-sonnet-4-5-20250929-v1:0"
WRITTEN = {
    "inputTokens": 3,
    "outputTokens": 288,
    "totalTokens": 2_365,
    "cacheWriteInputTokens": 2_074,
}
READ = {"inputTokens": 13, "outputTokens": 5, "totalTokens": 1_522, "cacheReadInputTokens": 1_504}


def mtok(rate: str, tokens: int) -> Decimal:
    """Return the price of tokens at a rate per million."""
    return Decimal(rate) * tokens / 1_000_000


def total(model: str, usage: Usage | None = None, at: str = NOW, **terms: object) -> Decimal:
    counts = usage or Usage(input_tokens=100_000, output_tokens=10_000)
    return price(model, counts, at=at, **terms).total  # type: ignore[arg-type] # pyright: ignore[reportArgumentType] - terms of every kind


# --- Bedrock ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "region", "rate_in", "rate_out"),
    [
        pytest.param(f"global.{SONNET}", None, "3", "15", id="the global profile: the list price"),
        pytest.param(f"global.{SONNET}", "eu-central-1", "3", "15", id="called from anywhere"),
        pytest.param(SONNET, "global", "3", "15", id="a bare id that is said to be global"),
        pytest.param(SONNET, None, "3.30", "16.50", id="a bare id: in-region, a tenth more"),
        pytest.param(SONNET, "us-west-2", "3.30", "16.50", id="whatever the region"),
        pytest.param(f"us.{SONNET}", None, "3.30", "16.50", id="the profile of the US"),
        pytest.param(f"eu.{SONNET}", None, "3.30", "16.50", id="of Europe"),
        pytest.param(f"jp.{SONNET}", None, "3.30", "16.50", id="of Japan"),
        pytest.param(f"au.{SONNET}", None, "3.30", "16.50", id="of Australia"),
        pytest.param(f"bedrock/us.{SONNET}", None, "3.30", "16.50", id="behind the provider"),
        pytest.param(f"us-gov.{SONNET}", None, "3.60", "18", id="GovCloud: a fifth more"),
        pytest.param(SONNET, "us-gov-west-1", "3.60", "18", id="GovCloud, by its region"),
        pytest.param(
            "apac.anthropic.claude-sonnet-4-20250514-v1:0", None, "3", "15", id="none before 4.5"
        ),
    ],
)
def test_claude_costs_a_tenth_more_outside_of_global_profiles(
    name: str, region: str | None, rate_in: str, rate_out: str
) -> None:
    at = "2026-05-01"
    assert total(name, at=at, region=region) == mtok(rate_in, 100_000) + mtok(rate_out, 10_000)


GLOBAL = [
    info.id for info in Registry.load().models(provider="bedrock") if info.id.startswith("global.")
]
OF_CLAUDE = [each for each in GLOBAL if ".anthropic." in each]


def rates(model: str, provider: str) -> dict[str, Decimal]:
    """Return the newest standard rates of a model."""
    return dict(Registry.load().history(model, provider=provider)[-1].rates)


@pytest.mark.parametrize("name", GLOBAL)
def test_in_region_is_exactly_a_tenth_above_the_global_profile(name: str) -> None:
    bare, listed = name.removeprefix("global."), rates(name, "bedrock")
    tenth_more = {meter: rate * Decimal("1.1") for meter, rate in listed.items()}
    assert rates(bare, "bedrock") == tenth_more
    card = Registry.load().rate_card(bare, at=NOW, region="global")
    assert dict(card.rates) == listed


@pytest.mark.parametrize("name", OF_CLAUDE)
def test_a_global_profile_of_claude_costs_what_anthropic_lists(name: str) -> None:
    ours = name.removeprefix("global.anthropic.").removesuffix("-v1:0").removesuffix("-v1")
    listed = rates(name, "bedrock")
    of_maker = rates(ours, "anthropic")
    assert listed == {meter: of_maker[meter] for meter in listed}  # it has fees besides


def test_a_write_for_an_hour_costs_twice_the_input_in_every_region() -> None:
    usage = Usage(input_tokens=9_000, cache_write_tokens=9_000, cache_write_1h_tokens=4_000)
    assert total("global.anthropic.claude-opus-5", usage) == mtok("6.25", 5_000) + mtok("10", 4_000)
    assert total("eu.anthropic.claude-opus-5", usage) == mtok("6.875", 5_000) + mtok("11", 4_000)


def test_a_batch_halves_input_and_output_and_not_the_cache() -> None:
    usage = Usage(input_tokens=30_000, cache_read_tokens=20_000, output_tokens=1_000)
    halved = mtok("2.75", 10_000) + mtok("0.55", 20_000) + mtok("13.75", 1_000)
    assert total("us.anthropic.claude-opus-5", usage, batch=True) == halved
    with pytest.raises(UnknownConditionError, match="no price for batch=true"):
        total("us.anthropic.claude-opus-4-8", usage, batch=True)


@pytest.mark.parametrize(
    ("name", "tokens", "rate"),
    [
        pytest.param("us.anthropic.claude-haiku-5-5", 100_000, "0.11", id="Haiku 5.5 at its edge"),
        pytest.param("us.anthropic.claude-haiku-5-5", 100_001, "0.55", id="Haiku 5.5 above it"),
        pytest.param("us.openai.gpt-6-sol", 272_000, "2.20", id="GPT-6 Sol at its edge"),
        pytest.param("us.openai.gpt-6-sol", 272_001, "4.40", id="GPT-6 Sol above it"),
        pytest.param("global.openai.gpt-6-sol", 272_001, "4", id="and on its global profile"),
    ],
)
def test_long_prompts_and_regions_multiply(name: str, tokens: int, rate: str) -> None:
    assert total(name, Usage(input_tokens=tokens)) == mtok(rate, tokens)


@pytest.mark.parametrize(
    ("name", "at", "rate"),
    [
        pytest.param("us.openai.gpt-5.6-sol", "2026-08-20T23:59:59Z", "5.50", id="Sol before"),
        pytest.param("us.openai.gpt-5.6-sol", "2026-08-21", "4.40", id="Sol cut"),
        pytest.param("us.openai.gpt-5.6-luna", "2026-07-29T23:59:59Z", "1.10", id="Luna before"),
        pytest.param("us.openai.gpt-5.6-luna", "2026-07-30", "0.22", id="Luna cut"),
        pytest.param(
            "anthropic.claude-3-5-sonnet-20241022-v2:0",
            "2025-11-30T23:59:59Z",
            "3",
            id="Claude 3.5 Sonnet v2 before public extended access",
        ),
        pytest.param(
            "anthropic.claude-3-5-sonnet-20241022-v2:0", "2025-12-01", "6", id="and in it, doubled"
        ),
    ],
)
def test_a_price_of_bedrock_changes_on_its_own_day(name: str, at: str, rate: str) -> None:
    assert total(name, Usage(input_tokens=10_000), at) == mtok(rate, 10_000)


def test_bedrock_serves_a_model_longer_than_its_maker() -> None:
    usage = Usage(input_tokens=1_000)
    assert total("anthropic.claude-sonnet-4-20250514-v1:0", usage, "2026-10-13") == mtok("3", 1_000)
    with pytest.raises(RetiredModelError, match="2026-10-14"):
        total("us.anthropic.claude-sonnet-4-20250514-v1:0", usage, "2026-10-14")
    with pytest.raises(NoPriceError, match="its prices begin on 2026-11-09"):
        total("anthropic.claude-fable-5-2", usage, "2026-11-08")


def converse(usage: dict[str, object]) -> dict[str, object]:
    """A response of Converse."""
    return {"output": {"message": {"role": "assistant"}}, "stopReason": "end_turn", "usage": usage}


@pytest.mark.parametrize(
    ("name", "right"),
    [
        pytest.param(f"global.{SONNET}", "0.0121065", id="global"),
        pytest.param(f"us.{SONNET}", "0.01331715", id="us, where it costs a tenth more"),
    ],
)
def test_an_answer_of_converse_is_priced_by_its_profile(name: str, right: str) -> None:
    for provider in (None, "bedrock", "amazon"):
        cost = price_response(converse(dict(WRITTEN)), model=name, provider=provider, at=NOW)
        assert (cost.provider, cost.total) == ("bedrock", Decimal(right))


def test_a_converse_write_for_an_hour_is_told_from_its_details() -> None:
    details = [{"ttl": "1h", "inputTokens": 1_000}]
    body = converse({**WRITTEN, "cacheDetails": details})
    cost = price_response(body, model=f"us.{SONNET}", at=NOW)
    writes = mtok("4.125", 1_074) + mtok("6.60", 1_000)
    assert cost.total == mtok("3.30", 3) + writes + mtok("16.50", 288)


@pytest.mark.parametrize("provider", [None, "amazon", "bedrock"])
def test_amazons_own_models_are_bedrocks_too(provider: str | None) -> None:
    body = converse(dict(READ))
    for name in ("amazon.nova-lite-v1:0", "us.amazon.nova-lite-v1:0"):
        cost = price_response(body, model=name, provider=provider, at="2025-09-01")
        assert (cost.provider, cost.total) == ("amazon", Decimal("0.00002454"))
    assert price("bedrock/amazon.nova-lite-v1:0", Usage(input_tokens=1)).provider == "amazon"


def test_a_makers_name_is_none_of_bedrocks_ids() -> None:
    with pytest.raises(UnknownModelError):
        total("claude-opus-5", provider="bedrock")
    assert price("claude-opus-5", Usage(input_tokens=1), at=NOW).provider == "anthropic"


def test_a_version_in_an_id_is_no_word_about_sellers() -> None:
    cost = price(SONNET, Usage(input_tokens=1_000), at=NOW)
    assert (cost.provider, cost.assumptions) == ("bedrock", ())


# --- Azure -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "terms", "rate_in", "rate_out"),
    [
        pytest.param("gpt-5.2", {}, "1.75", "14", id="Global: OpenAI's list price"),
        pytest.param("gpt-5.2", {"region": "us"}, "1.925", "15.40", id="a Data Zone: a tenth more"),
        pytest.param("gpt-5.2", {"region": "apac"}, "2.10", "16.80", id="in Asia: a fifth"),
        pytest.param("gpt-6-sol", {"region": "us"}, "2.20", "11", id="GPT-6 in the US: a tenth"),
        pytest.param("gpt-6-sol", {"region": "eu"}, "2.40", "12", id="GPT-6 in the EU: a fifth"),
        pytest.param("gpt-4.1", {"region": "eastus2"}, "2.20", "8.80", id="Regional in the US"),
        pytest.param("gpt-4.1", {"region": "swedencentral"}, "2.42", "9.68", id="and in Sweden"),
        pytest.param("gpt-5.2", {"batch": True}, "0.875", "7", id="a batch: half"),
        pytest.param(
            "gpt-5.2", {"batch": True, "region": "eu"}, "0.9625", "7.70", id="zone, batch"
        ),
        pytest.param("gpt-5.2", {"service_tier": "priority"}, "3.50", "28", id="priority: double"),
        pytest.param("gpt-5-mini", {"service_tier": "priority"}, "0.45", "3.60", id="1.8 times"),
        pytest.param("gpt-5.5", {"service_tier": "priority"}, "12.50", "75", id="2.5 times"),
        pytest.param(
            "gpt-5.5", {"service_tier": "fast", "region": "eu"}, "13.75", "82.50", id="in a zone"
        ),
        pytest.param("gpt-5.4-mini", {"service_tier": "flex"}, "0.375", "2.25", id="flex: half"),
    ],
)
def test_an_azure_deployment_costs_by_where_and_how_it_runs(
    model: str, terms: dict[str, object], rate_in: str, rate_out: str
) -> None:
    found = total(model, provider="azure", **terms)
    assert found == mtok(rate_in, 100_000) + mtok(rate_out, 10_000)


def test_azure_halves_cached_tokens_in_batches_only_from_gpt_5_on() -> None:
    usage = Usage(input_tokens=10_000, cache_read_tokens=10_000)
    assert total("gpt-5", usage, provider="azure", batch=True) == mtok("0.0625", 10_000)
    assert total("gpt-4.1", usage, provider="azure", batch=True) == mtok("0.50", 10_000)


@pytest.mark.parametrize(
    ("model", "cached", "region", "rate"),
    [
        pytest.param("gpt-4o-mini", True, "us", "0.083", id="GPT-4o mini: no 0.0825"),
        pytest.param("gpt-4.1-nano", True, "eu", "0.028", id="GPT-4.1 nano: no 0.0275"),
        pytest.param("gpt-5-codex", True, "us", "0.138", id="GPT-5-Codex: no 0.1375"),
        pytest.param("text-embedding-3-large", False, "us", "0.143", id="embeddings in a zone"),
        pytest.param("text-embedding-3-large", False, None, "0.13", id="embeddings, Global"),
    ],
)
def test_a_meter_that_azure_rounds_is_billed_as_it_says(
    model: str, region: str | None, rate: str, *, cached: bool
) -> None:
    usage = Usage(input_tokens=10_000, cache_read_tokens=10_000 if cached else 0)
    assert total(model, usage, provider="azure", region=region) == mtok(rate, 10_000)


@pytest.mark.parametrize(
    ("model", "at", "rate"),
    [
        pytest.param("gpt-5.6-luna", "2026-07-31T23:59:59Z", "1", id="Luna, a day after OpenAI's"),
        pytest.param("gpt-5.6-luna", "2026-08-01", "0.20", id="Luna cut"),
        pytest.param("gpt-5.6-sol", "2026-08-31T23:59:59Z", "5", id="Sol, days after OpenAI's"),
        pytest.param("gpt-5.6-sol", "2026-09-01", "4", id="Sol cut"),
    ],
)
def test_azure_cuts_a_price_later_than_openai(model: str, at: str, rate: str) -> None:
    usage = Usage(input_tokens=10_000)
    assert total(model, usage, at, provider="azure") == mtok(rate, 10_000)
    if rate in {"1", "5"}:
        assert total(model, usage, at) < mtok(rate, 10_000)


@pytest.mark.parametrize(
    ("model", "tokens", "terms"),
    [
        ("gpt-5.5", 272_001, {"service_tier": "priority"}),
        ("gpt-5.2", 1_000, {"service_tier": "priority", "batch": True}),
        ("gpt-5.4", 1_000, {"service_tier": "flex", "region": "eu"}),
        ("gpt-4.1", 1_000, {"batch": True, "region": "eastus2"}),
        ("gpt-6-sol", 1_000, {"service_tier": "priority", "region": "eu"}),
    ],
)
def test_what_no_meter_of_azure_bills_is_not_sold(
    model: str, tokens: int, terms: dict[str, object]
) -> None:
    with pytest.raises(NotOfferedError):
        total(model, Usage(input_tokens=tokens), provider="azure", **terms)


CHAT = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1_790_000_000,
    "model": "gpt-5.4-2026-03-05",
    "choices": [],
    "usage": {
        "prompt_tokens": 1_000,
        "completion_tokens": 100,
        "total_tokens": 1_100,
        "prompt_tokens_details": {"cached_tokens": 512},
    },
}


def test_an_answer_of_azure_is_priced_by_the_model_that_it_names() -> None:
    standard = mtok("2.50", 488) + mtok("0.25", 512) + mtok("15", 100)
    cost = price_response(CHAT, provider="azure")
    assert (cost.provider, cost.model, cost.total) == ("azure", "gpt-5.4", standard)
    zone = price_response(CHAT, provider="azure", region="eu")
    assert zone.total == standard * Decimal("1.1")


def test_a_deployment_is_the_users_own_name() -> None:
    with pytest.raises(UnknownModelError):
        price_response(CHAT, provider="azure", model="prod-chat")
    ours = Registry.load().overlay(aliases={"prod-chat": "azure/gpt-5.4"})
    cost = price_response(CHAT, provider="azure", model="prod-chat", registry=ours)
    assert cost.model == "gpt-5.4"


@pytest.mark.parametrize(
    "model", [info.id for info in Registry.load().models(provider="azure", retired=False)]
)
def test_a_plain_name_is_openais(model: str) -> None:
    assert Registry.load().model(model).provider == "openai"


def test_a_plain_name_says_nothing_of_deployments() -> None:
    assert price("gpt-5.2", Usage(input_tokens=1_000), at=NOW).assumptions == ()
