"""Anthropic's messages, read and priced: examples worked by hand, and what contradicts itself."""

from decimal import Decimal
from typing import Any

import pytest

from costcalc.billing.responses import price_response
from costcalc.errors import UsageError
from costcalc.usage.responses.reading import read_response
from costcalc.usage.responses.response_usage import ResponseUsage
from costcalc.usage.usage import Usage


def message(usage: dict[str, Any], model: str = "claude-sonnet-4-6", **more: Any) -> dict[str, Any]:
    """A whole response with a usage."""
    whole = {"id": "msg_01", "type": "message", "stop_reason": "end_turn", "model": model}
    return {**whole, "usage": usage, **more}


def iteration(kind: str, given: int, made: int, **more: Any) -> dict[str, Any]:
    """One iteration of a response."""
    return {
        "type": kind,
        "input_tokens": given,
        "output_tokens": made,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        **more,
    }


def mtok(rate: str, tokens: int) -> Decimal:
    """What a number of tokens costs at a rate per million."""
    return Decimal(rate) * tokens / 1_000_000


SPLIT = {
    "input_tokens": 504,
    "cache_creation_input_tokens": 123,
    "cache_read_input_tokens": 0,
    "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 23},
    "output_tokens": 97,
    "output_tokens_details": {"thinking_tokens": 0},
    "server_tool_use": {"web_search_requests": 0, "web_fetch_requests": 0},
    "service_tier": "standard",
    "inference_geo": "not_available",
}
COMPACTION = {
    "input_tokens": 180,
    "output_tokens": 8,
    "iterations": [
        iteration("compaction", 100, 82, cache_creation_input_tokens=55_096),
        iteration("message", 180, 8),
    ],
}
ADVISOR = {
    "input_tokens": 2390,
    "output_tokens": 121,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 0,
    "iterations": [
        iteration("message", 1128, 60),
        iteration("advisor_message", 2518, 22, model="claude-opus-4-8"),
        iteration("message", 1262, 61),
    ],
}
FALLBACK = {
    "input_tokens": 412,
    "output_tokens": 30,
    "iterations": [
        iteration("message", 408, 0, model="claude-fable-5"),
        iteration("fallback_message", 412, 30, model="claude-opus-4-8"),
    ],
}
PLAIN = {"input_tokens": 1000, "output_tokens": 1000, "cache_creation_input_tokens": 0}

WORKED = {
    "both lives of the cache": (message(SPLIT, "claude-sonnet-4-20250514"), "2025-09-01", "0.00348"),
    "a compaction is billed beside the top": (message(COMPACTION), "2026-06-01", "0.2088"),
    "an advisor is billed at its own model": (
        message(ADVISOR, "claude-sonnet-5"), "2026-08-01", "0.01913",
    ),
    "a model that declined is not billed": (
        message(FALLBACK, "claude-opus-4-8"), "2026-08-01", "0.00281",  # 412×5 + 30×25
    ),
    "us and fast multiply": (
        message({**PLAIN, "inference_geo": "us", "speed": "fast"}, "claude-opus-4-8"),
        "2026-08-01", "0.066",
    ),
    "us": (message({**PLAIN, "inference_geo": "us"}, "claude-opus-4-8"), "2026-08-01", "0.033"),
    "a batch": (
        message({**PLAIN, "service_tier": "batch"}, "claude-opus-4-8"), "2026-08-01", "0.015",
    ),
    "a speed of null": (message({**PLAIN, "speed": None}, "claude-opus-4-8"), "2026-08-01", "0.03"),
    "one search": (
        message({
            "input_tokens": 10_809, "output_tokens": 644,
            "server_tool_use": {"web_search_requests": 1, "web_fetch_requests": 0},
        }),
        "2026-06-01", "0.052087",
    ),
    "ten searches": (
        message({
            "input_tokens": 1000, "output_tokens": 100, "server_tool_use": {"web_search_requests": 10},
        }),
        "2026-06-01", "0.1045",
    ),
    "a page that was fetched is free": (
        message({
            "input_tokens": 1000, "output_tokens": 100, "server_tool_use": {"web_fetch_requests": 3},
        }),
        "2026-06-01", "0.0045",
    ),
    "a split of 0 and 0 beside a total": (
        message({
            "input_tokens": 0, "output_tokens": 0, "cache_creation_input_tokens": 1000,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        }),
        "2026-06-01", "0.00375",
    ),
    "a split below its total": (
        message({
            "input_tokens": 0, "output_tokens": 0, "cache_creation_input_tokens": 1000,
            "cache_creation": {"ephemeral_5m_input_tokens": 300, "ephemeral_1h_input_tokens": 200},
        }),
        "2026-06-01", "0.0042",
    ),
    "writes are not input too": (
        message({"input_tokens": 3, "cache_creation_input_tokens": 12_304, "output_tokens": 550},
                "claude-3-7-sonnet-20250219"),
        "2025-04-01", "0.054399",
    ),
    "writes of an hour": (
        message({
            "input_tokens": 0, "output_tokens": 0, "cache_creation_input_tokens": 344_139,
            "cache_creation": {"ephemeral_1h_input_tokens": 344_139},
        }, "claude-opus-5"),
        "2026-08-01", "3.44139",
    ),
    "the whole long request had the long rate": (
        message({"input_tokens": 1_000_000, "output_tokens": 0}, "claude-sonnet-4-5-20250929"),
        "2025-11-01", "6",
    ),
    "and has it no more": (
        message({"input_tokens": 1_000_000, "output_tokens": 0}, "claude-sonnet-4-5-20250929"),
        "2026-06-01", "3",
    ),
    "a prompt of a million tokens has one rate": (
        message({"input_tokens": 1_000_000, "output_tokens": 0}), "2026-06-01", "3",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("body", "at", "total"), WORKED.values(), ids=list(WORKED))
def test_worked_examples(body: dict[str, Any], at: str, total: str) -> None:
    assert price_response(body, at=at).total == Decimal(total)


def test_counts_come_out_inclusive() -> None:
    found = read_response(message(SPLIT))
    assert isinstance(found, ResponseUsage)
    assert found.counts() == Usage(
        input_tokens=627, cache_write_tokens=123, cache_write_1h_tokens=23, output_tokens=97
    )
    assert (found.api, found.provider, found.model, found.id) == (
        "anthropic-messages", "anthropic", "claude-sonnet-4-6", "msg_01",
    )  # fmt: skip
    assert found.assumptions == ()


def test_thinking_is_a_part_of_the_output() -> None:
    usage = {**PLAIN, "output_tokens_details": {"thinking_tokens": 400}}
    found = read_response(message(usage))
    assert (found.output_tokens, found.reasoning_tokens) == (1000, 400)


NULLS = {
    "input_tokens": 3,
    "output_tokens": 5,
    "cache_creation_input_tokens": None,
    "cache_read_input_tokens": None,
    "cache_creation": None,
    "output_tokens_details": None,
    "server_tool_use": None,
    "service_tier": None,
    "inference_geo": None,
    "speed": None,
    "iterations": None,
}


def test_a_usage_of_nulls_is_told_by_its_names() -> None:
    found = read_response(NULLS)
    assert found.counts() == Usage(input_tokens=3, output_tokens=5)
    assert found.api == "anthropic-messages"
    assert not found.conditions


def test_a_count_that_nothing_reads_is_said() -> None:
    found = read_response(message({**SPLIT, "dream_tokens": 7}))
    assert "dream_tokens of the usage, 7" in found.assumptions[0].text


def test_a_usage_alone_does_not_say_who_bills() -> None:
    # Bedrock, Vertex AI and other makers state the same
    assert read_response(SPLIT).provider is None
    assert read_response(SPLIT, provider="anthropic").provider == "anthropic"


def test_two_plain_counts_may_be_anybodys_and_take_a_hint() -> None:
    usage = {"input_tokens": 3, "output_tokens": 5}
    assert read_response(usage, provider="anthropic").api == "anthropic-messages"


@pytest.mark.parametrize(
    "provider", ["moonshot", "deepseek", "zai", "minimax", "openrouter", "azure"]
)
def test_others_who_speak_this_format_are_read_by_it(provider: str) -> None:
    # read as responses of OpenAI's shape, 504 would be all of the input
    found = read_response(SPLIT, provider=provider)
    assert (found.input_tokens, found.api, found.provider) == (627, "anthropic-messages", provider)


def test_a_response_without_usage_is_refused() -> None:
    with pytest.raises(UsageError):
        read_response({"type": "message", "model": "claude-sonnet-4-6", "usage": None})
    with pytest.raises(UsageError):
        read_response(message({}))


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("claude-sonnet-4-5-20250929", "anthropic"),
        ("claude-sonnet-4-5@20250929", "anthropic"),
        ("anthropic.claude-sonnet-4-5-20250929-v1:0", None),
        ("deepseek-flash", None),
    ],
)
def test_the_model_says_whose_message_it_is(model: str, provider: str | None) -> None:
    assert read_response(message(PLAIN, model)).provider == provider


@pytest.mark.parametrize(
    ("identifier", "cloud"),
    [("msg_bdrk_01", "Amazon Bedrock"), ("msg_vrtx_01", "Google Vertex AI")],
)
def test_a_cloud_that_served_is_named_and_not_taken_for_anthropic(
    identifier: str, cloud: str
) -> None:
    found = read_response(message(PLAIN, id=identifier))
    assert found.provider is None
    (said,) = found.assumptions
    assert cloud in said.text
    stated = read_response(message(PLAIN, id=identifier), provider="vertex")
    assert (stated.provider, stated.assumptions) == ("vertex", ())


def test_a_model_of_another_maker_is_priced_as_theirs() -> None:
    cost = price_response(message(PLAIN, "deepseek-v4-flash"), at="2026-06-01")
    assert cost.provider == "deepseek"


def test_a_split_above_its_total_bills_the_larger_and_says_so() -> None:
    usage = {
        "input_tokens": 10,
        "output_tokens": 0,
        "cache_creation_input_tokens": 100,
        "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 50},
    }
    found = read_response(usage)
    assert found.disjoint() == {"input": 10, "cache_write": 100, "cache_write_1h": 50}
    assert "150 tokens and cache_creation_input_tokens 100" in found.assumptions[0].text


def test_a_split_without_a_total_is_the_total() -> None:
    split = {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 50}
    found = read_response({"input_tokens": 10, "output_tokens": 0, "cache_creation": split})
    assert found.disjoint() == {"input": 10, "cache_write": 100, "cache_write_1h": 50}
    assert found.assumptions == ()


# Iterations


def test_parts_of_a_response_are_kept_beside_its_own_counts() -> None:
    found = read_response(message(COMPACTION))
    assert found.counts() == Usage(input_tokens=180, output_tokens=8)
    (part,) = found.parts
    assert part.counts() == Usage(input_tokens=55_196, cache_write_tokens=55_096, output_tokens=82)
    assert (part.model, part.api) == ("claude-sonnet-4-6", "anthropic-messages")
    assert found.whole().input_tokens == 55_376


def test_an_advisor_shares_the_region_and_the_batch_but_not_the_speed() -> None:
    terms = {"inference_geo": "us", "speed": "fast", "service_tier": "batch"}
    found = read_response(message({**ADVISOR, **terms}, "claude-sonnet-5"))
    assert dict(found.conditions) == {"region": "us", "batch": True, "service_tier": "fast"}
    assert dict(found.parts[0].conditions) == {"region": "us", "batch": True}


def test_an_advisor_in_a_batch_is_halved_too() -> None:
    usage = {**ADVISOR, "service_tier": "batch"}
    cost = price_response(message(usage, "claude-sonnet-5"), at="2026-08-01")
    assert cost.total == Decimal("0.01913") / 2


def test_several_serving_iterations_are_several_requests() -> None:
    found = read_response(message(ADVISOR, "claude-sonnet-5"))
    assert (found.input_tokens, found.requests) == (2390, 2)


def test_iterations_above_a_tier_are_priced_one_by_one() -> None:
    # Haiku 5.5 costs five times as much above 100,000 tokens of prompt
    usage = {
        "input_tokens": 250_000,
        "output_tokens": 300,
        "output_tokens_details": {"thinking_tokens": 50},
        "iterations": [iteration("message", 90_000, 100), iteration("message", 160_000, 200)],
    }
    body = message(usage, "claude-haiku-5-5")
    found = read_response(body)
    assert (found.input_tokens, found.parts[0].input_tokens) == (160_000, 90_000)
    assert found.requests is None
    cost = price_response(body, at="2026-11-01")
    short = mtok("0.10", 90_000) + mtok("0.50", 100)
    long = mtok("0.50", 160_000) + mtok("2.50", 200)
    assert cost.total == short + long


def test_iterations_that_do_not_sum_to_the_top_are_only_counted() -> None:
    usage = {
        "input_tokens": 250_001,
        "output_tokens": 300,
        "iterations": [iteration("message", 90_000, 100), iteration("message", 160_000, 200)],
    }
    found = read_response(message(usage))
    assert (found.input_tokens, found.requests, found.parts) == (250_001, 2, ())


def test_a_usage_alone_takes_the_model_that_served_from_its_fallback() -> None:
    found = read_response({**FALLBACK, "cache_read_input_tokens": 0})
    assert (found.model, found.requests, found.parts) == ("claude-opus-4-8", None, ())


def test_tool_loops_of_the_model_that_served_count_as_its_requests() -> None:
    usage = {
        "input_tokens": 900,
        "output_tokens": 50,
        "iterations": [
            iteration("message", 408, 0, model="claude-fable-5"),
            iteration("message", 400, 20, model="claude-opus-4-8"),
            iteration("fallback_message", 500, 30, model="claude-opus-4-8"),
        ],
    }
    assert read_response(message(usage, "claude-opus-4-8")).requests == 2


def test_an_unknown_kind_of_iteration_is_billed_and_named() -> None:
    found = read_response(message({**PLAIN, "iterations": [iteration("summary", 10, 5)]}))
    assert found.parts[0].input_tokens == 10
    assert "unknown kind 'summary'" in found.assumptions[0].text


# What no response states


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (message(PLAIN, container={"id": "c", "expires_at": "2026-01-01"}), "container-hours"),
        (message({**PLAIN, "fallback_credit": {"status": {"type": "redeemed"}}}), "fallback credit"),
        (message(PLAIN, stop_reason=None), "no stop_reason"),
        (message({"input_tokens": 10}), "output_tokens is not stated; what the output cost is not"),
        (message({"output_tokens": 10}), "input_tokens is not stated; what the input cost is not"),
        (
            message({
                **PLAIN, "input_tokens": 401_468, "server_tool_use": {"web_search_requests": 10},
            }),
            "sum over the rounds",
        ),
    ],
    ids=[
        "code in a container", "a fallback credit", "an unfinished message", "a reply without count",
        "a prompt without count", "rounds of tools",
    ],
)  # fmt: skip
def test_what_is_not_stated_is_said(body: dict[str, Any], words: str) -> None:
    (said,) = read_response(body).assumptions
    assert words in said.text
    assert said.code == "response"


def test_a_credit_that_was_not_applied_is_not_mentioned() -> None:
    usage = {**PLAIN, "fallback_credit": {"status": {"type": "not_applied"}}}
    assert read_response(message(usage)).assumptions == ()


def test_a_tier_without_a_list_price_is_dropped_and_said() -> None:
    cost = price_response(
        message({**PLAIN, "service_tier": "priority"}, "claude-opus-4-8"), at="2026-08-01"
    )
    assert cost.total == Decimal("0.03")
    assert [each.code for each in cost.assumptions] == ["read_condition"]


def test_a_line_of_a_batch_is_a_batch_whatever_its_tier_says() -> None:
    line = {"custom_id": "a", "result": {"type": "succeeded", "message": message(PLAIN)}}
    assert read_response(line).conditions["batch"] is True
    with pytest.raises(UsageError):
        read_response({"custom_id": "a", "result": {"type": "expired"}})


# Sessions of managed agents

SESSION = {
    "id": "sesn_01",
    "type": "session",
    "agent": {"model": {"id": "claude-opus-4-8", "speed": "standard"}},
    "updated_at": "2026-08-01T00:00:00Z",
    "usage": {
        "input_tokens": 1000,
        "output_tokens": 2000,
        "cache_read_input_tokens": 10_000,
        "cache_creation": {"ephemeral_5m_input_tokens": 400, "ephemeral_1h_input_tokens": 300},
        "active_seconds": 1799.5,
        "list_cost": {"amount": "11", "currency": "USD"},
    },
}


def test_a_session_is_priced_with_its_running_time() -> None:
    cost = price_response(SESSION)
    tokens = mtok("5", 1000) + mtok("25", 2000) + mtok("0.50", 10_000)
    writes = mtok("6.25", 400) + mtok("10", 300)
    assert cost.total == tokens + writes + Decimal("0.08") / 2
    # amounts are whole cents in text, not dollars
    assert cost.stated == Decimal("0.11")
    texts = " ".join(each.text for each in cost.assumptions)
    assert "1799.5 active seconds are billed as 1,800" in texts
    assert "totals over all turns" in texts


def test_a_snapshot_of_a_session_needs_a_model() -> None:
    usage: dict[str, Any] = SESSION["usage"]  # pyright: ignore[reportAssignmentType]
    event = {"type": "session.usage", "processed_at": "2026-08-01T00:00:00Z", "usage": usage}
    found = read_response(event)
    assert (found.api, found.model) == ("anthropic-session", None)
    with pytest.raises(UsageError, match="names no model"):
        price_response(event)


def test_a_list_cost_in_another_currency_is_not_taken_for_dollars() -> None:
    usage = {
        "input_tokens": 1,
        "list_cost": {"amount": "11", "currency": "EUR"},
        "active_seconds": 2,
    }
    found = read_response(usage)
    assert found.stated_cost is None
    assert "EUR" in found.assumptions[0].text
    assert found.units["session_second"] == 2


def test_a_session_before_its_costs_are_tracked_states_none() -> None:
    found = read_response({"input_tokens": 1, "list_cost": None, "active_seconds": 2.0})
    assert (found.api, found.stated_cost, len(found.assumptions)) == ("anthropic-session", None, 1)


# The SDK's own objects


def test_the_sdks_objects_are_read_as_their_json() -> None:
    types = pytest.importorskip("anthropic.types")
    beta = pytest.importorskip("anthropic.types.beta")
    whole = message(SPLIT, role="assistant", content=[], stop_sequence=None)
    stable = read_response(types.Message.model_validate(whole))
    assert stable == read_response(whole)
    advised = message(ADVISOR, "claude-sonnet-5", role="assistant", content=[], stop_sequence=None)
    found = read_response(beta.BetaMessage.model_validate(advised))
    assert found == read_response(advised)
    assert found.parts[0].model == "claude-opus-4-8"
    alone = types.Usage(input_tokens=3, output_tokens=5)
    assert read_response(alone).counts() == Usage(input_tokens=3, output_tokens=5)


def test_the_sdks_session_is_read() -> None:
    beta = pytest.importorskip("anthropic.types.beta")
    usage = beta.BetaManagedAgentsSessionUsage.model_validate(SESSION["usage"])
    found = read_response(usage)
    assert (found.api, found.stated_cost) == ("anthropic-session", Decimal("0.11"))


def test_a_hint_does_not_turn_a_response_into_a_message() -> None:
    usage = {
        "input_tokens": 10, "output_tokens": 5, "total_tokens": 15,
        "input_tokens_details": {"cached_tokens": 4},
    }  # fmt: skip
    with pytest.raises(UsageError, match="where cached tokens are in the input"):
        read_response({"object": "response", "usage": usage}, provider="anthropic")


def test_anthropics_chat_completions_are_read() -> None:
    # https://platform.claude.com/docs/en/api/openai-sdk
    body = {
        "object": "chat.completion", "model": "claude-opus-4-8",
        "usage": {"prompt_tokens": 1_000, "completion_tokens": 100, "total_tokens": 1_100},
    }  # fmt: skip
    cost = price_response(body, provider="anthropic", at="2026-08-01")
    assert (cost.provider, cost.total) == ("anthropic", Decimal("0.0075"))  # 1,000 × 5 + 100 × 25
