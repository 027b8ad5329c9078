"""Amazon Bedrock's formats, read and priced."""

from decimal import Decimal
from typing import Any

import pytest

import costcalc
from costcalc.billing.responses import price_response
from costcalc.errors import UsageError
from costcalc.usage.responses.reading import read_response
from costcalc.usage.usage import Usage

CLAUDE = costcalc.Registry.from_yaml("""
provider: bedrock
rules:
  - {if: {region: us}, times: 1.1}
  - {if: {service_tier: flex}, times: 0.5}
models:
  anthropic.claude-sonnet-4-5-20250929-v1:0:
    aliases:
      - {id: "us.anthropic.claude-sonnet-4-5-20250929-v1:0", conditions: {region: us}}
    input: 3
    cache_read: 0.30
    cache_write: 3.75
    cache_write_1h: 6
    output: 15
""")
"""Claude Sonnet 4.5 at the list price of its global profile; `us.` costs a tenth more."""
SONNET = "anthropic.claude-sonnet-4-5-20250929-v1:0"


def converse(usage: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A whole response of Converse."""
    message = {"message": {"role": "assistant", "content": [{"text": "Hi"}]}}
    return {"output": message, "stopReason": "end_turn", "usage": usage, **more}


READ = {
    "inputTokens": 13,
    "outputTokens": 5,
    "totalTokens": 1522,
    "cacheReadInputTokens": 1504,
    "cacheWriteInputTokens": 0,
    # the wire writes them twice
    "cacheReadInputTokenCount": 1504,
    "cacheWriteInputTokenCount": 0,
}
WRITTEN = {
    "inputTokens": 3,
    "outputTokens": 288,
    "totalTokens": 2365,
    "cacheReadInputTokens": 0,
    "cacheWriteInputTokens": 2074,
}


def test_nova_reads_a_cache() -> None:
    cost = price_response(converse(READ), model="amazon.nova-lite-v1:0", at="2025-09-01")
    assert cost.total == Decimal("0.00002454")
    assert cost.provider == "amazon"


@pytest.mark.parametrize(
    ("model", "total"),
    [
        (SONNET, "0.0121065"),
        (f"us.{SONNET}", "0.01331715"),  # × 1.1, as the alias says
    ],
)
def test_claude_writes_a_cache(model: str, total: str) -> None:
    cost = price_response(converse(WRITTEN), model=model, registry=CLAUDE)
    assert cost.total == Decimal(total)


def test_counts_come_out_inclusive() -> None:
    found = read_response(converse(READ, ResponseMetadata={"RequestId": "q1"}))
    assert found.counts() == Usage(input_tokens=1517, cache_read_tokens=1504, output_tokens=5)
    # Amazon's own models are Amazon's, others Bedrock's: the model's id says so
    assert (found.api, found.provider, found.model, found.id) == (
        "bedrock-converse", None, None, "q1",
    )  # fmt: skip
    assert read_response(READ).counts() == found.counts()


def test_either_name_of_a_count_is_enough() -> None:
    usage = {"inputTokens": 13, "outputTokens": 5, "totalTokens": 1522}
    found = read_response({**usage, "cacheReadInputTokenCount": 1504})
    assert found.cache_read_tokens == 1504


def test_writes_of_an_hour_are_in_the_details() -> None:
    usage = {
        **WRITTEN,
        "cacheDetails": [{"ttl": "1h", "inputTokens": 74}, {"ttl": "5m", "inputTokens": 2000}],
    }
    found = read_response(usage)
    assert found.disjoint() == {
        "input": 3, "cache_write": 2000, "cache_write_1h": 74, "output": 288,
    }  # fmt: skip


def test_a_total_that_is_not_the_sum_is_refused() -> None:
    with pytest.raises(UsageError, match="contradicts itself: totalTokens is 18"):
        read_response({**READ, "totalTokens": 18})


def test_no_answer_names_its_model() -> None:
    with pytest.raises(UsageError, match="names no model; say it"):
        price_response(converse(READ))


@pytest.mark.parametrize(
    "router",
    [
        f"arn:aws:bedrock:us-east-1::foundation-model/{SONNET}",
        f"arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.{SONNET}",
        SONNET,
    ],
)
def test_a_prompt_router_names_the_model_it_chose(router: str) -> None:
    found = read_response(converse(READ, trace={"promptRouter": {"invokedModelId": router}}))
    assert found.model in {SONNET, f"us.{SONNET}"}


def test_the_tier_that_served_is_read() -> None:
    response = converse(
        WRITTEN, serviceTier={"type": "flex"}, performanceConfig={"latency": "standard"}
    )
    assert dict(read_response(response).conditions) == {"service_tier": "flex"}
    cost = price_response(response, model=SONNET, registry=CLAUDE)
    assert cost.total == Decimal("0.0121065") / 2


def test_an_optimized_latency_without_a_price_is_said() -> None:
    response = converse(WRITTEN, performanceConfig={"latency": "optimized"})
    cost = price_response(response, model=SONNET, registry=CLAUDE)
    assert cost.total == Decimal("0.0121065")
    assert "latency=optimized" in cost.assumptions[0].text


def test_fees_of_tools_on_the_server_are_not_known() -> None:
    found = read_response({**READ, "serverToolUsage": {"anything": 1}})
    assert "tools that ran on the server" in found.assumptions[0].text
    assert read_response({**READ, "serverToolUsage": {}}).assumptions == ()


@pytest.mark.parametrize("provider", ["bedrock", "amazon"])
def test_a_provider_may_be_named(provider: str) -> None:
    found = read_response(converse(READ), provider=provider)
    assert (found.api, found.provider) == ("bedrock-converse", provider)
    assert read_response(READ, api="converse").cache_read_tokens == 1504


def test_a_response_without_usage_is_refused() -> None:
    with pytest.raises(UsageError):
        read_response(converse({}), api="bedrock-converse")
    with pytest.raises(UsageError):
        read_response({"output": {}, "stopReason": "end_turn", "usage": None})


# InvokeModel: the maker's own body, and counts in the headers


def test_the_body_of_claude_is_anthropics_own() -> None:
    body = {
        "id": "msg_bdrk_01",
        "type": "message",
        "model": "claude-sonnet-4-5-20250929",
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 3, "cache_creation_input_tokens": 2074, "output_tokens": 288},
    }
    cost = price_response(body, model=SONNET, provider="bedrock", registry=CLAUDE)
    assert cost.total == Decimal("0.0121065")
    assert cost.assumptions == ()


def test_headers_of_an_invocation_are_read() -> None:
    headers = {
        "x-amzn-bedrock-input-token-count": "3",
        "x-amzn-bedrock-output-token-count": "288",
        "x-amzn-bedrock-cache-write-input-token-count": "2074",
        "x-amzn-bedrock-service-tier": "flex",
    }
    response = {
        "ResponseMetadata": {"RequestId": "q1", "HTTPHeaders": headers},
        "body": object(),  # a stream that can be read once, and is left alone
        "contentType": "application/json",
    }
    found = read_response(response)
    assert found.counts() == Usage(input_tokens=2077, cache_write_tokens=2074, output_tokens=288)
    assert (found.api, found.id, dict(found.conditions)) == (
        "bedrock-invoke", "q1", {"service_tier": "flex"},
    )  # fmt: skip
    assert "how long cache writes live" in found.assumptions[0].text
    plain = {"x-amzn-bedrock-input-token-count": "3", "x-amzn-bedrock-output-token-count": "2"}
    assert read_response({"ResponseMetadata": {"HTTPHeaders": plain}}).assumptions == ()
