"""The edges of the bundled prices: context tiers, hours, holidays, first and last seconds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from costcalc import (
    Cost,
    NoPriceError,
    NotOfferedError,
    RedirectWarning,
    RetiredModelError,
    Usage,
    price,
)

NOW = "2026-11-23T12:00:00Z"


def mtok(rate: str, tokens: int) -> Decimal:
    """Return the price of tokens at a rate per million."""
    return Decimal(rate) * tokens / 1_000_000


@pytest.mark.parametrize(
    ("model", "tokens", "rate_in", "rate_out"),
    [
        pytest.param("gemini-2.5-pro", 200_000, "1.25", "10", id="gemini-2.5-pro at its threshold"),
        pytest.param("gemini-2.5-pro", 200_001, "2.50", "15", id="gemini-2.5-pro above it"),
        pytest.param("grok-4.3", 199_999, "1.25", "2.50", id="grok-4.3 below its threshold"),
        pytest.param("grok-4.3", 200_000, "2.50", "5.00", id="grok-4.3 at it, which is inclusive"),
        pytest.param("gpt-5.5", 272_000, "5", "30", id="gpt-5.5 at its threshold"),
        pytest.param("gpt-5.5", 272_001, "10", "45", id="gpt-5.5 above it"),
    ],
)
def test_a_context_tier_reprices_the_whole_request_at_its_exact_threshold(
    model: str, tokens: int, rate_in: str, rate_out: str
) -> None:
    cost = price(model, Usage(input_tokens=tokens, output_tokens=1_000), at=NOW)
    assert cost.total == mtok(rate_in, tokens) + mtok(rate_out, 1_000)


@pytest.mark.parametrize(
    ("at", "times"),
    [
        pytest.param("2026-11-23T00:59:59Z", 1, id="Monday before the morning peak"),
        pytest.param("2026-11-23T01:00:00Z", 2, id="Monday, first second of the morning peak"),
        pytest.param("2026-11-23T03:59:59Z", 2, id="Monday, last second of the morning peak"),
        pytest.param("2026-11-23T04:00:00Z", 1, id="Monday between the peaks"),
        pytest.param("2026-11-23T06:00:00Z", 2, id="Monday, first second of the afternoon peak"),
        pytest.param("2026-11-23T10:00:00Z", 1, id="Monday after the afternoon peak"),
        pytest.param("2026-11-21T02:00:00Z", 1, id="Saturday at a weekday's peak"),
        pytest.param("2026-10-01T02:00:00Z", 1, id="a Chinese public holiday, a Thursday"),
        pytest.param("2026-09-30T02:00:00Z", 2, id="the Wednesday before the holidays"),
    ],
)
def test_deepseek_asks_double_on_working_days_at_peak(at: str, times: int) -> None:
    usage = Usage(input_tokens=1_000_000, cache_read_tokens=400_000, output_tokens=1_000_000)
    off_peak = mtok("0.66", 600_000) + mtok("0.022", 400_000) + mtok("1.98", 1_000_000)
    assert price("deepseek-v4-pro", usage, at=at).total == off_peak * times


def grok(at: str) -> Cost:
    usage = Usage(input_tokens=10_000, cache_read_tokens=8_000, output_tokens=500)
    return price("grok-code-fast-1", usage, at=at)


def test_the_launch_price_of_grok_code_fast_1_has_three_lines_that_sum_to_it() -> None:
    usage = Usage(input_tokens=1_000_000, cache_read_tokens=600_000, output_tokens=100_000)
    cost = price("grok-code-fast-1", usage, at="2025-09-07")
    assert cost.total == Decimal("0.242")
    assert [(line.meter, line.quantity, line.rate, line.amount) for line in cost.lines] == [
        ("input", 400_000, Decimal("0.20"), Decimal("0.08")),
        ("cache_read", 600_000, Decimal("0.02"), Decimal("0.012")),
        ("output", 100_000, Decimal("1.50"), Decimal("0.15")),
    ]
    # a million tokens are more than its window: said, as the caller did not say requests=
    assert [each.code for each in cost.assumptions] == ["context_window"]


def test_a_price_holds_from_its_first_second_until_its_last() -> None:
    assert grok("2025-08-28T00:00:00Z").total == Decimal("0.00131")
    assert grok("2026-05-15T18:59:59.999999Z").total == Decimal("0.00131")
    with pytest.raises(NoPriceError, match="its prices begin on 2025-08-28"):
        grok("2025-08-27T23:59:59.999999Z")


def test_after_its_retirement_the_id_is_priced_as_what_serves_it() -> None:
    with pytest.warns(RedirectWarning, match=r"grok-code-fast-1 .* priced as grok-build-0\.1"):
        cost = grok("2026-05-15T19:00:00Z")
    assert cost.total == Decimal("0.0046")
    assert cost.model == "grok-build-0.1"
    (redirect,) = [each for each in cost.assumptions if each.code == "redirect"]
    assert "grok-4.3" in redirect.text
    assert redirect.total == mtok("1.25", 2_000) + mtok("0.20", 8_000) + mtok("2.50", 500)


def test_the_other_reading_goes_with_factors_exchange_and_sums() -> None:
    before = grok("2026-05-15T18:59:59Z")
    with pytest.warns(RedirectWarning):
        after = grok("2026-05-15T19:00:00Z")

    def reading(cost: Cost) -> Decimal | None:
        (redirect,) = [each for each in cost.assumptions if each.code == "redirect"]
        return redirect.total

    (other,) = [each.total for each in after.assumptions if each.total is not None]
    assert reading(after * 3) == other * 3
    assert reading(after.to("EUR", rate="0.5")) == other * Decimal("0.5")
    # what the sum would be under the other reading: of the first call only its own total is known
    assert reading(before + after) == before.total + other
    assert reading(after + after) == 2 * other
    (said,) = [each.text for each in (after * 3).assumptions if each.code == "redirect"]
    assert f", {other * 3:f} USD" in said


def test_the_launch_was_free_through_partner_tools_only() -> None:
    usage = Usage(input_tokens=1_000_000, output_tokens=1_000)
    cost = price("grok-code-fast-1", usage, at="2025-09-01", conditions={"channel": "cline"})
    assert cost.total == 0
    assert price("grok-code-fast-1", usage, at="2025-09-01").total == Decimal("0.2015")


def test_an_announced_price_holds_from_its_day_on() -> None:
    usage = Usage(input_tokens=1_000_000, cache_read_tokens=500_000, output_tokens=100_000)
    before = price("gemini-4-argon", usage, at="2026-11-30T23:59:59Z")
    after = price("gemini-4-argon", usage, at="2026-12-01T00:00:00Z")
    assert before.total == mtok("2", 500_000) + mtok("0.10", 500_000) + mtok("10", 100_000)
    assert after.total == before.total * 2


def test_a_retired_id_without_successor_names_date_last_price_and_replacement() -> None:
    with pytest.raises(RetiredModelError) as caught:
        price("claude-3-7-sonnet", Usage(input_tokens=1), at=NOW)
    error = caught.value
    assert error.retired.startswith("2026-02-19")
    assert error.last_price["input"] == Decimal(3)
    assert error.replacement
    for word in (error.retired, "input 3", error.replacement):
        assert word in str(error)


def test_a_one_hour_write_is_not_billed_at_the_five_minute_rate() -> None:
    usage = Usage(
        input_tokens=1_000_000, cache_write_tokens=1_000_000, cache_write_1h_tokens=400_000
    )
    cost = price("claude-opus-4-8", usage, at=NOW)
    assert cost.total == mtok("6.25", 600_000) + mtok("10", 400_000)


def test_batch_and_cache_discounts_stack_as_each_provider_says() -> None:
    usage = Usage(input_tokens=1_000_000, cache_read_tokens=1_000_000)
    anthropic = price("claude-opus-5", usage, at=NOW, batch=True)
    groq = price("groq/openai/gpt-oss-120b", usage, at=NOW, batch=True)
    assert anthropic.total == Decimal("0.25")  # half of the cached rate
    assert groq.total == Decimal("0.075")  # cached is no cheaper than the halved input


@pytest.mark.parametrize(
    ("model", "at", "seconds", "billed", "hour"),
    [
        pytest.param("gpt-5.5", NOW, 60, 300, "0.09", id="OpenAI: five minutes at least"),
        pytest.param("gpt-5.5", NOW, 301, 360, "0.09", id="OpenAI: then by the minute"),
        pytest.param("gpt-5.5", "2026-06-02", 60, 300, "0.09", id="OpenAI: since 2 June 2026"),
        pytest.param("gpt-5.5", "2026-06-01", 60, 1_200, "0.09", id="OpenAI: before, by sessions"),
        pytest.param("claude-opus-5", NOW, 60, 300, "0.05", id="Anthropic: five minutes at least"),
        pytest.param("claude-opus-5", NOW, 301, 301, "0.05", id="Anthropic: then by the second"),
        pytest.param("perplexity/sonar", NOW, 60, 1_200, "0.09", id="Perplexity: by sessions"),
    ],
)
def test_containers_are_billed_in_the_grains_of_their_provider(
    model: str, at: str, seconds: int, billed: int, hour: str
) -> None:
    cost = price(model, Usage(units={"container_second": seconds}), at=at)
    assert [line.quantity for line in cost.lines] == [billed]
    assert cost.total == (Decimal(hour) * billed / 3_600).quantize(Decimal("1e-18")).normalize()
    assert "billing_grain" in [each.code for each in cost.assumptions]


@pytest.mark.parametrize(
    ("model", "options", "last"),
    [
        pytest.param("gpt-6-astra", {"batch": True}, "2026-09-29", id="GPT-6 Astra in a batch"),
        pytest.param("gpt-6-sol", {"batch": True}, "2026-09-29", id="GPT-6 Sol in a batch"),
        pytest.param("gpt-6-luna", {"service_tier": "flex"}, "2026-09-29", id="GPT-6 Luna, flex"),
        pytest.param("gpt-6-luna", {"service_tier": "fast"}, "2026-10-07", id="GPT-6 Luna, fast"),
        pytest.param("gpt-6-sol", {"service_tier": "priority"}, "2026-10-07", id="GPT-6 Sol, fast"),
        pytest.param("gpt-6.1-sol", {"service_tier": "fast"}, "2026-10-07", id="GPT-6.1 Sol, fast"),
    ],
)
def test_european_residency_was_not_sold_with_every_tier_at_first(
    model: str, options: dict[str, Any], last: str
) -> None:
    usage = Usage(input_tokens=1_000)
    with pytest.raises(NotOfferedError):
        price(model, usage, at=f"{last}T23:59:59Z", region="eu", **options)
    for region, at in (("us", f"{last}T23:59:59Z"), ("eu", "2026-10-08")):
        cost = price(model, usage, at=at, region=region, **options)
        assert cost.total * 10 == price(model, usage, at=at, **options).total * 11


@pytest.mark.parametrize(
    ("tier", "region", "sold"),
    [
        ("fast", "eu", False),
        ("fast", "jp", True),
        ("ultrafast", "us", True),
        ("ultrafast", "eu", False),
        ("ultrafast", "jp", False),
    ],
)
def test_astra_is_fast_where_openai_says_so(tier: str, region: str, sold: bool) -> None:  # noqa: FBT001
    options = {"service_tier": tier, "region": region}
    if sold:
        assert price("gpt-6-astra", Usage(input_tokens=1_000), at=NOW, **options).total
    else:
        with pytest.raises(NotOfferedError):
            price("gpt-6-astra", Usage(input_tokens=1_000), at=NOW, **options)


@pytest.mark.parametrize(
    ("model", "right"),
    [
        pytest.param("qwen-plus", "0.0044", id="all of the output at 4.00"),
        pytest.param("qwen3.8-max", "0.008", id="one price for both modes"),
    ],
)
def test_reasoning_tokens_of_qwen_prove_thinking_mode(model: str, right: str) -> None:
    usage = Usage(input_tokens=1_000, output_tokens=1_000, reasoning_tokens=500)
    assert price(model, usage, at=NOW).total == Decimal(right)
